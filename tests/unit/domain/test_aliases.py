"""Which words may stand for a person."""

from __future__ import annotations

import pytest

from bot.domain.aliases import NotAnAlias, check_alias

KEPT = {
    "老李": "老李",
    "我老伴": "老伴",
    "爱人": "老伴",
    " 小 胖 ": "小胖",
    "ＬＩ": "LI",
    "一二三四五六七八": "一二三四五六七八",
}
REFUSED = {
    "": "2到8个汉字",
    "一二三四五六七八九": "2到8个汉字",
    "老李3": "2到8个汉字",
    "{name}": "2到8个汉字",
    "签到": "另有意思",
    "我": "2到8个汉字",
    "我们": "另有意思",
    "大家": "另有意思",
    "书记": "是职务",
    "组织委员": "是职务",
}


@pytest.mark.parametrize(("text", "word"), KEPT.items(), ids=list(KEPT))
def test_it_keeps_a_word_as_names_are_compared(text: str, word: str) -> None:
    assert check_alias(text) == word


@pytest.mark.parametrize(("text", "sentence"), REFUSED.items(), ids=[*REFUSED])
def test_it_refuses_what_would_be_misread(text: str, sentence: str) -> None:
    with pytest.raises(NotAnAlias, match=sentence):
        check_alias(text)
