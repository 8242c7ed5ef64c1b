"""The payments of a bill that wait: shown to the organiser, confirmed once, or put aside."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import case, select, update
from sqlalchemy.orm import Session

from bot.domain import dues_bills
from bot.domain.dues_bills import Why
from bot.domain.errors import DomainError
from bot.domain.ids import MemberId, UnitId
from bot.domain.money import Fen
from bot.domain.periods import Month
from bot.domain.rights import Action, Actor
from bot.services import audit, dues, dues_confirming, dues_members, people, scopes, survey
from bot.services.dues import Balance
from bot.services.dues_confirming import ChangedMeanwhile, Receipt, ToConfirm
from bot.services.dues_ledger import take_turns
from bot.storage.models import DuesBillLine

EXAMPLE = "核对账单 {unit}"


class NoProposal(DomainError):
    """No payment of a bill waits."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """A payment that waits for the organiser."""

    id: int
    member_id: MemberId
    name: str
    months: tuple[Month, ...]
    fen: Fen
    paid_on: date
    why: Why


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits of a branch: proposals, and payments that were not clear."""

    unit_id: UnitId
    proposals: tuple[Proposal, ...]
    unclear: tuple[tuple[date, Fen, Why], ...]


def list_waiting(
    session: Session,
    *,
    by: Actor,
    today: date,
    unit: str | None = None,
    of: Collection[MemberId] | None = None,
) -> Waiting:
    """Return what waits of a branch.

    Args:
        of: Only of these members.

    Raises:
        Forbidden, NotFound, WhichBranch
        NoProposal: Nothing waits at all.
    """
    unit_id = scopes.branch_meant(session, by, Action.CONFIRM_DUES, unit, EXAMPLE)
    rows = session.scalars(
        select(DuesBillLine)
        .where(DuesBillLine.unit_id == unit_id, DuesBillLine.closed_at.is_(None))
        .order_by(DuesBillLine.paid_on, DuesBillLine.id)
    ).all()
    members = {row.member_id for row in rows}
    payers = [p for p in dues_members.below(session, unit_id).persons if p.id in members]
    called = people.tell_apart(payers, among=people.list_members(session, unit_id, today))
    proposals = tuple(
        Proposal(
            row.id,
            MemberId(row.member_id),
            called[MemberId(row.member_id)],
            tuple(Month.parse(month) for month in row.months),
            row.fen,
            row.paid_on,
            row.why,
        )
        for row in rows
        if row.member_id in called and row.why in dues_bills.PROPOSED
        if of is None or row.member_id in of
    )
    named = {proposal.id for proposal in proposals}
    unclear = tuple(
        (row.paid_on, row.fen, row.why) for row in rows if of is None and row.id not in named
    )
    if not proposals and not unclear:
        raise NoProposal("没有等着核对的账单。账单文件由管理员导入：zhibu import bills")
    return Waiting(unit_id, proposals, unclear)


def confirm(
    session: Session, proposals: Sequence[int], *, by: Actor, now: datetime
) -> list[Receipt]:
    """Confirm the payments shown, as declared or as taken in person, each once.

    Args:
        proposals: Ids of what was shown.

    Raises:
        Forbidden
        ChangedMeanwhile: One was settled since, or what is open does not fit any more.
    """
    rows = session.scalars(
        select(DuesBillLine).where(DuesBillLine.id.in_(proposals)).order_by(DuesBillLine.id)
    ).all()
    members = {MemberId(row.member_id) for row in rows if row.member_id is not None}
    covered = [(MemberId(r.member_id or 0), Month.parse(m)) for r in rows for m in r.months]
    dues_members.require_for(session, covered, by)
    take_turns(session, members)
    _close(session, proposals, by=by, now=now)
    names = survey.names_of(session, members)
    months = sorted({Month.parse(month) for row in rows for month in row.months})
    balances = dues.balances(session, members, months)
    lines: list[ToConfirm] = []
    for row in rows:
        member = MemberId(row.member_id or 0)
        wanted = [Month.parse(month) for month in row.months]
        lines += _fit(member, names[member], wanted, row.fen, balances[member])
    receipts = dues_confirming.confirm(session, lines, by=by, now=now)
    numbers = {receipt.member_id: receipt.number for receipt in receipts}
    session.connection().execute(
        update(DuesBillLine)
        .where(DuesBillLine.id.in_(proposals))
        .values(receipt_no=case(numbers, value=DuesBillLine.member_id, else_=""))
    )
    return receipts


def put_aside(
    session: Session,
    *,
    by: Actor,
    today: date,
    now: datetime,
    of: Collection[MemberId] | None = None,
    unit: str | None = None,
) -> int:
    """Close proposals that are wrong, or what was unclear; return how many.

    Args:
        of: Of these members; None for the payments that were not clear.

    Raises:
        Forbidden, NotFound, WhichBranch, NoProposal
    """
    found = list_waiting(session, by=by, today=today, unit=unit)
    of_line = DuesBillLine.member_id.in_(of or ())
    if of is None:
        of_line = DuesBillLine.why.not_in(tuple(dues_bills.PROPOSED))
    rows = session.scalars(
        select(DuesBillLine.id).where(
            DuesBillLine.unit_id == found.unit_id, DuesBillLine.closed_at.is_(None), of_line
        )
    ).all()
    if not rows:
        raise NoProposal("账单里没有这样的一笔。回复 核对账单 可以看。")
    _close(session, rows, by=by, now=now)
    audit.record(
        session,
        by=by,
        at=now,
        action="dues.bill_aside",
        subject=f"unit:{found.unit_id}",
        after={"lines": len(rows)},
    )
    return len(rows)


def _close(session: Session, lines: Sequence[int], *, by: Actor, now: datetime) -> None:
    """Claim open lines, all of them or none.

    Raises:
        ChangedMeanwhile: Somebody else has closed one.
    """
    done = session.connection().execute(
        update(DuesBillLine)
        .where(DuesBillLine.id.in_(lines), DuesBillLine.closed_at.is_(None))
        .values(closed_at=now, closed_by=by.member_id)
    )
    if done.rowcount != len(lines):
        raise _changed()


def _fit(
    member: MemberId,
    name: str,
    months: Sequence[Month],
    fen: Fen,
    balances: Mapping[Month, Balance],
) -> list[ToConfirm]:
    """Put a payment to what waits or is open of its months, to the fen.

    Raises:
        ChangedMeanwhile: It does not fit.
    """
    lines: list[ToConfirm] = []
    for month in months:
        balance = balances[month]
        lines += [ToConfirm(member, name, month, part, entry) for entry, part in balance.waiting]
        left = (balance.assessed_fen or 0) - balance.confirmed_fen - balance.declared_fen
        if left > 0:
            lines.append(ToConfirm(member, name, month, left, None))
    if sum(line.fen for line in lines) != fen:
        raise ChangedMeanwhile(
            f"{name}登记的和账单金额不一样，这次一笔也没有记。"
            f"请先看他自报的：确认党费 {name}，或者不用这一笔：账单不对 {name}"
        )
    return lines


def _changed() -> ChangedMeanwhile:
    return ChangedMeanwhile("账单刚刚有人核对过，这次一笔也没有记。请重新发一次 核对账单")
