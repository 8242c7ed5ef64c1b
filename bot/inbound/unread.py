"""What was said to the bot and not understood: read by a lesson, or noted for the organiser."""

from __future__ import annotations

from bot.domain.incoming import Kind
from bot.domain.wordings import may_be_kept
from bot.inbound.context import Context
from bot.inbound.normalise import normalise, spelled
from bot.services import wordings


def find_taught(context: Context) -> str | None:
    """Return the sentence that what was said stands for, if somebody taught it."""
    if not _is_said_to_us(context):
        return None
    words = spelled(context.message.text)
    return wordings.find_target(context.session, context.actor, words)


def note(context: Context) -> None:
    """Collect what was said to the bot by somebody of a branch; never chatter, never who."""
    if not _is_said_to_us(context) or context.replayed:
        return
    words = spelled(context.message.text)
    if words and may_be_kept(normalise(context.message.text).text):
        wordings.note_unread(
            context.session, context.seal, text=words, by=context.actor, now=context.now
        )


def _is_said_to_us(context: Context) -> bool:
    message = context.message
    spoken = message.kind in (Kind.TEXT, Kind.VOICE)
    return (
        spoken and (context.private or message.mentions_bot) and context.actor.branch_id is not None
    )
