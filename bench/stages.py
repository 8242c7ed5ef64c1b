"""Microseconds a message spends in each stage, in one process: medians of many."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from bench import messages, world
from bot.domain.ids import MemberId
from bot.domain.incoming import Answer, Incoming
from bot.domain.naming import Candidate, Roll
from bot.domain.ports import Opened
from bot.inbound.chains import find_chain
from bot.inbound.read import read
from bot.main import App, build
from bot.services.pinyin import sounds_of
from handlers import INTENTS

_WARM, _COUNTED = 100, 400
_EACH = _WARM + _COUNTED


def measure() -> list[tuple[str, float]]:
    """Return (stage, median µs) for one check-in over a WeCom app on SQLite, durably committed.

    The pipeline reads once what many say in the same few words, so it is measured twice: with
    members who all say the same, and with members who each say something else.
    """
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/zhibu.db"
        world.fill(url, 2 * _EACH)
        app = build(world.settings(url, Path(folder)))
        alike, apart = range(1, _EACH + 1), range(_EACH + 1, 2 * _EACH + 1)
        same = _measure(app, [(number, "签到") for number in alike])
        # 签到 and one's own name: as many texts as there are members.
        other = _measure(app, [(number, f"签到 {world.name_of(number)}") for number in apart])
        app.core.database.close()
    now = datetime.now(UTC)

    def read_one() -> None:
        utterance = read("签到", quoted=None, private=True, addressed=True, now=now)
        for intent in INTENTS:
            intent.recognise(utterance)

    chaining = _median(_chain_reader(), warm=10, counted=40)
    whole = "pipeline: insert first, act, answer, durable commit"
    return [
        ("verify, decrypt, parse the envelope", same.opening),
        ("normalise, find spans, ask every intent", _median(read_one)),
        (f"{whole}; all say 签到, which is read once", same.receiving),
        (f"{whole}; each says it differently, reading included", other.receiving),
        ("encrypt and sign the answer", same.sealing),
        ("a chain of 60 lines: read it and match every name to a roll of 80", chaining),
    ]


class _Stages(NamedTuple):
    opening: float
    receiving: float
    sealing: float


def _measure(app: App, said: Sequence[tuple[int, str]]) -> _Stages:
    """Take the messages of members (number, text) through the stages, one stage after another."""
    receiver = app.channels[0].receiver
    assert receiver is not None
    envelope = messages.envelope()
    deliveries = [messages.delivery(envelope, number, text) for number, text in said]
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
    assert all("已签到" in (answer.text or "") for answer in answers), answers[0]
    seals = iter(zip(opened, answers, strict=True))

    def seal_next() -> None:
        found, answer = next(seals)
        found.seal(answer)

    return _Stages(opening, receiving, _median(seal_next))


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
