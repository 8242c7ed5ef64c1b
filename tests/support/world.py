"""A small street to test with: units, members with accounts, posts, a clock, a scripted channel."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, TypeAlias

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from bot.channels.simulator import SPACE
from bot.clock import Clock, ManualClock, at, day_of
from bot.domain.burden import Hours, Policy
from bot.domain.cadence import MeetingKind
from bot.domain.dues import Category
from bot.domain.ids import MemberId, UnitId
from bot.domain.members import MemberKind, fold
from bot.domain.periods import Month
from bot.domain.ports import Sender
from bot.domain.privacy import Text
from bot.domain.rights import SYSTEM, Actor, Role
from bot.domain.sending import Pace, SendError, Sent
from bot.domain.units import UnitKind, child_path
from bot.main import Core, build_core
from bot.services import dues, meetings, outbox, people, policies
from bot.services.meetings import Called
from bot.services.outbox import Letter, Routes, Way
from bot.services.workdays import PublishedWorkdays
from bot.storage.engine import Database
from bot.storage.models import Account, ChatGroup, Member, Membership, Outbox, Post, Unit
from bot.storage.sealing import TextSeal

FOUNDED = date(2021, 7, 1)
THURSDAY = at(date(2026, 3, 12), 12)  # a working day at noon, when the tests begin
FIRST_DUES = Month(2026, 1)
HOURS = Hours(Policy(), PublishedWorkdays())
ROUTES = Routes(private={SPACE: Way(SPACE, 2048)}, chats={SPACE: Way(SPACE, 2048)})

Outcome: TypeAlias = Sent | SendError | Exception | Callable[[str], Sent]


@dataclass(frozen=True, slots=True)
class Handed:
    """One request a sender was handed: when by its clock, to whom, what, and the exact body."""

    at: datetime
    to: tuple[str, ...]
    text: str
    body: str


class ScriptedSender:
    """A channel that does as it is told, request by request, and accepts everything after that.

    Args:
        script: What becomes of the first requests, in order.
    """

    def __init__(
        self,
        clock: Clock,
        *script: Outcome,
        name: str = SPACE,
        max_recipients: int = 1000,
        duplicate_window: timedelta | None = None,
        per_minute: int | None = None,
        address_pace: Pace | None = None,
    ) -> None:
        self.name = name
        self.max_recipients = max_recipients
        self.max_bytes = 2048
        self.duplicate_window = duplicate_window
        self.pace = Pace.within((per_minute, 60)) if per_minute is not None else None
        self.address_pace = address_pace
        self.handed: list[Handed] = []
        self._clock = clock
        self._script = list(script)
        self._lock = threading.Lock()

    def compose(self, addresses: Sequence[str], text: str) -> str:
        """Return addresses and text as JSON."""
        return json.dumps({"to": list(addresses), "text": text}, ensure_ascii=False)

    def send(self, body: str) -> Sent:
        """Take the next step of the script."""
        letter = json.loads(body)
        with self._lock:
            moment = self._clock.now()
            self.handed.append(Handed(moment, tuple(letter["to"]), letter["text"], body))
            outcome = self._script.pop(0) if self._script else Sent(f"no-{len(self.handed)}")
        if isinstance(outcome, Exception):
            raise outcome
        return outcome(body) if callable(outcome) else outcome

    def then(self, *script: Outcome) -> None:
        """Let this become of the next requests."""
        self._script = list(script)

    def recover(self) -> None:
        """Accept everything from now on."""
        self.then()

    def delivered(self) -> list[tuple[str, str]]:
        """Return (address, text) of everything handed over, in order."""
        return [(address, handed.text) for handed in self.handed for address in handed.to]


def core(
    database: Database,
    clock: Clock,
    *senders: Sender,
    routes: Routes = ROUTES,
) -> Core:
    """Return a core over a database; its only channel accepts everything unless told otherwise."""
    ways = senders or (ScriptedSender(clock),)
    return build_core(
        database=database,
        clock=clock,
        seal=TextSeal(AESGCM.generate_key(256)),
        routes=routes,
        senders={sender.name: sender for sender in ways},
    )


class World:
    """A street with branches; everything is written at once, each step in its own transaction.

    Attributes:
        clock: Stands at Thursday, 12 March 2026, noon.
        street: The root of all units.
    """

    def __init__(
        self, database: Database, now: datetime = THURSDAY, street: str = "晨光街道"
    ) -> None:
        self.database = database
        self.clock = ManualClock(now)
        self.street = self.unit(street, UnitKind.STREET)

    @property
    def now(self) -> datetime:
        """The moment it is."""
        return self.clock.now()

    @property
    def today(self) -> date:
        """The Shanghai day it is."""
        return day_of(self.now)

    # --- who is who --------------------------------------------------------------------------

    def unit(
        self,
        name: str,
        kind: UnitKind = UnitKind.BRANCH,
        *,
        under: UnitId | None = None,
        live_from: date = FOUNDED,
        valid_to: date | None = None,
    ) -> UnitId:
        """Found a unit; a branch lies under the street where nothing else is said."""
        with self.database.writing() as session:
            parent = under or (None if kind is UnitKind.STREET else self.street)
            above = session.scalar(select(Unit.path).where(Unit.id == parent)) or ""
            values = {
                "name": name,
                "kind": kind,
                "parent_id": parent,
                "path": "",
                "live_from": live_from,
                "valid_from": FOUNDED,
                "valid_to": valid_to,
            }
            unit_id = UnitId(self._insert(session, Unit, values))
            session.execute(
                update(Unit).where(Unit.id == unit_id).values(path=child_path(above, unit_id))
            )
        return unit_id

    def member(
        self,
        name: str,
        branch: UnitId | None,
        *posts: Role,
        cell: UnitId | None = None,
        kind: MemberKind = MemberKind.FULL,
        tail: str = "",
        account: bool = True,
        dues_fen: int | None = None,
        since: date = FOUNDED,
    ) -> MemberId:
        """Enrol a member, holding posts in the branch (or in the street, without a branch).

        Args:
            account: Bound to an account of the member's name.
            dues_fen: The monthly amount, from January 2026 on.
        """
        with self.database.writing() as session:
            values = {
                "name": name,
                "kind": kind if branch else MemberKind.STAFF,
                "category": Category.WAGE,
                "phone_tail": tail,
            }
            member_id = MemberId(self._insert(session, Member, values))
            if branch is not None:
                place = {"unit_id": branch, "cell_id": cell, "valid_from": since}
                self._insert(session, Membership, {"member_id": member_id, **place})
        for role in posts:
            self.post(member_id, branch or self.street, role)
        if account:
            self.account(member_id, name)
        if dues_fen is not None:
            self.assess(member_id, dues_fen)
        return member_id

    def members(self, count: int, branch: UnitId) -> list[MemberId]:
        """Enrol 党员1, 党员2 …, each with an account of that name, at once."""
        names = [f"党员{number}" for number in range(1, count + 1)]
        about = {"kind": MemberKind.FULL, "category": Category.WAGE, "phone_tail": ""}
        bound = {"space": SPACE, "bound_how": "roster", "bound_at": self.now, "consent_version": ""}
        with self.database.writing() as session:
            connection = session.connection()
            ids = connection.scalars(
                insert(Member).returning(Member.id, sort_by_parameter_order=True),
                [{"name": name, **about} for name in names],
            ).all()
            place = {"unit_id": branch, "valid_from": FOUNDED}
            connection.execute(insert(Membership), [{"member_id": m, **place} for m in ids])
            accounts = [
                {"member_id": member_id, "external_id": name, "external_key": fold(name), **bound}
                for member_id, name in zip(ids, names, strict=True)
            ]
            connection.execute(insert(Account), accounts)
        return [MemberId(member_id) for member_id in ids]

    def post(
        self,
        member_id: MemberId,
        unit_id: UnitId,
        role: Role,
        *,
        since: date = FOUNDED,
        until: date | None = None,
    ) -> None:
        """Give a member a post."""
        values = {
            "member_id": member_id,
            "unit_id": unit_id,
            "role": role,
            "valid_from": since,
            "valid_to": until,
        }
        with self.database.writing() as session:
            self._insert(session, Post, values)

    def account(self, member_id: MemberId, external_id: str, space: str = SPACE) -> None:
        """Bind a platform account."""
        values = {
            "space": space,
            "external_id": external_id,
            "external_key": fold(external_id),
            "member_id": member_id,
            "bound_how": "roster",
            "bound_at": self.now,
            "consent_version": "",
        }
        with self.database.writing() as session:
            self._insert(session, Account, values)

    def chat(self, unit_id: UnitId, chat_id: str, space: str = SPACE) -> None:
        """Bind a chat group to a unit."""
        values = {
            "space": space,
            "chat_id": chat_id,
            "channel": space,
            "unit_id": unit_id,
            "bound_at": self.now,
        }
        with self.database.writing() as session:
            self._insert(session, ChatGroup, values)

    def transfer(self, member_id: MemberId, branch: UnitId, day: date) -> None:
        """Let a member belong to another branch from a day on."""
        with self.database.writing() as session:
            session.execute(
                update(Membership).where(Membership.member_id == member_id).values(valid_to=day)
            )
            self._insert(
                session,
                Membership,
                {"member_id": member_id, "unit_id": branch, "valid_from": day},
            )

    def assess(self, member_id: MemberId, fen: int, since: Month = FIRST_DUES) -> None:
        """Settle a member's monthly dues."""
        with self.database.writing() as session:
            dues.assess(
                session,
                member_id=member_id,
                monthly_fen=fen,
                category=Category.WAGE,
                effective_month=since,
                by=SYSTEM,
                now=self.now,
            )

    def policy(
        self, unit_id: UnitId, key: str, value: Mapping[str, Any], since: date = FOUNDED
    ) -> None:
        """Write down a setting of a unit."""
        with self.database.writing() as session:
            policies.set_policy(
                session,
                unit_id=unit_id,
                key=key,
                value=value,
                effective_from=since,
                decided_by="支部党员大会",
                now=self.now,
            )

    def actor(self, member_id: MemberId) -> Actor:
        """Return a member with the posts of today."""
        with self.database.reading() as session:
            return people.get_actor(session, member_id, self.today)

    # --- what happens ------------------------------------------------------------------------

    def call(
        self,
        kind: MeetingKind,
        starts_at: datetime,
        by: MemberId,
        *,
        seats: int | None = None,
        title: str | None = None,
        place: str = "社区二楼",
    ) -> Called:
        """Let somebody call a meeting."""
        actor = self.actor(by)
        with self.database.writing() as session:
            return meetings.call(
                session,
                kind=kind,
                starts_at=starts_at,
                place=place,
                by=actor,
                now=self.now,
                seats=seats,
                title=title,
            )

    def enqueue(self, *letters: Letter, routes: Routes = ROUTES) -> outbox.Queued:
        """Queue letters."""
        with self.database.writing() as session:
            return outbox.enqueue(session, routes, letters, self.now)

    def letter(
        self, member_id: MemberId, text: str = "请看通知", key: str = "", **more: Any
    ) -> Letter:
        """Return a letter to a member that is due now."""
        values = {"key": key or f"test:{text}:m{member_id}", "due_at": self.now, **more}
        return Letter(text=Text(text), member_id=member_id, **values)

    def outbox(self) -> list[Outbox]:
        """Return every outgoing row, in order of id."""
        with self.database.reading() as session:
            rows = list(session.scalars(select(Outbox).order_by(Outbox.id)))
            session.expunge_all()
        return rows

    def states(self) -> list[str]:
        """Return the state of every outgoing row, in order of id."""
        return [row.state.value for row in self.outbox()]

    def _insert(self, session: Session, model: Any, values: Mapping[str, Any]) -> int:
        found = session.connection().execute(insert(model).values(**values).returning(model.id))
        return int(found.scalar_one())
