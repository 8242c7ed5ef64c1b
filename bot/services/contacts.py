"""Who stays in touch with whom: written down, ended, and looked at as a matrix with its gaps."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, or_, select, update
from sqlalchemy.orm import Session

from bot.domain import rights
from bot.domain.contacts import (
    CONTACT_NAMES,
    IN_SERVICE,
    ONE_AT_A_TIME,
    PLACE_NAMES,
    ContactKind,
    Line,
    Matrix,
    PlaceKind,
    UnfitPlace,
    check_place,
    matrix,
    needs,
)
from bot.domain.dues import Category
from bot.domain.errors import DomainError, NotFound
from bot.domain.ids import UnitId
from bot.domain.periods import Month
from bot.domain.rights import Action, Actor
from bot.domain.units import UnitKind, ids_of, short_name
from bot.domain.wording import day_words
from bot.services import audit, undo
from bot.storage.insert import insert_once
from bot.storage.models import (
    Contact,
    DuesAssessment,
    Member,
    Membership,
    Place,
    Unit,
)

STEM = "contacts"
_MANY = 5
_TAIL = re.compile(r"(?P<name>.+?)(?P<tail>\d{4})")


@dataclass(frozen=True, slots=True)
class Party:
    """Somebody or something that stands in a line of the matrix.

    Attributes:
        key: `member:3`, `unit:7` or `place:9`.
        path: Of the unit it is or lies in; "" for leaders who are on no roll.
        kind: Of a unit or a place.
    """

    key: str
    name: str
    path: str
    kind: UnitKind | PlaceKind | None = None

    @property
    def id(self) -> int:
        """The number in its key."""
        return int(self.key.partition(":")[2])

    @property
    def is_member(self) -> bool:
        """It is a person."""
        return self.key.startswith("member:")


@dataclass(frozen=True, slots=True)
class Standing:
    """A line of the matrix, with names."""

    id: int
    kind: ContactKind
    who: Party
    whom: Party
    valid_from: date
    valid_to: date | None


def unit_of(line: Standing) -> UnitId | None:
    """Return the unit whose settings a line goes by: the branch that does it, else where it lies."""
    if not line.who.is_member:
        return UnitId(line.who.id)
    return ids_of(line.whom.path)[-1] if line.whom.path else None


class TakenAlready(DomainError):
    """Somebody else looks after it, and only one may."""


# --- who and what is meant ----------------------------------------------------------------------


def find_who(session: Session, words: str, *, by: Actor, on: date) -> Party:
    """Return the person or branch somebody names, within his reach.

    Raises:
        NotFound: There is none, or it fits several.
    """
    found = _find_member(session, words, by, on)
    return found if found is not None else _find_unit(session, words)


def find_whom(session: Session, words: str, *, by: Actor, on: date) -> Party:
    """Return what somebody names: a place, a community or branch, or a person.

    Raises:
        NotFound
    """
    place = find_place(session, words, on)
    if place is not None:
        return place
    found = _find_member(session, words, by, on)
    return found if found is not None else _find_unit(session, words)


def find_place(session: Session, words: str, on: date) -> Party | None:
    """Return the place of a name on a day, if one is called so; of several called so in part, none."""
    rows = session.execute(
        select(Place.id, Place.name, Place.kind, Unit.path)
        .join(Unit, Unit.id == Place.unit_id)
        .where(_stands(Place, on), Place.name.contains(words, autoescape=True))
        .order_by(Place.id)
    ).all()
    exact = [row for row in rows if row.name == words]
    fitting = exact or rows
    if len(exact) > 1:
        raise NotFound(f"“{words}”有{len(exact)}处，请写全称。")
    if len(fitting) != 1:
        return None
    row = fitting[0]
    return Party(f"place:{row.id}", row.name, row.path, row.kind)


def _find_unit(session: Session, words: str) -> Party:
    units = session.execute(
        select(Unit.id, Unit.name, Unit.path, Unit.kind).where(Unit.valid_to.is_(None))
    ).all()
    wanted = short_name(words)
    fitting = [unit for unit in units if unit.name == words]
    fitting = fitting or [unit for unit in units if short_name(unit.name) == wanted]
    fitting = fitting or [unit for unit in units if unit.name == f"{words}社区"]
    if len(fitting) != 1:
        raise NotFound(f"没有找到“{words}”。请写名册里的姓名、支部或社区的名称，或者登记过的地方。")
    unit = fitting[0]
    return Party(f"unit:{unit.id}", unit.name, unit.path, unit.kind)


def _find_member(session: Session, words: str, by: Actor, on: date) -> Party | None:
    tailed = _TAIL.fullmatch(words)
    name, tail = (tailed["name"], tailed["tail"]) if tailed else (words, "")
    rows = session.execute(
        select(Member.id, Member.name, Member.phone_tail, Unit.path)
        .outerjoin(
            Membership,
            (Membership.member_id == Member.id)
            & (Membership.valid_from <= on)
            & or_(Membership.valid_to.is_(None), Membership.valid_to > on),
        )
        .outerjoin(Unit, Unit.id == Membership.unit_id)
        .where(Member.name == name, *([Member.phone_tail == tail] if tail else []))
    ).all()
    near = [row for row in rows if row.path is None or _reaches(by, row.path)]
    if not near:
        return None
    if len(near) > 1:
        raise NotFound(f"有{len(near)}位{name}，请在姓名后面写手机尾号，例如 {name}1234。")
    return Party(f"member:{near[0].id}", near[0].name, near[0].path or "")


def _reaches(by: Actor, path: str) -> bool:
    return path == by.branch_path or any(path.startswith(g.unit_path) for g in by.grants)


def kind_of(who: Party, whom: Party) -> ContactKind:
    """Return what it is that one looks after the other.

    Raises:
        UnfitPlace: Nothing we know.
    """
    if who.is_member and whom.kind is UnitKind.COMMUNITY:
        return ContactKind.LEADER
    if who.is_member and whom.kind is PlaceKind.BUILDING:
        return ContactKind.BUILDING
    if who.is_member and whom.kind is PlaceKind.ENTERPRISE:
        return ContactKind.INSTRUCTOR
    if not who.is_member and whom.kind is PlaceKind.COURTYARD:
        return ContactKind.COURTYARD
    if not who.is_member and whom.kind is PlaceKind.HOUSEHOLD:
        return ContactKind.HOUSEHOLD
    if who.is_member == whom.is_member and whom.kind in (None, UnitKind.BRANCH):
        return ContactKind.PAIR
    raise UnfitPlace(
        "可以分包的有：班子成员包社区、支部联系楼院、党员包楼栋、非公支部联系困难户、"
        "指导员驻企业、党员或支部帮带结对。请核对写的是谁、包哪里。"
    )


# --- writing down -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class NewPlace:
    """A place to write down; `org_id` of an enterprise with an organisation."""

    unit_id: UnitId
    kind: PlaceKind
    name: str
    unmanaged: bool = False
    body: str = ""
    org_id: UnitId | None = None
    full_members: int | None = None


def add_place(session: Session, place: NewPlace, *, on: date, by: Actor, now: datetime) -> Party:
    """Write down a place, once.

    Raises:
        Forbidden, UnfitPlace
    """
    assert by.member_id is not None
    path = session.scalar(select(Unit.path).where(Unit.id == place.unit_id)) or ""
    rights.require(by, Action.MANAGE_ROLL, path)
    name = check_place(place.kind, place.name)
    key = place_key(place.unit_id, place.kind, name)
    made = insert_once(
        session,
        Place,
        {
            "key": key,
            "unit_id": place.unit_id,
            "kind": place.kind,
            "name": name,
            "unmanaged": place.unmanaged,
            "body": place.body,
            "org_id": place.org_id,
            "full_members": place.full_members,
            "valid_from": on,
            "valid_to": None,
            "by_id": by.member_id,
            "at": now,
            "revoked_at": None,
        },
    )
    if made is None:
        raise UnfitPlace(f"{PLACE_NAMES[place.kind]}{name}已经登记过了。")
    _remember(session, "place", made, f"登记{name}", by=by, now=now)
    return Party(f"place:{made}", name, path, place.kind)


def place_key(unit_id: int, kind: PlaceKind, name: str) -> str:
    """Return what makes a place single."""
    return f"{unit_id}:{kind.value}:{name}"


def assign(
    session: Session, who: Party, whom: Party, *, on: date, by: Actor, now: datetime
) -> Standing:
    """Let one look after the other from a day on.

    Raises:
        Forbidden, UnfitPlace
        TakenAlready: Somebody else does, and only one may; or it stands already.

    Source:
        contacts.matrix
    """
    assert by.member_id is not None
    kind = kind_of(who, whom)
    rights.require(by, Action.MANAGE_ROLL, who.path if not who.is_member else whom.path)
    for line in list_standing(session, [kind], on):
        if line.whom.key == whom.key and line.who.key == who.key:
            raise TakenAlready(f"{who.name}已经{_does(kind)}{whom.name}了。")
        if line.whom.key == whom.key and kind in ONE_AT_A_TIME:
            raise TakenAlready(
                f"{whom.name}现在由{line.who.name}{_does(kind)}。要换人请先发："
                f"结束分包 {line.who.name} {whom.name}"
            )
    made = insert_once(
        session,
        Contact,
        {
            "key": contact_key(kind, who.key, whom.key, on),
            "kind": kind,
            **sides(who.key, whom.key),
            "valid_from": on,
            "valid_to": None,
            "by_id": by.member_id,
            "at": now,
            "revoked_at": None,
        },
    )
    if made is None:
        raise TakenAlready(f"{who.name}已经{_does(kind)}{whom.name}了。")
    _remember(session, "contact", made, f"{who.name}{_does(kind)}{whom.name}", by=by, now=now)
    return Standing(made, kind, who, whom, on, None)


def contact_key(kind: ContactKind, who: str, whom: str, on: date) -> str:
    """Return what makes a line single."""
    return f"{kind.value}:{who}:{whom}:{on}"


def sides(who: str, whom: str) -> dict[str, int | None]:
    """Return the columns of a line for two keys."""
    (mine, my_id), (theirs, their_id) = who.split(":"), whom.split(":")
    return {
        "member_id": int(my_id) if mine == "member" else None,
        "unit_id": int(my_id) if mine == "unit" else None,
        "to_member_id": int(their_id) if theirs == "member" else None,
        "to_unit_id": int(their_id) if theirs == "unit" else None,
        "place_id": int(their_id) if theirs == "place" else None,
    }


def end(
    session: Session, who: Party, whom: Party, *, on: date, by: Actor, now: datetime
) -> Standing:
    """Let one no longer look after the other, from a day on.

    Raises:
        Forbidden
        NotFound: He does not.
    """
    assert by.member_id is not None
    rights.require(by, Action.MANAGE_ROLL, who.path if not who.is_member else whom.path)
    lines = [
        line
        for line in list_standing(session, list(ContactKind), on)
        if (line.who.key, line.whom.key) == (who.key, whom.key)
    ]
    if not lines:
        raise NotFound(f"没有{who.name}和{whom.name}的分包。看现在的请回复 分包表")
    line = lines[0]
    session.connection().execute(update(Contact).where(Contact.id == line.id).values(valid_to=on))
    undo.remember(
        session,
        member_id=by.member_id,
        stem=STEM,
        inverse={"reopen": line.id},
        title=f"结束{who.name}{_does(line.kind)}{whom.name}",
        at=now,
    )
    audit.record(
        session,
        by=by,
        at=now,
        action="contact.end",
        subject=f"contact:{line.id}",
        after={"valid_to": on.isoformat()},
    )
    return line


def undo_written(session: Session, inverse: Mapping[str, Any], _by: Actor, now: datetime) -> None:
    """Take back a place or a line, or let an ended one go on (its inverse)."""
    if "reopen" in inverse:
        session.connection().execute(
            update(Contact).where(Contact.id == inverse["reopen"]).values(valid_to=None)
        )
        return
    model = {"place": Place, "contact": Contact}[inverse["revoke"]]
    revoke(session, model, inverse["id"], now)


def revoke(session: Session, model: Any, row_id: int, now: datetime) -> None:
    """Take a row back, which gives its key free."""
    key = session.scalar(select(model.key).where(model.id == row_id))
    session.connection().execute(
        update(model)
        .where(model.id == row_id, model.revoked_at.is_(None))
        .values(revoked_at=now, key=f"{str(key)[:100]}#{row_id}")
    )


def _remember(
    session: Session, what: str, row_id: int, title: str, *, by: Actor, now: datetime
) -> None:
    assert by.member_id is not None
    undo.remember(
        session,
        member_id=by.member_id,
        stem=STEM,
        inverse={"revoke": what, "id": row_id},
        title=title,
        at=now,
    )
    action = "place.add" if what == "place" else "contact.assign"
    audit.record(session, by=by, at=now, action=action, subject=f"{what}:{row_id}")


def _does(kind: ContactKind) -> str:
    return {
        ContactKind.LEADER: "包",
        ContactKind.BUILDING: "包",
        ContactKind.COURTYARD: "联系",
        ContactKind.HOUSEHOLD: "联系",
        ContactKind.INSTRUCTOR: "派驻",
        ContactKind.PAIR: "帮带",
    }[kind]


# --- reading ------------------------------------------------------------------------------------


def list_standing(
    session: Session,
    kinds: Collection[ContactKind],
    on: date,
    where: ColumnElement[bool] | None = None,
) -> list[Standing]:
    """Return the lines of some kinds that hold on a day; three queries.

    Args:
        where: On `Contact`.
    """
    query = select(Contact).where(Contact.kind.in_(kinds), _stands(Contact, on))
    if where is not None:
        query = query.where(where)
    rows = session.scalars(query.order_by(Contact.id)).all()
    parties = load_parties(session, {key for row in rows for key in keys_of(row)})
    return [
        Standing(
            row.id,
            row.kind,
            parties[keys_of(row)[0]],
            parties[keys_of(row)[1]],
            row.valid_from,
            row.valid_to,
        )
        for row in rows
    ]


def list_own(session: Session, by: Actor, on: date) -> list[Standing]:
    """Return what somebody looks after on a day, himself or with his branch."""
    mine = Contact.member_id == by.member_id
    if by.branch_id is not None:
        mine = mine | (Contact.unit_id == by.branch_id)
    return list_standing(session, list(ContactKind), on, mine)


def keys_of(row: Any) -> tuple[str, str]:
    """Return the keys of the two sides of a line or, of a visit, of who went where."""
    who = f"member:{row.member_id}" if row.member_id is not None else f"unit:{row.unit_id}"
    return who, target_of(row)


def target_of(row: Any) -> str:
    """Return the key of whom or what a line or a visit is about."""
    if row.place_id is not None:
        return f"place:{row.place_id}"
    if row.to_unit_id is not None:
        return f"unit:{row.to_unit_id}"
    return f"member:{row.to_member_id}"


def load_parties(session: Session, keys: Iterable[str]) -> dict[str, Party]:
    """Return parties by key; a query a kind."""
    ids: dict[str, list[int]] = defaultdict(list)
    for key in set(keys):
        kind, _, number = key.partition(":")
        ids[kind].append(int(number))
    found: dict[str, Party] = {}
    for row in session.execute(select(Member.id, Member.name).where(Member.id.in_(ids["member"]))):
        found[f"member:{row.id}"] = Party(f"member:{row.id}", row.name, "")
    for unit in session.execute(
        select(Unit.id, Unit.name, Unit.path, Unit.kind).where(Unit.id.in_(ids["unit"]))
    ):
        found[f"unit:{unit.id}"] = Party(f"unit:{unit.id}", unit.name, unit.path, unit.kind)
    for place in session.execute(
        select(Place.id, Place.name, Place.kind, Unit.path)
        .join(Unit, Unit.id == Place.unit_id)
        .where(Place.id.in_(ids["place"]))
    ):
        key = f"place:{place.id}"
        found[key] = Party(key, place.name, place.path, place.kind)
    return found


@dataclass(frozen=True, slots=True)
class Overview:
    """How one kind of contact stands under a unit.

    Attributes:
        lines: Those that hold.
        gaps, doubles, idle: Names.
    """

    kind: ContactKind
    lines: tuple[Standing, ...]
    gaps: tuple[str, ...]
    doubles: tuple[str, ...]
    idle: tuple[str, ...]


def overview(session: Session, unit_id: UnitId, on: date) -> list[Overview]:
    """Return how every kind of contact stands under a unit on a day, with gaps and doubles.

    Source:
        contacts.matrix
    """
    path = session.scalar(select(Unit.path).where(Unit.id == unit_id)) or ""
    standing = [
        line
        for line in list_standing(session, list(ContactKind), on)
        if any(party.path.startswith(path) for party in (line.who, line.whom) if party.path)
    ]
    units = session.execute(
        select(Unit.id, Unit.kind).where(
            Unit.path.startswith(path),
            Unit.valid_from <= on,
            or_(Unit.valid_to.is_(None), Unit.valid_to > on),
        )
    ).all()
    places = session.execute(
        select(Place.id, Place.kind, Place.unmanaged, Place.org_id)
        .join(Unit, Unit.id == Place.unit_id)
        .where(_stands(Place, on), Unit.path.startswith(path))
    ).all()
    private = {place.org_id for place in places if place.org_id is not None}
    whom: dict[ContactKind, list[str]] = {
        ContactKind.LEADER: [f"unit:{u.id}" for u in units if u.kind is UnitKind.COMMUNITY],
        ContactKind.COURTYARD: _keys(places, PlaceKind.COURTYARD, unmanaged=True),
        ContactKind.BUILDING: _keys(places, PlaceKind.BUILDING),
        ContactKind.HOUSEHOLD: _keys(places, PlaceKind.HOUSEHOLD),
    }
    who: dict[ContactKind, list[str]] = {
        ContactKind.COURTYARD: [
            f"unit:{u.id}" for u in units if u.kind is UnitKind.BRANCH and u.id not in private
        ],
        ContactKind.BUILDING: [f"member:{m}" for m in _in_service(session, path, on)],
        ContactKind.HOUSEHOLD: [f"unit:{unit}" for unit in sorted(private)],
    }
    found: dict[ContactKind, Matrix] = {}
    for kind in ContactKind:
        lines = [
            Line(line.who.key, line.whom.key, line.valid_from, line.valid_to)
            for line in standing
            if line.kind is kind
        ]
        single = kind in ONE_AT_A_TIME
        found[kind] = matrix(lines, whom.get(kind, ()), who.get(kind, ()), on, single=single)
    names = load_parties(
        session, {key for one in found.values() for key in (*one.gaps, *one.doubles, *one.idle)}
    )
    return [
        Overview(
            kind,
            tuple(line for line in standing if line.kind is kind),
            tuple(names[key].name for key in found[kind].gaps),
            tuple(names[key].name for key in found[kind].doubles),
            tuple(names[key].name for key in found[kind].idle),
        )
        for kind in ContactKind
    ]


def _keys(places: Sequence[Any], kind: PlaceKind, *, unmanaged: bool = False) -> list[str]:
    return [
        f"place:{place.id}"
        for place in places
        if place.kind is kind and (place.unmanaged or not unmanaged)
    ]


def _in_service(session: Session, path: str, on: date) -> list[int]:
    """Return the members under a path who are in service on a day: from the day it changed, not."""
    rows = session.execute(
        select(Member.id, Member.category)
        .join(Membership, Membership.member_id == Member.id)
        .join(Unit, Unit.id == Membership.unit_id)
        .where(
            Unit.path.startswith(path),
            Membership.valid_from <= on,
            or_(Membership.valid_to.is_(None), Membership.valid_to > on),
        )
        .order_by(Member.id)
    ).all()
    settled: dict[int, Category] = {}
    for member, category in session.execute(
        select(DuesAssessment.member_id, DuesAssessment.category)
        .where(
            DuesAssessment.member_id.in_([row.id for row in rows]),
            DuesAssessment.effective_month <= Month.of(on),
        )
        .order_by(DuesAssessment.effective_month, DuesAssessment.seq)
    ):
        settled[member] = category
    return [row.id for row in rows if settled.get(row.id, row.category) is IN_SERVICE]


@dataclass(frozen=True, slots=True)
class Enterprise:
    """An enterprise on a day; `lacks` is "" where an organisation or an instructor covers it."""

    name: str
    lacks: str


def enterprises(session: Session, unit_id: UnitId, on: date) -> list[Enterprise]:
    """Return the enterprises under a unit on a day, each with what it lacks.

    Source:
        contacts.enterprises
    """
    path = session.scalar(select(Unit.path).where(Unit.id == unit_id)) or ""
    rows = session.execute(
        select(Place.id, Place.name, Place.org_id, Place.full_members)
        .join(Unit, Unit.id == Place.unit_id)
        .where(_stands(Place, on), Place.kind == PlaceKind.ENTERPRISE, Unit.path.startswith(path))
        .order_by(Place.id)
    ).all()
    staffed = {line.whom.id for line in list_standing(session, [ContactKind.INSTRUCTOR], on)}
    return [
        Enterprise(
            row.name,
            needs(
                row.full_members,
                has_org=row.org_id is not None,
                has_instructor=row.id in staffed,
            ),
        )
        for row in rows
    ]


@dataclass(frozen=True, slots=True)
class Courtyard:
    """An unmanaged courtyard: its residents' body ("" for none) and the branch that covers it."""

    name: str
    body: str
    branch: str


