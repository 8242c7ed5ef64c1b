"""`/places`: the units one answers for, to work in another of them."""

from __future__ import annotations

from flask import redirect, url_for
from flask.typing import ResponseReturnValue

from bot.domain.units import UNIT_NAMES
from bot.services import console_places
from bot.web import console, tables
from bot.web.console import ConsolePage
from bot.web.tables import Cell, Column

PAGE = ConsolePage("places", "换一个组织", needs=None)

COLUMNS = (Column("名称"), Column("类型"))
EMPTY = "您现在没有管着的组织。请街道党务专干登记您的职务。"


@PAGE.get("/places")
def show() -> ResponseReturnValue:
    """Show the units one answers for."""
    here = console.visit()
    with console.reading() as session:
        places = console_places.list_open(session, here.member)
    rows = [
        (Cell(place.name, url_for("places.choose", unit_id=place.id)), Cell(UNIT_NAMES[place.kind]))
        for place in places
    ]
    listing = tables.arrange("我管的组织", COLUMNS, rows, empty=EMPTY)
    if tables.wants_file():
        return tables.as_file(listing, here)
    return console.render("list.html", listing=listing)


@PAGE.get("/units/<int:unit_id>")
def choose(unit_id: int) -> ResponseReturnValue:
    """Work in a unit from now on: the guard has seen to it that one may."""
    return redirect(url_for("today.show"), 303)
