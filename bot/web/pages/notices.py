"""`/units/…/notices`: what was sent, and writing the next: preview, head-count typed, sent once."""

from __future__ import annotations

from datetime import datetime

from flask import request, url_for
from flask.typing import ResponseReturnValue

from bot.clock import local
from bot.domain.audiences import find_audience
from bot.domain.errors import DomainError
from bot.domain.reads import Seen
from bot.domain.rights import Action
from bot.domain.wording import later_words
from bot.services import notice_pages, notices, people
from bot.services.notice_pages import Line
from bot.services.notices import Preview
from bot.services.reads import Read
from bot.web import console, forms, tables
from bot.web.announcing import about_of
from bot.web.console import ConsolePage, Visit
from bot.web.errors import status_of
from bot.web.tables import PER_PAGE, Cell, Column

PAGE = ConsolePage("notices", "通知", needs=Action.SEND_NOTICE, menu="main")

COLUMNS = (Column("通知"), Column("发出时间"), Column("谁发的"), Column("回复收到", number=True))
EMPTY = "还没有发过通知。按“写通知”，先看一遍再发。"
SOME = (
    "支委",
    "党小组长",
    "正式党员",
    "预备党员",
    "离退休党员",
    "流动党员",
    "请假的人",
    "没到会的人",
    "还没答复的人",
)
NOT_KNOWN = "不知道发给哪些人，请重新选。"


@PAGE.get("/units/<int:unit_id>/notices")
def show(unit_id: int) -> ResponseReturnValue:
    """Show what was sent, the latest first."""
    here = console.visit()
    whole = tables.wants_file()
    with console.reading() as session:
        found, total = notice_pages.list_page(
            session,
            here.place.path,
            by=here.actor,
            limit=10_000 if whole else PER_PAGE,
            offset=0 if whole else (tables.page_asked() - 1) * PER_PAGE,
            query=request.args.get("q", "")[:60],
        )
    columns = COLUMNS if here.place.holds_meetings else (*COLUMNS, Column("组织"))
    listing = tables.paged("通知", columns, [_row(one, here) for one in found], total, empty=EMPTY)
    if whole:
        return tables.as_file(listing, here)
    return console.render("notices.html", listing=listing)


@PAGE.get("/units/<int:unit_id>/notices/new")
def new(unit_id: int) -> ResponseReturnValue:
    """Show the form a notice is written in."""
    return _form(None)


@PAGE.post("/units/<int:unit_id>/notices/new")
def look(unit_id: int) -> ResponseReturnValue:
    """Show a notice as telephones will, for whom it is, and when it leaves; nothing is sent."""
    here, office = console.visit(), console.office_of()
    body = forms.text("body")
    try:
        some = forms.text("some")
        audience = find_audience(some) if some else None
        if some and audience is None:
            raise forms.Unfilled(NOT_KNOWN)
        with console.writing() as session:
            shown = notices.draft(
                session,
                body=body,
                by=here.actor,
                routes=office.routes,
                hours=office.hours,
                now=here.now,
                about=about_of(body, here.now),
                audience=audience,
                send_at=_send_at(),
            )
            lately = 0 if audience else notices.count_lately(session, by=here.actor, now=here.now)
    except DomainError as error:
        return _form(error)
    return console.render(
        "notice_look.html",
        told=[Read(Seen.ROLL, here.place.id)],
        shown=shown,
        called=people.tell_apart(shown.persons),
        whom=shown.label or f"{shown.unit}全体",
        leaves=_leaves(shown, here),
        lately=lately if lately >= office.hours.policy.notices_per_week else 0,
    )


def _send_at() -> datetime | None:
    return forms.moment("day", "time", "哪一天") if forms.text("day") else None


def _leaves(shown: Preview, here: Visit) -> str:
    return "" if shown.leaves_at <= here.now else later_words(shown.leaves_at, here.now)


def _form(error: DomainError | None) -> ResponseReturnValue:
    return console.render(
        "notice_new.html",
        problem="" if error is None else error.sentence,
        status=200 if error is None else status_of(error),
        some=SOME,
        typed=request.form,
    )


def _row(one: Line, here: Visit) -> list[Cell]:
    title = one.title if one.version == 1 else f"{one.title}（第{one.version}版）"
    cells = [
        Cell(title, url_for("notice.show", notice_id=one.id)),
        Cell(f"{local(one.released_at):%Y-%m-%d %H:%M}"),
        Cell(one.by or "—"),
        Cell(f"{one.acknowledged}/{one.people}"),
    ]
    return cells if here.place.holds_meetings else [*cells, Cell(one.unit)]
