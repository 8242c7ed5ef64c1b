"""Message → utterance, and corpus lines → actions and values."""

from __future__ import annotations

import json
import time as clock
from datetime import date, datetime, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.clock import SHANGHAI
from bot.inbound.parse import parse_line
from bot.inbound.read import read
from bot.inbound.topics import Topic
from bot.inbound.utterance import Utterance
from handlers import INTENTS

NOW = datetime(2026, 11, 16, 9, 30, tzinfo=SHANGHAI)
WORDS = [
    "签到",
    "补签",
    "代签",
    "党费",
    "已交",
    "交了",
    "报名",
    "取消",
    "请假",
    "收到",
    "撤销",
    "打错了",
    "我",
    "老李",
    "王秀英",
    "和",
    "帮",
    "的",
    "了",
    "吗",
    "没",
    "不",
    "明天",
    "上周五",
    "3月",
    "1-3月",
    "一百二",
    "15块5",
    "15元",
    "20号",
    "下午3点",
    "+1",
    "2人",
    "，",
    "。",
    "？",
    "、",
    "：",
    "\n",
    "「",
    "」",
    "-",
    "-",
    "-",
    "@小助手",
    "#接龙",
    "谁",
    "多少",
    "怎么",
    "名单",
    "确认",
    "42",
    "发通知",
    "建会",
    "我的",
    "为什么",
]


def _read(text: str, *, private: bool = True) -> Utterance:
    return read(text, quoted=None, private=private, addressed=private, now=NOW)


def test_it_leaves_chatter_alone() -> None:
    utterance = _read("今天天气真好", private=False)

    assert utterance.clauses == ()
    assert not utterance.addressed


def test_it_leaves_chains_to_those_who_read_chains() -> None:
    assert _read("#接龙\n党费\n1. 张三 10元").clauses == ()


def test_it_finds_everything_of_value_once() -> None:
    utterance = _read("周五下午3点2人，1-3月党费45元")

    first, second = utterance.clauses
    assert utterance.date_in(first) == date(2026, 11, 20)
    assert utterance.date_in(first, past=True) == date(2026, 11, 13)
    assert utterance.time_in(first) == time(15)
    assert utterance.count_in(first) == 2
    assert utterance.money_in(second) == 4500
    assert [str(month) for month in utterance.months_in(second)] == [
        "2026-01",
        "2026-02",
        "2026-03",
    ]
    assert utterance.money_in(first) is None
    assert utterance.days_in(second) == (None, None)


def test_it_gives_both_ends_of_a_span_of_days() -> None:
    utterance = _read("明天到19号请假")

    assert utterance.days_in(utterance.clauses[0]) == (date(2026, 11, 17), date(2026, 11, 19))


def test_it_keeps_clauses_of_one_action_together() -> None:
    utterance = _read("今天腿疼，请假，党费也交了，20元")

    assert [clause.text for clause in utterance.about(Topic.LEAVE)] == ["今天腿疼", "请假"]
    assert [clause.text for clause in utterance.about(Topic.DUES)] == ["党费也交了", "20元"]
    assert utterance.about(Topic.SIGNUP) == ()


def test_it_reads_what_the_platform_quotes_apart() -> None:
    utterance = read("到", quoted="请大家签到", private=False, addressed=False, now=NOW)

    assert utterance.quoted_topics == {Topic.CHECKIN}
    assert utterance.topics == frozenset()


def test_it_knows_when_everybody_is_spoken_to() -> None:
    assert _read("请各位党员及时签到").to_others
    assert not _read("签到").to_others


@given(st.text(max_size=200), st.none() | st.text(max_size=60), st.booleans(), st.booleans())
def test_it_never_raises(text: str, quoted: str | None, private: bool, addressed: bool) -> None:
    utterance = read(text, quoted=quoted, private=private, addressed=addressed, now=NOW)

    for intent in INTENTS:
        for reading in intent.recognise(utterance):
            assert 0 <= reading.span[0] <= reading.span[1]


@given(st.lists(st.sampled_from(WORDS), max_size=14).map("".join), st.booleans())
def test_it_never_raises_on_our_own_words(text: str, private: bool) -> None:
    line = {"text": text, "chat": "private" if private else "group", "now": NOW.isoformat()}

    json.dumps(parse_line(line, INTENTS))


