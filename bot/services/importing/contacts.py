"""The ledger `contacts`: who looks after whom, from when, until when."""

from __future__ import annotations

from functools import partial

from sqlalchemy import select

from bot.clock import day_of
from bot.domain.contacts import CONTACT_NAMES
from bot.services.contacts import contact_key, sides
from bot.services.importing import named, register
from bot.services.importing.cells import Cells
from bot.services.importing.ledger import Column, Ledger
from bot.services.importing.others import SIGNED
from bot.services.importing.register import Book, Register, Row
from bot.storage.models import Contact, Place, Unit

KIND, WHO, WHO_UNIT = "类别", "谁", "哪个支部"
TO_MEMBER, TO_UNIT, TO_PLACE = "包谁", "包哪个组织", "包哪处"
FROM, TO = "从", "到"
_KINDS = {name: kind for kind, name in CONTACT_NAMES.items()}
COLUMNS = (
    Column(named.UNIT, "所在社区或支部的全称", required=True, aliases=("社区",)),
    Column(KIND, "、".join(_KINDS), required=True),
    Column(WHO, "由个人来包的，写姓名；同名的在后面写手机尾号"),
    Column(WHO_UNIT, "由支部来联系的，写支部全称"),
    Column(TO_MEMBER, "帮带的人的姓名"),
    Column(TO_UNIT, "包的社区、帮带的支部的全称"),
    Column(TO_PLACE, "楼院、楼栋、困难户代号或企业的名称，先导入它们"),
    Column(FROM, "从哪天起，如 2026-01-01；留空是今天"),
    Column(TO, "结束了的写从哪天起不包"),
    *SIGNED,
)


def _read(cells: Cells, book: Book) -> Row | None:
    unit = book.unit(cells, named.UNIT)
    kind = cells.one_of(KIND, _KINDS)
    if not cells.text(KIND):
        cells.wrong(KIND, "没有填。")
    near = unit[1] if unit else ""
    who, whom = _side(cells, book, near, WHO, WHO_UNIT), target(cells, book, near)
    since, until = cells.day(FROM, future=True), cells.day(TO, future=True)
    if unit is None or kind is None or who is None or whom is None:
        return None
    on = since or day_of(book.source.now)
    own = book.signed(cells, near)
    return Row(
        {
            "key": contact_key(kind, who, whom, on),
            "kind": kind,
            **sides(who, whom),
            "valid_from": on,
            "valid_to": until,
            "by_id": own.by_id,
            "at": own.at,
        },
        near,
    )


def _side(cells: Cells, book: Book, near: str, member: str, unit: str) -> str | None:
    person = book.others.find(cells, member, near)
    place = book.unit(cells, unit, required=False)
    if person is not None:
        return f"member:{person}"
    if place is not None:
        return f"unit:{place[0]}"
    if not cells.text(member) and not cells.text(unit):
        cells.wrong(member, f"没有填；由组织来的写在“{unit}”里。")
    return None


def target(cells: Cells, book: Book, near: str) -> str | None:
    """Return the key of whom or what a row is about, or None with the mistake noted."""
    name = cells.words(TO_PLACE)
    if not name:
        return _side(cells, book, near, TO_MEMBER, TO_UNIT)
    found = book.session.scalars(
        select(Place.id)
        .join(Unit, Unit.id == Place.unit_id)
        .where(Place.name == name, Place.revoked_at.is_(None), Unit.path.startswith(near))
    ).all()
    if len(found) != 1:
        cells.wrong(TO_PLACE, f"这个社区有{len(found)}处叫“{name}”，请先登记，或者写全称。")
        return None
    return f"place:{found[0]}"


REGISTER = Register(
    Contact, "contact", (WHO, TO_MEMBER), _read, ("valid_to",), "写入分包和联系", "contact.import"
)
LEDGER = Ledger("contacts", "分包和联系", COLUMNS, partial(register.run, REGISTER))
