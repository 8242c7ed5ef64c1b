"""Who is there, on leave, takes back or says his name: classes of wording, Monday 16 November."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from bot.inbound import leaves
from bot.inbound.intents import Strength
from bot.inbound.parse import parse_line
from bot.inbound.presence import recognise_checkin_proxy
from bot.inbound.read import read
from handlers import INTENTS

NOW = "2026-11-16T09:30:00+08:00"


def _parse(text: str, *, private: bool = False) -> dict[str, dict[str, Any]]:
    chat = "private" if private else "group"
    actions = parse_line({"text": text, "chat": chat, "now": NOW}, INTENTS)["intents"]
    return {action.pop("intent"): action for action in actions}


def _names(text: str) -> dict[str, list[str] | None]:
    return {intent: slots.get("names") for intent, slots in _parse(text).items()}


OWN = [
    "签一下签一下，刚把孙子送到学校",
    "签到 迟到了三分钟不好意思",
    "签到 路上堵得动不了",
    "这就签到",
    "我人在最后一排坐着呢，记我一个到",
    "我正找车位呢，先签个到",
    "算我到",
    "前到，刚进门",
    "千个到",
    "签个道",
    "qian dao👌",
    "1. 签到\n2. 我先去搬椅子",
]
OTHERS: list[tuple[str, list[str]]] = [
    ("签到 王五 赵六 孙丽", ["王五", "赵六", "孙丽"]),
    ("签到：王五、赵六", ["王五", "赵六"]),
    ("王五 赵六 孙丽 签到", ["王五", "赵六", "孙丽"]),
    ("老李、老王全部签到", ["老李", "老王"]),
    ("老吴、老郑统统签到", ["老吴", "老郑"]),
    ("替二组签到：牟长贵、舒德芬，都坐后排了", ["牟长贵", "舒德芬"]),
    ("帮我们院的沈老太签到", ["沈老太"]),
    ("给对门单元的王大姐签个到", ["王大姐"]),
    ("帮财务科邱主任签一下，他在接电话", ["邱主任"]),
    ("替三组的老李和门卫小陈签到", ["老李", "小陈"]),
    ("我师傅到了，他不会弄手机，我给他签个到", ["师傅"]),
    ("柳阿婆在我旁边坐着呢，给她签个到", ["柳阿婆"]),
    ("把昨晚到场的贺老师、小冉补进签到", ["贺老师", "小冉"]),
    ("昨天的大会辛玉芳到了没签上，补一下", ["辛玉芳"]),
    ("贾主任的签到我来代，他在台上讲话呢", ["贾主任"]),
    ("老喻今天也来了，登记一下他签到", ["老喻"]),
    ("给聂护士长补录一下", ["聂护士长"]),
    ("黎叔和黎婶都到了，签到记一下二老", ["黎叔", "黎婶"]),
    ("签到(代 阮文斌)", ["阮文斌"]),
]
NOBODY_THERE = [
    "我们全部签到",
    "我们都签到了",
    "咱们几个一起签到",
    "到会的同志们，签到",
    "各位老师，签到",
    "到了的，签到",
    "没来的，签到",
    "签到用的笔放门口",
    "签到时记得带身份证",
    "签到二维码贴太高",
    "签到桌搬走",
    "签到后领材料",
    "明天先签到再领雨衣",
    "把老乔签成老桥了",
    "收到哈，我记到日历上了",
]
ON_LEAVE: list[tuple[str, dict[str, Any]]] = [
    ("情个假哈，腰扭了", {"reason": "腰扭"}),
    ("各位领导，我请个假", {}),
    ("大家好，明天我请个假，陪老伴复查", {"date": "2026-11-17", "reason": "陪老伴复查"}),
    ("能不能批我个假，明天厂里上大夜", {"date": "2026-11-17"}),
    ("昨天没来忘了说，补个假，客户临时来厂里", {"reason": "客户临时来厂里"}),
    ("卞老师崴了脚，托我跟支部请个假", {"names": ["卞老师"], "reason": "崴了脚"}),
    ("后天开会小雷出差来不了，让我给他请假", {"names": ["小雷"], "date": "2026-11-18"}),
    ("邵师傅跑长途没信号，他让我替他请今晚的假", {"names": ["邵师傅"]}),
    ("替隔壁老穆请假，他老伴住院", {"names": ["老穆"]}),
    ("周五支部大会石主任和老倪请假", {"names": ["石主任", "老倪"], "date": "2026-11-20"}),
    ("请假登记：包红英，外出培训", {"names": ["包红英"], "reason": "外出培训"}),
    ("下周二跟车去广西拉货，学习请假", {"reason": "跟车去广西拉货"}),
    ("告假～岳父过世", {"reason": "岳父过世"}),
    ("今晚走不开，要看店，请假一次", {"reason": "看店"}),
    ("今晚的会请假了各位", {}),
]
NOT_ON_LEAVE = [
    "请假 王五要来",
    "请假 老李也来了",
    "预报有雪，真下了我就请假",
    "只要下雨我就请假",
    "有事可以请假嘛",
    "你明天能来不，不能来趁早请假",
    "人家那天请假了",
    "这次没人请假",
    "请假3人",
    "小宝今天请假没去幼儿园",
]
TAKEN_BACK = [
    "发串群了，刚才那条别记",
    "上面那条我孙子乱按的，不作数",
    "发错了哈，当我没说",
    "咱那个假不请了，雪停了我过去",
    "我又能来了，假就不请了",
    "签到搞重复了，删掉一个",
    "我签重了，去掉一个",
    "请忽略上一条",
    "上一条作不得数",
    "刚才手一抖发出去了，撤",
]
NOT_TAKEN_BACK = ["这个错误可以忽略", "忽略了重要的事", "撤了撤了，太晒", "别记仇"]
SEVERAL: list[tuple[str, list[str]]] = [
    ("今天请假，夜班刚下；党费20已经扫码交了", ["leave", "dues_paid"]),
    ("上条请假发错了，我是周六请假不是周五", ["undo", "leave"]),
    ("上一条撤销，重新说：请假两天，跑趟老家", ["undo", "leave"]),
    ("签到，苗嫂子来不了，她婆婆摔了，让我给她请假", ["checkin", "leave"]),
    ("我跟科里小邵一块儿到的，都签一下", ["checkin", "checkin_proxy"]),
    ("「书记：到会的请签到」\n- - - - - -\n我，还有老郝", ["checkin", "checkin_proxy"]),
    ("1 签到\n2 3月党费30元交了", ["checkin", "dues_paid"]),
]


@pytest.mark.parametrize("text", OWN)
def test_the_writer_is_there(text: str) -> None:
    assert _names(text) == {"checkin": None}


@pytest.mark.parametrize(("text", "names"), OTHERS)
def test_others_are_there_and_not_the_writer(text: str, names: list[str]) -> None:
    assert _names(text) == {"checkin_proxy": names}


@pytest.mark.parametrize("text", NOBODY_THERE)
def test_nobody_is_checked_in(text: str) -> None:
    assert not _parse(text).keys() & {"checkin", "checkin_proxy"}


@pytest.mark.parametrize(("text", "slots"), ON_LEAVE)
def test_somebody_asks_leave(text: str, slots: dict[str, Any]) -> None:
    actions = _parse(text)

    assert list(actions) == ["leave"]
    assert actions["leave"].get("names") == slots.get("names")
    assert slots.get("reason", "") in actions["leave"].get("reason", "")
    assert actions["leave"].get("date") == slots.get("date", actions["leave"].get("date"))


@pytest.mark.parametrize("text", NOT_ON_LEAVE)
def test_nobody_asks_leave(text: str) -> None:
    assert "leave" not in _parse(text)


@pytest.mark.parametrize("text", TAKEN_BACK)
def test_it_is_taken_back(text: str) -> None:
    assert list(_parse(text)) == ["undo"]


@pytest.mark.parametrize("text", NOT_TAKEN_BACK)
def test_it_is_not_taken_back(text: str) -> None:
    assert "undo" not in _parse(text)


@pytest.mark.parametrize(("text", "intents"), SEVERAL)
def test_it_does_several_things(text: str, intents: list[str]) -> None:
    assert list(_parse(text)) == intents


def test_two_ask_leave_in_one_message() -> None:
    text = "我请假，孩子中考；老程也请假，他在外地"
    own, theirs = parse_line({"text": text, "chat": "group", "now": NOW}, INTENTS)["intents"]

    assert (own.get("names"), own["reason"]) == (None, "孩子中考")
    assert (theirs["names"], theirs["reason"]) == (["老程"], "他在外地")


@pytest.mark.parametrize(
    ("text", "intents"),
    [
        ("我叫钱小满，刚调过来的，签个到", ["bind_identity", "checkin"]),
        ("我是建材市场的柳春生，帮我查下党费交没交", ["bind_identity", "dues_query"]),
        ("我系麦志坚，三组嘅", ["bind_identity"]),
        ("我是来签到的", ["checkin"]),
    ],
)
def test_a_name_is_told_beside_something_else(text: str, intents: list[str]) -> None:
    assert list(_parse(text, private=True)) == intents


@pytest.mark.parametrize("text", ["张三、王五到了", "老王和老李都来了", "张三到了"])
def test_news_of_arrivals_is_bare(text: str) -> None:
    utterance = _read(text)
    (reading,) = recognise_checkin_proxy(utterance)

    assert reading.strength is Strength.BARE


@pytest.mark.parametrize("text", ["老婆到了", "快递到了", "张三到了吗", "春天到了", "张三王五到了"])
def test_news_of_others_is_none(text: str) -> None:
    assert recognise_checkin_proxy(_read(text)) == []


def test_an_absence_with_its_reason_is_bare_among_people() -> None:
    (reading,) = leaves.recognise_leave(_read("来不了了家里孩子发烧"))

    assert (reading.strength, reading.slots.reason) == (Strength.BARE, "家里孩子发烧")


@pytest.mark.parametrize("text", ["明天我不来了", "周六来不了，要带娃", "小孟来不了，加班"])
def test_an_absence_from_anything_is_none_among_people(text: str) -> None:
    assert leaves.recognise_leave(_read(text)) == []


def _read(text: str) -> Any:
    now = datetime.fromisoformat(NOW)
    return read(text, quoted=None, private=False, addressed=False, now=now)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("我到了，但是王五请假", {"checkin": (), "leave": ("王五",)}),
        ("我在现场，赵六有事请假", {"checkin": (), "leave": ("赵六",)}),
        ("已到，张三请假", {"checkin": (), "leave": ("张三",)}),
        (
            "我到了，还有王五和孙丽也到了，张三请假",
            {"checkin": (), "checkin_proxy": ("王五", "孙丽"), "leave": ("张三",)},
        ),
        ("我到了，老李没来", {"checkin": ()}),
        ("我没到，张伟4567到了", {"checkin_proxy": ("张伟4567",)}),
        ("王五到了赵六没到", {"checkin_proxy": ("王五",)}),
        ("小李没到，老周到了，我也到了", {"checkin": (), "checkin_proxy": ("老周",)}),
        ("我到了，你们在哪", {}),
        ("我到医院了，王五到家了", {}),
        ("老伴到了，我晚点", {}),
        ("王五没来，我也没来", {}),
    ],
)
def test_it_keeps_apart_what_is_said_of_each(
    text: str, expected: dict[str, tuple[str, ...]]
) -> None:
    utterance = read(
        text, quoted=None, private=False, addressed=False, now=datetime.fromisoformat(NOW)
    )

    found = {
        intent.name: reading.slots.names
        for intent in INTENTS
        if intent.name in ("checkin", "checkin_proxy", "leave")
        for reading in intent.recognise(utterance)
    }

    assert found == expected


def test_the_reason_of_one_is_not_that_of_the_other() -> None:
    now = datetime.fromisoformat(NOW)
    said = ("王五请假，孙丽住院请假", "王五有事请假，孙丽请假")
    utterances = [read(t, quoted=None, private=True, addressed=True, now=now) for t in said]

    found = [
        {r.slots.names: r.slots.reason for r in leaves.recognise_leave(utterance)}
        for utterance in utterances
    ]

    assert found == [{("王五",): None, ("孙丽",): "住院"}, {("王五",): "有事", ("孙丽",): None}]
