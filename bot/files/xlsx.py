"""Excel workbooks, streamed both ways; a cell never becomes a live formula."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

from openpyxl import Workbook, load_workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE, WriteOnlyCell
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter

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

MAX_UNPACKED = 256 * 1024 * 1024  # bytes; 400 kB can unpack to hundreds of megabytes
_NOTES = "填写说明"
_SIGNED = "导出说明"
_DATE = "yyyy-mm-dd"
_TEXT = "@"


def read(path: Path) -> Iterator[Sheet]:
    """Yield the visible sheets of a workbook.

    Raises:
        UnreadableFile: It is damaged, or unpacks to more than we take.
    """
    _check_size(path)
    with path.open("rb") as file:
        try:
            book = load_workbook(file, read_only=True, data_only=False, keep_links=False)
        except Exception:  # a damaged package raises whatever its parts raise
            raise _damaged(path) from None
        for sheet in book.worksheets:
            if sheet.sheet_state == "visible":
                sheet.reset_dimensions()  # what the file says of its own size may be wrong
                yield Sheet(sheet.title, _rows(sheet, path))


def write(path: Path, sheets: Sheets) -> None:
    """Write a workbook."""
    book = Workbook(write_only=True)
    _write_sheet(book, sheets.title, sheets.headers, sheets.rows, sheets.stamp)
    if sheets.notes:
        _write_sheet(book, _NOTES, ("列", "怎么填"), sheets.notes)
    if sheets.stamp:
        _sign(book, sheets.stamp)
        _write_sheet(book, _SIGNED, ("说明",), [(sheets.stamp,)])
    book.save(path)


def write_book(path: Path, sheets: Sequence[Sheets], stamp: str) -> None:
    """Write several tables as the sheets of one workbook, the stamp on every page."""
    book = Workbook(write_only=True)
    _sign(book, stamp)
    for sheet in sheets:
        _write_sheet(book, sheet.title, sheet.headers, sheet.rows, stamp)
    book.save(path)


def _sign(book: Workbook, stamp: str) -> None:
    book.properties.creator = stamp
    book.properties.description = stamp


def _check_size(path: Path) -> None:
    try:
        with zipfile.ZipFile(path) as package:
            unpacked = sum(part.file_size for part in package.infolist())
    except zipfile.BadZipFile:
        raise _damaged(path) from None
    if unpacked > MAX_UNPACKED:
        raise UnreadableFile(f"{path.name} 解开后太大，不像一张名单。请只留下要导入的那张表再存。")


def _rows(sheet: Any, path: Path) -> Rows:
    rows = iter(sheet.iter_rows())
    number = cells = 0
    while True:
        try:
            row = next(rows, None)
        except Exception:  # see above: the sheet is only parsed now
            raise _damaged(path) from None
        if row is None:
            return
        number += 1
        cells += len(row)
        check_count(number, cells)
        yield number, [_value(cell) for cell in row[:MAX_COLUMNS]]


def _value(cell: Any) -> CellValue:
    if cell.data_type == "f":
        return Formula(str(cell.value))
    value: CellValue = cell.value
    return value


def _write_sheet(
    book: Workbook,
    title: str,
    headers: Sequence[str],
    rows: Iterable[Sequence[CellValue]],
    stamp: str = "",
) -> None:
    sheet = book.create_sheet(title)
    if stamp:
        sheet.oddFooter.center.text = stamp.replace("&", "&&")
    sheet.freeze_panes = "A2"
    for number, header in enumerate(headers, start=1):
        width = max(12, 2 * len(header) + 4)
        sheet.column_dimensions[get_column_letter(number)].width = width
    sheet.append([_heading(sheet, header) for header in headers])
    for row in rows:
        sheet.append([_cell(sheet, value) for value in row])


def _heading(sheet: Any, text: str) -> Any:
    cell = _cell(sheet, text)
    cell.font = Font(bold=True)
    cell.alignment = Alignment(horizontal="center")
    return cell


def _cell(sheet: Any, value: CellValue) -> Any:
    if isinstance(value, Formula):
        value = value.text
    if isinstance(value, str):
        return _text_cell(sheet, value)
    cell = WriteOnlyCell(sheet, value)  # type: ignore[arg-type]  # it takes days and times too
    if isinstance(value, date) and not isinstance(value, datetime):
        cell.number_format = _DATE
    return cell


def _text_cell(sheet: Any, text: str) -> Any:
    cell = WriteOnlyCell(sheet, ILLEGAL_CHARACTERS_RE.sub("", text))
    cell.data_type = "s"  # also where it starts with = + - @
    cell.number_format = _TEXT  # and stays text when somebody edits it: 0123
    return cell


def _damaged(path: Path) -> UnreadableFile:
    return UnreadableFile(f"{path.name} 打不开，可能已损坏。请在Excel或WPS里重新另存为 .xlsx。")
