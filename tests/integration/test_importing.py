"""Import and export of organisations and rolls, on SQLite and PostgreSQL."""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook
from sqlalchemy import func, select, update

from bot.clock import day_of
from bot.domain.dues import Category
from bot.domain.errors import Forbidden
from bot.domain.ids import MemberId, UnitId
from bot.domain.members import MemberKind
from bot.domain.periods import Month
from bot.domain.rights import Actor, Grant, Role
from bot.domain.roll import ChangeKind
from bot.files import spool
from bot.services import dues, exporting, people, policies
from bot.services.binding import bind_account
from bot.services.exporting import Request
from bot.services.importing import LEDGERS, ImportRefused, Outcome, Source, read_lines, run_file
from bot.services.officers import OPERATOR, add_officer
from bot.storage.engine import Database
from bot.storage.models import (
    Account,
    AuditLine,
    DuesAssessment,
    Member,
    Membership,
    Post,
    RollChange,
    Unit,
)

NOW = datetime(2026, 11, 25, 2, 0, tzinfo=UTC)
LATER = datetime(2026, 12, 8, 2, 0, tzinfo=UTC)
SPACES = {"企业微信账号": "wecom:ww1", "公众号账号": "oa:wx1"}
SOURCE = Source(OPERATOR, NOW, SPACES)

ZHANG = {
    "姓名": "张三",
    "党组织": "第三党支部",
    "党小组": "第一党小组",
    "党员类型": "正式党员",
    "人员类别": "离退休",
    "职务": "书记、党小组长",
    "月缴党费": "15",
    "手机尾号": "0123",
    "企业微信账号": "ZhangSan",
    "入党日期": "2020.7",
    "转正日期": "2021年7月1日",
}
LI = {
    "姓名": "李四",
    "党组织": "第三党支部",
    "人员类别": "在职",
    "职务": "组织委员",
    "月缴党费": "0.2",
    "手机尾号": "5678",
}
WANG = {"姓名": "王五", "党组织": "第四党支部", "手机尾号": "9012"}

Row = Mapping[str, str]
Import = Callable[..., Outcome]


@pytest.fixture
def load(database: Database, tmp_path: Path) -> Import:
    """Return a way to import rows, each a mapping of header to text."""

    def run(*rows: Row, ledger: str = "roster", source: Source = SOURCE) -> Outcome:
        path = tmp_path / "表.csv"
        write_csv(path, rows)
        with database.writing() as session:
            return run_file(session, LEDGERS[ledger], path, source)

    return run


def write_csv(path: Path, rows: Sequence[Row]) -> None:
    """Write rows under the headers that any of them has."""
    headers = list(dict.fromkeys(header for row in rows for header in row))
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, headers, restval="")
        writer.writeheader()
        writer.writerows(rows)


def problems(load: Import, *rows: Row, ledger: str = "roster") -> list[str]:
    """Return the mistakes that are told."""
    with pytest.raises(ImportRefused) as refused:
        load(*rows, ledger=ledger)
    return list(refused.value.problems)


def count(database: Database, model: type[Member | Unit | AuditLine | DuesAssessment]) -> int:
    """Return how many rows there are of a kind."""
    with database.reading() as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


# --- the first roster ------------------------------------------------------------------------


def test_a_first_roster_makes_branches_cells_people_and_posts(
    database: Database, load: Import
) -> None:
    outcome = load(ZHANG, LI, WANG)

    assert (outcome.added, outcome.changed, outcome.unchanged) == (3, 0, 0)
    assert outcome.created_units == ("第三党支部", "第四党支部", "第三党支部第一党小组")
    with database.reading() as session:
        zhang = people.find_actor(session, "wecom:ww1", "zhangsan", day_of(NOW))
        assert zhang is not None
        assert {grant.role for grant in zhang.grants} == {Role.SECRETARY, Role.CELL_LEADER}
        assert zhang.branch_id != zhang.cell_id is not None
        member = session.get_one(Member, zhang.member_id)
        assert member.phone_tail == "0123"
        assert member.category is Category.RETIRED
        assert (member.joined_on, member.full_since) == (date(2020, 7, 1), date(2021, 7, 1))


def test_a_first_roll_holds_for_the_whole_year_but_not_before_joining(
    database: Database, load: Import
) -> None:
    load(LI, {**WANG, "入党日期": "2026-05-09", "月缴党费": "8"})

    with database.reading() as session:
        since = dict(
            session.execute(
                select(Member.name, Membership.valid_from).join(
                    Membership, Membership.member_id == Member.id
                )
            ).all()
        )
        months = dict(
            session.execute(
                select(Member.name, DuesAssessment.effective_month).join(
                    DuesAssessment, DuesAssessment.member_id == Member.id
                )
            ).all()
        )
    assert since == {"李四": date(2026, 1, 1), "王五": date(2026, 5, 9)}
    assert months == {"李四": Month(2026, 1), "王五": Month(2026, 5)}


def test_yuan_become_fen(database: Database, load: Import) -> None:
    load({**LI, "月缴党费": "0.2"}, {**WANG, "月缴党费": "¥20.50元"})

    with database.reading() as session:
        assert sorted(session.scalars(select(DuesAssessment.monthly_fen))) == [20, 2050]


def test_new_units_go_live_this_month_and_exist_since_january(
    database: Database, load: Import
) -> None:
    load(WANG)

    with database.reading() as session:
        unit = session.scalars(select(Unit)).one()
        assert (unit.live_from, unit.valid_from) == (date(2026, 11, 1), date(2026, 1, 1))


