"""Taking the name off what is kept of somebody who has left: what goes, what stays."""

from __future__ import annotations

import csv
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.channels.simulator import SPACE
from bot.clock import at
from bot.domain.aliases import Consent
from bot.domain.attendance import Mark
from bot.domain.errors import DomainError, Forbidden, NotFound
from bot.domain.periods import Month
from bot.domain.reads import Ground, Leaving, StillNeeded, check_may_forget, kept_until
from bot.domain.rights import SYSTEM, Actor, Role
from bot.services import (
    aliases,
    anonymise,
    attendance_corrections,
    attendance_rates,
    binding,
    dues_amendments,
    dues_corrections,
    dues_remittance,
    exporting,
    importing,
    meetings,
    roll_changes,
    turnover,
)
from bot.services.aliases import Whose
from bot.services.anonymise import AlreadyAnonymous, Left, SeveralHaveLeft
from bot.services.anonymous import IsAnonymous
from bot.services.attendance_rates import Days
from bot.services.exporting import Request
from bot.services.importing import LEDGERS, ImportRefused, Source
from bot.services.officers import OPERATOR
from bot.storage.engine import Database
from bot.storage.models import (
    Account,
    Alias,
    Anonymised,
    AuditLine,
    BindCode,
    DuesEntry,
    Member,
    Membership,
    Outbox,
    RollChange,
)
from bot.storage.types import Base
from tests.support.hall import START, Hall

NAME, TAIL = "欧阳建设", "6688"
LATER = at(date(2026, 4, 8), 12)


@pytest.fixture
def hall(database: Database) -> Hall:
    """Return a branch in which 欧阳建设 came, paid, was written about, and died."""
    hall = Hall(database)
    world = hall.world
    hall.members[NAME] = world.member(NAME, hall.branch, tail=TAIL, dues_fen=3000)
    hall.members["周敏"] = world.member("周敏", None, Role.OFFICER)
    hall.say("王敏", f"别名 老欧 {NAME}")
    hall.say(NAME, "请假 回老家收麦子")
    hall.say(NAME, "党费 1-3月 90")
    hall.say("王敏", "确认党费 全部")
    hall.say("王敏", "确认1")
    hall.say("王敏", "名单 党费 3月")
    hall.say("王敏", f"发通知 请{NAME}主持学习")
    hall.say("王敏", "确认7")
    hall.say(NAME, "收到")
    hall.say(NAME, "签到", START)
    hall.say("王敏", "除张三都到", START + timedelta(hours=1))
    hall.say("王敏", "确认6")
    hall.say("王敏", f"记录 主题党日 主持 {NAME} 议题 听{NAME}讲党史", START + timedelta(hours=3))
    hall.say("李建国", f"去世 {NAME} 4月1日", at(date(2026, 4, 1), 10))
    hall.say("李建国", "确认")
    world.clock.set(LATER)
    return hall


def _find(hall: Hall, written: str = NAME, by: str = "周敏") -> Left:
    actor = hall.world.actor(hall.members[by])
    with hall.world.database.reading() as session:
        return anonymise.find_left(session, written, by=actor, now=hall.world.now)


def _do(
    hall: Hall, ground: Ground = Ground.ASKED, by: str = "周敏", reason: str = "家属申请"
) -> None:
    person, actor = _find(hall, str(hall.members[NAME])), hall.world.actor(hall.members[by])
    with hall.world.database.writing() as session:
        anonymise.carry_out(session, person, ground, reason=reason, by=actor, now=hall.world.now)


def _everything_written(hall: Hall) -> str:
    """Return every word of every table."""
    words: list[str] = []
    with hall.world.database.reading() as session:
        for table in Base.metadata.sorted_tables:
            for row in session.execute(select(table)):
                words += [str(value) for value in row if value is not None]
    return "\n".join(words)


