"""Everything the fake platforms hold between two resets."""

from __future__ import annotations

import itertools
import secrets
import threading
from typing import Any

from tests.fake_tencent.clock import FakeClock
from tests.fake_tencent.errors import ApiError
from tests.fake_tencent.faults import Faults
from tests.fake_tencent.journal import Journal
from tests.fake_tencent.limits import DAY, Limits, Windows
from tests.fake_tencent.receivers import Policy, Receiver
from tests.fake_tencent.records import (
    App,
    CallbackMessage,
    Chat,
    Department,
    Follower,
    Hook,
    Media,
    Message,
    Outgoing,
    RobotCode,
    Tag,
    Token,
    User,
)
from tests.fake_tencent.seed import SEED

_MEDIA_SECONDS = 3 * DAY


class World:
    """The state behind all endpoints; whoever touches it holds `lock`."""

    def __init__(self, base_url: str, seed: dict[str, Any]) -> None:
        """Build the world of a seed.

        Args:
            base_url: Where this server can be reached, without a path.
        """
        self.lock = threading.RLock()
        self.base_url = base_url
        self.clock = FakeClock()
        self.journal = Journal()
        self.faults = Faults()
        self.limits = Limits()
        self.windows = Windows()
        self.blocked_until: dict[str, float] = {}
        self.address_allowed = True
        self._read({**SEED, **seed})
        self._start_empty()

    def _read(self, seed: dict[str, Any]) -> None:
        self.corp_id = str(seed["corp_id"])
        self.contact_secret = str(seed["contact_secret"])
        self.apps = {
            row["secret"]: App(row["agent_id"], row["secret"], tuple(row["departments"]))
            for row in seed["apps"]
        }
        self.departments = {row["id"]: Department(**row) for row in seed["departments"]}
        self.users = {row["userid"].lower(): _user(row) for row in seed["users"]}
        self.tags = {row["id"]: Tag(row["id"], row["name"], list(row["users"]))
                     for row in seed["tags"]}  # fmt: skip
        self.hooks = {key: Hook(key) for key in seed["webhooks"]}
        self.oa_appid = str(seed["oa_appid"])
        self.oa_secret = str(seed["oa_secret"])
        self.followers = {row["openid"]: Follower(**row) for row in seed["followers"]}
        self.templates: dict[str, list[str]] = dict(seed["templates"])
        # Clients that reserve too little for a token fail at some length, so it varies.
        self.token_length = int(seed.get("token_length") or 64 + secrets.randbelow(449))

    def _start_empty(self) -> None:
        self.tokens: dict[str, Token] = {}
        self.media: dict[str, Media] = {}
        self.chats: dict[str, Chat] = {}
        self.messages: dict[str, Message] = {}
        self.duplicates: dict[str, float] = {}
        self.robot_codes: dict[str, RobotCode] = {}
        self.oauth_codes: dict[str, tuple[str, str, float]] = {}
        self.consents: dict[tuple[str, str], int] = {}
        self.oa_receiver: Receiver | None = None
        self.answered: set[str] = set()
        self.held: list[tuple[Receiver, CallbackMessage, Policy]] = []
        self.sent: list[tuple[Receiver, CallbackMessage, Outgoing]] = []
        self._numbers = itertools.count(1)

    def number(self) -> int:
        """Return a number that was not used since the reset."""
        return next(self._numbers)

    def new_token(self, base: str, secret: str, slot: str, seconds: int) -> Token:
        """Issue an access token."""
        value = secrets.token_hex(self.token_length // 2 + 1)[: self.token_length]
        token = Token(value, base, secret, slot, self.clock.now() + seconds)
        self.tokens[value] = token
        return token

    def live_token(self, secret: str, slot: str) -> Token | None:
        """Return the newest token of a secret that is still good."""
        now = self.clock.now()
        for token in reversed(self.tokens.values()):
            if (token.secret, token.slot) == (secret, slot) and not token.revoked_as:
                return token if token.expires_at > now else None
        return None

    def get_media(self, media_id: object, owner: str) -> Media:
        """Return an uploaded file.

        Raises:
            ApiError: 40007 if it is unknown, older than three days or somebody else's.
        """
        media = self.media.get(str(media_id))
        if media is None or media.owner != owner:
            raise ApiError(40007)
        if self.clock.now() - media.created_at > _MEDIA_SECONDS:
            raise ApiError(40007)
        return media


def _user(row: dict[str, Any]) -> User:
    return User(row["userid"], row["name"], tuple(row["departments"]), row.get("active", True))
