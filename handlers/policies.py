"""What a branch or street has settled for itself (规定): looked at, and settled with who and why.

Example:
    李书记: 定规定 记录锁定 7天 3月12日支委会 原因 补记要时间
    » ✓ 第三党支部的规定：记录锁定，确认后7天锁定，3月12日起（3月12日支委会，补记要时间）。打错了回复 撤销
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from bot.domain.errors import NotFound
from bot.domain.ids import UnitId
from bot.domain.policies import Policy, order_for, split_value
from bot.domain.policy_table import POLICIES, find_policy
from bot.domain.privacy import event, say
from bot.domain.rights import Action, holds
from bot.domain.wording import day_words
from bot.inbound.context import Context
from bot.inbound.intents import Intent, Reading, Strength
from bot.inbound.replies import Reply
from bot.inbound.roll_words import nearest_day
from bot.inbound.unit_words import split_unit
from bot.inbound.utterance import Utterance
from bot.services import people, policy_book, scopes
from bot.services.policy_book import Entry, InForce

LIST = "{unit}的规定：\n{lines}"
LINE = "{name}：{words}{source}"
SETTLED = "（{unit}定，{since}起）"
COMING = "；{since}起{words}"
HOW = "看一项以前怎么定的：规定 {name}。要定请发：{order}"
HISTORY = "{unit}，{name}的规定：\n{lines}"
ENTRY = "{since}起：{words}（{unit}，{decided}{reason}）"
REASON = "，原因：{reason}"
TAKEN_BACK = "不另定"
NEVER = "{unit}没有另外定过{name}，现在是：{words}。"
DONE = "✓ {unit}的规定：{name}，{words}，{since}起（{decided}，{reason}）。打错了回复 撤销"
UNKNOWN = "没有“{words}”这一项规定。可以定的有：{names}。"


@dataclass(frozen=True, slots=True)
class PolicyListSlots:
    """A question for what holds.

    Attributes:
        name: Of which thing, as written; None for all of them.
    """

    name: str | None = None
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class PolicySetSlots:
    """Something was settled.

    Attributes:
        name: Of which thing, as written.
        rest: The value, who decided and why, as written, without the day it holds from.
    """

    name: str
    rest: str
    since: date | None = None
    unit: str | None = None


LIST_EXAMPLES = ("规定", "规定 三支部", "规定 记录锁定", "看看规定", "规定 活动日 三支部")
LIST_SILENT = ("规定是什么", "按规定办", "有什么规定", "规定 下周学", "预交规定是什么")
SET_EXAMPLES = (
    "定规定 记录锁定 7天 3月12日支委会 原因 补记要时间",
    "定规定 签到时间 提前60分钟 补签24小时 支委会 原因 路远",
    "定规定 活动日 第二个周五 就近 4月1日起 支部党员大会 原因 大家方便",
    "定规定 组织生活会 算党员大会 三支部 支委会 原因 一并召开",
)
SET_SILENT = ("定规定了吗", "谁定的规定", "定规定要开会", "这是定规定的事")

_NAMES = "|".join(
    sorted((name for one in POLICIES for name in (one.name, *one.aliases)), key=len, reverse=True)
)
_LIST = re.compile(rf"(?:请|帮我)?(?:看看|看一下|查看|看|查)?规定(?:[\s:]+(?P<name>{_NAMES}))?")
_SET = re.compile(
    rf"(?:定|改|设)规定[\s:，]+(?P<name>{_NAMES}|\S{{2,8}})[\s:，]*(?P<rest>\S.*)", re.DOTALL
)
_FROM_WORD = re.compile(r"(?:从|自)\s?$")
_SINCE = re.compile(r"\s?(?:起|开始)")
_REASON = re.compile(r"[\s，。；]*原因[\s:是]*")


def recognise_list(utterance: Utterance) -> list[Reading]:
    """Recognise 规定, with the name of one and a branch, and nothing else (`EXACT`)."""
    if "规定" not in utterance.text:
        return []
    words, unit = split_unit(utterance.text)
    found = _LIST.fullmatch(words.strip())
    if found is None:
        return []
    return [Reading(PolicyListSlots(found["name"], unit), Strength.EXACT, _whole(utterance))]


def recognise_set(utterance: Utterance) -> list[Reading]:
    """Recognise 定规定 with a name, a value, who decided and why (`EXACT`)."""
    found = _SET.fullmatch(utterance.text) if "规定" in utterance.text else None
    if found is None or re.search(r"[?？]|[吗呢]$", utterance.text):
        return []
    since, rest = _since(utterance, found.start("rest"))
    rest, unit = split_unit(f" {rest}")
    slots = PolicySetSlots(found["name"], rest.strip(), since, unit)
    return [Reading(slots, Strength.EXACT, _whole(utterance))]


def _since(utterance: Utterance, start: int) -> tuple[date | None, str]:
    """Return the day named with 起, and the order behind `start` without it."""
    text = utterance.text
    for span in utterance.dates:
        after = _SINCE.match(text, span.end)
        if span.start >= start and after is not None:
            before = _FROM_WORD.sub("", text[start : span.start])
            day = nearest_day(utterance, span.start, span.end)
            return day, f"{before}{text[after.end() :]}"
    return None, text[start:]


def handle_list(slots: PolicyListSlots, context: Context) -> Reply:
    """Tell what holds in the writer's branch, or how one thing was settled over time."""
    context.member_id  # noqa: B018 - strangers are told how to bind first
    unit_id = _unit_meant(slots.unit, context)
    unit = event(scopes.name_of(context.session, unit_id))
    in_force = policy_book.list_in_force(context.session, unit_id, context.today)
    if slots.name is not None:
        policy = _policy(slots.name)
        entries = policy_book.list_history(context.session, unit_id, policy)
        if entries:
            lines = "\n".join(_entry(policy, entry) for entry in entries)
            return Reply(say(HISTORY, unit=unit, name=policy.name, lines=event(lines)))
        words = policy.words({}, context.today)
        return Reply(say(NEVER, unit=unit, name=policy.name, words=words))
    listed = [_line(held, context.today) for held in in_force]
    if holds(context.actor, Action.MANAGE_ROLL):
        one = next(policy for policy in POLICIES if policy.key == "minutes")
        listed.append(HOW.format(name=one.name, order=order_for(one)))
    return Reply(say(LIST, unit=unit, lines=event("\n".join(listed))))


