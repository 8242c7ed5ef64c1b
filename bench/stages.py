"""Microseconds a message spends in each stage, in one process: medians of many."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from bench import messages, world
from bot.domain.incoming import Answer, Incoming
from bot.domain.ports import Opened
from bot.inbound.read import read
from bot.main import build
from handlers import INTENTS

_WARM, _COUNTED = 100, 400


def measure() -> list[tuple[str, float]]:
    """Return (stage, median µs) for one 签到 over a WeCom app on SQLite, durably committed."""
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/zhibu.db"
        world.fill(url, _WARM + _COUNTED)
        app = build(world.settings(url, Path(folder)))
        receiver = app.channels[0].receiver
        assert receiver is not None
        envelope = messages.envelope()
        deliveries = [messages.delivery(envelope, n + 1) for n in range(_WARM + _COUNTED)]
        opened: list[Opened] = []

        def open_next() -> None:
            query, body = deliveries[len(opened)]
            opened.append(receiver.open(query, body, datetime.now(UTC)))

        opening = _median(open_next)
        incoming = iter([found.message for found in opened])
        answers: list[Answer] = []

        def receive_next() -> None:
            message = next(incoming)
            assert isinstance(message, Incoming)
            answers.append(app.core.pipeline.receive(message))

        receiving = _median(receive_next)
        seals = iter(zip(opened, answers, strict=True))

        def seal_next() -> None:
            found, answer = next(seals)
            found.seal(answer)

        sealing = _median(seal_next)
        now = datetime.now(UTC)

        def read_one() -> None:
            utterance = read("签到", quoted=None, private=True, addressed=True, now=now)
            for intent in INTENTS:
                intent.recognise(utterance)

        reading = _median(read_one)
        app.core.database.close()
    return [
        ("verify, decrypt, parse the envelope", opening),
        ("normalise, find spans, ask every intent", reading),
        ("pipeline: insert first, act, answer, durable commit (reading included)", receiving),
        ("encrypt and sign the answer", sealing),
    ]


def _median(work: Callable[[], None]) -> float:
    for _ in range(_WARM):
        work()
    took = []
    for _ in range(_COUNTED):
        started = time.perf_counter_ns()
        work()
        took.append((time.perf_counter_ns() - started) / 1000)
    return statistics.median(took)
