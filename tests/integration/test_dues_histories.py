"""Random histories of a branch's dues: whatever happens in whatever order, every sum reconciles."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select

from bot.domain.dues import COUNTED, MONEY, EntryKind
from bot.domain.errors import DomainError
from bot.domain.ids import MemberId
from bot.domain.periods import Month
from bot.services import dues, dues_open
from bot.storage.engine import Database
from bot.storage.models import (
    AuditLine,
    Counter,
    DoneAction,
    DuesEntry,
    DuesRemittance,
    DuesRemitted,
)
from tests.support.dues_world import DuesBranch
from tests.support.world import World

MONTHS = (Month(2026, 1), Month(2026, 2), Month(2026, 3))
ASSESSED = {"张三": 3000, "赵六": 1550}
STEPS = (
    *("declare", "undo", "confirm", "cash", "correct", "move", "refund"),
    *("offer", "remit", "remit_some", "remit_stale", "remit_centre", "preview"),
)

step = st.tuples(
    st.sampled_from(STEPS),
    st.integers(0, 1),
    st.sampled_from(MONTHS),
    st.sampled_from((None, 100, 1550, 3000, 4000, 1_000_00)),
)
histories = st.lists(step, max_size=25)


class Checked(DuesBranch):
    """A branch whose books are looked at after every step."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.members = [self.payer(name, fen) for name, fen in ASSESSED.items()]
        self.seen: list[tuple[Any, ...]] = []
        self.stale: Any = None

    def clear(self) -> None:
        """Begin anew; the roll and what is assessed stay."""
        with self.world.database.writing() as session:
            for model in (DuesRemitted, DuesRemittance, DoneAction, AuditLine, Counter):
                session.execute(delete(model))
            session.execute(delete(DuesEntry).where(DuesEntry.refers_to.is_not(None)))
            session.execute(delete(DuesEntry))
        self.seen, self.stale = [], None

    def take(self, what: str, who: int, month: Month, fen: int | None) -> None:
        """Do one step; a refusal changes nothing."""
        member, other = self.members[who], self.members[1 - who]
        steps: dict[str, Callable[[], Any]] = {
            "declare": lambda: self.declare(member, month, fen=fen),
            "undo": lambda: self.undo(member),
            "confirm": lambda: self.confirm(),
            "cash": lambda: self.take_cash(member, month),
            "correct": lambda: self.correct(member, month, fen or 0),
            "move": lambda: self.move((member, month), (other, MONTHS[2]), fen),
            "refund": lambda: self.refund(member, month, fen),
            "offer": lambda: self.offer(member, fen or 50),
            "remit": lambda: self.remit(),
            "remit_some": lambda: self.remit(month),
            "remit_centre": lambda: self.remit(to_centre=True),
            "remit_stale": lambda: self.stale and self.remit_drafted(self.stale),
            "preview": lambda: setattr(self, "stale", self.draft_remittance()),
        }
        before = self.entries()
        try:
            steps[what]()
        except DomainError:
            assert self.entries() == before  # refused whole

    def check(self) -> None:
        """Hold the books against each other."""
        entries = self.entries()
        assert entries[: len(self.seen)] == self.seen  # nothing was ever edited
        self.seen = entries
        with self.world.database.reading() as session:
            rows = session.scalars(select(DuesEntry)).all()
            remitted = set(session.scalars(select(DuesRemitted.entry_id)))
            told = session.scalars(select(DuesRemittance)).all()
            balances = dues.balances(session, self.members, MONTHS)
            owing = {
                (one.member_id, month): one.open_fen
                for month in MONTHS
                for one in dues_open.list_open(session, [self.branch], month, self.world.today)
            }
            session.expunge_all()
        assert owing == {
            (member, month): balance.open_fen
            for member, own in balances.items()
            for month, balance in own.items()
            if balance.state in dues_open.OPEN
        }
        _months_reconcile(rows, balances, self.members)
        _remittances_reconcile(rows, remitted, told)
        assert self.held_fen() == sum(
            row.fen for row in rows if row.kind in MONEY and row.id not in remitted
        )


def _months_reconcile(
    rows: Sequence[DuesEntry],
    balances: dict[MemberId, dict[Month, dues.Balance]],
    members: Sequence[MemberId],
) -> None:
    for member, assessed in zip(members, ASSESSED.values(), strict=True):
        for month in MONTHS:
            balance = balances[member][month]
            own = [row for row in rows if (row.member_id, row.month) == (member, month)]
            confirmed = sum(row.fen for row in own if row.kind in COUNTED)
            over = max(0, confirmed - assessed)
            still = max(0, assessed - confirmed)
            assert balance.assessed_fen == assessed
            assert balance.confirmed_fen == confirmed >= 0
            assert assessed == confirmed + still - over
            settled = {row.refers_to for row in own}
            waiting = [r for r in own if r.kind is EntryKind.DECLARE and r.id not in settled]
            assert balance.declared_fen == sum(row.fen for row in waiting)
            assert balance.open_fen == max(0, still - balance.declared_fen)


def _remittances_reconcile(
    rows: Sequence[DuesEntry], remitted: set[int], told: Sequence[DuesRemittance]
) -> None:
    money = {row.id: row for row in rows if row.kind in MONEY}
    assert remitted <= set(money)
    assert sum(each.total_fen for each in told) == sum(money[entry].fen for entry in remitted)
    assert sum(each.entries for each in told) == len(remitted)
    assert all(each.total_fen > 0 for each in told)
    assert sorted(each.seq for each in told) == list(range(1, len(told) + 1))
    for each in told:
        if each.to_centre:
            assert each.total_fen >= 1_000_00 * each.entries
    receipts = {(row.receipt_no, row.member_id) for row in rows if row.receipt_no}
    assert len({number for number, _ in receipts}) == len(receipts)


@pytest.fixture
def books(database: Database) -> Checked:
    """Return the books of two members."""
    return Checked(World(database))


@settings(
    max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(history=histories)
def test_every_sum_reconciles_whatever_happens(
    books: Checked, history: list[tuple[str, int, Month, int | None]]
) -> None:
    if not books.world.database.is_sqlite:
        history = history[:10]  # the smaller run
    books.clear()
    for what, who, month, fen in history:
        books.take(what, who, month, fen)
        books.check()
