"""Posts left empty (空缺): who answers from that day on, and who above has to know of it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.domain.ids import MemberId, UnitId
from bot.domain.rights import Action, Role
from bot.domain.roll import ENDS_PLACE, ENDS_POSTS, ChangeKind
from bot.domain.units import UnitKind, ids_of
from bot.services import people, posts
from bot.services.people import Holder
from bot.services.posts import NobodyResponsible
from bot.storage.models import AuditLine, Post, RollChange, Unit

HeldPost = tuple[UnitId, Role, MemberId]

_MATTERS = {
    Role.SECRETARY: Action.CONFIRM_MINUTES,
    Role.DEPUTY: Action.CONFIRM_MINUTES,
    Role.ORGANISER: Action.MANAGE_ROLL,
    Role.CELL_LEADER: Action.RECORD_ATTENDANCE,
}
"""Posts that answer for a unit, each with a matter that falls to somebody else."""


@dataclass(frozen=True, slots=True)
class Vacancy:
    """A post that nobody holds from a day on.

    Attributes:
        unit: What the unit is called.
        on: The first Shanghai day without a holder.
        answers: Who answers from then on; None where nobody does, up to the top.
        above: Who answers in the unit above, if that is somebody else.
    """

    unit: str
    role: Role
    on: date
    answers: Holder | None
    above: Holder | None


def list_vacancies(session: Session, ended: Collection[HeldPost], on: date) -> list[Vacancy]:
    """Return which of some posts stay empty once they end on a day.

    Args:
        ended: Posts that end, or have ended, on that day; they count no more.

    Source:
        roll.responsible_person
    """
    mine = [post for post in ended if post[1] in _MATTERS]
    if not mine:
        return []
    units = {unit for unit, _, _ in mine}
    rows = session.execute(select(Unit.id, Unit.name, Unit.path).where(Unit.id.in_(units)))
    named = {UnitId(unit): (name, path) for unit, name, path in rows}
    held = people.list_holders(session, units, list(_MATTERS), on)
    filled = {(post[0], post[1]) for post in held if post[:3] not in ended}
    found: list[Vacancy] = []
    for unit, role, _ in dict.fromkeys(mine):
        led = role is Role.DEPUTY and (unit, Role.SECRETARY) in filled
        if (unit, role) not in filled and not led:
            name, path = named[unit]
            found.append(_vacancy(session, unit, name, path, role, ended, on))
    return found


@dataclass(frozen=True, slots=True)
class LeftEmpty:
    """A post that became empty some days ago and still is.

    Attributes:
        told: Whether whoever ended it by a word in the chat was told then; a term that ran out, a
            split and a file tell nobody.
    """

    unit_id: UnitId
    role: Role
    since: date
    vacancy: Vacancy
    told: bool


def list_left_empty(session: Session, days: Collection[date], on: date) -> list[LeftEmpty]:
    """Return the posts that became empty on some days and are so on another.

    Of a new branch that is the secretary's, until somebody is in it.

    Source:
        roll.vacant
    """
    ended = _ended_on(session, days)
    told = _told_in_chat(session, ended)
    since = {(UnitId(post.unit_id), post.role): post.valid_to for post in ended}
    since.update(_founded_on(session, days))
    units = {unit for unit, _ in since}
    if not units:
        return []
    rows = session.execute(
        select(Unit.id, Unit.name, Unit.path).where(
            Unit.id.in_(units), Unit.valid_to.is_(None) | (Unit.valid_to > on)
        )
    )
    named = {UnitId(unit): (name, path) for unit, name, path in rows}
    held = {(post[0], post[1]) for post in people.list_holders(session, units, list(_MATTERS), on)}
    found: list[LeftEmpty] = []
    for (unit, role), day in sorted(since.items(), key=lambda item: (item[1], item[0][0])):
        led = role is Role.DEPUTY and (unit, Role.SECRETARY) in held
        if day is None or unit not in named or (unit, role) in held or led:
            continue
        vacancy = _vacancy(session, unit, *named[unit], role, (), on)
        is_told = (unit, role, day) in told
        found.append(LeftEmpty(unit, role, day, replace(vacancy, on=day), is_told))
    return found


def list_filled(session: Session, posts: Collection[tuple[UnitId, Role]], on: date) -> set[Any]:
    """Return which of some posts somebody holds on a day; those of units that are gone as well."""
    units = {unit for unit, _ in posts}
    held = people.list_holders(session, units, list({role for _, role in posts}), on)
    alive = set(
        session.scalars(
            select(Unit.id).where(
                Unit.id.in_(units), Unit.valid_to.is_(None) | (Unit.valid_to > on)
            )
        )
    )
    gone = {post for post in posts if post[0] not in alive}
    return {(post[0], post[1]) for post in held} | gone


def _ended_on(session: Session, days: Collection[date]) -> Sequence[Any]:
    return session.execute(
        select(Post.id, Post.unit_id, Post.role, Post.member_id, Post.valid_to).where(
            Post.valid_to.in_(days),
            Post.valid_to > Post.valid_from,
            Post.role.in_(list(_MATTERS)),
        )
    ).all()


def _founded_on(session: Session, days: Collection[date]) -> dict[tuple[UnitId, Role], date]:
    rows = session.execute(
        select(Unit.id, Unit.valid_from).where(
            Unit.valid_from.in_(days), Unit.kind == UnitKind.BRANCH
        )
    )
    return {(UnitId(unit), Role.SECRETARY): day for unit, day in rows}


def _told_in_chat(session: Session, ended: Sequence[Any]) -> set[tuple[UnitId, Role, date]]:
    """Return the posts that somebody ended by a word in the chat, who told of it at once."""
    relieved = set(
        session.scalars(
            select(AuditLine.subject).where(
                AuditLine.subject.in_([f"post:{post.id}" for post in ended]),
                AuditLine.action == "post.relieve",
                AuditLine.reason != "导入",
            )
        )
    )
    rows = session.execute(
        select(RollChange.member_id, RollChange.on_day).where(
            RollChange.member_id.in_([post.member_id for post in ended]),
            RollChange.kind.in_((*ENDS_PLACE, *ENDS_POSTS, ChangeKind.IN)),
        )
    )
    left = {(member, day) for member, day in rows}
    return {
        (UnitId(post.unit_id), post.role, post.valid_to)
        for post in ended
        if f"post:{post.id}" in relieved or (post.member_id, post.valid_to) in left
    }


def posts_of(session: Session, post_ids: Sequence[int]) -> list[HeldPost]:
    """Return the posts of some ids: (unit, role, holder)."""
    rows = session.execute(
        select(Post.unit_id, Post.role, Post.member_id)
        .where(Post.id.in_(post_ids))
        .order_by(Post.id)
    )
    return [(UnitId(unit), role, MemberId(member)) for unit, role, member in rows]


def _vacancy(
    session: Session,
    unit: UnitId,
    name: str,
    path: str,
    role: Role,
    ended: Collection[HeldPost],
    on: date,
) -> Vacancy:
    answers = _find(session, unit, role, ended, on)
    over = [above for above in ids_of(path) if above != unit]
    above = _find(session, over[-1], role, ended, on) if over else None
    same = above is not None and answers is not None and above.id == answers.id
    return Vacancy(name, role, on, answers, None if same else above)


def _find(
    session: Session, unit: UnitId, role: Role, ended: Collection[HeldPost], on: date
) -> Holder | None:
    try:
        return posts.responsible(session, unit, _MATTERS[role], on, without=ended)
    except NobodyResponsible:
        return None
