"""The annual report from raw rows: the numbers of 2017, the traps around them, copies that stand."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.orm import Session

from bot.clock import at
from bot.domain.attendance import Mark
from bot.domain.cadence import MeetingKind
from bot.domain.dues import EntryKind
from bot.domain.errors import Forbidden, NotFound
from bot.domain.ids import MemberId, UnitId
from bot.domain.meetings import MeetingState
from bot.domain.periods import Month
from bot.domain.reports.figures import Figures
from bot.domain.rights import Actor, Grant, Role
from bot.domain.roll import ChangeKind, Code
from bot.services import metrics
from bot.services.officers import OPERATOR
from bot.services.reports import REPORTS, copies
from bot.services.reports.copies import ChangedMeanwhile, Damaged, WhyAgain
from bot.services.reports.report import Draft, NoSuchYear, make
from bot.storage.engine import Database
from bot.storage.models import (
    AttendanceMark,
    DuesEntry,
    Meeting,
    Member,
    Membership,
    MinutesEntry,
    ReportCopy,
    RollChange,
    Unit,
)
from tests.conftest import DatabaseKind
from tests.support.engines import Engines
from tests.support.postgres import PostgresServer
from tests.support.year_2017 import AFTER, prepare

ANNUAL = REPORTS["annual"]
NUMBERS = {"K1": 11, "K6": 11, "K7": 32, "K8": 1, "K9": 1}
DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def year_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return an SQLite file with the year 2017 in it, to be copied."""
    path = tmp_path_factory.mktemp("year") / "2017.db"
    prepare(f"sqlite:///{path}")
    return path


@pytest.fixture
def year(
    database_kind: DatabaseKind, tmp_path: Path, request: pytest.FixtureRequest, engines: Engines
) -> Iterator[Database]:
    """Return a database with the year 2017 in it, loaded once on each engine."""
    if database_kind == "sqlite":
        path = shutil.copyfile(request.getfixturevalue("year_file"), tmp_path / "2017.db")
        url = f"sqlite:///{path}"
    else:
        server: PostgresServer = request.getfixturevalue("postgres_server")
        url = server.create(server.template("year_2017", prepare))
    with engines.open(url) as opened:
        yield opened


def _street(session: Session) -> UnitId:
    return UnitId(session.scalars(select(Unit.id).where(Unit.parent_id.is_(None))).one())


def _figures(year: Database, of: int = 2017, unit: str | None = None) -> Figures:
    with year.reading() as session:
        named = select(Unit.id).where(Unit.name == unit)
        unit_id = _street(session) if unit is None else UnitId(session.scalars(named).one())
        return metrics.figures_of(session, unit_id, of, AFTER)


def _report(year: Database, now: datetime = AFTER) -> Draft:
    with year.reading() as session:
        return make(session, ANNUAL, _street(session), 2017, by=OPERATOR, now=now)


def _text(year: Database) -> str:
    composed = _report(year).composed
    return "".join(line.text for section in composed.sections for line in section.lines)


def _gaps(year: Database) -> str:
    return "\n".join(gap.words for gap in _report(year).composed.gaps)


def _change(year: Database, *statements: Any) -> None:
    with year.writing() as session:
        for statement in statements:
            session.execute(statement)


def _first(year: Database, kind: MeetingKind) -> Any:
    """Return the first meeting of a kind that was held."""
    with year.reading() as session:
        return session.execute(
            select(Meeting.id, Meeting.unit_id, Meeting.starts_at, Meeting.event_id)
            .where(Meeting.kind == kind, Meeting.state == MeetingState.CONFIRMED)
            .order_by(Meeting.starts_at, Meeting.id)
            .limit(1)
        ).one()


# --- the numbers -----------------------------------------------------------------------------


def test_the_numbers_of_the_founding_report_follow_from_raw_rows(year: Database) -> None:
    """Golden: K1 K6 K7 K8 K9 of 2017, and 471 on the roll at the end of the year."""
    figures = _figures(year)

    assert {f.mark: f.value for f in figures if f.mark} == NUMBERS
    assert figures.value("members") == 471


def test_every_figure_is_made_of_its_rows(year: Database) -> None:
    for figure in _figures(year):
        assert figure.value == sum(row.weight for row in figure.rows), figure.name
        assert len({row.ref for row in figure.rows}) == len(figure.rows), figure.name
        assert {len(row.cells) for row in figure.rows} <= {len(figure.columns)}, figure.name


