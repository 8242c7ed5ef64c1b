"""Whatever the bot tells people to write, it understands when they write it."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.inbound.intents import Match, Strength, choose
from bot.inbound.pipeline import FAILED, FAILED_UNTOLD, NOT_UNDERSTOOD
from bot.inbound.read import read
from bot.play import play
from bot.storage.engine import Database
from handlers import INTENTS, help
from tests.support import advice

NOW = datetime(2026, 3, 11, 1, tzinfo=UTC)
ROSTER = Path(__file__).parents[1] / "scenarios" / "roster.csv"
AN_HOUR = 100
BY_RIGHT = "\n".join("；".join(commands) for _, commands in help.BY_RIGHT)
EXAMPLES = "\n".join(said for examples in help.EXAMPLES_OF.values() for said in examples)
ADVISED = sorted(
    {
        command
        for words in (*advice.texts(), *advice.spoken(), help.MORE, *help.TOPICS.values())
        for command in advice.advised(words)
    }
    | set(advice.listed(BY_RIGHT))
    | set(advice.listed(EXAMPLES))
)


def _matches(text: str) -> list[Match]:
    utterance = read(text, quoted=None, private=True, addressed=True, now=NOW)
    return [Match(intent, found) for intent in INTENTS for found in intent.recognise(utterance)]


def _is_bare(command: str) -> bool:
    return all(match.reading.strength <= Strength.BARE for match in _matches(command))


def test_the_sources_and_the_conversations_hold_advice() -> None:
    assert {"撤销", "签到", "请假 原因", "党费 3月 30", "改期", "取消会议", "确认8"} <= set(ADVISED)
    assert len(ADVISED) > 60


@pytest.mark.parametrize("command", ADVISED)
def test_every_command_it_advises_is_one_it_reads(command: str) -> None:
    matches = _matches(command)

    _, tied = choose([match for match in matches if match.reading.strength > Strength.BARE])

    assert not tied
    assert any(
        match.reading.strength > Strength.BARE or match.intent.waits is not None
        for match in matches
    )


def test_every_command_it_advises_gets_an_answer_that_is_one(
    database: Database, tmp_path: Path
) -> None:
    shutil.copyfile(ROSTER, tmp_path / "roster.csv")
    commands = [command for command in ADVISED if not _is_bare(command)]
    script = tmp_path / "advice.chat"
    lines = []
    for at in range(0, len(commands), AN_HOUR):  # more than so many an hour are not answered
        lines.append(f"@ 2026-03-11 {9 + at // AN_HOUR:02}:00")
        lines += [f"李建国: {command}" for command in commands[at : at + AN_HOUR]]
    script.write_text("\n".join(lines) + "\n", encoding="utf-8")

    transcript = play(script, database=database).splitlines()

    for said, heard in zip(transcript, [*transcript[1:], ""], strict=True):
        if said.startswith("李建国: "):
            assert heard.startswith("» "), f"{said}: silence"
            assert heard[2:] not in (NOT_UNDERSTOOD, FAILED, FAILED_UNTOLD), said
