"""Posts and cells (任命, 免去, 班子, 党小组 一小组 张三、李四).

Example:
    李书记: 任命 王五 组织委员 4月1日
    » ✓ 王五，第三党支部组织委员，4月1日起。王敏同日卸任。打错了回复 撤销
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from bot.domain.ids import UnitId
from bot.domain.members import POSTS
from bot.domain.privacy import Fact, FactKind, Text, count, event, say
from bot.domain.rights import ABOVE_ONLY, ROLE_NAMES, Action, Role
from bot.domain.wording import day_words, names_words
from bot.inbound.context import Context
from bot.inbound.intents import Intent, Reading, Strength
from bot.inbound.questions import preview
from bot.inbound.replies import Reply, ToMember
from bot.inbound.roll_words import (
    NAME,
    POST,
    is_order,
    nearest_day,
    split_post,
    term_of,
    written,
)
from bot.inbound.unit_words import split_unit
from bot.inbound.utterance import Utterance
from bot.inbound.vacant import empty_words, tell
from bot.inbound.whom import whom
from bot.services import cells, posts, roll_groups, scopes, survey, vacancies
from bot.services.naming import Named
from bot.services.posts import Appointed, Term

DONE = "✓ {name}，{unit}{role}，{day}起{until}。{before}打错了回复 撤销"
UNTIL = "，到{day}为止"
BEFORE = "{names}同日卸任。"
TOLD = "{name}您好：您从{day}起担任{unit}{role}。{handed}要看能办什么，回复 帮助"
HANDED = "前任有{n}件事等着确认，回复 确认 就行，不办回复 取消。"
RELIEVED = "✓ {name}不再担任{roles}，{day}起。{empty}打错了回复 撤销"
RELIEVE_SHOWN = "将免去{name}的{role}，{day}起。{empty}\n回复 确认 登记，回复 取消 作罢"
WHICH_POST = "没看懂是什么职务。请这样写：任命 {name} 组织委员 4月1日"
NO_CELL = "{name}没有编入党小组，不能当组长。请先发：党小组 第一党小组 {name}"
TERMS = "{unit}的职务：\n{lines}"
TERM = "{role}：{name}，{since}起{until}"
TERM_UNTIL = "，到{day}"
NO_TERMS = "{unit}还没有登记职务。"
CELL_DONE = "✓ {n}人编入{cell}，{day}起：{names}。打错了回复 撤销"
CELL_SAME = "他们本来就在{cell}，没有变动。"
CELL_OUT = "✓ {n}人不再编组，{day}起：{names}。打错了回复 撤销"
NO_SUCH_CELL = "{unit}没有叫“{cell}”的党小组。先设立请发：成立党小组 {cell}"
SEVERAL_BRANCHES = "一次只能编一个支部的人，请分开发。"
BOARD_EXAMPLE = "班子 {unit}"


@dataclass(frozen=True, slots=True)
class PostSlots:
    """An appointment or a relief.

    Attributes:
        post: As written; None for all posts of somebody who is relieved.
        until: The last day of the term.
    """

    name: str
    post: str | None
    day: date | None = None
    until: date | None = None
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class BoardSlots:
    """A question who holds which post; the unit as written."""

    unit: str | None = None


@dataclass(frozen=True, slots=True)
class CellSlots:
    """People to be put into a cell; None for none."""

    cell: str | None
    names: tuple[str, ...]
    day: date | None = None


APPOINT_EXAMPLES = (
    "任命 王五 组织委员 4月1日",
    "任命 王五 为组织委员",
    "任命 王五 组织委员 4月1日 到2029年3月31日",
    "任命 赵六 党小组长",
)
APPOINT_SILENT = ("谁任命的组织委员", "任命书什么时候下来", "王五任命了吗")
RELIEVE_EXAMPLES = ("免去 王五 组织委员", "免去 王五 组织委员 4月1日", "免去王五的组织委员职务")
RELIEVE_SILENT = ("免去党费怎么办", "免去了吗")
BOARD_EXAMPLES = ("班子", "班子 三支部", "支部班子", "职务名单")
BOARD_SILENT = ("班子什么时候换届", "领导班子开会")
CELL_EXAMPLES = (
    "党小组 一小组 张三、李四",
    "党小组 第一党小组 张三、李四 3月1日",
    "党小组 不编组 张三",
)
CELL_SILENT = ("党小组 几点开会", "党小组会", "党小组 开会了吗", "党小组长是谁")

_APPOINT = re.compile(rf"任命[\s:]*{NAME}(?:同志)?\s*(?:为|任|担任|\s)\s*(?P<rest>\S.*)")
_RELIEVE = re.compile(
    rf"免去[\s:]*{NAME}(?:同志的?\s?|的\s?|\s+|(?={POST}))(?P<rest>(?=.*(?:{POST}))\S.*)"
)
_BOARD = re.compile(
    r"(?:看|看一下|查)?(?:支部|支委)?(?:班子(?:名单|成员)?|职务名单)(?P<rest>\s.*)?"
)
_CELL = re.compile(
    r"(?:编)?党小组[\s:]+(?P<cell>[^\s:，、]{1,16}?组)[\s:]+(?P<names>[一-鿿·][一-鿿·、，\s]{1,90}?)(?P<rest>\s\S*\d.*)?"
)
_NO_NAME = re.compile(r"开会|几点|通知|学习|活动|名单|在哪|什么")
_NONE = ("不编组", "无组")


def recognise_appoint(utterance: Utterance) -> list[Reading]:
    """Recognise 任命 somebody to a post (`EXACT`)."""
    found = _APPOINT.fullmatch(utterance.text)
    if found is None or not is_order(utterance):
        return []
    unit, post = split_post(found["rest"])
    if post is None:
        return []
    day, until = term_of(utterance)
    unit = unit or written(utterance, found).unit
    slots = PostSlots(found["name"], post, day, until, unit)
    return [Reading(slots, Strength.EXACT, (0, len(utterance.text)))]


def recognise_relieve(utterance: Utterance) -> list[Reading]:
    """Recognise 免去 somebody's post (`EXACT`)."""
    found = _RELIEVE.fullmatch(utterance.text)
    if found is None or not is_order(utterance):
        return []
    unit, post = split_post(found["rest"])
    if post is None:
        return []
    unit = unit or written(utterance, found).unit
    slots = PostSlots(found["name"], post, nearest_day(utterance), None, unit)
    return [Reading(slots, Strength.EXACT, (0, len(utterance.text)))]


