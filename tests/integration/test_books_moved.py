"""The books of a branch that lived in chats move to another database, and are the same there."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from bot.domain.aliases import Consent
from bot.domain.cadence import MeetingKind
from bot.domain.decisions import Ballot
from bot.domain.ids import MeetingId
from bot.domain.meetings import MeetingState
from bot.domain.minutes import Line, Part
from bot.domain.periods import Month
from bot.domain.rights import Role
from bot.domain.units import UnitForm, UnitKind
from bot.files.tables import read_sheets
from bot.services import (
    aliases,
    exporting,
    letters,
    meetings,
    minutes,
    minutes_entries,
    organisation,
    posts,
    study_seats,
    transfers,
)
from bot.services.aliases import Whose
from bot.services.exporting import Request
from bot.services.importing import LEDGERS, ImportRefused, Outcome, Source, run_file
from bot.services.officers import OPERATOR
from bot.services.transfers import Wanted
from bot.storage.engine import Database
from bot.storage.models import FrozenAttendance, Meeting, MinutesEntry, StatedCount, Unit
from tests.support.branch import Branch
from tests.support.world import World

MOVED = [name for name, ledger in LEDGERS.items() if not ledger.closed]


@pytest.fixture
def empty(migrated_sqlite: Path, tmp_path: Path) -> Iterator[Database]:
    """Return another database, without any rows."""
    path = tmp_path / "empty.db"
    shutil.copyfile(migrated_sqlite, path)
    opened = Database(f"sqlite:///{path}", scratch=True)
    yield opened
    opened.close()


@pytest.fixture
def branch(database: Database) -> Branch:
    """Return a branch with a history in every ledger that is new to files."""
    branch = Branch(World(database))
    _organise(branch)
    _name(branch)
    _meet(branch)
    _sign_up(branch)
    _transfer(branch)
    return branch


def _organise(branch: Branch) -> None:
    world = branch.world
    officer = world.member("街道专干", None, Role.OFFICER)
    by = world.actor(officer)
    with world.database.writing() as session:
        cell = session.get_one(Unit, branch.cell)
        cell.name = "第三党支部第一党小组"
    gone = world.unit("第八党支部", valid_to=date(2025, 6, 1))
    world.post(branch.wu, branch.id, Role.DEPUTY, since=date(2022, 1, 1), until=date(2024, 1, 1))
    with world.database.writing() as session:
        organisation.found(
            session,
            name="红色物业功能型支部",
            kind=UnitKind.BRANCH,
            form=UnitForm.THEMED,
            parent_id=world.street,
            on=date(2026, 3, 2),
            by=by,
            now=world.now,
        )
        posts.appoint(
            session,
            member_id=branch.wu,
            unit_id=branch.id,
            role=Role.PUBLICITY,
            on=date(2026, 3, 20),
            until=date(2028, 3, 19),
            by=by,
            now=world.now,
        )
    world.policy(gone, "leave", {"approval": True}, date(2024, 1, 1))
    world.policy(gone, "activity_day", {}, date(2025, 1, 1))
    world.policy(world.street, "lecture", {"every": None}, date(2026, 1, 1))
    world.policy(branch.id, "activity_day", {"day": 10, "shift": "next_workday"}, date(2021, 7, 1))
    world.policy(branch.id, "activity_day", {"nth": -1, "weekday": 4, "shift": "keep"}, world.today)
    world.policy(branch.id, "dues_prepayment", {"ahead": None}, world.today)


def _name(branch: Branch) -> None:
    world = branch.world
    path = world.actor(branch.zhang).branch_path
    with world.database.writing() as session:
        zhang = Whose(branch.zhang, "张三", branch.id, path)
        for word, who in (("老张", branch.wang), ("老伴", branch.wu), ("大个子", branch.wang)):
            by = world.actor(who)
            aliases.teach(
                session, text=word, of=zhang, by=by, consent=Consent.COMMAND, now=world.now
            )
        later = world.now + timedelta(minutes=5)
        aliases.revoke(session, text="大个子", by=world.actor(branch.zhang), now=later)


def _meet(branch: Branch) -> None:
    world = branch.world
    meeting = branch.held(MeetingKind.GENERAL, branch.li, branch.wang, branch.zhang)
    branch.write_all(meeting)
    branch.write(meeting, (Part.FOLLOW_UP, "月底前报名单 王敏"), (Part.POINT, "写错的一行"))
    branch.vote(meeting, "接收小刘为预备党员", Ballot(3))
    branch.vote(meeting, "接收小刘为预备党员", Ballot(2, 0, 1), reason="唱票记错了")
    with world.database.writing() as session:
        found = minutes_entries.load(session, meeting.id)
        wrong = found.of(Part.POINT)[-1].seq
        minutes.undo_written(
            session, {"meeting": meeting.id, "seqs": [wrong]}, world.actor(branch.wang), world.now
        )
    branch.confirm(meeting)
    world.clock.advance(timedelta(days=5))
    with world.database.writing() as session:
        minutes.correct(
            session,
            meeting_id=meeting.id,
            line=Line(Part.CHAIR, "王敏"),
            number=None,
            reason="记错了主持人",
            by=world.actor(branch.wang),
            now=world.now,
        )
    small = branch.held(MeetingKind.COMMITTEE, branch.li)
    with world.database.writing() as session:
        for seq, present in enumerate((7, None, 9), start=1):
            row = {"meeting_id": small.id, "seq": seq, "present": present, "at": world.now}
            session.add(StatedCount(**row, reporter_id=branch.wang))


def _sign_up(branch: Branch) -> None:
    world = branch.world
    called = world.call(
        MeetingKind.STUDY, world.now + timedelta(days=9), branch.li, seats=2, title="党章专题"
    )
    steps = (
        (branch.zhang, 1),
        (branch.zhao, 1),
        (branch.wu, 1),
        (branch.wang, 2),
        (branch.zhao, 0),
    )
    for member, seats in steps:
        with world.database.writing() as session:
            study_seats.settle(
                session, called.meeting, member, seats, by_id=branch.wang, now=world.now
            )
        world.clock.advance(timedelta(minutes=1))


def _transfer(branch: Branch) -> None:
    world, by = branch.world, branch.world.actor(branch.li)
    wanted = Wanted(None, "城东街道第一党支部", Month(2026, 3), date(2026, 3, 12), "2026-8", 30)
    with world.database.writing() as session:
        transfers.issue(session, member_id=branch.wu, wanted=wanted, by=by, now=world.now)
        letter = letters.find_of_member(session, branch.wu)
        assert letter is not None
        transfers.send_back(session, letter=letter, reason="公章不清楚", by=by, now=world.now)
        transfers.issue(session, member_id=branch.wu, wanted=wanted, by=by, now=world.now)


def test_the_books_are_the_same_in_the_database_they_move_to(
    branch: Branch, empty: Database, tmp_path: Path
) -> None:
    exported = {name: _export(branch, branch.world.database, name, tmp_path) for name in MOVED}
    World(empty, branch.world.now, street="晨光街道").member("街道专干", None, Role.OFFICER)

    for name, path in exported.items():
        _import(branch, empty, name, path)

    for name, path in exported.items():
        moved = _export(branch, empty, name, tmp_path / "moved")
        assert _rows(moved) == _rows(path), name


def test_what_moved_changes_nothing_a_second_time(
    branch: Branch, empty: Database, tmp_path: Path
) -> None:
    exported = {name: _export(branch, branch.world.database, name, tmp_path) for name in MOVED}
    World(empty, branch.world.now, street="晨光街道").member("街道专干", None, Role.OFFICER)
    for name, path in exported.items():
        _import(branch, empty, name, path)

    for database in (branch.world.database, empty):
        for name, path in exported.items():
            again = _import(branch, database, name, path)
            assert (again.added, again.changed) == (0, 0), (name, again.changes)


def test_a_confirmed_record_stands_as_confirmed_with_who_was_there(
    branch: Branch, empty: Database, tmp_path: Path
) -> None:
    World(empty, branch.world.now, street="晨光街道").member("街道专干", None, Role.OFFICER)
    for name in MOVED:
        _import(branch, empty, name, _export(branch, branch.world.database, name, tmp_path))

    for database in (branch.world.database, empty):
        with database.reading() as session:
            meeting = session.scalars(
                select(Meeting.id).where(Meeting.kind == MeetingKind.GENERAL)
            ).one()
            view = meetings.get_meeting(session, MeetingId(meeting))
            frozen = session.execute(
                select(FrozenAttendance.seq, func.count(FrozenAttendance.mark), func.count())
                .where(FrozenAttendance.meeting_id == meeting)
                .group_by(FrozenAttendance.seq)
            ).all()
            entries = session.scalar(select(func.count(MinutesEntry.id)))
        assert view.state is MeetingState.CONFIRMED
        assert frozen == [(7, 3, 5)]
        assert entries == 8


def _export(branch: Branch, database: Database, name: str, folder: Path) -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / f"{name}.xlsx"
    with database.writing() as session:
        request = Request(OPERATOR, branch.world.now)
        exporting.run_file(session, LEDGERS[name], path, request)
    return path


def _import(branch: Branch, database: Database, name: str, path: Path) -> Outcome:
    try:
        with database.writing() as session:
            return run_file(session, LEDGERS[name], path, Source(OPERATOR, branch.world.now))
    except ImportRefused as refused:
        pytest.fail("\n".join((name, *refused.problems)))


def _rows(path: Path) -> list[list[str]]:
    found = [row for sheet in read_sheets(path) for _, row in sheet.rows]
    return [["" if cell is None else str(cell) for cell in row] for row in found]
