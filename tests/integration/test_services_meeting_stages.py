"""Where meetings stand, from what the ledgers hold; the same in a list and in a file."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event

from bot.domain.attendance import Mark
from bot.domain.cadence import MeetingKind
from bot.domain.errors import Forbidden
from bot.domain.meeting_stages import STAGE_NAMES, MeetingStage
from bot.domain.minutes import Line, Part
from bot.services import (
    meeting_ends,
    meeting_stages,
    meetings,
    minutes,
    minutes_confirm,
    minutes_entries,
    policies,
    roll_closings,
)
from bot.services.exporting import EXPORTS, Request
from bot.services.meetings import MeetingView
from bot.services.officers import OPERATOR
from bot.storage.engine import Database
from tests.support.hall import DAY, END, HOUR, START
from tests.support.school import School


@pytest.fixture
def hall(database: Database) -> School:
    """Return a branch with a meeting on 16 March 15:00."""
    return School(database)


def stage(hall: School) -> MeetingStage:
    """Return where the meeting stands now."""
    with hall.world.database.reading() as session:
        found = meetings.get_meeting(session, hall.meeting_id)
        return meeting_stages.stages_of(session, [found], hall.world.now)[found.id]


def _confirm(hall: School) -> None:
    secretary = hall.world.actor(hall.members["李建国"])
    lines = [Line(Part.CHAIR, "李建国"), Line(Part.RECORDER, "王敏"), Line(Part.AGENDA, "学习条例")]
    with hall.world.database.writing() as session:
        at: dict[str, Any] = {"meeting_id": hall.meeting_id, "by": secretary, "now": hall.world.now}
        minutes.write(session, lines=lines, **at)
        minutes_confirm.confirm(session, **at)


def test_it_goes_from_planned_to_locked(hall: School) -> None:
    seen = [stage(hall)]
    hall.world.clock.set(START)
    seen.append(stage(hall))
    hall.put_down("张三", hall.meeting)
    hall.world.clock.set(END)
    seen.append(stage(hall))
    _confirm(hall)
    seen.append(stage(hall))
    hall.world.clock.set(END + 3 * DAY)
    seen.append(stage(hall))

    assert seen == [
        MeetingStage.PLANNED,
        MeetingStage.RUNNING,
        MeetingStage.OVER,
        MeetingStage.CONFIRMED,
        MeetingStage.LOCKED,
    ]


def test_a_closed_roll_call_is_no_longer_planned(hall: School) -> None:
    hall.world.clock.set(END)
    before = stage(hall)
    with hall.world.database.writing() as session:
        roll_closings.append(session, hall.meeting, closed=True, by_id=None, now=hall.world.now)

    assert (before, stage(hall)) == (MeetingStage.UNRECORDED, MeetingStage.OVER)


def test_it_is_moved_until_it_begins_and_then_cancelled(hall: School) -> None:
    secretary = hall.world.actor(hall.members["李建国"])
    change: dict[str, Any] = {"meeting_id": hall.meeting_id, "by": secretary, "now": hall.world.now}
    with hall.world.database.writing() as session:
        meetings.move(session, starts_at=START + DAY, place=None, **change)
    moved = stage(hall)
    with hall.world.database.writing() as session:
        meeting_ends.cancel(session, **change)

    assert (moved, stage(hall)) == (MeetingStage.MOVED, MeetingStage.CANCELLED)


def test_a_mark_taken_back_is_nobody_there(hall: School) -> None:
    hall.world.clock.set(START)
    hall.put_down("张三", hall.meeting)
    hall.put_down("张三", hall.meeting, Mark.ABSENT)
    hall.world.clock.set(END)

    assert stage(hall) is MeetingStage.UNRECORDED


def test_each_record_is_locked_by_the_policy_of_the_day_it_was_confirmed(hall: School) -> None:
    hall.world.clock.set(END)
    hall.put_down("张三", hall.meeting)
    _confirm(hall)
    with hall.world.database.writing() as session:
        policies.set_policy(
            session,
            unit_id=hall.branch,
            key=policies.MINUTES,
            value={"lock_days": 10},
            effective_from=END.date() + timedelta(days=1),
            decided_by="支委会",
            now=hall.world.now,
        )
    hall.world.clock.set(END + 3 * DAY)

    assert stage(hall) is MeetingStage.LOCKED
    with hall.world.database.reading() as session:
        record = minutes_entries.load(session, hall.meeting_id)
        state = minutes_entries.state_of(session, hall.meeting, record, hall.world.now)
    assert state.value == stage(hall).value


def test_the_export_says_the_same_as_the_list(hall: School) -> None:
    hall.world.clock.set(END)
    hall.put_down("张三", hall.meeting)

    with hall.world.database.reading() as session:
        found = list(EXPORTS["meetings"].rows(session, Request(OPERATOR, hall.world.now)))

    assert [row[8] for row in found] == [STAGE_NAMES[stage(hall)]] == ["已开完，记录未确认"]


def test_a_list_has_what_concerns_the_reader_and_what_was_cancelled(hall: School) -> None:
    secretary = hall.world.actor(hall.members["李建国"])
    committee = hall.open("支委会", START - HOUR, None, MeetingKind.COMMITTEE)
    with hall.world.database.writing() as session:
        meeting_ends.cancel(session, meeting_id=hall.meeting_id, by=secretary, now=hall.world.now)
    day = START.date()

    def ids(found: list[MeetingView]) -> list[int]:
        return [meeting.id for meeting in found]

    with hall.world.database.reading() as session:
        zhang = hall.world.actor(hall.members["张三"])
        own = meeting_stages.list_own(session, day, day, by=zhang)
        every = meeting_stages.list_of_unit(session, hall.branch, day, day, by=secretary)
        with pytest.raises(Forbidden):
            meeting_stages.list_of_unit(session, hall.branch, day, day, by=zhang)
    assert ids(own) == [hall.meeting_id]
    assert ids(every) == [committee.id, hall.meeting_id]


def test_ten_meetings_take_as_many_queries_as_one(hall: School) -> None:
    for number in range(1, 10):
        hall.open(f"学习{number}", START + number * HOUR, None)
    asked: list[str] = []
    with hall.world.database.reading() as session:
        every = meetings.list_ever(session, hall.branch, START - DAY, START + DAY)
        event.listen(
            session.get_bind(), "before_cursor_execute", lambda *args: asked.append(args[2])
        )
        meeting_stages.stages_of(session, every[:1], hall.world.now)
        once = len(asked)
        meeting_stages.stages_of(session, every, hall.world.now)

    assert len(every) == 10
    assert len(asked) == 2 * once
