"""Sending what those who were not there are to read (补学材料).

Example:
    王敏: 补学材料 主题党日 社区公众号3月16日的文章
    » 预览（未发送），16日主题党日的补学材料
    | 社区公众号3月16日的文章
    | ——
    | 私下发给没到会的2人：张三、王五。回复 确认2 发送，回复 取消 作罢
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from bot.domain.cadence import find_kind
from bot.domain.errors import DomainError
from bot.domain.ids import MeetingId, MemberId
from bot.domain.privacy import Fact, FactKind, Text, count, event, missing, say
from bot.domain.reads import Seen
from bot.domain.wording import names_words
from bot.inbound.context import Context
from bot.inbound.intents import Intent, Reading, Strength
from bot.inbound.questions import preview
from bot.inbound.read import read
from bot.inbound.replies import Reply, ToMember, telling
from bot.inbound.utterance import Utterance
from bot.services import makeup_study
from bot.services.reads import Read

PREVIEW = (
    "预览（未发送），{title}的补学材料\n{body}\n——\n"
    "私下发给没到会的{n}人：{names}。{left}回复 确认{n} 发送，回复 取消 作罢"
)
LEFT = "{names}没有账号，请当面告诉。"
NOBODY = "没到会的{names}都没有账号，请当面告诉。"
MATERIAL = "{title}的补学材料，看完回复 补学完了 就行，不用写心得：\n{body}"
DONE = "✓ 已交平台发送{title}的补学材料，共{n}人。看谁学完了回复 补学名单 {title}"
WRITE_SO = "请写上会和材料，例如：补学材料 主题党日 社区公众号3月16日的文章"


@dataclass(frozen=True, slots=True)
class MaterialSlots:
    """Material for those who were not at a meeting.

    Attributes:
        body: As written; "" when the order came without.
        title: The meeting named, None for the last one.
        day: The day of it, if said.
    """

    body: str
    title: str | None = None
    day: date | None = None


EXAMPLES = ("补学材料 主题党日 社区公众号3月16日的文章", "发补学材料：看新闻联播", "补学材料")
SILENT = ("补学材料发了吗", "我的补学材料呢", "怎么发补学材料")

_ORDER = re.compile(r"\s*(?:发|发送)?补学材料(?P<mark>[\s:：,，]*)(?P<body>.*)", re.DOTALL)
_ASKED = re.compile(r"[吗呢？?]\s*$")
_MEETING = re.compile(r"(?P<meeting>\S{2,20})[\s:：]+(?P<body>.+)", re.DOTALL)


def recognise(utterance: Utterance) -> list[Reading]:
    """Recognise 补学材料, the meeting and the material; its free text is its own (`EXACT`)."""
    match = _ORDER.fullmatch(utterance.raw)
    if match is None or _ASKED.search(utterance.raw) or (match["body"] and not match["mark"]):
        return []
    slots = _slots(match["body"].strip(), utterance)
    return [Reading(slots, Strength.EXACT, (0, max(len(utterance.text), 1)))]


def _slots(said: str, utterance: Utterance) -> MaterialSlots:
    match = _MEETING.fullmatch(said)
    if match is None:
        return MaterialSlots(said)
    named = read(match["meeting"], quoted=None, private=True, addressed=True, now=utterance.now)
    day = named.date_in(named.stretch(named.clauses), past=True) if named.clauses else None
    title = match["meeting"] if find_kind(match["meeting"]) else None
    if title is None and day is None:
        return MaterialSlots(said)
    if title is not None and day is not None:
        title = named.text[named.past_dates[0].end :].strip("的 ") or None
    return MaterialSlots(match["body"].strip(), title, day)


def handle(slots: MaterialSlots, context: Context) -> Reply:
    """Show the material with the names of those it would go to."""
    if not slots.body:
        raise DomainError(WRITE_SO)
    found = makeup_study.find_audience(
        context.session,
        body=slots.body,
        title=slots.title,
        day=slots.day,
        by=context.actor,
        routes=context.routes,
        now=context.now,
    )
    without = names_words([found.called[p.id] for p in found.unreachable], limit=None)
    if not found.persons:
        return Reply(say(NOBODY, names=missing(without)))
    text = say(
        PREVIEW,
        title=event(found.meeting.title),
        body=Fact(FactKind.NOTICE, slots.body),
        n=count(len(found.persons)),
        names=missing(names_words([found.called[p.id] for p in found.persons], limit=None)),
        left=missing(LEFT.format(names=without) if without else ""),
    )
    kept = {
        "meeting": found.meeting.id,
        "title": found.meeting.title,
        "body": slots.body,
        "members": [person.id for person in found.persons],
    }
    seen = Read(Seen.STUDY, found.meeting.unit_id)
    return telling(preview(context, "makeup_material", len(found.persons), kept, text), seen)


def resume(kept: Mapping[str, Any], context: Context) -> Reply:
    """Send the material to those of the preview."""
    text = say(MATERIAL, title=event(kept["title"]), body=Fact(FactKind.NOTICE, kept["body"]))
    meeting_id = MeetingId(kept["meeting"])
    send = tuple(_copy(meeting_id, MemberId(member), text, context) for member in kept["members"])
    return Reply(say(DONE, title=event(kept["title"]), n=count(len(send))), send=send)


def _copy(meeting_id: MeetingId, member_id: MemberId, text: Text, context: Context) -> ToMember:
    key = makeup_study.key_for(meeting_id, context.inbound_id, member_id)
    return ToMember(member_id, text, key)


INTENT = Intent(
    name="makeup_material",
    title="发补学材料",
    recognise=recognise,
    handle=handle,
    resume=resume,
    examples=EXAMPLES,
    silent=SILENT,
    for_secretaries=True,
)
