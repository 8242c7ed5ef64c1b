"""The rows of the ledger `units`, read; nothing is looked up but what a name stands for."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from bot.domain.activity_words import read_activity
from bot.domain.calendar import ShiftPolicy
from bot.domain.series import Recurrence
from bot.domain.units import (
    FORM_NAMES,
    UNIT_ALIASES,
    UNIT_NAMES,
    UnitForm,
    UnitKind,
    find_unit_kind,
)
from bot.services.importing.cells import Cells, shown
from bot.services.importing.ledger import Column, Line, Problems
from bot.services.importing.unit_tree import LEVELS, Tree, cell_name

NAME, PARENT, KIND, ACTIVITY, LIVE_FROM = "名称", "上级", "类型", "活动日", "启用日期"
FORM, FOUNDED, ENDED = "形式", "成立日期", "撤销日期"
COLUMNS = (
    Column(NAME, "全称，不能重名", required=True, aliases=("组织名称", "党组织", "党组织名称")),
    Column(PARENT, "上级组织的名称；街道留空", aliases=("上级组织", "上级党组织")),
    Column(KIND, "街道、社区、支部、党小组；留空按名称判断", aliases=("组织类型", "类别")),
    Column(
        ACTIVITY,
        "每月几号，如 16，或第几个周几，如 第二个周五；逢休息日：16 顺延、提前、就近或不变",
    ),
    Column(LIVE_FROM, "从哪天起提醒和统计，如 2026-01-01；留空是本月1日", aliases=("启用时间",)),
    Column(FORM, f"支部写{'、'.join(FORM_NAMES.values())}之一；留空是普通支部"),
    Column(FOUNDED, "哪天成立的；不知道就留空，从启用那年1月1日算", aliases=("成立时间",)),
    Column(ENDED, "已经撤销的写哪天撤销；现在的组织要撤销，在聊天里办", aliases=("撤销时间",)),
)

_FORMS = {name: form for form, name in FORM_NAMES.items()}


@dataclass(frozen=True, slots=True)
class Wanted:
    """One line, read; None is what the file does not say."""

    line: int
    name: str
    parent: str | None
    kind: UnitKind
    activity: tuple[Recurrence, ShiftPolicy | None] | None
    live_from: date | None
    form: UnitForm | None
    founded: date | None
    ended: date | None


def read(lines: Sequence[Line], tree: Tree, problems: Problems, today: date) -> list[Wanted]:
    """Return the units that lines name, each once; what is wrong is noted."""
    found: list[Wanted] = []
    seen: dict[str, int] = {}
    for line in lines:
        cells = Cells(line, problems, today)
        unit = _read_line(cells, tree)
        if not unit.name:
            continue
        if unit.name in seen:
            cells.wrong(NAME, f"与第{seen[unit.name]}行重名。")
            continue
        seen[unit.name] = unit.line
        found.append(unit)
    return found


def _read_line(cells: Cells, tree: Tree) -> Wanted:
    name = cells.required(NAME)
    parent = cells.text(PARENT) or None
    kind = _kind(cells, name, tree)
    if kind is UnitKind.CELL and parent is not None and name:
        known = tree.find(name)  # one that was renamed need not begin with its branch
        name = name if known and known.kind is kind else cell_name(parent, name)
    return Wanted(
        line=cells.number,
        name=name,
        parent=parent,
        kind=kind,
        activity=_activity(cells),
        live_from=cells.day(LIVE_FROM, future=True),
        form=_form(cells, kind),
        founded=cells.day(FOUNDED),
        ended=_ended(cells),
    )


def _form(cells: Cells, kind: UnitKind) -> UnitForm | None:
    form = cells.one_of(FORM, _FORMS)
    if form not in (None, UnitForm.ORDINARY) and kind is not UnitKind.BRANCH:
        cells.wrong(FORM, "只有支部才写形式，请留空。")
    return form


def _ended(cells: Cells) -> date | None:
    founded, ended = cells.day(FOUNDED), cells.day(ENDED)
    if founded and ended and ended <= founded:
        cells.wrong(ENDED, f"要在成立日期{founded}之后，请核对。")
    return ended


def _kind(cells: Cells, name: str, tree: Tree) -> UnitKind:
    text = cells.text(KIND)
    kind = find_unit_kind(text) if text else _guess(name, tree)
    if kind is None and text:
        cells.wrong(KIND, f"只能是{'、'.join(UNIT_NAMES.values())}，现在是{shown(text)}。")
    elif kind is None and name:
        cells.wrong(KIND, f"没有填，从名称看不出。请写{'、'.join(UNIT_NAMES.values())}之一。")
    return kind or UnitKind.BRANCH


def _guess(name: str, tree: Tree) -> UnitKind | None:
    known = tree.find(name)
    if known is not None:
        return known.kind
    words = [(word, kind) for kind in LEVELS for word in UNIT_ALIASES[kind]]
    fitting = [(len(word), kind) for word, kind in words if name.endswith(word)]
    return max(fitting, key=lambda item: item[0])[1] if fitting else None


def _activity(cells: Cells) -> tuple[Recurrence, ShiftPolicy | None] | None:
    text = unicodedata.normalize("NFKC", cells.text(ACTIVITY))
    if not text:
        return None
    found = read_activity(text)
    if found is None:
        cells.wrong(
            ACTIVITY,
            f"应是1到31的数字，或如 第二个周五，可加顺延、提前、就近或不变，现在是{shown(text)}。",
        )
    return found
