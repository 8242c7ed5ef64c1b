"""Microseconds a message spends in each stage, in one process: medians of many."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from bench import messages, world
from bot.domain.ids import MemberId
from bot.domain.incoming import Answer, Incoming
from bot.domain.naming import Candidate, Roll
from bot.domain.ports import Opened
from bot.inbound.chains import find_chain
from bot.inbound.read import read
from bot.main import build
from bot.services.pinyin import sounds_of
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
        chaining = _median(_chain_reader(), warm=10, counted=40)
        app.core.database.close()
    return [
        ("verify, decrypt, parse the envelope", opening),
        ("normalise, find spans, ask every intent", reading),
        ("pipeline: insert first, act, answer, durable commit (reading included)", receiving),
        ("encrypt and sign the answer", sealing),
        ("a chain of 60 lines: read it and match every name to a roll of 80", chaining),
    ]


def _chain_reader() -> Callable[[], None]:
    """Return what reads a chain of sixty lines, some of them unclear, and finds whose they are."""
    surnames, given = "赵钱孙李周吴郑王冯陈", "建秀志淑永海桂国"
    names = [
        f"{surname}{one}{'英明华强'[n % 4]}" for surname in surnames for n, one in enumerate(given)
    ]
    roll = [Candidate(MemberId(number), name) for number, name in enumerate(names, start=1)]
    lines = [f"{n}. {names[n]} 已交{n}元" for n in range(1, 50)]
    lines += [f"{n}. 老{surnames[n % 10]} 带家属2人" for n in range(50, 61)]
    text = "\n".join(["#接龙", "11月党费", "", *lines])

    def read_chain() -> None:
        chain = find_chain(text)
        assert chain is not None
        Roll(roll, sounds_of).match_all(entry.name for entry in chain.entries)

    return read_chain


def _median(work: Callable[[], None], warm: int = _WARM, counted: int = _COUNTED) -> float:
    for _ in range(warm):
        work()
    took = []
    for _ in range(counted):
        started = time.perf_counter_ns()
        work()
        took.append((time.perf_counter_ns() - started) / 1000)
    return statistics.median(took)
