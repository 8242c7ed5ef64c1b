"""Trying out what is only shown yet: what would be refused is refused before anybody confirms."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy.orm import Session


def try_out(session: Session, action: Callable[[], object]) -> None:
    """Do something and take all of it back again.

    Raises:
        DomainError: The action would be refused.
    """
    within = session.begin_nested()
    try:
        action()
    finally:
        within.rollback()
