"""Dues, reminders and lists in the words of members and secretaries; Monday 16 November 2026."""

from __future__ import annotations

from typing import Any

import pytest

from bot.inbound.parse import parse_line
from handlers import INTENTS

NOW = "2026-11-16T09:30:00+08:00"
Actions = list[dict[str, Any]]


def paid(amount: str | None = None, *names: str, months: str = "") -> dict[str, Any]:
    return _action("dues_paid", amount=amount, names=list(names), months=months.split())


def asked(*names: str, months: str = "") -> dict[str, Any]:
    return _action("dues_query", names=list(names), months=months.split())


def reminded(*names: str, months: str = "") -> dict[str, Any]:
    return _action("remind_unpaid", names=list(names), months=months.split())


def _action(intent: str, **slots: Any) -> dict[str, Any]:
    return {"intent": intent, **{name: value for name, value in slots.items() if value}}


BY_MEMBERS: dict[str, Actions] = {
    "党费早给您了，怎么又问": [paid()],
    "我上个月的党费昨天就给会计了": [paid(months="2026-10")],
    "党费我明明交了咋还催我": [paid()],
    "党费都交过了为什么名单还有我": [paid()],
    "党费都交了怎么没开收据": [asked()],
    "张伟、李强两人的党费我替交了，各12": [paid("24", "张伟", "李强")],
    "我和老伴的党费都交了，各10块": [paid("20", "老伴")],
    "1-3月党费各15，已转": [paid("45", months="2026-01 2026-02 2026-03")],
    "帮车间老刘交了党费8块": [paid("8", "老刘")],
    "替隔壁单元的王阿姨交12块党费": [paid("12", "王阿姨")],
    "给楼上的赵大爷代交了10月党费6元": [paid("6", "赵大爷", months="2026-10")],
    "我爱人没带手机，她的党费我替她交了，10元": [paid("10", "爱人")],
    "老杨今天来不了，他的党费15块给我了": [paid("15", "老杨")],
    "老杨和老李来过，他的党费15块给我了": [paid("15")],
    "我10块，我老伴8块，党费转了": [paid("10"), paid("8", "老伴")],
    "王强的党费我交了12，我自己的也交了，12": [paid("12", "王强"), paid("12")],
    "一、11月党费12已转；二、我父亲谷文斌的8块也转了": [
        paid("12", months="2026-11"),
        paid("8", "谷文斌"),
    ],
    "党费35一起交了，10月和11月的": [paid("35", months="2026-10 2026-11")],
    "十月十一月党费24": [paid("24", months="2026-10 2026-11")],
    "十月、十一月党费每月12，交了": [paid("24", months="2026-10 2026-11")],
    "十月十一月党费24.6一块儿交了": [paid("24.6", months="2026-10 2026-11")],
    "党费塞给李书记了，15块": [paid("15")],
    "这个月党费递给组长老陈了": [paid(months="2026-11")],
    "党费我给老赵了，让他转交，12块": [paid("12")],
    "给老赵交了党费12块": [paid("12", "老赵")],
    "张伟 4567 党费3月30": [paid("30", "张伟4567", months="2026-03")],
    "党费 张伟4567 3月 30": [paid("30", "张伟4567", months="2026-03")],
    "帮张伟（尾号4567）交了3月党费30": [paid("30", "张伟4567", months="2026-03")],
    "帮张伟交了3月党费1200": [paid("1200", "张伟", months="2026-03")],
    "转：某市委下拨党费200万元支援灾区": [],
    "头一回交党费才两毛钱": [],
    "1985年交党费一角钱": [],
    "有钱的话我就把全年党费交了": [],
    "党费还没轮到我呢": [],
    "党费都两块四了还得催啊": [],
    "三季度老周缴清没有，党费的事": [
        asked("老周", months="2026-07 2026-08 2026-09"),
    ],
    "吴大姐党费交到几月了": [asked("吴大姐")],
    "老孙的党费交齐没": [asked("老孙")],
    "我党费交齐了没有": [asked()],
    "查查王芳欠不欠党费": [asked("王芳")],
    "打麻将三缺一，谁参加": [],
    "有谁报名了，结个伴": [],
    "那次报了名谁也没去": [],
}
BY_SECRETARIES: dict[str, Actions] = {
    "催下邓叔的党费": [reminded("邓叔")],
    "崔缴5、6月党费": [reminded(months="2026-05 2026-06")],
    "欠党费的都戳一下": [reminded()],
    "提醒老穆、花姐把党费补上": [reminded("老穆", "花姐")],
    "小尹、老窦两个人党费拖着呢，提醒他们": [reminded("小尹", "老窦")],
    "谁党费没清的你私下提醒一下": [reminded()],
    "请对未缴纳第二季度党费的党员进行提醒": [reminded(months="2026-04 2026-05 2026-06")],
    "给欠党费的都发一遍催缴通知": [reminded()],
    "转账单发您私信了，党费": [],
    "党费收缴明细汇总一下": [{"intent": "stats_query"}],
    "三季度党费都交齐没有": [_action("stats_query", months=["2026-07", "2026-08", "2026-09"])],
    "植树报名的有几个了": [{"intent": "stats_query"}],
    "列一下2月份请假的人": [_action("stats_query", months=["2026-02"])],
    "看看9、10两个月哪些人没交党费": [_action("stats_query", months=["2026-09", "2026-10"])],
    "周三的义诊有几个报了名": [_action("stats_query", date="2026-11-18")],
    "谁没看通知": [{"intent": "stats_query"}],
    "通知谁还没看": [{"intent": "stats_query"}],
    "怎么确认党费": [{"intent": "help"}],
    "怎么教你": [{"intent": "help"}],
}
_SCORED = {
    "dues_paid": ("amount", "months", "names"),
    "dues_query": ("months", "names"),
    "remind_unpaid": ("months", "names"),
    "stats_query": ("months", "date"),
}


