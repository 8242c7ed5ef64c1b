"""Open items: written down once, shown to whom they concern, closed by them, carried over till then.

An action is closed by whoever did it; an issue is reported done, and closed by a second person
(`bot/services/issues.py`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
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
    """An item as people see it; `owner` is "" where nobody was named.

    Attributes:
        waits: It is an issue that was reported done, and waits to be verified.
    """

    id: int
    unit_id: UnitId
    number: int
    kind: ItemKind
    words: str
    owner_id: MemberId | None
    owner: str
    due_on: date | None
    meeting_id: MeetingId | None
    waits: bool = False

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
    source: str = ""
    category: str = ""
    measure: str = ""


class NotTheirs(DomainError):
    """Somebody else sees to it."""


class NoEvidence(DomainError):
    """An issue is said to be done, and nothing of how."""


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
                "source": one.source,
                "category": one.category,
                "measure": one.measure,
            },
        )
        if row is not None:
            found.append(row)
    return found


@dataclass(frozen=True, slots=True)
class About:
    """What may be said of an issue besides: its list and heading, and how it is to be put right."""

    source: str = ""
    category: str = ""
    measure: str = ""


NOTHING_MORE = About()


def report(
    session: Session,
    words: str,
    due_on: date | None,
    *,
    by: Actor,
    now: datetime,
    source: str,
    about: About = NOTHING_MORE,
) -> Item:
    """Write down an issue somebody of a branch reports; a full name in it is who sees to it.

    Args:
        source: Id of the message.

    Raises:
        Forbidden: A list is named by somebody who keeps no records.
        UnfitItem, UnfitLine, TooPrivate, SensitiveNumber
    """
    assert by.branch_id is not None
    assert by.member_id is not None
    kept = check_words(words)
    if about.source and not rights.may(by, Action.WRITE_MINUTES, by.branch_path):
        raise rights.refusal(Action.WRITE_MINUTES, "登记清单里的问题")
    named: dict[str, list[MemberId]] = {}
    for person in people.list_members(session, by.branch_id, day_of(now)):
        named.setdefault(person.name, []).append(person.id)
    apart = [ids for name, ids in named.items() if without_name(kept, name) != kept]
    owners = apart or [ids for name, ids in named.items() if name in kept]
    owner = owners[0][0] if len(owners) == 1 and len(owners[0]) == 1 else None
    if owner is not None:
        kept = without_name(kept, next(name for name, ids in named.items() if ids == [owner]))
    wanted = Wanted(
        f"inbound:{source}",
        ItemKind.ISSUE,
        kept,
        owner,
        due_on,
        None,
        about.source,
        about.category,
        about.measure,
    )
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

    Whoever sees to it, wrote it down, or keeps the minutes may. An issue is reported done with it:
    a second person closes it.

    Raises:
        NotFound: There is no such item, or it is closed.
        NotTheirs
        NoEvidence: An issue, and nothing was said of how it was put right.

    Source:
        issues.closing
    """
    assert by.member_id is not None
    unit_id = by.branch_id or people.scope_of(by, Action.WRITE_MINUTES)
    where = is_open() & (OpenItem.unit_id == unit_id)
    if number is None:
        own = _items(session, where & (OpenItem.owner_id == by.member_id))
        own = [item for item in own if not item.waits]
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
    if item.waits:
        raise NotFound(f"{item.title}已经报过办结，等人核实。看过没问题的回复 核实 {item.number}")
    is_issue = item.kind is ItemKind.ISSUE
    if is_issue and not note:
        raise NoEvidence(f"{item.title}是怎么办好的，请补一句，例如：办好了 {item.number} 已经修好")
    act = ItemAct.PROPOSE if is_issue else ItemAct.CLOSE
    take_step(session, item.id, act, by=by, now=now, note=note[:200])
    undo.remember(
        session,
        member_id=by.member_id,
        stem=STEM,
        inverse={"item": item.id, "act": (ItemAct.RETURN if is_issue else ItemAct.REOPEN).value},
        title=f"{item.title}的办结",
        at=now,
    )
    audit.record(
        session,
        by=by,
        at=now,
        action="issue.propose" if is_issue else "open_item.close",
        subject=f"open_item:{item.id}",
        reason=note,
    )
    return item


def close_known(session: Session, item_id: int, note: str, *, by: Actor, now: datetime) -> None:
    """Close an item, as a file of the ledger says; rights are checked by the caller."""
    take_step(session, item_id, ItemAct.CLOSE, by=by, now=now, note=note[:200])


def digest(words: str) -> str:
    """Return what stands for words in a key."""
    return hashlib.sha256(words.encode()).hexdigest()[:16]


def undo_step(session: Session, inverse: Mapping[str, Any], by: Actor, now: datetime) -> None:
    """Take back what was done to an item (its inverse)."""
    take_step(session, inverse["item"], ItemAct(inverse["act"]), by=by, now=now)


