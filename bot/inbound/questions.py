"""One clarifying question, answered by a number; a preview, answered by its head-count."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bot.domain.privacy import Audience, Text, may_tell
from bot.domain.prompts import MAX_CHOICES, PromptKind
from bot.inbound.context import Context
from bot.inbound.replies import Reply
from bot.services import prompts

Option = tuple[str, Mapping[str, Any]]


def ask(
    context: Context,
    intent: str,
    question: str,
    options: Sequence[Option],
    text: Text | None = None,
    worded: Mapping[str, Any] | None = None,
) -> Reply:
    """Put a question with numbered options; the number chosen resumes `intent` with its option.

    Args:
        question: Goes before the options, which it holds as `{choices}`.
        options: (label, what `Intent.resume` gets), at most five are offered.
        text: Said instead of question and labels, where it already holds them.
        worded: Where a number may have words behind it (4 李建国): goes to `Intent.resume`
            together with that `number` and what was `said`.
    """
    offered = options[:MAX_CHOICES]
    choices = "，".join(f"{number} {label}" for number, (label, _) in enumerate(offered, start=1))
    text = text or Text(question.format(choices=choices))
    prompts.open_prompt(
        context.session,
        kind=PromptKind.CHOOSE,
        member_id=context.member_id,
        chat_id=_where(text, context),
        payload={
            "intent": intent,
            "options": [dict(option) for _, option in offered],
            **({} if worded is None else {"worded": dict(worded)}),
        },
        now=context.now,
    )
    return Reply(text)


def preview(
    context: Context, intent: str, headcount: int, kept: Mapping[str, Any], text: Text
) -> Reply:
    """Show what would happen; 确认 with the head-count resumes `intent` with what was kept."""
    prompts.open_prompt(
        context.session,
        kind=PromptKind.CONFIRM,
        member_id=context.member_id,
        chat_id=_where(text, context),
        payload={"intent": intent, "expects": headcount, "kept": dict(kept)},
        now=context.now,
    )
    return Reply(text)


def _where(text: Text, context: Context) -> str | None:
    """Return the chat a question is read in, and so answered in: the private one if whispered."""
    return context.message.chat_id if may_tell(text, Audience.GROUP) else None
