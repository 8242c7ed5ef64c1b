"""Which months a declared payment of dues is for: put there, asked about, or refused."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum, auto
from typing import TypeAlias

from bot.domain import regulations
from bot.domain.money import Fen, yuan
from bot.domain.periods import Month
from bot.domain.wording import month_ranges

_EXAMPLE = "党费 3月 30"

Part: TypeAlias = tuple[Month, Fen]


@dataclass(frozen=True, slots=True)
class PayingPolicy:
    """What a branch agreed to.

    Attributes:
        ahead: Months one may pay in advance; None means up to the end of the present quarter.
    """

    ahead: int | None = None


DEFAULT_POLICY = PayingPolicy()


@dataclass(frozen=True, slots=True)
class Allocated:
    """A payment put to its months.

    Attributes:
        parts: Month and amount, in order; they add up to the total.
        is_ahead: Some month is later than the present one and needs the branch's consent.
    """

    parts: tuple[Part, ...]
    is_ahead: bool = False

    @property
    def total_fen(self) -> Fen:
        """What the parts add up to."""
        return sum(fen for _, fen in self.parts)


class Question(Enum):
    """Why a payment could not be put to months without asking."""

    WHICH_MONTH = auto()  # neither month nor amount, or an amount that fits no run of months
    CONFIRM_MONTHS = auto()  # the months were guessed from the amount
    AMOUNT_DIFFERS = auto()
    HOW_MUCH = auto()  # nothing is assessed
    PARTLY_SETTLED = auto()


@dataclass(frozen=True, slots=True)
class NeedsAnswer:
    """One question.

    Attributes:
        sentence: What the person reads; it says what to reply.
        choices: What replying 1, 2 … records; empty where the person has to write it again.
    """

    question: Question
    sentence: str
    choices: tuple[Allocated, ...] = ()


class Refusal(Enum):
    """Why a payment is not recorded."""

    SETTLED = auto()
    TOO_FAR_AHEAD = auto()
    TOO_LATE = auto()  # goes to the secretary
    NOTHING_OPEN = auto()
    NOT_INCLUDED = auto()  # before the first month that is assessed and counted
    NOT_AN_AMOUNT = auto()


@dataclass(frozen=True, slots=True)
class Refused:
    """Not recorded; the sentence says who can help."""

    refusal: Refusal
    sentence: str


Allocation: TypeAlias = Allocated | NeedsAnswer | Refused


def allocate(
    months: Iterable[Month],
    total_fen: Fen | None,
    due_fen: Mapping[Month, Fen],
    today: date,
    policy: PayingPolicy = DEFAULT_POLICY,
    *,
    recorded_fen: Mapping[Month, Fen] | None = None,
    before: Collection[Month] = (),
    until: Month | None = None,
) -> Allocation:
    """Put a declared payment to months, or ask, or refuse.

    Args:
        months: The months named; empty where none was.
        total_fen: The amount named, for all months together; None where none was.
        due_fen: What is still to pay for each assessed month, late, present and to come; 0 where
            all is declared or confirmed. Months without an assessment are absent.
        today: The Shanghai day the payment was declared on.
        recorded_fen: What is declared or confirmed for months without an assessment.
        before: Months paid elsewhere before the branch began: settled, whatever was named.
        until: The month up to which all is said to be paid, where none was named.

    Source:
        dues.back_payment, dues.prepayment
    """
    if total_fen is not None and total_fen <= 0:
        return Refused(Refusal.NOT_AN_AMOUNT, f"没看懂金额。请这样写：{_EXAMPLE}")
    limits = _Limits.on(today, policy, before)
    named = sorted(set(months))
    recorded = recorded_fen or {}
    due_fen = {**due_fen, **{month: 0 for month in named if month in before}}
    if not named and not due_fen and total_fen is not None and limits.this in recorded:
        named = [limits.this]
    if not named and not due_fen and before:
        words = f"您的党费启用前已交到{limits.words([max(before)])}，没有待报的月份。有出入请告诉组织委员"
        return Refused(Refusal.NOTHING_OPEN, words)
    if until is not None and not named and due_fen:
        return _put_until(until, total_fen, due_fen, limits)
    if not named:
        return _guess(total_fen, due_fen, limits)
    coming = _coming(named, total_fen, due_fen, limits)
    if coming is not None and not any(month in recorded for month in named):
        return coming
    refused = _outside(named, limits)
    if refused is None and any(month in recorded for month in named):
        return _put_again(named, total_fen, recorded, limits)
    return refused or _put(named, total_fen, due_fen, limits)


@dataclass(frozen=True, slots=True)
class _Limits:
    """First and last month one may pay for, and the present one."""

    first: Month
    this: Month
    last: Month
    before: frozenset[Month] = frozenset()

    @classmethod
    def on(cls, today: date, policy: PayingPolicy, before: Collection[Month]) -> _Limits:
        this = Month.of(today)
        back = regulations.number("dues.back_payment", today)
        last = this.quarter.months[-1] if policy.ahead is None else this.shift(policy.ahead)
        return cls(this.shift(-back), this, last, frozenset(before))

    def allocated(self, parts: Sequence[Part]) -> Allocated:
        return Allocated(tuple(parts), is_ahead=any(month > self.this for month, _ in parts))

    def words(self, months: Iterable[Month]) -> str:
        return month_ranges(months, self.this.year)

    def settled(self, months: Iterable[Month]) -> str:
        """Say of settled months where they are settled."""
        here = [month for month in months if month not in self.before]
        there = [month for month in months if month in self.before]
        words = [f"{self.words(there)}党费启用前已交"] if there else []
        return "，".join([*words, *([f"{self.words(here)}党费已登记"] if here else [])])


def _coming(
    named: Sequence[Month], total_fen: Fen | None, due_fen: Mapping[Month, Fen], limits: _Limits
) -> NeedsAnswer | Refused | None:
    """Ask of months of last year that owe nothing, where the branch lets the same of this year be paid.

    A month written without its year is read as one of last year as soon as it lies further ahead
    than this quarter; only the branch's decision tells that it may be one to come.
    """
    later = [month.shift(12) for month in named]
    if not all(limits.this < month <= limits.last for month in later):
        return None
    if any(due_fen.get(month) for month in named) or any(m not in due_fen for m in later):
        return None
    last_year, year = limits.words(named), named[0].year
    parts = [(month, due_fen[month]) for month in later if due_fen[month]]
    if not parts:
        words = f"{month_ranges(later, year)}党费已登记，{last_year}没有待报的。金额不对请回复 更正"
        return Refused(Refusal.SETTLED, words)
    own = limits.allocated(parts if total_fen is None else _fill(parts, total_fen))
    ahead = month_ranges((month for month, _ in own.parts), year)
    words = (
        f"{last_year}没有待报的党费。预交{ahead}{yuan(own.total_fen)}元请回复 1；"
        f"不是请写上年份和月份再发一次"
    )
    return NeedsAnswer(Question.CONFIRM_MONTHS, words, (own,))


def _outside(named: Sequence[Month], limits: _Limits) -> Refused | None:
    late = [month for month in named if month < limits.first and month not in limits.before]
    if late:
        return Refused(
            Refusal.TOO_LATE,
            f"{limits.words(late)}的党费补交超过6个月，要由书记登记，请告诉书记。",
        )
    ahead = [month for month in named if month > limits.last and month not in limits.before]
    if ahead:
        return Refused(
            Refusal.TOO_FAR_AHEAD,
            f"现在最多可以预交到{limits.words([limits.last])}。请改一下月份，例如：{_EXAMPLE}",
        )
    return None


def _put(
    named: Sequence[Month],
    total_fen: Fen | None,
    due_fen: Mapping[Month, Fen],
    limits: _Limits,
) -> Allocation:
    if any(month not in due_fen for month in named):
        return _put_unassessed(named, total_fen, due_fen, limits)
    if any(not due_fen[month] for month in named):
        return _put_partly_settled(named, total_fen, due_fen, limits)
    own = limits.allocated([(month, due_fen[month]) for month in named])
    if total_fen is None or total_fen == own.total_fen:
        return own
    return _put_other_amount(own, total_fen, limits)


def _put_unassessed(
    named: Sequence[Month],
    total_fen: Fen | None,
    due_fen: Mapping[Month, Fen],
    limits: _Limits,
) -> Allocation:
    if total_fen is None:
        return _put_known_alone(named, due_fen, limits)
    if any(due_fen.get(month) == 0 for month in named):
        settled = limits.settled([month for month in named if due_fen.get(month) == 0])
        words = f"{settled}。其余的请一个月一个月写，例如：{_EXAMPLE}"
        return NeedsAnswer(Question.PARTLY_SETTLED, words)
    unknown = [month for month in named if month not in due_fen]
    rest = total_fen - sum(due_fen.get(month, 0) for month in named)
    each, odd = divmod(rest, len(unknown))
    if each <= 0 or odd:
        words = f"{limits.words(named)}各交多少没看出来。请一个月一个月写，例如：{_EXAMPLE}"
        return NeedsAnswer(Question.HOW_MUCH, words)
    parts = [(month, due_fen.get(month, each)) for month in named]
    return limits.allocated([(month, fen) for month, fen in parts if fen])


def _put_again(
    named: Sequence[Month],
    total_fen: Fen | None,
    recorded: Mapping[Month, Fen],
    limits: _Limits,
) -> NeedsAnswer | Refused:
    """Of months without an assessment, say which are on record; another amount is asked about."""
    before = [month for month in named if month in recorded]
    settled = f"{limits.words(before)}党费已登记"
    if len(before) < len(named):
        words = f"{settled}。其余的请一个月一个月写，例如：{_EXAMPLE}"
        return NeedsAnswer(Question.PARTLY_SETTLED, words)
    mine = sum(recorded[month] for month in named)
    if total_fen in (None, mine):
        return Refused(Refusal.SETTLED, f"{settled}，不用再报。金额不对请回复 更正")
    told = yuan(total_fen or 0)
    words = f"{settled}{yuan(mine)}元，您写的是{told}元。"
    if len(named) > 1:
        words += f"另外又交的请一个月一个月写，例如：{_EXAMPLE}；金额不对请回复 更正"
        return NeedsAnswer(Question.AMOUNT_DIFFERS, words)
    words += f"另外又交了{told}元请回复 1；金额不对请回复 更正"
    paid = limits.allocated([(named[0], total_fen or 0)])
    return NeedsAnswer(Question.AMOUNT_DIFFERS, words, (paid,))


def _put_known_alone(
    named: Sequence[Month], due_fen: Mapping[Month, Fen], limits: _Limits
) -> NeedsAnswer | Refused:
    """Of months some of which are not assessed, without an amount, offer those that are open."""
    if not due_fen:
        words = f"还没有核定您{limits.words(named)}的党费。请写上金额，例如：{_EXAMPLE}"
        return NeedsAnswer(Question.HOW_MUCH, words)
    words = f"{limits.words(month for month in named if month not in due_fen)}还没开始记，不用报。"
    settled = [month for month in named if due_fen.get(month) == 0]
    if settled:
        words += f"{limits.settled(settled)}。"
    rest = limits.allocated([(month, due_fen[month]) for month in named if due_fen.get(month)])
    if not rest.parts:
        counted = [month for month in due_fen if month not in limits.before]
        words += f"您的党费从{limits.words([min(counted)])}起记。" if counted else ""
        return Refused(Refusal.NOT_INCLUDED, words)
    left = limits.words(month for month, _ in rest.parts)
    words += f"只记{left}{yuan(rest.total_fen)}元，对的请回复 1"
    return NeedsAnswer(Question.PARTLY_SETTLED, words, (rest,))


def _put_partly_settled(
    named: Sequence[Month],
    total_fen: Fen | None,
    due_fen: Mapping[Month, Fen],
    limits: _Limits,
) -> Allocation:
    settled = limits.settled([month for month in named if not due_fen[month]])
    rest = limits.allocated([(month, due_fen[month]) for month in named if due_fen[month]])
    if not rest.parts:
        elsewhere = limits.before.issuperset(named)
        whom = "有出入请告诉组织委员" if elsewhere else "金额不对请回复 更正"
        return Refused(Refusal.SETTLED, f"{settled}，不用再报。{whom}")
    left = limits.words(month for month, _ in rest.parts)
    if total_fen is None or total_fen == rest.total_fen:
        words = f"{settled}。只记{left}{yuan(rest.total_fen)}元，对的请回复 1"
        return NeedsAnswer(Question.PARTLY_SETTLED, words, (rest,))
    words = (
        f"{settled}，{left}是{yuan(rest.total_fen)}元，和您写的{yuan(total_fen)}元对不上。"
        f"请再写一次，例如：{_EXAMPLE}"
    )
    return NeedsAnswer(Question.PARTLY_SETTLED, words)


def _put_other_amount(own: Allocated, total_fen: Fen, limits: _Limits) -> NeedsAnswer:
    months, mine, told = limits.words(dict(own.parts)), yuan(own.total_fen), yuan(total_fen)
    paid = limits.allocated(_fill(own.parts, total_fen))
    words = f"{months}党费核定{mine}元，您写的是{told}元。"
    if len(own.parts) > 1 and total_fen * len(own.parts) == own.total_fen:
        words += f"每月{told}元、共{mine}元请回复 1；一共只交了{told}元请回复 2"
        return NeedsAnswer(Question.AMOUNT_DIFFERS, words, (own, paid))
    words += f"确实交了{told}元请回复 1；写错了请再写一次，例如：{_EXAMPLE}"
    return NeedsAnswer(Question.AMOUNT_DIFFERS, words, (paid,))


def _fill(parts: Sequence[Part], total_fen: Fen) -> list[Part]:
    """Put an amount to months in order; what is over stays with the last."""
    filled: list[Part] = []
    for month, fen in parts:
        taken = min(fen, total_fen)
        total_fen -= taken
        if taken:
            filled.append((month, taken))
    month, fen = filled[-1]
    return [*filled[:-1], (month, fen + total_fen)]


def _put_until(
    until: Month, total_fen: Fen | None, due_fen: Mapping[Month, Fen], limits: _Limits
) -> NeedsAnswer | Refused:
    """Ask of all months up to one that are open (交到12月了); none is written unasked."""
    refused = _outside([until], limits)
    if refused is not None:
        return refused
    parts = [(m, fen) for m, fen in sorted(due_fen.items()) if fen and limits.first <= m <= until]
    if not parts:
        words = f"到{limits.words([until])}的党费都已登记，不用再报。金额不对请回复 更正"
        return Refused(Refusal.SETTLED, words)
    own = limits.allocated(parts)
    if total_fen in (None, own.total_fen):
        return _confirm_months(own, limits)
    words = (
        f"到{limits.words([until])}还没登记的是{limits.words(dict(parts))}，共{yuan(own.total_fen)}元，"
        f"您写的是{yuan(total_fen or 0)}元，还没有登记。请写上月份，例如：{_EXAMPLE}"
    )
    return NeedsAnswer(Question.WHICH_MONTH, words)


def _guess(total_fen: Fen | None, due_fen: Mapping[Month, Fen], limits: _Limits) -> Allocation:
    if not due_fen:
        return _guess_unassessed(total_fen, limits)
    last = limits.this if total_fen is None else limits.last
    candidates = [
        (month, fen)
        for month, fen in sorted(due_fen.items())
        if fen and limits.first <= month <= last
    ]
    if not candidates:
        words = "您的党费都已登记，没有待报的月份。如果不对请问组织委员"
        return Refused(Refusal.NOTHING_OPEN, words)
    for end in range(1, len(candidates) + 1):
        oldest = limits.allocated(candidates[:end])
        if total_fen in (None, oldest.total_fen):
            return _confirm_months(oldest, limits)
    words = f"{yuan(total_fen or 0)}元是哪几个月的党费？请写上月份，例如：{_EXAMPLE}"
    return NeedsAnswer(Question.WHICH_MONTH, words)


def _guess_unassessed(total_fen: Fen | None, limits: _Limits) -> NeedsAnswer:
    if total_fen is None:
        words = f"请写上月份和金额，例如：{_EXAMPLE}"
        return NeedsAnswer(Question.WHICH_MONTH, words)
    return _confirm_months(limits.allocated([(limits.this, total_fen)]), limits)


def _confirm_months(guess: Allocated, limits: _Limits) -> NeedsAnswer:
    months = limits.words(month for month, _ in guess.parts)
    words = (
        f"是{months}党费{yuan(guess.total_fen)}元吗？是请回复 1；不是请写上月份，例如：{_EXAMPLE}"
    )
    return NeedsAnswer(Question.CONFIRM_MONTHS, words, (guess,))
