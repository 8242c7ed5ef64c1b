"""Posts: for whom they are, when they end by themselves, and who answers for an empty one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

import pytest

from bot.domain.ids import MemberId
from bot.domain.posts import CannotAppoint
from bot.domain.rights import Role
from bot.domain.roll import ChangeKind, Code
from bot.domain.units import UnitKind
from bot.services import people, posts, roll_changes, vacancies
from bot.storage.engine import Database
from tests.support.party import MARCH_1, MARCH_10, Party
from tests.support.world import World


@pytest.fixture
def party(database: Database) -> Party:
    """Return two branches."""
    return Party(World(database))


def _appoint(party: Party, member: MemberId, role: Role = Role.ORGANISER, **more: object) -> None:
    values: Mapping[str, object] = {"unit_id": party.third, "role": role, "on": MARCH_10, **more}
    party.do(posts.appoint, party.officer, member_id=member, **values)


_STANDS_IN_THE_WAY = [
    pytest.param(ChangeKind.SUSPENDED, Code.NO_CONTACT, "停止党籍", id="停止党籍"),
    pytest.param(ChangeKind.LOST, None, "失联", id="失联"),
    pytest.param(ChangeKind.VOTE_BARRED, Code.PROBATION_IN_PARTY, "暂停表决权", id="留党察看"),
]


@pytest.mark.parametrize(("kind", "code", "why"), _STANDS_IN_THE_WAY)
def test_a_post_is_for_those_who_may_hold_it_on_that_day(
    party: Party, kind: ChangeKind, code: Code | None, why: str
) -> None:
    party.record(party.zhang, kind, MARCH_10, code=code)

    with pytest.raises(CannotAppoint, match=why):
        _appoint(party, party.zhang)
    with pytest.raises(CannotAppoint, match=why):
        _appoint(party, party.zhang, on=date(2026, 4, 1))
    _appoint(party, party.zhang, on=MARCH_1, until=date(2026, 3, 5))  # then he still might


def test_a_probationary_member_holds_no_post(party: Party) -> None:
    with pytest.raises(CannotAppoint, match="预备党员"):
        _appoint(party, party.qian)
    party.record(party.qian, ChangeKind.FULL, MARCH_10)
    _appoint(party, party.qian)


def test_an_officer_may_be_on_no_roll_but_not_suspended(party: Party) -> None:
    staff = party.world.member("新专干", None)
    street = {"unit_id": party.world.street, "role": Role.OFFICER}
    _appoint(party, staff, **street)  # type: ignore[arg-type]  # a role under its name
    party.record(party.zhang, ChangeKind.SUSPENDED, code=Code.NO_CONTACT)
    with pytest.raises(CannotAppoint, match="停止党籍"):
        _appoint(party, party.zhang, **street)  # type: ignore[arg-type]  # as above


def test_nobody_leads_a_cell_he_is_not_in(party: Party) -> None:
    cell = party.world.unit("第三党支部甲组", UnitKind.CELL, under=party.third)
    party.put(cell, party.zhao)
    with pytest.raises(CannotAppoint, match="不在第三党支部甲组"):
        _appoint(party, party.zhang, Role.CELL_LEADER, unit_id=cell)
    _appoint(party, party.zhao, Role.CELL_LEADER, unit_id=cell)


@pytest.mark.parametrize(
    ("kind", "code"),
    [(ChangeKind.SUSPENDED, Code.NO_CONTACT), (ChangeKind.LOST, None), (ChangeKind.DIED, None)],
    ids=["停止党籍", "失联", "去世"],
)
def test_who_cannot_answer_any_more_stops_on_that_day(
    party: Party, kind: ChangeKind, code: Code | None
) -> None:
    _appoint(party, party.zhang, on=MARCH_1)

    done = party.record(party.zhang, kind, MARCH_10, code=code)

    eve = MARCH_10 - timedelta(days=1)
    assert party.read(people.get_actor, party.zhang, eve).grants != ()
    assert party.read(people.get_actor, party.zhang, MARCH_10).grants == ()
    party.do(roll_changes.take_back, party.li, change_id=done.id, reason="登记错了人")
    assert [grant.role for grant in party.world.actor(party.zhang).grants] == [Role.ORGANISER]


def test_who_goes_to_another_cell_leads_the_old_one_no_more(party: Party) -> None:
    one = party.world.unit("第三党支部甲组", UnitKind.CELL, under=party.third)
    two = party.world.unit("第三党支部乙组", UnitKind.CELL, under=party.third)
    party.put(one, party.zhang, on=MARCH_1)
    _appoint(party, party.zhang, Role.CELL_LEADER, unit_id=one)

    party.put(two, party.zhang, on=date(2026, 3, 11))

    assert party.world.actor(party.zhang).grants == ()
    party.undo(party.officer)
    assert [g.role for g in party.world.actor(party.zhang).grants] == [Role.CELL_LEADER]


def test_an_empty_post_says_who_answers_and_who_is_above(party: Party) -> None:
    _appoint(party, party.zhang, on=MARCH_1)
    secretary = (party.third, Role.SECRETARY, party.li)
    organiser = (party.third, Role.ORGANISER, party.zhang)

    with party.world.database.reading() as session:
        one = vacancies.list_vacancies(session, [organiser], MARCH_10)
        both = vacancies.list_vacancies(session, [secretary, organiser], MARCH_10)
        none = vacancies.list_vacancies(
            session, [(party.third, Role.PUBLICITY, party.li)], MARCH_10
        )

    assert [(v.role, v.answers and v.answers.name, v.above and v.above.name) for v in one] == [
        (Role.ORGANISER, "李书记", "街道专干")
    ]
    assert [(v.role, v.answers and v.answers.name, v.above) for v in both] == [
        (Role.SECRETARY, "街道专干", None),
        (Role.ORGANISER, "街道专干", None),
    ]
    assert none == []


def test_a_deputy_leaves_nothing_empty_while_there_is_a_secretary(party: Party) -> None:
    _appoint(party, party.zhang, Role.DEPUTY, on=MARCH_1)
    deputy = (party.third, Role.DEPUTY, party.zhang)
    secretary = (party.third, Role.SECRETARY, party.li)

    with party.world.database.reading() as session:
        alone = vacancies.list_vacancies(session, [deputy], MARCH_10)
        led = vacancies.list_vacancies(session, [secretary], MARCH_10)

    assert alone == []
    assert led[0].answers is not None
    assert led[0].answers.name == "张三"


def test_where_nobody_is_left_above_it_says_so(database: Database) -> None:
    world = World(database)
    branch = world.unit("第三党支部")
    li = world.member("李书记", branch, Role.SECRETARY)

    with database.reading() as session:
        found = vacancies.list_vacancies(session, [(branch, Role.SECRETARY, li)], MARCH_10)
        assert posts.find_above(session, branch, MARCH_10) is None

    assert [(v.answers, v.above) for v in found] == [(None, None)]