def recognise_board(utterance: Utterance) -> list[Reading]:
    """Recognise 班子 (`EXACT`)."""
    found = _BOARD.fullmatch(utterance.text)
    if found is None or not is_order(utterance):
        return []
    rest, unit = split_unit(found["rest"] or "")
    if rest.strip():
        return []
    return [Reading(BoardSlots(unit), Strength.EXACT, (0, len(utterance.text)))]


def recognise_cell(utterance: Utterance) -> list[Reading]:
    """Recognise 党小组, a cell and names (`EXACT`)."""
    found = _CELL.fullmatch(utterance.text)
    if found is None or not is_order(utterance) or _NO_NAME.search(found["names"]):
        return []
    names = tuple(dict.fromkeys(re.split(r"[、，\s]+", found["names"].strip())))
    cell = None if found["cell"] in _NONE else found["cell"]
    slots = CellSlots(cell, names, nearest_day(utterance))
    return [Reading(slots, Strength.EXACT, (0, len(utterance.text)))]


def handle_appoint(slots: PostSlots, context: Context) -> Reply:
    """Appoint somebody, once it is clear who is meant."""
    return resume_appoint(_stored(slots), context)


def resume_appoint(kept: Mapping[str, Any], context: Context) -> Reply:
    """Appoint somebody; the new holder hears of it."""
    slots = _loaded(kept)
    person = _person(APPOINT, slots, kept, context)
    if isinstance(person, Reply):
        return person
    role = POSTS[slots.post or ""]
    if role is Role.CELL_LEADER and person.cell_id is None:
        return Reply(say(NO_CELL, name=_roll(person.name)))
    done = posts.appoint(
        context.session,
        member_id=person.id,
        unit_id=_unit_of(role, person, slots, context),
        role=role,
        on=slots.day or context.today,
        until=slots.until,
        by=context.actor,
        now=context.arrived_at,
    )
    return _appointed(done, slots.until, person, context)


