"""What a street or community has not held for long: told when the last one is so many days ago.

It arms itself with the first meeting entered: where nobody enters such meetings nothing is said.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from bot.domain.cadence import KIND_NAMES, MeetingKind
from bot.domain.ids import MeetingId, MemberId
from bot.domain.ladders import Ladder, Step
from bot.domain.privacy import event, say
from bot.domain.wording import day_words
from bot.services import ladders, meetings, survey, upper_units
from bot.services.meetings import MeetingView
from scheduler.rule import ROUND_AT, Asked, Reason, Reminder, Rule, Setting, Slot, daily

TEXT = (
    "{name}您好：{unit}的{what}上次是{last}，到今天{days}天了，还没有安排下一次。\n"
    "定好时间回复：建会 {kind} {example} 09:00 地点"
)
FACTS = "上次是{last}，以后没有登记也没有安排"
ENDS = "登记或安排后自动停止"
SEEN = "只发给您"
_USEFUL_FOR = 14  # days, where a ladder does not say
_SOON = 7


@dataclass(frozen=True, slots=True)
class Leaf:
    """What is special about a rule.

    Attributes:
        what: What counts, as people say it.
        source: What 为什么 says it rests on.
    """

    name: str
    title: str
    kind: MeetingKind
    what: str
    source: str


def upper_rule(leaf: Leaf) -> Rule:
    """Return the rule that tells whoever keeps a unit's records that a meeting is long ago."""

    def slots(after: datetime, until: datetime) -> Iterable[Slot]:
        return daily(after, until, ROUND_AT.hour)

    def reminders(session: Session, slot: Slot, setting: Setting) -> Iterable[Reminder]:
        days = ladders.days_around(ladders.every(session, setting.ladders, leaf.name))
        for number in days:
            day = slot.day - timedelta(days=number)
            long_ago = upper_units.last_counted(session, leaf.kind, day, slot.at)
            units = {meeting.unit_id for meeting in long_ago}
            of = ladders.of_units(session, setting.ladders, leaf.name, units, slot.day)
            told = survey.keepers(session, units, slot.day) if units else {}
            names = survey.names_and_paths(session, units)
            for meeting in long_ago:
                ladder = of[meeting.unit_id]
                step = next((s for s in ladder.steps(meeting.day) if s.day == slot.day), None)
                if step is not None and meeting.unit_id in told:
                    unit = names[meeting.unit_id][0]
                    yield _reminder(
                        leaf, meeting, unit, slot, (ladder, step), *told[meeting.unit_id]
                    )

    def satisfied(session: Session, asked: Sequence[Asked], now: datetime) -> Collection[int]:
        found = meetings.list_by_ids(session, {_meeting_of(row) for row in asked})
        held = [meeting for meeting in found if meeting.state in meetings.LIVE]
        later = upper_units.list_later(session, held, now)
        open_ = {meeting.id for meeting in held if meeting.id not in later}
        return [row.id for row in asked if _meeting_of(row) not in open_]

    return Rule(leaf.name, leaf.title, "meetings.above", slots, reminders, satisfied, joins=True)


def _reminder(
    leaf: Leaf,
    meeting: MeetingView,
    unit: str,
    slot: Slot,
    rung: tuple[Ladder, Step],
    member_id: MemberId,
    name: str,
) -> Reminder:
    ladder, step = rung
    last = day_words(meeting.day)
    last = last if meeting.day.year == slot.day.year else f"{meeting.day.year}年{last}"
    text = say(
        TEXT,
        name=name,
        unit=event(unit),
        what=leaf.what,
        kind=KIND_NAMES[leaf.kind],
        last=event(last),
        days=(slot.day - meeting.day).days,
        example=day_words(slot.day + timedelta(days=_SOON)),
    )
    lasts = timedelta(days=ladder.lasts or _USEFUL_FOR)
    return Reminder(
        slot=f"{meeting.id}/{step.name}",
        subject=meeting.subject,
        text=text,
        reason=Reason(leaf.source, FACTS.format(last=last), ENDS, SEEN),
        due_at=slot.at,
        expires_at=slot.at + lasts,
        member_id=member_id,
        used={"meeting": meeting.id, "unit": meeting.unit_id, **ladder.facts(step)},
    )


def _meeting_of(row: Asked) -> MeetingId:
    return MeetingId(int(row.subject.removeprefix("meeting:")))
