"""How names are said."""

from __future__ import annotations

import subprocess
import sys

import pytest

from bot.domain.ids import MemberId
from bot.domain.naming import Candidate, Roll, Verdict, Why
from bot.services.pinyin import sounds_of

ALIKE = {
    "同音": ("张伟", "章伟"),
    "多音字": ("曾志伟", "增志伟"),
    "平翘舌": ("石磊", "司磊"),
    "前后鼻音": ("陈静", "程进"),
    "拼音": ("李秀英", "lixiuying"),
    "拼音大写": ("李秀英", "LiXiuYing"),
    "轻声": ("王大妈", "王大麻"),
}


@pytest.mark.parametrize(("name", "other"), ALIKE.values(), ids=list(ALIKE))
def test_it_hears_that_two_names_sound_alike(name: str, other: str) -> None:
    assert set(sounds_of(name)) & set(sounds_of(other))


@pytest.mark.parametrize("other", ["李伟", "张薇薇", "", "zhang"])
def test_it_hears_that_they_do_not(other: str) -> None:
    assert not set(sounds_of("张伟")) & set(sounds_of(other))


def test_a_name_that_sounds_like_one_of_the_roll_becomes_a_question() -> None:
    naming = Roll([Candidate(MemberId(1), "张伟")], sounds_of).match("章伟")

    assert (naming.verdict, naming.fits[0].why) == (Verdict.NEAR, Why.SOUND)


def test_a_name_of_many_readings_stays_short_work() -> None:
    assert len(sounds_of("重乐行单曾朝仇解" * 3)) <= 8


def test_nothing_imports_pypinyin_before_a_name_needs_it() -> None:
    code = (
        "import sys, bot.main; assert 'pypinyin' not in sys.modules;"
        "from bot.services import pinyin; pinyin.warm();"
        "assert 'pypinyin' in sys.modules and 'pypinyin.phrases_dict' not in sys.modules"
    )

    subprocess.run([sys.executable, "-c", code], check=True)
