"""Run with pytest where zhibu and this plugin are installed."""

from __future__ import annotations

from pathlib import Path

from zhibu_duty import asking, board, reminding

from bot.testing import check_channel, check_intent, check_rule, converse

STORY = Path(__file__).with_name("duty.chat")


def test_what_it_adds_keeps_the_promises_of_its_kind(tmp_path: Path) -> None:
    check_intent(asking.INTENT)
    check_rule(reminding.RULE)
    check_channel(board.build, settings={"folder": str(tmp_path)})


def test_it_says_what_the_conversation_file_says() -> None:
    assert converse(STORY, "zhibu-duty") == STORY.read_text(encoding="utf-8")
