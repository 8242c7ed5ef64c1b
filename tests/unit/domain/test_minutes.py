"""The record of a meeting: folded from its entries, states, what is missing, what is refused."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.clock import at
from bot.domain.cadence import MeetingKind
from bot.domain.gatherings import kinds_together
from bot.domain.minutes import (
    Act,
    Entry,
    MinutesState,
    Part,
    TooPrivate,
    UnfitLine,
    check_line,
    fold,
    missing_parts,
)
from bot.domain.sensitive import SensitiveNumber

NOON = at(date(2026, 3, 12), 12)


def _wrote(seq: int, part: Part, text: str) -> Entry:
    return Entry(seq, Act.WRITE, NOON, part, text)


def test_the_last_chair_counts_and_every_item_of_the_agenda() -> None:
    found = fold(
        [
            _wrote(1, Part.CHAIR, "李书记"),
            _wrote(2, Part.AGENDA, "一"),
            _wrote(3, Part.CHAIR, "王敏"),
            _wrote(4, Part.AGENDA, "二"),
        ]
    )

    assert [entry.text for entry in found.of(Part.CHAIR)] == ["王敏"]
    assert [entry.text for entry in found.of(Part.AGENDA)] == ["一", "二"]


def test_a_line_taken_back_leaves_the_one_before_it() -> None:
    found = fold(
        [
            _wrote(1, Part.CHAIR, "李书记"),
            _wrote(2, Part.CHAIR, "王敏"),
            Entry(3, Act.TAKE_BACK, NOON, refers_to=2),
        ]
    )

    assert [entry.text for entry in found.of(Part.CHAIR)] == ["李书记"]


@pytest.mark.parametrize(
    ("hours", "state"),
    [
        pytest.param(0, MinutesState.CONFIRMED, id="刚确认"),
        pytest.param(71, MinutesState.CONFIRMED, id="差一小时三天"),
        pytest.param(72, MinutesState.LOCKED, id="正好三天"),
    ],
)
def test_it_locks_three_days_after_the_confirmation(hours: int, state: MinutesState) -> None:
    found = fold([_wrote(1, Part.CHAIR, "李书记"), Entry(2, Act.CONFIRM, NOON)])

    assert found.state(NOON + timedelta(hours=hours), 3) is state


def test_what_is_written_after_the_confirmation_has_to_be_confirmed_again() -> None:
    entries = [_wrote(1, Part.CHAIR, "李书记"), Entry(2, Act.CONFIRM, NOON)]

    assert fold(entries).state(NOON, 3) is MinutesState.CONFIRMED
    entries.append(_wrote(3, Part.AGENDA, "一"))
    assert fold(entries).state(NOON, 3) is MinutesState.DRAFT


def test_a_correction_keeps_place_old_and_new_and_the_lock() -> None:
    found = fold(
        [
            _wrote(1, Part.AGENDA, "一"),
            _wrote(2, Part.AGENDA, "二"),
            Entry(3, Act.CONFIRM, NOON),
            Entry(4, Act.CORRECT, NOON, Part.AGENDA, "壹", refers_to=1, old="一", reason="写错了"),
        ]
    )

    assert [entry.text for entry in found.of(Part.AGENDA)] == ["壹", "二"]
    assert [(entry.old, entry.text, entry.reason) for entry in found.corrections] == [
        ("一", "壹", "写错了")
    ]
    assert found.state(NOON + timedelta(days=4), 3) is MinutesState.LOCKED


@given(
    st.lists(
        st.tuples(
            st.sampled_from(list(Act)), st.sampled_from(list(Part)), st.text(min_size=1, max_size=3)
        ),
        max_size=30,
    ),
    st.randoms(),
)
def test_a_history_reads_the_same_in_whatever_order_it_is_loaded(
    written: list[tuple[Act, Part, str]], random: object
) -> None:
    entries = [
        Entry(seq, act, NOON, None if act is Act.CONFIRM else part, text, refers_to=seq - 1)
        for seq, (act, part, text) in enumerate(written, start=1)
    ]
    shuffled = list(entries)
    random.shuffle(shuffled)  # type: ignore[attr-defined]

    assert fold(shuffled) == fold(entries)
    assert len(fold(entries).corrections) == sum(act is Act.CORRECT for act, _, _ in written)


def test_it_says_what_is_missing() -> None:
    empty = fold([])

    assert missing_parts(empty, MeetingKind.GENERAL, attendance_known=False, undecided=["甲"]) == (
        "主持人",
        "记录人",
        "议题",
        "到会登记",
        "甲的表决票数",
    )
    assert "主讲人" in missing_parts(empty, MeetingKind.LECTURE, attendance_known=True)


@pytest.mark.parametrize(
    "text",
    ["张三投了反对票", "李四投赞成", "反对的有王五", "王五住院了，大家去看看", "赵六查出了癌症"],
)
def test_it_keeps_no_ballots_and_no_illness(text: str) -> None:
    with pytest.raises(TooPrivate):
        check_line(text)


@pytest.mark.parametrize(
    "text",
    ["赞成20票，反对0票", "反对的有0人", "去卫生院义诊", "学习献血先进事迹", "讨论医保宣传"],
)
def test_totals_and_health_work_are_no_secrets(text: str) -> None:
    assert check_line(text) == text


def test_it_refuses_empty_long_and_numbered_lines() -> None:
    with pytest.raises(UnfitLine):
        check_line(" ，")
    with pytest.raises(UnfitLine):
        check_line("会" * 301)
    with pytest.raises(SensitiveNumber):
        check_line("联系人13812345678")


@pytest.mark.parametrize(
    ("title", "kinds"),
    [
        ("支部党员大会+党课", (MeetingKind.GENERAL, MeetingKind.LECTURE)),
        ("党员大会和党课", (MeetingKind.GENERAL, MeetingKind.LECTURE)),
        ("主题党日、集中学习", (MeetingKind.THEME_DAY, MeetingKind.STUDY)),
        ("党课", ()),
        ("党课和党课", ()),
        ("学习和讨论", ()),
    ],
)
def test_kinds_side_by_side_are_several_meetings(
    title: str, kinds: tuple[MeetingKind, ...]
) -> None:
    assert kinds_together(title) == kinds
