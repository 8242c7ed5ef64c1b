"""How many come, who goes instead, and what several numbers at once mean."""

from __future__ import annotations

from datetime import datetime

import pytest

from bot.clock import SHANGHAI
from bot.inbound.intents import Reading, Strength
from bot.inbound.read import read
from bot.inbound.reasons import recognise_reason
from bot.inbound.several_chosen import recognise_several
from bot.inbound.signup_cancels import recognise_signup_cancel
from bot.inbound.signup_changes import recognise_change
from bot.inbound.signup_swaps import recognise_swap
from bot.inbound.signups import recognise_signup
from bot.inbound.utterance import Lexicon, Utterance

MONDAY = datetime(2026, 11, 16, 10, tzinfo=SHANGHAI)


def said(text: str, *, private: bool = True) -> Utterance:
    """Read a message on Monday, 16 November 2026."""
    return read(
        text, quoted=None, private=private, addressed=private, now=MONDAY, lexicon=Lexicon()
    )


def one(found: list[Reading]) -> Reading:
    (reading,) = found
    return reading


@pytest.mark.parametrize(
    ("text", "title", "count"),
    [
        ("王五报了植树，我也报2个", "植树", 2),
        ("老李报了义诊，我报三个", "义诊", 3),
        ("植树我报2个", "植树", 2),
        ("我报植树，报2个", "植树", 2),
        ("植树报名2个人", "植树", 2),
        ("植树，我们报两个", "植树", 2),
        ("植树我报两个名额", "植树", 2),
    ],
)
def test_the_number_said_is_counted(text: str, title: str, count: int | None) -> None:
    slots = one(recognise_signup(said(text))).slots

    assert (slots.title, slots.count, slots.changed) == (title, count, False)


@pytest.mark.parametrize(
    ("text", "joined", "given_back"),
    [
        ("体检不报，植树我去", "植树", None),
        ("体检不参加，植树我报名", "植树", None),
        ("体检我不去，植树报名", "植树", None),
        ("体检就不报了，植树我去", "植树", "体检"),
        ("体检不去了，植树我要去", "植树", "体检"),
        ("体检取消，植树算我一个", "植树", "体检"),
        ("体检退了，植树给我报上", "植树", "体检"),
        ("体检我去不了，植树我参加", "植树", "体检"),
        ("植树不去了，体检我报名", "体检", "植树"),
        ("植树不报了，体检我报一个", "体检", "植树"),
        ("聚餐不去，植树我参加", "植树", None),
        ("植树我去，体检不报", "植树", None),
        ("植树我去，体检不报了", "植树", "体检"),
        ("参观我参加，打扫卫生就不去了", "参观", "打扫卫生"),
        ("观影我去，义诊去不了", "观影", "义诊"),
        ("义诊不去了，植树我报一个", "植树", "义诊"),
        ("爬山我就不去了，健步走我报名", "健步走", "爬山"),
        ("红色影院不去，植树还是去", "植树", None),
        ("植树活动我去，体检活动不报", "植树", None),
        ("体检俺不去了，植树俺去", "植树", "体检"),
    ],
)
def test_one_is_joined_and_the_other_is_not(text: str, joined: str, given_back: str | None) -> None:
    back = [reading.slots.title for reading in recognise_signup_cancel(said(text))]

    assert one(recognise_signup(said(text))).slots.title == joined
    assert back == ([given_back] if given_back else [])


@pytest.mark.parametrize(
    ("text", "title", "count"),
    [
        ("报名改成2个", None, 2),
        ("报名改成两个", None, 2),
        ("报名改2人", None, 2),
        ("报名人数改成3", None, 3),
        ("我的报名改成2个人", None, 2),
        ("把报名改成三个", None, 3),
        ("植树报名改成2个", "植树", 2),
        ("植树的报名改为四人", "植树", 4),
        ("植树活动报名改成2位", "植树", 2),
        ("名额改成2个", None, 2),
        ("报名不是3个，是2个", None, 2),
        ("麻烦把报名人数改到2人", None, 2),
        ("改成2个", None, 2),
        ("人数改成2", None, 2),
        ("我改成两个去", None, 2),
    ],
)
def test_the_number_is_changed(text: str, title: str | None, count: int) -> None:
    slots = one(recognise_signup(said(text))).slots

    assert (slots.title, slots.count, slots.changed) == (title, count, True)


@pytest.mark.parametrize(
    ("text", "more"),
    [
        ("取消一个", -1),
        ("取消一个名额", -1),
        ("取消两个", -2),
        ("我取消一个", -1),
        ("取消其中一个", -1),
        ("取消一个人", -1),
        ("退一个", -1),
        ("退掉一个名额", -1),
        ("退一个位子", -1),
        ("退两个人", -2),
        ("撤掉一个", -1),
        ("少报一个", -1),
        ("少去一个人", -1),
        ("减一个", -1),
        ("去掉一个", -1),
        ("植树取消一个", -1),
        ("植树我少去一个", -1),
        ("再加一个", 1),
        ("多报一个", 1),
        ("带上我老伴", 1),
    ],
)
def test_a_few_more_or_fewer_come(text: str, more: int) -> None:
    assert one(recognise_change(said(text))).slots.more == more
    if more < 0:
        assert recognise_signup_cancel(said(text)) == []
        assert recognise_signup(said(text)) == []


@pytest.mark.parametrize("text", ["取消报名", "取消植树报名", "退出", "取消签到", "取消这个会"])
def test_all_of_it_is_no_change(text: str) -> None:
    assert recognise_change(said(text)) == []


