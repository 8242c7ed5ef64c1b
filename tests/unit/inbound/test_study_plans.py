"""Lines of a plan of study, read."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from bot.clock import at
from bot.inbound.study_plans import LessonWords, read_plan

NOW = at(date(2026, 3, 10), 9)
NINE = at(date(2026, 3, 20), 9)


@pytest.mark.parametrize(
    ("line", "title", "starts_at", "place", "seats", "hours", "closes"),
    [
        pytest.param(
            "3月20日 9:00 党章专题 社区三楼 30人 4学时 3月18日截止",
            *("党章专题", NINE, "社区三楼", 30, "4", at(date(2026, 3, 19))),
            id="样样都写",
        ),
        pytest.param(
            "1. 3月20日上午9点 党章专题", "党章专题", NINE, "", None, "", None, id="带序号"
        ),
        pytest.param(
            "党章专题，3月20日 9:00，社区 三楼，名额30",
            *("党章专题", NINE, "社区 三楼", 30, "", None),
            id="课名在前、逗号隔开",
        ),
        pytest.param(
            "3月20日 9:00 党章专题 报名截止到3月18日12:00 5个名额 1.5个学时",
            *("党章专题", NINE, "", 5, "1.5", at(date(2026, 3, 18), 12)),
            id="截止到几点",
        ),
        pytest.param(
            "党章专题 社区三楼", "党章专题", None, "社区三楼", None, "", None, id="没日期"
        ),
        pytest.param("3月20日 9:00", "", NINE, "", None, "", None, id="没课名"),
        pytest.param(
            "3月20日 9:00 党章专题 过几天截止",
            "党章专题",
            NINE,
            "",
            None,
            "",
            None,
            id="截止看不懂",
        ),
    ],
)
def test_a_line_is_read(
    line: str,
    title: str,
    starts_at: datetime | None,
    place: str,
    seats: int | None,
    hours: str,
    closes: datetime | None,
) -> None:
    [read] = read_plan(line, NOW).lessons

    assert read == LessonWords(read.line, title, starts_at, place, seats, hours, closes)


def test_links_and_own_word_are_no_lessons() -> None:
    plan = read_plan(
        "3月20日 9:00 党章专题\n\n资料：党章全文 https://www.12371.cn/\n自学算学时", NOW
    )

    assert len(plan.lessons) == 1
    assert plan.links == (("党章全文", "https://www.12371.cn/"),)
    assert plan.own_word
