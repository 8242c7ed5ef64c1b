"""Long texts are cut by bytes, never inside a character."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.sending import Pace, SendError, split_text


@pytest.mark.parametrize(
    ("text", "limit", "parts"),
    [
        pytest.param("", 6, [""], id="空"),
        pytest.param("党费", 6, ["党费"], id="正好"),
        pytest.param("党费核", 6, ["党费", "核"], id="多一字"),
        pytest.param("甲\n乙丙", 9, ["甲", "乙丙"], id="在行末断"),
        pytest.param("党费", 4, ["党", "费"], id="不拆开一个字"),
        pytest.param("\n甲乙", 6, ["\n甲", "乙"], id="开头的换行留着"),
        pytest.param(
            "张三、李四、王五", 23, ["张三、李四、", "王五"], id="名字之间断，不断在名字里"
        ),
        pytest.param(
            "未到：\n张三、李四、王五",
            27,
            ["未到：\n张三、", "李四、王五"],
            id="行末太靠前，断在名字之间",
        ),
    ],
)
def test_it_cuts_at_line_ends_where_it_can(text: str, limit: int, parts: list[str]) -> None:
    assert split_text(text, limit) == parts


@given(st.text(st.sampled_from("甲a\n😀"), max_size=60), st.integers(4, 40))
def test_it_loses_nothing_but_line_ends(text: str, limit: int) -> None:
    parts = split_text(text, limit)

    assert "".join(parts).replace("\n", "") == text.replace("\n", "")
    assert all(len(part.encode()) <= limit for part in parts)


@pytest.mark.parametrize(
    ("code", "words"),
    [
        pytest.param("", "对方停用了账号", id="没有代码"),
        pytest.param(0, "0: 对方停用了账号", id="代码零"),
        pytest.param(81013, "81013: 对方停用了账号", id="代码"),
    ],
)
def test_it_says_what_the_platform_said(code: int | str, words: str) -> None:
    error = SendError("对方停用了账号", code=code, permanent=True, retry_after=timedelta(seconds=3))

    assert str(error) == words
    assert error.permanent
    assert not error.uncertain


@pytest.mark.parametrize(
    ("limits", "burst"),
    [
        pytest.param([(1, 60)], 1, id="一分钟一次"),
        pytest.param([(2, 60)], 1, id="一分钟两次"),
        pytest.param([(20, 60)], 5, id="一分钟20次"),
        pytest.param([(30, 60), (1000, 3600)], 7, id="一分钟30次、一小时1000次"),
    ],
)
def test_a_pace_keeps_to_every_limit(limits: list[tuple[int, float]], burst: int) -> None:
    pace = Pace.within(*limits)

    assert pace.burst == burst
    for uses, window in limits:
        # A use at the very end of a window belongs to the next.
        assert pace.burst + window / pace.spacing_s - 1 <= uses
    assert any(pace.burst + window / pace.spacing_s >= uses for uses, window in limits)
