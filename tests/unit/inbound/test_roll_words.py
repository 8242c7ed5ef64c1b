"""The days of 名册变动, and the unit written right before a post."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from bot.clock import SHANGHAI
from bot.inbound.read import read
from bot.inbound.roll_words import split_post
from handlers.posts import recognise_relieve
from handlers.roll import MovementSlots, recognise_movement

NEXT_JANUARY = datetime(2027, 1, 5, 9, tzinfo=SHANGHAI)
MARCH_12 = datetime(2026, 3, 12, 9, tzinfo=SHANGHAI)


def _asked(text: str, now: datetime) -> MovementSlots:
    said = read(text, quoted=None, private=True, addressed=True, now=now)
    (reading,) = recognise_movement(said)
    assert isinstance(reading.slots, MovementSlots)
    return reading.slots


@pytest.mark.parametrize(
    ("words", "now", "first", "last"),
    [
        ("", MARCH_12, None, None),
        ("2025年", MARCH_12, date(2025, 1, 1), date(2025, 12, 31)),
        ("25年度", MARCH_12, date(2025, 1, 1), date(2025, 12, 31)),
        ("去年", MARCH_12, date(2025, 1, 1), date(2025, 12, 31)),
        ("2026年", NEXT_JANUARY, date(2026, 1, 1), date(2026, 12, 31)),
        ("今年", NEXT_JANUARY, date(2027, 1, 1), date(2027, 12, 31)),
        ("2027年", MARCH_12, date(2027, 1, 1), date(2027, 12, 31)),
        ("全年", MARCH_12, date(2026, 1, 1), date(2026, 12, 31)),
        ("去年一季度", MARCH_12, date(2025, 1, 1), date(2025, 3, 31)),
        ("3月5日", MARCH_12, date(2026, 3, 5), date(2026, 3, 5)),
        ("1月1日到3月12日", MARCH_12, date(2026, 1, 1), date(2026, 3, 12)),
    ],
)
def test_it_answers_for_the_days_named(
    words: str, now: datetime, first: date | None, last: date | None
) -> None:
    assert _asked(f"名册变动 {words}".strip(), now) == MovementSlots(first, last)


@pytest.mark.parametrize(
    "words", ["3月12日到1月1日", "最近", "2024年到2025年", "3月 王五", "1月到3月12日", "2025"]
)
def test_it_never_answers_for_other_days(words: str) -> None:
    assert _asked(f"名册变动 {words}", MARCH_12).unread


@pytest.mark.parametrize("unit", ["五支部", "第五党支部", "和平社区", "街道"])
def test_it_reads_the_unit_wherever_it_stands(unit: str) -> None:
    behind = _asked(f"名册变动 3月 {unit}", MARCH_12)
    before = _asked(f"名册变动 {unit} 3月", MARCH_12)

    assert behind == before == MovementSlots(date(2026, 3, 1), date(2026, 3, 31), unit)


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("书记", (None, "书记")),
        ("支部书记", (None, "支部书记")),
        ("七支部书记", ("七支部", "支部书记")),
        ("第三党支部副书记", ("第三党支部", "支部副书记")),
        ("第一党小组长", ("第一党小组", "党小组长")),
        ("第一党小组组长", ("第一党小组", "组长")),
        ("组织委员 4月1日", (None, "组织委员")),
        ("负责人", (None, None)),
    ],
)
def test_a_unit_before_a_post_is_read(words: str, found: tuple[str | None, str | None]) -> None:
    assert split_post(words) == found


@pytest.mark.parametrize(
    "text",
    [
        "免去 李建国 书记",
        "免去李建国的书记职务",
        "免去李建国书记",
        "免去 李建国 支部书记",
        "免去李建国同志书记职务",
    ],
)
def test_a_name_of_any_length_is_relieved(text: str) -> None:
    said = read(text, quoted=None, private=True, addressed=True, now=MARCH_12)

    (reading,) = recognise_relieve(said)

    assert reading.slots.name == "李建国"
