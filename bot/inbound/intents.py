"""What an intent is, and how readings of one message are weighed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, IntEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bot.inbound.context import Context
    from bot.inbound.replies import Reply
    from bot.inbound.utterance import Utterance


class Strength(IntEnum):
    """How sure a reading is of what the message is about.

    `ANSWER` are words that may name an option of an open question (3月, 三支部); with none open
    they are not read at all.
    `BARE` words (到, 1, 收到) count only while exactly one prompt waits for them; `CLEAR` says
    what it is about; `EXACT` is a command in its written form (发通知 …, 确认42), whose free text
    belongs to it and is not read by others.
    """

    ANSWER = 0
    BARE = 1
    CLEAR = 2
    EXACT = 3


class Waiting(IntEnum):
    """What a bare word would answer: nothing, something the records leave open, a question put.

    The highest of all intents counts; two of the same height become one question.
    """

    NOTHING = 0
    OPEN = 1
    ASKED = 2


class Teachable(Enum):
    """Whether another wording may be taught for an intent: never for a command or a correction."""

    NO = "no"
    ACTION = "action"  # a member's own, that can be taken back
    ABSENCE = "absence"  # likewise, where it is natural to deny or to speak of what is to come
    QUESTION = "question"


@dataclass(slots=True, unsafe_hash=True)
class Reading:
    """What one intent makes of an utterance.

    Attributes:
        slots: The intent's own frozen record.
        span: The stretch [start, end) of the text it accounts for; readings of disjoint spans
            are separate actions of one message, overlapping ones compete by strength.
        covers: Names of intents whose part of the message this one does as well: 写错了，是105
            takes a declaration back and states it anew, in one go or not at all.
        below_zero: What was written with a minus sign (-2人), and what is meant without it (2人),
            where the intent takes sums or numbers.
    """

    slots: Any
    strength: Strength
    span: tuple[int, int]
    covers: frozenset[str] = frozenset()
    below_zero: tuple[str, str] | None = None

    def overlaps(self, other: Reading) -> bool:
        """Tell whether both account for some of the same words."""
        return self.span[0] < other.span[1] and other.span[0] < self.span[1]


@dataclass(frozen=True, slots=True, eq=False)
class Intent:
    """Something people can say.

    Attributes:
        name: Identifier; those of the message corpus where it has one.
        title: What it is, for people.
        recognise: Pure; returns no, one or several readings.
        handle: Calls one service and words the answer.
        examples: Sentences that must reach this intent.
        silent: Sentences near by that must not.
        waits: Tells whether something is open that a bare word of this intent would answer.
        resume: Finishes the original request once its question was answered; gets the option
            chosen, or what was kept with a preview.
        for_secretaries: Shown in the help of those who hold a role.
        strangers: Answered also to people who are not bound.
        teachable: Whether a wording that was not understood may be taught to mean it.
        numbers: Takes sums or numbers, and none of them can be below zero: with a minus sign it is
            refused, never read as if the sign were not there.
        marks: Characters of which everything it reads holds one at least; it is asked of nothing
            else. Empty: it is asked of everything.
    """

    name: str
    title: str
    recognise: Callable[[Utterance], Sequence[Reading]]
    handle: Callable[[Any, Context], Reply]
    examples: tuple[str, ...]
    silent: tuple[str, ...] = ()
    waits: Callable[[Context], Waiting] | None = None
    resume: Callable[[Mapping[str, Any], Context], Reply] | None = None
    for_secretaries: bool = False
    strangers: bool = False
    teachable: Teachable = Teachable.NO
    numbers: bool = False
    marks: frozenset[str] = frozenset()


@dataclass(slots=True, unsafe_hash=True)
class Match:
    """An intent with its reading."""

    intent: Intent
    reading: Reading


def choose(matches: Sequence[Match]) -> tuple[list[Match], list[Match]]:
    """Weigh readings: return (those to act on in order of the text, those that tie).

    Overlapping readings compete; the strongest wins, of equal strength the one that accounts for
    more of the text. What is still equal ties and becomes one question.
    """
    ranked = sorted(matches, key=_weight, reverse=True)
    chosen: list[Match] = []
    for match in ranked:
        rivals = [other for other in chosen if match.reading.overlaps(other.reading)]
        if not rivals:
            chosen.append(match)
            continue
        tied = [r for r in rivals if _weight(r) == _weight(match) and r.intent != match.intent]
        if tied:
            return [], [*tied, match]
    return sorted(chosen, key=lambda match: match.reading.span), []


def to_act_on(chosen: Sequence[Match]) -> list[Match]:
    """Leave out the readings whose part another one does as well."""
    covered = {name for match in chosen for name in match.reading.covers}
    return [match for match in chosen if match.intent.name not in covered]


def _weight(match: Match) -> tuple[int, int]:
    start, end = match.reading.span
    return match.reading.strength, end - start
