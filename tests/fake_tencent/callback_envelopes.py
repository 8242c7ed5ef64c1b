"""Callback requests: encrypted, signed and addressed."""

from __future__ import annotations

import json
import secrets
from urllib.parse import urlencode

from tests.fake_tencent import crypto
from tests.fake_tencent.callback_messages import to_xml
from tests.fake_tencent.errors import Json
from tests.fake_tencent.receivers import Receiver
from tests.fake_tencent.records import CallbackMessage, Outgoing

_XML = "text/xml"


def new_nonce() -> str:
    """Return a nonce as the platform makes them."""
    return str(10**9 + secrets.randbelow(9 * 10**9))


def seal(receiver: Receiver, message: CallbackMessage, timestamp: int, nonce: str) -> Outgoing:
    """Return the request that brings a message to the bot."""
    stamp = str(timestamp)
    if receiver.kind == "oa-plain":
        query = _plain_query(receiver, stamp, nonce, message.user)
        return _post(receiver, query, message.plaintext, _XML, stamp, nonce)
    encrypted = crypto.encrypt(receiver.aes_key, message.plaintext, receiver.receive_id)
    signature = crypto.sign(receiver.token, stamp, nonce, encrypted)
    query = {"msg_signature": signature, "timestamp": stamp, "nonce": nonce}
    if receiver.kind == "aibot":
        body = json.dumps({"encrypt": encrypted})
        return _post(receiver, query, body, "application/json", stamp, nonce)
    if receiver.kind != "work":
        more = {"encrypt_type": "aes", "msg_signature": signature}
        query = {**_plain_query(receiver, stamp, nonce, message.user), **more}
    return _post(receiver, query, _envelope(receiver, message, encrypted), _XML, stamp, nonce)


def check(receiver: Receiver, timestamp: int, nonce: str, echo: str) -> Outgoing:
    """Return the request that proves an address belongs to the bot.

    Args:
        echo: What the bot has to answer; the Official Account sends it in the clear.
    """
    stamp = str(timestamp)
    if receiver.kind.startswith("oa-"):
        signature = crypto.sign(receiver.token, stamp, nonce)
        query = {"signature": signature, "echostr": echo, "timestamp": stamp, "nonce": nonce}
    else:
        encrypted = crypto.encrypt(receiver.aes_key, echo, receiver.receive_id)
        signature = crypto.sign(receiver.token, stamp, nonce, encrypted)
        query = {"msg_signature": signature, "timestamp": stamp, "nonce": nonce}
        query["echostr"] = encrypted
    return Outgoing("GET", _with_query(receiver.url, query), b"", "", stamp, nonce)


def _plain_query(receiver: Receiver, stamp: str, nonce: str, openid: str) -> Json:
    signature = crypto.sign(receiver.token, stamp, nonce)
    return {"signature": signature, "timestamp": stamp, "nonce": nonce, "openid": openid}


def _envelope(receiver: Receiver, message: CallbackMessage, encrypted: str) -> str:
    if receiver.kind == "oa-compat":
        # Compatible mode: the message in the clear, and beside it encrypted.
        inner = message.plaintext.removesuffix("</xml>") + to_xml("Encrypt", encrypted)
        return f"{inner}</xml>"
    if receiver.kind == "oa-safe":
        return to_xml("xml", {"ToUserName": receiver.account, "Encrypt": encrypted})
    fields = {"ToUserName": receiver.receive_id, "AgentID": str(receiver.agent_id)}
    return to_xml("xml", {**fields, "Encrypt": encrypted})


def _post(
    receiver: Receiver, query: Json, body: str, content_type: str, stamp: str, nonce: str
) -> Outgoing:
    url = _with_query(receiver.url, query)
    return Outgoing("POST", url, body.encode(), content_type, stamp, nonce)


def _with_query(url: str, query: Json) -> str:
    return f"{url}{'&' if '?' in url else '?'}{urlencode(query)}"
