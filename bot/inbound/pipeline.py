"""One delivery, one transaction: insert first, understand, act, answer."""

from __future__ import annotations

import logging
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from bot.clock import Clock, day_of
from bot.domain.burden import Hours
from bot.domain.calendar_feed import without_token
from bot.domain.dues_assessing import mask_bases
from bot.domain.errors import DomainError
from bot.domain.ids import InboundId, UnitId
from bot.domain.incoming import Answer, Event, Incoming, Kind
from bot.domain.ladders import Ladders
from bot.domain.privacy import Text
from bot.domain.rights import Actor
from bot.domain.sensitive import mask_numbers
from bot.inbound import outgoing, unread
from bot.inbound.context import FIRST_CONTACT, REREAD, Context
from bot.inbound.intents import Intent, Match, Strength, Waiting, choose, to_act_on
from bot.inbound.kept import BROKE, words_of
from bot.inbound.lexicon import Lexicons
from bot.inbound.parts import matches_of, readings_of
from bot.inbound.questions import ask
from bot.inbound.read import read
from bot.inbound.replies import Reply, refused
from bot.inbound.teaching import read_taught
from bot.inbound.utterance import EMPTY, Lexicon
from bot.services import people
from bot.services.outbox import Routes
from bot.storage.engine import Database
from bot.storage.insert import insert_once
from bot.storage.models import ChatGroup, Inbound
from bot.storage.prepared import Prepared, savepoint
from bot.storage.sealing import TextSeal

log = logging.getLogger(__name__)

NOT_UNDERSTOOD = "没看懂。常用：签到 / 请假 原因 / 党费 3月 30 / 报名 编号。找人请回复 人工"
PLEASE_TYPE = "语音我还听不了，请打字告诉我，例如 签到。"
PICTURE = "图片收到了，不过我只看得懂文字，图片不会保存。请打字告诉我，例如 签到。"
FAILED = "已收到，但我这边出了点问题，还没有记上。已告诉组织委员，您不用重发。"
FAILED_UNTOLD = "已收到，但我这边出了点问题，还没有记上。请直接告诉组织委员，不用重发。"
WELCOME = "您好，{name}！我是支部小助手。会前回复 签到，来不了回复 请假 原因，不清楚就回复 帮助。"
BELOW_ZERO = "“{said}”不能是负数，什么也没有记。请改成 {meant} 再发一次"
WHICH = "想确认一下，您是要：{choices}。回复数字就行。"

NOTHING_WAITS = (
    "现在没有在等您答复的事，所以没有记。常用：签到 / 请假 原因 / 党费 3月 30 / 报名 编号"
)

_COURTESIES = frozenset(("receipt_ack", "courtesy", "agree"))
_MAX_TEXT = 4000
_FEW_WORDS = 12  # characters
_MOST_KEPT = 500


