"""The roll: written down, taken back, as of any day; the identity holds for any unit and days."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from bot.domain.errors import DomainError, Forbidden, NotFound
from bot.domain.ids import MemberId, UnitId
from bot.domain.meetings import VotingRoll
from bot.domain.members import MemberKind
from bot.domain.periods import Month
from bot.domain.rights import Role
from bot.domain.roll import ChangeKind, Code, WrongChange
from bot.domain.units import NotIncluded, UnitKind
from bot.services import people, posts, roll, roll_changes, roll_lists, turnover
from bot.services.namesakes import OnTheRoll
from bot.services.roll_changes import OlderChange
from bot.storage.engine import Database
from bot.storage.models import AuditLine, Member, Membership, RollChange
from tests.support.party import MARCH, MARCH_1, MARCH_10, NEW_YEAR, Party
from tests.support.world import FOUNDED, World


@pytest.fixture
def party(database: Database) -> Party:
    """Return two branches."""
    return Party(World(database))


def test_somebody_admitted_is_probationary_and_new(party: Party) -> None:
    done = party.do(roll_changes.admit, party.li, name="孙新", branch_id=party.third, on=MARCH_10)

    assert "孙新" not in party.names(party.third, MARCH_10 - timedelta(days=1))
    assert "孙新" in party.names(party.third, MARCH_10)
    assert party.stands(done.member_id).kind is MemberKind.PROBATIONARY
    assert party.figures(party.third).new == (done.member_id,)
    assert party.dues(done.member_id, MARCH) == party.third
    assert party.dues(done.member_id, MARCH.shift(-1)) is None


def test_a_name_of_the_roll_is_nobody_new_without_being_told(party: Party) -> None:
    admission = {"name": "孙新", "branch_id": party.third, "on": MARCH_10}
    party.do(roll_changes.admit, party.li, **admission)

    with pytest.raises(OnTheRoll) as twice:
        party.do(roll_changes.admit, party.li, **admission)
    with pytest.raises(OnTheRoll) as elsewhere:
        party.do(roll_changes.enter, party.li, name="周书记", branch_id=party.third, on=MARCH_10)
    party.do(roll_changes.admit, party.li, **admission, another=True)

    assert twice.value.repeated is not None
    assert elsewhere.value.repeated is None
    assert [one.branch for one in elsewhere.value.found] == ["第五党支部"]
    assert party.names(party.third, MARCH_10).count("孙新") == 2


def test_of_two_at_once_one_is_entered(party: Party) -> None:
    def admit(_: int) -> bool:
        try:
            party.do(roll_changes.admit, party.li, name="孙新", branch_id=party.third, on=MARCH_10)
        except OnTheRoll:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        entered = list(pool.map(admit, range(4)))

    assert sorted(entered) == [False, False, False, True]
    assert party.names(party.third, MARCH_10).count("孙新") == 1


def test_a_probationary_member_becomes_full_from_a_day(party: Party) -> None:
    party.record(party.qian, ChangeKind.FULL)

    before = party.read(people.list_members, party.third, MARCH_10 - timedelta(days=1))
    after = party.read(people.list_members, party.third, MARCH_10)
    assert {p.name: p.kind for p in before}["小钱"] is MemberKind.PROBATIONARY
    assert {p.name: p.kind for p in after}["小钱"] is MemberKind.FULL
    with pytest.raises(WrongChange, match="已经是正式党员"):
        party.record(party.qian, ChangeKind.FULL)


def test_who_dies_belongs_nowhere_and_holds_no_post(party: Party) -> None:
    party.world.post(party.zhang, party.third, Role.ORGANISER)

    done = party.record(party.zhang, ChangeKind.DIED)

    assert len(done.ended) == 1
    assert "张三" in party.names(party.third, MARCH_10 - timedelta(days=1))
    assert "张三" not in party.names(party.third, MARCH_10)
    assert party.world.actor(party.zhang).grants == ()
    assert party.stands(party.zhang).gone is ChangeKind.DIED
    with pytest.raises(NotFound):
        party.record(party.zhang, ChangeKind.MOBILE)


def test_nothing_more_is_sent_to_who_has_died(party: Party) -> None:
    party.world.enqueue(party.world.letter(party.zhang), party.world.letter(party.zhao))

    party.record(party.zhang, ChangeKind.DIED)

    assert party.world.states() == ["void", "queued"]


def test_a_wrong_death_is_taken_back_with_posts_and_place(party: Party) -> None:
    party.world.post(party.zhang, party.third, Role.ORGANISER)
    done = party.record(party.zhang, ChangeKind.DIED)

    party.do(roll_changes.take_back, party.li, change_id=done.id, reason="登记错了人")

    assert "张三" in party.names(party.third, party.world.today)
    assert [grant.role for grant in party.world.actor(party.zhang).grants] == [Role.ORGANISER]
    assert party.stands(party.zhang).gone is None
    assert party.figures(party.third).adds_up
    with pytest.raises(DomainError, match="已经更正"):
        party.do(roll_changes.take_back, party.li, change_id=done.id, reason="再来一次")
    party.record(party.zhang, ChangeKind.DIED)  # what was taken back may be written down again
    assert "张三" not in party.names(party.third, party.world.today)


def test_a_post_given_on_since_stays_with_the_successor(party: Party) -> None:
    party.world.post(party.zhang, party.third, Role.ORGANISER)
    done = party.record(party.zhang, ChangeKind.DIED)
    party.do(
        posts.appoint,
        party.li,
        member_id=party.zhao,
        unit_id=party.third,
        role=Role.ORGANISER,
        on=party.world.today,
    )

    back = party.do(roll_changes.take_back, party.li, change_id=done.id, reason="登记错了人")

    assert [(one.role, one.name) for one in back.succeeded] == [(Role.ORGANISER, "赵六")]
    assert party.world.actor(party.zhang).grants == ()
    assert [grant.role for grant in party.world.actor(party.zhao).grants] == [Role.ORGANISER]
    assert "张三" in party.names(party.third, party.world.today)


def test_both_lines_stay_in_the_ledger(party: Party) -> None:
    done = party.record(party.zhang, ChangeKind.MOBILE)
    party.undo(party.li)

    with party.world.database.reading() as session:
        entries = select(RollChange.kind, RollChange.refers_to).order_by(RollChange.id)
        rows = [tuple(row) for row in session.execute(entries)]
    assert rows == [
        (ChangeKind.MOBILE, None),
        (ChangeKind.MOBILE, done.id),
    ]
    assert not party.stands(party.zhang).mobile


def test_what_a_later_change_builds_on_stays(party: Party) -> None:
    cell = party.world.unit("第三党支部第一党小组", kind=UnitKind.CELL, under=party.third)
    party.put(cell, party.zhang)
    party.record(party.zhang, ChangeKind.DIED, MARCH_10)
    with party.world.database.reading() as session:
        first = session.scalars(select(RollChange.id).order_by(RollChange.id)).first()

    with pytest.raises(OlderChange, match="先更正后面的"):
        party.do(roll_changes.take_back, party.li, change_id=first, reason="错")


@pytest.mark.parametrize(
    ("start", "end", "holds"),
    [
        (ChangeKind.MOBILE, ChangeKind.BACK, lambda s: s.mobile),
        (ChangeKind.LOST, ChangeKind.FOUND, lambda s: s.lost),
        (ChangeKind.EXCUSED, ChangeKind.EXPECTED, lambda s: s.excused),
    ],
    ids=["流动", "失联", "不作硬性要求"],
)
def test_a_state_holds_from_a_day_to_a_day(
    party: Party, start: ChangeKind, end: ChangeKind, holds: Callable[..., bool]
) -> None:
    party.record(party.zhang, start, MARCH_1)
    party.record(party.zhang, end, MARCH_10)

    days = (date(2026, 2, 28), MARCH_1, date(2026, 3, 9), MARCH_10)
    assert [holds(party.stands(party.zhang, day)) for day in days] == [False, True, True, False]
    with pytest.raises(WrongChange, match="没有登记过"):
        party.record(party.zhang, end)


def test_a_reason_of_the_rule_is_needed(party: Party) -> None:
    for kind in (ChangeKind.LEFT, ChangeKind.VOTE_BARRED, ChangeKind.SUSPENDED):
        with pytest.raises(WrongChange, match="要写明原因"):
            party.record(party.zhang, kind)
    with pytest.raises(WrongChange, match="上级同意"):
        party.record(party.zhang, ChangeKind.LEFT_OUT, code=Code.IN_PRISON)


def test_a_day_to_come_is_refused(party: Party) -> None:
    with pytest.raises(WrongChange, match="还没到"):
        party.record(party.zhang, ChangeKind.DIED, date(2026, 3, 13))


def test_another_branch_cannot_touch_the_roll(party: Party) -> None:
    with pytest.raises(Forbidden):
        party.record(party.zhang, ChangeKind.DIED, by=party.zhou)
    with pytest.raises(Forbidden):
        party.record(party.li, ChangeKind.DIED, by=party.zhang)


def test_the_votes_are_counted_from_those_who_have_one(party: Party) -> None:
    party.bar(party.zhang)
    party.record(party.zhao, ChangeKind.LEFT_OUT, code=Code.CANNOT_COME, reason="街道党工委同意")

    found = party.read(roll.voting_roll, party.third, party.world.today)

    assert found == VotingRoll(full_members=3, without_vote=1, left_out=1)
    assert party.read(roll.voters, party.third, party.world.today) == {party.li}
    assert found.due == 1
    before = party.read(roll.voting_roll, party.third, MARCH_1)
    assert before == VotingRoll(full_members=3)


def test_a_suspended_member_stays_on_the_roll_without_vote_dues_and_duty(party: Party) -> None:
    party.record(party.zhang, ChangeKind.SUSPENDED, date(2026, 1, 15), code=Code.NO_CONTACT)

    today = party.world.today
    assert "张三" in party.names(party.third, today)
    assert party.zhang not in party.read(roll.voters, party.third, today)
    assert party.zhang in party.read(roll.excused, party.third, today)
    assert [party.dues(party.zhang, Month(2026, n)) for n in (1, 2, 3)] == [party.third, None, None]
    assert party.figures(party.third).closing == party.figures(party.third).opening


def test_cells_are_filled_at_once_and_taken_back_at_once(party: Party) -> None:
    cell = party.world.unit("第三党支部第一党小组", kind=UnitKind.CELL, under=party.third)

    put = party.put(cell, party.zhang, party.zhao, on=MARCH_10)

    assert put == 2
    assert party.names(cell, MARCH_10) == ["张三", "赵六"]
    assert party.names(cell, MARCH_1) == []
    assert party.figures(party.third).went_out == ()
    assert party.figures(cell).came_in == (party.zhang, party.zhao)
    party.undo(party.officer)
    assert party.names(cell, MARCH_10) == []
    assert party.names(party.third, MARCH_10) == ["李书记", "张三", "赵六", "小钱"]


def test_names_stand_behind_figures_for_those_who_keep_the_roll(party: Party) -> None:
    inspector = party.world.member("纪检委员", party.third, Role.DISCIPLINE)
    party.record(party.zhang, ChangeKind.DIED)
    asked = {"unit_id": party.third, "first": NEW_YEAR, "last": party.world.today}

    known = party.do(turnover.movement, party.li, **asked)
    counted = party.do(turnover.movement, inspector, **asked)

    assert known.names == {party.zhang: "张三"}
    assert counted.figures == known.figures
    assert counted.names == {}
    with pytest.raises(Forbidden):
        party.do(turnover.movement, party.zhao, **asked)
    with party.world.database.reading() as session:
        reads = session.scalar(
            select(func.count()).select_from(AuditLine).where(AuditLine.action == "roll.read")
        )
    assert reads == 1


def test_what_an_import_opened_is_told_apart_by_its_dates(party: Party) -> None:
    """启用日期以前的算期初；以后入册的，入党日期在启用以后的算新增，以前的算转入。"""
    late = party.world.member("后来人", party.third, since=MARCH_1)
    new = party.world.member("新党员", party.third, since=MARCH_1)
    with party.world.database.writing() as session:
        people_row = session.get_one(Member, new)
        people_row.joined_on = date(2026, 2, 20)

    found = party.figures(party.third)

    assert (found.new, found.came_in) == ((new,), (late,))
    assert found.adds_up
    assert len(party.figures(party.third, FOUNDED, FOUNDED).opening) == 4


def test_days_before_the_roll_begins_are_not_included(party: Party) -> None:
    eve = FOUNDED - timedelta(days=1)
    asked = {"unit_id": party.third, "first": eve - timedelta(days=30)}

    with pytest.raises(NotIncluded, match="还没开始记"):
        party.do(turnover.movement, party.li, last=eve, **asked)
    with pytest.raises(NotIncluded, match="还没开始记"):
        party.do(roll_lists.list_roll, party.li, unit_id=party.third, on=eve)
    found = party.do(turnover.movement, party.li, last=party.world.today, **asked)

    assert found.first == found.begins == FOUNDED
    assert len(found.figures.opening) == 4


_KINDS = st.sampled_from(
    ["admit", "died", "left", "out", "in", "move", "cell", "undo", "mobile", "suspend", "split"]
)
_STEPS = st.lists(st.tuples(_KINDS, st.integers(0, 40), st.integers(0, 60)), max_size=10)


class _History:
    """Makes things happen to random members on random days, as far as the rules let it."""

    def __init__(self, party: Party) -> None:
        self.party = party
        self.branches = [party.third, party.fifth]
        world = party.world
        self.cell = world.unit(
            f"{party.prefix}第三党支部甲组", kind=UnitKind.CELL, under=party.third
        )
        self.changes: list[int] = []
        self.everybody: list[MemberId] = [party.zhang, party.zhao, party.qian, party.zhou]

    def step(self, what: str, which: int, back: int) -> None:
        """Do one thing; what makes no sense is refused and changes nothing."""
        on = self.party.world.today - timedelta(days=back)
        member = self.everybody[which % len(self.everybody)]
        branch = self.branches[which % 2]
        try:
            self._do(what, member, branch, on, which)
        except DomainError:
            return

    def _do(self, what: str, member: MemberId, branch: int, on: date, which: int) -> None:
        party, officer = self.party, self.party.officer
        kinds = {
            "died": (ChangeKind.DIED, None),
            "left": (ChangeKind.LEFT, Code.REMOVED),
            "out": (ChangeKind.OUT, None),
            "mobile": (ChangeKind.MOBILE, None),
            "suspend": (ChangeKind.SUSPENDED, Code.NO_CONTACT),
        }
        if what in kinds:
            kind, code = kinds[what]
            self._keep(party.record(member, kind, on, by=officer, code=code))
        elif what == "admit":
            named = {"name": f"新{len(self.everybody)}号", "branch_id": branch, "on": on}
            self._keep(party.do(roll_changes.admit, officer, **named))
        elif what == "in":
            named = {"name": f"来{len(self.everybody)}号", "branch_id": branch, "on": on}
            self._keep(party.do(roll_changes.enter, officer, **named))
        elif what == "move":
            to = party.fifth if which % 2 else party.third
            letter = party.letter(member, to, on=on, by=officer)
            self._keep(party.receive(letter, on, by=officer))
        elif what == "cell":
            party.put(self.cell, member, on=on)
        elif what == "undo" and self.changes:
            change = self.changes[which % len(self.changes)]
            party.do(roll_changes.take_back, officer, change_id=change, reason="登记有误")

    def _keep(self, done: roll_changes.Recorded) -> None:
        self.changes.append(done.id)
        if done.member_id not in self.everybody:
            self.everybody.append(done.member_id)


def _below(party: Party, unit: UnitId, on: date) -> list[MemberId]:
    return sorted(person.id for person in party.read(people.list_below, unit, on))


def _by_the_ledger(party: Party, branch: UnitId, first: date, last: date) -> list[int]:
    """Count 新增, 转入, 转出, 出党, 去世 of a branch from the lines of the ledger alone."""
    with party.world.database.reading() as session:
        lines = session.execute(
            select(
                RollChange.id,
                RollChange.kind,
                RollChange.refers_to,
                RollChange.unit_id,
                Membership.unit_id.label("from_unit"),
                RollChange.on_day,
            ).outerjoin(Membership, Membership.id == RollChange.closed_id)
        ).all()
    void = {line.refers_to for line in lines}
    own = [
        line
        for line in lines
        if line.refers_to is None and line.id not in void and first <= line.on_day <= last
    ]
    moved_away = sum(line.kind is ChangeKind.IN and line.from_unit == branch for line in own)

    def lines_of(kind: ChangeKind) -> int:
        return sum(line.kind is kind and line.unit_id == branch for line in own)

    return [
        lines_of(ChangeKind.ADMITTED),
        lines_of(ChangeKind.IN),
        lines_of(ChangeKind.OUT) + moved_away,
        lines_of(ChangeKind.LEFT),
        lines_of(ChangeKind.DIED),
    ]


@settings(
    max_examples=12,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    phases=[Phase.generate],
    database=None,
)
@given(steps=_STEPS, first=st.integers(0, 90), length=st.integers(0, 90))
def test_the_identity_holds_for_any_unit_and_any_days(
    database: Database, steps: list[tuple[str, int, int]], first: int, length: int
) -> None:
    party = Party.in_a_street_of_its_own(database)
    history = _History(party)
    for step in steps:
        history.step(*step)

    begin = party.world.today - timedelta(days=first)
    end = min(begin + timedelta(days=length), party.world.today)
    for unit in (party.third, party.fifth, history.cell, party.world.street):
        found = party.figures(unit, begin, end)
        assert found.adds_up, (unit, found)
        eve = begin - timedelta(days=1)
        came_before = [member for member in found.opening if member not in found.included]
        assert sorted(came_before) == _below(party, unit, eve)
        assert sorted(found.closing) == _below(party, unit, end)
    for branch in (party.third, party.fifth):
        found = party.figures(branch, begin, end)
        figures = (found.new, found.came_in, found.went_out, found.left, found.died)
        assert [len(who) for who in figures] == _by_the_ledger(party, branch, begin, end)
    both = [party.figures(unit, begin, end).closing for unit in (party.third, party.fifth)]
    whole = party.figures(party.world.street, begin, end).closing
    assert sorted(whole) == sorted([*both[0], *both[1]])
