"""Where everybody stands at a meeting: 应到 = 实到 + 请假 + 缺席 + 未定, always."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.attendance import THERE, Mark
from bot.domain.ids import MemberId
from bot.domain.roll_call import NOTHING, Place, Roll, Stand, tally, total
from bot.domain.roll_order import Order, Word, carry_out

ZHANG, LI, WANG, ZHAO, SUN, GUEST = map(MemberId, range(1, 7))
EVERYBODY = [ZHANG, LI, WANG, ZHAO, SUN]
RUNNING, CLOSED = Roll(), Roll(closed=True)
STRICT = Roll(closed=True, leave_needs_approval=True)


def test_it_counts_a_meeting() -> None:
    stands = {
        ZHANG: Stand(Mark.PRESENT),
        LI: Stand(Mark.LATE),
        WANG: Stand(Mark.LEAVE),
        GUEST: Stand(Mark.PRESENT),
    }

    counts = tally(EVERYBODY, stands, Roll(excused=frozenset({SUN, ZHANG})))

    assert (counts.expected, counts.present, counts.late, counts.observers) == (5, 2, 1, 1)
    assert (counts.leave, counts.excused, counts.absent, counts.open) == (2, 1, 0, 1)
    assert counts.percent == 50


@pytest.mark.parametrize(
    ("mark", "running", "closed", "strict"),
    [
        pytest.param(None, Place.OPEN, Place.ABSENT, Place.ABSENT, id="没有登记"),
        pytest.param(Mark.PROMISED, Place.OPEN, Place.ABSENT, Place.ABSENT, id="答应了没来"),
        pytest.param(Mark.PRESENT, Place.PRESENT, Place.PRESENT, Place.PRESENT, id="到会"),
        pytest.param(Mark.LEFT_EARLY, Place.PRESENT, Place.PRESENT, Place.PRESENT, id="早退"),
        pytest.param(Mark.LEAVE, Place.LEAVE, Place.LEAVE, Place.LEAVE, id="准了的假"),
        pytest.param(Mark.LEAVE_REQUESTED, Place.LEAVE, Place.LEAVE, Place.OPEN, id="请假待批"),
        pytest.param(Mark.LEAVE_REFUSED, Place.OPEN, Place.ABSENT, Place.ABSENT, id="请假未准"),
        pytest.param(Mark.ABSENT, Place.ABSENT, Place.ABSENT, Place.ABSENT, id="说了缺席"),
        pytest.param(Mark.ELSEWHERE, Place.LEAVE, Place.LEAVE, Place.LEAVE, id="在外参加"),
        pytest.param(Mark.MAKEUP_REQUESTED, Place.OPEN, Place.OPEN, Place.OPEN, id="补签待批"),
        pytest.param(Mark.MAKEUP_GRANTED, Place.PRESENT, Place.PRESENT, Place.PRESENT, id="补签"),
        pytest.param(Mark.PROXY_REQUESTED, Place.OPEN, Place.OPEN, Place.OPEN, id="代签待批"),
        pytest.param(Mark.PROXY_REFUSED, Place.OPEN, Place.ABSENT, Place.ABSENT, id="代签未准"),
        pytest.param(Mark.WITHDRAWN, Place.OPEN, Place.ABSENT, Place.ABSENT, id="撤销了"),
    ],
)
def test_it_tells_where_a_mark_puts_somebody(
    mark: Mark | None, running: Place, closed: Place, strict: Place
) -> None:
    stand = Stand(mark)

    assert RUNNING.place_of(ZHANG, stand) is running
    assert CLOSED.place_of(ZHANG, stand) is closed
    assert STRICT.place_of(ZHANG, stand) is strict


@pytest.mark.parametrize(
    ("before", "excused", "reached"),
    [
        pytest.param(Mark.LEAVE, False, 100, id="请假后补学"),
        pytest.param(None, False, 100, id="没来后补学"),
        pytest.param(Mark.LEAVE_REQUESTED, True, 100, id="不作硬性要求的，补不补都一样"),
    ],
)
def test_studying_later_raises_what_was_reached_and_never_attendance(
    before: Mark | None, excused: bool, reached: int
) -> None:
    roll = Roll(closed=True, excused=frozenset({LI} if excused else ()))

    absent = tally([ZHANG, LI], {ZHANG: Stand(Mark.PRESENT), LI: Stand(before)}, roll)
    later = Stand(Mark.STUDIED_LATER, before)
    studied = tally([ZHANG, LI], {ZHANG: Stand(Mark.PRESENT), LI: later}, roll)

    assert (studied.present, studied.percent) == (absent.present, absent.percent)
    assert (studied.leave, studied.absent) == (absent.leave, absent.absent)
    assert studied.percent_reached == reached


def test_who_said_yes_and_was_absent_is_counted_once_the_roll_call_is_closed() -> None:
    stands = {ZHANG: Stand(Mark.PROMISED), LI: Stand(Mark.PRESENT)}

    assert tally([ZHANG, LI, WANG], stands, RUNNING).broke_word == 0
    assert tally([ZHANG, LI, WANG], stands, CLOSED).broke_word == 1


def test_it_has_no_rate_where_nobody_counts() -> None:
    assert tally([], {}, CLOSED).percent is None
    assert tally([SUN], {}, Roll(closed=True, excused=frozenset({SUN}))).percent is None


_STANDS = st.builds(Stand, st.none() | st.sampled_from(Mark), st.none() | st.sampled_from(Mark))
_ROLLS = st.builds(
    Roll, st.booleans(), st.booleans(), st.frozensets(st.integers(1, 30).map(MemberId))
)


@given(st.dictionaries(st.integers(1, 30).map(MemberId), _STANDS), st.integers(0, 30), _ROLLS)
def test_it_puts_everybody_expected_in_one_place(
    stands: dict[MemberId, Stand], size: int, roll: Roll
) -> None:
    expected = [MemberId(n) for n in range(1, size + 1)]

    counts = tally(expected, stands, roll)

    assert counts.expected == size
    assert counts.present + counts.leave + counts.absent + counts.open == size
    assert counts.late + counts.left_early <= counts.present
    assert counts.excused + counts.elsewhere <= counts.leave
    assert counts.percent is None or 0 <= counts.percent <= 100
    halves = (expected[: size // 2], expected[size // 2 :])
    parts = total(tally(half, {m: stands.get(m, NOTHING) for m in half}, roll) for half in halves)
    assert (parts.expected, parts.present, parts.leave) == (size, counts.present, counts.leave)


@pytest.mark.parametrize(
    ("mark", "word", "after", "contradicts"),
    [
        pytest.param(None, Word.CAME, Mark.PRESENT, False, id="都到，没有登记"),
        pytest.param(Mark.PROMISED, Word.CAME, Mark.PRESENT, False, id="都到，答应来"),
        pytest.param(Mark.LATE, Word.CAME, None, False, id="都到，本人已签到"),
        pytest.param(Mark.LEAVE_REQUESTED, Word.CAME, Mark.PRESENT, True, id="都到，本人请假"),
        pytest.param(Mark.PROXY_REQUESTED, Word.CAME, Mark.PRESENT, False, id="都到，代签待批"),
        pytest.param(None, Word.OUT, Mark.ABSENT, False, id="除，没有登记"),
        pytest.param(Mark.LEAVE_REQUESTED, Word.OUT, None, False, id="除，本人请假"),
        pytest.param(Mark.PRESENT, Word.OUT, Mark.ABSENT, True, id="除，本人签了到"),
        pytest.param(Mark.LEAVE_REQUESTED, Word.LEAVE, Mark.LEAVE, False, id="请假，本人请过"),
        pytest.param(Mark.PRESENT, Word.LEAVE, Mark.LEAVE, True, id="请假，本人签了到"),
        pytest.param(Mark.LEAVE, Word.ABSENT, Mark.ABSENT, True, id="缺席，本人请假"),
        pytest.param(Mark.ABSENT, Word.ABSENT, None, False, id="缺席，已是缺席"),
    ],
)
def test_an_order_keeps_what_members_said_unless_it_says_otherwise(
    mark: Mark | None, word: Word, after: Mark | None, contradicts: bool
) -> None:
    found = carry_out(Order({ZHANG: word}), [ZHANG], {ZHANG: Stand(mark)}, own=[ZHANG])

    assert [change.after for change in found.changes] == ([] if after is None else [after])
    assert any(change.contradicts for change in found.changes) is contradicts
    assert (ZHANG in found.came) is ((after or mark) in THERE)


def test_everybody_does_not_speak_of_those_who_need_not_come() -> None:
    order = Order({LI: Word.OUT}, everyone=True)

    found = carry_out(order, [ZHANG, LI, SUN, ZHAO], {}, excused=[SUN, ZHAO])
    named = carry_out(Order({SUN: Word.CAME}, everyone=True), [ZHANG, SUN], {}, excused=[SUN])

    assert found.came == (ZHANG,)
    assert found.not_asked == (SUN, ZHAO)
    assert named.came == (ZHANG, SUN)
