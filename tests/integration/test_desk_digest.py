"""The morning note of what waits: to whom, when, how often, and what a number of it does."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import update

from bot.channels.simulator import SPACE
from bot.clock import at, local
from bot.domain.cadence import MeetingKind
from bot.domain.incoming import Incoming
from bot.domain.rights import Role
from bot.domain.sending import SendError, Sent
from bot.domain.tasks import MOST_LINES, Task
from bot.services import tasks
from bot.services.tasks import LEAVES
from bot.services.tasks.leaf import Leaf
from bot.storage.engine import Database
from bot.storage.models import Post
from scheduler.rule import Slot
from scheduler.rules import desk_digest
from tests.support.world import ScriptedSender, World, core

THURSDAY, FRIDAY, MONDAY = date(2026, 3, 12), date(2026, 3, 13), date(2026, 3, 16)


class Branch:
    """The third branch: Secretary Li, Organiser Wang, Zhang and Zhao, each with dues to pay."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.id = world.unit("第三党支部")
        self.li = world.member("李书记", self.id, Role.SECRETARY)
        self.wang = world.member("王敏", self.id, Role.ORGANISER)
        self.zhang = world.member("张三", self.id, dues_fen=3000)
        self.zhao = world.member("赵六", self.id, dues_fen=1500)
        self.sender = ScriptedSender(world.clock)
        self.core = core(world.database, world.clock, self.sender)
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

    def notes(self, name: str) -> list[tuple[datetime, str]]:
        """Return the morning notes somebody was sent, with when."""
        return [
            (local(one.at), one.text)
            for one in self.sender.handed
            if name in one.to and "早上好" in one.text
        ]


@pytest.fixture
def branch(database: Database) -> Branch:
    """Return the branch, on Thursday, 12 March 2026, at noon."""
    return Branch(World(database))


def test_what_waits_is_told_the_next_morning_to_the_organiser_alone(branch: Branch) -> None:
    branch.say("张三", "党费已交 3月 30")
    branch.say("赵六", "党费已交 3月 15")

    branch.run_until(at(FRIDAY, 12))

    [(when, note)] = branch.notes("王敏")
    assert note.splitlines() == [
        "王敏早上好，等您办的1件：",
        "1 党费等您核对2人：张三、赵六",
        "回复数字就办，例如 1",
    ]
    assert (when.date(), when.hour) == (FRIDAY, 8)
    assert 30 < when.minute < 40
    assert [branch.notes(name) for name in ("李书记", "张三", "赵六")] == [[], [], []]


def test_a_number_does_what_stood_behind_it(branch: Branch) -> None:
    branch.say("张三", "党费已交 3月 30")
    branch.run_until(at(FRIDAY, 9))

    assert "张三 3月 30元" in branch.say("王敏", "1")
    assert branch.say("王敏", "确认1").startswith("✓")
    assert tasks_of(branch) == []


def test_a_number_that_the_note_does_not_have_is_told(branch: Branch) -> None:
    branch.say("张三", "党费已交 3月 30")
    branch.run_until(at(FRIDAY, 9))

    assert "1" in branch.say("王敏", "3")
    assert len(tasks_of(branch)) == 1


def test_without_anything_new_no_note_but_on_the_first_workday_of_four_weeks(
    branch: Branch,
) -> None:
    branch.say("张三", "党费已交 3月 30")

    branch.run_until(at(date(2026, 5, 9), 12))

    days = [when.date() for when, _ in branch.notes("王敏")]
    # The sixth of April was a holiday (清明): that week begins on Tuesday.
    assert days == [FRIDAY, MONDAY, date(2026, 3, 23), date(2026, 3, 30), date(2026, 4, 7)]


def test_something_new_is_told_though_something_old_waits(branch: Branch) -> None:
    branch.say("张三", "党费已交 3月 30")
    branch.run_until(at(date(2026, 3, 17), 12))
    branch.say("赵六", "党费已交 3月 15")

    branch.run_until(at(date(2026, 3, 18), 12))

    assert [when.date() for when, _ in branch.notes("王敏")][-1] == date(2026, 3, 18)


