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
from bot.domain.dues import COUNTED, EntryKind, MonthState, month_state
from bot.domain.dues_allocation import (
    Allocated,
    NeedsAnswer,
    Part,
    PayingPolicy,
    Question,
    Refusal,
    Refused,
    allocate,
)
from bot.domain.errors import DomainError
from bot.domain.ids import MemberId, UnitId
from bot.domain.money import yuan
from bot.domain.periods import Month, months_between
from bot.domain.policies import FURTHEST_AHEAD
from bot.domain.rights import Action, Actor
from bot.domain.wording import month_words
from bot.services import (
    audit,
    counters,
    dues_assessed,
    dues_members,
    dues_offers,
    dues_policy,
    opening,
    people,
    roll,
    scopes,
    undo,
)
from bot.services.dues_ledger import (
    append_declaration,
    append_entry,
    next_key,
    settling_key,
    take_turns,
)
from bot.services.dues_members import Circle, Payer
from bot.services.people import Person
from bot.storage.insert import insert_once
from bot.storage.models import DuesAssessment, DuesEntry, Member, Unit

STEM = "dues"


class DuesRefused(DomainError):
    """A payment that cannot be recorded; the sentence says who can help."""


class DuesTooLate(DuesRefused):
    """Months that only the secretary may record any more."""


class NothingToConfirm(DomainError):
    """No declaration waits."""


class ChangedMeanwhile(DomainError):
    """Between preview and confirmation somebody settled some of it."""


@dataclass(frozen=True, slots=True)
class Balance:
    """One member's month: what is assessed, declared and confirmed, in fen.

    Attributes:
        assessed_fen: None where nothing is due (before joining, before the unit counts, or paid
            elsewhere before it began).
        waiting: Ids of declarations not settled yet, with their amounts.
        settled_before: The month was paid elsewhere before the branch began.
    """

    assessed_fen: int | None
    confirmed_fen: int = 0
    waiting: tuple[tuple[int, int], ...] = ()
    settled_before: bool = False

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
        state = month_state(self.assessed_fen, self.declared_fen, self.confirmed_fen)
        is_settled = self.settled_before and state is MonthState.NOT_DUE
        return MonthState.SETTLED_BEFORE if is_settled else state


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
class Owing:
    """A member with the months still to be declared, and how much of each, in fen."""

    person: Person
    parts: tuple[Part, ...]

    @property
    def months(self) -> tuple[Month, ...]:
        """The months, in order."""
        return tuple(month for month, _ in self.parts)

    @property
    def total_fen(self) -> int:
        """What they come to."""
        return sum(fen for _, fen in self.parts)


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


