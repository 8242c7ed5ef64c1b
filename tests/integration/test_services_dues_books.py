"""Remittances, counter-entries, extras, publications: every line once, every sum reconciles."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from functools import partial
from typing import Any

import pytest
from sqlalchemy import func, select

from bot.clock import at
from bot.domain.corrections import NothingToCorrect, ReasonMissing
from bot.domain.dues import EntryKind, MonthState
from bot.domain.errors import DomainError, Forbidden, NotFound
from bot.domain.periods import Month, Quarter
from bot.domain.rights import Role
from bot.domain.units import UnitKind
from bot.services import (
    dues_confirming,
    dues_extra,
    dues_publication,
    dues_receipts,
    dues_remittance,
)
from bot.services.dues_confirming import ChangedMeanwhile
from bot.services.dues_publication import NotPublishable
from bot.services.dues_remittance import NothingToRemit
from bot.storage.engine import Database
from bot.storage.models import (
    DuesEntry,
    DuesPublication,
    DuesRemittance,
    DuesRemitted,
)
from tests.support.dues_world import DuesBranch
from tests.support.world import World

JANUARY, FEBRUARY, MARCH, APRIL = (Month(2026, number) for number in (1, 2, 3, 4))


@pytest.fixture
def branch(database: Database) -> DuesBranch:
    """Return the third branch in March."""
    return DuesBranch(World(database))


# --- handing up ------------------------------------------------------------------------------


def test_it_hands_every_line_up_once(branch: DuesBranch) -> None:
    zhang, zhao = branch.payer("张三"), branch.payer("赵六", 1550)
    branch.pay(zhang, FEBRUARY, MARCH)
    branch.pay(zhao, MARCH)

    first = branch.remit(FEBRUARY)
    second = branch.remit()

    assert (first.number, first.people, first.total_fen) == (1, 1, 3000)
    assert (second.number, second.people, second.total_fen) == (2, 2, 4550)
    with pytest.raises(NothingToRemit):
        branch.remit()


def test_what_is_confirmed_after_the_preview_goes_with_the_next(branch: DuesBranch) -> None:
    zhang, zhao = branch.payer("张三"), branch.payer("赵六", 1550)
    branch.pay(zhang, MARCH)
    drafted = branch.draft_remittance(MARCH)

    branch.pay(zhao, MARCH)
    done = branch.remit_drafted(drafted)

    assert (drafted.total_fen, done.total_fen) == (3000, 3000)
    assert branch.held_fen() == 1550
    assert branch.remit().total_fen == 1550


def test_a_correction_after_handing_up_goes_with_the_next(branch: DuesBranch) -> None:
    zhang, zhao = branch.payer("张三"), branch.payer("赵六", 1550)
    branch.pay(zhang, MARCH)
    first = branch.remit()

    branch.correct(zhang, MARCH, 2500)
    branch.pay(zhao, MARCH)
    second = branch.remit()

    assert (first.total_fen, second.total_fen) == (3000, 1550 - 500)
    assert branch.held_fen() == 0


def test_refunds_alone_are_not_handed_up(branch: DuesBranch) -> None:
    zhang = branch.payer("张三")
    branch.pay(zhang, MARCH)
    branch.remit()

    drafted = branch.refund(zhang, MARCH, 1000)

    assert drafted.remitted
    with pytest.raises(NothingToRemit, match="-10元"):
        branch.draft_remittance()
    assert branch.held_fen() == -1000


def test_a_cell_hands_nothing_up_and_others_may_not(branch: DuesBranch) -> None:
    world, zhang = branch.world, branch.payer("张三")
    world.unit("第三党支部第一党小组", UnitKind.CELL, under=branch.branch)
    branch.pay(zhang, MARCH)
    wang = world.actor(branch.wang)

    with pytest.raises(NothingToRemit, match="由支部上缴"):
        branch.do(
            lambda s: dues_remittance.draft(s, by=wang, unit="第三党支部第一党小组", up_to=None)
        )
    with pytest.raises(Forbidden):
        branch.remit_drafted(branch.draft_remittance(), by=zhang)


def test_the_branch_that_took_the_money_hands_it_up(branch: DuesBranch) -> None:
    world, zhang = branch.world, branch.payer("张三")
    other = DuesBranch(world, "第五党支部", secretary="周书记", organiser="吴组织")
    branch.pay(zhang, FEBRUARY)
    _transfer(world, zhang, other, date(2026, 3, 10))

    other.take_cash(zhang, MARCH)
    with pytest.raises(Forbidden):
        other.correct(zhang, FEBRUARY, 2000)
    branch.correct(zhang, FEBRUARY, 2000)

    assert (branch.held_fen(), other.held_fen()) == (2000, 3000)


def test_of_two_treasurers_at_once_one_hands_up(branch: DuesBranch) -> None:
    zhang, zhao = branch.payer("张三"), branch.payer("赵六", 1550)
    branch.pay(zhang, MARCH)
    branch.pay(zhao, MARCH)
    drafted = branch.draft_remittance()

    done = _at_once(
        [
            lambda: branch.remit_drafted(drafted, by=branch.wang),
            lambda: branch.remit_drafted(drafted, by=branch.li),
        ]
    )

    assert sum(isinstance(each, ChangedMeanwhile) for each in done) == 1
    assert _sums(branch) == (4550, 2, 4550)
    assert branch.held_fen() == 0


def test_closing_a_month_while_entries_arrive_reconciles(branch: DuesBranch) -> None:
    members = [branch.payer(f"党员{number}", 1000 + number) for number in range(6)]
    for member in members:
        branch.declare(member, MARCH)

    def close() -> Any:
        return branch.remit(MARCH)

    branch.confirm(members[0])
    work: list[Callable[[], Any]] = [partial(branch.confirm, m) for m in members[1:]]
    _at_once([*work[:2], close, *work[2:], close])
    confirmed = sum(fen for kind, fen in branch.kinds() if kind is EntryKind.CONFIRM)
    total, _, claimed = _sums(branch)

    assert total == claimed
    assert confirmed == sum(1000 + number for number in range(6))
    assert total + branch.held_fen() == confirmed
    if branch.held_fen():
        branch.remit(MARCH)
    assert _sums(branch) == (confirmed, 6, confirmed)


# --- the wrong month, the wrong person, a refund ---------------------------------------------


def test_money_of_the_wrong_person_is_moved_on_both_sides(branch: DuesBranch) -> None:
    zhang, zhao = branch.payer("张三"), branch.payer("赵六")
    receipt = branch.pay(zhang, MARCH)

    branch.move((zhang, MARCH), (zhao, MARCH))

    assert branch.balance(zhang, MARCH).state is MonthState.UNPAID
    assert branch.balance(zhao, MARCH).state is MonthState.PAID
    assert branch.kinds()[-2:] == [(EntryKind.CORRECT, -3000), (EntryKind.CORRECT, 3000)]
    assert branch.held_fen() == 3000
    [view] = branch.do(lambda s: dues_receipts.list_own(s, zhang, 2026))
    assert (view.number, view.total_fen, view.corrected) == (receipt.number, 0, True)


def test_a_receipt_follows_money_to_another_month(branch: DuesBranch) -> None:
    zhang = branch.payer("张三")
    branch.pay(zhang, FEBRUARY)

    branch.move((zhang, FEBRUARY), (zhang, MARCH))

    [view] = branch.do(lambda s: dues_receipts.list_own(s, zhang, 2026))
    assert (view.parts, view.corrected) == (((MARCH, 3000),), True)


def test_only_what_is_confirmed_is_moved_or_given_back(branch: DuesBranch) -> None:
    zhang, zhao = branch.payer("张三"), branch.payer("赵六")
    branch.declare(zhang, MARCH)

    with pytest.raises(NothingToCorrect):
        branch.move((zhang, MARCH), (zhao, MARCH))
    branch.confirm()
    with pytest.raises(NothingToCorrect):
        branch.move((zhang, MARCH), (zhang, MARCH))
    with pytest.raises(NothingToCorrect):
        branch.move((zhang, MARCH), (zhao, MARCH), 3001)
    with pytest.raises(NothingToCorrect, match="没有多交"):
        branch.refund(zhang, MARCH)
    with pytest.raises(ReasonMissing):
        branch.refund(zhang, MARCH, 100, reason=" ")


def test_what_is_over_is_given_back_without_an_amount(branch: DuesBranch) -> None:
    zhang = branch.payer("张三")
    branch.pay(zhang, MARCH, fen=4000)

    drafted = branch.refund(zhang, MARCH)

    assert (drafted.fen, drafted.remitted) == (1000, False)
    assert branch.balance(zhang, MARCH).state is MonthState.PAID


# --- voluntary extras ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fen", "branch_money"),
    [
        pytest.param(999_99, True, id="999.99"),
        pytest.param(1_000_00, False, id="1000"),
        pytest.param(1_000_01, False, id="1000.01"),
    ],
)
def test_a_large_extra_stands_by_itself(branch: DuesBranch, fen: int, branch_money: bool) -> None:
    zhang = branch.payer("张三")
    branch.pay(zhang, MARCH)
    branch.offer(zhang, fen)
    [receipt] = branch.confirm()

    drafted = branch.draft_remittance()

    assert (receipt.parts, receipt.extra_fen) == ((), fen)
    assert branch.balance(zhang, MARCH).state is MonthState.PAID  # of no month's account
    assert drafted.total_fen == 3000 + (fen if branch_money else 0)
    assert [line.fen for line in drafted.large] == ([] if branch_money else [fen])
    assert branch.remit().total_fen + branch.held_fen() == 3000 + fen
    if not branch_money:
        assert branch.remit(to_centre=True).total_fen == fen
    assert branch.held_fen() == 0


def test_the_street_hears_of_a_large_extra(branch: DuesBranch) -> None:
    officer = branch.world.member("周专干", None, Role.OFFICER)
    zhang = branch.payer("张三")
    branch.offer(zhang, 1_000_00)
    actor = branch.world.actor(branch.wang)

    def told(session: Any) -> Any:
        lines = dues_confirming.list_waiting(session, by=actor, today=branch.day)
        large = dues_extra.large_ones(lines, branch.day)
        return dues_extra.whom_to_tell(session, large, branch.day)

    assert branch.do(told) == [("第三党支部", 1_000_00, [officer])]


def test_an_offer_is_taken_back_until_it_is_confirmed(branch: DuesBranch) -> None:
    zhang = branch.payer("张三")
    branch.offer(zhang, 5000)
    with pytest.raises(dues_extra.ExtraRefused, match="已经记下"):
        branch.offer(zhang, 5000)
    branch.undo(zhang)
    branch.offer(zhang, 6000)
    branch.confirm()

    with pytest.raises(dues_extra.ExtraRefused, match="已经核对"):
        branch.undo(zhang)

    assert branch.kinds() == [
        (EntryKind.OFFER, 5000),
        (EntryKind.VOID, -5000),
        (EntryKind.OFFER, 6000),
        (EntryKind.EXTRA, 6000),
    ]


# --- receipts --------------------------------------------------------------------------------


def test_receipts_are_found_by_their_owner_and_by_whoever_confirms(branch: DuesBranch) -> None:
    world = branch.world
    zhang, zhao = branch.payer("张三"), branch.payer("赵六")
    other = DuesBranch(world, "第五党支部", secretary="周书记", organiser="吴组织")
    qian = other.payer("钱七")
    branch.pay(zhang, MARCH)
    other.pay(qian, MARCH)

    def find(by: Any) -> list[str]:
        actor = world.actor(by)
        return branch.do(
            lambda s: [view.name for view in dues_receipts.find(s, "2026-0001", by=actor)]
        )

    assert (find(zhang), find(branch.wang), find(other.wang)) == (["张三"], ["张三"], ["钱七"])
    officer = world.member("周专干", None, Role.OFFICER)
    assert find(officer) == ["张三", "钱七"]
    with pytest.raises(NotFound):
        find(zhao)


# --- publication -----------------------------------------------------------------------------


def test_a_quarter_is_told_with_counts_and_its_total(branch: DuesBranch) -> None:
    members = [branch.payer(f"党员{n}") for n in range(5)]
    for member in members:
        branch.pay(member, JANUARY, FEBRUARY, MARCH)

    statement = branch.publish(*Quarter(2026, 1).months)

    assert (statement.whole.expected, statement.whole.full) == (5, 5)
    assert statement.whole.total_fen == 5 * 9000
    assert [part.total_fen for part in statement.parts] == [None, None, None]


def test_no_total_is_told_of_four_payers(branch: DuesBranch) -> None:
    for n in range(4):
        branch.pay(branch.payer(f"党员{n}"), MARCH)

    assert branch.publish(*Quarter(2026, 1).months).whole.total_fen is None


def test_a_year_does_not_give_a_quarter_away(branch: DuesBranch) -> None:
    world = branch.world
    members = [branch.payer(f"党员{n}") for n in range(6)]
    for member in members:
        branch.pay(member, JANUARY, FEBRUARY, MARCH)
    branch.publish(*Quarter(2026, 1).months)
    world.clock.set(at(date(2026, 12, 20), 10))
    for member in members[:3]:
        branch.pay(member, Month(2026, 12))

    statement = branch.publish(*(Month(2026, n) for n in range(1, 13)))

    assert [part.total_fen for part in statement.parts] == [None if n else 54000 for n in range(4)]
    assert statement.whole.total_fen is None


def test_a_cell_does_not_give_the_rest_of_its_branch_away(branch: DuesBranch) -> None:
    world = branch.world
    cell = world.unit("第三党支部第一党小组", UnitKind.CELL, under=branch.branch)
    for n in range(6):
        branch.pay(branch.payer(f"党员{n}", cell=cell), MARCH)
    for n in range(6, 9):
        branch.pay(branch.payer(f"党员{n}"), MARCH)
    months = Quarter(2026, 1).months

    of_cell = branch.publish(*months, unit="第三党支部第一党小组")
    of_branch = branch.publish(*months)

    assert of_cell.whole.total_fen == 6 * 3000
    assert of_branch.whole.total_fen is None


def test_two_publications_from_two_previews_do_not_give_anybody_away(branch: DuesBranch) -> None:
    actor, months = branch.world.actor(branch.wang), Quarter(2026, 1).months
    for n in range(5):
        branch.pay(branch.payer(f"党员{n}"), MARCH)

    def draft() -> Any:
        return branch.do(
            lambda s: dues_publication.draft(
                s, by=actor, unit=None, months=months, today=branch.day
            )
        )

    early = draft()
    branch.pay(branch.payer("党员5"), MARCH)
    late = draft()
    branch.do(lambda s: dues_publication.publish(s, early, by=actor, now=branch.world.now))

    with pytest.raises(NotPublishable, match="看出个人"):
        branch.do(lambda s: dues_publication.publish(s, late, by=actor, now=branch.world.now))

    with branch.world.database.reading() as session:
        assert session.scalar(select(func.count(DuesPublication.id))) == 1


def test_large_extras_are_never_told(branch: DuesBranch) -> None:
    for n in range(5):
        branch.pay(branch.payer(f"党员{n}"), MARCH)
    branch.offer(branch.payer("党员5"), 2_000_00)
    branch.confirm()

    assert branch.publish(*Quarter(2026, 1).months).whole.total_fen == 5 * 3000


@pytest.mark.parametrize(
    "months",
    [
        pytest.param((), id="没写月份"),
        pytest.param((APRIL,), id="还没到"),
        pytest.param((JANUARY, FEBRUARY), id="两个月"),
        pytest.param((JANUARY, MARCH), id="隔一个月"),
    ],
)
def test_only_whole_periods_are_told(branch: DuesBranch, months: tuple[Month, ...]) -> None:
    with pytest.raises(NotPublishable):
        branch.publish(*months)


def _transfer(world: World, member: Any, to: DuesBranch, day: date) -> None:
    world.transfer(member, to.branch, day)


def _sums(branch: DuesBranch) -> tuple[int, int, int]:
    """Return what the remittances say they are, and how many lines they hold, of what sum."""
    with branch.world.database.reading() as session:
        told = session.scalar(select(func.sum(DuesRemittance.total_fen))) or 0
        count = session.scalar(select(func.count(DuesRemitted.entry_id))) or 0
        held = session.scalar(
            select(func.sum(DuesEntry.fen)).join(
                DuesRemitted, DuesRemitted.entry_id == DuesEntry.id
            )
        )
    return int(told), count, int(held or 0)


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
