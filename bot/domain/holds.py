"""What a person has asked of a reminder: later, or not any more for this once (晚点提醒, 不用提醒)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from enum import Enum

FURTHEST = 31
"""Days a reminder may be put off.

Source:
    burden.put_off
"""


class HoldKind(Enum):
    """What was asked; the last word counts."""

    LATER = "later"
    DECLINED = "declined"
    RESUMED = "resumed"


HOLD_NAMES: dict[HoldKind, str] = {
    HoldKind.LATER: "晚点再提醒",
    HoldKind.DECLINED: "这次不用提醒",
    HoldKind.RESUMED: "照常提醒",
}


@dataclass(frozen=True, slots=True)
class About:
    """What reminders are about: one thing and one period, whatever the rung.

    Attributes:
        period: The part of the slot that all rungs share: a month, a meeting.
    """

    member_id: int
    rule: str
    subject: str
    period: str


@dataclass(frozen=True, slots=True)
class Hold:
    """The last word of a person on reminders of one thing.

    Attributes:
        until: Of `LATER`: the Shanghai day on which it is told again.
    """

    kind: HoldKind
    until: date | None = None

    def keeps_back(self, day: date) -> bool:
        """Tell whether a reminder that falls due on a day is not sent.

        On the day it was put off to the one that was asked for is sent, and no other.
        """
        if self.kind is HoldKind.LATER:
            return self.until is not None and day <= self.until
        return self.kind is HoldKind.DECLINED


def period_of(slot: str) -> str:
    """Return the period of a slot, which all rungs of a ladder share."""
    return slot.partition("/")[0]


_GREETING = re.compile(r"^[^，。：\n]{2,12}您好[：，]\s*")
_MONEY = re.compile(r"\d+(?:\.\d+)?元")


def without_greeting(text: str) -> str:
    """Return what a reminder says without 张三您好：, and without sums: they may have changed."""
    return _MONEY.sub("", _GREETING.sub("", text, count=1))


def gist_of(text: str) -> str:
    """Return what a reminder is about, in its first words: `3月党费还没有登记`."""
    first = re.split(r"[。！\n]", without_greeting(text), maxsplit=1)[0]
    return first if len(first) <= 30 else f"{first[:29]}…"
