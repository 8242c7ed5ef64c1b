"""Pasted chains, text → title, examples, entries, tail: real shapes, slips, and look-alikes."""

from __future__ import annotations

import re
import string
import sys
from dataclasses import dataclass

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.domain.chains import Chain, Entry, NoteKind
from bot.inbound.chain_entries import read_entries
from bot.inbound.chains import LONGEST_CHAIN, find_chain, find_list

PLAIN, PAID, LEAVE, DECLINES, UNSURE = (
    NoteKind.PLAIN,
    NoteKind.PAID,
    NoteKind.LEAVE,
    NoteKind.DECLINES,
    NoteKind.UNSURE,
)


@dataclass(frozen=True)
class Shape:
    """A pasted text and what is read of it."""

    text: str
    names: str
    title: str = ""
    examples: tuple[str, ...] = ()
    tail: str = ""
    numbers: tuple[int, ...] | None = None


SHAPES = {
    # Real samples of public chats.
    "原样": Shape(
        "#接龙\n早六点半到九点半 运动照灯学习吃饭吃药\n\n1. 清川 …\n2. 大螃蟹 7:20-8:35 玩手机…",
        "清川 大螃蟹",
        "早六点半到九点半 运动照灯学习吃饭吃药",
    ),
    "没有标题": Shape("#接龙\n\n1. 和尚 7-10，补觉…", "和尚"),
    "前面有话，例跨行，一条几行": Shape(
        "@真AI健身教练Jessie  打卡#接龙\n\n6月26日打卡 伙伴们加油💪🏻\n例 打卡第X天\n训练部位：训练动作 训练时长\n（可选：饮食、睡眠记录\n\n"
        "1. Kevin涛-增肌-8年~18天 打卡19天\n胸部：俯卧撑100个\n2. Jasmine 打卡14天 快走20分钟",
        "Kevin涛-增肌-8年~18天 Jasmine",
        "6月26日打卡 伙伴们加油💪🏻",
        ("例 打卡第X天", "训练部位：训练动作 训练时长", "（可选：饮食、睡眠记录"),
    ),
    "点后没有空格，名字是数字，有尾巴": Shape(
        "#接龙\n半个南瓜 等会送来 共20份\n例 楼栋号-房间号 需要多少份\n\n1.295-909 6份\n2.295-910 8份\n\n三点截单",
        "295-909 295-910",
        "半个南瓜 等会送来 共20份",
        ("例 楼栋号-房间号 需要多少份",),
        "三点截单",
    ),
    "标题在头一行": Shape("#接龙🥗轻食 5/8 接力棒棒棒🏃", "", "🥗轻食 5/8 接力棒棒棒🏃"),
    "标题在头一行，有人接": Shape(
        "#接龙🥗轻食 5/8 接力棒棒棒🏃\n1. 王霞\n2. 莓心 2份", "王霞 莓心", "🥗轻食 5/8 接力棒棒棒🏃"
    ),
    "没有空行，数量连着名字": Shape(
        "#接龙\n百香果团购\n1. 王霞 1箱\n2. 钟予馨2箱", "王霞 钟予馨", "百香果团购"
    ),
    "小标题": Shape("#接龙\n无差别组：\n1. Alice alice123", "Alice", "无差别组："),
    "换行丢了，第一条是空的": Shape(
        "#接龙 1. 2. 倪彩霞 gt7 3. 莓心 4. 王燕燕 512 白色", "倪彩霞 莓心 王燕燕", numbers=(2, 3, 4)
    ),
    "手打的顿号，不从一开始": Shape(
        "#接龙\n苹果\n19、王一\n20、刘小西1斤", "王一 刘小西", "苹果", numbers=(19, 20)
    ),
    "自己的分隔": Shape("#接龙\n1. 张三 - abc123 - 5 repos", "张三"),
    # The same shapes as a branch would fill them.
    "签到": Shape(
        "#接龙\n3月主题党日签到\n\n1. 张三\n2. 李四\n3. 王秀英",
        "张三 李四 王秀英",
        "3月主题党日签到",
    ),
    "党费": Shape("#接龙\n党费\n1. 赵红 10元\n2. 孙丽 15元已交", "赵红 孙丽", "党费"),
    "一行": Shape("#接龙 11月党费 1. 赵红 10元 2. 孙丽 15元已交", "赵红 孙丽", "11月党费"),
    "一行，连着": Shape("#接龙 党日 1.张三2.李四3.王五", "张三 李四 王五", "党日"),
    "一行，顿号，金额带小数": Shape(
        "#接龙 党费 1、张三 10元 2、李四 3.5元 3、王五 20元", "张三 李四 王五", "党费"
    ),
    "一行，标题里有月份": Shape(
        "#接龙 1、2、3月党费 1. 张三 45元 2. 李四", "张三 李四", "1、2、3月党费"
    ),
    "一行，标题是日期": Shape("#接龙 1.15主题党日 1.张三 2.李四 请假", "张三 李四", "1.15主题党日"),
    "一行，房号": Shape("#接龙 1.295-909 6份 2.295-910 8份", "295-909 295-910"),
    "标题是日期": Shape("#接龙\n1.15主题党日\n1.张三\n2.李四请假", "张三 李四", "1.15主题党日"),
    "标题里有小数点的日期": Shape(
        "#接龙\n11.18主题党日\n1. 张三\n2. 李四", "张三 李四", "11.18主题党日"
    ),
    "标题里分条": Shape(
        "#接龙\n党日安排\n1. 时间：3月16日\n2. 地点：社区\n\n1. 张三\n2. 李四",
        "张三 李四",
        "党日安排 1.时间：3月16日 2.地点：社区",
    ),
    "标题里有月份列表": Shape(
        "#接龙\n补交1、2、3月党费\n1. 张三 30元", "张三", "补交1、2、3月党费"
    ),
    "标题几行": Shape(
        "#接龙\n主题党日\n3月16日 15:00\n社区二楼\n\n1. 张三",
        "张三",
        "主题党日 3月16日 15:00 社区二楼",
    ),
    "标题在冒号后": Shape("#接龙：11月党费\n1. 张三", "张三", "11月党费"),
    "例如": Shape("#接龙\n报名\n例如 张三 2人\n\n1. 李四 2人", "李四", "报名", ("例如 张三 2人",)),
    "格式": Shape("#接龙\n报名\n格式：姓名+人数\n1. 李四+2", "李四", "报名", ("格式：姓名+人数",)),
    "全角数字": Shape(
        "＃接龙\n１．张三\n２．李四\n１０．王五", "张三 李四 王五", numbers=(1, 2, 10)
    ),
    "按键数字": Shape(
        "#接龙\n1️⃣张三\n2️⃣李四 3️⃣王五\n🔟钱七", "张三 李四 王五 钱七", numbers=(1, 2, 3, 10)
    ),
    "圈码": Shape("#接龙\n①张三 ②李四 ③王五", "张三 李四 王五"),
    "圈码分行": Shape("#接龙\n① 张三\n② 李四", "张三 李四"),
    "括号数字": Shape("#接龙\n（1）张三\n（2）李四\n(3) 王五", "张三 李四 王五"),
    "右括号": Shape("#接龙\n1）张三\n2)李四", "张三 李四"),
    "中文逗号": Shape("#接龙\n1，张三\n2,李四\n3：王五", "张三 李四 王五"),
    "只有空格": Shape("#接龙\n1 张三\n2 李四\n3 王五", "张三 李四 王五"),
    "没有分隔": Shape("#接龙\n1张三\n2李四\n3王五", "张三 李四 王五"),
    "繁体": Shape("#接龍\n黨費\n1. 張三\n2. 李四", "张三 李四", "黨費"),
    "英文": Shape("#Group Note\nDues\n1. Tom\n2. Jerry", "Tom Jerry", "Dues"),
    "英文小写": Shape("#group note\n1. Tom", "Tom"),
    "井号后有空格": Shape("# 接龙\n1. 张三", "张三"),
    "前面有一段话": Shape("请各位同志抓紧：\n#接龙\n党费\n1. 张三", "张三", "党费"),
    "回车换行": Shape("#接龙\r\n党费\r\n\r\n1. 张三\r\n2. 李四\r\n", "张三 李四", "党费"),
    "看不见的字符": Shape(
        "\u200b#接龙\n党费\n1.\u2005张三\n2.\u200b李四\ufeff", "张三 李四", "党费"
    ),
    "缺号": Shape("#接龙\n1. 张三\n3. 王五\n7. 赵六", "张三 王五 赵六", numbers=(1, 3, 7)),
    "重号": Shape(
        "#接龙\n1. 张三\n2. 李四\n2. 王五\n3. 赵六", "张三 李四 王五 赵六", numbers=(1, 2, 2, 3)
    ),
    "空条": Shape("#接龙\n1. 张三\n2. \n3. 王五\n4.", "张三 王五", numbers=(1, 3)),
    "第一条被删": Shape("#接龙\n党费\n2. 李四\n3. 王五", "李四 王五", "党费", numbers=(2, 3)),
    "隔行写": Shape("#接龙\n党费\n\n1. 张三\n\n2. 李四\n\n3. 王五", "张三 李四 王五", "党费"),
    "两组": Shape(
        "#接龙\n一组：\n1. 张三\n2. 李四\n\n二组：\n1. 王五\n2. 赵六",
        "张三 李四 王五 赵六",
        "一组：",
        numbers=(1, 2, 1, 2),
    ),
    "尾巴不隔行": Shape(
        "#接龙\n主题党日\n1. 张三\n2. 李四\n请大家尽快接龙",
        "张三 李四",
        "主题党日",
        tail="请大家尽快接龙",
    ),
    "尾巴几行": Shape(
        "#接龙\n1. 张三\n\n截止明天中午\n谢谢大家", "张三", tail="截止明天中午\n谢谢大家"
    ),
    "条里有小数和时间": Shape("#接龙\n1. 张三\n跑步\n3.5公里\n2. 李四\n7:20起床", "张三 李四"),
    "条里有小条": Shape("#接龙\n1. 张三\n（1）跑步\n（2）读书\n2. 李四", "张三 李四"),
    "手打的头": Shape("党费接龙：\n1、张三 10元\n2、李四 15元", "张三 李四", "党费"),
    "手打的头带括号": Shape("【接龙】主题党日报名\n1、张三\n2、李四", "张三 李四", "主题党日报名"),
    "手打一行": Shape("接龙 主题党日 1、张三 2、李四 3、王五", "张三 李四 王五", "主题党日"),
    "名字带称呼": Shape(
        "#接龙\n1. 老李\n2. 王大爷\n3. 李书记\n4. 张三同志", "老李 王大爷 李书记 张三"
    ),
    "名字带支部": Shape(
        "#接龙\n1. 三支部张三\n2. 第二党小组刘芳\n3. 李四-三支部", "张三 刘芳 李四"
    ),
    "名字带@": Shape("#接龙\n1. @张三\n2. ✅李四", "张三 李四"),
    "名字中间有空格": Shape("#接龙\n1. 韩 梅\n2. 张三", "韩梅 张三"),
    "一条两个人": Shape(
        "#接龙\n1. 张三、李明\n2. 王五和赵强 2人", "张三 李明 王五 赵强", numbers=(1, 1, 2, 2)
    ),
    "时间地点名额不是人": Shape(
        "#接龙\n周三学习\n1. 时间：下午3点\n2. 地点：二楼\n3. 名额30人\n1. 张三\n2. 李四",
        "张三 李四",
        "周三学习 1.时间：下午3点 2.地点：二楼 3.名额30人",
    ),
    "要点还没有人接": Shape(
        "#接龙\n周三学习\n1. 带笔记本\n2. 戴党徽", "", "周三学习 1.带笔记本 2.戴党徽"
    ),
    "要点后面没有号": Shape(
        "#接龙\n学习\n1. 学文件\n2. 谈体会\n\n张三\n李四 请假\n\n请大家准时",
        "张三 李四",
        "学习 1.学文件 2.谈体会",
        tail="请大家准时",
    ),
    "要点在尾巴里": Shape(
        "#接龙\n学习\n\n1. 清风\n2. 云淡\n\n注意：\n1. 带笔记本\n2. 手机静音",
        "清风 云淡",
        "学习",
        tail="注意：\n1.带笔记本\n2.手机静音",
    ),
    "要点用括号": Shape(
        "#接龙\n义务劳动\n（1）时间：周六\n（2）带手套\n1 张三\n2 李四\n4 王五",
        "张三 李四 王五",
        "义务劳动 （1）时间：周六 （2）带手套",
    ),
    "要点里有人": Shape(
        "#接龙\n植树\n1. 3月12日8点\n2. 河边公园\n3. 张主任带队",
        "",
        "植树 1.3月12日8点 2.河边公园 3.张主任带队",
    ),
    "要点在一行里": Shape(
        "#接龙 党日 1.时间：3月12日 2.地点：二楼 1.张三 2.李四",
        "张三 李四",
        "党日 1.时间：3月12日 2.地点：二楼",
    ),
    "标题里几个日子": Shape(
        "#接龙\n3月活动：\n3.5 学雷锋\n3.12 植树\n3.20 党课\n\n1. 张三\n2. 李四",
        "张三 李四",
        "3月活动： 3.5 学雷锋 3.12 植树 3.20 党课",
    ),
    "两组都是网名": Shape(
        "#接龙\n一组：\n1. 清风\n2. 云淡\n二组：\n1. 阳光\n2. 半夏", "清风 云淡 阳光 半夏", "一组："
    ),
    "条里有圈码": Shape("#接龙\n打卡\n1. 张三\n①跑步\n②读书\n2. 李四", "张三 李四", "打卡"),
    "中文数字": Shape("#接龙\n植树\n一、张三\n二、李四 2人", "张三 李四", "植树", numbers=(1, 2)),
    "一整个的号": Shape("#接龙\n植树\n⑴ 张三\n⑵ 李四", "张三 李四", "植树", numbers=(1, 2)),
    "横线": Shape("#接龙\n植树\n1-张三\n2-李四", "张三 李四", "植树"),
    "井号": Shape("#接龙\n植树\n1#张三\n2#李四", "张三 李四", "植树"),
    "没有号": Shape("#接龙\n周六植树\n\n张三\n李四\n王五 请假", "张三 李四 王五", "周六植树"),
    "没有号，标题在头一行": Shape(
        "#接龙 周六植树\n张三\n- 李四\n王五 请假", "张三 李四 王五", "周六植树"
    ),
    "标题几行，没有人": Shape(
        "#接龙\n周六植树\n安全第一\n马上报名", "", "周六植树 安全第一 马上报名"
    ),
    "空号只有数字": Shape("#接龙\n学习\n1 张三\n2\n3 李四", "张三 李四", "学习", numbers=(1, 3)),
    "缺号没有点": Shape(
        "#接龙\n学习\n1 清风\n3 云淡\n6 阳光", "清风 云淡 阳光", "学习", numbers=(1, 3, 6)
    ),
    "一行缺号重号": Shape(
        "#接龙 党日 1. 张三 2. 李四 2. 王五 5. 赵六",
        "张三 李四 王五 赵六",
        "党日",
        numbers=(1, 2, 2, 5),
    ),
    "一行没有第一条": Shape("#接龙 党日 2. 张三 3. 李四", "张三 李四", "党日", numbers=(2, 3)),
    "一行逗号": Shape("#接龙 能到的：1，平安2，黄河3，张三", "平安 黄河 张三", "能到的："),
    "一行没有点": Shape("#接龙 12月党费 1 安宁 20 2 常乐 15元", "安宁 常乐", "12月党费"),
    "一行四条，换行还在": Shape(
        "#接龙\n党日\n1.张三2.李四\n3.王五4.赵六", "张三 李四 王五 赵六", "党日"
    ),
    "一行，什么也没隔开": Shape(
        "#接龙 党员大会签到 1张三2李建国3王五",
        "张三 李建国 王五",
        "党员大会签到",
        numbers=(1, 2, 3),
    ),
    "一行，有的隔开有的没有": Shape(
        "到会的接龙：1张三2李建国3王五 4.赵六请假",
        "张三 李建国 王五 赵六",
        "到会的",
        numbers=(1, 2, 3, 4),
    ),
    "一行没隔开，带金额": Shape(
        "#接龙 3月党费1张三30元2李建国50元3王五15元", "张三 李建国 王五", "3月党费"
    ),
    "一行没隔开，人数不是号": Shape(
        "#接龙 3月16日党日 1张三2人2李四3王五请假", "张三 李四 王五", "3月16日党日"
    ),
    "头在一行中间": Shape("大家接一下 #接龙 周五党日 ① 张三 ② 李四 请假", "张三 李四", "周五党日"),
    "先叫人": Shape("@所有人  #接龙 党员冬训\n1. 陆小凤\n2. 荣老汉", "陆小凤 荣老汉", "党员冬训"),
    "手打的头在逗号后": Shape("周六植树，参加的接龙：\n1. 张三\n2. 李四", "张三 李四", "周六植树"),
    "末条的请假在下一行": Shape("#接龙\n植树\n1. 张三\n2. 李四\n请假", "张三 李四", "植树"),
    "合计": Shape("#接龙\n会\n1. 张三\n2. 李四\n已报：2人", "张三 李四", "会", tail="已报：2人"),
    "只有话，没有名字": Shape("#接龙\n党日\n1. 张三\n2. 参加\n3. 2人", "张三", "党日"),
}
LOOK_ALIKES = {
    "问谁填了": "昨天那个#接龙 你填了没有",
    "接龙发不出": "#接龙 发不出来，是不是版本太低？",
    "说接龙的难处": "接龙超过50人打开很慢，有没有别的办法：\n1. 用小程序\n2. 分两个群",
    "问接龙": "#接龙怎么发？",
    "说接龙": "接龙这个成语游戏我玩不来",
    "叫人接龙": "请大家在群里#接龙报名，格式：1. 姓名 2. 电话",
    "成语接龙": "成语接龙：1. 一马当先 2. 先发制人 3. 人山人海",
    "成语接龙，带头": "#接龙 成语接龙\n1. 一马当先\n2. 先发制人",
    "歌词接龙": "歌词接龙\n1. 东方红\n2. 太阳升",
    "议程": "议程：\n1. 学习传达\n2. 讨论发言\n3. 表决",
    "价目": "今日菜价：\n1. 白菜 2元\n2. 萝卜 3元\n3. 土豆 4元",
    "分点的文章": "我谈三点体会：1. 提高站位 2. 联系实际 3. 落到实处",
    "接龙两个字": "接龙",
    "接龙收到": "接龙收到，谢谢书记",
    "手打的头，不是人名": "接龙玩法：\n1、先起头\n2、后面跟上",
    "空": "",
    "只有头": "#接龙",
}


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_it_reads_a_chain_as_it_was_pasted(shape: Shape) -> None:
    chain = find_chain(shape.text)

    assert chain is not None
    assert " ".join(entry.name for entry in chain.entries) == shape.names
    assert chain.title == shape.title
    assert chain.examples == shape.examples
    assert chain.tail == shape.tail
    if shape.numbers is not None:
        assert tuple(entry.number for entry in chain.entries) == shape.numbers


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("#接龙 报名植树 1、张三2、李四3王五", "张三 李四 王五"),
        ("#接龙报名植树\n1、张三2、李四3王五", "张三 李四 王五"),
        ("#接龙 植树 1.张三2李四、3王五4.赵六5孙丽", "张三 李四 王五 赵六 孙丽"),
        ("#接龙 义诊 1.张三 2李四 3王五", "张三 李四 王五"),
        ("#接龙 植树 1）张三2、李四 3.王五", "张三 李四 王五"),
        ("#接龙 植树 1、张三带2人2、李四3人3王五", "张三*3 李四*3 王五"),
        ("#接龙 植树 1.张三*2 2.李四 x2 3.王五2位 4.赵六×2", "张三*2 李四*2 王五*2 赵六*2"),
    ],
)
def test_it_reads_a_line_whose_numbers_are_marked_this_way_and_that(text: str, names: str) -> None:
    chain = find_chain(text)

    assert chain is not None
    found = [f"{e.name}*{e.count}" if e.count > 1 else e.name for e in chain.entries]
    assert " ".join(found) == names


