"""Dated rules, and the page made from them."""

from __future__ import annotations

import re
from collections import defaultdict
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain import regulations
from bot.domain.regulations import REGULATIONS, Certainty, Share
from bot.services.rules_doc import rules_markdown, value_words

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize(
    ("key", "day", "source", "certainty"),
    [
        pytest.param(
            "meetings.cadence.general",
            date(2017, 6, 1),
            "本支部约定",
            Certainty.PRACTICE,
            id="2017年是本支部约定",
        ),
        pytest.param(
            "meetings.cadence.general",
            date(2018, 10, 27),
            "本支部约定",
            Certainty.PRACTICE,
            id="条例前一天",
        ),
        pytest.param(
            "meetings.cadence.general",
            date(2018, 10, 28),
            "《中国共产党支部工作条例（试行）》第十一条",
            Certainty.WORDING,
            id="条例当天",
        ),
        pytest.param(
            "quorum.admission",
            date(2026, 5, 17),
            "《中国共产党发展党员工作细则》（2014年）第二十、二十一、三十三条",
            Certainty.WORDING,
            id="新细则前一天",
        ),
        pytest.param(
            "quorum.admission",
            date(2026, 5, 18),
            "《中国共产党发展党员工作细则》（2026年修订）第十九、二十条",
            Certainty.SECONDARY,
            id="新细则当天",
        ),
        pytest.param(
            "quorum.election",
            date(2020, 7, 12),
            "《中国共产党基层组织选举工作暂行条例》第二十二条（得票）",
            Certainty.WORDING,
            id="选举暂行条例最后一天",
        ),
        pytest.param(
            "meetings.cadence.lecture",
            date(2026, 1, 1),
            "本支部约定",
            Certainty.PRACTICE,
            id="党课次数不是全国规定",
        ),
    ],
)
def test_it_cites_the_rule_of_the_day(
    key: str, day: date, source: str, certainty: Certainty
) -> None:
    rule = regulations.on(key, day)

    assert rule.citation == source
    assert rule.certainty is certainty


@given(st.dates(date(1990, 1, 1), date(2060, 1, 1)))
def test_it_never_has_two_rules_of_one_key_on_a_day(day: date) -> None:
    in_force = [rule.key for rule in REGULATIONS if rule.is_in_force(day)]

    assert len(in_force) == len(set(in_force))


def test_it_has_no_gap_between_versions() -> None:
    versions = defaultdict(list)
    for rule in REGULATIONS:
        versions[rule.key].append(rule)

    for rules in versions.values():
        ends = [rule.effective_to for rule in rules]
        assert ends == [*(rule.effective_from for rule in rules[1:]), None]


@pytest.mark.parametrize(
    ("key", "known"),
    [
        pytest.param("quorum.ordinary", True, id="整键"),
        pytest.param("meetings.cadence", True, id="一组"),
        pytest.param("meetings.cad", False, id="半截词"),
        pytest.param("nothing", False, id="没有"),
    ],
)
def test_it_knows_keys_and_families(key: str, known: bool) -> None:
    assert regulations.is_known(key) is known


@pytest.mark.parametrize(
    ("key", "day", "value"),
    [
        pytest.param("instruments.apps", date(2026, 1, 25), "现行", id="国办函2026"),
        pytest.param("instruments.political_life", date(2017, 6, 1), "必须参加", id="准则2016"),
        pytest.param("meetings.org_life", date(2026, 1, 1), 1, id="组织生活会"),
        pytest.param("meetings.appraisal", date(2026, 1, 1), 1, id="民主评议"),
        pytest.param("meetings.talks", date(2026, 1, 1), 1, id="谈心谈话"),
        pytest.param("structure.term.community", date(2026, 1, 1), 60, id="任期5年"),
        pytest.param("structure.term.shift", date(2019, 1, 1), 12, id="延期一年"),
        pytest.param("development.probation", date(2010, 1, 1), 12, id="党章预备期"),
        pytest.param("development.probation", date(2026, 6, 1), 12, id="预备期"),
        pytest.param("development.publicity", date(2026, 6, 1), 5, id="公示5个工作日"),
        pytest.param("development.activist", date(2026, 6, 1), 12, id="积极分子一年"),
        pytest.param("roll.mobile", date(2026, 1, 1), 6, id="流动6个月"),
        pytest.param("roll.removal", date(2026, 1, 1), 24, id="停止党籍两年"),
        pytest.param("roll.abroad", date(2026, 1, 1), 60, id="出国5年"),
        pytest.param("roll.disposal.most", date(2026, 1, 1), 12, id="限期改正一年"),
        pytest.param("roll.readmission", date(2026, 1, 1), 60, id="五年内不重新入党"),
        pytest.param("study.new_secretary", date(2020, 1, 1), 6, id="新任书记半年"),
    ],
)
def test_it_keeps_what_the_rules_set(key: str, day: date, value: int | str) -> None:
    assert regulations.on(key, day).value == value


