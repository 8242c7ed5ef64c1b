"""Organisations (成立支部, 更名, 划转, 分设, 并入, 撤销支部, 成立党小组), for the officer.

Example:
    周敏: 成立支部 第七党支部 上级 和平社区 4月1日
    » 将成立：第七党支部，上级和平社区，4月1日起。成立以前开始的时段不算欠。
    | 回复 确认 登记，回复 取消 作罢
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from bot.domain.ids import MemberId, UnitId
from bot.domain.privacy import Fact, FactKind, count, event, say
from bot.domain.rights import Action
from bot.domain.units import FORM_NAMES, UnitForm, UnitKind
from bot.domain.wording import day_words, names_words
from bot.inbound.context import Context
from bot.inbound.intents import Intent, Reading, Strength
from bot.inbound.questions import preview
from bot.inbound.replies import Reply
from bot.inbound.roll_words import is_order, nearest_day
from bot.inbound.utterance import Utterance
from bot.inbound.whom import whom
from bot.services import organisation, people, scopes
from bot.services.groups import find_unit
from bot.services.organisation import Place
from bot.services.trial import try_out

FOUND = "将成立：{unit}{form}，上级{parent}，{day}起。成立以前开始的时段不算欠。"
RENAME = "将更名：{unit} → {other}，{day}起。群、职务、名册都跟着走。"
MOVE = "将划转：{unit}（{n}人）到{other}下面，{day}起。群、职务、名册都跟着走。"
FORM = "将把{unit}设为{other}，{day}起。"
DISSOLVE = "将撤销：{unit}，{day}起。{into}"
INTO = "{n}名党员、微信群和已安排的会都转到{other}；{unit}的职务同时结束。"
EMPTY = "它没有党员；群解除绑定，已安排的会取消，职务结束。"
CELL_ENDS = "{n}人留在支部，不再编组。"
SPLIT = "将从{unit}分设{other}，{day}起，{n}人过去：{names}。他们在原支部的职务同时结束。"
SURE = "\n回复 确认 登记，回复 取消 作罢"
SURE_COUNT = "\n回复 确认{n} 登记，回复 取消 作罢"
DONE = {
    "found": "✓ 已成立{unit}，{day}起。编人请发：转出 张三 到 {unit} 党费交到3月；定职务请发：任命 张三 书记。打错了回复 撤销",
    "rename": "✓ 已更名为{unit}，{day}起。打错了回复 撤销",
    "move": "✓ {unit}已划转，{day}起。打错了回复 撤销",
    "form": "✓ {unit}已设为{other}，{day}起。打错了回复 撤销",
    "dissolve": "✓ {unit}已撤销，{day}起。打错了回复 撤销",
    "split": "✓ 已分设{unit}，{day}起。定职务请发：任命 张三 书记。打错了回复 撤销",
    "cell": "✓ 已成立{unit}，{day}起。编人请发：党小组 {short} 张三、李四。打错了回复 撤销",
}
WHICH_PARENT = "请写明上级，例如：成立支部 {unit} 上级 和平社区"
BRANCH_EXAMPLE = "成立党小组 第一党小组 {unit}"


@dataclass(frozen=True, slots=True)
class OrganisationSlots:
    """A change of an organisation.

    Attributes:
        what: `found`, `rename`, `move`, `form`, `dissolve`, `split` or `cell`.
        unit: As written; of a founding the new name.
        other: The parent, the new name, or the branch that takes over, as written.
        names: Who goes to the branch split off.
        form: What kind of branch it is to be.
    """

    what: str
    unit: str
    other: str | None = None
    names: tuple[str, ...] = ()
    form: str | None = None
    day: date | None = None


EXAMPLES = (
    "成立支部 第七党支部 上级 和平社区 3月1日",
    "成立联合支部 城东联合支部 上级 和平社区",
    "成立党小组 第二党小组",
    "成立党小组 第二党小组 三支部",
    "支部更名 五支部 为 第六党支部",
    "划转 五支部 到 和平社区",
    "设为功能型支部 五支部",
    "分设支部 三支部 分出 第七党支部 张三、李四",
    "五支部 并入 三支部 3月1日",
    "撤销支部 五支部 党员转到 三支部",
    "撤销党小组 第二党小组",
)
SILENT = (
    "成立支部要几个人",
    "支部什么时候更名",
    "撤销",
    "撤销支部怎么办手续",
    "五支部并入三支部了吗",
    "成立支部大会几点开",
)

_U = r"[^\s，。:、]{1,30}"
_REST = r"(?P<rest>[\s，].*)?"
_FORMS = {
    "": None,
    "联合": UnitForm.JOINT,
    "功能型": UnitForm.THEMED,
    "普通": UnitForm.ORDINARY,
}
_ORDERS = (
    (
        "found",
        re.compile(
            rf"成立(?P<form>联合|功能型)?党?支部[\s:]+(?P<unit>{_U}支部)"
            rf"(?:[\s，]+(?:上级|在|属于?)[\s:]*(?P<other>{_U}))?{_REST}"
        ),
    ),
    (
        "cell",
        re.compile(rf"成立党小组[\s:]+(?P<unit>{_U}组)(?:\s+(?P<other>{_U}支部))?{_REST}"),
    ),
    (
        "rename",
        re.compile(
            rf"(?:支部|党小组)?更名[\s:]+(?P<unit>{_U})\s*(?:为|成|叫)\s*(?P<other>{_U}){_REST}"
        ),
    ),
    ("move", re.compile(rf"划转[\s:]+(?P<unit>{_U})\s+(?:到|给)\s*(?P<other>{_U}){_REST}")),
    ("form", re.compile(rf"设为(?P<form>联合|功能型|普通)支部[\s:]+(?P<unit>{_U}){_REST}")),
    (
        "split",
        re.compile(
            rf"分设(?:支部)?[\s:]+(?P<unit>{_U})\s+(?:分出|成立)\s*(?P<other>{_U}支部)"
            r"[\s:]+(?P<names>[一-鿿·][一-鿿·、，\s]{1,90}?)(?P<rest>\s\S*\d.*)?"
        ),
    ),
    ("dissolve", re.compile(rf"(?:合并支部\s)?(?P<unit>{_U}支部)\s+并入\s*(?P<other>{_U}){_REST}")),
    (
        "dissolve",
        re.compile(
            rf"撤销(?:支部|党小组)[\s:]+(?P<unit>{_U})"
            rf"(?:[\s，]+(?:党员)?(?:转到|并入)\s*(?P<other>{_U}))?{_REST}"
        ),
    ),
)


def recognise(utterance: Utterance) -> list[Reading]:
    """Recognise a change of an organisation in its written form (`EXACT`)."""
    if not is_order(utterance):
        return []
    for what, pattern in _ORDERS:
        found = pattern.fullmatch(utterance.text)
        if found is not None:
            said = found.groupdict()
            form = _FORMS[said.get("form") or ""]
            slots = OrganisationSlots(
                what=what,
                unit=said["unit"],
                other=said.get("other"),
                names=tuple(re.split(r"[、，\s]+", (said.get("names") or "").strip())),
                form=form.value if form else None,
                day=nearest_day(utterance),
            )
            return [Reading(slots, Strength.EXACT, (0, len(utterance.text)))]
    return []


def handle(slots: OrganisationSlots, context: Context) -> Reply:
    """Show what would happen, with how many people it touches, to those who may do it."""
    people.scope_of(context.actor, Action.MANAGE_ROLL if _is_cell(slots) else Action.MANAGE_UNITS)
    if slots.what == "cell":
        return _found_cell(slots, context)
    if slots.what == "found" and slots.other is None:
        return Reply(say(WHICH_PARENT, unit=slots.unit))
    return resume(_stored(slots), context)


def resume(kept: Mapping[str, Any], context: Context) -> Reply:
    """Do what was shown; before, show it once everybody named is clear."""
    slots = _loaded(kept)
    members: Sequence[int] = kept.get("members", ())
    if slots.what == "split" and not members:
        found = whom(
            context,
            INTENT.name,
            slots.names,
            kept,
            action=Action.MANAGE_ROLL,
            own_branch=False,
            unit=slots.unit,
        )
        if isinstance(found, Reply):
            return found
        members = [person.id for person in found]
        kept = {**kept, "members": list(members)}
    if "sure" not in kept:
        return _show(slots, kept, context)
    return _do(slots, members, context)


def _show(slots: OrganisationSlots, kept: Mapping[str, Any], context: Context) -> Reply:
    day = _day(slots.day or context.today, context)
    words: dict[str, Fact | str | int] = {"unit": event(slots.unit), "day": day}
    unit, number = None, None
    if slots.what != "found":
        unit = _place(slots.unit, context)
        words["unit"] = event(unit.name)
        if slots.what in ("move", "dissolve"):
            number = unit.members or None
    other = _other(slots, context)
    words["other"] = event(other)
    template = {"rename": RENAME, "move": MOVE, "form": FORM, "split": SPLIT}.get(slots.what, "")
    if slots.what == "found":
        template, words["parent"] = FOUND, event(other)
        words["form"] = f"（{FORM_NAMES[UnitForm(slots.form)]}）" if slots.form else ""
    elif slots.what == "split":
        number = len(kept["members"])
        words["names"] = _roll(names_words(list(slots.names)))
    elif slots.what == "dissolve" and unit is not None:
        template = DISSOLVE
        words["into"] = _into(unit, other, slots)
    try_out(context.session, lambda: _do(slots, kept.get("members", ()), context))
    sure = SURE if number is None else SURE_COUNT
    text = say(f"{template}{sure}", **{**words, "n": count(number or 0)})
    return preview(context, INTENT.name, number, {**kept, "sure": True}, text)


def _into(unit: Place, other: str, slots: OrganisationSlots) -> str:
    if unit.kind is UnitKind.CELL:
        return CELL_ENDS.format(n=unit.members)
    if slots.other is None:
        if unit.members:
            raise organisation.HasMembers(unit.name, unit.members)
        return EMPTY
    return INTO.format(n=unit.members, other=other, unit=unit.name)


def _do(slots: OrganisationSlots, members: Sequence[int], context: Context) -> Reply:
    session, by, now = context.session, context.actor, context.arrived_at
    on = slots.day or context.today
    if slots.what == "found":
        place = organisation.found(
            session,
            name=slots.unit,
            kind=UnitKind.BRANCH,
            parent_id=_place(slots.other or "", context).id,
            on=on,
            by=by,
            now=now,
            form=UnitForm(slots.form) if slots.form else UnitForm.ORDINARY,
        )
        return _done(slots, place, context)
    unit = _place(slots.unit, context)
    if slots.what == "rename":
        place = organisation.rename(
            session, unit_id=unit.id, name=slots.other or "", on=on, by=by, now=now
        )
    elif slots.what == "move":
        parent = _place(slots.other or "", context)
        place = organisation.move(
            session, unit_id=unit.id, parent_id=parent.id, on=on, by=by, now=now
        )
    elif slots.what == "form":
        form = UnitForm(slots.form)
        place = organisation.set_form(session, unit_id=unit.id, form=form, on=on, by=by, now=now)
    elif slots.what == "split":
        place = organisation.split(
            session,
            unit_id=unit.id,
            name=slots.other or "",
            members=[MemberId(member) for member in members],
            on=on,
            by=by,
            now=now,
        )
    else:
        into = _place(slots.other, context).id if slots.other else None
        place = organisation.dissolve(session, unit_id=unit.id, into_id=into, on=on, by=by, now=now)
    return _done(slots, place, context)


def _found_cell(slots: OrganisationSlots, context: Context) -> Reply:
    """Found a cell at once: it is the branch's own matter and touches nobody yet."""
    branch_id = scopes.branch_meant(
        context.session, context.actor, Action.MANAGE_ROLL, slots.other, BRANCH_EXAMPLE
    )
    branch = scopes.name_of(context.session, branch_id)
    short = slots.unit.removeprefix(branch)
    place = organisation.found(
        context.session,
        name=f"{branch}{short}",
        kind=UnitKind.CELL,
        parent_id=branch_id,
        on=slots.day or context.today,
        by=context.actor,
        now=context.arrived_at,
    )
    return _done(replace(slots, unit=short), place, context)


