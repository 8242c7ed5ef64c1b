"""Telling those who waited for a class and now have seats: each of them once, privately."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.clock import day_of
from bot.domain.burden import Hours, Urgency
from bot.domain.ids import MeetingId, MemberId
from bot.domain.privacy import Fact, FactKind, Text, event, missing, say
from bot.domain.sending import SendState
from bot.domain.study import SignupAction
from bot.services import meetings, outbox, people
from bot.services.announcements import SET_OUT
from bot.services.meetings import MeetingView
from bot.services.outbox import Letter, Routes
from bot.services.people import Person
from bot.services.reminders import WAITING
from bot.storage.models import Outbox, StudySignup

TOLD = (
    "{name}您好：{title}（{when}）空出了名额，轮到您了{seats}，已给您报上。"
    "不去请回复 取消报名，名额让给后面的人。"
)
TO_CALL = "{title}空出的名额轮到{names}，他们没有账号，请电话告诉：{when}。"
SOURCE = "有人退了{title}，名额按候补先后给（本产品设定）"
FACTS = "您在候补名单上排在最前"
ENDS = "取消报名后不再发"
SEEN = "只发给您"
PROMOTED = "promoted/"


@dataclass(frozen=True, slots=True)
class Given:
    """Seats that came free for one who waited."""

    step_id: int
    meeting_id: MeetingId
    member_id: MemberId
    seats: int

    @property
    def slot(self) -> str:
        """The slot of what is said about it, which is said once."""
        return f"{PROMOTED}{self.step_id}"

    @property
    def key(self) -> str:
        """The outbox key: the one that the rule of this name gives it, so that both say it once."""
        return f"{WAITING}:{self.slot}:meeting:{self.meeting_id}:m{self.member_id}"

    def words(self, meeting: MeetingView, name: str) -> Text:
        """Return what the one who got them is told."""
        return say(
            TOLD,
            name=name,
            title=event(meeting.title),
            when=event(meeting.when),
            seats=Fact(FactKind.SIGNUP, f"（{self.seats}人）" if self.seats > 1 else ""),
        )


def tell_promoted(
    session: Session, *, given_at: datetime, routes: Routes, hours: Hours, now: datetime
) -> int:
    """Tell everybody to whom seats were given at a moment; return how many those are.

    It belongs into the transaction that gave them.

    Whoever has no account is named to the organiser, to be phoned.

    Args:
        given_at: The `now` of the change that freed the seats.
        now: From when on it may leave.

    Source:
        study.waiting
    """
    given = list_given(session, given_at, given_at)
    if not given:
        return 0
    found = {m.id: m for m in meetings.list_by_ids(session, {one.meeting_id for one in given})}
    on = day_of(given_at)
    persons = {p.id: p for p in people.list_by_ids(session, {g.member_id for g in given}, on)}
    letters = [
        _letter(one, found[one.meeting_id], persons[one.member_id], hours, now)
        for one in given
        if one.member_id in persons
    ]
    left = set(outbox.enqueue(session, routes, letters, now).unreachable)
    for meeting in found.values() if left else ():
        names = [
            persons[one.member_id].name
            for one in given
            if one.meeting_id == meeting.id and one.member_id in left
        ]
        _call(session, meeting, names, routes, hours, now)
    return len(given)


def list_given(session: Session, since: datetime, until: datetime) -> Sequence[Given]:
    """Return the seats given to those who waited from a moment to another, both included."""
    rows = session.execute(
        select(StudySignup.id, StudySignup.meeting_id, StudySignup.member_id, StudySignup.seats)
        .where(
            StudySignup.promoted_at >= since,
            StudySignup.promoted_at <= until,
            StudySignup.action == SignupAction.JOIN,
        )
        .order_by(StudySignup.id)
    )
    return [Given(row[0], MeetingId(row[1]), MemberId(row[2]), row[3]) for row in rows]


def list_untold(session: Session, since: datetime, until: datetime) -> Sequence[Given]:
    """Return those of `list_given` of which nothing was said yet."""
    given = list_given(session, since, until)
    keys = [one.key for one in given]
    rows = session.scalars(
        select(Outbox.key).where(Outbox.key.in_(keys), Outbox.state != SendState.VOID)
    )
    told = set(rows) if keys else set()
    return [one for one in given if one.key not in told]


def _letter(
    one: Given, meeting: MeetingView, person: Person, hours: Hours, now: datetime
) -> Letter:
    return Letter(
        key=one.key,
        text=one.words(meeting, person.name),
        due_at=_may_arrive(meeting, one.key, hours, now),
        member_id=person.id,
        rule=WAITING,
        slot=one.slot,
        subject=meeting.subject,
        reason={
            "rule": WAITING,
            "source": SOURCE.format(title=meeting.title),
            "facts": {"words": FACTS, "meeting": meeting.id, "step": one.step_id},
            "ends_when": ENDS,
            "seen_by": SEEN,
        },
        expires_at=meeting.starts_at,
    )


def _may_arrive(meeting: MeetingView, key: str, hours: Hours, now: datetime) -> datetime:
    """Return when it may arrive: out of quiet hours, unless they would set out by then."""
    at = hours.allow(now, key, Urgency.EVENT_DAY)
    return at if at <= meeting.starts_at - SET_OUT else now


def _call(
    session: Session,
    meeting: MeetingView,
    names: Sequence[str],
    routes: Routes,
    hours: Hours,
    now: datetime,
) -> None:
    organiser = people.find_organiser(session, meeting.branch_id, day_of(now))
    if organiser is None or not names:
        return
    text: Text = say(
        TO_CALL,
        title=event(meeting.title),
        names=missing("、".join(names)),
        when=event(meeting.when),
    )
    key = f"{WAITING}:call:{meeting.subject}:{'、'.join(names)}:{now.isoformat()}"[:200]
    letter = Letter(
        key=key,
        text=text,
        due_at=_may_arrive(meeting, key, hours, now),
        member_id=organiser.id,
        expires_at=meeting.starts_at,
    )
    outbox.enqueue(session, routes, [letter], now)
