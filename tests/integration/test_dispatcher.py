"""The dispatcher: what it sends, in which order, what it makes of every answer."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.channels.simulator import SPACE
from bot.clock import at
from bot.domain.burden import Policy, Urgency
from bot.domain.ids import MemberId, UnitId
from bot.domain.sending import Pace, SendError, SendState, Sent
from bot.services import outbox, queue
from bot.services.outbox import Letter, Routes, Way
from bot.services.workdays import PublishedWorkdays
from bot.storage.engine import Database
from bot.storage.models import OutboxBatch
from scheduler.dispatcher import Dispatcher
from scheduler.requests import BROKEN, MOST_TRIES
from scheduler.rule import Asked, Rule, Setting
from tests.support.world import ScriptedSender, World

SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
WINDOW = timedelta(minutes=29)

FREQUENCY = SendError("接口调用超过频率", code=45009, pauses_channel=True)
BUSY = SendError("系统繁忙", code=-1)
TIMEOUT = SendError("没有等到回应", code="timeout", uncertain=True)
REFUSED = SendError("没有权限发给这些人", code=60011, permanent=True)


class SettledRule:
    """A rule whose reminders are settled when a test says so, and that breaks over some."""

    def __init__(self, urgency: Urgency = Urgency.ORDINARY, *, joins: bool = False) -> None:
        self.settled: set[str] = set()
        self.breaks_over: set[str] = set()
        self.rule = Rule(
            name="watched",
            title="一条提醒",
            source="meetings.ladder",
            slots=lambda _after, _until: (),
            reminders=lambda _session, _slot, _setting: (),
            satisfied=self._satisfied,
            urgency=urgency,
            joins=joins,
        )

    def _satisfied(
        self, _session: Session, asked: Sequence[Asked], _now: datetime
    ) -> Collection[int]:
        if any(row.subject in self.breaks_over for row in asked):
            raise ValueError("no such subject")
        return [row.id for row in asked if row.subject in self.settled]


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


@pytest.fixture
def li(world: World, branch: UnitId) -> MemberId:
    """Return another member with an account."""
    return world.member("李四", branch)


def _dispatcher(
    world: World, *senders: ScriptedSender, rule: SettledRule | None = None
) -> Dispatcher:
    return Dispatcher(
        database=world.database,
        clock=world.clock,
        senders={sender.name: sender for sender in senders},
        rules=[rule.rule] if rule else [],
        setting=Setting(PublishedWorkdays(), Policy()),
    )


def _work_for(world: World, dispatcher: Dispatcher, lasting: timedelta) -> None:
    """Let time pass, stopping wherever something may be tried."""
    until = world.now + lasting
    dispatcher.drain()
    while (following := dispatcher.next_due()) is not None and following <= until:
        world.clock.set(following)
        dispatcher.drain()
    world.clock.set(until)
    dispatcher.drain()


def _reminder(world: World, member_id: MemberId, text: str = "还没有登记", **more: Any) -> Letter:
    values = {"rule": "watched", "slot": "2026-03/first", "subject": f"dues:{member_id}", **more}
    return world.letter(member_id, text, **values)


# --- in order --------------------------------------------------------------------------------


def test_it_sends_one_text_to_many_in_one_request(world: World, branch: UnitId) -> None:
    members = [world.member(f"党员{number}", branch) for number in range(7)]
    sender = ScriptedSender(world.clock, max_recipients=3)
    world.enqueue(*(world.letter(member) for member in members))

    assert _dispatcher(world, sender).drain() == 7

    assert [len(handed.to) for handed in sender.handed] == [3, 3, 1]
    assert Counter(address for address, _ in sender.delivered()) == Counter(
        f"党员{number}" for number in range(7)
    )
    assert {row.platform_id for row in world.outbox()} == {"no-1", "no-2", "no-3"}
    assert all(row.finished_at == world.now and row.claim is None for row in world.outbox())


def test_it_keeps_the_order_of_a_chat_while_the_first_is_tried_again(
    world: World, zhang: MemberId, li: MemberId
) -> None:
    sender = ScriptedSender(world.clock, BUSY, Sent(), BUSY)
    dispatcher = _dispatcher(world, sender)
    world.enqueue(world.letter(zhang, "第一"))
    dispatcher.drain()
    world.enqueue(world.letter(zhang, "第二"), world.letter(li, "别人的"))

    for _ in range(10):
        dispatcher.drain()
        world.clock.advance(5 * SECOND)

    assert [text for address, text in sender.delivered() if address == "张三"] == [
        "第一",
        "第一",
        "第一",
        "第二",
    ]
    assert ("李四", "别人的") in sender.delivered()
    assert world.states() == ["accepted"] * 3


def test_it_answers_at_night_though_a_reminder_is_held_until_the_morning(
    world: World, zhang: MemberId
) -> None:
    rule, sender = SettledRule(), ScriptedSender(world.clock)
    dispatcher = _dispatcher(world, sender, rule=rule)
    world.clock.set(at(_FRIDAY, 20, 20))
    world.enqueue(_reminder(world, zhang))
    world.clock.set(at(_FRIDAY, 20, 31))
    dispatcher.drain()
    world.clock.set(at(_FRIDAY, 21))
    world.enqueue(world.letter(zhang, "您的党费：3月已交"))

    dispatcher.drain()

    assert [handed.text for handed in sender.handed] == ["您的党费：3月已交"]
    assert world.states() == ["queued", "accepted"]


def test_it_keeps_the_parts_of_a_long_reminder_in_order_when_it_is_held(
    world: World, zhang: MemberId
) -> None:
    rule, sender = SettledRule(), ScriptedSender(world.clock)
    dispatcher = _dispatcher(world, sender, rule=rule)
    text = "\n".join(f"第{number}行" * 60 for number in range(20))
    world.enqueue(_reminder(world, zhang, text, key="long"))
    world.clock.set(at(_FRIDAY, 20, 31))

    _work_for(world, dispatcher, timedelta(days=3))

    assert _put_together(sender) == text


def _put_together(sender: ScriptedSender) -> str:
    """Return the parts as one text, without their numbers （1/5）."""
    parts = [handed.text for handed in sender.handed]
    for number, part in enumerate(parts, start=1):
        assert part.startswith(f"（{number}/{len(parts)}）")
    return "\n".join(part.partition("）")[2] for part in parts)


def test_it_sends_the_parts_of_a_long_text_in_order(world: World, zhang: MemberId) -> None:
    text = "\n".join(f"第{number}行" * 60 for number in range(20))
    sender = ScriptedSender(world.clock)
    world.enqueue(world.letter(zhang, text, key="long"))

    _dispatcher(world, sender).drain()

    assert _put_together(sender) == text
    assert len(sender.handed) > 3


def test_it_fills_its_requests(world: World, branch: UnitId) -> None:
    """2500 members are three sends of at most 1000."""
    members = world.members(2500, branch)
    sender = ScriptedSender(world.clock)
    world.enqueue(*(world.letter(member) for member in members))

    assert _dispatcher(world, sender).drain() == 2500

    assert [len(handed.to) for handed in sender.handed] == [1000, 1000, 500]


@pytest.mark.parametrize("people", [250])
def test_it_lets_four_dispatchers_send_a_thousand_rows_once(
    world: World, branch: UnitId, people: int
) -> None:
    members = world.members(people, branch)
    sender = ScriptedSender(world.clock, max_recipients=20)
    world.enqueue(
        *(world.letter(member, f"第{number}条") for number in range(4) for member in members)
    )

    start = threading.Barrier(4)

    def work() -> int:
        start.wait()
        sent = idle = 0
        while idle < 3:  # a row may wait behind one that another dispatcher holds
            done = _dispatcher(world, sender).drain()
            sent += done
            idle = 0 if done else idle + 1
        return sent

    with ThreadPoolExecutor(4) as workers:
        sent = sum(done.result() for done in [workers.submit(work) for _ in range(4)])
    sent += _dispatcher(world, sender).drain()

    assert sent == 4 * people
    assert set(Counter(sender.delivered()).values()) == {1}
    assert len(sender.delivered()) == 4 * people
    assert set(world.states()) == {"accepted"}
    first = [text for address, text in sender.delivered() if address == "党员1"]
    assert first == ["第0条", "第1条", "第2条", "第3条"]


# --- what the platform said ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("error", "window", "states"),
    [
        pytest.param(REFUSED, None, ["refused"], id="再试也没用"),
        pytest.param(REFUSED, WINDOW, ["refused"], id="再试也没用，平台查重"),
        pytest.param(TIMEOUT, None, ["uncertain"], id="回执丢失，没有查重"),
        pytest.param(TIMEOUT, WINDOW, ["queued", "accepted"], id="回执丢失，平台查重"),
        pytest.param(BUSY, None, ["queued", "accepted"], id="系统繁忙"),
        pytest.param(BUSY, WINDOW, ["queued", "accepted"], id="系统繁忙，平台查重"),
        pytest.param(FREQUENCY, None, ["queued", "accepted"], id="超过频率"),
        pytest.param(OSError("socket"), None, ["uncertain"], id="通道出错，没有查重"),
        pytest.param(OSError("socket"), WINDOW, ["queued", "accepted"], id="通道出错，平台查重"),
    ],
)
def test_it_makes_of_an_answer_what_it_means(
    world: World,
    zhang: MemberId,
    error: Exception,
    window: timedelta | None,
    states: list[str],
) -> None:
    sender = ScriptedSender(world.clock, error, duplicate_window=window)
    dispatcher = _dispatcher(world, sender)
    world.enqueue(world.letter(zhang))

    seen = []
    for _ in states:
        dispatcher.drain()
        seen += world.states()
        world.clock.advance(MINUTE)

    assert seen == states
    [row] = world.outbox()
    if states == ["refused"]:
        assert row.detail == "没有权限发给这些人"
    assert row.finished_at is not None
    assert row.claim is None


def test_it_repeats_the_very_body_when_the_answer_was_lost(
    world: World, zhang: MemberId, li: MemberId
) -> None:
    sender = ScriptedSender(world.clock, TIMEOUT, TIMEOUT, duplicate_window=WINDOW)
    dispatcher = _dispatcher(world, sender)
    world.enqueue(world.letter(zhang), world.letter(li))

    for _ in range(4):
        dispatcher.drain()
        world.clock.advance(MINUTE)

    assert [handed.to for handed in sender.handed] == [("张三", "李四")] * 3
    assert len({handed.body for handed in sender.handed}) == 1
    assert world.states() == ["accepted"] * 2
    with world.database.reading() as session:
        assert session.scalars(select(OutboxBatch.body)).all() == [sender.handed[0].body]


def test_it_repeats_nothing_once_the_duplicate_check_is_over(world: World, zhang: MemberId) -> None:
    sender = ScriptedSender(world.clock, *[TIMEOUT] * 9, duplicate_window=WINDOW)
    dispatcher = _dispatcher(world, sender)
    world.enqueue(world.letter(zhang))
    began = world.now

    _work_for(world, dispatcher, timedelta(hours=4))

    assert world.states() == ["uncertain"]
    assert max(handed.at for handed in sender.handed) < began + WINDOW


def test_it_repeats_nothing_though_another_died_over_it_meanwhile(
    world: World, zhang: MemberId
) -> None:
    """The answer was lost; the next dispatcher claimed the row and was killed before it sent."""
    sender = ScriptedSender(world.clock, TIMEOUT, duplicate_window=WINDOW)
    dispatcher = _dispatcher(world, sender)
    world.enqueue(world.letter(zhang))
    dispatcher.drain()
    world.clock.advance(MINUTE)
    with world.database.writing() as session:
        assert queue.claim_due(session, world.now, channels=["sim"], claim="killed")
    world.clock.advance(WINDOW)

    dispatcher.drain()

    assert len(sender.handed) == 1
    assert world.states() == ["uncertain"]


def test_it_repeats_the_whole_body_though_somebody_has_paid_meanwhile(
    world: World, zhang: MemberId, li: MemberId
) -> None:
    rule, sender = SettledRule(), ScriptedSender(world.clock, TIMEOUT, duplicate_window=WINDOW)
    dispatcher = _dispatcher(world, sender, rule=rule)
    world.enqueue(_reminder(world, zhang), _reminder(world, li))
    dispatcher.drain()
    world.clock.advance(MINUTE)
    with world.database.writing() as session:
        assert queue.claim_due(session, world.now, channels=["sim"], claim="killed")
    world.clock.advance(queue.LEASE + MINUTE)
    rule.settled.add(f"dues:{zhang}")

    dispatcher.drain()

    assert [handed.to for handed in sender.handed] == [("张三", "李四")] * 2
    assert len({handed.body for handed in sender.handed}) == 1
    assert world.states() == ["accepted", "accepted"]


def test_it_asks_the_clock_again_before_it_repeats(
    world: World, zhang: MemberId, li: MemberId
) -> None:
    """The round began within the window, but the request before took its time."""

    def slowly(_body: str) -> Sent:
        world.clock.advance(2 * MINUTE)
        return Sent()

    sender = ScriptedSender(world.clock, TIMEOUT, TIMEOUT, slowly, duplicate_window=WINDOW)
    dispatcher = _dispatcher(world, sender)
    world.enqueue(world.letter(zhang, "给张三"), world.letter(li, "给李四"))
    dispatcher.drain()
    world.clock.advance(WINDOW - MINUTE)

    dispatcher.drain()

    assert [handed.text for handed in sender.handed] == ["给张三", "给李四", "给张三"]
    assert world.states() == ["accepted", "uncertain"]


@pytest.mark.parametrize("second", [REFUSED, BUSY], ids=["再试也没用", "一直繁忙"])
def test_it_stays_uncertain_whatever_comes_after_a_lost_answer(
    world: World, zhang: MemberId, second: SendError
) -> None:
    sender = ScriptedSender(world.clock, TIMEOUT, *[second] * 9, duplicate_window=20 * WINDOW)
    dispatcher = _dispatcher(world, sender)
    world.enqueue(world.letter(zhang))

    _work_for(world, dispatcher, timedelta(hours=4))

    assert world.states() == ["uncertain"]


def test_it_gives_up_after_the_last_try_and_says_why(world: World, zhang: MemberId) -> None:
    sender = ScriptedSender(world.clock, *[BUSY] * 99)
    dispatcher = _dispatcher(world, sender)
    world.enqueue(world.letter(zhang))

    _work_for(world, dispatcher, timedelta(hours=4))

    tried = [handed.at for handed in sender.handed]
    pauses = [later - earlier for earlier, later in pairwise(tried)]
    [row] = world.outbox()
    assert (row.state, row.detail) == (SendState.REFUSED, "系统繁忙")
    assert len(tried) == MOST_TRIES
    assert pauses == sorted(pauses)


def test_it_refuses_by_name_those_the_platform_did_not_reach(world: World, branch: UnitId) -> None:
    zhang, li = world.member("ZhangSan", branch), world.member("LiSi", branch)
    sender = ScriptedSender(world.clock, Sent("m1", refused={"zhangsan": "账号不在可见范围里"}))
    world.enqueue(world.letter(zhang), world.letter(li))

    assert _dispatcher(world, sender).drain() == 1

    told = {row.member_id: (row.state.value, row.detail) for row in world.outbox()}
    assert told == {zhang: ("refused", "账号不在可见范围里"), li: ("accepted", "")}


def test_it_lets_a_channel_rest_for_everybody(world: World, zhang: MemberId, li: MemberId) -> None:
    blocked = SendError(
        "频率超限", code=45009, pauses_channel=True, retry_after=timedelta(minutes=10)
    )
    sender = ScriptedSender(world.clock, blocked, max_recipients=1)
    world.enqueue(world.letter(zhang, "给张三"), world.letter(li, "给李四"))

    _dispatcher(world, sender).drain()
    asked_at_once = len(sender.handed)
    world.clock.advance(9 * MINUTE)
    _dispatcher(world, sender).drain()
    asked_too_early = len(sender.handed)
    world.clock.advance(2 * MINUTE)
    _dispatcher(world, sender).drain()

    assert (asked_at_once, asked_too_early, len(sender.handed)) == (1, 1, 3)
    assert world.states() == ["accepted", "accepted"]


@pytest.mark.parametrize(
    "error",
    [
        pytest.param(
            SendError("IP不可信", code=60020, pauses_channel=True, retry_after=10 * MINUTE),
            id="配置不对",
        ),
        pytest.param(
            SendError("太频繁", code=45009, pauses_channel=True, retry_after=MINUTE), id="超过频率"
        ),
        pytest.param(
            SendError("连不上", code="connect_network", pauses_channel=True), id="连不上平台"
        ),
    ],
)
def test_it_loses_nothing_while_the_whole_channel_is_down(
    world: World, zhang: MemberId, error: SendError
) -> None:
    sender = ScriptedSender(world.clock, *[error] * 99)
    dispatcher = _dispatcher(world, sender)
    world.enqueue(world.letter(zhang))

    _work_for(world, dispatcher, (MOST_TRIES + 1) * (error.retry_after or MINUTE))
    down = world.states()
    sender.recover()
    _work_for(world, dispatcher, timedelta(minutes=11))

    assert down == ["queued"]
    assert world.states() == ["accepted"]
    assert len(sender.handed) > MOST_TRIES
    assert [row.tries for row in world.outbox()] == [1]  # only the one that says something of it


def test_its_last_try_is_not_taken_by_a_channel_that_is_down(world: World, zhang: MemberId) -> None:
    tried = [*[BUSY] * (MOST_TRIES - 1), FREQUENCY]
    sender = ScriptedSender(world.clock, *tried)
    dispatcher = _dispatcher(world, sender)
    world.enqueue(world.letter(zhang))

    _work_for(world, dispatcher, timedelta(hours=2))

    assert world.states() == ["accepted"]
    assert len(sender.handed) == MOST_TRIES + 1


def test_it_is_uncertain_when_a_hung_webhook_rests(world: World, zhang: MemberId) -> None:
    hung = SendError("没有回执", code="timeout", uncertain=True, pauses_channel=True)
    sender = ScriptedSender(world.clock, hung, max_recipients=1)
    dispatcher = _dispatcher(world, sender)
    world.enqueue(world.letter(zhang, "一"), world.letter(zhang, "二"))

    dispatcher.drain()
    early = world.states()
    _work_for(world, dispatcher, 2 * MINUTE)

    assert early == ["uncertain", "queued"]
    assert world.states() == ["uncertain", "accepted"]


def test_it_lets_a_channel_that_hangs_stop_no_other(
    world: World, zhang: MemberId, li: MemberId
) -> None:
    """The hung request comes back only after the other channel has sent everything."""
    others_done = threading.Event()
    moments = []

    def hang(_body: str) -> Sent:
        moments.append("hung")
        assert others_done.wait(30)
        raise SendError("没有回执", code="timeout", uncertain=True, pauses_channel=True)

    def last(_body: str) -> Sent:
        others_done.set()
        return Sent()

    hung = ScriptedSender(world.clock, hang, max_recipients=1)
    fine = ScriptedSender(world.clock, Sent(), last, name="mp", max_recipients=1)
    world.enqueue(world.letter(zhang, "一"), world.letter(li, "二"))
    routes = Routes(private={SPACE: Way("mp", 2048)})
    world.enqueue(world.letter(zhang, "三"), world.letter(li, "四"), routes=routes)

    _dispatcher(world, hung, fine).dispatch()

    assert moments == ["hung"]  # it is not knocked at again in this round
    assert [handed.text for handed in fine.handed] == ["三", "四"]
    assert world.states() == ["uncertain", "queued", "accepted", "accepted"]


def test_it_ends_after_the_request_on_its_way_and_puts_the_rest_back(
    world: World, branch: UnitId
) -> None:
    sender = ScriptedSender(world.clock, max_recipients=1)
    dispatcher = _dispatcher(world, sender)
    world.enqueue(*(world.letter(member) for member in world.members(5, branch)))

    def told_to_stop(_body: str) -> Sent:
        dispatcher.stop()
        return Sent()

    sender.then(Sent(), told_to_stop)
    dispatcher.drain()
    stopped = [(row.state.value, row.claim, row.tries) for row in world.outbox()]

    assert Counter(stopped) == {("accepted", None, 1): 2, ("queued", None, 0): 3}
    assert _dispatcher(world, sender).drain() == 3


def test_it_puts_back_what_it_cannot_begin_within_its_lease(world: World, branch: UnitId) -> None:
    def slowly(_body: str) -> Sent:
        world.clock.advance(queue.LEASE / 2)
        return Sent()

    sender = ScriptedSender(world.clock, slowly, max_recipients=1)
    world.enqueue(*(world.letter(member) for member in world.members(3, branch)))

    _dispatcher(world, sender).dispatch()

    assert world.states() == ["accepted", "queued", "queued"]


def test_it_leaves_a_line_a_request_and_no_word_of_it(
    world: World, zhang: MemberId, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "scheduler.requests")
    sender = ScriptedSender(world.clock, BUSY, Sent("msg-1"))
    world.enqueue(world.letter(zhang, "请交党费"))

    _work_for(world, _dispatcher(world, sender), MINUTE)

    lines = [vars(record) for record in caplog.records]
    [row] = world.outbox()
    about = [(line["batch_id"], line["rows"], line["state"]) for line in lines]
    assert about == [(1, 1, "queued"), (row.batch_id, 1, "accepted")]
    assert lines[1]["platform_id"] == "msg-1"
    assert all(line["outbox_id"] == [row.id] for line in lines)
    assert not any(word in str(lines) for word in ("张三", "党费"))


def test_it_takes_only_rows_it_can_send(world: World, zhang: MemberId) -> None:
    world.enqueue(world.letter(zhang))

    assert _dispatcher(world, ScriptedSender(world.clock, name="mp")).drain() == 0
    assert _dispatcher(world).drain() == 0

    assert world.states() == ["queued"]


# --- how often -------------------------------------------------------------------------------


def test_it_never_sends_more_a_minute_than_allowed_with_three_dispatchers(
    world: World, branch: UnitId
) -> None:
    members = world.members(14, branch)
    sender = ScriptedSender(world.clock, max_recipients=1, per_minute=8)
    world.enqueue(*(world.letter(member) for member in members))
    dispatchers = [_dispatcher(world, sender) for _ in range(3)]

    while len(sender.handed) < 14:
        for dispatcher in dispatchers:
            dispatcher.dispatch()
        world.clock.advance(5 * SECOND)

    moments = [handed.at for handed in sender.handed]
    busiest = max(sum(1 for m in moments if first <= m < first + MINUTE) for first in moments)
    assert len(moments) == 14
    assert busiest <= 8


def test_it_never_sends_one_member_more_than_is_allowed(world: World, zhang: MemberId) -> None:
    """What is over the limit the platform drops without a word."""
    sender = ScriptedSender(world.clock, address_pace=Pace.within((8, 60)))
    dispatcher = _dispatcher(world, sender)
    world.enqueue(*(world.letter(zhang, f"第{number}条") for number in range(12)))

    _work_for(world, dispatcher, 2 * MINUTE)

    moments = [handed.at for handed in sender.handed]
    assert [handed.text for handed in sender.handed] == [f"第{number}条" for number in range(12)]
    assert max(sum(1 for m in moments if first <= m < first + MINUTE) for first in moments) == 8
    assert {row.tries for row in world.outbox()} == {1}


# --- asked again before sending --------------------------------------------------------------


def test_it_drops_a_reminder_that_was_answered_before_sending(
    world: World, zhang: MemberId, li: MemberId
) -> None:
    rule, sender = SettledRule(), ScriptedSender(world.clock)
    world.enqueue(_reminder(world, zhang), _reminder(world, li))
    rule.settled.add(f"dues:{zhang}")

    _dispatcher(world, sender, rule=rule).drain()

    assert sender.delivered() == [("李四", "还没有登记")]
    assert [(row.state.value, row.detail) for row in world.outbox()] == [
        ("void", "已办妥，不再提醒"),
        ("accepted", ""),
    ]


def test_it_drops_one_who_has_paid_between_two_tries(
    world: World, zhang: MemberId, li: MemberId
) -> None:
    rule, sender = SettledRule(), ScriptedSender(world.clock, BUSY)
    dispatcher = _dispatcher(world, sender, rule=rule)
    world.enqueue(_reminder(world, zhang), _reminder(world, li))
    dispatcher.drain()
    rule.settled.add(f"dues:{zhang}")
    world.clock.advance(MINUTE)

    dispatcher.drain()

    assert [handed.to for handed in sender.handed] == [("张三", "李四"), ("李四",)]


def test_it_sends_a_request_once_when_its_rows_come_back_apart(
    world: World, branch: UnitId
) -> None:
    """All were put off together; then an older text to one of them holds that one back."""
    names = ("张三", "李四", "王五")
    members = [world.member(name, branch) for name in names]
    sender = ScriptedSender(world.clock, BUSY, BUSY)
    dispatcher = _dispatcher(world, sender)
    world.enqueue(*(world.letter(member) for member in members))
    dispatcher.drain()
    world.clock.advance(6 * SECOND)
    world.enqueue(world.letter(members[0], "更早的", due_at=world.now - MINUTE))

    for _ in range(5):
        dispatcher.drain()
        world.clock.advance(MINUTE)

    tried = [handed for handed in sender.handed[2:] if handed.text == "请看通知"]
    assert Counter(address for handed in tried for address in handed.to) == Counter(
        dict.fromkeys(names, 1)
    )


def test_it_sends_the_rest_when_one_row_is_voided_at_the_last_moment(
    world: World, zhang: MemberId, li: MemberId
) -> None:
    class Meddler(ScriptedSender):
        def compose(self, addresses: Sequence[str], text: str) -> str:
            if not self.handed and "张三" in addresses:
                with world.database.writing() as session:
                    outbox.void(session, subject="meeting:1", now=world.now)
            return super().compose(addresses, text)

    sender = Meddler(world.clock)
    world.enqueue(world.letter(zhang, subject="meeting:1"), world.letter(li, subject="meeting:2"))

    _dispatcher(world, sender).drain()

    assert sender.delivered() == [("李四", "请看通知")]
    assert world.states() == ["void", "accepted"]


# --- poison ----------------------------------------------------------------------------------


def test_it_lets_a_reminder_its_rule_breaks_over_harm_no_other(
    world: World, zhang: MemberId, li: MemberId
) -> None:
    rule, sender = SettledRule(), ScriptedSender(world.clock)
    dispatcher = _dispatcher(world, sender, rule=rule)
    rule.breaks_over.add(f"dues:{zhang}")
    world.enqueue(_reminder(world, zhang), _reminder(world, li))

    dispatcher.drain()
    early = world.states()
    _work_for(world, dispatcher, timedelta(hours=4))

    assert early == ["queued", "accepted"]
    assert [(row.state.value, row.detail) for row in world.outbox()] == [
        ("refused", BROKEN),
        ("accepted", ""),
    ]


def test_it_lets_a_text_that_cannot_be_put_together_harm_no_other(
    world: World, zhang: MemberId, li: MemberId
) -> None:
    class Picky(ScriptedSender):
        def compose(self, addresses: Sequence[str], text: str) -> str:
            if "张三" in addresses:
                raise UnicodeError("张三")
            return super().compose(addresses, text)

    sender = Picky(world.clock)
    dispatcher = _dispatcher(world, sender)
    world.enqueue(world.letter(zhang), world.letter(li))

    _work_for(world, dispatcher, timedelta(hours=4))

    assert sender.delivered() == [("李四", "请看通知")]
    assert [(row.state.value, row.detail) for row in world.outbox()] == [
        ("refused", BROKEN),
        ("accepted", ""),
    ]


def test_it_goes_on_when_what_was_said_cannot_be_written_down(
    world: World, zhang: MemberId, li: MemberId
) -> None:
    """The disk is full for a moment after the platform has accepted."""
    cannot_be_stored: Any = object()
    sender = ScriptedSender(world.clock, Sent(message_id=cannot_be_stored), max_recipients=1)
    dispatcher = _dispatcher(world, sender)
    world.enqueue(world.letter(zhang, "给张三"), world.letter(li, "给李四"))

    dispatcher.drain()
    early = world.states()
    world.clock.advance(3 * MINUTE)
    dispatcher.drain()

    assert early == ["sending", "accepted"]
    assert world.states() == ["uncertain", "accepted"]
    assert len(sender.handed) == 2


# --- expiry and quiet hours ------------------------------------------------------------------


def test_it_expires_what_is_of_no_more_use(world: World, zhang: MemberId) -> None:
    sender = ScriptedSender(world.clock, BUSY)
    dispatcher = _dispatcher(world, sender)
    world.enqueue(world.letter(zhang, expires_at=world.now + MINUTE))
    dispatcher.drain()
    world.clock.advance(MINUTE)

    dispatcher.drain()

    [row] = world.outbox()
    assert (row.state, row.detail) == (SendState.EXPIRED, "已过时效，未发送")
    assert len(sender.handed) == 1


_FRIDAY, _SATURDAY, _SUNDAY, _MONDAY = (date(2026, 3, day) for day in (13, 14, 15, 16))


@pytest.mark.parametrize(
    ("late_at", "urgency", "earliest", "latest"),
    [
        pytest.param(at(_FRIDAY, 20, 29), Urgency.ORDINARY, at(_FRIDAY, 20, 29), None, id="20:29"),
        pytest.param(
            at(_FRIDAY, 20, 30), Urgency.ORDINARY, at(_MONDAY, 8), at(_MONDAY, 8, 10), id="20:30"
        ),
        pytest.param(
            at(_FRIDAY, 20, 30),
            Urgency.EVENT_DAY,
            at(_SATURDAY, 8),
            at(_SATURDAY, 8, 10),
            id="20:30，次日的事",
        ),
        pytest.param(
            at(_SATURDAY, 10), Urgency.ORDINARY, at(_MONDAY, 8), at(_MONDAY, 8, 10), id="周六"
        ),
        pytest.param(
            at(_SATURDAY, 10), Urgency.EVENT_DAY, at(_SATURDAY, 10), None, id="周六，当日的事"
        ),
        pytest.param(
            at(_MONDAY, 7, 59), Urgency.ORDINARY, at(_MONDAY, 8), at(_MONDAY, 8, 10), id="7:59"
        ),
        pytest.param(at(_MONDAY, 8), Urgency.ORDINARY, at(_MONDAY, 8), None, id="8:00"),
    ],
)
def test_it_holds_a_late_reminder_back_while_nobody_is_to_be_disturbed(
    world: World,
    zhang: MemberId,
    late_at: datetime,
    urgency: Urgency,
    earliest: datetime,
    latest: datetime | None,
) -> None:
    rule, sender = SettledRule(urgency), ScriptedSender(world.clock)
    dispatcher = _dispatcher(world, sender, rule=rule)
    world.enqueue(_reminder(world, zhang))
    world.clock.set(late_at)

    dispatcher.drain()
    while not sender.handed:
        following = dispatcher.next_due()
        assert following is not None
        world.clock.set(following)
        dispatcher.drain()

    assert earliest <= sender.handed[0].at <= (latest or earliest)


@pytest.mark.parametrize(
    ("due", "says"),
    [
        pytest.param(at(_FRIDAY, 20, 20), "还没有登记", id="20:20，轮到它已经20:31"),
        pytest.param(at(_FRIDAY, 20, 14), "（补发）还没有登记", id="20:14，安静以前就晚了"),
        pytest.param(at(_FRIDAY, 17), "（补发）还没有登记", id="17:00，停过"),
    ],
)
def test_what_quiet_hours_have_overtaken_is_not_called_late(
    world: World, zhang: MemberId, due: datetime, says: str
) -> None:
    rule, sender = SettledRule(Urgency.EVENT_DAY), ScriptedSender(world.clock)
    dispatcher = _dispatcher(world, sender, rule=rule)
    world.enqueue(_reminder(world, zhang, due_at=due))
    world.clock.set(at(_FRIDAY, 20, 31))

    dispatcher.drain()
    while not sender.handed:
        following = dispatcher.next_due()
        assert following is not None
        world.clock.set(following)
        dispatcher.drain()

    assert [handed.text for handed in sender.handed] == [says]
    assert at(_SATURDAY, 8) <= sender.handed[0].at <= at(_SATURDAY, 8, 10)


def test_it_sends_an_answer_at_any_hour(world: World, zhang: MemberId) -> None:
    sender = ScriptedSender(world.clock)
    world.clock.set(at(_SATURDAY, 23))
    world.enqueue(world.letter(zhang, "✓ 已登记"))

    _dispatcher(world, sender).drain()

    assert sender.delivered() == [("张三", "✓ 已登记")]


# --- several things in one message -----------------------------------------------------------


def _things(world: World, member: MemberId, name: str, *texts: str) -> list[Letter]:
    return [
        _reminder(
            world,
            member,
            f"{name}您好：{text}",
            key=f"watched:{text[:9]}:m{member}",
            subject=text[:9],
        )
        for text in texts
    ]


def test_it_sends_what_is_due_together_as_one_message(
    world: World, zhang: MemberId, li: MemberId
) -> None:
    rule, sender = SettledRule(joins=True), ScriptedSender(world.clock)
    world.enqueue(
        *_things(world, zhang, "张三", "甲事", "乙事", "丙事"), *_things(world, li, "李四", "甲事")
    )
    rule.settled.add("乙事")

    accepted = _dispatcher(world, sender, rule=rule).drain()

    assert accepted == 3
    assert sorted(sender.delivered()) == [
        ("张三", "张三您好，有2件事：\n· 丙事\n· 甲事"),
        ("李四", "李四您好：甲事"),
    ]
    assert Counter(world.states()) == {"accepted": 3, "void": 1}


def test_it_writes_one_answer_down_for_all_that_a_message_says(
    world: World, zhang: MemberId
) -> None:
    no_access = Sent("no-1", {"张三": "不在可见范围"})
    sender = ScriptedSender(world.clock, no_access)
    world.enqueue(*_things(world, zhang, "张三", "甲事", "乙事"))

    assert _dispatcher(world, sender, rule=SettledRule(joins=True)).drain() == 0

    assert {(row.state, row.detail) for row in world.outbox()} == {
        (SendState.REFUSED, "不在可见范围")
    }


def test_it_repeats_a_message_of_several_things_byte_for_byte(
    world: World, zhang: MemberId
) -> None:
    """The answer was lost; meanwhile one of the things is settled: the same is sent again."""
    rule = SettledRule(joins=True)
    sender = ScriptedSender(world.clock, TIMEOUT, duplicate_window=WINDOW)
    dispatcher = _dispatcher(world, sender, rule=rule)
    world.enqueue(*_things(world, zhang, "张三", "甲事", "乙事"))
    dispatcher.drain()
    rule.settled.add("甲事")

    _work_for(world, dispatcher, MINUTE)

    first, second = sender.handed
    assert first.body == second.body
    assert world.states() == ["accepted", "accepted"]


def test_it_puts_several_messages_of_one_text_in_one_request(world: World, branch: UnitId) -> None:
    members = [world.member(f"党员{number}", branch) for number in range(5)]
    sender = ScriptedSender(world.clock, max_recipients=2)
    for member in members:
        world.enqueue(*_things(world, member, "各位", "甲事", "乙事"))

    assert _dispatcher(world, sender, rule=SettledRule(joins=True)).drain() == 10

    assert [len(handed.to) for handed in sender.handed] == [2, 2, 1]
    assert {handed.text for handed in sender.handed} == {"各位您好，有2件事：\n· 乙事\n· 甲事"}


def test_it_sends_each_message_whole_though_several_dispatchers_meet(
    world: World, branch: UnitId
) -> None:
    members = [world.member(f"党员{number}", branch) for number in range(60)]
    for member in members:
        world.enqueue(*_things(world, member, "您", "甲事", "乙事", "丙事"))
    sender = ScriptedSender(world.clock, max_recipients=1)
    rule = SettledRule(joins=True)

    with ThreadPoolExecutor(4) as workers:
        for done in [workers.submit(_dispatcher(world, sender, rule=rule).drain) for _ in range(4)]:
            done.result(timeout=60)

    texts = {text for _, text in sender.delivered()}
    assert texts == {"您您好，有3件事：\n· 丙事\n· 乙事\n· 甲事"}
    assert Counter(address for address, _ in sender.delivered()) == {
        f"党员{number}": 1 for number in range(60)
    }


def test_it_cuts_what_is_too_long_for_one_message(world: World, zhang: MemberId) -> None:
    long = ["甲" * 300, "乙" * 300, "丙" * 300]
    sender = ScriptedSender(world.clock)
    world.enqueue(*_things(world, zhang, "张三", *long))

    assert _dispatcher(world, sender, rule=SettledRule(joins=True)).drain() == 3

    assert len(sender.handed) == 2
    assert all(len(handed.text.encode()) <= sender.max_bytes for handed in sender.handed)


@pytest.mark.parametrize(
    ("rule", "due_at", "now", "sent"),
    [
        pytest.param("notice", (20, 0), (20, 31), False, id="通知，白天没发成，夜里不补"),
        pytest.param("notice", (20, 40), (20, 41), True, id="通知，书记要夜里发"),
        pytest.param("", (20, 0), (20, 31), True, id="答话，什么时候都发"),
    ],
)
def test_it_holds_back_what_got_late_and_was_not_wanted_at_night(
    world: World,
    zhang: MemberId,
    rule: str,
    due_at: tuple[int, int],
    now: tuple[int, int],
    sent: bool,
) -> None:
    thursday = date(2026, 3, 12)
    world.enqueue(world.letter(zhang, rule=rule, due_at=at(thursday, *due_at)))
    world.clock.set(at(thursday, *now))
    sender = ScriptedSender(world.clock)

    _dispatcher(world, sender).drain()

    assert bool(sender.handed) is sent
