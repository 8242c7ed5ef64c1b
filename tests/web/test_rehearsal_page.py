"""The rehearsal page without scripts: forms, redirects, pages."""

from __future__ import annotations

import re
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from flask.testing import FlaskClient

from bot.clock import at, local
from tests.web.conftest import Post
from tests.web.fakes import NOW, FakeRehearsal

HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'&{{7*7}}"


def texts(page: str) -> list[str]:
    """Return the bubbles of a page, as they stand in its source."""
    return re.findall(r'<p class="bubble">(.*?)</p>', page, re.S)


def test_it_shows_clock_cast_and_both_chats(client: FlaskClient) -> None:
    page = client.get("/rehearsal").text

    assert ">09:58</time>" in page
    assert "2026年3月12日 星期四" in page
    for shown in ("李建国", "组织委员", "三支部党员群", "与小助手私聊", "重新开始"):
        assert shown in page
    assert page.count("<textarea") == 2


def test_it_plays_the_first_of_the_cast_unless_told(client: FlaskClient) -> None:
    assert "李建国对小助手说" in client.get("/rehearsal").text
    assert "张三对小助手说" in client.get("/rehearsal?who=zhang").text
    assert "李建国对小助手说" in client.get("/rehearsal?who=nobody&chat=odd&since=x").text


def test_what_is_said_in_private_is_recorded_and_answered(
    client: FlaskClient, post: Post, rehearsal: FakeRehearsal
) -> None:
    answer = post("/rehearsal/say", who="zhang", chat="private", text="请假 出差")

    assert answer.status_code == 303
    assert [(line.chat, line.speaker) for line in rehearsal.lines] == [
        ("zhang", "张三"),
        ("zhang", "小助手"),
    ]
    page = client.get(answer.headers["Location"]).text
    assert texts(page) == ["请假 出差", "✓ 张三，已收到：\n请假 出差"]
    assert "show-private" in page


def test_what_is_said_in_the_group_is_seen_by_all(
    client: FlaskClient, post: Post, rehearsal: FakeRehearsal
) -> None:
    answer = post("/rehearsal/say", who="zhang", chat="group", text="大家好")

    assert rehearsal.lines[0].chat == "group"
    assert "show-group" in client.get(answer.headers["Location"]).text
    assert "大家好" in client.get("/rehearsal?who=li").text


def test_one_persons_private_chat_is_not_shown_to_another(client: FlaskClient, post: Post) -> None:
    post("/rehearsal/say", who="zhang", chat="private", text="私房话")

    assert "私房话" not in client.get("/rehearsal?who=li").text
    assert "私房话" not in client.get("/rehearsal/lines?who=li").text


def test_a_suggestion_is_sent_and_what_stood_in_the_box_stays(
    client: FlaskClient, post: Post, rehearsal: FakeRehearsal
) -> None:
    answer = post("/rehearsal/say", who="li", chat="private", text="写到一半", quick="签到")

    assert rehearsal.lines[0].text == "签到"
    page = client.get(answer.headers["Location"]).text
    assert page.count("写到一半</textarea>") == 1


def test_suggestions_fit_the_post(client: FlaskClient) -> None:
    secretary, member = (
        client.get("/rehearsal?who=li").text,
        client.get("/rehearsal?who=zhang").text,
    )

    assert 'value="名单"' in secretary
    assert "发通知 …" in secretary
    assert 'value="签到"' in member
    assert "名单" not in member
    assert "发通知" not in member


def test_a_beginning_is_put_into_the_box_to_be_finished(client: FlaskClient) -> None:
    page = client.get("/rehearsal?who=li&chat=group&draft=发通知 ").text

    assert page.count("发通知 </textarea>") == 1


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        pytest.param("  ", "还没有写字", id="空白"),
        pytest.param("长" * 2001, "太长了", id="太长"),
    ],
)
def test_what_was_typed_is_not_lost_when_refused(post: Post, text: str, sentence: str) -> None:
    answer = post("/rehearsal/say", who="zhang", chat="group", text=text)

    assert answer.status_code == 400
    assert sentence in answer.text
    assert f"{text}</textarea>" in answer.text
    assert "show-group" in answer.text


