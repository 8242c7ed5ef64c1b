"""Cells as people fill them in: texts, days, money. Every mistake is noted, none is raised."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from datetime import date, datetime
from typing import TypeVar

from bot.clock import SHANGHAI, at, local
from bot.domain.money import Fen, parse_yuan
from bot.files.tables import CellValue, Formula
from bot.services.importing.ledger import Line, Problems

_EARLIEST_YEAR = 1921
_SHOWN = 20
_UNSEEN = ("Cc", "Cf")
_DAY = re.compile(
    r"(?P<year>\d{4})(?:[-./年](?P<month>\d{1,2})(?:[-./月](?P<day>\d{1,2})日?|月)?|年)?"
)
_EIGHT = re.compile(r"(\d{4})(\d{2})(\d{2})")
_CLOCK = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2}))?")
_LONG_NUMBER = re.compile(r"\d{7,}")

A_MONTH = "月份，如 2026-03"

Value = TypeVar("Value")


class Cells:
    """Reads the cells of one line.

    Args:
        problems: Where mistakes are noted.
        today: Days after it are mistakes, unless a caller says otherwise.
    """

    def __init__(self, line: Line, problems: Problems, today: date) -> None:
        self.number = line.number
        self._cells = line.cells
        self._problems = problems
        self.today = today

    def has(self, column: str) -> bool:
        """Tell whether the file has this column; without it the records stay as they are."""
        return column in self._cells

    def text(self, column: str, *, longest: int = 60) -> str:
        """Return a text without any white space; "" where there is none."""
        value = self._cells.get(column)
        if isinstance(value, Formula):
            self.wrong(column, "这一格是公式，请复制后“选择性粘贴—数值”。")
            return ""
        text = squeeze(plain(value))
        if len(text) > longest:
            self.wrong(column, f"太长（{len(text)}字），最多{longest}字。")
            return ""
        return text

    def words(self, column: str, *, longest: int = 60) -> str:
        """Return a text with single spaces where it has any."""
        if not self.text(column, longest=longest):
            return ""
        return " ".join(plain(self._cells.get(column)).split())

    def required(self, column: str, *, longest: int = 60) -> str:
        """Return a text that must be there."""
        text = self.text(column, longest=longest)
        value = self._cells.get(column)
        if not isinstance(value, Formula) and not squeeze(plain(value)):
            self.wrong(column, "没有填。")
        return text

    def one_of(self, column: str, known: Mapping[str, Value]) -> Value | None:
        """Return what a word stands for, or None where the cell is empty."""
        text = self.text(column)
        if not text:
            return None
        if text not in known:
            self.wrong(column, f"只能是{'、'.join(known)}，现在是{shown(text)}。")
        return known.get(text)

    def day(
        self, column: str, *, future: bool = False, what: str = "日期，如 2020-07-01"
    ) -> date | None:
        """Return a day; a month or year alone stands for its first day.

        Args:
            what: What belongs there, for people.
        """
        value = self._cells.get(column)
        if isinstance(value, float) and not value.is_integer():
            self.wrong(column, f"{value}看不出是哪个月（1月还是10月），请写成 2020-07-01。")
            return None
        text = self.text(column)
        if not text:
            return None
        day = read_day(text)
        if day is None or day.year < _EARLIEST_YEAR:
            self.wrong(column, f"应是{what}，现在是{shown(text)}。")
        elif day > self.today and not future:
            self.wrong(column, f"{day}还没有到，请核对。")
        else:
            return day
        return None

    def prose(self, column: str, *, longest: int) -> str:
        """Return a text as it was written, lines and spaces and all, but for its margins."""
        if not self.text(column, longest=longest):
            return ""
        text = plain(self._cells.get(column)).replace("\r\n", "\n").strip()
        return "".join(c for c in text if c == "\n" or unicodedata.category(c) not in _UNSEEN)

    def whole(self, column: str, *, most: int, unit: str = "") -> int | None:
        """Return a whole number from 0 on; a word after it (20票) may stand there."""
        said = unicodedata.normalize("NFKC", self.text(column))
        number = said.removesuffix(unit)
        if not said:
            return None
        if not number.isascii() or not number.isdigit() or int(number) > most:
            self.wrong(column, f"应是0到{most}的整数，现在是{shown(said)}。")
            return None
        return int(number)

    def moment(self, column: str) -> datetime | None:
        """Return a moment of Shanghai; a day alone stands for its noon."""
        value = self._cells.get(column)
        if isinstance(value, datetime):
            found: datetime | None = value.replace(tzinfo=SHANGHAI)
        else:
            found = read_moment(self.words(column))
            if found is None and self.text(column):
                said = shown(self.text(column))
                self.wrong(column, f"应是日期和时间，如 2026-03-12 15:00，现在是{said}。")
        if found is not None and found.date() > self.today:
            self.wrong(column, f"{found.date()}还没有到，请核对。")
            return None
        return found

    def fen(self, column: str) -> Fen | None:
        """Return an amount of yuan as fen."""
        text = unicodedata.normalize("NFKC", self.text(column))
        text = text.removeprefix("¥").removesuffix("元").replace(",", "")
        if not text:
            return None
        fen = parse_yuan(text)
        if fen is None:
            self.wrong(column, f"应是金额（元），最多两位小数，如 15 或 0.2，现在是{shown(text)}。")
        return fen

    def wrong(self, column: str, sentence: str) -> None:
        """Note a mistake in a cell of this line."""
        self._problems.add(self.number, column, sentence)


def plain(value: CellValue) -> str:
    """Return a cell as text; whole numbers without a point, days as ISO."""
    if value is None or isinstance(value, Formula):
        return ""
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def squeeze(text: str) -> str:
    """Return a text without white space and invisible characters."""
    text = "".join(text.split())
    if text.isprintable():
        return text
    return "".join(c for c in text if unicodedata.category(c) not in _UNSEEN)


def shown(text: str) -> str:
    """Return what was typed, in quotes; long numbers are not repeated."""
    text = _LONG_NUMBER.sub(lambda found: f"{len(found[0])}位数字", text)
    return f"“{text[:_SHOWN]}…”" if len(text) > _SHOWN else f"“{text}”"


def moment_words(moment: datetime) -> str:
    """Return a moment of Shanghai as a cell shows it and `Cells.moment` reads it."""
    return f"{local(moment):%Y-%m-%d %H:%M:%S}"


def read_moment(text: str) -> datetime | None:
    """Read `2026-03-12 15:00:30`, `2026/3/12 15:00` or a day alone, or return None."""
    on, _, clock = unicodedata.normalize("NFKC", text).partition(" ")
    day, found = read_day(on), _CLOCK.fullmatch(clock)
    if day is None or (clock and found is None):
        return None
    hour, minute, second = (int(part or 0) for part in found.groups()) if found else (12, 0, 0)
    if hour > 23 or minute > 59 or second > 59:
        return None
    return at(day, hour, minute).replace(second=second)


def read_clock(text: str) -> tuple[int, int] | None:
    """Read a wall time: `15:30`, `15：30`, `15:30:00`, or return None."""
    found = _CLOCK.fullmatch(unicodedata.normalize("NFKC", text))
    if found is None or int(found[1]) > 23 or int(found[2]) > 59:
        return None
    return int(found[1]), int(found[2])


def read_day(text: str) -> date | None:
    """Read `2020-07-01`, `2020/7/1`, `2020.7`, `2020年7月1日`, `20200701`, or return None."""
    text = unicodedata.normalize("NFKC", text)
    found = _EIGHT.fullmatch(text)
    if found is not None:
        year, month, day = found.groups()
    else:
        written = _DAY.fullmatch(text)
        if written is None:
            return None
        year, month, day = (written[part] or "1" for part in ("year", "month", "day"))
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None
