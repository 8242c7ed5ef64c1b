"""Records put right: by their owner while nobody has confirmed them, by the organiser always."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from bot.clock import at
from bot.domain.attendance import Mark
from bot.domain.cadence import MeetingKind
from bot.domain.corrections import NothingToCorrect, ReasonMissing, check_reason
from bot.domain.dues import EntryKind, MonthState
from bot.domain.dues_allocation import Allocated, NeedsAnswer
from bot.domain.errors import DomainError, Forbidden, NotFound
from bot.domain.ids import MeetingId, MemberId
from bot.domain.periods import Month
from bot.domain.rights import Role
from bot.services import (
    attendance,
    attendance_corrections,
    corrections,
    dues,
    dues_claim_corrections,
    dues_claims,
    dues_confirming,
    dues_corrections,
    study,
    study_corrections,
    undo,
)
from bot.services.attendance_marks import ChangedSince
from bot.services.dues_claim_corrections import Corrected
from bot.services.dues_claims import AlreadyConfirmed, Claim, NoClaim, WhichClaim
from bot.services.inverses import INVERSES
from bot.storage.engine import Database
from bot.storage.models import AttendanceMark, AuditLine, Counter, DoneAction, DuesEntry
from tests.support.world import World

JANUARY, FEBRUARY, MARCH = Month(2026, 1), Month(2026, 2), Month(2026, 3)
T = TypeVar("T")


class Branch:
    """The third branch and what is done to its records, each step in its own transaction."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.unit = world.unit("第三党支部")
        self.li = world.member("李建国", self.unit, Role.SECRETARY)
        self.wang = world.member("王敏", self.unit, Role.ORGANISER)
        self.zhang = world.member("张三", self.unit, dues_fen=3000)
        self.zhao = world.member("赵六", self.unit, dues_fen=1500)
        self.fifth = world.unit("第五党支部")
        self.zhou = world.member("周强", self.fifth, Role.SECRETARY)
        self._said = 0

    def do(self, work: Callable[[Session], T]) -> T:
        """Run in a transaction."""
        with self.world.database.writing() as session:
            return work(session)

    # --- dues --------------------------------------------------------------------------------

    def declare(self, *months: Month, fen: int | None = None, by: MemberId | None = None) -> Any:
        """Let a member declare; a question about the amount is answered with yes."""
        actor, now = self.world.actor(by or self.zhang), self.world.now
        self._said += 1

        def work(session: Session) -> Any:
            asked = dues.declare(
                session,
                months=months,
                total_fen=fen,
                by=actor,
                said_on=self.world.today,
                now=now,
                source=f"s{self._said}",
            )
            if isinstance(asked, NeedsAnswer) and asked.choices:
                return dues.record_declared(
                    session, asked.choices[-1], by=actor, now=now, source=f"s{self._said}"
                )
            return asked

        return self.do(work)

    def confirm(self, **more: Any) -> list[dues_confirming.Receipt]:
        """Let the organiser confirm everything, or what is named."""
        actor = self.world.actor(self.wang)

        def work(session: Session) -> list[dues_confirming.Receipt]:
            lines = dues_confirming.list_waiting(session, by=actor, today=self.world.today, **more)
            return dues_confirming.confirm(session, lines, by=actor, now=self.world.now)

        return self.do(work)

    def take_back(
        self, *months: Month, by: MemberId | None = None, source: str | None = None
    ) -> Claim:
        """Let a member take a claim back."""
        actor = self.world.actor(by or self.zhang)
        return self.do(
            lambda session: dues_claims.take_back(
                session, by=actor, now=self.world.now, months=months, source=source
            )
        )

    def correct(self, fen: int, *months: Month, by: MemberId | None = None, **more: Any) -> Any:
        """Let a member correct the last claim."""
        actor = self.world.actor(by or self.zhang)
        self._said += 1
        return self.do(
            lambda session: dues_claim_corrections.correct(
                session,
                by=actor,
                now=self.world.now,
                total_fen=fen,
                months=months,
                said_in=f"s{self._said}",
                **more,
            )
        )

    def undo(self, what: str = "", by: MemberId | None = None) -> undo.Undone:
        """Let a member take the last thing back."""
        actor = self.world.actor(by or self.zhang)
        return self.do(
            lambda session: undo.undo_last(
                session, INVERSES, by=actor, now=self.world.now, what=what
            )
        )

    def set_dues(
        self,
        fen: int,
        month: Month = MARCH,
        *,
        by: MemberId | None = None,
        of: MemberId | None = None,
        reason: str = "记错了",
    ) -> Any:
        """Let the organiser set a month."""
        actor = self.world.actor(by or self.wang)
        return self.do(
            lambda session: dues_corrections.correct(
                session,
                member_id=of or self.zhang,
                month=month,
                fen=fen,
                reason=reason,
                by=actor,
                now=self.world.now,
            )
        )

    def balance(self, month: Month = MARCH, of: MemberId | None = None) -> dues.Balance:
        """Return how a month stands."""
        member = of or self.zhang
        return self.do(lambda session: dues.balances(session, [member], [month]))[member][month]

    def rows(self, model: Any) -> list[Any]:
        """Return all rows of a table, in order."""
        with self.world.database.reading() as session:
            rows = list(session.scalars(select(model).order_by(model.id)))
            session.expunge_all()
        return rows

    # --- attendance --------------------------------------------------------------------------

    def call(self) -> MeetingId:
        """Call a meeting for ten minutes from now."""
        starts_at = self.world.now + timedelta(minutes=10)
        return self.world.call(MeetingKind.GENERAL, starts_at, self.li).meeting.id

    def check_in(self, by: MemberId | None = None) -> None:
        """Let a member check in."""
        actor, now = self.world.actor(by or self.zhang), self.world.now

        def work(session: Session) -> None:
            marked = attendance.check_in(session, by=actor, said_at=now, now=now)
            attendance.remember_marks(session, marked, actor, now)

        self.do(work)

    def ask_leave(self, by: MemberId | None = None) -> None:
        """Let a member ask leave."""
        actor, now = self.world.actor(by or self.zhang), self.world.now

        def work(session: Session) -> None:
            marked = attendance.ask_leave(session, by=actor, said_at=now, now=now, reason="出差")
            attendance.remember_marks(session, marked, actor, now)

        self.do(work)

    def set_mark(
        self,
        meeting: MeetingId,
        mark: Mark,
        *,
        by: MemberId | None = None,
        of: MemberId | None = None,
        reason: str = "手机没电",
    ) -> Any:
        """Let the organiser set a mark."""
        actor = self.world.actor(by or self.wang)
        return self.do(
            lambda session: attendance_corrections.correct(
                session,
                member_id=of or self.zhang,
                meeting_id=meeting,
                mark=mark,
                reason=reason,
                by=actor,
                now=self.world.now,
            )
        )

    def marks(self) -> list[tuple[Mark, str]]:
        """Return every mark ever made, with its source."""
        return [(row.mark, row.source) for row in self.rows(AttendanceMark)]


