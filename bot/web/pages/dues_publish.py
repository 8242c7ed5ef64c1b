"""`/units/…/dues/publish`: what a branch may be told of its dues, as the group will read it."""

from __future__ import annotations

from flask import request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from bot.domain.errors import DomainError
from bot.domain.periods import Month, months_between
from bot.domain.privacy import Fact, FactKind, say
from bot.domain.rights import Action
from bot.domain.units import UnitKind
from bot.services import dues_publication, outbox, undo
from bot.services.dues_publication import Statement
from bot.services.dues_statement import statement_text
from bot.services.outbox import Letter
from bot.web import console, forms
from bot.web.console import ConsolePage, Visit
from bot.web.errors import status_of

PAGE = ConsolePage("dues_publish", "公示党费", needs=Action.CONFIRM_DUES, kinds=(UnitKind.BRANCH,))

SENT = "已交平台发到群里，已登记公示。"
BY_HAND = "已登记公示。请把上面的文字转到群里或者贴出来。"
NOT_BACK = "公示不能撤销。数字有变动的，请再公示一次。"
CHANGED = "数字刚刚有变动，这次没有公示。请再看一遍。"
_QUARTERS = 6


@PAGE.get("/units/<int:unit_id>/dues/publish")
def show(unit_id: int) -> ResponseReturnValue:
    """Show what would be told of a quarter; nothing is sent."""
    return _page(request.args.get("quarter", ""))


@PAGE.post("/units/<int:unit_id>/dues/publish")
def publish(unit_id: int) -> ResponseReturnValue:
    """Tell what was shown, if it is still so."""
    here, office = console.visit(), console.office_of()
    quarter = forms.text("quarter")
    try:
        with console.writing() as session:
            statement = _draft(session, here, quarter)
            words = statement_text(statement).words
            if words != forms.text("shown").replace("\r\n", "\n"):
                raise DomainError(CHANGED)
            number = dues_publication.publish(session, statement, by=here.actor, now=here.now)
            undo.bar(
                session, member_id=here.member_id, sentence=NOT_BACK, title="公示党费", at=here.now
            )
            has_group = bool(outbox.groups_of(session, office.routes, {here.place.id}))
            if has_group:
                key = f"dues_published:{number}"
                letter = Letter(
                    key=key,
                    text=say("{body}", body=Fact(FactKind.PUBLISHED, words)),
                    due_at=office.hours.allow(here.now, key),
                    unit_id=here.place.id,
                    rule="aside",
                )
                outbox.enqueue(session, office.routes, [letter], here.now)
    except DomainError as error:
        return _page(quarter, error)
    to = url_for("dues_publish.show", unit_id=here.place.id, quarter=quarter)
    return console.done(SENT if has_group else BY_HAND, to)


def _page(quarter: str, error: DomainError | None = None) -> ResponseReturnValue:
    here, office = console.visit(), console.office_of()
    quarters = _quarters(here)
    quarter = quarter if quarter in dict(quarters) else quarters[0][0]
    words, nothing = "", ""
    with console.reading() as session:
        try:
            words = statement_text(_draft(session, here, quarter)).words
        except DomainError as refusal:
            nothing = refusal.sentence
        has_group = bool(outbox.groups_of(session, office.routes, {here.place.id}))
    return console.render(
        "dues_publish.html",
        status=200 if error is None else status_of(error),
        problem="" if error is None else error.sentence,
        nothing=nothing,
        words=words,
        quarter=quarter,
        quarters=quarters,
        has_group=has_group,
    )


def _draft(session: Session, here: Visit, quarter: str) -> Statement:
    year, _, number = quarter.partition("Q")
    if not (year.isdigit() and number.isdigit() and 1 <= int(number) <= 4):
        raise forms.Unfilled("是哪个季度还没有选。")
    first = Month(int(year), int(number) * 3 - 2)
    last = min(first.shift(2), Month.of(here.today))
    return dues_publication.draft(
        session,
        by=here.actor,
        unit=here.place.name,
        months=tuple(months_between(first, last)),
        today=here.today,
    )


def _quarters(here: Visit) -> list[tuple[str, str]]:
    this = Month.of(here.today)
    found = []
    for back in range(_QUARTERS):
        quarter = this.shift(-3 * back).quarter
        found.append((str(quarter), f"{quarter.year}年{'一二三四'[quarter.number - 1]}季度"))
    return found
