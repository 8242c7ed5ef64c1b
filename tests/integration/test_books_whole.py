"""Books move whole: every sheet is the same, byte by byte, in the database they move to."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import select, update

from bot.domain.dues import EntryKind, MonthState
from bot.domain.ids import MemberId
from bot.domain.periods import Month
from bot.domain.rights import Role
from bot.services import dues, exporting
from bot.services.exporting import Request
from bot.services.importing import LEDGERS, ImportRefused, Outcome, Source, run_file
from bot.services.officers import OPERATOR
from bot.storage.engine import Database
from bot.storage.models import DuesEntry, Member, Membership, Unit
from tests.support.dues_world import DuesBranch
from tests.support.world import FOUNDED, World

OPEN = [name for name, ledger in LEDGERS.items() if not ledger.closed]
JANUARY, FEBRUARY, MARCH = (Month(2026, number) for number in (1, 2, 3))


@pytest.fixture
def empty(migrated_sqlite: Path, tmp_path: Path) -> Iterator[Database]:
    """Return another database, with nobody but the officer."""
    path = tmp_path / "empty.db"
    shutil.copyfile(migrated_sqlite, path)
    opened = Database(f"sqlite:///{path}", scratch=True)
    yield opened
    opened.close()


@pytest.fixture
def branch(database: Database) -> DuesBranch:
    """Return two branches whose people and money came in turns, and a member who went over."""
    world = World(database)
    branch = DuesBranch(world)
    other = DuesBranch(world, "第一党支部", secretary="赵书记", organiser="孙组织")
    zhang, liu = branch.payer("张三"), other.payer("刘芳", 1550)
    wei, zhou = branch.payer("张伟", tail="0111"), other.payer("张伟", tail="0222", account=False)
    zhao, wu = branch.payer("赵六"), other.payer("吴强")
    branch.pay(zhang, JANUARY, FEBRUARY)
    other.pay(liu, JANUARY)
    branch.declare(wei, JANUARY)
    other.take_cash(zhou, FEBRUARY)
    branch.declare(zhao, MARCH)
    branch.undo(zhao)
    branch.correct(zhang, FEBRUARY, 2000, reason="记 错了")
    branch.refund(zhang, JANUARY, 1000)
    other.offer(wu, 5000)
    other.confirm(wu)
    branch.offer(zhao, 8000)
    branch.pay(zhao, JANUARY)
    world.transfer(zhao, other.branch, date(2026, 3, 1))
    gone = branch.payer("孙强", since=date(2023, 5, 1))
    branch.pay(gone, JANUARY)
    with database.writing() as session:
        ended = update(Membership).where(Membership.member_id == gone)
        session.execute(ended.values(valid_to=date(2026, 2, 15)))
    branch.payer("后来的", since=date(2026, 2, 20), account=False)
    world.post(wei, branch.branch, Role.DISCIPLINE, since=date(2025, 1, 1))
    return branch


def test_pain_28_every_sheet_is_the_same_byte_by_byte(
    branch: DuesBranch, empty: Database, tmp_path: Path
) -> None:
    exported = {name: _export(branch, branch.world.database, name, tmp_path) for name in OPEN}

    for name, path in exported.items():
        _import(branch, empty, name, path)

    for name, path in exported.items():
        moved = _export(branch, empty, name, tmp_path / "moved")
        assert moved.read_text() == path.read_text(), name


def test_nothing_is_new_a_second_time_here_or_there(
    branch: DuesBranch, empty: Database, tmp_path: Path
) -> None:
    exported = {name: _export(branch, branch.world.database, name, tmp_path) for name in OPEN}
    for name, path in exported.items():
        _import(branch, empty, name, path)

    for database in (branch.world.database, empty):
        for name, path in exported.items():
            again = _import(branch, database, name, path)
            assert (again.added, again.changed, again.notes) == (0, 0, ()), name


def test_what_was_declared_settled_and_corrected_stands_the_same(
    branch: DuesBranch, empty: Database, tmp_path: Path
) -> None:
    _move(branch, empty, tmp_path)

    for name in ("张三", "刘芳", "赵六", "吴强"):
        there = _balances(empty, name)
        assert there == _balances(branch.world.database, name), name
    assert _balances(empty, "张三")[FEBRUARY].confirmed_fen == 2000
    with empty.reading() as session:
        kinds = set(session.scalars(select(DuesEntry.kind)))
    assert kinds == set(EntryKind)


def test_what_waits_can_be_confirmed_where_it_moved_to(
    branch: DuesBranch, empty: Database, tmp_path: Path
) -> None:
    _move(branch, empty, tmp_path)
    world = World(empty, branch.world.now, street="朝阳街道")
    there = DuesBranch(world, "第七党支部")
    with empty.reading() as session:
        settled = session.scalars(
            select(DuesEntry.id).where(DuesEntry.key.startswith("settle:"))
        ).all()

    newcomer = there.payer("钱七")
    receipt = there.pay(newcomer, MARCH)

    assert settled == []  # no key of the other database is taken for one of this
    assert receipt.number == "2026-0001"
    assert there.balance(newcomer, MARCH).state is MonthState.PAID


def test_a_sheet_filled_in_by_hand_adds_nothing_where_its_lines_have_moved(
    branch: DuesBranch, empty: Database, tmp_path: Path
) -> None:
    there = World(empty, street="朝阳街道")
    there.member("钱七", there.unit("第七党支部"))  # ids mean somebody else there
    sheet = tmp_path / "by_hand.csv"
    sheet.write_text(
        "姓名,党组织,手机尾号,月份,金额,日期\n"
        "刘芳,第一党支部,,2026-02,15.5,2026-02-05\n"
        "张伟,第三党支部,0111,2026-02,30,2026-02-06\n"
        "张伟,第三党支部,0111,2026-02,30,2026-02-06\n"
    )
    first = _import(branch, branch.world.database, "dues", sheet)
    _move(branch, empty, tmp_path)

    again = [_import(branch, one, "dues", sheet) for one in (branch.world.database, empty)]

    assert first.added == 3
    assert [(one.added, one.unchanged) for one in again] == [(0, 3), (0, 3)]


def test_a_line_that_was_settled_cannot_come_without_what_it_settles(
    branch: DuesBranch, empty: Database, tmp_path: Path
) -> None:
    for name in ("units", "roster", "memberships"):
        _import(branch, empty, name, _export(branch, branch.world.database, name, tmp_path))
    path = _export(branch, branch.world.database, "dues", tmp_path)
    lines = path.read_text().splitlines()
    path.write_text("\n".join(line for line in lines if ",自报," not in line))

    with pytest.raises(ImportRefused) as refused:
        _import_bare(branch, empty, "dues", path)

    assert "请从原来的库导出整本党费台账" in refused.value.problems[0]


def test_money_stays_that_of_the_branch_which_took_it(
    branch: DuesBranch, empty: Database, tmp_path: Path
) -> None:
    _move(branch, empty, tmp_path)

    with empty.reading() as session:
        names = session.scalars(
            select(Unit.name)
            .join(DuesEntry, DuesEntry.unit_id == Unit.id)
            .join(Member, Member.id == DuesEntry.member_id)
            .where(Member.name == "赵六", DuesEntry.kind == EntryKind.CONFIRM)
        ).all()
    assert names == ["第三党支部"]


def test_where_everybody_belonged_moves_with_the_books(
    branch: DuesBranch, empty: Database, tmp_path: Path
) -> None:
    _move(branch, empty, tmp_path)

    for database in (branch.world.database, empty):
        with database.reading() as session:
            terms = session.execute(
                select(Member.name, Unit.name, Membership.valid_from, Membership.valid_to)
                .join(Member, Member.id == Membership.member_id)
                .join(Unit, Unit.id == Membership.unit_id)
                .where(Member.name.in_(("孙强", "赵六", "后来的")))
            ).all()
        assert sorted((tuple(term) for term in terms), key=lambda term: (term[0], term[2])) == [
            ("后来的", "第三党支部", date(2026, 2, 20), None),
            ("孙强", "第三党支部", date(2023, 5, 1), date(2026, 2, 15)),
            ("赵六", "第三党支部", FOUNDED, date(2026, 3, 1)),
            ("赵六", "第一党支部", date(2026, 3, 1), None),
        ]


def test_nobody_but_the_operator_brings_in_where_people_belonged(
    branch: DuesBranch, empty: Database, tmp_path: Path
) -> None:
    path = _export(branch, branch.world.database, "memberships", tmp_path)
    for name in ("units", "roster"):
        _import(branch, empty, name, _export(branch, branch.world.database, name, tmp_path))

    source = Source(branch.world.actor(branch.li), branch.world.now)
    with empty.writing() as session, pytest.raises(ImportRefused) as refused:
        run_file(session, LEDGERS["memberships"], path, source)

    assert "由管理员在服务器上导入" in refused.value.problems[0]


def _balances(database: Database, name: str) -> dict[Month, dues.Balance]:
    with database.reading() as session:
        member = session.scalars(select(Member.id).where(Member.name == name)).one()
        found = dues.balances(session, [MemberId(member)], [JANUARY, FEBRUARY, MARCH])
    of_member = found[MemberId(member)]
    return {
        month: replace(balance, waiting=tuple((0, fen) for _, fen in balance.waiting))
        for month, balance in of_member.items()
    }


def _move(branch: DuesBranch, empty: Database, folder: Path) -> None:
    for name in OPEN:
        _import(branch, empty, name, _export(branch, branch.world.database, name, folder))


def _export(branch: DuesBranch, database: Database, name: str, folder: Path) -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / f"{name}.csv"
    with database.reading() as session:
        exporting.write_file(session, LEDGERS[name], path, Request(OPERATOR, branch.world.now))
    return path


def _import(branch: DuesBranch, database: Database, name: str, path: Path) -> Outcome:
    try:
        return _import_bare(branch, database, name, path)
    except ImportRefused as refused:
        pytest.fail("\n".join((name, *refused.problems)))


def _import_bare(branch: DuesBranch, database: Database, name: str, path: Path) -> Outcome:
    source = Source(OPERATOR, branch.world.now)
    with database.writing() as session:
        return run_file(session, LEDGERS[name], path, source)
