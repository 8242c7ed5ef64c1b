"""The record of a meeting: drafted line by line, confirmed by the secretary, then only corrected."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from bot.clock import day_of
from bot.domain import rights
from bot.domain.corrections import check_reason
from bot.domain.decisions import DECIDING, Stage
from bot.domain.errors import DomainError, NotFound
from bot.domain.ids import MeetingId, UnitId
from bot.domain.minutes import (
    MAX_LINES,
    PART_NAMES,
    SINGLE,
    Act,
    Entry,
    Line,
    Minutes,
    MinutesLocked,
    MinutesState,
    Part,
    UnfitLine,
    check_line,
    missing_parts,
)
from bot.domain.open_items import ItemKind
from bot.domain.rights import Action, Actor
from bot.domain.upper_meetings import CIRCLES
from bot.services import (
    audit,
    decisions,
    lecturers,
    meetings,
    minutes_entries,
    minutes_sheet,
    open_items,
    people,
    undo,
)
from bot.services.attendance_marks import ChangedSince
from bot.services.decisions import Voted
from bot.services.meetings import MeetingView
from bot.services.minutes_sheet import Sheet
from bot.services.open_items import Item, Wanted
from bot.services.people import Person

STEM = "minutes"
BACK, AHEAD = timedelta(days=400), timedelta(days=60)


class NotYours(DomainError):
    """A confirmed record is changed by whoever confirms it."""


@dataclass(frozen=True, slots=True)
class Record:
    """The record of a meeting with everything that belongs on its page.

    Attributes:
        sheet: Who was there; frozen once the record is confirmed.
        missing: What it still lacks, in words.
        lock_days: After its confirmation.
        lectures: Of a lecture: how many its lecturer has given this year, this one included.
        carried: What was still open from before when it was held.
    """

    meeting: MeetingView
    minutes: Minutes
    state: MinutesState
    decisions: tuple[Voted, ...]
    sheet: Sheet
    missing: tuple[str, ...]
    lock_days: int
    lectures: int = 0
    carried: tuple[Item, ...] = ()


def find_meeting(
    session: Session,
    *,
    title: str | None,
    days: Collection[date],
    by: Actor,
    now: datetime,
    action: Action = Action.WRITE_MINUTES,
    coming: bool = False,
    running: bool = False,
    voting: bool = False,
) -> MeetingView:
    """Return the meeting that is meant: the latest that has begun, else the next one.

    Args:
        title: As named; None for the one the actor wrote about last, or the latest.
        coming: The next one that has not begun, else the latest.
        running: One that is being held goes before those to come.
        voting: It votes: of one gathering the general meeting, not the lecture beside it.
        days: Shanghai days it may be held on; empty where none was said.

    Raises:
        Forbidden
        NotFound: With what there is.
    """
    unit_id = people.scope_of(by, action)
    if title is None and not days and not coming:
        last = minutes_entries.latest_written(session, by, now - minutes_entries.RECENTLY)
        if last is not None:
            written = meetings.get_meeting(session, last)
            return _that_votes(session, written) if voting else written
    every = _near(session, unit_id, now)
    above = meetings.find_above(session, by, action)
    found = _called_so(every, title, days)
    if not found and above not in (None, unit_id):
        found = _called_so(_near(session, above, now), title, days)
    exact = [meeting for meeting in found if meeting.title == title] or found
    meant = _latest_or_next(exact, now, coming=coming, running=running)
    if meant is None:
        raise NotFound(_nothing_found(every, coming=coming))
    return _that_votes(session, meant) if voting and title is None else meant


def _called_so(
    every: Sequence[MeetingView], title: str | None, days: Collection[date]
) -> list[MeetingView]:
    return [
        meeting
        for meeting in every
        if (title is None or meeting.is_called(title)) and (not days or meeting.day in days)
    ]


def _latest_or_next(
    exact: Sequence[MeetingView], now: datetime, *, coming: bool, running: bool
) -> MeetingView | None:
    begun = [meeting for meeting in exact if meeting.starts_at <= now]
    ahead = [meeting for meeting in exact if meeting.starts_at > now]
    if running and begun and now < begun[-1].ends_at:
        return begun[-1]
    if not exact:
        return None
    return ahead[0] if ahead and (coming or not begun) else begun[-1]


def _that_votes(session: Session, meant: MeetingView) -> MeetingView:
    """Return the meeting of a gathering that decides something, where the one meant does not."""
    if meant.kind in DECIDING:
        return meant
    beside = meetings.list_together(session, meant)
    return next((meeting for meeting in beside if meeting.kind in DECIDING), meant)


def _nothing_found(every: Sequence[MeetingView], *, coming: bool) -> str:
    listed = f"没有找到这个会。最近的有：\n{meetings.describe(every[-5:])}\n" if every else ""
    if coming:
        return f"{listed or '近期没有安排会。'}要开会请先建，例如：建会 支部党员大会 3月12日 10:00 社区二楼"
    return f"{listed or '近期没有会。'}没有建过的，请先登记，例如：补录 3月10日 支委会 二楼 到会5人"


def write(
    session: Session,
    *,
    meeting_id: MeetingId,
    lines: Sequence[Line],
    by: Actor,
    now: datetime,
) -> Record:
    """Append lines to the draft of a meeting's record.

    Raises:
        Forbidden, UnfitLine, TooPrivate, SensitiveNumber
        MinutesLocked: It is locked; says how to append a correction.
        NotYours: It is confirmed, and the actor is not who confirms it.
    """
    meeting = _get_for(session, meeting_id, Action.WRITE_MINUTES, by)
    found = minutes_entries.load(session, meeting.id)
    state = minutes_entries.state_of(session, meeting, found, now)
    if state is MinutesState.LOCKED:
        raise MinutesLocked(minutes_entries.LOCKED.format(title=meeting.title))
    if state is MinutesState.CONFIRMED and not minutes_entries.may_confirm(
        session, meeting, by, now
    ):
        raise NotYours(
            f"{meeting.title}的纪要书记已经确认，请书记来改，或写上原因："
            f"更正纪要 {meeting.title} 主持 李建国 原因 记错了"
        )
    if sum(map(len, found.parts.values())) + len(lines) > MAX_LINES:
        raise UnfitLine(f"一份纪要最多{MAX_LINES}行，请合并几行再写。")
    checked = _with_members(session, meeting, lines)
    seqs = minutes_entries.write(session, meeting.id, checked, by=by, now=now)
    _open(session, meeting, list(zip(seqs, checked, strict=True)), by=by, now=now)
    assert by.member_id is not None
    undo.remember(
        session,
        member_id=by.member_id,
        stem=STEM,
        inverse={"meeting": meeting.id, "seqs": seqs},
        title=f"{meeting.title}纪要里刚写的",
        at=now,
    )
    return look(session, meeting, now)


def correct(
    session: Session,
    *,
    meeting_id: MeetingId,
    line: Line,
    number: int | None,
    reason: str,
    by: Actor,
    now: datetime,
) -> Entry:
    """Append a correction to a record: what it said, what it is to say, who, when and why.

    Args:
        number: Which line of a part with several, from 1; left out, a line is added.

    Raises:
        Forbidden, ReasonMissing, UnfitLine, TooPrivate, SensitiveNumber
        NotFound: There is no such line.

    Source:
        minutes.lock
    """
    meeting = _get_for(session, meeting_id, Action.WRITE_MINUTES, by)
    reason = check_reason(reason)
    found = minutes_entries.load(session, meeting.id)
    (checked,) = _with_members(session, meeting, [line])
    old = _corrected(found, checked.part, number)
    row = {
        "act": Act.CORRECT,
        "part": checked.part,
        "text": checked.text,
        "member_id": checked.member_id,
        "due_on": checked.due_on,
        "refers_to": None if old is None else old.seq,
        "old": "" if old is None else old.text,
        "reason": reason,
    }
    (seq,) = minutes_entries.append(session, meeting.id, [row], by=by, now=now)
    if old is not None:
        open_items.withdraw(session, [_item_key(meeting.id, old.seq)], by=by, now=now)
    _open(session, meeting, [(seq, checked)], by=by, now=now)
    audit.record(
        session,
        by=by,
        at=now,
        action="minutes.correct",
        subject=meeting.subject,
        before={"text": row["old"]},
        after={"part": checked.part.value, "text": checked.text},
        reason=reason,
    )
    return Entry(
        seq, Act.CORRECT, now, checked.part, checked.text, old=str(row["old"]), reason=reason
    )


def look(session: Session, meeting: MeetingView, now: datetime) -> Record:
    """Return a meeting's record with attendance, decisions and what is missing."""
    found = minutes_entries.load(session, meeting.id)
    state = minutes_entries.state_of(session, meeting, found, now)
    frozen = found.confirmed.seq if found.confirmed and not found.is_open else None
    sheet = minutes_sheet.sheet_of(session, meeting, frozen, now)
    decided = decisions.list_of(session, meeting, frozen=frozen is not None)
    undecided = [one.title for one in decided if one.stage is Stage.ANNOUNCED]
    missing = missing_parts(
        found,
        meeting.kind,
        attendance_known=sheet.is_known,
        undecided=undecided,
        shaken=[one.title for one in decided if one.is_shaken],
    )
    if sheet.waiting:
        missing = (*missing, f"{sheet.waiting}人的补签还没同意")
    return Record(
        meeting,
        found,
        state,
        tuple(decided),
        sheet,
        missing,
        minutes_entries.lock_days(session, meeting, day_of(now)),
        _lectures(session, meeting, found),
        tuple(open_items.carried_over(session, meeting, _frozen_at(found) or now)),
    )


