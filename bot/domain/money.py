"""Money as whole fen, read from and written as yuan."""

from __future__ import annotations

import re
from typing import TypeAlias

Fen: TypeAlias = int

_YUAN = re.compile(r"([0-9]{1,7})(?:\.([0-9]{1,2}))?")


def yuan(fen: Fen) -> str:
    """Return an amount in yuan without trailing zeros: `15`, `20.5`, `0.05`.

    Args:
        fen: May be negative, as in a refund.
    """
    whole, rest = divmod(abs(fen), 100)
    decimals = f".{rest:02}".rstrip("0").rstrip(".")
    return f"{'-' if fen < 0 else ''}{whole}{decimals}"


def parse_yuan(text: str) -> Fen | None:
    """Read a plain decimal string of yuan, or return None where it is not an amount of money.

    Args:
        text: ASCII digits, at most seven before the point and two after; no sign, no unit.
    """
    match = _YUAN.fullmatch(text)
    if match is None:
        return None
    whole, decimals = match.groups(default="")
    return int(whole) * 100 + int(decimals.ljust(2, "0"))
