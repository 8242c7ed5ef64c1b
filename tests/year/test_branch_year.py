"""A branch-year of forty members plays from one file of messages, and its ledgers add up.

What the bot says on the way is not written down here, as it is for the shorter conversations:
the figures are.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import func, select

from bot.domain.decisions import Stage
from bot.domain.dues import COUNTED, EntryKind
from bot.domain.ids import UnitId
from bot.inbound.pipeline import FAILED, FAILED_UNTOLD, NOT_UNDERSTOOD
from bot.play import play
from bot.services import dues_remittance, turnover
from bot.storage.engine import Database
from bot.storage.models import (
    DuesEntry,
    DuesRemittance,
    DuesRemitted,
    Meeting,
    MeetingDecision,
    RollClosing,
    Unit,
)

YEAR = Path(__file__).with_name("branch_year.chat")
FIRST, LAST = date(2026, 1, 1), date(2026, 12, 31)


@pytest.fixture
def transcript(database: Database) -> list[str]:
    """Play the year and return what was said."""
    return play(YEAR, database=database).splitlines()


def test_a_year_of_forty_members_adds_up(transcript: list[str], database: Database) -> None:
    refused = {NOT_UNDERSTOOD, FAILED, FAILED_UNTOLD}
    assert not [line for line in transcript if line.removeprefix("» ") in refused]
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
        assert held == 12 * 5 + 4 * 2
        assert session.scalar(select(func.count()).select_from(RollClosing)) == held
        votes = session.execute(select(MeetingDecision.stage, MeetingDecision.yes)).all()
        assert sorted(vote.yes for vote in votes if vote.stage is Stage.VOTED) == [35] * 4
