"""Names as written → members of the actor's own unit, or the one question that is to be asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from sqlalchemy.orm import Session

from bot.domain.errors import DomainError, NotFound
from bot.domain.rights import Action, Actor
from bot.services import people
from bot.services.people import Person


class NobodyNamed(NotFound):
    """Nobody within reach bears the name."""

    def __init__(self, written: str) -> None:
        super().__init__(f"本支部名册里没有{written}。请核对姓名，写全名再发一次。")
        self.written = written


class WhichPerson(DomainError):
    """Several bear a name; `choices` are put as one numbered question."""

    def __init__(self, written: str, choices: Sequence[tuple[Person, str]]) -> None:
        super().__init__(f"“{written}”说的是哪一位？请写全名。")
        self.written = written
        self.choices = tuple(choices)


def resolve(
    session: Session,
    names: Sequence[str],
    *,
    by: Actor,
    on: date,
    action: Action,
    settled: Mapping[str, int] | None = None,
) -> list[Person]:
    """Return the members some names mean, each once, in the order of the names.

    Args:
        settled: Names a question has answered already, with the member chosen.

    Raises:
        Forbidden, NobodyNamed, WhichPerson
    """
    roll = people.list_members(session, people.scope_of(by, action), on)
    known = settled or {}
    return list(dict.fromkeys(_the_one(roll, name, known.get(name)) for name in names))


def _the_one(roll: Sequence[Person], name: str, chosen: int | None) -> Person:
    found = [person for person in roll if person.name == name]
    if chosen is not None:
        found = [person for person in roll if person.id == chosen]
    if not found:
        raise NobodyNamed(name)
    if len(found) > 1:
        raise WhichPerson(name, [(person, f"尾号{person.phone_tail}") for person in found])
    return found[0]
