"""Notices that have not left yet: which there are, and cancelling or moving them until they do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, String, cast, func, literal, select, update
from sqlalchemy.orm import Session

from bot.domain import rights
from bot.domain.burden import Hours
from bot.domain.errors import NotFound
from bot.domain.ids import NoticeId
from bot.domain.notices import NoticeState, title_of
from bot.domain.rights import Action, Actor
from bot.domain.sending import SendState
from bot.services import audit, notices, people
from bot.storage.models import Notice, Outbox, Unit

_NOT_GONE = (SendState.QUEUED, SendState.VOID)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A notice that nobody has been sent yet."""

    id: NoticeId
    body: str
    leaves_at: datetime
    people: int

    @property
    def title(self) -> str:
        """Its first words."""
        return title_of(self.body)


def list_waiting(session: Session, *, by: Actor, now: datetime) -> list[Waiting]:
    """Return the notices of the actor's unit that are still to leave, the next first.

    Raises:
        Forbidden
    """
    unit_id = people.scope_of(by, Action.SEND_NOTICE)
    rights.require(by, Action.SEND_NOTICE, _path(session, unit_id))
    rows = session.execute(
        select(Notice.id, Notice.body, func.min(Outbox.due_at), func.count(Outbox.id))
        .join(Outbox, Outbox.subject == literal("notice:") + cast(Notice.id, String))
        .where(
            Notice.unit_id == unit_id,
            Notice.state == NoticeState.RELEASED,
            Outbox.state != SendState.VOID,
        )
        .group_by(Notice.id, Notice.body)
        .having(
            func.min(Outbox.due_at) > now,
            func.count(Outbox.id).filter(Outbox.state != SendState.QUEUED) == 0,
        )
        .order_by(func.min(Outbox.due_at), Notice.id)
    )
    return [Waiting(NoticeId(found), body, at, number) for found, body, at, number in rows]


def cancel(session: Session, *, notice_id: NoticeId, by: Actor, now: datetime) -> None:
    """Drop a notice that has not left.

    Raises:
        NotFound, Forbidden
        AlreadyGone: Some of it is with the platform.
    """
    _get_own(session, notice_id, by)
    notices.undo_release(session, {"notice_id": notice_id}, by, now)


def move(
    session: Session,
    *,
    notice_id: NoticeId,
    send_at: datetime,
    by: Actor,
    hours: Hours,
    now: datetime,
) -> None:
    """Let a notice that has not left leave at another moment.

    Raises:
        NotFound, Forbidden
        NotThen: Nothing is sent at that moment.
        AlreadyGone: Some of it is with the platform.
    """
    notice = _get_own(session, notice_id, by)
    notices.check_moment(send_at, f"notice:{notice_id}", hours)
    before = session.scalar(select(func.min(Outbox.due_at)).where(_rows_of(notice_id)))
    session.connection().execute(
        update(Outbox)
        .where(_rows_of(notice_id), Outbox.state == SendState.QUEUED)
        .values(due_at=send_at, not_before=send_at)
    )
    # Looked at afterwards: a dispatcher may have taken some of it while the update waited.
    gone = select(Outbox.id).where(_rows_of(notice_id), Outbox.state.not_in(_NOT_GONE)).limit(1)
    if session.scalar(gone) is not None or (before is not None and before <= now):
        raise notices.AlreadyGone
    notice.send_at = send_at
    session.flush()
    audit.record(
        session,
        by=by,
        at=now,
        action="notice.move",
        subject=f"notice:{notice_id}",
        before={"leaves_at": before.isoformat() if before else None},
        after={"leaves_at": send_at.isoformat()},
    )


def _rows_of(notice_id: NoticeId) -> ColumnElement[bool]:
    return Outbox.subject == f"notice:{notice_id}"


def _get_own(session: Session, notice_id: NoticeId, by: Actor) -> Notice:
    notice = session.get(Notice, notice_id)
    if notice is None or notice.state is not NoticeState.RELEASED:
        raise NotFound("没有这条等着发的通知，可能已经取消了。")
    rights.require(by, Action.SEND_NOTICE, _path(session, notice.unit_id))
    return notice


def _path(session: Session, unit_id: int) -> str:
    return session.scalar(select(Unit.path).where(Unit.id == unit_id)) or ""
