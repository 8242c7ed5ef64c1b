"""What a street or a community holds itself: which kinds, who belongs there, how it is counted."""

from __future__ import annotations

from enum import Enum

from bot.domain.cadence import MeetingKind
from bot.domain.ids import UnitId
from bot.domain.rights import COMMITTEE, Actor, Grant, Role
from bot.domain.units import UnitKind, ids_of

ABOVE = frozenset({UnitKind.STREET, UnitKind.COMMUNITY})
"""Units that hold no branch meetings."""
LEADING = COMMITTEE | {Role.LEADER}
"""Posts of the leadership team (班子) of a unit above the branch."""

_STAFF = frozenset({Role.STAFF, Role.OFFICER})


class Circle(Enum):
    """Who belongs to a meeting of a unit above the branch."""

    LEADERS = "leaders"  # the leadership team
    STAFF = "staff"  # the team and the staff, members or not
    HEADS = "heads"  # the team and the secretaries below
    ALL = "all"  # every member of a branch below
    OPEN = "open"  # nobody in particular: heads are counted


CIRCLES: dict[MeetingKind, Circle] = {
    MeetingKind.WORKING_COMMITTEE: Circle.LEADERS,
    MeetingKind.THEORY_GROUP: Circle.LEADERS,
    MeetingKind.DEMOCRATIC_LIFE: Circle.LEADERS,
    MeetingKind.TRAINING: Circle.STAFF,
    MeetingKind.TOUR: Circle.HEADS,
    MeetingKind.LECTURE: Circle.ALL,
    MeetingKind.OATH: Circle.ALL,
    MeetingKind.ANNUAL_TRAINING: Circle.ALL,
    MeetingKind.STUDY: Circle.ALL,
    MeetingKind.PARTY_SCHOOL: Circle.ALL,
    MeetingKind.OTHER: Circle.STAFF,
    MeetingKind.PUBLICITY_TALK: Circle.OPEN,
}
"""Kinds that a unit above the branch may hold; all others are a branch's or a cell's."""

ONLY_ABOVE = frozenset(
    {
        MeetingKind.WORKING_COMMITTEE,
        MeetingKind.THEORY_GROUP,
        MeetingKind.DEMOCRATIC_LIFE,
        MeetingKind.TOUR,
    }
)
"""Kinds that no branch holds."""


def may_hold(unit: UnitKind, kind: MeetingKind) -> bool:
    """Tell whether a unit of some kind holds meetings of a kind.

    Source:
        meetings.above
    """
    if unit in ABOVE:
        return kind in CIRCLES
    return kind not in ONLY_ABOVE and (unit is UnitKind.CELL) is (kind is MeetingKind.CELL)


def belongs(
    kind: MeetingKind, unit_id: UnitId, actor: Actor, *, signed_up_for: bool = False
) -> bool:
    """Tell whether an actor belongs to a meeting of a unit above, by place and posts.

    Args:
        signed_up_for: It has seats, so everybody below and the staff may sign up.

    Source:
        meetings.above
    """
    circle = CIRCLES.get(kind)
    below = unit_id in ids_of(actor.branch_path)[:-1]
    if signed_up_for:
        circle = Circle.STAFF
        if below:
            return True
    if circle is Circle.ALL:
        return below
    return any(_fits(circle, post, unit_id) for post in (*actor.grants, *actor.seats))


def posts_of(circle: Circle) -> frozenset[Role]:
    """Return the posts of the unit itself whose holders belong to a circle."""
    if circle in (Circle.ALL, Circle.OPEN):
        return frozenset()
    return LEADING | _STAFF if circle is Circle.STAFF else LEADING


def units_above(actor: Actor) -> frozenset[UnitId]:
    """Return the units in which an actor may have meetings, besides his branch and cell."""
    posts = (*actor.grants, *actor.seats)
    around = {unit for post in posts for unit in ids_of(post.unit_path)}
    return frozenset({*around, *ids_of(actor.branch_path)} - {actor.branch_id, actor.cell_id})


def has_seat(actor: Actor) -> bool:
    """Tell whether somebody sits in a leadership team or is on the staff of a unit above."""
    posts = (*actor.grants, *actor.seats)
    return any(post.role in LEADING | _STAFF for post in posts)


def _fits(circle: Circle | None, grant: Grant, unit_id: UnitId) -> bool:
    if circle is None:
        return False
    if grant.unit_id == unit_id:
        return grant.role in posts_of(circle)
    is_head = circle is Circle.HEADS and grant.role is Role.SECRETARY
    return is_head and unit_id in ids_of(grant.unit_path)


def is_for_all(kind: MeetingKind) -> bool:
    """Tell whether the group of the unit that holds it is told of a meeting: not of a few."""
    return kind is not MeetingKind.COMMITTEE and kind not in ONLY_ABOVE
