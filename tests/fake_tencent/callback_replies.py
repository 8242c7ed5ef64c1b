"""Passive replies: what the bot may answer to a callback, read as the platform would."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET

from tests.fake_tencent import crypto
from tests.fake_tencent.errors import Json
from tests.fake_tencent.receivers import Receiver
from tests.fake_tencent.records import CallbackMessage

_NO_REPLY = ("", "success")
_XML_TYPES = frozenset({
    "text", "image", "voice", "video", "music", "news", "update_button", "update_template_card",
})  # fmt: skip
_ROBOT_TYPES = frozenset({"stream", "template_card", "stream_with_template_card"})
_ROBOT_EVENT_TYPES = {
    "enter_chat": frozenset({"text", "template_card"}),
    "template_card_event": frozenset({"update_template_card"}),
}
_STREAM_BYTES = 20_480


class BadReply(Exception):
    """The bot answered something the platform cannot use."""


def open_reply(receiver: Receiver, message: CallbackMessage, nonce: str, body: bytes) -> str:
    """Return what the bot answered, decrypted; empty or `success` means no reply.

    Raises:
        BadReply: If the envelope, the signature or the content is wrong.
    """
    try:
        text = body.decode()
        if text in _NO_REPLY:
            return text
        if receiver.kind == "aibot":
            return _open_robot(receiver, message, nonce, text)
        return _open_xml(receiver, message, text)
    except (crypto.CryptoError, ET.ParseError, ValueError, KeyError, TypeError) as error:
        raise BadReply(f"{type(error).__name__}: {error}") from error


def read_xml(text: str) -> Json:
    """Return the elements of a flat XML text; nested ones as dictionaries."""
    root = ET.fromstring(text)
    if root.tag != "xml":
        raise ValueError("the root is not xml")
    return {child.tag: _value(child) for child in root}


def _value(element: ET.Element) -> object:
    if len(element):
        return {child.tag: _value(child) for child in element}
    return element.text or ""


def _open_xml(receiver: Receiver, message: CallbackMessage, text: str) -> str:
    fields = read_xml(text)
    plain_allowed = receiver.kind in ("oa-plain", "oa-compat")
    if "Encrypt" not in fields and plain_allowed:
        _check_xml(receiver, message, fields)
        return text
    stamp, nonce = fields["TimeStamp"], fields["Nonce"]
    encrypted, signature = fields["Encrypt"], fields["MsgSignature"]
    if not crypto.is_signed(signature, receiver.token, stamp, nonce, encrypted):
        raise BadReply("the signature is wrong")
    opened = crypto.decrypt(receiver.aes_key, encrypted, receiver.receive_id)
    _check_xml(receiver, message, read_xml(opened))
    return opened


def _check_xml(receiver: Receiver, message: CallbackMessage, fields: Json) -> None:
    us = receiver.receive_id if receiver.kind == "work" else receiver.account
    if fields["ToUserName"] != message.user or fields["FromUserName"] != us:
        raise BadReply("the reply is addressed wrongly")
    if not fields["CreateTime"].isdigit() or fields["MsgType"] not in _XML_TYPES:
        raise BadReply("CreateTime or MsgType is wrong")
    if fields["MsgType"] == "text" and not fields["Content"]:
        raise BadReply("the text is empty")


def _open_robot(receiver: Receiver, message: CallbackMessage, nonce: str, text: str) -> str:
    envelope = json.loads(text)
    # Tencent's own sample sends the timestamp as a string, its document as a number.
    stamp = str(int(envelope["timestamp"]))
    if envelope["nonce"] != nonce:
        raise BadReply("the nonce is not the callback's")
    encrypted, signature = envelope["encrypt"], envelope["msgsignature"]
    if not crypto.is_signed(signature, receiver.token, stamp, nonce, encrypted):
        raise BadReply("the signature is wrong")
    opened = crypto.decrypt(receiver.aes_key, encrypted, receiver.receive_id)
    _check_robot(message, json.loads(opened))
    return opened


def _check_robot(message: CallbackMessage, reply: Json) -> None:
    if message.event == "feedback_event":
        raise BadReply("feedback takes only an empty answer")
    allowed = _ROBOT_EVENT_TYPES.get(message.event, _ROBOT_TYPES)
    kind = reply.get("msgtype") or reply.get("response_type")
    if kind not in allowed:
        raise BadReply(f"msgtype {kind} is not allowed here")
    if "stream" in str(kind) and not is_good_stream(reply):
        raise BadReply("the stream is wrong")


def is_good_stream(reply: Json) -> bool:
    """Tell whether a stream has an id, says if it is finished and is short enough."""
    stream = reply["stream"]
    known = bool(stream.get("id")) and isinstance(stream.get("finish"), bool)
    return known and len(str(stream.get("content", "")).encode()) <= _STREAM_BYTES