def test_an_excel_file_with_a_title_stars_and_blank_rows_is_read(
    database: Database, tmp_path: Path
) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["第三党支部党员名册"])
    sheet.append([])
    sheet.append(["序号", " 姓 名*", "所在支部", "手机后四位", "月缴党费（元）", "入党时间"])
    sheet.append([1, "张 三", "第三党支部", 1234, 15.5, datetime(2020, 7, 1)])  # noqa: DTZ001 - a day
    sheet.append([None] * 6)
    sheet.append([2, "李四", "第三党支部", "0056", 20, "2020/7/1"])
    book.save(tmp_path / "名册.xlsx")

    with database.writing() as session:
        outcome = run_file(session, LEDGERS["roster"], tmp_path / "名册.xlsx", SOURCE)

    assert outcome.added == 2
    assert "“序号”这一列没有用到。" in outcome.notes
    with database.reading() as session:
        assert sorted(session.execute(select(Member.name, Member.phone_tail)).all()) == [
            ("张三", "1234"),
            ("李四", "0056"),
        ]


# --- mistakes --------------------------------------------------------------------------------


def test_every_mistake_is_told_by_row_and_nothing_is_written(
    database: Database, load: Import
) -> None:
    found = problems(
        load,
        {**ZHANG, "手机尾号": "12345"},
        {**LI, "月缴党费": "1.234", "职务": "支书"},
        {**WANG, "党员类型": "群众", "入党日期": "去年"},
        {"姓名": "", "党组织": "第三党支部", "手机尾号": "1111"},
    )

    assert found == [
        "第2行 手机尾号：应为4位数字，现在是“12345”。",
        "第3行 职务：不认识“支书”，可以写书记、副书记、组织委员、宣传委员、纪检委员、党小组长、党务专干。",
        "第3行 月缴党费：应是金额（元），最多两位小数，如 15 或 0.2，现在是“1.234”。",
        "第4行 入党日期：应是日期，如 2020-07-01，现在是“去年”。",
        "第4行 党员类型：只能是正式党员、预备党员、正式、预备，现在是“群众”。",
        "第5行 姓名：没有填。",
    ]
    assert count(database, Member) == count(database, Unit) == count(database, AuditLine) == 0


@pytest.mark.parametrize(
    ("change", "says"),
    [
        pytest.param({"手机尾号": "123"}, "开头的0丢了", id="丢了开头的0"),
        pytest.param(
            {"手机尾号": "13800001234"}, "现在是“11位数字”。只填最后4位", id="整个手机号不照抄"
        ),
        pytest.param({"月缴党费": "1000.01"}, "不要填工资", id="超过1000元"),
        pytest.param({"入党日期": "2030-01-01"}, "还没有到", id="将来的日期"),
        pytest.param(
            {"入党日期": "2021-01-01", "转正日期": "2020-01-01"}, "早于入党日期", id="先转正后入党"
        ),
        pytest.param({"职务": "党小组长", "党小组": ""}, "请在“党小组”一列写", id="小组长没有小组"),
        pytest.param({"企业微信账号": "张三"}, "应是英文和数字", id="账号不是账号"),
        pytest.param({"人员类别": "神仙"}, "应是在职、离退休", id="没有这种类别"),
    ],
)
def test_a_mistake_says_what_would_be_right(load: Import, change: Row, says: str) -> None:
    found = problems(load, {**ZHANG, **change})

    assert len(found) == 1
    assert says in found[0]


def test_an_amount_of_exactly_a_thousand_is_taken(load: Import) -> None:
    assert load({**LI, "月缴党费": "1000"}).added == 1


def test_rows_that_nothing_tells_apart_are_duplicates(load: Import) -> None:
    assert problems(load, ZHANG, LI, {**LI}) == [
        "第4行 姓名：李四与第3行重复。是同名的两个人请写不同的手机尾号。"
    ]


def test_namesakes_are_told_apart_by_tail_or_account(database: Database, load: Import) -> None:
    same = {"姓名": "张伟", "党组织": "第三党支部"}
    rows = (
        {**same, "手机尾号": "1111"},
        {**same, "手机尾号": "2222"},
        {**same, "企业微信账号": "w1"},
        {**same, "企业微信账号": "w2"},
    )

    assert load(*rows).added == 4
    assert load(*rows).unchanged == 4


def test_one_account_cannot_be_two_people(load: Import) -> None:
    rows = ({**LI, "企业微信账号": "u1"}, {**WANG, "企业微信账号": "U1"})

    assert problems(load, *rows) == ["第3行 企业微信账号：与第2行李四的相同。"]


def test_an_account_on_record_stays_with_its_owner(load: Import) -> None:
    load({**LI, "企业微信账号": "u1"})

    found = problems(load, {**WANG, "企业微信账号": "u1"})

    assert found == ["第2行 企业微信账号：这个账号已经是李四的，请核对；换了人请先解除绑定。"]