@pytest.fixture
def branch(database: Database) -> Branch:
    """Return the third branch on 12 March."""
    return Branch(World(database))


# --- own claims ------------------------------------------------------------------------------


def test_a_claim_is_taken_back_however_old_while_nobody_has_confirmed_it(branch: Branch) -> None:
    branch.declare(FEBRUARY, MARCH)
    branch.world.clock.advance(timedelta(days=90))

    gone = branch.take_back()

    assert gone.parts == ((FEBRUARY, 3000), (MARCH, 3000))
    assert [(row.kind, row.fen) for row in branch.rows(DuesEntry)] == [
        (EntryKind.DECLARE, 3000),
        (EntryKind.DECLARE, 3000),
        (EntryKind.VOID, -3000),
        (EntryKind.VOID, -3000),
    ]
    assert branch.balance().state is MonthState.UNPAID
    with pytest.raises(NoClaim):
        branch.take_back()


def test_of_several_claims_it_asks_which_unless_the_months_say_so(branch: Branch) -> None:
    branch.declare(FEBRUARY)
    branch.declare(MARCH)

    with pytest.raises(WhichClaim) as several:
        branch.take_back()
    by_month = branch.take_back(MARCH)
    rest = branch.take_back(source=several.value.choices[1].source)

    assert [claim.months for claim in several.value.choices] == [(MARCH,), (FEBRUARY,)]
    assert (by_month.months, rest.months) == ((MARCH,), (FEBRUARY,))


