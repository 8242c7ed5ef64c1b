"""What of a meeting waits for the organiser's word, on the rungs around its day; two leaves are made of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from bot.domain.attendance import Mark
from bot.domain.ids import MeetingId, MemberId
from bot.domain.privacy import count, event, say
from bot.domain.wording import day_words
from bot.services import attendance, meetings, survey
from bot.services.meetings import MeetingView
from scheduler import around_meeting
from scheduler.around_meeting import Rung
from scheduler.rule import ROUND_AT, Asked, Reason, Reminder, Rule, Setting, Slot, daily

SEEN = "只发给您"


@dataclass(frozen=True, slots=True)
class Leaf:
    """What is special about a rule.

    Attributes:
        marks: Which marks wait.
        text: With `{name}`, `{day}`, `{short}` and `{n}`.
        facts: With `{title}` and `{n}`.
        counts: Which of some meetings it is about.
    """

    name: str
    title: str
    rests_on: str
    marks: frozenset[Mark]
    text: str
    source: str
    facts: str
    ends: str
    counts: Callable[[Session, Sequence[MeetingView]], Sequence[MeetingView]]


def decision_rule(leaf: Leaf) -> Rule:
    """Return the rule that tells how many wait for an answer."""

    def reminders(session: Session, slot: Slot, setting: Setting) -> Iterable[Reminder]:
        due = around_meeting.list_due(session, leaf.name, slot, setting, meetings.LIVE)
        waiting = _waiting(session, leaf, [meeting for meeting, _ in due])
        units = {meeting.unit_id for meeting, _ in due if meeting.id in waiting}
        keepers = survey.keepers(session, units, slot.day)
        for meeting, rung in due:
            if meeting.id in waiting and meeting.unit_id in keepers:
                keeper = keepers[meeting.unit_id]
                yield _reminder(leaf, meeting, slot, rung, waiting[meeting.id], *keeper)

    def satisfied(session: Session, asked: Sequence[Asked], _now: datetime) -> Collection[int]:
        held = meetings.list_by_ids(session, {_meeting_of(row) for row in asked})
        waiting = _waiting(session, leaf, [one for one in held if one.state in meetings.LIVE])
        revisions = {one.id: one.revision for one in held if one.id in waiting}
        return [
            row.id
            for row in asked
            if row.slot.split("/")[1] != f"r{revisions.get(_meeting_of(row))}"
        ]

    return Rule(leaf.name, leaf.title, leaf.rests_on, _slots, reminders, satisfied, joins=True)


def _slots(after: datetime, until: datetime) -> Iterable[Slot]:
    return daily(after, until, ROUND_AT.hour)


def _waiting(session: Session, leaf: Leaf, held: Sequence[MeetingView]) -> Counter[MeetingId]:
    """Return how many wait, by meeting."""
    if not held:
        return Counter()
    meant = {meeting.id for meeting in leaf.counts(session, held)}
    marks = attendance.current_marks(session, [m for m in held if m.id in meant]) if meant else {}
    return Counter(meeting for (meeting, _), mark in marks.items() if mark in leaf.marks)


def _reminder(
    leaf: Leaf,
    meeting: MeetingView,
    slot: Slot,
    rung: Rung,
    waiting: int,
    member_id: MemberId,
    name: str,
) -> Reminder:
    return Reminder(
        slot=f"{meeting.id}/r{meeting.revision}/{rung.step.name}",
        subject=meeting.subject,
        text=say(
            leaf.text,
            name=name,
            day=event(day_words(meeting.day)),
            short=event(meeting.short_title),
            n=count(waiting),
        ),
        reason=Reason(
            leaf.source, leaf.facts.format(title=meeting.title, n=waiting), leaf.ends, SEEN
        ),
        due_at=slot.at,
        expires_at=rung.useful_until,
        member_id=member_id,
        used={"meeting": meeting.id, "waiting": waiting, **rung.ladder.facts(rung.step)},
    )


def _meeting_of(row: Asked) -> MeetingId:
    return MeetingId(int(row.subject.removeprefix("meeting:")))
