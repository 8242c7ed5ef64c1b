"""What needs no token: group webhooks and the smart robot's later answer."""

from __future__ import annotations

import base64
import binascii
import hashlib

from tests.fake_tencent import contents
from tests.fake_tencent.calls import Call, Route
from tests.fake_tencent.errors import ApiError, Json, ok
from tests.fake_tencent.limits import HOUR, MINUTE
from tests.fake_tencent.records import Copy, Hook, Place
from tests.fake_tencent.wecom_media import store

_TYPES = frozenset({
    "text", "markdown", "markdown_v2", "image", "news", "file", "voice", "template_card",
})  # fmt: skip
_MOST_BYTES = {"text": 2048, "markdown": 4096, "markdown_v2": 4096}
_STATES = {"removed": 93000, "disabled": 93004, "absent": 93008}
_ROBOT_BYTES = 20_480
_IMAGE_BYTES = 2 * 1024 * 1024


def _hook(call: Call) -> Hook:
    hook = call.world.hooks.get(call.query("key"))
    if hook is None:
        raise ApiError(93000)
    if hook.state != "ok":
        raise ApiError(_STATES[hook.state])
    return hook


def send(call: Call) -> Json:
    """Send a message into the group of a webhook."""
    hook, body = _hook(call), call.json()
    msgtype, content = contents.read(body, _TYPES)
    if msgtype in _MOST_BYTES and len(content["content"].encode()) > _MOST_BYTES[msgtype]:
        raise ApiError(40058, "content exceed max length")  # [D] refusing
    if msgtype == "image":
        _check_image(content)
    if msgtype in ("file", "voice"):
        call.world.get_media(content.get("media_id"), hook.key)
    most = call.world.limits.webhook_per_min
    # [D] A sliding minute, in which refused messages do not count.
    if not call.world.windows.take(("webhook", hook.key), most, MINUTE, call.now):
        raise ApiError(45009)
    call.deliver(Copy("key", hook.key, "webhook", call.now, msgtype, content))
    return ok()


def _check_image(content: Json) -> None:
    try:
        data = base64.b64decode(str(content.get("base64")), validate=True)
    except binascii.Error as error:
        raise ApiError(40058) from error
    if hashlib.md5(data).hexdigest() != content.get("md5") or len(data) > _IMAGE_BYTES:
        raise ApiError(40058)


def upload_media(call: Call) -> Json:
    """Take a file that only this webhook may send."""
    return store(call, _hook(call).key, ("file", "voice"))


def robot_response(call: Call) -> Json:
    """Take the smart robot's one later answer to a callback."""
    code = call.world.robot_codes.get(call.query("response_code"))
    if code is None or call.now - code.made_at > HOUR:
        raise ApiError(40058)  # [D] the code
    if code.used:
        raise ApiError(42022)  # [D] the code
    msgtype, content = contents.read(call.json(), ("markdown", "template_card"))
    if msgtype == "template_card" and code.chat:
        raise ApiError(40058)
    if msgtype == "markdown" and len(content["content"].encode()) > _ROBOT_BYTES:
        raise ApiError(40058)  # [D] the code
    code.used = True
    place: Place = "chat" if code.chat else "user"
    call.deliver(Copy(place, code.chat or code.user, "robot", call.now, msgtype, content))
    return ok()


ROUTES = {
    "/cgi-bin/webhook/send": Route("POST", send, needs_token=False),
    "/cgi-bin/webhook/upload_media": Route("POST", upload_media, needs_token=False),
    "/cgi-bin/aibot/response": Route("POST", robot_response, needs_token=False),
}
