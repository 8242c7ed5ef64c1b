"""Encrypted answers as XML, shared by Official Account and WeCom app."""

from __future__ import annotations

from bot.channels.envelope import Envelope

XML = "application/xml; charset=utf-8"


def seal_xml(envelope: Envelope, reply: str, timestamp: int) -> tuple[str, bytes]:
    """Return content type and body of an encrypted answer."""
    sealed = envelope.seal(reply, timestamp)
    body = (
        f"<xml><Encrypt><![CDATA[{sealed.encrypt}]]></Encrypt>"
        f"<MsgSignature><![CDATA[{sealed.signature}]]></MsgSignature>"
        f"<TimeStamp>{timestamp}</TimeStamp>"
        f"<Nonce><![CDATA[{sealed.nonce}]]></Nonce></xml>"
    )
    return XML, body.encode()