@pytest.mark.parametrize("text", LOOK_ALIKES.values(), ids=LOOK_ALIKES)
def test_it_leaves_alone_what_only_looks_like_one(text: str) -> None:
    assert find_chain(text) is None


NOTES: dict[str, tuple[str, str, NoteKind, int, int | None]] = {
    "光有名字": ("张三", "张三", PLAIN, 1, None),
    "参加": ("张三 参加", "张三", PLAIN, 1, None),
    "连着写到": ("孙丽到", "孙丽", PLAIN, 1, None),
    "收到": ("张三收到", "张三", PLAIN, 1, None),
    "请假": ("李四 请假", "李四", LEAVE, 1, None),
    "连着请假": ("李四请假", "李四", LEAVE, 1, None),
    "请个假": ("李四 请个假，出差", "李四", LEAVE, 1, None),
    "病假": ("李四（病假）", "李四", LEAVE, 1, None),
    "不请假": ("李四 不请假", "李四", PLAIN, 1, None),
    "不参加": ("李四 不参加", "李四", DECLINES, 1, None),
    "来不了": ("李四来不了", "李四", DECLINES, 1, None),
    "叉": ("李四 ❌", "李四", DECLINES, 1, None),
    "有事": ("李四 有事", "李四", DECLINES, 1, None),
    "不迟到": ("李四 不会迟到", "李四", PLAIN, 1, None),
    "待定": ("李四 待定", "李四", UNSURE, 1, None),
    "明天交": ("李四 明天交", "李四", UNSURE, 1, None),
    "还没交": ("李四 还没交", "李四", UNSURE, 1, None),
    "尽量": ("李四 尽量来", "李四", UNSURE, 1, None),
    "几点": ("李四 几点？", "李四", UNSURE, 1, None),
    "出差": ("李四 出差", "李四", UNSURE, 1, None),
    "明天到": ("李四 明天到", "李四", PLAIN, 1, None),
    "2人": ("李四 2人", "李四", PLAIN, 2, None),
    "连着2人": ("李四2人", "李四", PLAIN, 2, None),
    "两位": ("李四 两位", "李四", PLAIN, 2, None),
    "+2是再加两人": ("李四 +2", "李四", PLAIN, 3, None),
    "连着+1": ("李四+1", "李四", PLAIN, 2, None),
    "带家属": ("李四 带家属", "李四", PLAIN, 2, None),
    "带家属2人": ("李四 带家属2人", "李四", PLAIN, 3, None),
    "和老伴": ("李四和老伴", "李四", PLAIN, 2, None),
    "夫妻": ("李四夫妻", "李四", PLAIN, 2, None),
    "2大1小": ("李四 2大1小", "李四", PLAIN, 3, None),
    "太多人": ("李四 99人", "李四", PLAIN, 1, None),
    "6份不是人": ("李四 6份", "李四", PLAIN, 1, None),
    "10元": ("赵红 10元", "赵红", PAID, 1, 1000),
    "连着10元": ("赵红10元", "赵红", PAID, 1, 1000),
    "已交30元": ("赵红 已交30元", "赵红", PAID, 1, 3000),
    "连着已交": ("赵红已交", "赵红", PAID, 1, None),
    "光写数，不收钱": ("赵红 15", "赵红", PLAIN, 1, None),
    "2毛": ("赵红 2毛", "赵红", PAID, 1, 20),
    "两个数": ("赵红 15元 20元", "赵红", PAID, 1, None),
    "不是钱的数": ("赵红 gt7", "赵红", PLAIN, 1, None),
    "代谁": ("代 王秀英", "王秀英", PLAIN, 1, None),
    "连着代": ("代王秀英 15元", "王秀英", PAID, 1, 1500),
    "张三代王秀英": ("张三（代王秀英）", "王秀英", PLAIN, 1, None),
    "由谁代": ("王秀英（张三代）", "王秀英", PLAIN, 1, None),
    "姓代": ("代红", "代红", PLAIN, 1, None),
    "网名": ("阳光总在风雨后 参加", "阳光总在风雨后", PLAIN, 1, None),
    "W.": ("W.", "W.", PLAIN, 1, None),
}


