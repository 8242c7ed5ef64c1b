"""Dues reminders on order: who is told, at most once a member, month and day, and never late."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date, time, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from bot.channels.simulator import SPACE
from bot.clock import at
from bot.domain.burden import Hours, Policy
from bot.domain.errors import Forbidden
from bot.domain.ids import MemberId
from bot.domain.money import yuan
from bot.domain.periods import Month
from bot.domain.privacy import Text
from bot.domain.rights import Role
from bot.main import Core
from bot.services import dues, remind_unpaid
from bot.services.dues_lists import Owing
from bot.services.remind_unpaid import NobodyOwes, Ordered, PastDeadline, Preview
from bot.services.workdays import PublishedWorkdays
from bot.storage.engine import Database
from bot.storage.models import DuesReminder
from tests.support.world import HOURS, ROUTES, ScriptedSender, World, core

JANUARY, FEBRUARY, MARCH = (Month(2026, number) for number in (1, 2, 3))
TODAY = date(2026, 3, 12)
NO_HOURS = Hours(Policy(time(0), time(0), quiet_rest_days=False), PublishedWorkdays())


def _write(line: Owing) -> Text:
    months = "、".join(str(month) for month in line.months)
    return Text(f"{line.person.name}：{months} {yuan(line.total_fen)}")


class Purse:
    """The third branch: Zhang owes 30 a month, Zhao 15; Sun has no account; Qian owes nothing."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.branch = world.unit("第三党支部")
        self.wang = world.member("王组织", self.branch, Role.ORGANISER)
        self.zhang = world.member("张三", self.branch, dues_fen=3000)
        self.zhao = world.member("赵六", self.branch, dues_fen=1500)
        self.sun = world.member("孙丽", self.branch, dues_fen=20, account=False)
        self.qian = world.member("钱进", self.branch, dues_fen=0)
        self.sender = ScriptedSender(world.clock, name=SPACE)
        self.core: Core = core(world.database, world.clock, self.sender)
        self._orders = 0

    def preview(self, by: MemberId | None = None, **more: Any) -> Preview:
        """Let somebody look at whom an order concerns."""
        actor = self.world.actor(by or self.wang)
        with self.world.database.reading() as session:
            return remind_unpaid.prepare(
                session, by=actor, routes=ROUTES, **{"on": self.world.today, **more}
            )

    def send(
        self,
        *months: Month,
        to: Sequence[MemberId] | None = None,
        by: MemberId | None = None,
        **more: Any,
    ) -> Ordered:
        """Let somebody order reminders."""
        actor = self.world.actor(by or self.wang)
        self._orders += 1
        with self.world.database.writing() as session:
            return remind_unpaid.send(
                session,
                by=actor,
                routes=ROUTES,
                members=to or (self.zhang, self.zhao, self.sun),
                months=months,
                write=_write,
                now=self.world.now,
                **{
                    "on": self.world.today,
                    "hours": HOURS,
                    "deadline": None,
                    "batch": f"order {self._orders}",
                    **more,
                },
            )

    def declare(self, member: MemberId, *months: Month) -> None:
        """Let a member declare."""
        actor = self.world.actor(member)
        with self.world.database.writing() as session:
            done = dues.declare(
                session,
                months=months,
                total_fen=None,
                by=actor,
                said_on=self.world.today,
                now=self.world.now,
                source=f"{member}",
            )
        assert isinstance(done, dues.Declared)

    def told(self) -> list[str]:
        """Return what has reached anybody."""
        return [text for _, text in self.sender.delivered()]


@pytest.fixture
def purse(database: Database) -> Purse:
    """Return the purse on Thursday, 12 March, at noon."""
    return Purse(World(database))


def test_it_shows_who_owes_which_months_and_who_is_to_be_phoned(purse: Purse) -> None:
    purse.declare(purse.zhao, JANUARY, FEBRUARY)

    shown = purse.preview()

    assert [(line.person.name, line.months) for line in shown.owing] == [
        ("张三", (JANUARY, FEBRUARY, MARCH)),
        ("赵六", (MARCH,)),
        ("孙丽", (JANUARY, FEBRUARY, MARCH)),
    ]
    assert shown.unreachable == ("孙丽",)


def test_it_keeps_to_months_and_people_named_and_never_to_months_ahead(purse: Purse) -> None:
    shown = purse.preview(members=[purse.zhao], months=[FEBRUARY, Month(2026, 4)])

    assert [(line.person.name, line.months) for line in shown.owing] == [("赵六", (FEBRUARY,))]


def test_it_tells_each_one_once_and_privately(purse: Purse) -> None:
    done = purse.send()
    purse.core.dispatcher.drain()

    assert (done.queued, done.settled, done.unreachable) == (2, 0, ("孙丽",))
    assert sorted(purse.sender.delivered()) == [
        ("张三", "张三：2026-01、2026-02、2026-03 90"),
        ("赵六", "赵六：2026-01、2026-02、2026-03 45"),
    ]


def test_a_month_is_told_once_a_day_whatever_is_ordered(purse: Purse) -> None:
    purse.send(FEBRUARY)
    again = purse.send(FEBRUARY)
    more = purse.send(to=[purse.zhao])
    purse.core.dispatcher.drain()

    assert (again.queued, more.queued) == (0, 1)
    assert sorted(purse.told()) == [
        "张三：2026-02 30",
        "赵六：2026-01、2026-03 30",
        "赵六：2026-02 15",
    ]
    with pytest.raises(NobodyOwes, match="一天只提醒一次"):
        purse.preview(members=[purse.zhao])
    assert purse.preview().told_today == ("赵六",)


