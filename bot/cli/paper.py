"""`paper`: lists to print, for branches that sign on paper and phone their members."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.cli.opening import config_option, load_config, opened
from bot.cli.words import Command

if TYPE_CHECKING:
    from bot.config import Config
    from bot.services.paper_lists import PaperList

_KINDS = ("签到表", "电话名单")
_HEADERS = {
    "签到表": ("序号", "姓名", "到会", "签名", "备注"),
    "电话名单": ("序号", "姓名", "手机尾号", "来", "不来", "备注"),
}
_BOX = "□"


@click.command(
    cls=Command,
    epilog="""zhibu paper 签到表 --unit 三支部 -o 签到表.html
    zhibu paper 签到表 --unit 三支部 -o 签到表.docx
    zhibu paper 电话名单 --unit 三支部 --meeting 党员大会 -o 电话名单.xlsx""",
)
@click.argument("kind", metavar="名单", type=click.Choice(_KINDS))
@click.option("--unit", metavar="支部", required=True, help="哪个支部的")
@click.option("--meeting", metavar="会", default="", help="哪个会，不写就是最近的一个")
@click.option(
    "-o", "--output", metavar="文件", required=True, help="写到哪个 .docx、.html（打印用）或 .xlsx"
)
@config_option
def paper(kind: str, unit: str, meeting: str, output: str) -> None:
    """打印签到表或电话名单：带打勾的格子，收回来照着发 纸质签到。

    签到表列出应到的每一位；电话名单只列没有账号和没有答复的，附手机尾号。
    """
    from bot.clock import SystemClock
    from bot.domain.reads import Seen
    from bot.files.printable import write_printable
    from bot.files.tables import Sheets, write_sheets
    from bot.services import paper_lists, reads
    from bot.services.exporting import Request
    from bot.services.officers import OPERATOR
    from bot.services.paper_lists import PaperKind
    from bot.services.reads import Read

    now, path, config = SystemClock().now(), Path(output), load_config()
    with opened(config, may_create=False) as database, database.writing() as session:
        found = paper_lists.find_meeting(session, unit, meeting, now)
        made = paper_lists.make(session, found, PaperKind(kind))
        told = [Read(Seen.ATTENDANCE, found.unit_id)]
        reads.record(session, told, by=OPERATOR, command=f"paper.{kind}", now=now)
    stamp = Request(OPERATOR, now).stamp
    done = f"{made.title}（{found.when}）{len(made.rows)}人已写到 {path}。"
    if path.suffix.lower() == ".docx":
        _write_docx(path, made, stamp, config)
        click.echo(done)
        return
    rows: list[tuple[str, ...]]
    if made.kind is PaperKind.SIGN_IN:
        rows = [(str(n), r.name, _BOX, "", r.note) for n, r in enumerate(made.rows, start=1)]
    else:
        rows = [
            (str(n), r.name, r.tail, _BOX, _BOX, r.note) for n, r in enumerate(made.rows, start=1)
        ]
    headers = _HEADERS[kind]
    if path.suffix.lower() in (".html", ".htm"):
        write_printable(path, made.title, found.when, headers, rows, stamp)
    else:
        write_sheets(path, Sheets(kind, headers, rows, stamp=stamp))
    click.echo(done)


def _write_docx(path: Path, made: PaperList, stamp: str, config: Config) -> None:
    """Write the list as a Word file, by the template of the configuration if it names one."""
    from bot.files.docx.filling import write_docx
    from bot.services.documents.paper import FORMS, values

    form = FORMS[made.kind]
    write_docx(path, form, values(made, stamp), getattr(config.documents, form.name))