def handle_set(slots: PolicySetSlots, context: Context) -> Reply:
    """Write down what was settled."""
    context.member_id  # noqa: B018 - strangers are told how to bind first
    policy = _policy(slots.name)
    written, rest = split_value(policy, slots.rest)
    decided, _, reason = _REASON.sub("\0", rest, count=1).partition("\0")
    unit, held = policy_book.decide(
        context.session,
        policy=policy,
        written=written,
        since=slots.since,
        decided_by=decided,
        reason=reason,
        unit=slots.unit,
        by=context.actor,
        now=context.now,
    )
    entry = held.entry
    assert entry is not None
    return Reply(
        say(
            DONE,
            unit=event(unit),
            name=policy.name,
            words=policy.words(entry.value, entry.since),
            since=_day(entry.since),
            decided=event(entry.decided_by),
            reason=event(entry.reason),
        )
    )


def _policy(words: str) -> Policy:
    policy = find_policy(words)
    if policy is None:
        names = "、".join(one.name for one in POLICIES)
        raise NotFound(UNKNOWN.format(words=words, names=names))
    return policy


def _unit_meant(named: str | None, context: Context) -> UnitId:
    """Return whose settings are asked about: of a member his branch's, of an officer his own."""
    if named is not None:
        return scopes.unit_meant(context.session, context.actor, Action.VIEW_LISTS, named)
    own = context.actor.branch_id
    return own if own is not None else people.scope_of(context.actor, Action.VIEW_LISTS)


def _line(held: InForce, today: date) -> str:
    policy, entry = held.policy, held.entry
    source = SETTLED.format(unit=entry.unit, since=_day(entry.since)) if entry else ""
    coming = [
        COMING.format(since=_day(one.since), words=policy.words(one.value, one.since))
        for one in held.coming
    ]
    words = policy.words(held.value, today)
    return LINE.format(name=policy.name, words=words, source=source + "".join(coming))


def _entry(policy: Policy, entry: Entry) -> str:
    return ENTRY.format(
        since=_day(entry.since),
        words=policy.words(entry.value, entry.since) if entry.value else TAKEN_BACK,
        unit=entry.unit,
        decided=entry.decided_by,
        reason=REASON.format(reason=entry.reason) if entry.reason else "",
    )


def _day(day: date) -> str:
    return f"{day.year}年{day_words(day)}"


def _whole(utterance: Utterance) -> tuple[int, int]:
    return 0, len(utterance.text)


LIST_INTENT = Intent(
    name="policy_list",
    title="看规定",
    recognise=recognise_list,
    handle=handle_list,
    examples=LIST_EXAMPLES,
    silent=LIST_SILENT,
)
SET_INTENT = Intent(
    name="policy_set",
    title="定规定",
    recognise=recognise_set,
    handle=handle_set,
    examples=SET_EXAMPLES,
    silent=SET_SILENT,
    for_secretaries=True,
)
