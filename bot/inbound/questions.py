"""One clarifying question, answered by a number; a preview, answered by its head-count."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from bot.domain.errors import DomainError
from bot.domain.privacy import Audience, Fact, FactKind, Text, event, may_tell, say
from bot.domain.prompts import MAX_CHOICES, PromptKind
from bot.inbound.amending import Values
from bot.inbound.context import REREAD, Context
from bot.inbound.replies import Reply, both
from bot.services import prompts
from bot.services.prompts import OpenPrompt

Option = tuple[str, Mapping[str, Any]]


def ask(
    context: Context,
    intent: str,
    question: str,
    options: Sequence[Option],
    text: Text | None = None,
    worded: Mapping[str, Any] | None = None,
    by_values: Mapping[str, Any] | None = None,
    by_name: Mapping[str, Any] | None = None,
) -> Reply:
    """Put a question with numbered options; the number chosen resumes `intent` with its option.

    Args:
        question: Goes before the options, which it holds as `{choices}`.
        options: (label, what `Intent.resume` gets), at most five are offered.
        text: Said instead of question and labels, where it already holds them, or where these
            say more than titles, times and numbers.
        worded: Where a number may have words behind it (4 李建国): goes to `Intent.resume`
            together with that `number` and what was `said`.
        by_values: Where months or an amount are an answer too (3月, 18元): goes to
            `Intent.resume` together with `said_months` or `said_fen`. One digit is a number of
            an option, never an amount: it may be meant for something else.
        by_name: Where a name is the answer: goes to `Intent.resume` with that name in the place
            of what was `written` among its `names`.
    """
    offered = options[:MAX_CHOICES]
    choices = "，".join(f"{number} {label}" for number, (label, _) in enumerate(offered, start=1))
    text = text or say(question, choices=event(choices))
    return put(
        context,
        {
            "intent": intent,
            "options": [dict(option) for _, option in offered],
            "labels": [label for label, _ in offered],
            "words": text.words,
            "facts": sorted({fact.kind.name for fact in text.facts}),
            **({} if worded is None else {"worded": dict(worded)}),
            **({} if by_values is None else {"by_values": dict(by_values)}),
            **({} if by_name is None else {"by_name": dict(by_name)}),
        },
    )


def put(context: Context, question: Mapping[str, Any]) -> Reply:
    """Put a question now, or after the one that this very message has raised already.

    One question at a time: the next one comes with the answer to the one before.

    Args:
        question: As `ask` keeps it; `then` holds the questions that wait behind it.
    """
    waiting = prompts.list_open_anywhere(context.session, context.member_id, context.now)
    raised = next((p for p in waiting if p.payload.get("raised_by") == context.inbound_id), None)
    if raised is not None:
        later = [*raised.payload.get("then", ()), dict(question)]
        prompts.change_payload(context.session, raised.id, {**raised.payload, "then": later})
        return Reply()
    text = Text(question["words"], tuple(Fact(FactKind[k], "") for k in question["facts"]))
    where = _where(text, context)
    later = [*question.get("then", ()), *_put_off(waiting, question, where)]
    prompts.open_prompt(
        context.session,
        kind=PromptKind.CHOOSE,
        member_id=context.member_id,
        chat_id=where,
        payload={
            **question,
            **({"then": later} if later else {}),
            "raised_by": context.inbound_id,
            "raised_in": context.message.chat_id,
        },
        now=context.asked_at,
    )
    return Reply(text)


_OF_MONEY = frozenset({"dues_paid"})
"""Intents whose questions are put again where another one came between: what was paid is not lost."""


def _put_off(
    waiting: Sequence[OpenPrompt], question: Mapping[str, Any], where: str | None
) -> list[Mapping[str, Any]]:
    """Return the question of money that a new one would end, with those behind it."""
    for prompt in waiting:
        asked = prompt.payload
        if prompt.kind is not PromptKind.CHOOSE or prompt.chat_id != where:
            continue
        again = asked["intent"] == question["intent"] and payers_of(question) <= payers_of(asked)
        if asked["intent"] not in _OF_MONEY or again:
            return list(asked.get("then", ())) if again else []
        own = {k: v for k, v in asked.items() if k not in ("then", "raised_by", "raised_in")}
        return [own, *asked.get("then", ())]
    return []


def payers_of(asked: Mapping[str, Any]) -> frozenset[str]:
    """Return whose payment a question is about, nobody for the writer's own.

    A question on somebody else's payment lets the one before wait; else it takes its place.
    """
    kept = [*asked.get("options", ()), asked.get("by_values", {}), asked.get("by_name", {})]
    return frozenset(name for option in kept for name in option.get("names", ()))


def put_next(context: Context, later: Sequence[Mapping[str, Any]], answer: Reply) -> Reply:
    """Put the first of the questions that waited, along with the answer to the one before."""
    if not later:
        return answer
    following, *rest = later
    return both(answer, put(context, {**following, "then": rest}))


def finish(prompt: OpenPrompt, kept: Mapping[str, Any], context: Context) -> Reply:
    """Close a question and go on with what its answer makes of it; the next question follows."""
    close(prompt, context)
    answer = resume(prompt.payload["intent"], kept, context)
    return put_next(context, prompt.payload.get("then", ()), answer)


def resume(intent_name: str, option: Mapping[str, Any], context: Context) -> Reply:
    """Finish the original request of an intent with the option chosen."""
    if intent_name == REREAD:
        return context.reread(context, option["inbound_id"], option["intent"])
    intent = next(intent for intent in context.intents if intent.name == intent_name)
    assert intent.resume is not None
    answer = intent.resume(option, context)
    return replace(answer, command=intent_name) if answer.reads else answer


def close(prompt: OpenPrompt, context: Context) -> None:
    """Close what was put; of two simultaneous answers one gets through.

    Raises:
        DomainError: It was answered just now.
    """
    if not prompts.close_prompt(context.session, prompt.id, context.now):
        raise DomainError("这件事刚刚已经办过了。")


def with_values(asked: Mapping[str, Any], said: Values) -> Mapping[str, Any]:
    """Return what a question put `by_values` is finished with."""
    months = {"said_months": [str(month) for month in said.months]} if said.months else {}
    fen = {} if said.fen is None else {"said_fen": said.fen}
    return {**asked["by_values"], **months, **fen}


def find_question(context: Context) -> OpenPrompt | None:
    """Return the question put last in this chat that values may answer, if one is open."""
    waiting = prompts.list_open(
        context.session,
        member_id=context.member_id,
        chat_id=context.message.chat_id,
        now=context.now,
        kinds=[PromptKind.CHOOSE],
    )
    last = next(iter(waiting), None)
    return last if last is not None and "by_values" in last.payload else None


def is_asked(context: Context) -> bool:
    """Tell whether any question waits for the writer in this chat."""
    return bool(
        prompts.list_open(
            context.session,
            member_id=context.member_id,
            chat_id=context.message.chat_id,
            now=context.now,
            kinds=[PromptKind.CHOOSE],
        )
    )


def number_of(said: str, labels: Sequence[str]) -> int | None:
    """Return the number of the one option that is answered by its own words, from 1.

    The option called so, else the only one in which the words stand by themselves: 4567 of
    尾号4567, 3月 of 3月党课; 2月 is no part of 12月. 植树活动 is what is called 植树.
    """
    same = [n for n, label in enumerate(labels, start=1) if label == said]
    digits = (r"(?<!\d)", r"(?!\d)")
    lead, tail = (digits[0] if said[:1].isdigit() else "", digits[1] if said[-1:].isdigit() else "")
    words = re.compile(lead + re.escape(said) + tail)
    found = same or [n for n, label in enumerate(labels, start=1) if words.search(label)]
    found = found or [
        n for n, label in enumerate(labels, start=1) if len(label) > 1 and said.startswith(label)
    ]
    return found[0] if len(found) == 1 else None


def preview(
    context: Context,
    intent: str,
    headcount: int | None,
    kept: Mapping[str, Any],
    text: Text,
    counted: str = "人",
) -> Reply:
    """Show what would happen; 确认 with the head-count resumes `intent` with what was kept.

    Args:
        headcount: None where no people are counted: 确认 alone is enough.
        counted: What the number counts, where that is not people.
    """
    prompts.open_prompt(
        context.session,
        kind=PromptKind.CONFIRM,
        member_id=context.member_id,
        chat_id=_where(text, context),
        payload={"intent": intent, "expects": headcount, "counted": counted, "kept": dict(kept)},
        now=context.asked_at,
    )
    return Reply(text)


def ask_reason(context: Context, intent: str, kept: Mapping[str, Any], text: Text) -> Reply:
    """Ask why, once; `原因 …` resumes `intent` with what was kept and the words as `reason`."""
    prompts.open_prompt(
        context.session,
        kind=PromptKind.REASON,
        member_id=context.member_id,
        chat_id=_where(text, context),
        payload={"intent": intent, "kept": dict(kept)},
        now=context.asked_at,
    )
    return Reply(text)


def show_list(context: Context, listed: str, ids: Sequence[int], text: Text) -> Reply:
    """Show a numbered list whose numbers later commands may name; nothing waits for an answer."""
    prompts.open_prompt(
        context.session,
        kind=PromptKind.LISTED,
        member_id=context.member_id,
        chat_id=_where(text, context),
        payload={"listed": listed, "ids": list(ids)},
        now=context.asked_at,
    )
    return Reply(text)


def find_listed(context: Context, listed: str, number: int) -> int | None:
    """Return the id behind a number of the list of this name that was shown last, if it was."""
    shown = prompts.list_open(
        context.session,
        member_id=context.member_id,
        chat_id=context.message.chat_id,
        now=context.now,
        kinds=[PromptKind.LISTED],
    )
    ids = shown[0].payload["ids"] if shown and shown[0].payload["listed"] == listed else []
    return ids[number - 1] if 1 <= number <= len(ids) else None


def take_reason_prompt(context: Context) -> Mapping[str, Any] | None:
    """Close the open question for a reason; return its payload, or None where none is open."""
    waiting = prompts.list_open(
        context.session,
        member_id=context.member_id,
        chat_id=context.message.chat_id,
        now=context.now,
        kinds=[PromptKind.REASON],
    )
    if not waiting or not prompts.close_prompt(context.session, waiting[0].id, context.now):
        return None
    return waiting[0].payload


def _where(text: Text, context: Context) -> str | None:
    """Return the chat a question is read in, and so answered in: the private one if whispered."""
    aloud = may_tell(text, Audience.GROUP) and not context.replayed
    return context.message.chat_id if aloud else None
