"""`/units/…/import`: a ledger from a spreadsheet: an empty form, a preview, then all of it or nothing."""

from __future__ import annotations

import tempfile
from pathlib import Path

from flask import request, url_for
from flask.typing import ResponseReturnValue

from bot.domain.errors import DomainError, NotFound
from bot.domain.rights import Action
from bot.services import exporting, importing
from bot.services.importing import LEDGERS, ImportRefused, Ledger, OnlyExported, Outcome, Source
from bot.web import console, tables, uploads
from bot.web.console import ConsolePage
from bot.web.errors import status_of

PAGE = ConsolePage("intake", "导入台账", needs=Action.MANAGE_ROLL, menu="more")

FIRST = "roster"
DONE = "{title}导入好了：新增{added}，修改{changed}，没有变化{same}。"


@PAGE.get("/units/<int:unit_id>/import")
def show(unit_id: int) -> ResponseReturnValue:
    """Show how a ledger is brought in."""
    return _page(request.args.get("ledger", FIRST))


@PAGE.get("/units/<int:unit_id>/import/<ledger>/form")
def form(unit_id: int, ledger: str) -> ResponseReturnValue:
    """Answer an empty form that says how it is filled in."""
    found = _ledger(ledger)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "form.xlsx"
        exporting.empty_form(found, path)
        body = path.read_bytes()
    return tables.file_response(body, f"{found.title}-空表.xlsx", tables.XLSX)


@PAGE.post("/units/<int:unit_id>/import/<ledger>")
def look(unit_id: int, ledger: str) -> ResponseReturnValue:
    """Show what a file would change; nothing is written."""
    found = _ledger(ledger)
    try:
        outcome = _run(found, uploads.keep(request.files.get("file")), dry=True)
    except DomainError as error:
        uploads.drop()
        return _page(found.name, error)
    return _page(found.name, outcome=outcome)


@PAGE.post("/units/<int:unit_id>/import/<ledger>/confirm")
def confirm(unit_id: int, ledger: str) -> ResponseReturnValue:
    """Write what was shown: all of the file, or nothing."""
    found = _ledger(ledger)
    try:
        outcome = _run(found, uploads.find(), dry=False)
    except DomainError as error:
        return _page(found.name, error)
    uploads.drop()
    sentence = DONE.format(
        title=found.title, added=outcome.added, changed=outcome.changed, same=outcome.unchanged
    )
    here = console.visit()
    return console.done(sentence, url_for("intake.show", unit_id=here.place.id, ledger=found.name))


def _ledger(name: str) -> Ledger:
    found = LEDGERS.get(name)
    if found is None:
        raise NotFound("没有这本台账。")
    found.check_open()
    return found


def _open_ledgers() -> list[Ledger]:
    found = []
    for ledger in LEDGERS.values():
        try:
            ledger.check_open()
        except OnlyExported:
            continue
        found.append(ledger)
    return found


def _run(ledger: Ledger, path: Path, *, dry: bool) -> Outcome:
    here = console.visit()
    office = console.office_of()
    source = Source(
        here.actor,
        here.now,
        office.spaces,
        lambda wording, target: office.check_lesson(wording, target, here.now),
    )
    with importing.stage_file(path, ledger, source) as staged, console.writing() as session:
        outcome = importing.run_staged(session, ledger, staged, source)
        if dry:
            session.rollback()
    return outcome


def _page(
    name: str, error: DomainError | None = None, outcome: Outcome | None = None
) -> ResponseReturnValue:
    ledger = LEDGERS.get(name) or LEDGERS[FIRST]
    problems = error.problems if isinstance(error, ImportRefused) else ()
    return console.render(
        "intake.html",
        status=200 if error is None else status_of(error),
        problem="" if error is None else error.sentence,
        problems=problems,
        ledger=ledger,
        ledgers=_open_ledgers(),
        outcome=outcome,
    )
