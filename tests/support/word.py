"""What stands in a Word file, for tests."""

from __future__ import annotations

from pathlib import Path

from docx import Document


def paragraphs(path: Path) -> list[str]:
    """Return the paragraphs outside tables, without the empty ones."""
    return [line.text for line in Document(str(path)).paragraphs if line.text]


def tables(path: Path) -> list[list[tuple[str, ...]]]:
    """Return the tables, row by row."""
    return [
        [tuple(cell.text for cell in row.cells) for row in table.rows]
        for table in Document(str(path)).tables
    ]


def footer(path: Path) -> str:
    """Return what stands at the foot of every page."""
    return str(Document(str(path)).sections[0].footer.paragraphs[0].text)
