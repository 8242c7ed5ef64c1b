"""Lists to copy on paper, with tick boxes (打印签到表, 打印电话名单); for organisers, privately.

Example:
    王敏: 打印签到表 党员大会
    » 3月支部党员大会签到表（3月12日（周四）10:00 社区二楼），应到8人：
    | □ 李建国
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.domain.privacy import count, event, missing, say
from bot.domain.reads import Seen
from bot.inbound import room
from bot.inbound.context import Context
from bot.inbound.intents import Intent, Reading, Strength
from bot.inbound.meeting_words import read_meeting, stored
from bot.inbound.replies import Reply
from bot.inbound.utterance import Utterance
from bot.services import paper_lists
from bot.services.meeting_meant import Meant
from bot.services.paper_lists import PaperKind, Row
from bot.services.reads import Read

SIGN_IN = "{title}（{when}），应到{n}人：\n{lines}\n收回来以后发：纸质签到 {short} 张三、李四"
CALL = (
    "{title}（{when}），要打电话的{n}人：\n{lines}\n只是会前问来不来；党费提醒过的请回复 打电话名单"
)
NOBODY = "{title}：都答复了，不用打电话。提醒过还没登记党费的，请回复 打电话名单"
LINE = "□ {name}{tail}{note}"
TAIL, NOTE = "（尾号{tail}）", "，{note}"


@dataclass(frozen=True, slots=True)
class PaperListSlots:
    """A list is to be printed."""

    kind: PaperKind
    meant: Meant


EXAMPLES = ("打印签到表", "打印签到表 党员大会", "打印电话名单", "打印电话名单 3月12日党员大会")
SILENT = ("签到表打印了吗", "打印机坏了", "签到表在门口", "打印签到表要多少钱")

_ORDER = re.compile(
    r"(?:请|麻烦)?(?:帮我)?打印一?[份张下]?(?:纸质)?(?P<what>签到表|签到名单|电话名单|电话表)(?:[\s:，]+(?P<rest>.{1,40}))?"
)
_WHAT = {
    "签到表": PaperKind.SIGN_IN,
    "签到名单": PaperKind.SIGN_IN,
    "电话名单": PaperKind.CALL,
    "电话表": PaperKind.CALL,
}


def recognise(utterance: Utterance) -> list[Reading]:
    """Recognise 打印签到表 with or without the meeting (`EXACT`)."""
    match = _ORDER.fullmatch(utterance.text)
    if match is None:
        return []
    meant, rest = read_meeting(utterance, match["rest"] or "")
    if rest.strip():
        return []
    slots = PaperListSlots(_WHAT[match["what"]], meant)
    return [Reading(slots, Strength.EXACT, (0, len(utterance.text)))]


def handle(slots: PaperListSlots, context: Context) -> Reply:
    """Write the list out, or ask of which meeting."""
    return resume({"meant": stored(slots.meant), "kind": slots.kind.value}, context)


def resume(kept: Mapping[str, Any], context: Context) -> Reply:
    """Write out the list of the meeting chosen."""
    kind = PaperKind(kept["kind"])
    meeting = room.meeting_of(
        context,
        NAME,
        kept,
        f"打印{kind.value} {{meeting}}",
        coming=True,
    )
    if isinstance(meeting, Reply):
        return meeting
    made = paper_lists.make(context.session, meeting, kind)
    if not made.rows:
        return Reply(say(NOBODY, title=event(made.title)))
    return Reply(
        reads=(Read(Seen.ATTENDANCE, meeting.unit_id),),
        text=say(
            SIGN_IN if kind is PaperKind.SIGN_IN else CALL,
            title=event(made.title),
            when=event(meeting.when),
            short=event(meeting.title),
            n=count(len(made.rows)),
            lines=missing("\n".join(_line(row) for row in made.rows)),
        ),
    )


def _line(row: Row) -> str:
    return LINE.format(
        name=row.name,
        tail=TAIL.format(tail=row.tail) if row.tail and row.tail not in row.name else "",
        note=NOTE.format(note=row.note) if row.note else "",
    )


NAME = "paper_list"
INTENT = Intent(
    name=NAME,
    title="打印签到表、电话名单",
    recognise=recognise,
    handle=handle,
    resume=resume,
    examples=EXAMPLES,
    silent=SILENT,
    for_secretaries=True,
)
