"""What a person has asked of a reminder: later, or not any more for this once (晚点提醒, 不用提醒)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from enum import Enum

from bot.domain.cadence import parse_period
from bot.domain.ladders import LADDERS

FURTHEST = 31
"""Days a reminder may be put off.

Source:
    burden.put_off
"""


DUTIES = frozenset(
    {
        "general_meeting",
        "committee_meeting",
        "cell_meeting",
        "party_lecture",
        "theme_party_day",
        "org_life_meeting",
        "democratic_appraisal",
        "heart_to_heart_talk",
        "secretary_lecture",
        "leader_lecture",
        "democratic_life_meeting",
    }
)
"""Rules about what is owed for a period: once that is over nothing can be put off any more."""


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


def last_day_of(rule: str, period: str) -> date | None:
    """Return the last day on which a meeting that is owed for a period would be in time.

    None of reminders about anything else: they say themselves how long they are of use.

    Source:
        burden.put_off
    """
    if rule not in DUTIES:
        return None
    return LADDERS[rule][0].deadline(parse_period(period))


def period_of(slot: str) -> str:
    """Return the part of a slot that all rungs of a ladder share: what stands before the rung.

    A meeting that is moved has another: nobody has put that off.
    """
    return slot.rpartition("/")[0] or slot


AGAIN = "您让我今天再提醒{day}的这件事："
_GREETING = re.compile(r"^[^，。：\n]{1,20}您好[：，]\s*")
_AGAIN = re.compile(r"^您让我今天再提醒(?P<day>[\d年月日]{4,12})的这件事：")
_MONEY = re.compile(r"\d+(?:\.\d+)?元")
_TOMORROW = re.compile(r"明天(?:的(?=[^，。]{1,40}（\d)|，(?=\d))")
_NEXT_YEAR = re.compile(r"明年(?=\d{1,2}月)")
_SPACES = re.compile(r"\s+")


def without_greeting(text: str) -> str:
    """Return what a reminder says without 张三您好：, and without sums: they may have changed."""
    return _MONEY.sub("", _bare(text))


def said_again(text: str, said_on: date, on: date) -> str:
    """Return a reminder as it is told once more, on a later day, without its greeting.

    It says of which day it is, since what it counts was so then; what it called 明天 or 明年 has
    its date alone.

    Args:
        said_on: The Shanghai day the text was sent on.
        on: The Shanghai day it is told again.

    Source:
        burden.put_off
    """
    greeted = _GREETING.sub("", text, count=1)
    before = _AGAIN.match(greeted)
    year = "" if said_on.year == on.year else f"{said_on.year}年"
    day = f"{year}{said_on.month}月{said_on.day}日"
    if before is not None:  # put off twice: its words are still those of the first day
        day = before["day"]
        if year and "年" not in day:
            day = f"{year}{day}"
    words = _TOMORROW.sub("", without_greeting(text))
    words = _NEXT_YEAR.sub(f"{said_on.year + 1}年", words)
    return AGAIN.format(day=day) + words


def is_quoted(text: str, quoted: str) -> bool:
    """Tell whether a text is the one replied to, or a part of it: several are sent as one."""
    said, meant = _SPACES.sub("", text), _SPACES.sub("", quoted)
    return bool(meant) and (meant in said or _SPACES.sub("", _GREETING.sub("", text)) in meant)


def _bare(text: str) -> str:
    return _AGAIN.sub("", _GREETING.sub("", text, count=1), count=1)


def gist_of(text: str) -> str:
    """Return what a reminder is about, in its first words: `3月党费还没有登记`."""
    first = re.split(r"[。！\n]", without_greeting(text), maxsplit=1)[0]
    return first if len(first) <= 30 else f"{first[:29]}…"
