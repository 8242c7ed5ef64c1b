"""The test kit for packages that add to the bot; `docs/extending.md` shows how to use it.

Each check raises `AssertionError` with what is wrong. They are what our own registries are held to.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot import plugins
from bot.channels import Channel
from bot.channels.channel import Builder, Parts
from bot.channels.http import Http
from bot.clock import Clock, ManualClock
from bot.config import PluginChannelConfig, parse
from bot.domain.sending import SendError
from bot.inbound.intents import Intent, Match, Strength, choose
from bot.inbound.read import read
from bot.play import play
from bot.storage.engine import Database
from bot.storage.tokens import DatabaseLeases, DatabaseTokens
from handlers import INTENTS
from scheduler.rule import Rule
from scheduler.rules import RULES

NOW = datetime(2026, 3, 12, 1, 58, tzinfo=UTC)
LONGEST_RULE_NAME = 40  # of the column that rows are known by
_WATCHED_DAYS = 100


def check_intent(intent: Intent) -> None:
    """Check that an intent is reached by its examples, and by no sentence that is somebody else's.

    Raises:
        AssertionError: With the sentence that goes astray.
    """
    assert intent.examples, f"{intent.name}: 没有例句（examples）"
    assert intent.silent, f"{intent.name}: 没有不该理的句子（silent）"
    names = {known.name for known in INTENTS}
    assert intent.name not in names, f"{intent.name}: 这个名字已经有了"
    everybody = (*INTENTS, intent)
    for text in intent.examples:
        assert intent.name in _chosen(text, everybody), f"{intent.name}: “{text}”没有读成它"
    for text in intent.silent:
        assert intent.name not in _chosen(text, everybody), f"{intent.name}: “{text}”不该读成它"
    for known in INTENTS:
        for text in known.examples:
            found = _chosen(text, everybody)
            assert intent.name not in found, f"{intent.name}: 抢了{known.title}的“{text}”"


def check_rule(rule: Rule) -> None:
    """Check that a rule's name is free and that its moments do not depend on how time is cut.

    Raises:
        AssertionError: With what is wrong.
    """
    assert rule.name not in {known.name for known in RULES}, f"{rule.name}: 这个名字已经有了"
    assert 0 < len(rule.name) <= LONGEST_RULE_NAME, f"{rule.name}: 名字最多{LONGEST_RULE_NAME}个字"
    end = NOW + timedelta(days=_WATCHED_DAYS)
    whole = [slot.at for slot in rule.slots(NOW, end)]
    cut = [
        slot.at
        for hours in range(0, _WATCHED_DAYS * 24, 7)
        for slot in rule.slots(
            NOW + timedelta(hours=hours), min(NOW + timedelta(hours=hours + 7), end)
        )
    ]
    assert whole == cut, f"{rule.name}: 分段看和一次看，时刻不一样，停机以后会漏或者会重"
    assert whole == sorted(set(whole)), f"{rule.name}: 时刻没有按先后，或者有重的"


def check_channel(
    build: Builder, *, settings: Mapping[str, object], unit: str | None = "第七党支部"
) -> Channel:
    """Check what a channel promises without sending anything; return it.

    Args:
        settings: As they would stand in the configuration.

    Raises:
        AssertionError: With the promise that is broken.
    """
    entry = {"kind": "plugin", "name": "trial", "use": "trial", "settings": dict(settings)}
    config = parse({"channel": [entry if unit is None else {**entry, "unit": unit}]}, Path.cwd())
    written = config.channels[0]
    assert isinstance(written, PluginChannelConfig)
    channel = build(written, _parts(ManualClock(NOW)))
    assert channel.name == "trial", "渠道的 name 要和配置里的一样"
    assert channel.sender is not None or channel.receiver is not None, "既不能收也不能发"
    if channel.sender is not None:
        sender = channel.sender
        assert sender.name == "trial", "sender 的 name 要和配置里的一样"
        assert sender.max_recipients >= 1, "max_recipients 最少是1"
        assert sender.max_bytes >= 200, "max_bytes 太小，一句提醒也放不下"
        try:
            first, second = (sender.compose(["a"], "您好：3月16日（周一）") for _ in range(2))
        except SendError as error:
            raise AssertionError(f"一句普通的话写不成请求：{error.reason}") from error
        assert first == second, "同样的话两次写成的请求不一样，平台的防重复就没有用"
    return channel


def converse(story: Path, *packages: str) -> str:
    """Play a conversation file with installed packages, and return the transcript.

    Raises:
        AssertionError: A package could not be loaded whole.
    """
    added = load(packages)
    transcript = play(story, added=added)
    assert not any(added.counts().values()), f"插件出过错：{dict(added.counts())}"
    return transcript


def load(packages: Iterable[str]) -> plugins.Plugins:
    """Load installed packages as the bot would.

    Raises:
        AssertionError: One of them could not be loaded whole.
    """
    added = plugins.load(
        packages,
        intents=[intent.name for intent in INTENTS],
        rules=[rule.name for rule in RULES],
    )
    problems = [f"{each.name}：{problem}" for each in added.packages for problem in each.problems]
    assert not problems, "；".join(problems)
    return added


def _chosen(text: str, intents: Iterable[Intent]) -> set[str]:
    utterance = read(text, quoted=None, private=True, addressed=True, now=NOW)
    matches = [
        Match(intent, reading) for intent in intents for reading in intent.recognise(utterance)
    ]
    clear = [match for match in matches if match.reading.strength > Strength.BARE]
    chosen, tied = choose(clear)
    assert not tied, f"“{text}”两边都像：{'、'.join(match.intent.title for match in tied)}"
    return {match.intent.name for match in (chosen or matches)}


def _parts(clock: Clock) -> Parts:
    nowhere = Database("sqlite:///:memory:")
    return Parts(
        store=DatabaseTokens(nowhere),
        lease=DatabaseLeases(nowhere, clock),
        clock=clock,
        http=Http(allow_insecure=True),
    )
