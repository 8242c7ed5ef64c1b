"""Tables in files: what people hand in is read as they see it, what we write stays text."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook

from bot.files import xlsx
from bot.files.tables import (
    CellValue,
    Formula,
    Sheets,
    UnreadableFile,
    read_sheets,
    write_sheets,
)

LIVE = ("=1+1", "+86 138", "-5", "@all", "'=x")


def rows_of(path: Path) -> list[list[CellValue]]:
    """Return the rows of the first sheet."""
    for sheet in read_sheets(path):
        return [list(row) for _, row in sheet.rows]
    return []


def written(path: Path, *rows: Sequence[CellValue]) -> Path:
    """Write a table of two columns."""
    write_sheets(path, Sheets("表", ("甲", "乙"), rows))
    return path


@pytest.mark.parametrize("ending", ["xlsx", "csv"])
def test_it_reads_back_what_it_wrote(tmp_path: Path, ending: str) -> None:
    path = written(tmp_path / f"表.{ending}", ("张三", "0123"), ("李，四\n二行", '"引号"'))

    assert rows_of(path) == [["甲", "乙"], ["张三", "0123"], ["李，四\n二行", '"引号"']]


@pytest.mark.parametrize("ending", ["xlsx", "csv"])
@pytest.mark.parametrize("text", LIVE)
def test_a_text_that_looks_like_a_formula_comes_back_as_it_was(
    tmp_path: Path, ending: str, text: str
) -> None:
    path = written(tmp_path / f"表.{ending}", (text, "x"))

    assert rows_of(path)[1][0] == text


@pytest.mark.parametrize("text", LIVE[:4])
def test_a_text_never_becomes_a_live_formula(tmp_path: Path, text: str) -> None:
    as_xlsx = written(tmp_path / "表.xlsx", (text, "x"))
    as_csv = written(tmp_path / "表.csv", (text, "x"))

    cell = load_workbook(as_xlsx).active["A2"]  # type: ignore[index]
    assert (cell.data_type, cell.value) == ("s", text)
    assert as_csv.read_text("utf-8-sig").splitlines()[1] == f"'{text},x"


def test_days_and_numbers_keep_their_kind_in_a_workbook(tmp_path: Path) -> None:
    path = written(tmp_path / "表.xlsx", (date(2020, 7, 1), 20.5), (3, 0.2))

    assert rows_of(path)[1:] == [[datetime(2020, 7, 1), 20.5], [3, 0.2]]  # noqa: DTZ001 - a day


def test_a_formula_in_a_file_is_told_apart_from_a_text(tmp_path: Path) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet["A1"] = "=1+1"
    book.save(tmp_path / "表.xlsx")

    assert rows_of(tmp_path / "表.xlsx") == [[Formula("=1+1")]]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_it_reads_csv_in_the_encodings_of_excel_and_wps(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "表.csv"
    path.write_bytes("姓名,尾号\r\n张𬭎,0123\r\n".encode(encoding))

    assert rows_of(path) == [["姓名", "尾号"], ["张𬭎", "0123"]]


@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_it_finds_the_separator(tmp_path: Path, mark: str) -> None:
    path = tmp_path / "表.csv"
    path.write_text(f"姓名{mark}尾号\n张三{mark}0123\n", encoding="utf-8")

    assert rows_of(path)[1] == ["张三", "0123"]


def test_the_content_decides_and_not_the_ending(tmp_path: Path) -> None:
    path = written(tmp_path / "表.xlsx", ("张三", "x")).rename(tmp_path / "表.csv")

    assert rows_of(path)[1] == ["张三", "x"]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        pytest.param(b"\xd0\xcf\x11\xe0\xa1\xb1", "旧版 .xls", id="旧版或加密"),
        pytest.param(b"PK\x03\x04 broken", "可能已损坏", id="损坏的包"),
        pytest.param(b"\x00\x01\xff\xfe\x00", "不是表格文件", id="二进制"),
    ],
)
def test_it_says_what_is_wrong_with_a_file(tmp_path: Path, content: bytes, says: str) -> None:
    path = tmp_path / "名册.xlsx"
    path.write_bytes(content)

    with pytest.raises(UnreadableFile) as refused:
        rows_of(path)

    assert says in refused.value.sentence


def test_a_package_that_is_no_workbook_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "名册.xlsx"
    with zipfile.ZipFile(path, "w") as package:
        package.writestr("readme.txt", "x")

    with pytest.raises(UnreadableFile, match="可能已损坏"):
        rows_of(path)


def test_a_zip_bomb_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    path = written(tmp_path / "表.xlsx", ("张三", "x"))
    with (
        zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as package,
        package.open("xl/media/bomb.bin", "w", force_zip64=True) as part,
    ):
        for _ in range(xlsx.MAX_UNPACKED // 2**20 + 1):
            part.write(bytes(2**20))

    assert path.stat().st_size < 2**20
    with pytest.raises(UnreadableFile, match="解开后太大"):
        rows_of(path)


def test_hidden_sheets_are_passed_over(tmp_path: Path) -> None:
    book = Workbook()
    hidden, shown = book.active, book.create_sheet("名册")
    assert hidden is not None
    hidden.sheet_state = "hidden"
    hidden["A1"], shown["A1"] = "旧", "新"
    book.save(tmp_path / "表.xlsx")

    assert rows_of(tmp_path / "表.xlsx") == [["新"]]


def test_it_refuses_to_write_anything_but_tables(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match=r"以 \.xlsx 或 \.csv 结尾"):
        written(tmp_path / "名册.doc", ("张三", "x"))

    assert not list(tmp_path.iterdir())


def test_a_failed_write_leaves_the_old_file_alone(tmp_path: Path) -> None:
    path = written(tmp_path / "表.csv", ("张三", "x"))
    before = path.read_bytes()

    def breaking() -> list[Sequence[CellValue]]:
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        write_sheets(path, Sheets("表", ("甲",), breaking()))

    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]
