"""Settling monthly dues: what a base comes to, on both sides of every bound, and when it may."""

from __future__ import annotations

from datetime import date

import pytest

from bot.domain import dues_assessing
from bot.domain.dues import Category, Working, monthly_fen, working
from bot.domain.dues_assessing import Asked, AssessmentRefused
from bot.domain.periods import Month

TODAY = date(2026, 3, 12)
MARCH = Month(2026, 3)


@pytest.mark.parametrize(
    ("base_fen", "employed_fen", "retired_fen"),
    [
        pytest.param(0, 0, 0, id="没有"),
        pytest.param(2_999_99, 15_00, 15_00, id="2999.99"),
        pytest.param(3_000_00, 15_00, 15_00, id="3000"),
        pytest.param(3_000_01, 30_00, 15_00, id="3000.01"),
        pytest.param(3_001_00, 30_01, 15_01, id="3001"),
        pytest.param(4_900_00, 49_00, 24_50, id="4900"),
        pytest.param(5_000_00, 50_00, 25_00, id="5000"),
        pytest.param(5_000_01, 75_00, 50_00, id="5000.01"),
        pytest.param(5_100_00, 76_50, 51_00, id="5100"),
        pytest.param(9_999_99, 150_00, 100_00, id="9999.99"),
        pytest.param(10_000_00, 150_00, 100_00, id="10000"),
        pytest.param(10_000_01, 200_00, 100_00, id="10000.01"),
        pytest.param(50_000_00, 1_000_00, 500_00, id="50000"),
        pytest.param(50_001_00, 1_000_00, 500_01, id="50001，封顶1000元"),
    ],
)
def test_the_whole_amount_takes_the_rate_of_its_bracket(
    base_fen: int, employed_fen: int, retired_fen: int
) -> None:
    assert monthly_fen(Category.WAGE, base_fen, TODAY) == employed_fen
    assert monthly_fen(Category.ANNUAL_SALARY, base_fen, TODAY) == employed_fen
    assert monthly_fen(Category.SELF_EMPLOYED, base_fen, TODAY) == employed_fen
    assert monthly_fen(Category.RETIRED, base_fen, TODAY) == retired_fen


@pytest.mark.parametrize(
    ("category", "fen", "allowed"),
    [
        pytest.param(Category.FARMER, 19, False, id="农民0.19"),
        pytest.param(Category.FARMER, 20, True, id="农民0.2"),
        pytest.param(Category.FARMER, 1_00, True, id="农民1元"),
        pytest.param(Category.FARMER, 1_01, False, id="农民1.01"),
        pytest.param(Category.STUDENT, 20, True, id="学生0.2"),
        pytest.param(Category.STUDENT, 21, False, id="学生0.21"),
        pytest.param(Category.UNEMPLOYED, 20, True, id="下岗0.2"),
        pytest.param(Category.RELIEF, 20, True, id="低保0.2"),
        pytest.param(Category.RELIEF, 30, False, id="低保0.3"),
        pytest.param(Category.WAGE, 1_000_00, True, id="在职1000元"),
        pytest.param(Category.WAGE, 1_000_01, False, id="在职1000.01，多半写的是工资"),
    ],
)
def test_an_amount_is_one_the_rule_allows(category: Category, fen: int, allowed: bool) -> None:
    asked = Asked("张三", category, fen)

    if allowed:
        assert dues_assessing.work_out(asked, None, TODAY)[1].fen == fen
    else:
        with pytest.raises(AssessmentRefused):
            dues_assessing.work_out(asked, None, TODAY)


def test_a_category_of_the_roll_counts_where_none_is_said() -> None:
    category, found = dues_assessing.work_out(Asked("孙丽"), Category.STUDENT, TODAY)

    assert (category, found.fen) == (Category.STUDENT, 20)
    with pytest.raises(AssessmentRefused, match="人员类别"):
        dues_assessing.work_out(Asked("孙丽", None, 30), None, TODAY)
    with pytest.raises(AssessmentRefused, match="按基数算"):
        dues_assessing.work_out(Asked("张三"), Category.WAGE, TODAY)


def test_the_working_names_category_rate_rule_and_day_and_never_the_base() -> None:
    found = working(Category.WAGE, 5_100_00, TODAY)
    assert isinstance(found, Working)

    words = dues_assessing.working_words(Category.WAGE, found, TODAY)

    assert words == "在职，基数按1.5%全额算；党费规定第一、二条，2008年4月起施行"


def test_a_base_needs_to_be_of_somebody() -> None:
    with pytest.raises(AssessmentRefused, match="请写清是工资"):
        dues_assessing.from_base("张三", None, 5_100_00, TODAY)
    with pytest.raises(AssessmentRefused):
        dues_assessing.from_base("张三", Category.WAGE, 0, TODAY)


@pytest.mark.parametrize(
    ("month", "in_force", "changed", "reason", "refused"),
    [
        pytest.param(MARCH, False, False, "", False, id="第一次核定"),
        pytest.param(Month(2026, 1), False, False, "", False, id="第一次核定，从年初起"),
        pytest.param(MARCH, True, True, "", True, id="年内改动，没有原因"),
        pytest.param(MARCH, True, True, "退休", False, id="年内改动，写了原因"),
        pytest.param(Month(2026, 2), True, True, "退休", True, id="过去的月份"),
        pytest.param(Month(2027, 1), True, False, "", False, id="明年年初重新核定"),
        pytest.param(Month(2027, 1), True, True, "", False, id="明年1月再核定一次"),
    ],
)
def test_what_is_settled_stays_through_the_year(
    month: Month, in_force: bool, changed: bool, reason: str, refused: bool
) -> None:
    def check() -> None:
        dues_assessing.check_month(
            "张三", month, MARCH, in_force=in_force, changed=changed, reason=reason
        )

    if refused:
        with pytest.raises(AssessmentRefused):
            check()
    else:
        check()


@pytest.mark.parametrize(
    ("approved_on", "first"),
    [
        pytest.param(date(2026, 3, 1), Month(2026, 4), id="月初批准"),
        pytest.param(date(2026, 3, 31), Month(2026, 4), id="月底批准"),
        pytest.param(date(2026, 12, 31), Month(2027, 1), id="年底批准"),
    ],
)
def test_an_exemption_starts_with_the_month_after_it_was_approved(
    approved_on: date, first: Month
) -> None:
    assert dues_assessing.exemption_starts(approved_on) == first


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("核定 张三 工资 5100", "核定 张三 工资 ****"),
        ("核定 张三 退休金4,200.50元 9月起", "核定 张三 退休金****元 9月起"),
        ("我每月工资是一万二，党费多少", "我每月工资是****，党费多少"),
        ("算党费 年薪 12万", "算党费 年薪 ****"),
        ("月薪8千", "月薪****"),
        ("党费 3月 30", "党费 3月 30"),
        ("工资30号发", "工资30号发"),
        ("张三退休了，核定 张三 30", "张三退休了，核定 张三 30"),
    ],
)
def test_what_somebody_earns_is_starred(said: str, kept: str) -> None:
    assert dues_assessing.mask_bases(said) == kept
