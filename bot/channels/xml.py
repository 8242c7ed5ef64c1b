"""Reading and writing the platforms' XML: nothing that the platforms do not use.

Nearly all of it is flat, without attributes and entities, and a pattern reads it three times as
fast as expat; whatever the pattern does not match in full goes through expat. A test holds the
two readers together.
"""

from __future__ import annotations

import re
from xml.parsers import expat

from bot.channels.text import clean

MAX_DEPTH = 8
_VALUE_DEPTH = 2  # <xml> is 1, its children are 2

# Possessive quantifiers: no input makes them backtrack. No CR, which XML reads as a line feed,
# no ], and nothing that XML forbids.
_NOT = r"\]\r\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff"
_VALUE = rf"(?:<!\[CDATA\[[^{_NOT}]*+\]\]>|[^<&{_NOT}]*+)"
_SPACE = r"[ \n\t]*+"
_FLAT = re.compile(rf"<xml>{_SPACE}(?:<([A-Za-z]\w*+)>{_VALUE}</\1>{_SPACE})++</xml>{_SPACE}", re.A)
_FIELD = re.compile(r"<(\w++)>(?:<!\[CDATA\[([^\]]*+)\]\]>|([^<]*+))</")


class Malformed(ValueError):
    """A text is not the XML that the platforms send; the message says why, without quoting it."""


def read(text: str) -> dict[str, str]:
    """Return the direct children of `<xml>` with their text, untouched.

    What is nested deeper is checked, and left out.

    Raises:
        Malformed: Not well-formed, a DTD or entity, another root, an element twice, too deep.
    """
    if _FLAT.fullmatch(text) is None:
        return read_slowly(text)
    found = _FIELD.findall(text, len("<xml>"))
    values = {name: quoted or plain for name, quoted, plain in found}
    if len(values) != len(found):
        raise Malformed("an element twice")
    return values


def read_bytes(body: bytes) -> dict[str, str]:
    """Do the same for the body of a request.

    Raises:
        Malformed: As in `read`, or not UTF-8.
    """
    try:
        return read(body.decode())
    except UnicodeDecodeError as error:
        raise Malformed("not UTF-8") from error


def read_slowly(text: str) -> dict[str, str]:
    """Do what `read` does, with expat.

    Raises:
        Malformed: As in `read`.
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
