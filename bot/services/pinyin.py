"""How names are said: pypinyin, imported when the first name needs it."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import lru_cache
from itertools import islice, product
from typing import Any

_MOST_READINGS = 8


@lru_cache(maxsize=16384)
def sounds_of(text: str) -> tuple[str, ...]:
    """Return every way a name can be said: pinyin in one piece, without tones (`zenwei`).

    Accents that typing by sound carries along make no difference (zh and z, ng and n), and a name
    may be written in pinyin itself.
    """
    if text.isascii():
        return (_plain(text.lower()),)
    readings = [_readings(character) for character in text]
    said = islice(product(*readings), _MOST_READINGS)
    return tuple(dict.fromkeys(_plain("".join(syllables)) for syllables in said))


def warm() -> None:
    """Import what it takes before the first message needs it (some 50 ms)."""
    _readings("张")


def _plain(sound: str) -> str:
    for accented, plain in (("zh", "z"), ("ch", "c"), ("sh", "s"), ("ng", "n")):
        sound = sound.replace(accented, plain)
    return sound


@lru_cache(maxsize=8192)
def _readings(character: str) -> tuple[str, ...]:
    read = _pypinyin()
    return tuple(dict.fromkeys(read(character)[0])) or (character,)


@lru_cache(maxsize=1)
def _pypinyin() -> Callable[[str], Any]:
    # Names are no phrases; without that table the import costs a third.
    os.environ.setdefault("PYPINYIN_NO_PHRASES", "true")
    from pypinyin import Style, pinyin

    return lambda text: pinyin(text, style=Style.NORMAL, heteronym=True)
