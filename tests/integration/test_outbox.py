"""The outbox: what is queued, under which key, for whom; what is claimed, swept and limited."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, event, select, update

from bot.channels.wecom_app import MEMBER_PACE
from bot.domain.ids import MemberId, UnitId
from bot.domain.privacy import Text
from bot.domain.sending import Pace, SendState
from bot.services import backlog, limits, outbox, queue
from bot.services.backlog import Backlog
from bot.services.outbox import Letter, Routes, Way
from bot.storage.engine import Database
from bot.storage.models import Account, Outbox, OutboxBatch, SendBucket
from tests.support.world import ROUTES, THURSDAY, ScriptedSender, World, core

MINUTE = timedelta(minutes=1)
WINDOW = timedelta(minutes=30)
TWENTY = Pace.within((20, 60))


@pytest.fixture
def world(database: Database) -> World:
    """Return a street."""
    return World(database)


@pytest.fixture
def branch(world: World) -> UnitId:
    """Return its only branch."""
    return world.unit("第三党支部")


@pytest.fixture
def zhang(world: World, branch: UnitId) -> MemberId:
    """Return a member with an account."""
    return world.member("张三", branch)


# --- what is queued --------------------------------------------------------------------------


def test_it_queues_one_row_a_key(world: World, zhang: MemberId) -> None:
    letter = world.letter(zhang, "明天开会", key="rule:slot:subject:m1")

    world.enqueue(letter, letter)
    world.enqueue(letter)

    assert world.states() == ["queued"]


@pytest.mark.parametrize("state", [state for state in SendState if state.value != "void"])
def test_it_keeps_a_key_taken_in_every_state_but_void(
    world: World, zhang: MemberId, state: SendState
) -> None:
    world.enqueue(world.letter(zhang, key="k"))
    _set(world, state=state)

    world.enqueue(world.letter(zhang, key="k"))

    assert world.states() == [state.value]


def test_it_arms_a_key_again_once_its_row_is_void(world: World, zhang: MemberId) -> None:
    letter = world.letter(zhang, key="k", subject="meeting:1")
    for _ in range(3):
        world.enqueue(letter)
        with world.database.writing() as session:
            assert outbox.void(session, subject="meeting:1", now=world.now, detail="已改期") == 1
    world.enqueue(letter)

    assert world.states() == ["void", "void", "void", "queued"]


def test_it_voids_only_what_was_not_sent(world: World, zhang: MemberId) -> None:
    for number, state in enumerate(SendState):
        world.enqueue(world.letter(zhang, key=f"k{number}", subject="meeting:1"))
        _set(world, state=state, only=f"k{number}")

    with world.database.writing() as session:
        done = outbox.void(session, subject="meeting:1", now=world.now)

    kept = {row.key: row.state for row in world.outbox()}
    gone = {SendState.QUEUED, SendState.CLAIMED}
    assert done == 2
    assert kept == {
        f"k{number}": SendState.VOID if state in gone else state
        for number, state in enumerate(SendState)
    }


def test_what_may_have_been_sent_cannot_be_taken_back_and_is_shown(
    world: World, zhang: MemberId
) -> None:
    world.enqueue(world.letter(zhang, subject="meeting:1"))
    _set(world, maybe_sent=True)

    with world.database.writing() as session:
        assert outbox.void(session, subject="meeting:1", now=world.now, detail="已改期") == 1

    [row] = world.outbox()
    assert (row.state, row.detail) == (SendState.UNCERTAIN, outbox.MAYBE_READ)
    assert row.finished_at == world.now


def test_it_voids_the_rows_of_named_rules_only(world: World, zhang: MemberId) -> None:
    world.enqueue(
        world.letter(zhang, key="a", subject="meeting:1", rule="meeting_upcoming"),
        world.letter(zhang, key="b", subject="meeting:1", rule="notice"),
        world.letter(zhang, key="c", subject="meeting:2", rule="meeting_upcoming"),
    )

    with world.database.writing() as session:
        outbox.void(session, subject="meeting:1", now=world.now, rules=["meeting_upcoming"])

    assert world.states() == ["void", "queued", "queued"]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        pytest.param("一二三四五六\n七八九十ab二", ["一二三四五六\n七八九十ab二"], id="正好放下"),
        pytest.param(
            "一二三四\n五六七八九十一二",
            ["（1/2）一二三四", "（2/2）五六七八九十一二"],
            id="在行末断开",
        ),
        pytest.param(
            "一二三四五六七八九十一二三",
            ["（1/2）一二三四五六七八", "（2/2）九十一二三"],
            id="一行太长",
        ),
        pytest.param(
            "一\n二\n三四五六七\n八九十一二",
            ["（1/2）一\n二\n三四五六七", "（2/2）八九十一二"],
            id="尽量多放几行",
        ),
    ],
)
def test_it_splits_a_long_text_at_lines_in_order(
    world: World, zhang: MemberId, text: str, parts: list[str]
) -> None:
    routes = Routes(private={"sim": Way("sim", 36)})

    world.enqueue(world.letter(zhang, text, key="k"), routes=routes)

    rows = world.outbox()
    assert [row.text for row in rows] == parts
    assert [row.key for row in rows] == ["k", "k#2"][: len(parts)]
    assert all(len(row.text.encode()) <= 36 for row in rows)


def test_it_names_those_who_cannot_be_reached(world: World, branch: UnitId) -> None:
    zhang = world.member("张三", branch)
    li = world.member("李四", branch, account=False)
    wang = world.member("王五", branch, account=False)
    world.account(wang, "wangwu", space="oa:other")

    done = world.enqueue(*(world.letter(member) for member in (zhang, li, wang)))

    assert done.unreachable == (li, wang)
    assert [row.member_id for row in world.outbox()] == [zhang]


def test_it_names_units_without_a_group(world: World, branch: UnitId) -> None:
    alone = world.unit("第四党支部")
    world.chat(branch, "三支部群")

    done = world.enqueue(*(_to_group(unit, THURSDAY) for unit in (branch, alone)))

    assert done.groupless == (alone,)
    assert [(row.unit_id, row.address) for row in world.outbox()] == [(branch, "三支部群")]


def test_it_prefers_a_webhook_to_the_chat_for_a_group(world: World, branch: UnitId) -> None:
    world.chat(branch, "三支部群")
    routes = Routes(chats=ROUTES.chats, groups={"第三党支部": Way("branch3", 2048)})

    world.enqueue(_to_group(branch, THURSDAY), routes=routes)

    assert [(row.channel, row.address) for row in world.outbox()] == [("branch3", "group")]


def test_it_writes_to_the_first_account_that_is_still_bound(world: World, branch: UnitId) -> None:
    zhang = world.member("张三", branch)
    world.account(zhang, "zhang-new")
    with world.database.writing() as session:
        session.execute(
            update(Account).where(Account.external_id == "张三").values(unbound_at=THURSDAY)
        )

    world.enqueue(world.letter(zhang))

    assert [row.address for row in world.outbox()] == ["zhang-new"]


def test_it_queues_nothing_where_nobody_is_meant(world: World) -> None:
    done = world.enqueue()

    assert (done.queued, world.outbox()) == (0, [])


# --- what is claimed -------------------------------------------------------------------------


def _claim(
    world: World, claim: str = "me", limit: int = 100, channels: tuple[str, ...] = ("sim",)
) -> list[str]:
    with world.database.writing() as session:
        held = queue.claim_due(session, world.now, channels=channels, claim=claim, limit=limit)
    return [row.text for row in held]


def test_it_claims_only_the_oldest_row_of_a_thread(world: World, branch: UnitId) -> None:
    zhang, li = world.member("张三", branch), world.member("李四", branch)
    world.enqueue(
        world.letter(zhang, "第二", due_at=world.now),
        world.letter(zhang, "第一", due_at=world.now - MINUTE),
        world.letter(li, "别人的"),
    )

    assert sorted(_claim(world)) == ["别人的", "第一"]
    assert _claim(world, "other") == []


def _due_together(world: World, member: MemberId, *rules: str) -> None:
    world.enqueue(
        *(world.letter(member, f"{rule}的事", key=f"{rule}:m{member}", rule=rule) for rule in rules)
    )


def test_it_claims_with_a_row_what_goes_out_as_one_message_with_it(
    world: World, zhang: MemberId
) -> None:
    _due_together(world, zhang, "a", "b", "answer", "c")
    joining = queue.Joining(private=frozenset("abc"))

    def claim(name: str) -> list[str]:
        with world.database.writing() as session:
            held = queue.claim_due(
                session, world.now, channels=["sim"], claim=name, limit=1, joining=joining
            )
        return [row.rule for row in held]

    assert claim("one") == ["a", "b", "c"]  # and not what does not join
    assert claim("other") == []  # nobody else gets a part, or overtakes


@pytest.mark.parametrize(
    ("change", "claimed"),
    [
        pytest.param({"due_at": True}, ["a"], id="另一时刻的"),
        pytest.param({"not_before": True}, ["a"], id="退回去还没到时候的"),
        pytest.param({"state": SendState.VOID}, ["a"], id="作废的"),
        pytest.param({}, ["a", "b"], id="同一时刻的"),
    ],
)
def test_it_leaves_what_is_not_due_with_it(
    world: World, zhang: MemberId, change: dict[str, object], claimed: list[str]
) -> None:
    _due_together(world, zhang, "a", "b")
    later = {name: world.now + MINUTE if value is True else value for name, value in change.items()}
    if later:
        _set(world, only=f"b:m{zhang}", **later)
    with world.database.writing() as session:
        held = queue.claim_due(
            session,
            world.now,
            channels=["sim"],
            claim="me",
            joining=queue.Joining(private=frozenset("ab")),
        )

    assert [row.rule for row in held] == claimed


def test_it_claims_nothing_before_its_time_and_nothing_of_other_channels(
    world: World, zhang: MemberId
) -> None:
    world.enqueue(world.letter(zhang, "晚点", due_at=world.now + MINUTE))

    assert _claim(world) == []
    world.clock.advance(MINUTE)
    assert _claim(world, channels=("mp",)) == []
    assert _claim(world) == ["晚点"]


LATER = timedelta(hours=9)


@pytest.mark.parametrize(
    ("earlier", "later", "claimed"),
    [
        pytest.param({"rule": "dues_unpaid"}, {}, "早", id="提醒马上发，答话等它"),
        pytest.param(
            {"rule": "dues_unpaid", "put_off": True}, {}, "晚", id="提醒改天再发，答话不等"
        ),
        pytest.param(
            {"rule": "dues_unpaid", "put_off": True, "maybe_sent": True},
            {},
            "晚",
            id="提醒可能发过、等着再发，答话不等",
        ),
        pytest.param(
            {"rule": "dues_unpaid", "put_off": True},
            {"rule": "meeting_upcoming"},
            "晚",
            id="别的提醒也不等",
        ),
        pytest.param(
            {"rule": "notice", "put_off": True}, {"rule": "notice"}, None, id="同一种的要等"
        ),
        pytest.param({"put_off": True}, {}, None, id="答话等前一句答话"),
        pytest.param({"put_off": True}, {"rule": "dues_unpaid"}, "晚", id="提醒不等改天再发的答话"),
        pytest.param(
            {"rule": "dues_unpaid", "state": SendState.SENDING}, {}, None, id="正在发就等"
        ),
    ],
)
def test_what_is_put_off_is_waited_for_only_by_its_own_kind(
    world: World,
    zhang: MemberId,
    earlier: dict[str, Any],
    later: dict[str, Any],
    claimed: str | None,
) -> None:
    values = dict(earlier)
    first = world.now + LATER if values.pop("put_off", False) else world.now - MINUTE
    world.enqueue(
        world.letter(zhang, "早", key="early", due_at=world.now - MINUTE),
        world.letter(zhang, "晚", key="late", **later),
    )
    _set(world, only="early", not_before=first, **values)

    assert _claim(world) == ([] if claimed is None else [claimed])


def test_it_claims_nothing_of_a_thread_in_which_a_later_text_is_under_way(
    world: World, zhang: MemberId
) -> None:
    world.enqueue(
        world.letter(zhang, "早", key="early", rule="dues_unpaid", due_at=world.now - MINUTE),
        world.letter(zhang, "晚", key="late"),
    )
    _set(world, only="late", state=SendState.SENDING)

    assert _claim(world) == []


def test_it_claims_no_more_than_it_was_asked_to(world: World, branch: UnitId) -> None:
    members = [world.member(name, branch) for name in ("张三", "李四", "王五")]
    world.enqueue(*(world.letter(member, f"给{member}") for member in members))

    assert len(_claim(world, limit=2)) == 2
    assert len(_claim(world, limit=2)) == 1


def test_it_claims_nothing_of_a_channel_at_rest(world: World, zhang: MemberId) -> None:
    world.enqueue(world.letter(zhang))
    with world.database.writing() as session:
        limits.pause(session, "sim", world.now + MINUTE, "频率超限" * 100)
        limits.pause(session, "sim", world.now + 2 * MINUTE, "频率超限")

    assert _claim(world) == []
    world.clock.advance(2 * MINUTE)
    assert _claim(world) == ["请看通知"]


def test_it_tells_when_the_next_row_is_due(world: World, zhang: MemberId) -> None:
    with world.database.reading() as session:
        assert queue.next_due(session, world.now) is None
    world.enqueue(
        world.letter(zhang, "现在"),
        world.letter(zhang, "最晚", due_at=world.now + 9 * MINUTE),
        world.letter(zhang, "晚点", due_at=world.now + 5 * MINUTE),
    )

    with world.database.reading() as session:
        assert queue.next_due(session, world.now) == world.now + 5 * MINUTE


def test_it_waits_for_the_end_of_a_rest(world: World, zhang: MemberId) -> None:
    world.enqueue(world.letter(zhang, due_at=world.now - MINUTE))
    with world.database.writing() as session:
        limits.pause(session, "sim", world.now + 3 * MINUTE, "频率超限")

    with world.database.reading() as session:
        assert queue.next_due(session, world.now) == world.now + 3 * MINUTE


def test_it_puts_each_row_off_until_a_moment_of_its_own(world: World, branch: UnitId) -> None:
    members = [world.member(name, branch) for name in ("张三", "李四")]
    world.enqueue(*(world.letter(member) for member in members))
    _claim(world)
    first, second = world.outbox()

    with world.database.writing() as session:
        queue.put_off(session, "me", {first.id: world.now + MINUTE, second.id: world.now})
        queue.put_off(session, "another", {first.id: world.now + LATER})
        queue.put_off(session, "me", {})

    after = [(row.not_before, row.state.value, row.tries) for row in world.outbox()]
    assert after == [(world.now + MINUTE, "queued", 0), (world.now, "queued", 0)]


def test_it_keeps_of_a_platforms_id_what_the_table_holds(world: World, zhang: MemberId) -> None:
    world.enqueue(world.letter(zhang))
    _claim(world)
    [row] = world.outbox()

    with world.database.writing() as session:
        queue.close(session, "me", [row.id], SendState.ACCEPTED, world.now, platform_id="M" * 500)

    [after] = world.outbox()
    assert (after.state, after.platform_id) == (SendState.ACCEPTED, "M" * 120)


def test_it_freezes_nothing_when_one_row_was_taken_away(world: World, branch: UnitId) -> None:
    members = [world.member(name, branch) for name in ("张三", "李四")]
    world.enqueue(*(world.letter(member, key=f"k{member}") for member in members))
    with world.database.writing() as session:
        rows = queue.claim_due(session, world.now, channels=["sim"], claim="me")
    _set(world, state=SendState.VOID, claim=None, only=f"k{members[0]}")

    with pytest.raises(queue.Unsendable), world.database.writing() as session:
        queue.freeze(session, "me", rows, "{}", world.now)

    assert world.states() == ["void", "claimed"]
    with world.database.reading() as session:
        assert session.scalars(select(OutboxBatch)).all() == []


def test_it_writes_nothing_under_a_claim_that_was_lost(world: World, zhang: MemberId) -> None:
    world.enqueue(world.letter(zhang))
    _claim(world, "first")
    world.clock.advance(queue.LEASE + MINUTE)
    with world.database.writing() as session:
        queue.sweep(session, world.now, {})
    _claim(world, "second")
    [row] = world.outbox()

    with world.database.writing() as session:
        queue.close(session, "first", [row.id], SendState.ACCEPTED, world.now)
        queue.put_back(session, "first", [row.id], world.now)
        queue.drop(session, "first", [row.id], world.now)

    [after] = world.outbox()
    assert (after.state, after.claim) == (SendState.CLAIMED, "second")


# --- what dead dispatchers left behind -------------------------------------------------------

_LOST = THURSDAY - MINUTE
_HELD = THURSDAY + MINUTE
_YOUNG = THURSDAY - timedelta(minutes=29)
_OLD = THURSDAY - WINDOW


@pytest.mark.parametrize(
    ("row", "first_try_at", "window", "after"),
    [
        pytest.param(
            {"state": "claimed", "lease_until": _LOST}, None, None, "queued", id="没发就断了"
        ),
        pytest.param(
            {"state": "claimed", "lease_until": _HELD}, None, None, "claimed", id="别人正拿着"
        ),
        pytest.param(
            {"state": "sending", "lease_until": _LOST}, _YOUNG, None, "uncertain", id="发到一半"
        ),
        pytest.param(
            {"state": "sending", "lease_until": _HELD}, _YOUNG, None, "sending", id="正在发"
        ),
        pytest.param(
            {"state": "sending", "lease_until": _LOST}, _YOUNG, WINDOW, "queued", id="平台查重内"
        ),
        pytest.param(
            {"state": "sending", "lease_until": _LOST}, _OLD, WINDOW, "uncertain", id="查重已过"
        ),
        pytest.param(
            {"state": "queued", "maybe_sent": True}, _YOUNG, WINDOW, "queued", id="等着重发"
        ),
        pytest.param(
            {"state": "queued", "maybe_sent": True}, _OLD, WINDOW, "uncertain", id="重发晚了"
        ),
        pytest.param(
            {"state": "queued", "expires_at": THURSDAY}, None, None, "expired", id="过了时效"
        ),
        pytest.param({"state": "queued", "expires_at": _HELD}, None, None, "queued", id="还有用"),
        pytest.param(
            {"state": "queued", "maybe_sent": True, "expires_at": THURSDAY},
            _YOUNG,
            WINDOW,
            "uncertain",
            id="可能发过又过了时效",
        ),
        pytest.param(
            {"state": "accepted", "expires_at": _LOST}, _OLD, WINDOW, "accepted", id="发完了"
        ),
    ],
)
def test_it_puts_right_what_was_left_behind(
    world: World,
    zhang: MemberId,
    row: dict[str, object],
    first_try_at: datetime | None,
    window: timedelta | None,
    after: str,
) -> None:
    world.enqueue(world.letter(zhang))
    with world.database.writing() as session:
        batch = OutboxBatch(
            channel="sim", body="{}", created_at=THURSDAY, first_try_at=first_try_at or THURSDAY
        )
        session.add(batch)
        session.flush()
        kept = {**row, "state": SendState(str(row["state"]))}
        session.execute(
            update(Outbox).values(batch_id=batch.id if first_try_at else None, claim="x", **kept)
        )

    with world.database.writing() as session:
        queue.sweep(session, world.now, {} if window is None else {"sim": window})

    [swept] = world.outbox()
    assert swept.state.value == after
    assert (swept.finished_at is None) == (after in ("queued", "claimed", "sending", "accepted"))
    if after == "queued":
        assert swept.maybe_sent == (first_try_at is not None)


def test_it_leaves_in_doubt_what_an_earlier_try_may_have_sent(
    world: World, zhang: MemberId
) -> None:
    """The answer was lost; then another dispatcher took the row up, and died before it sent."""
    world.enqueue(world.letter(zhang))
    _set(world, state=SendState.CLAIMED, lease_until=_LOST, maybe_sent=True, batch_id=None)

    with world.database.writing() as session:
        queue.sweep(session, world.now, {"sim": WINDOW})

    [row] = world.outbox()
    assert (row.state, row.maybe_sent) == (SendState.QUEUED, True)


def test_it_repeats_nothing_on_a_channel_that_checks_no_more(world: World, zhang: MemberId) -> None:
    """The channel's name stayed, its kind changed: there is no window left to repeat it in."""
    world.enqueue(world.letter(zhang))
    _set(world, maybe_sent=True)

    with world.database.writing() as session:
        queue.sweep(session, world.now, {})

    assert world.states() == ["uncertain"]


