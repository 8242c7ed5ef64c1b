"""The XML messages that an Official Account and a WeCom app receive and answer."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime

from bot.channels.rare import Parse, Rare, read_rare
from bot.channels.text import clean, clip
from bot.channels.xml import Malformed, cdata, read
from bot.domain.incoming import Event, Incoming, Kind

MAX_REPLY = 2048  # bytes of a passive text
MAX_ID = 120

_MAX_SECONDS_DIGITS = 10
_PLATFORM = "sys"
_UNANSWERABLE = (Event.UNFOLLOW, Event.CARD, Event.CONSENT, Event.OTHER)


class Unreadable(Exception):
    """An authentic message that carries nothing for us; the text is a note for the log."""


def read_fields(plain: str) -> dict[str, str]:
    """Return the fields of a decrypted message.

    A member's message may hold control characters that XML forbids; they are dropped.

    Raises:
        Unreadable: It is not a flat XML message.
    """
    try:
        return read(plain)
    except Malformed as error:
        note = str(error)
    cleaned = clean(plain)
    if cleaned != plain:
        return read_fields(cleaned)
    raise Unreadable(note)


def read_message(
    plain: str, fields: Mapping[str, str], *, channel: str, space: str, parse: Parse
) -> Incoming:
    """Return a decrypted message as the bot understands it.

    Args:
        parse: wechatpy's parser for this platform.

    Raises:
        Unreadable: A field is missing or strange, or the kind is unknown.
    """
    sender = fields.get("FromUserName", "")
    if not sender or len(sender) > MAX_ID or sender == _PLATFORM:
        raise Unreadable("from the platform itself" if sender == _PLATFORM else "no sender")
    sent_at = moment(fields.get("CreateTime", ""))
    kind = fields.get("MsgType", "")
    if kind == "text":
        return Incoming(
            channel, space, _message_id(fields), None, sender, sent_at, fields.get("Content", "")
        )
    rare = read_rare(plain, fields, parse) if kind else None
    if rare is None:
        raise Unreadable("unknown kind")
    return _rare_message(rare, fields, (channel, space, sender, sent_at))


def moment(seconds: str) -> datetime:
    """Return the moment that a platform's seconds since 1970 mean.

    Raises:
        Unreadable: Not such a number.
    """
    if seconds.isascii() and seconds.isdigit() and len(seconds) <= _MAX_SECONDS_DIGITS:
        return datetime.fromtimestamp(int(seconds), UTC)
    raise Unreadable("no time")


def event_id(*parts: str) -> str:
    """Return an id for an event that has none: sender, second, event, key; bounded in length."""
    whole = ":".join(parts)
    if len(whole) <= MAX_ID:
        return whole
    return f"{whole[:80]}:{hashlib.blake2s(whole.encode(), digest_size=16).hexdigest()}"


def is_answerable(message: Incoming | None) -> bool:
    """Tell whether the platform shows a text that answers this message."""
    return message is not None and message.event not in _UNANSWERABLE


def text_reply(fields: Mapping[str, str], text: str, timestamp: int) -> str:
    """Return the passive text that answers a message, clipped to what the platform takes."""
    return (
        f"<xml><ToUserName>{cdata(fields['FromUserName'])}</ToUserName>"
        f"<FromUserName>{cdata(fields.get('ToUserName', ''))}</FromUserName>"
        f"<CreateTime>{timestamp}</CreateTime><MsgType><![CDATA[text]]></MsgType>"
        f"<Content>{cdata(clip(clean(text), MAX_REPLY))}</Content></xml>"
    )


def _message_id(fields: Mapping[str, str]) -> str:
    message_id = fields.get("MsgId", "")
    if not message_id or len(message_id) > MAX_ID:
        raise Unreadable("no message id")
    return message_id


def _rare_message(
    rare: Rare, fields: Mapping[str, str], who: tuple[str, str, str, datetime]
) -> Incoming:
    channel, space, sender, sent_at = who
    is_event = rare.kind is Kind.EVENT
    return Incoming(
        channel,
        space,
        _event_id(fields) if is_event else _message_id(fields),
        None,
        sender,
        sent_at,
        rare.text,
        kind=rare.kind,
        event=rare.event,
        event_key=rare.event_key,
    )


def _event_id(fields: Mapping[str, str]) -> str:
    """Return the id of an event: two of one member in one second differ in what they are about."""
    change = fields.get("ChangeType", "") + fields.get("UserID", "")
    about = fields.get("EventKey", "") or change
    return event_id(fields["FromUserName"], fields["CreateTime"], fields.get("Event", ""), about)
