"""Today, what waits for a word, what was sent, what was settled, taught, taken away, done."""

from __future__ import annotations

import io
import re
from datetime import timedelta
from typing import Any

import pytest
from openpyxl import load_workbook
from sqlalchemy import select

from bot.channels.simulator import SPACE
from bot.domain.cadence import MeetingKind
from bot.domain.incoming import Incoming
from bot.domain.rights import Role
from bot.domain.roll_call import Place
from bot.domain.sending import SendError
from bot.services import leave_requests
from bot.storage.models import AuditLine, ReadLine
from tests.support.world import ScriptedSender, core
from tests.web.console.conftest import Browser, Enter, Street, Till
from tests.web.console.test_meetings import book_of, held


def say(street: Street, name: str, text: str, number: int = 1) -> str:
    """Let somebody write to the bot; return its answer."""
    answer = street.core.pipeline.receive(
        Incoming(SPACE, SPACE, f"{name}{number}", None, name, street.world.now, text)
    )
    return answer.text or ""


# --- today -----------------------------------------------------------------------------------


def test_today_lists_what_needs_a_hand_with_its_button(till: Till, secretary: Browser) -> None:
    page = secretary.get("/today").text

    assert "党费等您核对2人：张三、王五" in page
    assert f'href="{till.path}/waiting">去核对' in page


def test_with_nothing_to_do_it_says_so(secretary: Browser) -> None:
    assert "都办好了" in secretary.get("/today").text


def test_today_names_whom_nothing_reached(street: Street, secretary: Browser) -> None:
    world = street.world
    sender = ScriptedSender(world.clock, SendError("账号停用了", code="1", permanent=True))
    world.enqueue(world.letter(street.branch.wu, "请看通知"))
    core(world.database, world.clock, sender).dispatcher.drain()

    page = secretary.get("/today").text

    assert "没送到的" in page
    assert "<b>王五</b> 账号停用了" in page


def test_the_week_is_the_plan_for_this_branch_alone(street: Street, secretary: Browser) -> None:
    world = street.world
    world.call(MeetingKind.GENERAL, world.now + timedelta(days=2), street.branch.li)

    piece = secretary.get(f"/units/{street.branch.id}/week", partial=True).text

    assert "发给张三" in piece
    assert "陈书记" not in piece


def test_what_one_did_today_is_folded_away(street: Street, secretary: Browser) -> None:
    path = f"/members/{street.branch.wu}"
    secretary.post(f"{path}/code", on=path)

    assert "发绑定码" in secretary.get("/today").text


# --- what waits for a word -------------------------------------------------------------------


def test_a_late_check_in_is_granted_and_its_member_told(street: Street, secretary: Browser) -> None:
    meeting, zhang = held(street), street.branch.zhang
    street.world.clock.advance(timedelta(hours=5))
    say(street, "张三", "补签")
    path = f"/units/{street.branch.id}/requests"
    page = secretary.get(path).text
    key = re.search(r'name="key" value="(checkin:[^"]+)"', page)
    assert key is not None

    to = secretary.post(path, on=path, key=key[1], word="grant").location
    assert "同意了，已告诉张三" in secretary.get(to).text
    assert (
        "刚刚有变动"
        in secretary.post(path, on="/account", status=400, key=key[1], word="grant").text
    )

    assert book_of(street, meeting).place(zhang) is Place.PRESENT
    told = [row.text for row in street.world.outbox() if row.member_id == zhang]
    assert told == ["您的补签已经同意：3月支部党员大会。"]


def test_a_leave_is_refused_with_a_reason(street: Street, secretary: Browser) -> None:
    world, branch = street.world, street.branch
    with world.database.writing() as session:
        leave_requests.set_approval(session, needed=True, by=world.actor(branch.li), now=world.now)
    world.call(MeetingKind.GENERAL, world.now + timedelta(days=2), branch.li)
    say(street, "张三", "请假 出差")
    path = f"/units/{branch.id}/requests"
    page = secretary.get(path).text
    key = re.search(r'name="key" value="(leave:[^"]+)"', page)
    assert key is not None
    assert "出差" in page

    secretary.post(path, on=path, key=key[1], word="refuse", reason="人数不够")

    told = [row.text for row in world.outbox() if row.member_id == branch.zhang]
    assert told == [
        "您的请假没有同意：3月支部党员大会。原因：人数不够。能来请来，有困难请直接找组织委员。"
    ]
    assert "没有等着同意的" in secretary.get(path).text


# --- what was sent ---------------------------------------------------------------------------


def test_what_was_said_privately_to_a_question_is_not_shown(
    street: Street, secretary: Browser
) -> None:
    world = street.world
    world.enqueue(world.letter(street.branch.wu, "您的请假：病假"))

    page = secretary.get(f"/units/{street.branch.id}/outbox?which=all").text

    assert "王五" in page
    assert "病假" not in page
    assert "等着发" in page


# --- settled ---------------------------------------------------------------------------------


