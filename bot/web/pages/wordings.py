"""`/units/…/wordings`: what was not understood, most often first; what was taught."""

from __future__ import annotations

from flask import request, url_for
from flask.typing import ResponseReturnValue

from bot.domain.errors import DomainError
from bot.domain.rights import Action
from bot.domain.wording import moment_words
from bot.services import wordings
from bot.web import console, forms
from bot.web.console import ConsolePage
from bot.web.errors import status_of

PAGE = ConsolePage("wordings", "没看懂的", needs=Action.TEACH_WORDINGS, menu="more")

TAUGHT = "记住了：“{wording}”就是“{target}”，现在起生效。"
FORGOTTEN = "“{wording}”不再算“{target}”了。"


@PAGE.get("/units/<int:unit_id>/wordings")
def show(unit_id: int) -> ResponseReturnValue:
    """Show what was not understood, each with a field to teach what it means."""
    return _page()


@PAGE.post("/units/<int:unit_id>/wordings")
def teach(unit_id: int) -> ResponseReturnValue:
    """Let a wording stand for a sentence, if that does no harm."""
    here, office = console.visit(), console.office_of()
    try:
        target = forms.needed("target", "它是什么意思")
        with console.writing() as session:
            number = forms.number("number")
            wording = (
                wordings.get_unread(session, office.seal, number, by=here.actor)
                if number > 0
                else forms.needed("wording", "怎么说的")
            )
            office.check_lesson(wording, target, here.now)
            taught = wordings.teach(
                session, wording=wording, target=target, by=here.actor, now=here.now
            )
    except DomainError as error:
        return _page(error)
    sentence = TAUGHT.format(wording=taught.wording, target=taught.target)
    return console.done(sentence, url_for("wordings.show", unit_id=here.place.id))


@PAGE.post("/units/<int:unit_id>/wordings/forget")
def forget(unit_id: int) -> ResponseReturnValue:
    """End a wording."""
    here = console.visit()
    try:
        with console.writing() as session:
            gone = wordings.revoke(session, forms.number("number"), by=here.actor, now=here.now)
    except DomainError as error:
        return _page(error)
    sentence = FORGOTTEN.format(wording=gone.wording, target=gone.target)
    return console.done(sentence, url_for("wordings.show", unit_id=here.place.id))


def _page(error: DomainError | None = None) -> ResponseReturnValue:
    here, office = console.visit(), console.office_of()
    with console.reading() as session:
        unread = wordings.list_unread(session, office.seal, by=here.actor)
        taught = wordings.list_taught(session, by=here.actor)
    return console.render(
        "wordings.html",
        status=200 if error is None else status_of(error),
        problem="" if error is None else error.sentence,
        unread=unread,
        taught=taught,
        typed=request.form,
        when=moment_words,
    )
