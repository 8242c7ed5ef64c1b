"""Asking those expected at a meeting whether they come: what is said, and at once where it is late.

The rule of the day before says it in these words; a meeting called after that moment is told of in
the transaction that calls it, under the same keys, so that nobody is asked twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from bot.clock import local
from bot.domain.burden import Hours, Urgency
from bot.domain.privacy import Text, event, say
from bot.domain.rights import Actor
from bot.domain.upper_meetings import is_for_all
from bot.domain.wording import weekday
from bot.services import meetings, roll_expected
from bot.services.announcements import SET_OUT, announced_late
from bot.services.meetings import MeetingView
from bot.services.outbox import Letter, Routes, enqueue
from bot.services.people import Person
from bot.services.reminders import UPCOMING

PRIVATE = "{name}您好：{day}（{weekday}）{time} {title}{place}。来回复 1，来不了回复 2 加原因。回复 为什么 可看依据。"
GROUP = "【{title}】{when}。来不了请私聊我：请假 原因"
SOURCE = "已定于{when}召开{title}"
FACTS = "您还没有答复"
FACTS_GROUP = "会前告知时间地点"
ENDS = "答复或会议取消后自动停止"
SEEN = "只发给您"
SEEN_GROUP = "群里的人都能看到"
LAST = "T-1"


@dataclass(frozen=True, slots=True)
class Invited:
    """Who is asked about a meeting that was called late.

    Attributes:
        told: How many people.
        unreachable: Who is expected and has no account: to be phoned.
        in_group: The group is told too.
        asks_at: When; later than now in quiet hours.
    """

    told: int
    unreachable: tuple[str, ...]
    in_group: bool
    asks_at: datetime


def ask_at_once(
    session: Session,
    together: Sequence[MeetingView],
    *,
    by: Actor,
    now: datetime,
    routes: Routes,
    hours: Hours,
) -> Invited | None:
    """Ask all who are expected at what was called after the moment of asking, each once.

    Whoever called it knows. In quiet hours it waits, where people still hear in time to set out.

    Args:
        together: One gathering of one unit.

    Returns:
        None where they are asked in good time anyway, or could not be in time.

    Source:
        meetings.announce
    """
    first = together[0]
    if first.seats is not None or not announced_late(first, now):
        return None
    asks_at = hours.allow(now, f"{UPCOMING}:{first.subject}", Urgency.EVENT_DAY)
    if now < asks_at and asks_at > first.starts_at - SET_OUT:
        return None
    expected = roll_expected.expected_of(session, together)
    letters: list[Letter] = []
    asked: dict[Any, tuple[Person, list[MeetingView]]] = {}
    for meeting in together:
        for person in expected[meeting.id]:
            if person.id != by.member_id:
                asked.setdefault(person.id, (person, []))[1].append(meeting)
    for person, of_his in asked.values():
        letters.append(_to_member(as_one(of_his), person, asks_at))
    open_to_all = [one for one in together if is_for_all(one.kind)]
    if open_to_all:
        letters.append(_to_group(as_one(open_to_all), asks_at))
    queued = enqueue(session, routes, letters, now)
    left = set(queued.unreachable)
    names = tuple(person.name for person, _ in asked.values() if person.id in left)
    in_group = bool(open_to_all) and not queued.groupless
    return Invited(len(asked) - len(names), names, in_group, asks_at)


def as_one(together: Sequence[MeetingView]) -> MeetingView:
    """Return one gathering as one meeting: the first, named after all of them."""
    return replace(together[0], title=meetings.joined_title(together))


def slot_of(meeting: MeetingView, step: str) -> str:
    """Return the slot of what is said of a meeting: another once it is moved."""
    return f"{local(meeting.starts_at):%Y-%m-%dT%H:%M}/{step}"


def private_text(template: str, meeting: MeetingView, name: str) -> Text:
    """Return what one person is told of a meeting."""
    start = local(meeting.starts_at)
    return say(
        template,
        name=name,
        day=event(f"{start.day}日"),
        weekday=weekday(start.date()),
        time=f"{start:%H:%M}",
        title=event(meeting.short_title),
        place=event(f"，{meeting.place}" if meeting.place else ""),
    )


def group_text(meeting: MeetingView) -> Text:
    """Return what a group is told of a meeting."""
    return say(GROUP, title=event(meeting.short_title), when=event(meeting.when))


def source_of(meeting: MeetingView) -> str:
    """Return what 为什么 says it rests on."""
    return SOURCE.format(when=meeting.when, title=meeting.title)


def _to_member(meeting: MeetingView, person: Person, at: datetime) -> Letter:
    text = private_text(PRIVATE, meeting, person.name)
    return _letter(meeting, f"m{person.id}", text, at, FACTS, SEEN, member_id=person.id)


def _to_group(meeting: MeetingView, at: datetime) -> Letter:
    to, text = f"g{meeting.unit_id}", group_text(meeting)
    return _letter(meeting, to, text, at, FACTS_GROUP, SEEN_GROUP, unit_id=meeting.unit_id)


def _letter(
    meeting: MeetingView, to: str, text: Text, at: datetime, facts: str, seen: str, **whom: Any
) -> Letter:
    slot = slot_of(meeting, LAST)
    return Letter(
        key=f"{UPCOMING}:{slot}:{meeting.subject}:{to}",
        text=text,
        due_at=at,
        rule=UPCOMING,
        slot=slot,
        subject=meeting.subject,
        reason={
            "rule": UPCOMING,
            "source": source_of(meeting),
            "facts": {"words": facts, "meeting": meeting.id, "revision": meeting.revision},
            "ends_when": ENDS,
            "seen_by": seen,
        },
        expires_at=meeting.starts_at,
        **whom,
    )
