"""What leaves the bot, and what a channel may say about it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import Enum


class SendState(Enum):
    """Where one outgoing row stands.

    `PLANNED` is what the plan prints and is never stored; `PARTIAL` is said of a whole notice,
    some of whose rows were accepted and some refused. Every stored row is one person's or one
    group's and stands in one of the others.
    """

    PLANNED = "planned"
    QUEUED = "queued"
    CLAIMED = "claimed"
    SENDING = "sending"
    ACCEPTED = "accepted"
    PARTIAL = "partial"
    REFUSED = "refused"
    UNCERTAIN = "uncertain"
    EXPIRED = "expired"
    VOID = "void"


ANSWER_BYTES = 2048  # the shortest that a platform takes as the answer to a message
UNFINISHED = (SendState.QUEUED, SendState.CLAIMED, SendState.SENDING)


@dataclass(frozen=True, slots=True)
class Sent:
    """What the platform said about one accepted request.

    Attributes:
        message_id: The platform's id of the message, where it gives one.
        refused: Addresses it did not deliver to, with a reason in plain Chinese.
    """

    message_id: str | None = None
    refused: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Pace:
    """How often something may be used: some at once, then one after every pause.

    Attributes:
        burst: Uses at once, after a rest.
        spacing_s: Seconds from one use to the next after that.
    """

    burst: int
    spacing_s: float

    @classmethod
    def within(cls, *limits: tuple[int, float]) -> Pace:
        """Return the pace at which no window of any limit ever holds more than it allows.

        A quarter of the smallest limit may be used at once; the rest is spread.

        Args:
            limits: Uses, and the seconds of the window they are counted in.
        """
        burst = max(1, min(uses for uses, _ in limits) // 4)
        return cls(burst, max(window / max(1, uses - burst) for uses, window in limits))


@dataclass(frozen=True, slots=True)
class Window:
    """How long after somebody wrote a channel may write to them, and how often.

    Attributes:
        most: Texts after each of their messages.
    """

    lasts: timedelta
    most: int


class SendError(Exception):
    """The only thing a channel raises.

    Attributes:
        reason: Plain Chinese for the secretary and the operator; never a URL, token or key.
        code: The platform's errcode, or a word such as `timeout`.
        permanent: Trying the same again cannot help (bad address, no permission).
        retry_after: How long the platform asks to wait, if it does.
        uncertain: The request may have been processed: the answer was lost after it was written.
        addressee: The platform cannot reach whom it is for: blocked, left, or an account that is none.
        pauses_channel: Everything on this channel would fail alike (frequency, credentials, no
            connection): it rests, and what failed is no nearer to being given up.
    """

    def __init__(
        self,
        reason: str,
        *,
        code: int | str = "",
        permanent: bool = False,
        retry_after: timedelta | None = None,
        uncertain: bool = False,
        addressee: bool = False,
        pauses_channel: bool = False,
    ) -> None:
        super().__init__(f"{code}: {reason}" if code != "" else reason)
        self.reason = reason
        self.code = code
        self.permanent = permanent
        self.retry_after = retry_after
        self.uncertain = uncertain
        self.addressee = addressee
        self.pauses_channel = pauses_channel


_PART = "（{n}/{of}）"
_PART_BYTES = len(_PART.format(n=99, of=99).encode())
_NUMBERED = re.compile(r"^（\d+/\d+）")


def numbered_parts(text: str, limit: int) -> list[str]:
    """Cut a text like `split_text`; parts of more than one begin with （1/3）.

    Args:
        limit: Bytes a part may have, number and all; at least 20.
    """
    if len(text.encode()) <= limit:
        return [text]
    parts = split_text(text, limit - _PART_BYTES)
    return [f"{_PART.format(n=n, of=len(parts))}{part}" for n, part in enumerate(parts, start=1)]


def without_number(part: str) -> str:
    """Return a part without the number that `numbered_parts` gave it."""
    return _NUMBERED.sub("", part, count=1)


def split_text(text: str, limit: int) -> list[str]:
    """Cut a text into parts of at most `limit` UTF-8 bytes, at line ends, else between names.

    Args:
        text: Any text; never cut inside a character.
        limit: Bytes a part may have, at least 4.
    """
    parts: list[str] = []
    rest = text
    while len(rest.encode()) > limit:
        head = rest.encode()[:limit].decode(errors="ignore")
        line_end, name_end = head.rfind("\n"), head.rfind("、") + 1
        cut = line_end if line_end >= len(head) // 2 else max(line_end, name_end)
        head = head[:cut] if cut > 0 else head
        parts.append(head)
        rest = rest[len(head) :].removeprefix("\n")
    parts.append(rest)
    return parts
