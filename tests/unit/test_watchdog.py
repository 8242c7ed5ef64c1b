"""The watchdog: it calls while all is well, and bothers nobody when it cannot."""

from __future__ import annotations

import logging

import pytest

from bot.domain.sending import SendError
from scheduler.watchdog import Watchdog

URL = "https://watchdog.example.org/0ec2sifa5aaa"


class Outside:
    """The bot's state and the service that watches it, as a test sets them."""

    def __init__(self) -> None:
        self.well = True
        self.reachable = True
        self.calls = 0
        self.watchdog = Watchdog(is_well=lambda: self.well, ping=self._ping)

    def _ping(self) -> None:
        if not self.reachable:
            raise SendError(f"连不上 {URL}", code="connect_timeout")
        self.calls += 1


def test_it_calls_only_while_all_is_well() -> None:
    outside = Outside()

    assert outside.watchdog.run()
    outside.well = False
    assert not outside.watchdog.run()
    outside.well = True
    assert outside.watchdog.run()
    assert outside.calls == 2


def test_it_says_once_that_it_is_not_heard(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    outside = Outside()
    outside.reachable = False

    for _ in range(5):
        assert not outside.watchdog.run()
    outside.reachable = True
    for _ in range(2):
        assert outside.watchdog.run()
    outside.reachable = False
    outside.watchdog.run()

    assert [record.levelname for record in caplog.records] == ["WARNING", "INFO", "WARNING"]
    assert "connect_timeout" in caplog.records[0].getMessage()
    assert URL not in caplog.text