@pytest.mark.parametrize(("line", "name", "kind", "count", "fen"), NOTES.values(), ids=NOTES)
def test_it_reads_what_stands_behind_a_name(
    line: str, name: str, kind: NoteKind, count: int, fen: int | None
) -> None:
    [entry] = read_entries(1, line)

    assert (entry.name, entry.kind, entry.count, entry.amount_fen) == (name, kind, count, fen)


WHOSE = {
    # Units, places, house numbers and posts stand before a name or behind it.
    "退休支部-刘玉兰": "刘玉兰",
    "退休支部刘玉兰": "刘玉兰",
    "内科 邵医生": "邵医生",
    "内科王芳": "王芳",
    "财务科李会计": "李会计",
    "办公室王建国": "王建国",
    "第三网格 陈秀英": "陈秀英",
    "东头莫二嫂": "莫二嫂",
    "河西 李四": "李四",
    "村东头老李": "老李",
    "2单元 施大妈": "施大妈",
    "5号楼 2单元 301 孙梅": "孙梅",
    "3-2-501 王芳": "王芳",
    "501王建国": "王建国",
    "12#303 陶然": "陶然",
    "A座1203 李秀兰": "李秀兰",
    "宣传委员小邓": "小邓",
    "副组长李建军 晚点到": "李建军",
    "车间主任老周": "老周",
    "一支部书记李强": "李强",
    "机关支部宣传委员小邓": "小邓",
    "老党员王大爷": "王大爷",
    "周一：张三": "张三",
    "王芳（内科）": "王芳",
    "王芳-内科 请假": "王芳",
    # Nicknames that only sound like one.
    "西门吹雪": "西门吹雪",
    "西部王子": "西部王子",
    "园丁李": "园丁李",
    "店小二": "店小二",
    "红楼梦": "红楼梦",
    "南门大姐 2人": "南门大姐",
    "江南水乡 请假": "江南水乡",
    "家家乐 2人": "家家乐",
    "295-909 6份": "295-909",
    "内科 3人": "内科",
    # Names with a space, a dot, in another script.
    "王 建国 请假": "王建国",
    "杨 鹏60元": "杨鹏",
    "欧阳 修文": "欧阳修文",
    "王 请假": "王",
    "Tony 杨 请假": "Tony 杨",
    "Mr. Zhang 2人": "Mr. Zhang",
    "David Li": "David Li",
    "Jack OK": "Jack",
    "Tom L": "Tom",
    "J.K请假": "J.K",
    "A0建材老周2人": "A0建材老周",
    "阿依古丽·买买提 请假": "阿依古丽·买买提",
    ".强哥": "强哥",
    "永远跟党走请假": "永远跟党走",
    "王芳因病请假": "王芳",
    "王芳正常参加": "王芳",
    "王芳迟到": "王芳",
    "刘永代": "刘永代",
    "陳國華 請假": "陈国华",
    # Several in one line.
    "王建国 李秀英 2人": "王建国 李秀英",
    "王建国，李秀英 两人": "王建国 李秀英",
    "王建国，李秀英，张敏": "王建国 李秀英 张敏",
    "王建国与李秀英请假": "王建国 李秀英",
    "邢大姐和老邢 2人": "邢大姐 老邢",
    "王建国&李秀英": "王建国 李秀英",
    "王建国/李秀英": "王建国 李秀英",
    "平安、黄河 2人": "平安 黄河",
    "王建国 李秀英": "王建国",
    "王建国，出差": "王建国",
    "张三 自驾，可带3人": "张三",
    "张三和老伴": "张三",
    "我和老伴": "我",
    # The note first, or no name at all.
    "请假：张三": "张三",
    "参加 李四": "李四",
    "参加": "",
    "2人": "",
    "只能参加第一天": "",
}