def test_nobody_is_entered_twice_across_branches(database: Database, load: Import) -> None:
    """张三已在第三党支部，第五党支部的文件里又有他：先说清，一行也不写。"""
    load({**ZHANG, "企业微信账号": ""}, LI)
    again = {"姓名": "张三", "党组织": "第五党支部", "手机尾号": "0123"}

    found = [
        problems(load, {**again, "入党日期": "2020-07-01"}),
        problems(load, again),
        problems(load, {**again, "手机尾号": "", "入党日期": "2020-07-01"}),
        problems(load, {**again, "手机尾号": ""}),
    ]

    reasons = ["手机尾号和入党日期相同", "手机尾号相同", "入党日期相同", "没有手机尾号和入党日期"]
    assert all(len(lines) == 1 for lines in found)
    for (line,), reason in zip(found, reasons, strict=True):
        assert line.startswith("第2行 姓名：第三党支部已有张三")
        assert reason in line
        assert "转出、接收" in line
    assert count(database, Member) == 2


def test_a_namesake_in_another_branch_is_entered_once_something_tells(
    database: Database, load: Import
) -> None:
    load({**ZHANG, "企业微信账号": ""})
    other = {"姓名": "张三", "党组织": "第五党支部", "手机尾号": "9999"}

    load(other, {"姓名": "张三", "党组织": "第六党支部", "入党日期": "2001-07-01"})

    assert count(database, Member) == 3


def test_one_file_puts_nobody_into_two_branches(load: Import) -> None:
    row = {"姓名": "张三", "手机尾号": "0123", "入党日期": "2020-07-01"}

    (line,) = problems(load, {**row, "党组织": "第三党支部"}, {**row, "党组织": "第五党支部"})

    assert line.startswith("第3行 姓名：与第2行张三（第三党支部）")


def test_a_branch_has_one_secretary(load: Import) -> None:
    found = problems(load, ZHANG, {**LI, "职务": "书记"})

    assert found == ["第3行 职务：第三党支部的书记在第2行已经是张三，只能有一位。"]


def test_members_belong_to_branches(load: Import) -> None:
    load({"名称": "春和社区", "类型": "社区"}, ledger="units")

    found = problems(load, {**LI, "党组织": "春和社区"})

    assert found == ["第2行 党组织：春和社区是社区，党员要编入支部，请写支部的名称。"]


def test_a_missing_column_or_header_is_told(load: Import) -> None:
    assert problems(load, {"姓名": "张三", "手机尾号": "1234"}) == ["表头缺少这一列：党组织。"]
    assert problems(load, {"甲": "1"})[0].startswith("没有找到表头。第一行请写列名：姓名、党组织")


def test_a_misspelt_column_is_pointed_out(load: Import) -> None:
    load(ZHANG)

    outcome = load({"姓名": "张三", "党组织": "第三党支部", "手机尾": "1234"})

    assert outcome.notes == ("“手机尾”这一列没有用到（是不是“手机尾号”？）。",)


# --- importing again -------------------------------------------------------------------------


def test_the_same_roster_again_changes_nothing(database: Database, load: Import) -> None:
    load(ZHANG, LI, WANG)
    audited = count(database, AuditLine)

    outcome = load(ZHANG, LI, WANG, source=replace(SOURCE, now=LATER))

    assert (outcome.added, outcome.changed, outcome.unchanged) == (0, 0, 3)
    assert outcome.changes == outcome.notes == ()
    assert count(database, AuditLine) == audited
    assert count(database, DuesAssessment) == 2


def test_new_dues_count_from_this_month_and_leave_the_past_alone(
    database: Database, load: Import
) -> None:
    load(LI)
    outcome = load({**LI, "月缴党费": "30"}, source=replace(SOURCE, now=LATER))

    assert outcome.changes == ("第2行 李四：月缴党费 0.2元 → 30元（12月起）",)
    with database.reading() as session:
        li = session.scalars(select(Member.id)).one()
        months = [Month(2026, 11), Month(2026, 12)]
        found = dues.balances(session, [MemberId(li)], months)[MemberId(li)]
    assert [found[month].assessed_fen for month in months] == [20, 3000]


def test_dues_may_be_corrected_twice_in_a_month(database: Database, load: Import) -> None:
    for amount in ("0.2", "30", "31", "32"):
        load({**LI, "月缴党费": amount}, source=replace(SOURCE, now=LATER))

    assert load({**LI, "月缴党费": "32"}, source=replace(SOURCE, now=LATER)).unchanged == 1


def test_a_handover_ends_one_post_and_opens_the_other(database: Database, load: Import) -> None:
    load(ZHANG, LI)
    outcome = load({**ZHANG, "职务": ""}, {**LI, "职务": "书记"}, source=replace(SOURCE, now=LATER))

    assert outcome.changes == (
        "第2行 张三：职务 书记、党小组长 → 无",
        "第3行 李四：职务 组织委员 → 书记",
    )
    with database.reading() as session:
        posts = session.execute(
            select(Member.name, Post.role, Post.valid_from, Post.valid_to).join(
                Post, Post.member_id == Member.id
            )
        ).all()
        assert set(posts) == {
            ("张三", Role.SECRETARY, date(2026, 1, 1), date(2026, 12, 8)),
            ("张三", Role.CELL_LEADER, date(2026, 1, 1), date(2026, 12, 8)),
            ("李四", Role.ORGANISER, date(2026, 1, 1), date(2026, 12, 8)),
            ("李四", Role.SECRETARY, date(2026, 12, 8), None),
        }


def test_a_post_given_taken_and_given_again_on_one_day_is_one_post(
    database: Database, load: Import
) -> None:
    load(LI)
    for post in ("书记", "", "书记"):
        load({**LI, "职务": post}, source=replace(SOURCE, now=LATER))

    with database.reading() as session:
        holders = people.list_holders(session, [UnitId(1)], [Role.SECRETARY], day_of(LATER))
    assert [name for *_, name in holders] == ["李四"]


