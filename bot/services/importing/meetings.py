"""The ledger `meetings`: what was held and is planned; a meeting on record is never changed by it.

A meeting is known by its unit, kind and start. Rows with the same 同场 are one gathering.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from bot.clock import at, day_of, local
from bot.domain.attendance import WindowPolicy
from bot.domain.cadence import (
    CadencePolicy,
    MeetingKind,
    find_kind,
    parse_period,
)
from bot.domain.errors import DomainError
from bot.domain.ids import UnitId
from bot.domain.meeting_stages import STAGE_NAMES, STORED_AS
from bot.domain.meetings import (
    FURTHEST_AHEAD,
    FURTHEST_BACK,
    STATE_NAMES,
    MeetingState,
    check_words,
    for_period,
    title_for,
)
from bot.domain.rights import Action
from bot.domain.units import UnitKind
from bot.domain.upper_meetings import may_hold
from bot.services import meeting_topics, meetings, officers, policies, series
from bot.services.importing import bulk, places
from bot.services.importing.cells import Cells, read_clock, shown, squeeze
from bot.services.importing.ledger import Column, Ledger, Line, Outcome, Source, Staged
from bot.services.importing.named import said
from bot.services.importing.periods import PERIOD, PERIOD_WORDS
from bot.services.importing.places import UNIT, Place, Places
from bot.services.meetings import MeetingView
from bot.storage.insert import insert_many_once
from bot.storage.models import GatheringEvent, Meeting, MeetingTopic

KIND, TITLE, DAY, START, END = "会议类型", "名称", "日期", "开始", "结束"
PLACE, FOR, STATE, TOGETHER, SERIES = "地点", "计入", "状态", "同场", "系列"
TOPIC = "党建议题"
COLUMNS = (
    places.column("开会的支部或党小组，写全称；党工委会议等写街道或社区"),
    Column(
        KIND, "支部党员大会、支委会、党小组会、党课、主题党日等", required=True, aliases=("会议",)
    ),
    Column(TITLE, "留空按类型和日期取名", aliases=("会议名称", "主题")),
    Column(DAY, "如 2026-03-12", required=True, aliases=("会议日期", "召开日期")),
    Column(START, "如 15:00；不知道就留空", aliases=("开始时间", "时间")),
    Column(END, "如 17:00；留空按平时的长短", aliases=("结束时间",)),
    Column(PLACE, "没有就留空", aliases=("会议地点",)),
    Column(FOR, "算哪一期，如 2026-03、2026Q1、2025；留空按日期"),
    Column(
        STATE,
        "已召开、已安排、已取消，或导出的说法；留空按日期。已确认的先记为已召开，由书记在聊天里确认",
    ),
    Column(TOGETHER, "几个会一起开的写同样的字，如 3月16日；分开开的留空"),
    Column(SERIES, "由小助手填：是哪个系列的一次；自己加的行留空"),
    Column(TOPIC, "党工委会议研究党建的写 有 或议题；没有就留空"),
)
_STATES = {STATE_NAMES[state]: state for state in MeetingState}
_WORDS = {STAGE_NAMES[stage]: state for stage, state in STORED_AS.items()}
_WRITING = "写入会议"
_HOLD = tuple(UnitKind)
_KEYS = (policies.CHECKIN, policies.LECTURE)


@dataclass(frozen=True, slots=True)
class _Wanted:
    """One row, read; None and "" are what it does not say."""

    cells: Cells
    unit: Place
    kind: MeetingKind
    title: str
    day: date
    start: tuple[int, int] | None
    ends_at: datetime | None
    place: str
    period: str
    state: MeetingState
    together: str
    series: str
    topic: str | None = None

    @property
    def starts_at(self) -> datetime:
        """The start; that of the day where the time is not known."""
        return at(self.day, *(self.start or (0, 0)))


def run(session: Session, staged: Staged, source: Source) -> Outcome:
    """Add the meetings of a file that are not on record.

    What is written before a mistake is found is taken back with the transaction.

    Raises:
        ImportRefused: With every mistake by row, and where a meeting on record would change.
        Forbidden
    """
    added = unchanged = confirmed = 0
    events: dict[str, int] = {}
    for lines in staged.batches(_WRITING):
        there, today = Places(session, lines, _HOLD), day_of(source.now)
        read = [_read(Cells(line, staged.problems, today), there) for line in lines]
        rows = [row for row in read if row is not None]
        for path in sorted({row.unit.path for row in rows}):
            officers.require(source.by, Action.CALL_MEETING, path)
        new = _new(session, rows, staged)
        known_series = _series(session, new)
        if not staged.problems:
            _write(session, new, events, known_series, source)
        added += len(new)
        confirmed += sum(row.state is MeetingState.CONFIRMED for row in new)
        unchanged += len(rows) - len(new)
    staged.problems.check()
    note = f"{confirmed}个会写的是已确认，先记为已召开，请书记在聊天里确认会议记录。"
    return Outcome(added, 0, unchanged, notes=(note,) if confirmed else ())


def _read(cells: Cells, there: Places) -> _Wanted | None:
    unit = there.find(cells)
    kind = find_kind(cells.required(KIND))
    if kind is None and cells.text(KIND):
        cells.wrong(KIND, f"不认识{shown(cells.text(KIND))}，请写支部党员大会、支委会、党课等。")
    day, start = cells.day(DAY, future=True), _clock(cells)
    if not cells.text(DAY):
        cells.wrong(DAY, "没有填。")
    state = _WORDS.get(cells.text(STATE)) or cells.one_of(STATE, _STATES)
    period = cells.text(FOR).upper()
    if period and not PERIOD.fullmatch(period):
        cells.wrong(FOR, PERIOD_WORDS.format(said=shown(period)))
    title, place = cells.words(TITLE, longest=80), cells.words(PLACE, longest=80)
    try:
        check_words(title, place)
    except DomainError as error:
        cells.wrong(TITLE, error.sentence)
    if unit is None or kind is None or day is None:
        return None
    if not may_hold(unit.kind, kind):
        cells.wrong(UNIT, places.whose(kind))
    return _Wanted(
        cells=cells,
        unit=unit,
        kind=kind,
        title=title or title_for(kind, day),
        day=day,
        start=start,
        ends_at=_end(cells, day, start),
        place=place,
        period=str(parse_period(period)) if period and PERIOD.fullmatch(period) else "",
        state=_state(cells, state, day),
        together=cells.text(TOGETHER),
        series=cells.text(SERIES),
        topic=_topic(cells, kind),
    )


def _topic(cells: Cells, kind: MeetingKind) -> str | None:
    """Return the item on Party building, "" where only that there was one; None where there was none."""
    words = cells.words(TOPIC, longest=160)
    if words in ("", "无", "没有", "否"):
        return None
    if kind not in meeting_topics.ASKED_OF:
        cells.wrong(TOPIC, "只有党工委会议要写，这一行请留空。")
    return "" if words in ("有", "是") else words


def _clock(cells: Cells) -> tuple[int, int] | None:
    text = cells.text(START)
    found = read_clock(text) if text else None
    if text and found is None:
        cells.wrong(START, f"应是时间，如 15:00，现在是{shown(text)}。")
    return found


def _end(cells: Cells, day: date, start: tuple[int, int] | None) -> datetime | None:
    """Return the end: a time of the same day, or a day and a time."""
    text = cells.words(END)
    if not text:
        return None
    on, _, clock = text.rpartition(" ")
    found = read_clock(clock)
    try:
        last = date.fromisoformat(on) if on else day
    except ValueError:
        found, last = None, day
    if found is None or start is None:
        cells.wrong(END, f"应是时间，如 17:00，并且要写开始时间；现在是{shown(text)}。")
        return None
    ends_at = at(last, *found)
    if ends_at <= at(day, *start):
        cells.wrong(END, "要比开始晚。")
    return ends_at


def _state(cells: Cells, state: MeetingState | None, day: date) -> MeetingState:
    """Return where it stands; without a word, what is over was held."""
    if not cells.today - FURTHEST_BACK <= day <= cells.today + FURTHEST_AHEAD:
        cells.wrong(DAY, f"{day}太远了，请核对年份。")
    if state is None:
        return MeetingState.HELD if day < cells.today else MeetingState.SCHEDULED
    ahead = (MeetingState.SCHEDULED, MeetingState.CANCELLED)
    if day > cells.today and state not in ahead:
        cells.wrong(STATE, f"{day}还没有到，只能是已安排或已取消。")
    return state


def _new(session: Session, rows: Sequence[_Wanted], staged: Staged) -> list[_Wanted]:
    """Return the rows that no meeting on record is; what differs from one is noted."""
    known = _known(session, rows)
    new: list[_Wanted] = []
    for row in rows:
        own = str(row.cells.number)
        key = f"{row.unit.id}/{row.kind.value}/{row.starts_at}"
        if row.state is MeetingState.CANCELLED:
            _, times = staged.use(f"{key}/cancelled", own)
            here = known.get((row.unit.id, row.kind, row.day), ())
            if times > len(_at_start(here, row, cancelled=True)):
                new.append(row)
            continue
        first, times = staged.use(key, own)
        if times > 1:
            row.cells.wrong(DAY, f"与第{first}行是同一个会，请留一行。")
            continue
        here = known.get((row.unit.id, row.kind, row.day), ())
        here = [m for m in here if m.state is not MeetingState.CANCELLED]
        same = _at_start(here, row)
        if not same and row.start is None and len(here) == 1:
            same = list(here)
        if not same:
            new.append(row)
        elif differs := _difference(row, same[0]):
            row.cells.wrong(*differs)
    return new


def _at_start(
    here: Iterable[MeetingView], row: _Wanted, *, cancelled: bool = False
) -> list[MeetingView]:
    """Return the meetings on record that begin when a row's does, those called off or the others."""
    return [
        meeting
        for meeting in here
        if meeting.starts_at == row.starts_at
        and (meeting.state is MeetingState.CANCELLED) is cancelled
    ]


