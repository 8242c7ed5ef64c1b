"""How long a hundred thousand rows of a ledger take to come in and to go out, and how much memory.

Each size in a process of its own: what is flat takes as much for the large file as for the small
one. The roster of ten thousand stands before; what is measured is the ledger alone.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta
from pathlib import Path

from bench.world import BRANCH_SIZE, branch_of, name_of
from bot.files.tables import CellValue, Sheets, write_sheets
from bot.services.importing import LEDGERS

_MEMBERS = 10_000
_SIZES = (10_000, 100_000)
_NOTED = "2026-05-04 10:00"
_FIRST_DAY = date(2023, 12, 1)  # further back nothing comes in by file
_RUN = """
import json, resource, sys, time
from datetime import UTC, datetime
from pathlib import Path
from bot.services import exporting, importing
from bot.services.officers import OPERATOR
from bot.storage import schema
from bot.storage.engine import Database

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024

folder, name = Path(sys.argv[1]), sys.argv[2]
database = Database(f"sqlite:///{folder}/bench.db")
schema.upgrade(database)
now = datetime(2026, 11, 25, 2, 0, tzinfo=UTC)
source = importing.Source(OPERATOR, now)

def take(ledger, path):
    found = importing.LEDGERS[ledger]
    started = time.perf_counter()
    with importing.stage_file(path, found, source) as staged, database.writing() as session:
        return importing.run_staged(session, found, staged, source), time.perf_counter() - started

for before in ("roster", "study", "meetings"):
    if before != name and (folder / f"{before}.csv").exists():
        take(before, folder / f"{before}.csv")
began = peak()
outcome, took = take(name, folder / f"{name}.csv")
imported = peak()
again, compared = take(name, folder / f"{name}.csv")
taken, started = peak(), time.perf_counter()
with database.reading() as session:
    rows = exporting.write_file(
        session, importing.LEDGERS[name], folder / "out.csv", exporting.Request(OPERATOR, now)
    )
