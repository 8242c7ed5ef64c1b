"""A meeting's words, whether it may be called, and whether it can decide."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.clock import at
from bot.domain.cadence import MeetingKind
from bot.domain.meetings import (
    FURTHEST_AHEAD,
    LONGEST,
    MAX_PLACE,
    MAX_TITLE,
    STATE_NAMES,
    BadEnd,
    Decision,
    InThePast,
    MeetingState,
    TooFarAhead,
    TooLong,
    VotingRoll,
    WrongState,
    check_new,
    check_state,
    check_words,
    for_period,
    forecast,
    has_quorum,
    is_passed,
    may_become,
    needed_present,
    title_for,
    when_line,
)
from bot.domain.periods import Month, Quarter

TODAY = date(2026, 3, 12)
NOW = at(TODAY, 10)
SCHEDULED, HELD = MeetingState.SCHEDULED, MeetingState.HELD
CONFIRMED, CANCELLED = MeetingState.CONFIRMED, MeetingState.CANCELLED


@pytest.mark.parametrize(
    ("kind", "title"),
    [
        pytest.param(MeetingKind.GENERAL, "3月支部党员大会", id="党员大会"),
        pytest.param(MeetingKind.COMMITTEE, "3月支部委员会会议", id="支委会"),
        pytest.param(MeetingKind.LECTURE, "3月党课", id="党课"),
        pytest.param(MeetingKind.THEME_DAY, "16日主题党日", id="主题党日"),
        pytest.param(MeetingKind.STUDY, "16日集中学习", id="学习"),
    ],
)
def test_it_titles_a_meeting_as_people_do(kind: MeetingKind, title: str) -> None:
    assert title_for(kind, date(2026, 3, 16)) == title


def test_it_says_when_and_where() -> None:
    starts_at = at(date(2026, 3, 16), 15)

    assert when_line(starts_at, "社区二楼") == "3月16日（周一）15:00 社区二楼"
    assert when_line(starts_at) == "3月16日（周一）15:00"


@pytest.mark.parametrize(
    ("starts_at", "period"),
    [
        pytest.param(at(date(2026, 3, 31), 23, 50), Quarter(2026, 1), id="三月末夜里属一季度"),
        pytest.param(
            datetime(2026, 3, 31, 15, 59, tzinfo=UTC), Quarter(2026, 1), id="北京时间23:59"
        ),
        pytest.param(
            datetime(2026, 3, 31, 16, 0, tzinfo=UTC), Quarter(2026, 2), id="北京时间次日零点"
        ),
    ],
)
def test_it_belongs_to_the_quarter_it_starts_in(starts_at: datetime, period: Quarter) -> None:
    assert for_period(MeetingKind.GENERAL, starts_at) == period
    assert for_period(MeetingKind.STUDY, starts_at) in (Month(2026, 3), Month(2026, 4))


@pytest.mark.parametrize(
    ("starts_at", "ends_at", "error", "words"),
    [
        pytest.param(NOW, None, InThePast, "3月12日（周四）10:00已经过了", id="现在就是过去"),
        pytest.param(NOW + timedelta(minutes=1), None, None, "", id="一分钟后可以"),
        pytest.param(NOW + FURTHEST_AHEAD, None, None, "", id="正好一年可以"),
        pytest.param(
            NOW + FURTHEST_AHEAD + timedelta(minutes=1),
            None,
            TooFarAhead,
            "2027年3月13日（周六）10:01",
            id="超过一年",
        ),
        pytest.param(
            NOW + timedelta(hours=1), NOW + timedelta(hours=1), BadEnd, "结束", id="没有时长"
        ),
        pytest.param(
            NOW + timedelta(hours=1), NOW + timedelta(hours=1, minutes=1), None, "", id="一分钟"
        ),
        pytest.param(NOW + timedelta(1), NOW + timedelta(1) + LONGEST, None, "", id="一个月"),
        pytest.param(
            NOW + timedelta(1), NOW + timedelta(2) + LONGEST, BadEnd, "一个月以内", id="超过一个月"
        ),
    ],
)
def test_it_refuses_times_that_cannot_be_meant(
    starts_at: datetime, ends_at: datetime | None, error: type[InThePast] | None, words: str
) -> None:
    if error is None:
        check_new(starts_at, NOW, ends_at)
        return
    with pytest.raises(error) as refused:
        check_new(starts_at, NOW, ends_at)
    assert words in refused.value.sentence


def test_it_says_the_year_of_a_far_meeting_in_shanghai() -> None:
    new_year = at(date(2028, 1, 1), 0, 30)

    with pytest.raises(TooFarAhead) as refused:
        check_new(new_year, NOW)

    assert refused.value.sentence.startswith("2028年1月1日（周六）00:30")


@pytest.mark.parametrize(
    ("title", "place", "words"),
    [
        pytest.param("会" * MAX_TITLE, "楼" * MAX_PLACE, None, id="正好"),
        pytest.param("会" * (MAX_TITLE + 1), "", "名称太长（41字）", id="名称多一字"),
        pytest.param("", "楼" * (MAX_PLACE + 1), "地点太长（61字）", id="地点多一字"),
    ],
)
def test_it_refuses_words_no_notice_can_carry(title: str, place: str, words: str | None) -> None:
    if words is None:
        check_words(title, place)
        return
    with pytest.raises(TooLong) as refused:
        check_words(title, place)
    assert words in refused.value.sentence


@pytest.mark.parametrize(
    ("state", "new", "may"),
    [
        pytest.param(SCHEDULED, HELD, True, id="已安排到已召开"),
        pytest.param(SCHEDULED, CONFIRMED, True, id="直接确认"),
        pytest.param(SCHEDULED, CANCELLED, True, id="取消"),
        pytest.param(HELD, CONFIRMED, True, id="开完确认"),
        pytest.param(HELD, SCHEDULED, False, id="开过不能再安排"),
        pytest.param(CONFIRMED, CANCELLED, True, id="确认后写明原因才取消"),
        pytest.param(CANCELLED, SCHEDULED, True, id="取消后可重开"),
        pytest.param(CANCELLED, CONFIRMED, True, id="取消的恢复成原来的样子"),
    ],
)
def test_it_changes_state_only_where_that_makes_sense(
    state: MeetingState, new: MeetingState, may: bool
) -> None:
    assert may_become(state, new) is may
    if may:
        check_state("3月党课", state, new)
        return
    with pytest.raises(WrongState, match=f"^3月党课{STATE_NAMES[state]}"):
        check_state("3月党课", state, new)


@pytest.mark.parametrize(
    ("decision", "present", "due", "valid"),
    [
        pytest.param(Decision.ORDINARY, 25, 50, True, id="一般表决恰好半数"),
        pytest.param(Decision.ORDINARY, 24, 50, False, id="一般表决差一人"),
        pytest.param(Decision.ORDINARY, 12, 23, True, id="二十三人到十二"),
        pytest.param(Decision.ORDINARY, 11, 23, False, id="二十三人到十一"),
        pytest.param(Decision.ORDINARY, 0, 0, False, id="没有应到"),
        pytest.param(Decision.ADMISSION, 25, 50, False, id="接收恰好半数不够"),
        pytest.param(Decision.ADMISSION, 26, 50, True, id="接收过半"),
        pytest.param(Decision.COMMITTEE, 2, 4, True, id="四名支委到二"),
        pytest.param(Decision.COMMITTEE, 2, 5, False, id="五名支委到二"),
        pytest.param(Decision.COMMITTEE, 3, 5, True, id="五名支委到三"),
        pytest.param(Decision.ELECTION, 40, 50, True, id="选举恰好五分之四"),
        pytest.param(Decision.ELECTION, 39, 50, False, id="选举差一人"),
        pytest.param(Decision.ELECTION, 19, 23, True, id="选举二十三人到十九"),
        pytest.param(Decision.ELECTION, 18, 23, False, id="选举二十三人到十八"),
        pytest.param(Decision.DEMOCRATIC_LIFE, 6, 9, True, id="三分之二"),
        pytest.param(Decision.DEMOCRATIC_LIFE, 5, 9, False, id="不到三分之二"),
    ],
)
@pytest.mark.parametrize("on", [date(2017, 6, 1), TODAY, date(2026, 6, 1)])
def test_it_counts_the_quorum_of_each_decision(
    decision: Decision, present: int, due: int, valid: bool, on: date
) -> None:
    assert has_quorum(decision, present, due, on) is valid


@pytest.mark.parametrize(
    ("decision", "yes", "due", "present", "passed"),
    [
        pytest.param(Decision.ORDINARY, 26, 50, 30, True, id="过应到半数"),
        pytest.param(Decision.ORDINARY, 25, 50, 30, False, id="恰好应到半数不过"),
        pytest.param(Decision.ORDINARY, 20, 50, 26, False, id="到会26人20票不算过"),
        pytest.param(Decision.ADMISSION, 26, 50, 26, True, id="接收按应到"),
        pytest.param(Decision.COMMITTEE, 3, 5, 3, True, id="支委会"),
        pytest.param(Decision.ELECTION, 21, 50, 40, True, id="选举按到会"),
        pytest.param(Decision.ELECTION, 20, 50, 40, False, id="选举恰好半数不当选"),
    ],
)
def test_it_counts_votes_on_the_right_base(
    decision: Decision, yes: int, due: int, present: int, passed: bool
) -> None:
    assert is_passed(decision, yes, due=due, present=present) is passed


def test_it_takes_those_without_a_vote_out_of_the_roll() -> None:
    assert VotingRoll(full_members=26, without_vote=1, left_out=2).due == 23


@pytest.mark.parametrize(
    ("promised", "on_leave", "unanswered", "short", "reachable"),
    [
        pytest.param(9, 4, 10, 3, True, id="还差三人"),
        pytest.param(12, 4, 7, 0, True, id="够了"),
        pytest.param(5, 11, 7, 7, True, id="全来刚够"),
        pytest.param(5, 12, 6, 7, False, id="全来也不够"),
    ],
)
def test_it_forecasts_the_quorum(
    promised: int, on_leave: int, unanswered: int, short: int, reachable: bool
) -> None:
    ahead = forecast(
        Decision.ORDINARY, VotingRoll(23), promised=promised, on_leave=on_leave, on=TODAY
    )

    assert (ahead.due, ahead.needed) == (23, 12)
    assert (ahead.unanswered, ahead.short) == (unanswered, short)
    assert ahead.is_reachable is reachable


@given(st.sampled_from(Decision), st.integers(1, 500))
def test_it_needs_exactly_the_least_number_that_is_a_quorum(decision: Decision, due: int) -> None:
    needed = needed_present(decision, due, TODAY)

    assert has_quorum(decision, needed, due, TODAY)
    assert not has_quorum(decision, needed - 1, due, TODAY)
    assert needed <= due
