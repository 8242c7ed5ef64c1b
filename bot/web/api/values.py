"""What the API tells and takes: names of the glossary, money in fen, moments with their zone."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Annotated

from pydantic import AwareDatetime, Field

from bot.clock import local
from bot.domain.cadence import MeetingKind
from bot.domain.dues import MonthState
from bot.domain.meetings import MeetingState
from bot.domain.members import MemberKind
from bot.domain.rights import Role
from bot.domain.units import UnitKind
from bot.services.meetings import MeetingView
from bot.services.people import Person
from bot.web.api.contract import Asked, Told

MonthText = Annotated[str, Field(pattern=r"^\d{4}-(0[1-9]|1[0-2])$", examples=["2026-03"])]
Words = Annotated[str, Field(min_length=1, max_length=2000)]
Members = Annotated[list[Annotated[int, Field(ge=1)]], Field(min_length=1, max_length=200)]


class PostHeld(Told):
    """A post of the token's owner."""

    role: Role
    unit_id: int


class Me(Told):
    """As whom the token acts, and what it opens."""

    member_id: int
    name: str
    scopes: list[str]
    posts: list[PostHeld]


class UnitTold(Told):
    """A unit."""

    id: int
    name: str
    kind: UnitKind
    parent_id: int | None


class Units(Told):
    """Units, above before below."""

    units: list[UnitTold]


class OnDay(Asked):
    """As of which day; today where it is left out."""

    on: date | None = None


class MemberTold(Told):
    """Somebody on the roll."""

    id: int
    name: str
    kind: MemberKind
    cell_id: int | None
    suspended: bool
    excused: bool


class Roll(Told):
    """Who belonged to a unit on a day."""

    unit_id: int
    unit: str
    on: date
    members: list[MemberTold]


class PersonTold(Told):
    """Somebody, by id and name."""

    id: int
    name: str


class Span(Asked):
    """Days, both included; at most a year and a day."""

    first: date
    last: date


class MeetingTold(Told):
    """A meeting."""

    id: int
    unit_id: int
    kind: MeetingKind
    title: str
    starts_at: AwareDatetime
    ends_at: AwareDatetime
    place: str
    state: MeetingState
    seats: int | None


class Meetings(Told):
    """Meetings in order of time."""

    meetings: list[MeetingTold]


class NewMeeting(Asked):
    """A meeting to call, in the branch (or cell) of the token's owner."""

    kind: MeetingKind
    starts_at: AwareDatetime
    place: Annotated[str, Field(min_length=1, max_length=60)]
    title: Annotated[str, Field(min_length=1, max_length=60)] | None = None
    seats: Annotated[int, Field(ge=1, le=9999)] | None = None


class MeetingCalled(Told):
    """A meeting that was called, and how many are expected."""

    meeting: MeetingTold
    expected: int


class Moved(Asked):
    """Where and when a meeting is moved."""

    starts_at: AwareDatetime
    place: Annotated[str, Field(min_length=1, max_length=60)] | None = None


class Cancelled(Asked):
    """Why a meeting is called off; needed once something is on record of it."""

    reason: Annotated[str, Field(max_length=120)] = ""


class MeetingChanged(Told):
    """A meeting that was moved or called off, and who is told, and when."""

    meeting: MeetingTold
    told: int
    unreachable: list[str]
    in_group: bool
    tells_at: AwareDatetime


class AttendanceTold(Told):
    """Who has and who has not, of those expected; everybody once."""

    meeting: MeetingTold
    expected: int
    closed: bool
    present: list[PersonTold]
    on_leave: list[PersonTold]
    waiting: list[PersonTold]
    missing: list[PersonTold]
    absent: list[PersonTold]
    others: list[PersonTold]


class Present(Asked):
    """Who was there."""

    member_ids: Members


class OnLeave(Asked):
    """Who is on leave, and why; an illness is kept as 病 alone."""

    member_ids: Members
    reason: Annotated[str, Field(min_length=1, max_length=60)]


class MarkTold(Told):
    """What became of one."""

    member_id: int
    name: str
    mark: str
    new: bool
    pending: bool


class Marks(Told):
    """What became of each."""

    marks: list[MarkTold]


class OfMonth(Asked):
    """Which month."""

    month: MonthText


class DuesTold(Told):
    """One member's month, in fen."""

    member_id: int
    name: str
    state: MonthState
    assessed_fen: int | None
    declared_fen: int
    confirmed_fen: int


class DuesOfMonth(Told):
    """Whose month a branch takes, in the order of the roll."""

    unit_id: int
    month: MonthText
    members: list[DuesTold]


class NewNotice(Asked):
    """A notice to all whom the token's owner writes to; it is kept as a draft first."""

    body: Words
    send_at: AwareDatetime | None = None


class NoticeDraft(Told):
    """Whom a draft would reach, and when; nothing is sent yet."""

    id: int
    unit: str
    body: str
    headcount: int
    unreachable: list[PersonTold]
    leaves_at: AwareDatetime


class Confirmed(Asked):
    """How many a draft is for, typed again: another number sends nothing."""

    headcount: Annotated[int, Field(ge=1)]


class NoticeReleased(Told):
    """A notice on its way."""

    id: int
    sent_to: int
    unreachable: list[str]
    leaves_at: AwareDatetime


class ReceiptsTold(Told):
    """How the latest notice of a unit was received; without one all is empty."""

    notice_id: int | None
    version: int | None
    body: str
    acknowledged: int
    silent: list[PersonTold]
    unreachable: list[PersonTold]


def meeting_told(meeting: MeetingView) -> MeetingTold:
    """Return a meeting as it is told, its moments in Shanghai's zone."""
    return MeetingTold(
        id=meeting.id,
        unit_id=meeting.unit_id,
        kind=meeting.kind,
        title=meeting.title,
        starts_at=local(meeting.starts_at),
        ends_at=local(meeting.ends_at),
        place=meeting.place,
        state=meeting.state,
        seats=meeting.seats,
    )


def persons_told(*groups: Iterable[Person]) -> list[PersonTold]:
    """Return people as they are told."""
    return [PersonTold(id=one.id, name=one.name) for group in groups for one in group]