def test_the_sentences_of_the_report_say_them(year: Database) -> None:
    text = _text(year)

    for sentence in (
        "先后召开了11次党工委会议专题研讨基层党建工作。",
        "共组织开展中心组学习11次。",
        "开展党员干部职工集中培训32次。",
        "街道机关召开专题组织生活会1次。",
        "开展党建宣讲1次。",
        "组织全体党员471名重温入党誓词。",
        "各支部均每月开展党员活动日（主题党日），共144次。",
        "年初在册470名，新发展4名，转入3名，转出3名，出党1名，去世2名，期末在册471名。",
    ):
        assert sentence in text


def test_another_year_has_none_of_it(year: Database) -> None:
    assert all(not figure.value for figure in _figures(year, 2016))
    assert _figures(year, 2018).value("members") == 0


# --- traps -----------------------------------------------------------------------------------


def test_one_row_less_is_one_less(year: Database) -> None:
    held = _first(year, MeetingKind.TRAINING)
    marks = delete(AttendanceMark).where(AttendanceMark.meeting_id == held.id)
    _change(year, marks, delete(Meeting).where(Meeting.id == held.id))

    assert _figures(year).value("collective_training") == 31
    assert "集中培训31次" in _text(year)


def test_two_elevens_are_two_figures(year: Database) -> None:
    held = _first(year, MeetingKind.THEORY_GROUP)
    _change(year, update(Meeting).where(Meeting.id == held.id).values(state=MeetingState.CANCELLED))

    figures = _figures(year)

    assert (figures.value("work_committee"), figures.value("theory_group")) == (11, 10)


def test_a_meeting_of_the_committee_without_party_building_does_not_count(year: Database) -> None:
    with year.reading() as session:
        agenda = session.scalars(
            select(MinutesEntry.id).where(MinutesEntry.text.contains("年度党建工作要点"))
        ).one()
        held = session.scalar(
            select(func.count(Meeting.id)).where(
                Meeting.kind == MeetingKind.WORKING_COMMITTEE,
                Meeting.state == MeetingState.CONFIRMED,
            )
        )
    _change(year, update(MinutesEntry).where(MinutesEntry.id == agenda).values(text="研究防汛工作"))

    assert held == 13
    assert _figures(year).value("work_committee") == 10


@pytest.mark.parametrize(
    ("moment", "counts"),
    [
        pytest.param(at(date(2017, 12, 31), 23, 59), True, id="除夕前一分钟"),
        pytest.param(at(date(2018, 1, 1), 0, 0), False, id="元旦零点"),
        pytest.param(at(date(2017, 1, 1), 0, 0), True, id="年初零点"),
        pytest.param(at(date(2016, 12, 31), 23, 59), False, id="上一年"),
    ],
)
def test_a_lecture_belongs_to_the_year_of_its_shanghai_day(
    year: Database, moment: datetime, counts: bool
) -> None:
    held = _first(year, MeetingKind.LECTURE)
    before = _figures(year).value("lectures")
    _change(
        year,
        update(Meeting)
        .where(Meeting.event_id == held.event_id)
        .values(starts_at=moment, ends_at=moment + timedelta(hours=1)),
    )

    assert _figures(year).value("lectures") == before - (not counts)


def test_a_lecture_heard_by_several_branches_is_one_and_a_training_of_two_days_too(
    year: Database,
) -> None:
    figures = _figures(year)

    heard = [row for row in figures["lectures"].rows if "、" in row.cells[2]]
    two_days = [row for row in figures["collective_training"].rows if "至" in row.cells[0]]
    assert figures.value("lectures") == 20
    assert len(heard) == 16
    assert len(two_days) == 1


def test_the_meeting_that_was_moved_counts_once_and_the_cancelled_not_at_all(
    year: Database,
) -> None:
    days = [row.cells[0] for row in _figures(year)["work_committee"].rows]

    assert days.count("2017-09-11") == 1
    assert "2017-09-04" not in days
    assert "2017-11-13" not in days


def test_the_organs_own_meeting_is_not_that_of_all_branches(year: Database) -> None:
    figures = _figures(year)

    assert (figures.value("organ_org_life"), figures.value("org_life")) == (1, 12)
    assert figures["organ_org_life"].rows[0].cells[2] == "街道机关党支部"


def test_an_org_life_meeting_made_up_for_in_january_is_of_the_year_before(year: Database) -> None:
    held = _first(year, MeetingKind.ORG_LIFE)
    january = at(date(2018, 1, 8), 15)
    _change(
        year,
        update(Meeting)
        .where(Meeting.id == held.id)
        .values(starts_at=january, ends_at=january + timedelta(hours=2)),
    )

    assert _figures(year).value("org_life") == 12
    assert _figures(year, 2018).value("org_life") == 0


