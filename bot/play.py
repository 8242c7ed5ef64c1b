"""Plays a conversation file (`.chat`) against an empty database and returns the transcript.

    # 会议前半小时起可以签到
    @ 2026-03-12 09:58
    张三: 签到
    » ✓ 张三，3月支部党员大会已签到（09:58）。打错了回复 撤销

`#` prose · `@` clock (Asia/Shanghai; reminders due on the way arrive) · `name: text` in private ·
`[group] name: text` in a group · `| ` continues the line above · `> ` before a message quotes ·
`name: [按 收到]` presses a button · `张三#2` is the roster's second 张三 · `»` what the bot says ·
`↻` the last message delivered again. A file may open with a TOML block between two `---` lines:
`roster = "roster.csv"` and `opening = "opening.csv"` (both beside the file), `officers = ["周敏"]`
of the street, `[chats]` group name → unit.
"""

from __future__ import annotations

import re
import tempfile
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from bot import stage
from bot.channels.simulator import SPACE, Delivered
from bot.clock import SHANGHAI, ManualClock
from bot.domain.errors import DomainError
from bot.domain.incoming import Event, Incoming, Kind
from bot.main import Core
from bot.plugins import Plugins
from bot.storage import schema
from bot.storage.engine import Database
from bot.storage.sealing import TextSeal

BOT = "@小助手"
_MESSAGE = re.compile(r"(?:\[(?P<group>[^\]]+)\] ?)?(?P<name>[^:：\s]{1,20})[:：] ?(?P<text>.*)")
_BUTTON = re.compile(r"\[按 (.+)\]")
_CLOCK = re.compile(r"@ (\d{4}-\d{2}-\d{2} \d{2}:\d{2})")


class BadScript(DomainError):
    """A line of a conversation file cannot be read."""

    def __init__(self, number: int, line: str) -> None:
        super().__init__(f"第{number}行看不懂：{line}")


class Backwards(DomainError):
    """The clock of a conversation file runs backwards."""

    def __init__(self, number: int, line: str) -> None:
        super().__init__(f"第{number}行的时间早于前面的：{line}。请按先后写")


@dataclass(slots=True)
class _Show:
    """A performance: what was heard of it, line by line.

    Attributes:
        buttons: (address, label) → key of the last button of that label that was shown there.
    """

    core: Core
    clock: ManualClock
    lines: list[str] = field(default_factory=list)
    heard: list[Delivered] = field(default_factory=list)
    groups: set[str] = field(default_factory=set)
    buttons: dict[tuple[str, str], str] = field(default_factory=dict)
    last: Incoming | None = None
    said: int = 0


def play(path: Path, *, database: Database | None = None, added: Plugins | None = None) -> str:
    """Return the transcript: the input lines as they stand, each followed by what was said.

    Args:
        database: An empty, migrated database; left out, a scratch one is made and thrown away.
        added: What installed packages add.

    Raises:
        DomainError: The file, or the roster it names, cannot be read.
    """
    if database is not None:
        return _perform(path, database, added)
    with tempfile.TemporaryDirectory() as folder:
        scratch = Database(f"sqlite:///{folder}/play.db", scratch=True)
        schema.upgrade(scratch)
        try:
            return _perform(path, scratch, added)
        finally:
            scratch.close()


def _perform(path: Path, database: Database, added: Plugins | None) -> str:
    source = path.read_text(encoding="utf-8").splitlines()
    front, length = _front_matter(source)
    clock = ManualClock(_first_moment(source))
    heard: list[Delivered] = []
    seal = TextSeal(AESGCM.generate_key(256))
    core = stage.simulated_core(database, clock, seal, heard.append, added)
    groups = set(front.get("chats", {}))
    show = _Show(core, clock, lines=source[:length], heard=heard, groups=groups)
    _set_up(front, path.parent, database, clock)
    for number, block in _blocks(source[length:], length + 1):
        _act(show, number, block)
    return "\n".join(show.lines) + "\n"


def _front_matter(source: Sequence[str]) -> tuple[Mapping[str, Any], int]:
    """Return (settings, number of lines they take)."""
    if not source or source[0] != "---":
        return {}, 0
    end = source.index("---", 1)
    return tomllib.loads("\n".join(source[1:end])), end + 1


