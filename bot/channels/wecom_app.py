"""A WeCom self-built app (企业微信自建应用): private messages both ways.

Sending asks for the platform's duplicate check, which compares the whole JSON body and its
recipients; a frozen body may therefore be repeated within `duplicate_window`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from bot.channels.answers import check_sent
from bot.channels.channel import Channel, Parts
from bot.channels.envelope import Envelope
from bot.channels.menus import menu_writer
from bot.channels.messages import (
    Unreadable,
    is_answerable,
    read_fields,
    read_message,
    text_reply,
)
from bot.channels.rare import parse_work
from bot.channels.sealing import seal_xml
from bot.channels.text import clean
from bot.channels.tokens import Fetched, TokenManager, read_token
from bot.channels.wecom_card import card_content, fits, pressed_reply
from bot.channels.xml import Malformed, read_bytes
from bot.clock import Clock
from bot.config import WecomAppConfig
from bot.domain.cards import Card
from bot.domain.incoming import Answer, Event, Incoming
from bot.domain.ports import Opened, Rejected
from bot.domain.sending import Pace, SendError, Sent

MAX_RECIPIENTS = 1000
MAX_BYTES = 2048
DUPLICATE_CHECK_SECONDS = 1800

# The platform drops what is over 30 a minute or 1000 an hour to one member, without an error. Both
# are one less here: what was counted may leave a little later.
MEMBER_PACE = Pace.within((29, 60), (999, 3600))

# The platform's window starts when the request arrives there, so ours ends a little earlier.
_DUPLICATE_WINDOW = timedelta(seconds=DUPLICATE_CHECK_SECONDS - 60)
_SILENCE = ("text/plain; charset=utf-8", b"")
_NOT_REACHED = "账号不对，或不在应用的可见范围里"
_NOT_LICENSED = "账号没有激活（缺少接口许可）"


class WecomAppReceiver:
    """The way in of one app.

    Args:
        clock: Dates the URL check.
    """

    def __init__(
        self, name: str, corp_id: str, agent_id: int, envelope: Envelope, clock: Clock
    ) -> None:
        self.name = name
        self.space = f"wecom:{corp_id}"
        self._corp_id = corp_id
        self._agent_id = str(agent_id)
        self._envelope = envelope
        self._clock = clock

    def verify(self, query: str) -> bytes:
        """Return the decrypted echostr, byte for byte."""
        return self._envelope.verify(query, self._clock.now())

    def open(self, query: str, body: bytes, now: datetime) -> Opened:
        """Authenticate and decrypt one delivery."""
        stamp = self._envelope.check(query, now)
        plain = self._envelope.open(stamp, _encrypted(body))
        try:
            fields = read_fields(plain)
            self._refuse_others(fields)
            message = read_message(
                plain, fields, channel=self.name, space=self.space, parse=parse_work
            )
        except Unreadable as note:
            return Opened(None, _Seal(self._envelope, {}, None, 0), str(note))
        if message.event is Event.CARD:
            message = replace(message, shows_text=False)
        return Opened(message, _Seal(self._envelope, fields, message, int(now.timestamp())))

    def _refuse_others(self, fields: Mapping[str, str]) -> None:
        """Let only what is inside the encryption decide whom a message is for."""
        if fields.get("ToUserName") != self._corp_id:
            raise Unreadable("for another corporation")
        if fields.get("AgentID", "") != self._agent_id:
            raise Unreadable("for another app")


@dataclass(frozen=True, slots=True)
class _Seal:
    envelope: Envelope
    fields: Mapping[str, str]
    message: Incoming | None
    timestamp: int

    def __call__(self, answer: Answer) -> tuple[str, bytes]:
        pressed = self.message is not None and self.message.event is Event.CARD
        if answer.text is None or not (pressed or is_answerable(self.message)):
            return _SILENCE
        written = pressed_reply if pressed else text_reply
        reply = written(self.fields, answer.text, self.timestamp)
        return seal_xml(self.envelope, reply, self.timestamp)


class WecomAppSender:
    """The way out of one app."""

    max_recipients = MAX_RECIPIENTS
    max_bytes = MAX_BYTES
    duplicate_window: timedelta | None = _DUPLICATE_WINDOW
    pace: Pace | None = None
    address_pace: Pace | None = MEMBER_PACE

    def __init__(self, config: WecomAppConfig, tokens: TokenManager, parts: Parts) -> None:
        self.name = config.name
        self._agent_id = config.agent_id
        self._cards = config.cards
        self._url = f"{config.api_base}/cgi-bin/message/send"
        self._tokens = tokens
        self._http = parts.http

    def compose(self, addresses: Sequence[str], text: str) -> str:
        """Return the whole body; only the access token is added when it is sent.

        Raises:
            SendError: An address or the text is one that the platform would misread.
        """
        _check_addresses(addresses)
        content = clean(text)
        if len(content.encode()) > MAX_BYTES:
            raise SendError("文字太长，平台会截断，请改短再发", code="too_long", permanent=True)
        return self._body(addresses, "text", {"content": content})

    def compose_card(self, addresses: Sequence[str], text: str, card: Card) -> str:
        """Return the body of a card; of a text that it would cut, that of the text alone."""
        if not self._cards or not fits(text):
            return self.compose(addresses, text)
        _check_addresses(addresses)
        return self._body(addresses, "template_card", card_content(text, card))

    def _body(self, addresses: Sequence[str], kind: str, content: Mapping[str, Any]) -> str:
        body = {
            "touser": "|".join(addresses),
            "msgtype": kind,
            "agentid": self._agent_id,
            kind: content,
            "safe": 0,
            "enable_duplicate_check": 1,
            "duplicate_check_interval": DUPLICATE_CHECK_SECONDS,
        }
        return json.dumps(body, ensure_ascii=False)

    def send(self, body: str) -> Sent:
        """Hand one composed body to the platform.

        A lost answer is `uncertain`; within `duplicate_window` the same body may be sent again.
        """
        data = body.encode()
        answer = self._tokens.call(
            lambda token: self._http.post(self._url, {"access_token": token}, data, sends=True)
        )
        check_sent(answer)
        addresses = json.loads(body)["touser"].split("|")
        message_id = answer.get("msgid")
        return Sent(
            message_id if isinstance(message_id, str) else None, _refused(answer, addresses)
        )


def _check_addresses(addresses: Sequence[str]) -> None:
    """Keep an address of the roster from becoming several, or everybody."""
    if not 0 < len(addresses) <= MAX_RECIPIENTS:
        raise SendError("一次最多发给1000人", code="recipients", permanent=True)
    for address in addresses:
        if not address or "|" in address or address.lower() == "@all" or clean(address) != address:
            raise SendError("收件人账号不对，请核对名册里的账号", code="address", permanent=True)


def _refused(answer: Mapping[str, Any], addresses: Sequence[str]) -> dict[str, str]:
    """Return whom the platform did not reach; it answers in lower case."""
    reasons = {
        **dict.fromkeys(_listed(answer, "unlicenseduser"), _NOT_LICENSED),
        **dict.fromkeys(_listed(answer, "invaliduser"), _NOT_REACHED),
    }
    return {each: reasons[each.lower()] for each in addresses if each.lower() in reasons}


def _listed(answer: Mapping[str, Any], key: str) -> list[str]:
    value = answer.get(key)
    return value.lower().split("|") if isinstance(value, str) and value else []


def _encrypted(body: bytes) -> str:
    try:
        outer = read_bytes(body)
    except Malformed as error:
        outer, reason = {}, str(error)
    else:
        reason = "no Encrypt"
    if "Encrypt" in outer:
        return outer["Encrypt"]
    raise Rejected(400, f"body: {reason}")


def build(config: WecomAppConfig, parts: Parts) -> Channel:
    """Build the channel that a configuration entry describes."""
    envelope = Envelope(
        config.token.get_secret_value(), config.aes_key.get_secret_value(), config.corp_id
    )
    receiver = WecomAppReceiver(config.name, config.corp_id, config.agent_id, envelope, parts.clock)
    tokens = _tokens(config, parts)
    return Channel(
        name=config.name,
        kind=config.kind,
        space=receiver.space,
        receiver=receiver,
        sender=WecomAppSender(config, tokens, parts),
        tokens=tokens,
        put_menu=menu_writer(
            config.api_base, tokens, parts.http, {"agentid": str(config.agent_id)}
        ),
    )


def _tokens(config: WecomAppConfig, parts: Parts) -> TokenManager:
    def fetch(_force: bool) -> Fetched:
        asked = {"corpid": config.corp_id, "corpsecret": config.secret.get_secret_value()}
        return read_token(parts.http.get(f"{config.api_base}/cgi-bin/gettoken", asked))

    key = f"wecom:{config.corp_id}:{config.agent_id}"
    return TokenManager(key, fetch, store=parts.store, lease=parts.lease, clock=parts.clock)
