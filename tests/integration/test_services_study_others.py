"""Sign-ups for others: the seats are theirs, for all or none, and not another's to give away."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from bot.clock import at
from bot.domain.cadence import MeetingKind
from bot.domain.ids import MemberId
from bot.domain.rights import Action, Role
from bot.domain.units import UnitKind
from bot.services import naming, study, study_others, undo
from bot.services.inverses import INVERSES
from bot.services.meetings import MeetingView
from bot.services.study import Full, Joined, NothingToJoin, NotJoined, WhichClass
from bot.services.study_others import NotOfTheirs, NotTheirSignup
from bot.storage.engine import Database
from bot.storage.models import Meeting, StudySignup
from tests.support.world import World

START = at(date(2026, 3, 16), 15)


class School:
    """A class of four seats of the third branch."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.branch = world.unit("第三党支部")
        self.cell = world.unit("第一党小组", UnitKind.CELL, under=self.branch)
        self.li = world.member("李书记", self.branch, Role.SECRETARY)
        self.zhang = world.member("张三", self.branch)
        self.zhao = world.member("赵六", self.branch)
        self.sun = world.member("孙丽", self.branch, account=False)
        self.course = self.open("党史学习班", seats=4)

    def open(self, title: str, *, seats: int, hours: int = 0) -> MeetingView:
        """Open a class."""
        starts_at = START + timedelta(hours=hours)
        called = self.world.call(MeetingKind.STUDY, starts_at, self.li, seats=seats, title=title)
        return called.meeting

    def join(self, by: MemberId, *names: str, own: int = 0, each: int = 1) -> list[Joined]:
        """Let somebody sign others up."""
        actor = self.world.actor(by)
        with self.world.database.writing() as session:
            return study_others.join_others(
                session,
                people=self._named(by, *names),
                own_seats=own,
                seats_each=each,
                by=actor,
                now=self.world.now,
                source="m1",
            )

    def leave(self, by: MemberId, *names: str, **more: Any) -> MeetingView:
        """Let somebody withdraw others."""
        actor = self.world.actor(by)
        with self.world.database.writing() as session:
            return study_others.leave_others(
                session,
                people=self._named(by, *names),
                by=actor,
                now=self.world.now,
                source="m2",
                **more,
            )

    def undo(self, by: MemberId) -> undo.Undone:
        """Let somebody take the last thing back."""
        actor = self.world.actor(by)
        with self.world.database.writing() as session:
            return undo.undo_last(session, INVERSES, by=actor, now=self.world.now)

    def seats(self) -> tuple[int, dict[MemberId, int]]:
        """Return how many seats are taken by the counter, and by whom by the ledger."""
        with self.world.database.reading() as session:
            taken = session.scalar(select(Meeting.taken).where(Meeting.id == self.course.id))
            return taken or 0, study.joined_members(session, self.course.id)

    def _named(self, by: MemberId, *names: str) -> list[naming.Named]:
        actor = self.world.actor(by)
        with self.world.database.reading() as session:
            return naming.resolve(
                session, names, by=actor, on=self.world.today, action=Action.RECORD_ATTENDANCE
            )


@pytest.fixture
def school(database: Database) -> School:
    """Return the class."""
    return School(World(database))


def test_the_seats_are_theirs_and_who_said_so_is_kept(school: School) -> None:
    joined = school.join(school.zhang, "赵六", "孙丽", own=1)

    assert [(each.name, each.left) for each in joined] == [("张三", 3), ("赵六", 2), ("孙丽", 1)]
    assert school.seats() == (3, {school.zhang: 1, school.zhao: 1, school.sun: 1})
    with school.world.database.reading() as session:
        assert set(session.scalars(select(StudySignup.by_id))) == {school.zhang}


def test_who_finds_no_seat_among_several_waits(school: School) -> None:
    school.join(school.zhang, "赵六", each=2)

    joined = school.join(school.li, "孙丽", "张三", own=1)

    assert [(each.name, each.position) for each in joined] == [
        *(("李书记", 0), ("孙丽", 0)),
        ("张三", 1),
    ]
    assert school.seats() == (4, {school.zhao: 2, school.li: 1, school.sun: 1})


