"""The check-in window, marks, leave, and counts."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.clock import at
from bot.domain.attendance import (
    MARK_NAMES,
    ON_LEAVE,
    THERE,
    WAITING,
    Closed,
    Judgement,
    Late,
    LeaveKind,
    MakeUp,
    Mark,
    OnTime,
    Outcome,
    TooEarly,
    WindowPolicy,
    classify_leave,
    judge,
    outcome,
    recorded_as,
    refused_as,
    window_for,
)

DAY = date(2026, 3, 12)
STARTS, ENDS = at(DAY, 10), at(DAY, 12)
WINDOW = window_for(STARTS, ENDS)
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("moment", "judgement"),
    [
        pytest.param(at(DAY, 9, 30) - SECOND, TooEarly(at(DAY, 9, 30)), id="开放前一秒"),
        pytest.param(at(DAY, 9, 30), OnTime(), id="开放那一刻"),
        pytest.param(STARTS, OnTime(), id="开始那一刻"),
        pytest.param(STARTS + 59 * SECOND, OnTime(), id="开始的那一分钟"),
        pytest.param(STARTS + 60 * SECOND, Late(1), id="迟到一分钟"),
        pytest.param(ENDS - SECOND, Late(119), id="结束前一秒"),
        pytest.param(ENDS, MakeUp(ENDS + timedelta(hours=48)), id="结束那一刻起补签"),
        pytest.param(
            ENDS + timedelta(hours=48) - SECOND,
            MakeUp(ENDS + timedelta(hours=48)),
            id="四十八小时内最后一秒",
        ),
        pytest.param(
            ENDS + timedelta(hours=48), Closed(ENDS + timedelta(hours=48)), id="满四十八小时"
        ),
    ],
)
def test_it_judges_a_check_in_by_its_moment(moment: datetime, judgement: Judgement) -> None:
    assert judge(moment, WINDOW) == judgement


def test_it_takes_two_hours_where_no_end_is_set() -> None:
    assert window_for(STARTS).ends_at == ENDS


def test_it_follows_the_unit_settings() -> None:
    policy = WindowPolicy(timedelta(hours=1), timedelta(hours=3), timedelta(hours=24))

    window = window_for(STARTS, None, policy)

    assert window.opens_at == at(DAY, 9)
    assert window.ends_at == at(DAY, 13)
    assert window.makeup_until == at(date(2026, 3, 13), 13)


@given(st.integers(-5000, 5000))
def test_it_judges_in_order_of_time(minutes: int) -> None:
    order = [TooEarly, OnTime, Late, MakeUp, Closed]
    moment = STARTS + timedelta(minutes=minutes)

    now, later = judge(moment, WINDOW), judge(moment + timedelta(minutes=1), WINDOW)

    assert order.index(type(now)) <= order.index(type(later))


@pytest.mark.parametrize(
    ("current", "said", "expected"),
    [
        pytest.param(None, Mark.PRESENT, Outcome.RECORD, id="第一次签到"),
        pytest.param(Mark.PRESENT, Mark.PRESENT, Outcome.REPEAT, id="重复签到"),
        pytest.param(Mark.PRESENT, Mark.LATE, Outcome.REPEAT, id="签到后再签不变迟到"),
        pytest.param(Mark.LATE, Mark.MAKEUP_REQUESTED, Outcome.REPEAT, id="签过不用补签"),
        pytest.param(Mark.LEAVE, Mark.PRESENT, Outcome.RECORD, id="请假又来了算到"),
        pytest.param(Mark.LEAVE_REQUESTED, Mark.LATE, Outcome.RECORD, id="待批又来了算到"),
        pytest.param(Mark.PRESENT, Mark.LEAVE, Outcome.ASK, id="到了又请假要问"),
        pytest.param(Mark.MAKEUP_REQUESTED, Mark.LEAVE, Outcome.ASK, id="补签又请假要问"),
        pytest.param(Mark.LEAVE, Mark.LEAVE, Outcome.REPEAT, id="重复请假"),
        pytest.param(Mark.LEAVE, Mark.LEAVE_REQUESTED, Outcome.REPEAT, id="已准假不用再请"),
        pytest.param(Mark.LEAVE_REQUESTED, Mark.LEAVE, Outcome.RECORD, id="准假"),
        pytest.param(Mark.MAKEUP_REQUESTED, Mark.MAKEUP_GRANTED, Outcome.RECORD, id="准补签"),
        pytest.param(Mark.MAKEUP_REFUSED, Mark.MAKEUP_REQUESTED, Outcome.RECORD, id="再申请补签"),
        pytest.param(None, Mark.PROXY_REQUESTED, Outcome.RECORD, id="别人代签"),
        pytest.param(Mark.PROXY_REQUESTED, Mark.PROXY_REQUESTED, Outcome.REPEAT, id="又代签"),
        pytest.param(Mark.PROXY_REQUESTED, Mark.PRESENT, Outcome.RECORD, id="代签后自己签到"),
        pytest.param(Mark.PROXY_REQUESTED, Mark.PROMISED, Outcome.REPEAT, id="代签不退成答应"),
        pytest.param(Mark.PROXY_REQUESTED, Mark.LEAVE, Outcome.RECORD, id="代签后本人请假"),
        pytest.param(Mark.PRESENT, Mark.PROXY_REQUESTED, Outcome.REPEAT, id="到了不用代签"),
        pytest.param(Mark.LEAVE, Mark.PROXY_REQUESTED, Outcome.RECORD, id="请假又有人代签"),
        pytest.param(Mark.PRESENT, Mark.WITHDRAWN, Outcome.RECORD, id="撤销"),
        pytest.param(Mark.WITHDRAWN, Mark.PRESENT, Outcome.RECORD, id="撤销后再签"),
        pytest.param(None, Mark.PROMISED, Outcome.RECORD, id="答应来"),
        pytest.param(Mark.PROMISED, Mark.PROMISED, Outcome.REPEAT, id="又答应一次"),
        pytest.param(Mark.PROMISED, Mark.PRESENT, Outcome.RECORD, id="答应了真来了"),
        pytest.param(Mark.PROMISED, Mark.LEAVE, Outcome.RECORD, id="答应了又来不了"),
        pytest.param(Mark.LEAVE, Mark.PROMISED, Outcome.RECORD, id="请了假又能来"),
        pytest.param(Mark.PRESENT, Mark.PROMISED, Outcome.REPEAT, id="到了不会退成答应"),
        pytest.param(Mark.LEAVE, Mark.STUDIED_LATER, Outcome.RECORD, id="请假后补学"),
    ],
)
def test_it_weighs_a_new_mark_against_the_old(
    current: Mark | None, said: Mark, expected: Outcome
) -> None:
    assert outcome(current, said) is expected


@pytest.mark.parametrize(
    ("reason", "kind", "kept"),
    [
        pytest.param("出差", LeaveKind.OFFICIAL, "出差", id="出差"),
        pytest.param("单位值班", LeaveKind.OFFICIAL, "单位值班", id="值班"),
        pytest.param("家里有事", LeaveKind.PERSONAL, "家里有事", id="家事"),
        pytest.param("去医院复查", LeaveKind.SICK, "", id="病不留字"),
        pytest.param("孩子发烧", LeaveKind.PERSONAL, "家里有事", id="孩子的病是事假，也不留字"),
        pytest.param("孙女生病", LeaveKind.PERSONAL, "家里有事", id="孙女生病"),
        pytest.param("陪老伴去医院复查", LeaveKind.PERSONAL, "家里有事", id="陪老伴看病"),
        pytest.param("家里老人住院", LeaveKind.PERSONAL, "家里有事", id="老人住院"),
        pytest.param("我妈摔了", LeaveKind.PERSONAL, "家里有事", id="我妈摔了"),
        pytest.param("儿子陪我看病", LeaveKind.SICK, "", id="儿子陪着，病的是自己"),
        pytest.param("老伴带着去医院", LeaveKind.SICK, "", id="老伴带着去，病的是自己"),
        pytest.param("孩子发烧，我也感冒了", LeaveKind.SICK, "", id="都病了"),
        pytest.param("孩子小，身体不舒服", LeaveKind.SICK, "", id="孩子小，病的是自己"),
        pytest.param("身体原因", LeaveKind.SICK, "", id="身体原因"),
        pytest.param("出差路上病了", LeaveKind.SICK, "", id="病优先"),
        pytest.param("火车晚点", LeaveKind.OTHER, "火车晚点", id="其他"),
        pytest.param("", LeaveKind.OTHER, "", id="没说原因"),
    ],
)
def test_it_never_keeps_words_about_illness(reason: str, kind: LeaveKind, kept: str) -> None:
    assert classify_leave(reason) == (kind, kept)


def test_it_names_every_mark() -> None:
    assert set(MARK_NAMES) == set(Mark)


@pytest.mark.parametrize(
    ("current", "judgement", "mark"),
    [
        pytest.param(None, OnTime(), Mark.PRESENT, id="会上"),
        pytest.param(Mark.PROXY_REQUESTED, Late(5), Mark.LATE, id="代签，迟到时报的"),
        pytest.param(Mark.MAKEUP_REQUESTED, MakeUp(ENDS), Mark.MAKEUP_GRANTED, id="补签"),
        pytest.param(None, Closed(ENDS), Mark.MAKEUP_GRANTED, id="过了补签"),
        pytest.param(Mark.LEAVE, OnTime(), Mark.PRESENT, id="请假又来了"),
        pytest.param(Mark.PRESENT, OnTime(), None, id="已经到了"),
        pytest.param(Mark.MAKEUP_GRANTED, MakeUp(ENDS), None, id="已经准了"),
    ],
)
def test_an_organisers_word_makes_somebody_present(
    current: Mark | None, judgement: Judgement, mark: Mark | None
) -> None:
    assert recorded_as(current, judgement) is mark


@pytest.mark.parametrize(
    ("asked", "before", "mark"),
    [
        pytest.param(Mark.MAKEUP_REQUESTED, None, Mark.MAKEUP_REFUSED, id="补签未准"),
        pytest.param(Mark.PROXY_REQUESTED, None, Mark.PROXY_REFUSED, id="代签未准"),
        pytest.param(Mark.PROXY_REQUESTED, Mark.LEAVE, Mark.LEAVE, id="原来请了假"),
        pytest.param(
            Mark.MAKEUP_REQUESTED, Mark.LEAVE_REQUESTED, Mark.LEAVE_REQUESTED, id="原来待批"
        ),
        pytest.param(Mark.PROXY_REQUESTED, Mark.PROMISED, Mark.PROXY_REFUSED, id="只是答应过"),
    ],
)
def test_a_refusal_gives_back_a_leave(asked: Mark, before: Mark | None, mark: Mark) -> None:
    assert refused_as(asked, before) is mark


def test_nothing_that_waits_counts_as_being_there_or_on_leave() -> None:
    assert WAITING.isdisjoint(THERE | ON_LEAVE)
