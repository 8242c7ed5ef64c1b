"""The platforms' signed and encrypted envelope, strict and in constant time.

One scheme serves the Official Account, the WeCom app and the smart robot; they differ in the
receive id. The order of the checks matters: cheap and unauthenticated first, and nothing is
decrypted before the signature was compared.
"""

from __future__ import annotations

import binascii
import os
from datetime import datetime, timedelta
from hashlib import sha1
from hmac import compare_digest
from typing import NamedTuple
from urllib.parse import unquote

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC

from bot.config import ConfigError
from bot.domain.ports import Rejected

WINDOW = timedelta(minutes=10)
_KEY_CHARACTERS = 43
_BLOCK = 16
_PAD_TO = 32
_HEAD = 20  # 16 random bytes, then the length of the message
_NOISE = 24  # the random bytes, and those of a nonce
_MAX_QUERY = 8192
_MAX_TIMESTAMP_DIGITS = 11
_PADS = [bytes([count]) * count for count in range(_PAD_TO + 1)]


class Stamp(NamedTuple):
    """The checked parameters of one delivery, before its signature was compared.

    Attributes:
        timestamp: Seconds since 1970, within the window.
        values: Every parameter of the query, decoded.
    """

    timestamp: int
    nonce: str
    signature: str
    values: dict[str, str]


class Sealed(NamedTuple):
    """An encrypted answer and what signs it."""

    encrypt: str
    signature: str
    timestamp: int
    nonce: str


class Envelope:
    """Opens and seals with one account's token and key.

    Args:
        token: The callback's Token.
        aes_key: The callback's EncodingAESKey, 43 characters.
        receive_id: Corporation id, app id, or "" for a smart robot; always compared.
        window: How far a timestamp may lie from our clock, either way, inclusive.

    Raises:
        ConfigError: The key is not an EncodingAESKey.
    """

    def __init__(
        self, token: str, aes_key: str, receive_id: str, window: timedelta = WINDOW
    ) -> None:
        key = _decode_key(aes_key)
        self._cipher = Cipher(AES(key), CBC(key[:_BLOCK]))
        self._token = token.encode()
        self._receive_id = receive_id.encode()
        self._window = window.total_seconds()

    def check(self, query: str, now: datetime, signature: str = "msg_signature") -> Stamp:
        """Check the parameters of a delivery; its signature is compared by `open`.

        Args:
            query: The raw query string.
            signature: Name of the parameter that carries the signature.

        Raises:
            Rejected: A parameter is missing, repeated or malformed, or the timestamp is stale.
        """
        return check_stamp(query, now, self._window, signature)

    def verify(self, query: str, now: datetime) -> bytes:
        """Return the exact answer to an encrypted URL check: the decrypted echostr.

        Raises:
            Rejected: Not authentic.
        """
        stamp = self.check(query, now)
        if "echostr" not in stamp.values:
            raise Rejected(400, "no echostr")
        return self.open(stamp, stamp.values["echostr"]).encode()

    def open(self, stamp: Stamp, encrypt: str) -> str:
        """Return the message inside an envelope.

        Raises:
            Rejected: Signature, encoding, padding, length, UTF-8 or receive id is wrong.
        """
        sealed = encrypt.encode(errors="replace")
        values = (self._token, str(stamp.timestamp).encode(), stamp.nonce.encode(), sealed)
        if not compare_digest(signature_of(*values).encode(), stamp.signature.encode()):
            raise Rejected(403, "signature")
        return self._unframe(self._decrypt(sealed))

    def seal(self, text: str, timestamp: int, nonce: str | None = None) -> Sealed:
        """Encrypt and sign an answer.

        Args:
            timestamp: Seconds since 1970.
            nonce: A robot's answer repeats the callback's; otherwise a fresh one is made.
        """
        noise = os.urandom(_NOISE)
        nonce = noise[_BLOCK:].hex() if nonce is None else nonce
        encrypt = self._encrypt(noise[:_BLOCK], text.encode())
        signature = signature_of(self._token, str(timestamp).encode(), nonce.encode(), encrypt)
        return Sealed(encrypt.decode("ascii"), signature, timestamp, nonce)

    def _encrypt(self, noise: bytes, message: bytes) -> bytes:
        frame = noise + len(message).to_bytes(4, "big") + message + self._receive_id
        padded = frame + _PADS[_PAD_TO - len(frame) % _PAD_TO]
        # Whole blocks need no `finalize`, which would cost a tenth of the time.
        return binascii.b2a_base64(self._cipher.encryptor().update(padded), newline=False)

    def _decrypt(self, sealed: bytes) -> bytes:
        try:
            secret = binascii.a2b_base64(sealed, strict_mode=True)
        except binascii.Error:
            secret = b""
        if not secret or len(secret) % _BLOCK:
            raise Rejected(400, "not base64 of whole blocks")
        return self._cipher.decryptor().update(secret)

    def _unframe(self, plain: bytes) -> str:
        pad = plain[-1]
        if not 1 <= pad <= _PAD_TO or not plain.endswith(_PADS[pad]):
            raise Rejected(400, "padding")
        length = int.from_bytes(plain[_BLOCK:_HEAD], "big")
        message_end, end = _HEAD + length, len(plain) - pad
        if end < _HEAD or message_end > end:
            raise Rejected(400, "length")
        text = _decoded(plain[_HEAD:message_end])
        if not compare_digest(plain[message_end:end], self._receive_id):
            raise Rejected(403, "receive id")
        return text


