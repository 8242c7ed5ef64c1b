"""The ground the other tests stand on: servers, databases, browser."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page
from redis import Redis
from sqlalchemy import create_engine, make_url, text

from bot.storage import schema
from bot.storage.engine import Database
from tests.conftest import DatabaseKind, PostgresTemplate
from tests.support.postgres import PostgresServer
from tests.support.process import Server, ServerFailed


def run(url: str, statement: str) -> object:
    """Run one statement in a transaction and return the first value, if it has any."""
    engine = create_engine(url)
    with engine.begin() as connection:
        result = connection.execute(text(statement))
        value = result.scalar() if result.returns_rows else None
    engine.dispose()
    return value


def eventually(holds: Callable[[], bool]) -> bool:
    """Wait up to ten seconds for something to become true."""
    until = time.monotonic() + 10
    while not holds() and time.monotonic() < until:
        time.sleep(0.05)
    return holds()


@pytest.mark.parametrize("turn", [1, 2])
def test_a_test_gets_an_empty_database_of_its_own(database_url: str, turn: int) -> None:
    run(database_url, "CREATE TABLE note (turn INTEGER)")
    run(database_url, f"INSERT INTO note VALUES ({turn})")

    assert run(database_url, "SELECT count(*) FROM note") == 1


def test_the_database_is_the_one_the_parameter_names(
    database_url: str, database_kind: DatabaseKind
) -> None:
    assert make_url(database_url).get_backend_name() == database_kind


def test_a_database_comes_with_the_newest_schema(database: Database) -> None:
    assert schema.current(database) == schema.newest()


def test_a_template_is_prepared_once_and_copied_each_time(
    postgres_template: PostgresTemplate,
) -> None:
    prepared: list[str] = []

    def prepare(url: str) -> None:
        prepared.append(url)
        run(url, "CREATE TABLE note (word TEXT)")

    first = postgres_template("support", prepare)
    second = postgres_template("support", prepare)
    run(first, "INSERT INTO note VALUES ('签到')")

    assert len(prepared) == 1
    assert run(first, "SELECT word FROM note") == "签到"
    assert run(second, "SELECT count(*) FROM note") == 0


def test_a_database_is_dropped_even_when_somebody_is_still_connected(
    postgres_server: PostgresServer,
) -> None:
    url = postgres_server.create()
    engine = create_engine(url)
    connection = engine.connect()
    connection.execute(text("SELECT 1"))

    postgres_server.drop(url)

    connection.invalidate()
    connection.close()
    engine.dispose()
    name = make_url(url).database
    left = run(
        postgres_server.url("postgres"),
        f"SELECT count(*) FROM pg_database WHERE datname = '{name}'",
    )
    assert left == 0


@pytest.mark.parametrize("turn", [1, 2])
def test_a_test_gets_an_empty_redis(redis_url: str, turn: int) -> None:
    with Redis.from_url(redis_url) as client:
        assert client.get("turn") is None

        client.set("turn", turn)


def test_the_browser_shows_a_page_in_chinese(page: Page) -> None:
    page.set_content("<button onclick=\"this.textContent='已签到'\">签到</button>")

    page.get_by_role("button", name="签到").click()

    assert page.get_by_role("button").text_content() == "已签到"
    assert page.evaluate("Intl.DateTimeFormat().resolvedOptions().timeZone") == "Asia/Shanghai"


def test_a_server_that_does_not_come_up_tells_why() -> None:
    server = Server("broken")

    with pytest.raises(ServerFailed, match="no such luck"):
        server.start(
            ["sh", "-c", "echo no such luck; exit 1"],
            stop="TERM",
            ready=lambda: False,
            within=0.5,
        )

    assert not server.folder.exists()


def test_a_server_ends_when_the_run_that_started_it_is_killed() -> None:
    script = (
        "import time\n"
        "from tests.support.redis import RedisServer\n"
        "print(RedisServer().url, flush=True)\n"
        "time.sleep(60)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    ) as child:
        assert child.stdout is not None
        url = child.stdout.readline().strip()
        folder = Path(url.removeprefix("unix://")).parent
        assert folder.exists()

        child.send_signal(signal.SIGKILL)

    assert eventually(lambda: not folder.exists())
