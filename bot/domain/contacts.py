"""Who stays in touch with whom (分包、联系、结对): one line of a matrix, with its days; and visits."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from enum import Enum

from bot.domain.dues import Category
from bot.domain.errors import DomainError


class PlaceKind(Enum):
    """What is looked after, where it is no Party organisation."""

    COURTYARD = "courtyard"
    BUILDING = "building"
    HOUSEHOLD = "household"
    ENTERPRISE = "enterprise"


PLACE_NAMES: dict[PlaceKind, str] = {
    PlaceKind.COURTYARD: "楼院",
    PlaceKind.BUILDING: "楼栋",
    PlaceKind.HOUSEHOLD: "困难户",
    PlaceKind.ENTERPRISE: "企业",
}


class ContactKind(Enum):
    """Who looks after what."""

    LEADER = "leader_community"
    COURTYARD = "branch_courtyard"
    BUILDING = "member_building"
    HOUSEHOLD = "org_household"
    INSTRUCTOR = "instructor_enterprise"
    PAIR = "pair"


CONTACT_NAMES: dict[ContactKind, str] = {
    ContactKind.LEADER: "班子成员包社区",
    ContactKind.COURTYARD: "支部联系楼院",
    ContactKind.BUILDING: "在职党员包楼栋",
    ContactKind.HOUSEHOLD: "非公组织联系困难户",
    ContactKind.INSTRUCTOR: "党建指导员驻企业",
    ContactKind.PAIR: "帮带结对",
}
ONE_AT_A_TIME = frozenset({ContactKind.LEADER, ContactKind.COURTYARD, ContactKind.HOUSEHOLD})
"""Kinds of which whoever is looked after has one who does so at a time."""

IN_SERVICE = Category.WAGE
LEAST_FOR_A_BRANCH = 3  # full members
_CODE_LENGTH = 12


class UnfitPlace(DomainError):
    """Something that cannot be a place, or a contact of this kind."""


@dataclass(frozen=True, slots=True)
class Line:
    """Somebody looks after somebody or something, from a day until a day (excluded).

    Attributes:
        who, whom: Keys such as `member:3`, `unit:7`, `place:9`.
    """

    who: str
    whom: str
    valid_from: date
    valid_to: date | None = None

    def holds(self, day: date) -> bool:
        """Tell whether it holds on a day."""
        return self.valid_from <= day and (self.valid_to is None or day < self.valid_to)


@dataclass(frozen=True, slots=True)
class Matrix:
    """How a kind of contact stands on a day.

    Attributes:
        gaps: Who is looked after by nobody.
        doubles: Who is looked after by several, and may only be by one.
        idle: Who should look after somebody and does not.
    """

    gaps: tuple[str, ...]
    doubles: tuple[str, ...]
    idle: tuple[str, ...]


def matrix(
    lines: Iterable[Line], whom: Collection[str], who: Collection[str], day: date, *, single: bool
) -> Matrix:
    """Return the gaps and doubles of a kind of contact on a day.

    Args:
        whom: Everybody who is to be looked after.
        who: Everybody who is to look after somebody.
        single: One looks after each at a time.

    Source:
        contacts.matrix
    """
    by_whom: dict[str, set[str]] = defaultdict(set)
    busy: set[str] = set()
    for line in lines:
        if line.holds(day):
            by_whom[line.whom].add(line.who)
            busy.add(line.who)
    return Matrix(
        tuple(one for one in whom if not by_whom.get(one)),
        tuple(one for one in whom if single and len(by_whom.get(one, ())) > 1),
        tuple(one for one in who if one not in busy),
    )


def check_place(kind: PlaceKind, name: str) -> str:
    """Return the name of a place as it is kept; of a household only a code.

    Raises:
        UnfitPlace

    Source:
        contacts.households
    """
    name = " ".join(name.split())
    if not name or len(name) > 60:
        raise UnfitPlace("请写1到60字的名称。")
    if kind is PlaceKind.HOUSEHOLD and not is_code(name):
        raise UnfitPlace("困难户只写代号，不写姓名，例如 困难户A01。")
    return name


def is_code(name: str) -> bool:
    """Tell whether a name is a code: letters and digits, perhaps behind a word for households."""
    for word in ("困难户", "困难群众", "家庭", "户"):
        name = name.removeprefix(word)
    plain = name.replace("-", "")
    return plain.isascii() and plain.isalnum() and len(plain) <= _CODE_LENGTH


def needs(full_members: int | None, *, has_org: bool, has_instructor: bool) -> str:
    """Return what an enterprise lacks, or "": it has an organisation, or an instructor.

    Source:
        contacts.enterprises
    """
    if has_org:
        return ""
    if full_members is not None and full_members >= LEAST_FOR_A_BRANCH:
        return f"正式党员{full_members}人，可以成立支部"
    if has_instructor:
        return ""
    if full_members:
        return f"正式党员{full_members}人，可以建联合支部或小组，先派指导员"
    return "没有党员，先派指导员"