def test_it_refuses_after_a_day_what_waits_for_a_channel_that_is_gone(
    world: World, branch: UnitId
) -> None:
    zhang, li = world.member("张三", branch), world.member("李四", branch)
    world.enqueue(world.letter(zhang, "一", key="old"))
    world.enqueue(world.letter(li, "二", key="new", due_at=world.now + MINUTE))
    seen: list[list[str]] = []
    for channels in (["mp"], ["mp", "sim"], ["mp"]):
        if len(seen) == 1:
            world.clock.advance(queue.ORPHANED_AFTER)
        with world.database.writing() as session:
            queue.close_orphans(session, world.now, channels)
        seen.append(world.states())

    assert seen == [["queued", "queued"], ["queued", "queued"], ["refused", "queued"]]
    assert world.outbox()[0].detail == queue.CHANNEL_GONE


# --- what waits ------------------------------------------------------------------------------


def _backlog(world: World) -> Backlog:
    with world.database.reading() as session:
        return backlog.backlog(session, world.now, ["sim"])


def test_it_counts_what_could_leave_now(world: World, zhang: MemberId) -> None:
    empty = _backlog(world)
    world.enqueue(
        world.letter(zhang, "一", key="a", due_at=world.now - MINUTE),
        world.letter(zhang, "二", key="b"),
        world.letter(zhang, "三", key="c", due_at=world.now + MINUTE),
        world.letter(zhang, "四", key="d"),
        world.letter(zhang, "五", key="e", due_at=world.now - 9 * MINUTE),
    )
    _set(world, state=SendState.UNCERTAIN, only="d")
    _set(world, not_before=world.now + MINUTE, only="e")  # held for the night, or for another try

    assert empty == Backlog(0, None)
    assert _backlog(world) == Backlog(2, world.now - MINUTE)


