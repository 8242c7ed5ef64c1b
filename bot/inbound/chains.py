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
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import Enum, auto
from itertools import islice

from bot.domain.chains import MOST_LINES, Chain, Entry
from bot.inbound.chain_entries import read_entries
from bot.inbound.names import find_name, is_real_name

LONGEST_CHAIN = 3900
"""Characters that are read; the sixtieth line of a wordy chain ends well before."""

_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\ufe0e\ufe0f\u200e\u200f"))
_SPACES = dict.fromkeys(map(ord, "\u2005\u2006\u3000\xa0\t"), " ")
_CLEAN = _INVISIBLE | _SPACES
_CIRCLED = {
    chr(first + step): step + base
    for first, base, count in ((0x2460, 1, 20), (0x2776, 1, 10), (0x2780, 1, 10), (0x278A, 1, 10))
    for step in range(count)
} | {"🔟": 10}
_CIRCLES = "".join(_CIRCLED)

_HEADER = re.compile(r"[#＃]\s?(?:接\s?[龙龍]|group note\b)", re.IGNORECASE)
_WORD = re.compile(
    r"^[【\[《(（]?(?P<what>[^\n#，。？?！]{0,16}?)接[龙龍][】\]》)）]?(?P<rest>[^\n]{0,60})"
)
_GAME = re.compile(
    r"(?:成语|诗词|诗句|歌词|歌曲|词语|单词|故事|表情|对联|数字|红包)接[龙龍]|接[龙龍]游戏"
)
_EXAMPLE = re.compile(r"(?:例|例如|示例|格式|样例|e\.?g\.?|example)(?=[\s:：])", re.IGNORECASE)
_ASKS = re.compile(r"[？?]|怎么|如何|什么|吗$")

_MARKED = re.compile(
    r"\s*(?:(?P<bracket>[(（\[【])\s?)?(?P<n>\d{1,3})"
    r"(?P<mark>\s?\u20e3[\s.、]*|\s*[.．。、,，:：;；)）\]】>]+\s*|\s+|(?=[^\W\d_]))"
)
_CIRCLE = re.compile(rf"\s*(?P<c>[{_CIRCLES}])[\s.、:：]*")
_INLINE = re.compile(
    rf"(?<![\d./\-~:：+#第])(?:(?P<n>\d{{1,3}})(?:\s?\u20e3|\s?[.．。、)）]+)|(?P<c>[{_CIRCLES}]))"
)
_MEASURE = re.compile(r"\d+(?:公里|千米|km|元|块|万|亿|折|斤|小时|米|分|度|倍|[%％])")
_NOT_A_MARK = re.compile(rf"\d{{2}}(?!\d)|{_MEASURE.pattern}|\d[份次]")
_DATE = re.compile(r"\d{1,2}(?!\d|[-－~号栋楼室])")
_OF_UNIT = re.compile(
    r"\s*(?:月|日|号|点|时|人|份|名|位|个|元|块|斤|箱|件|年|次|楼|栋|单元|室|周|天|分|秒|组|支|届|期|季|学|岁|米|级|班|区|路)"
)
_POINT = re.compile(
    r"(?:时间|地点|要求|内容|主题|人员|对象|注意|请|携带|费用|集合|联系|方式|截止|说明|议程|发言|学习|传达|讨论|宣布|会议)"
)
_ENDS = re.compile(
    r"(?:截止|截单|请|谢谢|大家|没接|未接|尽快|以上|共\s?\d|合计|总计|收到|注[:：]|备注|务必|接龙|PS|ps|辛苦)"
)
_ALIKE = 0.6
_FEW = 2


class _Is(Enum):
    """What a piece of the body is."""

    ENTRY = auto()
    TEXT = auto()
    BLANK = auto()


@dataclass(frozen=True, slots=True)
class _Piece:
    """A line, or a part of one where line ends were lost."""

    kind: _Is
    text: str
    number: int = 0
    tight: bool = False  # a digit follows its mark at once: 1.295-909
    dated: bool = False  # 1.15主题党日: may be a date at the start of a title


@dataclass(frozen=True, slots=True)
class _Mark:
    """A line that begins with a number.

    Attributes:
        only_next: The number stands so loosely that only the right next one is believed.
        bracketed: （1）, which counts points within an entry unless all are written so.
    """

    piece: _Piece
    only_next: bool = False
    bracketed: bool = False

    def fits(self, expected: int, *, bracketed: bool) -> bool:
        """Tell whether it begins an entry where a number is expected."""
        return self.bracketed is bracketed and (not self.only_next or self.piece.number == expected)


