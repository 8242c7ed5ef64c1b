"""Several reminders to one reader at one moment are one message: which fit, and how it reads."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

MAX_BYTES = 2000  # UTF-8; the narrowest platform takes 2048

HEADING = "{name}您好，有{n}件事：\n{lines}"
LINE = "· {text}"
_GREETING = re.compile(r"(?P<name>[^\s：，。]{1,20})您好：")

T = TypeVar("T")


def bundle(items: Iterable[T], text_of: Callable[[T], str]) -> list[list[T]]:
    """Return what goes to one reader at one moment as messages, each as long as it may be.

    Args:
        items: In the order in which they are to be read.
    """
    bundles: list[list[T]] = []
    for item in items:
        if bundles and _fits([*map(text_of, bundles[-1]), text_of(item)]):
            bundles[-1].append(item)
        else:
            bundles.append([item])
    return bundles


def join_texts(texts: Sequence[str]) -> str:
    """Return several texts as one: the greeting once, a line for each thing.

    Texts that do not greet the same person (those for a group) follow one another as they are.

    Source:
        burden.digest
    """
    greetings = [_GREETING.match(text) for text in texts]
    names = {greeting["name"] if greeting else "" for greeting in greetings}
    if len(texts) == 1 or len(names) > 1 or names == {""}:
        return "\n".join(texts)
    name = names.pop()
    rests = (text[len(name) + len("您好：") :].replace("\n", "") for text in texts)
    lines = "\n".join(LINE.format(text=rest) for rest in rests)
    return HEADING.format(name=name, n=len(texts), lines=lines)


def _fits(texts: Sequence[str]) -> bool:
    return len(join_texts(texts).encode()) <= MAX_BYTES
