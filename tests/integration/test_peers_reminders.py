"""What users of others suffer from with reminders, line by line, each with the test that it is not so here.

The numbers are those of the list that the product was planned by; 4 is in `test_desk_digest` (an
invalid account is told by name), 10 in `test_escalation`, 30 in `test_burden`. Where a line says
more than one thing, its tests share the number.
"""

from __future__ import annotations

import json
import re
import signal
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import DateTime, delete, func, select, text

from bot.channels.simulator import SPACE
from bot.clock import at, day_of, local
from bot.domain.burden import Policy, deliver_at, is_quiet
from bot.domain.cadence import MeetingKind
from bot.domain.incoming import Incoming
from bot.domain.ladders import Ladders, Period, useful_until
from bot.domain.periods import Month, Quarter, Year, months_between, quarters_between
from bot.domain.rights import Role
from bot.domain.sending import SendState
from bot.main import Core
from bot.services import announcements, dues, policies
from bot.services.workdays import PublishedWorkdays
from bot.storage.engine import Database
from bot.storage.models import Inbound, Meeting, Outbox, TickMark
from bot.storage.types import Base, UtcMoment
from scheduler.dispatcher import Dispatcher
from scheduler.escalation import above_rule
from scheduler.plan import ReminderPlanner
from scheduler.rule import ROUND_AT, Setting
from scheduler.rules import RULES, dues_unpaid
from scheduler.tick import Ticker
from tests.integration.test_kill_receiver import die
from tests.integration.test_pipeline import MORNING, make_branch
from tests.integration.test_pipeline import _people as people_of_a_branch
from tests.support.world import HOURS, ROUTES, ScriptedSender, World, core

SETTING = Setting(PublishedWorkdays(), Policy())
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
THE_12TH = date(2026, 3, 12)


