"""CSV as Excel and WPS write it in China: UTF-8 with or without mark, GB18030, UTF-16."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator
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


def read(path: Path) -> Iterator[Sheet]:
    """Yield the one sheet of a CSV file.

    Raises:
        UnreadableFile: It is no text.
    """
    text = _decode(path)
    yield Sheet(path.stem, _rows(text, path))


def write(path: Path, sheets: Sheets) -> None:
    """Write a CSV file that Excel opens with the right characters."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([_written(header) for header in sheets.headers])
        writer.writerows([_written(value) for value in row] for row in sheets.rows)


def _decode(path: Path) -> str:
    data = path.read_bytes()
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encodings: tuple[str, ...] = ("utf-16",)
    else:
        encodings = ("utf-8-sig", "gb18030")
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise UnreadableFile(f"{path.name} 不是表格文件。请用 .xlsx 或 .csv。")


def _rows(text: str, path: Path) -> Rows:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text))
    try:
        for number, row in enumerate(reader, start=1):
            check_count(number)
            yield number, [_read(cell) for cell in row[:MAX_COLUMNS]]
    except csv.Error:
        raise UnreadableFile(
            f"{path.name} 第{reader.line_num}行附近的引号不成对，请用Excel重新另存。"
        ) from None


def _delimiter(text: str) -> str:
    head = next((line for line in text.splitlines() if line.strip()), "")
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
