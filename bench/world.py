"""What both bots are measured on: one corporation, its branches, and a meeting open in each."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import DeclarativeBase

from bot import config
from bot.domain.cadence import MeetingKind
from bot.domain.dues import Category
from bot.domain.meetings import MeetingState
from bot.domain.members import MemberKind
from bot.domain.rights import Role
from bot.domain.sending import SendState
from bot.domain.units import UnitKind
from bot.storage import schema
from bot.storage.engine import Database
from bot.storage.insert import insert_rows
from bot.storage.models import (
    Account,
    GatheringEvent,
    Meeting,
    Member,
    Membership,
    Outbox,
    Post,
    Unit,
)

CORP_ID = "ww5a1f0c93be77d204"
AGENT_ID = 1000002
TOKEN = "QDG6eK"
AES_KEY = "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C"
CHANNEL = "wecom"
PATH = f"/webhook/{CHANNEL}"
PLATFORM_PORT = 47119  # nobody answers there, but while a broadcast is measured
BRANCH_SIZE = 100
TITLE = "支部党员大会"

_SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗"
_GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超霞平刚"


def user_id(number: int) -> str:
    """Return the WeCom userid of a member, counted from 1."""
    return f"u{number:06}"


def name_of(number: int) -> str:
    """Return a member's name; some are shared, as in life."""
    given = _GIVEN[number // 20 % 20] + _GIVEN[number // 400 % 20]
    return _SURNAMES[number % 20] + given


def branch_of(number: int) -> int:
    """Return the number of a member's branch, counted from 1."""
    return (number - 1) // BRANCH_SIZE + 1


def meeting_times(now: datetime) -> tuple[datetime, datetime]:
    """Return start and end of the meeting of every branch: open from now on, on time at first."""
    return now + timedelta(minutes=20), now + timedelta(hours=4)


def write_settings(url: str, folder: Path, port: int = 0) -> Path:
    """Write the configuration of the served bot: one app, whose platform does not answer."""
    file = folder / "zhibu.toml"
    file.write_text(
        f"""
        [server]
        port = {port}
        [database]
        url = "{url}"
        [data]
        dir = "{folder}"
        [[channel]]
        name = "{CHANNEL}"
        kind = "wecom_app"
        corp_id = "{CORP_ID}"
        agent_id = {AGENT_ID}
        secret = "never-used"
        token = "{TOKEN}"
        aes_key = "{AES_KEY}"
        api_base = "http://127.0.0.1:{PLATFORM_PORT}"
        allow_insecure = true
        """
    )
    return file


def broadcast(url: str, rows: int) -> None:
    """Queue one text to so many addresses, due now."""
    database = Database(url)
    now = datetime.now(UTC)
    fixed = {
        "state": SendState.QUEUED,
        "channel": CHANNEL,
        "text": "3月26日（周四）9:00 支部党员大会，社区二楼。请回复 收到",
        "rule": "",
        "slot": "",
        "subject": "",
        "due_at": now,
        "not_before": now,
        "created_at": now,
        "tries": 0,
        "maybe_sent": False,
        "detail": "",
    }
    for start in range(0, rows, 1000):
        with database.writing() as session:
            names = [f"b{number:06}" for number in range(start, min(start + 1000, rows))]
            made = [
                {"key": f"bench:{n}", "address": n, "thread": f"{CHANNEL}|{n}", **fixed}
                for n in names
            ]
            insert_rows(session, Outbox, made)
    database.close()


def settings(url: str, folder: Path) -> config.Config:
    """Return that configuration, read."""
    return config.load(write_settings(url, folder))


def fill(url: str, members: int) -> None:
    """Create our tables and put members, branches and open meetings into them."""
    database = Database(url)
    try:
        schema.upgrade(database)
        _write(database, members)
        if not database.is_sqlite:
            _restart_sequences(database)
        _analyze(database)
    finally:
        database.close()


def _write(database: Database, members: int) -> None:
    now = datetime.now(UTC)
    day = date(2026, 1, 1)
    branches = branch_of(members)
    first = 2  # the unit above them is 1
    numbers = range(1, members + 1)
    kinds = {"live_from": now.date(), "valid_from": day}
    with database.writing() as session:
        connection = session.connection()

        def put(model: type[DeclarativeBase], rows: Iterator[dict[str, Any]]) -> None:
            connection.execute(insert(model), list(rows))

        street = {"id": 1, "name": "街道党工委", "kind": UnitKind.STREET, "parent_id": None}
        put(Unit, iter([{**street, "path": "/1/", **kinds}]))
        put(
            Unit,
            (
                {
                    "id": first + index,
                    "name": f"第{index + 1}党支部",
                    "kind": UnitKind.BRANCH,
                    "parent_id": 1,
                    "path": f"/1/{first + index}/",
                    **kinds,
                }
                for index in range(branches)
            ),
        )
        put(
            Member,
            (
                {
                    "id": number,
                    "name": name_of(number),
                    "kind": MemberKind.FULL,
                    "category": Category.WAGE,
                    "phone_tail": f"{number % 10000:04}",
                    "joined_on": None,
                    "full_since": None,
                }
                for number in numbers
            ),
        )
        put(
            Membership,
            (
                {
                    "member_id": number,
                    "unit_id": first + branch_of(number) - 1,
                    "cell_id": None,
                    "valid_from": day,
                    "valid_to": None,
                }
                for number in numbers
            ),
        )
        put(
            Account,
            (
                {
                    "space": f"wecom:{CORP_ID}",
                    "external_id": user_id(number),
                    "external_key": user_id(number),
                    "member_id": number,
                    "bound_how": "roster",
                    "bound_at": now,
                    "consent_version": "",
                    "unbound_at": None,
                }
                for number in numbers
            ),
        )
        put(
            Post,
            (
                {
                    "member_id": index * BRANCH_SIZE + 1,
                    "unit_id": first + index,
                    "role": Role.SECRETARY,
                    "valid_from": day,
                    "valid_to": None,
                }
                for index in range(branches)
            ),
        )
        put(
            GatheringEvent,
            (
                {
                    "id": index + 1,
                    "unit_id": first + index,
                    "title": TITLE,
                    "created_by": None,
                    "created_at": now,
                }
                for index in range(branches)
            ),
        )
        starts_at, ends_at = meeting_times(now)
        put(
            Meeting,
            (
                {
                    "id": index + 1,
                    "event_id": index + 1,
                    "unit_id": first + index,
                    "branch_id": first + index,
                    "kind": MeetingKind.GENERAL,
                    "title": TITLE,
                    "starts_at": starts_at,
                    "ends_at": ends_at,
                    "place": "社区二楼",
                    "for_period": "2026Q1",
                    "state": MeetingState.SCHEDULED,
                    "seats": None,
                    "taken": 0,
                    "revision": 1,
                    "window": {},
                    "created_at": now,
                }
                for index in range(branches)
            ),
        )


def _restart_sequences(database: Database) -> None:
    """Ids were given by hand; let PostgreSQL count on from there."""
    with database.writing() as session:
        for table in ("unit", "member", "event", "meeting"):
            session.connection().exec_driver_sql(
                f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), max(id)) FROM {table}"
            )


def _analyze(database: Database) -> None:
    """Give the planner its statistics, as autovacuum does within minutes in life."""
    with database.engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        connection.exec_driver_sql("ANALYZE")
