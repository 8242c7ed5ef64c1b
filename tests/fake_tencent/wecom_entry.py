"""WeCom's way in: access tokens, addresses, OAuth."""

from __future__ import annotations

from tests.fake_tencent.calls import Call, Route
from tests.fake_tencent.errors import WORK, ApiError, Json, ok
from tests.fake_tencent.limits import HOUR

_TOKEN_SECONDS = 7200
_CODE_SECONDS = 300


def gettoken(call: Call) -> Json:
    """Return the token of an app; the same one as long as it is good."""
    world, secret = call.world, call.query("corpsecret")
    if world.windows.count("gettoken", HOUR, call.now) > world.limits.gettoken_failures_per_hour:
        raise ApiError(45009)
    try:
        _check_credentials(call)
    except ApiError:
        world.windows.add("gettoken", call.now)
        raise
    token = world.live_token(secret, WORK) or world.new_token(WORK, secret, WORK, _TOKEN_SECONDS)
    # [D] Whether expires_in counts down is not documented.
    return ok(access_token=token.value, expires_in=round(token.expires_at - call.now))


def _check_credentials(call: Call) -> None:
    corp_id, secret = call.query("corpid"), call.query("corpsecret")
    if not corp_id:
        raise ApiError(41002)
    if not secret:
        raise ApiError(41004)
    if corp_id != call.world.corp_id:
        raise ApiError(40013, "invalid corpid")
    if secret not in call.world.apps and secret != call.world.contact_secret:
        raise ApiError(40001, "invalid credential")


def addresses(_call: Call) -> Json:
    """Return the addresses the platform calls from, or answers at."""
    return {"ip_list": ["127.0.0.*"], **ok()}


def getuserinfo(call: Call) -> Json:
    """Tell who logged in; an outsider also gets errcode 0, but no userid."""
    code = call.query("code")
    if not code:
        raise ApiError(41008)
    userid, external, made_at = call.world.oauth_codes.pop(code, ("", "", 0.0))
    if call.now - made_at > _CODE_SECONDS:
        raise ApiError(40029)
    if userid:
        return ok(userid=userid)
    return ok(openid=f"o{external}", external_userid=external)


def menu_create(call: Call) -> Json:
    """Accept the menu of an app."""
    if str(call.app().agent_id) != call.query("agentid"):
        raise ApiError(301002)
    if not call.json().get("button"):
        raise ApiError(40016, "invalid button size")
    return ok()


ROUTES = {
    "/cgi-bin/menu/create": Route("POST", menu_create),
    "/cgi-bin/gettoken": Route("GET", gettoken, needs_token=False),
    "/cgi-bin/getcallbackip": Route("GET", addresses),
    "/cgi-bin/get_api_domain_ip": Route("GET", addresses),
    "/cgi-bin/auth/getuserinfo": Route("GET", getuserinfo),
}