def _figures(hall: Hall) -> list[object]:
    """Return what a report of the year counts."""
    li, wang = (hall.world.actor(hall.members[name]) for name in ("李建国", "王敏"))
    days = Days(date(2026, 1, 1), date(2026, 12, 31))
    with hall.world.database.reading() as session:
        rate = attendance_rates.of_unit(session, hall.branch, by=li, days=days, now=hall.world.now)
        figures = turnover.figures_of(session, hall.branch, days.first, hall.world.today)
        money = session.execute(
            select(DuesEntry.member_id, DuesEntry.month, DuesEntry.kind, DuesEntry.fen).order_by(
                DuesEntry.id
            )
        ).all()
        in_hand = dues_remittance.draft(session, by=wang, unit=None, up_to=None)
    return [rate, figures, [tuple(row) for row in money], in_hand]


def test_no_word_of_the_name_is_left_anywhere(hall: Hall) -> None:
    before = _everything_written(hall)
    assert before.count(NAME) > 5
    assert "回老家收麦子" in before

    _do(hall)

    after = _everything_written(hall)
    assert NAME not in after
    assert "回老家收麦子" not in after
    assert TAIL not in after.split("\n")


def test_no_figure_changes(hall: Hall) -> None:
    before = _figures(hall)

    _do(hall)

    assert _figures(hall) == before


def test_nothing_leads_to_the_person_any_more(hall: Hall) -> None:
    _do(hall)

    member = hall.members[NAME]
    with hall.world.database.reading() as session:
        account = session.scalars(select(Account).where(Account.member_id == member)).one()
        alias = session.scalars(select(Alias).where(Alias.member_id == member)).one()
        row = session.get_one(Member, member)
        assert account.unbound_at is not None
        assert alias.revoked_at is not None
        assert alias.text == f"已匿名{member}"
        assert (row.name, row.phone_tail) == (f"已匿名{member}", "")
    assert hall.say(NAME, "我的党费").startswith("您好，我是支部小助手")
    with pytest.raises(NotFound):
        _find(hall)


def test_who_when_and_why_are_kept_and_it_happens_once(hall: Hall) -> None:
    _do(hall, reason=f"{NAME}的家属书面申请")

    officer, member = hall.members["周敏"], hall.members[NAME]
    with hall.world.database.reading() as session:
        done = session.scalars(select(Anonymised)).one()
        line = session.scalars(
            select(AuditLine).where(AuditLine.action == "member.anonymise")
        ).one()
        assert (done.member_id, done.by_id, done.at) == (member, officer, LATER)
        assert done.reason == line.reason == f"已匿名{member}的家属书面申请"
        assert line.before is None
    with pytest.raises(AlreadyAnonymous):
        _do(hall)


def test_only_the_officer_of_the_street_may(hall: Hall) -> None:
    with pytest.raises(Forbidden, match="街道党务专干"):
        _find(hall, by="李建国")


def test_what_waits_to_be_sent_to_the_person_is_void(hall: Hall) -> None:
    letter = hall.world.letter(hall.members[NAME], "还没发的", key="waits")
    hall.world.enqueue(letter)

    _do(hall)

    with hall.world.database.reading() as session:
        row = session.scalars(select(Outbox).where(Outbox.key == "waits")).one()
        assert (row.state.value, row.text, row.address) == ("void", "", "")


def test_where_others_bear_the_name_their_texts_stay(hall: Hall) -> None:
    hall.world.member(NAME, hall.branch, account=False)
    person, actor = _find(hall, str(hall.members[NAME])), hall.world.actor(hall.members["周敏"])
    with hall.world.database.reading() as session:
        shown = anonymise.prepare(session, person, Ground.ASKED, by=actor, now=hall.world.now)

    _do(hall)

    assert shown.namesake
    assert shown.mentions == 0
    assert f"请{NAME}主持学习" in _everything_written(hall)


def test_two_who_left_are_told_apart_by_number(hall: Hall) -> None:
    twin = hall.world.member(NAME, hall.branch, account=False)
    hall.members["twin"] = twin
    with hall.world.database.writing() as session:
        session.scalars(
            select(Membership).where(Membership.member_id == twin)
        ).one().valid_to = date(2026, 3, 1)

    with pytest.raises(SeveralHaveLeft, match=f"{twin}（第三党支部）"):
        _find(hall)
    assert _find(hall, str(twin)).id == twin


