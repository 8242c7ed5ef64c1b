"""Excel workbooks, streamed both ways; a cell never becomes a live formula."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

from openpyxl import Workbook, load_workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE, WriteOnlyCell
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet._reader import INLINE_STRING, WorkSheetParser
from openpyxl.xml.constants import SHEET_MAIN_NS

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
_TEXT_TAG = f"{{{SHEET_MAIN_NS}}}t"


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
                expected = sheet.max_row
                sheet.reset_dimensions()  # what the file says of its own size may be wrong
                yield Sheet(sheet.title, _rows(sheet, path), expected)


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
    rows = _parsed(sheet)
    last = cells = 0
    while True:
        try:
            found = next(rows, None)
        except Exception:  # see above: the sheet is only parsed now
            raise _damaged(path) from None
        if found is None:
            return
        number, row = found
        cells += len(row)
        check_count(number, cells)
        if number > last:  # a second row of a number is left out, as by openpyxl
            last = number
            yield number, _values(row)


def _values(row: Iterable[Mapping[str, Any]]) -> list[CellValue]:
    """Return the values from column A on."""
    values: list[CellValue] = []
    for cell in row:
        at = cell["column"] - 1
        if at < MAX_COLUMNS:
            values.extend([None] * (at + 1 - len(values)))
            values[at] = _value(cell)
    return values


def _parsed(sheet: Any) -> Iterator[tuple[int, list[dict[str, Any]]]]:
    """Yield (number, cells) of the rows that have any, in order.

    `iter_rows` does the same at twice the cost: it makes an object of every cell.
    """
    book = sheet.parent
    with sheet._get_source() as source:
        parser = _Parser(
            source,
            sheet._shared_strings,
            data_only=False,
            epoch=book.epoch,
            date_formats=book._date_formats,
            timedelta_formats=book._timedelta_formats,
        )
        yield from parser.parse()


class _Parser(WorkSheetParser):
    """openpyxl's own parser, with a short way for plain texts, as most cells of an export are."""

    def parse_cell(self, element: Any) -> dict[str, Any]:
        """Return a cell as a mapping."""
        if element.get("t") == "inlineStr" and len(element) == 1:
            inline = element[0]
            if inline.tag == INLINE_STRING and len(inline) == 1 and inline[0].tag == _TEXT_TAG:
                column = _column(element.get("r")) or self.col_counter + 1
                self.col_counter = column
                return {"column": column, "value": inline[0].text or "", "data_type": "s"}
        found: dict[str, Any] = super().parse_cell(element)
        return found


def _column(place: str | None) -> int:
    """Return the column of a place (`AB12` → 28), 0 where there is none."""
    number = 0
    for letter in place or "":
        if not "A" <= letter <= "Z":
            break
        number = number * 26 + ord(letter) - 64
    return number


def _value(cell: Mapping[str, Any]) -> CellValue:
    if cell["data_type"] == "f":
        return Formula(str(cell["value"]))
    value: CellValue = cell["value"]
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