def courtyards(session: Session, unit_id: UnitId, on: date) -> list[Courtyard]:
    """Return the unmanaged courtyards under a unit on a day."""
    path = session.scalar(select(Unit.path).where(Unit.id == unit_id)) or ""
    rows = session.execute(
        select(Place.id, Place.name, Place.body)
        .join(Unit, Unit.id == Place.unit_id)
        .where(
            _stands(Place, on),
            Place.kind == PlaceKind.COURTYARD,
            Place.unmanaged,
            Unit.path.startswith(path),
        )
        .order_by(Place.id)
    ).all()
    lines = list_standing(session, [ContactKind.COURTYARD], on)
    covered = {line.whom.id: line.who.name for line in lines}
    return [Courtyard(row.name, row.body, covered.get(row.id, "")) for row in rows]


def _stands(model: Any, on: date) -> ColumnElement[bool]:
    """Return the condition that a row holds on a day and was not taken back."""
    held: ColumnElement[bool] = (
        model.revoked_at.is_(None)
        & (model.valid_from <= on)
        & or_(model.valid_to.is_(None), model.valid_to > on)
    )
    return held


def line_words(line: Standing) -> str:
    """Return a line as people read it: 陈主任包西后街社区（3月1日起）."""
    return f"{line.who.name}{_does(line.kind)}{line.whom.name}（{day_words(line.valid_from)}起）"


def title_of(kind: ContactKind) -> str:
    """Return what people call a kind."""
    return CONTACT_NAMES[kind]
