"""Secretaries' orders in free speech: whom it is told, what is set up, recorded, moved, called off.

Wednesday 11 March 2026, 10:00; said in private unless a line begins with @ (a group, mentioned) or
with # (a group, to nobody).
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from bot.inbound.intents import choose
from bot.inbound.parse import parse_line
from bot.inbound.parts import matches_of
from bot.inbound.read import read
from handlers import INTENTS

NOW = "2026-03-11T10:00:00+08:00"
Slots = dict[str, Any]

TOLD: list[tuple[str, Slots]] = [
    ("给大家捎个话，明天不用带材料了", {"title": "明天不用带材料了"}),
    ("跟支部群里说一声，后天的党课提前半小时", {"date": "2026-03-13"}),
    ("明天上午大扫除，八点社区门口，群里喊一下", {"date": "2026-03-12", "time": "08:00"}),
    ("周五下午三点查台账，你给大伙儿知会一声", {"date": "2026-03-13", "time": "15:00"}),
    ("推条消息：年检的车停北门", {"title": "年检的车停北门"}),
    ("这周的学习改到周日晚上七点，发个公告", {"date": "2026-03-15", "time": "19:00"}),
    ("把这段话转给大家：疫苗周六开打", {"title": "疫苗周六开打"}),
    ("通知下去，20号前交民主评议表", {"date": "2026-03-20"}),
    ("跟马国强和钱玉珍说一声，周六来拍照", {"names": ["马国强", "钱玉珍"]}),
    ("单独通知老李，下午来一趟", {"names": ["老李"]}),
    ("@小助手 转告各位，活动室钥匙在门卫", {"title": "活动室钥匙在门卫"}),
    ("@小助手 下午的培训改线上了，跟同志们说一声", {}),
    ("@小助手 通知一下请假的人补学", {"title": "补学", "some": "请假的人"}),
    ("通知支委明晚七点碰头", {"some": "支委", "time": "19:00"}),
    ("给第二党小组发个通知，周五下午清河道", {"some": "第二党小组"}),
    ("给没来的几位发条消息，把笔记补上", {"some": "没来的几位"}),
]
NOT_TOLD = [
    "讲个笑话",
    "通知收到",
    "通知我看了",
    "老李通知大家了吗",
    "谁通知的",
    "给我发个通知看看",
    "告诉我下次什么时候",
    "跟你说一声我到了",
    "给没交党费的同志发个提醒",
    "提醒大家交一下本月党费",
    "我跟大家说过了",
    "通知里写的几点",
    "#大家通知一下家里人",
    "#明天开会，跟各位说一声",
    "发早了，先撤了吧",
]
SET_UP: list[tuple[str, Slots]] = [
    (
        "后天上午十点在社区二楼开支部大会",
        {"title": "支部大会", "date": "2026-03-13", "time": "10:00", "place": "社区二楼"},
    ),
    ("支委会定在周五晚上七点", {"title": "支委会", "date": "2026-03-13", "time": "19:00"}),
    ("拟于3月20日下午2点召开组织生活会", {"title": "组织生活会", "date": "2026-03-20"}),
    (
        "下周二晚上七点党小组会，地点活动室，建一下",
        {"title": "党小组会", "date": "2026-03-17", "place": "活动室"},
    ),
    (
        "周六上午九点去养老院慰问，你挂出来，最多12个人",
        {"date": "2026-03-14", "time": "09:00", "count": 12},
    ),
    ("帮我约一场党课，3月19号下午三点", {"title": "党课", "date": "2026-03-19"}),
    ("整个活动：清理楼道，周日上午，要8个人", {"title": "清理楼道", "count": 8}),
    ("创建学习：条例解读，周四晚七点，阅览室", {"title": "条例解读", "place": "阅览室"}),
    ("发起报名：春季徒步，21号早八点，北门集合，名额30", {"title": "春季徒步", "count": 30}),
    ("把主题党日排进日程，16号下午三点", {"title": "主题党日", "date": "2026-03-16"}),
    ("@小助手 我要组织一次党课，周四下午两点，三楼", {"title": "党课", "place": "三楼"}),
    ("活动登记：观影，后天19:00，影剧院，票只有50张", {"date": "2026-03-13", "count": 50}),
]
NOT_SET_UP = [
    "今天不开会",
    "明天不开党课",
    "后天的党课我参加",
    "等名单出来再建活动吧",
    "建活动的格式是啥",
    "明天下午三点的支委会我请假",
    "消防演练加一个：夏侯明",
    "植树活动加上葛亮，他电话里报的",
    "昨天下午三点开了支部大会",
    "周五要不要开个支委会",
    "#后天上午十点在社区二楼开支部大会",
    "#明天3点开会，收到请回复",
    "请大家明天下午三点准时参加党员大会",
    "听说周五上午九点开党员大会",
]
RECORDED: list[tuple[str, Slots]] = [
    ("10号那次党课补进去，来了18个", {"title": "党课", "date": "2026-03-10", "count": 18}),
    ("昨天下午开了支委会，5个人都到了", {"title": "支委会", "date": "2026-03-10", "count": 5}),
    (
        "昨晚的党小组会写进台账，到了葛芳、老纪、陶师傅",
        {"title": "党小组会", "names": ["葛芳", "老纪", "陶师傅"]},
    ),
    (
        "上周三党小组会补记，老杨家，去了七个",
        {"title": "党小组会", "date": "2026-03-04", "place": "老杨家", "count": 7},
    ),
    (
        "刚散会，防火动员会，三十一个人，录一下",
        {"title": "防火动员会", "count": 31},
    ),
    (
        "补录3月1日上午九点学雷锋大会，影剧院，参会一百二十人",
        {"title": "学雷锋大会", "time": "09:00", "place": "影剧院", "count": 120},
    ),
    ("请将3月9日召开的支部委员会录入台账，出席：6人", {"title": "支部委员会", "count": 6}),
    ("前天在田头开的现场会存个档，到场33人", {"title": "现场会", "count": 33}),
    ("组织委员让把3月2日座谈会录了，12人，你录一下", {"title": "座谈会", "count": 12}),
    ("周一的主题党日记到台账里，二十二位同志参加", {"title": "主题党日", "date": "2026-03-09"}),
]
NOT_RECORDED = [
    "书记，星期日的会请假",
    "请假登记：包红英，3月9日，外出培训",
    "周一的学习给毛建国补个到",
    "昨天的大会辛玉芳到了没签上，补一下",
    "昨天的党课补上了",
    "党课视频补上了",
    "明天的支委会记一下",
    "昨天的支委会谁记录的",
    "补录3月2号到会情况：杭文、竺芳到了",
]
MOVED = [
    ("会推迟到周五", "event_move", {"title": "", "day": "2026-03-13"}),
    ("把周五的党小组会改到下周一晚上七点", "event_move", {"of": "2026-03-13"}),
    ("爬山改到下周日", "event_move", {}),
    ("把爬山挪到周六", "event_move", {}),
    ("红色观影改到周五晚上7点", "event_move", {}),
    ("骑行那天改成3月20日", "event_move", {}),
    ("爬山取消", "event_cancel", {}),
    ("爬山取消了", "event_cancel", {}),
    ("因为下雨，爬山取消了", "event_cancel", {}),
    ("春游黄了", "event_cancel", {}),
    ("主题党日挪到21号，地点改在三楼", "event_move", {"title": "主题党日", "place": "三楼"}),
    ("组织生活会延到下个月3号上午九点", "event_move", {"title": "组织生活会"}),
    ("支委会不开了", "event_cancel", {"title": "支委会"}),
    ("下午的会取消", "event_cancel", {"title": "", "of": "2026-03-11"}),
    ("明天的党课先不上了", "event_cancel", {"title": "党课", "of": "2026-03-12"}),
    ("书记出差，后天的支委会开不成了", "event_cancel", {"of": "2026-03-13"}),
    ("取消会议 3月13日", "event_cancel", {"title": "", "of": "2026-03-13"}),
    ("取消会议 3月13日的党课", "event_cancel", {"title": "党课", "of": "2026-03-13"}),
]
STAYS = [
    "会取消了吗",
    "公司会议取消了",
    "婚礼取消了",
    "大家说会不开了",
    "我改到周五去",
    "饭局改到周五",
    "取消报名",
    "通知大家支委会不开了",
    "#支委会不开了",
]


def _actions(text: str) -> list[Slots]:
    line = {
        "text": text.removeprefix("#"),
        "chat": "group" if text[0] in "@#" else "private",
        "mentioned": text.startswith("@"),
        "now": NOW,
    }
    actions: list[Slots] = parse_line(line, INTENTS)["intents"]
    return actions


def _chosen(text: str) -> list[Any]:
    utterance = read(
        text.removeprefix("#"),
        quoted=None,
        private=text[0] not in "@#",
        addressed=text[0] != "#",
        now=datetime.fromisoformat(NOW),
    )
    chosen, _ = choose(matches_of(utterance, INTENTS))
    return chosen


ORDERED = [
    *(("notice_send", *line) for line in TOLD),
    *(("event_create", *line) for line in SET_UP),
    *(("meeting_record", *line) for line in RECORDED),
]
NEAR_BY = [
    *(("notice_send", text) for text in NOT_TOLD),
    *(("event_create", text) for text in NOT_SET_UP),
    *(("meeting_record", text) for text in NOT_RECORDED),
]


@pytest.mark.parametrize(("intent", "text", "slots"), ORDERED, ids=[line[1] for line in ORDERED])
def test_it_does_what_is_ordered(intent: str, text: str, slots: Slots) -> None:
    [found] = _actions(text)

    assert found["intent"] == intent
    assert {name: found.get(name) for name in slots} == slots


@pytest.mark.parametrize(("intent", "text"), NEAR_BY, ids=[text for _, text in NEAR_BY])
def test_it_does_nothing_that_is_not_ordered(intent: str, text: str) -> None:
    assert intent not in [found["intent"] for found in _actions(text)]


@pytest.mark.parametrize(("text", "intent", "slots"), MOVED, ids=[line[0] for line in MOVED])
def test_it_moves_and_calls_off(text: str, intent: str, slots: Slots) -> None:
    [match] = _chosen(text)

    assert match.intent.name == intent
    read_slots = {name: getattr(match.reading.slots, name) for name in slots}
    assert {name: str(value) for name, value in read_slots.items()} == slots


@pytest.mark.parametrize("text", STAYS)
def test_it_moves_nothing_else(text: str) -> None:
    names = [match.intent.name for match in _chosen(text)]

    assert not {"event_move", "event_cancel"} & set(names)


def test_several_orders_in_one_message_are_read_one_by_one() -> None:
    found = _actions("1.补录2月15日支委会，6人到会\n2.发通知：周五下午三点党员大会\n3.催2月党费")

    assert [action["intent"] for action in found] == [
        "meeting_record",
        "notice_send",
        "remind_unpaid",
    ]
    assert found[1]["title"] == "周五下午三点党员大会"


def test_a_further_order_is_no_part_of_what_is_told() -> None:
    found = _actions("给全体发通知：周三下午三点学习；再催下二月党费")

    assert [action["intent"] for action in found] == ["notice_send", "remind_unpaid"]
    assert found[0]["title"] == "周三下午三点学习"
