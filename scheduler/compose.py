"""From rules to letters: keys, delivery times, the groups' budget. Plan and tick are this code."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from functools import cache
from itertools import islice
from typing import TypeVar

from sqlalchemy.orm import Session

from bot.clock import at, day_of
from bot.domain.burden import (
    GroupNotice,
    Urgency,
    deliver_after,
    jitter_of,
    spread_group_notices,
)
from bot.domain.holds import About, Hold, period_of
from bot.domain.ids import MemberId
from bot.domain.lateness import is_late
from bot.domain.preferences import USUAL, Preferences
from bot.services import holds, preferences, survey
from bot.services.outbox import Letter
from bot.services.reminders import DIGEST
from scheduler.left_out import LEFT_OUT, left_out
from scheduler.rule import ROUND_AT, Reminder, Rule, Setting

PIECE = 250
"""Reminders composed and written at once: a transaction well under 200 ms."""


@dataclass(frozen=True, slots=True)
class Taken:
    """A group's notice that is queued or sent already.

    Attributes:
        chat: The unit whose group it is for.
        at: Its delivery moment, aware.
        waits: It has not left yet, so that another may still go out with it.
    """

    chat: str
    at: datetime
    waits: bool


@dataclass(frozen=True, slots=True)
class Composed:
    """A reminder with the moment it will be sent.

    Attributes:
        late_since: When it should have been sent, if nobody was there to do it.
    """

    rule: Rule
    reminder: Reminder
    key: str
    at: datetime
    late_since: datetime | None = None

    @property
    def is_useful(self) -> bool:
        """It arrives while it is of use."""
        return self.at < self.reminder.expires_at

    @property
    def has_lapsed(self) -> bool:
        """It would have been of use, had it been sent when it should have been."""
        on_time = self.late_since is not None and self.late_since < self.reminder.expires_at
        return on_time and not self.is_useful

    def letter(self) -> Letter:
        """Return it as the outbox takes it."""
        reminder = self.reminder
        return Letter(
            key=self.key,
            text=reminder.text,
            due_at=self.at,
            member_id=reminder.member_id,
            unit_id=reminder.unit_id,
            rule=self.rule.name,
            slot=reminder.slot,
            subject=reminder.subject,
            reason=reminder.reason.stored(self.rule.name, reminder.used or {}),
            expires_at=reminder.expires_at,
            late_since=self.late_since,
            lapsed=self.has_lapsed,
        )


def compose(
    session: Session,
    rules: Sequence[Rule],
    after: datetime,
    until: datetime,
    setting: Setting,
    *,
    taken: Callable[[], Mapping[str, Taken]],
    not_before: datetime | None = None,
) -> list[Composed]:
    """Return what falls due in (after, until], with delivery times, in order of time.

    What would arrive too late to be of use is left out, but for what was missed: that is returned
    as lapsed, to be written down. So is a group notice left out that is queued or sent already. A
    notice that finds no room in its group's budget is told to whoever answers for the unit instead.
    What goes to one reader at one moment the dispatcher makes one message of.

    Args:
        taken: Asks for group notices sent or queued already, by key; only where there are any.
        not_before: Now, for a tick that catches up: what should have left earlier leaves now,
            outside quiet hours, if it is still of use; of several steps missed, the last.
    """
    found = [
        (rule, reminder)
        for rule in rules
        for slot in rule.slots(after, until)
        for reminder in rule.reminders(session, slot, setting)
    ]
    wishes = _Wishes(session, until)
    return _composed(session, found, wishes, setting, taken=taken, not_before=not_before)


def compose_in_pieces(
    session: Session,
    rule: Rule,
    after: datetime,
    now: datetime,
    setting: Setting,
    *,
    taken: Callable[[], Mapping[str, Taken]],
) -> Iterator[list[Composed]]:
    """Yield what `compose` returns of one rule in a tick, so many at a time.

    Of a morning on which every branch is told something, only a piece is held at once. One slot
    has one step of a ladder, so what is in one piece decides nothing about another; the notices of
    groups, which share a day's budget, and what is caught up over several slots stay together.
    """
    slots = list(rule.slots(after, now))
    if len(slots) > 1:
        whole = compose(session, [rule], after, now, setting, taken=taken, not_before=now)
        yield from _pieces(whole)
        return
    wishes = _Wishes(session, now)
    groups: list[tuple[Rule, Reminder]] = []
    for some in _pieces(rule.reminders(session, slots[0], setting)):
        private = [(rule, reminder) for reminder in some if reminder.unit_id is None]
        groups += [(rule, reminder) for reminder in some if reminder.unit_id is not None]
        yield _composed(session, private, wishes, setting, taken=taken, not_before=now)
    yield from _pieces(_composed(session, groups, wishes, setting, taken=taken, not_before=now))


_T = TypeVar("_T")


def _pieces(things: Iterable[_T]) -> Iterator[list[_T]]:
    rest = iter(things)
    while some := list(islice(rest, PIECE)):
        yield some


def _composed(
    session: Session,
    found: list[tuple[Rule, Reminder]],
    wishes: _Wishes,
    setting: Setting,
    *,
    taken: Callable[[], Mapping[str, Taken]],
    not_before: datetime | None,
) -> list[Composed]:
    if not_before is not None:
        found = _last_steps(found)
    found, own = wishes.keep(found)
    moments = _Moments(setting)
    composed = [
        _timed(rule, reminder, moments, not_before, _wish_of(reminder, own))
        for rule, reminder in found
    ]
    composed = _once(session, composed, own)
    useful = [item for item in composed if item.is_useful]
    private = [item for item in useful if item.reminder.unit_id is None]
    private += [item for item in composed if item.has_lapsed]
    groups = [item for item in useful if item.reminder.unit_id]
    if not groups:
        return sorted(private, key=lambda item: (item.at, item.key))
    known = taken()
    new = [item for item in groups if item.key not in known]
    placed, homeless = _within_budget(new, setting, known)
    told = _told_instead(session, homeless, setting)
    return sorted([*private, *placed, *told], key=lambda item: (item.at, item.key))


def key_of(rule: Rule, reminder: Reminder) -> str:
    """Return the outbox key: `rule:slot:subject:recipient`."""
    to = f"m{reminder.member_id}" if reminder.unit_id is None else f"g{reminder.unit_id}"
    return f"{rule.name}:{reminder.slot}:{reminder.subject}:{to}"


def _last_steps(found: Iterable[tuple[Rule, Reminder]]) -> list[tuple[Rule, Reminder]]:
    """Keep the latest step of every ladder, so that nobody is told twice at once."""
    latest: dict[tuple[object, ...], tuple[Rule, Reminder]] = {}
    for rule, reminder in found:
        period = period_of(reminder.slot)
        ladder = (rule.name, reminder.subject, period, reminder.member_id, reminder.unit_id)
        known = latest.get(ladder)
        if known is None or known[1].due_at <= reminder.due_at:
            latest[ladder] = (rule, reminder)
    return list(latest.values())


class _Wishes:
    """What those who are reminded have put off, declined or chosen; read when first needed.

    Source:
        burden.put_off, burden.preferences
    """

    def __init__(self, session: Session, now: datetime) -> None:
        self._read = cache(lambda: (holds.current(session, now), preferences.of_everybody(session)))

    def keep(
        self, found: list[tuple[Rule, Reminder]]
    ) -> tuple[list[tuple[Rule, Reminder]], Mapping[MemberId, Preferences]]:
        """Leave out what those it is for do not want now; return the rest, and their wishes."""
        if not any(reminder.member_id for _, reminder in found):
            return found, {}
        held, wishes = self._read()
        if not held and not wishes:
            return found, {}
        kept = [
            (rule, reminder)
            for rule, reminder in found
            if reminder.member_id is None
            or not (_is_held(rule, reminder, held) or _is_unwanted(rule, reminder, wishes))
        ]
        return kept, wishes


def _wish_of(reminder: Reminder, wishes: Mapping[MemberId, Preferences]) -> Preferences:
    return USUAL if reminder.member_id is None else wishes.get(reminder.member_id, USUAL)


def _is_held(rule: Rule, reminder: Reminder, held: Mapping[About, Hold]) -> bool:
    hold = held.get(_about(rule, reminder))
    return hold is not None and hold.keeps_back(day_of(reminder.due_at))


def _about(rule: Rule, reminder: Reminder) -> About:
    assert reminder.member_id is not None
    return About(reminder.member_id, rule.name, reminder.subject, period_of(reminder.slot))


def _is_unwanted(rule: Rule, reminder: Reminder, wishes: Mapping[MemberId, Preferences]) -> bool:
    wish = _wish_of(reminder, wishes)
    return rule.name == DIGEST and not wish.note


def _once(
    session: Session, composed: list[Composed], wishes: Mapping[MemberId, Preferences]
) -> list[Composed]:
    """Leave out what somebody who wants to hear of each thing once has heard of, or is about to.

    Not the first rung counts but the first that reaches them: who came late, or was away over a
    holiday, is told by the second.

    Source:
        burden.preferences
    """
    meant = [item for item in composed if item.is_useful and _is_rung(item.reminder, wishes)]
    if not meant:
        return composed
    members = {item.reminder.member_id for item in meant if item.reminder.member_id}
    told = holds.told_of(session, members, {item.rule.name for item in meant})
    dropped = set()
    for item in sorted(meant, key=lambda item: (item.at, item.key)):
        about = _about(item.rule, item.reminder)
        if about in told:
            dropped.add(item.key)
        told.add(about)
    return [item for item in composed if item.key not in dropped]


def _is_rung(reminder: Reminder, wishes: Mapping[MemberId, Preferences]) -> bool:
    return _wish_of(reminder, wishes).once and "step" in (reminder.used or {})


class _Moments:
    """When what is due arrives: worked out once for all that are due at one moment.

    Of however many there are, the jitter leaves a few moments.
    """

    def __init__(self, setting: Setting) -> None:
        burden, workdays = setting.burden, setting.workdays
        self._of = cache(
            lambda due, minutes, urgency, round_at: deliver_after(
                due, minutes, burden, workdays, urgency, round_at=round_at
            )
        )

    def of(self, due: datetime, key: str, urgency: Urgency, round_at: time | None) -> datetime:
        """Return `deliver_at` of a text."""
        moment: datetime = self._of(due, jitter_of(key), urgency, round_at)
        return moment


def _timed(
    rule: Rule,
    reminder: Reminder,
    moments: _Moments,
    not_before: datetime | None,
    wish: Preferences = USUAL,
) -> Composed:
    """Return a reminder with its moment: the same for all that join for one person."""
    key = key_of(rule, reminder)
    joins = rule.joins and reminder.member_id is not None
    spread = f"m{reminder.member_id}" if joins else key
    round_at = ROUND_AT if joins else None
    due = reminder.due_at if wish is USUAL else _at_hour(rule, reminder, wish)
    moment, late_since = moments.of(due, spread, rule.urgency, round_at), None
    if not_before is not None and moment < not_before:
        late_since = moment if is_late(moment, not_before) else None
        moment = moments.of(not_before, spread, rule.urgency, round_at)
    return Composed(rule, reminder, key, moment, late_since)


def _at_hour(rule: Rule, reminder: Reminder, wish: Preferences) -> datetime:
    """Return when a reminder is due at the hour its reader has chosen, if it is of use then."""
    chosen = wish.hour
    if chosen is None or rule.urgency is not Urgency.ORDINARY or rule.name == DIGEST:
        return reminder.due_at
    later = at(day_of(reminder.due_at), chosen.hour, chosen.minute)
    return later if reminder.due_at < later < reminder.expires_at else reminder.due_at


def _within_budget(
    groups: Iterable[Composed], setting: Setting, taken: Mapping[str, Taken]
) -> tuple[list[Composed], list[Composed]]:
    """Keep every group to its notices a day: return (those with a moment, those without).

    One that is merged gets the moment of its host, and so goes out in the same message.
    """
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
    placed = spread_group_notices(
        notices,
        setting.burden,
        setting.workdays,
        Counter((notice.chat, day_of(notice.at)) for notice in taken.values()),
        [
            GroupNotice(notice.chat, notice.at, key, notice.at)
            for key, notice in taken.items()
            if notice.waits
        ],
    )
    items = [(by_key[place.notice.key], place.at) for place in placed]
    return (
        [replace(item, at=at) for item, at in items if at is not None],
        [item for item, at in items if at is None],
    )


def _told_instead(
    session: Session, homeless: Sequence[Composed], setting: Setting
) -> list[Composed]:
    """Let whoever answers for a unit know of a notice that its group is not going to read."""
    if not setting.burden.group_notices_per_day:
        return []  # the groups here are to read nothing, as the operator has decided
    by_day: dict[date, list[Composed]] = {}
    for item in homeless:
        by_day.setdefault(day_of(item.at), []).append(item)
    told = []
    for day, items in by_day.items():  # one, but in a plan of many days
        units = {item.reminder.unit_id for item in items if item.reminder.unit_id is not None}
        known = survey.names_and_paths(session, units)
        owners = survey.answerable(session, {u: path for u, (_, path) in known.items()}, day)
        names = survey.names_of(session, owners.values())
        for item in items:
            unit = item.reminder.unit_id
            if unit is not None and unit in owners:
                owner = owners[unit]
                reminder = left_out(item.reminder, known[unit][0], owner, names[owner])
                letter = _timed(LEFT_OUT, reminder, _Moments(setting), item.at)
                told.append(replace(letter, late_since=item.late_since))
    return [item for item in told if item.is_useful]
