"""Talking to the bot over the fake platform, in words instead of envelopes."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from bot.clock import local
from bot.domain.members import fold
from bot.storage.models import Account, AttendanceMark
from tests.e2e.served import Place
from tests.e2e.street import Branch
from tests.fake_tencent import Policy, Receiver
from tests.fake_tencent.client import Delivery

SECRETARYS_WAY = "wecom"


def words(delivery: Delivery) -> str:
    """Return what the person reads, "" for silence.

    Raises:
        AssertionError: The platform did not take the bot's answer.
    """
    assert delivery.done, delivery
    return words_of(delivery.reply)


def words_of(reply: str | None) -> str:
    """Return the text of a decrypted answer, XML or JSON."""
    if reply in (None, "", "success"):
        return ""
    assert reply is not None
    if reply.startswith("<"):
        return ET.fromstring(reply).findtext("Content") or ""
    answer: dict[str, dict[str, Any]] = json.loads(reply)
    return str((answer.get("stream") or answer["text"])["content"])


@dataclass(frozen=True, slots=True)
class Way:
    """A channel somebody talks over, and who they are there."""

    place: Place
    channel: str
    sender: str

    @property
    def receiver(self) -> Receiver:
        """Where it leads."""
        return self.place.receivers()[self.channel]

    def say(self, text: str, *, policy: Policy | None = None, **more: Any) -> str:
        """Send a text and return the answer."""
        return words(self.push(text=text, policy=policy, **more))

    def push(self, *, policy: Policy | None = None, **said: Any) -> Delivery:
        """Send anything, and return how it went."""
        return self.place.fake.push(self.receiver, policy=policy, user=self.sender, **said)

    def rows(self) -> int:
        """Return how many messages of this sender are on record here."""
        return len(self.place.inbound(self.channel, self.sender))

    def marks(self) -> int:
        """Return how many marks of attendance the sender has."""
        wanted = (
            select(AttendanceMark)
            .join(Account, Account.member_id == AttendanceMark.member_id)
            .where(Account.external_key == fold(self.sender), Account.unbound_at.is_(None))
        )
        return len(self.place.rows(wanted))


def way(place: Place, channel: str, branch: Branch, who: str) -> Way:
    """Return how somebody of the cast talks over a channel."""
    sender = branch.openid(who) if channel.startswith("mp") else branch.account(who)
    return Way(place, channel, sender)


def secretary(place: Place, branch: Branch) -> Way:
    """Return how the secretary of a branch talks to the bot."""
    return way(place, SECRETARYS_WAY, branch, "li")


def call_meeting(by: Way, now: datetime, *, starts_in: timedelta = timedelta(minutes=20)) -> str:
    """Let a secretary call a general meeting that can be signed in to now, and return the answer."""
    start = local(now + starts_in)
    when = f"{start.month}月{start.day}日 {start:%H:%M}"
    answer = by.say(f"建会 支部党员大会 {when} 社区二楼")
    assert answer.startswith("✓ 已建"), answer
    return answer


def bind(stranger: Way, branch: Branch) -> None:
    """Let 周九, whose account the roster does not know, bind the account now writing."""
    answer = stranger.say(f"周九 {branch.number * 100 + 6:04}")
    assert answer.startswith("✓ 周九，已对上名册"), answer
