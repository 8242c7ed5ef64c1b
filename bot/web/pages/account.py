"""`/account`: where one is signed in, large letters, and every page there is."""

from __future__ import annotations

from flask import redirect, session, url_for
from flask.typing import ResponseReturnValue

from bot.domain.rights import ROLE_NAMES
from bot.domain.wording import moment_words
from bot.services import console_sessions
from bot.services.console_sessions import HOW_WORDS
from bot.web import console
from bot.web.console import ConsolePage

PAGE = ConsolePage("account", "我的登录", needs=None)

ALL_OUT = "所有网页都退出了。"


@PAGE.get("/account")
def show() -> ResponseReturnValue:
    """Show where one is signed in, and the whole menu."""
    here = console.visit()
    with console.reading() as opened:
        found = console_sessions.list_open(opened, here.member_id, here.now)
    return console.render(
        "account.html",
        sessions=found,
        how=HOW_WORDS,
        when=moment_words,
        roles=sorted({ROLE_NAMES[grant.role] for grant in here.member.grants}),
        is_large=bool(session.get(console.LARGE)),
    )


@PAGE.post("/account/letters")
def letters() -> ResponseReturnValue:
    """Make letters larger, or as they were."""
    session[console.LARGE] = not session.get(console.LARGE)
    return redirect(url_for("account.show"), 303)


@PAGE.post("/account/leave-all")
def leave_all() -> ResponseReturnValue:
    """Sign out everywhere."""
    here = console.visit()
    with console.writing() as opened:
        console_sessions.end_all(opened, by=here.member, now=here.now)
    session.clear()
    return console.done(ALL_OUT, url_for("login.show"))
