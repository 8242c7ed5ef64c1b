"""Sets the lines of a file aside before any transaction is open: reading takes the longest."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from bot.files.spool import Spool
from bot.services.importing.header import read_lines
from bot.services.importing.ledger import Ledger, Line, Problems, Source, Staged, Unwatched, Watch

_READING, _TICK = "读表", 500
_UNWATCHED = Unwatched()


@contextmanager
def stage_file(
    path: Path, ledger: Ledger, source: Source, watch: Watch = _UNWATCHED
) -> Iterator[Staged]:
    """Read a file; its lines are gone at the end.

    Raises:
        OnlyExported
        UnreadableFile: It is no table.
        ImportRefused: No sheet has the header, or a required column is missing.
    """
    ledger.check_open()
    table = read_lines(path, ledger)
    watch.begin(_READING, table.expected)
    with stage_lines(_watched(table.lines, watch), ledger, source, watch) as staged:
        staged.remarks = table.remarks
        yield staged


@contextmanager
def stage_lines(
    lines: Iterable[Line], ledger: Ledger, source: Source, watch: Watch = _UNWATCHED
) -> Iterator[Staged]:
    """Set lines aside; what is wrong with each alone is noted.

    Raises:
        OnlyExported
    """
    ledger.check_open()
    problems = Problems()
    with Spool() as spool:
        for line in lines:
            read = ledger.read(line, problems, source)
            if read is not None:
                spool.put(line.number, read, ledger.group(read))
        yield Staged(spool, problems, watch)


def _watched(lines: Iterable[Line], watch: Watch) -> Iterator[Line]:
    for number, line in enumerate(lines, start=1):
        yield line
        if number % _TICK == 0:
            watch.advance(_TICK)
