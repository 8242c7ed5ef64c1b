"""Keys in files: made once and whole, however many start together."""

from __future__ import annotations

import stat
import threading
from pathlib import Path

import pytest

from bot.storage.keyfile import BadKeyFile, load_or_create_key
from bot.storage.sealing import TextSeal


def test_it_makes_a_key_that_only_its_user_can_read_and_keeps_it(tmp_path: Path) -> None:
    path = tmp_path / "data" / "web.key"

    key = load_or_create_key(path, lost="")

    assert len(key) == 32
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert load_or_create_key(path, lost="") == key
    assert list(path.parent.iterdir()) == [path]


def test_processes_that_start_together_agree_on_one_key(tmp_path: Path) -> None:
    path = tmp_path / "text.key"
    sealed: list[bytes] = []
    gate = threading.Barrier(8)

    def start() -> None:
        gate.wait()
        sealed.append(TextSeal.from_file(path).seal("到"))

    threads = [threading.Thread(target=start) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    reader = TextSeal.from_file(path)
    assert [reader.open(each) for each in sealed] == ["到"] * 8
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("size", [0, 16, 31, 33])
def test_it_refuses_a_file_that_is_no_key_and_says_what_to_do(tmp_path: Path, size: int) -> None:
    """16 bytes would be a key of the cipher: a weaker one."""
    path = tmp_path / "text.key"
    path.write_bytes(b"x" * size)

    with pytest.raises(BadKeyFile) as refusal:
        TextSeal.from_file(path)

    for words in (str(path), f"现在{size}字节", "换回备份", "以前保存的消息原文就读不出来了"):
        assert words in refusal.value.sentence
    assert path.read_bytes() == b"x" * size


def test_a_draft_that_cannot_be_written_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_handle: int) -> None:
        raise OSError("disk full")

    monkeypatch.setattr("os.fsync", full)

    with pytest.raises(OSError, match="disk full"):
        load_or_create_key(tmp_path / "web.key", lost="")

    assert list(tmp_path.iterdir()) == []
