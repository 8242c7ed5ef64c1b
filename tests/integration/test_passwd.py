"""`zhibu passwd`: a password for the pages, typed twice and never shown."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from bot.cli import cli, run


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an empty folder to work in, with an officer."""
    monkeypatch.chdir(tmp_path)
    assert run(["upgrade"]) == 0
    assert run(["officer", "add", "李芳"]) == 0
    return tmp_path


def test_it_sets_the_password_of_who_holds_a_post(folder: Path) -> None:
    done = CliRunner().invoke(cli, ["passwd", "李芳"], input="correct horse\ncorrect horse\n")

    assert done.exit_code == 0, done.output
    assert "李芳（街道）的网页密码设好了" in done.output
    assert "correct" not in done.output


def test_it_says_who_is_not_found(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    refused = CliRunner().invoke(cli, ["passwd", "张三"], input="correct horse\ncorrect horse\n")

    assert "没有找到担任职务的张三" in str(refused.exception)
