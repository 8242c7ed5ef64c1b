"""Calendars as iCalendar (RFC 5545), by `icalendar`, which is imported when the first is asked for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING

from bot.clock import SHANGHAI, day_of, local
from bot.domain.calendar_feed import REFRESH, Entry, Feed

if TYPE_CHECKING:
    from icalendar import Event, Timezone

CONTENT_TYPE = "text/calendar; charset=utf-8"
CANCELLED = "取消：{title}"
_PRODUCT = "-//zhibu//calendar feed//ZH"


def render(feed: Feed) -> bytes:
    """Return a calendar as a file: equal feeds give equal bytes."""
    from icalendar import Calendar

    calendar = Calendar()
    calendar.add("prodid", _PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("name", feed.title)
    calendar.add("x-wr-calname", feed.title)
    calendar.add("x-wr-timezone", SHANGHAI.key)
    calendar.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", "PT1H")
    calendar.add_component(_shanghai())
    for entry in feed.entries:
        calendar.add_component(_event(entry))
    return bytes(calendar.to_ical())


def _event(entry: Entry) -> Event:
    from icalendar import Event

    event = Event()
    event.add("uid", entry.uid)
    event.add("dtstamp", entry.changed_at.astimezone(UTC).replace(microsecond=0))
    event.add("last-modified", entry.changed_at.astimezone(UTC).replace(microsecond=0))
    event.add("sequence", entry.revision - 1)
    if entry.all_day:
        day = day_of(entry.starts_at)
        event.add("dtstart", day)
        event.add("dtend", day + timedelta(days=1))
    else:
        event.add("dtstart", local(entry.starts_at))
        event.add("dtend", local(entry.ends_at))
    # Many calendars show what is cancelled like everything else.
    title = CANCELLED.format(title=entry.title) if entry.cancelled else entry.title
    event.add("summary", _plain(title))
    if entry.place:
        event.add("location", _plain(entry.place))
    event.add("status", "CANCELLED" if entry.cancelled else "CONFIRMED")
    if entry.cancelled:
        event.add("transp", "TRANSPARENT")
    return event


def _plain(text: str) -> str:
    """Return a text without the control characters that the format forbids."""
    return "".join(letter for letter in text if letter.isprintable() or letter == "\n")


@cache
def _shanghai() -> Timezone:
    """Return the only zone we write: since September 1991 China keeps no summer time."""
    from icalendar import Timezone, TimezoneStandard

    standard = TimezoneStandard()
    standard.add("dtstart", datetime(1991, 9, 15, 2))  # noqa: DTZ001 - wall time, as the format wants
    standard.add("tzoffsetfrom", timedelta(hours=9))
    standard.add("tzoffsetto", timedelta(hours=8))
    standard.add("tzname", "CST")
    zone = Timezone()
    zone.add("tzid", SHANGHAI.key)
    zone.add_component(standard)
    return zone
