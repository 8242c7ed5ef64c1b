"""The address of a calendar to subscribe to (日历), one's own or a unit's.

Example:
    张三: 日历
    » 您的日历地址，只给您一个人用，请不要转发：
    | https://zhibu.example.org/calendar/….ics
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum

from bot.domain.privacy import Fact, FactKind, Text, event, say
from bot.inbound.context import Context
from bot.inbound.intents import Intent, Reading, Strength
from bot.inbound.replies import Reply, reply
from bot.inbound.unit_words import split_unit
from bot.inbound.utterance import Utterance
from bot.services import calendar_feed

OWN = (
    "您的日历地址，只给您一个人用，请不要转发：\n{address}\n"
    "在手机日历里选“订阅日历”，把它粘贴进去，改期、取消会自己跟着变。"
    "不用了回复 日历 作废；给别人看到了回复 日历 换新"
)
UNITS = (
    "{unit}的日历地址，只有时间、地点和会名，可以发给大家：\n{address}\n"
    "在手机日历里选“订阅日历”，把它粘贴进去，改期、取消会自己跟着变。"
    "不用了回复 日历 作废 {unit}"
)
REPLACED = "旧的地址已经作废。"
REVOKED = "✓ 您的日历地址已作废，订阅过的手机上不会再更新。再要请回复 日历"
REVOKED_UNIT = "✓ {unit}的日历地址已作废，大家订阅过的不会再更新。再要请回复 日历 {unit}"
NONE = "现在没有在用的日历地址，不用作废。要一个请回复 日历"
PRIVATELY = "日历地址要私聊我才能给，请私聊回复 日历"


class Wish(Enum):
    """What is to be done with an address."""

    GIVE = "give"
    RENEW = "renew"
    REVOKE = "revoke"


@dataclass(frozen=True, slots=True)
class CalendarSlots:
    """An address is asked for, or to be ended.

    Attributes:
        unit: As named; None where none is.
        own: One's own is meant, where no unit is named; else that of the unit one answers for.
    """

    wish: Wish
    unit: str | None = None
    own: bool = True


EXAMPLES = ("日历", "我的日历", "日历地址", "订阅日历", "日历 换新", "日历 作废")
UNIT_EXAMPLES = ("日历 三支部", "支部日历", "日历 作废 三支部")
SILENT = ("日历在哪买", "日历上写着16号", "把日历翻到三月", "日历怎么不准", "支部的挂历发了吗")

_ORDER = re.compile(
    r"(?:我?要|给我|看看?|订阅)?(?P<whose>我的?|个人|本?支部的?)?(?:日历|日程表?)(?:订阅|地址|链接)*"
    r"\s*(?P<wish>作废|停用|停掉|不要了|换新|换一?个|重置)?(?:地址)?"
)
_ENDS = frozenset(("作废", "停用", "停掉", "不要了"))
_SAYS_CALENDAR = "日历"


def recognise(utterance: Utterance) -> list[Reading]:
    """Recognise 日历, 日历 换新, 日历 作废, 日历 三支部 (`EXACT`)."""
    if _SAYS_CALENDAR not in utterance.text:
        return []
    words, unit = split_unit(utterance.text)
    match = _ORDER.fullmatch(words.strip())
    if match is None:
        return []
    own = not (match["whose"] or "").startswith(("支部", "本支部"))
    slots = CalendarSlots(_wish(match["wish"]), unit, own)
    return [Reading(slots, Strength.EXACT, (0, len(utterance.text)))]


def _wish(word: str | None) -> Wish:
    if word is None:
        return Wish.GIVE
    return Wish.REVOKE if word in _ENDS else Wish.RENEW


def handle(slots: CalendarSlots, context: Context) -> Reply:
    """Tell the address, or end it; in private only, since whoever has it may read the calendar."""
    context.member_id  # noqa: B018 - refuses strangers with the way to bind
    if slots.wish is Wish.REVOKE:
        return _revoke(slots, context)
    if not context.private or context.replayed:
        return reply(PRIVATELY)
    if slots.own and slots.unit is None:
        context.branch_id  # noqa: B018 - who belongs to no branch has no meetings of his own
    given = calendar_feed.give(
        context.session,
        by=context.actor,
        public_url=context.public_url,
        digest=context.seal.mark,
        now=context.now,
        unit=slots.unit,
        own=slots.own,
        renew=slots.wish is Wish.RENEW,
    )
    template = UNITS if given.unit else OWN
    words = (REPLACED if given.replaced else "") + template
    address = Fact(FactKind.ROLL, given.address)
    return Reply(say(words, address=address, unit=event(given.unit)))


def _revoke(slots: CalendarSlots, context: Context) -> Reply:
    ended, unit = calendar_feed.revoke(
        context.session, by=context.actor, now=context.now, unit=slots.unit, own=slots.own
    )
    if not ended:
        return Reply(Text(NONE, (Fact(FactKind.ROLL, ""),)))
    template = REVOKED_UNIT if unit else REVOKED
    return Reply(say(template, unit=Fact(FactKind.ROLL, unit)))


INTENT = Intent(
    name="calendar_feed",
    title="日历订阅",
    recognise=recognise,
    handle=handle,
    examples=(*EXAMPLES, *UNIT_EXAMPLES),
    silent=SILENT,
)
