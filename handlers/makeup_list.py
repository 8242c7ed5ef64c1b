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

from bot.domain.privacy import count, event, missing, say
from bot.domain.reads import Seen
from bot.domain.wording import day_words, names_words
from bot.inbound import room
from bot.inbound.context import Context
from bot.inbound.intents import Intent, Reading, Strength
from bot.inbound.meeting_words import read_meeting, stored
from bot.inbound.replies import Reply
from bot.inbound.utterance import Utterance
from bot.services import makeup_study
from bot.services.makeup_study import Progress
from bot.services.meeting_meant import Meant
from bot.services.reads import Read

LIST = "{title}（{when}）补学：学完{done}人，还差{todo}人。\n{lines}"
STILL_OPEN = "还没补学{n}：{names}"
DONE = "已补学{n}：{names}"
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
    if not found.todo:
        return [*lines, ALL_DONE]
    if not found.sent:
        lines.append(NOT_SENT.format(title=found.meeting.title))
    return [*lines, UNTIL.format(until=day_words(found.until))]


NAME = "makeup_list"
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
