"""A payment of a bill put to a member and months: proposed where it is clear, else with why not."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum

from bot.domain.dues_allocation import (
    DEFAULT_POLICY,
    Allocated,
    NeedsAnswer,
    Part,
    PayingPolicy,
    Question,
    Refusal,
    Refused,
    allocate,
)
from bot.domain.ids import MemberId
from bot.domain.money import Fen
from bot.domain.periods import Month

MASK = "*"


class Why(Enum):
    """Why a payment is proposed, or what is not clear about it."""

    NAMED = "named"  # name and months were written
    BY_AMOUNT = "by_amount"  # the name was written, the months follow from the amount
    NOBODY = "nobody"
    SEVERAL = "several"
    MASKED = "masked"
    AMOUNT = "amount"
    SETTLED = "settled"
    TWICE = "twice"  # another payment of a bill is proposed for these months, and not confirmed yet
    TOO_LATE = "too_late"
    NOT_ASSESSED = "not_assessed"


PROPOSED = frozenset({Why.NAMED, Why.BY_AMOUNT})

WHY_WORDS: dict[Why, str] = {
    Why.NAMED: "写明了姓名和月份",
    Why.BY_AMOUNT: "月份按金额推的",
    Why.NOBODY: "名字对不上名册",
    Why.SEVERAL: "对得上几个人",
    Why.MASKED: "对方名字不全",
    Why.AMOUNT: "金额对不上月份",
    Why.SETTLED: "那几个月已核对",
    Why.TWICE: "那几个月账单里已有一笔，等着核对",
    Why.TOO_LATE: "补交超过6个月，要书记登记",
    Why.NOT_ASSESSED: "还没有核定",
}


@dataclass(frozen=True, slots=True)
class Payment:
    """An incoming payment as a bill has it.

    Attributes:
        payer: Who paid, as the bill names them.
        remark: What they wrote.
        months: The months named in the remark.
    """

    paid_on: date
    fen: Fen
    payer: str
    remark: str
    months: tuple[Month, ...] = ()


@dataclass(frozen=True, slots=True)
class Match:
    """What a payment seems to be: of whom, for which months; empty parts where unclear."""

    why: Why
    member_id: MemberId | None = None
    parts: tuple[Part, ...] = ()

    @property
    def is_proposed(self) -> bool:
        """Whether it is clear enough to be put before the organiser."""
        return self.why in PROPOSED


def whose(payment: Payment, names: Mapping[str, Collection[MemberId]]) -> Match | MemberId:
    """Return the one member a payment is of, or why that is not clear; nothing is guessed.

    A name in the remark says whose dues they are; only without one the payer pays for himself.

    Args:
        names: Full name → the members of the branch called so.
    """
    written = {name for name in names if name in payment.remark}
    written = {name for name in written if not any(name != o and name in o for o in written)}
    if not written and payment.payer in names:
        written = {payment.payer}
    if not written:
        return Match(Why.MASKED if MASK in payment.payer else Why.NOBODY)
    found = [member for name in written for member in names[name]]
    return found[0] if len(found) == 1 else Match(Why.SEVERAL)


def months_of(
    payment: Payment,
    member_id: MemberId,
    due_fen: Mapping[Month, Fen],
    policy: PayingPolicy = DEFAULT_POLICY,
) -> Match:
    """Put a member's payment to months, as a declaration would be, or tell why that is not clear.

    Args:
        due_fen: What is not confirmed yet for each assessed month.
    """
    result = allocate(payment.months, payment.fen, due_fen, payment.paid_on, policy)
    if isinstance(result, Allocated):
        return _proposed(Why.NAMED, member_id, result, due_fen)
    if isinstance(result, Refused):
        return Match(_REFUSED.get(result.refusal, Why.AMOUNT), member_id)
    if result.question is Question.CONFIRM_MONTHS and due_fen:
        return _proposed(Why.BY_AMOUNT, member_id, result.choices[0], due_fen)
    return Match(_unclear(result, due_fen), member_id)


def _proposed(
    why: Why, member_id: MemberId, payment: Allocated, due_fen: Mapping[Month, Fen]
) -> Match:
    """Propose only what fills months to the fen; the rest is for a person to look at."""
    if any(month not in due_fen for month, _ in payment.parts):
        return Match(Why.NOT_ASSESSED, member_id)
    return Match(why, member_id, payment.parts)


_REFUSED = {
    Refusal.SETTLED: Why.SETTLED,
    Refusal.NOTHING_OPEN: Why.SETTLED,
    Refusal.TOO_LATE: Why.TOO_LATE,
}


def _unclear(asked: NeedsAnswer, due_fen: Mapping[Month, Fen]) -> Why:
    if not due_fen or asked.question is Question.HOW_MUCH:
        return Why.NOT_ASSESSED
    return Why.SETTLED if asked.question is Question.PARTLY_SETTLED else Why.AMOUNT


def names_of(people: Sequence[tuple[MemberId, str]]) -> dict[str, list[MemberId]]:
    """Return full names with the members called so."""
    found: dict[str, list[MemberId]] = {}
    for member_id, name in people:
        found.setdefault(name, []).append(member_id)
    return found
