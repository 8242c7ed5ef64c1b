"""`report`: documents from records, as Word and Excel files."""

from __future__ import annotations

from pathlib import Path

import click

from bot.cli.opening import Refused, config_option, load_config, opened
from bot.cli.words import Group

_UNIT = "哪个组织的，不写就是整个街道"
_DOCX = "写到哪个 .docx"


@click.group(cls=Group)
def report() -> None:
    """从台账生成Word文件：会议记录、模板。"""


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
