"""The roll as of any day: standings, who has a vote, who is excused, whose dues go where."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from bot.domain.ids import MemberId, UnitId
from bot.domain.meetings import VotingRoll
from bot.domain.members import MemberKind
from bot.domain.periods import Month
from bot.domain.roll import Change, ChangeKind, Standing, kind_on, standing
from bot.domain.roll_clocks import Since, since
from bot.domain.transfers import DuesPlace, TransferState, dues_place
from bot.services import people
from bot.services.people import Person
from bot.storage.models import Member, Membership, RollChange, Transfer, TransferStep

_back = aliased(RollChange)
STANDS = (
    RollChange.refers_to.is_(None)
    & ~select(_back.id).where(_back.refers_to == RollChange.id).correlate(RollChange).exists()
)
"""A change, and one that was not taken back."""


def standings(
    session: Session, members: Collection[MemberId], on: date
) -> dict[MemberId, Standing]:
    """Return where some members stand at the end of a day."""
    if not members:
        return {}
    kinds = session.execute(
        select(Member.id, Member.kind, Member.full_since).where(Member.id.in_(members))
    )
    changes = _changes(session, members)
    return {
        MemberId(member_id): standing(
            kind_on(kind, full_since, on), [change for change, _ in changes[member_id]], on
        )
        for member_id, kind, full_since in kinds
    }


def clocks(session: Session, member_id: MemberId, on: date) -> Since:
    """Return from when the clocks of a member run, as of a day."""
    joined_on = session.scalar(select(Member.joined_on).where(Member.id == member_id))
    changes = _changes(session, [member_id])[member_id]
    return since(joined_on, [change for change, _ in changes], on)


def list_standings(session: Session, unit_id: UnitId, on: date) -> list[tuple[Person, Standing]]:
    """Return who belongs to a branch or cell on a day, each with where he stands."""
    persons = people.list_members(session, unit_id, on)
    found = standings(session, [person.id for person in persons], on)
    return [(person, found[person.id]) for person in persons]


def voting_roll(session: Session, branch_id: UnitId, on: date) -> VotingRoll:
    """Return who has a vote in a branch on a day, in numbers.

    Source:
        quorum
    """
    found = [stands for _, stands in list_standings(session, branch_id, on)]
    full = [stands for stands in found if stands.kind is MemberKind.FULL]
    return VotingRoll(
        full_members=len(full),
        without_vote=sum(not stands.has_vote for stands in full),
        left_out=sum(stands.has_vote and not stands.counts_in_quorum for stands in full),
    )


def voters(session: Session, branch_id: UnitId, on: date) -> frozenset[MemberId]:
    """Return the members of a branch from whom the quorum is counted: as many as `VotingRoll.due`.

    Source:
        quorum
    """
    return frozenset(
        person.id
        for person, stands in list_standings(session, branch_id, on)
        if stands.counts_in_quorum
    )


def excused(session: Session, branch_id: UnitId, on: date) -> frozenset[MemberId]:
    """Return the members of a branch (or cell) whose absence does not count in the rate.

    Excused by rule, mobile, lost, or with their membership suspended. Their votes are another
    matter: see `voters`.

    Source:
        attendance.rate
    """
    return frozenset(
        person.id
        for person, stands in list_standings(session, branch_id, on)
        if not stands.is_expected
    )


def suspended(
    session: Session, on: date, among: Collection[MemberId] | None = None
) -> frozenset[MemberId]:
    """Return whose membership is suspended (停止党籍) at the end of a day.

    Args:
        among: Only of these; left out, of everybody.
    """
    query = select(RollChange.member_id).where(
        RollChange.kind == ChangeKind.SUSPENDED, RollChange.on_day <= on, STANDS
    )
    if among is not None:
        query = query.where(RollChange.member_id.in_(among))
    found = standings(session, {MemberId(member) for member in session.scalars(query)}, on)
    return frozenset(member for member, stands in found.items() if stands.suspended)


def without_suspended(session: Session, persons: Sequence[Person], on: date) -> list[Person]:
    """Return those of some people of the roll of whom anything is expected on a day.

    Source:
        roll.lost
    """
    out = suspended(session, on, [person.id for person in persons])
    return [person for person in persons if person.id not in out]


def active(session: Session, members: Collection[MemberId], on: date) -> frozenset[MemberId]:
    """Return those of some members who are on a roll on a day, their membership not suspended.

    Who died or left, or whose membership is suspended, is sent nothing and asked for nothing.

    Source:
        roll.lost
    """
    persons = people.list_by_ids(session, members, on)
    return frozenset(person.id for person in without_suspended(session, persons, on))


def changes_of(session: Session, members: Collection[MemberId]) -> dict[int, list[Change]]:
    """Return the changes of some members that stand, in order."""
    found = _changes(session, members)
    return {member: [change for change, _ in own] for member, own in found.items()}


def dues_branch_of(session: Session, member_id: MemberId, month: Month) -> UnitId | None:
    """Return the branch to which a member's dues of a month belong; None if they are due nowhere.

    After a transfer that is the old branch up to the month of the letter, then the new one; until
    the letter is received, the old one. Nothing is due after the month of death or of leaving the
    Party, nor for months wholly spent with the membership suspended.

    Source:
        roll.letter.dues
    """
    return dues_branches(session, [member_id], [month])[(member_id, month)]


def dues_branches(
    session: Session, members: Collection[MemberId], months: Sequence[Month]
) -> dict[tuple[MemberId, Month], UnitId | None]:
    """Return `dues_branch_of` for some members and months, in a few queries."""
    if not members or not months:
        return {}
    changes = _changes(session, members)
    places = _dues_places(session, members, changes)
    found: dict[tuple[MemberId, Month], UnitId | None] = {}
    for member_id in members:
        own = [change for change, _ in changes[member_id]]
        for month in months:
            unit_id = dues_place(tuple(places[member_id]), month)
            due = unit_id is not None and not _is_suspended(own, month)
            found[(member_id, month)] = UnitId(unit_id) if due and unit_id is not None else None
    return found


def count_taken_back(session: Session, member_id: MemberId, kind: ChangeKind, on: date) -> int:
    """Return how often such a change of a day was taken back."""
    return (
        session.scalar(
            select(func.count())
            .select_from(RollChange)
            .where(
                RollChange.member_id == member_id,
                RollChange.kind == kind,
                RollChange.on_day == on,
                RollChange.refers_to.is_not(None),
            )
        )
        or 0
    )


def _changes(
    session: Session, members: Collection[MemberId]
) -> Mapping[int, list[tuple[Change, Any]]]:
    """Return the changes of some members that stand, with their rows, in order."""
    found: dict[int, list[tuple[Change, Any]]] = defaultdict(list)
    rows = session.execute(
        select(
            RollChange.member_id,
            RollChange.kind,
            RollChange.on_day,
            RollChange.code,
            RollChange.opened_id,
            RollChange.closed_id,
            Transfer.dues_until,
        )
        .outerjoin(
            TransferStep,
            (TransferStep.change_id == RollChange.id)
            & (TransferStep.state == TransferState.RECEIVED),
        )
        .outerjoin(Transfer, Transfer.id == TransferStep.transfer_id)
        .where(RollChange.member_id.in_(members), STANDS)
        .order_by(RollChange.on_day, RollChange.id)
    )
    for row in rows:
        found[row.member_id].append((Change(row.kind, row.on_day, row.code), row))
    return found


def _is_suspended(own: Sequence[Change], month: Month) -> bool:
    if not any(change.kind is ChangeKind.SUSPENDED for change in own):
        return False
    whole = (month.first, month.last)
    return all(standing(MemberKind.FULL, own, day).suspended for day in whole)


def _dues_places(
    session: Session,
    members: Collection[MemberId],
    changes: Mapping[int, list[tuple[Change, Any]]],
) -> dict[MemberId, list[DuesPlace]]:
    """Return, by member, from which month on which branch takes the dues."""
    spans = session.execute(
        select(
            Membership.id,
            Membership.member_id,
            Membership.unit_id,
            Membership.valid_from,
            Membership.valid_to,
        )
        .where(
            Membership.member_id.in_(members),
            Membership.valid_to.is_(None) | (Membership.valid_to > Membership.valid_from),
        )
        .order_by(Membership.member_id, Membership.valid_from, Membership.id)
    ).all()
    rows = [row for own in changes.values() for _, row in own]
    opened = {row.opened_id: row for row in rows if row.opened_id is not None}
    closed = {row.closed_id: row for row in rows if row.closed_id is not None}
    found: dict[MemberId, list[DuesPlace]] = {MemberId(member): [] for member in members}
    for index, span in enumerate(spans):
        own = found[MemberId(span.member_id)]
        change = opened.get(span.id)
        if not own:
            own.append(DuesPlace(None, None))  # before he came, nothing was due here
        own.append(DuesPlace(_first_month(change, span.valid_from), span.unit_id))
        following = spans[index + 1] if index + 1 < len(spans) else None
        goes_on = (
            following is not None
            and following.member_id == span.member_id
            and following.valid_from == span.valid_to
        )
        if span.valid_to is not None and not goes_on:
            own.append(DuesPlace(_month_after(closed.get(span.id), span.valid_to), None))
    return found


def _first_month(change: Any, since: date) -> Month:
    until: Month | None = change.dues_until if change is not None else None
    return Month.of(since) if until is None else until.shift(1)


def _month_after(change: Any, end: date) -> Month:
    until: Month | None = change.dues_until if change is not None else None
    return (Month.of(end) if until is None else until).shift(1)
