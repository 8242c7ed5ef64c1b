"""Giving one's seat to somebody else (换孙丽去): both names are shown before anything is written.

Example:
    张三: 换孙丽去
    » 义务植树您报的1人换成孙丽去，您就不去了。是请回复 1；不是不用回。
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bot.domain.errors import DomainError
from bot.domain.privacy import event, named, say
from bot.domain.rights import Action
from bot.inbound.context import Context
from bot.inbound.intents import Intent, Waiting
from bot.inbound.offers import tell_promoted
from bot.inbound.questions import ask
from bot.inbound.replies import Reply, reply
from bot.inbound.signup_others import others_words, told
from bot.inbound.signup_swaps import SwapSlots, recognise_swap
from bot.inbound.whom import is_self, whom
from bot.services import study, study_others, study_seats
from bot.services.meetings import MeetingView
from bot.services.naming import Named

NAME = "signup_swap"
WHICH = "您报了几个：{choices}。要换哪一个，回复数字就行。"
SURE = "{title}您报的{seats}人换成{name}去，您就不去了。是请回复 1；不是不用回。"
IT_IS = "换"
NOT_JOINED = "您没有报名，没有名额可换。要给他报名请回复：报名 {name}"
WAITED_FOR = "{title}还有人排着候补，名额不能直接换给别人，没有换。不去了请回复 取消报名"
SELF = "您自己已经报着名，不用换。"


def handle(slots: SwapSlots, context: Context) -> Reply:
    """Ask whether the writer's own seat goes to the person named."""
    context.branch_id  # noqa: B018 - refuses strangers with the way to bind
    return resume({"names": [slots.name], "title": slots.title}, context)


def resume(option: Mapping[str, Any], context: Context) -> Reply:
    """Go on with the person or the activity chosen; once agreed, give the seat over."""
    people = whom(context, NAME, option["names"], option, action=Action.RECORD_ATTENDANCE)
    if isinstance(people, Reply):
        return people
    if is_self(people, context):
        return reply(SELF)
    kept = {key: value for key, value in option.items() if key not in ("written", "member_id")}
    held = study.list_held(context.session, context.actor, context.now)
    number, title = option.get("number"), option.get("title")
    if number is not None or title is not None:
        held = study.matching(held, number, title) or (held if number is None else [])
    if not held:
        return Reply(say(NOT_JOINED, name=named(people[0].name)))
    if len(held) > 1:
        return ask(context, NAME, WHICH, [(m.title, {**kept, "number": m.id}) for m in held])
    meeting = held[0]
    seats = study_seats.step_of(context.session, meeting.id, context.member_id).seats
    if option.get("agreed"):
        return _give(meeting, seats, people, context)
    agreed = {**kept, "number": meeting.id, "agreed": True}
    text = say(SURE, title=event(meeting.title), seats=seats, name=named(people[0].name))
    return ask(context, NAME, "{choices}", [(IT_IS, agreed)], text)


def _give(meeting: MeetingView, seats: int, people: Sequence[Named], context: Context) -> Reply:
    source = str(context.inbound_id)
    study.leave(context.session, by=context.actor, now=context.now, number=meeting.id, batch=source)
    joined = study_others.join_others(
        context.session,
        people=people,
        own_seats=0,
        seats_each=seats,
        by=context.actor,
        now=context.now,
        source=source,
        number=meeting.id,
    )
    if any(one.position for one in joined):  # nobody overtakes who waits: all of it is taken back
        raise DomainError(WAITED_FOR.format(title=meeting.title))
    tell_promoted(context)
    return Reply(others_words(joined), send=told(joined, context))


def _waits(context: Context) -> Waiting:
    """换孙丽去 is about a sign-up only where the writer has one."""
    if not (context.private or context.message.mentions_bot):
        return Waiting.NOTHING
    held = study.list_held(context.session, context.actor, context.now)
    return Waiting.OPEN if held else Waiting.NOTHING


INTENT = Intent(
    name=NAME,
    title="换人去",
    recognise=recognise_swap,
    handle=handle,
    resume=resume,
    waits=_waits,
    examples=("换孙丽去", "我不去了，换孙丽去", "让孙丽替我去", "植树换王五去"),
    silent=("换时间", "换个地方", "让大家去", "换谁去", "叫我老伴去"),
)
