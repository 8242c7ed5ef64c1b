"""What `zhibu plan` prints for people."""

from __future__ import annotations

from datetime import date
from typing import Any

from bot.cli.talking import text_lines
from bot.clock import at, local
from bot.services.ports import PlannedReminder

WHY: dict[str, Any] = {
    "source": "已定于3月16日召开主题党日",
    "facts": {"words": "您还没有答复"},
    "ends_when": "答复或会议取消后自动停止",
    "seen_by": "只发给您",
}
TWO: dict[str, Any] = {
    "source": "党费按月交；支部委员会会议一般每月1次",
    "facts": [{"words": "3月还没有登记"}, {"words": "3月还没有安排"}],
    "ends_when": "登记后自动停止",
}


def line(day: int, to: dict[str, str], text: str, reason: dict[str, Any]) -> PlannedReminder:
    """Return something planned for five past nine on a day of March."""
    moment = local(at(date(2026, 3, day), 9, 5))
    return PlannedReminder(moment, "rule", "slot", "meeting:1", to, text, reason)


def test_it_says_who_gets_what_when_and_why_and_counts_at_the_end() -> None:
    group, li = {"chat": "第三党支部"}, {"member": "1", "name": "李书记", "unit": "第三党支部"}
    zhou = {"member": "9", "name": "周专干", "unit": ""}
    planned = [
        line(15, group, "【主题党日】3月16日", WHY),
        line(15, li, "李书记您好：\n两件事", TWO),
        line(17, group, "【党课】3月18日", WHY),
        line(17, zhou, "周专干您好：第六党支部……", WHY),
    ]

    assert list(text_lines(planned)) == [
        "2026-03-15  共2条",
        "  03-15（周日）09:05 第三党支部的群 ← 【主题党日】3月16日",
        "      因为：已定于3月16日召开主题党日；您还没有答复；答复或会议取消后自动停止",
        "  03-15（周日）09:05 李书记（第三党支部） ← 李书记您好： 两件事",
        "      因为：党费按月交；支部委员会会议一般每月1次；3月还没有登记；3月还没有安排；登记后自动停止",
        "2026-03-17  共2条",
        "  03-17（周二）09:05 第三党支部的群 ← 【党课】3月18日",
        "      因为：已定于3月16日召开主题党日；您还没有答复；答复或会议取消后自动停止",
        "  03-17（周二）09:05 周专干 ← 周专干您好：第六党支部……",
        "      因为：已定于3月16日召开主题党日；您还没有答复；答复或会议取消后自动停止",
        "各群每天：",
        "  第三党支部的群：03-15（周日）1条、03-17（周二）1条，共2条",
        "私聊每天：",
        "  第三党支部：03-15（周日）1条，共1条",
        "  街道：03-17（周二）1条，共1条",
        "合计4条：群里2条，私聊2条。",
    ]


def test_where_nothing_is_planned_it_says_so() -> None:
    assert list(text_lines([])) == ["这段时间没有提醒。"]
