"""A tick over many branches: nothing due, mornings on which every branch is told, and dues.

Every branch has a secretary, an organiser and three more, with ten months of dues each, of which
one in a hundred is open. On the 15th each hears of the committee meeting it has not called, on the
16th of the general meeting and the lecture; on the 20th whoever owes March hears of it. Each time
is that of one tick, rows written durably; before it another tick, so that nobody was away.
"""

from __future__ import annotations

import resource
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from bench.postgres import DurablePostgres
from bot.channels.simulator import SPACE
from bot.clock import ManualClock, at
from bot.domain.burden import Policy
from bot.domain.ids import MemberId
from bot.domain.privacy import Text
from bot.services.outbox import Letter, Routes, Way, enqueue
from bot.services.workdays import PublishedWorkdays
from bot.storage import schema
from bot.storage.engine import Database
from bot.storage.models import Outbox
from scheduler.compose import PIECE
from scheduler.rule import Setting
from scheduler.rules import RULES
from scheduler.tick import Ticker

_BRANCH_SIZE = 5
_MONTHS = [f"2025-{n:02}" for n in range(6, 13)] + ["2026-01", "2026-02", "2026-03"]
ROUTES = Routes(private={SPACE: Way(SPACE, 2048)}, chats={})
_QUEUED = 100_000
_MORNINGS = {15: "committee meetings", 16: "two duties", 18: "no rung", 20: "dues"}

# `n` counts the members; {branch} is the one of a member, 2 and up, since the street is 1.
_BRANCH = f"(n.i - 1) / {_BRANCH_SIZE} + 2"
_FILL = (
    """INSERT INTO unit (id, name, kind, path, live_from, valid_from, form)
    VALUES (1, '街道', 'street', '/1/', '2021-07-01', '2021-07-01', 'ordinary')""",
    """INSERT INTO unit (id, name, kind, parent_id, path, live_from, valid_from, form) {numbers}
    SELECT n.i + 1, '第' || n.i || '党支部', 'branch', 1, '/1/' || (n.i + 1) || '/',
        '2021-07-01', '2021-07-01', 'ordinary' FROM n WHERE n.i <= {branches}""",
    """INSERT INTO member (id, name, kind, category, phone_tail) {numbers}
    SELECT n.i, '党员' || n.i, 'full', 'wage', '' FROM n""",
    """INSERT INTO membership (member_id, unit_id, valid_from) {numbers}
    SELECT n.i, {branch}, '2021-07-01' FROM n""",
    """INSERT INTO account (member_id, space, external_id, external_key, bound_how, bound_at,
        consent_version) {numbers}
    SELECT n.i, '{space}', 'u' || n.i, 'u' || n.i, 'roster', '{moment}', '' FROM n""",
    """INSERT INTO post (member_id, unit_id, role, valid_from) {numbers}
    SELECT n.i, {branch}, 'secretary', '2021-07-01' FROM n WHERE n.i % {size} = 1""",
    """INSERT INTO post (member_id, unit_id, role, valid_from) {numbers}
    SELECT n.i, {branch}, 'organiser', '2021-07-01' FROM n WHERE n.i % {size} = 2""",
    """INSERT INTO dues_assessment (member_id, effective_month, seq, monthly_fen, category,
        reason, recorded_at) {numbers}
    SELECT n.i, '2025-01', 1, 3000, 'wage', '', '{moment}' FROM n""",
    *(
        f"""INSERT INTO dues_entry (key, member_id, month, fen, kind, claim, receipt_no, at,
            reason, unit_id) {{numbers}}
        SELECT 'cash:{month}:' || n.i, n.i, '{month}', 3000, 'confirm', '', '', '{{moment}}', '',
            {{branch}} FROM n WHERE (n.i + {shift}) % 100 <> 0"""
        for shift, month in enumerate(reversed(_MONTHS))
    ),
)

_WITHOUT_DUES = 7  # of the statements above


class _Timed(Database):
    """A database that notes how long its longest writing transaction took."""

    longest = 0.0

    @contextmanager
    def writing(self, *, first: bool = False) -> Iterator[Session]:
        """Open one transaction, as ever."""
        began = time.perf_counter()
        with super().writing(first=first) as session:
            yield session
        self.longest = max(self.longest, time.perf_counter() - began)


