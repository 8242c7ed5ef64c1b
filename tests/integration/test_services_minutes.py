"""Records of meetings: drafted, confirmed with a frozen roll, locked, corrected by appending."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from bot.domain.attendance import Mark
from bot.domain.cadence import MeetingKind
from bot.domain.corrections import ReasonMissing
from bot.domain.decisions import Ballot, SeveralCandidates, Stage
from bot.domain.errors import DomainError, Forbidden, NotFound
from bot.domain.meetings import Decision, MeetingState
from bot.domain.minutes import Act, Line, MinutesLocked, MinutesState, Part
from bot.domain.rights import Role
from bot.services import (
    attendance_corrections,
    decisions,
    minutes,
    minutes_confirm,
    minutes_entries,
    policies,
    undo,
)
from bot.services.attendance_marks import ChangedSince
from bot.services.decisions import NobodyThere, NotHeldYet, VotedAlready
from bot.services.inverses import INVERSES
from bot.services.meetings import MeetingView
from bot.services.minutes import NotYours
from bot.services.minutes_confirm import Incomplete, NothingToConfirm
from bot.storage.engine import Database
from bot.storage.models import FrozenAttendance, MeetingChange, MeetingDecision, MinutesEntry
from tests.support.branch import Branch
from tests.support.world import World

GENERAL = MeetingKind.GENERAL
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
ADMIT = "接收小刘为预备党员"


@pytest.fixture
def world(database: Database) -> World:
    """Return a street."""
    return World(database)


@pytest.fixture
def branch(world: World) -> Branch:
    """Return its branch."""
    return Branch(world)


def _correct(
    branch: Branch, meeting: MeetingView, part: Part, text: str, number: int | None = None,
    reason: str = "记错了",
) -> None:  # fmt: skip
    actor = branch.world.actor(branch.wang)
    with branch.world.database.writing() as session:
        minutes.correct(
            session,
            meeting_id=meeting.id,
            line=Line(part, text),
            number=number,
            reason=reason,
            by=actor,
            now=branch.world.now,
        )


def _undo(branch: Branch, member: Any) -> None:
    actor = branch.world.actor(member)
    with branch.world.database.writing() as session:
        undo.undo_last(session, INVERSES, by=actor, now=branch.world.now)


def test_attendance_lands_in_the_record_without_typing(world: World, branch: Branch) -> None:
    called = world.call(GENERAL, world.now + DAY, branch.li).meeting
    branch.leave(branch.wu, called.id, "住院了")
    world.clock.set(called.starts_at)
    for member in (branch.li, branch.wang, branch.zhao):
        branch.check_in(member)
    world.clock.set(called.ends_at)

    sheet = branch.write_all(called).sheet

    assert (sheet.expected, sheet.present, sheet.absent) == (5, 3, ())
    assert sheet.unmarked == ("张三",)  # the roll call is not closed
    assert sheet.leave == (("王五", "病假"),)


def test_it_is_confirmed_by_the_secretary_with_roll_and_attendance_frozen(
    world: World, branch: Branch
) -> None:
    meeting = branch.held(GENERAL, branch.li, branch.wang)
    with pytest.raises(Incomplete) as incomplete:
        branch.confirm(meeting)
    branch.write_all(meeting)
    with pytest.raises(Forbidden):
        branch.confirm(meeting, by=branch.wang)

    record = branch.confirm(meeting)

    assert incomplete.value.missing == ("主持人", "记录人", "议题")
    assert record.state is MinutesState.CONFIRMED
    assert (record.sheet.frozen, record.sheet.present, record.sheet.voters) == (True, 2, 4)
    assert record.meeting.state is MeetingState.CONFIRMED
    assert record.meeting.revision == meeting.revision
    with world.database.reading() as session:
        frozen = session.execute(
            select(FrozenAttendance.mark, FrozenAttendance.has_vote).order_by(FrozenAttendance.id)
        ).all()
        change = session.execute(select(MeetingChange.action, MeetingChange.after)).one()
    assert [(mark, vote) for mark, vote in frozen] == [
        (Mark.PRESENT, True),
        (Mark.PRESENT, True),
        (None, True),
        (None, True),
        (None, False),
    ]
    assert tuple(change) == ("confirm", {"state": "confirmed"})
    with pytest.raises(NothingToConfirm):
        branch.confirm(meeting)


def test_a_later_mark_changes_no_confirmed_record_and_is_shown_beside_it(
    world: World, branch: Branch
) -> None:
    meeting = branch.held(GENERAL, branch.li, branch.wang)
    branch.write_all(meeting)
    branch.confirm(meeting)
    li = world.actor(branch.li)

    with world.database.writing() as session:
        attendance_corrections.correct(
            session,
            member_id=branch.zhang,
            meeting_id=meeting.id,
            mark=Mark.PRESENT,
            reason="手机没电",
            by=li,
            now=world.now,
        )

    sheet = branch.look(meeting).sheet
    assert sheet.present == 2
    assert sheet.changed == ("张三由缺席改为到会",)


def test_after_the_lock_corrections_are_appended_with_old_new_who_and_why(
    world: World, branch: Branch
) -> None:
    meeting = branch.held(GENERAL, branch.li)
    branch.write_all(meeting)
    branch.confirm(meeting)
    world.clock.advance(3 * DAY)

    with pytest.raises(MinutesLocked):
        branch.write(meeting, (Part.CHAIR, "王敏"), by=branch.li)
    with pytest.raises(ReasonMissing):
        _correct(branch, meeting, Part.CHAIR, "王敏", reason=" ")
    with pytest.raises(NotFound):
        _correct(branch, meeting, Part.AGENDA, "学习党章", number=2)
    _correct(branch, meeting, Part.CHAIR, "王敏")
    _correct(branch, meeting, Part.OBSERVER, "社区民警老赵")

    record = branch.look(meeting)
    assert record.state is MinutesState.LOCKED
    assert [(one.old, one.text, one.reason, one.by) for one in record.minutes.corrections] == [
        ("李书记", "王敏", "记错了", "王敏"),
        ("", "社区民警老赵", "记错了", "王敏"),
    ]
    assert record.minutes.of(Part.CHAIR)[0].member_id == branch.wang
    with world.database.reading() as session:
        kept = session.scalar(
            select(MinutesEntry.text)
            .where(MinutesEntry.act == Act.WRITE)
            .order_by(MinutesEntry.seq)
        )
    assert kept == "李书记"


def test_the_days_until_the_lock_are_the_branchs_own(world: World, branch: Branch) -> None:
    world.policy(branch.id, policies.MINUTES, {"lock_days": 1})
    meeting = branch.held(GENERAL, branch.li)
    branch.write_all(meeting)
    branch.confirm(meeting)

    world.clock.advance(DAY)

    assert branch.look(meeting).state is MinutesState.LOCKED


def test_until_the_lock_only_who_confirms_it_writes_on(world: World, branch: Branch) -> None:
    meeting = branch.held(GENERAL, branch.li)
    branch.write_all(meeting)
    branch.confirm(meeting)

    with pytest.raises(NotYours):
        branch.write(meeting, (Part.POINT, "大家发言"))
    record = branch.write(meeting, (Part.POINT, "大家发言"), by=branch.li)

    assert record.state is MinutesState.DRAFT
    assert not record.sheet.frozen
    assert branch.confirm(meeting).state is MinutesState.CONFIRMED


def test_a_member_writes_no_record(world: World, branch: Branch) -> None:
    meeting = branch.held(GENERAL, branch.li)

    with pytest.raises(Forbidden):
        branch.write(meeting, (Part.CHAIR, "王五"), by=branch.wu)
    with pytest.raises(Forbidden):
        branch.vote(meeting, "植树", Ballot(1), by=branch.wu)


def test_what_was_just_written_can_be_taken_back_until_it_is_confirmed(
    world: World, branch: Branch
) -> None:
    meeting = branch.held(GENERAL, branch.li)
    branch.write_all(meeting)
    branch.write(meeting, (Part.POINT, "写错了"))

    _undo(branch, branch.wang)

    assert not branch.look(meeting).minutes.of(Part.POINT)
    branch.confirm(meeting)
    with pytest.raises(ChangedSince):
        _undo(branch, branch.wang)


def test_two_who_write_at_once_lose_nothing(world: World, branch: Branch) -> None:
    meeting = branch.held(GENERAL, branch.li)
    meet = threading.Barrier(2)

    def write(member: Any) -> str:
        meet.wait()
        try:
            branch.write(meeting, (Part.POINT, f"发言{member}"), by=member)
        except DomainError as refusal:
            return refusal.sentence
        return ""

    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(write, [branch.li, branch.wang]))

    written = len(branch.look(meeting).minutes.of(Part.POINT))
    assert written == answers.count("") >= 1


def test_it_finds_the_meeting_that_is_meant(world: World, branch: Branch) -> None:
    held = branch.held(GENERAL, branch.li)
    coming = world.call(GENERAL, world.now + 10 * DAY, branch.li).meeting
    wang = world.actor(branch.wang)

    def find(title: str | None, **more: Any) -> MeetingView:
        with world.database.reading() as session:
            return minutes.find_meeting(
                session, **{"title": title, "days": (), "by": wang, "now": world.now, **more}
            )

    assert find("党员大会").id == held.id
    assert find("党员大会", coming=True).id == coming.id
    assert find(None, days=(coming.day,)).id == coming.id
    with pytest.raises(NotFound):
        find("党课")
    branch.write(coming, (Part.AGENDA, "学习条例"))
    assert find(None).id == coming.id


def test_a_vote_keeps_what_it_was_judged_by(world: World, branch: Branch) -> None:
    meeting = branch.held(GENERAL, branch.li, branch.wang, branch.zhang, branch.zhao)

    voted = branch.vote(meeting, ADMIT, Ballot(3))
    with pytest.raises(VotedAlready):
        branch.vote(meeting, ADMIT, Ballot(2, 1))
    again = branch.vote(meeting, ADMIT, Ballot(2, 1), reason="数错了")

    assert (voted.kind, voted.stage) == (Decision.ADMISSION, Stage.VOTED)
    assert voted.verdict is not None
    # The probationary member who came has no vote.
    assert (voted.verdict.due, voted.verdict.present, voted.verdict.is_lawful) == (4, 3, True)
    assert again.verdict is not None
    assert not again.verdict.is_lawful
    with world.database.reading() as session:
        rows = session.execute(
            select(MeetingDecision.yes, MeetingDecision.reason).order_by(MeetingDecision.seq)
        ).all()
    assert [tuple(row) for row in rows] == [(3, ""), (2, "数错了")]

    _undo(branch, branch.li)

    with world.database.reading() as session:
        (stands,) = decisions.list_of(session, meeting)
    assert stands.ballot == Ballot(3)


def test_a_vote_needs_a_meeting_that_was_held_with_people_there(
    world: World, branch: Branch
) -> None:
    called = world.call(GENERAL, world.now + DAY, branch.li).meeting
    with pytest.raises(NotHeldYet):
        branch.vote(called, ADMIT, Ballot(3))
    world.clock.set(called.ends_at)

    with pytest.raises(NobodyThere):
        branch.vote(called, ADMIT, Ballot(3))
    with pytest.raises(SeveralCandidates):
        branch.vote(called, "接收小刘、小陈为预备党员", Ballot(3))


def test_a_committee_decides_by_its_own_number(world: World, branch: Branch) -> None:
    meeting = branch.held(MeetingKind.COMMITTEE, branch.li)

    voted = branch.vote(meeting, "16日开展义务植树", Ballot(1))

    assert voted.kind is Decision.COMMITTEE
    assert voted.verdict is not None
    assert (voted.verdict.due, voted.verdict.is_valid, voted.verdict.is_carried) == (2, True, False)


def test_what_is_announced_and_not_voted_is_missing(world: World, branch: Branch) -> None:
    called = world.call(GENERAL, world.now + DAY, branch.li).meeting
    li = world.actor(branch.li)
    with world.database.writing() as session:
        decisions.announce(session, meeting_id=called.id, title=ADMIT, by=li, now=world.now)
    world.clock.set(called.starts_at)
    for member in (branch.li, branch.wang, branch.zhang):
        branch.check_in(member)
    world.clock.set(called.ends_at)
    branch.write_all(called)

    before = branch.look(called).missing
    branch.vote(called, ADMIT, Ballot(3))

    assert before == (f"{ADMIT}的表决票数",)
    assert branch.look(called).missing == ()


def test_totals_of_a_locked_record_change_only_with_a_reason(world: World, branch: Branch) -> None:
    meeting = branch.held(GENERAL, branch.li, branch.wang, branch.zhang)
    branch.write_all(meeting)
    branch.confirm(meeting)
    world.clock.advance(4 * DAY)

    with pytest.raises(MinutesLocked):
        branch.vote(meeting, "植树", Ballot(3))
    branch.vote(meeting, "植树", Ballot(3), reason="漏登")

    assert [one.title for one in branch.look(meeting).decisions] == ["植树"]


def test_the_record_of_another_branch_is_not_ours(world: World, branch: Branch) -> None:
    fifth = world.unit("第五党支部")
    other = world.member("周强", fifth, Role.SECRETARY)
    meeting = branch.held(GENERAL, branch.li)

    with pytest.raises(Forbidden):
        branch.write(meeting, (Part.CHAIR, "周强"), by=other)
    with world.database.reading() as session, pytest.raises(Forbidden):
        minutes.view(session, meeting_id=meeting.id, by=world.actor(other), now=world.now)


def test_looking_at_many_records_takes_one_query(world: World, branch: Branch) -> None:
    first = branch.held(GENERAL, branch.li)
    second = branch.held(MeetingKind.LECTURE, branch.li)
    branch.write(first, (Part.AGENDA, "一"))

    with world.database.reading() as session:
        found = minutes_entries.load_many(session, [first.id, second.id])
        number = session.scalar(select(func.count()).select_from(MinutesEntry))

    assert found[first.id].of(Part.AGENDA)[0].text == "一"
    assert found[second.id].entries == 0
    assert number == 1


def test_confirming_before_it_has_begun_is_refused(world: World, branch: Branch) -> None:
    called = world.call(GENERAL, world.now + DAY, branch.li).meeting
    li = world.actor(branch.li)

    with world.database.reading() as session, pytest.raises(NothingToConfirm):
        minutes_confirm.check_confirmable(session, meeting_id=called.id, by=li, now=world.now)
