"""What those who were not there are to read (补学): to whom it goes, and whether it went."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from bot.clock import day_of
from bot.domain import rights
from bot.domain.attendance import Mark
from bot.domain.errors import DomainError
from bot.domain.ids import MeetingId, MemberId
from bot.domain.rights import Action, Actor
from bot.domain.sensitive import check_shareable
from bot.domain.studied import made_up_within
from bot.services import (
    attendance,
    audit,
    meeting_record,
    meetings,
    outbox,
    people,
    roll_books,
    undo,
)
from bot.services.attendance import Attendance
from bot.services.attendance_marks import SELF, Author, Entry, Standing, append
from bot.services.meetings import MeetingView
from bot.services.outbox import Routes
from bot.services.people import Person
from bot.services.roll_books import Book
from bot.storage.models import Outbox

MAX_CHARACTERS = 1500
ASKED = "发补学材料"
_KEY = "makeup_study:{meeting}:"
_LOOKED_BACK = timedelta(days=60)


class NothingToMakeUp(DomainError):
    """No meeting that is over answers to what was said, or everybody was there."""


class UnfitMaterial(DomainError):
    """The material cannot be sent as it is."""


@dataclass(frozen=True, slots=True)
class Audience:
    """Who was not at a meeting.

    Attributes:
        persons: On leave or missing, in the order of the roll, with an account.
        unreachable: The same, without one: to be told in person.
        called: What to call them, told apart from all who were expected.
    """

    meeting: MeetingView
    persons: tuple[Person, ...]
    unreachable: tuple[Person, ...]
    called: Mapping[MemberId, str]


def find_audience(
    session: Session,
    *,
    body: str,
    title: str | None,
    day: date | None,
    by: Actor,
    routes: Routes,
    now: datetime,
) -> Audience:
    """Return whom material would go to: those who were not at the meeting meant.

    Args:
        title: A piece of its name; `day`, when it was held; without both the last one.

    Raises:
        Forbidden, NothingToMakeUp
        UnfitMaterial, SensitiveNumber: The text cannot be sent.
    """
    unit_id = people.scope_of(by, Action.RECORD_ATTENDANCE, ASKED)
    if len(body) > MAX_CHARACTERS:
        raise UnfitMaterial(f"材料有{len(body)}字，太长了，最多{MAX_CHARACTERS}字，可以只发链接。")
    check_shareable(body)
    over = [
        meeting
        for meeting in meetings.list_latest(session, unit_id, now)
        if meeting.seats is None and now - _LOOKED_BACK < meeting.ends_at <= now
    ]
    found = [m for m in over if day in (None, day_of(m.starts_at))]
    found = [m for m in found if title is None or m.is_called(title)]
    if not found:
        raise NothingToMakeUp("没有找到这个会，或者会还没有开完。开完了再发补学材料。")
    return _absent(session, found[0], routes)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the making up for a meeting has come.

    Attributes:
        todo: Who was not there and has not studied it. done: Who has. said: Who says so, and the
            organiser has not confirmed it yet.
        sent: Whether material is on its way.
        until: The last day on which a member's own word still makes up for it.
    """

    meeting: MeetingView
    todo: tuple[Person, ...]
    done: tuple[Person, ...]
    called: Mapping[MemberId, str]
    sent: bool
    until: date
    said: tuple[Person, ...] = ()


def progress(session: Session, meeting: MeetingView, *, by: Actor, now: datetime) -> Progress:
    """Return who still has to make up for a meeting that is over.

    Raises:
        Forbidden
        NothingToMakeUp: It is not over, or everybody was there.

    Source:
        study.made_up
    """
    rights.require(by, Action.RECORD_ATTENDANCE, meetings.path_of(session, meeting.unit_id))
    if now < meeting.ends_at:
        raise NothingToMakeUp(f"{meeting.title}还没有开完。开完了再看补学名单。")
    roll = attendance.roll_call(session, meeting)
    todo = _away(session, roll)
    unchecked = {claim.member_id for claim in list_claims(session, meeting)}
    if not todo and not roll.studied:
        raise NothingToMakeUp(f"{meeting.title}没有人缺席，不用补学。")
    until = day_of(meeting.ends_at + made_up_within(meeting.day))
    return Progress(
        meeting=meeting,
        todo=todo,
        done=tuple(person for person in roll.studied if person.id not in unchecked),
        said=tuple(person for person in roll.studied if person.id in unchecked),
        called=people.tell_apart([*todo, *roll.studied], among=roll.everybody),
        sent=meeting.id in served(session, [meeting.id]),
        until=until,
    )


