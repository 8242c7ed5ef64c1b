"""`/vitals`: whether the bot is well, in words, with what to do where it is not."""

from __future__ import annotations

from flask.typing import ResponseReturnValue

from bot import __version__
from bot.web import console
from bot.web.console import ConsolePage
from bot.web.parts import get_parts

PAGE = ConsolePage("vitals", "运行状态", needs=None, menu="more")

NAMES = {
    "database": "数据库",
    "migration": "数据库版本",
    "last_tick_age_s": "定时器上次动（秒前）",
    "outbox_backlog": "等着发的",
    "oldest_due_s": "最久等了（秒）",
}


@PAGE.get("/vitals")
def show() -> ResponseReturnValue:
    """Show every check."""
    ready = get_parts().health.ready()
    checks = [(NAMES.get(name, name), ok, value) for name, (ok, value) in ready.checks.items()]
    return console.render("vitals.html", ready=ready, checks=checks, version=__version__)
