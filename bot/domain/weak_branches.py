"""Screening of weak organisations (“三有一化”), and their premises against the standard."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum

from bot.domain import regulations
from bot.domain.errors import DomainError

TENTHS = 10
_MOST_AREA = 100_000
_AREA = re.compile(r"(?P<whole>\d{1,6})(?:\.(?P<tenth>\d)0*)?")


class Need(Enum):
    """What an organisation is screened for; the value names it to people."""

    PEOPLE = "有人管事"
    MONEY = "有钱办事"
    PREMISES = "有场所议事"
    JOINT = "区域化党建"


class Mode(Enum):
    """How premises are held."""

    OWN = "自有"
    RENTED = "租用"
    SHARED = "共建"
    LENT = "借用"


class WrongPremises(DomainError):
    """An area that is none."""


@dataclass(frozen=True, slots=True)
class Premises:
    """The premises of a unit from a day on.

    Attributes:
        area: In tenths of a square metre: 499.9 is 4999.
    """

    area: int
    mode: Mode
    on: date

    @property
    def words(self) -> str:
        """480.5平方米（租用）."""
        return f"{area_words(self.area)}平方米（{self.mode.value}）"


@dataclass(frozen=True, slots=True)
class Screening:
    """The answers of one screening: what is there."""

    met: frozenset[Need]
    on: date

    @property
    def missing(self) -> tuple[Need, ...]:
        """What is not there, in the order in which it is asked."""
        return tuple(need for need in Need if need not in self.met)

    @property
    def is_weak(self) -> bool:
        """Whether anything is missing."""
        return bool(self.missing)


def area_words(area: int) -> str:
    """500, 499.9."""
    whole, tenth = divmod(area, TENTHS)
    return f"{whole}.{tenth}" if tenth else str(whole)


def read_area(text: str) -> int:
    """Return an area in tenths of a square metre; more than one decimal is not guessed at.

    Raises:
        WrongPremises
    """
    found = _AREA.fullmatch(text.strip())
    area = int(found["whole"]) * TENTHS + int(found["tenth"] or 0) if found else 0
    if not 0 < area <= _MOST_AREA * TENTHS:
        raise WrongPremises("面积写平方米，最多一位小数，例如 阵地 西后街社区 480.5平方米 租用")
    return area


def meets_standard(area: int, on: date) -> bool:
    """Tell whether premises have the area of the standard; exactly that is enough (以上).

    Source:
        supervision.premises
    """
    return area >= regulations.number("supervision.premises", on) * TENTHS


def is_rectified(screenings: Sequence[Screening]) -> bool:
    """Tell whether somebody was weak and is no longer: both stay on record."""
    return bool(screenings) and not screenings[-1].is_weak and any(s.is_weak for s in screenings)


def count_standard(premises: Mapping[int, Premises], on: date) -> int:
    """Return how many units have premises of the standard (… 个社区服务用房达到500平方米以上)."""
    return sum(meets_standard(one.area, on) for one in premises.values())
