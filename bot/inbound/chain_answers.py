"""What is said of a pasted chain: how much was recognised, what is new, who is missing."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TypeAlias

from bot.domain.chains import ABOUT_NAMES, About, Line, NoteKind
from bot.domain.ids import MemberId
from bot.domain.privacy import Fact, FactKind, Text, count, dues, event, join, missing, say
from bot.domain.wording import names_words
from bot.services.chain_books.book import Held, Plan, Todo
from bot.services.chain_pastes import Kept

KNOWN = "认出{n}人"
NEW = "新增{n}人"
CHANGED = "改动{n}人"
SAME = "和上次一样"
UNCLEAR = "不清{n}行：{lines}"
MISSING = "还缺{n}人（私聊发您）。"
MISSING_NAMES = "还缺{n}人：{names}。"
NOBODY_MISSING = "人都齐了。"
CONFIRM = "回复 确认 入账"
ALL_DONE = "都已经记上了。"
ABOUT = "这是{title}的{what}接龙。不是的话回复 接龙不对"
A_NOTICE = "通知"
ABOUT_DUES = "这是{title}接龙。不是的话回复 接龙不对"
FITS_NOTHING = "对不上现在的会、报名、党费和通知，只留着对人数，没有记账。"
VANISHED = "上次有、这次没有的{n}人：{names}。已经记上的不会因此取消。"
CHANGED_NAMES = "改动：{names}。"
HELD = "不记的{n}人：{names}。"
UNSURE = "还没定的{n}人：{names}。"
DECLINED = "写了不来的{n}人：{names}。"
DECLINED_DUES = "写了不交的{n}人：{names}。"
NOT_READ = "（没看懂）"
CUT = "接龙太长，后面的没有读到，还缺的人可能不准。请分两次贴。"
PREVIEW = "将记{what}：{names}。\n共{n}人。回复 确认{n} 入账，回复 取消 作罢"
DONE = "✓ 已入账{n}人（{title}）。打错了10分钟内回复 撤销"
TOLD = "{name}贴来“{title}”接龙：认出{known}人，可以入账{todo}人{unclear}。回复 核对接龙 看名单并入账。"
TOLD_UNCLEAR = "，不清{n}行"
TOLD_UNREAD = "没看懂、要您定的{n}行：{lines}。"
OTHERS_WAIT = "其余{n}行等组织委员核对。"
_MOST_UNCLEAR = 5
_MOST_NAMES = 60
_MOST_QUOTED = 24
_FEW_GROUPS = 3
_HAS_DIGIT = re.compile(r"\d")

Notes: TypeAlias = Mapping[tuple[int, str], str]
"""The words behind the names, by number and name as written; known only while a paste is read."""


def summary(
    kept: Kept,
    plan: Plan,
    target: str,
    *,
    names: Mapping[MemberId, str] | None,
    may_list: bool,
    may_confirm: bool,
) -> Text:
    """Return the answer to a paste: the sample set's one line, and what the chain is about.

    Args:
        target: What it is about, as people call it; "" for nothing of ours.
        names: What tells members apart, where those missing may be named in this very text.
        may_list: The reader may know who is missing at all.
    """
    parts = [_counts(kept)]
    if may_list and plan.missing is not None:
        parts.append(_missing(plan, names))
    if plan.todo and may_confirm:
        parts.append(Text(CONFIRM))
    elif plan.done and not plan.todo and may_confirm:
        parts.append(Text(ALL_DONE))
    lines = [join(*parts, by="")]
    if target:
        template = ABOUT_DUES if kept.about is About.DUES else ABOUT
        # What a notice says stays between the bot and its readers.
        hidden = kept.about is About.RECEIPT and names is None
        title = event(A_NOTICE if hidden else target)
        lines.append(say(template, title=title, what=ABOUT_NAMES[kept.about]))
    else:
        lines.append(Text(FITS_NOTHING))
    if kept.is_cut:
        lines.append(Text(CUT))
    return join(*lines)


def details(kept: Kept, plan: Plan, names: Mapping[MemberId, str], notes: Notes) -> Text:
    """Return what only those who may see lists are told, by name: gone, changed, not recorded.

    Args:
        notes: What is not decided is quoted from there, so that a person can decide it.
    """
    difference = kept.difference
    undecided = [
        line for line in kept.known if line.kind is NoteKind.UNSURE or is_unread(kept, line)
    ]
    held = {item.name for item in plan.held}
    parts = [
        _named(VANISHED, _names(difference.vanished, names)),
        _named(CHANGED_NAMES, _names(difference.changed, names)),
        _named(HELD, [f"{item.name}（{item.why}）" for item in plan.held]),
        _named(UNSURE, [_quoted(line, names, notes) for line in undecided]),
        _named(
            DECLINED_DUES if kept.about is About.DUES else DECLINED,
            [n for n in _names(_of(kept.known, NoteKind.DECLINES), names) if n not in held],
        ),
    ]
    return join(*(part for part in parts if part.words))


def is_unread(kept: Kept, line: Line) -> bool:
    """Tell whether a line of dues says something that only a person can make out."""
    return kept.about is About.DUES and line.is_unread


def _quoted(line: Line, names: Mapping[MemberId, str], notes: Notes) -> str:
    [name] = _names([line], names)
    note = notes.get((line.number, line.name), "")[:_MOST_QUOTED]
    return name + (f"「{note}」" if note else NOT_READ if line.is_unread else "")


def missing_words(plan: Plan, names: Mapping[MemberId, str]) -> Text:
    """Return who is missing, by name; namesakes with what tells them apart."""
    return Text("") if plan.missing is None else _missing(plan, names)


def preview(plan: Plan, what: str) -> Text:
    """Return what a confirmation would record, person by person, with the head-count."""
    return say(PREVIEW, what=what, names=dues(_listed(plan.todo)), n=len(plan.todo))


def told(kept: Kept, plan: Plan, name: str, names: Mapping[MemberId, str], notes: Notes) -> Text:
    """Return what the organiser is told of a member's paste, with what he has to decide quoted."""
    unread = [line for line in kept.known if is_unread(kept, line)]
    text = say(
        TOLD,
        name=Fact(FactKind.WRITER, name),
        title=Fact(FactKind.NOTICE, kept.title or ABOUT_NAMES[kept.about]),
        known=count(len(kept.known)),
        todo=count(len(plan.todo)),
        unclear=TOLD_UNCLEAR.format(n=len(kept.unclear)) if kept.unclear else "",
    )
    if not unread:
        return text
    lines = names_words([_quoted(line, names, notes) for line in unread], _MOST_UNCLEAR)
    return join(text, say(TOLD_UNREAD, n=count(len(unread)), lines=dues(lines)))


