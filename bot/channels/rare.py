"""Messages other than plain text, read with wechatpy's classes after our own strict opening.

wechatpy knows the many shapes of events and costs 0.25 s and 20 MB to import, so it is loaded by
the first message that needs it. Its parser raises whatever it likes on unusual input; nothing of
that gets past here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from bot.domain.incoming import Event, Kind

Parse = Callable[[str], Any]

_KINDS: Mapping[str, Kind] = {
    "voice": Kind.VOICE,
    "image": Kind.IMAGE,
    "event": Kind.EVENT,
    **dict.fromkeys(("file", "video", "shortvideo", "location", "link"), Kind.FILE),
}
# wechatpy's name of an event → what it is for us, and the attribute with its key.
_EVENTS: Mapping[str, tuple[Event, str]] = {
    "subscribe": (Event.FOLLOW, "key"),
    "subscribe_scan": (Event.FOLLOW, "scene_id"),
    "unsubscribe": (Event.UNFOLLOW, ""),
    "enter_agent": (Event.ENTER, ""),
    "click": (Event.MENU, "key"),
    "scan": (Event.SCAN, "scene_id"),
    "scancode_waitmsg": (Event.SCAN, "scan_result"),
}
_UNKNOWN_EVENTS: Mapping[str, Event] = {"template_card_event": Event.CARD}  # not in wechatpy

_CONSENT = "subscribe_msg_popup_event"


class Rare(NamedTuple):
    """What a message other than plain text says."""

    kind: Kind
    text: str = ""
    event: Event | None = None
    event_key: str = ""


def parse_official(xml: str) -> Any:
    """Return wechatpy's object for a message to an Official Account."""
    from wechatpy.parser import parse_message

    return parse_message(xml)


def parse_work(xml: str) -> Any:
    """Return wechatpy's object for a message to a WeCom app."""
    from wechatpy.work.parser import parse_message

    return parse_message(xml)


def read_rare(xml: str, fields: Mapping[str, str], parse: Parse) -> Rare | None:
    """Return what a message other than plain text says, or None where its kind is unknown.

    Args:
        xml: The decrypted message.
        fields: The same, as our own reader sees it.
        parse: wechatpy's parser for this platform.
    """
    kind = _KINDS.get(fields["MsgType"].lower())
    if kind is Kind.EVENT:
        return _read_event(_parsed(xml, parse), fields)
    if kind is Kind.VOICE:
        return Rare(kind, text=_attribute(_parsed(xml, parse), "recognition"))
    return None if kind is None else Rare(kind)


def _read_event(message: object, fields: Mapping[str, str]) -> Rare:
    if fields.get("Event", "").lower() == _CONSENT:
        return Rare(Kind.EVENT, event=Event.CONSENT, event_key=",".join(_accepted(message)))
    event, attribute = _EVENTS.get(_attribute(message, "event"), (Event.OTHER, ""))
    key = _attribute(message, attribute) if attribute else fields.get("EventKey", "")
    if event is Event.OTHER:
        event = _UNKNOWN_EVENTS.get(fields.get("Event", "").lower(), Event.OTHER)
    return Rare(Kind.EVENT, text=key if event is Event.MENU else "", event=event, event_key=key)


def _accepted(message: object) -> list[str]:
    """Return the templates that somebody has just agreed to."""
    try:
        said = [dict(each) for each in message.subscribes]  # type: ignore[attr-defined]  # untyped
    except Exception:  # its attributes convert on access, and fail there
        return []
    agreed = [each for each in said if each.get("SubscribeStatusString") == "accept"]
    return [each["TemplateId"] for each in agreed if isinstance(each.get("TemplateId"), str)]


def _parsed(xml: str, parse: Parse) -> object:
    try:
        return parse(xml)
    except Exception:  # struct, key, index, type, expat errors: it raises them all
        return None


def _attribute(message: object, name: str) -> str:
    try:
        value = getattr(message, name, "")
    except Exception:  # its attributes convert on access, and fail there
        return ""
    return value if isinstance(value, str) else ""
