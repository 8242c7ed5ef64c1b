"""What a session counts for, what somebody gets of it, what a year asks."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.clock import at
from bot.domain.attendance import Mark
from bot.domain.cadence import MeetingKind
from bot.domain.roll_call import Stand
from bot.domain.study_hours import (
    BadHours,
    Session,
    earned,
    hours_words,
    read_tenths,
    target,
)

NINE = at(date(2026, 3, 16), 9)
EVE = at(date(2026, 12, 31), 22)
LECTURE = Session(MeetingKind.LECTURE, NINE, NINE + timedelta(hours=3))


def _session(
    kind: MeetingKind = MeetingKind.LECTURE,
    starts_at: datetime = NINE,
    hours: float = 3,
    **more: object,
) -> Session:
    return Session(kind, starts_at, starts_at + timedelta(hours=hours), **more)  # type: ignore[arg-type]  # a table's words


@pytest.mark.parametrize(
    ("session", "by_year"),
    [
        pytest.param(_session(), {2026: 30}, id="党课三小时三学时"),
        pytest.param(_session(hours=2.9), {2026: 20}, id="不足一小时的不算"),
        pytest.param(_session(hours=10), {2026: 80}, id="一天最多八学时"),
        pytest.param(_session(MeetingKind.GENERAL), {}, id="党员大会不是学习"),
        pytest.param(_session(MeetingKind.GENERAL, tenths=15), {2026: 15}, id="写明了就算"),
        pytest.param(_session(tenths=0), {2026: 0}, id="写明不计"),
        pytest.param(_session(MeetingKind.OTHER, planned=True), {2026: 30}, id="学习计划里的"),
        pytest.param(_session(timed=False), {}, id="不知道几点就不按时长"),
        pytest.param(_session(timed=False, tenths=20), {2026: 20}, id="不知道几点也可以写明"),
        pytest.param(_session(starts_at=EVE, hours=5), {2026: 20, 2027: 30}, id="跨年分开"),
        pytest.param(
            _session(starts_at=EVE, hours=5, tenths=80), {2026: 32, 2027: 48}, id="写明的也按时长分"
        ),
        pytest.param(
            _session(starts_at=EVE, hours=5, tenths=1), {2026: 1, 2027: 0}, id="分不匀的归前一年"
        ),
        pytest.param(_session(starts_at=EVE, hours=0.5, tenths=5), {2026: 5}, id="不到一小时写明"),
    ],
)
def test_a_session_counts_for(session: Session, by_year: dict[int, int]) -> None:
    assert session.by_year() == by_year


@given(st.integers(0, 2000), st.integers(1, 60), st.integers(1, 80))
def test_splitting_over_new_year_loses_nothing(tenths: int, before: int, after: int) -> None:
    midnight = at(date(2027, 1, 1))
    session = Session(
        MeetingKind.TRAINING,
        midnight - timedelta(hours=before),
        midnight + timedelta(hours=after),
        tenths=tenths,
    )

    assert sum(session.by_year().values()) == tenths


@pytest.mark.parametrize(
    ("stand", "left_at", "gets"),
    [
        pytest.param(Stand(Mark.PRESENT), None, {2026: 30}, id="到会"),
        pytest.param(Stand(Mark.LATE), None, {2026: 30}, id="迟到"),
        pytest.param(Stand(Mark.MAKEUP_GRANTED), None, {2026: 30}, id="补签核准"),
        pytest.param(Stand(Mark.MAKEUP_REQUESTED), None, {}, id="补签待批"),
        pytest.param(Stand(Mark.PROXY_REQUESTED), None, {}, id="代签待批"),
        pytest.param(Stand(Mark.PROMISED), None, {}, id="答应来"),
        pytest.param(Stand(Mark.LEAVE), None, {}, id="请假"),
        pytest.param(Stand(Mark.ABSENT), None, {}, id="缺席"),
        pytest.param(Stand(Mark.ELSEWHERE), None, {2026: 30}, id="在外参加有证明"),
        pytest.param(
            Stand(Mark.LEFT_EARLY), NINE + timedelta(minutes=100), {2026: 10}, id="早退按整小时"
        ),
        pytest.param(Stand(Mark.LEFT_EARLY), None, {2026: 30}, id="早退不知几点"),
        pytest.param(Stand(Mark.STUDIED_LATER, Mark.LEAVE), None, {}, id="补学没有学时"),
        pytest.param(Stand(), None, {}, id="没有登记"),
    ],
)
def test_somebody_gets_of_a_lecture(
    stand: Stand, left_at: datetime | None, gets: dict[int, int]
) -> None:
    assert earned(LECTURE, stand, left_at) == gets


def test_own_word_counts_only_where_the_session_says_so() -> None:
    studied = Stand(Mark.STUDIED_LATER)

    assert earned(_session(own_word=True), studied) == {2026: 30}
    assert earned(_session(), studied) == {}


@pytest.mark.parametrize(
    ("day", "policy", "on_committee", "tenths"),
    [
        pytest.param(date(2019, 5, 5), {}, False, None, id="条例以前没有数"),
        pytest.param(date(2019, 5, 6), {}, False, 320, id="条例起32学时"),
        pytest.param(date(2019, 6, 1), {}, True, 320, id="规划以前支委也是32"),
        pytest.param(date(2023, 12, 31), {}, True, 560, id="规划期内支委56"),
        pytest.param(date(2024, 1, 1), {}, True, 320, id="2024年起没有核实到"),
        pytest.param(date(2026, 3, 1), {"committee": 56}, True, 560, id="支部自己定"),
        pytest.param(date(2026, 3, 1), {"committee": 56}, False, 320, id="只定了支委"),
        pytest.param(date(2018, 3, 1), {"member": 24}, False, 240, id="条例以前支部定过"),
    ],
)
def test_a_year_asks(
    day: date, policy: dict[str, int], on_committee: bool, tenths: int | None
) -> None:
    found = target(day, policy, on_committee=on_committee)

    assert (found and found[0]) == tenths


@pytest.mark.parametrize(
    ("text", "tenths"),
    [("4", 40), ("1.5", 15), ("0", 0), ("200", 2000), ("2.50", 25), ("两", None), ("", None)],
)
def test_hours_are_read(text: str, tenths: int | None) -> None:
    assert read_tenths(text) == tenths
    if tenths is not None:
        assert read_tenths(hours_words(tenths)) == tenths


@pytest.mark.parametrize("text", ["201", "999", "1.25", "1000"])
def test_hours_that_cannot_be_meant_are_refused(text: str) -> None:
    with pytest.raises(BadHours, match="0到200之间"):
        read_tenths(text)