class MessagePipeline:
    """Turns deliveries into records and answers; the port `Pipeline`.

    Args:
        intents: Everything people can say; their order means nothing.
        hours: When what is said to others may arrive; answers to the writer leave at once.
        public_url: Where this server is reached from outside, if anywhere.
        ladders: When what is reminded of; left out, as shipped.
    """

    def __init__(
        self,
        *,
        database: Database,
        intents: Sequence[Intent],
        seal: TextSeal,
        clock: Clock,
        routes: Routes,
        hours: Hours,
        public_url: str | None = None,
        ladders: Ladders | None = None,
    ) -> None:
        self._database = database
        self._intents = tuple(intents)
        self._by_name = {intent.name: intent for intent in intents}
        self._seal = seal
        self._clock = clock
        self._routes = routes
        self._hours = hours
        self._public_url = public_url
        self._ladders = ladders or Ladders()
        self._lexicons = Lexicons()
        self._lately: dict[tuple[_Said, datetime], tuple[Match, ...]] = {}

    def receive(self, message: Incoming) -> Answer:
        """Record and answer one delivery; a repeated one gets its first answer.

        Raises:
            Exception: Only when nothing could be stored, so that the platform tries again.
        """
        arrived_at = self._clock.now()
        try:
            return self._receive(message, arrived_at)
        except Exception as error:
            if self._database.is_trouble(error):
                raise
            log.exception("inbound message broke", extra={"message_id": message.message_id})
        return self._keep_failed(message, arrived_at)

    def _receive(self, message: Incoming, arrived_at: datetime) -> Answer:
        with self._database.writing() as session:
            inbound_id = self._insert(session, message, arrived_at)
            if inbound_id is None:
                return Answer(_first_answer(session, message))
            actor = people.find_actor(session, message.space, message.sender_id, day_of(arrived_at))
            context = self.context_of(session, message, actor, inbound_id, arrived_at)
            words, names, failed = self.act(context)
            finish(context, words, names, failed=failed)
        return Answer(words)

    def _keep_failed(self, message: Incoming, arrived_at: datetime) -> Answer:
        """Keep what broke outside every handler, and was taken back whole, as failed."""
        with self._database.writing() as session:
            inbound_id = self._insert(session, message, arrived_at)
            if inbound_id is None:  # handled meanwhile, by another delivery of it
                return Answer(_first_answer(session, message))
            told = False
            try:
                with savepoint(session):
                    on = day_of(arrived_at)
                    actor = people.find_actor(session, message.space, message.sender_id, on)
                    context = self.context_of(session, message, actor, inbound_id, arrived_at)
                    told = outgoing.tell_organiser(context)
            except Exception:
                log.exception("nobody could be told of inbound %s", inbound_id)
            words = _sorry(message, told=told)
            _FINISH.run(
                session,
                {
                    "of": inbound_id,
                    "state": "failed",
                    "decision": "",
                    "answer": words,
                    "member_id": None,
                },
            )
        return Answer(words)

    def _insert(
        self, session: Session, message: Incoming, arrived_at: datetime
    ) -> InboundId | None:
        text = mask_bases(mask_numbers(words_of(message)[:_MAX_TEXT]))
        quote = mask_bases(mask_numbers((message.quoted_text or "")[:_MAX_TEXT]))
        row = insert_once(
            session,
            Inbound,
            {
                "channel": message.channel,
                "message_id": message.message_id,
                "space": message.space,
                "chat_id": message.chat_id,
                "sender_id": message.sender_id,
                "kind": message.kind.value,
                "sealed_text": self._seal.seal(text) if text else None,
                "sealed_quote": self._seal.seal(quote) if quote else None,
                "addressed": message.mentions_bot,
                "event": message.event.value if message.event else "",
                "sent_at": message.sent_at,
                "received_at": arrived_at,
                "state": "received",
                "decision": "",
            },
        )
        return None if row is None else InboundId(row)

    def context_of(
        self,
        session: Session,
        message: Incoming,
        actor: Actor | None,
        inbound_id: InboundId,
        arrived_at: datetime,
        *,
        replayed: bool = False,
    ) -> Context:
        """Return what handlers may use while this message is acted on."""
        return Context(
            session=session,
            message=message,
            actor=actor or Actor(member_id=None),
            now=min(message.sent_at, arrived_at),
            arrived_at=arrived_at,
            inbound_id=inbound_id,
            chat_unit=_unit_of_chat(session, message),
            intents=self._intents,
            routes=self._routes,
            hours=self._hours,
            reread=self._reread,
            obey=self._obey,
            seal=self._seal,
            public_url=self._public_url,
            ladders=self._ladders,
            replayed=replayed,
        )

    def act(
        self, context: Context, but: Collection[str] = ()
    ) -> tuple[str | None, list[str], bool]:
        """Return (answer, names of what was done, `!` before what broke, whether something broke).

        Args:
            but: Intents that were acted on before, when the message was handled first.
        """
        fixed = _without_words(context)
        if fixed is not None:
            return fixed or None, [context.message.kind.value], False
        try:
            chosen = self._choose(context) or self._taught(context)
        except _Ask as question:
            return self._ask(question.matches, context), ["ask"], False
        except _Silence as nothing:
            return _answers_nothing(nothing.matches, context), ["bare"], False
        if not chosen:
            unread.note(context)
            return _nothing_recognised(context), [], False
        answers: list[Reply | None] = []
        names: list[str] = []
        for match in to_act_on(chosen):
            if match.intent.name in but:
                continue
            answer = self._handle(match, context)
            names.append(match.intent.name if answer else f"{BROKE}{match.intent.name}")
            answers.append(answer)
        failed = None in answers
        sorry = Reply(Text(_apology(context))) if failed else Reply()
        words = outgoing.deliver([answer or sorry for answer in answers], context)
        return words, names, failed

    def _taught(self, context: Context) -> list[Match]:
        """Read what was not recognised as the sentence that somebody taught it to mean."""
        target = unread.find_taught(context)
        if target is None:
            return []
        return read_taught(target, self._intents, context.now, private=context.private)

    def _choose(self, context: Context) -> list[Match]:
        matches = [
            match
            for match in self._matches(context)
            if match.intent.strangers
            or context.actor.member_id is not None
            or match.reading.strength > Strength.BARE
        ]
        clear = [match for match in matches if match.reading.strength > Strength.BARE]
        chosen, tied = choose(clear)
        if tied:
            raise _Ask(tied)
        if not matches or context.actor.member_id is None:
            return chosen
        bare, tied = choose(_most_awaited(_beside(matches, chosen), context))
        if tied and not chosen:
            raise _Ask(tied)
        unheard = [match for match in matches if match.reading.strength is Strength.BARE]
        if unheard and not chosen and not bare:
            raise _Silence(unheard)
        return sorted([*chosen, *bare], key=lambda match: match.reading.span)

    def _matches(self, context: Context) -> Sequence[Match]:
        """Ask every intent; what many say in the same few words within an hour is read once."""
        message = context.message
        said = _Said(
            words_of(message)[:_MAX_TEXT],
            message.quoted_text,
            context.private,
            context.private or message.mentions_bot,
        )
        lexicon = self._lexicons.find(context.session, context.actor, said.text, context.now)
        if len(said.text) > _FEW_WORDS or said.quoted is not None or lexicon.names:
            return self._read(said, context.now, lexicon)
        key = said, context.now.replace(minute=0, second=0, microsecond=0)
        matches = self._lately.get(key)
        if matches is None:
            if len(self._lately) >= _MOST_KEPT:
                self._lately.clear()
            matches = self._lately[key] = self._read(said, context.now)
        return matches

    def _read(self, said: _Said, now: datetime, lexicon: Lexicon = EMPTY) -> tuple[Match, ...]:
        utterance = read(
            said.text,
            quoted=said.quoted,
            private=said.private,
            addressed=said.addressed,
            now=now,
            lexicon=lexicon,
        )
        return tuple(matches_of(utterance, self._intents))

    def _ask(self, matches: Sequence[Match], context: Context) -> str | None:
        if context.actor.member_id is None or not context.answers_privately:
            return None
        intents = {match.intent.name: match.intent for match in matches}
        options = [
            (intent.title, {"inbound_id": context.inbound_id, "intent": name})
            for name, intent in intents.items()
        ]
        return outgoing.deliver([ask(context, REREAD, WHICH, options)], context)

    def _reread(self, context: Context, inbound_id: int, intent_name: str) -> Reply:
        """Act on an earlier message as the intent its writer has chosen now."""
        sealed = context.session.scalar(select(Inbound.sealed_text).where(Inbound.id == inbound_id))
        text = None if sealed is None else self._seal.open(sealed)
        if text is None:
            raise DomainError("那条消息已经不在了，请重新发一次。")
        lexicon = self._lexicons.find(context.session, context.actor, text, context.now)
        utterance = read(
            text, quoted=None, private=True, addressed=True, now=context.now, lexicon=lexicon
        )
        intent = self._by_name[intent_name]
        readings = sorted(readings_of(utterance, intent), key=lambda reading: reading.strength)
        if not readings:
            raise DomainError("那条消息现在读不明白了，请重新发一次。")
        return _act(Match(intent, readings[-1]), context)

    def _obey(self, context: Context, order: str) -> Reply:
        """Act on an order that stood behind a number as if it had been typed in private."""
        utterance = read(order, quoted=None, private=True, addressed=True, now=context.now)
        chosen, _ = choose(
            [
                match
                for match in matches_of(utterance, self._intents)
                if match.reading.strength > Strength.BARE
            ]
        )
        if not chosen:
            raise DomainError(f"请直接回复 {order}")
        answer = _act(chosen[0], context)
        return replace(answer, command=chosen[0].intent.name) if answer.reads else answer

    def _handle(self, match: Match, context: Context) -> Reply | None:
        """Act within a savepoint; None when something unexpected broke, and nothing stays of it."""
        try:
            with savepoint(context.session):
                answer = _act(match, context)
                outgoing.post(answer, context)
        except DomainError as refusal:
            return refused(refusal)
        except Exception:
            log.exception("intent %s failed on inbound %s", match.intent.name, context.inbound_id)
            return None
        if answer.reads and not answer.command:
            return replace(answer, command=match.intent.name)
        return answer