def handle_relieve(slots: PostSlots, context: Context) -> Reply:
    """Relieve somebody, once it is clear who is meant."""
    return resume_relieve(_stored(slots), context)


def resume_relieve(kept: Mapping[str, Any], context: Context) -> Reply:
    """Relieve somebody of a post."""
    slots = _loaded(kept)
    person = _person(RELIEVE, slots, kept, context)
    if isinstance(person, Reply):
        return person
    role, on = POSTS[slots.post or ""], slots.day or context.today
    leads = role is Role.CELL_LEADER and not _names_cell(slots)
    asked: dict[str, Any] = {
        "member_id": person.id,
        "unit_id": person.branch_id if leads else _unit_of(role, person, slots, context),
        "role": role,
        "on": on,
        "by": context.actor,
        "now": context.arrived_at,
    }
    ended = posts.check_relief(context.session, **asked)
    if "sure" not in kept:
        empty = vacancies.list_vacancies(context.session, ended, on)
        if empty:
            text = say(
                RELIEVE_SHOWN,
                name=_roll(person.name),
                role=ROLE_NAMES[role],
                day=_day(on, context),
                empty=_roll(empty_words(empty, context)),
            )
            again = {**kept, "sure": True, "settled": {slots.name: person.id}}
            return preview(context, RELIEVE.name, None, again, text)
    done = posts.relieve(context.session, **asked)
    empty = vacancies.list_vacancies(context.session, ended, on)
    roles = "、".join(f"{one.unit}{ROLE_NAMES[one.role]}" for one in done)
    text = say(
        RELIEVED,
        name=_roll(person.name),
        roles=_roll(roles),
        day=_day(done[0].on, context),
        empty=_roll(empty_words(empty, context)),
    )
    return Reply(text, send=tell(empty, str(context.inbound_id), context))


def handle_board(slots: BoardSlots, context: Context) -> Reply:
    """List who holds which post, with the terms."""
    unit_id = scopes.unit_or_branch_meant(
        context.session, context.actor, Action.VIEW_LISTS, slots.unit, BOARD_EXAMPLE
    )
    found = posts.list_terms(context.session, unit_id, context.today)
    unit = event(scopes.name_of(context.session, unit_id))
    if not found:
        return Reply(say(NO_TERMS, unit=unit))
    names = survey.names_and_paths(context.session, {term.unit_id for term in found})
    lines = [_term(term, unit_id, names[term.unit_id][0], context) for term in found]
    return Reply(say(TERMS, unit=unit, lines=_roll("\n".join(lines))))


def handle_cell(slots: CellSlots, context: Context) -> Reply:
    """Put people into a cell, once it is clear who they are."""
    day = slots.day and slots.day.isoformat()
    return resume_cell({"cell": slots.cell, "names": list(slots.names), "day": day}, context)


def resume_cell(kept: Mapping[str, Any], context: Context) -> Reply:
    """Put people into a cell."""
    found = whom(
        context, CELL.name, kept["names"], kept, action=Action.MANAGE_ROLL, own_branch=False
    )
    if isinstance(found, Reply):
        return found
    if len({person.branch_id for person in found}) > 1:
        return Reply(Text(SEVERAL_BRANCHES))
    branch_id, branch = found[0].branch_id, found[0].branch
    cell = None
    if kept["cell"] is not None:
        cell = cells.find_cell(context.session, branch_id, kept["cell"])
        if cell is None:
            return Reply(say(NO_SUCH_CELL, unit=event(branch), cell=kept["cell"]))
    day = date.fromisoformat(kept["day"]) if kept["day"] else context.today
    changed = roll_groups.put_into_cell(
        context.session,
        cell_id=None if cell is None else cell.id,
        branch_id=branch_id,
        members=[person.id for person in found],
        on=day,
        by=context.actor,
        now=context.arrived_at,
    )
    called = event(cell.name if cell else "")
    if not changed:
        return Reply(say(CELL_SAME, cell=called))
    names = _roll(names_words([person.name for person in found]))
    template = CELL_DONE if cell else CELL_OUT
    words = _day(day, context)
    return Reply(say(template, n=count(changed), cell=called, day=words, names=names))


