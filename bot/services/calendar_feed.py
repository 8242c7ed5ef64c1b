"""Calendars that people subscribe to: a member's own, and a unit's.

Whoever has the address may read it, so it is 256 bits of a keyed digest, and the database holds
only its hash. Asked for again the address is the same: it is made anew from the row's salt with
the server's key. What a calendar holds is told by `calendar_entries`.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import Session

from bot.clock import Clock
from bot.domain import rights
from bot.domain.calendar_feed import Feed, is_token, path_of
from bot.domain.errors import DomainError
from bot.domain.ids import MemberId, UnitId
from bot.domain.rights import Action, Actor
from bot.files import ics
from bot.services import audit, calendar_entries, people, scopes
from bot.services.groups import find_unit
from bot.services.ports import Served
from bot.storage.engine import Database
from bot.storage.insert import insert_once
from bot.storage.models import CalendarFeed

Digest = Callable[[str], str]
"""A text → its keyed digest in hexadecimal, 256 bits (`TextSeal.mark`)."""


ASKED = "支部日历"


class NoAddress(DomainError):
    """This server has no address that a telephone could reach."""

    may_be_overheard = True

    def __init__(self) -> None:
        super().__init__(
            "日历订阅要有外网地址，现在还没有：请管理员在配置的 [server] 里写上 public_url。"
        )


@dataclass(frozen=True, slots=True)
class Given:
    """The address of a calendar.

    Attributes:
        unit: Whose it is; "" for one's own.
        replaced: An older address stopped working.
    """

    address: str
    unit: str = ""
    replaced: bool = False


@dataclass(frozen=True, slots=True)
class _Owner:
    """Whose calendar it is: one of the two."""

    member_id: MemberId | None = None
    unit_id: UnitId | None = None

    @property
    def subject(self) -> str:
        of_member = f"member:{self.member_id}"
        return of_member if self.unit_id is None else f"unit:{self.unit_id}"

    def where(self) -> ColumnElement[bool]:
        own = CalendarFeed.member_id == self.member_id
        which = own if self.unit_id is None else CalendarFeed.unit_id == self.unit_id
        return which & CalendarFeed.revoked_at.is_(None)


def give(
    session: Session,
    *,
    by: Actor,
    public_url: str | None,
    digest: Digest,
    now: datetime,
    unit: str | None = None,
    own: bool = True,
    renew: bool = False,
) -> Given:
    """Return the address of the actor's own calendar, or of a unit's; made at first use.

    Args:
        public_url: Where this server is reached, without a final slash.
        unit: The unit named. Without one, and not `own`, the unit the actor answers for.
        renew: End the address there is, and make another.

    Raises:
        NoAddress, NotFound
        Forbidden: The actor does not call meetings in the unit.
    """
    owner, name = _owner(session, by, unit, own=own)
    if public_url is None:
        raise NoAddress
    known = None if renew else _known(session, owner, digest)
    if known is not None:
        return Given(public_url + path_of(known), name)
    replaced = _end(session, owner, by, now)
    token = _make(session, owner, by, digest, now)
    return Given(public_url + path_of(token), name, replaced)


def revoke(
    session: Session, *, by: Actor, now: datetime, unit: str | None = None, own: bool = True
) -> tuple[bool, str]:
    """End the address of a calendar: return (whether there was one, the unit's name or "").

    Raises:
        NotFound, Forbidden
    """
    owner, name = _owner(session, by, unit, own=own)
    return _end(session, owner, by, now), name


def close_of_member(session: Session, member_id: MemberId, now: datetime) -> None:
    """End the calendar of somebody who has left for good."""
    _revoke(session, _Owner(member_id=member_id), now)


class CalendarFeeds:
    """The port `Calendars`."""

    def __init__(self, *, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def find(self, token: str) -> Served | None:
        """Return the calendar of a token, or None for whatever reason there is none."""
        if not is_token(token):
            return None
        now = self._clock.now()
        with self._database.reading() as session:
            owner = _owner_of(session, token)
            feed = None if owner is None else _feed(session, owner, now)
        if feed is None:
            return None
        tag = hashlib.sha256(repr(feed).encode()).hexdigest()[:32]
        return Served(tag, ics.CONTENT_TYPE, lambda: ics.render(feed))


def _owner(session: Session, by: Actor, unit: str | None, *, own: bool) -> tuple[_Owner, str]:
    if own and unit is None:
        assert by.member_id is not None
        return _Owner(member_id=by.member_id), ""
    if unit is None:
        unit_id = people.scope_of(by, Action.CALL_MEETING, ASKED)
        return _Owner(unit_id=unit_id), scopes.names_of(session, [unit_id])[unit_id]
    found = find_unit(session, unit)
    if not rights.may(by, Action.CALL_MEETING, found.path):
        raise rights.refusal(Action.CALL_MEETING, ASKED)
    return _Owner(unit_id=UnitId(found.id)), found.name


def _known(session: Session, owner: _Owner, digest: Digest) -> str | None:
    """Return the token in force; None where there is none, or the server's key is another now."""
    row = session.execute(
        select(CalendarFeed.salt, CalendarFeed.token_hash).where(owner.where())
    ).one_or_none()
    if row is None:
        return None
    token = _token(row.salt, digest)
    return token if hmac.compare_digest(_hash(token), row.token_hash) else None


def _make(session: Session, owner: _Owner, by: Actor, digest: Digest, now: datetime) -> str:
    salt = secrets.token_hex(16)
    token = _token(salt, digest)
    values = {
        "token_hash": _hash(token),
        "salt": salt,
        "member_id": owner.member_id,
        "unit_id": owner.unit_id,
        "created_by": by.member_id,
        "created_at": now,
    }
    if insert_once(session, CalendarFeed, values) is None:  # asked for twice at one moment
        found = _known(session, owner, digest)
        assert found is not None
        return found
    audit.record(session, by=by, at=now, action="calendar.give", subject=owner.subject)
    return token


def _end(session: Session, owner: _Owner, by: Actor, now: datetime) -> bool:
    if not _revoke(session, owner, now):
        return False
    audit.record(session, by=by, at=now, action="calendar.revoke", subject=owner.subject)
    return True


def _revoke(session: Session, owner: _Owner, now: datetime) -> bool:
    done = session.connection().execute(
        update(CalendarFeed).where(owner.where()).values(revoked_at=now)
    )
    return done.rowcount > 0


def _owner_of(session: Session, token: str) -> _Owner | None:
    """Return whose calendar a token opens; what is compared is its hash, in constant time."""
    wanted = _hash(token)
    row = session.execute(
        select(CalendarFeed.token_hash, CalendarFeed.member_id, CalendarFeed.unit_id).where(
            CalendarFeed.token_hash == wanted, CalendarFeed.revoked_at.is_(None)
        )
    ).one_or_none()
    if row is None or not hmac.compare_digest(row.token_hash, wanted):
        return None
    if row.member_id is None:
        return _Owner(unit_id=UnitId(row.unit_id))
    return _Owner(member_id=MemberId(row.member_id))


def _token(salt: str, digest: Digest) -> str:
    key = bytes.fromhex(digest(f"calendar:{salt}"))
    return base64.urlsafe_b64encode(key).decode().rstrip("=")


def _hash(token: str) -> str:
    return hashlib.sha256(f"zhibu-calendar:{token}".encode()).hexdigest()


def _feed(session: Session, owner: _Owner, now: datetime) -> Feed | None:
    if owner.member_id is not None:
        return calendar_entries.of_member(session, owner.member_id, now)
    assert owner.unit_id is not None
    return calendar_entries.of_unit(session, owner.unit_id, now)
