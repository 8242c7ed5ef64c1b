"""Which days a leave is for: one, all of several, and never the one said not to be meant."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from bot.clock import SHANGHAI
from bot.inbound.leaves import LeaveSlots, recognise_leave
from bot.inbound.read import read

MONDAY = datetime(2026, 11, 16, 10, tzinfo=SHANGHAI)


def asked(text: str) -> list[LeaveSlots]:
    """Read a message said to the bot on Monday, 16 November 2026."""
    utterance = read(text, quoted=None, private=True, addressed=True, now=MONDAY)
    return [reading.slots for reading in recognise_leave(utterance)]


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("16号和18号都请假", (16, 18)),
        ("18号、20号请假", (18, 20)),
        ("18号20号请假", (18, 20)),
        ("18号跟20号的会我都请个假", (18, 20)),
        ("18号的党课和20号的大会我都请假", (18, 20)),
        ("周三周五都请假", (18, 20)),
        ("礼拜三、礼拜五俺都请假", (18, 20)),
        ("这礼拜三还有下礼拜一请假", (18, 23)),
        ("明天和大后天请假，家里有事", (17, 19)),
        ("明儿跟大后天请个假", (17, 19)),
        ("请假18号20号", (18, 20)),
        ("请假 18号、20号 出差", (18, 20)),
        ("16号，18号，20号请假", (16, 18, 20)),
        ("18号下午和20号上午请假去医院", (18, 20)),
        ("18号请假，20号也请", (18, 20)),
        ("18号请假，20号也一样", (18, 20)),
        ("明天请假，周五也去不了", (17, 20)),
        ("18号我请假，还有20号", (18, 20)),
        ("17号到19号还有23号请假", (17, 18, 19, 23)),
        ("18号以及25号请假，住院", (18, 25)),
        ("周三和下周一的会我都来不了，出差，请假", (18, 23)),
        ("18号、20号、25号三次都请假", (18, 20, 25)),
    ],
)
def test_all_days_named_are_meant(text: str, days: tuple[int, ...]) -> None:
    (leave,) = asked(text)

    assert leave.days == tuple(date(2026, 11, day) for day in days)
    assert leave.day == leave.days[0]
    assert leave.until is None


@pytest.mark.parametrize(
    ("text", "day", "not_on"),
    [
        ("请假不是今天，是明天", 17, 16),
        ("不是今天请假，是明天", 17, 16),
        ("我请假不是18号，是20号", 20, 18),
        ("请假不是周三，是周五", 20, 18),
        ("请假不是今天的会，是大后天的", 19, 16),
        ("请假是明天，不是今天", 17, 16),
        ("明天请假，不是今天", 17, 16),
        ("不是18号，20号请假", 20, 18),
        ("今天不请，明天请假", 17, None),
        ("今天不请假，明天请假", 17, None),
        ("今天能来，明天请假", 17, None),
        ("今天的会能去，明天的请假", 17, None),
        ("18号照常，20号请个假", 20, None),
        ("18号没事，20号请假看病", 20, None),
        ("18号我能到，20号请假", 20, None),
        ("周三可以来，周五请假", 20, None),
        ("18号去得了，20号请假", 20, None),
        ("18号请假，20号要去医院复查", 18, None),
        ("18号请假，20号才回来", 18, None),
        ("18号请假，20号出院", 18, None),
        ("明天请假，昨天跟组长说过了", 17, None),
    ],
)
def test_a_day_that_is_denied_is_not_meant(text: str, day: int, not_on: int | None) -> None:
    (leave,) = asked(text)

    assert (leave.day, leave.days) == (date(2026, 11, day), ())
    assert leave.not_on == (date(2026, 11, not_on) if not_on else None)


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("17、18号请假", 17, 18),
        ("17号到19号请假", 17, 19),
        ("明后天请假", 17, 18),
        ("18号、19号请假", 18, 19),
    ],
)
def test_days_in_a_row_stay_a_span(text: str, first: int, last: int) -> None:
    (leave,) = asked(text)

    assert (leave.day, leave.until, leave.days) == (
        date(2026, 11, first),
        date(2026, 11, last),
        (),
    )


@pytest.mark.parametrize(
    "text", ["16号和18号都请假", "18号请假，20号也请", "17号到19号还有23号请假"]
)
def test_what_joins_days_is_no_reason(text: str) -> None:
    (leave,) = asked(text)

    assert leave.reason is None


@pytest.mark.parametrize(
    ("text", "heads"),
    [
        ("这两次会我都请假 出门打工", 2),
        ("这三个会都请假", 3),
        ("那两场会我都请假，家里有事", 2),
        ("这几次会俺都请假", 0),
        ("两个会都请假", 2),
        ("18号请假", None),
    ],
)
def test_leave_of_several_meetings_is_leave_of_each(text: str, heads: int | None) -> None:
    (leave,) = asked(text)

    assert leave.heads == heads


@pytest.mark.parametrize(
    "text",
    [
        "礼拜三要接孙子放学 请个假",
        "去送孩子上学，请个假",
        "带孙子请个假",
        "要照顾孙女请假",
        "陪女儿请假",
    ],
)
def test_a_child_looked_after_is_a_reason(text: str) -> None:
    assert len(asked(text)) == 1


@pytest.mark.parametrize("text", ["给孩子请病假", "孩子请假了", "赵六不去了 换孙丽", "孙女请假"])
def test_a_childs_leave_and_a_swap_are_no_leave(text: str) -> None:
    assert asked(text) == []
