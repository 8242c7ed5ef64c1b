"""The facts of a check, from the ledgers: a few queries for any number of branches."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.clock import at, day_of
from bot.domain.cadence import KIND_NAMES, Duty, MeetingKind, duties
from bot.domain.ids import UnitId
from bot.domain.meetings import MeetingState
from bot.domain.periods import Month, months_between
from bot.domain.supervision import OF_MEETINGS, Check, Indicator, Row, Tally, periods_of
from bot.domain.wording import day_words, period_words
from bot.services import dues_open, open_items, people, policies, survey
from bot.services.dues_open import Owes
from bot.services.survey import Branch, Cell
from bot.storage.models import Meeting

Tallies = dict[UnitId, dict[Indicator, Tally]]
_NO_RECORD = (MeetingKind.TALK, MeetingKind.TRAINING, MeetingKind.PARTY_SCHOOL)


def compute(session: Session, branches: Sequence[Branch], check: Check, now: datetime) -> Tallies:
    """Return what each of some branches has on record of a check, and what is open.

    Args:
        now: What was written down by then counts; of a check that is not over, so far.

    Source:
        supervision.checks
    """
    found: Tallies = {branch.id: {} for branch in branches}
    if not branches:
        return found
    _meetings(session, branches, check, now, found)
    _minutes(session, branches, check, now, found)
    _dues(session, branches, check, now, found)
    _overdue(session, branches, check, now, found)
    return found


def _meetings(
    session: Session, branches: Sequence[Branch], check: Check, now: datetime, found: Tallies
) -> None:
    owed: dict[MeetingKind, list[tuple[Branch, UnitId, str, str]]] = defaultdict(list)
    for branch in branches:
        on = min(check.last, day_of(now))
        for duty in duties(branch.structure, on, policies.cadence_policy(branch.settings)):
            for unit in _owing(branch, duty):
                for period in periods_of(duty, check, max(branch.since, unit.since)):
                    words = f"{unit.name}{period_words(period, check.year)}"
                    owed[duty.kind].append((branch, unit.id, str(period), words))
    for kind, wanted in owed.items():
        stretches = {stretch for _, _, stretch, _ in wanted}
        filled = survey.filled(session, kind, stretches, now)
        rows = _rows_of(session, kind, [branch.id for branch in branches], stretches, now)
        done: dict[UnitId, list[Row]] = defaultdict(list)
        gaps: dict[UnitId, list[Row]] = defaultdict(list)
        for branch, unit_id, stretch, words in wanted:
            ref = f"{kind.value}:{unit_id}:{stretch}"
            if (unit_id, stretch) in filled:
                known = Row(ref, f"{words}（启用前）")
                done[branch.id].append(rows.get((unit_id, stretch), known))
            else:
                gaps[branch.id].append(Row(ref, f"{words}{KIND_NAMES[kind]}没有登记"))
        for branch_id in {branch.id for branch, _, _, _ in wanted}:
            tally = Tally(tuple(done[branch_id]), tuple(gaps[branch_id]))
            found[branch_id][OF_MEETINGS[kind]] = tally


def _owing(branch: Branch, duty: Duty) -> Sequence[Branch | Cell]:
    return branch.cells if duty.per_cell else (branch,)


def _rows_of(
    session: Session,
    kind: MeetingKind,
    branches: Sequence[UnitId],
    periods: set[str],
    now: datetime,
) -> dict[tuple[UnitId, str], Row]:
    """Return one meeting for each unit and period that one fills."""
    rows = session.execute(
        select(Meeting.id, Meeting.unit_id, Meeting.for_period, Meeting.title, Meeting.starts_at)
        .where(
            Meeting.kind == kind,
            Meeting.branch_id.in_(branches),
            Meeting.for_period.in_(periods),
            survey.counts(now),
        )
        .order_by(Meeting.starts_at.desc(), Meeting.id.desc())
    )
    return {
        (UnitId(row.unit_id), row.for_period): _meeting(row.id, row.title, row.starts_at)
        for row in rows
    }


def _minutes(
    session: Session, branches: Sequence[Branch], check: Check, now: datetime, found: Tallies
) -> None:
    until = min(at(check.last + timedelta(days=1)), now)
    rows = session.execute(
        select(Meeting.id, Meeting.branch_id, Meeting.title, Meeting.starts_at, Meeting.state)
        .where(
            Meeting.branch_id.in_([branch.id for branch in branches]),
            Meeting.seats.is_(None),
            Meeting.kind.not_in(_NO_RECORD),
            Meeting.starts_at >= at(check.first),
            Meeting.ends_at <= until,
            Meeting.state != MeetingState.CANCELLED,
            survey.counts(now),
        )
        .order_by(Meeting.starts_at, Meeting.id)
    )
    done: dict[int, list[Row]] = defaultdict(list)
    gaps: dict[int, list[Row]] = defaultdict(list)
    for row in rows:
        into = done if row.state is MeetingState.CONFIRMED else gaps
        into[row.branch_id].append(_meeting(row.id, row.title, row.starts_at))
    for branch in branches:
        tally = Tally(tuple(done[branch.id]), tuple(gaps[branch.id]))
        found[branch.id][Indicator.MINUTES] = tally


def _dues(
    session: Session, branches: Sequence[Branch], check: Check, now: datetime, found: Tallies
) -> None:
    today = day_of(now)
    since = {branch.id: branch.live_from for branch in branches}
    open_: list[tuple[Month, Owes]] = []
    for month in months_between(Month.of(check.first), Month.of(min(check.last, today))):
        found_open = dues_open.list_open(session, since, month, min(month.last, today))
        open_ += [(month, o) for o in found_open if month >= Month.of(since[o.unit_id])]
    called = people.tell_apart_by_branch(session, {o.member_id for _, o in open_}, today)
    gaps: dict[UnitId, list[Row]] = defaultdict(list)
    for month, owes in open_:
        words = f"{called.get(owes.member_id, owes.name)}{month.number}月"
        gaps[owes.unit_id].append(Row(f"dues:{owes.member_id}:{month}", words))
    for branch in branches:
        found[branch.id][Indicator.DUES] = Tally((), tuple(gaps[branch.id]))


def _overdue(
    session: Session, branches: Sequence[Branch], check: Check, now: datetime, found: Tallies
) -> None:
    ends = min(check.last, day_of(now))
    items = open_items.list_overdue(session, [branch.id for branch in branches], ends)
    gaps: dict[UnitId, list[Row]] = defaultdict(list)
    for item in items:
        gaps[item.unit_id].append(Row(f"open_item:{item.id}", f"{item.title}{item.words}"))
    for branch in branches:
        found[branch.id][Indicator.OVERDUE] = Tally((), tuple(gaps[branch.id]))


def _meeting(meeting_id: int, title: str, starts_at: datetime) -> Row:
    return Row(f"meeting:{meeting_id}", f"{title}（{day_words(day_of(starts_at))}）")


def branches_below(session: Session, path: str, on: date) -> list[Branch]:
    """Return the branches under a path that are watched over on a day."""
    return [b for b in survey.list_branches(session, on) if b.path.startswith(path)]
