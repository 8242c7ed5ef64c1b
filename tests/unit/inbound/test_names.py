"""Names, places and titles inside a text."""

from __future__ import annotations

from datetime import datetime
from types import SimpleNamespace
from typing import cast

import pytest

from bot.clock import SHANGHAI
from bot.domain.ids import MemberId
from bot.inbound import learning
from bot.inbound.context import Context
from bot.inbound.lexicon import lexicon_of, run_together
from bot.inbound.names import find_people, is_real_name, read_names
from bot.inbound.places import find_place
from bot.inbound.read import read
from bot.inbound.scope import about_everybody, about_listener, elsewhere, politely
from bot.inbound.titles import find_title
from bot.inbound.utterance import Lexicon
from bot.services.aliases import Taught

NAMES = {
    "王秀英签到": ("王秀英",),
    "王芳有事": ("王芳",),
    "老李签一下": ("老李",),
    "小陈和老赵到了": ("小陈", "老赵"),
    "王大爷、周奶奶的党费": ("王大爷", "周奶奶"),
    "欧阳静 签到": ("欧阳静",),
    "@张伟 @李娜 到了": ("张伟", "李娜"),
    "我老伴交了": ("老伴",),
    "刘桂兰同志已到": ("刘桂兰",),
    "陈明明天请假": ("陈明",),
    "张三、张三到了": ("张三",),
    "周五请假": (),
    "高兴地签到": (),
    "大家都到了": (),
    "签到": (),
    "": (),
}
PLACES = {
    "地点：社区二楼": "社区二楼",
    "明天在三楼会议室召开支委会": "三楼会议室",
    "周日南门集合": "周日南门",
    "到党群服务中心开会": "党群服务中心",
    "周五上午9点 居委会二楼": "居委会二楼",
    "在周五前交": None,
    "明天下午3点开会": None,
}


@pytest.mark.parametrize(("text", "names"), NAMES.items(), ids=list(NAMES))
def test_it_reads_names(text: str, names: tuple[str, ...]) -> None:
    assert read_names(text)[0] == names


def test_it_reads_names_of_the_branch_first() -> None:
    lexicon = Lexicon(names=("买买提·艾力", "阿里木"))

    assert read_names("阿里木和买买提·艾力到了", 0, lexicon)[0] == ("阿里木",)
    assert read_names("买买提·艾力到了", 0, lexicon)[0] == ("买买提·艾力",)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("张三赵六孙丽三个人请假", ("张三", "赵六", "孙丽")),
        ("张三王五到了，给签上", ("张三", "王五")),
        ("给我和张三李四报名植树", ("张三", "李四")),
    ],
)
def test_names_run_together_are_split_where_they_are_known(
    text: str, names: tuple[str, ...]
) -> None:
    roll = ("张三", "李四", "王五", "赵六", "孙丽")
    lexicon = lexicon_of(run_together(roll, text), text)

    assert tuple(name for name, _, _ in find_people(text, lexicon)) == names
    assert read_names(text, text.index("张三"), lexicon)[0] == names


def test_names_apart_are_left_to_the_patterns() -> None:
    assert run_together(("张三", "李四"), "张三和李四请假") == ()


@pytest.mark.parametrize("name", ["张三", "欧阳静", "王建国", "来喜凤"])
def test_it_takes_a_registered_name(name: str) -> None:
    assert is_real_name(name)


@pytest.mark.parametrize("text", ["党员", "王书记", "新来的", "张三是谁", "张", "老李头子啊"])
def test_it_takes_no_other_words_for_a_registered_name(text: str) -> None:
    assert not is_real_name(text)


@pytest.mark.parametrize(("text", "place"), PLACES.items(), ids=list(PLACES))
def test_it_finds_the_place(text: str, place: str | None) -> None:
    assert find_place(text) == place


TITLES = {
    "报名义务植树": "义务植树",
    "周六的志愿活动我参加": "志愿活动",
    "健康讲座算我一个": "健康讲座",
    "上次报的义诊退一下": "义诊",
    "报名": None,
    "我参加": None,
    "报名2人": None,
}


@pytest.mark.parametrize(("text", "title"), TITLES.items(), ids=list(TITLES))
def test_it_finds_the_title(text: str, title: str | None) -> None:
    now = datetime(2026, 11, 16, 9, 30, tzinfo=SHANGHAI)
    utterance = read(text, quoted=None, private=False, addressed=True, now=now)

    assert find_title(utterance, utterance.clauses, ()) == title


def test_it_tells_whom_and_which_world_a_sentence_speaks_of() -> None:
    assert about_everybody("谁没交党费")
    assert not about_everybody("党费交给谁")
    assert about_listener("你签到了没")
    assert not about_listener("谢谢你签到提醒")
    assert elsewhere("驾校报名")
    assert not elsewhere("党课报名")
    assert politely("请个假行不")
    assert not politely("请假")


@pytest.mark.parametrize("word", ["老婆", "爱人", "老伴"])
def test_who_is_called_so_hears_the_word_that_was_said(word: str) -> None:
    kept = Taught(1, "老伴", MemberId(2), "孙丽", for_branch=False, new=True)
    actor = SimpleNamespace(member_id=MemberId(1), name="张三")

    (told,) = learning._told(kept, word, cast("Context", SimpleNamespace(actor=actor)))

    assert f"说“{word}”就是您" in repr(told.text)
