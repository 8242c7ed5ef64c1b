"""Money, months, dates, times and counts inside a text; today is Monday 16 November 2026."""

from __future__ import annotations

from datetime import date, time
from typing import Any

import pytest

from bot.inbound.spans.counts import find_below_zero, find_counts
from bot.inbound.spans.dates import find_dates
from bot.inbound.spans.money import find_bare_amounts, find_money
from bot.inbound.spans.months import find_months, find_years
from bot.inbound.spans.times import find_time_ranges, find_times, time_of
from bot.inbound.utterance import Span

TODAY = date(2026, 11, 16)

MONEY = {
    "15元": 1500,
    "15块": 1500,
    "15块钱": 1500,
    "15块5": 1550,
    "15块5毛": 1550,
    "15块零5分": 1505,
    "15元5角2分": 1552,
    "三块八": 380,
    "2毛": 20,
    "2毛5": 25,
    "5分钱": 5,
    "¥1,200": 120000,
    "¥12.5元": 1250,
    "一百二十块": 12000,
    "一百二块": 12000,
    "壹佰贰拾元整": 12000,
    "壹元零壹分": 101,
    "人民币三十元": 3000,
    "1.5万元": 1500000,
    "15.005元": None,
    "一块去": None,
    "一块儿走": None,
    "一块钱": 100,
    "1,200.50元": 120050,
    "1万2千元": 1200000,
    "15块8毛5": 1585,
    "十二块半": 1250,
    "一块半": 150,
    "十二块半天": 1200,
    "RMB36": 3600,
    "rmb 36.5": 3650,
    "CNY 36": 3600,
    "块八毛": None,
    "15块5个人": 1500,
    "45分": None,
    "12号": None,
    "9999999999999元": None,
}
BARE = {
    "党费 30": 3000,
    "每月一百": 10000,
    "转了二十": 2000,
    "12.5": 1250,
    "3月": None,
    "12号": None,
    "一下": None,
    "第3": None,
    "0": None,
}
MONTHS = {
    "本月": "2026-11",
    "这个月": "2026-11",
    "上个月": "2026-10",
    "上上个月": "2026-09",
    "下月": "2026-12",
    "11月": "2026-11",
    "12月": "2026-12",
    "十二月份": "2026-12",
    "元月": "2026-01",
    "1月": "2026-01",
    "去年12月": "2025-12",
    "明年1月": "2027-01",
    "前年三月": "2024-03",
    "2025年3月": "2025-03",
    "25年3月": "2025-03",
    "二〇二五年三月": "2025-03",
    "91年5月": "1991-05",
    "2025-12": "2025-12",
    "1-3月": "2026-01 2026-02 2026-03",
    "1到3月": "2026-01 2026-02 2026-03",
    "1月至3月": "2026-01 2026-02 2026-03",
    "1~3月份": "2026-01 2026-02 2026-03",
    "1、2、3月": "2026-01 2026-02 2026-03",
    "1月和3月": "2026-01 2026-03",
    "七八九月": "2026-07 2026-08 2026-09",
    "王五3月": "2026-03",
    "王五三月": "2026-03",
    "王二2月": "2026-02",
    "七八九三个月": "2026-07 2026-08 2026-09",
    "7-9三个月": "2026-07 2026-08 2026-09",
    "9月10月": "2026-09 2026-10",
    "去年11月到今年1月": "2025-11 2025-12 2026-01",
    "去年11月到12月": "2025-11 2025-12",
    "去年11月到2月": "2025-11 2025-12 2026-01 2026-02",
    "11月到1月": "2025-11 2025-12 2026-01",
    "11-1月": "2025-11 2025-12 2026-01",
    "9月至今": "2026-09 2026-10 2026-11",
    "一季度": "2026-01 2026-02 2026-03",
    "第四季度": "2026-10 2026-11 2026-12",
    "Q3": "2026-07 2026-08 2026-09",
    "去年四季度": "2025-10 2025-11 2025-12",
    "本季度": "2026-10 2026-11 2026-12",
    "上季度": "2026-07 2026-08 2026-09",
    "上半年": "2026-01 2026-02 2026-03 2026-04 2026-05 2026-06",
    "全年": " ".join(f"2026-{n:02}" for n in range(1, 13)),
    "15、3月": "2026-03",
    "3月12日": "",
    "3月12": "",
    "三个月": "",
    "两个月": "",
    "7-9两个月": "",
    "13月": "",
    "零月": "",
    "3-2月": "",
    "10-3月": "2025-10 2025-11 2025-12 2026-01 2026-02 2026-03",
    "一二季度": "2026-01 2026-02 2026-03 2026-04 2026-05 2026-06",
    "一、二季度": "2026-01 2026-02 2026-03 2026-04 2026-05 2026-06",
    "2-3季度": "2026-04 2026-05 2026-06 2026-07 2026-08 2026-09",
    "一到三季度": " ".join(f"2026-{n:02}" for n in range(1, 10)),
    "前三季度": " ".join(f"2026-{n:02}" for n in range(1, 10)),
    "头两个季度": " ".join(f"2026-{n:02}" for n in range(1, 7)),
    "前半年": " ".join(f"2026-{n:02}" for n in range(1, 7)),
    "后半年": " ".join(f"2026-{n:02}" for n in range(7, 13)),
    "末季度": "2026-10 2026-11 2026-12",
    "头三个月": "2026-01 2026-02 2026-03",
    "今年前三个月": "2026-01 2026-02 2026-03",
    "前三个月": "",
    "去年第三个月": "2025-03",
    "11月至次年1月": "2026-11 2026-12 2027-01",
    "下下个月": "2027-01",
    "大上个月": "2026-09",
    "2026/3-2026/5": "2026-03 2026-04 2026-05",
    "11月中旬": "",
    "五月初五": "",
}
JANUARY = {
    "12月": "2025-12",
    "1月": "2026-01",
    "3月": "2026-03",
    "4月": "2025-04",
    "四季度": "2025-10 2025-11 2025-12",
}
DATES: dict[str, Any] = {
    "今天": TODAY,
    "明天": date(2026, 11, 17),
    "大后天": date(2026, 11, 19),
    "前天": date(2026, 11, 14),
    "昨晚": date(2026, 11, 15),
    "周五": date(2026, 11, 20),
    "这周五": date(2026, 11, 20),
    "下周五": date(2026, 11, 27),
    "上周五": date(2026, 11, 13),
    "下下周日": date(2026, 12, 6),
    "星期天": date(2026, 11, 22),
    "周一": TODAY,
    "20号": date(2026, 11, 20),
    "16号": TODAY,
    "3号": date(2026, 12, 3),
    "31号": date(2026, 12, 31),
    "12月28日": date(2026, 12, 28),
    "3月5日": date(2027, 3, 5),
    "今年3月5日": date(2026, 3, 5),
    "去年3月5号": date(2025, 3, 5),
    "2027年1月2日": date(2027, 1, 2),
    "27年1月2日": date(2027, 1, 2),
    "2026-11-20": date(2026, 11, 20),
    "2026/1/2": date(2026, 1, 2),
    "3月12": date(2027, 3, 12),
    "本月9日": date(2026, 11, 9),
    "下个月3号": date(2026, 12, 3),
    "3天后": date(2026, 11, 19),
    "两天前": date(2026, 11, 14),
    "2月29日": date(2028, 2, 29),
    "明天到19号": (date(2026, 11, 17), date(2026, 11, 19)),
    "12-15号": (date(2026, 12, 12), date(2026, 12, 15)),
    "28号到2号": (date(2026, 11, 28), date(2026, 12, 2)),
    "12月3日-5日": (date(2026, 12, 3), date(2026, 12, 5)),
    "30号到12月2日": (date(2026, 11, 30), date(2026, 12, 2)),
    "周三到周五": (date(2026, 11, 18), date(2026, 11, 20)),
    "周五到周一": (date(2026, 11, 20), date(2026, 11, 23)),
    "周四、周五": (date(2026, 11, 19), date(2026, 11, 20)),
    "20号至19号": (date(2026, 11, 20), date(2026, 12, 19)),
    "2026-12-05到2026-11-01": date(2026, 12, 5),
    "这周": (date(2026, 11, 16), date(2026, 11, 22)),
    "下周": (date(2026, 11, 23), date(2026, 11, 29)),
    "周末": (date(2026, 11, 21), date(2026, 11, 22)),
    "周六日": (date(2026, 11, 21), date(2026, 11, 22)),
    "双休日": (date(2026, 11, 21), date(2026, 11, 22)),
    "下周一到三": (date(2026, 11, 23), date(2026, 11, 25)),
    "周一至五": (date(2026, 11, 16), date(2026, 11, 20)),
    "周三、四": (date(2026, 11, 18), date(2026, 11, 19)),
    "周三、五": date(2026, 11, 18),
    "周三到五楼": date(2026, 11, 18),
    "周三、四月": date(2026, 11, 18),
    "周六三点": date(2026, 11, 21),
    "20、21、22号": (date(2026, 11, 20), date(2026, 11, 22)),
    "二十到二十二号": (date(2026, 11, 20), date(2026, 11, 22)),
    "11.20-11.22": (date(2026, 11, 20), date(2026, 11, 22)),
    "11.20 14:30": date(2026, 11, 20),
    "11.20元": None,
    "2026-11-2014:30": date(2026, 11, 20),
    "13.5.2027": date(2027, 5, 13),
    "26.12.5": date(2026, 12, 5),
    "本月上旬": (date(2026, 11, 1), date(2026, 11, 10)),
    "12月中旬": (date(2026, 12, 11), date(2026, 12, 20)),
    "二月下旬": (date(2027, 2, 21), date(2027, 2, 28)),
    "下旬": (date(2026, 11, 21), date(2026, 11, 30)),
    "11月最后一天": date(2026, 11, 30),
    "两周后": date(2026, 11, 30),
    "一周前": date(2026, 11, 9),
    "一个月后": date(2026, 12, 16),
    "半个月后": date(2026, 12, 1),
    "第三周后": None,
    "春节": date(2027, 2, 6),
    "除夕夜": date(2027, 2, 5),
    "腊八": date(2027, 1, 15),
    "小年": date(2027, 1, 30),
    "腊月二十三": date(2027, 1, 30),
    "五月初五": date(2027, 6, 9),
    "农历三月初三": date(2027, 4, 9),
    "八月十五": date(2027, 9, 15),
    "八月十五号": date(2027, 8, 15),
    "去年八月十五": date(2025, 10, 6),
    "正月十五闹元宵": None,
    "国家宪法日": date(2026, 12, 4),
    "烈士纪念日": date(2027, 9, 30),
    "3号楼": None,
    "45号": None,
    "本月31号": None,
    "13月2日": None,
    "2026-13-01": None,
    "2月30日": None,
    "0号": None,
}
PAST = {
    "周五": date(2026, 11, 13),
    "周一": TODAY,
    "20号": date(2026, 10, 20),
    "12月28日": date(2025, 12, 28),
    "31号": date(2026, 10, 31),
}
TIMES = {
    "10:00": time(10),
    "3点": time(15),
    "7点": time(7),
    "12点": time(12),
    "下午3点": time(15),
    "晚上七点半": time(19, 30),
    "早上六点": time(6),
    "两点一刻": time(14, 15),
    "8点3刻": time(8, 45),
    "九点差一刻": time(8, 45),
    "九点差五分": time(8, 55),
    "八点过五分": time(8, 5),
    "半夜两点": time(2),
    "周五14点": time(14),
    "周五三点": time(15),
    "3:30pm": time(15, 30),
    "8:30 AM": time(8, 30),
    "9点三刻": time(9, 45),
    "9点20": time(9, 20),
    "8点整": time(8),
    "15时30分": time(15, 30),
    "中午12点": time(12),
    "中午1点": time(13),
    "晚上12点": time(0),
    "凌晨2点半": time(2, 30),
    "一点钟": time(13),
    "下午一点": time(13),
    "早一点": None,
    "有一点": None,
    "零点一": None,
    "24点5度": None,
    "25:00": None,
    "时候": None,
}
COUNTS = {
    "2人": 2,
    "两个人": 2,
    "三位": 3,
    "十二名": 12,
    "俩人": 2,
    "限20人": 20,
    "第3位": None,
    "2名额": None,
    "三个": None,
}


