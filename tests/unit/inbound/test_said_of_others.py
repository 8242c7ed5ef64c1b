"""What a secretary enters for people who are named: it is theirs, never the sender's.

Said to the bot in private on Monday, 16 November 2026, 9:30.
"""

from __future__ import annotations

from typing import Any

import pytest

from bot.inbound.parse import parse_line
from handlers import INTENTS

Slots = dict[str, Any]


def read(text: str) -> list[Slots]:
    line = {"text": text, "now": "2026-11-16T09:30:00+08:00", "chat": "private"}
    found: list[Slots] = parse_line(line, INTENTS)["intents"]
    return found


def said(intent: str, names: str, **slots: Any) -> Slots:
    return {"intent": intent, "names": names.split("、"), **slots}


OCTOBER, SEPTEMBER = ["2026-10"], ["2026-09"]
DUES_OF_OTHERS: list[tuple[str, Slots]] = [
    ("入账 王五 11月 15", said("dues_paid", "王五", months=["2026-11"], amount="15")),
    ("收款：张桂兰，10月党费，20元", said("dues_paid", "张桂兰", months=OCTOBER, amount="20")),
    ("记党费：冯师傅，三季度，30元", said("dues_paid", "冯师傅", amount="30")),
    ("到账|缑师傅|9月党费|8块5", said("dues_paid", "缑师傅", months=SEPTEMBER, amount="8.5")),
    ("党费登记：王五、李四 11月 各15", said("dues_paid", "王五、李四", amount="30")),
    ("进账一笔，赵大娘，党费，壹拾贰元", said("dues_paid", "赵大娘", amount="12")),
    ("党费收讫 银大姐 三季度 月均5元", said("dues_paid", "银大姐", amount="15")),
    ("给李桂花记一笔党费，15，10月的", said("dues_paid", "李桂花", months=OCTOBER, amount="15")),
    ("替赵老四入个账：党费12块，9月", said("dues_paid", "赵老四", months=SEPTEMBER, amount="12")),
    ("为孙大爷登一份党费，六块，10月", said("dues_paid", "孙大爷", months=OCTOBER, amount="6")),
    ("给王五补一笔党费，20元，9月份", said("dues_paid", "王五", months=SEPTEMBER, amount="20")),
    ("跟周阿姨记个账，党费11元，10月", said("dues_paid", "周阿姨", months=OCTOBER, amount="11")),
    ("早上赵大娘送来10月党费10块", said("dues_paid", "赵大娘", months=OCTOBER, amount="10")),
    ("早上孙丽捎来10月党费10块", said("dues_paid", "孙丽", months=OCTOBER, amount="10")),
    ("刚才赵六拿来十月党费15", said("dues_paid", "赵六", months=OCTOBER, amount="15")),
    ("李四递给我10月党费8元", said("dues_paid", "李四", months=OCTOBER, amount="8")),
    ("张老三托人捎来九月党费八块", said("dues_paid", "张老三", months=SEPTEMBER, amount="8")),
    ("钱师傅上门交来十月党费，6元", said("dues_paid", "钱师傅", months=OCTOBER, amount="6")),
    ("昨天冯大伯把9月党费递给我了，7元", said("dues_paid", "冯大伯", months=SEPTEMBER)),
    ("一组的李四给了我10月党费15", said("dues_paid", "李四", months=OCTOBER, amount="15")),
    ("刚刚胡二嫂带过来10月的党费十三块", said("dues_paid", "胡二嫂", months=OCTOBER, amount="13")),
    ("钱大伯委托女儿送来10月党费10元", said("dues_paid", "钱大伯", months=OCTOBER, amount="10")),
    ("王桂芝的党费收到了，15块", said("dues_paid", "王桂芝", amount="15")),
    ("老杨的当费已到手，9元", said("dues_paid", "老杨", amount="9")),
    ("何大妈的10月党费到账了，12元", said("dues_paid", "何大妈", months=OCTOBER, amount="12")),
    ("秦师傅的十月党费是我垫的，15元", said("dues_paid", "秦师傅", months=OCTOBER, amount="15")),
    ("许大爷9月的党费我先替他交了，8块", said("dues_paid", "许大爷", months=SEPTEMBER)),
    ("小吕的10月党费我给她垫上了，10元", said("dues_paid", "小吕", months=OCTOBER, amount="10")),
]
ASKED_OF_OTHERS: list[tuple[str, Slots]] = [
    ("翻一下王五的党费明细", said("dues_query", "王五")),
    ("把李桂花交党费的记录调出来", said("dues_query", "李桂花")),
    ("想看看赵大爷今年的党费流水", said("dues_query", "赵大爷")),
    ("查查孙丽的党费账", said("dues_query", "孙丽")),
    ("给我瞧瞧老周的党费底子", said("dues_query", "老周")),
    ("拉一下陈大妈10月党费的缴纳情况", said("dues_query", "陈大妈", months=OCTOBER)),
    ("王五差着几个月呢", said("dues_query", "王五")),
    ("李四落下几个月没缴", said("dues_query", "李四")),
    ("王五还欠几个月", said("dues_query", "王五")),
    ("赵大爷一共落下几个月没交", said("dues_query", "赵大爷")),
    ("老周欠到几月了", said("dues_query", "老周")),
    ("查下李桂花差几个月", said("dues_query", "李桂花")),
    ("孙丽到底拖了几个月的党费", said("dues_query", "孙丽")),
    ("钱大娘10月党费有没有漏的", said("dues_query", "钱大娘", months=OCTOBER)),
    ("王五最近一次交党费是哪个月", said("dues_query", "王五")),
    ("李桂花的党费记录给我看一眼", said("dues_query", "李桂花")),
    ("王五三季度党费缴齐没缴齐", said("dues_query", "王五")),
]
LEAVE_OF_OTHERS: list[tuple[str, Slots]] = [
    ("11月20日 张桂兰 回老家 请假", said("leave", "张桂兰", date="2026-11-20", reason="回老家")),
    ("下周三，李四住院，按请假处理", said("leave", "李四", date="2026-11-25", reason="住院")),
    ("11.20到11.22 王五外出务工 请假备案", said("leave", "王五", date="2026-11-20/2026-11-22")),
    ("周五 赵大娘走亲戚 请假", said("leave", "赵大娘", date="2026-11-20", reason="走亲戚")),
    ("明天，孙师傅修房顶，记请假", said("leave", "孙师傅", date="2026-11-17", reason="修房顶")),
    ("王五发微信说明天来不了，你给他请个假", said("leave", "王五", date="2026-11-17")),
    ("赵大娘家里人讲她周三到不了，给请个假", said("leave", "赵大娘", date="2026-11-18")),
    ("老周刚打电话讲周五的会赶不来，麻烦你请个假", said("leave", "老周", date="2026-11-20")),
    ("李桂花托人捎信明天来不成，请个假", said("leave", "李桂花", date="2026-11-17")),
    ("钱师傅给我留言后天不能到，替他请假", said("leave", "钱师傅", date="2026-11-18")),
    ("王五、李四同赵六明天请假", said("leave", "王五、李四、赵六", date="2026-11-17")),
    ("冯大伯和何大妈今晚请假", said("leave", "冯大伯、何大妈")),
    ("王五讲他周五去不成，请个假吧", said("leave", "王五", date="2026-11-20")),
    ("张三李四都请假，明天下乡", said("leave", "张三、李四", date="2026-11-17")),
    ("老周跟老杨后天都请假", said("leave", "老周、老杨", date="2026-11-18")),
    ("你帮王五请个假，后天，修屋顶", said("leave", "王五", date="2026-11-18", reason="修屋顶")),
    (
        "想替赵大娘请两天假，18号到19号，看孙子",
        said("leave", "赵大娘", date="2026-11-18/2026-11-19"),
    ),
    (
        "打算给孙师傅请个假，周五，喝喜酒",
        said("leave", "孙师傅", date="2026-11-20", reason="喝喜酒"),
    ),
    (
        "给赵大娘请假 周五党课她要去复查",
        said("leave", "赵大娘", date="2026-11-20", reason="去复查"),
    ),
]
SIGNED_FOR: list[tuple[str, Slots]] = [
    ("昨天的党课漏了王五，给补个签到", said("checkin_proxy", "王五", date="2026-11-15")),
    ("上周三的会把李四忘了，帮加上签到", said("checkin_proxy", "李四", date="2026-11-11")),
    ("11月10日例会少记了老周，添个签到", said("checkin_proxy", "老周", date="2026-11-10")),
    ("前天的学习没算赵大娘 请补个签到", said("checkin_proxy", "赵大娘", date="2026-11-14")),
    ("周四的会把孙师傅落下了，记他一个签到", said("checkin_proxy", "孙师傅", date="2026-11-12")),
    ("昨天组会丢了何大妈，给打个签到", said("checkin_proxy", "何大妈", date="2026-11-15")),
    ("前天的党课，王五和李四补签", said("checkin_proxy", "王五、李四", date="2026-11-14")),
    ("上周四那场 老周同老杨要补签", said("checkin_proxy", "老周、老杨", date="2026-11-12")),
    (
        "10号的例会，钱师傅、冯大伯都补个签到",
        said("checkin_proxy", "钱师傅、冯大伯", date="2026-11-10"),
    ),
    ("昨天签到把王五漏掉了，补一下", said("checkin_proxy", "王五", date="2026-11-15")),
    ("例会补签的有王五、老周", said("checkin_proxy", "王五、老周")),
    ("昨天例会补签名单：王五 李四", said("checkin_proxy", "王五、李四", date="2026-11-15")),
    (
        "党课迟签人员，前天那次：老周、何大妈",
        said("checkin_proxy", "老周、何大妈", date="2026-11-14"),
    ),
    ("以下几位签到\n王五\n和平\n李大妈", said("checkin_proxy", "王五、和平、李大妈")),
    ("实到的请签到：\n建设\n赵六\n老周", said("checkin_proxy", "建设、赵六、老周")),
]
STUDIED: list[tuple[str, Slots]] = [
    ("王五心得写完了", said("study_done", "王五", title="心得")),
    ("赵大娘和钱师傅的读书笔记昨天写好了", said("study_done", "赵大娘、钱师傅", date="2026-11-15")),
    ("孙师傅廉政专题片看完了，你记一下", said("study_done", "孙师傅", title="廉政专题片")),
    ("王五和老周的党课笔记都交了", said("study_done", "王五、老周", title="党课笔记")),
    ("老周微党课第三讲听完了", said("study_done", "老周", title="微党课第三讲")),
]
PUT_DOWN: list[tuple[str, Slots]] = [
    ("王五托我帮他报周六植树", said("signup", "王五", title="植树", date="2026-11-21")),
    ("帮我老伴报剪纸课，周五那场", said("signup", "老伴", title="剪纸课", date="2026-11-20")),
    ("赵大娘叫我给她报个太极班", said("signup", "赵大娘", title="太极班")),
    ("替老周报22号义诊", said("signup", "老周", title="义诊", date="2026-11-22")),
    ("把李四加到合唱的队伍里", said("signup", "李四", title="合唱")),
    ("麻烦将何大妈列进徒步的名单里", said("signup", "何大妈", title="徒步")),
    ("帮我把钱师傅也写到采摘的报名表上", said("signup", "钱师傅", title="采摘")),
]