def test_times_participations_and_people_are_three_things(year: Database) -> None:
    figures = _figures(year)
    held = _first(year, MeetingKind.STUDY)
    with year.reading() as session:
        came = session.scalars(
            select(AttendanceMark.member_id).where(
                AttendanceMark.meeting_id == held.id, AttendanceMark.mark == Mark.PRESENT
            )
        ).first()

    assert figures.value("study_sessions") == 12
    assert 400 < figures.value("study_participations") < 471
    taken = figures.value("study_participations")
    absent = {
        "meeting_id": held.id,
        "member_id": came,
        "seq": 2,
        "revision": 1,
        "mark": Mark.ABSENT,
        "said_at": AFTER,
        "recorded_at": AFTER,
        "source": "organiser",
    }
    _change(year, insert(AttendanceMark).values(absent))
    assert _figures(year).value("study_participations") == taken - 1
    assert _figures(year).value("study_sessions") == 12


def test_all_is_said_of_the_oath_only_while_nobody_is_missing(year: Database) -> None:
    with year.reading() as session:
        members = session.scalars(
            select(Membership.member_id).where(Membership.valid_to == date(2018, 1, 1)).limit(1)
        ).one()
        oaths = select(Meeting.id).where(Meeting.kind == MeetingKind.OATH)
    _change(
        year,
        delete(AttendanceMark).where(
            AttendanceMark.member_id == members, AttendanceMark.meeting_id.in_(oaths)
        ),
    )

    assert "全体党员" not in _text(year)
    assert "组织470名党员重温入党誓词。" in _text(year)
    assert "还差1人" in _gaps(year)


def test_who_was_excused_from_the_oath_is_not_missing(year: Database) -> None:
    """An old member of whom nothing is asked does not take 全体 away."""
    with year.reading() as session:
        member, unit = session.execute(
            select(Membership.member_id, Membership.unit_id)
            .where(Membership.valid_to == date(2018, 1, 1))
            .limit(1)
        ).one()
        oaths = select(Meeting.id).where(Meeting.kind == MeetingKind.OATH)
    excused = {
        "key": f"excused:{member}",
        "member_id": member,
        "kind": ChangeKind.EXCUSED,
        "on_day": date(2017, 2, 1),
        "unit_id": unit,
        "code": Code.CANNOT_COME,
        "before": {},
        "recorded_at": at(date(2017, 2, 1), 9),
    }
    _change(
        year,
        delete(AttendanceMark).where(
            AttendanceMark.member_id == member, AttendanceMark.meeting_id.in_(oaths)
        ),
        insert(RollChange).values(excused),
    )

    assert "组织全体党员470名重温入党誓词。" in _text(year)


def test_one_activity_day_that_is_missing_takes_the_claim_away(year: Database) -> None:
    held = _first(year, MeetingKind.THEME_DAY)
    _change(year, update(Meeting).where(Meeting.id == held.id).values(state=MeetingState.CANCELLED))

    assert "各支部均每月" not in _text(year)
    assert "各支部开展党员活动日（主题党日）143次。" in _text(year)
    assert "有1个支部月没有登记主题党日" in _gaps(year)


def test_an_activity_day_twice_in_one_month_does_not_pay_for_another(year: Database) -> None:
    held = _first(year, MeetingKind.THEME_DAY)
    later = at(date(2017, 2, 27), 15)
    _change(
        year,
        update(Meeting)
        .where(Meeting.id == held.id)
        .values(starts_at=later, ends_at=later + timedelta(hours=2)),
    )

    figures = _figures(year)

    assert figures.value("theme_days") == 144
    assert figures.value("theme_day_months_kept") == 143


def test_activity_days_on_shifted_days_count(year: Database) -> None:
    """16 April, July, September and December 2017 were rest days; every branch has its rule."""
    months: dict[str, set[str]] = {}
    for row in _figures(year)["theme_days"].rows:
        months.setdefault(row.cells[0][:7], set()).add(row.cells[0][8:])

    assert months["2017-03"] == {"16"}
    for shifted in ("2017-04", "2017-07", "2017-09", "2017-12"):
        assert len(months[shifted]) > 1


