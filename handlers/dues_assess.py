"""Settling monthly dues (核定), and working them out (算党费); the base is never kept.

Example:
    王敏: 核定 张三 工资 5100
    » 张三每月党费76.5元，1月起（在职，基数按1.5%全额算；依据…）。回复 确认 登记，回复 取消 作罢
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.domain import dues_assessing
from bot.domain.dues import Category, Working, working
from bot.domain.dues_assessing import Asked
from bot.domain.errors import DomainError
from bot.domain.ids import MemberId
from bot.domain.money import yuan
from bot.domain.periods import Month
from bot.domain.privacy import dues as private
from bot.domain.privacy import say
from bot.domain.wording import month_words
from bot.inbound import dues_orders
from bot.inbound.barred import bar
from bot.inbound.context import Context
from bot.inbound.dues_orders import Pieces
from bot.inbound.intents import Intent, Reading, Strength
from bot.inbound.questions import preview
from bot.inbound.replies import Reply, ToMember
from bot.inbound.utterance import Utterance
from bot.inbound.whom import payers
from bot.services import dues_assessments
from bot.services.dues_assessments import Draft

PREVIEW = (
    "{name}每月党费{amount}元，{month}起（{working}）。{before}{reason}"
    "回复 确认 登记，回复 取消 作罢"
)
BEFORE = "现在是{amount}元。"
REASON = "原因：{reason}。"
DONE = "✓ 已核定：{name}{month}起每月党费{amount}元。以前的月份不变。"
TOLD = "{name}您好：您的党费{month}起每月{amount}元（{working}）。有疑问直接问{by}就行。"
WORKED = "每月{amount}元（{working}）。您写的数只用来算，没有保存。"
FIXED = "每月{amount}元（{working}）。"
WRITE_SO = "请写上姓名和金额，例如：核定 张三 30；按基数算的写：核定 张三 工资 5100"
WRITE_BASE = "请写上每月的数，例如：算党费 工资 5100"
NOT_BACK = "核定不能撤销。要改请重新核定一次，写上原因，例如：核定 张三 30 4月起 写错了"
_CALCULATES = "算党费"


@dataclass(frozen=True, slots=True)
class AssessSlots:
    """A monthly amount is to be settled.

    Attributes:
        name: Whose, as written; "" where nobody is named.
        base_fen: What it is worked out from; never kept.
        amount_fen: The amount itself.
        month: From which on, None where not said.
    """

    name: str = ""
    category: Category | None = None
    base_fen: int | None = None
    amount_fen: int | None = None
    month: Month | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class CalculateSlots:
    """Dues are to be worked out of a base; never kept."""

    category: Category | None
    base_fen: int | None


EXAMPLES = (
    "核定 张三 30",
    "核定 张三 工资 5100",
    "核定 张三 退休金 4200 9月起 退休",
    "核定党费 孙丽 农民 1元",
    "核定 张三 30 3月起 退休",
)
SILENT = (
    "核定党费标准是什么",
    "什么时候核定党费",
    "今年党费核定了吗",
    "核定工作总结",
    "核定 张三了吗",
)
CALCULATE_EXAMPLES = (
    "算党费 工资 5100",
    "算一下党费 退休金 4200",
    "党费计算 年薪 12000",
    "算党费 农民",
    "算党费 学生",
)
CALCULATE_SILENT = (
    "算党费了吗",
    "党费怎么算",
    "算党费的学生来了",
    "工资发了5100",
    "算了，党费明天交",
)

_ORDER = re.compile(r"(?:请|麻烦)?(?:核定|重新核定)(?:月缴)?(?:党费)?[\s:]*(?=\S)")
_CALCULATE = re.compile(
    r"(?:请|帮我|麻烦)*(?:算一?下?|计算)?党费(?:计算|算一?下?)?[\s:，]*(?P<rest>\S.*)"
)
_ASKED = re.compile(r"[？吗呢]|怎|什么|多少|标准|没有?$")


def recognise(utterance: Utterance) -> list[Reading]:
    """Recognise 核定 姓名 and what is settled (`EXACT`)."""
    text = utterance.text
    person = dues_orders.person_ordered(utterance, _ORDER.match(text), _ASKED)
    if person is None:
        return []
    name, end = person
    slots = _slots(name, Pieces(text[end:]), utterance)
    if slots.base_fen is None and slots.amount_fen is None and slots.category is None:
        return []
    return [Reading(slots, Strength.EXACT, (0, len(text)))]


def recognise_calculation(utterance: Utterance) -> list[Reading]:
    """Recognise 算党费 with a word for the base and a number (`EXACT`)."""
    text = utterance.text
    order = _CALCULATE.fullmatch(text)
    if order is None or "算" not in text[: order.start("rest")]:
        return []
    base, category, rest = dues_orders.take_base(Pieces(order["rest"]))
    said, left = dues_orders.take_category(rest)
    if base is None and left.text.strip():
        return []
    if base is None and said is None:
        return []
    return [Reading(CalculateSlots(said or category, base), Strength.EXACT, (0, len(text)))]


def _slots(name: str, pieces: Pieces, utterance: Utterance) -> AssessSlots:
    month, pieces = dues_orders.take_since(pieces, utterance.now.date())
    base, of_base, pieces = dues_orders.take_base(pieces)
    amount, pieces = (None, pieces) if base is not None else dues_orders.take_amount(pieces)
    category, pieces = dues_orders.take_category(pieces)
    return AssessSlots(name, category or of_base, base, amount, month, pieces.reason)


def handle(slots: AssessSlots, context: Context) -> Reply:
    """Show the amount with its working; nothing is settled yet, and the base is gone."""
    if not slots.name:
        raise DomainError(WRITE_SO)
    kept: dict[str, Any] = {
        "name": slots.name,
        "category": slots.category.value if slots.category else None,
        "amount": slots.amount_fen,
        "worked": None,
        "month": str(slots.month) if slots.month else None,
        "reason": slots.reason,
    }
    if slots.base_fen is not None:
        on = (slots.month or Month.of(context.today)).first
        worked = dues_assessing.from_base(slots.name, slots.category, slots.base_fen, on)
        kept["worked"] = [worked.fen, worked.per_myriad, worked.capped, worked.source]
    return resume(kept, context)


def resume(kept: Mapping[str, Any], context: Context) -> Reply:
    """Show the amount once it is clear whose; settle it once it was confirmed."""
    if "draft" in kept:
        return _settle(_loaded(kept["draft"]), context)
    found = payers(context, "dues_assess", [kept["name"]], kept)
    if isinstance(found, Reply):
        return found
    asked = Asked(
        found[0].name,
        Category(kept["category"]) if kept["category"] else None,
        kept["amount"],
        Working(*kept["worked"]) if kept["worked"] else None,
    )
    draft = dues_assessments.draft(
        context.session,
        asked,
        member_id=found[0].id,
        month=Month.parse(kept["month"]) if kept["month"] else None,
        reason=kept["reason"],
        by=context.actor,
        now=context.now,
    )
    before = "" if draft.before_fen is None else BEFORE.format(amount=yuan(draft.before_fen))
    text = say(
        PREVIEW,
        name=draft.name,
        amount=private(yuan(draft.monthly_fen)),
        month=month_words(draft.month, context.today.year),
        working=private(draft.working),
        before=private(before),
        reason=private(REASON.format(reason=draft.reason) if draft.reason else ""),
    )
    return preview(context, "dues_assess", None, {"draft": _stored(draft)}, text)


def _settle(draft: Draft, context: Context) -> Reply:
    dues_assessments.settle(context.session, draft, by=context.actor, now=context.now)
    bar(context, "核定党费", NOT_BACK)
    facts: dict[str, Any] = {
        "month": month_words(draft.month, context.today.year),
        "amount": private(yuan(draft.monthly_fen)),
    }
    told = say(
        TOLD, name=draft.name, working=private(draft.working), by=context.actor.name, **facts
    )
    key = f"assessed:{context.inbound_id}:{draft.member_id}"
    return Reply(say(DONE, name=draft.name, **facts), send=(ToMember(draft.member_id, told, key),))


def calculate(slots: CalculateSlots, context: Context) -> Reply:
    """Work dues out for whoever asks; nothing is kept."""
    category = slots.category or Category.WAGE
    if slots.base_fen is None:
        return _fixed(category, context)
    worked = dues_assessing.from_base(
        context.actor.name, slots.category, slots.base_fen, context.today, _CALCULATES
    )
    words = dues_assessing.working_words(category, worked, context.today)
    return Reply(say(WORKED, amount=private(yuan(worked.fen)), working=private(words)))


def _fixed(category: Category, context: Context) -> Reply:
    """Tell what the rule gives a category without a base: an amount, or from where to where."""
    worked = working(category, None, context.today)
    if worked is None:
        raise DomainError(WRITE_BASE)
    most = dues_assessing.most_fixed(category, context.today)
    amount = yuan(worked.fen) if most == worked.fen else f"{yuan(worked.fen)}至{yuan(most)}"
    words = dues_assessing.working_words(category, worked, context.today)
    return Reply(say(FIXED, amount=private(amount), working=private(words)))


def _stored(draft: Draft) -> dict[str, Any]:
    return {
        "member_id": draft.member_id,
        "name": draft.name,
        "category": draft.category.value,
        "fen": draft.monthly_fen,
        "month": str(draft.month),
        "reason": draft.reason,
        "working": draft.working,
        "before": draft.before_fen,
    }


def _loaded(kept: Mapping[str, Any]) -> Draft:
    return Draft(
        member_id=MemberId(kept["member_id"]),
        name=kept["name"],
        category=Category(kept["category"]),
        monthly_fen=kept["fen"],
        month=Month.parse(kept["month"]),
        reason=kept["reason"],
        working=kept["working"],
        before_fen=kept["before"],
    )


INTENT = Intent(
    name="dues_assess",
    title="核定党费",
    recognise=recognise,
    handle=handle,
    resume=resume,
    examples=EXAMPLES,
    silent=SILENT,
    for_secretaries=True,
    numbers=True,
)
CALCULATE = Intent(
    name="dues_calculate",
    title="算党费",
    recognise=recognise_calculation,
    handle=calculate,
    examples=CALCULATE_EXAMPLES,
    silent=CALCULATE_SILENT,
    numbers=True,
)