class Street:
    """The third branch with Secretary Li and Zhang, its group, and Zhou, who runs the bot."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.id = world.unit("第三党支部")
        self.zhou = world.member("周专干", None, Role.OFFICER)
        self.li = world.member("李书记", self.id, Role.SECRETARY)
        self.zhang = world.member("张三", self.id)
        world.chat(self.id, "群3")
        self.sender = ScriptedSender(world.clock)
        self.core: Core = core(world.database, world.clock, self.sender)
        self._said = 0

    def say(self, name: str, words: str) -> str:
        """Let somebody write privately; return the answer."""
        self._said += 1
        number, now = f"said-{self._said}", self.world.now
        message = Incoming(SPACE, SPACE, number, None, name, now, words)
        return self.core.pipeline.receive(message).text or ""

    def run_until(self, moment: datetime) -> None:
        """Let time pass, with all that falls due on the way."""
        self.core.run_until(self.world.clock, moment)

    def sleep_until(self, moment: datetime) -> None:
        """Let time pass while nothing of the bot runs, and start it again."""
        self.world.clock.set(moment)
        self.core = core(self.world.database, self.world.clock, self.sender)

    def told(self, name: str) -> list[str]:
        """Return what somebody, or a group, was sent."""
        return [words for to, words in self.sender.delivered() if to == name]


@pytest.fixture
def street(database: Database) -> Street:
    """Return the street, on Thursday, 12 March 2026, at noon."""
    return Street(World(database))


# --- 1: the same reminder twice, since several workers run the timer ---------------------------


def test_peer_01_four_workers_fire_one_reminder_a_thousand_times_and_send_it_once(
    street: Street,
) -> None:
    world = street.world
    world.assess(street.zhang, 3000)
    world.clock.set(at(date(2026, 3, 20), 9) + timedelta(seconds=30))
    start = threading.Barrier(4)

    def fire() -> None:
        ticker = Ticker(
            database=world.database,
            clock=world.clock,
            rules=[dues_unpaid.RULE],
            setting=SETTING,
            routes=ROUTES,
        )
        start.wait()
        for n in range(250):
            with world.database.writing() as session:  # as if nobody had fired it yet
                session.execute(delete(TickMark))
            assert ticker.tick().failed == ()
            if n % 50 == 49:
                _dispatcher(street).drain()

    with ThreadPoolExecutor(4) as workers:
        for done in [workers.submit(fire) for _ in range(4)]:
            done.result(timeout=300)
    world.clock.advance(20 * MINUTE)
    with ThreadPoolExecutor(4) as workers:
        for sent in [workers.submit(_dispatcher(street).drain) for _ in range(4)]:
            sent.result(timeout=60)

    assert [row.state for row in world.outbox()] == [SendState.ACCEPTED]
    assert len(street.sender.delivered()) == 1


def _dispatcher(street: Street) -> Dispatcher:
    return Dispatcher(
        database=street.world.database,
        clock=street.world.clock,
        senders={SPACE: street.sender},
        rules=RULES,
        setting=SETTING,
    )


# --- 2: silently lost after a restart ----------------------------------------------------------


@pytest.fixture
def asleep(street: Street) -> Street:
    """Return the street after the bot was away from 13:20 to 16:40.

    At 14:00 Li should have read that a meeting of 16:15 has no quorum, at 16:00 all should have
    been asked about the meeting of the next day. Two texts on dues were queued and not sent.
    """
    world = street.world
    street.run_until(at(THE_12TH, 12, 30))
    world.call(MeetingKind.GENERAL, at(THE_12TH, 16, 15), street.li)
    world.call(MeetingKind.OTHER, at(date(2026, 3, 13), 10), street.li, title="整理档案室")
    street.run_until(at(THE_12TH, 13, 20))
    world.assess(street.zhang, 3000)
    for name, hours in (("还有用的", 9), ("过了时的", 1)):
        world.enqueue(
            world.letter(
                street.zhang,
                f"张三您好：{name}",
                key=f"dues_unpaid:{name}",
                rule="dues_unpaid",
                slot="2026-03/first",
                subject=f"dues:{street.zhang}",
                due_at=at(THE_12TH, 14, 7),
                expires_at=at(THE_12TH, 14, 7) + hours * HOUR,
            )
        )
    street.sender.handed.clear()
    street.sleep_until(at(THE_12TH, 16, 40))
    return street


def test_peer_02_what_is_still_of_use_is_made_up_and_says_so(asleep: Street) -> None:
    asleep.run_until(at(THE_12TH, 18))

    assert "（补发）张三您好：还有用的" in asleep.told("张三")
    [asked] = [words for words in asleep.told("张三") if "整理档案室" in words]
    assert asked.startswith("（补发）张三您好：13日（周五）10:00 整理档案室")
    [group] = asleep.told("群3")
    assert group.startswith("（补发）【整理档案室】")
    why = asleep.say("张三", "为什么")
    assert "原定3月12日" in why
    assert "补发" in why


def test_peer_02_what_has_lapsed_is_written_down_and_never_sent(asleep: Street) -> None:
    asleep.run_until(at(THE_12TH, 18))

    lapsed = [row for row in asleep.world.outbox() if row.state is SendState.EXPIRED]
    assert {row.rule for row in lapsed} == {"quorum_soon", "dues_unpaid"}
    assert {row.detail for row in lapsed} == {"已过时效，未发送"}
    assert all(row.late_since is not None for row in lapsed)
    assert not any("过了时的" in words for _, words in asleep.sender.delivered())


def test_peer_02_whoever_runs_the_bot_is_told_once_and_nobody_else(asleep: Street) -> None:
    asleep.run_until(at(date(2026, 3, 14)))
    asleep.sleep_until(at(date(2026, 3, 14), 12))
    asleep.run_until(at(date(2026, 3, 15)))

    [told] = [words for words in asleep.told("周专干") if "没有在运行" in words]
    lines = told.splitlines()
    assert lines[0] == "周专干您好：3月12日（周四）13:20到3月12日（周四）16:40小助手没有在运行。"
    assert re.fullmatch(r"补发\d+条：会前提醒3条.*。", lines[1])
    assert lines[2].startswith("已过时效、没有再发2条：")
    assert "第三党支部3月支部党员大会" in lines[2]
    assert lines[3] == "这段时间大家发来的签到、请假可能没有收到，请书记问一下。"
    others = [words for to, words in asleep.sender.delivered() if to != "周专干"]
    assert not any("没有在运行" in words for words in others)
    assert "原定" not in asleep.say("周专干", "为什么")


def test_peer_02_four_workers_that_come_back_together_tell_it_once(asleep: Street) -> None:
    start = threading.Barrier(4)

    def wake() -> None:
        back = core(asleep.world.database, asleep.world.clock, asleep.sender)
        start.wait()
        back.turn()

    with ThreadPoolExecutor(4) as workers:
        for done in [workers.submit(wake) for _ in range(4)]:
            done.result(timeout=120)
    asleep.run_until(at(THE_12TH, 18))

    assert [row.rule for row in asleep.world.outbox()].count("away") == 1
    assert set(Counter(asleep.sender.delivered()).values()) == {1}
    [told] = [words for words in asleep.told("周专干") if "没有在运行" in words]
    assert "补发" in told


def test_peer_02_a_silence_over_which_nothing_was_due_is_not_told(street: Street) -> None:
    street.run_until(at(THE_12TH, 12, 30))
    street.sleep_until(at(THE_12TH, 15))
    street.run_until(at(THE_12TH, 18))

    assert street.sender.delivered() == []


def test_peer_02_a_restart_of_minutes_is_no_absence(street: Street) -> None:
    street.world.call(MeetingKind.GENERAL, at(date(2026, 3, 13), 10), street.li)
    street.run_until(at(THE_12TH, 15, 58))
    street.sleep_until(at(THE_12TH, 16, 5))
    street.run_until(at(THE_12TH, 18))

    told = street.sender.delivered()
    assert {to for to, _ in told} == {"李书记", "张三", "群3"}
    assert not any("补发" in words for _, words in told)


# --- 3: "提醒已设置", and nothing was stored ---------------------------------------------------


@pytest.mark.parametrize(
    ("step", "stored"),
    [("想好回答之后", False), ("提交之前", False), ("提交之后、回答之前", True)],
)
def test_peer_03_an_answer_and_what_it_promises_are_stored_together_or_not_at_all(
    database: Database, step: str, stored: bool
) -> None:
    """Killed between the two, neither is there; the repeat of the platform does both."""
    people_of_a_branch(database)
    branch = make_branch(database)
    branch.say("李建国", "发通知 周三前交心得")

    died = die(database, step, "李建国", "确认4")

    def kept() -> tuple[bool, int]:
        with database.reading() as session:
            answer = session.scalar(select(Inbound.answer).where(Inbound.message_id == "m-dead"))
            rows = session.scalar(select(func.count()).where(Outbox.rule == "notice"))
        return answer is not None, rows or 0

    assert died == -signal.SIGKILL
    assert kept() == (stored, 3 if stored else 0)
    again = branch.core.pipeline.receive(
        Incoming(SPACE, SPACE, "m-dead", None, "李建国", MORNING, "确认4")
    )
    assert (again.text or "").startswith("✓ 已交平台发送，共3人")
    assert kept() == (True, 3)


# --- 5: moving and cancelling move no reminder -------------------------------------------------


def test_peer_05_moved_three_times_nothing_is_said_for_an_old_time(street: Street) -> None:
    world = street.world
    called = world.call(MeetingKind.LECTURE, at(date(2026, 3, 17), 15), street.li)
    for day, new in {16: 18, 17: 19, 18: 20}.items():
        street.run_until(at(date(2026, 3, day), 16))  # queued, not yet sent
        assert _live(street, called.meeting.subject) > 0
        _move(street, called.meeting.id, new)
        assert _live(street, called.meeting.subject) == 0
    street.run_until(at(date(2026, 3, 21)))

    asked = [handed for handed in street.sender.handed if "来回复 1" in handed.text]
    assert {handed.text[5:] for handed in asked if handed.to == ("张三",)} == {
        "20日（周五）15:00 党课，社区二楼。来回复 1，来不了回复 2 加原因。回复 为什么 可看依据。"
    }
    assert {day_of(handed.at) for handed in asked} == {date(2026, 3, 19)}


def test_peer_05_after_a_move_everybody_is_asked_again(street: Street) -> None:
    called = street.world.call(MeetingKind.GENERAL, at(date(2026, 3, 13), 15), street.li)
    street.run_until(at(THE_12TH, 17))
    assert "13日" in street.told("张三")[-1]
    promised = street.say("张三", "1")

    _move(street, called.meeting.id, 17)
    street.run_until(at(date(2026, 3, 16), 18))

    assert "13日" in promised
    moved, asked = street.told("张三")[-2:]
    assert "改到3月17日" in moved
    assert "来回复 1" in moved
    assert asked.startswith("张三您好：17日（周二）15:00")


def test_peer_05_after_a_cancelling_nothing_is_said_of_it(street: Street) -> None:
    called = street.world.call(MeetingKind.LECTURE, at(date(2026, 3, 17), 15), street.li)
    street.run_until(at(date(2026, 3, 16), 16))
    with street.world.database.writing() as session:
        announcements.cancel(
            session,
            meeting_id=called.meeting.id,
            by=street.world.actor(street.li),
            now=street.world.now,
            routes=ROUTES,
            hours=HOURS,
        )
    street.run_until(at(date(2026, 3, 18)))

    assert not any("来回复 1" in words for _, words in street.sender.delivered())


def _live(street: Street, subject: str) -> int:
    """Count the rows about something that may still be sent."""
    return sum(
        row.subject == subject and row.rule == "meeting_upcoming" and row.finished_at is None
        for row in street.world.outbox()
    )


def _move(street: Street, meeting_id: int, day: int) -> None:
    with street.world.database.writing() as session:
        announcements.move(
            session,
            meeting_id=meeting_id,  # type: ignore[arg-type]  # an id
            starts_at=at(date(2026, 3, day), 15),
            place=None,
            by=street.world.actor(street.li),
            now=street.world.now,
            routes=ROUTES,
            hours=HOURS,
        )


# --- 6: created late, all offsets fire at once -------------------------------------------------


def test_peer_06_called_two_hours_ahead_everybody_is_told_once_and_at_once(
    street: Street,
) -> None:
    """One notice, not three: no step of the ladder fires after it, and nobody has to ask for it."""
    street.run_until(at(THE_12TH, 13))
    answer = street.say("李书记", "建会 支部党员大会 3月12日 15:00 社区二楼")
    street.run_until(at(THE_12TH, 13, 5))
    at_once = Counter(to for to, words in street.sender.delivered() if "支部党员大会" in words)
    promised = street.say("张三", "1")
    street.run_until(at(THE_12TH, 18))

    about = Counter(to for to, words in street.sender.delivered() if "支部党员大会" in words)
    assert "正在问1人来不来，群里也说一声" in answer
    assert at_once == {"张三": 1, "群3": 1}
    assert (about["张三"], about["群3"]) == (1, 1)
    assert "答应" in promised or "记" in promised
    assert "已定于3月12日（周四）15:00 社区二楼召开" in street.say("张三", "为什么")


def test_peer_06_called_at_night_nobody_is_disturbed_and_all_hear_in_time(street: Street) -> None:
    street.run_until(at(THE_12TH, 22))
    answer = street.say("李书记", "建会 支部党员大会 3月13日 10:00 社区二楼")
    street.run_until(at(date(2026, 3, 13), 10))

    told = [h for h in street.sender.handed if "来回复 1" in h.text]
    assert "明天" in answer
    assert {local(handed.at).hour for handed in told} == {8}
    assert [name for handed in told for name in handed.to] == ["张三"]


def test_peer_06_called_at_night_for_the_night_it_is_left_to_who_calls(street: Street) -> None:
    street.run_until(at(THE_12TH, 21))
    answer = street.say("李书记", "建会 支部党员大会 3月12日 22:30 社区二楼")
    street.run_until(at(date(2026, 3, 13), 7))

    assert "要告诉大家请回复 发通知" in answer
    assert street.sender.delivered() == []


def test_peer_06_moved_to_the_same_day_those_expected_hear_of_it(street: Street) -> None:
    called = street.world.call(MeetingKind.LECTURE, at(date(2026, 3, 20), 15), street.li)
    street.run_until(at(THE_12TH, 13))
    street.say("李书记", "改期 3月党课 3月12日 16:00")
    street.run_until(at(THE_12TH, 18))

    [told] = [words for words in street.told("张三") if "党课" in words]
    assert "改到3月12日（周四）16:00" in told
    assert called.expected == 2


# --- 7: who has paid or answered is reminded ---------------------------------------------------


def test_peer_07_paid_between_planning_and_sending_nothing_is_said(street: Street) -> None:
    world = street.world
    world.assess(street.zhang, 3000)
    street.run_until(at(date(2026, 3, 20), 8, 59))
    world.clock.set(at(date(2026, 3, 20), 9))
    street.core.ticker.tick()
    planned = [row for row in world.outbox() if row.slot == "2026-03/first"]
    actor = world.actor(street.zhang)
    with world.database.writing() as session:
        declared = dues.declare(
            session,
            months=[Month(2026, 3)],
            total_fen=3000,
            by=actor,
            said_on=world.today,
            now=world.now,
            source="m1",
        )
    street.run_until(at(date(2026, 3, 21)))

    assert isinstance(declared, dues.Declared)
    assert [row.state for row in planned] == [SendState.QUEUED]
    [row] = [row for row in world.outbox() if row.slot == "2026-03/first"]
    assert (row.state, row.detail) == (SendState.VOID, "已办妥，不再提醒")
    assert not any("3月党费" in words for words in street.told("张三"))


def test_peer_07_answered_between_planning_and_sending_nothing_is_asked(street: Street) -> None:
    street.world.call(MeetingKind.GENERAL, at(date(2026, 3, 13), 10), street.li)
    street.run_until(at(THE_12TH, 15, 59))
    street.world.clock.set(at(THE_12TH, 16))
    street.core.ticker.tick()
    street.say("张三", "请假 13日 出差")
    street.run_until(at(THE_12TH, 18))

    assert not any("来回复 1" in words for words in street.told("张三"))
    assert any("来回复 1" in words for words in street.told("李书记"))


# --- 8: the next period is never reminded of, or an old one for ever ---------------------------

TWO_YEARS = at(date(2025, 12, 31), 12), at(date(2027, 12, 31), 12)
WATCHED = {"general_meeting", "org_life_meeting", "dues_unpaid"}
Rung = tuple[str, str, str, str]  # rule, period, step, name


def test_peer_08_over_two_years_all_that_was_planned_is_sent_and_nothing_else(
    database: Database,
) -> None:
    """Nothing is recorded in two years: every period has its ladder, and every step says why."""
    world = World(database, now=TWO_YEARS[0])
    branch = world.unit("第三党支部")
    li = world.member("李书记", branch, Role.SECRETARY, dues_fen=0)
    zhang = world.member("张三", branch, dues_fen=3000)
    world.policy(branch, policies.LECTURE, {"every": None})
    sender = ScriptedSender(world.clock)
    leaves = [rule for rule in RULES if rule.name in WATCHED]  # all would take minutes
    rules = [*leaves, above_rule(leaves)]
    common: dict[str, Any] = {"database": database, "rules": rules, "setting": SETTING}
    ticker = Ticker(clock=world.clock, routes=ROUTES, **common)
    dispatcher = Dispatcher(clock=world.clock, senders={SPACE: sender}, **common)
    ticker.tick()
    lines = ReminderPlanner(**common).plan(*TWO_YEARS)
    planned = [(line.at, line.to["name"], line.text) for line in lines]

    for moment in _moments([line[0] for line in planned]):
        world.clock.set(moment)
        assert ticker.tick().failed == ()
        dispatcher.drain()

    sent = [(handed.at, name, handed.text) for handed in sender.handed for name in handed.to]
    assert sorted(sent) == sorted(planned)
    rows = [row for row in world.outbox() if row.rule in WATCHED]
    assert {row.state for row in rows} == {SendState.ACCEPTED}
    told = [(row.rule, *row.slot.split("/"), row.address) for row in rows]
    assert sorted(told) == sorted(
        {
            *_rungs("general_meeting", _quarters(), li, "李书记"),
            *_rungs("org_life_meeting", _years(), li, "李书记"),
            *_rungs("dues_unpaid", _months(), zhang, "张三"),
        }
    )
    assert all(row.reason and row.reason["source"] and row.reason["ends_when"] for row in rows)


def _moments(planned: Sequence[datetime]) -> list[datetime]:
    """Return when the bot wakes: each morning on which it has something to say, and every week.

    What falls due in between is looked at then, and would be sent late, and so be seen here.
    """
    begin, end = TWO_YEARS
    weeks = [begin + n * timedelta(days=6) for n in range((end - begin).days // 6 + 1)]
    mornings = [at(day_of(moment), 9) for moment in planned]
    return sorted({*planned, *mornings, *weeks, end})


def _months() -> list[Month]:
    return list(months_between(Month(2026, 1), Month(2027, 12)))


def _quarters() -> list[Quarter]:
    return list(quarters_between(Quarter(2026, 1), Quarter(2027, 4)))


def _years() -> list[Year]:
    return [Year(2026), Year(2027)]


def _rungs(rule: str, periods: Sequence[Period], member: int, name: str) -> set[Rung]:
    """Return the steps of a ladder that arrive while they are of use: laid by hand."""
    ladder = Ladders().of(rule)
    found: set[Rung] = set()
    for period in periods:
        steps = ladder.steps(period)
        for step in steps:
            arrives = deliver_at(
                at(step.day, 9), f"m{member}", Policy(), SETTING.workdays, round_at=ROUND_AT
            )
            ends = at(useful_until(steps, step.day, ladder.deadline(period)))
            if arrives < min(ends, TWO_YEARS[1]):
                found.add((rule, str(period), step.name, name))
    return found


# --- 9: no holidays, no quiet hours ------------------------------------------------------------


def test_peer_09_nothing_leaves_at_night_nor_on_rest_days(database: Database) -> None:
    """National Day with its make-up Saturday, 10 October 2026, on which people do work."""
    world = World(database, now=at(date(2026, 9, 29), 12))
    street = Street(world)
    world.assess(street.zhang, 3000)
    world.policy(street.id, policies.ACTIVITY_DAY, {"day": 13, "shift": "keep"})
    street.run_until(at(date(2026, 11, 1)))

    moments = [local(handed.at) for handed in street.sender.handed]
    days = {moment.date() for moment in moments}
    assert not any(is_quiet(moment, Policy()) for moment in moments)
    assert all(SETTING.workdays.is_workday(day) for day in days)
    assert date(2026, 10, 8) in days  # T-7 was due on the 6th
    assert date(2026, 10, 10) in days  # T-3, a Saturday that is worked


@pytest.mark.parametrize(
    ("confirm", "leaves"),
    [
        pytest.param("确认3", at(date(2026, 10, 8), 8), id="确认，等到上班那天早上"),
        pytest.param("立即确认3", at(date(2026, 10, 1), 22), id="立即确认，马上发"),
    ],
)
def test_peer_09_only_what_a_person_has_confirmed_as_urgent_leaves_at_22(
    database: Database, confirm: str, leaves: datetime
) -> None:
    street = Street(World(database, now=at(date(2026, 10, 1), 21, 58)))
    street.world.member("王五", street.id)
    street.run_until(at(date(2026, 10, 1), 22))
    shown = street.say("李书记", "发通知 台风登陆，党员突击队马上集合")
    assert "立即确认3" in shown
    street.say("李书记", confirm)
    street.run_until(at(date(2026, 10, 9)))

    [moment] = {handed.at for handed in street.sender.handed if "台风" in handed.text}
    assert timedelta() <= moment - leaves <= 10 * MINUTE


# --- 11: hours off by the time zone ------------------------------------------------------------


def test_peer_11_every_moment_is_stored_in_utc(street: Street) -> None:
    moments = [
        column
        for table in Base.metadata.tables.values()
        for column in table.columns
        if isinstance(column.type, (DateTime, UtcMoment)) or column.type.python_type is datetime
    ]
    called = street.world.call(MeetingKind.GENERAL, at(date(2026, 3, 31), 23, 50), street.li)
    with street.world.database.reading() as session:
        stored = session.scalar(
            text("SELECT CAST(starts_at AS TEXT) FROM meeting")
            if street.world.database.is_sqlite
            else text("SELECT CAST(starts_at AT TIME ZONE 'UTC' AS TEXT) FROM meeting")
        )

    assert moments
    assert {type(column.type) for column in moments} == {UtcMoment}
    assert str(stored).startswith("2026-03-31 15:50")
    assert called.meeting.starts_at == datetime(2026, 3, 31, 15, 50, tzinfo=UTC)


def test_peer_11_ten_to_midnight_on_the_last_of_march_is_the_first_quarter(
    street: Street,
) -> None:
    world = street.world
    world.assess(street.zhang, 3000)
    called = world.call(MeetingKind.GENERAL, at(date(2026, 3, 31), 23, 50), street.li)
    world.clock.set(at(date(2026, 3, 31), 23, 50))
    said = street.say("张三", "党费已交 本月")

    with world.database.reading() as session:
        period = session.scalar(select(Meeting.for_period).where(Meeting.id == called.meeting.id))
        balance = dues.balances(session, [street.zhang], [Month(2026, 3), Month(2026, 4)])
    assert period == "2026Q1"
    assert "3月" in said
    states = {month: balance[street.zhang][month].state.value for month in balance[street.zhang]}
    assert states == {Month(2026, 3): "declared", Month(2026, 4): "unpaid"}


# --- 12: fear of the real send -----------------------------------------------------------------


def test_peer_12_a_dry_run_writes_nothing_and_sends_nothing(street: Street) -> None:
    world = street.world
    world.assess(street.zhang, 3000)
    world.call(MeetingKind.GENERAL, at(date(2026, 3, 24), 9), street.li)

    def everything() -> str:
        with world.database.reading() as session:
            return json.dumps(
                {
                    name: [[str(value) for value in row] for row in session.execute(table.select())]
                    for name, table in Base.metadata.tables.items()
                }
            )

    before = everything()
    planned = list(street.core.planner.plan(world.now, at(date(2026, 4, 1))))

    assert len(planned) > 5
    assert everything() == before
    assert street.sender.handed == []


@pytest.mark.parametrize(
    "ask",
    [
        pytest.param(lambda street: street.say("李书记", "试发 周三前交心得"), id="写明内容"),
        pytest.param(
            lambda street: [
                street.say("李书记", "发通知 周三前交心得"),
                street.say("李书记", "试发"),
            ],
            id="预览之后",
        ),
    ],
)
def test_peer_12_a_test_goes_to_who_asks_and_to_nobody_else(
    street: Street, ask: Callable[[Street], object]
) -> None:
    ask(street)
    street.run_until(at(date(2026, 3, 13), 12))

    assert [each for each in street.sender.delivered() if "心得" in each[1]] == [
        ("李书记", "周三前交心得")
    ]


def test_peer_12_a_test_delivered_again_is_sent_once(street: Street) -> None:
    message = Incoming(SPACE, SPACE, "twice", None, "李书记", street.world.now, "试发 交心得")
    first = street.core.pipeline.receive(message).text
    again = street.core.pipeline.receive(message).text
    street.core.turn()

    assert first == again
    assert street.told("李书记") == ["交心得"]
