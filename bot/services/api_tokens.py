"""Tokens of the HTTP API: made and ended by the operator, found by every request."""

from __future__ import annotations

import hmac
import re
import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import insert, or_, select, update
from sqlalchemy.orm import Session

from bot.clock import day_of
from bot.domain.api_scopes import Scope, in_order
from bot.domain.errors import DomainError, Forbidden, NotFound
from bot.domain.ids import MemberId
from bot.domain.rights import Actor
from bot.services import audit, people
from bot.services.officers import OPERATOR
from bot.storage.models import ApiToken, Member
from bot.storage.models.api import PURPOSE

HOW = "api"
MOST_DAYS = 730
_PREFIX = "zhibu"
_WRITTEN = re.compile(rf"{_PREFIX}_(\d{{1,9}})_([A-Za-z0-9_-]{{43}})")
_USE_NOTED_EVERY = timedelta(hours=1)


class BadToken(DomainError):
    """What was asked for cannot be a token."""


@dataclass(frozen=True, slots=True)
class Made:
    """A new token.

    Attributes:
        secret: The whole of it; it is shown this once and nowhere kept.
    """

    id: int
    name: str
    secret: str
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class Listed:
    """A token as the operator sees it."""

    id: int
    name: str
    note: str
    scopes: tuple[str, ...]
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    used_at: datetime | None


@dataclass(frozen=True, slots=True)
class Caller:
    """Who uses the API.

    Attributes:
        actor: The member the token was made for, with the posts held now.
    """

    token_id: int
    actor: Actor
    scopes: frozenset[Scope]

    def require(self, scope: Scope) -> None:
        """Refuse what the token does not open.

        Raises:
            Forbidden
        """
        if scope not in self.scopes:
            raise Forbidden(f"这个令牌没有 {scope.value} 的范围，请管理员另发一个。")


def issue(
    session: Session,
    *,
    member_id: MemberId,
    scopes: Collection[Scope],
    note: str,
    by: Actor,
    now: datetime,
    days: int | None = None,
) -> Made:
    """Make a token that acts as a member.

    Args:
        days: How long it lasts; None until it is ended.

    Raises:
        BadToken: It is not said what it is for, or it would last too long.
        Forbidden: Only the operator makes tokens.
        NotFound: There is no such member.
    """
    _require_operator(by)
    note = note.strip()
    if not 0 < len(note) <= PURPOSE:
        raise BadToken(f"请写明这个令牌给谁用，最多{PURPOSE}个字，例如 --note 街道门户")
    if days is not None and not 0 < days <= MOST_DAYS:
        raise BadToken(f"有效期最少1天，最多{MOST_DAYS}天。")
    owner = people.get_actor(session, member_id, day_of(now))
    if not owner.grants:
        raise BadToken(f"{owner.name}现在没有职务，令牌什么也办不了。请先给他登记职务。")
    secret = secrets.token_urlsafe(32)
    expires_at = None if days is None else now + timedelta(days=days)
    token_id = session.connection().scalar(
        insert(ApiToken)
        .values(
            member_id=member_id,
            purpose=note,
            token_hash=_digest(secret),
            scopes=in_order(scopes),
            created_at=now,
            expires_at=expires_at,
        )
        .returning(ApiToken.id)
    )
    assert token_id is not None
    after = {"scopes": in_order(scopes), "note": note}
    _note(session, token_id, "token.add", member_id, by, now, after)
    return Made(token_id, owner.name, f"{_PREFIX}_{token_id}_{secret}", expires_at)


def revoke(session: Session, *, token_id: int, by: Actor, now: datetime) -> Listed:
    """End a token at once; one that has ended stays as it was.

    Raises:
        NotFound, Forbidden
    """
    _require_operator(by)
    ended = session.connection().execute(
        update(ApiToken)
        .where(ApiToken.id == token_id, ApiToken.revoked_at.is_(None))
        .values(revoked_at=now)
    )
    found = next((one for one in list_all(session, by=by) if one.id == token_id), None)
    if found is None:
        raise NotFound(f"没有编号{token_id}的令牌。看有哪些：zhibu token list")
    if ended.rowcount:
        member_id = session.scalar(select(ApiToken.member_id).where(ApiToken.id == token_id)) or 0
        _note(session, token_id, "token.revoke", MemberId(member_id), by, now, {})
    return found


def close_of_member(session: Session, member_id: MemberId, now: datetime) -> None:
    """End every token of somebody whose traces are made anonymous."""
    session.connection().execute(
        update(ApiToken)
        .where(ApiToken.member_id == member_id, ApiToken.revoked_at.is_(None))
        .values(revoked_at=now)
    )


def list_all(session: Session, *, by: Actor) -> list[Listed]:
    """Return every token, the newest first.

    Raises:
        Forbidden
    """
    _require_operator(by)
    rows = session.execute(
        select(
            ApiToken.id,
            Member.name,
            ApiToken.purpose,
            ApiToken.scopes,
            ApiToken.created_at,
            ApiToken.expires_at,
            ApiToken.revoked_at,
            ApiToken.used_at,
        )
        .join(Member, Member.id == ApiToken.member_id)
        .order_by(ApiToken.id.desc())
    )
    return [Listed(row[0], row[1], row[2], tuple(row[3]), *row[4:]) for row in rows]


def find_caller(session: Session, written: str, now: datetime) -> Caller | None:
    """Return who a token acts as, with the posts held now, or None for whatever reason it is no use.

    Args:
        written: As it came with the request.
    """
    match = _WRITTEN.fullmatch(written)
    if match is None:
        return None
    row = session.execute(
        select(ApiToken.member_id, ApiToken.token_hash, ApiToken.scopes).where(
            ApiToken.id == int(match[1]),
            ApiToken.revoked_at.is_(None),
            or_(ApiToken.expires_at.is_(None), ApiToken.expires_at > now),
        )
    ).one_or_none()
    # A digest is compared either way: whether the number exists takes the same time to tell.
    if not hmac.compare_digest(_digest(match[2]), "" if row is None else row[1]) or row is None:
        return None
    actor = replace(people.get_actor(session, MemberId(row[0]), day_of(now)), how=HOW)
    known = {scope.value: scope for scope in Scope}
    scopes = frozenset(known[scope] for scope in row[2] if scope in known)
    return Caller(int(match[1]), actor, scopes)


def note_use(session: Session, token_id: int, now: datetime) -> None:
    """Note that a token was used, once an hour."""
    session.connection().execute(
        update(ApiToken)
        .where(
            ApiToken.id == token_id,
            or_(ApiToken.used_at.is_(None), ApiToken.used_at < now - _USE_NOTED_EVERY),
        )
        .values(used_at=now)
    )


def _require_operator(by: Actor) -> None:
    if by is not OPERATOR:
        raise Forbidden("令牌由管理员在服务器上发和收回。")


def _digest(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()


def _note(
    session: Session,
    token_id: int,
    action: str,
    member_id: MemberId,
    by: Actor,
    now: datetime,
    after: Mapping[str, object],
) -> None:
    audit.record(
        session,
        by=by,
        at=now,
        action=action,
        subject=f"member:{member_id}",
        after={"token": token_id, **after},
    )
