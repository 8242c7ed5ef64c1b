"""What a unit has settled, as people write it, both ways: `提前30分钟，时长120分钟`."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from bot.domain.activity_words import read_activity
from bot.domain.cadence import Every
from bot.domain.calendar import ShiftPolicy
from bot.domain.policies import FURTHEST_AHEAD, PREPAYMENT
from bot.domain.study_hours import COMMITTEE, MEMBER, MOST_TENTHS, TENTHS
from bot.services import policies
from bot.services.importing.activity_days import activity_words, stored

Value: TypeAlias = Mapping[str, Any]
Read: TypeAlias = Callable[[str], Value | None]
Say: TypeAlias = Callable[[Value], str]


@dataclass(frozen=True, slots=True)
class Topic:
    """One thing that may be settled.

    Attributes:
        title: What people call it.
        example: How it is written.
        read: Returns the value of a text without white space, or None.
        say: Returns the text of a value; what it writes is read back the same.
    """

    title: str
    example: str
    read: Read
    say: Say


_MINUTES = {"opens_before": "提前", "duration": "时长", "makeup": "补签"}
_MOST_MINUTES = 60 * 24 * 31
_HOURS = {MEMBER: "党员", COMMITTEE: "班子"}


def _numbers(words: Mapping[str, str], unit: str, most: int) -> tuple[Read, Say]:
    """Return how several numbers are written, of which any may be missing."""
    one = re.compile(rf"({'|'.join(words.values())})(\d{{1,5}}){unit}")
    keys = {word: key for key, word in words.items()}

    def read(text: str) -> Value | None:
        pieces = [piece for piece in re.split("[，,、；;]", text) if piece]
        found = [each for piece in pieces if (each := one.fullmatch(piece)) is not None]
        value = {keys[each[1]]: int(each[2]) for each in found}
        fits = 0 < len(value) == len(pieces) and max(value.values()) <= most
        return value if fits else None

    def say(value: Value) -> str:
        return "，".join(f"{word}{value[key]}{unit}" for key, word in words.items() if key in value)

    return read, say


def _choice(key: str, values: Mapping[str, Any]) -> tuple[Read, Say]:
    """Return how one of a few values is written."""
    told = {value: word for word, value in values.items()}
    return (
        lambda text: {key: values[text]} if text in values else None,
        lambda value: told[value.get(key)],
    )


def _days(key: str, most: int) -> tuple[Read, Say]:
    def read(text: str) -> Value | None:
        found = re.fullmatch(r"(\d{1,3})天?", text)
        return {key: int(found[1])} if found and 1 <= int(found[1]) <= most else None

    return read, lambda value: f"{value[key]}天"


def _read_activity(text: str) -> Value | None:
    found = read_activity(text)
    if found is None:
        return None
    usual, shift = found
    return stored(usual, (shift or ShiftPolicy.NEXT_WORKDAY).value)


def _read_ahead(text: str) -> Value | None:
    if text in ("到本季度末", "本季度"):
        return {"ahead": None}
    found = re.fullmatch(r"(?:最多)?(\d)个月", text)
    return {"ahead": int(found[1])} if found and int(found[1]) <= FURTHEST_AHEAD else None


def _say_ahead(value: Value) -> str:
    return "到本季度末" if value.get("ahead") is None else f"{value['ahead']}个月"


_EVERY = {"每季度一次": Every.QUARTER.value, "每月一次": Every.MONTH.value, "不要求": None}

TOPICS: Mapping[str, Topic] = {
    policies.ACTIVITY_DAY: Topic("活动日", "16 顺延", _read_activity, activity_words),
    policies.CHECKIN: Topic(
        "签到时间",
        "提前30分钟，时长120分钟，补签2880分钟",
        *_numbers(_MINUTES, "分钟", _MOST_MINUTES),
    ),
    policies.LEAVE: Topic(
        "请假", "要批准，或 不用批准", *_choice("approval", {"要批准": True, "不用批准": False})
    ),
    policies.LECTURE: Topic("党课", "每季度一次、每月一次，或 不要求", *_choice("every", _EVERY)),
    policies.MINUTES: Topic("会议记录锁定", "3天", *_days("lock_days", 366)),
    policies.ORG_LIFE: Topic(
        "组织生活会算党员大会",
        "算，或 不算",
        *_choice("fills_general", {"算": True, "不算": False}),
    ),
    policies.LETTER: Topic("介绍信有效期", "30天", *_days("days", 90)),
    policies.STUDY_HOURS: Topic(
        "学时要求",
        "党员32学时，班子56学时",
        *_numbers(_HOURS, "学时", MOST_TENTHS // TENTHS),
    ),
    PREPAYMENT: Topic("预交党费", "3个月，或 到本季度末", _read_ahead, _say_ahead),
}
"""Every key of `UnitPolicy`; a new one is listed here, or it cannot be told."""
KEYS = {topic.title: key for key, topic in TOPICS.items()}
