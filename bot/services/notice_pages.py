"""Notices as pages show them: a list with how many have answered, and one with who has not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Label, and_, func, select
from sqlalchemy.orm import Session

from bot.domain import rights
from bot.domain.errors import NotFound
from bot.domain.ids import NoticeId
from bot.domain.notices import NoticeState, title_of
from bot.domain.rights import Action, Actor
from bot.services import deliveries, notices
from bot.services.deliveries import Missed
from bot.services.people import Person
from bot.storage.models import Member, Notice, NoticeRecipient, Receipt, Unit


@dataclass(frozen=True, slots=True)
class Line:
    """One notice of a list.

    Attributes:
        acknowledged: How many have said 收到 to this very version.
    """

    id: NoticeId
    title: str
    unit: str
    by: str
    released_at: datetime
    version: int
    people: int
    acknowledged: int


@dataclass(frozen=True, slots=True)
class Whole:
    """One notice with its receipts.

    Attributes:
        silent: With an account, and without 收到.
        unreachable: Without one: to be phoned.
    """

    id: NoticeId
    body: str
    state: NoticeState
    audience: str
    version: int
    released_at: datetime | None
    people: int
    acknowledged: int
    silent: Sequence[Person]
    unreachable: tuple[str, ...]
    missed: Sequence[Missed]


def list_page(
    session: Session, path: str, *, by: Actor, limit: int, offset: int = 0, query: str = ""
) -> tuple[list[Line], int]:
    """Return a page of what was sent in a unit and below, the latest first, and how many there are.

    Raises:
        Forbidden
    """
    rights.require(by, Action.SEND_NOTICE, path)
    where = [
        Notice.state == NoticeState.RELEASED,
        Unit.path.startswith(path, autoescape=True),
        *(Notice.body.contains(word, autoescape=True) for word in query.split()[:4]),
    ]
    total = (
        session.scalar(
            select(func.count(Notice.id)).join(Unit, Unit.id == Notice.unit_id).where(*where)
        )
        or 0
    )
    rows = session.execute(
        select(
            Notice.id,
            Notice.body,
            Notice.version,
            Notice.released_at,
            Unit.name.label("unit"),
            Member.name.label("by"),
            _people(),
            _said(),
        )
        .join(Unit, Unit.id == Notice.unit_id)
        .outerjoin(Member, Member.id == Notice.created_by)
        .where(*where)
        .order_by(Notice.released_at.desc(), Notice.id.desc())
        .limit(limit)
        .offset(offset)
    )
    found = [
        Line(
            NoticeId(row.id),
            title_of(row.body),
            row.unit,
            row.by or "",
            row.released_at,
            row.version,
            row.people,
            row.said,
        )
        for row in rows
    ]
    return found, total


def look(session: Session, notice_id: NoticeId, now: datetime) -> Whole:
    """Return a notice with its receipts; the right is held against its unit by the caller.

    Raises:
        NotFound
    """
    row = session.execute(
        select(
            Notice.body,
            Notice.state,
            Notice.audience,
            Notice.version,
            Notice.released_at,
            _people(),
            _said(),
        ).where(Notice.id == notice_id)
    ).one_or_none()
    if row is None:
        raise NotFound("没有找到这条通知。")
    unreachable = session.scalars(
        select(Member.name)
        .join(NoticeRecipient, NoticeRecipient.member_id == Member.id)
        .where(NoticeRecipient.notice_id == notice_id, NoticeRecipient.reachable.is_(False))
        .order_by(Member.id)
    )
    return Whole(
        notice_id,
        row.body,
        row.state,
        row.audience,
        row.version,
        row.released_at,
        row.people,
        row.said,
        notices.silent_of(session, notice_id, now),
        tuple(unreachable),
        deliveries.list_missed_of_notice(session, notice_id),
    )


def headcount(session: Session, notice_id: NoticeId) -> int:
    """Return for how many a draft was shown."""
    return session.scalar(select(Notice.headcount).where(Notice.id == notice_id)) or 0


def _people() -> Label[int]:
    return (
        select(func.count(NoticeRecipient.id))
        .where(NoticeRecipient.notice_id == Notice.id)
        .scalar_subquery()
        .label("people")
    )


def _said() -> Label[int]:
    return (
        select(func.count(Receipt.id))
        .join(
            NoticeRecipient,
            and_(
                NoticeRecipient.notice_id == Receipt.notice_id,
                NoticeRecipient.member_id == Receipt.member_id,
            ),
        )
        .where(
            Receipt.notice_id == Notice.id,
            Receipt.version == Notice.version,
            Receipt.withdrawn_at.is_(None),
        )
        .scalar_subquery()
        .label("said")
    )
