"""`/healthz`: this process lives. `/readyz`: it can do its work."""

from __future__ import annotations

import logging

from flask import Blueprint
from flask.typing import ResponseReturnValue

from bot import __version__
from bot.services.ports import Readiness
from bot.web.parts import get_parts

PAGE = Blueprint("health", __name__)

log = logging.getLogger(__name__)


@PAGE.get("/healthz")
def healthz() -> ResponseReturnValue:
    """Answer without touching anything outside the process."""
    return {"status": "ok", "version": __version__}


@PAGE.get("/readyz")
def readyz() -> ResponseReturnValue:
    """Answer 200 when the process can work, else 503, with every check by name."""
    ready = _look()
    checks = {name: {"ok": ok, "value": value} for name, (ok, value) in ready.checks.items()}
    return {"ok": ready.ok, "checks": checks}, 200 if ready.ok else 503


def _look() -> Readiness:
    try:
        return get_parts().health.ready()
    except Exception:
        log.exception("readiness could not be told")
        return Readiness(ok=False, checks={"health": (False, "检查本身失败，见日志")})
