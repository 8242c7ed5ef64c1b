"""What the bot sent, or is going to send, as its people see it: to whom, why, what became of it.

Answers to what somebody asked privately are told as such, without their words.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session, aliased

from bot.clock import day_of
from bot.domain import rights
from bot.domain.rights import Action, Actor
from bot.domain.sending import SendState
from bot.storage.models import Member, Membership, Outbox, Unit

STATE_NAMES = {
    SendState.QUEUED: "等着发",
    SendState.CLAIMED: "正在发",
    SendState.SENDING: "正在发",
    SendState.ACCEPTED: "平台收下了",
    SendState.REFUSED: "没送到",
    SendState.UNCERTAIN: "不知道到没到",
    SendState.EXPIRED: "过时没发",
    SendState.VOID: "不用发了",
}
PRIVATE = "（回答本人的话，不在这里显示）"
_group = aliased(Unit)


@dataclass(frozen=True, slots=True)
class Sent:
    """One text for one address.

    Attributes:
        source: Which rule it rests on, in words; "" of what a person caused.
    """

    to: str
    text: str
    state: SendState
    due_at: datetime
    finished_at: datetime | None
    detail: str
    source: str


def list_page(
    session: Session,
    path: str,
    *,
    by: Actor,
    now: datetime,
    states: Collection[SendState] = (),
    limit: int,
    offset: int = 0,
) -> tuple[list[Sent], int]:
    """Return a page of what was written to a unit and below, and to its people, the latest first.

    Args:
        states: Only these; empty for all.

    Raises:
        Forbidden
    """
    rights.require(by, Action.VIEW_LISTS, path)
    where = [_within(path, now)]
    if states:
        where.append(Outbox.state.in_(states))
    total = session.scalar(select(func.count(Outbox.id)).where(*where)) or 0
    rows = session.execute(
        select(
            Outbox.text,
            Outbox.state,
            Outbox.due_at,
            Outbox.finished_at,
            Outbox.detail,
            Outbox.reason,
            Member.name.label("member"),
            _group.name.label("unit"),
        )
        .outerjoin(Member, Member.id == Outbox.member_id)
        .outerjoin(_group, _group.id == Outbox.unit_id)
        .where(*where)
        .order_by(Outbox.id.desc())
        .limit(limit)
        .offset(offset)
    )
    found = [
        Sent(
            row.member or f"{row.unit}群",
            row.text if row.reason else PRIVATE,
            row.state,
            row.due_at,
            row.finished_at,
            row.detail,
            str((row.reason or {}).get("source", "")),
        )
        for row in rows
    ]
    return found, total


def _within(path: str, now: datetime) -> ColumnElement[bool]:
    on = day_of(now)
    units = select(Unit.id).where(Unit.path.startswith(path, autoescape=True))
    members = select(Membership.member_id).where(
        or_(Membership.unit_id.in_(units), Membership.cell_id.in_(units)),
        Membership.valid_from <= on,
        or_(Membership.valid_to.is_(None), Membership.valid_to > on),
    )
    return or_(Outbox.member_id.in_(members), Outbox.unit_id.in_(units))
