"""A WeCom smart robot (智能机器人): heard in groups when it is mentioned, and in private.

It speaks JSON, its receive id is "", and an answer repeats the callback's nonce. A plain answer
is a finished stream; plain text is allowed only for the greeting.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from bot.channels.channel import Channel, Parts
from bot.channels.envelope import Envelope, Stamp
from bot.channels.jsontext import Malformed, read_object
from bot.channels.messages import MAX_ID, Unreadable, event_id
from bot.channels.text import clean, clip
from bot.clock import Clock
from bot.config import WecomRobotConfig
from bot.domain.incoming import Answer, Event, Incoming, Kind
from bot.domain.ports import Opened, Rejected, Seal

MAX_REPLY = 20480  # bytes of a stream's content
MAX_GREETING = 2048

_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
_JSON = "application/json; charset=utf-8"
_SILENCE = (_JSON, b"")
_PLATFORM = "sys"
_SPACES = " \u2005\u00a0"
_AFTER_MENTION = f"(?:[{_SPACES}]+|(?=\n)|\\Z)"
_LATEST = 4102444800  # 2100: a time beyond is no time in seconds
_KINDS = {"image": Kind.IMAGE, "file": Kind.FILE, "video": Kind.FILE}
_EVENTS = {"enter_chat": Event.ENTER, "template_card_event": Event.CARD}

_Object = Mapping[str, Any]


class WecomRobotReceiver:
    """The way in of one robot.

    Args:
        clock: Dates the URL check.
        bot_id: The robot's id, where known: messages for another robot are left alone.
        bot_name: What members write after the @, where known; a name with spaces in it, or
            a mention in the middle of a message, is recognised only with it.
    """

    def __init__(
        self,
        name: str,
        corp_id: str,
        envelope: Envelope,
        clock: Clock,
        *,
        bot_id: str | None = None,
        bot_name: str | None = None,
    ) -> None:
        self.name = name
        self.space = f"wecom:{corp_id}"
        self._envelope = envelope
        self._clock = clock
        self._bot_id = bot_id
        self._mention = _mention(bot_name)

    def verify(self, query: str) -> bytes:
        """Return the decrypted echostr, byte for byte."""
        return self._envelope.verify(query, self._clock.now())

    def open(self, query: str, body: bytes, now: datetime) -> Opened:
        """Authenticate and decrypt one delivery."""
        stamp = self._envelope.check(query, now)
        plain = self._envelope.open(stamp, _encrypted(body))
        seal = _Seal(self._envelope, stamp.nonce, int(now.timestamp()))
        try:
            said = read_object(plain)
            if _string(said, "msgtype") == "stream":
                return Opened(None, _PollSeal(seal, _string(_part(said, "stream"), "id")), "poll")
            message = self._message(said, stamp)
        except (Malformed, Unreadable) as note:
            return Opened(None, _silence, str(note))
        return Opened(message, _seal_for(message, seal))

    def _message(self, said: _Object, stamp: Stamp) -> Incoming:
        if self._bot_id is not None and _string(said, "aibotid") != self._bot_id:
            raise Unreadable("for another robot")
        sender = _string(_part(said, "from"), "userid")
        if not sender or len(sender) > MAX_ID or sender == _PLATFORM:
            raise Unreadable("from the platform itself" if sender == _PLATFORM else "no sender")
        if _string(said, "msgtype") == "event":
            return self._event(said, sender, stamp)
        kind, text = _content(said)
        chat_id = _chat(said)
        return Incoming(
            self.name,
            self.space,
            _message_id(said),
            chat_id,
            sender,
            _moment(said, stamp),
            text if chat_id is None else self._without_mention(text),
            quoted_text=_quoted(said),
            kind=kind,
        )

    def _event(self, said: _Object, sender: str, stamp: Stamp) -> Incoming:
        about = _part(said, "event")
        name = _string(about, "eventtype")
        key = _string(_part(about, name), "event_key")
        sent_at = _moment(said, stamp)
        seconds = str(int(sent_at.timestamp()))
        return Incoming(
            self.name,
            self.space,
            _string(said, "msgid")[:MAX_ID] or event_id(sender, seconds, name, key),
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


@dataclass(frozen=True, slots=True)
class _Seal:
    """Seals one reply body for one callback."""

    envelope: Envelope
    nonce: str
    timestamp: int

    def body(self, reply: _Object) -> tuple[str, bytes]:
        """Return content type and body of an encrypted answer."""
        sealed = self.envelope.seal(_ENCODER.encode(reply), self.timestamp, self.nonce)
        answer = {
            "encrypt": sealed.encrypt,
            "msgsignature": sealed.signature,
            "timestamp": sealed.timestamp,
            "nonce": sealed.nonce,
        }
        return _JSON, json.dumps(answer).encode()


@dataclass(frozen=True, slots=True)
class _StreamSeal:
    """Answers a message: a stream that is finished at once."""

    seal: _Seal
    message_id: str

    def __call__(self, answer: Answer) -> tuple[str, bytes]:
        if answer.text is None:
            return _SILENCE
        content = clip(clean(answer.text), MAX_REPLY)
        stream = {"id": _stream_id(self.message_id), "finish": True, "content": content}
        return self.seal.body({"msgtype": "stream", "stream": stream})


@dataclass(frozen=True, slots=True)
class _GreetingSeal:
    """Answers the first opening of a chat: the only place for plain text."""

    seal: _Seal

    def __call__(self, answer: Answer) -> tuple[str, bytes]:
        if answer.text is None:
            return _SILENCE
        content = clip(clean(answer.text), MAX_GREETING)
        return self.seal.body({"msgtype": "text", "text": {"content": content}})


@dataclass(frozen=True, slots=True)
class _PollSeal:
    """Answers a poll for more of a stream: it is finished, and there is nothing new."""

    seal: _Seal
    stream_id: str

    def __call__(self, answer: Answer) -> tuple[str, bytes]:  # noqa: ARG002 - a Seal
        return self.seal.body(
            {"msgtype": "stream", "stream": {"id": self.stream_id, "finish": True}}
        )


def _silence(answer: Answer) -> tuple[str, bytes]:  # noqa: ARG001 - a Seal
    return _SILENCE


def _seal_for(message: Incoming, seal: _Seal) -> Seal:
    if message.event is None:
        return _StreamSeal(seal, message.message_id)
    return _GreetingSeal(seal) if message.event is Event.ENTER else _silence


def _stream_id(message_id: str) -> str:
    """Return the same id for every delivery of a message."""
    return hashlib.blake2s(message_id.encode(), digest_size=16).hexdigest()


def _encrypted(body: bytes) -> str:
    try:
        encrypt = read_object(body).get("encrypt")
    except Malformed as error:
        encrypt, reason = None, str(error)
    else:
        reason = "no encrypt"
    if isinstance(encrypt, str):
        return encrypt
    raise Rejected(400, f"body: {reason}")


def _mention(bot_name: str | None) -> re.Pattern[str]:
    if bot_name is None:
        return re.compile(f"\\A[@＠][^{_SPACES}\n]{{1,64}}{_AFTER_MENTION}")
    return re.compile(f"[@＠]{re.escape(bot_name)}{_AFTER_MENTION}")


def _content(said: _Object) -> tuple[Kind, str]:
    """Return kind and text of a message.

    Raises:
        Unreadable: The kind is unknown.
    """
    name = _string(said, "msgtype")
    if name in ("text", "voice"):
        return Kind(name), _string(_part(said, name), "content")
    if name == "mixed":
        text = _mixed(said)
        return (Kind.TEXT, text) if text else (Kind.IMAGE, "")
    if name in _KINDS:
        return _KINDS[name], ""
    raise Unreadable("unknown kind")


def _mixed(said: _Object) -> str:
    items = _part(said, "mixed").get("msg_item")
    texts = [
        _string(_part(item, "text"), "content")
        for item in (items if isinstance(items, list) else ())
        if isinstance(item, dict) and item.get("msgtype") == "text"
    ]
    return "\n".join(text for text in texts if text)


def _quoted(said: _Object) -> str | None:
    quote = _part(said, "quote")
    name = _string(quote, "msgtype")
    text = _mixed(quote) if name == "mixed" else ""
    if name in ("text", "voice"):
        text = _string(_part(quote, name), "content")
    return text or None


def _chat(said: _Object) -> str | None:
    """Return the group a message was written in.

    Raises:
        Unreadable: It came from a group that it does not name.
    """
    if _string(said, "chattype") != "group":
        return None
    chat_id = _string(said, "chatid")
    if not chat_id or len(chat_id) > MAX_ID:
        raise Unreadable("no chat id")
    return chat_id


def _message_id(said: _Object) -> str:
    message_id = _string(said, "msgid")
    if not message_id or len(message_id) > MAX_ID:
        raise Unreadable("no message id")
    return message_id


def _moment(said: _Object, stamp: Stamp) -> datetime:
    """Return when it was sent; where a message carries no time, its delivery's signed one."""
    seconds = said.get("create_time")
    if not isinstance(seconds, int) or not 0 < seconds < _LATEST:
        seconds = stamp.timestamp
    return datetime.fromtimestamp(seconds, UTC)


def _part(said: _Object, key: str) -> _Object:
    value = said.get(key)
    return value if isinstance(value, dict) else {}


def _string(said: _Object, key: str) -> str:
    value = said.get(key)
    return clean(value) if isinstance(value, str) else ""


def build(config: WecomRobotConfig, parts: Parts) -> Channel:
    """Build the channel that a configuration entry describes."""
    envelope = Envelope(config.token.get_secret_value(), config.aes_key.get_secret_value(), "")
    receiver = WecomRobotReceiver(
        config.name,
        config.corp_id,
        envelope,
        parts.clock,
        bot_id=config.bot_id,
        bot_name=config.bot_name,
    )
    return Channel(name=config.name, kind=config.kind, space=receiver.space, receiver=receiver)
