"""撤销: every action stores its inverse; its author may take it back for ten minutes.

What somebody did for others, those others may take back as well, and for longer: they hear of it
when they next look.

What cannot be taken back leaves a mark instead, so that 撤销 says so and touches nothing older.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, insert, or_, select, update
from sqlalchemy.orm import Session

from bot.domain.errors import DomainError
from bot.domain.ids import MemberId
from bot.domain.rights import Actor
from bot.services import audit
from bot.storage.models import DoneAction
from bot.storage.prepared import Prepared

WITHIN = timedelta(minutes=10)
OBJECTION = timedelta(hours=48)
BARRED = "barred"

Inverse = Callable[[Session, Mapping[str, Any], Actor, datetime], None]


class NothingToUndo(DomainError):
    """There is no action (of this kind) of the last ten minutes."""

    may_be_overheard = True

    def __init__(self, what: str = "") -> None:
        super().__init__(f"十分钟内没有可以撤销的{what}。更早的请告诉组织委员更正。")


class CannotUndo(DomainError):
    """The last action has no inverse; the sentence says what to do instead."""


@dataclass(frozen=True, slots=True)
class Undone:
    """What was taken back, and of which ledger.

    Attributes:
        subjects: For whom it had been done, where that was not the author alone.
        objected_to: Who had done it, when the person it was done for took it back.
        inverses: As they were stored.
        theirs: What of it had been done for others.
    """

    title: str
    stem: str
    subjects: tuple[MemberId, ...] = ()
    objected_to: MemberId | None = None
    inverses: tuple[Mapping[str, Any], ...] = ()
    theirs: str = ""


def remember(
    session: Session,
    *,
    member_id: MemberId,
    stem: str,
    inverse: Mapping[str, Any],
    title: str,
    at: datetime,
    what: str = "",
    subject_id: MemberId | None = None,
    batch: str = "",
) -> None:
    """Store how to take an action back, in the transaction that did it.

    Args:
        what: Which kind of action of the ledger it is (`checkin`, `leave`), for 取消签到.
        subject_id: Whom it was done for, where that is somebody else.
        batch: What one message did for several people; its author takes all of it back.
    """
    _REMEMBER.run(
        session,
        {
            "member_id": member_id,
            "stem": stem,
            "what": what,
            "inverse": dict(inverse),
            "title": title[:80],
            "at": at,
            "undone_at": None,
            "subject_id": subject_id,
            "batch": batch,
        },
    )


def bar(session: Session, *, member_id: MemberId, sentence: str, title: str, at: datetime) -> None:
    """Mark that an action cannot be taken back, in the transaction that did it.

    Args:
        sentence: What 撤销 answers while this is the last action of ten minutes.
    """
    remember(
        session,
        member_id=member_id,
        stem=BARRED,
        inverse={"sentence": sentence},
        title=title,
        at=at,
    )


def undo_last(
    session: Session,
    inverses: Mapping[str, Inverse],
    *,
    by: Actor,
    now: datetime,
    what: str = "",
    called: str = "",
    fits: Callable[[Mapping[str, Any]], bool] | None = None,
    subject_id: MemberId | None = None,
) -> Undone:
    """Take back the last action that an actor did, or that was done for him.

    Args:
        inverses: Ledger stem → the service that knows how.
        what: Only the last action of this kind, whatever was done after it.
        called: What people call that kind, for the refusal.
        fits: Tells of the stored inverse whether it is what is meant; nothing older is tried.
        subject_id: Only what the actor did for this other person, and of a batch only that part.

    Raises:
        NothingToUndo: There is none that fits, it is too old, or another delivery has just taken it back.
        CannotUndo: It was one without an inverse.
    """
    last = _last(session, by, now, what, subject_id)
    if last is None:
        raise NothingToUndo(called)
    if last.stem == BARRED:
        raise CannotUndo(last.inverse["sentence"])
    if fits is not None and not fits(last.inverse):
        raise NothingToUndo(called)
    whole = last.member_id == by.member_id and subject_id is None
    actions = _batch_of(session, last) if whole else [last]
    for action in reversed(actions):  # what came last leaves first: its seat may be needed
        if not _close(session, [action.id], now):
            raise NothingToUndo(called)
        inverses[action.stem](session, action.inverse, by, now)
        audit.record(session, by=by, at=now, action="undo", subject=f"action:{action.id}")
    return Undone(
        _titles(actions),
        last.stem,
        tuple(MemberId(action.subject_id) for action in actions if action.subject_id is not None),
        None if last.member_id == by.member_id else MemberId(last.member_id),
        tuple(action.inverse for action in actions),
        _titles([action for action in actions if action.subject_id is not None]),
    )


def _titles(actions: Sequence[Any]) -> str:
    return "、".join(dict.fromkeys(action.title for action in actions))


def forget_actions(
    session: Session,
    *,
    member_id: MemberId,
    stem: str,
    is_over: Callable[[Mapping[str, Any]], bool],
    now: datetime,
) -> None:
    """Close actions of or for a member that were taken back by another way; 撤销 passes them over.

    Args:
        is_over: Tells of a stored inverse whether nothing of it is left to take back.
    """
    rows = session.execute(
        select(DoneAction.id, DoneAction.inverse).where(
            _concerns(member_id),
            DoneAction.stem == stem,
            DoneAction.undone_at.is_(None),
            DoneAction.at > now - OBJECTION,
        )
    )
    over = [action_id for action_id, inverse in rows if is_over(inverse)]
    if over:
        _close(session, over, now)


def is_for_others(session: Session, by: Actor, now: datetime, stem: str) -> bool:
    """Tell whether the last thing an actor did in a ledger, within ten minutes, was for others."""
    found = session.execute(
        select(DoneAction.subject_id)
        .where(
            DoneAction.member_id == by.member_id,
            DoneAction.stem == stem,
            DoneAction.undone_at.is_(None),
            DoneAction.at > now - WITHIN,
            DoneAction.at <= now,
        )
        .order_by(DoneAction.at.desc(), DoneAction.id.desc())
        .limit(1)
    ).one_or_none()
    return found is not None and found.subject_id is not None


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


def find_last_stem(session: Session, *, by: Actor, now: datetime) -> str | None:
    """Return the ledger of the last thing an actor did within ten minutes, if he did one."""
    return session.scalar(
        select(DoneAction.stem)
        .where(
            DoneAction.member_id == by.member_id,
            DoneAction.undone_at.is_(None),
            DoneAction.at > now - WITHIN,
            DoneAction.at <= now,
        )
        .order_by(DoneAction.at.desc(), DoneAction.id.desc())
        .limit(1)
    )


def find_last_inverse(
    session: Session, *, by: Actor, now: datetime, what: str
) -> Mapping[str, Any]:
    """Return the inverse of an actor's last action of ten minutes if it was of this kind, else {}."""
    found = session.execute(
        select(DoneAction.what, DoneAction.inverse)
        .where(
            DoneAction.member_id == by.member_id,
            DoneAction.undone_at.is_(None),
            DoneAction.at > now - WITHIN,
            DoneAction.at <= now,
        )
        .order_by(DoneAction.at.desc(), DoneAction.id.desc())
        .limit(1)
    ).one_or_none()
    return found.inverse if found is not None and found.what == what else {}


