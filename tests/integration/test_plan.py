"""The plan: what it prints is what is sent, and it writes nothing."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select, text

from bot.clock import at
from bot.domain.attendance import Mark
from bot.domain.cadence import MeetingKind
from bot.domain.errors import NotFound
from bot.domain.ids import MemberId
from bot.domain.periods import Month
from bot.domain.rights import Role
from bot.domain.units import UnitKind
from bot.services import (
    attendance,
    attendance_marks,
    dues,
    meetings,
    notices,
    open_items,
    policies,
    study,
)
from bot.services.attendance_marks import Author, Entry
from bot.services.ports import PlannedReminder
from bot.storage.engine import Database
from bot.storage.models import Member
from scheduler.rules import RULES
from tests.support import upkeep
from tests.support.world import HOURS, ROUTES, ScriptedSender, World, core

BEGIN, END = at(date(2026, 3, 12), 12), at(date(2026, 5, 11), 12)
SOON = at(date(2026, 4, 1))
MINUTE = timedelta(minutes=1)
OF_THE_STREET = {
    "democratic_life_meeting",
    "leader_lecture",
    "oath_renewal",
    "theory_group",
    "working_committee",
}  # in test_upper_meetings


@pytest.fixture
def world(database: Database) -> World:
    """Return a street with three branches that differ in everything a rule asks for."""
    world = World(database, now=BEGIN)
    third, fourth = world.unit("第三党支部"), world.unit("第四党支部")
    fifth = world.unit("第五党支部", live_from=date(2026, 4, 10))
    cell = world.unit("第一党小组", UnitKind.CELL, under=third)
    for branch, secretary in ((third, "李书记"), (fourth, "赵书记"), (fifth, "孙书记")):
        world.member(secretary, branch, Role.SECRETARY, dues_fen=3000)
        world.member(f"{secretary}的党员", branch, dues_fen=1550)
        world.chat(branch, f"群{branch}")
    world.member("王组织", third, Role.ORGANISER, cell=cell, dues_fen=0)
    world.policy(fourth, policies.LECTURE, {"every": "month"})
    world.policy(fourth, policies.ACTIVITY_DAY, {"day": 4, "shift": "nearest"})
    return world


@pytest.fixture
def li(world: World) -> MemberId:
    """Return the secretary of the third branch."""
    with world.database.reading() as session:
        found = session.scalar(select(Member.id).where(Member.name == "李书记"))
    assert found is not None
    return MemberId(found)


@pytest.fixture
def busy(world: World, li: MemberId) -> World:
    """Return the street after meetings were called, dues declared and leave asked."""
    for kind, starts_at in (
        (MeetingKind.THEME_DAY, at(date(2026, 3, 16), 15)),  # a Monday: asked on a Sunday
        (MeetingKind.GENERAL, at(date(2026, 3, 24), 9)),
        (MeetingKind.COMMITTEE, at(date(2026, 3, 24), 8)),
        (MeetingKind.LECTURE, at(date(2026, 3, 24), 19)),  # two of one group on one day
        (MeetingKind.OTHER, at(date(2026, 3, 25), 19)),  # and the day after
        (MeetingKind.GENERAL, at(date(2026, 4, 14), 15)),  # nobody answers: short to the end
        (MeetingKind.OTHER, at(date(2026, 5, 1), 9)),  # a holiday
        (MeetingKind.OTHER, at(date(2026, 5, 12), 9)),  # asked on the last day
    ):
        called = world.call(kind, starts_at, li)
        if kind is MeetingKind.LECTURE:
            lecture = called.meeting
    actor = world.actor(li)
    training = world.call(MeetingKind.STUDY, at(date(2026, 4, 8), 9), li, seats=1).meeting
    with world.database.writing() as session:
        member = session.scalars(select(Member.id).where(Member.name == "李书记的党员")).one()
        for joins in (actor, world.actor(MemberId(member))):  # the second one waits for a seat
            study.join(session, by=joins, now=world.now, number=training.id)
    with world.database.writing() as session:
        open_items.report(
            session, "三楼漏雨", date(2026, 4, 20), by=actor, now=world.now, source="i1"
        )
        there = Author(li, "李书记", li)  # one came, of the others nobody has said anything
        attendance_marks.record(
            session, lecture, there, Entry(Mark.PRESENT, lecture.starts_at), now=world.now
        )
        dues.declare(
            session,
            months=[Month(2026, 3)],
            total_fen=3000,
            by=actor,
            said_on=world.today,
            now=world.now,
            source="m1",
        )
        attendance.ask_leave(
            session,
            by=actor,
            said_at=world.now,
            now=world.now,
            reason="出差",
            day=date(2026, 3, 25),
        )
    return world


def _planned(lines: list[PlannedReminder]) -> list[tuple[str, datetime, str]]:
    to = [line.to.get("name") or line.to["chat"] for line in lines]
    return sorted((name, line.at, line.text) for name, line in zip(to, lines, strict=True))


def _sent(world: World, sender: ScriptedSender) -> list[tuple[str, datetime, str]]:
    with world.database.reading() as session:
        chats = {
            row.address: row.name
            for row in session.execute(
                text(
                    "SELECT chat_id AS address, unit.name AS name FROM chat_group"
                    " JOIN unit ON unit.id = chat_group.unit_id"
                )
            )
        }
    return sorted(
        (chats.get(address, address), handed.at, handed.text)
        for handed in sender.handed
        for address in handed.to
    )


def test_it_prints_byte_for_byte_what_sixty_days_really_send(busy: World) -> None:
    sender = ScriptedSender(busy.clock)
    bot = core(busy.database, busy.clock, sender)
    bot.turn()

    planned = list(bot.planner.plan(BEGIN, END))
    bot.run_until(busy.clock, END)

    assert _planned(planned) == _sent(busy, sender)
    assert len(planned) > 50
    # One is ordered by people, one is told in autumn.
    elsewhere = {
        "remind_unpaid",
        "study_shortfall",
        "post_vacant",
        *OF_THE_STREET,
        *upkeep.RULES,
    }  # each with a world of its own
    by_themselves = {rule.name for rule in RULES} - elsewhere
    assert {rule for line in planned for rule in line.rule.split("+")} >= by_themselves
    joined = [line for line in planned if "+" in line.rule]
    assert len(joined) > 5
    assert all("件事：\n· " in line.text for line in joined)
    assert [line.at for line in planned] == sorted(line.at for line in planned)


def test_it_prints_byte_for_byte_what_a_holiday_and_two_meetings_a_day_really_send(
    world: World, li: MemberId
) -> None:
    """Ten days' steps arrive after the Spring Festival; a group reads two meetings in one notice."""
    begin, end = at(date(2026, 2, 10), 12), at(date(2026, 3, 3), 12)
    world.clock.set(begin)
    for day, *clock in ((12, 10), (12, 14), (12, 19), (13, 9), (13, 11), (27, 10), (27, 14)):
        kind = MeetingKind.GENERAL if clock == [10] else MeetingKind.OTHER
        world.call(kind, at(date(2026, 2, day), *clock), li)
    joined = world.call(MeetingKind.STUDY, at(date(2026, 2, 26), 9), li, seats=3).meeting
    with world.database.writing() as session:
        study.join(session, by=world.actor(li), now=world.now, number=joined.id)
    sender = ScriptedSender(world.clock)
    bot = core(world.database, world.clock, sender)
    bot.turn()

    planned = list(bot.planner.plan(begin, end))
    bot.run_until(world.clock, end)

    assert _planned(planned) == _sent(world, sender)
    assert any("件事：\n" in line.text for line in planned)
    assert any(line.text.count("【") > 1 for line in planned)
    assert any("您报名的" in line.text for line in planned)


