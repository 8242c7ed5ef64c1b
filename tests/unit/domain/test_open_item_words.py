"""An issue keeps what is to be done; who does it and until when stand apart."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from bot.clock import SHANGHAI
from bot.domain.open_items import without_name
from bot.inbound.read import read
from handlers.open_items import recognise_issue

NOW = datetime(2026, 3, 10, 9, tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("问题 3号楼漏雨 王五 3月20日前", "3号楼漏雨"),
        ("问题：路灯不亮，王五，3月20日前", "路灯不亮"),
        ("问题 3月20日前 路灯不亮 王五", "路灯不亮"),
        ("问题 楼道堆物 王五 下周五前", "楼道堆物"),
        ("登记问题 楼道堆物 由王五负责 3月20日前完成", "楼道堆物"),
        ("问题 井盖坏了 3月20日之前 王五", "井盖坏了"),
        ("问题 井盖坏了 限3月20日 王五办", "井盖坏了"),
        ("问题 下水道堵，王五办，3月20号前", "下水道堵"),
        ("上报问题 护栏松动 请王五 3月20日以前", "护栏松动"),
        ("问题 路灯不亮 @王五 明天", "路灯不亮"),
        ("问题 路灯不亮 王五", "路灯不亮"),
        ("问题 路灯不亮 3月20日前", "路灯不亮"),
        ("问题 路灯不亮", "路灯不亮"),
        ("问题 王五家门口路灯不亮", "王五家门口路灯不亮"),
        ("问题 3月20日的会议室没开门", "3月20日的会议室没开门"),
        ("问题 王五反映漏雨", "王五反映漏雨"),
        ("问题 3号楼漏雨，3月5日起就漏", "3号楼漏雨，3月5日起就漏"),
        ("问题 王五 3月20日前", "王五"),
        ("问题 一楼灯坏，二楼水管漏 王五 3月20日前", "一楼灯坏，二楼水管漏"),
        ("问题 电梯异响 王五 截止3月20日", "电梯异响"),
    ],
)
def test_what_was_taken_as_owner_or_deadline_is_not_kept_twice(text: str, words: str) -> None:
    utterance = read(text, quoted=None, private=True, addressed=True, now=NOW)
    (issue,) = recognise_issue(utterance)

    assert without_name(issue.slots.words, "王五") == words


def test_the_deadline_is_still_read() -> None:
    utterance = read(
        "问题 3号楼漏雨 王五 3月20日前", quoted=None, private=True, addressed=True, now=NOW
    )
    (issue,) = recognise_issue(utterance)

    assert issue.slots.day == date(2026, 3, 20)
