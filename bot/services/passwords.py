"""Passwords for the pages, set at the command line by whoever runs the server (`zhibu passwd`)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from bot.clock import day_of
from bot.domain.errors import DomainError, NotFound
from bot.domain.ids import MemberId
from bot.domain.sign_in import WrongPassword, check_password
from bot.services import audit, console_sessions
from bot.services.officers import OPERATOR
from bot.storage.insert import insert_once
from bot.storage.models import ConsolePassword, Member, Post, Unit

if TYPE_CHECKING:
    from argon2 import PasswordHasher

_MOST_NAMESAKES = 3


class SeveralBear(DomainError):
    """Several people with a post bear the name."""


def set_password(
    session: Session, name: str, password: str, unit: str | None = None, *, now: datetime
) -> str:
    """Set the password of somebody who holds a post; return whose it is.

    Every browser that was signed in is signed out.

    Args:
        unit: Where the post is, to tell namesakes apart.

    Raises:
        UnfitPassword, NotFound, SeveralBear
    """
    check_password(password)
    member_id, place = _find(session, name.strip(), unit, now)
    values = {"member_id": member_id, "hash": _hasher().hash(password), "set_at": now}
    if insert_once(session, ConsolePassword, values) is None:
        session.connection().execute(
            update(ConsolePassword).where(ConsolePassword.member_id == member_id).values(**values)
        )
    console_sessions.close_of_member(session, member_id, now)
    audit.record(
        session, by=OPERATOR, at=now, action="sign_in.password", subject=f"member:{member_id}"
    )
    return f"{name.strip()}（{place}）"


def verify(session: Session, name: str, password: str) -> MemberId:
    """Return who has this name and password; it only reads.

    Hashing takes as long whether or not there is such a name.

    Raises:
        WrongPassword
    """
    name = name.strip()
    rows: Sequence[tuple[int, str]] = [
        (row.member_id, row.hash)
        for row in session.execute(
            select(ConsolePassword.member_id, ConsolePassword.hash)
            .join(Member, Member.id == ConsolePassword.member_id)
            .where(Member.name == name)
            .order_by(ConsolePassword.member_id)
            .limit(_MOST_NAMESAKES)
        )
    ]
    for member_id, kept in rows or [(0, _nobody())]:
        if _fits(kept, password) and member_id:
            return MemberId(member_id)
    raise WrongPassword


def _find(session: Session, name: str, unit: str | None, now: datetime) -> tuple[MemberId, str]:
    on = day_of(now)
    wanted = [
        Member.name == name,
        Post.valid_from <= on,
        or_(Post.valid_to.is_(None), Post.valid_to > on),
    ]
    if unit is not None:
        wanted.append(Unit.name == unit.strip())
    rows = session.execute(
        select(Member.id, Unit.name)
        .join(Post, Post.member_id == Member.id)
        .join(Unit, Unit.id == Post.unit_id)
        .where(*wanted)
        .order_by(Member.id, Post.id)
    ).all()
    if not rows:
        raise NotFound(f"没有找到担任职务的{name}。先登记职务，或者 zhibu officer add {name}")
    if len({row.id for row in rows}) > 1:
        places = "、".join(row.name for row in rows)
        raise SeveralBear(f"叫{name}的有几位（{places}），请加上 --unit 组织名。")
    return MemberId(rows[0].id), rows[0].name


@lru_cache(maxsize=1)
def _hasher() -> PasswordHasher:
    from argon2 import PasswordHasher  # late: it loads a library of its own

    return PasswordHasher()


@lru_cache(maxsize=1)
def _nobody() -> str:
    return _hasher().hash("nobody")


def _fits(kept: str, password: str) -> bool:
    from argon2.exceptions import InvalidHashError, VerificationError

    try:
        return _hasher().verify(kept, password)
    except (VerificationError, InvalidHashError):
        return False
