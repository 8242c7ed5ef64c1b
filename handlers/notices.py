"""Sending a notice (发通知).

Example:
    李书记: 发通知 明天下午3点在社区二楼开会
    » 预览（未发送）：明天下午3点在社区二楼开会……共42人。回复 确认42
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from bot.domain.ids import NoticeId
from bot.domain.privacy import Fact, FactKind, count, say
from bot.domain.wording import later_words, names_words
from bot.inbound.context import Context
from bot.inbound.intents import Intent, Reading, Strength
from bot.inbound.places import find_place
from bot.inbound.questions import preview
from bot.inbound.read import read
from bot.inbound.replies import Reply
from bot.inbound.utterance import Utterance
from bot.services import notices

PREVIEW = "预览（未发送）\n{body}\n——\n共{n}人（{unit}）{unbound}。回复 确认{n} 发送，回复 取消 作罢{waits}"
WAITS = "\n现在是休息时间，确认后{when}发；要马上发回复 立即确认{n}"
UNBOUND = "，其中{k}人未绑定（{names}，请电话）"
DONE = "✓ 已交平台发送，共{n}人{unbound}。回复 名单 通知 可看谁收到了、谁没送到。"
DONE_LATER = "✓ 已记下，{when}交平台发送，共{n}人{unbound}。回复 名单 通知 可看谁收到了、谁没送到。"
LEFT = "；{names}没有账号，请打电话"
IN_GROUP = "通知要私聊我来发，先看预览再确认。"


@dataclass(frozen=True, slots=True)
class NoticeSendSlots:
    """A notice to send.

    Attributes:
        body: The text as written by the sender; "" when the order came without one.
        day: The first day the text names.
        at: The first time of day the text names.
        place: The place the text names.
    """

    body: str
    day: date | None = None
    at: time | None = None
    place: str | None = None


EXAMPLES = (
    "发通知 明天下午3点开会",
    "发通知：周五上午9点在二楼会议室开党课",
    "群发一下：没交心得的今天交齐",
    "发通知",
)
SILENT = ("发通知了吗", "通知里说的附件打不开", "通知收到", "谁发的通知")

_ORDER = re.compile(
    r"\s*(?:请|麻烦|小助手|帮我?|给|在群里|帮忙|，|,|\s)*"
    r"(?:(?:发|發)(?:一?个|一?條|一?条|布|送|一下)?(?:群)?(?:通知|公告)(?:给?(?:大家"
    r"|全体党员|各位党员|全体|所有人))?|群(?:发|發)(?:一下|通知|消息)?|群里(?:发"
    r"|通知)(?:一下|一声)?"
    r"|(?:在群里)?(?:通知|告诉|转告)(?:一下|一声)?(?:大家|全体党员|全体同志|各位党员"
    r"|各位|全体|所有人|所有党员|党员们|(?P<soft>一下|一声)))"
    r"(?P<mark>[\s:：,，。]*)(?P<body>.*)",
    re.DOTALL,
)
_EXPLICIT = re.compile(r"\s*(?:请|麻烦|帮我?)?(?:发|發)(?:一?个|布|送|一?条)?通知|\s*群(?:发|發)")
_ASKED = re.compile(r"^(?:了|的|吗|没|里|怎|什么|是|上|中|栏|群|不)|怎么发|[吗？?]$")


def recognise(utterance: Utterance) -> list[Reading]:
    """Recognise an order to send a notice; its body belongs to it alone (`EXACT`)."""
    raw = utterance.raw
    if "通知" not in raw and "群" not in raw and "告" not in raw:
        return []
    match = _ORDER.match(raw)
    if not match or not (_EXPLICIT.match(raw) or utterance.addressed):
        return []
    body = match["body"].strip()
    if (not match["mark"] and _ASKED.search(body)) or _ASKED.search(body[-1:]):
        return []
    return [Reading(_slots(body, utterance), Strength.EXACT, (0, max(len(utterance.text), 1)))]


def _slots(body: str, utterance: Utterance) -> NoticeSendSlots:
    inside = read(body, quoted=None, private=True, addressed=True, now=utterance.now)
    if not inside.clauses:
        return NoticeSendSlots(body)
    whole = inside.stretch(inside.clauses)
    return NoticeSendSlots(
        body=body,
        day=inside.date_in(whole),
        at=inside.time_in(whole),
        place=find_place(inside.text),
    )


def handle(slots: NoticeSendSlots, context: Context) -> Reply:
    """Show a notice with names and head-count; nothing is sent yet."""
    shown = notices.draft(
        context.session,
        body=slots.body,
        by=context.actor,
        routes=context.routes,
        hours=context.hours,
        now=context.arrived_at,
        about=slots.day,
    )
    unbound = ""
    if shown.unreachable:
        names = names_words([person.name for person in shown.unreachable])
        unbound = UNBOUND.format(k=len(shown.unreachable), names=names)
    text = say(
        PREVIEW,
        body=Fact(FactKind.NOTICE, shown.body),
        n=count(shown.headcount),
        unit=shown.unit,
        unbound=Fact(FactKind.ROLL, unbound),
        waits=_waits(shown.leaves_at, shown.headcount, context),
    )
    kept = {"notice_id": shown.id, "about": slots.day.isoformat() if slots.day else None}
    return preview(context, "notice_send", shown.headcount, kept, text)


def _waits(leaves_at: datetime, headcount: int, context: Context) -> str:
    if leaves_at <= context.arrived_at:
        return ""
    return WAITS.format(when=later_words(leaves_at, context.arrived_at), n=headcount)


def resume(kept: Mapping[str, Any], context: Context) -> Reply:
    """Send the notice whose head-count was typed back."""
    done = notices.release(
        context.session,
        notice_id=NoticeId(kept["notice_id"]),
        by=context.actor,
        routes=context.routes,
        hours=context.hours,
        now=context.arrived_at,
        about=date.fromisoformat(kept["about"]) if kept.get("about") else None,
        at_once=bool(kept.get("at_once")),
    )
    left = LEFT.format(names=names_words(done.unreachable)) if done.unreachable else ""
    later = done.leaves_at > context.arrived_at
    return Reply(
        say(
            DONE_LATER if later else DONE,
            n=count(done.sent_to),
            unbound=Fact(FactKind.ROLL, left),
            when=later_words(done.leaves_at, context.arrived_at),
        )
    )


INTENT = Intent(
    name="notice_send",
    title="发通知",
    recognise=recognise,
    handle=handle,
    resume=resume,
    examples=EXAMPLES,
    silent=SILENT,
    for_secretaries=True,
)
