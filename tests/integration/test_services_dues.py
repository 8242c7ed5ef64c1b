"""Dues: declared by members, confirmed by the organiser, never edited, never counted twice."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from bot.clock import at
from bot.domain.dues import EntryKind, MonthState
from bot.domain.dues_allocation import Allocated, NeedsAnswer
from bot.domain.errors import DomainError, Forbidden
from bot.domain.ids import MemberId
from bot.domain.periods import Month
from bot.domain.rights import Role
from bot.services import dues, dues_confirming, dues_lists, undo
from bot.services.dues_confirming import Receipt, ToConfirm
from bot.services.inverses import INVERSES
from bot.storage.engine import Database
from bot.storage.models import AuditLine, Counter, DoneAction, DuesAssessment, DuesEntry, Post
from tests.support.world import World

MARCH, APRIL, FEBRUARY = Month(2026, 3), Month(2026, 4), Month(2026, 2)
T = TypeVar("T")


class Ledger:
    """The third branch and what is done to its dues, each step in a transaction of its own."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.branch = world.unit("第三党支部")
        self.li = world.member("李书记", self.branch, Role.SECRETARY)
        self.wang = world.member("王组织", self.branch, Role.ORGANISER)
        self.zhang = world.member("张三", self.branch, dues_fen=3000)
        self.zhao = world.member("赵六", self.branch, dues_fen=1550)
        self._messages = 0

    def declare(
        self, member: MemberId, *months: Month, fen: int | None = None
    ) -> dues.Declared | NeedsAnswer:
        """Let a member declare."""
        actor = self.world.actor(member)
        self._messages += 1
        source = f"m{self._messages}"
        return self._do(
            lambda session: dues.declare(
                session,
                months=months,
                total_fen=fen,
                by=actor,
                said_on=self.world.today,
                now=self.world.now,
                source=source,
            )
        )

    def answer(self, member: MemberId, choice: Allocated) -> dues.Declared:
        """Let a member answer the question with a choice."""
        actor = self.world.actor(member)
        return self._do(
            lambda session: dues.record_declared(
                session, choice, by=actor, now=self.world.now, source="answer"
            )
        )

    def preview(self, by: MemberId, **more: Any) -> list[ToConfirm]:
        """Return what 确认党费 would confirm."""
        actor = self.world.actor(by)
        return self._do(
            lambda session: dues_confirming.list_waiting(
                session, by=actor, today=self.world.today, **more
            )
        )

    def confirm(self, by: MemberId, lines: list[ToConfirm]) -> list[Receipt]:
        """Confirm what a preview showed."""
        actor = self.world.actor(by)
        return self._do(
            lambda session: dues_confirming.confirm(session, lines, by=actor, now=self.world.now)
        )

    def undo(self, member: MemberId) -> undo.Undone:
        """Let a member take the last thing back."""
        actor = self.world.actor(member)
        return self._do(
            lambda session: undo.undo_last(session, INVERSES, by=actor, now=self.world.now)
        )

    def balance(self, member: MemberId, month: Month = MARCH) -> dues.Balance:
        """Return how a month stands."""
        return self._do(lambda session: dues.balances(session, [member], [month]))[member][month]

    def entries(self) -> list[tuple[int, str, int, str]]:
        """Return every line of the ledger, with its receipt."""
        return self._do(
            lambda session: [
                (row.id, row.kind.value, row.fen, row.receipt_no)
                for row in session.scalars(select(DuesEntry).order_by(DuesEntry.id))
            ]
        )

    def _do(self, work: Callable[[Session], T]) -> T:
        with self.world.database.writing() as session:
            return work(session)


@pytest.fixture
def ledger(database: Database) -> Ledger:
    """Return the third branch in March."""
    return Ledger(World(database))


# --- declaring and confirming ----------------------------------------------------------------


def test_it_counts_only_what_was_confirmed(ledger: Ledger) -> None:
    before = ledger.balance(ledger.zhang)

    declared = ledger.declare(ledger.zhang, MARCH, fen=3000)
    waiting = ledger.balance(ledger.zhang)
    [receipt] = ledger.confirm(ledger.wang, ledger.preview(ledger.wang))
    after = ledger.balance(ledger.zhang)

    assert isinstance(declared, dues.Declared)
    assert declared.total_fen == 3000
    assert [b.state for b in (before, waiting, after)] == [
        MonthState.UNPAID,
        MonthState.DECLARED,
        MonthState.PAID,
    ]
    assert [b.open_fen for b in (before, waiting, after)] == [3000, 0, 0]
    parts = ((MARCH, 3000),)
    assert receipt == Receipt(ledger.zhang, "张三", parts, "2026-0001", ledger.branch, "第三党支部")