def _difference(row: _Wanted, meeting: MeetingView) -> tuple[str, str] | None:
    """Return the column in which a row says something else than is on record, and the fix."""
    pairs: Iterable[tuple[str, Any, Any]] = (
        (TITLE, row.title, meeting.title),
        (PLACE, row.place or meeting.place, meeting.place),
        (FOR, row.period or meeting.for_period, meeting.for_period),
        (END, row.ends_at or meeting.ends_at, meeting.ends_at),
    )
    for column, wanted, standing in pairs:
        if wanted != standing:
            words = f"{local(standing):%H:%M}" if isinstance(standing, datetime) else standing
            return column, f"这个会登记的是“{words}”。导入不改已有的会，请在聊天里改期或更正。"
    return None


def _known(
    session: Session, rows: Sequence[_Wanted]
) -> dict[tuple[UnitId, MeetingKind, date], list[MeetingView]]:
    found: dict[tuple[UnitId, MeetingKind, date], list[MeetingView]] = defaultdict(list)
    if not rows:
        return found
    days = [row.day for row in rows]
    units = sorted({row.unit.id for row in rows})
    until = at(max(days) + timedelta(days=1))
    held = meetings.list_of_units(session, units, at(min(days)), until, tuple(MeetingState))
    for meeting in held:
        found[meeting.unit_id, meeting.kind, meeting.day].append(meeting)
    return found


