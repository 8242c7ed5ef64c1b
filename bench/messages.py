"""Encrypted WeCom deliveries, ready to be written to a socket."""

from __future__ import annotations

import time
from typing import Any

from wechatpy.work.crypto import WeChatCrypto

from bench.world import AES_KEY, AGENT_ID, CORP_ID, PATH, TOKEN, user_id
from bot.channels.envelope import Envelope

_FIRST_ID = 7_300_000_000_000_000_000


def plain(number: int, text: str, at: int) -> str:
    """Return the message of one member as the platform writes it inside the envelope."""
    return (
        f"<xml><ToUserName><![CDATA[{CORP_ID}]]></ToUserName>"
        f"<FromUserName><![CDATA[{user_id(number)}]]></FromUserName>"
        f"<CreateTime>{at}</CreateTime><MsgType><![CDATA[text]]></MsgType>"
        f"<Content><![CDATA[{text}]]></Content>"
        f"<MsgId>{_FIRST_ID + number}</MsgId><AgentID>{AGENT_ID}</AgentID></xml>"
    )


def delivery(envelope: Envelope, number: int, text: str = "签到") -> tuple[str, bytes]:
    """Return query and body of the delivery of one member's message."""
    now = int(time.time())
    sealed = envelope.seal(plain(number, text, now), now)
    query = f"msg_signature={sealed.signature}&timestamp={now}&nonce={sealed.nonce}"
    body = (
        f"<xml><ToUserName><![CDATA[{CORP_ID}]]></ToUserName>"
        f"<AgentID><![CDATA[{AGENT_ID}]]></AgentID>"
        f"<Encrypt><![CDATA[{sealed.encrypt}]]></Encrypt></xml>"
    )
    return query, body.encode()


def request(envelope: Envelope, number: int) -> bytes:
    """Return one whole HTTP request."""
    query, body = delivery(envelope, number)
    head = (
        f"POST {PATH}?{query} HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: Mozilla/4.0\r\n"
        f"Accept: */*\r\nContent-Type: text/xml\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def envelope() -> Envelope:
    """Return what seals as the platform does."""
    return Envelope(TOKEN, AES_KEY, CORP_ID)


def opened(body: bytes) -> str:
    """Decrypt a reply with wechatpy, which neither our codec nor the naive bot's setup helps."""
    import xmltodict

    reply: dict[str, Any] = xmltodict.parse(body)["xml"]
    crypto = WeChatCrypto(TOKEN, AES_KEY, CORP_ID)
    xml = crypto.decrypt_message(body, reply["MsgSignature"], reply["TimeStamp"], reply["Nonce"])
    content: str = xmltodict.parse(xml)["xml"]["Content"]
    return content
