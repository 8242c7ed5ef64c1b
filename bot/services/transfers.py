"""Transfers of the organisational relation (组织关系转接): letters out, received, returned.

Until a letter is received the old branch remains responsible: lists, dues and duties are its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import insert, update
from sqlalchemy.orm import Session

from bot.clock import day_of
from bot.domain import rights
from bot.domain.errors import DomainError
from bot.domain.ids import MemberId, UnitId
from bot.domain.members import MemberKind
from bot.domain.periods import Month
from bot.domain.rights import Action, Actor
from bot.domain.roll import MAX_REASON, ChangeKind, WrongChange
from bot.domain.sensitive import mask_numbers
from bot.domain.transfers import TransferState, WrongLetter, check_days, check_dues_until
from bot.services import anonymous, audit, letters, policies, roll_changes, roll_places, undo
from bot.services.letters import Letter
from bot.services.roll_changes import Recorded
from bot.storage.insert import insert_once
from bot.storage.models import Transfer

STEM = "transfers"
MAX_PLACE = 60
MAX_NUMBER = 40


class AlreadyOut(DomainError):
    """A member has a letter that nobody has received yet."""

    def __init__(self, name: str, to: str) -> None:
        super().__init__(
            f"{name}已经开了到{to}的介绍信，还没有接收。要重开请先发：收回介绍信 {name}"
        )


class AlreadyAnswered(DomainError):
    """Somebody else has received, returned or withdrawn the letter."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name}的介绍信刚刚已经办过了。要看请发 介绍信")


class NeedsReason(DomainError):
    """A letter is not refused without cause."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"没有正当理由不能拒收。要退回请写明原因，例如：退回 {name} 党费交到几月没有写"
        )


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a letter is to say.

    Attributes:
        to_unit_id: The branch of ours it goes to; None for one outside, named by `place`.
        dues_until: The last month whose dues the old branch takes.
        days: How long it is valid; None for what is settled.
        on: The Shanghai day it is issued.
    """

    to_unit_id: UnitId | None
    place: str
    dues_until: Month
    on: date
    letter_no: str = ""
    days: int | None = None


def check_issue(session: Session, *, member_id: MemberId, wanted: Wanted, by: Actor) -> int:
    """Refuse a letter that cannot be issued; return how many days it would be valid.

    Raises:
        Forbidden, NotFound, AlreadyOut, WrongLetter
    """
    place = roll_places.get_place(session, member_id, by)
    if wanted.to_unit_id == place.unit_id:
        raise WrongLetter(f"{place.name}本来就在{place.unit}，不用转。")
    if wanted.to_unit_id is None and not 1 < len(wanted.place) <= MAX_PLACE:
        raise WrongLetter("请写明转到哪里，例如：转出 张三 到 城东街道第一党支部 党费交到3月")
    if len(wanted.letter_no) > MAX_NUMBER:
        raise WrongLetter("介绍信编号太长，请核对。")
    check_dues_until(wanted.dues_until, wanted.on)
    out = letters.find_of_member(session, member_id)
    if out is not None:
        raise AlreadyOut(place.name, out.to)
    if wanted.days is not None:
        check_days(wanted.days, wanted.on)
        return wanted.days
    settings = policies.load(session, {place.unit_id: place.path}, wanted.on, (policies.LETTER,))
    return policies.letter_days(settings.get(place.unit_id, {}), wanted.on)


def issue(
    session: Session, *, member_id: MemberId, wanted: Wanted, by: Actor, now: datetime
) -> Letter:
    """Issue a letter of introduction; the member stays where he is until it is received.

    Raises:
        Forbidden, NotFound, AlreadyOut, WrongLetter, WrongChange: The day is still to come.

    Source:
        roll.letter
    """
    days = check_issue(session, member_id=member_id, wanted=wanted, by=by)
    if wanted.on > day_of(now):
        raise WrongLetter("开介绍信的日期还没到，请写今天或以前的日期。")
    place = roll_places.get_place(session, member_id, by)
    values = {
        "member_id": member_id,
        "from_unit_id": place.unit_id,
        "to_unit_id": wanted.to_unit_id,
        "place": mask_numbers(wanted.place),
        "letter_no": mask_numbers(wanted.letter_no),
        "issued_on": wanted.on,
        "days": days,
        "dues_until": wanted.dues_until,
        "by_id": by.member_id,
        "recorded_at": now,
        "closed_at": None,
    }
    row = insert_once(session, Transfer, values)
    if row is None:
        out = letters.find_of_member(session, member_id)
        raise AlreadyOut(place.name, out.to if out else wanted.place)
    audit.record(
        session,
        by=by,
        at=now,
        action="transfer.issue",
        subject=f"transfer:{row}",
        after={"to": wanted.to_unit_id, "dues_until": str(wanted.dues_until), "days": days},
    )
    _remember(session, by, {"letter": row}, f"{place.name}的介绍信", now)
    return letters.get(session, row)


def receive(
    session: Session, *, letter: Letter, on: date, by: Actor, now: datetime, reason: str = ""
) -> Recorded:
    """Write down that a letter was received: the member belongs to the new branch from then on.

    Inside the street the receiving branch says so; of one outside the old branch enters the
    receipt that came back.

    Args:
        on: The Shanghai day of the receipt.

    Raises:
        Forbidden, AlreadyAnswered, WrongChange
    """
    heir = letters.heir_of(session, letter.to_unit_id)
    _require(session, letter, by, receiving=True)
    if on < letter.issued_on:
        raise WrongChange("接收日期早于开介绍信的日期，请核对。")
    place = roll_places.find_place(session, letter.member_id)
    _claim(session, letter, now)
    if place is None:
        raise AlreadyAnswered(letter.name)
    if heir is None:
        done = roll_changes.record(
            session, member_id=letter.member_id, kind=ChangeKind.OUT, on=on, by=by, now=now
        )
    else:
        done = roll_changes.transfer_in(
            session, place=place, to_unit_id=heir, on=on, by=by, now=now
        )
    _step(session, letter, TransferState.RECEIVED, by, now, on=on, change_id=done.id, why=reason)
    return done


