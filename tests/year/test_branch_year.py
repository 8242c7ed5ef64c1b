"""A branch-year of forty members plays from one file of messages, and its ledgers add up.

What the bot says on the way is not written down here, as it is for the shorter conversations:
the figures are, counted once more from the two files alone (`by_hand`), and what it refuses.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.clock import SHANGHAI
from bot.domain.decisions import Stage
from bot.domain.dues import COUNTED, EntryKind
from bot.domain.ids import MemberId, UnitId
from bot.domain.members import MemberKind
from bot.play import play
from bot.services import attendance_rates, dues_remittance, people, study_hours, turnover
from bot.services.attendance_rates import Days
from bot.storage.engine import Database
from bot.storage.models import (
    DuesEntry,
    DuesPublication,
    DuesRemittance,
    DuesRemitted,
    Meeting,
    MeetingDecision,
    Member,
    RollClosing,
    Unit,
)
from tests.year.by_hand import read_year

YEAR = Path(__file__).with_name("branch_year.chat")
BY_HAND = read_year(YEAR, Path(__file__).with_name("roster.csv"))
FIRST, LAST = date(2026, 1, 1), date(2026, 12, 31)
OVER = datetime(2026, 12, 31, 20, tzinfo=SHANGHAI)
LECTURE_HOURS = 2

ANSWERED = re.compile(
    r"✓|预览（|将|收到：|认出\d+人|退\S+回复 确认|\S+已记请假|\d+月支部党员大会纪要（草稿）"
    r"|\d+月党费：|第三党支部|2026年上缴记录"
)
REFUSED = ["胡春梅今年已经核定过，年内一般不变动。"]
"""What is refused in the year, and nothing else, in order; each by its first sentence."""


@pytest.fixture
def transcript(database: Database) -> list[str]:
    """Play the year and return what was said."""
    return play(YEAR, database=database).splitlines()


def _answers(transcript: Sequence[str]) -> list[str]:
    """Return the first lines of what was answered to those who wrote."""
    to_others = re.compile(r"» (?:\[|[一-龥#\d]{2,6}: )")
    said = [line for line in transcript if line.startswith("» ") and not to_others.match(line)]
    return [line.removeprefix("» ") for line in said]


def test_the_clock_of_the_year_never_runs_backwards() -> None:
    assert BY_HAND.moments == sorted(BY_HAND.moments)


def test_a_year_of_forty_members_adds_up(transcript: list[str], database: Database) -> None:
    refused = [line for line in _answers(transcript) if not ANSWERED.match(line)]
    assert [line[: line.index("。") + 1] for line in refused] == REFUSED
    with database.reading() as session:
        branch = UnitId(session.scalars(select(Unit.id).where(Unit.name == "第三党支部")).one())

        # 期初40＋新增1＋转入1−转出1−去世1＝期末40
        roll = turnover.figures_of(session, branch, FIRST, LAST)
        assert roll.adds_up
        counts = [len(who) for who in (roll.opening, roll.new, roll.came_in)]
        counts += [len(who) for who in (roll.went_out, roll.left, roll.died, roll.closing)]
        assert counts == [40, 1, 1, 1, 0, 1, 40]

        # Money: what was confirmed, corrected and given back is what was handed up; nothing is held.
        lines = session.execute(
            select(func.sum(DuesEntry.fen), func.count()).where(DuesEntry.kind.in_(COUNTED))
        ).one()
        handed_up = session.scalars(select(DuesRemittance.total_fen)).all()
        assert lines[0] == sum(handed_up) == 859_640
        assert dues_remittance.list_held(session, branch) == []
        assert session.scalar(select(func.count()).select_from(DuesRemitted)) == lines[1]
        receipts = session.scalars(
            select(DuesEntry.receipt_no).where(DuesEntry.kind == EntryKind.CONFIRM)
        ).all()
        numbers = sorted({int(number.partition("-")[2]) for number in receipts})
        assert numbers == list(range(1, len(numbers) + 1))

        # Every meeting has its roll call closed; four votes were carried.
        held = session.scalar(select(func.count()).select_from(Meeting))
        assert held == BY_HAND.attendance.meetings == 12 * 5 + 4 * 2
        assert session.scalar(select(func.count()).select_from(RollClosing)) == held
        votes = session.execute(select(MeetingDecision.stage, MeetingDecision.yes)).all()
        assert sorted(vote.yes for vote in votes if vote.stage is Stage.VOTED) == [35] * 4

        _check_attendance(session, branch)
        _check_hours(session)

        # What was told of each quarter is what the chains and the slips put right come to.
        told = session.execute(
            select(DuesPublication.first_month, DuesPublication.total_fen).order_by(
                DuesPublication.id
            )
        ).all()
        assert [total for _, total in told] == BY_HAND.published
        assert [month.number for month, _ in told] == [1, 4, 7, 10]
        refunds = session.scalar(
            select(func.sum(DuesEntry.fen)).where(DuesEntry.kind == EntryKind.REFUND)
        )
        assert sum(BY_HAND.published) + (refunds or 0) == lines[0]


def _members(session: Session) -> dict[MemberId, str]:
    rows = session.execute(select(Member.id, Member.name).where(Member.kind != MemberKind.STAFF))
    return {MemberId(member): name for member, name in rows}


def _check_attendance(session: Session, branch: UnitId) -> None:
    """Hold everybody's attendance, and the branch's, against the count from the files."""
    books, days = BY_HAND.attendance, Days(FIRST, LAST)
    for member, name in _members(session).items():
        actor = people.get_actor(session, member, LAST)
        rate = attendance_rates.of_self(session, by=actor, days=days, now=OVER)
        tally = rate.tally
        assert not rate.unfinished, name
        counted = (tally.expected, tally.present, tally.leave, tally.absent, tally.studied_later)
        ours = (books.expected, books.present, books.leave, books.absent, books.studied)
        assert counted == tuple(counter[name] for counter in ours), name
        assert tally.expected == tally.present + tally.leave + tally.absent
    secretary = session.scalars(select(Member.id).where(Member.name == "李建国")).one()
    by = people.get_actor(session, MemberId(secretary), LAST)
    whole = attendance_rates.of_unit(session, branch, by=by, days=days, now=OVER)
    tally = whole.tally
    assert whole.meetings == books.meetings
    assert (tally.expected, tally.present) == (books.expected.total(), books.present.total())
    assert (tally.leave, tally.absent) == (books.leave.total(), books.absent.total())
    assert tally.studied_later == books.studied.total() == 4


def _check_hours(session: Session) -> None:
    """Hold everybody's hours against the lectures he was at."""
    members = _members(session)
    hours = study_hours.of_members(session, members, FIRST.year, OVER)
    for member, name in members.items():
        lectures = BY_HAND.attendance.lectures[name]
        assert hours[member].tenths == lectures * LECTURE_HOURS * 10, name
