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
}
LOOK_ALIKES = {
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
