"""Which facts may be told to whom."""

from __future__ import annotations

import pytest

from bot.domain import privacy
from bot.domain.privacy import ALLOWED, Audience, Fact, FactKind, join, may_tell, say

GROUP, SELF, OFFICERS = Audience


@pytest.mark.parametrize(
    ("kind", "audiences"),
    [
        pytest.param(FactKind.EVENT, {GROUP, SELF, OFFICERS}, id="时间地点"),
        pytest.param(FactKind.COUNT, {GROUP, SELF, OFFICERS}, id="人数"),
        pytest.param(FactKind.WRITER, {GROUP, SELF, OFFICERS}, id="自己说话的人"),
        pytest.param(FactKind.NAMED, {GROUP, SELF, OFFICERS}, id="自己写的名字"),
        pytest.param(FactKind.SIGNUP, {GROUP, SELF, OFFICERS}, id="报名名单"),
        pytest.param(FactKind.PRESENCE, {SELF, OFFICERS}, id="出勤"),
        pytest.param(FactKind.DUES, {SELF, OFFICERS}, id="党费"),
        pytest.param(FactKind.LEAVE_REASON, {SELF, OFFICERS}, id="请假原因"),
        pytest.param(FactKind.MISSING_NAMES, {OFFICERS}, id="谁没来"),
        pytest.param(FactKind.ROLL, {SELF, OFFICERS}, id="名册"),
        pytest.param(FactKind.PUBLISHED, {GROUP, SELF, OFFICERS}, id="公示"),
        pytest.param(FactKind.STUDY, {SELF, OFFICERS}, id="学习学时"),
        pytest.param(FactKind.NOTICE, {SELF, OFFICERS}, id="通知"),
        pytest.param(FactKind.REFUSAL, {SELF, OFFICERS}, id="为什么没办"),
        pytest.param(FactKind.UNREAD, {OFFICERS}, id="没看懂的话"),
        pytest.param(FactKind.MOVEMENT, {SELF, OFFICERS}, id="组织关系和处置"),
        pytest.param(FactKind.SEEN, {SELF, OFFICERS}, id="谁看过"),
        pytest.param(FactKind.DEVELOPMENT, {OFFICERS}, id="发展党员"),
        pytest.param(FactKind.TALK, {OFFICERS}, id="谈心谈话"),
        pytest.param(FactKind.APPRAISAL, {OFFICERS}, id="评议结果"),
    ],
)
def test_it_tells_each_kind_to_its_audiences(kind: FactKind, audiences: set[Audience]) -> None:
    told = {to for to in Audience if may_tell(say("{it}", it=Fact(kind, "x")), to)}

    assert told == audiences == ALLOWED[kind]


def test_it_knows_every_kind() -> None:
    assert set(ALLOWED) == set(FactKind)


def test_it_keeps_facts_through_rendering_and_joining() -> None:
    public = say("{who}，已登记，共{n}人", who=privacy.writer("张三"), n=privacy.count(3))
    private = say("{months}党费{times}次", months=privacy.dues("3月"), times=2)

    both = join("✓", public, private)

    assert str(both) == "✓\n张三，已登记，共3人\n3月党费2次"
    assert may_tell(public, GROUP)
    assert not may_tell(both, GROUP)
    assert may_tell(both, SELF)
    assert str(privacy.event("16日")) == "16日"
    assert privacy.missing("李四").kind is FactKind.MISSING_NAMES
    assert privacy.named("李四").kind is FactKind.NAMED
