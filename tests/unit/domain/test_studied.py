"""Which missed session a study makes up for, and what it is called."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from bot.domain.cadence import MeetingKind
from bot.domain.studied import MAX_TITLE, Missed, made_up_within, makes_up_for, title_of

LECTURE = Missed(MeetingKind.LECTURE, "3月党课", date(2026, 3, 11))
CLASS = Missed(MeetingKind.OTHER, "义诊志愿活动", date(2026, 3, 11))
DAY_BEFORE, THE_DAY, DAY_AFTER = (date(2026, 3, day) for day in (10, 11, 12))


@pytest.mark.parametrize(
    ("missed", "title", "day", "until", "fits"),
    [
        pytest.param(LECTURE, None, None, None, True, id="只说学完了"),
        pytest.param(LECTURE, None, THE_DAY, None, True, id="说了那天"),
        pytest.param(LECTURE, None, DAY_AFTER, None, False, id="说了别的日子，没说内容"),
        pytest.param(LECTURE, "党课视频", None, None, True, id="说了是党课"),
        pytest.param(LECTURE, "党课视频", DAY_AFTER, None, True, id="第二天看的党课"),
        pytest.param(LECTURE, "党课视频", DAY_BEFORE, None, False, id="会前看的不算"),
        pytest.param(LECTURE, "党课", DAY_BEFORE, DAY_AFTER, True, id="说了那一周"),
        pytest.param(LECTURE, "主题党日", None, None, False, id="别的会"),
        pytest.param(LECTURE, "主题党日", THE_DAY, None, False, id="同一天别的会"),
        pytest.param(LECTURE, "二十大报告", None, None, False, id="别的内容"),
        pytest.param(LECTURE, "二十大报告", THE_DAY, None, True, id="那天的内容"),
        pytest.param(LECTURE, "学习强国", THE_DAY, None, False, id="强国从来不是补课"),
        pytest.param(LECTURE, "心得", None, None, False, id="心得单独记"),
        pytest.param(LECTURE, "学习材料", None, None, False, id="光说学习不认定"),
        pytest.param(CLASS, "志愿活动", None, None, True, id="说了名称里的话"),
    ],
)
def test_it_fits_a_missed_session(
    missed: Missed, title: str | None, day: date | None, until: date | None, fits: bool
) -> None:
    assert makes_up_for(missed, title, day, until) is fits


@pytest.mark.parametrize(
    ("words", "title"),
    [
        pytest.param(None, "学习", id="没说内容"),
        pytest.param("  ", "学习", id="空白"),
        pytest.param("党课 视频\n第二讲", "党课 视频 第二讲", id="空白并作一个"),
        pytest.param("长" * 40, "长" * MAX_TITLE, id="太长的截短"),
    ],
)
def test_it_calls_a_study_by_the_words_said(words: str | None, title: str) -> None:
    assert title_of(words) == title


def test_a_session_may_be_made_up_for_within_45_days() -> None:
    assert made_up_within(THE_DAY) == timedelta(days=45)