def test_somebody_unknown_says_nothing(post: Post, rehearsal: FakeRehearsal) -> None:
    answer = post("/rehearsal/say", who="nobody", chat="private", text="签到")

    assert answer.status_code == 400
    assert "没有这位同志" in answer.text
    assert "签到</textarea>" in answer.text
    assert rehearsal.lines == []


def test_whatever_people_type_stays_text(client: FlaskClient, post: Post) -> None:
    answer = post("/rehearsal/say", who="zhang", chat="group", text=HOSTILE)

    page = client.get(answer.headers["Location"]).text
    lines = client.get("/rehearsal/lines?who=zhang").json
    assert lines is not None
    for shown in (page, lines["lines"]["group"]):
        assert "<script>alert" not in shown
        assert "<img" not in shown
        assert "&lt;script&gt;alert(1)" in shown
        assert "{{7*7}}" in shown


@pytest.mark.parametrize(
    "path",
    [
        "/rehearsal?who={0}&chat={0}&since={0}",
        "/rehearsal?draft={0}",
        "/rehearsal/lines?who={0}&after={0}",
    ],
)
def test_a_hostile_address_stays_text(client: FlaskClient, path: str) -> None:
    answer = client.get(path.format("%3Cscript%3Ealert(1)%3C/script%3E%22"))

    assert answer.status_code == 200
    assert "<script>alert" not in answer.text


@pytest.mark.parametrize(
    ("step", "shown"),
    [
        ("ten", "2026-03-12 10:08"),
        ("hour", "2026-03-12 10:00"),
        ("tomorrow", "2026-03-13 08:30"),
        ("month", "2026-04-01 08:30"),
    ],
)
def test_a_button_moves_the_clock(
    post: Post, rehearsal: FakeRehearsal, step: str, shown: str
) -> None:
    assert post("/rehearsal/clock", who="li", step=step).status_code == 303

    assert f"{local(rehearsal.now):%Y-%m-%d %H:%M}" == shown


def test_the_clock_moves_to_a_typed_moment_of_shanghai(
    post: Post, rehearsal: FakeRehearsal
) -> None:
    post("/rehearsal/clock", moment="2026-07-01T09:30")

    assert rehearsal.now == at(NOW.date().replace(month=7, day=1), 9, 30)


def test_a_typed_moment_may_name_its_zone(post: Post, rehearsal: FakeRehearsal) -> None:
    post("/rehearsal/clock", moment="2026-07-01T01:30+00:00")

    assert rehearsal.now == at(NOW.date().replace(month=7, day=1), 9, 30)


@pytest.mark.parametrize(
    ("moment", "sentence"),
    [
        pytest.param("后天", "没看懂时间", id="不是时间"),
        pytest.param("", "没看懂时间", id="没写"),
        pytest.param("0001-01-01T00:00", "没看懂时间", id="公元元年"),
        pytest.param("9999-12-31T23:59", "没看懂时间", id="太远"),
        pytest.param("2026-03-01T00:00", "只能往前拨", id="往回拨"),
        pytest.param("2028-03-01T00:00", "一次最多拨400天", id="一次太多"),
    ],
)
def test_a_moment_that_cannot_be_stays_in_its_box_with_the_reason(
    post: Post, rehearsal: FakeRehearsal, moment: str, sentence: str
) -> None:
    before = rehearsal.now

    answer = post("/rehearsal/clock", who="zhang", moment=moment)

    assert answer.status_code == 400
    assert sentence in answer.text
    assert f'value="{moment or "2026-03-12T09:58"}"' in answer.text
    assert '<details class="custom" name="drawer" open>' in answer.text
    assert rehearsal.now == before


def test_after_a_step_the_page_marks_who_got_something_new(client: FlaskClient, post: Post) -> None:
    post("/rehearsal/say", who="zhang", chat="private", text="在吗")

    answer = post("/rehearsal/clock", who="li", chat="group", step="tomorrow")

    page = client.get(answer.headers["Location"]).text
    fresh = re.findall(r'<span class="badge"( hidden)?><span class="number">(\d+)', page)
    assert fresh == [(" hidden", "0"), ("", "1"), ("", "1"), ("", "1"), (" hidden", "0"), ("", "1")]


