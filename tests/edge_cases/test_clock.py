"""Edge cases of calendar, clock and jobs, by number; each test quotes its case in short.

The tests run with the machine's clock in New York: nothing here may depend on where it stands.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta

import pytest

from bot.channels.simulator import SPACE
from bot.clock import at, day_of, local
from bot.domain.activity_day import activity_day
from bot.domain.burden import Hours, Policy, Urgency, is_quiet
from bot.domain.cadence import MeetingKind
from bot.domain.calendar import ShiftPolicy, workdays_after
from bot.domain.ids import MemberId, UnitId
from bot.domain.incoming import Incoming
from bot.domain.periods import Month, months_after
from bot.domain.privacy import Text
from bot.domain.rights import Role
from bot.domain.sending import SendError, SendState
from bot.domain.series import Recurrence, days_of
from bot.services import people, policies
from bot.services.outbox import Letter
from bot.services.workdays import PublishedWorkdays
from bot.storage.engine import Database
from scheduler.dispatcher import Dispatcher
from scheduler.plan import ReminderPlanner
from scheduler.rule import Setting
from scheduler.rules import RULES
from scheduler.tick import Ticker
from tests.support.hall import Hall
from tests.support.world import ROUTES, ScriptedSender, World, core

KEEP, NEXT = ShiftPolicy.KEEP, ShiftPolicy.NEXT_WORKDAY
PREVIOUS, NEAREST = ShiftPolicy.PREVIOUS_WORKDAY, ShiftPolicy.NEAREST
PUBLISHED = PublishedWorkdays()
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def world(database: Database) -> World:
    """Return a street."""
    return World(database)


@pytest.fixture
def third(world: World) -> UnitId:
    """Return a branch with a secretary."""
    return _branch(world, "第三党支部", "李书记")


def _branch(world: World, name: str, secretary: str) -> UnitId:
    branch = world.unit(name)
    world.member(secretary, branch, Role.SECRETARY)
    return branch


def _ticker(world: World, workdays: PublishedWorkdays = PUBLISHED) -> Ticker:
    return Ticker(
        database=world.database,
        clock=world.clock,
        rules=RULES,
        setting=Setting(workdays, Policy()),
        routes=ROUTES,
    )


def _dispatcher(world: World, sender: ScriptedSender) -> Dispatcher:
    return Dispatcher(
        database=world.database,
        clock=world.clock,
        senders={sender.name: sender},
        rules=RULES,
        setting=Setting(PUBLISHED, Policy()),
    )


def _told_of(world: World, rule: str) -> list[str]:
    return [row.text for row in world.outbox() if row.rule == rule]


# --- 35: the server's clock ------------------------------------------------------------------


def test_case_35_today_and_the_month_are_those_of_shanghai(database: Database) -> None:
    """服务器用 UTC：北京时间1日0:10 已是新的一月，“今天”是1日。"""
    just_after_midnight = datetime(2026, 3, 31, 16, 10, tzinfo=UTC)
    hall = Hall(database)

    answer = hall.say("李建国", "建会 支部党员大会 今天 15:00 社区二楼", just_after_midnight)

    assert day_of(just_after_midnight) == date(2026, 4, 1)
    assert "4月1日" in answer
    assert "4月支部党员大会" in answer


def test_case_35_a_day_of_the_ladder_is_shanghais(world: World, third: UnitId) -> None:
    """UTC 的15日下午4点以后，北京已是16日：月初、月末、16日都按北京算。"""
    world.clock.set(datetime(2026, 2, 28, 16, 10, tzinfo=UTC))
    _ticker(world).tick()
    world.clock.set(datetime(2026, 3, 9, 1, 0, tzinfo=UTC))  # 9:00, a week before the 16th
    _ticker(world).tick()

    told = [row.slot for row in world.outbox() if row.rule == "theme_party_day"]
    assert told == ["2026-03/T-7"]
    assert third


# --- 36: the activity day on rest days -------------------------------------------------------


@pytest.mark.parametrize(
    ("month", "usual", "policy", "day"),
    [
        pytest.param("2017-09", 16, NEXT, date(2017, 9, 18), id="16日周六"),
        pytest.param("2024-09", 16, NEXT, date(2024, 9, 18), id="16日中秋放假"),
        pytest.param("2010-06", 16, NEAREST, date(2010, 6, 17), id="16日端午"),
        pytest.param("2013-02", 16, NEXT, date(2013, 2, 16), id="调休上班的周六照常"),
        pytest.param("2026-05", 16, KEEP, date(2026, 5, 16), id="社区支部愿意周末"),
        pytest.param("2026-10", 1, NEXT, date(2026, 10, 8), id="长假，顺延正好一周"),
        pytest.param("2026-02", 16, NEXT, None, id="春节顺延8天，请书记定"),
        pytest.param("2026-02", 16, PREVIOUS, date(2026, 2, 14), id="春节提前到调休的周六"),
        pytest.param("2026-05", 31, NEXT, None, id="顺延出了本月，请书记定"),
        pytest.param("2026-05", 31, PREVIOUS, date(2026, 5, 29), id="月末提前"),
        pytest.param("2026-10", 1, PREVIOUS, None, id="提前出了本月，请书记定"),
    ],
)
def test_case_36_the_day_moves_within_its_month_and_a_week_or_is_asked(
    month: str, usual: int, policy: ShiftPolicy, day: date | None
) -> None:
    """16日逢休息日、调休、长假、超过7天、出了月末：按支部约定移动，不行就请书记定。"""
    shifted = activity_day(Month.parse(month), Recurrence(day=usual), policy, PUBLISHED)

    assert shifted.day == day
    assert shifted.needs_asking is (day is None)


@pytest.mark.parametrize(
    ("month", "usual", "day"),
    [
        pytest.param("2017-04", Recurrence(nth=2, weekday=4), date(2017, 4, 14), id="第二个周五"),
        pytest.param("2026-10", Recurrence(nth=1, weekday=4), date(2026, 10, 8), id="逢国庆顺延"),
        pytest.param("2026-06", Recurrence(nth=5, weekday=4), date(2026, 6, 26), id="没有第五个"),
    ],
)
def test_case_36_a_branch_may_settle_a_weekday(month: str, usual: Recurrence, day: date) -> None:
    """有的支部定在第二个周五，一样按休息日移动。"""
    assert activity_day(Month.parse(month), usual, NEXT, PUBLISHED).day == day


@pytest.mark.parametrize(
    ("value", "from_", "told_on", "words"),
    [
        pytest.param(
            {"day": 1}, date(2026, 9, 20), date(2026, 9, 30), "10月主题党日是8日（周四）", id="国庆"
        ),
        pytest.param(
            {"day": 17}, date(2026, 2, 1), date(2026, 2, 14), "2月主题党日是24日（周二）", id="春节"
        ),
        pytest.param(
            {"day": 16}, date(2026, 5, 5), date(2026, 5, 11), "5月主题党日是18日（周一）", id="周末"
        ),
    ],
)
def test_case_36_a_move_is_told_before_the_usual_day(
    world: World, third: UnitId, value: dict[str, object], from_: date, told_on: date, words: str
) -> None:
    """挪了的日子，在原来那天以前告诉书记，长假里也不例外；到了日子开的会算本月的。"""
    world.policy(third, policies.ACTIVITY_DAY, {**value, "shift": "next_workday"})
    world.clock.set(at(from_))
    planner = ReminderPlanner(
        database=world.database,
        rules=[rule for rule in RULES if rule.name == "theme_party_day"],
        setting=Setting(PUBLISHED, Policy()),
    )

    told = [
        line for line in planner.plan(at(from_), at(from_ + 20 * DAY)) if words[:3] in line.text
    ]

    assert local(told[0].at).date() == told_on
    assert words in told[0].text
    assert "日是休息日，按本支部规定顺延到下一个工作日" in told[0].text


def test_case_36_a_meeting_on_the_day_it_moved_to_fills_the_month(
    world: World, third: UnitId
) -> None:
    """在挪到的那天开，就算本月的主题党日。"""
    world.clock.set(at(date(2026, 5, 10)))
    [li] = _members(world, third)
    world.call(MeetingKind.THEME_DAY, at(date(2026, 5, 18), 15), li)

    core(world.database, world.clock).run_until(world.clock, at(date(2026, 5, 16)))

    assert _told_of(world, "theme_party_day") == []


def _members(world: World, branch: UnitId) -> Sequence[MemberId]:
    with world.database.reading() as session:
        return [person.id for person in people.list_members(session, branch, world.today)]


# --- 37: the ends of months ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        pytest.param(date(2024, 2, 29), 12, date(2025, 2, 28), id="2月29日入党，满一年"),
        pytest.param(date(2024, 2, 29), 48, date(2028, 2, 29), id="四年后又有29日"),
        pytest.param(date(2026, 1, 31), 1, date(2026, 2, 28), id="1月31日过一个月"),
        pytest.param(date(2026, 3, 30), 1, date(2026, 4, 30), id="30日还在"),
        pytest.param(date(2026, 8, 31), 6, date(2027, 2, 28), id="半年，跨年"),
        pytest.param(date(2026, 5, 31), -1, date(2026, 4, 30), id="往前"),
    ],
)
def test_case_37_months_end_with_the_month(day: date, months: int, expected: date) -> None:
    """29至31日在短的月份，到月末为止；2月29日加一年是2月28日。"""
    assert months_after(day, months) == expected


def test_case_37_what_recurs_on_the_31st_recurs_every_month() -> None:
    """每月31日的事，短的月份在月末，一个月也不漏。"""
    last = Recurrence(day=31)

    days = list(days_of(last, date(2025, 12, 31), date(2026, 6, 30)))

    assert [day.day for day in days] == [31, 28, 31, 30, 31, 30]
    assert activity_day(Month(2024, 2), last, KEEP, PUBLISHED).day == date(2024, 2, 29)


# --- 38: a year without its notice -----------------------------------------------------------

FESTIVAL = {date(2027, 2, day): False for day in range(15, 20)}  # made up
NOTICE = PublishedWorkdays(FESTIVAL, announced=[2027])


def _two_branches_told_by_the_estimate(world: World) -> tuple[UnitId, UnitId]:
    """Let two branches be told of their day, the 16th and the 23rd, before the notice."""
    third, fifth = _branch(world, "第三党支部", "李书记"), _branch(world, "第五党支部", "周书记")
    world.policy(fifth, policies.ACTIVITY_DAY, {"day": 12})
    for day in (date(2027, 2, 5), date(2027, 2, 9)):
        _round(world, day, PUBLISHED)
    return third, fifth


def _round(world: World, day: date, workdays: PublishedWorkdays) -> None:
    """Tick over the morning of a day."""
    for hour in (8, 9):
        world.clock.set(at(day, hour))
        _ticker(world, workdays).tick()


def test_case_38_without_the_notice_the_day_is_provisional(world: World) -> None:
    """明年放假安排没公布：先按估算提醒，理由里说明日子是暂定的。"""
    third, _ = _two_branches_told_by_the_estimate(world)

    [row] = [r for r in world.outbox() if r.subject == f"unit:{third}" and "2月主题" in r.text]

    assert "2月主题党日是16日（周二），还没有安排" in row.text
    assert row.reason is not None
    assert "2027年放假安排还没有公布，日子以公布后为准" in row.reason["facts"]["words"]


def test_case_38_when_the_notice_comes_only_changed_days_are_told_once(world: World) -> None:
    """公布以后重算：变了的告诉一次，没变的不说。"""
    third, fifth = _two_branches_told_by_the_estimate(world)
    before = len(world.outbox())

    for day in (10, 11, 12):
        _round(world, date(2027, 2, day), NOTICE)

    new = [row for row in world.outbox()[before:] if row.rule == "theme_party_day"]
    assert [row.subject for row in new] == [f"unit:{third}"]
    assert new[0].text.startswith(
        "李书记您好：2027年放假安排公布了，第三党支部2月主题党日改为22日（周一）"
        "（16日是休息日，按本支部规定顺延到下一个工作日），原先说的是16日。"
    )
    assert fifth


def test_case_38_a_day_that_can_only_be_asked_for_is_asked_for(world: World) -> None:
    """公布以后要挪一周以上的，请书记定一天。"""
    long_ = PublishedWorkdays(
        {date(2027, 2, day): False for day in range(13, 26)}, announced=[2027]
    )
    third, _ = _two_branches_told_by_the_estimate(world)
    before = len(world.outbox())

    _round(world, date(2027, 2, 11), long_)

    texts = {row.subject: row.text for row in world.outbox()[before:]}
    assert "2月主题党日原先说的是16日，16日是休息日" in texts[f"unit:{third}"]
    assert "请您定一天" in texts[f"unit:{third}"]


def test_case_38_nobody_is_told_of_a_change_who_was_told_nothing(world: World) -> None:
    """没告诉过的，直接按公布的日子提醒。"""
    _branch(world, "第三党支部", "李书记")

    for day in range(8, 23):
        _round(world, date(2027, 2, day), NOTICE)

    told = [text for text in _told_of(world, "theme_party_day") if "2月主题" in text]
    assert told
    assert all("公布了" not in text and "22日（周一）" in text for text in told)


def test_case_38_a_meeting_that_was_called_meanwhile_needs_no_telling(world: World) -> None:
    """书记已经定了日子的，不再打扰。"""
    third, _ = _two_branches_told_by_the_estimate(world)
    [li] = _members(world, third)
    world.call(MeetingKind.THEME_DAY, at(date(2027, 2, 24), 15), li)
    before = len(world.outbox())

    _round(world, date(2027, 2, 11), NOTICE)

    assert [row.subject for row in world.outbox()[before:] if row.rule == "theme_party_day"] == []


# --- 39: down over the time ------------------------------------------------------------------


def test_case_39_what_was_missed_is_sent_once_and_not_at_night(world: World, third: UnitId) -> None:
    """停机错过发送时间：还有用就补一次，夜里不补；重新启动不会发两遍。"""
    world.clock.set(at(date(2026, 3, 16), 8))
    _ticker(world).tick()
    sender = ScriptedSender(world.clock)

    world.clock.set(at(date(2026, 3, 16), 23))
    for _ in range(2):  # started twice
        core(world.database, world.clock, sender).turn()
    at_night = list(sender.handed)
    for _ in range(2):
        core(world.database, world.clock, sender).run_until(
            world.clock, world.now + timedelta(hours=11)
        )

    about = [handed for handed in sender.handed if "一季度的支部党员大会" in handed.text]
    assert at_night == []
    assert [day_of(handed.at) for handed in about] == [date(2026, 3, 17)]
    assert not is_quiet(about[0].at, Policy())
    assert third


def test_case_39_what_is_of_no_use_any_more_is_dropped(world: World, third: UnitId) -> None:
    """会已经开了，会前的提醒就不再补。"""
    [li] = _members(world, third)
    world.chat(third, "三支部群")
    called = world.call(MeetingKind.OTHER, at(date(2026, 3, 17), 9), li)
    world.clock.set(at(date(2026, 3, 16), 10))
    _ticker(world).tick()

    world.clock.set(called.meeting.starts_at + MINUTE)
    sender = ScriptedSender(world.clock)
    core(world.database, world.clock, sender).run_until(world.clock, world.now + HOUR)

    assert [handed.text for handed in sender.handed if "社区二楼" in handed.text] == []


# --- 40: two workers -------------------------------------------------------------------------


def test_case_40_two_workers_do_a_job_once(world: World) -> None:
    """两个进程同时到点：同一规则、支部、时段、步骤只有一条，只发一遍。"""
    branches = [_branch(world, f"第{n}党支部", f"书记{n}") for n in "一二三"]
    world.clock.set(at(date(2026, 3, 16), 8, 59))
    _ticker(world).tick()
    world.clock.set(at(date(2026, 3, 16), 9, 15))
    sender = ScriptedSender(world.clock)
    start = threading.Barrier(2)

    def work() -> None:
        start.wait()
        assert _ticker(world).tick().failed == ()
        _dispatcher(world, sender).drain()

    with ThreadPoolExecutor(2) as workers:
        for done in [workers.submit(work) for _ in range(2)]:
            done.result(timeout=60)
    world.clock.advance(HOUR)
    _dispatcher(world, sender).drain()

    keys = [row.key for row in world.outbox()]
    members = {row.subject: row.member_id for row in world.outbox()}
    assert len(keys) == len(set(keys))
    for branch in branches:
        member = members[f"unit:{branch}"]
        assert f"general_meeting:2026Q1/second:unit:{branch}:m{member}" in keys
    assert set(Counter(sender.delivered()).values()) == {1}


# --- 41: the platform says no ----------------------------------------------------------------


@pytest.mark.parametrize(
    "refusal",
    [
        pytest.param(SendError("接口调用超过频率", code=45009, pauses_channel=True), id="超过频率"),
        pytest.param(SendError("凭证过期", code=42001, pauses_channel=True), id="凭证过期"),
        pytest.param(SendError("系统繁忙", code=-1), id="系统繁忙"),
    ],
)
def test_case_41_what_was_refused_is_sent_later_and_in_order(
    world: World, third: UnitId, refusal: SendError
) -> None:
    """平台拒绝：排队再发，同一个人的先后不变，一条不少、一条不多。"""
    [li] = _members(world, third)
    sender = ScriptedSender(world.clock, refusal, refusal)
    dispatcher = _dispatcher(world, sender)
    for text in ("先说的", "后说的"):
        world.enqueue(world.letter(li, text))
        world.clock.advance(timedelta(seconds=1))

    dispatcher.drain()
    for _ in range(20):
        world.clock.set(dispatcher.next_due() or world.now)
        dispatcher.drain()

    rows = world.outbox()
    assert [row.state for row in rows] == [SendState.ACCEPTED] * 2
    said = [handed.text for handed in sender.handed]
    assert said[-1] == "后说的"
    assert said.count("后说的") == 1
    assert rows[0].finished_at is not None
    assert rows[1].finished_at is not None
    assert rows[0].finished_at <= rows[1].finished_at


def test_case_41_twelve_branches_at_eight_are_spread(world: World) -> None:
    """12个支部的通知都等到早上8点：错开几分钟，不在整点半点，每个群一条。"""
    hours = Hours(Policy(), PUBLISHED)
    at_night = at(date(2026, 3, 16), 6)
    world.clock.set(at_night)
    for number in range(1, 13):
        branch = world.unit(f"第{number}党支部")
        world.chat(branch, f"{number}支部群")
        key = f"notice:{number}:g{branch}"
        due = hours.allow(at_night, key, Urgency.EVENT_DAY)
        world.enqueue(Letter(key=key, text=Text("今天开会"), unit_id=branch, due_at=due))
    sender = ScriptedSender(world.clock, max_recipients=1, per_minute=20)

    core(world.database, world.clock, sender).run_until(world.clock, at(date(2026, 3, 16), 9))

    minutes = Counter(local(handed.at).replace(second=0) for handed in sender.handed)
    assert sum(minutes.values()) == 12
    assert max(minutes.values()) <= 4
    assert all(local(at_night).replace(hour=8) < minute for minute in minutes)
    assert all(minute.minute not in (0, 30) for minute in minutes)
    assert set(Counter(sender.delivered()).values()) == {1}


# --- 42: when something was said -------------------------------------------------------------


def test_case_42_a_message_delivered_late_counts_when_it_was_sent(database: Database) -> None:
    """消息晚到：按发出的时间算；签到不因网络慢变成迟到，月末说的是上个月。"""
    hall = Hall(database)
    hall.world.clock.set(at(date(2026, 3, 16), 15, 20))

    answer = _deliver(hall, "张三", "签到", sent_at=at(date(2026, 3, 16), 14, 58))

    assert "已签到（14:58）" in answer


def test_case_42_a_phone_whose_clock_is_ahead_is_dated_by_arrival(database: Database) -> None:
    """手机或平台的钟快了：不信未来的时间，按收到的时间算。"""
    hall = Hall(database)
    hall.world.clock.set(at(date(2026, 3, 16), 14, 58))

    answer = _deliver(hall, "张三", "签到", sent_at=at(date(2026, 3, 17), 9))

    assert "已签到（14:58）" in answer


def test_case_42_what_was_said_on_the_last_day_belongs_to_it(database: Database) -> None:
    """31日23:58发、1日0:03到：“明天”是1日。"""
    hall = Hall(database)
    hall.world.clock.set(at(date(2026, 4, 1), 0, 3))
    order = "建会 支部党员大会 明天 15:00 社区二楼"

    answer = _deliver(hall, "李建国", order, sent_at=at(date(2026, 3, 31), 23, 58))

    assert "4月1日" in answer


def _deliver(hall: Hall, name: str, text: str, *, sent_at: datetime) -> str:
    message = Incoming(SPACE, SPACE, f"late-{text}", None, name, sent_at, text)
    return hall.core.pipeline.receive(message).text or ""


# --- 43: working days ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("posted", "count", "last", "provisional"),
    [
        pytest.param(date(2026, 3, 9), 5, date(2026, 3, 16), False, id="张贴当天不算"),
        pytest.param(date(2026, 4, 29), 5, date(2026, 5, 9), False, id="跨五一，调休周六算"),
        pytest.param(date(2026, 9, 30), 1, date(2026, 10, 8), False, id="国庆前一天贴"),
        pytest.param(date(2026, 5, 16), 1, date(2026, 5, 18), False, id="周六贴"),
        pytest.param(date(2026, 2, 14), 5, date(2026, 2, 28), False, id="调休日贴，跨春节"),
        pytest.param(date(2026, 12, 29), 5, date(2027, 1, 6), True, id="跨到没公布的一年"),
    ],
)
def test_case_43_working_days_run_around_holidays(
    posted: date, count: int, last: date, provisional: bool
) -> None:
    """公示5个工作日、限时办结：从第二天数起，放假不算，调休上班算；没公布的年份是暂定。"""
    due = workdays_after(posted, count, PUBLISHED)

    assert (due.day, due.provisional) == (last, provisional)
