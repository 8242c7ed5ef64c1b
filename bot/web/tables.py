"""Lists as people use them: found by a word, sorted by a column, page by page, taken away as a file."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from flask import Response, request, url_for

from bot.clock import local
from bot.files.tables import CellValue, Sheets, write_sheets
from bot.web.console import Visit

PER_PAGE = 40
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell.

    Attributes:
        href: Where it leads, or "".
        order: What it is sorted by; its text where that is None.
        tone: `good`, `wait`, `bad` or "": said by its words too, never by colour alone.
    """

    text: str
    href: str = ""
    order: Any = None
    tone: str = ""

    @property
    def key(self) -> Any:
        """What it is sorted by."""
        return self.text if self.order is None else self.order


Row = Sequence[Cell]


@dataclass(frozen=True, slots=True)
class Column:
    """A heading.

    Attributes:
        number: Its values are numbers, written to the right.
        href: Sorts by it, the other way round where it is sorted by it already.
        sorted: `ascending`, `descending` or "".
    """

    label: str
    number: bool = False
    href: str = ""
    sorted: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """A list as it is shown.

    Attributes:
        title: Its caption, and the name of its file.
        empty: What to do where nothing is in it.
        total: How many rows there are on all pages.
        query: The word they were found by.
        before, after: Addresses of the neighbouring pages, or "".
    """

    title: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    empty: str
    total: int
    query: str = ""
    page: int = 1
    pages: int = 1
    before: str = ""
    after: str = ""
    export: str = ""


def arrange(
    title: str,
    columns: Sequence[Column],
    rows: Sequence[Row],
    *,
    empty: str,
    fill: Callable[[Sequence[Row]], Sequence[Row]] = tuple,
) -> Table:
    """Return a list found, sorted and cut as the address of the request asks for.

    Args:
        rows: All of them, in their own order.
        empty: What to do where there is none at all.
        fill: Adds to the rows that are shown what takes its time to find out.
    """
    query = request.args.get("q", "").strip()[:60]
    found = [row for row in rows if _holds(row, query)] if query else list(rows)
    by, down = _sorting(columns[: len(rows[0])] if rows else columns)
    if by is not None:
        found.sort(key=lambda row: _comparable(row[by].key), reverse=down)
    if wants_file():
        return Table(title, tuple(columns), tuple(fill(found)), empty, len(found), query)
    page, pages = _page(len(found))
    shown = fill(found[(page - 1) * PER_PAGE : page * PER_PAGE])
    return Table(
        title,
        tuple(
            _heading(column, n, by, down) if n < len(rows[0]) else column
            for n, column in enumerate(columns)
        )
        if rows
        else tuple(columns),
        tuple(shown),
        empty if not query else "没有找到。换一个词，或者清空查找框。",
        len(found),
        query,
        page,
        pages,
        _with(page=page - 1) if page > 1 else "",
        _with(page=page + 1) if page < pages else "",
        _with(export="xlsx", page=None),
    )


def paged(
    title: str, columns: Sequence[Column], rows: Sequence[Row], total: int, *, empty: str
) -> Table:
    """Return a list of which the database has found, sorted and cut one page already."""
    query = request.args.get("q", "").strip()[:60]
    page, pages = _page(total)
    return Table(
        title,
        tuple(columns),
        tuple(rows),
        empty if not query else "没有找到。换一个词，或者清空查找框。",
        total,
        query,
        page,
        pages,
        _with(page=page - 1) if page > 1 else "",
        _with(page=page + 1) if page < pages else "",
        _with(export="xlsx", page=None),
    )


def page_asked() -> int:
    """Return the number of the page asked for, from 1."""
    return max(1, request.args.get("page", 1, type=int))


def wants_file() -> bool:
    """Tell whether the list is to be taken away as a file."""
    return request.args.get("export") == "xlsx"


def as_file(table: Table, here: Visit) -> Response:
    """Return a list as a spreadsheet, stamped with who took it and when; formulas are only text."""
    stamp = f"{here.member.name} {local(here.now):%Y-%m-%d %H:%M} 导出"
    headers = tuple(column.label for column in table.columns)
    rows: list[list[CellValue]] = [[cell.text for cell in row] for row in table.rows]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "list.xlsx"
        write_sheets(path, Sheets(table.title, headers, rows, stamp=stamp))
        body = path.read_bytes()
    return file_response(body, f"{table.title}-{local(here.now):%Y%m%d}.xlsx", XLSX)


def file_response(body: bytes, name: str, kind: str) -> Response:
    """Return a file to be kept, under a name that no file system takes amiss."""
    safe = "".join("-" if letter in '\\/:*?"<>|\r\n\t' else letter for letter in name)
    answer = Response(body, content_type=kind)
    answer.headers.set("Content-Disposition", "attachment", filename=safe)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _holds(row: Row, query: str) -> bool:
    return all(any(word in cell.text for cell in row) for word in query.split())


def _comparable(value: Any) -> tuple[int, Any]:
    return (1, "") if value is None else (0, value)


def _sorting(columns: Sequence[Column]) -> tuple[int | None, bool]:
    asked = request.args.get("sort", "")
    number = asked.lstrip("-")
    if not number.isascii() or not number.isdigit() or int(number) >= len(columns):
        return None, False
    return int(number), asked.startswith("-")


def _heading(column: Column, number: int, by: int | None, down: bool) -> Column:
    here = number == by
    to = f"-{number}" if here and not down else str(number)
    state = ("descending" if down else "ascending") if here else ""
    return replace(column, href=_with(sort=to, page=None), sorted=state)


def _page(total: int) -> tuple[int, int]:
    pages = max(1, -(-total // PER_PAGE))
    return min(page_asked(), pages), pages


def _with(**changes: object) -> str:
    """Return the address of the request with some of its arguments changed."""
    kept = {key: value for key, value in request.args.items() if key != "export"}
    merged = {**kept, **{key: value for key, value in changes.items() if value is not None}}
    for key, value in changes.items():
        if value is None:
            merged.pop(key, None)
    return url_for(request.endpoint or "", **(request.view_args or {}), **merged)  # type: ignore[arg-type]  # values of an address
