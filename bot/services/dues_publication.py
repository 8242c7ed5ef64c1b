"""What a branch is told of its dues: counts and totals, and no total that gives anybody away."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from bot.clock import day_of
from bot.domain import rights
from bot.domain.dues import MonthState
from bot.domain.dues_publication import Lines, Total, gives_away
from bot.domain.errors import DomainError
from bot.domain.ids import MemberId, UnitId
from bot.domain.money import Fen
from bot.domain.periods import Month
from bot.domain.rights import Action, Actor
from bot.domain.units import UnitKind, ids_of
from bot.domain.wording import month_ranges, month_words
from bot.services import audit, counters, dues_assessed, dues_lists, people, roll, scopes
from bot.services.dues import Balance
from bot.services.dues_ledger import list_counted
from bot.storage.models import DuesEntry, DuesPublication, Unit

EXAMPLE = "公示党费 一季度 {unit}"
_QUARTER = 3
_FULL = (MonthState.PAID, MonthState.OVER)


class NotPublishable(DomainError):
    """A period that cannot be told yet."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Some months with their counts, and their total where that may be told.

    Attributes:
        expected: How many had something to pay in any of the months.
        full: How many of them have paid every month.
        total_fen: None where it is not told, or months alone are told by counts.
        entries: The lines of the total, empty without one.
    """

    first: Month
    last: Month
    expected: int
    full: int
    payers: int
    total_fen: Fen | None
    entries: tuple[int, ...]
    by_count: bool


@dataclass(frozen=True, slots=True)
class Statement:
    """What is to be told to a branch or cell.

    Attributes:
        parts: Month by month for a quarter, quarter by quarter for a year.
        whole: All of it.
        readers: How many belong there.
    """

    unit_id: UnitId
    unit: str
    parts: tuple[Stretch, ...]
    whole: Stretch
    readers: int


@dataclass(frozen=True, slots=True)
class _Place:
    """A branch or cell, and the branch whose money it is."""

    name: str
    path: str
    branch_id: UnitId
    branch_path: str
    is_cell: bool


def draft(
    session: Session, *, by: Actor, unit: str | None, months: Sequence[Month], today: date
) -> Statement:
    """Return what may be told of some months; nothing is written.

    Args:
        unit: The branch or cell, as written; None for the actor's.
        months: A month, a quarter, half a year or a year, in order.

    Raises:
        Forbidden, NotFound, WhichBranch
        NotPublishable: The months are not over, or not in one piece.

    Source:
        dues.publication
    """
    unit_id = scopes.branch_meant(session, by, Action.CONFIRM_DUES, unit, EXAMPLE)
    place = _place(session, unit_id)
    began = dues_assessed.counted_from(session, [place.branch_id])[place.branch_id]
    _check(months, today, began)
    taken = dues_lists.list_taken(session, unit_id, list(months), today)
    ids = [payer.person.id for payer, _ in taken]
    own = [found for _, found in taken]
    readers = roll.without_suspended(session, people.list_members(session, unit_id, today), today)
    told = _told_before(session, place, months)
    lines = _lines(session, place, ids, months)
    parts: list[Stretch] = []
    for some in _parts(months):
        part = _stretch(own, some, lines, told, today, by_count=len(some) < _QUARTER)
        if part.total_fen is not None:
            told.append(_picked(lines, some))
        parts.append(part)
    whole = _stretch(own, months, lines, told, today, by_count=len(months) < _QUARTER)
    return Statement(unit_id, place.name, tuple(parts), whole, len(readers))


def publish(session: Session, statement: Statement, *, by: Actor, now: datetime) -> int:
    """Write down what is told, as it was shown; return its id.

    Raises:
        Forbidden
        NotPublishable: What was told since lets a total of it be worked out.
    """
    place = _place(session, statement.unit_id)
    rights.require(by, Action.CONFIRM_DUES, place.path)
    counters.next_number(session, f"publication:{place.branch_id}")  # one after the other
    totals = _with_total(statement)
    months = [statement.whole.first, statement.whole.last]
    told = _told_before(session, place, months)
    owners = _owners(session, [entry for part in totals for entry in part.entries])
    for part in totals:
        new = {entry: owners[entry] for entry in part.entries}
        if gives_away(new, told, day_of(now)):
            raise NotPublishable("刚刚另有公示，这样会看出个人。请重新发一次 公示党费 一季度")
        told.append(new)
    published = 0
    for part in (*totals, *(() if statement.whole in totals else (statement.whole,))):
        published = session.execute(
            insert(DuesPublication)
            .values(
                unit_id=statement.unit_id,
                first_month=part.first,
                last_month=part.last,
                payers=part.payers,
                total_fen=part.total_fen,
                entries=list(part.entries),
                by_id=by.member_id,
                at=now,
            )
            .returning(DuesPublication.id)
        ).scalar_one()
    audit.record(
        session,
        by=by,
        at=now,
        action="dues.publish",
        subject=f"unit:{statement.unit_id}",
        after={"months": f"{statement.whole.first}/{statement.whole.last}"},
    )
    return published


def _place(session: Session, unit_id: UnitId) -> _Place:
    row = session.execute(select(Unit.name, Unit.path, Unit.kind).where(Unit.id == unit_id)).one()
    ids = ids_of(row.path)
    is_cell = row.kind is UnitKind.CELL
    branch = ids[:-1] if is_cell else ids
    path = "/" + "".join(f"{unit}/" for unit in branch)
    return _Place(row.name, row.path, branch[-1], path, is_cell)


def _with_total(statement: Statement) -> list[Stretch]:
    stretches = {(part.first, part.last): part for part in (*statement.parts, statement.whole)}
    return [part for part in stretches.values() if part.total_fen is not None]


def _stretch(
    own: Sequence[dict[Month, Balance]],
    months: Sequence[Month],
    lines: dict[int, tuple[MemberId, Month, Fen]],
    told: Sequence[Lines],
    today: date,
    *,
    by_count: bool,
) -> Stretch:
    due = [[b for m in months if (b := found.get(m)) and b.assessed_fen] for found in own]
    due = [some for some in due if some]
    picked = _picked(lines, months)
    total: Fen | None = sum(lines[entry][2] for entry in picked)
    if by_count or gives_away(picked, told, today):
        total = None
    return Stretch(
        first=months[0],
        last=months[-1],
        expected=len(due),
        full=sum(all(balance.state in _FULL for balance in some) for some in due),
        payers=Total(picked).payers,
        total_fen=total,
        entries=() if total is None else tuple(picked),
        by_count=by_count,
    )


def _picked(lines: dict[int, tuple[MemberId, Month, Fen]], months: Sequence[Month]) -> Lines:
    return {entry: member for entry, (member, month, _) in lines.items() if month in months}


def _parts(months: Sequence[Month]) -> list[list[Month]]:
    """Return a quarter month by month, what is longer quarter by quarter."""
    if len(months) <= _QUARTER:
        return [[month] for month in months] if len(months) > 1 else []
    return [list(some) for _, some in groupby(months, key=lambda month: month.quarter)]


def _lines(
    session: Session, place: _Place, members: Collection[MemberId], months: Sequence[Month]
) -> dict[int, tuple[MemberId, Month, Fen]]:
    """Return the lines that count of a branch, or of the members of a cell."""
    of_cell = [DuesEntry.member_id.in_(members)] if place.is_cell else []
    lines = list_counted(session, place.branch_id, DuesEntry.month.in_(months), *of_cell)
    return {line.id: (line.member_id, line.month, line.fen) for line in lines if not line.large}


def _told_before(session: Session, place: _Place, months: Sequence[Month]) -> list[Lines]:
    """Return the totals told in the branch of a unit, or its cells, that share a month."""
    near = select(Unit.id).where(Unit.path.startswith(place.branch_path))
    rows = session.execute(
        select(DuesPublication.entries)
        .where(
            DuesPublication.unit_id.in_(near),
            DuesPublication.total_fen.is_not(None),
            DuesPublication.first_month <= months[-1],
            DuesPublication.last_month >= months[0],
        )
        .order_by(DuesPublication.id)
    ).all()
    owners = _owners(session, [entry for (entries,) in rows for entry in entries])
    return [{entry: owners[entry] for entry in entries} for (entries,) in rows]


def _owners(session: Session, entries: Sequence[int]) -> dict[int, MemberId]:
    rows = session.execute(
        select(DuesEntry.id, DuesEntry.member_id).where(DuesEntry.id.in_(set(entries)))
    )
    return {row.id: MemberId(row.member_id) for row in rows}


def _check(months: Sequence[Month], today: date, began: Month) -> None:
    if not months:
        raise NotPublishable("请写明哪几个月，例如：公示党费 一季度")
    if months[-1] > Month.of(today):
        raise NotPublishable("这几个月还没有到，过了再公示，例如：公示党费 一季度")
    if months[-1] < began:
        words = month_ranges(months, today.year)
        raise NotPublishable(
            f"{words}的党费还没开始记，没有可公示的：本支部从{month_words(began, today.year)}起记。"
            f"请改一下月份，例如：公示党费 {month_words(began, 0)}"
        )
    run = [months[0].shift(n) for n in range(len(months))]
    whole_quarters = months[0].number % 3 == 1 and len(months) % 3 == 0 and len(months) <= 12
    if list(months) != run or not (len(months) == 1 or whole_quarters):
        raise NotPublishable("请按月、按季、按半年或按年公示，例如：公示党费 一季度")
