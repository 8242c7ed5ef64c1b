"""Party dues: what is due, and how a month stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import Enum

from bot.domain import regulations
from bot.domain.money import Fen
from bot.domain.periods import Month

SECRETARY_MARKS = (1, 2, 3, 5)


class Category(Enum):
    """What a member's dues are worked out from."""

    WAGE = "wage"
    ANNUAL_SALARY = "annual_salary"
    SELF_EMPLOYED = "self_employed"
    RETIRED = "retired"
    FARMER = "farmer"
    STUDENT = "student"
    UNEMPLOYED = "unemployed"
    RELIEF = "relief"
    OTHER = "other"


CATEGORY_NAMES: dict[Category, str] = {
    Category.WAGE: "在职",
    Category.ANNUAL_SALARY: "年薪制",
    Category.SELF_EMPLOYED: "个体经营",
    Category.RETIRED: "离退休",
    Category.FARMER: "农民",
    Category.STUDENT: "学生",
    Category.UNEMPLOYED: "下岗失业",
    Category.RELIEF: "抚恤救济低保",
    Category.OTHER: "其他",
}

_ALIASES: dict[str, Category] = {
    **{name: category for category, name in CATEGORY_NAMES.items()},
    **dict.fromkeys(("工资", "在职职工", "职工"), Category.WAGE),
    **dict.fromkeys(("退休", "离休", "离退休人员"), Category.RETIRED),
    **dict.fromkeys(("个体", "个体户", "经商"), Category.SELF_EMPLOYED),
    **dict.fromkeys(("失业", "下岗", "待业", "无业"), Category.UNEMPLOYED),
    **dict.fromkeys(("低保", "抚恤", "救济"), Category.RELIEF),
}


@dataclass(frozen=True, slots=True)
class Working:
    """A monthly amount with how it came about; the base is not kept.

    Attributes:
        per_myriad: The rate in ten-thousandths; None for a fixed amount.
        capped: The rate gives more than what is generally the most; the rest is voluntary.
        source: Key of the rule used.
    """

    fen: Fen
    per_myriad: int | None
    capped: bool
    source: str


class EntryKind(Enum):
    """What a line of the ledger says; nothing is ever edited, counter-entries correct."""

    DECLARE = "declare"  # somebody says it was paid
    CONFIRM = "confirm"  # the organiser has checked it; only this counts
    VOID = "void"  # takes back a declaration that was not confirmed
    CORRECT = "correct"
    REFUND = "refund"
    EXTRA = "extra"  # voluntary, beyond what is due; of no month's account
    OFFER = "offer"  # somebody says so of an extra


COUNTED = frozenset({EntryKind.CONFIRM, EntryKind.CORRECT, EntryKind.REFUND})
"""What adds up to what is confirmed of a month."""

MONEY = COUNTED | {EntryKind.EXTRA}
"""What a branch holds and hands up."""


class MonthState(Enum):
    """How one member's month stands."""

    NOT_DUE = "not_due"
    SETTLED_BEFORE = "settled_before"  # paid elsewhere before the branch began; no money of ours
    EXEMPT = "exempt"
    UNPAID = "unpaid"
    DECLARED = "declared"
    PART = "part"
    PAID = "paid"
    OVER = "over"


STATE_NAMES: dict[MonthState, str] = {
    MonthState.NOT_DUE: "不用交",
    MonthState.SETTLED_BEFORE: "启用前已交",
    MonthState.EXEMPT: "免交",
    MonthState.UNPAID: "未登记",
    MonthState.DECLARED: "待核对",
    MonthState.PART: "交了一部分",
    MonthState.PAID: "已核对",
    MonthState.OVER: "多交",
}


def find_category(text: str) -> Category | None:
    """Return the category a roster calls by this word, or None."""
    return _ALIASES.get(text.strip())


def category_words() -> tuple[str, ...]:
    """Return the words for categories, the longest first."""
    return tuple(sorted(_ALIASES, key=len, reverse=True))


def working(category: Category, base_fen: Fen | None, on: date) -> Working | None:
    """Work out a monthly amount by the rule of a day, or return None where no rule gives one.

    The whole amount takes the rate of its bracket; half a fen is rounded up. Farmers pay what
    the branch settles; theirs is the least there may be.

    Args:
        base_fen: The base of the category's rule; not needed where the amount is fixed.

    Source:
        dues.brackets
    """
    fixed = regulations.find_on(f"dues.fixed.{category.value}", on)
    if fixed is not None:
        return Working(regulations.number(fixed.key, on), None, capped=False, source=fixed.key)
    key = f"dues.brackets.{category.value}"
    if base_fen is None or regulations.find_on(key, on) is None:
        return None
    table = regulations.brackets(key, on)
    rate = next(row.per_myriad for row in table if _is_within(base_fen, row.upto_fen))
    fen = (base_fen * rate + 5_000) // 10_000
    most = regulations.find_on("dues.most", on)
    limit = fen if most is None else regulations.number("dues.most", on)
    return Working(min(fen, limit), rate, capped=fen > limit, source=key)


def monthly_fen(category: Category, base_fen: Fen | None, on: date) -> Fen | None:
    """Return the monthly amount by the rule of a day, or None where no rule gives one.

    Source:
        dues.brackets
    """
    result = working(category, base_fen, on)
    return None if result is None else result.fen


def month_state(assessed_fen: Fen | None, declared_fen: Fen, confirmed_fen: Fen) -> MonthState:
    """Tell how a month stands.

    Args:
        assessed_fen: What is due; 0 is an approved exemption, None means nothing is due.
        declared_fen: Sum of declarations not yet confirmed.
        confirmed_fen: Sum of confirmed entries, less refunds.
    """
    due = assessed_fen or 0
    if confirmed_fen > due:
        return MonthState.OVER
    if due and confirmed_fen == due:
        return MonthState.PAID
    if declared_fen > 0:
        return MonthState.DECLARED
    if assessed_fen is None:
        return MonthState.NOT_DUE
    if not due:
        return MonthState.EXEMPT
    return MonthState.PART if confirmed_fen > 0 else MonthState.UNPAID


def open_run(states: Mapping[Month, MonthState], until: Month) -> int:
    """Return for how many months in a row, back from `until`, nothing full is on record.

    A declaration waiting to be checked ends the run, as do exemption and months not due.

    Source:
        dues.unpaid
    """
    month = until
    while states.get(month) in (MonthState.UNPAID, MonthState.PART):
        month = month.shift(-1)
    return (until.year - month.year) * 12 + until.number - month.number


def goes_to_the_centre(extra_fen: Fen, on: date) -> bool:
    """Tell whether a voluntary extra is so large that it is not branch money.

    Source:
        dues.extra
    """
    return extra_fen >= regulations.number("dues.extra", on)


def may_publish_total(payers: int, on: date) -> bool:
    """Tell whether a total is of so many people that it gives nobody's amount away.

    Source:
        dues.publication
    """
    return payers >= regulations.number("dues.publication", on)


def _is_within(base_fen: Fen, upto_fen: Fen | None) -> bool:
    return upto_fen is None or base_fen <= upto_fen
