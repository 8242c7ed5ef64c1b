"""Calling a meeting, its roll call, its record: by the forms, as a thumb without scripts does it."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from bot.clock import local
from bot.domain.cadence import MeetingKind
from bot.domain.meetings import MeetingState
from bot.domain.roll_call import Place
from bot.services import meetings, roll_books
from bot.services.meetings import MeetingView
from bot.services.roll_books import Book
from bot.storage.models import AttendanceMark, Meeting
from tests.web.console.conftest import Browser, Enter, Street

MONDAY: dict[str, Any] = {
    "kind": MeetingKind.GENERAL.value,
    "day": "2026-03-16",
    "time": "15:00",
    "place": "二楼",
}


def held(street: Street, after: timedelta = timedelta(hours=1)) -> MeetingView:
    """Let a general meeting be called, and the clock stand at its beginning."""
    world = street.world
    meeting = world.call(MeetingKind.GENERAL, world.now + after, street.branch.li).meeting
    world.clock.advance(after)
    return meeting


def book_of(street: Street, meeting: MeetingView) -> Book:
    """Return the roll call as it stands."""
    with street.world.database.reading() as session:
        [book] = roll_books.load(session, [meeting])
    return book


# --- calling ---------------------------------------------------------------------------------


def test_a_meeting_is_called_by_a_form(street: Street, secretary: Browser) -> None:
    path = f"/units/{street.branch.id}/meetings/new"

    to = secretary.post(path, on=path, **MONDAY).location

    page = secretary.get(to).text
    assert "3月支部党员大会" in page
    assert "3月16日（周一）15:00 二楼" in page
    assert "应到5人" in page
    assert "3月支部党员大会" in secretary.get(f"/units/{street.branch.id}/meetings").text


def test_a_second_one_of_a_day_is_asked_about(street: Street, secretary: Browser) -> None:
    path = f"/units/{street.branch.id}/meetings/new"
    secretary.post(path, on=path, **MONDAY)

    asked = secretary.post(path, on=path, status=200, **{**MONDAY, "time": "19:00"}).text
    again = re.search(r'name="again" value="(\d+)"', asked)

    assert "那天已经有了" in asked
    assert 'value="19:00"' in asked
    assert again is not None
    secretary.post(path, on=path, **{**MONDAY, "time": "19:00", "again": again[1]})
    with street.world.database.reading() as session:
        assert len(session.scalars(select(Meeting.id)).all()) == 2


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"day": "2026-03-11"}, "已经过了"),
        ({"day": "三月"}, "请这样写：2026-03-12"),
        ({"day": ""}, "哪一天还没有填"),
        ({"time": "下午"}, "请这样写：15:00"),
        ({"kind": "nonsense"}, "是什么会还没有选"),
    ],
    ids=["过去", "看不懂的日子", "没写日子", "看不懂的钟点", "没选"],
)
def test_what_is_wrong_is_said_and_what_was_typed_stays(
    street: Street, secretary: Browser, changes: dict[str, Any], says: str
) -> None:
    path = f"/units/{street.branch.id}/meetings/new"

    page = secretary.post(path, on=path, status=400, **{**MONDAY, **changes}).text

    assert says in page
    assert 'value="二楼"' in page


def test_a_meeting_called_late_is_told_of_at_once(street: Street, secretary: Browser) -> None:
    path = f"/units/{street.branch.id}/meetings/new"

    to = secretary.post(path, on=path, **{**MONDAY, "day": "2026-03-12", "time": "18:00"}).location

    assert "已经挨个问了4人" in secretary.get(to).text
    assert len(street.world.outbox()) == 4


def test_an_officer_calls_a_meeting_of_the_branch_that_is_open(
    street: Street, enter: Enter
) -> None:
    path = f"/units/{street.branch.id}/meetings/new"
    officer = enter(street.officer)

    officer.post(path, on=path, **MONDAY)

    with street.world.database.reading() as session:
        assert session.scalars(select(Meeting.unit_id)).all() == [street.branch.id]


def test_a_cell_has_meetings_of_its_own(street: Street, enter: Enter) -> None:
    leader = enter(street.branch.zhang)
    path = f"/units/{street.branch.cell}/meetings/new"

    leader.post(path, on=path, **{**MONDAY, "kind": MeetingKind.CELL.value})

    with street.world.database.reading() as session:
        row = session.execute(select(Meeting.unit_id, Meeting.branch_id)).one()
    assert tuple(row) == (street.branch.cell, street.branch.id)


# --- moving, cancelling ----------------------------------------------------------------------


def test_a_meeting_is_moved_and_cancelled(street: Street, secretary: Browser) -> None:
    meeting = street.world.call(
        MeetingKind.GENERAL, street.world.now + timedelta(days=4), street.branch.li
    ).meeting
    path = f"/meetings/{meeting.id}"

    secretary.post(f"{path}/move", on=path, day="2026-03-18", time="09:30", place="三楼")
    assert "3月18日（周三）09:30 三楼" in secretary.get(path).text
    refused = secretary.post(
        f"{path}/move", on=path, status=400, day="2026-03-18", time="09:30", place="三楼"
    )
    assert "没有改动" in refused.text
    secretary.post(f"{path}/cancel", on=path, reason="场地停电")

    assert "已取消" in secretary.get(path).text


# --- roll call -------------------------------------------------------------------------------


def test_three_buttons_mark_everybody(street: Street, secretary: Browser) -> None:
    meeting, branch = held(street), street.branch
    path = f"/meetings/{meeting.id}/roll"

    to = secretary.post(path, on=path, mark=f"{branch.zhang}:CAME").location
    secretary.post(path, on=path, mark=f"{branch.wu}:LEAVE")
    secretary.post(path, on=path, mark=f"{branch.zhao}:ABSENT")

    assert to.endswith(f"#m{branch.zhang}")
    book = book_of(street, meeting)
    assert [book.place(m) for m in (branch.zhang, branch.wu, branch.zhao, branch.li)] == [
        Place.PRESENT,
        Place.LEAVE,
        Place.ABSENT,
        Place.OPEN,
    ]
    page = secretary.get(path).text
    assert f'value="{branch.zhang}:CAME" aria-pressed="true"' in page
    assert "其余2人都到了" in page


def test_another_button_puts_it_right(street: Street, secretary: Browser) -> None:
    meeting, zhang = held(street), street.branch.zhang
    path = f"/meetings/{meeting.id}/roll"

    secretary.post(path, on=path, mark=f"{zhang}:ABSENT")
    secretary.post(path, on=path, mark=f"{zhang}:CAME")
    secretary.post(path, on=path, mark=f"{zhang}:CAME")  # a thumb that presses twice

    assert book_of(street, meeting).place(zhang) is Place.PRESENT
    with street.world.database.reading() as session:
        assert len(session.scalars(select(AttendanceMark.id)).all()) == 2


def test_a_script_gets_the_list_alone(street: Street, secretary: Browser) -> None:
    path = f"/meetings/{held(street).id}/roll"

    piece = secretary.get(path, partial=True).text

    assert "<html" not in piece
    assert piece.lstrip().startswith('<div id="roll">')


def test_all_others_came_if_they_are_as_many_as_was_shown(
    street: Street, secretary: Browser
) -> None:
    meeting, branch = held(street), street.branch
    path = f"/meetings/{meeting.id}/roll"
    secretary.post(path, on=path, mark=f"{branch.zhao}:ABSENT")

    refused = secretary.post(f"{path}/rest", on=path, status=400, people="5")
    assert "人数变了" in refused.text
    secretary.post(f"{path}/rest", on=path, people="4")

    assert book_of(street, meeting).tally.present == 4


def test_closing_makes_the_rest_absent(street: Street, secretary: Browser) -> None:
    meeting, branch = held(street), street.branch
    path = f"/meetings/{meeting.id}/roll"
    secretary.post(path, on=path, mark=f"{branch.li}:CAME")

    assert "人数变了" in secretary.post(f"{path}/close", on=path, status=400, people="3").text
    to = secretary.post(f"{path}/close", on=path, people="4").location

    assert "应到5人，实到1人，请假0人，缺席4人" in secretary.get(to).text


def test_nobody_from_elsewhere_is_marked(street: Street, secretary: Browser) -> None:
    path = f"/meetings/{held(street).id}/roll"

    refused = secretary.post(path, on=path, status=400, mark=f"{street.other}:CAME")
    nonsense = secretary.post(path, on=path, status=400, mark="1:EVERYTHING")

    assert "不在3月支部党员大会的应到名单里" in refused.text
    assert "没看懂" in nonsense.text


def test_before_check_in_opens_nobody_is_marked(street: Street, secretary: Browser) -> None:
    meeting = street.world.call(
        MeetingKind.GENERAL, street.world.now + timedelta(days=1), street.branch.li
    ).meeting
    path = f"/meetings/{meeting.id}/roll"

    assert "签到还没有开始" in secretary.get(path).text
    secretary.post(path, on=path, status=400, mark=f"{street.branch.zhang}:CAME")


def test_the_quorum_is_live(street: Street, secretary: Browser) -> None:
    meeting, branch = held(street), street.branch
    path = f"/meetings/{meeting.id}"
    assert "还差2人" in secretary.get(f"{path}/now", partial=True).text

    for member in (branch.li, branch.wang):
        secretary.post(f"{path}/roll", on=f"{path}/roll", mark=f"{member}:CAME")

    piece = secretary.get(f"{path}/now", partial=True).text
    assert "人数够了" in piece
    assert "every 5s" in piece
    street.world.clock.advance(timedelta(hours=9))
    assert "every 5s" not in secretary.get(f"{path}/now", partial=True).text


def test_the_code_is_drawn_for_the_room(street: Street, secretary: Browser) -> None:
    page = secretary.get(f"/meetings/{held(street).id}/code").text

    assert re.search(r"签到码 [2-9A-Y]{6}", page)
    assert '<svg viewBox="' in page


# --- record ----------------------------------------------------------------------------------


def test_a_record_is_written_line_by_line_and_confirmed(street: Street, secretary: Browser) -> None:
    meeting = held(street)
    path, roll = f"/meetings/{meeting.id}/minutes", f"/meetings/{meeting.id}/roll"
    secretary.post(f"{roll}/rest", on=roll, people="5")

    for part, text in (
        ("chair", "李书记"),
        ("recorder", "王敏"),
        ("agenda", "学习条例\n\n讨论计划"),
    ):
        secretary.post(path, on=path, part=part, text=text)
    secretary.post(f"{path}/confirm", on=path)

    page = secretary.get(path).text
    assert "记录已确认" in page
    assert "<li>学习条例</li><li>讨论计划</li>" in page
    with street.world.database.reading() as session:
        assert meetings.get_meeting(session, meeting.id).state is MeetingState.CONFIRMED


def test_what_a_record_lacks_is_said_and_it_is_not_confirmed(
    street: Street, secretary: Browser
) -> None:
    path = f"/meetings/{held(street).id}/minutes"

    assert "还缺：主持人、记录人、议题、到会登记" in secretary.get(path).text
    assert "确认这份记录" not in secretary.get(path).text
    secretary.post(f"{path}/confirm", on=path, status=400)


def test_a_ballot_is_refused_and_what_was_typed_stays(street: Street, secretary: Browser) -> None:
    path = f"/meetings/{held(street).id}/minutes"

    page = secretary.post(path, on=path, status=400, part="point", text="张三投反对票").text

    assert "谁投了什么票不能记" in page
    assert "张三投反对票</textarea>" in page


def test_a_correction_keeps_what_was_written(street: Street, secretary: Browser) -> None:
    path = f"/meetings/{held(street).id}/minutes"
    secretary.post(path, on=path, part="agenda", text="学习条列")

    secretary.post(
        f"{path}/correct", on=path, part="agenda", number="1", text="学习条例", reason="写错字"
    )

    page = secretary.get(path).text
    assert "原来写的：学习条列（写错字）" in page
    assert (
        "写错字"
        in secretary.post(
            f"{path}/correct",
            on=path,
            status=404,
            part="agenda",
            number="9",
            text="x",
            reason="写错字",
        ).text
    )


# --- paper -----------------------------------------------------------------------------------


def test_the_sheet_lists_everybody_and_the_call_list_who_is_silent(
    street: Street, secretary: Browser
) -> None:
    meeting = held(street)
    street.world.member("钱老", street.branch.id, account=False, tail="7788")
    path = f"/meetings/{meeting.id}/paper"

    sheet, calls = secretary.get(path).text, secretary.get(f"{path}?kind=call").text

    assert "签到表" in sheet
    assert sheet.count("□") == 6
    assert "7788" not in sheet
    assert "7788" in calls
    assert "没有账号" in calls


def test_times_are_those_of_shanghai(street: Street, secretary: Browser) -> None:
    meeting = held(street)

    assert f"{local(meeting.starts_at):%H:%M}" in secretary.get(f"/meetings/{meeting.id}").text
