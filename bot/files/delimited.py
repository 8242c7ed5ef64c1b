"""CSV as Excel and WPS write it in China: UTF-8 with or without mark, GB18030, UTF-16."""

from __future__ import annotations

import codecs
import csv
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from pathlib import Path

from bot.files.tables import (
    MAX_COLUMNS,
    CellValue,
    Formula,
    Rows,
    Sheet,
    Sheets,
    UnreadableFile,
    check_count,
)

_DANGEROUS = ("=", "+", "-", "@", "\t", "\r")
_QUOTE = "'"
_AT_ONCE = 1 << 16  # characters


def read(path: Path) -> Iterator[Sheet]:
    """Yield the one sheet of a CSV file.

    Raises:
        UnreadableFile: It is no text.
    """
    encoding, lines = _look(path)
    yield Sheet(path.stem, _rows(path, encoding), lines)


def write(path: Path, sheets: Sheets) -> None:
    """Write a CSV file that Excel opens with the right characters."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([_written(header) for header in sheets.headers])
        writer.writerows([_written(value) for value in row] for row in sheets.rows)


def _look(path: Path) -> tuple[str, int]:
    """Return the encoding of a file and how many lines it has."""
    with path.open("rb") as file:
        marked = file.read(2) in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
    for encoding in ("utf-16",) if marked else ("utf-8-sig", "gb18030"):
        lines = _count_lines(path, encoding)
        if lines is not None:
            return encoding, lines
    raise UnreadableFile(f"{path.name} 不是表格文件。请用 .xlsx 或 .csv。")


def _count_lines(path: Path, encoding: str) -> int | None:
    """Return how many lines a text has; None where it is none in this encoding."""
    lines = 0
    try:
        with path.open(encoding=encoding, newline="") as file:
            while part := file.read(_AT_ONCE):
                if "\0" in part:
                    return None
                lines += part.count("\n")
    except UnicodeError:
        return None
    return lines


def _rows(path: Path, encoding: str) -> Rows:
    with path.open(encoding=encoding, newline="") as file:
        delimiter = _delimiter(file)
        file.seek(0)
        reader = csv.reader(file, delimiter=delimiter)
        try:
            for number, row in enumerate(reader, start=1):
                check_count(number)
                yield number, [_read(cell) for cell in row[:MAX_COLUMNS]]
        except csv.Error:
            raise UnreadableFile(
                f"{path.name} 第{reader.line_num}行附近的引号不成对，请用Excel重新另存。"
            ) from None


def _delimiter(lines: Iterable[str]) -> str:
    head = next((line for line in lines if line.strip()), "")
    return max(",", "\t", ";", key=head.count)


def _read(cell: str) -> CellValue:
    return cell[1:] if _is_guarded(cell) else cell


def _written(value: CellValue) -> str:
    """Return the text of a cell; one that Excel would compute is guarded by an apostrophe."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.isoformat(sep=" ", timespec="minutes")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, (int, float)):
        return str(value)
    text = value.text if isinstance(value, Formula) else str(value)
    return _QUOTE + text if text.lstrip(_QUOTE).startswith(_DANGEROUS) else text


def _is_guarded(cell: str) -> bool:
    return cell.startswith(_QUOTE) and cell.lstrip(_QUOTE).startswith(_DANGEROUS)
