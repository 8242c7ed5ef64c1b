"""What the layers at the bottom promise each other: ways in and out, tokens, leases."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol, runtime_checkable

from bot.domain.cards import Card
from bot.domain.incoming import Answer, Incoming
from bot.domain.sending import Pace, Sent, Window


class Rejected(Exception):
    """A delivery that is not authentic.

    Attributes:
        status: The HTTP status to answer, 4xx, without a word of detail.
        reason: For our own log only; no secrets, no personal data.
    """

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


class Sender(Protocol):
    """A channel's way out.

    Attributes:
        name: Name of the channel.
        max_recipients: Addresses one request may carry.
        max_bytes: UTF-8 bytes one text may have.
        duplicate_window: How long the platform drops an identical request, or None if it never
            does; a resend within it is safe.
        pace: How often the channel takes a request, or None.
        address_pace: How often one address takes a text, or None. What is over it the platform
            may drop without a word.
    """

    name: str
    max_recipients: int
    max_bytes: int
    duplicate_window: timedelta | None
    pace: Pace | None
    address_pace: Pace | None

    def compose(self, addresses: Sequence[str], text: str) -> str:
        """Return the request body, byte for byte as every try will send it."""

    def send(self, body: str) -> Sent:
        """Hand one composed body to the platform.

        Raises:
            SendError: Nothing else.
        """


@runtime_checkable
class NeedsLine(Protocol):
    """A way out that only the process with the live connection has."""

    @property
    def is_ready(self) -> bool:
        """Tell whether this process can send on it now."""


@runtime_checkable
class HasWindow(Protocol):
    """A way out to those alone who have written of late.

    Attributes:
        space: Account space of its addresses.
    """

    space: str
    window: Window


@runtime_checkable
class ShowsCards(Protocol):
    """A way out that can put buttons under a text."""

    def compose_card(self, addresses: Sequence[str], text: str, card: Card) -> str:
        """Return the request body of a card; of a text too long for one, that of the text alone."""


class Receiver(Protocol):
    """A channel's way in."""

    name: str
    space: str

    def verify(self, query: str) -> bytes:
        """Return the exact body of the platform's URL check.

        Args:
            query: The raw query string of the GET request.

        Raises:
            Rejected: The request is not authentic.
        """

    def open(self, query: str, body: bytes, now: datetime) -> Opened:
        """Authenticate and decrypt one delivery.

        Raises:
            Rejected: Not authentic (4xx, without detail).
        """


@dataclass(frozen=True, slots=True)
class Opened:
    """An authentic delivery.

    Attributes:
        message: None where it was authentic but carries nothing for us (logged, answered 200).
        seal: Turns the answer into the HTTP body for this delivery.
        note: Why `message` is None, for the log; no personal data.
    """

    message: Incoming | None
    seal: Seal
    note: str = ""


class Seal(Protocol):
    """Turns an answer into (content type, body) of the HTTP answer."""

    def __call__(self, answer: Answer) -> tuple[str, bytes]: ...


@dataclass(frozen=True, slots=True)
class Token:
    """A platform access token as kept in the store.

    Attributes:
        version: Grows with every refresh; a late worker cannot overwrite a fresh token.
    """

    value: str
    expires_at: datetime
    version: int


class TokenStore(Protocol):
    """Access tokens shared by all processes."""

    def read(self, key: str) -> Token | None:
        """Return the token kept under a key (which never contains part of a secret)."""

    def swap(self, key: str, value: str, expires_at: datetime, *, seen_version: int) -> bool:
        """Store a token if the one kept still has `seen_version` (0 = none); tell whether it did."""


class Lease(Protocol):
    """A lock shared by all processes that ends by itself when its holder dies."""

    def hold(self, name: str, lasting: timedelta) -> AbstractContextManager[bool]:
        """Try to take a lease once; the value tells whether it was got."""

    def keep(self, name: str, holder: str, lasting: timedelta) -> bool:
        """Take a lease, or make one's own last longer; False while another holder has it."""

    def give_back(self, name: str, holder: str) -> None:
        """Let go of a lease, if it is this holder's."""


class Throttle(Protocol):
    """How often something may come in, shared by all processes where they can share it."""

    def take(self, name: str, pace: Pace) -> float:
        """Take one use; return 0.0 when there was one, else the seconds to wait for it."""
