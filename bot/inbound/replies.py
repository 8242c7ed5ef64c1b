"""What a handler gives back: words for the chat, and words for others."""

from __future__ import annotations

from dataclasses import dataclass, replace

from bot.domain.errors import DomainError
from bot.domain.ids import MemberId, UnitId
from bot.domain.privacy import Fact, FactKind, Text, join
from bot.services.reads import Read


@dataclass(frozen=True, slots=True)
class ToMember:
    """A text for one person, privately, through the outbox."""

    member_id: MemberId
    text: Text
    key: str


@dataclass(frozen=True, slots=True)
class ToGroup:
    """A text for the chat group of a unit, through the outbox."""

    unit_id: UnitId
    text: Text
    key: str


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer to one action.

    Attributes:
        text: Said where the person wrote; None for silence.
        in_group: Said instead when that is a group. Without it a text whose facts may not be
            read by a group goes to the person privately, and the group reads 已私聊您.
        also_private: In a group, tell the writer `text` privately besides.
        send: Texts for others.
        reads: What the text tells of other people: written down once it is told.
        command: The intent it was read by, where that is not the one that matched.
        pressed: What a button says after it was pressed, where the platform shows no text.
    """

    text: Text | None = None
    in_group: Text | None = None
    also_private: bool = False
    send: tuple[ToMember | ToGroup, ...] = ()
    reads: tuple[Read, ...] = ()
    command: str = ""
    pressed: str = ""


def reply(text: Text | str, *, in_group: Text | str | None = None) -> Reply:
    """Return a reply of one text."""
    return Reply(_text(text), None if in_group is None else _text(in_group))


def telling(answer: Reply, *reads: Read) -> Reply:
    """Return a reply that tells its reader of other people, as it is to be written down."""
    return replace(answer, reads=reads)


def both(first: Reply, second: Reply) -> Reply:
    """Return one reply that says what two say, one after the other."""
    spoken = second.in_group is not None or first.in_group is not None
    return Reply(
        _joined(first.text, second.text),
        _joined(first.in_group or first.text, second.in_group or second.text) if spoken else None,
        first.also_private or second.also_private,
        (*first.send, *second.send),
        (*first.reads, *second.reads),
        first.command or second.command,
    )


def _joined(first: Text | None, second: Text | None) -> Text | None:
    if first is None or second is None:
        return first or second
    return join(first, second)


def refused(refusal: DomainError) -> Reply:
    """Return the answer to a refusal; in a group most are for the writer alone."""
    if refusal.may_be_overheard:
        return Reply(Text(refusal.sentence))
    return Reply(Text(refusal.sentence, (Fact(FactKind.REFUSAL, refusal.sentence),)))


def _text(text: Text | str) -> Text:
    return text if isinstance(text, Text) else Text(text)
