"""Random histories of a class: seats are never exceeded, and nobody overtakes who waits."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, update

from bot.domain.cadence import MeetingKind
from bot.domain.errors import DomainError
from bot.domain.ids import MemberId
from bot.domain.rights import Role
from bot.services import study, study_seats
from bot.storage.engine import Database
from bot.storage.models import DoneAction, Meeting, StudySignup
from tests.support.world import THURSDAY, World

CAPACITY = 3
NAMES = ("张三", "王五", "赵六", "孙丽")
step = st.tuples(
    st.sampled_from(("join", "join", "leave", "grow")),
    st.integers(0, len(NAMES) - 1),
    st.integers(1, CAPACITY),
)


class Class:
    """A class and what a careful clerk with paper and pencil would have written down."""

    def __init__(self, database: Database) -> None:
        self.world = World(database)
        branch = self.world.unit("第三党支部")
        li = self.world.member("李书记", branch, Role.SECRETARY)
        self.clerk = self.world.actor(li)
        self.members = [self.world.member(name, branch) for name in NAMES]
        start = THURSDAY.replace(day=20)
        self.course = self.world.call(
            MeetingKind.STUDY, start, li, seats=CAPACITY, title="党史学习班"
        ).meeting
        self.capacity = CAPACITY
        self.seated: dict[MemberId, int] = {}
        self.waiting: list[tuple[MemberId, int]] = []

    def begin_anew(self) -> None:
        """Forget what was signed up."""
        with self.world.database.writing() as session:
            session.execute(delete(StudySignup))
            session.execute(delete(DoneAction))
            session.execute(update(Meeting).values(seats=CAPACITY, taken=0))
        self.capacity, self.seated, self.waiting = CAPACITY, {}, []

    def take(self, what: str, who: int, seats: int) -> None:
        """Do one step here and on paper."""
        member = self.members[who]
        actor = self.world.actor(member)
        try:
            with self.world.database.writing() as session:
                now = self.world.now
                if what == "join":
                    study.join(session, by=actor, now=now, seats=seats)
                elif what == "leave":
                    study.leave(session, by=actor, now=now)
                else:
                    study_seats.set_capacity(
                        session, self.course, self.capacity + 1, by=self.clerk, now=now
                    )
        except DomainError:
            return
        if what == "join":
            self._join(member, seats)
        elif what == "leave":
            self.seated.pop(member, None)
            self.waiting = [one for one in self.waiting if one[0] != member]
        else:
            self.capacity += 1
        self._fill()

    def _join(self, member: MemberId, seats: int) -> None:
        if member in self.seated:
            self.seated[member] = seats
            return
        known = dict(self.waiting)
        if member in known and seats <= known[member]:
            self.waiting = [(m, seats if m == member else n) for m, n in self.waiting]
        else:
            self.waiting = [one for one in self.waiting if one[0] != member] + [(member, seats)]

    def _fill(self) -> None:
        while self.waiting and sum(self.seated.values()) + self.waiting[0][1] <= self.capacity:
            member, seats = self.waiting.pop(0)
            self.seated[member] = seats


def test_whatever_happens_seats_are_kept_and_the_order_too(database: Database) -> None:
    course = Class(database)

    @settings(
        max_examples=12,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )
    @given(st.lists(step, min_size=6, max_size=16))
    def histories(steps: list[tuple[str, int, int]]) -> None:
        course.begin_anew()
        for what, who, seats in steps:
            course.take(what, who, seats)
        with database.reading() as session:
            joined = study.joined_members(session, course.course.id)
            waiting = study.waiting_by_class(session, [course.course.id])
            taken = session.get_one(Meeting, course.course.id).taken
        assert joined == course.seated
        assert waiting.get(course.course.id, []) == [member for member, _ in course.waiting]
        assert taken == sum(joined.values()) <= course.capacity

    histories()
