"""One delivery, one transaction: insert first, understand, act, answer."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from bot.clock import Clock, day_of
from bot.domain.burden import Hours
from bot.domain.errors import DomainError
from bot.domain.ids import InboundId, UnitId
from bot.domain.incoming import Answer, Event, Incoming, Kind
from bot.domain.privacy import Text
from bot.domain.rights import Actor
from bot.inbound import outgoing
from bot.inbound.context import FIRST_CONTACT, REREAD, Context
from bot.inbound.intents import Intent, Match, Strength, Waiting, choose
from bot.inbound.masking import mask_numbers
from bot.inbound.questions import ask
from bot.inbound.read import read
from bot.inbound.replies import Reply, refused
from bot.services import people
from bot.services.outbox import Routes
from bot.storage.engine import Database
from bot.storage.insert import insert_once
from bot.storage.models import ChatGroup, Inbound
from bot.storage.prepared import Prepared, savepoint
from bot.storage.sealing import TextSeal

log = logging.getLogger(__name__)

NOT_UNDERSTOOD = "没看懂。常用：签到 / 请假 原因 / 党费 3月 30 / 报名 编号。回复 帮助 看更多。"
PLEASE_TYPE = "语音我还听不了，请打字告诉我，例如 签到。"
PICTURE = "图片收到了，不过我只看得懂文字，图片不会保存。请打字告诉我，例如 签到。"
FAILED = "已收到，但我这边出了点问题，还没有记上。已告诉组织委员，您不用重发。"
WELCOME = "您好，{name}！我是支部小助手。会前回复 签到，来不了回复 请假 原因，不清楚就回复 帮助。"
WHICH = "想确认一下，您是要：{choices}。回复数字就行。"

_MAX_TEXT = 4000
_FEW_WORDS = 12  # characters
_MOST_KEPT = 500


class MessagePipeline:
    """Turns deliveries into records and answers; the port `Pipeline`.

    Args:
        intents: Everything people can say; their order means nothing.
        hours: When what is said to others may arrive; answers to the writer leave at once.
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
    ) -> None:
        self._database = database
        self._intents = tuple(intents)
        self._by_name = {intent.name: intent for intent in intents}
        self._seal = seal
        self._clock = clock
        self._routes = routes
        self._hours = hours
        self._lately: dict[tuple[_Said, datetime], tuple[Match, ...]] = {}

    def receive(self, message: Incoming) -> Answer:
        """Record and answer one delivery; a repeated one gets its first answer.

        Raises:
            Exception: Only when nothing could be stored, so that the platform tries again.
        """
        arrived_at = self._clock.now()
        with self._database.writing() as session:
            inbound_id = self._insert(session, message, arrived_at)
            if inbound_id is None:
                return Answer(_first_answer(session, message))
            actor = people.find_actor(session, message.space, message.sender_id, day_of(arrived_at))
            context = self._context(session, message, actor, inbound_id, arrived_at)
            words, names, failed = self._act(context)
            _FINISH.run(
                session,
                {
                    "of": inbound_id,
                    "state": "failed" if failed else "done",
                    "decision": ",".join(names)[:120],
                    "answer": words,
                    "member_id": context.actor.member_id,
                },
            )
        return Answer(words)

    def _insert(
        self, session: Session, message: Incoming, arrived_at: datetime
    ) -> InboundId | None:
        text = mask_numbers(message.text[:_MAX_TEXT])
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
                "sent_at": message.sent_at,
                "received_at": arrived_at,
                "state": "received",
                "decision": "",
            },
        )
        return None if row is None else InboundId(row)

    def _context(
        self,
        session: Session,
        message: Incoming,
        actor: Actor | None,
        inbound_id: InboundId,
        arrived_at: datetime,
    ) -> Context:
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
        )

    def _act(self, context: Context) -> tuple[str | None, list[str], bool]:
        """Return (answer, names of what was done, whether something broke)."""
        fixed = _without_words(context)
        if fixed is not None:
            return fixed or None, [context.message.kind.value], False
        try:
            chosen = self._choose(context)
        except _Ask as question:
            return self._ask(question.matches, context), ["ask"], False
        except _Silence:
            return None, ["bare"], False
        if not chosen:
            return _nothing_recognised(context), [], False
        replies: list[Reply] = []
        failed = False
        for match in chosen:
            answer = self._handle(match, context)
            failed = failed or answer is None
            replies.append(answer or Reply(Text(FAILED)))
        if failed:
            outgoing.tell_organiser(context)
        names = [match.intent.name for match in chosen]
        return outgoing.deliver(replies, context), names, failed

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
        if chosen or not matches or context.actor.member_id is None:
            return chosen
        waiting = _most_awaited(matches, context)
        if not waiting:
            raise _Silence
        if len({match.intent.name for match in waiting}) > 1:
            raise _Ask(waiting)
        return waiting[:1]

    def _matches(self, context: Context) -> Sequence[Match]:
        """Ask every intent; what many say in the same few words within an hour is read once."""
        message = context.message
        menu = message.event in (Event.MENU, Event.CARD)
        said = _Said(
            message.event_key if menu else message.text[:_MAX_TEXT],
            message.quoted_text,
            context.private,
            context.private or message.mentions_bot,
        )
        if len(said.text) > _FEW_WORDS or said.quoted is not None:
            return self._read(said, context.now)
        key = said, context.now.replace(minute=0, second=0, microsecond=0)
        matches = self._lately.get(key)
        if matches is None:
            if len(self._lately) >= _MOST_KEPT:
                self._lately.clear()
            matches = self._lately[key] = self._read(said, context.now)
        return matches

    def _read(self, said: _Said, now: datetime) -> tuple[Match, ...]:
        utterance = read(
            said.text,
            quoted=said.quoted,
            private=said.private,
            addressed=said.addressed,
            now=now,
        )
        return tuple(
            Match(intent, reading)
            for intent in self._intents
            for reading in intent.recognise(utterance)
        )

    def _ask(self, matches: Sequence[Match], context: Context) -> str | None:
        if context.actor.member_id is None or not context.private:
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
        utterance = read(text, quoted=None, private=True, addressed=True, now=context.now)
        intent = self._by_name[intent_name]
        readings = sorted(intent.recognise(utterance), key=lambda reading: reading.strength)
        if not readings:
            raise DomainError("那条消息现在读不明白了，请重新发一次。")
        return intent.handle(readings[-1].slots, context)

    def _handle(self, match: Match, context: Context) -> Reply | None:
        """Act within a savepoint; None when something unexpected broke, and nothing stays of it."""
        try:
            with savepoint(context.session):
                answer = match.intent.handle(match.reading.slots, context)
                outgoing.post(answer, context)
        except DomainError as refusal:
            return refused(refusal)
        except Exception:
            log.exception("intent %s failed on inbound %s", match.intent.name, context.inbound_id)
            return None
        return answer


