"""The page of everything people can say (`docs/commands.md`), written from the registry."""

from __future__ import annotations

from collections.abc import Sequence

from bot.inbound.intents import Intent

HEADER = """# 大家能说什么

这一页由程序生成（`make docs`），和 `handlers/` 里登记的一一对应；每个例句都有测试，保证只走到它自己那里。
"""


def commands_markdown(intents: Sequence[Intent]) -> str:
    """Return the page: every intent with its examples, members' first, then secretaries'."""
    parts = [HEADER]
    for title, wanted in (("党员", False), ("书记、组织委员、党小组长", True)):
        parts.append(f"## {title}\n")
        for intent in intents:
            if intent.for_secretaries is wanted and intent.examples:
                parts.append(_entry(intent))
    return "\n".join(parts)


def _entry(intent: Intent) -> str:
    examples = " · ".join(f"`{_inline(example)}`" for example in intent.examples)
    silent = " · ".join(f"`{_inline(example)}`" for example in intent.silent)
    lines = [f"### {intent.title}", "", f"- 标识：`{intent.name}`", f"- 例句：{examples}"]
    if silent:
        lines.append(f"- 不算：{silent}")
    return "\n".join(lines) + "\n"


def _inline(text: str) -> str:
    return text.replace("\n", "⏎").replace("`", "'")
