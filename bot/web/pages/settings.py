"""`/units/…/settings`: what a branch has settled for itself, since when, by whom, why."""

from __future__ import annotations

from flask import request, url_for
from flask.typing import ResponseReturnValue

from bot.domain.errors import DomainError
from bot.domain.policies import Policy
from bot.domain.policy_table import POLICIES
from bot.domain.rights import Action
from bot.services import policy_book
from bot.services.policy_book import InForce
from bot.web import console, forms
from bot.web.console import ConsolePage
from bot.web.errors import status_of

PAGE = ConsolePage("settings", "规定", needs=Action.MANAGE_ROLL, menu="more")

DONE = "{unit}的{name}从{since}起：{words}。"


@PAGE.get("/units/<int:unit_id>/settings")
def show(unit_id: int) -> ResponseReturnValue:
    """Show what holds, and the form that settles something else."""
    return _page()


@PAGE.post("/units/<int:unit_id>/settings")
def settle(unit_id: int) -> ResponseReturnValue:
    """Settle one thing from a day on; the past stays as it was."""
    here = console.visit()
    try:
        policy = _policy()
        since = forms.day("since", "从哪天起")
        with console.writing() as session:
            unit, after = policy_book.decide(
                session,
                policy=policy,
                written=forms.needed("value", "定成什么"),
                since=since,
                decided_by=forms.text("decided_by", longest=60),
                reason=forms.text("reason", longest=120),
                unit=here.place.name,
                by=here.actor,
                now=here.now,
            )
    except DomainError as error:
        return _page(error)
    words = policy.words(after.value, since)
    sentence = DONE.format(unit=unit, name=policy.name, since=since, words=words)
    return console.done(sentence, url_for("settings.show", unit_id=here.place.id))


def _policy() -> Policy:
    found = next((one for one in POLICIES if one.key == forms.text("key")), None)
    if found is None:
        raise forms.Unfilled("要定哪一条还没有选。")
    return found


def _page(error: DomainError | None = None) -> ResponseReturnValue:
    here = console.visit()
    with console.reading() as session:
        found = policy_book.list_in_force(session, here.place.id, here.today)
    return console.render(
        "settings.html",
        status=200 if error is None else status_of(error),
        problem="" if error is None else error.sentence,
        lines=[(one, one.policy.words(one.value, here.today), _whence(one)) for one in found],
        typed=request.form,
        today=here.today.isoformat(),
    )


def _whence(one: InForce) -> str:
    entry = one.entry
    if entry is None:
        return "没有另定，按规定或习惯"
    why = f"，原因：{entry.reason}" if entry.reason else ""
    return f"{entry.unit}，{entry.since}起，{entry.decided_by}定的{why}"