out = time.perf_counter() - started
print(json.dumps({
    "added": outcome.added, "took": took, "unchanged": again.unchanged, "compared": compared,
    "rows": rows, "out": out, "began": began, "in": imported, "again": taken, "peak": peak(),
}))
"""

Row = Mapping[str, CellValue]


def measure(names: tuple[str, ...] = (), sizes: tuple[int, ...] = _SIZES) -> Iterator[str]:
    """Yield a line for each ledger and size: new rows, the same file again, and its export."""
    for name in names or tuple(_ROWS):
        for size in sizes:
            with tempfile.TemporaryDirectory() as folder:
                yield _line(name, size, _run(Path(folder), name, size))


def _run(folder: Path, name: str, size: int) -> dict[str, float]:
    _write(folder, "roster", (_member(number) for number in range(1, _MEMBERS + 1)))
    if name == "decisions":
        _write(folder, "meetings", (_meeting(number) for number in range(1, size + 1)))
    _write(folder, name, (_ROWS[name](number) for number in range(1, size + 1)))
    command = [sys.executable, "-c", _RUN, str(folder), name]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def _line(name: str, size: int, found: Mapping[str, float]) -> str:
    return (
        f"{name}, {size:,} rows, CSV and SQLite: {found['added']:,.0f} added in "
        f"{found['took']:.1f} s; again, {found['unchanged']:,.0f} unchanged in "
        f"{found['compared']:.1f} s; {found['rows']:,.0f} exported in {found['out']:.1f} s; memory "
        f"{found['began']:.0f} MB before, {found['in']:.0f} importing, {found['again']:.0f} again, "
        f"{found['peak']:.0f} at most exporting"
    )


def _write(folder: Path, name: str, rows: Iterator[Row]) -> None:
    headers = LEDGERS[name].headers
    table = (tuple(row.get(header) for header in headers) for row in rows)
    write_sheets(folder / f"{name}.csv", Sheets(name, headers, table))


def _unit(number: int) -> str:
    """Return one of the branches, each as often as the others."""
    return f"第{branch_of(number % _MEMBERS + 1)}党支部"


def _person(number: int) -> Row:
    """Return one of the members."""
    member = number % _MEMBERS + 1
    return {
        "姓名": name_of(member),
        "党组织": f"第{branch_of(member)}党支部",
        "手机尾号": f"{member % 10_000:04}",
    }


def _member(number: int) -> Row:
    return {**_person(number - 1), "党员类型": "正式党员", "人员类别": "在职", "月缴党费": 30}


def _meeting(number: int) -> Row:
    """Return a meeting; each branch holds one a day."""
    day = _FIRST_DAY + timedelta(days=number // (_MEMBERS // BRANCH_SIZE))
    unit = f"第{number % (_MEMBERS // BRANCH_SIZE) + 1}党支部"
    return {"党组织": unit, "会议类型": "主题党日", "日期": day, "开始": "15:00"}


def _dues(number: int) -> Row:
    """Return a declaration, then what confirms it."""
    pair, is_confirmed = (number - 1) // 2, number % 2 == 0
    month = date(2026 - pair // _MEMBERS % 8, 1 + pair // _MEMBERS // 8 % 12, 1)
    declared = f"declare:{pair}"
    return {
        **_person(pair),
        "月份": f"{month:%Y-%m}",
        "金额": 30,
        "类别": "核对" if is_confirmed else "自报",
        "日期": "2026-05-04",
        "编号": f"settle:{pair}" if is_confirmed else declared,
        "所指编号": declared if is_confirmed else "",
        "申报": "" if is_confirmed else str(pair),
        "登记时间": _NOTED,
    }


def _assessment(number: int) -> Row:
    month = number // _MEMBERS % 12 + 1
    return {
        **_person(number),
        "起始月份": f"2026-{month:02}",
        "人员类别": "在职",
        "月缴党费": 10 + number % 20,
        "原因": "调整",
        "登记时间": _NOTED,
    }


def _item(number: int) -> Row:
    return {"党组织": _unit(number), "事项": f"第{number}件事", "登记日期": "2026-05-04"}


def _material(number: int) -> Row:
    link = f"https://www.12371.cn/{number}/"
    return {"党组织": _unit(number), "名称": f"第{number}份资料", "链接": link}


def _question(number: int) -> Row:
    """Return one of the five questions of a quiz."""
    quiz = (number - 1) // 5
    return {
        "党组织": _unit(quiz),
        "名称": f"第{quiz}组题",
        "题号": (number - 1) % 5 + 1,
        "题目": "党员一年至少学多少学时？",
        "选项A": "16学时",
        "选项B": "32学时",
        "答案": "B",
    }


def _wording(number: int) -> Row:
    han = "".join("甲乙丙丁戊己庚辛壬癸"[int(digit)] for digit in str(number))
    return {"党组织": _unit(number), "说法": f"我{han}来", "当作": "签到", "登记时间": _NOTED}


def _series(number: int) -> Row:
    return {
        "党组织": _unit(number),
        "会议类型": "主题党日",
        "名称": f"第{number}样",
        "怎么重复": f"每月{number % 28 + 1}日",
        "时间": f"{number // 28 % 24:02}:{number // 672 % 60:02}",
        "到哪天": "2026-12-31",
        "登记时间": _NOTED,
    }


def _class(number: int) -> Row:
    day = _FIRST_DAY + timedelta(days=number // (_MEMBERS // BRANCH_SIZE))
    unit = f"第{number % (_MEMBERS // BRANCH_SIZE) + 1}党支部"
    plan = f"{day.year}年计划"
    return {"学习计划": plan, "党组织": unit, "课程": "党章专题", "日期": day, "时间": "09:00"}


def _studied(number: int) -> Row:
    day = date(2026, 1, 1) + timedelta(days=number // _MEMBERS)
    return {**_person(number), "学习内容": "党章", "日期": day}


def _decision(number: int) -> Row:
    meeting = _meeting(number)
    return {
        "党组织": meeting["党组织"],
        "日期": meeting["日期"],
        "题目": "通过工作总结",
        "赞成": 80,
        "到会": 80,
        "应到": 100,
        "登记时间": _NOTED,
    }


_ROWS: Mapping[str, Callable[[int], Row]] = {
    "dues": _dues,
    "assessments": _assessment,
    "open_items": _item,
    "materials": _material,
    "quizzes": _question,
    "wordings": _wording,
    "series": _series,
    "meetings": _meeting,
    "study": _class,
    "studied": _studied,
    "decisions": _decision,
}


if __name__ == "__main__":
    chosen = [word for word in sys.argv[1:] if not word.isdigit()]
    numbers = tuple(int(word) for word in sys.argv[1:] if word.isdigit())
    for line in measure(tuple(chosen), numbers or _SIZES):
        print(line, flush=True)
