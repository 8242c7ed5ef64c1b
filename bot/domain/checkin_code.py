"""The code of a session: six characters that nobody mistakes for each other, good for one day."""

from __future__ import annotations

import re

from bot.domain.ids import MeetingId

ALPHABET = "23456789ABCDEFGHJKLMNPQRTUVWXY"
"""Without look-alikes: no 0 and O, no 1 and I, no S beside 5, no Z beside 2."""
LENGTH = 6
ORDER = "签到码"

_CODE = re.compile(rf"[{ALPHABET}]{{{LENGTH}}}")
_SCENE = re.compile(rf"(?:qrscene_)?(?:{ORDER}\s?)?(?P<code>\S+)")


def topic_of(meeting_id: MeetingId, revision: int) -> str:
    """Return what the code of a session is derived from; a move makes it another one."""
    return f"checkin-code:{meeting_id}:{revision}"


def code_of(digest: str) -> str:
    """Return the code that a keyed digest makes.

    Args:
        digest: In hexadecimal, of `topic_of`, made with a key that only the server has.
    """
    number = int(digest, 16)
    letters = []
    for _ in range(LENGTH):
        number, letter = divmod(number, len(ALPHABET))
        letters.append(ALPHABET[letter])
    return "".join(letters)


def read_code(text: str) -> str | None:
    """Return a code as it is compared, or None where a text cannot be one."""
    code = text.strip().upper()
    return code if _CODE.fullmatch(code) else None


def scanned(scene: str) -> str:
    """Return what the scene of a QR code says as typed words: 签到码 K7M2PX, or ""."""
    match = _SCENE.fullmatch(scene.strip())
    code = read_code(match["code"]) if match else None
    return f"{ORDER} {code}" if code else ""
