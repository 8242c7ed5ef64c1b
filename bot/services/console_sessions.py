"""Browsers that are signed in: begun, looked up with every page, ended one by one or all at once."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from bot.clock import day_of
from bot.domain.ids import MemberId
from bot.domain.rights import Actor
from bot.domain.sign_in import IDLE_ENDS, NOTED_EVERY, SESSION_ENDS, NoDesk
from bot.services import audit, people, sign_in
from bot.storage.models import ConsoleSession, SignIn

HOW_WORDS = {"link": "小助手的链接", "code": "电脑上的码", "password": "密码", "wecom": "企业微信"}


@dataclass(frozen=True, slots=True)
class Open:
    """A session in force.

    Attributes:
        stale: Its last use was noted a while ago and has to be noted anew.
    """

    id: int
    member_id: MemberId
    how: str
    created_at: datetime
    seen_at: datetime
    stale: bool = False


def begin(session: Session, member_id: MemberId, how: str, now: datetime) -> str:
    """Return the secret of a new session, for the browser's cookie.

    Raises:
        NoDesk: The member holds no post (any more).
        NotFound: There is no such member.
    """
    actor = people.get_actor(session, member_id, day_of(now))
    if not actor.grants:
        raise NoDesk
    token = secrets.token_urlsafe(32)
    session.connection().execute(
        insert(ConsoleSession).values(
            token_hash=sign_in.hashed(token),
            member_id=member_id,
            how=how,
            created_at=now,
            seen_at=now,
            expires_at=now + SESSION_ENDS,
        )
    )
    audit.record(
        session,
        by=_console(actor),
        at=now,
        action="sign_in.enter",
        subject=f"member:{member_id}",
        after={"how": how},
    )
    return token


def find(session: Session, token: str, now: datetime) -> Open | None:
    """Return the session of a secret, or None for whatever reason there is none."""
    row = session.execute(
        select(
            ConsoleSession.id,
            ConsoleSession.member_id,
            ConsoleSession.how,
            ConsoleSession.created_at,
            ConsoleSession.seen_at,
        ).where(
            ConsoleSession.token_hash == sign_in.hashed(token),
            ConsoleSession.revoked_at.is_(None),
            ConsoleSession.expires_at > now,
            ConsoleSession.seen_at > now - IDLE_ENDS,
        )
    ).one_or_none()
    if row is None:
        return None
    stale = now - row.seen_at > NOTED_EVERY
    return Open(row.id, MemberId(row.member_id), row.how, row.created_at, row.seen_at, stale)


def note_seen(session: Session, session_id: int, now: datetime) -> None:
    """Write down that a session is in use."""
    session.connection().execute(
        update(ConsoleSession).where(ConsoleSession.id == session_id).values(seen_at=now)
    )


def list_open(session: Session, member_id: MemberId, now: datetime) -> list[Open]:
    """Return where a member is signed in, the latest first."""
    rows = session.execute(
        select(
            ConsoleSession.id,
            ConsoleSession.how,
            ConsoleSession.created_at,
            ConsoleSession.seen_at,
        )
        .where(
            ConsoleSession.member_id == member_id,
            ConsoleSession.revoked_at.is_(None),
            ConsoleSession.expires_at > now,
            ConsoleSession.seen_at > now - IDLE_ENDS,
        )
        .order_by(ConsoleSession.seen_at.desc(), ConsoleSession.id.desc())
    )
    return [Open(row.id, member_id, row.how, row.created_at, row.seen_at) for row in rows]


def end(session: Session, session_id: int, now: datetime) -> None:
    """Sign one browser out."""
    session.connection().execute(
        update(ConsoleSession)
        .where(ConsoleSession.id == session_id, ConsoleSession.revoked_at.is_(None))
        .values(revoked_at=now)
    )


def end_all(session: Session, *, by: Actor, now: datetime) -> int:
    """Sign the actor out everywhere, and void what would let him in; return how many browsers."""
    assert by.member_id is not None
    sign_in.end_all(session, by.member_id, now)
    return _end_of_member(session, by.member_id, now, by=by)


def close_of_member(session: Session, member_id: MemberId, now: datetime) -> None:
    """Sign out who has left for good."""
    sign_in.end_all(session, member_id, now)
    session.connection().execute(
        update(ConsoleSession)
        .where(ConsoleSession.member_id == member_id, ConsoleSession.revoked_at.is_(None))
        .values(revoked_at=now)
    )


def forget_old(session: Session, now: datetime) -> None:
    """Drop what has long been over: ways in that were not used, sessions that have ended."""
    connection = session.connection()
    connection.execute(delete(SignIn).where(SignIn.expires_at < now - IDLE_ENDS))
    connection.execute(delete(ConsoleSession).where(ConsoleSession.expires_at < now - SESSION_ENDS))


def _end_of_member(session: Session, member_id: MemberId, now: datetime, *, by: Actor) -> int:
    ended = session.connection().execute(
        update(ConsoleSession)
        .where(ConsoleSession.member_id == member_id, ConsoleSession.revoked_at.is_(None))
        .values(revoked_at=now)
    )
    audit.record(session, by=by, at=now, action="sign_in.end", subject=f"member:{member_id}")
    return ended.rowcount


def _console(actor: Actor) -> Actor:
    return replace(actor, how="console")
