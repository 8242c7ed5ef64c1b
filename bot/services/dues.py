"""Dues: what members declare of which months, and what stands; only what is confirmed counts."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.domain import rights
from bot.domain.dues import COUNTED, EntryKind, MonthState, month_state
from bot.domain.dues_allocation import (
    Allocated,
    NeedsAnswer,
    Part,
    PayingPolicy,
    Question,
    Refusal,
    Refused,
    allocate,
)
from bot.domain.errors import DomainError
from bot.domain.ids import MemberId, UnitId
from bot.domain.money import yuan
from bot.domain.periods import Month, months_between
from bot.domain.policies import FURTHEST_AHEAD
from bot.domain.rights import Action, Actor
from bot.domain.wording import month_words
from bot.services import (
    dues_assessed,
    dues_policy,
    opening,
    people,
    undo,
)
from bot.services.dues_ledger import (
    append_declaration,
    take_turns,
)
from bot.storage.insert import insert_once
from bot.storage.models import DuesAssessment, DuesEntry, Unit

STEM = "dues"


class DuesRefused(DomainError):
    """A payment that cannot be recorded; the sentence says who can help."""


class DuesTooLate(DuesRefused):
    """Months that only the secretary may record any more."""


@dataclass(frozen=True, slots=True)
class Balance:
    """One member's month: what is assessed, declared and confirmed, in fen.

    Attributes:
        assessed_fen: None where nothing is due (before joining, before the unit counts, or paid
            elsewhere before it began).
        waiting: Ids of declarations not settled yet, with their amounts.
        settled_before: The month was paid elsewhere before the branch began.
    """

    assessed_fen: int | None
    confirmed_fen: int = 0
    waiting: tuple[tuple[int, int], ...] = ()
    settled_before: bool = False

    @property
    def declared_fen(self) -> int:
        """Declared and not yet confirmed."""
        return sum(fen for _, fen in self.waiting)

    @property
    def open_fen(self) -> int:
        """Still to be declared."""
        return max(0, (self.assessed_fen or 0) - self.confirmed_fen - self.declared_fen)

    @property
    def state(self) -> MonthState:
        """How the month stands."""
        state = month_state(self.assessed_fen, self.declared_fen, self.confirmed_fen)
        is_settled = self.settled_before and state is MonthState.NOT_DUE
        return MonthState.SETTLED_BEFORE if is_settled else state


@dataclass(frozen=True, slots=True)
class Declared:
    """A declaration on record."""

    parts: tuple[Part, ...]
    claim: str

    @property
    def total_fen(self) -> int:
        """What was declared in all."""
        return sum(fen for _, fen in self.parts)


def balances(
    session: Session, members: Collection[MemberId], months: Sequence[Month]
) -> dict[MemberId, dict[Month, Balance]]:
    """Return how some members stand in some months, in a few queries."""
    if not members or not months:
        return {member: {} for member in members}
    assessed = dues_assessed.amounts(session, members, months)
    before = opening.months_settled(session, members, months)
    confirmed: dict[tuple[int, Month], int] = {}
    waiting: dict[tuple[int, Month], list[tuple[int, int]]] = {}
    rows = session.execute(
        select(
            DuesEntry.id,
            DuesEntry.member_id,
            DuesEntry.month,
            DuesEntry.fen,
            DuesEntry.kind,
            DuesEntry.refers_to,
        )
        .where(DuesEntry.member_id.in_(members), DuesEntry.month.in_(months))
        .order_by(DuesEntry.id)
    ).all()
    settled = {row.refers_to for row in rows if row.refers_to is not None}
    for row in rows:
        key = (row.member_id, row.month)
        if row.kind is EntryKind.DECLARE and row.id not in settled:
            waiting.setdefault(key, []).append((row.id, row.fen))
        elif row.kind in COUNTED:
            confirmed[key] = confirmed.get(key, 0) + row.fen
    return {
        member: {
            month: Balance(
                None if month in before[member] else assessed.get((member, month)),
                confirmed.get((member, month), 0),
                tuple(waiting.get((member, month), ())),
                month in before[member],
            )
            for month in months
        }
        for member in members
    }


def declare(
    session: Session,
    *,
    months: Sequence[Month],
    total_fen: int | None,
    by: Actor,
    said_on: date,
    now: datetime,
    source: str,
    until: Month | None = None,
) -> Declared | NeedsAnswer:
    """Record that the actor has paid, or return the one question that has to be asked first.

    Messages of one member wait for each other, so that each sees what the one before recorded.

    Args:
        months: As named; empty where none was.
        said_on: The Shanghai day it was said on.
        source: Id of the message; groups the months of one declaration.
        until: The month up to which all is said to be paid, where none was named.

    Raises:
        DuesRefused: Too late, too far ahead, all settled.
    """
    assert by.member_id is not None
    policy = dues_policy.of_members(session, [by.member_id], said_on)[by.member_id]
    reaching = [*months, *([] if until is None else [until])]
    due = open_months(session, [by.member_id], reaching, said_on, policy)[by.member_id]
    recorded = recorded_unassessed(session, by.member_id, due, months, said_on)
    before = opening.months_settled(session, [by.member_id], window(said_on, months))
    result = allocate(
        months,
        total_fen,
        due,
        said_on,
        policy,
        recorded_fen=recorded,
        before=before[by.member_id],
        until=until,
    )
    if isinstance(result, Refused):
        too_late = result.refusal is Refusal.TOO_LATE and due.keys() >= set(months)
        raise (DuesTooLate if too_late else DuesRefused)(result.sentence)
    if isinstance(result, NeedsAnswer):
        return _tell_recorded(session, by.member_id, months, total_fen, result)
    return record_declared(session, result, by=by, now=now, source=source)


def _tell_recorded(
    session: Session,
    member_id: MemberId,
    months: Sequence[Month],
    total_fen: int | None,
    asked: NeedsAnswer,
) -> NeedsAnswer:
    """Say what a month holds already, where a second amount for it is asked about."""
    if asked.question is not Question.AMOUNT_DIFFERS or len(months) != 1 or not total_fen:
        return asked
    balance = balances(session, [member_id], months)[member_id][months[0]]
    recorded = balance.declared_fen + balance.confirmed_fen
    if not recorded or balance.assessed_fen is None:
        return asked
    told = yuan(total_fen)
    words = (
        f"{month_words(months[0])}党费已登记{yuan(recorded)}元，还差{yuan(balance.open_fen)}元，"
        f"您写的是{told}元。另外又交了{told}元请回复 1；是要改成一共{told}元请回复 更正 {told}"
    )
    return replace(asked, sentence=words)


def open_months(
    session: Session,
    members: Collection[MemberId],
    months: Sequence[Month],
    said_on: date,
    policy: PayingPolicy | None = None,
) -> dict[MemberId, dict[Month, int]]:
    """Return what each member still owes, in fen, for the months a payment may be for.

    Nobody else touches the dues of these members before this transaction ends.

    Args:
        months: As named.
        said_on: The Shanghai day it was said on.
        policy: How far ahead they may pay, where that is further than this quarter.
    """
    take_turns(session, members)
    ahead = 0 if policy is None else policy.ahead or 0
    furthest = Month.of(said_on).shift(ahead)
    found = balances(session, members, window(said_on, [*months, furthest]))
    return {
        member: {m: b.open_fen for m, b in own.items() if b.assessed_fen is not None}
        for member, own in found.items()
    }


def recorded_unassessed(
    session: Session,
    member: MemberId,
    due: Mapping[Month, int],
    months: Sequence[Month],
    said_on: date,
) -> dict[Month, int]:
    """Return what is declared or confirmed for months that are not assessed, in fen.

    Args:
        due: What `open_months` found.
        months: As named; without any, this month.
    """
    asked = [month for month in months or [Month.of(said_on)] if month not in due]
    found = balances(session, [member], asked)[member] if asked else {}
    on_record = {month: b.declared_fen + b.confirmed_fen for month, b in found.items()}
    return {month: fen for month, fen in on_record.items() if fen}


def record_declared(
    session: Session,
    payment: Allocated,
    *,
    by: Actor,
    now: datetime,
    source: str,
    of: MemberId | None = None,
) -> Declared:
    """Write a declaration that was put to its months, and let 撤销 take it back.

    Args:
        of: Whose dues, where the actor paid for somebody else.

    Raises:
        DuesRefused: One of the months has been settled since the question was put.
    """
    assert by.member_id is not None
    member_id = of or by.member_id
    payer_id = None if member_id == by.member_id else by.member_id
    take_turns(session, [member_id])
    months = [month for month, _ in payment.parts]
    own = balances(session, [member_id], months)[member_id]
    if any(_is_settled(own[month]) for month in months):
        raise DuesRefused("这几个月刚刚已经登记过了，不用再发。回复 我的党费 可以看。")
    entries = [
        append_declaration(
            session, member_id, month, fen, claim=source, by=by, now=now, payer_id=payer_id
        )
        for month, fen in payment.parts
    ]
    undo.remember(
        session,
        member_id=by.member_id,
        stem=STEM,
        inverse={"entries": entries},
        title="党费登记",
        at=now,
        what=STEM,
        subject_id=member_id if payer_id else None,
        batch=source if of is not None else "",
    )
    return Declared(payment.parts, source)


def assess(
    session: Session,
    *,
    member_id: MemberId,
    monthly_fen: int,
    category: Any,
    effective_month: Month,
    by: Actor,
    now: datetime,
    reason: str = "",
) -> None:
    """Settle the monthly amount of a member from a month on; earlier months stay as they were."""
    seq = len(
        session.scalars(
            select(DuesAssessment.id).where(
                DuesAssessment.member_id == member_id,
                DuesAssessment.effective_month == effective_month,
            )
        ).all()
    )
    insert_once(
        session,
        DuesAssessment,
        {
            "member_id": member_id,
            "effective_month": effective_month,
            "seq": seq + 1,
            "monthly_fen": monthly_fen,
            "category": category,
            "reason": reason,
            "approved_by": by.member_id,
            "recorded_at": now,
        },
    )


def window(today: date, named: Iterable[Month]) -> list[Month]:
    """Return the months a payment may be for: half a year back, to the end of the quarter."""
    this = Month.of(today)
    first = min([this.shift(-6), *named])
    last = max([this.quarter.months[-1], *named])
    return list(months_between(first, last))


def require_near(month: Month, today: date) -> None:
    furthest = Month.of(today).shift(FURTHEST_AHEAD)
    if month > furthest:
        raise DuesRefused(
            f"{month_words(month, today.year)}还早，党费名单最远看到{month_words(furthest, today.year)}。"
            f"请改一下月份，例如：名单 党费 {today.month}月"
        )


def _is_settled(balance: Balance) -> bool:
    return bool(balance.assessed_fen) and not balance.open_fen


def require_for(
    session: Session, members: Collection[MemberId], by: Actor, on: date
) -> dict[MemberId, UnitId | None]:
    """Refuse unless the actor may settle the dues of all these members; return their branches.

    Raises:
        Forbidden: Somebody is of another branch, or of none on this day.
    """
    found = {person.id: person for person in people.list_by_ids(session, members, on)}
    branches = {person.branch_id for person in found.values()}
    rows = session.execute(select(Unit.id, Unit.path).where(Unit.id.in_(branches)))
    paths = {row.id: row.path for row in rows}
    for member in members:
        branch_id = found[member].branch_id if member in found else None
        rights.require(by, Action.CONFIRM_DUES, paths.get(branch_id or 0, ""))
    return {member: person.branch_id for member, person in found.items()}