def test_it_numbers_receipts_without_gaps(ledger: Ledger) -> None:
    ledger.declare(ledger.zhang, MARCH)
    ledger.declare(ledger.zhao, FEBRUARY, MARCH)
    lines = ledger.preview(ledger.wang)
    with pytest.raises(dues_confirming.ChangedMeanwhile):
        ledger.confirm(ledger.wang, [*lines, *lines])

    receipts = ledger.confirm(ledger.wang, lines)

    assert [(r.name, r.number, sum(fen for _, fen in r.parts)) for r in receipts] == [
        ("张三", "2026-0001", 3000),
        ("赵六", "2026-0002", 3100),
    ]


def test_it_asks_before_it_records_what_is_unclear(ledger: Ledger) -> None:
    asked = ledger.declare(ledger.zhang, MARCH, fen=2000)
    assert isinstance(asked, NeedsAnswer)
    nothing = ledger.entries()

    ledger.answer(ledger.zhang, asked.choices[0])

    assert nothing == []
    assert ledger.balance(ledger.zhang).declared_fen == 2000
    assert ledger.balance(ledger.zhang).open_fen == 1000


def test_it_refuses_what_is_settled_or_too_late(ledger: Ledger) -> None:
    ledger.declare(ledger.zhang, MARCH)

    with pytest.raises(dues.DuesRefused, match="不用再报"):
        ledger.declare(ledger.zhang, MARCH)
    with pytest.raises(dues.DuesRefused, match="超过6个月"):
        ledger.declare(ledger.zhang, Month(2025, 8))


def test_it_refuses_an_answer_to_a_question_that_was_settled_meanwhile(ledger: Ledger) -> None:
    asked = ledger.declare(ledger.zhang, fen=3000)
    assert isinstance(asked, NeedsAnswer)
    ledger.declare(ledger.zhang, *(month for month, _ in asked.choices[0].parts))

    with pytest.raises(dues.DuesRefused, match="已经登记过"):
        ledger.answer(ledger.zhang, asked.choices[0])


def test_it_records_once_what_is_declared_twice_at_once(ledger: Ledger) -> None:
    done = _at_once([lambda: ledger.declare(ledger.zhang, MARCH) for _ in range(4)])

    assert sorted(isinstance(result, dues.Declared) for result in done) == [False] * 3 + [True]
    assert ledger.balance(ledger.zhang).declared_fen == 3000


def test_it_takes_a_declaration_back_by_a_counter_entry(ledger: Ledger) -> None:
    ledger.declare(ledger.zhang, FEBRUARY, MARCH)

    done = ledger.undo(ledger.zhang)

    assert (done.title, done.stem) == ("党费登记", "dues")
    assert [(kind, fen) for _, kind, fen, _ in ledger.entries()] == [
        ("declare", 3000),
        ("declare", 3000),
        ("void", -3000),
        ("void", -3000),
    ]
    assert ledger.balance(ledger.zhang).state is MonthState.UNPAID
    ledger.declare(ledger.zhang, MARCH)
    assert ledger.balance(ledger.zhang).declared_fen == 3000


def test_it_takes_back_nothing_that_was_confirmed(ledger: Ledger) -> None:
    ledger.declare(ledger.zhang, MARCH)
    ledger.confirm(ledger.wang, ledger.preview(ledger.wang))

    with pytest.raises(dues.DuesRefused, match="已经核对"):
        ledger.undo(ledger.zhang)

    assert ledger.balance(ledger.zhang).confirmed_fen == 3000


# --- who may ---------------------------------------------------------------------------------


def test_it_lets_only_those_entitled_see_and_confirm(ledger: Ledger) -> None:
    ledger.declare(ledger.zhang, MARCH)
    lines = ledger.preview(ledger.li)
    discipline = ledger.world.member("孙纪检", ledger.branch, Role.DISCIPLINE)

    for member in (ledger.zhang, discipline):
        with pytest.raises(Forbidden):
            ledger.preview(member)
        with pytest.raises(Forbidden):
            ledger.confirm(member, lines)


