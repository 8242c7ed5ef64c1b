"""Sign-ups for classes: seats are never given twice."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from bot.clock import at
from bot.domain.cadence import MeetingKind
from bot.domain.errors import DomainError
from bot.domain.ids import MemberId
from bot.domain.rights import Role
from bot.services import study, undo
from bot.services.inverses import INVERSES
from bot.services.meetings import MeetingView
from bot.services.study import Full, Joined, NothingToJoin, NotJoined, WhichClass
from bot.storage.engine import Database
from bot.storage.models import Meeting, StudySignup
from tests.support.world import World

START = at(date(2026, 3, 20), 9)
DAY = timedelta(days=1)


class School:
    """A class of five seats of the third branch."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.branch = world.unit("第三党支部")
        self.li = world.member("李书记", self.branch, Role.SECRETARY)
        self.zhang = world.member("张三", self.branch)
        self.course = self.open("党史学习班", seats=5)

    def open(self, title: str, *, seats: int, later: timedelta = timedelta()) -> MeetingView:
        """Open a class."""
        return self.world.call(
            MeetingKind.STUDY, START + later, self.li, seats=seats, title=title
        ).meeting

    def join(self, member: MemberId, **more: Any) -> Joined:
        """Let somebody sign up."""
        actor = self.world.actor(member)
        with self.world.database.writing() as session:
            return study.join(session, by=actor, now=self.world.now, **more)

    def leave(self, member: MemberId, **more: Any) -> MeetingView:
        """Let somebody withdraw."""
        actor = self.world.actor(member)
        with self.world.database.writing() as session:
            return study.leave(session, by=actor, now=self.world.now, **more).meeting

    def undo(self, member: MemberId) -> None:
        """Let somebody take the last thing back."""
        actor = self.world.actor(member)
        with self.world.database.writing() as session:
            undo.undo_last(session, INVERSES, by=actor, now=self.world.now)

    def seats(self) -> tuple[int, dict[MemberId, int]]:
        """Return how many seats are taken by the counter, and by whom by the ledger."""
        with self.world.database.reading() as session:
            taken = session.scalar(select(Meeting.taken).where(Meeting.id == self.course.id))
            return taken or 0, study.joined_members(session, self.course.id)

    def waiting(self) -> list[MemberId]:
        """Return who is on the waiting list, in order."""
        with self.world.database.reading() as session:
            return study.waiting_by_class(session, [self.course.id]).get(self.course.id, [])


@pytest.fixture
def school(database: Database) -> School:
    """Return the class."""
    return School(World(database))


def test_it_gives_seats_and_says_how_many_are_left(school: School) -> None:
    alone = school.join(school.zhang)
    party = school.join(school.li, seats=3)

    assert (alone.seats, alone.left, alone.new) == (1, 4, True)
    assert (party.seats, party.left, party.new) == (3, 1, True)
    assert school.seats() == (4, {school.zhang: 1, school.li: 3})


def test_it_counts_a_repeated_sign_up_once_and_a_changed_one_anew(school: School) -> None:
    school.join(school.zhang)
    again = school.join(school.zhang)
    more = school.join(school.zhang, seats=4)
    fewer = school.join(school.zhang, seats=2)

    assert (again.new, more.left, fewer.left) == (False, 1, 3)
    assert school.seats() == (2, {school.zhang: 2})


@pytest.mark.parametrize(
    ("seats", "words"),
    [
        pytest.param(6, "一次可报1到5人，您写的是6人", id="比班还大"),
        pytest.param(21, "一次最多报20人", id="超过20人"),
        pytest.param(0, "一次最多报20人", id="零人"),
    ],
)
def test_it_refuses_more_than_there_is(school: School, seats: int, words: str) -> None:
    with pytest.raises(DomainError, match=words):
        school.join(school.zhang, seats=seats)

    assert school.seats() == (0, {})


def test_it_puts_who_finds_no_seat_on_the_waiting_list(school: School) -> None:
    school.join(school.li, seats=5)

    waits = school.join(school.zhang)

    assert (waits.position, waits.left) == (1, 0)
    assert school.seats() == (5, {school.li: 5})
    assert school.waiting() == [school.zhang]


def test_it_gives_a_freed_seat_to_the_first_who_waits_and_never_splits_a_party(
    school: School,
) -> None:
    zhao, wu = (school.world.member(name, school.branch) for name in ("赵六", "王五"))
    school.join(school.li, seats=4)
    school.join(zhao, seats=2)
    behind = school.join(wu)
    one = school.join(school.zhang, seats=1)

    assert (behind.position, one.position) == (2, 3)  # the last seat is not for who comes later
    school.join(school.li, seats=3)
    assert school.seats() == (5, {school.li: 3, zhao: 2})
    assert school.waiting() == [wu, school.zhang]
    school.leave(wu)
    school.leave(zhao)
    assert school.seats() == (4, {school.li: 3, school.zhang: 1})


def test_it_keeps_the_place_of_who_asks_for_fewer_and_not_of_who_asks_for_more(
    school: School,
) -> None:
    zhao, wu = (school.world.member(name, school.branch) for name in ("赵六", "王五"))
    school.join(school.li, seats=5)
    school.join(zhao, seats=2)
    school.join(wu, seats=2)

    school.join(zhao, seats=1)
    assert school.waiting() == [zhao, wu]
    school.join(zhao, seats=3)
    assert school.waiting() == [wu, zhao]


def test_it_takes_leaving_the_list_back_with_the_place(school: School) -> None:
    zhao = school.world.member("赵六", school.branch)
    school.join(school.li, seats=5)
    school.join(school.zhang)
    school.join(zhao)

    school.leave(school.zhang)
    school.undo(school.zhang)

    assert school.waiting() == [school.zhang, zhao]