def withdraw(session: Session, keys: Collection[str], *, by: Actor, now: datetime) -> None:
    """Take back items whose lines were taken back, as far as they are open."""
    for item in _items(session, is_open() & OpenItem.key.in_(keys)) if keys else ():
        take_step(session, item.id, ItemAct.WITHDRAW, by=by, now=now)


def list_own(session: Session, member_id: MemberId) -> list[Item]:
    """Return what somebody has in hand, the most urgent first; not what waits to be verified."""
    found = _items(session, is_open() & (OpenItem.owner_id == member_id))
    return [item for item in found if not item.waits]


def list_open(session: Session, *, by: Actor, unit: str | None = None) -> tuple[UnitId, list[Item]]:
    """Return a branch and what is open there, the most urgent first.

    Raises:
        Forbidden, NotFound
    """
    unit_id = scopes.unit_meant(session, by, Action.VIEW_LISTS, unit)
    path = session.scalar(select(Unit.path).where(Unit.id == unit_id)) or ""
    below = select(Unit.id).where(Unit.path.startswith(path))
    return unit_id, _items(session, is_open() & OpenItem.unit_id.in_(below))


def list_due(session: Session, days: Collection[date]) -> list[Item]:
    """Return the actions that are open and due on some days; issues have reminders of their own."""
    actions = OpenItem.kind == ItemKind.ACTION
    return _items(session, is_open() & actions & OpenItem.due_on.in_(days)) if days else []


def still_open(session: Session, ids: Collection[int]) -> set[int]:
    """Return which of some items are open."""
    return {item.id for item in _items(session, is_open() & OpenItem.id.in_(ids))} if ids else set()


def carried_over(session: Session, meeting: MeetingView, until: datetime) -> list[Item]:
    """Return what was written down before a meeting and was open when it was held.

    Args:
        until: When its record was confirmed, else now: what is closed by then is not carried over.
    """
    held = max(meeting.starts_at, at(meeting.day))
    before = (OpenItem.unit_id == meeting.branch_id) & (OpenItem.at < held)
    return [
        item for item in _items(session, before & is_open(until)) if item.meeting_id != meeting.id
    ]


def is_open(until: datetime | None = None) -> ColumnElement[bool]:
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


_REPORTED = (ItemAct.PROPOSE, ItemAct.UNVERIFY)
_SETTLING = (*_REPORTED, *_CLOSED, ItemAct.REOPEN, ItemAct.RETURN)


def waits() -> ColumnElement[bool]:
    """Return the condition that an issue was reported done, and nobody has verified it yet."""
    step, later = aliased(OpenItemStep), aliased(OpenItemStep)
    newer = select(later.id).where(
        later.item_id == step.item_id, later.seq > step.seq, later.act.in_(_SETTLING)
    )
    reported = select(step.id).where(
        step.item_id == OpenItem.id, step.act.in_(_REPORTED), ~newer.exists()
    )
    return reported.exists()


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
            waits().label("waits"),
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
            bool(row.waits),
        )
        for row in rows
    ]


def take_step(
    session: Session, item_id: int, act: ItemAct, *, by: Actor, now: datetime, note: str = ""
) -> None:
    """Append a step; two at once wait for each other, and the second finds what the first did.

    Raises:
        DomainError: Somebody else closed it at this moment.
    """
    session.execute(select(OpenItem.id).where(OpenItem.id == item_id).with_for_update()).all()
    steps = session.execute(
        select(OpenItemStep.seq, OpenItemStep.act)
        .where(OpenItemStep.item_id == item_id)
        .order_by(OpenItemStep.seq)
    ).all()
    last = next((step.act for step in reversed(steps) if step.act in _SETTLING), None)
    if last in _BARRED_AFTER.get(act, ()):
        raise _meanwhile()
    values = {
        "item_id": item_id,
        "seq": 1 if not steps else steps[-1].seq + 1,
        "act": act,
        "note": note,
        "by_id": by.member_id,
        "at": now,
    }
    if insert_once(session, OpenItemStep, values) is None:
        raise _meanwhile()


_BARRED_AFTER: Mapping[ItemAct, Collection[ItemAct | None]] = {
    ItemAct.CLOSE: _CLOSED,
    ItemAct.WITHDRAW: _CLOSED,
    ItemAct.ASSIGN: _CLOSED,
    ItemAct.PROGRESS: _CLOSED,
    ItemAct.PROPOSE: (*_CLOSED, *_REPORTED),
    ItemAct.RETURN: (*_CLOSED, None, ItemAct.RETURN, ItemAct.REOPEN),
    ItemAct.UNVERIFY: (None, ItemAct.WITHDRAW, ItemAct.RETURN, ItemAct.REOPEN, *_REPORTED),
}


def _meanwhile() -> DomainError:
    return DomainError("这件事刚刚有人办过，请看一下 待办清单 再办。")
