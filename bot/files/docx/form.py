"""What a form consists of: paragraphs with fields in them, tables, parts that are repeated."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias


class Look(Enum):
    """How a paragraph looks; the value is the name of the style in Word."""

    TITLE = "Title"
    HEADING = "Heading 1"
    SUBHEADING = "Heading 2"
    BODY = "Normal"
    PLAIN = "No Spacing"  # without the indent of the first line
    SMALL = "Caption"


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One paragraph; `{{ 名称 }}` in its text is a field.

    Attributes:
        when: Field without which the paragraph is left out.
    """

    text: str
    look: Look = Look.BODY
    when: str = ""


@dataclass(frozen=True, slots=True)
class Grid:
    """A table with one line for every entry of a list.

    Attributes:
        each: Field that holds the list; an entry is called 行 in `cells`.
        widths: Of the columns, in parts of the whole.
    """

    headers: tuple[str, ...]
    each: str
    cells: tuple[str, ...]
    widths: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Repeated:
    """Blocks that stand once for every entry of a list.

    Attributes:
        each: Field that holds the list.
        called: What an entry is called in the blocks.
    """

    each: str
    called: str
    blocks: tuple[Block, ...]


Block: TypeAlias = Paragraph | Grid | Repeated


@dataclass(frozen=True, slots=True)
class Form:
    """A kind of document.

    Attributes:
        name: Identifier; of the key in the configuration that names a template for it.
        title: What it is, for people.
        is_wide: Whether the page lies on its side.
    """

    name: str
    title: str
    blocks: tuple[Block, ...]
    is_wide: bool = False