@pytest.mark.parametrize(
    ("text", "slots"),
    [*DUES_OF_OTHERS, *ASKED_OF_OTHERS, *LEAVE_OF_OTHERS, *SIGNED_FOR, *STUDIED, *PUT_DOWN],
)
def test_what_is_said_of_somebody_named_is_his(text: str, slots: Slots) -> None:
    (action,) = read(text)

    assert {key: action.get(key) for key in slots} == slots


@pytest.mark.parametrize(
    ("text", "first", "slots"),
    [
        ("王五10月党费15块交来了，植树他也参加", "dues_paid", said("signup", "王五", title="植树")),
        ("赵大娘明天请假，合唱她照样报名", "leave", said("signup", "赵大娘", title="合唱")),
        ("李四心得写完了，义诊算他一个", "study_done", said("signup", "李四", title="义诊")),
        (
            "给老周补签到，顺道催催10月党费",
            "checkin_proxy",
            {"intent": "remind_unpaid", "months": OCTOBER},
        ),
        ("我签到，捎带替王五签", "checkin", said("checkin_proxy", "王五")),
        ("本人签到，一并代老周和何大妈签", "checkin", said("checkin_proxy", "老周、何大妈")),
    ],
)
def test_the_second_half_is_an_action_of_its_own(text: str, first: str, slots: Slots) -> None:
    one, other = read(text)

    assert one["intent"] == first
    assert {key: other.get(key) for key in slots} == slots
    assert "names" in slots or "names" not in other


@pytest.mark.parametrize(
    "text",
    [
        "我10月党费交了15",
        "王书记，我10月党费15交了",
        "明天王医生门诊 请假",
        "党费15已转给王五",
        "10月党费15，交给赵大娘了",
    ],
)
def test_what_is_the_senders_stays_his(text: str) -> None:
    (action,) = read(text)

    assert "names" not in action


@pytest.mark.parametrize("text", ["党费王五大概15", "11月党费王五差不多15", "王五11月党费约20"])
def test_about_so_much_is_no_sum(text: str) -> None:
    assert read(text) == []
