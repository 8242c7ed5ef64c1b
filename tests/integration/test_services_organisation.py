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
from bot.domain.roll import ChangeKind
from bot.domain.units import UnitForm, UnitKind, WrongParent
from bot.services import meetings, organisation, organisation_history, outbox, policies, posts
from bot.services.organisation import HasMembers, NameTaken
from bot.services.organisation_changes import CannotChange
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


# --- taken back ----------------------------------------------------------------------------------


def _unit(party: Party, unit: UnitId) -> tuple[str, date | None]:
    with party.world.database.reading() as session:
        found = session.get_one(Unit, unit)
        return found.name, found.valid_to


def _dissolve_fifth(party: Party) -> None:
    values = {"unit_id": party.fifth, "into_id": party.third, "on": MARCH_10}
    party.do(organisation.dissolve, party.officer, **values)


def test_a_founding_is_taken_back_and_its_name_is_free(party: Party) -> None:
    branch = _found(party, "第七党支部")

    party.undo(party.officer)

    assert _unit(party, branch) == (f"第七党支部（撤销{branch}）", MARCH_1)
    assert _found(party, "第七党支部") != branch
    with party.world.database.reading() as session:
        entries = session.execute(
            select(UnitChange.id, UnitChange.kind, UnitChange.refers_to)
            .where(UnitChange.unit_id == branch)
            .order_by(UnitChange.id)
        ).all()
    assert [(kind.value, of) for _, kind, of in entries] == [
        ("founded", None),
        ("founded", entries[0].id),
    ]


@pytest.mark.parametrize(
    ("built", "says"),
    [
        pytest.param("member", "有党员", id="党员"),
        pytest.param("post", "任命过职务", id="职务"),
        pytest.param("cell", "有下级组织", id="党小组"),
        pytest.param("group", "绑定过群", id="群"),
        pytest.param("policy", "有别的登记", id="规定"),
    ],
)
def test_a_founding_stands_once_something_belongs_to_it(
    party: Party, built: str, says: str
) -> None:
    branch = _found(party, "第七党支部")
    if built == "member":
        party.world.member("吴同志", branch)
    elif built == "post":
        party.world.post(party.zhang, branch, Role.SECRETARY)
    elif built == "cell":
        party.world.unit("第七党支部甲组", UnitKind.CELL, under=branch)
    elif built == "group":
        party.world.chat(branch, "七支部群")
    else:
        party.world.policy(branch, policies.MINUTES, {"lock_days": 7})

    with pytest.raises(CannotChange, match=f"又{says}，没有撤销"):
        party.undo(party.officer)
    assert _unit(party, branch) == ("第七党支部", None)


def test_a_new_name_is_taken_back_with_those_of_the_cells(party: Party) -> None:
    cell = _found(party, "第三党支部甲组", UnitKind.CELL)
    values = {"unit_id": party.third, "name": "城东党支部", "on": MARCH_10}
    party.do(organisation.rename, party.officer, **values)

    party.undo(party.officer)

    assert _unit(party, party.third)[0] == "第三党支部"
    assert _unit(party, cell)[0] == "第三党支部甲组"
    with party.world.database.reading() as session:
        names = [organisation_history.name_on(session, party.third, d) for d in (MARCH_1, MARCH_10)]
    assert names == ["第三党支部", "第三党支部"]


def test_a_name_somebody_else_bears_by_now_is_not_taken_back(party: Party) -> None:
    values = {"unit_id": party.third, "name": "城东党支部", "on": MARCH_10}
    party.do(organisation.rename, party.officer, **values)
    party.world.unit("第三党支部")

    with pytest.raises(CannotChange, match="已经有别的组织用了"):
        party.undo(party.officer)
    assert _unit(party, party.third)[0] == "城东党支部"


def test_a_move_is_taken_back_for_every_day(party: Party) -> None:
    old = party.world.unit("和平社区", UnitKind.COMMUNITY)
    new = party.world.unit("五一社区", UnitKind.COMMUNITY)
    branch = party.world.unit("第七党支部", under=old)
    wu = party.world.member("吴书记", branch, Role.SECRETARY)
    party.do(organisation.move, party.officer, unit_id=branch, parent_id=new, on=MARCH_10)

    party.undo(party.officer)

    assert party.world.actor(wu).grants[0].unit_path == f"/{party.world.street}/{old}/{branch}/"
    assert party.figures(old).closing == (wu,)
    assert party.figures(new).came_in == ()


def test_a_form_is_taken_back(party: Party) -> None:
    branch = _found(party, "第七党支部", form=UnitForm.JOINT)
    values = {"unit_id": branch, "form": UnitForm.THEMED, "on": MARCH_10}
    party.do(organisation.set_form, party.officer, **values)

    party.undo(party.officer)

    with party.world.database.reading() as session:
        assert session.get_one(Unit, branch).form is UnitForm.JOINT


