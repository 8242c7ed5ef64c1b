"""Answering a question with several of its numbers (1和2, 报名1和2, 两个都请).

Example:
    张三: 报名
    » 可以报名的有：1 义务植树，2 社区义诊。回复数字就行。
    张三: 1和2
"""

from __future__ import annotations

from bot.inbound.context import Context
from bot.inbound.intents import Intent, Waiting
from bot.inbound.replies import Reply, reply
from bot.inbound.several_chosen import SeveralSlots, recognise_several
from bot.inbound.taking_several import find_question, sign_up_for, take_several
from bot.services import study

NOTHING_ASKED = "现在没有在等您答复的事，所以没有记。要报名请回复 报名，要请假请回复 请假 日期 原因"


def handle(slots: SeveralSlots, context: Context) -> Reply:
    """Take all that was chosen; without a question, sign up for the activities numbered."""
    asked = find_question(context)
    if asked is not None:
        return take_several(asked, slots, context)
    if slots.signs_up:
        context.branch_id  # noqa: B018 - refuses strangers with the way to bind
        return sign_up_for(slots.numbers, context)
    return reply(NOTHING_ASKED)


def _waits(context: Context) -> Waiting:
    if find_question(context) is not None:
        return Waiting.ASKED
    if not (context.private or context.message.mentions_bot):
        return Waiting.NOTHING
    found = study.list_open(context.session, context.actor, context.now)
    return Waiting.OPEN if found else Waiting.NOTHING


INTENT = Intent(
    name="several_chosen",
    title="一次选几个",
    recognise=recognise_several,
    handle=handle,
    waits=_waits,
    examples=("1和2", "报名1和2", "1、3", "选1和2", "两个都请"),
    silent=("1和2都错了", "1到3月", "我和他", "1号和2号", "两个都请客"),
)
