"""What members wrote is forgotten; the decision stays."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.services import retention
from bot.storage.engine import Database
from bot.storage.models import Inbound
from tests.support.world import World


@pytest.fixture
def world(database: Database) -> World:
    """Return a street."""
    return World(database)


def test_it_forgets_what_people_wrote_and_read_after_a_month(world: World) -> None:
    def receive(number: int, days_ago: int, sealed: bytes | None, answer: str | None) -> None:
        moment = world.now - timedelta(days=days_ago)
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

    receive(1, 31, b"sealed", "✓ 张三，已签到")
    receive(2, 29, b"sealed", "✓ 张三，已签到")
    receive(3, 31, None, "欢迎，张三")
    receive(4, 31, None, None)

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
