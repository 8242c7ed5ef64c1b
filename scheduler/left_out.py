"""A group notice that finds no room is told to whoever answers for the unit, who may pass it on.

Example:
    » 李书记: 李书记您好：第三党支部群今天的通知已经满了，下面这条没有发到群里。要让大家知道，请复制过去：
    | 【党课】3月12日（周四）14:00 社区二楼。来不了请私聊我：请假 原因
"""

from __future__ import annotations

from dataclasses import replace

from bot.domain.burden import Urgency
from bot.domain.ids import MemberId
from bot.domain.privacy import event, say
from scheduler.rule import Reason, Reminder, Rule

TEXT = "{name}您好：{unit}群今天的通知已经满了，下面这条没有发到群里。要让大家知道，请复制过去：\n{words}"
SOURCE = "每个群每天的通知有上限（本产品设定，可在配置里改）"
FACTS = "这一条排不进，也等不到第二天"
ENDS = "会改期或取消后自动停止"
SEEN = "只发给您"


def left_out(notice: Reminder, unit: str, owner: MemberId, name: str) -> Reminder:
    """Return what the owner is told of a group notice of their unit."""
    return replace(
        notice,
        text=say(TEXT, name=name, unit=event(unit), words=event(notice.text.words)),
        reason=Reason(SOURCE, FACTS, ENDS, SEEN),
        member_id=owner,
        unit_id=None,
    )


# Not among RULES: it has no moments of its own, and is void when its subject is.
LEFT_OUT = Rule(
    name="group_notice_left",
    title="群里没发的通知",
    source="burden.group_notices",
    slots=lambda _after, _until: (),
    reminders=lambda _session, _slot, _setting: (),
    satisfied=lambda _session, _asked, _now: (),
    urgency=Urgency.EVENT_DAY,
)
