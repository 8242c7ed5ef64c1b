"""Fixtures that every test may ask for: databases, Redis, a browser."""

from __future__ import annotations

import logging
import os
import shutil
import time
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any, Literal

import hypothesis
import pytest
from coverage import Coverage

from bot.storage import schema
from bot.storage.engine import Database
from tests.support.browser import FLAGS, find_chromium
from tests.support.engines import Engines
from tests.support.postgres import PostgresServer
from tests.support.redis import RedisServer

DatabaseKind = Literal["sqlite", "postgresql"]

# A loaded machine is no bug.
hypothesis.settings.register_profile("zhibu", deadline=None)
hypothesis.settings.load_profile("zhibu")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add our own options."""
    parser.addoption(
        "--rewrite-scenarios",
        action="store_true",
        help="write what the bot says now into tests/scenarios/*.chat; review the diff like code",
    )


def pytest_configure() -> None:
    """Take the machine's settings away: the product lives in Asia/Shanghai wherever it runs."""
    for name in [name for name in os.environ if name.startswith("ZHIBU_")]:
        del os.environ[name]
    os.environ["TZ"] = "America/New_York"
    time.tzset()


_STORIES = frozenset({"test_plan.py", "test_branch_year.py", "test_advice.py"})


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Count no coverage where a test runs for the second time, on PostgreSQL, nor of long stories.

    Tracing nearly doubles the time of a test. The same test covers the same lines on SQLite, and
    what only a story covers has no test of its own.
    """
    spec = getattr(item, "callspec", None)
    again = spec is not None and "postgresql" in spec.params.values()
    coverage = Coverage.current() if again or item.path.name in _STORIES else None
    if coverage is None:
        return (yield)
    coverage.stop()
    try:
        return (yield)
    finally:
        coverage.start()


@pytest.fixture(scope="session")
def rewrite_scenarios(pytestconfig: pytest.Config) -> bool:
    """Tell whether scenario files are to be rewritten instead of compared."""
    return bool(pytestconfig.getoption("--rewrite-scenarios"))


# --- privacy ---------------------------------------------------------------------------------


class _Leaks(logging.Handler):
    """Hears of every text that its reader may not read."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.heard: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep what the privacy table refused."""
        if "may not be read" in record.msg:
            self.heard.append(record.getMessage())


@pytest.fixture(autouse=True)
def leaks() -> Iterator[list[str]]:
    """Fail where the privacy table had to hold a text back; `leaks.clear()` if that was meant."""
    ears = _Leaks()
    loggers = [logging.getLogger(name) for name in ("bot.services.outbox", "bot.inbound.outgoing")]
    for logger in loggers:
        logger.addHandler(ears)
    yield ears.heard
    for logger in loggers:
        logger.removeHandler(ears)
    assert not ears.heard


# --- databases -------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """Return the PostgreSQL of this run (with xdist: of this worker), started when first asked."""
    with PostgresServer() as server:
        yield server


@pytest.fixture
def postgres_url(postgres_server: PostgresServer) -> str:
    """Return the URL of an empty PostgreSQL database of this test alone."""
    return postgres_server.create()  # dropping it would wait for the disk; it goes with the server


@pytest.fixture(params=["sqlite", "postgresql"])
def database_kind(request: pytest.FixtureRequest) -> DatabaseKind:
    """Return the engine to test on; a test that asks for a database runs once on each."""
    kind: DatabaseKind = request.param
    return kind


@pytest.fixture
def database_url(
    database_kind: DatabaseKind, tmp_path: Path, request: pytest.FixtureRequest
) -> str:
    """Return the URL of an empty database, on SQLite and on PostgreSQL in turn."""
    if database_kind == "sqlite":
        return f"sqlite:///{tmp_path / 'zhibu.db'}"
    url: str = request.getfixturevalue("postgres_url")
    return url


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return an SQLite file with the newest schema, to be copied."""
    path = tmp_path_factory.mktemp("sqlite") / "migrated.db"
    migrate(f"sqlite:///{path}")
    return path


@pytest.fixture
def migrated_postgres_url(postgres_server: PostgresServer) -> Iterator[str]:
    """Return the URL of a PostgreSQL database with the newest schema and no rows."""
    url = postgres_server.borrow("migrated", migrate)
    yield url
    postgres_server.give_back(url)


@pytest.fixture
def migrated_url(
    database_kind: DatabaseKind, tmp_path: Path, request: pytest.FixtureRequest
) -> str:
    """Return the URL of a database with the newest schema and no rows, on each engine in turn."""
    if database_kind == "sqlite":
        path = tmp_path / "zhibu.db"
        shutil.copyfile(request.getfixturevalue("migrated_sqlite"), path)
        return f"sqlite:///{path}"
    url: str = request.getfixturevalue("migrated_postgres_url")
    return url


@pytest.fixture(scope="session")
def engines() -> Engines:
    """Return the engines that the tests of this worker share."""
    return Engines()


@pytest.fixture
def database(migrated_url: str, engines: Engines) -> Iterator[Database]:
    """Return an open database with the newest schema and no rows, on each engine in turn."""
    with engines.open(migrated_url) as opened:
        yield opened


def migrate(url: str) -> None:
    """Bring the database behind a URL to the newest schema, and disconnect."""
    opened = Database(url)
    try:
        schema.upgrade(opened)
    finally:
        opened.close()


# --- Redis -----------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def redis_server() -> Iterator[RedisServer]:
    """Return the Redis of this run (with xdist: of this worker), started when first asked."""
    with RedisServer() as server:
        yield server


@pytest.fixture
def redis_url(redis_server: RedisServer) -> str:
    """Return the URL of an empty Redis."""
    redis_server.clear()
    return redis_server.url


# --- browser ---------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    """Tell pytest-playwright to use the system's Chromium."""
    return {"executable_path": find_chromium(), "args": list(FLAGS), "headless": True}


@pytest.fixture(scope="session")
def browser_context_args() -> dict[str, Any]:
    """Tell pytest-playwright that our users are in China."""
    return {"locale": "zh-CN", "timezone_id": "Asia/Shanghai"}
