"""The audit trail as people look at it: who did what, within the units they answer for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from bot.clock import day_of
from bot.domain import rights
from bot.domain.rights import Action, Actor
from bot.services.audit_words import HOW_WORDS, SUBJECT_WORDS, action_words
from bot.storage.models import AuditLine, Member, Membership, Post, Unit

NOBODY = "小助手"


@dataclass(frozen=True, slots=True)
class Done:
    """Something that was done.

    Attributes:
        who: The name of who did it; the bot or the command line where it was nobody.
        about: Which kind of thing it was done to, with its number.
    """

    at: datetime
    who: str
    how: str
    what: str
    about: str
    reason: str = ""


def list_own(session: Session, by: Actor, since: datetime, limit: int = 30) -> list[Done]:
    """Return what the actor himself did since a moment, the latest first."""
    return _read(session, [AuditLine.by_id == by.member_id, AuditLine.at >= since], limit, 0)


def list_page(
    session: Session, path: str, *, by: Actor, now: datetime, limit: int, offset: int
) -> tuple[list[Done], int]:
    """Return a page of what the people of a unit and below did, the latest first, and how many.

    Raises:
        Forbidden: Whoever keeps the roll there may look.
    """
    rights.require(by, Action.MANAGE_ROLL, path)
    where = [_done_within(path, now)]
    total = session.scalar(select(func.count(AuditLine.id)).where(*where)) or 0
    return _read(session, where, limit, offset), total


def _done_within(path: str, now: datetime) -> ColumnElement[bool]:
    """Tell that who did it belongs to a unit or below, or holds a post there, today."""
    on = day_of(now)
    units = select(Unit.id).where(Unit.path.startswith(path, autoescape=True))
    members = select(Membership.member_id).where(
        Membership.unit_id.in_(units),
        Membership.valid_from <= on,
        or_(Membership.valid_to.is_(None), Membership.valid_to > on),
    )
    holders = select(Post.member_id).where(
        Post.unit_id.in_(units), or_(Post.valid_to.is_(None), Post.valid_to > on)
    )
    return or_(AuditLine.by_id.in_(members), AuditLine.by_id.in_(holders))


def _read(
    session: Session, where: Sequence[ColumnElement[bool]], limit: int, offset: int
) -> list[Done]:
    rows = session.execute(
        select(
            AuditLine.at,
            AuditLine.how,
            AuditLine.action,
            AuditLine.subject,
            AuditLine.reason,
            Member.name,
        )
        .outerjoin(Member, Member.id == AuditLine.by_id)
        .where(*where)
        .order_by(AuditLine.at.desc(), AuditLine.id.desc())
        .limit(limit)
        .offset(offset)
    )
    return [
        Done(
            row.at,
            row.name or NOBODY,
            HOW_WORDS.get(row.how, ""),
            action_words(row.action),
            _about(row.subject),
            row.reason,
        )
        for row in rows
    ]


def _about(subject: str) -> str:
    kind, _, number = subject.partition(":")
    words = SUBJECT_WORDS.get(kind, "")
    return f"{words}{number}号" if words and number.isdigit() else words
