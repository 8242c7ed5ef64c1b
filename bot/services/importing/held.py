"""Which meeting a row speaks of: whose, called how, on what day, and when of several."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.clock import at, local
from bot.domain.ids import UnitId
from bot.services import meetings
from bot.services.importing import bulk
from bot.services.importing.cells import Cells, plain, read_clock, read_day, squeeze
from bot.services.importing.ledger import Column, Line
from bot.services.importing.named import said
from bot.services.meetings import MeetingView
from bot.storage.models import Unit

UNIT, TITLE, DAY, START = "党组织", "会议", "日期", "开始"
COLUMNS = (
    Column(UNIT, "开会的支部或党小组，写全称", required=True, aliases=("支部", "党支部")),
    Column(TITLE, "会议名称；那天只有一个会可以不写", aliases=("会议名称",)),
    Column(DAY, "开会的日期，如 2026-03-12", required=True, aliases=("会议日期",)),
    Column(START, "那天有几个同名的会才写，如 15:00", aliases=("开始时间",)),
)


@dataclass(frozen=True, slots=True)
class Called:
    """Under which headers a ledger names a meeting."""

    unit: str = UNIT
    title: str = TITLE
    day: str = DAY
    start: str = START


USUAL = Called()


@dataclass(frozen=True, slots=True)
class Held:
    """The meetings of the days and units that some lines name."""

    called: Called
    units: Mapping[str, tuple[UnitId, str]]
    meetings: Mapping[tuple[UnitId, date], Sequence[MeetingView]]
    paths: Mapping[UnitId, str]

    @classmethod
    def of(cls, session: Session, lines: Sequence[Line], called: Called = USUAL) -> Held:
        """Return what some lines may speak of, in two queries."""
        units: dict[str, tuple[UnitId, str]] = {}
        for some in bulk.chunks(sorted({said(line, called.unit) for line in lines})):
            rows = session.execute(select(Unit.id, Unit.name, Unit.path).where(Unit.name.in_(some)))
            units.update({name: (UnitId(unit), path) for unit, name, path in rows})
        found: dict[tuple[UnitId, date], list[MeetingView]] = defaultdict(list)
        read = (read_day(squeeze(plain(line.cells.get(called.day)))) for line in lines)
        days = [day for day in read if day is not None]
        if units and days:
            ids = [unit for unit, _ in units.values()]
            until = at(max(days) + timedelta(days=1))
            for meeting in meetings.list_of_units(session, ids, at(min(days)), until):
                found[meeting.unit_id, meeting.day].append(meeting)
        return cls(called, units, found, dict(units.values()))

    def find(self, cells: Cells) -> MeetingView | None:
        """Return the meeting of a row, or None with the mistake noted."""
        called = self.called
        name, day = cells.required(called.unit), cells.day(called.day, future=True)
        if not cells.text(called.day):
            cells.wrong(called.day, "没有填。")
        if not name or day is None:
            return None
        if name not in self.units:
            cells.wrong(called.unit, f"没有“{name}”，请写名册里的全称。")
            return None
        there = self.meetings.get((self.units[name][0], day), ())
        fitting = self._fitting(cells, there)
        if len(fitting) == 1:
            return fitting[0]
        if fitting:
            several = "、".join(f"{m.title}（{local(m.starts_at):%H:%M}）" for m in fitting)
            cells.wrong(called.start, f"那天有几个会：{several}，请写明名称和开始的时间。")
        else:
            known = "、".join(m.title for m in there) or "那天没有会，请先补录或导入"
            cells.wrong(called.title, f"对不上。{name}{day}有：{known}。")
        return None

    def path(self, meeting: MeetingView) -> str:
        """Return the path of the unit that holds a meeting found here."""
        return self.paths[meeting.unit_id]

    def _fitting(self, cells: Cells, there: Sequence[MeetingView]) -> list[MeetingView]:
        title, start = cells.text(self.called.title, longest=80), cells.text(self.called.start)
        exact = [m for m in there if squeeze(m.title) == title]
        fitting = exact or [m for m in there if not title or m.is_called(title)]
        clock = read_clock(start) if start else None
        if start and clock is None:
            cells.wrong(self.called.start, "应是时间，如 15:00。")
        if clock is None or len(fitting) < 2:
            return fitting
        return [m for m in fitting if (local(m.starts_at).hour, local(m.starts_at).minute) == clock]


def of_day(line: Line, called: Called = USUAL) -> str:
    """Return what tells the meeting of a line: the rows of one day stay together."""
    return f"{said(line, called.unit)}/{said(line, called.day)}"
