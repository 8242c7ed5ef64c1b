"""The year counted from its two files alone: nothing here knows the bot.

Who belongs where follows from the roster and from what was said of people who came and went; who
was there from how each roll call was worded; the money from the chains and the slips put right.
"""

from __future__ import annotations

import csv
import re
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path

LEFT_OUT = re.compile(r"除(?P<names>\S+?)外都到")
CELL_LEADERS = {"张三": "第一党小组", "王五": "第二党小组", "陈建华": "第三党小组"}
COMMITTEE = ("书记", "组织委员", "宣传委员")
_SAID = re.compile(r"(?P<who>[一-龥]+): (?P<what>.+)")
_CALLED = re.compile(r"建会 (?P<kinds>\S+) (?P<month>\d+)月(?P<day>\d+)日 ")
_CHAIN = re.compile(r"\| \d+\. (?P<who>[一-龥]+) (?P<yuan>[\d.]+)元")
_OWN = re.compile(r"(?:\d+-)?\d+月党费(?P<yuan>\d+)元已交")
_CORRECTED = re.compile(r"更正 (?P<who>[一-龥]+) \d+月党费 (?P<yuan>\d+) ")


@dataclass
class Attendance:
    """How often each member was expected, there, on leave, absent, and studied it later."""

    expected: Counter[str] = field(default_factory=Counter)
    present: Counter[str] = field(default_factory=Counter)
    leave: Counter[str] = field(default_factory=Counter)
    absent: Counter[str] = field(default_factory=Counter)
    studied: Counter[str] = field(default_factory=Counter)
    lectures: Counter[str] = field(default_factory=Counter)
    meetings: int = 0


@dataclass
class Year:
    """What the files say of the year.

    Attributes:
        moments: The clock, as it is written.
        published: What each quarter's publication must come to, in fen.
    """

    attendance: Attendance = field(default_factory=Attendance)
    published: list[int] = field(default_factory=list)
    moments: list[str] = field(default_factory=list)


def read_year(chat: Path, roster: Path) -> Year:
    """Return what the year comes to."""
    rows = list(csv.DictReader(roster.open(encoding="utf-8")))
    cell_of = {row["姓名"]: row["党小组"] for row in rows}
    committee = {row["姓名"] for row in rows if row["职务"] in COMMITTEE}
    monthly = {row["姓名"]: round(float(row["月缴党费"]) * 100) for row in rows}
    year, here = Year(), set(cell_of)
    learnt: dict[str, list[str]] = {}  # what waits for the organiser's word
    called: dict[tuple[str, str], str] = {}  # (day, title) → who belongs there, as a word
    quarter = 0
    for line in chat.read_text(encoding="utf-8").splitlines():
        if line.startswith("@ "):
            year.moments.append(line[2:])
            continue
        if chain := _CHAIN.fullmatch(line):
            quarter += round(float(chain["yuan"]) * 100)
            continue
        said = _SAID.fullmatch(line)
        if said is None:
            continue
        who, what = said["who"], said["what"]
        day = year.moments[-1][5:10]
        if found := _CALLED.match(what):
            on = f"{int(found['month']):02}-{int(found['day']):02}"
            for kind in found["kinds"].split("+"):
                called[on, f"{who}:{kind}" if kind == "党小组会" else kind] = kind
        elif what.startswith(("接收预备党员 ", "转入 ")):
            here.add(what.split()[1])
            cell_of.setdefault(what.split()[1], "")
        elif what.startswith(("去世 ", "回执 ")):
            here.discard(what.split()[1])
        elif what == "全到" or LEFT_OUT.search(what):
            title = _title(who, what)
            assert (day, title) in called, (day, title)
            due = _due(title, who, here, cell_of, committee)
            _count(year.attendance, title, due, LEFT_OUT.search(what))
        elif what.startswith("已学 "):
            learnt.setdefault(what.removeprefix("已学 "), []).append(who)
        elif what.startswith("确认补学 "):
            year.attendance.studied.update(learnt.pop(what.removeprefix("确认补学 ")))
        elif own := _OWN.fullmatch(what):
            quarter += int(own["yuan"]) * 100
        elif slip := _CORRECTED.match(what):
            quarter += int(slip["yuan"]) * 100 - monthly[slip["who"]]
        elif what.startswith("公示党费 "):
            year.published.append(quarter)
            quarter = 0
    return year


def _title(who: str, what: str) -> str:
    if what != "全到":
        return what.split()[0]
    return f"{who}:党小组会" if who in CELL_LEADERS else "支部委员会会议"


def _due(
    title: str, who: str, here: set[str], cell_of: dict[str, str], committee: set[str]
) -> set[str]:
    if title == "支部委员会会议":
        return committee & here
    if title.endswith("党小组会"):
        return {name for name in here if cell_of[name] == CELL_LEADERS[who]}
    return set(here)


def _count(books: Attendance, title: str, due: set[str], but: re.Match[str] | None) -> None:
    """Count one roll call; whoever is left out without a word is absent once it is closed."""
    out: dict[str, str] = defaultdict(str)
    for words in but["names"].split("、") if but else ():
        name = words.removesuffix("请假").removesuffix("缺席")
        out[name] = words.removeprefix(name) or "缺席"
    books.meetings += 1
    for name in due:
        books.expected[name] += 1
        counter = {"": books.present, "请假": books.leave, "缺席": books.absent}[out[name]]
        counter[name] += 1
        if title == "党课" and not out[name]:
            books.lectures[name] += 1
