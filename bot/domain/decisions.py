"""One decision of a meeting: its kind, its vote totals, whether it is valid and carried."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from enum import Enum

from bot.domain import regulations
from bot.domain.cadence import MeetingKind
from bot.domain.errors import DomainError
from bot.domain.meetings import Decision, has_quorum, is_passed, needed_present

DECISION_NAMES: dict[Decision, str] = {
    Decision.ORDINARY: "一般表决",
    Decision.ADMISSION: "接收预备党员",
    Decision.CONFIRMATION: "转正",
    Decision.COMMITTEE: "支委会表决",
    Decision.ELECTION: "选举",
    Decision.DEMOCRATIC_LIFE: "民主生活会",
}
NEED_WORDS: dict[Decision, str] = {
    Decision.ORDINARY: "半数以上",
    Decision.ADMISSION: "过半",
    Decision.CONFIRMATION: "过半",
    Decision.COMMITTEE: "半数以上",
    Decision.ELECTION: "五分之四",
    Decision.DEMOCRATIC_LIFE: "三分之二",
}
BY_SECRET_BALLOT = frozenset({Decision.ADMISSION, Decision.CONFIRMATION, Decision.ELECTION})
"""Decided without names, one person at a time; never in a chat."""
WITH_WRITTEN = frozenset({Decision.ADMISSION, Decision.CONFIRMATION})
"""Where an opinion in writing counts that reached the branch before the meeting."""


DECIDING = frozenset(
    {
        MeetingKind.GENERAL,
        MeetingKind.COMMITTEE,
        MeetingKind.CELL,
        MeetingKind.ORG_LIFE,
        MeetingKind.APPRAISAL,
        MeetingKind.DEMOCRATIC_LIFE,
        MeetingKind.ELECTION,
        MeetingKind.WORKING_COMMITTEE,
    }
)
"""Meetings that vote; what is only listened to or done together decides nothing by itself."""


class Stage(Enum):
    """Where a decision stands."""

    ANNOUNCED = "announced"  # it will be put to the vote; the forecast goes by it
    VOTED = "voted"
    BLOCKED = "blocked"  # no quorum: nothing was decided, the meeting has to be called again
    VOID = "void"


class BadBallot(DomainError):
    """Vote totals that cannot be."""

    may_be_overheard = True


class SeveralCandidates(DomainError):
    """Persons are voted on one at a time."""

    may_be_overheard = True

    def __init__(self) -> None:
        super().__init__(
            "要逐个人表决，请一个人一条登记，例如：表决 接收张三为预备党员 赞成20 反对0 弃权1"
        )


class BallotInChat(DomainError):
    """Somebody asks people to vote on a person by answering in a chat."""

    may_be_overheard = True

    def __init__(self) -> None:
        super().__init__(
            "接收、转正、选举和评议要在会上无记名投票，不能在群里或通知里表决。"
            "会上投完，请把总数告诉我：表决 接收张三为预备党员 赞成20 反对0 弃权1"
        )


@dataclass(frozen=True, slots=True)
class Ballot:
    """Vote totals as counted, in the room and in writing beforehand; never who voted how."""

    yes: int
    no: int = 0
    abstain: int = 0
    written_yes: int = 0
    written_no: int = 0
    written_abstain: int = 0

    @property
    def in_room(self) -> int:
        """Votes cast at the meeting."""
        return self.yes + self.no + self.abstain

    @property
    def written(self) -> int:
        """Opinions that arrived in writing before the meeting."""
        return self.written_yes + self.written_no + self.written_abstain

    @property
    def yes_of_all(self) -> int:
        """Votes in favour, those in writing with them."""
        return self.yes + self.written_yes


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a vote amounts to.

    Attributes:
        needed: Voters who have to be present.
        needed_yes: Votes in favour it takes; 0 where nothing is carried by votes.
    """

    decision: Decision
    due: int
    present: int
    needed: int
    needed_yes: int
    yes: int
    is_valid: bool
    is_carried: bool

    @property
    def is_lawful(self) -> bool:
        """Whether 符合规定 may be said of it."""
        return self.is_valid and self.is_carried


def judge(decision: Decision, ballot: Ballot, *, due: int, present: int, on: date) -> Verdict:
    """Tell whether a vote is valid and carried, by the rules of the day of the meeting.

    Args:
        due: Votes the quorum is counted from, or the size of the committee.
        present: Voters in the room at the vote; nobody who came later or had left.

    Source:
        quorum
    """
    yes = ballot.yes_of_all if decision in WITH_WRITTEN else ballot.yes
    valid = has_quorum(decision, present, due, on)
    if decision is Decision.DEMOCRATIC_LIFE:
        return Verdict(
            decision, due, present, needed_present(decision, due, on), 0, yes, valid, valid
        )
    base = present if decision is Decision.ELECTION else due
    carried = valid and is_passed(decision, yes, due=due, present=present)
    return Verdict(
        decision,
        due,
        present,
        needed_present(decision, due, on),
        base // 2 + 1,
        yes,
        valid,
        carried,
    )


