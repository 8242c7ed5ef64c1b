"""Quiet hours, rest days, jitter, one group notice a day."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.clock import at, day_of, local
from bot.domain.burden import (
    GroupNotice,
    Hours,
    Policy,
    Urgency,
    deliver_at,
    expires_at,
    is_quiet,
    spread_group_notices,
)
from bot.services.workdays import PublishedWorkdays

WORKDAYS = PublishedWorkdays()
POLICY = Policy()
ORDINARY, EVENT_DAY, URGENT = Urgency
THURSDAY = date(2026, 3, 12)
FRIDAY, SATURDAY = date(2026, 3, 13), date(2026, 3, 14)
MONDAY = date(2026, 3, 16)

MOMENTS = st.integers(0, 60 * 24 * 365 * 3).map(
    lambda minutes: at(date(2024, 1, 1)) + timedelta(minutes=minutes)
)
KEYS = st.text(max_size=20)


@pytest.mark.parametrize(
    ("wall", "quiet"),
    [
        pytest.param((20, 29), False, id="20:29可发"),
        pytest.param((20, 30), True, id="20:30起安静"),
        pytest.param((23, 59), True, id="半夜"),
        pytest.param((0, 0), True, id="零点"),
        pytest.param((7, 59), True, id="7:59还安静"),
        pytest.param((8, 0), False, id="8:00起可发"),
    ],
)
def test_it_knows_quiet_hours(wall: tuple[int, int], quiet: bool) -> None:
    assert is_quiet(at(THURSDAY, *wall), POLICY) is quiet


@pytest.mark.parametrize(
    ("wall", "quiet"),
    [
        pytest.param((11, 59), False, id="午休前"),
        pytest.param((12, 0), True, id="午休开始"),
        pytest.param((14, 0), False, id="午休结束"),
    ],
)
def test_it_knows_quiet_hours_within_a_day(wall: tuple[int, int], quiet: bool) -> None:
    assert is_quiet(at(THURSDAY, *wall), Policy(time(12), time(14))) is quiet


@pytest.mark.parametrize(
    ("due", "urgency", "earliest"),
    [
        pytest.param(at(THURSDAY, 9, 5), ORDINARY, at(THURSDAY, 9, 5), id="白天照发"),
        pytest.param(at(THURSDAY, 6), ORDINARY, at(THURSDAY, 8), id="清晨等到八点"),
        pytest.param(at(THURSDAY, 21), ORDINARY, at(FRIDAY, 8), id="夜里等到次日"),
        pytest.param(at(FRIDAY, 21), ORDINARY, at(MONDAY, 8), id="周五夜里等到周一"),
        pytest.param(at(SATURDAY, 10), ORDINARY, at(MONDAY, 8), id="周六等到周一"),
        pytest.param(at(SATURDAY, 10), EVENT_DAY, at(SATURDAY, 10), id="周六当天活动照发"),
        pytest.param(at(SATURDAY, 7), EVENT_DAY, at(SATURDAY, 8), id="当天活动也不吵早"),
        pytest.param(at(date(2026, 10, 1), 9), ORDINARY, at(date(2026, 10, 8), 8), id="国庆后再发"),
        pytest.param(at(date(2026, 10, 10), 9), ORDINARY, at(date(2026, 10, 10), 9), id="调休周六"),
    ],
)
def test_it_delivers_within_ten_minutes_of_the_first_allowed_moment(
    due: datetime, urgency: Urgency, earliest: datetime
) -> None:
    delivered = deliver_at(due, "rule:slot:subject:zhang", POLICY, WORKDAYS, urgency)

    assert timedelta(minutes=1) <= delivered - earliest <= timedelta(minutes=9)


def test_it_sends_what_is_urgent_at_once() -> None:
    night = at(date(2026, 10, 1), 22)

    assert deliver_at(night, "key", POLICY, WORKDAYS, URGENT) == night


def test_it_sends_on_rest_days_where_the_unit_wants_that() -> None:
    policy = Policy(quiet_rest_days=False)

    assert day_of(deliver_at(at(SATURDAY, 10), "key", policy, WORKDAYS)) == SATURDAY


def test_it_moves_on_where_jitter_would_reach_into_quiet_hours() -> None:
    for n in range(50):
        delivered = deliver_at(at(THURSDAY, 20, 29), f"key{n}", POLICY, WORKDAYS)

        assert at(FRIDAY, 8, 1) <= delivered <= at(FRIDAY, 8, 9)


def test_it_spreads_branches_over_the_minutes() -> None:
    minutes = Counter(
        local(deliver_at(at(THURSDAY, 8), f"branch{n}", POLICY, WORKDAYS)).minute
        for n in range(900)
    )

    assert set(minutes) == set(range(1, 10))
    assert max(minutes.values()) < 150


def test_it_gives_up_on_a_calendar_that_never_works() -> None:
    class NoWork:
        def is_workday(self, day: date) -> bool:
            return False

        def is_known(self, year: int) -> bool:
            return True

        def estimate(self, day: date) -> bool:
            return False

    assert day_of(deliver_at(at(THURSDAY, 9), "key", POLICY, NoWork())) == THURSDAY


@given(MOMENTS, KEYS, st.sampled_from([ORDINARY, EVENT_DAY]))
def test_it_never_disturbs(due: datetime, key: str, urgency: Urgency) -> None:
    delivered = deliver_at(due, key, POLICY, WORKDAYS, urgency)

    assert delivered > due
    assert not is_quiet(delivered, POLICY)
    assert local(delivered).minute not in (0, 30)
    assert urgency is EVENT_DAY or WORKDAYS.is_workday(day_of(delivered))
    assert delivered == deliver_at(due, key, POLICY, WORKDAYS, urgency)


QUARTERS = st.integers(0, 95).map(lambda n: time(n // 4, n % 4 * 15))


@given(MOMENTS, KEYS, QUARTERS, QUARTERS)
def test_it_respects_any_quiet_hours(
    due: datetime, key: str, quiet_from: time, quiet_until: time
) -> None:
    try:
        policy = Policy(quiet_from, quiet_until, quiet_rest_days=False)
    except ValueError:
        return

    assert not is_quiet(deliver_at(due, key, policy, WORKDAYS), policy)


@pytest.mark.parametrize(
    ("quiet_from", "quiet_until", "fine"),
    [
        pytest.param(time(9), time(8), True, id="只留一小时"),
        pytest.param(time(8, 59), time(8), False, id="不到一小时"),
        pytest.param(time(8), time(8), True, id="没有安静时段"),
    ],
)
def test_it_refuses_quiet_hours_that_leave_no_day(
    quiet_from: time, quiet_until: time, fine: bool
) -> None:
    if fine:
        Policy(quiet_from, quiet_until)
        return
    with pytest.raises(ValueError, match="at least one hour"):
        Policy(quiet_from, quiet_until)


@pytest.mark.parametrize(
    ("until", "expected"),
    [
        pytest.param(None, at(FRIDAY, 9), id="一天"),
        pytest.param(at(THURSDAY, 15), at(THURSDAY, 15), id="开会为止"),
    ],
)
def test_it_expires(until: datetime | None, expected: datetime) -> None:
    assert expires_at(at(THURSDAY, 9), until) == expected


WEEK = timedelta(days=7)


def notice(key: str, moment: datetime, useful: timedelta = WEEK, **more: Urgency) -> GroupNotice:
    return GroupNotice("三支部群", moment, key, moment + useful, **more)


def test_it_sends_the_second_notice_the_next_day() -> None:
    first, second = notice("a", at(THURSDAY, 9)), notice("b", at(THURSDAY, 10))

    placed = spread_group_notices([second, first], POLICY, WORKDAYS)

    assert [place.notice.key for place in placed] == ["a", "b"]
    assert placed[0].at == first.at
    assert placed[1].at is not None
    assert day_of(placed[1].at) == FRIDAY
    assert placed[1].merged_into is None


def test_it_skips_rest_days_and_full_days() -> None:
    placed = spread_group_notices(
        [
            notice("a", at(THURSDAY, 9)),
            notice("b", at(THURSDAY, 10)),
            notice("c", at(THURSDAY, 11)),
        ],
        POLICY,
        WORKDAYS,
    )

    assert [day_of(place.at) for place in placed if place.at] == [THURSDAY, FRIDAY, MONDAY]


def test_it_merges_what_cannot_wait() -> None:
    waits, hurries = notice("a", at(THURSDAY, 9)), notice("b", at(THURSDAY, 10), timedelta(hours=5))

    placed = spread_group_notices([waits, hurries], POLICY, WORKDAYS)

    assert placed[1].merged_into == "a"
    assert placed[1].at == placed[0].at


@pytest.mark.parametrize(
    ("notices", "taken"),
    [
        pytest.param(
            [notice("a", at(THURSDAY, 10), timedelta(hours=5))],
            {("三支部群", THURSDAY): 1},
            id="今天那条已经发了",
        ),
        pytest.param(
            [notice("a", at(THURSDAY, 10), timedelta(0))],
            {("三支部群", THURSDAY): 1},
            id="已过时效",
        ),
    ],
)
def test_it_has_no_place_for_what_can_neither_wait_nor_merge(
    notices: list[GroupNotice], taken: dict[tuple[str, date], int]
) -> None:
    (placed,) = spread_group_notices(notices, POLICY, WORKDAYS, taken)

    assert placed.at is None
    assert placed.merged_into is None


def test_it_does_not_merge_into_a_notice_that_comes_too_late() -> None:
    late_host = notice("a", at(THURSDAY, 15))
    early = GroupNotice("三支部群", at(THURSDAY, 16), "b", at(THURSDAY, 14))

    placed = spread_group_notices([late_host, early], POLICY, WORKDAYS)

    assert placed[1].at is None


def test_it_lets_urgent_notices_through_without_taking_room() -> None:
    urgent = notice("a", at(THURSDAY, 9), urgency=URGENT)
    ordinary = notice("b", at(THURSDAY, 10))

    placed = spread_group_notices([urgent, ordinary], POLICY, WORKDAYS)

    assert [place.at for place in placed] == [urgent.at, ordinary.at]


def test_it_counts_groups_apart() -> None:
    one, other = (
        notice("a", at(THURSDAY, 9)),
        GroupNotice("五支部群", at(THURSDAY, 9), "b", at(MONDAY)),
    )

    placed = spread_group_notices([one, other], POLICY, WORKDAYS)

    assert [place.at for place in placed] == [one.at, other.at]


NOTICES = st.builds(
    lambda chat, moment, key, hours, urgency: GroupNotice(
        chat,
        deliver_at(moment, key, POLICY, WORKDAYS, urgency),
        key,
        moment + timedelta(hours=hours),
        urgency,
    ),
    st.sampled_from(["甲", "乙"]),
    st.integers(0, 60 * 24 * 10).map(lambda n: at(MONDAY) + timedelta(minutes=n)),
    KEYS,
    st.integers(1, 24 * 14),
    st.sampled_from(Urgency),
)


@given(st.lists(NOTICES, max_size=25), st.integers(0, 3))
def test_it_never_breaks_the_budget(notices: list[GroupNotice], a_day: int) -> None:
    policy = Policy(group_notices_per_day=a_day)

    placed = spread_group_notices(notices, policy, WORKDAYS)

    alone = Counter(
        (place.notice.chat, day_of(place.at))
        for place in placed
        if place.at and place.merged_into is None and place.notice.urgency is not URGENT
    )
    assert max(alone.values(), default=0) <= a_day
    assert len(placed) == len(notices)
    for place in placed:
        moved = place.at is not None and place.at != place.notice.at
        assert not moved or place.at < place.notice.expires_at  # type: ignore[operator]


def test_it_joins_what_waits_from_an_earlier_tick() -> None:
    """The day's notice is queued and has not left: what cannot wait goes out with it."""
    queued = notice("a", at(THURSDAY, 16, 7))
    hurries = notice("b", at(THURSDAY, 16, 3), timedelta(hours=5))
    taken = {("三支部群", THURSDAY): 1}

    (placed,) = spread_group_notices([hurries], POLICY, WORKDAYS, taken, [queued])

    assert (placed.merged_into, placed.at) == ("a", queued.at)