def test_dues_are_paid_by_month_and_in_full_or_the_report_does_not_say_so(year: Database) -> None:
    with year.reading() as session:
        entry = session.execute(
            select(DuesEntry.id, DuesEntry.fen)
            .where(DuesEntry.kind == EntryKind.CONFIRM, DuesEntry.month == Month(2017, 5))
            .limit(1)
        ).one()
    assert "按月足额交纳党费，应交5649人月，全部交齐。" in _text(year)

    _change(year, update(DuesEntry).where(DuesEntry.id == entry.id).values(fen=entry.fen - 1))

    assert "按月足额" not in _text(year)
    assert "足额交纳5648人月，收缴率99.9%。" in _text(year)
    assert "还有1人月没有交齐" in _gaps(year)


def test_who_left_during_the_year_is_not_on_the_roll_at_its_end(year: Database) -> None:
    """471 is a dated snapshot: on 1 April another number belonged to the street."""
    spring = _report(year, at(date(2017, 4, 1), 12)).figures

    assert spring.value("members") == 470
    assert _figures(year).value("members") == 471


def test_what_was_called_and_nobody_says_was_held_is_a_gap(year: Database) -> None:
    held = _first(year, MeetingKind.GENERAL)
    before = _figures(year).value("general_meetings")
    _change(
        year,
        update(Meeting).where(Meeting.id == held.id).values(state=MeetingState.SCHEDULED),
        delete(AttendanceMark).where(AttendanceMark.meeting_id == held.id),
    )

    assert _figures(year).value("general_meetings") == before - 1
    assert "没有登记开过的会有1个" in _gaps(year)


def test_a_lecture_of_the_secretary_needs_him_in_office(year: Database) -> None:
    figures = _figures(year)

    assert figures.value("secretary_lectures") == 4
    assert "党工委书记带头讲党课4次。" in _text(year)


def test_a_branch_has_a_report_of_its_own(year: Database) -> None:
    figures = _figures(year, unit="西后街社区第一党支部")

    assert figures.value("theme_days") == 12
    assert figures.value("members") == 40
    assert figures.value("work_committee") == 0
    assert not figures.is_above


# --- copies ----------------------------------------------------------------------------------


def _keep(year: Database, *, settle: bool = False, reason: str = "", now: datetime = AFTER) -> Any:
    draft = _report(year, now)
    with year.writing() as session:
        return copies.keep(session, draft, by=OPERATOR, now=now, settle=settle, reason=reason)


def test_the_same_report_is_kept_once(year: Database) -> None:
    first, again = _keep(year), _keep(year, now=AFTER + DAY)

    assert (first.seq, first.is_new, again.seq, again.is_new) == (1, True, 1, False)
    with year.reading() as session:
        assert session.scalar(select(func.count(ReportCopy.id))) == 1


def test_made_again_from_raw_rows_the_numbers_are_those_of_the_copy(year: Database) -> None:
    kept = _keep(year, settle=True)

    with year.reading() as session:
        unit = _street(session)
        changed = copies.compare(
            session, ANNUAL, unit, 2017, kept.seq, None, by=OPERATOR, now=AFTER + 400 * DAY
        )
    assert changed.is_none


def test_a_later_correction_leaves_the_settled_copy_alone_and_is_told(year: Database) -> None:
    kept = _keep(year, settle=True)
    held = _first(year, MeetingKind.TRAINING)
    _change(year, update(Meeting).where(Meeting.id == held.id).values(state=MeetingState.CANCELLED))

    with year.reading() as session:
        unit = _street(session)
        changed = copies.compare(session, ANNUAL, unit, 2017, 1, None, by=OPERATOR, now=AFTER)
        contents = copies.contents_of(session, ANNUAL, unit, 2017, kept.seq, by=OPERATOR)
    (figure,) = changed.figures
    assert (figure.title, figure.before, figure.after) == ("党员干部职工集中培训", 32, 31)
    assert figure.went == ("2017-01-18 党员干部职工集中培训第1期 春和街道（虚构） 街道三楼会议室",)
    assert changed.said == ("开展党员干部职工集中培训31次。",)
    assert changed.unsaid == ("开展党员干部职工集中培训32次。",)
    assert {one["name"]: one["value"] for one in contents["figures"]}["collective_training"] == 32


def test_it_is_settled_anew_only_with_a_reason(year: Database) -> None:
    _keep(year, settle=True)
    held = _first(year, MeetingKind.TRAINING)
    _change(year, update(Meeting).where(Meeting.id == held.id).values(state=MeetingState.CANCELLED))

    with pytest.raises(WhyAgain):
        _keep(year, settle=True)
    draft = _keep(year)
    settled = _keep(year, settle=True, reason="取消了一次培训")

    assert (draft.seq, settled.seq, settled.is_settled) == (2, 3, True)
    with year.reading() as session:
        counts = copies.latest(session, ANNUAL, _street(session), 2017)
    assert counts is not None
    assert (counts.seq, counts.reason) == (3, "取消了一次培训")


