"""`/units/…/requests`: 补签, 代签 and 请假 that wait for a word, each with two buttons."""

from __future__ import annotations

from dataclasses import dataclass

from flask import url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from bot.domain.errors import DomainError
from bot.domain.reads import Seen
from bot.domain.rights import Action
from bot.domain.wording import moment_words
from bot.services import attendance_requests, leave_requests, request_letters
from bot.services.attendance_requests import NothingToDecide, Request
from bot.services.reads import Read
from bot.web import console, forms
from bot.web.console import ConsolePage, Visit
from bot.web.errors import status_of

PAGE = ConsolePage("requests", "等您同意", needs=Action.RECORD_ATTENDANCE, menu="more")

GRANTED = "同意了，已告诉{name}。"
REFUSED = "没有同意，已告诉{name}。"
CHANGED = "刚刚有变动，这次没有办。请再看一遍。"


@dataclass(frozen=True, slots=True)
class Waits:
    """One request as it is shown.

    Attributes:
        key: Which request, and which mark of it: decided only while that stands.
        why: The words kept of a leave, for those who keep the roll.
    """

    key: str
    request: Request
    kind: str
    why: str = ""

    @property
    def is_leave(self) -> bool:
        """Whether it is a leave."""
        return self.key.startswith("leave")


@PAGE.get("/units/<int:unit_id>/requests")
def show(unit_id: int) -> ResponseReturnValue:
    """Show what waits, the oldest first."""
    return _page()


@PAGE.post("/units/<int:unit_id>/requests")
def decide(unit_id: int) -> ResponseReturnValue:
    """Grant or refuse one request, and tell whom it concerns."""
    here, office = console.visit(), console.office_of()
    granted = forms.text("word") == "grant"
    reason = forms.text("reason", longest=60)
    try:
        with console.writing() as session:
            found = next((w for w in _waiting(session, here) if w.key == forms.text("key")), None)
            if found is None:
                raise DomainError(CHANGED)
            some = [found.request]
            if found.is_leave:
                if granted:
                    leave_requests.grant(session, some, by=here.actor, now=here.now)
                else:
                    leave_requests.refuse(session, some, by=here.actor, now=here.now, reason=reason)
                told = request_letters.of_leaves(
                    some, granted=granted, by=here.actor, reason=reason
                )
            else:
                if granted:
                    attendance_requests.grant(session, some, by=here.actor, now=here.now)
                else:
                    attendance_requests.refuse(
                        session, some, by=here.actor, now=here.now, reason=reason
                    )
                told = request_letters.of_checkins(
                    some, granted=granted, by=here.actor, reason=reason
                )
            request_letters.post(
                session, told, some, routes=office.routes, hours=office.hours, now=here.now
            )
    except DomainError as error:
        return _page(error)
    sentence = (GRANTED if granted else REFUSED).format(name=found.request.name)
    return console.done(sentence, url_for("requests.show", unit_id=here.place.id))


def _page(error: DomainError | None = None) -> ResponseReturnValue:
    here = console.visit()
    with console.reading() as session:
        waiting = _waiting(session, here)
    members = tuple(dict.fromkeys(one.request.member_id for one in waiting))
    return console.render(
        "requests.html",
        told=[Read(Seen.ATTENDANCE, members=members)] if members else [],
        status=200 if error is None else status_of(error),
        problem="" if error is None else error.sentence,
        waiting=waiting,
        when=moment_words,
    )


def _waiting(session: Session, here: Visit) -> list[Waits]:
    found = []
    try:
        for one in attendance_requests.list_waiting(session, by=here.actor, now=here.now):
            found.append(Waits(_key("checkin", one), one, request_letters.KINDS[one.mark]))
    except NothingToDecide:
        pass
    sees_why = here.may(Action.VIEW_REASONS)
    try:
        for leave in leave_requests.list_waiting(session, by=here.actor, now=here.now):
            why = leave.why if sees_why else ""
            found.append(Waits(_key("leave", leave.request), leave.request, "请假", why))
    except NothingToDecide:
        pass
    return found


def _key(kind: str, request: Request) -> str:
    return f"{kind}:{request.meeting_id}:{request.member_id}:{request.seq}"
