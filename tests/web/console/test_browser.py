"""The console in a real browser: the main action of each page, at a desk and on a telephone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import BrowserContext, Page, expect
from sqlalchemy import select

from bot.domain.ids import MemberId
from bot.services import console_sessions, passwords, sign_in
from bot.storage.models import SignIn
from bot.web.console import TOKEN
from tests.conftest import DatabaseKind
from tests.web.conftest import serving
from tests.web.console.conftest import Street, Till
from tests.web.console.objects import Objects
from tests.web.console.test_meetings import held
from tests.web.console.test_members import book
from tests.web.console.test_pages import addresses, rules_of

AXE = (Path(__file__).parents[1] / "vendor" / "axe-4.14.1.min.js").read_text(encoding="utf-8")
DESK, PHONE, NARROW = (1280, 800), (390, 844), (320, 640)
SIZES = pytest.mark.parametrize("size", [DESK, PHONE], ids=["桌面", "手机"])
_SERIOUS = """
async () => {
  const found = await axe.run(document, {runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]});
  return found.violations.filter(v => ["serious", "critical"].includes(v.impact))
    .map(v => v.id + ": " + v.nodes.map(n => n.html).join(" | "));
}
"""
_SMALL = """
() => [...document.querySelectorAll("main button, main summary, main input, main select, nav a, main a.button")]
  .filter(e => e.offsetParent !== null && e.type !== "hidden")
  .map(e => [e.closest("label.tick, label.seat") || e, e])
  .filter(([box]) => { const r = box.getBoundingClientRect(); return r.height < 43.5 || r.width < 43.5; })
  .map(([_, e]) => e.outerHTML.slice(0, 120))
"""

Open = Callable[..., Page]


@pytest.fixture
def database_kind() -> DatabaseKind:
    """Pages are the same on either engine; a browser is slow enough on one."""
    return "sqlite"


@pytest.fixture
def address(app: Flask) -> Iterator[str]:
    """Return the address of the console behind a real server."""
    with serving(app) as port:
        yield f"http://127.0.0.1:{port}"


@pytest.fixture
def open_as(browser: Chromium, app: Flask, address: str, street: Street) -> Iterator[Open]:
    """Return a way to open a page as somebody; in the end no page may have complained."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def open_(
        size: tuple[int, int],
        path: str,
        member: MemberId | None = None,
        *,
        scripts: bool = True,
    ) -> Page:
        context = browser.new_context(
            viewport={"width": size[0], "height": size[1]},
            java_script_enabled=scripts,
            locale="zh-CN",
            timezone_id="Asia/Shanghai",
        )
        contexts.append(context)
        if member is not None:
            context.add_cookies(
                [{"name": "zhibu", "value": _cookie(app, street, member), "url": address}]
            )
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on(
            "console", lambda line: complaints.append(line.text) if line.type == "error" else None
        )
        page.goto(address + path)
        return page

    yield open_
    for context in contexts:
        context.close()
    assert [each for each in complaints if "Failed to load resource" not in each] == []


def _cookie(app: Flask, street: Street, member: MemberId) -> str:
    with street.world.database.writing() as session:
        secret = console_sessions.begin(session, member, "password", street.world.now)
    client = app.test_client()
    with client.session_transaction() as cookie:
        cookie[TOKEN] = secret
    kept = client.get_cookie("zhibu")
    assert kept is not None
    return kept.value


def check(page: Page) -> None:
    """Fail where a page keeps somebody out: by axe, by its width, by buttons too small to touch."""
    page.evaluate(AXE)
    assert page.evaluate(_SERIOUS) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "scrolls sideways"
    assert page.evaluate(_SMALL) == []