def _most_awaited(matches: Sequence[Match], context: Context) -> list[Match]:
    """Return the bare readings that answer what is most clearly open in this chat."""
    awaited = [
        (match.intent.waits(context), match) for match in matches if match.intent.waits is not None
    ]
    highest = max((waiting for waiting, _ in awaited), default=Waiting.NOTHING)
    if highest is Waiting.NOTHING:
        return []
    return [match for waiting, match in awaited if waiting is highest]


class _Said(NamedTuple):
    """What readings depend on, besides the hour."""

    text: str
    quoted: str | None
    private: bool
    addressed: bool


class _Silence(Exception):
    """A bare word that answers nothing: silence is polite, also in private."""


class _Ask(Exception):
    def __init__(self, matches: Sequence[Match]) -> None:
        super().__init__()
        self.matches = matches


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


def _without_words(context: Context) -> str | None:
    """Answer what carries no words: "" for silence, None when there are words to read."""
    message = context.message
    if message.kind is Kind.EVENT:
        if message.event in (Event.FOLLOW, Event.ENTER, Event.SCAN):
            return _greeting(context)
        return None if message.event in (Event.MENU, Event.CARD) else ""
    if message.text.strip():
        return None
    if not context.private:
        return ""
    return PLEASE_TYPE if message.kind is Kind.VOICE else PICTURE


def _greeting(context: Context) -> str:
    if context.actor.member_id is None:
        return FIRST_CONTACT
    return WELCOME.format(name=context.actor.name)


def _nothing_recognised(context: Context) -> str | None:
    if not context.private:
        return None
    return FIRST_CONTACT if context.actor.member_id is None else NOT_UNDERSTOOD
