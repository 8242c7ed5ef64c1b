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

from bot.domain.errors import DomainError
from bot.domain.ids import NoticeId
from bot.domain.privacy import Fact, FactKind, count, say
from bot.domain.wording import later_words, names_words
from bot.inbound.context import Context
from bot.inbound.intents import Intent, Reading, Strength
from bot.inbound.names import read_names
from bot.inbound.places import find_place
from bot.inbound.questions import preview
from bot.inbound.read import read
from bot.inbound.replies import Reply
from bot.inbound.script import simplify
from bot.inbound.titles import without_values
from bot.inbound.utterance import Utterance
from bot.services import notices, undo

PREVIEW = "预览（未发送），发给{unit}全体\n{body}\n——\n共{n}人{unbound}。回复 确认{n} 发送，回复 取消 作罢{waits}"
WAITS = "\n现在是休息时间，确认后{when}发；要马上发回复 立即确认{n}"
UNBOUND = "，其中{k}人未绑定（{names}，请电话）"
DONE = "✓ 已交平台发送，共{n}人{unbound}。回复 名单 通知 可看谁收到了、谁没送到。"
DONE_LATER = "✓ 已记下，{when}交平台发送，共{n}人{unbound}。回复 名单 通知 可看谁收到了、谁没送到。"
NOT_BACK = "通知已经交给平台，收不回来。要更正请再发一条，回复 发通知 更正的内容"
LEFT = "；{names}没有账号，请打电话"
ONLY_ALL = "发通知 是发给整个支部的。只告诉{names}，请直接联系。要发给大家，请回复：发通知 内容"


@dataclass(frozen=True, slots=True)
class NoticeSendSlots:
    """A notice to send.

    Attributes:
        body: The text as written by the sender; "" when the order came without one.
        day: The first day the text names.
        at: The first time of day the text names.
        place: The place the text names.
        names: Those it is for, as written; empty for all of the sender's unit.
    """

    body: str
    day: date | None = None
    at: time | None = None
    place: str | None = None
    names: tuple[str, ...] = ()


EXAMPLES = (
    "发通知 明天下午3点开会",
    "发通知：周五上午9点在二楼会议室开党课",
    "群发一下：没交心得的今天交齐",
    "发通知",
)
SILENT = ("发通知了吗", "通知里说的附件打不开", "通知收到", "谁发的通知")

_WHOM = (
    r"(?:大家|大伙儿?|@所有人|全体(?:党员|同志|成员)?|各位(?:党员|同志)?|所有(?:人|党员|同志)|每个?(?:人|党员)|老?党员们?|他们|支委们?|群里"
    r"|各(?:支部|小组|党小组)(?:长|书记)?们?|第?[一二三四五六七八九十\d]{1,2}党?小?组|第[一二三四五六七八九十]党小组|党?小组长们?|组长们?|骨干)"
)
_LEAD = r"\s*(?:请|麻烦|小助手|帮忙|帮我?|给我|给|替我|你|再|那个|拟|啊|在群里|我想|，|,|\s)*"
_ORDER = re.compile(
    rf"{_LEAD}(?:(?:(?:给|跟|向|对)?{_WHOM}\s?)?(?:发|群发|推送?|定|拟|下|发布)(?:一?个|一?条|布|送|一下|一遍)?(?:群)?(?:通知|通告|公告|消息|信息|提醒)(?:出去|如下|吧|啊)?(?:给?{_WHOM})?"
    rf"|群发(?:一下|通知|消息)?|(?:通知|告诉|告知|转告|传达)(?:一下|一声|下去|到|给)?(?:{_WHOM}|(?P<soft>一下|一声|下去|(?=[\s:：])))"
    rf"|(?:跟|给|对|向)?{_WHOM}(?:说|讲|喊|通知|发)(?:个|条|一?声|一下|一嗓子)?(?:通知|消息)?"
    r"|(?:在|到|往)?群里面?(?:说|讲|喊|吆喝|发|通知)(?:个|条|一?声|一下|一嗓子)?(?:通知|消息)?"
    r"|把这[条个段](?:话|通知|消息)?[发转]到?群里|(?<=[替帮]我)发一下)"
    r"(?P<mark>[\s:：,，。]*(?:(?:就|就是)?说|内容是?)?[\s:：,，]*)(?P<body>.*)",
    re.DOTALL,
)
_EXPLICIT = re.compile(
    rf"{_LEAD}(?:发|群发|推)(?:一?个|布|送|一?条)?(?:通知|通告|公告)|\s*群发|\s*(?:给|跟|向){_WHOM}发"
)
_AT_THE_END = re.compile(
    rf"(?P<body>.+?)[，,。；;\s]+(?:请|帮我?|麻烦|你|然后|再|并且?|顺便|同时)*(?:(?:跟|给|向)?{_WHOM}\s?)?(?:通知|告诉|转告|群发|说)(?:一下|一声|下去|到)?{_WHOM}?"
    r"(?:一下|一声)?(?P<more>[，,。；;].*)?",
    re.DOTALL,
)
_TO_ALL = re.compile(
    rf"(?:通知|告诉|转告|群发|说)(?:一下|一声|下去|到)?{_WHOM}|(?:跟|给|向){_WHOM}\s?(?:通知|说)|通知下去|群发"
)
_NAMED = re.compile(rf"{_LEAD}(?:通知|告诉|转告)(?:一?下)?\s?(?=[\u4e00-\u9fa5])")
_ASKED = re.compile(r"^(?:了|的格式|的|吗|没|里|怎|什么|是|上|中|栏|群|不)|怎么发|[吗？?]$")