@pytest.mark.parametrize(
    ("since", "until"),
    [
        pytest.param("2026-01-01", "2027-07-01", id="任期还没有到"),
        pytest.param("2027-01-01", "", id="还没有上任"),
    ],
)
def test_a_term_that_ends_or_begins_later_is_not_the_rosters_to_end(
    database: Database, load: Import, tmp_path: Path, since: str, until: str
) -> None:
    load({**ZHANG, "职务": "书记"}, LI)
    row = {"姓名": "李四", "职务": "副书记", "任职组织": "第三党支部"}
    load({**row, "任职日期": since, "免职日期": until}, ledger="posts")
    path = tmp_path / "名册.csv"

    with database.writing() as session:
        exporting.run_file(session, LEDGERS["roster"], path, Request(OPERATOR, NOW, SPACES))
    with database.writing() as session:
        outcome = run_file(session, LEDGERS["roster"], path, SOURCE)

    assert (outcome.unchanged, outcome.changes) == (2, ())


def test_whose_membership_is_suspended_is_given_no_post(database: Database, load: Import) -> None:
    load(ZHANG, LI, {**WANG, "党组织": "第三党支部"})
    suspend(database, "王五")
    given = {**WANG, "党组织": "第三党支部", "职务": "宣传委员"}

    by_roster = problems(load, LI, given)
    by_posts = problems(
        load,
        {"姓名": "王五", "职务": "宣传委员", "任职组织": "第三党支部", "任职日期": "2026-12-01"},
        ledger="posts",
    )
    past = load(
        {
            "姓名": "王五",
            "职务": "宣传委员",
            "任职组织": "第三党支部",
            "任职日期": "2024-12-01",
            "免职日期": "2025-12-01",
        },
        ledger="posts",
    )

    words = "王五在名册里是停止党籍，不能担任宣传委员。请核对姓名，或先登记他的情况有变。"
    assert by_roster == [f"第3行 职务：{words}"]
    assert by_posts == [f"第2行 职务：{words}"]
    assert past.added == 1
    assert load(LI, {**given, "职务": ""}).changed == 0


def suspend(database: Database, name: str) -> None:
    """Suspend a membership (停止党籍)."""
    with database.writing() as session:
        member = session.scalars(select(Member.id).where(Member.name == name)).one()
        session.add(
            RollChange(
                key=f"test:{member}",
                member_id=member,
                kind=ChangeKind.SUSPENDED,
                on_day=date(2026, 11, 1),
                before={},
                recorded_at=NOW,
            )
        )


def test_posts_of_other_branches_are_left_alone(database: Database, load: Import) -> None:
    load(ZHANG, {**WANG, "职务": "书记"})
    load(ZHANG)

    with database.reading() as session:
        assert session.scalar(select(func.count(Post.id)).where(Post.valid_to.is_not(None))) == 0


def test_a_whole_roll_ends_the_posts_of_those_it_leaves_out(
    database: Database, load: Import
) -> None:
    load(ZHANG, LI)
    outcome = load(ZHANG)

    assert outcome.changes == ("李四：不再担任组织委员（文件里没有这个人）",)
    assert outcome.notes == ("名册里有、文件里没有，名册没有动：李四。",)


def test_a_few_rows_of_a_branch_end_no_posts_but_the_one_they_give_away(
    database: Database, load: Import
) -> None:
    others = [{"姓名": f"党员{n}", "党组织": "第三党支部", "手机尾号": f"{n:04}"} for n in range(8)]
    load(ZHANG, LI, *others)

    assert load({**others[0], "职务": "宣传委员"}).changes == ("第2行 党员0：职务 无 → 宣传委员",)
    assert load({**others[0], "职务": "组织委员"}).changes == (
        "第2行 党员0：职务 宣传委员 → 组织委员",
        "李四：不再担任组织委员（文件里没有这个人）",
    )


def test_a_move_closes_the_old_place_and_opens_the_new_one(
    database: Database, load: Import
) -> None:
    load(ZHANG, LI, WANG)
    outcome = load(
        {**ZHANG, "党组织": "第四党支部", "党小组": "", "职务": ""},
        LI,
        WANG,
        source=replace(SOURCE, now=LATER),
    )

    assert outcome.changed == 1
    assert "转到第四党支部" in outcome.changes[0]
    with database.reading() as session:
        rows = session.execute(
            select(Unit.name, Membership.valid_from, Membership.valid_to)
            .join(Unit, Unit.id == Membership.unit_id)
            .join(Member, Member.id == Membership.member_id)
            .where(Member.name == "张三")
            .order_by(Membership.id)
        ).all()
        assert list(rows) == [
            ("第三党支部", date(2026, 1, 1), date(2026, 12, 8)),
            ("第四党支部", date(2026, 12, 8), None),
        ]
        assert (
            session.scalar(
                select(func.count(Post.id)).where(
                    Post.valid_to.is_(None), Post.role == Role.SECRETARY
                )
            )
            == 0
        )


def test_somebody_without_an_account_is_known_by_name_and_tail_when_moved(load: Import) -> None:
    load(LI, WANG)

    outcome = load({**WANG, "党组织": "第三党支部"}, LI, {**WANG, "姓名": "赵六"})

    assert (outcome.added, outcome.changed) == (1, 1)


