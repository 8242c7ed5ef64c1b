"""The plan: what would be said, to whom, when, and why. Reads only, by the code of the tick."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.clock import day_of, local
from bot.domain.ids import MemberId, UnitId
from bot.domain.sending import UNFINISHED
from bot.services.outbox import Letter
from bot.services.ports import PlannedReminder
from bot.storage.engine import Database
from bot.storage.models import Member, Membership, Outbox, Unit
from scheduler.compose import compose
from scheduler.rule import Asked, Rule, Setting
from scheduler.tick import group_notices_since, last_tick

LONGEST_HELD = timedelta(days=14)  # over the longest holiday, and a day's budget


class ReminderPlanner:
    """The port `Planner`."""

    def __init__(self, *, database: Database, rules: Sequence[Rule], setting: Setting) -> None:
        self._database = database
        self._rules = tuple(rules)
        self._setting = setting

    def plan(
        self, after: datetime, until: datetime, *, unit: str | None = None
    ) -> Iterable[PlannedReminder]:
        """Return what would be sent in (after, until], in order of time; writes nothing.

        What is queued already is told as it stands; what is not, as the tick would queue it.
        """
        with self._database.reading() as session:
            start = _start(session, after)
            composed = compose(
                session,
                self._rules,
                start,
                until,
                self._setting,
                taken=group_notices_since(session, day_of(start)),
            )
            letters = {item.key: item.letter() for item in composed}
            letters |= _queued(session, self._rules, after)
            members = {
                member_id: (name, branch)
                for member_id, name, branch in session.execute(
                    select(Member.id, Member.name, Unit.name)
                    .outerjoin(
                        Membership,
                        (Membership.member_id == Member.id) & Membership.valid_to.is_(None),
                    )
                    .outerjoin(Unit, Unit.id == Membership.unit_id)
                )
            }
            units = dict(session.execute(select(Unit.id, Unit.name)).all())
        wanted = [letter for letter in letters.values() if after < letter.due_at <= until]
        wanted.sort(key=lambda letter: (letter.due_at, letter.key))
        return list(_lines(wanted, members, units, unit))


def _start(session: Session, after: datetime) -> datetime:
    """Return from which moment on nothing is queued yet that may be sent after `after`."""
    ticked = last_tick(session)
    if ticked is None or ticked >= after:
        return after
    return max(ticked, after - LONGEST_HELD)


def _queued(session: Session, rules: Sequence[Rule], after: datetime) -> dict[str, Letter]:
    """Return the queued reminders that are still wanted, by key; parts of one are one."""
    by_name = {rule.name: rule for rule in rules}
    rows = session.scalars(
        select(Outbox)
        .where(Outbox.state.in_(UNFINISHED), Outbox.rule.in_(by_name), Outbox.due_at > after)
        .order_by(Outbox.id)
    ).all()
    settled: set[int] = set()
    for name, rule in by_name.items():
        asked = [_asked(row) for row in rows if row.rule == name]
        settled.update(rule.satisfied(session, asked, after) if asked else ())
    letters: dict[str, Letter] = {}
    for row in rows:
        if row.id not in settled:
            key = row.key.partition("#")[0]
            letters[key] = _letter(row, key, letters.get(key))
    return letters


def _asked(row: Outbox) -> Asked:
    member = None if row.member_id is None else MemberId(row.member_id)
    return Asked(row.id, row.slot, row.subject, member)


def _letter(row: Outbox, key: str, begun: Letter | None) -> Letter:
    return Letter(
        key=key,
        text=row.text if begun is None else f"{begun.text}\n{row.text}",
        due_at=row.due_at,
        member_id=None if row.member_id is None else MemberId(row.member_id),
        unit_id=None if row.unit_id is None else UnitId(row.unit_id),
        rule=row.rule,
        slot=row.slot,
        subject=row.subject,
        reason=row.reason,
    )


def _lines(
    letters: Iterable[Letter],
    members: Mapping[int, tuple[str, str | None]],
    units: Mapping[int, str],
    wanted: str | None,
) -> Iterator[PlannedReminder]:
    for letter in letters:
        if letter.member_id is None:
            branch = units[letter.unit_id or 0]
            to = {"chat": branch}
        else:
            name, found = members[letter.member_id]
            branch = found or ""
            to = {"member": str(letter.member_id), "name": name, "unit": branch}
        if wanted is None or wanted == branch:
            yield PlannedReminder(
                at=local(letter.due_at),
                rule=letter.rule,
                slot=letter.slot,
                subject=letter.subject,
                to=to,
                text=letter.text,
                reason=dict(letter.reason or {}),
            )