def send_back(session: Session, *, letter: Letter, reason: str, by: Actor, now: datetime) -> Letter:
    """Return a letter with the reason; refusing without cause is not possible.

    Raises:
        Forbidden, AlreadyAnswered, NeedsReason

    Source:
        roll.responsible
    """
    if not reason.strip():
        raise NeedsReason(letter.name)
    _require(session, letter, by, receiving=True)
    _claim(session, letter, now)
    _step(session, letter, TransferState.RETURNED, by, now, on=day_of(now), why=reason)
    _remember(session, by, {"reopen": letter.id}, f"退回{letter.name}的介绍信", now)
    return letter


def withdraw(session: Session, *, letter: Letter, by: Actor, now: datetime) -> Letter:
    """Take a letter back that nobody has received.

    Raises:
        Forbidden, AlreadyAnswered
    """
    _require(session, letter, by, receiving=False)
    _claim(session, letter, now)
    _step(session, letter, TransferState.WITHDRAWN, by, now, on=day_of(now))
    _remember(session, by, {"reopen": letter.id}, f"收回{letter.name}的介绍信", now)
    return letter


def come_in(
    session: Session,
    *,
    name: str,
    branch_id: UnitId,
    wanted: Wanted,
    by: Actor,
    now: datetime,
    kind: MemberKind = MemberKind.FULL,
    member_id: MemberId | None = None,
    another: bool = False,
) -> Recorded:
    """Enter somebody who comes with a letter from outside.

    Args:
        wanted: What the letter says; `place` is where he comes from, `on` the day of the receipt.
        member_id: Somebody who was on our roll before and has come back.
        another: Whether it is known that he is not one of this name on the roll.

    Raises:
        Forbidden, WrongChange, WrongLetter, OnTheRoll
    """
    check_dues_until(wanted.dues_until, wanted.on)
    done = roll_changes.enter(
        session,
        name=name,
        branch_id=branch_id,
        on=wanted.on,
        by=by,
        now=now,
        kind=kind,
        member_id=member_id,
        another=another,
    )
    row = session.connection().execute(
        insert(Transfer)
        .values(
            member_id=done.member_id,
            from_unit_id=None,
            to_unit_id=branch_id,
            place=mask_numbers(wanted.place)[:MAX_PLACE],
            letter_no=mask_numbers(wanted.letter_no)[:MAX_NUMBER],
            issued_on=wanted.on,
            days=0,
            dues_until=wanted.dues_until,
            by_id=by.member_id,
            recorded_at=now,
            closed_at=now,
        )
        .returning(Transfer.id)
    )
    roll_places.add_step(
        session,
        row.scalar_one(),
        TransferState.RECEIVED,
        on=wanted.on,
        now=now,
        by=by,
        change_id=done.id,
    )
    return done


def undo_transfer(session: Session, inverse: Mapping[str, Any], by: Actor, now: datetime) -> None:
    """Withdraw a letter just issued, or let one wait again that was returned or withdrawn."""
    letter = letters.get(session, inverse.get("letter") or inverse["reopen"])
    anonymous.refuse(session, [letter.member_id])
    if "letter" in inverse:
        _claim(session, letter, now)
        _step(session, letter, TransferState.WITHDRAWN, by, now, on=day_of(now), why="撤销")
        return
    if letters.find_of_member(session, letter.member_id) is not None:
        raise AlreadyAnswered(letter.name)
    _step(session, letter, TransferState.OPEN, by, now, on=day_of(now), why="撤销")
    session.connection().execute(
        update(Transfer).where(Transfer.id == letter.id).values(closed_at=None)
    )


def _require(session: Session, letter: Letter, by: Actor, *, receiving: bool) -> None:
    """Refuse unless the actor keeps the roll of the branch that has to answer."""
    inside = receiving and letter.to_unit_id is not None
    asked = letter.to_unit_id if inside else letter.from_unit_id
    heir = letters.heir_of(session, asked)
    path = roll_places.standpoint(session, heir).path if heir is not None else ""
    rights.require(by, Action.MANAGE_ROLL, path)


def _claim(session: Session, letter: Letter, now: datetime) -> None:
    """Answer a letter once, however many try.

    Raises:
        AlreadyAnswered
    """
    done = session.connection().execute(
        update(Transfer)
        .where(Transfer.id == letter.id, Transfer.closed_at.is_(None))
        .values(closed_at=now)
    )
    if done.rowcount != 1:
        raise AlreadyAnswered(letter.name)


def _step(
    session: Session,
    letter: Letter,
    state: TransferState,
    by: Actor,
    now: datetime,
    *,
    on: date,
    change_id: int | None = None,
    why: str = "",
) -> None:
    why = mask_numbers(why)[:MAX_REASON]
    roll_places.add_step(
        session, letter.id, state, on=on, now=now, by=by, reason=why, change_id=change_id
    )
    audit.record(
        session,
        by=by,
        at=now,
        action=f"transfer.{state.value}",
        subject=f"transfer:{letter.id}",
        reason=why,
    )


def _remember(
    session: Session, by: Actor, inverse: Mapping[str, Any], title: str, now: datetime
) -> None:
    if by.member_id is not None:
        undo.remember(
            session, member_id=by.member_id, stem=STEM, inverse=inverse, title=title, at=now
        )