def test_who_comes_later_belongs_from_that_day(database: Database, load: Import) -> None:
    load(LI)
    load(LI, {**WANG, "党组织": "第三党支部", "月缴党费": "8"}, source=replace(SOURCE, now=LATER))

    with database.reading() as session:
        assert [
            person.name for person in people.list_members(session, UnitId(1), date(2026, 12, 7))
        ] == ["李四"]
        assert len(people.list_members(session, UnitId(1), date(2026, 12, 8))) == 2
        assert session.scalar(select(func.max(DuesAssessment.effective_month))) == Month(2026, 12)


def test_a_tail_is_filled_in_but_another_tail_is_another_person(load: Import) -> None:
    load({"姓名": "李四", "党组织": "第三党支部"})

    filled = load({"姓名": "李四", "党组织": "第三党支部", "手机尾号": "5678"})
    other = load({"姓名": "李四", "党组织": "第三党支部", "手机尾号": "9999"})

    assert (filled.changed, filled.added) == (1, 0)
    assert other.added == 1
    assert "与名册里的人同名、手机尾号不同，按另一个人新登记：第2行李四。" in other.notes


def test_a_column_that_is_not_there_leaves_the_records_alone(load: Import) -> None:
    load(ZHANG, LI)

    outcome = load(
        {"姓名": "张三", "党组织": "第三党支部", "手机尾号": "0123"},
        {"姓名": "李四", "党组织": "第三党支部", "手机尾号": "5678"},
    )

    assert outcome.unchanged == 2


def test_a_corrected_account_replaces_the_one_the_roster_named(
    database: Database, load: Import
) -> None:
    load({**LI, "企业微信账号": "li"})
    load({**LI, "企业微信账号": "lisi"})

    with database.reading() as session:
        bound = session.scalars(select(Account.external_id).where(Account.unbound_at.is_(None)))
        assert list(bound) == ["lisi"]


def test_accounts_need_a_channel_and_the_note_says_which(database: Database, load: Import) -> None:
    outcome = load({**ZHANG, "公众号账号": "o1"}, source=replace(SOURCE, spaces={}))

    assert outcome.added == 1
    assert [note[:11] for note in outcome.notes] == ["“企业微信账号”有1个", "“公众号账号”有1个没"]
    assert 'kind = "wecom_app" 或 "wecom_robot"' in outcome.notes[0]
    with database.reading() as session:
        assert session.scalar(select(func.count(Account.id))) == 0


def test_a_branch_called_almost_like_another_is_pointed_out(load: Import) -> None:
    load(LI)

    outcome = load({**WANG, "党组织": "三支部"})

    assert (
        "新建了三支部，名册里已有相近的第三党支部；是同一个支部请改成一样再导入。" in outcome.notes
    )


def test_a_branch_made_by_a_roster_without_a_secretary_is_named(load: Import) -> None:
    led = load({**LI, "职务": "书记"}, {**WANG, "党组织": "第九党支部", "职务": "组织委员"})
    again = load({**WANG, "党组织": "第九党支部", "职务": "组织委员"})

    assert [note for note in led.notes if "书记" in note] == [
        "新建的第九党支部还没有书记，提醒没有人接。"
        "请在名册的职务一栏写上再导入一次，或在聊天里发：任命 张三 书记。"
    ]
    assert again.notes == ()


# --- units -----------------------------------------------------------------------------------


def test_units_may_come_in_any_order(database: Database, load: Import) -> None:
    outcome = load(
        {"名称": "第一党小组", "上级": "第三党支部", "类型": "党小组"},
        {"名称": "第三党支部", "上级": "春和社区", "活动日": "16日 提前", "启用日期": "2026-03-01"},
        {"名称": "春和社区", "上级": "春和街道"},
        {"名称": "春和街道", "类型": "街道"},
        ledger="units",
    )

    assert outcome.added == 4
    with database.reading() as session:
        units = {unit.name: unit for unit in session.scalars(select(Unit))}
        cell, branch = units["第三党支部第一党小组"], units["第三党支部"]
        assert cell.path == f"/{units['春和街道'].id}/{units['春和社区'].id}/{branch.id}/{cell.id}/"
        assert (cell.live_from, branch.live_from) == (date(2026, 3, 1), date(2026, 3, 1))
        settings = policies.load(
            session, {UnitId(branch.id): branch.path}, date(2026, 1, 5), [policies.ACTIVITY_DAY]
        )
        assert settings[UnitId(branch.id)][policies.ACTIVITY_DAY] == {
            "day": 16,
            "shift": "previous_workday",
        }


def test_moved_units_take_along_what_is_under_them(database: Database, load: Import) -> None:
    rows = [
        {"名称": "街道办", "类型": "街道"},
        {"名称": "甲社区", "上级": "街道办"},
        {"名称": "乙社区", "上级": "街道办"},
        {"名称": "第一党支部", "上级": "甲社区"},
        {"名称": "第一党支部第一党小组", "上级": "第一党支部"},
    ]
    load(*rows, ledger="units")
    outcome = load(*rows[:3], {**rows[3], "上级": "乙社区"}, ledger="units")

    assert outcome.changes == ("第5行 第一党支部：上级改为乙社区",)
    with database.reading() as session:
        paths = dict(session.execute(select(Unit.name, Unit.path)).all())
    assert paths["第一党支部第一党小组"].startswith(paths["第一党支部"])
    assert paths["第一党支部"].startswith(paths["乙社区"])


