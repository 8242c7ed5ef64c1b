"""Numbers that only grow, safe for any number of processes."""

from __future__ import annotations

from sqlalchemy import update
from sqlalchemy.orm import Session

from bot.storage.insert import insert_once
from bot.storage.models import Counter


def next_number(session: Session, name: str) -> int:
    """Return the next number of a counter, from 1; given back if the transaction rolls back."""
    return next_numbers(session, name, 1)


def next_numbers(session: Session, name: str, count: int) -> int:
    """Take as many numbers of a counter as are needed; return the first."""
    insert_once(session, Counter, {"name": name, "value": 0})
    row = session.connection().execute(
        update(Counter)
        .where(Counter.name == name)
        .values(value=Counter.value + count)
        .returning(Counter.value)
    )
    return row.scalar_one() - count + 1


def raise_to(session: Session, name: str, value: int) -> None:
    """Let a counter go on behind a number that was given elsewhere; it never goes back."""
    insert_once(session, Counter, {"name": name, "value": 0})
    session.connection().execute(
        update(Counter).where(Counter.name == name, Counter.value < value).values(value=value)
    )
