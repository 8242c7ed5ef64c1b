"""Branches that hold something together (联合建会 党课 三支部、五支部 3月12日 10:00 礼堂).

Example:
    刘干事: 联合建会 党课 三支部、五支部 3月12日 10:00 礼堂
    » ✓ 已建：第三党支部、第五党支部的党课，3月12日（周四）10:00 礼堂。应到10人。各支部各有名册和纪要，各算各的一次；主讲人只算讲了一次。
"""

from __future__ import annotations

from bot.clock import at as moment_at
from bot.domain.cadence import MeetingKind, find_kind
from bot.domain.errors import DomainError
from bot.domain.privacy import count, event, say
from bot.inbound.barred import bar
from bot.inbound.context import Context
from bot.inbound.gatherings import JointSlots, find_joint
from bot.inbound.intents import Intent, Reading, Strength
from bot.inbound.inviting import ask_at_once
from bot.inbound.replies import Reply
from bot.inbound.utterance import Utterance
from bot.services import gatherings

CALLED = (
    "✓ 已建：{units}的{title}，{when}。应到{expected}人，前一天提醒大家。"
    "各支部各有名册和纪要，各算一次；主讲人只算讲了一次。"
)
CALLED_TOLD = (
    "✓ 已建：{units}的{title}，{when}。应到{expected}人，正在问大家来不来，没有账号的请打电话。"
    "各支部各有名册和纪要，各算一次；主讲人只算讲了一次。"
)
WRITE_SO = "{missing}没看懂。请这样写：联合建会 党课 三支部和五支部 3月12日 10:00 礼堂"
NOT_BACK = "建会不能撤销。不开了请各支部回复 取消会议 {title}"

EXAMPLES = (
    "联合建会 党课 三支部、五支部 3月12日 10:00 礼堂",
    "联合建会 党课 三支部和五支部 3月12日 10:00 礼堂",
)
SILENT = ("三支部、五支部联合建会了吗", "建会 党课 3月12日 10:00 礼堂")


def recognise(utterance: Utterance) -> list[Reading]:
    """Recognise an order to set up a meeting of several branches."""
    slots = find_joint(utterance)
    return [] if slots is None else [Reading(slots, Strength.EXACT, (0, len(utterance.text)))]


def handle(slots: JointSlots, context: Context) -> Reply:
    """Call a meeting of several branches, each with its own roll and record."""
    missing = [
        word
        for word, value in (("会议名称", slots.title), ("日期", slots.day), ("时间", slots.at))
        if value is None
    ]
    if slots.title is None or slots.day is None or slots.at is None:
        raise DomainError(WRITE_SO.format(missing="、".join(missing)))
    called = gatherings.call_jointly(
        context.session,
        kind=find_kind(slots.title) or MeetingKind.OTHER,
        units=slots.units,
        starts_at=moment_at(slots.day, slots.at.hour, slots.at.minute),
        place=slots.place or "",
        by=context.actor,
        now=context.now,
    )
    bar(context, "建会", NOT_BACK.format(title=called.title))
    told = [ask_at_once([meeting], context) for meeting in called.meetings]
    return Reply(
        say(
            CALLED_TOLD if any(told) else CALLED,
            units=event("、".join(called.units)),
            title=event(called.title),
            when=event(called.meetings[0].when),
            expected=count(called.expected),
        )
    )


INTENT = Intent(
    name="joint_meeting",
    title="几个支部一起开会",
    recognise=recognise,
    handle=handle,
    examples=EXAMPLES,
    silent=SILENT,
    for_secretaries=True,
)
