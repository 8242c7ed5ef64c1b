"""How often people are written to: counted by branch and week, never by who reads or answers.

Source:
    burden.weekly_notices
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import case, func, or_, select
from sqlalchemy.orm import Session

from bot.clock import day_of
from bot.domain.ids import UnitId
from bot.domain.notices import NoticeState
from bot.domain.sending import SendState
from bot.domain.units import ids_of
from bot.storage.models import Membership, Notice, Outbox, Unit

WEEK = timedelta(days=7)
_SENT = (SendState.ACCEPTED, SendState.UNCERTAIN)


@dataclass(frozen=True, slots=True)
class Burden:
    """What a branch was sent in some days, besides answers.

    Attributes:
        group: Messages in its group.
        most: Messages to the one member who got most of them; whoever that is.
        private: Messages to all its members together.
    """

    group: int = 0
    most: int = 0
    private: int = 0


def notices_lately(session: Session, unit_id: UnitId, now: datetime) -> int:
    """Return how many notices those of a unit were sent in seven days, by it or from above.

    What puts a notice right is no further one.
    """
    return notices_of(session, [unit_id], now - WEEK, now).get(unit_id, 0)


def notices_of(
    session: Session, branches: Collection[UnitId], since: datetime, until: datetime
) -> dict[UnitId, int]:
    """Return how many notices those of some branches were sent in (since, until]; two queries.

    By them or from above; what puts a notice right is no further one,
    and what some few are told burdens not all.
    """
    rows = session.execute(
        select(Notice.unit_id, func.count(Notice.id))
        .where(
            Notice.state == NoticeState.RELEASED,
            Notice.corrects_id.is_(None),
            Notice.chosen.is_(None),
            Notice.released_at > since,
            Notice.released_at <= until,
        )
        .group_by(Notice.unit_id)
    )
    sent = {int(unit_id): int(number) for unit_id, number in rows}
    paths = session.execute(select(Unit.id, Unit.path).where(Unit.id.in_(branches)))
    return {
        UnitId(branch): sum(sent.get(unit, 0) for unit in ids_of(path)) for branch, path in paths
    }


def of_branches(
    session: Session, branches: Collection[UnitId], since: datetime, until: datetime
) -> dict[UnitId, Burden]:
    """Return what some branches or cells were sent in (since, until]; two queries for any number of them.

    What left as one message counts as one, whatever it told.
    """
    if not branches:
        return {}
    sent = (
        Outbox.state.in_(_SENT),
        Outbox.finished_at > since,
        Outbox.finished_at <= until,
        or_(Outbox.rule != "", Outbox.subject.startswith("notice:")),
    )
    message = func.count(func.distinct(func.coalesce(Outbox.batch_id, -Outbox.id)))
    groups = session.execute(
        select(Outbox.unit_id, message)
        .where(Outbox.unit_id.in_(branches), *sent)
        .group_by(Outbox.unit_id)
    )
    group = {UnitId(unit_id): int(number) for unit_id, number in groups if unit_id is not None}
    on = day_of(until)
    unit = case((Membership.cell_id.in_(branches), Membership.cell_id), else_=Membership.unit_id)
    members = session.execute(
        select(unit, Outbox.member_id, message)
        .join(Membership, Membership.member_id == Outbox.member_id)
        .where(
            unit.in_(branches),
            Membership.valid_from <= on,
            or_(Membership.valid_to.is_(None), Membership.valid_to > on),
            *sent,
        )
        .group_by(unit, Outbox.member_id)
    )
    private: dict[UnitId, list[int]] = {}
    for unit_id, _, number in members:
        private.setdefault(UnitId(unit_id), []).append(int(number))
    return {
        branch: Burden(
            group.get(branch, 0),
            max(private.get(branch, [0])),
            sum(private.get(branch, [])),
        )
        for branch in branches
    }