@pytest.mark.parametrize(
    ("due", "urgency", "allowed"),
    [
        pytest.param(at(THURSDAY, 12), ORDINARY, at(THURSDAY, 12), id="白天，马上"),
        pytest.param(at(THURSDAY, 20, 29), ORDINARY, at(THURSDAY, 20, 29), id="20:29，马上"),
        pytest.param(at(THURSDAY, 20, 30), ORDINARY, at(FRIDAY, 8), id="20:30，等到早上"),
        pytest.param(at(FRIDAY, 21), ORDINARY, at(MONDAY, 8), id="周五夜里，等到周一"),
        pytest.param(at(SATURDAY, 10), EVENT_DAY, at(SATURDAY, 10), id="周六，当天的事马上"),
        pytest.param(at(SATURDAY, 22), URGENT, at(SATURDAY, 22), id="有人要马上"),
    ],
)
def test_it_lets_what_a_person_caused_leave_at_once_by_day(
    due: datetime, urgency: Urgency, allowed: datetime
) -> None:
    leaves = Hours(POLICY, WORKDAYS).allow(due, "notice:1", urgency)

    if allowed == due:
        assert leaves == due
    else:
        assert timedelta(minutes=1) <= leaves - allowed <= timedelta(minutes=9)


@pytest.mark.parametrize(
    ("due", "earliest"),
    [
        pytest.param(at(THURSDAY, 9), at(THURSDAY, 9), id="当天的，九点"),
        pytest.param(at(SATURDAY, 9), at(MONDAY, 9), id="周六的，周一和大家一起九点"),
        pytest.param(at(THURSDAY, 21), at(FRIDAY, 9), id="夜里的，第二天九点"),
        pytest.param(at(THURSDAY, 14), at(THURSDAY, 14), id="下午补的，不用等"),
    ],
)
def test_it_lets_what_had_to_wait_leave_with_the_days_round(
    due: datetime, earliest: datetime
) -> None:
    leaves = deliver_at(due, "m1", POLICY, WORKDAYS, round_at=time(9))

    assert timedelta(minutes=1) <= leaves - earliest <= timedelta(minutes=9)
    assert leaves == deliver_at(earliest, "m1", POLICY, WORKDAYS)  # so they are one message


def test_it_keeps_the_round_out_of_quiet_hours() -> None:
    early = Policy(quiet_from=time(8, 45), quiet_until=time(7))

    leaves = deliver_at(at(SATURDAY, 7, 30), "m1", early, WORKDAYS, round_at=time(9))

    assert at(MONDAY, 7, 1) <= leaves <= at(MONDAY, 7, 9)


def test_it_gives_whole_minutes_whatever_second_a_tick_runs_at() -> None:
    odd = at(THURSDAY, 12) + timedelta(seconds=41, microseconds=7)

    assert deliver_at(odd, "m1", POLICY, WORKDAYS) == deliver_at(
        at(THURSDAY, 12), "m1", POLICY, WORKDAYS
    )
