"""Which months a declared payment is for."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.dues_allocation import (
    Allocated,
    Allocation,
    NeedsAnswer,
    PayingPolicy,
    Question,
    Refusal,
    Refused,
    allocate,
)
from bot.domain.periods import Month, months_between

TODAY = date(2026, 5, 12)
YEAR = tuple(months_between(Month(2025, 6), Month(2026, 6)))


def month(text: str) -> Month:
    return Month.parse(text)


def months(text: str) -> list[Month]:
    return [month(part) for part in text.split()]


def due(open_months: str, each: int = 3000) -> dict[Month, int]:
    """Return a year of assessed months, all settled but those named."""
    return {m: each if m in months(open_months) else 0 for m in YEAR}


def put(text: str) -> tuple[tuple[Month, int], ...]:
    """Read `2026-03:30` as months and yuan."""
    pairs = (part.split(":") for part in text.split())
    return tuple((month(name), int(amount) * 100) for name, amount in pairs)


OPEN = due("2026-03 2026-04 2026-05 2026-06")


@pytest.mark.parametrize(
    ("named", "total", "parts"),
    [
        pytest.param("2026-03", None, "2026-03:30", id="一个月没写金额"),
        pytest.param("2026-03", 3000, "2026-03:30", id="一个月金额对"),
        pytest.param(
            "2026-05 2026-03 2026-04 2026-04",
            None,
            "2026-03:30 2026-04:30 2026-05:30",
            id="几个月按月份顺序",
        ),
        pytest.param("2026-03 2026-05", 6000, "2026-03:30 2026-05:30", id="不相连合计对"),
    ],
)
def test_it_puts_named_months_their_own_amounts(named: str, total: int | None, parts: str) -> None:
    assert allocate(months(named), total, OPEN, TODAY) == Allocated(put(parts))


def test_it_marks_a_payment_for_months_to_come() -> None:
    answer = allocate(months("2026-05 2026-06"), 6000, OPEN, TODAY)

    assert answer == Allocated(put("2026-05:30 2026-06:30"), is_ahead=True)
    assert isinstance(answer, Allocated)
    assert answer.total_fen == 6000


@pytest.mark.parametrize(
    ("named", "total", "question", "sentence", "choices"),
    [
        pytest.param(
            "",
            None,
            Question.CONFIRM_MONTHS,
            "是3月党费30元吗？是请回复 1；不是请写上月份，例如：党费 3月 30",
            ["2026-03:30"],
            id="什么也没写",
        ),
        pytest.param(
            "",
            6000,
            Question.CONFIRM_MONTHS,
            "是3–4月党费60元吗？是请回复 1；不是请写上月份，例如：党费 3月 30",
            ["2026-03:30 2026-04:30"],
            id="没写月份两个月的钱",
        ),
        pytest.param(
            "",
            12000,
            Question.CONFIRM_MONTHS,
            "是3–6月党费120元吗？是请回复 1；不是请写上月份，例如：党费 3月 30",
            ["2026-03:30 2026-04:30 2026-05:30 2026-06:30"],
            id="没写月份连预交",
        ),
        pytest.param(
            "",
            4500,
            Question.WHICH_MONTH,
            "45元是哪几个月的党费？请写上月份，例如：党费 3月 30",
            [],
            id="没写月份金额对不上",
        ),
        pytest.param(
            "2026-03",
            2000,
            Question.AMOUNT_DIFFERS,
            "3月党费核定30元，您写的是20元。确实交了20元请回复 1；写错了请再写一次，例如：党费 3月 30",
            ["2026-03:20"],
            id="一个月少了",
        ),
        pytest.param(
            "2026-03",
            5000,
            Question.AMOUNT_DIFFERS,
            "3月党费核定30元，您写的是50元。确实交了50元请回复 1；写错了请再写一次，例如：党费 3月 30",
            ["2026-03:50"],
            id="一个月多了",
        ),
        pytest.param(
            "2026-03 2026-04 2026-05",
            3000,
            Question.AMOUNT_DIFFERS,
            "3–5月党费核定90元，您写的是30元。每月30元、共90元请回复 1；一共只交了30元请回复 2",
            ["2026-03:30 2026-04:30 2026-05:30", "2026-03:30"],
            id="写的像是每月的钱",
        ),
        pytest.param(
            "2026-03 2026-04 2026-05",
            7000,
            Question.AMOUNT_DIFFERS,
            "3–5月党费核定90元，您写的是70元。确实交了70元请回复 1；写错了请再写一次，例如：党费 3月 30",
            ["2026-03:30 2026-04:30 2026-05:10"],
            id="几个月少了从早的记",
        ),
        pytest.param(
            "2026-03 2026-04",
            10000,
            Question.AMOUNT_DIFFERS,
            "3–4月党费核定60元，您写的是100元。确实交了100元请回复 1；写错了请再写一次，例如：党费 3月 30",
            ["2026-03:30 2026-04:70"],
            id="几个月多了记在最后",
        ),
        pytest.param(
            "2026-02 2026-03",
            None,
            Question.PARTLY_SETTLED,
            "2月党费已登记。只记3月30元，对的请回复 1",
            ["2026-03:30"],
            id="有一个月登记过",
        ),
        pytest.param(
            "2026-02 2026-03",
            3000,
            Question.PARTLY_SETTLED,
            "2月党费已登记。只记3月30元，对的请回复 1",
            ["2026-03:30"],
            id="登记过一个月金额是其余的",
        ),
        pytest.param(
            "2026-02 2026-03",
            6000,
            Question.PARTLY_SETTLED,
            "2月党费已登记，3月是30元，和您写的60元对不上。请再写一次，例如：党费 3月 30",
            [],
            id="登记过一个月金额对不上",
        ),
    ],
)
def test_it_asks_one_question(
    named: str, total: int | None, question: Question, sentence: str, choices: list[str]
) -> None:
    answer = allocate(months(named), total, OPEN, TODAY)

    assert isinstance(answer, NeedsAnswer)
    assert answer.question is question
    assert answer.sentence == sentence
    assert [choice.parts for choice in answer.choices] == [put(choice) for choice in choices]


@pytest.mark.parametrize(
    ("named", "total", "due_fen", "refusal", "words"),
    [
        pytest.param("2025-11", None, due("2025-11"), None, "", id="补交第六个月可以"),
        pytest.param(
            "2025-10", None, due("2025-10"), Refusal.TOO_LATE, "2025年10月的党费", id="补交第七个月"
        ),
        pytest.param("2026-06", None, OPEN, None, "", id="预交到季末可以"),
        pytest.param(
            "2026-07", None, OPEN, Refusal.TOO_FAR_AHEAD, "最多可以预交到6月", id="预交到下季度"
        ),
        pytest.param("2026-02", None, OPEN, Refusal.SETTLED, "2月党费已登记", id="已登记"),
        pytest.param("2026-02", 3000, OPEN, Refusal.SETTLED, "2月党费已登记", id="已登记又写金额"),
        pytest.param("", None, due(""), Refusal.NOTHING_OPEN, "都已登记", id="没有待登记"),
        pytest.param(
            "", None, due("2026-06"), Refusal.NOTHING_OPEN, "都已登记", id="只剩以后的月份"
        ),
        pytest.param(
            "", None, due("2025-10"), Refusal.NOTHING_OPEN, "都已登记", id="只剩六个月前的"
        ),
        pytest.param("2026-03", 0, OPEN, Refusal.NOT_AN_AMOUNT, "没看懂金额", id="零元"),
        pytest.param("2026-03", -1, OPEN, Refusal.NOT_AN_AMOUNT, "没看懂金额", id="负数"),
        pytest.param("2026-03", 1, {month("2026-03"): 1}, None, "", id="一分也是钱"),
    ],
)
def test_it_refuses_with_a_sentence(
    named: str,
    total: int | None,
    due_fen: dict[Month, int],
    refusal: Refusal | None,
    words: str,
) -> None:
    answer = allocate(months(named), total, due_fen, TODAY)

    assert isinstance(answer, Refused) is (refusal is not None)
    if isinstance(answer, Refused):
        assert answer.refusal is refusal
        assert words in answer.sentence


@pytest.mark.parametrize(
    ("ahead", "last"),
    [
        pytest.param(None, "2026-06", id="默认到季末"),
        pytest.param(0, "2026-05", id="不许预交"),
        pytest.param(3, "2026-08", id="预交三个月"),
    ],
)
def test_it_follows_the_branch_on_paying_ahead(ahead: int | None, last: str) -> None:
    due_fen = dict.fromkeys(months_between(Month(2026, 5), Month(2026, 12)), 3000)
    policy = PayingPolicy(ahead)

    allowed = allocate([month(last)], None, due_fen, TODAY, policy)
    refused = allocate([month(last).shift(1)], None, due_fen, TODAY, policy)

    assert isinstance(allowed, Allocated)
    assert isinstance(refused, Refused)


@pytest.mark.parametrize(
    ("named", "total", "due_fen", "parts"),
    [
        pytest.param("2026-03", 3000, {}, "2026-03:30", id="一个月"),
        pytest.param("2026-03 2026-04", 6000, {}, "2026-03:30 2026-04:30", id="两个月平分"),
        pytest.param("2026-03 2026-04", 6001, {}, None, id="分不匀"),
        pytest.param("2026-03", None, {}, None, id="没写金额"),
        pytest.param(
            "2026-02 2026-03",
            5000,
            {month("2026-02"): 3000},
            "2026-02:30 2026-03:20",
            id="一个月核定过",
        ),
        pytest.param("2026-02 2026-03", 3000, {month("2026-02"): 3000}, None, id="没有余下的"),
    ],
)
def test_it_takes_the_written_amount_where_nothing_is_assessed(
    named: str, total: int | None, due_fen: dict[Month, int], parts: str | None
) -> None:
    answer = allocate(months(named), total, due_fen, TODAY)

    if parts is None:
        assert isinstance(answer, NeedsAnswer)
        assert answer.question is Question.HOW_MUCH
    else:
        assert answer == Allocated(put(parts))


def test_it_never_puts_an_amount_said_for_settled_months_too_on_the_rest_alone() -> None:
    answer = allocate(months("2026-02 2026-03"), 6000, {month("2026-02"): 0}, TODAY)

    assert answer == NeedsAnswer(
        Question.PARTLY_SETTLED,
        "2月党费已登记。其余的请一个月一个月写，例如：党费 3月 30",
    )


def test_it_proposes_the_present_month_where_nothing_is_assessed() -> None:
    bare, amount = allocate([], None, {}, TODAY), allocate([], 3000, {}, TODAY)

    assert bare == NeedsAnswer(Question.WHICH_MONTH, "请写上月份和金额，例如：党费 3月 30")
    assert isinstance(amount, NeedsAnswer)
    assert [choice.parts for choice in amount.choices] == [put("2026-05:30")]


def proposals(answer: Allocation) -> tuple[Allocated, ...]:
    if isinstance(answer, Allocated):
        return (answer,)
    return answer.choices if isinstance(answer, NeedsAnswer) else ()


@given(
    st.lists(st.sampled_from(YEAR), max_size=6),
    st.none() | st.integers(-5, 20_000),
    st.dictionaries(st.sampled_from(YEAR), st.sampled_from([0, 20, 1500, 3000, 3001])),
)
def test_it_never_loses_or_makes_money(
    named: list[Month], total: int | None, due_fen: dict[Month, int]
) -> None:
    answer = allocate(named, total, due_fen, TODAY)
    asked = {*named, *(month.shift(12) for month in named)}  # 6月 of last year may mean this year's

    for proposal in proposals(answer):
        assert list(proposal.parts) == sorted(dict(proposal.parts).items())
        assert all(fen > 0 for _, fen in proposal.parts)
        months = {month for month, _ in proposal.parts}
        assert not named or months <= (set(named) if answer is proposal else asked)
        own = sum(due_fen.get(m, 0) for m, _ in proposal.parts)
        assert proposal.total_fen in (total, own)
    if isinstance(answer, Allocated) and total is not None:
        assert answer.total_fen == total
    if not isinstance(answer, Allocated):
        assert answer.sentence


NEW = {month("2026-05"): 3000, month("2026-06"): 3000}
"""A branch that counts from May."""


@pytest.mark.parametrize(
    ("named", "due_months", "sentence", "parts"),
    [
        pytest.param(
            "2026-04 2026-05 2026-06",
            NEW,
            "4月还没开始记，不用报。只记5–6月60元，对的请回复 1",
            "2026-05:30 2026-06:30",
            id="有的没纳入，其余照记",
        ),
        pytest.param(
            "2026-04 2026-05 2026-06",
            {**NEW, month("2026-05"): 0},
            "4月还没开始记，不用报。5月党费已登记。只记6月30元，对的请回复 1",
            "2026-06:30",
            id="没纳入、已登记、没登记",
        ),
        pytest.param(
            "2026-04 2026-05",
            {},
            "还没有核定您4–5月的党费。请写上金额，例如：党费 3月 30",
            "",
            id="一个月也没核定",
        ),
    ],
)
def test_it_names_only_the_months_it_does_not_know(
    named: str, due_months: dict[Month, int], sentence: str, parts: str
) -> None:
    answer = allocate(months(named), None, due_months, TODAY)

    assert isinstance(answer, NeedsAnswer)
    assert answer.sentence == sentence
    assert answer.choices == ((Allocated(put(parts), is_ahead="06" in parts),) if parts else ())


def test_months_before_the_first_are_not_asked_for() -> None:
    answer = allocate(months("2026-03 2026-04"), None, NEW, TODAY)

    assert isinstance(answer, Refused)
    assert answer.refusal is Refusal.NOT_INCLUDED
    assert answer.sentence == "3–4月还没开始记，不用报。您的党费从5月起记。"


@pytest.mark.parametrize(
    ("named", "total", "words", "choices"),
    [
        ("2026-05", 3000, "5月党费已登记，不用再报", 0),
        ("2026-05", None, "5月党费已登记，不用再报", 0),
        ("2026-05", 2000, "5月党费已登记30元，您写的是20元", 1),
        ("2026-04 2026-05", 5000, "其余的请一个月一个月写", 0),
        ("", 3000, "已登记，不用再报", 0),
        ("", 2000, "您写的是20元", 1),
    ],
)
def test_a_month_without_assessment_is_not_declared_twice(
    named: str, total: int | None, words: str, choices: int
) -> None:
    recorded = {month("2026-05"): 3000, Month.of(TODAY): 3000}
    answer = allocate(months(named), total, {}, TODAY, recorded_fen=recorded)
    assert isinstance(answer, NeedsAnswer | Refused)
    assert words in answer.sentence
    assert len(getattr(answer, "choices", ())) == choices


BEFORE = [month("2026-01"), month("2026-02"), month("2026-03")]


@pytest.mark.parametrize(
    ("named", "total", "sentence", "parts"),
    [
        pytest.param(
            "2026-01",
            3000,
            "1月党费启用前已交，不用再报。有出入请告诉组织委员",
            None,
            id="已交的一个月",
        ),
        pytest.param(
            "2025-06 2026-03",
            None,
            "2025年6月、2026年3月党费启用前已交，不用再报。有出入请告诉组织委员",
            None,
            id="再早也是已交",
        ),
        pytest.param(
            "2026-03 2026-05",
            6000,
            "3月党费启用前已交，5月是30元，和您写的60元对不上。请再写一次，例如：党费 3月 30",
            None,
            id="连已交的一起算的钱",
        ),
        pytest.param(
            "2026-03 2026-05",
            3000,
            "3月党费启用前已交。只记5月30元，对的请回复 1",
            "2026-05:30",
            id="只剩一个月的钱",
        ),
        pytest.param(
            "2026-03 2026-04 2026-05",
            None,
            "4月还没开始记，不用报。3月党费启用前已交。只记5月30元，对的请回复 1",
            "2026-05:30",
            id="已交、没纳入、没登记",
        ),
        pytest.param(
            "2026-03 2026-04",
            None,
            "4月还没开始记，不用报。3月党费启用前已交。您的党费从5月起记。",
            None,
            id="都不用报",
        ),
    ],
)
def test_months_paid_before_the_branch_began_are_said_to_be(
    named: str, total: int | None, sentence: str, parts: str | None
) -> None:
    answer = allocate(months(named), total, NEW, TODAY, before=[month("2025-06"), *BEFORE])

    assert isinstance(answer, NeedsAnswer | Refused)
    assert answer.sentence == sentence
    assert getattr(answer, "choices", ()) == ((Allocated(put(parts)),) if parts else ())


def test_who_has_paid_ahead_before_the_branch_began_has_nothing_to_declare() -> None:
    ahead = [*BEFORE, *months("2026-04 2026-05 2026-06")]

    answer = allocate([], 3000, {}, TODAY, before=ahead)

    assert isinstance(answer, Refused)
    assert answer.sentence == "您的党费启用前已交到6月，没有待报的月份。有出入请告诉组织委员"


AHEAD = {**due("2026-04 2026-05"), **dict.fromkeys(months("2026-07 2026-08 2026-09 2026-10"), 3000)}
SIX = PayingPolicy(ahead=6)


@pytest.mark.parametrize(
    ("named", "total", "parts"),
    [
        ("2025-10", None, "2026-10:30"),
        ("2025-10", 4000, "2026-10:40"),
        ("2025-08 2025-09", None, "2026-08:30 2026-09:30"),
        ("2025-08 2025-09", 4500, "2026-08:30 2026-09:15"),
    ],
    ids=["一个月", "金额不同", "两个月", "两个月金额不同"],
)
def test_a_month_that_owes_nothing_is_asked_about_as_one_to_come(
    named: str, total: int | None, parts: str
) -> None:
    asked = allocate(months(named), total, AHEAD, TODAY, SIX)

    assert isinstance(asked, NeedsAnswer)
    assert asked.question is Question.CONFIRM_MONTHS
    assert [choice.parts for choice in asked.choices] == [put(parts)]
    assert asked.choices[0].is_ahead


@pytest.mark.parametrize(
    ("named", "ahead", "refusal"),
    [
        ("2025-10", None, Refusal.TOO_LATE),
        ("2025-11", 6, Refusal.SETTLED),
        ("2025-12", 6, Refusal.SETTLED),
    ],
    ids=["没有预交规定", "11月已交", "超出规定"],
)
def test_without_the_branchs_decision_or_beyond_it_last_year_is_meant(
    named: str, ahead: int | None, refusal: Refusal
) -> None:
    due_fen = {**AHEAD, month("2026-11"): 0}

    refused = allocate(months(named), None, due_fen, TODAY, PayingPolicy(ahead=ahead))

    assert isinstance(refused, Refused)
    assert refused.refusal is refusal


def test_what_is_still_open_of_last_year_comes_first() -> None:
    due_fen = {**AHEAD, month("2025-11"): 3000, month("2026-11"): 3000}

    paid = allocate(months("2025-11"), None, due_fen, TODAY, SIX)

    assert isinstance(paid, Allocated)
    assert paid.parts == put("2025-11:30")
