"""What every import shares: columns by header, lines, problems by row, the outcome."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from sqlalchemy.orm import Session

from bot.domain.errors import DomainError
from bot.domain.rights import Actor
from bot.files.tables import CellValue, Sheet, read_sheets

_HEADER_WITHIN = 10  # rows; titles and remarks may stand above the header


class ImportRefused(DomainError):
    """Nothing was written.

    Attributes:
        problems: One sentence a mistake, by row, with what would be right.
    """

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__(f"有{len(problems)}处要改，改好再导入；这次一行也没有写入。")
        self.problems = tuple(problems)


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


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a file, with the cells of the columns that we know and the file has."""

    number: int
    cells: Mapping[str, CellValue]


@dataclass(frozen=True, slots=True)
class Source:
    """Who imports, when, and which account space each account column belongs to.

    Attributes:
        spaces: Column → account space; accounts of other columns are not bound, and said so.
    """

    by: Actor
    now: datetime
    spaces: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an import did, or would do.

    Attributes:
        created_units: Names of branches and cells that only the roster names.
        changes: One line a row that changes something on record.
        notes: What the person should look at.
    """

    added: int
    changed: int
    unchanged: int
    created_units: tuple[str, ...] = ()
    changes: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Ledger:
    """A table that can be imported and exported.

    Attributes:
        run: Writes lines to the records in the caller's transaction.
    """

    name: str
    title: str
    columns: tuple[Column, ...]
    run: Callable[[Session, Sequence[Line], Source], Outcome]

    @property
    def headers(self) -> tuple[str, ...]:
        """The headers in the order in which they are exported."""
        return tuple(column.name for column in self.columns)


class Problems:
    """Collects every mistake of a file, so that all are told at once."""

    def __init__(self) -> None:
        self._found: list[tuple[int, str]] = []

    def add(self, line: int, column: str, sentence: str) -> None:
        """Note a mistake in a cell; `sentence` ends with its full stop."""
        self._found.append((line, f"第{line}行 {column}：{sentence}"))

    def check(self) -> None:
        """Refuse if anything was noted.

        Raises:
            ImportRefused: With all of it, in the order of the rows.
        """
        if self._found:
            ordered = sorted(self._found, key=lambda item: item[0])
            raise ImportRefused([sentence for _, sentence in ordered])


def read_lines(path: Path, ledger: Ledger) -> tuple[list[Line], list[str]]:
    """Return the lines of a file, and remarks on columns that are not used.

    Raises:
        UnreadableFile: It is no table.
        ImportRefused: No sheet has the header, or a required column is missing.
    """
    closest: list[str] = []
    for sheet in read_sheets(path):
        header = _find_header(sheet, ledger)
        if header is None:
            continue
        columns, remarks, missing = header
        if not missing:
            return _lines(sheet, columns), remarks
        closest = closest or [f"表头缺少这一列：{name}。" for name in missing]
    if closest:
        raise ImportRefused(closest)
    wanted = "、".join(ledger.headers)
    raise ImportRefused([f"没有找到表头。第一行请写列名：{wanted}。"])


def header_key(text: str) -> str:
    """Return a header without spaces, stars and remarks in brackets: `月缴 党费（元）*`."""
    plain = unicodedata.normalize("NFKC", text)
    return re.sub(r"\(.*?\)|[\s*:]", "", plain).casefold()


def _find_header(
    sheet: Sheet, ledger: Ledger
) -> tuple[dict[int, str], list[str], list[str]] | None:
    """Return (position → column, remarks, required columns that are missing), or None."""
    known = {
        header_key(word): column.name
        for column in ledger.columns
        for word in (column.name, *column.aliases)
    }
    for number, row in sheet.rows:
        texts = [header_key(str(cell)) if cell is not None else "" for cell in row]
        found = {index: known[text] for index, text in enumerate(texts) if text in known}
        if len(found) >= 2 or any(_is_key(ledger, name) for name in found.values()):
            names = list(found.values())
            twice = sorted({name for name in names if names.count(name) > 1})
            if twice:
                raise ImportRefused([f"第{number}行 表头：“{name}”出现了两次。" for name in twice])
            missing = [c.name for c in ledger.columns if c.required and c.name not in names]
            return found, _remarks(texts, found, ledger), missing
        if number >= _HEADER_WITHIN:
            break
    return None


def _is_key(ledger: Ledger, name: str) -> bool:
    return name == ledger.columns[0].name


def _remarks(texts: Sequence[str], found: Mapping[int, str], ledger: Ledger) -> list[str]:
    unused = [text for index, text in enumerate(texts) if text and index not in found]
    remarks = []
    for text in unused:
        free = [name for name in ledger.headers if name not in found.values()]
        near = difflib.get_close_matches(text, free, n=1, cutoff=0.6)
        hint = f"（是不是“{near[0]}”？）" if near else ""
        remarks.append(f"“{text}”这一列没有用到{hint}。")
    return remarks


def _lines(sheet: Sheet, columns: Mapping[int, str]) -> list[Line]:
    lines = []
    for number, row in sheet.rows:
        cells = {name: row[at] if at < len(row) else None for at, name in columns.items()}
        if any(value is not None and str(value).strip() for value in cells.values()):
            lines.append(Line(number, cells))
    return lines
