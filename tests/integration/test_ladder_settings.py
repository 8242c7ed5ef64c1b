"""Settling when one is reminded (提醒设置): who may, from when, inherited, taken back; whom to phone."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select, update

from bot.clock import at
from bot.domain.cadence import MeetingKind
from bot.domain.errors import DomainError, Forbidden, NotFound
from bot.domain.ids import MemberId
from bot.domain.ladder_words import BadLadder, ladder_words
from bot.domain.ladders import Ladders
from bot.domain.periods import Month
from bot.domain.rights import Role
from bot.domain.units import UnitKind
from bot.services import call_lists, dues, ladder_settings, policies, undo
from bot.services.call_lists import CallList
from bot.services.inverses import INVERSES
from bot.services.ladder_settings import InForce, Settled
from bot.storage.engine import Database
from bot.storage.models import AuditLine, Meeting, UnitPolicy
from tests.support.world import ScriptedSender, World, core

DAY = timedelta(days=1)
USUAL = "每月20日、27日"


class Party:
    """The street with its officer, the third branch with secretary, publicity and a member."""

    def __init__(self, database: Database) -> None:
        self.world = world = World(database)
        self.third = world.unit("第三党支部")
        self.li = world.member("李书记", self.third, Role.SECRETARY, dues_fen=5000)
        self.wang = world.member("王组委", self.third, Role.ORGANISER)
        self.xuan = world.member("宣委", self.third, Role.PUBLICITY)
        self.zhang = world.member("张三", self.third, dues_fen=3000)
        self.officer = world.member("周专干", None, Role.OFFICER)

    def settle(
        self, by: MemberId, rule: str, text: str, unit: str | None = None, of: Ladders | None = None
    ) -> Settled:
        """Let somebody settle a ladder."""
        actor = self.world.actor(by)
        with self.world.database.writing() as session:
            return ladder_settings.settle(
                session,
                of or Ladders(),
                rule=rule,
                text=text,
                unit=unit,
                by=actor,
                today=self.world.today,
                now=self.world.now,
            )

    def in_force(self, rule: str, on: date | None = None) -> InForce:
        """Return what holds in the third branch."""
        with self.world.database.reading() as session:
            [found] = ladder_settings.list_in_force(
                session, Ladders(), self.third, on or self.world.today, rule
            )
        return found

    def words(self, rule: str, on: date | None = None) -> str:
        """Return it as people read it."""
        return ladder_words(self.in_force(rule, on).ladder)

    def undo(self, by: MemberId) -> None:
        """Let somebody take back what they did last."""
        actor = self.world.actor(by)
        with self.world.database.writing() as session:
            undo.undo_last(session, INVERSES, by=actor, now=self.world.now)

    def to_call(self, who: MemberId) -> CallList:
        """Return whom somebody may phone."""
        actor = self.world.actor(who)
        with self.world.database.reading() as session:
            return call_lists.find(
                session, Ladders(), by=actor, today=self.world.today, now=self.world.now
            )


@pytest.fixture
def party(database: Database) -> Party:
    """Return the street, on 12 March."""
    return Party(database)


def test_it_holds_from_the_day_and_says_who_decided(party: Party) -> None:
    done = party.settle(party.wang, "dues_unpaid", "10日、25日 支委会决定")

    assert (done.unit, done.since, done.decided_by) == (
        "第三党支部",
        party.world.today,
        "支委会决定",
    )
    assert party.words("dues_unpaid") == "每月10日、25日"
    assert party.words("dues_unpaid", party.world.today - DAY) == USUAL
    settled = party.in_force("dues_unpaid").ladder.settled
    assert settled == "第三党支部2026年3月12日起，支委会决定"
    with party.world.database.reading() as session:
        about = session.scalars(
            select(AuditLine.subject).where(AuditLine.action == "policy.ladder")
        ).all()
        assert session.scalars(select(UnitPolicy.decided_by)).all() == ["支委会决定"]
    assert about == [f"unit:{party.third}"]


def test_it_may_hold_from_a_later_day(party: Party) -> None:
    party.settle(party.li, "dues_unpaid", "5日 从4月1日起 支委会决定")

    found = party.in_force("dues_unpaid")
    assert ladder_words(found.ladder) == USUAL
    assert [(day, ladder_words(ladder)) for day, ladder in found.coming] == [
        (date(2026, 4, 1), "每月5日")
    ]
    assert party.words("dues_unpaid", date(2026, 4, 1)) == "每月5日"


def test_the_days_are_those_of_the_cadence_of_the_branch(party: Party) -> None:
    party.world.policy(party.third, policies.LECTURE, {"every": "month"}, date(2026, 3, 1))

    party.settle(party.li, "party_lecture", "8日、月末 支委会决定")

    assert party.words("party_lecture") == "每月8日、月末，过期5天告诉上级"
    with pytest.raises(BadLadder):
        party.settle(party.li, "party_lecture", "第30天 支委会决定")


def test_what_is_settled_is_inherited_until_the_branch_settles_its_own(party: Party) -> None:
    party.settle(party.officer, "dues_unpaid", "5日 街道党工委定")
    assert party.words("dues_unpaid") == "每月5日"

    party.settle(party.li, "dues_unpaid", "6日 支委会决定")
    assert party.words("dues_unpaid") == "每月6日"

    party.settle(party.li, "dues_unpaid", "恢复 支委会决定")
    assert party.words("dues_unpaid") == "每月5日"


def test_switching_off_keeps_what_is_told_above_and_days_switch_it_on_again(party: Party) -> None:
    party.settle(party.li, "cell_meeting", "不提醒 支委会决定 原因 没有党小组")
    off = party.in_force("cell_meeting").ladder
    assert (off.off, off.above) == (True, 5)
    assert off.settled == "第三党支部2026年3月12日起，支委会决定，没有党小组"

    party.settle(party.officer, "cell_meeting", "过期9天告诉上级 党工委定", "第三党支部")
    assert party.words("cell_meeting") == "不提醒，过期9天告诉上级"

    party.settle(party.li, "cell_meeting", "10日 支委会决定")
    assert party.words("cell_meeting") == "每月10日，过期9天告诉上级"


def test_the_late_rung_of_the_activity_day_may_be_left_out(party: Party) -> None:
    party.settle(party.li, "theme_party_day", "提前5天 月底前0天 支委会决定")

    assert party.words("theme_party_day") == "提前5天，过期5天告诉上级"


@pytest.mark.parametrize(
    ("who", "text", "unit", "refusal"),
    [
        pytest.param("zhang", "10日 支委会决定", None, Forbidden, id="党员"),
        pytest.param("xuan", "10日 支委会决定", None, Forbidden, id="宣传委员"),
        pytest.param("li", "10日 支委会决定", "第四党支部", Forbidden, id="别的支部"),
        pytest.param("li", "10日 支委会决定", "第九党支部", NotFound, id="没有的支部"),
        pytest.param("officer", "10日 党工委定", "第一党小组", BadLadder, id="党小组"),
        pytest.param("li", "过期3天告诉上级 支委会决定", None, BadLadder, id="告诉上级由上级定"),
    ],
)
def test_only_those_who_may_settle_it(
    party: Party, who: str, text: str, unit: str | None, refusal: type[DomainError]
) -> None:
    party.world.unit("第四党支部")
    party.world.unit("第一党小组", UnitKind.CELL, under=party.third)

    with pytest.raises(refusal):
        party.settle(getattr(party, who), "committee_meeting", text, unit)

    with party.world.database.reading() as session:
        assert session.scalars(select(UnitPolicy.id)).all() == []


def test_it_can_be_taken_back_as_long_as_nobody_settled_it_anew(party: Party) -> None:
    party.settle(party.li, "dues_unpaid", "6日 支委会决定")
    party.settle(party.li, "dues_unpaid", "7日 支委会决定")
    party.undo(party.li)
    assert party.words("dues_unpaid") == "每月6日"

    party.settle(party.wang, "committee_meeting", "8日 支委会决定")
    party.settle(party.li, "committee_meeting", "9日 支委会决定")
    with pytest.raises(DomainError, match="后来又定过"):
        party.undo(party.wang)
    party.undo(party.li)
    assert party.words("committee_meeting") == "每月8日，过期5天告诉上级"


def test_taking_back_what_was_inherited_settles_nothing_any_more(party: Party) -> None:
    party.settle(party.officer, "dues_unpaid", "5日 党工委定")
    party.settle(party.li, "dues_unpaid", "6日 支委会决定")
    party.undo(party.li)
    party.settle(party.officer, "dues_unpaid", "9日 党工委定")

    assert party.words("dues_unpaid") == "每月9日"


# --- whom to phone ------------------------------------------------------------------------------


def _names(found: CallList) -> dict[str, list[str]]:
    return {str(month.month): [person.name for person in month.people] for month in found.months}


def _declare(party: Party, member: MemberId, month: Month) -> None:
    actor = party.world.actor(member)
    with party.world.database.writing() as session:
        dues.declare(
            session,
            months=[month],
            total_fen=None,
            by=actor,
            said_on=party.world.today,
            now=party.world.now,
            source=f"m{month}",
        )


def test_members_stand_on_the_list_once_both_reminders_are_over(party: Party) -> None:
    for day, months in (
        (date(2026, 3, 27), {"2026-01", "2026-02"}),
        (date(2026, 3, 28), {"2026-01", "2026-02", "2026-03"}),
    ):
        party.world.clock.set(at(day, 10))
        found = _names(party.to_call(party.wang))
        assert set(found) == months
        assert found["2026-02"] == ["李书记", "张三"]

    _declare(party, party.zhang, Month(2026, 2))
    found = _names(party.to_call(party.li))
    assert (found.get("2026-02"), found["2026-03"]) == (None, ["张三"])  # not himself


def test_a_branch_that_reminds_earlier_phones_earlier(party: Party) -> None:
    party.settle(party.li, "dues_unpaid", "13日 支委会决定")
    party.world.clock.set(at(date(2026, 3, 14), 10))

    assert "2026-03" in _names(party.to_call(party.wang))


def test_members_are_named_to_nobody_else(party: Party) -> None:
    party.world.clock.set(at(date(2026, 4, 20), 10))

    assert party.to_call(party.zhang) == CallList()
    assert party.to_call(party.xuan).months == ()
    assert party.to_call(party.officer).months == ()
    assert party.to_call(party.wang).member_count == 2


def test_units_stand_on_the_list_of_who_was_told_until_they_have_recorded_it(
    party: Party,
) -> None:
    world = party.world
    bot = core(world.database, world.clock, ScriptedSender(world.clock))
    bot.run_until(world.clock, at(date(2026, 4, 7), 12))

    [unit] = party.to_call(party.officer).units
    assert (unit.unit, unit.owner) == ("第三党支部", "李书记")
    assert {what for _, what in unit.open} == {
        *("支部党员大会", "党课", "支部委员会会议", "主题党日"),
    }
    assert party.to_call(party.li).units == ()
    successor = world.member("吴专干", None, Role.OFFICER)
    assert party.to_call(successor).units == (unit,)

    world.call(MeetingKind.COMMITTEE, at(date(2026, 4, 7), 15), party.li)
    with world.database.writing() as session:
        session.execute(update(Meeting).values(for_period="2026-03"))
    [unit] = party.to_call(party.officer).units
    assert "支部委员会会议" not in {what for _, what in unit.open}
