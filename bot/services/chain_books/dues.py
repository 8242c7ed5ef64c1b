"""Lines of a chain as dues: what is confirmed is what the organiser says was paid."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.clock import day_of
from bot.domain.chains import Line
from bot.domain.dues import EntryKind
from bot.domain.ids import MemberId
from bot.domain.money import yuan
from bot.domain.periods import Month
from bot.domain.rights import Action, Actor
from bot.domain.wording import month_ranges
from bot.services import dues, dues_confirming
from bot.services.chain_books.book import Case, Held, Plan, Row, Todo, Told
from bot.services.chain_targets import months_of
from bot.services.dues import Balance
from bot.services.dues_confirming import ToConfirm
from bot.storage.insert import insert_many_once
from bot.storage.models import DuesEntry

RECEIPT = "已核对：{months}党费{amount}元，收据号 {number}。谢谢您。——{unit}"
TAKEN_BACK = "刚才{months}党费的核对已撤回，收据号 {number} 作废。组织委员会重新核对。"


class DuesBook:
    """党费接龙: an amount that is not the assessed one is never recorded from a chain."""

    ledger = "dues_entry"
    action = Action.CONFIRM_DUES

    def hold(self, session: Session, case: Case) -> None:
        """Nothing: `dues_confirming.confirm` lets members take turns, and refuses what has changed."""

    def plan(self, session: Session, case: Case) -> Plan:
        """Compare with what is assessed, declared and confirmed, in two queries."""
        months = months_of(case.subject)
        yes = {
            line.member_id: line
            for line in case.lines
            if line.is_yes and not line.is_unread and line.member_id
        }
        named = {m for line in yes.values() for m in _months(line, months)}
        this = Month.of(day_of(case.at))
        found = dues.balances(
            session, [person.id for person in case.members], sorted({*named, *months, this})
        )
        todo: list[Todo] = []
        held: list[Held] = []
        done = 0
        for member, line in yes.items():
            own = {month: found[member][month] for month in _months(line, months)}
            is_assessed = any(b.assessed_fen is not None for b in found[member].values())
            result = _not_counted(
                case.names[member], own, this.year, is_assessed=is_assessed
            ) or _put(member, case.names[member], line, own, this.year)
            if isinstance(result, Held):
                held.append(result)
            elif result is None:
                done += 1
            else:
                todo.append(result)
        missing = tuple(
            person
            for person in case.members
            if person.id not in yes and any(found[person.id][m].open_fen for m in months)
        )
        return Plan(tuple(todo), tuple(held), done, missing)

    def record(
        self, session: Session, case: Case, todo: Sequence[Todo], *, by: Actor, now: datetime
    ) -> tuple[list[Row], list[Told]]:
        """Confirm what each line says; every member gets one receipt.

        Raises:
            Forbidden, ChangedMeanwhile
        """
        lines = [line for item in todo for line in item.payload]
        receipts = dues_confirming.confirm(session, lines, by=by, now=now)
        given = {(receipt.unit_id, receipt.number, receipt.member_id) for receipt in receipts}
        entries = session.execute(
            select(DuesEntry.id, DuesEntry.member_id, DuesEntry.receipt_no, DuesEntry.unit_id)
            .where(
                DuesEntry.kind == EntryKind.CONFIRM,
                DuesEntry.receipt_no.in_({number for _, number, _ in given}),
                DuesEntry.member_id.in_({member for _, _, member in given}),
            )
            .order_by(DuesEntry.id)
        )
        rows = [row for row in entries if (row.unit_id, row.receipt_no, row.member_id) in given]
        year = day_of(now).year
        told = [
            Told(
                receipt.member_id,
                RECEIPT.format(
                    months=month_ranges((month for month, _ in receipt.parts), year),
                    amount=yuan(sum(fen for _, fen in receipt.parts)),
                    number=receipt.number,
                    unit=receipt.unit,
                ),
            )
            for receipt in receipts
        ]
        return [Row(MemberId(row.member_id), row.id) for row in rows], told

    def undo(
        self, session: Session, rows: Sequence[int], *, by: Actor, now: datetime
    ) -> list[Told]:
        """Take confirmations back by counter-entries; what members declared waits again."""
        entries = session.scalars(
            select(DuesEntry).where(DuesEntry.id.in_(rows)).order_by(DuesEntry.id)
        ).all()
        declared = _declarations(session, entries)
        counter = [
            _entry(e, EntryKind.CORRECT, f"undo:{e.id}", -e.fen, e.id, by, now) for e in entries
        ]
        again = [
            _entry(d, EntryKind.DECLARE, f"again:{e.id}", d.fen, None, by, now)
            | {"by_id": d.by_id, "claim": d.claim}
            for e in entries
            if (d := declared.get(e.refers_to or 0)) is not None
        ]
        insert_many_once(session, DuesEntry, [*counter, *again])
        return _taken_back(entries, day_of(now).year)


def _months(line: Line, months: Sequence[Month]) -> tuple[Month, ...]:
    return tuple(Month.parse(month) for month in line.months) or tuple(months)


def _not_counted(
    name: str, own: dict[Month, Balance], year: int, *, is_assessed: bool
) -> Held | None:
    """Hold a line about months that are not assessed; 还没有核定 only where none ever was."""
    before = [month for month, balance in own.items() if balance.settled_before]
    if before:
        return Held(name, f"{month_ranges(before, year)}启用前已交，不用报")
    months = [month for month, balance in own.items() if balance.assessed_fen is None]
    if not months:
        return None
    words = f"{month_ranges(months, year)}还没开始记，不用报" if is_assessed else "还没有核定党费"
    return Held(name, words)


def _put(
    member: MemberId, name: str, line: Line, own: dict[Month, Balance], year: int
) -> Todo | Held | None:
    """Return the entries a line amounts to; None where all of it is confirmed already."""
    parts = [
        part for month, balance in own.items() for part in _parts(member, name, month, balance)
    ]
    total = sum(part.fen for part in parts)
    if line.amount_fen is not None and line.amount_fen != (total or _settled(own)):
        return Held(name, f"写的是{yuan(line.amount_fen)}元，核定{yuan(total or _settled(own))}元")
    if not parts:
        return None
    if line.amount_fen is None and _partly_declared(own):
        return Held(name, "自报的金额和核定的不一样")
    words = f"{month_ranges((part.month for part in parts), year)}{yuan(total)}元"
    return Todo(member, name, words, tuple(parts))


def _parts(member: MemberId, name: str, month: Month, balance: Balance) -> list[ToConfirm]:
    waiting = [ToConfirm(member, name, month, fen, entry) for entry, fen in balance.waiting]
    if balance.open_fen:
        waiting.append(ToConfirm(member, name, month, balance.open_fen, None))
    return waiting


def _partly_declared(own: dict[Month, Balance]) -> bool:
    """Tell whether a month is declared in part: without an amount nobody knows what was paid."""
    return any(balance.waiting and balance.open_fen for balance in own.values())


def _settled(own: dict[Month, Balance]) -> int:
    return sum(balance.confirmed_fen for balance in own.values())


def _declarations(session: Session, entries: Sequence[DuesEntry]) -> dict[int, DuesEntry]:
    wanted = [entry.refers_to for entry in entries if entry.refers_to is not None]
    found = session.scalars(select(DuesEntry).where(DuesEntry.id.in_(wanted))) if wanted else ()
    return {entry.id: entry for entry in found}


def _entry(
    of: DuesEntry,
    kind: EntryKind,
    key: str,
    fen: int,
    refers_to: int | None,
    by: Actor,
    now: datetime,
) -> dict[str, object]:
    return {
        "key": key,
        "member_id": of.member_id,
        "month": of.month,
        "fen": fen,
        "kind": kind,
        "refers_to": refers_to,
        "claim": of.claim,
        "receipt_no": of.receipt_no if kind is EntryKind.CORRECT else "",
        "by_id": by.member_id,
        "at": now,
        "unit_id": of.unit_id,
        "reason": "接龙确认已撤销",
    }


def _taken_back(entries: Sequence[DuesEntry], year: int) -> list[Told]:
    months: dict[tuple[int, str], list[Month]] = {}
    for entry in entries:
        months.setdefault((entry.member_id, entry.receipt_no), []).append(entry.month)
    return [
        Told(MemberId(member), TAKEN_BACK.format(months=month_ranges(named, year), number=number))
        for (member, number), named in months.items()
    ]
