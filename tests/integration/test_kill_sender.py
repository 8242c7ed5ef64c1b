"""kill -9 of the sending process, again and again: nothing lost, nothing doubled, doubt is shown."""

from __future__ import annotations

import json
import multiprocessing
import os
import random
import signal
import time
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from multiprocessing.context import ForkServerContext
from pathlib import Path

import pytest

from bot.clock import ManualClock
from bot.domain.burden import Policy
from bot.domain.sending import Pace, SendError, Sent
from bot.services.queue import LEASE
from bot.services.workdays import PublishedWorkdays
from bot.storage.engine import Database
from scheduler.dispatcher import Dispatcher
from scheduler.rule import Setting
from tests.support.world import THURSDAY, World

KILLS = 12
ROWS = 240
WINDOW = timedelta(hours=10)
LOST_ANSWERS = 0.05


class RecordingSender:
    """Writes every request into a file, as the platform would, before it answers."""

    name = "sim"
    max_recipients = 4
    max_bytes = 2048
    pace: Pace | None = None
    address_pace: Pace | None = None

    def __init__(self, journal: Path, duplicate_window: timedelta | None, seed: int) -> None:
        self.duplicate_window = duplicate_window
        self._journal = os.open(journal, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        self._dice = random.Random(seed)

    def compose(self, addresses: Sequence[str], text: str) -> str:
        """Return addresses and text as JSON."""
        return json.dumps({"to": list(addresses), "text": text})

    def send(self, body: str) -> Sent:
        """Take it, and sometimes lose the answer."""
        time.sleep(self._dice.uniform(0, 0.004))
        os.write(self._journal, f"{body}\n".encode())
        time.sleep(self._dice.uniform(0, 0.004))
        if self._dice.random() < LOST_ANSWERS:
            raise SendError("没有等到回应", code="timeout", uncertain=True)
        return Sent()


def work(url: str, journal: Path, window: timedelta | None, life: int) -> None:
    """Send until there is nothing left; every life begins after the leases of the one before."""
    database = Database(url)
    clock = ManualClock(THURSDAY + life * (LEASE + timedelta(minutes=1)))
    dispatcher = Dispatcher(
        database=database,
        clock=clock,
        senders={"sim": RecordingSender(journal, window, seed=life)},
        rules=[],
        setting=Setting(PublishedWorkdays(), Policy()),
    )
    while True:
        dispatcher.drain()
        following = dispatcher.next_due()
        if following is None:
            break
        clock.set(following)
    database.close()


@pytest.fixture(scope="module")
def processes() -> ForkServerContext:
    """Return a way to start processes quickly, with nothing of this one in them."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.integration.test_kill_sender"])
    return context


@pytest.mark.parametrize(
    "window", [pytest.param(None, id="no check"), pytest.param(WINDOW, id="duplicate check")]
)
def test_move_05_it_loses_and_doubles_nothing_when_it_is_killed_while_sending(
    database: Database, processes: ForkServerContext, tmp_path: Path, window: timedelta | None
) -> None:
    world, journal = World(database), tmp_path / "sent"
    journal.touch()
    branch = world.unit("第三党支部")
    members = [world.member(f"m{number}", branch) for number in range(ROWS // 4)]
    world.enqueue(
        *(world.letter(member, f"t{number}") for number in range(4) for member in members)
    )
    dice = random.Random(f"{window}{database.is_sqlite}")
    killed = 0

    for life in range(KILLS):
        before = journal.stat().st_size
        child = processes.Process(target=work, args=(database.url, journal, window, life))
        child.start()
        until = time.monotonic() + 20
        while journal.stat().st_size == before and child.is_alive() and time.monotonic() < until:
            time.sleep(0.002)
        time.sleep(dice.uniform(0, 0.06))
        if child.pid is not None and child.is_alive():
            os.kill(child.pid, signal.SIGKILL)
            killed += 1
        child.join(timeout=20)
    last = processes.Process(target=work, args=(database.url, journal, window, KILLS + 1))
    last.start()
    last.join(timeout=60)

    rows = world.outbox()
    bodies = journal.read_text().splitlines()
    told = Counter(
        (address, letter["text"])
        for letter in map(json.loads, set(bodies) if window else bodies)
        for address in letter["to"]
    )
    accepted = {(row.address, row.text) for row in rows if row.state.value == "accepted"}
    unsure = {(row.address, row.text) for row in rows if row.state.value == "uncertain"}
    assert last.exitcode == 0
    assert killed >= KILLS // 2
    assert len(rows) == ROWS
    assert len(accepted) + len(unsure) == ROWS
    assert accepted <= set(told)  # what is said to be sent was sent
    assert max(told.values()) == 1  # a repeat is the very same request, which the platform drops
    if window is None:
        assert len(bodies) == len(set(bodies))
        assert 0 < len(unsure) < ROWS // 2
    else:
        assert not unsure
        assert len(bodies) > len(set(bodies))