def test_somebody_signed_up_twice_by_two_is_signed_up_once(school: School) -> None:
    school.join(school.zhang, "赵六")

    [again] = school.join(school.li, "赵六")

    assert not again.new
    assert school.seats() == (1, {school.zhao: 1})


def test_a_party_has_its_bound(school: School) -> None:
    with pytest.raises(Full, match="一次最多报20人"):
        school.join(school.zhang, "赵六", each=21)


def test_the_reporter_takes_all_back_and_the_member_his_own(school: School) -> None:
    school.join(school.zhang, "赵六", "孙丽", own=1)

    objected = school.undo(school.zhao)
    assert (objected.objected_to, school.seats()[0]) == (school.zhang, 2)
    school.undo(school.zhang)

    assert school.seats() == (0, {})


MAY: dict[str, tuple[str, str, bool]] = {
    "谁报的谁取消": ("zhang", "赵六", True),
    "组织委员、书记": ("li", "赵六", True),
    "本人报的，别人不能取消": ("zhang", "孙丽", False),
    "别人报的，旁人不能取消": ("sun", "赵六", False),
    "写自己": ("sun", "孙丽", True),
}


@pytest.mark.parametrize(("by", "name", "may"), MAY.values(), ids=list(MAY))
def test_a_seat_is_given_away_only_by_those_it_is_up_to(
    school: School, by: str, name: str, may: bool
) -> None:
    school.join(school.zhang, "赵六")
    school.join(school.sun, "孙丽")

    if may:
        school.leave(getattr(school, by), name)
    else:
        with pytest.raises(NotTheirSignup, match=f"{name}的报名不是您报的"):
            school.leave(getattr(school, by), name)

    assert school.seats()[0] == (1 if may else 2)


def test_a_withdrawal_of_others_is_taken_back_as_one(school: School) -> None:
    school.join(school.zhang, "赵六", "孙丽")
    school.leave(school.zhang, "赵六", "孙丽")

    undone = school.undo(school.zhang)

    assert school.seats() == (2, {school.zhao: 1, school.sun: 1})
    assert set(undone.subjects) == {school.zhao, school.sun}


def test_a_withdrawal_is_not_taken_back_once_the_seats_are_gone(school: School) -> None:
    school.join(school.zhang, "赵六", "孙丽")
    school.leave(school.zhang, "赵六", "孙丽")
    school.join(school.li, "李书记", each=3)

    with pytest.raises(Full, match="名额已满"):
        school.undo(school.zhang)

    assert school.seats() == (3, {school.li: 3})


def test_it_says_for_whom_nothing_is_on_record(school: School) -> None:
    school.join(school.zhang, "赵六")

    with pytest.raises(NotJoined, match="没有找到孙丽的报名"):
        school.leave(school.zhang, "赵六", "孙丽")

    assert school.seats()[0] == 1


def test_several_classes_become_a_question(school: School) -> None:
    school.join(school.zhang, "赵六")
    other = school.open("插花班", seats=5, hours=3)
    with school.world.database.writing() as session:
        [zhao] = school._named(school.zhang, "赵六")
        actor = school.world.actor(school.zhang)
        study.give_seats(session, other, of=zhao.as_actor, seats=1, by=actor, now=school.world.now)

    with pytest.raises(WhichClass):
        school.leave(school.zhang, "赵六")
    assert school.leave(school.zhang, "赵六", title="插花").id == other.id


def test_nobody_signs_up_another_branch(school: School) -> None:
    fourth = school.world.unit("第四党支部")
    school.world.member("周七", fourth, account=False)
    officer = school.world.member("陈专干", None, Role.OFFICER)
    people = school._named(officer, "周七", "赵六")
    actor, now = school.world.actor(school.zhang), school.world.now

    with school.world.database.writing() as session, pytest.raises(NotOfTheirs):
        study_others.leave_others(session, people=people, by=actor, now=now, source="m")
    with school.world.database.writing() as session, pytest.raises(NotOfTheirs):
        study_others.join_others(
            session, people=people, own_seats=0, seats_each=1, by=actor, now=now, source="m"
        )
    with pytest.raises(NothingToJoin, match="周七不能报党史学习班"):
        school.join(officer, "赵六", "周七")
    assert school.seats() == (0, {})
