"""Reminders of dues on order: whom they concern, and at most one a member, month and day."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.clock import at, day_of
from bot.domain.burden import Hours
from bot.domain.errors import DomainError
from bot.domain.ids import MemberId
from bot.domain.periods import Month
from bot.domain.privacy import Text
from bot.domain.rights import Actor
from bot.domain.sending import SendState
from bot.domain.wording import day_words, month_ranges
from bot.services import audit, dues_lists, outbox
from bot.services.dues_lists import Owing
from bot.services.outbox import Letter, Routes
from bot.storage.insert import insert_many_once
from bot.storage.models import DuesReminder, Outbox

RULE = "remind_unpaid"
LADDER = "dues_unpaid"
FURTHEST_DEADLINE = timedelta(days=92)
USEFUL_FOR = timedelta(days=10)  # over the longest holiday
REASON = {
    "source": "组织委员请我提醒一次党费（党费按月交纳，党费规定第十二条）",
    "ends_when": "登记后自动停止",
    "seen_by": "只发给您",
}

Write = Callable[[Owing], Text]


class NobodyOwes(DomainError):
    """There is nobody to remind."""


class PastDeadline(DomainError):
    """The deadline given is over, or so far away that it cannot be meant."""

    may_be_overheard = True


@dataclass(frozen=True, slots=True)
class Preview:
    """Whom an order concerns.

    Attributes:
        owing: Everybody who would be reminded, or has to be phoned.
        unreachable: Of them, without an account that can be written to.
        told_today: Names of those already reminded today, of all the months.
    """

    owing: tuple[Owing, ...]
    unreachable: tuple[str, ...]
    told_today: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Ordered:
    """What an order has led to.

    Attributes:
        queued: How many texts are on their way.
        settled: How many have declared since the preview.
        unreachable: Who has to be phoned.
        earliest_at: When the first text may leave.
    """

    queued: int
    settled: int
    unreachable: tuple[str, ...]
    earliest_at: datetime


def prepare(
    session: Session,
    *,
    by: Actor,
    routes: Routes,
    on: date,
    members: Collection[MemberId] | None = None,
    months: Sequence[Month] = (),
    deadline: date | None = None,
) -> Preview:
    """Return whom an order would remind; nothing is written.

    Args:
        on: The Shanghai day the texts would leave on.
        members: Left out, everybody of the actor's branch.
        months: Left out, all that are open.
        deadline: The Shanghai day until which to pay, inclusive.

    Raises:
        Forbidden, NobodyOwes, PastDeadline
    """
    if deadline is not None and not on <= deadline <= on + FURTHEST_DEADLINE:
        raise PastDeadline(
            f"截止日期读成了{deadline.year}年{day_words(deadline)}，请写这三个月里的日子。"
        )
    found = dues_lists.list_open(session, by=by, today=on, members=members, months=months)
    told = reminded_on(session, on)
    left = [line for line in found if not told.issuperset(_pairs(line))]
    if not left:
        raise NobodyOwes(_nobody(found, members))
    reachable = outbox.addresses_of(session, routes, {line.person.id for line in left})
    return Preview(
        owing=tuple(left),
        unreachable=tuple(line.person.name for line in left if line.person.id not in reachable),
        told_today=tuple(line.person.name for line in found if line not in left),
    )


def send(
    session: Session,
    *,
    by: Actor,
    routes: Routes,
    members: Collection[MemberId],
    months: Sequence[Month],
    on: date,
    deadline: date | None,
    batch: str,
    write: Write,
    hours: Hours,
    now: datetime,
) -> Ordered:
    """Queue one private text for each member whose months are still open.

    Insert first: a month a member was reminded of today is left out of the text.

    Args:
        members: Those of the preview.
        on: The Shanghai day the texts leave on: it is the one that has at most one of them.
        batch: Id of the order; the same order twice is one.
        write: The text for one member.

    Raises:
        Forbidden: The actor may not confirm dues (any more).
    """
    found = dues_lists.list_open(session, by=by, today=on, members=members, months=months)
    told = reminded_on(session, on)
    insert_many_once(
        session,
        DuesReminder,
        [
            {
                "member_id": member,
                "month": month,
                "on_day": on,
                "batch": batch,
                "by_id": by.member_id,
                "at": now,
            }
            for line in found
            for member, month in _pairs(line)
            if (member, month) not in told
        ],
    )
    claimed = months_of(session, [batch])
    lines = [_only(line, claimed.get((batch, line.person.id), ())) for line in found]
    letters = [_letter(line, batch, deadline, write, hours, now) for line in lines if line.parts]
    queued = outbox.enqueue(session, routes, letters, now)
    missed = set(queued.unreachable)
    audit.record(
        session,
        by=by,
        at=now,
        action="dues.remind",
        subject=f"batch:{batch}",
        after={"queued": len(letters) - len(missed), "unreachable": len(missed)},
    )
    return Ordered(
        queued=len(letters) - len(missed),
        settled=len(set(members)) - len(found),
        unreachable=tuple(line.person.name for line in lines if line.person.id in missed),
        earliest_at=min((letter.due_at for letter in letters), default=now),
    )


def reminded_on(
    session: Session, day: date, *, of_ladder: bool = True
) -> set[tuple[MemberId, Month]]:
    """Return which members were, or are about to be, reminded of which months on a day.

    Args:
        of_ladder: Also by the monthly ladder.
    """
    rows = session.execute(
        select(DuesReminder.member_id, DuesReminder.month).where(DuesReminder.on_day == day)
    )
    told = {(MemberId(member), month) for member, month in rows}
    return told | _by_ladder(session, day) if of_ladder else told


def months_of(
    session: Session, batches: Collection[str]
) -> dict[tuple[str, MemberId], tuple[Month, ...]]:
    """Return the months each member is reminded of, by order and member."""
    found: dict[tuple[str, MemberId], list[Month]] = defaultdict(list)
    rows = session.execute(
        select(DuesReminder.batch, DuesReminder.member_id, DuesReminder.month)
        .where(DuesReminder.batch.in_(batches))
        .order_by(DuesReminder.month)
    )
    for batch, member, month in rows:
        found[batch, MemberId(member)].append(month)
    return {key: tuple(months) for key, months in found.items()}


def _by_ladder(session: Session, day: date) -> set[tuple[MemberId, Month]]:
    rows = session.execute(
        select(Outbox.member_id, Outbox.slot).where(
            Outbox.rule == LADDER,
            Outbox.due_at >= at(day),
            Outbox.due_at < at(day + timedelta(days=1)),
            Outbox.state.not_in((SendState.VOID, SendState.EXPIRED, SendState.REFUSED)),
        )
    )
    return {
        (MemberId(member), Month.parse(slot.split("/")[0]))
        for member, slot in rows
        if member is not None
    }


def _pairs(line: Owing) -> list[tuple[MemberId, Month]]:
    return [(line.person.id, month) for month in line.months]


def _only(line: Owing, months: Collection[Month]) -> Owing:
    return Owing(line.person, tuple(part for part in line.parts if part[0] in months))


def _nobody(found: Sequence[Owing], members: Collection[MemberId] | None) -> str:
    if found:
        return "这一天已经提醒过了，一天只提醒一次。"
    whose = "" if members is None else "他们"
    return f"没有要提醒的：{whose}都登记了，或者那几个月不用交。"


def _letter(
    line: Owing,
    batch: str,
    deadline: date | None,
    write: Write,
    hours: Hours,
    now: datetime,
) -> Letter:
    member = line.person.id
    key = f"{RULE}:{batch}:dues:{member}:m{member}"
    months = month_ranges(line.months, day_of(now).year)
    reason: Mapping[str, object] = {
        "rule": RULE,
        **REASON,
        "facts": {"words": f"您{months}还没有登记", "months": [str(m) for m in line.months]},
    }
    return Letter(
        key=key,
        text=write(line),
        due_at=hours.allow(now, key),
        member_id=member,
        rule=RULE,
        slot=batch,
        subject=f"dues:{member}",
        reason=reason,
        expires_at=at(deadline + timedelta(days=1)) if deadline else now + USEFUL_FOR,
    )
