"""The load: 16 keep-alive connections in a process of their own, everything encrypted beforehand.

`python -m bench.load PORT FIRST COUNT [--rate R]` sends the messages of members FIRST…, each once,
and prints one JSON object. Without a rate every connection sends as soon as it was answered; with
one, messages fall due evenly, and the time a message waited for a free connection counts.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import time
from collections import deque
from dataclasses import asdict, dataclass, field

from bench import messages

CONNECTIONS = 16
WARM_UP = 200  # messages that are sent and not counted
_SAMPLE_EVERY = 500


@dataclass(frozen=True, slots=True)
class Measured:
    """What one run of the load found; milliseconds."""

    per_second: float
    p50: float
    p99: float
    longest: float
    count: int


@dataclass(slots=True)
class _Run:
    requests: list[bytes]
    due: list[float] = field(default_factory=list)
    took: list[float] = field(default_factory=list)
    replies: list[bytes] = field(default_factory=list)
    sent: int = 0
    ended: float = 0.0
    failure: bytes = b""
    idle: deque[_Connection] = field(default_factory=deque)
    finished: asyncio.Event = field(default_factory=asyncio.Event)

    def next(self) -> int | None:
        if self.sent == len(self.requests):
            return None
        self.sent += 1
        return self.sent - 1

    def fail(self, why: bytes) -> None:
        self.failure = why
        self.finished.set()

    def close(self, started: float, reply: bytes) -> None:
        self.ended = time.perf_counter()
        self.took.append(self.ended - started)
        if len(self.took) % _SAMPLE_EVERY == 1:
            self.replies.append(reply)
        if len(self.took) == len(self.requests):
            self.finished.set()


class _Connection(asyncio.Protocol):
    def __init__(self, run: _Run) -> None:
        self._run = run
        self._held = b""
        self._started = 0.0
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def begin(self) -> None:
        number = self._run.next()
        if number is not None:
            self.send(number, time.perf_counter())

    def send(self, number: int, started: float) -> None:
        self._started = started
        self._transport.write(self._run.requests[number])

    def data_received(self, data: bytes) -> None:
        self._held += data
        head, found, body = self._held.partition(b"\r\n\r\n")
        if not found:
            return
        if not head.startswith(b"HTTP/1.1 200"):
            self._run.fail(head)
            return
        length = next(
            int(line.split(b":")[1])
            for line in head.split(b"\r\n")
            if line[:15].lower() == b"content-length:"
        )
        if len(body) < length:
            return
        self._held = b""
        run = self._run
        run.close(self._started, body)
        if not run.due:
            self.begin()
        elif run.sent < len(run.requests) and run.due[run.sent] <= time.perf_counter():
            number = run.next()
            assert number is not None
            self.send(number, run.due[number])
        else:
            run.idle.append(self)

    def connection_lost(self, error: Exception | None) -> None:
        if not self._run.finished.is_set():
            self._run.fail(f"the server closed a connection: {error}".encode())


async def _drive(port: int, requests: list[bytes], rate: float | None) -> _Run:
    run = _Run(requests)
    loop = asyncio.get_running_loop()
    connections = [
        (await loop.create_connection(lambda: _Connection(run), "127.0.0.1", port))[1]
        for _ in range(CONNECTIONS)
    ]
    if rate is None:
        for connection in connections:
            connection.begin()
    else:
        await _pace(run, connections, rate)
    await asyncio.wait_for(run.finished.wait(), 120)
    assert not run.failure, run.failure
    for connection in connections:
        connection._transport.close()
    return run


async def _pace(run: _Run, connections: list[_Connection], rate: float) -> None:
    start = time.perf_counter() + 0.01
    run.due = [start + number / rate for number in range(len(run.requests))]
    run.idle.extend(connections)
    while run.sent < len(run.requests) and not run.finished.is_set():
        now = time.perf_counter()
        while run.sent < len(run.requests) and run.due[run.sent] <= now and run.idle:
            number = run.next()
            assert number is not None
            run.idle.popleft().send(number, run.due[number])
        await asyncio.sleep(0.0005)


def measure(port: int, first: int, count: int, rate: float | None = None) -> Measured:
    """Send the messages of `count` members and return what was measured after the warm-up."""
    envelope = messages.envelope()
    requests = [messages.request(envelope, number) for number in range(first, first + count)]
    warm, counted = requests[:WARM_UP], requests[WARM_UP:]
    asyncio.run(_drive(port, warm, None))
    gc.collect()
    gc.disable()
    started = time.perf_counter()
    run = asyncio.run(_drive(port, counted, rate))
    gc.enable()
    for reply in run.replies:
        assert "已签到" in messages.opened(reply), messages.opened(reply)
    took = sorted(run.took)
    return Measured(
        per_second=len(took) / (run.ended - started),
        p50=took[len(took) // 2] * 1000,
        p99=took[len(took) * 99 // 100] * 1000,
        longest=took[-1] * 1000,
        count=len(took),
    )


def main() -> None:
    """Read the arguments, measure, print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("port", type=int)
    parser.add_argument("first", type=int)
    parser.add_argument("count", type=int)
    parser.add_argument("--rate", type=float)
    asked = parser.parse_args()
    print(json.dumps(asdict(measure(asked.port, asked.first, asked.count, asked.rate))))


if __name__ == "__main__":
    main()