def test_a_channel_at_rest_holds_nothing_up_and_what_waited_counts_from_its_end(
    world: World, zhang: MemberId
) -> None:
    world.enqueue(world.letter(zhang, due_at=world.now - timedelta(hours=1)))
    with world.database.writing() as session:
        limits.pause(session, "sim", world.now + MINUTE, "IP不可信")

    resting = _backlog(world)
    world.clock.advance(2 * MINUTE)

    assert resting == Backlog(0, None)
    assert _backlog(world) == Backlog(1, world.now - MINUTE)


def test_it_counts_by_channel_what_waits_for_one_that_is_not_configured(
    world: World, zhang: MemberId
) -> None:
    gone = Routes(private={"sim": Way("old", 2048)})
    world.enqueue(world.letter(zhang, "一"), world.letter(zhang, "二"), routes=gone)
    world.enqueue(world.letter(zhang, "三"))

    with world.database.reading() as session:
        assert backlog.count_orphans(session, ["sim"]) == {"old": 2}
    assert _backlog(world).waiting == 1


def test_it_counts_by_reason_what_ended_since(world: World, branch: UnitId) -> None:
    for number in range(4):
        world.enqueue(world.letter(world.member(f"党员{number}", branch), key=f"k{number}"))
    ended = {"state": SendState.REFUSED, "finished_at": world.now}
    for key, values in {
        "k0": {**ended, "detail": "账号不对"},
        "k1": {**ended, "detail": "账号不对"},
        "k2": {**ended, "detail": "文字太长", "finished_at": world.now - timedelta(days=9)},
    }.items():
        _set(world, only=key, **values)

    with world.database.reading() as session:
        found = backlog.count_finished(session, SendState.REFUSED, world.now - timedelta(days=7))

    assert found == {"账号不对": 2}


