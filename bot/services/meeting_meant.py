"""Which meeting an organiser speaks of: the one named, else the one that is on or just over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from bot.domain import rights
from bot.domain.errors import DomainError, NotFound
from bot.domain.ids import UnitId
from bot.domain.rights import Action, Actor
from bot.services import attendance, meetings, scopes
from bot.services.meetings import MeetingView

_SOON = timedelta(days=1)
_JUST_OVER = timedelta(days=3)
_REMEMBERED = timedelta(days=92)
_AMONG = 5


@dataclass(frozen=True, slots=True)
class Meant:
    """The words that say which meeting.

    Attributes:
        title: A piece of its name, or its kind.
        day: The Shanghai day it is held on.
        unit: The branch or cell named, where the writer answers for several.
        coming: The same day read as one to come.
    """

    title: str | None = None
    day: date | None = None
    unit: str | None = None
    coming: date | None = None

    @property
    def is_named(self) -> bool:
        """Whether it says anything of the meeting."""
        return self.title is not None or self.day is not None


class NotYet(DomainError):
    """The meeting is still to come."""

    may_be_overheard = True

    def __init__(self, meeting: MeetingView) -> None:
        super().__init__(f"{meeting.title}还没有开始（{meeting.when}），开始签到了再登记。")


class NoSuchMeeting(NotFound):
    """No meeting answers to what was said; says what it could have been."""

    def __init__(self, known: Sequence[MeetingView], example: str) -> None:
        if not known:
            super().__init__("没有找到这个会。还没有开过会，也没有安排会。")
            return
        listed = meetings.describe(known[:_AMONG])
        command = example.format(meeting=known[0].title)
        super().__init__(f"没有找到这个会。最近的有：\n{listed}\n请这样写：{command}")


def find_meant(
    session: Session,
    meant: Meant,
    *,
    by: Actor,
    now: datetime,
    example: str,
    coming: bool = False,
    classes: bool = False,
    action: Action = Action.RECORD_ATTENDANCE,
) -> MeetingView:
    """Return the meeting an organiser speaks of; check-in to it has opened.

    Args:
        example: The whole command, with `{meeting}` for the name of a meeting.
        coming: It may also be the next one, before check-in opens.
        classes: It may also be a class that one signs up for, even if not by its own name.

    Raises:
        Forbidden: The actor may do this nowhere.
        WhichMeeting: Several could be meant.
        NotYet, NoSuchMeeting, WhichBranch, NotFound
    """

    def attended(called: Sequence[MeetingView]) -> list[MeetingView]:
        return list(called) if classes else _attended(called, meant.title, now)

    unit_id = unit_of(session, meant, by=by, now=now, action=action, example=example + " {unit}")
    known = attended(meetings.list_latest(session, unit_id, now + _SOON))
    begun = [m for m in known if m.window.opens_at <= now]
    if coming:
        later = meetings.list_called(session, unit_id, now)
        known = list({m.id: m for m in attended([*begun, *later])}.values())
    if meant.day is not None:
        days = (meant.day, meant.coming) if coming else (meant.day,)
        on_days = (meetings.list_on(session, unit_id, day) for day in days if day is not None)
        known = next((found for on_day in on_days if (found := attended(on_day))), [])
        begun = [m for m in known if m.window.opens_at <= now]
    found = _fitting(known if coming else begun, meant, now)
    if not found:
        ahead = attended(meetings.list_called(session, unit_id, now))
        if later := [m for m in ahead if _is_it(m, meant)]:
            raise NotYet(later[0])
        recent = attended(meetings.list_latest(session, unit_id, now))
        raise NoSuchMeeting(recent or known, example)
    if len(found) > 1:
        raise attendance.WhichMeeting(found, "有几个会对得上，请说明是哪一个。")
    return found[0]


def unit_of(
    session: Session, meant: Meant, *, by: Actor, now: datetime, action: Action, example: str
) -> UnitId:
    """Return whose meeting is meant: a branch's or cell's, or one of the street or community.

    Raises:
        WhichBranch, NotFound, Forbidden
    """
    above = scopes.find_above(session, meant.unit)
    if above is not None:
        rights.require(by, action, meetings.path_of(session, above))
        return above
    if meant.unit is None and (own := _held_above(session, meant, by, now, action)) is not None:
        return own
    return scopes.branch_meant(session, by, action, meant.unit, example)


def _held_above(
    session: Session, meant: Meant, by: Actor, now: datetime, action: Action
) -> UnitId | None:
    """Return the unit above for which an actor answers, if it holds what is meant.

    Who keeps the books of a branch too speaks of that, where it holds such a meeting.
    """
    above = meetings.find_above(session, by, action)
    if above is None:
        return None
    if by.branch_id is not None and rights.may(by, action, by.branch_path):
        own = _known(session, by.branch_id, now)
        if not meant.is_named or any(_is_it(meeting, meant) for meeting in own):
            return None
    held = _known(session, above, now)
    if not meant.is_named:
        held = [m for m in held if m.window.opens_at <= now < m.ends_at + _JUST_OVER]
    return above if any(_is_it(meeting, meant) for meeting in held) else None


def _known(session: Session, unit_id: UnitId, now: datetime) -> list[MeetingView]:
    latest = meetings.list_latest(session, unit_id, now + _SOON)
    return [*latest, *meetings.list_called(session, unit_id, now)]


def _is_it(meeting: MeetingView, meant: Meant) -> bool:
    on_day = meant.day is None or meeting.day in (meant.day, meant.coming)
    return on_day and (meant.title is None or meeting.is_called(meant.title))


def _attended(called: Sequence[MeetingView], title: str | None, now: datetime) -> list[MeetingView]:
    """Leave out classes that one signs up for until they begin, but for one called by its name."""
    return [
        m
        for m in called
        if m.seats is None or m.window.opens_at <= now or (title is not None and title in m.title)
    ]


def _fitting(known: Sequence[MeetingView], meant: Meant, now: datetime) -> list[MeetingView]:
    """Return what is on, else what was on last, else what is next; all that begin together."""
    called = [m for m in known if meant.title is None or m.is_called(meant.title)]
    back = _REMEMBERED if meant.is_named else _JUST_OVER
    on = [m for m in called if m.window.opens_at <= now < m.ends_at]
    over = [m for m in called if now - back < m.ends_at <= now]
    if meant.day is not None:
        over = [m for m in called if m.ends_at <= now]
    later = [m for m in called if m.window.opens_at > now]
    if on:
        return on
    last = sorted(over, key=lambda m: (m.starts_at, m.id), reverse=True)
    following = sorted(later, key=lambda m: (m.starts_at, m.id))
    # A code is asked for what comes; everything else is about what was.
    ranked = following or last
    return [meeting for meeting in ranked if meeting.starts_at == ranked[0].starts_at]
