"""Dues: a member declares, the organiser confirms, only what is confirmed counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from bot.clock import day_of
from bot.domain import rights
from bot.domain.dues import EntryKind, MonthState, month_state
from bot.domain.dues_allocation import Allocated, NeedsAnswer, Part, Refused, allocate
from bot.domain.errors import DomainError
from bot.domain.ids import MemberId, UnitId
from bot.domain.periods import Month, months_between
from bot.domain.rights import Action, Actor
from bot.services import audit, counters, people, scopes, undo
from bot.services.people import Person
from bot.storage.insert import insert_once
from bot.storage.models import DuesAssessment, DuesEntry, Member, Membership, Unit

STEM = "dues"


class DuesRefused(DomainError):
    """A payment that cannot be recorded; the sentence says who can help."""


class NotOnRoll(DomainError):
    """Nobody of this name pays dues here."""


class TwoOfAName(DomainError):
    """Two members bear the name; `choices` are put as one numbered question."""

    def __init__(self, choices: Sequence[Person]) -> None:
        super().__init__(f"名册里有{len(choices)}位{choices[0].name}，请说明是哪一位。")
        self.choices = tuple(choices)


class NothingToConfirm(DomainError):
    """No declaration waits."""


class ChangedMeanwhile(DomainError):
    """Between preview and confirmation somebody settled some of it."""


@dataclass(frozen=True, slots=True)
class Balance:
    """One member's month: what is assessed, declared and confirmed, in fen.

    Attributes:
        assessed_fen: None where nothing is due (before joining, before the unit counts).
        waiting: Ids of declarations not settled yet, with their amounts.
    """

    assessed_fen: int | None
    confirmed_fen: int = 0
    waiting: tuple[tuple[int, int], ...] = ()

    @property
    def declared_fen(self) -> int:
        """Declared and not yet confirmed."""
        return sum(fen for _, fen in self.waiting)

    @property
    def open_fen(self) -> int:
        """Still to be declared."""
        return max(0, (self.assessed_fen or 0) - self.confirmed_fen - self.declared_fen)

    @property
    def state(self) -> MonthState:
        """How the month stands."""
        return month_state(self.assessed_fen, self.declared_fen, self.confirmed_fen)


@dataclass(frozen=True, slots=True)
class Declared:
    """A declaration on record."""

    parts: tuple[Part, ...]
    claim: str

    @property
    def total_fen(self) -> int:
        """What was declared in all."""
        return sum(fen for _, fen in self.parts)


@dataclass(frozen=True, slots=True)
class ToConfirm:
    """One line of a preview: a declaration, or a payment the organiser took in person.

    Attributes:
        entry_id: The declaration, or None for a payment nobody declared.
        unit: The member's branch, "" where all lines are of one.
    """

    member_id: MemberId
    name: str
    month: Month
    fen: int
    entry_id: int | None
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What one member is told once it is confirmed."""

    member_id: MemberId
    name: str
    parts: tuple[Part, ...]
    number: str


def balances(
    session: Session, members: Collection[MemberId], months: Sequence[Month]
) -> dict[MemberId, dict[Month, Balance]]:
    """Return how some members stand in some months, in two queries."""
    if not members or not months:
        return {member: {} for member in members}
    assessed = _assessed(session, members, months)
    confirmed: dict[tuple[int, Month], int] = {}
    waiting: dict[tuple[int, Month], list[tuple[int, int]]] = {}
    rows = session.execute(
        select(
            DuesEntry.id,
            DuesEntry.member_id,
            DuesEntry.month,
            DuesEntry.fen,
            DuesEntry.kind,
            DuesEntry.refers_to,
        )
        .where(DuesEntry.member_id.in_(members), DuesEntry.month.in_(months))
        .order_by(DuesEntry.id)
    ).all()
    settled = {row.refers_to for row in rows if row.refers_to is not None}
    for row in rows:
        key = (row.member_id, row.month)
        if row.kind is EntryKind.DECLARE and row.id not in settled:
            waiting.setdefault(key, []).append((row.id, row.fen))
        elif row.kind in _COUNTED:
            confirmed[key] = confirmed.get(key, 0) + row.fen
    return {
        member: {
            month: Balance(
                assessed.get((member, month)),
                confirmed.get((member, month), 0),
                tuple(waiting.get((member, month), ())),
            )
            for month in months
        }
        for member in members
    }


