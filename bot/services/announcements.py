"""Who knows of a meeting from us, and telling them once when it is moved or cancelled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.clock import day_of
from bot.domain.burden import Hours, Urgency
from bot.domain.ids import MeetingId, MemberId
from bot.domain.privacy import Text, event, say
from bot.domain.rights import Actor
from bot.domain.sending import SendState
from bot.domain.wording import clock_words, day_words
from bot.services import attendance, meetings, people, roll, study
from bot.services.meetings import MeetingView
from bot.services.outbox import Letter, Routes, enqueue
from bot.services.people import Person
from bot.services.reminders import CHANGED, UPCOMING
from bot.storage.models import Outbox

MOVED = "{name}您好：{title}改到{when}，原定{old}的不开了。{ask}"
ELSEWHERE = "{name}您好：{title}换了地方：{when}。{ask}"
WITHOUT = "{name}您好：{old}的{title}不开了，同一场的{rest}照常：{when}。{ask}"
CANCELLED = "{name}您好：原定{old}的{title}取消了，您不用来了。"
ASK = "来回复 1，来不了回复 2 加原因。"
ASK_JOINED = "您报的名还在，不去了回复 取消报名。"
ASK_WAITING = "您还在候补，轮到了马上告诉您；不等了回复 取消报名。"
GROUP_MOVED = "【改期】{title}改到{when}，原定{old}的不开了。来不了请私聊我：请假 原因"
GROUP_ELSEWHERE = "【换地方】{title}：{when}。来不了请私聊我：请假 原因"
GROUP_WITHOUT = "【取消】{old}的{title}不开了，同一场的{rest}照常：{when}。"
GROUP_CANCELLED = "【取消】原定{old}的{title}取消了，大家不用来了。"
SOURCE_MOVED = "支部把{title}从{old}改到了{when}"
SOURCE_CANCELLED = "支部取消了{old}的{title}"
FACTS = "您知道的还是原来的安排"
ENDS = "只说这一次"
SEEN = "只发给您"
SEEN_GROUP = "群里的人都能看到"

SET_OUT = timedelta(hours=1)
_WENT_OUT = (SendState.SENDING, SendState.ACCEPTED, SendState.UNCERTAIN)


@dataclass(frozen=True, slots=True)
class Changed:
    """A meeting that was moved or cancelled, and who is told.

    Attributes:
        told: How many people.
        unreachable: Who knew of it and has no account any more: to be phoned.
        in_group: The group is told too.
        tells_at: When; later than now in quiet hours.
    """

    meeting: MeetingView
    told: int
    unreachable: tuple[str, ...]
    in_group: bool
    tells_at: datetime


@dataclass(frozen=True, slots=True)
class _Knowing:
    """Who knows of a meeting: was told of it or has answered; of a class, who is signed up.

    Attributes:
        waiting: Of them, who is on the waiting list of a class.
    """

    members: tuple[Person, ...]
    group: bool
    waiting: frozenset[MemberId] = frozenset()


def move(
    session: Session,
    *,
    meeting_id: MeetingId,
    starts_at: datetime,
    place: str | None,
    by: Actor,
    now: datetime,
    routes: Routes,
    hours: Hours,
) -> Changed:
    """Move a meeting and tell everybody who knows of it, and its group if that was told.

    What is held in one gathering with it moves along; each person hears of it once.

    Raises:
        Forbidden, InThePast, TooFarAhead, WrongState, NothingMoved, AlreadyCalled
    """
    old = meetings.get_meeting(session, meeting_id)
    together = _still_called(session, old)
    knowing = _who_knows(session, together, by, now)
    moved = [
        meetings.move(session, meeting_id=one.id, starts_at=starts_at, place=place, by=by, now=now)
        for one in together
    ]
    return _tell(session, _as_one(together), _as_one(moved), knowing, now, routes, hours)


def cancel(
    session: Session,
    *,
    meeting_id: MeetingId,
    by: Actor,
    now: datetime,
    routes: Routes,
    hours: Hours,
    whole: bool = False,
) -> Changed:
    """Cancel a meeting and tell everybody who knows of it, and its group if that was told.

    What is held in one gathering with it is held all the same, and they are told so.

    Args:
        whole: All that the gathering holds is cancelled with it.

    Raises:
        Forbidden, WrongState
    """
    old = meetings.get_meeting(session, meeting_id)
    together = _still_called(session, old)
    knowing = _who_knows(session, together, by, now)
    meant = together if whole else [old]
    cancelled = [meetings.cancel(session, meeting_id=one.id, by=by, now=now) for one in meant]
    if old.ends_at <= now:
        knowing = _Knowing((), group=False)
    ids = {one.id for one in meant}
    rest = [one for one in together if one.id not in ids]
    stays = _as_one(rest) if rest else None
    old, gone = _as_one(meant), _as_one(cancelled)
    return _tell(session, old, gone, knowing, now, routes, hours, cancelled=True, stays=stays)


def _still_called(session: Session, meeting: MeetingView) -> list[MeetingView]:
    """Return what is held in one gathering with a meeting and can still change with it."""
    together = meetings.list_together(session, meeting)
    return [one for one in together if one.id == meeting.id or one.state is meeting.state]


def _as_one(together: Sequence[MeetingView]) -> MeetingView:
    """Return one gathering as one meeting: the first, named after all of them."""
    return replace(together[0], title=meetings.joined_title(together))


def _who_knows(
    session: Session, together: Sequence[MeetingView], by: Actor, now: datetime
) -> _Knowing:
    """Return whom a change concerns, but for the actor, who makes it."""
    meeting = together[0]
    rows = session.execute(
        select(Outbox.member_id, Outbox.unit_id).where(
            Outbox.subject.in_([one.subject for one in together]),
            Outbox.rule.in_((UPCOMING, CHANGED)),
            Outbox.state.in_(_WENT_OUT),
        )
    ).all()
    waiting: list[MemberId] = []
    if meeting.seats is not None:
        waiting = study.waiting_by_class(session, [meeting.id]).get(meeting.id, [])
        members = {*study.joined_members(session, meeting.id), *waiting}
    else:
        members = {MemberId(row.member_id) for row in rows if row.member_id is not None}
        members |= {member for _, member in attendance.current_marks(session, together)}
    on = day_of(now)
    found = people.list_by_ids(session, members - {by.member_id}, on)
    persons = roll.without_suspended(session, found, on)
    told = any(row.unit_id is not None for row in rows)
    return _Knowing(tuple(persons), told, frozenset(waiting))


def _tell(
    session: Session,
    old: MeetingView,
    new: MeetingView,
    knowing: _Knowing,
    now: datetime,
    routes: Routes,
    hours: Hours,
    *,
    cancelled: bool = False,
    stays: MeetingView | None = None,
) -> Changed:
    at = _tells_at(old, new, now, hours)
    news = _News(old, new, cancelled, stays)
    letters = [
        news.to_member(person, at, waits=person.id in knowing.waiting) for person in knowing.members
    ]
    if knowing.group:
        letters.append(news.to_group(at))
    queued = enqueue(session, routes, letters, now)
    left = set(queued.unreachable)
    names = tuple(person.name for person in knowing.members if person.id in left)
    in_group = knowing.group and not queued.groupless
    return Changed(new, len(knowing.members) - len(names), names, in_group, at)


def _tells_at(old: MeetingView, new: MeetingView, now: datetime, hours: Hours) -> datetime:
    """Return when people are told: out of quiet hours, unless they would set out by then."""
    at = hours.allow(now, f"{CHANGED}:{new.subject}:r{new.revision}", Urgency.EVENT_DAY)
    first = min(old.starts_at, new.starts_at)
    return at if at <= first - SET_OUT else now


@dataclass(frozen=True, slots=True)
class _News:
    """What has changed about a meeting, in words.

    Attributes:
        stays: What is held all the same of a gathering of which one meeting was cancelled.
    """

    old: MeetingView
    new: MeetingView
    cancelled: bool
    stays: MeetingView | None = None

    def to_member(self, person: Person, at: datetime, *, waits: bool = False) -> Letter:
        """Return what one who knew of it is told."""
        template = CANCELLED if self.cancelled else ELSEWHERE if self._same_time else MOVED
        template = WITHOUT if self.stays else template
        ask = ASK if self.new.seats is None else ASK_WAITING if waits else ASK_JOINED
        text = say(template, name=person.name, ask=ask, **self._words())
        return self._letter(f"m{person.id}", text, at, SEEN, member_id=person.id)

    def to_group(self, at: datetime) -> Letter:
        """Return what the group is told."""
        template = (
            GROUP_CANCELLED
            if self.cancelled
            else GROUP_ELSEWHERE
            if self._same_time
            else GROUP_MOVED
        )
        template = GROUP_WITHOUT if self.stays else template
        unit_id = self.new.unit_id
        text = say(template, **self._words())
        return self._letter(f"g{unit_id}", text, at, SEEN_GROUP, unit_id=unit_id)

    @property
    def _same_time(self) -> bool:
        return self.old.starts_at == self.new.starts_at

    def _words(self) -> Mapping[str, Any]:
        old = f"{day_words(day_of(self.old.starts_at))}{clock_words(self.old.starts_at)}"
        return {
            "title": event(self.new.short_title),
            "when": event(self.new.when),
            "old": event(old),
            "rest": event(self.stays.short_title if self.stays else ""),
        }

    def _letter(self, to: str, text: Text, at: datetime, seen: str, **whom: Any) -> Letter:
        slot = f"r{self.new.revision}"
        about = self.stays or self.new  # what an answer to it is about
        source = SOURCE_CANCELLED if self.cancelled else SOURCE_MOVED
        return Letter(
            key=f"{CHANGED}:{slot}:{self.new.subject}:{to}",
            text=text,
            due_at=at,
            rule=CHANGED,
            slot=slot,
            subject=about.subject,
            reason={
                "rule": CHANGED,
                "source": source.format(**self._words()),
                "facts": {"words": FACTS, "meeting": self.new.id, "revision": self.new.revision},
                "ends_when": ENDS,
                "seen_by": seen,
            },
            expires_at=self.old.ends_at if self.cancelled else self.new.starts_at,
            **whom,
        )