def _series(session: Session, new: Sequence[_Wanted]) -> dict[tuple[UnitId, MeetingKind, str], int]:
    """Return the series that new rows are times of; one that is missing is noted."""
    of_series = [row for row in new if row.series]
    units = {row.unit.id for row in of_series}
    found = {
        (unit, kind, squeeze(label)): series_id
        for series_id, (unit, kind, label) in series.list_labelled(session, units).items()
    }
    for row in of_series:
        if (row.unit.id, row.kind, row.series) not in found:
            words = f"{row.unit.name}没有这个系列，请先导入系列会议，或者留空。"
            row.cells.wrong(SERIES, words)
    return found


def _write(
    session: Session,
    new: Sequence[_Wanted],
    events: dict[str, int],
    known_series: Mapping[tuple[UnitId, MeetingKind, str], int],
    source: Source,
) -> None:
    paths = {row.unit.branch_id: row.unit.path for row in new}
    settings = policies.load(session, paths, day_of(source.now), _KEYS)
    of = {branch: settings.get(branch, {}) for branch in paths}
    _open_events(session, new, events, known_series, source)
    rows = [
        _row(
            row,
            events[_event_key(row)],
            policies.window_policy(of[row.unit.branch_id]),
            policies.cadence_policy(of[row.unit.branch_id]),
            source.now,
        )
        for row in new
    ]
    # Insert first: a meeting that somebody has called at this very moment stands.
    insert_many_once(session, Meeting, rows)
    _state_topics(session, [row for row in new if row.topic is not None], source)
    bulk.add_audit(
        session,
        [
            bulk.audit_line(
                source.by,
                source.now,
                "meeting.import",
                f"unit:{row.unit.id}",
                None,
                {"kind": row.kind.value, "day": str(row.day)},
            )
            for row in new
        ],
    )
    for key in [key for key in events if key.startswith("row:")]:
        del events[key]