def test_one_month_of_a_claim_goes_and_the_others_stay(branch: Branch) -> None:
    branch.declare(JANUARY, FEBRUARY, MARCH)

    branch.take_back(FEBRUARY)
    branch.undo()  # within ten minutes: what is left of it

    assert [branch.balance(m).declared_fen for m in (JANUARY, FEBRUARY, MARCH)] == [0, 0, 0]
    assert len(branch.rows(DuesEntry)) == 6
    with pytest.raises(undo.NothingToUndo):
        branch.undo()


def test_what_was_taken_back_by_month_is_passed_over_by_the_next_undo(branch: Branch) -> None:
    meeting = branch.call()
    branch.check_in()
    branch.declare(MARCH)

    branch.take_back(MARCH)
    done = branch.undo()

    assert done.stem == attendance.STEM
    assert branch.marks()[-1][0] is Mark.WITHDRAWN
    assert meeting


def test_what_is_confirmed_cannot_be_taken_back_or_corrected_by_its_owner(branch: Branch) -> None:
    branch.declare(MARCH)
    branch.confirm()

    for attempt in (
        lambda: branch.take_back(MARCH),
        branch.take_back,
        lambda: branch.correct(3800),
        lambda: branch.correct(3800, MARCH),
        branch.undo,
    ):
        with pytest.raises(AlreadyConfirmed) as settled:
            attempt()
        assert settled.value.parts == ((MARCH, 3000),)
    assert branch.balance().state is MonthState.PAID


def test_the_last_claim_is_meant_even_where_an_older_one_still_waits(branch: Branch) -> None:
    branch.declare(JANUARY)
    branch.declare(MARCH)
    branch.confirm(of=[branch.zhang], months=[MARCH])

    with pytest.raises(AlreadyConfirmed) as settled:
        branch.correct(3800)

    assert [month for month, _ in settled.value.parts] == [MARCH]
    assert branch.balance(JANUARY).declared_fen == 3000


def test_a_correction_voids_the_wrong_and_states_the_right_in_one_go(branch: Branch) -> None:
    branch.declare(MARCH)

    done = branch.correct(3800)

    assert isinstance(done, Corrected)
    assert (done.before.total_fen, done.parts) == (3000, ((MARCH, 3800),))
    assert [(row.kind, row.fen) for row in branch.rows(DuesEntry)] == [
        (EntryKind.DECLARE, 3000),
        (EntryKind.VOID, -3000),
        (EntryKind.DECLARE, 3800),
    ]
    assert branch.balance().declared_fen == 3800


def test_undoing_a_correction_brings_the_first_claim_back(branch: Branch) -> None:
    branch.declare(FEBRUARY, MARCH)
    branch.correct(2000, MARCH)

    done = branch.undo()
    rest = branch.take_back(MARCH)

    assert done.title == dues_claim_corrections.CORRECTED
    assert rest.parts == ((MARCH, 3000),)
    assert branch.balance(FEBRUARY).declared_fen == 3000


@pytest.mark.parametrize(
    ("fen", "months", "more", "parts"),
    [
        pytest.param(3800, (), {"wrong_fen": 3000}, ((MARCH, 3800),), id="按错的数找"),
        pytest.param(1500, (FEBRUARY,), {}, ((FEBRUARY, 1500),), id="按月份找"),
        pytest.param(1000, (), {"monthly": True}, ((MARCH, 1000),), id="每月的数"),
    ],
)
def test_it_finds_the_claim_that_is_meant(
    branch: Branch, fen: int, months: Sequence[Month], more: dict[str, Any], parts: Any
) -> None:
    branch.declare(FEBRUARY)
    branch.declare(MARCH)

    assert branch.correct(fen, *months, **more).parts == parts


