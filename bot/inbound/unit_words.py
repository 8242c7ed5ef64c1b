"""Which branch an order names (名单 党费 3月 三支部)."""

from __future__ import annotations

import re

_UNIT = re.compile(
    r"\s(?P<unit>[^\s，。：]{0,20}(?:支部|总支|党委|党小组|党工委|街道|社区))(?=\s|$)"
)


def split_unit(text: str) -> tuple[str, str | None]:
    """Return an order without the unit it names, and the unit as written, if it names one."""
    found = _UNIT.search(text) if " " in text or "\n" in text else None
    if found is None:
        return text, None
    return text[: found.start()] + text[found.end() :], found["unit"]
