"""What a branch may settle for itself: how it is written, its bounds, since when, by whom, why."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest

from bot.domain.errors import DomainError
from bot.domain.policies import BadPolicy, check_decided, check_since, read_value, split_value
from bot.domain.policy_table import POLICIES, find_policy

TODAY = date(2026, 3, 12)
DECIDED = " 3月12日支委会 原因 补记要时间"


def read(name: str, written: str, before: Mapping[str, Any] | None = None) -> Mapping[str, Any]:
    """Return what an order settles."""
    policy = find_policy(name)
    assert policy is not None
    words, rest = split_value(policy, written + DECIDED)
    assert rest.strip() == DECIDED.strip()
    return read_value(policy, words, before or {}, TODAY)


@pytest.mark.parametrize(
    ("name", "written", "value"),
    [
        pytest.param("记录锁定", "1天", {"lock_days": 1}, id="锁定最短"),
        pytest.param("锁定", "30天", {"lock_days": 30}, id="锁定最长"),
        pytest.param("签到时间", "提前1小时", {"opens_before": 60}, id="提前一小时"),
        pytest.param(
            "签到",
            "提前0分钟 补签2天 时长90分钟",
            {"opens_before": 0, "makeup": 2880, "duration": 90},
            id="签到三样",
        ),
        pytest.param("活动日", "16日", {"day": 16, "shift": "next_workday"}, id="几号"),
        pytest.param(
            "活动日",
            "第二个周五 就近",
            {"nth": 2, "weekday": 4, "shift": "nearest"},
            id="第几个周几",
        ),
        pytest.param("组织生活会", "算党员大会", {"fills_general": True}, id="算大会"),
        pytest.param("组织生活会", "不算", {"fills_general": False}, id="不算大会"),
        pytest.param("介绍信", "60天", {"days": 60}, id="介绍信"),
        pytest.param("党课", "每月一次", {"every": "month"}, id="党课每月"),
        pytest.param("党课", "每季度一次", {"every": "quarter"}, id="党课每季度"),
        pytest.param("党课", "不规定", {"every": None}, id="党课不规定"),
        pytest.param("请假", "不用同意", {"approval": False}, id="请假不用同意"),
        pytest.param("请假", "要同意", {"approval": True}, id="请假要同意"),
        pytest.param("学时", "党员40 支委56", {"member": 40, "committee": 56}, id="学时"),
        pytest.param("预交", "不预交", {"ahead": 0}, id="不预交"),
        pytest.param("预交", "最多6个月", {"ahead": 6}, id="预交六个月"),
        pytest.param("预交", "到季末", {"ahead": None}, id="预交到季末"),
    ],
)
def test_it_reads_what_was_settled(name: str, written: str, value: Mapping[str, Any]) -> None:
    assert read(name, written) == value


def test_what_was_not_said_stays_as_it_was() -> None:
    assert read("学时", "支委60", {"member": 40, "committee": 56}) == {
        "member": 40,
        "committee": 60,
    }
    assert read("签到时间", "补签1天", {"opens_before": 60}) == {"opens_before": 60, "makeup": 1440}
    assert read("活动日", "20日", {"day": 16, "shift": "keep"}) == {"day": 20, "shift": "keep"}


@pytest.mark.parametrize(
    ("name", "written", "says"),
    [
        pytest.param("记录锁定", "0天", "1到30天", id="锁定太短"),
        pytest.param("记录锁定", "31天", "1到30天", id="锁定太长"),
        pytest.param("记录锁定", "很久", "请这样写：定规定 记录锁定 7天", id="看不懂"),
        pytest.param("签到时间", "提前5小时", "0分钟到4小时", id="提前太久"),
        pytest.param("签到时间", "时长10分钟", "15分钟到24小时", id="会太短"),
        pytest.param("活动日", "32日", "1到31日", id="没有32日"),
        pytest.param("介绍信", "999天", "有效期", id="介绍信太长"),
        pytest.param("学时", "党员999", "32到120", id="学时太多"),
        pytest.param("学时", "党员0", "32到120", id="学时太少"),
        pytest.param("预交", "7个月", "1到6", id="预交太远"),
        pytest.param("预交", "0个月", "1到6", id="预交零个月"),
    ],
)
def test_what_cannot_be_is_refused_with_what_can(name: str, written: str, says: str) -> None:
    with pytest.raises(DomainError, match=says):
        read(name, written)


@pytest.mark.parametrize("policy", POLICIES, ids=lambda policy: policy.name)
def test_its_own_example_is_understood_and_said(policy: Any) -> None:
    value = read(policy.name, policy.example)

    assert value
    assert policy.words(value, TODAY)
    assert policy.words({}, TODAY)


@pytest.mark.parametrize(
    ("since", "says"),
    [
        pytest.param(date(2026, 3, 11), "不往回改", id="昨天"),
        pytest.param(date(2027, 3, 14), "一年多", id="一年多以后"),
    ],
)
def test_it_holds_from_today_or_later(since: date, says: str) -> None:
    with pytest.raises(BadPolicy, match=says):
        check_since(POLICIES[0], since, TODAY)
    assert check_since(POLICIES[0], TODAY, TODAY) == TODAY


def test_hours_hold_for_the_whole_year() -> None:
    hours = find_policy("学时")
    assert hours is not None
    assert check_since(hours, TODAY, TODAY) == date(2026, 1, 1)


@pytest.mark.parametrize(
    ("decided", "reason", "says"),
    [
        pytest.param("", "忙", "谁定的", id="没写谁定的"),
        pytest.param("支委会", " ", "原因", id="没写原因"),
        pytest.param("支" * 61, "补记要时间", "60字", id="太长"),
    ],
)
def test_who_decided_and_why_are_asked_for(decided: str, reason: str, says: str) -> None:
    with pytest.raises(BadPolicy, match=says):
        check_decided(POLICIES[0], decided, reason)
