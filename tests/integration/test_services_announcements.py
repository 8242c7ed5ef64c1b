"""Who is told when a meeting is moved or cancelled: whoever knew of it, once, at a decent hour."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from bot.clock import at
from bot.domain.cadence import MeetingKind
from bot.domain.errors import Forbidden
from bot.domain.ids import MemberId, UnitId
from bot.domain.rights import Role
from bot.domain.sending import SendError, SendState
from bot.services import announcements, attendance, meetings, study
from bot.services.announcements import Changed
from bot.services.meetings import MeetingView
from bot.services.reminders import CHANGED
from bot.storage.engine import Database
from tests.support.world import HOURS, ROUTES, ScriptedSender, World, core

TUESDAY = date(2026, 3, 17)
ASKED_AT = at(date(2026, 3, 16), 16, 30)


@pytest.fixture
def world(database: Database) -> World:
    """Return a street, the day before the meeting at noon."""
    return World(database, now=at(date(2026, 3, 16), 12))


@pytest.fixture
def branch(world: World) -> UnitId:
    """Return its branch, with a group."""
    branch = world.unit("第三党支部")
    world.chat(branch, "三支部群")
    return branch


@pytest.fixture
def li(world: World, branch: UnitId) -> MemberId:
    """Return the secretary; 张三 and 王五 are members."""
    li = world.member("李书记", branch, Role.SECRETARY)
    world.member("王五", branch)
    return li


@pytest.fixture
def zhang(world: World, branch: UnitId, li: MemberId) -> MemberId:
    """Return 张三."""
    return world.member("张三", branch)


@pytest.fixture
def meeting(world: World, li: MemberId, zhang: MemberId) -> MeetingView:
    """Return a general meeting on Tuesday, 17 March, 10:00."""
    return world.call(MeetingKind.GENERAL, at(TUESDAY, 10), li).meeting


def _move(
    world: World,
    meeting: MeetingView,
    by: MemberId,
    starts_at: datetime,
    place: str | None = None,
) -> Changed:
    actor = world.actor(by)
    with world.database.writing() as session:
        return announcements.move(
            session,
            meeting_id=meeting.id,
            starts_at=starts_at,
            place=place,
            by=actor,
            now=world.now,
            routes=ROUTES,
            hours=HOURS,
        )


def _cancel(world: World, meeting: MeetingView, by: MemberId) -> Changed:
    actor = world.actor(by)
    with world.database.writing() as session:
        return announcements.cancel(
            session,
            meeting_id=meeting.id,
            by=actor,
            now=world.now,
            routes=ROUTES,
            hours=HOURS,
        )


def _news(world: World) -> dict[str, str]:
    """Return what goes out about changes and is not void, by address."""
    return {
        row.address: row.text
        for row in world.outbox()
        if row.rule == CHANGED and row.state is not SendState.VOID
    }


def _remind(world: World) -> None:
    core(world.database, world.clock).run_until(world.clock, ASKED_AT)


def test_it_tells_nobody_while_nobody_knows(
    world: World, li: MemberId, meeting: MeetingView
) -> None:
    changed = _move(world, meeting, li, at(TUESDAY, 15))

    assert (changed.told, changed.in_group, _news(world)) == (0, False, {})


@pytest.mark.parametrize("place", [None, "社区二楼"])
def test_a_move_to_where_it_stands_changes_and_tells_nothing(
    world: World, li: MemberId, meeting: MeetingView, place: str | None
) -> None:
    _remind(world)

    with pytest.raises(meetings.NothingMoved, match="本来就是3月17日（周二）10:00 社区二楼"):
        _move(world, meeting, li, meeting.starts_at, place)

    assert _news(world) == {}
    with world.database.reading() as session:
        assert meetings.get_meeting(session, meeting.id) == meeting


def test_it_tells_those_who_were_reminded_and_the_group(
    world: World, li: MemberId, meeting: MeetingView
) -> None:
    _remind(world)

    changed = _move(world, meeting, li, at(TUESDAY, 15))

    assert (changed.told, changed.in_group, changed.tells_at) == (2, True, world.now)
    news = _news(world)
    assert set(news) == {"王五", "张三", "三支部群"}  # not 李书记, who moved it
    assert news["张三"] == (
        "张三您好：支部党员大会改到3月17日（周二）15:00 社区二楼，原定3月17日10:00的不开了。"
        "来回复 1，来不了回复 2 加原因。"
    )
    assert news["三支部群"].startswith("【改期】支部党员大会改到3月17日（周二）15:00 社区二楼")


def test_it_tells_who_has_answered_though_no_reminder_went_out(
    world: World, li: MemberId, zhang: MemberId, meeting: MeetingView
) -> None:
    actor = world.actor(zhang)
    with world.database.writing() as session:
        attendance.ask_leave(session, by=actor, said_at=world.now, now=world.now, reason="出差")

    _move(world, meeting, li, at(TUESDAY, 15))

    assert set(_news(world)) == {"张三"}


def test_it_says_only_the_last_of_two_changes_that_had_to_wait(
    world: World, li: MemberId, meeting: MeetingView
) -> None:
    """Both made at night: in the morning people read where it really is."""
    _remind(world)
    world.clock.set(at(date(2026, 3, 16), 21))
    _move(world, meeting, li, at(TUESDAY, 15))
    _move(world, meeting, li, at(TUESDAY, 16), "社区三楼")
    sender = ScriptedSender(world.clock)

    core(world.database, world.clock, sender).run_until(world.clock, at(TUESDAY, 9))

    told = [text for address, text in sender.delivered() if address == "张三"]
    assert len(told) == 1
    assert "16:00 社区三楼" in told[0]


@pytest.mark.parametrize(
    ("now", "starts_at", "tells_at"),
    [
        pytest.param(at(date(2026, 3, 16), 17), 10, None, id="白天，马上"),
        pytest.param(at(date(2026, 3, 16), 21), 15, at(TUESDAY, 8), id="夜里，等到早上八点"),
        pytest.param(at(date(2026, 3, 16), 21), 9, None, id="夜里，等到八点人就出门了"),
    ],
)
def test_it_keeps_the_quiet_hours_unless_people_would_set_out(
    world: World,
    li: MemberId,
    zhang: MemberId,
    now: datetime,
    starts_at: int,
    tells_at: datetime | None,
) -> None:
    meeting = world.call(MeetingKind.GENERAL, at(TUESDAY, starts_at), li).meeting
    _remind(world)
    world.clock.set(now)

    changed = _cancel(world, meeting, li)

    if tells_at is None:
        assert changed.tells_at == now
    else:
        assert tells_at < changed.tells_at < tells_at + timedelta(minutes=10)
    assert {row.due_at for row in world.outbox() if row.rule == CHANGED} == {changed.tells_at}


def test_it_says_that_only_the_place_has_changed(
    world: World, li: MemberId, meeting: MeetingView
) -> None:
    _remind(world)

    _move(world, meeting, li, meeting.starts_at, "社区三楼")

    assert _news(world)["张三"].startswith(
        "张三您好：支部党员大会换了地方：3月17日（周二）10:00 社区三楼。"
    )
    assert _news(world)["三支部群"].startswith("【换地方】")


def test_it_tells_a_class_to_those_signed_up_and_nobody_else(
    world: World, branch: UnitId, li: MemberId, zhang: MemberId
) -> None:
    chen = world.member("陈静", branch)
    called = world.call(MeetingKind.STUDY, at(TUESDAY, 14), li, seats=9, title="培训班").meeting
    for member in (zhang, chen):
        with world.database.writing() as session:
            study.join(session, by=world.actor(member), now=world.now)
    with world.database.writing() as session:
        study.leave(session, by=world.actor(chen), now=world.now)

    _move(world, called, li, at(TUESDAY, 15))
    moved = _news(world)
    changed = _cancel(world, called, li)

    assert set(moved) == {"张三"}
    assert moved["张三"].endswith("您报的名还在，不去了回复 取消报名。")
    assert (changed.told, set(_news(world))) == (1, {"张三"})


def test_it_names_who_knew_and_cannot_be_reached_any_more(
    world: World, branch: UnitId, li: MemberId, meeting: MeetingView
) -> None:
    _remind(world)
    with world.database.writing() as session:
        session.connection().exec_driver_sql("DELETE FROM account WHERE external_id = '王五'")

    changed = _cancel(world, meeting, li)

    assert (changed.told, changed.unreachable) == (1, ("王五",))


def test_it_tells_nobody_of_a_meeting_that_is_over(
    world: World, li: MemberId, meeting: MeetingView
) -> None:
    _remind(world)
    world.clock.set(meeting.ends_at)

    changed = _cancel(world, meeting, li)

    assert (changed.told, changed.in_group, _news(world)) == (0, False, {})


def test_it_counts_no_reminder_that_never_arrived(
    world: World, li: MemberId, meeting: MeetingView
) -> None:
    refusing = ScriptedSender(world.clock, *[SendError("不在可见范围", permanent=True)] * 9)
    core(world.database, world.clock, refusing).run_until(world.clock, ASKED_AT)

    assert _cancel(world, meeting, li).told == 0


def test_it_takes_nobodys_room_in_the_group(
    world: World, li: MemberId, meeting: MeetingView
) -> None:
    """The news at 16:30 is no notice of the day: the next day's reminder still goes out."""
    world.call(MeetingKind.LECTURE, at(date(2026, 3, 18), 10), li)
    _remind(world)
    world.clock.set(at(TUESDAY, 8, 30))
    _move(world, meeting, li, at(TUESDAY, 15))
    sender = ScriptedSender(world.clock)

    core(world.database, world.clock, sender).run_until(world.clock, at(TUESDAY, 18))

    texts = [text for address, text in sender.delivered() if address == "三支部群"]
    assert [text[:4] for text in texts] == ["【改期】", "【党课】"]


def test_it_lets_only_those_move_a_meeting_who_may(
    world: World, zhang: MemberId, li: MemberId, meeting: MeetingView
) -> None:
    _remind(world)
    with pytest.raises(Forbidden):
        _move(world, meeting, zhang, at(TUESDAY, 15))
    with pytest.raises(Forbidden):
        _cancel(world, meeting, zhang)

    assert _news(world) == {}
