"""How long a roster takes to come in: seconds and resident memory, each in a process of its own."""

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
from bot.services import importing
from bot.services.officers import OPERATOR
from bot.storage import schema
from bot.storage.engine import Database

url, path = sys.argv[1:]
database = Database(url)
schema.upgrade(database)
source = importing.Source(OPERATOR, datetime.now(UTC), {"企业微信账号": "wecom:bench"})
found = []
for _ in range(2):
    started = time.perf_counter()
    with database.writing() as session:
        outcome = importing.run_file(session, importing.LEDGERS["roster"], Path(path), source)
    found.append((time.perf_counter() - started, outcome.added, outcome.unchanged))
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(json.dumps({"took": found, "peak_mb": peak / 1024}))
"""


def measure(sizes: tuple[int, ...] = _SIZES) -> Iterator[str]:
    """Yield a line for each size: a new roster of so many members, and the same file again."""
    with tempfile.TemporaryDirectory() as folder:
        for size in sizes:
            path = Path(folder) / f"{size}.xlsx"
            write_sheets(path, Sheets("名册", LEDGERS["roster"].headers, _Roster(size)))
            url = f"sqlite:///{folder}/{size}.db"
            command = [sys.executable, "-c", _RUN, url, str(path)]
            done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
            found = json.loads(done.stdout)
            (first, added, _), (again, _, unchanged) = found["took"]
            yield (
                f"roster of {size:,} members from xlsx into SQLite: {added:,} added in {first:.1f} s; "
                f"again, {unchanged:,} unchanged in {again:.1f} s; peak {found['peak_mb']:.0f} MB"
            )


class _Roster:
    """Rows made as they are asked for; as many as it says."""

    def __init__(self, size: int) -> None:
        self._size = size

    def __len__(self) -> int:
        return self._size

    def __iter__(self) -> Iterator[tuple[CellValue, ...]]:
        for number in range(1, self._size + 1):
            cells = {
                **_CELL,
                "姓名": name_of(number),
                "党组织": f"第{branch_of(number)}党支部",
                "企业微信账号": user_id(number),
                "手机尾号": f"{number % 10_000:04}",
            }
            yield tuple(cells.get(header) for header in LEDGERS["roster"].headers)


if __name__ == "__main__":
    for line in measure():
        print(line)
