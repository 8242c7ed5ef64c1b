"""What was moved, cancelled and brought back goes out as a sheet: who, when, why, before, after."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

from bot.files.tables import read_sheets
from bot.services import exporting
from bot.services.exporting import Request
from bot.services.exporting.meeting_changes import ACTIONS
from bot.services.importing import LEDGERS
from bot.services.officers import OPERATOR
from bot.storage.engine import Database
from tests.support.hall import START, Hall

SERVICES = Path(exporting.__file__).parents[1]


def _exported(hall: Hall, folder: Path, request: Request) -> list[list[str]]:
    path = folder / "out.csv"
    with hall.world.database.writing() as session:
        exporting.run_file(session, LEDGERS["meeting_changes"], path, request)
    (sheet,) = read_sheets(path)
    return [["" if cell is None else str(cell) for cell in row] for _, row in sheet.rows][1:]


def test_every_change_of_a_meeting_stands_in_it_with_before_and_after(
    database: Database, tmp_path: Path
) -> None:
    hall = Hall(database)
    hall.say("王敏", "改期 主题党日 3月17日 16:00 三楼", START - timedelta(days=2))
    hall.say("李建国", "取消会议 主题党日 原因 下大雨")
    hall.say("李建国", "撤销")

    rows = _exported(hall, tmp_path, Request(OPERATOR, hall.world.now))
    none = _exported(
        hall, tmp_path, Request(OPERATOR, hall.world.now, last=START.date().replace(day=1))
    )

    said = [(row[0], row[2], *row[3:8]) for row in rows]
    assert said == [
        (
            "第三党支部",
            "2026-03-17 16:00",
            "改期",
            "2026-03-16 15:00，社区二楼",
            "2026-03-17 16:00，三楼",
            "",
            "王敏",
        ),
        (
            "第三党支部",
            "2026-03-17 16:00",
            "取消",
            "已安排",
            "已取消",
            "下大雨",
            "李建国",
        ),
        ("第三党支部", "2026-03-17 16:00", "恢复", "已取消", "已安排", "撤销", "李建国"),
    ]
    assert none == []


def test_every_kind_of_change_has_a_word() -> None:
    written = re.compile(
        r"MeetingChange\)[^}]*?\"?action\"?[=:] ?\"(\w+)\"|meetings\.change\([^\"]*\"(\w+)\"",
        re.DOTALL,
    )
    source = "".join(path.read_text(encoding="utf-8") for path in SERVICES.rglob("*.py"))
    found = {first or second for first, second in written.findall(source)}

    assert found - ACTIONS.keys() == set()
    assert {"cancel", "restore", "record", "confirm", "period", "take_back"} <= found
