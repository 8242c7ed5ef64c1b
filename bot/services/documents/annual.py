"""The annual report as a document: its text, what is missing, and the rows behind every figure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.domain.ids import MemberId
from bot.domain.issues import without_complainants
from bot.domain.reports.figures import Figure, Row
from bot.domain.reports.sentences import Line, Written
from bot.files.docx.form import Form, Look, Paragraph, Repeated
from bot.files.tables import CellValue, Sheets
from bot.services import survey
from bot.services.reports.report import Draft
from bot.storage.models import OpenItem

MOST_ROWS = 1000  # of one figure in the document; the workbook has them all
_MEMBER, _ISSUE = "member:", "issue:"
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
    told = [figure for figure in figures if figure.name in draft.composed.figures]
    rows = [row for figure in told for row in figure.rows[:MOST_ROWS]]
    names, words = names_of(session, rows), words_of(session, rows)
    return {
        "标题": f"{draft.figures.unit}{draft.figures.year}年抓基层党建工作述职报告",
        "单位": draft.figures.unit,
        "年份": draft.figures.year,
        "统计日": draft.figures.until.isoformat(),
        "章节": [_section(section) for section in draft.composed.sections],
        "缺口": [f"{n}. {gap.words}" for n, gap in enumerate(draft.composed.gaps, start=1)],
        "数字": [_figure(figure, names, words) for figure in told],
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
    rows = [row for figure in figures for row in figure.rows]
    subjects = {**names_of(session, rows), **words_of(session, rows)}
    summary = [
        (figure.mark, figure.title, figure.value, figure.measure.value[0], figure.definition)
        for figure in figures
    ]
    head = Sheets("数字一览", ("编号", "名称", "数", "单位", "怎么算"), summary)
    return [head, *(_sheet(figure, subjects) for figure in figures if figure.rows)]


def names_of(session: Session, rows: Iterable[Row]) -> dict[str, str]:
    """Return the names of the members that rows are about; a copy keeps only their numbers."""
    ids = _ids(rows, _MEMBER)
    found: dict[str, str] = {}
    for start in range(0, len(ids), _NAMES_AT_ONCE):
        some = [MemberId(number) for number in ids[start : start + _NAMES_AT_ONCE]]
        for member, name in survey.names_of(session, some).items():
            found[f"{_MEMBER}{member}"] = name
    return found


def words_of(session: Session, rows: Iterable[Row]) -> dict[str, str]:
    """Return what the issues say that rows are about; nobody who complained is named."""
    ids = _ids(rows, _ISSUE)
    found: dict[str, str] = {}
    for start in range(0, len(ids), _NAMES_AT_ONCE):
        some = ids[start : start + _NAMES_AT_ONCE]
        written = session.execute(select(OpenItem.id, OpenItem.words).where(OpenItem.id.in_(some)))
        for item, words in written:
            found[f"{_ISSUE}{item}"] = without_complainants(words)
    return found


def _ids(rows: Iterable[Row], origin: str) -> list[int]:
    return sorted({int(row.ref.split(":")[1]) for row in rows if row.ref.startswith(origin)})


def subject_of(ref: str) -> str:
    """Return what a row is about: `member:12` of `member:12:2017Q1`."""
    return ":".join(ref.split(":")[:2])


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


def _figure(figure: Figure, names: Mapping[str, str], words: Mapping[str, str]) -> dict[str, Any]:
    mark = f"{figure.mark} " if figure.mark else ""
    told = list(_told(figure.rows[:MOST_ROWS], names, words))
    left = len(figure.rows) - MOST_ROWS
    if left > 0:
        told.append(f"……还有{left}条没有列出，全部明细请用 --rows 写到表格里。")
    return {
        "名称": f"{mark}{figure.title}",
        "多少": figure.words,
        "定义": figure.definition,
        "明细": told,
    }


def _told(rows: Sequence[Row], names: Mapping[str, str], words: Mapping[str, str]) -> Iterator[str]:
    """Yield rows as lines; people of one place and kind stand in one."""
    people: dict[tuple[str, ...], list[str]] = defaultdict(list)
    number = 0
    for row in rows:
        if subject_of(row.ref) in names:
            people[row.cells].append(names[subject_of(row.ref)])
            continue
        number += 1
        cells = (words.get(subject_of(row.ref), ""), *row.cells)
        yield f"{number}. {'　'.join(cell for cell in cells if cell)}"
    for cells, who in people.items():
        place = f"{'，'.join(cell for cell in cells if cell)}" or "姓名"
        yield f"{place}（{len(who)}名）：{'、'.join(who)}"


def shown(figure: Figure, subjects: Mapping[str, str]) -> tuple[tuple[str, ...], list[Row]]:
    """Return the headers and rows of a figure as they are shown: what a row is about comes first.

    Args:
        subjects: Of `names_of` and `words_of`.
    """
    if not any(subject_of(row.ref) in subjects for row in figure.rows):
        return figure.columns, list(figure.rows)
    about = "姓名" if figure.rows[0].ref.startswith(_MEMBER) else "内容"
    rows = [
        replace(row, cells=(subjects.get(subject_of(row.ref), ""), *row.cells))
        for row in figure.rows
    ]
    return (about, *figure.columns), rows


def _sheet(figure: Figure, subjects: Mapping[str, str]) -> Sheets:
    headers, rows = shown(figure, subjects)
    table: list[tuple[CellValue, ...]] = [(*row.cells, row.weight) for row in rows]
    return Sheets(figure.title[:28], (*headers, "计数"), table)
