"""What members wrote is forgotten; the decision stays."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.services import retention
from bot.storage.engine import Database
from bot.storage.models import Inbound
from tests.support.world import World

HOUR = timedelta(hours=1)


@pytest.fixture
def world(database: Database) -> World:
    """Return a street."""
    return World(database)


def _receive(
    world: World, number: int, ago: timedelta, sealed: bytes | None, answer: str | None
) -> None:
    moment = world.now - ago
    values = {"channel": "sim", "space": "sim", "sender_id": "x", "kind": "text"}
    with world.database.writing() as session:
        session.add(
            Inbound(
                **values,
                message_id=f"m{number}",
                sealed_text=sealed,
                answer=answer,
                decision="check_in",
                state="done",
                sent_at=moment,
                received_at=moment,
            )
        )


def test_it_forgets_what_people_wrote_and_read_after_a_month(world: World) -> None:
    _receive(world, 1, timedelta(days=31), b"sealed", "✓ 张三，已签到")
    _receive(world, 2, timedelta(days=29), b"sealed", "✓ 张三，已签到")
    _receive(world, 3, timedelta(days=31), None, "欢迎，张三")
    _receive(world, 4, timedelta(days=31), None, None)

    with world.database.writing() as session:
        forgotten = retention.forget_texts(session, now=world.now, keep_days=30)
        again = retention.forget_texts(session, now=world.now, keep_days=30)
        kept = session.execute(
            select(Inbound.sealed_text, Inbound.answer, Inbound.decision).order_by(Inbound.id)
        ).all()

    assert (forgotten, again) == (2, 0)
    assert [tuple(row) for row in kept] == [
        (None, None, "check_in"),
        (b"sealed", "✓ 张三，已签到", "check_in"),
        (None, None, "check_in"),
        (None, None, "check_in"),
    ]


def test_it_keeps_what_is_still_needed_however_short_the_setting(world: World) -> None:
    """A repeated delivery gets its first answer; a question about a message can be answered."""
    for number, ago in enumerate((25 * HOUR, 23 * HOUR, timedelta(minutes=20))):
        _receive(world, number, ago, b"sealed", "✓")

    with world.database.writing() as session:
        forgotten = retention.forget_texts(session, now=world.now, keep_days=0)
        kept = session.execute(
            select(Inbound.sealed_text, Inbound.answer).order_by(Inbound.id)
        ).all()

    assert forgotten == 2
    assert [tuple(row) for row in kept] == [(None, None), (None, "✓"), (b"sealed", "✓")]
