"""What a person can understand and put right."""

from __future__ import annotations


class DomainError(Exception):
    """A refusal that a person can understand.

    Subclasses stand beside the rule that raises them and carry data; `sentence` is what the
    person reads: who, what, and how to put it right, in plain Chinese.
    """

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class Forbidden(DomainError):
    """The actor may not do this here."""


class NotFound(DomainError):
    """Nothing on record answers to what was named."""
