"""The door of both platforms: who may pass, in which order things are checked."""

from __future__ import annotations

import json

from tests.fake_tencent import (
    oa_accounts,
    oa_messages,
    oa_tokens,
    wecom_appchat,
    wecom_contacts,
    wecom_entry,
    wecom_media,
    wecom_messages,
    wecom_webhook,
)
from tests.fake_tencent.calls import Call, Request, Route
from tests.fake_tencent.errors import OA, WORK, ApiError, Json, refusal
from tests.fake_tencent.faults import Answer
from tests.fake_tencent.limits import MINUTE
from tests.fake_tencent.records import Copy, Token
from tests.fake_tencent.world import World

ROUTES: dict[str, dict[str, Route]] = {
    WORK: {
        **wecom_appchat.ROUTES,
        **wecom_contacts.ROUTES,
        **wecom_entry.ROUTES,
        **wecom_media.ROUTES,
        **wecom_messages.ROUTES,
        **wecom_webhook.ROUTES,
    },
    OA: {**oa_accounts.ROUTES, **oa_messages.ROUTES, **oa_tokens.ROUTES},
}

TOKEN_PATHS = ("/cgi-bin/gettoken", "/cgi-bin/token", "/cgi-bin/stable_token")


def process(world: World, request: Request) -> tuple[Answer, list[Copy]]:
    """Do what a request asks for, and return the answer and the copies it delivered."""
    route = ROUTES[request.base].get(request.path)
    if route is None:
        return Answer(404, b""), []
    call = Call(world, request)
    try:
        _pass_door(call, route)
        result = route.run(call)
    except ApiError as error:
        result = refusal(error, request.base)
    if isinstance(result, Answer):
        return result, call.copies
    return Answer(200, _encoded(result)), call.copies


def _encoded(body: Json) -> bytes:
    return json.dumps(body, ensure_ascii=False).encode()


def _pass_door(call: Call, route: Route) -> None:
    if route.method != call.request.method:
        raise ApiError(43001 if route.method == "GET" else 43002)
    if not route.needs_token:
        return
    call.token = _token(call)
    if call.request.base == WORK:
        if not call.world.address_allowed:
            raise ApiError(60020)
        _check_rate(call)


def _token(call: Call) -> Token:
    value = call.query("access_token")
    if not value:
        raise ApiError(41001)
    token = call.world.tokens.get(value)
    if token is None or token.base != call.request.base:
        raise ApiError(40014 if call.request.base == WORK else 40001)
    if token.revoked_as:
        raise ApiError(token.revoked_as)
    if token.expires_at <= call.now:
        raise ApiError(42001)
    return token


def _check_rate(call: Call) -> None:
    world, path = call.world, call.request.path
    if call.now < world.blocked_until.get(path, 0):
        raise ApiError(45009)
    if not world.windows.take(("api", path), world.limits.api_per_min, MINUTE, call.now):
        world.blocked_until[path] = call.now + MINUTE
        raise ApiError(45009)
