"""`/units/…/members`: the roll as of a day; who is in the unit and below."""

from __future__ import annotations

from datetime import date

from flask import request, url_for
from flask.typing import ResponseReturnValue

from bot.domain.reads import Seen
from bot.domain.rights import Action
from bot.services import roll_pages
from bot.services.reads import Read
from bot.services.roll_pages import OnRoll
from bot.web import console, tables
from bot.web.console import ConsolePage, Visit
from bot.web.tables import PER_PAGE, Cell, Column

PAGE = ConsolePage("members", "党员", needs=Action.MANAGE_ROLL, menu="main")

COLUMNS = (
    Column("姓名"),
    Column("党员类型"),
    Column("党小组"),
    Column("职务"),
    Column("手机尾号"),
    Column("账号"),
)
EMPTY = "名册还是空的。按“导入名册”，先下载空表，填好再传上来。"
BOUND, UNBOUND = "有", "没有"


@PAGE.get("/units/<int:unit_id>/members")
def show(unit_id: int) -> ResponseReturnValue:
    """Show the roll."""
    here = console.visit()
    on = _day(here)
    whole = tables.wants_file()
    with console.reading() as session:
        found, total = roll_pages.list_page(
            session,
            here.place.path,
            by=here.actor,
            on=on,
            query=request.args.get("q", "")[:60],
            limit=None if whole else PER_PAGE,
            offset=0 if whole else (tables.page_asked() - 1) * PER_PAGE,
        )
    columns = COLUMNS if here.place.holds_meetings else (COLUMNS[0], Column("党组织"), *COLUMNS[1:])
    rows = [_row(one, here) for one in found]
    listing = tables.paged("党员", columns, rows, total, empty=EMPTY)
    told = [Read(Seen.ROLL, here.place.id)] if found else []
    if whole:
        console.note(told)
        return tables.as_file(listing, here)
    return console.render(
        "members.html", told=told, listing=listing, on=on, is_today=on == here.today
    )


def _day(here: Visit) -> date:
    try:
        return date.fromisoformat(request.args.get("on", ""))
    except ValueError:
        return here.today


def _row(one: OnRoll, here: Visit) -> list[Cell]:
    cells = [
        Cell(one.name, url_for("member.show", member_id=one.id)),
        Cell(one.kind),
        Cell(one.cell or "—"),
        Cell(one.posts or "—"),
        Cell(one.phone_tail or "—"),
        Cell(BOUND if one.bound else UNBOUND, tone="" if one.bound else "wait"),
    ]
    return cells if here.place.holds_meetings else [cells[0], Cell(one.branch), *cells[1:]]
