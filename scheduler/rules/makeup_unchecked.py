"""Who says to have made up for a meeting waits for the organiser, who is told until it is checked.

Example:
    » 王敏: 王敏您好：16日主题党日有1人说补学完了，等您核对：张三。核对好了请回复：确认补学 16日主题党日
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from bot.clock import day_of
from bot.domain.ids import MeetingId, MemberId
from bot.domain.ladders import Ladder, Step
from bot.domain.privacy import count, event, missing, say
from bot.domain.wording import names_words
from bot.services import ladders, makeup_study, meetings, people, roll_books, survey
from bot.services.makeup_study import Claim
from bot.services.roll_books import Book
from scheduler.rule import ROUND_AT, Asked, Reason, Reminder, Rule, Setting, Slot, daily

TEXT = "{name}您好：{title}有{n}人说补学完了，等您核对：{names}。\n核对好了请回复：确认补学 {title}"
SOURCE = "补学要组织委员核对过才算（本产品设定）"
FACTS = "{title}有{n}人的补学等着核对"
ENDS = "核对了自动停止"
SEEN = "只发给您"
_USEFUL_FOR = 5  # days, where a ladder does not say


def slots(after: datetime, until: datetime) -> Iterable[Slot]:
    """Yield every morning."""
    return daily(after, until, ROUND_AT.hour)


def reminders(session: Session, slot: Slot, setting: Setting) -> Iterable[Reminder]:
    """Tell the organiser of each meeting whose first claim has waited for a rung's days."""
    days = ladders.days_around(ladders.every(session, setting.ladders, RULE.name))
    said = makeup_study.list_said(session, [slot.day - timedelta(days=day) for day in days])
    if not said:
        return
    books = [book for book in _books(session, said) if makeup_study.claims_in(book)]
    branches = {book.meeting.branch_id for book in books}
    of = ladders.of_units(session, setting.ladders, RULE.name, branches, slot.day)
    keepers = survey.keepers(session, branches, slot.day)
    for book in books:
        branch, claims = book.meeting.branch_id, makeup_study.claims_in(book)
        ladder = of[branch]
        first = day_of(min(claim.said_at for claim in claims))
        step = next((step for step in ladder.steps(first) if step.day == slot.day), None)
        if step is not None and branch in keepers:
            yield _reminder(book, claims, slot, (ladder, step), keepers[branch])


def satisfied(session: Session, asked: Sequence[Asked], _now: datetime) -> Collection[int]:
    """Return those of whose meeting nothing waits any more."""
    books = _books(session, {_meeting_of(row) for row in asked})
    waits = {book.meeting.id for book in books if makeup_study.claims_in(book)}
    return [row.id for row in asked if _meeting_of(row) not in waits]


def _books(session: Session, ids: Collection[MeetingId]) -> list[Book]:
    held = meetings.list_by_ids(session, ids)
    return roll_books.load(session, [one for one in held if one.state in meetings.LIVE])


def _reminder(
    book: Book,
    claims: Sequence[Claim],
    slot: Slot,
    rung: tuple[Ladder, Step],
    keeper: tuple[MemberId, str],
) -> Reminder:
    (ladder, step), (member_id, name) = rung, keeper
    meeting, called = book.meeting, people.tell_apart(book.expected)
    first = day_of(min(claim.said_at for claim in claims))
    return Reminder(
        slot=f"{meeting.id}/{first}/{step.name}",
        subject=meeting.subject,
        text=say(
            TEXT,
            name=name,
            title=event(meeting.title),
            n=count(len(claims)),
            names=missing(names_words([called[claim.member_id] for claim in claims], limit=None)),
        ),
        reason=Reason(SOURCE, FACTS.format(title=meeting.title, n=len(claims)), ENDS, SEEN),
        due_at=slot.at,
        expires_at=slot.at + timedelta(days=ladder.lasts or _USEFUL_FOR),
        member_id=member_id,
        used={"meeting": meeting.id, "waiting": len(claims), **ladder.facts(step)},
    )


def _meeting_of(row: Asked) -> MeetingId:
    return MeetingId(int(row.subject.removeprefix("meeting:")))


RULE = Rule(
    name="makeup_unchecked",
    title="补学等核对",
    source="study.made_up_unchecked",
    slots=slots,
    reminders=reminders,
    satisfied=satisfied,
    joins=True,
)