def test_it_tells_what_people_have_caused_and_quiet_hours_hold_back(
    busy: World, li: MemberId
) -> None:
    busy.clock.set(at(date(2026, 3, 23), 21, 30))
    sender = ScriptedSender(busy.clock)
    bot = core(busy.database, busy.clock, sender)
    bot.run_until(busy.clock, at(date(2026, 3, 23), 21, 40))
    actor = busy.actor(li)
    with busy.database.writing() as session:
        shown = notices.draft(
            session, body="周三前交心得", by=actor, routes=ROUTES, hours=HOURS, now=busy.now
        )
        notices.release(
            session, notice_id=shown.id, by=actor, routes=ROUTES, hours=HOURS, now=busy.now
        )
    until = at(date(2026, 3, 24), 12)

    planned = list(bot.planner.plan(busy.now, until))
    bot.run_until(busy.clock, until)

    assert _planned(planned) == _sent(busy, sender)
    assert [line.rule for line in planned].count("notice") == 3


@pytest.mark.parametrize(
    "day",
    [
        pytest.param(at(date(2026, 3, 14), 12), id="周六，活动日提醒已在队里"),
        pytest.param(at(date(2026, 3, 15), 16, 0), id="刚到点，还没发"),
        pytest.param(at(date(2026, 3, 25), 9, 3), id="发到一半"),
    ],
)
def test_it_tells_what_is_queued_already_as_it_stands(busy: World, day: datetime) -> None:
    sender = ScriptedSender(busy.clock)
    bot = core(busy.database, busy.clock, sender)
    busy.clock.set(day - timedelta(days=2))
    bot.run_until(busy.clock, day)
    sender.handed.clear()
    until = day + timedelta(days=3)

    planned = list(bot.planner.plan(day, until))
    bot.run_until(busy.clock, until)

    assert _planned(planned) == _sent(busy, sender)
    assert planned


