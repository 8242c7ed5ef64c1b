"""Conversations are the specification: every `.chat` file is played on both databases."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.play import play
from bot.storage.engine import Database

SCENARIOS = sorted((Path(__file__).parent / "scenarios").glob("*.chat"))


@pytest.mark.parametrize("path", SCENARIOS, ids=[path.stem for path in SCENARIOS])
def test_it_says_what_the_conversation_file_says(
    path: Path, database: Database, rewrite_scenarios: bool
) -> None:
    transcript = play(path, database=database)

    if rewrite_scenarios:
        path.write_text(transcript, encoding="utf-8")
    assert transcript == path.read_text(encoding="utf-8")
