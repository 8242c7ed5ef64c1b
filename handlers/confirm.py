"""Answering the bot's question (确认42, 取消, 1).

Example:
    李书记: 确认42
    » ✓ 已交平台发送，共42人。回复 名单 通知 可看谁收到了、谁没送到。
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.domain.errors import DomainError
from bot.domain.ids import MeetingId
from bot.domain.privacy import event, join, say, writer
from bot.domain.prompts import MAX_CHOICES, PromptKind
from bot.inbound.context import REREAD, Context
from bot.inbound.intents import Intent, Reading, Strength, Waiting
from bot.inbound.questions import ask
from bot.inbound.replies import Reply, reply
from bot.inbound.utterance import Utterance
from bot.services import attendance, prompts, reminders
from bot.services.prompts import OpenPrompt
from bot.services.reminders import AskedMeeting

NOTHING_WAITS = "没有等着确认的事。"
TYPE_THE_COUNT = "请带上人数再确认：确认{n}。不办了回复 取消"
WRONG_COUNT = "人数对不上，这次是{n}人。请回复 确认{n}，不办了回复 取消"
CANCELLED = "好的，已作罢，什么也没有发出。"
NOT_OFFERED = "没有第{n}项。请回复 1 到 {last} 之间的数字。"
WILL_COME = "✓ {name}，已记您来：{title}，{when}。来不了再回复 请假 原因"
WHICH_MEETING = "您说的是哪个会？{choices}。回复数字就行。"
ALL_COMING = "都来"
ALL_MISSED = "都请假"
_COMING, _NOT_COMING = 1, 2


@dataclass(frozen=True, slots=True)
class ConfirmSlots:
    """A preview is accepted.

    Attributes:
        number: The head-count typed along (确认42), None for 确认 alone.
        at_once: Said as 立即确认42: it is not to wait for the morning.
    """

    number: int | None = None
    at_once: bool = False


@dataclass(frozen=True, slots=True)
class CancelSlots:
    """A preview is given up."""


@dataclass(frozen=True, slots=True)
class ChooseSlots:
    """One of the numbered choices.

    Attributes:
        number: 1 to 9.
        reason: Words after the number (2 出差), if any.
    """

    number: int
    reason: str | None = None


CONFIRM_EXAMPLES = ("确认42", "确认 42", "立即确认42", "确认", "确认发送")
CONFIRM_SILENT = ("我确认了一下", "再确认一下时间")
CANCEL_EXAMPLES = ("取消", "作罢", "算了")
CANCEL_SILENT = ("取消报名", "取消签到", "怎么取消")
CHOOSE_EXAMPLES = ("1", "2", "选2", "2 出差")
CHOOSE_SILENT = ("10", "1号交", "2人")

_NUMBERED = re.compile(r"(?P<now>立即|马上)?确认\s?(?:发送)?\s?(?P<number>\d{1,6})(?:人|位)?")
_ALONE = frozenset(("确认", "确认发送", "确认入账", "确认建立", "确定"))
_GIVEN_UP = frozenset(("取消", "作罢", "算了", "取消发送", "不发了", "取消吧"))
_CHOICE = re.compile(
    r"(?:选|第)?(?P<number>[1-9])(?:号|个)?(?:[\s，:、]+(?P<reason>[^\d\s，][^，。]{0,30}))?"
)


def recognise_confirm(utterance: Utterance) -> list[Reading]:
    """Recognise 确认42 (`EXACT`) and 确认 alone (`BARE`)."""
    text = utterance.text
    if not text.startswith(("确", "立即", "马上")):
        return []
    if text in _ALONE:
        return [Reading(ConfirmSlots(), Strength.BARE, (0, len(text)))]
    match = _NUMBERED.fullmatch(text)
    if not match:
        return []
    slots = ConfirmSlots(int(match["number"]), at_once=bool(match["now"]))
    return [Reading(slots, Strength.EXACT, match.span())]


def recognise_cancel(utterance: Utterance) -> list[Reading]:
    """Recognise 取消 alone (`BARE`)."""
    if utterance.text not in _GIVEN_UP:
        return []
    return [Reading(CancelSlots(), Strength.BARE, (0, len(utterance.text)))]


def recognise_choose(utterance: Utterance) -> list[Reading]:
    """Recognise a number alone, 1 to 9 (`BARE`)."""
    match = _CHOICE.fullmatch(utterance.text)
    if not match:
        return []
    slots = ChooseSlots(int(match["number"]), match["reason"])
    return [Reading(slots, Strength.BARE, match.span())]


def handle_confirm(slots: ConfirmSlots, context: Context) -> Reply:
    """Do what was previewed, if the head-count typed is the one shown."""
    waiting = _waiting(context, PromptKind.CONFIRM)
    if not waiting:
        return reply(NOTHING_WAITS)
    prompt = waiting[0]
    expects = prompt.payload["expects"]
    if slots.number is None:
        return reply(TYPE_THE_COUNT.format(n=expects))
    if slots.number != expects:
        return reply(WRONG_COUNT.format(n=expects))
    _close(prompt, context)
    kept = {**prompt.payload["kept"], "at_once": slots.at_once}
    return _resume(prompt.payload["intent"], kept, context)


def handle_cancel(_slots: CancelSlots, context: Context) -> Reply:
    """Give up what waits for an answer."""
    for prompt in _waiting(context, *PromptKind):
        prompts.close_prompt(context.session, prompt.id, context.now)
    return reply(CANCELLED)


def handle_choose(slots: ChooseSlots, context: Context) -> Reply:
    """Take the option of this number: of an open question, else of the last reminder."""
    waiting = _waiting(context, PromptKind.CHOOSE)
    if not waiting:
        return _answer_reminder(slots, context)
    prompt = waiting[0]
    options = prompt.payload["options"]
    if not 1 <= slots.number <= len(options):
        return reply(NOT_OFFERED.format(n=slots.number, last=len(options)))
    _close(prompt, context)
    return _resume(prompt.payload["intent"], options[slots.number - 1], context)


def _answer_reminder(slots: ChooseSlots, context: Context) -> Reply:
    asked = _asked(context)
    if not asked:
        raise DomainError(NOTHING_WAITS)
    if slots.number not in (_COMING, _NOT_COMING):
        return reply(NOT_OFFERED.format(n=slots.number, last=_NOT_COMING))
    answer = {"number": slots.number, "reason": slots.reason}
    if len(asked) == 1:
        return _answer(asked[0].meeting.id, answer, context)
    options = [
        (f"{one.meeting.title}，{one.meeting.when}", {"meetings": [one.meeting.id], **answer})
        for one in asked[: MAX_CHOICES - 1]
    ]
    every = {"meetings": [one.meeting.id for one in asked], **answer}
    options.append((ALL_COMING if slots.number == _COMING else ALL_MISSED, every))
    return ask(context, "choose", WHICH_MEETING, options)


def resume_choose(option: Mapping[str, Any], context: Context) -> Reply:
    """Give the answer to the meetings chosen, of several that were asked about."""
    answers = [_answer(MeetingId(one), option, context) for one in option["meetings"]]
    said = {answer.text.words: answer.text for answer in answers if answer.text is not None}
    return Reply(join(*said.values()))


def _asked(context: Context) -> list[AskedMeeting]:
    """Return the meetings the answer may be about; a quote says which."""
    asked = reminders.list_asked(context.session, context.member_id, context.now)
    quoted = (context.message.quoted_text or "").strip()
    meant = [one for one in asked if quoted and (quoted in one.text or one.text in quoted)]
    return meant or asked


def _answer(meeting_id: MeetingId, answer: Mapping[str, Any], context: Context) -> Reply:
    if answer["number"] == _NOT_COMING:
        return _resume("leave", {"meeting_id": meeting_id, "reason": answer["reason"]}, context)
    marked = attendance.promise(
        context.session,
        by=context.actor,
        meeting_id=meeting_id,
        said_at=context.now,
        now=context.arrived_at,
    )
    return Reply(
        say(
            WILL_COME,
            name=writer(context.actor.name),
            title=event(marked.meeting.title),
            when=event(marked.meeting.when),
        )
    )


def _resume(intent_name: str, option: Mapping[str, Any], context: Context) -> Reply:
    if intent_name == REREAD:
        return context.reread(context, option["inbound_id"], option["intent"])
    intent = next(intent for intent in context.intents if intent.name == intent_name)
    assert intent.resume is not None
    return intent.resume(option, context)


def _close(prompt: OpenPrompt, context: Context) -> None:
    if not prompts.close_prompt(context.session, prompt.id, context.now):
        raise DomainError("这件事刚刚已经办过了。")


def _waiting(context: Context, *kinds: PromptKind) -> list[OpenPrompt]:
    return prompts.list_open(
        context.session,
        member_id=context.member_id,
        chat_id=context.message.chat_id,
        now=context.now,
        kinds=kinds,
    )


def _question_waits(context: Context) -> Waiting:
    if _waiting(context, PromptKind.CHOOSE):
        return Waiting.ASKED
    if not context.private:
        return Waiting.NOTHING
    return Waiting.OPEN if _asked(context) else Waiting.NOTHING


def _anything_waits(context: Context) -> Waiting:
    return Waiting.ASKED if _waiting(context, *PromptKind) else Waiting.NOTHING


CONFIRM = Intent(
    name="confirm",
    title="确认",
    recognise=recognise_confirm,
    handle=handle_confirm,
    waits=_anything_waits,
    examples=CONFIRM_EXAMPLES,
    silent=CONFIRM_SILENT,
)
CANCEL = Intent(
    name="cancel",
    title="作罢",
    recognise=recognise_cancel,
    handle=handle_cancel,
    waits=_anything_waits,
    examples=CANCEL_EXAMPLES,
    silent=CANCEL_SILENT,
)
CHOOSE = Intent(
    name="choose",
    title="答复来不来",
    recognise=recognise_choose,
    handle=handle_choose,
    resume=resume_choose,
    waits=_question_waits,
    examples=CHOOSE_EXAMPLES,
    silent=CHOOSE_SILENT,
)
