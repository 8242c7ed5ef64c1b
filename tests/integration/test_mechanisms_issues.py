"""The rows of the founding report on issues (docs/mechanisms.md): what each asks to be verified."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.clock import SHANGHAI, at
from bot.domain.errors import Forbidden
from bot.domain.ids import UnitId
from bot.domain.issues import IssueState, WrongStep
from bot.domain.rights import Role
from bot.files.tables import CellValue
from bot.services import issue_publication, issues
from bot.services.importing import LEDGERS, ImportRefused, Line, Outcome, Source, run_lines
from bot.services.issues import Issue
from bot.services.officers import OPERATOR
from bot.storage.engine import Database
from bot.storage.models import IssuePublication, OpenItem, Outbox
from tests.support.upkeep import CASES, Upkeep
from tests.support.world import World

NOVEMBER = date(2026, 11, 30)
APPRAISAL, TOUR = "2025述职评议", "观摩"
THREE = ("主业意识不强", "活动场所不达标", "培训不够")


@pytest.fixture
def street(database: Database) -> Upkeep:
    """Return the community with its branches, and an officer of the street above them."""
    branch = Upkeep(World(database, datetime(2026, 10, 9, 9, tzinfo=SHANGHAI)))
    zhao = branch.world.member("赵专干", None)
    branch.world.post(zhao, branch.world.street, Role.OFFICER)
    return branch


def _import(
    street: Upkeep, rows: Sequence[dict[str, CellValue]], source: Source | None = None
) -> Outcome:
    with street.world.database.writing() as session:
        lines = (Line(number, row) for number, row in enumerate(rows, start=2))
        who = source or Source(OPERATOR, street.world.now)
        return run_lines(session, LEDGERS["open_items"], lines, who)


def _of(street: Upkeep, source: str | None, unit: UnitId | None = None) -> list[Issue]:
    with street.world.database.reading() as session:
        return issues.list_written(session, unit or street.world.street, source=source)


def _appraisal(street: Upkeep) -> None:
    """Bring in what last year's appraisal found: three issues of the third branch."""
    _import(
        street,
        [
            {
                "党组织": "第三党支部",
                "事项": words,
                "负责人": "张三",
                "期限": "2026-11-30",
                "来源": APPRAISAL,
                "整改措施": "列出清单，一项一项办",
            }
            for words in THREE
        ],
    )


def _put_right(street: Upkeep, number: int, done: datetime, seen: datetime) -> None:
    street.world.clock.set(done)
    street.say("张三", f"办好了 {number} 已经办好")
    street.world.clock.set(seen)
    assert "已核实办结" in street.say("赵专干", f"核实 {number}")


def test_mechanism_08_a_closing_without_a_confirmation_stays_open(street: Upkeep) -> None:
    street.say("张三", "问题 3号楼漏雨 赵六 11月20日前")
    street.say("赵六", "办好了 1 换了防水")

    (issue,) = _of(street, None)
    assert (issue.state, issue.standing.closed_at) == (IssueState.PROPOSED, None)

    assert "自己办的" in street.say("赵六", "核实 1")
    assert "已核实办结" in street.say("王敏", "核实 1")
    (issue,) = _of(street, None)
    assert issue.state is IssueState.CLOSED


def test_mechanism_16_last_years_problems_are_issues_with_owner_measure_and_day(
    street: Upkeep,
) -> None:
    _appraisal(street)

    found = _of(street, APPRAISAL)

    assert [issue.words for issue in found] == list(THREE)
    assert {(i.owner, i.due_on, bool(i.measure)) for i in found} == {("张三", NOVEMBER, True)}


@pytest.mark.parametrize("rule", ["issue_due", "issue_overdue", "issue_above"])
def test_mechanism_16_owners_hear_before_and_after_and_then_who_is_above(rule: str) -> None:
    """How each is told, and what ends it, is played in `test_upkeep_rules`."""
    assert any(case.rule == rule for case in CASES)


def test_mechanism_17_each_publication_is_kept_with_text_audience_and_who_released_it(
    street: Upkeep,
) -> None:
    street.say("张三", "问题 赵六反映西门积水 王敏 11月20日前")
    street.say("张三", "问题 3号楼漏雨 赵六 11月20日前")

    assert "回复 确认4" in street.say("李书记", "公示整改")
    told = street.say("李书记", "确认4")

    with street.world.database.reading() as session:
        kept = session.scalars(select(IssuePublication)).one()
        assert (kept.unit_id, kept.readers, kept.to_group) == (street.third, 4, False)
        assert (kept.by_id, len(kept.items)) == (street.li, 2)
        assert kept.text in told
        assert "居民反映西门积水：办理中，11月20日前" in kept.text
        assert not any(name in kept.text for name in ("张三", "赵六", "王敏"))


def test_mechanism_17_only_who_sends_notices_releases(street: Upkeep) -> None:
    street.say("张三", "问题 3号楼漏雨")

    actor = street.world.actor(street.zhang)
    with street.world.database.reading() as session, pytest.raises(Forbidden):
        issue_publication.draft(session, by=actor, unit=None, source=None, now=street.world.now)


@pytest.mark.parametrize(
    ("last", "late"),
    [
        pytest.param(datetime(2026, 11, 30, 23, 59, tzinfo=SHANGHAI), 0, id="11月30日23:59"),
        pytest.param(datetime(2026, 12, 1, 0, 1, tzinfo=SHANGHAI), 1, id="12月1日0:01"),
    ],
)
def test_mechanism_18_one_closed_a_minute_late_forbids_to_say_all_in_time(
    street: Upkeep, last: datetime, late: int
) -> None:
    _appraisal(street)
    seen = datetime(2026, 12, 2, 9, tzinfo=SHANGHAI)
    for number in (1, 2):
        _put_right(street, number, at(date(2026, 11, 20), 9), at(date(2026, 11, 21), 9))
    assert len(issues.list_closed_badly(_of(street, APPRAISAL), NOVEMBER)) == 1

    _put_right(street, 3, last, seen)

    assert len(issues.list_closed_badly(_of(street, APPRAISAL), NOVEMBER)) == late


