"""Joining an activity and withdrawing from it (报名, 取消报名).

Example:
    张三: 报名2人
    » ✓ 张三，16日义务植树已报名2人。打错了回复 撤销
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bot.domain.privacy import Fact, FactKind, event, say, writer
from bot.domain.rights import Action
from bot.inbound.context import Context
from bot.inbound.intents import Intent, Teachable, Waiting
from bot.inbound.kept import words_of
from bot.inbound.normalise import is_reply
from bot.inbound.offers import tell_promoted
from bot.inbound.questions import ask
from bot.inbound.replies import Reply, ToMember, reply
from bot.inbound.signup_cancels import (
    SignupCancelSlots,
    recognise_signup_cancel,
    tells_of_himself,
)
from bot.inbound.signup_others import others_words, shares, told
from bot.inbound.signups import SignupSlots, recognise_signup
from bot.inbound.whom import is_self, names_of, whom
from bot.services import study, study_others
from bot.services.meetings import MeetingView
from bot.services.study import Joined

DONE = "✓ {name}，已报名{title}（{when}），{seats}人，还剩{left}个名额。不去了回复 取消报名"
WAITS = (
    "✓ {name}，{title}名额满了，已给您排候补第{position}位（{seats}人）。"
    "有空位就给您报上，马上告诉您。不等了回复 取消报名"
)
WAITS_FOR_MORE = (
    "✓ {name}，{title}只剩{left}个名额，{seats}人坐不下，已给您排候补第{position}位。"
    "只要{left}个请回复 报名{left}人，不等了回复 取消报名"
)
WAITS_STILL = "您已经在{title}的候补名单上了，现在排第{position}位，有空位马上告诉您。"
NOT_WAITING = "✓ {name}，已退出{title}的候补。打错了回复 撤销"
TWICE = "您已经报过{title}了，不用再报。"
LABEL = "{title}（{start}）"
WHICH = "可以报名的有：{choices}。回复数字就行。"
CANCELLED = "✓ {name}，已取消{title}的报名，名额让给别人。打错了回复 撤销"
WHICH_CANCEL = "要取消哪一个：{choices}。回复数字就行。"
WHICH_CHANGE = "您报了几个：{choices}。要改哪一个，回复数字就行。"
NOT_JOINED = "您还没有报名，不用改人数。要报名请回复 报名"
OTHERS_CANCELLED = "✓ 已取消{names}的{title}报名，名额让给别人。打错了回复 撤销"
TOLD_CANCELLED = "{reporter}替您取消了{title}的报名。还去的话请回复 报名"
COUNT_APART = "写了{named}个名字，人数却是{count}人。请一个人一个人报，例如 报名 张三"


SIGNUP_EXAMPLES = (
    "报名",
    "我报名",
    "报名2人",
    "算我一个",
    "报名 2",
    "报名义务植树",
    "周六的志愿活动我参加",
    "报名，我和老伴两个人",
    "帮老李报个名",
    "报名人数改成3人",
)
SIGNUP_SILENT = (
    "报名了吗",
    "怎么报名",
    "还没报名",
    "报名表在哪",
    "驾校报名",
    "请大家踊跃报名",
    "取消报名",
    "孩子报名了英语班",
)
CANCEL_EXAMPLES = (
    "取消报名",
    "我不参加了，取消报名",
    "退出报名",
    "把我的报名取消掉",
    "志愿活动我去不了了，取消报名",
)
CANCEL_SILENT = ("取消签到", "怎么取消报名", "报名", "不报名行吗")


def handle_signup(slots: SignupSlots, context: Context) -> Reply:
    """Sign the writer up for a class."""
    if slots.changed:
        return _change(context, slots.count or 1, slots.title)
    if slots.names and slots.names != (context.actor.name,):
        return _join_others(context, _kept(slots))
    return _join(context, slots.number, slots.title, slots.count or 1, _days(slots))


def resume_signup(option: Mapping[str, Any], context: Context) -> Reply:
    """Go on with the class or the person chosen."""
    if "names" in option:
        return _join_others(context, option)
    return _join(context, option["number"], None, option["seats"])


def handle_cancel(slots: SignupCancelSlots, context: Context) -> Reply:
    """Withdraw the writer's sign-up."""
    if slots.names and slots.names != (context.actor.name,):
        return _withdraw_others(context, _kept(slots))
    return _leave(context, slots.number, slots.title, _days(slots))


def resume_cancel(option: Mapping[str, Any], context: Context) -> Reply:
    """Go on with the sign-up or the person chosen."""
    if "names" in option:
        return _withdraw_others(context, option)
    return _leave(context, option["number"], None)


def _days(slots: SignupSlots | SignupCancelSlots) -> study.Days | None:
    return None if slots.day is None else (slots.day, slots.until or slots.day)


def _kept(slots: SignupSlots | SignupCancelSlots) -> dict[str, Any]:
    return {
        "names": list(slots.names),
        "number": slots.number,
        "title": slots.title,
        "seats": slots.count,
        "with_me": getattr(slots, "with_me", False),
    }


def _join_others(context: Context, kept: Mapping[str, Any]) -> Reply:
    people = whom(context, "signup", kept["names"], kept, action=Action.RECORD_ATTENDANCE)
    if isinstance(people, Reply):
        return people
    if is_self(people, context):
        return _join(context, kept["number"], kept["title"], kept["seats"] or 1)
    own, each = shares(kept, len(people))
    if each < 1:
        return reply(say(COUNT_APART, named=len(people), count=kept["seats"]))
    try:
        joined = study_others.join_others(
            context.session,
            people=people,
            own_seats=own,
            seats_each=each,
            by=context.actor,
            now=context.now,
            source=str(context.inbound_id),
            number=kept["number"],
            title=kept["title"],
        )
    except study.WhichClass as several:
        return ask(context, "signup", WHICH, _options(several.choices, kept))
    return Reply(others_words(joined), send=told(joined, context))


