"""From replies to what rides on the answer and what goes to the outbox, by the privacy table.

Answers to the writer leave at once; what goes to others keeps the quiet hours.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence

from bot.domain.ids import MemberId
from bot.domain.privacy import Audience, Text, join, may_tell, say, writer
from bot.domain.rights import Role
from bot.domain.sending import ANSWER_BYTES, numbered_parts
from bot.inbound.context import Context
from bot.inbound.replies import Reply, ToGroup, ToMember
from bot.services import people, reads
from bot.services.outbox import Letter, addresses_of, enqueue

log = logging.getLogger(__name__)

WHISPERED = "已私聊您"
NOT_HERE = "这件事不便在这里说，请直接问组织委员。"
NO_WAY = "这件事不便在群里说。请加我私聊，或直接问组织委员。"
BROKEN = "{name}发来的一条消息没有处理成功，已留存。请向他问一下是什么事，需要时代为登记。"


_ASIDE = "aside"  # a rule's name of its own: what is no answer, and no reminder


def post(answer: Reply, context: Context) -> None:
    """Queue what a reply says to others, in the savepoint that did what it tells of.

    Raises:
        AssertionError: A text for a group carries a fact that no group may read.
    """
    if answer.send:
        letters = [_letter(text, context) for text in answer.send]
        enqueue(context.session, context.routes, letters, context.arrived_at)


def deliver(replies: Sequence[Reply], context: Context) -> str | None:
    """Return the words for the chat, or None for silence; what is private is queued."""
    if not context.message.shows_text:
        return _on_button(replies, context)
    here: list[Text] = []
    whispers: list[Text] = []
    for answer in replies:
        aloud, whispered = _parts(answer, private=context.answers_privately)
        here.extend(aloud)
        whispers.extend(whispered)
    if whispers:
        here.append(Text(_whisper(join(*whispers), context)))
    if not whispers or here[-1].words == WHISPERED:
        _note_reads(replies, context)
    if not here:
        return None
    text = join(*(_checked(said, context) for said in here))
    return (_first_part(text, context) if context.private else text.words) or None


def _on_button(replies: Sequence[Reply], context: Context) -> str | None:
    """Return what the pressed button says from now on; what it cannot say is told in words."""
    rest = [answer.text for answer in replies if answer.text is not None and not answer.pressed]
    if rest and _send(join(*rest), context):
        _note_reads([answer for answer in replies if not answer.pressed], context)
    return next((answer.pressed for answer in replies if answer.pressed), None)


def _note_reads(replies: Sequence[Reply], context: Context) -> None:
    """Write down what these answers tell of others, now that they are told."""
    for answer in replies:
        reads.record(
            context.session,
            answer.reads,
            by=context.actor,
            command=answer.command,
            now=context.arrived_at,
        )


def _checked(text: Text, context: Context) -> Text:
    """Return a text if who reads the answer may read it; else a sentence, and it is logged."""
    if may_tell(text, _reader(context)):
        return text
    kinds = sorted({fact.kind.name for fact in text.facts})
    log.error("answer to inbound %s may not be read here: %s", context.inbound_id, kinds)
    return Text(NOT_HERE)


def _reader(context: Context) -> Audience:
    if not context.answers_privately:
        return Audience.GROUP
    return Audience.OFFICERS if context.actor.grants else Audience.SELF


def _first_part(text: Text, context: Context) -> str:
    """Return what fits into an answer; the rest of a long list follows as messages of its own."""
    first, *rest = numbered_parts(text.words, ANSWER_BYTES)
    sent = [_send(Text(part, text.facts), context, n) for n, part in enumerate(rest, start=2)]
    if not all(sent):
        return text.words
    return first


def _parts(answer: Reply, *, private: bool) -> tuple[list[Text], list[Text]]:
    """Return what is said in the chat, and what only the writer may read."""
    if answer.text is None:
        return [], []
    if private:
        return [answer.text], []
    if answer.in_group is not None:
        return [answer.in_group], [answer.text] if answer.also_private else []
    if may_tell(answer.text, Audience.GROUP):
        return [answer.text], []
    return [], [answer.text]


def _whisper(text: Text, context: Context) -> str:
    """Tell the writer privately what a group may not read; return what the group reads."""
    return WHISPERED if _send(text, context) else NO_WAY


def _send(text: Text, context: Context, part: int = 1) -> bool:
    """Queue a text for the writer alone; False when no channel can write to them.

    Args:
        part: Of a long answer, which part it is.
    """
    member_id = context.actor.member_id
    if member_id is None:
        return False
    if not addresses_of(context.session, context.routes, {member_id}, now=context.arrived_at):
        return False
    letter = Letter(
        key=f"answer:{context.inbound_id}" + (f"#{part}" if part > 1 else ""),
        text=text,
        due_at=context.arrived_at,
        member_id=member_id,
    )
    return enqueue(context.session, context.routes, [letter], context.arrived_at).queued > 0


def _letter(post: ToMember | ToGroup, context: Context) -> Letter:
    at = context.hours.allow(context.arrived_at, post.key)
    if isinstance(post, ToMember):
        return Letter(
            key=post.key, text=post.text, due_at=at, member_id=post.member_id, rule=_ASIDE
        )
    if not may_tell(post.text, Audience.GROUP):
        raise AssertionError("a text for a group carries a fact that no group may read")
    return Letter(key=post.key, text=post.text, due_at=at, unit_id=post.unit_id, rule=_ASIDE)


def tell_organiser(context: Context) -> bool:
    """Let the organiser of the writer's branch know that a message could not be handled.

    Returns:
        Whether there is an organiser who can be written to.
    """
    if context.actor.branch_id is None:
        return False
    holders = people.list_holders(
        context.session,
        [context.actor.branch_id],
        [Role.ORGANISER, Role.SECRETARY],
        context.today,
    )
    if not holders:
        return False
    *_, member_id, _name = min(holders, key=lambda holder: holder[1] is not Role.ORGANISER)
    key = f"failed:{context.inbound_id}"
    letter = Letter(
        key=key,
        text=say(BROKEN, name=writer(context.actor.name)),
        due_at=context.hours.allow(context.arrived_at, key),
        member_id=MemberId(member_id),
        rule=_ASIDE,
    )
    return enqueue(context.session, context.routes, [letter], context.arrived_at).queued > 0
