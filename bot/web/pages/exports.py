"""`/units/…/exports`: every ledger as a spreadsheet that can be imported again."""

from __future__ import annotations

import tempfile
from datetime import date
from pathlib import Path

from flask import request
from flask.typing import ResponseReturnValue

from bot.domain.errors import DomainError, NotFound
from bot.domain.rights import Action
from bot.services import exporting
from bot.services.exporting import EXPORTS, Request
from bot.services.importing import LEDGERS
from bot.web import console, tables
from bot.web.console import ConsolePage

PAGE = ConsolePage("exports", "导出台账", needs=Action.MANAGE_ROLL, menu="more")

BACKWARDS = "到的日期比从的日期还早，请核对。"


@PAGE.get("/units/<int:unit_id>/exports")
def show(unit_id: int) -> ResponseReturnValue:
    """Show which ledgers there are."""
    here = console.visit()
    ledgers = [
        (ledger.name, ledger.title, EXPORTS[ledger.name].dated) for ledger in LEDGERS.values()
    ]
    year = here.today.year
    return console.render("exports.html", ledgers=ledgers, first=f"{year}-01-01", last=here.today)


@PAGE.get("/units/<int:unit_id>/exports/<ledger>")
def take(unit_id: int, ledger: str) -> ResponseReturnValue:
    """Answer a ledger as a file; who took it is written down, and stands on it."""
    here, office = console.visit(), console.office_of()
    found = LEDGERS.get(ledger)
    if found is None:
        raise NotFound("没有这本台账。")
    dated = EXPORTS[ledger].dated
    first, last = (_day("first"), _day("last")) if dated else (None, None)
    if first and last and last < first:
        raise DomainError(BACKWARDS)
    asked = Request(here.actor, here.now, office.spaces, first, last)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "ledger.xlsx"
        with console.reading() as session:
            rows = exporting.write_file(session, found, path, asked)
        with console.writing() as session:
            exporting.record(session, found, asked, rows)
        body = path.read_bytes()
    name = f"{here.place.name}-{found.title}-{here.today:%Y%m%d}.xlsx"
    return tables.file_response(body, name, tables.XLSX)


def _day(name: str) -> date | None:
    written = request.args.get(name, "")
    try:
        return date.fromisoformat(written) if written else None
    except ValueError:
        raise DomainError("日期没看懂，请这样写：2026-01-01。") from None
