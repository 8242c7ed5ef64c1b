"""Who still has to make up for a meeting (补学名单).

Example:
    王敏: 补学名单 主题党日
    » 16日主题党日（3月16日（周一）15:00 社区二楼）补学：学完1人，还差2人。
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.domain.errors import DomainError
from bot.domain.ids import MeetingId, MemberId
from bot.domain.privacy import count, event, missing, say
from bot.domain.reads import Seen
from bot.domain.wording import day_words, names_words
from bot.inbound import room
from bot.inbound.context import Context
from bot.inbound.intents import Intent, Reading, Strength
from bot.inbound.meeting_words import read_meeting, stored
from bot.inbound.questions import preview
from bot.inbound.replies import Reply, telling
from bot.inbound.utterance import Utterance
from bot.services import makeup_study, meetings
from bot.services.makeup_study import Progress
from bot.services.meeting_meant import Meant
from bot.services.reads import Read

LIST = "{title}（{when}）补学：学完{done}人，还差{todo}人。\n{lines}"
STILL_OPEN = "还没补学{n}：{names}"
DONE = "已补学{n}：{names}"
SAID = "说学完了、等您核对{n}：{names}。核对好了请回复：确认补学 {title}"
PREVIEW = (
    "预览（未核对）：{title}的补学，本人说学完了{n}人：{names}\n回复 确认{n} 记上，回复 取消 作罢"
)
CONFIRMED = "✓ 已核对{title}的补学，共{n}人。打错了回复 撤销"
NOBODY = "{title}没有等着核对的补学。"
CONFIRM_SO = "确认补学 {meeting}"
ALL_DONE = "都补学了，这件事办完了。"
UNTIL = "{until}以前，本人随时可以回复 补学完了，补学不算到会。"
NOT_SENT = "还没有发材料，请发：补学材料 {title} 材料或链接"
WRITE_SO = "补学名单 {meeting}"


@dataclass(frozen=True, slots=True)
class MakeupListSlots:
    """Who still has to make up for a meeting."""

    meant: Meant


EXAMPLES = ("补学名单 主题党日", "补学名单", "谁还没补学", "3月16日主题党日补学名单")
SILENT = ("补学名单发了吗", "我补学完了", "补学材料", "谁还没补学我就陪他学")

_ORDER = re.compile(
    r"(?P<before>[^，。？]{0,30}?)的?补[学课]名单[\s:，]*(?P<after>[^，。？]{0,30})"
)
_CONFIRM = re.compile(r"(?:确认|核对)补[学课][\s:，]*(?P<rest>[^，。？]{0,30})")
_WHO = re.compile(r"(?:还有)?谁(?:还|都)?没有?(?:补学|补课)(?:的|？)?")


def recognise(utterance: Utterance) -> list[Reading]:
    """Recognise 补学名单, with or without the meeting (`EXACT`)."""
    text = utterance.text
    whole = (0, len(text))
    if utterance.addressed and _WHO.fullmatch(text):
        return [Reading(MakeupListSlots(Meant()), Strength.EXACT, whole)]
    match = _ORDER.fullmatch(text) if "名单" in text else None
    if match is None:
        return []
    meant, rest = read_meeting(utterance, match["after"] or match["before"])
    if rest.strip():
        return []
    return [Reading(MakeupListSlots(meant), Strength.EXACT, whole)]


def handle(slots: MakeupListSlots, context: Context) -> Reply:
    """Tell the organiser who has, and who still has to."""
    return resume({"meant": stored(slots.meant)}, context)


def resume(kept: Mapping[str, Any], context: Context) -> Reply:
    """Tell it of the meeting chosen."""
    meeting = room.meeting_of(context, NAME, kept, WRITE_SO)
    if isinstance(meeting, Reply):
        return meeting
    found = makeup_study.progress(context.session, meeting, by=context.actor, now=context.now)
    return Reply(
        reads=(Read(Seen.STUDY, meeting.unit_id),),
        text=say(
            LIST,
            title=event(meeting.title),
            when=event(meeting.when),
            done=count(len(found.done)),
            todo=count(len(found.todo)),
            lines=missing("\n".join(_lines(found))),
        ),
    )


def _lines(found: Progress) -> list[str]:
    lines = [
        template.format(
            n=len(group), names=names_words([found.called[p.id] for p in group], limit=None)
        )
        for template, group in ((STILL_OPEN, found.todo), (DONE, found.done))
        if group
    ]
    if found.said:
        names = names_words([found.called[p.id] for p in found.said], limit=None)
        lines.append(SAID.format(n=len(found.said), names=names, title=found.meeting.title))
    if not found.todo:
        return lines if found.said else [*lines, ALL_DONE]
    if not found.sent:
        lines.append(NOT_SENT.format(title=found.meeting.title))
    return [*lines, UNTIL.format(until=day_words(found.until))]


def recognise_confirm(utterance: Utterance) -> list[Reading]:
    """Recognise 确认补学, with or without the meeting (`EXACT`)."""
    text = utterance.text
    match = _CONFIRM.fullmatch(text) if "补" in text else None
    if match is None:
        return []
    meant, rest = read_meeting(utterance, match["rest"])
    if rest.strip():
        return []
    return [Reading(MakeupListSlots(meant), Strength.EXACT, (0, len(text)))]


def handle_confirm(slots: MakeupListSlots, context: Context) -> Reply:
    """Show who says to have made up for a meeting."""
    return resume_confirm({"meant": stored(slots.meant)}, context)


def resume_confirm(kept: Mapping[str, Any], context: Context) -> Reply:
    """Confirm what the preview showed; after a question which meeting, show it."""
    if "seqs" in kept:
        meeting = meetings.get_meeting(context.session, MeetingId(kept["meeting"]))
        seqs = {MemberId(member): seq for member, seq in kept["seqs"]}
        n = makeup_study.confirm(
            context.session, meeting, seqs, by=context.actor, now=context.arrived_at
        )
        return Reply(say(CONFIRMED, title=event(meeting.title), n=count(n)))
    found = room.meeting_of(context, CONFIRM_NAME, kept, CONFIRM_SO)
    if isinstance(found, Reply):
        return found
    shown = makeup_study.progress(context.session, found, by=context.actor, now=context.now)
    claims = makeup_study.list_claims(context.session, found)
    if not claims:
        raise DomainError(NOBODY.format(title=found.title))
    names = missing(names_words([shown.called[p.id] for p in shown.said], limit=None))
    text = say(PREVIEW, title=event(found.title), n=count(len(claims)), names=names)
    seqs_shown = [[claim.member_id, claim.seq] for claim in claims]
    kept = {"meeting": found.id, "seqs": seqs_shown}
    shown_text = preview(context, CONFIRM_NAME, len(claims), kept, text)
    return telling(shown_text, Read(Seen.STUDY, found.unit_id))


CONFIRM_NAME = "makeup_confirm"
NAME = "makeup_list"
CONFIRM = Intent(
    name=CONFIRM_NAME,
    title="核对补学",
    recognise=recognise_confirm,
    handle=handle_confirm,
    resume=resume_confirm,
    examples=("确认补学 主题党日", "确认补学"),
    silent=("补学确认了吗", "怎么确认补学"),
    for_secretaries=True,
)
INTENT = Intent(
    name=NAME,
    title="看补学名单",
    recognise=recognise,
    handle=handle,
    resume=resume,
    examples=EXAMPLES,
    silent=SILENT,
    for_secretaries=True,
)
