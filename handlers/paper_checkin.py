"""A signed sheet typed off (纸质签到 党员大会 张三、李四).

Example:
    王敏: 纸质签到 党员大会 张三、李建国、老张
    » “老张”是谁：1 张三，2 张伟（尾号4567），3 都不是，先不记。回复数字就行。
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.domain.errors import DomainError
from bot.domain.roll_order import Order, Word
from bot.inbound import room
from bot.inbound.context import Context
from bot.inbound.intents import Intent, Reading, Strength
from bot.inbound.meeting_words import read_meeting, stored
from bot.inbound.replies import Reply
from bot.inbound.room_words import read_list
from bot.inbound.utterance import Utterance
from bot.services import roll_calls
from bot.services.attendance_marks import PAPER
from bot.services.meeting_meant import Meant

WRITE_SO = "纸质签到 {meeting} 张三、李四"
NO_NAMES = "请写上会和签了名的人，例如：纸质签到 党员大会 张三、李四"


@dataclass(frozen=True, slots=True)
class PaperSlots:
    """Who has signed a sheet.

    Attributes:
        names: As written.
    """

    names: tuple[str, ...]
    meant: Meant


EXAMPLES = (
    "纸质签到 党员大会 张三、李四、王五",
    "纸质签到：张三 李四 王五",
    "签到表 3月12日党员大会 张三、李四",
    "纸质签到",
)
SILENT = ("纸质签到表在哪", "签到表在门口", "纸质签到行吗", "我签了纸质签到")

_ORDER = re.compile(
    r"(?:登记)?(?P<what>纸质签到表?|签到表|签名表)(?:[\s:，]+(?P<rest>.{1,1500}))?", re.DOTALL
)
_ASKED = re.compile(r"[？?]|[吗呢]$|怎么|在哪")


def recognise(utterance: Utterance) -> list[Reading]:
    """Recognise 纸质签到, the meeting and the names (`EXACT`)."""
    match = _ORDER.fullmatch(utterance.text)
    if match is None or _ASKED.search(utterance.text):
        return []
    if match["rest"] is None and not match["what"].startswith("纸质"):
        return []
    meant, rest = read_meeting(utterance, match["rest"] or "")
    slots = PaperSlots(read_list(rest), meant)
    return [Reading(slots, Strength.EXACT, (0, len(utterance.text)))]


def handle(slots: PaperSlots, context: Context) -> Reply:
    """Show who would be marked, with the head-count; ask about one unclear name at a time."""
    if not slots.names:
        raise DomainError(NO_NAMES)
    return _show({"meant": stored(slots.meant), "names": list(slots.names)}, context)


def resume(kept: Mapping[str, Any], context: Context) -> Reply:
    """Mark what the preview showed; after a question, go on with the names."""
    if "marks" in kept:
        return room.record(context, kept, PAPER)
    return _show(kept, context)


def _show(kept: Mapping[str, Any], context: Context) -> Reply:
    meeting = room.meeting_of(context, NAME, kept, WRITE_SO)
    if isinstance(meeting, Reply):
        return meeting
    found = room.room_of(context, NAME, kept["names"], kept, meeting, leave_out=True)
    if isinstance(found, Reply):
        return found
    order = Order(dict.fromkeys((person.id for person in found.people.values()), Word.CAME))
    draft = roll_calls.prepare(context.session, meeting, order, by=context.actor, now=context.now)
    return room.show(context, NAME, draft, found.unknown)


NAME = "paper_checkin"
INTENT = Intent(
    name=NAME,
    title="纸质签到",
    recognise=recognise,
    handle=handle,
    resume=resume,
    examples=EXAMPLES,
    silent=SILENT,
    for_secretaries=True,
)
