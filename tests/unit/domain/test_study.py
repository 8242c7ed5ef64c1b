"""Seats, the waiting list, class hours."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.clock import at
from bot.domain.study import (
    MAX_PARTY,
    Seated,
    SignUpClosed,
    TooManySeats,
    Waiting,
    check_open,
    class_hours,
    promoted,
    seat,
)

DEADLINE = at(date(2026, 3, 16), 12)


def test_it_closes_at_the_deadline() -> None:
    check_open(DEADLINE - timedelta(seconds=1), DEADLINE)

    with pytest.raises(SignUpClosed, match=r"^报名已在3月16日（周一）12:00截止"):
        check_open(DEADLINE, DEADLINE)


@pytest.mark.parametrize(
    ("seats", "taken", "waiting", "capacity", "result"),
    [
        pytest.param(1, 0, 0, None, Seated(None), id="不限人数"),
        pytest.param(2, 8, 0, 10, Seated(0), id="正好坐满"),
        pytest.param(2, 9, 0, 10, Waiting(1), id="差一个座全家等"),
        pytest.param(1, 5, 0, 10, Seated(4), id="还有空座"),
        pytest.param(1, 9, 2, 10, Waiting(3), id="不插队"),
        pytest.param(MAX_PARTY, 0, 0, None, Seated(None), id="一次二十人"),
    ],
)
def test_it_seats_or_queues(
    seats: int, taken: int, waiting: int, capacity: int | None, result: Seated | Waiting
) -> None:
    assert seat(seats, taken=taken, waiting=waiting, capacity=capacity) == result


@pytest.mark.parametrize(
    ("seats", "capacity", "most"),
    [
        pytest.param(0, None, 20, id="零人"),
        pytest.param(21, None, 20, id="二十一人"),
        pytest.param(11, 10, 10, id="比班还大"),
    ],
)
def test_it_refuses_impossible_parties(seats: int, capacity: int | None, most: int) -> None:
    with pytest.raises(TooManySeats, match=f"1到{most}人，您写的是{seats}人"):
        seat(seats, taken=0, waiting=0, capacity=capacity)


@pytest.mark.parametrize(
    ("waiting", "free", "count"),
    [
        pytest.param([], 3, 0, id="没人等"),
        pytest.param([1, 2, 1], 3, 2, id="先来先得"),
        pytest.param([3, 1], 2, 0, id="不跳过大家庭"),
        pytest.param([1], 0, 0, id="没有空座"),
    ],
)
def test_it_promotes_in_order(waiting: list[int], free: int, count: int) -> None:
    assert promoted(waiting, free) == count


@given(st.lists(st.integers(1, 20), max_size=20), st.integers(0, 60))
def test_it_never_gives_more_seats_than_are_free(waiting: list[int], free: int) -> None:
    assert sum(waiting[: promoted(waiting, free)]) <= free


@pytest.mark.parametrize(
    ("starts_at", "ends_at", "hours"),
    [
        pytest.param(at(date(2026, 3, 16), 9), at(date(2026, 3, 16), 11), {2026: 2}, id="两小时"),
        pytest.param(
            at(date(2026, 3, 16), 9), at(date(2026, 3, 16), 9, 59), {2026: 0}, id="不足一小时"
        ),
        pytest.param(
            at(date(2026, 3, 16), 8), at(date(2026, 3, 16), 18), {2026: 8}, id="一天最多八学时"
        ),
        pytest.param(
            at(date(2026, 12, 31), 22), at(date(2027, 1, 1), 3), {2026: 2, 2027: 3}, id="跨年分开"
        ),
        pytest.param(
            at(date(2026, 3, 16), 8), at(date(2026, 3, 18), 18), {2026: 24}, id="三天二十四学时"
        ),
        pytest.param(at(date(2026, 3, 16), 9), at(date(2026, 3, 16), 9), {}, id="没有时长"),
    ],
)
def test_it_counts_class_hours_by_year(
    starts_at: datetime, ends_at: datetime, hours: dict[int, int]
) -> None:
    assert class_hours(starts_at, ends_at) == hours