def declare(
    session: Session,
    *,
    months: Sequence[Month],
    total_fen: int | None,
    by: Actor,
    said_on: date,
    now: datetime,
    source: str,
) -> Declared | NeedsAnswer:
    """Record that the actor has paid, or return the one question that has to be asked first.

    Messages of one member wait for each other, so that each sees what the one before recorded.

    Args:
        months: As named; empty where none was.
        said_on: The Shanghai day it was said on.
        source: Id of the message; groups the months of one declaration.

    Raises:
        DuesRefused: Too late, too far ahead, all settled.
    """
    assert by.member_id is not None
    _take_turns(session, [by.member_id])
    around = _window(said_on, months)
    own = balances(session, [by.member_id], around)[by.member_id]
    due = {m: b.open_fen for m, b in own.items() if b.assessed_fen is not None}
    result = allocate(months, total_fen, due, said_on)
    if isinstance(result, Refused):
        raise DuesRefused(result.sentence)
    if isinstance(result, NeedsAnswer):
        return result
    return record_declared(session, result, by=by, now=now, source=source)


def record_declared(
    session: Session, payment: Allocated, *, by: Actor, now: datetime, source: str
) -> Declared:
    """Write a declaration that was put to its months, and let 撤销 take it back.

    Raises:
        DuesRefused: One of the months has been settled since the question was put.
    """
    assert by.member_id is not None
    _take_turns(session, [by.member_id])
    months = [month for month, _ in payment.parts]
    own = balances(session, [by.member_id], months)[by.member_id]
    if any(_is_settled(own[month]) for month in months):
        raise DuesRefused("这几个月刚刚已经登记过了，不用再发。回复 我的党费 可以看。")
    entries = [
        _append(
            session,
            kind=EntryKind.DECLARE,
            key=_nth(session, "declare", by.member_id, month),
            member_id=by.member_id,
            month=month,
            fen=fen,
            by=by,
            now=now,
            claim=source,
        )
        for month, fen in payment.parts
    ]
    undo.remember(
        session,
        member_id=by.member_id,
        stem=STEM,
        inverse={"entries": entries},
        title="党费登记",
        at=now,
    )
    return Declared(payment.parts, source)


def undo_declared(session: Session, inverse: Mapping[str, Any], by: Actor, now: datetime) -> None:
    """Take a declaration back by counter-entries (its inverse).

    Raises:
        DuesRefused: The organiser has confirmed it meanwhile.
    """
    assert by.member_id is not None
    _take_turns(session, [by.member_id])
    for entry_id in inverse["entries"]:
        entry = session.get_one(DuesEntry, entry_id)
        row = _append(
            session,
            kind=EntryKind.VOID,
            key=f"settle:{entry_id}",
            member_id=MemberId(entry.member_id),
            month=entry.month,
            fen=-entry.fen,
            by=by,
            now=now,
            refers_to=entry_id,
        )
        if row is None:
            raise DuesRefused("这笔党费组织委员已经核对，不能撤销了。要更正请直接告诉他。")


def list_waiting(
    session: Session,
    *,
    by: Actor,
    today: date,
    name: str | None = None,
    member_id: MemberId | None = None,
    months: Sequence[Month] = (),
    unit: str | None = None,
) -> list[ToConfirm]:
    """Return what `确认党费` would confirm: the declarations that wait, or a named payment.

    Without months every declaration counts that is not settled, however old its month.

    Args:
        unit: A unit named, of those the actor answers for; all of them where it is left out.
        name: Left out, everybody's; `member_id` names one who was chosen by number.

    A member who is named with months may have paid in person, without a declaration.

    Raises:
        Forbidden, NotOnRoll, TwoOfAName, NothingToConfirm
    """
    scope = scopes.unit_meant(session, by, Action.CONFIRM_DUES, unit)
    members = people.list_below(session, scope, today)
    if member_id is not None:
        members = [person for person in members if person.id == member_id]
        name = members[0].name if members else ""
    elif name is not None:
        members = [_the_one(members, name)]
    around = list(months) or _declared_months(session, [person.id for person in members])
    found = balances(session, [person.id for person in members], around)
    lines: list[ToConfirm] = []
    for person in members:
        for month, balance in found[person.id].items():
            lines.extend(
                ToConfirm(person.id, person.name, month, fen, entry)
                for entry, fen in balance.waiting
            )
            if name is not None and months and balance.open_fen:
                lines.append(ToConfirm(person.id, person.name, month, balance.open_fen, None))
    if not lines:
        raise NothingToConfirm(
            f"{name}这几个月没有要核对的党费。" if name else "没有等着核对的党费。"
        )
    return _with_units(session, lines, members)


def _with_units(
    session: Session, lines: Sequence[ToConfirm], members: Sequence[Person]
) -> list[ToConfirm]:
    """Say whose branch each line is of, where they are of several."""
    of = {person.id: person.branch_id for person in members}
    branches = {branch for line in lines if (branch := of[line.member_id]) is not None}
    if len(branches) < 2:
        return list(lines)
    rows = session.execute(select(Unit.id, Unit.name).where(Unit.id.in_(branches)))
    names = {row.id: row.name for row in rows}
    return [replace(line, unit=names.get(of[line.member_id] or 0, "")) for line in lines]


