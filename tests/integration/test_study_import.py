"""The ledger `study`: an export imports again unchanged; every mistake is told by row."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from bot.clock import at
from bot.domain.meetings import MeetingState
from bot.domain.study_plan import Lesson
from bot.files.tables import read_sheets
from bot.services import exporting, importing, study_programmes
from bot.services.exporting import Request
from bot.services.importing import ImportRefused, Outcome, Source
from bot.services.officers import OPERATOR
from bot.storage.engine import Database
from tests.support.school import CLASS, School

HEAD = (
    "学习计划,党组织,课程,日期,时间,结束日期,结束时间,地点,名额,学时,报名截止,截止时间,自学算学时"
)


@pytest.fixture
def school(database: Database) -> School:
    """Return a branch with a plan of three classes."""
    school = School(database)
    lessons = [
        Lesson("党章专题", CLASS + timedelta(days=1), "社区三楼", 30, 15, CLASS),
        Lesson("党课", CLASS + timedelta(days=2)),
        Lesson("跨年集中培训", at(date(2026, 12, 31), 9), "党校", 9, None, at(date(2026, 12, 30))),
    ]
    actor = school.world.actor(school.members["李建国"])
    with database.writing() as session:
        study_programmes.lay(
            session,
            title="2026年党员教育",
            lessons=lessons,
            own_word=True,
            by=actor,
            now=school.world.now,
        )
    return school


def bring(school: School, path: Path, ledger: str = "study") -> Outcome:
    """Import a file as the operator."""
    source = Source(OPERATOR, school.world.now)
    with school.world.database.writing() as session:
        return importing.run_file(session, importing.LEDGERS[ledger], path, source)


def take(school: School, path: Path, ledger: str = "study") -> int:
    """Export to a file as the operator."""
    request = Request(OPERATOR, school.world.now)
    with school.world.database.writing() as session:
        return exporting.run_file(session, importing.LEDGERS[ledger], path, request)


def csv(tmp_path: Path, *rows: str) -> Path:
    """Write a file by hand."""
    path = tmp_path / "学习计划.csv"
    path.write_text("\n".join((HEAD, *rows)) + "\n", encoding="utf-8-sig")
    return path


@pytest.mark.parametrize("ending", ["xlsx", "csv"])
def test_an_export_imports_again_unchanged(school: School, tmp_path: Path, ending: str) -> None:
    path, again = tmp_path / f"学习计划.{ending}", tmp_path / f"再.{ending}"
    count = take(school, path)

    outcome = bring(school, path)

    assert count == 4  # one of them in no plan
    assert (outcome.added, outcome.changed, outcome.unchanged) == (0, 0, 4)
    take(school, again)
    assert [row for s in read_sheets(path) for row in s.rows] == [
        row for s in read_sheets(again) for row in s.rows
    ]


def test_it_writes_new_classes_down_to_come_and_held(school: School, tmp_path: Path) -> None:
    path = csv(
        tmp_path,
        "冬训,第三党支部,冬训第一课,2026-01-08,09:00,2026-01-09,17:00,党校,,,,,",
        "冬训,第三党支部,冬训总结,2026-04-08,14:00,,,社区三楼,20,2.5,2026-04-06,,是",
        "冬训,第三党支部,自学日,2026-02-08,,,,,,,,,",
    )

    first, again = bring(school, path), bring(school, path)

    assert (first.added, again.added, again.unchanged) == (3, 0, 3)
    with school.world.database.reading() as session:
        [winter] = [
            one for one in study_programmes.list_of(session, [school.branch]) if one.title == "冬训"
        ]
        held, untimed, last = study_programmes.list_lessons(session, [winter.id])[winter.id]
    assert (held.meeting.state, held.meeting.ends_at) == (
        MeetingState.HELD,
        at(date(2026, 1, 9), 17),
    )
    assert not untimed.meeting.timed
    assert last.meeting.state is MeetingState.SCHEDULED
    assert (last.meeting.seats, last.terms.tenths, last.terms.own_word) == (20, 25, True)
    assert last.terms.closes_at == at(date(2026, 4, 7))


def test_it_changes_what_a_class_counts_for_and_lets_in_who_waits(
    school: School, tmp_path: Path
) -> None:
    for name in ("张三", "王五", "赵六"):
        school.say(name, "报名 党史学习班")
    path = csv(tmp_path, "党史,第三党支部,党史学习班,2026-03-20,14:00,,,,3,4,,,")
    outcome = bring(school, path)

    assert (outcome.added, outcome.changed, outcome.unchanged) == (0, 1, 0)
    assert school.seated() == ["张三", "王五", "赵六"]
    school.attend("张三")
    assert school.hours("张三") == "4"


def test_every_mistake_is_told_by_row_and_nothing_is_written(
    school: School, tmp_path: Path
) -> None:
    path = csv(
        tmp_path,
        "冬训,第四党支部,冬训第一课,2026-04-08,09:00,,,,,,,,",
        "冬训,第三党支部,冬训第一课,,09:00,,,,,,,,",
        "冬训,第三党支部,冬训第二课,2026-04-09,九点,,,,,,,,",
        "冬训,第三党支部,冬训第三课,2026-04-10,09:00,,08:00,,,,,,",
        "冬训,第三党支部,冬训第四课,2026-04-11,09:00,,,,,999,,,",
        "冬训,第三党支部,冬训第五课,2026-04-12,09:00,,,,几个,,,,",
        "冬训,第三党支部,冬训第六课,2026-04-13,09:00,,,,,,2026-04-12,,",
        "冬训,第三党支部,别的班,2026-03-20,14:00,,,,2,,,,",
        "冬训,第三党支部,冬训第七课,2028-04-13,09:00,,,,,,,,也许",
    )

    with pytest.raises(ImportRefused) as refused:
        bring(school, path)

    told = "\n".join(refused.value.problems)
    for words in (
        "第2行 党组织：没有叫“第四党支部”的支部",
        "第3行 日期：没有填。",
        "第4行 时间：应是时间",
        "第5行 结束时间：结束要在开始以后",
        "第6行 学时：学时请写0到200之间的数",
        "第7行 名额：应是整数",
        "第8行 名额：冬训第六课写了报名截止，没写名额",
        "第9行 课程：那个时间已经有党史学习班",
        "第10行 日期：2028-04-13离现在超过一年",
        "第10行 自学算学时：只能是是、否",
    ):
        assert words in told
    assert take(school, tmp_path / "看.csv") == 4


@pytest.mark.parametrize("ending", ["xlsx", "csv"])
def test_who_was_at_a_class_is_exported_with_all_attendance_and_imports_again(
    school: School, tmp_path: Path, ending: str
) -> None:
    school.say("张三", "报名 党史学习班")
    school.attend("张三")
    school.settle(school.course, own_word=True)
    school.say("王五", "党史学习班补学完了")
    path = tmp_path / f"出勤.{ending}"

    count = take(school, path, "attendance")
    outcome = bring(school, path, "attendance")

    assert count == 2
    assert (outcome.added, outcome.changed, outcome.unchanged) == (0, 0, 2)
