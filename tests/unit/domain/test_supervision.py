"""Checks of a year, and signs of formality as facts."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta

import pytest

from bot.clock import at
from bot.domain.cadence import Duty, Every, MeetingKind
from bot.domain.formality import MarkedAt, WrittenLine, copied, entered_at_once
from bot.domain.ids import MeetingId, UnitId
from bot.domain.privacy import ALLOWED, Audience, FactKind
from bot.domain.supervision import (
    Check,
    CheckKind,
    Indicator,
    Row,
    Shown,
    Tally,
    WrongCheck,
    check_at,
    check_correction,
    check_freezable,
    checks_of,
    periods_of,
    shown,
)
from bot.inbound.check_words import read_check

TODAY = date(2026, 3, 25)
MONTHLY = Duty(MeetingKind.THEME_DAY, Every.MONTH, "meetings.cadence.theme_day")
QUARTERLY = Duty(MeetingKind.GENERAL, Every.QUARTER, "meetings.cadence.general")


def test_mechanism_12_13_14_15_a_branch_year_has_nineteen_checks() -> None:
    checks = checks_of(2026)

    assert Counter(check.kind for check in checks) == {
        CheckKind.MONTH: 12,
        CheckKind.QUARTER: 4,
        CheckKind.HALF: 2,
        CheckKind.YEAR: 1,
    }
    assert len({check.name for check in checks}) == 19
    assert [c.opens_on for c in checks if c.kind is CheckKind.HALF] == [
        date(2026, 6, 15),
        date(2026, 12, 15),
    ]
    assert {c.opens_on.day for c in checks if c.kind is CheckKind.MONTH} == {25}
    assert all(check.first <= check.opens_on <= check.last for check in checks)


@pytest.mark.parametrize(
    ("check", "duty", "since", "periods"),
    [
        pytest.param("2026-02", MONTHLY, date(2021, 1, 1), ["2026-02"], id="月"),
        pytest.param("2026-03", QUARTERLY, date(2021, 1, 1), [], id="月里没有整个季度"),
        pytest.param("2026Q1", QUARTERLY, date(2021, 1, 1), ["2026Q1"], id="季"),
        pytest.param("2026Q1", MONTHLY, date(2026, 2, 1), ["2026-02", "2026-03"], id="二月启用"),
        pytest.param("2026Q1", MONTHLY, date(2026, 2, 2), ["2026-03"], id="二月中启用"),
        pytest.param("2026H2", QUARTERLY, date(2021, 1, 1), ["2026Q3", "2026Q4"], id="半年"),
    ],
)
def test_a_check_looks_at_what_lies_wholly_in_it(
    check: str, duty: Duty, since: date, periods: list[str]
) -> None:
    (found,) = [one for one in checks_of(2026) if one.name == check]

    assert [str(period) for period in periods_of(duty, found, since)] == periods


def test_a_number_is_what_its_rows_are() -> None:
    tally = Tally((Row("meeting:1", "一"), Row("meeting:2", "二")), (Row("x", "三"),))

    assert shown(Indicator.THEME_DAY, tally).words == "主题党日2/3"
    assert shown(Indicator.DUES, tally).words == "党费没登记1"
    assert (shown(Indicator.DUES, Tally()).is_open, shown(Indicator.CELL, Tally()).is_open) == (
        False,
        False,
    )


@pytest.mark.parametrize(
    ("today", "fits"),
    [
        pytest.param(date(2026, 12, 31), False, id="最后一天"),
        pytest.param(date(2027, 1, 1), True, id="过完了"),
    ],
)
def test_a_year_is_fixed_when_it_is_over(today: date, fits: bool) -> None:
    year = check_at(CheckKind.YEAR, date(2026, 5, 1))

    if fits:
        check_freezable(year, today)
    else:
        with pytest.raises(WrongCheck, match="还没有过完"):
            check_freezable(year, today)


@pytest.mark.parametrize(
    ("done", "reason", "words"),
    [
        pytest.param(12, "补了记录", None, id="可以"),
        pytest.param(12, " ", "要写原因", id="没写原因"),
        pytest.param(13, "补了记录", "不能写13", id="比应有的多"),
        pytest.param(11, "补了记录", "现在就是11", id="没有变"),
    ],
)
def test_a_correction_says_why_and_can_be_true(done: int, reason: str, words: str | None) -> None:
    now = Shown(Indicator.THEME_DAY, 11, 12)

    if words is None:
        check_correction(now, done, 12, reason)
    else:
        with pytest.raises(WrongCheck, match=words):
            check_correction(now, done, 12, reason)


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("", "2026-03"),
        ("3月", "2026-03"),
        ("5月", "2025-05"),
        ("2025年5月", "2025-05"),
        ("一季度", "2026Q1"),
        ("第二季度", "2025Q2"),
        ("上半年", "2026H1"),
        ("2025年下半年", "2025H2"),
        ("2025年", "2025"),
        ("去年", "2025"),
        ("去年12月", "2025-12"),
        ("下周", None),
        ("13月", None),
    ],
)
def test_a_stretch_is_read_as_one_that_has_begun(said: str, name: str | None) -> None:
    found = read_check(said, TODAY)

    assert (found.name if isinstance(found, Check) else None) == name


def test_mechanism_13_what_a_check_shows_is_for_officers_and_secretaries_alone() -> None:
    assert ALLOWED[FactKind.SUPERVISION] == {Audience.OFFICERS}


def _line(unit: int, meeting: int, text: str) -> WrittenLine:
    return WrittenLine(UnitId(unit), MeetingId(meeting), text)


def test_mechanism_81_the_same_text_in_two_branches_is_flagged() -> None:
    long = "大家认真学习了条例，表示要结合实际抓好落实。"
    lines = (
        _line(1, 1, long),
        _line(2, 2, "大家认真学习了条例 表示要结合实际抓好落实"),
        _line(3, 3, "讨论了义务植树的安排，定在周六上午八点。"),
        _line(1, 4, "讨论了路灯的事，请社区联系维修单位。"),
        _line(1, 5, "讨论了路灯的事，请社区联系维修单位。"),
        _line(1, 6, "同意接收"),
        _line(2, 7, "同意接收"),
    )

    found = copied(lines)

    assert [[line.meeting_id for line in own] for own in found.values()] == [[1, 2]]


@pytest.mark.parametrize(
    ("seconds", "count", "flagged"),
    [
        pytest.param(59, 5, True, id="5人59秒"),
        pytest.param(60, 5, False, id="5人整1分钟"),
        pytest.param(59, 4, False, id="4人"),
    ],
)
def test_mechanism_81_attendance_entered_in_one_minute_is_flagged(
    seconds: int, count: int, flagged: bool
) -> None:
    start = at(TODAY, 15)
    step = timedelta(seconds=seconds) / (count - 1)
    marks = [MarkedAt(MeetingId(1), start + step * number) for number in range(count)]

    assert entered_at_once(marks) == ({MeetingId(1): count} if flagged else {})