def confirm(
    session: Session, lines: Sequence[ToConfirm], *, by: Actor, now: datetime
) -> list[Receipt]:
    """Confirm what a preview showed; each member gets one receipt number of their branch.

    Raises:
        Forbidden: The actor may not confirm the dues of one of the members (any more).
        ChangedMeanwhile: Somebody else has settled a line since the preview.
    """
    scope = people.scope_of(by, Action.CONFIRM_DUES)
    members = {line.member_id for line in lines}
    branches = _require_for(session, members, by, day_of(now))
    _take_turns(session, members)
    _require_unpaid(session, [line for line in lines if line.entry_id is None])
    receipts: list[Receipt] = []
    for member_id, group in _by_member(lines).items():
        year = day_of(now).year
        book = f"receipt:{branches[member_id]}:{year}"
        number = f"{year}-{counters.next_number(session, book):04}"
        for line in group:
            _confirm_line(session, line, number, by=by, now=now)
        parts = tuple((line.month, line.fen) for line in group)
        receipts.append(Receipt(member_id, group[0].name, parts, number))
    audit.record(
        session,
        by=by,
        at=now,
        action="dues.confirm",
        subject=f"unit:{scope}",
        after={"receipts": [receipt.number for receipt in receipts]},
    )
    return receipts


def month_list(
    session: Session, branch_id: UnitId, month: Month, today: date
) -> dict[MonthState, list[Person]]:
    """Return the members of a branch by how their month stands."""
    members = people.list_members(session, branch_id, today)
    found = balances(session, [person.id for person in members], [month])
    grouped: dict[MonthState, list[Person]] = {}
    for person in members:
        grouped.setdefault(found[person.id][month].state, []).append(person)
    return grouped


def month_counts(
    session: Session, unit_id: UnitId, month: Month, today: date
) -> list[tuple[str, Counter[MonthState]]]:
    """Return how many of each branch under a unit stand how with a month."""
    branches = scopes.list_branches_below(session, unit_id)
    members = people.list_below(session, unit_id, today)
    found = balances(session, [person.id for person in members], [month])
    counts: dict[UnitId | None, Counter[MonthState]] = {}
    for person in members:
        counts.setdefault(person.branch_id, Counter())[found[person.id][month].state] += 1
    return [(name, counts.get(branch, Counter())) for branch, name in branches]


def assess(
    session: Session,
    *,
    member_id: MemberId,
    monthly_fen: int,
    category: Any,
    effective_month: Month,
    by: Actor,
    now: datetime,
    reason: str = "",
) -> None:
    """Settle the monthly amount of a member from a month on; earlier months stay as they were."""
    seq = len(
        session.scalars(
            select(DuesAssessment.id).where(
                DuesAssessment.member_id == member_id,
                DuesAssessment.effective_month == effective_month,
            )
        ).all()
    )
    insert_once(
        session,
        DuesAssessment,
        {
            "member_id": member_id,
            "effective_month": effective_month,
            "seq": seq + 1,
            "monthly_fen": monthly_fen,
            "category": category,
            "reason": reason,
            "approved_by": by.member_id,
            "recorded_at": now,
        },
    )


def _declared_months(session: Session, members: Collection[MemberId]) -> list[Month]:
    """Return the months for which some of the members have declared what is not settled."""
    settled = aliased(DuesEntry)
    rows = session.scalars(
        select(DuesEntry.month)
        .where(
            DuesEntry.member_id.in_(members),
            DuesEntry.kind == EntryKind.DECLARE,
            ~select(settled.id).where(settled.refers_to == DuesEntry.id).exists(),
        )
        .distinct()
    )
    return sorted(rows)


_COUNTED = (EntryKind.CONFIRM, EntryKind.CORRECT, EntryKind.REFUND)


def _assessed(
    session: Session, members: Collection[MemberId], months: Sequence[Month]
) -> dict[tuple[MemberId, Month], int]:
    rows = session.execute(
        select(DuesAssessment.member_id, DuesAssessment.effective_month, DuesAssessment.monthly_fen)
        .where(DuesAssessment.member_id.in_(members), DuesAssessment.effective_month <= max(months))
        .order_by(DuesAssessment.effective_month, DuesAssessment.seq)
    ).all()
    counted = _counted_since(session, members)
    return {
        (MemberId(member), month): fen
        for member, since, fen in rows
        for month in months
        if month >= max(since, counted.get(member, since))
    }


