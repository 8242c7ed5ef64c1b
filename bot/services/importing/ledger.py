"""What every import shares: columns, lines set aside, problems by row, the outcome."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple, Protocol

from sqlalchemy.orm import Session

from bot.domain.errors import DomainError
from bot.domain.rights import Actor
from bot.files.spool import Spool
from bot.files.tables import CellValue

MOST_TOLD = 1000  # sentences kept of a kind; a file may be wrong in every row


class ImportRefused(DomainError):
    """Nothing was written.

    Attributes:
        problems: One sentence a mistake, by row, with what would be right; the first ones.
        count: How many there are.
    """

    def __init__(self, problems: Sequence[str], count: int | None = None) -> None:
        self.problems = tuple(problems)
        self.count = len(problems) if count is None else count
        super().__init__(f"有{self.count}处要改，改好再导入；这次一行也没有写入。")


class OnlyExported(DomainError):
    """A ledger that nothing from outside may enter; the sentence says why, and what to do."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a ledger.

    Attributes:
        aliases: Other headers under which it is found.
        hint: How to fill it in, for people.
    """

    name: str
    hint: str
    required: bool = False
    aliases: tuple[str, ...] = ()


class Line(NamedTuple):
    """One row of a file, with the cells of the columns that we know and the file has.

    A tuple, since it is set aside and read back: that takes a dataclass four times as long.
    """

    number: int
    cells: Mapping[str, CellValue]


@dataclass(frozen=True, slots=True)
class Source:
    """Who imports, when, and which account space each account column belongs to.

    Attributes:
        spaces: Column → account space; accounts of other columns are not bound, and said so.
        check_lesson: Refuses a wording that may not stand for a sentence (`NotTeachable`): what
            people can say is known above the services. Without it no wording is taught.
    """

    by: Actor
    now: datetime
    spaces: Mapping[str, str] = field(default_factory=dict)
    check_lesson: Callable[[str, str], None] | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an import did, or would do.

    Attributes:
        created_units: Names of branches and cells that only the roster names.
        changes: One line a row that changes something on record; the first `MOST_TOLD`.
        notes: What the person should look at.
    """

    added: int
    changed: int
    unchanged: int
    created_units: tuple[str, ...] = ()
    changes: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


class Watch(Protocol):
    """Sees how far an import or export has come."""

    def begin(self, words: str, total: int | None) -> None:
        """Begin a stretch of so many rows, where that is known."""

    def advance(self, rows: int) -> None:
        """Go on by some rows."""


class Unwatched:
    """Nobody looks."""

    def begin(self, words: str, total: int | None) -> None:
        """Take no notice."""

    def advance(self, rows: int) -> None:
        """Take no notice."""


class Problems:
    """Collects the mistakes of a file, so that all are told at once."""

    def __init__(self) -> None:
        self._found: list[tuple[int, str]] = []
        self._count = 0

    def __bool__(self) -> bool:
        return self._count > 0

    def add(self, line: int, column: str, sentence: str) -> None:
        """Note a mistake in a cell; `sentence` ends with its full stop."""
        self._count += 1
        if len(self._found) < MOST_TOLD:
            self._found.append((line, f"第{line}行 {column}：{sentence}"))

    def check(self) -> None:
        """Refuse if anything was noted.

        Raises:
            ImportRefused: With all of it, in the order of the rows.
        """
        if self._found:
            ordered = sorted(self._found, key=lambda item: item[0])
            raise ImportRefused([sentence for _, sentence in ordered], self._count)


class Staged:
    """What a file says, read once and set aside on disk; it can be gone through several times.

    Attributes:
        problems: Those found so far.
        remarks: On columns that are not used.
    """

    def __init__(self, spool: Spool, problems: Problems, watch: Watch) -> None:
        self._spool = spool
        self._watch = watch
        self.problems = problems
        self.remarks: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self._spool)

    def batches(self, says: str = "") -> Iterator[list[Any]]:
        """Yield what `Ledger.read` made of the lines, in pieces that fit into memory.

        Args:
            says: What a watcher reads meanwhile; nothing for a pass that takes no time.
        """
        if says:
            self._watch.begin(says, len(self))
        for batch in self._spool.batches():
            yield batch
            if says:
                self._watch.advance(len(batch))

    def use(self, key: str, by: str = "") -> tuple[str, int]:
        """Use a key of this file; return who used it first, and how often it has been by now."""
        return self._spool.use(key, by)


def keep_line(line: Line, _problems: Problems, _source: Source) -> Any:
    """Leave a line as it is, for ledgers that read it beside the records."""
    return line


def ungrouped(_read: Any) -> str:
    """Put a line into no group."""
    return ""


@dataclass(frozen=True, slots=True)
class Ledger:
    """A table that can be imported and exported.

    Attributes:
        run: Writes what was staged to the records in the caller's transaction, batch by batch;
            a refusal at the end takes all of it back.
        read: What is to be made of a line before any transaction is open; None leaves it out.
        group: What belongs together comes in one batch; "" where that does not matter.
        closed: Of a ledger that is only exported: why, and what to do instead of an import.
    """

    name: str
    title: str
    columns: tuple[Column, ...]
    run: Callable[[Session, Staged, Source], Outcome]
    read: Callable[[Line, Problems, Source], Any] = keep_line
    group: Callable[[Any], str] = ungrouped
    closed: str = ""

    @property
    def headers(self) -> tuple[str, ...]:
        """The headers in the order in which they are exported."""
        return tuple(column.name for column in self.columns)

    def check_open(self) -> None:
        """Refuse what would bring rows in, for a ledger that is only exported.

        Raises:
            OnlyExported
        """
        if self.closed:
            raise OnlyExported(f"{self.title}只能导出，不能导入。{self.closed}")


def only_exported(name: str, title: str, headers: Sequence[str], why: str) -> Ledger:
    """Return a ledger that is only exported.

    Args:
        why: Why nothing from outside may enter it, and what to do instead.
    """

    def run(_session: Session, _staged: Staged, _source: Source) -> Outcome:
        raise OnlyExported(why)

    return Ledger(name, title, tuple(Column(header, "") for header in headers), run, closed=why)