def find_chain(text: str) -> Chain | None:
    """Read a chain out of a message as it arrived, with its line ends; None for anything else.

    Args:
        text: Without quote block. Longer than `LONGEST_CHAIN` it is cut at a line end, and says so.
    """
    if "接" not in text and "roup" not in text and "ROUP" not in text:
        return None
    text, cut = _bounded(text.replace("\r\n", "\n").replace("\r", "\n"))
    text = text.translate(_CLEAN)
    body = _after_header(text)
    if body is not None:
        chain = _read(body, cut=cut)
        return chain if _is_native(chain, text) else None
    return _typed(text, cut=cut)


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


def _after_header(text: str) -> str | None:
    """Return what stands behind #接龙: at a line's start, or at its end behind other words."""
    for match in islice(_HEADER.finditer(text), _FEW):
        before = text[text.rfind("\n", 0, match.start()) + 1 : match.start()]
        line_end = text.find("\n", match.end())
        behind = text[match.end() : line_end if line_end >= 0 else len(text)]
        if not before.strip() or (not behind.strip() and line_end >= 0):
            return text[match.end() :].lstrip(" :：-—,，#")
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
    title = match["what"].strip(" 【《[(（")
    chain = _read(first[match.end() - len(match["rest"]) :].lstrip(" :：-—,，】]》"), cut=cut)
    if len(chain.entries) < _FEW or not _of_people(chain):
        return None
    title = " ".join(part for part in (title, chain.title) if part)
    return Chain(title, chain.examples, chain.entries, chain.tail, cut, is_certain=True)


def _of_people(chain: Chain) -> bool:
    """Tell whether most entries begin with a person's name (王秀英, 老李, 王大爷)."""
    named = sum(_is_person(entry.name) for entry in chain.entries)
    return named >= _ALIKE * len(chain.entries)


def _is_person(name: str) -> bool:
    found = find_name(name)
    return is_real_name(name) or (found is not None and found[1] == len(name))


def _read(body: str, *, cut: bool) -> Chain:
    pieces = list(_pieces(body))
    start = _start(pieces)
    head = pieces[:start]
    title, examples = _titles(head)
    entries, tail = _entries(pieces[start:])
    return Chain(
        title=" ".join(title),
        examples=tuple(examples),
        entries=tuple(entries),
        tail="\n".join(tail),
        is_cut=cut or len(pieces) > MOST_LINES * 3,
    )


def _pieces(body: str) -> Iterator[_Piece]:
    """Cut a body into lines, and lines into entries where their ends were lost."""
    lines = body.split("\n")
    marks = [_mark(line) for line in lines]
    numbered = any(mark is not None and mark.piece.number <= 1 for mark in marks)
    alone = sum(mark is not None for mark in marks) == 1
    bracketed = next((mark.bracketed for mark in marks if mark is not None), False)
    expected = 1
    for index, line in enumerate(lines):
        if not line.strip():
            yield _Piece(_Is.BLANK, "")
            continue
        mark = marks[index]
        lost = alone and mark is not None and mark.piece.tight and _has_first(line)
        if mark is not None and not lost and mark.fits(expected, bracketed=bracketed):
            expected = mark.piece.number + 1
            following = next((m.piece.number for m in marks[index + 1 : index + 4] if m), None)
            yield from _unfold(mark.piece, expected, following, wide=alone)
        elif lost or (not numbered and expected == 1):
            yield from _unfold(_Piece(_Is.TEXT, line.strip()), 1, None, wide=True)
        else:
            yield _Piece(_Is.TEXT, line.strip())


def _mark(line: str) -> _Mark | None:
    """Read the number at the start of a line."""
    circle = _CIRCLE.match(line)
    if circle:
        return _Mark(_Piece(_Is.ENTRY, line[circle.end() :].strip(), _CIRCLED[circle["c"]]))
    match = _MARKED.match(line)
    if match is None:
        return None
    mark, rest = match["mark"], line[match.end() :]
    tight = mark == mark.rstrip()
    if tight and mark[-1:] in (":", "：") and re.match(r"\d{2}", rest):
        return None  # 7:20
    loose = not mark.strip()
    if loose and _OF_UNIT.match(line, match.end("n")):
        return None
    weak = tight and bool(mark) and rest[:1].isdigit()
    if weak and _MEASURE.match(rest):
        return None
    dated = weak and mark.strip() in (".", "．") and bool(_DATE.match(rest))
    piece = _Piece(_Is.ENTRY, rest.strip(), int(match["n"]), weak, dated)
    return _Mark(piece, only_next=loose or weak, bracketed=bool(match["bracket"]))


