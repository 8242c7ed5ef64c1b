"""Open items: once each, closed once, carried over until closed, told once before and once after."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest

from bot.clock import at
from bot.domain.cadence import MeetingKind
from bot.domain.errors import DomainError, NotFound
from bot.domain.ids import MemberId
from bot.domain.minutes import Line, Part
from bot.services import minutes, open_items, undo
from bot.services.inverses import INVERSES
from bot.services.meetings import MeetingView
from bot.services.open_items import Item, NoEvidence, NotTheirs
from bot.storage.engine import Database
from scheduler.rule import Asked, Setting, Slot
from scheduler.rules import open_item_due
from tests.support.dues_world import DuesBranch
from tests.support.world import HOURS, World

DUE = date(2026, 4, 20)
SETTING = Setting(workdays=HOURS.workdays, burden=HOURS.policy)


class Office(DuesBranch):
    """The third branch with a meeting whose minutes are written."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.zhang = world.member("张三", self.branch)
        self.wu = world.member("王五", self.branch)
        self.held = self.hold(2)

    def hold(self, days: int) -> MeetingView:
        """Call a meeting some days from now, and let it be over."""
        start = self.world.now + timedelta(days=days)
        called = self.world.call(MeetingKind.GENERAL, start, self.li).meeting
        self.world.clock.set(start + timedelta(hours=3))
        return called

    def write(self, *lines: str, due_on: date | None = None) -> None:
        """Write follow-ups into the minutes of the meeting."""
        actor = self.world.actor(self.wang)
        written = [Line(Part.FOLLOW_UP, line, due_on=due_on) for line in lines]
        self.do(
            lambda s: minutes.write(
                s, meeting_id=self.held.id, lines=written, by=actor, now=self.world.now
            )
        )

    def report(self, words: str, due_on: date | None = None, source: str = "1") -> Item:
        """Let 张三 report an issue."""
        actor = self.world.actor(self.zhang)
        return self.do(
            lambda s: open_items.report(
                s, words, due_on, by=actor, now=self.world.now, source=source
            )
        )

    def close(self, member: MemberId, number: int | None = None, note: str = "") -> object:
        """Let somebody say that something is done."""
        actor = self.world.actor(member)
        return self.do(lambda s: open_items.close(s, number, note, by=actor, now=self.world.now))

    def open_words(self) -> list[str]:
        """Return what is open."""
        actor = self.world.actor(self.li)
        return [i.words for i in self.do(lambda s: open_items.list_open(s, by=actor))[1]]

    def carried(self, meeting: MeetingView) -> list[str]:
        """Return what the minutes of a meeting carry over."""
        return [
            i.words for i in self.do(lambda s: minutes.look(s, meeting, self.world.now)).carried
        ]

    def told(self, day: date) -> dict[MemberId | None, list[str]]:
        """Return the steps each member is told of in the morning of a day."""
        found: dict[MemberId | None, list[str]] = {}
        with self.world.database.reading() as session:
            for reminder in open_item_due.reminders(session, Slot(at(day, 9)), SETTING):
                found.setdefault(reminder.member_id, []).append(reminder.slot.partition("/")[2])
        return found


@pytest.fixture
def office(database: Database) -> Office:
    """Return the branch after its meeting of 14 March."""
    return Office(World(database))


def test_pain_27_actions_of_minutes_have_owner_and_day_and_are_carried_over(office: Office) -> None:
    """纪要的待办、群里的问题：有负责人和期限，没办完的列进下一次会的纪要，办结就不再列。"""
    office.write("4月20日前报名单 王五", "买树苗", due_on=DUE)
    issue = office.report("3号楼漏雨 王五 4月20日前", DUE)

    assert office.carried(office.held) == []  # they come from it
    later = office.hold(10)
    assert office.carried(later) == ["4月20日前报名单 王五", "买树苗", "3号楼漏雨 4月20日前"]
    assert (issue.owner, issue.due_on, issue.number) == ("王五", DUE, 3)
    office.close(office.wu, 1, "交了")
    assert office.carried(later) == ["买树苗", "3号楼漏雨 4月20日前"]
    own = office.do(lambda s: open_items.list_own(s, office.wu))
    assert [item.number for item in own] == [3]


