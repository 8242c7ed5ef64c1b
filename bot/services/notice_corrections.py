"""Notices put right: a new version linked to the first, told once, with receipts of its own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session, aliased

from bot.domain import rights
from bot.domain.errors import DomainError, NotFound
from bot.domain.ids import MemberId, NoticeId
from bot.domain.notices import NoticeState, is_quote_of
from bot.domain.rights import Action, Actor
from bot.services import people
from bot.storage.models import Notice, NoticeRecipient, Receipt, Unit

_later = aliased(Notice)


class Unchanged(DomainError):
    """The correction says what the notice said."""

    def __init__(self) -> None:
        super().__init__("和原来的通知一样，没有要更正的。请写更正以后的全文再发一次。")


@dataclass(frozen=True, slots=True)
class InForce:
    """The version of a notice that holds."""

    id: NoticeId
    body: str


def find_latest(
    session: Session, *, by: Actor, since: datetime, quoted: str = ""
) -> InForce | None:
    """Return the last notice of the actor's unit since a moment, or the one quoted.

    Of a notice that was put right already it is the version in force.

    Raises:
        Forbidden: The actor sends no notices.
    """
    unit_id = people.scope_of(by, Action.SEND_NOTICE)
    rows = session.scalars(
        select(Notice)
        .where(
            Notice.unit_id == unit_id,
            Notice.state == NoticeState.RELEASED,
            Notice.released_at > since,
        )
        .order_by(Notice.released_at.desc(), Notice.id.desc())
    ).all()
    found = [row for row in rows if not quoted or is_quote_of(quoted, row.body)]
    if not found:
        return None
    first = first_of(found[0])
    last = max((row for row in rows if first_of(row) == first), key=lambda row: row.version)
    return InForce(NoticeId(last.id), last.body)


def get_corrected(session: Session, notice_id: NoticeId, body: str, by: Actor) -> Notice:
    """Return the notice that is to be put right, which says something else so far.

    Raises:
        NotFound, Forbidden, Unchanged
    """
    notice = session.get(Notice, notice_id)
    if notice is None:
        raise NotFound("没有这条通知。")
    path = session.scalar(select(Unit.path).where(Unit.id == notice.unit_id)) or ""
    rights.require(by, Action.SEND_NOTICE, path)
    if notice.body.strip() == body.strip():
        raise Unchanged
    return notice


def first_of(notice: Notice) -> NoticeId:
    """Return the first version of a notice."""
    return NoticeId(notice.corrects_id or notice.id)


def next_version(session: Session, first: NoticeId) -> int:
    """Return the version a correction becomes; those released at once wait for each other."""
    session.execute(select(Notice.id).where(Notice.id == first).with_for_update()).all()
    released = (Notice.id == first) | (Notice.corrects_id == first)
    highest = session.scalar(
        select(func.max(Notice.version)).where(released, Notice.state == NoticeState.RELEASED)
    )
    return (highest or 0) + 1


def versions_before(session: Session, notice: Notice) -> list[tuple[NoticeId, int, int]]:
    """Return id, version and number of receipts of the versions a notice has replaced."""
    first = first_of(notice)
    rows = session.execute(
        select(Notice.id, Notice.version, func.count(Receipt.id))
        .outerjoin(
            Receipt,
            (Receipt.notice_id == Notice.id)
            & (Receipt.version == Notice.version)
            & Receipt.withdrawn_at.is_(None),
        )
        .where(
            (Notice.id == first) | (Notice.corrects_id == first),
            Notice.state == NoticeState.RELEASED,
            Notice.version < notice.version,
        )
        .group_by(Notice.id, Notice.version)
        .order_by(Notice.version)
    )
    return [(NoticeId(found), version, number) for found, version, number in rows]


def recipients_of(session: Session, first: NoticeId) -> set[MemberId]:
    """Return to whom the versions of a notice went."""
    rows = session.scalars(
        select(NoticeRecipient.member_id)
        .join(Notice, Notice.id == NoticeRecipient.notice_id)
        .where(
            (Notice.id == first) | (Notice.corrects_id == first),
            Notice.state == NoticeState.RELEASED,
        )
    )
    return {MemberId(member) for member in rows}


def in_force() -> ColumnElement[bool]:
    """Return the condition that no later version of a notice is out."""
    first = func.coalesce(Notice.corrects_id, Notice.id)
    return ~(
        select(_later.id)
        .where(
            _later.corrects_id == first,
            _later.version > Notice.version,
            _later.state == NoticeState.RELEASED,
        )
        .exists()
    )
