"""公示整改: how far issues are, told to a unit without anybody's name; every telling is kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from bot.clock import day_of
from bot.domain import rights
from bot.domain.errors import DomainError
from bot.domain.ids import UnitId
from bot.domain.issues import without_complainants
from bot.domain.rights import Action, Actor
from bot.services import audit, issues, people, scopes
from bot.services.issues import Issue
from bot.storage.models import IssuePublication, Unit


class NothingToPublish(DomainError):
    """There is no issue to tell of."""


@dataclass(frozen=True, slots=True)
class Statement:
    """What is to be told.

    Attributes:
        told: The issues with their words as they may be told.
        readers: How many belong there.
    """

    unit_id: UnitId
    unit: str
    source: str
    told: tuple[tuple[Issue, str], ...]
    readers: int


def draft(
    session: Session, *, by: Actor, unit: str | None, source: str | None, now: datetime
) -> Statement:
    """Return what may be told of the issues of this year and those still open; writes nothing.

    Args:
        source: Only of this list.

    Raises:
        Forbidden, NotFound
        NothingToPublish

    Source:
        issues.publication
    """
    today = day_of(now)
    unit_id = scopes.unit_meant(session, by, Action.SEND_NOTICE, unit)
    written = issues.list_written(session, unit_id, source=source)
    current = [i for i in written if i.standing.closed_at is None or not _is_over(i, today.year)]
    if not current:
        which = f"{source}的" if source else ""
        raise NothingToPublish(f"没有{which}问题可以公示。看有哪些请回复 问题清单")
    everybody = people.list_below(session, unit_id, today)
    names = {person.name for person in everybody}
    told = tuple((issue, without_complainants(issue.words, names)) for issue in current)
    name = scopes.name_of(session, unit_id)
    return Statement(unit_id, name, source or "", told, len(everybody))


def publish(
    session: Session,
    unit_id: UnitId,
    text: str,
    items: Sequence[int],
    *,
    source: str,
    readers: int,
    to_group: bool,
    by: Actor,
    now: datetime,
) -> int:
    """Keep what is told, as it was shown; return its id.

    Raises:
        Forbidden
    """
    path = session.scalar(select(Unit.path).where(Unit.id == unit_id)) or ""
    rights.require(by, Action.SEND_NOTICE, path)
    published = session.execute(
        insert(IssuePublication)
        .values(
            unit_id=unit_id,
            source=source,
            text=text,
            readers=readers,
            to_group=to_group,
            items=list(items),
            by_id=by.member_id,
            at=now,
        )
        .returning(IssuePublication.id)
    ).scalar_one()
    audit.record(
        session,
        by=by,
        at=now,
        action="issue.publish",
        subject=f"unit:{unit_id}",
        after={"items": list(items), "readers": readers},
    )
    return published


def _is_over(issue: Issue, year: int) -> bool:
    closed = issue.standing.closed_at
    return closed is not None and day_of(closed).year < year
