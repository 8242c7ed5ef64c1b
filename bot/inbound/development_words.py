"""Orders about cases of those who want to join: 发展 赵新 第7步 2026年3月20日, 发展考察 赵新 9月1日."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from bot.domain.development import DAYS, HOURS, CaseAct, WhyClosed
from bot.domain.development_steps import STEPS, find_material, find_step
from bot.inbound.numerals import read_int
from bot.inbound.roll_words import NAME, Written, is_order, written
from bot.inbound.utterance import Utterance

_ACTS = {
    None: CaseAct.STEP,
    "登记": CaseAct.STEP,
    "考察": CaseAct.OBSERVED,
    "公示": CaseAct.PUBLICITY,
    "材料": CaseAct.MATERIAL,
    "终止": CaseAct.CLOSED,
}
_VERBS = "|".join(word for word in _ACTS if word)
_RECORD = re.compile(
    rf"(?:请|麻烦)?发展(?P<verb>{_VERBS})?[\s:]+(?!党员|对象|步骤){NAME}(?:同志)?(?P<rest>[\s，].+)"
)
_UNDATED = re.compile(rf"(?:请|麻烦)?发展(?P<verb>考察|公示)[\s:]+{NAME}(?:同志)?(?P<rest>)")
_EXTEND = re.compile(rf"(?:请|麻烦)?延长预备期[\s:]+{NAME}(?:同志)?(?P<rest>[\s，].+)?")
_LOOK = re.compile(
    rf"(?:请|帮我)?(?:看|查|看一下|查一下)?发展(?:情况|登记)?[\s:]+(?!党员|对象|步骤){NAME}(?:同志)?(?P<rest>)"
)
_CORRECT = re.compile(rf"发展更正[\s:]+{NAME}(?:同志)?(?P<rest>[\s，].+)?")
_STEP = re.compile(r"第?\s?(?P<number>\d{1,2}|[一二三四五六七八九十]{1,3})\s?步")
_AMOUNT = re.compile(
    rf"(?P<number>\d{{1,3}}|[一二两三四五六七八九十半]+)\s?(?P<unit>{DAYS}|{HOURS}|个月|年)"
)
_ANOTHER = re.compile(r"(?:是)?另一位(?:同名的?)?")
_WHY = {why.value: why for why in WhyClosed}
_MONTHS = {"半": 6, "一": 12}


@dataclass(frozen=True, slots=True)
class Said:
    """An order about a case, as written.

    Attributes:
        step: None where none was named, or none that there is.
        words: What else was written: a paper, why it was closed, why it is corrected.
        unit: The branch named.
    """

    name: str
    act: CaseAct
    day: date | None
    step: int | None = None
    amount: int | None = None
    words: str = ""
    unit: str | None = None
    another: bool = False


def read_record(utterance: Utterance) -> Said | None:
    """Read an entry of a case; None where it is none."""
    found = _EXTEND.fullmatch(utterance.text)
    if found is not None and is_order(utterance, with_reason=True):
        return _extension(written(utterance, found))
    found = _RECORD.fullmatch(utterance.text) or _UNDATED.fullmatch(utterance.text)
    if found is None or not is_order(utterance, with_reason=True):
        return None
    act = _ACTS[found["verb"]]
    said = written(utterance, found)
    if act is CaseAct.STEP:
        return _step(said)
    return Said(said.name, act, said.day, words=said.words, unit=said.unit)


def read_look(utterance: Utterance) -> str | None:
    """Read 发展 赵新: return whose case is to be shown."""
    found = _LOOK.fullmatch(utterance.text)
    return found["name"] if found is not None and is_order(utterance) else None


def read_correction(utterance: Utterance) -> Said | None:
    """Read 发展更正 赵新 第7步 日期写错了."""
    found = _CORRECT.fullmatch(utterance.text)
    if found is None or not is_order(utterance, with_reason=True):
        return None
    rest = (found["rest"] or "").strip(" ，")
    step = step_in(rest)
    act = CaseAct.STEP
    if step is not None:
        rest = _STEP.sub("", rest, count=1)
    else:
        word = next((word for word in _CORRECTED if rest.startswith(word)), None)
        if word is None:
            return Said(found["name"], act, None)
        act, rest = _CORRECTED[word], rest.removeprefix(word)
    words = " ".join(rest.strip(" ，。").split())
    return Said(found["name"], act, None, step, words=words)


_CORRECTED = {
    act.value: act
    for act in (
        CaseAct.OBSERVED,
        CaseAct.PUBLICITY,
        CaseAct.MATERIAL,
        CaseAct.EXTENDED,
        CaseAct.CLOSED,
    )
}


def step_in(words: str) -> int | None:
    """Return the number of the step that words name; None where none, or one that is not there."""
    found = _STEP.search(words)
    if found is None:
        return None
    number = read_int(found["number"])
    return number if number is not None and 1 <= number <= len(STEPS) else None


def why_closed(words: str) -> WhyClosed | None:
    """Return which reason words name."""
    return next((why for word, why in _WHY.items() if word in words), None)


def _step(said: Written) -> Said | None:
    """Return a step with what belongs to it; None where nothing says which step it is."""
    words, step = said.words, step_in(said.words)
    another = _ANOTHER.search(words) is not None
    words = _ANOTHER.sub("", words)
    amount = _AMOUNT.search(words)
    left = _AMOUNT.sub("", _STEP.sub("", words)).strip(" ，。的了")
    named = find_step(left)
    if step is None and named is None:
        if _STEP.search(said.words):
            return Said(said.name, CaseAct.STEP, said.day, unit=said.unit)
        return None
    if step is None:
        assert named is not None
        step = named.number
    number = read_int(amount["number"]) if amount else None
    return Said(
        said.name,
        CaseAct.STEP,
        said.day,
        step,
        number,
        amount["unit"] if amount and amount["unit"] in (DAYS, HOURS) else "",
        said.unit,
        another,
    )


def _extension(said: Written) -> Said:
    found = _AMOUNT.search(said.words)
    months: int | None = None
    if found is not None:
        number = read_int(found["number"])
        if found["unit"] == "年":
            months = _MONTHS.get(found["number"], None if number is None else number * 12)
        elif found["unit"] == "个月":
            months = number
    return Said(said.name, CaseAct.EXTENDED, said.day, amount=months, unit=said.unit)


def paper_of(words: str) -> tuple[int, str] | None:
    """Return the step and the full name of the paper that words name."""
    found = find_material(words)
    return None if found is None else (found[0].number, found[1])
