"""The key of cookies and form tokens."""

from __future__ import annotations

import os
import stat
import threading
from pathlib import Path

import pytest

from bot.web.secret import BadSecretFile, load_or_create_secret


def test_it_makes_a_key_that_only_its_user_can_read_and_keeps_it(tmp_path: Path) -> None:
    path = tmp_path / "data" / "secret"

    key = load_or_create_secret(path)

    assert len(key) == 32
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert load_or_create_secret(path) == key
    assert list(path.parent.iterdir()) == [path]


def test_processes_that_start_together_agree_on_one_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "secret"
    monkeypatch.setattr(os, "getpid", threading.get_ident)
    keys: list[bytes] = []
    gate = threading.Barrier(8)

    def start() -> None:
        gate.wait()
        keys.append(load_or_create_secret(path))

    threads = [threading.Thread(target=start) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(keys) == 8
    assert len(set(keys)) == 1


def test_it_refuses_a_file_that_is_no_key(tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(b"short")

    with pytest.raises(BadSecretFile, match="密钥文件"):
        load_or_create_secret(tmp_path / "secret")
