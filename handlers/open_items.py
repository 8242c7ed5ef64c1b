"""What is still to be done: issues reported, actions of minutes, closed when done.

Example:
    王敏: 问题 3号楼漏雨 王五 4月20日前
    » ✓ 已记问题1：3号楼漏雨。由王五办，期限4月20日（周一）。打错了回复 撤销
    王五: 办好了 1 换了防水
    » ✓ 问题1报了办结：3号楼漏雨（换了防水）。等人核实。打错了回复 撤销
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from bot.domain.open_items import ItemKind, check_deadline
from bot.domain.privacy import event, say
from bot.domain.prompts import MAX_CHOICES
from bot.domain.wording import day_and_weekday, day_words
from bot.inbound.context import Context
from bot.inbound.intents import Intent, Reading, Strength
from bot.inbound.questions import ask
from bot.inbound.replies import Reply, ToMember
from bot.inbound.unit_words import split_unit
from bot.inbound.utterance import Mood, Utterance
from bot.services import issues, open_items
from bot.services.open_items import NOTHING_MORE, About, Item

RECORDED = "✓ 已记{title}：{words}。{who}{due}{ask}打错了回复 撤销"
OWNER, NO_OWNER = "由{name}办，", "还没写谁来办，"
DUE, NO_DUE = "期限{day}。", "没写期限。"
ASK_BOTH = "知道的请补一句，例如：问题{number} 姓名 {day}前。"
ASK_OWNER = "知道谁来办的请补一句：问题{number} 姓名。"
ASK_DUE = "请补一句哪天前办好，例如：问题{number} {day}前。"
TOLD = "{by}请您办{title}：{words}{due}。办好了回复 办好了 {number} 怎么办的"
TOLD_DUE = "，期限{day}"
REPORTED = "✓ {title}报了办结：{words}{note}。等人核实。打错了回复 撤销"
LOOK = (
    "您报的{title}“{words}”，{by}说办好了{note}。"
    "看过没问题请回复 核实 {number}；还没好请回复 重办 {number} 原因"
)
CLOSED = "✓ {title}已办结：{words}{note}。打错了回复 撤销"
NOTE = "（{note}）"
WHICH = "办好了哪一件：{choices}。回复数字就行。"
LIST = "没办完的{n}件：\n{lines}\n办好了回复 办好了 加编号"
LINE = "{title} {words}{owner}{due}"
LINE_OWNER, LINE_DUE, LINE_OVER = "，{name}", "，{day}前", "，{day}已到期"
LINE_WAITS = "，等核实"
NOTHING = "没有没办完的事。"


@dataclass(frozen=True, slots=True)
class IssueSlots:
    """An issue somebody reports; `day` until when it is to be seen to."""

    words: str
    day: date | None = None
    about: About = NOTHING_MORE


@dataclass(frozen=True, slots=True)
class DoneSlots:
    """Something is done: its number, None where that was not said, and in a word how."""

    number: int | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class OpenSlots:
    """A question what is still open in a branch."""

    unit: str | None = None


ISSUE_EXAMPLES = (
    "问题 3号楼漏雨 王五 4月20日前",
    "问题：路灯不亮",
    "登记问题 楼道堆物 张三 下周五前",
    "问题 活动室漏水 王五 4月20日前 来源：观摩 类别：阵地",
)
ISSUE_SILENT = ("问题不大", "有问题吗", "问题 怎么解决", "这个问题 4月再说")
DONE_EXAMPLES = ("办好了 3", "办好了 3 已经修好", "办好了", "办完了 2")
DONE_SILENT = ("事情办好了吗", "身份证办好了", "没办好", "都办好了，辛苦")
OPEN_EXAMPLES = ("待办清单", "没办完的事", "待办清单 三支部")
OPEN_SILENT = ("待办清单写好了吗", "我的待办", "待办", "问题清单")

_ISSUE = re.compile(r"(?:登记|上报|报告)?问题(?:\s|[:，]\s?)(?P<words>\S.{2,300})", re.DOTALL)
_DONE = re.compile(
    r"(?:办好了|办完了|办结)\s?(?:问题|待办)?\s?(?P<number>\d{1,5})?(?:号)?(?:[\s，:。]+(?P<note>\S.{0,199}))?"
)
_OPEN = re.compile(r"(?:查|看)?待办(?:清单|台账)|没办完的事?")


def recognise_issue(utterance: Utterance) -> list[Reading]:
    """Recognise 问题 and what it is, said to the bot (`EXACT`)."""
    found = _ISSUE.fullmatch(utterance.text) if utterance.addressed else None
    if found is None or any(clause.mood is Mood.QUESTION for clause in utterance.clauses):
        return []
    coming = [span for span in utterance.dates if isinstance(span.value, date)]
    day = coming[-1].value if coming else None
    raw = utterance.raw.strip()
    words = raw[raw.index("问题") + 2 :].strip(" :：，,\n") if "问题" in raw else found["words"]
    words, about = split_about(words)
    if coming:
        words = _without_deadline(words, utterance.text[coming[-1].start : coming[-1].end])
    slots = IssueSlots(words, day if isinstance(day, date) else None, about)
    return [Reading(slots, Strength.EXACT, (0, len(utterance.text)))]


_ABOUT = re.compile(r"[\s，,、；;。]*(来源|类别|措施)[:：]\s*([^\s，,；;。]{1,40})")
_FIELDS = {"来源": "source", "类别": "category", "措施": "measure"}


def split_about(words: str) -> tuple[str, About]:
    """Return the words of an issue without its list, heading and measure, and these."""
    said = {_FIELDS[name]: value for name, value in _ABOUT.findall(words)}
    return _ABOUT.sub("", words).strip(" :：，,、；;。\n"), About(**said)


def _without_deadline(words: str, day: str) -> str:
    """Return what is to be done without the deadline, where that stands by itself (4月20日前)."""
    deadline = rf"(?:^|[\s，,、；;。]+)(?:期限|截止到?|限|在|于)?\s?{re.escape(day)}\s?(?:之前|以前|前|内|截止|止)?(?:完成|办好|办完|解决)?"
    rest = re.sub(rf"{deadline}(?=$|[\s，,、；;。])", "", words).strip(" :：，,、；;。\n")
    return rest if len(rest) >= _SHORTEST else words


_SHORTEST = 2
_FORTNIGHT = timedelta(days=14)  # of an example


def recognise_done(utterance: Utterance) -> list[Reading]:
    """Recognise 办好了 with a number or alone, said to the bot (`EXACT`)."""
    found = _DONE.fullmatch(utterance.text) if utterance.addressed else None
    if found is None or any(clause.mood is Mood.QUESTION for clause in utterance.clauses):
        return []
    if found["note"] and not found["number"]:
        return []
    number = int(found["number"]) if found["number"] else None
    slots = DoneSlots(number, (found["note"] or "").strip(" 。"))
    return [Reading(slots, Strength.EXACT, (0, len(utterance.text)))]


def recognise_open(utterance: Utterance) -> list[Reading]:
    """Recognise 待办清单 (`EXACT`)."""
    text, unit = split_unit(utterance.text)
    if _OPEN.fullmatch(text.strip()) is None:
        return []
    return [Reading(OpenSlots(unit), Strength.EXACT, (0, len(utterance.text)))]


def handle_issue(slots: IssueSlots, context: Context) -> Reply:
    """Write an issue down, and tell who is to see to it."""
    context.branch_id  # noqa: B018 - refuses strangers with the way to bind
    check_deadline(slots.day, context.today, context.message.text)
    item = open_items.report(
        context.session,
        slots.words,
        slots.day,
        by=context.actor,
        now=context.now,
        source=str(context.inbound_id),
        about=slots.about,
    )
    due = DUE.format(day=day_and_weekday(item.due_on)) if item.due_on else NO_DUE
    who = OWNER.format(name=item.owner) if item.owner else NO_OWNER
    text = say(
        RECORDED,
        title=item.title,
        words=event(item.words),
        who=event(who),
        due=due,
        ask=_missing(item, context.today),
    )
    return Reply(text, send=_told(item, context))


def _missing(item: Item, today: date) -> str:
    """Return what is asked of an issue that nobody was named for, or no day."""
    if item.owner and item.due_on:
        return ""
    ask = ASK_DUE if item.owner else ASK_OWNER if item.due_on else ASK_BOTH
    return ask.format(number=item.number, day=day_words(today + _FORTNIGHT))


def _told(item: Item, context: Context) -> tuple[ToMember, ...]:
    if item.owner_id is None or item.owner_id == context.actor.member_id:
        return ()
    due = TOLD_DUE.format(day=day_and_weekday(item.due_on)) if item.due_on else ""
    text = say(
        TOLD,
        by=context.actor.name,
        title=item.title,
        words=event(item.words),
        due=due,
        number=item.number,
    )
    return (ToMember(item.owner_id, text, f"open_item:{item.id}:{item.owner_id}"),)


def handle_done(slots: DoneSlots, context: Context) -> Reply:
    """Close an item, or ask which."""
    context.member_id  # noqa: B018 - strangers are told how to bind first
    done = open_items.close(
        context.session, slots.number, slots.note, by=context.actor, now=context.now
    )
    if isinstance(done, list):
        options = [(f"{one.title} {one.words}", {"number": one.number}) for one in done]
        return ask(context, "item_done", WHICH, options[:MAX_CHOICES])
    note = NOTE.format(note=slots.note) if slots.note else ""
    if done.kind is ItemKind.ISSUE:
        text = say(REPORTED, title=done.title, words=event(done.words), note=event(note))
        return Reply(text, send=_to_look_at(done, note, context))
    return Reply(say(CLOSED, title=done.title, words=event(done.words), note=event(note)))


def _to_look_at(item: Item, note: str, context: Context) -> tuple[ToMember, ...]:
    """Return what whoever reported an issue is told, where he may say that it is put right."""
    issue = issues.get(context.session, item.id)
    by, done = issue.by_id, issue.standing.done
    if by is None or done is None or issue.source or by in (issue.owner_id, done.by_id):
        return ()
    text = say(
        LOOK,
        title=item.title,
        words=event(item.words),
        by=context.actor.name,
        note=event(note),
        number=item.number,
    )
    return (ToMember(by, text, f"issue_done:{item.id}:{done.at.isoformat()}"),)


def resume_done(option: Mapping[str, Any], context: Context) -> Reply:
    """Close the item chosen."""
    return handle_done(DoneSlots(option["number"]), context)


def handle_open(slots: OpenSlots, context: Context) -> Reply:
    """Tell what is open in a branch, the most urgent first."""
    context.member_id  # noqa: B018 - strangers are told how to bind first
    _, found = open_items.list_open(context.session, by=context.actor, unit=slots.unit)
    if not found:
        return Reply(say("{words}", words=NOTHING))
    return Reply(say(LIST, n=len(found), lines=event(item_lines(found, context.today))))


def item_lines(items: Sequence[Item], today: date) -> str:
    """Return one line for each item."""
    return "\n".join(_line(item, today) for item in items)


def _line(item: Item, today: date) -> str:
    due = ""
    if item.waits:
        due = LINE_WAITS
    elif item.due_on and item.due_on < today:
        due = LINE_OVER.format(day=day_words(item.due_on))
    elif item.due_on and day_words(item.due_on) not in item.words:
        due = LINE_DUE.format(day=day_words(item.due_on))
    shown = item.owner and item.owner not in item.words
    owner = LINE_OWNER.format(name=item.owner) if shown else ""
    return LINE.format(title=item.title, words=item.words, owner=owner, due=due)


ISSUE = Intent(
    name="item_issue",
    title="登记问题",
    recognise=recognise_issue,
    handle=handle_issue,
    examples=ISSUE_EXAMPLES,
    silent=ISSUE_SILENT,
)
DONE = Intent(
    name="item_done",
    title="办好了一件事",
    recognise=recognise_done,
    handle=handle_done,
    resume=resume_done,
    examples=DONE_EXAMPLES,
    silent=DONE_SILENT,
)
OPEN = Intent(
    name="item_list",
    title="看没办完的事",
    recognise=recognise_open,
    handle=handle_open,
    examples=OPEN_EXAMPLES,
    silent=OPEN_SILENT,
    for_secretaries=True,
)
