"""撤销: every action of a member stores its inverse, and can be taken back for ten minutes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
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
    """There is no action (of this kind) of the last ten minutes."""

    may_be_overheard = True

    def __init__(self, what: str = "") -> None:
        super().__init__(f"十分钟内没有可以撤销的{what}。更早的请告诉组织委员更正。")


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
    what: str = "",
) -> None:
    """Store how to take an action back, in the transaction that did it.

    Args:
        what: Which kind of action of the ledger it is (`checkin`, `leave`), for 取消签到.
    """
    _REMEMBER.run(
        session,
        {
            "member_id": member_id,
            "stem": stem,
            "what": what,
            "inverse": dict(inverse),
            "title": title,
            "at": at,
            "undone_at": None,
        },
    )


def undo_last(
    session: Session,
    inverses: Mapping[str, Inverse],
    *,
    by: Actor,
    now: datetime,
    what: str = "",
    called: str = "",
) -> Undone:
    """Take back the actor's own last action of the last ten minutes.

    Args:
        inverses: Ledger stem → the service that knows how.
        what: Only the last action of this kind, whatever was done after it.
        called: What people call that kind, for the refusal.

    Raises:
        NothingToUndo: There is none, or another delivery has just taken it back.
    """
    wanted = [DoneAction.what == what] if what else []
    found = session.execute(
        select(DoneAction.id, DoneAction.stem, DoneAction.inverse, DoneAction.title)
        .where(
            DoneAction.member_id == by.member_id,
            DoneAction.undone_at.is_(None),
            DoneAction.at > now - WITHIN,
            # A message that is handled late takes back nothing that was done after it was sent.
            DoneAction.at <= now,
            *wanted,
        )
        .order_by(DoneAction.at.desc(), DoneAction.id.desc())
        .limit(1)
    ).one_or_none()
    if found is None:
        raise NothingToUndo(called)
    action_id, stem, inverse, title = found
    if not _close(session, [action_id], now):
        raise NothingToUndo(called)
    inverses[stem](session, inverse, by, now)
    audit.record(session, by=by, at=now, action="undo", subject=f"action:{action_id}")
    return Undone(title, stem)


def forget_actions(
    session: Session,
    *,
    member_id: MemberId,
    stem: str,
    is_over: Callable[[Mapping[str, Any]], bool],
    now: datetime,
) -> None:
    """Close actions that were taken back by another way, so that 撤销 passes them over.

    Args:
        is_over: Tells of a stored inverse whether nothing of it is left to take back.
    """
    rows = session.execute(
        select(DoneAction.id, DoneAction.inverse)
        .where(
            DoneAction.member_id == member_id,
            DoneAction.stem == stem,
            DoneAction.undone_at.is_(None),
            DoneAction.at > now - WITHIN,
        )
        .order_by(DoneAction.id.desc())
    )
    over = [action_id for action_id, inverse in rows if is_over(inverse)]
    if over:
        _close(session, over, now)


def _close(session: Session, actions: Sequence[int], now: datetime) -> bool:
    """Mark actions as taken back; False when somebody has done so already."""
    done = session.connection().execute(
        update(DoneAction)
        .where(DoneAction.id.in_(actions), DoneAction.undone_at.is_(None))
        .values(undone_at=now)
    )
    return done.rowcount == len(actions)


_REMEMBER = Prepared(insert(DoneAction))
