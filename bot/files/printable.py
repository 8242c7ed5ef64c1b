"""Lists to print: one HTML file that needs nothing else, large enough for old eyes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path

from bot.files.tables import UnreadableFile

_PAGE = """<!DOCTYPE html>
<html lang="zh-CN">
<meta charset="utf-8">
<title>{title}</title>
<style>
@page {{ size: A4; margin: 16mm }}
body {{ font: 18px/1.6 "Noto Sans CJK SC", "Microsoft YaHei", sans-serif }}
h1 {{ font-size: 24px; margin: 0 }}
table {{ border-collapse: collapse; width: 100%; margin-top: 8px }}
th, td {{ border: 1px solid #000; padding: 6px 8px; text-align: left }}
tr {{ break-inside: avoid }}
thead {{ display: table-header-group }}
footer {{ font-size: 12px; margin-top: 8px }}
</style>
<h1>{title}</h1>
<p>{below}</p>
<table>
<thead><tr>{headers}</tr></thead>
<tbody>
{rows}
</tbody>
</table>
<footer>{stamp}</footer>
</html>
"""


def write_printable(
    path: Path,
    title: str,
    below: str,
    headers: Sequence[str],
    rows: Iterable[Sequence[str]],
    stamp: str,
) -> None:
    """Write a table as a page to print.

    Args:
        below: What stands below the title.
        stamp: Who took it out, and when.

    Raises:
        UnreadableFile: The file cannot be written.
    """
    page = _PAGE.format(
        title=escape(title),
        below=escape(below),
        headers="".join(f"<th>{escape(cell)}</th>" for cell in headers),
        rows="\n".join(
            "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows
        ),
        stamp=escape(stamp),
    )
    try:
        path.write_text(page, encoding="utf-8")
    except OSError:
        raise UnreadableFile(f"写不了文件 {path}。请检查文件夹是否存在、有没有权限。") from None
