"""Bills of WeChat, Alipay and banks: columns by their headers, incoming payments only."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from bot.domain.dues_bills import Payment
from bot.domain.money import Fen, parse_yuan
from bot.domain.periods import Month
from bot.files.tables import CellValue, Sheet, read_sheets
from bot.services.dues_bills import Marked
from bot.services.importing.cells import plain, read_day, shown, squeeze
from bot.services.importing.header import header_key
from bot.services.importing.ledger import ImportRefused

MonthsOf = Callable[[str, date], tuple[Month, ...]]
"""Reads the months a remark names, on the day it was written."""

_DAY = ("交易时间", "交易日期", "记账日期", "入账日期", "付款时间", "日期")
_PAYER = ("交易对方", "对方户名", "对方名称", "对方账户名称", "对方账户名", "付款人", "对方姓名")
_REMARK = ("商品", "商品说明", "商品名称", "备注", "摘要", "附言", "用途", "交易摘要", "交易附言")
_WAY = ("收/支", "收支", "借贷标志", "借贷")
_AMOUNT = ("金额", "交易金额", "发生额")
_INCOME = ("收入金额", "收入", "贷方发生额", "贷方金额", "贷方")
_NUMBER = ("交易单号", "交易订单号", "交易号", "交易流水号", "流水号", "核心流水号", "凭证号")
_STATE = ("当前状态", "交易状态", "状态")
_HEADER_WITHIN = 60  # rows; a bill begins with what it is and whose
_IN = ("收入", "收", "贷", "贷方", "已收入")
_UNDONE = re.compile(r"退款|关闭|失败|撤销")
_MONEY = re.compile(r"[¥￥,\s元+]")
_NOTHING = ("", "/", "-", "--")
_DIGIT = re.compile(r"\d")
_CLOCK = re.compile(r"\s*\d{1,2}:\d{2}(?::\d{2})?(?:\.\d+)?$")


@dataclass(frozen=True, slots=True)
class Bill:
    """A bill as read.

    Attributes:
        skipped: Rows that are no incoming payment.
        problems: Rows that seem to be one and cannot be read, with what would be right.
    """

    payments: tuple[Marked, ...]
    skipped: int
    problems: tuple[str, ...] = ()


class _Unreadable(Exception):
    """A cell of an incoming payment says nothing that can be read."""


def read_bill(path: Path, months_of: MonthsOf) -> Bill:
    """Return the incoming payments of a bill file.

    Raises:
        UnreadableFile: It is no table.
        ImportRefused: No header of a bill is found.
    """
    for sheet in read_sheets(path):
        found = _read(sheet, months_of)
        if found is not None:
            return found
    wanted = "交易时间、交易对方、金额、收/支、备注、交易单号"
    raise ImportRefused(
        [
            f"没有找到账单的表头。要有这样的列：{wanted}；银行的可以是交易日期、对方户名、收入金额、摘要、流水号。"
        ]
    )


def _read(sheet: Sheet, months_of: MonthsOf) -> Bill | None:
    columns: Mapping[str, Sequence[int]] | None = None
    payments: list[Marked] = []
    problems: list[str] = []
    skipped = 0
    seen: dict[str, int] = {}
    for number, row in sheet.rows:
        if columns is None:
            columns = _header(row)
            if columns is None and number >= _HEADER_WITHIN:
                return None
            continue
        try:
            found = _payment(row, columns, months_of)
        except _Unreadable as unreadable:
            problems.append(f"第{number}行：{unreadable}")
            continue
        if found is None:
            skipped += 1
            continue
        payment, identity, numbered = found
        if not numbered:  # two like payments of a day are told apart by their order
            seen[identity] = seen.get(identity, 0) + 1
            identity = f"{identity}:{seen[identity]}"
        digest = hashlib.sha256(f"zhibu-bill:{identity}".encode())
        payments.append(Marked(number, digest.hexdigest(), payment))
    return None if columns is None else Bill(tuple(payments), skipped, tuple(problems))


def _header(row: Sequence[CellValue]) -> Mapping[str, Sequence[int]] | None:
    """Return where each kind of column stands, if this row is the header of a bill."""
    keys = [header_key(plain(cell)) for cell in row]
    kinds = {
        "day": _DAY,
        "payer": _PAYER,
        "remark": _REMARK,
        "way": _WAY,
        "amount": _AMOUNT,
        "income": _INCOME,
        "number": _NUMBER,
        "state": _STATE,
    }
    found = {
        kind: [at for name in names for at, key in enumerate(keys) if key == name]
        for kind, names in kinds.items()
    }
    complete = found["day"] and (found["amount"] or found["income"])
    return found if complete and (found["payer"] or found["remark"]) else None


def _payment(
    row: Sequence[CellValue], columns: Mapping[str, Sequence[int]], months_of: MonthsOf
) -> tuple[Payment, str, bool] | None:
    """Return an incoming payment, what identifies it, and whether that is a number.

    None for any other row.

    Raises:
        _Unreadable: It came in, but how much or when cannot be read.
    """

    def text(kind: str) -> str:
        cells = [row[at] for at in columns[kind] if at < len(row)]
        return " ".join(said for cell in cells if (said := plain(cell).strip()) not in ("", "/"))

    if _UNDONE.search(text("state")) or not _DIGIT.search(text("day")):
        return None  # a line of totals has no day
    fen = _income(row, columns)
    if fen is None or fen <= 0:
        return None
    day = _day(row, columns["day"])
    if day is None:
        raise _Unreadable(f"{shown(text('day'))}不是日期，应是 2026-03-05 这样的，请核对账单")
    payer, remark = squeeze(text("payer")), text("remark")
    payment = Payment(day, fen, payer, squeeze(remark), months_of(remark, day))
    first = next((squeeze(plain(row[at])) for at in columns["number"] if at < len(row)), "")
    identity = f"no:{first}" if first else f"{day}:{fen}:{payer}:{payment.remark}"
    return payment, identity, bool(first)


def _income(row: Sequence[CellValue], columns: Mapping[str, Sequence[int]]) -> Fen | None:
    """Return what came in; None where nothing did."""
    for at in columns["income"]:
        if at < len(row):
            return _fen(row[at])
    way = next((squeeze(plain(row[at])) for at in columns["way"] if at < len(row)), None)
    if way is not None and way not in _IN:
        return None
    return next((_fen(row[at]) for at in columns["amount"] if at < len(row)), None)


def _fen(cell: CellValue) -> Fen | None:
    """Return an amount, None for an empty cell or one below zero.

    Raises:
        _Unreadable
    """
    words = _MONEY.sub("", plain(cell))
    if isinstance(cell, float) and abs(cell * 100 - round(cell * 100)) < 1e-6:
        return round(cell * 100)
    if words in _NOTHING or words.startswith("-"):
        return None
    fen = parse_yuan(words)
    if fen is None:
        raise _Unreadable(f"{shown(plain(cell))}不是金额，应是 15 或 15.00 这样的数，请核对账单")
    return fen


def _day(row: Sequence[CellValue], places: Sequence[int]) -> date | None:
    for at in places:
        cell = row[at] if at < len(row) else None
        if isinstance(cell, datetime):
            return cell.date()
        if isinstance(cell, date):
            return cell
        found = read_day(squeeze(_CLOCK.sub("", plain(cell).strip())))
        if found is not None:
            return found
    return None
