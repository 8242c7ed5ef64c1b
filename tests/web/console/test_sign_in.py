"""Into the pages by a link, by a code, by a password; out of them; and not in."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from bot.channels.simulator import SPACE
from bot.domain.errors import DomainError
from bot.domain.ids import MemberId
from bot.domain.incoming import Incoming
from bot.domain.sending import SendError
from bot.domain.sign_in import IDLE_ENDS, LINK_LASTS, SESSION_ENDS
from bot.main import build_core
from bot.services import passwords, sign_in
from bot.storage.models import AuditLine, ConsolePassword, ConsoleSession, Post, SignIn
from bot.storage.sealing import TextSeal
from bot.web.app import create_app
from tests.support.world import ROUTES
from tests.web.console.conftest import Browser, Enter, Street, token_of
from tests.web.fakes import SECRET, FakeConfig, FakeHealth

URL = "http://bot.test"
PASSWORD = "correct horse 42"


def _link(street: Street, member: MemberId) -> str:
    actor = street.world.actor(member)
    with street.world.database.writing() as session:
        address = sign_in.give_link(session, by=actor, public_url=URL, now=street.world.now)
    return address.removeprefix(URL)


def test_a_link_is_only_opened_by_its_button(street: Street, stranger: Browser) -> None:
    path = _link(street, street.branch.li)

    for _ in range(3):  # previews of links, an impatient thumb
        assert "李书记同志，请进" in stranger.get(path).text
    assert stranger.client.get("/today").status_code == 303
    answer = stranger.post(path, on=path)

    assert answer.location == "/today"
    assert "等您办的" in stranger.get("/today").text


def test_a_link_opens_once(street: Street, stranger: Browser, app: Flask) -> None:
    path = _link(street, street.branch.li)
    stranger.post(path, on=path)

    second = Browser(app.test_client())
    assert "用过了" in second.get(path, 400).text
    token = token_of(second.client.get("/login").text)
    assert second.client.post(path, data={"csrf_token": token}).status_code == 400


def test_a_link_is_old_after_ten_minutes(street: Street, stranger: Browser) -> None:
    path = _link(street, street.branch.li)
    street.world.clock.advance(LINK_LASTS)

    stranger.get(path, 400)
    stranger.post(path, on="/login", status=400)


def test_a_new_link_voids_the_one_before(street: Street, stranger: Browser) -> None:
    first = _link(street, street.branch.li)
    second = _link(street, street.branch.li)

    stranger.get(first, 400)
    stranger.get(second)


def test_a_computer_waits_until_the_bot_is_told_its_code(
    street: Street, stranger: Browser, app: Flask
) -> None:
    world = street.world
    stranger.post("/login/code", on="/login")
    code = _code(street)
    assert f"登录 {code[:3]} {code[3:]}" in stranger.get("/login/code").text

    with world.database.writing() as session:
        assert sign_in.approve(session, code, by=world.actor(street.branch.li), now=world.now)

    assert "李书记" in stranger.get("/login/code", partial=True).text
    assert stranger.post("/login/code/enter", on="/login/code").location == "/today"
    other = Browser(app.test_client())
    assert other.client.get("/login/code").status_code == 303  # the code alone opens nothing


def test_nobody_enters_before_the_bot_was_told(street: Street, stranger: Browser) -> None:
    stranger.post("/login/code", on="/login")

    stranger.post("/login/code/enter", on="/login", status=400)

    assert stranger.client.get("/today").status_code == 303


def test_a_code_is_told_once(street: Street, stranger: Browser) -> None:
    world = street.world
    stranger.post("/login/code", on="/login")
    code = _code(street)

    with world.database.writing() as session:
        first = sign_in.approve(session, code, by=world.actor(street.branch.li), now=world.now)
        second = sign_in.approve(session, code, by=world.actor(street.other), now=world.now)

    assert (first, second) == (True, False)


def test_codes_are_not_tried_out(street: Street) -> None:
    world = street.world
    actor = world.actor(street.branch.li)

    def try_many(session: Session) -> None:
        for number in range(100):
            sign_in.approve(session, f"{number:06}", by=actor, now=world.now)

    with world.database.writing() as session, pytest.raises(DomainError, match="过几分钟"):
        try_many(session)


def test_who_holds_no_post_gets_no_link(street: Street) -> None:
    with pytest.raises(DomainError, match="书记、委员"):
        _link(street, street.branch.wu)


def test_a_password_lets_in_and_a_wrong_one_does_not(street: Street, stranger: Browser) -> None:
    world = street.world
    with world.database.writing() as session:
        passwords.set_password(session, "李书记", PASSWORD, now=world.now)

    refused = stranger.post(
        "/login/password", on="/login", status=400, name="李书记", password="wrong"
    )
    unknown = stranger.post(
        "/login/password", on="/login", status=400, name="没有这个人", password=PASSWORD
    )
    entered = stranger.post("/login/password", on="/login", name="李书记", password=PASSWORD)

    assert "对不上" in refused.text
    assert "对不上" in unknown.text
    assert entered.location == "/today"
    with world.database.reading() as session:
        assert PASSWORD not in session.scalars(select(ConsolePassword.hash)).one()


def test_passwords_are_not_tried_out(stranger: Browser) -> None:
    answers = [
        stranger.post("/login/password", on="/login", status=400, name="李书记", password=f"{n}")
        for n in range(10)
    ]

    assert "分钟后再试" in answers[-1].text


@pytest.mark.parametrize("password", ["short", "1111111111", "x" * 201], ids=["短", "一个字", "长"])
def test_a_password_that_is_easily_guessed_is_refused(street: Street, password: str) -> None:
    with (
        pytest.raises(DomainError, match="密码要"),
        street.world.database.writing() as session,
    ):
        passwords.set_password(session, "李书记", password, now=street.world.now)


def test_a_new_password_signs_out_everywhere(street: Street, secretary: Browser) -> None:
    secretary.get("/today")

    with street.world.database.writing() as session:
        passwords.set_password(session, "李书记", PASSWORD, now=street.world.now)

    assert secretary.client.get("/today").status_code == 303


def test_after_signing_in_one_is_where_one_was_going(street: Street, stranger: Browser) -> None:
    going = stranger.client.get("/account?x=1")
    stranger.get(going.location)
    path = _link(street, street.branch.li)

    assert stranger.post(path, on=path).location == "/account?x=1"


@pytest.mark.parametrize("to", ["https://evil.test/", "//evil.test", "/\\evil.test"])
def test_one_is_never_sent_elsewhere(street: Street, stranger: Browser, to: str) -> None:
    stranger.client.get("/login", query_string={"next": to})
    path = _link(street, street.branch.li)

    assert stranger.post(path, on=path).location == "/today"


@pytest.mark.parametrize(
    ("rest", "status"),
    [
        (IDLE_ENDS - timedelta(minutes=1), 200),
        (IDLE_ENDS, 303),
        (SESSION_ENDS, 303),
    ],
    ids=["没过", "放久了", "到期"],
)
def test_a_session_ends_by_itself(
    street: Street, secretary: Browser, rest: timedelta, status: int
) -> None:
    street.world.clock.advance(rest)

    assert secretary.client.get("/account").status_code == status


def test_a_session_in_use_ends_after_a_week_all_the_same(
    street: Street, secretary: Browser
) -> None:
    for _ in range(27):
        street.world.clock.advance(timedelta(hours=6))
        secretary.get("/account")
    street.world.clock.advance(timedelta(hours=6))

    assert secretary.client.get("/account").status_code == 303


def test_signing_out_ends_this_browser_only(
    street: Street, secretary: Browser, enter: Enter
) -> None:
    second = enter(street.branch.li)
    with secretary.client.session_transaction() as cookie:
        kept = dict(cookie)

    secretary.post("/login/leave")

    with secretary.client.session_transaction() as cookie:
        cookie.update(kept)  # a copy of the cookie is worth nothing any more
    assert secretary.client.get("/today").status_code == 303
    second.get("/today")


def test_signing_out_everywhere_ends_all_and_voids_links(
    street: Street, secretary: Browser, enter: Enter, stranger: Browser
) -> None:
    second, path = enter(street.branch.li), _link(street, street.branch.li)

    secretary.post("/account/leave-all")

    assert second.client.get("/today").status_code == 303
    stranger.get(path, 400)


def test_who_loses_the_post_is_out(street: Street, secretary: Browser) -> None:
    with street.world.database.writing() as session:
        session.execute(
            update(Post)
            .where(Post.member_id == street.branch.li)
            .values(valid_to=street.world.today)
        )

    assert secretary.client.get("/today").status_code == 403


def test_no_secret_is_kept(street: Street, stranger: Browser) -> None:
    path = _link(street, street.branch.li)
    stranger.post(path, on=path)

    with street.world.database.reading() as session:
        kept = [*session.scalars(select(SignIn.token_hash))]
        sessions = session.scalars(select(ConsoleSession.how)).all()
        done = session.scalars(select(AuditLine.action).order_by(AuditLine.id)).all()

    assert all(path.rsplit("/", 1)[1] not in each for each in kept)
    assert sessions == ["link"]
    assert done[-2:] == ["sign_in.link", "sign_in.enter"]


def test_the_bot_gives_the_link_and_takes_the_code(street: Street, stranger: Browser) -> None:
    world = street.world
    served = build_core(
        database=world.database,
        clock=world.clock,
        seal=TextSeal(b"k" * 32),
        routes=ROUTES,
        senders={},
        public_url=URL,
    )

    def say(number: int, text: str) -> str:
        answer = served.pipeline.receive(
            Incoming(SPACE, SPACE, str(number), None, "李书记", world.now, text)
        )
        return answer.text or ""

    stranger.post("/login/code", on="/login")
    assert "电脑上可以进入了" in say(1, f"登录 {_code(street)}")
    assert "李书记" in stranger.get("/login/code").text
    path = re.search(r"http://bot.test(/login/link/\S+)", say(2, "登录"))
    assert path is not None
    stranger.post(path[1], on=path[1])
    stranger.get("/today")
    assert "全部退出" in say(3, "退出网页")
    assert stranger.client.get("/today").status_code == 303


def test_letters_grow_and_shrink(secretary: Browser) -> None:
    secretary.post("/account/letters")
    assert '<html lang="zh-CN" class="large">' in secretary.get("/account").text
    secretary.post("/account/letters")
    assert 'class="large"' not in secretary.get("/account").text


def _code(street: Street) -> str:
    with street.world.database.reading() as session:
        return session.scalars(select(SignIn.code).where(SignIn.code != "")).one()


class FakeDoor:
    """WeCom: a code is the userid it stands for; an outsider's stands for nobody."""

    space = SPACE

    def __init__(self) -> None:
        self.seen: list[tuple[str, str, bool]] = []

    def address(self, back: str, state: str, *, inside: bool) -> str:
        self.seen.append((back, state, inside))
        return "https://open.weixin.qq.com/x"

    def who(self, code: str) -> str | None:
        if code == "used":
            raise SendError("code used", code=40029, permanent=True)
        return None if code == "outsider" else code