def _state_topics(session: Session, new: Sequence[_Wanted], source: Source) -> None:
    """State of new meetings that they had Party building on the agenda."""
    if not new:
        return
    known = _known(session, new)
    made = [
        {
            "meeting_id": meeting.id,
            "seq": 1,
            "party_building": True,
            "words": row.topic,
            "by_id": source.by.member_id,
            "at": source.now,
        }
        for row in new
        for meeting in known[row.unit.id, row.kind, row.day]
        if meeting.starts_at == row.starts_at
    ]
    insert_many_once(session, MeetingTopic, made)


def _open_events(
    session: Session,
    new: Sequence[_Wanted],
    events: dict[str, int],
    known_series: Mapping[tuple[UnitId, MeetingKind, str], int],
    source: Source,
) -> None:
    """Open the gatherings that are not open yet."""
    wanted: dict[str, _Wanted] = {}
    for row in new:
        if _event_key(row) not in events:
            wanted.setdefault(_event_key(row), row)
    ids = bulk.add_numbered(
        session,
        GatheringEvent,
        GatheringEvent.id,
        [
            {
                "unit_id": row.unit.id,
                "title": row.title,
                "created_by": source.by.member_id,
                "created_at": source.now,
                "series_id": known_series.get((row.unit.id, row.kind, row.series)),
            }
            for row in wanted.values()
        ],
    )
    events.update(zip(wanted, ids, strict=True))


def _event_key(row: _Wanted) -> str:
    return f"同场:{row.together}" if row.together else f"row:{row.cells.number}"


def _row(
    row: _Wanted, event_id: int, window: WindowPolicy, cadence: CadencePolicy, now: datetime
) -> dict[str, Any]:
    held = row.state is MeetingState.CONFIRMED
    return {
        "event_id": event_id,
        "unit_id": row.unit.id,
        "branch_id": row.unit.branch_id,
        "kind": row.kind,
        "title": row.title,
        "starts_at": row.starts_at,
        "ends_at": row.ends_at or row.starts_at + window.duration,
        "place": row.place,
        "for_period": row.period or str(for_period(row.kind, row.starts_at, cadence)),
        "state": MeetingState.HELD if held else row.state,
        "seats": None,
        "taken": 0,
        "revision": 1,
        "window": window.stored,
        "timed": row.start is not None,
        "created_at": now,
    }


def _of_day(line: Line) -> str:
    return f"{said(line, UNIT)}/{said(line, DAY)}"


LEDGER = Ledger("meetings", "会议", COLUMNS, run, group=_of_day)
