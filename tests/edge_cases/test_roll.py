"""Edge cases of the roll and the organisation, by number; each test quotes its case in short."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from bot.channels.simulator import SPACE
from bot.clock import at
from bot.domain.cadence import MeetingKind, is_overdue
from bot.domain.errors import Forbidden
from bot.domain.ids import MemberId
from bot.domain.ladders import Ladders
from bot.domain.members import MemberKind
from bot.domain.periods import Month, Quarter
from bot.domain.prompts import PromptKind
from bot.domain.rights import Action, Role
from bot.domain.roll import ChangeKind, Code
from bot.domain.units import UnitKind
from bot.services import (
    binding,
    naming,
    organisation,
    people,
    posts,
    prompts,
    remind_unpaid,
    roll,
    roll_changes,
    roll_expected,
    survey,
)
from bot.services.naming import WhichPerson
from bot.storage.engine import Database
from bot.storage.models import AuditLine
from tests.support.party import MARCH, MARCH_1, MARCH_10, NEW_YEAR, Party
from tests.support.world import ROUTES, World


@pytest.fixture
def party(database: Database) -> Party:
    """Return two branches."""
    return Party(World(database))


def test_case_06_namesakes_are_never_matched_by_name(party: Party) -> None:
    """同名：从不按名字认，私下用党小组或尾号问清。"""
    party.world.member("张三", party.third, tail="5678", account=False)
    li = party.world.actor(party.li)

    with party.world.database.reading() as session, pytest.raises(WhichPerson) as asked:
        naming.resolve(session, ["张三"], by=li, on=party.world.today, action=Action.MANAGE_ROLL)

    assert [label for _, label in asked.value.choices] == ["尾号1234", "尾号5678"]
    assert asked.value.needs_detail  # more than names: said privately


def test_case_07_an_account_is_bound_to_one_member_and_rebinding_is_logged(party: Party) -> None:
    """昵称不是姓名、家人拿着手机：账号与党员一一绑定，重新绑定留痕。"""

    def bind_again() -> bool:
        how = {"external_id": "张三", "how": "code"}
        now = party.world.now
        with party.world.database.writing() as session:
            return binding.bind_account(session, member_id=party.zhao, space=SPACE, now=now, **how)

    assert not bind_again()
    party.do(binding.unbind, party.li, member_id=party.zhang, space=SPACE)
    assert bind_again()
    with party.world.database.reading() as session:
        actor = people.find_actor(session, SPACE, "张三", party.world.today)
        logged = session.scalars(select(AuditLine.action).order_by(AuditLine.id)).all()

    assert actor is not None
    assert actor.name == "赵六"
    assert "unbind" in logged


def test_case_08_who_is_no_member_is_not_counted(party: Party) -> None:
    """群里的非党员（工作人员、积极分子）：有问有答，不计入应到。"""
    today = party.world.today

    assert "街道专干" not in party.names(party.third, today)
    assert party.officer not in party.read(roll.voters, party.third, today)
    assert party.officer not in party.figures(party.world.street).closing


def test_case_09_present_but_without_a_vote(party: Party) -> None:
    """到会但在留党察看，或是预备党员：计入实到，不计入表决。"""
    party.bar(party.zhang)

    today = party.world.today
    called = party.world.call(MeetingKind.GENERAL, at(date(2026, 3, 20), 15), party.li)
    with party.world.database.reading() as session:
        expected = {p.id for p in roll_expected.expected_members(session, called.meeting)}
    assert {party.zhang, party.qian} <= expected
    assert party.read(roll.voters, party.third, today) == {party.li, party.zhao}
    assert party.read(roll.voting_roll, party.third, today).due == 2


def test_case_18_excused_is_out_of_the_rate_and_in_the_quorum(party: Party) -> None:
    """年老体弱不作硬性要求的：不计入出勤率，仍计入表决。"""
    party.record(party.zhao, ChangeKind.EXCUSED)

    today = party.world.today
    assert party.read(roll.excused, party.third, today) == {party.zhao}
    assert party.zhao in party.read(roll.voters, party.third, today)


def test_case_19_the_roll_of_a_meeting_is_that_of_its_day(party: Party) -> None:
    """通知以后、开会以前转走的：开会那天的名册算数；会后再转不改那次会。"""
    called = party.world.call(MeetingKind.GENERAL, at(date(2026, 3, 16), 15), party.li)

    def expected() -> set[str]:
        with party.world.database.reading() as session:
            return {p.name for p in roll_expected.expected_members(session, called.meeting)}

    assert "张三" in expected()
    letter = party.letter(party.zhang, party.fifth)
    party.world.clock.set(at(date(2026, 3, 13), 9))
    party.receive(letter, date(2026, 3, 13))
    assert "张三" not in expected()

    letter = party.letter(party.zhao, party.fifth)
    party.world.clock.set(at(date(2026, 3, 18), 9))
    party.receive(letter, date(2026, 3, 17))
    assert "赵六" in expected()


def test_case_34_nothing_is_overdue_before_birth_or_after_the_end(party: Party) -> None:
    """季度中间成立或撤销的支部：成立以前不算欠，撤销以后没有会要开。"""
    founded = date(2026, 2, 20)
    new = party.do(
        organisation.found,
        party.officer,
        name="第七党支部",
        kind=UnitKind.BRANCH,
        parent_id=party.world.street,
        on=founded,
    )

    def known(on: date) -> dict[str, date]:
        with party.world.database.reading() as session:
            return {branch.name: branch.since for branch in survey.list_branches(session, on)}

    quarter = Quarter(2026, 1)
    assert "第七党支部" not in known(date(2026, 2, 19))
    since = known(founded)["第七党支部"]
    assert since == founded
    steps = Ladders().of("general_meeting").steps(quarter, since)
    assert steps
    assert all(step.day >= founded for step in steps)
    assert not is_overdue(quarter, date(2026, 4, 2), since)
    assert is_overdue(quarter.shift(1), date(2026, 7, 2), since)

    party.do(organisation.dissolve, party.officer, unit_id=new.id, into_id=None, on=MARCH_10)
    assert "第七党支部" in known(MARCH_10 - timedelta(days=1))
    assert "第七党支部" not in known(MARCH_10)


def test_case_52_dues_are_due_once_to_the_branch_the_letter_names(party: Party) -> None:
    """月中转接：党费只交一次，介绍信写到哪个月，那个月归原支部。"""
    party.move(party.zhang, until=MARCH)

    found = [party.dues(party.zhang, Month(2026, n)) for n in (1, 2, 3, 4, 12)]
    assert found == [party.third] * 3 + [party.fifth] * 2


def test_case_52_until_it_is_received_the_old_branch_takes_the_dues(party: Party) -> None:
    """没接收以前，仍归原支部。"""
    party.letter(party.zhang, party.fifth, until=Month(2026, 1))
    assert party.dues(party.zhang, MARCH) == party.third

    party.letter(party.zhao, place="城东街道第一党支部", until=Month(2026, 2))
    assert party.dues(party.zhao, MARCH) == party.third


def test_case_53_nothing_is_due_after_the_end_and_nobody_is_chased(party: Party) -> None:
    """去世、除名、停止党籍：以后各月不用交；以前没交的不再催。"""
    for member in (party.zhang, party.zhao, party.li):
        party.world.assess(member, 3000)
    party.record(party.zhang, ChangeKind.DIED, date(2026, 2, 10))
    party.record(party.zhao, ChangeKind.LEFT, date(2026, 2, 10), code=Code.REMOVED)

    for member in (party.zhang, party.zhao):
        found = [party.dues(member, Month(2026, n)) for n in (1, 2, 3)]
        assert found == [party.third, party.third, None]
    with party.world.database.reading() as session:
        shown = remind_unpaid.prepare(
            session, by=party.world.actor(party.li), routes=ROUTES, on=party.world.today
        )
    assert [line.person.name for line in shown.owing] == ["李书记"]


def test_case_71_who_cannot_be_reached_is_named_for_a_call(party: Party) -> None:
    """退群、拉黑、没有手机：够不着的列给书记打电话；变动由书记登记，一样齐全。"""
    elder = party.world.member("王奶奶", party.third, account=False, dues_fen=20)

    with party.world.database.reading() as session:
        preview = remind_unpaid.prepare(
            session, by=party.world.actor(party.li), routes=ROUTES, on=party.world.today
        )
    done = party.record(elder, ChangeKind.EXCUSED)

    assert preview.unreachable == ("王奶奶",)
    assert party.stands(elder).excused
    assert done.name == "王奶奶"


def test_case_72_rights_end_and_drafts_move_with_the_post(party: Party) -> None:
    """书记交接：职权到那天为止，没办完的事转给新书记，旧的私聊不转。"""
    world = party.world
    kept = {"intent": "notices", "expects": 4, "kept": {}}
    with world.database.writing() as session:
        for kind, payload in ((PromptKind.CONFIRM, kept), (PromptKind.LISTED, {"listed": "x"})):
            prompts.open_prompt(
                session,
                kind=kind,
                member_id=party.li,
                chat_id=None,
                payload=payload,
                now=world.now,
            )

    done = party.do(
        posts.appoint,
        party.officer,
        member_id=party.zhang,
        unit_id=party.third,
        role=Role.SECRETARY,
        on=world.today,
    )

    assert [holder.name for holder in done.before] == ["李书记"]
    assert done.handed == 1
    assert world.actor(party.li).grants == ()
    with pytest.raises(Forbidden):
        party.record(party.zhao, ChangeKind.MOBILE, by=party.li)
    with world.database.reading() as session:
        old = prompts.list_open_anywhere(session, party.li, world.now)
        new = prompts.list_open_anywhere(session, party.zhang, world.now)
        holder = posts.responsible(session, party.third, Action.SEND_NOTICE, world.today)
    assert old == []
    assert [(prompt.kind, prompt.payload["expects"]) for prompt in new] == [(PromptKind.CONFIRM, 4)]
    assert holder.name == "张三"


def test_case_72_rights_begin_and_end_on_the_day(party: Party) -> None:
    """任命写明日期的，到那天才算。"""
    april = date(2026, 4, 1)
    party.do(
        posts.appoint,
        party.officer,
        member_id=party.zhang,
        unit_id=party.third,
        role=Role.SECRETARY,
        on=april,
        until=date(2029, 3, 31),
    )

    def holds(member: int, day: date) -> bool:
        with party.world.database.reading() as session:
            return bool(people.get_actor(session, MemberId(member), day).grants)

    before = april - timedelta(days=1)
    assert (holds(party.li, before), holds(party.zhang, before)) == (True, False)
    assert (holds(party.li, april), holds(party.zhang, april)) == (False, True)
    assert holds(party.zhang, date(2029, 3, 31))
    assert not holds(party.zhang, date(2029, 4, 1))


def test_pain_25_history_stays_where_it_was_made(party: Party) -> None:
    """年中转走：原支部以前的数不变，新支部从那天起算。"""
    before = party.figures(party.third, NEW_YEAR, MARCH_1)
    names = party.names(party.third, MARCH_1)

    party.move(party.zhang)

    assert party.figures(party.third, NEW_YEAR, MARCH_1) == before
    assert party.names(party.third, MARCH_1) == names
    assert party.figures(party.fifth).came_in == (party.zhang,)
    assert party.figures(party.fifth, NEW_YEAR, MARCH_10).came_in == ()
    assert party.figures(party.world.street).came_in == ()


def test_case_51_dues_run_from_the_day_of_admission(party: Party) -> None:
    """28日接收的预备党员：从那个月起交。"""
    party.world.clock.set(at(date(2026, 3, 30), 9))
    done = party.do(
        roll_changes.admit,
        party.li,
        name="孙新",
        branch_id=party.third,
        on=date(2026, 3, 28),
    )

    assert party.stands(done.member_id).kind is MemberKind.PROBATIONARY
    assert party.dues(done.member_id, Month(2026, 2)) is None
    assert party.dues(done.member_id, MARCH) == party.third
