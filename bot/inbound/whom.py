"""Whom the names of a message mean: members within reach, or the one question to ask first."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from bot.domain.ids import MemberId
from bot.domain.periods import Month
from bot.domain.privacy import Fact, FactKind, Text, named, say
from bot.domain.rights import Action
from bot.inbound.context import Context
from bot.inbound.questions import ask
from bot.inbound.replies import Reply
from bot.services import dues_members, naming, scopes
from bot.services.naming import Named

NAMESAKES = "找到几位{name}：{choices}。回复数字就行。"
SEVERAL = "“{name}”说的是：{choices}。回复数字就行；回复 1 记住 这样写，以后就不再问。"
NEAR_ONE = "没有找到{name}，说的是{choice}吗？是请回复 1；不是请写对姓名再发一次。"
WHO = (
    "您说的“{name}”叫什么名字？回复姓名就记上；不在名册上的回复 取消。"
    "想让我以后都认得，发：别名 {name} 姓名"
)
NEAR = "没有找到{name}，说的是：{choices}。回复数字就行；都不是请写对姓名再发一次。"


def whom(
    context: Context,
    intent: str,
    names: Sequence[str],
    kept: Mapping[str, Any],
    *,
    action: Action,
    own_branch: bool = True,
    unit: str | None = None,
    dues_of: Iterable[Month | str] | None = None,
) -> list[Named] | Reply:
    """Return the members that names mean, each once; or the question about the first unclear one.

    Args:
        intent: Resumed with the answer: `kept`, the name under `written`, the member under
            `member_id`, and all names cleared up so far under `settled`.
        kept: What finishes the original request, with the `settled` of earlier answers.
        action: What is to be done; decides how far posts reach.
        own_branch: Also those of the own branch, where everybody may speak for others.
        unit: Where the message says they are (确认党费 张三 三支部); only those count.
        dues_of: The months whose dues it is about: also those who have left the roll, while one
            of these months is still the branch's. None where it is not about dues.

    Raises:
        NotFound, NobodyNamed (but for kin), TooManyNamed, Forbidden: Nothing of the message may be recorded.
    """
    context.member_id  # noqa: B018 - strangers are told how to bind first
    settled: Mapping[str, int] = kept.get("settled") or {}
    session, actor = context.session, context.actor
    try:
        return naming.resolve(
            session,
            names,
            by=actor,
            on=context.today,
            action=action,
            own_branch=own_branch,
            settled=settled,
            within=None if unit is None else scopes.unit_meant(session, actor, action, unit),
            left=() if dues_of is None else _leavers(context, dues_of),
        )
    except naming.NobodyNamed as nobody:
        if not nobody.is_kin:
            raise
        return _ask_name(context, intent, nobody.written, kept)
    except naming.WhichPerson as question:
        return _ask(context, intent, question, {**kept, "settled": dict(settled)})


def _leavers(context: Context, dues_of: Iterable[Month | str]) -> Collection[MemberId]:
    months = [Month.parse(month) if isinstance(month, str) else month for month in dues_of]
    return dues_members.list_leavers(context.session, months, by=context.actor, today=context.today)


def payers(
    context: Context,
    intent: str,
    names: Sequence[str],
    kept: Mapping[str, Any],
    dues_of: Iterable[Month | str] | None = None,
) -> list[Named] | Reply:
    """Return the members whose dues the writer settles by these names; else the question to ask.

    Args:
        dues_of: As in `whom`.
    """
    return whom(
        context,
        intent,
        names,
        kept,
        action=Action.CONFIRM_DUES,
        own_branch=False,
        dues_of=dues_of,
    )


def names_of(people: Sequence[Named]) -> Fact:
    """Return the names of people the writer has named, as a fact."""
    return named("、".join(person.name for person in people))


def is_self(people: Sequence[Named], context: Context) -> bool:
    """Tell whether the writer has named himself and nobody else."""
    return [person.id for person in people] == [context.actor.member_id]


def _ask(
    context: Context, intent: str, question: naming.WhichPerson, kept: Mapping[str, Any]
) -> Reply:
    options = [
        (
            label,
            {
                **kept,
                "settled": {**kept["settled"], question.written: person.id},
                "written": question.written,
                "member_id": person.id,
            },
        )
        for person, label in question.choices
    ]
    return ask(context, intent, "{choices}", options, _words(context, question))


def _ask_name(context: Context, intent: str, written: str, kept: Mapping[str, Any]) -> Reply:
    """Ask what 老伴 is called; the name answered takes its place among the names kept."""
    text = say(WHO, name=written)
    return ask(context, intent, "{choices}", (), text, by_name={**kept, "written": written})


def _words(context: Context, question: naming.WhichPerson) -> Text:
    labels = [label for _, label in question.choices]
    numbered = "，".join(f"{n} {label}" for n, label in enumerate(labels, start=1))
    kind = FactKind.ROLL if _is_private(context, question) else FactKind.NAMED
    template = NAMESAKES
    if question.is_near:
        template = NEAR_ONE if len(labels) == 1 else NEAR
    elif not question.are_namesakes:
        template = SEVERAL
    return say(
        template,
        name=question.choices[0][0].name if template is NAMESAKES else question.written,
        choices=Fact(kind, numbered),
        choice=Fact(kind, labels[0]),
    )


def _is_private(context: Context, question: naming.WhichPerson) -> bool:
    """Tell whether a question says more than the names of people of the group it is put in."""
    there = {person.branch_id for person, _ in question.choices}
    return question.needs_detail or there != {context.chat_unit}
