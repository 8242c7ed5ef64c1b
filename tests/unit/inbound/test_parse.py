"""`zhibu parse`: any JSON object is answered, in order, and memory does not grow."""

from __future__ import annotations

import io
import json
import sys
import tracemalloc
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.cli import run
from bot.inbound.parse import CORPUS_INTENTS, parse_line
from handlers import INTENTS

KINDS = (
    "date",
    "time",
    "datetime",
    "months",
    "money",
    "number",
    "date_range",
    "time_range",
    "datetime_range",
    "date_none",
)
MOMENTS = (
    "2026-03-12T09:58:00+08:00",
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59-12:00",
    "1900-02-29",
    "2026-W10-4",
    "昨天",
    "",
)
PIECES = st.sampled_from(
    [
        "签到",
        "党费",
        "3月",
        "30元",
        "请假",
        "周五",
        "去年",
        "12月31日",
        "明年",
        "@小助手",
        "#接龙",
        "「",
        "」",
        "\n",
        "—",
        "打错了",
        "更正",
        "报名2人",
        "\ud800",
        "\x00",
        "９",
        "²",
        "٣",
        "〇",
        "二〇二六年",
        "99999999999999999999",
        "1/0",
        "下下周",
        "24:00",
        "闰",
        "👌",
        "[OK]",
    ]
)
TEXTS = st.one_of(st.text(max_size=60), st.lists(PIECES, max_size=12).map("".join))
SCALARS: st.SearchStrategy[Any] = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), TEXTS, st.sampled_from([*KINDS, *MOMENTS])
)
JSON = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=6,
)
LINES = st.fixed_dictionaries(
    {},
    optional={
        "text": JSON | TEXTS,
        "now": JSON | st.sampled_from(MOMENTS),
        "chat": JSON | st.sampled_from(["group", "private"]),
        "mentioned": JSON,
        "kind": JSON | st.sampled_from(KINDS),
        "span": JSON | TEXTS,
        "reference_time": JSON | st.sampled_from(MOMENTS),
        "id": JSON,
        "sender_role": JSON,
        "expect": JSON,
    },
)


@settings(max_examples=400)
@given(line=LINES)
@example(line={"text": "党费1899年12月", "now": "1900-01-01T00:00:00+08:00"})
@example(line={"kind": "date", "text": "上周五", "reference_time": "0001-01-01T00:00:00"})
@example(line={"kind": ["date"], "span": {"a": 1}, "text": 5})
def test_it_answers_any_object_with_what_can_be_written_again(line: dict[str, Any]) -> None:
    answer = parse_line(line, INTENTS)

    assert set(answer) == ({"value"} if "kind" in line else {"intents"})
    assert {action["intent"] for action in answer.get("intents", ())} <= CORPUS_INTENTS
    json.dumps(answer, ensure_ascii=False).encode("utf-8")


def _lines(count: int) -> str:
    texts = (
        "签到",
        "3月党费{n}元已交",
        "今天第{n}次出门",
        "周五请假，要去{n}楼",
        "报名{n}人",
        "打错了，{n}",
        "通知：{n}日开会",
    )
    return "".join(
        json.dumps(
            {
                "id": n,
                "text": texts[n % len(texts)].format(n=n),
                "chat": "group",
                "now": f"2026-{n % 12 + 1:02}-12T09:00:00+08:00",
                "note": "x" * 600,  # so that few lines weigh as much as many
            },
            ensure_ascii=False,
        )
        + "\n"
        for n in range(count)
    )


class _Counting(io.TextIOBase):
    """An output that keeps nothing but the number of lines."""

    lines = 0

    def write(self, text: str) -> int:
        self.lines += text.count("\n")
        return len(text)


def _peak_of(count: int, monkeypatch: pytest.MonkeyPatch) -> tuple[int, int]:
    """Return (lines answered, most bytes held at once) of parsing so many lines."""
    stream = io.TextIOWrapper(io.BytesIO(_lines(count).encode()), encoding="utf-8")
    out = _Counting()
    monkeypatch.setattr(sys, "stdin", stream)
    monkeypatch.setattr(sys, "stdout", out)
    tracemalloc.start()
    try:
        assert run(["parse"]) == 0
        return out.lines, tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_it_holds_no_more_for_eight_times_as_many_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    _peak_of(200, monkeypatch)  # what is loaded once

    few = _peak_of(400, monkeypatch)
    many = _peak_of(3200, monkeypatch)

    # Python itself keeps some hundred kilobytes of freed tuples; the lines alone would be 2 MB.
    assert (few[0], many[0]) == (400, 3200)
    assert many[1] < few[1] + 800_000


@pytest.mark.parametrize(
    ("text", "answered"),
    [
        pytest.param('{"text": "签到", "n": ' + "9" * 6000 + "}", True, id="六千位的数"),
        pytest.param('{"text": "签到", "n": NaN}', True, id="不是数"),
        pytest.param('{"text": "\\ud83d签到"}', True, id="半个表情"),
        pytest.param("[" * 100_000, False, id="括号太深"),
        pytest.param('["签到"]', False, id="是列表"),
    ],
)
def test_a_strange_line_is_answered_or_refused_in_a_sentence(
    text: str, answered: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode()), "utf-8"))

    code = run(["parse"])

    told = capsys.readouterr()
    assert code == (0 if answered else 1)
    assert (told.out.count("\n"), told.err) == (
        (1, "") if answered else (0, "第1行不是 JSON 对象。\n")
    )


def test_bytes_that_are_no_text_are_read_as_far_as_they_can_be(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    line = '{"text": "签到", "chat": "private"}'.encode() + b"\n" + b'{"text": "\xff\xfe"}\n'
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(line), "utf-8"))

    assert run(["parse"]) == 0

    first, second = map(json.loads, capsys.readouterr().out.splitlines())
    assert first["intents"][0]["intent"] == "checkin"
    assert second == {"intents": []}
