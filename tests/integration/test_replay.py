"""Kept messages read again, and what had failed handled once more: exactly once, as of then."""

from __future__ import annotations

import json
import threading
import tracemalloc
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from bot.channels.simulator import SPACE
from bot.cli import replaying
from bot.cli.replaying import Tally
from bot.clock import at
from bot.domain.attendance import Mark
from bot.domain.cadence import MeetingKind
from bot.domain.ids import InboundId, MemberId
from bot.domain.incoming import Event, Incoming, Kind
from bot.domain.rights import Role
from bot.inbound.again import Again
from bot.inbound.pipeline import FAILED
from bot.main import Core, build_core
from bot.services import attendance, dues, people, retention, wordings
from bot.storage.engine import Database
from bot.storage.models import AttendanceMark, DoneAction, DuesEntry, Inbound, Outbox, Prompt
from bot.storage.sealing import TextSeal
from tests.support.world import ROUTES, World

SEAL = TextSeal(b"k" * 32)


class Past:
    """The third branch with a meeting now, and messages that were handled, or broke."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.branch = world.unit("第三党支部")
        self.li = world.member("李建国", self.branch, Role.SECRETARY)
        self.zhang = world.member("张三", self.branch, dues_fen=3000)
        self.zhao = world.member("赵六", self.branch, dues_fen=1500)
        world.chat(self.branch, "g")
        self.began_at = world.now
        world.call(MeetingKind.GENERAL, world.now + timedelta(minutes=10), self.li)
        self.core: Core = build_core(
            database=world.database, clock=world.clock, seal=SEAL, routes=ROUTES, senders={}
        )
        self._said = 0

    def say(self, who: str, text: str, **more: object) -> str | None:
        """Let somebody write."""
        self._said += 1
        message = Incoming(SPACE, SPACE, f"m{self._said}", None, who, self.world.now, text)
        message = replace(message, **more)  # type: ignore[arg-type]  # fields of Incoming
        return self.core.pipeline.receive(message).text

    def fail(self, who: str, text: str, **more: object) -> InboundId:
        """Let somebody write while the services of attendance and dues are broken."""
        with broken():
            answer = self.say(who, text, **more)
        assert answer is None or FAILED in answer
        return self.inbound()[-1].id  # type: ignore[return-value]  # a column of int

    def again(self, inbound_id: InboundId) -> Again | None:
        """Handle a message once more."""
        return self.core.second_try.handle(inbound_id)

    def differences(self) -> list[tuple[int, str, str]]:
        """Return what today's parser would decide otherwise."""
        found = self.core.replay.read(self.began_at)
        return [(one.id, one.was, one.would_be) for one in found if one.differs]

    def rows(self, model: Any) -> list[Any]:
        """Return all rows of a table, in order."""
        with self.world.database.reading() as session:
            rows = list(session.scalars(select(model).order_by(model.id)))
            session.expunge_all()
        return rows

    def inbound(self) -> list[Inbound]:
        """Return all messages."""
        return self.rows(Inbound)

    def told(self) -> list[tuple[int | None, str]]:
        """Return (member, text) of what is queued as a late answer."""
        return [
            (row.member_id, row.text) for row in self.rows(Outbox) if row.key.startswith("again:")
        ]


@contextmanager
def broken() -> Iterator[None]:
    """Let check-ins, leaves and declarations break in the middle."""

    def breaks(*_: Any, **__: Any) -> Any:
        raise RuntimeError("the disk is on fire")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(attendance, "check_in", breaks)
        patch.setattr(attendance, "ask_leave", breaks)
        patch.setattr(dues, "declare", breaks)
        yield


@pytest.fixture
def past(database: Database) -> Past:
    """Return the branch."""
    return Past(World(database))


# --- reading again ---------------------------------------------------------------------------