def _act(match: Match, context: Context) -> Reply:
    """Let the intent act on its slots.

    Raises:
        DomainError: One of its numbers was written with a minus sign.
    """
    if match.reading.below_zero is not None:
        said, meant = match.reading.below_zero
        raise DomainError(BELOW_ZERO.format(said=said, meant=meant))
    return match.intent.handle(match.reading.slots, context)


def _beside(matches: Sequence[Match], chosen: Sequence[Match]) -> list[Match]:
    """Return the bare readings of what the chosen ones leave of the text (收到，我请假)."""
    return [
        match
        for match in matches
        if match.reading.strength <= Strength.BARE
        and not any(match.reading.overlaps(other.reading) for other in chosen)
    ]


def _most_awaited(matches: Sequence[Match], context: Context) -> list[Match]:
    """Return the bare readings that are awaited; of overlapping ones the most clearly awaited."""
    awaited = [
        (waiting, match)
        for match in matches
        if match.intent.waits is not None
        and (waiting := match.intent.waits(context)) >= _awaited_by(match)
    ]
    return [
        match
        for waiting, match in awaited
        if not any(
            rival > waiting and match.reading.overlaps(other.reading) for rival, other in awaited
        )
    ]


def _awaited_by(match: Match) -> Waiting:
    """Return how much must wait: words of an option answer a question put, and nothing else."""
    answers = match.reading.strength is Strength.ANSWER
    return Waiting.ASKED if answers else Waiting.OPEN