def check_ballot(decision: Decision, ballot: Ballot, *, due: int, present: int) -> None:
    """Refuse totals that cannot be: more votes than voters, written ones where none count.

    Raises:
        BadBallot
    """
    if ballot.written and decision not in WITH_WRITTEN:
        raise BadBallot(
            f"{DECISION_NAMES[decision]}只算会上的票，书面意见只用于接收预备党员和转正。请去掉书面票数再发。"
        )
    if not ballot.in_room + ballot.written:
        raise BadBallot("票数是0，没有登记。请写明赞成、反对、弃权各多少票。")
    if ballot.in_room > present:
        raise BadBallot(
            f"票数{ballot.in_room}张，比表决时在场有表决权的{present}人还多。请核对票数，或先把到会登记补全。"
        )
    if ballot.written > due - present:
        raise BadBallot(
            f"书面意见{ballot.written}份，比没到会有表决权的{due - present}人还多。到会的人投票，不再算书面意见，请核对。"
        )


_ADMISSION = re.compile(r"(?:接收|吸收|发展).{0,20}(?:预备)?党员|入党(?:问题|的决议)|预备党员")
_CONFIRMATION = re.compile(r"转正|转为正式|按期转|延长.{0,8}预备期|取消.{0,8}预备(?:党员)?资格")
_ELECTION = re.compile(r"选举|换届|当选|候选")
_TO_A_POST = re.compile(
    r"(?:推选|选|任|为|担任).{0,16}(?:书记|委员|代表|组长)"
    r"|^.{0,12}(?:书记|委员|代表|组长)(?:人选|名单|得票)?$"
)
_APPRAISAL = re.compile(r"民主评议|评议(?:等次|结果|党员)|评[为定]?(?:优秀|合格|不合格)(?:党员)?")
_PERSON = re.compile(
    r"(?:接收|吸收|发展|批准|同意|选举|推选|补选|取消|延长)?"
    r"(?P<who>[\u4e00-\u9fa5、,， ]{2,40}?)(?:同志)?(?:等\S{1,3}人)?"
    r"(?:为|成为|转正|转为|按期|延长|入党|的预备)"
)
_MANY = re.compile(r"等(?:同志)?[\d一二三四五六七八九十两]{1,3}(?:人|名|位)")
_ANSWERING = re.compile(
    r"(?:同意|赞成|反对|不同意|弃权)[^。；，,\n]{0,24}?(?:的|者)?\s?(?:请|就|都)?(?:在群里)?\s?(?:回复|回个?|接龙|扣|打|举手)"
    r"|(?:回复|接龙|扣|打)\s?[“\"]?(?:同意|赞成|反对|不同意)"
    r"|(?:群里|群内|线上|微信|网上|小程序)[^。，,\n]{0,6}(?:投票|表决|举手)"
)
_RESULT = re.compile(r"(?:赞成|同意)\s?\d+\s?票|已(?:经)?(?:表决|通过)|通过了")


def kind_of_decision(title: str, meeting: MeetingKind) -> Decision:
    """Return what kind of decision a title speaks of, at a meeting of a kind.

    A committee decides as a committee whatever it is about, and at an election meeting only what
    elects somebody is an election.

    Source:
        quorum
    """
    if meeting is MeetingKind.COMMITTEE:
        return Decision.COMMITTEE
    if _CONFIRMATION.search(title):
        return Decision.CONFIRMATION
    if _ADMISSION.search(title):
        return Decision.ADMISSION
    if _ELECTION.search(title):
        return Decision.ELECTION
    if meeting is MeetingKind.ELECTION and _TO_A_POST.search(title):
        return Decision.ELECTION
    if meeting is MeetingKind.DEMOCRATIC_LIFE:
        return Decision.DEMOCRATIC_LIFE
    return Decision.ORDINARY


def check_one_person(decision: Decision, title: str) -> None:
    """Refuse several persons in one vote by secret ballot.

    Raises:
        SeveralCandidates

    Source:
        quorum.admission
    """
    if decision not in BY_SECRET_BALLOT:
        return
    if _MANY.search(title):
        raise SeveralCandidates
    found = _PERSON.search(title)
    parts = re.split(r"[、,， ]|和|与|及|跟", found["who"]) if found else []
    if len(parts) > 1 and all(len(part) > 1 for part in parts):
        raise SeveralCandidates


def asks_for_ballot(text: str) -> bool:
    """Tell whether a text asks people to vote on a person, or on a grade, by answering.

    Source:
        quorum.admission
    """
    about = (_ADMISSION, _CONFIRMATION, _ELECTION, _APPRAISAL)
    if not any(pattern.search(text) for pattern in about):
        return False
    return bool(_ANSWERING.search(text)) and not _RESULT.search(text)


def check_no_ballot(text: str) -> None:
    """Refuse a text that runs a secret ballot in a chat.

    Raises:
        BallotInChat

    Source:
        quorum.admission
    """
    if asks_for_ballot(text):
        raise BallotInChat


def rule_of(decision: Decision, on: date) -> str:
    """Return the instrument and article a decision goes by on a day."""
    return regulations.on(decision.value, on).citation
