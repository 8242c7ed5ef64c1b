"""`/units/…/dues/waiting`: what members have declared, ticked off, looked at once more, confirmed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from bot.domain.errors import DomainError
from bot.domain.money import yuan
from bot.domain.reads import Seen
from bot.domain.rights import Action
from bot.domain.wording import month_words
from bot.services import dues_confirming, dues_letters, undo
from bot.services.dues_confirming import ChangedMeanwhile, NothingToConfirm, ToConfirm
from bot.services.reads import Read
from bot.web import console, forms
from bot.web.console import ConsolePage, Visit
from bot.web.errors import status_of

PAGE = ConsolePage("dues_waiting", "核对党费", needs=Action.CONFIRM_DUES)

DONE = "已核对{people}人{lines}笔，共{amount}元。{told}人会收到回执。"
NONE_CHOSEN = "一笔也没有选。请在要核对的前面打勾。"
NOT_BACK = "核对不能撤销。金额不对，请一个月一个月更正，写上原因，例如：更正 张三 3月党费 15 记错了"
CHANGED = "刚刚有变动，这次一笔也没有记。请再看一遍。"


@PAGE.get("/units/<int:unit_id>/dues/waiting")
def show(unit_id: int) -> ResponseReturnValue:
    """Show what waits, all of it ticked."""
    return _page()


@PAGE.post("/units/<int:unit_id>/dues/waiting")
def look(unit_id: int) -> ResponseReturnValue:
    """Show once more what was ticked, with what it comes to."""
    here = console.visit()
    try:
        with console.reading() as session:
            chosen = _chosen(session, here)
    except DomainError as error:
        return _page(error)
    return console.render("dues_look.html", told=_told(chosen), **_values(chosen, here))


@PAGE.post("/units/<int:unit_id>/dues/confirm")
def confirm(unit_id: int) -> ResponseReturnValue:
    """Confirm what was shown, and write the receipts."""
    here, office = console.visit(), console.office_of()
    try:
        with console.writing() as session:
            chosen = _chosen(session, here)
            if sum(line.fen for line in chosen) != forms.number("fen"):
                raise ChangedMeanwhile(CHANGED)
            receipts = dues_confirming.confirm(session, chosen, by=here.actor, now=here.now)
            undo.bar(
                session, member_id=here.member_id, sentence=NOT_BACK, title="核对党费", at=here.now
            )
            told = dues_letters.post(
                session,
                receipts,
                chosen,
                by=here.actor,
                routes=office.routes,
                hours=office.hours,
                now=here.now,
            )
    except DomainError as error:
        return _page(error)
    amount = yuan(sum(line.fen for line in chosen))
    people = len({line.member_id for line in chosen})
    sentence = DONE.format(people=people, lines=len(chosen), amount=amount, told=told)
    return console.done(sentence, url_for("dues.show", unit_id=here.place.id))


def _page(error: DomainError | None = None) -> ResponseReturnValue:
    here = console.visit()
    with console.reading() as session:
        lines = _waiting(session, here)
    return console.render(
        "dues_waiting.html",
        told=_told(lines),
        status=200 if error is None else status_of(error),
        problem="" if error is None else error.sentence,
        **_values(lines, here),
    )


def _waiting(session: Session, here: Visit) -> list[ToConfirm]:
    try:
        return dues_confirming.list_waiting(session, by=here.actor, today=here.today)
    except NothingToConfirm:
        return []


def _chosen(session: Session, here: Visit) -> list[ToConfirm]:
    """Return the lines that were ticked, as they stand now.

    Raises:
        Unfilled: None was.
        ChangedMeanwhile: One of them does not wait any more.
    """
    wanted = forms.numbers("entry")
    if not wanted:
        raise forms.Unfilled(NONE_CHOSEN)
    waiting = {line.entry_id: line for line in _waiting(session, here)}
    if any(entry not in waiting for entry in wanted):
        raise ChangedMeanwhile(CHANGED)
    return [waiting[entry] for entry in dict.fromkeys(wanted)]


def _values(lines: Sequence[ToConfirm], here: Visit) -> dict[str, Any]:
    return {
        "lines": lines,
        "people": len({line.member_id for line in lines}),
        "fen": sum(line.fen for line in lines),
        "yuan": yuan,
        "month": lambda line: (
            "自愿多交" if line.extra else month_words(line.month, here.today.year)
        ),
    }


def _told(lines: Sequence[ToConfirm]) -> list[Read]:
    members = tuple(dict.fromkeys(line.member_id for line in lines))
    return [Read(Seen.DUES, members=members)] if members else []
