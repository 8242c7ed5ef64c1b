"""Access tokens: one fetch, one refresh, one repeat."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from time import sleep
from typing import Any

import pytest

from bot.channels import tokens
from bot.channels.tokens import Fetched, TokenManager, read_token
from bot.clock import ManualClock
from bot.domain.ports import Token
from bot.domain.sending import SendError
from tests.unit.channels.platform import NOW, MemoryLease, MemoryTokens

KEY = "wecom:ww1:1000002"


class _Platform:
    """Gives tokens `t1`, `t2` …; the same one while it is valid."""

    def __init__(self, lasts: int = 7200, delay: float = 0.0) -> None:
        self.lasts = lasts
        self.delay = delay
        self.fetched: list[bool] = []
        self.renews = True
        self.failure: SendError | None = None

    def __call__(self, force: bool) -> Fetched:
        sleep(self.delay)
        self.fetched.append(force)
        if self.failure is not None:
            raise self.failure
        number = len(self.fetched) if self.renews or force else 1
        return Fetched(f"t{number}", self.lasts)


class _Setting:
    def __init__(self, platform: _Platform) -> None:
        self.clock = ManualClock(NOW)
        self.store = MemoryTokens()
        self.lease = MemoryLease()
        self.platform = platform

    def manager(self) -> TokenManager:
        return TokenManager(
            KEY, self.platform, store=self.store, lease=self.lease, clock=self.clock
        )


def test_eight_cold_threads_fetch_once() -> None:
    setting = _Setting(_Platform(delay=0.05))
    manager = setting.manager()

    with ThreadPoolExecutor(8) as pool:
        values = list(pool.map(lambda _: manager.get().value, range(8)))

    assert values == ["t1"] * 8
    assert setting.platform.fetched == [False]


def test_peer_17_eight_cold_processes_fetch_once() -> None:
    setting = _Setting(_Platform(delay=0.05))
    managers = [setting.manager() for _ in range(8)]

    with ThreadPoolExecutor(8) as pool:
        values = list(pool.map(lambda manager: manager.get().value, managers))

    assert values == ["t1"] * 8
    assert setting.platform.fetched == [False]


def test_a_kept_token_is_used_after_a_restart() -> None:
    setting = _Setting(_Platform())
    setting.manager().get()

    assert setting.manager().get().value == "t1"
    assert len(setting.platform.fetched) == 1


@pytest.mark.parametrize(
    ("lasts", "used_for"), [(7200, 6900), (600, 540), (10, 9)], ids=["两小时", "十分钟", "十秒"]
)
def test_it_is_renewed_a_little_early(lasts: int, used_for: int) -> None:
    setting = _Setting(_Platform(lasts=lasts))
    manager = setting.manager()
    manager.get()

    setting.clock.advance(timedelta(seconds=used_for - 1))
    assert manager.get().value == "t1"
    setting.clock.advance(timedelta(seconds=1))
    assert manager.get().value == "t2"


@pytest.mark.parametrize("lasts", [0, 1])
def test_a_token_with_no_life_left_is_used_once(lasts: int) -> None:
    setting = _Setting(_Platform(lasts=lasts))
    manager = setting.manager()

    assert manager.get().value == "t1"
    setting.clock.advance(timedelta(seconds=1))
    assert manager.get().value == "t2"


@pytest.mark.parametrize("code", [40001, 40014, 42001])
def test_a_refused_token_is_renewed_once_and_the_call_repeated_once(code: int) -> None:
    setting = _Setting(_Platform())
    called: list[str] = []

    def request(token: str) -> dict[str, Any]:
        called.append(token)
        return {"errcode": code if token == "t1" else 0}

    assert setting.manager().call(request) == {"errcode": 0}
    assert called == ["t1", "t2"]


def test_a_refusal_that_stays_ends_after_two_calls() -> None:
    setting = _Setting(_Platform())
    called: list[str] = []

    def request(token: str) -> dict[str, Any]:
        called.append(token)
        return {"errcode": 42001}

    assert setting.manager().call(request) == {"errcode": 42001}
    assert len(called) == len(setting.platform.fetched) == 2


def test_another_code_is_handed_back_at_once() -> None:
    setting = _Setting(_Platform())

    assert setting.manager().call(lambda _: {"errcode": 81013}) == {"errcode": 81013}
    assert len(setting.platform.fetched) == 1


def test_a_new_token_is_forced_only_when_the_platform_insists_on_the_refused_one() -> None:
    setting = _Setting(_Platform())
    setting.platform.renews = False

    setting.manager().call(lambda token: {"errcode": 40001 if token == "t1" else 0})

    assert setting.platform.fetched == [False, False, True]


def test_peer_17_threads_that_were_refused_together_renew_once() -> None:
    setting = _Setting(_Platform(delay=0.02))
    manager = setting.manager()
    manager.get()
    barrier = threading.Barrier(8)

    def request(token: str) -> dict[str, Any]:
        if token == "t1":
            barrier.wait(5)
        return {"errcode": 40014 if token == "t1" else 0}

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: manager.call(request), range(8)))

    assert answers == [{"errcode": 0}] * 8
    assert len(setting.platform.fetched) == 2


def test_a_fresher_token_of_another_process_is_taken() -> None:
    setting = _Setting(_Platform())
    manager = setting.manager()
    manager.get()
    setting.store.kept[KEY] = Token("t9", NOW + timedelta(hours=1), 7)

    assert manager.call(lambda token: {"errcode": 40014 if token == "t1" else 0}) == {"errcode": 0}
    assert len(setting.platform.fetched) == 1


def test_a_late_worker_does_not_overwrite_a_fresh_token() -> None:
    setting = _Setting(_Platform())
    fetch = setting.platform

    def slow(force: bool) -> Fetched:
        setting.store.kept[KEY] = Token("fresh", NOW + timedelta(hours=1), 5)
        return fetch(force)

    manager = TokenManager(KEY, slow, store=setting.store, lease=setting.lease, clock=setting.clock)

    assert manager.get().value == "fresh"
    assert setting.store.kept[KEY].version == 5


def test_a_failed_fetch_is_not_repeated_by_everybody_who_waits() -> None:
    setting = _Setting(_Platform(delay=0.05))
    setting.platform.failure = SendError("secret 不对", code=40001, pauses_channel=True)
    manager = setting.manager()
    failures: list[SendError] = []

    def attempt(_: int) -> None:
        try:
            manager.get()
        except SendError as failure:
            failures.append(failure)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(attempt, range(8)))

    assert len(setting.platform.fetched) == 1
    assert [(each.code, each.pauses_channel) for each in failures] == [(40001, True)] * 8
    assert not any(each.uncertain for each in failures)


def test_a_probe_really_asks_though_a_token_is_kept_and_keeps_nothing() -> None:
    setting = _Setting(_Platform())
    setting.manager().get()
    kept = dict(setting.store.kept)

    setting.manager().probe()
    setting.platform.failure = SendError("secret 不对", code=40001)
    with pytest.raises(SendError):
        setting.manager().probe()

    assert setting.platform.fetched == [False] * 3
    assert setting.store.kept == kept


def test_it_recovers_after_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokens, "_FAILED_FOR", 0.0)
    setting = _Setting(_Platform())
    setting.platform.failure = SendError("稍后再试")
    manager = setting.manager()
    with suppress(SendError):
        manager.get()

    setting.platform.failure = None

    assert manager.get().value == "t2"


def test_waiting_for_another_process_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokens, "_PATIENCE", 0.1)
    setting = _Setting(_Platform())
    setting.lease.names.add(f"token:{KEY}")

    with pytest.raises(SendError) as failure:
        setting.manager().get()

    assert failure.value.code == "token_busy"
    assert not failure.value.permanent


def test_a_store_that_fails_is_safe_to_try_again(caplog: pytest.LogCaptureFixture) -> None:
    class _Broken(MemoryTokens):
        def read(self, key: str) -> Token | None:
            raise OSError("disk full")

    setting = _Setting(_Platform())
    setting.store = _Broken()

    with pytest.raises(SendError) as failure:
        setting.manager().get()

    assert (failure.value.permanent, failure.value.uncertain) == (False, False)
    assert "disk full" in caplog.text


BAD = {
    "没有凭证": {"expires_in": 7200},
    "凭证是空的": {"access_token": "", "expires_in": 7200},
    "凭证不是文字": {"access_token": 1, "expires_in": 7200},
    "凭证极长": {"access_token": "t" * 2000, "expires_in": 7200},
    "没有期限": {"access_token": "t"},
    "期限不是数": {"access_token": "t", "expires_in": "7200"},
    "密钥不对": {"errcode": 40001, "errmsg": "invalid secret"},
    "代码不是数": {"errcode": "0", "access_token": "t", "expires_in": 1},
    "代码是一列": {"errcode": [0], "access_token": "t", "expires_in": 1},
}


@pytest.mark.parametrize("answer", BAD.values(), ids=BAD)
def test_an_answer_without_a_token_is_a_failure(answer: dict[str, object]) -> None:
    with pytest.raises(SendError):
        read_token(answer)


def test_a_negative_life_is_none() -> None:
    assert read_token({"access_token": "t", "expires_in": -5}) == Fetched("t", 0)
