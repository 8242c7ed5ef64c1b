"""A chain's body in pieces: lines, and entries within a line where line ends were lost."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import Enum, auto

from bot.inbound.chain_names import opens_with_person
from bot.inbound.numerals import read_int

_CIRCLED = {
    chr(first + step): step + base
    for first, base, count in (
        *((0x2460, 1, 20), (0x2474, 1, 20), (0x2488, 1, 20), (0x24F5, 1, 10)),  # ① ⑴ ⒈ ⓵
        *((0x2776, 1, 10), (0x2780, 1, 10), (0x278A, 1, 10)),  # ❶ ➀ ➊
        *((0x3220, 1, 10), (0x3280, 1, 10)),  # ㈠ ㊀
    )
    for step in range(count)
} | {"🔟": 10}
_CIRCLES = "".join(_CIRCLED)

_MARKED = re.compile(
    r"\s*(?:(?P<bracket>[(（\[【])\s?)?(?P<n>\d{1,3})"
    r"(?P<mark>\s?\u20e3[\s.、]*|\s*[.．。、,，:：;；)）\]】>]+\s*|\s*[-—–#＃_|→]\s*(?=[^\W\d_])|\s+|(?=[^\W\d_])|$)"
)
_CIRCLE = re.compile(rf"\s*(?P<c>[{_CIRCLES}])[\s.、:：]*")
_INLINE = re.compile(
    rf"(?<![\d./\-~:+#第])(?:(?P<n>\d{{1,3}})(?:\s?\u20e3|\s?[.．。、)）]+)|(?P<c>[{_CIRCLES}]))"
)
_BY_COMMA = re.compile(r"(?<![\d./\-~:+#第])(?P<n>\d{1,3})\s?[,，:：]+(?!\d)(?P<c>(?!))?")
_BY_SPACE = re.compile(r"(?<!\S)(?P<n>\d{1,3})\s?(?=[\u4e00-\u9fa5A-Z@])(?P<c>(?!))?")
_GLUED = re.compile(
    r"(?<![\d./\-~:+#第])(?P<n>\d{1,3})\s?[.．。、)）,，:：]*\s?(?=[\u4e00-\u9fa5])(?P<c>(?!))?"
)
_MEASURE = re.compile(r"\d+(?:公里|千米|km|元|块|万|亿|折|斤|小时|米|分|度|倍|[%％])")
_NOT_A_MARK = re.compile(rf"\d{{2}}(?!\d)|{_MEASURE.pattern}|\d[份次]")
_DATE = re.compile(r"\d{1,2}(?!\d|[-－~号栋楼室])")
_OF_UNIT = re.compile(
    r"\s*(?:月|日|号|点|时|人|份|名|位|个|元|块|斤|箱|件|年|次|楼|栋|单元|室|周|天|分|秒|组|支|届|期|季|学|岁|米|级|班|区|路)"
)
_NUMERAL = re.compile(r"\s*[（(]?(?P<n>[一二三四五六七八九十]{1,3})[)）、.．,，:： ]+(?=\S)")
_MOST_SKIPPED = 3
_NAME_LONG = 12
_FEW = 2


class Is(Enum):
    """What a piece of the body is."""

    ENTRY = auto()
    TEXT = auto()
    BLANK = auto()


@dataclass(frozen=True, slots=True)
class Piece:
    """A line, or a part of one where line ends were lost."""

    kind: Is
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

    piece: Piece
    only_next: bool = False
    bracketed: bool = False

    def fits(self, expected: int, *, bracketed: bool, steady: bool) -> bool:
        """Tell whether it begins an entry where a number is expected.

        Args:
            steady: All numbers of the chain only go up, so one that skips is believed too.
        """
        if self.bracketed is not bracketed:
            return False
        if not self.only_next or self.piece.number == expected:
            return True
        skips = expected < self.piece.number <= expected + _MOST_SKIPPED
        restarts = self.piece.number == 1 and expected > _FEW
        if steady and skips and not self.piece.tight:
            return True
        return (skips or restarts) and opens_with_person(self.piece.text)


def cut_up(body: str) -> Iterator[Piece]:
    """Cut a body into lines, and lines into entries where their ends were lost."""
    lines = body.split("\n")
    marks = [_mark(line) for line in lines]
    if not any(marks):
        marks = _numerals(lines)
    found = [mark for mark in marks if mark is not None]
    bracketed = any(mark.bracketed for mark in found) and not any(map(_is_plain, found))
    numbered = any(mark.piece.number <= 1 for mark in found)
    alone = len(found) == 1
    steady = _is_steady(found)
    expected = 1
    for index, line in enumerate(lines):
        if not line.strip():
            yield Piece(Is.BLANK, "")
            continue
        mark = marks[index]
        lost = alone and mark is not None and mark.piece.tight and _has_first(line)
        if (
            mark is not None
            and not lost
            and mark.fits(expected, bracketed=bracketed, steady=steady)
        ):
            expected = mark.piece.number + 1
            following = next((m.piece.number for m in marks[index + 1 : index + 4] if m), None)
            for piece in _unfold(mark.piece, expected, following, wide=alone):
                expected = piece.number + 1
                yield piece
        elif lost or (not numbered and expected == 1):
            yield from _unfold(Piece(Is.TEXT, line.strip()), 1, None, wide=True)
        else:
            yield Piece(Is.TEXT, line.strip())


def _is_steady(marks: Sequence[_Mark]) -> bool:
    """Tell whether the numbers only go up, so that loose ones among them may be believed."""
    numbers = [mark.piece.number for mark in marks if not mark.piece.dated]
    return len(numbers) > _FEW and numbers == sorted(numbers)


def _is_plain(mark: _Mark) -> bool:
    """Tell whether it can number entries, so that （1）and ① only count points between them."""
    if mark.bracketed or mark.piece.dated:
        return False
    return not mark.only_next or mark.piece.tight or opens_with_person(mark.piece.text)


def _numerals(lines: Sequence[str]) -> list[_Mark | None]:
    """Read lines numbered 一、二、三 where nothing else numbers them."""
    marks: list[_Mark | None] = []
    expected = 1
    for line in lines:
        match = _NUMERAL.match(line)
        fits = match is not None and read_int(match["n"]) == expected
        if match is None or not fits:
            marks.append(None)
            continue
        marks.append(_Mark(Piece(Is.ENTRY, line[match.end() :].strip(), expected)))
        expected += 1
    return marks if expected > _FEW else [None] * len(lines)


def _mark(line: str) -> _Mark | None:
    """Read the number at the start of a line."""
    circle = _CIRCLE.match(line)
    if circle:
        piece = Piece(Is.ENTRY, line[circle.end() :].strip(), _CIRCLED[circle["c"]])
        return _Mark(piece, bracketed=circle["c"] != "🔟")
    match = _MARKED.match(line)
    if match is None:
        return None
    mark, rest = match["mark"], line[match.end() :]
    tight = mark == mark.rstrip()
    if tight and mark[-1:] in (":", "：") and re.match(r"\d{2}", rest):
        return None  # 7:20
    loose = not mark.strip("- —–#＃_|→")
    if (
        loose
        and rest
        and _OF_UNIT.match(line, match.end("mark") if mark.strip() else match.end("n"))
    ):
        return None
    weak = tight and bool(mark) and rest[:1].isdigit()
    if weak and _MEASURE.match(rest):
        return None
    dated = weak and mark.strip() in (".", "．") and bool(_DATE.match(rest))
    piece = Piece(Is.ENTRY, rest.strip(), int(match["n"]), weak, dated)
    return _Mark(piece, only_next=loose or weak, bracketed=bool(match["bracket"]))


def _unfold(piece: Piece, expected: int, following: int | None, *, wide: bool) -> Iterator[Piece]:
    """Cut a line where the next numbers stand in it (1. 2. 倪彩霞 gt7 3. 莓心).

    Args:
        following: The number the next line begins with: it is not looked for here.
        wide: The line ends were lost, so any mark will do; else only the native one, apart.
    """
    text, begin = piece.text, 0
    pattern = _pattern(text, piece) if wide else _INLINE
    strong = _has_first(text)
    for match in pattern.finditer(text):
        value = _value(match)
        if value != expected and not (wide and _goes_on(match, expected)):
            continue
        if value == following or not (wide or _is_apart(match) or _names_somebody(match)):
            continue
        if pattern in (_BY_SPACE, _GLUED) and _OF_UNIT.match(text, match.end("n")):
            continue
        if pattern is _GLUED and not _names_somebody(match):
            continue
        tight = _is_tight(match)
        if tight and (strong or not _may_be_tight(piece, match)):
            continue
        yield replace(piece, text=text[begin : match.start()].strip(" （("))
        piece = Piece(Is.ENTRY, "", value, tight=tight)
        begin = match.end()
        expected = value + 1
    if begin or text or piece.kind is Is.ENTRY:
        yield replace(piece, text=text[begin:].strip())


def _goes_on(match: re.Match[str], expected: int) -> bool:
    """Tell whether a number that is not the next one begins an entry: again at 1, twice, or some left out."""
    value = _value(match)
    if _is_tight(match):
        return False
    if value == 1 and expected > _FEW:
        return True
    near = expected - 1 <= value <= expected + _MOST_SKIPPED and value > 0
    if expected == 1:
        return near and _names_somebody(match)
    return near and (_is_apart(match) or _names_somebody(match))


def _pattern(text: str, piece: Piece) -> re.Pattern[str]:
    """Return how the entries of a line are marked: 1. as a rule, else 1， or a bare 1."""
    first = 1 if piece.kind is Is.TEXT else piece.number + 1
    for pattern in (_INLINE, _BY_COMMA):
        if any(
            _value(m) in (first, first + 1) and not _is_tight(m) for m in pattern.finditer(text)
        ):
            mixed = _counted(_GLUED, text, first) > _counted(pattern, text, first)
            return _GLUED if mixed else pattern
    spaced = [m for m in _BY_SPACE.finditer(text) if _value(m) in (first, first + 1)]
    people = [m for m in spaced if opens_with_person(text[m.end() : m.end() + _NAME_LONG])]
    if len(people) >= _FEW:
        return _BY_SPACE
    return _GLUED if _is_glued(text, first) else _INLINE


def _is_glued(text: str, first: int) -> bool:
    """Tell whether bare numbers count people with nothing between them: 1张三2李四3王五."""
    return _counted(_GLUED, text, first) > (first == 1)


def _counted(pattern: re.Pattern[str], text: str, first: int) -> int:
    """Return how many people marks of a kind count on without a gap: 1、张三2李四3王五 mixes them."""
    expected = first
    for match in pattern.finditer(text):
        if _value(match) == expected and _names_somebody(match):
            expected += 1
    return expected - first


def _has_first(text: str) -> bool:
    """Tell whether an unmistakable 1 stands in a line: 1.15主题党日 1. 张三 2. 李四."""
    return any(
        _value(match) == 1 and not _is_tight(match)
        for pattern in (_INLINE, _BY_COMMA)
        for match in pattern.finditer(text)
    )


def _is_tight(match: re.Match[str]) -> bool:
    """Tell whether a digit follows the mark at once: 1.295-909, but also 3.5元."""
    return match.string[match.end() : match.end() + 1].isdigit()


def _is_apart(match: re.Match[str]) -> bool:
    return match.start() == 0 or match.string[match.start() - 1] == " "


def _names_somebody(match: re.Match[str]) -> bool:
    """Tell whether a number glued to what stands before it goes before a person: 张三2.李四."""
    return opens_with_person(match.string[match.end() : match.end() + _NAME_LONG])


def _may_be_tight(piece: Piece, match: re.Match[str]) -> bool:
    if piece.kind is Is.TEXT:
        return True
    return piece.tight and not _NOT_A_MARK.match(match.string, match.end())


def _value(match: re.Match[str]) -> int:
    return _CIRCLED[match["c"]] if match["c"] else int(match["n"])
