"""Party organisations: kinds, place in the tree, structure rules, and since when they count."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import Enum

from bot.domain import regulations
from bot.domain.errors import DomainError
from bot.domain.ids import UnitId
from bot.domain.wording import day_words

NOT_INCLUDED = "还没开始记"


class UnitKind(Enum):
    """What an organisation is."""

    STREET = "street"
    COMMUNITY = "community"
    BRANCH = "branch"
    CELL = "cell"


class UnitForm(Enum):
    """How a branch is made up; an attribute, its duties are those of any branch."""

    ORDINARY = "ordinary"
    THEMED = "themed"  # 功能型支部
    JOINT = "joint"  # 联合支部
    ORGAN = "organ"  # of the street's own office: what it holds is told apart in reports


FORM_NAMES: dict[UnitForm, str] = {
    UnitForm.ORDINARY: "普通支部",
    UnitForm.THEMED: "功能型支部",
    UnitForm.JOINT: "联合支部",
    UnitForm.ORGAN: "机关支部",
}


class UnitChangeKind(Enum):
    """What happened to an organisation."""

    FOUNDED = "founded"
    RENAMED = "renamed"
    MOVED = "moved"  # under another parent
    FORM = "form"
    DISSOLVED = "dissolved"


UNIT_CHANGE_NAMES: dict[UnitChangeKind, str] = {
    UnitChangeKind.FOUNDED: "成立",
    UnitChangeKind.RENAMED: "更名",
    UnitChangeKind.MOVED: "划转",
    UnitChangeKind.FORM: "改为",
    UnitChangeKind.DISSOLVED: "撤销",
}


UNIT_NAMES: dict[UnitKind, str] = {
    UnitKind.STREET: "街道",
    UnitKind.COMMUNITY: "社区",
    UnitKind.BRANCH: "支部",
    UnitKind.CELL: "党小组",
}

UNIT_ALIASES: dict[UnitKind, tuple[str, ...]] = {
    UnitKind.STREET: ("街道", "党工委", "街道党工委"),
    UnitKind.COMMUNITY: ("社区", "党委", "社区党委", "党总支", "总支"),
    UnitKind.BRANCH: ("支部", "党支部"),
    UnitKind.CELL: ("党小组", "小组"),
}

_PARENTS: dict[UnitKind, tuple[UnitKind | None, ...]] = {
    UnitKind.STREET: (None,),
    UnitKind.COMMUNITY: (UnitKind.STREET, None),
    UnitKind.BRANCH: (UnitKind.COMMUNITY, UnitKind.STREET, None),
    UnitKind.CELL: (UnitKind.BRANCH,),
}


class WrongParent(DomainError):
    """An organisation was put under one that cannot hold it."""


class NotIncluded(DomainError):
    """Asked for days before the bot began with an organisation, or before it was founded."""

    def __init__(self, unit: str, begins: date) -> None:
        day = f"{begins.year}年{day_words(begins)}"
        super().__init__(f"{unit}的名册从{day}起才有，以前的{NOT_INCLUDED}，请写那天以后的日期。")


class Finding(Enum):
    """Something about a branch's structure that its secretary should know."""

    JOINT_BRANCH = "joint_branch"
    TOO_MANY_MEMBERS = "too_many_members"
    COMMITTEE_MISSING = "committee_missing"
    COMMITTEE_TOO_LARGE = "committee_too_large"


@dataclass(frozen=True, slots=True)
class Advice:
    """A finding with the sentence that tells it."""

    finding: Finding
    sentence: str


def find_unit_kind(text: str) -> UnitKind | None:
    """Return the kind a roster calls by this word, or None."""
    return next((kind for kind, aliases in UNIT_ALIASES.items() if text in aliases), None)


def child_path(parent_path: str, unit_id: UnitId) -> str:
    """Return the path of a unit under a parent: `/1/` and 4 give `/1/4/`.

    Args:
        parent_path: "" for a root.
    """
    return f"{parent_path or '/'}{unit_id}/"


def is_under(path: str, ancestor_path: str) -> bool:
    """Tell whether a unit is another one or lies under it."""
    return path.startswith(ancestor_path)


def ids_of(path: str) -> tuple[UnitId, ...]:
    """Return the ids on a path, from the root down."""
    return tuple(UnitId(int(part)) for part in path.split("/") if part)


def check_parent(kind: UnitKind, parent: UnitKind | None) -> None:
    """Refuse to put an organisation under one that cannot hold it.

    Raises:
        WrongParent: With the kinds that can.
    """
    if parent in _PARENTS[kind]:
        return
    above = "或".join(UNIT_NAMES[fit] for fit in _PARENTS[kind] if fit is not None)
    advice = f"请把上级写成{above}" if above else "它没有上级，请把上级留空"
    raise WrongParent(f"{UNIT_NAMES[kind]}不能放在这个上级下面。{advice}。")


def needs_committee(full_members: int, on: date) -> bool:
    """Tell whether a branch of so many full members sets up a committee.

    Source:
        structure.committee
    """
    return full_members >= regulations.number("structure.committee", on)


def structure_advice(full_members: int, committee_size: int, on: date) -> tuple[Advice, ...]:
    """Return what a branch's structure lacks, for its secretary and those above only.

    Args:
        committee_size: Members of the committee; 0 where there is none.

    Source:
        structure.branch
    """
    findings: list[Advice] = []
    least = regulations.number("structure.branch.least", on)
    most = regulations.number("structure.branch.most", on)
    largest = regulations.number("structure.committee.largest", on)
    if full_members < least:
        words = f"正式党员{full_members}人，不足{least}人，一般与邻近单位成立联合支部。"
        findings.append(Advice(Finding.JOINT_BRANCH, words))
    if full_members > most:
        words = f"正式党员{full_members}人，一般不超过{most}人，可研究分设支部。"
        findings.append(Advice(Finding.TOO_MANY_MEMBERS, words))
    if needs_committee(full_members, on) and not committee_size:
        words = f"正式党员{full_members}人，应当设立支部委员会。"
        findings.append(Advice(Finding.COMMITTEE_MISSING, words))
    if committee_size > largest:
        words = f"支部委员会{committee_size}人，最多{largest}人。"
        findings.append(Advice(Finding.COMMITTEE_TOO_LARGE, words))
    return tuple(findings)


def counts_since(live_from: date | None, founded_on: date | None) -> date | None:
    """Return the day from which a unit's duties count: the later of the two, if any."""
    return max((day for day in (live_from, founded_on) if day is not None), default=None)


def is_included(first: date, since: date | None) -> bool:
    """Tell whether a period counts for a unit; one that began before `since` is 未纳入.

    Args:
        first: First day of the period.
    """
    return since is None or first >= since


def short_name(name: str) -> str:
    """Return what people call a unit: 第三党支部 → 三支部."""
    for word in ("中共", "中国共产党", "委员会", "第", "党", " "):
        name = name.replace(word, "")
    return name