def test_an_activity_day_changes_from_today_and_keeps_its_shift(
    database: Database, load: Import
) -> None:
    load({"名称": "第一党支部", "活动日": "16 就近"}, ledger="units")
    outcome = load({"名称": "第一党支部", "活动日": "20"}, ledger="units")

    assert outcome.changes == ("第2行 第一党支部：活动日改为20 就近",)
    with database.reading() as session:
        before = policies.load(
            session, {UnitId(1): "/1/"}, date(2026, 11, 24), [policies.ACTIVITY_DAY]
        )
        after = policies.load(
            session, {UnitId(1): "/1/"}, date(2026, 11, 25), [policies.ACTIVITY_DAY]
        )
    assert [found[UnitId(1)]["activity_day"]["day"] for found in (before, after)] == [16, 20]
    for words, shown in (
        ("第二个周五", "第二个周五 就近"),
        ("最后一个周日 不变", "最后一个周日 不变"),
    ):
        outcome = load({"名称": "第一党支部", "活动日": words}, ledger="units")
        assert outcome.changes == (f"第2行 第一党支部：活动日改为{shown}",)
        assert not load({"名称": "第一党支部", "活动日": shown}, ledger="units").changes


@pytest.mark.parametrize(
    ("row", "says"),
    [
        pytest.param({"名称": "老干部之家"}, "从名称看不出", id="看不出类型"),
        pytest.param(
            {"名称": "第一党支部", "类型": "车间"},
            "只能是街道、社区、支部、党小组",
            id="没有这种类型",
        ),
        pytest.param(
            {"名称": "第一党支部", "上级": "无名社区"}, "没有叫“无名社区”的组织", id="没有这个上级"
        ),
        pytest.param(
            {"名称": "甲街道", "上级": "乙街道"}, "街道不能放在这个上级下面", id="街道没有上级"
        ),
        pytest.param(
            {"名称": "第一党小组", "类型": "党小组"},
            "党小组不能放在这个上级下面",
            id="小组要有支部",
        ),
        pytest.param({"名称": "第一党支部", "活动日": "32"}, "应是1到31的数字", id="没有32号"),
        pytest.param(
            {"名称": "第一党支部", "活动日": "第六个周五"}, "或如 第二个周五", id="没有第六个"
        ),
    ],
)
def test_a_mistake_of_a_unit_says_what_would_be_right(load: Import, row: Row, says: str) -> None:
    found = problems(load, {"名称": "乙街道", "类型": "街道"}, row, ledger="units")

    assert len(found) == 1
    assert says in found[0]


# --- rights ----------------------------------------------------------------------------------


def test_a_secretary_keeps_only_the_own_roll(database: Database, load: Import) -> None:
    load(ZHANG, LI, WANG)
    with database.reading() as session:
        secretary = people.find_actor(session, "wecom:ww1", "zhangsan", day_of(NOW))
    assert secretary is not None
    source = replace(SOURCE, by=secretary)

    assert load({**LI, "月缴党费": "3"}, source=source).changed == 1
    for row in (WANG, {**LI, "姓名": "李新", "党组织": "新支部"}, {**LI, "职务": "党务专干"}):
        with pytest.raises(Forbidden):
            load(row, source=source)


def test_nobody_is_pulled_out_of_a_branch_one_does_not_keep(
    database: Database, load: Import
) -> None:
    load(ZHANG, {**WANG, "企业微信账号": "wang"})
    with database.reading() as session:
        secretary = people.find_actor(session, "wecom:ww1", "zhangsan", day_of(NOW))
    assert secretary is not None

    with pytest.raises(Forbidden):
        load(
            {**WANG, "企业微信账号": "wang", "党组织": "第三党支部"},
            source=replace(SOURCE, by=secretary),
        )


def test_the_command_line_alone_is_trusted_without_a_post(load: Import) -> None:
    stranger = Actor(member_id=None, name="命令行", how="command")

    with pytest.raises(Forbidden):
        load(ZHANG, source=replace(SOURCE, by=stranger))


# --- corners -----------------------------------------------------------------------------------


def test_everything_about_a_person_may_change(database: Database, load: Import) -> None:
    load({**LI, "党员类型": "预备党员"})

    outcome = load(
        {
            **LI,
            "党员类型": "正式",
            "人员类别": "退休",
            "入党日期": "2024-05-01",
            "转正日期": "2025.5",
        }
    )

    assert outcome.changes == (
        "第2行 李四：党员类型 预备党员 → 正式党员；人员类别 在职 → 离退休；"
        "入党日期改为2024-05-01；转正日期改为2025-05-01",
    )


def test_a_cell_may_change_without_leaving_the_branch(database: Database, load: Import) -> None:
    load(ZHANG, LI)

    outcome = load(ZHANG, {**LI, "党小组": "第一党小组"}, source=replace(SOURCE, now=LATER))

    assert outcome.changes == ("第3行 李四：党小组改为第三党支部第一党小组",)
    assert load(ZHANG, {**LI, "党小组": ""}).changes == ("第3行 李四：党小组改为无",)


def test_an_officer_who_is_found_on_a_roll_keeps_the_post(database: Database, load: Import) -> None:
    with database.writing() as session:
        made = add_officer(session, "李芳", now=NOW)
        bind_account(
            session,
            member_id=made.member_id,
            space="wecom:ww1",
            external_id="LiFang",
            how="code",
            now=NOW,
        )

    outcome = load({"姓名": "李芳", "党组织": "第三党支部", "职务": "", "企业微信账号": "lifang"})

    assert outcome.changes == ("第2行 李芳：党员类型 工作人员 → 正式党员；转到第三党支部",)
    with database.reading() as session:
        officer = people.get_actor(session, made.member_id, day_of(NOW))
    assert [grant.role for grant in officer.grants] == [Role.OFFICER]
    assert officer.branch_id is not None


