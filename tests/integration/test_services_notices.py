"""Notices: shown before they are sent, sent once, acknowledged by version."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest
from sqlalchemy import func, select, update

from bot.clock import at
from bot.domain.errors import DomainError, Forbidden
from bot.domain.ids import MemberId, NoticeId, UnitId
from bot.domain.notices import EmptyAudience, UnfitNotice
from bot.domain.rights import Role
from bot.domain.sending import SendError, Sent
from bot.domain.sensitive import SensitiveNumber
from bot.domain.units import UnitKind
from bot.services import deliveries, notices
from bot.services.notices import AlreadyReleased, Preview, Released
from bot.storage.engine import Database
from bot.storage.models import Membership, Notice
from tests.support.world import FOUNDED, HOURS, ROUTES, ScriptedSender, World, core


@pytest.fixture
def world(database: Database) -> World:
    """Return a street."""
    return World(database)


@pytest.fixture
def branch(world: World) -> UnitId:
    """Return its branch."""
    return world.unit("第三党支部")


@pytest.fixture
def li(world: World, branch: UnitId) -> MemberId:
    """Return the secretary, with two members, one of whom has no account."""
    secretary = world.member("李书记", branch, Role.SECRETARY)
    world.member("张三", branch)
    world.member("王五", branch, account=False)
    return secretary


def _draft(
    world: World,
    by: MemberId,
    body: str = " 明天下午3点社区二楼开会 ",
    about: date | None = None,
) -> Preview:
    actor = world.actor(by)
    with world.database.writing() as session:
        return notices.draft(
            session, body=body, by=actor, routes=ROUTES, hours=HOURS, now=world.now, about=about
        )


def _release(
    world: World,
    notice_id: NoticeId,
    by: MemberId,
    *,
    about: date | None = None,
    at_once: bool = False,
) -> Released:
    actor = world.actor(by)
    with world.database.writing() as session:
        return notices.release(
            session,
            notice_id=notice_id,
            by=actor,
            routes=ROUTES,
            hours=HOURS,
            now=world.now,
            about=about,
            at_once=at_once,
        )


def test_it_shows_whom_a_notice_would_reach_and_sends_nothing(world: World, li: MemberId) -> None:
    preview = _draft(world, li)

    assert (preview.unit, preview.body, preview.headcount) == (
        "第三党支部",
        "明天下午3点社区二楼开会",
        3,
    )
    assert [person.name for person in preview.unreachable] == ["王五"]
    assert world.outbox() == []


def test_it_sends_to_everybody_once_and_names_those_it_cannot_reach(
    world: World, li: MemberId
) -> None:
    released = _release(world, _draft(world, li).id, li)

    assert released == Released(released.id, 2, ("王五",), world.now)
    assert {row.address: row.text for row in world.outbox()} == {
        "李书记": "明天下午3点社区二楼开会",
        "张三": "明天下午3点社区二楼开会",
    }


@pytest.mark.parametrize(
    ("now", "about", "at_once", "leaves_at"),
    [
        pytest.param((12, 20, 29), None, False, (12, 20, 29), id="20:29马上发"),
        pytest.param((12, 20, 30), None, False, (13, 8), id="20:30等到第二天早上"),
        pytest.param((12, 23, 0), 13, False, (13, 8), id="夜里说明天的事，也等到早上"),
        pytest.param((12, 23, 0), None, True, (12, 23, 0), id="书记说马上发"),
        pytest.param((14, 10, 0), None, False, (16, 8), id="周六，不急的等到周一"),
        pytest.param((14, 10, 0), 15, False, (14, 10, 0), id="周六，明天的事马上发"),
        pytest.param((14, 10, 0), 16, False, (14, 10, 0), id="周六，周一的事马上发"),
        pytest.param((14, 10, 0), 17, False, (16, 8), id="周六，周二的事等到周一"),
    ],
)
def test_it_keeps_the_quiet_hours_unless_asked_not_to(
    world: World,
    li: MemberId,
    now: tuple[int, int, int],
    about: int | None,
    at_once: bool,
    leaves_at: tuple[int, ...],
) -> None:
    day, *clock = now
    world.clock.set(at(date(2026, 3, day), *clock))
    on = None if about is None else date(2026, 3, about)
    shown = _draft(world, li, about=on)

    released = _release(world, shown.id, li, about=on, at_once=at_once)

    moments = {row.due_at for row in world.outbox()}
    assert moments == {released.leaves_at}  # one moment: one request for all
    assert at_once or shown.leaves_at == released.leaves_at
    earliest = at(date(2026, 3, leaves_at[0]), *leaves_at[1:])
    spread = timedelta() if released.leaves_at == world.now else timedelta(minutes=9)
    assert earliest <= released.leaves_at <= earliest + spread


def test_it_holds_back_a_notice_that_got_late(world: World, li: MemberId) -> None:
    """Released at 20:20 while the channel rests: not at 21:00 but in the morning."""
    world.clock.set(at(date(2026, 3, 12), 20, 20))
    _release(world, _draft(world, li).id, li)
    sender = ScriptedSender(world.clock)
    bot = core(world.database, world.clock, sender)

    world.clock.set(at(date(2026, 3, 12), 21))
    bot.run_until(world.clock, at(date(2026, 3, 13), 9))

    assert {handed.at.date() for handed in sender.handed} == {date(2026, 3, 13)}
    assert len(sender.delivered()) == 2


def test_it_releases_once_under_confirmations_at_once(world: World, li: MemberId) -> None:
    notice_id = _draft(world, li).id

    def release(_: int) -> bool:
        try:
            _release(world, notice_id, li)
        except AlreadyReleased:
            return False
        return True

    with ThreadPoolExecutor(4) as workers:
        done = list(workers.map(release, range(4)))

    assert Counter(done) == {True: 1, False: 3}
    assert len(world.outbox()) == 2


def test_it_sends_nothing_that_was_given_up_and_keeps_out_what_is_out(
    world: World, li: MemberId
) -> None:
    given_up, out = _draft(world, li).id, _draft(world, li).id
    _release(world, out, li)
    with world.database.writing() as session:
        for notice_id in (given_up, out):
            notices.drop(session, notice_id=notice_id)

    with pytest.raises(AlreadyReleased):
        _release(world, given_up, li)
    with world.database.reading() as session:
        shown = notices.receipts(session, by=world.actor(li), now=world.now)
    assert shown is not None
    assert shown.notice.id == out


@pytest.mark.parametrize(
    ("body", "refusal"),
    [
        pytest.param("", UnfitNotice, id="空"),
        pytest.param("  ", UnfitNotice, id="只有空格"),
        pytest.param("字" * 1501, UnfitNotice, id="太长"),
        pytest.param("电话13800138000", SensitiveNumber, id="手机号"),
        pytest.param("证号110101199003077758", SensitiveNumber, id="身份证号"),
        pytest.param("卡号6222021234567890128", SensitiveNumber, id="银行卡号"),
    ],
)
def test_it_refuses_a_text_that_cannot_be_sent_and_keeps_nothing_of_it(
    world: World, li: MemberId, body: str, refusal: type[DomainError]
) -> None:
    with pytest.raises(refusal):
        _draft(world, li, body)
    with world.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Notice)) == 0


def test_it_refuses_members_and_other_branches(world: World, li: MemberId, branch: UnitId) -> None:
    zhao = world.member("赵六", branch)
    other = world.member("周书记", world.unit("第四党支部"), Role.SECRETARY)
    notice_id = _draft(world, li).id

    with pytest.raises(Forbidden):
        _draft(world, zhao)
    for member in (zhao, other):
        with pytest.raises(Forbidden):
            _release(world, notice_id, member)
    assert world.outbox() == []


def test_it_refuses_an_empty_audience(world: World) -> None:
    empty = world.unit("空支部")
    officer = world.member("陈专干", None)
    world.post(officer, empty, Role.OFFICER)

    with pytest.raises(EmptyAudience):
        _draft(world, officer)


def test_it_refuses_to_send_where_everybody_has_left_since(world: World) -> None:
    branch = world.unit("第四党支部")
    officer = world.member("陈专干", None)
    world.post(officer, branch, Role.OFFICER)
    world.member("张三", branch)
    notice_id = _draft(world, officer).id
    with world.database.writing() as session:
        session.execute(update(Membership).values(valid_to=FOUNDED + timedelta(days=1)))

    with pytest.raises(EmptyAudience):
        _release(world, notice_id, officer)
    assert world.outbox() == []


def test_it_reaches_a_cell_when_its_leader_writes(world: World, branch: UnitId) -> None:
    cell = world.unit("第一党小组", UnitKind.CELL, under=branch)
    leader = world.member("王组长", branch, cell=cell)
    world.post(leader, cell, Role.CELL_LEADER)
    world.member("张三", branch, cell=cell)
    world.member("李四", branch)

    preview = _draft(world, leader)

    assert (preview.unit, preview.headcount) == ("第一党小组", 2)


def test_it_reaches_every_branch_under_the_street_once(world: World, li: MemberId) -> None:
    world.member("周书记", world.unit("第四党支部"), Role.SECRETARY)
    officer = world.member("陈专干", None, Role.OFFICER)

    assert _draft(world, officer).headcount == 4


def test_it_counts_a_receipt_once_and_by_version(
    world: World, li: MemberId, branch: UnitId
) -> None:
    notice_id = _release(world, _draft(world, li).id, li).id
    with world.database.writing() as session:
        [waiting] = notices.list_open(session, li, world.now)
        first = notices.acknowledge(session, notice=waiting, member_id=li, now=world.now)
        second = notices.acknowledge(session, notice=waiting, member_id=li, now=world.now)
        left = notices.list_open(session, li, world.now)

    with world.database.reading() as session:
        shown = notices.receipts(session, by=world.actor(li), now=world.now)

    assert (first, second, left) == (True, False, [])
    assert shown is not None
    assert (shown.notice.id, shown.notice.title) == (notice_id, "明天下午3点社区二楼开会")
    assert shown.acknowledged == 1
    assert [p.name for p in shown.silent] == ["张三"]
    assert [p.name for p in shown.unreachable] == ["王五"]
    assert shown.missed == []


def test_it_says_to_whom_a_notice_did_not_arrive(world: World, li: MemberId) -> None:
    _release(world, _draft(world, li).id, li)
    lost = SendError("没有等到回应", uncertain=True)
    sender = ScriptedSender(world.clock, Sent(refused={"张三": "账号没有激活"}), lost)
    bot = core(world.database, world.clock, sender)
    bot.turn()
    _release(world, _draft(world, li, "补充通知").id, li)
    bot.turn()

    with world.database.reading() as session:
        actor = world.actor(li)
        week = deliveries.list_missed(session, by=actor, now=world.now)
        later = deliveries.list_missed(session, by=actor, now=world.now + timedelta(days=7))
        latest = notices.receipts(session, by=actor, now=world.now)

    assert [(m.to, m.text, m.uncertain, m.why) for m in week] == [
        ("张三", "补充通知", True, "没有等到回应"),
        ("李书记", "补充通知", True, "没有等到回应"),
        ("张三", "明天下午3点社区二楼开会", False, "账号没有激活"),
    ]
    assert later == []
    assert latest is not None
    assert [missed.to for missed in latest.missed] == ["张三", "李书记"]


def test_it_counts_nobody_who_left_the_roll_as_having_read(world: World, li: MemberId) -> None:
    _release(world, _draft(world, li).id, li)
    with world.database.writing() as session:
        session.execute(
            update(Membership).where(Membership.member_id != li).values(valid_to=world.today)
        )

    with world.database.reading() as session:
        shown = notices.receipts(session, by=world.actor(li), now=world.now)

    assert shown is not None
    assert (shown.acknowledged, [p.name for p in shown.silent]) == (0, ["李书记"])


def test_it_waits_a_week_for_receipts_and_asks_those_entitled_only(
    world: World, li: MemberId, branch: UnitId
) -> None:
    zhao = world.member("赵六", branch)
    with world.database.reading() as session:
        assert notices.receipts(session, by=world.actor(li), now=world.now) is None
        with pytest.raises(Forbidden):
            notices.receipts(session, by=world.actor(zhao), now=world.now)
    _release(world, _draft(world, li, "很长的第一行" * 4).id, li)

    with world.database.reading() as session:
        [waiting] = notices.list_open(session, zhao, world.now)
        later = notices.list_open(session, zhao, world.now + timedelta(days=7))

    assert waiting.title == "很长的第一行很长的第一行很长的…"
    assert later == []
