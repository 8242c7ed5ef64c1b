"""A message whose handling failed is handled once more, as of when it was sent."""

from __future__ import annotations

from dataclasses import dataclass

from bot.clock import Clock, day_of
from bot.domain.ids import InboundId, MemberId
from bot.domain.privacy import Fact, FactKind, say
from bot.domain.wording import moment_words
from bot.inbound.context import Context
from bot.inbound.kept import claim_failed
from bot.inbound.pipeline import MessagePipeline, finish
from bot.services import people
from bot.services.outbox import Letter, enqueue
from bot.storage.engine import Database
from bot.storage.sealing import TextSeal

TOLD = "您{when}发的消息刚刚补办了：\n{answer}"


@dataclass(frozen=True, slots=True)
class Again:
    """What became of a message that was handled once more.

    Attributes:
        told: The writer reads the answer.
    """

    id: InboundId
    failed: bool
    told: bool


class SecondTry:
    """Handles failed messages again through the pipeline."""

    def __init__(
        self, *, pipeline: MessagePipeline, database: Database, seal: TextSeal, clock: Clock
    ) -> None:
        self._pipeline = pipeline
        self._database = database
        self._seal = seal
        self._clock = clock

    def handle(self, inbound_id: InboundId) -> Again | None:
        """Handle one message; None when it has not failed (any more), or its text is gone.

        The claim, what is recorded and the answer (privately, through the outbox) are one
        transaction, so it happens once however many try.
        """
        now = self._clock.now()
        with self._database.writing() as session:
            kept = claim_failed(session, self._seal, inbound_id)
            if kept is None:
                return None
            sent = kept.message
            actor = people.find_actor(session, sent.space, sent.sender_id, day_of(sent.sent_at))
            context = self._pipeline.context_of(
                session, sent, actor, inbound_id, now, replayed=True
            )
            words, names, failed = self._pipeline.act(context, but=kept.done)
            told = None if failed or not words else _answer_later(context, words)
            finish(context, told, [*sorted(kept.done), *names], failed=failed)
        return Again(inbound_id, failed=failed, told=told is not None)


def _answer_later(context: Context, words: str) -> str | None:
    """Queue the answer for the writer; return it, or None where there is no way."""
    message = context.message
    writer = _writer(context)
    if writer is None:
        return None
    text = TOLD.format(when=moment_words(message.sent_at), answer=words)
    letter = Letter(
        key=f"again:{context.inbound_id}",
        text=say("{answer}", answer=Fact(FactKind.NOTICE, text)),
        due_at=context.arrived_at,
        member_id=writer,
    )
    queued = enqueue(context.session, context.routes, [letter], context.arrived_at).queued
    return text if queued else None


def _writer(context: Context) -> MemberId | None:
    """Return who wrote; who has been bound by this very message is known only afterwards."""
    if context.actor.member_id is not None:
        return context.actor.member_id
    message = context.message
    today = day_of(context.arrived_at)
    found = people.find_actor(context.session, message.space, message.sender_id, today)
    return None if found is None else found.member_id
