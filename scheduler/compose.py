"""From rules to letters: keys, delivery times, the groups' budget. Plan and tick are this code."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from bot.domain.burden import GroupNotice, deliver_at, spread_group_notices
from bot.services.outbox import Letter
from scheduler.rule import Reminder, Rule, Setting

Taken = Mapping[str, tuple[str, date]]


@dataclass(frozen=True, slots=True)
class Composed:
    """A reminder with the moment it will be sent."""

    rule: Rule
    reminder: Reminder
    key: str
    at: datetime

    def letter(self) -> Letter:
        """Return it as the outbox takes it."""
        reminder = self.reminder
        return Letter(
            key=self.key,
            text=reminder.text.words,
            due_at=self.at,
            member_id=reminder.member_id,
            unit_id=reminder.unit_id,
            rule=self.rule.name,
            slot=reminder.slot,
            subject=reminder.subject,
            reason=reminder.reason.stored(self.rule.name, reminder.used or {}),
            expires_at=reminder.expires_at,
        )


def compose(
    session: Session,
    rules: Sequence[Rule],
    after: datetime,
    until: datetime,
    setting: Setting,
    *,
    taken: Taken,
    not_before: datetime | None = None,
) -> list[Composed]:
    """Return what falls due in (after, until], with delivery times, in order of time.

    Args:
        taken: Group notices sent or queued already: key → unit and Shanghai day.
        not_before: Now, for a tick that catches up: what should have left earlier leaves now,
            outside quiet hours, if it is still of use; of several steps missed, the last.
    """
    found = [
        (rule, reminder)
        for rule in rules
        for slot in rule.slots(after, until)
        for reminder in rule.reminders(session, slot, setting)
    ]
    if not_before is not None:
        found = _last_steps(found)
    composed = [_timed(rule, reminder, setting, not_before) for rule, reminder in found]
    useful = [item for item in composed if item.at < item.reminder.expires_at]
    private = [item for item in useful if item.reminder.unit_id is None]
    groups = [item for item in useful if item.reminder.unit_id is not None]
    return sorted(
        [*private, *_within_budget(groups, setting, taken)], key=lambda item: (item.at, item.key)
    )


def key_of(rule: Rule, reminder: Reminder) -> str:
    """Return the outbox key: `rule:slot:subject:recipient`."""
    to = f"m{reminder.member_id}" if reminder.unit_id is None else f"g{reminder.unit_id}"
    return f"{rule.name}:{reminder.slot}:{reminder.subject}:{to}"


def _last_steps(found: Iterable[tuple[Rule, Reminder]]) -> list[tuple[Rule, Reminder]]:
    """Keep the latest step of every ladder, so that nobody is told twice at once."""
    latest: dict[tuple[object, ...], tuple[Rule, Reminder]] = {}
    for rule, reminder in found:
        period = reminder.slot.partition("/")[0]
        ladder = (rule.name, reminder.subject, period, reminder.member_id, reminder.unit_id)
        known = latest.get(ladder)
        if known is None or known[1].due_at <= reminder.due_at:
            latest[ladder] = (rule, reminder)
    return list(latest.values())


def _timed(
    rule: Rule, reminder: Reminder, setting: Setting, not_before: datetime | None
) -> Composed:
    key = key_of(rule, reminder)
    moment = deliver_at(reminder.due_at, key, setting.burden, setting.workdays, rule.urgency)
    if not_before is not None and moment < not_before:
        moment = deliver_at(not_before, key, setting.burden, setting.workdays, rule.urgency)
    return Composed(rule, reminder, key, moment)


def _within_budget(
    groups: Iterable[Composed], setting: Setting, taken: Taken
) -> Iterable[Composed]:
    """Keep every group to its notices a day; a text merged away is said by its host."""
    by_key = {item.key: item for item in groups}
    notices = [
        GroupNotice(
            chat=str(item.reminder.unit_id),
            at=item.at,
            key=item.key,
            expires_at=item.reminder.expires_at,
            urgency=item.rule.urgency,
        )
        for item in by_key.values()
    ]
    others = Counter(place for key, place in taken.items() if key not in by_key)
    placed = spread_group_notices(notices, setting.burden, setting.workdays, others)
    for place in placed:
        if place.at is not None and place.merged_into is None:
            item = by_key[place.notice.key]
            yield Composed(item.rule, item.reminder, item.key, place.at)
