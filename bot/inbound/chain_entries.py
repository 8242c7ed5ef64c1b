"""One line of a #接龙: whose it is, and what stands behind the name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from bot.domain.chains import LONGEST_NAME, Entry, NoteKind
from bot.inbound.chain_asks import Asks
from bot.inbound.chain_doubts import is_doubtful
from bot.inbound.chain_names import MARKS, helped, split_line
from bot.inbound.chain_notes import read_amount, read_count, read_kind
from bot.inbound.chain_shared import FOR_WHOM, apart, tail_of, without_tail
from bot.inbound.normalise import plain
from bot.inbound.script import SIMPLER

LONGEST_LINE = 240
"""Characters of a line that are read; what stands behind them is kept in `raw` only."""

_CROSSED = re.compile(r"[❌✖✗╳]|(?<!\d)\s?×(?!\s?\d)")
_EMOJI = re.compile("[\u2190-\u21ff\u2300-\u27bf\u2900-\u2bff\ufe0f\u200d\U0001f000-\U0001faff]+")
_NOTHING = frozenset(("", "空", "待填", "(空)", "（空）", "无"))
_STAY_ALONE = (NoteKind.LEAVE, NoteKind.DECLINES)


def read_entries(number: int, text: str, asks: Asks = Asks()) -> Iterator[Entry]:  # noqa: B008
    """Read one entry: nobody where it is empty, one person, or several who share a line.

    Args:
        text: What stands behind the number; further lines belong to the note only where the
            first holds nothing but the name.
        asks: What the chain is for.
    """
    line, _, more = text.partition("\n")
    line = _said(line[:LONGEST_LINE])
    if line in _NOTHING:
        return
    first, *others = apart(line) if asks.money else [line]
    writer = ""
    for entry in _of_line(number, text, first, more, asks):
        writer = writer or entry.helper or ("" if first.startswith(FOR_WHOM) else entry.name)
        yield entry
    for part in others:
        for entry in _of_line(number, text, part, "", asks):
            yield replace(entry, helper=writer) if part.startswith(FOR_WHOM) else entry


def _of_line(number: int, raw: str, line: str, more: str, asks: Asks) -> Iterator[Entry]:
    line, tail = without_tail(line)
    names, note = split_line(line)
    if not note and more:
        note = _said(more.partition("\n")[0][:LONGEST_LINE])
    note = plain(note)
    for nth, name in enumerate(names):
        entry = _entry(number, raw, name, note, asks, others=len(names) - 1, tail=tail)
        if any(map(str.isalnum, entry.name)):
            yield entry if nth == 0 else _with_one(entry)


def _said(line: str) -> str:
    crossed = "不参加" if _CROSSED.search(line) else ""
    words = _EMOJI.sub(" ", _CROSSED.sub(" ", line)).translate(SIMPLER).strip(MARKS)
    return f"{words} {crossed}".strip() if words else ""


def _entry(
    number: int, raw: str, name: str, note: str, asks: Asks, *, others: int, tail: str
) -> Entry:
    name, helper = helped(name, note)
    said, written = bool(tail), note
    if not tail:
        tail, rest = tail_of(note)
        # 张三 1000 may be an amount: a tail only where it is not read as one, or another is.
        if tail and (read_amount(note, asks) is None or read_amount(rest, asks) is not None):
            note = rest
    kind = read_kind(note, asks)
    count = 1 if kind in _STAY_ALONE else read_count(note, asks)
    amount = None if others else read_amount(note, asks)
    return Entry(
        number=number,
        raw=raw.strip(),
        name=_cleaned(name)[:LONGEST_NAME],
        note=written,
        count=max(count - others, 1),
        kind=kind,
        amount_fen=amount,
        helper=helper,
        is_doubtful=is_doubtful(note, amount),
        tail=tail,
        tail_said=said,
    )


def _with_one(entry: Entry) -> Entry:
    return replace(entry, count=1)


def _cleaned(name: str) -> str:
    return plain(name).strip("。 ").strip("@").removesuffix("同志")