def _frozen_at(found: Minutes) -> datetime | None:
    return found.confirmed.at if found.confirmed and not found.is_open else None


def view(session: Session, *, meeting_id: MeetingId, by: Actor, now: datetime) -> Record:
    """Return a meeting's record to somebody entitled to read it.

    Raises:
        Forbidden
    """
    meeting = _get_for(session, meeting_id, Action.VIEW_LISTS, by)
    return look(session, meeting, now)


def undo_written(session: Session, inverse: Mapping[str, Any], by: Actor, now: datetime) -> None:
    """Take back lines just written (the inverse), by counter-entries.

    Raises:
        ChangedSince: The record was confirmed since.
    """
    meeting_id = MeetingId(inverse["meeting"])
    found = minutes_entries.load(session, meeting_id)
    if found.confirmed is not None and found.confirmed.seq > max(inverse["seqs"]):
        raise ChangedSince(
            "纪要刚刚已经确认了，没有撤销。要改请写：更正纪要 党员大会 主持 李建国 原因 记错了"
        )
    rows = [{"act": Act.TAKE_BACK, "refers_to": seq} for seq in inverse["seqs"]]
    minutes_entries.append(session, meeting_id, rows, by=by, now=now)
    keys = [_item_key(meeting_id, seq) for seq in inverse["seqs"]]
    open_items.withdraw(session, keys, by=by, now=now)


