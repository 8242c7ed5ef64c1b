"""Nobody named is lost: 我和赵六 are two, and who only signs for another is not there himself."""

from __future__ import annotations

from typing import Any

import pytest

from bot.inbound.parse import parse_line
from handlers import INTENTS


def read(text: str) -> list[dict[str, Any]]:
    """Read a message said to the bot on Monday, 16 November 2026."""
    line = {"text": text, "now": "2026-11-16T10:00:00+08:00", "chat": "private", "mentioned": True}
    found: list[dict[str, Any]] = parse_line(line, INTENTS)["intents"]
    return found


def whose(text: str) -> list[tuple[str, tuple[str, ...]]]:
    """Return each action with the people it names."""
    return sorted((one["intent"], tuple(one.get("names", ()))) for one in read(text))


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("我和赵六18号都请假", "赵六"),
        ("我跟赵六18号都请假", "赵六"),
        ("我和赵六18号请假", "赵六"),
        ("18号我和赵六都请假", "赵六"),
        ("我18号和赵六都请假", "赵六"),
        ("赵六和我18号都请假", "赵六"),
        ("赵六跟我明天一起请假", "赵六"),
        ("我跟老李下周三都请个假", "老李"),
        ("我同王大爷明天请假", "王大爷"),
        ("我还有赵六18号请假", "赵六"),
        ("我、赵六18号请假", "赵六"),
        ("俺跟王五明儿都请假，走亲戚", "王五"),
        ("我和孙丽两个18号请假", "孙丽"),
        ("我俩请假，我和赵六", "赵六"),
        ("我请假，赵六也请", "赵六"),
        ("我请假赵六也请假", "赵六"),
        ("18号我请假，赵六也一样", "赵六"),
        ("我明天请假，老李也不来", "老李"),
        ("赵六请假，我也请", "赵六"),
        ("赵六18号请假，我也是", "赵六"),
        ("我和赵六18号的会都来不了，出差", "赵六"),
        ("赵六和我明天的会去不了，家里有事", "赵六"),
    ],
)
def test_two_on_leave_are_two(text: str, name: str) -> None:
    assert whose(text) == [("leave", ()), ("leave", (name,))]
    assert all(name not in one.get("reason", "") for one in read(text))


@pytest.mark.parametrize(
    "text",
    ["我跟书记请假", "我请假，老婆也病了", "我和公司请了假，支部的会也请假", "我请假 赵六知道"],
)
def test_who_is_only_told_is_not_on_leave(text: str) -> None:
    assert all(not names for _, names in whose(text))


@pytest.mark.parametrize(
    "text",
    [
        "帮我和孙丽签个到",
        "帮我跟孙丽签到",
        "给我和孙丽签到",
        "帮孙丽和我签到",
        "给孙丽跟我签个到",
        "把我和孙丽都签上",
        "帮我、孙丽签到",
        "帮我签到，还有孙丽",
        "帮我签到，孙丽也来了",
        "给我签个到带上孙丽",
        "帮我签到，连同孙丽",
        "我和孙丽签到",
        "我跟孙丽签个到",
        "我跟孙丽都签到",
        "签到，我和孙丽",
        "签到我和孙丽",
        "签到 我 孙丽",
        "我签到，孙丽也签到",
        "我签到 孙丽签到",
        "我先签到，孙丽也签一个",
        "麻烦给我和孙丽签一下到",
    ],
)
def test_two_present_are_two(text: str) -> None:
    assert whose(text) == [("checkin", ()), ("checkin_proxy", ("孙丽",))]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("赵六由孙丽代签", ("赵六",)),
        ("赵六的由孙丽代签", ("赵六",)),
        ("赵六让孙丽代签", ("赵六",)),
        ("赵六托孙丽签到", ("赵六",)),
        ("赵六委托孙丽签到", ("赵六",)),
        ("赵六请孙丽代签", ("赵六",)),
        ("赵六叫孙丽给他签到", ("赵六",)),
        ("赵六同志由孙丽代签到", ("赵六",)),
        ("赵六签到由孙丽代", ("赵六",)),
        ("赵六手机没电让孙丽帮他签到", ("赵六",)),
        ("赵六没带手机，由孙丽代签", ("赵六",)),
        ("老李由孙丽代签", ("老李",)),
        ("王大爷由孙丽代签", ("王大爷",)),
        ("王五、赵六由孙丽代签", ("王五", "赵六")),
        ("孙丽代赵六签到", ("赵六",)),
        ("孙丽帮赵六签到", ("赵六",)),
        ("孙丽替赵六签个到", ("赵六",)),
        ("孙丽代签赵六", ("赵六",)),
        ("我由孙丽代签", ()),
        ("我的到孙丽代签", ()),
        ("我请孙丽代签", ()),
        ("我的签到让孙丽代签", ()),
    ],
)
def test_who_signs_for_another_is_not_there_by_that(text: str, names: tuple[str, ...]) -> None:
    assert whose(text) == ([("checkin_proxy", names)] if names else [])