def test_it_refuses_the_organiser_of_another_branch(ledger: Ledger) -> None:
    other = ledger.world.unit("第四党支部")
    stranger = ledger.world.member("周组织", other, Role.ORGANISER)
    ledger.declare(ledger.zhang, MARCH)
    lines = ledger.preview(ledger.wang)

    with pytest.raises(Forbidden):
        ledger.confirm(stranger, lines)
    with pytest.raises(dues_confirming.NothingToConfirm):
        ledger.preview(stranger)

    assert ledger.balance(ledger.zhang).confirmed_fen == 0


def test_it_refuses_one_who_has_lost_the_post_since_the_preview(ledger: Ledger) -> None:
    ledger.declare(ledger.zhang, MARCH)
    lines = ledger.preview(ledger.wang)
    with ledger.world.database.writing() as session:
        session.execute(
            update(Post).where(Post.member_id == ledger.wang).values(valid_to=date(2026, 3, 1))
        )

    with pytest.raises(Forbidden):
        ledger.confirm(ledger.wang, lines)


def test_it_lets_the_street_confirm_for_its_branches(ledger: Ledger) -> None:
    officer = ledger.world.member("陈专干", None, Role.OFFICER)
    ledger.declare(ledger.zhang, MARCH)

    [receipt] = ledger.confirm(officer, ledger.preview(ledger.wang))

    assert receipt.name == "张三"


def test_it_shows_the_street_what_waits_in_all_its_branches_or_in_one(ledger: Ledger) -> None:
    world = ledger.world
    officer = world.member("陈专干", None, Role.OFFICER)
    chen = world.member("陈静", world.unit("第五党支部"), dues_fen=2000)
    ledger.declare(ledger.zhang, MARCH)
    ledger.declare(chen, MARCH)

    everything = ledger.preview(officer)

    assert [(line.name, line.unit) for line in everything] == [
        ("张三", "第三党支部"),
        ("陈静", "第五党支部"),
    ]
    assert [line.name for line in ledger.preview(officer, unit="五支部")] == ["陈静"]
    with pytest.raises(Forbidden):
        ledger.preview(ledger.wang, unit="五支部")
    receipts = ledger.confirm(officer, everything)
    assert {receipt.number for receipt in receipts} == {"2026-0001"}  # each branch has its book
    ledger.declare(ledger.zhao, MARCH)
    [following] = ledger.confirm(ledger.wang, ledger.preview(ledger.wang))
    assert following.number == "2026-0002"


@pytest.mark.parametrize(
    ("declared_on", "asked_on"),
    [
        pytest.param(date(2026, 7, 30), date(2026, 7, 31), id="同月"),
        pytest.param(date(2026, 7, 30), date(2026, 8, 3), id="跨过月末"),
        pytest.param(date(2026, 7, 30), date(2027, 2, 1), id="过了大半年"),
    ],
)
def test_it_keeps_a_declaration_in_sight_until_it_is_settled(
    ledger: Ledger, declared_on: date, asked_on: date
) -> None:
    """1月的党费7月底报上来，8月初还要看得见。"""
    january = Month(2026, 1)
    ledger.world.clock.set(at(declared_on, 9))
    ledger.declare(ledger.zhang, january, fen=3000)
    ledger.world.clock.set(at(asked_on, 9))

    lines = ledger.preview(ledger.wang)
    ledger.confirm(ledger.wang, lines)

    assert [(line.name, line.month, line.fen) for line in lines] == [("张三", january, 3000)]
    with pytest.raises(dues_confirming.NothingToConfirm):
        ledger.preview(ledger.wang)


# --- named payments --------------------------------------------------------------------------


def test_it_confirms_what_was_paid_in_person(ledger: Ledger) -> None:
    lines = ledger.preview(ledger.wang, of=[ledger.zhang], months=[MARCH])

    [receipt] = ledger.confirm(ledger.wang, lines)

    assert lines == [ToConfirm(ledger.zhang, "张三", MARCH, 3000, None)]
    assert receipt.parts == ((MARCH, 3000),)
    assert ledger.balance(ledger.zhang).state is MonthState.PAID