@pytest.fixture
def door() -> FakeDoor:
    """Return WeCom."""
    return FakeDoor()


@pytest.fixture
def wecom(street: Street, door: FakeDoor) -> Browser:
    """Return a browser before an application that WeCom vouches for."""
    app = create_app(
        FakeConfig(URL),
        FakeHealth(),
        secret_key=SECRET,
        office=replace(street.core.office, doors={"wecom": door}),
    )
    return Browser(app.test_client())


def test_wecom_vouches_for_a_member(street: Street, wecom: Browser, door: FakeDoor) -> None:
    assert "用企业微信登录" in wecom.get("/login").text
    sent = wecom.client.get("/login/wecom/wecom/go")
    [(back, state, inside)] = door.seen

    assert sent.location.startswith("https://open.weixin.qq.com/")
    assert (back, inside) == (f"{URL}/login/wecom/wecom", False)
    entered = wecom.client.get(f"/login/wecom/wecom?code=李书记&state={state}")
    assert entered.location == "/today"
    wecom.get("/today")


@pytest.mark.parametrize(
    ("code", "status", "says"),
    [
        ("outsider", 403, "不在我们的名册里"),
        ("nobody-we-know", 403, "不在我们的名册里"),
        ("王五", 403, "书记、委员"),
        ("used", 400, "请再点一次"),
    ],
    ids=["外部联系人", "不在名册", "没有职务", "用过的码"],
)
def test_who_is_no_member_is_refused_though_the_platform_says_zero(
    wecom: Browser, door: FakeDoor, code: str, status: int, says: str
) -> None:
    wecom.client.get("/login/wecom/wecom/go")
    state = door.seen[0][1]

    page = wecom.client.get(f"/login/wecom/wecom?code={code}&state={state}")

    assert (page.status_code, says in page.text) == (status, True)
    assert wecom.client.get("/today").status_code == 303


@pytest.mark.parametrize("state", ["", "another"], ids=["没有", "别人的"])
def test_a_code_of_another_browser_lets_nobody_in(wecom: Browser, state: str) -> None:
    wecom.client.get("/login/wecom/wecom/go")

    page = wecom.client.get(f"/login/wecom/wecom?code=李书记&state={state}")

    assert page.status_code == 400


def test_a_state_is_good_once(wecom: Browser, door: FakeDoor) -> None:
    wecom.client.get("/login/wecom/wecom/go")
    path = f"/login/wecom/wecom?code=used&state={door.seen[0][1]}"

    wecom.client.get(path)
    again = wecom.client.get(path.replace("used", "李书记"))

    assert again.status_code == 400


def test_without_wecom_there_is_no_such_button(stranger: Browser) -> None:
    assert "用企业微信登录" not in stranger.get("/login").text
    assert stranger.client.get("/login/wecom/wecom").status_code == 404
