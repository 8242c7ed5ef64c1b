"""Calendars by RFC 5545, read as text: what `icalendar` writes is checked without it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from bot.clock import at
from bot.domain.calendar_feed import Entry, Feed, is_token, path_of, uid_of, without_token
from bot.domain.ids import MeetingId
from bot.files import ics

MADE = at(date(2026, 3, 1), 9, 30)
MEETING = Entry(
    uid="one",
    title="3月支部党员大会",
    place="社区二楼",
    starts_at=at(date(2026, 3, 12), 9),
    ends_at=at(date(2026, 3, 12), 11),
    revision=1,
    changed_at=MADE,
)


def lines(*entries: Entry) -> list[str]:
    """Return the content lines of a calendar, unfolded."""
    text = ics.render(Feed("第三党支部日程", entries)).decode()
    return text.replace("\r\n ", "").split("\r\n")


def event(entry: Entry) -> list[str]:
    """Return the content lines of one event."""
    found = lines(entry)
    return found[found.index("BEGIN:VEVENT") : found.index("END:VEVENT")]


def test_a_calendar_names_itself_and_its_zone() -> None:
    found = lines(MEETING)

    assert found[0] == "BEGIN:VCALENDAR"
    assert found[-2:] == ["END:VCALENDAR", ""]
    assert "VERSION:2.0" in found
    assert any(line.startswith("PRODID:") for line in found)
    assert "X-WR-CALNAME:第三党支部日程" in found
    assert "REFRESH-INTERVAL;VALUE=DURATION:PT1H" in found
    zone = found[found.index("BEGIN:VTIMEZONE") : found.index("END:VTIMEZONE")]
    assert {"TZID:Asia/Shanghai", "TZOFFSETTO:+0800"} <= set(zone)


def test_a_meeting_has_all_that_the_format_asks_of_it() -> None:
    assert set(event(MEETING)) >= {
        "UID:one",
        "DTSTAMP:20260301T013000Z",
        "LAST-MODIFIED:20260301T013000Z",
        "SEQUENCE:0",
        "DTSTART;TZID=Asia/Shanghai:20260312T090000",
        "DTEND;TZID=Asia/Shanghai:20260312T110000",
        "SUMMARY:3月支部党员大会",
        "LOCATION:社区二楼",
        "STATUS:CONFIRMED",
    }


def test_a_moved_meeting_keeps_its_uid_and_is_a_later_version() -> None:
    found = event(replace(MEETING, revision=4, starts_at=at(date(2026, 3, 13), 9)))

    assert {"UID:one", "SEQUENCE:3"} <= set(found)


def test_a_cancelled_meeting_says_so_to_machines_and_to_people() -> None:
    found = event(replace(MEETING, cancelled=True))

    assert {"STATUS:CANCELLED", "TRANSP:TRANSPARENT", "SUMMARY:取消：3月支部党员大会"} <= set(found)


def test_a_meeting_without_a_time_takes_the_day() -> None:
    found = event(replace(MEETING, all_day=True))

    assert {"DTSTART;VALUE=DATE:20260312", "DTEND;VALUE=DATE:20260313"} <= set(found)


def test_no_line_is_over_75_octets_and_no_character_is_cut() -> None:
    data = ics.render(Feed("日程", (replace(MEETING, title="学习" * 40, place="二楼𬭎" * 20),)))

    assert all(len(line) <= 75 for line in data.split(b"\r\n"))
    assert b"\n" not in data.replace(b"\r\n", b"")
    assert all(line.decode() is not None for line in data.split(b"\r\n"))


@pytest.mark.parametrize(
    ("title", "written"),
    [
        pytest.param("会议;甲,乙", r"SUMMARY:会议\;甲\,乙", id="分号和逗号"),
        pytest.param(r"会议\n", r"SUMMARY:会议\\n", id="反斜杠"),
        pytest.param("会议\nBEGIN:VEVENT", r"SUMMARY:会议\nBEGIN:VEVENT", id="换行不成新的一行"),
        pytest.param("会议\x07\r", "SUMMARY:会议", id="控制字符"),
    ],
)
def test_a_text_stays_one_value(title: str, written: str) -> None:
    assert written in event(replace(MEETING, title=title))


def test_equal_calendars_are_equal_bytes() -> None:
    feed = Feed("日程", (MEETING, replace(MEETING, uid="two", all_day=True)))

    assert ics.render(feed) == ics.render(feed)


def test_a_uid_is_stable_and_of_one_installation() -> None:
    made = at(date(2026, 1, 1), 9)

    assert uid_of(MeetingId(1), made) == uid_of(MeetingId(1), made)
    assert uid_of(MeetingId(1), made) != uid_of(MeetingId(2), made)
    assert uid_of(MeetingId(1), made) != uid_of(MeetingId(1), MADE)


def test_an_address_is_not_kept_with_an_answer() -> None:
    token = "Ab-_" * 10 + "xyz"
    said = f"您的日历地址：\nhttps://zhibu.example.cn{path_of(token)}\n不用了回复 日历 作废"

    kept = without_token(said)

    assert is_token(token)
    assert token not in kept
    assert kept.startswith("您的日历地址：\nhttps://zhibu.example.cn/calendar/……")
    assert kept.endswith("不用了回复 日历 作废")
