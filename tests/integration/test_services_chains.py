"""Pasted chains in the ledgers: own line at once, others once, whoever confirms how often."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import func, select

from bot.channels.simulator import SPACE
from bot.clock import at
from bot.domain.attendance import THERE, Mark
from bot.domain.cadence import MeetingKind
from bot.domain.errors import Forbidden
from bot.domain.ids import MemberId, UnitId
from bot.domain.incoming import Incoming
from bot.domain.naming import Candidate, Roll
from bot.domain.periods import Month
from bot.domain.rights import Role
from bot.inbound.chains import find_chain
from bot.services import (
    attendance,
    chain_confirm,
    chain_lines,
    chain_pastes,
    chains,
    dues,
    meetings,
    notices,
)
from bot.services import study as study_service
from bot.services.chain_confirm import Confirmed, NothingToConfirm
from bot.services.chain_pastes import Kept
from bot.services.meetings import MeetingView
from bot.services.retention import forget_texts
from bot.storage.engine import Database
from bot.storage.models import (
    AttendanceMark,
    ChainPaste,
    ChainRecord,
    DuesEntry,
    Meeting,
)
from tests.support.world import HOURS, ROUTES, World, core

START = at(date(2026, 3, 16), 15)
IN_TIME = START - timedelta(minutes=10)
MARCH = Month(2026, 3)
ROLL = [
    "张三",
    "李四",
    "王五",
    "赵六",
    "孙丽",
    "周强",
    "吴芳",
    "郑浩",
    "冯雪",
    "陈静",
    "褚卫东",
    "卫兰",
    "蒋勇",
    "沈秀珍",
    "韩梅",
    "杨柳青",
    "朱明",
    "秦川",
    "尤佳",
    "许国强",
    "何桂英",
    "吕文",
    "施耐安",
    "孔令辉",
    "曹玉兰",
    "严冬梅",
    "华建军",
    "金山",
    "魏来喜",
    "陶红",
    "姜海",
    "戚继红",
    "谢春花",
    "邹平",
    "喻晓东",
    "柏松",
    "水生根",
    "窦娥玲",
    "章子怡",
    "云飞扬",
    "苏小妹",
    "潘石头",
    "葛优良",
    "奚梦瑶",
    "彭德清",
]


@dataclass
class Branch:
    """A branch of 47 with a meeting at three; everybody may be heard by the bot."""

    world: World
    unit: UnitId
    members: dict[str, MemberId]
    meeting: MeetingView
    said: int = 0

    def __post_init__(self) -> None:
        self.core = core(self.world.database, self.world.clock)

    def say(self, name: str, text: str, *, chat: str | None = None) -> str:
        """Deliver a message and return the answer."""
        self.said += 1
        message = Incoming(
            SPACE, SPACE, f"m{self.said}", chat, name, self.world.now, text, mentions_bot=True
        )
        return self.core.pipeline.receive(message).text or ""

    def paste(self, by: str, title: str, lines: Sequence[str]) -> str:
        """Paste a chain privately."""
        rows = [f"{number}. {line}" for number, line in enumerate(lines, start=1)]
        return self.say(by, "\n".join(["#接龙", title, "", *rows]))

    def kept(self) -> Kept:
        """Return the last paste."""
        with self.world.database.reading() as session:
            last = session.scalar(select(func.max(ChainPaste.id)))
            assert last is not None
            return chain_pastes.get(session, last)

    def confirm(self, by: str, paste_id: int | None = None) -> Confirmed:
        """Confirm a paste by the service."""
        actor = self.world.actor(self.members[by])
        paste = paste_id or self.kept().paste_id
        with self.world.database.writing() as session:
            return chain_confirm.confirm(
                session, paste_id=paste, by=actor, routes=ROUTES, now=self.world.now
            )

    def marks(self) -> dict[str, Mark]:
        """Return what stands, by name."""
        names = {member: name for name, member in self.members.items()}
        with self.world.database.reading() as session:
            meeting = meetings.get_meeting(session, self.meeting.id)
            found = attendance.current_marks(session, [meeting])
        return {names[member]: mark for (_, member), mark in found.items()}

    def rows(self, model: type[object]) -> int:
        """Count the rows of a ledger."""
        with self.world.database.reading() as session:
            return session.scalar(select(func.count()).select_from(model)) or 0

    def told(self, name: str) -> list[str]:
        """Return what was queued for somebody."""
        return [row.text for row in self.world.outbox() if row.member_id == self.members[name]]


@pytest.fixture
def branch(database: Database) -> Branch:
    world = World(database, IN_TIME - timedelta(days=1))
    unit = world.unit("第三党支部")
    members = {
        "李书记": world.member("李书记", unit, Role.SECRETARY, dues_fen=5000),
        "王敏": world.member("王敏", unit, Role.ORGANISER, dues_fen=4000),
        **{name: world.member(name, unit, dues_fen=3000) for name in ROLL},
    }
    meeting = world.call(MeetingKind.THEME_DAY, START, members["李书记"]).meeting
    world.clock.set(IN_TIME)
    return Branch(world, unit, members, meeting)


TITLE = "3月16日主题党日签到"


def test_29_paste_chain_and_six_are_missing_by_name(branch: Branch) -> None:
    """peers (b) 29: lists of what is missing are made by hand; one entry feeds everything."""
    there = [*ROLL[:-6], "王敏"]

    answer = branch.paste("李书记", TITLE, [*there, "李书记"])

    assert f"还缺6人：{'、'.join(ROLL[-6:])}。" in answer
    branch.say("李书记", "确认")
    assert branch.say("李书记", f"确认{len(there)}").startswith(f"✓ 已入账{len(there)}人")
    roll_call = branch.say("李书记", "名单")
    assert f"应到{len(ROLL) + 2}，已到{len(there) + 1}，请假0。" in roll_call
    assert f"未到6：{'、'.join(ROLL[-6:])}" in roll_call


def test_nothing_but_the_own_line_counts_before_somebody_confirms(branch: Branch) -> None:
    branch.paste("张三", TITLE, ["李四", "张三", "王五 请假"])

    assert branch.marks() == {"张三": Mark.PRESENT}


def test_source_reporter_and_confirmer_stay_on_every_record(branch: Branch) -> None:
    branch.paste("张三", TITLE, ["李四", "张三", "王五 请假"])
    branch.confirm("王敏")

    with branch.world.database.reading() as session:
        marks = session.scalars(
            select(AttendanceMark).where(AttendanceMark.source == "chain")
        ).all()
        records = session.scalars(select(ChainRecord)).all()
        assert {mark.reporter_id for mark in marks} == {branch.members["张三"]}
        assert {mark.decided_by_id for mark in marks} == {branch.members["王敏"]}
        assert {(r.reporter_id, r.confirmed_by) for r in records} == {
            (branch.members["张三"], branch.members["王敏"])
        }
        assert {record.row_id for record in records} == {mark.id for mark in marks}
    assert branch.marks() == {"张三": Mark.PRESENT, "李四": Mark.PRESENT, "王五": Mark.LEAVE}


def test_confirming_twice_doubles_nothing(branch: Branch) -> None:
    branch.paste("王敏", TITLE, ["李四", "王五"])
    branch.confirm("王敏")
    before = branch.rows(AttendanceMark)

    with pytest.raises(NothingToConfirm):
        branch.confirm("李书记")

    assert branch.rows(AttendanceMark) == before


def test_two_who_confirm_at_once_record_everybody_once(branch: Branch) -> None:
    branch.paste("张三", TITLE, list(ROLL[:30]))
    paste = branch.kept().paste_id
    start = threading.Barrier(2)

    def confirm(name: str) -> int:
        start.wait()
        try:
            return len(branch.confirm(name, paste).recorded)
        except NothingToConfirm:
            return 0

    with ThreadPoolExecutor(2) as pool:
        counts = sorted(pool.map(confirm, ("王敏", "李书记")))

    assert counts == [0, 29]
    assert branch.rows(AttendanceMark) == 30
    assert branch.rows(ChainRecord) == 29


def test_a_state_pasted_again_proposes_only_what_is_new(branch: Branch) -> None:
    branch.paste("王敏", TITLE, ["李四", "王五"])
    branch.confirm("王敏")

    again = branch.paste("王敏", TITLE, ["李四", "王五", "赵六"])

    assert again.startswith("认出3人，新增1人。")
    assert [item.name for item in branch.confirm("王敏").recorded] == ["赵六"]


def test_order_and_numbers_make_no_difference(branch: Branch) -> None:
    branch.paste("王敏", TITLE, ["李四", "王五"])

    assert branch.paste("王敏", TITLE, ["王五", "李四"]).startswith("认出2人，和上次一样。")


def test_who_is_gone_is_named_privately_and_stays_on_record(branch: Branch) -> None:
    branch.paste("王敏", TITLE, ["李四", "王五"])
    branch.confirm("王敏")

    answer = branch.paste("王敏", TITLE, ["李四"])

    assert "上次有、这次没有的1人：王五。" in answer
    assert branch.marks()["王五"] is Mark.PRESENT


def test_only_who_may_record_confirms(branch: Branch) -> None:
    branch.paste("张三", TITLE, ["李四", "张三"])

    with pytest.raises(Forbidden):
        branch.confirm("张三")


def test_nobodys_own_word_is_overturned_by_a_pasted_line(branch: Branch) -> None:
    branch.world.clock.set(START - timedelta(hours=3))
    branch.say("李四", "请假 出差")
    branch.world.clock.set(IN_TIME)
    branch.say("王五", "签到")

    branch.paste("王敏", TITLE, ["王五 请假", "赵六"])
    done = branch.confirm("王敏")

    assert [held.name for held in done.held] == ["王五"]
    assert branch.marks()["王五"] is Mark.PRESENT
    assert branch.marks()["李四"] is Mark.LEAVE_REQUESTED


def test_before_check_in_a_line_only_says_to_come(branch: Branch) -> None:
    branch.world.clock.set(START - timedelta(hours=5))
    branch.paste("王敏", "3月16日主题党日参会", ["李四", "王敏"])
    branch.confirm("王敏")

    assert branch.marks() == {"李四": Mark.PROMISED, "王敏": Mark.PROMISED}


def test_after_the_end_it_is_entered_late(branch: Branch) -> None:
    branch.world.clock.set(START + timedelta(hours=20))
    branch.paste("王敏", TITLE, ["李四"])
    branch.confirm("王敏")

    assert branch.marks() == {"李四": Mark.MAKEUP_GRANTED}


def test_undo_lets_stand_what_stood_before_and_what_came_after(branch: Branch) -> None:
    branch.world.clock.set(START - timedelta(hours=3))
    branch.say("李四", "请假 出差")
    branch.world.clock.set(IN_TIME)
    branch.paste("王敏", TITLE, ["李四", "王五", "赵六", "孙丽 请假"])
    branch.confirm("王敏")
    assert branch.marks()["李四"] is Mark.PRESENT
    branch.world.clock.advance(timedelta(minutes=2))
    branch.say("赵六", "签到")  # on record already, and from now on his own word
    branch.say("孙丽", "签到")

    answer = branch.say("王敏", "撤销")

    assert answer == "✓ 已撤销接龙入账（到会，4人）。"
    assert branch.marks() == {
        "李四": Mark.LEAVE_REQUESTED,
        "赵六": Mark.PRESENT,
        "孙丽": Mark.PRESENT,
    }
    with branch.world.database.reading() as session:
        assert all(record.undone_at for record in session.scalars(select(ChainRecord)))
    assert [item.name for item in branch.confirm("王敏").recorded] == ["李四", "王五"]


def test_after_ten_minutes_it_stands(branch: Branch) -> None:
    branch.paste("王敏", TITLE, ["李四"])
    branch.confirm("王敏")
    branch.world.clock.advance(timedelta(minutes=11))

    assert "十分钟内没有可以撤销的" in branch.say("王敏", "撤销")
    assert branch.marks()["李四"] in THERE


def test_the_organiser_hears_once_of_each_state(branch: Branch) -> None:
    for _ in range(3):
        branch.paste("张三", TITLE, ["李四", "张三"])
    branch.paste("王五", TITLE, ["李四", "张三", "王五"])
    branch.paste("张三", TITLE, ["李四", "张三"])

    waiting = [row for row in branch.world.outbox() if row.subject.startswith("chain:")]

    assert sum(row.state.value == "queued" for row in waiting) <= 1
    assert len({row.key for row in waiting}) == 2


def test_one_message_is_one_paste_however_often_it_comes(branch: Branch) -> None:
    message = Incoming(
        SPACE, SPACE, "same", None, "王敏", branch.world.now, f"#接龙\n{TITLE}\n1. 李四"
    )

    first = branch.core.pipeline.receive(message).text
    second = branch.core.pipeline.receive(message).text

    assert first == second
    assert branch.rows(ChainPaste) == 1


# --- sign-ups ----------------------------------------------------------------------------------


def _class(branch: Branch, seats: int) -> MeetingView:
    return branch.world.call(
        MeetingKind.PARTY_SCHOOL,
        START + timedelta(days=4),
        branch.members["李书记"],
        seats=seats,
        title="党校培训班",
    ).meeting


def _joined(branch: Branch, course: MeetingView) -> dict[str, int]:
    names = {member: name for name, member in branch.members.items()}
    with branch.world.database.reading() as session:
        found = study_service.joined_members(session, course.id)
        taken = session.get_one(Meeting, course.id).taken
    assert taken == sum(found.values())
    return {names[member]: seats for member, seats in found.items()}


def test_seats_go_in_the_order_of_the_lines_and_never_beyond(branch: Branch) -> None:
    course = _class(branch, 4)

    branch.paste("王敏", "党校培训班报名", ["李四 2人", "王五", "赵六 2人", "孙丽"])
    done = branch.confirm("王敏")

    assert _joined(branch, course) == {"李四": 2, "王五": 1, "孙丽": 1}
    assert [held.name for held in done.held] == ["赵六"]


def test_a_changed_number_of_people_moves_the_seats(branch: Branch) -> None:
    course = _class(branch, 6)
    branch.paste("王敏", "党校培训班报名", ["李四 3人", "王五"])
    branch.confirm("王敏")

    branch.paste("王敏", "党校培训班报名", ["李四 2人", "王五"])
    branch.confirm("王敏")
    changed = _joined(branch, course)
    branch.say("王敏", "撤销")

    assert changed == {"李四": 2, "王五": 1}
    assert _joined(branch, course) == {"李四": 3, "王五": 1}


def test_who_signs_up_himself_as_well_stays_when_the_chain_is_taken_back(branch: Branch) -> None:
    course = _class(branch, 4)
    branch.paste("王敏", "党校培训班报名", ["李四", "王五"])
    branch.confirm("王敏")
    branch.say("李四", "报名")

    branch.say("王敏", "撤销")

    assert _joined(branch, course) == {"李四": 1}


def test_a_chain_and_members_who_join_meanwhile_share_the_seats(branch: Branch) -> None:
    course = _class(branch, 10)
    branch.paste("张三", "党校培训班报名", list(ROLL[1:9]))
    paste = branch.kept().paste_id
    start = threading.Barrier(5)

    def join(name: str) -> None:
        start.wait()
        branch.core.pipeline.receive(
            Incoming(SPACE, SPACE, f"join-{name}", None, name, branch.world.now, "报名")
        )

    def confirm(_name: str) -> None:
        start.wait()
        branch.confirm("王敏", paste)

    with ThreadPoolExecutor(5) as pool:
        jobs = [pool.submit(join, name) for name in ("李四", "王五", "彭德清", "奚梦瑶")]
        jobs.append(pool.submit(confirm, "王敏"))
        for job in jobs:
            job.result()

    joined = _joined(branch, course)
    assert set(ROLL[1:9]) <= set(joined)
    assert len(joined) == 10


# --- dues --------------------------------------------------------------------------------------


def _confirmed(branch: Branch, name: str) -> int:
    member = branch.members[name]
    with branch.world.database.reading() as session:
        return dues.balances(session, [member], [MARCH])[member][MARCH].confirmed_fen


def test_an_amount_that_does_not_add_up_is_never_recorded(branch: Branch) -> None:
    branch.paste("王敏", "3月党费", ["李四 30元", "王五 300元", "赵六", "孙丽 明天交"])
    done = branch.confirm("王敏")

    assert [held.name for held in done.held] == ["王五"]
    assert [_confirmed(branch, name) for name in ("李四", "王五", "赵六", "孙丽")] == [
        3000,
        0,
        3000,
        0,
    ]


def test_a_line_that_names_its_own_months_is_put_to_those(branch: Branch) -> None:
    branch.paste("王敏", "3月党费", ["李四 1-3月 90元"])
    done = branch.confirm("王敏")

    assert [item.words for item in done.recorded] == ["1–3月90元"]


def test_dues_confirmed_twice_are_paid_once(branch: Branch) -> None:
    branch.paste("王敏", "3月党费", ["李四 30元"])
    branch.confirm("王敏")
    branch.paste("李书记", "3月党费", ["李四 30元"])

    with pytest.raises(NothingToConfirm):
        branch.confirm("李书记")

    assert _confirmed(branch, "李四") == 3000


def test_undone_dues_are_counter_entries_and_the_members_claim_waits_again(branch: Branch) -> None:
    branch.say("李四", "党费已交 3月 30")
    branch.paste("王敏", "3月党费", ["李四", "王五 30元"])
    branch.confirm("王敏")
    entries = branch.rows(DuesEntry)

    branch.say("王敏", "撤销")

    assert branch.rows(DuesEntry) == entries + 3  # two corrections, one claim again
    assert (_confirmed(branch, "李四"), _confirmed(branch, "王五")) == (0, 0)
    assert "李四 3月 30元" in branch.say("王敏", "确认党费 全部")


def test_dues_without_a_branch_to_pay_are_not_guessed(branch: Branch) -> None:
    newcomer = branch.world.member("新来的", branch.unit)
    branch.members["新来的"] = newcomer

    branch.paste("王敏", "3月党费", ["新来的 30元", "李四 30元"])
    done = branch.confirm("王敏")

    assert [(held.name, held.why) for held in done.held] == [("新来的", "还没有核定党费")]


# --- receipts ----------------------------------------------------------------------------------


def test_receipts_come_from_the_notices_own_list(branch: Branch) -> None:
    by = branch.world.actor(branch.members["李书记"])
    with branch.world.database.writing() as session:
        now = branch.world.now
        draft = notices.draft(
            session, body="请交学习心得", by=by, routes=ROUTES, hours=HOURS, now=now
        )
        notices.release(session, notice_id=draft.id, by=by, routes=ROUTES, hours=HOURS, now=now)
    branch.world.member("后来的", branch.unit)

    branch.paste("王敏", "学习心得，收到请接龙", ["李四 收到", "王五", "后来的"])
    done = branch.confirm("王敏")
    with branch.world.database.reading() as session:
        before = notices.receipts(session, by=by, now=branch.world.now)
    branch.say("王敏", "撤销")
    with branch.world.database.reading() as session:
        after = notices.receipts(session, by=by, now=branch.world.now)

    assert [(held.name, held.why) for held in done.held] == [("后来的", "不在这条通知的名单里")]
    assert before is not None
    assert after is not None
    assert (before.acknowledged, after.acknowledged) == (2, 0)


# --- names -------------------------------------------------------------------------------------


def _lines(branch: Branch, names: Sequence[str]) -> dict[str, str | None]:
    chain = find_chain("#接龙\n签到\n" + "\n".join(f"{n}. {x}" for n, x in enumerate(names, 1)))
    assert chain is not None
    with branch.world.database.reading() as session:
        roll, _ = chain_lines.load_roll(session, branch.unit, branch.world.today)
    extras = [chain_lines.Extra()] * len(chain.entries)
    found = {member: name for name, member in branch.members.items()}
    lines = chain_lines.read_lines(chain.entries, extras, roll, {})
    return {line.name: found.get(line.member_id or MemberId(0)) for line in lines}


NAMES: dict[str, tuple[list[str], dict[str, str | None]]] = {
    "全名": (["张三"], {"张三": "张三"}),
    "繁体": (["張三"], {"张三": "张三"}),
    "称呼，只有一位": (["老金"], {"老金": "金山"}),
    "称呼，几位": (["老王"], {"老王": None}),
    "称呼，本人另有一行": (["金山", "老金"], {"金山": "金山", "老金": None}),
    "听着像的不猜": (["章三"], {"章三": None}),
    "差一个字的不猜": (["沈秀真"], {"沈秀真": None}),
    "亲属不知道是谁家的": (["老伴"], {"老伴": None}),
    "网名": (["W."], {"W.": None}),
}


TAILS = {
    "张伟4567": (1, None),
    "张伟（5678）": (2, None),
    "张伟 尾号5678": (2, None),
    "张伟4567 30": (1, 3000),
    "张伟": (None, None),
    "张伟9999 30": (None, 3000),
    "张伟 尾号9999": (None, None),
    "张三（1234）": (3, None),
    "张三 1203": (3, 120300),
    "张三 尾号9999": (None, None),
    "章伟 尾号4567": (None, None),
}


@pytest.mark.parametrize(("line", "said"), TAILS.items(), ids=TAILS)
def test_digits_tell_namesakes_apart_and_wrong_ones_mean_nobody(
    line: str, said: tuple[int | None, int | None]
) -> None:
    ids = {MemberId(1): "4567", MemberId(2): "5678", MemberId(3): "1234"}
    roll = Roll(Candidate(n, "张三" if n == MemberId(3) else "张伟") for n in ids)
    chain = find_chain(f"#接龙\n3月党费\n1. {line}")
    assert chain is not None

    [found] = chain_lines.read_lines(chain.entries, [chain_lines.Extra()], roll, {}, ids)

    assert (found.member_id, found.amount_fen) == said


@pytest.mark.parametrize(("names", "whose"), NAMES.values(), ids=NAMES)
def test_a_line_is_somebodys_or_unclear_and_never_guessed(
    branch: Branch, names: list[str], whose: dict[str, str | None]
) -> None:
    assert _lines(branch, names) == whose


def test_a_choice_holds_for_the_chain_and_can_mean_nobody(branch: Branch) -> None:
    branch.paste("王敏", TITLE, ["李四", "W."])
    kept = branch.kept()
    actor = branch.world.actor(branch.members["王敏"])
    with branch.world.database.writing() as session:
        chains.choose(session, kept, kept.unclear[0], None, by=actor, now=branch.world.now)

    answer = branch.paste("王敏", TITLE, ["李四", "W.", "王五"])

    assert "不清" not in answer


def test_names_of_nobody_on_the_roll_are_forgotten_with_the_texts(branch: Branch) -> None:
    branch.paste("王敏", TITLE, ["李四", "W."])
    later = branch.world.now + timedelta(days=31)
    with branch.world.database.writing() as session:
        forget_texts(session, now=branch.world.now + timedelta(days=29), keep_days=30)
    kept = [line.name for line in branch.kept().lines]

    with branch.world.database.writing() as session:
        forget_texts(session, now=later, keep_days=30)

    assert kept == ["李四", "W."]
    assert [line.name for line in branch.kept().lines] == ["李四", ""]


def _later(days: int) -> datetime:
    return START + timedelta(days=days) - timedelta(minutes=5)


def test_the_same_title_next_week_is_another_chain(branch: Branch) -> None:
    branch.paste("王敏", "签到", ["李四"])
    first = branch.kept()
    branch.world.call(MeetingKind.LECTURE, START + timedelta(days=7), branch.members["李书记"])
    branch.world.clock.set(_later(7))

    branch.paste("王敏", "签到", ["李四"])

    assert branch.kept().subject != first.subject
    assert branch.kept().is_first