@SIZES
def test_a_computer_is_let_in_by_its_code(
    open_as: Open, street: Street, size: tuple[int, int]
) -> None:
    page = open_as(size, "/login")
    check(page)

    page.get_by_role("button", name="在这台电脑上登录").click()
    expect(page.get_by_role("heading")).to_contain_text("发给小助手")
    check(page)
    world = street.world
    with world.database.writing() as session:
        code = session.scalars(select(SignIn.code)).one()
        assert sign_in.approve(session, code, by=world.actor(street.branch.li), now=world.now)
    page.get_by_role("button", name="进入").click(timeout=10_000)  # it appears by itself

    expect(page.get_by_role("heading", level=1)).to_have_text("今天")


def test_a_computer_is_let_in_without_scripts(open_as: Open, street: Street) -> None:
    page = open_as(DESK, "/login", scripts=False)
    page.get_by_role("button", name="在这台电脑上登录").click()
    world = street.world
    with world.database.writing() as session:
        code = session.scalars(select(SignIn.code)).one()
        assert sign_in.approve(session, code, by=world.actor(street.branch.li), now=world.now)

    page.get_by_role("link", name="我发过了").click()
    page.get_by_role("button", name="进入").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("今天")


def test_a_password_is_typed_with_the_keyboard_alone(open_as: Open, street: Street) -> None:
    with street.world.database.writing() as session:
        passwords.set_password(session, "李书记", "correct horse 42", now=street.world.now)
    page = open_as(DESK, "/login")

    page.get_by_label("姓名").focus()
    page.keyboard.type("李书记")
    page.keyboard.press("Tab")
    page.keyboard.type("correct horse 42")
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", level=1)).to_have_text("今天")


@SIZES
def test_the_week_appears_by_itself(
    open_as: Open, street: Street, objects: Objects, size: tuple[int, int]
) -> None:
    page = open_as(size, "/today", street.branch.li)

    expect(page.get_by_text("发给").first).to_be_visible()
    check(page)


@pytest.mark.parametrize("size", [DESK, PHONE, NARROW], ids=["桌面", "手机", "窄"])
def test_no_page_keeps_anybody_out(
    open_as: Open,
    app: Flask,
    street: Street,
    objects: Objects,
    address: str,
    size: tuple[int, int],
) -> None:
    """Every page of the registry, by axe, by its width, by what a thumb has to hit."""
    page = open_as(size, "/today", street.branch.li)
    for rule in rules_of(app):
        if rule.endpoint.endswith(".show") or rule.endpoint.endswith(".new"):
            page.goto(address + addresses(app, rule, objects))
            check(page)


@SIZES
def test_a_meeting_is_called(open_as: Open, street: Street, size: tuple[int, int]) -> None:
    page = open_as(size, f"/units/{street.branch.id}/meetings", street.branch.li)

    page.get_by_role("link", name="建会").click()
    page.get_by_label("是什么会").select_option(label="支部党员大会")
    page.get_by_label("哪一天").fill("2026-03-16")
    page.get_by_label("在哪里").fill("二楼")
    page.get_by_role("button", name="建会").click()

    expect(page.get_by_role("status")).to_contain_text("应到5人")
    expect(page.get_by_role("heading", level=1)).to_have_text("3月支部党员大会")


@SIZES
@pytest.mark.parametrize("scripts", [True, False], ids=["有脚本", "没有脚本"])
def test_a_thumb_calls_the_roll(
    open_as: Open, street: Street, size: tuple[int, int], scripts: bool
) -> None:
    meeting = held(street)
    page = open_as(size, f"/meetings/{meeting.id}", street.branch.li, scripts=scripts)
    page.get_by_role("link", name="点名").click()
    if scripts:
        page.evaluate("window.stayed = true")
        check(page)

    page.get_by_role("button", name="张三 到", exact=True).click()
    expect(page.get_by_role("button", name="张三 到", exact=True)).to_have_attribute(
        "aria-pressed", "true"
    )
    page.get_by_role("button", name="王五 请假").click()
    expect(page.get_by_role("button", name="王五 请假")).to_have_attribute("aria-pressed", "true")
    if scripts:
        assert page.evaluate("window.stayed")
        check(page)
    page.get_by_role("button", name="其余3人都到了").click()
    page.get_by_role("button", name="点名完毕").click()

    expect(page.get_by_role("status")).to_contain_text("实到4人，请假1人，缺席0人")


