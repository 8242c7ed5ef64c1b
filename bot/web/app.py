"""The Flask application: pages for people, health for machines."""

from __future__ import annotations

import logging
from types import TracebackType
from typing import Any, Protocol

from flask import Flask, Response, request
from flask_wtf import CSRFProtect
from jinja2 import StrictUndefined

from bot import __version__
from bot.services.ports import Calendars, Health, Planner, Rehearsal
from bot.web import api, errors
from bot.web.desk import Desk
from bot.web.pages import PAGES
from bot.web.parts import Parts

MAX_UPLOAD = 16 * 1024 * 1024  # bytes
_POLICY = "; ".join(
    (
        "default-src 'self'",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)

log = logging.getLogger(__name__)


class WebConfig(Protocol):
    """What the pages need to know from the configuration."""

    @property
    def public_url(self) -> str | None:
        """Where this server is reached from outside, or None."""


def create_app(
    config: WebConfig,
    health: Health,
    *,
    secret_key: bytes,
    rehearsal: Rehearsal | None = None,
    planner: Planner | None = None,
    calendars: Calendars | None = None,
    desk: Desk | None = None,
) -> Flask:
    """Build the Flask application.

    Args:
        secret_key: Signs cookies and form tokens; kept across restarts.
        rehearsal: Offers `/rehearsal`, where given.
        desk: Offers `/api/v1`, where given.
    """
    app = _App(__name__)
    public_url = (config.public_url or "").rstrip("/")
    app.config.update(_settings(secret_key, secure=public_url.startswith("https:")))
    app.json.ensure_ascii = False  # type: ignore[attr-defined]  # the default provider has it
    app.jinja_options = {"trim_blocks": True, "lstrip_blocks": True, "undefined": StrictUndefined}
    app.jinja_env.autoescape = True  # for every template, whatever it is called
    app.jinja_env.globals["version"] = __version__
    Parts(public_url, health, rehearsal, planner, calendars, desk).put_into(app.extensions)
    CSRFProtect(app).exempt(api.PAGE)  # no cookie opens anything there
    app.after_request(_add_security_headers)
    errors.register(app)
    for page in PAGES:
        app.register_blueprint(page)
    return app


class _App(Flask):
    def log_exception(
        self,
        exc_info: tuple[type, BaseException, TracebackType] | tuple[None, None, None],
    ) -> None:
        """Log what a view did not expect, by its endpoint: addresses may carry secrets."""
        log.error("page %s failed", request.endpoint, exc_info=exc_info)


def _settings(secret_key: bytes, *, secure: bool) -> dict[str, Any]:
    return {
        "SECRET_KEY": secret_key,
        "SESSION_COOKIE_NAME": "zhibu",
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_SECURE": secure,
        "MAX_CONTENT_LENGTH": MAX_UPLOAD,
        "SEND_FILE_MAX_AGE_DEFAULT": 3600,
        # A page may stay open all day; its token lasts as long as the session.
        "WTF_CSRF_TIME_LIMIT": None,
        # We ask browsers to send no Referer at all, so it cannot be compared.
        "WTF_CSRF_SSL_STRICT": False,
    }


def _add_security_headers(response: Response) -> Response:
    headers = response.headers
    headers["Content-Security-Policy"] = _POLICY
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Referrer-Policy"] = "no-referrer"
    if response.status_code >= 400:
        headers["Cache-Control"] = "no-store"
    else:
        headers.setdefault("Cache-Control", "no-store")  # files and calendars say what they allow
    return response
