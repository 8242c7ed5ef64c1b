"""What two pages about notices share: which day a notice speaks of."""

from __future__ import annotations

from datetime import date, datetime

from bot.inbound.read import read


def about_of(body: str, now: datetime) -> date | None:
    """Return the day a notice speaks of, where it names one: what is today may arrive at rest."""
    inside = read(body, quoted=None, private=True, addressed=True, now=now)
    return inside.day_in(inside.stretch(inside.clauses)) if inside.clauses else None