def _counts(kept: Kept) -> Text:
    known = {line.member_id for line in kept.known}
    new = {line.member_id for line in kept.difference.new} & known
    changed = {line.member_id for line in kept.difference.changed} & known
    parts = [say(KNOWN, n=count(len(known)))]
    if not kept.is_first:
        if new:
            parts.append(say(NEW, n=count(len(new))))
        if changed:
            parts.append(say(CHANGED, n=count(len(changed))))
        if kept.is_repeat:
            parts.append(Text(SAME))
    if kept.unclear:
        parts.append(_unclear(kept.unclear))
    return join(join(*parts, by="，"), Text("。"), by="")


def _unclear(lines: Sequence[Line]) -> Text:
    """Name the lines nobody can tell, as they were written: the writer has them before him."""
    words = "".join(f"{line.number}「{line.name}」" for line in lines[:_MOST_UNCLEAR])
    if len(lines) > _MOST_UNCLEAR:
        words += "…"
    return say(UNCLEAR, n=count(len(lines)), lines=Fact(FactKind.WRITER, words))


def _missing(plan: Plan, names: Mapping[MemberId, str] | None) -> Text:
    persons = plan.missing or ()
    if not persons:
        return Text(NOBODY_MISSING)
    if names is None:
        return say(MISSING, n=count(len(persons)))
    words = names_words([names.get(person.id, person.name) for person in persons], _MOST_NAMES)
    return say(MISSING_NAMES, n=count(len(persons)), names=missing(words))


def _named(template: str, names: Sequence[str]) -> Text:
    if not names:
        return Text("")
    return say(template, n=count(len(names)), names=missing(names_words(names)))


def _names(lines: Sequence[Line], names: Mapping[MemberId, str]) -> list[str]:
    return [
        names.get(line.member_id, line.name) if line.member_id is not None else f"「{line.name}」"
        for line in lines
    ]


def _of(lines: Sequence[Line], kind: NoteKind) -> list[Line]:
    return [line for line in lines if line.kind is kind]


def _listed(todo: Sequence[Todo]) -> str:
    """Name everybody, once under each word where many share it: 要来：甲、乙；请假：丙."""
    groups: dict[str, list[str]] = {}
    for item in todo:
        groups.setdefault(item.words, []).append(item.name)
    if len(groups) <= _FEW_GROUPS and not any(map(_HAS_DIGIT.search, groups)):
        return "；".join(
            f"{words}：{names_words(names, _MOST_NAMES)}"
            if words
            else names_words(names, _MOST_NAMES)
            for words, names in groups.items()
        )
    return names_words([_named_with(item) for item in todo], _MOST_NAMES)


def _named_with(item: Todo) -> str:
    return f"{item.name}（{item.words}）" if item.words else item.name


def held_words(held: Sequence[Held]) -> Text:
    """Return who was not recorded and why, or an empty text."""
    return _named(HELD, [f"{item.name}（{item.why}）" for item in held])