def test_it_tells_of_a_coming_day_what_the_days_before_will_hold_back(busy: World) -> None:
    """Asked on Thursday about Monday: a reminder due on Saturday arrives then."""
    sender = ScriptedSender(busy.clock)
    bot = core(busy.database, busy.clock, sender)
    bot.turn()
    monday, tuesday = at(date(2026, 3, 16)), at(date(2026, 3, 17))

    planned = list(bot.planner.plan(monday, tuesday))
    bot.run_until(busy.clock, tuesday)

    sent = [line for line in _sent(busy, sender) if line[1] > monday]
    assert _planned(planned) == sent


def test_it_leaves_out_what_was_settled_after_it_was_queued(busy: World, li: MemberId) -> None:
    bot = core(busy.database, busy.clock)
    bot.run_until(busy.clock, at(date(2026, 3, 15), 16))
    before = list(bot.planner.plan(busy.now, busy.now + timedelta(hours=1)))
    actor = busy.actor(li)
    with busy.database.writing() as session:
        [meeting] = meetings.list_near(session, actor, busy.now, busy.now + timedelta(days=1))
        attendance.promise(session, by=actor, meeting_id=meeting.id, said_at=busy.now, now=busy.now)

    after = list(bot.planner.plan(busy.now, busy.now + timedelta(hours=1)))

    assert {line.to.get("name") for line in before} - {line.to.get("name") for line in after} == {
        "李书记"
    }


def test_it_puts_the_parts_of_a_long_text_together_again(world: World, li: MemberId) -> None:
    text_of_three = "\n".join(f"第{number}行" * 100 for number in range(6))
    world.enqueue(
        world.letter(
            li,
            text_of_three,
            key="dues_unpaid:2026-03/first:dues:1:m1",
            rule="dues_unpaid",
            slot="2026-03/first",
            subject=f"dues:{li}",
            due_at=world.now + MINUTE,
        )
    )

    [line] = core(world.database, world.clock).planner.plan(world.now, world.now + 2 * MINUTE)

    assert line.text == text_of_three


def test_it_prints_one_unit_alone(busy: World) -> None:
    planner = core(busy.database, busy.clock).planner

    whole = list(planner.plan(BEGIN, SOON))
    third = list(planner.plan(BEGIN, SOON, unit="第三党支部"))

    assert third == [
        line for line in whole if "第三党支部" in (line.to.get("unit"), line.to.get("chat"))
    ]
    assert 0 < len(third) < len(whole)


def test_it_finds_a_unit_as_people_call_it(busy: World) -> None:
    planner = core(busy.database, busy.clock).planner

    assert list(planner.plan(BEGIN, SOON, unit="三支部")) == list(
        planner.plan(BEGIN, SOON, unit="第三党支部")
    )


def test_it_prints_a_street_with_all_its_branches_and_a_cell_alone(busy: World) -> None:
    planner = core(busy.database, busy.clock).planner
    everything = list(planner.plan(BEGIN, SOON))

    assert list(planner.plan(BEGIN, SOON, unit="晨光街道")) == everything
    cell = list(planner.plan(BEGIN, SOON, unit="第一党小组"))
    assert 0 < len(cell) < len(everything)
    assert all("党小组" in line.text or line.to.get("name") == "王组织" for line in cell)


def test_it_prints_what_is_about_a_unit_though_somebody_above_answers(world: World) -> None:
    sixth = world.unit("第六党支部")
    world.member("张六", sixth)
    world.member("周专干", None, Role.OFFICER)
    planner = core(world.database, world.clock).planner

    lines = list(planner.plan(BEGIN, SOON, unit="第六党支部"))

    assert {line.to["name"] for line in lines} == {"周专干"}


@pytest.mark.parametrize("unit", ["九支部", ""])
def test_it_refuses_a_unit_that_is_not_there(busy: World, unit: str) -> None:
    """“这段时间没有提醒”would be a false all-clear."""
    with pytest.raises(NotFound):
        core(busy.database, busy.clock).planner.plan(BEGIN, SOON, unit=unit)


def test_it_says_who_from_when_and_why(busy: World, li: MemberId) -> None:
    planner = core(busy.database, busy.clock).planner

    lines = planner.plan(BEGIN, SOON, unit="第三党支部")
    first = next(line for line in lines if "committee_meeting" in line.rule.split("+"))

    assert first.at.utcoffset() == timedelta(hours=8)
    assert first.to == {"member": str(li), "name": "李书记", "unit": "第三党支部"}
    assert first.reason["ends_when"] == "登记后自动停止"
    assert set(first.reason) == {"rule", "source", "facts", "ends_when", "seen_by"}


def test_it_never_gives_a_group_two_notices_a_day(busy: World) -> None:
    sender = ScriptedSender(busy.clock)
    busy.clock.set(at(date(2026, 3, 23), 12))
    core(busy.database, busy.clock, sender).run_until(busy.clock, at(date(2026, 3, 26)))

    days = [
        (address, handed.at.date())
        for handed in sender.handed
        for address in handed.to
        if address.startswith("群")
    ]
    assert len(days) == len(set(days)) >= 2
