"""Members' files: how far each is put in order (档案 张三 整理 3柜-17, 档案).

Example:
    王敏: 档案 张三 整理
    » ✓ 张三的档案已登记整理（3月12日），在职类。打错了回复 撤销
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from bot.domain.member_files import NO_FILE, FileClass, FileEntry, FileState, check_code
from bot.domain.privacy import Fact, FactKind, Text, count, event, join, say
from bot.domain.reads import Seen
from bot.domain.rights import Action
from bot.domain.wording import day_words, names_words
from bot.inbound.context import Context
from bot.inbound.intents import Intent, Reading, Strength
from bot.inbound.replies import Reply, telling
from bot.inbound.roll_words import NAME, is_order, written
from bot.inbound.unit_words import split_unit
from bot.inbound.utterance import Utterance
from bot.inbound.whom import whom
from bot.services import member_files, people, scopes
from bot.services.reads import Read

DONE = "✓ {name}的档案已登记{state}（{day}），{kind}。打错了回复 撤销"
CLASS, CLASS_AT = "{kind}类", "{kind}类，存放{code}"
CORRECTED = "✓ 已更正：{name}的档案{state}不算。两条记录都留着。"
WHY = "请写明为什么更正，例如：档案更正 {name} {state} 登记错了人"
FIGURES = "{unit} {day}：在册{n}人，档案已整理{sorted}份，立卷{filed}份，归档{archived}份。"
CLASSES = "分类：{classes}"
BEHIND = "还没{state}：{names}"
ONE = "{name}的档案：{states}（{kind}）。"
STATE = "{day}{state}"
NONE = "{name}还没有登记档案。登记请发：档案 {name} 整理"
_MOST = 20


@dataclass(frozen=True, slots=True)
class FileSlots:
    """A state of somebody's file, as written; `state` None where it is only asked about."""

    name: str
    state: FileState | None = None
    day: date | None = None
    file_class: FileClass | None = None
    code: str = ""
    unit: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class ProgressSlots:
    """A question how the files of a unit stand, as written."""

    unit: str | None = None


RECORD_EXAMPLES = (
    "档案 张三 整理",
    "档案 张三 整理 离退休 3柜2层-17",
    "档案 张三 立卷 3月10日",
    "档案 张三 归档",
    "档案 张三",
    "档案更正 张三 整理 登记错了人",
)
RECORD_SILENT = ("档案放在哪里", "张三的档案呢", "档案 张三 归档了吗", "档案更正怎么弄")
PROGRESS_EXAMPLES = ("档案", "档案进度", "档案 三支部", "党员档案")
PROGRESS_SILENT = ("档案室几点开门", "档案整理完了", "档案在哪")

_STATES = "|".join(state.value for state in FileState)
_RECORD = re.compile(
    rf"(?:党员)?档案(?P<wrong>更正)?[\s:]+(?!进度){NAME}(?:同志)?(?:\s+(?P<state>{_STATES}))?(?P<rest>[\s，].+)?"
)
_PROGRESS = re.compile(
    r"(?:请|帮我)?(?:看|查|看一下|查一下)?(?:党员)?档案(?:\s?(?:进度|情况|统计))?"
)
_CLASS = re.compile(rf"(?P<kind>{'|'.join(kind.value for kind in FileClass)})(?:类|党员)?")


def recognise_record(utterance: Utterance) -> list[Reading]:
    """Recognise 档案, a name and a state (`EXACT`), said to the bot."""
    found = _RECORD.fullmatch(utterance.text)
    if found is None or not is_order(utterance):
        return []
    said = written(utterance, found)
    if found["state"] is None:
        if found["rest"] or found["wrong"] or said.name.endswith(("支部", "总支", "党委")):
            return []
        return _exact(FileSlots(said.name), utterance)
    state = FileState(found["state"])
    if found["wrong"]:
        return _exact(FileSlots(said.name, state, unit=said.unit, reason=said.words), utterance)
    kind = _CLASS.search(said.words)
    code = _CLASS.sub("", said.words, count=1).replace(" ", "") if kind else said.words
    slots = FileSlots(
        said.name,
        state,
        said.day,
        FileClass(kind["kind"]) if kind else None,
        code.replace(" ", ""),
        said.unit,
    )
    return _exact(slots, utterance)


def recognise_progress(utterance: Utterance) -> list[Reading]:
    """Recognise 档案 with a unit and nothing else (`EXACT`), said to the bot."""
    text, unit = split_unit(utterance.text)
    if _PROGRESS.fullmatch(text.strip()) is None or not is_order(utterance):
        return []
    return _exact(ProgressSlots(unit), utterance)


