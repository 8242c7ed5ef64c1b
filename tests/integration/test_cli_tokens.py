"""`zhibu token`: made once, listed without the secret, ended at once."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.cli import run

ROSTER = "姓名,党组织,手机尾号,职务\n张三,第三党支部,0123,书记\n李四,第三党支部,5678,\n"
Zhibu = Callable[..., tuple[int, str, str]]


@pytest.fixture
def zhibu(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Zhibu:
    """Return a way to run a command in a folder with a small branch: code, output, errors."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "名册.csv").write_text(ROSTER, encoding="utf-8")

    def run_it(*arguments: str) -> tuple[int, str, str]:
        code = run(arguments)
        told = capsys.readouterr()
        return code, told.out, told.err

    run_it("import", "roster", "名册.csv")
    return run_it


def test_a_token_is_made_listed_and_ended(zhibu: Zhibu) -> None:
    code, made, _ = zhibu(
        "token", "add", "张三", "--scope", "roll:read,meetings:read", "--note", "街道门户"
    )
    _, listed, _ = zhibu("token", "list")
    _, ended, _ = zhibu("token", "revoke", "1")
    _, after, _ = zhibu("token", "list")

    assert code == 0
    assert "以张三的身份，一直有效。只显示这一次" in made
    secret = re.search(r"zhibu_1_[A-Za-z0-9_-]{43}", made)
    assert secret is not None
    assert secret[0] not in listed
    assert "1  张三  街道门户  roll:read,meetings:read  一直有效  还没有用过" in listed
    assert "令牌1（张三，街道门户）已经收回" in ended
    assert "已收回" in after


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        pytest.param(("张三", "--scope", "all"), "没有 all 这种范围", id="没有的范围"),
        pytest.param(("张三", "--scope", ","), "没有 空的 这种范围", id="没有写范围"),
        pytest.param(("李四", "--scope", "roll:read"), "现在没有职务", id="没有职务"),
        pytest.param(("王五", "--scope", "roll:read"), "名册里没有“王五”", id="没有这个人"),
        pytest.param(("张三", "--scope", "roll:read", "--days", "731"), "最多730天", id="太久"),
    ],
)
def test_what_cannot_be_a_token_is_refused(
    zhibu: Zhibu, arguments: tuple[str, ...], words: str
) -> None:
    code, _, err = zhibu("token", "add", *arguments, "--note", "门户")

    assert code == 1
    assert words in err


def test_a_token_that_is_not_there_cannot_be_ended(zhibu: Zhibu) -> None:
    _, empty, _ = zhibu("token", "list")
    code, _, err = zhibu("token", "revoke", "7")

    assert "还没有发过令牌" in empty
    assert (code, "没有编号7的令牌" in err) == (1, True)
