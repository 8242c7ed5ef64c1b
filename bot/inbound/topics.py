"""What a sentence is about, among the things the bot keeps."""

from __future__ import annotations

from enum import Enum

from bot.inbound.patterns import one_of_each
from bot.inbound.surnames import COMPOUND, SURNAMES


class Topic(Enum):
    """A ledger people speak of; the value is its short name for people."""

    CHECKIN = "签到"
    ATTENDANCE = "出勤"
    LEAVE = "请假"
    DUES = "党费"
    SIGNUP = "报名"
    RECEIPT = "回执"
    STUDY = "学习"
    STUDIED = "学完"
    MEETING = "会议"
    NOTICE = "通知"
    TASKS = "待办"
    POINTS = "积分"
    PROFILE = "资料"
    BINDING = "绑定"
    UNDO = "撤销"
    CHAIN = "接龙"

    __hash__ = object.__hash__  # members are singletons; Enum hashes its name each time


_WORDS = {
    Topic.CHECKIN: r"[补迟漏代]签(?=名[单册])|迟签|[补代]?签(?!约|证|收|字|名|署|售|单|发)"
    r"|报到|[记补](?:我|[他她]们?)?一?[个下]到|[记算点]我到(?!了|底)|记到|打卡|补[录登]|漏登",
    Topic.ATTENDANCE: r"出勤|考勤|缺勤|到会|出席|缺席|参会率",
    Topic.LEAVE: r"补个假|批[^，。]{0,3}假|请[^，。]{0,6}假|告[个一]?假|销假|[病事公]假",
    Topic.DUES: r"党费|[交缴]到(?:几|哪|\d{1,2}|[一二三四五六七八九十]{1,2})个?月",
    Topic.SIGNUP: r"报[^到销警纸道表废告复，。]{0,2}名|[全都也]报(?=$|，|了)|我报(?=$|，|周|星期|礼拜|[上下]午|第|[一二两三四五六\d]?个)"
    r"|(?<=一[起块同道])报(?=$|，|上|了(?!警))|(?<![上汇填申预])报的(?![警数价])"
    r"|(?:(?<=写)|(?<=写上))我(?:的?名字|$)|(?<=把)我(?:的?名字|[^，]{0,6}(?:写|加|算|填|添|列)(?:上|进)(?!群))|(?<=[加添])我(?:$|一个)|(?<=给)我[添加]上|报上(?!次|周|个月|面)"
    r"|报[一二两三四五六七八九\d]个(?!字|错|警)|出[一二两三四五六\d]个人|[划退]掉|报我(?!们)|[给帮]我报|报一[个位](?!字|警)|\+[1-9]$|必须我|报不了|加一个|要参加|退赛|报名|退了吧|撤我报|名单上?(?:删|划)|加上(?!我)|我退出|算(?:上)?我(?!请|倒|输|赢|错|欠|头)"
    r"|我(?:[和跟与同]\S{1,4}?)?(?:也|要|想|都)*参加(?!不|了$|了，|过)|留[个俩两三四]?位|名额|报进去",
    Topic.RECEIPT: r"收到|收悉|已阅|阅知|知悉|回执",
    Topic.STUDIED: r"(?:学习?|补学|[看听读写做答刷补修])(?:完|毕|好了)|已学(?![校费员会历])|补学"
    r"|心得|强国|思想汇报|[后书]感",
    Topic.STUDY: r"学习|学时|课时|主题教育|专题片|条例|准则|党[章史规纪]|两会|全会",
    Topic.MEETING: r"开会|会议|主题党日|党日|党课|[党部]?[员部]?大会"
    r"|支委会|小组会|组织生活|民主评议|活动|集合|培训|志愿|义务|植树|义诊|参观|祭扫"
    r"|慰问|清扫|讲座|座谈|宣讲|走访|献血"
    r"|有没有会|有会|(?<![社机误体工委约不才都就学协宴晚聚一几也还商员])会(?=几|在|什么"
    r"|啥|哪|开|请|来|参|的|改|是|我|去)|的会(?!员|计)",
    Topic.NOTICE: r"通知",
    Topic.TASKS: r"待办|任务",
    Topic.POINTS: r"积分|得分",
    Topic.PROFILE: r"资料|档案|信息|组织关系|党龄",
    Topic.BINDING: r"绑定"
    rf"|^(?:我|本人)[是叫系](?:[^，]{{1,12}}的)?(?:{COMPOUND}|[{SURNAMES}])[\u4e00-\u9fa5]{{1,2}}(?<![的了吗呢])(?=$|\s)",
    Topic.UNDO: r"撤销|撤回|作废|更正|[打发写说填搞弄点按记]错|不算[了数]?$",
}
_FOUND, _BY_GROUP = one_of_each(_WORDS)
NO_TOPICS: frozenset[Topic] = frozenset()


def topics_in(text: str) -> frozenset[Topic]:
    """Return all topics a text touches."""
    found = [_BY_GROUP[match.lastindex or 0] for match in _FOUND.finditer(text)]
    return frozenset(found) if found else NO_TOPICS
