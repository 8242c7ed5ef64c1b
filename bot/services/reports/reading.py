"""Reading a report: in brief, and one figure opened into its rows, with the names of today."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from bot.domain.errors import NotFound
from bot.domain.ids import UnitId
from bot.domain.reports.figures import Figure
from bot.domain.rights import Action, Actor
from bot.services import metrics
from bot.services.documents.annual import names_of
from bot.services.metrics.scope import scope_of
from bot.services.reports.copies import Copy, latest
from bot.services.reports.report import Draft, Report, make, require

_MOST_NAMED = 8


@dataclass(frozen=True, slots=True)
class Brief:
    """A report in brief.

    Attributes:
        told: The figures its sentences tell, in their order.
        copy: The copy that counts, if one was kept.
        is_changed: Whether the ledgers say something else now than that copy.
    """

    draft: Draft
    told: tuple[Figure, ...]
    copy: Copy | None
    is_changed: bool


@dataclass(frozen=True, slots=True)
class Opened:
    """A figure with its rows as they are shown: what the row is about, then the cells.

    Attributes:
        rows: Of people, the name comes first.
    """

    figure: Figure
    headers: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def brief(
    session: Session, report: Report, unit_id: UnitId, year: int, *, by: Actor, now: datetime
) -> Brief:
    """Return a report in brief; who reads it is written down by the caller.

    Raises:
        Forbidden, NoSuchYear
    """
    draft = make(session, report, unit_id, year, by=by, now=now)
    lines = [line for section in draft.composed.sections for line in section.lines]
    told = dict.fromkeys(name for line in lines for name in line.figures)
    copy = latest(session, report, unit_id, year)
    return Brief(
        draft,
        tuple(draft.figures[name] for name in told),
        copy,
        copy is not None and copy.digest != draft.digest,
    )


def open_figure(
    session: Session, unit_id: UnitId, year: int, words: str, *, by: Actor, now: datetime
) -> Opened:
    """Return one figure with the rows behind it; who reads it is written down by the caller.

    Args:
        words: Its name or number (K7), or a piece of its title.

    Raises:
        Forbidden
        NotFound: No figure is called so, or several are.
    """
    require(session, unit_id, Action.VIEW_REPORT, by)
    metric = metrics.METRICS[_name_of(words)]
    figure = metric.make(session, scope_of(session, unit_id, year, now))
    names = names_of(session, figure.rows)
    if not names:
        return Opened(figure, figure.columns, tuple(row.cells for row in figure.rows))
    rows = tuple((names.get(row.ref, ""), *row.cells) for row in figure.rows)
    return Opened(figure, ("姓名", *figure.columns), rows)


def _name_of(words: str) -> str:
    every = metrics.METRICS.values()
    exact = [one.name for one in every if words in (one.name, one.mark, one.title)]
    found = exact or [one.name for one in every if words and words in one.title]
    if len(found) == 1:
        return found[0]
    titles = [metrics.METRICS[name].title for name in found] or [one.title for one in every]
    raise NotFound(f"年报里没有找到“{words}”这个数。有的是：{_listed(titles)}。")


def _listed(titles: Sequence[str]) -> str:
    more = "等" if len(titles) > _MOST_NAMED else ""
    return "、".join(titles[:_MOST_NAMED]) + more
