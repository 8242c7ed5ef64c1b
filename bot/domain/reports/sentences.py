"""Sentences of a report: every number in them is a figure, and what claims all is proved.

A template names figures with the word that counts them: `召开{committee:次}会议`. Any other
measure, a number written into the words, or a word that claims all (全部, 全体, 按期 …) without a
proof is a mistake in the program and raises; a proof that fails stops the sentence, and what speaks
against it is listed as a gap.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from string import Formatter

from bot.domain.reports.figures import Figures

ABSOLUTES = (
    "全部",
    "全体",
    "按期",
    "按月足额",
    "每位",
    "每个",
    "各支部均",
    "全面",
    "全覆盖",
    "无一",
    "百分之百",
)
_NUMBER = re.compile(r"\d")


class WrongSentence(Exception):
    """A sentence that no report may contain: a mistake of who wrote it."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Words, or one figure within them."""

    text: str
    figure: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """A sentence as it stands in the report, with the figures it is bound to.

    Attributes:
        is_blank: A place where the secretary writes.
        proofs: The figures that prove what it claims of all.
    """

    pieces: tuple[Piece, ...]
    is_blank: bool = False
    proofs: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """All of it."""
        return "".join(piece.text for piece in self.pieces)

    @property
    def figures(self) -> tuple[str, ...]:
        """The figures it tells, in order."""
        return tuple(dict.fromkeys(piece.figure for piece in self.pieces if piece.figure))


@dataclass(frozen=True, slots=True)
class Gap:
    """Something a report cannot say, or not so, and why.

    Attributes:
        figure: Where to look.
    """

    words: str
    figure: str = ""


@dataclass(frozen=True, slots=True)
class Proof:
    """What has to hold before a sentence may claim all.

    Attributes:
        part: Figure of those of whom it is said.
        whole: Figure of all.
    """

    part: str
    whole: str

    def holds(self, figures: Figures) -> bool:
        """Tell whether part and whole are the same, and anything at all."""
        return 0 < figures.value(self.whole) == figures.value(self.part)


@dataclass(frozen=True, slots=True)
class Said:
    """What a sentence comes to: lines, gaps, or both."""

    lines: tuple[Line, ...] = ()
    gaps: tuple[Gap, ...] = ()

    def __add__(self, other: Said) -> Said:
        return Said(self.lines + other.lines, self.gaps + other.gaps)


NOTHING = Said()
Sentence = Callable[[Figures], Said]


@dataclass(frozen=True, slots=True)
class Blank:
    """Where the secretary writes: judgements, causes, plans."""

    prompt: str

    @property
    def text(self) -> str:
        """What stands there until somebody does."""
        return f"【请书记填写：{self.prompt}】"


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the report, in the order of the page."""

    title: str
    level: int
    sentences: tuple[Sentence | Blank, ...] = ()


@dataclass(frozen=True, slots=True)
class Written:
    """A section as it stands."""

    title: str
    level: int
    lines: tuple[Line, ...] = ()


@dataclass(frozen=True, slots=True)
class Composed:
    """The text of a report, and what it could not say."""

    sections: tuple[Written, ...]
    gaps: tuple[Gap, ...] = field(default=())

    @property
    def figures(self) -> frozenset[str]:
        """The figures that it tells, that prove what it claims, and that its gaps are about."""
        lines = [line for section in self.sections for line in section.lines]
        told = {name for line in lines for name in (*line.figures, *line.proofs)}
        return frozenset(told | {gap.figure for gap in self.gaps if gap.figure})


def say(figures: Figures, template: str, *proofs: Proof, **words: str) -> Said:
    """Return a sentence with its figures filled in.

    Args:
        proofs: Of what claims all; each holds, or the sentence is not said.
        words: Names and dates from the ledgers, which are no figures.

    Raises:
        WrongSentence: A number without a figure, a wrong measure, a claim without a proof.
    """
    pieces: list[Piece] = []
    claimed = ""
    for text, name, measure, _ in Formatter().parse(template):
        _check_words(text)
        claimed += text
        if text:
            pieces.append(Piece(text))
        if name is None:
            continue
        if name in words:
            pieces.append(Piece(words[name]))
            continue
        figure = figures[name]
        if measure not in figure.measure.value:
            raise WrongSentence(f"{name} is counted in {figure.measure.value}, not in {measure!r}")
        pieces.append(Piece(f"{figures.value(name)}{measure}", name))
    if not proofs and (claim := claim_in(claimed)):
        raise WrongSentence(f"{claim!r} without a proof: {template}")
    failed = [proof for proof in proofs if not proof.holds(figures)]
    if failed:
        return Said(gaps=tuple(_contradicted(figures, proof) for proof in failed))
    proved = tuple(name for proof in proofs for name in (proof.part, proof.whole))
    return Said((Line(tuple(pieces), proofs=proved),))


def claim_in(text: str) -> str:
    """Return the first word in a text that claims all, "" where there is none."""
    return next((word for word in ABSOLUTES if word in text), "")


def gap(words: str, figure: str = "") -> Said:
    """Return that something is missing."""
    return Said(gaps=(Gap(words, figure),))


def compose(figures: Figures, sections: Sequence[Section]) -> Composed:
    """Return the text of a report."""
    written: list[Written] = []
    gaps: list[Gap] = []
    for section in sections:
        said = NOTHING
        for sentence in section.sentences:
            if isinstance(sentence, Blank):
                said += Said((Line((Piece(sentence.text),), is_blank=True),))
            else:
                said += sentence(figures)
        written.append(Written(section.title, section.level, said.lines))
        gaps.extend(said.gaps)
    return Composed(tuple(written), tuple(dict.fromkeys(gaps)))


def _check_words(text: str) -> None:
    if _NUMBER.search(text):
        raise WrongSentence(f"a number that is no figure: {text}")


def _contradicted(figures: Figures, proof: Proof) -> Gap:
    part, whole = figures[proof.part], figures[proof.whole]
    return Gap(
        f"{whole.title}{whole.words}，其中{part.title}{part.words}，所以没有写成全部。", part.name
    )
