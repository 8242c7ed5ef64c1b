"""Binding a platform account to a roll entry: by roster, by name + digits, by a code."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import func, insert, or_, select, update
from sqlalchemy.orm import Session

from bot.clock import day_of
from bot.domain import rights
from bot.domain.errors import DomainError
from bot.domain.ids import MemberId, UnitId
from bot.domain.members import fold
from bot.domain.rights import SYSTEM, Action, Actor, Role
from bot.services import anonymous, audit, people
from bot.storage.insert import insert_once
from bot.storage.models import Account, BindCode, BindTry, Member, Membership, Unit

CONSENT_VERSION = "2026-11"
TRIES_A_DAY = 5
CODE_LASTS = timedelta(days=3)
_DAY = timedelta(days=1)


class NoSuchEntry(DomainError):
    """Name and digits name no free entry (deliberately the same sentence for every cause)."""

    def __init__(self, left: int) -> None:
        again = f"今天还能试{left}次" if left else "今天试的次数用完了，请明天再试"
        super().__init__(
            "没有对上名册。请核对姓名和手机后四位，例如 张三 1234；"
            f"{again}。也可以请组织委员给您一个绑定码。"
        )


class TooManyTries(DomainError):
    """Five wrong tries in a day are enough."""

    def __init__(self) -> None:
        super().__init__("今天试的次数多了，请明天再试，或请组织委员给您一个绑定码。")


class AlreadyBound(DomainError):
    """The account belongs to somebody."""


class SeveralEntries(DomainError):
    """Two free entries bear this name and these digits."""

    def __init__(self) -> None:
        super().__init__("名册里有两位同名同尾号，请组织委员给您一个绑定码。")


@dataclass(frozen=True, slots=True)
class Bound:
    """An account that now belongs to somebody.

    Attributes:
        tell: Whom to tell, so that a wrong binding can be undone.
    """

    member_id: MemberId
    name: str
    unit: str
    tell: MemberId | None


def bind_by_digits(
    session: Session, *, space: str, external_id: str, name: str, digits: str, now: datetime
) -> Bound:
    """Bind an account to the one free roll entry of a name and a phone's last four digits.

    Wrong tries are counted outside the caller's savepoint only if it commits; the handler turns
    `NoSuchEntry` into a reply after `count_try`.

    Raises:
        TooManyTries, NoSuchEntry, SeveralEntries, AlreadyBound
    """
    left = TRIES_A_DAY - _tries(session, space, external_id, now)
    if left <= 0:
        raise TooManyTries
    _take_turns(session, name)
    free = _free_entries(session, space, name, digits, day_of(now))
    if not free:
        raise NoSuchEntry(left - 1)
    if len(free) > 1:
        raise SeveralEntries
    return _bind(session, free[0], space, external_id, "digits", now)


def count_try(session: Session, *, space: str, external_id: str, now: datetime) -> None:
    """Count a wrong try."""
    session.connection().execute(
        insert(BindTry).values(space=space, external_key=fold(external_id), at=now)
    )


def bind_by_code(
    session: Session, *, space: str, external_id: str, code: str, now: datetime
) -> Bound:
    """Bind an account with a one-time code from the organiser.

    Raises:
        TooManyTries, NoSuchEntry, AlreadyBound
    """
    left = TRIES_A_DAY - _tries(session, space, external_id, now)
    if left <= 0:
        raise TooManyTries
    used = session.connection().execute(
        update(BindCode)
        .where(
            BindCode.code_hash == _hash(code),
            BindCode.used_at.is_(None),
            BindCode.expires_at > now,
        )
        .values(used_at=now)
        .returning(BindCode.member_id)
    )
    member_id = used.scalar_one_or_none()
    if member_id is None:
        raise NoSuchEntry(left - 1)
    return _bind(session, MemberId(member_id), space, external_id, "code", now)


def issue_code(session: Session, *, member_id: MemberId, by: Actor, now: datetime) -> str:
    """Return a new eight-digit code with which one account can be bound to a member.

    Raises:
        Forbidden: The actor does not keep the roll of the member's unit.
    """
    anonymous.refuse(session, [member_id])
    if by is not SYSTEM:
        path = session.scalar(
            select(Unit.path)
            .join(Membership, Membership.unit_id == Unit.id)
            .where(Membership.member_id == member_id, Membership.valid_to.is_(None))
        )
        rights.require(by, Action.MANAGE_ROLL, path or "")
    code = f"{secrets.randbelow(10**8):08}"
    session.connection().execute(
        insert(BindCode).values(
            code_hash=_hash(code),
            member_id=member_id,
            created_by=by.member_id,
            expires_at=now + CODE_LASTS,
        )
    )
    audit.record(session, by=by, at=now, action="bind.code", subject=f"member:{member_id}")
    return code


def bind_account(
    session: Session,
    *,
    member_id: MemberId,
    space: str,
    external_id: str,
    how: str,
    now: datetime,
) -> bool:
    """Bind an account that the roster names; False when it is somebody's already."""
    row = insert_once(
        session,
        Account,
        {
            "space": space,
            "external_id": external_id,
            "external_key": fold(external_id),
            "member_id": member_id,
            "bound_how": how,
            "bound_at": now,
            "consent_version": "" if how == "roster" else CONSENT_VERSION,
        },
    )
    return row is not None