def test_the_roll_is_called_with_the_keyboard_alone(open_as: Open, street: Street) -> None:
    page = open_as(DESK, f"/meetings/{held(street).id}/roll", street.branch.li)

    button = page.get_by_role("button", name="张三 到", exact=True)
    button.focus()
    page.keyboard.press("Enter")

    expect(button).to_have_attribute("aria-pressed", "true")
    expect(button).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="张三 请假")).to_be_focused()


@SIZES
def test_a_record_is_written(open_as: Open, street: Street, size: tuple[int, int]) -> None:
    page = open_as(size, f"/meetings/{held(street).id}", street.branch.li)

    page.get_by_role("link", name="写记录").click()
    page.get_by_label("写在哪一栏").select_option(label="议题")
    page.get_by_label("内容").fill("学习条例")
    page.get_by_role("button", name="记下").click()

    expect(page.get_by_role("status")).to_contain_text("记下了")
    expect(page.get_by_role("listitem").filter(has_text="学习条例")).to_be_visible()
    check(page)


@SIZES
def test_dues_are_confirmed(
    open_as: Open, street: Street, till: Till, size: tuple[int, int]
) -> None:
    page = open_as(size, till.path, street.branch.wang)
    check(page)

    page.get_by_role("link", name="核对 2笔").click()
    check(page)
    page.get_by_label("王五 1月").uncheck()
    page.get_by_role("button", name="下一步").click()
    check(page)
    page.get_by_role("button", name="记账1人，30元").click()

    expect(page.get_by_role("status")).to_contain_text("已核对1人1笔，共30元")


def test_dues_are_confirmed_with_the_keyboard_alone(
    open_as: Open, street: Street, till: Till
) -> None:
    page = open_as(DESK, f"{till.path}/waiting", street.branch.wang)

    page.get_by_label("张三 1月").focus()
    page.keyboard.press("Space")
    for _ in range(2):
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="记账1人，30元").focus()
    page.keyboard.press("Enter")

    expect(page.get_by_role("status")).to_contain_text("已核对1人1笔")


@SIZES
def test_a_roster_is_imported(open_as: Open, street: Street, size: tuple[int, int]) -> None:
    page = open_as(size, f"/units/{street.branch.id}/members", street.branch.li)
    file, name = book(["孙七", "第三党支部", "", "正式党员", "在职", "", "30", "7777"])

    page.get_by_role("link", name="导入名册").click()
    page.get_by_label("填好的表格").set_input_files(
        {"name": name, "mimeType": "application/octet-stream", "buffer": file.read()}
    )
    page.get_by_role("button", name="先看会改什么").click()
    check(page)
    page.get_by_role("button", name="写入").click()

    expect(page.get_by_role("status")).to_contain_text("新增1")


@SIZES
def test_a_member_gets_a_code(open_as: Open, street: Street, size: tuple[int, int]) -> None:
    page = open_as(size, f"/units/{street.branch.id}/members?q=王五", street.branch.li)

    page.get_by_role("link", name="王五").click()
    page.get_by_role("button", name="给一个绑定码").click()

    expect(page.get_by_role("status")).to_contain_text("绑定码")
    check(page)


@SIZES
def test_a_notice_is_written_and_sent(open_as: Open, street: Street, size: tuple[int, int]) -> None:
    page = open_as(size, f"/units/{street.branch.id}/notices", street.branch.li)

    page.get_by_role("link", name="写通知").click()
    page.get_by_label("内容").fill("周五上午九点在二楼开会")
    page.get_by_role("button", name="先看一遍").click()
    check(page)
    page.get_by_label("打上人数 5 再发").fill("5")
    page.get_by_role("button", name="发出").click()

    expect(page.get_by_role("status")).to_contain_text("共5人")
    check(page)
    assert len(street.world.outbox()) == 5
