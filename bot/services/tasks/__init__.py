"""What waits for whoever keeps a branch's records: one file a kind, listed here by urgency."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.clock import day_of
from bot.domain.ids import MemberId, UnitId
from bot.domain.rights import Actor
from bot.domain.tasks import Desk, Task, Waiting, gather
from bot.services import people, survey
from bot.services.tasks import (
    checkins,
    development,
    dues,
    issues,
    leaves,
    letters,
    makeup,
    sends,
    wordings,
)
from bot.services.tasks.leaf import Leaf, Scope
from bot.storage.models import Post, Unit

LEAVES: tuple[Leaf, ...] = (
    leaves.LEAF,
    checkins.LEAF,
    dues.LEAF,
    letters.LEAF,
    makeup.LEAF,
    development.LEAF,
    issues.VERIFY_LEAF,
    issues.DRAFTS_LEAF,
    sends.LEAF,
    wordings.LEAF,
)
"""The first is the most urgent."""


def of_everybody(session: Session, now: datetime) -> dict[MemberId, list[Task]]:
    """Return what waits for whom, everywhere; a few queries for any number of branches."""
    return _by_owner(session, Scope(now))


def of_members(
    session: Session, members: Collection[MemberId], now: datetime
) -> dict[MemberId, list[Task]]:
    """Return what waits for some people: only where they hold, or held, a post is looked."""
    paths = session.scalars(
        select(Unit.path)
        .join(Post, Post.unit_id == Unit.id)
        .where(Post.member_id.in_(members))
        .distinct()
    ).all()
    found = _by_owner(session, Scope(now, tuple(sorted(paths)))) if paths else {}
    return {member: own for member, own in found.items() if member in members}


def of_actor(session: Session, by: Actor, now: datetime) -> list[Task]:
    """Return what waits for one person: the same that the morning's note tells."""
    if by.member_id is None or not by.grants:
        return []
    scope = Scope(now, tuple(sorted({grant.unit_path for grant in by.grants})))
    return _by_owner(session, scope).get(by.member_id, [])


def _by_owner(session: Session, scope: Scope) -> dict[MemberId, list[Task]]:
    waiting = [one for leaf in LEAVES for one in leaf.find(session, scope)]
    if not waiting:
        return {}
    waiting = _told_apart(session, waiting, scope)
    desks = _desks(session, {one.unit_id for one in waiting}, scope.now)
    found: dict[MemberId, list[Waiting]] = defaultdict(list)
    for one in waiting:
        owner = desks[one.kind.desk].get(one.unit_id)
        if owner is not None:
            found[owner].append(one)
    return {owner: gather(own) for owner, own in found.items()}


def _told_apart(session: Session, waiting: Sequence[Waiting], scope: Scope) -> list[Waiting]:
    """Give namesakes of one branch the tail of their phone; two queries for all."""
    ids = {one.member_id for one in waiting if one.member_id is not None}
    called = people.tell_apart_by_branch(session, ids, day_of(scope.now))
    return [
        replace(one, name=called.get(one.member_id, one.name)) if one.member_id else one
        for one in waiting
    ]


def _desks(
    session: Session, units: Collection[UnitId], now: datetime
) -> Mapping[Desk, Mapping[UnitId, MemberId]]:
    """Return who sees to what of each unit; where a post is empty, who stands in or above."""
    on = day_of(now)
    keepers = survey.keepers(session, units, on)
    paths = {unit: path for unit, (_, path) in survey.names_and_paths(session, units).items()}
    return {
        Desk.RECORDS: {unit: member for unit, (member, _) in keepers.items()},
        Desk.LEAD: survey.answerable(session, paths, on),
    }
