"""The database: transactions, the write gate, types, sealed texts, tokens, leases."""

from __future__ import annotations

import multiprocessing
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta, timezone
from multiprocessing.context import ForkServerContext
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, insert, select, text
from sqlalchemy.exc import DBAPIError, StatementError
from sqlalchemy.orm import Session

from bot.clock import ManualClock
from bot.domain.periods import Month
from bot.domain.ports import Token
from bot.domain.sending import SendState
from bot.services.counters import next_number
from bot.storage.engine import Database, WriteGate
from bot.storage.insert import insert_many_once, insert_once
from bot.storage.models import Counter, DuesAssessment, Outbox, TickMark
from bot.storage.prepared import savepoint
from bot.storage.sealing import TextSeal
from bot.storage.tokens import DatabaseLeases, DatabaseTokens
from bot.storage.types import MonthText, UtcMoment
from tests.conftest import DatabaseKind
from tests.support.world import THURSDAY, World

HOUR = timedelta(hours=1)


def _put(session: Session, name: str) -> None:
    insert_once(session, TickMark, {"name": name, "done_until": THURSDAY})


def _names(database: Database) -> list[str]:
    with database.reading() as session:
        return list(session.scalars(select(TickMark.name).order_by(TickMark.name)))


# --- transactions ----------------------------------------------------------------------------


def test_it_forgets_a_row_written_in_a_savepoint_that_was_rolled_back(database: Database) -> None:
    with database.writing() as session:
        _put(session, "before")
        nested = session.begin_nested()
        _put(session, "inside")
        nested.rollback()
        _put(session, "after")

    assert _names(database) == ["after", "before"]


@pytest.mark.parametrize("error", ["of ours", "of the database"])
def test_it_takes_back_all_of_an_attempt_that_failed_and_goes_on(
    database: Database, error: str
) -> None:
    def attempt(session: Session) -> None:
        with savepoint(session):
            _put(session, "prepared")
            session.add(TickMark(name="mapped", done_until=THURSDAY))
            session.flush()
            if error == "of ours":
                raise ZeroDivisionError
            session.execute(text("SELECT * FROM nowhere"))

    with database.writing() as session:
        _put(session, "before")
        with pytest.raises((ZeroDivisionError, DBAPIError)):
            attempt(session)
        session.add(TickMark(name="after", done_until=THURSDAY))
        with savepoint(session):
            session.add(TickMark(name="second try", done_until=THURSDAY))
        session.flush()

    assert _names(database) == ["after", "before", "second try"]


def test_it_forgets_a_row_of_a_finished_savepoint_when_the_transaction_fails(
    database: Database,
) -> None:
    def break_off() -> None:
        with database.writing() as session:
            nested = session.begin_nested()
            _put(session, "inside")
            nested.commit()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        break_off()

    assert _names(database) == []


def test_it_sees_a_single_moment_while_reading(database: Database) -> None:
    with database.writing() as session:
        _put(session, "early")

    with database.reading() as session:
        before = session.scalar(select(func.count(TickMark.name)))
        with database.writing() as other:
            _put(other, "late")
        after = session.scalar(select(func.count(TickMark.name)))

    assert (before, after) == (1, 1)
    assert _names(database) == ["early", "late"]


def test_it_changes_nothing_while_reading(database: Database, database_kind: DatabaseKind) -> None:
    with ExitStack() as stack:
        if database_kind == "postgresql":
            stack.enter_context(pytest.raises(DBAPIError, match="read-only"))
        with database.reading() as session:
            session.execute(insert(TickMark).values(name="stray", done_until=THURSDAY))

    assert _names(database) == []


def test_it_keeps_foreign_keys(database: Database) -> None:
    values = {"member_id": 4711, "effective_month": Month(2026, 3), "monthly_fen": 1}

    with pytest.raises(DBAPIError), database.writing() as session:
        session.execute(
            insert(DuesAssessment).values(category="wage", recorded_at=THURSDAY, **values)
        )


# --- the write gate --------------------------------------------------------------------------


class _Queue:
    """Threads that enter a gate one after the other, while somebody is inside."""

    def __init__(self, gate: WriteGate) -> None:
        self.gate = gate
        self.order: list[str] = []
        self._threads: list[threading.Thread] = []

    def join_in(self, name: str, *, first: bool = False) -> None:
        def enter() -> None:
            with self.gate.enter(first=first):
                self.order.append(name)

        waiting = len(self.gate._waiting)
        thread = threading.Thread(target=enter)
        self._threads.append(thread)
        thread.start()
        while len(self.gate._waiting) == waiting:
            time.sleep(0.001)

    def finish(self) -> None:
        for thread in self._threads:
            thread.join(timeout=10)


