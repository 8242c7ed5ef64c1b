"""Reminder ladders: which days they fall on, what may be settled, and which one is in force."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain import regulations
from bot.domain.ladders import (
    AROUND,
    BACKWARDS,
    GROUPS,
    LADDERS,
    MOST,
    OPERATOR,
    POLICY,
    PRODUCT,
    RANGES,
    Base,
    Change,
    Ladder,
    Ladders,
    Period,
    Step,
    Told,
    find_rule,
    mistake_in,
    useful_until,
)
from bot.domain.periods import Month, Quarter, Year

QUARTER, MONTH = Base.QUARTER, Base.MONTH
SHIPPED = [ladder for ladders in LADDERS.values() for ladder in ladders]
Q1, MARCH = Quarter(2026, 1), Month(2026, 3)
ACTIVITY = date(2026, 3, 16)


def _days(ladder: Ladder, over: Period | date, since: date | None = None) -> list[str]:
    return [f"{step.day:%m-%d} {step.name}" for step in ladder.steps(over, since)]


@pytest.mark.parametrize(
    ("rule", "base", "over", "since", "days"),
    [
        pytest.param(
            "general_meeting",
            QUARTER,
            Q1,
            None,
            ["02-14 first", "03-16 second", "03-26 last"],
            id="一季度第45、75、85天",
        ),
        pytest.param(
            "general_meeting",
            QUARTER,
            Quarter(2024, 1),
            None,
            ["02-14 first", "03-15 second", "03-25 last"],
            id="闰年一季度",
        ),
        pytest.param(
            "committee_meeting",
            MONTH,
            Month(2026, 2),
            None,
            ["02-15 first", "02-25 second", "02-28 last"],
            id="二月15、25、月末",
        ),
        pytest.param(
            "cell_meeting",
            MONTH,
            MARCH,
            date(2026, 3, 25),
            ["03-25 second", "03-31 last"],
            id="启用当天起算",
        ),
        pytest.param(
            "committee_meeting", MONTH, MARCH, date(2026, 3, 26), ["03-31 last"], id="启用次日起"
        ),
        pytest.param(
            "committee_meeting", MONTH, MARCH, date(2026, 4, 1), [], id="启用前一个月没有"
        ),
        pytest.param(
            "party_lecture",
            MONTH,
            MARCH,
            None,
            ["03-15 first", "03-25 second", "03-31 last"],
            id="党课每月",
        ),
        pytest.param(
            "dues_unpaid",
            None,
            Month(2026, 2),
            date(2026, 2, 20),
            ["02-20 first", "02-27 second"],
            id="党费，启用当天",
        ),
        pytest.param(
            "dues_unpaid",
            None,
            Month(2026, 2),
            date(2026, 2, 21),
            ["02-27 second"],
            id="党费，启用次日",
        ),
        pytest.param("dues_open_run", None, MARCH, None, ["04-05 open_run"], id="下月5日"),
        pytest.param(
            "study_shortfall", None, Year(2026), None, ["10-08 d1008", "11-15 d1115"], id="学时"
        ),
        pytest.param(
            "theme_party_day", None, ACTIVITY, None, ["03-09 T-7", "03-13 T-3"], id="活动日前"
        ),
        pytest.param("meeting_unheld", None, ACTIVITY, None, ["03-17 T+1"], id="会后第1天"),
        pytest.param("roll_call_unfinished", None, ACTIVITY, None, ["03-17 T+1"], id="点名"),
        pytest.param("makeup_study", None, ACTIVITY, None, ["03-17 T+1"], id="补学材料"),
        pytest.param(
            "post_vacant", None, ACTIVITY, None, ["03-17 T+1", "03-31 T+15"], id="职务空缺"
        ),
        pytest.param(
            "org_life_meeting",
            None,
            Year(2026),
            date(2026, 11, 1),
            ["11-15 d1115", "12-15 d1215"],
            id="组织生活会，11月启用",
        ),
        pytest.param(
            "committee_term",
            None,
            date(2027, 5, 31),
            None,
            ["05-31 M-12", "11-30 M-6", "02-28 M-3"],
            id="换届，月末",
        ),
        pytest.param(
            "letter_open",
            None,
            ACTIVITY,
            None,
            ["03-01 T-15", "03-11 T-5", "03-16 T-0"],
            id="介绍信",
        ),
        pytest.param("minutes_missing", None, ACTIVITY, None, ["03-19 T+3"], id="会议记录"),
        pytest.param("dues_unconfirmed", None, MARCH, None, ["04-03 d3"], id="党费核对，下月3日"),
        pytest.param("dues_unpublished", None, Q1, None, ["01-15 d15"], id="党费公示，季度第15天"),
    ],
)
def test_it_lays_the_ladder_as_shipped(
    rule: str, base: Base | None, over: Period | date, since: date | None, days: list[str]
) -> None:
    assert _days(Ladders().of(rule, base=base), over, since) == days


@pytest.mark.parametrize(
    ("rule", "over", "above"),
    [
        pytest.param("general_meeting", Q1, date(2026, 4, 5), id="季末后5天"),
        pytest.param("committee_meeting", Month(2025, 12), date(2026, 1, 5), id="跨年"),
        pytest.param("theme_party_day", MARCH, date(2026, 4, 5), id="主题党日"),
        pytest.param("dues_unpaid", MARCH, None, id="党费不告诉上级"),
        pytest.param("study_shortfall", Year(2026), None, id="学时不告诉上级"),
        pytest.param("org_life_meeting", Year(2026), date(2027, 2, 5), id="按年的宽限到1月31日"),
        pytest.param("heart_to_heart_talk", Year(2026), None, id="谈心谈话不告诉上级"),
    ],
)
def test_it_says_when_the_unit_above_is_told(rule: str, over: Period, above: date | None) -> None:
    ladder = Ladders().of(rule)

    assert ladder.above_on(over) == above
    if above is not None:
        assert ladder.period_behind(above) == over
        assert ladder.period_behind(above - timedelta(days=1)) is None
        assert ladder.period_behind(above + timedelta(days=1)) is None


def test_a_year_has_grace_to_the_end_of_january() -> None:
    year = Ladder("org_life", "组织生活会", Base.YEAR, (1008,), Told.OWNER, above=5, grace=(1, 31))

    assert year.deadline(Year(2025)) == date(2026, 1, 31)
    assert year.above_on(Year(2025)) == date(2026, 2, 5)
    assert year.period_behind(date(2026, 2, 5)) == Year(2025)
    assert year.period_behind(date(2026, 1, 31)) is None


BAD = [
    (QUARTER, Told.OWNER, [], "至少写一个日子"),
    (QUARTER, Told.OWNER, [0, 30], "要写1到92之间的数"),
    (QUARTER, Told.OWNER, [93], "要写1到92之间的数"),
    (MONTH, Told.OWNER, [32], "要写1到31之间的数"),
    (Base.NEXT_MONTH, Told.OWNER, [29], "要写1到28之间的数"),
    (Base.AFTER, Told.KEEPER, [0], "要写1到60之间的数"),
    (Base.MONTHS_BEFORE, Told.OWNER, [3, 6], "要从先到后写，不能重复"),
    (Base.MONTHS_BEFORE, Told.OWNER, [25], "要写1到24之间的数"),
    (MONTH, Told.OWNER, [25, 15], "要从先到后写，不能重复"),
    (MONTH, Told.OWNER, [15, 15], "要从先到后写，不能重复"),
    (Base.BEFORE, Told.OWNER, [3, 7], "要从先到后写，不能重复"),
    (MONTH, Told.OWNER, [1, 5, 10, 15, 20], "同一件事最多提醒4次"),
    (MONTH, Told.MEMBER, [5, 10, 15, 20], "同一件事对本人最多提醒3次"),
    (Base.YEAR, Told.MEMBER, [229], "要写每年都有的日子，如 10月8日"),
    (Base.YEAR, Told.MEMBER, [1301], "要写每年都有的日子，如 10月8日"),
]


@pytest.mark.parametrize(
    ("base", "told", "days", "sentence"), BAD, ids=[f"{b.value} {d}" for b, _, d, _ in BAD]
)
def test_it_says_what_is_wrong_with_days(
    base: Base, told: Told, days: list[int], sentence: str
) -> None:
    assert mistake_in(Ladder("x", "x", base, (1,), told), days) == sentence


@pytest.mark.parametrize(
    ("base", "days"),
    [
        pytest.param(QUARTER, [1, 92], id="季度两头"),
        pytest.param(MONTH, [1, 15, 25, 31], id="四次"),
        pytest.param(Base.BEFORE, [28, 1], id="先远后近"),
        pytest.param(Base.YEAR, [101, 1231], id="一年两头"),
        pytest.param(Base.NEXT_MONTH, [28], id="下月28日"),
        pytest.param(Base.AFTER, [1, 60], id="会后"),
        pytest.param(Base.MONTHS_BEFORE, [24, 1], id="先多后少"),
    ],
)
def test_it_takes_days_up_to_the_bounds(base: Base, days: list[int]) -> None:
    assert mistake_in(Ladder("x", "x", base, (1,), Told.OWNER), days) is None


@st.composite
def _valid(draw: st.DrawFn) -> Ladder:
    ladder = draw(st.sampled_from(SHIPPED))
    lowest, highest = RANGES[ladder.base]
    lowest = 0 if ladder.on_day else lowest
    number = (
        st.dates(date(2001, 1, 1), date(2001, 12, 31)).map(lambda d: d.month * 100 + d.day)
        if ladder.base is Base.YEAR
        else st.integers(lowest, ladder.reach or highest)
    )
    days = draw(st.sets(number, min_size=1, max_size=MOST[ladder.told]))
    ordered = sorted(days, reverse=ladder.base in BACKWARDS)
    change = Change(days=tuple(ordered), above=draw(st.none() | st.integers(0, 60)))
    assert mistake_in(ladder, ordered) is None
    usual = LADDERS[ladder.rule][0]
    if ladder is usual:
        return Ladders({ladder.rule: change}).of(ladder.rule)
    value = {"base": ladder.base.value, "days": list(ordered)}
    return Ladders().of(ladder.rule, {POLICY + ladder.rule: value}, ladder.base)


@given(_valid(), st.dates(date(2016, 1, 1), date(2031, 12, 31)))
def test_the_rungs_of_any_valid_ladder_lie_in_the_period_in_order(
    ladder: Ladder, day: date
) -> None:
    around = ladder.base in AROUND
    over = day if around else ladder.period_on(day)

    steps = ladder.steps(over)

    days = [step.day for step in steps]
    assert 1 <= len(steps) <= MOST[ladder.told]
    assert days == sorted(set(days))
    assert len({step.name for step in steps}) == len(steps)
    assert [(step.number, step.of) for step in steps] == [
        (n, len(steps)) for n in range(1, len(steps) + 1)
    ]
    if isinstance(over, date):
        backwards = ladder.base in BACKWARDS
        assert all(step.day == over or (step.day < over) is backwards for step in steps)
        assert ladder.on_day or all(step.day != over for step in steps)
    elif ladder.base is Base.NEXT_MONTH:
        assert all(Month.of(step.day).shift(-1) == over for step in steps)
    else:
        assert all(over.first <= step.day <= over.last for step in steps)
        assert ladder.steps(over, over.last + timedelta(days=1)) == ()
    if not around and ladder.step_on(day) is not None:
        assert day in days


@given(_valid(), st.dates(date(2016, 1, 1), date(2031, 12, 31)))
def test_the_unit_above_is_told_of_every_period_once(ladder: Ladder, day: date) -> None:
    period = ladder.period_on(day)
    above = ladder.above_on(period)

    if above is None:
        assert ladder.period_behind(day) is None
    else:
        assert above > period.last
        assert ladder.period_behind(above) == period


# --- which one is in force ----------------------------------------------------------------------


def _of(value: Mapping[str, Any] | None, change: Change | None = None) -> Ladder:
    ladders = Ladders({} if change is None else {"general_meeting": change})
    settings = {} if value is None else {f"{POLICY}general_meeting": value}
    return ladders.of("general_meeting", settings, QUARTER)


THIRTY = {"base": "quarter", "days": [30, 60], "above": 10, "settled": "第三党支部4月1日定"}


@pytest.mark.parametrize(
    ("value", "change", "days", "above", "off", "settled"),
    [
        pytest.param(None, None, (45, 75, 85), 5, False, PRODUCT, id="默认"),
        pytest.param(None, Change(), (45, 75, 85), 5, False, PRODUCT, id="配置没改什么"),
        pytest.param(None, Change((10,)), (10,), 5, False, OPERATOR, id="配置改了日子"),
        pytest.param(None, Change(above=0), (45, 75, 85), 0, False, OPERATOR, id="配置不上报"),
        pytest.param(None, Change(off=True), (45, 75, 85), 5, True, OPERATOR, id="配置关了"),
        pytest.param(THIRTY, None, (30, 60), 10, False, THIRTY["settled"], id="支部定了"),
        pytest.param(
            THIRTY,
            Change((10,), above=0, off=True),
            (30, 60),
            10,
            False,
            THIRTY["settled"],
            id="支部定的盖过配置",
        ),
        pytest.param({"off": True}, Change((10,)), (10,), 5, True, OPERATOR, id="支部关了"),
        pytest.param(
            {"base": "month", "days": [5]}, None, (45, 75, 85), 5, False, PRODUCT, id="定的是每月的"
        ),
    ],
)
def test_it_finds_the_ladder_in_force(
    value: Mapping[str, Any] | None,
    change: Change | None,
    days: tuple[int, ...],
    above: int,
    off: bool,
    settled: str,
) -> None:
    found = _of(value, change)

    assert (found.days, found.above, found.off, found.settled) == (days, above, off, settled)
    assert bool(found.steps(Q1)) is not off


def test_only_a_ladder_about_a_last_day_has_a_rung_on_it() -> None:
    letter, theme = Ladders().of("letter_open"), Ladders().of("theme_party_day")

    assert mistake_in(letter, [5, 0]) is None
    assert mistake_in(theme, [5, 0]) == "要写1到28之间的数"


def test_a_day_has_one_name_however_the_ladder_is_changed() -> None:
    changed = _of({"base": "quarter", "days": [30, 45, 85]})

    assert _days(changed, Q1) == ["01-30 d30", "02-14 first", "03-26 last"]


def test_it_tells_the_rung() -> None:
    ladder = _of(None)
    first, *_ = ladder.steps(Q1)
    once = Ladders().of("meeting_unheld")

    assert ladder.facts(first) == {"rung": "共3次，这是第1次（本产品设定）", "step": 1}
    assert once.facts(once.steps(ACTIVITY)[0]) == {
        "rung": "只提醒这一次（本产品设定）",
        "step": 1,
    }


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("党员大会", "general_meeting"),
        ("支部党员大会", "general_meeting"),
        ("支委会", "committee_meeting"),
        ("党费", "dues_unpaid"),
        ("主题党日", "theme_party_day"),
        ("学时", "study_shortfall"),
        ("点名", "roll_call_unfinished"),
        ("生日", None),
    ],
)
def test_it_knows_a_ladder_by_what_people_call_it(text: str, rule: str | None) -> None:
    assert find_rule(text) == rule


def test_every_ladder_is_listed_under_one_word_that_names_no_reminder() -> None:
    listed = [rule for rules in GROUPS.values() for rule in rules]

    assert sorted(listed) == sorted(LADDERS)
    assert [find_rule(word) for word in GROUPS] == [None] * len(GROUPS)
    assert max(map(len, GROUPS.values())) <= 6


def test_every_ladder_is_shipped_as_it_may_be_settled() -> None:
    for ladder in SHIPPED:
        assert mistake_in(ladder, ladder.days) is None
    words = [w for ladders in LADDERS.values() for w in (ladders[0].title, *ladders[0].words)]
    assert len(set(words)) == len(words)
    assert regulations.is_known("burden.ladders")
    assert regulations.is_known("burden.above")


@pytest.mark.parametrize(
    ("days", "day", "until"),
    [
        pytest.param((15, 25, 28), 15, 24, id="下一步前一天起不再说"),
        pytest.param((15, 25, 28), 25, 27, id="中间一步"),
        pytest.param((15, 25, 28), 28, 29, id="最后一步，说到月底"),
        pytest.param((15, 16, 28), 15, 16, id="紧挨着，当天还说"),
        pytest.param((15,), 15, 29, id="只有一步"),
    ],
)
def test_it_says_how_long_a_step_is_of_use(days: tuple[int, ...], day: int, until: int) -> None:
    steps = [Step(str(n), date(2026, 1, n)) for n in days]

    found = useful_until(steps, date(2026, 1, day), date(2026, 1, 28))

    assert found == date(2026, 1, until)