def _open(
    session: Session,
    meeting: MeetingView,
    written: Sequence[tuple[int, Line]],
    *,
    by: Actor,
    now: datetime,
) -> None:
    """Let each follow-up written become an open item of the branch."""
    wanted = [
        Wanted(
            _item_key(meeting.id, seq),
            ItemKind.ACTION,
            line.text,
            line.member_id,
            line.due_on,
            meeting.id,
        )
        for seq, line in written
        if line.part is Part.FOLLOW_UP
    ]
    open_items.record(session, meeting.branch_id, wanted, by=by, now=now)


def _item_key(meeting_id: MeetingId, seq: int) -> str:
    return f"minutes:{meeting_id}:{seq}"


def _get_for(session: Session, meeting_id: MeetingId, action: Action, by: Actor) -> MeetingView:
    meeting = meetings.get_meeting(session, meeting_id)
    rights.require(by, action, meetings.path_of(session, meeting.unit_id))
    return meeting


def _near(session: Session, unit_id: UnitId, now: datetime) -> list[MeetingView]:
    """Return the meetings of a unit and its cells around now, in order of time."""
    found = meetings.list_recent(session, unit_id, now - BACK, now + AHEAD)
    return sorted(
        (meeting for meeting in found if meeting.seats is None),
        key=lambda meeting: (meeting.starts_at, -meeting.id),
    )


def _with_members(session: Session, meeting: MeetingView, lines: Sequence[Line]) -> list[Line]:
    """Return lines as they are kept; a full name that one member alone bears is that member."""
    checked = [replace(line, text=check_line(line.text)) for line in lines]
    if not any(line.part in (*SINGLE, Part.FOLLOW_UP) for line in checked):
        return checked
    named: dict[str, list[Any]] = {}
    for person in _people_of(session, meeting):
        named.setdefault(person.name, []).append(person.id)
    found = []
    for line in checked:
        words = line.text if line.part in SINGLE else line.text.split("（")[0]
        ids = named.get(words, []) if line.part in SINGLE else _owner(line.text, named)
        if line.part is Part.LECTURER and not ids:
            path = meetings.path_of(session, meeting.branch_id)
            head = lecturers.find_head(session, words, path, meeting.day)
            ids = [] if head is None else [head]
        found.append(replace(line, member_id=ids[0]) if len(ids) == 1 else line)
    return found


def _people_of(session: Session, meeting: MeetingView) -> list[Person]:
    """Return those among whom names of a record are looked for: the branch, or the circle above."""
    found = people.list_members(session, meeting.branch_id, meeting.day)
    if found or meeting.kind not in CIRCLES:
        return found
    return meetings.expected_at(
        session, meeting.unit_id, meeting.branch_id, meeting.kind, meeting.day
    )


def _owner(text: str, named: Mapping[str, list[Any]]) -> list[Any]:
    """Return whom a follow-up names: 3月底前报名单 王敏."""
    return next((ids for name, ids in named.items() if name in text), [])


def _corrected(minutes: Minutes, part: Part, number: int | None) -> Entry | None:
    kept = minutes.of(part)
    if part in SINGLE:
        return kept[0] if kept else None
    if number is None:
        return None
    if not 1 <= number <= len(kept):
        raise NotFound(f"{PART_NAMES[part]}只有{len(kept)}条，没有第{number}条。请核对编号。")
    return kept[number - 1]


def _lectures(session: Session, meeting: MeetingView, found: Minutes) -> int:
    lecturer = next(iter(found.of(Part.LECTURER)), None)
    if lecturer is None or lecturer.member_id is None:
        return 0
    asked = [lecturer.member_id]
    return lecturers.count(session, asked, meeting.day.year)[lecturer.member_id]
