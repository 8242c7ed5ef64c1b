"""A course made up for at home is a study of one's own, never a meeting to be entered."""

from __future__ import annotations

from typing import Any

import pytest

from bot.inbound.parse import parse_line
from handlers import INTENTS


def read(text: str) -> list[dict[str, Any]]:
    """Read a message said to the bot on Monday, 16 November 2026."""
    line = {"text": text, "now": "2026-11-16T10:00:00+08:00", "chat": "private", "mentioned": True}
    found: list[dict[str, Any]] = parse_line(line, INTENTS)["intents"]
    return found


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("课我在家补看了", None),
        ("课我补看完了", None),
        ("课都补听了", None),
        ("那节课在家补听了", "那节课"),
        ("那堂课我补看好了", "那堂课"),
        ("上次的课我补看完了", "上次的课"),
        ("上次党课补看了", "上次党课"),
        ("上次党课我在家补看了", "上次党课"),
        ("我把上次党课补看了", "上次党课"),
        ("上回党课补学了", "上回党课"),
        ("党课视频补看了", "党课视频"),
        ("党课视频我补看完了", "党课视频"),
        ("党课录像补看好了", "党课录像"),
        ("大会的录像补看了", "大会的录像"),
        ("党课回放补听完了", "党课回放"),
        ("主题党日的视频补看过了", "主题党日的视频"),
        ("党课没去成，回放补看了", "回放"),
        ("落下的课补看了", "落下的课"),
        ("党课材料补读完了", "党课材料"),
        ("警示教育片补看了", "警示教育片"),
    ],
)
def test_it_is_a_study_done(text: str, title: str | None) -> None:
    (done,) = read(text)

    assert (done["intent"], done.get("title")) == ("study_done", title)


@pytest.mark.parametrize(
    "text", ["党课还没补看", "党课要补看吗", "晚上再补看", "孩子的课补看了", "党课补看不了"]
)
def test_what_is_not_done_is_no_study(text: str) -> None:
    assert [one["intent"] for one in read(text)] in ([], ["help"])


@pytest.mark.parametrize("text", ["补录 昨天党课", "补登10月16日主题党日，全体到会"])
def test_a_meeting_is_still_entered(text: str) -> None:
    assert [one["intent"] for one in read(text)] == ["meeting_record"]