@pytest.mark.parametrize(
    ("value", "says"),
    [
        pytest.param(2020.1, "看不出是哪个月", id="数字2020.1"),
        pytest.param("=TODAY()", "这一格是公式", id="公式"),
        pytest.param("2020-13-01", "应是日期", id="13月"),
        pytest.param(44013, "应是日期", id="日期序号"),
        pytest.param("1900-01-01", "应是日期", id="建党以前"),
    ],
)
def test_a_cell_of_excel_that_is_no_day_is_told(
    database: Database, tmp_path: Path, value: str | float, says: str
) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["姓名", "党组织", "入党日期"])
    sheet.append(["张三", "第三党支部", value])
    book.save(tmp_path / "名册.xlsx")

    with pytest.raises(ImportRefused) as refused, database.writing() as session:
        run_file(session, LEDGERS["roster"], tmp_path / "名册.xlsx", SOURCE)

    assert len(refused.value.problems) == 1
    assert says in refused.value.problems[0]


def test_a_name_too_long_is_told(load: Import) -> None:
    assert problems(load, {**LI, "姓名": "张" * 41}) == ["第2行 姓名：太长（41字），最多40字。"]


def test_a_header_twice_is_told(database: Database, tmp_path: Path) -> None:
    path = tmp_path / "名册.csv"
    path.write_text("姓名,党组织,支部\n张三,甲,乙\n", encoding="utf-8")

    with pytest.raises(ImportRefused) as refused:
        read_lines(path, LEDGERS["roster"])

    assert refused.value.problems == ("第1行 表头：“党组织”出现了两次。",)


def test_units_that_ended_take_nobody_in(database: Database, load: Import) -> None:
    load(ZHANG)
    with database.writing() as session:
        session.connection().execute(update(Unit).values(valid_to=date(2026, 11, 20)))

    assert problems(load, LI) == ["第2行 党组织：第三党支部已经撤销，请写现在所在的支部。"]
    found = problems(load, {"名称": "第三党支部"}, ledger="units")
    assert found == ["第2行 名称：第三党支部已经撤销，请换一个名称。"]


def test_a_cell_belongs_to_its_branch(load: Import) -> None:
    load(ZHANG, WANG)

    found = problems(
        load, {**WANG, "党小组": "第三党支部第一党小组"}, {**LI, "党小组": "第四党支部"}
    )

    assert found == [
        "第2行 党小组：第三党支部第一党小组不是第四党支部的党小组，请核对。",
        "第3行 党小组：第四党支部不是第三党支部的党小组，请核对。",
    ]


def test_a_unit_keeps_its_kind_and_may_start_earlier(database: Database, load: Import) -> None:
    load({"名称": "第一党支部"}, ledger="units")

    outcome = load({"名称": "第一党支部", "启用日期": "2025-06-01"}, ledger="units")

    assert outcome.changes == ("第2行 第一党支部：启用日期 2026-11-01 → 2025-06-01",)
    found = problems(load, {"名称": "第一党支部", "类型": "社区"}, ledger="units")
    assert found == ["第2行 类型：第一党支部已登记为支部，不能改成社区。"]


def test_units_named_twice_are_told(load: Import) -> None:
    found = problems(load, {"名称": "第一党支部"}, {"名称": "第一党支部"}, ledger="units")

    assert found == ["第3行 名称：与第2行重名。"]


def test_two_accounts_of_two_people_on_one_row_are_told(load: Import) -> None:
    load({**LI, "企业微信账号": "a"}, {**LI, "手机尾号": "1111", "公众号账号": "b"})

    found = problems(load, {**LI, "企业微信账号": "a", "公众号账号": "b"})

    assert found == ["第2行 公众号账号：与这一行的另一个账号分属两个人，请核对。"]


def test_what_members_bound_themselves_stays_when_the_roster_names_another(
    database: Database, load: Import
) -> None:
    load(LI)
    with database.writing() as session:
        bind_account(
            session,
            member_id=MemberId(1),
            space="wecom:ww1",
            external_id="own",
            how="digits",
            now=NOW,
        )

    load({**LI, "企业微信账号": "office"})

    with database.reading() as session:
        bound = session.scalars(select(Account.external_id).where(Account.unbound_at.is_(None)))
        assert sorted(bound) == ["office", "own"]


# --- in pieces -------------------------------------------------------------------------------


