"""Asked again just before sending: does it still make sense, and may it disturb at this hour?"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.clock import day_of
from bot.domain.burden import Urgency, deliver_at, is_quiet
from bot.domain.ids import MemberId
from bot.services.queue import Claimed
from bot.storage.engine import Database
from scheduler.rule import Asked, Rule, Setting

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Sorted:
    """Claimed rows by what becomes of them.

    Attributes:
        wanted: May be sent now.
        settled: Ids whose reason is gone.
        held: Id → when it may disturb.
        unclear: Their rule broke over them.
    """

    wanted: list[Claimed]
    settled: Collection[int]
    held: Mapping[int, datetime]
    unclear: list[Claimed]


class Questions:
    """Asks the rules about rows that are about to leave."""

    def __init__(self, database: Database, rules: Sequence[Rule], setting: Setting) -> None:
        self._database = database
        self._rules = {rule.name: rule for rule in rules}
        self._setting = setting

    def sort(self, rows: Sequence[Claimed], now: datetime) -> Sorted:
        """Ask about each row; nothing is written."""
        settled, unclear = self._settled(rows, now)
        open_rows = [row for row in rows if row.id not in settled and row.id not in unclear]
        held = {row.id: self._later(row, now) for row in open_rows if self._must_wait(row, now)}
        return Sorted(
            wanted=[row for row in open_rows if row.id not in held],
            settled=settled,
            held=held,
            unclear=[row for row in rows if row.id in unclear],
        )

    def _settled(self, rows: Sequence[Claimed], now: datetime) -> tuple[set[int], set[int]]:
        """Return what is settled, and what its rule broke over: one such row harms no other."""
        by_rule: dict[str, list[Asked]] = defaultdict(list)
        for row in rows:
            if row.rule in self._rules and not row.maybe_sent:
                member = None if row.member_id is None else MemberId(row.member_id)
                by_rule[row.rule].append(Asked(row.id, row.slot, row.subject, member))
        settled: set[int] = set()
        unclear: set[int] = set()
        for name, asked in by_rule.items():
            try:
                settled.update(self._ask(name, asked, now))
            except Exception:
                log.exception("rule %s failed", name)
                done, broken = self._one_by_one(name, asked, now)
                settled.update(done)
                unclear.update(broken)
        return settled, unclear

    def _one_by_one(
        self, name: str, asked: Sequence[Asked], now: datetime
    ) -> tuple[set[int], set[int]]:
        settled: set[int] = set()
        unclear: set[int] = set()
        for one in asked:
            try:
                settled.update(self._ask(name, [one], now))
            except Exception:
                log.exception("rule %s failed over row %s", name, one.id)
                unclear.add(one.id)
        return settled, unclear

    def _ask(self, name: str, asked: Sequence[Asked], now: datetime) -> Collection[int]:
        with self._database.reading() as session:
            return self._rules[name].satisfied(session, asked, now)

    def _must_wait(self, row: Claimed, now: datetime) -> bool:
        """Tell whether a row got late and may not disturb now; answers always may.

        What no rule said was caused by a person, who may have wanted it in quiet hours.
        """
        rule, burden = self._rules.get(row.rule), self._setting.burden
        if rule is None:
            return bool(row.rule) and is_quiet(now, burden) and not is_quiet(row.due_at, burden)
        rests = burden.quiet_rest_days and not self._setting.workdays.is_workday(day_of(now))
        return is_quiet(now, burden) or (rests and rule.urgency is Urgency.ORDINARY)

    def _later(self, row: Claimed, now: datetime) -> datetime:
        rule, setting = self._rules.get(row.rule), self._setting
        urgency = Urgency.EVENT_DAY if rule is None else rule.urgency
        return deliver_at(now, row.thread, setting.burden, setting.workdays, urgency)