@pytest.mark.parametrize(("line", "names"), WHOSE.items(), ids=WHOSE)
def test_it_tells_whose_a_line_is(line: str, names: str) -> None:
    assert " ".join(entry.name for entry in read_entries(1, line)) == names


def test_persons_who_share_a_line_add_up_to_what_it_says() -> None:
    two, four = read_entries(1, "张三、李四 2人"), read_entries(1, "张三、李四 4人")

    assert [entry.count for entry in two] == [1, 1]
    assert sum(entry.count for entry in four) == 4


SAID: dict[str, tuple[NoteKind, int]] = {
    "晚点到": (PLAIN, 1),
    "晚点": (PLAIN, 1),
    "会迟到": (PLAIN, 1),
    "晚点交": (UNSURE, 1),
    "下午交": (UNSURE, 1),
    "下周交": (UNSURE, 1),
    "让儿子转": (UNSURE, 1),
    "下午交了": (PAID, 1),
    "不能确定": (UNSURE, 1),
    "看下午手术": (UNSURE, 1),
    "没写完": (UNSURE, 1),
    "不能来，下次一定": (DECLINES, 1),
    "不要": (DECLINES, 1),
    "不吃": (DECLINES, 1),
    "走不开": (DECLINES, 1),
    "不要辣": (PLAIN, 1),
    "只能参加第一天": (PLAIN, 1),
    "身体不适，请假": (LEAVE, 1),
    "请假（带孩子看病）": (LEAVE, 1),
    "已转告": (PLAIN, 1),
    "+1": (PLAIN, 2),
    "（+1）": (PLAIN, 2),
    "+2人": (PLAIN, 3),
    "+老伴": (PLAIN, 2),
    "加1": (PLAIN, 2),
    "带老伴和孙子": (PLAIN, 3),
    "带俩娃": (PLAIN, 3),
    "带2瓶水": (PLAIN, 1),
    "带家属共3人": (PLAIN, 3),
    "可带3人": (PLAIN, 1),
    "两大一小": (PLAIN, 3),
    "大人2小孩1": (PLAIN, 3),
    "第2批": (PLAIN, 1),
    "3": (PLAIN, 1),
    "×2": (PLAIN, 1),
}


