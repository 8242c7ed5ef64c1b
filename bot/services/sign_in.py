"""Ways into the pages: a link the bot gives, a code it is told, a password; each opens once.

Only hashes are kept. A link is opened by its reader's own POST, since previews fetch addresses. A
computer that waits keeps its secret in a cookie and shows a code; whoever tells the bot that code
from a bound account enters there, and nobody who merely saw it does.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from bot.domain.errors import DomainError
from bot.domain.ids import MemberId
from bot.domain.rights import Actor
from bot.domain.sending import Pace
from bot.domain.sign_in import (
    CODE_LENGTH,
    LINK_LASTS,
    NoDesk,
    NotGoodAnyMore,
    TooOften,
    path_of,
)
from bot.services import audit, limits
from bot.storage.insert import insert_once
from bot.storage.models import Account, Member, SignIn

_TRIES = Pace(burst=8, spacing_s=30)
_CODES_TRIED = 20


class NoAddress(DomainError):
    """This server has no address that a link could lead to."""

    may_be_overheard = True

    def __init__(self) -> None:
        super().__init__("网页还没有外网地址：请管理员在配置的 [server] 里写上 public_url。")


@dataclass(frozen=True, slots=True)
class Waits:
    """A computer that waits to be let in.

    Attributes:
        token: Its secret, kept in its cookie.
        code: What it shows.
    """

    token: str
    code: str


@dataclass(frozen=True, slots=True)
class Entrance:
    """Who would enter, or None while the bot has not been told the code."""

    member_id: MemberId | None
    name: str = ""


def give_link(session: Session, *, by: Actor, public_url: str | None, now: datetime) -> str:
    """Return the address by which the actor enters once, within ten minutes; older ones are void.

    Raises:
        NoDesk: Holds no post.
        NoAddress
    """
    member_id = _entitled(by)
    if public_url is None:
        raise NoAddress
    _end_links(session, member_id, now)
    token = secrets.token_urlsafe(32)
    made = {"code": "", "member_id": member_id, **_fresh(token, now)}
    insert_once(session, SignIn, made)
    audit.record(session, by=by, at=now, action="sign_in.link", subject=f"member:{member_id}")
    return public_url + path_of(token)


def ask(session: Session, *, who: str, now: datetime) -> Waits:
    """Let a computer wait; nobody enters before the bot was told its code.

    Args:
        who: Its address, so that nobody asks for codes without end.

    Raises:
        TooOften
    """
    check_pace(session, f"code:{who}", now)
    session.connection().execute(delete(SignIn).where(SignIn.expires_at < now))
    for _ in range(_CODES_TRIED):
        token, code = secrets.token_urlsafe(32), f"{secrets.randbelow(10**CODE_LENGTH):06}"
        made = {"code": code, "member_id": None, **_fresh(token, now)}
        if insert_once(session, SignIn, made) is not None:
            return Waits(token, code)
    raise TooOften


def approve(session: Session, code: str, *, by: Actor, now: datetime) -> bool:
    """Let the actor enter at the computer that shows a code; tell whether there is one.

    A wrong code is no error: the try has to be counted.

    Raises:
        NoDesk
        TooOften: Codes are tried out.
    """
    member_id = _entitled(by)
    check_pace(session, f"approve:{member_id}", now)
    let = session.connection().execute(
        update(SignIn)
        .where(
            SignIn.code == code,
            SignIn.member_id.is_(None),
            SignIn.used_at.is_(None),
            SignIn.expires_at > now,
        )
        .values(member_id=member_id)
    )
    if let.rowcount != 1:
        return False
    audit.record(session, by=by, at=now, action="sign_in.code", subject=f"member:{member_id}")
    return True


def look(session: Session, token: str, now: datetime) -> Entrance:
    """Return whom a link or a waiting computer would let in; nothing is used up.

    Raises:
        NotGoodAnyMore
    """
    row = session.execute(
        select(SignIn.member_id, Member.name)
        .outerjoin(Member, Member.id == SignIn.member_id)
        .where(
            SignIn.token_hash == hashed(token), SignIn.used_at.is_(None), SignIn.expires_at > now
        )
    ).one_or_none()
    if row is None:
        raise NotGoodAnyMore
    return Entrance(None if row.member_id is None else MemberId(row.member_id), row.name or "")


def enter(session: Session, token: str, now: datetime) -> tuple[MemberId, str]:
    """Use a link or an approved code up; return who enters, and by which of them.

    Two at once: one of them enters.

    Raises:
        NotGoodAnyMore
    """
    used = session.connection().execute(
        update(SignIn)
        .where(
            SignIn.token_hash == hashed(token),
            SignIn.member_id.is_not(None),
            SignIn.used_at.is_(None),
            SignIn.expires_at > now,
        )
        .values(used_at=now)
        .returning(SignIn.member_id, SignIn.code)
    )
    row = used.one_or_none()
    if row is None or row.member_id is None:
        raise NotGoodAnyMore
    return MemberId(row.member_id), "code" if row.code else "link"


def end_all(session: Session, member_id: MemberId, now: datetime) -> None:
    """Void every link and code of a member that was not used."""
    session.connection().execute(
        update(SignIn)
        .where(SignIn.member_id == member_id, SignIn.used_at.is_(None))
        .values(used_at=now)
    )


def find_by_account(session: Session, space: str, external_key: str) -> MemberId | None:
    """Return whose a platform account is, as a platform has vouched for it."""
    found = session.scalar(
        select(Account.member_id).where(
            Account.space == space,
            Account.external_key == external_key,
            Account.unbound_at.is_(None),
        )
    )
    return None if found is None else MemberId(found)


def check_pace(session: Session, what: str, now: datetime) -> None:
    """Refuse what is tried again and again; all processes count together.

    Raises:
        TooOften
    """
    if limits.take(session, f"sign_in:{what}"[:190], now, _TRIES):
        raise TooOften


def hashed(token: str) -> str:
    """Return what is kept of a secret."""
    return hashlib.sha256(f"zhibu-sign-in:{token}".encode()).hexdigest()


def _entitled(by: Actor) -> MemberId:
    if by.member_id is None or not by.grants:
        raise NoDesk
    return by.member_id


def _fresh(token: str, now: datetime) -> dict[str, object]:
    return {
        "token_hash": hashed(token),
        "created_at": now,
        "expires_at": now + LINK_LASTS,
        "used_at": None,
    }


def _end_links(session: Session, member_id: MemberId, now: datetime) -> None:
    session.connection().execute(
        update(SignIn)
        .where(SignIn.member_id == member_id, SignIn.code == "", SignIn.used_at.is_(None))
        .values(used_at=now)
    )