def test_what_is_read_as_before_does_not_differ(past: Past) -> None:
    past.say("张三", "签到")
    past.say("张三", "党费 3月 30，签到")
    past.say("张三", "今天天气不错")
    past.say("张三", "今天天气不错", chat_id="g", mentions_bot=False)
    past.say("张三", "签到", chat_id="g", mentions_bot=False)
    past.say("张三", "好", chat_id="g", mentions_bot=True, quoted_text="开会了，请签到")
    past.say("张三", "", kind=Kind.IMAGE)
    past.say("张三", "", kind=Kind.EVENT, event=Event.ENTER)
    past.say("张三", "", kind=Kind.EVENT, event=Event.MENU, event_key="我的党费")
    past.say("张三", "到")
    past.say("赵六", "1")
    past.say("陌生人", "签到")
    past.say("赵六", "怎么签到", chat_id="g", mentions_bot=True)

    read = list(past.core.replay.read(past.began_at))

    assert [one for one in read if one.differs] == []
    assert len(read) == 11  # pictures and greetings have no words


def test_it_names_what_differs_by_message_and_decision(past: Past) -> None:
    past.say("张三", "签到")
    past.say("张三", "今天天气不错")
    with past.world.database.writing() as session:
        session.execute(update(Inbound).where(Inbound.id == 1).values(decision="leave"))
        session.execute(update(Inbound).where(Inbound.id == 2).values(decision="signup,leave"))

    assert past.differences() == [(1, "leave", "checkin"), (2, "signup,leave", "")]


def test_a_message_that_was_read_by_a_lesson_is_read_by_it_again(past: Past) -> None:
    by = past.world.actor(past.li)
    past.say("张三", "字划好喽")
    with past.world.database.writing() as session:
        taught = wordings.teach(
            session, wording="字划好喽", target="签到", by=by, now=past.world.now
        )
    past.say("张三", "字划好喽")

    assert past.differences() == [(1, "", "checkin")]  # it would be understood now

    with past.world.database.writing() as session:
        wordings.revoke(session, taught.id, by=by, now=past.world.now)
    assert past.differences() == [(2, "checkin", "")]


def test_it_reads_nothing_that_is_forgotten_or_older(past: Past) -> None:
    past.say("张三", "签到")
    past.world.clock.advance(timedelta(days=31))
    past.say("张三", "我的党费")

    later = list(past.core.replay.read(past.world.now))
    with past.world.database.writing() as session:
        retention.forget_texts(session, now=past.world.now, keep_days=30)
    kept = list(past.core.replay.read(past.began_at))

    assert [one.id for one in later] == [one.id for one in kept] == [2]


def test_texts_sealed_with_another_key_are_passed_over(past: Past) -> None:
    past.say("张三", "签到")
    other = build_core(
        database=past.world.database,
        clock=past.world.clock,
        seal=TextSeal(b"x" * 32),
        routes=ROUTES,
        senders={},
    )

    assert list(other.replay.read(past.began_at)) == []


def _fill(database: Database, numbers: range, now: datetime) -> None:
    sealed = SEAL.seal("签到")
    row = {
        "channel": SPACE,
        "space": SPACE,
        "sender_id": "张三",
        "kind": "text",
        "sealed_text": sealed,
        "sent_at": now,
        "received_at": now,
        "state": "done",
        "decision": "leave",
        "addressed": True,
        "event": "",
    }
    with database.writing() as session:
        session.execute(insert(Inbound), [{**row, "message_id": f"f{n}"} for n in numbers])


def test_memory_does_not_grow_with_the_messages(past: Past) -> None:
    peaks = []
    for numbers in (range(1500), range(1500, 6000)):
        _fill(past.world.database, numbers, past.world.now)
        tally = Tally()
        tracemalloc.start()
        list(replaying.differences(past.core.replay, past.began_at, tally, as_json=False))
        peaks.append((tally.read, tracemalloc.get_traced_memory()[1]))
        tracemalloc.stop()

    assert [read for read, _ in peaks] == [1500, 6000]
    assert peaks[1][1] < peaks[0][1] + 500_000


# --- handling again --------------------------------------------------------------------------


def test_it_records_what_failed_as_of_when_it_was_sent_and_tells_the_writer(past: Past) -> None:
    failed = past.fail("张三", "签到")
    sent_at = past.world.now
    past.world.clock.advance(timedelta(days=3))

    done = past.again(failed)
    more = past.again(failed)

    assert (done, more) == (Again(failed, failed=False, told=True), None)
    [mark] = past.rows(AttendanceMark)
    assert (mark.mark, mark.said_at, mark.recorded_at) == (Mark.PRESENT, sent_at, past.world.now)
    assert past.told() == [
        (
            past.zhang,
            "您3月12日（周四）12:00发的消息刚刚补办了：\n"
            "✓ 张三，3月支部党员大会已签到（12:00）。打错了回复 撤销",
        )
    ]
    assert [(row.state, row.decision) for row in past.inbound()] == [("done", "checkin")]


