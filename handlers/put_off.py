"""A reminder later, or not any more this time (晚点提醒, 不用提醒, 恢复提醒).

Example:
    张三: 周五再提醒我
    » 好的，13日（周五）再提醒您：3月党费还没有登记。那以前办好了就不再提醒。
    张三: 不用提醒 手头紧
    » 好的，这件事这次不再提醒您：3月党费还没有登记。原因只告诉了组织委员。改主意了回复 恢复提醒
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta

from bot.domain.privacy import Fact, FactKind, say
from bot.domain.wording import day_words
from bot.inbound.context import Context
from bot.inbound.intents import Intent, Reading, Strength, Waiting
from bot.inbound.reasons import reason_to_keep
from bot.inbound.replies import Reply, reply
from bot.inbound.utterance import Utterance
from bot.services import holds

WILL = "好的，{day}再提醒您：{gists}。那以前办好了就不再提醒。{left}"
AS_USUAL = "等不到那天的照常提醒：{gists}。"
DECLINED = "好的，这件事这次不再提醒您：{gists}。{told}改主意了回复 恢复提醒"
TOLD = "组织委员会知道，只告诉他一人。"
RESUMED = "好的，照常提醒您。"
NOTHING_HELD = "没有停着的提醒，都照常。"
_BY_AND_BY = 2  # days


@dataclass(frozen=True, slots=True)
class LaterSlots:
    """The last reminder is to come again.

    Attributes:
        day: When; None where no day was said: tomorrow, or `days` from today.
    """

    day: date | None = None
    days: int = 1


@dataclass(frozen=True, slots=True)
class DeclineSlots:
    """What the last reminder is about needs no more reminding this time; why, as written."""

    reason: str = ""


@dataclass(frozen=True, slots=True)
class ResumeSlots:
    """Everything is to be reminded of again."""


LATER_EXAMPLES = ("晚点提醒", "晚点再提醒我", "明天提醒我", "周五再提醒我", "过两天再提醒")
LATER_SILENT = ("明天提醒我交燃气费", "晚点再说", "提醒大家明天开会", "明天提醒他们")
DECLINE_EXAMPLES = ("不用提醒", "不用再提醒我了", "别提醒了", "不用提醒 手头紧")
DECLINE_SILENT = ("不用提醒大家", "提醒我不用带伞", "不用提醒他们了")
RESUME_EXAMPLES = ("恢复提醒", "照常提醒")
RESUME_SILENT = ("提醒恢复了吗", "恢复提醒设置")

_LATER = re.compile(
    r"(?:(?:到|等|请)?(?P<when>.{0,10}?)(?:再|又)?(?:来)?提醒(?:我|俺|一下|一次|我一下|我一次|一声)*(?:吧|好吗|好了)?"
    r"|提醒我(?P<after>晚点|迟点|晚些|迟些))"
)
_SOON = re.compile(r"晚点|晚一点|晚些|迟点|迟些|迟一点|等会儿?|回头|过会儿?|待会儿?|稍后|改天")
_SOME_DAYS = re.compile(r"过(?:两天|几天|些天|阵子)|隔(?:两天|几天)|两天后|几天后")
_DECLINE = re.compile(
    r"(?:这次|这个|这件事?|这个月|本月)?(?:就|都|请|也)?(?:不用|不要|不必|别|甭|免)(?:再|又|老|总|一直)?(?:来)?(?:提醒|催)"
    r"(?:我|俺)?(?:了|啦|吧)?(?:[\s,，。:：;；]+(?P<why>.{1,40}))?"
)
_RESUME = re.compile(r"(?:恢复|继续|照常|重新|还是)(?:再)?提醒(?:我|俺)?(?:吧)?")


def recognise_later(utterance: Utterance) -> list[Reading]:
    """Recognise a day or 晚点 with 提醒我 alone, in private (`BARE`: a reminder has to be there)."""
    text = utterance.text
    found = _LATER.fullmatch(text) if utterance.private else None
    if found is None:
        return []
    said = found["when"] or found["after"] or ""
    whole = (0, len(text))
    for span in utterance.dates:
        if span.start <= 2 and len(said) - (span.end - span.start) <= 2:
            day = span.value[0] if isinstance(span.value, tuple) else span.value
            if isinstance(day, date):
                return [Reading(LaterSlots(day), Strength.BARE, whole)]
    if _SOON.fullmatch(said):
        return [Reading(LaterSlots(), Strength.BARE, whole)]
    if _SOME_DAYS.fullmatch(said):
        return [Reading(LaterSlots(days=_BY_AND_BY), Strength.BARE, whole)]
    return []


def recognise_decline(utterance: Utterance) -> list[Reading]:
    """Recognise 不用提醒 with or without a reason, in private (`BARE`)."""
    found = _DECLINE.fullmatch(utterance.text) if utterance.private else None
    if found is None:
        return []
    return [Reading(DeclineSlots(found["why"] or ""), Strength.BARE, (0, len(utterance.text)))]


def recognise_resume(utterance: Utterance) -> list[Reading]:
    """Recognise 恢复提醒, in private (`CLEAR`)."""
    if not utterance.private or _RESUME.fullmatch(utterance.text) is None:
        return []
    return [Reading(ResumeSlots(), Strength.CLEAR, (0, len(utterance.text)))]


def handle_later(slots: LaterSlots, context: Context) -> Reply:
    """Put the last reminder off."""
    day = slots.day or context.today + timedelta(days=slots.days)
    done = holds.put_off(
        context.session,
        by=context.actor,
        day=day,
        quoted=(context.message.quoted_text or "").strip(),
        routes=context.routes,
        hours=context.hours,
        now=context.arrived_at,
    )
    left = AS_USUAL.format(gists="；".join(done.as_usual)) if done.as_usual else ""
    words = {"gists": _own(done.gists), "left": Fact(FactKind.PRESENCE, left)}
    return Reply(say(WILL, day=day_words(done.day), **words))


def handle_decline(slots: DeclineSlots, context: Context) -> Reply:
    """Stop reminding of what the last reminder was about; whoever keeps the records is told why."""
    done = holds.decline(
        context.session,
        by=context.actor,
        reason=reason_to_keep(slots.reason) if slots.reason else "",
        quoted=(context.message.quoted_text or "").strip(),
        routes=context.routes,
        hours=context.hours,
        now=context.arrived_at,
    )
    return Reply(say(DECLINED, gists=_own(done.gists), told=TOLD if done.told else ""))


def handle_resume(_slots: ResumeSlots, context: Context) -> Reply:
    """Let everything be reminded of again."""
    context.member_id  # noqa: B018 - refuses strangers with the way to bind
    done = holds.resume(context.session, by=context.actor, now=context.arrived_at)
    return reply(RESUMED if done else NOTHING_HELD)


def _own(gists: list[str]) -> Fact:
    return Fact(FactKind.PRESENCE, "；".join(gists))


def _waits(context: Context) -> Waiting:
    """Tell whether a reminder was sent that could be put off."""
    if not context.private or context.actor.member_id is None:
        return Waiting.NOTHING
    there = holds.waits(context.session, context.actor.member_id, context.now)
    return Waiting.OPEN if there else Waiting.NOTHING


LATER = Intent(
    name="reminder_later",
    title="晚点再提醒",
    recognise=recognise_later,
    handle=handle_later,
    waits=_waits,
    examples=LATER_EXAMPLES,
    silent=LATER_SILENT,
)
DECLINE = Intent(
    name="reminder_decline",
    title="这次不用提醒",
    recognise=recognise_decline,
    handle=handle_decline,
    waits=_waits,
    examples=DECLINE_EXAMPLES,
    silent=DECLINE_SILENT,
)
RESUME = Intent(
    name="reminder_resume",
    title="恢复提醒",
    recognise=recognise_resume,
    handle=handle_resume,
    examples=RESUME_EXAMPLES,
    silent=RESUME_SILENT,
)
