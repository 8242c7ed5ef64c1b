"""Registering is testing: what is listed keeps the promises of its kind."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.domain import regulations
from bot.inbound.commands_doc import commands_markdown
from bot.inbound.intents import Intent, Match, Strength, choose
from bot.inbound.read import read
from handlers import INTENTS
from scheduler.rule import Rule
from scheduler.rules import RULES

NOW = datetime(2026, 3, 12, 1, 58, tzinfo=UTC)
COMMANDS = Path(__file__).parents[2] / "docs" / "commands.md"
EXAMPLES = [(intent, text) for intent in INTENTS for text in intent.examples]
SILENT = [(intent, text) for intent in INTENTS for text in intent.silent]


def _matches(text: str) -> list[Match]:
    utterance = read(text, quoted=None, private=True, addressed=True, now=NOW)
    return [Match(i, reading) for i in INTENTS for reading in i.recognise(utterance)]


@pytest.mark.parametrize(
    ("intent", "text"), EXAMPLES, ids=[f"{intent.name}: {text}" for intent, text in EXAMPLES]
)
def test_every_example_reaches_its_own_intent(intent: Intent, text: str) -> None:
    matches = _matches(text)
    clear = [match for match in matches if match.reading.strength > Strength.BARE]

    chosen, tied = choose(clear)

    assert not tied
    names = {match.intent.name for match in (chosen or matches)}
    assert intent.name in names


@pytest.mark.parametrize(
    ("intent", "text"), SILENT, ids=[f"{intent.name}: {text}" for intent, text in SILENT]
)
def test_every_sentence_near_by_stays_away_from_its_intent(intent: Intent, text: str) -> None:
    chosen, tied = choose([m for m in _matches(text) if m.reading.strength > Strength.BARE])

    assert intent.name not in {match.intent.name for match in [*chosen, *tied]}


@pytest.mark.parametrize("intent", INTENTS, ids=lambda intent: intent.name)
def test_every_intent_has_examples_and_sentences_that_are_not_it(intent: Intent) -> None:
    assert intent.examples
    assert intent.silent


def test_every_intent_has_a_name_of_its_own() -> None:
    assert len({intent.name for intent in INTENTS}) == len(INTENTS)


def test_the_commands_page_is_what_the_registry_says(rewrite_scenarios: bool) -> None:
    page = commands_markdown(INTENTS)

    if rewrite_scenarios:
        COMMANDS.write_text(page, encoding="utf-8")
    assert COMMANDS.read_text(encoding="utf-8") == page


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_every_rule_rests_on_a_regulation(rule: Rule) -> None:
    assert regulations.is_known(rule.source)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_every_rule_cuts_time_the_same_however_it_is_sliced(rule: Rule) -> None:
    end = NOW + timedelta(days=100)

    whole = [slot.at for slot in rule.slots(NOW, end)]
    sliced = [
        slot.at
        for hours in range(0, 100 * 24, 7)
        for slot in rule.slots(
            NOW + timedelta(hours=hours), min(NOW + timedelta(hours=hours + 7), end)
        )
    ]

    assert whole == sliced
    assert whole == sorted(set(whole))


def test_every_rule_has_a_name_of_its_own() -> None:
    assert len({rule.name for rule in RULES}) == len(RULES)
