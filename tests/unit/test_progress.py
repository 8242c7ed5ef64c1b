"""The progress bar: for people at a terminal, and for nobody else."""

from __future__ import annotations

import io
import sys

import pytest

from bot.cli.progress import watching


class Terminal(io.StringIO):
    """What a person looks at."""

    def isatty(self) -> bool:
        """It is one."""
        return True


def test_somebody_at_a_terminal_sees_how_far_it_has_come(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", terminal := Terminal())

    with watching() as watch:
        watch.begin("读表", 4)
        watch.advance(2)
        watch.begin("写入名册", 4)
        watch.advance(4)

    assert "读表" in terminal.getvalue()
    assert "50%" in terminal.getvalue()
    assert "写入名册" in terminal.getvalue()
    assert "100%" in terminal.getvalue()


def test_without_a_total_there_is_no_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", terminal := Terminal())

    with watching() as watch:
        watch.begin("读表", None)
        watch.advance(500)

    assert terminal.getvalue() == ""


def test_a_pipe_gets_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", pipe := io.StringIO())

    with watching() as watch:
        watch.begin("读表", 4)
        watch.advance(4)

    assert pipe.getvalue() == ""
