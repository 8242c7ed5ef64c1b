"""撤销: every action of a member stores its inverse, and can be taken back for ten minutes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from bot.domain.errors import DomainError
from bot.domain.ids import MemberId
from bot.domain.rights import Actor
from bot.services import audit
from bot.storage.models import DoneAction
from bot.storage.prepared import Prepared

WITHIN = timedelta(minutes=10)

Inverse = Callable[[Session, Mapping[str, Any], Actor, datetime], None]


class NothingToUndo(DomainError):
    """There is no action of the last ten minutes."""

    may_be_overheard = True

    def __init__(self) -> None:
        super().__init__("十分钟内没有可以撤销的。更早的请告诉组织委员更正。")


@dataclass(frozen=True, slots=True)
class Undone:
    """What was taken back, and of which ledger."""

    title: str
    stem: str


def remember(
    session: Session,
    *,
    member_id: MemberId,
    stem: str,
    inverse: Mapping[str, Any],
    title: str,
    at: datetime,
) -> None:
    """Store how to take an action back, in the transaction that did it."""
    _REMEMBER.run(
        session,
        {
            "member_id": member_id,
            "stem": stem,
            "inverse": dict(inverse),
            "title": title,
            "at": at,
            "undone_at": None,
        },
    )


def undo_last(
    session: Session, inverses: Mapping[str, Inverse], *, by: Actor, now: datetime
) -> Undone:
    """Take back the actor's own last action of the last ten minutes.

    Args:
        inverses: Ledger stem → the service that knows how.

    Raises:
        NothingToUndo: There is none, or another delivery has just taken it back.
    """
    found = session.execute(
        select(DoneAction.id, DoneAction.stem, DoneAction.inverse, DoneAction.title)
        .where(
            DoneAction.member_id == by.member_id,
            DoneAction.undone_at.is_(None),
            DoneAction.at > now - WITHIN,
        )
        .order_by(DoneAction.at.desc(), DoneAction.id.desc())
        .limit(1)
    ).one_or_none()
    if found is None:
        raise NothingToUndo
    action_id, stem, inverse, title = found
    claimed = session.connection().execute(
        update(DoneAction)
        .where(DoneAction.id == action_id, DoneAction.undone_at.is_(None))
        .values(undone_at=now)
    )
    if claimed.rowcount != 1:
        raise NothingToUndo
    inverses[stem](session, inverse, by, now)
    audit.record(session, by=by, at=now, action="undo", subject=f"action:{action_id}")
    return Undone(title, stem)


_REMEMBER = Prepared(insert(DoneAction))