@pytest.mark.parametrize(
    ("text", "name", "title"),
    [
        ("换孙丽去", "孙丽", None),
        ("换成孙丽去吧", "孙丽", None),
        ("让孙丽去", "孙丽", None),
        ("改成王五去", "王五", None),
        ("由赵六去", "赵六", None),
        ("叫孙丽替我去", "孙丽", None),
        ("让孙丽替我", "孙丽", None),
        ("换老李上", "老李", None),
        ("让王大爷参加吧", "王大爷", None),
        ("我不去了，换孙丽去", "孙丽", None),
        ("我去不了，让孙丽去", "孙丽", None),
        ("我有事，换孙丽去", "孙丽", None),
        ("俺不去了让孙丽代我去", "孙丽", None),
        ("我不去了换老李顶上", "老李", None),
        ("植树换孙丽去", "孙丽", "植树"),
        ("植树我不去了，换孙丽去", "孙丽", "植树"),
        ("义诊活动我去不了，让王五去", "王五", "义诊"),
        ("我退出，换王五去", "王五", None),
        ("这次换孙丽去行吗", "孙丽", None),
        ("让给孙丽去", "孙丽", None),
    ],
)
def test_somebody_else_goes_instead(text: str, name: str, title: str | None) -> None:
    slots = one(recognise_swap(said(text))).slots

    assert (slots.name, slots.title) == (name, title)


@pytest.mark.parametrize("text", ["换时间", "让大家去", "换谁去", "叫我老伴去", "换个地方"])
def test_that_is_no_swap(text: str) -> None:
    assert recognise_swap(said(text)) == []


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("孙丽不去", "孙丽"),
        ("孙丽不去了", "孙丽"),
        ("孙丽不参加了", "孙丽"),
        ("孙丽去不了", "孙丽"),
        ("孙丽说不去了", "孙丽"),
        ("老李不来了", "老李"),
        ("王大爷退出", "王大爷"),
    ],
)
def test_another_who_stays_away_only_answers_a_sign_up(text: str, name: str) -> None:
    reading = one(recognise_signup_cancel(said(text)))

    assert (reading.slots.names, reading.strength) == ((name,), Strength.BARE)
    assert recognise_signup_cancel(said(text, private=False)) == []


@pytest.mark.parametrize(
    ("text", "numbers", "signs_up"),
    [
        ("1和2", (1, 2), False),
        ("1、2", (1, 2), False),
        ("1,2", (1, 2), False),
        ("1 2", (1, 2), False),
        ("1跟3", (1, 3), False),
        ("一和二", (1, 2), False),
        ("第一个和第二个", (1, 2), False),
        ("选1和2", (1, 2), False),
        ("我要1和2", (1, 2), False),
        ("1和2都要", (1, 2), False),
        ("1和2两个", (1, 2), False),
        ("1、2、3", (1, 2, 3), False),
        ("1还有3", (1, 3), False),
        ("1和2都去", (1, 2), False),
        ("1和2请假", (1, 2), False),
        ("报名1和2", (1, 2), True),
        ("报名1、2", (1, 2), True),
        ("报1和3", (1, 3), True),
        ("我报名1和2", (1, 2), True),
        ("1和2都报", (1, 2), True),
        ("1、2都报名", (1, 2), True),
        ("1号和2号都报", (1, 2), True),
    ],
)
def test_several_numbers_are_several_answers(
    text: str, numbers: tuple[int, ...], signs_up: bool
) -> None:
    slots = one(recognise_several(said(text))).slots

    assert (slots.numbers, slots.signs_up) == (numbers, signs_up)
    assert all(r.strength is Strength.BARE for r in recognise_signup(said(text)))


@pytest.mark.parametrize(
    ("text", "heads"),
    [
        ("两个都请", 2),
        ("俩都请", 2),
        ("两个会都请假", 2),
        ("这两个都请个假", 2),
        ("三个都请", 3),
        ("2个都请假", 2),
        ("都请", None),
        ("都请假", None),
        ("全请假", None),
        ("几个会都请假", None),
        ("我两个都请", 2),
        ("两场都去不了", 2),
    ],
)
def test_leave_of_all_that_was_asked(text: str, heads: int | None) -> None:
    slots = one(recognise_several(said(text))).slots

    assert (slots.numbers, slots.heads) == ((), heads)


@pytest.mark.parametrize(
    "text", ["1到3月", "1号和2号", "我和他", "1和1", "两个都请客", "大家都请", "1点和2点", "12"]
)
def test_these_are_no_several_answers(text: str) -> None:
    assert recognise_several(said(text)) == []


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("出差", "出差"),
        ("我出差", "出差"),
        ("要出差", "出差"),
        ("因为出差", "出差"),
        ("家里有事", "家里有事"),
        ("家里来人了", "家里来人了"),
        ("孩子病了", "孩子病了"),
        ("老伴住院了", "老伴住院了"),
        ("腰疼", "腰疼"),
        ("腿脚不好", "腿脚不好"),
        ("血压高", "血压高"),
        ("要去医院复查", "去医院复查"),
        ("带孙子", "带孙子"),
        ("回老家", "回老家"),
        ("在外地", "外地"),
        ("走亲戚", "走亲戚"),
        ("下地收麦子", "下地收麦子"),
        ("单位加班", "单位加班"),
        ("值班走不开", "值班走不开"),
        ("没空", "没空"),
    ],
)
def test_a_reason_alone(text: str, reason: str) -> None:
    reading = one(recognise_reason(said(text)))

    assert (reading.slots.reason, reading.strength) == (reason, Strength.ANSWER)
    assert recognise_reason(said(text, private=False)) == []


@pytest.mark.parametrize(
    "text",
    [
        "好的",
        "没事",
        "孩子病了吗",
        "出差回来了",
        "家里有事请假",
        "吃了吗",
        "谢谢",
        "病好了",
        "你出差吗",
    ],
)
def test_that_is_no_reason(text: str) -> None:
    assert recognise_reason(said(text)) == []
