"""A lesson may only add a reading: what is refused, and that nothing else changes."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bot.domain.wordings import NotTeachable, check_wording, wording_key
from bot.inbound.intents import Match, Strength, Teachable, choose
from bot.inbound.normalise import normalise
from bot.inbound.read import read
from bot.inbound.teaching import (
    check_lesson,
    corpus,
    read_taught,
    regression,
    sentences_to_suggest,
)
from handlers import INTENTS

NOW = datetime(2026, 3, 12, 1, 58, tzinfo=UTC)
NEVER = {
    "confirm",
    "cancel",
    "choose",
    "undo",
    "bind_identity",
    "checkin_proxy",
    "confirm_dues",
    "correct",
    "correct_reason",
    "notice_send",
    "event_create",
    "issue_code",
    "unbind",
    "stats_query",
    "teach_wording",
    "forget_wording",
    "taught_wordings",
    "unread_wordings",
}


@pytest.mark.parametrize(
    ("wording", "target"),
    [
        pytest.param("签个字哈", "签到", id="签到"),
        pytest.param("俺报个道", "签到", id="方言"),
        pytest.param("会俺就不凑了", "请假", id="请假"),
        pytest.param("明儿俺出远门", "明天请假", id="带日子的请假"),
        pytest.param("组织上的钱清了", "党费已交", id="党费"),
        pytest.param("植树俺凑个数", "报名义务植树", id="报名"),
        pytest.param("俺还差多少", "我的党费", id="问党费"),
        pytest.param("啥钟点见面", "下次什么时候开会", id="问开会"),
        pytest.param("咋弄", "怎么用", id="问用法"),
    ],
)
def test_what_people_say_may_stand_for_a_harmless_sentence(wording: str, target: str) -> None:
    words = normalise(wording).text

    check_lesson(words, target, INTENTS, NOW)

    [match] = read_taught(target, INTENTS, NOW, private=True)
    assert match.intent.teachable is not Teachable.NO


@pytest.mark.parametrize(
    ("wording", "target", "why"),
    [
        pytest.param("划个卡", "确认3", "要原样说", id="确认"),
        pytest.param("划个卡", "撤销", "要原样说", id="撤销"),
        pytest.param("划个卡", "更正 3月 38", "要原样说", id="更正"),
        pytest.param("划个卡", "张三 1234", "要原样说", id="绑定"),
        pytest.param("划个卡", "绑定码 48291375", "要原样说", id="绑定码"),
        pytest.param("划个卡", "确认党费 全部", "要原样说", id="核对党费"),
        pytest.param("划个卡", "发通知 明天开会", "要原样说", id="发通知"),
        pytest.param("划个卡", "建会 支部党员大会 3月12日 10:00 社区二楼", "要原样说", id="建会"),
        pytest.param("划个卡", "谁没交党费", "要原样说", id="看名单"),
        pytest.param("划个卡", "代王秀英签到", "要原样说", id="代签"),
        pytest.param("划个卡", "更正 张三 3月党费 15 记错了", "要原样说", id="更正记录"),
        pytest.param("划个卡", "教 签个字 = 签到", "要原样说", id="再教"),
        pytest.param("划个卡", "签到，撤销", "要原样说", id="夹带撤销"),
        pytest.param("划个卡", "到", "有事在等", id="光说到"),
        pytest.param("划个卡", "划个勾", "没看懂", id="看不懂的"),
        pytest.param("划个卡", "签到，党费已交", "几件事", id="两件事"),
        pytest.param("划个卡", "党费 3月 30", "金额", id="带金额"),
        pytest.param("划个卡", "党费一百二已交", "金额", id="汉字金额"),
        pytest.param("划个卡", "报名两人", "人数", id="带人数"),
        pytest.param("划个卡", "老王党费交了吗", "人名", id="带人名"),
        pytest.param("签到", "请假", "已经当作“签到”", id="已经看懂"),
        pytest.param("来了", "签到", "已经当作“签到”", id="等着时看得懂"),
        pytest.param("字没划", "签到", "还没做", id="没做的"),
        pytest.param("划卡了没有", "签到", "在问", id="在问"),
        pytest.param("一十五", "党费已交", "只是一个数", id="只是数"),
        pytest.param("15元", "党费已交", "只是一个数", id="只是钱数"),
        pytest.param("三", "签到", "只是一个数", id="只是数字"),
        pytest.param("俺不来", "签到", "还没做", id="说不来当签到"),
        pytest.param("假俺不请", "请假", "是说不做", id="说不请当请假"),
        pytest.param("名俺不取消", "取消报名", "是说不做", id="说不取消当取消"),
        pytest.param("明天再划卡", "签到", "还没做", id="将来的"),
        pytest.param("公司划卡", "签到", "别的事", id="别处的"),
        pytest.param("签名墙真漂亮啊", "签到", "测试里有“签名墙真漂亮”", id="撞上测试"),
    ],
)
def test_a_lesson_that_could_do_harm_is_refused_with_the_clash(
    wording: str, target: str, why: str
) -> None:
    with pytest.raises(NotTeachable, match=why):
        check_lesson(wording, target, INTENTS, NOW)


def test_commands_confirmations_and_corrections_can_never_be_taught() -> None:
    teachable = {intent.name for intent in INTENTS if intent.teachable is not Teachable.NO}

    assert not teachable & NEVER
    assert not {i.name for i in INTENTS if i.for_secretaries} & teachable
    assert {"checkin", "leave", "dues_paid", "signup", "dues_query", "help"} <= teachable


def test_a_target_that_is_no_longer_harmless_is_not_acted_on() -> None:
    assert read_taught("撤销", INTENTS, NOW, private=True) == []
    assert read_taught("签到，撤销", INTENTS, NOW, private=True) == []
    assert read_taught("划个勾", INTENTS, NOW, private=True) == []


def _read_as(text: str) -> list[str]:
    utterance = read(text, quoted=None, private=False, addressed=False, now=NOW)
    matches = [Match(i, r) for i in INTENTS for r in i.recognise(utterance)]
    chosen, tied = choose([m for m in matches if m.reading.strength > Strength.BARE])
    return [match.intent.name for match in chosen or tied]


@pytest.mark.parametrize("text", regression())
def test_the_regression_corpus_is_left_alone(text: str) -> None:
    assert _read_as(text) == []


def _may_be_taught(words: str) -> bool:
    try:
        check_wording(words)
        check_lesson(words, "签到", INTENTS, NOW)
    except NotTeachable:
        return False
    return True


def test_no_sentence_of_the_corpus_could_be_taught_to_mean_another() -> None:
    sentences = list(corpus(INTENTS))

    assert [one for one in sentences if _may_be_taught(normalise(one).text)] == []
    assert len(sentences) > 400


def test_every_sentence_to_suggest_may_be_taught() -> None:
    offered = sentences_to_suggest(INTENTS)

    assert "签到" in offered
    assert "撤销" not in offered
    assert not any(sign.isdigit() for sentence in offered for sign in sentence)


def test_the_regression_corpus_says_nothing_twice() -> None:
    keys = [wording_key(line) for line in regression()]

    assert len(set(keys)) == len(keys) > 150
