"""`/login`: into the console by the bot's link, a code told to the bot, WeCom, or a password."""

from __future__ import annotations

import hmac
import secrets
from datetime import datetime
from urllib.parse import urlsplit

from flask import Blueprint, abort, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from bot.domain.errors import DomainError
from bot.domain.ids import MemberId
from bot.domain.members import fold
from bot.domain.sending import SendError
from bot.domain.sign_in import NoAnswer, NotGoodAnyMore, NotOfUs, WrongPassword, spaced
from bot.services import console_sessions, passwords, sign_in, throttle
from bot.web import console
from bot.web.errors import status_of
from bot.web.parts import get_parts

PAGE = Blueprint("login", __name__, url_prefix="/login")

_WAITS = "waits"  # what a computer that waits has in its cookie
_CODE = "code"
_NEXT = "next"
_STATE = "state"
_WECOM_SAYS = "wxwork"  # in what WeCom's own browser calls itself
SIGNED_OUT = "已经退出。"


@PAGE.get("")
def show() -> ResponseReturnValue:
    """Show the ways in."""
    console.office_of()
    _keep_next(request.args.get(_NEXT, ""))
    return _ways()


@PAGE.get("/link/<token>")
def link(token: str) -> ResponseReturnValue:
    """Show whom a link lets in; only the button uses it up, since previews fetch addresses."""
    with console.reading() as opened:
        entrance = sign_in.look(opened, token, _now())
    return render_template("login_link.html", secret=token, name=entrance.name)


@PAGE.post("/link/<token>")
def use_link(token: str) -> ResponseReturnValue:
    """Enter by a link."""
    return _enter_by(token)


@PAGE.post("/code")
def ask() -> ResponseReturnValue:
    """Let this computer wait for its code to be told to the bot."""
    try:
        with console.writing() as opened:
            waits = sign_in.ask(opened, who=request.remote_addr or "", now=_now())
    except DomainError as error:
        return _ways(error)
    session[_WAITS], session[_CODE] = waits.token, waits.code
    return redirect(url_for("login.wait"), 303)


@PAGE.get("/code")
def wait() -> ResponseReturnValue:
    """Show the code, and the button once the bot was told it."""
    if _WAITS not in session:
        return redirect(url_for("login.show"), 303)
    with console.reading() as opened:
        entrance = sign_in.look(opened, session[_WAITS], _now())
    template = "_login_waits.html" if console.is_partial() else "login_code.html"
    return render_template(template, code=spaced(session[_CODE]), name=entrance.name)


@PAGE.post("/code/enter")
def use_code() -> ResponseReturnValue:
    """Enter at the computer that waited."""
    return _enter_by(session.get(_WAITS, ""))


@PAGE.post("/password")
def by_password() -> ResponseReturnValue:
    """Enter with name and password."""
    name, password = request.form.get("name", ""), request.form.get("password", "")
    names = throttle.names_of(name.strip(), request.remote_addr or "")
    try:
        with console.reading() as opened:  # hashing takes its time; nobody waits for it
            throttle.check(opened, names, _now())
            member_id = passwords.verify(opened, name, password)
    except DomainError as error:
        if isinstance(error, WrongPassword):
            with console.writing() as opened:
                throttle.failed(opened, names, _now())
        return _ways(error, typed=name)
    with console.writing() as opened:
        throttle.succeeded(opened, names)
    return _begin(member_id, "password")


@PAGE.get("/wecom/<channel>/go")
def by_wecom(channel: str) -> ResponseReturnValue:
    """Send the browser to WeCom; it comes back with what this browser alone was given.

    A link and no form: our policy lets no form lead elsewhere, not even by a redirect.
    """
    door = console.office_of().doors.get(channel) or abort(404)
    session[_STATE] = secrets.token_urlsafe(24)
    back = f"{get_parts().public_url}{url_for('login.back', channel=channel)}"
    inside = _WECOM_SAYS in request.headers.get("User-Agent", "").lower()
    return redirect(door.address(back, session[_STATE], inside=inside), 303)


@PAGE.get("/wecom/<channel>")
def back(channel: str) -> ResponseReturnValue:
    """Enter as whom WeCom vouches for: a member of the corporation who is on our roll.

    Raises:
        NotOfUs: An outsider, for whom the platform answers without an error too.
        NoAnswer: Another browser's code, a used one, or no answer.
    """
    door = console.office_of().doors.get(channel) or abort(404)
    state = session.pop(_STATE, "")
    if not state or not hmac.compare_digest(state, request.args.get("state", "")):
        raise NoAnswer
    try:
        userid = door.who(request.args.get("code", ""))
    except SendError as error:
        raise NoAnswer from error
    with console.reading() as opened:
        found = sign_in.find_by_account(opened, door.space, fold(userid)) if userid else None
    if found is None:
        raise NotOfUs
    return _begin(found, "wecom")


@PAGE.post("/leave")
def leave() -> ResponseReturnValue:
    """Sign this browser out."""
    token = session.get(console.TOKEN)
    if token:
        with console.writing() as opened:
            found = console_sessions.find(opened, token, _now())
            if found is not None:
                console_sessions.end(opened, found.id, _now())
    session.clear()
    flash(SIGNED_OUT)
    return redirect(url_for("login.show"), 303)


def _ways(error: DomainError | None = None, typed: str = "") -> ResponseReturnValue:
    page = render_template(
        "login.html",
        problem=error.sentence if error else "",
        typed=typed,
        doors=list(console.office_of().doors) if get_parts().public_url else [],
    )
    return page, 200 if error is None else status_of(error)


def _enter_by(token: str) -> ResponseReturnValue:
    if not token:
        raise NotGoodAnyMore
    with console.writing() as opened:
        member_id, how = sign_in.enter(opened, token, _now())
        secret = console_sessions.begin(opened, member_id, how, _now())
    return _let_in(secret)


def _begin(member_id: MemberId, how: str) -> ResponseReturnValue:
    with console.writing() as opened:
        secret = console_sessions.begin(opened, member_id, how, _now())
    return _let_in(secret)


def _let_in(secret: str) -> ResponseReturnValue:
    """Begin a session of its own: nothing of the one before is kept, but where one was going."""
    to = session.get(_NEXT) or url_for("today.show")
    session.clear()
    session[console.TOKEN] = secret
    session.permanent = True
    return redirect(to, 303)


def _keep_next(address: str) -> None:
    """Keep where somebody was going, if it is a page of ours."""
    parts = urlsplit(address)
    ours = address.startswith("/") and not address.startswith(("//", "/\\")) and not parts.netloc
    if ours and len(address) < 300:
        session[_NEXT] = address
    else:
        session.pop(_NEXT, None)


def _now() -> datetime:
    return console.office_of().clock.now()
