"""What a dated rule is made of: its value, its instrument, how well it is known."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from enum import Enum
from typing import TypeAlias


class Certainty(Enum):
    """How well a row is known to us; the value says it to people."""

    WORDING = "见过条文文字"
    SECONDARY = "二手来源"
    PRACTICE = "做法或约定，不是全国规定"
    UNVERIFIED = "未核实"


@dataclass(frozen=True, slots=True)
class Bracket:
    """One rate of a table where the whole amount takes the rate of its bracket.

    Attributes:
        upto_fen: Upper bound, included; None for the last bracket.
        per_myriad: The rate in ten-thousandths: 50 is 0.5 %.
    """

    upto_fen: int | None
    per_myriad: int


@dataclass(frozen=True, slots=True)
class Share:
    """A share that has to be reached.

    Attributes:
        exact_counts: Whether exactly the share is enough (以上) or it must be exceeded (超过).
    """

    numerator: int
    denominator: int
    exact_counts: bool

    def is_reached(self, part: int, whole: int) -> bool:
        """Tell whether a part of a whole reaches the share, in whole numbers."""
        left, right = self.denominator * part, self.numerator * whole
        return left >= right if self.exact_counts else left > right

    def least_of(self, whole: int) -> int:
        """Return the smallest part of a whole that reaches the share."""
        full, rest = divmod(self.numerator * whole, self.denominator)
        return full if self.exact_counts and not rest else full + 1


Value: TypeAlias = int | str | Share | tuple[Bracket, ...]


@dataclass(frozen=True, slots=True)
class Regulation:
    """One rule for a stretch of time.

    Attributes:
        key: What docstrings and reminders name as their source.
        effective_to: Exclusive; None while in force.
        source: The instrument.
        article: Where in it; "" where not known.
        text: The rule in Chinese, as people are told it.
    """

    key: str
    value: Value
    effective_from: date
    effective_to: date | None
    source: str
    article: str
    text: str
    certainty: Certainty

    @property
    def citation(self) -> str:
        """The instrument and article: `《…》第十一条`."""
        return f"{self.source}{self.article}"

    def is_in_force(self, day: date) -> bool:
        """Tell whether the rule holds on a day."""
        return self.effective_from <= day and (self.effective_to is None or day < self.effective_to)


CONSTITUTION = "《中国共产党章程》"
BRANCH_RULES = "《中国共产党支部工作条例（试行）》"
EDUCATION_RULES = "《中国共产党党员教育管理工作条例》"
DUES_RULES = "《关于中国共产党党费收缴、使用和管理的规定》"
DUES_NOTICE = "《关于进一步规范党费工作的通知》"
BURDEN_RULES = "《整治形式主义为基层减负若干规定》"
PRIVACY_LAW = "《中华人民共和国个人信息保护法》"
TRAINING_PLAN = "《2019－2023年全国党员教育培训工作规划》"
BRANCH_POLICY = "本支部约定"
COMMON_PRACTICE = "各地通行做法"
PRODUCT = "本产品设定"

EVER = date(1949, 10, 1)


@dataclass(frozen=True, slots=True)
class Instrument:
    """A text that rules come from; `rule` writes one of its rows."""

    name: str
    since: date = EVER
    until: date | None = None
    certainty: Certainty = Certainty.WORDING

    def rule(
        self,
        key: str,
        value: Value,
        article: str,
        text: str,
        certainty: Certainty | None = None,
    ) -> Regulation:
        """Return a row of this instrument, as well known as the instrument unless it is said."""
        known = certainty or self.certainty
        return Regulation(key, value, self.since, self.until, self.name, article, text, known)


def with_custom(rule: Regulation) -> tuple[Regulation, Regulation]:
    """Return a rule, and before its instrument the same as the branch's own custom."""
    custom = replace(
        rule,
        effective_from=EVER,
        effective_to=rule.effective_from,
        source=BRANCH_POLICY,
        article="",
        certainty=Certainty.PRACTICE,
    )
    return custom, rule
