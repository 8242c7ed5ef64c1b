"""Whether a vote is valid and carried: the table of the rules, bound by bound, and at random."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.cadence import MeetingKind
from bot.domain.decisions import (
    BadBallot,
    Ballot,
    SeveralCandidates,
    asks_for_ballot,
    check_ballot,
    check_one_person,
    judge,
    kind_of_decision,
    rule_of,
)
from bot.domain.meetings import Decision

DAY = date(2026, 3, 12)
ORDINARY, ADMISSION, CONFIRMATION = Decision.ORDINARY, Decision.ADMISSION, Decision.CONFIRMATION
COMMITTEE, ELECTION = Decision.COMMITTEE, Decision.ELECTION


@pytest.mark.parametrize(
    ("decision", "due", "present", "yes", "written", "valid", "carried"),
    [
        pytest.param(ORDINARY, 50, 25, 26, 0, True, True, id="一般：恰好半数到会，26票"),
        pytest.param(ORDINARY, 50, 24, 24, 0, False, False, id="一般：差一人到会"),
        pytest.param(ORDINARY, 50, 30, 25, 0, True, False, id="一般：恰好应到半数的票不过"),
        pytest.param(ADMISSION, 50, 25, 25, 10, False, False, id="接收：恰好半数到会不够"),
        pytest.param(ADMISSION, 50, 26, 26, 0, True, True, id="接收：26人26票"),
        pytest.param(ADMISSION, 50, 26, 25, 0, True, False, id="接收：25票不过"),
        pytest.param(ADMISSION, 50, 26, 25, 1, True, True, id="接收：书面1份补上"),
        pytest.param(CONFIRMATION, 50, 26, 20, 6, True, True, id="转正：20票加书面6份"),
        pytest.param(COMMITTEE, 5, 3, 3, 0, True, True, id="支委会：3人3票"),
        pytest.param(COMMITTEE, 5, 2, 2, 0, False, False, id="支委会：2人不够"),
        pytest.param(ELECTION, 50, 40, 21, 0, True, True, id="选举：恰好五分之四，过到会半数"),
        pytest.param(ELECTION, 50, 40, 20, 0, True, False, id="选举：恰好到会半数不当选"),
        pytest.param(ELECTION, 50, 39, 39, 0, False, False, id="选举：差一人"),
        pytest.param(Decision.DEMOCRATIC_LIFE, 9, 6, 0, 0, True, True, id="民主生活会：三分之二"),
    ],
)
def test_it_judges_a_vote_as_the_table_says(
    decision: Decision, due: int, present: int, yes: int, written: int, valid: bool, carried: bool
) -> None:
    verdict = judge(decision, Ballot(yes, written_yes=written), due=due, present=present, on=DAY)

    assert (verdict.is_valid, verdict.is_carried) == (valid, carried)
    assert verdict.is_lawful == (valid and carried)


_ROLLS = st.integers(0, 200).flatmap(lambda due: st.tuples(st.just(due), st.integers(0, due)))


@given(
    roll=_ROLLS,
    yes=st.integers(0, 200),
    decision=st.sampled_from(list(Decision)),
    day=st.dates(date(2008, 1, 1), date(2030, 1, 1)),
)
def test_a_valid_vote_has_its_share_of_the_roll_in_whole_numbers(
    roll: tuple[int, int], yes: int, decision: Decision, day: date
) -> None:
    due, present = roll

    verdict = judge(decision, Ballot(min(yes, present)), due=due, present=present, on=day)

    shares = {
        ORDINARY: 2 * present >= due,
        ADMISSION: 2 * present > due,
        CONFIRMATION: 2 * present > due,
        COMMITTEE: 2 * present >= due,
        ELECTION: 5 * present >= 4 * due,
        Decision.DEMOCRATIC_LIFE: 3 * present >= 2 * due,
    }
    assert verdict.is_valid == (due > 0 and shares[decision])
    assert verdict.is_valid == (due > 0 and present >= verdict.needed)


@given(roll=_ROLLS, yes=st.integers(0, 200), decision=st.sampled_from(list(Decision)))
def test_nothing_is_carried_without_a_quorum_and_one_vote_more_never_hurts(
    roll: tuple[int, int], yes: int, decision: Decision
) -> None:
    due, present = roll
    yes = min(yes, present)

    verdict = judge(decision, Ballot(yes), due=due, present=present, on=DAY)
    more = judge(decision, Ballot(yes + 1), due=due, present=present, on=DAY)

    assert verdict.is_valid or not verdict.is_carried
    assert more.is_carried or not verdict.is_carried
    if decision not in (ELECTION, Decision.DEMOCRATIC_LIFE) and verdict.is_valid:
        assert verdict.is_carried == (2 * yes > due)
        assert verdict.is_carried == (yes >= verdict.needed_yes)


@given(roll=_ROLLS, decision=st.sampled_from(list(Decision)))
def test_one_voter_on_each_side_of_the_bound(roll: tuple[int, int], decision: Decision) -> None:
    due, _ = roll
    needed = judge(decision, Ballot(0), due=due, present=0, on=DAY).needed

    at_bound = judge(decision, Ballot(0), due=due, present=needed, on=DAY)
    below = judge(decision, Ballot(0), due=due, present=needed - 1, on=DAY)

    assert at_bound.is_valid == (due > 0)
    assert not below.is_valid


@pytest.mark.parametrize(
    ("decision", "ballot", "words"),
    [
        pytest.param(ORDINARY, Ballot(21, 5), "比表决时在场", id="票比人多"),
        pytest.param(ORDINARY, Ballot(5, written_yes=1), "书面意见只用于", id="一般表决没有书面"),
        pytest.param(ADMISSION, Ballot(5, written_yes=6), "书面意见6份", id="书面比没到的人多"),
        pytest.param(ORDINARY, Ballot(0), "票数是0", id="没有票"),
    ],
)
def test_it_refuses_totals_that_cannot_be(decision: Decision, ballot: Ballot, words: str) -> None:
    with pytest.raises(BadBallot) as refused:
        check_ballot(decision, ballot, due=30, present=25)

    assert words in refused.value.sentence


def test_totals_up_to_the_people_there_are_fine() -> None:
    check_ballot(ADMISSION, Ballot(25, written_yes=5), due=30, present=25)


@pytest.mark.parametrize(
    ("title", "kind", "decision"),
    [
        ("接收张三为预备党员", MeetingKind.GENERAL, ADMISSION),
        ("李四转正", MeetingKind.GENERAL, CONFIRMATION),
        ("延长王五预备期", MeetingKind.GENERAL, CONFIRMATION),
        ("16日开展义务植树", MeetingKind.GENERAL, ORDINARY),
        ("选举李四为组织委员", MeetingKind.GENERAL, ELECTION),
        ("书记", MeetingKind.ELECTION, ELECTION),
        ("张三为支部委员", MeetingKind.ELECTION, ELECTION),
        ("给予张三警告处分", MeetingKind.ELECTION, ORDINARY),
        ("听取书记工作报告", MeetingKind.ELECTION, ORDINARY),
        ("李四转正", MeetingKind.ELECTION, CONFIRMATION),
        ("李四转正", MeetingKind.COMMITTEE, COMMITTEE),
        ("接收张三为预备党员", MeetingKind.COMMITTEE, COMMITTEE),
        ("研究主题党日", MeetingKind.COMMITTEE, COMMITTEE),
    ],
)
def test_it_tells_the_kind_of_a_decision(title: str, kind: MeetingKind, decision: Decision) -> None:
    assert kind_of_decision(title, kind) is decision


@pytest.mark.parametrize(
    "title", ["接收张三、李四为预备党员", "接收张三和李四为预备党员", "接收张三等3人为预备党员"]
)
def test_several_persons_are_not_voted_on_at_once(title: str) -> None:
    with pytest.raises(SeveralCandidates):
        check_one_person(ADMISSION, title)


@pytest.mark.parametrize("title", ["接收李和平为预备党员", "接收张三为预备党员", "欧阳建国转正"])
def test_one_person_is_one_whatever_the_name(title: str) -> None:
    check_one_person(ADMISSION, title)


@pytest.mark.parametrize(
    ("text", "asks"),
    [
        ("同意接收张三为预备党员的请回复1", True),
        ("李四转正，请回复 同意 或 反对", True),
        ("今晚在群里投票，选举支部委员", True),
        ("明天党员大会讨论接收张三为预备党员，请大家准时参加投票，收到请回复", False),
        ("支委会同意接收张三为预备党员，提交大会讨论，收到请回复", False),
        ("端午慰问表决：同意购买粽子的接龙", False),
        ("恭喜张三转正，同意的点赞", False),
    ],
)
def test_it_knows_a_ballot_in_a_chat(text: str, asks: bool) -> None:
    assert asks_for_ballot(text) is asks


def test_the_rule_is_that_of_the_day_of_the_meeting() -> None:
    assert "2014年" in rule_of(ADMISSION, date(2026, 5, 17))
    assert "2026年修订" in rule_of(ADMISSION, date(2026, 5, 18))
    assert "暂行条例" in rule_of(ELECTION, date(2020, 7, 12))
