"""Finishing a question with more than one of its options, in one go."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import reduce
from typing import Any

from bot.domain.errors import DomainError
from bot.domain.privacy import say
from bot.domain.prompts import PromptKind
from bot.inbound.context import Context
from bot.inbound.questions import close, put_next, resume
from bot.inbound.replies import Reply, both, refused, reply
from bot.inbound.several_chosen import SeveralSlots
from bot.services import prompts
from bot.services.prompts import OpenPrompt

NOT_OFFERED = "没有第{n}项。请回复 1 到 {last} 之间的数字。"
NOT_SO_MANY = "不是{said}个，是{n}个。请回复数字，1 到 {last}。"
_EACH = frozenset(("signup", "signup_cancel"))
_TOGETHER = frozenset(("leave", "choose"))
"""Of these the options are meetings, and one answer is for all of them."""


def find_question(context: Context) -> OpenPrompt | None:
    """Return the question put last here, if several of its options may be chosen."""
    waiting = prompts.list_open(
        context.session,
        member_id=context.member_id,
        chat_id=context.message.chat_id,
        now=context.now,
        kinds=[PromptKind.CHOOSE],
    )
    last = next(iter(waiting), None)
    if last is None or last.payload["intent"] not in _EACH | _TOGETHER:
        return None
    return last if all(map(_is_single_matter, last.payload["options"])) else None


def _is_single_matter(option: Mapping[str, Any]) -> bool:
    """Tell whether an option is a meeting or an activity, not a person (which 张伟)."""
    return "written" not in option and ("meetings" in option or "number" in option)


def take_several(asked: OpenPrompt, slots: SeveralSlots, context: Context) -> Reply:
    """Go on with the options chosen; what is refused of one stops none of the others."""
    options: Sequence[Mapping[str, Any]] = asked.payload["options"]
    single = [option for option in options if len(option.get("meetings", "1")) == 1]
    for number in slots.numbers:
        if not 1 <= number <= len(options):
            return reply(NOT_OFFERED.format(n=number, last=len(options)))
    if slots.heads not in (None, len(single)):
        said = slots.heads or 0
        return Reply(say(NOT_SO_MANY, said=said, n=len(single), last=len(options)))
    close(asked, context)
    chosen = [options[number - 1] for number in slots.numbers] or single
    intent = asked.payload["intent"]
    if intent in _TOGETHER:
        meetings = [meeting for option in chosen for meeting in option["meetings"]]
        every = {**chosen[0], "meetings": list(dict.fromkeys(meetings))}
        done = resume(intent, every, context)
    else:
        done = reduce(both, (_one(intent, option, context) for option in chosen))
    return put_next(context, asked.payload.get("then", ()), done)


def sign_up_for(numbers: Sequence[int], context: Context) -> Reply:
    """Sign the writer up for each activity of these numbers."""
    options = [{"number": number, "seats": 1} for number in numbers]
    return reduce(both, (_one("signup", option, context) for option in options))


def _one(intent: str, option: Mapping[str, Any], context: Context) -> Reply:
    try:
        return resume(intent, option, context)
    except DomainError as refusal:
        return refused(refusal)
