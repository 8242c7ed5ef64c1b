"""Numbers that identify somebody: never sent to many, never stored in the clear."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from bot.domain.errors import DomainError

_SPACED = r"[ \u3000\-]?"
# In the order in which they are looked for: what one has taken is not read as another.
_KINDS = (
    ("身份证号", re.compile(r"(?<!\d)\d{6}" + _SPACED + r"\d{8}" + _SPACED + r"\d{3}[\dXx](?!\d)")),
    ("手机号", re.compile(r"(?<!\d)1[3-9]\d(?:" + _SPACED + r"\d{4}){2}(?!\d)")),
    ("银行卡号", re.compile(r"(?<!\d)\d(?:" + _SPACED + r"\d){14,18}(?!\d)")),
)
_GROUPED = re.compile(r"[ \u3000\-]")
_BIRTHDAY = re.compile(r"(?:18|19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])")
_SENTENCE = re.compile(r"[^。；;！!\n]+")
_OF_DUES = re.compile(
    r"欠|[没未]\s?[交缴清]|补[交缴]|应[交缴]|[交缴][了过]|已[交缴]|拖|\d+(?:\.\d+)?\s?[元块]|减免|个月"
)
_FEW_DIGITS = 11  # a text with fewer digits holds none of them


class SensitiveNumber(DomainError):
    """A text for many holds a number that must not leave."""

    def __init__(self, what: str) -> None:
        super().__init__(f"此内容含{what}，不能发到群里。可改为私聊或删去。")
        self.what = what


class DuesOfSomebody(DomainError):
    """A text for many tells of somebody's dues."""

    def __init__(self, name: str) -> None:
        super().__init__(f"此内容写着{name}的党费，不能发给大家。可改为私聊或删去。")
        self.name = name


class Found(NamedTuple):
    """A number at [start, end) of a text, with what it is."""

    what: str
    start: int
    end: int


def find_numbers(text: str) -> list[Found]:
    """Return identity, mobile and bank card numbers of a text, in order; also in groups of digits.

    Args:
        text: As typed; full-width digits count.

    Source:
        privacy.table
    """
    if sum(map(str.isdigit, text)) < _FEW_DIGITS:
        return []
    found = list(_find(_half_width(text)))
    return sorted(found, key=lambda number: number.start)


def check_shareable(text: str) -> str:
    """Return the text unless it holds such a number.

    Raises:
        SensitiveNumber: With what it holds.

    Source:
        privacy.table
    """
    found = find_numbers(text)
    if found:
        raise SensitiveNumber(found[0].what)
    return text


def check_no_dues_of(text: str, names: Iterable[str]) -> str:
    """Return the text unless it tells of the dues of somebody named: owed, paid or how much.

    Who only takes the money (交给王敏, 请联系王敏) may be named.

    Args:
        names: Of those whom the text could be about.

    Raises:
        DuesOfSomebody

    Source:
        privacy.table
    """
    if "党费" not in text:
        return text
    known = [name for name in names if name in text]
    for sentence in _SENTENCE.findall(text):
        if "党费" not in sentence or _OF_DUES.search(sentence) is None:
            continue
        for name in known:
            if re.search(
                rf"(?<![给找向由到跟])(?<!联系|归口){re.escape(name)}(?!处|那|收|统一)", sentence
            ):
                raise DuesOfSomebody(name)
    return text


def mask_numbers(text: str) -> str:
    """Return the text with all but the last two characters of such numbers starred.

    Source:
        privacy.table
    """
    for number in reversed(find_numbers(text)):
        stars = "*" * (number.end - number.start - 2)
        text = text[: number.start] + stars + text[number.end - 2 :]
    return text


def _find(text: str) -> Iterator[Found]:
    for what, pattern in _KINDS:
        for match in pattern.finditer(text):
            if _is_meant(what, match[0]):
                yield Found(what, *match.span())
                start, end = match.span()
                text = text[:start] + "#" * (end - start) + text[end:]


def _is_meant(what: str, written: str) -> bool:
    digits = _GROUPED.sub("", written)
    if what == "身份证号":
        return digits[-1] in "Xx" or bool(_BIRTHDAY.match(digits, 6))
    # Fifteen digits and more in one piece are no amount and no date; in groups they may be.
    return what == "手机号" or digits == written or _passes_luhn(digits) or digits[:2] == "62"


def _passes_luhn(digits: str) -> bool:
    doubled = [int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(digits))]
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0


def _half_width(text: str) -> str:
    """Return the text with half-width digits, character by character, so that places stay."""
    return "".join(
        str(unicodedata.digit(mark)) if mark.isdigit() and not mark.isascii() else mark
        for mark in text
    )
