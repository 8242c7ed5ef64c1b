"""Dues said in the manner of the elderly: every payer, month and sum is read right, or it is asked.

One table a rule. A line gives what is said and what is read: payer, months, sum, `；` between
payments, `问` and what is asked where nothing may be written. Monday, 16 November 2026.
"""

from __future__ import annotations

from datetime import datetime

import pytest

from bot.clock import SHANGHAI
from bot.inbound.parse import parse_line, understand
from bot.inbound.payments import DuesPaidSlots
from bot.inbound.read import read
from bot.inbound.utterance import Lexicon
from handlers import INTENTS

NOW = datetime(2026, 11, 16, 10, tzinfo=SHANGHAI)
THREE = "赵六 11 15；王五 11 15；孙丽 11 0.2"
SAME_LISTS = (
    "11月党费：赵六15王五15孙丽0.2",
    "11月党费：赵六15、王五15、孙丽0.2",
    "11月党费 赵六15 王五15 孙丽0.2",
    "11月党费，赵六15，王五15，孙丽0.2",
    "11月党费：赵六15；王五15；孙丽0.2",
    "11月党费：赵六:15 王五:15 孙丽:0.2",
    "11月党费：赵六15元，王五15元，孙丽2毛",
    "11月党费：赵六十五，王五十五，孙丽两毛",
    "赵六十五块，王五十五块，孙丽两毛，十一月党费",
    "赵六15，王五15，孙丽0.2，都是11月的党费",
    "赵六15王五15孙丽0.2（11月党费）",
    "11月党费赵六交了15王五交了15孙丽交了0.2",
    "11月份党费收齐了：赵六15，王五15，孙丽0.2",
    "今天收了11月党费：赵六15，王五15和孙丽0.2",
    "一组11月党费：赵六15、王五15、孙丽0.2，共30.2元",
    "我们组11月党费3人：赵六15王五15孙丽0.2",
    "麻烦记一下11月党费：赵六15元王五15元孙丽0.2元",
    "11月黨費：趙六15、王五15、孫麗0.2",
    "本月党费：赵六 15 @王五 15 @孙丽 0.2",
    "十一月党费 赵六同志15 王五同志15 孙丽同志0.2",
    "11月党费：赵六（现金）15，王五（微信）15，孙丽0.2",
)
LISTS = dict.fromkeys(SAME_LISTS, THREE) | {
    "党费：赵六15王五15": "赵六 - 15；王五 - 15",
    "王德贵15、李桂兰15、张三20": "问TOPIC",
    "王五：15\n赵六：15": "问TOPIC",
    "一组党费150：张三15李四15": "问TOTAL",
    "11月党费3人：赵六15王五15": "11 问TOTAL",
    "11月党费赵六15王五15一共40": "11 问TOTAL",
    "11月党费应交：赵六15王五15": "",
    "11月党费没交的：赵六15王五15": "",
}
TOGETHER = {
    "公公婆婆党费各15": "公公、婆婆 - 30 各15",
    "公公婆婆的党费一人15": "公公、婆婆 - 30 各15",
    "替公公婆婆交党费各15": "公公、婆婆 - 30 各15",
    "爷爷奶奶11月党费各5块": "爷爷、奶奶 11 10 各5",
    "爸爸妈妈党费各交了15": "爸爸、妈妈 - 30 各15",
    "我爸我妈11月党费各15": "爸、妈 11 30 各15",
    "我女儿女婿的11月党费各30": "女儿、女婿 11 60 各30",
    "爸妈党费各15": "爸妈 - 30 各15",
    "父母党费各15元": "父母 - 30 各15",
    "给张三、李四各交10": "张三、李四 - 20 各10",
    "帮张三和李四各交了10块": "张三、李四 - 20 各10",
    "替张三李四11月各交10元党费": "张三、李四 11 20 各10",
    "张三、李四11月党费各10": "张三、李四 11 20 各10",
    "张三李四党费每人10": "张三、李四 - 20 各10",
    "王德贵、李桂兰11月各15": "王德贵、李桂兰 11 30 各15",
    "赵六跟王五的党费一人十五": "赵六、王五 - 30 各15",
    "赵六、王五党费各15，我一起交的": "赵六、王五 - 30 各15",
    "我和张伟1-3月各30": "我、张伟 1,2,3 - 问MONTHLY 30",
    "我和张伟1到3月党费各30": "我、张伟 1,2,3 - 问MONTHLY 30",
    "我跟张伟一月到三月各三十": "我、张伟 1,2,3 - 问MONTHLY 30",
    "我和张伟一季度党费各30": "我、张伟 1,2,3 - 问MONTHLY 30",
    "我和张伟1-3月每人每月30": "我、张伟 1,2,3 180 各90",
}
SUMS = {
    "党费上个月交多了5块，这个月交10": "我 11 10",
    "上个月党费多交了5块，这个月交10": "我 11 10",
    "10月党费交少了5元，11月交20": "我 11 20",
    "党费15×3月，8到10月": "我 8,9,10 45",
    "党费15x3月，8到10月": "我 8,9,10 45",
    "党费15*3，8-10月": "我 8,9,10 45",
    "8到10月党费3个月×15": "我 8,9,10 45",
    "交了两月，一月十五": "我 - 30",
    "党费交了两月，一月15": "我 - 30",
    "党费交了俩月，一个月十五": "我 - 30",
    "党费交了仨月，一月十五": "我 - 45",
    "党费15-20元": "问SUM",
    "党费交了15-20元": "问SUM",
    "党费15到20块": "问SUM",
    "党费十五到二十块": "问SUM",
    "党费15或者20": "问SUM",
    "党费大概15": "问SUM",
    "党费好像是15": "问SUM",
    "党费约15元": "问SUM",
    "党费十几块交了": "问SUM",
    "党费50给的，找回35": "问SUM",
    "党费5块，零钱不够先交3块": "我 - 3",
    "党费15，没带够先交10": "我 - 10",
    "党费应交15实交10": "我 - 10",
    "党费和工会费一起80": "问FEE 80",
    "党费跟工会费一共80块": "问FEE 80",
    "党费加工会费80": "问FEE 80",
    "工会费和党费一起80交了": "问FEE 80",
    "党费、团费一共20": "问FEE 20",
    "党费和捐款一起100": "问FEE 100",
    "11月党费连物业费共150": "11 问FEE 150",
    "十月十一月两个月党费三十块一起交了": "我 10,11 30",
    "11月党费三十块一块交的": "我 11 30",
    "10月党费十五块一起转了": "我 10 15",
    "15元党费": "我 - 15",
    "党费 1 2 3": "问SUM",
    "党费 1、2、3": "问SUM",
    "党费 10 11月": "11 问SUM",
    "党费 11 12": "问SUM",
    "11月党费12，12月党费13": "我 11,12 25",
    "1 1 月 党 费 1 5 元": "我 11 15",
    "特殊党费交了1000元": "",
    "我交了1000元特殊党费，11月党费15": "",
}
MONTHS = {
    "202608-202610已交45": "我 8,9,10 45",
    "党费202608-202610已交45": "我 8,9,10 45",
    "202608-202610党费45": "我 8,9,10 45",
    "202611党费15": "我 11 15",
    "党费 202611 15元": "我 11 15",
    "202610、202611党费30": "我 10,11 30",
    "202610到202611党费30交了": "我 10,11 30",
    "党费交到12月了": "我 - - 到12",
    "党费已交到十二月": "我 - - 到12",
    "党费都交到12月份了": "我 - - 到12",
    "我交到12月了": "我 - - 到12",
    "党费交清到10月了": "我 - - 到10",
    "党费交到年底了": "我 - - 到12",
    "党费交到这个月了": "我 - - 到11",
    "党费补到11月了": "我 - - 到11",
    "黨費交到12月咗": "我 - - 到12",
    "党费交到12月了60": "我 - 60 到12",
    "预交12月党费15": "我 12 15",
    "12月份的党费15块钱，1月份的也预交15": "我 12,2027-1 30",
    "这俩月党费都交了啊，8月12，9月12": "我 8,9 24",
    "11月党费 赵六 15": "赵六 11 15",
    "党fei 15": "我 - 15",
    "党 fei 15": "我 - 15",
    "dang费15": "我 - 15",
}
STORIES = (
    "我交了40年党费",
    "交了四十年党费了",
    "我都交了50年党费了",
    "交了快三十年党费",
    "交了整整20年的党费",
    "党费我交了几十年了",
    "党费交了一辈子",
    "交了大半辈子党费",
    "交党费交了30多年",
    "入党五十年，年年交党费",
    "我交了十几年党费",
    "俺交了45年黨費",
    "党费15退回来了",
    "党费转了15，被退回了",
)
RECEIVED = {
    "收王五党费15元": "王五 - 15",
    "收到王五党费15": "王五 - 15",
    "今天收了王五11月党费15": "王五 11 15",
    "收王五11月份党费十五块": "王五 11 15",
    "我收了王五同志党费15": "王五 - 15",
    "刚收到王五的11月党费15元": "王五 11 15",
    "代收王五党费15": "王五 - 15",
    "老李的党费我先垫上了15": "老李 - 15",
}

