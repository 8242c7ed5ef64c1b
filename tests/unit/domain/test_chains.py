"""How one paste differs from another, what makes them the same chain, and what it is about."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.chain_topics import Target, fitting, hear
from bot.domain.chains import (
    About,
    Chain,
    Entry,
    Line,
    NoteKind,
    compare,
    key_of,
    state_of,
)
from bot.domain.ids import MemberId

THE_16TH, THE_18TH = date(2026, 3, 16), date(2026, 3, 18)
THEME = Target(
    About.ATTENDANCE, "meeting:1", "16日主题党日", "16日主题党日 主题党日 党员活动日", THE_16TH
)
LECTURE = Target(About.ATTENDANCE, "meeting:2", "3月党课", "3月党课 党课", THE_18TH)
GENERAL = Target(
    About.ATTENDANCE,
    "meeting:3",
    "3月支部党员大会",
    "3月支部党员大会 支部党员大会",
    date(2026, 3, 20),
)
COURSE = Target(About.SIGNUP, "meeting:4", "党校培训班", "党校培训班 党校培训", date(2026, 3, 25))
VOLUNTEERS = Target(About.SIGNUP, "meeting:5", "社区志愿服务", "社区志愿服务", date(2026, 3, 21))
ESSAYS = Target(About.RECEIPT, "notice:1", "通知", "请各位党员本周五前把学习心得交到支部办公室")
MARCH = Target(About.DUES, "dues:2026-03", "3月党费")
FEBRUARY = Target(About.DUES, "dues:2026-02", "2月党费")
OPEN = (THEME, LECTURE, GENERAL, COURSE, VOLUNTEERS, ESSAYS, MARCH)


def _chain(title: str, *notes: str, tail: str = "", kind: NoteKind = NoteKind.PLAIN) -> Chain:
    entries = tuple(Entry(n, "", f"张{n}", note, kind=kind) for n, note in enumerate(notes, 1))
    return Chain(title, (), entries, tail)


ABOUT: dict[str, tuple[str, tuple[date, ...], list[Target]]] = {
    "会的名字": ("3月支部党员大会签到", (), [GENERAL]),
    "会的简称": ("党课签到", (), [LECTURE]),
    "日子": ("3月16日活动签到", (THE_16TH,), [THEME]),
    "日子对不上": ("4月16日主题党日签到", (date(2026, 4, 16),), []),
    "光说签到": ("签到", (), [THEME, LECTURE, GENERAL]),
    "参会人员": ("参会人员名单", (), [THEME, LECTURE, GENERAL]),
    "主题党日报名是会": ("主题党日报名", (), [THEME]),
    "报名的班": ("党校培训班报名", (), [COURSE]),
    "志愿服务": ("周六志愿服务，8点小区门口集合", (), [VOLUNTEERS]),
    "光说报名": ("报名", (), [THEME, LECTURE, GENERAL, COURSE, VOLUNTEERS]),
    "党费": ("3月党费", (), [MARCH]),
    "收到通知": ("学习心得通知，收到请接龙", (), [ESSAYS]),
    "收到别的": ("水费通知，收到请接龙", (), []),
    "心得提交不是收到": ("学习心得提交", (), []),
    "团购": ("百香果团购", (), []),
    "团购报名": ("百香果团购报名", (), []),
    "驾校报名": ("驾校报名", (), []),
    "没有标题": ("", (), []),
}


@pytest.mark.parametrize(("title", "days", "targets"), ABOUT.values(), ids=ABOUT)
def test_a_title_decides_among_what_is_open(
    title: str, days: tuple[date, ...], targets: list[Target]
) -> None:
    assert fitting(hear(_chain(title, "", ""), days), OPEN) == targets


def test_dues_without_a_month_are_asked_about() -> None:
    assert fitting(hear(_chain("党费", "15元")), (MARCH, FEBRUARY)) == [MARCH, FEBRUARY]


def test_what_is_open_this_moment_goes_before_what_is_not() -> None:
    now = Target(About.ATTENDANCE, "meeting:9", "支委会", "支委会", THE_16TH, is_now=True)

    assert fitting(hear(_chain("签到", "")), (THEME, now, LECTURE)) == [now]


def test_the_tail_speaks_where_the_title_does_not() -> None:
    said = hear(_chain("学习心得", "", tail="收到请接龙"))

    assert said.topics == {About.RECEIPT}


def test_most_notes_speak_where_nothing_else_does() -> None:
    assert hear(_chain("", "收到", "收到", "")).topics == {About.RECEIPT}
    assert hear(_chain("", "收到", "", "")).topics == frozenset()


def test_leave_is_an_answer_of_another_chain_before_it_is_a_topic() -> None:
    assert hear(_chain("请假接龙", "")).topics == {About.LEAVE}
    assert hear(_chain("参会接龙，请假的注明", "")).topics == {About.ATTENDANCE}


def _line(name: str, member: int | None = None, count: int = 1, number: int = 1) -> Line:
    how = "exact" if member else "unclear"
    return Line(number, name, MemberId(member) if member else None, how, count, NoteKind.PLAIN)


ZHANG, LI = _line("张三", 1), _line("李四", 2)
LI_WITH_TWO = _line("李四", 2, count=3)


def test_a_difference_goes_by_person() -> None:
    found = compare([ZHANG, LI, _line("W.")], [LI_WITH_TWO, _line("王五", 3)])

    assert [line.name for line in found.new] == ["王五"]
    assert [line.name for line in found.changed] == ["李四"]
    assert [line.name for line in found.vanished] == ["张三", "W."]


_LINES = st.lists(
    st.builds(
        lambda member, count, number: _line(f"n{member}", member, count, number),
        st.integers(1, 9),
        st.integers(1, 3),
        st.integers(1, 99),
    ),
    unique_by=lambda line: line.who,
)


@given(_LINES, st.randoms())
def test_order_and_numbers_make_no_other_state(lines: list[Line], random: object) -> None:
    shuffled = list(lines)
    random.shuffle(shuffled)  # type: ignore[attr-defined]  # hypothesis hands in a Random

    assert state_of(shuffled) == state_of(lines)
    assert compare(lines, shuffled) == compare([], [])


@given(_LINES, _LINES)
def test_what_is_new_one_way_is_gone_the_other(one: list[Line], other: list[Line]) -> None:
    there, back = compare(one, other), compare(other, one)

    assert there.new == back.vanished
    assert there.vanished == back.new
    assert {line.who for line in there.changed} == {line.who for line in back.changed}


def test_emoji_width_and_spaces_make_no_other_chain() -> None:
    plain, adorned = _chain("3月党费", ""), _chain("３月 党费！💪", "")

    assert key_of(plain) == key_of(adorned)
    assert key_of(plain) != key_of(_chain("4月党费", ""))


def test_a_chain_without_a_title_goes_by_who_began_it() -> None:
    one = Chain("", (), (Entry(1, "", "张三"),))
    other = Chain("", (), (Entry(1, "", "李四"),))

    assert key_of(one) != key_of(other)
    assert key_of(one) == key_of(Chain("", (), (Entry(1, "", "张三"), Entry(2, "", "李四"))))