def test_an_article_not_seen_is_not_called_seen() -> None:
    """发展党员细则里没有见到条号的，不说见过条文文字；新修订的都是二手。"""
    clocks = [rule for rule in REGULATIONS if rule.key.startswith("development.")]

    assert all(rule.article for rule in clocks if rule.certainty is Certainty.WORDING)
    assert not [
        rule.key for rule in clocks if "2026" in rule.source and rule.certainty is Certainty.WORDING
    ]


def test_it_says_which_rule_is_missing() -> None:
    assert regulations.find_on("dues.most", date(2016, 12, 31)) is None
    with pytest.raises(LookupError, match=r"no rule dues\.most on 2016-12-31"):
        regulations.on("dues.most", date(2016, 12, 31))


@pytest.mark.parametrize(
    ("read", "key"),
    [
        (regulations.number, "quorum.ordinary"),
        (regulations.share, "dues.most"),
        (regulations.brackets, "dues.most"),
    ],
)
def test_it_refuses_to_read_a_value_as_what_it_is_not(read: object, key: str) -> None:
    assert callable(read)
    with pytest.raises(TypeError, match=key):
        read(key, date(2026, 1, 1))


@pytest.mark.parametrize(
    ("share", "whole", "least"),
    [
        pytest.param(Share(1, 2, exact_counts=True), 50, 25, id="半数以上含半数"),
        pytest.param(Share(1, 2, exact_counts=False), 50, 26, id="超过半数"),
        pytest.param(Share(1, 2, exact_counts=True), 23, 12, id="单数"),
        pytest.param(Share(4, 5, exact_counts=True), 23, 19, id="五分之四"),
    ],
)
def test_it_computes_shares_in_whole_numbers(share: Share, whole: int, least: int) -> None:
    assert share.least_of(whole) == least
    assert share.is_reached(least, whole)
    assert not share.is_reached(least - 1, whole)


def test_it_words_values() -> None:
    day = date(2026, 1, 1)

    assert value_words(regulations.on("quorum.admission", day).value) == "＞1/2"
    assert value_words(regulations.on("quorum.election", day).value) == "≥4/5"
    assert value_words(regulations.on("meetings.cadence.cell", day).value) == "每月"
    assert value_words(regulations.on("dues.unpaid", day).value) == "6"
    assert (
        value_words(regulations.on("dues.brackets.retired", day).value) == "≤5000元 0.5%；以上 1%"
    )


def test_it_keeps_the_page_of_rules_up_to_date() -> None:
    committed = (ROOT / "docs" / "rules.md").read_text(encoding="utf-8")

    assert committed == rules_markdown(), "run: python -m bot.services.rules_doc > docs/rules.md"


def test_it_prints_every_rule() -> None:
    page = rules_markdown()

    assert page.count("\n| `") == len(REGULATIONS)
    assert all(rule.text in page and "|" not in rule.text for rule in REGULATIONS)
    assert "1000元" in page


SOURCE = re.compile(r"Source:\n +([a-z_., ]+)\n")


@pytest.mark.parametrize(
    "path", sorted((ROOT / "bot" / "domain").glob("*.py")), ids=lambda p: p.stem
)
def test_it_has_a_rule_for_every_source_named_in_the_domain(path: Path) -> None:
    for line in SOURCE.findall(path.read_text(encoding="utf-8")):
        for key in line.split(", "):
            assert regulations.is_known(key), f"{path.name}: {key}"
