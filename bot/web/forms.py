"""What people type into the fields of forms: days, times, numbers; what is wrong is said by field."""

from __future__ import annotations

from datetime import date, datetime, time

from flask import request

from bot.clock import at
from bot.domain.errors import DomainError

_LONGEST = 5000


class Unfilled(DomainError):
    """A field is empty, or holds what cannot be read."""


def text(name: str, *, longest: int = _LONGEST) -> str:
    """Return the words of a field, without what stands around them."""
    return request.form.get(name, "").strip()[:longest]


def needed(name: str, label: str) -> str:
    """Return the words of a field that may not be empty.

    Raises:
        Unfilled
    """
    words = text(name)
    if not words:
        raise Unfilled(f"{label}还没有填。")
    return words


def day(name: str, label: str) -> date:
    """Return the day of a field.

    Raises:
        Unfilled
    """
    try:
        return date.fromisoformat(needed(name, label))
    except ValueError:
        raise Unfilled(f"{label}没看懂，请这样写：2026-03-12。") from None


def moment(day_name: str, time_name: str, label: str) -> datetime:
    """Return the aware moment of two fields, day and time of Shanghai.

    Raises:
        Unfilled
    """
    on = day(day_name, label)
    try:
        clock = time.fromisoformat(needed(time_name, "几点"))
    except ValueError:
        raise Unfilled("几点没看懂，请这样写：15:00。") from None
    return at(on, clock.hour, clock.minute)


def number(name: str) -> int:
    """Return the whole number of a field that the page itself has filled in; -1 where it is none."""
    words = text(name)
    return int(words) if words.isascii() and words.isdigit() and len(words) < 10 else -1


def numbers(name: str) -> list[int]:
    """Return the numbers of all fields of a name: boxes that were ticked."""
    found = request.form.getlist(name)
    return [int(one) for one in found if one.isascii() and one.isdigit() and len(one) < 19]
