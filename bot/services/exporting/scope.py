"""Who exports, how far the export reaches, and of which days."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, TypeAlias, TypeVar

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from bot.clock import at, local
from bot.domain.errors import Forbidden
from bot.domain.periods import Month
from bot.domain.reads import Seen
from bot.domain.rights import Action, Actor, may
from bot.files.tables import CellValue
from bot.services.officers import OPERATOR
from bot.storage.models import Unit

Row: TypeAlias = Sequence[CellValue]
Rows: TypeAlias = Iterator[Row]
Query = TypeVar("Query", bound=Select[Any])


@dataclass(frozen=True, slots=True)
class Request:
    """Who asks, when, of which days, and which account space each account column shows.

    Attributes:
        spaces: Column → account space; other account columns stay empty.
        first, last: Shanghai days, both included; None for no bound.
    """

    by: Actor
    now: datetime
    spaces: Mapping[str, str] = field(default_factory=dict)
    first: date | None = None
    last: date | None = None

    @property
    def stamp(self) -> str:
        """Who takes it out, and when: what the file carries."""
        moment = f"{local(self.now):%Y-%m-%d %H:%M}"
        return f"支部助手导出，{self.by.name}，{moment}。内含个人信息，只限党务工作使用，请勿转发。"

    def reaches(self, unit_path: str) -> bool:
        """Tell whether the export includes a unit: the operator sees all, others their own."""
        return self.by is OPERATOR or may(self.by, Action.MANAGE_ROLL, unit_path)

    def require_operator(self) -> None:
        """Refuse a ledger that goes beyond any unit to everybody but the operator.

        Raises:
            Forbidden
        """
        if self.by is not OPERATOR:
            raise Forbidden("这本台账包括所有组织，只能由管理员在服务器上导出。")

    @property
    def days(self) -> tuple[date, date]:
        """The first day, and the day after the last."""
        last = None if self.last is None else self.last + timedelta(days=1)
        return self.first or date.min, last or date.max

    def of_days(self, query: Query, moment: InstrumentedAttribute[Any]) -> Query:
        """Return a query for the rows alone whose moment lies on the days asked for."""
        return query.where(*self.on_days(moment))

    def on_days(self, moment: InstrumentedAttribute[Any]) -> list[ColumnElement[bool]]:
        """Return the conditions that a moment lies on the days asked for."""
        found: list[ColumnElement[bool]] = []
        if self.first is not None:
            found.append(moment >= at(self.first))
        if self.last is not None:
            found.append(moment < at(self.days[1]))
        return found

    @property
    def months(self) -> tuple[Month, Month]:
        """The first and the last month, both included: those the days lie in."""
        return Month.of(self.first or date.min), Month.of(self.last or date.max)


@dataclass(frozen=True, slots=True)
class Export:
    """How a ledger is exported.

    Attributes:
        rows: Yields rows in the columns of the import, as they are read.
        dated: Whether its rows are of a day or month, so that a period can be asked for.
        shows: What it tells of people; every export of it is noted as a read of that.
    """

    rows: Callable[[Session, Request], Rows]
    dated: bool
    shows: tuple[Seen, ...]


def names_in_order(session: Session, request: Request) -> dict[Any, str]:
    """Return the units within reach, as the sheet of units lists them: above before below.

    A database that took in that sheet numbers them so. Whatever is listed unit by unit follows
    this order, and so is the same sheet there.
    """
    rows = session.execute(select(Unit.id, Unit.name, Unit.path).order_by(Unit.id))
    ordered = sorted(rows, key=lambda row: depth_of(row.path))
    return {row.id: row.name for row in ordered if request.reaches(row.path)}


def depth_of(path: str) -> int:
    """Return how many units stand in a path."""
    return path.count("/")


def to_the_second(moment: datetime) -> datetime:
    """Return a moment as a sheet tells it: what goes by it is in the same order elsewhere."""
    return moment.replace(microsecond=0)