def unbind(session: Session, *, member_id: MemberId, space: str, by: Actor, now: datetime) -> bool:
    """Undo the binding of a member in a space."""
    done = session.connection().execute(
        update(Account)
        .where(Account.member_id == member_id, Account.space == space, Account.unbound_at.is_(None))
        .values(unbound_at=now)
    )
    audit.record(session, by=by, at=now, action="unbind", subject=f"member:{member_id}")
    return done.rowcount > 0


def _bind(
    session: Session, member_id: MemberId, space: str, external_id: str, how: str, now: datetime
) -> Bound:
    anonymous.refuse(session, [member_id])
    if not bind_account(
        session, member_id=member_id, space=space, external_id=external_id, how=how, now=now
    ):
        raise AlreadyBound("您已经对上名册了，不用再绑定。")
    subject = f"member:{member_id}"
    audit.record(session, by=SYSTEM, at=now, action=f"bind.{how}", subject=subject)
    name, unit_id, unit = session.execute(
        select(Member.name, Unit.id, Unit.name)
        .outerjoin(Membership, (Membership.member_id == Member.id) & Membership.valid_to.is_(None))
        .outerjoin(Unit, Unit.id == Membership.unit_id)
        .where(Member.id == member_id)
    ).one()
    return Bound(member_id, name, unit or "", _organiser(session, unit_id, day_of(now)))


def _organiser(session: Session, unit_id: int | None, on: date) -> MemberId | None:
    if unit_id is None:
        return None
    holders = people.list_holders(session, [UnitId(unit_id)], [Role.ORGANISER, Role.SECRETARY], on)
    ranked = sorted(holders, key=lambda holder: holder[1] is not Role.ORGANISER)
    return ranked[0][2] if ranked else None


def _take_turns(session: Session, name: str) -> None:
    """Let two accounts that claim one entry at the same moment come one after the other."""
    rows = select(Member.id).where(Member.name == name).order_by(Member.id)
    session.execute(rows.with_for_update(key_share=True)).all()


def _free_entries(session: Session, space: str, name: str, digits: str, on: date) -> list[MemberId]:
    """Return the entries of this name and tail that no account of this space is bound to."""
    bound = select(Account.member_id).where(Account.space == space, Account.unbound_at.is_(None))
    rows = session.execute(
        select(Member.id, Member.phone_tail)
        .join(Membership, Membership.member_id == Member.id)
        .where(
            Member.name == name,
            Member.phone_tail != "",
            or_(Membership.valid_to.is_(None), Membership.valid_to > on),
            Member.id.not_in(bound),
        )
    )
    return [
        MemberId(member_id)
        for member_id, tail in rows
        if hmac.compare_digest(tail.encode(), digits.encode())
    ]


def _tries(session: Session, space: str, external_id: str, now: datetime) -> int:
    return (
        session.scalar(
            select(func.count(BindTry.id)).where(
                BindTry.space == space,
                BindTry.external_key == fold(external_id),
                BindTry.at > now - _DAY,
            )
        )
        or 0
    )


def _hash(code: str) -> str:
    return hashlib.sha256(f"zhibu-bind:{code}".encode()).hexdigest()
