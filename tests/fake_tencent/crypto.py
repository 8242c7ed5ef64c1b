"""The callback encryption of WeCom, smart robots and Official Accounts, written independently."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os
import struct

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

BLOCK = 32
"""Tencent pads to 32 bytes although AES blocks have 16."""

PREFIX = 16
KEY_CHARACTERS = 43


class CryptoError(Exception):
    """Something that was said to be encrypted for us is not."""


def sign(*parts: str) -> str:
    """Return the SHA-1 signature over the sorted parts.

    Args:
        parts: Token, timestamp and nonce, and for `msg_signature` the encrypted text too.
    """
    return hashlib.sha1("".join(sorted(parts)).encode()).hexdigest()


def is_signed(signature: str, *parts: str) -> bool:
    """Tell whether a signature belongs to the parts."""
    return hmac.compare_digest(signature.encode(), sign(*parts).encode())


def encrypt(aes_key: str, plaintext: str, receive_id: str, random: str = "") -> str:
    """Return a message as the platform would encrypt it.

    Args:
        aes_key: The EncodingAESKey of 43 characters.
        random: The 16 characters in front of the message; made up when empty.
    """
    message = plaintext.encode()
    head = random.encode() or binascii.hexlify(os.urandom(PREFIX // 2))
    framed = _padded(head + struct.pack(">I", len(message)) + message + receive_id.encode())
    encryptor = _cipher(aes_key).encryptor()
    return base64.b64encode(encryptor.update(framed) + encryptor.finalize()).decode()


def decrypt(aes_key: str, encrypted: str, receive_id: str) -> str:
    """Return the message inside an encrypted text, after checking all that can be checked.

    Raises:
        CryptoError: If base64, padding, length, receive id or UTF-8 is wrong.
    """
    framed = _unpadded(_decrypted(aes_key, encrypted))
    if len(framed) < PREFIX + 4:
        raise CryptoError("the frame is too short")
    (length,) = struct.unpack(">I", framed[PREFIX : PREFIX + 4])
    rest = framed[PREFIX + 4 :]
    if length > len(rest):
        raise CryptoError("the length is wrong")
    if not hmac.compare_digest(rest[length:], receive_id.encode()):
        raise CryptoError("the receive id is wrong")
    try:
        return rest[:length].decode()
    except UnicodeDecodeError as error:
        raise CryptoError("the message is not UTF-8") from error


def _cipher(aes_key: str) -> Cipher[modes.CBC]:
    if len(aes_key) != KEY_CHARACTERS:
        raise CryptoError("an EncodingAESKey has 43 characters")
    key = base64.b64decode(aes_key + "=", validate=True)
    return Cipher(algorithms.AES(key), modes.CBC(key[:PREFIX]))


def _decrypted(aes_key: str, encrypted: str) -> bytes:
    try:
        data = base64.b64decode(encrypted, validate=True)
    except (binascii.Error, ValueError) as error:
        raise CryptoError("the text is not base64") from error
    if not data or len(data) % 16:
        raise CryptoError("the text is not whole blocks")
    decryptor = _cipher(aes_key).decryptor()
    return decryptor.update(data) + decryptor.finalize()


def _padded(data: bytes) -> bytes:
    missing = BLOCK - len(data) % BLOCK
    return data + bytes([missing]) * missing


def _unpadded(data: bytes) -> bytes:
    missing = data[-1]
    if not 1 <= missing <= min(BLOCK, len(data)) or data[-missing:] != bytes([missing]) * missing:
        raise CryptoError("the padding is wrong")
    return data[:-missing]
