"""One message from any platform, after it was opened and before it is understood."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum


class Kind(Enum):
    """What sort of message arrived."""

    TEXT = "text"
    VOICE = "voice"  # `text` is the platform's transcript, empty where it gave none
    IMAGE = "image"
    FILE = "file"  # file, video, location, link: acknowledged, never stored
    EVENT = "event"


class Event(Enum):
    """What happened, when `Kind.EVENT`."""

    FOLLOW = "follow"  # subscribed, or joined the app's visible range
    UNFOLLOW = "unfollow"
    ENTER = "enter"  # opened the chat
    MENU = "menu"  # `event_key` is the menu item's key, which reads as a typed message
    SCAN = "scan"  # `event_key` is the scene of the QR code
    CARD = "card"  # a button of a template card; `event_key` is the button's key
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Incoming:
    """One delivered message or event.

    Attributes:
        channel: Name of the configured channel it came through.
        space: Account space of the sender (`wecom:<corp_id>`, `oa:<app_id>`, `sim`): one person
            met over the app and over the robot of one corporation is one account.
        message_id: The platform's id; a repeated delivery carries the same one. Events without an
            id get one made of sender, second, event and key.
        chat_id: The platform's group id, or None in a private chat.
        sender_id: The platform's id of the sender, as written by the platform.
        sent_at: When the platform says it was sent, aware, UTC. Decides dates, not the arrival.
        text: What was written, without the leading mention of the bot; "" for images.
        mentions_bot: The bot itself was addressed (always so in a private chat).
        quoted_text: The text of the message this one replies to.
        event: Set when `kind` is `Kind.EVENT`.
        event_key: Menu key, scene or button key.
        shows_text: The platform shows a text that answers this; of a pressed button it shows only
            what the button says from then on.
    """

    channel: str
    space: str
    message_id: str
    chat_id: str | None
    sender_id: str
    sent_at: datetime
    text: str
    mentions_bot: bool = True
    quoted_text: str | None = None
    kind: Kind = Kind.TEXT
    event: Event | None = None
    event_key: str = ""
    shows_text: bool = True


@dataclass(frozen=True, slots=True)
class Answer:
    """What rides back on the HTTP answer of a delivery.

    Attributes:
        text: The reply in the same chat, or None for silence; where the platform shows no text,
            what the pressed button says from then on.
    """

    text: str | None