def test_it_gives_no_more_seats_once_the_class_began(school: School) -> None:
    school.join(school.li, seats=5)
    school.join(school.zhang)
    actor = school.world.actor(school.li)

    school.world.clock.set(START)
    with school.world.database.writing() as session:
        study.withdraw(session, school.course, of=school.li, by=actor, now=school.world.now)

    assert school.waiting() == [school.zhang]
    assert school.seats() == (0, {})


def test_it_never_oversells_seats_to_twenty_at_once(school: School) -> None:
    members = [school.world.member(f"党员{number}", school.branch) for number in range(20)]

    with ThreadPoolExecutor(20) as workers:
        got = list(workers.map(school.join, members))

    taken, joined = school.seats()
    assert Counter(one.position == 0 for one in got) == {True: 5, False: 15}
    assert taken == len(joined) == 5
    assert sorted(one.position for one in got if one.position) == list(range(1, 16))
    assert len(school.waiting()) == 15


def test_it_fills_seats_in_order_when_many_leave_and_join_at_once(school: School) -> None:
    seated = [school.world.member(f"在座{n}", school.branch) for n in range(5)]
    waiting = [school.world.member(f"候补{n}", school.branch) for n in range(4)]
    late = [school.world.member(f"后来{n}", school.branch) for n in range(3)]
    for member in (*seated, *waiting):
        school.join(member)

    with ThreadPoolExecutor(6) as workers:
        left = [workers.submit(school.leave, member) for member in seated[:3]]
        came = [workers.submit(school.join, member) for member in late]

    assert all(done.exception() is None for done in left)
    assert all(done.exception() is None for done in came)
    taken, joined = school.seats()
    assert (taken, set(joined)) == (5, {*seated[3:], *waiting[:3]})
    assert school.waiting()[0] == waiting[3]
    assert set(school.waiting()[1:]) == set(late)


def test_it_takes_one_seat_for_one_who_signs_up_many_times_at_once(school: School) -> None:
    with ThreadPoolExecutor(6) as workers:
        done = list(workers.map(school.join, [school.zhang] * 6))

    assert Counter(joined.new for joined in done) == {True: 1, False: 5}
    assert school.seats() == (1, {school.zhang: 1})


def test_it_frees_the_seats_of_one_who_withdraws(school: School) -> None:
    school.join(school.zhang, seats=5)

    left = school.leave(school.zhang)

    assert left.id == school.course.id
    assert school.seats() == (0, {})
    with pytest.raises(NotJoined, match="没有找到您的报名"):
        school.leave(school.zhang)
    assert school.join(school.zhang).new


def test_it_takes_back_a_sign_up_step_by_step(school: School) -> None:
    school.join(school.zhang, seats=2)
    school.join(school.zhang, seats=4)

    school.undo(school.zhang)
    once = school.seats()
    school.undo(school.zhang)

    assert once == (2, {school.zhang: 2})
    assert school.seats() == (0, {})
    with school.world.database.reading() as session:
        assert session.scalar(select(func.count(StudySignup.id))) == 4


def test_it_gives_no_seats_back_that_others_have_taken_since(school: School) -> None:
    school.join(school.zhang, seats=4)
    school.join(school.zhang, seats=1)
    school.join(school.li, seats=3)

    with pytest.raises(Full):
        school.undo(school.zhang)

    assert school.seats() == (4, {school.zhang: 1, school.li: 3})


def test_it_takes_a_withdrawal_back_before_the_sign_up(school: School) -> None:
    school.join(school.zhang, seats=2)
    school.leave(school.zhang)

    school.undo(school.zhang)
    assert school.seats() == (2, {school.zhang: 2})
    school.undo(school.zhang)
    assert school.seats() == (0, {})


def test_it_takes_back_step_by_step(school: School) -> None:
    school.join(school.zhang)
    school.leave(school.zhang)
    school.join(school.zhang, seats=2)

    school.undo(school.zhang)
    assert school.seats() == (0, {})
    school.undo(school.zhang)
    assert school.seats() == (1, {school.zhang: 1})


def test_it_lets_one_of_two_withdrawals_at_once_count(school: School) -> None:
    school.join(school.zhang, seats=2)

    def leave(_: int) -> bool:
        try:
            school.leave(school.zhang)
        except DomainError:
            return False
        return True

    with ThreadPoolExecutor(4) as workers:
        done = list(workers.map(leave, range(4)))

    assert Counter(done) == {True: 1, False: 3}
    assert school.seats() == (0, {})


def test_it_asks_which_class_is_meant(school: School) -> None:
    other = school.open("消防学习班", seats=9, later=DAY)

    with pytest.raises(WhichClass) as asked:
        school.join(school.zhang)
    with pytest.raises(WhichClass):
        school.join(school.zhang, title="书法")
    by_title = school.join(school.zhang, title="消防")
    by_number = school.join(school.zhang, number=school.course.id)

    assert [choice.id for choice in asked.value.choices] == [school.course.id, other.id]
    assert (by_title.meeting.id, by_number.meeting.id) == (other.id, school.course.id)
    with pytest.raises(WhichClass):
        school.leave(school.zhang)
    with school.world.database.reading() as session:
        actor = school.world.actor(school.zhang)
        joined = study.list_joined(session, actor, school.world.now)
    assert [meeting.id for meeting in joined] == [school.course.id, other.id]


def test_it_has_nothing_to_join_once_the_class_began(school: School) -> None:
    school.world.clock.set(START + timedelta(minutes=1))

    with pytest.raises(NothingToJoin):
        school.join(school.zhang)