_LEFT = date(2024, 2, 29)


@pytest.mark.parametrize(
    ("leaving", "ground", "today", "why"),
    [
        pytest.param(Leaving(NAME, None), Ground.ASKED, date(2030, 1, 1), "还在名册上", id="还在"),
        pytest.param(
            Leaving(NAME, date(2030, 1, 2)),
            Ground.ASKED,
            date(2030, 1, 1),
            "还在名册上",
            id="还没走",
        ),
        pytest.param(
            Leaving(NAME, _LEFT, is_open=True),
            Ground.ASKED,
            date(2030, 1, 1),
            "没办完",
            id="没办完",
        ),
        pytest.param(
            Leaving(NAME, _LEFT),
            Ground.KEPT_LONG_ENOUGH,
            date(2027, 2, 28),
            "要保存到2027年3月1日",
            id="差一天",
        ),
        pytest.param(
            Leaving(NAME, _LEFT), Ground.KEPT_LONG_ENOUGH, date(2027, 3, 1), "", id="到期"
        ),
        pytest.param(Leaving(NAME, _LEFT), Ground.ASKED, date(2024, 3, 1), "", id="本人要求"),
    ],
)
def test_what_is_still_needed_stays(
    leaving: Leaving, ground: Ground, today: date, why: str
) -> None:
    if not why:
        check_may_forget(leaving, ground, today)
        return
    with pytest.raises(StillNeeded, match=why):
        check_may_forget(leaving, ground, today)


def test_the_day_is_three_years_after_leaving() -> None:
    assert kept_until(date(2023, 6, 1), date(2026, 1, 1)) == date(2026, 6, 1)


def test_who_was_never_in_a_branch_is_not_found(hall: Hall) -> None:
    with pytest.raises(DomainError):
        _find(hall, "周敏")


# --- nothing is opened again ---------------------------------------------------------------------


def _take_back(hall: Hall, session: Session, actor: Actor) -> None:
    change = session.scalars(
        select(RollChange.id).where(RollChange.member_id == hall.members[NAME])
    ).one()
    roll_changes.take_back(
        session, change_id=change, reason="登记错了人", by=actor, now=hall.world.now
    )


def _enter(hall: Hall, session: Session, actor: Actor) -> None:
    roll_changes.enter(
        session,
        name=f"已匿名{hall.members[NAME]}",
        branch_id=hall.branch,
        on=hall.world.today,
        by=actor,
        now=hall.world.now,
        member_id=hall.members[NAME],
    )


def _admit(hall: Hall, session: Session, actor: Actor) -> None:
    name = f"已匿名{hall.members[NAME]}"
    roll_changes.admit(
        session,
        name=name,
        branch_id=hall.branch,
        on=hall.world.today,
        by=actor,
        now=hall.world.now,
    )


def _issue_code(hall: Hall, session: Session, _actor: Actor) -> None:
    binding.issue_code(session, member_id=hall.members[NAME], by=SYSTEM, now=hall.world.now)


def _bind(hall: Hall, session: Session, _actor: Actor) -> None:
    code = "12345678"
    session.add(
        BindCode(
            code_hash=binding._hash(code),
            member_id=hall.members[NAME],
            created_by=None,
            expires_at=hall.world.now + timedelta(days=1),
        )
    )
    session.flush()
    binding.bind_by_code(session, space=SPACE, external_id="new", code=code, now=hall.world.now)


def _teach(hall: Hall, session: Session, actor: Actor) -> None:
    of = Whose(hall.members[NAME], NAME, hall.branch, meetings.path_of(session, hall.branch))
    aliases.teach(
        session, text="老欧阳", of=of, by=actor, consent=Consent.COMMAND, now=hall.world.now
    )


def _correct_dues(hall: Hall, session: Session, actor: Actor) -> None:
    dues_corrections.correct(
        session,
        member_id=hall.members[NAME],
        month=Month(2026, 3),
        fen=1000,
        reason=f"{NAME}多交了",
        by=actor,
        now=hall.world.now,
    )


