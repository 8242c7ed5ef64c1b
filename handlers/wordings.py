"""What was not understood, and teaching it (没看懂, 教, 说法, 忘掉).

Example:
    王敏: 教 签个字哈 = 签到
    » ✓ 以后“签个字哈”当作“签到”（第三党支部）。不要了回复 撤销，以后回复 忘掉 签个字
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.clock import day_of
from bot.domain.errors import DomainError
from bot.domain.privacy import Fact, FactKind, say
from bot.domain.wording import day_words
from bot.inbound.context import Context
from bot.inbound.intents import Intent, Reading, Strength
from bot.inbound.normalise import spelled
from bot.inbound.questions import find_listed, show_list
from bot.inbound.replies import Reply, reply
from bot.inbound.teaching import check_lesson
from bot.inbound.utterance import Utterance
from bot.inbound.vocabulary import words
from bot.services import wordings
from bot.services.wordings import Taught, Unread

LIST = "这30天没看懂的：\n{lines}\n教我请回复 教 编号 一句我懂的话，例如 教 1 签到"
LINE = "{number} {text}（{times}次，最近{day}）"
SUGGESTED = "{line} 建议：{target}"
NOTHING_UNREAD = "这30天大家说的都看懂了。"
NOT_YOURS = "没看懂我的话吗？回复 帮助 看怎么用，找人请回复 人工"
TAUGHT = "✓ 以后“{wording}”当作“{target}”（{unit}）。不要了回复 撤销，以后回复 忘掉 {key}"
TAUGHT_LIST = "教过的说法：\n{lines}\n不要的回复 忘掉 编号"
TAUGHT_LINE = "{number} “{wording}”当作“{target}”（{unit}，{by}{day}教）"
NOTHING_TAUGHT = "还没有教过说法。看没看懂的请回复 没看懂"
FORGOTTEN = "✓ 已忘掉“{wording}”，不再当作“{target}”。"
NO_NUMBER = "没有这个编号。请先回复 {command} 看编号。"
NO_WORDING = "没有教过“{wording}”。回复 说法 看教过的。"
WRITE_SO = "请这样写：教 签个字哈 = 签到"

UNREAD_LIST, TAUGHT_ONES = "unread", "taught"


@dataclass(frozen=True, slots=True)
class ListSlots:
    """Asks for a list: what was not understood, or what was taught."""


@dataclass(frozen=True, slots=True)
class TeachSlots:
    """A wording stands for a sentence from now on.

    Attributes:
        target: The sentence, in a form that the bot reads.
        wording: As people say it, or None with a number.
        number: Of the list shown last.
    """

    target: str
    wording: str | None = None
    number: int | None = None


@dataclass(frozen=True, slots=True)
class ForgetSlots:
    """A wording is to be forgotten: its number in the list, or its words."""

    wording: str
    number: int | None = None


_UNREAD = words("没看懂 没看懂的 没看懂的话 看不懂的 没读懂的 哪些没看懂")
_TAUGHT = words("说法 教过的说法 说法列表 教过什么 教过的")
_QUOTES = str.maketrans("", "", "“”\"'‘’「」")
_TEACH_NUMBER = re.compile(
    r"教\s?(?:第)?(?P<number>\d{1,2})[\s:，、=]+(?:=\s?)?(?P<target>.{1,40})"
)
_TEACH = re.compile(
    r"教(?:你|一下)?[\s:，]\s?(?P<wording>[^=]{1,60}?)\s?(?:={1,2}>?|->|当作|就是|等于)\s?(?P<target>[^=]{1,40})"
)
_TEACH_TWO = re.compile(r"教\s(?P<wording>[^\s=，。]{1,20})\s(?P<target>[^\s=，。]{2,20})")
_FORGET = re.compile(r"忘(?:掉|了)\s?(?:第)?(?:(?P<number>\d{1,2})|[\s:](?P<wording>.{1,60}))")


def recognise_unread(utterance: Utterance) -> list[Reading]:
    """Recognise 没看懂, said to the bot."""
    return _said(utterance, _UNREAD)


def recognise_taught(utterance: Utterance) -> list[Reading]:
    """Recognise 说法, said to the bot."""
    return _said(utterance, _TAUGHT)


def recognise_teach(utterance: Utterance) -> list[Reading]:
    """Recognise `教 1 签到` and `教 签个字哈 = 签到` (`EXACT`)."""
    if not utterance.addressed or not utterance.text.startswith("教"):
        return []
    text = spelled(utterance.raw).translate(_QUOTES)
    if found := _TEACH_NUMBER.fullmatch(text):
        slots = TeachSlots(found["target"].strip(), number=int(found["number"]))
    elif found := _TEACH.fullmatch(text) or _TEACH_TWO.fullmatch(text):
        slots = TeachSlots(found["target"].strip(), found["wording"].strip())
    else:
        return []
    return [Reading(slots, Strength.EXACT, (0, len(utterance.text)))]


def recognise_forget(utterance: Utterance) -> list[Reading]:
    """Recognise `忘掉 1` and `忘掉 签个字` (`EXACT`)."""
    if not utterance.addressed or not utterance.text.startswith("忘"):
        return []
    found = _FORGET.fullmatch(spelled(utterance.raw).translate(_QUOTES))
    if found is None:
        return []
    number = int(found["number"]) if found["number"] else None
    slots = ForgetSlots((found["wording"] or "").strip(), number)
    return [Reading(slots, Strength.EXACT, (0, len(utterance.text)))]


def handle_unread(_slots: ListSlots, context: Context) -> Reply:
    """List what was not understood, most frequent first; numbers serve 教."""
    if not context.actor.grants:
        return reply(NOT_YOURS)
    found = wordings.list_unread(context.session, context.seal, by=context.actor)
    if not found:
        return reply(NOTHING_UNREAD)
    lines = "\n".join(_unread_line(number, one) for number, one in enumerate(found, start=1))
    text = say(LIST, lines=_unread_fact(lines))
    return show_list(context, UNREAD_LIST, [one.id for one in found], text)


def handle_teach(slots: TeachSlots, context: Context) -> Reply:
    """Test a lesson, and let it count from now on."""
    wordings.scope_to_teach(context.actor)
    wording = _wording(slots, context)
    check_lesson(wording, slots.target, context.intents, context.now)
    taught = wordings.teach(
        context.session, wording=wording, target=slots.target, by=context.actor, now=context.now
    )
    return Reply(
        say(
            TAUGHT,
            wording=_unread_fact(wording) if slots.number else wording,
            target=taught.target,
            unit=taught.unit,
            key=taught.wording,
        )
    )


def handle_taught(_slots: ListSlots, context: Context) -> Reply:
    """List the wordings in force; numbers serve 忘掉."""
    found = wordings.list_taught(context.session, by=context.actor)
    if not found:
        return reply(NOTHING_TAUGHT)
    lines = "\n".join(_taught_line(number, one) for number, one in enumerate(found, start=1))
    text = say(TAUGHT_LIST, lines=Fact(FactKind.ROLL, lines))
    return show_list(context, TAUGHT_ONES, [one.id for one in found], text)


def handle_forget(slots: ForgetSlots, context: Context) -> Reply:
    """End a wording."""
    wordings.scope_to_teach(context.actor)
    taught_id = _taught_id(slots, context)
    gone = wordings.revoke(context.session, taught_id, by=context.actor, now=context.now)
    return Reply(say(FORGOTTEN, wording=Fact(FactKind.ROLL, gone.wording), target=gone.target))


def _said(utterance: Utterance, among: frozenset[str]) -> list[Reading]:
    if not utterance.addressed or utterance.text not in among:
        return []
    return [Reading(ListSlots(), Strength.EXACT, (0, len(utterance.text)))]


def _wording(slots: TeachSlots, context: Context) -> str:
    if slots.number is None:
        return spelled(slots.wording or "")
    unread_id = find_listed(context, UNREAD_LIST, slots.number)
    if unread_id is None:
        raise DomainError(NO_NUMBER.format(command="没看懂"))
    return wordings.get_unread(context.session, context.seal, unread_id, by=context.actor)


def _taught_id(slots: ForgetSlots, context: Context) -> int:
    if slots.number is not None:
        listed = find_listed(context, TAUGHT_ONES, slots.number)
        if listed is None:
            raise DomainError(NO_NUMBER.format(command="说法"))
        return listed
    found = wordings.find_taught(context.session, spelled(slots.wording), by=context.actor)
    if found is None:
        raise DomainError(NO_WORDING.format(wording=slots.wording))
    return found.id


def _unread_line(number: int, one: Unread) -> str:
    day = day_words(day_of(one.last_at))
    line = LINE.format(number=number, text=one.text, times=one.times, day=day)
    return SUGGESTED.format(line=line, target=one.suggestion) if one.suggestion else line


def _taught_line(number: int, one: Taught) -> str:
    return TAUGHT_LINE.format(
        number=number,
        wording=one.wording,
        target=one.target,
        unit=one.unit,
        by=one.by,
        day=day_words(day_of(one.at)),
    )


def _unread_fact(text: str) -> Fact:
    return Fact(FactKind.UNREAD, text)


UNREAD = Intent(
    name="unread_wordings",
    title="看没看懂的话",
    recognise=recognise_unread,
    handle=handle_unread,
    examples=("没看懂", "没看懂的"),
    silent=("没看懂通知", "看懂了", "我没看懂这题"),
    for_secretaries=True,
)
TEACH = Intent(
    name="teach_wording",
    title="教一个说法",
    recognise=recognise_teach,
    handle=handle_teach,
    examples=("教 1 签到", "教 签个字哈 = 签到", "教 “俺来喽” = 签到"),
    silent=("教我签到", "教育活动", "教 孙子写作业"),
    for_secretaries=True,
)
TAUGHT_WORDINGS = Intent(
    name="taught_wordings",
    title="看教过的说法",
    recognise=recognise_taught,
    handle=handle_taught,
    examples=("说法", "教过的说法"),
    silent=("这个说法不对", "什么说法"),
    for_secretaries=True,
)
FORGET = Intent(
    name="forget_wording",
    title="忘掉一个说法",
    recognise=recognise_forget,
    handle=handle_forget,
    examples=("忘掉 1", "忘掉 签个字"),
    silent=("忘掉了", "我忘了"),
    for_secretaries=True,
)
