"""Who knows of a meeting from us, and telling them once when it is moved or cancelled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum, auto
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.clock import day_of
from bot.domain import rights
from bot.domain.burden import Hours, Urgency
from bot.domain.errors import DomainError
from bot.domain.ids import MeetingId, MemberId
from bot.domain.privacy import Text, event, say
from bot.domain.rights import Action, Actor
from bot.domain.sending import SendState
from bot.domain.wording import clock_words, day_words
from bot.services import attendance, meeting_ends, meetings, people, roll, roll_expected, study
from bot.services.meetings import MeetingView
from bot.services.outbox import Letter, Routes, enqueue
from bot.services.people import Person
from bot.services.reminders import CHANGED, UPCOMING
from bot.storage.models import MeetingChange, Outbox, Unit

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
RESTORED = "{name}您好：{title}照常开，没有取消：{when}。{ask}"
GROUP_RESTORED = "【照常】{title}没有取消：{when}。来不了请私聊我：请假 原因"
SOURCE_RESTORED = "支部恢复了{old}的{title}"
SOURCE_CANCELLED = "支部取消了{old}的{title}"
FACTS = "您知道的还是原来的安排"
ENDS = "只说这一次"
SEEN = "只发给您"
SEEN_GROUP = "群里的人都能看到"

SET_OUT = timedelta(hours=1)
_WENT_OUT = (SendState.SENDING, SendState.ACCEPTED, SendState.UNCERTAIN)


class HeldJointly(DomainError):
    """Other branches hold it too: they would sit there at the old time."""

    may_be_overheard = True

    def __init__(self, meeting: MeetingView, others: Sequence[str]) -> None:
        super().__init__(
            f"{meeting.title}是和{'、'.join(others)}一起开的，要改就一起改，请街道党务专干来改期。"
            f"只是本支部不参加了，请回复 取消会议 {meeting.title}"
        )


class Step(Enum):
    """What has become of a meeting."""

    MOVED = auto()
    CANCELLED = auto()
    RESTORED = auto()


@dataclass(frozen=True, slots=True)
class Changed:
    """A meeting that was moved, cancelled or brought back, and who is told.

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

    Where the moment of asking people has gone by for the new time, all who are expected are told.
    What is held in one gathering with it moves along, that of other branches too; each person
    hears of it once.

    Raises:
        Forbidden, InThePast, TooFarAhead, WrongState, NothingMoved, AlreadyCalled
        HeldJointly: The actor does not answer for all the branches that hold it together.
    """
    old = meetings.get_meeting(session, meeting_id)
    joint = [one for one in meetings.list_joint(session, old) if one.state is old.state]
    _check_joint(session, old, joint, by)
    changed = [
        _move_own(session, one, starts_at, place, by, now, routes, hours) for one in (old, *joint)
    ]
    return _joined(changed)


def _check_joint(
    session: Session, meeting: MeetingView, joint: Sequence[MeetingView], by: Actor
) -> None:
    """Refuse to take one branch out of a joint gathering by moving it."""
    units = {
        unit.id: unit
        for unit in session.scalars(select(Unit).where(Unit.id.in_([one.unit_id for one in joint])))
    }
    if not all(rights.may(by, Action.CALL_MEETING, unit.path) for unit in units.values()):
        raise HeldJointly(meeting, [units[one.unit_id].name for one in joint])


def _joined(changed: Sequence[Changed]) -> Changed:
    """Return what became of one gathering of several branches as one change."""
    return replace(
        changed[0],
        told=sum(one.told for one in changed),
        unreachable=tuple(name for one in changed for name in one.unreachable),
        in_group=any(one.in_group for one in changed),
        tells_at=max(one.tells_at for one in changed),
    )


def _move_own(
    session: Session,
    old: MeetingView,
    starts_at: datetime,
    place: str | None,
    by: Actor,
    now: datetime,
    routes: Routes,
    hours: Hours,
) -> Changed:
    """Move what one branch holds, and tell its people."""
    together = _still_called(session, old)
    knowing = _who_knows(session, together, by, now)
    moved = [
        meetings.move(session, meeting_id=one.id, starts_at=starts_at, place=place, by=by, now=now)
        for one in together
    ]
    knowing = _with_expected(session, knowing, moved, by, now)
    old_one, new_one = _as_one(together), _as_one(moved)
    return _tell(session, old_one, new_one, knowing, now, routes, hours, Step.MOVED)


def cancel(
    session: Session,
    *,
    meeting_id: MeetingId,
    by: Actor,
    now: datetime,
    routes: Routes,
    hours: Hours,
    whole: bool = False,
    reason: str = "",
    batch: str = "",
) -> Changed:
    """Cancel a meeting and tell everybody who knows of it, and its group if that was told.

    What is held in one gathering with it is held all the same, and they are told so.

    Args:
        whole: All that the gathering holds is cancelled with it.
        batch: Joins what one order cancels: 撤销 brings all of it back.
        reason: Why; needed where it has begun and something is on record of it.

    Raises:
        Forbidden, WrongState, OnRecord
    """
    old = meetings.get_meeting(session, meeting_id)
    together = _still_called(session, old)
    if whole:
        days = meetings.list_event(session, old)
        together = [one for one in days if one.id == old.id or one.state is old.state]
    knowing = _who_knows(session, together, by, now)
    meant = together if whole else [old]
    cancelled = [
        meeting_ends.cancel(session, meeting_id=one.id, by=by, now=now, reason=reason)
        for one in meant
    ]
    meeting_ends.remember(session, {one.id: one.title for one in cancelled}, by, now, batch=batch)
    if old.ends_at <= now:
        knowing = _Knowing((), group=False)
    ids = {one.id for one in meant}
    rest = [one for one in together if one.id not in ids]
    stays = _as_one(rest) if rest else None
    old, gone = _as_one(meant), _as_one(cancelled)
    return _tell(session, old, gone, knowing, now, routes, hours, Step.CANCELLED, stays=stays)


def cancel_jointly(
    session: Session,
    *,
    meeting_id: MeetingId,
    by: Actor,
    now: datetime,
    routes: Routes,
    hours: Hours,
    reason: str = "",
) -> Changed:
    """Cancel what several branches hold together, for all of them; 撤销 brings all of it back.

    Raises:
        HeldJointly: The actor does not answer for all the branches.
        Forbidden, WrongState, OnRecord
    """
    old = meetings.get_meeting(session, meeting_id)
    joint = [one for one in meetings.list_joint(session, old) if one.state is old.state]
    _check_joint(session, old, joint, by)
    batch = f"joint:{old.event_id}:{now.isoformat()}"
    return _joined(
        [
            cancel(
                session,
                meeting_id=one.id,
                by=by,
                now=now,
                routes=routes,
                hours=hours,
                reason=reason,
                batch=batch,
            )
            for one in (old, *joint)
        ]
    )


def tell_restored(
    session: Session,
    restored: Sequence[MeetingView],
    *,
    by: Actor,
    now: datetime,
    routes: Routes,
    hours: Hours,
) -> Changed:
    """Tell of a meeting that was brought back, before it begins: it is held after all.

    Who knew of it hears so; where the moment of asking has gone by meanwhile, all who are expected.
    """
    first = restored[0]
    knowing = _Knowing((), group=False)
    if first.starts_at > now:
        knowing = _who_knows(session, restored, by, now)
    knowing = _with_expected(session, knowing, restored, by, now)
    one = _as_one(restored)
    return _tell(session, one, one, knowing, now, routes, hours, Step.RESTORED)


def announced_late(meeting: MeetingView, now: datetime) -> bool:
    """Tell whether a meeting is still to come and the moment of asking people has gone by."""
    return meetings.announced_at(meeting.starts_at) <= now < meeting.starts_at


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


def _with_expected(
    session: Session, knowing: _Knowing, together: Sequence[MeetingView], by: Actor, now: datetime
) -> _Knowing:
    """Add who is expected, where nobody is going to be asked any more."""
    if together[0].seats is not None or not announced_late(together[0], now):
        return knowing
    due = roll_expected.expected_of(session, together)
    known = {person.id: person for of in due.values() for person in of if person.id != by.member_id}
    known |= {person.id: person for person in knowing.members}
    return replace(knowing, members=tuple(known.values()))


def _tell(
    session: Session,
    old: MeetingView,
    new: MeetingView,
    knowing: _Knowing,
    now: datetime,
    routes: Routes,
    hours: Hours,
    step: Step,
    *,
    stays: MeetingView | None = None,
) -> Changed:
    at = _tells_at(old, new, now, hours)
    news = _News(old, new, step, _number(session, new), stays)
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


def _number(session: Session, meeting: MeetingView) -> int:
    """Return the number of the last change of a meeting: each is told once, also the same again."""
    last = select(func.max(MeetingChange.id)).where(MeetingChange.meeting_id == meeting.id)
    return session.scalar(last) or 0


@dataclass(frozen=True, slots=True)
class _News:
    """What has changed about a meeting, in words.

    Attributes:
        number: Of the change.
        stays: What is held all the same of a gathering of which one meeting was cancelled.
    """

    old: MeetingView
    new: MeetingView
    step: Step
    number: int
    stays: MeetingView | None = None

    def to_member(self, person: Person, at: datetime, *, waits: bool = False) -> Letter:
        """Return what one who knew of it is told."""
        template = ELSEWHERE if self._same_time else MOVED
        template = {Step.CANCELLED: CANCELLED, Step.RESTORED: RESTORED}.get(self.step, template)
        template = WITHOUT if self.stays else template
        ask = ASK if self.new.seats is None else ASK_WAITING if waits else ASK_JOINED
        text = say(template, name=person.name, ask=ask, **self._words())
        return self._letter(f"m{person.id}", text, at, SEEN, member_id=person.id)

    def to_group(self, at: datetime) -> Letter:
        """Return what the group is told."""
        template = GROUP_ELSEWHERE if self._same_time else GROUP_MOVED
        other = {Step.CANCELLED: GROUP_CANCELLED, Step.RESTORED: GROUP_RESTORED}
        template = other.get(self.step, template)
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
        slot = f"r{self.new.revision}c{self.number}"
        about = self.stays or self.new  # what an answer to it is about
        source = _SOURCES[self.step]
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
            expires_at=self.old.ends_at if self.step is Step.CANCELLED else self.new.starts_at,
            **whom,
        )


_SOURCES = {
    Step.MOVED: SOURCE_MOVED,
    Step.CANCELLED: SOURCE_CANCELLED,
    Step.RESTORED: SOURCE_RESTORED,
}
