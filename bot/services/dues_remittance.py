"""Handing dues up: every line that counts goes up once, and what comes later goes with the next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from bot.clock import day_of
from bot.domain import rights
from bot.domain.dues import EntryKind
from bot.domain.errors import DomainError
from bot.domain.ids import MemberId, UnitId
from bot.domain.money import Fen, yuan
from bot.domain.periods import Month
from bot.domain.rights import Action, Actor
from bot.domain.units import UnitKind
from bot.services import audit, counters, scopes
from bot.services.dues_confirming import ChangedMeanwhile
from bot.services.dues_ledger import Counted, list_counted
from bot.services.importing import bulk
from bot.storage.insert import insert_many_once, insert_once
from bot.storage.models import DuesEntry, DuesRemittance, DuesRemitted, Unit

EXAMPLE = "上缴党费 3月 {unit}"


class NothingToRemit(DomainError):
    """Nothing in hand, or refunds come to more than what came in."""


@dataclass(frozen=True, slots=True)
class Draft:
    """What would be handed up; nothing is written yet.

    Attributes:
        large: Extras that are not branch money and stand by themselves.
        later_fen: Confirmed as well, of later months: stays in hand.
    """

    unit_id: UnitId
    unit: str
    up_to: Month | None
    to_centre: bool
    lines: tuple[Counted, ...]
    large: tuple[Counted, ...]
    later_fen: Fen

    @property
    def people(self) -> int:
        """Of how many members it is, those whose lines come to nothing left out."""
        return count_months(self.lines)

    @property
    def total_fen(self) -> Fen:
        """What it comes to."""
        return sum(line.fen for line in self.lines)

    def by_month(self) -> dict[Month, tuple[int, Fen]]:
        """Return of how many members it is each month and what it comes to, extras aside."""
        found: dict[Month, list[Counted]] = {}
        for line in self.lines:
            if line.kind is not EntryKind.EXTRA:
                found.setdefault(line.month, []).append(line)
        sums = {m: (count_months(some), sum(x.fen for x in some)) for m, some in found.items()}
        return {month: sums[month] for month in sorted(sums) if sums[month] != (0, 0)}

    @property
    def extra_fen(self) -> Fen:
        """What of it is voluntary."""
        return sum(line.fen for line in self.lines if line.kind is EntryKind.EXTRA)


@dataclass(frozen=True, slots=True)
class Remitted:
    """A remittance on record; `number` counts those of the branch and year."""

    year: int
    number: int
    up_to: Month | None
    to_centre: bool
    people: int
    entries: int
    total_fen: Fen
    at: datetime


def draft(
    session: Session,
    *,
    by: Actor,
    unit: str | None,
    up_to: Month | None,
    to_centre: bool = False,
) -> Draft:
    """Return what a branch has in hand, up to a month; nothing is written.

    Args:
        unit: The branch, as written; None for the actor's.
        up_to: Only of this month and those before; None for all of it.
        to_centre: The extras that are not branch money, instead of all else.

    Raises:
        Forbidden, NotFound, WhichBranch
        NothingToRemit
    """
    unit_id = scopes.branch_meant(session, by, Action.CONFIRM_DUES, unit, EXAMPLE)
    row = session.execute(
        select(Unit.name, Unit.kind, Unit.parent_id).where(Unit.id == unit_id)
    ).one()
    if row.kind is UnitKind.CELL:
        raise NothingToRemit(f"党费由支部上缴，{row.name}请和支部一起办。")
    held = list_held(session, unit_id)
    large = tuple(line for line in held if line.large)
    own = large if to_centre else tuple(line for line in held if not line.large)
    lines = tuple(line for line in own if up_to is None or line.month <= up_to)
    found = Draft(
        unit_id,
        row.name,
        up_to,
        to_centre,
        lines,
        () if to_centre else large,
        sum(line.fen for line in own) - sum(line.fen for line in lines),
    )
    _check(found.total_fen, found.lines)
    return found


def list_held(session: Session, unit_id: UnitId) -> list[Counted]:
    """Return the lines of a branch that count and were not handed up, in order."""
    handed = exists().where(DuesRemitted.entry_id == DuesEntry.id)
    return list_counted(session, unit_id, ~handed)


def remit(
    session: Session,
    *,
    unit_id: UnitId,
    up_to: Month | None,
    to_centre: bool,
    entries: Sequence[int],
    by: Actor,
    now: datetime,
) -> Remitted:
    """Hand up the lines of a preview, these and no others, each for the only time.

    The key of `DuesRemitted` is the claim: of two who hand up the same line at once, one gets
    none of it. What was confirmed since the preview stays in hand for the next time.

    Args:
        entries: Ids of the lines shown.

    Raises:
        Forbidden
        ChangedMeanwhile: Somebody else has handed up one of them.
    """
    path = session.scalar(select(Unit.path).where(Unit.id == unit_id)) or ""
    rights.require(by, Action.CONFIRM_DUES, path)
    year = day_of(now).year
    number = counters.next_number(session, f"remittance:{unit_id}:{year}")
    lines = [line for line in _lines(session, unit_id, entries) if line.large is to_centre]
    people, total = count_months(lines), sum(line.fen for line in lines)
    _check(total, lines)
    remittance_id = insert_once(
        session,
        DuesRemittance,
        {
            "unit_id": unit_id,
            "year": year,
            "seq": number,
            "up_to_month": up_to,
            "to_centre": to_centre,
            "people": people,
            "entries": len(lines),
            "total_fen": total,
            "by_id": by.member_id,
            "at": now,
        },
    )
    claims = [{"entry_id": line.id, "remittance_id": remittance_id} for line in lines]
    insert_many_once(session, DuesRemitted, claims)
    claimed = session.scalar(
        select(func.count(DuesRemitted.entry_id)).where(DuesRemitted.remittance_id == remittance_id)
    )
    if claimed != len(entries):
        raise ChangedMeanwhile("刚刚有人上缴过其中的几笔，这次没有记。请重新发一次 上缴党费")
    audit.record(
        session,
        by=by,
        at=now,
        action="dues.remit",
        subject=f"unit:{unit_id}",
        after={"number": f"{year}-{number}", "total_fen": total, "entries": len(lines)},
    )
    return Remitted(year, number, up_to, to_centre, people, len(lines), total, now)


def list_remitted(session: Session, *, by: Actor, unit: str | None, year: int) -> list[Remitted]:
    """Return what a branch handed up in a year, in order.

    Raises:
        Forbidden, NotFound, WhichBranch
    """
    unit_id = scopes.branch_meant(session, by, Action.CONFIRM_DUES, unit, "上缴记录 {unit}")
    rows = session.scalars(
        select(DuesRemittance)
        .where(DuesRemittance.unit_id == unit_id, DuesRemittance.year == year)
        .order_by(DuesRemittance.seq)
    )
    return [
        Remitted(
            row.year,
            row.seq,
            row.up_to_month,
            row.to_centre,
            row.people,
            row.entries,
            row.total_fen,
            row.at,
        )
        for row in rows
    ]


def _lines(session: Session, unit_id: UnitId, entries: Sequence[int]) -> list[Counted]:
    """Return the lines of a branch by id, handed up or not."""
    found: list[Counted] = []
    for some in bulk.chunks(list(entries)):
        found += list_counted(session, unit_id, DuesEntry.id.in_(some))
    return found


def count_months(lines: Sequence[Counted]) -> int:
    """Return of how many members some lines are; a payment and its counter-entry are of nobody."""
    sums: dict[MemberId, Fen] = {}
    for line in lines:
        sums[line.member_id] = sums.get(line.member_id, 0) + line.fen
    return sum(fen != 0 for fen in sums.values())


def _check(total_fen: Fen, lines: Sequence[Counted]) -> None:
    if not lines:
        raise NothingToRemit("没有核对过、还没上缴的党费。要先核对请发 确认党费 全部")
    if total_fen <= 0:
        raise NothingToRemit(
            f"退费和更正抵完是{yuan(total_fen)}元，没有可上缴的。有了新的收入再一起上缴。"
        )