def test_the_owner_is_told_once_before_and_once_after_and_the_organiser_of_nobodys(
    office: Office,
) -> None:
    office.write("报名单 王五", "买树苗", due_on=DUE)

    days = [DUE + timedelta(days=n) for n in range(-3, 4)]
    told = [(office.told(day).get(office.wu), office.told(day).get(office.wang)) for day in days]
    assert told == [
        (None, None),
        (None, None),
        (["T-1"], ["T-1"]),
        (None, None),
        (["T+1"], ["T+1"]),
        (None, None),
        (None, None),
    ]
    office.close(office.wu, 1)
    assert office.told(DUE + timedelta(days=1)) == {office.wang: ["T+1"]}
    asked = [Asked(n, f"{n}/T+1", f"open_item:{n}", office.wu) for n in (1, 2)]
    with office.world.database.reading() as session:
        ids = {i.number: i.id for i in open_items.list_due(session, [DUE])}
        asked = [Asked(9, f"{ids[2]}/T+1", f"open_item:{ids[2]}", office.wang)]
        assert open_item_due.satisfied(session, asked, office.world.now) == []


def test_a_line_taken_back_or_corrected_takes_its_item_with_it(office: Office) -> None:
    office.write("买树苗 王五")
    office.undo(office.wang)
    assert office.open_words() == []

    office.write("买树苗 王五")
    actor = office.world.actor(office.li)
    office.do(
        lambda s: minutes.correct(
            s,
            meeting_id=office.held.id,
            line=Line(Part.FOLLOW_UP, "买树苗 张三"),
            number=1,
            reason="记错了",
            by=actor,
            now=office.world.now,
        )
    )

    assert office.open_words() == ["买树苗 张三"]
    assert [i.owner for i in office.do(lambda s: open_items.list_own(s, office.zhang))] == ["张三"]


def test_it_is_closed_by_whom_it_concerns_and_can_be_opened_again(office: Office) -> None:
    office.write("报名单 王五", "买树苗 王五")
    sun = office.world.member("孙丽", office.branch)

    with pytest.raises(NotTheirs, match="王五"):
        office.close(sun, 1)
    with pytest.raises(NotFound):
        office.close(office.wu, 7)
    office.close(office.wu, 2)
    office.close(office.wu)
    assert office.open_words() == []
    with pytest.raises(NotFound):
        office.close(office.wu, 1)
    actor = office.world.actor(office.wu)
    office.do(lambda s: undo.undo_last(s, INVERSES, by=actor, now=office.world.now))
    assert office.open_words() == ["报名单 王五"]
    office.close(office.wang, 1)  # who wrote it down


def test_an_issue_that_was_reported_done_is_open_but_in_nobodys_hands(office: Office) -> None:
    office.report("3号楼漏雨 王五")

    with pytest.raises(NoEvidence):
        office.close(office.wu)
    office.close(office.wu, 1, "补了")
    assert office.open_words() == ["3号楼漏雨"]
    assert office.do(lambda s: open_items.list_own(s, office.wu)) == []
    with pytest.raises(NotFound, match="等人核实"):
        office.close(office.zhang, 1, "补了")
    actor = office.world.actor(office.wu)
    office.do(lambda s: undo.undo_last(s, INVERSES, by=actor, now=office.world.now))
    assert len(office.do(lambda s: open_items.list_own(s, office.wu))) == 1


def test_a_message_delivered_twice_is_one_item(office: Office) -> None:
    first, again = office.report("路灯不亮"), office.report("路灯不亮")

    assert first.id == again.id
    assert office.open_words() == ["路灯不亮"]


def test_two_who_close_at_once_close_it_once(office: Office) -> None:
    office.report("路灯不亮 王五")
    ready = threading.Barrier(2)

    def done(member: MemberId) -> bool:
        ready.wait()
        try:
            office.close(member, 1, "修了")
        except DomainError:
            return False
        return True

    with ThreadPoolExecutor(2) as pool:
        closed = list(pool.map(done, (office.wu, office.li)))

    assert sorted(closed) == [False, True]
