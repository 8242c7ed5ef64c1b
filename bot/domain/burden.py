"""When a text may arrive: quiet hours, rest days, jitter, one group notice a day, expiry."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import Enum, auto

from bot.clock import SHANGHAI, day_of, local
from bot.domain.calendar import LONGEST_HOLIDAY, Workdays

MAX_JITTER_MINUTES = 9
USEFUL_FOR = timedelta(days=1)

_DAY = timedelta(days=1)
_LEAST_OPEN = timedelta(hours=1)
_ROUND_MINUTES = (0, 30)


class Urgency(Enum):
    """What a text may disturb."""

    ORDINARY = auto()  # neither quiet hours nor rest days
    EVENT_DAY = auto()  # about something of this very day: rest days, but not quiet hours
    URGENT = auto()  # confirmed by a person: goes at once


@dataclass(frozen=True, slots=True)
class Policy:
    """What a unit allows.

    Attributes:
        quiet_from: Shanghai wall time from which nothing is sent, inclusive.
        quiet_until: Shanghai wall time until which nothing is sent, exclusive.
        group_notices_per_day: Notices a chat group may get a day, besides answers.
        quiet_rest_days: Nothing is sent on rest days but what is about that day.
        notices_per_week: Notices a unit may be sent by people in seven days without a word why.
    """

    quiet_from: time = time(20, 30)
    quiet_until: time = time(8, 0)
    group_notices_per_day: int = 1
    quiet_rest_days: bool = True
    notices_per_week: int = 5

    def __post_init__(self) -> None:
        open_for = (_since_midnight(self.quiet_from) - _since_midnight(self.quiet_until)) % _DAY
        if self.quiet_from != self.quiet_until and open_for < _LEAST_OPEN:
            raise ValueError("quiet hours must leave at least one hour a day")


@dataclass(frozen=True, slots=True)
class GroupNotice:
    """A text for a chat group with its delivery moment, before the day's budget.

    Attributes:
        chat: Any stable name of the chat group.
        at: Aware, as `deliver_at` gave it.
        key: The text's outbox key.
        expires_at: Aware; from then on the text is of no use.
    """

    chat: str
    at: datetime
    key: str
    expires_at: datetime
    urgency: Urgency = Urgency.ORDINARY


@dataclass(frozen=True, slots=True)
class Placed:
    """What became of a group notice.

    Attributes:
        at: When it goes out; None where the day's budget leaves no room before it expires.
        merged_into: Key of the notice it goes out with, if it does not go alone.
    """

    notice: GroupNotice
    at: datetime | None
    merged_into: str | None = None


@dataclass(frozen=True, slots=True)
class Hours:
    """When texts may arrive: what the units allow, over the calendar.

    Attributes:
        policy: Quiet hours and the groups' budget.
    """

    policy: Policy
    workdays: Workdays

    def allow(self, moment: datetime, key: str, urgency: Urgency = Urgency.ORDINARY) -> datetime:
        """Return when a text that a person has caused may arrive: at once, outside quiet time.

        Args:
            moment: Aware.
            key: Spreads what has to wait over a few minutes; the same key, the same minute.

        Source:
            burden.quiet_hours
        """
        if urgency is Urgency.URGENT or _allowed(moment, self, urgency) == moment:
            return moment
        return deliver_at(moment, key, self.policy, self.workdays, urgency)


def is_quiet(moment: datetime, policy: Policy) -> bool:
    """Tell whether a moment lies in quiet hours.

    Source:
        burden.quiet_hours
    """
    start, end, now = policy.quiet_from, policy.quiet_until, local(moment).time()
    if start <= end:
        return start <= now < end
    return now >= start or now < end


def deliver_at(
    due: datetime,
    key: str,
    policy: Policy,
    workdays: Workdays,
    urgency: Urgency = Urgency.ORDINARY,
    *,
    round_at: time | None = None,
) -> datetime:
    """Return when a text that is due may arrive; the same for the same arguments, always.

    Out of quiet hours, off rest days, then one to nine minutes later by a hash of the key, never
    on a full or half hour, always on a whole minute.

    Args:
        due: Aware.
        key: The text's outbox key; what is to arrive together is given one key.
        round_at: Shanghai wall time of the day's round: what has to wait for another day leaves
            with it, and not by itself at the end of quiet hours.

    Returns:
        Aware. An urgent text keeps its moment.

    Source:
        burden.quiet_hours
    """
    minutes = jitter_of(key)
    return deliver_after(due, minutes, policy, workdays, urgency, round_at=round_at)


def jitter_of(key: str) -> int:
    """Return by how many minutes a text with a key is put off, so that not all leave at once."""
    return 1 + hashlib.sha256(key.encode()).digest()[0] % MAX_JITTER_MINUTES


def deliver_after(
    due: datetime,
    minutes: int,
    policy: Policy,
    workdays: Workdays,
    urgency: Urgency = Urgency.ORDINARY,
    *,
    round_at: time | None = None,
) -> datetime:
    """Return `deliver_at` of a text by its jitter, which all that is due at one moment shares.

    Args:
        minutes: What `jitter_of` its key returns.
    """
    if urgency is Urgency.URGENT:
        return due
    hours = Hours(policy, workdays)
    base = _in_round(due, hours, urgency, round_at)
    moment = _jittered(base, minutes)
    if _allowed(moment, hours, urgency) == moment:
        return moment
    return _jittered(_in_round(moment, hours, urgency, round_at), minutes)


def expires_at(at: datetime, until: datetime | None = None) -> datetime:
    """Return from when a text is of no use: at `until`, else a day after its delivery moment.

    Args:
        at: Aware; when it is to be delivered.
        until: What ends its use, such as the start of the meeting it announces.
    """
    return at + USEFUL_FOR if until is None else until


def spread_group_notices(
    notices: Iterable[GroupNotice],
    policy: Policy,
    workdays: Workdays,
    taken: Mapping[tuple[str, date], int] | None = None,
    waiting: Iterable[GroupNotice] = (),
) -> list[Placed]:
    """Keep every chat group to its notices a day; return all, in order of time and key.

    What is over the budget goes out on the next day that has room; if it would expire before,
    it is merged into a notice of its own day; if there is none to merge into, it has no place
    and the secretary is to be told. Urgent texts always go and take nobody's room.

    Args:
        taken: Notices already sent or queued, by chat and Shanghai day.
        waiting: Those of them that have not left yet: others may still join them.

    Source:
        burden.group_notices
    """
    used = Counter(taken or {})
    hosts = {(host.chat, day_of(host.at)): Placed(host, host.at) for host in waiting}
    placed = []
    for notice in sorted(notices, key=lambda notice: (notice.at, notice.key)):
        if notice.urgency is Urgency.URGENT:
            placed.append(Placed(notice, notice.at))
            continue
        at = _with_room(notice, policy, workdays, used)
        if at is None:
            placed.append(_merged(notice, hosts.get((notice.chat, day_of(notice.at)))))
            continue
        alone = Placed(notice, at)
        placed.append(alone)
        used[notice.chat, day_of(at)] += 1
        hosts.setdefault((notice.chat, day_of(at)), alone)
    return placed


def _with_room(
    notice: GroupNotice,
    policy: Policy,
    workdays: Workdays,
    used: Mapping[tuple[str, date], int],
) -> datetime | None:
    at = notice.at
    while used.get((notice.chat, day_of(at)), 0) >= policy.group_notices_per_day:
        at = deliver_at(at + _DAY, notice.key, policy, workdays, notice.urgency)
        if at >= notice.expires_at:
            return None
    return at


def _merged(notice: GroupNotice, host: Placed | None) -> Placed:
    if host is None or host.at is None or host.at >= notice.expires_at:
        return Placed(notice, None)
    return Placed(notice, host.at, host.notice.key)


def _allowed(due: datetime, hours: Hours, urgency: Urgency) -> datetime:
    policy, workdays = hours.policy, hours.workdays
    moment = _after_quiet(due, policy) if is_quiet(due, policy) else due
    day = day_of(moment)
    if urgency is Urgency.EVENT_DAY or not policy.quiet_rest_days or workdays.is_workday(day):
        return moment
    return _at_wall(_next_workday(day, workdays), policy.quiet_until)


def _in_round(due: datetime, hours: Hours, urgency: Urgency, round_at: time | None) -> datetime:
    moment = _allowed(due, hours, urgency)
    if round_at is None or moment == due:
        return moment
    later = max(moment, _at_wall(day_of(moment), round_at))
    return moment if is_quiet(later, hours.policy) else later


def _after_quiet(moment: datetime, policy: Policy) -> datetime:
    wall = local(moment)
    day = wall.date() if wall.time() < policy.quiet_until else wall.date() + _DAY
    return _at_wall(day, policy.quiet_until)


def _next_workday(day: date, workdays: Workdays) -> date:
    following = (day + n * _DAY for n in range(1, LONGEST_HOLIDAY + 1))
    return next((later for later in following if workdays.is_workday(later)), day)


def _jittered(base: datetime, minutes: int) -> datetime:
    base = base.replace(second=0, microsecond=0)
    if (base + timedelta(minutes=minutes)).minute in _ROUND_MINUTES:
        minutes += 1 if minutes < MAX_JITTER_MINUTES else -1
    return base + timedelta(minutes=minutes)


def _at_wall(day: date, wall: time) -> datetime:
    return datetime.combine(day, wall, SHANGHAI).astimezone(UTC)


def _since_midnight(wall: time) -> timedelta:
    return timedelta(hours=wall.hour, minutes=wall.minute, seconds=wall.second)
