"""The short form of `make soak`: two machines' worth of processes, some of them killed."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.storage.engine import Database
from tests.support.soak import Plan, describe, run


@pytest.mark.parametrize("database_kind", ["postgresql"])
def test_nothing_is_lost_or_doubled_while_processes_are_killed(
    database: Database, tmp_path: Path
) -> None:
    found = run(database, tmp_path, Plan(seconds=4, kill_every_s=0.5, members=60, texts=8))

    errors = tmp_path / "errors"
    said = errors.read_text(encoding="utf-8")[-2000:] if errors.exists() else ""
    assert found.is_whole, f"{describe(found)}\n{said}"
    assert found.killed >= 3
    assert found.accepted > found.uncertain