def test_changes_are_taken_back_one_after_the_other(party: Party) -> None:
    branch = _found(party, "第七党支部")
    values = {"unit_id": branch, "name": "第八党支部", "on": MARCH_10}
    party.do(organisation.rename, party.officer, **values)

    party.undo(party.officer)
    party.undo(party.officer)

    assert _unit(party, branch)[1] == MARCH_1


def test_a_later_change_of_somebody_else_keeps_it(party: Party) -> None:
    branch = _found(party, "第七党支部")
    other = party.world.member("另一专干", None, Role.OFFICER)
    party.do(organisation.rename, other, unit_id=branch, name="第八党支部", on=MARCH_10)

    with pytest.raises(CannotChange, match="更名"):
        party.undo(party.officer)
    assert _unit(party, branch)[0] == "第八党支部"


def test_a_split_is_taken_back_with_members_and_posts(party: Party) -> None:
    party.world.post(party.zhang, party.third, Role.ORGANISER)
    before = party.names(party.third, MARCH_10)
    values = {"unit_id": party.third, "name": "第七党支部", "members": [party.zhang, party.zhao]}
    new = party.do(organisation.split, party.officer, on=MARCH_10, **values)

    party.undo(party.officer)

    assert party.names(party.third, MARCH_10) == before
    assert party.names(new.id, MARCH_10) == []
    assert [grant.role for grant in party.world.actor(party.zhang).grants] == [Role.ORGANISER]
    assert party.figures(party.third).went_out == ()
    assert party.figures(party.third).adds_up
    assert _unit(party, new.id)[1] == MARCH_10


def test_a_dissolved_branch_comes_back_with_everything(party: Party) -> None:
    party.world.chat(party.fifth, "五支部群")
    meeting = party.world.call(MeetingKind.GENERAL, at(date(2026, 3, 20), 15), party.zhou).meeting
    _dissolve_fifth(party)

    party.undo(party.officer)

    assert _unit(party, party.fifth) == ("第五党支部", None)
    assert party.names(party.fifth, MARCH_10) == ["周书记"]
    assert [grant.role for grant in party.world.actor(party.zhou).grants] == [Role.SECRETARY]
    with party.world.database.reading() as session:
        groups = outbox.groups_of(session, ROUTES, {party.third, party.fifth})
        again = session.get_one(Meeting, meeting.id)
        held = (again.unit_id, again.branch_id, again.state, again.revision)
    assert set(groups) == {party.fifth}
    assert held == (party.fifth, party.fifth, MeetingState.SCHEDULED, meeting.revision)
    assert party.figures(party.fifth).went_out == ()
    _dissolve_fifth(party)  # and once more
    assert _unit(party, party.fifth)[1] == MARCH_10


def test_a_meeting_cancelled_as_a_double_comes_back(party: Party) -> None:
    when = at(date(2026, 3, 20), 15)
    party.world.call(MeetingKind.GENERAL, when, party.li)
    double = party.world.call(MeetingKind.GENERAL, when, party.zhou).meeting
    _dissolve_fifth(party)

    party.undo(party.officer)

    with party.world.database.reading() as session:
        assert session.get_one(Meeting, double.id).state is MeetingState.SCHEDULED


@pytest.mark.parametrize("built", ["moved", "called", "appointed", "meeting moved"])
def test_a_dissolution_stands_once_something_was_built_on_it(party: Party, built: str) -> None:
    meeting = party.world.call(MeetingKind.GENERAL, at(date(2026, 3, 20), 15), party.zhou).meeting
    _dissolve_fifth(party)
    if built == "moved":
        party.record(party.zhou, ChangeKind.OUT, date(2026, 3, 11))
    elif built == "called":
        party.world.call(MeetingKind.LECTURE, at(date(2026, 3, 21), 15), party.li)
    elif built == "appointed":
        _appoint(party, party.zhou, Role.ORGANISER, party.li)
    else:
        values = {"meeting_id": meeting.id, "starts_at": at(date(2026, 3, 22), 15), "place": None}
        party.do(meetings.move, party.li, **values)

    with pytest.raises(DomainError, match="没有撤销"):
        party.undo(party.officer)
    assert _unit(party, party.fifth)[1] == MARCH_10


def test_a_dissolved_cell_comes_back_with_its_members(party: Party) -> None:
    cell = party.world.unit("第三党支部甲组", UnitKind.CELL, under=party.third)
    party.put(cell, party.zhang)
    party.do(organisation.dissolve, party.li, unit_id=cell, into_id=None, on=MARCH_10)

    party.undo(party.li)

    assert party.names(cell, MARCH_10) == ["张三"]
    assert party.figures(party.third).adds_up


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
