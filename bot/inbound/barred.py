"""Orders that 撤销 cannot take back: it says so, and touches nothing older."""

from __future__ import annotations

from bot.inbound.context import Context
from bot.services import undo


def bar(context: Context, title: str, sentence: str) -> None:
    """Mark that what the writer has just done cannot be taken back, in the same transaction.

    Args:
        sentence: What 撤销 answers while this is the last thing he did.
    """
    undo.bar(
        context.session,
        member_id=context.member_id,
        sentence=sentence,
        title=title,
        at=context.now,
    )
