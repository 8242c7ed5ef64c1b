"""The schema: up, down, up again, and in step with the models."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator
from multiprocessing.synchronize import Barrier

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect, text

from bot.storage import schema
from bot.storage.engine import Database
from bot.storage.types import Base


@pytest.fixture
def empty(database_url: str) -> Iterator[Database]:
    """Return an open database without a table."""
    opened = Database(database_url)
    yield opened
    opened.close()


def _shape(database: Database) -> dict[str, tuple[frozenset[str], frozenset[str | None]]]:
    """Return columns and indexes by table."""
    found = inspect(database.engine)
    return {
        name: (
            frozenset(str(column["name"]) for column in found.get_columns(name)),
            frozenset(index["name"] for index in found.get_indexes(name)),
        )
        for name in found.get_table_names()
        if name != "alembic_version"
    }


def test_it_knows_an_empty_database(empty: Database) -> None:
    assert schema.current(empty) is None


def test_it_goes_up_and_down_and_up_again(empty: Database) -> None:
    schema.upgrade(empty)
    first = _shape(empty)
    schema.downgrade(empty, "base")
    gone = _shape(empty)
    schema.upgrade(empty)
    schema.upgrade(empty)  # a second time changes nothing

    assert gone == {}
    assert _shape(empty) == first
    assert set(first) == set(Base.metadata.tables)
    assert schema.current(empty) == schema.newest()


def test_it_keeps_what_an_older_database_holds(empty: Database) -> None:
    schema.upgrade(empty, "0001")
    with empty.engine.execution_options(zhibu_write=True).begin() as connection:
        connection.execute(
            text("INSERT INTO member (name, kind, phone_tail) VALUES ('张三', 'full', '1234')")
        )
        connection.execute(
            text(
                "INSERT INTO done_action (member_id, stem, inverse, title, at)"
                " SELECT id, 'dues', '{}', '党费登记', '2026-03-12 04:00:00' FROM member"
            )
        )

    schema.upgrade(empty)

    with empty.engine.connect() as connection:
        rows = connection.execute(text("SELECT title, subject_id, batch FROM done_action")).all()
    assert [tuple(row) for row in rows] == [("党费登记", None, "")]


_HELD = (
    "INSERT INTO unit (id, name, kind, path, live_from, valid_from)"
    " VALUES (1, '第三党支部', 'branch', '/1/', '2021-07-01', '2021-07-01')",
    "INSERT INTO member (id, name, kind, phone_tail) VALUES (1, '张三', 'full', '1234')",
    "INSERT INTO membership (member_id, unit_id, valid_from) VALUES (1, 1, '2021-07-01')",
    "INSERT INTO post (member_id, unit_id, role, valid_from)"
    " VALUES (1, 1, 'secretary', '2021-07-01')",
)


def test_it_comes_up_from_every_older_version_with_all_that_was_in_it(empty: Database) -> None:
    first, *later = schema.revisions()
    schema.upgrade(empty, first)
    with empty.engine.execution_options(zhibu_write=True).begin() as connection:
        for statement in _HELD:
            connection.execute(text(statement))

    for revision in later:
        schema.upgrade(empty, revision)

        assert schema.current(empty) == revision
        with empty.engine.connect() as connection:
            held = [
                connection.scalar(text(f"SELECT count(*) FROM {table}"))
                for table in ("unit", "member", "membership", "post")
            ]
        assert held == [1, 1, 1, 1], revision
    assert schema.current(empty) == schema.newest()


def _begin(url: str, start: Barrier) -> None:
    database = Database(url)
    start.wait(timeout=60)
    schema.upgrade(database)
    database.close()


def test_several_processes_may_make_the_tables_at_once(empty: Database) -> None:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.integration.test_schema"])
    start = context.Barrier(3)
    nodes = [context.Process(target=_begin, args=(empty.url, start)) for _ in range(3)]
    for node in nodes:
        node.start()
    for node in nodes:
        node.join(timeout=60)

    assert [node.exitcode for node in nodes] == [0, 0, 0]
    assert schema.current(empty) == schema.newest()


def test_it_migrates_to_what_the_models_say(database: Database) -> None:
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})

        assert compare_metadata(context, Base.metadata) == []


def test_it_has_every_index_the_models_name(database: Database) -> None:
    named = {
        table.name: {index.name for index in table.indexes}
        for table in Base.metadata.tables.values()
    }

    made = {name: indexes for name, (_, indexes) in _shape(database).items()}

    for name, indexes in named.items():
        assert indexes <= made[name], name
