"""One clarifying question, answered by a number; a preview, answered by its head-count."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from bot.domain.privacy import Audience, Fact, FactKind, Text, event, may_tell, say
from bot.domain.prompts import MAX_CHOICES, PromptKind
from bot.inbound.context import Context
from bot.inbound.replies import Reply, both
from bot.services import prompts

Option = tuple[str, Mapping[str, Any]]


def ask(
    context: Context,
    intent: str,
    question: str,
    options: Sequence[Option],
    text: Text | None = None,
    worded: Mapping[str, Any] | None = None,
    by_months: Mapping[str, Any] | None = None,
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
        by_months: Where months are an answer too (3月): goes to `Intent.resume` together with
            `said_months`.
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
            **({} if by_months is None else {"by_months": dict(by_months)}),
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
    prompts.open_prompt(
        context.session,
        kind=PromptKind.CHOOSE,
        member_id=context.member_id,
        chat_id=_where(text, context),
        payload={
            **question,
            "raised_by": context.inbound_id,
            "raised_in": context.message.chat_id,
        },
        now=context.asked_at,
    )
    return Reply(text)


def put_next(context: Context, later: Sequence[Mapping[str, Any]], answer: Reply) -> Reply:
    """Put the first of the questions that waited, along with the answer to the one before."""
    if not later:
        return answer
    following, *rest = later
    return both(answer, put(context, {**following, "then": rest}))


def number_of(said: str, labels: Sequence[str]) -> int | None:
    """Return the number of the one option that is answered by its own words, from 1.

    The option called so, else the only one in which the words stand by themselves: 4567 of
    尾号4567, 3月 of 3月党课; 2月 is no part of 12月.
    """
    same = [n for n, label in enumerate(labels, start=1) if label == said]
    digits = (r"(?<!\d)", r"(?!\d)")
    lead, tail = (digits[0] if said[:1].isdigit() else "", digits[1] if said[-1:].isdigit() else "")
    words = re.compile(lead + re.escape(said) + tail)
    found = same or [n for n, label in enumerate(labels, start=1) if words.search(label)]
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