def _value(spans: list[Span]) -> Any:
    return spans[0].value if spans else None


@pytest.mark.parametrize(("text", "fen"), MONEY.items(), ids=list(MONEY))
def test_it_reads_money_in_fen(text: str, fen: int | None) -> None:
    assert _value(list(find_money(f"，{text}"))) == fen


@pytest.mark.parametrize(("text", "fen"), BARE.items(), ids=list(BARE))
def test_it_reads_a_number_that_stands_for_yuan(text: str, fen: int | None) -> None:
    assert _value(list(find_bare_amounts(text, 0, len(text)))) == fen


def _months(text: str, today: date, *, past: bool = False) -> str:
    spans = find_months(text, today, past=past, bare_days=True)
    found = {str(month) for span in spans for month in span.value}  # type: ignore[attr-defined]  # tuples of months
    return " ".join(sorted(found))


@pytest.mark.parametrize(("text", "months"), MONTHS.items(), ids=list(MONTHS))
def test_it_reads_months(text: str, months: str) -> None:
    assert _months(f"党费{text}的", TODAY) == months


@pytest.mark.parametrize(("text", "months"), JANUARY.items(), ids=list(JANUARY))
def test_it_reads_a_month_said_in_january_as_near(text: str, months: str) -> None:
    assert _months(text, date(2026, 1, 8)) == months