def test_leave_that_waits_is_told_again_the_day_before_the_meeting_and_on_its_day(
    branch: Branch,
) -> None:
    branch.say("李书记", "设置请假 要同意")
    branch.world.call(MeetingKind.LECTURE, at(date(2026, 3, 20), 15), branch.li)
    assert "等组织委员同意" in branch.say("张三", "请假 3月20日 出差")

    branch.run_until(at(date(2026, 3, 20), 12))

    days = [when.date() for when, note in branch.notes("王敏") if "请假等您同意1人：张三" in note]
    assert days == [FRIDAY, MONDAY, date(2026, 3, 19), date(2026, 3, 20)]


def test_what_was_done_between_planning_and_sending_is_not_told(branch: Branch) -> None:
    branch.say("张三", "党费已交 3月 30")
    branch.world.clock.set(at(FRIDAY, 8, 30) + timedelta(seconds=10))
    branch.core.ticker.tick()

    branch.say("张三", "撤销")
    branch.run_until(at(FRIDAY, 12))

    assert branch.notes("王敏") == []


def test_who_takes_a_post_over_is_told_the_next_morning_of_what_was_left(branch: Branch) -> None:
    branch.say("张三", "党费已交 3月 30")
    branch.run_until(at(date(2026, 3, 17), 12))
    with branch.world.database.writing() as session:
        session.execute(
            update(Post).where(Post.member_id == branch.wang).values(valid_to=date(2026, 3, 18))
        )

    branch.run_until(at(date(2026, 3, 20), 12))

    assert [when.date() for when, _ in branch.notes("李书记")] == [date(2026, 3, 18)]
    assert [when.date() for when, _ in branch.notes("王敏")] == [FRIDAY, MONDAY]


def test_whose_post_ends_between_planning_and_sending_is_not_told(branch: Branch) -> None:
    branch.say("张三", "党费已交 3月 30")
    branch.world.clock.set(at(FRIDAY, 8, 30) + timedelta(seconds=10))
    branch.core.ticker.tick()

    with branch.world.database.writing() as session:
        session.execute(update(Post).where(Post.member_id == branch.wang).values(valid_to=FRIDAY))
    branch.run_until(at(MONDAY, 12))

    assert branch.notes("王敏") == []
    assert [when.date() for when, _ in branch.notes("李书记")] == [MONDAY]


def test_of_two_officers_one_is_told_and_both_may_ask(branch: Branch) -> None:
    sixth = branch.world.unit("第六党支部")
    branch.world.member("钱进", sixth, dues_fen=2000)
    for officer in ("周专干", "吴专干"):
        branch.world.member(officer, None, Role.OFFICER)
    branch.say("钱进", "党费已交 3月 20")

    branch.run_until(at(FRIDAY, 12))

    told = [name for name in ("周专干", "吴专干") if branch.notes(name)]
    assert len(told) == 1


def test_four_that_tick_at_once_and_a_restart_send_one_note(branch: Branch) -> None:
    branch.say("张三", "党费已交 3月 30")
    branch.world.clock.set(at(FRIDAY, 8, 30) + timedelta(seconds=10))
    others = [core(branch.world.database, branch.world.clock, branch.sender) for _ in range(4)]

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda one: one.ticker.tick(), others))
    again = core(branch.world.database, branch.world.clock, branch.sender)
    again.run_until(branch.world.clock, at(FRIDAY, 12))

    assert len(branch.notes("王敏")) == 1


def test_a_clock_set_back_tells_nothing_twice(branch: Branch) -> None:
    branch.say("张三", "党费已交 3月 30")
    branch.run_until(at(FRIDAY, 12))

    branch.world.clock.set(at(THURSDAY, 20))
    branch.run_until(at(FRIDAY, 18))

    assert len(branch.notes("王敏")) == 1


def test_a_number_answered_a_week_later_does_nothing(branch: Branch) -> None:
    branch.say("张三", "党费已交 3月 30")
    branch.say("李书记", "晨报 关")
    branch.run_until(at(FRIDAY, 12))
    branch.say("王敏", "晨报 关")

    branch.run_until(at(date(2026, 3, 20), 12))

    assert "将核对" not in branch.say("王敏", "1")
    [task] = tasks_of(branch)
    assert task.count == 1