@pytest.mark.parametrize("with_file", [False, True], ids=["threads", "threads and processes"])
def test_it_lets_writers_in_first_come_first_served(tmp_path: Path, with_file: bool) -> None:
    queue = _Queue(WriteGate(tmp_path / "gate.lock" if with_file else None))

    with queue.gate.enter():
        for name in ("zhang", "li", "wang"):
            queue.join_in(name)
    queue.finish()

    assert queue.order == ["zhang", "li", "wang"]


def test_it_lets_the_dispatcher_step_to_the_front() -> None:
    queue = _Queue(WriteGate(None))

    with queue.gate.enter():
        queue.join_in("zhang")
        queue.join_in("li")
        queue.join_in("dispatcher", first=True)
    queue.finish()

    assert queue.order == ["dispatcher", "zhang", "li"]


def test_it_opens_the_gate_again_after_an_error() -> None:
    gate = WriteGate(None)

    with pytest.raises(ZeroDivisionError), gate.enter():
        raise ZeroDivisionError

    with gate.enter():
        pass


# --- several processes -----------------------------------------------------------------------


@pytest.fixture(scope="module")
def processes() -> ForkServerContext:
    """Return a way to start processes quickly, with nothing of this one in them."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.integration.test_storage"])
    return context


def _count_up(url: str, times: int) -> None:
    database = Database(url)
    for number in range(times):
        with database.writing(first=number % 3 == 0) as session:
            next_number(session, "both")
    database.close()


def test_it_lets_two_processes_write_at_once(
    database: Database, processes: ForkServerContext
) -> None:
    writers = [processes.Process(target=_count_up, args=(database.url, 25)) for _ in range(2)]
    for writer in writers:
        writer.start()
    _count_up(database.url, 25)  # and this one, a third
    for writer in writers:
        writer.join(timeout=60)

    assert [writer.exitcode for writer in writers] == [0, 0]
    with database.reading() as session:
        assert session.scalar(select(Counter.value)) == 75


def test_it_lets_many_threads_write_at_once(database: Database) -> None:
    with ThreadPoolExecutor(8) as threads:
        for done in [threads.submit(_count_up, database.url, 5) for _ in range(8)]:
            done.result(timeout=60)

    with database.reading() as session:
        assert session.scalar(select(Counter.value)) == 40


def test_it_makes_the_folder_of_a_new_file_and_keeps_it_in_wal(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'deep' / 'er' / 'zhibu.db'}")

    with database.reading() as session:
        modes = [session.scalar(text(f"PRAGMA {name}")) for name in ("journal_mode", "synchronous")]

    assert modes == ["wal", 2]
    database.close()


def test_it_works_in_memory_too() -> None:
    database = Database("sqlite:///:memory:")

    with database.writing() as session:
        assert session.scalar(text("SELECT 1")) == 1
    database.close()


# --- insert first ----------------------------------------------------------------------------


def test_it_returns_the_key_of_a_new_row_and_nothing_for_a_repeated_one(
    database: Database,
) -> None:
    values = {"name": "once", "value": 7}

    with database.writing() as session:
        first, second = insert_once(session, Counter, values), insert_once(session, Counter, values)

    assert (first, second) == ("once", None)


def test_it_leaves_out_only_the_rows_whose_key_is_taken(database: Database) -> None:
    with database.writing() as session:
        insert_many_once(session, Counter, [{"name": "a", "value": 1}])
        insert_many_once(session, Counter, [{"name": n, "value": 2} for n in "abc"])
        insert_many_once(session, Counter, [])

    with database.reading() as session:
        kept = {row.name: row.value for row in session.scalars(select(Counter))}
    assert kept == {"a": 1, "b": 2, "c": 2}


def test_many_rows_are_stored_as_one_would_be(database: Database) -> None:
    """PostgreSQL takes them as one value, in which a moment, a word and nothing must survive."""
    common = {
        "state": SendState.QUEUED,
        "channel": "sim",
        "address": "u1",
        "thread": "sim|u1",
        "due_at": THURSDAY,
        "not_before": THURSDAY + timedelta(microseconds=7),
        "expires_at": None,
        "created_at": THURSDAY,
        "detail": "",
    }
    rows = [
        {**common, "key": "a", "text": "他说：“到”\n\\ 100% {}", "reason": {"facts": {"元": 15.5}}},
        {**common, "key": "b", "text": "", "reason": None},
    ]

    with database.writing() as session:
        insert_many_once(session, Outbox, rows)
        for row in rows:
            insert_once(session, Outbox, {**row, "key": f"{row['key']} alone"})

    with database.reading() as session:
        found = {row.key: _values(row) for row in session.scalars(select(Outbox))}
    for row in rows:
        assert found[str(row["key"])] == found[f"{row['key']} alone"]
        assert {name: found[str(row["key"])][name] for name in ("text", "reason", "due_at")} == {
            name: row[name] for name in ("text", "reason", "due_at")
        }
    assert (found["a"]["tries"], found["a"]["maybe_sent"], found["a"]["rule"]) == (0, False, "")


def _values(row: Outbox) -> dict[str, Any]:
    names = [column.key for column in Outbox.__table__.columns]
    return {name: getattr(row, name) for name in names if name not in ("id", "key")}


def test_what_is_too_long_is_refused_and_not_cut(database: Database) -> None:
    """SQLite keeps it whole; PostgreSQL refuses it: neither keeps half a key."""
    name = "x" * 500

    try:
        with database.writing() as session:
            insert_many_once(session, Counter, [{"name": name, "value": 1}])
    except database.engine.dialect.loaded_dbapi.Error:
        assert not database.is_sqlite

    with database.reading() as session:
        assert set(session.scalars(select(Counter.name))) <= {name}


# --- types -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "moment",
    [
        pytest.param(datetime(2026, 3, 31, 23, 50, tzinfo=timezone(8 * HOUR)), id="上海月末"),
        pytest.param(datetime(2026, 3, 31, 15, 50, 1, 999999, tzinfo=UTC), id="微秒"),
        pytest.param(datetime(2026, 3, 8, 2, 30, tzinfo=timezone(-5 * HOUR)), id="纽约夏令时"),
    ],
)
def test_it_gives_a_moment_back_in_utc(database: Database, moment: datetime) -> None:
    with database.writing() as session:
        insert_once(session, TickMark, {"name": "m", "done_until": moment})

    with database.reading() as session:
        kept = session.scalar(select(TickMark.done_until))

    assert kept == moment
    assert kept is not None
    assert kept.tzinfo is UTC


def test_it_refuses_a_naive_moment(database: Database) -> None:
    with (
        pytest.raises((ValueError, StatementError), match="must be aware"),
        database.writing() as session,
    ):
        insert_once(session, TickMark, {"name": "m", "done_until": THURSDAY.replace(tzinfo=None)})


def test_it_passes_nothing_through_its_types(database: Database) -> None:
    dialect = database.engine.dialect
    for kind in (UtcMoment(), MonthText()):
        assert kind.process_bind_param(None, dialect) is None
        assert kind.process_result_value(None, dialect) is None


def test_it_keeps_months_as_text_that_sorts(database: Database) -> None:
    world = World(database)
    zhang = world.member("张三", world.unit("三支部"))
    for month in (Month(2026, 10), Month(2026, 9), Month(2025, 12)):
        world.assess(zhang, 1500, since=month)

    with database.reading() as session:
        kept = session.scalars(
            select(DuesAssessment.effective_month).order_by(DuesAssessment.effective_month)
        ).all()
        raw = session.scalars(text("SELECT max(effective_month) FROM dues_assessment")).all()

    assert kept == [Month(2025, 12), Month(2026, 9), Month(2026, 10)]
    assert raw == ["2026-10"]


# --- sealed texts ----------------------------------------------------------------------------


def test_it_opens_what_it_sealed_and_nothing_that_was_changed(tmp_path: Path) -> None:
    seal = TextSeal.from_file(tmp_path / "keys" / "text.key")

    sealed = seal.seal("请假 出差")
    broken = sealed[:-1] + bytes([sealed[-1] ^ 1])

    assert seal.open(sealed) == "请假 出差"
    assert seal.open(broken) is None
    assert "出差".encode() not in sealed
    assert seal.seal("请假 出差") != sealed


def test_it_reads_the_key_it_made_and_keeps_it_from_others(tmp_path: Path) -> None:
    path = tmp_path / "text.key"

    sealed = TextSeal.from_file(path).seal("到")

    assert TextSeal.from_file(path).open(sealed) == "到"
    assert TextSeal.from_file(tmp_path / "other.key").open(sealed) is None
    assert path.stat().st_mode & 0o777 == 0o600


# --- tokens ----------------------------------------------------------------------------------


@pytest.fixture
def tokens(database: Database) -> DatabaseTokens:
    """Return a token store."""
    return DatabaseTokens(database)


def test_it_lets_one_of_eight_workers_store_the_first_token(tokens: DatabaseTokens) -> None:
    with ThreadPoolExecutor(8) as workers:
        swaps = [
            workers.submit(tokens.swap, "wecom", f"token-{n}", THURSDAY, seen_version=0)
            for n in range(8)
        ]
        won = [swap.result(timeout=30) for swap in swaps]

    assert sorted(won) == [False] * 7 + [True]
    assert tokens.read("wecom") == Token(f"token-{won.index(True)}", THURSDAY, 1)


def test_it_lets_one_of_eight_workers_replace_a_token(tokens: DatabaseTokens) -> None:
    tokens.swap("wecom", "old", THURSDAY, seen_version=0)

    with ThreadPoolExecutor(8) as workers:
        swaps = [
            workers.submit(tokens.swap, "wecom", f"token-{n}", THURSDAY, seen_version=1)
            for n in range(8)
        ]
        won = [swap.result(timeout=30) for swap in swaps]

    assert sorted(won) == [False] * 7 + [True]
    assert tokens.read("wecom") == Token(f"token-{won.index(True)}", THURSDAY, 2)


def test_it_knows_no_token_that_was_never_stored(tokens: DatabaseTokens) -> None:
    assert tokens.read("mp") is None
    assert not tokens.swap("mp", "late", THURSDAY, seen_version=3)
    assert tokens.read("mp") is None


# --- leases ----------------------------------------------------------------------------------


@pytest.fixture
def clock() -> ManualClock:
    """Return a clock that stands."""
    return ManualClock(THURSDAY)


@pytest.fixture
def leases(database: Database, clock: ManualClock) -> DatabaseLeases:
    """Return leases told by the standing clock."""
    return DatabaseLeases(database, clock)


def test_it_gives_a_lease_to_one_holder_at_a_time(leases: DatabaseLeases) -> None:
    with (
        leases.hold("robot", HOUR) as first,
        leases.hold("robot", HOUR) as second,
        leases.hold("backup", HOUR) as other,
    ):
        assert (first, second, other) == (True, False, True)

    with leases.hold("robot", HOUR) as again:
        assert again


def test_it_ends_a_lease_whose_holder_died(leases: DatabaseLeases, clock: ManualClock) -> None:
    dead = leases.hold("robot", HOUR)
    assert dead.__enter__()

    clock.advance(HOUR - timedelta(seconds=1))
    with leases.hold("robot", HOUR) as early:
        assert not early
    clock.advance(timedelta(seconds=1))

    with leases.hold("robot", HOUR) as heir:
        assert heir
        dead.__exit__(None, None, None)  # woke up late: the heir's lease is not its to give back
        with leases.hold("robot", HOUR) as third:
            assert not third


def test_it_gives_a_lease_to_one_of_eight_who_ask_at_once(leases: DatabaseLeases) -> None:
    asked = threading.Barrier(8)

    def ask() -> bool:
        with leases.hold("robot", HOUR) as got:
            asked.wait(timeout=30)
            return got

    with ThreadPoolExecutor(8) as workers:
        won = [done.result(timeout=30) for done in [workers.submit(ask) for _ in range(8)]]

    assert sorted(won) == [False] * 7 + [True]


def test_a_new_file_may_be_opened_by_many_at_once(tmp_path: Path) -> None:
    """SQLite refuses at once, instead of waiting, where two change the mode of one file."""

    def open_it(path: Path, start: threading.Barrier) -> str:
        database = Database(f"sqlite:///{path}")
        start.wait(timeout=30)
        with database.engine.connect() as connection:
            mode: str = connection.execute(text("PRAGMA journal_mode")).scalar_one()
        database.close()
        return mode

    modes = []
    with ThreadPoolExecutor(8) as workers:
        for number in range(20):
            start = threading.Barrier(8)
            path = tmp_path / f"{number}.db"
            opened = [workers.submit(open_it, path, start) for _ in range(8)]
            modes += [one.result(timeout=60) for one in opened]

    assert modes == ["wal"] * 160


def test_a_lease_is_kept_for_as_long_as_its_holder_renews_it(
    leases: DatabaseLeases, clock: ManualClock
) -> None:
    minute = timedelta(minutes=1)

    first = leases.keep("robot", "a", minute)
    clock.set(clock.now() + timedelta(seconds=50))
    renewed, refused = leases.keep("robot", "a", minute), leases.keep("robot", "b", minute)
    clock.set(clock.now() + timedelta(seconds=50))
    still = leases.keep("robot", "b", minute)
    clock.set(clock.now() + timedelta(seconds=11))
    taken, lost = leases.keep("robot", "b", minute), leases.keep("robot", "a", minute)

    assert (first, renewed, refused, still) == (True, True, False, False)
    assert (taken, lost) == (True, False)


def test_a_lease_given_back_by_another_stays(leases: DatabaseLeases) -> None:
    minute = timedelta(minutes=1)
    leases.keep("robot", "a", minute)

    leases.give_back("robot", "b")
    before = leases.keep("robot", "b", minute)
    leases.give_back("robot", "a")

    assert (before, leases.keep("robot", "b", minute)) == (False, True)
