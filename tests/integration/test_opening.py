"""What was already so when a branch began: imported once, corrected behind itself, never money."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path

import pytest
from sqlalchemy import select, update

from bot.clock import at
from bot.domain.cadence import MeetingKind
from bot.domain.dues import MonthState
from bot.domain.dues_allocation import NeedsAnswer
from bot.domain.dues_bills import Payment, Why
from bot.domain.errors import Forbidden
from bot.domain.ids import MemberId
from bot.domain.periods import Month
from bot.domain.rights import Role
from bot.domain.units import UnitKind
from bot.files.tables import read_sheets
from bot.services import (
    dues,
    dues_bills,
    dues_lists,
    dues_remittance,
    dues_runs,
    exporting,
    importing,
    opening,
    study_hours,
)
from bot.services.dues import DuesRefused
from bot.services.dues_bills import Marked
from bot.services.importing import LEDGERS, ImportRefused, Outcome, Source
from bot.services.officers import OPERATOR
from bot.storage.engine import Database
from bot.storage.models import AuditLine, DuesEntry, OpeningDues, Unit
from tests.support.dues_world import DuesBranch
from tests.support.world import World, core

BEGIN = at(date(2026, 5, 6), 9)
JANUARY, APRIL, MAY, JUNE = (Month(2026, number) for number in (1, 4, 5, 6))
MAY_DAY = date(2026, 5, 1)
HERE = {"党组织": "第三党支部"}

Row = Mapping[str, str]


class Begun(DuesBranch):
    """A branch that began on 1 May, and the files it hands in."""

    def __init__(self, database: Database, folder: Path) -> None:
        world = World(database, now=BEGIN)
        self.folder = folder
        super().__init__(world)
        self.cell = world.unit("第一党小组", UnitKind.CELL, under=self.branch)
        self.do(lambda session: session.execute(update(Unit).values(live_from=MAY_DAY)))
        self.zhang = self.payer("张三", cell=self.cell)
        self.zhao = self.payer("赵六", 1500)

    def take(self, *rows: Row, source: Source | None = None) -> Outcome:
        """Import rows of the opening state."""
        path = self.folder / "期初.csv"
        headers = list(dict.fromkeys(header for row in rows for header in row))
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, headers, restval="")
            writer.writeheader()
            writer.writerows(rows)
        source = source or Source(OPERATOR, self.world.now)
        return self.do(
            lambda session: importing.run_file(session, LEDGERS["opening"], path, source)
        )

    def wrong(self, *rows: Row) -> list[str]:
        """Return what is wrong with rows."""
        with pytest.raises(ImportRefused) as refused:
            self.take(*rows)
        return list(refused.value.problems)

    def state(self, member: MemberId, month: Month) -> MonthState:
        """Return how a month stands."""
        with self.world.database.reading() as session:
            return dues.balances(session, [member], [month])[member][month].state

    def planned(self, first: datetime, until: datetime) -> list[tuple[str, str]]:
        """Return (rule, text) of what would be sent."""
        running = core(self.world.database, self.world.clock)
        return [(item.rule, item.text) for item in running.planner.plan(first, until)]


@pytest.fixture
def begun(database: Database, tmp_path: Path) -> Begun:
    """Return the branch."""
    return Begun(database, tmp_path)


# --- dues ------------------------------------------------------------------------------------


def test_months_paid_before_are_settled_and_no_money(begun: Begun) -> None:
    outcome = begun.take({**HERE, "姓名": "张三", "党费交至": "2026年5月"})

    assert (outcome.added, outcome.changed, outcome.unchanged) == (1, 0, 0)
    states = [begun.state(begun.zhang, month) for month in (JANUARY, APRIL, MAY, JUNE)]
    assert states == [MonthState.SETTLED_BEFORE] * 3 + [MonthState.UNPAID]
    with begun.world.database.reading() as session:
        assert session.scalars(select(DuesEntry)).all() == []
        assert dues_remittance.list_held(session, begun.branch) == []


def test_nobody_is_asked_for_a_month_paid_before(begun: Begun) -> None:
    begun.take({**HERE, "姓名": "张三", "党费交至": "2026-05"})

    wang = begun.world.actor(begun.wang)
    with begun.world.database.reading() as session:
        owing = dues_lists.list_open(session, by=wang, today=begun.world.today)
    assert [(line.person.name, line.months) for line in owing] == [("赵六", (MAY,))]
    asked = [text for rule, text in begun.planned(BEGIN, at(date(2026, 5, 31))) if "dues" in rule]
    assert len(asked) == 2
    assert all("赵六" in text for text in asked)


def test_months_paid_before_end_a_run(begun: Begun) -> None:
    begun.take({**HERE, "姓名": "张三", "党费交至": "2026-06"})
    begun.world.clock.set(at(date(2026, 8, 5), 9))
    begun.pay(begun.zhao, MAY, JUNE, Month(2026, 7))

    with begun.world.database.reading() as session:
        of = {begun.zhang: begun.branch, begun.zhao: begun.branch}
        runs = dues_runs.count_open(session, of, Month(2026, 7), begun.world.now)
    assert runs == {begun.zhang: 1, begun.zhao: 0}


@pytest.mark.parametrize(
    ("months", "says"),
    [
        pytest.param([JANUARY], "1月党费启用前已交，不用再报", id="半年以内的"),
        pytest.param([Month(2025, 6)], "2025年6月党费启用前已交，不用再报", id="超过半年的"),
        pytest.param([], "您的党费启用前已交到6月", id="没写月份"),
    ],
)
def test_who_declares_it_again_is_told_so(begun: Begun, months: list[Month], says: str) -> None:
    begun.take({**HERE, "姓名": "张三", "党费交至": "2026-06"})

    with pytest.raises(DuesRefused) as refused:
        begun.declare(begun.zhang, *months, fen=3000)

    assert says in refused.value.sentence


def test_of_several_months_only_the_open_ones_are_offered(begun: Begun) -> None:
    begun.take({**HERE, "姓名": "张三", "党费交至": "2026-04"})

    asked = begun.declare(begun.zhang, APRIL, MAY)

    assert isinstance(asked, NeedsAnswer)
    assert asked.sentence == "4月党费启用前已交。只记5月30元，对的请回复 1"
    assert asked.choices[0].parts == ((MAY, 3000),)


def test_a_payment_of_a_bill_for_a_month_paid_before_is_not_proposed(begun: Begun) -> None:
    begun.take({**HERE, "姓名": "张三", "党费交至": "2026-05"})
    paid = Payment(date(2026, 5, 6), 3000, "张三", "5月党费", (MAY,))

    proposed = begun.do(
        lambda session: dues_bills.propose(
            session, [Marked(2, "no-1", paid)], unit_id=begun.branch, by=OPERATOR, now=BEGIN
        )
    )

    assert (proposed.new, proposed.unclear) == (0, ((2, Why.SETTLED),))


# --- meetings --------------------------------------------------------------------------------


def test_a_meeting_held_before_is_not_asked_for_again(begun: Begun) -> None:
    def general() -> list[str]:
        plan = begun.planned(BEGIN, at(date(2026, 7, 1)))
        return [text for rule, text in plan if "支部党员大会" in text]

    assert general()

    begun.take({**HERE, "会议": "党员大会", "召开日期": "2026-04-10"})

    assert not general()


def test_nothing_before_the_branch_began_is_asked_for(begun: Begun) -> None:
    plan = begun.planned(at(date(2026, 1, 1)), at(date(2026, 7, 1)))

    assert not [text for _, text in plan if "一季度" in text or "4月的" in text or "1月" in text]


def test_meetings_held_before_are_listed_by_period(begun: Begun) -> None:
    cell = {"党组织": "第一党小组", "会议": "党小组会", "召开日期": "2026-04-20"}
    begun.take(
        {**HERE, "会议": "支委会", "召开日期": "2026-04-02"},
        {**HERE, "会议": "组织生活会", "召开日期": "2026-01-20", "计入": "2025"},
        cell,
    )

    with begun.world.database.reading() as session:
        held = opening.list_held(session, [begun.branch, begun.cell])
    assert [(item.unit_id, item.kind, item.for_period, item.held_on) for item in held] == [
        (begun.branch, MeetingKind.ORG_LIFE, "2025", date(2026, 1, 20)),
        (begun.branch, MeetingKind.COMMITTEE, "2026-04", date(2026, 4, 2)),
        (begun.cell, MeetingKind.CELL, "2026-04", date(2026, 4, 20)),
    ]


# --- hours -----------------------------------------------------------------------------------


def test_class_hours_are_of_a_year(begun: Begun) -> None:
    begun.take(
        {**HERE, "姓名": "张三", "学时": "12"},
        {**HERE, "姓名": "赵六", "学时": "30", "学时年度": "2025"},
    )

    members = [begun.zhang, begun.zhao]
    with begun.world.database.reading() as session:
        assert opening.class_hours(session, members, 2026) == {begun.zhang: 12}
        assert opening.class_hours(session, members, 2025) == {begun.zhao: 30}


def test_class_hours_from_before_count_towards_the_year(begun: Begun) -> None:
    begun.take({**HERE, "姓名": "张三", "学时": "12"})

    with begun.world.database.reading() as session:
        found = study_hours.of_members(session, [begun.zhang, begun.zhao], 2026, begun.world.now)
        earlier = study_hours.of_members(session, [begun.zhang], 2025, begun.world.now)
    zhang, zhao = found[begun.zhang], found[begun.zhao]
    assert (zhang.tenths, zhang.before, zhang.target, zhang.short) == (120, 120, 320, 200)
    assert (zhang.since, zhao.since) == (None, MAY_DAY)
    assert (zhao.tenths, zhao.target) == (0, None)
    assert earlier[begun.zhang].before == 0


def test_hours_taken_back_leave_the_year_as_it_was(begun: Begun) -> None:
    begun.take({**HERE, "姓名": "张三", "学时": "12"})
    begun.take({**HERE, "姓名": "张三", "学时": "无", "原因": "是同名的人"})

    with begun.world.database.reading() as session:
        found = study_hours.of_members(session, [begun.zhang], 2026, begun.world.now)
    assert (found[begun.zhang].tenths, found[begun.zhang].since) == (0, MAY_DAY)


def test_the_autumn_asks_for_what_is_missing_with_the_hours_from_before(begun: Begun) -> None:
    begun.take({**HERE, "姓名": "张三", "学时": "12"}, {**HERE, "姓名": "赵六", "学时": "40"})

    asked = [
        text
        for rule, text in begun.planned(at(date(2026, 10, 8), 8), at(date(2026, 10, 8), 12))
        if rule == "study_shortfall"
    ]

    assert len(asked) == 1
    assert "张三您好：今年的学时现在是12，都是启用前的，全年一般不少于32，还差20。" in asked[0]


# --- again, and put right --------------------------------------------------------------------


EVERYTHING = (
    {**HERE, "姓名": "张三", "党费交至": "2026-04", "学时": "12"},
    {**HERE, "会议": "支部党员大会", "召开日期": "2026-04-10", "计入": "2026Q2"},
)


def test_the_same_file_again_changes_nothing(begun: Begun) -> None:
    first, again = begun.take(*EVERYTHING), begun.take(*EVERYTHING)

    assert (first.added, again.added, again.changed, again.unchanged) == (3, 0, 0, 3)


def test_another_value_needs_a_reason_and_stands_behind_the_old_one(begun: Begun) -> None:
    begun.take(*EVERYTHING)
    other = {**HERE, "姓名": "张三", "党费交至": "2026-03"}

    assert begun.wrong(other) == ["第2行 原因：登记的是2026-04，要改成2026-03请写明原因。"]
    outcome = begun.take({**other, "原因": "看错了一个月"})

    assert outcome.changes == ("第2行 张三：党费交至 2026-04 → 2026-03",)
    assert begun.state(begun.zhang, APRIL) is MonthState.NOT_DUE
    with begun.world.database.reading() as session:
        entries = session.execute(
            select(OpeningDues.seq, OpeningDues.until_month, OpeningDues.reason)
        ).all()
        audited = session.scalars(
            select(AuditLine.action).where(AuditLine.action == "opening.import")
        ).all()
    assert sorted(entries) == [(1, APRIL, "导入"), (2, Month(2026, 3), "看错了一个月")]
    assert len(audited) == 4


def test_what_was_wrong_altogether_is_taken_back(begun: Begun) -> None:
    begun.take(*EVERYTHING)

    outcome = begun.take(
        {**HERE, "姓名": "张三", "党费交至": "无", "学时": "无", "原因": "是同名的人"},
        {**HERE, "会议": "支部党员大会", "召开日期": "无", "计入": "2026Q2", "原因": "没有开"},
    )

    assert outcome.changed == 3
    with begun.world.database.reading() as session:
        assert opening.dues_until(session, [begun.zhang]) == {}
        assert opening.class_hours(session, [begun.zhang], 2026) == {}
        assert opening.filled(session, MeetingKind.GENERAL, ["2026Q2"]) == set()
        assert opening.list_held(session, [begun.branch]) == []


# --- mistakes --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("row", "says"),
    [
        pytest.param({"姓名": "张三"}, "“党费交至”和“学时”至少填一样", id="什么也没说"),
        pytest.param({}, "这一行两样都没有", id="不是人也不是会"),
        pytest.param({"姓名": "李四", "学时": "1"}, "第三党支部的名册里没有李四", id="没有这个人"),
        pytest.param({"姓名": "张三", "党费交至": "2028-01"}, "最多一年以后", id="交得太远"),
        pytest.param({"姓名": "张三", "学时": "3.5"}, "1到1000的整数", id="半个学时"),
        pytest.param({"姓名": "张三", "学时": "1", "会议": "党课"}, "请分两行写", id="人和会一行"),
        pytest.param({"会议": "茶话", "召开日期": "2026-04-01"}, "不认识“茶话”", id="不认识的会"),
        pytest.param({"会议": "党课"}, "召开日期：没有填", id="没有日期"),
        pytest.param(
            {"会议": "党课", "召开日期": "2026-05-01"}, "请在聊天里补登", id="启用当天的会"
        ),
        pytest.param(
            {"会议": "党小组会", "召开日期": "2026-04-01"},
            "党小组会写党小组的全称",
            id="支部的小组会",
        ),
        pytest.param(
            {"会议": "党课", "召开日期": "2026-04-01", "计入": "春季"},
            "应如 2026-04",
            id="看不懂的时段",
        ),
        pytest.param({"会议": "党课", "召开日期": "无"}, "要写是哪一期的", id="取消没有时段"),
    ],
)
def test_a_mistake_says_what_would_be_right(begun: Begun, row: Row, says: str) -> None:
    found = begun.wrong({**HERE, "姓名": "", "会议": "", **row})

    assert len(found) == 1
    assert says in found[0]


def test_nothing_is_written_if_one_row_is_wrong(begun: Begun) -> None:
    begun.wrong(*EVERYTHING, {**HERE, "姓名": "李四", "学时": "1"})

    with begun.world.database.reading() as session:
        assert session.scalars(select(OpeningDues)).all() == []


def test_one_thing_twice_is_told(begun: Begun) -> None:
    row = {**HERE, "姓名": "张三", "学时": "3"}

    assert begun.wrong(row, row) == ["第3行 学时：与第2行重复，请留一行。"]


def test_who_does_not_keep_the_dues_of_a_branch_cannot_bring_them_in(begun: Begun) -> None:
    stranger = begun.world.member("周强", begun.world.unit("第五党支部"), Role.SECRETARY)

    with pytest.raises(Forbidden):
        begun.take(EVERYTHING[0], source=Source(begun.world.actor(stranger), begun.world.now))


# --- export ----------------------------------------------------------------------------------


@pytest.mark.parametrize("ending", ["xlsx", "csv"])
def test_an_export_imports_again_unchanged(begun: Begun, tmp_path: Path, ending: str) -> None:
    begun.take(*EVERYTHING, {**HERE, "姓名": "赵六", "学时": "3", "学时年度": "2025"})
    path = tmp_path / f"出.{ending}"
    request = exporting.Request(OPERATOR, begun.world.now)

    count = begun.do(lambda session: exporting.run_file(session, LEDGERS["opening"], path, request))
    outcome = begun.do(
        lambda session: importing.run_file(
            session, LEDGERS["opening"], path, Source(OPERATOR, begun.world.now)
        )
    )

    assert count == 3
    assert (outcome.added, outcome.changed, outcome.unchanged) == (0, 0, 4)
    assert outcome.notes == ()
    rows = [row for sheet in read_sheets(path) for _, row in sheet.rows]
    assert [list(row[:4]) for row in _texts(rows)[1:3]] == [
        ["第三党支部", "张三", "", "2026-04"],
        ["第三党支部", "赵六", "", ""],
    ]


def _texts(rows: Sequence[Sequence[object]]) -> list[list[str]]:
    return [["" if cell is None else str(cell) for cell in row] for row in rows]