def _done(slots: OrganisationSlots, place: Place, context: Context) -> Reply:
    return Reply(
        say(
            DONE[slots.what],
            unit=event(place.name),
            other=FORM_NAMES[UnitForm(slots.form)] if slots.form else "",
            day=_day(slots.day or context.today, context),
            short=event(slots.unit),
        )
    )


def _is_cell(slots: OrganisationSlots) -> bool:
    return slots.what == "cell" or slots.unit.endswith("组")


def _place(words: str, context: Context) -> Place:
    """Return the organisation that words name; a cell also by its short name."""
    unit = find_unit(context.session, words)
    return organisation.get_place(context.session, UnitId(unit.id))


def _other(slots: OrganisationSlots, context: Context) -> str:
    """Return what the other organisation is called, or is to be called."""
    if slots.what in ("rename", "split"):
        return slots.other or ""
    if slots.form is not None and slots.what == "form":
        return FORM_NAMES[UnitForm(slots.form)]
    return _place(slots.other, context).name if slots.other else ""


def _day(day: date, context: Context) -> str:
    return day_words(day) if day.year == context.today.year else f"{day.year}年{day_words(day)}"


def _roll(words: str) -> Fact:
    return Fact(FactKind.ROLL, words)


def _stored(slots: OrganisationSlots) -> dict[str, Any]:
    return {
        "what": slots.what,
        "unit": slots.unit,
        "other": slots.other,
        "names": list(slots.names),
        "form": slots.form,
        "day": slots.day and slots.day.isoformat(),
    }


def _loaded(kept: Mapping[str, Any]) -> OrganisationSlots:
    day = date.fromisoformat(kept["day"]) if kept["day"] else None
    names = tuple(kept["names"])
    return OrganisationSlots(kept["what"], kept["unit"], kept["other"], names, kept["form"], day)


INTENT = Intent(
    name="organisation",
    title="成立、更名、划转、分设、合并、撤销组织",
    recognise=recognise,
    handle=handle,
    resume=resume,
    examples=EXAMPLES,
    silent=SILENT,
    for_secretaries=True,
)