def test_it_never_reads_through_all_that_was_ever_sent(world: World, zhang: MemberId) -> None:
    """SQLite takes the indexes of unfinished rows only where a query says so in their own words."""
    if not world.database.is_sqlite:
        return  # its planner looks at the values that are asked for
    plans: list[str] = []

    def explain(
        connection: Connection, _cursor: object, statement: str, values: Any, *_: object
    ) -> None:
        if "outbox" in statement and not statement.startswith("INSERT"):
            driver: Any = connection.connection.driver_connection
            found = driver.execute(f"EXPLAIN QUERY PLAN {statement}", values).fetchall()
            plans.extend(row[3] for row in found)

    sender = ScriptedSender(world.clock, duplicate_window=WINDOW)
    world.enqueue(world.letter(zhang))
    bot = core(world.database, world.clock, sender)
    event.listen(world.database.engine, "before_cursor_execute", explain)
    assert bot.dispatcher.drain() == 1
    bot.dispatcher.next_due()
    _backlog(world)
    event.remove(world.database.engine, "before_cursor_execute", explain)

    assert len(plans) > 10
    through_all = ("SCAN outbox", "SCAN outbox_1", "SCAN outbox_2", "SCAN outbox_batch")
    assert [plan for plan in plans if plan in through_all] == []


