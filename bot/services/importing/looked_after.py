"""The ledger `places`: courtyards, buildings, households (codes only) and enterprises."""

from __future__ import annotations

from functools import partial

from bot.clock import day_of
from bot.domain.contacts import PLACE_NAMES, check_place
from bot.services.contacts import place_key
from bot.services.importing import named, register
from bot.services.importing.cells import Cells
from bot.services.importing.ledger import Column, Ledger
from bot.services.importing.others import SIGNED
from bot.services.importing.register import Book, Register, Row
from bot.storage.models import Place

KIND, NAME, UNMANAGED, BODY = "类别", "名称", "无主管", "自治组织"
ORG, MEMBERS, FROM, TO = "其中的党组织", "正式党员", "从", "到"
_KINDS = {name: kind for kind, name in PLACE_NAMES.items()}
_YES = {"是": True, "否": False}
COLUMNS = (
    Column(named.UNIT, "在哪个社区或支部，写全称", required=True, aliases=("社区", "所在社区")),
    Column(KIND, "楼院、楼栋、困难户或企业", required=True),
    Column(NAME, "名称；困难户只写代号，不写姓名", required=True),
    Column(UNMANAGED, "楼院没有主管单位的写 是"),
    Column(BODY, "无主管楼院的居民自治组织，如 院委会"),
    Column(ORG, "企业里的支部或党小组的全称"),
    Column(MEMBERS, "企业有几名正式党员"),
    Column(FROM, "从哪天起，如 2026-01-01；留空是今天"),
    Column(TO, "企业停业、楼院合并的写从哪天起不算"),
    *SIGNED,
)


def _read(cells: Cells, book: Book) -> Row | None:
    unit = book.unit(cells, named.UNIT)
    kind = cells.one_of(KIND, _KINDS)
    name = cells.words(NAME)
    if not cells.text(KIND):
        cells.wrong(KIND, "没有填。")
    if not name:
        cells.wrong(NAME, "没有填。")
    org = book.unit(cells, ORG, required=False)
    since, until = cells.day(FROM), cells.day(TO, future=True)
    unmanaged, members = cells.one_of(UNMANAGED, _YES), cells.whole(MEMBERS, most=9999, unit="人")
    if unit is None or kind is None or not name:
        return None
    own = book.signed(cells, unit[1])
    kept = check_place(kind, name)
    return Row(
        {
            "key": place_key(unit[0], kind, kept),
            "unit_id": unit[0],
            "kind": kind,
            "name": kept,
            "unmanaged": bool(unmanaged),
            "body": cells.words(BODY),
            "org_id": org[0] if org else None,
            "full_members": members,
            "valid_from": since or day_of(book.source.now),
            "valid_to": until,
            "by_id": own.by_id,
            "at": own.at,
        },
        unit[1],
    )


REGISTER = Register(
    Place,
    "place",
    (),
    _read,
    ("valid_to", "body", "org_id"),
    "写入楼院、楼栋、困难户和企业",
    "place.import",
)
LEDGER = Ledger("places", "楼院、楼栋、困难户和企业", COLUMNS, partial(register.run, REGISTER))
