"""The one question where somebody new bears a name of the roll: the same person, or another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bot.domain import rights
from bot.domain.privacy import Fact, FactKind, say
from bot.domain.rights import Action
from bot.domain.roll import CHANGE_NAMES
from bot.domain.wording import day_words
from bot.inbound.context import Context
from bot.inbound.questions import Option, ask
from bot.inbound.replies import Reply
from bot.services.namesakes import Namesake, OnTheRoll

SAME = "名册里现在有{name}，是同一个人吗？{choices}。回复数字就行。"
REPEATED = "{name}{day}已经登记了{what}，这次没有再记。{choices}。回复数字就行。"
THE_SAME = "是，{branch}的{name}{tail}"
TAIL = "（尾号{tail}）"
ANOTHER = "不是，另一位{name}"
NOTHING = "好的，{name}（{branch}）没有再登记，名册不变。"
ELSEWHERE = (
    "{name}现在在{branch}，没有登记。请那边发：转出 {name} 到 {here} 党费交到几月；"
    "您收到后回复 接收 {name}"
)
_MOST = 3


def ask_same(
    problem: OnTheRoll,
    intent: str,
    kept: Mapping[str, Any],
    context: Context,
    more: Sequence[Option] = (),
) -> Reply:
    """Ask whether one of the roll is meant; `kept` is resumed with `same`, or with `another`.

    Args:
        more: What else may be the answer: (label, what is resumed).
    """
    name = problem.found[0].name
    options: list[Option] = [
        (_label(one, context), {**kept, "same": _stored(one)}) for one in problem.found[:_MOST]
    ]
    options += more[: _MOST + 1 - len(options)]
    options.append((ANOTHER.format(name=name), {**kept, "another": True}))
    choices = "，".join(f"{number} {label}" for number, (label, _) in enumerate(options, 1))
    again = problem.repeated
    text = say(
        REPEATED if again else SAME,
        name=_roll(name),
        day=day_words(again.since) if again else "",
        what=CHANGE_NAMES[again.came] if again and again.came else "",
        choices=_roll(choices),
    )
    return ask(context, intent, "{choices}", options, text)


def same_person(kept: Mapping[str, Any], here: str) -> Reply:
    """Say that nothing was recorded, and what moves somebody who is in another branch.

    Args:
        here: The branch he was to be entered in.
    """
    one = kept["same"]
    template = NOTHING if one["branch"] == here else ELSEWHERE
    return Reply(say(template, name=_roll(one["name"]), branch=_roll(one["branch"]), here=here))


def _label(one: Namesake, context: Context) -> str:
    known = one.phone_tail and rights.may(context.actor, Action.MANAGE_ROLL, one.path)
    tail = TAIL.format(tail=one.phone_tail) if known else ""
    return THE_SAME.format(branch=one.branch, name=one.name, tail=tail)


def _stored(one: Namesake) -> dict[str, Any]:
    return {"id": one.id, "name": one.name, "branch": one.branch}


def _roll(words: str) -> Fact:
    return Fact(FactKind.MOVEMENT, words)
