"""What a smart robot is told, in a callback or over its long connection, as the bot understands it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from bot.channels.messages import MAX_ID, Unreadable, event_id
from bot.channels.text import clean, clip
from bot.domain.incoming import Event, Incoming, Kind

MAX_REPLY = 20480  # bytes of a stream's content
MAX_GREETING = 2048

_PLATFORM = "sys"
_SPACES = " \u2005\u00a0"
_AFTER_MENTION = f"(?:[{_SPACES}]+|(?=\n)|\\Z)"
_LATEST = 4102444800  # 2100: a time beyond is no time in seconds
_KINDS = {"image": Kind.IMAGE, "file": Kind.FILE, "video": Kind.FILE}
_EVENTS = {"enter_chat": Event.ENTER, "template_card_event": Event.CARD}

_Object = Mapping[str, Any]


class RobotReader:
    """Reads what one robot is told.

    Args:
        bot_id: The robot's id, where known: messages for another robot are left alone.
        bot_name: What members write after the @, where known; a name with spaces in it, or
            a mention in the middle of a message, is recognised only with it.
    """

    def __init__(
        self, name: str, space: str, *, bot_id: str | None = None, bot_name: str | None = None
    ) -> None:
        self.name = name
        self.space = space
        self._bot_id = bot_id
        self._mention = _mention(bot_name)

    def read(self, said: _Object, delivered_s: int) -> Incoming:
        """Return a message or an event.

        Args:
            delivered_s: Unix seconds of its delivery: what carries no time of its own is of then.

        Raises:
            Unreadable: It carries nothing for us.
        """
        if self._bot_id is not None and string_of(said, "aibotid") != self._bot_id:
            raise Unreadable("for another robot")
        sender = string_of(part_of(said, "from"), "userid")
        if not sender or len(sender) > MAX_ID or sender == _PLATFORM:
            raise Unreadable("from the platform itself" if sender == _PLATFORM else "no sender")
        if string_of(said, "msgtype") == "event":
            return self._event(said, sender, delivered_s)
        kind, text = _content(said)
        chat_id = _chat(said)
        return Incoming(
            self.name,
            self.space,
            _message_id(said),
            chat_id,
            sender,
            _moment(said, delivered_s),
            text if chat_id is None else self._without_mention(text),
            quoted_text=_quoted(said),
            kind=kind,
        )

    def _event(self, said: _Object, sender: str, delivered_s: int) -> Incoming:
        about = part_of(said, "event")
        name = string_of(about, "eventtype")
        key = string_of(part_of(about, name), "event_key")
        sent_at = _moment(said, delivered_s)
        seconds = str(int(sent_at.timestamp()))
        return Incoming(
            self.name,
            self.space,
            string_of(said, "msgid")[:MAX_ID] or event_id(sender, seconds, name, key),
            _chat(said),
            sender,
            sent_at,
            "",
            kind=Kind.EVENT,
            event=_EVENTS.get(name, Event.OTHER),
            event_key=key,
        )

    def _without_mention(self, text: str) -> str:
        return self._mention.sub("", text, count=1)


def stream_of(message_id: str, text: str) -> dict[str, Any]:
    """Return the answer to a message: a stream that is finished at once."""
    content = clip(clean(text), MAX_REPLY)
    stream = {"id": stream_id(message_id), "finish": True, "content": content}
    return {"msgtype": "stream", "stream": stream}


def greeting_of(text: str) -> dict[str, Any]:
    """Return the answer to the first opening of a chat: the only place for plain text."""
    return {"msgtype": "text", "text": {"content": clip(clean(text), MAX_GREETING)}}


def stream_id(message_id: str) -> str:
    """Return the same id for every delivery of a message."""
    return hashlib.blake2s(message_id.encode(), digest_size=16).hexdigest()


def part_of(said: _Object, key: str) -> _Object:
    """Return an object inside another, empty where there is none."""
    value = said.get(key)
    return value if isinstance(value, dict) else {}


def string_of(said: _Object, key: str) -> str:
    """Return a text of an object, empty where there is none."""
    value = said.get(key)
    return clean(value) if isinstance(value, str) else ""


def _mention(bot_name: str | None) -> re.Pattern[str]:
    if bot_name is None:
        return re.compile(f"\\A[@＠][^{_SPACES}\n]{{1,64}}{_AFTER_MENTION}")
    return re.compile(f"[@＠]{re.escape(bot_name)}{_AFTER_MENTION}")


def _content(said: _Object) -> tuple[Kind, str]:
    """Return kind and text of a message.

    Raises:
        Unreadable: The kind is unknown.
    """
    name = string_of(said, "msgtype")
    if name in ("text", "voice"):
        return Kind(name), string_of(part_of(said, name), "content")
    if name == "mixed":
        text = _mixed(said)
        return (Kind.TEXT, text) if text else (Kind.IMAGE, "")
    if name in _KINDS:
        return _KINDS[name], ""
    raise Unreadable("unknown kind")


def _mixed(said: _Object) -> str:
    items = part_of(said, "mixed").get("msg_item")
    texts = [
        string_of(part_of(item, "text"), "content")
        for item in (items if isinstance(items, list) else ())
        if isinstance(item, dict) and item.get("msgtype") == "text"
    ]
    return "\n".join(text for text in texts if text)


def _quoted(said: _Object) -> str | None:
    quote = part_of(said, "quote")
    name = string_of(quote, "msgtype")
    text = _mixed(quote) if name == "mixed" else ""
    if name in ("text", "voice"):
        text = string_of(part_of(quote, name), "content")
    return text or None


def _chat(said: _Object) -> str | None:
    """Return the group a message was written in.

    Raises:
        Unreadable: It came from a group that it does not name.
    """
    if string_of(said, "chattype") != "group":
        return None
    chat_id = string_of(said, "chatid")
    if not chat_id or len(chat_id) > MAX_ID:
        raise Unreadable("no chat id")
    return chat_id


def _message_id(said: _Object) -> str:
    message_id = string_of(said, "msgid")
    if not message_id or len(message_id) > MAX_ID:
        raise Unreadable("no message id")
    return message_id


def _moment(said: _Object, delivered_s: int) -> datetime:
    """Return when it was sent; where a message carries no time, its delivery's signed one."""
    seconds = said.get("create_time")
    if not isinstance(seconds, int) or not 0 < seconds < _LATEST:
        seconds = delivered_s
    return datetime.fromtimestamp(seconds, UTC)
