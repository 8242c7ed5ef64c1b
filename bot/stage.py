"""A simulated bot: a core whose only channel is in memory, with people, groups and a clock."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path

from sqlalchemy import insert

from bot.channels.simulator import SPACE, Delivered, Simulator
from bot.clock import ManualClock
from bot.main import Core, build_core
from bot.services.groups import find_unit
from bot.services.importing import roster
from bot.services.outbox import Routes, Way
from bot.storage.engine import Database
from bot.storage.models import ChatGroup
from bot.storage.sealing import TextSeal


def simulated_core(
    database: Database,
    clock: ManualClock,
    seal: TextSeal,
    deliver: Callable[[Delivered], None],
) -> Core:
    """Return a core whose texts go to `deliver` instead of a platform."""
    simulator = Simulator(SPACE, deliver)
    way = Way(SPACE, simulator.max_bytes)
    return build_core(
        database=database,
        clock=clock,
        seal=seal,
        routes=Routes(private={SPACE: way}, chats={SPACE: way}),
        senders={SPACE: simulator},
    )


def load_roster(database: Database, path: Path, now: datetime) -> None:
    """Import a roster and bind everybody on it to a simulated account of their name.

    The second 张三 of the roster is `张三#2`.

    Raises:
        DomainError: The roster has mistakes.
    """
    raise NotImplementedError


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
