"""What is said by halves: days added to a leave, who signs for whom, dues that went wrong."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from bot.clock import SHANGHAI
from bot.domain.periods import Month
from bot.inbound.dues_listed import find_dated
from bot.inbound.leaves import recognise_leave
from bot.inbound.names import find_people
from bot.inbound.payments import Doubt, DuesPaidSlots, recognise_dues_paid
from bot.inbound.presence import recognise_checkin, recognise_checkin_proxy
from bot.inbound.read import read
from bot.inbound.reasons import recognise_reason
from bot.inbound.retractions import recognise_undo
from bot.inbound.utterance import Lexicon, Utterance
from handlers.dues_trouble import recognise as recognise_trouble
from handlers.meetings import recognise_meeting_query

NOW = datetime(2026, 11, 16, 9, 0, tzinfo=SHANGHAI)  # a Monday
ROLL = Lexicon(("张三", "王五", "赵六", "孙丽"))


def _said(text: str, *, private: bool = True) -> Utterance:
    return read(text, quoted=None, private=private, addressed=private, now=NOW, lexicon=ROLL)


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("请假到20号", 16, 20),
        ("请假请到20号", 16, 20),
        ("出差，请假到周五", 16, 20),
        ("请假一直到20号", 16, 20),
        ("我从18号请假到20号", 18, 20),
        ("18号请假到20号", 18, 20),
        ("出差到20号，请假", 16, 20),
        ("住院到25号，18号请假", 18, None),
        ("请假到今天", 16, None),
        ("周五也请", 20, None),
        ("我礼拜五也请一下", 20, None),
        ("也请20号的", 20, None),
        ("20号也来不了", 20, None),
        ("请到20号", None, 20),
        ("我一直请到20号", None, 20),
    ],
)
def test_days_of_a_leave(text: str, first: int | None, last: int | None) -> None:
    [reading] = recognise_leave(_said(text))

    assert reading.slots.day == (first and date(2026, 11, first))
    assert reading.slots.until == (last and date(2026, 11, last))
    assert reading.slots.goes_on is (first is None)


@pytest.mark.parametrize("text", ["周五也请客", "周五也请您来", "请到20号楼", "请20号到会", "也请"])
def test_an_invitation_is_no_leave(text: str) -> None:
    assert recognise_leave(_said(text)) == []


def test_days_are_added_only_where_the_bot_is_spoken_to() -> None:
    assert recognise_leave(_said("周五也请", private=False)) == []


@pytest.mark.parametrize(
    "text", ["也到了 手机没电用老伴的", "到了，孩子也来了", "已经到了 出差回来"]
)
def test_who_has_come_gives_no_reason_for_being_away(text: str) -> None:
    assert recognise_reason(_said(text)) == []


@pytest.mark.parametrize(
    "text",
    ["孙丽代签", "孙丽 代签", "请孙丽代签", "由孙丽代签到", "孙丽帮忙代签一下", "让孙丽替我签"],
)
def test_who_is_there_cannot_be_told(text: str) -> None:
    readings = recognise_checkin_proxy(_said(text))

    assert all(reading.slots.by_them for reading in readings)


@pytest.mark.parametrize(
    "text", ["代孙丽签到", "我代孙丽签", "代签孙丽", "赵六由孙丽代签", "替孙丽签一下"]
)
def test_who_is_signed_for_is_said(text: str) -> None:
    [reading] = recognise_checkin_proxy(_said(text))

    assert not reading.slots.by_them


@pytest.mark.parametrize(
    ("text", "borrowed"),
    [
        ("我也到了 路上堵车", False),
        ("我到了，在后排坐着", False),
        ("到了，不好意思晚了", False),
        ("我也到了 手机没电用老伴的发的", True),
        ("我到了，用我老伴的微信发的", True),
        ("到了 没带手机", True),
    ],
)
def test_being_there_with_a_word_beside_it(text: str, borrowed: bool) -> None:
    [reading] = recognise_checkin(_said(text, private=False))

    assert reading.slots.borrowed is borrowed


@pytest.mark.parametrize(
    "text", ["我到了，快递也到了", "来了 老弟", "我到了 你呢", "到了，火车晚点", "我来了 给我留饭"]
)
def test_having_come_elsewhere_is_no_check_in(text: str) -> None:
    assert recognise_checkin(_said(text, private=False)) == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("张三15(11月)赵六15(10月)党费", [("张三", 11, 1500), ("赵六", 10, 1500)]),
        ("党费：张三15元(11月)，赵六20元(10月)", [("张三", 11, 1500), ("赵六", 10, 2000)]),
        ("张三15(11月)张三15(10月)党费", []),
        ("张三15(11月)赵六15党费", []),
        ("张三借了15(11月)赵六15(10月)党费", []),
    ],
)
def test_a_list_with_months_in_brackets(text: str, found: list[tuple[str, int, int]]) -> None:
    read_so = [(name, months[0].number, fen) for name, months, fen, *_ in find_dated(_said(text))]

    assert read_so == found


def test_dues_from_a_month_to_a_month() -> None:
    [reading] = recognise_dues_paid(_said("党费从8月交到12月"))

    assert reading.slots.months == tuple(Month(2026, number) for number in range(8, 13))


@pytest.mark.parametrize(
    "text", ["党费要从8月交到12月", "党费应该从8月交到12月", "党费从8月交到12月可以吗"]
)
def test_dues_still_to_be_paid(text: str) -> None:
    assert recognise_dues_paid(_said(text)) == []


@pytest.mark.parametrize("text", ["一组党费收齐了共75元", "我们组党费收齐了，共75"])
def test_whose_dues_a_leader_has_got_is_asked(text: str) -> None:
    [reading] = recognise_dues_paid(_said(text))

    assert (reading.slots.heads, reading.slots.amount_fen) == (0, 7500)


@pytest.mark.parametrize("text", ["岳父岳母", "岳父和岳母"])
def test_parents_in_law_are_two(text: str) -> None:
    [reading] = recognise_dues_paid(_said(f"{text}党费各20"))

    assert (reading.slots.names, reading.slots.each_fen) == (("岳父", "岳母"), 2000)


def test_the_surname_stays_a_surname() -> None:
    assert [name for name, *_ in find_people("岳云鹏")] == ["岳云鹏"]


@pytest.mark.parametrize(
    ("text", "private", "fires"),
    [
        ("党费交重了", False, True),
        ("党费重复交了", True, True),
        ("党费多交了怎么退", True, True),
        ("退回来了", True, True),
        ("退回来了", False, False),
        ("党费没交重", True, False),
        ("党费是不是交重了", True, False),
        ("燃气费交重了", False, False),
        ("怕党费交重了", True, False),
    ],
)
def test_dues_that_went_wrong(text: str, private: bool, fires: bool) -> None:
    assert bool(recognise_trouble(_said(text, private=private))) is fires


def _paid(text: str) -> list[DuesPaidSlots]:
    return [reading.slots for reading in recognise_dues_paid(_said(text))]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("小王帮我交了党费15", ()),
        ("王五替我把11月党费交了", ()),
        ("王五昨天帮我交了党费15", ()),
        ("我帮王五交了党费15", ("王五",)),
        ("王五替我妈交了党费15", ("妈",)),
        ("党费15元 备注：王五", ("王五",)),
        ("党费15元，缴费人王五", ("王五",)),
    ],
)
def test_whose_dues_they_are(text: str, names: tuple[str, ...]) -> None:
    assert [slots.names for slots in _paid(text)] == [names]


@pytest.mark.parametrize(
    "text",
    [
        "除了张三都交了党费",
        "党费都交了，就差张三",
        "交党费的时候顺便把报纸费20也交了",
        "好像11月党费交了15",
        "党费重复交了",
    ],
)
def test_no_payment_of_the_senders_is_told(text: str) -> None:
    assert _paid(text) == []


@pytest.mark.parametrize(
    ("text", "months", "until", "fen"),
    [
        ("党费交到明年3月了", [], "2027-03", None),
        ("党费交到明年三月，60", [], "2027-03", 6000),
        ("明年党费交了", [f"2027-{n:02}" for n in range(1, 13)], None, None),
        ("去年12月的党费我是今年1月交的，15元", ["2025-12"], None, 1500),
        ("11月交10月党费15", ["2026-10"], None, 1500),
        ("党费一季度45二季度45", [f"2026-{n:02}" for n in range(1, 7)], None, 9000),
        ("党费上半年90下半年90", [f"2026-{n:02}" for n in range(1, 13)], None, 18000),
        ("党费20，多的5块算下个月的", [], None, None),
    ],
)
def test_months_and_sum(text: str, months: list[str], until: str | None, fen: int | None) -> None:
    [slots] = _paid(text)

    assert [str(month) for month in slots.months] == months
    assert (slots.until and str(slots.until)) == until
    assert slots.amount_fen == fen


@pytest.mark.parametrize(
    ("text", "day", "not_on"),
    [
        ("18号的会请假改成20号", 20, 18),
        ("我18号请假改20号", 20, 18),
        ("18号请假，20号去医院", 18, None),
    ],
)
def test_a_leave_is_moved(text: str, day: int, not_on: int | None) -> None:
    [reading] = recognise_leave(_said(text))

    assert reading.slots.day == date(2026, 11, day)
    assert reading.slots.not_on == (not_on and date(2026, 11, not_on))


@pytest.mark.parametrize(
    ("text", "names", "reason"),
    [
        ("孙子发烧，我去不了会了", (), "孙子发烧"),
        ("张三和赵六请假，孙丽晚到", ("张三", "赵六"), None),
        ("王五说他不来了", ("王五",), None),
    ],
)
def test_who_is_away_and_why(text: str, names: tuple[str, ...], reason: str | None) -> None:
    [reading] = recognise_leave(_said(text))

    assert (reading.slots.names, reading.slots.reason) == (names, reason)


def test_a_guest_who_stays_at_home_asks_no_leave() -> None:
    assert recognise_leave(_said("植树退1个，孙子不去了")) == []


def test_the_day_of_a_meeting_attended_is_made_up_for() -> None:
    [reading] = recognise_checkin(_said("上周五的会我参加了，签到漏了"))

    assert (reading.slots.day, reading.slots.late) == (date(2026, 11, 13), True)


def test_having_no_time_asks_for_no_time() -> None:
    assert recognise_meeting_query(_said("观影我想去但是没时间")) == []


def test_the_activity_asked_about_is_named() -> None:
    [reading] = recognise_meeting_query(_said("植树啥时候集合"))

    assert reading.slots.title == "植树"


@pytest.mark.parametrize(
    "text",
    ["请假真难，我们单位请个假要三级审批", "我们厂里请假太麻烦了", "现在请个假还要领导签字"],
)
def test_talk_of_leave_is_no_leave(text: str) -> None:
    assert recognise_leave(_said(text, private=False)) == []


@pytest.mark.parametrize(
    ("text", "fen"),
    [
        ("党费赵六六块", 600),
        ("党费王五五块五", 550),
    ],
)
def test_the_numeral_of_a_name_is_no_sum(text: str, fen: int) -> None:
    assert [(slots.names, slots.amount_fen) for slots in _paid(text)] == [((text[2:4],), fen)]


@pytest.mark.parametrize("text", ["党费我15王五15共30", "党费我15王五15"])
def test_two_sums_of_two_are_asked(text: str) -> None:
    [slots] = _paid(text)

    assert (slots.doubt, slots.amount_fen) == (Doubt.SEVERAL, None)


@pytest.mark.parametrize(
    "text", ["把王五的11月党费改成20", "更正 党费 王五 11月 20", "王五的11月党费记错了，是20不是15"]
)
def test_a_correction_of_anothers_dues_is_his(text: str) -> None:
    [undo] = recognise_undo(_said(text))

    assert undo.slots.whose == "王五"
    assert [slots.names for slots in _paid(text)] == [("王五",)]
