"""`/units/…/board`: a branch's year at a glance: attendance, dues, which duty was done; no ranking."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from flask import request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from bot.clock import day_of
from bot.domain.cadence import KIND_NAMES, Every, MeetingKind
from bot.domain.dues import MonthState
from bot.domain.periods import Month, Quarter
from bot.domain.reads import Seen
from bot.domain.rights import Action
from bot.domain.roll_call import Tally, total
from bot.domain.units import UnitKind
from bot.services import dues_lists, meeting_stages, roll_books, survey
from bot.services.reads import Read
from bot.web import charts, console
from bot.web.charts import Bar
from bot.web.console import ConsolePage, Visit

PAGE = ConsolePage(
    "board", "一年看板", needs=Action.VIEW_LISTS, menu="more", kinds=(UnitKind.BRANCH,)
)

DUTIES = (
    (MeetingKind.GENERAL, Every.QUARTER),
    (MeetingKind.COMMITTEE, Every.MONTH),
    (MeetingKind.LECTURE, Every.QUARTER),
    (MeetingKind.THEME_DAY, Every.MONTH),
)
_SETTLED = (MonthState.PAID, MonthState.OVER)
_ASKED = (*_SETTLED, MonthState.DECLARED, MonthState.PART, MonthState.UNPAID)


@dataclass(frozen=True, slots=True)
class Field:
    """One period of a duty: `done`, `open` or `ahead`, with its words."""

    state: str
    words: str
    span: int


@PAGE.get("/units/<int:unit_id>/board")
def show(unit_id: int) -> ResponseReturnValue:
    """Show a year."""
    here = console.visit()
    year = min(max(request.args.get("year", here.today.year, type=int), 2000), here.today.year)
    months = [Month(year, number) for number in range(1, 13)]
    begun = [month for month in months if month.first <= here.today]
    with console.reading() as session:
        attendance = _attendance(session, here, begun)
        dues = _dues(session, here, begun) if here.may(Action.CONFIRM_DUES) else []
        grid = _grid(session, here, months)
    return console.render(
        "board.html",
        told=[Read(Seen.ATTENDANCE, here.place.id)],
        year=year,
        this_year=here.today.year,
        charts=[
            charts.chart("每个月的到会率", attendance),
            *([charts.chart("每个月的党费交齐", dues)] if dues else []),
        ],
        months=months,
        grid=grid,
    )


def _attendance(session: Session, here: Visit, months: Sequence[Month]) -> list[Bar]:
    if not months:
        return []
    found = meeting_stages.list_of_unit(
        session, here.place.id, months[0].first, min(months[-1].last, here.today), by=here.actor
    )
    tallies: dict[Month, list[Tally]] = defaultdict(list)
    for book in roll_books.load(session, [m for m in found if m.starts_at <= here.now]):
        tally = book.tally
        if tally.present:
            tallies[Month.of(day_of(book.meeting.starts_at))].append(tally)
    bars = []
    for month in months:
        tally = total(tallies[month])
        words = f"{month.number}月{len(tallies[month])}次会，应到{tally.expected}人次，实到{tally.present}人次"
        bars.append(Bar(f"{month.number}月", tally.percent if tally.expected else None, words))
    return bars


def _dues(session: Session, here: Visit, months: Sequence[Month]) -> list[Bar]:
    found = dues_lists.list_taken(session, here.place.id, months, here.today)
    bars = []
    for month in months:
        states = Counter(own[month].state for _, own in found if month in own)
        asked, paid = (sum(states[s] for s in some) for some in (_ASKED, _SETTLED))
        percent = paid * 100 // asked if asked else None
        bars.append(
            Bar(f"{month.number}月", percent, f"{month.number}月应交{asked}人，交齐{paid}人")
        )
    return bars


def _grid(session: Session, here: Visit, months: Sequence[Month]) -> list[tuple[str, list[Field]]]:
    quarters = list(dict.fromkeys(month.quarter for month in months))
    rows = []
    for kind, every in DUTIES:
        periods: Sequence[Month | Quarter] = months if every is Every.MONTH else quarters
        done = survey.filled(session, kind, [str(period) for period in periods], here.now)
        fields = [_field(period, (here.place.id, str(period)) in done, here) for period in periods]
        rows.append((KIND_NAMES[kind], fields))
    return rows


def _field(period: Month | Quarter, is_done: bool, here: Visit) -> Field:
    span = 1 if isinstance(period, Month) else 3
    if is_done:
        return Field("done", "开了", span)
    first = (
        period.first
        if isinstance(period, Month)
        else Month(period.year, period.number * 3 - 2).first
    )
    return Field("ahead", "还没到", span) if first > here.today else Field("open", "没有登记", span)
