"""The outbox: queueing a notice to 100,000, then claiming and closing it in batches of a hundred.

Claiming is measured beside Celery on Redis, which consumes a task that does nothing: both hand out
a piece of work and strike it off, ours durably and in the database of the ledgers. Celery is put
into an environment of its own the first time, and left out where it cannot be had.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from datetime import date
from multiprocessing import get_context
from pathlib import Path

from sqlalchemy import text

from bench import ticking
from bench.postgres import DurablePostgres
from bot.channels.simulator import SPACE
from bot.clock import at
from bot.domain.ids import MemberId
from bot.domain.privacy import Text
from bot.domain.sending import SendState
from bot.services import queue
from bot.services.outbox import Letter, enqueue
from bot.storage import schema
from bot.storage.engine import Database
from tests.support.redis import RedisServer

ROWS = 100_000
CLAIMS = 20_000
AT_ONCE = 100
_PIECE = 1000  # rows a transaction; a notice to many is one
TASKS = 5_000
_NOW = at(date(2026, 3, 21), 10)
_WORDS = "3月26日（周四）9:00 支部党员大会，社区二楼。请回复 收到"
_PLACE = Path(__file__).parents[1] / ".venvs" / "bench"
_TASK = Path(__file__).with_name("celery_task.py")


def measure(rows: int = ROWS) -> Iterator[str]:
    """Yield lines for each engine, and for Celery."""
    with tempfile.TemporaryDirectory() as folder:
        yield from _engine("SQLite", f"sqlite:///{folder}/queueing.db", rows)
    with DurablePostgres() as postgres:
        yield from _engine("PostgreSQL", postgres.create("queueing"), rows)
    yield from _celery()


def _engine(name: str, url: str, rows: int) -> Iterator[str]:
    database = Database(url)
    try:
        schema.upgrade(database)
        ticking.fill(database, rows // 5, dues=False)
        yield f"{name}: queued {_queue(database, rows)}"
        for workers in (1, 2):
            yield f"{name}: {_claim(database, workers)}"
    finally:
        database.close()


def _queue(database: Database, rows: int) -> str:
    """Queue letters as a notice to many does, so many a transaction."""
    letters = [Letter(f"bench:{n}", Text(_WORDS), _NOW, MemberId(n)) for n in range(1, rows + 1)]
    longest = 0.0
    began, cpu = time.perf_counter(), time.process_time()
    for start in range(0, rows, _PIECE):
        piece = time.perf_counter()
        with database.writing() as session:
            enqueue(session, ticking.ROUTES, letters[start : start + _PIECE], _NOW)
        longest = max(longest, time.perf_counter() - piece)
    took, own = time.perf_counter() - began, time.process_time() - cpu
    return (
        f"{rows:,} rows in {took:.2f} s ({own:.2f} s of it this process's CPU), "
        f"longest transaction {longest * 1000:.0f} ms"
    )


def _claim(database: Database, workers: int) -> str:
    """Let processes claim and close rows until so many are done; each begins when all are there."""
    start_at = time.time() + 2.0 + workers
    share = CLAIMS // workers
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        done = list(
            pool.map(work, [database.url] * workers, [share] * workers, [start_at] * workers)
        )
    took = max(ended for _, ended in done) - start_at
    count = sum(count for count, _ in done)
    return (
        f"claimed and closed {count:,} rows in batches of {AT_ONCE}, {workers} "
        f"{'worker' if workers == 1 else 'workers'}: {count / took:,.0f} rows/s"
    )


def work(url: str, share: int, start_at: float) -> tuple[int, float]:
    """Claim and close in another process; return how many, and when it ended."""
    database = Database(url)
    with database.writing() as session:
        session.execute(text("SELECT 1"))
    time.sleep(max(0.0, start_at - time.time()))
    done = 0
    while done < share:
        claim = uuid.uuid4().hex
        with database.writing(first=True) as session:
            rows = queue.claim_due(session, _NOW, channels=[SPACE], claim=claim, limit=AT_ONCE)
        if not rows:
            break
        with database.writing(first=True) as session:
            ids = [row.id for row in rows]
            queue.close(session, claim, ids, SendState.ACCEPTED, _NOW)
        done += len(rows)
    ended = time.time()
    database.close()
    return done, ended


def _celery() -> Iterator[str]:
    python = _PLACE / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(_PLACE)], check=True)
    install = [str(python), "-m", "pip", "install", "-q", "--disable-pip-version-check"]
    got = subprocess.run([*install, "celery[redis]"], check=False, capture_output=True)
    if got.returncode:
        yield "Celery: could not be installed here, so nothing was measured beside it"
        return
    with RedisServer() as server:
        for workers in (1, 2):
            command = [str(python), str(_TASK), server.url, str(TASKS), str(workers)]
            said = subprocess.run(command, check=True, capture_output=True, text=True, timeout=300)
            yield f"Celery on Redis, a task that does nothing, {workers} of prefork: {said.stdout.strip()}"