def _read(text: str, role: str, chat: str) -> Actions:
    line = {"text": text, "chat": chat, "sender_role": role, "now": NOW}
    found = parse_line(line, INTENTS)["intents"]
    return [
        _action(one["intent"], **{k: one.get(k) for k in _SCORED.get(one["intent"], ())})
        for one in found
    ]


@pytest.mark.parametrize(("text", "actions"), BY_MEMBERS.items(), ids=list(BY_MEMBERS))
def test_it_reads_members_on_dues(text: str, actions: Actions) -> None:
    assert _read(text, "member", "group") == actions


@pytest.mark.parametrize(("text", "actions"), BY_SECRETARIES.items(), ids=list(BY_SECRETARIES))
def test_it_reads_secretaries_on_dues_and_lists(text: str, actions: Actions) -> None:
    assert _read(text, "secretary", "private") == actions


@pytest.mark.parametrize(
    ("text", "odd"),
    {
        "党费 13月 30": "13月",
        "党费 十三月 30": "十三月",
        "党费 3-2月 30": "3-2月",
        "党费 0月 30": "0月",
        "党费 3月 -15": "-15",
        "3月党费：-15": "-15",
        "党费 3月 负15": "负15",
        "党费 3月 0元": "0",
        "党费 11-1月 30": None,
        "党费-3月-30元": None,
        "党费 3月15": None,
        "2026-3月党费30": None,
        "党费 10月 30.0": None,
    }.items(),
)
def test_it_sees_what_is_no_month_and_no_amount(text: str, odd: str | None) -> None:
    line = {"text": text, "chat": "private", "sender_role": "member", "now": NOW}
    found = parse_line(line, INTENTS)["intents"]
    assert [one["intent"] for one in found] == ["dues_paid"]
    assert (found[0].get("odd_month") or found[0].get("odd_amount")) == odd
