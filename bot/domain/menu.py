"""The menu under a chat: three columns, verbs and plain words; every item is a sentence we know."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

MENU: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = (
    (
        "我的",
        (
            ("我的待办", "我的待办"),
            ("我的党费", "我的党费"),
            ("我的出勤", "我的出勤"),
            ("我的报名", "我的报名"),
        ),
    ),
    (
        "支部",
        (
            ("本月安排", "本月安排"),
            ("通知", "最近的通知"),
            ("学习报名", "报名"),
        ),
    ),
    ("帮助", (("怎么用", "怎么用"), ("找组织委员", "联系组织委员"))),
)
"""(column, ((name on the button, what it says when it is pressed), …)); at most 3 by 5."""


def as_buttons() -> Mapping[str, Any]:
    """Return the menu as both platforms take it."""
    return {
        "button": [
            {
                "name": column,
                "sub_button": [
                    {"type": "click", "name": name, "key": says} for name, says in items
                ],
            }
            for column, items in MENU
        ]
    }
