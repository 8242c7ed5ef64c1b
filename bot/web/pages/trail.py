"""`/units/…/trail`: who did what, the latest first; nothing here can be changed."""

from __future__ import annotations

from flask.typing import ResponseReturnValue

from bot.clock import local
from bot.domain.rights import Action
from bot.services import audit_recent
from bot.services.audit_recent import Done
from bot.web import console, tables
from bot.web.console import ConsolePage
from bot.web.tables import PER_PAGE, Cell, Column

PAGE = ConsolePage("trail", "留痕", needs=Action.MANAGE_ROLL, menu="more")

COLUMNS = (
    Column("什么时候"),
    Column("谁"),
    Column("做了什么"),
    Column("对什么"),
    Column("从哪里"),
    Column("原因"),
)
EMPTY = "还没有人做过什么。以后谁做了什么都会记在这里，改不掉。"


@PAGE.get("/units/<int:unit_id>/trail")
def show(unit_id: int) -> ResponseReturnValue:
    """Show who did what."""
    here = console.visit()
    whole = tables.wants_file()
    with console.reading() as session:
        found, total = audit_recent.list_page(
            session,
            here.place.path,
            by=here.actor,
            now=here.now,
            limit=10_000 if whole else PER_PAGE,
            offset=0 if whole else (tables.page_asked() - 1) * PER_PAGE,
        )
    listing = tables.paged("留痕", COLUMNS, [_row(one) for one in found], total, empty=EMPTY)
    if whole:
        return tables.as_file(listing, here)
    return console.render("choices.html", listing=listing, choices=[])


def _row(one: Done) -> list[Cell]:
    return [
        Cell(f"{local(one.at):%Y-%m-%d %H:%M}"),
        Cell(one.who),
        Cell(one.what),
        Cell(one.about or "—"),
        Cell(one.how),
        Cell(one.reason or "—"),
    ]
