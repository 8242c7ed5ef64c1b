"""The template of a form: a Word file whose styles, page and fonts are those of official papers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from docx import Document
from docx.enum.section import WD_ORIENT
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt

from bot.files.docx.form import Block, Form, Grid, Look, Paragraph, Repeated
from bot.files.tables import whole_or_nothing

STAMP = "{{ 导出说明 }}"
_SONG, _HEI, _FANGSONG = "宋体", "黑体", "仿宋"
_FONTS = {
    Look.TITLE: (_SONG, 22, True),
    Look.HEADING: (_HEI, 16, False),
    Look.SUBHEADING: (_HEI, 14, False),
    Look.BODY: (_FANGSONG, 14, False),
    Look.PLAIN: (_FANGSONG, 14, False),
    Look.SMALL: (_FANGSONG, 10.5, False),
}
_MARGINS = (Cm(3.0), Cm(2.6), Cm(2.8), Cm(2.6))  # top, bottom, left, right
_INDENT = Pt(28)  # two characters


def write_template(path: Path, form: Form) -> None:
    """Write the template of a form, for Word; whole or not at all.

    Raises:
        UnreadableFile: The file cannot be written.
    """
    whole_or_nothing(path, lambda draft: build(form).save(str(draft)))


def build(form: Form) -> Any:
    """Return the template of a form."""
    document = Document()
    _page(document, is_wide=form.is_wide)
    for look, (font, size, bold) in _FONTS.items():
        _style(document.styles[look.value], font, size, bold=bold)
    _spaces(document)
    for block in form.blocks:
        _add(document, block)
    _footer(document)
    return document


def _page(document: Any, *, is_wide: bool) -> None:
    section = document.sections[0]
    section.page_width, section.page_height = Cm(21.0), Cm(29.7)
    if is_wide:
        section.orientation = WD_ORIENT.LANDSCAPE
        section.page_width, section.page_height = Cm(29.7), Cm(21.0)
    (
        section.top_margin,
        section.bottom_margin,
        section.left_margin,
        section.right_margin,
    ) = _MARGINS


def _style(style: Any, font: str, size: float, *, bold: bool) -> None:
    """Set the font of a style for Chinese as well: `font.name` alone leaves it as it was."""
    style.font.name, style.font.size, style.font.bold = font, Pt(size), bold
    style.font.italic = False
    properties = style.element.get_or_add_rPr()
    fonts = properties.get_or_add_rFonts()
    for theme in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
        fonts.attrib.pop(qn(f"w:{theme}"), None)
    for script in ("ascii", "hAnsi", "eastAsia", "cs"):
        fonts.set(qn(f"w:{script}"), font)
    for colour in properties.findall(qn("w:color")):
        properties.remove(colour)


def _spaces(document: Any) -> None:
    for look in Look:
        layout = document.styles[look.value].paragraph_format
        layout.space_before = layout.space_after = Pt(0)
        layout.line_spacing = 1.5 if look is not Look.SMALL else 1.2
    document.styles[Look.BODY.value].paragraph_format.first_line_indent = _INDENT
    for look in (Look.PLAIN, Look.SMALL, Look.TITLE, Look.HEADING, Look.SUBHEADING):
        document.styles[look.value].paragraph_format.first_line_indent = Pt(0)
    title = document.styles[Look.TITLE.value].paragraph_format
    title.alignment, title.space_after = WD_ALIGN_PARAGRAPH.CENTER, Pt(18)
    for border in document.styles[Look.TITLE.value].element.iter(qn("w:pBdr")):
        border.getparent().remove(border)
        break
    for look in (Look.HEADING, Look.SUBHEADING):
        document.styles[look.value].paragraph_format.space_before = Pt(6)


def _add(document: Any, block: Block) -> None:
    if isinstance(block, Paragraph):
        if block.when:
            _tag(document, f"{{%p if {block.when} %}}")
        document.add_paragraph(block.text, style=block.look.value)
        if block.when:
            _tag(document, "{%p endif %}")
    elif isinstance(block, Grid):
        _add_grid(document, block)
    elif isinstance(block, Repeated):
        _tag(document, f"{{%p for {block.called} in {block.each} %}}")
        for inner in block.blocks:
            _add(document, inner)
        _tag(document, "{%p endfor %}")


def _tag(document: Any, tag: str) -> None:
    document.add_paragraph(tag, style=Look.PLAIN.value)


def _add_grid(document: Any, grid: Grid) -> None:
    """Add a table: its head on every page, no line torn in two."""
    table = document.add_table(rows=4, cols=len(grid.headers), style="Table Grid")
    table.alignment, table.autofit = WD_TABLE_ALIGNMENT.CENTER, False
    for row in table.rows:
        _mark(row, "w:cantSplit")
    _mark(table.rows[0], "w:tblHeader")
    _fill(table.rows[0], grid.headers)
    _fill(table.rows[1], (f"{{%tr for 行 in {grid.each} %}}",))
    _fill(table.rows[2], grid.cells)
    _fill(table.rows[3], ("{%tr endfor %}",))
    for cell, width in zip(_cells(table), _widths(document, grid) * 4, strict=True):
        cell.width = width


def _cells(table: Any) -> Iterator[Any]:
    for row in table.rows:
        yield from row.cells


def _widths(document: Any, grid: Grid) -> list[int]:
    section = document.sections[0]
    whole = section.page_width - section.left_margin - section.right_margin
    return [whole * part // sum(grid.widths) for part in grid.widths]


def _fill(row: Any, texts: tuple[str, ...]) -> None:
    for cell, text in zip(row.cells, texts, strict=False):
        paragraph = cell.paragraphs[0]
        paragraph.style = Look.SMALL.value
        paragraph.add_run(text)


def _mark(row: Any, name: str) -> None:
    properties = row._tr.get_or_add_trPr()
    properties.append(OxmlElement(name))


def _footer(document: Any) -> None:
    """Put who took it out, and the number of the page, at the foot of every page."""
    footer = document.sections[0].footer
    stamp = footer.paragraphs[0]
    stamp.style = Look.SMALL.value
    stamp.add_run(f"{STAMP}　第")
    field = OxmlElement("w:fldSimple")
    field.set(qn("w:instr"), "PAGE")
    stamp._p.append(field)
    stamp.add_run("页")
