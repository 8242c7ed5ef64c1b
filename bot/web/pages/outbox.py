"""`/units/…/outbox`: what the bot sent and is going to send, to whom, why, what became of it."""

from __future__ import annotations

from flask import request, url_for
from flask.typing import ResponseReturnValue

from bot.clock import local
from bot.domain.reads import Seen
from bot.domain.rights import Action
from bot.domain.sending import SendState
from bot.services import outbox_pages
from bot.services.outbox_pages import STATE_NAMES, Sent
from bot.services.reads import Read
from bot.web import console, tables
from bot.web.console import ConsolePage
from bot.web.tables import PER_PAGE, Cell, Column

PAGE = ConsolePage("outbox", "发出的话", needs=Action.VIEW_LISTS, menu="more")

COLUMNS = (
    Column("发给"),
    Column("说什么"),
    Column("什么时候"),
    Column("结果"),
    Column("依据"),
)
EMPTY = "还没有要发的话。有会、有通知、有提醒，就会出现在这里。"
CHOICES = {
    "failed": ("没送到的", (SendState.REFUSED, SendState.UNCERTAIN)),
    "waiting": ("等着发的", (SendState.QUEUED, SendState.CLAIMED, SendState.SENDING)),
    "all": ("全部", ()),
}
_TONES = {
    SendState.ACCEPTED: "good",
    SendState.REFUSED: "bad",
    SendState.UNCERTAIN: "wait",
    SendState.EXPIRED: "wait",
}


@PAGE.get("/units/<int:unit_id>/outbox")
def show(unit_id: int) -> ResponseReturnValue:
    """Show what failed first; the rest is one press away."""
    here = console.visit()
    which = request.args.get("which", "failed")
    title, states = CHOICES.get(which, CHOICES["failed"])
    whole = tables.wants_file()
    with console.reading() as session:
        found, total = outbox_pages.list_page(
            session,
            here.place.path,
            by=here.actor,
            now=here.now,
            states=states,
            limit=10_000 if whole else PER_PAGE,
            offset=0 if whole else (tables.page_asked() - 1) * PER_PAGE,
        )
    listing = tables.paged(title, COLUMNS, [_row(one) for one in found], total, empty=EMPTY)
    told = [Read(Seen.RECEIPTS, here.place.id)] if found else []
    if whole:
        console.note(told)
        return tables.as_file(listing, here)
    choices = [
        (url_for("outbox.show", unit_id=here.place.id, which=key), words, key == which)
        for key, (words, _) in CHOICES.items()
    ]
    return console.render("choices.html", told=told, listing=listing, choices=choices)


def _row(one: Sent) -> list[Cell]:
    moment = one.finished_at or one.due_at
    result = STATE_NAMES.get(one.state, one.state.value)
    return [
        Cell(one.to),
        Cell(one.text if len(one.text) < 60 else one.text[:58] + "…"),
        Cell(f"{local(moment):%m-%d %H:%M}"),
        Cell(f"{result}：{one.detail}" if one.detail else result, tone=_TONES.get(one.state, "")),
        Cell(one.source or "—"),
    ]
