"""Which meetings a branch owes, and what fills a period."""

from __future__ import annotations

from datetime import date

import pytest

from bot.clock import at
from bot.domain import regulations
from bot.domain.cadence import (
    KIND_ALIASES,
    KIND_NAMES,
    CadencePolicy,
    Every,
    Held,
    MeetingKind,
    Period,
    Structure,
    cadence_of,
    duties,
    find_kind,
    is_overdue,
    parse_period,
    period_filled,
    period_of,
)
from bot.domain.periods import Month, Quarter, Year

GENERAL, COMMITTEE, CELL = MeetingKind.GENERAL, MeetingKind.COMMITTEE, MeetingKind.CELL
LECTURE, THEME_DAY = MeetingKind.LECTURE, MeetingKind.THEME_DAY
EACH_YEAR = (MeetingKind.ORG_LIFE, MeetingKind.APPRAISAL, MeetingKind.TALK)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        pytest.param("党员大会", GENERAL, id="党员大会"),
        pytest.param("支部党员大会", GENERAL, id="全称"),
        pytest.param("支委会", COMMITTEE, id="支委会"),
        pytest.param("支部委员会会议", COMMITTEE, id="支部委员会会议"),
        pytest.param("党小组会", CELL, id="党小组会"),
        pytest.param("党课", LECTURE, id="党课"),
        pytest.param("主题党日", THEME_DAY, id="主题党日"),
        pytest.param("党员活动日", THEME_DAY, id="党员活动日"),
        pytest.param("组织生活会", MeetingKind.ORG_LIFE, id="组织生活会"),
        pytest.param("学习", MeetingKind.STUDY, id="学习"),
        pytest.param("中心组学习", MeetingKind.THEORY_GROUP, id="长名优先"),
        pytest.param("党校", MeetingKind.PARTY_SCHOOL, id="党校"),
        pytest.param("明天下午3点开支委会", COMMITTEE, id="句子里"),
        pytest.param("吃饭", None, id="不是会"),
        pytest.param("", None, id="空"),
    ],
)
def test_it_recognises_what_people_call_a_meeting(text: str, kind: MeetingKind | None) -> None:
    assert find_kind(text) is kind


def test_it_names_every_kind_and_no_word_twice() -> None:
    words = [*KIND_NAMES.values(), *(word for words in KIND_ALIASES.values() for word in words)]

    assert set(KIND_NAMES) == set(KIND_ALIASES) == set(MeetingKind)
    assert len(words) == len(set(words))


@pytest.mark.parametrize(
    ("structure", "kinds"),
    [
        pytest.param(
            Structure(12, has_committee=True, cells=2),
            {GENERAL, COMMITTEE, CELL, THEME_DAY, LECTURE, *EACH_YEAR},
            id="有支委会有党小组",
        ),
        pytest.param(
            Structure(6, has_committee=False),
            {GENERAL, THEME_DAY, LECTURE, *EACH_YEAR},
            id="六人无支委会",
        ),
        pytest.param(
            Structure(9, has_committee=True),
            {GENERAL, COMMITTEE, THEME_DAY, LECTURE, *EACH_YEAR},
            id="没有党小组",
        ),
        pytest.param(Structure(0, has_committee=False), set(), id="没有正式党员"),
    ],
)
def test_it_switches_duties_by_structure(structure: Structure, kinds: set[MeetingKind]) -> None:
    owed = duties(structure, date(2026, 3, 1))

    assert {duty.kind for duty in owed} == kinds
    assert [duty.kind for duty in owed if duty.per_cell] == [CELL] * (CELL in kinds)
    assert all(regulations.is_known(duty.source) for duty in owed)


def test_it_owes_no_lecture_where_the_branch_set_none() -> None:
    policy = CadencePolicy(lecture=None)

    owed = duties(Structure(12, has_committee=True), date(2026, 3, 1), policy)

    assert LECTURE not in {duty.kind for duty in owed}
    assert cadence_of(LECTURE, date(2026, 3, 1), policy) is None


@pytest.mark.parametrize(
    ("kind", "every"),
    [
        pytest.param(GENERAL, Every.QUARTER, id="党员大会按季"),
        pytest.param(COMMITTEE, Every.MONTH, id="支委会按月"),
        pytest.param(CELL, Every.MONTH, id="党小组会按月"),
        pytest.param(THEME_DAY, Every.MONTH, id="主题党日按月"),
        pytest.param(LECTURE, Every.QUARTER, id="党课按季是约定"),
        pytest.param(MeetingKind.ORG_LIFE, Every.YEAR, id="组织生活会按年，条例以前是约定"),
        pytest.param(MeetingKind.STUDY, None, id="学习没有次数"),
    ],
)
@pytest.mark.parametrize("day", [date(2017, 3, 1), date(2018, 10, 28), date(2026, 3, 1)])
def test_it_knows_how_often_a_kind_is_owed(
    kind: MeetingKind, every: Every | None, day: date
) -> None:
    assert cadence_of(kind, day) is every


