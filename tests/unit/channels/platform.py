"""What the platforms would send us, made with crypto that is not the product's own."""

from __future__ import annotations

import base64
import json
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote
from xml.etree import ElementTree

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from bot.domain.ports import Token
from tests.fake_tencent import crypto

NOW = datetime(2026, 3, 16, 2, 0, tzinfo=UTC)
SECONDS = int(NOW.timestamp())
TOKEN = "QDG6eK"
AES_KEY = "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C"
CORP = "ww5823bf96d3bd56c7"
APP = "wx2c2769f8efd9abc2"
AGENT = 1000002
VECTORS: list[dict[str, str]] = json.loads(
    (Path(__file__).parents[2] / "vectors.json").read_text(encoding="utf-8")
)["vectors"]


def vectors(*starts: str) -> list[dict[str, str]]:
    """Return the encrypted vectors whose id starts with one of these."""
    return [each for each in VECTORS if "encrypt" in each and each["id"].startswith(starts)]


@dataclass(frozen=True)
class Delivery:
    """One callback, with every part open to tampering."""

    plain: str
    receive_id: str
    timestamp: str = str(SECONDS)
    nonce: str = "nonce0"
    encrypt: str | None = None
    signature: str | None = None
    more: dict[str, str] = field(default_factory=dict)

    def sealed(self) -> str:
        """Return the encrypted text."""
        if self.encrypt is not None:
            return self.encrypt
        return crypto.encrypt(AES_KEY, self.plain, self.receive_id)

    def query(self, sealed: str) -> str:
        """Return the raw query string that signs a text."""
        signed = crypto.sign(TOKEN, self.timestamp, self.nonce, sealed)
        values = {
            "msg_signature": signed if self.signature is None else self.signature,
            "timestamp": self.timestamp,
            "nonce": self.nonce,
            **self.more,
        }
        return "&".join(f"{name}={quote(value, safe='')}" for name, value in values.items())

    def xml(self, outer: str = "") -> tuple[str, bytes]:
        """Return query and body of an XML callback."""
        sealed = self.sealed()
        body = f"<xml>{outer}<Encrypt><![CDATA[{sealed}]]></Encrypt></xml>"
        return self.query(sealed), body.encode()

    def json(self) -> tuple[str, bytes]:
        """Return query and body of a JSON callback."""
        sealed = self.sealed()
        return self.query(sealed), json.dumps({"encrypt": sealed}).encode()

    def check(self) -> str:
        """Return the query of an encrypted URL check."""
        sealed = self.sealed()
        return replace(self, more={"echostr": sealed}).query(sealed)


def encrypt_raw(frame: bytes) -> str:
    """Encrypt bytes as they are, padded already."""
    key = base64.b64decode(AES_KEY + "=")
    encryptor = Cipher(algorithms.AES(key), modes.CBC(key[:16])).encryptor()
    return base64.b64encode(encryptor.update(frame) + encryptor.finalize()).decode()


def frame(message: bytes, receive_id: str, *, length: int | None = None) -> bytes:
    """Return a frame without padding, with any length in its head."""
    stated = len(message) if length is None else length
    return b"r" * 16 + struct.pack(">I", stated) + message + receive_id.encode()


def pad(data: bytes) -> bytes:
    """Pad correctly."""
    missing = 32 - len(data) % 32
    return data + bytes([missing]) * missing


def message_xml(to: str, **fields: object) -> str:
    """Return a message in XML; a field that is None is left out."""
    values: dict[str, object] = {
        "ToUserName": to,
        "FromUserName": "zhangsan",
        "CreateTime": SECONDS,
        "MsgType": "text",
        "Content": "签到",
        "MsgId": "4561255354251345929",
        **fields,
    }
    inner = "".join(
        f"<{name}><![CDATA[{value}]]></{name}>"
        for name, value in values.items()
        if value is not None
    )
    return f"<xml>{inner}</xml>"


def opened_xml(body: bytes, receive_id: str) -> dict[str, str]:
    """Check and decrypt an XML answer as the platform does; return its elements."""
    outer = {each.tag: each.text or "" for each in ElementTree.fromstring(body)}
    signed = (TOKEN, outer["TimeStamp"], outer["Nonce"], outer["Encrypt"])
    assert crypto.is_signed(outer["MsgSignature"], *signed)
    root = ElementTree.fromstring(crypto.decrypt(AES_KEY, outer["Encrypt"], receive_id))
    assert len({each.tag for each in root}) == len(root)
    return {each.tag: each.text or "" for each in root}


def opened_json(body: bytes, nonce: str) -> dict[str, Any]:
    """Check and decrypt a robot's answer as the platform does."""
    outer = json.loads(body)
    assert list(outer) == ["encrypt", "msgsignature", "timestamp", "nonce"]
    assert isinstance(outer["timestamp"], int)
    assert outer["nonce"] == nonce
    signed = (TOKEN, str(outer["timestamp"]), outer["nonce"], outer["encrypt"])
    assert crypto.is_signed(outer["msgsignature"], *signed)
    reply = json.loads(crypto.decrypt(AES_KEY, outer["encrypt"], ""))
    assert isinstance(reply, dict)
    return reply


class MemoryTokens:
    """A token store in memory."""

    def __init__(self) -> None:
        self.kept: dict[str, Token] = {}

    def read(self, key: str) -> Token | None:
        """Return the token kept under a key."""
        return self.kept.get(key)

    def swap(self, key: str, value: str, expires_at: datetime, *, seen_version: int) -> bool:
        """Store a token unless somebody was faster."""
        version = self.kept[key].version if key in self.kept else 0
        if version != seen_version:
            return False
        self.kept[key] = Token(value, expires_at, version + 1)
        return True


class MemoryLease:
    """A lease in memory."""

    def __init__(self) -> None:
        self.names: set[str] = set()
        self.holders: dict[str, str] = {}

    def keep(self, name: str, holder: str, lasting: timedelta) -> bool:
        """Take a lease, or keep one's own."""
        assert lasting > timedelta()
        return self.holders.setdefault(name, holder) == holder

    def give_back(self, name: str, holder: str) -> None:
        """Let go of one's own."""
        if self.holders.get(name) == holder:
            del self.holders[name]

    @contextmanager
    def hold(self, name: str, lasting: timedelta) -> Iterator[bool]:
        """Take a lease once."""
        assert lasting > timedelta()
        got = name not in self.names
        self.names.add(name)
        try:
            yield got
        finally:
            if got:
                self.names.discard(name)
