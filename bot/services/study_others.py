"""Sign-ups for others: the seats are theirs, who said so is kept, and they hear of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from bot.domain import rights
from bot.domain.errors import Forbidden
from bot.domain.rights import Action, Actor
from bot.domain.study import MAX_PARTY
from bot.services import study
from bot.services.meetings import MeetingView
from bot.services.naming import Named, may_speak_for
from bot.services.study import Full, Joined, NotJoined, WhichClass
from bot.services.study_seats import HOLDS


class NotOfTheirs(Forbidden):
    """Somebody of another branch; only who works there may speak for him."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name}不在您的支部，请那边的组织委员来登记。")


class NotTheirSignup(Forbidden):
    """A seat that somebody took himself is not another member's to give away."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name}的报名不是您报的，请本人或组织委员来取消。")


def join_others(
    session: Session,
    *,
    people: Sequence[Named],
    own_seats: int,
    seats_each: int,
    by: Actor,
    now: datetime,
    source: str,
    number: int | None = None,
    title: str | None = None,
) -> list[Joined]:
    """Sign others up for a class, and the actor where he comes along; who finds no seat waits.

    Args:
        own_seats: Of the actor himself; 0 where he speaks for others only.
        seats_each: Of each of the others.
        source: Id of the message.
        number, title: As in `study.join`.

    Raises:
        NothingToJoin, WhichClass, Full, NotOfTheirs
    """
    _require_reach(people, by)
    if own_seats + seats_each * len(people) > MAX_PARTY:
        raise Full(f"一次最多报{MAX_PARTY}人。")
    meeting = _class_of(session, people, now, number, title)
    wanted = [(person.as_actor, seats_each) for person in people]
    if own_seats:
        wanted.insert(0, (by, own_seats))
    joined: list[Joined] = []
    for of, seats in wanted:
        joined.append(
            study.give_seats(session, meeting, of=of, seats=seats, by=by, now=now, batch=source)
        )
    return joined


def leave_others(
    session: Session,
    *,
    people: Sequence[Named],
    by: Actor,
    now: datetime,
    source: str,
    number: int | None = None,
    title: str | None = None,
) -> MeetingView:
    """Withdraw the sign-ups of others from one class; all of them or none.

    Without the right to record there, only what the actor has signed up himself.

    Args:
        source: Id of the message.

    Raises:
        NotJoined: For one of them.
        WhichClass, NotOfTheirs, NotTheirSignup
    """
    _require_reach(people, by)
    actors = [person.as_actor for person in people]
    joined = study.list_joined_each(session, actors, now, number, title, actions=HOLDS)
    common = [
        meeting
        for meeting in joined[people[0].id]
        if all(meeting.id in {other.id for other in found} for found in joined.values())
    ]
    for person in people:
        if not joined[person.id]:
            raise NotJoined(f"没有找到{person.name}的报名，不用取消。")
    if not common:
        raise NotJoined("他们报的不是同一个班，请一个人一个人写。")
    if len(common) > 1:
        raise WhichClass(common)
    _refuse_others_seats(session, people, common[0], by)
    for person in people:
        study.withdraw(session, common[0], of=person.id, by=by, now=now, batch=source)
    return common[0]


def _require_reach(people: Sequence[Named], by: Actor) -> None:
    for person in people:
        if not may_speak_for(by, person, Action.RECORD_ATTENDANCE):
            raise NotOfTheirs(person.name)


def _refuse_others_seats(
    session: Session, people: Sequence[Named], meeting: MeetingView, by: Actor
) -> None:
    signed = study.reporters(session, meeting.id, {person.id for person in people})
    for person in people:
        mine = by.member_id in (person.id, signed.get(person.id))
        if not mine and not rights.may(by, Action.RECORD_ATTENDANCE, person.path):
            raise NotTheirSignup(person.name)


def _class_of(
    session: Session,
    people: Sequence[Named],
    now: datetime,
    number: int | None,
    title: str | None,
) -> MeetingView:
    """Return the one class that is open to all of them."""
    meeting = study.find_class(session, people[0].as_actor, now, number, title)
    open_to = study.list_open_each(session, [person.as_actor for person in people], now)
    for person in people:
        if meeting.id not in {found.id for found in open_to[person.id]}:
            raise study.NothingToJoin(f"{person.name}不能报{meeting.title}，一个也没有报。")
    return meeting
