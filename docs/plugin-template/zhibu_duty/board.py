"""A notice board: what a group would read is put into a folder, to be printed and pinned up.

[[channel]]
kind = "plugin"
name = "board"
use = "notice_board"
unit = "第七党支部"
settings = { folder = "/var/lib/zhibu/board" }
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

from pydantic import SecretStr

from bot.channels.channel import Channel, Parts
from bot.config import PluginChannelConfig
from bot.domain.sending import Pace, SendError, Sent

RETRY_AFTER = timedelta(minutes=10)
FULL = "公告栏的文件夹写不进去，请检查磁盘和权限"


class Board:
    """The way out; the name of a file follows from its text, so a repeat writes the same file."""

    max_recipients = 1
    max_bytes = 20_000
    duplicate_window: timedelta | None = timedelta(days=3650)
    pace: Pace | None = None
    address_pace: Pace | None = None

    def __init__(self, name: str, folder: Path) -> None:
        self.name = name
        self._folder = folder

    def compose(self, addresses: Sequence[str], text: str) -> str:
        """Return the request, byte for byte as every try will send it."""
        return json.dumps({"text": text}, ensure_ascii=False)

    def send(self, body: str) -> Sent:
        """Write one text.

        Raises:
            SendError: It cannot be written; nothing else is ever raised here.
        """
        name = sha256(body.encode()).hexdigest()[:16]
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            (self._folder / f"{name}.txt").write_text(json.loads(body)["text"], encoding="utf-8")
        except OSError as error:
            raise SendError(FULL, code="disk", retry_after=RETRY_AFTER) from error
        return Sent(message_id=name)


def build(config: PluginChannelConfig, parts: Parts) -> Channel:
    """Build the channel of a configuration entry.

    Raises:
        ValueError: With what would be right; it is told together with the place in the file.
    """
    folder = config.settings.get("folder")
    if not isinstance(folder, SecretStr) or not folder.get_secret_value():
        raise ValueError('要写 folder，如 folder = "/var/lib/zhibu/board"')
    return Channel(
        name=config.name,
        kind=config.kind,
        space=f"webhook:{config.name}",
        sender=Board(config.name, Path(folder.get_secret_value())),
        unit=config.unit,
    )
