"""Who has read what, for the officer of the street (查阅记录).

Example:
    周敏: 查阅记录 张三
    » 最近三个月的查阅记录1条：
    | 3月12日 10:05 王敏（组织委员）：张三，党费
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from bot.domain.ids import MemberId
from bot.domain.privacy import Fact, FactKind, count, say
from bot.domain.reads import Seen
from bot.domain.rights import Action, holds, refusal
from bot.domain.wording import moment_words
from bot.inbound.context import Context
from bot.inbound.intents import Intent, Reading, Strength
from bot.inbound.replies import Reply, reply
from bot.inbound.utterance import Mood, Utterance
from bot.inbound.whom import whom
from bot.services import people, reads
from bot.services.reads import Look, Read

FOUND = "最近三个月的查阅记录{n}条：\n{lines}"
LINE = "{at} {who}（{role}）：{about}，{what}"
ALL_OF_THEM = "所有人"
NONE = "最近三个月没有查阅记录。"
_QUARTER = timedelta(days=92)
_ORDER = re.compile(r"(?:看|查)?(?:一下)?查阅记录[ :：]?(?P<name>[一-鿿·]{2,15})?")
_NAME = "reads"


@dataclass(frozen=True, slots=True)
class ReadsSlots:
    """The log of reads is asked for.

    Attributes:
        name: Of whom; "" for all the officer answers for.
    """

    name: str = ""


EXAMPLES = ("查阅记录", "查阅记录 张三")
SILENT = ("查阅记录是什么", "会议记录", "我的记录")


def recognise(utterance: Utterance) -> list[Reading]:
    """Recognise 查阅记录, with a name or without (`EXACT`)."""
    found = _ORDER.fullmatch(utterance.text)
    if found is None or any(clause.mood is Mood.QUESTION for clause in utterance.clauses):
        return []
    slots = ReadsSlots(found["name"] or "")
    return [Reading(slots, Strength.EXACT, (0, len(utterance.text)))]


def handle(slots: ReadsSlots, context: Context) -> Reply:
    """List what was read lately, of all or of one."""
    return resume({"name": slots.name}, context)


def resume(kept: Mapping[str, Any], context: Context) -> Reply:
    """List it once it is clear who is meant."""
    if not holds(context.actor, Action.VIEW_READS):
        raise refusal(Action.VIEW_READS)
    member: MemberId | None = None
    if kept["name"]:
        names = [kept["name"]]
        found = whom(context, _NAME, names, kept, action=Action.VIEW_READS, own_branch=False)
        if isinstance(found, Reply):
            return found
        member = found[0].id
    looks = reads.list_by_officer(
        context.session,
        by=context.actor,
        first=context.today - _QUARTER,
        last=context.today,
        member_id=member,
    )
    if not looks:
        return reply(NONE)
    lines = Fact(FactKind.SEEN, "\n".join(_line(look) for look in looks))
    unit = people.scope_of(context.actor, Action.VIEW_READS)
    seen = Read(Seen.READS, unit) if member is None else Read(Seen.READS, members=(member,))
    return Reply(say(FOUND, n=count(len(looks)), lines=lines), reads=(seen,))


def _line(look: Look) -> str:
    return LINE.format(
        at=moment_words(look.at),
        who=look.name or look.role,
        role=look.role,
        about=look.about or ALL_OF_THEM,
        what=look.what.value,
    )


INTENT = Intent(
    name=_NAME,
    title="看查阅记录",
    recognise=recognise,
    handle=handle,
    resume=resume,
    examples=EXAMPLES,
    silent=SILENT,
    for_secretaries=True,
)
