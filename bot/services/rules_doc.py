"""Writes `docs/rules.md` from the dated rules, when run as a module, to standard output."""

from __future__ import annotations

import sys
from itertools import groupby

from bot.domain.money import yuan
from bot.domain.regulations import REGULATIONS, Bracket, Regulation, Share, Value

_HEAD = """# 规则与依据

由 `bot/domain/regulations.py` 生成，请勿手改：`python -m bot.services.rules_doc > docs/rules.md`。

每条规则按**事情发生那天**取值。“把握”一栏如实写明我们见到了什么。
“依据”后面没有条号的，是那份文件不分条，或者我们没有见到条号。

代码里 `Source:` 后面写的就是这里的键；只写前半截（如 `meetings.cadence`）指整组。
"""

_FAMILIES = {
    "instruments": "依据的文件",
    "development": "发展党员",
    "calendar": "日子和期限",
    "meetings": "会议",
    "minutes": "会议记录",
    "issues": "问题整改",
    "contacts": "分包和走访",
    "quorum": "到会与表决",
    "attendance": "签到与出勤",
    "structure": "组织设置",
    "roll": "名册与组织关系",
    "dues": "党费",
    "study": "学习",
    "privacy": "隐私",
    "burden": "减负",
}


def rules_markdown() -> str:
    """Return the whole of `docs/rules.md`; the same for the same rules, always."""
    families = groupby(REGULATIONS, key=lambda rule: rule.key.partition(".")[0])
    return "\n".join([_HEAD, *(_family(key, list(rules)) for key, rules in families)])


def value_words(value: Value) -> str:
    """Return a rule's value as people read it."""
    if isinstance(value, Share):
        return f"{'≥' if value.exact_counts else '＞'}{value.numerator}/{value.denominator}"
    if isinstance(value, tuple):
        return "；".join(_bracket(row) for row in value)
    return {"month": "每月", "quarter": "每季度"}.get(str(value), str(value))


def _family(key: str, rules: list[Regulation]) -> str:
    head = [f"## {_FAMILIES[key]} `{key}`", "", "| 键 | 值 | 施行 | 规定 | 依据 | 把握 |"]
    return "\n".join([*head, "|---|---|---|---|---|---|", *map(_row, rules), ""])


def _row(rule: Regulation) -> str:
    since = "" if rule.effective_from.year < 1950 else str(rule.effective_from)
    until = "" if rule.effective_to is None else str(rule.effective_to)
    span = f"{since or '…'} → {until}".rstrip()
    cells = (f"`{rule.key}`", _value(rule), span, rule.text, rule.citation, rule.certainty.value)
    return f"| {' | '.join(cells)} |"


def _value(rule: Regulation) -> str:
    is_money = rule.key.startswith(("dues.fixed.", "dues.most", "dues.extra"))
    if is_money and isinstance(rule.value, int):
        return f"{yuan(rule.value)}元"
    return value_words(rule.value)


def _bracket(row: Bracket) -> str:
    bound = "以上" if row.upto_fen is None else f"≤{yuan(row.upto_fen)}元"
    return f"{bound} {row.per_myriad / 100:g}%"


if __name__ == "__main__":
    sys.stdout.write(rules_markdown())
