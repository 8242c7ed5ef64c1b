"""Several reminders to one reader at one moment are one message."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.joining import MAX_BYTES, bundle, join_texts

LECTURE = "李书记您好：一季度的党课还没有安排。\n定好时间回复：建会 党课"
DUES = "李书记您好：3月党费30元还没有登记。"
OTHERS = "张三您好：3月党费30元还没有登记。"
GROUP = "【党课】3月12日（周四）14:00 社区二楼。"


@pytest.mark.parametrize(
    ("texts", "joined"),
    [
        pytest.param([LECTURE], LECTURE, id="一条，一字不改"),
        pytest.param(
            [LECTURE, DUES],
            "李书记您好，有2件事：\n"
            "· 一季度的党课还没有安排。定好时间回复：建会 党课\n"
            "· 3月党费30元还没有登记。",
            id="两条，只问候一次，一件一行",
        ),
        pytest.param([GROUP, GROUP], f"{GROUP}\n{GROUP}", id="群里的，一条接一条"),
        pytest.param([DUES, OTHERS], f"{DUES}\n{OTHERS}", id="问候的不是一个人"),
        pytest.param([DUES, GROUP], f"{DUES}\n{GROUP}", id="有的没有问候"),
    ],
)
def test_it_says_several_things_at_once(texts: list[str], joined: str) -> None:
    assert join_texts(texts) == joined


TEXTS = st.lists(st.text("党费课建会\n", min_size=1, max_size=400), max_size=12)


@given(TEXTS.map(lambda texts: [f"李书记您好：{text}" for text in texts]))
def test_it_fills_each_message_and_loses_nothing(texts: list[str]) -> None:
    bundles = bundle(texts, lambda text: text)

    assert [text for texts in bundles for text in texts] == texts
    for one, following in itertools.pairwise(bundles):
        assert len(join_texts([*one, following[0]]).encode()) > MAX_BYTES
    for one in bundles:
        assert len(one) == 1 or len(join_texts(one).encode()) <= MAX_BYTES
