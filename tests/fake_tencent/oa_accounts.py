"""The rest of the Official Account: followers, menu, QR codes, media."""

from __future__ import annotations

import secrets

from tests.fake_tencent.calls import Call, Route
from tests.fake_tencent.errors import ApiError, Json, ok
from tests.fake_tencent.wecom_media import store


def user_info(call: Call) -> Json:
    """Return a follower; of somebody who left, only that."""
    follower = call.world.followers.get(call.query("openid"))
    if follower is None:
        raise ApiError(40003)
    if not follower.subscribed:
        return {"subscribe": 0, "openid": follower.openid}
    return {
        "subscribe": 1,
        "openid": follower.openid,
        "subscribe_time": int(follower.subscribed_at),
        "unionid": f"union_{follower.openid}",
        "remark": "",
    }


def menu_create(call: Call) -> Json:
    """Accept a menu."""
    if not call.json().get("button"):
        raise ApiError(40016, "invalid button size")
    return ok()


def qrcode_create(call: Call) -> Json:
    """Return a QR code; a test plays the scan by pushing the event."""
    body = call.json()
    ticket = secrets.token_urlsafe(48)
    seconds = int(body.get("expire_seconds", 60))
    return {"ticket": ticket, "expire_seconds": seconds, "url": f"http://weixin.qq.com/q/{ticket}"}


def media_upload(call: Call) -> Json:
    """Take a file; unlike WeCom, `created_at` is a number and there is no errcode."""
    stored = store(call, "oa", ("image", "voice", "video", "thumb"))
    return {
        "type": stored["type"],
        "media_id": stored["media_id"],
        "created_at": int(stored["created_at"]),
    }


ROUTES = {
    "/cgi-bin/user/info": Route("GET", user_info),
    "/cgi-bin/menu/create": Route("POST", menu_create),
    "/cgi-bin/qrcode/create": Route("POST", qrcode_create),
    "/cgi-bin/media/upload": Route("POST", media_upload),
}
