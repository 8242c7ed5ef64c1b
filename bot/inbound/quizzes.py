"""A quiz as it is written: numbered questions, lettered options, the right one starred or named."""

from __future__ import annotations

import re
import unicodedata

from bot.domain.quiz import Question
from bot.domain.wording import full_width

_QUESTION = re.compile(r"(?:第?\s*\d{1,2}\s*[.、)题:]\s*)(?P<words>.+)")
_OPTION = re.compile(r"[(]?(?P<letter>[A-Fa-f])\s*[.、):\s]\s*(?P<words>.+)")
_NEXT_OPTION = re.compile(r"\s+(?=[A-Fa-f]\s*[.、):])")
_RIGHT = re.compile(r"(?:正确)?答案\s*[:是为]?\s*(?P<letter>[A-Fa-f])")
_STARRED = re.compile(r"\s*[*√✓✔]+\s*$")


def read_quiz(lines: str) -> tuple[Question, ...]:
    """Read the questions of a quiz; what is missing is left open for the check to say."""
    found: list[tuple[str, list[str], int | None]] = []
    for written in lines.splitlines():
        line = unicodedata.normalize("NFKC", written).strip()
        if not line:
            continue
        right = _RIGHT.fullmatch(line)
        if right is not None:
            if found:
                words, options, _ = found[-1]
                found[-1] = (words, options, _number(right["letter"]))
            continue
        for piece in _NEXT_OPTION.split(line):
            option = _OPTION.fullmatch(piece)
            if option is not None and found:
                _add_option(found, option["words"])
                continue
            question = _QUESTION.fullmatch(piece)
            found.append((question["words"].strip() if question else piece, [], None))
    return tuple(
        Question(full_width(words), tuple(map(full_width, options)), right)
        for words, options, right in found
    )


def _add_option(found: list[tuple[str, list[str], int | None]], said: str) -> None:
    words, options, right = found[-1]
    plain = _STARRED.sub("", said).strip()
    options.append(plain)
    if plain != said.strip():
        found[-1] = (words, options, len(options))
    else:
        found[-1] = (words, options, right)


def _number(letter: str) -> int:
    return ord(letter.upper()) - ord("A") + 1
