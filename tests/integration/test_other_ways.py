"""A member who cannot be reached on one channel: another way, once; else a name for the morning."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from bot.domain.ids import MemberId, UnitId
from bot.domain.incoming import Event, Incoming, Kind
from bot.domain.rights import Role
from bot.domain.sending import SendError, SendState, Sent, Window
from bot.main import Core, build_core
from bot.services import deliveries
from bot.services.outbox import Routes, Way
from bot.storage.engine import Database
from bot.storage.sealing import TextSeal
from tests.support.world import ScriptedSender, World

APP, OA = "wecom:c1", "oa:a1"
WINDOW = Window(timedelta(hours=48), 5)
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


class App(ScriptedSender):
    """A channel that reaches everybody, and refuses whom a test says."""

    def __init__(self, *args: Any, refuses: tuple[str, ...] = (), **more: Any) -> None:
        super().__init__(*args, **more)
        self.refuses = refuses

    def send(self, body: str) -> Sent:
        """Refuse some of the addresses of a request."""
        super().send(body)
        bad = {each: "账号不对" for each in json.loads(body)["to"] if each in self.refuses}
        return Sent("m", bad)


class Official(ScriptedSender):
    """A channel that reaches who has written of late."""

    space = OA
    window = WINDOW


class Street:
    """Zhang has an app and an Official Account, Wang the app alone, Zhao the account alone."""

    def __init__(self, database: Database) -> None:
        self.world = World(database)
        third = self.branch = self.world.unit("第三党支部")
        self.zhang = self.member("张三", third, app="zhang", oa="o_zhang")
        self.wang = self.member("王五", third, app="wang")
        self.zhao = self.member("赵六", third, oa="o_zhao")
        self.li = self.member("李建国", third, app="li", post=Role.SECRETARY)
        self.app = App(self.world.clock, name="app")
        self.official = Official(self.world.clock, name="mp")
        self.app.max_recipients, self.official.max_recipients = 1000, 1
        self.routes = Routes(
            private={OA: Way("mp", 2048, window=WINDOW), APP: Way("app", 2048)},
        )
        self.core: Core = build_core(
            database=database,
            clock=self.world.clock,
            seal=TextSeal(b"k" * 32),
            routes=self.routes,
            senders={"app": self.app, "mp": self.official},
        )

    def member(
        self, name: str, branch: UnitId, *, app: str = "", oa: str = "", post: Role | None = None
    ) -> MemberId:
        """Put somebody on the roll with accounts; that of the Official Account is the older."""
        posts = () if post is None else (post,)
        found = self.world.member(name, branch, *posts, account=False)
        for space, address in ((OA, oa), (APP, app)):
            if address:
                self.world.account(found, address, space)
        return found

    def writes(self, openid: str, text: str = "帮助", **more: Any) -> None:
        """Let somebody write to the Official Account."""
        self.core.pipeline.receive(
            Incoming(
                "mp",
                OA,
                f"{openid}{self.world.now}{text}",
                None,
                openid,
                self.world.now,
                text,
                **more,
            )
        )

    def tell(self, *members: MemberId, text: str = "明天开会") -> None:
        """Queue a text and send what can be sent."""
        letters = [
            self.world.letter(each, text, key=f"{text}:{each}:{self.world.now}") for each in members
        ]
        self.world.enqueue(*letters, routes=self.routes)
        self.core.dispatcher.drain()

    def later(self, by: timedelta) -> None:
        """Let time pass."""
        self.world.clock.set(self.world.now + by)

    def missed(self) -> list[str]:
        """Return who was not reached, as the secretary reads it."""
        with self.world.database.reading() as session:
            by = self.world.actor(self.li)
            return [one.to for one in deliveries.list_missed(session, by=by, now=self.world.now)]


@pytest.fixture
def street(database: Database) -> Street:
    """Return the street."""
    return Street(database)


def test_the_app_goes_first_though_the_other_account_is_older(street: Street) -> None:
    street.writes("o_zhang")

    street.tell(street.zhang)

    assert street.app.delivered() == [("zhang", "明天开会")]
    assert street.official.delivered() == []


def test_whom_the_app_refuses_is_told_by_the_other_way_once(street: Street) -> None:
    street.writes("o_zhang")
    street.app.refuses = ("zhang", "wang")

    street.tell(street.zhang, street.wang)

    assert street.official.delivered() == [("o_zhang", "明天开会")]
    assert street.missed() == ["王五"]  # of 张三 the text has arrived after all


def test_a_way_that_is_shut_is_none(street: Street) -> None:
    street.app.refuses = ("zhang",)

    street.tell(street.zhang)

    assert street.official.delivered() == []
    assert street.missed() == ["张三"]


def test_what_the_other_way_refuses_as_well_is_named_once(street: Street) -> None:
    street.writes("o_zhang")
    street.app.refuses = ("zhang",)
    street.official.then(SendError("已取消关注", code=45015, permanent=True))

    street.tell(street.zhang)

    assert street.missed() == ["张三"]
    states = [(row.channel, row.state) for row in street.world.outbox()]
    assert states == [("app", SendState.REFUSED), ("mp", SendState.REFUSED)]


def test_what_may_have_arrived_never_goes_another_way(street: Street) -> None:
    street.writes("o_zhang")
    street.app.then(SendError("回执丢失", uncertain=True))

    street.tell(street.zhang)

    assert street.official.delivered() == []
    assert [row.state for row in street.world.outbox()] == [SendState.UNCERTAIN]


def test_a_sixth_text_after_one_message_is_not_sent_by_us(street: Street) -> None:
    street.writes("o_zhao")

    for number in range(6):
        street.tell(street.zhao, text=f"第{number}条")
        street.later(MINUTE)

    assert [text for _, text in street.official.delivered()] == [f"第{n}条" for n in range(5)]
    street.writes("o_zhao", "我的党费")
    street.tell(street.zhao, text="又一条")
    assert street.official.delivered()[-1] == ("o_zhao", "又一条")


@pytest.mark.parametrize(("hours", "reached"), [(47, True), (49, False)])
def test_after_two_days_the_way_is_shut(street: Street, hours: int, reached: bool) -> None:
    street.writes("o_zhao")
    street.later(hours * HOUR)

    street.tell(street.zhao)

    assert bool(street.official.delivered()) is reached


def test_what_waits_until_the_way_is_shut_is_refused_and_named(street: Street) -> None:
    street.writes("o_zhao")
    letter = street.world.letter(street.zhao, "明天开会", due_at=street.world.now + 60 * HOUR)
    street.world.enqueue(letter, routes=street.routes)

    street.later(60 * HOUR)
    street.core.dispatcher.drain()

    assert street.official.delivered() == []
    assert street.missed() == ["赵六"]


def test_opening_the_chat_opens_no_way(street: Street) -> None:
    street.writes("o_zhao", "", kind=Kind.EVENT, event=Event.ENTER)

    street.tell(street.zhao)

    assert street.official.delivered() == []
