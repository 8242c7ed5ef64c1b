"""Payments put to the wrong month or person, and refunds: counter-entries on every side."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.domain.corrections import NothingToCorrect, check_reason
from bot.domain.dues import COUNTED, EntryKind
from bot.domain.ids import MemberId
from bot.domain.money import Fen, yuan
from bot.domain.periods import Month
from bot.domain.rights import Actor
from bot.domain.wording import month_words
from bot.services import audit, dues, dues_members, survey
from bot.services.dues_confirming import ChangedMeanwhile
from bot.services.dues_corrections import add_over, find_receipt
from bot.services.dues_ledger import append_entry, next_key, take_turns
from bot.storage.models import DuesEntry, DuesRemitted


@dataclass(frozen=True, slots=True)
class Place:
    """One member's month."""

    member_id: MemberId
    name: str
    month: Month


@dataclass(frozen=True, slots=True)
class Move:
    """Confirmed money that is to stand elsewhere.

    Attributes:
        remitted: What it was put to has been handed up already; the next remittance evens it out.
    """

    source: Place
    target: Place
    fen: Fen
    reason: str
    remitted: bool


@dataclass(frozen=True, slots=True)
class Refund:
    """Confirmed money that is given back; `remitted` as in `Move`."""

    place: Place
    fen: Fen
    reason: str
    remitted: bool


def draft_move(
    session: Session,
    *,
    source: tuple[MemberId, Month],
    target: tuple[MemberId, Month],
    fen: Fen | None,
    reason: str,
    by: Actor,
) -> Move:
    """Return what would be moved; nothing is written.

    Args:
        source, target: Member and month it stands with, and where it belongs.
        fen: Left out, all that is confirmed there.

    Raises:
        Forbidden: Somebody's dues are not the actor's to settle.
        ReasonMissing
        NothingToCorrect: Nothing, or less, is confirmed there, or both are the same.
    """
    kept = check_reason(reason)
    dues_members.require_for(session, [source, target], by)
    names = survey.names_of(session, [source[0], target[0]])
    places = [Place(member, names[member], month) for member, month in (source, target)]
    if source == target:
        raise NothingToCorrect("从哪里到哪里是一样的，不用改记。")
    amount = _amount(session, places[0], fen)
    return Move(places[0], places[1], amount, kept, _is_remitted(session, places[0]))


def move(session: Session, wanted: Move, *, by: Actor, now: datetime) -> None:
    """Take the money off one side and add it to the other, in one go or not at all.

    Raises:
        Forbidden
        ChangedMeanwhile: Less is confirmed there by now.
    """
    members = {wanted.source.member_id, wanted.target.member_id}
    lines = [(place.member_id, place.month) for place in (wanted.source, wanted.target)]
    branches = dues_members.require_for(session, lines, by)
    take_turns(session, members)
    _check_still(session, wanted.source, wanted.fen)
    given = find_receipt(session, wanted.source.member_id, wanted.source.month)
    same = wanted.source.member_id == wanted.target.member_id
    there = find_receipt(session, wanted.target.member_id, wanted.target.month)
    sides = (
        (wanted.source, -wanted.fen, given),
        (wanted.target, wanted.fen, there or (given if same else None)),
    )
    for place, fen, receipt in sides:
        branch = branches[place.member_id, place.month]
        add_over(
            session, place.member_id, place.month, fen, branch, receipt, wanted.reason, by, now
        )
    audit.record(
        session,
        by=by,
        at=now,
        action="dues.move",
        subject=f"member:{wanted.source.member_id}:{wanted.source.month}",
        before={"fen": wanted.fen},
        after={"member": wanted.target.member_id, "month": str(wanted.target.month)},
        reason=wanted.reason,
    )


def draft_refund(
    session: Session,
    *,
    member_id: MemberId,
    month: Month,
    fen: Fen | None,
    reason: str,
    by: Actor,
) -> Refund:
    """Return what would be given back; nothing is written.

    Args:
        fen: Left out, what is confirmed over the amount due.

    Raises:
        Forbidden, ReasonMissing
        NothingToCorrect: Nothing is over, or less than that is confirmed.
    """
    kept = check_reason(reason)
    dues_members.require_for(session, [(member_id, month)], by)
    name = survey.names_of(session, [member_id])[member_id]
    place = Place(member_id, name, month)
    if fen is None:
        own = dues.balances(session, [member_id], [month])[member_id][month]
        fen = own.confirmed_fen - (own.assessed_fen or 0)
        if fen <= 0:
            raise NothingToCorrect(
                f"{_words(place)}没有多交。要退请写上金额，例如：退党费 {name} {month.number}月 15 重复交了"
            )
    return Refund(place, _amount(session, place, fen), kept, _is_remitted(session, place))


def refund(session: Session, wanted: Refund, *, by: Actor, now: datetime) -> None:
    """Write that money was given back: a negative line with its reason.

    Raises:
        Forbidden
        ChangedMeanwhile: Less is confirmed by now, or somebody wrote one at the same moment.
    """
    place = wanted.place
    line = (place.member_id, place.month)
    branch = dues_members.require_for(session, [line], by)[line]
    take_turns(session, [place.member_id])
    _check_still(session, place, wanted.fen)
    receipt = find_receipt(session, place.member_id, place.month)
    row = append_entry(
        session,
        kind=EntryKind.REFUND,
        key=next_key(session, "refund", place.member_id, place.month),
        member_id=place.member_id,
        month=place.month,
        fen=-wanted.fen,
        by=by,
        now=now,
        reason=wanted.reason,
        receipt_no="" if receipt is None else receipt.number,
        unit_id=branch if receipt is None else receipt.unit_id,
    )
    if row is None:
        raise _changed(place)
    audit.record(
        session,
        by=by,
        at=now,
        action="dues.refund",
        subject=f"member:{place.member_id}:{place.month}",
        after={"fen": -wanted.fen},
        reason=wanted.reason,
    )


def _amount(session: Session, place: Place, fen: Fen | None) -> Fen:
    confirmed = _confirmed(session, place)
    if confirmed <= 0:
        raise NothingToCorrect(f"{_words(place)}还没有核对过的钱。")
    if fen is not None and not 0 < fen <= confirmed:
        raise NothingToCorrect(f"{_words(place)}核对的是{yuan(confirmed)}元，写的数要在这以内。")
    return confirmed if fen is None else fen


def _check_still(session: Session, place: Place, fen: Fen) -> None:
    if _confirmed(session, place) < fen:
        raise _changed(place)


def _confirmed(session: Session, place: Place) -> Fen:
    found = dues.balances(session, [place.member_id], [place.month])
    return found[place.member_id][place.month].confirmed_fen


def _is_remitted(session: Session, place: Place) -> bool:
    found = session.scalar(
        select(func.count(DuesRemitted.entry_id))
        .join(DuesEntry, DuesEntry.id == DuesRemitted.entry_id)
        .where(
            DuesEntry.member_id == place.member_id,
            DuesEntry.month == place.month,
            DuesEntry.kind.in_(COUNTED),
        )
    )
    return bool(found)


def _words(place: Place) -> str:
    return f"{place.name}{month_words(place.month)}党费"


def _changed(place: Place) -> ChangedMeanwhile:
    return ChangedMeanwhile(f"{_words(place)}刚刚有变动，这次没有记。请看一下名单再办。")