def _refund(hall: Hall, session: Session, actor: Actor) -> None:
    dues_amendments.draft_refund(
        session,
        member_id=hall.members[NAME],
        month=Month(2026, 3),
        fen=1000,
        reason="多交",
        by=actor,
    )


def _correct_mark(hall: Hall, session: Session, actor: Actor) -> None:
    attendance_corrections.correct(
        session,
        member_id=hall.members[NAME],
        meeting_id=hall.meeting_id,
        mark=Mark.ABSENT,
        reason="代签的",
        by=actor,
        now=hall.world.now,
    )


@pytest.mark.parametrize(
    "attempt",
    [
        pytest.param(_take_back, id="名册更正"),
        pytest.param(_enter, id="转回来"),
        pytest.param(_admit, id="用匿名的名字登记"),
        pytest.param(_issue_code, id="发绑定码"),
        pytest.param(_bind, id="用旧绑定码"),
        pytest.param(_teach, id="别名"),
        pytest.param(_correct_dues, id="更正党费"),
        pytest.param(_refund, id="退党费"),
        pytest.param(_correct_mark, id="更正出勤"),
    ],
)
def test_nothing_is_written_about_who_was_made_anonymous(
    hall: Hall, attempt: Callable[[Hall, Session, Actor], None]
) -> None:
    _do(hall)
    actor = hall.world.actor(hall.members["李建国"])
    before = _everything_written(hall)

    with pytest.raises(IsAnonymous, match="已经匿名处理"), hall.world.database.writing() as session:
        attempt(hall, session, actor)

    assert _everything_written(hall) == before


def _row(hall: Hall, **more: str) -> dict[str, str]:
    return {"党组织": "第三党支部", "姓名": f"已匿名{hall.members[NAME]}", **more}


@pytest.mark.parametrize(
    ("ledger", "more"),
    [
        pytest.param("roster", {}, id="名册"),
        pytest.param("opening", {"学时": "12"}, id="期初"),
        pytest.param("dues", {"月份": "2026-01", "金额": "30", "日期": "2026-01-05"}, id="党费"),
        pytest.param(
            "assessments", {"起始月份": "2026-04", "月缴党费": "40", "原因": "涨了"}, id="核定"
        ),
        pytest.param("studied", {"学习内容": "党章", "日期": "2026-03-02"}, id="学习"),
        pytest.param(
            "attendance", {"会议": "主题党日", "日期": "2026-03-16", "出勤": "缺席"}, id="出勤"
        ),
    ],
)
def test_a_file_adds_nothing_about_who_was_made_anonymous(
    hall: Hall, tmp_path: Path, ledger: str, more: dict[str, str]
) -> None:
    _do(hall)
    row, path = _row(hall, **more), tmp_path / "文件.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(row))
        writer.writeheader()
        writer.writerow(row)
    before = _everything_written(hall)

    source = Source(OPERATOR, hall.world.now)
    with pytest.raises(ImportRefused) as refused, hall.world.database.writing() as session:
        importing.run_file(session, LEDGERS[ledger], path, source)

    assert any("已经匿名处理" in problem for problem in refused.value.problems), (
        refused.value.problems
    )
    assert _everything_written(hall) == before


@pytest.mark.parametrize("ledger", ["dues", "attendance", "studied", "assessments", "opening"])
def test_our_own_export_is_still_read_unchanged(hall: Hall, tmp_path: Path, ledger: str) -> None:
    _do(hall)
    path = tmp_path / "导出.csv"
    with hall.world.database.writing() as session:
        request = Request(OPERATOR, hall.world.now)
        exporting.run_file(session, LEDGERS[ledger], path, request)
        outcome = importing.run_file(
            session, LEDGERS[ledger], path, Source(OPERATOR, hall.world.now)
        )

    assert (outcome.added, outcome.changed) == (0, 0)


def test_what_a_branch_settled_keeps_no_name(hall: Hall) -> None:
    hall.say("李建国", f"定规定 记录锁定 7天 支委会{NAME}提议 原因 {NAME}说补记要时间")
    hall.world.clock.set(LATER + timedelta(minutes=1))

    _do(hall)

    assert NAME not in _everything_written(hall)
