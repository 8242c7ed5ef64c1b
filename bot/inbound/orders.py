"""What an order is about: a gathering, set up or recorded, to come or over.

The evidence is collected once; `event_create` and `meeting_record` decide by this table:

    ordered     to come     over        not said
    set up      create      -           create
    record      -           record      record
    nothing     create *    record *    -

    * only where the message says the rest as well (kind, day and time; kind and who was there)
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from enum import Enum, auto

from bot.clock import day_of
from bot.domain.cadence import KIND_ALIASES, KIND_NAMES, MeetingKind
from bot.inbound.order_words import CREATED, RECORD, RECORD_PLAINLY, SET_UP
from bot.inbound.scope import politely
from bot.inbound.topics import Topic
from bot.inbound.utterance import Clause, Mood, Utterance, shared


class Verb(Enum):
    """What is ordered."""

    SET_UP = auto()
    RECORD = auto()


class Phase(Enum):
    """Whether the gathering is to come or over."""

    COMING = auto()
    OVER = auto()
    UNSAID = auto()


@dataclass(frozen=True, slots=True)
class Order:
    """The evidence of an order.

    Attributes:
        verb: What is ordered; None where the gathering is only spoken of.
        phase: As days and words say.
        kind: The kind of meeting, as named.
        plainly: The verb says that a meeting is meant (补录, 建会).
    """

    verb: Verb | None
    phase: Phase
    kind: str | None
    plainly: bool = False

    @property
    def creates(self) -> bool:
        """Whether a gathering to come is to be set up, as far as verb and time say."""
        if self.verb is Verb.SET_UP:
            return self.phase is not Phase.OVER
        return self.verb is None and self.phase is Phase.COMING

    @property
    def records(self) -> bool:
        """Whether a gathering that is over is to be recorded, as far as verb and time say."""
        if self.verb is Verb.RECORD:
            return self.phase is not Phase.COMING
        return self.verb is None and self.phase is Phase.OVER


KINDS = sorted(
    {
        word
        for kind in MeetingKind
        if kind is not MeetingKind.OTHER
        for word in (KIND_NAMES[kind], *KIND_ALIASES[kind])
        if word not in ("学习", "谈话", "选举", "换届", "培训")
    },
    key=lambda word: (-len(word), word),
)
KIND = re.compile(
    r"(?:第[一二三四五六七八九十\d]{1,2}(?=党?小组)|(?<![周期拜月号日点年])[一二三四五六七八九十\d]{1,2}(?=党小组))?"
    rf"(?:{'|'.join(KINDS)})(?:扩大)?(?:会议|会)?"
)
_OVER = re.compile(
    r"开完|开过|(?<![召])开了|召开了|结束|散会|散了|开毕|刚(?:刚|才)?(?:开|散|结|搞|办)|办完|搞完|[办搞上学听看]了|[办搞]过"
    r"|实到|到会|到场|参会|出席|与会|到齐|都到|缺席|全勤|[来去到]了\s?[\d一二两三四五六七八九十]|共[来到]|到课"
    r"|昨[天晚日儿]|前[天晚]|大前天|上[个]?(?:周|星期|礼拜|月)|刚才|刚刚|今早|那[次回场]"
)
_COMING = re.compile(
    r"定[于在到]|拟|(?<!刚)(?<!才)准备|打算|明[天早晚日儿]|后天|大后天|下[个下]?(?:周|星期|礼拜|月)|即将|将[于在]"
)
_NOT_NOW = re.compile(
    r"等[^，]{0,12}再|再说|想想|考虑|商量|看看再|没定|要不要|可能|也许|说不定|万一|如果|要是|假如|[以之]后再|回头"
)
_OF_A_RECORD = re.compile(r"(?:登记)?表决(?:结果)?\s?[:： ]|更正\s")
"""The totals of a vote, and corrections, name a meeting and set none up."""
_MEMBERS_OWN = frozenset(
    (Topic.LEAVE, Topic.CHECKIN, Topic.DUES, Topic.STUDIED, Topic.RECEIPT, Topic.UNDO)
)


@shared
def read_order(utterance: Utterance) -> Order | None:
    """Collect what a message says of an order; None where it asks, or is not meant now."""
    text = utterance.text
    if not utterance.clauses or _NOT_NOW.search(text) or _OF_A_RECORD.match(text):
        return None
    if any(_asks(clause) for clause in utterance.clauses):
        return None
    record = RECORD.search(text)
    made = SET_UP.search(text) or (CREATED.search(text) if not record else None)
    kind = KIND.search(text)
    phase = _phase(utterance)
    verb = Verb.SET_UP if made else Verb.RECORD if record else None
    if made and record and phase is Phase.OVER:
        verb = Verb.RECORD
    return Order(verb, phase, kind[0] if kind else None, plainly=bool(RECORD_PLAINLY.search(text)))


def _asks(clause: Clause) -> bool:
    """Tell whether a clause asks; 系统里没有 says what is missing."""
    return (
        clause.mood is Mood.QUESTION
        and not politely(clause.text)
        and not clause.text.endswith(("里没有", "上没有", "没登"))
    )


def is_members_own(utterance: Utterance) -> bool:
    """Tell whether it speaks of what members report themselves (请假, 签到, 党费)."""
    return bool(utterance.topics & _MEMBERS_OWN)


def _phase(utterance: Utterance) -> Phase:
    """Tell by the day, where it can be read one way only, else by the words."""
    day, today = _sure_day(utterance), day_of(utterance.now)
    if day is not None and day != today:
        return Phase.COMING if day > today else Phase.OVER
    if _OVER.search(utterance.text):
        return Phase.OVER
    return (
        Phase.COMING if _COMING.search(utterance.text) or _later_today(utterance) else Phase.UNSAID
    )


def _sure_day(utterance: Utterance) -> date | None:
    """Return the day where it is the same read of what is to come and of what is over."""
    for coming, over in zip(utterance.dates, utterance.past_dates, strict=True):
        if coming.value == over.value:
            return coming.value if isinstance(coming.value, date) else coming.value[0]  # type: ignore[index]
    return None


def _later_today(utterance: Utterance) -> bool:
    whole = utterance.stretch(utterance.clauses)
    at = utterance.time_in(whole)
    day = utterance.day_in(whole)
    return bool(at and day == day_of(utterance.now) and at > utterance.now.time())