def test_it_never_reads_what_is_overdue_as_to_come() -> None:
    assert _months("12月", TODAY, past=True) == "2025-12"
    assert _months("11月", TODAY, past=True) == "2026-11"


def test_it_reads_a_number_after_a_month_as_an_amount_where_dues_are_spoken_of() -> None:
    spans = list(find_months("党费3月30", TODAY, past=False, bare_days=False))

    assert [str(month) for month in spans[0].value] == ["2026-03"]  # type: ignore[attr-defined]  # tuples of months


def test_it_reads_years_as_their_months() -> None:
    spans = list(find_years("去年和2024年的", TODAY))

    assert [len(span.value) for span in spans] == [12, 12]  # type: ignore[arg-type]  # tuples of months
    assert [str(span.value[0]) for span in spans] == ["2025-01", "2024-01"]  # type: ignore[index]  # tuples of months


@pytest.mark.parametrize(("text", "days"), DATES.items(), ids=list(DATES))
def test_it_reads_dates_of_what_comes(text: str, days: Any) -> None:
    found = [coming for coming, _ in find_dates(text, TODAY, bare_days=True)]

    assert _value(found) == days


@pytest.mark.parametrize(("text", "day"), PAST.items(), ids=list(PAST))
def test_it_reads_dates_of_what_is_over(text: str, day: date) -> None:
    assert _value([over for _, over in find_dates(text, TODAY, bare_days=True)]) == day


