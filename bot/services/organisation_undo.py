"""Taking the last change of an organisation back (撤销), unless something was built on it since."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeAlias

from sqlalchemy import (
    ColumnElement,
    Table,
    bindparam,
    exists,
    func,
    insert,
    literal,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Session

from bot.domain.ids import UnitId
from bot.domain.meetings import MeetingState
from bot.domain.rights import Actor
from bot.domain.units import UnitChangeKind, UnitForm, UnitKind, child_path, is_under
from bot.services import organisation_changes, roll_groups, roll_places
from bot.services.organisation_changes import MAX_NAME, CannotChange
from bot.storage.models import (
    AttendanceMark,
    ChatGroup,
    DuesEntry,
    Meeting,
    MeetingChange,
    Membership,
    Post,
    RollChange,
    Transfer,
    Unit,
    UnitChange,
)
from bot.storage.types import Base

Inverse: TypeAlias = Mapping[str, Any]
_UNDONE = "撤销"
_MARKED: dict[str, type[Base]] = {"post": Post, "meeting": Meeting, "dues": DuesEntry}
_NOT_BUILT = frozenset({"unit_change", "roll_change", "read_line", "membership", "post"})
_BUILT: dict[str, str] = {
    Meeting.__tablename__: "建过会",
    Transfer.__tablename__: "有介绍信",
    ChatGroup.__tablename__: "绑定过群",
    Unit.__tablename__: "有下级组织",
}


def marks_of(session: Session) -> dict[str, int]:
    """Return how far some ledgers have come, so that what is written later can be told."""
    tops = [select(func.max(_id(model))).scalar_subquery() for model in _MARKED.values()]
    row = session.execute(select(*tops)).one()
    return dict(zip(_MARKED, (top or 0 for top in row), strict=True))


def undo_change(session: Session, inverse: Inverse, by: Actor, now: datetime) -> None:
    """Put an organisation back as it was before a change (the inverse), by counter-entries.

    Raises:
        Forbidden
        CannotChange, WrongChange: Something was built on it since; says what.
    """
    unit = session.get_one(Unit, inverse["unit"])
    organisation_changes.require(by, unit.kind, unit.path)
    kind = session.scalars(
        select(UnitChange.kind).where(UnitChange.id == inverse["changes"][0])
    ).one()
    organisation_changes.void(session, inverse["changes"], by=by, now=now)
    _BACK[kind](session, unit, inverse, by, now)


def _founded(session: Session, unit: Unit, inverse: Inverse, by: Actor, now: datetime) -> None:
    """Let an organisation have existed no day; its name is free again."""
    if "moved" in inverse:
        _nothing_since(session, unit, inverse)
        roll_groups.take_back_moves(session, inverse["moved"], by=by, now=now)
        roll_places.restore_posts(session, inverse["posts"])
    _check_unused(session, unit)
    words = f"（撤销{unit.id}）"
    name = unit.name[: MAX_NAME - len(words)] + words
    session.connection().execute(
        update(Unit).where(Unit.id == unit.id).values(valid_to=Unit.valid_from, name=name)
    )


def _renamed(session: Session, _unit: Unit, inverse: Inverse, _by: Actor, _now: datetime) -> None:
    rows = session.execute(
        select(UnitChange.unit_id, UnitChange.before, UnitChange.after)
        .where(UnitChange.id.in_(inverse["changes"]))
        .order_by(UnitChange.id)
    ).all()
    old, new = rows[0].before["name"], rows[0].after["name"]
    renamed = [row.unit_id for row in rows]
    names = [row.before["name"] for row in rows]
    taken = session.scalar(select(Unit.name).where(Unit.name.in_(names), Unit.id.not_in(renamed)))
    if taken is not None:
        raise CannotChange(f"“{taken}”这个名称已经有别的组织用了，没有撤销。")
    session.connection().execute(
        update(Unit)
        .where(Unit.id.in_(renamed))
        .values(name=literal(old) + func.substr(Unit.name, len(new) + 1))
    )


def _moved(session: Session, unit: Unit, inverse: Inverse, _by: Actor, _now: datetime) -> None:
    change = session.get_one(UnitChange, inverse["changes"][0])
    parent = session.get(Unit, change.before["parent"] or 0)
    if parent is None or parent.valid_to is not None or is_under(parent.path, unit.path):
        raise CannotChange(f"{unit.name}原来的上级已经变了，没有撤销。请用 划转 写明放到哪里。")
    connection = session.connection()
    connection.execute(update(Unit).where(Unit.id == unit.id).values(parent_id=parent.id))
    connection.execute(
        update(Unit)
        .where(Unit.path.startswith(unit.path))
        .values(
            path=literal(child_path(parent.path, UnitId(unit.id)))
            + func.substr(Unit.path, len(unit.path) + 1)
        )
    )


def _formed(session: Session, unit: Unit, inverse: Inverse, _by: Actor, _now: datetime) -> None:
    change = session.get_one(UnitChange, inverse["changes"][0])
    form = UnitForm(change.before["form"])
    session.connection().execute(update(Unit).where(Unit.id == unit.id).values(form=form))


def _dissolved(session: Session, unit: Unit, inverse: Inverse, by: Actor, now: datetime) -> None:
    """Let a dissolved organisation go on: its members, posts, groups and meetings come back."""
    _nothing_since(session, unit, inverse)
    ended = select(UnitChange.unit_id).where(UnitChange.id.in_(inverse["changes"]))
    session.connection().execute(update(Unit).where(Unit.id.in_(ended)).values(valid_to=None))
    if inverse["moved"]:
        roll_groups.take_back_moves(session, inverse["moved"], by=by, now=now)
    roll_places.restore_posts(session, inverse["posts"])
    _restore_groups(session, unit, inverse["groups"], _heirs(unit, inverse), by, now)
    _restore_meetings(session, unit, inverse["meetings"], by, now)


_BACK: dict[UnitChangeKind, Callable[[Session, Unit, Inverse, Actor, datetime], None]] = {
    UnitChangeKind.FOUNDED: _founded,
    UnitChangeKind.RENAMED: _renamed,
    UnitChangeKind.MOVED: _moved,
    UnitChangeKind.FORM: _formed,
    UnitChangeKind.DISSOLVED: _dissolved,
}


def _heirs(unit: Unit, inverse: Inverse) -> list[int]:
    """Return where members, groups and meetings went: a cell leaves them to its branch."""
    heir = unit.parent_id if unit.kind is UnitKind.CELL else inverse["into"]
    return [] if heir is None else [heir]


def _nothing_since(session: Session, unit: Unit, inverse: Inverse) -> None:
    """Refuse once posts, meetings or dues were entered where the members went."""
    marks = inverse["marks"]
    units = [unit.id, *_heirs(unit, inverse)]
    moved = select(RollChange.member_id).where(RollChange.id.in_(inverse["moved"]))
    since: dict[str, ColumnElement[bool]] = {
        "任命了职务": exists().where(Post.id > marks["post"], Post.unit_id.in_(units)),
        "建了会": exists().where(
            Meeting.id > marks["meeting"],
            or_(Meeting.unit_id.in_(units), Meeting.branch_id.in_(units)),
        ),
        "登记了党费": exists().where(DuesEntry.id > marks["dues"], DuesEntry.member_id.in_(moved)),
    }
    _refuse(session, unit, since)


def _check_unused(session: Session, unit: Unit) -> None:
    """Refuse once anything at all belongs to an organisation."""
    used: dict[str, ColumnElement[bool]] = {
        "有党员": exists().where(
            or_(Membership.unit_id == unit.id, Membership.cell_id == unit.id),
            or_(Membership.valid_to.is_(None), Membership.valid_to > Membership.valid_from),
        ),
        "任命过职务": exists().where(
            Post.unit_id == unit.id, or_(Post.valid_to.is_(None), Post.valid_to > Post.valid_from)
        ),
    }
    for table in Base.metadata.sorted_tables:
        if table.name not in _NOT_BUILT:
            for column in _naming_units(table):
                words = _BUILT.get(table.name, "有别的登记")
                found = exists().where(column == unit.id)
                used[words] = found if words not in used else or_(used[words], found)
    _refuse(session, unit, used)


def _refuse(session: Session, unit: Unit, built: Mapping[str, ColumnElement[bool]]) -> None:
    row = session.execute(select(*built.values())).one()
    words = "、".join(words for words, found in zip(built, row, strict=True) if found)
    if words:
        raise CannotChange(
            f"{unit.name}的变动登记以后又{words}，没有撤销。请写一个新的变动改过来。"
        )


def _naming_units(table: Table) -> list[ColumnElement[Any]]:
    """Return the columns of a table that name a unit."""
    return [
        column
        for column in table.columns
        if any(key.column.table.name == Unit.__tablename__ for key in column.foreign_keys)
    ]


def _restore_groups(
    session: Session,
    unit: Unit,
    groups: Sequence[Sequence[Any]],
    heirs: Sequence[int],
    by: Actor,
    now: datetime,
) -> None:
    """Bind the chat groups again to the organisation they had belonged to."""
    rows = [
        {
            "space": space,
            "chat_id": chat,
            "channel": channel,
            "unit_id": owner,
            "bound_by": by.member_id,
            "bound_at": now,
        }
        for space, chat, channel, owner in groups
    ]
    if not rows:
        return
    chats = or_(
        *((ChatGroup.space == row["space"]) & (ChatGroup.chat_id == row["chat_id"]) for row in rows)
    )
    bound = session.execute(
        select(ChatGroup.id, ChatGroup.unit_id).where(chats, ChatGroup.unbound_at.is_(None))
    ).all()
    if any(row.unit_id not in heirs for row in bound):
        raise CannotChange(f"{unit.name}的群后来又绑定了别的组织，没有撤销。")
    connection = session.connection()
    connection.execute(
        update(ChatGroup).where(ChatGroup.id.in_([row.id for row in bound])).values(unbound_at=now)
    )
    connection.execute(insert(ChatGroup), rows)


def _restore_meetings(
    session: Session, unit: Unit, meetings: Sequence[Sequence[int]], by: Actor, now: datetime
) -> None:
    """Give meetings back at the revision they had, so that what people answered counts again."""
    if not meetings:
        return
    ids = [meeting for meeting, _, _, _ in meetings]
    now_are = {row.id: row for row in session.scalars(select(Meeting).where(Meeting.id.in_(ids)))}
    answered = session.scalars(
        select(AttendanceMark.meeting_id)
        .join(Meeting, Meeting.id == AttendanceMark.meeting_id)
        .where(Meeting.id.in_(ids), AttendanceMark.revision == Meeting.revision)
    ).first()
    touched = any(now_are[meeting].revision != was + 1 for meeting, _, _, was in meetings)
    if touched or answered is not None:
        raise CannotChange(f"{unit.name}已安排的会后来又有人改过或答复过，没有撤销。")
    before = {
        row.id: {"unit_id": row.unit_id, "state": row.state.value} for row in now_are.values()
    }
    connection = session.connection()
    connection.execute(
        update(Meeting)
        .where(Meeting.id == bindparam("meeting"))
        .values(
            unit_id=bindparam("owner"),
            branch_id=bindparam("branch"),
            revision=bindparam("was"),
            state=MeetingState.SCHEDULED,
        ),
        [
            {"meeting": meeting, "owner": owner, "branch": branch, "was": was}
            for meeting, owner, branch, was in meetings
        ],
    )
    connection.execute(
        insert(MeetingChange),
        [
            {
                "meeting_id": meeting,
                "action": "take_back",
                "before": before[meeting],
                "after": {"unit_id": owner, "state": MeetingState.SCHEDULED.value},
                "reason": _UNDONE,
                "by_id": by.member_id,
                "at": now,
            }
            for meeting, owner, _, _ in meetings
        ],
    )


def _id(model: type[Base]) -> Any:
    return model.__table__.c.id