def signature_of(*values: bytes) -> str:
    """Return the signature over values: SHA-1 of their sorted concatenation, in hex."""
    return sha1(b"".join(sorted(values)), usedforsecurity=False).hexdigest()


def check_stamp(query: str, now: datetime, window: float, signature: str) -> Stamp:
    """Return the parameters of a delivery after the checks that need no key.

    Args:
        query: The raw query string.
        window: Seconds the timestamp may lie from `now`.
        signature: Name of the parameter that carries the signature.

    Raises:
        Rejected: A parameter is missing, repeated or malformed, or the timestamp is stale.
    """
    values = parameters(query)
    given, nonce = values.get(signature), values.get("nonce")
    digits = values.get("timestamp")
    if not given or not nonce or not digits:
        raise Rejected(400, "a parameter is missing")
    if not (digits.isascii() and digits.isdigit() and len(digits) <= _MAX_TIMESTAMP_DIGITS):
        raise Rejected(400, "timestamp is not a number")
    timestamp = int(digits)
    if digits[0] == "0" or abs(now.timestamp() - timestamp) > window:
        raise Rejected(403, "timestamp outside the window")
    return Stamp(timestamp, nonce, given, values)


def parameters(query: str) -> dict[str, str]:
    """Return the parameters of a raw query string; a `+` stands for itself.

    Raises:
        Rejected: Not plain ASCII, a parameter twice, broken escapes, or far too long.
    """
    if len(query) > _MAX_QUERY or not query.isascii():
        raise Rejected(400, "strange query")
    values: dict[str, str] = {}
    for pair in query.split("&") if query else ():
        name, _, value = pair.partition("=")
        if "%" in pair:
            name, value = _unquoted(name), _unquoted(value)
        if name in values:
            raise Rejected(400, "a parameter twice")
        values[name] = value
    return values


def _unquoted(text: str) -> str:
    try:
        return unquote(text, errors="strict")
    except UnicodeDecodeError:
        pass
    raise Rejected(400, "broken escape")


def _decoded(message: bytes) -> str:
    try:
        return message.decode()
    except UnicodeDecodeError:
        pass
    raise Rejected(400, "not UTF-8")


def _decode_key(aes_key: str) -> bytes:
    try:
        key = binascii.a2b_base64(aes_key + "=", strict_mode=True)
    except ValueError:
        key = b""
    if len(aes_key) != _KEY_CHARACTERS or len(key) != _PAD_TO:
        raise ConfigError(["aes_key：应是平台给出的 43 位 EncodingAESKey。"])
    return key