def test_it_says_of_whom_nothing_waits(ledger: Ledger) -> None:
    with pytest.raises(dues_confirming.NothingToConfirm, match="张三这几个月没有"):
        ledger.preview(ledger.wang, of=[ledger.zhang])
    with pytest.raises(dues_confirming.NothingToConfirm, match="没有等着核对"):
        ledger.preview(ledger.wang)


def test_it_shows_nobody_elses_waiting_dues_to_a_member(ledger: Ledger) -> None:
    ledger.declare(ledger.zhang, MARCH)

    with pytest.raises(Forbidden, match="核对党费"):
        ledger.preview(ledger.zhao, of=[ledger.zhang])


def test_it_records_a_payment_in_person_once(ledger: Ledger) -> None:
    lines = ledger.preview(ledger.wang, of=[ledger.zhang], months=[MARCH])
    ledger.confirm(ledger.wang, lines)

    with pytest.raises(dues_confirming.ChangedMeanwhile, match="一笔也没有记"):
        ledger.confirm(ledger.li, lines)

    assert ledger.balance(ledger.zhang).confirmed_fen == 3000


def test_it_counts_no_payment_in_person_that_was_declared_meanwhile(ledger: Ledger) -> None:
    lines = ledger.preview(ledger.wang, of=[ledger.zhang], months=[MARCH])
    ledger.declare(ledger.zhang, MARCH)

    with pytest.raises(dues_confirming.ChangedMeanwhile):
        ledger.confirm(ledger.wang, lines)


@pytest.mark.parametrize("declared", [True, False], ids=["先登记", "当面交"])
def test_it_lets_one_of_two_treasurers_confirm_at_once(ledger: Ledger, declared: bool) -> None:
    if declared:
        ledger.declare(ledger.zhang, MARCH)
        lines = ledger.preview(ledger.wang)
    else:
        lines = ledger.preview(ledger.wang, of=[ledger.zhang], months=[MARCH])

    done = _at_once(
        [lambda who=who: ledger.confirm(who, lines) for who in (ledger.li, ledger.wang)]  # type: ignore[misc]  # bound early
    )

    assert sorted(isinstance(result, dues_confirming.ChangedMeanwhile) for result in done) == [
        False,
        True,
    ]
    assert ledger.balance(ledger.zhang).confirmed_fen == 3000
    with ledger.world.database.reading() as session:
        assert session.scalar(select(Counter.value)) == 1
        assert session.scalar(select(func.count(AuditLine.id))) == 1


def test_it_lets_either_the_undo_or_the_confirmation_win(ledger: Ledger) -> None:
    ledger.declare(ledger.zhang, FEBRUARY, MARCH)
    lines = ledger.preview(ledger.wang)

    done = _at_once([lambda: ledger.undo(ledger.zhang), lambda: ledger.confirm(ledger.wang, lines)])

    assert sum(isinstance(result, DomainError) for result in done) == 1
    confirmed = sum(ledger.balance(ledger.zhang, m).confirmed_fen for m in (FEBRUARY, MARCH))
    assert confirmed in (0, 6000)


# --- lists and amounts -----------------------------------------------------------------------


def test_it_sorts_members_by_how_their_month_stands(ledger: Ledger) -> None:
    ledger.declare(ledger.zhang, MARCH)
    with ledger.world.database.reading() as session:
        found = dues_lists.month_list(session, ledger.branch, MARCH, ledger.world.today)

    assert {state: [p.name for p in people] for state, people in found.items()} == {
        MonthState.NOT_DUE: ["李书记", "王组织"],
        MonthState.DECLARED: ["张三"],
        MonthState.UNPAID: ["赵六"],
    }


def test_it_counts_by_branch_for_who_answers_for_several(ledger: Ledger) -> None:
    world = ledger.world
    fifth = world.unit("第五党支部")
    world.member("陈静", fifth, dues_fen=2000)
    world.unit("第六党支部")
    ledger.declare(ledger.zhang, MARCH)

    with world.database.reading() as session:
        found = dues_lists.month_counts(session, world.street, MARCH, world.today)

    assert found == [
        ("第三党支部", {MonthState.NOT_DUE: 2, MonthState.DECLARED: 1, MonthState.UNPAID: 1}),
        ("第五党支部", {MonthState.UNPAID: 1}),
        ("第六党支部", {}),
    ]


