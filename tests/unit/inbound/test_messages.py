"""What people write and what is understood: a table of our own inventions, Monday 16 November."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pytest

from bot.inbound.intents import Intent
from bot.inbound.parse import parse_line
from bot.inbound.read import read
from handlers import INTENTS, bind

NOW = "2026-11-16T09:30:00+08:00"
LENIENT = {"title", "reason", "place"}
"""Free text: one side holds the other."""


@dataclass(frozen=True)
class Line:
    """A message with its circumstances and the actions in it."""

    text: str
    chat: str
    mentioned: bool
    actions: tuple[dict[str, Any], ...]


def group(text: str, *actions: dict[str, Any]) -> Line:
    return Line(text, "group", False, actions)


def private(text: str, *actions: dict[str, Any]) -> Line:
    return Line(text, "private", False, actions)


def mentioned(text: str, *actions: dict[str, Any]) -> Line:
    return Line(text, "group", True, actions)


def does(intent: str, **slots: Any) -> dict[str, Any]:
    return {"intent": intent, **slots}


UNDERSTOOD = [
    # 销假不是请假；报名的活动不去了是取消报名；一句话几件事
    private("请假销了，我能去了", does("undo")),
    private("我销假", does("undo")),
    private("假销了，能参加了", does("undo")),
    private("我来销假，能去开会了", does("undo")),
    private("植树我不去了，让老李顶我", does("signup_cancel", title="植树")),
    group("义诊我来不了了，让老李替我", does("signup_cancel", title="义诊")),
    private("慰问我去不成了", does("signup_cancel", title="慰问")),
    private("我不报名植树，报名义诊", does("signup", title="义诊")),
    private(
        "不参加植树了但是义诊我去",
        does("signup_cancel", title="植树"),
        does("signup", title="义诊"),
    ),
    private(
        "植树不报了，我报名参观", does("signup_cancel", title="植树"), does("signup", title="参观")
    ),
    private(
        "植树我不去了，义诊我参加",
        does("signup_cancel", title="植树"),
        does("signup", title="义诊"),
    ),
    private(
        "党费30 11月 另外11月19日的党课请假，植树报名2人",
        does("dues_paid", months=["2026-11"], amount="30"),
        does("leave", date="2026-11-19"),
        does("signup", title="植树", count=2),
    ),
    private("报名人数改成3人", does("signup", count=3)),
    private(
        "请假 11月19日 党费30", does("leave", date="2026-11-19"), does("dues_paid", amount="30")
    ),
    private(
        "党课请假 出差 另外植树报名", does("leave", reason="出差"), does("signup", title="植树")
    ),
    private("王大爷腿脚不好让我替他签到", does("checkin_proxy", names=["王大爷"])),
    private("李奶奶眼睛不好让我帮她签到", does("checkin_proxy", names=["李奶奶"])),
    private("刘婶腿脚不便让我替她签到", does("checkin_proxy", names=["刘婶"])),
    group("感冒发烧上不了会了", does("leave", reason="感冒发烧")),
    group("腰疼，上不了党课了", does("leave", reason="腰疼")),
    group("孩子住院上不成会了", does("leave", reason="孩子住院")),
    # 说的是谁的假、谁的学习、谁的党费
    group(
        "李明和王芳明天出差，两个人都请假",
        does("leave", names=["李明", "王芳"], date="2026-11-17", reason="出差"),
    ),
    group("陈涛周五值班，请假", does("leave", names=["陈涛"], date="2026-11-20", reason="值班")),
    group("老伴明天出差，我请假", does("leave", date="2026-11-17", reason="老伴出差")),
    group("我老婆今天的学习强国学完了", does("study_done", names=["老婆"], title="学习强国")),
    group(
        "帮郭大爷把党费交了，他9月10月两个月的，一共14块",
        does("dues_paid", names=["郭大爷"], months=["2026-09", "2026-10"], amount="14"),
    ),
    mentioned("给老邵和武婷催一下党费", does("remind_unpaid", names=["老邵", "武婷"])),
    # 请了假又让人替签：只有假
    private("我请假，张三替我签到", does("leave")),
    private("明天请假，让老李帮我签到", does("leave", date="2026-11-17")),
    # 老伴去不了，自己照报
    private("植树我报名，老伴去不了", does("signup", title="植树")),
    group("慰问算我一个，我爱人来不了", does("signup", title="慰问")),
    private("植树我报了名，老伴去不了了", does("signup_cancel", title="植树", names=["老伴"])),
    # 问的是别人的党费：不拿自己的来答
    private("帮老王问下他党费交了没", does("dues_query", names=["老王"])),
    private("麻烦帮赵大爷看看她党费欠不欠", does("dues_query", names=["赵大爷"])),
    private("替孙丽查一下党费交到几月了", does("dues_query", names=["孙丽"])),
    private("帮问下他党费交了没"),
    # 几个人各说各的：谁的假就是谁的，到会不是请假的理由
    private("我到了，但是王五请假", does("leave", names=["王五"])),
    private("我在现场，赵六有事请假", does("leave", names=["赵六"], reason="有事")),
    group("我到会议室了，不过老刘请假", does("leave", names=["老刘"])),
    private("我到了，还有王五和孙丽也到了，张三请假", does("leave", names=["张三"])),
    private("老赵到了，老王请假，我晚点", does("leave", names=["老王"])),
    private(
        "王五请假，孙丽也请假，都去旅游", does("leave", names=["王五", "孙丽"], reason="去旅游")
    ),
    private("王五没来，我请假", does("leave")),
    private("王五到了，请假"),
    private("王书记我请假", does("leave")),
    private("老伴住院，请假", does("leave", reason="老伴住院")),
    private("张三因为儿子结婚请假，我代他说一声", does("leave", names=["张三"], reason="儿子结婚")),
    private("老周因为孙子高考请假，我替他说一声", does("leave", names=["老周"], reason="孙子高考")),
    private("孙子请假了没去上学"),
    # 取消不是报名；忘了签是自己补签，不是补录一次会
    private("植树我报了三个人，都取消吧", does("signup_cancel", title="植树", count=3)),
    private(
        "爬山我去不成了，脚崴了，把我报名取消了吧",
        does("signup_cancel", title="爬山", reason="脚崴了"),
    ),
    private("上周三的会我在的，忘了签，给补一下呗", does("checkin", date="2026-11-11")),
    group("植树我去，还能带上两个小年轻", does("signup", title="植树", count=3)),
    group("签到[玫瑰]各位老同志早上好", does("checkin")),
    group("党费8元已交[玫瑰]大家早上好", does("dues_paid", amount="8")),
    group(
        "10月份党费交了8块 11月份的下个月再说", does("dues_paid", months=["2026-10"], amount="8")
    ),
    private("党费10月的交了11月的还没交", does("dues_paid", months=["2026-10"])),
    private("我交10月党费了没交11月", does("dues_paid", months=["2026-10"])),
    private("我是新转来的党员乔欣", does("bind_identity", names=["乔欣"])),
    # 别人的党费，写法像核对党费的命令；名字里的数字不是钱
    private("党费 王敏 3月 50", does("dues_paid", months=["2026-03"], amount="50", names=["王敏"])),
    private("党费 张三 3月 37", does("dues_paid", months=["2026-03"], amount="37", names=["张三"])),
    private(
        "党费 孙丽 3月15元", does("dues_paid", months=["2026-03"], amount="15", names=["孙丽"])
    ),
    private("党费已交：王五 30", does("dues_paid", amount="30", names=["王五"])),
    private("党费 3月 30", does("dues_paid", months=["2026-03"], amount="30")),
    # 两个人一起请假；跟谁请假不是谁的假
    private("我跟张三请假", does("leave")),
    # 签到
    group("我来签到", does("checkin")),
    group("签到成功", does("checkin")),
    group("李建国签到", does("checkin", names=["李建国"])),
    group("签个到哈", does("checkin")),
    group("人已到，签到", does("checkin")),
    group("我在现场，签到一下", does("checkin")),
    group("签到打卡", does("checkin")),
    group("補簽一下上週三的黨課", does("checkin", date="2026-11-11")),
    group("前天的会忘签到了，给补签一下吧", does("checkin", date="2026-11-14")),
    group("麻烦补签12号的会", does("checkin", date="2026-11-12")),
    group("补签，昨天手机没电没签上", does("checkin", date="2026-11-15")),
    group("签到！！", does("checkin")),
    group("千到", does("checkin")),
    group("书记好，签到", does("checkin")),
    group("已签到", does("checkin")),
    group("我签到了", does("checkin")),
    group("签到签到", does("checkin")),
    group("我到了，签一下到", does("checkin")),
    group("签到+1", does("checkin")),
    group("「王书记：请各位党员签到」\n- - - - - - - - -\n签好了", does("checkin")),
    group("「李委员：开会了，请签到」\n- - - - - - - - -\n到", does("checkin")),
    group("签一哈", does("checkin")),
    group("qian dao", does("checkin")),
    mentioned("@小助手 帮我签到", does("checkin")),
    group("今天的主题党日签到", does("checkin")),
    group("第二党小组刘芳签到", does("checkin", names=["刘芳"])),
    group("我和周大妈都到了，签到", does("checkin"), does("checkin_proxy", names=["周大妈"])),
    group("签到了哈", does("checkin")),
    group("刚进会场，签到", does("checkin")),
    group("签到打卡，刚停好车", does("checkin")),
    mentioned("@小助手 我到了签到", does("checkin")),
    group("大家好，我来签到了", does("checkin")),
    group("签到🙋", does("checkin")),
    group("签到 已到社区会议室", does("checkin")),
    group("到会场了签到", does("checkin")),
    group("10号的组织生活会忘签了，补签", does("checkin", date="2026-11-10")),
    group("补签：11月8日主题党日", does("checkin", date="2026-11-08")),
    group("周三那次我参加了没签上，补一下签到", does("checkin", date="2026-11-11")),
    group("请给我补个签，上周四学习我在的", does("checkin", date="2026-11-12")),
    group("报到", does("checkin")),
    group("三支部孙建设签到", does("checkin", names=["孙建设"])),
    group("签到，迟到了几分钟不好意思", does("checkin")),
    group("ok签到", does("checkin")),
    group("我到了，签到", does("checkin")),
    group("我是到了的，签到", does("checkin")),
    group("3月党费30元交了，下个月的晚点交", does("dues_paid", months=["2026-03"], amount="30")),
    group("3月党费30元，以后会按时交", does("dues_paid", months=["2026-03"], amount="30")),
    group("3月党费30，没少交吧", does("dues_paid", months=["2026-03"], amount="30")),
    group("3月党费30元，思想汇报晚点交", does("dues_paid", months=["2026-03"], amount="30")),
    group("3月党费没时间交，今天补了，30元", does("dues_paid", months=["2026-03"], amount="30")),
    group("3月党费30元，昨天没空交，今天交了", does("dues_paid", months=["2026-03"], amount="30")),
    group("3月党费30，4月的还没交", does("dues_paid", months=["2026-03"], amount="30")),
    group("3月党费30元，收据晚点交", does("dues_paid", months=["2026-03"], amount="30")),
    # 代签
    group("代李大爷签到", does("checkin_proxy", names=["李大爷"])),
    group("替我老伴签个到", does("checkin_proxy", names=["老伴"])),
    group("帮张桂芳、王德胜签到", does("checkin_proxy", names=["张桂芳", "王德胜"])),
    group("老孙不会用手机，我替他签到", does("checkin_proxy", names=["老孙"])),
    group("补录签到：赵国强、钱进", does("checkin_proxy", names=["赵国强", "钱进"])),
    group("代签 李淑芬", does("checkin_proxy", names=["李淑芬"])),
    group("给陈阿姨记个到，她眼神不好", does("checkin_proxy", names=["陈阿姨"])),
    group("帮忙给我妈签个到", does("checkin_proxy", names=["妈"])),
    group("能不能帮刘师傅签一下到", does("checkin_proxy", names=["刘师傅"])),
    group("刘姨在我旁边，代她签一下", does("checkin_proxy", names=["刘姨"])),
    group("帮赵书记签到", does("checkin_proxy", names=["赵书记"])),
    group("代爱人签到", does("checkin_proxy", names=["爱人"])),
    group("麻烦帮周红梅同志签到", does("checkin_proxy", names=["周红梅"])),
    group("老曹也到了，替他签到", does("checkin_proxy", names=["老曹"])),
    group("钱大伯、孙大伯签到（代）", does("checkin_proxy", names=["钱大伯", "孙大伯"])),
    group(
        "补录：昨天何静、马丽签到", does("checkin_proxy", names=["何静", "马丽"], date="2026-11-15")
    ),
    # 请假
    group("请假", does("leave")),
    group(
        "明天的党课请假，要带孙子打疫苗", does("leave", date="2026-11-17", reason="带孙子打疫苗")
    ),
    group("家里来客人了，今天请个假", does("leave", reason="家里来客人")),
    group("周四周五出差，请假两天", does("leave", date="2026-11-19/2026-11-20", reason="出差")),
    group(
        "18号到20号外出学习，跟书记请个假",
        does("leave", date="2026-11-18/2026-11-20", reason="外出学习"),
    ),
    group("请假：身体不适", does("leave", reason="身体不适")),
    group("感冒了，今晚学习请个假", does("leave", reason="感冒")),
    group("老周腿疼，帮他请个假", does("leave", names=["老周"], reason="腿疼")),
    group("替王秀兰请假，她住院了", does("leave", names=["王秀兰"], reason="住院")),
    group("我想请个假，下周三要去法院", does("leave", date="2026-11-25", reason="去法院")),
    group(
        "书记，明天的支部大会我参加不了，要去体检", does("leave", date="2026-11-17", reason="体检")
    ),
    group("后天会议来不了，单位加班", does("leave", date="2026-11-18", reason="单位加班")),
    group("請假一天", does("leave")),
    group("qingjia", does("leave")),
    group("因公出差，本周五组织生活会请假", does("leave", date="2026-11-20", reason="公出差")),
    group("告个假，牙疼得厉害", does("leave", reason="牙疼")),
    group("能请个假吗？家里水管爆了", does("leave", reason="家里水管爆了")),
    group("可以请假吗", does("leave")),
    group("我请病假", does("leave")),
    group("母亲病重，这几天的活动都请假", does("leave", reason="母亲病重")),
    group(
        "书记好，我下周二要去省里培训，党课请假",
        does("leave", date="2026-11-24", reason="省里培训"),
    ),
    group("请假，带老人看病", does("leave", reason="带老人看病")),
    group("请假（出差）", does("leave", reason="出差")),
    group("请假 原因：父亲生病", does("leave", reason="父亲生病")),
    group("今天下午有课，来不了了，请假", does("leave", reason="有课")),
    group("突发高烧，明天请假", does("leave", date="2026-11-17", reason="突发高烧")),
    group("20号主题党日请假，回娘家", does("leave", date="2026-11-20", reason="回娘家")),
    group("在外地，赶不回来，请假", does("leave", reason="在外地")),
    group("我帮小郑请个假，他在加班", does("leave", names=["小郑"], reason="加班")),
    group("李师傅今天请假，家里有事", does("leave", names=["李师傅"], reason="家里有事")),
    group("情假：腰疼", does("leave", reason="腰疼")),
    group("請個假，家裡有事", does("leave", reason="家里有事")),
    group("想请半天假", does("leave")),
    group("这次学习参加不了，请假，回头补学", does("leave")),
    group("请个假哈，媳妇生了", does("leave", reason="媳妇生了")),
    group("临时加班，晚上的党课去不了", does("leave", reason="临时加班")),
    group("请假一次谢谢", does("leave")),
    group("支委会我请假，人在医院", does("leave", reason="人在医院")),
    # 党费已交
    group("党费交了", does("dues_paid")),
    group("我的党费已经交给组长了", does("dues_paid")),
    group("8月份党费18元已缴", does("dues_paid", amount="18", months=["2026-08"])),
    group(
        "4、5、6月党费共36元已转",
        does("dues_paid", amount="36", months=["2026-04", "2026-05", "2026-06"]),
    ),
    group("交党费50块5", does("dues_paid", amount="50.5")),
    group(
        "下半年的党费一次交清了，每月二十",
        does(
            "dues_paid",
            amount="120",
            months=["2026-07", "2026-08", "2026-09", "2026-10", "2026-11", "2026-12"],
        ),
    ),
    group("黨費已繳", does("dues_paid")),
    group("刚刚微信转了党费一百二", does("dues_paid", amount="120")),
    group("党费叁拾元整，请查收", does("dues_paid", amount="30")),
    group(
        "本季度党费45已交", does("dues_paid", amount="45", months=["2026-10", "2026-11", "2026-12"])
    ),
    group(
        "去年的党费补齐了，一共180元",
        does(
            "dues_paid",
            amount="180",
            months=[
                "2025-01",
                "2025-02",
                "2025-03",
                "2025-04",
                "2025-05",
                "2025-06",
                "2025-07",
                "2025-08",
                "2025-09",
                "2025-10",
                "2025-11",
                "2025-12",
            ],
        ),
    ),
    group("老伴的党费我一起交了，两个人共40元", does("dues_paid", amount="40", names=["老伴"])),
    group(
        "替孙大娘交了10月党费，8块",
        does("dues_paid", amount="8", months=["2026-10"], names=["孙大娘"]),
    ),
    group("党费十二块五已转李委员", does("dues_paid", amount="12.5")),
    group("当费交过了", does("dues_paid")),
    group("党费我上礼拜就交了", does("dues_paid")),
    group("11月党费￥15", does("dues_paid", amount="15", months=["2026-11"])),
    group(
        "7到9月党费每个月11元，都交了",
        does("dues_paid", amount="33", months=["2026-07", "2026-08", "2026-09"]),
    ),
    group("补缴去年11月到今年1月党费", does("dues_paid", months=["2025-11", "2025-12", "2026-01"])),
    group("12月的党费也提前交了", does("dues_paid", months=["2026-12"])),
    group("我交党费了，2毛", does("dues_paid", amount="0.2")),
    group("「组织委员：本月党费15元，请尽快交」\n- - - - - -\n已转", does("dues_paid")),
    group("「组织委员：请交党费」\n- - - - - -\n转了30", does("dues_paid", amount="30")),
    group("党费已交，明天的会请假", does("dues_paid"), does("leave", date="2026-11-17")),
    group(
        "刘桂英和张玉兰的党费交了，一人6元",
        does("dues_paid", amount="12", names=["刘桂英", "张玉兰"]),
    ),
    group("上个月和这个月的党费都交了", does("dues_paid", months=["2026-10", "2026-11"])),
    group("党费转你微信了，15", does("dues_paid", amount="15")),
    group("9月党费：20元，已转账", does("dues_paid", amount="20", months=["2026-09"])),
    group(
        "10月、11月党费共三十元整已上交",
        does("dues_paid", amount="30", months=["2026-10", "2026-11"]),
    ),
    group("老婆的党费和我的都交了", does("dues_paid", names=["老婆"])),
    group(
        "党费缴清，全年180",
        does(
            "dues_paid",
            amount="180",
            months=[
                "2026-01",
                "2026-02",
                "2026-03",
                "2026-04",
                "2026-05",
                "2026-06",
                "2026-07",
                "2026-08",
                "2026-09",
                "2026-10",
                "2026-11",
                "2026-12",
            ],
        ),
    ),
    group(
        "第四季度党费已缴纳，计60元",
        does("dues_paid", amount="60", months=["2026-10", "2026-11", "2026-12"]),
    ),
    group("我已完成党费缴纳", does("dues_paid")),
    group("交了党费了，二十", does("dues_paid", amount="20")),
    group(
        "缴党费 1-6月 每月5元 共30元",
        does(
            "dues_paid",
            amount="30",
            months=["2026-01", "2026-02", "2026-03", "2026-04", "2026-05", "2026-06"],
        ),
    ),
    group(
        "补交上季度党费，25.5",
        does("dues_paid", amount="25.5", months=["2026-07", "2026-08", "2026-09"]),
    ),
    group("党费已通过支付宝交纳", does("dues_paid")),
    group("1月党费5毛交了", does("dues_paid", amount="0.5", months=["2026-01"])),
    group("党费，两百块，已付", does("dues_paid", amount="200")),
    group("代吴老师交党费6元", does("dues_paid", amount="6", names=["吴老师"])),
    group("我爱人党费也交了", does("dues_paid", names=["爱人"])),
    group("刚给组织委员转了党费一百零五", does("dues_paid", amount="105")),
    group("八九十三个月的党费交清了", does("dues_paid", months=["2026-08", "2026-09", "2026-10"])),
    group("党费昨天就转给老李了", does("dues_paid")),
    group("十二月份党费先交了，15块", does("dues_paid", amount="15", months=["2026-12"])),
    group("本人11月份党费已缴35.5元，请核对", does("dues_paid", amount="35.5", months=["2026-11"])),
    # 问党费
    group("我党费交到几月了", does("dues_query")),
    group("党费怎么算的", does("dues_query")),
    group("10月党费我交了没", does("dues_query", months=["2026-10"])),
    group("这个月党费多少", does("dues_query", months=["2026-11"])),
    group("党费标准是多少？", does("dues_query")),
    group("查询我的党费", does("dues_query")),
    group("党费转给谁", does("dues_query")),
    group("李大妈的党费交了没有", does("dues_query", names=["李大妈"])),
    group("帮我查一下老赵的党费", does("dues_query", names=["老赵"])),
    group("党费什么时候截止", does("dues_query")),
    group("退休了党费还要交吗", does("dues_query")),
    group(
        "我上半年党费交齐了吗",
        does(
            "dues_query", months=["2026-01", "2026-02", "2026-03", "2026-04", "2026-05", "2026-06"]
        ),
    ),
    group("我这个月党费交没交", does("dues_query", months=["2026-11"])),
    group("我的党费要交多少", does("dues_query")),
    group("党费交给哪个", does("dues_query")),
    group("预备党员要交党费吗", does("dues_query")),
    group("我欠多少党费", does("dues_query")),
    group(
        "今年党费一共要交多少钱",
        does(
            "dues_query",
            months=[
                "2026-01",
                "2026-02",
                "2026-03",
                "2026-04",
                "2026-05",
                "2026-06",
                "2026-07",
                "2026-08",
                "2026-09",
                "2026-10",
                "2026-11",
                "2026-12",
            ],
        ),
    ),
    group("我爱人的党费交到几月", does("dues_query", names=["爱人"])),
    group("党费可以微信转吗", does("dues_query")),
    group("我的党费记录", does("dues_query")),
    group("党费最晚几号交", does("dues_query")),
    group("查党费", does("dues_query")),
    group("我9月的党费是交了15吗", does("dues_query", months=["2026-09"])),
    # 报名
    group("我要报名", does("signup")),
    group("报名参加义诊", does("signup", title="义诊")),
    group("周日植树算我一个", does("signup", date="2026-11-22", title="植树")),
    group("报名，带一个孩子", does("signup", count=2)),
    group("报名3人", does("signup", count=3)),
    group("报名+2", does("signup", count=2)),
    group("参观党史馆我也参加", does("signup", title="参观党史馆")),
    group("给王大爷报个名", does("signup", names=["王大爷"])),
    group("我报名，带上老伴", does("signup", count=2)),
    group("抱名", does("signup")),
    group("報名", does("signup")),
    group("我参加", does("signup")),
    group("明天的志愿服务我去", does("signup", date="2026-11-17", title="志愿服务")),
    group("慰问活动报名", does("signup", title="慰问")),
    group("我和陈静报名", does("signup", count=2, names=["陈静"])),
    group("加我一个", does("signup")),
    group("报个名，我们两口子都去", does("signup", count=2)),
    group("植树我报名", does("signup", title="植树")),
    group("我也报名参加", does("signup")),
    group("周日的清扫活动我要报名", does("signup", date="2026-11-22", title="清扫活动")),
    group("两个人报名", does("signup", count=2)),
    group("报名：李红、王芳", does("signup", names=["李红", "王芳"])),
    group("替我老伴报名", does("signup", names=["老伴"])),
    group(
        "给小刘和小马报名党史知识竞赛", does("signup", names=["小刘", "小马"], title="党史知识竞赛")
    ),
    group("也算我一个", does("signup")),
    group("我愿意参加志愿服务", does("signup", title="志愿服务")),
    group("报名 我带两位邻居", does("signup", count=3)),
    group("我和爱人参加", does("signup", count=2)),
    group("明天讲座给我留个名额", does("signup", date="2026-11-17")),
    group("报名义务献血", does("signup", title="义务献血")),
    group("已报名", does("signup")),
    # 取消报名
    group("取消报名", does("signup_cancel")),
    group("我的报名取消吧，要出差", does("signup_cancel")),
    group("植树活动我去不了了，麻烦取消报名", does("signup_cancel", title="植树活动")),
    group("退出报名", does("signup_cancel")),
    group("周六的参观我退了吧，把我名字划掉", does("signup_cancel", date="2026-11-21")),
    group("不报名了", does("signup_cancel")),
    group("帮老刘取消报名", does("signup_cancel", names=["老刘"])),
    group("能不能把我报名取消", does("signup_cancel")),
    group("周日的植树我不去了，名额给别人", does("signup_cancel", date="2026-11-22")),
    group("家里有事，退出报名", does("signup_cancel")),
    group("撤销我的报名", does("signup_cancel")),
    group("志愿者活动取消报名", does("signup_cancel", title="志愿者活动")),
    group("把小王的报名退掉", does("signup_cancel", names=["小王"])),
    group("我报名的义诊不参加了", does("signup_cancel", title="义诊")),
    group("報名取消", does("signup_cancel")),
    # 我的
    group("我的签到记录", does("my_status")),
    group("我报上名了吗", does("my_status")),
    group("我今年请了几次假", does("my_status")),
    group("看看我的学时", does("my_status")),
    group("我10月出勤率多少", does("my_status", months=["2026-10"])),
    group("我签上到了没有", does("my_status")),
    group("我的待办", does("my_status")),
    group("我还差几个学时", does("my_status")),
    group("我报名了没有", does("my_status")),
    group("查下我的积分", does("my_status")),
    group("我昨天签到了吗", does("my_status", date="2026-11-15")),
    group("我的学习记录", does("my_status")),
    group("我这个月签到几次", does("my_status", months=["2026-11"])),
    group("看一下我的报名", does("my_status")),
    group("我的考勤情况", does("my_status")),
    group("我有几个学时了", does("my_status")),
    group(
        "帮我查一下我去年参加了多少次会",
        does(
            "my_status",
            months=[
                "2025-01",
                "2025-02",
                "2025-03",
                "2025-04",
                "2025-05",
                "2025-06",
                "2025-07",
                "2025-08",
                "2025-09",
                "2025-10",
                "2025-11",
                "2025-12",
            ],
        ),
    ),
    group("我刚才签到成功没", does("my_status")),
    group("查询我的积分排名", does("my_status")),
    group("我的任务", does("my_status")),
    # 问会议
    group("明天几点开会", does("meeting_query", date="2026-11-17")),
    group("开会地点在哪", does("meeting_query")),
    group("这个月主题党日是几号", does("meeting_query")),
    group("下周有没有会", does("meeting_query", date="2026-11-23/2026-11-29")),
    group("党课在哪个会议室上", does("meeting_query")),
    group("后天的学习还开吗", does("meeting_query", date="2026-11-18")),
    group("周五的活动是上午还是下午？", does("meeting_query", date="2026-11-20")),
    group("支部大会改到几号了", does("meeting_query")),
    group("义诊活动什么时候", does("meeting_query")),
    group("组织生活会啥时候开", does("meeting_query")),
    group("下次党课是什么时候", does("meeting_query")),
    group("今晚的会在几楼开？", does("meeting_query")),
    group("这周有什么会", does("meeting_query", date="2026-11-16/2026-11-22")),
    group("支委会几点", does("meeting_query")),
    group("20号的活动几点集合", does("meeting_query", date="2026-11-20")),
    group("下次主题党日在哪", does("meeting_query")),
    group("民主评议会哪天开啊", does("meeting_query")),
    group("请问明天下午的会议地点", does("meeting_query", date="2026-11-17")),
    group("最近组织生活有安排吗", does("meeting_query")),
    group("开会时间改了没有", does("meeting_query")),
    group("12月的党员大会定了吗", does("meeting_query")),
    # 帮助
    private("怎么请假", does("help")),
    private("这个怎么用", does("help")),
    private("你都会些什么", does("help")),
    mentioned("如何补签", does("help")),
    private("使用说明", does("help")),
    private("报名怎么操作", does("help")),
    private("请问怎样撤销", does("help")),
    mentioned("有什么功能", does("help")),
    private("能教我怎么报名吗", does("help")),
    private("咋签到", does("help")),
    mentioned("帮助", does("help")),
    private("我想知道怎么查出勤", does("help")),
    private("你会做什么", does("help")),
    private("怎么绑定", does("help")),
    private("不会操作，怎么补签啊", does("help")),
    # 撤销
    group("撤回", does("undo")),
    group("上一条发错了，作废", does("undo")),
    group("刚刚那条不算", does("undo")),
    group("取消签到", does("undo")),
    group("我的请假取消", does("undo")),
    group("不好意思点错了，不算数", does("undo")),
    group("请假作废，我能来了", does("undo")),
    group("签到撤销", does("undo")),
    group("党费金额写错了，应该是20元", does("undo"), does("dues_paid", amount="20")),
    group("撤消刚才那条", does("undo")),
    group("发错群了，撤回签到", does("undo")),
    group("刚刚签到点错了，取消", does("undo")),
    group("我的签到不算，人没到", does("undo")),
    group("更正一下，上条写错了", does("undo")),
    group("打错字了，上面那条作废", does("undo")),
    group("请假取消，我能参加了", does("undo")),
    group("党费更正：应该是18元", does("undo"), does("dues_paid", amount="18")),
    group("不好意思，党费发错了，是25不是52", does("undo"), does("dues_paid", amount="25")),
    # 绑定
    private("王建国 5678", does("bind_identity", names=["王建国"])),
    private("我叫李梅", does("bind_identity", names=["李梅"])),
    mentioned("绑定 赵铁柱", does("bind_identity", names=["赵铁柱"])),
    private("姓名：孙悦", does("bind_identity", names=["孙悦"])),
    private("我是司马南 手机尾号1234", does("bind_identity", names=["司马南"])),
    private("本人陈刚", does("bind_identity", names=["陈刚"])),
    private("你好，我是三组的周建军", does("bind_identity", names=["周建军"])),
    private("我的名字是吴敏", does("bind_identity", names=["吴敏"])),
    private("我是张三 1234", does("bind_identity", names=["张三"])),
    private("绑定：林小燕 手机尾号 7788", does("bind_identity", names=["林小燕"])),
    private("我叫诸葛明，一支部的", does("bind_identity", names=["诸葛明"])),
    private("真实姓名 马国富", does("bind_identity", names=["马国富"])),
    private("姓名李刚 尾号0099", does("bind_identity", names=["李刚"])),
    mentioned("@小助手 我是高秀兰", does("bind_identity", names=["高秀兰"])),
    # 发通知
    group(
        "发通知：明天上午九点在党群服务中心开党员大会",
        does(
            "notice_send",
            title="明天上午九点在党群服务中心开党员大会",
            date="2026-11-17",
            time="09:00",
            place="党群服务中心",
        ),
    ),
    mentioned(
        "@小助手 通知全体党员周三下午两点到礼堂集合",
        does(
            "notice_send",
            date="2026-11-18",
            time="14:00",
            place="礼堂",
            title="周三下午两点到礼堂集合",
        ),
    ),
    group("发个通知，党费月底前交齐", does("notice_send", title="党费月底前交齐")),
    mentioned(
        "@小助手 发个通知：明晚七点半党课改到三楼",
        does("notice_send", date="2026-11-17", time="19:30", title="明晚七点半党课改到三楼"),
    ),
    group(
        "群发通知 请大家本周五前交党费",
        does("notice_send", title="请大家本周五前交党费", date="2026-11-20"),
    ),
    private(
        "通知一下大家，周四上午10点到社区开会",
        does(
            "notice_send",
            date="2026-11-19",
            time="10:00",
            place="社区",
            title="周四上午10点到社区开会",
        ),
    ),
    # 建会
    group(
        "创建活动 社区清扫 本周六上午9点 社区广场 限30人",
        does(
            "event_create",
            title="社区清扫",
            date="2026-11-21",
            time="09:00",
            place="社区广场",
            count=30,
        ),
    ),
    group(
        "建会 支委会 12月3日 19:30 居委会三楼",
        does("event_create", title="支委会", date="2026-12-03", time="19:30", place="居委会三楼"),
    ),
    group(
        "组织一次党课，下周三晚上7点半，活动中心",
        does("event_create", title="党课", date="2026-11-25", time="19:30", place="活动中心"),
    ),
    group(
        "新建会议：党小组会，明天15:00，二楼",
        does("event_create", title="党小组会", date="2026-11-17", time="15:00", place="二楼"),
    ),
    group(
        "发布活动 敬老院慰问 11月28日下午2点 敬老院门口集合 名额15",
        does(
            "event_create",
            title="敬老院慰问",
            date="2026-11-28",
            time="14:00",
            place="敬老院门口",
            count=15,
        ),
    ),
    group(
        "新建活动：党史馆参观，12月5日9:00，党史馆，最多40人",
        does(
            "event_create",
            title="党史馆参观",
            date="2026-12-05",
            time="09:00",
            place="党史馆",
            count=40,
        ),
    ),
    group(
        "预约一次支委会 明天18:30 小会议室",
        does("event_create", title="支委会", date="2026-11-17", time="18:30", place="小会议室"),
    ),
    # 名单
    group("谁还没签到", does("stats_query")),
    group("今天来了多少人签到", does("stats_query")),
    group("10月党费收缴情况统计", does("stats_query", months=["2026-10"])),
    group("报名的有多少人", does("stats_query")),
    group("哪些人请假了", does("stats_query")),
    group("看下报名名单", does("stats_query")),
    group("上个月出勤率", does("stats_query", months=["2026-10"])),
    group(
        "三季度党费还有几个人没交", does("stats_query", months=["2026-07", "2026-08", "2026-09"])
    ),
    group("统计签到人数", does("stats_query")),
    group("昨天谁请假了", does("stats_query", date="2026-11-15")),
    group("多少人没交党费", does("stats_query")),
    group("本月党费还有几位没交", does("stats_query", months=["2026-11"])),
    group("今天到了多少人", does("stats_query")),
    group("报名情况怎么样", does("stats_query")),
    group("有哪些同志没签到", does("stats_query")),
    group("列一下请假名单", does("stats_query")),
    group("统计本月出勤", does("stats_query", months=["2026-11"])),
    group("昨天党课到会率多少", does("stats_query", date="2026-11-15")),
    group("谁报名了", does("stats_query")),
    group("还有谁没回复收到", does("stats_query")),
    group("10月份谁没交党费啊", does("stats_query", months=["2026-10"])),
    # 收到
    group("收到，报名", does("receipt_ack"), does("signup")),
    group("通知收到了", does("receipt_ack")),
    group("收到！", does("receipt_ack")),
    group("收到收到", does("receipt_ack")),
    group("已阅", does("receipt_ack")),
    group("书记，收到", does("receipt_ack")),
    group("收悉，谢谢", does("receipt_ack")),
    group("收到[抱拳][抱拳]", does("receipt_ack")),
    group("通知已收到", does("receipt_ack")),
    group("收到，一定准时参加", does("receipt_ack"), does("signup")),
    group("收到，马上转发", does("receipt_ack")),
    group("已收到通知", does("receipt_ack")),
    group("收到了", does("receipt_ack")),
    group("收到，党费明天交", does("receipt_ack")),
    group("收到，谢谢", does("receipt_ack")),
    group("收到～", does("receipt_ack")),
    group("好的收到", does("receipt_ack")),
    group("收到 辛苦了", does("receipt_ack")),
    group("已阅，谢谢", does("receipt_ack")),
    group("知悉", does("receipt_ack")),
    group("李明收到", does("receipt_ack")),
    group("收到[OK]", does("receipt_ack")),
    group("通知收到，谢谢书记", does("receipt_ack")),
]
SILENT = [
    private("他9月10月两个月的党费14块我交了"),
    group("听老范讲他党费上礼拜就交了"),
    private("照片撤回一下"),
    private("打错字了"),
    group("请长假去西藏"),
    private("我替小组收党费"),
    private("党费都花在哪了"),
    group("我老伴到了"),
    # 请不了假、只想请假、老师那里请假都不是向支部请假
    private("12号的会请不了假，能来"),
    private("下周一开会我请不了假"),
    private("党课请不到假，只能去"),
    private("我想请假但是不好意思"),
    private("想请假又不好意思开口"),
    private("我想请假，可又不敢说"),
    private("孩子学校家长会，老师我请假"),
    private("老师，娃发烧我请假接他"),
    private("我今天请假去单位报到"),
    private("我请假去新单位报到了"),
    private("退休金到了，交了党费就没剩多少了"),
    private("发了工资，交完党费还剩几个钱"),
    private("今天党费的事说完了没"),
    private("党费的事说清楚了没有"),
    private("改成2个人"),
    private("报名名单改成3个人"),
    group("签到时间是几点到几点"),
    group("签到码发一下"),
    group("还没签到呢"),
    group("我忘了签到怎么办"),
    group("大家记得签到"),
    group("刚才在超市签到领了优惠券"),
    group("单位打卡机坏了"),
    group("他签到了没"),
    group("等会到了再签到"),
    group("明天别忘了签到"),
    group("今天群里签到的人真多"),
    group("快签到啊各位"),
    group("签到失败"),
    group("不想签到"),
    group("签约仪式很成功"),
    group("到家了"),
    group("这软件每天签到送积分"),
    group("通知：请参会人员提前十分钟签到"),
    group("到了的回复签到"),
    private("到了的回复签到"),
    group("到了的都签到"),
    private("到了的都签到"),
    group("到会的同志扫码签到"),
    private("到会的同志扫码签到"),
    group("签到干嘛用的"),
    private("签到干嘛用的"),
    group("回复签到就行了是吧"),
    private("回复签到就行了是吧"),
    group("全部签到"),
    private("全部签到"),
    group("来了的签个到"),
    private("来了的签个到"),
    group("交了党费的回复党费已交"),
    private("交了党费的回复党费已交"),
    group("3月党费30元，钱不够，晚点交"),
    private("3月党费30元，钱不够，晚点交"),
    group("3月党费30，下周发工资再交"),
    private("3月党费30，下周发工资再交"),
    group("3月党费30元先欠着"),
    private("3月党费30元先欠着"),
    group("3月党费0.2元现在没空交"),
    private("3月党费0.2元现在没空交"),
    group("3月党费30，工资没收到，晚点交"),
    group("3月党费30元，手机没电晚点交"),
    group("3月党费30元，下个月再交"),
    group("3月党费30元，月底交"),
    group("到会的党员签到"),
    group("全体党员签到"),
    group("不用请假"),
    group("他请假了吗"),
    group("请假要提前多久说"),
    group("我先不请假了"),
    group("给娃请了三天假"),
    group("我跟单位请假了"),
    group("这次没人请假"),
    group("看情况，可能要请假"),
    group("年假怎么休"),
    group("要请假的提前说一声"),
    group("孩子发烧，跟老师请假了"),
    group("下午去银行交党费"),
    group("党费没交"),
    group("党费收缴工作要做好"),
    group("这个月还欠党费"),
    group("停车费交了吗"),
    group("水费已交30元"),
    group("党费等退休金到账再交"),
    group("请未交党费的同志尽快交"),
    group("党费要交了"),
    group("党费我还没来得及交"),
    group("你交党费了没"),
    group("提醒一下，该交党费了"),
    group("准备把党费交了"),
    group("学费交了两千"),
    group("一会儿去交党费"),
    group("报名截止了吗"),
    group("报名表交给谁"),
    group("驾校报名优惠"),
    group("给孩子报名夏令营"),
    group("公务员考试开始报名了"),
    group("名报错了"),
    group("大家踊跃报名"),
    group("我还没想好报不报名"),
    group("考研报名要多少钱"),
    group("报名的人多不多"),
    group("有空我就报名"),
    group("我几点去接你"),
    group("会不会下雨"),
    group("你们公司几点开会"),
    group("电影几点开始"),
    group("会议室空调坏了"),
    group("开会中，稍后联系"),
    group("空调怎么用"),
    group("我没发错"),
    group("做错了一道题"),
    group("撤退"),
    group("怪我说错话了"),
    group("通知发了吗"),
    group("谁看到通知了"),
    group("收到快递了"),
    group("工资收到了"),
    group("收到你的消息很高兴"),
    group("还没收到"),
    group("今天天气真好"),
    group("转发：[链接]关于党费收缴的规定"),
    group("党员要发挥先锋模范作用"),
    group("祝大家周末愉快"),
    group("谁有充电器"),
    group("这个会开得好"),
    group("学习使我快乐"),
    group("签到没有？"),
    group("签到的二维码扫不出来"),
    group("没法签到"),
    group("忘带手机签不了到"),
    group("签到几点结束"),
    group("今天不用签到吧"),
    group("去前台签到领资料"),
    group("我们学校天天签到打卡"),
    group("签到簿谁拿走了"),
    group("下午签到在哪里"),
    group("酒店签到入住"),
    group("他们都签到了"),
    group("昨天签到的人不多"),
    group("每天签到领豆子"),
    group("等我到了给你签到"),
    group("签收了一个包裹"),
    group("签字要用黑笔"),
    group("叫老王赶紧签到"),
    group("要签到吗"),
    group("谁帮我签个到"),
    group("有人请假吗"),
    group("请假的同志记得补课"),
    group("他老请假"),
    group("请假的话找谁批"),
    group("不用替我请假"),
    group("学校说要请假得写条子"),
    group("年底了不让请假"),
    group("明年再请假吧"),
    group("老板不批假"),
    group("如果下雨我就请假"),
    group("党费自觉交，别等催"),
    group("党费还差两个月没交"),
    group("马上去交党费"),
    group("党费是按工资算的"),
    group("听说老李党费没交"),
    group("班费交了"),
    group("这个月党费我先欠着"),
    group("谁去收一下党费"),
    group("党费的票据在我这"),
    group("我妈去交电费了"),
    group("党费明儿个给您送去"),
    group("交党费是党员义务"),
    group("我报名了驾校"),
    group("几号报名"),
    group("我不想报名"),
    group("报名要带身份证吗"),
    group("昨天忘了报名"),
    group("女儿报名参加舞蹈比赛了"),
    group("报名链接打不开"),
    group("等通知再报名"),
    group("他们都报名了"),
    group("你怎么不报名"),
    group("人不够，欢迎报名"),
    group("航班取消了"),
    group("演唱会几点"),
    group("同学会在哪开"),
    group("股东大会几点开"),
    group("几点吃饭"),
    group("开会开得我头疼"),
    group("你几点开完会"),
    group("社会在哪"),
    group("机会什么时候来"),
    group("怎么撤回消息"),
    group("我写错作业了"),
    group("电话打错了"),
    group("收到请回复"),
    group("钱收到没"),
    group("收到货了"),
    group("红包收到，谢谢"),
    group("没收到通知"),
    group("收到短信验证码了"),
    private("我是新党员"),
    private("我是一名退休工人"),
    private("我是从外地来的"),
    private("我是老党员了"),
    private("我叫了外卖"),
    private("我是谁"),
    mentioned("@小助手 谢谢"),
    mentioned("@小助手 今天天气怎么样"),
]


def _parse(line: Line) -> list[dict[str, Any]]:
    message = {"text": line.text, "chat": line.chat, "mentioned": line.mentioned, "now": NOW}
    actions: list[dict[str, Any]] = parse_line(message, INTENTS)["intents"]
    return actions


def _agrees(name: str, said: Any, read: Any) -> bool:
    if name in LENIENT:
        return read is not None and (said in read or read in said)
    return bool(said == read)


@pytest.mark.parametrize("line", UNDERSTOOD, ids=lambda line: line.text)
def test_it_understands(line: Line) -> None:
    actions = _parse(line)

    by_name = {action["intent"]: action for action in actions}
    assert sorted(by_name) == sorted(action["intent"] for action in line.actions)
    for expected in line.actions:
        found = by_name[expected["intent"]]
        wrong = [name for name in expected if not _agrees(name, expected[name], found.get(name))]
        assert not wrong, (expected, found)


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("建会 组织生活会 11月20日 14:30 三楼", "组织生活会"),
        ("建会 组织生活 11月20日 14:30 三楼", "组织生活"),
        ("创建活动：组织生活会 11月20日 14:30 三楼", "组织生活会"),
        ("组织一次组织生活会，11月20日 14:30，三楼", "组织生活会"),
        ("创建活动：组织生活垃圾分类 11月20日 14:30 三楼", "生活垃圾分类"),
    ],
)
def test_it_keeps_the_whole_title_of_a_meeting(text: str, title: str) -> None:
    [action] = _parse(private(text))

    assert (action["intent"], action["title"]) == ("event_create", title)


@pytest.mark.parametrize("line", SILENT, ids=lambda line: line.text)
def test_it_stays_silent(line: Line) -> None:
    assert _parse(line) == []


@pytest.mark.parametrize("name", ["names", "amount", "months"])
@pytest.mark.parametrize("line", UNDERSTOOD, ids=lambda line: line.text)
def test_it_writes_no_name_amount_or_month_that_was_not_said(line: Line, name: str) -> None:
    expected = {action["intent"]: action for action in line.actions}

    for action in _parse(line):
        assert name not in action or name in expected[action["intent"]], action


@pytest.mark.parametrize("intent", INTENTS, ids=lambda intent: intent.name)
def test_it_is_silent_on_sentences_near_by(intent: Intent) -> None:
    for text in intent.silent:
        for private in (True, False):
            now = datetime.fromisoformat(NOW)
            utterance = read(text, quoted=None, private=private, addressed=private, now=now)
            assert not intent.recognise(utterance), text


def test_it_takes_a_code_from_the_secretary() -> None:
    utterance = read(
        "绑定码 48291375",
        quoted=None,
        private=True,
        addressed=True,
        now=datetime.fromisoformat(NOW),
    )

    (reading,) = bind.recognise(utterance)

    assert reading.slots == bind.BindSlots(code="48291375")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("我和张三都请假，要值班", "值班"),
        ("张三和我都请假", None),
        ("我和张三明天出差，两个人都请假", "出差"),
    ],
)
def test_leave_of_two_is_that_of_each(text: str, reason: str | None) -> None:
    said = {"text": text, "chat": "group", "mentioned": False, "now": NOW}
    own, theirs = parse_line(said, INTENTS)["intents"]

    assert (own.get("names"), theirs["names"]) == (None, ["张三"])
    assert own.get("reason") == theirs.get("reason") == reason
