"""Visits in one line (走访 西后街 3月8日 漏雨): written down, and an issue offered of what was found.

Example:
    陈主任: 走访 西后街 3月8日 活动室漏雨
    » ✓ 已记走访：西后街社区，3月8日（周日），活动室漏雨。要登记成问题吗：1 登记，2 不用。回复数字就行。打错了回复 撤销
    陈主任: 1
    » ✓ 已记问题1：活动室漏雨，先由您办。定谁办、哪天前办好请回复 问题1 姓名 4月20日前。打错了回复 撤销
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from bot.domain.errors import DomainError
from bot.domain.privacy import event, say
from bot.domain.wording import day_and_weekday, day_words
from bot.inbound.context import Context
from bot.inbound.intents import Intent, Reading, Strength
from bot.inbound.questions import Option, ask
from bot.inbound.replies import Reply
from bot.inbound.utterance import Mood, Utterance
from bot.services import contacts, visits
from bot.services.visits import Visited

DONE = "✓ {verb}走访：{whom}，{day}{findings}。"
NEW, AGAIN = "已记", "这天已经记过一次，合在一起："
FOUND = "，{findings}"
UNDO = "打错了回复 撤销"
OFFER = "{done}要登记成问题吗：{{choices}}。回复数字就行。{undo}"
OPENED = (
    "✓ 已记{title}：{words}，先由您办。"
    "定谁办、哪天前办好请回复 问题{number} 姓名 {day}前。打错了回复 撤销"
)
ALREADY = "这次走访已经登记过问题了。"
NOT_OPENED = "好的，只记走访。"
WHERE = "请写明走访了哪里，例如：走访 西后街社区 3月8日 活动室漏雨"
COMING = "{day}还没到，走访过再记；去年的请写上年份。"
MINE = "您联系的{n}处：\n{lines}\n走访了回复，例如：走访 {first}"
MINE_LINE, SEEN, NOT_SEEN = "· {line}{seen}", "，本月走访过", "，本月还没走访"
NONE = "您没有分包或联系的地方。"
_LONG_AGO = timedelta(days=180)  # a day without its year: it is rather one to come
_FORTNIGHT = timedelta(days=14)  # of an example


@dataclass(frozen=True, slots=True)
class VisitSlots:
    """Somebody has been somewhere; `day` None for today, `has_year` where its year was said."""

    where: str
    day: date | None = None
    findings: str = ""
    has_year: bool = False


@dataclass(frozen=True, slots=True)
class MineSlots:
    """A question what one looks after."""


EXAMPLES = (
    "走访 西后街 3月8日 漏雨",
    "走访 西后街社区",
    "走访 3号楼 昨天 楼道堆物",
    "走访：华联超市",
)
SILENT = ("走访了吗", "明天去走访 西后街", "走访活动安排", "没走访 西后街")
MINE_EXAMPLES = ("我的联系点", "我的楼栋", "我包的社区")
MINE_SILENT = ("我的楼栋在哪", "我的楼栋停水了")

_VISIT = re.compile(r"走访(?:了)?(?:\s|[:，]\s?)(?P<rest>\S.{0,250})", re.DOTALL)
_MINE = re.compile(r"(?:看|查)?我(?:的|包的|联系的)(?:联系点|楼栋|楼院|社区|企业|困难户|分包)")


def recognise(utterance: Utterance) -> list[Reading]:
    """Recognise 走访 with a place, said to the bot (`EXACT`)."""
    found = _VISIT.fullmatch(utterance.text) if utterance.addressed else None
    if found is None or any(clause.mood is Mood.QUESTION for clause in utterance.clauses):
        return []
    words = re.split(r"[\s，]+", found["rest"].strip(" ，。"))
    days = {
        utterance.text[span.start : span.end]: span.value
        for span in utterance.past_dates
        if isinstance(span.value, date)
    }
    said = next((word for word in words[1:] if word in days), "")
    day = days.get(said)
    rest = " ".join(word for word in words[1:] if word not in days)
    slots = VisitSlots(
        words[0], day if isinstance(day, date) else None, rest.strip(" 。"), "年" in said
    )
    return [Reading(slots, Strength.EXACT, (0, len(utterance.text)))]


def recognise_mine(utterance: Utterance) -> list[Reading]:
    """Recognise 我的联系点, 我的楼栋 (`EXACT`)."""
    if _MINE.fullmatch(utterance.text.strip(" ?？。")) is None:
        return []
    return [Reading(MineSlots(), Strength.EXACT, (0, len(utterance.text)))]


def handle(slots: VisitSlots, context: Context) -> Reply:
    """Write a visit down, and offer an issue of what was found."""
    context.member_id  # noqa: B018 - strangers are told how to bind first
    day = slots.day or context.today
    if day > context.today or (not slots.has_year and context.today - day > _LONG_AGO):
        raise DomainError(COMING.format(day=day_words(day)))
    whom = visits.find_target(context.session, slots.where, by=context.actor, on=context.today)
    visit = visits.record(
        context.session, whom, day, slots.findings, by=context.actor, now=context.now
    )
    done = _done(visit)
    undo = UNDO if visit.is_new else ""
    if not visit.findings or visit.item_id is not None:
        return Reply(say("{done}{undo}", done=event(done), undo=undo))
    question = OFFER.format(done=done.replace("{", "（").replace("}", "）"), undo=undo)
    options: list[Option] = [("登记", {"visit": visit.id}), ("不用", {"visit": None})]
    return ask(context, "visit", question, options)


def _done(visit: Visited) -> str:
    findings = FOUND.format(findings=visit.findings) if visit.findings else ""
    return DONE.format(
        verb=NEW if visit.is_new else AGAIN,
        whom=visit.whom.name,
        day=day_and_weekday(visit.on),
        findings=findings,
    )


def resume(option: Mapping[str, Any], context: Context) -> Reply:
    """Make an issue of what the visit found, or leave it."""
    if option["visit"] is None:
        return Reply(say("{words}", words=NOT_OPENED))
    item = visits.open_issue(context.session, option["visit"], by=context.actor, now=context.now)
    if item is None:
        return Reply(say("{words}", words=ALREADY))
    text = say(
        OPENED,
        title=item.title,
        words=event(item.words),
        number=item.number,
        day=day_words(context.today + _FORTNIGHT),
    )
    return Reply(text)


def handle_mine(_slots: MineSlots, context: Context) -> Reply:
    """Tell what the writer looks after, and where he has been this month."""
    own = contacts.list_own(context.session, context.actor, context.today)
    if not own:
        return Reply(say("{words}", words=NONE))
    first = context.today.replace(day=1)
    member = context.member_id
    seen = visits.visited(context.session, [member], first, context.today + timedelta(days=1))
    lines = [
        MINE_LINE.format(
            line=contacts.line_words(line),
            seen=SEEN if (member, line.whom.key) in seen else NOT_SEEN,
        )
        for line in own
    ]
    return Reply(say(MINE, n=len(own), lines=event("\n".join(lines)), first=own[0].whom.name))


VISIT = Intent(
    name="visit",
    title="记一次走访",
    recognise=recognise,
    handle=handle,
    resume=resume,
    examples=EXAMPLES,
    silent=SILENT,
)
MINE_INTENT = Intent(
    name="my_contacts",
    title="看我分包、联系的地方",
    recognise=recognise_mine,
    handle=handle_mine,
    examples=MINE_EXAMPLES,
    silent=MINE_SILENT,
)