def test_it_reads_no_bare_day_where_dues_are_spoken_of() -> None:
    assert list(find_dates("3月30", TODAY, bare_days=False)) == []


@pytest.mark.parametrize(("text", "at"), TIMES.items(), ids=list(TIMES))
def test_it_reads_times(text: str, at: time | None) -> None:
    assert _value(list(find_times(text))) == at


def test_it_reads_spans_of_hours() -> None:
    assert _value(list(find_time_ranges("9~12点半"))) == (time(9), time(12, 30))
    assert _value(list(find_time_ranges("下午2点到5点"))) == (time(14), time(17))
    assert _value(list(find_time_ranges("9:00-11:30"))) == (time(9), time(11, 30))
    assert list(find_time_ranges("9点，11点")) == []
    assert list(find_time_ranges("9点到25:00")) == []


def test_it_knows_no_25th_hour() -> None:
    assert time_of("", 25, 0) is None
    assert time_of("", 9, 75) is None


@pytest.mark.parametrize(("text", "count"), COUNTS.items(), ids=list(COUNTS))
def test_it_reads_persons(text: str, count: int | None) -> None:
    assert _value(list(find_counts(text))) == count


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ("自愿多交 -5", [("-5", "5")]),
        ("自愿多交党费 负5元", [("负5元", "5元")]),
        ("到会-3人", [("-3人", "3人")]),
        ("报名 - 2人", [("- 2人", "2人")]),
        ("表决 三月安排 赞成-3 反对-1", [("-3", "3"), ("-1", "1")]),
        ("1-3月党费", []),
        ("3月-5月", []),
        ("9:00-11:00", []),
        ("9点-11点", []),
        ("2026-03-12", []),
        ("15-20人", []),
        ("A-3会议室", []),
        ("地下-2楼", []),
        ("党员大会-3月12日", []),
        ("负责人3人", []),
    ],
)
def test_numbers_with_a_minus_sign_are_told_from_ranges(
    said: str, found: list[tuple[str, str]]
) -> None:
    spans = list(find_below_zero(said))

    assert [(said[span.start : span.end], span.value) for span in spans] == found
