"""The ledger `work_plans`: plans of leaders for the communities they look after."""

from __future__ import annotations

import hashlib
from functools import partial

from bot.clock import day_of
from bot.services.importing import named, register
from bot.services.importing.cells import Cells
from bot.services.importing.ledger import Column, Ledger
from bot.services.importing.others import SIGNED
from bot.services.importing.register import Book, Register, Row
from bot.services.work_plans import MAX_WORDS, plan_key
from bot.storage.models import WorkPlan

WHO, YEAR, WORDS = "姓名", "年度", "计划"
COLUMNS = (
    Column(WHO, "谁的计划；同名的在后面写手机尾号", required=True),
    Column(named.UNIT, "包的社区的全称", required=True, aliases=("社区",)),
    Column(YEAR, "哪一年，如 2026；留空是今年"),
    Column(WORDS, "打算做的几件事", required=True),
    *SIGNED,
)


def _read(cells: Cells, book: Book) -> Row | None:
    unit = book.unit(cells, named.UNIT)
    near = unit[1] if unit else ""
    cells.required(WHO)
    member = book.others.find(cells, WHO, near)
    year = cells.whole(YEAR, most=2199, unit="年") or day_of(book.source.now).year
    words = cells.prose(WORDS, longest=MAX_WORDS)
    if not words:
        cells.wrong(WORDS, "没有填。")
    if unit is None or member is None or not words:
        return None
    own = book.signed(cells, near)
    digest = hashlib.sha256(words.encode()).hexdigest()[:16]
    return Row(
        {
            "key": plan_key(member, unit[0], year, digest),
            "member_id": member,
            "unit_id": unit[0],
            "year": year,
            "words": words,
            "by_id": own.by_id,
            "at": own.at,
        },
        near,
    )


REGISTER = Register(WorkPlan, "work_plan", (WHO,), _read, (), "写入工作计划", "work_plan.import")
LEDGER = Ledger("work_plans", "工作计划", COLUMNS, partial(register.run, REGISTER))
