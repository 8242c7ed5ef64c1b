"""A notice by the pages: written, looked at, its head-count typed, sent once, answered, told again."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from bot.clock import at
from bot.domain.ids import MemberId
from bot.domain.rights import Role
from bot.services import notices
from bot.storage.models import Notice
from tests.web.console.conftest import Browser, Enter, Street

BODY = "周五上午九点在二楼开会，请带笔记本"


def write(street: Street, browser: Browser, body: str = BODY, **more: object) -> tuple[str, str]:
    """Write a notice; return the page that shows it, and where its button sends to."""
    path = f"/units/{street.branch.id}/notices/new"
    page = browser.post(path, on=path, status=200, body=body, **more).text
    found = re.search(r'action="(/notices/\d+)/send"', page)
    assert found is not None
    return page, found[1]


def answer(street: Street, member: MemberId) -> None:
    """Let a member say 收到 to what is open."""
    world = street.world
    with world.database.writing() as session:
        for notice in notices.list_open(session, member, world.now):
            notices.acknowledge(session, notice=notice, member_id=member, now=world.now)


def test_a_notice_is_shown_before_anybody_reads_it(street: Street, secretary: Browser) -> None:
    street.world.member("钱老", street.branch.id, account=False)

    page, _ = write(street, secretary)

    assert BODY in page
    assert "第三党支部全体 <small>6人" in page
    assert "1人没有账号，要打电话：</b>钱老" in page
    assert street.world.outbox() == []


def test_it_is_sent_once_its_head_count_is_typed(street: Street, secretary: Browser) -> None:
    _, path = write(street, secretary)

    wrong = secretary.post(f"{path}/send", status=400, people="4")
    sent = secretary.post(f"{path}/send", people="5")
    page = secretary.get(sent.location).text
    again = secretary.post(f"{path}/send", status=400, people="5")

    assert "发给5人的" in wrong.text
    assert "共5人" in page
    assert "已经发" in again.text
    assert [row.text for row in street.world.outbox()] == [BODY] * 5


def test_some_are_written_to(street: Street, secretary: Browser) -> None:
    page, path = write(street, secretary, some="支委")

    assert "发给支委 <small>2人" in page
    secretary.post(f"{path}/send", people="2")
    assert {row.member_id for row in street.world.outbox()} == {
        street.branch.li,
        street.branch.wang,
    }


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"body": ""}, "通知还没有内容"),
        ({"body": "身份证110101199003077758"}, "身份证"),
        ({"some": "不认识的人"}, "不知道发给哪些人"),
        ({"some": "流动党员"}, "没有流动党员"),
        ({"day": "2026-03-13", "time": "23:00"}, "休息时间"),
    ],
    ids=["空", "证件号", "认不出", "没有人", "半夜"],
)
def test_what_cannot_be_sent_is_said(
    street: Street, secretary: Browser, fields: dict[str, str], says: str
) -> None:
    path = f"/units/{street.branch.id}/notices/new"
    typed: dict[str, Any] = {"body": BODY, **fields}

    page = secretary.client.get(path)
    assert page.status_code == 200
    answer_ = secretary.post(path, on=path, status=400, **typed)

    assert says in answer_.text


def test_at_night_it_waits_unless_it_is_urgent(street: Street, secretary: Browser) -> None:
    street.world.clock.set(at(street.world.today, 22))

    page, path = write(street, secretary, body="请大家看一下新发的学习材料")
    secretary.post(f"{path}/send", people="5")
    _, urgent = write(street, secretary, body="台风来了，请大家不要出门")
    secretary.post(f"{urgent}/send", people="5", at_once="1")

    assert "明天08:" in page
    due = [row.due_at for row in street.world.outbox()]
    assert all(moment > street.world.now for moment in due[:5])
    assert all(moment == street.world.now for moment in due[5:])


def test_a_third_one_in_a_week_wants_a_reason(street: Street, secretary: Browser) -> None:
    for number in range(street.core.office.hours.policy.notices_per_week):
        _, path = write(street, secretary, body=f"第{number}条通知，请看")
        secretary.post(f"{path}/send", people="5")

    page, _ = write(street, secretary)

    assert "写一句原因" in page


def test_who_has_answered_is_counted_and_who_has_not_is_named(
    street: Street, secretary: Browser
) -> None:
    _, path = write(street, secretary)
    secretary.post(f"{path}/send", people="5")
    answer(street, street.branch.zhang)

    page = secretary.get(path).text

    assert "1/5人" in page
    assert "还没回复4人" in page
    assert "张三" not in page.split("还没回复")[1].split("</p>")[0]
    assert "1/5" in secretary.get(f"/units/{street.branch.id}/notices").text


def test_a_second_notice_goes_to_the_silent_once(street: Street, secretary: Browser) -> None:
    _, path = write(street, secretary)
    secretary.post(f"{path}/send", people="5")
    answer(street, street.branch.zhang)
    street.world.clock.advance(timedelta(hours=3))

    changed = secretary.post(f"{path}/again", status=400, people="5")
    done = secretary.post(f"{path}/again", people="4")
    page = secretary.get(done.location).text
    third = secretary.post(f"{path}/again", status=400, people="4")

    assert "人数变了" in changed.text
    assert "又提醒了4人" in page
    assert "人数变了" in third.text
    assert len(street.world.outbox()) == 9


def test_who_may_send_and_see_no_lists_sees_numbers_alone(street: Street, enter: Enter) -> None:

    helper = enter(street.world.member("宣传", street.branch.id, Role.PUBLICITY))
    _, path = write(street, helper)
    helper.post(f"{path}/send", people="6")

    page = helper.get(path).text

    assert "0/6人" in page
    assert "王五" not in page


def test_a_draft_of_another_branch_is_not_sent(
    street: Street, secretary: Browser, enter: Enter
) -> None:
    _, path = write(street, secretary)

    enter(street.other).post(f"{path}/send", status=403, people="5")

    with street.world.database.reading() as session:
        assert session.scalars(select(Notice.released_at)).all() == [None]
