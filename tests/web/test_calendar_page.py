"""`/calendar/<token>.ics`: what a telephone gets, and what a stranger does not."""

from __future__ import annotations

import logging

import pytest
from flask.testing import FlaskClient

from bot.services.ports import Served
from bot.web.app import create_app
from tests.web.fakes import SECRET, FakeConfig, FakeHealth

TOKEN = "Ab-_" * 10 + "xyz"
PATH = f"/calendar/{TOKEN}.ics"


class FakeCalendars:
    """Has one calendar, and counts how often it was made."""

    def __init__(self) -> None:
        self.made = 0
        self.error: Exception | None = None

    def find(self, token: str) -> Served | None:
        if self.error is not None:
            raise self.error
        return Served("v1", "text/calendar; charset=utf-8", self._make) if token == TOKEN else None

    def _make(self) -> bytes:
        self.made += 1
        return b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n"


@pytest.fixture
def calendars() -> FakeCalendars:
    """Return the calendars behind the page."""
    return FakeCalendars()


@pytest.fixture
def reader(calendars: FakeCalendars) -> FlaskClient:
    """Return a telephone."""
    app = create_app(FakeConfig(), FakeHealth(), secret_key=SECRET, calendars=calendars)
    return app.test_client()


def test_it_serves_a_calendar_that_only_its_reader_may_keep(reader: FlaskClient) -> None:
    answer = reader.get(PATH)

    assert answer.status_code == 200
    assert answer.content_type == "text/calendar; charset=utf-8"
    assert answer.data.startswith(b"BEGIN:VCALENDAR")
    assert answer.headers["Cache-Control"] == "private, no-cache"
    assert answer.headers["ETag"] == '"v1"'
    assert "Set-Cookie" not in answer.headers


def test_who_has_it_as_it_is_gets_nothing_anew(
    reader: FlaskClient, calendars: FakeCalendars
) -> None:
    known = reader.get(PATH, headers={"If-None-Match": '"v1"'})
    weak = reader.get(PATH, headers={"If-None-Match": 'W/"v1"'})
    older = reader.get(PATH, headers={"If-None-Match": '"v0"'})

    assert (known.status_code, known.data, known.headers["ETag"]) == (304, b"", '"v1"')
    assert weak.status_code == 304
    assert older.status_code == 200
    assert calendars.made == 1


def test_every_other_address_is_the_same_404(reader: FlaskClient) -> None:
    nothing = reader.get("/nothing")

    for path in ("/calendar/none.ics", f"/calendar/{TOKEN[:-1]}q.ics", "/calendar/.ics"):
        answer = reader.get(path)
        assert answer.status_code == 404
        assert answer.data == nothing.data
        assert answer.headers["Cache-Control"] == "no-store"


def test_without_calendars_there_is_no_page(client: FlaskClient) -> None:
    assert client.get(PATH).status_code == 404


def test_it_refuses_to_be_written_to(reader: FlaskClient) -> None:
    assert reader.post(PATH).status_code in (400, 405)


def test_no_token_reaches_a_log(
    reader: FlaskClient, calendars: FakeCalendars, caplog: pytest.LogCaptureFixture
) -> None:
    calendars.error = OSError("database gone")

    with caplog.at_level(logging.DEBUG):
        assert reader.get(PATH).status_code == 500

    assert caplog.text
    assert TOKEN not in caplog.text
