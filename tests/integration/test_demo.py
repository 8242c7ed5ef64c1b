"""The demonstration: what it holds, that it is the same every time, and that it harms nothing."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from bot import config, demo
from bot.channels.simulator import SPACE
from bot.clock import ManualClock, day_of
from bot.demo import district
from bot.demo.loading import load
from bot.domain.dues import MonthState
from bot.domain.ids import UnitId
from bot.domain.meetings import MeetingState
from bot.domain.periods import Month
from bot.domain.rights import Role
from bot.domain.units import UnitKind
from bot.services import dues_confirming, dues_lists, meetings, metrics, people, study
from bot.services.ports import Rehearsal
from bot.storage import schema
from bot.storage.engine import Database
from bot.storage.models import (
    Account,
    AttendanceMark,
    DuesEntry,
    Meeting,
    Member,
    Membership,
    Outbox,
    Post,
    Unit,
)
from tests.conftest import DatabaseKind
from tests.support.engines import Engines
from tests.support.postgres import PostgresServer
from tests.support.world import core

NOW = datetime(2026, 11, 25, 2, 0, tzinfo=UTC)
NEW_YEAR = datetime(2027, 1, 1, 0, 30, tzinfo=UTC)


def branch_id(database: Database, name: str = demo.MAIN_BRANCH) -> UnitId:
    """Return the id of a branch."""
    with database.reading() as session:
        return UnitId(session.scalars(select(Unit.id).where(Unit.name == name)).one())


def prepare(url: str) -> None:
    """Load the demonstration into an empty database."""
    opened = Database(url)
    schema.upgrade(opened)
    with opened.writing() as session:
        load(session, NOW)
    opened.close()


@pytest.fixture(scope="module")
def loaded_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return an SQLite file with the demonstration in it, to be copied."""
    path = tmp_path_factory.mktemp("demo") / "loaded.db"
    prepare(f"sqlite:///{path}")
    return path


@pytest.fixture
def loaded(
    database_kind: DatabaseKind, tmp_path: Path, request: pytest.FixtureRequest, engines: Engines
) -> Iterator[Database]:
    """Return a database with the demonstration in it, loaded once on each engine."""
    if database_kind == "sqlite":
        path = shutil.copyfile(request.getfixturevalue("loaded_file"), tmp_path / "demo.db")
        url = f"sqlite:///{path}"
    else:
        server: PostgresServer = request.getfixturevalue("postgres_server")
        url = server.create(server.template("demo", prepare))
    with engines.open(url) as opened:
        yield opened


def test_it_is_the_sub_district_that_was_promised(loaded: Database) -> None:
    with loaded.reading() as session:
        units = dict(
            session.execute(
                select(Unit.kind, func.count()).where(Unit.valid_to.is_(None)).group_by(Unit.kind)
            ).all()
        )
        sizes = session.scalars(
            select(func.count(Membership.id))
            .where(Membership.valid_to.is_(None))
            .group_by(Membership.unit_id)
        ).all()
        streets = session.scalars(select(Unit.name).where(Unit.kind == UnitKind.STREET)).all()

    assert {
        kind: units[kind] for kind in (UnitKind.STREET, UnitKind.COMMUNITY, UnitKind.BRANCH)
    } == {UnitKind.STREET: 1, UnitKind.COMMUNITY: 4, UnitKind.BRANCH: 12}
    assert units[UnitKind.CELL] == 6
    assert (sum(sizes), len(sizes), max(sizes)) == (471, 12, 40)
    assert "虚构" in streets[0]


def test_its_main_branch_has_the_people_of_the_introduction(loaded: Database) -> None:
    with loaded.reading() as session:
        roll = people.list_members(session, branch_id(loaded), day_of(NOW))
        holders = people.list_holders(session, [branch_id(loaded)], tuple(Role), day_of(NOW))
        bound = set(session.scalars(select(Account.member_id).where(Account.space == SPACE)))

    names = [person.name for person in roll]
    posts = {role: name for _, role, _, name in holders}
    assert names.count("张伟") == 2
    assert posts[Role.SECRETARY] == "李建国"
    assert posts[Role.ORGANISER] == "王敏"
    assert {person.name for person in roll if person.id not in bound} >= {"王秀英", "赵六"}
    assert {name for name, _ in demo.TO_TRY} <= {p.name for p in roll if p.id in bound}


