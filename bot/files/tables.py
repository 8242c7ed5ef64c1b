"""Tables in files: what a cell may hold, which kind of file it is, reading and writing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import TypeAlias

from bot.domain.errors import DomainError

MAX_FILE = 64 * 1024 * 1024  # bytes
MAX_ROWS = 200_000
MAX_COLUMNS = 60

_ZIP = b"PK\x03\x04"
_OLD_EXCEL = b"\xd0\xcf\x11\xe0"


@dataclass(frozen=True, slots=True)
class Formula:
    """A cell that computes something: what it would show is not ours to guess."""

    text: str


CellValue: TypeAlias = str | int | float | bool | datetime | date | time | Formula | None
Rows: TypeAlias = Iterator[tuple[int, Sequence[CellValue]]]


class UnreadableFile(DomainError):
    """A file that is no table we can read; the sentence says what to do."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet of a file; its rows can be read once, before the next sheet is asked for.

    Attributes:
        rows: Row number as the program shows it (from 1), and the cells from column A on.
        expected: How many rows the file says it has; None where it does not.
    """

    name: str
    rows: Rows
    expected: int | None = None


@dataclass(frozen=True, slots=True)
class Sheets:
    """What is written: a table, and an explanation of its columns where it is an empty form.

    Attributes:
        notes: (column, how to fill it in), written to a second sheet; CSV has no place for it.
        stamp: Who took it out, and when: in the footer of every page, in the properties of the
            file and on a sheet behind the table, where an import does not read it. CSV has no
            place for that either.
    """

    title: str
    headers: tuple[str, ...]
    rows: Iterable[Sequence[CellValue]]
    notes: tuple[tuple[str, str], ...] = ()
    stamp: str = ""


def read_sheets(path: Path) -> Iterator[Sheet]:
    """Yield the visible sheets of an .xlsx file, or the one of a CSV file, told by content.

    Raises:
        UnreadableFile: It cannot be opened, is too large, or is neither of the two.
    """
    head = _first_bytes(path)
    if head.startswith(_OLD_EXCEL):
        raise UnreadableFile(
            f"{path.name} 是旧版 .xls 或者加了密码的文件。请在Excel或WPS里去掉密码，另存为 .xlsx。"
        )
    if head.startswith(_ZIP):
        from bot.files import xlsx  # openpyxl takes its time to load

        yield from xlsx.read(path)
    else:
        from bot.files import delimited

        yield from delimited.read(path)


def write_sheets(path: Path, sheets: Sheets) -> None:
    """Write a table as .xlsx or .csv, by the ending of the name; whole or not at all.

    Raises:
        UnreadableFile: The name ends otherwise, or the file cannot be written.
    """
    whole_or_nothing(path, lambda draft: _writer(path)(draft, sheets))


def whole_or_nothing(path: Path, write: Callable[[Path], None]) -> None:
    """Write a file under another name first, so that there is never half of it.

    Raises:
        UnreadableFile: The file cannot be written.
    """
    draft = path.with_name(f"{path.name}.part")
    try:
        write(draft)
        draft.replace(path)
    except OSError:
        raise UnreadableFile(f"写不了文件 {path}。请检查文件夹是否存在、有没有权限。") from None
    finally:
        draft.unlink(missing_ok=True)


def write_book(path: Path, sheets: Sequence[Sheets], stamp: str) -> None:
    """Write several tables as the sheets of one .xlsx; whole or not at all.

    Raises:
        UnreadableFile: The name ends otherwise, or the file cannot be written.
    """
    if path.suffix.lower() != ".xlsx":
        raise UnreadableFile(f"文件名要以 .xlsx 结尾，现在是“{path.name}”。")
    from bot.files import xlsx

    whole_or_nothing(path, lambda draft: xlsx.write_book(draft, sheets, stamp))


def check_count(number: int, cells: int = 0) -> None:
    """Refuse tables larger than anything we are meant for.

    Args:
        cells: So far, also empty ones.

    Raises:
        UnreadableFile: There are more than `MAX_ROWS` rows, or as many cells as those could have.
    """
    if number > MAX_ROWS or cells > MAX_ROWS * MAX_COLUMNS:
        raise UnreadableFile(f"表格超过{MAX_ROWS}行，请拆成几个文件分别导入。")


def _writer(path: Path) -> Callable[[Path, Sheets], None]:
    if path.suffix.lower() == ".xlsx":
        from bot.files import xlsx

        return xlsx.write
    if path.suffix.lower() == ".csv":
        from bot.files import delimited

        return delimited.write
    raise UnreadableFile(f"文件名要以 .xlsx 或 .csv 结尾，现在是“{path.name}”。")


def _first_bytes(path: Path) -> bytes:
    try:
        if path.stat().st_size > MAX_FILE:
            raise UnreadableFile(f"{path.name} 超过{MAX_FILE // 1024 // 1024}MB，请拆成几个文件。")
        with path.open("rb") as file:
            return file.read(8)
    except OSError:
        raise UnreadableFile(f"打不开文件 {path}。请检查路径和权限。") from None