def test_a_sum_for_several_months_that_does_not_fit_is_asked_about_first(branch: Branch) -> None:
    branch.declare(JANUARY, FEBRUARY, MARCH)

    question, claim = branch.correct(3000)
    asked = [branch.balance(month).declared_fen for month in (JANUARY, FEBRUARY, MARCH)]

    assert len(question.choices) == 2
    assert claim.total_fen == 9000
    assert asked == [3000, 3000, 3000]
    assert branch.correct(1000, monthly=True)[0].choices  # 3 × 10: not what is assessed either


@pytest.mark.parametrize(
    ("fen", "more", "why"),
    [
        pytest.param(3000, {}, "没有变动", id="没有变"),
        pytest.param(0, {}, "没看懂金额", id="零元"),
        pytest.param(38, {"wrong_fen": 77}, "对不上", id="没有这个数"),
    ],
)
def test_a_correction_that_says_nothing_new_is_refused_and_changes_nothing(
    branch: Branch, fen: int, more: dict[str, Any], why: str
) -> None:
    branch.declare(MARCH)

    with pytest.raises(DomainError, match=why):
        branch.correct(fen, **more)

    assert len(branch.rows(DuesEntry)) == 1


def test_an_old_claim_is_corrected_by_the_rules_of_its_own_day(branch: Branch) -> None:
    branch.declare(MARCH)
    branch.world.clock.advance(timedelta(days=300))

    assert branch.correct(3800).parts == ((MARCH, 3800),)


def test_a_question_answered_after_the_claim_has_changed_is_refused(branch: Branch) -> None:
    branch.declare(JANUARY, FEBRUARY, MARCH)
    _, claim = branch.correct(3000)
    lines = [line.id for line in claim.lines]
    branch.take_back(FEBRUARY)

    with pytest.raises(NoClaim, match="刚刚有变动"):
        branch.do(lambda s: dues_claim_corrections.find_claim(s, branch.zhang, lines))


def test_either_the_correction_or_the_confirmation_wins(branch: Branch) -> None:
    branch.declare(MARCH)
    start = threading.Barrier(2)

    def run(work: Callable[[], Any]) -> Any:
        start.wait(timeout=30)
        try:
            return work()
        except DomainError as refusal:
            return refusal

    with ThreadPoolExecutor(2) as workers:
        list(workers.map(run, [lambda: branch.correct(3800), branch.confirm]))

    balance = branch.balance()
    assert (balance.confirmed_fen, balance.declared_fen) in {(3000, 0), (3800, 0), (0, 3800)}


# --- the organiser: dues ---------------------------------------------------------------------


def test_a_confirmed_month_gets_a_counter_entry_with_before_after_who_and_why(
    branch: Branch,
) -> None:
    branch.declare(MARCH)
    [receipt] = branch.confirm()

    done = branch.set_dues(1500, reason="转账单是15")

    assert (done.before_fen, done.after_fen, done.confirmed) == (3000, 1500, True)
    last = branch.rows(DuesEntry)[-1]
    assert (last.kind, last.fen, last.receipt_no, last.reason) == (
        EntryKind.CORRECT,
        -1500,
        receipt.number,
        "转账单是15",
    )
    line = branch.rows(AuditLine)[-1]
    assert (line.action, line.by_id, line.reason) == ("dues.correct", branch.wang, "转账单是15")
    assert (line.before["fen"], line.after["fen"]) == (3000, 1500)
    assert (line.at, branch.balance().state) == (branch.world.now, MonthState.PART)


def test_a_claim_that_waits_is_replaced_and_still_waits(branch: Branch) -> None:
    branch.declare(FEBRUARY, MARCH)

    done = branch.set_dues(1500)
    [receipt] = branch.confirm()

    assert (done.before_fen, done.confirmed) == (3000, False)
    assert receipt.parts == ((FEBRUARY, 3000), (MARCH, 1500))
    assert branch.set_dues(0, FEBRUARY).after_fen == 0
    assert branch.balance(FEBRUARY).state is MonthState.UNPAID


@pytest.mark.parametrize(
    ("more", "error", "why"),
    [
        pytest.param({"reason": " "}, ReasonMissing, "要写原因", id="没有原因"),
        pytest.param({"fen": 3000}, NothingToCorrect, "就是这个数", id="没有变"),
        pytest.param({"month": FEBRUARY}, NothingToCorrect, "还没有登记", id="没登记过"),
    ],
)
def test_a_correction_needs_a_reason_and_a_difference(
    branch: Branch, more: dict[str, Any], error: type[Exception], why: str
) -> None:
    branch.declare(MARCH)
    branch.confirm()

    with pytest.raises(error, match=why):
        branch.set_dues(**{"fen": 1500, **more})


