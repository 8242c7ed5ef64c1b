"""Finds the table of a ledger in a file: the header by its columns, then line by line."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.files.tables import Sheet, read_sheets
from bot.services.importing.ledger import ImportRefused, Ledger, Line

_HEADER_WITHIN = 10  # rows; titles and remarks may stand above the header


@dataclass(frozen=True, slots=True)
class Table:
    """The table of a file that has the header of a ledger.

    Attributes:
        lines: Can be read once.
        remarks: On columns that are not used.
        expected: About how many lines there are, where the file says so.
    """

    lines: Iterator[Line]
    remarks: tuple[str, ...]
    expected: int | None


def read_lines(path: Path, ledger: Ledger) -> Table:
    """Return the table of a file; its lines are read as they are asked for.

    Raises:
        UnreadableFile: It is no table.
        ImportRefused: No sheet has the header, or a required column is missing.
    """
    closest: list[str] = []
    sheets = read_sheets(path)
    for sheet in sheets:
        header = _find_header(sheet, ledger)
        if header is None:
            continue
        columns, remarks, missing = header
        if not missing:
            return Table(_lines(sheet, columns, sheets), tuple(remarks), sheet.expected)
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


def _lines(sheet: Sheet, columns: Mapping[int, str], _open: Iterator[Sheet]) -> Iterator[Line]:
    """Yield the lines below the header; `_open` keeps the file open until then."""
    for number, row in sheet.rows:
        cells = {name: row[at] if at < len(row) else None for at, name in columns.items()}
        if any(value is not None and str(value).strip() for value in cells.values()):
            yield Line(number, cells)
