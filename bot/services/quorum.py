"""Whether a meeting is going to reach its quorum: who has a vote, who has answered what."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.domain.attendance import ON_LEAVE, THERE, Mark
from bot.domain.cadence import MeetingKind
from bot.domain.decisions import Stage
from bot.domain.ids import MeetingId, UnitId
from bot.domain.meetings import Decision, Forecast, VotingRoll, forecast, needed_present
from bot.domain.rights import COMMITTEE
from bot.services import attendance, people, roll
from bot.services.meetings import MeetingView
from bot.services.people import Person
from bot.storage.models import MeetingDecision

_OF_KIND = {
    MeetingKind.GENERAL: Decision.ORDINARY,
    MeetingKind.COMMITTEE: Decision.COMMITTEE,
    MeetingKind.ELECTION: Decision.ELECTION,
    MeetingKind.DEMOCRATIC_LIFE: Decision.DEMOCRATIC_LIFE,
}


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a meeting's quorum looks like now.

    Attributes:
        decision: The one that asks for most voters, of those announced; else by its kind.
        titles: What was announced to be voted on.
        unanswered: Voters who have said nothing; for the organiser's eyes.
    """

    meeting: MeetingView
    decision: Decision
    titles: tuple[str, ...]
    forecast: Forecast
    unanswered: tuple[Person, ...]


def voters_of(
    session: Session, branches: Collection[UnitId], on: date
) -> dict[UnitId, list[Person]]:
    """Return from whom the quorum of each of some branches is counted on a day, by set.

    Those whom `roll.voters` names, as people.

    Source:
        quorum
    """
    found: dict[UnitId, list[Person]] = {branch: [] for branch in branches}
    persons = people.list_in_units(session, branches, on)
    stands = roll.standings(session, [person.id for person in persons], on)
    for person in persons:
        if stands[person.id].counts_in_quorum and person.branch_id in found:
            found[person.branch_id].append(person)
    return found


def electorate(session: Session, meeting: MeetingView) -> list[Person]:
    """Return who decides at a meeting: the committee's members, else the voters of its unit."""
    return electorates(session, [meeting])[meeting.id]


def electorates(session: Session, held: Sequence[MeetingView]) -> dict[MeetingId, list[Person]]:
    """Return who decides at each of some meetings of one Shanghai day, two queries for all.

    The roll is that of the day of the meeting: who came or left between notice and meeting is in
    or out (the roll frozen at the start).

    Source:
        quorum
    """
    if not held:
        return {}
    on = held[0].day
    branches = {meeting.branch_id for meeting in held}
    of_branch = voters_of(session, branches, on)
    seated: Mapping[UnitId, set[int]] = {branch: set() for branch in branches}
    if any(meeting.kind is MeetingKind.COMMITTEE for meeting in held):
        for unit_id, _, member_id, _ in people.list_holders(session, branches, COMMITTEE, on):
            seated[unit_id].add(member_id)
    return {meeting.id: _deciding(meeting, of_branch, seated) for meeting in held}


def outlooks(session: Session, held: Sequence[MeetingView]) -> list[Outlook]:
    """Return what the quorum of each of some meetings of one day looks like now.

    Source:
        quorum.forecast
    """
    marks = attendance.current_marks(session, held)
    announced = list_announced(session, [meeting.id for meeting in held])
    deciding = electorates(session, held)
    found = []
    for meeting in held:
        of_meeting = deciding[meeting.id]
        said = {person.id: marks.get((meeting.id, person.id)) for person in of_meeting}
        promised = sum(mark in _COMING for mark in said.values())
        away = sum(mark in ON_LEAVE for mark in said.values())
        titles = announced.get(meeting.id, [])
        kinds = [kind for _, kind in titles] or [_OF_KIND.get(meeting.kind, Decision.ORDINARY)]
        votes = VotingRoll(len(of_meeting))
        strictest = max(kinds, key=lambda kind: needed_present(kind, votes.due, meeting.day))
        found.append(
            Outlook(
                meeting,
                strictest,
                tuple(title for title, _ in titles),
                forecast(strictest, votes, promised=promised, on_leave=away, on=meeting.day),
                tuple(p for p in of_meeting if said[p.id] not in (*_COMING, *ON_LEAVE)),
            )
        )
    return found


def is_watched(outlook: Outlook) -> bool:
    """Tell whether the organiser is told of a quorum unasked: a general meeting, or one to vote."""
    kinds = (MeetingKind.GENERAL, MeetingKind.ELECTION)
    return outlook.forecast.due > 0 and (outlook.meeting.kind in kinds or bool(outlook.titles))


def list_announced(
    session: Session, of: Collection[MeetingId]
) -> dict[MeetingId, list[tuple[str, Decision]]]:
    """Return the titles and kinds of what meetings are to vote on, one query for all of them."""
    rows = session.execute(
        select(
            MeetingDecision.meeting_id,
            MeetingDecision.title,
            MeetingDecision.kind,
            MeetingDecision.stage,
        )
        .where(MeetingDecision.meeting_id.in_(of))
        .order_by(MeetingDecision.id)
    )
    last: dict[tuple[int, str], tuple[Decision, Stage]] = {}
    for meeting_id, title, kind, stage in rows:
        last[meeting_id, title] = (kind, stage)
    found: dict[MeetingId, list[tuple[str, Decision]]] = {}
    for (meeting_id, title), (kind, stage) in last.items():
        if stage is Stage.ANNOUNCED:
            found.setdefault(MeetingId(meeting_id), []).append((title, kind))
    return found


_COMING = frozenset({Mark.PROMISED, *THERE})


def _deciding(
    meeting: MeetingView,
    of_branch: Mapping[UnitId, Sequence[Person]],
    seated: Mapping[UnitId, set[int]],
) -> list[Person]:
    full = of_branch[meeting.branch_id]
    if meeting.kind is MeetingKind.COMMITTEE:
        return [person for person in full if person.id in seated[meeting.branch_id]]
    if meeting.unit_id != meeting.branch_id:
        return [person for person in full if person.cell_id == meeting.unit_id]
    return list(full)