def test_only_who_keeps_the_dues_of_the_member_may_correct_them(branch: Branch) -> None:
    branch.declare(MARCH)

    for stranger in (branch.zhou, branch.zhao, branch.zhang):
        with pytest.raises(Forbidden):
            branch.set_dues(1500, by=stranger)


@pytest.mark.parametrize(
    ("reason", "kept"),
    [
        pytest.param("记错了", "记错了", id="照写"),
        pytest.param(" （记错了）。", "记错了", id="去掉标点"),
        pytest.param("生病住院没看手机", "病", id="病情只留一个字"),
        pytest.param("长" * 200, "长" * 100, id="太长"),
    ],
)
def test_the_reason_is_kept_but_no_illness(reason: str, kept: str) -> None:
    assert check_reason(reason) == kept


# --- the organiser: attendance ---------------------------------------------------------------


def test_a_mark_is_set_with_what_stood_before_on_record(branch: Branch) -> None:
    meeting = branch.call()
    branch.ask_leave()

    there = branch.set_mark(meeting, Mark.PRESENT)
    late = branch.set_mark(meeting, Mark.LATE)
    gone = branch.set_mark(meeting, Mark.ABSENT)

    assert [(one.before, one.after) for one in (there, late, gone)] == [
        (Mark.LEAVE_REQUESTED, Mark.PRESENT),
        (Mark.PRESENT, Mark.LATE),
        (Mark.LATE, Mark.ABSENT),
    ]
    assert branch.marks() == [
        (Mark.LEAVE_REQUESTED, "self"),
        (Mark.PRESENT, "corrected"),
        (Mark.LATE, "corrected"),
        (Mark.ABSENT, "corrected"),
    ]
    lines = [line for line in branch.rows(AuditLine) if line.action == "attendance.correct"]
    assert [(line.before["mark"], line.after["mark"], line.reason) for line in lines][1] == (
        "present",
        "late",
        "手机没电",
    )
    with pytest.raises(NothingToCorrect, match="本来就是缺席"):
        branch.set_mark(meeting, Mark.ABSENT)


def test_only_who_records_the_attendance_of_the_unit_may_set_a_mark(branch: Branch) -> None:
    meeting = branch.call()

    for stranger in (branch.zhou, branch.zhao):
        with pytest.raises(Forbidden):
            branch.set_mark(meeting, Mark.PRESENT, by=stranger)
    with pytest.raises(ReasonMissing):
        branch.set_mark(meeting, Mark.PRESENT, reason="")
    with pytest.raises(NotFound, match="名册里没有"):
        branch.set_mark(meeting, Mark.PRESENT, of=branch.zhou)


def test_a_meeting_is_found_by_its_title_or_a_piece_of_it(branch: Branch) -> None:
    def find(words: str, **more: Any) -> str:
        return branch.do(
            lambda s: corrections.find_meeting(
                s, words, branch_id=branch.unit, now=branch.world.now, **more
            )
        ).title

    first = branch.call()
    branch.world.clock.advance(timedelta(days=30))
    branch.call()
    branch.world.clock.advance(timedelta(hours=3))

    assert find("3月支部党员大会") == "3月支部党员大会"
    assert find("4月") == "4月支部党员大会"
    with pytest.raises(corrections.WhichRecord) as several:
        find("支部党员大会")
    assert [one.title for one in several.value.choices] == ["4月支部党员大会", "3月支部党员大会"]
    with pytest.raises(NotFound, match="没有找到“民主生活会”这个会"):
        find("民主生活会")
    with pytest.raises(NotFound, match="活动或学习"):
        find("", classes=True)
    assert first


# --- the organiser: sign-ups -----------------------------------------------------------------


