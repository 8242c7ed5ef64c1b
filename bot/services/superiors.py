"""Who answers for the unit above: in office that day, and somebody who can be written to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import or_, select, true
from sqlalchemy.orm import Session

from bot.domain.ids import MemberId, UnitId
from bot.domain.rights import Role
from bot.domain.units import ids_of
from bot.storage.models import Account, Post

_ORDER = (Role.CELL_LEADER, Role.SECRETARY, Role.DEPUTY, Role.ORGANISER, Role.OFFICER)
_MANY = 500  # units; of more, the holders of all are read: a query has only so many values


@dataclass(frozen=True, slots=True)
class Superior:
    """Who is told of a unit that is behind.

    Attributes:
        is_own: Nobody above holds a post, so that whoever answers for the unit is told.
    """

    member_id: MemberId
    is_own: bool = False


@dataclass(frozen=True, slots=True)
class _Holder:
    member_id: MemberId
    reachable: bool


def above(session: Session, paths: Mapping[UnitId, str], on: date) -> dict[UnitId, Superior]:
    """Return who answers above each unit; one query for any number of units.

    That is the unit above the one in which somebody answers for it: secretary, deputy, organiser,
    officer, the first who has an account; a post that is empty or over is passed over, up to the
    top. Nobody is told of what is theirs while somebody else could be. A unit that lies under
    none has nobody above it.

    Args:
        paths: Unit → its path.

    Source:
        burden.above
    """
    holders = _holders(session, paths, on)
    found: dict[UnitId, Superior] = {}
    for unit, path in paths.items():
        superior = _first_above([holders.get(each, ()) for each in reversed(ids_of(path))])
        if superior is not None:
            found[unit] = superior
    return found


def _first_above(levels: Sequence[Sequence[_Holder]]) -> Superior | None:
    """Return the superior, given who holds posts in the unit, then in the one above, and so on."""
    staffed = next((n for n, level in enumerate(levels) if level), None)
    if staffed is None or len(levels) == 1:
        return None
    owner = levels[staffed][0].member_id
    others = [h for level in levels[staffed + 1 :] for h in level if h.member_id != owner]
    reachable = [holder for holder in others if holder.reachable]
    chosen = (reachable or others)[:1]
    return Superior(chosen[0].member_id) if chosen else Superior(owner, is_own=True)


def _holders(
    session: Session, paths: Mapping[UnitId, str], on: date
) -> Mapping[UnitId, Sequence[_Holder]]:
    wanted = {unit for path in paths.values() for unit in ids_of(path)}
    bound = (
        select(Account.id)
        .where(Account.member_id == Post.member_id, Account.unbound_at.is_(None))
        .exists()
    )
    is_wanted = Post.unit_id.in_(wanted) if len(wanted) <= _MANY else true()
    rows = session.execute(
        select(Post.unit_id, Post.role, Post.member_id, bound)
        .where(
            is_wanted,
            Post.role.in_(_ORDER),
            Post.valid_from <= on,
            or_(Post.valid_to.is_(None), Post.valid_to > on),
        )
        .order_by(Post.id)
    ).all()
    found: dict[UnitId, list[_Holder]] = defaultdict(list)
    for unit, _, member, reachable in sorted(rows, key=lambda row: _ORDER.index(row[1])):
        found[UnitId(unit)].append(_Holder(MemberId(member), bool(reachable)))
    return found
