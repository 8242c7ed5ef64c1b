"""Where somebody stands follows from the changes; what makes no sense is refused."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from bot.domain.members import MemberKind
from bot.domain.periods import Month
from bot.domain.roll import (
    CODES,
    Change,
    ChangeKind,
    Code,
    Standing,
    WrongChange,
    check_change,
    check_code,
    check_day,
    find_code,
    kind_on,
    standing,
)
from bot.domain.transfers import DuesPlace, days_valid, dues_place, is_overdue

FULL, PROBATIONARY = MemberKind.FULL, MemberKind.PROBATIONARY
MARCH_1, MARCH_10 = date(2026, 3, 1), date(2026, 3, 10)


@pytest.mark.parametrize(
    ("stands", "vote", "counts", "expected"),
    [
        (Standing(FULL), True, True, True),
        (Standing(PROBATIONARY), False, False, True),
        (Standing(FULL, vote_barred=Code.PROBATION_IN_PARTY), False, False, True),
        (Standing(FULL, left_out=Code.IN_PRISON), True, False, True),
        (Standing(FULL, excused=True), True, True, False),
        (Standing(FULL, mobile=True), True, True, False),
        (Standing(FULL, suspended=True), False, False, False),
        (Standing(FULL, gone=ChangeKind.DIED), False, False, False),
    ],
    ids=["正式", "预备", "留党察看", "不计入应到会", "不作硬性要求", "流动", "停止党籍", "去世"],
)
def test_vote_quorum_and_rate_are_three_things(
    stands: Standing, *, vote: bool, counts: bool, expected: bool
) -> None:
    found = (stands.has_vote, stands.counts_in_quorum, stands.is_expected)

    assert found == (vote, counts, expected)


def test_a_member_is_probationary_until_the_day_he_becomes_full() -> None:
    assert kind_on(FULL, MARCH_10, MARCH_10 - timedelta(days=1)) is PROBATIONARY
    assert kind_on(FULL, MARCH_10, MARCH_10) is FULL
    assert kind_on(FULL, None, date(1999, 1, 1)) is FULL
    assert kind_on(PROBATIONARY, None, MARCH_10) is PROBATIONARY


def test_a_transfer_ends_what_was_between_him_and_the_old_branch() -> None:
    changes = [
        Change(ChangeKind.MOBILE, MARCH_1),
        Change(ChangeKind.VOTE_BARRED, MARCH_1, Code.PROBATION_IN_PARTY),
        Change(ChangeKind.IN, MARCH_10),
    ]

    found = standing(FULL, changes, MARCH_10)

    assert not found.mobile
    assert found.vote_barred is Code.PROBATION_IN_PARTY


def test_who_is_admitted_again_begins_anew() -> None:
    changes = [
        Change(ChangeKind.EXCUSED, MARCH_1),
        Change(ChangeKind.LEFT, MARCH_1, Code.REMOVED),
        Change(ChangeKind.ADMITTED, MARCH_10),
    ]

    assert standing(PROBATIONARY, changes, MARCH_1).gone is ChangeKind.LEFT
    assert standing(PROBATIONARY, changes, MARCH_10) == Standing(PROBATIONARY)


@pytest.mark.parametrize(
    ("words", "kind", "code"),
    [
        ("劝其退党", ChangeKind.LEFT, Code.URGED_OUT),
        ("退党", ChangeKind.LEFT, Code.WITHDREW),
        ("开除党籍", ChangeKind.LEFT, Code.EXPELLED),
        ("留党察看 一年", ChangeKind.VOTE_BARRED, Code.PROBATION_IN_PARTY),
        ("长期卧床", ChangeKind.LEFT_OUT, Code.CANNOT_COME),
        ("失去联系", ChangeKind.SUSPENDED, Code.NO_CONTACT),
        ("没有说", ChangeKind.LEFT, None),
        ("没有说", ChangeKind.MOBILE, None),
    ],
    ids=["劝退", "退党", "开除", "察看", "不能自理", "失联", "没说", "不用说"],
)
def test_the_reason_is_one_of_the_rule(words: str, kind: ChangeKind, code: Code | None) -> None:
    assert find_code(kind, words) is code


def test_a_reason_of_another_rule_does_not_do() -> None:
    with pytest.raises(WrongChange):
        check_code("张三", ChangeKind.LEFT, Code.ABROAD)
    check_code("张三", ChangeKind.MOBILE, None)
    assert all(codes for codes in CODES.values())


@pytest.mark.parametrize(
    ("stands", "kind"),
    [
        (Standing(FULL), ChangeKind.FULL),
        (Standing(FULL), ChangeKind.BACK),
        (Standing(FULL, mobile=True), ChangeKind.MOBILE),
        (Standing(PROBATIONARY), ChangeKind.VOTE_BARRED),
        (Standing(FULL, gone=ChangeKind.DIED), ChangeKind.MOBILE),
    ],
    ids=["已是正式", "没有流动过", "已在流动", "预备没有表决权", "已去世"],
)
def test_a_change_follows_from_where_somebody_stands(stands: Standing, kind: ChangeKind) -> None:
    with pytest.raises(WrongChange, match="张三"):
        check_change("张三", stands, kind)


def test_a_change_takes_effect_today_or_earlier_and_after_he_came() -> None:
    check_day(MARCH_10, MARCH_10)
    with pytest.raises(WrongChange):
        check_day(MARCH_10 + timedelta(days=1), MARCH_10)
    check_day(MARCH_10, MARCH_10, since=MARCH_10 - timedelta(days=1))
    with pytest.raises(WrongChange):
        check_day(MARCH_10, MARCH_10, since=MARCH_10)


@pytest.mark.parametrize(
    ("agreed", "days"), [(None, 30), (10, 10), (90, 90), (91, 90)], ids=["没约定", "10", "90", "91"]
)
def test_a_letter_is_valid_for_thirty_days_or_as_agreed(agreed: int | None, days: int) -> None:
    assert days_valid(MARCH_1, agreed) == days


def test_the_last_day_of_a_letter_is_still_in_time() -> None:
    assert not is_overdue(MARCH_1, 9, MARCH_10)
    assert is_overdue(MARCH_1, 8, MARCH_10)


def test_every_month_has_one_place_for_its_dues() -> None:
    places = (DuesPlace(None, 1), DuesPlace(Month(2026, 4), 2), DuesPlace(Month(2026, 6), None))

    found = [dues_place(places, Month(2026, number)) for number in range(1, 8)]

    assert found == [1, 1, 1, 2, 2, None, None]
