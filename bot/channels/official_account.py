"""An Official Account (公众号、服务号): messages come in; out go customer-service messages.

The platform takes five after each message of somebody, for 48 hours: enough for answers and for
what follows them, never for reminders. So it is the last way to a member, and only while open.

In safe mode only `msg_signature` counts, since `signature` does not cover the body. Compatible
mode, which sends the message in the clear beside the encrypted one, is refused.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hmac import compare_digest

from bot.channels.answers import check_sent
from bot.channels.channel import Channel, Parts
from bot.channels.envelope import WINDOW, Envelope, Stamp, check_stamp, signature_of
from bot.channels.menus import menu_writer
from bot.channels.messages import (
    Unreadable,
    is_answerable,
    read_fields,
    read_message,
    text_reply,
)
from bot.channels.rare import parse_official
from bot.channels.sealing import XML, seal_xml
from bot.channels.text import clean
from bot.channels.tokens import Fetched, TokenManager, read_token
from bot.channels.xml import Malformed, read_bytes
from bot.clock import Clock
from bot.config import OfficialAccountConfig
from bot.domain.incoming import Answer, Incoming
from bot.domain.ports import Opened, Rejected
from bot.domain.sending import Pace, SendError, Sent, Window

MAX_BYTES = 2048
WINDOW_OF_MESSAGE = Window(timedelta(hours=48) - timedelta(minutes=1), 5)

_SUCCESS = ("text/plain; charset=utf-8", b"success")
_SAFE_BODY = frozenset({"ToUserName", "Encrypt"})


class OfficialAccount:
    """The way in of one Official Account, in one fixed mode.

    Args:
        envelope: None in plaintext mode.
        clock: Dates the URL check.
    """

    def __init__(
        self, name: str, app_id: str, token: str, envelope: Envelope | None, clock: Clock
    ) -> None:
        self.name = name
        self.space = f"oa:{app_id}"
        self._token = token.encode()
        self._envelope = envelope
        self._clock = clock

    def verify(self, query: str) -> bytes:
        """Return the echostr, which every mode sends and wants in the clear."""
        stamp = self._signed(query, self._clock.now())
        if "echostr" not in stamp.values:
            raise Rejected(400, "no echostr")
        return stamp.values["echostr"].encode()

    def open(self, query: str, body: bytes, now: datetime) -> Opened:
        """Authenticate one delivery and return its message."""
        if self._envelope is None:
            return self._opened(self._open_plain(query, body, now), now)
        return self._opened(self._open_safe(self._envelope, query, body, now), now)

    def _open_safe(self, envelope: Envelope, query: str, body: bytes, now: datetime) -> str:
        stamp = envelope.check(query, now)
        if stamp.values.get("encrypt_type") != "aes":
            raise Rejected(400, "not encrypted: choose 安全模式 in the account's console")
        outer = _read_body(body)
        if "Encrypt" not in outer:
            raise Rejected(400, "no Encrypt: choose 安全模式 and XML in the account's console")
        if not outer.keys() <= _SAFE_BODY:
            raise Rejected(400, "compatible mode: choose 安全模式 in the account's console")
        return envelope.open(stamp, outer["Encrypt"])

    def _open_plain(self, query: str, body: bytes, now: datetime) -> str:
        stamp = self._signed(query, now)
        if stamp.values.get("encrypt_type", "raw") != "raw":
            raise Rejected(400, 'encrypted: set mode = "safe" and aes_key')
        _read_body(body)
        try:
            return body.decode()
        except UnicodeDecodeError:
            raise Rejected(400, "not UTF-8") from None

    def _signed(self, query: str, now: datetime) -> Stamp:
        """Check the signature that covers token, timestamp and nonce, but no body."""
        stamp = check_stamp(query, now, WINDOW.total_seconds(), "signature")
        values = (self._token, str(stamp.timestamp).encode(), stamp.nonce.encode())
        if not compare_digest(signature_of(*values).encode(), stamp.signature.encode()):
            raise Rejected(403, "signature")
        return stamp

    def _opened(self, plain: str, now: datetime) -> Opened:
        try:
            fields = read_fields(plain)
            message = read_message(
                plain, fields, channel=self.name, space=self.space, parse=parse_official
            )
        except Unreadable as note:
            return Opened(None, _Seal(self._envelope, {}, None, 0), str(note))
        return Opened(message, _Seal(self._envelope, fields, message, int(now.timestamp())))


@dataclass(frozen=True, slots=True)
class _Seal:
    envelope: Envelope | None
    fields: Mapping[str, str]
    message: Incoming | None
    timestamp: int

    def __call__(self, answer: Answer) -> tuple[str, bytes]:
        if answer.text is None or not is_answerable(self.message):
            return _SUCCESS
        reply = text_reply(self.fields, answer.text, self.timestamp)
        if self.envelope is None:
            return XML, reply.encode()
        return seal_xml(self.envelope, reply, self.timestamp)


def _read_body(body: bytes) -> dict[str, str]:
    try:
        return read_bytes(body)
    except Malformed as error:
        reason = str(error)
    raise Rejected(400, f"body: {reason}")


class OfficialAccountSender:
    """The way out to who has written of late (客服消息); it has no duplicate check.

    Attributes:
        space: Account space of its addresses.
    """

    max_recipients = 1
    max_bytes = MAX_BYTES
    duplicate_window: timedelta | None = None
    pace: Pace | None = None
    address_pace: Pace | None = None
    window: Window = WINDOW_OF_MESSAGE

    def __init__(self, config: OfficialAccountConfig, tokens: TokenManager, parts: Parts) -> None:
        self.name = config.name
        self.space = f"oa:{config.app_id}"
        self._url = f"{config.api_base}/cgi-bin/message/custom/send"
        self._tokens = tokens
        self._http = parts.http

    def compose(self, addresses: Sequence[str], text: str) -> str:
        """Return the whole body for one follower.

        Raises:
            SendError: The text is longer than the platform takes.
        """
        (address,) = addresses
        content = clean(text)
        if len(content.encode()) > MAX_BYTES:
            raise SendError("文字太长，请改短再发", code="too_long", permanent=True)
        body = {"touser": address, "msgtype": "text", "text": {"content": content}}
        return json.dumps(body, ensure_ascii=False)

    def send(self, body: str) -> Sent:
        """Hand one composed body to the platform."""
        data = body.encode()
        answer = self._tokens.call(
            lambda token: self._http.post(self._url, {"access_token": token}, data, sends=True)
        )
        check_sent(answer)
        return Sent()


def build(config: OfficialAccountConfig, parts: Parts) -> Channel:
    """Build the channel that a configuration entry describes."""
    envelope = None
    if config.mode == "safe" and config.aes_key is not None:
        envelope = Envelope(
            config.token.get_secret_value(), config.aes_key.get_secret_value(), config.app_id
        )
    receiver = OfficialAccount(
        config.name, config.app_id, config.token.get_secret_value(), envelope, parts.clock
    )
    tokens = _tokens(config, parts)
    return Channel(
        name=config.name,
        kind=config.kind,
        space=receiver.space,
        receiver=receiver,
        sender=OfficialAccountSender(config, tokens, parts),
        tokens=tokens,
        put_menu=menu_writer(config.api_base, tokens, parts.http),
    )


def _tokens(config: OfficialAccountConfig, parts: Parts) -> TokenManager:
    def fetch(force: bool) -> Fetched:
        asked = {
            "grant_type": "client_credential",
            "appid": config.app_id,
            "secret": config.secret.get_secret_value(),
            "force_refresh": force,
        }
        url = f"{config.api_base}/cgi-bin/stable_token"
        return read_token(parts.http.post(url, {}, json.dumps(asked).encode(), sends=False))

    key = f"oa:{config.app_id}"
    return TokenManager(key, fetch, store=parts.store, lease=parts.lease, clock=parts.clock)
