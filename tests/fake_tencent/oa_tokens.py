"""The Official Account's two ways to an access token, which do not know each other."""

from __future__ import annotations

from tests.fake_tencent.calls import Call, Route
from tests.fake_tencent.errors import OA, ApiError, Json
from tests.fake_tencent.limits import DAY
from tests.fake_tencent.records import Token

_SECONDS = 7200
_OVERLAP = 300
_LEAST_LEFT = 300
_FORCED_PER_DAY = 20
_FORCED_APART = 30


def token(call: Call) -> Json:
    """Return a new token; the one before lives on for five minutes."""
    world, query = call.world, call.request.query
    _check(call, query)
    if not world.windows.take("oa/token", world.limits.oa_token_per_day, DAY, call.now):
        raise ApiError(45009)
    old = world.live_token(world.oa_secret, "token")
    if old is not None:
        old.expires_at = min(old.expires_at, call.now + _OVERLAP)
    return _shown(call, world.new_token(OA, world.oa_secret, "token", _SECONDS))


def stable_token(call: Call) -> Json:
    """Return the current token, or a new one if it ends soon or the call insists."""
    world, body = call.world, call.json()
    _check(call, body)
    current = world.live_token(world.oa_secret, "stable")
    if body.get("force_refresh"):
        _count_forced(call)
    elif current is not None and current.expires_at - call.now >= _LEAST_LEFT:
        return _shown(call, current)
    if current is not None:
        # [D] A forced refresh ends the token before, a normal one lets it run out.
        current.expires_at = call.now if body.get("force_refresh") else current.expires_at
    return _shown(call, world.new_token(OA, world.oa_secret, "stable", _SECONDS))


def _check(call: Call, values: Json) -> None:
    if values.get("grant_type") != "client_credential":
        raise ApiError(40002)
    if values.get("appid") != call.world.oa_appid:
        raise ApiError(40013)
    if values.get("secret") != call.world.oa_secret:
        raise ApiError(40125)
    if not call.world.address_allowed:
        raise ApiError(40164)


def _count_forced(call: Call) -> None:
    windows, key = call.world.windows, "oa/forced"
    if windows.count(key, _FORCED_APART, call.now):
        raise ApiError(45011)  # [D] the code
    if not windows.take(key, _FORCED_PER_DAY, DAY, call.now):
        raise ApiError(45009)


def _shown(call: Call, issued: Token) -> Json:
    """Return the answer, which has no errcode at all."""
    left = round(issued.expires_at - call.now)
    return {"access_token": issued.value, "expires_in": left}


ROUTES = {
    "/cgi-bin/token": Route("GET", token, needs_token=False),
    "/cgi-bin/stable_token": Route("POST", stable_token, needs_token=False),
}
