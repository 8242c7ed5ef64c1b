"""The rows behind a number that was fixed, in words: only references are kept with it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.clock import day_of
from bot.domain.cadence import KIND_NAMES, MeetingKind, parse_period
from bot.domain.ids import UnitId
from bot.domain.open_items import KIND_NAMES as ITEM_NAMES
from bot.domain.periods import Month
from bot.domain.supervision import Check, Row, Shown
from bot.domain.wording import day_words, period_words
from bot.storage.models import Meeting, Member, OpenItem, Unit

GONE = "（记录已不在）"


@dataclass(frozen=True, slots=True)
class Result:
    """What a check shows of a branch.

    Attributes:
        frozen_at: When its numbers were fixed; None while they follow the ledgers.
    """

    unit_id: UnitId
    unit: str
    check: Check
    shown: tuple[Shown, ...]
    frozen_at: datetime | None = None


def in_words(session: Session, result: Result) -> Result:
    """Return a result with the rows behind its numbers as people read them."""
    refs = {row.ref for number in result.shown for row in (*number.rows, *number.gaps)}
    words = _words(session, refs)

    def told(rows: tuple[Row, ...]) -> tuple[Row, ...]:
        return tuple(Row(row.ref, words.get(row.ref, GONE)) for row in rows)

    numbers = tuple(replace(n, rows=told(n.rows), gaps=told(n.gaps)) for n in result.shown)
    return replace(result, shown=numbers)


def _words(session: Session, refs: Collection[str]) -> Mapping[str, str]:
    parts = {ref: ref.split(":") for ref in refs}
    found: dict[str, str] = {}
    found.update(_meetings(session, _ids(parts, "meeting")))
    found.update(_items(session, _ids(parts, "open_item")))
    names = _names(session, {ref: int(own[1]) for ref, own in parts.items() if own[0] == "dues"})
    for ref, name in names.items():
        found[ref] = f"{name}{Month.parse(parts[ref][2]).number}月"
    kinds = {kind.value: kind for kind in MeetingKind}
    periods = {ref: own for ref, own in parts.items() if own[0] in kinds}
    units = _units(session, {int(own[1]) for own in periods.values()})
    for ref, (kind, unit, period) in periods.items():
        when = period_words(parse_period(period), parse_period(period).first.year)
        found[ref] = f"{units.get(int(unit), '')}{when}{KIND_NAMES[kinds[kind]]}"
    return found


def _ids(parts: Mapping[str, list[str]], ledger: str) -> dict[str, int]:
    return {ref: int(own[1]) for ref, own in parts.items() if own[0] == ledger}


def _meetings(session: Session, wanted: Mapping[str, int]) -> dict[str, str]:
    rows = session.execute(
        select(Meeting.id, Meeting.title, Meeting.starts_at).where(Meeting.id.in_(wanted.values()))
    )
    return {
        f"meeting:{row.id}": f"{row.title}（{day_words(day_of(row.starts_at))}）" for row in rows
    }


def _items(session: Session, wanted: Mapping[str, int]) -> dict[str, str]:
    rows = session.execute(
        select(OpenItem.id, OpenItem.kind, OpenItem.number, OpenItem.words).where(
            OpenItem.id.in_(wanted.values())
        )
    )
    return {f"open_item:{row.id}": f"{ITEM_NAMES[row.kind]}{row.number}{row.words}" for row in rows}


def _names(session: Session, wanted: Mapping[str, int]) -> dict[str, str]:
    rows = session.execute(
        select(Member.id, Member.name).where(Member.id.in_(set(wanted.values())))
    )
    names = {row.id: row.name for row in rows}
    return {ref: names[member] for ref, member in wanted.items() if member in names}


def _units(session: Session, wanted: Collection[int]) -> dict[int, str]:
    rows = session.execute(select(Unit.id, Unit.name).where(Unit.id.in_(wanted)))
    return {row.id: row.name for row in rows}
