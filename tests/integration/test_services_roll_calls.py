"""Roll calls: marks for a room, closing, codes, early leaving, rates, the ledger both ways."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import event, select, text
from sqlalchemy.orm import Session

from bot.clock import at
from bot.domain.attendance import Mark
from bot.domain.cadence import MeetingKind
from bot.domain.errors import Forbidden
from bot.domain.incoming import Event
from bot.domain.rights import Role
from bot.domain.roll_call import Place
from bot.domain.roll_order import Order, Word
from bot.files.tables import read_sheets
from bot.services import (
    attendance_codes,
    attendance_rates,
    exporting,
    importing,
    meetings,
    roll_books,
    roll_calls,
    roll_closings,
)
from bot.services.attendance_rates import Days
from bot.services.importing import ImportRefused, Source
from bot.services.officers import OPERATOR
from bot.services.roll_calls import AlreadyClosed, ChangedMeanwhile, NotBegun, NotExpected
from bot.services.roll_closings import ClosedMeanwhile
from bot.storage import schema
from bot.storage.engine import Database
from bot.storage.models import Outbox
from bot.storage.sealing import TextSeal
from tests.support.hall import DAY, END, HOUR, MINUTE, START, Hall

MARCH = Days(date(2026, 3, 1), date(2026, 3, 31))


@pytest.fixture
def hall(database: Database) -> Hall:
    """Return the third branch and its meeting."""
    return Hall(database)


def _prepare(hall: Hall, order: Order, moment: datetime = START) -> roll_calls.Draft:
    hall.world.clock.set(moment)
    actor = hall.world.actor(hall.members["王敏"])
    with hall.world.database.reading() as session:
        meeting = meetings.get_meeting(session, hall.meeting_id)
        return roll_calls.prepare(session, meeting, order, by=actor, now=moment)


def _record(hall: Hall, draft: roll_calls.Draft, moment: datetime) -> roll_calls.Recorded:
    actor = hall.world.actor(hall.members["王敏"])
    with hall.world.database.writing() as session:
        return roll_calls.record(session, draft.kept, source="organiser", by=actor, now=moment)


def test_what_a_member_says_between_preview_and_answer_stays(hall: Hall) -> None:
    draft = _prepare(hall, Order({}, everyone=True))
    hall.say("张三", "签到", START + MINUTE)

    done = _record(hall, draft, START + 2 * MINUTE)

    assert (done.written, done.tally.present) == (5, 6)
    assert hall.history("张三") == [(Mark.LATE, "self", hall.members["张三"])]


def test_nobody_is_marked_when_somebody_has_said_the_opposite_meanwhile(hall: Hall) -> None:
    draft = _prepare(hall, Order({}, everyone=True))
    hall.say("张三", "请假 出差", START + MINUTE)

    with pytest.raises(ChangedMeanwhile, match="张三"):
        _record(hall, draft, START + 2 * MINUTE)

    assert hall.history("王五") == []


def test_a_mark_that_contradicts_tells_the_member_and_an_undo_brings_his_word_back(
    hall: Hall,
) -> None:
    hall.say("张三", "请假 出差", START - DAY)
    hall.say("王敏", "全到", START)
    hall.say("王敏", "确认6")
    overruled = hall.mark("张三")
    told = hall.sent("张三")
    hall.say("王敏", "撤销", START + MINUTE)

    assert overruled is Mark.PRESENT
    assert any("和您说的不一样" in words for words in told)
    assert hall.sent("王五") == []
    assert hall.mark("张三") is Mark.LEAVE_REQUESTED
    assert hall.mark("王五") is None


def test_a_room_cannot_be_called_before_it_opens_or_with_people_of_elsewhere(hall: Hall) -> None:
    fifth = hall.world.unit("第五党支部")
    zhou = hall.world.member("周强", fifth)

    with pytest.raises(NotBegun):
        _prepare(hall, Order({}, everyone=True), START - HOUR)
    with pytest.raises(NotExpected, match="周强"):
        _prepare(hall, Order({zhou: Word.CAME}))


def test_a_member_may_not_call_the_roll(hall: Hall) -> None:
    actor = hall.world.actor(hall.members["张三"])

    with hall.world.database.reading() as session, pytest.raises(Forbidden):
        roll_calls.look(session, hall.meeting, by=actor, now=START)


def test_closing_derives_absence_and_writes_no_mark(hall: Hall) -> None:
    hall.say("张三", "签到", START)
    actor = hall.world.actor(hall.members["王敏"])
    with hall.world.database.writing() as session:
        book = roll_calls.close(session, hall.meeting_id, 5, by=actor, now=END)
    with hall.world.database.reading() as session, pytest.raises(AlreadyClosed):
        roll_calls.look(session, hall.meeting, by=actor, now=END)

    assert (book.tally.present, book.tally.absent) == (1, 5)
    assert hall.history("王五") == []
    assert hall.place("王五") is Place.ABSENT


def test_of_two_who_close_at_once_one_does(hall: Hall) -> None:
    together = Barrier(2)

    def close() -> str:
        actor = hall.world.actor(hall.members["王敏"])
        together.wait(timeout=30)
        try:
            with hall.world.database.writing() as session:
                roll_calls.close(session, hall.meeting_id, 6, by=actor, now=END)
        except (AlreadyClosed, ClosedMeanwhile) as refused:
            return type(refused).__name__
        return "closed"

    with ThreadPoolExecutor(2) as pool:
        done = [turn.result() for turn in [pool.submit(close) for _ in range(2)]]

    assert sorted(done)[-1] == "closed"
    assert done.count("closed") == 1


def test_entering_a_past_meeting_with_names_finishes_its_roll_call(hall: Hall) -> None:
    hall.say("李建国", "补录：3月10日支委会，二楼，参会：李建国、王敏", START)
    hall.say("李建国", "确认2")
    with hall.world.database.reading() as session:
        [found] = meetings.list_on(session, hall.branch, date(2026, 3, 10))
        [book] = roll_books.load(session, [found])
    hall.say("李建国", "撤销")
    with hall.world.database.reading() as session:
        closed = roll_closings.list_closed(session, [found])

    assert book.roll.closed
    assert (book.tally.expected, book.tally.present) == (2, 2)
    assert closed == set()


def test_an_unfinished_roll_call_is_brought_to_mind_once(hall: Hall) -> None:
    hall.say("张三", "签到", START)
    hall.run_until(START + 3 * DAY)

    found = [words for words in hall.sent("王敏") if "点名还没有完" in words]

    assert len(found) == 1
    assert "应到6，已到1，请假0，没有登记5" in found[0]


@pytest.mark.parametrize("settle", ["点名完毕", "全到"])
def test_a_finished_roll_call_is_not(hall: Hall, settle: str) -> None:
    hall.say("张三", "签到", START)
    hall.say("王敏", settle, START + HOUR)
    hall.say("王敏", "确认5" if settle == "点名完毕" else "确认6")
    hall.run_until(START + 3 * DAY)

    assert not [words for words in hall.sent("王敏") if "点名还没有完" in words]


def test_a_meeting_where_nobody_checked_in_is_not_chased_for_its_roll(hall: Hall) -> None:
    hall.run_until(START + 2 * DAY)

    assert not [words for words in hall.sent("王敏") if "点名还没有完" in words]


def test_the_chase_is_dropped_when_the_roll_is_closed_before_it_leaves(hall: Hall) -> None:
    hall.say("张三", "签到", START)
    hall.world.clock.set(at(date(2026, 3, 17), 9))
    hall.core.ticker.tick()
    hall.say("王敏", "点名完毕")
    hall.say("王敏", "确认5")
    hall.run_until(START + 2 * DAY)

    with hall.world.database.reading() as session:
        rows = session.scalars(select(Outbox).where(Outbox.key.startswith("roll_call_unf")))
        assert [row.state.value for row in rows] in (["void"], ["expired"], [])


# --- codes ----------------------------------------------------------------------------------------


def _code(hall: Hall) -> str:
    return hall.say("王敏", "签到码 主题党日").split("签到码：")[1][:6]


def test_only_the_organiser_gets_the_code(hall: Hall) -> None:
    hall.world.chat(hall.branch, "群")

    refused = hall.say("张三", "签到码 主题党日", START)
    aloud = hall.say("王敏", "签到码 主题党日", chat="群")

    assert "要由本支部书记或组织委员来做" in refused
    assert aloud == "已私聊您"
    assert _code(hall) == _code(hall)


@pytest.mark.parametrize(
    ("moment", "answer"),
    [
        pytest.param(START - HOUR, "还没到签到时间", id="没开放"),
        pytest.param(START - 30 * MINUTE, "已签到（14:30）", id="开放那一刻"),
        pytest.param(END - MINUTE, "会已开始119分钟", id="快结束"),
        pytest.param(END, "签到码不能用了", id="结束了"),
    ],
)
def test_a_code_is_good_while_check_in_is_open(hall: Hall, moment: datetime, answer: str) -> None:
    code = _code(hall)

    assert answer in hall.say("张三", f"签到码 {code.lower()}", moment)


def test_a_code_checks_nobody_in_who_is_not_expected(hall: Hall) -> None:
    fifth = hall.world.unit("第五党支部")
    hall.world.member("周强", fifth, Role.SECRETARY)
    code = _code(hall)

    stranger = hall.say("路人", f"签到码 {code}", START)
    other = hall.say("周强", f"签到码 {code}")

    assert stranger.startswith("您好，我是支部小助手。")
    assert "这个签到码不能用" in other
    assert (hall.tally.present, hall.tally.observers) == (0, 0)


@pytest.mark.parametrize(
    ("scene", "kind"),
    [
        pytest.param("{code}", Event.SCAN, id="关注过的人扫码"),
        pytest.param("qrscene_{code}", Event.FOLLOW, id="扫码关注"),
        pytest.param("签到码 {code}", Event.SCAN, id="企业微信扫码"),
    ],
)
def test_the_scene_of_a_qr_code_checks_in(hall: Hall, scene: str, kind: Event) -> None:
    code = _code(hall)
    hall.world.clock.set(START)

    answer = hall.scan("张三", scene.format(code=code), kind)
    stranger = hall.scan("路人", scene.format(code=code), kind)

    assert answer.startswith("✓ 张三，16日主题党日已签到")
    assert stranger.startswith("您好，我是支部小助手。")
    assert hall.history("张三") == [(Mark.PRESENT, "code", hall.members["张三"])]


def test_another_scene_greets_as_ever(hall: Hall) -> None:
    assert hall.scan("张三", "m12").startswith("您好，张三！")
    assert hall.scan("张三", "").startswith("您好，张三！")


def test_no_ledger_keeps_a_code(hall: Hall) -> None:
    code = _code(hall)
    hall.say("张三", f"签到码 {code}", START)

    with hall.world.database.reading() as session:
        kept = session.execute(text("SELECT * FROM attendance_mark")).all()
        audited = session.execute(text("SELECT * FROM audit")).all()

    assert code not in f"{kept}{audited}"


def test_a_code_needs_the_key(hall: Hall) -> None:
    actor = hall.world.actor(hall.members["王敏"])
    keys = [TextSeal(bytes([number]) * 32) for number in (1, 2)]

    with hall.world.database.reading() as session:
        one, other = (
            attendance_codes.code_for(session, hall.meeting, by=actor, now=START, digest=key.mark)
            for key in keys
        )

    assert one != other


# --- leaving early --------------------------------------------------------------------------------


def test_leaving_early_keeps_when_somebody_came_and_when_he_left(hall: Hall) -> None:
    hall.say("张三", "签到", START - MINUTE)
    hall.say("张三", "我15:40先走了，早退", START + HOUR)
    standing = hall.book.standing(hall.members["张三"])

    assert (standing.mark, standing.said_at) == (Mark.LEFT_EARLY, START - MINUTE)
    assert standing.left_at == START + 40 * MINUTE
    assert (hall.tally.present, hall.tally.left_early) == (1, 1)


@pytest.mark.parametrize(
    ("text_", "moment", "answer"),
    [
        pytest.param("早退", START - HOUR, "没有在开的会", id="还没开"),
        pytest.param("早退", END + HOUR, "几点走的", id="开完了没写时间"),
        pytest.param("我15:40早退", END + HOUR, "没有16日主题党日的签到", id="没签到"),
        pytest.param("我17:30早退", END + HOUR, "几点走的", id="不在会中"),
    ],
)
def test_leaving_early_is_refused_with_what_to_do(
    hall: Hall, text_: str, moment: datetime, answer: str
) -> None:
    assert answer in hall.say("张三", text_, moment)
    assert hall.history("张三") == []


def test_an_organiser_says_afterwards_who_left_early(hall: Hall) -> None:
    hall.say("赵六", "签到", START)
    answer = hall.say("王敏", "赵六、孙丽 16:10 早退", END + HOUR)

    assert "已记早退：赵六、孙丽（16日主题党日，16:10）" in answer
    assert hall.history("孙丽") == [(Mark.LEFT_EARLY, "organiser", hall.members["王敏"])]


# --- leave ----------------------------------------------------------------------------------------


def test_a_refused_leave_leaves_the_member_expected_and_is_undone(hall: Hall) -> None:
    hall.world.policy(hall.branch, "leave", {"approval": True})
    hall.say("张三", "请假 出差", START - DAY)
    hall.say("王敏", "不同意请假 张三 人数不够")
    refused = hall.mark("张三"), hall.place("张三")
    hall.say("王敏", "撤销")

    assert refused == (Mark.LEAVE_REFUSED, Place.OPEN)
    assert hall.mark("张三") is Mark.LEAVE_REQUESTED
    assert any("没有同意" in words and "人数不够" in words for words in hall.sent("张三"))


def test_a_setting_counts_from_its_day_on_and_leaves_earlier_meetings_alone(hall: Hall) -> None:
    hall.say("张三", "请假 出差", START - DAY)
    before = hall.place("张三")
    hall.say("李建国", "设置请假 要同意", START + DAY)

    assert before is Place.LEAVE
    assert hall.place("张三") is Place.LEAVE


def test_a_member_may_not_settle_or_grant(hall: Hall) -> None:
    hall.world.policy(hall.branch, "leave", {"approval": True})
    hall.say("张三", "请假 出差", START - DAY)

    assert "要由本支部书记或组织委员来做" in hall.say("张三", "同意请假 张三")
    assert "要由本支部书记或组织委员来做" in hall.say("张三", "设置请假 不用同意")


# --- rates ----------------------------------------------------------------------------------------


def test_rates_leave_unfinished_meetings_out_and_say_so(hall: Hall) -> None:
    hall.say("张三", "签到", START)
    answer = hall.say("李建国", "出勤率 3月", END + HOUR)

    assert "没有开完、点过名的会" in answer
    assert "还没点名完毕、没算进去的：16日主题党日" in answer


def test_who_said_yes_and_did_not_come_is_counted(hall: Hall) -> None:
    hall.run_until(START - HOUR)
    hall.say("张三", "1")
    promised = hall.mark("张三")
    hall.say("王敏", "点名完毕", END)
    hall.say("王敏", "确认6")
    answer = hall.say("李建国", "出勤率 3月")

    assert promised is Mark.PROMISED
    assert "答应了没来1人次" in answer


def test_rates_of_others_are_for_those_who_record_and_of_branches_for_officers(
    hall: Hall,
) -> None:
    officer = hall.world.member("陈专干", None, Role.OFFICER)
    hall.say("王敏", "全到", START)
    hall.say("王敏", "确认6")

    own = hall.say("张三", "出勤率 3月", END + HOUR)
    other = hall.say("张三", "出勤率 3月 王五")
    units = hall.say("张三", "出勤率 3月 各支部")
    one = hall.say("王敏", "出勤率 3月 王五")
    every = hall.say("陈专干", "出勤率 3月 各支部")

    assert officer
    assert "张三3月：应到1次，实到1次" in own
    assert "要由本支部书记或组织委员来做" in other
    assert "由街道党务专干来看" in units
    assert "王五3月：应到1次，实到1次" in one
    assert "第三党支部：开会1次，应到6人次，实到6，出勤率100%" in every


def test_a_question_about_rates_takes_the_same_few_queries_however_many_meetings(
    hall: Hall,
) -> None:
    actor = hall.world.actor(hall.members["王敏"])
    with hall.world.database.reading() as session, _counted(session) as few:
        attendance_rates.of_unit(session, hall.branch, by=actor, days=MARCH, now=END + 9 * DAY)
    for day in range(17, 25):
        hall.world.call(
            MeetingKind.STUDY,
            at(date(2026, 3, day), 15),
            hall.members["李建国"],
            title=f"学习{day}",
        )
    with hall.world.database.reading() as session, _counted(session) as many:
        attendance_rates.of_unit(session, hall.branch, by=actor, days=MARCH, now=END + 9 * DAY)

    assert len(many) == len(few) <= 12


@contextmanager
def _counted(session: Session) -> Iterator[list[str]]:
    said: list[str] = []
    engine = session.connection().engine

    def note(_conn: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        said.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    yield said
    event.remove(engine, "before_cursor_execute", note)


# --- the ledger -----------------------------------------------------------------------------------


def _source(hall: Hall) -> Source:
    return Source(OPERATOR, hall.world.now)


def _import(hall: Hall, path: Path) -> importing.Outcome:
    with hall.world.database.writing() as session:
        return importing.run_file(session, importing.LEDGERS["attendance"], path, _source(hall))


def _csv(tmp_path: Path, *rows: str) -> Path:
    path = tmp_path / "出勤.csv"
    path.write_text("\n".join(rows) + "\n", encoding="utf-8-sig")
    return path


@pytest.mark.parametrize("ending", ["xlsx", "csv"])
def test_an_export_imports_again_unchanged(hall: Hall, tmp_path: Path, ending: str) -> None:
    hall.say("王五", "请假 出差", START - DAY)
    hall.say("张三", "签到", START)
    hall.say("王敏", "除王五、孙丽都到", START)
    hall.say("王敏", "确认4")
    hall.say("赵六", "我先走了，早退", START + HOUR)
    hall.world.clock.set(END)
    path = tmp_path / f"出勤.{ending}"
    with hall.world.database.writing() as session:
        ledger = importing.LEDGERS["attendance"]
        request = exporting.Request(OPERATOR, hall.world.now)
        count = exporting.run_file(session, ledger, path, request)

    outcome = _import(hall, path)

    assert count == 6
    assert (outcome.added, outcome.changed, outcome.unchanged) == (0, 0, 6)
    rows = {str(row[0]): row for sheet in read_sheets(path) for _, row in sheet.rows}
    assert list(rows["赵六"][5:7]) == ["早退", "16:00"]
    assert rows["王五"][5] == "请假待批"
    assert list(rows["孙丽"][8:10]) == ["组织委员", "王敏"]


def test_a_sheet_of_names_is_paper_and_is_imported_once(hall: Hall, tmp_path: Path) -> None:
    hall.say("张三", "签到", START)
    path = _csv(
        tmp_path, "姓名,党组织,日期", *(f"{n},第三党支部,2026-3-16" for n in ("张三", "王五"))
    )

    first, again = _import(hall, path), _import(hall, path)

    assert (first.added, first.unchanged) == (1, 1)
    assert (again.added, again.unchanged) == (0, 2)
    assert hall.history("王五") == [(Mark.PRESENT, "paper", None)]


def test_every_mistake_of_a_sheet_is_told_by_row_and_nothing_is_written(
    hall: Hall, tmp_path: Path
) -> None:
    hall.world.member("王五", hall.branch, tail="2345", account=False)
    hall.world.clock.set(END)
    path = _csv(
        tmp_path,
        "姓名,党组织,会议,日期,情况",
        "张叁,第三党支部,,2026-03-16,",
        "王五,第三党支部,,2026-03-16,",
        "赵六,第四党支部,,2026-03-16,",
        "赵六,第三党支部,党课,2026-03-16,",
        "孙丽,第三党支部,,2026-03-16,来过",
        "孙丽,第三党支部,,,",
        "赵六,第三党支部,,2026-03-16,",
    )

    with pytest.raises(ImportRefused) as refused:
        _import(hall, path)

    said = "\n".join(refused.value.problems)
    assert "第2行 姓名：张叁不在16日主题党日的应到名单。是不是张三？" in said
    assert "第3行 姓名：有2位王五" in said
    assert "第4行 党组织：没有“第四党支部”" in said
    assert "第5行 会议：对不上会议。第三党支部2026-03-16有：16日主题党日" in said
    assert "第6行 情况" in said
    assert "第7行 日期：没有填" in said
    assert hall.history("赵六") == []


# --- older databases ------------------------------------------------------------------------------


def test_meetings_entered_as_held_before_are_finished_as_they_stand(database_url: str) -> None:
    database = Database(database_url)
    schema.upgrade(database, "0005")
    with database.engine.execution_options(zhibu_write=True).begin() as connection:
        connection.execute(
            text(
                "INSERT INTO unit (name, kind, path, live_from, valid_from)"
                " VALUES ('三支部', 'branch', '/1/', '2021-07-01', '2021-07-01')"
            )
        )
        connection.execute(
            text(
                "INSERT INTO event (unit_id, title, created_at)"
                " SELECT id, '会', '2026-03-01 00:00:00' FROM unit"
            )
        )
        for kind, state in (("party_lecture", "held"), ("theme_party_day", "scheduled")):
            connection.execute(
                text(
                    "INSERT INTO meeting (event_id, unit_id, branch_id, kind, title, starts_at,"
                    ' ends_at, place, for_period, state, taken, revision, "window", created_at)'
                    f" SELECT event.id, unit.id, unit.id, '{kind}', '会', '2026-03-01 00:00:00',"
                    f" '2026-03-01 02:00:00', '', '2026-03', '{state}', 0, 1, '{{}}',"
                    " '2026-03-01 00:00:00' FROM event, unit"
                )
            )

    schema.upgrade(database)

    with database.engine.connect() as connection:
        rows = connection.execute(
            text(
                "SELECT meeting.state, roll_closing.closed FROM roll_closing"
                " JOIN meeting ON meeting.id = roll_closing.meeting_id"
            )
        ).all()
    database.close()
    assert [(state, bool(closed)) for state, closed in rows] == [("held", True)]