def balances(
    session: Session, members: Collection[MemberId], months: Sequence[Month]
) -> dict[MemberId, dict[Month, Balance]]:
    """Return how some members stand in some months, in a few queries."""
    if not members or not months:
        return {member: {} for member in members}
    assessed = dues_assessed.amounts(session, members, months)
    before = opening.months_settled(session, members, months)
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
        elif row.kind in COUNTED:
            confirmed[key] = confirmed.get(key, 0) + row.fen
    return {
        member: {
            month: Balance(
                None if month in before[member] else assessed.get((member, month)),
                confirmed.get((member, month), 0),
                tuple(waiting.get((member, month), ())),
                month in before[member],
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
    policy = dues_policy.of_members(session, [by.member_id], said_on)[by.member_id]
    due = open_months(session, [by.member_id], months, said_on, policy)[by.member_id]
    recorded = recorded_unassessed(session, by.member_id, due, months, said_on)
    before = opening.months_settled(session, [by.member_id], window(said_on, months))
    result = allocate(
        months,
        total_fen,
        due,
        said_on,
        policy,
        recorded_fen=recorded,
        before=before[by.member_id],
    )
    if isinstance(result, Refused):
        too_late = result.refusal is Refusal.TOO_LATE and due.keys() >= set(months)
        raise (DuesTooLate if too_late else DuesRefused)(result.sentence)
    if isinstance(result, NeedsAnswer):
        return _tell_recorded(session, by.member_id, months, total_fen, result)
    return record_declared(session, result, by=by, now=now, source=source)


def _tell_recorded(
    session: Session,
    member_id: MemberId,
    months: Sequence[Month],
    total_fen: int | None,
    asked: NeedsAnswer,
) -> NeedsAnswer:
    """Say what a month holds already, where a second amount for it is asked about."""
    if asked.question is not Question.AMOUNT_DIFFERS or len(months) != 1 or not total_fen:
        return asked
    balance = balances(session, [member_id], months)[member_id][months[0]]
    recorded = balance.declared_fen + balance.confirmed_fen
    if not recorded or balance.assessed_fen is None:
        return asked
    told = yuan(total_fen)
    words = (
        f"{month_words(months[0])}党费已登记{yuan(recorded)}元，还差{yuan(balance.open_fen)}元，"
        f"您写的是{told}元。另外又交了{told}元请回复 1；是要改成一共{told}元请回复 更正 {told}"
    )
    return replace(asked, sentence=words)


def open_months(
    session: Session,
    members: Collection[MemberId],
    months: Sequence[Month],
    said_on: date,
    policy: PayingPolicy | None = None,
) -> dict[MemberId, dict[Month, int]]:
    """Return what each member still owes, in fen, for the months a payment may be for.

    Nobody else touches the dues of these members before this transaction ends.

    Args:
        months: As named.
        said_on: The Shanghai day it was said on.
        policy: How far ahead they may pay, where that is further than this quarter.
    """
    take_turns(session, members)
    ahead = 0 if policy is None else policy.ahead or 0
    furthest = Month.of(said_on).shift(ahead)
    found = balances(session, members, window(said_on, [*months, furthest]))
    return {
        member: {m: b.open_fen for m, b in own.items() if b.assessed_fen is not None}
        for member, own in found.items()
    }


def recorded_unassessed(
    session: Session,
    member: MemberId,
    due: Mapping[Month, int],
    months: Sequence[Month],
    said_on: date,
) -> dict[Month, int]:
    """Return what is declared or confirmed for months that are not assessed, in fen.

    Args:
        due: What `open_months` found.
        months: As named; without any, this month.
    """
    asked = [month for month in months or [Month.of(said_on)] if month not in due]
    found = balances(session, [member], asked)[member] if asked else {}
    on_record = {month: b.declared_fen + b.confirmed_fen for month, b in found.items()}
    return {month: fen for month, fen in on_record.items() if fen}


def record_declared(
    session: Session,
    payment: Allocated,
    *,
    by: Actor,
    now: datetime,
    source: str,
    of: MemberId | None = None,
) -> Declared:
    """Write a declaration that was put to its months, and let 撤销 take it back.

    Args:
        of: Whose dues, where the actor paid for somebody else.

    Raises:
        DuesRefused: One of the months has been settled since the question was put.
    """
    assert by.member_id is not None
    member_id = of or by.member_id
    payer_id = None if member_id == by.member_id else by.member_id
    take_turns(session, [member_id])
    months = [month for month, _ in payment.parts]
    own = balances(session, [member_id], months)[member_id]
    if any(_is_settled(own[month]) for month in months):
        raise DuesRefused("这几个月刚刚已经登记过了，不用再发。回复 我的党费 可以看。")
    entries = [
        append_declaration(
            session, member_id, month, fen, claim=source, by=by, now=now, payer_id=payer_id
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
        what=STEM,
        subject_id=member_id if payer_id else None,
        batch=source if of is not None else "",
    )
    return Declared(payment.parts, source)


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


def list_open(
    session: Session,
    *,
    by: Actor,
    today: date,
    members: Collection[MemberId] | None = None,
    months: Sequence[Month] = (),
) -> list[Owing]:
    """Return who has not declared or paid some months, in the order of the roll.

    Months belong to the branch that takes them, also after a transfer; who died, left or is
    suspended is asked for nothing.

    Args:
        members: Left out, everybody the actor answers for; those out of reach are left aside.
        months: Left out, those up to this one that a member may still pay without help.

    Raises:
        Forbidden: The actor may confirm the dues of none of them.
    """
    this = Month.of(today)
    around = [month for month in months or window(today, ()) if month <= this]
    if members is None:
        scope = people.scope_of(by, Action.CONFIRM_DUES)
        circle = dues_members.below(session, scope, around)
    else:
        circle = dues_members.within_reach(session, members, by)
    asked = [p for p in dues_members.payers(session, circle, around, today) if p.asked]
    found = balances(session, [payer.person.id for payer in asked], around)
    owing = [
        Owing(
            payer.person,
            tuple(
                (m, b.open_fen) for m in payer.months if _is_open(b := found[payer.person.id][m])
            ),
        )
        for payer in asked
    ]
    return [line for line in owing if line.parts]


def month_list(
    session: Session, branch_id: UnitId, month: Month, today: date
) -> dict[MonthState, list[Person]]:
    """Return those whose month a branch takes, by how it stands.

    Who died, left or is suspended is in it with what is paid only.

    Raises:
        DuesRefused: Nobody may pay for it yet.
    """
    _require_near(month, today)
    grouped: dict[MonthState, list[Person]] = {}
    for payer, own in list_taken(session, branch_id, [month], today):
        if month in own:
            grouped.setdefault(own[month].state, []).append(payer.person)
    return grouped


def list_taken(
    session: Session, unit_id: UnitId, months: Sequence[Month], today: date
) -> list[tuple[Payer, dict[Month, Balance]]]:
    """Return whose dues of some months a unit and those under it take, and how they stand.

    What is open of one who died, left or is suspended is left out.

    Source:
        roll.letter.dues
    """
    circle = dues_members.below(session, unit_id, months)
    payers = dues_members.payers(session, circle, months, today)
    found = balances(session, [payer.person.id for payer in payers], months)
    return [
        (
            payer,
            {
                month: balance
                for month, balance in found[payer.person.id].items()
                if month in payer.months and (payer.asked or _is_money(balance))
            },
        )
        for payer in payers
    ]


def month_counts(
    session: Session, unit_id: UnitId, month: Month, today: date
) -> list[tuple[str, Counter[MonthState]]]:
    """Return how many of each branch under a unit stand how with a month.

    Raises:
        DuesRefused: Nobody may pay for it yet.
    """
    _require_near(month, today)
    branches = scopes.list_branches_below(session, unit_id)
    counts: dict[UnitId, Counter[MonthState]] = {}
    for payer, own in list_taken(session, unit_id, [month], today):
        if month in own:
            counts.setdefault(payer.months[month], Counter())[own[month].state] += 1
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


def window(today: date, named: Iterable[Month]) -> list[Month]:
    """Return the months a payment may be for: half a year back, to the end of the quarter."""
    this = Month.of(today)
    first = min([this.shift(-6), *named])
    last = max([this.quarter.months[-1], *named])
    return list(months_between(first, last))


def _require_near(month: Month, today: date) -> None:
    furthest = Month.of(today).shift(FURTHEST_AHEAD)
    if month > furthest:
        raise DuesRefused(
            f"{month_words(month, today.year)}还早，党费名单最远看到{month_words(furthest, today.year)}。"
            f"请改一下月份，例如：名单 党费 {today.month}月"
        )


def _is_open(balance: Balance) -> bool:
    return balance.state in (MonthState.UNPAID, MonthState.PART) and balance.open_fen > 0


def _is_money(balance: Balance) -> bool:
    return balance.state in (MonthState.DECLARED, MonthState.PAID, MonthState.OVER)


def _is_settled(balance: Balance) -> bool:
    return bool(balance.assessed_fen) and not balance.open_fen


def require_for(
    session: Session, members: Collection[MemberId], by: Actor, on: date
) -> dict[MemberId, UnitId | None]:
    """Refuse unless the actor may settle the dues of all these members; return their branches.

    Raises:
        Forbidden: Somebody is of another branch, or of none on this day.
    """
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