def test_it_keeps_earlier_months_at_their_earlier_amount(ledger: Ledger) -> None:
    ledger.world.assess(ledger.zhang, 4000, since=MARCH)
    ledger.world.assess(ledger.zhang, 5000, since=MARCH)  # corrected on the same day

    assert ledger.balance(ledger.zhang, FEBRUARY).assessed_fen == 3000
    assert ledger.balance(ledger.zhang, MARCH).assessed_fen == 5000
    assert ledger.balance(ledger.zhang, APRIL).assessed_fen == 5000
    assert ledger.balance(ledger.zhang, Month(2025, 12)).assessed_fen is None


def test_it_has_nothing_to_say_of_nobody_or_no_month(ledger: Ledger) -> None:
    with ledger.world.database.reading() as session:
        assert dues.balances(session, [], [MARCH]) == {}
        assert dues.balances(session, [ledger.zhang], []) == {ledger.zhang: {}}


# --- any history -----------------------------------------------------------------------------

_STEPS = st.lists(
    st.tuples(
        st.sampled_from(["declare", "undo", "confirm", "stale", "direct", "answer"]),
        st.sampled_from([0, 1]),
        st.sampled_from([FEBRUARY, MARCH]),
        st.sampled_from([None, 1000, 3000]),
    ),
    max_size=10,
)


@settings(
    max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture], database=None
)
@given(steps=_STEPS)
def test_it_adds_up_and_edits_nothing_whatever_happens(
    ledger: Ledger, steps: list[tuple[str, int, Month, int | None]]
) -> None:
    with ledger.world.database.writing() as session:
        for model in (DoneAction, DuesEntry, Counter, AuditLine):
            session.execute(delete(model))
    receipts: list[Receipt] = []
    stale: list[ToConfirm] = []
    seen: list[tuple[int, str, int, str]] = []

    for step, who, month, fen in steps:
        member = (ledger.zhang, ledger.zhao)[who]
        try:
            if step == "declare":
                ledger.declare(member, month, fen=fen)
            elif step == "answer":
                asked = ledger.declare(member, month, fen=fen)
                if isinstance(asked, NeedsAnswer) and asked.choices:
                    ledger.answer(member, asked.choices[0])
            elif step == "undo":
                ledger.undo(member)
            elif step == "confirm":
                stale = ledger.preview(ledger.wang)
                receipts += ledger.confirm(ledger.wang, stale)
            elif step == "stale":
                receipts += ledger.confirm(ledger.li, stale) if stale else []
            else:
                stale = ledger.preview(ledger.li, of=[member], months=[month])
                receipts += ledger.confirm(ledger.li, stale)
        except DomainError:
            pass
        entries = ledger.entries()
        assert entries[: len(seen)] == seen  # appended to, never edited
        seen = entries

    balances = [
        ledger.balance(member, month)
        for member in (ledger.zhang, ledger.zhao)
        for month in (FEBRUARY, MARCH)
    ]
    confirmed = sum(balance.confirmed_fen for balance in balances)
    assert confirmed == sum(fen for receipt in receipts for _, fen in receipt.parts)
    assert confirmed == sum(fen for _, kind, fen, _ in seen if kind == EntryKind.CONFIRM.value)
    assert all(balance.declared_fen >= 0 for balance in balances)
    assert [receipt.number for receipt in receipts] == [
        f"2026-{number:04}" for number in range(1, len(receipts) + 1)
    ]


def _at_once(work: list[Callable[[], Any]]) -> list[Any]:
    start = threading.Barrier(len(work))

    def run(one: Callable[[], Any]) -> Any:
        start.wait(timeout=30)
        try:
            return one()
        except DomainError as refusal:
            return refusal

    with ThreadPoolExecutor(len(work)) as workers:
        return [done.result(timeout=60) for done in [workers.submit(run, one) for one in work]]


def test_it_speaks_of_money_of_the_year_it_is_in(ledger: Ledger) -> None:
    ledger.world.clock.set(at(date(2027, 1, 5), 10))
    ledger.declare(ledger.zhang, Month(2027, 1))

    [receipt] = ledger.confirm(ledger.wang, ledger.preview(ledger.wang))

    assert receipt.number == "2027-0001"
    with ledger.world.database.reading() as session:
        assert session.scalar(select(func.count(DuesAssessment.id))) == 2
