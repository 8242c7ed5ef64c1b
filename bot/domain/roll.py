"""The roll (名册): what may change about a member, and where somebody stands on any day."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum

from bot.domain.errors import DomainError
from bot.domain.members import MemberKind
from bot.domain.wording import day_words

MAX_REASON = 60


class ChangeKind(Enum):
    """What happened to somebody's place on the roll."""

    ADMITTED = "admitted"  # 接收为预备党员
    FULL = "full"  # 转正
    IN = "transferred_in"  # 转入
    OUT = "transferred_out"  # 转出
    REORGANISED = "reorganised"  # 支部分设、合并、撤销时转到另一个支部
    CELL = "cell"  # 调整党小组
    MOBILE = "mobile"  # 外出流动
    BACK = "back"  # 流动返回
    LOST = "lost"  # 失去联系
    FOUND = "found"  # 重新取得联系
    SUSPENDED = "suspended"  # 停止党籍
    RESUMED = "resumed"  # 恢复党籍
    LEFT = "left"  # 出党
    DIED = "died"  # 去世
    VOTE_BARRED = "vote_barred"  # 暂停表决权
    VOTE_RESTORED = "vote_restored"
    EXCUSED = "excused"  # 参加活动不作硬性要求
    EXPECTED = "expected"  # 不再免于要求
    LEFT_OUT = "left_out"  # 不计入应到会
    COUNTED = "counted"  # 恢复计入


CHANGE_NAMES: dict[ChangeKind, str] = {
    ChangeKind.ADMITTED: "接收预备党员",
    ChangeKind.FULL: "转正",
    ChangeKind.IN: "转入",
    ChangeKind.OUT: "转出",
    ChangeKind.REORGANISED: "组织调整",
    ChangeKind.CELL: "调整党小组",
    ChangeKind.MOBILE: "外出流动",
    ChangeKind.BACK: "流动返回",
    ChangeKind.LOST: "失联",
    ChangeKind.FOUND: "恢复联系",
    ChangeKind.SUSPENDED: "停止党籍",
    ChangeKind.RESUMED: "恢复党籍",
    ChangeKind.LEFT: "出党",
    ChangeKind.DIED: "去世",
    ChangeKind.VOTE_BARRED: "暂停表决权",
    ChangeKind.VOTE_RESTORED: "恢复表决权",
    ChangeKind.EXCUSED: "不作硬性要求",
    ChangeKind.EXPECTED: "恢复参加要求",
    ChangeKind.LEFT_OUT: "不计入应到会",
    ChangeKind.COUNTED: "恢复计入应到会",
}

ENDS_PLACE = frozenset({ChangeKind.OUT, ChangeKind.LEFT, ChangeKind.DIED})
"""Changes after which somebody belongs to no branch of ours."""

ENDS_POSTS = frozenset({ChangeKind.SUSPENDED, ChangeKind.LOST})
"""Changes after which somebody stays on the roll, but answers for nothing."""

MOVES_PLACE = frozenset({ChangeKind.IN, ChangeKind.REORGANISED, ChangeKind.CELL})


class Code(Enum):
    """Why, where a rule names the possible reasons; kept instead of words."""

    WITHDREW = "withdrew"
    URGED_OUT = "urged_out"
    REMOVED = "removed"
    EXPELLED = "expelled"
    PROBATION_IN_PARTY = "probation_in_party"
    DETAINED = "detained"
    ARRESTED = "arrested"
    NO_OWN_WILL = "no_own_will"
    ABROAD = "abroad"
    IN_PRISON = "in_prison"
    CANNOT_COME = "cannot_come"
    RELATION_ELSEWHERE = "relation_elsewhere"
    NO_CONTACT = "no_contact"
    SETTLED_ABROAD = "settled_abroad"


CODE_WORDS: dict[Code, str] = {
    Code.WITHDREW: "退党",
    Code.URGED_OUT: "劝其退党",
    Code.REMOVED: "除名",
    Code.EXPELLED: "开除党籍",
    Code.PROBATION_IN_PARTY: "留党察看",
    Code.DETAINED: "留置",
    Code.ARRESTED: "逮捕",
    Code.NO_OWN_WILL: "不能表达本人意志",
    Code.ABROAD: "自费出国半年以上",
    Code.IN_PRISON: "在服刑",
    Code.CANNOT_COME: "长期不能自理",
    Code.RELATION_ELSEWHERE: "应转出还没有转",
    Code.NO_CONTACT: "失去联系",
    Code.SETTLED_ABROAD: "出国定居",
}

CODES: dict[ChangeKind, tuple[Code, ...]] = {
    ChangeKind.LEFT: (Code.WITHDREW, Code.URGED_OUT, Code.REMOVED, Code.EXPELLED),
    ChangeKind.VOTE_BARRED: (Code.PROBATION_IN_PARTY, Code.DETAINED, Code.ARRESTED),
    ChangeKind.LEFT_OUT: (
        Code.NO_OWN_WILL,
        Code.ABROAD,
        Code.IN_PRISON,
        Code.CANNOT_COME,
        Code.RELATION_ELSEWHERE,
    ),
    ChangeKind.SUSPENDED: (Code.NO_CONTACT, Code.SETTLED_ABROAD),
}
"""The reasons a change must name one of."""