# --- how often a channel may be used ---------------------------------------------------------


@pytest.mark.parametrize("per_minute", [1, 2, 3, 20, 100])
def test_it_never_allows_more_a_minute_whatever_the_moments(world: World, per_minute: int) -> None:
    dice, pace = random.Random(per_minute), Pace.within((per_minute, 60))
    moment, allowed = world.now, []
    with world.database.writing() as session:
        for _ in range(90):
            if limits.take(session, "robot", moment, pace) == 0.0:
                allowed.append(moment)
            moment += timedelta(seconds=dice.choice([0, 0, 0, 0.3, 1, 4]))

    busiest = max(
        sum(1 for other in allowed if first <= other < first + MINUTE) for first in allowed
    )
    assert busiest <= per_minute
    assert len(allowed) >= 2


@pytest.mark.parametrize("per_minute", [1, 20])
def test_it_allows_again_after_the_wait_it_named(world: World, per_minute: int) -> None:
    pace = Pace.within((per_minute, 60))
    with world.database.writing() as session:
        waits = [limits.take(session, "robot", world.now, pace) for _ in range(7)]
        later = world.now + timedelta(seconds=waits[-1])
        again = limits.take(session, "robot", later, pace)

    assert waits[0] == 0.0
    assert waits[-1] > 0.0
    assert again == 0.0


