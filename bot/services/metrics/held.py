"""What was held: meetings that took place, as the metrics count them.

Held is what is recorded as held or confirmed, and what was called, is over and has somebody marked
as there. What was cancelled never counts; what was moved counts once, on its last day; what several
branches held together, and what went on over several days, is one gathering.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session, aliased

from bot.clock import day_of
from bot.domain.attendance import THERE
from bot.domain.cadence import YEARLY, MeetingKind
from bot.domain.ids import MeetingId, UnitId
from bot.domain.meetings import MeetingState
from bot.domain.reports.figures import Row
from bot.domain.wording import day_words
from bot.services import survey
from bot.services.metrics.scope import Scope
from bot.storage.models import AttendanceMark, Meeting

COLUMNS = ("日期", "名称", "党组织", "地点")
_MADE_UP_FOR = timedelta(days=31)  # what a year owes may be held in the January after it


@dataclass(frozen=True, slots=True)
class Held:
    """A meeting of the year that was called.

    Attributes:
        took_place: Whether it counts; else it was called, is over, and nobody says that it was.
    """

    id: MeetingId
    event_id: int
    unit_id: UnitId
    branch_id: UnitId
    kind: MeetingKind
    title: str
    starts_at: datetime
    ends_at: datetime
    place: str
    took_place: bool

    @property
    def day(self) -> date:
        """The Shanghai day it began on."""
        return day_of(self.starts_at)


def meetings(session: Session, scope: Scope) -> list[Held]:
    """Return what was called for the year and is over, of the unit and all under it."""
    return scope.once("held", lambda: _read(session, scope))


def of_kind(session: Session, scope: Scope, *kinds: MeetingKind) -> list[Held]:
    """Return the meetings of some kinds that took place."""
    return [
        one
        for one in meetings(session, scope)
        if one.took_place and (not kinds or one.kind in kinds)
    ]


def own(session: Session, scope: Scope, *kinds: MeetingKind) -> list[Held]:
    """Return the meetings of some kinds that the unit itself held: never summed with those below."""
    found = of_kind(session, scope, *kinds)
    return [one for one in found if one.unit_id == scope.unit_id]


def as_gatherings(found: Iterable[Held], scope: Scope) -> list[Row]:
    """Return meetings as rows, one for each gathering, however many units held it together."""
    together: dict[int, list[Held]] = defaultdict(list)
    for one in found:
        together[one.event_id].append(one)
    return [_gathering(event, own, scope) for event, own in together.items()]


def as_meetings(found: Iterable[Held], scope: Scope) -> list[Row]:
    """Return meetings as rows, one for every unit that held one."""
    return [_row(f"meeting:{one.id}", [one], scope) for one in found]


def participations(session: Session, found: Collection[Held]) -> dict[MeetingId, int]:
    """Return how many took part in meetings, by the marks in force; nobody counts twice in one."""
    ids = {one.id for one in found}
    if not ids:
        return {}
    later = aliased(AttendanceMark)
    superseded = (
        select(later.id)
        .where(
            later.meeting_id == AttendanceMark.meeting_id,
            later.member_id == AttendanceMark.member_id,
            later.seq > AttendanceMark.seq,
        )
        .exists()
    )
    rows = session.execute(
        select(AttendanceMark.meeting_id, func.count())
        .join(Meeting, Meeting.id == AttendanceMark.meeting_id)
        .where(
            Meeting.starts_at >= min(one.starts_at for one in found),
            Meeting.starts_at <= max(one.starts_at for one in found),
            Meeting.kind.in_({one.kind for one in found}),
            AttendanceMark.mark.in_(tuple(THERE)),
            ~superseded,
        )
        .group_by(AttendanceMark.meeting_id)
    )
    return {MeetingId(meeting): count for meeting, count in rows if meeting in ids}


def as_participations(session: Session, found: Collection[Held], scope: Scope) -> list[Row]:
    """Return meetings as rows that weigh as much as people took part."""
    counted = participations(session, found)
    rows = []
    for one in found:
        number = counted.get(one.id, 0)
        cells = (*_cells([one], scope), f"{number}人")
        rows.append(Row(f"meeting:{one.id}", cells, number, one.day))
    return [row for row in rows if row.weight]


def _read(session: Session, scope: Scope) -> list[Held]:
    counts = case((survey.counts(scope.now), 1), else_=0)
    rows = session.execute(
        select(
            Meeting.id,
            Meeting.event_id,
            Meeting.unit_id,
            Meeting.branch_id,
            Meeting.kind,
            Meeting.title,
            Meeting.starts_at,
            Meeting.ends_at,
            Meeting.place,
            Meeting.for_period,
            counts.label("counts"),
        )
        .where(
            Meeting.starts_at >= scope.begins,
            Meeting.starts_at < scope.ends + _MADE_UP_FOR,
            Meeting.ends_at <= scope.now,
            Meeting.state != MeetingState.CANCELLED,
            scope.under(Meeting.branch_id),
        )
        .order_by(Meeting.starts_at, Meeting.id)
    )
    return [
        Held(
            MeetingId(row.id),
            row.event_id,
            UnitId(row.unit_id),
            UnitId(row.branch_id),
            row.kind,
            row.title,
            row.starts_at,
            row.ends_at,
            row.place,
            bool(row.counts),
        )
        for row in rows
        if _is_of_year(row.kind, row.starts_at, row.for_period, scope)
        and scope.reaches(UnitId(row.branch_id), day_of(row.starts_at))
    ]


def _is_of_year(kind: MeetingKind, starts_at: datetime, period: str, scope: Scope) -> bool:
    """Tell whether a meeting belongs to the year: what is owed by year by that, else by its day."""
    return period == str(scope.year) if kind in YEARLY else scope.is_within(starts_at)


def _gathering(event: int, own: list[Held], scope: Scope) -> Row:
    return _row(f"event:{event}", own, scope)


def _row(ref: str, own: list[Held], scope: Scope) -> Row:
    return Row(ref, _cells(own, scope), 1, own[0].day)


def _cells(own: list[Held], scope: Scope) -> tuple[str, ...]:
    first = own[0]
    ends = max(day_of(one.ends_at - timedelta(microseconds=1)) for one in own)
    days = f"{first.day:%Y-%m-%d}"
    if ends != first.day:
        days += f"至{day_words(ends)}"
    units = "、".join(dict.fromkeys(scope.named(one.unit_id) for one in own))
    return (days, first.title, units, first.place)
