"""Whether a meeting is going to reach its quorum: who has a vote, who has answered what."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.domain.attendance import ON_LEAVE, THERE, Mark
from bot.domain.cadence import MeetingKind
from bot.domain.decisions import Stage
from bot.domain.ids import MeetingId
from bot.domain.meetings import Decision, Forecast, VotingRoll, forecast, needed_present
from bot.services import attendance, roll_expected
from bot.services.meetings import MeetingView
from bot.services.people import Person
from bot.storage.models import MeetingChange, MeetingDecision

_OF_KIND = {
    MeetingKind.GENERAL: Decision.ORDINARY,
    MeetingKind.COMMITTEE: Decision.COMMITTEE,
    MeetingKind.ELECTION: Decision.ELECTION,
    MeetingKind.DEMOCRATIC_LIFE: Decision.DEMOCRATIC_LIFE,
}


WATCHED = (MeetingKind.GENERAL, MeetingKind.ELECTION)
"""Kinds whose quorum the organiser is told of unasked."""


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


def electorate(session: Session, meeting: MeetingView) -> tuple[Person, ...]:
    """Return who decides at a meeting, by the roll at its start.

    Its committee's members with a vote, else the voters of its unit.

    Source:
        quorum
    """
    return roll_expected.voters_of(session, [meeting])[meeting.id]


def outlooks(session: Session, held: Sequence[MeetingView]) -> list[Outlook]:
    """Return what the quorum of each of some meetings looks like now.

    Source:
        quorum.forecast
    """
    marks = attendance.current_marks(session, held)
    announced = list_announced(session, [meeting.id for meeting in held])
    deciding = roll_expected.voters_of(session, held)
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
    return outlook.forecast.due > 0 and (outlook.meeting.kind in WATCHED or bool(outlook.titles))


def list_early(
    session: Session, held: Sequence[MeetingView], moments: Mapping[MeetingId, datetime]
) -> set[MeetingId]:
    """Return those of some meetings whose people were to be asked before the forecast.

    A general meeting or an election, or one that was to vote by then; called by then, and not
    moved or brought back after it.

    Args:
        moments: When people would have been asked, of each.

    Source:
        quorum.forecast
    """
    ids = [meeting.id for meeting in held]
    voting = {
        MeetingId(meeting_id)
        for meeting_id, at in session.execute(
            select(MeetingDecision.meeting_id, func.min(MeetingDecision.at))
            .where(MeetingDecision.meeting_id.in_(ids), MeetingDecision.stage == Stage.ANNOUNCED)
            .group_by(MeetingDecision.meeting_id)
        )
        if at <= moments[MeetingId(meeting_id)]
    }
    watched = [meeting for meeting in held if meeting.kind in WATCHED or meeting.id in voting]
    changed = session.execute(
        select(MeetingChange.meeting_id, func.max(MeetingChange.at))
        .where(
            MeetingChange.meeting_id.in_([meeting.id for meeting in watched]),
            MeetingChange.action.in_(("move", "restore")),
        )
        .group_by(MeetingChange.meeting_id)
    )
    last = {MeetingId(meeting_id): at for meeting_id, at in changed}
    return {
        meeting.id
        for meeting in watched
        if max(filter(None, (meeting.created_at, last.get(meeting.id)))) <= moments[meeting.id]
    }


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
