"""What members have declared of dues and waits, confirmed by the organiser (核对党费)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import exists, select
from sqlalchemy.orm import Session, aliased

from bot.clock import day_of
from bot.domain.dues import EntryKind
from bot.domain.dues_allocation import (
    Part,
)
from bot.domain.errors import DomainError
from bot.domain.ids import MemberId, UnitId
from bot.domain.periods import Month
from bot.domain.rights import Action, Actor
from bot.services import (
    audit,
    counters,
    dues_members,
    dues_offers,
    people,
    roll,
    scopes,
)
from bot.services.dues import Balance, balances
from bot.services.dues_ledger import (
    append_entry,
    next_key,
    settling_key,
    take_turns,
)
from bot.services.dues_members import Circle
from bot.services.people import Person
from bot.storage.models import DuesEntry, Member


class NothingToConfirm(DomainError):
    """No declaration waits."""


class ChangedMeanwhile(DomainError):
    """Between preview and confirmation somebody settled some of it."""


@dataclass(frozen=True, slots=True)
class ToConfirm:
    """One line of a preview: a declaration, or a payment the organiser took in person.

    Attributes:
        entry_id: The declaration, or None for a payment nobody declared.
        unit: The member's branch, "" where all lines are of one.
        payer: Who declared it for the member, "" where he did himself.
        extra: Voluntary, beyond what is due.
    """

    member_id: MemberId
    name: str
    month: Month
    fen: int
    entry_id: int | None
    unit: str = ""
    payer: str = ""
    extra: bool = False


@dataclass(frozen=True, slots=True)
class Receipt:
    """What one member is told once it is confirmed.

    Attributes:
        number: Of the branch's own book of the year: it means nothing without the branch.
        unit: The branch that gives it.
        extra_fen: What was paid beyond the dues, of one's own will.
        sent: False where nothing may reach him any more.
    """

    member_id: MemberId
    name: str
    parts: tuple[Part, ...]
    number: str
    unit_id: UnitId
    unit: str
    extra_fen: int = 0
    sent: bool = True


def list_waiting(
    session: Session,
    *,
    by: Actor,
    today: date,
    of: Collection[MemberId] | None = None,
    months: Sequence[Month] = (),
    unit: str | None = None,
) -> list[ToConfirm]:
    """Return what `确认党费` would confirm: the declarations that wait, or a named payment.

    Without months every declaration counts that is not settled, however old its month.

    Args:
        of: Those named; None for everybody the actor answers for.
        unit: A unit named, of those the actor answers for, where nobody is named.

    A member who is named with months may have paid in person, without a declaration.

    Raises:
        Forbidden, NothingToConfirm
    """
    if of is None:
        scope = scopes.unit_meant(session, by, Action.CONFIRM_DUES, unit)
        circle = dues_members.below(session, scope)
        called = people.tell_apart(circle.persons)
    else:
        circle = dues_members.within_reach(session, of, by)
        called = people.tell_apart(circle.persons, among=_around(session, circle, today))
    around = list(months) or _declared_months(session, circle.ids)
    offers = dues_offers.list_offers(session, circle.ids)
    asked = sorted({*around, *(offer.month for offer in offers)})
    members = dues_members.payers(session, circle, asked, today)
    found = balances(session, [payer.person.id for payer in members], around)
    payers = _payers(session, found)
    lines: list[ToConfirm] = []
    for payer in members:
        person = payer.person
        for month, balance in found[person.id].items():
            if month not in payer.months:
                continue
            lines.extend(
                ToConfirm(
                    person.id, called[person.id], month, fen, entry, payer=payers.get(entry, "")
                )
                for entry, fen in balance.waiting
            )
            if of is not None and months and balance.open_fen:
                lines.append(ToConfirm(person.id, called[person.id], month, balance.open_fen, None))
    taken = {
        (payer.person.id, month): payer.months[month] for payer in members for month in payer.months
    }
    lines += [
        ToConfirm(
            offer.member_id, called[offer.member_id], offer.month, offer.fen, offer.id, extra=True
        )
        for offer in offers
        if not months or offer.month in months
        if (offer.member_id, offer.month) in taken
    ]
    if not lines:
        names = "" if of is None else "、".join(person.name for person in circle.persons)
        raise NothingToConfirm(
            f"{names}这几个月没有要核对的党费。" if names else "没有等着核对的党费。"
        )
    return _with_units(session, lines, taken)


def _with_units(
    session: Session, lines: Sequence[ToConfirm], taken: Mapping[tuple[MemberId, Month], UnitId]
) -> list[ToConfirm]:
    """Say whose branch's money each line is, where it is of several."""
    branches = {taken[line.member_id, line.month] for line in lines}
    if len(branches) < 2:
        return list(lines)
    names = scopes.names_of(session, branches)
    return [replace(line, unit=names[taken[line.member_id, line.month]]) for line in lines]


