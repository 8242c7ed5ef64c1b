"""What the fake platforms know about: apps, people, groups, tokens, media."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

Place = Literal["user", "chat", "key"]


@dataclass(slots=True)
class App:
    """A self-built WeCom application."""

    agent_id: int
    secret: str
    departments: tuple[int, ...]


@dataclass(slots=True)
class Department:
    """A department of the corp; 1 is the root."""

    id: int
    name: str
    parent: int


@dataclass(slots=True)
class User:
    """A member of the corp."""

    userid: str
    name: str
    departments: tuple[int, ...]
    active: bool = True


@dataclass(slots=True)
class Tag:
    """A tag on members."""

    id: int
    name: str
    users: list[str]


@dataclass(slots=True)
class Hook:
    """A group webhook; its state is ok, disabled, absent or removed."""

    key: str
    state: str = "ok"


@dataclass(slots=True)
class Chat:
    """A group that an app created."""

    chatid: str
    name: str
    owner: str
    members: list[str]
    agent_id: int


@dataclass(slots=True)
class Follower:
    """A follower of the Official Account, and how often it may be written to."""

    openid: str
    subscribed: bool = True
    subscribed_at: float = 0.0
    blocked: bool = False
    message_until: float = 0.0
    message_left: int = 0
    event_until: float = 0.0
    event_left: int = 0


@dataclass(slots=True)
class Token:
    """An access token; `revoked_as` is the errcode it is refused with, 0 while it is good."""

    value: str
    base: str
    secret: str
    slot: str
    expires_at: float
    revoked_as: int = 0


@dataclass(slots=True)
class Media:
    """An uploaded file."""

    media_id: str
    kind: str
    name: str
    data: bytes
    created_at: float
    owner: str


@dataclass(slots=True)
class Message:
    """A message an app sent, for recall and for answers to its card."""

    msgid: str
    agent_id: int
    sent_at: float
    response_code: str = ""
    used: bool = False


@dataclass(slots=True)
class RobotCode:
    """The right to answer one robot callback later, once."""

    code: str
    chat: str
    user: str
    made_at: float
    used: bool = False


@dataclass(slots=True)
class Copy:
    """What one person, app group or webhook group received."""

    place: Place
    to: str
    via: str
    at: float
    msgtype: str
    content: Any
    msgid: str = ""
    agent_id: int = 0
    members: list[str] = field(default_factory=list)
    recalled: bool = False


@dataclass(frozen=True, slots=True)
class CallbackMessage:
    """Something a person did, as the platform tells the bot, before encryption."""

    user: str
    plaintext: str
    create_time: int
    msg_id: str = ""
    event: str = ""
    chat: str = ""
    """The group, for a smart robot; empty for a private chat."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """The bytes of one callback request."""

    method: str
    url: str
    body: bytes
    content_type: str
    timestamp: str
    nonce: str