def _withdraw_others(context: Context, kept: Mapping[str, Any]) -> Reply:
    people = whom(context, "signup_cancel", kept["names"], kept, action=Action.RECORD_ATTENDANCE)
    if isinstance(people, Reply):
        return people
    if is_self(people, context):
        return _leave(context, kept["number"], kept["title"])
    try:
        meeting = study_others.leave_others(
            context.session,
            people=people,
            by=context.actor,
            now=context.now,
            source=str(context.inbound_id),
            number=kept["number"],
            title=kept["title"],
        )
    except study.WhichClass as several:
        return ask(context, "signup_cancel", WHICH_CANCEL, _options(several.choices, kept))
    tell_promoted(context)
    letter = say(TOLD_CANCELLED, reporter=context.actor.name, title=event(meeting.title))
    return Reply(
        say(OTHERS_CANCELLED, names=names_of(people), title=event(meeting.title)),
        send=tuple(
            ToMember(person.id, letter, f"signup:{context.inbound_id}:{person.id}")
            for person in people
            if person.id != context.actor.member_id
        ),
    )


def _join(
    context: Context,
    number: int | None,
    title: str | None,
    seats: int,
    days: study.Days | None = None,
) -> Reply:
    context.require_seat()
    try:
        joined = study.join(
            context.session,
            by=context.actor,
            now=context.now,
            number=number,
            title=title,
            days=days,
            seats=seats,
            batch=str(context.inbound_id),
        )
    except study.WhichClass as several:
        options = _options(several.choices, {"seats": seats})
        return ask(context, "signup", WHICH, options)
    tell_promoted(context)  # who asks for fewer than before frees seats
    return Reply(
        say(
            _joined_words(joined),
            name=writer(context.actor.name),
            title=event(joined.meeting.title),
            when=event(joined.meeting.when),
            seats=Fact(FactKind.SIGNUP, str(joined.seats)),
            left=joined.left,
            position=joined.position,
        )
    )


def _joined_words(joined: Joined) -> str:
    if not joined.position:
        return DONE if joined.new else TWICE
    if not joined.new:
        return WAITS_STILL
    return WAITS_FOR_MORE if joined.left and joined.position == 1 else WAITS


def _change(context: Context, seats: int, title: str | None = None) -> Reply:
    """Let the writer come with another number of persons to what he is signed up for."""
    context.require_seat()
    joined = study.list_held(context.session, context.actor, context.now)
    if title is not None:
        joined = study.matching(joined, None, title) or joined
    if not joined:
        return reply(NOT_JOINED)
    if len(joined) > 1:
        return ask(context, "signup", WHICH_CHANGE, _options(joined, {"seats": seats}))
    return _join(context, joined[0].id, None, seats)


def _leave(
    context: Context, number: int | None, title: str | None, days: study.Days | None = None
) -> Reply:
    context.require_seat()
    try:
        done = study.leave(
            context.session,
            by=context.actor,
            now=context.now,
            number=number,
            title=title,
            days=days,
            batch=str(context.inbound_id),
        )
    except study.WhichClass as several:
        return ask(context, "signup_cancel", WHICH_CANCEL, _options(several.choices, {}))
    tell_promoted(context)
    words = NOT_WAITING if done.waited else CANCELLED
    return Reply(say(words, name=writer(context.actor.name), title=event(done.meeting.title)))


def _options(
    classes: Sequence[MeetingView], more: Mapping[str, Any]
) -> list[tuple[str, Mapping[str, Any]]]:
    """Return the classes to choose from; those of one name, or one alone, each with its day."""
    titles = [meeting.title for meeting in classes]
    return [
        (
            LABEL.format(title=m.title, start=m.start_words)
            if len(titles) == 1 or titles.count(m.title) > 1
            else m.title,
            {**more, "number": m.id},
        )
        for m in classes
    ]


def _has_joined(context: Context) -> Waiting:
    """不去了 takes a sign-up back only where there is one, and where we are spoken to.

    Said of another (孙丽不去了) it is weighed where something is open to sign up for.
    """
    if not (context.private or context.message.mentions_bot):
        return Waiting.NOTHING
    found = study.list_held(context.session, context.actor, context.now)
    if not found and not tells_of_himself(words_of(context.message)):
        found = study.list_open(context.session, context.actor, context.now)
    return Waiting.OPEN if found else Waiting.NOTHING


def _may_join(context: Context) -> Waiting:
    """+1 and 我去 alone join where something is open, said to the bot or under who looks for people."""
    spoken_to = context.private or context.message.mentions_bot
    if not (spoken_to or _is_reply(context)):
        return Waiting.NOTHING
    found = study.list_open(context.session, context.actor, context.now)
    return Waiting.OPEN if found else Waiting.NOTHING


def _is_reply(context: Context) -> bool:
    message = context.message
    return message.quoted_text is not None or is_reply(message.text)


SIGNUP = Intent(
    name="signup",
    title="报名",
    recognise=recognise_signup,
    handle=handle_signup,
    waits=_may_join,
    resume=resume_signup,
    examples=SIGNUP_EXAMPLES,
    silent=SIGNUP_SILENT,
    teachable=Teachable.ACTION,
    numbers=True,
)
CANCEL = Intent(
    name="signup_cancel",
    title="取消报名",
    recognise=recognise_signup_cancel,
    handle=handle_cancel,
    waits=_has_joined,
    resume=resume_cancel,
    examples=CANCEL_EXAMPLES,
    silent=CANCEL_SILENT,
    teachable=Teachable.ABSENCE,
    marks=frozenset("退取撤删划销抹让不拿废掉弃回"),
)