@pytest.mark.parametrize(
    "piece", ["签", "签到，", "党费1", "一", "1-", "我", "报名请假", "「", "3月", "帮老李"]
)
def test_it_reads_a_hostile_message_in_bounded_time(piece: str) -> None:
    text = piece * (600 // len(piece))

    started = clock.perf_counter()
    utterance = _read(text[:599])
    for intent in INTENTS:
        intent.recognise(utterance)

    assert clock.perf_counter() - started < 1


VALUES = [
    ("date", "下周五", "2026-11-27"),
    ("date", "明天到19号", "2026-11-17"),
    ("date", "随便", None),
    ("date_range", "下周", "2026-11-23/2026-11-29"),
    ("date_range", "三月到五月", "2026-03-01/2026-05-31"),
    ("date_range", "去年", "2025-01-01/2025-12-31"),
    ("date_range", "随便", None),
    ("time", "晚上七点半", "19:30"),
    ("time", "随便", None),
    ("time_none", "早一点", None),
    ("time_range", "上午9:00~11:30", "09:00/11:30"),
    ("time_range", "随便", None),
    ("datetime", "明天下午3点", "2026-11-17T15:00"),
    ("datetime", "8点", "2026-11-16T08:00"),
    ("datetime", "20分钟后", "2026-11-16T09:50"),
    ("datetime", "半小时前", "2026-11-16T09:00"),
    ("datetime", "一个小时半后", "2026-11-16T11:00"),
    ("datetime", "随便", None),
    ("datetime_range", "明天下午两点到五点", "2026-11-17T14:00/2026-11-17T17:00"),
    ("datetime_range", "明天2点到后天3点", "2026-11-17T14:00/2026-11-18T15:00"),
    ("datetime_range", "明天2点", None),
    ("datetime_range", "明天2点到吧", None),
    ("months", "一季度", "2026-01,2026-02,2026-03"),
    ("months", "2025", ",".join(f"2025-{n:02}" for n in range(1, 13))),
    ("months", "随便", None),
    ("money", "15块5", "15.50"),
    ("money_none", "一共9000台", None),
    ("number", "一百二", "120"),
    ("number", "三双筷子", "3"),
    ("number_none", "一看", None),
    ("number_none", "拾到", None),
    ("colour", "红", None),
]


@pytest.mark.parametrize(("kind", "text", "value"), VALUES, ids=[f"{k} {t}" for k, t, _ in VALUES])
def test_it_reads_values(kind: str, text: str, value: str | None) -> None:
    line = {"kind": kind, "text": text, "reference_time": "2026-11-16T09:30:00"}

    assert parse_line(line, INTENTS) == {"value": value}


def test_it_reads_the_marked_span_of_a_value_line() -> None:
    assert parse_line({"kind": "money", "text": "5元和8元", "span": "8元"}, INTENTS) == {
        "value": "8.00"
    }


def test_it_writes_the_slots_of_the_corpus_page() -> None:
    line = {"text": "明天到19号请假，1-3月党费每月15.5已交", "now": NOW.isoformat()}

    leave, dues = parse_line(line, INTENTS)["intents"]

    assert (leave["intent"], leave["date"]) == ("leave", "2026-11-17/2026-11-19")
    assert (dues["intent"], dues["amount"]) == ("dues_paid", "46.5")
    assert dues["months"] == ["2026-01", "2026-02", "2026-03"]


def test_it_takes_defaults_for_what_a_line_lacks() -> None:
    assert (
        parse_line({"text": "签到", "now": "yesterday"}, INTENTS)["intents"][0]["intent"]
        == "checkin"
    )
    assert parse_line({}, INTENTS) == {"intents": []}


def test_it_leaves_bare_words_out_unless_they_say_what_they_answer() -> None:
    assert parse_line({"text": "到"}, INTENTS) == {"intents": []}
    assert parse_line({"text": "好的"}, INTENTS) == {"intents": []}
    assert parse_line({"text": "收到"}, INTENTS)["intents"] == [{"intent": "receipt_ack"}]