@pytest.fixture
def in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a file be taken in a branch at a time, as a large one is."""
    monkeypatch.setattr(spool, "AT_ONCE", 1)


@pytest.mark.usefixtures("in_pieces")
def test_in_pieces_who_changes_branches_is_the_same_person(load: Import) -> None:
    load(ZHANG, LI, WANG)

    outcome = load(
        {**WANG, "党组织": "第三党支部"},
        {**ZHANG, "党组织": "第四党支部", "党小组": "", "职务": ""},
        {**LI, "党组织": "第五党支部"},
        source=replace(SOURCE, now=LATER),
    )

    assert (outcome.added, outcome.changed) == (0, 3)
    assert [note.partition("，")[0] for note in outcome.notes] == ["新建的第五党支部还没有书记"]


@pytest.mark.usefixtures("in_pieces")
def test_in_pieces_an_account_is_found_before_a_name(load: Import) -> None:
    load({**LI, "企业微信账号": "u1", "手机尾号": ""})

    outcome = load(
        {"姓名": "李四", "党组织": "第三党支部"},
        {"姓名": "李四", "党组织": "第四党支部", "企业微信账号": "u1"},
    )

    assert (outcome.added, outcome.changed) == (1, 1)
    assert any("第3行 李四" in words and "转到第四党支部" in words for words in outcome.changes)


@pytest.mark.usefixtures("in_pieces")
def test_in_pieces_every_mistake_is_told_and_nothing_is_written(
    database: Database, load: Import
) -> None:
    rows = (
        {**ZHANG, "手机尾号": "12345"},
        {**WANG, "企业微信账号": "zhangsan"},
        {**LI, "党组织": "第五党支部", "职务": "支书"},
    )

    found = problems(load, *rows)

    assert [words[:3] for words in found] == ["第2行", "第3行", "第4行"]
    assert count(database, Member) == count(database, Unit) == 0


def test_a_file_wrong_in_every_row_tells_the_first_mistakes_and_how_many(load: Import) -> None:
    rows = [{"姓名": f"党员{n}", "党组织": "第三党支部", "手机尾号": "1"} for n in range(1005)]

    with pytest.raises(ImportRefused, match="有1005处要改") as refused:
        load(*rows)

    assert len(refused.value.problems) == 1000


# --- export ----------------------------------------------------------------------------------


@pytest.mark.parametrize("ending", ["xlsx", "csv"])
@pytest.mark.parametrize("ledger", ["units", "roster"])
def test_an_export_imports_again_unchanged(
    database: Database, load: Import, tmp_path: Path, ledger: str, ending: str
) -> None:
    load(
        {"名称": "春和街道", "类型": "街道"},
        {"名称": "第三党支部", "上级": "春和街道", "活动日": "16 不变"},
        ledger="units",
    )
    load(ZHANG, LI, {**WANG, "党员类型": "预备党员", "公众号账号": "oWang_-1", "姓名": "=王五"})
    path = tmp_path / f"出.{ending}"

    with database.writing() as session:
        rows = exporting.run_file(session, LEDGERS[ledger], path, Request(OPERATOR, NOW, SPACES))
    with database.writing() as session:
        outcome = run_file(session, LEDGERS[ledger], path, SOURCE)

    assert rows == outcome.unchanged == {"units": 4, "roster": 3}[ledger]
    assert outcome.added == outcome.changed == 0
    assert outcome.notes == ()


def test_an_export_shows_a_secretary_the_own_branch(
    database: Database, load: Import, tmp_path: Path
) -> None:
    load(ZHANG, LI, WANG)
    with database.reading() as session:
        unit = session.scalars(select(Unit).where(Unit.name == "第四党支部")).one()
        grant = Grant(Role.SECRETARY, UnitId(unit.id), unit.path)
    secretary = Actor(member_id=MemberId(3), grants=(grant,), how="console")

    with database.writing() as session:
        rows = exporting.run_file(
            session, LEDGERS["roster"], tmp_path / "a.csv", Request(secretary, NOW)
        )

    assert rows == 1
    assert "王五" in (tmp_path / "a.csv").read_text("utf-8-sig")


def test_an_empty_form_has_the_headers_and_says_how_to_fill_them_in(tmp_path: Path) -> None:
    for ledger in (ledger for ledger in LEDGERS.values() if not ledger.closed):
        exporting.empty_form(ledger, tmp_path / f"{ledger.name}.xlsx")

        assert (tmp_path / f"{ledger.name}.xlsx").stat().st_size > 0


# --- officers --------------------------------------------------------------------------------


def test_the_first_officer_makes_the_street_and_gathers_loose_branches(
    database: Database, load: Import
) -> None:
    load(ZHANG, WANG)
    with database.writing() as session:
        made = add_officer(session, "李芳", now=NOW)

    assert (made.unit, made.created, made.adopted) == ("街道", True, 2)
    with database.reading() as session:
        officer = people.get_actor(session, made.member_id, day_of(NOW))
        member = session.get_one(Member, made.member_id)
        street = session.scalars(select(Unit).where(Unit.name == "街道")).one()
        others = session.scalars(select(Unit.path).where(Unit.id != street.id)).all()
        assert member.kind is MemberKind.STAFF
        assert [grant.role for grant in officer.grants] == [Role.OFFICER]
        assert all(path.startswith(street.path) for path in others)
    assert load(ZHANG, WANG).unchanged == 2


def test_the_same_officer_again_only_gets_a_new_code(database: Database) -> None:
    with database.writing() as session:
        first = add_officer(session, "李芳", now=NOW)
        again = add_officer(session, "李芳", now=NOW)

    assert first.member_id == again.member_id
    assert first.code != again.code


def test_a_large_roster_takes_a_few_statements_and_no_query_a_row(
    database: Database, load: Import
) -> None:
    from sqlalchemy import event

    rows = [
        {
            **LI,
            "姓名": f"党员{n}",
            "党组织": f"第{n // 40}党支部",
            "职务": "",
            "手机尾号": f"{n:04}",
            "企业微信账号": f"u{n}",
        }
        for n in range(600)
    ]
    statements: list[str] = []

    def note(*found: Any) -> None:
        statements.append(found[2])

    event.listen(database.engine, "before_cursor_execute", note)
    assert load(*rows).added == 600
    assert load(*rows).unchanged == 600
    event.remove(database.engine, "before_cursor_execute", note)
    assert len(statements) < 80