def test_something_is_settled_from_a_day_on(street: Street, secretary: Browser) -> None:
    path = f"/units/{street.branch.id}/settings"
    fields: dict[str, Any] = {
        "key": "minutes",
        "value": "7天",
        "since": "2026-03-12",
        "decided_by": "支委会",
        "reason": "补记要时间",
    }

    to = secretary.post(path, on=path, **fields).location

    assert "支委会定的，原因：补记要时间" in secretary.get(to).text


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("since", "2026-03-11", "不往回改"),
        ("value", "一千天", "没看懂"),
        ("reason", "", "请写明原因"),
        ("key", "nonsense", "还没有选"),
    ],
    ids=["过去", "看不懂", "没原因", "没选"],
)
def test_what_cannot_be_settled_is_said(
    street: Street, secretary: Browser, name: str, value: str, says: str
) -> None:
    path = f"/units/{street.branch.id}/settings"
    fields: dict[str, Any] = {
        "key": "minutes",
        "value": "7天",
        "since": "2026-03-12",
        "decided_by": "支委会",
        "reason": "补记要时间",
    }

    page = secretary.post(path, on=path, status=400, **{**fields, name: value}).text

    assert says in page


# --- taught ----------------------------------------------------------------------------------


def test_what_was_not_understood_is_taught_and_forgotten(
    street: Street, secretary: Browser
) -> None:
    say(street, "张三", "俺到场啦哈")
    path = f"/units/{street.branch.id}/wordings"
    page = secretary.get(path).text
    number = re.search(r'name="number" value="(\d+)"', page)
    assert number is not None
    assert "俺到场啦哈" in page
    assert "张三" not in page

    refused = secretary.post(path, on=path, status=400, number=number[1], target="随便什么")
    assert "随便什么" in refused.text
    to = secretary.post(path, on=path, number=number[1], target="签到").location
    taught = secretary.get(to).text
    gone = re.search(r'name="number" value="(\d+)"', taught)

    assert "就是“签到”" in taught
    assert gone is not None
    secretary.post(f"{path}/forget", on=path, number=gone[1])
    assert "还没有教过" in secretary.get(path).text


# --- taken away, looked at -------------------------------------------------------------------


def test_a_ledger_is_taken_away_with_who_took_it(street: Street, secretary: Browser) -> None:
    answer = secretary.get(f"/units/{street.branch.id}/exports/roster")

    book = load_workbook(io.BytesIO(answer.data))
    names = [row[0].value for row in book.worksheets[0].iter_rows(min_row=2)]
    assert "张三" in names
    assert "陈书记" not in names
    with street.world.database.reading() as session:
        done = session.execute(
            select(AuditLine.action, AuditLine.how).order_by(AuditLine.id.desc())
        ).first()
        read = session.scalars(select(ReadLine.command).order_by(ReadLine.id.desc())).first()
    assert done is not None
    assert tuple(done) == ("export.roster", "console")
    assert read == "export.roster"


def test_a_period_that_runs_backwards_is_refused(street: Street, secretary: Browser) -> None:
    path = f"/units/{street.branch.id}/exports/dues?first=2026-03-01&last=2026-01-01"

    assert "还早" in secretary.get(path, 400).text


def test_an_officer_takes_away_the_branch_that_is_open(street: Street, enter: Enter) -> None:
    answer = enter(street.officer).get(f"/units/{street.branch.id}/exports/roster")

    book = load_workbook(io.BytesIO(answer.data))
    names = [row[0].value for row in book.worksheets[0].iter_rows(min_row=2)]
    assert "张三" in names
    assert "陈书记" not in names


def test_a_month_of_reminders_says_why(street: Street, secretary: Browser) -> None:
    world = street.world
    world.call(MeetingKind.GENERAL, world.now + timedelta(days=4), street.branch.li)

    page = secretary.get(f"/units/{street.branch.id}/reminders").text
    later = secretary.get(f"/units/{street.branch.id}/reminders?month=2026-04").text

    assert "发给张三" in page
    assert "<dt>依据</dt>" in page
    assert "3月16日（周一）15:00" not in later


def test_a_year_is_drawn_and_read_as_words(till: Till, secretary: Browser) -> None:
    meeting = held(till.street)
    roll = f"/meetings/{meeting.id}/roll"
    secretary.post(f"{roll}/rest", on=roll, people="5")

    page = secretary.get(f"/units/{till.unit}/board").text

    assert "3月1次会，应到5人次，实到5人次" in page
    assert ">100%</text>" in page
    assert 'class="d-done"' in page
    assert "style=" not in page


def test_the_trail_names_who_did_what(street: Street, secretary: Browser) -> None:
    path = f"/members/{street.branch.wu}"
    secretary.post(f"{path}/code", on=path)

    page = secretary.get(f"/units/{street.branch.id}/trail").text

    assert "发绑定码" in page
    assert "李书记" in page
    assert "网页" in page


def test_the_trail_of_a_branch_is_not_that_of_another(street: Street, enter: Enter) -> None:
    world = street.world
    helper = world.member("孙委员", street.branch.id, Role.ORGANISER)
    enter(helper)

    page = enter(street.other)
    text = page.get(f"/units/{world.actor(street.other).branch_id}/trail").text

    assert "孙委员" not in text


def test_the_state_of_the_bot_is_told_in_words(secretary: Browser) -> None:
    page = secretary.get("/vitals").text

    assert "一切正常" in page
    assert "数据库" in page
