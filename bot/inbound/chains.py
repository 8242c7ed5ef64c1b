"""A pasted #接龙, text → title, examples, entries and tail; everything else is None.

    header   := [prefix] "#接龙" [title on the same line]      also #接龍, #Group Note
    title    := zero or more lines
    example  := "例 " text, may run over several lines, optional
    entries  := number mark text, native mark ". "; an entry may run over several lines
    tail     := [blank line] lines, optional

People retype chains, and programs lose their line ends, so numbers may be missing, repeated,
empty or in the middle of a line. Each character is looked at a fixed number of times: patterns
are anchored at numbers, and nothing repeats within a repetition.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import islice

from bot.domain.chains import MOST_LINES, Chain, Entry, NoteKind
from bot.inbound.chain_asks import Asks, asks_of
from bot.inbound.chain_entries import read_entries
from bot.inbound.chain_layout import Is, Piece, cut_up
from bot.inbound.chain_names import is_person
from bot.inbound.chain_runs import settle

LONGEST_CHAIN = 3900
"""Characters that are read; the sixtieth line of a wordy chain ends well before."""

_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\ufe0e\ufe0f\u200e\u200f"))
_SPACES = dict.fromkeys(map(ord, "\u2005\u2006\u3000\xa0\t"), " ")
_CLEAN = _INVISIBLE | _SPACES
_HEADER = re.compile(r"[#＃]\s?(?:接\s?[龙龍]|group note\b)", re.IGNORECASE)
_WORD = re.compile(
    r"^[【\[《(（]?(?P<what>[^\n#。？?！]{0,40}?)接[龙龍][】\]》)）]?(?P<rest>[^\n]{0,60})"
)
_GAME = re.compile(
    r"(?:成语|诗词|诗句|歌词|歌曲|词语|单词|故事|表情|对联|数字|红包)接[龙龍]|接[龙龍]游戏"
)
_EXAMPLE = re.compile(r"(?:例|例如|示例|格式|样例|e\.?g\.?|example)(?=[\s:：])", re.IGNORECASE)
_ASKS = re.compile(r"[？?]|怎么|如何|什么|吗$")

_ENDS = re.compile(
    r"(?:截止|截单|请(?!.{0,3}假)|谢谢|大家|没接|未接|尽快|以上|共\s?\d|合计|总计|总共|[已未]报|[已未]接|报名人数|人数[:：]|联系人|注意|温馨提示|收到|注[:：]|备注|务必|接龙|PS|ps|辛苦)"
)
_WAITS = re.compile(r"(?:请|大家|请大家|能?(?:参加|来|去|到)的|交了?的)+$")
"""What leads up to 接龙 and is no title: 周六植树，参加的接龙."""
_CALLS = re.compile(r"@[^\s@]{1,16}")
_ALIKE, _SOME = 0.6, 0.4
_FEW = 2


def find_chain(text: str) -> Chain | None:
    """Read a chain out of a message as it arrived, with its line ends; None for anything else.

    Args:
        text: Without quote block. Longer than `LONGEST_CHAIN` it is cut at a line end, and says so.
    """
    if "接" not in text and "roup" not in text and "ROUP" not in text:
        return None
    text, cut = _bounded(text.replace("\r\n", "\n").replace("\r", "\n"))
    text = text.translate(_CLEAN)
    found = _after_header(text)
    if found is None:
        return _typed(text, cut=cut)
    body, native = found
    chain = _read(body, cut=cut)
    if native:
        return chain if _is_native(chain, text) else None
    return chain if len(chain.entries) >= _FEW and _of_people(chain) else None


def find_list(text: str) -> Chain | None:
    """Read a numbered list of names without a header (1、张三 2、李四), else None.

    Only for what is said to the bot alone: anywhere else such a list is an agenda or a price list.
    """
    text, cut = _bounded(text.replace("\r\n", "\n").replace("\r", "\n"))
    chain = _read(text.translate(_CLEAN), cut=cut)
    return chain if len(chain.entries) >= _FEW and _of_people(chain) else None


def _bounded(text: str) -> tuple[str, bool]:
    if len(text) < LONGEST_CHAIN:
        return text, False
    text = text[:LONGEST_CHAIN]
    return text[: text.rfind("\n") + 1] or text, True


def _after_header(text: str) -> tuple[str, bool] | None:
    """Return what stands behind #接龙, and whether it stands where the program writes it.

    That is at a line's start, behind a mention, or at a line's end; elsewhere people may only
    speak of one (怎么发#接龙？).
    """
    for match in islice(_HEADER.finditer(text), _FEW):
        before = text[text.rfind("\n", 0, match.start()) + 1 : match.start()]
        line_end = text.find("\n", match.end())
        behind = text[match.end() : line_end if line_end >= 0 else len(text)]
        native = not _CALLS.sub("", before).strip() or (not behind.strip() and line_end >= 0)
        if native or not _ASKS.search(before + behind):
            return text[match.end() :].lstrip(" :：-—,，#"), native
    return None


def _is_native(chain: Chain, text: str) -> bool:
    if _GAME.search(chain.title) or _GAME.search(text[:40]):
        return _of_people(chain) and bool(chain.entries) and not _GAME.search(text[:40])
    if chain.entries:
        return True
    opens = bool(_HEADER.match(text.lstrip()))
    return opens and len(chain.title) > 1 and not _ASKS.search(chain.title)


def _typed(text: str, *, cut: bool) -> Chain | None:
    """Read 党费接龙：1、张三 2、李四, typed by hand without the mark: then it must name people."""
    first = text.lstrip()
    match = _WORD.match(first)
    if match is None or _GAME.search(first[:40]):
        return None
    title = _WAITS.sub("", match["what"]).strip(" 【《[(（，")
    body = first[match.end() - len(match["rest"]) :].lstrip(" :：-—,，】]》")
    chain = _read(body, cut=cut, about=title)
    if len(chain.entries) < _FEW or not _of_people(chain):
        return None
    title = " ".join(part for part in (title, chain.title) if part)
    return Chain(title, chain.examples, chain.entries, chain.tail, cut, is_certain=True)


def _of_people(chain: Chain) -> bool:
    """Tell whether most entries name a person (王秀英, 老李, 王大爷), or answer as people do."""
    named = sum(
        is_person(entry.name) or entry.kind is not NoteKind.PLAIN or entry.count > 1
        for entry in chain.entries
    )
    people = sum(is_person(entry.name) for entry in chain.entries)
    return named >= _ALIKE * len(chain.entries) and people >= _SOME * len(chain.entries)


def _read(body: str, *, cut: bool, about: str = "") -> Chain:
    """Read title, entries and tail.

    Args:
        about: What stands before the header and says what it is for: 党费接龙.
    """
    pieces = list(cut_up(body))
    head, listed, behind = settle(pieces)
    title, examples = _titles(head)
    asks = asks_of(" ".join((about, *title, *examples)))
    entries, tail = _entries(listed, asks)
    tail += [_words(piece) for piece in behind if piece.kind is not Is.BLANK]
    return Chain(
        title=" ".join(title),
        examples=tuple(examples),
        entries=tuple(entries),
        tail="\n".join(tail),
        is_cut=cut or len(pieces) > MOST_LINES * 3,
    )


def _words(piece: Piece) -> str:
    return f"{piece.number}.{piece.text}" if piece.kind is Is.ENTRY else piece.text


def _titles(head: Sequence[Piece]) -> tuple[list[str], list[str]]:
    title: list[str] = []
    examples: list[str] = []
    within = False
    for piece in head:
        words = _words(piece)
        if piece.kind is Is.BLANK:
            within = within and not examples
        elif within or _EXAMPLE.match(words):
            within = True
            examples.append(words)
        else:
            title.append(words)
    return title, examples


def _entries(pieces: Sequence[Piece], asks: Asks) -> tuple[list[Entry], list[str]]:
    """Read entries with the lines that belong to them; what follows the last is the tail."""
    entries: list[Entry] = []
    last = max((i for i, p in enumerate(pieces) if p.kind is Is.ENTRY), default=-1)
    index = 0
    while index <= last and len(entries) < MOST_LINES:
        piece = pieces[index]
        index += 1
        if piece.kind is not Is.ENTRY:
            continue
        lines = [piece.text]
        while index < len(pieces) and pieces[index].kind is Is.TEXT:
            words = pieces[index].text
            if index > last and _ENDS.match(words):
                break
            lines.append(words)
            index += 1
        entries.extend(read_entries(piece.number, "\n".join(lines), asks))
    tail = [piece.text for piece in pieces[index:] if piece.kind is not Is.BLANK]
    return entries, tail
