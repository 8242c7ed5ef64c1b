"""走访: who went where, when, what was found; one visit a day and place, and an issue of what was found."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from bot.domain.contacts import ContactKind
from bot.domain.errors import DomainError, NotFound
from bot.domain.ids import MemberId, UnitId
from bot.domain.open_items import ItemAct, ItemKind, check_words
from bot.domain.rights import Actor
from bot.domain.units import ids_of
from bot.services import audit, contacts, open_items, undo
from bot.services.contacts import Party, Standing, find_whom, list_own, load_parties, target_of
from bot.services.open_items import Wanted
from bot.storage.insert import insert_once
from bot.storage.models import Visit

STEM = "visits"


class NotYet(DomainError):
    """A visit on a day that is still to come."""


@dataclass(frozen=True, slots=True)
class Visited:
    """A visit as it stands.

    Attributes:
        is_new: It was not on record before.
        item_id: The issue it led to.
    """

    id: int
    whom: Party
    on: date
    findings: str
    is_new: bool
    item_id: int | None = None


def find_target(session: Session, words: str, *, by: Actor, on: date) -> Party:
    """Return where somebody went: one of those he looks after, else what is called so.

    Raises:
        NotFound: Says what he looks after.
    """
    own = list_own(session, by, on)
    fitting = {line.whom.key: line.whom for line in own if words in line.whom.name}
    if len(fitting) == 1:
        return next(iter(fitting.values()))
    try:
        return find_whom(session, words, by=by, on=on)
    except NotFound:
        if not own:
            raise
        names = "、".join(dict.fromkeys(line.whom.name for line in own))
        raise NotFound(f"没有找到“{words}”。您联系的有：{names}。") from None


def record(
    session: Session, whom: Party, on: date, findings: str, *, by: Actor, now: datetime
) -> Visited:
    """Write down a visit; said again the same day it is the same one.

    Raises:
        NotYet
        UnfitLine, TooPrivate, SensitiveNumber: As of an issue.

    Source:
        contacts.visits
    """
    assert by.member_id is not None
    kept = check_words(findings)[:200] if findings else ""
    key = visit_key(by.member_id, whom.key, on)
    sides = {k: v for k, v in contacts.sides("member:0", whom.key).items() if k != "unit_id"}
    made = insert_once(
        session,
        Visit,
        {
            **sides,
            "key": key,
            "member_id": by.member_id,
            "on_day": on,
            "findings": kept,
            "item_id": None,
            "by_id": by.member_id,
            "at": now,
            "revoked_at": None,
        },
    )
    if made is None:
        return _again(session, key, whom, kept, by=by, now=now)
    undo.remember(
        session,
        member_id=by.member_id,
        stem=STEM,
        inverse={"visit": made},
        title=f"走访{whom.name}",
        at=now,
    )
    return Visited(made, whom, on, kept, True)


def _again(
    session: Session, key: str, whom: Party, findings: str, *, by: Actor, now: datetime
) -> Visited:
    """Return the visit of that day, with what was found in addition."""
    row = session.scalars(select(Visit).where(Visit.key == key)).one()
    said = row.findings
    if findings and findings not in said:
        said = f"{said}；{findings}"[:200] if said else findings
        session.connection().execute(update(Visit).where(Visit.id == row.id).values(findings=said))
        audit.record(
            session,
            by=by,
            at=now,
            action="visit.add",
            subject=f"visit:{row.id}",
            before={"findings": row.findings},
            after={"findings": said},
        )
    return Visited(row.id, whom, row.on_day, said, False, row.item_id)


def visit_key(member_id: int, target: str, on: date) -> str:
    """Return what makes a visit single."""
    return f"{member_id}:{target}:{on}"


def open_issue(
    session: Session, visit_id: int, *, by: Actor, now: datetime
) -> open_items.Item | None:
    """Make an issue of what a visit found, once; whoever went sees to it until it is given on.

    Returns:
        None where it has led to one already.
    """
    assert by.member_id is not None
    visit = session.scalars(select(Visit).where(Visit.id == visit_id)).one()
    party = load_parties(session, [target_of(visit)])[target_of(visit)]
    unit_id = ids_of(party.path)[-1] if party.path else by.branch_id
    if visit.item_id is not None or unit_id is None:
        return None
    wanted = Wanted(f"visit:{visit_id}", ItemKind.ISSUE, visit.findings, by.member_id, None)
    (item_id,) = open_items.record(session, UnitId(unit_id), [wanted], by=by, now=now)
    session.connection().execute(update(Visit).where(Visit.id == visit_id).values(item_id=item_id))
    item = open_items.get(session, item_id)
    undo.remember(
        session,
        member_id=by.member_id,
        stem=open_items.STEM,
        inverse={"item": item_id, "act": ItemAct.WITHDRAW.value},
        title=item.title,
        at=now,
    )
    return item


def undo_visit(session: Session, inverse: Mapping[str, Any], _by: Actor, now: datetime) -> None:
    """Take a visit back (its inverse)."""
    contacts.revoke(session, Visit, inverse["visit"], now)


def visited(
    session: Session, members: Collection[MemberId], first: date, until: date
) -> set[tuple[MemberId, str]]:
    """Return who has been where within some days: (member, key of the target).

    Args:
        until: Excluded.
    """
    rows = session.scalars(
        select(Visit).where(
            Visit.member_id.in_(members),
            Visit.revoked_at.is_(None),
            Visit.on_day >= first,
            Visit.on_day < until,
        )
    )
    return {(MemberId(row.member_id), target_of(row)) for row in rows}


def targets_seen(session: Session, targets: Collection[str], first: date, until: date) -> set[str]:
    """Return which of some targets anybody has visited within some days."""
    rows = session.scalars(
        select(Visit).where(Visit.revoked_at.is_(None), Visit.on_day >= first, Visit.on_day < until)
    )
    return {target_of(row) for row in rows} & set(targets)


def count(session: Session, first: date, until: date, path: str = "") -> int:
    """Return how many visits there were within some days, to what lies under a path."""
    rows = session.scalars(
        select(Visit).where(Visit.revoked_at.is_(None), Visit.on_day >= first, Visit.on_day < until)
    ).all()
    parties = load_parties(session, {target_of(row) for row in rows})
    return sum(parties[target_of(row)].path.startswith(path) for row in rows)


MONTHLY = frozenset({ContactKind.LEADER, ContactKind.INSTRUCTOR})
QUARTERLY = frozenset({ContactKind.COURTYARD, ContactKind.HOUSEHOLD, ContactKind.PAIR})


def list_unvisited(
    session: Session, kinds: Collection[ContactKind], first: date, until: date, on: date
) -> list[Standing]:
    """Return the lines of some kinds that hold on a day and were not visited within some days.

    What a person looks after he visits himself; for a branch any of its people may have gone.
    """
    lines = contacts.list_standing(session, kinds, on)
    members = {MemberId(line.who.id) for line in lines if line.who.is_member}
    own = visited(session, members, first, until) if members else set()
    seen = targets_seen(session, {line.whom.key for line in lines}, first, until)
    return [
        line
        for line in lines
        if (
            (MemberId(line.who.id), line.whom.key) not in own
            if line.who.is_member
            else line.whom.key not in seen
        )
    ]
