"""Acknowledging a notice (收到).

Example:
    张三: 收到
    » ✓ 张三，16日主题党日通知已收到（09:02）。
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from bot.domain.cards import pressed_words
from bot.domain.errors import DomainError
from bot.domain.ids import NoticeId
from bot.domain.notices import is_quote_of, read_receipt_key
from bot.domain.privacy import Fact, FactKind, say, writer
from bot.domain.prompts import MAX_CHOICES
from bot.inbound.context import Context
from bot.inbound.intents import Intent, Reading, Strength, Waiting
from bot.inbound.names import NAME
from bot.inbound.questions import ask
from bot.inbound.replies import Reply
from bot.inbound.topics import Topic
from bot.inbound.utterance import Clause, Utterance
from bot.inbound.vocabulary import words
from bot.services import notices
from bot.services.notices import OpenNotice

DONE = "✓ {name}，已记收到：{title}"
IN_GROUP = "✓ {name}，已记收到。"
NONE_WAITS = "没有等您回 收到 的通知。"
PRESSED = "已收到"
WHICH = "有几条通知，您收到的是：{choices}。回复数字就行。"


@dataclass(frozen=True, slots=True)
class ReceiptSlots:
    """An acknowledgement.

    Attributes:
        explicit: Said as 收到, 已阅, 知悉; not merely 好的, OK, 1.
        pressed: (notice, version) of the button that was pressed.
    """

    explicit: bool = True
    pressed: tuple[int, int] | None = None


EXAMPLES = ("收到", "收到！", "收到，谢谢书记", "已阅", "知悉", "收悉", "好的", "OK", "明白", "👌")
SILENT = ("收到红包了", "收到了吗", "没收到", "收到快递", "好的吧我再看看")

_EXPLICIT = frozenset(
    base + tail
    for base in words(
        """
        收到 已收到 收悉 已阅 已阅知 阅 阅知 知悉 已知悉 通知收到 收到通知 通知已收到 已收悉
        消息收到 已读 我收到 敬悉 已收到通知 已收到消息 都收到
        """
    )
    for tail in ("", "了", "啦", "哈", "收到", "收到收到")
)
_PLAIN = words(
    """
    好的 好 好的好的 好滴 好嘞 行 嗯 嗯嗯 OK ok Ok 明白 明白了 知道了 知道 了解 了解了
    清楚 晓得 晓得了 行嘞 好勒 1 收 没问题 可以 遵命 👍
    """
)


_WRAPPED = re.compile(
    rf"(?:(?:好的?|嗯+|行|OK|ok|书记|全体|[一二三四五六七八九十\d]{{1,2}}组(?:全体)?|{NAME})\s?)?(?P<word>[已通消]?[知息经]?(?:收到|收悉"
    rf"|已阅|知悉|阅知)(?:了|收到)*)"
    r"(?:\s?(?:OK|ok|好的))?"
)
_RECEIVED = re.compile(r"[收阅悉]")
_HEAD = re.compile(
    r"(?:好的?|嗯+|行|OK|ok)?[，\s]?(?:已经?|都)?(?:收到|收悉|敬悉|已阅|阅知|知悉)(?:了|啦|通知|收到)*(?=$|[\s，。！]|并|谢|照办|遵照|立即|即办|执行|落实|按时|准时|一定|明白|[，\s]?我)"
)
_ASKS = frozenset({Topic.RECEIPT, Topic.NOTICE})
_LONGEST = 16


def recognise(utterance: Utterance) -> list[Reading]:
    """Recognise an acknowledgement (`BARE`), or the button of a notice (`EXACT`)."""
    text = utterance.text
    pressed = read_receipt_key(utterance.raw)
    if pressed is not None:
        return [Reading(ReceiptSlots(pressed=pressed), Strength.EXACT, (0, len(text)))]
    if text in _EXPLICIT or text in _PLAIN:
        asked = bool(utterance.quoted_topics & _ASKS)
        explicit = text in _EXPLICIT or asked
        return [Reading(ReceiptSlots(explicit), Strength.BARE, (0, len(text)))]
    if not _RECEIVED.search(text):
        return []
    head = _HEAD.match(text)
    if head and utterance.clauses and utterance.clauses[0].stated and not utterance.elsewhere:
        return [Reading(ReceiptSlots(), Strength.BARE, head.span())]
    for clause in utterance.clauses[:2]:
        if _is_receipt(clause):
            return [Reading(ReceiptSlots(), Strength.BARE, (clause.start, clause.end))]
    return []


def _is_receipt(clause: Clause) -> bool:
    text = clause.text
    if not clause.stated or len(text) > _LONGEST:
        return False
    return text in _EXPLICIT or _WRAPPED.fullmatch(text) is not None


def handle(slots: ReceiptSlots, context: Context) -> Reply:
    """Write down the writer's 收到 for the one notice that waits, the one quoted or pressed."""
    if slots.pressed is not None:
        return _press(slots.pressed, context)
    waiting = _meant(context)
    if not waiting:
        raise DomainError(NONE_WAITS)
    if len(waiting) > 1:
        options = [(notice.title, _stored(notice)) for notice in waiting[:MAX_CHOICES]]
        choices = "，".join(f"{n} {title}" for n, (title, _) in enumerate(options, start=1))
        text = say(WHICH, choices=Fact(FactKind.NOTICE, choices))
        return ask(context, "receipt_ack", "{choices}", options, text)
    return _acknowledge(waiting[0], context)


def resume(option: Mapping[str, Any], context: Context) -> Reply:
    """Write down 收到 for the notice chosen."""
    notice = OpenNotice(NoticeId(option["id"]), option["version"], option["title"])
    return _acknowledge(notice, context)


def _press(pressed: tuple[int, int], context: Context) -> Reply:
    notice_id, version = pressed
    notice = notices.get_sent(context.session, NoticeId(notice_id), version, context.member_id)
    return _acknowledge(notice, context, how="button")


def _acknowledge(
    notice: OpenNotice, context: Context, how: Literal["word", "button"] = "word"
) -> Reply:
    notices.acknowledge(
        context.session, notice=notice, member_id=context.member_id, now=context.now, how=how
    )
    name = writer(context.actor.name)
    return Reply(
        say(DONE, name=name, title=Fact(FactKind.NOTICE, notice.title)),
        in_group=say(IN_GROUP, name=name),
        pressed=pressed_words(PRESSED, context.now) if how == "button" else "",
    )


def _meant(context: Context) -> list[OpenNotice]:
    """Return the notices a 收到 could be for.

    A quote says which. In a group people say 好的 and 收到 to each other all day: without a quote
    it is meant for us only when we are addressed.
    """
    waiting = notices.list_open(context.session, context.member_id, context.now)
    quoted = (context.message.quoted_text or "").strip()
    if quoted:
        return [notice for notice in waiting if is_quote_of(quoted, notice.body)]
    return waiting if context.private or context.message.mentions_bot else []


def _stored(notice: OpenNotice) -> Mapping[str, Any]:
    return {"id": notice.id, "version": notice.version, "title": notice.title}


def _waits(context: Context) -> Waiting:
    return Waiting.OPEN if _meant(context) else Waiting.NOTHING


INTENT = Intent(
    name="receipt_ack",
    title="收到通知",
    recognise=recognise,
    handle=handle,
    waits=_waits,
    resume=resume,
    examples=EXAMPLES,
    silent=SILENT,
)
