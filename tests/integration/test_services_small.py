"""Questions that wait, reasons given, settings, health, and what is forgotten."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from bot.clock import at
from bot.domain.attendance import WindowPolicy
from bot.domain.cadence import CadencePolicy, Every, MeetingKind
from bot.domain.calendar import ShiftPolicy
from bot.domain.ids import MemberId, UnitId
from bot.domain.prompts import LASTS, PromptKind
from bot.domain.rights import Role
from bot.services import meetings, policies, prompts, reminders, retention, undo
from bot.services.health import BACKLOG_OLD_AFTER, TICK_SILENT_AFTER, DatabaseHealth
from bot.services.inverses import INVERSES
from bot.storage import schema
from bot.storage.engine import Database
from bot.storage.models import DoneAction, Inbound
from tests.support.world import World, core

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


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
    """Return its secretary."""
    return world.member("李书记", branch, Role.SECRETARY)


# --- questions -------------------------------------------------------------------------------


def _ask(world: World, member: MemberId, chat: str | None = None, **more: Any) -> Any:
    values = {"kind": PromptKind.CHOOSE, "payload": {"of": 1}, **more}
    with world.database.writing() as session:
        return prompts.open_prompt(session, member_id=member, chat_id=chat, now=world.now, **values)


def _open(world: World, member: MemberId, chat: str | None = None, **more: Any) -> list[int]:
    with world.database.reading() as session:
        found = prompts.list_open(session, member_id=member, chat_id=chat, now=world.now, **more)
    return [prompt.id for prompt in found]


def test_it_waits_on_the_latest_question_of_a_kind_in_a_chat(world: World, li: MemberId) -> None:
    _ask(world, li)
    second = _ask(world, li)
    confirm = _ask(world, li, kind=PromptKind.CONFIRM)
    in_group = _ask(world, li, "群1")

    assert _open(world, li) == [confirm, second]
    assert _open(world, li, kinds=[PromptKind.CHOOSE]) == [second]
    assert _open(world, li, "群1") == [in_group]
    assert _open(world, li, "群2") == []


def test_it_stops_waiting_after_a_while(world: World, li: MemberId) -> None:
    _ask(world, li)
    world.clock.advance(LASTS - MINUTE)
    early = _open(world, li)
    world.clock.advance(MINUTE)

    assert len(early) == 1
    assert _open(world, li) == []


def test_it_takes_one_of_several_answers_at_once(world: World, li: MemberId) -> None:
    prompt = _ask(world, li)

    def answer(_: int) -> bool:
        with world.database.writing() as session:
            return prompts.close_prompt(session, prompt, world.now)

    with ThreadPoolExecutor(4) as workers:
        assert Counter(workers.map(answer, range(4))) == {True: 1, False: 3}
    assert _open(world, li) == []


# --- taking back -----------------------------------------------------------------------------


def test_it_takes_back_within_ten_minutes_the_own_last_action(world: World, li: MemberId) -> None:
    actor, done = world.actor(li), []

    def remember(title: str) -> None:
        with world.database.writing() as session:
            undo.remember(session, member_id=li, stem="test", inverse={}, title=title, at=world.now)

    def take_back() -> undo.Undone:
        known = {"test": lambda *_: done.append(1)}
        with world.database.writing() as session:
            return undo.undo_last(session, known, by=actor, now=world.now)

    remember("太早")
    world.clock.advance(5 * MINUTE)
    remember("第一")
    remember("第二")
    world.clock.advance(6 * MINUTE)

    assert [take_back().title, take_back().title] == ["第二", "第一"]
    with pytest.raises(undo.NothingToUndo, match="十分钟内没有"):
        take_back()
    assert len(done) == 2
    assert set(INVERSES) == {"attendance", "dues", "study"}


def test_it_takes_an_action_back_once_when_asked_twice_at_once(world: World, li: MemberId) -> None:
    actor, done = world.actor(li), []
    with world.database.writing() as session:
        undo.remember(session, member_id=li, stem="test", inverse={}, title="签到", at=world.now)

    def take_back(_: int) -> bool:
        try:
            with world.database.writing() as session:
                known = {"test": lambda *_: done.append(1)}
                undo.undo_last(session, known, by=actor, now=world.now)
        except undo.NothingToUndo:
            return False
        return True

    with ThreadPoolExecutor(4) as workers:
        assert Counter(workers.map(take_back, range(4))) == {True: 1, False: 3}
    assert done == [1]
    with world.database.reading() as session:
        assert session.scalar(select(DoneAction.undone_at)) == world.now


# --- reasons ---------------------------------------------------------------------------------


def test_it_gives_the_reason_of_the_last_reminder_that_left(world: World, li: MemberId) -> None:
    with world.database.reading() as session:
        before = reminders.latest_reason(session, li)
    bot = core(world.database, world.clock)
    world.clock.set(at(date(2026, 3, 16), 8, 59))
    bot.run_until(world.clock, at(date(2026, 3, 16), 9, 4))
    bot.run_until(world.clock, at(date(2026, 3, 16), 10))
    world.enqueue(world.letter(li, "✓ 好的"))  # an answer is no reminder
    bot.turn()

    with world.database.reading() as session:
        found = reminders.latest_reason(session, li)

    assert before is None
    assert found is not None
    assert found.text.startswith("李书记您好：第三党支部一季度的")
    assert found.facts == "第三党支部一季度尚未登记"
    assert (found.ends_when, found.seen_by) == ("登记或安排后自动停止", "只发给您")


def test_it_gives_no_reason_where_none_was_kept(world: World, li: MemberId) -> None:
    world.enqueue(world.letter(li, rule="old"))
    core(world.database, world.clock).turn()

    with world.database.reading() as session:
        assert reminders.latest_reason(session, li) is None


def test_it_knows_which_meeting_a_bare_answer_is_about(world: World, li: MemberId) -> None:
    first = world.call(MeetingKind.GENERAL, at(date(2026, 3, 13), 15), li).meeting
    bot = core(world.database, world.clock)
    bot.run_until(world.clock, at(date(2026, 3, 12), 15))

    def asked() -> int | None:
        with world.database.reading() as session:
            return reminders.find_asked_meeting(session, li, world.now)

    before = asked()
    bot.run_until(world.clock, at(date(2026, 3, 12), 17))
    one = asked()
    second = world.call(MeetingKind.LECTURE, at(date(2026, 3, 13), 19), li).meeting
    slot = "2026-03-13T19:00/T-1"
    world.enqueue(
        world.letter(li, "也问一个", rule=reminders.UPCOMING, slot=slot, subject=second.subject)
    )
    bot.turn()
    two = asked()
    with world.database.writing() as session:
        meetings.cancel(session, meeting_id=first.id, by=world.actor(li), now=world.now)
    other = asked()
    world.clock.set(at(date(2026, 3, 13), 18, 30))  # check-in is open: a bare 1 means being there

    assert (before, one, two, other, asked()) == (None, first.id, None, second.id, None)


# --- settings --------------------------------------------------------------------------------


def test_it_takes_the_nearest_and_latest_setting_of_a_day(world: World, branch: UnitId) -> None:
    path = f"/{world.street}/{branch}/"
    for unit, day, since in (
        (world.street, 10, date(2025, 1, 1)),
        (branch, 16, date(2026, 1, 1)),
        (branch, 20, date(2026, 3, 1)),
        (branch, 25, date(2026, 4, 1)),
    ):
        world.policy(unit, policies.ACTIVITY_DAY, {"day": day}, since=since)

    def day_on(on: date) -> int:
        with world.database.reading() as session:
            found = policies.load(session, {branch: path}, on, [policies.ACTIVITY_DAY])
        return policies.activity_policy(found[branch])[0]

    days = [day_on(date(2025, 6, 1)), day_on(date(2026, 2, 1)), day_on(date(2026, 3, 1))]
    assert days == [10, 16, 20]
    with world.database.reading() as session:
        assert policies.load(session, {}, date(2026, 3, 1), [policies.LECTURE]) == {}


@pytest.mark.parametrize(
    ("settings", "window", "cadence", "activity"),
    [
        pytest.param(
            {}, WindowPolicy(), CadencePolicy(), (16, ShiftPolicy.NEXT_WORKDAY), id="默认"
        ),
        pytest.param(
            {
                "checkin": {"opens_before": 60, "makeup": 0},
                "lecture": {"every": "month"},
                "activity_day": {"day": 5, "shift": "keep"},
            },
            WindowPolicy(opens_before=60 * MINUTE, makeup=timedelta()),
            CadencePolicy(Every.MONTH),
            (5, ShiftPolicy.KEEP),
            id="自定",
        ),
        pytest.param(
            {"lecture": {"every": None}},
            WindowPolicy(),
            CadencePolicy(None),
            (16, ShiftPolicy.NEXT_WORKDAY),
            id="不规定党课",
        ),
    ],
)
def test_it_reads_settings_with_their_defaults(
    settings: dict[str, dict[str, Any]],
    window: WindowPolicy,
    cadence: CadencePolicy,
    activity: tuple[int, ShiftPolicy],
) -> None:
    assert policies.window_policy(settings) == window
    assert policies.cadence_policy(settings) == cadence
    assert policies.activity_policy(settings) == activity


# --- health ----------------------------------------------------------------------------------


def test_it_is_ready_while_it_ticks_and_sends(world: World, li: MemberId) -> None:
    health = DatabaseHealth(database=world.database, clock=world.clock)
    never = health.ready()
    core(world.database, world.clock).ticker.tick()
    fine = health.ready()
    world.enqueue(world.letter(li))
    world.clock.advance(TICK_SILENT_AFTER)
    still = health.ready()
    world.clock.advance(BACKLOG_OLD_AFTER - TICK_SILENT_AFTER + MINUTE)
    stuck = health.ready()

    assert (never.ok, never.checks["last_tick_age_s"]) == (False, (False, "never"))
    assert fine.ok
    assert fine.checks["migration"] == (True, schema.newest())
    assert (still.ok, still.checks["outbox_backlog"]) == (True, (True, "1"))
    assert (stuck.ok, stuck.checks["outbox_backlog"]) == (False, (False, "1"))
    assert stuck.checks["last_tick_age_s"] == (False, "960")


def test_it_is_not_ready_with_another_schema_or_none(world: World) -> None:
    health = DatabaseHealth(database=world.database, clock=world.clock)
    schema.downgrade(world.database, "base")

    checks = health.ready().checks

    assert checks["database"] == (True, "ok")
    assert checks["migration"] == (False, "empty")
    assert not checks["outbox_backlog"][0]


# --- what is forgotten -----------------------------------------------------------------------


def test_it_forgets_what_people_wrote_and_read_after_a_month(world: World) -> None:
    def receive(number: int, days_ago: int, sealed: bytes | None, answer: str | None) -> None:
        moment = world.now - timedelta(days=days_ago)
        values = {"channel": "sim", "space": "sim", "sender_id": "x", "kind": "text"}
        with world.database.writing() as session:
            session.add(
                Inbound(
                    **values,
                    message_id=f"m{number}",
                    sealed_text=sealed,
                    answer=answer,
                    decision="check_in",
                    state="done",
                    sent_at=moment,
                    received_at=moment,
                )
            )

    receive(1, 31, b"sealed", "✓ 张三，已签到")
    receive(2, 29, b"sealed", "✓ 张三，已签到")
    receive(3, 31, None, "欢迎，张三")
    receive(4, 31, None, None)

    with world.database.writing() as session:
        forgotten = retention.forget_texts(session, now=world.now, keep_days=30)
        again = retention.forget_texts(session, now=world.now, keep_days=30)
        kept = session.execute(
            select(Inbound.sealed_text, Inbound.answer, Inbound.decision).order_by(Inbound.id)
        ).all()

    assert (forgotten, again) == (2, 0)
    assert [tuple(row) for row in kept] == [
        (None, None, "check_in"),
        (b"sealed", "✓ 张三，已签到", "check_in"),
        (None, None, "check_in"),
        (None, None, "check_in"),
    ]
