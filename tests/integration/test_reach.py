"""What did not reach people: accounts out of reach, and officers whom nobody below would notice."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.cli import vitals
from bot.config import Config
from bot.domain.ids import MemberId
from bot.domain.rights import Role
from bot.domain.sending import SendError
from bot.services import deliveries, outbox, reach
from bot.services.health import DatabaseHealth
from bot.storage.engine import Database
from tests.support.world import ROUTES, ScriptedSender, World, core

REFUSED = SendError("收件人不在应用的可见范围里", code=60011, permanent=True, addressee=True)
HOUR = timedelta(hours=1)
CONFIG = Config.model_validate({"database": {"url": "sqlite:///zhibu.db"}})


class Street:
    """A branch with an organiser and Zhang, and the officer above all."""

    def __init__(self, world: World) -> None:
        self.world = world
        third = world.unit("第三党支部")
        self.wang = world.member("王敏", third, Role.ORGANISER)
        self.zhang = world.member("张三", third)
        self.officer = world.member("周专干", None, Role.OFFICER)
        self.sender = ScriptedSender(world.clock)
        self.core = core(world.database, world.clock, self.sender)

    def write_to(self, member: MemberId, text: str, *outcome: SendError) -> None:
        """Queue a text, and let the platform say something to it."""
        self.sender.then(*outcome)
        self.world.enqueue(self.world.letter(member, text))
        self.core.turn()
        self.world.clock.advance(HOUR)

    def phone(self) -> list[tuple[str, str]]:
        """Return whom the organiser has to phone, and why."""
        with self.world.database.reading() as session:
            by = self.world.actor(self.wang)
            found = reach.list_unreachable(session, by=by, now=self.world.now)
        return [(one.name, one.why) for one in found]


@pytest.fixture
def street(database: Database) -> Street:
    """Return the street."""
    return Street(World(database))


def test_an_account_out_of_reach_is_to_be_phoned_until_something_arrives(street: Street) -> None:
    assert street.phone() == []

    street.write_to(street.zhang, "一", REFUSED)
    assert street.phone() == [("张三", "收件人不在应用的可见范围里")]

    street.write_to(street.zhang, "二")
    assert street.phone() == []

    street.write_to(street.zhang, "三", REFUSED)
    assert street.phone() == [("张三", "收件人不在应用的可见范围里")]


def test_a_text_the_platform_does_not_like_says_nothing_of_the_account(street: Street) -> None:
    street.write_to(street.zhang, "一", SendError("文字太长", code=45002, permanent=True))

    assert street.phone() == []


def test_another_account_is_tried_before_one_out_of_reach(street: Street) -> None:
    street.write_to(street.zhang, "一", REFUSED)
    street.world.account(street.zhang, "张三的新号")

    with street.world.database.reading() as session:
        found = outbox.addresses_of(session, ROUTES, {street.zhang})

    assert found[street.zhang][1] == "张三的新号"
    assert street.phone() == []


def test_what_does_not_reach_the_officer_above_all_is_seen_somewhere(street: Street) -> None:
    world = street.world
    health = DatabaseHealth(database=world.database, clock=world.clock, channels=["sim"])
    assert health.ready().checks["officer_sends_missed"] == (True, "0")

    street.write_to(street.officer, "一", REFUSED)
    street.write_to(street.zhang, "二", REFUSED)

    assert health.ready().checks["officer_sends_missed"] == (True, "1")
    assert health.ready().gauges()["officer_sends_missed"] == 1
    told = [one.sentence for one in vitals.look_at_work(world.database, CONFIG, world.clock)]
    assert any("近7天有1条发给街道党务专干的没有送到" in sentence for sentence in told)
    with world.database.reading() as session:
        missed = deliveries.list_missed(session, by=world.actor(street.officer), now=world.now)
    assert {one.to for one in missed} == {"周专干", "张三"}
