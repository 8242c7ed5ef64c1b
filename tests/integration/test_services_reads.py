"""Who has read what about whom: written down when it is told, without the data."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from openpyxl import load_workbook
from sqlalchemy import select

from bot.domain.errors import Forbidden
from bot.domain.ids import MemberId
from bot.domain.reads import Seen
from bot.domain.rights import Role
from bot.services import exporting, importing, reads
from bot.services.exporting import Request
from bot.services.importing import LEDGERS, Source
from bot.services.officers import OPERATOR
from bot.services.reads import Look, Read
from bot.storage.engine import Database
from bot.storage.models import ReadLine
from tests.support.hall import Hall

LONG_AGO, ALWAYS = date(2000, 1, 1), date(2099, 1, 1)


@pytest.fixture
def hall(database: Database) -> Hall:
    """Return a branch; 张三 pays."""
    hall = Hall(database)
    hall.world.assess(hall.members["张三"], 3000)
    return hall


def _looks(hall: Hall, name: str) -> list[tuple[str, Seen]]:
    return [(look.role, look.what) for look in _about(hall, hall.members[name])]


def _about(hall: Hall, member: MemberId) -> list[Look]:
    with hall.world.database.reading() as session:
        return reads.list_about(session, member, LONG_AGO, ALWAYS)


def test_a_list_of_a_branch_is_a_read_of_everybody_in_it(hall: Hall) -> None:
    other = hall.world.unit("第五党支部")
    far = hall.world.member("周强", other)

    hall.say("王敏", "名单 党费 3月")

    assert _looks(hall, "张三") == _looks(hall, "孙丽") == [("组织委员", Seen.DUES)]
    assert _about(hall, far) == []


def test_own_reading_of_own_records_is_none(hall: Hall) -> None:
    hall.say("张三", "我的党费")
    hall.say("王敏", "名单 党费 3月")

    assert _looks(hall, "王敏") == []
    with hall.world.database.reading() as session:
        assert len(session.scalars(select(ReadLine)).all()) == 1


def test_who_was_not_in_the_branch_on_that_day_was_not_read(hall: Hall) -> None:
    hall.say("王敏", "名单 党费 3月")
    hall.world.clock.advance(timedelta(days=1))
    new = hall.world.member("赵新", hall.branch, since=hall.world.today)

    assert _about(hall, new) == []


def test_one_person_asked_about_is_a_read_of_that_person_alone(hall: Hall) -> None:
    hall.say("王敏", "张三党费交了吗")

    assert _looks(hall, "张三") == [("组织委员", Seen.DUES)]
    assert _looks(hall, "王五") == []


def test_who_may_see_reasons_reads_reasons(hall: Hall) -> None:
    hall.say("张三", "请假 出差")
    hall.say("李建国", "名单")

    assert {what for _, what in _looks(hall, "张三")} == {Seen.ATTENDANCE, Seen.LEAVE}


def test_a_read_keeps_by_which_command_and_way(hall: Hall) -> None:
    hall.say("王敏", "名单 党费 3月")

    with hall.world.database.reading() as session:
        lines = session.execute(select(ReadLine.command, ReadLine.how, ReadLine.by_id)).all()
    assert [tuple(line) for line in lines] == [("stats_query", "chat", hall.members["王敏"])]


def test_what_was_refused_was_not_read(hall: Hall) -> None:
    hall.say("张三", "名单 党费 3月")
    hall.say("张三", "查阅记录")

    assert _looks(hall, "王五") == []


def test_readers_are_told_by_post_to_members_and_by_name_to_the_officer(hall: Hall) -> None:
    officer = hall.world.member("周敏", None, Role.OFFICER)
    hall.say("王敏", "名单 党费 3月")

    mine = _about(hall, hall.members["张三"])
    actor, secretary = hall.world.actor(officer), hall.world.actor(hall.members["李建国"])
    with hall.world.database.reading() as session:
        told = reads.list_by_officer(session, by=actor, first=LONG_AGO, last=ALWAYS)
        with pytest.raises(Forbidden):
            reads.list_by_officer(session, by=secretary, first=LONG_AGO, last=ALWAYS)

    assert [look.name for look in mine] == [""]
    assert [(look.name, look.role, look.about) for look in told] == [
        ("王敏", "组织委员", "第三党支部")
    ]


def test_somebody_without_a_post_any_more_is_still_told_by_a_word(hall: Hall) -> None:
    hall.world.post(hall.members["孙丽"], hall.branch, Role.DEPUTY, until=hall.world.today)
    actor = hall.world.actor(hall.members["孙丽"])
    with hall.world.database.writing() as session:
        seen = [Read(Seen.DUES, members=(hall.members["张三"],))]
        reads.record(session, seen, by=actor, command="test", now=hall.world.now)

    assert _looks(hall, "张三") == [("管理人员", Seen.DUES)]


@pytest.mark.parametrize("name", exporting.EXPORTS)
def test_an_export_is_logged_and_signed_and_imports_again(
    hall: Hall, name: str, tmp_path: Path
) -> None:
    path, ledger = tmp_path / f"{name}.xlsx", LEDGERS[name]
    request = Request(OPERATOR, hall.world.now)
    hall.say("张三", "党费 3月 30")
    with hall.world.database.writing() as session:
        exporting.run_file(session, ledger, path, request)
    if not ledger.closed:
        with hall.world.database.writing() as session:
            again = importing.run_file(session, ledger, path, Source(OPERATOR, hall.world.now))
        assert (again.added, again.changed) == (0, 0)

    assert set(_looks(hall, "张三")) == {
        ("系统管理员", what) for what in exporting.EXPORTS[name].shows
    }
    book = load_workbook(path)
    assert "命令行，2026-03-12 12:00" in str(book["导出说明"]["A2"].value)
    footer = book.worksheets[0].oddFooter
    assert footer is not None
    assert footer.center is not None
    assert "命令行" in str(footer.center.text)