def _tour() -> list[dict[str, CellValue]]:
    """Return the list of the tour as a street keeps it: 32 issues under 10 headings."""
    return [
        {
            "责任支部": "第三党支部" if n % 2 else "第五党支部",
            "问题内容": f"第{n}件：活动记录不全",
            "问题分类": f"第{n % 10 + 1}类",
            "来源": TOUR,
            "整改时限": "2026-11-15",
        }
        for n in range(32)
    ]


def test_mechanism_63_the_list_of_the_tour_has_ten_headings_and_32_issues(street: Upkeep) -> None:
    rows = [
        {"党组织": r["责任支部"], "事项": r["问题内容"], "期限": r["整改时限"], **r}
        for r in _tour()
    ]
    assert _import(street, rows).added == 32
    street.go_to(date(2026, 10, 20))
    again = _import(street, rows)

    found = _of(street, TOUR)
    assert (again.added, again.unchanged) == (0, 32)
    assert (len({issue.category for issue in found}), len(found)) == (10, 32)
    assert {issue.due_on for issue in found} == {date(2026, 11, 15)}
    assert {issue.unit for issue in found} == {"第三党支部", "第五党支部"}


def test_mechanism_64_what_a_branch_closes_is_put_right_once_the_officer_has_seen_it(
    street: Upkeep,
) -> None:
    _import(
        street,
        [{"党组织": "第三党支部", "事项": "制度没有上墙", "负责人": "张三", "来源": TOUR}],
    )
    street.say("张三", "办好了 1 贴好了")

    assert "要由上级来核实" in street.say("王敏", "核实 1")
    assert _of(street, TOUR)[0].standing.closed_at is None
    assert "问题1制度没有上墙" in street.say("陈书记", "我的待办")
    assert "已核实办结" in street.say("陈书记", "核实 1")
    assert _of(street, TOUR)[0].state is IssueState.CLOSED


def test_mechanism_64_a_file_does_not_let_the_owner_verify_himself(street: Upkeep) -> None:
    row: dict[str, CellValue] = {
        "党组织": "第三党支部",
        "事项": "制度没有上墙",
        "负责人": "张三",
        "来源": TOUR,
        "登记日期": "2026-10-01",
        "办结日期": "2026-10-08",
        "核实人": "张三",
        "核实日期": "2026-10-09",
    }

    with pytest.raises(ImportRefused) as refused:
        _import(street, [row])
    assert "自己办的要由别人看过" in refused.value.problems[0]

    _import(street, [{**row, "核实人": "赵专干"}])
    (issue,) = _of(street, TOUR)
    assert issue.standing.closed_at == at(date(2026, 10, 8), 12)


def test_mechanism_76_what_a_report_finds_itself_is_next_years_list(street: Upkeep) -> None:
    four = ("重视不够", "阵地力度不大", "非公覆盖不突出", "创新亮点少")
    by = street.world.actor(street.chen)
    street.go_to(date(2026, 12, 29))
    for _ in range(2):
        with street.world.database.writing() as session:
            now = street.world.now
            issues.find_in_report(session, street.community, "2026述职", four, by=by, now=now)

    street.go_to(date(2027, 1, 10))
    with street.world.database.reading() as session:
        _, found = issues.list_open(session, by=by, source="2026述职")

    assert [issue.words for issue in found] == list(four)
    assert {issue.carried_from(2027) for issue in found} == {2026}
    assert "2026年结转" in street.say("陈书记", "问题清单")


def test_mechanism_84_what_a_branch_owes_for_a_week_is_told_to_the_level_above(
    street: Upkeep,
) -> None:
    street.say("张三", "问题 3号楼漏雨 赵六 10月20日前")

    street.core.run_until(street.world.clock, at(date(2026, 10, 30), 12))

    with street.world.database.reading() as session:
        told = [text for text in _sent(session, street.chen) if "3号楼漏雨" in text]
    assert any("过了7天还没有办结，由赵六办。请您过问。" in text for text in told)


def test_an_issue_cannot_be_verified_before_it_is_reported(street: Upkeep) -> None:
    street.say("张三", "问题 3号楼漏雨 赵六 11月20日前")
    by = street.world.actor(street.wang)

    with street.world.database.writing() as session:
        item = session.scalars(select(OpenItem.id)).one()
        with pytest.raises(WrongStep):
            issues.verify(session, item, "", by=by, now=street.world.now)


def test_an_officer_is_asked_whose_issue_a_number_means(street: Upkeep) -> None:
    street.say("张三", "问题 3号楼漏雨")
    street.say("周书记", "问题 路灯不亮")

    asked = street.say("赵专干", f"问题1 {_day_words(street)}")

    assert "1 第三党支部 3号楼漏雨" in asked
    assert "2 第五党支部 路灯不亮" in asked
    assert "问题1：路灯不亮" in street.say("赵专干", "2")


def _day_words(street: Upkeep) -> str:
    day = street.world.today + timedelta(days=20)
    return f"{day.month}月{day.day}日前"


def _sent(session: Session, member: int) -> list[str]:
    return list(session.scalars(select(Outbox.text).where(Outbox.member_id == member)))
