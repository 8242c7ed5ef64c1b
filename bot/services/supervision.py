"""Checks of branches: facts as they stand, fixed when the year is over, corrected with a reason."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.clock import at, day_of
from bot.domain import rights
from bot.domain.attendance import THERE
from bot.domain.errors import DomainError, NotFound
from bot.domain.formality import MarkedAt, Signal, WrittenLine, copied, entered_at_once
from bot.domain.ids import MeetingId, MemberId, UnitId
from bot.domain.minutes import Act, Part
from bot.domain.rights import Action, Actor, Role
from bot.domain.sensitive import mask_numbers
from bot.domain.supervision import (
    COUNTED_ONLY,
    Check,
    Indicator,
    Row,
    Shown,
    check_correction,
    check_freezable,
    checks_of,
    shown,
)
from bot.domain.units import UnitKind
from bot.domain.wording import day_words
from bot.services import audit, people, supervision_facts, supervision_rows, survey
from bot.services.supervision_rows import Result
from bot.services.survey import Branch
from bot.storage.insert import insert_many_once, insert_once
from bot.storage.models import AttendanceMark, Meeting, MinutesEntry, Post, SupervisionFact, Unit

_RECORDED = (Part.POINT, Part.RESOLUTION)


@dataclass(frozen=True, slots=True)
class Told:
    """A sign of formality, with the rows it is seen by."""

    signal: Signal
    words: str
    rows: tuple[Row, ...]


def look(session: Session, unit_id: UnitId, check: Check, *, by: Actor, now: datetime) -> Result:
    """Return what a check shows of one branch, for those who keep it or check it.

    Raises:
        NotFound: It is no branch, or was none in that stretch.
        Forbidden
    """
    unit = session.execute(select(Unit.path, Unit.kind).where(Unit.id == unit_id)).one()
    rights.require(by, Action.MANAGE_ROLL, unit.path)
    if unit.kind is not UnitKind.BRANCH:
        raise NotFound("督导按支部来看，请写明是哪个支部。")
    found = _results(session, unit.path, check, now)
    if not found:
        raise NotFound(f"{check.title}里还没有这个支部。")
    return supervision_rows.in_words(session, found[0]) if found[0].frozen_at else found[0]


def list_officers(session: Session, on: date) -> list[tuple[UnitId, str, MemberId, str]]:
    """Return (unit, path, member, name) of those who check, in every unit they do it for."""
    posts = select(Post.unit_id).where(Post.role == Role.OFFICER).distinct()
    units = [UnitId(unit) for unit in session.scalars(posts.order_by(Post.unit_id))]
    paths = survey.names_and_paths(session, units)
    holders = people.list_holders(session, units, [Role.OFFICER], on)
    return [(unit, paths[unit][1], member, name) for unit, _, member, name in holders]


def is_branch(session: Session, unit_id: UnitId) -> bool:
    """Tell whether a unit is a branch, which is checked by itself."""
    return session.scalar(select(Unit.kind).where(Unit.id == unit_id)) is UnitKind.BRANCH


def compare(
    session: Session, unit_id: UnitId, check: Check, *, by: Actor, now: datetime
) -> list[Result]:
    """Return what a check shows of all branches of a unit, in the order of the roll: no ranking.

    Raises:
        Forbidden: The actor is no officer there.
    """
    path = session.scalar(select(Unit.path).where(Unit.id == unit_id)) or ""
    rights.require(by, Action.MANAGE_UNITS, path)
    return _results(session, path, check, now)


def freeze(session: Session, unit_id: UnitId, year: int, *, by: Actor, now: datetime) -> int:
    """Fix all checks of a year for all branches of a unit; return how many checks of branches.

    What is fixed already stays as it is, so a second time changes nothing.

    Raises:
        Forbidden
        WrongCheck: The year is not over.
    """
    path = session.scalar(select(Unit.path).where(Unit.id == unit_id)) or ""
    rights.require(by, Action.MANAGE_UNITS, path)
    count = 0
    for check in checks_of(year):
        check_freezable(checks_of(year)[-1], day_of(now))
        branches = _branches(session, path, check, now)
        frozen = _frozen(session, [branch.id for branch in branches], check)
        new = [branch for branch in branches if branch.id not in frozen]
        tallies = supervision_facts.compute(session, new, check, now)
        values = [
            _values(branch.id, check, shown(indicator, tally), by, now)
            for branch in new
            for indicator, tally in tallies[branch.id].items()
        ]
        insert_many_once(session, SupervisionFact, values)
        count += len(new)
    if count:
        audit.record(
            session,
            by=by,
            at=now,
            action="supervision.freeze",
            subject=f"unit:{unit_id}",
            after={"year": year, "checks": count},
        )
    return count


def correct(
    session: Session,
    unit_id: UnitId,
    check: Check,
    indicator: Indicator,
    done: int,
    *,
    reason: str,
    by: Actor,
    now: datetime,
) -> Shown:
    """Correct a number that was fixed; what it was stays on record, with the reason.

    Raises:
        Forbidden
        NotFound: Nothing was fixed.
        WrongCheck
    """
    path = session.scalar(select(Unit.path).where(Unit.id == unit_id)) or ""
    rights.require(by, Action.MANAGE_UNITS, path)
    session.execute(select(Unit.id).where(Unit.id == unit_id).with_for_update()).all()
    known = _frozen(session, [unit_id], check).get(unit_id)
    if known is None or indicator not in known:
        raise NotFound(f"{check.title}还没有冻结，数字跟着台账走；台账错了请改台账。")
    row = known[indicator]
    before = _shown(row)
    check_correction(before, done, row.of, reason)
    words = mask_numbers(reason)[:120]
    values = {
        **_values(unit_id, check, before, by, now),
        "seq": row.seq + 1,
        "done": done,
        "reason": words,
    }
    if insert_once(session, SupervisionFact, values) is None:
        raise DomainError("这个数刚刚有人更正过，请看一下再更正。")
    audit.record(
        session,
        by=by,
        at=now,
        action="supervision.correct",
        subject=f"unit:{unit_id}",
        before={"check": check.name, "indicator": indicator.value, "done": before.done},
        after={"done": done},
        reason=words,
    )
    return Shown(indicator, done, before.of, before.rows, before.gaps, words)


def formality(
    session: Session, unit_id: UnitId, check: Check, *, by: Actor, now: datetime
) -> dict[UnitId, list[Told]]:
    """Return what stands out in the records of the branches of a unit, as facts.

    Raises:
        Forbidden: The actor is no officer there.

    Source:
        supervision.formality
    """
    path = session.scalar(select(Unit.path).where(Unit.id == unit_id)) or ""
    rights.require(by, Action.MANAGE_UNITS, path)
    branches = _branches(session, path, check, now)
    ids = [branch.id for branch in branches]
    names = {branch.id: branch.name for branch in branches}
    found: dict[UnitId, list[Told]] = defaultdict(list)
    titles = _titles(session, ids, check)
    for own in copied(_lines(session, ids, check)).values():
        for unit in sorted({line.unit_id for line in own}):
            rows = tuple(_row(line.meeting_id, titles) for line in own)
            others = "、".join(sorted({names[x.unit_id] for x in own if x.unit_id != unit}))
            words = f"“{own[0].text[:20]}”和{others}的记录一样"
            found[unit].append(Told(Signal.COPIED, words, rows))
    for meeting, count in entered_at_once(_marks(session, ids, check)).items():
        row = _row(meeting, titles)
        words = f"{row.words}{count}人的到会在一分钟内登记"
        found[titles[meeting][0]].append(Told(Signal.AT_ONCE, words, (row,)))
    tallies = supervision_facts.compute(session, branches, check, now)
    for unit in ids:
        gaps = tallies[unit][Indicator.MINUTES].gaps
        if gaps:
            words = f"{len(gaps)}次会没有确认的记录"
            found[unit].append(Told(Signal.NO_MINUTES, words, gaps))
    return dict(found)


def _results(session: Session, path: str, check: Check, now: datetime) -> list[Result]:
    branches = _branches(session, path, check, now)
    frozen = _frozen(session, [branch.id for branch in branches], check)
    live = [branch for branch in branches if branch.id not in frozen]
    tallies = supervision_facts.compute(session, live, check, now)
    results = []
    for branch in branches:
        rows = frozen.get(branch.id)
        if rows is not None:
            numbers = [_shown(rows[indicator]) for indicator in Indicator if indicator in rows]
            moment: datetime | None = min(row.at for row in rows.values())
        else:
            own = tallies[branch.id]
            numbers = [shown(ind, own[ind]) for ind in Indicator if ind in own]
            moment = None
        results.append(Result(branch.id, branch.name, check, tuple(numbers), moment))
    return results


def _branches(session: Session, path: str, check: Check, now: datetime) -> list[Branch]:
    on = max(min(check.last, day_of(now)), check.first)
    return supervision_facts.branches_below(session, path, on)


def _frozen(
    session: Session, units: Sequence[UnitId], check: Check
) -> dict[UnitId, dict[Indicator, Any]]:
    """Return the numbers in force of a check that were fixed."""
    found: dict[UnitId, dict[Indicator, Any]] = defaultdict(dict)
    rows = session.execute(
        select(SupervisionFact.__table__)
        .where(SupervisionFact.unit_id.in_(units), SupervisionFact.check == check.name)
        .order_by(SupervisionFact.seq)
    )
    for row in rows:
        found[UnitId(row.unit_id)][row.indicator] = row
    return dict(found)


def _shown(row: Any) -> Shown:
    """Return a number as it was fixed; the rows behind it by reference alone."""
    rows = tuple(Row(ref, ref) for ref in row.rows)
    gaps = tuple(Row(ref, ref) for ref in row.gaps)
    return Shown(row.indicator, row.done, row.of, rows, gaps, row.reason)


def _values(
    unit_id: UnitId, check: Check, number: Shown, by: Actor, now: datetime
) -> Mapping[str, Any]:
    return {
        "unit_id": unit_id,
        "check": check.name,
        "indicator": number.indicator,
        "seq": 1,
        "done": number.done,
        "of": None if number.indicator in COUNTED_ONLY else number.of,
        "rows": [row.ref for row in number.rows],
        "gaps": [row.ref for row in number.gaps],
        "reason": "",
        "by_id": by.member_id,
        "at": now,
    }


def _stretch(check: Check) -> tuple[datetime, datetime]:
    return at(check.first), at(check.last + timedelta(days=1))


def _titles(
    session: Session, units: Sequence[UnitId], check: Check
) -> dict[MeetingId, tuple[UnitId, str, date]]:
    first, until = _stretch(check)
    rows = session.execute(
        select(Meeting.id, Meeting.branch_id, Meeting.title, Meeting.starts_at).where(
            Meeting.branch_id.in_(units), Meeting.starts_at >= first, Meeting.starts_at < until
        )
    )
    return {
        MeetingId(row.id): (UnitId(row.branch_id), row.title, day_of(row.starts_at)) for row in rows
    }


def _row(meeting_id: MeetingId, titles: Mapping[MeetingId, tuple[UnitId, str, date]]) -> Row:
    _, title, day = titles[meeting_id]
    return Row(f"meeting:{meeting_id}", f"{title}（{day_words(day)}）")


def _lines(session: Session, units: Sequence[UnitId], check: Check) -> list[WrittenLine]:
    first, until = _stretch(check)
    rows = session.execute(
        select(Meeting.branch_id, MinutesEntry.meeting_id, MinutesEntry.text)
        .join(Meeting, Meeting.id == MinutesEntry.meeting_id)
        .where(
            Meeting.branch_id.in_(units),
            Meeting.starts_at >= first,
            Meeting.starts_at < until,
            MinutesEntry.act == Act.WRITE,
            MinutesEntry.part.in_(_RECORDED),
        )
        .order_by(MinutesEntry.id)
    )
    return [WrittenLine(UnitId(unit), MeetingId(meeting), text) for unit, meeting, text in rows]


def _marks(session: Session, units: Sequence[UnitId], check: Check) -> list[MarkedAt]:
    first, until = _stretch(check)
    rows = session.execute(
        select(AttendanceMark.meeting_id, AttendanceMark.recorded_at)
        .join(Meeting, Meeting.id == AttendanceMark.meeting_id)
        .where(
            Meeting.branch_id.in_(units),
            Meeting.starts_at >= first,
            Meeting.starts_at < until,
            AttendanceMark.mark.in_(tuple(THERE)),
        )
    )
    return [MarkedAt(MeetingId(meeting), moment) for meeting, moment in rows]