def measure(branches: int) -> Iterator[str]:
    """Yield lines for each engine."""
    with tempfile.TemporaryDirectory() as folder:
        yield from _engine("SQLite", f"sqlite:///{folder}/ticking.db", branches)
    with DurablePostgres() as postgres:
        yield from _engine("PostgreSQL", postgres.create("ticking"), branches)


def _engine(name: str, url: str, branches: int) -> Iterator[str]:
    database = _Timed(url)
    try:
        schema.upgrade(database)
        fill(database, branches)
        months = branches * _BRANCH_SIZE * len(_MONTHS)
        yield f"{name}: {branches:,} branches, {months:,} dues months; memory {_memory():.0f} MB"
        for line in (*_ticks(database), _queue(database, branches * _BRANCH_SIZE)):
            yield f"  {line}; memory {_memory():.0f} MB"
    finally:
        database.close()


def _ticks(database: _Timed) -> Iterator[str]:
    clock = ManualClock(at(date(2026, 3, 12), 12))
    setting = Setting(PublishedWorkdays(), Policy())
    ticker = Ticker(database=database, clock=clock, rules=RULES, setting=setting, routes=ROUTES)
    _once(ticker)
    quiet = []
    for _ in range(5):
        clock.advance(timedelta(minutes=1))
        quiet.append(_once(ticker)[0])
    yield f"nothing due {min(quiet) * 1000:.1f} ms"
    for day, what in _MORNINGS.items():
        clock.set(at(date(2026, 3, day), 8, 57))
        _once(ticker)
        clock.set(at(date(2026, 3, day), 9))
        before, database.longest = _count(database), 0.0
        took, cpu = _once(ticker)
        rows = _count(database) - before
        yield (
            f"{day} March 09:00, {what}: {took:.1f} s ({cpu:.1f} s of it this process's CPU), "
            f"{rows:,} rows, longest transaction {database.longest * 1000:.0f} ms"
        )


def _once(ticker: Ticker) -> tuple[float, float]:
    began, cpu = time.perf_counter(), time.process_time()
    failed = ticker.tick().failed
    took = time.perf_counter() - began, time.process_time() - cpu
    if failed:
        raise RuntimeError(f"rules failed: {', '.join(failed)}")
    return took


def _queue(database: _Timed, members: int) -> str:
    """Queue letters as a notice to many does, so many a transaction."""
    now = at(date(2026, 3, 21), 10)
    letters = [
        Letter(f"bench:{n}", Text("3月15日9:00 支部党员大会，请回复 收到"), now, MemberId(n))
        for n in (number % members + 1 for number in range(min(_QUEUED, members)))
    ]
    database.longest = 0.0
    began, cpu = time.perf_counter(), time.process_time()
    for start in range(0, len(letters), PIECE):
        with database.writing() as session:
            enqueue(session, ROUTES, letters[start : start + PIECE], now)
    took, own = time.perf_counter() - began, time.process_time() - cpu
    return (
        f"queued {len(letters):,} rows: {took:.1f} s ({own:.1f} s of it this process's CPU), "
        f"longest transaction {database.longest * 1000:.0f} ms"
    )


def _count(database: Database) -> int:
    with database.reading() as session:
        return session.scalar(select(func.count(Outbox.id))) or 0


def _memory() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def fill(database: Database, branches: int, *, dues: bool = True) -> None:
    """Fill an empty database by its own statements: five million rows take Python too long.

    Args:
        dues: Also what everybody pays, and has paid.
    """
    members = branches * _BRANCH_SIZE
    numbers = f"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {members})"
    for statement in _FILL if dues else _FILL[:_WITHOUT_DUES]:
        with database.writing() as session:
            session.execute(
                text(
                    statement.format(
                        numbers=numbers,
                        branches=branches,
                        branch=_BRANCH,
                        size=_BRANCH_SIZE,
                        space=SPACE,
                        moment="2025-12-31 16:00:00.000000",
                    ).replace(":", r"\:")
                )
            )
    if not database.is_sqlite:
        with database.writing() as session:
            session.execute(text("ANALYZE"))
