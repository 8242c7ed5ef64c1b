"""`replay`: kept messages through today's parser, and what had failed once more."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from bot.cli.opening import config_option, load_config, opened
from bot.cli.talking import Moment
from bot.cli.words import Command

if TYPE_CHECKING:
    from bot.inbound.again import Again, SecondTry
    from bot.inbound.replay import Read, Replay

_SHOWN = 10
_NAMES = {"": "没看懂", "ask": "问一句", "bare": "没有事在等"}


@dataclass(slots=True)
class Tally:
    """What was counted on the way; it grows with the kinds of difference, not with messages."""

    read: int = 0
    failed: int = 0
    differing: Counter[tuple[str, str]] = field(default_factory=Counter)
    first: dict[tuple[str, str], list[int]] = field(default_factory=dict)
    handled: int = 0
    untold: list[int] = field(default_factory=list)
    still_failing: int = 0

    def add(self, found: Read) -> None:
        """Count one message."""
        self.read += 1
        self.failed += found.failed
        if found.differs:
            pair = (found.was, found.would_be)
            self.differing[pair] += 1
            shown = self.first.setdefault(pair, [])
            if len(shown) < _SHOWN:
                shown.append(found.id)

    def add_again(self, done: Again) -> None:
        """Count one message that was handled once more."""
        self.still_failing += done.failed
        self.handled += not done.failed
        if not done.failed and not done.told and len(self.untold) < _SHOWN:
            self.untold.append(done.id)


@click.command(cls=Command, epilog="zhibu replay --from 2026-03-01 --dry-run")
@click.option(
    "--from", "since", type=Moment(), required=True, metavar="日期", help="从哪天收到的起"
)
@click.option("--dry-run", is_flag=True, help="只看，不补办没处理成功的")
@click.option("--json", "as_json", is_flag=True, help="每行一个 JSON 对象")
@config_option
def replay(since: Any, dry_run: bool, as_json: bool) -> None:
    """用现在的读法重看留存的消息：哪些会有不同。不显示谁说了什么。

    不加 --dry-run 时，还把当时没处理成功的补办一遍：按原来的发送时间记，
    只办一次，答复私下发给本人；已经办好的不动。
    """
    from bot import main
    from bot.clock import at

    config = load_config()
    with opened(config):
        pass
    app = main.build(config)
    tally = Tally()
    try:
        moment = since if isinstance(since, datetime) else at(since)
        for line in differences(app.core.replay, moment, tally, as_json=as_json):
            click.echo(line)
        if not dry_run:
            second_try(app.core.replay, app.core.second_try, moment, tally)
    finally:
        app.core.database.close()
    for line in json_end(tally) if as_json else summary(tally, dry_run=dry_run):
        click.echo(line)


def differences(replay: Replay, since: datetime, tally: Tally, *, as_json: bool) -> Iterator[str]:
    """Read everything, and yield what differs as JSON lines as it is found."""
    for found in replay.read(since):
        tally.add(found)
        if as_json and found.differs:
            line = {"id": found.id, "was": found.was, "would_be": found.would_be}
            yield json.dumps(line, ensure_ascii=False)


def second_try(replay: Replay, again: SecondTry, since: datetime, tally: Tally) -> None:
    """Handle what had failed once more, each in a transaction of its own."""
    for inbound_id in replay.list_failed(since):
        done = again.handle(inbound_id)
        if done is not None:
            tally.add_again(done)


def json_end(tally: Tally) -> Iterator[str]:
    """Yield the last line: the counts."""
    yield json.dumps(
        {
            "read": tally.read,
            "differ": tally.differing.total(),
            "failed": tally.failed,
            "handled": tally.handled,
            "still_failing": tally.still_failing,
        }
    )


def summary(tally: Tally, *, dry_run: bool) -> Iterator[str]:
    """Yield the counts for people: was → would be, with the first messages of each kind."""
    yield f"看了{tally.read}条，读法有变化的{tally.differing.total()}条。"
    for (was, would_be), times in tally.differing.most_common():
        yield f"  {_names(was)} → {_names(would_be)}  {times}条：{_ids(tally.first[was, would_be], times)}"
    if dry_run:
        if tally.failed:
            yield f"没处理成功的{tally.failed}条，去掉 --dry-run 就补办。"
        return
    if tally.handled or tally.still_failing:
        yield f"补办了{tally.handled}条，仍不成功{tally.still_failing}条。"
    if tally.untold:
        yield f"联系不上本人、答复没发出的：{_ids(tally.untold, len(tally.untold))}"


def _names(decision: str) -> str:
    import handlers

    titles = {intent.name: intent.title for intent in handlers.INTENTS}
    return "、".join(_NAMES.get(name) or titles.get(name, name) for name in decision.split(","))


def _ids(ids: Iterable[int], times: int) -> str:
    shown = "、".join(map(str, ids))
    return shown if times <= _SHOWN else f"{shown}…"