@pytest.mark.parametrize(("note", "said"), SAID.items(), ids=SAID)
def test_it_reads_how_many_come_and_whether(note: str, said: tuple[NoteKind, int]) -> None:
    [entry] = read_entries(1, f"张三 {note}")

    assert (entry.name, entry.kind, entry.count) == ("张三", *said)


TIMES = ["李建国 x2", "李建国×2", "李建国 ×2", "李建国x2", "李建国 X 2", "李建国（×2）"]


@pytest.mark.parametrize("line", TIMES)
def test_times_two_are_two_persons_where_people_sign_up(line: str) -> None:
    joins = find_chain(f"#接龙\n党校培训班报名\n1. {line}\n2. 李四")
    buys = find_chain(f"#接龙\n百香果团购报名\n1. {line}\n2. 李四")

    assert joins is not None
    assert [(entry.name, entry.count) for entry in joins.entries] == [("李建国", 2), ("李四", 1)]
    assert buys is not None
    assert [entry.count for entry in buys.entries] == [1, 1]


PAYS: dict[str, tuple[NoteKind, int | None]] = {
    "15": (PAID, 1500),
    "12.5": (PAID, 1250),
    "三十": (PAID, 3000),
    "30￥": (PAID, 3000),
    "转了22": (PAID, 2200),
    "捐200": (PAID, 20000),
    "现金交给组长": (PAID, None),
    "红包给你了": (PAID, None),
    "（老婆代交）": (PAID, None),
    "15（儿子代转）": (PAID, 1500),
    "15+20": (PAID, 3500),
    "20×3=60元": (PAID, 6000),
    "20元×3个月": (PAID, None),
    "2月12元 3月12元": (PAID, 2400),
    "自己15元，老伴15元": (PAID, None),
    "交了15，差5元": (PAID, 1500),
    "1-3月 45元": (PAID, 4500),
    "已交30元 还差 6 个人没交": (PAID, 3000),
    "晚点": (UNSURE, None),
    "明天现金给": (UNSURE, None),
}