def find_last_of_kind(
    session: Session, *, by: Actor, now: datetime, what: str
) -> Mapping[str, Any]:
    """Return the inverse of the last action of this kind an actor did within ten minutes, else {}."""
    found = session.execute(
        select(DoneAction.inverse)
        .where(
            DoneAction.member_id == by.member_id,
            DoneAction.what == what,
            DoneAction.undone_at.is_(None),
            DoneAction.at > now - WITHIN,
            DoneAction.at <= now,
        )
        .order_by(DoneAction.at.desc(), DoneAction.id.desc())
        .limit(1)
    ).one_or_none()
    return {} if found is None else found.inverse


def _concerns(member_id: MemberId | None) -> ColumnElement[bool]:
    return or_(DoneAction.member_id == member_id, DoneAction.subject_id == member_id)


def _close(session: Session, actions: Sequence[int], now: datetime) -> bool:
    """Mark actions as taken back; False when somebody has done so already."""
    done = session.connection().execute(
        update(DoneAction)
        .where(DoneAction.id.in_(actions), DoneAction.undone_at.is_(None))
        .values(undone_at=now)
    )
    return done.rowcount == len(actions)


def _last(
    session: Session, by: Actor, now: datetime, what: str, subject_id: MemberId | None
) -> Any:
    """Return the last action of or for an actor if it may still be taken back.

    Only the very last (of its kind) counts: whoever means an older one must not lose a newer one.
    """
    wanted: list[ColumnElement[bool]] = [DoneAction.what == what] if what else []
    if subject_id is not None:
        wanted += [DoneAction.subject_id == subject_id, DoneAction.member_id == by.member_id]
    found = session.execute(
        select(*_COLUMNS)
        .where(
            _concerns(by.member_id),
            DoneAction.undone_at.is_(None),
            DoneAction.at > now - OBJECTION,
            # What others did for him may be objected to for longer than a mark speaks.
            or_(DoneAction.stem != BARRED, DoneAction.at > now - WITHIN),
            # A message that is handled late takes back nothing that was done after it was sent.
            DoneAction.at <= now,
            *wanted,
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
