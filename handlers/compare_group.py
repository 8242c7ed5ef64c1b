"""A chat group's member list beside the roll (对照群成员); told to the organiser alone.

Example:
    王敏: 对照群成员
    | 张三
    | 老李头
    » 群里2行，认出1人。
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.domain.errors import DomainError
from bot.domain.group_members import Compared, compare, read_lines
from bot.domain.privacy import count, join, missing, say
from bot.domain.reads import Seen
from bot.domain.rights import Action
from bot.domain.wording import names_words
from bot.inbound.context import Context
from bot.inbound.intents import Intent, Reading, Strength
from bot.inbound.replies import Reply
from bot.inbound.utterance import Utterance
from bot.services import naming, scopes
from bot.services.naming import Reach
from bot.services.reads import Read

HEAD = "群里{lines}个名字，认出{there}人。{all}"
ALL_THERE = "名册里的人都在群里。"
NOT_IN_GROUP = "不在群里{n}：{names}"
NOT_ON_ROLL = "不在名册{n}：{names}"
UNCLEAR = "名字不清{n}：{names}"
MAY_BE = "{line}（像{names}）"
HOW = "想让我以后认得，请逐个发：别名 {line} 姓名。名单只看这一次，不保存。"
NOT_KEPT = "名单只看这一次，不保存。"
WRITE_SO = "请把群成员一行一个贴在后面，例如：\n对照群成员\n张三\n李四"
WHOSE = "对照群成员 {unit}"
_MAYBE_SHOWN = 3


@dataclass(frozen=True, slots=True)
class CompareSlots:
    """A member list to compare.

    Attributes:
        lines: As written, without numbers.
        unit: The branch named behind the command.
    """

    lines: tuple[str, ...]
    unit: str | None = None


EXAMPLES = ("对照群成员\n张三\n李四\n王五", "对照群成员 三支部\n张三\n李四", "对照群成员")
SILENT = ("怎么对照群成员", "对照群成员了吗", "群成员名单在哪")

_ORDER = re.compile(
    r"\s*(?:对照|核对|比对)群成员[ \t:：]*(?:(?P<unit>[^\s、，,:：]{1,20}(?:支部|总支|党小组))(?=[\s:：]|$))?"
    r"[ \t:：]*(?:[\n\r：:](?P<list>.*)|(?P<same>(?<=[\s:：])\S.*))?",
    re.DOTALL,
)
_ASKED = re.compile(r"^\S{0,12}[吗呢？?]\s*$")


def recognise(utterance: Utterance) -> list[Reading]:
    """Recognise 对照群成员 with the list behind it; all of it is its own (`EXACT`)."""
    match = _ORDER.fullmatch(utterance.raw)
    if match is None or _ASKED.search(utterance.raw):
        return []
    slots = CompareSlots(read_lines(match["list"] or match["same"] or ""), match["unit"])
    return [Reading(slots, Strength.EXACT, (0, max(len(utterance.text), 1)))]


def handle(slots: CompareSlots, context: Context) -> Reply:
    """Tell who is missing from the group, who is not on the roll, and what is unclear."""
    context.member_id  # noqa: B018 - strangers are told how to bind first
    unit_id = scopes.branch_meant(
        context.session, context.actor, Action.RECORD_ATTENDANCE, slots.unit, WHOSE
    )
    if not slots.lines:
        raise DomainError(WRITE_SO)
    reach = naming.load_reach(
        context.session,
        by=context.actor,
        on=context.today,
        action=Action.RECORD_ATTENDANCE,
        own_branch=False,
        within=unit_id,
    )
    found = compare(slots.lines, reach.roll, list(reach.people))
    head = say(
        HEAD,
        lines=count(found.lines),
        there=count(len(found.there)),
        all="" if found.missing or found.unclear else ALL_THERE,
    )
    text = join(head, *(say("{l}", l=missing(line)) for line in _lines(found, reach)))
    return Reply(text, reads=(Read(Seen.ROLL, unit_id),))


def _lines(found: Compared, reach: Reach) -> list[str]:
    called = naming.labels(reach)
    lines = []
    if found.missing:
        names = names_words([called[member] for member in found.missing], limit=None)
        lines.append(NOT_IN_GROUP.format(n=len(found.missing), names=names))
    if found.strangers:
        names = names_words(found.strangers, limit=None)
        lines.append(NOT_ON_ROLL.format(n=len(found.strangers), names=names))
    if found.unclear:
        unclear = [
            MAY_BE.format(
                line=each.line,
                names="、".join(called[member] for member in each.may_be[:_MAYBE_SHOWN]),
            )
            for each in found.unclear
        ]
        lines.append(UNCLEAR.format(n=len(unclear), names="、".join(unclear)))
    first = next((line for line in (*found.strangers, *(u.line for u in found.unclear))), None)
    lines.append(HOW.format(line=first) if first else NOT_KEPT)
    return lines


INTENT = Intent(
    name="compare_group",
    title="对照群成员和名册",
    recognise=recognise,
    handle=handle,
    examples=EXAMPLES,
    silent=SILENT,
    for_secretaries=True,
)