@pytest.mark.parametrize(("note", "said"), PAYS.items(), ids=PAYS)
def test_in_a_chain_about_money_it_reads_amounts(
    note: str, said: tuple[NoteKind, int | None]
) -> None:
    chain = find_chain(f"#接龙\n党费\n1. 张三 {note}\n2. 李四")

    assert chain is not None
    assert (chain.entries[0].kind, chain.entries[0].amount_fen) == said
    assert chain.entries[0].count == 1


DOUBTFUL: dict[str, bool] = {
    "": False,
    "15": False,
    "15元，辛苦了": False,
    "已交": False,
    "已交，谢谢组织委员": False,
    "微信已转": False,
    "现金交给组长": False,
    "（老婆代交）": False,
    "15（儿子代转）": False,
    "3月9日已交": False,
    "3月已交": False,
    "1-3月 45元": False,
    "三十": False,
    "18RMB": False,
    "1.5元（农民党员）": False,
    "1O元": True,
    "3O元": True,
    "l5元": True,
    "2O": True,
    "两个月30": True,
    "两个月 30": True,
    "3个月45元": True,
    "半年90": True,
    "欠一个月": True,
    "15元，还欠一个月": True,
    "20元×3个月": True,
    "15元 20元": True,
    "和老伴 30": True,
    "自己15元，老伴15元": True,
    "15元 赵六也参加": True,
    "收到": True,
    "一共十几块": True,
}