@dataclass(frozen=True, slots=True)
class Claim:
    """Somebody's own word that he has made up for a meeting, not confirmed yet.

    Attributes:
        seq: Number of the mark.
    """

    member_id: MemberId
    seq: int
    said_at: datetime
    reporter_id: MemberId


def list_claims(session: Session, meeting: MeetingView) -> list[Claim]:
    """Return what waits to be confirmed of the 补学 of a meeting, in the order of the roll."""
    [book] = roll_books.load(session, [meeting])
    return claims_in(book)


def claims_in(book: Book) -> list[Claim]:
    """Return what waits to be confirmed of the 补学 in a roll call, in the order of the roll."""
    found = []
    for person in book.expected:
        standing = book.standing(person.id)
        waits = standing.mark is Mark.STUDIED_LATER and not standing.stand.checked
        if waits and standing.said_at is not None:
            reporter = standing.reporter_id or person.id
            found.append(Claim(person.id, standing.seq, standing.said_at, reporter))
    return found


def confirm(
    session: Session,
    meeting: MeetingView,
    seqs: Mapping[MemberId, int],
    *,
    by: Actor,
    now: datetime,
) -> int:
    """Confirm the 补学 that a preview showed; return how many were.

    Args:
        seqs: Number of the mark shown, by member: one taken back since is left alone.

    Raises:
        Forbidden

    Source:
        study.made_up
    """
    rights.require(by, Action.RECORD_ATTENDANCE, meetings.path_of(session, meeting.unit_id))
    assert by.member_id is not None
    done: list[list[int]] = []
    for claim in list_claims(session, meeting):
        if seqs.get(claim.member_id) != claim.seq:
            continue
        author = Author(claim.member_id, "", claim.reporter_id, SELF, decided_by_id=by.member_id)
        standing = Standing(claim.seq, Mark.STUDIED_LATER, claim.said_at)
        entry = Entry(Mark.STUDIED_LATER, claim.said_at)
        marked = append(session, meeting, author, entry, now=now, standing=standing)
        done.append([meeting.id, claim.member_id, claim.seq, marked.seq])
    if done:
        undo.remember(
            session,
            member_id=by.member_id,
            stem=attendance.STEM,
            inverse={"marks": done},
            title=f"{meeting.title}的补学核对",
            at=now,
        )
        audit.record(
            session,
            by=by,
            at=now,
            action="study.confirm",
            subject=meeting.subject,
            after={"members": [member for _, member, _, _ in done]},
        )
    return len(done)


def served(session: Session, of: Collection[MeetingId]) -> set[MeetingId]:
    """Return the meetings whose material is on its way, one query for all."""
    if not of:
        return set()
    mine = or_(*(Outbox.key.startswith(_KEY.format(meeting=meeting)) for meeting in of))
    keys = session.scalars(select(Outbox.key).where(mine))
    return {MeetingId(int(key.split(":")[1])) for key in keys}


def key_for(meeting_id: MeetingId, said: int, member_id: MemberId) -> str:
    """Return the outbox key of one person's copy; `said` is the message that sent it."""
    return f"{_KEY.format(meeting=meeting_id)}{said}:m{member_id}"


def _away(session: Session, roll: Attendance) -> tuple[Person, ...]:
    """Return who was not there and has not made up for it, in the order of the roll."""
    stated = meeting_record.stated_count(session, roll.meeting.id)
    # Where only a number was stated, nobody can be told to have been away.
    unnamed = stated is not None and stated > len(roll.present)
    missing = () if unnamed else (*roll.missing, *roll.absent)
    return tuple(sorted((*roll.leave, *roll.asked, *missing), key=lambda person: person.id))


def _absent(session: Session, meeting: MeetingView, routes: Routes) -> Audience:
    roll = attendance.roll_call(session, meeting)
    absent = _away(session, roll)
    if not absent:
        raise NothingToMakeUp(f"{meeting.title}没有人缺席，不用发补学材料。")
    called = people.tell_apart(absent, among=roll.everybody)
    reachable = outbox.addresses_of(session, routes, {person.id for person in absent})
    return Audience(
        meeting=meeting,
        persons=tuple(person for person in absent if person.id in reachable),
        unreachable=tuple(person for person in absent if person.id not in reachable),
        called=called,
    )
