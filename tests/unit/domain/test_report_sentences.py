"""Sentences of reports: no number without a figure, no claim of all without a proof."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

import pytest

from bot.domain.reports.annual import SECTIONS, rate
from bot.domain.reports.figures import Figure, Figures, Measure, Row
from bot.domain.reports.frozen import contents, differences, digest
from bot.domain.reports.sentences import (
    Composed,
    Proof,
    WrongSentence,
    claim_in,
    compose,
    say,
)
from bot.services.metrics import METRICS

SESSIONS, TIMES, PERSONS = Measure.SESSIONS, Measure.PARTICIPATIONS, Measure.PERSONS


def _figure(name: str, value: int | None, measure: Measure = SESSIONS) -> Figure:
    rows = tuple(
        Row(f"{name}:{number}", (f"第{number}条",)) for number in range(1, (value or 0) + 1)
    )
    return Figure(name, f"数{name}", measure, "怎么算", value, ("内容",), rows)


def _figures(*figures: Figure, until: date = date(2017, 12, 31)) -> Figures:
    return Figures(figures, "铭功街道", 2017, until)


def _every(value: int, **but: int) -> Figures:
    """Return all figures of the product, each worth as much, but some."""
    return _figures(
        *(_figure(name, but.get(name, value), metric.measure) for name, metric in METRICS.items())
    )


def _text(composed: Composed) -> str:
    return "".join(line.text for section in composed.sections for line in section.lines)


# --- numbers ---------------------------------------------------------------------------------


def test_a_number_is_a_figure_with_its_measure() -> None:
    figures = _figures(_figure("meetings", 11))

    (line,) = say(figures, "召开了{meetings:次}会议。").lines

    assert line.text == "召开了11次会议。"
    assert line.figures == ("meetings",)


@pytest.mark.parametrize(
    ("template", "measure"),
    [
        pytest.param("参学{f:人次}", SESSIONS, id="次写成人次"),
        pytest.param("参学{f:人}", TIMES, id="人次写成人"),
        pytest.param("参学{f:次}", PERSONS, id="人写成次"),
        pytest.param("参学{f}", PERSONS, id="没有单位"),
        pytest.param("参学3人，共{f:人}", PERSONS, id="自己写的数"),
        pytest.param("参学３人，共{f:人}", PERSONS, id="全角的数"),
    ],
)
def test_another_measure_and_a_number_of_ones_own_are_refused(
    template: str, measure: Measure
) -> None:
    with pytest.raises(WrongSentence):
        say(_figures(_figure("f", 3, measure)), template)


def test_names_and_dates_are_words_from_outside() -> None:
    (line,) = say(_figures(), "于{day}完成。", day="11月30日").lines

    assert line.text == "于11月30日完成。"


# --- claims ----------------------------------------------------------------------------------


def test_a_claim_of_all_without_a_proof_is_a_mistake_of_the_program() -> None:
    with pytest.raises(WrongSentence, match="全部"):
        say(_figures(_figure("done", 3)), "{done:次}全部完成。")


@pytest.mark.parametrize(
    ("part", "whole", "said"),
    [
        pytest.param(3, 3, True, id="一样多"),
        pytest.param(2, 3, False, id="少一个"),
        pytest.param(4, 3, False, id="多一个也对不上"),
        pytest.param(0, 0, False, id="一个也没有"),
    ],
)
def test_a_claim_of_all_is_said_only_of_all(part: int, whole: int, *, said: bool) -> None:
    figures = _figures(_figure("done", part), _figure("every", whole))

    found = say(figures, "{every:次}全部完成。", Proof("done", "every"))

    assert bool(found.lines) is said
    assert bool(found.gaps) is not said
    if not said:
        assert (str(part), str(whole)) == tuple(
            "".join(char for char in words if char.isdigit())
            for words in (figures["done"].words, figures["every"].words)
        )
        assert figures["done"].words in found.gaps[0].words


def _templates() -> Iterator[Figures]:
    """Yield worlds in which every branch of every sentence is taken."""
    yield _every(0)
    yield _every(5)
    yield _every(5, members=15, went_out=0, left_party=0, died=0)
    yield _every(5, theme_day_months_kept=4, oath_takers=4, dues_paid=4, unheld=2)


@pytest.mark.parametrize(
    "figures", list(_templates()), ids=["没有", "一样多", "加得起来", "差一点"]
)
def test_every_sentence_of_the_report_can_be_said(figures: Figures) -> None:
    composed = compose(figures, SECTIONS)

    for line in (line for section in composed.sections for line in section.lines):
        if claim_in(line.text) and not line.is_blank:
            assert line.proofs, line.text


def test_with_nothing_on_record_the_report_says_so_and_no_sentence_with_nought() -> None:
    composed = compose(_every(0), SECTIONS)

    assert "0次" not in _text(composed)
    assert len(composed.gaps) >= 8


def test_judgements_and_causes_are_left_to_the_secretary() -> None:
    composed = compose(_every(5), SECTIONS)

    problems = next(part for part in composed.sections if part.title.startswith("二"))
    assert len(problems.lines) == 8
    assert all(line.text.startswith("【请书记填写：") for line in problems.lines)
    for praise in ("明显提升", "显著", "进一步", "扎实"):
        assert praise not in _text(composed)


def test_a_roll_that_does_not_add_up_stops_its_sentence() -> None:
    good = compose(_every(2, members=0, opening_members=6, admitted=0, came_in=0), SECTIONS)
    wrong = compose(_every(2, members=7, opening_members=6), SECTIONS)

    assert "年初在册6名，新发展0名" in _text(good)
    assert "年初在册" not in _text(wrong)
    assert any("不等于期末" in gap.words for gap in wrong.gaps)


@pytest.mark.parametrize(
    ("part", "whole", "words"),
    [
        pytest.param(4696, 4710, "99.7%", id="一般"),
        pytest.param(99_999, 100_000, "99.9%", id="差一个不写成100"),
        pytest.param(0, 7, "0.0%", id="零"),
        pytest.param(1, 3, "33.3%", id="三分之一"),
    ],
)
def test_a_rate_is_never_rounded_up_to_all(part: int, whole: int, words: str) -> None:
    assert rate(part, whole) == words


def test_within_the_year_it_says_until_when() -> None:
    figures = _figures(*_every(1), until=date(2017, 11, 28))

    assert "2017年截至11月28日" in _text(compose(figures, SECTIONS))
    assert "截至" not in _text(compose(_every(1), SECTIONS))


# --- copies ----------------------------------------------------------------------------------


def _kept(*figures: Figure, lines: Sequence[str] = ()) -> dict[str, object]:
    found = _figures(*figures)
    composed = compose(found, ())
    return {**contents(found, composed), "sections": [_section(line) for line in lines]}


def _section(line: str) -> dict[str, object]:
    return {"title": "", "lines": [[[line, ""]]]}


def test_the_digest_is_the_same_for_the_same_and_another_for_one_row_more() -> None:
    three, same, four = (_kept(_figure("done", value)) for value in (3, 3, 4))

    assert digest(three) == digest(same)
    assert digest(three) != digest(four)


def test_two_copies_differ_figure_by_figure_and_row_by_row() -> None:
    before = _kept(_figure("done", 3), _figure("gone", 1), lines=["三次", "照旧"])
    after = _kept(_figure("done", 2), _figure("new", 1), lines=["两次", "照旧"])

    found = differences(before, after)

    assert [(one.title, one.before, one.after) for one in found.figures] == [
        ("数done", 3, 2),
        ("数gone", 1, None),
        ("数new", None, 1),
    ]
    assert found.figures[0].went == ("第3条",)
    assert (found.said, found.unsaid) == (("两次",), ("三次",))
    assert differences(before, before).is_none


def test_a_row_that_says_something_else_is_told() -> None:
    moved = Figure("done", "次数", SESSIONS, "", 1, ("日期",), (Row("event:1", ("3月2日",)),))
    was = Figure("done", "次数", SESSIONS, "", 1, ("日期",), (Row("event:1", ("3月1日",)),))

    (changed,) = differences(_kept(was), _kept(moved)).figures

    assert changed.differs == ("3月1日 → 3月2日",)
