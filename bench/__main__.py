"""`make bench`: Zhibu beside an ordinary bot, in turn, on the same machine, under the same load.

Both answer encrypted WeCom messages, each committed durably. All say 签到, as a hall full of people
does, so the reading itself is done once (`bench.stages` shows what it takes). Ratios are what to
read: the same row moves by a third between runs of a shared machine.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path

from sqlalchemy import func, select

from bench import (
    importing,
    ledgers,
    naive,
    queueing,
    reading,
    reporting,
    stages,
    ticking,
    world,
)
from bench.postgres import DurablePostgres
from bench.servers import NAIVE, ZHIBU, Server, serving
from bot.domain.sending import SendState
from bot.storage.engine import Database
from bot.storage.models import Outbox

_MEMBERS = 1700  # each signs in once; the first 200 are the warm-up
_BROADCAST = 100_000
Found = dict[str, float]
_ALONE: dict[str, Callable[[], Iterable[str]]] = {
    "importing": importing.measure,
    "ledgers": ledgers.measure,
    "queueing": queueing.measure,
    "reporting": reporting.measure,
}


def main() -> None:
    """Measure what was asked for and print it."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument(
        "only",
        nargs="?",
        choices=tuple(_ALONE),
        help="one thing alone: the roster as a file, ledgers, the queue, the annual report",
    )
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--engine", choices=("sqlite", "postgresql", "both"), default="both")
    parser.add_argument("--stages", action="store_true", help="only the stages of one message")
    parser.add_argument("--tick", type=int, metavar="BRANCHES", help="only a tick over so many")
    asked = parser.parse_args()
    if asked.tick:
        for line in ticking.measure(asked.tick):
            print(line, flush=True)
        return
    if asked.only:
        for line in _ALONE[asked.only]():
            print(line, flush=True)
        return
    for stage, microseconds in [*reading.measure(), *stages.measure()]:
        print(f"{microseconds:8.0f} µs  {stage}")
    if asked.stages:
        return
    for line in (
        *importing.measure(),
        *ledgers.measure(sizes=(100_000,)),
        *reporting.measure(),
    ):
        print(line)
    with tempfile.TemporaryDirectory() as folder:
        if asked.engine in ("sqlite", "both"):
            _report("SQLite", _sqlite(Path(folder)), Path(folder), asked.rounds)
        if asked.engine in ("postgresql", "both"):
            with DurablePostgres() as postgres:
                _report("PostgreSQL", _postgresql(postgres), Path(folder), asked.rounds)


def _sqlite(folder: Path) -> Callable[[str], str]:
    """Return what makes a fresh, filled database file for a bot."""
    for bot, fill in (("naive", naive.fill), ("zhibu", world.fill)):
        fill(f"sqlite:///{folder}/{bot}.template", _MEMBERS)

    def fresh(bot: str) -> str:
        for stale in folder.glob(f"{bot}.db*"):
            stale.unlink()
        for part in folder.glob(f"{bot}.template*"):
            shutil.copyfile(part, folder / part.name.replace(".template", ".db"))
        return f"sqlite:///{folder}/{bot}.db"

    return fresh


def _postgresql(postgres: DurablePostgres) -> Callable[[str], str]:
    """Return what makes a fresh, filled PostgreSQL database for a bot."""
    for bot, fill in (("naive", naive.fill), ("zhibu", world.fill)):
        fill(postgres.create(f"{bot}_template"), _MEMBERS)

    def fresh(bot: str) -> str:
        return postgres.create(bot, template=f"{bot}_template")

    return fresh


def _report(engine: str, fresh: Callable[[str], str], folder: Path, rounds: int) -> None:
    """Run every server in turn, several rounds, and print medians and ratios to the best naive."""
    servers = [*(server for server in NAIVE if server.available), ZHIBU]
    found: dict[str, list[Found]] = {server.name: [] for server in servers}
    for _ in range(rounds):
        for server in servers:
            found[server.name].append(_run(server, fresh(server.bot), folder))
    rates = {name: _median(runs, "per_second") for name, runs in found.items()}
    best = max(rates[server.name] for server in servers if server.bot == "naive")
    half = _run(ZHIBU, fresh("zhibu"), folder, rate=rates[ZHIBU.name] / 2)
    print(f"\n{engine}: 16 connections, {rounds} rounds in turn, medians; every text is 签到")
    print(f"{'':34}{'req/s':>8}{'× naive':>9}{'p50 ms':>9}{'p99 ms':>9}")
    for server in servers:
        runs = found[server.name]
        print(
            f"{server.bot + ', ' + server.name:34}{rates[server.name]:8.0f}"
            f"{rates[server.name] / best:9.2f}{_median(runs, 'p50'):9.1f}{_median(runs, 'p99'):9.1f}"
        )
    busy = _while_broadcasting(fresh("zhibu"), folder, rates[ZHIBU.name] / 2)
    print(
        f"{'zhibu at half of that load':34}{half['per_second']:8.0f}{'':9}"
        f"{half['p50']:9.1f}{half['p99']:9.1f}"
    )
    print(
        f"{'the same, during a broadcast':34}{busy['per_second']:8.0f}{'':9}"
        f"{busy['p50']:9.1f}{busy['p99']:9.1f}   {busy['sent']:,.0f} of {_BROADCAST:,} sent meanwhile"
    )


def _run(server: Server, url: str, folder: Path, rate: float | None = None) -> Found:
    command = [sys.executable, "-m", "bench.load"]
    with serving(server, url, folder) as running:
        command += [str(running.port), "1", str(_MEMBERS)]
        if rate is not None:
            command += ["--rate", f"{rate:.0f}"]
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=300)
    found: Found = json.loads(done.stdout)
    return found


def _while_broadcasting(url: str, folder: Path, rate: float) -> Found:
    """Measure the webhook while a text to a hundred thousand leaves the same process."""
    world.broadcast(url, _BROADCAST)
    command = [sys.executable, "-m", "bench.platform", str(world.PLATFORM_PORT)]
    platform = subprocess.Popen(command)
    try:
        found = _run(ZHIBU, url, folder, rate=rate)
    finally:
        platform.kill()
        platform.wait()
    database = Database(url)
    with database.reading() as session:
        sent = session.scalar(
            select(func.count(Outbox.id)).where(Outbox.state == SendState.ACCEPTED)
        )
    database.close()
    return {**found, "sent": float(sent or 0)}


def _median(runs: list[Found], what: str) -> float:
    return statistics.median(run[what] for run in runs)


main()
