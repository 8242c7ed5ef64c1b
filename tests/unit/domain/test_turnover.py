"""The identity of the roll against a count made otherwise: day by day, from who was where."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import date, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.ids import MemberId, UnitId
from bot.domain.turnover import Came, Stay, Turnover, Went, turnover

MARCH_1, MARCH_10 = date(2026, 3, 1), date(2026, 3, 10)
DAY = timedelta(days=1)


def test_moves_within_a_unit_are_none_of_its_own() -> None:
    zhang = MemberId(7)
    stays = [
        Stay(zhang, "/1/2/", date(2026, 1, 1), MARCH_1, Came.OPENING),
        Stay(zhang, "/1/3/", MARCH_1, MARCH_10, went=Went.DIED),
    ]
    whole = (date(2026, 1, 1), date(2026, 3, 31))

    assert turnover(stays, UnitId(1), *whole) == Turnover(
        opening=(zhang,), died=(zhang,), included=(zhang,)
    )
    assert turnover(stays, UnitId(2), *whole) == Turnover(
        opening=(zhang,), went_out=(zhang,), included=(zhang,)
    )
    assert turnover(stays, UnitId(3), *whole) == Turnover(came_in=(zhang,), died=(zhang,))


@st.composite
def _histories(draw: st.DrawFn) -> list[Stay]:
    stays: list[Stay] = []
    for member in range(draw(st.integers(0, 5))):
        days = sorted(draw(st.sets(st.integers(0, 60), min_size=1, max_size=7)))
        ends = [*days[1:], None if draw(st.booleans()) else 61]
        for since, until in zip(days, ends, strict=True):
            if draw(st.integers(0, 3)):
                path = draw(st.sampled_from(("/1/2/", "/1/2/4/", "/1/3/")))
                came, went = draw(st.sampled_from(Came)), draw(st.sampled_from(Went))
                end = None if until is None else MARCH_1 + timedelta(days=until)
                start = MARCH_1 + timedelta(days=since)
                stays.append(Stay(MemberId(member), path, start, end, came, went))
    return stays


def _place(own: Sequence[Stay], day: date) -> Stay | None:
    """Return where somebody is at the end of a day."""
    there = (s for s in own if s.since <= day and (s.until is None or day < s.until))
    return next(there, None)


def _in(stay: Stay | None, unit: int) -> bool:
    return stay is not None and f"/{unit}/" in stay.path


def _counted(
    stays: Sequence[Stay], unit: int, first: date, last: date
) -> dict[str, list[MemberId]]:
    """Count a unit's figures by looking at every member on every day and the day before."""
    by_member: dict[MemberId, list[Stay]] = defaultdict(list)
    for stay in stays:
        by_member[stay.member_id].append(stay)
    found: dict[str, list[MemberId]] = defaultdict(list)
    for member, own in by_member.items():
        if _in(_place(own, first - DAY), unit):
            found["before"].append(member)
        if _in(_place(own, last), unit):
            found["closing"].append(member)
        for number in range((last - first).days + 1):
            day = first + number * DAY
            was, now = _place(own, day - DAY), _place(own, day)
            if now is not None and _in(now, unit) and not _in(was, unit):
                found[(Came.IN if was else now.came).name].append(member)
            if was is not None and _in(was, unit) and not _in(now, unit):
                found[(Went.OUT if now else was.went).name].append(member)
    return found


@given(stays=_histories(), first=st.integers(-5, 65), length=st.integers(0, 70))
def test_the_figures_are_those_of_a_count_day_by_day(
    stays: list[Stay], first: int, length: int
) -> None:
    begin = MARCH_1 + timedelta(days=first)
    end = begin + timedelta(days=length)

    for unit in (1, 2, 3, 4):
        found = turnover(stays, UnitId(unit), begin, end)
        counted = _counted(stays, unit, begin, end)

        assert sorted(found.opening) == sorted([*counted["before"], *counted["OPENING"]])
        assert sorted(found.included) == sorted(counted["OPENING"])
        assert sorted(found.new) == sorted(counted["NEW"])
        assert sorted(found.came_in) == sorted(counted["IN"])
        assert sorted(found.went_out) == sorted(counted["OUT"])
        assert sorted(found.left) == sorted(counted["LEFT"])
        assert sorted(found.died) == sorted(counted["DIED"])
        assert sorted(found.closing) == sorted(counted["closing"])
        assert found.adds_up


@given(stays=_histories(), cuts=st.sets(st.integers(1, 60), min_size=2, max_size=4))
def test_periods_that_follow_each_other_join(stays: list[Stay], cuts: set[int]) -> None:
    days = [MARCH_1 + timedelta(days=cut) for cut in sorted(cuts)]

    parts = [turnover(stays, UnitId(2), start, end - DAY) for start, end in pairwise(days)]

    for before, after in pairwise(parts):
        assert Counter(after.opening) - Counter(after.included) == Counter(before.closing)


def test_who_is_on_a_first_roll_within_the_days_is_told_apart() -> None:
    zhang, li = MemberId(7), MemberId(8)
    stays = [
        Stay(zhang, "/1/2/", date(2026, 1, 1), None, Came.OPENING),
        Stay(li, "/1/3/", MARCH_1, None, Came.OPENING),
    ]

    street = turnover(stays, UnitId(1), date(2026, 2, 1), MARCH_10)

    assert (street.opening, street.included) == ((zhang, li), (li,))
    assert turnover(stays, UnitId(1), date(2026, 2, 1), date(2026, 2, 28)).closing == (zhang,)
