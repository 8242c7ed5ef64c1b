"""What secretaries ask of the bot in bare nouns, thin verbs, letters and fields.

Said to the bot in private on Monday, 16 November 2026, 9:30.
"""

from __future__ import annotations

from typing import Any

import pytest

from bot.inbound.parse import parse_line
from handlers import INTENTS

Slots = dict[str, Any]


def read(text: str, chat: str = "private") -> list[Slots]:
    line = {"text": text, "now": "2026-11-16T09:30:00+08:00", "chat": chat}
    found: list[Slots] = parse_line(line, INTENTS)["intents"]
    return found


def an(intent: str, **slots: Any) -> Slots:
    return {"intent": intent, **slots}


OCTOBER = ["2026-10"]
REMINDED = [
    ("王五那儿你去催催，10月的还空着", an("remind_unpaid", names=["王五"], months=OCTOBER)),
    ("赵大娘那边提醒一下，10月党费没影", an("remind_unpaid", names=["赵大娘"], months=OCTOBER)),
    ("老周家里麻烦催一声，上月党费没交", an("remind_unpaid", names=["老周"], months=OCTOBER)),
    ("李四和孙丽这里催一催，10月还没缴", an("remind_unpaid", names=["李四", "孙丽"])),
    ("给没给钱的几位捎个话，10月党费", an("remind_unpaid", months=OCTOBER)),
    ("跟还欠着的几户招呼一声，10月党费", an("remind_unpaid", months=OCTOBER)),
    ("10月党费还没动静的，你知会一声", an("remind_unpaid", months=OCTOBER)),
    ("对没交党费的念叨一遍，周五截止", an("remind_unpaid", date="2026-11-20")),
    ("你吱个声，党费还差着的那些", an("remind_unpaid")),
    ("10月党费没到账的人敲打一下", an("remind_unpaid", months=OCTOBER)),
    ("推一条交费提醒，10月的，25号截止", an("remind_unpaid", months=OCTOBER, date="2026-11-25")),
    ("发个党费提示，上个月的", an("remind_unpaid", months=OCTOBER)),
    ("给王五来条催缴短信，10月", an("remind_unpaid", names=["王五"], months=OCTOBER)),
    ("10月没交的麻烦再喊一声", an("remind_unpaid", months=OCTOBER)),
    ("群发缴费提示，10月份的", an("remind_unpaid", months=OCTOBER)),
]
COUNTED = [
    ("10月党费总额", an("stats_query", months=OCTOBER)),
    ("给我10月党费的欠缴名册", an("stats_query", months=OCTOBER)),
    ("要一张上个月的缺勤表", an("stats_query", months=OCTOBER)),
    ("10月一共收了多少党费", an("stats_query", months=OCTOBER)),
    ("10月出勤情况整理给我", an("stats_query", months=OCTOBER)),
    ("党费收到什么程度了", an("stats_query")),
    ("10月党费收了几成", an("stats_query", months=OCTOBER)),
    ("九月未交党费人员名册", an("stats_query", months=["2026-09"])),
    ("10月出勤前三名是谁", an("stats_query", months=OCTOBER)),
    ("植树报了几个", an("stats_query")),
    ("义诊有几个报的", an("stats_query")),
    ("现在签到几位了", an("stats_query")),
]
SPELLED = [
    ("shei mei jiao dangfei", an("stats_query")),
    ("hai you shei mei qiandao", an("stats_query")),
    ("duoshao ren baoming le", an("stats_query")),
    ("cuijiao dangfei", an("remind_unpaid")),
    ("tixing jiao dangfei", an("remind_unpaid")),
    ("qunfa 明天下午3点二楼开会", an("notice_send", date="2026-11-17", time="15:00")),
    ("tongzhi：周五停水", an("notice_send", title="周五停水")),
    ("bulu huiyi 昨天9点 例会 到12人", an("meeting_record", title="例会", count=12)),
    ("jian huodong 周六8点 植树 河堤", an("event_create", title="植树", date="2026-11-21")),
]
TOLD = [
    ("给入党积极分子王五捎个通知：周五下午三点来填表", an("notice_send", names=["王五"])),
    ("兹通知：周五下午三点全体同志到礼堂集合", an("notice_send", date="2026-11-20")),
    ("转发给第二党小组：今晚停水，提前接水", an("notice_send", title="今晚停水，提前接水")),
    ("发送给流动党员：20号前传一张照片", an("notice_send", date="2026-11-20")),
    ("致退休党员：周四上午九点体检", an("notice_send", date="2026-11-19", time="09:00")),
    ("群发通知：礼堂停电，党课换到小学操场，晚上7点", an("notice_send", place="小学操场")),
    ("发通知：集合点调整为东门岗亭，周日8点", an("notice_send", place="东门岗亭")),
    ("通知大家：例会移到老祠堂，周五下午3点", an("notice_send", place="老祠堂")),
]
SET_UP = [
    (
        "录一项活动预告：11月30日上午9点，茶话会，老祠堂",
        an("event_create", title="茶话会", date="2026-11-30"),
    ),
    (
        "登记一个会议计划：12月2日下午三点，恳谈会，二楼",
        an("event_create", title="恳谈会", date="2026-12-02"),
    ),
    ("录个培训日程：周五上午十点，消防班，水塔旁", an("event_create", place="水塔旁")),
    (
        "记一下活动安排：20号上午九点，包饺子，老食堂",
        an("event_create", title="包饺子", date="2026-11-20"),
    ),
    (
        "上新：剪纸班，周三晚上7点，供销社楼上，可收20位",
        an("event_create", count=20, place="供销社楼上"),
    ),
    ("新会！恳谈会，20号晚上7点，老戏院", an("event_create", title="恳谈会", place="老戏院")),
    ("又来一场合唱：22号下午4点，老码头，18位封顶", an("event_create", title="合唱", count=18)),
    ("预告上墙：徒步，21号早8点，北门岗亭", an("event_create", title="徒步", date="2026-11-21")),
    ("把采摘列到日程里，周六上午，果园，容得下12位", an("event_create", title="采摘", count=12)),
    ("在平台里添上恳谈会，26号下午三点，老戏院", an("event_create", place="老戏院")),
    (
        "在后台建个剪纸课，22号下午4点，供销社楼上",
        an("event_create", title="剪纸课", place="供销社楼上"),
    ),
    ("建剪纸课，周五下午4点，供销社楼上", an("event_create", title="剪纸课", place="供销社楼上")),
    ("发布恳谈会：25日上午九点 西头小间", an("event_create", title="恳谈会", place="西头小间")),
]
RECORDED = [
    (
        "前天的恳谈会备个案，下午三点，老祠堂，20人到场",
        an("meeting_record", title="恳谈会", count=20),
    ),
    (
        "会议造册：昨天上午十点，老戏院，座谈会，签到的26人",
        an("meeting_record", title="座谈会", count=26),
    ),
    ("会议留底：昨晚7点，祠堂，读书会，签到24人", an("meeting_record", title="读书会", count=24)),
    (
        "誊一下上周三的座谈会，总共15位，老祠堂",
        an("meeting_record", title="座谈会", date="2026-11-11", count=15),
    ),
    ("登记上周五的读书会，到的26个", an("meeting_record", title="读书会", count=26)),
    ("补录昨天例会，出席的18位", an("meeting_record", title="例会", count=18)),
    ("补录前天座谈会，听的40个", an("meeting_record", title="座谈会", count=40)),
    ("补录前天座谈会，出席：王五、我、李四", an("meeting_record", names=["王五", "李四"])),
    ("登记昨天的例会，到场的有老周和我以及赵大娘", an("meeting_record", names=["老周", "赵大娘"])),
    ("补记昨天读书会，在场的：我、王五还有孙丽", an("meeting_record", names=["王五", "孙丽"])),
]
NOT_WRONG_IN_THE_BOOKS = [
    ("例会的钟点我搞错了，查查究竟几点", an("meeting_query")),
    ("党日的地方我记岔了，在哪儿集合", an("meeting_query")),
    ("我把开会时间看错了，是哪天", an("meeting_query")),
    ("日子弄错了，党课到底几号", an("meeting_query")),
    ("我把党课时间记成三点了，究竟几点", an("meeting_query")),
    ("植树的集合点我听反了，究竟在哪里", an("meeting_query")),
    ("座谈会的时间我搞混了，星期几开", an("meeting_query")),
    ("退回去一步，刚登的人数写反了", an("undo")),
    ("往回倒一步，才记的日子填错了", an("undo")),
    ("抹掉刚记的那条，金额按错了", an("undo")),
    ("最后一笔划掉，名字张冠李戴了", an("undo")),
]


