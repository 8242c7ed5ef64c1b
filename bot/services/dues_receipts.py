"""Receipts: what was confirmed under a number, as it stands after corrections."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from bot.clock import day_of
from bot.domain import rights
from bot.domain.dues import EntryKind
from bot.domain.dues_allocation import Part
from bot.domain.errors import NotFound
from bot.domain.ids import MemberId
from bot.domain.money import Fen
from bot.domain.periods import Month
from bot.domain.rights import Action, Actor
from bot.services.groups import find_unit
from bot.storage.models import DuesEntry, Member, Unit


@dataclass(frozen=True, slots=True)
class ReceiptView:
    """A receipt.

    Attributes:
        parts: Month and amount as it stands, in order; none for a month taken back whole.
        extra_fen: Voluntary, beyond the dues.
        corrected: It was put right since.
        unit: The branch that gave it.
    """

    number: str
    member_id: MemberId
    name: str
    unit: str
    parts: tuple[Part, ...]
    extra_fen: Fen
    on: date
    corrected: bool

    @property
    def total_fen(self) -> Fen:
        """What it comes to."""
        return sum(fen for _, fen in self.parts) + self.extra_fen


def list_own(session: Session, member_id: MemberId, year: int) -> list[ReceiptView]:
    """Return a member's receipts of a year, the oldest first."""
    return _views(session, DuesEntry.member_id == member_id, f"{year}-")


def find(session: Session, number: str, *, by: Actor, unit: str | None = None) -> list[ReceiptView]:
    """Return the receipt of a number: one's own, or those given where one confirms dues.

    Each branch counts for itself, so who answers for several, or has moved, may get several.

    Args:
        unit: The branch that gave it, as written.

    Raises:
        NotFound
    """
    where = DuesEntry.receipt_no == number
    if unit is not None:
        where = where & (DuesEntry.unit_id == find_unit(session, unit).id)
    found = _views(session, where)
    rows = session.execute(
        select(Unit.name, Unit.path).where(Unit.name.in_({view.unit for view in found}))
    )
    paths = {row.name: row.path for row in rows}
    reached = [
        view
        for view in found
        if view.member_id == by.member_id
        or rights.may(by, Action.CONFIRM_DUES, paths.get(view.unit, ""))
    ]
    if not reached:
        of = f"{unit}的" if unit else ""
        raise NotFound(f"没有找到{of}收据 {number}。看自己的请回复 我的收据")
    return reached


def _views(session: Session, where: ColumnElement[bool], prefix: str = "") -> list[ReceiptView]:
    rows = session.execute(
        select(
            DuesEntry.receipt_no,
            DuesEntry.member_id,
            DuesEntry.month,
            DuesEntry.fen,
            DuesEntry.kind,
            DuesEntry.at,
            Member.name,
            Unit.name.label("unit"),
        )
        .join(Member, Member.id == DuesEntry.member_id)
        .join(Unit, Unit.id == DuesEntry.unit_id)
        .where(where, DuesEntry.receipt_no != "", DuesEntry.receipt_no.startswith(prefix))
        .order_by(DuesEntry.id)
    ).all()
    grouped: dict[tuple[str, str, int], list[Any]] = {}
    for row in rows:
        grouped.setdefault((row.receipt_no, row.unit, row.member_id), []).append(row)
    return [_view(lines) for lines in grouped.values()]


def _view(lines: list[Any]) -> ReceiptView:
    """Put the lines of one number together: what was confirmed, and what was put right since."""
    months: dict[Month, Fen] = {}
    for line in lines:
        if line.kind is not EntryKind.EXTRA:
            months[line.month] = months.get(line.month, 0) + line.fen
    first = lines[0]
    return ReceiptView(
        number=first.receipt_no,
        member_id=MemberId(first.member_id),
        name=first.name,
        unit=first.unit,
        parts=tuple((month, fen) for month, fen in sorted(months.items()) if fen),
        extra_fen=sum(line.fen for line in lines if line.kind is EntryKind.EXTRA),
        on=day_of(first.at),
        corrected=any(line.kind in (EntryKind.CORRECT, EntryKind.REFUND) for line in lines),
    )
