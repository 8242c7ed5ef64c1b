"""Checking in by the code of a session (签到码), which only the organiser is told.

Example:
    王敏: 签到码 党员大会
    » 3月支部党员大会的签到码：K7M2PX。
    张三: 签到码 K7M2PX
    » ✓ 张三，3月支部党员大会已签到（09:58）。打错了回复 撤销
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.domain.checkin_code import ALPHABET, LENGTH, ORDER, read_code
from bot.domain.privacy import Fact, FactKind, event, say, writer
from bot.domain.wording import clock_words, moment_words
from bot.inbound import room
from bot.inbound.context import Context
from bot.inbound.intents import Intent, Reading, Strength
from bot.inbound.meeting_words import read_meeting, stored
from bot.inbound.replies import Reply
from bot.inbound.utterance import Utterance
from bot.services import attendance, attendance_codes
from bot.services.meeting_meant import Meant

TOLD = (
    "{title}（{when}）的签到码：{code}\n{opens}到会议结束有效，只对应到会的同志有用，改期后要重新要。"
    "投在屏幕上或写在会场，大家私聊我，写 签到码 加这六位，就签上了。"
)
DONE = "✓ {name}，{title}已签到（{time}）。打错了回复 撤销"
LATE = "✓ {name}，{title}已签到（{time}，会已开始{minutes}分钟）。打错了回复 撤销"
TWICE = "您{time}已签到，不用再签。"
WRITE_SO = "签到码 {meeting}"


@dataclass(frozen=True, slots=True)
class AskCodeSlots:
    """The organiser asks for the code of a session."""

    meant: Meant


@dataclass(frozen=True, slots=True)
class CodeSlots:
    """Somebody says the code that he sees.

    Attributes:
        code: In the form in which codes are compared.
    """

    code: str


ASK_EXAMPLES = ("签到码 党员大会", "签到码", "要签到码", "3月12日党员大会签到码")
ASK_SILENT = ("签到码是多少", "签到码在哪看", "签到码 K7M2PX", "没看到签到码")
SAY_EXAMPLES = ("签到码 K7M2PX", "签到码k7m2px", "签到码：K7M2PX")
SAY_SILENT = ("签到码 党员大会", "签到码是K7M2PX吗", "签到码 123456")

_CODE = re.compile(rf"{ORDER}[\s:，]*(?P<code>[{ALPHABET}{ALPHABET.lower()}]{{{LENGTH}}})")
_ASK = re.compile(
    rf"(?:要|发|给我|看)?(?P<before>[^，。？]{{0,30}}?)的?{ORDER}[\s:，]*(?P<after>[^，。？]{{0,30}})"
)
_NOT_ASKED = re.compile(r"[？?]|[吗呢]$|是|在哪|怎么|没|不|有")


def recognise_ask(utterance: Utterance) -> list[Reading]:
    """Recognise 签到码, with or without the meeting (`EXACT`)."""
    text = utterance.text
    match = _ASK.fullmatch(text) if ORDER in text else None
    if match is None or _NOT_ASKED.search(text) or _CODE.fullmatch(text):
        return []
    meant, rest = read_meeting(utterance, match["after"] or match["before"])
    if rest.strip():
        return []
    return [Reading(AskCodeSlots(meant), Strength.EXACT, (0, len(text)))]


def recognise_say(utterance: Utterance) -> list[Reading]:
    """Recognise 签到码 K7M2PX (`EXACT`)."""
    match = _CODE.fullmatch(utterance.text)
    code = read_code(match["code"]) if match else None
    if code is None:
        return []
    return [Reading(CodeSlots(code), Strength.EXACT, (0, len(utterance.text)))]


def handle_ask(slots: AskCodeSlots, context: Context) -> Reply:
    """Tell the organiser, and nobody else, the code of a session."""
    return resume_ask({"meant": stored(slots.meant)}, context)


def resume_ask(kept: Mapping[str, Any], context: Context) -> Reply:
    """Tell the code of the meeting chosen."""
    meeting = room.meeting_of(context, ASK.name, kept, WRITE_SO, coming=True)
    if isinstance(meeting, Reply):
        return meeting
    code = attendance_codes.code_for(
        context.session, meeting, by=context.actor, now=context.now, digest=context.seal.mark
    )
    return Reply(
        say(
            TOLD,
            title=event(meeting.title),
            when=event(meeting.when),
            code=Fact(FactKind.ROLL, code),
            opens=event(moment_words(meeting.window.opens_at)),
        )
    )


def handle_say(slots: CodeSlots, context: Context) -> Reply:
    """Check the writer in to the session of the code."""
    context.branch_id  # noqa: B018 - refuses strangers with the way to bind
    done = attendance_codes.check_in(
        context.session,
        code=slots.code,
        by=context.actor,
        said_at=context.now,
        now=context.arrived_at,
        digest=context.seal.mark,
    )
    attendance.remember_marks(context.session, [done], context.actor, context.now)
    template = TWICE if not done.new else LATE if done.late else DONE
    return Reply(
        say(
            template,
            name=writer(context.actor.name),
            title=event(done.meeting.title),
            time=clock_words(done.at),
            minutes=done.late,
        )
    )


ASK = Intent(
    name="checkin_code_ask",
    title="要签到码",
    recognise=recognise_ask,
    handle=handle_ask,
    resume=resume_ask,
    examples=ASK_EXAMPLES,
    silent=ASK_SILENT,
    for_secretaries=True,
)
SAY = Intent(
    name="checkin_code",
    title="用签到码签到",
    recognise=recognise_say,
    handle=handle_say,
    examples=SAY_EXAMPLES,
    silent=SAY_SILENT,
)
