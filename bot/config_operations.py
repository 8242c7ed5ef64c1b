"""The sections that whoever runs the bot settles: packages that add to it, and what may come in."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, Field

from bot.config_base import Section, wrong


def _package(value: str) -> str:
    if re.fullmatch(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,98}[A-Za-z0-9])?", value):
        return value
    raise wrong('应是装好的软件包的名字，如 "zhibu-duty"')


class PluginsConfig(Section):
    """`[plugins]`: installed packages that may add what people can say, reminders and channels.

    Attributes:
        packages: Names as pip knows them; what is not named here is not even imported.
    """

    packages: Annotated[
        tuple[Annotated[str, AfterValidator(_package)], ...], Field(strict=False)
    ] = ()


class LimitsConfig(Section):
    """`[limits]`: how much may come in a minute; 0 means any number.

    Attributes:
        sender_per_minute: Messages of one account.
        address_per_minute: Pages for one address; not what the platforms deliver.
    """

    sender_per_minute: Annotated[int, Field(ge=0, le=100_000)] = 300
    address_per_minute: Annotated[int, Field(ge=0, le=100_000)] = 600
