"""Characters nobody takes, and length limits."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bot.channels.text import clean, clip


def test_it_drops_what_xml_and_databases_cannot_hold() -> None:
    assert clean("签\x00到\x0b\ud800\ufffe\n\t✓😀") == "签到\n\t✓😀"


def test_a_text_that_fits_stays_as_it_is() -> None:
    assert clip("三" * 10, 30) == "三" * 10


def test_it_cuts_at_a_line_end_where_one_is_near() -> None:
    assert clip("一二三四五\n六七八九十", 30) == "一二三四五\n…"


def test_it_cuts_inside_a_line_rather_than_lose_nearly_all_of_it() -> None:
    assert clip("一\n" + "二" * 50, 64) == "一\n" + "二" * 18 + "\n…"


@given(st.text(st.characters(codec="utf-8")), st.integers(16, 300))
def test_it_never_exceeds_the_limit_nor_breaks_a_character(text: str, limit: int) -> None:
    cut = clip(text, limit)

    assert len(cut.encode()) <= limit
    assert text.startswith(cut.removesuffix("\n…"))
