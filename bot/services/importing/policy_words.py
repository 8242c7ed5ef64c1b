"""What a unit has settled, as a cell holds it: said in full, and read as the chat reads it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, TypeAlias

from bot.domain.cadence import Every
from bot.domain.policies import (
    ACTIVITY_DAY,
    CHECKIN,
    LEAVE,
    LECTURE,
    LETTER,
    MINUTES,
    ORG_LIFE,
    PREPAYMENT,
    STUDY_HOURS,
    TERM,
    Policy,
)
from bot.domain.policy_table import POLICIES
from bot.domain.study_hours import COMMITTEE, MEMBER
from bot.services.importing.activity_days import activity_words

Value: TypeAlias = Mapping[str, Any]
Say: TypeAlias = Callable[[Value], str]

NOTHING = "不另定"  # what the unit above has settled, or else the rule, holds again
BY_KEY = {policy.key: policy for policy in POLICIES}
BY_WORD = {word: policy for policy in POLICIES for word in (policy.name, *policy.aliases)}
_HOUR = 60  # minutes


def _span(minutes: int) -> str:
    whole = minutes and minutes % _HOUR == 0
    return f"{minutes // _HOUR}小时" if whole else f"{minutes}分钟"


def _parts(value: Value, words: Mapping[str, str], say: Callable[[int], str] = str) -> str:
    return "，".join(f"{word}{say(value[key])}" for key, word in words.items() if key in value)


def _say_ahead(value: Value) -> str:
    ahead = value.get("ahead")
    if ahead is None:
        return "到本季度末"
    return f"{ahead}个月" if ahead else "不预交"


_EVERY = {Every.QUARTER.value: "每季度一次", Every.MONTH.value: "每月一次", None: "不规定"}
_WINDOW = {"opens_before": "提前", "duration": "时长", "makeup": "补签"}
_TARGETS = {MEMBER: "党员", COMMITTEE: "支委"}
_SAY: Mapping[str, Say] = {
    ACTIVITY_DAY: activity_words,
    CHECKIN: lambda value: _parts(value, _WINDOW, _span),
    LEAVE: lambda value: "要同意" if value.get("approval") else "不用同意",
    LECTURE: lambda value: _EVERY[value.get("every")],
    LETTER: lambda value: f"{value['days']}天",
    MINUTES: lambda value: f"{value['lock_days']}天",
    ORG_LIFE: lambda value: f"{'算' if value.get('fills_general') is True else '不算'}党员大会",
    PREPAYMENT: _say_ahead,
    STUDY_HOURS: lambda value: _parts(value, _TARGETS),
    TERM: lambda value: f"{value['months'] // 12}年",
}


def value_words(key: str, value: Value) -> str:
    """Return a value as its cell holds it; `read_value` makes the same of it again."""
    return _SAY[key](value) if value else NOTHING


def read_value(policy: Policy, text: str, since: date) -> Value | None:
    """Return the value of a text without white space; None where it is none.

    Raises:
        BadPolicy, WrongLetter, BadHours: Out of bounds.
    """
    if text == NOTHING:
        return {}
    found = re.fullmatch(policy.written, text)
    return None if found is None or not found[0] else policy.read(found, {}, since)
