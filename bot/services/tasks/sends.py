"""Texts that did not arrive, or of which nobody can know it: by name, with what the platform said."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from sqlalchemy import ColumnElement, and_, func, literal_column, or_, select
from sqlalchemy.orm import Session, aliased

from bot.clock import day_of
from bot.domain.ids import UnitId
from bot.domain.sending import SendState
from bot.domain.tasks import TaskKind, Waiting
from bot.domain.wording import with_note
from bot.services import fallbacks
from bot.services.tasks.leaf import Leaf, Scope
from bot.storage.models import Member, Membership, Outbox, Post, Unit

KIND = TaskKind("sends", "没送到{n}条：{names}", "没送到")
UNSURE = "不知道到没到，没有重发"
GROUP = "{unit}群"
_LOOKS_BACK = timedelta(days=3)
_STATES = (SendState.REFUSED, SendState.UNCERTAIN)
_of_group, _of_member, _of_post = aliased(Unit), aliased(Unit), aliased(Unit)


def find(session: Session, scope: Scope) -> Iterable[Waiting]:
    """Return what failed in the last days, unless something has reached the same reader since.

    The states stand in the query as they do in the index, `ix_outbox_failed`.
    """
    today = day_of(scope.now)
    posted = (  # of who is on no roll: an officer, the staff of a street
        select(Post.member_id, func.min(Post.unit_id).label("unit_id"))
        .where(Post.valid_from <= today, or_(Post.valid_to.is_(None), Post.valid_to > today))
        .group_by(Post.member_id)
        .subquery()
    )
    rows = session.execute(
        select(
            Outbox.state,
            Outbox.detail,
            Outbox.finished_at,
            Member.name.label("member"),
            _of_group.name.label("group"),
            func.coalesce(_of_group.id, _of_member.id, _of_post.id).label("unit_id"),
        )
        .outerjoin(Member, Member.id == Outbox.member_id)
        .outerjoin(
            Membership,
            (Membership.member_id == Outbox.member_id)
            & (Membership.valid_from <= today)
            & or_(Membership.valid_to.is_(None), Membership.valid_to > today),
        )
        .outerjoin(_of_member, _of_member.id == Membership.unit_id)
        .outerjoin(_of_group, _of_group.id == Outbox.unit_id)
        .outerjoin(posted, posted.c.member_id == Outbox.member_id)
        .outerjoin(_of_post, _of_post.id == posted.c.unit_id)
        .where(
            Outbox.state.in_([literal_column(f"'{state.value}'") for state in _STATES]),
            Outbox.finished_at > scope.now - _LOOKS_BACK,
            Outbox.finished_at <= scope.now,
            or_(
                scope.holds(_of_group.path),
                scope.holds(_of_member.path),
                _of_member.id.is_(None) & scope.holds(_of_post.path),
            ),
            ~fallbacks.has_stand_in(),
            ~_arrived_since(),
        )
        .order_by(Outbox.finished_at, Outbox.id)
    )
    for row in rows:
        if row.unit_id is not None:
            to = row.member or GROUP.format(unit=row.group)
            why = UNSURE if row.state is SendState.UNCERTAIN else row.detail
            yield Waiting(KIND, UnitId(row.unit_id), with_note(to, why), row.finished_at)


def _arrived_since() -> ColumnElement[bool]:
    later = aliased(Outbox)
    return (
        select(later.id)
        .where(
            or_(
                and_(later.member_id == Outbox.member_id, later.channel == Outbox.channel),
                and_(later.unit_id == Outbox.unit_id, later.thread == Outbox.thread),
            ),
            later.id > Outbox.id,  # what a group was told has no index of its own
            later.state == SendState.ACCEPTED,
            later.finished_at > Outbox.finished_at,
        )
        .exists()
    )


LEAF = Leaf(KIND, find)
