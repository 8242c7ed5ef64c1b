"""What was found and put right in 2017, and the members' files: raw rows of those ledgers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from sqlalchemy.orm import Session

from bot.clock import at
from bot.demo.year_2017.people import Town
from bot.domain.ids import MemberId, UnitId
from bot.domain.member_files import FileClass, FileState
from bot.domain.open_items import ItemAct, ItemKind
from bot.domain.weak_branches import Mode, Need
from bot.services.importing import bulk
from bot.storage.models import (
    MemberFileEntry,
    OpenItem,
    OpenItemStep,
    UnitPremises,
    UnitScreening,
)

_APPRAISAL = "2016述职评议"
_TOUR = "观摩"
_DEADLINE = date(2017, 11, 30)
_FOUND_THEN = (
    ("党务干部业务培训不够", (9, 15)),
    ("两新组织党建覆盖面不宽", (10, 27)),
    ("个别社区活动场所不达标", (11, 29)),
)
# What the tour found, by category: ten of them, thirty-two issues.
_FOUND_ON_TOUR = {
    "阵地建设": ("活动室牌子旧了", "活动室没有无障碍坡道", "图书角没人管", "宣传栏内容过期"),
    "三会一课": ("支委会记录不全", "党课没有讲稿", "党员大会签到漏登", "党小组会次数不够"),
    "党员教育": ("学习计划没有上墙", "老党员送学不到位", "学习笔记不全"),
    "党费管理": ("党费收据没有编号", "党费公示不及时", "补交的月份没写明"),
    "档案管理": ("档案柜没有编号", "入党材料目录不全", "转出档案没有回执"),
    "发展党员": ("积极分子考察表漏填", "培养联系人变更没有登记", "公示照片没有留存"),
    "服务群众": ("便民服务时间没公示", "走访记录不全", "办事指南没更新"),
    "网格建设": ("网格长没有公示", "楼栋长名单旧了", "网格图没更新"),
    "共建联建": ("共建协议过期", "联席会议没有记录", "驻区单位名单不全"),
    "制度落实": ("值班表没有上墙", "考勤制度没执行", "公示栏没有专人管"),
}
# Premises in tenths of a square metre: (number of the community, area, how held, from when).
_PREMISES = (
    (0, 2600, Mode.RENTED, (1, 1)),
    (0, 4300, Mode.SHARED, (9, 1)),  # better by the partner's help, still below the standard
    (1, 5200, Mode.OWN, (1, 1)),
    (2, 5000, Mode.OWN, (1, 1)),  # exactly the standard
    (3, 6125, Mode.RENTED, (6, 1)),
)
_FILE_STEPS = (
    (FileState.SORTED, date(2017, 7, 14)),
    (FileState.FILED, date(2017, 9, 22)),
    (FileState.ARCHIVED, date(2017, 12, 22)),
)


def write(session: Session, town: Town) -> None:
    """Write issues with what became of them, and files with their states."""
    _write_issues(session, town)
    bulk.add(session, MemberFileEntry, list(_files(town)))
    bulk.add(session, UnitPremises, list(_premises(town)))
    bulk.add(session, UnitScreening, list(_screened(town)))


def _write_issues(session: Session, town: Town) -> None:
    rows = [*_appraisal(town), *_tour(town)]
    ids = bulk.add_numbered(session, OpenItem, OpenItem.id, [row for row, _, _ in rows])
    steps = [
        step
        for item_id, (row, closed_on, second) in zip(ids, rows, strict=True)
        for step in _closed(item_id, row["owner_id"], second, closed_on)
    ]
    bulk.add(session, OpenItemStep, steps)


_Issue = tuple[dict[str, Any], date, MemberId]


def _appraisal(town: Town) -> Iterator[_Issue]:
    for number, (words, closed_on) in enumerate(_FOUND_THEN, start=1):
        row = _issue(town.street_id, number, words, _APPRAISAL, "", town.leaders[number], _DEADLINE)
        yield {**row, "at": at(date(2017, 1, 12), 10)}, date(2017, *closed_on), town.leaders[0]


def _tour(town: Town) -> Iterator[_Issue]:
    branches = [branch for branch in town.branches if branch.community_id is not None]
    numbers: Counter[UnitId] = Counter()
    found = [(c, words) for c, several in _FOUND_ON_TOUR.items() for words in several]
    for index, (category, words) in enumerate(found):
        branch = branches[index % len(branches)]
        numbers[branch.id] += 1
        row = _issue(
            branch.id,
            numbers[branch.id],
            words,
            _TOUR,
            category,
            branch.secretary,
            date(2017, 12, 15),
        )
        closed_on = date(2017, 11, 1) + timedelta(days=index)
        yield {**row, "at": at(date(2017, 10, 13), 18)}, closed_on, town.leaders[2]


def _issue(
    unit_id: UnitId,
    number: int,
    words: str,
    source: str,
    category: str,
    owner: MemberId,
    due_on: date,
) -> dict[str, Any]:
    return {
        "key": f"2017:{unit_id}:{number}",
        "unit_id": unit_id,
        "number": number,
        "kind": ItemKind.ISSUE,
        "words": words,
        "owner_id": owner,
        "due_on": due_on,
        "meeting_id": None,
        "by_id": None,
        "source": source,
        "category": category,
        "measure": "建立台账，限期整改",
    }


def _closed(item_id: int, owner: MemberId, second: MemberId, on: date) -> Iterator[dict[str, Any]]:
    """Yield that its owner reported it done, and that somebody else has seen it."""
    for seq, (act, who, moment) in enumerate(
        (
            (ItemAct.PROPOSE, owner, at(on, 16)),
            (ItemAct.CLOSE, second, at(on, 17)),
        ),
        start=1,
    ):
        yield {
            "item_id": item_id,
            "seq": seq,
            "act": act,
            "note": "已整改，有照片",
            "by_id": who,
            "at": moment,
        }


def _files(town: Town) -> Iterator[dict[str, Any]]:
    """Yield the states of the file of everybody who was on the roll when it was done."""
    for number, branch in enumerate(town.branches, start=1):
        for index, person in enumerate(branch.on(date(2017, 12, 31)), start=1):
            for seq, (state, on) in enumerate(_FILE_STEPS, start=1):
                day = max(on, person.since)
                yield {
                    "member_id": person.id,
                    "seq": seq,
                    "state": state,
                    "file_class": FileClass.RETIRED if index % 3 else FileClass.IN_SERVICE,
                    "location_code": f"{number}柜-{index}" if state is FileState.ARCHIVED else "",
                    "on_day": day,
                    "reason": "",
                    "refers_to": None,
                    "by_id": None,
                    "at": at(day, 17),
                }


def _premises(town: Town) -> Iterator[dict[str, Any]]:
    """Yield the premises of the communities: three of the standard, one below it."""
    numbers: Counter[int] = Counter()
    for community, area, mode, since in _PREMISES:
        numbers[community] += 1
        on = date(2017, *since)
        yield {
            "unit_id": town.communities[community],
            "seq": numbers[community],
            "area": area,
            "mode": mode,
            "on_day": on,
            "refers_to": None,
            "by_id": None,
            "at": at(on, 9),
        }


def _screened(town: Town) -> Iterator[dict[str, Any]]:
    """Yield the screening of the communities: one was weak in spring, and no longer in autumn."""
    every = [need.name for need in Need]
    lacking = [need.name for need in Need if need is not Need.PREMISES]
    for number, community in enumerate(town.communities):
        rounds = (
            ((1, (4, 20), lacking), (2, (10, 30), every)) if number == 0 else ((1, (4, 20), every),)
        )
        for seq, day, met in rounds:
            on = date(2017, *day)
            yield {
                "unit_id": community,
                "year": 2017,
                "seq": seq,
                "met": met,
                "on_day": on,
                "refers_to": None,
                "by_id": None,
                "at": at(on, 9),
            }