def recognise(utterance: Utterance) -> list[Reading]:
    """Recognise an order to send a notice; its body belongs to it alone (`EXACT`)."""
    raw = utterance.raw
    if _MAY_TELL.isdisjoint(raw):
        return []
    plain = _typed(raw)
    match = _ORDER.match(plain)
    if match and (_EXPLICIT.match(plain) or utterance.addressed):
        body = raw[match.start("body") :].strip()
        if (not match["mark"] and _ASKED.search(body)) or body[-1:] in tuple("吗？?"):
            return []
        return [_reading(body, (), utterance)]
    return (_named(utterance) or _at_the_end(utterance)) if utterance.addressed else []


_MAY_TELL = frozenset("通群告发發说說讲講喊")


def _typed(raw: str) -> str:
    """Return what was typed for matching, each character at its place."""
    return simplify(raw).replace("通之", "通知").replace("通只", "通知")


def _named(utterance: Utterance) -> list[Reading]:
    """Read 通知马国强 钱玉珍 周六上午来拍照: a notice for some people."""
    match = _NAMED.match(utterance.raw)
    if match is None:
        return []
    names, end = read_names(utterance.raw, match.end(), utterance.lexicon)
    body = _TOLD_TO.sub("", utterance.raw[end:].strip(" ，,：:"))
    return [_reading(body, names, utterance)] if names and len(body) > 1 else []


_TOLD_TO = re.compile(r"^(?:叫|让|请|说)(?:他|她)们?")


def _at_the_end(utterance: Utterance) -> list[Reading]:
    """Read 明天下午四点防汛会，通知到每个人: the order behind what is to be told."""
    raw = utterance.raw
    if not _TO_ALL.search(raw) or re.search(r"[吗？?]|怎么|谁", raw):
        return []
    match = _AT_THE_END.fullmatch(raw)
    if match is None:
        return []
    created = re.match(r"\s*(?:新?建|创建|发起|安排|组织|加)", match["body"])
    if created:  # the gathering is an order of its own; what is told of it is said there
        start = utterance.text.rfind(re.split(r"[，,。；;\s]", raw.rstrip("。"))[-1])
        slots = NoticeSendSlots("")
        return [Reading(slots, Strength.EXACT, (max(start, 1), len(utterance.text)))]
    return [_reading((match["body"] + (match["more"] or "")).strip(), (), utterance)]


def _reading(body: str, names: tuple[str, ...], utterance: Utterance) -> Reading:
    whole = (0, max(len(utterance.text), 1))
    return Reading(_slots(body, names, utterance), Strength.EXACT, whole)


def _slots(body: str, names: tuple[str, ...], utterance: Utterance) -> NoticeSendSlots:
    inside = read(body, quoted=None, private=True, addressed=True, now=utterance.now)
    if not inside.clauses:
        return NoticeSendSlots(body, names=names)
    whole = inside.stretch(inside.clauses)
    return NoticeSendSlots(
        body=body,
        day=inside.day_in(whole),
        at=inside.time_in(whole),
        place=find_place(without_values(inside, whole)),
        names=names,
    )


def handle(slots: NoticeSendSlots, context: Context) -> Reply:
    """Show a notice with names and head-count; nothing is sent yet."""
    if slots.names:
        raise DomainError(ONLY_ALL.format(names="、".join(slots.names)))
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
    undo.bar(
        context.session,
        member_id=context.member_id,
        sentence=NOT_BACK,
        title="通知",
        at=context.now,
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
