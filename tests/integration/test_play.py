"""A conversation file is played in order; its clock runs forwards."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.play import Backwards, play
from bot.storage.engine import Database


def test_a_clock_that_runs_backwards_is_refused(database: Database, tmp_path: Path) -> None:
    script = tmp_path / "back.chat"
    script.write_text("@ 2026-03-12 10:00\n张三: 帮助\n@ 2026-03-12 09:59\n", encoding="utf-8")

    with pytest.raises(Backwards, match="第3行"):
        play(script, database=database)
