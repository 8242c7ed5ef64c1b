"""Posts that become empty without a word in the chat: who answers and who is above hear of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import pytest
from sqlalchemy import select, update

from bot.clock import at
from bot.domain.burden import Policy
from bot.domain.holds import period_of
from bot.domain.ids import MemberId, UnitId
from bot.domain.rights import Role
from bot.domain.units import UnitForm, UnitKind
from bot.services import organisation, posts
from bot.services.workdays import PublishedWorkdays
from bot.storage.engine import Database
from bot.storage.models import Member, Post, Unit
from scheduler.compose import compose
from scheduler.rule import ROUND_AT, Asked, Reminder, Setting, Slot
from scheduler.rules import post_vacant
from tests.support.world import FOUNDED, World

SETTING = Setting(PublishedWorkdays(), Policy())
ENDS = date(2026, 3, 12)  # the first day without a holder


class Street:
    """A branch with a secretary and an organiser whose term runs out, and an officer above."""

    def __init__(self, database: Database) -> None:
        self.world = World(database)
        self.branch = self.world.unit("第三党支部")
        self.li = self.world.member("李建国", self.branch, Role.SECRETARY)
        self.wang = self.world.member("王敏", self.branch)
        self.sun = self.world.member("孙丽", self.branch)
        self.zhou = self.world.member("周敏", None, Role.OFFICER)

    def term(self, role: Role, until: date = ENDS) -> None:
        """Let a post of the branch run out."""
        self.world.post(self.wang, self.branch, role, until=until)

    def told(self, day: date) -> list[tuple[MemberId | None, str]]:
        """Return who would be told what on the morning of a day."""
        return [(one.member_id, one.text.words) for one in self.reminders(day)]

    def reminders(self, day: date) -> Sequence[Reminder]:
        """Return the reminders of a day."""
        slot = Slot(at(day, ROUND_AT.hour))
        with self.world.database.reading() as session:
            return list(post_vacant.reminders(session, slot, SETTING))


@pytest.fixture
def street(database: Database) -> Street:
    """Return the street in March."""
    return Street(database)


def test_a_term_that_ran_out_is_told_on_the_first_and_the_fifteenth_day(street: Street) -> None:
    street.term(Role.ORGANISER)
    told = [
        (street.li, "李建国您好：第三党支部组织委员3月12日起空缺，新任到任以前由您负责。"),
        (
            street.zhou,
            "周敏您好：第三党支部组织委员3月12日起空缺，新任到任以前由书记李建国负责。请安排人选。",
        ),
    ]

    days = {day: street.told(ENDS + timedelta(days=day)) for day in (0, 1, 2, 14, 15, 16)}

    assert days == {0: [], 1: told, 2: [], 14: [], 15: told, 16: []}


@pytest.mark.parametrize(
    ("role", "tells"),
    [
        pytest.param(Role.ORGANISER, True, id="组织委员"),
        pytest.param(Role.PUBLICITY, False, id="宣传委员不代表支部"),
        pytest.param(Role.DEPUTY, False, id="有书记就不缺副书记"),
    ],
)
def test_only_posts_that_answer_for_the_unit_are_told(
    street: Street, role: Role, tells: bool
) -> None:
    street.term(role)

    assert bool(street.told(ENDS + timedelta(days=1))) is tells


def test_who_is_in_the_post_again_ends_it(street: Street) -> None:
    street.term(Role.ORGANISER)
    rows = [
        Asked(number, one.slot, one.subject, one.member_id)
        for number, one in enumerate(street.reminders(ENDS + timedelta(days=1)))
    ]
    with street.world.database.reading() as session:
        assert post_vacant.satisfied(session, rows, at(ENDS + timedelta(days=1), 9)) == []

    street.world.post(street.sun, street.branch, Role.ORGANISER, since=ENDS)

    with street.world.database.reading() as session:
        settled = post_vacant.satisfied(session, rows, at(ENDS + timedelta(days=1), 9))
    assert settled == [0, 1]
    assert street.told(ENDS + timedelta(days=1)) == []


def test_two_posts_of_one_unit_that_end_together_are_both_told_after_a_silence(
    street: Street,
) -> None:
    """Each is a thing of its own, whether it is caught up or declined."""
    street.term(Role.ORGANISER)
    street.world.post(street.sun, street.branch, Role.SECRETARY, until=ENDS)
    with street.world.database.writing() as session:
        session.execute(update(Post).where(Post.member_id == street.li).values(valid_to=ENDS))
    morning = at(ENDS + timedelta(days=1), ROUND_AT.hour)

    with street.world.database.reading() as session:
        composed = compose(
            session,
            [post_vacant.RULE],
            morning - timedelta(minutes=1),
            morning,
            SETTING,
            taken=dict,
            not_before=morning + timedelta(hours=3),
        )

    told = [item.reminder.text.words for item in composed if item.reminder.member_id == street.zhou]
    assert len(told) == 2
    assert any("组织委员" in words for words in told)
    assert len({period_of(item.reminder.slot) for item in composed}) == 2


def test_the_same_person_in_the_next_term_leaves_nothing_empty(street: Street) -> None:
    street.term(Role.ORGANISER)
    street.world.post(street.wang, street.branch, Role.ORGANISER, since=ENDS)

    assert street.told(ENDS + timedelta(days=1)) == []


def test_what_was_said_in_the_chat_is_not_said_again_the_next_morning(street: Street) -> None:
    street.world.post(street.wang, street.branch, Role.ORGANISER)
    with street.world.database.writing() as session:
        posts.relieve(
            session,
            member_id=street.wang,
            unit_id=street.branch,
            role=Role.ORGANISER,
            on=ENDS,
            by=street.world.actor(street.zhou),
            now=street.world.now,
        )

    assert street.told(ENDS + timedelta(days=1)) == []
    assert len(street.told(ENDS + timedelta(days=15))) == 2


def test_a_new_branch_without_a_secretary_is_told_to_who_is_above(street: Street) -> None:
    with street.world.database.writing() as session:
        organisation.found(
            session,
            name="第九党支部",
            kind=UnitKind.BRANCH,
            form=UnitForm.ORDINARY,
            parent_id=street.world.street,
            on=ENDS,
            by=street.world.actor(street.zhou),
            now=street.world.now,
        )
        fresh = UnitId(session.scalars(select(Unit.id).where(Unit.name == "第九党支部")).one())

    told = street.told(ENDS + timedelta(days=1))

    words = "第九党支部书记3月12日起空缺，新任到任以前由您负责。"
    assert told == [(street.zhou, f"周敏您好：{words}")]
    street.world.member("钱七", fresh, Role.SECRETARY)
    assert street.told(ENDS + timedelta(days=1)) == []


def test_a_branch_that_is_gone_lacks_nobody(street: Street) -> None:
    gone = street.world.unit("第八党支部", valid_to=ENDS)
    gone_by = street.world.member("吴强", gone)
    street.world.post(gone_by, gone, Role.SECRETARY, since=FOUNDED, until=ENDS)

    assert street.told(ENDS + timedelta(days=1)) == []
    with street.world.database.reading() as session:
        assert session.get_one(Member, gone_by).name == "吴强"