def _first_moment(source: Sequence[str]) -> datetime:
    """Return the first time named: the story begins there, and the branch counts from its month."""
    found = next((clock for line in source if (clock := _CLOCK.fullmatch(line))), None)
    if found is None:
        raise BadScript(1, "没有写时间，例如 @ 2026-03-12 09:58")
    return _moment(found)


def _moment(clock: re.Match[str]) -> datetime:
    return datetime.strptime(clock[1], "%Y-%m-%d %H:%M").replace(tzinfo=SHANGHAI)


def _set_up(front: Mapping[str, Any], folder: Path, database: Database, clock: ManualClock) -> None:
    roster = folder / front.get("roster", "roster.csv")
    if "roster" in front or roster.exists():
        stage.load_roster(database, roster, clock.now())
    if "opening" in front:
        stage.load_opening(database, folder / front["opening"], clock.now())
    stage.add_officers(database, front.get("officers", ()), clock.now())
    stage.bind_chats(database, front.get("chats", {}), clock.now())


def _blocks(source: Sequence[str], first: int) -> Iterator[tuple[int, list[str]]]:
    """Yield (line number, lines that belong together), leaving out what the bot said before."""
    block: list[str] = []
    number, said = first, False
    for at, line in enumerate(source, start=first):
        if line.startswith("»"):
            said = True
        elif line.startswith("| ") or line == "|":
            if not said:
                block.append(line)
        else:
            said = False
            if block and block[-1].startswith("> "):
                block.append(line)
                continue
            if block:
                yield number, block
            number, block = at, [line]
    if block:
        yield number, block


def _act(show: _Show, number: int, block: list[str]) -> None:
    show.lines.extend(block)
    line = block[0]
    if not line.strip() or line.startswith("#"):
        return
    if clock := _CLOCK.fullmatch(line):
        if _moment(clock) < show.clock.now():
            raise Backwards(number, line)
        show.core.run_until(show.clock, _moment(clock))
    elif line == "↻":
        _deliver(show, show.last, number, line)
    else:
        show.said += 1
        show.last = _message(show, number, block)
        _deliver(show, show.last, number, line)
    _tell_heard(show)


def _message(show: _Show, number: int, block: list[str]) -> Incoming:
    quoted = "\n".join(line[2:] for line in block if line.startswith("> "))
    spoken = [line for line in block if not line.startswith("> ")]
    found = _MESSAGE.fullmatch(spoken[0]) if spoken else None
    if found is None:
        raise BadScript(number, block[0])
    text = "\n".join([found["text"], *(line[2:] for line in spoken[1:])])
    mentions = found["group"] is None or BOT in text
    if found["group"] is not None:
        show.groups.add(found["group"])
    message = Incoming(
        channel=SPACE,
        space=SPACE,
        message_id=f"line-{show.said}",
        chat_id=found["group"],
        sender_id=found["name"],
        sent_at=show.clock.now(),
        text=text.removeprefix(BOT).lstrip(),
        mentions_bot=mentions,
        quoted_text=quoted or None,
    )
    if button := _BUTTON.fullmatch(text):
        key = show.buttons.get((message.sender_id, button[1]), button[1])
        return replace(message, kind=Kind.EVENT, event=Event.CARD, event_key=key, text="")
    return message


def _deliver(show: _Show, message: Incoming | None, number: int, line: str) -> None:
    if message is None:
        raise BadScript(number, line)
    answer = show.core.pipeline.receive(message)
    if answer.text is not None:
        _tell(show, "» ", answer.text)
    show.core.turn()


def _tell_heard(show: _Show) -> None:
    for delivered in show.heard:
        for button in delivered.buttons:
            show.buttons[delivered.address, button.label] = button.key
        group = delivered.address in show.groups
        label = f"[{delivered.address}]" if group else delivered.address
        _tell(show, f"» {label}: ", delivered.text)
    show.heard.clear()


def _tell(show: _Show, prefix: str, text: str) -> None:
    first, *rest = text.split("\n")
    show.lines.append(prefix + first)
    show.lines.extend(f"| {line}" for line in rest)
