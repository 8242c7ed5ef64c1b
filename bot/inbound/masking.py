"""ID- and card-like numbers are masked before a text is stored."""

from __future__ import annotations

import re

# 15–19 digits: identity and bank card numbers; 11 from 1: mobiles. Month and amount lists are
# shorter, and message ids never stand in texts.
_LONG_NUMBER = re.compile(r"(?<!\d)(?:\d{15,18}[\dXx]?|1[3-9]\d{9})(?!\d)")


def mask_numbers(text: str) -> str:
    """Return the text with all but the last two characters of such numbers starred."""
    return _LONG_NUMBER.sub(lambda found: "*" * (len(found[0]) - 2) + found[0][-2:], text)
