"""撤销: every action stores its inverse; its author may take it back for ten minutes.

What somebody did for others, those others may take back as well, and for longer: they hear of it
when they next look.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert, or_, select, update
from sqlalchemy.orm import Session

from bot.domain.errors import DomainError
from bot.domain.ids import MemberId
from bot.domain.rights import Actor
from bot.services import audit
from bot.storage.models import DoneAction
from bot.storage.prepared import Prepared

WITHIN = timedelta(minutes=10)
OBJECTION = timedelta(hours=48)

Inverse = Callable[[Session, Mapping[str, Any], Actor, datetime], None]


class NothingToUndo(DomainError):
    """There is no action of the last ten minutes."""

    may_be_overheard = True

    def __init__(self) -> None:
        super().__init__("十分钟内没有可以撤销的。更早的请告诉组织委员更正。")


@dataclass(frozen=True, slots=True)
class Undone:
    """What was taken back, and of which ledger.

    Attributes:
        subjects: For whom it had been done, where that was not the author alone.
        objected_to: Who had done it, when the person it was done for took it back.
    """

    title: str
    stem: str
    subjects: tuple[MemberId, ...] = ()
    objected_to: MemberId | None = None


def remember(
    session: Session,
    *,
    member_id: MemberId,
    stem: str,
    inverse: Mapping[str, Any],
    title: str,
    at: datetime,
    subject_id: MemberId | None = None,
    batch: str = "",
) -> None:
    """Store how to take an action back, in the transaction that did it.

    Args:
        subject_id: Whom it was done for, where that is somebody else.
        batch: What one message did for several people; its author takes all of it back.
    """
    _REMEMBER.run(
        session,
        {
            "member_id": member_id,
            "stem": stem,
            "inverse": dict(inverse),
            "title": title[:80],
            "at": at,
            "undone_at": None,
            "subject_id": subject_id,
            "batch": batch,
        },
    )


def undo_last(
    session: Session, inverses: Mapping[str, Inverse], *, by: Actor, now: datetime
) -> Undone:
    """Take back the last action that an actor did, or that was done for him.

    Args:
        inverses: Ledger stem → the service that knows how.

    Raises:
        NothingToUndo: There is none, it is too old, or another delivery has just taken it back.
    """
    last = _last(session, by, now)
    if last is None:
        raise NothingToUndo
    actions = _batch_of(session, last) if last.member_id == by.member_id else [last]
    for action in actions:
        claimed = session.connection().execute(
            update(DoneAction)
            .where(DoneAction.id == action.id, DoneAction.undone_at.is_(None))
            .values(undone_at=now)
        )
        if claimed.rowcount != 1:
            raise NothingToUndo
        inverses[action.stem](session, action.inverse, by, now)
        audit.record(session, by=by, at=now, action="undo", subject=f"action:{action.id}")
    return Undone(
        last.title,
        last.stem,
        tuple(MemberId(action.subject_id) for action in actions if action.subject_id is not None),
        None if last.member_id == by.member_id else MemberId(last.member_id),
    )


_COLUMNS = (
    DoneAction.id,
    DoneAction.member_id,
    DoneAction.stem,
    DoneAction.inverse,
    DoneAction.title,
    DoneAction.at,
    DoneAction.subject_id,
    DoneAction.batch,
)


def _last(session: Session, by: Actor, now: datetime) -> Any:
    """Return the last action of or for an actor if it may still be taken back.

    Only the very last counts: whoever means an older one must not lose a newer one.
    """
    found = session.execute(
        select(*_COLUMNS)
        .where(
            or_(DoneAction.member_id == by.member_id, DoneAction.subject_id == by.member_id),
            DoneAction.undone_at.is_(None),
            DoneAction.at > now - OBJECTION,
        )
        .order_by(DoneAction.at.desc(), DoneAction.id.desc())
        .limit(1)
    ).one_or_none()
    if found is None or found.subject_id == by.member_id:
        return found
    return found if found.at > now - WITHIN else None


def _batch_of(session: Session, last: Any) -> Sequence[Any]:
    if not last.batch:
        return [last]
    return session.execute(
        select(*_COLUMNS)
        .where(
            DoneAction.member_id == last.member_id,
            DoneAction.batch == last.batch,
            DoneAction.stem == last.stem,
            DoneAction.undone_at.is_(None),
        )
        .order_by(DoneAction.id)
    ).all()


_REMEMBER = Prepared(insert(DoneAction))
