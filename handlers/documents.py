"""Documents to take away (导出会议记录, 导出签到表): how to get the file; never sent into a chat.

Example:
    王敏: 导出会议记录 3月党员大会
    » 3月支部党员大会的会议记录可以写成Word文件，请管理员在服务器上运行：
    | zhibu report minutes --unit 第三党支部 --meeting 3月支部党员大会 -o 会议记录.docx
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.domain.privacy import event, say
from bot.domain.rights import Action, require
from bot.inbound import room
from bot.inbound.context import Context
from bot.inbound.intents import Intent, Reading, Strength
from bot.inbound.meeting_words import read_meeting, stored
from bot.inbound.replies import Reply
from bot.inbound.utterance import Utterance
from bot.services import meetings, scopes
from bot.services.meeting_meant import Meant

OF_MEETING = (
    "{title}的{what}可以写成Word文件，请管理员在服务器上运行：\n"
    "zhibu {command} --unit {unit} --meeting {title} -o {what}.docx\n手机上看，回复 {instead} {title}"
)
MINUTES, SIGN_IN, CALLS = "会议记录", "签到表", "电话名单"
_COMMANDS = {
    MINUTES: ("report minutes", "纪要"),
    SIGN_IN: ("paper 签到表", "打印签到表"),
    CALLS: ("paper 电话名单", "打印电话名单"),
}


@dataclass(frozen=True, slots=True)
class DocumentSlots:
    """A document is asked for; `what` is its name."""

    what: str
    meant: Meant


EXAMPLES = ("导出会议记录", "导出会议记录 3月党员大会", "导出签到表", "导出电话名单 党员大会")
SILENT = ("会议记录导出了吗", "导出来的会议记录不对", "怎么导出会议记录", "导出签到表要多久")

_ORDER = re.compile(
    r"(?:请|麻烦)?(?:帮我)?导出一?[份下]?(?P<what>会议记录|会议纪要|纪要|签到表|电话名单)"
    r"(?:的?(?:[Ww]ord|文件|文档))?(?:[\s:，]+(?P<rest>.{1,40}))?"
)


def recognise(utterance: Utterance) -> list[Reading]:
    """Recognise 导出会议记录 with or without the meeting (`EXACT`)."""
    match = _ORDER.fullmatch(utterance.text)
    if match is None:
        return []
    meant, rest = read_meeting(utterance, match["rest"] or "")
    if rest.strip():
        return []
    what = match["what"] if match["what"] in _COMMANDS else MINUTES
    return [Reading(DocumentSlots(what, meant), Strength.EXACT, (0, len(utterance.text)))]


def handle(slots: DocumentSlots, context: Context) -> Reply:
    """Say how to get the file, or ask of which meeting."""
    return resume({"meant": stored(slots.meant), "what": slots.what}, context)


def resume(kept: Mapping[str, Any], context: Context) -> Reply:
    """Say how to get the file of the meeting chosen."""
    what = kept["what"]
    coming = what != MINUTES
    meeting = room.meeting_of(context, NAME, kept, f"导出{what} {{meeting}}", coming=coming)
    if isinstance(meeting, Reply):
        return meeting
    session = context.session
    require(context.actor, Action.VIEW_LISTS, meetings.path_of(session, meeting.unit_id))
    command, instead = _COMMANDS[what]
    return Reply(
        say(
            OF_MEETING,
            title=event(meeting.title),
            what=what,
            command=command,
            unit=event(scopes.name_of(session, meeting.unit_id)),
            instead=instead,
        )
    )


NAME = "document"
INTENT = Intent(
    name=NAME,
    title="导出会议记录、签到表",
    recognise=recognise,
    handle=handle,
    resume=resume,
    examples=EXAMPLES,
    silent=SILENT,
    for_secretaries=True,
)