def test_the_next_day_it_may_be_ordered_again(purse: Purse) -> None:
    purse.send(MARCH)
    purse.world.clock.advance(timedelta(days=1))

    assert purse.send(MARCH).queued == 2


def test_who_declares_between_preview_and_order_is_not_told(purse: Purse) -> None:
    purse.declare(purse.zhao, MARCH)

    done = purse.send(MARCH)

    assert (done.queued, done.settled) == (1, 1)


def test_who_declares_between_order_and_sending_is_not_told(purse: Purse) -> None:
    tomorrow = date(2026, 3, 13)
    purse.world.clock.set(at(TODAY, 21))
    done = purse.send(on=tomorrow)
    purse.declare(purse.zhao, JANUARY)  # the text would name a month that is declared
    purse.core.run_until(purse.world.clock, at(tomorrow, 9))

    assert at(tomorrow, 8) < done.earliest_at <= at(tomorrow, 8, 10)
    told = [text for text in purse.told() if not text.startswith("王组织早上好")]
    assert [text for text in told if "赵六" in text] == []
    assert "张三：2026-01、2026-02、2026-03 90" in purse.told()


def test_quiet_hours_hold_it_even_if_it_was_queued_for_now(purse: Purse) -> None:
    purse.world.clock.set(at(TODAY, 21))
    purse.send(MARCH, to=[purse.zhang], hours=NO_HOURS)

    purse.core.dispatcher.drain()
    at_night = purse.told()
    purse.core.run_until(purse.world.clock, at(date(2026, 3, 13), 9))

    assert at_night == []
    assert "张三：2026-03 30" in purse.told()  # quiet hours had it wait: it is not late


def test_the_ladder_and_an_order_share_the_day(purse: Purse) -> None:
    purse.world.clock.set(at(date(2026, 3, 20), 8, 30))
    purse.send(MARCH, to=[purse.zhang])
    purse.core.run_until(purse.world.clock, at(date(2026, 3, 20), 11))
    by_ladder = [text for text in purse.told() if "您好" in text]

    later = purse.send(MARCH)
    purse.core.dispatcher.drain()

    assert [text[:2] for text in by_ladder] == ["赵六"]
    assert (later.queued, later.settled) == (0, 0)
    assert purse.send(JANUARY).queued == 2


def test_after_the_deadline_it_is_of_no_use(purse: Purse) -> None:
    purse.send(MARCH, deadline=date(2026, 3, 20))
    purse.send(FEBRUARY)

    ends = [row.expires_at for row in purse.world.outbox()]

    assert ends == [at(date(2026, 3, 21))] * 2 + [purse.world.now + timedelta(days=10)] * 2


@pytest.mark.parametrize(
    ("deadline", "fits"),
    [
        pytest.param(date(2026, 3, 11), False, id="昨天"),
        pytest.param(TODAY, True, id="今天"),
        pytest.param(TODAY + timedelta(days=92), True, id="三个月"),
        pytest.param(TODAY + timedelta(days=93), False, id="太远，多半写错了"),
    ],
)
def test_a_deadline_lies_within_three_months(purse: Purse, deadline: date, fits: bool) -> None:
    if fits:
        assert purse.preview(deadline=deadline).owing
    else:
        with pytest.raises(PastDeadline):
            purse.preview(deadline=deadline)


def test_there_may_be_nobody_to_remind(purse: Purse) -> None:
    with pytest.raises(NobodyOwes, match="没有要提醒的"):
        purse.preview(members=[purse.qian])


def test_only_who_confirms_dues_may_order_it(purse: Purse) -> None:
    with pytest.raises(Forbidden):
        purse.preview(by=purse.zhang)
    with pytest.raises(Forbidden):
        purse.send(by=purse.zhang)


def test_nobody_of_another_branch_is_told(purse: Purse) -> None:
    fifth = purse.world.unit("第五党支部")
    stranger = purse.world.member("陈静", fifth, dues_fen=2000)

    assert purse.send(to=[purse.zhang, stranger]).queued == 1
    with pytest.raises(Forbidden):
        purse.send(to=[stranger])


def test_an_officer_may_name_people_of_any_branch(purse: Purse) -> None:
    officer = purse.world.member("街道干部", None, Role.OFFICER)

    assert purse.send(to=[purse.zhang], by=officer).queued == 1


def test_every_text_says_why(purse: Purse) -> None:
    purse.send(MARCH, to=[purse.zhang])

    [row] = purse.world.outbox()

    assert row.reason is not None
    assert row.reason["facts"] == {"words": "您3月还没有登记", "months": ["2026-03"]}
    assert row.reason["seen_by"] == "只发给您"
    assert row.unit_id is None


def test_two_orders_at_once_tell_nobody_twice(purse: Purse) -> None:
    meet = threading.Barrier(2)

    def order(batch: str) -> int:
        meet.wait()
        return purse.send(MARCH, batch=batch).queued

    with ThreadPoolExecutor(2) as pool:
        queued = [done.result() for done in [pool.submit(order, name) for name in ("a", "b")]]

    assert sum(queued) == 2
    with purse.world.database.reading() as session:
        assert len(session.scalars(select(DuesReminder.id)).all()) == 3
