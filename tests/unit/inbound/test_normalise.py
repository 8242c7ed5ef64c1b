"""One form for what people type."""

from __future__ import annotations

import pytest

from bot.inbound.moods import split_clauses
from bot.inbound.normalise import normalise, plain, trim

PLAIN = {
    "１２元": "12元",
    "簽到": "签到",
    "黨費１０塊": "党费10块",
    "1️⃣": "1",
    "③": "3",
    "签到\u200b": "签到",
    "签到🎉🎉": "签到",
    "好的👌": "好的 OK",
    "收到[玫瑰]": "收到",
    "收到［ＯＫ］": "收到 OK",
    "党费,已交": "党费，已交",
    "￥1,200": "¥1,200",
    "真的?": "真的？",
    "等等...": "等等。",
    "签道": "签到",
    "抱名": "报名",
    "情假": "请假",
    "真情假意": "真情假意",
    "当费": "党费",
    "应当费心": "应当费心",
    "己交": "已交",
    "千到": "签到",
    "搬迁到新家了呀": "搬迁到新家了呀",
    "qian dao": "签到",
    "QIANDAO": "签到",
    "dangfei 10": "党费 10",
    "baomingqu": "baomingqu",
    "一  二\n\n三": "一 二\n三",
    "11 月 党 费 15 元": "11月党费15元",
    "1 1 月 党 费 已 交": "11月党费已交",
    "请 假 家 里 有 事": "请假家里有事",
    "11 月 党 费 15 30": "11 月 党 费 15 30",
    "党费 15 30": "党费 15 30",
    "拾壹月党费拾伍元": "十一月党费拾伍元",
    "贰拾元": "贰拾元",
}
TRIMMED = {
    "书记好，签到": "签到",
    "您好！签到": "签到",
    "大家早上好，签到": "签到",
    "小助手，签到": "签到",
    "签到，谢谢书记！": "签到",
    "收到 辛苦了": "收到",
    "谢谢": "谢谢",
    "好": "好",
    "。签到！": "签到",
}


@pytest.mark.parametrize(("typed", "form"), PLAIN.items(), ids=list(PLAIN))
def test_it_brings_characters_into_one_form(typed: str, form: str) -> None:
    assert plain(typed).strip() == form


@pytest.mark.parametrize(("typed", "form"), TRIMMED.items(), ids=list(TRIMMED))
def test_it_drops_greetings_and_thanks(typed: str, form: str) -> None:
    assert trim(typed) == form


@pytest.mark.parametrize(
    "text", ["@小助手\u2005签到", "＠小助手 签到", "签到 @小助手", "@小助手签到"], ids=repr
)
def test_it_takes_the_mention_out(text: str) -> None:
    normal = normalise(text)

    assert (normal.text, normal.mentioned) == ("签到", True)


def test_it_splits_off_the_words_replied_to() -> None:
    normal = normalise("「王书记：明天开会，收到请回复」\n- - - - - - -\n收到")

    assert (normal.text, normal.quoted) == ("收到", "明天开会，收到请回复")


def test_it_splits_off_a_quote_without_a_name() -> None:
    normal = normalise("「签到啦」\n------\n到")

    assert (normal.text, normal.quoted) == ("到", "签到啦")


def test_it_keeps_corner_brackets_without_a_line_below() -> None:
    assert normalise("「签到」").quoted is None
    assert normalise("「签到」\n好\n的").quoted is None


def test_it_splits_off_a_reply_written_as_text() -> None:
    normal = normalise("回复 王书记：请大家签到\n到")

    assert (normal.text, normal.quoted) == ("到", "请大家签到")
    assert normalise("回复小助手：签到").quoted is None
    assert normalise("回复晚了").quoted is None


def test_it_keeps_the_text_as_typed_beside() -> None:
    assert normalise("@小助手 發通知：週五開會！").raw == "發通知：週五開會！"


def test_it_reads_no_more_than_the_beginning_of_a_long_message() -> None:
    assert len(normalise("签到" * 5000).text) <= 600


MOODS = {
    "党费交了": "STATEMENT",
    "党费交了吗": "QUESTION",
    "党费交了？": "QUESTION",
    "党费交了没有啊": "QUESTION",
    "谁没交": "QUESTION",
    "好几天了": "STATEMENT",
    "还没交": "NEGATION",
    "不请假": "NEGATION",
    "差不多了": "STATEMENT",
    "不好意思": "STATEMENT",
    "明天再交": "FUTURE",
    "等发工资就交": "FUTURE",
    "准备去交": "FUTURE",
    "要是有空我就来": "FUTURE",
}


@pytest.mark.parametrize(("text", "mood"), MOODS.items(), ids=list(MOODS))
def test_it_tells_how_a_clause_is_meant(text: str, mood: str) -> None:
    (clause,) = split_clauses(text)

    assert clause.mood.name == mood


def test_it_splits_clauses_with_their_places() -> None:
    text = "签到， 党费交了吗？\n好 。 "

    clauses = list(split_clauses(text))

    assert [clause.text for clause in clauses] == ["签到", "党费交了吗", "好"]
    assert all(text[clause.start : clause.end] == clause.text for clause in clauses)
