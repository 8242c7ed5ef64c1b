"""What did not arrive, or nobody can know of, by name: for the organiser, and only for them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, literal_column, select
from sqlalchemy.orm import Session

from bot.domain.ids import NoticeId
from bot.domain.rights import Action, Actor, Role
from bot.domain.sending import SendState
from bot.services import fallbacks, people
from bot.storage.models import Member, Membership, Outbox, Post, Unit

LOOKS_BACK = timedelta(days=7)
_MISSED = (SendState.REFUSED, SendState.UNCERTAIN)


@dataclass(frozen=True, slots=True)
class Missed:
    """A text that did not arrive, or may not have.

    Attributes:
        to: A member's name, or a unit's name where it was for its group.
        uncertain: It may have arrived; it was not repeated.
        why: What the platform said, in plain Chinese.
    """

    to: str
    text: str
    uncertain: bool
    why: str
    at: datetime


def list_missed(session: Session, *, by: Actor, now: datetime) -> list[Missed]:
    """Return what was not delivered in the last week within the actor's units, latest first.

    Raises:
        Forbidden
    """
    unit_id = people.scope_of(by, Action.SEND_NOTICE)
    path = session.scalar(select(Unit.path).where(Unit.id == unit_id)) or ""
    return _missed(session, path, (Outbox.finished_at > now - LOOKS_BACK,))


def count_missed_by_officers(session: Session, since: datetime) -> int:
    """Count what did not reach officers who are on no branch's roll: nobody below sees it."""
    placed = select(Membership.member_id).where(Membership.valid_to.is_(None))
    officers = select(Post.member_id).where(Post.role == Role.OFFICER, Post.valid_to.is_(None))
    return (
        session.scalar(
            select(func.count())
            .select_from(Outbox)
            .where(
                Outbox.state.in_([literal_column(f"'{state.value}'") for state in _MISSED]),
                Outbox.finished_at > since,
                Outbox.member_id.in_(officers),
                Outbox.member_id.not_in(placed),
            )
        )
        or 0
    )


def list_missed_of_notice(session: Session, notice_id: NoticeId) -> list[Missed]:
    """Return to whom a notice was not delivered, for those who may see the notice's list."""
    return _missed(session, "/", (Outbox.subject == f"notice:{notice_id}",))


def _missed(session: Session, path: str, where: Sequence[object]) -> list[Missed]:
    own = select(Membership.member_id).join(Unit, Unit.id == Membership.unit_id)
    own = own.where(Unit.path.startswith(path), Membership.valid_to.is_(None))
    posted = select(Post.member_id).join(Unit, Unit.id == Post.unit_id)
    posted = posted.where(Unit.path.startswith(path), Post.valid_to.is_(None))
    group = select(Unit.id).where(Unit.path.startswith(path))
    rows = session.execute(
        select(
            Member.name,
            Unit.name,
            Outbox.text,
            Outbox.state,
            Outbox.detail,
            Outbox.finished_at,
        )
        .outerjoin(Member, Member.id == Outbox.member_id)
        .outerjoin(Unit, Unit.id == Outbox.unit_id)
        .where(
            Outbox.state.in_(_MISSED),
            ~fallbacks.has_stand_in(),
            Outbox.member_id.in_(own) | Outbox.member_id.in_(posted) | Outbox.unit_id.in_(group),
            *where,  # type: ignore[arg-type]  # conditions on columns
        )
        .order_by(Outbox.finished_at.desc(), Outbox.id.desc())
        .limit(50)
    )
    return [
        Missed(
            to=member or f"{unit}群",
            text=text,
            uncertain=state is SendState.UNCERTAIN,
            why=detail,
            at=finished_at,
        )
        for member, unit, text, state, detail, finished_at in rows
        if finished_at is not None
    ]