def test_it_is_done_once_however_many_try(past: Past) -> None:
    failed = past.fail("张三", "党费 3月 30")
    start = threading.Barrier(4)

    def try_it(_: int) -> Again | None:
        start.wait(timeout=30)
        return past.again(failed)

    with ThreadPoolExecutor(4) as workers:
        done = list(workers.map(try_it, range(4)))

    assert sorted(one is not None for one in done) == [False, False, False, True]
    assert len(past.rows(DuesEntry)) == 1
    assert len(past.told()) == 1


def test_what_breaks_again_stays_failed_and_says_nothing(past: Past) -> None:
    failed = past.fail("张三", "签到")
    before = len(past.rows(Outbox))

    with broken():
        done = past.again(failed)

    assert done == Again(failed, failed=True, told=False)
    assert [row.state for row in past.inbound()] == ["failed"]
    assert len(past.rows(Outbox)) == before
    assert past.again(failed) == Again(failed, failed=False, told=True)


def test_of_several_actions_only_the_one_that_broke_is_done_again(past: Past) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(dues, "declare", lambda *_, **__: 1 / 0)
        past.say("张三", "签到，3月党费30元已交")

    past.again(InboundId(1))

    assert len(past.rows(AttendanceMark)) == 1
    assert len(past.rows(DuesEntry)) == 1
    [(_, text)] = past.told()
    assert "党费" not in text.split("\n")[0]
    assert text.split("\n")[1:] == ["收到：3月，共30元。等组织委员核对后回执。金额不对请回复 更正"]
    assert past.inbound()[0].decision == "checkin,dues_paid"


def test_a_message_in_a_group_is_answered_privately(past: Past) -> None:
    failed = past.fail("张三", "签到", chat_id="g", mentions_bot=False)

    past.again(failed)

    assert [member for member, _ in past.told()] == [past.zhang]
    assert not [
        row for row in past.rows(Outbox) if row.address == "g" and row.key.startswith("again")
    ]


def test_a_question_that_comes_of_it_can_still_be_answered(past: Past) -> None:
    failed = past.fail("张三", "党费已交", chat_id="g", mentions_bot=True)
    past.world.clock.advance(timedelta(days=2))

    past.again(failed)
    answer = past.say("张三", "1")

    assert answer == "收到：1月，共30元。等组织委员核对后回执。金额不对请回复 更正"


def test_a_button_that_was_pressed_is_handled_again(past: Past) -> None:
    failed = past.fail("张三", "", kind=Kind.EVENT, event=Event.MENU, event_key="签到")

    done = past.again(failed)

    assert done == Again(failed, failed=False, told=True)
    assert len(past.rows(AttendanceMark)) == 1


def test_a_quoted_message_is_read_with_its_quote(past: Past) -> None:
    failed = past.fail("张三", "签好了", chat_id="g", mentions_bot=False, quoted_text="请大家签到")

    past.again(failed)

    assert len(past.rows(AttendanceMark)) == 1


def test_it_takes_back_nothing_that_was_done_after_it_was_sent(past: Past) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("handlers.undo.undo.undo_last", lambda *_, **__: 1 / 0)
        past.say("张三", "撤销")
    past.world.clock.advance(timedelta(minutes=1))
    past.say("张三", "签到")

    past.again(InboundId(1))

    assert [row.undone_at for row in past.rows(DoneAction)] == [None]
    assert "没有可以撤销的" in past.told()[0][1]


def test_it_answers_no_question_that_was_put_after_it_was_sent(past: Past) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("handlers.confirm.prompts.close_prompt", lambda *_, **__: 1 / 0)
        past.say("李建国", "发通知 明天打扫卫生")
        past.say("李建国", "确认3")
    past.world.clock.advance(timedelta(minutes=1))
    past.say("李建国", "取消")
    past.say("李建国", "发通知 后天打扫卫生")

    past.again(InboundId(2))

    assert "没有等着确认的事" in past.told()[0][1]
    assert [row.closed_at is None for row in past.rows(Prompt)] == [False, True]


