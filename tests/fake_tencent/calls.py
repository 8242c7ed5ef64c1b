"""One API call on its way through an endpoint."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import Message
from typing import Literal

from tests.fake_tencent.errors import OA, ApiError, Json
from tests.fake_tencent.faults import Answer
from tests.fake_tencent.records import App, Copy, Token
from tests.fake_tencent.world import World

Method = Literal["GET", "POST"]


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it came over the wire."""

    method: str
    base: str
    path: str
    query: dict[str, str]
    body: bytes
    content_type: str


@dataclass(slots=True)
class Call:
    """A request that passed the door, with the world it acts on."""

    world: World
    request: Request
    token: Token | None = None
    copies: list[Copy] = field(default_factory=list)

    @property
    def now(self) -> float:
        """Return the moment of the call on the fake clock."""
        return self.world.clock.now()

    def query(self, name: str) -> str:
        """Return a query parameter, empty if it is missing."""
        return self.request.query.get(name, "")

    def json(self) -> Json:
        """Return the body.

        Raises:
            ApiError: If it is no JSON object in UTF-8.
        """
        try:
            body = json.loads(self.request.body.decode())
        except ValueError:
            body = None
        if isinstance(body, dict):
            return body
        if self.request.base == OA:
            raise ApiError(47001)
        raise ApiError(40058, "Warning: wrong json format.")

    def app(self) -> App:
        """Return the app whose token was shown.

        Raises:
            ApiError: 48002 if the token is not one of an app.
        """
        found = self.world.apps.get(self.token.secret) if self.token else None
        if found is None:
            raise ApiError(48002)
        return found

    def deliver(self, copy: Copy) -> None:
        """Hand a copy of a message to whom it is for."""
        self.copies.append(copy)
        self.world.journal.copies.append(copy)

    def upload(self) -> tuple[str, bytes]:
        """Return name and bytes of the multipart field `media`.

        Raises:
            ApiError: 41005 if it is missing or has no file name.
        """
        head = f"Content-Type: {self.request.content_type}\r\n\r\n".encode()
        for part in message_from_bytes(head + self.request.body).walk():
            if part.get_param("name", header="content-disposition") == "media":
                return _file(part)
        raise ApiError(41005)


def _file(part: Message) -> tuple[str, bytes]:
    name = part.get_filename()
    data = part.get_payload(decode=True)
    if not name or not isinstance(data, bytes):
        raise ApiError(41005)
    return name, data


@dataclass(frozen=True, slots=True)
class Route:
    """An endpoint: how it is called and what it does."""

    method: Method
    run: Callable[[Call], Json | Answer]
    needs_token: bool = True


def integer(value: object) -> int | None:
    """Return a number that may have been sent as a string, or None."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    try:
        return int(value)
    except ValueError:
        return None