@pytest.mark.parametrize("kind", [MeetingKind.APPRAISAL, MeetingKind.TALK])
def test_what_an_instrument_has_begun_to_ask_is_not_owed_before(kind: MeetingKind) -> None:
    assert cadence_of(kind, date(2018, 10, 27)) is None
    assert cadence_of(kind, date(2018, 10, 28)) is Every.YEAR


@pytest.mark.parametrize(
    ("kind", "policy", "period"),
    [
        pytest.param(GENERAL, CadencePolicy(), Quarter(2026, 1), id="党员大会属季度"),
        pytest.param(COMMITTEE, CadencePolicy(), Month(2026, 3), id="支委会属月"),
        pytest.param(LECTURE, CadencePolicy(Every.MONTH), Month(2026, 3), id="党课可改按月"),
        pytest.param(LECTURE, CadencePolicy(None), Month(2026, 3), id="不定次数算月"),
        pytest.param(MeetingKind.TALK, CadencePolicy(), Year(2026), id="谈心谈话属年度"),
        pytest.param(MeetingKind.STUDY, CadencePolicy(), Month(2026, 3), id="学习算月"),
    ],
)
def test_it_puts_a_meeting_in_its_period(
    kind: MeetingKind, policy: CadencePolicy, period: Period
) -> None:
    assert period_of(kind, date(2026, 3, 31), policy) == period


@pytest.mark.parametrize("period", [Month(2026, 3), Quarter(2026, 1)])
def test_it_reads_back_a_period(period: Period) -> None:
    assert parse_period(str(period)) == period


@pytest.mark.parametrize(
    ("held", "filled"),
    [
        pytest.param(Held(GENERAL, at(date(2026, 1, 1), 0, 0)), True, id="一月一日零点"),
        pytest.param(Held(GENERAL, at(date(2025, 12, 31), 23, 59)), False, id="上年最后一分钟"),
        pytest.param(Held(GENERAL, at(date(2026, 3, 31), 23, 50)), True, id="三月末夜里"),
        pytest.param(Held(GENERAL, at(date(2026, 4, 1), 0, 0)), False, id="四月一日零点"),
        pytest.param(Held(LECTURE, at(date(2026, 2, 1), 9)), False, id="别的会不顶"),
        pytest.param(
            Held(MeetingKind.ORG_LIFE, at(date(2026, 2, 1), 9)), False, id="组织生活会不顶"
        ),
        pytest.param(
            Held(GENERAL, at(date(2026, 4, 3), 9), Quarter(2026, 1)), True, id="注明属一季度"
        ),
        pytest.param(
            Held(GENERAL, at(date(2026, 3, 3), 9), Quarter(2025, 4)), False, id="注明属上年四季度"
        ),
    ],
)
def test_it_counts_a_meeting_in_the_period_it_starts_in(held: Held, filled: bool) -> None:
    assert period_filled(GENERAL, [held], Quarter(2026, 1)) is filled


def test_it_lets_two_meetings_of_one_month_not_pay_for_the_next() -> None:
    twice = [Held(COMMITTEE, at(date(2026, 3, day), 9)) for day in (3, 20)]

    assert period_filled(COMMITTEE, twice, Month(2026, 3))
    assert not period_filled(COMMITTEE, twice, Month(2026, 4))
    assert not period_filled(COMMITTEE, [], Month(2026, 3))


@pytest.mark.parametrize(
    ("today", "since", "overdue"),
    [
        pytest.param(date(2026, 3, 31), None, False, id="最后一天还不算"),
        pytest.param(date(2026, 4, 1), None, True, id="次日算"),
        pytest.param(date(2026, 4, 1), date(2026, 1, 1), True, id="季初启用"),
        pytest.param(date(2026, 4, 1), date(2026, 1, 2), False, id="季中启用还没开始记"),
    ],
)
def test_it_is_overdue_only_after_a_whole_period(
    today: date, since: date | None, overdue: bool
) -> None:
    assert is_overdue(Quarter(2026, 1), today, since) is overdue
