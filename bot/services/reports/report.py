"""A kind of report: made anew from the ledgers whenever it is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.clock import day_of
from bot.domain.errors import DomainError
from bot.domain.ids import UnitId
from bot.domain.reports.figures import Figures
from bot.domain.reports.frozen import contents, digest
from bot.domain.reports.sentences import Composed, Section, compose
from bot.domain.rights import Action, Actor
from bot.services import metrics, officers
from bot.storage.models import Unit

_EARLIEST = 2000


class NoSuchYear(DomainError):
    """A year that has not begun, or long before anything was recorded."""

    may_be_overheard = True


@dataclass(frozen=True, slots=True)
class Report:
    """What a report consists of."""

    name: str
    title: str
    sections: Sequence[Section]


@dataclass(frozen=True, slots=True)
class Draft:
    """A report as the ledgers have it now.

    Attributes:
        kept: What of it is kept, as `frozen.contents` makes it.
    """

    report: Report
    unit_id: UnitId
    figures: Figures
    composed: Composed
    kept: dict[str, Any]

    @property
    def digest(self) -> str:
        """The digest of what is kept."""
        return digest(self.kept)


def make(
    session: Session, report: Report, unit_id: UnitId, year: int, *, by: Actor, now: datetime
) -> Draft:
    """Return a report made from the ledgers; nothing is written.

    Raises:
        Forbidden
        NoSuchYear
    """
    require(session, unit_id, Action.VIEW_REPORT, by)
    this = day_of(now).year
    if not _EARLIEST <= year <= this:
        raise NoSuchYear(f"{year}年还没有数，请写{_EARLIEST}到{this}之间的年份。")
    figures = metrics.figures_of(session, unit_id, year, now)
    composed = compose(figures, report.sections)
    return Draft(report, unit_id, figures, composed, contents(figures, composed))


def require(session: Session, unit_id: UnitId, action: Action, by: Actor) -> None:
    """Refuse who may not do something with the reports of a unit.

    Raises:
        Forbidden
    """
    path = session.scalar(select(Unit.path).where(Unit.id == unit_id)) or ""
    officers.require(by, action, path)