class WrongChange(DomainError):
    """A change that cannot follow from where somebody stands."""


@dataclass(frozen=True, slots=True)
class Change:
    """One change on record that was not taken back.

    Attributes:
        on: The Shanghai day it takes effect.
    """

    kind: ChangeKind
    on: date
    code: Code | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a member stands on a day.

    Attributes:
        suspended: 停止党籍: still on the roll, without rights and duties.
        vote_barred: Why the vote is suspended, None if it is not.
        excused: Attendance is not insisted on; the vote counts.
        left_out: Why not counted in the quorum, None if counted.
        gone: The change by which somebody left the roll.
    """

    kind: MemberKind
    mobile: bool = False
    lost: bool = False
    suspended: bool = False
    vote_barred: Code | None = None
    excused: bool = False
    left_out: Code | None = None
    gone: ChangeKind | None = None

    @property
    def has_vote(self) -> bool:
        """Whether a vote may be cast: full members whose rights nothing suspends.

        Source:
            quorum
        """
        full = self.kind is MemberKind.FULL and self.gone is None
        return full and not self.suspended and self.vote_barred is None

    @property
    def counts_in_quorum(self) -> bool:
        """Whether the quorum is counted from this vote, too.

        Source:
            quorum
        """
        return self.has_vote and self.left_out is None

    @property
    def is_expected(self) -> bool:
        """Whether absence counts in the rate of attendance.

        Source:
            attendance.rate
        """
        away = self.excused or self.mobile or self.lost or self.suspended
        return not away and self.gone is None

    @property
    def notes(self) -> tuple[str, ...]:
        """What a list of the roll says beside the name, for those who keep the roll."""
        found = [
            ("预备", self.kind is MemberKind.PROBATIONARY),
            ("流动", self.mobile),
            ("失联", self.lost),
            ("停止党籍", self.suspended),
            ("暂停表决权", self.vote_barred is not None),
            ("不作硬性要求", self.excused),
            ("不计入应到会", self.left_out is not None),
        ]
        return tuple(words for words, holds in found if holds)


def kind_on(kind: MemberKind, full_since: date | None, on: date) -> MemberKind:
    """Return what somebody was on a day, by what he is now and since when he is a full member."""
    if kind is MemberKind.FULL and full_since is not None and on < full_since:
        return MemberKind.PROBATIONARY
    return kind


def counts_at(
    on: date, recorded_at: datetime, *, day: date, start: datetime, known: datetime
) -> bool:
    """Tell whether a change counts for who is expected at a meeting, and who has a vote there.

    Args:
        on: The Shanghai day it took effect. recorded_at: When it was written down.
        day: Of the meeting. start: When it began. known: Until when what was known counts: the
            start, or when a meeting was entered that was over by then.

    Source:
        quorum
    """
    return on < day and recorded_at <= known if on != day else recorded_at <= start


def standing(kind: MemberKind, changes: Iterable[Change], on: date) -> Standing:
    """Return where somebody stands at the end of a day.

    Args:
        kind: What the member is on that day (`kind_on`).
        changes: Those on record, in any order of days; of one day in the order recorded.
    """
    latest: dict[str, Change] = {}
    gone: ChangeKind | None = None
    for change in sorted((c for c in changes if c.on <= on), key=lambda change: change.on):
        if change.kind in _TOPIC:
            latest[_TOPIC[change.kind]] = change
        if change.kind in ENDS_PLACE:
            gone = change.kind
        elif change.kind in _BEGINS_ANEW:
            gone = None
            for topic in _BEGINS_ANEW[change.kind]:
                latest.pop(topic, None)

    def since(topic: str, start: ChangeKind) -> Change | None:
        found = latest.get(topic)
        return found if found is not None and found.kind is start else None

    barred = since("vote", ChangeKind.VOTE_BARRED)
    left_out = since("quorum", ChangeKind.LEFT_OUT)
    return Standing(
        kind=kind,
        mobile=since("mobile", ChangeKind.MOBILE) is not None,
        lost=since("contact", ChangeKind.LOST) is not None,
        suspended=since("membership", ChangeKind.SUSPENDED) is not None,
        vote_barred=barred.code if barred else None,
        excused=since("duty", ChangeKind.EXCUSED) is not None,
        left_out=left_out.code if left_out else None,
        gone=gone,
    )


_PAIRS: dict[str, tuple[ChangeKind, ChangeKind]] = {
    "mobile": (ChangeKind.MOBILE, ChangeKind.BACK),
    "contact": (ChangeKind.LOST, ChangeKind.FOUND),
    "membership": (ChangeKind.SUSPENDED, ChangeKind.RESUMED),
    "vote": (ChangeKind.VOTE_BARRED, ChangeKind.VOTE_RESTORED),
    "duty": (ChangeKind.EXCUSED, ChangeKind.EXPECTED),
    "quorum": (ChangeKind.LEFT_OUT, ChangeKind.COUNTED),
}
_TOPIC = {kind: topic for topic, pair in _PAIRS.items() for kind in pair}
_BEGINS_ANEW: dict[ChangeKind, tuple[str, ...]] = {
    ChangeKind.ADMITTED: tuple(_PAIRS),
    ChangeKind.IN: ("mobile", "contact", "quorum"),  # what was between him and the old branch
}
_HOLDS: dict[ChangeKind, Callable[[Standing], bool]] = {
    ChangeKind.MOBILE: lambda s: s.mobile,
    ChangeKind.LOST: lambda s: s.lost,
    ChangeKind.SUSPENDED: lambda s: s.suspended,
    ChangeKind.VOTE_BARRED: lambda s: s.vote_barred is not None,
    ChangeKind.EXCUSED: lambda s: s.excused,
    ChangeKind.LEFT_OUT: lambda s: s.left_out is not None,
}


def check_change(name: str, now: Standing, kind: ChangeKind) -> None:
    """Refuse a change that makes no sense where somebody stands.

    Raises:
        WrongChange: With where he stands.
    """
    if now.gone is not None:
        raise WrongChange(
            f"{name}已经登记了{CHANGE_NAMES[now.gone]}，不能再登记{CHANGE_NAMES[kind]}。"
        )
    if kind is ChangeKind.FULL and now.kind is not MemberKind.PROBATIONARY:
        raise WrongChange(f"{name}已经是正式党员，不用再登记转正。")
    only_full = (ChangeKind.VOTE_BARRED, ChangeKind.LEFT_OUT)
    if kind in only_full and now.kind is not MemberKind.FULL:
        raise WrongChange(f"{name}是预备党员，本来就没有表决权，不用登记{CHANGE_NAMES[kind]}。")
    if kind not in _TOPIC:
        return
    start, end = _PAIRS[_TOPIC[kind]]
    holds = _HOLDS[start](now)
    if kind is start and holds:
        raise WrongChange(f"{name}已经登记了{CHANGE_NAMES[kind]}，不用再登记。")
    if kind is end and not holds:
        raise WrongChange(f"{name}没有登记过{CHANGE_NAMES[start]}，不用登记{CHANGE_NAMES[kind]}。")


def check_code(name: str, kind: ChangeKind, code: Code | None) -> None:
    """Refuse a change without the reason its rule asks for.

    Raises:
        WrongChange: With the reasons there are.
    """
    fitting = CODES.get(kind, ())
    if not fitting or code in fitting:
        return
    words = "、".join(CODE_WORDS[one] for one in fitting)
    raise WrongChange(f"{name}的{CHANGE_NAMES[kind]}要写明原因，是{words}中的一种。")


def check_day(on: date, today: date, *, since: date | None = None, unit: str = "本支部") -> None:
    """Refuse a day on which a change cannot have taken effect.

    Args:
        since: The day the member came to the branch; a change of place comes after it.
        unit: That branch.

    Raises:
        WrongChange
    """
    if on > today:
        raise WrongChange(f"{on.year}年{day_words(on)}还没到。请到那天再登记，或写已经生效的日期。")
    if since is not None and on <= since:
        words = f"{since.year}年{day_words(since)}"
        raise WrongChange(f"这位同志{words}才到{unit}，变动日期要在那天之后，请核对日期。")


def find_code(kind: ChangeKind, words: str) -> Code | None:
    """Return the reason a text names among those of a kind, or None."""
    spoken: Sequence[tuple[str, Code]] = _SPOKEN.get(kind, ())
    return next((code for word, code in spoken if word in words), None)


_SPOKEN: dict[ChangeKind, tuple[tuple[str, Code], ...]] = {
    ChangeKind.LEFT: (
        ("劝", Code.URGED_OUT),
        ("退党", Code.WITHDREW),
        ("除名", Code.REMOVED),
        ("开除", Code.EXPELLED),
    ),
    ChangeKind.VOTE_BARRED: (
        ("察看", Code.PROBATION_IN_PARTY),
        ("留置", Code.DETAINED),
        ("逮捕", Code.ARRESTED),
        ("被捕", Code.ARRESTED),
    ),
    ChangeKind.LEFT_OUT: (
        ("表达", Code.NO_OWN_WILL),
        ("出国", Code.ABROAD),
        ("服刑", Code.IN_PRISON),
        ("自理", Code.CANNOT_COME),
        ("卧床", Code.CANNOT_COME),
        ("转", Code.RELATION_ELSEWHERE),
    ),
    ChangeKind.SUSPENDED: (
        ("失", Code.NO_CONTACT),
        ("联系不上", Code.NO_CONTACT),
        ("出国", Code.SETTLED_ABROAD),
        ("境外", Code.SETTLED_ABROAD),
        ("定居", Code.SETTLED_ABROAD),
    ),
}
