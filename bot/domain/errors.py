"""What a person can understand and put right."""

from __future__ import annotations

from typing import ClassVar


class DomainError(Exception):
    """A refusal that a person can understand.

    Subclasses stand beside the rule that raises them and carry data; `sentence` is what the
    person reads: who, what, and how to put it right, in plain Chinese.

    Attributes:
        may_be_overheard: A chat group may read it. Refusals tell of somebody's dues, presence or
            place on the roll more often than one thinks, so this has to be said, class by class.
    """

    may_be_overheard: ClassVar[bool] = False

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class Forbidden(DomainError):
    """The actor may not do this here."""

    may_be_overheard = True


class NotFound(DomainError):
    """Nothing on record answers to what was named."""
