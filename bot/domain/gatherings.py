"""One gathering with several meetings (支部党员大会+党课), and lectures of several branches."""

from __future__ import annotations

import re

from bot.domain.cadence import MeetingKind, find_kind

_APART = re.compile(r"\s*(?:[+＋、，/&]|和|与|及|加|暨|套开|接着)\s*")
_MOST = 4
_JOINT = re.compile(r"联合|共同|合并?开|一起(?:开|上|听)")


def kinds_together(title: str) -> tuple[MeetingKind, ...]:
    """Return the kinds of meetings a title names side by side; empty where it names one, or none.

    Every part has to be a kind of its own: 学习和讨论 is one meeting.

    Source:
        meetings.together
    """
    parts = [part for part in _APART.split(title.strip()) if part]
    if not 2 <= len(parts) <= _MOST:
        return ()
    kinds = [find_kind(part) for part in parts]
    named = [kind for kind in kinds if kind is not None and kind is not MeetingKind.OTHER]
    whole = len(named) == len(parts) == len(set(named))
    return tuple(named) if whole else ()


def is_joint(title: str) -> bool:
    """Tell whether a title speaks of several branches holding something together (联合党课)."""
    return bool(_JOINT.search(title))
