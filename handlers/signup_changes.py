"""A sign-up for all that is offered, or changed by a few (两个都报, 带上我媳妇, 我少去一个).

Example:
    张三: 带上我媳妇
    » ✓ 张三，已报名义务植树（3月14日（周六）09:00 南山），2人，还剩18个名额。不去了回复 取消报名
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import reduce
from typing import Any

from bot.domain.errors import DomainError
from bot.domain.ids import MeetingId
from bot.domain.privacy import event, say
from bot.domain.prompts import PromptKind
from bot.inbound.context import Context
from bot.inbound.intents import Intent, Waiting
from bot.inbound.questions import ask, close, put_next, resume
from bot.inbound.replies import Reply, both, refused, reply
from bot.inbound.signup_changes import (
    ChangeSlots,
    EverySlots,
    recognise_change,
    recognise_join_all,
    recognise_leave_all,
)
from bot.services import prompts, study, study_seats, undo
from bot.services.meetings import MeetingView
from bot.services.prompts import OpenPrompt

NONE_OPEN = "现在没有可以报名的学习或活动。"
NONE_JOINED = "没有找到您的报名，不用取消。"
HAS_ALL = "能报的您都已经报过了，不用再报。"
SO_MANY = "现在可以报名的有{n}个：{choices}。要报哪一个，回复数字；{n}个都报请回复 都报。"
SO_MANY_JOINED = "您报了{n}个：{choices}。要取消哪一个，回复数字；{n}个都取消请回复 都取消。"
NOT_JOINED = "您还没有报名，不用改人数。要报名请回复 报名"
WHICH = "您报了几个：{choices}。要改哪一个，回复数字就行。"
NOBODY_LEFT = (
    "您在{title}报的就是{now}人，少{fewer}个就是不去了。取消报名请回复 1；还去的话不用回。"
)
COUNTED = "{title}您已报{now}人。{choices}。回复数字就行。"
ONE_MORE = "加到{n}人"
AS_IT_IS = "就是这{n}人"
STAYS = "好的，{title}还是{n}人。"
TAKE_BACK = "取消报名"
_SIGNUP, _CANCEL = "signup", "signup_cancel"


def handle_join_all(slots: EverySlots, context: Context) -> Reply:
    """Sign the writer up for all that was offered, or all that is open."""
    context.require_seat()
    asked = _asked(context, _SIGNUP)
    if asked is not None:
        return _take_all(asked, context)
    open_ = study.list_open(context.session, context.actor, context.now)
    if not open_:
        raise DomainError(NONE_OPEN)
    held = {meeting.id for meeting in study.list_held(context.session, context.actor, context.now)}
    left = [meeting for meeting in open_ if meeting.id not in held]
    if not left:
        return reply(HAS_ALL)
    options = _options(left, {"seats": 1})
    return _all_of(_SIGNUP, options, slots.number, SO_MANY, context)


def handle_leave_all(slots: EverySlots, context: Context) -> Reply:
    """Withdraw all that was asked about, or all the writer is signed up for."""
    context.require_seat()
    asked = _asked(context, _CANCEL)
    if asked is not None:
        return _take_all(asked, context)
    held = study.list_held(context.session, context.actor, context.now)
    if not held:
        raise DomainError(NONE_JOINED)
    return _all_of(_CANCEL, _options(held, {}), slots.number, SO_MANY_JOINED, context)


def _all_of(
    intent: str,
    options: Sequence[tuple[str, Mapping[str, Any]]],
    number: int | None,
    question: str,
    context: Context,
) -> Reply:
    """Do all, where they are as many as was said, else ask which."""
    if number is None or number == len(options) or len(options) == 1:
        return _each(intent, [option for _, option in options], context)
    return ask(context, intent, question.replace("{n}", str(len(options))), options)


def _take_all(asked: OpenPrompt, context: Context) -> Reply:
    close(asked, context)
    done = _each(asked.payload["intent"], asked.payload["options"], context)
    return put_next(context, asked.payload.get("then", ()), done)


def _each(intent: str, options: Sequence[Mapping[str, Any]], context: Context) -> Reply:
    """Finish the request with every option; one that is refused stops none of the others."""
    return reduce(both, (_one(intent, option, context) for option in options))


def _one(intent: str, option: Mapping[str, Any], context: Context) -> Reply:
    try:
        return resume(intent, option, context)
    except DomainError as refusal:
        return refused(refusal)


def handle_change(slots: ChangeSlots, context: Context) -> Reply:
    """Let more or fewer come to what the writer is signed up for."""
    context.require_seat()
    kept = {"more": slots.more, "sure": slots.sure}
    asked = _asked(context, _SIGNUP)
    if asked is not None and slots.more > 0:
        return _more_of_asked(asked, slots.more, context)
    held = study.list_held(context.session, context.actor, context.now)
    if slots.title is not None:
        held = study.matching(held, None, slots.title) or held
    if not held:
        return reply(NOT_JOINED)
    if len(held) > 1:
        last = undo.find_last_inverse(
            context.session, by=context.actor, now=context.now, what=_SIGNUP
        )
        held = [meeting for meeting in held if meeting.id == last.get("meeting")] or held
    if len(held) > 1:
        return ask(context, CHANGE.name, WHICH, _options(held, kept))
    return _change(held[0], kept, context)


def resume_change(option: Mapping[str, Any], context: Context) -> Reply:
    """Change the sign-up chosen, or leave it as it is."""
    held = study.list_held(context.session, context.actor, context.now)
    meeting = next((one for one in held if one.id == option["number"]), None)
    if meeting is None:
        return reply(NOT_JOINED)
    if "stays" in option:
        return Reply(say(STAYS, title=event(meeting.title), n=option["stays"]))
    return _change(meeting, option, context)


def _change(meeting: MeetingView, kept: Mapping[str, Any], context: Context) -> Reply:
    now = study_seats.step_of(context.session, MeetingId(meeting.id), context.member_id).seats
    seats = now + kept["more"]
    title = event(meeting.title)
    if seats < 1:
        text = say(NOBODY_LEFT, title=title, now=now, fewer=-kept["more"])
        return ask(context, _CANCEL, "{choices}", [(TAKE_BACK, {"number": meeting.id})], text)
    if kept["sure"] or now == 1:
        return resume(_SIGNUP, {"number": meeting.id, "seats": seats}, context)
    number = {"number": meeting.id}
    options = [
        (ONE_MORE.format(n=seats), {**number, "more": kept["more"], "sure": True}),
        (AS_IT_IS.format(n=now), {**number, "stays": now}),
    ]
    choices = "，".join(f"{n} {label}" for n, (label, _) in enumerate(options, start=1))
    text = say(COUNTED, title=title, now=now, choices=choices)
    return ask(context, CHANGE.name, "{choices}", options, text)


def _more_of_asked(asked: OpenPrompt, more: int, context: Context) -> Reply:
    """Put the open question once more, now for so many persons."""
    close(asked, context)
    labels, options = asked.payload["labels"], asked.payload["options"]
    again = [
        (label, {**option, "seats": (option.get("seats") or 1) + more})
        for label, option in zip(labels, options, strict=True)
    ]
    return ask(context, _SIGNUP, "{choices}", again, say(asked.payload["words"]))


def _asked(context: Context, intent: str) -> OpenPrompt | None:
    """Return the question of an intent that is open here, if it is the last that was put."""
    waiting = prompts.list_open(
        context.session,
        member_id=context.member_id,
        chat_id=context.message.chat_id,
        now=context.now,
        kinds=[PromptKind.CHOOSE],
    )
    last = next(iter(waiting), None)
    return last if last is not None and last.payload["intent"] == intent else None


def _options(
    meetings: Sequence[MeetingView], more: Mapping[str, Any]
) -> list[tuple[str, Mapping[str, Any]]]:
    return [(meeting.title, {**more, "number": meeting.id}) for meeting in meetings]


def _waits_for(intent: str, of_many: Callable[[Context], int]) -> Callable[[Context], Waiting]:
    """Return what tells that an answer waits for all: a question put, else several at hand."""

    def waits(context: Context) -> Waiting:
        if _asked(context, intent) is not None:
            return Waiting.ASKED
        return Waiting.OPEN if _is_spoken_to(context) and of_many(context) > 1 else Waiting.NOTHING

    return waits


def _is_spoken_to(context: Context) -> bool:
    """Tell whether the bot is: among people only what answers a question counts."""
    return context.private or context.message.mentions_bot


def _open(context: Context) -> int:
    return len(study.list_open(context.session, context.actor, context.now))


def _held(context: Context) -> int:
    return len(study.list_held(context.session, context.actor, context.now))


def _may_change(context: Context) -> Waiting:
    if _asked(context, _SIGNUP) is not None:
        return Waiting.ASKED
    return Waiting.OPEN if _is_spoken_to(context) and _held(context) else Waiting.NOTHING


JOIN_ALL = Intent(
    name="signup_all",
    title="都报名",
    recognise=recognise_join_all,
    handle=handle_join_all,
    waits=_waits_for(_SIGNUP, _open),
    examples=("两个都报", "都去", "都报名", "两个活动都给我报上", "全都参加"),
    silent=("都报了吗", "大家都去", "他们都去", "都取消", "我报名"),
)
LEAVE_ALL = Intent(
    name="signup_cancel_all",
    title="都取消报名",
    recognise=recognise_leave_all,
    handle=handle_leave_all,
    waits=_waits_for(_CANCEL, _held),
    examples=("两个都取消", "都不去了", "全部退掉", "两个活动都不参加了"),
    silent=("都取消了吗", "取消报名", "两个会都取消", "他们都不去了"),
)
CHANGE = Intent(
    name="signup_change",
    title="改报名人数",
    recognise=recognise_change,
    handle=handle_change,
    resume=resume_change,
    waits=_may_change,
    examples=("带上我媳妇", "再带一个人", "我少去一个", "植树我少去一个"),
    silent=("报名带两个家属", "带上材料", "少一个椅子", "加上李建国"),
)
