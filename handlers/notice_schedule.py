"""A notice that leaves at a time that is said (定时通知).

Example:
    李书记: 定时通知 3月13日 8:30 今天下午3点社区二楼开会
    » 预览（未发送），3月13日（周五）08:30发给第三党支部全体
    | 今天下午3点社区二楼开会
    | ——
    | 共8人。回复 确认8 到时候发，回复 取消 作罢
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from bot.clock import at, day_of
from bot.domain.errors import DomainError
from bot.domain.wording import moment_words
from bot.inbound.context import Context
from bot.inbound.intents import Intent, Reading, Strength
from bot.inbound.questions import resume
from bot.inbound.read import read
from bot.inbound.replies import Reply
from bot.inbound.utterance import Utterance

WRITE_IT = "请写上哪天几点和内容，例如：定时通知 3月13日 8:30 下午3点社区二楼开会"
OVER = "{when}已经过了。请写以后的时间；现在就发请回复：发通知 内容"
TOO_FAR = "最多提前{days}天定好，请说近一点的时间。"
FURTHEST = 31  # days


@dataclass(frozen=True, slots=True)
class ScheduleSlots:
    """A notice for later.

    Attributes:
        send_at: Aware; None where day or time is missing.
        body: As written.
        day: The first day the text itself names.
    """

    send_at: datetime | None
    body: str
    day: date | None = None


EXAMPLES = (
    "定时通知 3月13日 8:30 今天下午3点社区二楼开会",
    "定时发通知 明天早上9点 带上学习笔记",
    "定时通知",
)
SILENT = ("定时通知怎么发", "定时通知了吗", "通知定时发的")

_ORDER = re.compile(r"\s*定时(?:发)?(?:一?个|条)?通知(?:[\s:：，,]+(?P<rest>.+))?", re.DOTALL)
_BETWEEN = re.compile(r"^(?:发出|发送|发|的时候|[\s，,：:、])+")


def recognise(utterance: Utterance) -> list[Reading]:
    """Recognise 定时通知 with a day, a time and the words (`EXACT`)."""
    found = _ORDER.fullmatch(utterance.raw) if utterance.addressed else None
    if found is None or (not found["rest"] and utterance.raw.rstrip()[-1:] in tuple("？?吗")):
        return []
    slots = _slots((found["rest"] or "").strip(), utterance)
    return [Reading(slots, Strength.EXACT, (0, len(utterance.text)))]


def _slots(rest: str, utterance: Utterance) -> ScheduleSlots:
    said = read(rest, quoted=None, private=True, addressed=True, now=utterance.now)
    clock = next((span for span in said.times if span.start <= 14), None)
    days = [span for span in said.dates if span.start <= 1]
    if clock is None:
        return ScheduleSlots(None, rest)
    day = days[0].value if days and days[0].end <= clock.end else day_of(utterance.now)
    if not isinstance(day, date) or not isinstance(clock.value, time):
        return ScheduleSlots(None, rest)
    left = len(said.text) - clock.end
    body = _BETWEEN.sub("", rest[len(rest) - left :]).strip() if left else ""
    inside = read(body, quoted=None, private=True, addressed=True, now=utterance.now)
    about = inside.day_in(inside.stretch(inside.clauses)) if inside.clauses else None
    return ScheduleSlots(at(day, clock.value.hour, clock.value.minute), body, about)


def handle(slots: ScheduleSlots, context: Context) -> Reply:
    """Show the notice with names and head-count, and when it leaves; nothing is sent yet."""
    if slots.send_at is None or not slots.body:
        raise DomainError(WRITE_IT)
    if slots.send_at <= context.now:
        raise DomainError(OVER.format(when=moment_words(slots.send_at)))
    if slots.send_at > context.now + timedelta(days=FURTHEST):
        raise DomainError(TOO_FAR.format(days=FURTHEST))
    kept = {
        "body": slots.body,
        "about": slots.day.isoformat() if slots.day else None,
        "send_at": slots.send_at.isoformat(),
    }
    return resume("notice_send", kept, context)


INTENT = Intent(
    name="notice_schedule",
    title="定时发通知",
    recognise=recognise,
    handle=handle,
    examples=EXAMPLES,
    silent=SILENT,
    for_secretaries=True,
)