def test_a_group_that_was_reached_again_is_not_told_of_any_more(branch: Branch) -> None:
    branch.world.chat(branch.id, "群3")
    branch.world.call(MeetingKind.LECTURE, at(date(2026, 3, 17), 15), branch.li)
    branch.sender.then(*_refusing("群3"))
    branch.run_until(at(MONDAY, 17))
    assert "第三党支部群" in branch.say("王敏", "我的待办")

    branch.sender.recover()
    branch.world.call(MeetingKind.OTHER, at(date(2026, 3, 18), 15), branch.li)
    branch.run_until(at(date(2026, 3, 17), 17))

    assert "第三党支部群" not in branch.say("王敏", "我的待办")


def _refusing(address: str) -> list[Callable[[str], Sent]]:
    """Return a script that refuses one address for long, and takes everything else."""

    def answer(body: str) -> Sent:
        if address in body:
            raise SendError("机器人已被移出群", permanent=True)
        return Sent("no-0")

    return [answer] * 200


def test_on_rest_days_nothing_is_said(branch: Branch) -> None:
    branch.run_until(at(FRIDAY, 12))
    branch.say("张三", "党费已交 3月 30")

    branch.run_until(at(MONDAY, 12))

    assert [when.date() for when, _ in branch.notes("王敏")] == [MONDAY]


def test_without_an_organiser_the_secretary_is_told_and_without_both_the_street(
    branch: Branch,
) -> None:
    world = branch.world
    fifth, sixth = world.unit("第五党支部"), world.unit("第六党支部")
    world.member("周书记", fifth, Role.SECRETARY)
    world.member("孙丽", fifth, dues_fen=2000)
    world.member("钱进", sixth, dues_fen=2000)
    world.member("周专干", None, Role.OFFICER)
    branch.say("孙丽", "党费已交 3月 20")
    branch.say("钱进", "党费已交 3月 20")

    branch.run_until(at(FRIDAY, 12))

    assert "孙丽" in branch.notes("周书记")[0][1]
    assert "钱进" in branch.notes("周专干")[0][1]
    assert "孙丽" not in branch.notes("周专干")[0][1]
    assert "钱进" in branch.say("周专干", "我的待办")


def test_peer_04_who_was_not_reached_stands_in_the_note_by_name_with_the_reason(
    branch: Branch,
) -> None:
    branch.sender.then(SendError("账号已停用", permanent=True))
    branch.world.enqueue(branch.world.letter(branch.zhao, "16日15:00主题党日"))
    branch.run_until(at(FRIDAY, 12))

    [(_, note)] = branch.notes("王敏")
    assert "没送到1条：赵六（账号已停用）" in note
    assert "赵六：账号已停用" in branch.say("王敏", "1")


def test_who_was_reached_again_is_not_told_any_more(branch: Branch) -> None:
    branch.sender.then(SendError("账号已停用", permanent=True), Sent("again"))
    branch.world.enqueue(branch.world.letter(branch.zhao, "16日15:00主题党日"))
    branch.run_until(at(THURSDAY, 13))
    branch.world.enqueue(branch.world.letter(branch.zhao, "通知"))

    branch.run_until(at(FRIDAY, 12))

    assert branch.notes("王敏") == []


def test_the_note_has_five_lines_at_most_and_says_where_the_rest_is(branch: Branch) -> None:
    own = [Task(leaf.kind, ("张三",), branch.world.now) for leaf in LEAVES]
    assert len(own) > MOST_LINES

    reminder = desk_digest._reminder(Slot(at(FRIDAY, 8, 30)), branch.wang, "王敏", own)

    lines = str(reminder.text).splitlines()
    assert len(lines) == 1 + MOST_LINES + 1
    assert lines[-2] == f"还有{len(own) - MOST_LINES + 1}件，回复 我的待办 都能看到"


@pytest.mark.parametrize("leaf", LEAVES, ids=lambda leaf: leaf.kind.name)
def test_every_order_behind_a_number_is_understood(branch: Branch, leaf: Leaf) -> None:
    """A number is answered with what its order says, never with a shrug."""
    for name in ("王敏", "李书记"):
        answer = branch.say(name, leaf.kind.order)
        assert answer
        assert "没看懂。常用" not in answer


def tasks_of(branch: Branch) -> list[Task]:
    """Return what waits for the organiser."""
    with branch.world.database.reading() as session:
        return tasks.of_everybody(session, branch.world.now).get(branch.wang, [])
