"""What a branch or street may settle for itself (规定): since when, by whom, why.

A value is kept as a small mapping; an empty one settles nothing, so that what the unit above has
settled, or else the rule, holds again.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, TypeAlias

from bot.domain.errors import DomainError
from bot.domain.rights import Action

CHECKIN = "checkin"  # {"opens_before": minutes, "duration": minutes, "makeup": minutes}
ACTIVITY_DAY = "activity_day"  # {"day": 16, "shift": "next_workday"}, or {"nth": 2, "weekday": 4}
MINUTES = "minutes"  # {"lock_days": 3}
ORG_LIFE = "org_life"  # {"fills_general": false}
LETTER = "letter"  # {"days": 30}: how long a letter of introduction is valid
LECTURE = "lecture"  # {"every": "quarter" | "month" | null}
LEAVE = "leave"  # {"approval": bool}
STUDY_HOURS = "study_hours"  # {"member": 32, "committee": 56}: class hours asked of a year
TERM = "term"  # {"months": 36}: of a branch committee
ISSUE_COLOURS = "issue_colours"  # {"red": 3, "yellow": 10}: days left, both included
PREPAYMENT = "dues_prepayment"  # {"ahead": months, or null for the present quarter}

Value: TypeAlias = Mapping[str, Any]
LONGEST_LOCK = 30  # days
FURTHEST_AHEAD = 6  # months of dues
_FURTHEST = timedelta(days=366)
_MAX_WORDS = 60


class BadPolicy(DomainError):
    """Something a branch cannot settle, or not so; says what would be right."""


@dataclass(frozen=True, slots=True)
class Policy:
    """One thing that can be settled.

    Attributes:
        name: What people call it; `aliases` are read as well.
        written: How a value is written, a pattern.
        example: A value that is understood.
        read: (match of `written`, value in force, day it is to hold from) → value.
        words: (value in force, day) → how it is said; an empty value says what holds without.
        action: What one must be entitled to, to settle it.
        yearly: It holds for whole calendar years.
    """

    key: str
    name: str
    aliases: tuple[str, ...]
    written: str
    example: str
    read: Callable[[re.Match[str], Value, date], Value]
    words: Callable[[Value, date], str]
    action: Action = Action.MANAGE_ROLL
    yearly: bool = False


def split_value(policy: Policy, text: str) -> tuple[str, str]:
    """Return (the value as written, what follows it); raise if it does not begin with one.

    Raises:
        BadPolicy: With an example.
    """
    found = re.match(rf"(?:{policy.written})(?![\d分])", text.strip())
    if found is None or not found[0].strip():
        raise BadPolicy(f"没看懂{policy.name}要定成什么。请这样写：{order_for(policy)}")
    return found[0], text.strip()[found.end() :]


def read_value(policy: Policy, written: str, before: Value, on: date) -> Value:
    """Return the value that words stand for.

    Args:
        before: What is in force, where words say only a part.
        on: The day it is to hold from.

    Raises:
        BadPolicy: Out of bounds; says the bounds.
    """
    found = re.match(policy.written, written)
    if found is None:
        raise BadPolicy(f"没看懂{policy.name}要定成什么。请这样写：{order_for(policy)}")
    return policy.read(found, before, on)


def check_since(policy: Policy, since: date, today: date) -> date:
    """Return the day a value holds from; the past stays judged by what was settled then.

    Raises:
        BadPolicy: It is over, or more than a year ahead.
    """
    if policy.yearly:
        since, today = since.replace(month=1, day=1), today.replace(month=1, day=1)
    if since < today:
        raise BadPolicy("规定从今天或以后起算；以前的事照当时的规定，不往回改。")
    if since - today > _FURTHEST:
        raise BadPolicy("起算日期离现在一年多了，请核对。")
    return since


def check_decided(policy: Policy, decided_by: str, reason: str) -> tuple[str, str]:
    """Return who decided and why, as they are kept.

    Raises:
        BadPolicy: One of them is missing or too long.
    """
    decided_by, reason = (words.strip(" ，。；:、") for words in (decided_by, reason))
    if len(decided_by) < 2:
        raise BadPolicy(f"请写明是谁定的，例如：{order_for(policy)}")
    if len(reason) < 2:
        raise BadPolicy(f"请写明原因，例如：{order_for(policy)}")
    if len(decided_by) > _MAX_WORDS or len(reason) > 2 * _MAX_WORDS:
        raise BadPolicy(f"谁定的写{_MAX_WORDS}字以内，原因写{2 * _MAX_WORDS}字以内，请缩短。")
    return decided_by, reason


def order_for(policy: Policy) -> str:
    """Return an order that settles it, to be copied."""
    return f"定规定 {policy.name} {policy.example} 3月12日支委会 原因 支部实际需要"
