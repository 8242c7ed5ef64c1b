"""How far ahead one may pay (预交规定), as the branch decided.

Example:
    王敏: 预交规定 最多3个月 3月12日支部党员大会同意
    » ✓ 已登记：第三党支部党费最多预交3个月（3月12日支部党员大会同意）。
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.domain.privacy import say
from bot.inbound.context import Context
from bot.inbound.intents import Intent, Reading, Strength
from bot.inbound.numerals import read_int
from bot.inbound.replies import Reply, reply
from bot.inbound.unit_words import split_unit
from bot.inbound.utterance import Utterance
from bot.services import dues_policy

DONE = "✓ 已登记：{unit}党费{what}（{decided}）。"
MONTHS = "最多预交{ahead}个月"
QUARTER = "最多预交到本季度末"
NONE = "不预交"
WRITE_SO = "还差最多预交几个月和哪次会定的，请这样写：预交规定 最多3个月 3月12日支部党员大会同意"


@dataclass(frozen=True, slots=True)
class PolicySlots:
    """A branch has decided how far ahead its members may pay.

    Attributes:
        ahead: Months; 0 for none, None for the end of the quarter.
        decided: Who agreed and when, as written.
    """

    ahead: int | None
    decided: str
    unit: str | None = None


EXAMPLES = (
    "预交规定 最多3个月 3月12日支部党员大会同意",
    "预交规定 到季末 支委会同意",
    "预交规定 不预交 3月12日支部党员大会同意",
    "预交规定",
)
SILENT = ("预交规定是什么", "预交规定改了吗", "可以预交几个月", "党费预交3个月")

_ORDER = re.compile(
    r"(?:党费)?预交规定[\s:]+(?:(?:最多)?(?P<months>\d{1,2}|[一二三四五六七八九十两]{1,2})个月"
    r"|(?P<quarter>(?:到)?(?:本季度末|季末|当季末|本季))|(?P<none>不预交|不能预交))(?P<decided>.*)"
)


_ALONE = re.compile(r"(?:设置?|定)?(?:党费)?预交规定")


def recognise(utterance: Utterance) -> list[Reading]:
    """Recognise 预交规定 with what was decided, and alone, which is answered with how (`EXACT`)."""
    text, unit = split_unit(utterance.text)
    if utterance.addressed and _ALONE.fullmatch(text.strip()):
        return [Reading(PolicySlots(None, ""), Strength.EXACT, (0, len(utterance.text)))]
    found = _ORDER.fullmatch(text.strip())
    if found is None or re.search(r"[？吗]", found["decided"]):
        return []
    ahead: int | None = 0 if found["none"] else None
    if found["months"]:
        ahead = read_int(found["months"])
    slots = PolicySlots(ahead, found["decided"].strip(" ，。:"), unit)
    return [Reading(slots, Strength.EXACT, (0, len(utterance.text)))]


def handle(slots: PolicySlots, context: Context) -> Reply:
    """Write the decision down."""
    context.member_id  # noqa: B018 - strangers are told how to bind first
    if slots.ahead is None and not slots.decided:
        return reply(WRITE_SO)
    done = dues_policy.decide(
        context.session,
        ahead=slots.ahead,
        decided_by=slots.decided,
        unit=slots.unit,
        by=context.actor,
        today=context.today,
        now=context.now,
    )
    what = QUARTER if done.ahead is None else MONTHS.format(ahead=done.ahead)
    what = NONE if done.ahead == 0 else what
    return Reply(say(DONE, unit=done.unit, what=what, decided=slots.decided))


INTENT = Intent(
    name="dues_policy",
    title="预交规定",
    recognise=recognise,
    handle=handle,
    examples=EXAMPLES,
    silent=SILENT,
    for_secretaries=True,
    numbers=True,
)
