"""`/api/v1/…`: what other systems may ask and do, as a person, by token.

There are no cookies here, so nothing a browser sends by itself opens anything.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime
from hashlib import sha256
from http import HTTPStatus
from typing import Any

from flask import Blueprint, Response, abort, jsonify, request
from pydantic import ValidationError
from sqlalchemy.exc import NoResultFound
from sqlalchemy.orm import Session
from werkzeug.exceptions import HTTPException

from bot.domain.errors import DomainError, Forbidden, NotFound
from bot.services import api_requests, api_tokens
from bot.services.api_requests import KeyReused
from bot.services.api_tokens import Caller
from bot.services.incoming_limits import per_minute
from bot.web.api.contract import IDEMPOTENCY_KEY, PREFIX, REPEATED, Refusal, Route
from bot.web.api.routes import ROUTES
from bot.web.api.wrong import problems_of
from bot.web.desk import Call, Desk
from bot.web.parts import get_parts

PAGE = Blueprint("api", __name__, url_prefix=PREFIX)

MAX_BODY = 64 * 1024  # bytes
PER_ADDRESS = per_minute(600)
PER_TOKEN = per_minute(300)
NO_TOKEN = "请带上令牌：Authorization: Bearer zhibu_…。令牌由管理员用 zhibu token add 发。"  # noqa: S105 - a sentence
TOO_OFTEN = "用得太快了，请{seconds}秒后再试。"
NO_KEY = f"请带上 {IDEMPOTENCY_KEY}，8到80个字符；同一件事重试时用同一个值。"
NOT_JSON = "内容要是 JSON，Content-Type 写 application/json。"
TOO_LARGE = "内容太大了，没有收下。"
NOT_HERE = "没有这一条，或者不归您管。"
BROKEN = "我们这边出了问题，什么也没有记下，已经写进日志。请过一会儿再试。"

log = logging.getLogger(__name__)


class _Stop(Exception):
    """The request is answered."""

    def __init__(self, status: int, refusal: Refusal, **headers: str) -> None:
        super().__init__(refusal.sentence)
        self.status = status
        self.refusal = refusal
        self.headers = headers


def _view(route: Route) -> Callable[..., Response]:
    def view(**path: int) -> Response:
        try:
            return _answer(route, path)
        except _Stop as stop:
            return _say(stop.refusal.model_dump(), stop.status, **stop.headers)
        except DomainError as refusal:
            return _say(Refusal(sentence=refusal.sentence).model_dump(), _status(refusal))
        except NoResultFound:
            return _say(Refusal(sentence=NOT_HERE).model_dump(), 404)
        except HTTPException as error:
            sentence = TOO_LARGE if error.code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE else NOT_JSON
            return _say(Refusal(sentence=sentence).model_dump(), error.code or 400)
        except Exception:
            log.exception("api %s failed", route.name)
            return _say(Refusal(sentence=BROKEN).model_dump(), 500)

    return view


for _route in ROUTES:
    PAGE.add_url_rule(
        _route.path,
        _route.name,
        _view(_route),
        methods=[_route.method],
        provide_automatic_options=False,
    )


def _answer(route: Route, path: dict[str, int]) -> Response:
    desk = get_parts().desk
    if desk is None:
        abort(404)
    _slow_down(desk, f"api-address:{request.remote_addr}", PER_ADDRESS)
    now = desk.clock.now()
    written = request.headers.get("Authorization", "").removeprefix("Bearer ").strip()
    with desk.database.reading() as session:
        caller = _caller(session, written, now)
    _slow_down(desk, f"api-token:{caller.token_id}", PER_TOKEN)
    if route.scope is not None:
        caller.require(route.scope)
    asked = _asked(route)
    if route.writes:
        return _write(route, desk, written, path, asked, now)
    opening = desk.database.writing() if route.notes else desk.database.reading()
    with opening as session:
        call = Call(session, desk, _caller(session, written, now), now, path, asked)
        told = route.handle(call)
    return _say(told.model_dump(mode="json"), 200)


def _write(
    route: Route, desk: Desk, written: str, path: dict[str, int], asked: Any, now: datetime
) -> Response:
    """Do it once, in one transaction with the caller's key; whoever lost a right meanwhile may not."""
    key = request.headers.get(IDEMPOTENCY_KEY, "")
    if not (8 <= len(key) <= 80 and key.isascii() and key.isprintable()):
        raise _Stop(400, Refusal(sentence=NO_KEY))
    body = request.get_data()
    mark = sha256(f"{route.name} {sorted(path.items())} ".encode() + body).hexdigest()
    with desk.database.writing() as session:
        caller = _caller(session, written, now)
        began = api_requests.begin(session, token_id=caller.token_id, key=key, asked=mark, now=now)
        if began.id is None:
            return _say(dict(began.answer or {}), 200, **{REPEATED: "true"})
        told = route.handle(Call(session, desk, caller, now, path, asked))
        answer = told.model_dump(mode="json")
        api_requests.finish(session, began.id, answer)
        api_tokens.note_use(session, caller.token_id, now)
    return _say(answer, 200)


def _caller(session: Session, written: str, now: datetime) -> Caller:
    caller = api_tokens.find_caller(session, written, now)
    if caller is None:
        raise _Stop(401, Refusal(sentence=NO_TOKEN), **{"WWW-Authenticate": "Bearer"})
    return caller


def _slow_down(desk: Desk, name: str, pace: Any) -> None:
    wait = desk.throttle.take(name, pace)
    if wait > 0:
        seconds = str(int(wait) + 1)
        refusal = Refusal(sentence=TOO_OFTEN.format(seconds=seconds))
        raise _Stop(429, refusal, **{"Retry-After": seconds})


def _asked(route: Route) -> Any:
    """Return what was sent, checked.

    Raises:
        _Stop: It is too large, is no JSON, or something in it is wrong.
    """
    if route.body is None and route.query is None:
        return None
    try:
        if route.query is not None:
            return route.query.model_validate(request.args.to_dict())
        if (request.content_length or 0) > MAX_BODY:
            raise _Stop(413, Refusal(sentence=TOO_LARGE))
        if request.mimetype != "application/json":
            raise _Stop(415, Refusal(sentence=NOT_JSON))
        assert route.body is not None
        return route.body.model_validate_json(request.get_data(cache=True))
    except ValidationError as error:
        problems = problems_of(error)
        raise _Stop(422, Refusal(sentence=problems[0].sentence, problems=problems)) from None


def _status(refusal: DomainError) -> int:
    if isinstance(refusal, Forbidden):
        return 403
    if isinstance(refusal, NotFound):
        return 404
    return 422 if isinstance(refusal, KeyReused) else 409


def _say(told: dict[str, Any], status: int, **headers: str) -> Response:
    response = jsonify(told)
    response.status_code = status
    response.headers.update(headers)
    return response
