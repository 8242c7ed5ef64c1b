"""The ledger `series`: meetings that recur (每月第一个周五).

A row that somebody adds calls its times from now on, as 建会 does. A series that moves with its
books comes without them: its times are in the sheet of meetings, as they were moved and cancelled.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.clock import at, day_of
from bot.domain.cadence import MeetingKind, find_kind
from bot.domain.errors import DomainError
from bot.domain.ids import UnitId
from bot.domain.meetings import FURTHEST_AHEAD, check_words
from bot.domain.rights import Action
from bot.domain.series import MOST, Recurrence, days_of, parse_rule, read_recurrence
from bot.domain.units import UnitKind
from bot.domain.upper_meetings import may_hold
from bot.services import meetings, officers, policies, series
from bot.services.importing import bulk, places
from bot.services.importing.cells import Cells, read_clock, shown
from bot.services.importing.ledger import Column, Ledger, Line, Outcome, Source, Staged
from bot.services.importing.named import said
from bot.services.importing.others import AT, BY, SIGNED, Others, Signed, signed
from bot.services.importing.places import UNIT, Place, Places
from bot.services.officers import OPERATOR
from bot.storage.insert import insert_many_once
from bot.storage.models import GatheringEvent, Meeting, MeetingSeries

KIND, TITLE, RULE, START, PLACE, UNTIL, LABEL = (
    *("会议类型", "名称", "怎么重复", "时间", "地点", "到哪天", "系列"),
)
COLUMNS = (
    places.column("开会的支部或党小组，写全称"),
    Column(KIND, "支部党员大会、支委会、党小组会、主题党日等", required=True, aliases=("会议",)),
    Column(TITLE, "留空按类型和日期取名", aliases=("会议名称",)),
    Column(RULE, "每月16日、每月第一个周五、每月最后一个周五、每周三 这样写", required=True),
    Column(START, "几点开，如 15:00", required=True, aliases=("开始",)),
    Column(PLACE, "没有就留空", aliases=("会议地点",)),
    Column(UNTIL, "最后到哪一天，如 2026-12-31", required=True, aliases=("结束日期",)),
    Column(LABEL, "由小助手填；自己加的行留空"),
    *SIGNED,
)
_HOLD = tuple(UnitKind)
_KEYS = (policies.CHECKIN, policies.LECTURE)


@dataclass(frozen=True, slots=True)
class _Wanted:
    cells: Cells
    unit: Place
    kind: MeetingKind
    title: str
    recurrence: Recurrence
    start: time
    place: str
    until: date
    signed: Signed
    moved: bool

    @property
    def key(self) -> tuple[UnitId, MeetingKind, str]:
        """What makes it the same series, but for several alike."""
        words = series.label_words(self.recurrence, self.start, self.until)
        return self.unit.id, self.kind, words


@dataclass(frozen=True, slots=True)
class _Standing:
    title: str
    place: str


def run(session: Session, staged: Staged, source: Source) -> Outcome:
    """Add the series of a file that are not on record.

    Raises:
        ImportRefused: With every mistake by row, and where a series on record would change.
        Forbidden
    """
    added = unchanged = 0
    for lines in staged.batches("写入系列会议"):
        there, others = Places(session, lines, _HOLD), Others.of(session, lines, BY)
        read = [_read(line, there, others, staged, source) for line in lines]
        rows = [row for row in read if row is not None]
        for path in sorted({row.unit.path for row in rows}):
            officers.require(source.by, Action.CALL_MEETING, path)
        new = _new(rows, _known(session, {row.unit.id for row in rows}))
        days = _days(session, [row for row in new if not row.moved], source.now)
        if not staged.problems:
            _write(session, new, days, source)
        added += len(new)
        unchanged += len(rows) - len(new)
    staged.problems.check()
    return Outcome(added, 0, unchanged)


def _read(
    line: Line, there: Places, others: Others, staged: Staged, source: Source
) -> _Wanted | None:
    cells = Cells(line, staged.problems, day_of(source.now))
    unit, kind = there.find(cells), find_kind(cells.required(KIND))
    if kind is None and cells.text(KIND):
        cells.wrong(KIND, f"不认识{shown(cells.text(KIND))}，请写支部党员大会、支委会、党课等。")
    recurrence, clock = read_recurrence(cells.required(RULE)), read_clock(cells.required(START))
    if recurrence is None and cells.text(RULE):
        words = "请写 每月16日、每月第一个周五 或 每周三 这样的"
        cells.wrong(RULE, f"{words}，现在是{shown(cells.text(RULE))}。")
    if clock is None and cells.text(START):
        cells.wrong(START, f"应是时间，如 15:00，现在是{shown(cells.text(START))}。")
    cells.required(UNTIL)
    until = cells.day(UNTIL, future=True)
    title, place = cells.words(TITLE, longest=80), cells.words(PLACE, longest=80)
    try:
        check_words(title, place)
    except DomainError as error:
        cells.wrong(TITLE, error.sentence)
    if unit is None or kind is None or recurrence is None or clock is None or until is None:
        return None
    if not may_hold(unit.kind, kind):
        cells.wrong(UNIT, places.whose(kind))
    if until > cells.today + FURTHEST_AHEAD:
        cells.wrong(UNTIL, f"{until}太远了，请核对年份。")
        return None
    own = signed(cells, others, source, unit.path)
    moved = source.by is OPERATOR and bool(cells.text(AT))
    return _Wanted(cells, unit, kind, title, recurrence, time(*clock), place, until, own, moved)


def _new(
    rows: Sequence[_Wanted], known: dict[tuple[UnitId, MeetingKind, str], list[_Standing]]
) -> list[_Wanted]:
    """Return the series that are not on record; of several alike the third is the third."""
    new: list[_Wanted] = []
    times: dict[tuple[UnitId, MeetingKind, str], int] = defaultdict(int)
    for row in rows:
        alike, nth = known.get(row.key, []), times[row.key]
        times[row.key] += 1
        if nth >= len(alike):
            if nth and not row.moved:
                row.cells.wrong(RULE, "和上面一行是同一个系列，请留一行。")
            new.append(row)
        elif (row.title, row.place) != (alike[nth].title, alike[nth].place):
            column = TITLE if row.title != alike[nth].title else PLACE
            words = alike[nth].title if column == TITLE else alike[nth].place
            fix = "导入不改已有的系列，请在聊天里改期或取消。"
            row.cells.wrong(column, f"这个系列登记的是“{words}”。{fix}")
    return new


def _known(
    session: Session, units: Collection[UnitId]
) -> dict[tuple[UnitId, MeetingKind, str], list[_Standing]]:
    found: dict[tuple[UnitId, MeetingKind, str], list[_Standing]] = defaultdict(list)
    for some in bulk.chunks(sorted(units)):
        lines = session.execute(
            select(
                MeetingSeries.unit_id,
                MeetingSeries.kind,
                MeetingSeries.rule,
                MeetingSeries.start_at,
                MeetingSeries.until,
                MeetingSeries.title,
                MeetingSeries.place,
            )
            .where(MeetingSeries.unit_id.in_(some))
            .order_by(MeetingSeries.id)
        )
        for unit, kind, rule, start, until, title, place in lines:
            words = series.label_words(parse_rule(rule), start, until)
            found[UnitId(unit), kind, words].append(_Standing(title, place))
    return found


def _days(session: Session, new: Sequence[_Wanted], now: datetime) -> dict[int, list[date]]:
    """Return on what days the times of new rows are called, by line; none of those called before."""
    if not new:
        return {}
    today, last = day_of(now), max(row.until for row in new)
    units = sorted({row.unit.id for row in new})
    held = meetings.list_of_units(session, units, now, at(last + timedelta(days=1)))
    taken = {(meeting.unit_id, meeting.kind, meeting.starts_at) for meeting in held}
    found: dict[int, list[date]] = {}
    for row in new:
        start = row.start.hour, row.start.minute
        after = today if at(today, *start) <= now else today - timedelta(days=1)
        every = list(days_of(row.recurrence, after, row.until))
        free = [day for day in every if (row.unit.id, row.kind, at(day, *start)) not in taken]
        if not every:
            row.cells.wrong(UNTIL, f"到{row.until}没有{row.recurrence.words}了，请核对到哪天。")
        elif len(every) > MOST:
            words = f"一次最多建{MOST}次，这样有{len(every)}次，请把 到哪天 写近一些。"
            row.cells.wrong(UNTIL, words)
        elif not free:
            row.cells.wrong(RULE, "这些会都已经建过了，请删掉这一行。")
        found[row.cells.number] = free
    return found


def _write(
    session: Session, new: Sequence[_Wanted], days: dict[int, list[date]], source: Source
) -> None:
    ids = bulk.add_numbered(
        session,
        MeetingSeries,
        MeetingSeries.id,
        [
            {
                "unit_id": row.unit.id,
                "kind": row.kind,
                "title": row.title,
                "rule": str(row.recurrence),
                "start_at": row.start,
                "place": row.place,
                "until": row.until,
                "created_by": row.signed.by_id,
                "created_at": row.signed.at,
            }
            for row in new
        ],
    )
    paths = {row.unit.branch_id: row.unit.path for row in new}
    settings = policies.load(session, paths, day_of(source.now), _KEYS)
    for series_id, row in zip(ids, new, strict=True):
        if called := days.get(row.cells.number):
            _call(session, series_id, row, called, settings.get(row.unit.branch_id, {}), source)
    bulk.add_audit(
        session,
        [
            bulk.audit_line(
                source.by,
                source.now,
                "series.call",
                f"series:{series_id}",
                None,
                {"rule": str(row.recurrence), "times": len(days.get(row.cells.number, ()))},
            )
            for series_id, row in zip(ids, new, strict=True)
        ],
    )


def _call(
    session: Session,
    series_id: int,
    row: _Wanted,
    days: Sequence[date],
    settings: Mapping[str, Mapping[str, Any]],
    source: Source,
) -> None:
    """Call the times of one series; a file holds a few, and each of them dozens of meetings."""
    event = {
        "unit_id": row.unit.id,
        "title": row.title,
        "created_by": source.by.member_id,
        "created_at": source.now,
        "series_id": series_id,
    }
    events = bulk.add_numbered(session, GatheringEvent, GatheringEvent.id, [event for _ in days])
    made = series.meeting_rows(
        settings,
        kind=row.kind,
        title=row.title,
        unit_id=row.unit.id,
        branch_id=row.unit.branch_id,
        start=row.start,
        place=row.place,
        days=days,
        events=events,
        now=source.now,
    )
    # Insert first: a meeting that somebody has called at this very moment stands.
    insert_many_once(session, Meeting, made)


LEDGER = Ledger("series", "系列会议", COLUMNS, run, group=lambda line: said(line, UNIT))
