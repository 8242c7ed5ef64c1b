"""Leaving before the end (我先走了，早退), said by oneself or by the organiser (张三15:30早退).

Example:
    张三: 我先走了，早退
    » ✓ 张三，3月支部党员大会已记早退（11:20）。打错了回复 撤销
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time
from typing import Any

from bot.domain.privacy import Fact, FactKind, event, named, say, writer
from bot.domain.rights import Action
from bot.domain.wording import clock_words
from bot.inbound.context import Context
from bot.inbound.intents import Intent, Reading, Strength, Waiting
from bot.inbound.names import clean, read_names
from bot.inbound.replies import Reply, ToMember
from bot.inbound.utterance import Utterance
from bot.inbound.whom import is_self, whom
from bot.services import attendance, attendance_early, meetings
from bot.services.attendance_early import Left

DONE = "✓ {name}，{title}已记早退（{time}）。打错了回复 撤销"
TWICE = "{title}您的早退已经记过了。"
OTHERS_DONE = "✓ 已记早退：{names}（{title}，{time}）。打错了回复 撤销"
TOLD = "{by}给您记了早退：{title}（{time}）。不是这样请直接告诉组织委员。"


@dataclass(frozen=True, slots=True)
class LeftSlots:
    """Somebody leaves, or left, before the end.

    Attributes:
        names: As written, empty for the writer.
        at: Shanghai wall time of the leaving, None for now.
    """

    names: tuple[str, ...] = ()
    at: time | None = None


EXAMPLES = (
    "我先走了，早退",
    "早退",
    "我15:30早退",
    "有事先走了，早退",
    "张三早退",
    "张三、李四 15:30 早退",
)
SILENT = (
    "不许早退",
    "谁早退了",
    "今天公司早退扣钱",
    "早退的请登记",
    "我没早退",
    "迟到早退都要登记",
    "张三早退了吗",
)

_OWN = re.compile(
    r"(?:书记|组织委员|主任)?[，\s]?(?:我|本人)?(?:有点?急?事|家里有事|不舒服|身体不舒服|接孩子|单位有事)?[，\s]*"
    r"(?:我)?(?:就|要|得|需要)?(?:先走了?一?步?|先撤了?|提前走了?|先回去?了?|离开了?|走了?)?[，\s]*"
    r"(?:算|记|是)?(?:我)?早退(?:了|一下|的|哈|啊|吧)?"
)
_OTHERS = re.compile(r"[，\s]*(?:先走了?|提前走了?|走了?)?[，\s]*早退(?:了|的)?")
_PLAIN = re.compile(r"[\u4e00-\u9fa5·、]{2,99}")
_PLAIN_NAME = re.compile(r"[\u4e00-\u9fa5·]{2,4}")
_NOBODY = re.compile(
    r"[不没谁他她你您别]|大家|各位|迟到|公司|单位|学校|老板|许|准|算|被|上班|下班|我"
)


def recognise(utterance: Utterance) -> list[Reading]:
    """Recognise an early leaving; among people, and of others, only while a meeting is on."""
    text = utterance.text
    if "早退" not in text or len(text) > 40 or "？" in text:
        return []
    said = _without_times(utterance)
    whole = (0, len(text))
    at = utterance.time_in(utterance.stretch(utterance.clauses)) if utterance.clauses else None
    if _OWN.fullmatch(said):
        strength = Strength.CLEAR if utterance.addressed else Strength.BARE
        return [Reading(LeftSlots((), at), strength, whole)]
    names = _names(utterance, said)
    if not names:
        return []
    strength = Strength.EXACT if utterance.addressed else Strength.BARE
    return [Reading(LeftSlots(names, at), strength, whole)]


def _without_times(utterance: Utterance) -> str:
    said = utterance.text
    for span in sorted(utterance.times, key=lambda span: span.start, reverse=True):
        said = f"{said[: span.start].rstrip()}{said[span.end :].lstrip()}"
    return said.strip()


def _names(utterance: Utterance, said: str) -> tuple[str, ...]:
    names, end = read_names(said, 0, utterance.lexicon)
    if names and _OTHERS.fullmatch(said[end:]):
        return names
    plain = _PLAIN.match(said.removesuffix("早退"))
    if plain and said.endswith("早退") and plain[0] == said.removesuffix("早退").strip():
        listed = tuple(clean(name) for name in plain[0].split("、"))
        people = all(_PLAIN_NAME.fullmatch(name) and not _NOBODY.search(name) for name in listed)
        return listed if people else ()
    return ()


def handle(slots: LeftSlots, context: Context) -> Reply:
    """Record the leaving; who is recorded by the organiser hears of it."""
    at = slots.at.isoformat() if slots.at else None
    return resume({"names": list(slots.names), "at": at}, context)


def resume(kept: Mapping[str, Any], context: Context) -> Reply:
    """Record it once it is clear who is meant."""
    context.require_seat()
    people: Any = ()
    if kept["names"]:
        action = Action.RECORD_ATTENDANCE
        people = whom(context, NAME, kept["names"], kept, action=action)
        if isinstance(people, Reply):
            return people
        people = () if is_self(people, context) else people
    left = attendance_early.leave_early(
        context.session,
        by=context.actor,
        said_at=context.now,
        now=context.arrived_at,
        left=time.fromisoformat(kept["at"]) if kept["at"] else None,
        people=people,
    )
    attendance_early.remember(context.session, left, context.actor, context.now)
    return _others(left, context) if people else _own(left, context)


def _own(left: list[Left], context: Context) -> Reply:
    return Reply(
        say(
            DONE if any(each.marked.new for each in left) else TWICE,
            name=writer(context.actor.name),
            title=event(_title(left)),
            time=clock_words(left[0].at),
        )
    )


def _title(left: list[Left]) -> str:
    """Return what they left: one meeting, or all that one gathering holds."""
    held = {each.marked.meeting.id: each.marked.meeting for each in left}
    return meetings.joined_title(list(held.values()))


def _others(left: list[Left], context: Context) -> Reply:
    names = "、".join(dict.fromkeys(each.marked.name for each in left))
    first = left[0]
    title, at = event(_title(left)), clock_words(first.at)
    told = tuple(
        ToMember(
            member,
            say(
                TOLD,
                by=context.actor.name,
                title=Fact(FactKind.PRESENCE, _title(left)),
                time=at,
            ),
            f"left_early:{context.inbound_id}:{member}",
        )
        for member in dict.fromkeys(each.marked.member_id for each in left)
        if member != context.actor.member_id
    )
    return Reply(say(OTHERS_DONE, names=named(names), title=title, time=at), send=told)


def _waits(context: Context) -> Waiting:
    """早退 among people is for us while a meeting is on; of others it is an organiser's word."""
    on = attendance.has_open(context.session, context.actor, context.now)
    return Waiting.OPEN if on and context.actor.branch_id is not None else Waiting.NOTHING


NAME = "left_early"
INTENT = Intent(
    name=NAME,
    title="早退",
    recognise=recognise,
    handle=handle,
    waits=_waits,
    resume=resume,
    examples=EXAMPLES,
    silent=SILENT,
)
