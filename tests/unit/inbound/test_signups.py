"""Joining and withdrawing in people's own words: what is read, what is left alone; Monday 16 November."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from bot.inbound.parse import parse_line
from bot.inbound.read import read
from bot.inbound.signups import recognise_signup
from handlers import INTENTS

NOW = "2026-11-16T09:30:00+08:00"
Slots = dict[str, Any]

JOINED: list[tuple[str, Slots]] = [
    ("张三报名，李四报名", {"names": ["张三", "李四"]}),
    ("张三报名 李四也报名", {"names": ["张三", "李四"]}),
    ("我报名，李四也报名", {"names": ["李四"], "count": 2}),
    ("张三报一个，李四报一个，王五报一个", {"names": ["张三", "李四", "王五"]}),
    ("志愿清扫我报周六那场", {"date": "2026-11-21"}),
    ("义诊我报上午那班", {}),
    ("图书整理我报星期天的", {"date": "2026-11-22"}),
    ("我想报名元旦慰问孤老那个活动", {}),
    ("想报个名参加清明祭扫", {}),
    ("我想报名", {}),
    ("想报名周六的植树", {"date": "2026-11-21"}),
    ("我要报名重阳敬老", {}),
    ("消防演练我和小周一起报", {"names": ["小周"], "count": 2}),
    ("骑行我跟老郑一块报", {"names": ["老郑"], "count": 2}),
    ("巡逻我和阿旺都报上", {"names": ["阿旺"], "count": 2}),
    ("清河道那个我要去，写上我", {}),
    ("植树写我名字", {}),
    ("扫雪把我名字写上", {}),
    ("义诊把我写上", {}),
    ("慰问那个活动把我加进去", {}),
    ("抱个名，拔草那天有时间", {}),
    ("报个名，周六植树我有空", {"date": "2026-11-21"}),
    ("报名，正好那天我休息", {}),
    ("敬老院慰问我报名，还有我爱人", {"count": 2}),
    (
        "16号的座谈会，阿贵和阿强都参加，我替他俩报名",
        {"date": "2026-11-16", "names": ["阿贵", "阿强"]},
    ),
    ("打扫卫生我报名，三组老凌也报", {"names": ["老凌"], "count": 2}),
    ("接龙我不会用，直接帮我报上名吧", {}),
    ("扫码扫不上，给我报个名", {}),
    ("链接打不开，帮我报个名", {}),
    ("我不会填表，直接给我报名", {}),
    ("孩子放假有空了，周六植树算我一个", {"date": "2026-11-21"}),
    ("接完孩子有空，义诊我报名", {}),
    ("下午没课了，朗诵会我参加", {}),
    ("考完试了，周末的志愿服务算我一个", {"date": "2026-11-21/2026-11-22"}),
    ("带娃的班排开了，周日清扫我报名", {"date": "2026-11-22"}),
    ("合唱算我一个", {}),
    ("升旗仪式我报名", {}),
    ("参观博物馆报我们三个", {"count": 3}),
    ("秋游我们科四个人报名", {"count": 4}),
    ("周六志愿服务我能来，报名", {"date": "2026-11-21"}),
    ("社区清扫，加我", {}),
    ("添我一个，义务剪发", {}),
    ("也给我添上，周六的巡逻", {"date": "2026-11-21"}),
    ("周四那个讲座把我算上", {"date": "2026-11-19"}),
    ("爬山把我跟老崔算进去", {"names": ["老崔"], "count": 2}),
    ("帮厨我报名", {}),
    ("我也报", {}),
    ("跟着报一个", {}),
    ("报名+1", {}),
    ("我去参加周六的义诊", {"date": "2026-11-21"}),
    ("周六义诊我准时去", {"date": "2026-11-21"}),
    ("义务理发报名，带上我徒弟小龚", {"count": 2}),
    ("给我妈报一个，重阳节座谈", {"names": ["妈"]}),
    ("替我老伴也报一个名，敬老活动", {"names": ["老伴"]}),
    ("五组都报，一共六个人", {"count": 6}),
    ("我组报四个人，植树", {"count": 4}),
    ("谁不想去植树，我报名", {}),
    ("老李不会弄，帮他报个名", {"names": ["老李"]}),
    ("周日的义务剪发我报一个", {"date": "2026-11-22"}),
    ("我报个名去敬老院", {}),
    ("报我一个，扫楼道", {}),
    ("给我报上，扫楼道", {}),
    ("我和我媳妇都去植树，报名", {"count": 2}),
    ("代表三组报名，来五个人", {"count": 5}),
    ("我代我爱人报名参加健步走", {"names": ["爱人"]}),
    ("红色观影算上我", {}),
    ("观影给我留俩位", {"count": 2}),
    ("我愿意参加义务献血", {}),
    ("我参加周四下午的社区劝导", {"date": "2026-11-19"}),
    ("交通劝导算我，周四下午", {"date": "2026-11-19"}),
    ("插秧体验我报名，带孩子一起", {"count": 2}),
    ("带小孙子一起参加包粽子，报两个", {"count": 2}),
    ("包粽子我跟邻居刘婶都报名", {"names": ["刘婶"], "count": 2}),
    ("把老魏也报上", {"names": ["老魏"]}),
    ("顺便把我爱人也报进去", {}),
    ("报名：王建军，电话不变", {"names": ["王建军"]}),
    ("报名 王建军 李小红", {"names": ["王建军", "李小红"]}),
    ("我，报名！", {}),
    ("俺报名", {}),
    ("報名參加植樹", {}),
    ("baoming", {}),
    ("我要抱名", {}),
    ("冇问题，报名", {}),
    ("行，报名吧", {}),
    ("没问题，算我一个", {}),
    ("好嘞，我报名", {}),
    ("第一个报名！", {}),
    ("我先报名占个位", {}),
    ("重在参与，报名", {}),
    ("不怕苦不怕累，植树我报名", {}),
    ("虽然腿脚不好，清扫我还是报一个", {}),
    ("报名了哈，周六见", {"date": "2026-11-21"}),
    ("已报名", {}),
]
WITHDRAWN: list[tuple[str, Slots]] = [
    ("取消我周六的植树报名", {"date": "2026-11-21"}),
    ("把我周日巡逻的报名取消一下", {"date": "2026-11-22"}),
    ("取消我11月20日参观的报名", {"date": "2026-11-20"}),
    ("取消我的参观报名", {}),
    ("取消20号那个参观的报名", {"date": "2026-11-20"}),
    ("老丁腿疼，合唱的报名给他取消", {"names": ["老丁"]}),
    ("小邹怀孕了，健步走帮她退了吧", {"names": ["小邹"]}),
    ("王姐住院了，植树的报名替她取消掉", {"names": ["王姐"]}),
    ("报的义诊去不成了，给我划了吧", {}),
    ("清扫的名额让出来，我临时出差", {}),
    ("合唱我退了，嗓子不行", {}),
    ("报名撤了，谢谢", {}),
    ("我那个报名不作数了", {}),
    ("植树报名帮我销了", {}),
    ("前几天报的志愿者，去不了了，取消吧", {}),
    ("周六的志愿服务去不了，请把我的名字拿下来", {"date": "2026-11-21"}),
    ("之前报了名的徒步，膝盖不行，退了", {}),
    ("报名我不要了，让给别人吧", {}),
    ("报名取消两个，我和老伴都去不了", {}),
    ("把周姐从植树名单里划掉", {"names": ["周姐"]}),
    ("比赛我退赛", {}),
    ("不报名了，家里走不开", {}),
    ("原先报的名作废吧，我要带孙子", {}),
    ("周六植树我来不了了，名额给别人吧", {"date": "2026-11-21"}),
    ("植树报名退一下，那天要去医院", {}),
    ("不好意思，参观的名额退了吧", {}),
    ("请帮我撤销义诊的报名", {}),
    ("麻烦取消我和老伴的春游报名", {}),
    ("小谢不去了，她的报名取消", {"names": ["小谢"]}),
    ("帮小谢把报名退了", {"names": ["小谢"]}),
    ("我报的讲座退了", {}),
    ("我报名的那场讲座去不了了", {}),
    ("报了名的那个合唱不想参加了", {}),
    ("删掉我的报名", {}),
    ("我退出周六的清扫", {"date": "2026-11-21"}),
    ("周六清扫不参加了，取消报名，孩子发烧", {"date": "2026-11-21"}),
    ("合唱取消报名，嗓子发炎", {}),
]
TITLES = [
    ("植树写我名字", "植树"),
    ("义诊把我写上", "义诊"),
    ("爬山把我跟老崔算进去", "爬山"),
    ("我想报名元旦慰问孤老那个活动", "元旦慰问孤老"),
    ("志愿清扫我报周六那场", "志愿清扫"),
    ("参观博物馆报我们三个", "参观博物馆"),
    ("秋游我们科四个人报名", "秋游"),
    ("我报名包饺子", "包饺子"),
    ("取消我周日的志愿巡逻报名", "志愿巡逻"),
    ("之前报了名的徒步，膝盖不行，退了", "徒步"),
    ("替万师傅报个名，他也想去种树", "种树"),
    ("老丁腿疼，合唱的报名给他取消", "合唱"),
]
SILENT = [
    "帮厨我来",
    "我俩的春游都退了，家里老人病了",
    "观影我要两个位子",
    "还能报不，能的话报我一个",
    "还能报名吗",
    "请问现在报名还来得及吗",
    "老魏也要报，麻烦加一下",
    "抢个名额，植树",
    "我报过名了",
    "报名成功",
    "邓叔那个位子让给别人，他去不了",
    "删掉我",
    "怎样才能取消报名",
    "别取消我的报名",
    "不取消，我还去",
    "谁取消了我的报名",
    "报名被取消了？",
    "植树取消了吗",
    "活动取消了",
    "侄子报名了游泳班",
    "表弟报名考编，考了三回",
    "老同事报名了旅行团去桂林",
    "女婿报名学无人机，花了八千",
    "儿子给我报名了体检",
    "外甥女报名了舞蹈班，一学期三千",
    "周末钓鱼谁去，报名",
    "有人一起拼团买苹果吗，报名",
    "拼单买米算我一个",
    "加我一个，这牌局三缺一",
    "算我请客",
    "算我倒霉",
    "算我一份，奶茶谁点",
    "早知道我也报名了",
    "老李去我就报名",
    "想报名来着，一看满了",
    "本来想报名，膝盖不争气",
    "想报名的来找我",
    "开放报名，先到先得",
    "发起报名：登山，周六早上7点",
    "我签到的名字让人写错了啊",
    "我报的那个班老师换了",
    "要不要报名我再掂量掂量",
    "我还在犹豫报不报名",
    "公司团建活动算我一个",
    "健身房搞活动，算我一个",
]


def _read(text: str) -> list[Slots]:
    line = {"text": text, "chat": "group", "mentioned": False, "now": NOW}
    actions: list[Slots] = parse_line(line, INTENTS)["intents"]
    return actions


@pytest.mark.parametrize(
    ("intent", "text", "slots"),
    [
        *(("signup", *case) for case in JOINED),
        *(("signup_cancel", *case) for case in WITHDRAWN),
    ],
)
def test_it_reads_who_joins_or_withdraws(intent: str, text: str, slots: Slots) -> None:
    [found] = _read(text)

    assert found["intent"] == intent
    written = {name: found[name] for name in ("names", "date") if name in found}
    assert written == {name: slots[name] for name in ("names", "date") if name in slots}
    assert intent == "signup_cancel" or found.get("count") == slots.get("count")


@pytest.mark.parametrize(("text", "title"), TITLES)
def test_it_keeps_what_the_activity_is_called(text: str, title: str) -> None:
    [found] = _read(text)

    assert found["title"].removesuffix("那个活动") == title


@pytest.mark.parametrize("text", SILENT)
def test_it_neither_joins_nor_withdraws(text: str) -> None:
    assert not {"signup", "signup_cancel"} & {found["intent"] for found in _read(text)}


def test_who_withdraws_may_send_another() -> None:
    withdrawn, joined = _read("植树我退出，换老傅去，给他报上")

    assert (withdrawn["intent"], withdrawn["title"]) == ("signup_cancel", "植树")
    assert (joined["intent"], joined["names"]) == ("signup", ["老傅"])


def test_who_acknowledges_may_join_with_another() -> None:
    acknowledged, joined = _read("收到，算我一个，楼下老侯也去")

    assert acknowledged["intent"] == "receipt_ack"
    assert (joined["intent"], joined["names"], joined["count"]) == ("signup", ["老侯"], 2)


def test_the_numbers_of_a_list_are_no_values() -> None:
    found = _read("三件事\n1 签到\n2 二季度党费45交了\n3 周六的义剪算我一个")

    assert [one["intent"] for one in found] == ["checkin", "dues_paid", "signup"]
    assert (found[1]["amount"], found[2]["title"]) == ("45", "义剪")


@pytest.mark.parametrize(
    ("text", "titles"),
    [
        ("那个红色基地我报一个，植树也算我", ["红色基地", "植树"]),
        ("义诊我报名，植树我也参加", ["义诊", "植树"]),
        ("义诊我报名，我也参加", ["义诊"]),
    ],
)
def test_it_signs_up_for_each_that_is_named(text: str, titles: list[str]) -> None:
    utterance = read(
        text,
        quoted=None,
        private=True,
        addressed=True,
        now=datetime.fromisoformat(NOW),
    )

    assert [reading.slots.title for reading in recognise_signup(utterance)] == titles


BY_TITLE = {
    "报一下红色影院": "红色影院",
    "报一下红色影院观影": "红色影院观影",
    "给我报上红色影院": "红色影院",
    "帮我报一下爬山": "爬山",
    "报一下明天的义诊": "义诊",
    "我想报一个合唱": "合唱",
    "报一下人数": None,
    "报一下体温": None,
    "报一下姓名": None,
    "报一下数": None,
    "报一下进度": None,
    "报个警": None,
}


@pytest.mark.parametrize(("text", "title"), BY_TITLE.items(), ids=list(BY_TITLE))
def test_it_reads_what_is_joined_by_a_piece_of_its_title(text: str, title: str | None) -> None:
    now = datetime.fromisoformat(NOW)
    heard = read(text, quoted=None, private=True, addressed=True, now=now)

    assert [reading.slots.title for reading in recognise_signup(heard)] == [title] * bool(title)


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("退出明天的义诊", "义诊"),
        ("退出爬山", "爬山"),
        ("我要退出周六的爬山", "爬山"),
        ("退了植树", "植树"),
        ("退出群聊", None),
        ("退出义诊群", None),
        ("退出登录", None),
    ],
)
def test_it_reads_which_activity_is_left(text: str, title: str | None) -> None:
    line = {"text": text, "chat": "private", "sender_role": "member", "now": NOW}
    found = [a for a in parse_line(line, INTENTS)["intents"] if a["intent"] == "signup_cancel"]

    assert [one.get("title") for one in found] == [title] * bool(title)
