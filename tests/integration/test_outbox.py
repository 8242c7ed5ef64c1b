"""The outbox: what is queued, under which key, for whom; what is claimed, swept and limited."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, update

from bot.domain.ids import MemberId, UnitId
from bot.domain.sending import SendState
from bot.services import outbox, queue
from bot.services.outbox import Letter, Routes, Way
from bot.storage.engine import Database
from bot.storage.models import Account, Outbox, OutboxBatch, SendBucket
from tests.support.world import ROUTES, THURSDAY, World

MINUTE = timedelta(minutes=1)
WINDOW = timedelta(minutes=30)


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
            assert outbox.void(session, subject="meeting:1", detail="已改期") == 1
    world.enqueue(letter)

    assert world.states() == ["void", "void", "void", "queued"]


def test_it_voids_only_what_was_not_sent(world: World, zhang: MemberId) -> None:
    for number, state in enumerate(SendState):
        world.enqueue(world.letter(zhang, key=f"k{number}", subject="meeting:1"))
        _set(world, state=state, only=f"k{number}")

    with world.database.writing() as session:
        done = outbox.void(session, subject="meeting:1")

    kept = {row.key: row.state for row in world.outbox()}
    gone = {SendState.QUEUED, SendState.CLAIMED}
    assert done == 2
    assert kept == {
        f"k{number}": SendState.VOID if state in gone else state
        for number, state in enumerate(SendState)
    }


def test_it_voids_the_rows_of_named_rules_only(world: World, zhang: MemberId) -> None:
    world.enqueue(
        world.letter(zhang, key="a", subject="meeting:1", rule="meeting_upcoming"),
        world.letter(zhang, key="b", subject="meeting:1", rule="notice"),
        world.letter(zhang, key="c", subject="meeting:2", rule="meeting_upcoming"),
    )

    with world.database.writing() as session:
        outbox.void(session, subject="meeting:1", rules=["meeting_upcoming"])

    assert world.states() == ["void", "queued", "queued"]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        pytest.param("一二三四\n五六七八", ["一二三四\n五六七八"], id="正好放下"),
        pytest.param("一二三四\n五六七八九", ["一二三四", "五六七八九"], id="在行末断开"),
        pytest.param("一二三四五六七八九十", ["一二三四五六七八", "九十"], id="一行太长"),
        pytest.param("一\n二\n三四五六七\n八", ["一\n二\n三四五六七", "八"], id="尽量多放几行"),
    ],
)
def test_it_splits_a_long_text_at_lines_in_order(
    world: World, zhang: MemberId, text: str, parts: list[str]
) -> None:
    routes = Routes(private={"sim": Way("sim", 25)})

    world.enqueue(world.letter(zhang, text, key="k"), routes=routes)

    rows = world.outbox()
    assert [row.text for row in rows] == parts
    assert [row.key for row in rows] == ["k", "k#2"][: len(parts)]
    assert all(len(row.text.encode()) <= 25 for row in rows)


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


def test_it_claims_no_more_than_it_was_asked_to(world: World, branch: UnitId) -> None:
    members = [world.member(name, branch) for name in ("张三", "李四", "王五")]
    world.enqueue(*(world.letter(member, f"给{member}") for member in members))

    assert len(_claim(world, limit=2)) == 2
    assert len(_claim(world, limit=2)) == 1


def test_it_claims_nothing_of_a_channel_at_rest(world: World, zhang: MemberId) -> None:
    world.enqueue(world.letter(zhang))
    with world.database.writing() as session:
        queue.pause(session, "sim", world.now + MINUTE, "频率超限" * 100)
        queue.pause(session, "sim", world.now + 2 * MINUTE, "频率超限")

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


def test_it_counts_what_waits_and_what_nobody_can_know(world: World, zhang: MemberId) -> None:
    with world.database.reading() as session:
        empty = queue.backlog(session, world.now)
    world.enqueue(
        world.letter(zhang, "一", key="a", due_at=world.now - MINUTE),
        world.letter(zhang, "二", key="b"),
        world.letter(zhang, "三", key="c", due_at=world.now + MINUTE),
        world.letter(zhang, "四", key="d"),
    )
    _set(world, state=SendState.UNCERTAIN, only="d")

    with world.database.reading() as session:
        found = queue.backlog(session, world.now)

    assert empty == queue.Backlog(0, None, 0)
    assert found == queue.Backlog(2, world.now - MINUTE, 1)


# --- how often a channel may be used ---------------------------------------------------------


@pytest.mark.parametrize("per_minute", [1, 2, 3, 20, 100])
def test_it_never_allows_more_a_minute_whatever_the_moments(world: World, per_minute: int) -> None:
    dice = random.Random(per_minute)
    moment, allowed = world.now, []
    with world.database.writing() as session:
        for _ in range(150):
            if queue.take_allowance(session, "robot", moment, per_minute) == 0.0:
                allowed.append(moment)
            moment += timedelta(seconds=dice.choice([0, 0, 0, 0.3, 1, 4]))

    busiest = max(
        sum(1 for other in allowed if first <= other < first + MINUTE) for first in allowed
    )
    assert busiest <= per_minute
    assert len(allowed) >= 2


@pytest.mark.parametrize("per_minute", [1, 20])
def test_it_allows_again_after_the_wait_it_named(world: World, per_minute: int) -> None:
    with world.database.writing() as session:
        waits = [queue.take_allowance(session, "robot", world.now, per_minute) for _ in range(7)]
        later = world.now + timedelta(seconds=waits[-1])
        again = queue.take_allowance(session, "robot", later, per_minute)

    assert waits[0] == 0.0
    assert waits[-1] > 0.0
    assert again == 0.0


def test_it_shares_the_allowance_among_workers(world: World) -> None:
    def take(_: int) -> float:
        with world.database.writing() as session:
            return queue.take_allowance(session, "robot", world.now, 20)

    with ThreadPoolExecutor(8) as workers:
        waits = list(workers.map(take, range(24)))

    assert sum(1 for wait in waits if wait == 0.0) == 5  # a quarter at once, the rest spread


def test_it_forgets_an_allowance_of_a_clock_that_ran_ahead(world: World) -> None:
    with world.database.writing() as session:
        queue.take_allowance(session, "robot", world.now + timedelta(days=30), 20)

        assert queue.take_allowance(session, "robot", world.now, 20) == 0.0
        kept = session.scalar(select(SendBucket.full_at))

    assert kept is not None
    assert kept < (world.now + MINUTE).timestamp()


def _to_group(unit_id: UnitId, due_at: datetime) -> Letter:
    return Letter(key=f"g{unit_id}", text="明天开会", due_at=due_at, unit_id=unit_id)


def _set(world: World, *, only: str | None = None, **values: object) -> None:
    with world.database.writing() as session:
        session.execute(
            update(Outbox)
            .where(Outbox.key == only if only is not None else Outbox.id > 0)
            .values(**values)
        )
