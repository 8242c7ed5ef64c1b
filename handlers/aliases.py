"""What people are called besides their names (别名).

Example:
    王敏: 别名 老李 李建国
    » ✓ 记住了：本支部说“老李”，就是李建国。改口回复 取消别名 老李
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.domain.aliases import Consent, check_alias
from bot.domain.privacy import Fact, FactKind, say
from bot.domain.rights import Action
from bot.inbound.context import Context
from bot.inbound.intents import Intent, Reading, Strength
from bot.inbound.learning import learn
from bot.inbound.replies import Reply, ToMember, reply
from bot.inbound.utterance import Mood, Utterance
from bot.inbound.whom import whom
from bot.services import aliases

FORGOTTEN = "✓ 已取消别名“{alias}”，以后请写姓名。"
TOLD_TEACHER = "{name}不同意用“{alias}”称呼，这个别名已经取消，以后请写姓名。"
NONE = "还没有别名。要记一个，这样写：别名 老李 李建国"
LIST = "记着的别名：\n{lines}\n取消回复 取消别名 老李 这样写"
LINE = "“{alias}”是{name}（{who}）"
WHOSE_BRANCH, WHOSE_OWN = "本支部都这样说", "您说的"
WHOSE_ANOTHER = "有人这样称呼您"


@dataclass(frozen=True, slots=True)
class TeachSlots:
    """A word is to mean somebody; without both, the aliases known are asked for.

    Attributes:
        alias: The word. name: Whom it is to mean, as written.
    """

    alias: str | None = None
    name: str | None = None


@dataclass(frozen=True, slots=True)
class ForgetSlots:
    """A word is to mean nobody any more."""

    alias: str


TEACH_EXAMPLES = ("别名 老李 李建国", "别名 老伴 王秀英", "别名")
TEACH_SILENT = ("别名是什么", "取消别名 老李", "老李是李建国的别名吗")
FORGET_EXAMPLES = ("取消别名 老李", "取消别名 老伴")
FORGET_SILENT = ("别名 老李 李建国", "怎么取消别名", "取消报名")

_WORD = r"[^\s，。！？:：=]"
_TEACH = re.compile(
    rf"别名\s?[:：]?\s?(?P<alias>{_WORD}{{1,12}})[\s=:，]\s?是?(?P<name>{_WORD}{{2,15}})"
)
_FORGET = re.compile(rf"(?:取消|删除|不要|去掉|解除)别名\s?[:：]?\s?(?P<alias>{_WORD}{{1,12}})")
_ALONE = frozenset(("别名", "我的别名", "看别名", "别名列表"))


def recognise_teach(utterance: Utterance) -> list[Reading]:
    """Recognise 别名 老李 李建国 (`EXACT`), and 别名 alone."""
    text = utterance.text
    if text in _ALONE:
        return [Reading(TeachSlots(), Strength.EXACT, (0, len(text)))]
    match = _TEACH.fullmatch(text)
    if match is None or _is_asked(utterance):
        return []
    return [Reading(TeachSlots(match["alias"], match["name"]), Strength.EXACT, match.span())]


def recognise_forget(utterance: Utterance) -> list[Reading]:
    """Recognise 取消别名 老李 (`EXACT`)."""
    match = _FORGET.fullmatch(utterance.text)
    if match is None or _is_asked(utterance):
        return []
    return [Reading(ForgetSlots(match["alias"]), Strength.EXACT, match.span())]


def _is_asked(utterance: Utterance) -> bool:
    return any(clause.mood is Mood.QUESTION for clause in utterance.clauses)


def handle_teach(slots: TeachSlots, context: Context) -> Reply:
    """Let a word mean somebody, for those who may say so; or tell which words do."""
    if slots.alias is None or slots.name is None:
        return _list(context)
    check_alias(slots.alias)
    return resume_teach({"alias": slots.alias, "names": [slots.name]}, context)


def resume_teach(kept: Mapping[str, Any], context: Context) -> Reply:
    """Keep the word once it is clear whom it is to mean."""
    context.branch_id  # noqa: B018 - refuses strangers with the way to bind
    people = whom(context, TEACH.name, kept["names"], kept, action=Action.MANAGE_ROLL)
    if isinstance(people, Reply):
        return people
    return learn(context, kept["alias"], people[0].id, Consent.COMMAND)


def handle_forget(slots: ForgetSlots, context: Context) -> Reply:
    """Take a word back; who taught it hears when the person named objects."""
    context.member_id  # noqa: B018 - refuses strangers with the way to bind
    gone = aliases.revoke(context.session, text=slots.alias, by=context.actor, now=context.now)
    return Reply(
        say(FORGOTTEN, alias=Fact(FactKind.ROLL, slots.alias)),
        send=tuple(
            ToMember(
                each.taught_by,
                say(TOLD_TEACHER, name=each.name, alias=slots.alias),
                f"alias-off:{context.inbound_id}:{each.taught_by}",
            )
            for each in gone
            if each.member_id == context.actor.member_id
            and each.taught_by not in (None, context.actor.member_id)
        ),
    )


def _list(context: Context) -> Reply:
    context.member_id  # noqa: B018 - refuses strangers with the way to bind
    known = aliases.list_known(context.session, context.actor)
    if not known:
        return reply(NONE)
    lines = [LINE.format(alias=each.text, name=each.name, who=_who(each)) for each in known]
    return Reply(say(LIST, lines=Fact(FactKind.ROLL, "\n".join(lines))))


def _who(alias: aliases.KnownAlias) -> str:
    if alias.for_branch:
        return WHOSE_BRANCH
    return WHOSE_OWN if alias.taught_by_me else WHOSE_ANOTHER


TEACH = Intent(
    name="alias",
    title="记别名",
    recognise=recognise_teach,
    handle=handle_teach,
    resume=resume_teach,
    examples=TEACH_EXAMPLES,
    silent=TEACH_SILENT,
)
FORGET = Intent(
    name="alias_off",
    title="取消别名",
    recognise=recognise_forget,
    handle=handle_forget,
    examples=FORGET_EXAMPLES,
    silent=FORGET_SILENT,
)
