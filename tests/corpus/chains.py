"""How well pasted #接龙 are read: whose lines they are, and what each says.

Labels: `title`, `entries` (`number` and `name` as written, `count` of persons, `kind`, `amount` in
yuan) and `is_chain`. A name is right however it is decorated: script, width, emoji and inner
spaces do not count. 张三、李四 2人 are two entries of one person each; who declines counts 1.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from bot.domain.chains import Entry
from bot.inbound.chains import find_chain
from bot.inbound.normalise import normalise
from bot.inbound.script import SIMPLER


@dataclass(frozen=True, slots=True)
class ChainScores:
    """How well a set of chains was read; each between 0 and 1.

    Attributes:
        precision: Of the names that were read, the share that is right.
        recall: Of the names there are, the share that was read.
        kinds: Of the names read right, the share whose note was taken for what it is.
        counts: The same of their head-counts.
        amounts: The same of their amounts, those without one included.
        fired: Of what only looks like a chain, the share that gave entries (low is good).
    """

    precision: float
    recall: float
    kinds: float
    counts: float
    amounts: float
    fired: float


def score_chains(lines: Sequence[dict[str, Any]]) -> ChainScores:
    """Read chains and return their scores."""
    right = read = wanted = kinds = counts = amounts = fired = 0
    for line in lines:
        entries = _read(line["text"])
        if not line["is_chain"]:
            fired += bool(entries)
            continue
        read += len(entries)
        wanted += len(line["entries"])
        for label, entry in _pairs(line["entries"], entries):
            right += 1
            kinds += entry.kind.value == label["kind"]
            counts += entry.count == label["count"]
            amounts += entry.amount_fen == _fen(label["amount"])
    others = sum(not line["is_chain"] for line in lines)
    return ChainScores(
        precision=right / max(read, 1),
        recall=right / max(wanted, 1),
        kinds=kinds / max(right, 1),
        counts=counts / max(right, 1),
        amounts=amounts / max(right, 1),
        fired=fired / max(others, 1),
    )


def _read(text: str) -> tuple[Entry, ...]:
    """Read the chain a message holds, or the one it quotes."""
    message = normalise(text)
    chain = find_chain(message.raw)
    if chain is None and message.raw_quoted is not None:
        chain = find_chain(message.raw_quoted)
    return () if chain is None else chain.entries


def _pairs(
    labels: Sequence[dict[str, Any]], entries: Sequence[Entry]
) -> Iterator[tuple[dict[str, Any], Entry]]:
    """Pair each label with the first entry of its name that has none yet."""
    left: dict[str, list[Entry]] = {}
    for entry in entries:
        left.setdefault(_folded(entry.name), []).append(entry)
    for label in labels:
        if found := left.get(_folded(label["name"])):
            yield label, found.pop(0)


def _folded(name: str) -> str:
    folded = unicodedata.normalize("NFKC", name).translate(SIMPLER)
    return "".join(mark for mark in folded if mark.isalnum())


def _fen(amount: str | None) -> int | None:
    return None if amount is None else int(Decimal(amount) * 100)
