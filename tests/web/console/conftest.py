"""A street with two branches behind real pages, and people who are signed in to them."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from bot.domain.cadence import MeetingKind
from bot.domain.ids import MemberId, UnitId
from bot.domain.periods import Month
from bot.domain.rights import Role
from bot.main import Core
from bot.services import console_sessions, dues, notices
from bot.services.dues import Declared
from bot.storage.engine import Database
from bot.web.app import create_app
from bot.web.console import TOKEN
from tests.support.branch import Branch
from tests.support.world import THURSDAY, World, core
from tests.web.console.objects import Objects
from tests.web.fakes import SECRET, FakeConfig, FakeHealth
from tests.web.strict import problems_of

Enter = Callable[[MemberId], "Browser"]


@dataclass
class Street:
    """What lies behind the pages: 第三党支部 with its people, another branch, an officer.

    Attributes:
        other: The secretary of another branch.
        officer: Of the street, over both.
    """

    world: World
    branch: Branch
    other: MemberId
    officer: MemberId
    core: Core


class Browser:
    """A browser without scripts: whatever it is shown has to be strict HTML."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client

    def get(self, path: str, status: int = 200, *, partial: bool = False) -> TestResponse:
        """Open a page."""
        headers = {"HX-Request": "true"} if partial else {}
        answer = self.client.get(path, headers=headers)
        assert answer.status_code == status, answer.text
        if answer.content_type.startswith("text/html") and status != 303:
            assert problems_of(answer.text) == []
        return answer

    def post(
        self, path: str, on: str = "/account", status: int = 303, **fields: object
    ) -> TestResponse:
        """Send a form with the token that stands on a page."""
        token = token_of(self.client.get(on).text)
        answer = self.client.post(path, data={"csrf_token": token, **fields})
        assert answer.status_code == status, answer.text
        return answer


def token_of(page: str) -> str:
    """Return the form token of a page."""
    found = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert found is not None, page
    return found[1]


@pytest.fixture
def street(database: Database) -> Street:
    """Return the street, at noon of 12 March 2026."""
    world = World(database)
    branch = Branch(world)
    other = world.member("陈书记", world.unit("第四党支部"), Role.SECRETARY)
    officer = world.member("周专干", None, Role.OFFICER)
    return Street(world, branch, other, officer, core(database, world.clock))


@pytest.fixture
def app(street: Street) -> Flask:
    """Return the application over the street."""
    return create_app(
        FakeConfig("http://bot.test"),
        FakeHealth(),
        secret_key=SECRET,
        planner=street.core.planner,
        office=street.core.office,
    )


@pytest.fixture
def stranger(app: Flask) -> Browser:
    """Return the browser of somebody who is not signed in."""
    return Browser(app.test_client())


@pytest.fixture
def enter(app: Flask, street: Street) -> Enter:
    """Return a way to open a browser in which somebody is signed in."""

    def open_(member: MemberId) -> Browser:
        world = street.world
        with world.database.writing() as session:
            secret = console_sessions.begin(session, member, "password", world.now)
        client = app.test_client()
        with client.session_transaction() as cookie:
            cookie[TOKEN] = secret
        return Browser(client)

    return open_


@pytest.fixture
def secretary(enter: Enter, street: Street) -> Browser:
    """Return the browser of 李书记, of 第三党支部."""
    return enter(street.branch.li)


@pytest.fixture
def objects(street: Street) -> Objects:
    """Return one object of each kind, of 第三党支部."""
    world, branch = street.world, street.branch
    meeting = world.call(MeetingKind.GENERAL, THURSDAY + timedelta(days=4, hours=3), branch.li)
    actor = world.actor(branch.li)
    with world.database.writing() as session:
        office = street.core.office
        notice = notices.draft(
            session,
            body="周五上午九点开会",
            by=actor,
            routes=office.routes,
            hours=office.hours,
            now=world.now,
        )
    return Objects(
        {
            "unit_id": branch.id,
            "meeting_id": meeting.meeting.id,
            "member_id": branch.zhang,
            "notice_id": notice.id,
            "month": "2026-03",
            "year": 2026,
            "ledger": "roster",
            "kind": "sign",
            "rule": "dues_unpaid",
        }
    )


@dataclass
class Till:
    """第三党支部 with dues of 30 yuan a month: 张三 and 王五 have declared January."""

    street: Street
    unit: UnitId

    @property
    def path(self) -> str:
        """The address of its dues."""
        return f"/units/{self.unit}/dues"

    def declare(self, member: MemberId, *months: Month) -> None:
        """Let a member say that he has paid."""
        world = self.street.world
        with world.database.writing() as session:
            done = dues.declare(
                session,
                months=months,
                total_fen=None,
                by=world.actor(member),
                said_on=world.today,
                now=world.now,
                source="chat",
            )
        assert isinstance(done, Declared)


@pytest.fixture
def till(street: Street) -> Till:
    """Return the branch with its declarations."""
    branch = street.branch
    till = Till(street, branch.id)
    for member in branch.everybody:
        street.world.assess(member, 3000)
    till.declare(branch.zhang, Month(2026, 1))
    till.declare(branch.wu, Month(2026, 1))
    return till
