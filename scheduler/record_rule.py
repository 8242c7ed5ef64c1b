"""What the record of a meeting still needs, asked some days after it; two leaves are made of it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeAlias

from sqlalchemy.orm import Session

from bot.domain.attendance import THERE
from bot.domain.cadence import MeetingKind
from bot.domain.ids import MeetingId, MemberId, UnitId
from bot.domain.meetings import MeetingState
from bot.domain.minutes import Minutes, MinutesState
from bot.domain.privacy import event, say
from bot.domain.wording import day_words
from bot.services import attendance, meetings, minutes_entries
from bot.services.meetings import MeetingView
from scheduler import around_meeting
from scheduler.around_meeting import Rung
from scheduler.rule import ROUND_AT, Asked, Reason, Reminder, Rule, Setting, Slot, daily

SEEN = "只发给您"
CHAIR, LECTURER = "主持", "主讲"
RECORDED = frozenset(
    {
        MeetingKind.GENERAL,
        MeetingKind.COMMITTEE,
        MeetingKind.CELL,
        MeetingKind.LECTURE,
        MeetingKind.THEME_DAY,
        MeetingKind.ORG_LIFE,
        MeetingKind.APPRAISAL,
        MeetingKind.DEMOCRATIC_LIFE,
        MeetingKind.ELECTION,
        MeetingKind.WORKING_COMMITTEE,
        MeetingKind.THEORY_GROUP,
    }
)
"""Kinds of which a record is kept; of a talk only that it was held, of study only who was there."""

Told: TypeAlias = Mapping[UnitId, tuple[MemberId, str]]


@dataclass(frozen=True, slots=True)
class Leaf:
    """What is special about a rule.

    Attributes:
        state: Where the record stands while the rule has something to say.
        text: With `{name}`, `{day}`, `{short}`, `{title}` and `{lead}`, who led it.
        facts: With `{title}`.
        told: Who is told, of the units of some meetings, on a day.
    """

    name: str
    title: str
    rests_on: str
    state: MinutesState
    text: str
    source: str
    facts: str
    ends: str
    told: Callable[[Session, Collection[UnitId], date], Told]


def record_rule(leaf: Leaf) -> Rule:
    """Return the rule that asks for the record of what was held."""

    def reminders(session: Session, slot: Slot, setting: Setting) -> Iterable[Reminder]:
        due = around_meeting.list_due(session, leaf.name, slot, setting, meetings.LIVE)
        rungs = {meeting.id: rung for meeting, rung in due}
        open_ = _open(session, leaf.state, [meeting for meeting, _ in due])
        if not open_:
            return
        told = leaf.told(session, {meeting.unit_id for meeting in open_}, slot.day)
        for meeting in open_:
            if meeting.unit_id in told:
                yield _reminder(leaf, meeting, slot, rungs[meeting.id], *told[meeting.unit_id])

    def satisfied(session: Session, asked: Sequence[Asked], _now: datetime) -> Collection[int]:
        held = meetings.list_by_ids(session, {_meeting_of(row) for row in asked})
        held = [meeting for meeting in held if meeting.state in meetings.LIVE]
        open_ = {meeting.id for meeting in _open(session, leaf.state, held)}
        return [row.id for row in asked if _meeting_of(row) not in open_]

    return Rule(leaf.name, leaf.title, leaf.rests_on, _slots, reminders, satisfied, joins=True)


def _slots(after: datetime, until: datetime) -> Iterable[Slot]:
    return daily(after, until, ROUND_AT.hour)


def _open(session: Session, state: MinutesState, held: Sequence[MeetingView]) -> list[MeetingView]:
    """Return those of some meetings that took place and whose record stands so."""
    wanted = [one for one in held if one.kind in RECORDED and one.seats is None]
    if not wanted:
        return []
    records = minutes_entries.load_many(session, [one.id for one in wanted])
    wanted = [one for one in wanted if _stands(records[one.id]) is state]
    unmarked = [one for one in wanted if one.state is MeetingState.SCHEDULED]
    marks = attendance.current_marks(session, unmarked) if unmarked else {}
    came = {meeting for (meeting, _), mark in marks.items() if mark in THERE}
    return [one for one in wanted if one.state is not MeetingState.SCHEDULED or one.id in came]


def _stands(record: Minutes) -> MinutesState | None:
    """Return where a record stands, as far as it is not confirmed."""
    if record.confirmed is not None and not record.is_open:
        return None
    return MinutesState.DRAFT if record.entries else MinutesState.EMPTY


def _reminder(
    leaf: Leaf, meeting: MeetingView, slot: Slot, rung: Rung, member_id: MemberId, name: str
) -> Reminder:
    text = say(
        leaf.text,
        name=name,
        day=event(day_words(meeting.day)),
        short=event(meeting.short_title),
        title=event(meeting.title),
        lead=LECTURER if meeting.kind is MeetingKind.LECTURE else CHAIR,
    )
    return Reminder(
        slot=f"{meeting.id}/r{meeting.revision}/{rung.step.name}",
        subject=meeting.subject,
        text=text,
        reason=Reason(leaf.source, leaf.facts.format(title=meeting.title), leaf.ends, SEEN),
        due_at=slot.at,
        expires_at=rung.useful_until,
        member_id=member_id,
        used={"meeting": meeting.id, **rung.ladder.facts(rung.step)},
    )


def _meeting_of(row: Asked) -> MeetingId:
    return MeetingId(int(row.subject.removeprefix("meeting:")))
