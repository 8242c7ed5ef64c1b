"""Words that tell people apart who are called alike: name, else branch, cell, digits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

_NO_CELL = "不在党小组"


@dataclass(frozen=True, slots=True)
class Traits:
    """What may be said of somebody to tell him from another.

    Attributes:
        branch, cell: As people call them; "" where there is none.
        tail: The last digits of the phone; "" where unknown.
    """

    name: str
    branch: str
    cell: str
    tail: str


@dataclass(frozen=True, slots=True)
class Labels:
    """One label a person, in their order.

    Attributes:
        from_the_roll: Whether they say more than names, and so are for one reader alone.
    """

    words: tuple[str, ...]
    from_the_roll: bool


def tell_apart(people: Sequence[Traits], *, with_names: bool = False) -> Labels:
    """Return labels that differ: the names if they do, else what the roll says besides.

    The digits of a phone come last, since they say most.

    Args:
        with_names: Say the name even where all bear the same.
    """
    names = [person.name for person in people]
    if len(set(names)) == len(names):
        return Labels(tuple(names), False)
    details = _details(people)
    if len(set(names)) == 1 and not with_names:
        return Labels(details, True)
    return Labels(
        tuple(
            f"{name}（{detail}）" if names.count(name) > 1 else name
            for name, detail in zip(names, details, strict=True)
        ),
        True,
    )


def _details(people: Sequence[Traits]) -> tuple[str, ...]:
    ways = (
        [person.branch for person in people],
        [person.cell or _NO_CELL for person in people],
        [f"尾号{person.tail}" if person.tail else "" for person in people],
        [_joined(person) for person in people],
    )
    for labels in ways:
        if all(labels) and _differ(people, labels):
            return tuple(labels)
    return tuple(f"名册里第{place}位" for place in range(1, len(people) + 1))


def _joined(person: Traits) -> str:
    tail = f"尾号{person.tail}" if person.tail else "没有尾号"
    return "·".join(part for part in (person.branch, person.cell, tail) if part)


def _differ(people: Sequence[Traits], labels: Sequence[str]) -> bool:
    """Tell whether no two of one name bear the same label."""
    pairs = [(person.name, label) for person, label in zip(people, labels, strict=True)]
    return len(set(pairs)) == len(pairs)
