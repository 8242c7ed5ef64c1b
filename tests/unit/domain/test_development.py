"""Developing members: earliest and latest days, by the rule of the day; nothing is decided."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import pytest

from bot.domain import regulations
from bot.domain.development import (
    Case,
    CaseAct,
    Entry,
    TooEarly,
    WrongStep,
    check_extension,
    check_step,
    check_take_back,
    coming,
    late_words,
    latest,
    missing_materials,
    observation_due,
    publicity,
    standing_of,
)
from bot.domain.development_steps import (
    RULE_SETS,
    STEPS,
    Phase,
    find_material,
    find_step,
    rules_on,
)
from bot.services.workdays import PublishedWorkdays

WORKDAYS = PublishedWorkdays()


def case_of(steps: Mapping[int, date], **more: object) -> Case:
    """Return a case with some steps on record."""
    return Case(steps=dict(steps), **more)  # type: ignore[arg-type]  # fields by name


def test_there_are_twenty_five_steps_in_five_stages() -> None:
    assert [step.number for step in STEPS] == list(range(1, 26))
    assert len(Phase) == 5
    assert [step.phase for step in STEPS] == sorted(
        (step.phase for step in STEPS), key=list(Phase).index
    )
    assert all(step.materials and step.reviewer for step in STEPS)


def test_every_name_and_every_paper_means_one_step() -> None:
    words = [word for step in STEPS for word in (step.done, *step.words)]
    papers = [paper for step in STEPS for paper in step.materials]

    assert len(set(papers)) == len(papers)
    assert all(find_step(word) for word in words)
    assert len(set(words)) == len(words)
    assert all(find_material(paper) for paper in papers)


@pytest.mark.parametrize(
    ("day", "since"),
    [
        pytest.param(date(2014, 5, 27), None, id="2014年细则以前没有核实"),
        pytest.param(date(2014, 5, 28), date(2014, 5, 28), id="2014年细则第一天"),
        pytest.param(date(2026, 5, 17), date(2014, 5, 28), id="2014年细则最后一天"),
        pytest.param(date(2026, 5, 18), date(2026, 5, 18), id="2026年修订第一天"),
    ],
)
def test_the_text_in_force_goes_by_the_day(day: date, since: date | None) -> None:
    found = rules_on(day)

    assert (found.since if found else None) == since


def test_both_texts_name_their_instrument_and_are_registered_with_it() -> None:
    assert [rules.name for rules in RULE_SETS] == [
        regulations.on("development.steps", rules.since).source for rules in RULE_SETS
    ]
    assert len({rules.name for rules in RULE_SETS}) == 2


ACTIVIST_SINCE = date(2024, 2, 29)


@pytest.mark.parametrize(
    ("since", "on", "earliest"),
    [
        pytest.param(date(2024, 6, 20), date(2025, 6, 19), date(2025, 6, 20), id="差一天"),
        pytest.param(date(2024, 6, 20), date(2025, 6, 20), None, id="正好满一年"),
        pytest.param(ACTIVIST_SINCE, date(2025, 2, 27), date(2025, 2, 28), id="2月29日起，差一天"),
        pytest.param(ACTIVIST_SINCE, date(2025, 2, 28), None, id="2月29日起，满一年"),
    ],
)
def test_mechanism_33_step_7_waits_twelve_months_for_step_3(
    since: date, on: date, earliest: date | None
) -> None:
    case = case_of({3: since})

    if earliest is None:
        check_step("赵新", case, 7, on)
    else:
        with pytest.raises(TooEarly, match="最早") as refused:
            check_step("赵新", case, 7, on)
        assert refused.value.earliest == earliest
        assert f"{earliest.year}年{earliest.month}月{earliest.day}日" in refused.value.sentence


@pytest.mark.parametrize(
    ("on", "posted", "refused"),
    [
        pytest.param(date(2026, 5, 17), None, False, id="旧细则没有要求公示"),
        pytest.param(date(2026, 5, 18), None, True, id="新细则要先公示"),
        pytest.param(date(2026, 6, 22), date(2026, 6, 22), True, id="公示最后一天还不行"),
        pytest.param(date(2026, 6, 23), date(2026, 6, 22), False, id="公示满了第二天"),
    ],
)
def test_the_new_text_asks_for_a_publicity_first(
    on: date, posted: date | None, refused: bool
) -> None:
    case = case_of({3: date(2025, 1, 6)}, posted=posted)

    if refused:
        with pytest.raises(WrongStep, match="公示"):
            check_step("赵新", case, 7, on)
    else:
        check_step("赵新", case, 7, on)


def test_a_publicity_counts_working_days_without_the_day_of_posting() -> None:
    due = publicity(date(2026, 6, 12), WORKDAYS)  # 19 June is a holiday

    assert (due.day, due.provisional) == (date(2026, 6, 22), False)
    assert publicity(date(2031, 6, 12), WORKDAYS).provisional


@pytest.mark.parametrize(
    ("amount", "unit", "fits"),
    [
        pytest.param(2, "天", False, id="2天"),
        pytest.param(3, "天", True, id="3天"),
        pytest.param(23, "学时", False, id="23学时"),
        pytest.param(24, "学时", True, id="24学时"),
        pytest.param(None, "", False, id="没写"),
    ],
)
def test_training_takes_three_days_or_twenty_four_hours(
    amount: int | None, unit: str, fits: bool
) -> None:
    case = case_of({3: date(2025, 1, 6), 7: date(2026, 6, 1)})

    if fits:
        check_step("赵新", case, 11, date(2026, 7, 1), amount=amount, words=unit)
    else:
        with pytest.raises(WrongStep, match=r"3天"):
            check_step("赵新", case, 11, date(2026, 7, 1), amount=amount, words=unit)


_ADMITTED = {3: date(2023, 1, 6), 7: date(2024, 2, 1), 15: date(2025, 8, 8), 17: date(2025, 9, 2)}


@pytest.mark.parametrize(
    ("extended", "on", "earliest"),
    [
        pytest.param(0, date(2026, 8, 7), date(2026, 8, 8), id="差一天"),
        pytest.param(0, date(2026, 8, 8), None, id="满了"),
        pytest.param(6, date(2026, 8, 8), date(2027, 2, 8), id="延长半年，没满"),
        pytest.param(6, date(2027, 2, 8), None, id="延长半年，满了"),
    ],
)
def test_confirmation_waits_for_the_end_of_probation(
    extended: int, on: date, earliest: date | None
) -> None:
    case = case_of(_ADMITTED, extended=extended)

    if earliest is None:
        check_step("赵新", case, 23, on)
    else:
        with pytest.raises(TooEarly) as refused:
            check_step("赵新", case, 23, on)
        assert refused.value.earliest == earliest


@pytest.mark.parametrize(
    ("months", "on", "extended", "words"),
    [
        pytest.param(5, date(2026, 8, 10), 0, "不少于6个月", id="5个月太短"),
        pytest.param(6, date(2026, 8, 10), 0, None, id="6个月"),
        pytest.param(12, date(2026, 8, 10), 0, None, id="12个月"),
        pytest.param(13, date(2026, 8, 10), 0, "不超过12个月", id="13个月太长"),
        pytest.param(6, date(2026, 8, 7), 0, "才满", id="还没期满"),
        pytest.param(6, date(2027, 2, 10), 6, "只能延长1次", id="第二次"),
    ],
)
def test_probation_is_extended_once_by_half_a_year_to_a_year(
    months: int, on: date, extended: int, words: str | None
) -> None:
    case = case_of(_ADMITTED, extended=extended)

    if words is None:
        check_extension("赵新", case, months, on)
    else:
        with pytest.raises(WrongStep, match=words):
            check_extension("赵新", case, months, on)


@pytest.mark.parametrize(
    ("steps", "step", "on", "words"),
    [
        pytest.param({1: date(2025, 3, 3)}, 7, date(2026, 6, 1), "第3步", id="没有第3步"),
        pytest.param({3: date(2025, 3, 3)}, 13, date(2026, 6, 1), "第7步", id="不是发展对象"),
        pytest.param(_ADMITTED, 16, date(2025, 9, 3), "不能晚于", id="比后面的晚"),
        pytest.param(_ADMITTED, 20, date(2025, 9, 1), "不能早于", id="比前面的早"),
        pytest.param(_ADMITTED, 15, date(2025, 8, 8), "已经登记了", id="登记过"),
    ],
)
def test_a_step_out_of_order_is_refused_with_the_step_that_is_missing(
    steps: Mapping[int, date], step: int, on: date, words: str
) -> None:
    with pytest.raises(WrongStep, match=words):
        check_step("赵新", case_of(steps), step, on)


@pytest.mark.parametrize(
    ("steps", "step", "last", "article"),
    [
        pytest.param({1: date(2026, 1, 31)}, 2, date(2026, 2, 28), "第七条", id="1个月内谈话"),
        pytest.param(
            {3: date(2024, 1, 2), 7: date(2025, 2, 3), 13: date(2026, 6, 1)},
            15,
            date(2026, 7, 1),
            "第十九条",
            id="新细则：预审后1个月开大会",
        ),
        pytest.param(_ADMITTED, 20, date(2025, 10, 2), "", id="批准后1个月宣誓（通行做法）"),
        pytest.param(
            {**_ADMITTED, 23: date(2026, 8, 10)}, 24, date(2026, 11, 10), "第三十三条", id="转正"
        ),
    ],
)
def test_the_last_day_of_a_step_is_told_and_what_comes_later_is_only_told(
    steps: Mapping[int, date], step: int, last: date, article: str
) -> None:
    case = case_of(steps)
    limits = {limit.step: limit for limit in latest(case)}

    assert limits[step].day == last
    assert limits[step].rule.article == article
    check_step("赵新", case, step, last.replace(year=last.year + 1))
    assert late_words("赵新", case, step, last) == ""
    assert "晚了" in late_words("赵新", case, step, date.fromordinal(last.toordinal() + 1))


def test_an_activist_is_observed_every_half_year_until_he_is_a_prospect() -> None:
    case = case_of({3: date(2025, 6, 20)}, observed=(date(2025, 12, 31),))
    first, again = observation_due(case_of({3: date(2025, 6, 20)})), observation_due(case)
    prospect = case_of({3: date(2025, 6, 20), 7: date(2026, 7, 1)})

    assert first is not None
    assert first.day == date(2025, 12, 20)
    assert again is not None
    assert again.day == date(2026, 6, 30)
    assert observation_due(prospect) is None
    found = coming(case, date(2026, 6, 1))
    assert found is not None
    assert (found.step, found.day) == (7, date(2026, 6, 20))


def test_nothing_is_due_of_a_case_that_is_over() -> None:
    closed = case_of({1: date(2026, 1, 5)}, closed=date(2026, 1, 6))

    assert latest(closed) == []
    assert coming(closed, date(2026, 2, 1)) is None


def test_what_was_taken_back_does_not_stand() -> None:
    entries = (
        Entry(1, CaseAct.STEP, date(2025, 3, 3), 1),
        Entry(2, CaseAct.STEP, date(2025, 4, 3), 2),
        Entry(3, CaseAct.VOID, date(2025, 4, 4), 2, refers_to=2),
        Entry(4, CaseAct.MATERIAL, date(2025, 4, 4), 1, words="入党申请书"),
        Entry(5, CaseAct.STEP, date(2025, 6, 3), 3),
    )

    case = standing_of(entries)

    assert dict(case.steps) == {1: date(2025, 3, 3), 3: date(2025, 6, 3)}
    assert case.skipped == (2,)
    papers = {step.number: left for step, left in missing_materials(case)}
    assert papers == {3: ("推荐材料", "研究积极分子的会议记录")}


def test_a_decision_is_not_pulled_out_from_under_what_rests_on_it() -> None:
    case = case_of(_ADMITTED)

    with pytest.raises(WrongStep, match="第17步"):
        check_take_back("赵新", case, 15)
    check_take_back("赵新", case, 17)
