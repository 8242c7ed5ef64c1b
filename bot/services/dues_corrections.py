"""The organiser corrects a month's dues: a counter-entry, with before, after and why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from bot.domain.corrections import NothingToCorrect, check_reason
from bot.domain.dues import EntryKind
from bot.domain.ids import MemberId, UnitId
from bot.domain.periods import Month
from bot.domain.rights import Actor
from bot.domain.wording import month_words
from bot.services import audit, dues, dues_claims, dues_members, survey
from bot.services.dues import Balance
from bot.services.dues_confirming import ChangedMeanwhile
from bot.services.dues_ledger import (
    append_declaration,
    append_entry,
    next_key,
    settling_key,
    take_turns,
)
from bot.storage.models import DuesEntry


@dataclass(frozen=True, slots=True)
class CorrectedDues:
    """A month as the organiser has set it, in fen.

    Attributes:
        confirmed: It was a confirmed payment; else a declaration that still waits.
    """

    name: str
    month: Month
    before_fen: int
    after_fen: int
    confirmed: bool
    reason: str


def correct(
    session: Session,
    *,
    member_id: MemberId,
    month: Month,
    fen: int,
    reason: str,
    by: Actor,
    now: datetime,
    shown_fen: int | None = None,
) -> CorrectedDues:
    """Set what a member has paid for a month.

    What is confirmed gets a counter-entry over the difference. Where nothing is confirmed yet,
    the declaration that waits is replaced, and still waits.

    Args:
        fen: What was really paid; 0 takes all of it back.
        reason: Why; kept with the entry and in the audit trail.
        shown_fen: What a preview said was on record; None where nothing was shown.

    Raises:
        Forbidden: The member's dues are not the actor's to settle.
        ReasonMissing
        NothingToCorrect: Nothing is on record, or it says so already.
        ChangedMeanwhile: Somebody else settled it at the same moment, or since it was shown.
    """
    kept = check_reason(reason)
    branch = dues_members.require_for(session, [(member_id, month)], by)[member_id, month]
    take_turns(session, [member_id])
    name, balance, before = _stands(session, member_id, month, fen)
    confirmed = balance.confirmed_fen != 0
    if shown_fen is not None and before != shown_fen:
        raise ChangedMeanwhile(f"{name}的登记刚刚变了，没有更正。请看一下再发一次。")
    if confirmed:
        receipt = find_receipt(session, member_id, month)
        add_over(session, member_id, month, fen - before, branch, receipt, kept, by, now)
    else:
        _replace_waiting(session, member_id, month, balance, fen, kept, by, now)
    audit.record(
        session,
        by=by,
        at=now,
        action="dues.correct",
        subject=f"member:{member_id}:{month}",
        before={"fen": before, "confirmed": confirmed},
        after={"fen": fen, "confirmed": confirmed},
        reason=kept,
    )
    return CorrectedDues(name, month, before, fen, confirmed, kept)


def prepare(
    session: Session, *, member_id: MemberId, month: Month, fen: int, reason: str, by: Actor
) -> CorrectedDues:
    """Return what a correction would do, for the actor to look at; nothing is written.

    Raises:
        Forbidden, ReasonMissing, NothingToCorrect
    """
    kept = check_reason(reason)
    dues_members.require_for(session, [(member_id, month)], by)
    name, balance, before = _stands(session, member_id, month, fen)
    return CorrectedDues(name, month, before, fen, balance.confirmed_fen != 0, kept)


def _stands(
    session: Session, member_id: MemberId, month: Month, fen: int
) -> tuple[str, Balance, int]:
    """Return whose month it is, its balance, and the amount a correction would replace."""
    name = survey.names_of(session, [member_id])[member_id]
    balance = dues.balances(session, [member_id], [month])[member_id][month]
    before = balance.confirmed_fen or balance.declared_fen
    _require_change(name, month, balance, fen, before)
    return name, balance, before


def _require_change(name: str, month: Month, balance: Balance, fen: int, before: int) -> None:
    words = f"{name}{month_words(month)}党费"
    if not balance.confirmed_fen and not balance.waiting:
        raise NothingToCorrect(
            f"{words}还没有登记，不用更正。要登记请发 确认党费 {name} {month.number}月"
        )
    if fen == before:
        raise NothingToCorrect(f"{words}登记的就是这个数，没有变动。")


@dataclass(frozen=True, slots=True)
class Given:
    """The receipt behind what is confirmed of a month."""

    entry_id: int
    number: str
    unit_id: UnitId | None


def find_receipt(session: Session, member_id: MemberId, month: Month) -> Given | None:
    """Return the last receipt given for a month, else that of money moved there, or None."""
    row = session.execute(
        select(DuesEntry.id, DuesEntry.receipt_no, DuesEntry.unit_id)
        .where(
            DuesEntry.member_id == member_id,
            DuesEntry.month == month,
            or_(
                DuesEntry.kind == EntryKind.CONFIRM,
                (DuesEntry.kind == EntryKind.CORRECT) & (DuesEntry.receipt_no != ""),
            ),
        )
        .order_by((DuesEntry.kind == EntryKind.CONFIRM).desc(), DuesEntry.id.desc())
        .limit(1)
    ).one_or_none()
    if row is None:
        return None
    return Given(row.id, row.receipt_no, None if row.unit_id is None else UnitId(row.unit_id))


def add_over(
    session: Session,
    member_id: MemberId,
    month: Month,
    fen: int,
    branch: UnitId | None,
    receipt: Given | None,
    reason: str,
    by: Actor,
    now: datetime,
) -> None:
    """Append a counter-entry to what is confirmed of a month, with the receipt it is about.

    Args:
        fen: More, or less, than was confirmed.
        branch: Whose money it is, where there is no receipt.

    Raises:
        ChangedMeanwhile: Somebody else corrected it at the same moment.
    """
    row = append_entry(
        session,
        kind=EntryKind.CORRECT,
        key=next_key(session, "correct", member_id, month),
        member_id=member_id,
        month=month,
        fen=fen,
        by=by,
        now=now,
        refers_to=None if receipt is None else receipt.entry_id,
        receipt_no="" if receipt is None else receipt.number,
        reason=reason,
        unit_id=branch if receipt is None else receipt.unit_id,
    )
    if row is None:
        raise _changed()


def _replace_waiting(
    session: Session,
    member_id: MemberId,
    month: Month,
    balance: Balance,
    fen: int,
    reason: str,
    by: Actor,
    now: datetime,
) -> None:
    claim = next(
        claim.source
        for claim in dues_claims.list_claims(session, member_id)
        if month in claim.months
    )
    for entry_id, declared in balance.waiting:
        row = append_entry(
            session,
            kind=EntryKind.VOID,
            key=settling_key(entry_id),
            member_id=member_id,
            month=month,
            fen=-declared,
            by=by,
            now=now,
            refers_to=entry_id,
            reason=reason,
        )
        if row is None:
            raise _changed()
    if fen:
        append_declaration(
            session, member_id, month, fen, claim=claim, by=by, now=now, reason=reason
        )
    dues_claims.forget_settled(session, member_id, now)


def _changed() -> ChangedMeanwhile:
    return ChangedMeanwhile("这笔党费刚刚有变动，没有更正。请看一下名单再改。")