OWNERS = {
    "刚转了15块党费给王敏": "我 - 15",
    "党费15交给王敏了": "我 - 15",
    "给王敏转了党费15": "我 - 15",
    "党费15块钱给李书记了": "我 - 15",
    "我帮隔壁赵六交了11月党费15": "赵六 11 15",
    "帮对门王五交了11月党费15": "王五 11 15",
    "王五托我交11月党费15": "王五 11 15",
    "王五让我帮他交了11月党费十五元": "王五 11 15",
    "11月党费 赵六 15": "赵六 11 15",
    "赵六 11月党费 15": "赵六 11 15",
    "党费 赵六 11月 15": "赵六 11 15",
    "赵六11月15，党费": "赵六 11 15",
    "11.12收赵六党费15元": "赵六 - 15",
    "11月12日收到赵六党费15": "赵六 - 15",
    "赵六11月15 王五11月15 党费": "赵六、王五 11 - 问SEVERAL",
    "赵六11月15王五10月15党费交了": "赵六、王五 10,11 - 问SEVERAL",
    "赵六、王五11月党费30元": "赵六、王五 11 30",
    "党费赵六微信15，王五现金15": "赵六 - 15；王五 - 15",
    "党费 赵六/15 王五/15": "赵六 - 15；王五 - 15",
    "报党费：赵六15、王五15": "赵六 - 15；王五 - 15",
    "今儿个收上来赵六15王五15，都是党费": "赵六 - 15；王五 - 15",
    "党费交重了，15交了两次": "",
    "党费交了两遍": "",
}


