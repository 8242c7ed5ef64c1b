"""Payments of a bill file as proposals: kept without the bill, confirmed by the organiser alone."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.clock import day_of
from bot.domain import dues_bills
from bot.domain.dues_bills import Match, Payment, Why
from bot.domain.errors import DomainError
from bot.domain.ids import MemberId, UnitId
from bot.domain.money import Fen
from bot.domain.periods import Month, months_between
from bot.domain.policies import FURTHEST_AHEAD
from bot.domain.rights import Action, Actor
from bot.domain.units import UnitKind
from bot.services import audit, dues, dues_members, dues_policy, officers
from bot.services.groups import find_unit
from bot.services.importing import bulk
from bot.storage.insert import insert_many_once
from bot.storage.models import DuesBillLine, Unit

BACK = 12  # months before the payment that are looked at


class WhichBill(DomainError):
    """A bill of nobody knows which branch."""

    def __init__(self, branches: Sequence[str]) -> None:
        example = branches[0] if branches else "第一党支部"
        super().__init__(f"请写明账单是哪个支部的，在命令后面加上 --unit {example}")


@dataclass(frozen=True, slots=True)
class Marked:
    """A payment of a file.

    Attributes:
        line: Its row in the file, for people.
        mark: The digest of its transaction number.
    """

    line: int
    mark: str
    payment: Payment


@dataclass(frozen=True, slots=True)
class Proposed:
    """What became of a file.

    Attributes:
        unclear: Row of the file, and why nothing is proposed for it.
        known: Payments that an earlier file had already.
    """

    new: int
    unclear: tuple[tuple[int, Why], ...]
    known: int


def propose(
    session: Session, payments: Sequence[Marked], *, unit_id: UnitId, by: Actor, now: datetime
) -> Proposed:
    """Keep what the payments of a bill seem to be; nothing is confirmed by it.

    Of the bill only amount, day, the member matched and a digest of the number are kept.

    Raises:
        Forbidden
    """
    path = session.scalar(select(Unit.path).where(Unit.id == unit_id)) or ""
    officers.require(by, Action.CONFIRM_DUES, path)
    book = _Book(session, unit_id, payments, day_of(now))
    names = dues_bills.names_of([(person.id, person.name) for person in book.persons])
    known = set(session.scalars(select(DuesBillLine.mark).where(DuesBillLine.unit_id == unit_id)))
    fresh = {item.mark: item for item in payments if item.mark not in known}
    matches = [(item, book.match(item.payment, names)) for item in fresh.values()]
    rows = [_row(item, match, unit_id, now) for item, match in matches]
    for some in bulk.chunks(rows):
        insert_many_once(session, DuesBillLine, some)
    new = sum(match.is_proposed for _, match in matches)
    unclear = [(item.line, match.why) for item, match in matches if not match.is_proposed]
    seen = len(payments) - len(fresh)
    audit.record(
        session,
        by=by,
        at=now,
        action="dues.bill",
        subject=f"unit:{unit_id}",
        after={"proposed": new, "unclear": len(unclear), "known": seen},
    )
    return Proposed(new, tuple(unclear), seen)


def propose_for(
    session: Session,
    payments: Sequence[Marked],
    *,
    unit: str | None,
    by: Actor,
    now: datetime,
) -> Proposed:
    """Propose for a branch by its name, or for the only one there is.

    Raises:
        NotFound, Forbidden
        WhichBill: There are several branches, and none was named.
    """
    if unit is not None:
        return propose(
            session, payments, unit_id=UnitId(find_unit(session, unit).id), by=by, now=now
        )
    rows = session.execute(
        select(Unit.id, Unit.name)
        .where(Unit.kind == UnitKind.BRANCH, Unit.valid_to.is_(None))
        .order_by(Unit.id)
    ).all()
    if len(rows) != 1:
        raise WhichBill([row.name for row in rows])
    return propose(session, payments, unit_id=UnitId(rows[0].id), by=by, now=now)


class _Book:
    """What a branch takes of each member and has not confirmed; proposals are taken off of it.

    Attributes:
        persons: Whose payments they may be.
    """

    def __init__(
        self,
        session: Session,
        unit_id: UnitId,
        payments: Sequence[Marked],
        today: date,
    ) -> None:
        days = [item.payment.paid_on for item in payments] or [today]
        named = [month for item in payments for month in item.payment.months]
        first = min([Month.of(min(days)).shift(-BACK), *named])
        last = max([Month.of(max(days)).shift(FURTHEST_AHEAD), *named])
        months = list(months_between(first, last))
        circle = dues_members.below(session, unit_id, months)
        payers = [p for p in dues_members.payers(session, circle, months, today) if p.asked]
        self.persons = [payer.person for payer in payers]
        members = [person.id for person in self.persons]
        found = dues.balances(session, members, months)
        self._policies = dues_policy.of_members(session, members, today)
        self._due: dict[MemberId, dict[Month, Fen]] = {
            payer.person.id: {
                month: max(0, (balance.assessed_fen or 0) - balance.confirmed_fen)
                for month, balance in found[payer.person.id].items()
                if month in payer.months
                and (balance.assessed_fen is not None or balance.settled_before)
            }
            for payer in payers
        }
        self._confirmed = {member: dict(own) for member, own in self._due.items()}
        for member, month, fen in _proposed_before(session, members):
            self._take(member, month, fen)

    def match(self, payment: Payment, names: Mapping[str, Collection[MemberId]]) -> Match:
        """Return what a payment seems to be."""
        member = dues_bills.whose(payment, names)
        if isinstance(member, Match):
            return member
        policy = self._policies[member]
        found = dues_bills.months_of(payment, member, self._due[member], policy)
        if found.why is Why.SETTLED:
            alone = dues_bills.months_of(payment, member, self._confirmed[member], policy)
            return found if alone.why is Why.SETTLED else Match(Why.TWICE, member)
        for month, fen in found.parts:
            self._take(member, month, fen)
        return found

    def _take(self, member: MemberId, month: Month, fen: Fen) -> None:
        own = self._due.get(member, {})
        if month in own:
            own[month] = max(0, own[month] - fen)


def _proposed_before(
    session: Session, members: Sequence[MemberId]
) -> list[tuple[MemberId, Month, Fen]]:
    """Return what waits from earlier files, in equal parts a month."""
    rows = session.execute(
        select(DuesBillLine.member_id, DuesBillLine.months, DuesBillLine.fen).where(
            DuesBillLine.member_id.in_(members),
            DuesBillLine.closed_at.is_(None),
            DuesBillLine.why.in_(tuple(dues_bills.PROPOSED)),
        )
    ).all()
    return [
        (MemberId(row.member_id), Month.parse(month), row.fen // len(row.months))
        for row in rows
        if row.member_id is not None
        for month in row.months
    ]


def _row(item: Marked, match: Match, unit_id: UnitId, now: datetime) -> dict[str, object]:
    return {
        "unit_id": unit_id,
        "mark": item.mark,
        "paid_on": item.payment.paid_on,
        "fen": item.payment.fen,
        "member_id": match.member_id,
        "months": [str(month) for month, _ in match.parts],
        "why": match.why,
        "imported_at": now,
        "closed_at": None,
        "closed_by": None,
        "receipt_no": "",
    }