def test_a_burst_is_whole_however_odd_its_spacing(world: World) -> None:
    with world.database.writing() as session:
        waits = [limits.take(session, "sim|张三", world.now, MEMBER_PACE) for _ in range(9)]

    assert waits[: MEMBER_PACE.burst] == [0.0] * MEMBER_PACE.burst
    assert all(waits[MEMBER_PACE.burst :])


def test_it_takes_from_many_allowances_at_once(world: World) -> None:
    pace = Pace.within((4, 60))
    with world.database.writing() as session:
        assert limits.take_each(session, ["a", "b"], world.now, pace) == {}
        waits = limits.take_each(session, ["b", "c"], world.now, pace)
        again = limits.take_each(session, ["a", "b", "c"], world.now, pace)

    assert waits == {"b": pytest.approx(20, abs=0.01)}
    assert sorted(again) == ["a", "b", "c"]


def test_it_forgets_an_allowance_that_is_whole_again(world: World) -> None:
    with world.database.writing() as session:
        limits.take(session, "old", world.now, TWENTY)
        limits.take(session, "new", world.now + timedelta(hours=2), TWENTY)
        limits.forget_idle(session, world.now + timedelta(hours=2))
        kept = session.scalars(select(SendBucket.name)).all()

    assert kept == ["new"]


def test_it_shares_the_allowance_among_workers(world: World) -> None:
    def take(_: int) -> float:
        with world.database.writing() as session:
            return limits.take(session, "robot", world.now, TWENTY)

    with ThreadPoolExecutor(8) as workers:
        waits = list(workers.map(take, range(24)))

    assert sum(1 for wait in waits if wait == 0.0) == 5  # a quarter at once, the rest spread


def test_it_forgets_an_allowance_of_a_clock_that_ran_ahead(world: World) -> None:
    with world.database.writing() as session:
        limits.take(session, "robot", world.now + timedelta(days=30), TWENTY)

        assert limits.take(session, "robot", world.now, TWENTY) == 0.0
        kept = session.scalar(select(SendBucket.full_at))

    assert kept is not None
    assert kept < (world.now + MINUTE).timestamp()


def _to_group(unit_id: UnitId, due_at: datetime) -> Letter:
    return Letter(key=f"g{unit_id}", text=Text("明天开会"), due_at=due_at, unit_id=unit_id)


def _set(world: World, *, only: str | None = None, **values: object) -> None:
    with world.database.writing() as session:
        session.execute(
            update(Outbox)
            .where(Outbox.key == only if only is not None else Outbox.id > 0)
            .values(**values)
        )
