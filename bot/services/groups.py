"""Binding a chat group to the unit it belongs to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, select, update
from sqlalchemy.orm import Session

from bot.domain import rights
from bot.domain.errors import DomainError, NotFound
from bot.domain.rights import Action, Actor
from bot.domain.units import short_name
from bot.services import audit
from bot.storage.insert import insert_once
from bot.storage.models import ChatGroup, Unit


class OnlyInGroup(DomainError):
    """The command has to be said in the group it is about."""

    may_be_overheard = True

    def __init__(self) -> None:
        super().__init__("这句话要在群里说：在支部的群里 @我 发 绑定群 支部名称。")


class WhichUnit(DomainError):
    """The command came without the name of a unit."""

    may_be_overheard = True

    def __init__(self) -> None:
        super().__init__("请写上支部名称，例如：绑定群 第三党支部")


class NotTheirs(DomainError):
    """The group belongs to a unit that is not the actor's to take it from."""

    may_be_overheard = True

    def __init__(self, unit: str) -> None:
        super().__init__(f"本群已经绑定{unit}，要换请由{unit}的书记或街道党务专干来办。")


@dataclass(frozen=True, slots=True)
class GroupBound:
    """A group that now belongs to a unit."""

    unit: str
    new: bool


def bind_group(
    session: Session,
    *,
    space: str,
    chat_id: str | None,
    channel: str,
    unit_name: str,
    by: Actor,
    now: datetime,
) -> GroupBound:
    """Bind the chat group in which this is said to a unit.

    Raises:
        OnlyInGroup, WhichUnit, NotFound, NotTheirs, Forbidden
    """
    if chat_id is None:
        raise OnlyInGroup
    if not unit_name:
        raise WhichUnit
    unit = find_unit(session, unit_name)
    rights.require(by, Action.BIND_GROUP, unit.path)
    values = {
        "space": space,
        "chat_id": chat_id,
        "channel": channel,
        "unit_id": unit.id,
        "bound_by": by.member_id,
        "bound_at": now,
    }
    if insert_once(session, ChatGroup, values) is None:
        current = session.execute(_bound(space, chat_id)).one()
        if current.id == unit.id:
            return GroupBound(unit.name, new=False)
        if not rights.may(by, Action.BIND_GROUP, current.path):
            raise NotTheirs(current.name)
        _unbind(session, space, chat_id, now)
        insert_once(session, ChatGroup, values)
    audit.record(session, by=by, at=now, action="group.bind", subject=f"unit:{unit.id}")
    return GroupBound(unit.name, new=True)


def find_unit(session: Session, name: str) -> Unit:
    """Return the unit of a name as written, or the only one people call so (三支部).

    One that was dissolved is meant by its short name as long as no other bears it.
    """
    exact = session.scalar(select(Unit).where(Unit.name == name))
    if exact is not None:
        return exact
    wanted = short_name(name)
    known = session.scalars(select(Unit).order_by(Unit.id)).all()
    every = [unit for unit in known if unit.valid_to is None]
    close = [unit for unit in every if short_name(unit.name) == wanted]
    close = close or [unit for unit in known if short_name(unit.name) == wanted]
    close = close or [unit for unit in every if wanted and wanted in short_name(unit.name)]
    if len(close) == 1:
        return close[0]
    if close:
        names = "、".join(unit.name for unit in close[:5])
        raise NotFound(f"“{name}”对得上几个组织：{names}。请写全称。")
    raise NotFound(f"没有找到“{name}”。请写名册里的名称，例如 第三党支部。")


def _bound(space: str, chat_id: str) -> Select[int, str, str]:
    return (
        select(Unit.id, Unit.name, Unit.path)
        .join(ChatGroup, ChatGroup.unit_id == Unit.id)
        .where(
            ChatGroup.space == space,
            ChatGroup.chat_id == chat_id,
            ChatGroup.unbound_at.is_(None),
        )
    )


def _unbind(session: Session, space: str, chat_id: str, now: datetime) -> None:
    session.connection().execute(
        update(ChatGroup)
        .where(
            ChatGroup.space == space,
            ChatGroup.chat_id == chat_id,
            ChatGroup.unbound_at.is_(None),
        )
        .values(unbound_at=now)
    )
