"""Clocks of the roll on both sides of their bounds."""

from __future__ import annotations

from datetime import date

import pytest

from bot.domain.posts import CannotAppoint, check_days
from bot.domain.roll import Change, ChangeKind, Code
from bot.domain.roll_clocks import Since, since, too_early

ADMITTED = date(2025, 11, 10)


@pytest.mark.parametrize(
    ("on", "warned"),
    [(date(2026, 3, 10), True), (date(2026, 11, 9), True), (date(2026, 11, 10), False)],
    ids=["四个月", "差一天", "满一年"],
)
def test_a_probation_lasts_a_year_from_the_vote(on: date, warned: bool) -> None:
    said = too_early("张伟", ChangeKind.FULL, None, on, Since(joined_on=ADMITTED))

    assert bool(said) is warned
    assert not warned or "2026年11月10日" in said


def test_where_the_vote_is_not_known_nothing_is_said() -> None:
    assert too_early("张伟", ChangeKind.FULL, None, date(2026, 3, 10), Since()) == ""


@pytest.mark.parametrize(
    ("lost_on", "said"),
    [
        (None, "没有登记过王五失联"),
        (date(2025, 9, 11), "2026年3月11日才满6个月"),
        (date(2025, 9, 10), ""),
    ],
    ids=["没登记失联", "差一天", "满六个月"],
)
def test_contact_is_lost_for_six_months_before_a_suspension(
    lost_on: date | None, said: str
) -> None:
    runs = Since(lost_on=lost_on)
    found = too_early("王五", ChangeKind.SUSPENDED, Code.NO_CONTACT, date(2026, 3, 10), runs)

    assert said in found
    assert bool(said) == bool(found)
    abroad = (ChangeKind.SUSPENDED, Code.SETTLED_ABROAD, date(2026, 3, 10))
    assert too_early("王五", *abroad, Since()) == ""


@pytest.mark.parametrize(
    ("suspended_on", "warned"),
    [(date(2024, 3, 11), True), (date(2024, 3, 10), False), (None, False)],
    ids=["差一天", "满两年", "没有停止党籍"],
)
def test_a_suspension_lasts_two_years_before_a_removal(
    suspended_on: date | None, warned: bool
) -> None:
    runs = Since(suspended_on=suspended_on)

    said = too_early("王五", ChangeKind.LEFT, Code.REMOVED, date(2026, 3, 10), runs)

    assert bool(said) is warned


def test_the_clock_of_who_was_found_again_starts_anew() -> None:
    days = [date(2025, month, 1) for month in (1, 3, 8)]
    kinds = [ChangeKind.LOST, ChangeKind.FOUND, ChangeKind.LOST]
    changes = [Change(kind, day) for kind, day in zip(kinds, days, strict=True)]

    assert since(None, changes, date(2025, 2, 1)).lost_on == days[0]
    assert since(None, changes, date(2025, 4, 1)).lost_on is None
    assert since(None, changes, date(2026, 1, 1)).lost_on == days[2]


def test_a_term_is_no_longer_than_the_rules_allow() -> None:
    check_days(date(2026, 4, 1), date(2032, 4, 1), date(2026, 3, 10))
    with pytest.raises(CannotAppoint, match="6年以内"):
        check_days(date(2026, 4, 1), date(2032, 4, 2), date(2026, 3, 10))
    with pytest.raises(CannotAppoint, match="6年以内"):
        check_days(date(2026, 4, 1), date(2026, 4, 1), date(2026, 3, 10))