def _unfold(piece: _Piece, expected: int, following: int | None, *, wide: bool) -> Iterator[_Piece]:
    """Cut a line where the next numbers stand in it (1. 2. 倪彩霞 gt7 3. 莓心).

    Args:
        following: The number the next line begins with: it is not looked for here.
        wide: The line ends were lost, so any mark will do; else only the native one, apart.
    """
    text, begin = piece.text, 0
    strong = _has_first(text)
    for match in _INLINE.finditer(text):
        if _value(match) != expected or expected == following or not (wide or _is_apart(match)):
            continue
        tight = _is_tight(match)
        if tight and (strong or not _may_be_tight(piece, match)):
            continue
        yield replace(piece, text=text[begin : match.start()].strip())
        piece = _Piece(_Is.ENTRY, "", expected, tight=tight)
        begin = match.end()
        expected += 1
    if begin or text or piece.kind is _Is.ENTRY:
        yield replace(piece, text=text[begin:].strip())


def _has_first(text: str) -> bool:
    """Tell whether an unmistakable 1 stands in a line: 1.15主题党日 1. 张三 2. 李四."""
    return any(_value(match) == 1 and not _is_tight(match) for match in _INLINE.finditer(text))


def _is_tight(match: re.Match[str]) -> bool:
    """Tell whether a digit follows the mark at once: 1.295-909, but also 3.5元."""
    return match.string[match.end() : match.end() + 1].isdigit()


def _is_apart(match: re.Match[str]) -> bool:
    return match.start() == 0 or match.string[match.start() - 1] == " "


def _may_be_tight(piece: _Piece, match: re.Match[str]) -> bool:
    if piece.kind is _Is.TEXT:
        return True
    return piece.tight and not _NOT_A_MARK.match(match.string, match.end())


def _value(match: re.Match[str]) -> int:
    return _CIRCLED[match["c"]] if match["c"] else int(match["n"])


def _start(pieces: Sequence[_Piece]) -> int:
    """Return where the entries begin: at the last 1 that opens a run, behind points of a title.

    What stands before that 1 is title where it is a date (1.15 …) or numbered points of it.
    """
    start, numbered, dated, points = -1, 0, 0, 0
    for index, piece in enumerate(pieces):
        if piece.kind is not _Is.ENTRY:
            continue
        if piece.number <= 1 and (start < 0 or dated == numbered or points * 2 >= numbered):
            start = index
        numbered += 1
        dated += piece.dated
        points += bool(_POINT.match(piece.text))
    if start >= 0:
        return start
    runs = [i for i, p in enumerate(pieces) if p.kind is _Is.ENTRY and not p.dated]
    return runs[0] if len(runs) >= _FEW else len(pieces)


def _titles(head: Sequence[_Piece]) -> tuple[list[str], list[str]]:
    title: list[str] = []
    examples: list[str] = []
    within = False
    for piece in head:
        words = f"{piece.number}.{piece.text}" if piece.kind is _Is.ENTRY else piece.text
        if piece.kind is _Is.BLANK:
            within = within and not examples
        elif within or _EXAMPLE.match(words):
            within = True
            examples.append(words)
        else:
            title.append(words)
    return title, examples


def _entries(pieces: Sequence[_Piece]) -> tuple[list[Entry], list[str]]:
    """Read entries with the lines that belong to them; what follows the last is the tail."""
    entries: list[Entry] = []
    last = max((i for i, p in enumerate(pieces) if p.kind is _Is.ENTRY), default=-1)
    index = 0
    while index <= last and len(entries) < MOST_LINES:
        piece = pieces[index]
        index += 1
        if piece.kind is not _Is.ENTRY:
            continue
        lines = [piece.text]
        while index < len(pieces) and pieces[index].kind is _Is.TEXT:
            words = pieces[index].text
            if index > last and _ENDS.match(words):
                break
            lines.append(words)
            index += 1
        entries.extend(read_entries(piece.number, "\n".join(lines)))
    tail = [piece.text for piece in pieces[index:] if piece.kind is not _Is.BLANK]
    return entries, tail
