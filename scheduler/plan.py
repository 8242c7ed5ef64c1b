"""The plan: what would be said, to whom, when, and why. Reads only, by the code of the tick."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from sqlalchemy import select

from bot.clock import day_of, local
from bot.services.ports import PlannedReminder
from bot.storage.engine import Database
from bot.storage.models import Member, Membership, Unit
from scheduler.compose import Composed, compose
from scheduler.rule import Rule, Setting
from scheduler.tick import group_notices_since


class ReminderPlanner:
    """The port `Planner`."""

    def __init__(self, *, database: Database, rules: Sequence[Rule], setting: Setting) -> None:
        self._database = database
        self._rules = tuple(rules)
        self._setting = setting

    def plan(
        self, after: datetime, until: datetime, *, unit: str | None = None
    ) -> Iterable[PlannedReminder]:
        """Return what would be sent in (after, until], in order of time; writes nothing."""
        with self._database.reading() as session:
            composed = compose(
                session,
                self._rules,
                after,
                until,
                self._setting,
                taken=group_notices_since(session, day_of(after)),
            )
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
            units = {found: name for found, name in session.execute(select(Unit.id, Unit.name))}
        return list(_lines(composed, members, units, unit))


def _lines(
    composed: Iterable[Composed],
    members: Mapping[int, tuple[str, str | None]],
    units: Mapping[int, str],
    wanted: str | None,
) -> Iterator[PlannedReminder]:
    for item in composed:
        reminder = item.reminder
        if reminder.unit_id is not None:
            branch = units[reminder.unit_id]
            to = {"chat": branch}
        else:
            assert reminder.member_id is not None
            name, found = members[reminder.member_id]
            branch = found or ""
            to = {"member": str(reminder.member_id), "name": name, "unit": branch}
        if wanted is None or wanted == branch:
            yield PlannedReminder(
                at=local(item.at),
                rule=item.rule.name,
                slot=reminder.slot,
                subject=reminder.subject,
                to=to,
                text=reminder.text.words,
                reason=reminder.reason.stored(item.rule.name, reminder.used or {}),
            )
