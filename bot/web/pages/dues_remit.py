"""`/units/…/dues/remit`: what a branch has in hand, handed up once; what was handed up before."""

from __future__ import annotations

from flask import request, url_for
from flask.typing import ResponseReturnValue

from bot.clock import day_of
from bot.domain.errors import DomainError
from bot.domain.money import yuan
from bot.domain.periods import Month
from bot.domain.rights import Action
from bot.domain.units import UnitKind
from bot.domain.wording import day_words, month_words
from bot.services import dues_remittance, undo
from bot.services.dues_remittance import Draft, NothingToRemit
from bot.web import console, forms
from bot.web.console import ConsolePage, Visit
from bot.web.errors import status_of

PAGE = ConsolePage("dues_remit", "上缴党费", needs=Action.CONFIRM_DUES, kinds=(UnitKind.BRANCH,))

DONE = "已登记上缴：{year}年第{number}笔，{n}人，共{total}元。以后核对的算下一笔。"
NOT_BACK = "上缴的登记不能撤销。金额不对的，请逐个更正，差额算在下一次上缴里。"


@PAGE.get("/units/<int:unit_id>/dues/remit")
def show(unit_id: int) -> ResponseReturnValue:
    """Show what is in hand, up to a month, and what was handed up this year."""
    return _page()


@PAGE.post("/units/<int:unit_id>/dues/remit")
def remit(unit_id: int) -> ResponseReturnValue:
    """Hand up the lines that were shown, these and no others."""
    here = console.visit()
    try:
        with console.writing() as session:
            done = dues_remittance.remit(
                session,
                unit_id=here.place.id,
                up_to=_month(forms.text("up_to")),
                to_centre=forms.text("to_centre") == "1",
                entries=forms.numbers("entry"),
                by=here.actor,
                now=here.now,
            )
            undo.bar(
                session, member_id=here.member_id, sentence=NOT_BACK, title="上缴党费", at=here.now
            )
    except DomainError as error:
        return _page(error)
    sentence = DONE.format(
        year=done.year, number=done.number, n=done.people, total=yuan(done.total_fen)
    )
    return console.done(sentence, url_for("dues_remit.show", unit_id=here.place.id))


def _page(error: DomainError | None = None) -> ResponseReturnValue:
    here = console.visit()
    up_to = _month(request.args.get("up_to", ""))
    to_centre = request.args.get("to_centre") == "1"
    year = here.today.year
    drafted, problem = _draft(here, up_to, to_centre=to_centre)
    with console.reading() as session:
        before = dues_remittance.list_remitted(
            session, by=here.actor, unit=here.place.name, year=year
        )
    return console.render(
        "dues_remit.html",
        status=200 if error is None else status_of(error),
        problem="" if error is None else error.sentence,
        nothing=problem,
        draft=drafted,
        up_to=up_to,
        to_centre=to_centre,
        months=[Month.of(here.today).shift(-back) for back in range(12)],
        before=before,
        yuan=yuan,
        month=lambda one: month_words(one, year),
        day=lambda moment: day_words(day_of(moment)),
        year=year,
    )


def _draft(here: Visit, up_to: Month | None, *, to_centre: bool) -> tuple[Draft | None, str]:
    try:
        with console.reading() as session:
            drafted = dues_remittance.draft(
                session, by=here.actor, unit=here.place.name, up_to=up_to, to_centre=to_centre
            )
    except NothingToRemit as nothing:
        return None, nothing.sentence
    return drafted, ""


def _month(written: str) -> Month | None:
    try:
        return Month.parse(written) if written else None
    except ValueError:
        return None
