"""Organisations: founded, renamed, moved, split, merged, dissolved; everything of theirs follows."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from bot.clock import at
from bot.domain.cadence import MeetingKind
from bot.domain.errors import DomainError, Forbidden
from bot.domain.ids import UnitId
from bot.domain.meetings import MeetingState
from bot.domain.posts import CannotAppoint
from bot.domain.rights import Action, Role
from bot.domain.units import UnitForm, UnitKind, WrongParent
from bot.services import organisation, organisation_history, outbox, posts
from bot.services.organisation import CannotChange, HasMembers, NameTaken
from bot.services.posts import NobodyResponsible
from bot.storage.engine import Database
from bot.storage.models import Meeting, Post, Unit, UnitChange
from tests.support.party import MARCH_1, MARCH_10, NEW_YEAR, Party
from tests.support.world import ROUTES, World


@pytest.fixture
def party(database: Database) -> Party:
    """Return two branches."""
    return Party(World(database))


def _found(party: Party, name: str, kind: UnitKind = UnitKind.BRANCH, **more: object) -> UnitId:
    parent = party.third if kind is UnitKind.CELL else party.world.street
    values = {"name": name, "kind": kind, "parent_id": parent, "on": MARCH_1, **more}
    return party.do(organisation.found, party.officer, **values).id


def test_only_the_officer_founds_branches_and_a_branch_its_cells(party: Party) -> None:
    named = {"kind": UnitKind.BRANCH, "parent_id": party.world.street, "on": MARCH_1}
    with pytest.raises(Forbidden, match="街道党务专干"):
        party.do(organisation.found, party.li, name="第七党支部", **named)

    cell = {"kind": UnitKind.CELL, "parent_id": party.third, "on": MARCH_1}
    assert party.do(organisation.found, party.li, name="第三党支部甲组", **cell).members == 0
    with pytest.raises(NameTaken):
        party.do(organisation.found, party.li, name="第三党支部甲组", **cell)


def test_a_branch_is_not_put_under_a_branch(party: Party) -> None:
    with pytest.raises(WrongParent):
        _found(party, "第七党支部", parent_id=party.third)


def test_a_name_changes_from_a_day_on_with_its_cells(party: Party) -> None:
    cell = _found(party, "第三党支部甲组", UnitKind.CELL)

    party.do(
        organisation.rename, party.officer, unit_id=party.third, name="城东党支部", on=MARCH_10
    )

    with party.world.database.reading() as session:
        names = dict(session.execute(select(Unit.id, Unit.name)).all())
        before = organisation_history.name_on(session, party.third, MARCH_1)
        after = organisation_history.name_on(session, party.third, MARCH_10)
    assert names[party.third] == "城东党支部"
    assert names[cell] == "城东党支部甲组"
    assert (before, after) == ("第三党支部", "城东党支部")


def test_a_branch_moves_with_everything_of_its_own(party: Party) -> None:
    old = party.world.unit("和平社区", UnitKind.COMMUNITY)
    new = party.world.unit("五一社区", UnitKind.COMMUNITY)
    branch = party.world.unit("第七党支部", under=old)
    cell = party.world.unit("第七党支部甲组", UnitKind.CELL, under=branch)
    wu = party.world.member("吴书记", branch, Role.SECRETARY, cell=cell)
    party.world.chat(branch, "七支部群")
    qian = party.world.member("钱书记", old, Role.SECRETARY)

    party.do(organisation.move, party.officer, unit_id=branch, parent_id=new, on=MARCH_10)

    grant = party.world.actor(wu).grants[0]
    assert grant.unit_path == f"/{party.world.street}/{new}/{branch}/"
    with party.world.database.reading() as session:
        assert set(outbox.groups_of(session, ROUTES, {branch})) == {branch}
        assert session.get_one(Unit, cell).path == f"{grant.unit_path}{cell}/"
    assert party.figures(old, NEW_YEAR, MARCH_1).closing == (wu, qian)
    assert party.figures(old).went_out == (wu,)
    assert party.figures(new).came_in == (wu,)
    assert party.figures(branch).closing == party.figures(branch).opening == (wu,)
    assert party.figures(party.world.street).adds_up


def test_the_tree_has_no_ring(party: Party) -> None:
    community = party.world.unit("和平社区", UnitKind.COMMUNITY)
    with pytest.raises(DomainError):
        party.do(
            organisation.move,
            party.officer,
            unit_id=community,
            parent_id=community,
            on=MARCH_10,
        )


def test_a_branch_is_split(party: Party) -> None:
    party.world.post(party.zhang, party.third, Role.ORGANISER)

    new = party.do(
        organisation.split,
        party.officer,
        unit_id=party.third,
        name="第七党支部",
        members=[party.zhang, party.zhao],
        on=MARCH_10,
    )

    assert party.names(new.id, MARCH_10) == ["张三", "赵六"]
    assert party.names(new.id, MARCH_10 - timedelta(days=1)) == []
    assert party.world.actor(party.zhang).grants == ()
    assert party.figures(party.third).went_out == (party.zhang, party.zhao)
    assert party.figures(party.world.street).went_out == ()
    with pytest.raises(CannotChange):
        party.do(
            organisation.split,
            party.officer,
            unit_id=new.id,
            name="第八党支部",
            members=[party.zhang, party.zhao],
            on=date(2026, 3, 11),
        )


def test_a_dissolved_branch_leaves_everything_to_its_heir(party: Party) -> None:
    party.world.chat(party.fifth, "五支部群")
    called = party.world.call(MeetingKind.GENERAL, at(date(2026, 3, 20), 15), party.zhou)
    with pytest.raises(HasMembers, match="撤销支部"):
        party.do(
            organisation.dissolve, party.officer, unit_id=party.fifth, into_id=None, on=MARCH_10
        )

    party.do(
        organisation.dissolve,
        party.officer,
        unit_id=party.fifth,
        into_id=party.third,
        on=MARCH_10,
    )

    assert "周书记" in party.names(party.third, MARCH_10)
    assert party.world.actor(party.zhou).grants == ()
    with party.world.database.reading() as session:
        groups = outbox.groups_of(session, ROUTES, {party.third, party.fifth})
        meeting = session.get_one(Meeting, called.meeting.id)
        assert (meeting.unit_id, meeting.state) == (party.third, MeetingState.SCHEDULED)
        assert session.get_one(Unit, party.fifth).valid_to == MARCH_10
    assert set(groups) == {party.third}
    assert party.figures(party.fifth).went_out == (party.zhou,)
    assert party.figures(party.world.street).went_out == ()


def test_two_meetings_at_one_time_become_one(party: Party) -> None:
    when = at(date(2026, 3, 20), 15)
    kept = party.world.call(MeetingKind.GENERAL, when, party.li).meeting
    double = party.world.call(MeetingKind.GENERAL, when, party.zhou).meeting

    party.do(
        organisation.dissolve,
        party.officer,
        unit_id=party.fifth,
        into_id=party.third,
        on=MARCH_10,
    )

    with party.world.database.reading() as session:
        states = dict(session.execute(select(Meeting.id, Meeting.state)).all())
    assert states == {kept.id: MeetingState.SCHEDULED, double.id: MeetingState.CANCELLED}


def test_a_dissolved_cell_leaves_its_members_in_the_branch(party: Party) -> None:
    cell = party.world.unit("第三党支部甲组", UnitKind.CELL, under=party.third)
    party.put(cell, party.zhang)

    party.do(organisation.dissolve, party.li, unit_id=cell, into_id=None, on=MARCH_10)

    assert party.names(cell, MARCH_10) == []
    assert "张三" in party.names(party.third, MARCH_10)
    assert party.figures(party.third).went_out == ()


def test_joint_and_themed_branches_are_an_attribute(party: Party) -> None:
    branch = _found(party, "第七党支部", form=UnitForm.JOINT)
    party.do(
        organisation.set_form,
        party.officer,
        unit_id=branch,
        form=UnitForm.THEMED,
        on=MARCH_10,
    )

    with party.world.database.reading() as session:
        assert session.get_one(Unit, branch).form is UnitForm.THEMED
        kinds = session.scalars(select(UnitChange.kind).order_by(UnitChange.id)).all()
    assert [kind.value for kind in kinds] == ["founded", "form"]


def test_a_day_to_come_is_refused(party: Party) -> None:
    with pytest.raises(DomainError, match="还没到"):
        _found(party, "第七党支部", on=date(2026, 3, 13))


# --- posts ---------------------------------------------------------------------------------------


def _appoint(party: Party, member: int, role: Role, by: int, **more: object) -> posts.Appointed:
    values = {"member_id": member, "unit_id": party.third, "role": role, "on": MARCH_10, **more}
    return party.do(posts.appoint, by, **values)  # type: ignore[arg-type]  # ids are ints here


def test_a_post_passes_from_one_to_the_next(party: Party) -> None:
    _appoint(party, party.zhang, Role.ORGANISER, party.li)
    done = _appoint(party, party.zhao, Role.ORGANISER, party.li, on=date(2026, 3, 11))

    assert [holder.name for holder in done.before] == ["张三"]
    assert party.world.actor(party.zhang).grants == ()
    with party.world.database.reading() as session:
        spans = session.execute(
            select(Post.valid_from, Post.valid_to).where(Post.role == Role.ORGANISER)
        ).all()
    assert [tuple(span) for span in spans] == [
        (MARCH_10, date(2026, 3, 11)),
        (date(2026, 3, 11), None),
    ]


def test_an_appointment_is_taken_back(party: Party) -> None:
    _appoint(party, party.zhang, Role.ORGANISER, party.li, on=MARCH_1)
    _appoint(party, party.zhao, Role.ORGANISER, party.li)

    party.undo(party.li)

    assert party.world.actor(party.zhao).grants == ()
    assert [grant.role for grant in party.world.actor(party.zhang).grants] == [Role.ORGANISER]
    _appoint(party, party.zhao, Role.ORGANISER, party.li)  # on that very day, again
    assert [grant.role for grant in party.world.actor(party.zhao).grants] == [Role.ORGANISER]


def test_secretaries_are_appointed_by_those_who_may(party: Party) -> None:
    _appoint(party, party.zhang, Role.ORGANISER, party.li, on=MARCH_1)
    with pytest.raises(Forbidden):
        _appoint(party, party.zhao, Role.SECRETARY, party.zhang)
    with pytest.raises(CannotAppoint, match="不在"):
        _appoint(party, party.zhou, Role.PUBLICITY, party.officer)
    with pytest.raises(CannotAppoint, match="已经是"):
        _appoint(party, party.zhang, Role.ORGANISER, party.li)


def test_somebody_is_always_responsible(party: Party) -> None:
    def who(unit: UnitId, action: Action, on: date = MARCH_10) -> str:
        with party.world.database.reading() as session:
            return posts.responsible(session, unit, action, on).name

    cell = party.world.unit("第三党支部甲组", UnitKind.CELL, under=party.third)
    party.put(cell, party.zhao)
    assert who(party.third, Action.CONFIRM_DUES) == "李书记"
    _appoint(party, party.zhang, Role.ORGANISER, party.li)
    assert who(party.third, Action.CONFIRM_DUES) == "张三"
    assert who(party.third, Action.SEND_NOTICE) == "李书记"
    assert who(cell, Action.CALL_MEETING) == "李书记"
    party.world.post(party.zhao, cell, Role.CELL_LEADER)
    assert who(cell, Action.CALL_MEETING) == "赵六"

    values = {"unit_id": party.third, "role": None, "on": date(2026, 3, 11)}
    party.do(posts.relieve, party.officer, member_id=party.zhang, **values)
    party.do(posts.relieve, party.officer, member_id=party.li, **values)
    assert who(party.third, Action.SEND_NOTICE, date(2026, 3, 11)) == "街道专干"


def test_the_last_post_of_all_is_not_left_empty(database: Database) -> None:
    world = World(database)
    branch = world.unit("第三党支部")
    li = world.member("李书记", branch, Role.SECRETARY)
    actor = world.actor(li)

    with database.writing() as session, pytest.raises(NobodyResponsible, match="officer add"):
        posts.relieve(
            session,
            member_id=li,
            unit_id=branch,
            role=Role.SECRETARY,
            on=MARCH_10,
            by=actor,
            now=world.now,
        )
