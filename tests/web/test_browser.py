"""The rehearsal page in a real browser, at a desk, on a phone, with the keyboard alone."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.web.fakes import FakeRehearsal

DESK, PHONE, NARROW = (1280, 800), (390, 844), (320, 640)
HOSTILE = "<script>window.hit=1</script><img src=x onerror='window.hit=1'>"
Open = Callable[..., Page]


@pytest.fixture
def open_page(browser: Browser, address: str) -> Iterator[Open]:
    """Return a way to open a page; in the end no page may have had an error or a refused script."""
    contexts, complaints = [], []

    def open_at(size: tuple[int, int], path: str = "/rehearsal", *, scripts: bool = True) -> Page:
        width, height = size
        context = browser.new_context(
            viewport={"width": width, "height": height},
            java_script_enabled=scripts,
            locale="zh-CN",
            timezone_id="Asia/Shanghai",
        )
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on(
            "console", lambda line: complaints.append(line.text) if line.type == "error" else None
        )
        page.goto(address + path)
        return page

    yield open_at
    for context in contexts:
        context.close()
    assert [each for each in complaints if "Failed to load resource" not in each] == []


def private(page: Page) -> Locator:
    return page.locator(".pane.private")


def group(page: Page) -> Locator:
    return page.locator(".pane.group")


def test_at_a_desk_both_chats_stand_side_by_side(open_page: Open) -> None:
    page = open_page(DESK)

    left, right = group(page).bounding_box(), private(page).bounding_box()
    assert left is not None
    assert right is not None
    assert left["y"] == right["y"]
    assert left["x"] + left["width"] <= right["x"]
    expect(page.locator(".tabs")).to_be_hidden()
    expect(private(page).get_by_role("button", name="发送")).to_be_in_viewport()


def test_a_line_is_sent_and_answered_without_reloading(
    open_page: Open, rehearsal: FakeRehearsal
) -> None:
    page = open_page(DESK, "/rehearsal?who=zhang")
    page.evaluate("window.stayed = true")

    private(page).get_by_role("textbox").fill("请假 出差\n明天回来")
    private(page).get_by_role("button", name="发送").click()

    expect(private(page).locator(".bubble")).to_have_count(2)
    expect(private(page).get_by_role("textbox")).to_have_value("")
    expect(private(page).get_by_role("textbox")).to_be_focused()
    assert page.evaluate("window.stayed")
    assert rehearsal.lines[0].text.splitlines() == ["请假 出差", "明天回来"]
    assert private(page).locator(".bubble").last.inner_text().count("\n") == 2


def test_what_others_do_appears_by_itself(open_page: Open, rehearsal: FakeRehearsal) -> None:
    page = open_page(DESK)

    rehearsal.say("zhang", "我在另一台电脑上说话", in_group=True)

    expect(group(page).locator(".bubble").first).to_have_text(
        "我在另一台电脑上说话", timeout=10_000
    )
    expect(group(page).get_by_role("log")).to_have_attribute("aria-live", "polite")


def test_the_newest_line_is_in_sight(open_page: Open, rehearsal: FakeRehearsal) -> None:
    for number in range(30):
        rehearsal.say("zhang", f"第{number}句", in_group=True)

    for scripts in (True, False):
        page = open_page(DESK, scripts=scripts)
        expect(group(page).locator(".bubble").last).to_be_in_viewport()
        expect(group(page).locator(".bubble").first).not_to_be_in_viewport()


def test_a_step_of_the_clock_shows_who_got_something(open_page: Open) -> None:
    page = open_page(DESK)

    page.get_by_role("button", name="明天 08:30").click()

    expect(page.locator("#clock")).to_contain_text("08:30")
    expect(page.locator("#clock")).to_contain_text("3月13日 星期五")
    expect(private(page).locator(".bubble")).to_have_count(1)
    expect(page.locator(".cast a", has_text="张三").locator(".badge")).to_contain_text("1")
    expect(page.locator(".cast a", has_text="李建国").locator(".badge")).to_be_hidden()


def test_the_clock_goes_to_a_chosen_moment(open_page: Open) -> None:
    page = open_page(DESK)

    page.get_by_text("拨到…").click()
    page.get_by_label("拨到哪一天、几点").fill("2026-07-01T09:30")
    page.get_by_role("button", name="拨过去").click()

    expect(page.locator("#clock")).to_contain_text("2026年7月1日 星期三")
    expect(page.get_by_label("拨到哪一天、几点")).to_be_hidden()


def test_a_refusal_is_shown_beside_the_box_and_the_text_stays(
    open_page: Open, rehearsal: FakeRehearsal
) -> None:
    page = open_page(DESK)
    box = private(page).get_by_role("textbox")

    box.fill("　")
    box.press("Enter")

    expect(private(page).get_by_role("alert")).to_contain_text("还没有写字")
    expect(box).to_have_value("　")
    assert rehearsal.lines == []
    box.fill("签到")
    box.press("Enter")
    expect(private(page).get_by_role("alert")).to_be_hidden()
    expect(private(page).locator(".bubble")).to_have_count(2)


def test_a_lost_connection_is_said_and_the_text_stays(open_page: Open) -> None:
    page = open_page(DESK)
    page.route("**/rehearsal/say", lambda route: route.abort())

    private(page).get_by_role("textbox").fill("签到")
    private(page).get_by_role("button", name="发送").click()

    expect(private(page).get_by_role("alert")).to_contain_text("没有发出去")
    expect(private(page).get_by_role("textbox")).to_have_value("签到")


def test_a_suggestion_leaves_the_half_written_text_alone(
    open_page: Open, rehearsal: FakeRehearsal
) -> None:
    page = open_page(DESK)
    private(page).get_by_role("textbox").fill("写到一半")

    private(page).get_by_role("button", name="签到").click()

    expect(private(page).locator(".bubble")).to_have_count(2)
    expect(private(page).get_by_role("textbox")).to_have_value("写到一半")
    assert rehearsal.lines[0].text == "签到"


def test_a_beginning_is_put_into_the_box(open_page: Open) -> None:
    page = open_page(DESK)

    group(page).get_by_role("link", name="建会 …").click()

    expect(group(page).get_by_role("textbox")).to_have_value("建会 ")
    expect(group(page).get_by_role("textbox")).to_be_focused()


def test_enter_sends_and_shift_enter_begins_a_line(
    open_page: Open, rehearsal: FakeRehearsal
) -> None:
    page = open_page(DESK)
    box = group(page).get_by_role("textbox")

    box.press_sequentially("一")
    box.press("Shift+Enter")
    box.press_sequentially("二")
    box.press("Enter")

    expect(group(page).locator(".bubble")).to_have_count(2)
    assert rehearsal.lines[0].text.splitlines() == ["一", "二"]


def test_a_script_that_somebody_types_is_only_shown(open_page: Open) -> None:
    page = open_page(DESK)

    group(page).get_by_role("textbox").fill(HOSTILE)
    group(page).get_by_role("button", name="发送").click()
    expect(group(page).locator(".bubble").first).to_have_text(HOSTILE)
    page.reload()

    expect(group(page).locator(".bubble").first).to_have_text(HOSTILE)
    assert page.evaluate("window.hit") is None


def test_a_page_follows_when_somebody_else_begins_anew(
    open_page: Open, rehearsal: FakeRehearsal
) -> None:
    page = open_page(DESK)
    page.get_by_role("button", name="+10 分钟").click()
    expect(page.locator("#clock")).to_contain_text("10:08")

    rehearsal.restart()

    expect(page.locator("#clock")).to_contain_text("09:58", timeout=10_000)
    expect(page.locator(".bubble")).to_have_count(0)


def test_a_page_follows_a_new_beginning_at_the_same_hour(
    open_page: Open, rehearsal: FakeRehearsal
) -> None:
    rehearsal.say("li", "从前", in_group=True)
    page = open_page(DESK)

    rehearsal.restart()
    rehearsal.say("li", "现在", in_group=True)

    expect(group(page).locator(".bubble").first).to_have_text("现在", timeout=10_000)


def test_beginning_anew_asks_once(open_page: Open, rehearsal: FakeRehearsal) -> None:
    rehearsal.say("zhang", "在", in_group=True)
    page = open_page(PHONE)

    page.get_by_text("重新开始").click()
    page.get_by_role("button", name="清掉，从头再来").click()

    expect(page.get_by_text("已经从头开始")).to_be_visible()
    assert rehearsal.lines == []


def test_on_a_phone_one_chat_is_shown_and_tabs_change_it(open_page: Open) -> None:
    page = open_page(PHONE, "/rehearsal?who=zhang#chat")
    private(page).get_by_role("textbox").fill("写到一半")

    expect(group(page)).to_be_hidden()
    page.get_by_role("link", name="支部群").click()
    expect(private(page)).to_be_hidden()
    group(page).get_by_role("button", name="签到").click()
    expect(group(page).locator(".bubble")).to_have_count(2)
    page.get_by_role("link", name="小助手私聊").click()

    expect(private(page).get_by_role("textbox")).to_have_value("写到一半")


def test_on_a_phone_the_other_tab_says_that_something_came(
    open_page: Open, rehearsal: FakeRehearsal
) -> None:
    page = open_page(PHONE, "/rehearsal?who=zhang&chat=private")

    rehearsal.say("li", "请大家签到", in_group=True)

    tab = page.get_by_role("link", name="支部群")
    expect(tab.locator(".badge")).to_contain_text("1", timeout=10_000)
    tab.click()
    expect(tab.locator(".badge")).to_be_hidden()


def test_without_scripts_everything_works_on_a_phone(
    open_page: Open, rehearsal: FakeRehearsal
) -> None:
    page = open_page(PHONE, scripts=False)

    page.locator(".cast a", has_text="张三").click()
    page.get_by_role("link", name="支部群").click()
    group(page).get_by_role("textbox").fill("大家好")
    group(page).get_by_role("button", name="发送").click()
    expect(group(page).locator(".bubble").first).to_have_text("大家好")
    expect(group(page).locator(".bubble").last).to_be_in_viewport()
    page.get_by_role("link", name="小助手私聊").click()
    private(page).get_by_role("button", name="签到").click()
    expect(private(page).locator(".bubble")).to_have_count(2)
    page.get_by_role("button", name="下月1日 08:30").click()

    expect(page.locator("#clock")).to_contain_text("4月1日 星期三")
    assert [line.text for line in rehearsal.lines if not line.from_bot] == ["大家好", "签到"]


@pytest.mark.parametrize("path", ["/", "/rehearsal", "/rehearsal?chat=group", "/nothing"])
@pytest.mark.parametrize("size", [DESK, PHONE, NARROW], ids=["桌面", "手机", "320像素"])
def test_nothing_is_wider_than_the_screen(
    open_page: Open, rehearsal: FakeRehearsal, size: tuple[int, int], path: str
) -> None:
    rehearsal.say("li", "长" * 200 + " https://example.cn/" + "x" * 200, in_group=True)
    rehearsal.say("li", "https://example.cn/" + "x" * 200, in_group=False)

    page = open_page(size, path)

    assert page.evaluate("document.documentElement.scrollWidth") <= size[0]


@pytest.mark.parametrize("size", [DESK, NARROW], ids=["桌面", "320像素"])
def test_everything_is_large_enough_to_read_and_to_touch(
    open_page: Open, rehearsal: FakeRehearsal, size: tuple[int, int]
) -> None:
    rehearsal.say("li", "在", in_group=False)
    page = open_page(size)

    small = page.evaluate(
        """() => [...document.querySelectorAll("a, button, summary, input, textarea")]
            .filter((each) => each.checkVisibility() && !each.matches(".skip"))
            .filter((each) => each.type !== "hidden" && each.getBoundingClientRect().height < 44)
            .map((each) => each.outerHTML)"""
    )
    tiny = page.evaluate(
        """() => [...document.querySelectorAll("body *")]
            .filter((each) => parseFloat(getComputedStyle(each).fontSize) < 18)
            .map((each) => each.outerHTML)"""
    )
    assert small == []
    assert tiny == []


@pytest.mark.parametrize("path", ["/", "/rehearsal", "/rehearsal?chat=group", "/nothing"])
def test_every_text_stands_out_from_its_background(
    open_page: Open, rehearsal: FakeRehearsal, path: str
) -> None:
    for speaker in ("li", "wang", "zhang", "zhao"):
        rehearsal.say(speaker, "在", in_group=True)
    page = open_page(PHONE, path)

    assert page.evaluate(FAINT) == []


FAINT = r"""() => {
  const channel = (value) => {
    const part = value / 255;
    return part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  };
  const parts = (colour) => colour.match(/[\d.]+/g).map(Number);
  const light = (colour) => {
    const [red, green, blue] = parts(colour).map(channel);
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const behind = (each) => {
    for (let at = each; at; at = at.parentElement) {
      const colour = getComputedStyle(at).backgroundColor;
      if (parts(colour)[3] !== 0) return colour;
    }
    return "rgb(255, 255, 255)";
  };
  const ratio = (one, other) => {
    const [low, high] = [light(one), light(other)].sort((a, b) => a - b);
    return (high + 0.05) / (low + 0.05);
  };
  return [...document.querySelectorAll("body *")]
    .filter((each) => each.checkVisibility())
    .filter((each) => [...each.childNodes].some((node) => node.nodeType === 3 && node.data.trim()))
    .filter((each) => ratio(getComputedStyle(each).color, behind(each)) < 4.5)
    .map((each) => each.outerHTML);
}"""


def test_the_keyboard_reaches_everything_in_order_and_shows_where_it_is(open_page: Open) -> None:
    page = open_page(DESK, "/rehearsal?who=zhang")
    seen: list[str] = []

    for _ in range(40):
        page.keyboard.press("Tab")
        name, outline = page.evaluate(
            """() => {
                const each = document.activeElement;
                const style = getComputedStyle(each);
                const name = each.getAttribute("aria-labelledby") || each.id || each.textContent;
                return [name.replace(/\\s+/g, " ").trim(), style.outlineStyle + style.outlineWidth];
            }"""
        )
        seen.append(name)
        assert outline == "solid3px", name
        if name == "发送" and seen.count(name) == 2:
            break

    assert seen[0] == "跳到正文"
    order = [
        "重新开始",
        "+10 分钟",
        "拨到…",
        "title-group",
        "text-group",
        "title-private",
        "text-private",
    ]
    assert [name for name in seen if name in order] == order
    assert any(re.search("李建国", name) for name in seen)


def test_the_keyboard_alone_is_enough(open_page: Open, rehearsal: FakeRehearsal) -> None:
    page = open_page(DESK)

    page.locator(".cast a", has_text="张三").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**who=zhang**")
    private(page).get_by_role("button", name="签到").focus()
    page.keyboard.press("Space")
    expect(private(page).locator(".bubble")).to_have_count(2)
    page.get_by_role("button", name="下个整点").focus()
    page.keyboard.press("Enter")

    expect(page.locator("#clock")).to_contain_text("10:00")
    assert rehearsal.lines[0].speaker == "张三"


def test_every_field_and_region_has_a_name(open_page: Open) -> None:
    page = open_page(DESK)

    expect(page.get_by_role("textbox", name="以李建国的身份在群里说")).to_be_visible()
    expect(page.get_by_role("textbox", name="以李建国的身份对小助手说")).to_be_visible()
    expect(page.get_by_role("log", name="三支部党员群")).to_be_visible()
    expect(page.get_by_role("region", name="时钟")).to_be_visible()
    expect(page.get_by_role("navigation", name="您来扮演")).to_be_visible()
    assert page.locator("html").get_attribute("lang") == "zh-CN"
    assert page.locator("h1").count() == 1
