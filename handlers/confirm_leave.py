"""Granting and refusing leave (同意请假, 不同意请假), and whether a branch wants that.

Example:
    王敏: 同意请假 全部
    » 将同意请假：
    | 张三 3月支部党员大会（出差）
    | 共1人。回复 确认1 登记，回复 取消 作罢
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.domain.privacy import Fact, FactKind, Text, count, join, say
from bot.domain.reads import Seen
from bot.domain.wording import with_note
from bot.inbound.context import Context
from bot.inbound.deciding import (
    EVERYONE,
    MOST_LINES,
    GrantSlots,
    RefuseSlots,
    loaded,
    meant,
    stored,
)
from bot.inbound.intents import Intent, Reading, Strength
from bot.inbound.questions import preview
from bot.inbound.replies import Reply, ToMember, reply, telling
from bot.inbound.room_words import read_list
from bot.inbound.utterance import Utterance
from bot.services import leave_requests, request_letters
from bot.services.leave_requests import LeaveRequest
from bot.services.reads import Read
from bot.services.request_letters import Told

MORE = "…等共{n}条"
PREVIEW = "将同意请假：\n{lines}\n共{n}人。回复 确认{n} 登记，回复 取消 作罢"
LINE = "{name} {title}"
DONE = "✓ 已同意{n}人请假，已告诉本人。"
REFUSED = "✓ 没有同意{names}的请假，已告诉本人。"
WHOSE = "请写明是谁：同意请假 张三，或 同意请假 全部"
WHICH_SETTING = "请假要不要您同意才算？要同意请发：设置请假 要同意；说了就算请发：设置请假 不用同意"
NEEDED = "✓ 从今天开的会起，请假要您同意了才算。有人请假我私下告诉组织委员。改回来请发：设置请假 不用同意"
NOT_NEEDED = "✓ 从今天开的会起，请假说了就算，不用同意。要改回来请发：设置请假 要同意"


@dataclass(frozen=True, slots=True)
class SettingSlots:
    """Whether a leave of the branch has to be granted."""

    needed: bool | None


GRANT_EXAMPLES = ("同意请假 张三", "同意请假 全部", "准假 张三、李四", "批准请假 张三")
GRANT_SILENT = ("同意请假吗", "领导同意请假了", "不同意请假 张三", "谁同意请假")
REFUSE_EXAMPLES = ("不同意请假 张三", "不同意请假 张三 人数不够", "不准假 张三")
REFUSE_SILENT = ("不同意请假", "同意请假 张三", "不同意请假怎么办")
SETTING_EXAMPLES = ("设置请假 要同意", "设置请假 不用同意", "设置请假")
SETTING_SILENT = ("请假要同意吗", "请假要不要同意", "怎么设置请假")

_GRANT = re.compile(
    r"(?:同意|批准|准许)请假(?:[\s:]+(?P<rest>.{2,80}))?|准假[\s:]+(?P<plain>.{2,80})"
)
_REFUSE = re.compile(
    r"(?:不同意请假|不批准请假|不准假)[\s:]+(?P<names>\S{2,60})(?:\s+(?P<why>.{1,60}))?"
)
_SETTING = re.compile(
    r"设置请假[\s:，]*(?P<no>不用|不要|不需要|无需)?(?P<yes>要|需要)?(?:同意|批准|审批)"
)
_ASKED = re.compile(r"[？?]|[吗呢]$|怎么")


def recognise_grant(utterance: Utterance) -> list[Reading]:
    """Recognise 同意请假 张三 and 同意请假 全部 (`EXACT`)."""
    match = _GRANT.fullmatch(utterance.text)
    if match is None or _ASKED.search(utterance.text):
        return []
    rest = (match["rest"] or match["plain"] or "").strip()
    everyone = rest in EVERYONE
    slots = GrantSlots(() if everyone else read_list(rest), everyone)
    return [Reading(slots, Strength.EXACT, match.span())]


def recognise_refuse(utterance: Utterance) -> list[Reading]:
    """Recognise 不同意请假 张三 人数不够 (`EXACT`)."""
    match = _REFUSE.fullmatch(utterance.text)
    if match is None or _ASKED.search(utterance.text):
        return []
    slots = RefuseSlots(read_list(match["names"]), match["why"] or "")
    return [Reading(slots, Strength.EXACT, match.span())]


def recognise_setting(utterance: Utterance) -> list[Reading]:
    """Recognise 设置请假 要同意, and 设置请假 alone, which is answered with how (`EXACT`)."""
    if utterance.addressed and utterance.text == "设置请假":
        return [Reading(SettingSlots(None), Strength.EXACT, (0, len(utterance.text)))]
    match = _SETTING.fullmatch(utterance.text)
    if match is None or bool(match["no"]) == bool(match["yes"]):
        return []
    return [Reading(SettingSlots(bool(match["yes"])), Strength.EXACT, match.span())]


def handle_grant(slots: GrantSlots, context: Context) -> Reply:
    """Show what would be granted, with the head-count."""
    if not slots.everyone and not slots.names:
        return reply(WHOSE)
    return _show({"names": list(slots.names)}, context)


def resume_grant(kept: Mapping[str, Any], context: Context) -> Reply:
    """Grant the leaves of the preview; after a question who is meant, show it."""
    if "requests" not in kept:
        return _show(kept, context)
    requests = [loaded(request) for request in kept["requests"]]
    leave_requests.grant(context.session, requests, by=context.actor, now=context.now)
    number = len({request.member_id for request in requests})
    told = request_letters.of_leaves(requests, granted=True, by=context.actor)
    return Reply(say(DONE, n=count(number)), send=_posts(told, context))


def handle_refuse(slots: RefuseSlots, context: Context) -> Reply:
    """Refuse the leaves of those named; each of them hears why."""
    return resume_refuse({"names": list(slots.names), "reason": slots.reason}, context)


def resume_refuse(kept: Mapping[str, Any], context: Context) -> Reply:
    """Refuse once it is clear whose leaves are meant."""
    found = _waiting(REFUSE.name, kept, context)
    if isinstance(found, Reply):
        return found
    requests = [each.request for each in found]
    leave_requests.refuse(
        context.session, requests, by=context.actor, now=context.now, reason=kept["reason"]
    )
    names = "、".join(dict.fromkeys(request.name for request in requests))
    told = request_letters.of_leaves(
        requests, granted=False, by=context.actor, reason=kept["reason"]
    )
    return Reply(
        say(REFUSED, names=Fact(FactKind.PRESENCE, names)),
        send=_posts(told, context),
    )


def handle_setting(slots: SettingSlots, context: Context) -> Reply:
    """Settle for the branch whether a leave has to be granted."""
    context.member_id  # noqa: B018 - strangers are told how to bind first
    if slots.needed is None:
        return reply(WHICH_SETTING)
    leave_requests.set_approval(
        context.session, needed=slots.needed, by=context.actor, now=context.now
    )
    return reply(NEEDED if slots.needed else NOT_NEEDED)


def _show(kept: Mapping[str, Any], context: Context) -> Reply:
    found = _waiting(GRANT.name, kept, context)
    if isinstance(found, Reply):
        return found
    members = tuple(dict.fromkeys(each.request.member_id for each in found))
    people = len(members)
    kept_now = {"requests": [stored(each.request) for each in found]}
    shown = preview(context, GRANT.name, people, kept_now, _text(found, people))
    return telling(shown, Read(Seen.LEAVE, members=members))


def _waiting(
    intent: str, kept: Mapping[str, Any], context: Context
) -> Sequence[LeaveRequest] | Reply:
    """Return the leaves of those named, or all that wait; or the question who is meant."""
    members = meant(intent, kept, context)
    if isinstance(members, Reply):
        return members
    return leave_requests.list_waiting(
        context.session, by=context.actor, now=context.now, members=members
    )


def _text(found: Sequence[LeaveRequest], people: int) -> Text:
    lines = [
        say(
            "{line}",
            line=Fact(
                FactKind.LEAVE_REASON,
                with_note(LINE.format(name=each.request.name, title=each.request.title), each.why),
            ),
        )
        for each in found[:MOST_LINES]
    ]
    if len(found) > MOST_LINES:
        lines.append(say(MORE, n=count(len(found))))
    listed = Fact(FactKind.LEAVE_REASON, join(*lines).words)
    return say(PREVIEW, lines=listed, n=count(people))


def _posts(told: Sequence[Told], context: Context) -> tuple[ToMember, ...]:
    key = f"leave_decided:{context.inbound_id}"
    return tuple(ToMember(one.member_id, one.text, f"{key}:{one.key}") for one in told)


GRANT = Intent(
    name="confirm_leave",
    title="同意请假",
    recognise=recognise_grant,
    handle=handle_grant,
    resume=resume_grant,
    examples=GRANT_EXAMPLES,
    silent=GRANT_SILENT,
    for_secretaries=True,
)
REFUSE = Intent(
    name="refuse_leave",
    title="不同意请假",
    recognise=recognise_refuse,
    handle=handle_refuse,
    resume=resume_refuse,
    examples=REFUSE_EXAMPLES,
    silent=REFUSE_SILENT,
    for_secretaries=True,
)
SETTING = Intent(
    name="set_leave",
    title="设置请假要不要同意",
    recognise=recognise_setting,
    handle=handle_setting,
    examples=SETTING_EXAMPLES,
    silent=SETTING_SILENT,
    for_secretaries=True,
)
