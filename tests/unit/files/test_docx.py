"""Word files: filled in, replaceable by one's own template, whole or not at all."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import pytest
from docx import Document

from bot.files.docx.filling import UnfitTemplate, write_docx
from bot.files.docx.form import Form, Grid, Look, Paragraph, Repeated
from bot.files.docx.template import write_template
from bot.files.tables import UnreadableFile
from bot.services.documents import FORMS
from tests.support.word import footer, paragraphs, tables

FORM = Form(
    "list",
    "名单",
    (
        Paragraph("{{ 标题 }}", Look.TITLE),
        Paragraph("备注：{{ 备注 }}", when="备注"),
        Repeated("段落", "段", (Paragraph("{{ 段 }}"),)),
        Grid(("姓名", "组"), "名单", ("{{ 行.姓名 }}", "{{ 行.组 }}"), (3, 1)),
    ),
)


def _values(**changed: Any) -> dict[str, Any]:
    return {
        "标题": "三支部名单",
        "备注": "",
        "段落": ["第一段", "第二段"],
        "名单": [{"姓名": "张三", "组": 1}, {"姓名": "李四", "组": 2}],
        "导出说明": "支部助手导出",
        **changed,
    }


def _template(path: Path, *lines: str) -> Path:
    document = Document()
    for line in lines:
        document.add_paragraph(line)
    document.save(str(path))
    return path


def test_a_form_is_filled_in(tmp_path: Path) -> None:
    path = tmp_path / "名单.docx"

    write_docx(path, FORM, _values())

    assert paragraphs(path) == ["三支部名单", "第一段", "第二段"]
    assert tables(path) == [[("姓名", "组"), ("张三", "1"), ("李四", "2")]]
    assert footer(path).startswith("支部助手导出")


def test_a_paragraph_stands_only_where_its_field_says_something(tmp_path: Path) -> None:
    path = tmp_path / "名单.docx"

    write_docx(path, FORM, _values(备注="缺一人"))

    assert paragraphs(path)[1] == "备注：缺一人"


def test_what_is_filled_in_is_never_markup(tmp_path: Path) -> None:
    """docxtpl without escaping loses everything after the first angle bracket."""
    path = tmp_path / "名单.docx"
    odd = "<b>A & B</b> {{ 7*7 }} {% if 1 %} “引号”"

    write_docx(path, FORM, _values(标题=odd, 段落=[odd], 名单=[{"姓名": odd, "组": odd}]))

    assert paragraphs(path) == [odd, odd]
    assert tables(path)[0][1] == (odd, odd)


def test_chinese_is_set_in_a_chinese_font(tmp_path: Path) -> None:
    path = tmp_path / "名单.docx"
    write_docx(path, FORM, _values())

    with zipfile.ZipFile(path) as package:
        styles = package.read("word/styles.xml").decode()

    assert 'w:eastAsia="仿宋"' in styles
    assert "eastAsiaTheme" not in styles.split("w:styleId=")[1]


def test_the_head_of_a_table_is_repeated_and_no_row_is_torn(tmp_path: Path) -> None:
    path = tmp_path / "名单.docx"
    write_docx(path, FORM, _values(名单=[{"姓名": f"某{n}", "组": n} for n in range(90)]))

    rows = Document(str(path)).tables[0].rows

    assert len(rows) == 91
    assert "w:tblHeader" in rows[0]._tr.xml
    assert all("w:cantSplit" in row._tr.xml for row in rows)


@pytest.mark.parametrize("form", FORMS.values(), ids=list(FORMS))
def test_a_template_taken_out_fills_in_as_the_built_in_one(form: Form, tmp_path: Path) -> None:
    taken, own, built_in = (tmp_path / name for name in ("模板.docx", "a.docx", "b.docx"))
    write_template(taken, form)
    values = _anything(form)

    write_docx(own, form, values, taken)
    write_docx(built_in, form, values)

    assert paragraphs(own) == paragraphs(built_in)
    assert tables(own) == tables(built_in)


class _Anything(dict[str, Any]):
    """Answers to every field: what a list needs is in it once, what a line needs is its name."""

    def __missing__(self, field: str) -> Any:
        return f"〔{field}〕"


def _anything(form: Form) -> dict[str, Any]:
    values: dict[str, Any] = {"导出说明": "说明"}

    def collect(blocks: Any, inside: dict[str, Any], entry: str) -> None:
        for block in blocks:
            if isinstance(block, Grid):
                inside[block.each.removeprefix(f"{entry}.")] = [_Anything()]
            elif isinstance(block, Repeated):
                deeper = _Anything()
                inside[block.each.removeprefix(f"{entry}.")] = [deeper]
                collect(block.blocks, deeper, block.called)
            else:
                for field in block.text.split("{{ ")[1:]:
                    name = field.split(" }}")[0].removeprefix(f"{entry}.")
                    if name != block.text.strip("{} ") or not entry:
                        inside.setdefault(name, f"〔{name}〕")

    collect(form.blocks, values, "")
    return values


def test_a_template_of_ones_own_is_filled_in(tmp_path: Path) -> None:
    own = _template(tmp_path / "自己的.docx", "标题是{{ 标题 }}", "共{{ 名单 | length }}人")
    path = tmp_path / "名单.docx"

    write_docx(path, FORM, _values(), own)

    assert paragraphs(path) == ["标题是三支部名单", "共2人"]


@pytest.mark.parametrize(
    ("line", "says"),
    [
        pytest.param("{{ 提目 }}", "“提目”认不出", id="没有的名称"),
        pytest.param("{{ 名单[0].电话 }}", "“电话”认不出", id="没有的列"),
        pytest.param("{% if 标题 %}没有写完", "写得不对", id="没有结束"),
        pytest.param("{{ 标题.__class__.__mro__ }}", "不许用的写法", id="往里钻"),
        pytest.param("{{ 名单.append(1) }}", "不许用的写法", id="改数据"),
    ],
)
def test_a_template_that_does_not_fit_says_what_to_change(
    line: str, says: str, tmp_path: Path
) -> None:
    own = _template(tmp_path / "自己的.docx", line)
    path = tmp_path / "名单.docx"

    with pytest.raises(UnfitTemplate, match=says):
        write_docx(path, FORM, _values(), own)

    assert list(tmp_path.iterdir()) == [own]


def test_a_template_that_is_no_word_file_is_refused(tmp_path: Path) -> None:
    own = tmp_path / "自己的.docx"
    own.write_text("不是Word", encoding="utf-8")

    with pytest.raises(UnfitTemplate, match="不是Word文档"):
        write_docx(tmp_path / "名单.docx", FORM, _values(), own)
    with pytest.raises(UnreadableFile, match="打不开模板"):
        write_docx(tmp_path / "名单.docx", FORM, _values(), tmp_path / "没有.docx")


def test_a_name_that_is_no_word_file_and_a_place_that_is_not_there_are_refused(
    tmp_path: Path,
) -> None:
    with pytest.raises(UnreadableFile, match=r"以 \.docx 结尾"):
        write_docx(tmp_path / "名单.doc", FORM, _values())
    with pytest.raises(UnreadableFile, match="写不了文件"):
        write_docx(tmp_path / "没有" / "名单.docx", FORM, _values())
