"""Lists to print for a meeting (签到表, 电话名单) as documents, with boxes to tick."""

from __future__ import annotations

from typing import Any

from bot.files.docx.form import Form, Grid, Look, Paragraph
from bot.services.paper_lists import PaperKind, PaperList

BOX = "□"
_HEAD = (
    Paragraph("{{ 名单名称 }}", Look.TITLE),
    Paragraph("{{ 时间地点 }}，共{{ 人数 }}人", Look.PLAIN),
)
SIGN_IN = Form(
    "sign_in",
    "签到表",
    (
        *_HEAD,
        Grid(
            ("序号", "姓名", "到会", "签名", "备注"),
            "名单",
            ("{{ 行.序号 }}", "{{ 行.姓名 }}", BOX, "", "{{ 行.备注 }}"),
            (2, 5, 2, 6, 5),
        ),
    ),
)
CALLS = Form(
    "calls",
    "电话名单",
    (
        *_HEAD,
        Grid(
            ("序号", "姓名", "手机尾号", "来", "不来", "备注"),
            "名单",
            ("{{ 行.序号 }}", "{{ 行.姓名 }}", "{{ 行.手机尾号 }}", BOX, BOX, "{{ 行.备注 }}"),
            (2, 5, 4, 2, 2, 5),
        ),
    ),
)
FORMS = {PaperKind.SIGN_IN: SIGN_IN, PaperKind.CALL: CALLS}


def values(made: PaperList, stamp: str) -> dict[str, Any]:
    """Return what stands in the fields."""
    return {
        "名单名称": made.title,
        "时间地点": made.meeting.when,
        "人数": len(made.rows),
        "名单": [
            {"序号": number, "姓名": row.name, "手机尾号": row.tail, "备注": row.note}
            for number, row in enumerate(made.rows, start=1)
        ],
        "导出说明": stamp,
    }