def test_a_sign_up_is_set_and_the_seats_add_up(branch: Branch) -> None:
    world = branch.world
    at_three = at(world.today + timedelta(days=3), 15)
    meeting = world.call(MeetingKind.LECTURE, at_three, branch.li, seats=3).meeting
    actor, wang = world.actor(branch.zhang), world.actor(branch.wang)
    branch.do(lambda s: study.join(s, by=actor, now=world.now, seats=2))

    def set_seats(seats: int) -> Any:
        return branch.do(
            lambda s: study_corrections.correct(
                s,
                member_id=branch.zhang,
                meeting_id=meeting.id,
                seats=seats,
                reason="有事",
                by=wang,
                now=world.now,
            )
        )

    assert (set_seats(0).before, set_seats(3).after) == (2, 3)
    with pytest.raises(study.Full):
        set_seats(4)
    with pytest.raises(NothingToCorrect, match="报的就是3人"):
        set_seats(3)
    assert branch.do(lambda s: study.joined_members(s, meeting.id)) == {branch.zhang: 3}


# --- which action ----------------------------------------------------------------------------


def test_only_the_kind_of_action_that_was_named_is_taken_back(branch: Branch) -> None:
    branch.call()
    branch.ask_leave()
    branch.declare(MARCH)
    branch.undo("dues")
    branch.check_in()
    branch.declare(MARCH)

    assert branch.undo(attendance.CHECKIN).title == "3月支部党员大会的签到"
    assert branch.marks()[-1][0] is Mark.LEAVE_REQUESTED
    assert branch.undo(attendance.LEAVE).title == "3月支部党员大会的请假"
    assert branch.marks()[-1][0] is Mark.WITHDRAWN
    assert branch.balance().declared_fen == 3000


def test_a_leave_that_was_overtaken_by_coming_is_not_taken_back(branch: Branch) -> None:
    branch.call()
    branch.ask_leave()
    branch.check_in()

    with pytest.raises(ChangedSince):
        branch.undo(attendance.LEAVE)

    assert branch.marks()[-1] == (Mark.PRESENT, "self")


def test_what_the_organiser_has_set_is_not_taken_back_by_the_member(branch: Branch) -> None:
    meeting = branch.call()
    branch.check_in()
    branch.set_mark(meeting, Mark.LATE)

    with pytest.raises(ChangedSince):
        branch.undo()

    assert branch.marks()[-1] == (Mark.LATE, "corrected")


def test_leave_is_withdrawn_days_later_as_long_as_the_meeting_has_not_begun(
    branch: Branch,
) -> None:
    world = branch.world
    world.call(MeetingKind.GENERAL, world.now + timedelta(days=4), branch.li)
    branch.ask_leave()
    actor = world.actor(branch.zhang)

    def withdraw() -> Any:
        return branch.do(lambda s: attendance.withdraw_leave(s, by=actor, now=world.now))

    world.clock.advance(timedelta(days=2))
    assert [meeting.title for meeting in withdraw()] == ["3月支部党员大会"]
    with pytest.raises(attendance.NoLeave):
        withdraw()
    branch.ask_leave()
    world.clock.advance(timedelta(days=3))
    with pytest.raises(attendance.NoLeave, match="已经开过的会"):
        withdraw()


# --- any history -----------------------------------------------------------------------------

_STEPS = st.lists(
    st.tuples(
        st.sampled_from(["declare", "undo", "take back", "correct", "confirm", "set"]),
        st.sampled_from([0, 1]),
        st.sampled_from([(FEBRUARY,), (MARCH,), (FEBRUARY, MARCH), ()]),
        st.sampled_from([0, 1000, 1500, 3000, 6000]),
    ),
    max_size=12,
)


