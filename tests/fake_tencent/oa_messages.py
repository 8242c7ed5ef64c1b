"""Messages of the Official Account: customer service, template, subscription."""

from __future__ import annotations

import re

from tests.fake_tencent import contents
from tests.fake_tencent.callbacks import push_in_background
from tests.fake_tencent.calls import Call, Route
from tests.fake_tencent.errors import ApiError, Json, ok
from tests.fake_tencent.oa_quota import spend
from tests.fake_tencent.records import Copy, Follower

_TYPES = frozenset({"text", "image", "voice", "news", "miniprogrampage"})
_FIELD_MOST = {
    "thing": 20, "phrase": 5, "character_string": 32, "time": 32, "date": 32, "number": 32,
    "amount": 16, "name": 10, "const": 20, "short_thing": 5,
}  # fmt: skip
_FIELD = re.compile(r"([a-z_]+)\d+")


def _follower(call: Call, body: Json) -> Follower:
    follower = call.world.followers.get(str(body.get("touser")))
    if follower is None:
        raise ApiError(40003)
    return follower


def custom_send(call: Call) -> Json:
    """Send a customer-service message, within the quota the follower opened."""
    body = call.json()
    follower = _follower(call, body)
    msgtype, content = contents.read(body, _TYPES)
    if msgtype == "text" and len(content["content"].encode()) > contents.TEXT_BYTES:
        raise ApiError(45002)
    spend(follower, call.now)
    call.deliver(Copy("user", follower.openid, "custom", call.now, msgtype, content))
    return ok()


def template_send(call: Call) -> Json:
    """Send a template message; the account learns by an event whether it arrived."""
    body = call.json()
    follower = _follower(call, body)
    data = _checked(call, body)
    if not follower.subscribed:
        raise ApiError(43004)
    msgid = 200_000_000 + call.world.number()
    if not follower.blocked:
        copy = Copy("user", follower.openid, "template", call.now, body["template_id"], data)
        copy.msgid = str(msgid)
        call.deliver(copy)
    _announce(call, follower, msgid)
    return ok(msgid=msgid)


def _announce(call: Call, follower: Follower, msgid: int) -> None:
    status = "failed:user block" if follower.blocked else "success"
    event = {
        "user": follower.openid,
        "event": "TEMPLATESENDJOBFINISH",
        "fields": {"MsgID": str(msgid), "Status": status},
    }
    if call.world.oa_receiver is not None:
        push_in_background(call.world, call.world.oa_receiver, event)


def _checked(call: Call, body: Json) -> Json:
    fields = call.world.templates.get(str(body.get("template_id")))
    if fields is None:
        raise ApiError(40037)
    data = body.get("data")
    if not isinstance(data, dict) or set(fields) - set(data):
        raise ApiError(47003)
    if not all(isinstance(entry, dict) and "value" in entry for entry in data.values()):
        raise ApiError(47003)
    return data


def bizsend(call: Call) -> Json:
    """Send a subscription message; each consent of the follower is good for one."""
    body = call.json()
    follower = _follower(call, body)
    data = _checked(call, body)
    for name, entry in data.items():
        _check_field(name, str(entry["value"]))
    key = (follower.openid, str(body["template_id"]))
    if not call.world.consents.get(key):
        raise ApiError(43101)
    call.world.consents[key] -= 1
    call.deliver(Copy("user", follower.openid, "subscribe", call.now, key[1], data))
    return ok()


def _check_field(name: str, value: str) -> None:
    found = _FIELD.fullmatch(name)
    most = _FIELD_MOST.get(found.group(1)) if found else None
    if most is None or not 0 < len(value) <= most:
        raise ApiError(47003, f"argument invalid! data.{name}.value invalid")


ROUTES = {
    "/cgi-bin/message/custom/send": Route("POST", custom_send),
    "/cgi-bin/message/template/send": Route("POST", template_send),
    "/cgi-bin/message/subscribe/bizsend": Route("POST", bizsend),
}
