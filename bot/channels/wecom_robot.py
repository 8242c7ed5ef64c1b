"""A WeCom smart robot (智能机器人): heard in groups when it is mentioned, and in private.

It speaks JSON, its receive id is "", and an answer repeats the callback's nonce. A plain answer
is a finished stream; plain text is allowed only for the greeting.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.channels.channel import Channel, Parts
from bot.channels.envelope import Envelope
from bot.channels.jsontext import Malformed, read_object
from bot.channels.messages import Unreadable
from bot.channels.robot_link import GROUP, RobotLink
from bot.channels.robot_messages import RobotReader, greeting_of, part_of, stream_of, string_of
from bot.clock import Clock
from bot.config import WecomRobotConfig
from bot.domain.incoming import Answer, Event, Incoming
from bot.domain.ports import Opened, Rejected, Seal

_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
_JSON = "application/json; charset=utf-8"
_SILENCE = (_JSON, b"")
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
        self._reader = RobotReader(name, self.space, bot_id=bot_id, bot_name=bot_name)

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
            if string_of(said, "msgtype") == "stream":
                return Opened(
                    None, _PollSeal(seal, string_of(part_of(said, "stream"), "id")), "poll"
                )
            message = self._reader.read(said, stamp.timestamp)
        except (Malformed, Unreadable) as note:
            return Opened(None, _silence, str(note))
        return Opened(message, _seal_for(message, seal))


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
        return self.seal.body(stream_of(self.message_id, answer.text))


@dataclass(frozen=True, slots=True)
class _GreetingSeal:
    """Answers the first opening of a chat: the only place for plain text."""

    seal: _Seal

    def __call__(self, answer: Answer) -> tuple[str, bytes]:
        if answer.text is None:
            return _SILENCE
        return self.seal.body(greeting_of(answer.text))


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


def build(config: WecomRobotConfig, parts: Parts) -> Channel:
    """Build the channel that a configuration entry describes.

    With a `secret` it has the long connection, which sends as well; with `token` and `aes_key`
    callbacks. The platform uses one of the two.
    """
    space = f"wecom:{config.corp_id}"
    receiver = None
    if config.token is not None and config.aes_key is not None:
        envelope = Envelope(config.token.get_secret_value(), config.aes_key.get_secret_value(), "")
        receiver = WecomRobotReceiver(
            config.name,
            config.corp_id,
            envelope,
            parts.clock,
            bot_id=config.bot_id,
            bot_name=config.bot_name,
        )
    if config.secret is None:
        return Channel(name=config.name, kind=config.kind, space=space, receiver=receiver)
    reader = RobotReader(config.name, space, bot_id=config.bot_id, bot_name=config.bot_name)
    link = RobotLink(config, reader, parts)
    return Channel(
        name=config.name,
        kind=config.kind,
        space=space,
        receiver=receiver,
        sender=link,
        listen=link.listen,
        group_prefix=GROUP,
    )