def _around(session: Session, circle: Circle, today: date) -> list[Person]:
    """Return everybody of the branches of some members, among whom namesakes are told apart."""
    return people.list_in_units(session, circle.units, today)


def _payers(session: Session, found: Mapping[MemberId, Mapping[Month, Balance]]) -> dict[int, str]:
    """Return who declared for somebody else, by declaration."""
    entries = [
        entry
        for months in found.values()
        for balance in months.values()
        for entry, _ in balance.waiting
    ]
    if not entries:
        return {}
    rows = session.execute(
        select(DuesEntry.id, Member.name)
        .join(Member, Member.id == DuesEntry.payer_id)
        .where(DuesEntry.id.in_(entries))
    )
    return {row.id: row.name for row in rows}


def confirm(
    session: Session, lines: Sequence[ToConfirm], *, by: Actor, now: datetime
) -> list[Receipt]:
    """Confirm what a preview showed; each member gets one receipt number of each branch concerned.

    Raises:
        Forbidden: The actor may not confirm one of the months of one of the members (any more).
        ChangedMeanwhile: Somebody else has settled a line since the preview.
    """
    scope = people.scope_of(by, Action.CONFIRM_DUES)
    members = {line.member_id for line in lines}
    branches = dues_members.require_for(session, [(x.member_id, x.month) for x in lines], by)
    active = roll.active(session, members, day_of(now))
    names = scopes.names_of(session, set(branches.values()))
    take_turns(session, members)
    _require_unpaid(session, [line for line in lines if line.entry_id is None])
    receipts: list[Receipt] = []
    for (member_id, branch), group in _by_member(lines, branches).items():
        year = day_of(now).year
        book = f"receipt:{branch}:{year}"
        number = f"{year}-{counters.next_number(session, book):04}"
        for line in group:
            _confirm_line(session, line, number, branch, by=by, now=now)
        parts = tuple((line.month, line.fen) for line in group if not line.extra)
        extra_fen = sum(line.fen for line in group if line.extra)
        receipts.append(
            Receipt(
                member_id,
                group[0].name,
                parts,
                number,
                branch,
                names[branch],
                extra_fen,
                member_id in active,
            )
        )
    audit.record(
        session,
        by=by,
        at=now,
        action="dues.confirm",
        subject=f"unit:{scope}",
        after={"receipts": [receipt.number for receipt in receipts]},
    )
    return receipts


def _declared_months(session: Session, members: Collection[MemberId]) -> list[Month]:
    """Return the months for which some of the members have declared what is not settled."""
    settled = aliased(DuesEntry)
    rows = session.scalars(
        select(DuesEntry.month)
        .where(
            DuesEntry.member_id.in_(members),
            DuesEntry.kind == EntryKind.DECLARE,
            ~exists().where(
                settled.member_id == DuesEntry.member_id,
                settled.month == DuesEntry.month,
                settled.refers_to == DuesEntry.id,
            ),
        )
        .distinct()
    )
    return sorted(rows)


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
    session: Session,
    line: ToConfirm,
    number: str,
    unit_id: UnitId | None,
    *,
    by: Actor,
    now: datetime,
) -> None:
    key = (
        next_key(session, "direct", line.member_id, line.month)
        if line.entry_id is None
        else settling_key(line.entry_id)
    )
    row = append_entry(
        session,
        kind=EntryKind.EXTRA if line.extra else EntryKind.CONFIRM,
        key=key,
        member_id=line.member_id,
        month=line.month,
        fen=line.fen,
        by=by,
        now=now,
        refers_to=line.entry_id,
        receipt_no=number,
        unit_id=unit_id,
    )
    if row is None:
        raise _changed(line)


def _by_member(
    lines: Sequence[ToConfirm], branches: Mapping[tuple[MemberId, Month], UnitId]
) -> dict[tuple[MemberId, UnitId], list[ToConfirm]]:
    grouped: dict[tuple[MemberId, UnitId], list[ToConfirm]] = {}
    for line in lines:
        branch = branches[line.member_id, line.month]
        grouped.setdefault((line.member_id, branch), []).append(line)
    return grouped
