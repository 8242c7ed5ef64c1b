"""Written names against the roll: who is meant, how sure that is, and why.

A full name that one person bears, a learnt alias, a title with a surname or a given name that
fits nobody else are sure. What only sounds alike or is a slip away is never more than a question,
and two readings are never guessed between.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum, IntEnum, auto
from functools import cached_property
from typing import TypeAlias

from bot.domain.ids import MemberId, UnitId
from bot.domain.name_forms import (
    AMONG_FRIENDS,
    KIN,
    POST_TITLES,
    Called,
    fold_name,
    given_of,
    surname_of,
    take_apart,
)
from bot.domain.rights import Role

Sounds: TypeAlias = Callable[[str], Collection[str]]
"""A text → a key for every way to say it; texts that share a key sound alike."""


class Why(IntEnum):
    """What makes a person fit a written name; the smaller, the better the reason."""

    FULL = auto()  # 王秀英, 王秀英大姐, 王秀英同志
    ALIAS = auto()  # learnt: 老李, and the speaker's own 老伴
    TITLE = auto()  # surname with a title: 王大爷, 老李, 李书记
    GIVEN = auto()  # 秀英, 秀英姐
    SOUND = auto()  # 章伟 for 张伟, zhangwei
    SLIP = auto()  # 王秀芳 for 王秀英, one character off


class Verdict(Enum):
    """How sure it is who is meant."""

    EXACT = auto()  # one person bears this full name
    SURE = auto()  # one person is called so
    SEVERAL = auto()  # several fit equally well: ask
    NEAR = auto()  # nobody fits, somebody nearly does: ask, also about a single one
    NOBODY = auto()


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody who may be meant.

    Attributes:
        aliases: What this speaker may call the person, as learnt.
        branch_id, cell_id: Where the person belongs, for those who tell namesakes apart.
    """

    id: MemberId
    name: str
    aliases: tuple[str, ...] = ()
    branch_id: UnitId | None = None
    cell_id: UnitId | None = None
    roles: frozenset[Role] = field(default=frozenset())


@dataclass(frozen=True, slots=True)
class Fit:
    """Somebody who fits a written name, and why."""

    candidate: Candidate
    why: Why


@dataclass(frozen=True, slots=True)
class Naming:
    """Who a written name may mean.

    Attributes:
        fits: One for EXACT and SURE, two or more for SEVERAL, the likeliest first for NEAR.
    """

    written: str
    verdict: Verdict
    fits: tuple[Fit, ...] = ()

    @property
    def is_sure(self) -> bool:
        """Whether exactly one person can be meant."""
        return self.verdict in (Verdict.EXACT, Verdict.SURE)

    @property
    def person(self) -> Candidate | None:
        """The person meant, if that is sure."""
        return self.fits[0].candidate if self.is_sure else None


def _silent(_text: str) -> tuple[str, ...]:
    return ()


