"""Members' files: the second is refused, the classes are the roll, an import stops at a second one."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.domain.errors import DomainError, Forbidden
from bot.domain.ids import MemberId
from bot.domain.member_files import NO_FILE, FileClass, FileState, WrongFile
from bot.services import member_files
from bot.services.importing import LEDGERS, ImportRefused, Source, run_file
from bot.services.officers import OPERATOR
from bot.storage.engine import Database
from bot.storage.models import MemberFileEntry
from tests.support.cadre import Cadre
from tests.support.world import World

DAY = date(2026, 3, 12)
SORTED, FILED, ARCHIVED = FileState


@pytest.fixture
def cadre(database: Database) -> Cadre:
    """Return the branches, on Thursday, 12 March 2026, at noon."""
    return Cadre(World(database))


def put(cadre: Cadre, member: MemberId, state: FileState, by: MemberId | None = None) -> None:
    """Let a keeper write a state down."""
    actor = cadre.world.actor(by or cadre.wang)
    cadre.do(
        lambda s: member_files.record(
            s, member_id=member, state=state, on=DAY, by=actor, now=cadre.world.now
        )
    )


def test_mechanism_65_a_second_file_for_one_person_is_refused(cadre: Cadre) -> None:
    put(cadre, cadre.zhang, SORTED)

    with pytest.raises(WrongFile, match="一个人只有一份"):
        put(cadre, cadre.zhang, SORTED)


def test_of_two_at_once_one_gets_through(cadre: Cadre) -> None:
    barrier = threading.Barrier(2)

    def try_it(_: int) -> bool:
        barrier.wait(timeout=30)
        try:
            put(cadre, cadre.zhang, SORTED)
        except DomainError:
            return False
        return True

    with ThreadPoolExecutor(2) as workers:
        assert sorted(workers.map(try_it, range(2))) == [False, True]
    with cadre.world.database.reading() as session:
        assert len(session.scalars(select(MemberFileEntry.id)).all()) == 1


def test_mechanism_66_the_classes_of_a_day_add_up_to_the_roll_of_that_day(cadre: Cadre) -> None:
    for state in FileState:
        for member in (cadre.li, cadre.wang, cadre.zhang):
            put(cadre, member, state)
    late = cadre.world.member("后来的", cadre.branch, since=date(2026, 3, 12))
    actor = cadre.world.actor(cadre.officer)

    with cadre.world.database.reading() as session:
        branch = member_files.progress(session, cadre.branch, DAY, by=actor)
        street = member_files.progress(session, cadre.world.street, DAY, by=actor)
        before = member_files.progress(session, cadre.branch, date(2026, 3, 11), by=actor)

    assert branch.count.classes == {FileClass.IN_SERVICE.value: 3, NO_FILE: 1}
    assert (branch.count.is_partition, branch.count.is_complete) == (True, False)
    assert [person.id for person in branch.behind[SORTED]] == [late]
    assert (street.count.members, street.count.is_partition) == (5, True)
    assert (before.count.members, before.count.classes) == (3, {NO_FILE: 3})


def test_another_branch_and_members_see_nothing(cadre: Cadre) -> None:
    put(cadre, cadre.zhang, SORTED)

    for stranger in (cadre.zhang, cadre.zhou):
        actor = cadre.world.actor(stranger)
        with cadre.world.database.reading() as session, pytest.raises(Forbidden):
            member_files.look(session, cadre.zhang, by=actor)
        with pytest.raises(Forbidden):
            put(cadre, cadre.zhang, FILED, by=stranger)


def test_what_is_taken_back_can_be_written_again(cadre: Cadre) -> None:
    put(cadre, cadre.zhang, SORTED)
    cadre.undo(cadre.wang)
    put(cadre, cadre.zhang, SORTED)
    put(cadre, cadre.zhang, FILED)

    with pytest.raises(WrongFile, match="后来已经立卷"):
        cadre.do(
            lambda s: member_files.take_back(
                s,
                member_id=cadre.zhang,
                state=SORTED,
                reason="记错了",
                by=cadre.world.actor(cadre.wang),
                now=cadre.world.now,
            )
        )


def test_a_second_file_in_a_sheet_is_refused_by_row(cadre: Cadre, tmp_path: Path) -> None:
    sheet = tmp_path / "files.csv"
    sheet.write_text(
        "姓名,党组织,类别,状态,存放编号,日期\n"
        "张三,第三党支部,在职,整理,3柜-1,2026-03-01\n"
        "张三,第三党支部,在职,整理,3柜-2,2026-03-02\n"
        "李书记,第三党支部,在职,归档,3柜-3,2026-03-02\n"
    )

    with pytest.raises(ImportRefused) as refused, cadre.world.database.writing() as session:
        run_file(session, LEDGERS["member_files"], sheet, Source(OPERATOR, cadre.world.now))

    assert [line[:7] for line in refused.value.problems] == ["第3行 状态：", "第4行 状态："]