@settings(
    max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture], database=None
)
@given(steps=_STEPS)
def test_sums_reconcile_after_any_sequence_of_claims_and_corrections(
    branch: Branch, steps: list[tuple[str, int, tuple[Month, ...], int]]
) -> None:
    with branch.world.database.writing() as session:
        session.execute(delete(DuesEntry).where(DuesEntry.refers_to.is_not(None)))
        for model in (DoneAction, AuditLine, Counter, DuesEntry):
            session.execute(delete(model))
    seen: list[tuple[Any, ...]] = []
    receipts: list[dues_confirming.Receipt] = []

    for step, who, months, fen in steps:
        member = (branch.zhang, branch.zhao)[who]
        try:
            if step == "declare":
                branch.declare(*months, fen=fen or None, by=member)
            elif step == "undo":
                branch.undo(by=member)
            elif step == "take back":
                branch.take_back(*months, by=member)
            elif step == "correct":
                asked = branch.correct(fen, *months, by=member)
                if not isinstance(asked, Corrected) and asked[0].choices:
                    _answer(branch, member, *asked)
            elif step == "confirm":
                receipts += branch.confirm()
            elif months:
                branch.set_dues(fen, months[0], of=member)
        except DomainError:
            pass
        entries = [
            (r.id, r.kind, r.member_id, r.month, r.fen, r.refers_to) for r in branch.rows(DuesEntry)
        ]
        assert entries[: len(seen)] == seen  # appended to, never edited
        seen = entries

    _reconcile(branch, seen, receipts)


def _answer(branch: Branch, member: MemberId, question: NeedsAnswer, claim: Claim) -> None:
    actor = branch.world.actor(member)
    choice: Allocated = question.choices[0]
    branch.do(
        lambda s: dues_claim_corrections.replace_claim(
            s, claim, choice, by=actor, now=branch.world.now, said_in="answer"
        )
    )


def _reconcile(
    branch: Branch, entries: list[tuple[Any, ...]], receipts: list[dues_confirming.Receipt]
) -> None:
    by_id = {entry_id: (kind, fen) for entry_id, kind, _, _, fen, _ in entries}
    settled: list[int] = []
    for _, kind, _, _, fen, refers_to in entries:
        if kind is EntryKind.VOID:
            assert by_id[refers_to] == (EntryKind.DECLARE, -fen)  # exactly what was declared
        if kind in (EntryKind.VOID, EntryKind.CONFIRM):
            settled.append(refers_to)
    assert len(settled) == len(set(settled))  # each declaration is settled once

    def total(*kinds: EntryKind) -> int:
        return sum(fen for _, kind, _, _, fen, _ in entries if kind in kinds)

    balances = [
        branch.balance(month, of=member)
        for member in (branch.zhang, branch.zhao)
        for month in (JANUARY, FEBRUARY, MARCH)
    ]
    confirmed = sum(balance.confirmed_fen for balance in balances)
    declared = sum(balance.declared_fen for balance in balances)
    assert confirmed == total(EntryKind.CONFIRM, EntryKind.CORRECT)
    assert total(EntryKind.CONFIRM) == sum(fen for r in receipts for _, fen in r.parts)
    assert declared == total(EntryKind.DECLARE, EntryKind.VOID) - total(EntryKind.CONFIRM)
    assert all(b.confirmed_fen >= 0 and b.declared_fen >= 0 for b in balances)


# --- what was done for others ----------------------------------------------------------------


def _declare_for(branch: Branch, payer: MemberId, owner: MemberId) -> None:
    actor = branch.world.actor(payer)
    branch.do(
        lambda s: dues.record_declared(
            s,
            Allocated(((MARCH, 1500),)),
            by=actor,
            now=branch.world.now,
            source="for-others",
            of=owner,
        )
    )


def test_a_correction_right_after_paying_for_somebody_else_hits_nobody(branch: Branch) -> None:
    branch.declare(MARCH)
    _declare_for(branch, branch.zhang, branch.zhao)

    with pytest.raises(dues_claim_corrections.LastWasForOthers):
        branch.correct(3800)

    assert branch.balance().declared_fen == 3000
    assert branch.balance(of=branch.zhao).declared_fen == 1500


def test_who_paid_takes_it_back_and_so_may_whose_dues_they_are(branch: Branch) -> None:
    _declare_for(branch, branch.zhang, branch.zhao)
    first = branch.undo(by=branch.zhang)
    _declare_for(branch, branch.zhang, branch.zhao)
    branch.take_back(MARCH, by=branch.zhao)

    assert first.subjects == (branch.zhao,)
    assert branch.balance(of=branch.zhao).declared_fen == 0
    with pytest.raises(undo.NothingToUndo):
        branch.undo(by=branch.zhang)
