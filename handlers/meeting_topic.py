"""Whether the working committee's meeting was about Party building (党建议题 党工委会议).

Example:
    周敏: 党建议题 3月党工委会议：研究基层党建项目
    » ✓ 3月党工委会议记为有党建议题：研究基层党建项目。今年党工委会议开了3次，其中研究党建的2次。打错了回复 撤销
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from bot.domain.cadence import KIND_NAMES, MeetingKind
from bot.domain.privacy import Fact, FactKind, event, say
from bot.inbound.context import Context
from bot.inbound.intents import Intent, Reading, Strength
from bot.inbound.minutes import Which, find_which
from bot.inbound.replies import Reply
from bot.inbound.utterance import Utterance
from bot.services import meeting_topics, minutes, upper_counts

DONE = "✓ {title}记为有党建议题{words}。{sofar}打错了回复 撤销"
TAKEN = "✓ {title}不再记党建议题。{sofar}打错了回复 撤销"
SO_FAR = "今年{kind}开了{times}次，其中研究党建的{n}次。"

EXAMPLES = (
    "党建议题 3月党工委会议：研究基层党建项目",
    "党建议题 3月12日党工委会议",
    "党建议题",
    "没有党建议题 3月党工委会议",
)
SILENT = ("党建议题有哪些", "下次的党建议题报一下", "党建议题怎么写", "没有党建议题吗")

_ORDER = re.compile(r"(?P<no>没有|不是|取消)?党建议题(?:[\s:，]+(?P<rest>.+))?", re.DOTALL)
_ASKS = re.compile(r"[吗？?]|怎|哪|什么|报一下")
_COLON = re.compile(r"^(?P<title>[^:]{2,24}):\s*(?P<words>.{2,160})$", re.DOTALL)


@dataclass(frozen=True, slots=True)
class TopicSlots:
    """A meeting, whether it has the item, and the item as written."""

    which: Which
    party_building: bool
    words: str = ""


def recognise(utterance: Utterance) -> list[Reading]:
    """Recognise `党建议题 会议[：议题]` and `没有党建议题 会议`, said to the bot (`EXACT`)."""
    found = _ORDER.fullmatch(utterance.text)
    if found is None or not utterance.addressed or _ASKS.search(utterance.text):
        return []
    rest, words = found["rest"] or "", ""
    if (split := _COLON.match(rest)) and not found["no"]:
        rest, words = split["title"], split["words"].strip()
    which = find_which(utterance, rest) if rest else Which()
    if which is None:
        return []
    slots = TopicSlots(which, not found["no"], words)
    return [Reading(slots, Strength.EXACT, (0, len(utterance.text)))]


def handle(slots: TopicSlots, context: Context) -> Reply:
    """State it of the meeting meant, and tell how many there are this year."""
    meeting = minutes.find_meeting(
        context.session,
        title=slots.which.title or KIND_NAMES[MeetingKind.WORKING_COMMITTEE],
        days=slots.which.days,
        by=context.actor,
        now=context.now,
    )
    meeting_topics.state(
        context.session,
        meeting_id=meeting.id,
        party_building=slots.party_building,
        words=slots.words,
        by=context.actor,
        now=context.arrived_at,
    )
    year = context.today.year
    [held] = upper_counts.held_by(
        context.session,
        meeting.unit_id,
        date(year, 1, 1),
        context.today,
        context.arrived_at,
        (meeting.kind,),
    )
    sofar = SO_FAR.format(kind=KIND_NAMES[held.kind], times=held.times, n=held.on_party)
    return Reply(
        say(
            DONE if slots.party_building else TAKEN,
            title=event(meeting.title),
            words=event(f"：{slots.words}" if slots.words else ""),
            sofar=Fact(FactKind.COUNT, sofar if held.times else ""),
        )
    )


INTENT = Intent(
    name="meeting_topic",
    title="党建议题",
    recognise=recognise,
    handle=handle,
    examples=EXAMPLES,
    silent=SILENT,
    marks=frozenset("党"),
    for_secretaries=True,
)
