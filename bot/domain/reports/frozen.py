"""A report as it is kept: its figures with every row, and its text, under one digest.

The digest is of the figures, rows and sentences alone. Whoever makes the figures again from the raw
rows gets the same digest, or the difference, figure by figure and row by row.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.domain.reports.figures import Figures
from bot.domain.reports.sentences import Composed

FORMAT = 1


@dataclass(frozen=True, slots=True)
class Changed:
    """A figure that is another one now.

    Attributes:
        came, went: Rows that only the later, or only the earlier copy has.
        differs: Rows of both that say something else.
    """

    title: str
    before: int | None
    after: int | None
    came: tuple[str, ...] = ()
    went: tuple[str, ...] = ()
    differs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Difference:
    """What two copies of a report differ in."""

    figures: tuple[Changed, ...] = ()
    said: tuple[str, ...] = ()
    unsaid: tuple[str, ...] = ()

    @property
    def is_none(self) -> bool:
        """Whether both say the same."""
        return not (self.figures or self.said or self.unsaid)


def contents(figures: Figures, composed: Composed) -> dict[str, Any]:
    """Return what is kept of a report."""
    return {
        "format": FORMAT,
        "unit": figures.unit,
        "year": figures.year,
        "until": figures.until.isoformat(),
        "figures": [
            {
                "name": figure.name,
                "mark": figure.mark,
                "title": figure.title,
                "measure": figure.measure.name,
                "definition": figure.definition,
                "value": figure.value,
                "columns": list(figure.columns),
                "rows": [[row.ref, row.weight, *row.cells] for row in figure.rows],
            }
            for figure in figures
        ],
        "sections": [
            {
                "title": section.title,
                "lines": [
                    [[piece.text, piece.figure] for piece in line.pieces] for line in section.lines
                ],
            }
            for section in composed.sections
        ],
        "gaps": [[found.words, found.figure] for found in composed.gaps],
    }


def digest(kept: Mapping[str, Any]) -> str:
    """Return the SHA-256 of what is kept, written down in one way only."""
    text = json.dumps(kept, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> Difference:
    """Return what changed from one copy of a report to another."""
    old = {figure["name"]: figure for figure in before["figures"]}
    new = {figure["name"]: figure for figure in after["figures"]}
    changed = [
        found
        for name in dict.fromkeys([*old, *new])
        if (found := _changed(old.get(name, _NONE), new.get(name, _NONE))) is not None
    ]
    was, says = _texts(before), _texts(after)
    return Difference(
        tuple(changed),
        tuple(text for text in says if text not in was),
        tuple(text for text in was if text not in says),
    )


_NONE: Mapping[str, Any] = {"title": "", "value": None, "rows": ()}


def _changed(old: Mapping[str, Any], new: Mapping[str, Any]) -> Changed | None:
    had, has = _rows(old["rows"]), _rows(new["rows"])
    found = Changed(
        new["title"] or old["title"],
        old["value"],
        new["value"],
        tuple(_words(has[ref]) for ref in has if ref not in had),
        tuple(_words(had[ref]) for ref in had if ref not in has),
        tuple(
            f"{_words(had[ref])} → {_words(has[ref])}"
            for ref in has
            if ref in had and had[ref] != has[ref]
        ),
    )
    is_same = found.before == found.after and not (found.came or found.went or found.differs)
    return None if is_same else found


def _rows(rows: Iterable[Sequence[Any]]) -> dict[str, Sequence[Any]]:
    return {row[0]: list(row[1:]) for row in rows}


def _words(row: Sequence[Any]) -> str:
    """Return a row for people: its cells, without the weight before them."""
    return " ".join(str(cell) for cell in row[1:] if cell != "")


def _texts(kept: Mapping[str, Any]) -> list[str]:
    return [
        "".join(text for text, _ in line)
        for section in kept["sections"]
        for line in section["lines"]
    ]
