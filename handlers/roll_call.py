"""Marking the whole room at once (全到, 除张三李四都到).

Example:
    王敏: 党员大会 除张三请假、李四缺席都到
    » 预览（未登记）：3月支部党员大会（3月12日（周四）10:00 社区二楼），应到8人。
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from bot.domain.rights import Action, holds
from bot.domain.roll_order import Order, Word
from bot.inbound import room
from bot.inbound.context import Context
from bot.inbound.intents import Intent, Reading, Strength, Waiting
from bot.inbound.meeting_words import stored
from bot.inbound.replies import Reply
from bot.inbound.room_orders import find_room
from bot.inbound.room_words import RoomOrder
from bot.inbound.utterance import Utterance
from bot.services import attendance, roll_calls
from bot.services.attendance_marks import ORGANISER
from bot.services.meeting_meant import Meant

WRITE_SO = "{meeting} 全到"
_LATELY = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class RollCallSlots:
    """Who of a room came.

    Attributes:
        order: What is said of those named, and of all the others.
        meant: The meeting named.
    """

    order: RoomOrder
    meant: Meant


EXAMPLES = (
    "除张三李四都到",
    "都到了，除了张三请假、李四缺席",
    "全到",
    "党员大会 全到",
    "3月12日党员大会 除王五外全部到会",
    "点名：张三请假，其余都到了",
)
SILENT = (
    "都到了吗",
    "大家都到了没",
    "除了张三都没来",
    "全到期了",
    "全部到会的同志请签到",
    "快递都到了",
    "人都到哪去了",
)


def recognise(utterance: Utterance) -> list[Reading]:
    """Recognise a roll call in one sentence: `EXACT` to the bot, `BARE` among people."""
    found = find_room(utterance)
    if found is None:
        return []
    order, meant = found
    exact = utterance.addressed or meant.is_named
    strength = Strength.EXACT if exact else Strength.BARE
    return [Reading(RollCallSlots(order, meant), strength, (0, len(utterance.text)))]


def handle(slots: RollCallSlots, context: Context) -> Reply:
    """Show what would be marked, with the head-count."""
    kept = {
        "meant": stored(slots.meant),
        "words": [[name, word.value] for name, word in slots.order.words],
        "everyone": slots.order.everyone,
    }
    return _show(kept, context)


def resume(kept: Mapping[str, Any], context: Context) -> Reply:
    """Mark what the preview showed; after a question, show it."""
    if "marks" in kept:
        return room.record(context, kept, ORGANISER)
    return _show(kept, context)


def _show(kept: Mapping[str, Any], context: Context) -> Reply:
    meeting = room.meeting_of(context, NAME, kept, WRITE_SO)
    if isinstance(meeting, Reply):
        return meeting
    words = {name: Word(word) for name, word in kept["words"]}
    found = room.room_of(context, NAME, list(words), kept, meeting)
    if isinstance(found, Reply):
        return found
    said = {
        person.id: next(word for name, word in words.items() if written in name)
        for written, person in found.people.items()
    }
    draft = roll_calls.prepare(
        context.session,
        meeting,
        Order(said, kept["everyone"]),
        by=context.actor,
        now=context.now,
    )
    return room.show(context, NAME, draft)


def _waits(context: Context) -> Waiting:
    """全到 among people is an organiser's word while a meeting is on or has just been."""
    if not holds(context.actor, Action.RECORD_ATTENDANCE):
        return Waiting.NOTHING
    on = attendance.has_begun(context.session, context.actor, context.now, _LATELY)
    return Waiting.OPEN if on else Waiting.NOTHING


NAME = "roll_call"
INTENT = Intent(
    name=NAME,
    title="全员点名",
    recognise=recognise,
    handle=handle,
    waits=_waits,
    resume=resume,
    examples=EXAMPLES,
    silent=SILENT,
    for_secretaries=True,
)