def test_every_branch_has_a_secretary_and_one_has_no_committee(loaded: Database) -> None:
    with loaded.reading() as session:
        by_branch = session.execute(
            select(Unit.name, func.count(Post.id))
            .join(Post, Post.unit_id == Unit.id)
            .where(Unit.kind == UnitKind.BRANCH, Unit.valid_to.is_(None))
            .group_by(Unit.name)
        ).all()

    counts = dict(by_branch)
    assert len(counts) == 12
    assert counts["第十二党支部"] == 1
    assert min(count for name, count in counts.items() if name != "第十二党支部") >= 3


def test_the_past_is_recorded_and_something_is_left_to_do(loaded: Database) -> None:
    main, today = branch_id(loaded), day_of(NOW)
    with loaded.reading() as session:
        confirmed = session.scalars(
            select(Meeting).where(
                Meeting.branch_id == main, Meeting.state == MeetingState.CONFIRMED
            )
        ).all()
        present = session.scalar(select(func.count(AttendanceMark.id)))
        last = dues_lists.month_list(session, main, Month(2026, 10), today)
        this = dues_lists.month_list(session, main, Month(2026, 11), today)

        assert len(confirmed) > 30
        assert all(meeting.ends_at <= NOW for meeting in confirmed)
    assert present is not None
    assert present > 8000
    assert list(last) == [MonthState.PAID]
    assert {MonthState.PAID, MonthState.DECLARED, MonthState.UNPAID} == set(this)
    assert "张德福" in [person.name for person in this[MonthState.UNPAID]]


def test_a_meeting_and_a_class_with_seats_are_coming(loaded: Database) -> None:
    main = branch_id(loaded)
    with loaded.reading() as session:
        coming = meetings.list_called(session, main, NOW)
        joined = study.joined_members(session, coming[1].id)

    assert [meeting.seats for meeting in coming] == [None, 30]
    assert coming[1].taken == len(joined) == 8
    assert NOW + timedelta(days=2) < coming[0].starts_at < NOW + timedelta(days=12)


def test_receipts_go_on_where_the_demonstration_stopped(loaded: Database) -> None:
    main = branch_id(loaded)
    with loaded.writing() as session:
        holders = people.list_holders(session, [main], [Role.ORGANISER], day_of(NOW))
        organiser = people.get_actor(session, holders[0][2], day_of(NOW))
        waiting = dues_confirming.list_waiting(session, by=organiser, today=day_of(NOW))
        before = set(session.scalars(select(DuesEntry.receipt_no)))
        receipts = dues_confirming.confirm(session, waiting, by=organiser, now=NOW)
        taken = session.scalar(
            select(func.count(DuesEntry.id)).where(
                DuesEntry.receipt_no == receipts[0].number,
                DuesEntry.member_id.in_(
                    [p.id for p in people.list_members(session, main, day_of(NOW))]
                ),
            )
        )

    assert waiting
    assert before
    assert taken == 1


@pytest.mark.parametrize(
    "now",
    [NEW_YEAR, datetime(2027, 2, 28, 15, 59, tzinfo=UTC), datetime(2028, 2, 29, 4, 0, tzinfo=UTC)],
    ids=str,
)
def test_it_loads_on_any_day_of_a_year(
    migrated_sqlite: Path, tmp_path: Path, now: datetime
) -> None:
    shutil.copyfile(migrated_sqlite, tmp_path / "x.db")
    opened = Database(f"sqlite:///{tmp_path / 'x.db'}")
    with opened.writing() as session:
        assert load(session, now).members == 471
    with opened.reading() as session:
        late = session.scalar(
            select(func.count(AttendanceMark.id)).where(AttendanceMark.said_at > now)
        )
    opened.close()
    assert late == 0


def test_it_is_the_same_every_time(migrated_sqlite: Path, tmp_path: Path) -> None:
    contents = []
    for name in ("a.db", "b.db"):
        shutil.copyfile(migrated_sqlite, tmp_path / name)
        opened = Database(f"sqlite:///{tmp_path / name}")
        with opened.writing() as session:
            load(session, NOW)
        with opened.reading() as session:
            people_ = session.execute(
                select(Member.name, Member.phone_tail, Member.joined_on)
            ).all()
            marks = session.execute(select(AttendanceMark.member_id, AttendanceMark.mark)).all()
            contents.append((people_, marks))
        opened.close()

    assert contents[0] == contents[1]


