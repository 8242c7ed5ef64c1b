"""Reads a page as strictly as a validator would: every tag closed, every id once, every field named."""

from __future__ import annotations

from collections import Counter
from html.parser import HTMLParser

_VOID = frozenset(("area", "base", "br", "col", "hr", "img", "input", "link", "meta", "source"))
_SVG_VOID = frozenset(("path", "rect", "circle", "line", "polyline"))
_FIELDS = frozenset(("input", "select", "textarea"))
_NAMELESS = frozenset(("hidden", "submit"))


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.problems: list[str] = []
        self.ids: Counter[str] = Counter()
        self.labelled: set[str] = set()
        self.wanted: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Look at a tag, and remember that it is open."""
        self._look(tag, attrs)
        if tag not in _VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Look at a tag that closes itself: only drawings have such."""
        self._look(tag, attrs)
        if tag not in _VOID | _SVG_VOID:
            self.problems.append(f"<{tag}/> closes itself")

    def handle_endtag(self, tag: str) -> None:
        """Close the tag that is open."""
        if not self.open or self.open[-1] != tag:
            self.problems.append(f"</{tag}> at {self.getpos()} closes {self.open[-3:]}")
        else:
            self.open.pop()

    def _look(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = Counter(name for name, _ in attrs)
        values = dict(attrs)
        self.problems += [f"<{tag}> has {name} twice" for name, n in names.items() if n > 1]
        self.problems += [f"<{tag}> has {name}" for name in names if name.startswith("on")]
        if "style" in names or tag == "style":
            self.problems.append(f"<{tag}> is styled in the page")
        if tag == "script" and "src" not in names:
            self.problems.append("a script stands in the page")
        if values.get("id"):
            self.ids[values["id"] or ""] += 1
        if tag == "label" and values.get("for"):
            self.labelled.add(values["for"] or "")
        hidden = values.get("type") in _NAMELESS
        if (
            tag in _FIELDS
            and not hidden
            and "aria-label" not in values
            and "label" not in self.open
        ):
            self.wanted.append(values.get("id") or f"a nameless {tag}")


def problems_of(page: str) -> list[str]:
    """Return what a validator would find in a page."""
    reader = _Reader()
    reader.feed(page)
    reader.close()
    found = [*reader.problems, *(f"<{tag}> is never closed" for tag in reader.open)]
    found += [f"id {name} stands {n} times" for name, n in reader.ids.items() if n > 1]
    found += [f"{name} has no label" for name in reader.wanted if name not in reader.labelled]
    return found
