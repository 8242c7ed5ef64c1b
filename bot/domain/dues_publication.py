"""What may be told to a branch of its dues: counts, and totals that give nobody's amount away."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeAlias

from bot.domain import regulations
from bot.domain.dues import may_publish_total
from bot.domain.ids import MemberId

Lines: TypeAlias = Mapping[int, MemberId]
"""The lines a total is the sum of: id → whose."""


@dataclass(frozen=True, slots=True)
class Total:
    """A sum that was published, or is to be: the lines it is of."""

    lines: Lines

    @property
    def payers(self) -> int:
        """Of how many members it is."""
        return len(set(self.lines.values()))


def gives_away(new: Lines, published: Sequence[Lines], on: date) -> bool:
    """Tell whether a total is of too few people, or lets some of them be worked out.

    Whoever subtracts one published total from another learns what the lines in one and not in
    the other come to: two totals of one quarter told on two days, a branch and its cell, a year
    and its quarters. So no difference may be of one to four people.

    Args:
        new: The lines of the total that is to be told.
        published: The lines of each total told before.

    Source:
        dues.publication
    """
    if not may_publish_total(len(set(new.values())), on):
        return True
    least = regulations.number("dues.publication", on)
    told = [lines for lines in published if lines]
    pairs = [_apart(new, lines) for lines in told if new.keys() & lines.keys()]
    rests = [_rest(whole, [*told, new]) for whole in (*told, new)]
    return any(0 < people < least for people in (*pairs, *rests))


def _apart(one: Lines, other: Lines) -> int:
    """Return how many people the lines are of that stand in one total and not in the other."""
    differing = one.keys() ^ other.keys()
    return len({one.get(line, other.get(line)) for line in differing})


def _rest(whole: Lines, totals: Sequence[Lines]) -> int:
    """Return of how many people that is which is left of a total once its parts are taken off."""
    left = dict(whole)
    parts = [part for part in totals if part.keys() < whole.keys()]
    for part in sorted(parts, key=len, reverse=True):
        if part.keys() <= left.keys():
            for line in part:
                del left[line]
    return len(set(left.values()))
