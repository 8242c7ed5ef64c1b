"""Notices that have not left yet (待发通知): looking at them, cancelling and moving them.

Example:
    李书记: 定时通知改到 3月13日 9:30
    » ✓ 已改，3月13日（周五）09:30发出：今天下午3点社区二楼开会（共8人）
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from bot.clock import at, day_of
from bot.domain.errors import DomainError
from bot.domain.ids import NoticeId
from bot.domain.privacy import Fact, FactKind, Text, count, join, say
from bot.domain.wording import moment_words
from bot.inbound.context import Context
from bot.inbound.intents import Intent, Reading, Strength
from bot.inbound.questions import ask
from bot.inbound.read import read
from bot.inbound.replies import Reply, reply
from bot.inbound.utterance import Utterance
from bot.services import notice_waiting
from bot.services.notice_waiting import Waiting

HEAD = "还没发出的通知{n}条："
LINE = "{number}. {when}发给{people}人：{title}"
HOW = "要改时间回复 定时通知改到 日期 几点；不发了回复 取消定时通知。"
NOTHING = "没有等着发的通知。要定时发请回复：定时通知 3月13日 8:30 内容"
CANCELLED = "✓ 已取消，没有发出：{title}（原定{when}，共{n}人）。"
MOVED = "✓ 已改，{when}发出：{title}（共{n}人）"
STALE = "内容里写着“{word}”，日子改了，请看看还对不对；不对就取消了重发。"
WHICH_CANCEL = "取消哪一条：{choices}。回复数字就行。"
WHICH_MOVE = "哪一条改时间：{choices}。回复数字就行。"
SAY_WHEN = "改到什么时候发？请这样写：定时通知改到 {day} 9:30"
OVER = "{when}已经过了。请写以后的时间。"
TOO_FAR = "最多提前{days}天定好，请说近一点的时间。"
FURTHEST = 31  # days
_MOST_LISTED = 10


@dataclass(frozen=True, slots=True)
class ListSlots:
    """A look at what waits."""


@dataclass(frozen=True, slots=True)
class CancelSlots:
    """A notice is not to leave; `title` as written, "" where there is none."""

    title: str = ""


@dataclass(frozen=True, slots=True)
class MoveSlots:
    """A notice is to leave at another time; what is not said stays."""

    day: date | None = None
    at: time | None = None


_KIND = r"(?:定时(?:发)?的?通知|待发(?:的)?通知|没发(?:出)?的通知|还没发(?:出)?的通知)"
_LIST = re.compile(
    rf"(?:看看?|查看?|有哪些|有什么)?{_KIND}(?:有哪些|有什么|有几条|列表)|看看?{_KIND}|待发(?:的)?通知"
)
_CANCEL = re.compile(
    rf"(?:请|麻烦)?(?:取消|撤回|撤掉|不发|删除|删掉)(?:那[个条])?{_KIND}(?:[\s:：，,]+(?P<title>.+))?"
    rf"|{_KIND}(?:取消|不发了|撤回|撤掉)(?:[\s:：，,]+(?P<more>.+))?"
)
_MOVE = re.compile(
    rf"(?:请|麻烦)?{_KIND}(?:的时间)?(?:改到|改成|改为|推迟到|提前到|挪到|改期到?|改时间)\s*(?P<when>.*)"
    rf"|改{_KIND}(?:的时间)?(?:[\s:：，,]+(?P<then>.+))?"
)


# Said of the day it leaves, and wrong once that is another day.
_RELATIVE = re.compile(r"今天|明天|后天|今晚|明晚|明早|今早|今日|明日|[本这下]周.?")


def recognise_list(utterance: Utterance) -> list[Reading]:
    """Recognise 待发通知, 看定时通知 (`EXACT`)."""
    if not utterance.addressed or _LIST.fullmatch(utterance.text.rstrip("？?")) is None:
        return []
    return [Reading(ListSlots(), Strength.EXACT, (0, len(utterance.text)))]


def recognise_cancel(utterance: Utterance) -> list[Reading]:
    """Recognise 取消定时通知, with some of its words where there are several (`EXACT`)."""
    found = _CANCEL.fullmatch(utterance.text.strip()) if utterance.addressed else None
    if found is None or utterance.text.endswith(("吗", "？", "?")):
        return []
    title = (found["title"] or found["more"] or "").strip()
    return [Reading(CancelSlots(title), Strength.EXACT, (0, len(utterance.text)))]


def recognise_move(utterance: Utterance) -> list[Reading]:
    """Recognise 定时通知改到 and a time (`EXACT`)."""
    found = _MOVE.fullmatch(utterance.text.strip()) if utterance.addressed else None
    if found is None or utterance.text.endswith(("吗", "？", "?")):
        return []
    when = found["when"] or found["then"] or ""
    said = read(when, quoted=None, private=True, addressed=True, now=utterance.now)
    whole = said.stretch(said.clauses) if said.clauses else None
    slots = MoveSlots() if whole is None else MoveSlots(said.day_in(whole), said.time_in(whole))
    return [Reading(slots, Strength.EXACT, (0, len(utterance.text)))]


def handle_list(_slots: ListSlots, context: Context) -> Reply:
    """Tell which notices are still to leave, and when."""
    found = _waiting(context)
    if not found:
        return reply(NOTHING)
    lines = [
        say(
            LINE,
            number=number,
            when=moment_words(one.leaves_at),
            people=count(one.people),
            title=Fact(FactKind.NOTICE, one.title),
        )
        for number, one in enumerate(found[:_MOST_LISTED], start=1)
    ]
    return Reply(join(say(HEAD, n=count(len(found))), *lines, HOW))


def handle_cancel(slots: CancelSlots, context: Context) -> Reply:
    """Drop a notice that has not left; of several it asks which."""
    found = [one for one in _waiting(context) if slots.title in one.body]
    if not found:
        return reply(NOTHING)
    if len(found) > 1:
        return _ask(CANCEL, WHICH_CANCEL, found, {}, context)
    return _cancel(found[0], context)


def resume_cancel(option: Mapping[str, Any], context: Context) -> Reply:
    """Drop the one chosen."""
    return _cancel(_chosen(option, context), context)


def handle_move(slots: MoveSlots, context: Context) -> Reply:
    """Let a notice leave at another time; of several it asks which."""
    found = _waiting(context)
    if not found:
        return reply(NOTHING)
    if slots.day is None and slots.at is None:
        day = day_of(found[0].leaves_at)
        raise DomainError(SAY_WHEN.format(day=f"{day.month}月{day.day}日"))
    kept = {
        "day": slots.day.isoformat() if slots.day else None,
        "at": slots.at.isoformat() if slots.at else None,
    }
    if len(found) > 1:
        return _ask(MOVE, WHICH_MOVE, found, kept, context)
    return _move(found[0], slots, context)


def resume_move(option: Mapping[str, Any], context: Context) -> Reply:
    """Move the one chosen."""
    slots = MoveSlots(
        date.fromisoformat(option["day"]) if option["day"] else None,
        time.fromisoformat(option["at"]) if option["at"] else None,
    )
    return _move(_chosen(option, context), slots, context)


def _waiting(context: Context) -> list[Waiting]:
    context.member_id  # noqa: B018 - strangers are told how to bind first
    return notice_waiting.list_waiting(context.session, by=context.actor, now=context.arrived_at)


def _chosen(option: Mapping[str, Any], context: Context) -> Waiting:
    found = [one for one in _waiting(context) if one.id == option["notice_id"]]
    if not found:
        raise DomainError(NOTHING)
    return found[0]


def _ask(
    intent: Intent,
    question: str,
    found: Sequence[Waiting],
    kept: Mapping[str, Any],
    context: Context,
) -> Reply:
    options = [
        (f"{moment_words(one.leaves_at)}的“{one.title}”", {**kept, "notice_id": one.id})
        for one in found
    ]
    choices = "，".join(f"{n} {label}" for n, (label, _) in enumerate(options[:5], start=1))
    text = say(question, choices=Fact(FactKind.NOTICE, choices))
    return ask(context, intent.name, "{choices}", options, text)


def _cancel(one: Waiting, context: Context) -> Reply:
    notice_waiting.cancel(
        context.session, notice_id=one.id, by=context.actor, now=context.arrived_at
    )
    return Reply(_said(CANCELLED, one, one.leaves_at))


def _move(one: Waiting, slots: MoveSlots, context: Context) -> Reply:
    day, clock = slots.day or day_of(one.leaves_at), slots.at
    send_at = _with_clock(day, clock, one.leaves_at)
    if send_at <= context.now:
        raise DomainError(OVER.format(when=moment_words(send_at)))
    if send_at > context.now + timedelta(days=FURTHEST):
        raise DomainError(TOO_FAR.format(days=FURTHEST))
    notice_waiting.move(
        context.session,
        notice_id=NoticeId(one.id),
        send_at=send_at,
        by=context.actor,
        hours=context.hours,
        now=context.arrived_at,
    )
    word = _RELATIVE.search(one.body) if day != day_of(one.leaves_at) else None
    stale = say(STALE, word=Fact(FactKind.NOTICE, word[0])) if word else None
    moved = _said(MOVED, one, send_at)
    return Reply(moved if stale is None else join(moved, stale))


def _with_clock(day: date, clock: time | None, before: datetime) -> datetime:
    """Return a moment of a day: at the time said, else at that of before."""
    if clock is not None:
        return at(day, clock.hour, clock.minute)
    return before + (day - day_of(before))


def _said(template: str, one: Waiting, when: datetime) -> Text:
    return say(
        template,
        title=Fact(FactKind.NOTICE, one.title),
        when=moment_words(when),
        n=count(one.people),
    )


LIST = Intent(
    name="notice_waiting",
    title="看待发的通知",
    recognise=recognise_list,
    handle=handle_list,
    examples=("待发通知", "看定时通知", "还没发的通知有哪些"),
    silent=("定时通知发了", "待发通知书"),
    for_secretaries=True,
)
CANCEL = Intent(
    name="notice_waiting_cancel",
    title="取消待发的通知",
    recognise=recognise_cancel,
    handle=handle_cancel,
    resume=resume_cancel,
    examples=("取消定时通知", "取消待发通知", "定时通知不发了"),
    silent=("取消定时通知了吗", "取消了通知", "谁取消定时通知的"),
    for_secretaries=True,
)
MOVE = Intent(
    name="notice_waiting_move",
    title="改待发通知的时间",
    recognise=recognise_move,
    handle=handle_move,
    resume=resume_move,
    examples=("定时通知改到 3月13日 9:30", "定时通知推迟到明天下午2点", "改定时通知 周五9点"),
    silent=("定时通知改到几点了吗", "通知改到明天了", "定时通知改了"),
    for_secretaries=True,
)
