"""Signing in and asking leave elsewhere is chatter, even while a class of ours is on."""

from __future__ import annotations

from typing import Any

import pytest

from bot.inbound.parse import parse_line
from handlers import INTENTS


def read(text: str) -> list[dict[str, Any]]:
    """Read a message among people on Monday, 16 November 2026."""
    line = {"text": text, "now": "2026-11-16T10:00:00+08:00", "chat": "group", "mentioned": False}
    found: list[dict[str, Any]] = parse_line(line, INTENTS)["intents"]
    return found


@pytest.mark.parametrize(
    "text",
    [
        "学校家长会我请假了",
        "家长会我请个假",
        "孙子学校请假了",
        "单位那边请好假了",
        "公司例会我请假了",
        "厂里请了假",
        "老年大学今天请假",
        "合唱队我请假了",
        "舞蹈队请假了",
        "广场舞今晚请个假",
        "麻将我请个假",
        "牌局今天我请假",
        "同学聚会我请假",
        "小区业主会我请假",
        "驾校请假了",
        "旅游团我请假",
        "医院排队签到",
        "医院门诊签到",
        "体检中心签到",
        "银行排队签到",
        "机场值机签到",
        "酒店前台签到",
        "老年大学签到",
        "超市签到领鸡蛋",
        "签到领积分",
        "支付宝签到",
        "抖音签到打卡",
        "在医院给我妈签到",
    ],
)
def test_another_world_is_not_ours(text: str) -> None:
    assert read(text) == []


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("学校有家长会，请假", "leave"),
        ("要去开家长会请假", "leave"),
        ("家里孩子家长会，明天请假", "leave"),
        ("婚礼要去帮忙，请假", "leave"),
        ("单位加班，请假", "leave"),
        ("厂里有事请假", "leave"),
        ("明天的党课我请假，学校开家长会", "leave"),
        ("请假，老年大学有课", "leave"),
        ("我请假，去医院", "leave"),
        ("同学聚会，党课请个假", "leave"),
        ("从医院赶来，签到", "checkin"),
        ("我刚从医院过来签到", "checkin"),
        ("从医院过来签个到", "checkin"),
        ("体检完来签到", "checkin"),
        ("社区医院开会签到", "checkin"),
        ("银行办完事了，签到", "checkin"),
        ("从单位赶到了，签到", "checkin"),
        ("老年大学下课过来的，签到", "checkin"),
        ("党课签到", "checkin"),
        ("我到会议室了，签个到", "checkin"),
    ],
)
def test_what_only_comes_from_there_is_ours(text: str, intent: str) -> None:
    assert [one["intent"] for one in read(text)] == [intent]