def _counted_since(session: Session, members: Collection[MemberId]) -> dict[int, Month]:
    """Return the first month of each member's branch that is not 未纳入: the first whole one."""
    rows = session.execute(
        select(Membership.member_id, Unit.live_from)
        .join(Unit, Unit.id == Membership.unit_id)
        .where(Membership.member_id.in_(members), Membership.valid_to.is_(None))
    )
    return {member: _first_whole(live_from) for member, live_from in rows}


def _first_whole(day: date) -> Month:
    month = Month.of(day)
    return month if day == month.first else month.shift(1)


def _window(today: date, named: Iterable[Month]) -> list[Month]:
    """Return the months a payment may be for: half a year back, to the end of the quarter."""
    this = Month.of(today)
    first = min([this.shift(-6), *named])
    last = max([this.quarter.months[-1], *named])
    return list(months_between(first, last))


def _nth(session: Session, what: str, member_id: MemberId, month: Month) -> str:
    """Return the key of a member's next entry of a month: two at once make the same key."""
    prefix = f"{what}:{member_id}:{month}:"
    taken = session.scalars(
        select(DuesEntry.id).where(
            DuesEntry.member_id == member_id,
            DuesEntry.month == month,
            DuesEntry.key.startswith(prefix),
        )
    ).all()
    return f"{prefix}{len(taken) + 1}"


def _append(
    session: Session,
    *,
    kind: EntryKind,
    key: str,
    member_id: MemberId,
    month: Month,
    fen: int,
    by: Actor,
    now: datetime,
    refers_to: int | None = None,
    claim: str = "",
    receipt_no: str = "",
) -> int | None:
    row: int | None = insert_once(
        session,
        DuesEntry,
        {
            "key": key,
            "member_id": member_id,
            "month": month,
            "fen": fen,
            "kind": kind,
            "refers_to": refers_to,
            "claim": claim,
            "receipt_no": receipt_no,
            "by_id": by.member_id,
            "at": now,
            "reason": "",
        },
    )
    return row


def _take_turns(session: Session, members: Collection[MemberId]) -> None:
    """Let nobody else touch the dues of these members before this transaction ends.

    Where one transaction writes at a time, as on SQLite, this waits for nothing.
    """
    rows = select(Member.id).where(Member.id.in_(members)).order_by(Member.id)
    session.execute(rows.with_for_update(key_share=True)).all()


def _is_settled(balance: Balance) -> bool:
    return bool(balance.assessed_fen) and not balance.open_fen


def _require_for(
    session: Session, members: Collection[MemberId], by: Actor, on: date
) -> dict[MemberId, UnitId | None]:
    """Refuse unless the actor may confirm the dues of all of them; return their branches."""
    found = {person.id: person for person in people.list_by_ids(session, members, on)}
    branches = {person.branch_id for person in found.values()}
    rows = session.execute(select(Unit.id, Unit.path).where(Unit.id.in_(branches)))
    paths = {row.id: row.path for row in rows}
    for member in members:
        branch_id = found[member].branch_id if member in found else None
        rights.require(by, Action.CONFIRM_DUES, paths.get(branch_id or 0, ""))
    return {member: person.branch_id for member, person in found.items()}


def _require_unpaid(session: Session, direct: Sequence[ToConfirm]) -> None:
    """Refuse a payment nobody declared, if the month was declared or confirmed meanwhile."""
    months = sorted({line.month for line in direct})
    found = balances(session, {line.member_id for line in direct}, months)
    for line in direct:
        if found[line.member_id][line.month].open_fen < line.fen:
            raise _changed(line)


def _changed(line: ToConfirm) -> ChangedMeanwhile:
    return ChangedMeanwhile(
        f"{line.name}的党费刚刚有变动，这次一笔也没有记。请重新发一次 确认党费 全部"
    )


def _confirm_line(
    session: Session, line: ToConfirm, number: str, *, by: Actor, now: datetime
) -> None:
    key = (
        _nth(session, "direct", line.member_id, line.month)
        if line.entry_id is None
        else f"settle:{line.entry_id}"
    )
    row = _append(
        session,
        kind=EntryKind.CONFIRM,
        key=key,
        member_id=line.member_id,
        month=line.month,
        fen=line.fen,
        by=by,
        now=now,
        refers_to=line.entry_id,
        receipt_no=number,
    )
    if row is None:
        raise _changed(line)


def _the_one(members: Sequence[Person], name: str) -> Person:
    found = [person for person in members if person.name == name]
    if not found:
        raise NotOnRoll(f"本支部名册里没有{name}。请核对姓名。")
    if len(found) > 1:
        raise TwoOfAName(found)
    return found[0]


def _by_member(lines: Sequence[ToConfirm]) -> dict[MemberId, list[ToConfirm]]:
    grouped: dict[MemberId, list[ToConfirm]] = {}
    for line in lines:
        grouped.setdefault(line.member_id, []).append(line)
    return grouped
