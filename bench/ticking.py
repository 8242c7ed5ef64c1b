"""A tick over many branches: nothing due, and a morning on which every rule has something to ask.

Every branch has a secretary and a few members whose month is paid but for one in a hundred; on the
20th dues are asked for, on the 15th each branch hears of the committee meeting it has not called.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import func, insert, select
from sqlalchemy.orm import DeclarativeBase

from bench.postgres import DurablePostgres
from bot.channels.simulator import SPACE
from bot.clock import ManualClock, at
from bot.domain.burden import Policy
from bot.domain.dues import Category, EntryKind
from bot.domain.members import MemberKind
from bot.domain.periods import Month
from bot.domain.rights import Role
from bot.domain.units import UnitKind
from bot.services.outbox import Routes, Way
from bot.services.workdays import PublishedWorkdays
from bot.storage import schema
from bot.storage.engine import Database
from bot.storage.models import (
    Account,
    DuesAssessment,
    DuesEntry,
    Member,
    Membership,
    Outbox,
    Post,
    Unit,
)
from scheduler.rule import Setting
from scheduler.rules import RULES
from scheduler.tick import Ticker

_BRANCH_SIZE = 5
_FOUNDED = date(2021, 7, 1)
_MONTH = Month(2026, 3)
_ROUTES = Routes(private={SPACE: Way(SPACE, 2048)}, chats={})
_AT_ONCE = 50_000


def measure(branches: int) -> Iterator[str]:
    """Yield a line for each engine."""
    with tempfile.TemporaryDirectory() as folder:
        yield f"SQLite: {_ticks(f'sqlite:///{folder}/ticking.db', branches)}"
    with DurablePostgres() as postgres:
        yield f"PostgreSQL: {_ticks(postgres.create('ticking'), branches)}"


def _ticks(url: str, branches: int) -> str:
    database = Database(url)
    try:
        schema.upgrade(database)
        _fill(database, branches)
        clock = ManualClock(at(date(2026, 3, 12), 12))
        setting = Setting(PublishedWorkdays(), Policy())
        ticker = Ticker(
            database=database, clock=clock, rules=RULES, setting=setting, routes=_ROUTES
        )
        ticker.tick()
        clock.advance(timedelta(minutes=1))
        quiet = min(_once(ticker, clock, clock.now()) for _ in range(5))
        found = [f"{branches:,} branches, nothing due {quiet * 1000:.1f} ms"]
        for day in (15, 16, 20):
            before = _count(database)
            took = _once(ticker, clock, at(date(2026, 3, day), 9))
            found.append(f"{day} March 09:00 {took:.1f} s, {_count(database) - before:,} rows")
        return "; ".join(found)
    finally:
        database.close()


def _once(ticker: Ticker, clock: ManualClock, moment: datetime) -> float:
    clock.set(moment)
    began = time.perf_counter()
    failed = ticker.tick().failed
    took = time.perf_counter() - began
    if failed:
        raise RuntimeError(f"rules failed: {', '.join(failed)}")
    return took


def _count(database: Database) -> int:
    with database.reading() as session:
        return session.scalar(select(func.count(Outbox.id))) or 0


def _fill(database: Database, branches: int) -> None:
    numbers = range(1, branches * _BRANCH_SIZE + 1)
    now = at(date(2026, 1, 1))
    bound = {"space": SPACE, "bound_how": "roster", "bound_at": now, "consent_version": ""}
    assessed = {"effective_month": Month(2026, 1), "seq": 1, "monthly_fen": 3000}
    paid = {"month": _MONTH, "fen": 3000, "kind": EntryKind.CONFIRM, "at": now}
    dated = {"live_from": _FOUNDED, "valid_from": _FOUNDED}

    def unit_of(number: int) -> int:
        return (number - 1) // _BRANCH_SIZE + 2  # the street is 1

    street = {"id": 1, "name": "街道", "kind": UnitKind.STREET, "path": "/1/", **dated}
    _put(database, Unit, iter([street]))
    _put(
        database,
        Unit,
        (
            {
                "id": unit,
                "name": f"第{unit - 1}党支部",
                "kind": UnitKind.BRANCH,
                "parent_id": 1,
                "path": f"/1/{unit}/",
                **dated,
            }
            for unit in range(2, branches + 2)
        ),
    )
    _put(
        database,
        Member,
        (
            {
                "id": n,
                "name": f"党员{n}",
                "kind": MemberKind.FULL,
                "category": Category.WAGE,
                "phone_tail": "",
            }
            for n in numbers
        ),
    )
    _put(
        database,
        Membership,
        ({"member_id": n, "unit_id": unit_of(n), "valid_from": _FOUNDED} for n in numbers),
    )
    _put(
        database,
        Account,
        (
            {"member_id": n, "external_id": f"u{n}", "external_key": f"u{n}", **bound}
            for n in numbers
        ),
    )
    posts = ((n, r) for n in numbers[::_BRANCH_SIZE] for r in (Role.SECRETARY,))
    _put(
        database,
        Post,
        (
            {"member_id": n, "unit_id": unit_of(n), "role": role, "valid_from": _FOUNDED}
            for n, role in posts
        ),
    )
    _put(
        database,
        Post,
        (
            {"member_id": n + 1, "unit_id": unit_of(n), "role": r, "valid_from": _FOUNDED}
            for n in numbers[::_BRANCH_SIZE]
            for r in (Role.ORGANISER,)
        ),
    )
    _put(
        database,
        DuesAssessment,
        (
            {"member_id": n, "category": Category.WAGE, "recorded_at": now, **assessed}
            for n in numbers
        ),
    )
    _put(
        database,
        DuesEntry,
        (
            {"key": f"cash:{n}", "member_id": n, "unit_id": unit_of(n), **paid}
            for n in numbers
            if n % 100
        ),
    )


def _put(database: Database, model: type[DeclarativeBase], rows: Iterator[dict[str, Any]]) -> None:
    some: list[dict[str, Any]] = []
    with database.writing() as session:
        for row in rows:
            some.append(row)
            if len(some) == _AT_ONCE:
                session.connection().execute(insert(model), some)
                some = []
        if some:
            session.connection().execute(insert(model), some)
