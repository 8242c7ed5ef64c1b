"""`report`: documents from records, as Word and Excel files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.cli.opening import Refused, config_option, first_lines, load_config, opened
from bot.cli.words import Group

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from bot.domain.ids import UnitId
    from bot.domain.reports.frozen import Difference
    from bot.services.reports.report import Draft

_UNIT = "哪个组织的，不写就是整个街道"
_DOCX = "写到哪个 .docx"


@click.group(cls=Group)
def report() -> None:
    """从台账生成文件：会议记录、年报，和它们的模板。"""


@report.command(epilog="zhibu report minutes --unit 三支部 --meeting 3月党员大会 -o 会议记录.docx")
@click.option("--unit", metavar="支部", required=True, help="哪个支部的")
@click.option("--meeting", metavar="会", default="", help="哪个会，不写就是最近的一个")
@click.option("-o", "--output", metavar="文件", required=True, help=_DOCX)
@config_option
def minutes(unit: str, meeting: str, output: str) -> None:
    """一次会的会议记录，写成Word文件。"""
    from bot.clock import SystemClock
    from bot.domain.reads import Seen
    from bot.files.docx.filling import write_docx
    from bot.services import minutes as records
    from bot.services import paper_lists, reads, scopes
    from bot.services.documents.minutes import FORM, values
    from bot.services.exporting import Request
    from bot.services.officers import OPERATOR
    from bot.services.reads import Read

    now, path, config = SystemClock().now(), Path(output), load_config()
    with opened(config, may_create=False) as database, database.writing() as session:
        found = paper_lists.find_meeting(session, unit, meeting, now, held=True)
        record = records.look(session, found, now)
        named = scopes.name_of(session, found.unit_id)
        told = [Read(Seen.MINUTES, found.unit_id), Read(Seen.ATTENDANCE, found.unit_id)]
        reads.record(session, told, by=OPERATOR, command="report.minutes", now=now)
        write_docx(
            path,
            FORM,
            values(record, named, Request(OPERATOR, now).stamp),
            config.documents.minutes,
        )
    click.echo(
        f"{found.title}（{found.when}）的会议记录已写到 {path}。里面有个人信息，请妥善保管。"
    )


@report.command(epilog="zhibu report template minutes -o 会议记录模板.docx")
@click.argument("name", metavar="哪一种")
@click.option("-o", "--output", metavar="文件", required=True, help=_DOCX)
@config_option
def template(name: str, output: str) -> None:
    """取出默认模板，用Word改好，再在配置的 [documents] 里写上它。

    双花括号里的是会填进去的内容，名称不能改，位置、字体随便改。
    """
    from bot.files.docx.template import write_template
    from bot.services.documents import FORMS

    form = FORMS.get(name)
    if form is None:
        listed = "、".join(f"{form.name}（{form.title}）" for form in FORMS.values())
        raise Refused(f"没有“{name}”这种模板，可以是 {listed}。")
    write_template(Path(output), form)
    click.echo(
        f"{form.title}的模板已写到 {output}。改好以后在配置里写上："
        f'[documents] 另起一行 {form.name} = "{output}"'
    )


@report.command(
    epilog="""zhibu report annual --year 2026 -o 年报.docx
    zhibu report annual --year 2026 --settle -o 年报.docx --rows 年报明细.xlsx"""
)
@click.option("--year", metavar="年份", type=int, required=True, help="哪一年的")
@click.option("--unit", metavar="组织", help=_UNIT)
@click.option("-o", "--output", metavar="文件", required=True, help=_DOCX)
@click.option("--rows", metavar="文件", help="再把每个数字的全部明细写到这个 .xlsx")
@click.option("--settle", is_flag=True, help="定稿：这一稿的数以后不再变")
@click.option("--reason", metavar="原因", default="", help="重新定稿的原因")
@config_option
def annual(
    year: int, unit: str | None, output: str, rows: str | None, settle: bool, reason: str
) -> None:
    """一年的述职报告：数字都从台账来，缺什么列出来，判断和原因留给书记写。

    每次都存一稿，数没有变就不重复存。
    """
    from bot.clock import SystemClock
    from bot.domain.reads import Seen
    from bot.files.docx.filling import write_docx
    from bot.files.tables import write_book
    from bot.services import reads, reports
    from bot.services.documents import annual as document
    from bot.services.exporting import Request
    from bot.services.officers import OPERATOR
    from bot.services.reads import Read
    from bot.services.reports import copies
    from bot.services.reports.report import make

    now, config, found = SystemClock().now(), load_config(), reports.REPORTS["annual"]
    stamp = Request(OPERATOR, now).stamp
    with opened(config, may_create=False) as database:
        with database.reading() as session:
            unit_id = _unit_id(session, unit)
            draft = make(session, found, unit_id, year, by=OPERATOR, now=now)
            text = document.values(session, draft, "", stamp)
            sheets = document.sheets(session, draft) if rows else []
        with database.writing() as session:
            copy = copies.keep(session, draft, by=OPERATOR, now=now, settle=settle, reason=reason)
            told = [Read(Seen.REPORT, unit_id)]
            reads.record(session, told, by=OPERATOR, command="report.annual", now=now)
    text["第几稿"] = _copy_words(copy.seq, settled=copy.is_settled)
    write_docx(Path(output), document.FORM, text, config.documents.annual)
    if rows:
        write_book(Path(rows), sheets, stamp)
    click.echo("\n".join(_annual_lines(draft, text["第几稿"], output, rows)))


@report.command(epilog="zhibu report diff --year 2026 --from 1 --to 2")
@click.option("--year", metavar="年份", type=int, required=True, help="哪一年的")
@click.option("--unit", metavar="组织", help=_UNIT)
@click.option("--from", "first", metavar="稿", type=int, help="从第几稿，不写就是定稿或最后一稿")
@click.option("--to", "second", metavar="稿", type=int, help="到第几稿，不写就是现在的台账")
@config_option
def diff(year: int, unit: str | None, first: int | None, second: int | None) -> None:
    """两稿年报差在哪里：哪个数变了，多了哪几条，少了哪几条。"""
    from bot.clock import SystemClock
    from bot.services import reports
    from bot.services.officers import OPERATOR
    from bot.services.reports import copies

    now, found = SystemClock().now(), reports.REPORTS["annual"]
    with opened(load_config(), may_create=False) as database, database.reading() as session:
        unit_id = _unit_id(session, unit)
        kept = copies.latest(session, found, unit_id, year)
        if kept is None:
            raise Refused(
                f"{year}年还没有存过年报。先运行：zhibu report annual --year {year} -o 年报.docx"
            )
        start = first or kept.seq
        changed = copies.compare(session, found, unit_id, year, start, second, by=OPERATOR, now=now)
    until = f"第{second}稿" if second else "现在的台账"
    click.echo("\n".join([f"第{start}稿 → {until}", *difference_lines(changed)]))


def difference_lines(changed: Difference) -> list[str]:
    """Return what two copies differ in, for a terminal."""
    if changed.is_none:
        return ["一样，没有变。"]
    lines: list[str] = []
    for figure in changed.figures:
        lines.append(f"{figure.title}：{_value(figure.before)} → {_value(figure.after)}")
        for words, rows in (("多", figure.came), ("少", figure.went), ("改", figure.differs)):
            lines += first_lines([f"  {words} {row}".rstrip() for row in rows])
    lines += [f"多了一句：{text}" for text in changed.said]
    lines += [f"少了一句：{text}" for text in changed.unsaid]
    return lines


def _value(value: int | None) -> str:
    return "没有记录" if value is None else str(value)


def _unit_id(session: Session, name: str | None) -> UnitId:
    """Return the unit named, or the only one above all.

    Raises:
        Refused: There are several, or none.
    """
    from sqlalchemy import select

    from bot.domain.ids import UnitId
    from bot.services.groups import find_unit
    from bot.storage.models import Unit

    if name is not None:
        return UnitId(find_unit(session, name).id)
    tops = session.execute(select(Unit.id, Unit.name).where(Unit.parent_id.is_(None))).all()
    if len(tops) == 1:
        return UnitId(tops[0].id)
    if not tops:
        raise Refused("还没有组织。请先导入组织和名册。")
    raise Refused(f"请用 --unit 写明是哪个组织：{'、'.join(top.name for top in tops[:5])}。")


def _copy_words(seq: int, *, settled: bool) -> str:
    return f"第{seq}稿，{'定稿' if settled else '草稿'}"


def _annual_lines(draft: Draft, copy: str, output: str, rows: str | None) -> list[str]:
    figures = draft.figures
    lines = [
        f"{figures.unit}{figures.year}年年报（{copy}）已写到 {output}，数字算到"
        f"{figures.until.isoformat()}。",
        f"校验码：{draft.digest}",
    ]
    if rows:
        lines.append(f"每个数字的全部明细在 {rows}。里面有个人信息，请妥善保管。")
    if draft.composed.gaps:
        lines.append(f"还缺{len(draft.composed.gaps)}处（也写在文件后面）：")
        lines += first_lines([f"  {gap.words}" for gap in draft.composed.gaps])
    return lines