def test_beginning_anew_clears_everything(
    client: FlaskClient, post: Post, rehearsal: FakeRehearsal
) -> None:
    post("/rehearsal/say", who="zhang", chat="group", text="大家好")
    post("/rehearsal/clock", step="month")

    answer = post("/rehearsal/restart", who="zhang", chat="group")

    assert rehearsal.lines == []
    page = client.get(answer.headers["Location"]).text
    assert texts(page) == []
    assert ">09:58</time>" in page
    assert "张三在群里说" in page


def test_times_stand_only_where_there_was_a_pause(
    client: FlaskClient, rehearsal: FakeRehearsal
) -> None:
    for pause in (0, 1, 5, 60 * 24):
        rehearsal.now += timedelta(minutes=pause)
        rehearsal.add("group", "张三", "话")

    page = client.get("/rehearsal").text

    assert re.findall(r'<p class="when ">(.*?)</p>', page) == [
        "3月12日 周四 09:58",
        "10:04",
        "3月13日 周五 10:04",
    ]


def test_own_lines_stand_apart_from_those_of_others_and_of_the_bot(
    client: FlaskClient, post: Post
) -> None:
    post("/rehearsal/say", who="zhang", chat="group", text="大家好")

    mine, others = client.get("/rehearsal?who=zhang").text, client.get("/rehearsal?who=li").text

    assert 'class="line me "' in mine
    assert 'class="line other "' in others
    assert 'class="line bot "' in others


def test_a_long_chat_shows_its_end(client: FlaskClient, rehearsal: FakeRehearsal) -> None:
    for number in range(305):
        rehearsal.add("group", "张三", f"第{number}句")

    page = client.get("/rehearsal").text

    assert len(texts(page)) == 300
    assert "更早的 5 条没有列出" in page
    assert "第304句" in page


def test_lines_answers_only_what_came_after(
    client: FlaskClient, post: Post, rehearsal: FakeRehearsal
) -> None:
    post("/rehearsal/say", who="zhang", chat="group", text="第一句")
    post("/rehearsal/say", who="zhang", chat="group", text="第二句")

    news = client.get("/rehearsal/lines?who=zhang&after=2").json

    assert news is not None
    assert texts(news["lines"]["group"]) == ["第二句", "✓ 张三，已收到：\n第二句"]
    assert "when" not in news["lines"]["group"]
    assert news["lines"]["private"].strip() == ""
    assert news["last"] == 4
    assert news["fresh"] == {"group": 1}
    assert news["now"] == rehearsal.now.isoformat()
    assert "09:58" in news["clock"]


def test_lines_answers_nothing_when_nothing_came(client: FlaskClient, post: Post) -> None:
    post("/rehearsal/say", who="zhang", chat="group", text="在")

    news = client.get("/rehearsal/lines?who=zhang&after=2").json

    assert news is not None
    assert (news["last"], news["fresh"], news["gone"]) == (2, {}, False)


def test_lines_tells_that_somebody_began_anew(client: FlaskClient, post: Post) -> None:
    post("/rehearsal/say", who="zhang", chat="group", text="在")
    assert client.get("/rehearsal/lines?after=0").json["gone"] is False  # type: ignore[index]

    post("/rehearsal/restart")

    assert client.get("/rehearsal/lines?after=2").json["gone"] is True  # type: ignore[index]
    assert client.get("/rehearsal/lines?after=0").json["gone"] is False  # type: ignore[index]


def test_a_redirect_leads_back_to_the_same_person_and_chat(post: Post) -> None:
    answer = post("/rehearsal/say", who="wang", chat="group", text="好")

    location = urlsplit(answer.headers["Location"])
    assert location.path == "/rehearsal"
    assert location.netloc == ""
    assert parse_qs(location.query) == {"who": ["wang"], "chat": ["group"], "since": ["0"]}
    assert location.fragment == "chat"