class Roll:
    """People indexed by what they may be called; built once, asked for many names.

    Args:
        candidates: Whoever may be meant, each once, in any order.
        sounds: How texts are said; left out, nothing sounds alike.
    """

    def __init__(self, candidates: Iterable[Candidate], sounds: Sounds = _silent) -> None:
        self._people = sorted(candidates, key=lambda candidate: candidate.id)
        self._names = {person.id: fold_name(person.name) for person in self._people}
        self._sounds = sounds

    def match(self, written: str) -> Naming:
        """Tell who a written name means."""
        called = take_apart(written)
        certain = self._certain(called)
        if certain or called.text in KIN:
            return _decided(written, certain)
        fits, maybe = self._by_address(called)
        fits = _best([*fits, *self._by_given_name(called)])
        if fits:
            return _decided(written, _best([*fits, *maybe]))
        near = _best([*maybe, *self._by_post_of_old(called), *self._alike(called)])
        surname = surname_of(called.core)
        near.sort(key=lambda fit: (fit.why, surname_of(self._name(fit)) != surname))
        return Naming(written, Verdict.NEAR if near else Verdict.NOBODY, tuple(near))

    def match_all(self, written: Iterable[str]) -> list[Naming]:
        """Tell who each of many names means, in their order."""
        known: dict[str, Naming] = {}
        return [known.get(name) or known.setdefault(name, self.match(name)) for name in written]

    def _name(self, fit: Fit) -> str:
        return self._names[fit.candidate.id]

    def _certain(self, called: Called) -> list[Fit]:
        """Return who bears the full name or was taught by it."""
        fits = _fits(self._by_name.get(called.text, ()), Why.FULL)
        alias = called.text.removesuffix("同志")
        fits += _fits(self._by_alias.get(alias, ()), Why.ALIAS)
        if not fits and called.title and not called.familiar:
            fits = _fits(self._by_name.get(called.core, ()), Why.FULL)
        return _best(fits)

    def _by_address(self, called: Called) -> tuple[list[Fit], list[Fit]]:
        """Return whom a title or 老, 小 fits, and whom it might fit by the given name (小芳)."""
        posts = POST_TITLES.get(called.title) or POST_TITLES.get(called.text)
        if posts:
            named = called.core if called.title else ""
            held = [p for p in self._people if p.roles & posts and self._bears(p, named)]
            return _fits(held, Why.TITLE), []
        if not (called.title or called.familiar):
            return [], []
        friendly = {called.familiar, called.title} & AMONG_FRIENDS
        maybe = self._by_last.get(called.core, ()) if friendly else ()
        return _fits(self._by_surname.get(called.core, ()), Why.TITLE), _fits(maybe, Why.GIVEN)

    def _bears(self, person: Candidate, surname: str) -> bool:
        return not surname or surname_of(self._names[person.id]) == surname

    def _by_post_of_old(self, called: Called) -> list[Fit]:
        """Return who bears the surname where nobody of it holds the post said: a former one."""
        if called.title not in POST_TITLES:
            return []
        return _fits(self._by_surname.get(called.core, ()), Why.TITLE)

    def _by_given_name(self, called: Called) -> list[Fit]:
        spoken = {called.text, called.core} if not called.familiar else {called.text}
        return [fit for text in spoken for fit in _fits(self._by_given.get(text, ()), Why.GIVEN)]

    def _alike(self, called: Called) -> list[Fit]:
        """Return who is called something that sounds the same or is one slip away."""
        fits: list[Fit] = []
        for text in dict.fromkeys((called.text, called.core)):
            for sound in self._sounds(text) if len(text) > 1 else ():
                fits += _fits(self._by_sound.get(sound, ()), Why.SOUND)
            fits += _fits(self._a_slip_away(text), Why.SLIP)
        return fits

    def _a_slip_away(self, text: str) -> list[Candidate]:
        """Return whose name differs in one place; its first or its last character is right."""
        if len(text) < 3:
            return []
        near = [*self._by_first.get(text[:1], ()), *self._by_last.get(text[-1:], ())]
        return [person for person in near if _is_slip(text, self._names[person.id])]

    @cached_property
    def _by_name(self) -> Mapping[str, Sequence[Candidate]]:
        return _index((self._names[person.id], person) for person in self._people)

    @cached_property
    def _by_alias(self) -> Mapping[str, Sequence[Candidate]]:
        return _index(
            (fold_name(alias), person) for person in self._people for alias in person.aliases
        )

    @cached_property
    def _by_surname(self) -> Mapping[str, Sequence[Candidate]]:
        return _index((surname_of(self._names[person.id]), person) for person in self._people)

    @cached_property
    def _by_given(self) -> Mapping[str, Sequence[Candidate]]:
        pairs = ((given_of(self._names[person.id]), person) for person in self._people)
        return _index((given, person) for given, person in pairs if len(given) > 1)

    @cached_property
    def _by_last(self) -> Mapping[str, Sequence[Candidate]]:
        return _index((self._names[person.id][-1:], person) for person in self._people)

    @cached_property
    def _by_first(self) -> Mapping[str, Sequence[Candidate]]:
        return _index((self._names[person.id][:1], person) for person in self._people)

    @cached_property
    def _by_sound(self) -> Mapping[str, Sequence[Candidate]]:
        sounds = self._sounds
        return _index(
            (sound, person)
            for person in self._people
            for text in (self._names[person.id], given_of(self._names[person.id]))
            if len(text) > 1
            for sound in sounds(text)
        )


def _decided(written: str, fits: Sequence[Fit]) -> Naming:
    if not fits:
        return Naming(written, Verdict.NOBODY)
    if len(fits) > 1:
        return Naming(written, Verdict.SEVERAL, tuple(fits))
    full = fits[0].why is Why.FULL
    return Naming(written, Verdict.EXACT if full else Verdict.SURE, tuple(fits))


def _fits(people: Iterable[Candidate], why: Why) -> list[Fit]:
    return [Fit(person, why) for person in people]


def _best(fits: Iterable[Fit]) -> list[Fit]:
    """Keep each person once, for the best reason, in the order of the roll."""
    best: dict[MemberId, Fit] = {}
    for fit in fits:
        kept = best.setdefault(fit.candidate.id, fit)
        if fit.why < kept.why:
            best[fit.candidate.id] = fit
    return [best[member_id] for member_id in sorted(best)]


def _index(pairs: Iterable[tuple[str, Candidate]]) -> Mapping[str, Sequence[Candidate]]:
    found: dict[str, list[Candidate]] = defaultdict(list)
    for key, person in pairs:
        if key:
            found[key].append(person)
    return dict(found)


def _is_slip(written: str, name: str) -> bool:
    """Tell whether one character is another, or two neighbours have changed places."""
    if len(written) != len(name):
        return False
    wrong = [
        place for place, pair in enumerate(zip(written, name, strict=True)) if len({*pair}) > 1
    ]
    if len(wrong) == 2:
        first, second = wrong
        return second == first + 1 and written[first : second + 1] == name[second] + name[first]
    return len(wrong) == 1
