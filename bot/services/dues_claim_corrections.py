"""A member corrects the own last dues claim: the wrong one is voided, the right one stated."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import exists, select
from sqlalchemy.orm import Session, aliased

from bot.clock import day_of
from bot.domain.dues import EntryKind
from bot.domain.dues_allocation import Allocated, NeedsAnswer, Part, Question, Refused, allocate
from bot.domain.errors import DomainError
from bot.domain.ids import MemberId
from bot.domain.money import yuan
from bot.domain.periods import Month
from bot.domain.rights import Actor
from bot.domain.wording import month_ranges
from bot.services import dues, dues_policy, undo
from bot.services.dues import STEM, DuesRefused
from bot.services.dues_claims import (
    Claim,
    NoClaim,
    concerned,
    declare_lines,
    forget_settled,
    list_claims,
    refuse_confirmed,
    void_lines,
)
from bot.services.dues_ledger import take_turns
from bot.storage.models import DuesEntry

CORRECTED = "党费更正"
DOUBTED = "原来登记的是{before}元，您写的是{told}元，差得多。确实是{told}元请回复 1；写错了请再写一次，例如：更正 30"


class LastWasForOthers(DomainError):
    """The last declaration was made for others, so a correction would hit the wrong one."""

    def __init__(self) -> None:
        super().__init__("刚才那笔是替别人登记的。请先回复 撤销，再把对的重新写一次。")


@dataclass(frozen=True, slots=True)
class Corrected:
    """A declaration that was taken back and stated anew."""

    before: Claim
    parts: tuple[Part, ...]

    @property
    def total_fen(self) -> int:
        """What is declared now."""
        return sum(fen for _, fen in self.parts)


def correct(
    session: Session,
    *,
    by: Actor,
    now: datetime,
    total_fen: int,
    said_in: str,
    months: Sequence[Month] = (),
    wrong_fen: int | None = None,
    monthly: bool = False,
) -> Corrected | tuple[NeedsAnswer, Claim]:
    """Take the actor's last declaration back and state the right amount, or ask first.

    The question comes with the declaration it is about; it is answered by `replace_claim`. While the question is open nothing has changed.

    Args:
        total_fen: The right amount, for all the months together.
        said_in: Id of the message; groups the months of one declaration.
        months: The months corrected; left out, those of the last declaration.
        wrong_fen: The amount that was wrong (30不是300).
        monthly: Both amounts are those of one month.

    Raises:
        NoClaim: None waits, or none of that amount.
        AlreadyConfirmed: The last one is confirmed.
        LastWasForOthers
        DuesRefused: Not an amount, or nothing would change.
    """
    assert by.member_id is not None
    if undo.is_for_others(session, by, now, STEM):
        raise LastWasForOthers
    take_turns(session, [by.member_id])
    claim = _to_correct(session, by.member_id, months, wrong_fen)
    if monthly:
        total_fen *= len(claim.months)
    return restate(session, claim, claim.months, total_fen, by=by, now=now, said_in=said_in)


def move(
    session: Session,
    *,
    by: Actor,
    now: datetime,
    months: Sequence[Month],
    said_in: str,
    wrong_months: Sequence[Month] = (),
) -> Corrected | tuple[NeedsAnswer, Claim]:
    """Take the actor's last declaration back and state it for other months, or ask first.

    Args:
        months: The right ones.
        wrong_months: Those it was declared for by mistake, where they were said as well.

    Raises:
        NoClaim: None waits, or none of those months.
        AlreadyConfirmed: The last one is confirmed.
        LastWasForOthers
        DuesRefused: Those months take no payment, or nothing would change.
    """
    assert by.member_id is not None
    if undo.is_for_others(session, by, now, STEM):
        raise LastWasForOthers
    take_turns(session, [by.member_id])
    claim = _to_correct(session, by.member_id, wrong_months, None)
    return restate(session, claim, months, claim.total_fen, by=by, now=now, said_in=said_in)


def restate(
    session: Session,
    claim: Claim,
    months: Sequence[Month],
    total_fen: int,
    *,
    by: Actor,
    now: datetime,
    said_in: str,
) -> Corrected | tuple[NeedsAnswer, Claim]:
    """Put a declaration's right months and amount in its place, or ask first.

    Raises:
        DuesRefused: Not an amount, those months take no payment, or nothing would change.
    """
    assert by.member_id is not None
    if total_fen == claim.total_fen and set(months) == set(claim.months):
        raise DuesRefused("登记的就是这样，没有变动。")
    result = _put(session, by.member_id, claim, months, total_fen)
    if isinstance(result, NeedsAnswer):
        return result, claim
    return replace_claim(session, claim, result, by=by, now=now, said_in=said_in)


def find_claim(session: Session, member_id: MemberId, lines: Sequence[int]) -> Claim:
    """Return a declaration by the ids of its lines, once a question about it was answered.

    Raises:
        NoClaim: Some of it no longer waits.
    """
    take_turns(session, [member_id])
    wanted = set(lines)
    for claim in list_claims(session, member_id):
        found = tuple(line for line in claim.lines if line.id in wanted)
        if len(found) == len(wanted):
            return Claim(claim.source, found, claim.at)
    raise NoClaim("这笔登记刚刚有变动，没有更正。回复 我的党费 可以看。")


def replace_claim(
    session: Session,
    claim: Claim,
    payment: Allocated,
    *,
    by: Actor,
    now: datetime,
    said_in: str,
) -> Corrected:
    """Void a declaration and write another in its place; 撤销 brings the first one back."""
    assert by.member_id is not None
    void_lines(session, claim.lines, by=by, now=now)
    entries = declare_lines(session, by.member_id, payment.parts, said_in, by=by, now=now)
    forget_settled(session, by.member_id, now)
    undo.remember(
        session,
        member_id=by.member_id,
        stem=STEM,
        inverse={
            "entries": entries,
            "restores": [[str(month), fen] for month, fen in claim.parts],
            "claim": claim.source,
        },
        title=CORRECTED,
        at=now,
        what=STEM,
    )
    return Corrected(claim, payment.parts)


def _to_correct(
    session: Session, member_id: MemberId, months: Sequence[Month], wrong_fen: int | None
) -> Claim:
    """Return the declaration that is meant: of the months, of the wrong amount, or the last."""
    waiting = list_claims(session, member_id)
    claims = concerned(waiting, months)
    if wrong_fen is not None and claims:
        claims = [claim for claim in claims if _amounts_to(claim, wrong_fen)] or _refuse(claims)
    if not months and wrong_fen is None:
        latest = _latest_lines(session, member_id)
        if latest and not any(line.source == latest for line in claims):
            refuse_confirmed(session, member_id, ())
    if not claims:
        refuse_confirmed(session, member_id, months)
        raise NoClaim.among(waiting)
    return claims[0]


def _amounts_to(claim: Claim, fen: int) -> bool:
    """Tell whether an amount is that of a declaration, in all or each month."""
    return claim.total_fen == fen or {part for _, part in claim.parts} == {fen}


def _refuse(claims: Sequence[Claim]) -> list[Claim]:
    raise NoClaim(
        f"您登记的是{month_ranges(claims[0].months)}党费，金额和您说的对不上。"
        "请写上月份和对的金额，例如：更正 3月 30"
    )


def _latest_lines(session: Session, member_id: MemberId) -> str | None:
    """Return which declaration was the last one that was not taken back."""
    voiding = aliased(DuesEntry)
    return session.scalar(
        select(DuesEntry.claim)
        .where(
            DuesEntry.member_id == member_id,
            DuesEntry.kind == EntryKind.DECLARE,
            ~exists().where(
                voiding.member_id == member_id,
                voiding.month == DuesEntry.month,
                voiding.refers_to == DuesEntry.id,
                voiding.kind == EntryKind.VOID,
            ),
        )
        .order_by(DuesEntry.id.desc())
        .limit(1)
    )


def _put(
    session: Session, member_id: MemberId, claim: Claim, months: Sequence[Month], total_fen: int
) -> Allocated | NeedsAnswer:
    """Put the right amount to the right months, as if the declaration were not there.

    It speaks for the day it was first declared on, so an old one can be corrected as well. That
    one month's amount is not the assessed one goes unasked: it was said twice. One that is far
    from it is asked about once all the same.
    """
    balances = dues.balances(session, [member_id], sorted({*months, *claim.months}))[member_id]
    own = dict.fromkeys(balances, 0)
    for month, fen in claim.parts:
        own[month] += fen
    due = {
        month: max(0, b.assessed_fen - b.confirmed_fen - b.declared_fen + own[month])
        for month, b in balances.items()
        if b.assessed_fen is not None
    }
    said_on = day_of(claim.at)
    policy = dues_policy.of_members(session, [member_id], said_on)[member_id]
    result = allocate(months, total_fen, due, said_on, policy)
    if isinstance(result, Refused):
        raise DuesRefused(result.sentence)
    if is_odd(total_fen, sum(due.get(month, 0) for month in months) or claim.total_fen):
        return result if isinstance(result, NeedsAnswer) else _doubted(claim, result)
    return _said_twice(result) if len(months) == 1 else result


_OUT_OF_ALL = 4  # times more, or less: a point or a nought too many, and no other sum of dues


def is_odd(total_fen: int, known_fen: int) -> bool:
    """Tell whether an amount is so far from the one known that it looks mistyped (1500 for 15)."""
    return not known_fen <= total_fen * _OUT_OF_ALL <= known_fen * _OUT_OF_ALL**2


def _doubted(claim: Claim, result: Allocated) -> NeedsAnswer:
    words = DOUBTED.format(before=yuan(claim.total_fen), told=yuan(result.total_fen))
    return NeedsAnswer(Question.AMOUNT_DIFFERS, words, (result,))


def _said_twice(result: Allocated | NeedsAnswer) -> Allocated | NeedsAnswer:
    """Take an amount that is not the assessed one at its word: it was said once and corrected."""
    if isinstance(result, NeedsAnswer) and result.question is Question.AMOUNT_DIFFERS:
        return result.choices[-1]
    return result
