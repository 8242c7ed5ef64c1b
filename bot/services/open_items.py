"""Open items: written down once, shown to whom they concern, closed by them, carried over till then."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session, aliased

from bot.clock import at, day_of
from bot.domain import rights
from bot.domain.errors import DomainError, NotFound
from bot.domain.ids import MeetingId, MemberId, UnitId
from bot.domain.open_items import KIND_NAMES, ItemAct, ItemKind, check_words, without_name
from bot.domain.rights import Action, Actor
from bot.domain.wording import day_words
from bot.services import audit, counters, people, scopes, undo
from bot.services.meetings import MeetingView
from bot.storage.insert import insert_once
from bot.storage.models import Member, OpenItem, OpenItemStep, Unit

STEM = "open_items"
_CLOSED = (ItemAct.CLOSE, ItemAct.WITHDRAW)
_owner = aliased(Member)


@dataclass(frozen=True, slots=True)
class Item:
    """An item as people see it; `owner` is "" where nobody was named."""

    id: int
    unit_id: UnitId
    number: int
    kind: ItemKind
    words: str
    owner_id: MemberId | None
    owner: str
    due_on: date | None
    meeting_id: MeetingId | None

    @property
    def title(self) -> str:
        """What it is called: 待办3."""
        return f"{KIND_NAMES[self.kind]}{self.number}"

    @property
    def with_deadline(self) -> str:
        """What is to be done, and until when: 路灯不亮，4月15日前."""
        day = day_words(self.due_on) if self.due_on else ""
        return f"{self.words}，{day}前" if day and day not in self.words else self.words

    @property
    def whole(self) -> str:
        """What, by whom and until when: 路灯不亮，王五，4月15日前."""
        who = f"，{self.owner}" if self.owner and self.owner not in self.words else ""
        return f"{self.words}{who}{self.with_deadline.removeprefix(self.words)}"


@dataclass(frozen=True, slots=True)
class Wanted:
    """An item to write down."""

    key: str
    kind: ItemKind
    words: str
    owner_id: MemberId | None
    due_on: date | None
    meeting_id: MeetingId | None = None


class NotTheirs(DomainError):
    """Somebody else sees to it."""


def record(
    session: Session, unit_id: UnitId, wanted: Sequence[Wanted], *, by: Actor, now: datetime
) -> list[int]:
    """Write items down, each once; return their ids. The caller has checked rights and words."""
    found = []
    for one in wanted:
        taken = session.scalar(select(OpenItem.id).where(OpenItem.key == one.key))
        number = 0 if taken else counters.next_number(session, f"open_item:{unit_id}")
        row = taken or insert_once(
            session,
            OpenItem,
            {
                "key": one.key,
                "unit_id": unit_id,
                "number": number,
                "kind": one.kind,
                "words": one.words,
                "owner_id": one.owner_id,
                "due_on": one.due_on,
                "meeting_id": one.meeting_id,
                "by_id": by.member_id,
                "at": now,
            },
        )
        if row is not None:
            found.append(row)
    return found


def report(
    session: Session, words: str, due_on: date | None, *, by: Actor, now: datetime, source: str
) -> Item:
    """Write down an issue somebody of a branch reports; a full name in it is who sees to it.

    Args:
        source: Id of the message.

    Raises:
        UnfitItem, UnfitLine, TooPrivate, SensitiveNumber
    """
    assert by.branch_id is not None
    assert by.member_id is not None
    kept = check_words(words)
    named: dict[str, list[MemberId]] = {}
    for person in people.list_members(session, by.branch_id, day_of(now)):
        named.setdefault(person.name, []).append(person.id)
    owners = [ids for name, ids in named.items() if name in kept]
    owner = owners[0][0] if len(owners) == 1 and len(owners[0]) == 1 else None
    if owner is not None:
        kept = without_name(kept, next(name for name, ids in named.items() if ids == [owner]))
    wanted = Wanted(f"inbound:{source}", ItemKind.ISSUE, kept, owner, due_on)
    (item_id,) = record(session, by.branch_id, [wanted], by=by, now=now)
    (item,) = _items(session, OpenItem.id == item_id)
    undo.remember(
        session,
        member_id=by.member_id,
        stem=STEM,
        inverse={"item": item_id, "act": ItemAct.WITHDRAW.value},
        title=item.title,
        at=now,
    )
    return item


def close(
    session: Session, number: int | None, note: str, *, by: Actor, now: datetime
) -> Item | list[Item]:
    """Close an item of the actor's branch, or return those it may be, where no number was said.

    Whoever sees to it, wrote it down, or keeps the minutes may.

    Raises:
        NotFound: There is no such item, or it is closed.
        NotTheirs
    """
    assert by.member_id is not None
    unit_id = by.branch_id or people.scope_of(by, Action.WRITE_MINUTES)
    where = _is_open() & (OpenItem.unit_id == unit_id)
    if number is None:
        own = _items(session, where & (OpenItem.owner_id == by.member_id))
        if not own:
            raise NotFound("没有等着您办的事。看本支部没办完的请回复 待办清单")
        if len(own) > 1:
            return own
        item = own[0]
    else:
        found = _items(session, where & (OpenItem.number == number))
        if not found:
            raise NotFound(f"没有编号{number}的没办完的事，请核对编号。看有哪些请回复 待办清单")
        item = found[0]
    path = session.scalar(select(Unit.path).where(Unit.id == unit_id)) or ""
    wrote = session.scalar(select(OpenItem.by_id).where(OpenItem.id == item.id))
    mine = by.member_id in (item.owner_id, wrote)
    if not mine and not rights.may(by, Action.WRITE_MINUTES, path):
        who = item.owner or "书记或组织委员"
        raise NotTheirs(f"{item.title}由{who}来办，办好了请本人回复 办好了 {item.number}")
    _step(session, item.id, ItemAct.CLOSE, by=by, now=now, note=note[:200])
    undo.remember(
        session,
        member_id=by.member_id,
        stem=STEM,
        inverse={"item": item.id, "act": ItemAct.REOPEN.value},
        title=f"{item.title}的办结",
        at=now,
    )
    audit.record(
        session,
        by=by,
        at=now,
        action="open_item.close",
        subject=f"open_item:{item.id}",
        reason=note,
    )
    return item


def close_known(session: Session, item_id: int, note: str, *, by: Actor, now: datetime) -> None:
    """Close an item, as a file of the ledger says; rights are checked by the caller."""
    _step(session, item_id, ItemAct.CLOSE, by=by, now=now, note=note[:200])


def digest(words: str) -> str:
    """Return what stands for words in a key."""
    return hashlib.sha256(words.encode()).hexdigest()[:16]


def undo_step(session: Session, inverse: Mapping[str, Any], by: Actor, now: datetime) -> None:
    """Take back what was done to an item (its inverse)."""
    _step(session, inverse["item"], ItemAct(inverse["act"]), by=by, now=now)


def withdraw(session: Session, keys: Collection[str], *, by: Actor, now: datetime) -> None:
    """Take back items whose lines were taken back, as far as they are open."""
    for item in _items(session, _is_open() & OpenItem.key.in_(keys)) if keys else ():
        _step(session, item.id, ItemAct.WITHDRAW, by=by, now=now)


def list_own(session: Session, member_id: MemberId) -> list[Item]:
    """Return what somebody has in hand, the most urgent first."""
    return _items(session, _is_open() & (OpenItem.owner_id == member_id))


def list_open(session: Session, *, by: Actor, unit: str | None = None) -> tuple[UnitId, list[Item]]:
    """Return a branch and what is open there, the most urgent first.

    Raises:
        Forbidden, NotFound
    """
    unit_id = scopes.unit_meant(session, by, Action.VIEW_LISTS, unit)
    path = session.scalar(select(Unit.path).where(Unit.id == unit_id)) or ""
    below = select(Unit.id).where(Unit.path.startswith(path))
    return unit_id, _items(session, _is_open() & OpenItem.unit_id.in_(below))


def list_due(session: Session, days: Collection[date]) -> list[Item]:
    """Return what is open and due on some days."""
    return _items(session, _is_open() & OpenItem.due_on.in_(days)) if days else []


def list_overdue(session: Session, units: Collection[UnitId], on: date) -> list[Item]:
    """Return what some branches had to see to by a day, and had not done by the end of it."""
    due = OpenItem.unit_id.in_(units) & (OpenItem.due_on <= on)
    return _items(session, due & _is_open(at(on + timedelta(days=1)))) if units else []


def still_open(session: Session, ids: Collection[int]) -> set[int]:
    """Return which of some items are open."""
    return (
        {item.id for item in _items(session, _is_open() & OpenItem.id.in_(ids))} if ids else set()
    )


def carried_over(session: Session, meeting: MeetingView, until: datetime) -> list[Item]:
    """Return what was written down before a meeting and was open when it was held.

    Args:
        until: When its record was confirmed, else now: what is closed by then is not carried over.
    """
    held = max(meeting.starts_at, at(meeting.day))
    before = (OpenItem.unit_id == meeting.branch_id) & (OpenItem.at < held)
    return [
        item for item in _items(session, before & _is_open(until)) if item.meeting_id != meeting.id
    ]


def _is_open(until: datetime | None = None) -> ColumnElement[bool]:
    """Return the condition that the last step of an item, up to a moment, does not close it."""
    step, later = aliased(OpenItemStep), aliased(OpenItemStep)
    in_time = [] if until is None else [step.at <= until]
    later_in_time = [] if until is None else [later.at <= until]
    newer = select(later.id).where(
        later.item_id == step.item_id, later.seq > step.seq, *later_in_time
    )
    closed = select(step.id).where(
        step.item_id == OpenItem.id, step.act.in_(_CLOSED), *in_time, ~newer.exists()
    )
    return ~closed.exists()


def _items(session: Session, where: ColumnElement[bool]) -> list[Item]:
    rows = session.execute(
        select(
            OpenItem.id,
            OpenItem.unit_id,
            OpenItem.number,
            OpenItem.kind,
            OpenItem.words,
            OpenItem.owner_id,
            _owner.name,
            OpenItem.due_on,
            OpenItem.meeting_id,
        )
        .outerjoin(_owner, _owner.id == OpenItem.owner_id)
        .where(where)
        .order_by(OpenItem.due_on.is_(None), OpenItem.due_on, OpenItem.unit_id, OpenItem.number)
    )
    return [
        Item(
            row.id,
            UnitId(row.unit_id),
            row.number,
            row.kind,
            row.words,
            None if row.owner_id is None else MemberId(row.owner_id),
            row.name or "",
            row.due_on,
            None if row.meeting_id is None else MeetingId(row.meeting_id),
        )
        for row in rows
    ]


def _step(
    session: Session, item_id: int, act: ItemAct, *, by: Actor, now: datetime, note: str = ""
) -> None:
    """Append a step; two at once wait for each other, and the second finds what the first did.

    Raises:
        DomainError: Somebody else closed it at this moment.
    """
    session.execute(select(OpenItem.id).where(OpenItem.id == item_id).with_for_update()).all()
    last = session.execute(
        select(OpenItemStep.seq, OpenItemStep.act)
        .where(OpenItemStep.item_id == item_id)
        .order_by(OpenItemStep.seq.desc())
        .limit(1)
    ).one_or_none()
    if act in _CLOSED and last is not None and last.act in _CLOSED:
        raise _meanwhile()
    values = {
        "item_id": item_id,
        "seq": 1 if last is None else last.seq + 1,
        "act": act,
        "note": note,
        "by_id": by.member_id,
        "at": now,
    }
    if insert_once(session, OpenItemStep, values) is None:
        raise _meanwhile()


def _meanwhile() -> DomainError:
    return DomainError("这件事刚刚有人办过，请看一下 待办清单 再办。")