def handle_record(slots: FileSlots, context: Context) -> Reply:
    """Write a state down, take one back, or tell how the file of somebody stands."""
    return resume_record(
        {
            "name": slots.name,
            "state": slots.state and slots.state.value,
            "day": str(slots.day or context.today),
            "class": slots.file_class and slots.file_class.value,
            "code": check_code(slots.code),
            "unit": slots.unit,
            "reason": slots.reason,
        },
        context,
    )


def resume_record(kept: Mapping[str, Any], context: Context) -> Reply:
    """Go on once it is clear whose file is meant."""
    found = whom(
        context,
        RECORD.name,
        [kept["name"]],
        kept,
        action=Action.MANAGE_ROLL,
        own_branch=False,
        unit=kept["unit"],
    )
    if isinstance(found, Reply):
        return found
    person = found[0]
    if kept["state"] is None:
        entries = member_files.look(context.session, person.id, by=context.actor)
        return telling(Reply(_one(person.name, entries)), Read(Seen.FILES, members=(person.id,)))
    state = FileState(kept["state"])
    if kept["reason"] is not None:
        return _take_back(person, state, kept["reason"], context)
    entry = member_files.record(
        context.session,
        member_id=person.id,
        state=state,
        on=date.fromisoformat(kept["day"]),
        by=context.actor,
        now=context.arrived_at,
        file_class=FileClass(kept["class"]) if kept["class"] else None,
        code=kept["code"],
    )
    day = _day(entry.on, context.today)
    return Reply(
        say(DONE, name=_roll(person.name), state=state.value, day=day, kind=_roll(_kind(entry)))
    )


def _take_back(person: Any, state: FileState, reason: str, context: Context) -> Reply:
    if not reason:
        return Reply(say(WHY, name=_roll(person.name), state=state.value))
    member_files.take_back(
        context.session,
        member_id=person.id,
        state=state,
        reason=reason,
        by=context.actor,
        now=context.arrived_at,
    )
    return Reply(say(CORRECTED, name=_roll(person.name), state=state.value))


def handle_progress(slots: ProgressSlots, context: Context) -> Reply:
    """Tell how the files of a unit stand, and whose are behind."""
    session, actor = context.session, context.actor
    unit_id = (
        people.scope_of(actor, Action.MANAGE_ROLL, "党员档案")
        if slots.unit is None
        else scopes.unit_meant(session, actor, Action.MANAGE_ROLL, slots.unit)
    )
    found = member_files.progress(session, unit_id, context.today, by=actor)
    states = found.count.states
    lines: list[Text] = [
        say(
            FIGURES,
            unit=event(found.unit),
            day=day_words(found.on),
            n=count(found.count.members),
            sorted=count(states[FileState.SORTED]),
            filed=count(states[FileState.FILED]),
            archived=count(states[FileState.ARCHIVED]),
        ),
        say(CLASSES, classes=_roll(_classes(found.count.classes))),
    ]
    called = people.tell_apart_by_branch(
        session, [p.id for who in found.behind.values() for p in who], context.today
    )
    for state, who in found.behind.items():
        names = names_words([called[person.id] for person in who], _MOST)
        lines.append(say(BEHIND, state=state.value, names=_roll(names)))
    return telling(Reply(join(*lines)), Read(Seen.FILES, unit_id))


def _classes(classes: Mapping[str, int]) -> str:
    order = [*(kind.value for kind in FileClass), NO_FILE]
    known = [f"{name}{classes[name]}" for name in order if classes.get(name)]
    return "，".join(known) or "没有人"


def _one(name: str, entries: list[FileEntry]) -> Text:
    if not entries:
        return say(NONE, name=_roll(name))
    states = "，".join(
        STATE.format(day=f"{e.on.year}年{day_words(e.on)}", state=e.state.value) for e in entries
    )
    return say(ONE, name=_roll(name), states=_roll(states), kind=_roll(_kind(entries[-1])))


def _kind(entry: FileEntry) -> str:
    template = CLASS_AT if entry.code else CLASS
    return template.format(kind=entry.file_class.value, code=entry.code)


def _day(day: date, today: date) -> str:
    return day_words(day) if day.year == today.year else f"{day.year}年{day_words(day)}"


def _exact(slots: object, utterance: Utterance) -> list[Reading]:
    return [Reading(slots, Strength.EXACT, (0, len(utterance.text)))]


def _roll(words: str) -> Fact:
    return Fact(FactKind.ROLL, words)


RECORD = Intent(
    name="member_file",
    title="登记党员档案",
    recognise=recognise_record,
    handle=handle_record,
    resume=resume_record,
    examples=RECORD_EXAMPLES,
    silent=RECORD_SILENT,
    for_secretaries=True,
)
PROGRESS = Intent(
    name="member_file_progress",
    title="看党员档案进度",
    recognise=recognise_progress,
    handle=handle_progress,
    examples=PROGRESS_EXAMPLES,
    silent=PROGRESS_SILENT,
    for_secretaries=True,
)