def _apology(context: Context) -> str:
    if context.replayed:
        return FAILED  # the organiser was told when it first broke
    return FAILED if outgoing.tell_organiser(context) else FAILED_UNTOLD


class _Said(NamedTuple):
    """What readings depend on, besides the hour."""

    text: str
    quoted: str | None
    private: bool
    addressed: bool


class _Silence(Exception):
    """Bare words that answer nothing."""

    def __init__(self, matches: Sequence[Match]) -> None:
        super().__init__()
        self.matches = matches


class _Ask(Exception):
    def __init__(self, matches: Sequence[Match]) -> None:
        super().__init__()
        self.matches = matches


def finish(context: Context, words: str | None, names: Sequence[str], *, failed: bool) -> None:
    """Keep with a message what was decided and answered; an address that is a key is not kept."""
    _FINISH.run(
        context.session,
        {
            "of": context.inbound_id,
            "state": "failed" if failed else "done",
            "decision": ",".join(names)[:120],
            "answer": None if words is None else without_token(words),
            "member_id": context.actor.member_id,
        },
    )


_FINISH = Prepared(
    update(Inbound)
    .where(Inbound.id == bindparam("of"))
    .values(
        state=bindparam("state"),
        decision=bindparam("decision"),
        answer=bindparam("answer"),
        member_id=bindparam("member_id"),
    )
)
_FIRST_ANSWER = Prepared(
    select(Inbound.answer).where(
        Inbound.channel == bindparam("channel"), Inbound.message_id == bindparam("message_id")
    )
)
_CHAT_UNIT = Prepared(
    select(ChatGroup.unit_id).where(
        ChatGroup.space == bindparam("space"),
        ChatGroup.chat_id == bindparam("chat_id"),
        ChatGroup.unbound_at.is_(None),
    )
)


def _first_answer(session: Session, message: Incoming) -> str | None:
    row = _FIRST_ANSWER.row(session, {"channel": message.channel, "message_id": message.message_id})
    return None if row is None else row[0]


def _unit_of_chat(session: Session, message: Incoming) -> UnitId | None:
    if message.chat_id is None:
        return None
    row = _CHAT_UNIT.row(session, {"space": message.space, "chat_id": message.chat_id})
    return None if row is None else UnitId(row[0])


def _sorry(message: Incoming, *, told: bool) -> str | None:
    """Say that a message broke, where somebody waits for an answer: not into a group's chatter."""
    expects = message.event in (None, Event.MENU, Event.CARD)
    if (
        not message.shows_text
        or not expects
        or (message.chat_id is not None and not message.mentions_bot)
    ):
        return None
    return FAILED if told else FAILED_UNTOLD


def _without_words(context: Context) -> str | None:
    """Answer what carries no words: "" for silence, None when there are words to read."""
    message = context.message
    if message.kind is Kind.EVENT:
        if words_of(message):
            return None
        if message.event in (Event.FOLLOW, Event.ENTER, Event.SCAN):
            return _greeting(context)
        return None if message.event in (Event.MENU, Event.CARD) else ""
    if message.text.strip():
        return None
    if message.kind is Kind.TEXT and message.quoted_text:
        return None  # a quote may be all there is to read
    if not context.private:
        return ""
    return PLEASE_TYPE if message.kind is Kind.VOICE else PICTURE


def _greeting(context: Context) -> str:
    if context.actor.member_id is None:
        return FIRST_CONTACT
    return WELCOME.format(name=context.actor.name)


def _answers_nothing(matches: Sequence[Match], context: Context) -> str | None:
    """Say in private that a 1 or a 到 was not recorded; after 好的 silence is polite."""
    is_courtesy = all(match.intent.name in _COURTESIES for match in matches)
    return NOTHING_WAITS if context.private and not is_courtesy else None


def _nothing_recognised(context: Context) -> str | None:
    if not context.private:
        return None
    return FIRST_CONTACT if context.actor.member_id is None else NOT_UNDERSTOOD