def _person(
    intent: Intent, slots: PostSlots, kept: Mapping[str, Any], context: Context
) -> Named | Reply:
    found = whom(
        context,
        intent.name,
        [slots.name],
        kept,
        action=Action.MANAGE_ROLL,
        own_branch=False,
        unit=None if _names_cell(slots) else slots.unit,
    )
    if isinstance(found, Reply) or not _names_cell(slots):
        return found if isinstance(found, Reply) else found[0]
    person = found[0]
    cell = cells.find_cell(context.session, person.branch_id, slots.unit or "")
    if cell is None:
        return Reply(say(NO_SUCH_CELL, unit=event(person.branch), cell=slots.unit or ""))
    return replace(person, cell_id=cell.id)


def _names_cell(slots: PostSlots) -> bool:
    return bool(slots.unit and slots.unit.endswith("组"))


def _unit_of(role: Role, person: Named, slots: PostSlots, context: Context) -> UnitId:
    if role is Role.CELL_LEADER and person.cell_id is not None:
        return person.cell_id
    named = None if _names_cell(slots) else slots.unit
    if role in ABOVE_ONLY:
        return scopes.unit_above(context.session, context.actor, Action.MANAGE_UNITS, named)
    return scopes.find_above(context.session, named) or person.branch_id


def _appointed(done: Appointed, until: date | None, person: Named, context: Context) -> Reply:
    day, role = _day(done.on, context), ROLE_NAMES[done.role]
    end = UNTIL.format(day=f"{until.year}年{day_words(until)}") if until else ""
    before = "、".join(holder.name for holder in done.before)
    text = say(
        DONE,
        name=_roll(done.name),
        unit=event(done.unit),
        role=role,
        day=day,
        until=end,
        before=_roll(BEFORE.format(names=before)) if before else "",
    )
    if person.id == context.actor.member_id:
        return Reply(text)
    handed = HANDED.format(n=done.handed) if done.handed else ""
    told = say(TOLD, name=done.name, day=day, unit=done.unit, role=role, handed=handed)
    return Reply(text, send=(ToMember(person.id, told, f"post:{done.post_id}"),))


def _term(term: Term, unit_id: UnitId, unit: str, context: Context) -> str:
    role = ROLE_NAMES[term.holder.role]
    until = ""
    if term.until is not None:
        last = term.until - timedelta(days=1)
        until = TERM_UNTIL.format(day=f"{last.year}年{day_words(last)}")
    return TERM.format(
        role=role if term.unit_id == unit_id else f"{unit}{role}",
        name=term.holder.name,
        since=_day(term.since, context),
        until=until,
    )


def _day(day: date, context: Context) -> str:
    return day_words(day) if day.year == context.today.year else f"{day.year}年{day_words(day)}"


def _roll(words: str) -> Fact:
    return Fact(FactKind.ROLL, words)


def _stored(slots: PostSlots) -> dict[str, Any]:
    return {
        "name": slots.name,
        "post": slots.post,
        "day": slots.day and slots.day.isoformat(),
        "until": slots.until and slots.until.isoformat(),
        "unit": slots.unit,
    }


def _loaded(kept: Mapping[str, Any]) -> PostSlots:
    day, until = (date.fromisoformat(kept[k]) if kept[k] else None for k in ("day", "until"))
    return PostSlots(kept["name"], kept["post"], day, until, kept["unit"])


APPOINT = Intent(
    name="post_appoint",
    title="任命职务",
    recognise=recognise_appoint,
    handle=handle_appoint,
    resume=resume_appoint,
    examples=APPOINT_EXAMPLES,
    silent=APPOINT_SILENT,
    for_secretaries=True,
)
RELIEVE = Intent(
    name="post_relieve",
    title="免去职务",
    recognise=recognise_relieve,
    handle=handle_relieve,
    resume=resume_relieve,
    examples=RELIEVE_EXAMPLES,
    silent=RELIEVE_SILENT,
    for_secretaries=True,
)
BOARD = Intent(
    name="post_list",
    title="看班子",
    recognise=recognise_board,
    handle=handle_board,
    examples=BOARD_EXAMPLES,
    silent=BOARD_SILENT,
    for_secretaries=True,
)
CELL = Intent(
    name="cell_members",
    title="编党小组",
    recognise=recognise_cell,
    handle=handle_cell,
    resume=resume_cell,
    examples=CELL_EXAMPLES,
    silent=CELL_SILENT,
    for_secretaries=True,
)