def _month(month: object) -> str:
    year, number = str(month).split("-")
    return f"{int(number)}" if year == "2026" else f"{year}-{int(number)}"


def _yuan(fen: int) -> str:
    return f"{fen // 100}.{fen % 100:02}".rstrip("0").rstrip(".")


def _words(slots: DuesPaidSlots) -> str:
    months = ",".join(map(_month, slots.months)) or "-"
    if slots.shares and slots.doubt is None:
        return "；".join(f"{name} {months} {_yuan(fen)}" for name, fen in slots.shares)
    asked = f"问{slots.doubt.name}" if slots.doubt else ""
    if slots.doubt and slots.doubted_fen is not None and not slots.shares:
        asked += f" {_yuan(slots.doubted_fen)}"
    me = ("我",) if slots.with_me or not slots.names else ()
    if asked and (slots.shares or not slots.names):
        return " ".join(filter(None, (months.strip("-"), asked)))
    fen = "-" if slots.amount_fen is None else _yuan(slots.amount_fen)
    each = f"各{_yuan(slots.each_fen)}" if slots.each_fen is not None else ""
    until = f"到{_month(slots.until)}" if slots.until else ""
    who = "、".join((*me, *slots.names))
    return " ".join(filter(None, (who, months, fen, each, until, asked)))


def _paid(text: str, quoted: str | None = None) -> str:
    known = tuple(name for name in ("张三", "李四", "赵六", "王五") if name in text)
    said = read(
        text,
        quoted=quoted,
        private=True,
        addressed=True,
        now=NOW,
        lexicon=Lexicon(names=known) if len(known) > 1 else Lexicon(),
    )
    found = [match.reading.slots for match in understand(said, INTENTS)]
    return "；".join(_words(slots) for slots in found if isinstance(slots, DuesPaidSlots))


@pytest.mark.parametrize(("text", "paid"), LISTS.items(), ids=list(LISTS))
def test_a_list_loses_nobody(text: str, paid: str) -> None:
    assert _paid(text) == paid


@pytest.mark.parametrize(("text", "paid"), TOGETHER.items(), ids=list(TOGETHER))
def test_two_who_are_said_in_one_breath_are_two(text: str, paid: str) -> None:
    assert _paid(text) == paid


