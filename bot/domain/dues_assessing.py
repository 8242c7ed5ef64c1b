"""Settling a member's monthly dues: from a base or an amount, from which month, with what reason."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from bot.domain import regulations
from bot.domain.dues import CATEGORY_NAMES, Category, Working, working
from bot.domain.errors import DomainError
from bot.domain.money import Fen, yuan
from bot.domain.periods import Month
from bot.domain.wording import month_words

BASE_WORDS: dict[str, Category | None] = {
    "基本工资": Category.WAGE,
    "税后工资": Category.WAGE,
    "工资": Category.WAGE,
    "月薪": Category.WAGE,
    "年薪": Category.ANNUAL_SALARY,
    "退休金": Category.RETIRED,
    "养老金": Category.RETIRED,
    "离休费": Category.RETIRED,
    "经营收入": Category.SELF_EMPLOYED,
    "纯收入": Category.SELF_EMPLOYED,
    "月收入": Category.SELF_EMPLOYED,
    "收入": None,
    "基数": None,
}
"""Words that stand before a base, with whose base it is; None where that has to be said."""

_CHINESE = "零〇一二两三四五六七八九十百千万"
_BASE = re.compile(
    rf"(?P<word>{'|'.join(sorted(BASE_WORDS, key=len, reverse=True))}|薪)"
    rf"(?P<between>[^\d{_CHINESE}，。；\n]{{0,6}})"
    rf"(?P<base>\d+(?:\.\d+)?[万千]|\d[\d,.]{{2,}}|[{_CHINESE}]{{2,}})"
)
_STARS = "****"


class AssessmentRefused(DomainError):
    """An amount that cannot be settled so; the sentence says what to write."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What the organiser wants to settle: an amount, what came out of a base, or a category."""

    name: str
    category: Category | None = None
    amount_fen: Fen | None = None
    worked: Working | None = None


def mask_bases(text: str) -> str:
    """Return the text with what people earn starred: it is nobody's business, and never kept.

    Source:
        privacy.table
    """
    return _BASE.sub(lambda found: f"{found['word']}{found['between']}{_STARS}", text)


def from_base(
    name: str, category: Category | None, base_fen: Fen, on: date, order: str = "核定 {name}"
) -> Working:
    """Return the monthly amount of a base; from here on nobody needs the base any more.

    Args:
        order: How what was asked begins, for the example.

    Raises:
        AssessmentRefused: It is not clear whose base it is, or it is none.

    Source:
        dues.brackets, dues.most
    """
    found = None if category is None else working(category, base_fen, on)
    if category is None or base_fen <= 0 or found is None:
        raise AssessmentRefused(
            "请写清是工资、年薪、退休金还是经营收入，和每月的数，例如："
            f"{order.format(name=name)} 工资 5100"
        )
    return found


def work_out(asked: Asked, known: Category | None, on: date) -> tuple[Category, Working]:
    """Return the category and the monthly amount with its working.

    Args:
        known: The category on the roll, where none was said.
        on: The first day of the month from which it is to hold.

    Raises:
        AssessmentRefused: Something is missing, or the amount is not one the rule allows.

    Source:
        dues.brackets, dues.fixed, dues.most
    """
    category = asked.category or known
    if category is None:
        raise AssessmentRefused(
            f"{asked.name}的人员类别还没有登记，请写上，例如：核定 {asked.name} 在职 30"
        )
    if asked.worked is not None:
        return category, asked.worked
    if asked.amount_fen is not None:
        return category, _check_amount(asked, category, asked.amount_fen, on)
    found = working(category, None, on)
    if found is None:
        raise AssessmentRefused(
            f"{CATEGORY_NAMES[category]}的按基数算，请写上基数，例如：核定 {asked.name} 工资 5100"
            f"（基数只用来算，不保存）；或者直接写金额，例如：核定 {asked.name} 30"
        )
    return category, found


def most_fixed(category: Category, on: date) -> Fen:
    """Return the most that may be settled of a category with a fixed amount.

    Source:
        dues.fixed
    """
    key = f"dues.fixed.{category.value}"
    upper = regulations.find_on(f"{key}.most", on)
    return regulations.number(key if upper is None else upper.key, on)


def _check_amount(asked: Asked, category: Category, fen: Fen, on: date) -> Working:
    """Take an amount as settled, within what the rule gives a category."""
    most = regulations.number("dues.most", on) if regulations.find_on("dues.most", on) else None
    if most is not None and fen > most:
        raise AssessmentRefused(
            f"每月党费一般不超过{yuan(most)}元。写的是基数的话，请加上“工资”或“退休金”，"
            f"例如：核定 {asked.name} 工资 5100"
        )
    fixed = regulations.find_on(f"dues.fixed.{category.value}", on)
    if fixed is None:
        return Working(fen, None, capped=False, source=f"dues.brackets.{category.value}")
    least = regulations.number(fixed.key, on)
    highest = most_fixed(category, on)
    if not least <= fen <= highest:
        told = yuan(least) if least == highest else f"{yuan(least)}元至{yuan(highest)}"
        raise AssessmentRefused(
            f"{CATEGORY_NAMES[category]}每月是{told}元（党费规定{fixed.article}）。"
            f"请这样写：核定 {asked.name} {CATEGORY_NAMES[category]} {yuan(least)}"
        )
    return Working(fen, None, capped=False, source=fixed.key)


def working_words(category: Category, found: Working, on: date) -> str:
    """Return how an amount came about: category, rate, rule, article and day, never the base."""
    rule = regulations.find_on(found.source, on)
    if rule is None:
        return CATEGORY_NAMES[category]
    rate = "" if found.per_myriad is None else f"，基数按{_percent(found.per_myriad)}全额算"
    capped = "，按一般不超过1000元取整，再多自愿" if found.capped else ""
    name = "党费规定" if rule.source == regulations.DUES_RULES else rule.source
    since = f"{rule.effective_from.year}年{rule.effective_from.month}月起施行"
    return f"{CATEGORY_NAMES[category]}{rate}{capped}；{name}{rule.article}，{since}"


def check_month(
    name: str, month: Month, this: Month, *, in_force: bool, changed: bool, reason: str
) -> None:
    """Refuse a month from which an amount may not hold any more.

    What was settled stays through the year; it may change from a month on, with a reason, and
    never for months that are over. In January it is settled anew.

    Args:
        in_force: Some amount holds in that month already.
        changed: That amount was settled for the same year, so this is a change within it.

    Raises:
        AssessmentRefused

    Source:
        dues.yearly
    """
    if in_force and month < this:
        raise AssessmentRefused(
            f"{month_words(month, this.year)}已经过去，以前的月份不改。"
            f"请从本月写起，例如：核定 {name} 30 {this.number}月起 原因"
        )
    if changed and month.number > 1 and not reason:
        raise AssessmentRefused(
            f"{name}今年已经核定过，年内一般不变动。要改请写上原因，"
            f"例如：核定 {name} 30 {max(month, this).number}月起 待遇调整"
        )


def exemption_starts(approved_on: date) -> Month:
    """Return the first month for which less is due: that after the superior approved.

    Source:
        dues.hardship
    """
    return Month.of(approved_on).shift(1)


def first_due_month(admitted_on: date) -> Month:
    """Return the first month a member pays for: the whole one he was admitted in.

    Source:
        dues.admitted
    """
    return Month.of(admitted_on)


def _percent(per_myriad: int) -> str:
    whole, rest = divmod(per_myriad, 100)
    return f"{whole}.{rest:02}".rstrip("0").rstrip(".") + "%"
