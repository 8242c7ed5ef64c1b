"""The ledger `visits`: who went where, when, and what was found."""

from __future__ import annotations

from functools import partial

from bot.domain.open_items import check_words
from bot.services.contacts import sides
from bot.services.importing import named, register
from bot.services.importing.cells import Cells
from bot.services.importing.contacts import TO_MEMBER, TO_PLACE, TO_UNIT, target
from bot.services.importing.ledger import Column, Ledger
from bot.services.importing.others import SIGNED
from bot.services.importing.register import Book, Register, Row
from bot.services.officers import OPERATOR
from bot.services.visits import visit_key
from bot.storage.models import Visit

WHO, ON, FINDINGS = "姓名", "日期", "发现"
COLUMNS = (
    Column(named.UNIT, "所在社区或支部的全称", required=True, aliases=("社区",)),
    Column(WHO, "谁去的；同名的在后面写手机尾号", required=True),
    Column(TO_UNIT, "去的社区或支部的全称"),
    Column(TO_PLACE, "去的楼院、楼栋、困难户代号或企业"),
    Column(TO_MEMBER, "看望的党员"),
    Column(ON, "哪天，如 2026-03-08", required=True),
    Column(FINDINGS, "发现的问题；没有留空"),
    *SIGNED,
)


def _read(cells: Cells, book: Book) -> Row | None:
    unit = book.unit(cells, named.UNIT)
    near = unit[1] if unit else ""
    cells.required(WHO)
    member = book.others.find(cells, WHO, near)
    whom = target(cells, book, near)
    cells.required(ON)
    on, findings = cells.day(ON), cells.prose(FINDINGS, longest=200)
    if unit is None or member is None or whom is None or on is None:
        return None
    own = book.signed(cells, near)
    kept = check_words(findings) if findings and book.source.by is not OPERATOR else findings
    targets = {k: v for k, v in sides("member:0", whom).items() if k != "unit_id"}
    return Row(
        {
            **targets,
            "key": visit_key(member, whom, on),
            "member_id": member,
            "on_day": on,
            "findings": kept,
            "item_id": None,
            "by_id": own.by_id,
            "at": own.at,
        },
        near,
    )


REGISTER = Register(
    Visit, "visit", (WHO, TO_MEMBER), _read, ("findings",), "写入走访", "visit.import"
)
LEDGER = Ledger("visits", "走访", COLUMNS, partial(register.run, REGISTER))