@pytest.mark.parametrize(("note", "doubtful"), DOUBTFUL.items(), ids=DOUBTFUL)
def test_a_note_about_money_is_understood_to_its_last_word_or_left_to_a_person(
    note: str, doubtful: bool
) -> None:
    chain = find_chain(f"#接龙\n3月党费\n1. 张三 {note}\n2. 李四")

    assert chain is not None
    assert chain.entries[0].name == "张三"
    assert chain.entries[0].is_doubtful is doubtful


SHARED: dict[str, list[tuple[str, int | None, str, str]]] = {
    "张三 30，张伟4567 30": [("张三", 3000, "", ""), ("张伟", 3000, "4567", "")],
    "张三 30 张伟（5678）30": [("张三", 3000, "", ""), ("张伟", 3000, "5678", "")],
    "王五15，赵六15": [("王五", 1500, "", ""), ("赵六", 1500, "", "")],
    "王五15和赵六15": [("王五", 1500, "", ""), ("赵六", 1500, "", "")],
    "王五 15元 替赵六15元": [("王五", 1500, "", ""), ("赵六", 1500, "", "王五")],
    "王五15替赵六交15": [("王五", 1500, "", ""), ("赵六", 1500, "", "王五")],
    "替王五交15，替赵六交15": [("王五", 1500, "", ""), ("赵六", 1500, "", "")],
    "王五已交，赵六也交了": [("王五", None, "", ""), ("赵六", None, "", "")],
    "王五、赵六 已交": [("王五", None, "", ""), ("赵六", None, "", "")],
    "王五 三十，赵六 十五": [("王五", 3000, "", ""), ("赵六", 1500, "", "")],
    "王敏 替孙丽交0.2": [("孙丽", 20, "", "王敏")],
    "王五，15元": [("王五", 1500, "", "")],
    "王五 15元，老伴15元": [("王五", None, "", "")],
    "张伟4567 三十": [("张伟", 3000, "4567", "")],
    "张伟（5678）": [("张伟", None, "5678", "")],
    "张伟（5678）已交": [("张伟", None, "5678", "")],
    "张伟 尾号5678": [("张伟", None, "5678", "")],
    "张伟尾号5678 30": [("张伟", 3000, "5678", "")],
    "张伟（手机尾号5678）30": [("张伟", 3000, "5678", "")],
    "张三1200": [("张三", 120000, "1200", "")],
    "张三 1200元": [("张三", 120000, "", "")],
}


@pytest.mark.parametrize(("line", "said"), SHARED.items(), ids=SHARED)
def test_several_pay_in_one_line_and_digits_tell_namesakes(
    line: str, said: list[tuple[str, int | None, str, str]]
) -> None:
    chain = find_chain(f"#接龙\n3月党费\n1. {line}\n2. 李四")

    assert chain is not None
    found = [(e.name, e.amount_fen, e.tail, e.helper) for e in chain.entries[:-1]]
    assert found == said


@pytest.mark.parametrize("line", ["王五、赵六 30", "张三、张伟 各30", "王五 赵六 李建国 45"])
def test_an_amount_that_several_share_is_left_to_a_person(line: str) -> None:
    chain = find_chain(f"#接龙\n3月党费\n1. {line}\n2. 李四")

    assert chain is not None
    assert all(entry.is_doubtful for entry in chain.entries[:-1])


@pytest.mark.parametrize("note", ["1234", "5.1", "3", "15", "175 2件", "尾号1234"])
def test_elsewhere_a_number_alone_is_no_money(note: str) -> None:
    chain = find_chain(f"#接龙\nT恤登记\n1. 张三 {note}\n2. 李四")

    assert chain is not None
    assert [(e.kind, e.count, e.amount_fen) for e in chain.entries] == [(PLAIN, 1, None)] * 2


def test_what_a_chain_asks_tells_persons_from_papers() -> None:
    heads = find_chain("#接龙\n采摘\n例 姓名 人数\n1. 张三 3\n2. 李四 2")
    papers = find_chain("#接龙\n学习心得上交\n1. 张三 已交\n2. 李四")

    assert heads is not None
    assert [entry.count for entry in heads.entries] == [3, 2]
    assert papers is not None
    assert papers.entries[0].kind is PLAIN


def test_a_leave_on_the_line_below_belongs_to_the_last_one_too() -> None:
    chain = find_chain("#接龙\n植树\n1. 张三\n2. 李四\n请假")

    assert chain is not None
    assert chain.entries[-1].kind is LEAVE


def test_it_keeps_who_wrote_a_line_for_whom() -> None:
    [entry] = read_entries(1, "张三（代王秀英）")

    assert (entry.name, entry.helper) == ("王秀英", "张三")


def test_a_list_without_a_header_must_name_people() -> None:
    people, things = find_list("1、张三 2、李四 3、王秀英"), find_list("1、白菜 2、萝卜 3、土豆")

    assert people is not None
    assert [entry.name for entry in people.entries] == ["张三", "李四", "王秀英"]
    assert things is None


def test_a_chain_of_sixty_wordy_lines_is_read_to_its_end() -> None:
    lines = [
        f"{n}. 张{'三四五六七八'[n % 6]} 已交30元，谢谢组织委员，辛苦了各位" for n in range(1, 61)
    ]

    chain = find_chain("#接龙\n11月党费\n\n" + "\n".join(lines))

    assert chain is not None
    assert [entry.number for entry in chain.entries] == list(range(1, 61))
    assert not chain.is_cut


