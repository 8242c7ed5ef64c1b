"""Mistakes in what was sent, field by field, in plain Chinese; what was sent is never repeated."""

from __future__ import annotations

from pydantic import ValidationError

from bot.web.api.contract import Problem

_SENTENCES = {
    "missing": "没有写，这一项必须有",
    "extra_forbidden": "没有这一项",
    "json_invalid": "不是正确的 JSON",
    "enum": "只能是接口说明里列出的几种",
    "string_too_short": "不能是空的",
    "string_too_long": "最多{max_length}个字",
    "too_short": "不能是空的",
    "too_long": "最多{max_length}个",
    "greater_than_equal": "最小是 {ge}",
    "less_than_equal": "最大是 {le}",
    "string_pattern_mismatch": "写法不对，月份要写成 2026-03",
    "timezone_aware": "要写明时区，如 2026-03-12T10:00:00+08:00",
}
_KINDS = {
    "int": "应是整数",
    "string": "应是文字",
    "date": "应是日期，如 2026-03-12",
    "datetime": "应是时刻，如 2026-03-12T10:00:00+08:00",
    "list": "应是方括号里的一列",
    "model": "应是花括号里的各项",
}


def problems_of(error: ValidationError) -> list[Problem]:
    """Return every mistake with its field."""
    return [
        Problem(
            field=field,
            sentence=f"{field or '内容'}：{_words(each['type'], each.get('ctx', {}))}。",
        )
        for each in error.errors(include_url=False, include_input=False)
        for field in (".".join(str(part) for part in each["loc"]),)
    ]


def _words(kind: str, context: dict[str, object]) -> str:
    if kind in _SENTENCES:
        return _SENTENCES[kind].format(**context)
    return next(
        (words for start, words in _KINDS.items() if kind.startswith(start)),
        "写法不对，请看接口说明",
    )
