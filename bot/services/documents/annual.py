"""The annual report as a document: its text, what is missing, and the rows behind every figure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from sqlalchemy.orm import Session

from bot.domain.ids import MemberId
from bot.domain.reports.figures import Figure, Row
from bot.domain.reports.sentences import Line, Written
from bot.files.docx.form import Form, Look, Paragraph, Repeated
from bot.files.tables import CellValue, Sheets
from bot.services import survey
from bot.services.reports.report import Draft

MOST_ROWS = 1000  # of one figure in the document; the workbook has them all
_MEMBER = "member:"
_NAMES_AT_ONCE = 10_000

FORM = Form(
    "annual",
    "年报",
    (
        Paragraph("{{ 标题 }}", Look.TITLE),
        Repeated(
            "章节",
            "章",
            (
                Paragraph("{{ 章.大标题 }}", Look.HEADING, when="章.大标题"),
                Paragraph("{{ 章.小标题 }}", Look.SUBHEADING, when="章.小标题"),
                Repeated("章.段落", "段", (Paragraph("{{ 段 }}"),)),
            ),
        ),
        Paragraph("附一：还缺什么（交稿前请删去）", Look.HEADING, when="缺口"),
        Repeated("缺口", "缺", (Paragraph("{{ 缺 }}"),)),
        Paragraph("附二：每个数字是怎么数出来的", Look.HEADING),
        Repeated(
            "数字",
            "数",
            (
                Paragraph("{{ 数.名称 }}：{{ 数.多少 }}", Look.SUBHEADING),
                Paragraph("怎么算：{{ 数.定义 }}", Look.SMALL),
                Repeated("数.明细", "行", (Paragraph("{{ 行 }}", Look.SMALL),)),
            ),
        ),
        Paragraph("校验码：{{ 校验码 }}（{{ 第几稿 }}）", Look.SMALL),
    ),
)


def values(session: Session, draft: Draft, copy: str, stamp: str) -> dict[str, Any]:
    """Return what stands in the fields.

    Args:
        copy: Which copy it is, in words.
    """
    figures = list(draft.figures)
    shown = [figure for figure in figures if figure.name in draft.composed.figures]
    names = names_of(session, (row for figure in shown for row in figure.rows[:MOST_ROWS]))
    return {
        "标题": f"{draft.figures.unit}{draft.figures.year}年抓基层党建工作述职报告",
        "单位": draft.figures.unit,
        "年份": draft.figures.year,
        "统计日": draft.figures.until.isoformat(),
        "章节": [_section(section) for section in draft.composed.sections],
        "缺口": [f"{n}. {gap.words}" for n, gap in enumerate(draft.composed.gaps, start=1)],
        "数字": [_figure(figure, names) for figure in shown],
        "数值": {
            key: "" if figure.value is None else figure.value
            for figure in figures
            for key in (figure.name, figure.mark)
            if key
        },
        "校验码": draft.digest,
        "第几稿": copy,
        "导出说明": stamp,
    }


def sheets(session: Session, draft: Draft) -> list[Sheets]:
    """Return all rows of all figures as the sheets of a workbook, a list of the figures first."""
    figures = list(draft.figures)
    names = names_of(session, (row for figure in figures for row in figure.rows))
    summary = [
        (figure.mark, figure.title, figure.value, figure.measure.value[0], figure.definition)
        for figure in figures
    ]
    head = Sheets("数字一览", ("编号", "名称", "数", "单位", "怎么算"), summary)
    return [head, *(_sheet(figure, names) for figure in figures if figure.rows)]


def names_of(session: Session, rows: Iterable[Row]) -> dict[str, str]:
    """Return the names of the members that rows are about; a copy keeps only their numbers."""
    ids = sorted({int(row.ref[len(_MEMBER) :]) for row in rows if row.ref.startswith(_MEMBER)})
    found: dict[str, str] = {}
    for start in range(0, len(ids), _NAMES_AT_ONCE):
        some = [MemberId(number) for number in ids[start : start + _NAMES_AT_ONCE]]
        for member, name in survey.names_of(session, some).items():
            found[f"{_MEMBER}{member}"] = name
    return found


def _section(section: Written) -> dict[str, Any]:
    """Return a section with its sentences run together; a place to write stands by itself."""
    paragraphs = [
        "".join(line.text for line in lines) if filled else "\n".join(line.text for line in lines)
        for filled, lines in _runs(section.lines)
    ]
    return {
        "大标题": section.title if section.level == 1 else "",
        "小标题": section.title if section.level > 1 else "",
        "段落": [part for text in paragraphs for part in text.split("\n")],
    }


def _runs(lines: Sequence[Line]) -> Iterator[tuple[bool, list[Line]]]:
    for filled, run in groupby(lines, key=lambda line: not line.is_blank):
        yield filled, list(run)


def _figure(figure: Figure, names: Mapping[str, str]) -> dict[str, Any]:
    mark = f"{figure.mark} " if figure.mark else ""
    told = list(_told(figure.rows[:MOST_ROWS], names))
    left = len(figure.rows) - MOST_ROWS
    if left > 0:
        told.append(f"……还有{left}条没有列出，全部明细请用 --rows 写到表格里。")
    return {
        "名称": f"{mark}{figure.title}",
        "多少": figure.words,
        "定义": figure.definition,
        "明细": told,
    }


def _told(rows: Sequence[Row], names: Mapping[str, str]) -> Iterator[str]:
    """Yield rows as lines; people of one place and kind stand in one."""
    people: dict[tuple[str, ...], list[str]] = defaultdict(list)
    number = 0
    for row in rows:
        if row.ref in names:
            people[row.cells].append(names[row.ref])
            continue
        number += 1
        yield f"{number}. {'　'.join(cell for cell in row.cells if cell)}"
    for cells, who in people.items():
        place = f"{'，'.join(cell for cell in cells if cell)}" or "姓名"
        yield f"{place}（{len(who)}名）：{'、'.join(who)}"


def _sheet(figure: Figure, names: Mapping[str, str]) -> Sheets:
    has_people = any(row.ref in names for row in figure.rows)
    headers = (*(("姓名",) if has_people else ()), *figure.columns, "计数")
    rows: list[tuple[CellValue, ...]] = [
        (*((names.get(row.ref, ""),) if has_people else ()), *row.cells, row.weight)
        for row in figure.rows
    ]
    return Sheets(figure.title[:28], headers, rows)