def test_who_cannot_be_reached_is_counted_not_told(past: Past) -> None:
    nobody = build_core(
        database=past.world.database,
        clock=past.world.clock,
        seal=SEAL,
        routes=replace(ROUTES, private={}),
        senders={},
    )
    failed = past.fail("张三", "签到")

    done = nobody.second_try.handle(failed)

    assert done == Again(failed, failed=False, told=False)
    assert len(past.rows(AttendanceMark)) == 1


def test_who_is_bound_by_the_message_itself_is_told(past: Past) -> None:
    past.world.member("孙丽", past.branch, tail="6789", account=False)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("handlers.bind.binding.bind_by_digits", lambda *_, **__: 1 / 0)
        past.say("新手机", "孙丽 6789")
    [row] = past.inbound()
    assert row.state == "failed"

    done = past.again(InboundId(row.id))

    assert done is not None
    assert done.told
    with past.world.database.reading() as session:
        bound = people.find_actor(session, SPACE, "新手机", past.world.today)
    assert bound is not None
    assert bound.name == "孙丽"


def test_a_member_who_has_moved_on_is_still_recorded_where_the_message_belongs(past: Past) -> None:
    failed = past.fail("赵六", "签到")
    past.world.clock.set(at(past.world.today + timedelta(days=40), 9))

    past.again(failed)

    assert [MemberId(row.member_id) for row in past.rows(AttendanceMark)] == [past.zhao]


# --- the command -----------------------------------------------------------------------------


def _run(past: Past, *, dry_run: bool, as_json: bool = False) -> list[str]:
    tally = Tally()
    replay = past.core.replay
    lines = list(replaying.differences(replay, past.began_at, tally, as_json=as_json))
    if not dry_run:
        replaying.second_try(replay, past.core.second_try, past.began_at, tally)
    end = replaying.json_end(tally) if as_json else replaying.summary(tally, dry_run=dry_run)
    return [*lines, *end]


def test_a_dry_run_tells_in_counts_and_changes_nothing(past: Past) -> None:
    past.say("张三", "签到")
    past.fail("赵六", "签到")
    with past.world.database.writing() as session:
        session.execute(update(Inbound).where(Inbound.id == 1).values(decision="leave"))
    before = [(row.state, row.decision, row.answer) for row in past.inbound()]

    lines = _run(past, dry_run=True)

    assert lines == [
        "看了2条，读法有变化的1条。",
        "  请假 → 签到  1条：1",
        "没处理成功的1条，去掉 --dry-run 就补办。",
    ]
    assert [(row.state, row.decision, row.answer) for row in past.inbound()] == before
    assert past.told() == []


def test_without_it_what_failed_is_handled_and_nothing_else(past: Past) -> None:
    past.say("张三", "签到")
    past.fail("赵六", "签到")

    first = _run(past, dry_run=False)
    second = _run(past, dry_run=False)

    assert first == ["看了2条，读法有变化的0条。", "补办了1条，仍不成功0条。"]
    assert second == ["看了2条，读法有变化的0条。"]
    assert len(past.rows(AttendanceMark)) == 2


def test_json_has_one_object_a_difference_and_the_counts_last(past: Past) -> None:
    past.say("张三", "签到")
    past.say("赵六", "签到")
    past.fail("赵六", "党费 3月 15")
    with past.world.database.writing() as session:
        session.execute(update(Inbound).where(Inbound.id < 3).values(decision=""))

    lines = [json.loads(line) for line in _run(past, dry_run=False, as_json=True)]

    assert lines == [
        {"id": 1, "was": "", "would_be": "checkin"},
        {"id": 2, "was": "", "would_be": "checkin"},
        {"read": 3, "differ": 2, "failed": 1, "handled": 1, "still_failing": 0},
    ]


def test_nothing_that_is_printed_is_personal(past: Past) -> None:
    for who in ("张三", "赵六"):
        past.say(who, "3月党费30元已交，我家住社区二楼")
        past.fail(who, "签到")
    with past.world.database.writing() as session:
        session.execute(update(Inbound).values(decision="leave"))

    printed = "\n".join([*_run(past, dry_run=True), *_run(past, dry_run=True, as_json=True)])

    assert not any(word in printed for word in ("张三", "赵六", "30", "二楼", SPACE))
