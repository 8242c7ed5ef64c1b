"""The privacy table: which kind of fact may be told to which audience (one place, in code)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto


class Audience(Enum):
    """Who reads a text."""

    GROUP = auto()  # everybody in a chat group
    SELF = auto()  # the person the fact is about (or who told it), in a private chat
    OFFICERS = auto()  # the secretary and the organiser of the branch, and those above them


class FactKind(Enum):
    """What a fact is about."""

    EVENT = auto()  # title, time, place, agenda
    COUNT = auto()  # how many, without names
    WRITER = auto()  # the name of the person who wrote in this very chat
    NAMED = auto()  # the name of somebody whom the writer has named in this very chat
    SIGNUP = auto()  # who joins an open activity
    PUBLISHED = auto()  # what the secretary has released for everybody: counts and totals
    PRESENCE = auto()  # one's own attendance
    STUDY = auto()  # what one has studied, and hours
    DUES = auto()  # one person's months and amounts
    LEAVE_REASON = auto()
    MISSING_NAMES = auto()  # who has not come, paid, answered
    NOTICE = auto()  # what a notice to members says; its place is their private chat
    REFUSAL = auto()  # why something was not done, where that tells of somebody
    UNREAD = auto()  # what people said to the bot and it did not understand
    ROLL = auto()  # anything else from the roll: phone tail, category, account
    MOVEMENT = auto()  # transfers, and what happened to one's standing: mobile, suspended, expelled
    SEEN = auto()  # who has looked at what is kept of somebody
    DEVELOPMENT = auto()  # cases of those who want to join
    SUPERVISION = auto()  # what a check shows of branches, beside one another or alone
    TALK = auto()  # that a talk was held; never what was said
    APPRAISAL = auto()  # verdicts of the appraisal; only counts leave the branch


_GROUP_SELF_OFFICERS = frozenset(Audience)
_SELF_OFFICERS = frozenset({Audience.SELF, Audience.OFFICERS})
_OFFICERS = frozenset({Audience.OFFICERS})

ALLOWED: dict[FactKind, frozenset[Audience]] = {
    FactKind.EVENT: _GROUP_SELF_OFFICERS,
    FactKind.COUNT: _GROUP_SELF_OFFICERS,
    FactKind.WRITER: _GROUP_SELF_OFFICERS,
    FactKind.NAMED: _GROUP_SELF_OFFICERS,
    FactKind.SIGNUP: _GROUP_SELF_OFFICERS,
    FactKind.PUBLISHED: _GROUP_SELF_OFFICERS,
    FactKind.PRESENCE: _SELF_OFFICERS,
    FactKind.STUDY: _SELF_OFFICERS,
    FactKind.DUES: _SELF_OFFICERS,
    FactKind.LEAVE_REASON: _SELF_OFFICERS,
    FactKind.MISSING_NAMES: _OFFICERS,
    FactKind.NOTICE: _SELF_OFFICERS,
    FactKind.REFUSAL: _SELF_OFFICERS,
    FactKind.UNREAD: _OFFICERS,
    FactKind.ROLL: _SELF_OFFICERS,
    FactKind.MOVEMENT: _SELF_OFFICERS,
    FactKind.SEEN: _SELF_OFFICERS,
    FactKind.DEVELOPMENT: _OFFICERS,
    FactKind.SUPERVISION: _OFFICERS,
    FactKind.TALK: _OFFICERS,
    FactKind.APPRAISAL: _OFFICERS,
}


@dataclass(frozen=True, slots=True)
class Fact:
    """One value that a text is rendered from."""

    kind: FactKind
    value: str

    def __str__(self) -> str:
        return self.value


@dataclass(frozen=True, slots=True)
class Text:
    """Words for people, with the facts they carry."""

    words: str
    facts: tuple[Fact, ...] = ()

    def __str__(self) -> str:
        return self.words


def say(template: str, **values: Fact | str | int) -> Text:
    """Render a template; every `Fact` among the values stays attached to the text."""
    facts = tuple(value for value in values.values() if isinstance(value, Fact))
    return Text(template.format(**values), facts)


def join(*texts: Text | str, by: str = "\n") -> Text:
    """Put several texts together, keeping all their facts."""
    parts = [text if isinstance(text, Text) else Text(text) for text in texts]
    facts = tuple(fact for part in parts for fact in part.facts)
    return Text(by.join(part.words for part in parts), facts)


def may_tell(text: Text, audience: Audience) -> bool:
    """Tell whether every fact of a text may be read by an audience.

    Source:
        privacy.table
    """
    return all(audience in ALLOWED[fact.kind] for fact in text.facts)


def event(value: object) -> Fact:
    """Return a title, time or place as a fact."""
    return Fact(FactKind.EVENT, str(value))


def count(value: int) -> Fact:
    """Return a number without names as a fact."""
    return Fact(FactKind.COUNT, str(value))


def writer(name: str) -> Fact:
    """Return the name of the person who wrote in this chat as a fact."""
    return Fact(FactKind.WRITER, name)


def named(value: str) -> Fact:
    """Return names that the writer has named himself as a fact."""
    return Fact(FactKind.NAMED, value)


def dues(value: object) -> Fact:
    """Return something about one person's dues as a fact."""
    return Fact(FactKind.DUES, str(value))


def missing(value: str) -> Fact:
    """Return names of people who have not come, paid or answered as a fact."""
    return Fact(FactKind.MISSING_NAMES, value)
