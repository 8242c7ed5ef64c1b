"""The threat model keeps its word: every control it names is tested where it says."""

from __future__ import annotations

import json
import re
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from tests import audit

ROOT = Path(__file__).parents[2]
MODEL = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
NAMED = re.findall(r"`(tests/[\w/]+\.py)::(test_\w+)`", MODEL)


@pytest.mark.parametrize(("path", "name"), NAMED, ids=[name for _, name in NAMED])
def test_a_test_named_in_the_threat_model_exists(path: str, name: str) -> None:
    text = (ROOT / path).read_text(encoding="utf-8")

    assert re.search(rf"^def {name}\(", text, re.MULTILINE)


def test_every_threat_names_a_control_and_a_test() -> None:
    rows = [line for line in MODEL.splitlines() if line.startswith("| ") and "---" not in line]
    threats = [line for line in rows if not line.startswith("| 怕什么")]

    assert len(threats) > 20
    for line in threats:
        _, threat, control, tests, _ = (cell.strip() for cell in line.split("|"))
        assert threat and control  # noqa: PT018 - one row
        assert re.search(r"`tests/[\w/]+\.py::test_\w+`", tests), threat


def test_what_the_program_writes_is_for_its_user_alone(tmp_path: Path) -> None:
    for command in ("init", "upgrade"):
        subprocess.run(
            [sys.executable, "-m", "bot", command],
            cwd=tmp_path,
            check=True,
            capture_output=True,
            env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin", "PYTHONUTF8": "1"},
            umask=0o022,
        )

    written = list(tmp_path.rglob("*"))
    assert {path.name for path in written} >= {"zhibu.toml", "data", "zhibu.db"}
    for path in written:
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path


def test_every_locked_package_has_hashes() -> None:
    for lock in sorted((ROOT / "requirements").glob("*.lock")):
        text = lock.read_text(encoding="utf-8").replace("\\\n", " ")
        lines = [line for line in text.splitlines() if line.strip()]
        assert lines
        assert all("--hash=sha256:" in line for line in lines), lock


def _report(*packages: tuple[str, list[str]]) -> str:
    found = [
        {"name": name, "version": "1.0", "vulns": [{"id": hole} for hole in holes]}
        for name, holes in packages
    ]
    return json.dumps({"dependencies": found})


def test_an_audit_that_could_not_be_made_says_so() -> None:
    skipped = json.dumps({"dependencies": [{"name": "zhibu", "skip_reason": "not on PyPI"}]})

    for report in ("", "{", "[]", _report(), skipped):
        code, sentence = audit.verdict(report, "连不上漏洞库")
        assert code == audit.UNKNOWN
        assert sentence.startswith("没有查成")
        assert "不等于没有漏洞" in sentence


def test_an_audit_tells_what_it_found() -> None:
    fine = audit.verdict(_report(("flask", []), ("jinja2", [])), "")
    holes = audit.verdict(_report(("flask", ["CVE-1", "CVE-2"]), ("jinja2", [])), "")

    assert fine == (audit.FINE, "查了2个软件包，没有已知的漏洞。")
    assert holes == (audit.FOUND, "1个软件包有已知的漏洞：\n  flask 1.0：CVE-1、CVE-2")
