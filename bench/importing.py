"""How long a roster takes to come in, and how much memory: each size in a process of its own.

Told apart: reading the file, during which everybody else goes on writing, and the transaction,
during which on SQLite nobody else does.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from bench.world import branch_of, name_of, user_id
from bot.files.tables import CellValue, Sheets, write_sheets
from bot.services.importing import LEDGERS

_SIZES = (10_000, 100_000)
_CELL = {
    "党员类型": "正式党员",
    "人员类别": "在职",
    "月缴党费": "30",
}
_RUN = """
import json, resource, sys, time
from datetime import UTC, datetime
from pathlib import Path
from bot.services import exporting, importing
from bot.services.officers import OPERATOR
from bot.storage import schema
from bot.storage.engine import Database

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024

url, path = sys.argv[1:]
database = Database(url)
schema.upgrade(database)
now, spaces = datetime.now(UTC), {"企业微信账号": "wecom:bench"}
source, ledger = importing.Source(OPERATOR, now, spaces), importing.LEDGERS["roster"]
began, found = peak(), []
for _ in range(2):
    started, used = time.perf_counter(), time.process_time()
    with importing.stage_file(Path(path), ledger, source) as staged:
        read = time.perf_counter()
        with database.writing() as session:
            outcome = importing.run_staged(session, ledger, staged, source)
    ended = time.perf_counter()
    used = time.process_time() - used
    found.append((read - started, ended - read, used, outcome.added, outcome.unchanged))
imported, started = peak(), time.perf_counter()
with database.writing() as session:
    request = exporting.Request(OPERATOR, now, spaces)
    exporting.run_file(session, ledger, Path(path).with_suffix(".out.xlsx"), request)
out = time.perf_counter() - started
print(json.dumps({"took": found, "began": began, "in": imported, "out": out, "peak": peak()}))
"""


def measure(sizes: tuple[int, ...] = _SIZES) -> Iterator[str]:
    """Yield a line for each size: a new roster, the same file again, and its export."""
    with tempfile.TemporaryDirectory() as folder:
        for size in sizes:
            path = Path(folder) / f"{size}.xlsx"
            write_sheets(path, Sheets("名册", LEDGERS["roster"].headers, _roster(size)))
            url = f"sqlite:///{folder}/{size}.db"
            command = [sys.executable, "-c", _RUN, url, str(path)]
            done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
            found = json.loads(done.stdout)
            first, second = found["took"]
            read, written, used, added, _ = first
            again, compared, used_again, _, unchanged = second
            yield (
                f"roster of {size:,} members, xlsx and SQLite: {added:,} added in "
                f"{read + written:.1f} s (transaction {written:.1f} s, processor {used:.1f} s); "
                f"again, {unchanged:,} unchanged in {again + compared:.1f} s "
                f"(transaction {compared:.1f} s, processor {used_again:.1f} s); exported in {found['out']:.1f} s; "
                f"memory {found['began']:.0f} MB before, {found['in']:.0f} MB at most importing, "
                f"{found['peak']:.0f} MB at most exporting"
            )


def _roster(size: int) -> Iterator[tuple[CellValue, ...]]:
    for number in range(1, size + 1):
        cells = {
            **_CELL,
            "姓名": name_of(number),
            "党组织": f"第{branch_of(number)}党支部",
            "企业微信账号": user_id(number),
            "手机尾号": f"{number % 10_000:04}",
        }
        yield tuple(cells.get(header) for header in LEDGERS["roster"].headers)


if __name__ == "__main__":
    for line in measure(tuple(int(size) for size in sys.argv[1:]) or _SIZES):
        print(line)
