"""`/units/…/dues`: who has paid which month of a year; of a street, how far each branch is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from flask import request, url_for
from flask.typing import ResponseReturnValue

from bot.domain.dues import STATE_NAMES, MonthState
from bot.domain.errors import DomainError
from bot.domain.money import yuan
from bot.domain.periods import Month
from bot.domain.reads import Seen
from bot.domain.rights import Action
from bot.services import dues_confirming, dues_lists, people, scopes
from bot.services.dues import Balance
from bot.services.dues_confirming import ToConfirm
from bot.services.dues_members import Payer
from bot.services.reads import Read
from bot.web import console, tables
from bot.web.console import ConsolePage, Visit
from bot.web.tables import Cell, Column

PAGE = ConsolePage("dues", "党费", needs=Action.CONFIRM_DUES, menu="main")

NOBODY = (
    "还没有人的党费在这里。先核定每月交多少：私聊小助手回复 核定党费，或者导入台账 assessments。"
)
MARKS: Mapping[MonthState, str] = {
    MonthState.PAID: "✓",
    MonthState.OVER: "✓",
    MonthState.DECLARED: "待",
    MonthState.PART: "半",
    MonthState.UNPAID: "○",
    MonthState.EXEMPT: "免",
    MonthState.SETTLED_BEFORE: "前",
    MonthState.NOT_DUE: "",
}
"""What stands in a field of the grid; the legend below it and a reader's ear get the whole words."""
_SETTLED = frozenset({MonthState.PAID, MonthState.OVER})
_ASKED = _SETTLED | {MonthState.DECLARED, MonthState.PART, MonthState.UNPAID}


@dataclass(frozen=True, slots=True)
class Line:
    """One member's year."""

    name: str
    href: str
    months: tuple[tuple[MonthState, str], ...]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a month is."""

    month: Month
    paid: int
    waiting: int
    asked: int


@PAGE.get("/units/<int:unit_id>/dues")
def show(unit_id: int) -> ResponseReturnValue:
    """Show the grid of a branch, or the branches of a street."""
    here = console.visit()
    year = min(max(request.args.get("year", here.today.year, type=int), 2000), here.today.year)
    if not here.place.holds_meetings:
        return _branches(here)
    months = [Month(year, number) for number in range(1, 13)]
    with console.reading() as session:
        found = dues_lists.list_taken(session, here.place.id, months, here.today)
    lines = _lines(found, months, Month.of(here.today))
    if tables.wants_file():
        return _file(lines, months, year)
    return console.render(
        "dues.html",
        told=[Read(Seen.DUES, here.place.id)] if lines else [],
        year=year,
        this_year=here.today.year,
        months=months,
        lines=lines,
        marks=MARKS,
        names=STATE_NAMES,
        progress=_progress(found, months, here),
        waiting=len(_waiting(here)),
        empty=NOBODY,
        is_branch=here.place.is_branch,
    )


def _waiting(here: Visit) -> list[ToConfirm]:
    try:
        with console.reading() as session:
            return dues_confirming.list_waiting(session, by=here.actor, today=here.today)
    except DomainError:
        return []


def _lines(
    found: list[tuple[Payer, dict[Month, Balance]]], months: list[Month], this: Month
) -> list[Line]:
    called = people.tell_apart([payer.person for payer, _ in found])
    return [
        Line(
            called[payer.person.id],
            url_for("member.show", member_id=payer.person.id),
            tuple(_field(own.get(month), is_ahead=month > this) for month in months),
        )
        for payer, own in found
    ]


def _field(balance: Balance | None, *, is_ahead: bool) -> tuple[MonthState, str]:
    if balance is None:
        return MonthState.NOT_DUE, ""
    state = balance.state
    if is_ahead and state is MonthState.UNPAID:
        return MonthState.NOT_DUE, ""  # nobody owes what is to come
    if state is MonthState.PART:
        return state, f"已交{yuan(balance.confirmed_fen)}元，还差{yuan(balance.open_fen)}元"
    return state, f"{yuan(balance.confirmed_fen)}元" if state in _SETTLED else ""


def _progress(
    found: list[tuple[Payer, dict[Month, Balance]]], months: list[Month], here: Visit
) -> list[Progress]:
    """Return how far each month up to this one is, the latest first."""
    this = Month.of(here.today)
    rows = []
    for month in months:
        if month > this:
            break
        states = Counter(own[month].state for _, own in found if month in own)
        asked = sum(n for state, n in states.items() if state in _ASKED)
        paid = sum(n for state, n in states.items() if state in _SETTLED)
        rows.append(Progress(month, paid, states[MonthState.DECLARED], asked))
    return rows[::-1]


def _branches(here: Visit) -> ResponseReturnValue:
    """Show how far each branch of a street is with this month and the one before."""
    this = Month.of(here.today)
    months = (this.shift(-1), this)
    with console.reading() as session:
        counts = [
            dues_lists.month_counts(session, here.place.id, month, here.today) for month in months
        ]
        branches = dict(_branch_ids(here))
    columns = [Column("支部")]
    for month in months:
        columns += [
            Column(f"{month.number}月交齐", number=True),
            Column(f"{month.number}月待核对", number=True),
        ]
    rows = []
    for index, (name, _) in enumerate(counts[0]):
        cells = [Cell(name, url_for("dues.show", unit_id=branches[name]))]
        for per_month in counts:
            states = per_month[index][1]
            asked = sum(n for state, n in states.items() if state in _ASKED)
            paid = sum(n for state, n in states.items() if state in _SETTLED)
            cells += [
                Cell(f"{paid}/{asked}", order=paid / asked if asked else 1),
                Cell(str(states[MonthState.DECLARED]), order=states[MonthState.DECLARED]),
            ]
        rows.append(cells)
    listing = tables.arrange("各支部的党费", columns, rows, empty="这里下面还没有支部。")
    if tables.wants_file():
        return tables.as_file(listing, here)
    return console.render("list.html", listing=listing)


def _branch_ids(here: Visit) -> list[tuple[str, int]]:
    with console.reading() as session:
        return [(name, unit) for unit, name in scopes.list_branches_below(session, here.place.id)]


def _file(lines: list[Line], months: list[Month], year: int) -> ResponseReturnValue:
    columns = [Column("姓名"), *(Column(f"{month.number}月") for month in months)]
    rows = [
        [Cell(line.name), *(Cell(STATE_NAMES[state] + words) for state, words in line.months)]
        for line in lines
    ]
    listing = tables.arrange(f"{year}年党费", columns, rows, empty=NOBODY)
    return tables.as_file(listing, console.visit())
