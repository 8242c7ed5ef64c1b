"""What a month holds for one's branch (本月安排), in order of time.

Example:
    张三: 本月安排
    » 3月的安排：
    | 3月12日（周四）10:00 3月支部党员大会，社区二楼
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta

from bot.clock import at
from bot.domain.periods import Month
from bot.domain.privacy import event, say
from bot.inbound.context import Context
from bot.inbound.intents import Intent, Reading, Strength
from bot.inbound.replies import Reply
from bot.inbound.utterance import Utterance
from bot.services import meetings

PLAN = "{month}的安排：\n{lines}"
LINE = "{when} {title}"
NOTHING = "{month}还没有安排。定下来会提前告诉您。"


@dataclass(frozen=True, slots=True)
class MonthPlanSlots:
    """A look at a month: this one, or the next."""

    next_month: bool = False


EXAMPLES = ("本月安排", "这个月的安排", "下月安排", "本月日程")
SILENT = ("本月安排好了吗", "这个月安排体检", "本月安排表发我邮箱")

_ORDER = re.compile(
    r"(?:(?P<this>本月|这个?月|当月)|(?P<next>下个?月))(?:的|有什么)?(?:安排|日程|活动安排|会议安排)"
)


def recognise(utterance: Utterance) -> list[Reading]:
    """Recognise 本月安排, said to the bot (`EXACT`)."""
    found = _ORDER.fullmatch(utterance.text) if utterance.addressed else None
    if found is None:
        return []
    slots = MonthPlanSlots(found["next"] is not None)
    return [Reading(slots, Strength.EXACT, (0, len(utterance.text)))]


def handle(slots: MonthPlanSlots, context: Context) -> Reply:
    """List the meetings and activities of a month that concern the writer."""
    context.member_id  # noqa: B018 - refuses strangers with the way to bind
    month = Month.of(context.today).shift(1 if slots.next_month else 0)
    first, until = at(month.first), at(month.last + timedelta(days=1))
    found = meetings.list_near(context.session, context.actor, first, until)
    name = f"{month.number}月"
    if not found:
        return Reply(say(NOTHING, month=name))
    lines = "\n".join(LINE.format(when=m.when, title=m.title) for m in found)
    return Reply(say(PLAN, month=name, lines=event(lines)))


INTENT = Intent(
    name="month_plan",
    title="看一个月的安排",
    recognise=recognise,
    handle=handle,
    examples=EXAMPLES,
    silent=SILENT,
)