@pytest.mark.parametrize(
    ("text", "slots"),
    [*REMINDED, *COUNTED, *SPELLED, *TOLD, *SET_UP, *RECORDED, *NOT_WRONG_IN_THE_BOOKS],
)
def test_an_order_in_other_words_is_read(text: str, slots: Slots) -> None:
    (action,) = read(text)

    assert {key: action.get(key) for key in slots} == slots


@pytest.mark.parametrize(
    ("text", "intents"),
    [
        ("建个后天上午十点的恳谈会，老祠堂，接着群发一条请按点到", ["event_create", "notice_send"]),
        ("建个周五下午三点的座谈会，礼堂，完了发通知提醒大家", ["event_create", "notice_send"]),
        (
            "建剪纸活动，24号早8点，河堤；上周五的例会也补录，26人",
            ["event_create", "meeting_record"],
        ),
    ],
)
def test_each_order_keeps_its_own_day(text: str, intents: list[str]) -> None:
    assert [action["intent"] for action in read(text)] == intents


@pytest.mark.parametrize(
    "text",
    [
        "别人请假都得厂长点头，谁敢乱跑",
        "请假还得看脸色",
        "请假这事得跟组长说一声，别自己跑",
        "请了一周事假，回来一堆活",
        "组长把人数数清楚报我",
        "上回植树报名挤破了头",
        "老王前几年补了三年党费",
        "如今的年轻人请假眼都不眨",
        "请了三天假回来累死了",
        "请了五天病假反而更累",
        "歇了两天病假，腰还是疼",
        "老支书签到写错了自己的名字，笑了半天",
        "去年签到我都打头阵，如今走不动了",
        "前次采摘报名挤破头",
        "领药要先报到，跑断腿",
        "有心报名学书法，手太笨",
        "有意报名考电工证，又怕考不过",
        "老周，党费哪天有空拿过来？",
        "赵大娘，党费几时给我？",
        "小孙，你党费怎么还搁着，啥时补上？",
        "楼长清点好人数散会报我",
        "组长都问一问谁肯去，汇总后报我",
        "党费缴多少看税后，吃不准找财务",
        "党费怎么算写在墙上了，学生两毛",
        "老周前年一口气补了两年党费，脸不红心不跳",
    ],
)
def test_talk_among_people_is_none(text: str) -> None:
    assert read(text, chat="group") == []


def test_a_day_that_may_be_to_come_is_not_written_as_one_of_last_year() -> None:
    assert read("登记座谈会，11月30日下午三点，老茶馆") == []
    assert read("补录座谈会，12月3日下午三点，老茶馆，12人")[0]["date"] == "2025-12-03"


@pytest.mark.parametrize(
    "text",
    [
        "新建任务 整理台账 11月25日",
        "添加网格走访 11月20日 王五家",
        "登记预约 王五 11月20日体检",
        "设免打扰 晚上9点到早上8点",
    ],
)
def test_what_is_no_gathering_is_not_set_up(text: str) -> None:
    assert "event_create" not in {action["intent"] for action in read(text)}
