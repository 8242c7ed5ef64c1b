"""Reading and writing the platforms' XML: bare expat, nothing it does not need."""

from __future__ import annotations

from xml.parsers import expat

from bot.channels.text import clean

MAX_DEPTH = 8
_VALUE_DEPTH = 2  # <xml> is 1, its children are 2


class Malformed(ValueError):
    """A text is not the XML that the platforms send; the message says why, without quoting it."""


def read(text: str | bytes) -> dict[str, str]:
    """Return the direct children of `<xml>` with their text, untouched.

    What is nested deeper is checked, and left out.

    Raises:
        Malformed: Not well-formed, a DTD or entity, another root, an element twice, too deep.
    """
    values: dict[str, str] = {}
    parts: list[str] = []
    depth = 0

    def start(name: str, _attributes: object) -> None:
        nonlocal depth
        depth += 1
        if depth == _VALUE_DEPTH:
            if name in values:
                raise Malformed("an element twice")
            parts.clear()
        elif depth == 1:
            if name != "xml":
                raise Malformed("unknown root")
        elif depth > MAX_DEPTH:
            raise Malformed("too deep")

    def end(name: str) -> None:
        nonlocal depth
        if depth == _VALUE_DEPTH:
            values[name] = "".join(parts)
        depth -= 1

    def data(piece: str) -> None:
        if depth == _VALUE_DEPTH:
            parts.append(piece)

    parser = expat.ParserCreate("utf-8")
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = data
    parser.StartDoctypeDeclHandler = _refuse
    try:
        parser.Parse(text, True)
    except (expat.ExpatError, UnicodeEncodeError) as error:
        raise Malformed("not well-formed") from error
    return values


def cdata(text: str) -> str:
    """Return a text as CDATA that nothing in it can end."""
    return f"<![CDATA[{clean(text).replace(']]>', ']]]]><![CDATA[>')}]]>"


def _refuse(*_declaration: object) -> None:
    raise Malformed("a document type")
