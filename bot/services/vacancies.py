"""Posts left empty (空缺): who answers from that day on, and who above has to know of it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.domain.ids import MemberId, UnitId
from bot.domain.rights import Action, Role
from bot.domain.units import ids_of
from bot.services import people, posts
from bot.services.people import Holder
from bot.services.posts import NobodyResponsible
from bot.storage.models import Post, Unit

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