def test_a_longer_one_is_cut_at_a_line_end_and_says_so() -> None:
    lines = [f"{n}. 张三丰 {'字' * 60}" for n in range(1, 100)]

    chain = find_chain("#接龙\n长\n" + "\n".join(lines))

    assert chain is not None
    assert chain.is_cut
    assert all(len(entry.raw) == len("张三丰 ") + 60 for entry in chain.entries)


def _render(chain: Chain) -> str:
    head = ["#接龙", *([chain.title] if chain.title else []), *chain.examples]
    rows = [f"{e.number}. {e.name} {e.note}".rstrip() for e in chain.entries]
    return "\n".join([*head, "", *rows, *(["", chain.tail] if chain.tail else [])])


_NAMES = st.sampled_from(
    [
        "张三",
        "李四",
        "王秀英",
        "赵红",
        "欧阳静",
        "老李",
        "王大爷",
        "Alice",
        "W.",
        "阳光总在风雨后",
        "295-909",
    ]
)
_NOTES = st.sampled_from(
    ["", "请假", "2人", "已交30元", "带家属2人", "不参加", "明天交", "15元", "+2", "白色 512"]
)
_TITLES = st.sampled_from(
    ["", "11月党费", "3月主题党日签到", "周六志愿服务，8点集合", "百香果团购"]
)
_CHAINS = st.builds(
    lambda title, example, tail, people: Chain(
        title,
        ("例 姓名 人数",) if example else (),
        tuple(Entry(number, "", name, note) for number, (name, note) in enumerate(people, start=1)),
        "截止明天中午" if tail else "",
    ),
    _TITLES,
    st.booleans(),
    st.booleans(),
    st.lists(st.tuples(_NAMES, _NOTES), min_size=1, max_size=60),
)


@given(_CHAINS)
def test_a_rendered_chain_reads_back_the_same(chain: Chain) -> None:
    read = find_chain(_render(chain))

    assert read is not None
    assert (read.title, read.examples, read.tail) == (chain.title, chain.examples, chain.tail)
    assert [(e.number, e.name) for e in read.entries] == [(e.number, e.name) for e in chain.entries]
    assert _render(read) == _render(chain)


@given(_CHAINS, st.sampled_from(["、", "．", "）", ": ", "，"]))
def test_hand_typed_marks_make_no_difference(chain: Chain, mark: str) -> None:
    retyped = re.sub(r"^(\d+)\. (?!\d)", rf"\1{mark}", _render(chain), flags=re.MULTILINE)

    read = find_chain(retyped)

    assert read is not None
    assert [entry.name for entry in read.entries] == [entry.name for entry in chain.entries]


_ALPHABET = (
    "#接龙龍例 \n1234567890.．、，:：()（）[]①②1️⃣🔟张三李四王秀英请假代到元人+-_@「」/"
    + string.ascii_letters
)
_ANYTHING = st.text(alphabet=st.one_of(st.sampled_from(_ALPHABET), st.characters()), max_size=400)


@given(_ANYTHING, st.sampled_from(["", "#接龙\n", "#接龙 ", "接龙："]))
@example("1" * 400, "#接龙\n")
@example("1. " * 130, "#接龙 ")
@example("\n1" * 200, "#接龙\n")
@example("(" * 400, "#接龙\n1.")
def test_no_text_raises_and_every_entry_has_a_name(text: str, header: str) -> None:
    for chain in (find_chain(header + text), find_list(text)):
        if chain is not None:
            assert all(entry.name.strip() and 1 <= entry.count <= 20 for entry in chain.entries)


def _calls(text: str) -> int:
    """Count the calls it takes to read a text, those into C included."""
    calls = 0

    def count(_frame: object, event: str, _arg: object) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    sys.setprofile(count)
    try:
        find_chain(text)
    finally:
        sys.setprofile(None)
    return calls


@pytest.mark.parametrize(
    "piece",
    ["1\n", "1. ", "#接龙 ", "1. 张三 1、", "(1)\n", "①", "例 \n", "1.1", "代张三\n", "\n1. 张三"],
)
def test_ten_times_the_text_takes_ten_times_the_steps(piece: str) -> None:
    _calls("#接龙\n1. 张三")  # what is done once in a process

    few, many = _calls("#接龙\n" + piece * 30), _calls("#接龙\n" + piece * 300)

    assert many <= 11 * few
    assert len("#接龙\n" + piece * 300) < LONGEST_CHAIN


@pytest.mark.parametrize(
    "note",
    [
        "在路上",
        "（在路上）",
        "还在路上",
        "正在路上",
        "在来的路上",
        "在赶来的路上",
        "人在途中",
        "半路上",
        "路上堵车",
        "堵车了",
        "堵在桥上",
        "马上到",
        "马上就到",
        "快到了",
        "快来了",
        "立马到",
        "5分钟到",
        "十分钟后到",
        "还有10分钟到",
        "正赶过来",
        "在往回赶来",
        "刚出门",
        "出发了",
    ],
)
def test_who_is_on_the_way_is_not_there_yet(note: str) -> None:
    (entry,) = read_entries(2, f"张三 {note}")

    assert (entry.name, entry.kind) == ("张三", UNSURE)


@pytest.mark.parametrize("note", ["准时到", "到了", "已到", "线上", "带老伴", "下午到", "晚点到"])
def test_who_comes_is_not_taken_for_one_on_the_way(note: str) -> None:
    (entry,) = read_entries(2, f"张三 {note}")

    assert entry.kind is PLAIN
