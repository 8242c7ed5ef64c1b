"""Closing a roll call (点名完毕 党员大会): who has nothing on record by then is absent.

Example:
    王敏: 点名完毕 党员大会
    » 3月支部党员大会：应到8，实到6，请假1。
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.domain.ids import MeetingId
from bot.domain.privacy import count, event, missing, say
from bot.domain.reads import Seen
from bot.domain.roll_call import Place
from bot.domain.wording import names_words
from bot.inbound import room
from bot.inbound.context import Context
from bot.inbound.intents import Intent, Reading, Strength
from bot.inbound.meeting_words import read_meeting, stored
from bot.inbound.questions import preview
from bot.inbound.replies import Reply, telling
from bot.inbound.utterance import Utterance
from bot.services import people, roll_calls
from bot.services.meeting_meant import Meant
from bot.services.reads import Read
from bot.services.roll_books import Book

PREVIEW = "{title}：应到{expected}，实到{present}，请假{leave}。\n{lines}\n回复 确认{n} 登记，回复 取消 作罢"
LEFT = "没有登记、将算缺席{n}：{names}"
ALREADY = "已记缺席{n}：{names}"
UNDECIDED = "等您同意，先不算{n}：{names}"
DONE = "✓ {title}点名完毕：应到{expected}，实到{present}，请假{leave}，缺席{absent}。{waiting}{study}打错了回复 撤销"
WAITING = "还有{n}人等着同意，回复 名单 可看。"
STUDY = "缺席和请假的补学材料，请发：补学材料 {title} 材料或链接。"
WRITE_SO = "点名完毕 {meeting}"


@dataclass(frozen=True, slots=True)
class CloseSlots:
    """A roll call is finished."""

    meant: Meant


EXAMPLES = ("点名完毕 党员大会", "点名完毕", "全员点名结束", "3月12日党员大会点名完毕", "点名结束")
SILENT = ("点名完毕了吗", "点名还没完", "老师点名完毕才下课", "点名")

_ORDER = re.compile(
    r"(?P<before>[^，。？]{0,30}?)[\s:，]*(?:全员|全体)?点名(?:完毕|结束|完成|已毕)了?[\s:，]*(?P<after>[^，。？]{0,30})"
)
_ASKED = re.compile(r"[？?]|[吗呢没]$|还没|才|怎么|什么时候")


def recognise(utterance: Utterance) -> list[Reading]:
    """Recognise 点名完毕, with or without the meeting (`EXACT`)."""
    text = utterance.text
    match = _ORDER.fullmatch(text) if "点名" in text else None
    if match is None or _ASKED.search(text):
        return []
    said = match["after"] or match["before"]
    meant, rest = read_meeting(utterance, said)
    if rest.strip() or (match["after"] and match["before"].strip()):
        return []
    return [Reading(CloseSlots(meant), Strength.EXACT, (0, len(text)))]


def handle(slots: CloseSlots, context: Context) -> Reply:
    """Show who would be absent; where nobody would, close at once."""
    return _show({"meant": stored(slots.meant)}, context)


def resume(kept: Mapping[str, Any], context: Context) -> Reply:
    """Close the roll call of the preview; after a question, show it."""
    if "absent" not in kept:
        return _show(kept, context)
    return _close(MeetingId(kept["meeting"]), kept["absent"], context)


def _show(kept: Mapping[str, Any], context: Context) -> Reply:
    meeting = room.meeting_of(context, NAME, kept, WRITE_SO)
    if isinstance(meeting, Reply):
        return meeting
    book = roll_calls.look(context.session, meeting, by=context.actor, now=context.now)
    number = len(roll_calls.list_left(book))
    if not number:
        return _close(meeting.id, 0, context)
    tally = book.tally
    text = say(
        PREVIEW,
        title=event(meeting.title),
        expected=count(tally.expected),
        present=count(tally.present),
        leave=count(tally.leave),
        lines=missing("\n".join(_lines(book))),
        n=number,
    )
    shown = preview(context, NAME, number, {"meeting": meeting.id, "absent": number}, text)
    return telling(shown, Read(Seen.ATTENDANCE, meeting.unit_id))


def _lines(book: Book) -> list[str]:
    called = people.tell_apart(book.expected)
    left = roll_calls.list_left(book)
    waiting = [p for p in book.at(Place.OPEN) if p not in left]
    return [
        template.format(n=len(group), names=names_words([called[p.id] for p in group], limit=None))
        for template, group in (
            (LEFT, left),
            (ALREADY, book.at(Place.ABSENT)),
            (UNDECIDED, waiting),
        )
        if group
    ]


def _close(meeting_id: MeetingId, absent: int, context: Context) -> Reply:
    book = roll_calls.close(context.session, meeting_id, absent, by=context.actor, now=context.now)
    tally, title = book.tally, book.meeting.title
    away = tally.absent + tally.leave - tally.excused - tally.elsewhere
    return Reply(
        say(
            DONE,
            title=event(title),
            expected=count(tally.expected),
            present=count(tally.present),
            leave=count(tally.leave),
            absent=count(tally.absent),
            waiting=WAITING.format(n=tally.open) if tally.open else "",
            study=event(STUDY.format(title=title)) if away else "",
        )
    )


NAME = "roll_close"
INTENT = Intent(
    name=NAME,
    title="点名完毕",
    recognise=recognise,
    handle=handle,
    resume=resume,
    examples=EXAMPLES,
    silent=SILENT,
    for_secretaries=True,
)
