"""The rows of the founding report on who looks after whom (docs/mechanisms.md), as chat and matrix."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from bot.clock import at
from bot.domain.contacts import ContactKind
from bot.domain.dues import Category
from bot.domain.periods import Month
from bot.domain.rights import Role
from bot.services import contacts, dues, issues, visits, work_plans
from bot.services.contacts import Overview
from bot.services.importing import LEDGERS, Line, Source, run_lines
from bot.services.officers import OPERATOR
from bot.storage.engine import Database
from bot.storage.models import Visit
from scheduler.rule import Setting, Slot
from scheduler.rules import visit_gap
from tests.support.upkeep import Upkeep
from tests.support.world import HOURS, World

SETTING = Setting(HOURS.workdays, HOURS.policy)
DAY = timedelta(days=1)


@pytest.fixture
def street(database: Database) -> Upkeep:
    """Return the community with its branches, and an officer of the street above them."""
    branch = Upkeep(World(database))
    zhao = branch.world.member("赵专干", None)
    branch.world.post(zhao, branch.world.street, Role.OFFICER)
    return branch


def _table(street: Upkeep, kind: ContactKind, on: date | None = None) -> Overview:
    with street.world.database.reading() as session:
        found = contacts.overview(session, street.world.street, on or street.world.today)
    return next(one for one in found if one.kind is kind)


def _say(street: Upkeep, *orders: str) -> list[str]:
    answers = [street.say("赵专干", order) for order in orders]
    assert all(answer.startswith("✓") for answer in answers), answers
    return answers


def test_mechanism_04_a_community_without_a_leader_or_with_two_is_told(street: Upkeep) -> None:
    assert _table(street, ContactKind.LEADER).gaps == ("花园社区",)

    _say(street, "分包 陈书记 花园社区")
    assert _table(street, ContactKind.LEADER).gaps == ()
    assert "结束分包 陈书记 花园社区" in street.say("赵专干", "分包 赵专干 花园社区")

    row = {"党组织": "花园社区", "类别": "班子成员包社区", "谁": "赵专干"}
    with street.world.database.writing() as session:
        lines = [Line(2, {**row, "包哪个组织": "花园社区", "从": "2026-03-01"})]
        run_lines(session, LEDGERS["contacts"], lines, Source(OPERATOR, street.world.now))
    assert _table(street, ContactKind.LEADER).doubles == ("花园社区",)
    assert "重复：花园社区" in street.say("赵专干", "分包表")

    street.go_to(date(2026, 3, 20))
    _say(street, "结束分包 赵专干 花园社区")
    assert _table(street, ContactKind.LEADER).doubles == ()
    assert _table(street, ContactKind.LEADER, date(2026, 3, 19)).doubles == ("花园社区",)


def test_mechanism_05_a_plan_somebody_else_wrote_is_kept_and_said_not_to_be_his_own(
    street: Upkeep,
) -> None:
    _say(street, "分包 陈书记 花园社区")
    with street.world.database.reading() as session:
        assert [line.who.name for line in work_plans.list_missing(session, date(2026, 3, 12))] == [
            "陈书记"
        ]

    assert "不是亲自写的" in street.say("赵专干", "交计划 花园 每月走访一次")
    with street.world.database.reading() as session:
        (plan,) = work_plans.list_of_year(session, 2026)
        assert (plan.member, plan.own) == ("陈书记", False)
        assert work_plans.list_missing(session, date(2026, 3, 12)) == []

    assert "2026年工作计划" in street.say("陈书记", "交计划 花园 每月走访两次，讲四次党课")
    with street.world.database.reading() as session:
        (plan,) = work_plans.list_of_year(session, 2026)
        assert (plan.words, plan.own) == ("每月走访两次，讲四次党课", True)


def test_mechanism_06_two_messages_of_one_day_are_one_visit_and_one_issue(street: Upkeep) -> None:
    _say(street, "分包 陈书记 花园社区")

    asked = street.say("陈书记", "走访 花园 3月8日 活动室漏雨")
    assert "要登记成问题吗：1 登记，2 不用" in asked
    assert "已记问题1：活动室漏雨" in street.say("陈书记", "1")
    assert "合在一起" in street.say("陈书记", "走访 花园社区 3月8日 活动室漏雨")

    with street.world.database.reading() as session:
        (visit,) = session.scalars(select(Visit)).all()
        (issue,) = issues.list_written(session, street.community)
        assert (visit.item_id, visit.on_day) == (issue.id, date(2026, 3, 8))
        assert issue.owner == "陈书记"
        assert visits.count(session, date(2026, 3, 1), date(2026, 4, 1)) == 1


def test_mechanism_06_a_leader_hears_on_the_25th_where_he_has_not_been(street: Upkeep) -> None:
    _say(street, "分包 陈书记 花园社区")

    def told(day: date) -> list[str]:
        with street.world.database.reading() as session:
            slot = Slot(at(day, 9))
            found = visit_gap.MONTHLY.reminders(session, slot, SETTING)
            return [reminder.text.words for reminder in found]

    assert told(date(2026, 3, 24)) == []
    (words,) = told(date(2026, 3, 25))
    assert "本月还没有走访的有：花园社区" in words
    street.go_to(date(2026, 3, 25))
    street.say("陈书记", "走访 花园")
    assert told(date(2026, 3, 25)) == []
    assert len(told(date(2026, 4, 25))) == 1


def test_mechanism_48_a_pair_that_ended_is_asked_for_no_more(street: Upkeep) -> None:
    _say(street, "分包 第三党支部 第五党支部", "分包 李书记 赵六")

    def quiet(day: date) -> set[str]:
        with street.world.database.reading() as session:
            lines = visits.list_unvisited(
                session, visits.QUARTERLY, date(2026, 1, 1), date(2026, 4, 1), day
            )
        return {line.whom.name for line in lines}

    assert quiet(street.world.today) == {"第五党支部", "赵六"}
    _say(street, "结束分包 第三党支部 第五党支部")
    assert quiet(street.world.today) == {"赵六"}


def test_mechanism_53_an_unmanaged_courtyard_has_a_body_or_is_a_gap(street: Upkeep) -> None:
    _say(
        street,
        "登记楼院 1号院 花园社区 无主管",
        "登记楼院 2号院 花园社区 无主管 自治组织：院委会",
        "登记楼院 3号院 花园社区",
    )

    with street.world.database.reading() as session:
        found = contacts.courtyards(session, street.world.street, street.world.today)
    assert {(one.name, one.body) for one in found} == {("1号院", ""), ("2号院", "院委会")}
    assert "无主管楼院：2个，有支部联系的0个，有自治组织的1个" in street.say("赵专干", "分包表")


def test_mechanism_54_coverage_is_covered_of_all_and_a_merge_keeps_its_history(
    street: Upkeep,
) -> None:
    _say(street, "登记楼院 1号院 花园社区 无主管", "登记楼院 2号院 花园社区 无主管")
    _say(street, "分包 第三党支部 1号院")

    def covered(on: date) -> tuple[int, int]:
        with street.world.database.reading() as session:
            found = contacts.courtyards(session, street.world.street, on)
        return sum(bool(one.branch) for one in found), len(found)

    assert covered(street.world.today) == (1, 2)
    street.go_to(date(2026, 4, 1))
    row = {"党组织": "花园社区", "类别": "楼院", "名称": "2号院", "到": "2026-04-01"}
    with street.world.database.writing() as session:
        lines = [Line(2, row)]
        outcome = run_lines(session, LEDGERS["places"], lines, Source(OPERATOR, street.world.now))
    assert (outcome.added, outcome.changed) == (0, 1)
    assert covered(date(2026, 4, 1)) == (1, 1)
    assert covered(date(2026, 3, 31)) == (1, 2)


def test_mechanism_55_each_branch_that_is_no_enterprises_has_a_courtyard(street: Upkeep) -> None:
    _say(
        street,
        "登记楼院 1号院 花园社区 无主管",
        "登记企业 永兴公司 花园社区 党组织：第五党支部",
    )
    assert _table(street, ContactKind.COURTYARD).idle == ("第三党支部",)

    _say(street, "分包 第三党支部 1号院")
    found = _table(street, ContactKind.COURTYARD)
    assert (found.idle, found.gaps, len(found.lines)) == ((), (), 1)


def test_mechanism_56_retirement_ends_the_duty_at_its_day(street: Upkeep) -> None:
    _say(street, "登记楼栋 3号楼 花园社区", "分包 张三 3号楼")
    assert "赵六" in _table(street, ContactKind.BUILDING).idle
    assert "张三包3号楼" in street.say("张三", "我的楼栋")
    assert "✓ 已记走访：3号楼" in street.say("张三", "走访 3号楼")

    with street.world.database.writing() as session:
        dues.assess(
            session,
            member_id=street.zhao,
            monthly_fen=1500,
            category=Category.RETIRED,
            effective_month=Month(2026, 5),
            by=street.world.actor(street.wang),
            now=street.world.now,
        )
    assert "赵六" in _table(street, ContactKind.BUILDING, date(2026, 4, 30)).idle
    assert "赵六" not in _table(street, ContactKind.BUILDING, date(2026, 5, 1)).idle


def test_mechanism_57_a_household_is_a_code_everywhere(street: Upkeep) -> None:
    refused = street.say("赵专干", "登记困难户 王大妈 花园社区")
    assert "只写代号" in refused

    _say(
        street,
        "登记企业 永兴公司 花园社区 党组织：第五党支部",
        "登记困难户 A01 花园社区",
    )
    assert _table(street, ContactKind.HOUSEHOLD).idle == ("第五党支部",)
    _say(street, "分包 第五党支部 A01")
    assert _table(street, ContactKind.HOUSEHOLD).idle == ()
    assert "A01" in street.say("周书记", "走访 A01")


def test_mechanism_80_an_enterprise_that_closed_is_no_longer_counted(street: Upkeep) -> None:
    _say(
        street,
        "登记企业 华联超市 花园社区 党员2人",
        "登记企业 永兴公司 花园社区 党组织：第五党支部",
    )

    def names(on: date) -> list[str]:
        with street.world.database.reading() as session:
            return [one.name for one in contacts.enterprises(session, street.world.street, on)]

    row = {"党组织": "花园社区", "类别": "企业", "名称": "华联超市", "到": "2026-05-01"}
    with street.world.database.writing() as session:
        run_lines(session, LEDGERS["places"], [Line(2, row)], Source(OPERATOR, street.world.now))
    assert names(date(2026, 4, 30)) == ["华联超市", "永兴公司"]
    assert names(date(2026, 5, 1)) == ["永兴公司"]


@pytest.mark.parametrize(
    ("members", "lacks"),
    [
        pytest.param(2, "可以建联合支部或小组", id="2名正式党员"),
        pytest.param(3, "可以成立支部", id="3名正式党员"),
    ],
)
def test_mechanism_94_below_three_full_members_a_joint_branch_is_suggested(
    street: Upkeep, members: int, lacks: str
) -> None:
    _say(street, f"登记企业 华联超市 花园社区 党员{members}人")

    assert f"华联超市：正式党员{members}人，{lacks}" in street.say("赵专干", "分包表")


def test_mechanism_95_an_enterprise_has_a_branch_or_an_instructor_or_is_a_gap(
    street: Upkeep,
) -> None:
    _say(street, "登记企业 华联超市 花园社区 党员2人")
    assert "有组织或指导员的0家；华联超市" in street.say("赵专干", "分包表")

    _say(street, "分包 张三 华联超市")
    assert "企业：1家，有组织或指导员的1家" in street.say("赵专干", "分包表")
    assert "✓ 已记走访：华联超市" in street.say("张三", "走访 华联")


def test_a_line_or_a_place_written_by_mistake_is_taken_back(street: Upkeep) -> None:
    _say(street, "登记楼院 1号院 花园社区 无主管", "分包 第三党支部 1号院")

    assert "✓ 已撤销" in street.say("赵专干", "撤销")
    assert _table(street, ContactKind.COURTYARD).gaps == ("1号院",)
    _say(street, "分包 第三党支部 1号院", "结束分包 第三党支部 1号院")
    assert "✓ 已撤销" in street.say("赵专干", "撤销")
    assert _table(street, ContactKind.COURTYARD).gaps == ()


def test_only_who_keeps_the_roll_gives_out_places(street: Upkeep) -> None:
    assert "要由" in street.say("张三", "登记楼院 1号院 花园社区 无主管")
    assert "要由" in street.say("张三", "分包 赵六 花园社区")
    assert "没有找到" in street.say("赵专干", "分包 王二小 花园社区")
    assert "要由" in street.say("张三", "分包表")