def test_names_are_made_up_and_each_is_used_once() -> None:
    from random import Random

    lines = district.roster_lines(day_of(NOW), Random(1))
    names = [str(line.cells["姓名"]) for line in lines]

    assert len(names) - len(set(names)) == 1


# --- where it is written ---------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an empty folder to work in."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_it_makes_its_own_file_anew_and_rehearses_on_a_copy(folder: Path) -> None:
    settings = demo.config_for(None, 8123)
    for _ in range(2):
        made = demo.prepare(settings, fresh=True, clock=ManualClock(NOW))

    assert settings.server.port == 8123
    assert settings.channels == ()
    assert (folder / "data" / "demo.db").exists()
    before = (folder / "data" / "demo.db").read_bytes()
    rehearsal = made.rehearsal()
    stage = rehearsal.stage()
    assert stage.branch == demo.MAIN_BRANCH
    assert [member.name for member in stage.cast[:2]] == ["李建国", "王敏"]
    keys = {member.name: member.key for member in stage.cast}
    for name, words in demo.TO_TRY:
        rehearsal.say(keys[name], words, in_group=False)
    answers = [line.text for line in rehearsal.stage().lines if line.from_bot]
    assert len(answers) == len(demo.TO_TRY)
    assert not [answer for answer in answers if answer.startswith("没看懂")]
    assert (folder / "data" / "demo.db").read_bytes() == before


def test_a_file_that_is_no_demonstration_is_left_alone(folder: Path, migrated_sqlite: Path) -> None:
    (folder / "data").mkdir()
    shutil.copyfile(migrated_sqlite, folder / "data" / "demo.db")
    before = (folder / "data" / "demo.db").read_bytes()

    with pytest.raises(demo.NotADemo, match="不是演示数据，没有动它"):
        demo.prepare(demo.config_for(None, None), fresh=True)

    assert (folder / "data" / "demo.db").read_bytes() == before


def test_a_named_database_has_to_be_empty(folder: Path, database_url: str) -> None:
    (folder / "my.toml").write_text(f'[database]\nurl = "{database_url}"\n', encoding="utf-8")
    settings = demo.config_for(Path("my.toml"), 8124)

    made = demo.prepare(settings, fresh=False, clock=ManualClock(NOW))
    with pytest.raises(demo.NotADemo, match="不是空的"):
        demo.prepare(settings, fresh=False)

    assert made.size.members == 471
    assert settings.server == config.load("my.toml").server.model_copy(update={"port": 8124})


def _none() -> Rehearsal:
    raise AssertionError("not asked for")


def test_the_introduction_names_the_address_and_who_may_do_what(folder: Path) -> None:
    made = demo.Made(demo.Size(1, 4, 12, 471), rehearsal=_none)

    served, built = demo.introduction(made, "http://127.0.0.1:8080"), demo.introduction(made, None)

    assert "虚构" in served
    assert "1个街道、4个社区、12个支部、471名党员" in served
    assert "http://127.0.0.1:8080/rehearsal" in served
    assert "张德福：请假 出差" in served
    assert "  书记　　  发通知、建会" in served
    assert "rehearsal" not in built


def test_the_year_2017_is_in_it_and_asks_nobody_for_anything(loaded: Database) -> None:
    """The branches of then are closed: nothing is due of them, and nobody of them is written to."""
    clock = ManualClock(NOW)
    with loaded.reading() as session:
        street = UnitId(session.scalars(select(Unit.id).where(Unit.kind == UnitKind.STREET)).one())
        then = metrics.figures_of(session, street, 2017, clock.now())
        now = metrics.figures_of(session, street, 2026, clock.now())
        gone = set(
            session.scalars(
                select(Membership.member_id).where(Membership.valid_to == date(2018, 1, 1))
            )
        )

    ticker = core(loaded, clock).ticker
    ticker.tick()  # sets its marks
    clock.advance(timedelta(days=8))
    ticker.tick()

    assert {figure.mark: figure.value for figure in then if figure.mark}["K7"] == 32
    assert (then.value("members"), now.value("members")) == (471, 471)
    assert now.value("collective_training") == 0
    with loaded.reading() as session:
        written_to = set(session.scalars(select(Outbox.member_id)))
    assert written_to
    assert not written_to & gone