@pytest.mark.parametrize(("text", "paid"), SUMS.items(), ids=list(SUMS))
def test_a_sum_is_the_one_paid_or_it_is_asked(text: str, paid: str) -> None:
    assert _paid(text) == paid


@pytest.mark.parametrize(("text", "paid"), MONTHS.items(), ids=list(MONTHS))
def test_every_month_is_kept(text: str, paid: str) -> None:
    assert _paid(text) == paid


@pytest.mark.parametrize("text", STORIES)
def test_a_story_is_no_payment_and_no_question(text: str) -> None:
    assert parse_line({"text": text, "now": NOW.isoformat(), "chat": "private"}, INTENTS) == {
        "intents": []
    }


@pytest.mark.parametrize(("text", "paid"), RECEIVED.items(), ids=list(RECEIVED))
def test_what_was_received_is_the_payers(text: str, paid: str) -> None:
    assert _paid(text) == paid


@pytest.mark.parametrize(("text", "paid"), OWNERS.items(), ids=list(OWNERS))
def test_nobodys_dues_are_put_to_another(text: str, paid: str) -> None:
    assert _paid(text) == paid


@pytest.mark.parametrize(
    ("quoted", "months"),
    [
        ("请交10月党费", [10]),
        ("请大家交10月党费，11月20日前转给王敏", [10]),
        ("请于11月底前交清10月党费", [10]),
        ("10月份党费开始收了", [10]),
        ("党费：10月，请没交的同志抓紧", [10]),
        ("张三您好：10月党费30元还没有登记。交了回复 党费已交", [10]),
        ("还没交10月党费的同志抓紧啦", [10]),
        ("三季度党费请各位尽快", [7, 8, 9]),
        ("8-10月党费45元请补交", [8, 9, 10]),
        ("2026年10月党费收缴通知", [10]),
        ("十月份的党费该交了", [10]),
        ("请交本月党费", []),
        ("上个月党费没交的抓紧", []),
        ("请交党费", []),
        ("10月党费已收，11月党费开始收", []),
        ("10月的会改到三楼", []),
    ],
)
@pytest.mark.parametrize("text", ["转了十五", "交了，15", "我的15", "已交15元", "15交过去了"])
def test_a_reply_without_a_month_is_for_that_of_the_notice(
    quoted: str, months: list[int], text: str
) -> None:
    said = read(text, quoted=quoted, private=True, addressed=True, now=NOW)
    found = [match.reading.slots for match in understand(said, INTENTS)]
    (slots,) = [one for one in found if isinstance(one, DuesPaidSlots)] or [DuesPaidSlots()]

    assert [month.number for month in slots.quoted] == months
    assert slots.months == ()


@pytest.mark.parametrize(
    "text",
    [
        "10月党费收齐了吗",
        "10月党费收齐没",
        "10月党费收齐没有",
        "十月份党费收齐了没",
        "10月的党费收够了吗",
        "10月党费收完了么",
        "10月党费收上来没有",
        "10月党费收得怎么样了",
        "10月党费收得咋样",
    ],
)
def test_whether_all_have_paid_is_asked_of_the_branch(text: str) -> None:
    line = {"text": text, "now": NOW.isoformat(), "chat": "private"}

    (asked,) = parse_line(line, INTENTS)["intents"]

    assert (asked["intent"], asked["months"]) == ("stats_query", ["2026-10"])


@pytest.mark.parametrize(
    ("text", "months"),
    [
        ("催缴党费 张三 3月", ["2026-03"]),
        ("催缴党费 3月 张三", ["2026-03"]),
        ("催缴3月党费 张三", ["2026-03"]),
        ("催缴党费：张三 3月", ["2026-03"]),
        ("催缴张三3月党费", ["2026-03"]),
        ("催一下张三3月的党费", ["2026-03"]),
        ("催党费 张三", None),
        ("催一下党费 张三", None),
        ("提醒党费 张三 3月", ["2026-03"]),
        ("催缴党费 @张三 3月份", ["2026-03"]),
    ],
)
def test_whom_to_remind_is_read(text: str, months: list[str] | None) -> None:
    line = {"text": text, "now": NOW.isoformat(), "chat": "private"}
    (order,) = parse_line(line, INTENTS)["intents"]

    assert (order["intent"], order["names"], order.get("months")) == (
        "remind_unpaid",
        ["张三"],
        months,
    )
