"""Meetings and studies by file: what is on record stays, every mistake has its fix."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date

import pytest
from sqlalchemy import func, select

from bot.clock import at
from bot.domain.cadence import MeetingKind
from bot.domain.errors import Forbidden
from bot.domain.meetings import MeetingState
from bot.domain.rights import Role
from bot.domain.units import UnitKind
from bot.files.tables import CellValue
from bot.services import meetings, studied, survey
from bot.services.importing import LEDGERS, ImportRefused, Line, Outcome, Source, run_lines
from bot.services.officers import OPERATOR
from bot.storage.engine import Database
from bot.storage.models import GatheringEvent, Meeting, StudyRecord
from tests.support.world import World

HERE = {"党组织": "第三党支部"}
THEME = {**HERE, "会议类型": "主题党日", "日期": "2026-03-16", "开始": "15:00"}

Row = Mapping[str, CellValue]
Import = Callable[..., Outcome]


@pytest.fixture
def world(database: Database) -> World:
    """Return a branch with a cell and two people, on 12 March at noon."""
    world = World(database)
    branch = world.unit("第三党支部")
    world.unit("第一党小组", UnitKind.CELL, under=branch)
    world.member("王组织", branch, Role.ORGANISER)
    world.member("张三", branch)
    return world


@pytest.fixture
def load(world: World) -> Import:
    """Return a way to import rows."""

    def run(ledger: str, *rows: Row, source: Source | None = None) -> Outcome:
        source = source or Source(OPERATOR, world.now)
        with world.database.writing() as session:
            lines = (Line(number, row) for number, row in enumerate(rows, start=2))
            return run_lines(session, LEDGERS[ledger], lines, source)

    return run


def wrong(load: Import, ledger: str, *rows: Row) -> list[str]:
    """Return the mistakes that are told."""
    with pytest.raises(ImportRefused) as refused:
        load(ledger, *rows)
    return list(refused.value.problems)


# --- meetings --------------------------------------------------------------------------------


def test_what_is_over_was_held_and_fills_its_period(world: World, load: Import) -> None:
    load("meetings", {**HERE, "会议类型": "支部大会", "日期": "2026-02-11"}, THEME)

    with world.database.reading() as session:
        found = session.execute(
            select(Meeting.title, Meeting.state, Meeting.timed).order_by(Meeting.starts_at)
        ).all()
        filled = survey.filled(session, MeetingKind.GENERAL, ["2026Q1"], world.now)
    assert found == [
        ("2月支部党员大会", MeetingState.HELD, False),
        ("16日主题党日", MeetingState.SCHEDULED, True),
    ]
    assert [period for _, period in filled] == ["2026Q1"]


def test_a_meeting_on_record_is_left_as_it_is(world: World, load: Import) -> None:
    load("meetings", THEME)

    assert load("meetings", THEME).unchanged == 1
    assert load("meetings", {**THEME, "开始": ""}).unchanged == 1
    assert wrong(load, "meetings", {**THEME, "名称": "看电影"}) == [
        "第2行 名称：这个会登记的是“16日主题党日”。导入不改已有的会，请在聊天里改期或更正。"
    ]
    assert wrong(load, "meetings", {**THEME, "结束": "18:00"}) == [
        "第2行 结束：这个会登记的是“17:00”。导入不改已有的会，请在聊天里改期或更正。"
    ]


def test_rows_of_one_gathering_share_it_the_others_do_not(world: World, load: Import) -> None:
    together = {**THEME, "同场": "十六号"}
    load(
        "meetings",
        together,
        {**together, "会议类型": "党课"},
        {**THEME, "会议类型": "支委会", "开始": "14:00"},
    )

    with world.database.reading() as session:
        assert session.scalar(select(func.count(GatheringEvent.id))) == 2
        held = meetings.list_between(session, at(date(2026, 3, 16)), at(date(2026, 3, 17)))
    assert [m.kind for m in held if m.event_id == held[-1].event_id] == [
        MeetingKind.THEME_DAY,
        MeetingKind.LECTURE,
    ]


@pytest.mark.parametrize(
    ("words", "state"),
    [
        pytest.param("已开完，记录未确认", MeetingState.HELD, id="开完的"),
        pytest.param("记录已锁定", MeetingState.HELD, id="锁定的先记为已召开"),
        pytest.param("还没有登记到会", MeetingState.SCHEDULED, id="没有登记的"),
    ],
)
def test_it_reads_the_words_of_our_own_export(
    world: World, load: Import, words: str, state: MeetingState
) -> None:
    load("meetings", {**THEME, "日期": "2026-02-16", "状态": words})

    with world.database.reading() as session:
        assert session.scalars(select(Meeting.state)).all() == [state]


def test_a_confirmed_meeting_waits_for_its_secretary(world: World, load: Import) -> None:
    outcome = load("meetings", {**THEME, "日期": "2026-02-16", "状态": "已确认"})

    assert outcome.notes == ("1个会写的是已确认，先记为已召开，请书记在聊天里确认会议记录。",)
    with world.database.reading() as session:
        assert session.scalars(select(Meeting.state)).all() == [MeetingState.HELD]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        pytest.param({"党组织": "第九党支部"}, "没有登记过“第九党支部”", id="没有这个支部"),
        pytest.param({"会议类型": "茶话"}, "不认识“茶话”", id="不认识的会"),
        pytest.param({"会议类型": "党小组会"}, "党小组会写党小组的全称", id="支部的小组会"),
        pytest.param({"日期": ""}, "日期：没有填", id="没有日期"),
        pytest.param({"日期": "2036-03-16"}, "请核对年份", id="十年以后"),
        pytest.param({"开始": "下午"}, "应是时间，如 15:00", id="不是时间"),
        pytest.param({"结束": "14:00"}, "要比开始晚", id="先结束"),
        pytest.param({"结束": "16日"}, "应是时间，如 17:00", id="结束不是时间"),
        pytest.param({"计入": "春季"}, "应如 2026-04", id="看不懂的时段"),
        pytest.param({"状态": "开过"}, "只能是已安排、已召开、已确认", id="看不懂的状态"),
        pytest.param({"状态": "已召开"}, "只能是已安排", id="还没到就开过"),
        pytest.param({"名称": "问13812345678"}, "手机号", id="名称里有手机号"),
    ],
)
def test_a_mistake_about_a_meeting_says_what_would_be_right(
    load: Import, change: Row, says: str
) -> None:
    found = wrong(load, "meetings", {**THEME, **change})

    assert len(found) == 1
    assert says in found[0]


def test_a_meeting_twice_is_told(load: Import) -> None:
    assert wrong(load, "meetings", THEME, THEME) == ["第3行 日期：与第2行是同一个会，请留一行。"]


def test_who_calls_no_meetings_there_brings_none_in(world: World, load: Import) -> None:
    stranger = world.member("周强", world.unit("第五党支部"), Role.SECRETARY)

    with pytest.raises(Forbidden):
        load("meetings", THEME, source=Source(world.actor(stranger), world.now))


# --- studies ---------------------------------------------------------------------------------


STUDY = {**HERE, "姓名": "张三", "学习内容": "党课视频", "日期": "2026-03-02"}


def test_a_study_is_on_record_once_a_day(world: World, load: Import) -> None:
    assert (load("studied", STUDY).added, load("studied", STUDY).unchanged) == (1, 1)
    assert load("studied", {**STUDY, "日期": "2026-03-03"}).added == 1

    with world.database.reading() as session:
        zhang = session.scalars(select(StudyRecord.member_id)).first()
        assert zhang is not None
        lines = studied.list_own(session, zhang, date(2026, 3, 1), date(2026, 3, 31))  # type: ignore[arg-type]
    assert [(line.title, line.day.day) for line in lines] == [("党课视频", 2), ("党课视频", 3)]


def test_a_study_taken_back_may_come_in_again(world: World, load: Import) -> None:
    load("studied", STUDY)
    with world.database.writing() as session:
        entry = session.scalars(select(StudyRecord.id)).one()
        studied.undo_studied(session, {"entry": entry}, OPERATOR, world.now)

    assert load("studied", STUDY).added == 1
    assert load("studied", STUDY).unchanged == 1


@pytest.mark.parametrize(
    ("change", "says"),
    [
        pytest.param({"姓名": "李四"}, "第三党支部的名册里没有李四", id="没有这个人"),
        pytest.param({"学习内容": ""}, "学习内容：没有填", id="没有内容"),
        pytest.param({"学习内容": "长" * 31}, "最多30字", id="太长"),
        pytest.param({"日期": ""}, "日期：没有填", id="没有日期"),
        pytest.param({"日期": "2026-03-13"}, "还没有到", id="明天"),
        pytest.param({"来源": "接龙"}, "只能是本人、组织委员", id="不认识的来源"),
    ],
)
def test_a_mistake_about_a_study_says_what_would_be_right(
    load: Import, change: Row, says: str
) -> None:
    found = wrong(load, "studied", {**STUDY, **change})

    assert len(found) == 1
    assert says in found[0]


def test_a_study_twice_is_told(load: Import) -> None:
    assert wrong(load, "studied", STUDY, STUDY) == ["第3行 学习内容：与第2行重复，请留一行。"]
