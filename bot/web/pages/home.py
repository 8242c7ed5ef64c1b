"""The landing page: what this is, where to try it, how to connect a channel."""

from __future__ import annotations

from flask import Blueprint, render_template, request

from bot.web.parts import get_parts

PAGE = Blueprint("home", __name__)


@PAGE.get("/")
def show() -> str:
    """Show the landing page."""
    parts = get_parts()
    return render_template(
        "home.html",
        has_rehearsal=parts.rehearsal is not None,
        address=parts.public_url or request.host_url.rstrip("/"),
    )