def test_the_settled_copy_counts_whatever_drafts_come_after(year: Database) -> None:
    _keep(year, settle=True)
    held = _first(year, MeetingKind.TRAINING)
    _change(year, update(Meeting).where(Meeting.id == held.id).values(state=MeetingState.CANCELLED))
    _keep(year)

    with year.reading() as session:
        counts = copies.latest(session, ANNUAL, _street(session), 2017)
        listed = copies.list_copies(session, ANNUAL, _street(session), 2017)
    assert counts is not None
    assert [(copy.seq, copy.is_settled) for copy in listed] == [(1, True), (2, False)]
    assert counts.seq == 1


def test_a_copy_that_was_tampered_with_is_found_out(year: Database) -> None:
    _keep(year)
    with year.reading() as session:
        kept = session.scalars(select(ReportCopy.contents)).one()
    _change(year, update(ReportCopy).values(contents=kept.replace("集中培训", "集体培训", 1)))

    with year.reading() as session, pytest.raises(Damaged):
        copies.contents_of(session, ANNUAL, _street(session), 2017, 1, by=OPERATOR)
    with year.reading() as session, pytest.raises(NotFound):
        copies.contents_of(session, ANNUAL, _street(session), 2017, 9, by=OPERATOR)


def test_two_who_keep_it_at_once_keep_one_copy(year: Database) -> None:
    draft, both = _report(year), threading.Barrier(2)

    def keep() -> str:
        both.wait()
        try:
            with year.writing() as session:
                copies.keep(session, draft, by=OPERATOR, now=AFTER)
        except ChangedMeanwhile:
            return "meanwhile"
        return "kept"

    with ThreadPoolExecutor(2) as pool:
        told = [each.result() for each in [pool.submit(keep) for _ in range(2)]]

    assert "kept" in told
    with year.reading() as session:
        assert session.scalar(select(func.count(ReportCopy.id))) == 1


def test_a_copy_holds_no_name(year: Database) -> None:
    """Whoever is made anonymous later is not named in a report that stands for ever."""
    _keep(year)
    with year.reading() as session:
        kept = session.scalars(select(ReportCopy.contents)).one()
        names = session.scalars(select(Member.name)).all()

    assert not [name for name in names if f'"{name}"' in kept]


# --- who may ---------------------------------------------------------------------------------


def _holder(session: Session, role: Role, unit: str) -> Actor:
    found = session.execute(select(Unit.id, Unit.path).where(Unit.name == unit)).one()
    return Actor(MemberId(1), "某人", grants=(Grant(role, UnitId(found.id), found.path),))


@pytest.mark.parametrize(
    ("role", "of", "about", "may"),
    [
        pytest.param(Role.OFFICER, None, None, True, id="专干看街道"),
        pytest.param(Role.OFFICER, None, "西彩社区第一党支部", True, id="专干看支部"),
        pytest.param(Role.SECRETARY, "西彩社区第一党支部", "西彩社区第一党支部", True, id="书记"),
        pytest.param(Role.SECRETARY, "西彩社区第一党支部", None, False, id="书记看街道"),
        pytest.param(
            Role.SECRETARY, "西彩社区第一党支部", "西彩社区第二党支部", False, id="书记看别的支部"
        ),
        pytest.param(
            Role.CELL_LEADER, "西彩社区第一党支部", "西彩社区第一党支部", False, id="小组长"
        ),
    ],
)
def test_a_report_is_for_who_keeps_the_books_there(
    year: Database, role: Role, of: str | None, about: str | None, may: bool
) -> None:
    with year.reading() as session:
        street = session.scalars(select(Unit.name).where(Unit.parent_id.is_(None))).one()
        actor = _holder(session, role, of or street)
        named = select(Unit.id).where(Unit.name == (about or street))
        unit_id = UnitId(session.scalars(named).one())

        if may:
            found = make(session, ANNUAL, unit_id, 2017, by=actor, now=AFTER)
            assert found.unit_id == unit_id
        else:
            with pytest.raises(Forbidden):
                make(session, ANNUAL, unit_id, 2017, by=actor, now=AFTER)


@pytest.mark.parametrize("of", [1999, 2019])
def test_a_year_that_has_not_begun_has_no_report(year: Database, of: int) -> None:
    with year.reading() as session, pytest.raises(NoSuchYear):
        make(session, ANNUAL, _street(session), of, by=OPERATOR, now=AFTER)
