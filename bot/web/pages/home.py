"""The landing page: what this is, where to try it, how to connect a channel."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from bot.web.console import TOKEN
from bot.web.parts import get_parts

PAGE = Blueprint("home", __name__)


@PAGE.get("/")
def show() -> ResponseReturnValue:
    """Show the landing page; who is signed in goes on to the day's work."""
    parts = get_parts()
    if parts.office is not None and TOKEN in session:
        return redirect(url_for("today.show"), 303)
    return render_template(
        "home.html",
        has_console=parts.office is not None,
        has_rehearsal=parts.rehearsal is not None,
        address=parts.public_url or request.host_url.rstrip("/"),
    )
