"""A simulated bot: a core whose only channel is in memory, with people, groups and a clock."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from pathlib import Path

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from bot.channels.simulator import SPACE, Delivered, Simulator
from bot.clock import ManualClock
from bot.domain.ids import MemberId
from bot.main import Core, build_core
from bot.plugins import Plugins
from bot.services.binding import bind_account
from bot.services.groups import find_unit
from bot.services.importing import LEDGERS, Source, run_file
from bot.services.officers import OPERATOR, add_officer
from bot.services.outbox import Routes, Way
from bot.storage.engine import Database
from bot.storage.models import ChatGroup, Member
from bot.storage.sealing import TextSeal


def simulated_core(
    database: Database,
    clock: ManualClock,
    seal: TextSeal,
    deliver: Callable[[Delivered], None],
    added: Plugins | None = None,
) -> Core:
    """Return a core whose texts go to `deliver` instead of a platform.

    Args:
        added: What installed packages add.
    """
    simulator = Simulator(SPACE, deliver)
    way = Way(SPACE, simulator.max_bytes)
    return build_core(
        database=database,
        clock=clock,
        seal=seal,
        routes=Routes(private={SPACE: way}, chats={SPACE: way}),
        senders={SPACE: simulator},
        added=added,
    )


def load_roster(database: Database, path: Path, now: datetime) -> None:
    """Import a roster and bind everybody on it to a simulated account of their name.

    The second 张三 of the roster is `张三#2`.

    Raises:
        DomainError: The roster has mistakes.
    """
    with database.writing() as session:
        run_file(session, LEDGERS["roster"], path, Source(by=OPERATOR, now=now))
        _bind_everybody(session, now)


def load_opening(database: Database, path: Path, now: datetime) -> None:
    """Import the opening state of those on the roster.

    Raises:
        DomainError: The file has mistakes.
    """
    with database.writing() as session:
        run_file(session, LEDGERS["opening"], path, Source(by=OPERATOR, now=now))


def add_officers(database: Database, names: Iterable[str], now: datetime) -> None:
    """Appoint officers of the street, each bound to a simulated account of their name."""
    with database.writing() as session:
        for name in names:
            officer = add_officer(session, name, now=now)
            bind_account(
                session,
                member_id=officer.member_id,
                space=SPACE,
                external_id=name,
                how="code",
                now=now,
            )


def _bind_everybody(session: Session, now: datetime) -> None:
    seen: Counter[str] = Counter()
    for member_id, name in session.execute(select(Member.id, Member.name).order_by(Member.id)):
        seen[name] += 1
        label = name if seen[name] == 1 else f"{name}#{seen[name]}"
        bind_account(
            session,
            member_id=MemberId(member_id),
            space=SPACE,
            external_id=label,
            how="roster",
            now=now,
        )


def bind_chats(database: Database, chats: Mapping[str, str], now: datetime) -> None:
    """Bind simulated groups (name → unit) as if somebody entitled had said 绑定群."""
    with database.writing() as session:
        for chat_id, unit in chats.items():
            session.connection().execute(
                insert(ChatGroup).values(
                    space=SPACE,
                    chat_id=chat_id,
                    channel=SPACE,
                    unit_id=find_unit(session, unit).id,
                    bound_at=now,
                )
            )
