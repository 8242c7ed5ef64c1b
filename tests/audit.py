"""`python -m tests.audit`: known holes in what we depend on; where that cannot be told, it says so.

pip-audit ends with 1 both when it found something and when it reached nobody, so what it wrote
decides: without a report nothing was looked at.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

_ROOT = Path(__file__).parents[1]
_PLACE = _ROOT / ".venvs" / "audit"
NOT_MADE = "没有查成：{why}。这不等于没有漏洞，请在能上网的机器上再运行一次 make audit。"
CLEAN = "查了{n}个软件包，没有已知的漏洞。"
HOLES = "{n}个软件包有已知的漏洞：\n{listed}"
FINE, FOUND, UNKNOWN = 0, 1, 2


def verdict(report: str, why: str) -> tuple[int, str]:
    """Return the exit code and the sentence for what pip-audit wrote.

    Args:
        report: Its JSON; empty where it came to nothing.
        why: What to say then.
    """
    try:
        packages = json.loads(report)["dependencies"]
    except (ValueError, KeyError, TypeError):
        return UNKNOWN, NOT_MADE.format(why=why)
    skipped = [each["name"] for each in packages if "skip_reason" in each]
    if skipped or not packages:
        return UNKNOWN, NOT_MADE.format(why=f"查不了 {'、'.join(skipped) or '一个软件包也没有'}")
    bad = [each for each in packages if each["vulns"]]
    if not bad:
        return FINE, CLEAN.format(n=len(packages))
    lines = [
        f"  {each['name']} {each['version']}：{'、'.join(hole['id'] for hole in each['vulns'])}"
        for each in bad
    ]
    return FOUND, HOLES.format(n=len(bad), listed="\n".join(lines))


def main() -> int:
    """Look, print, and return the exit code."""
    python = _PLACE / "bin" / "python"
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    subprocess.run([sys.executable, "-m", "venv", str(_PLACE)], check=True)
    install = [str(python), "-m", "pip", "install", "-q", "--disable-pip-version-check"]
    if subprocess.run([*install, "pip-audit"], check=False, **quiet).returncode:  # type: ignore[call-overload]  # the two streams
        code, sentence = verdict("", "装不上 pip-audit")
    else:
        code, sentence = _look(python)
    print(sentence)
    return code


def _look(python: Path) -> tuple[int, str]:
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        lock = _ROOT / "requirements" / "dev.lock"
        command = [str(python), "-m", "pip_audit", "--disable-pip", "--require-hashes"]
        command += ["-r", str(lock), "-f", "json", "-o", str(report)]
        try:
            subprocess.run(command, check=False, capture_output=True, timeout=600)
        except subprocess.TimeoutExpired:
            return verdict("", "漏洞库没有回应")
        return verdict(report.read_text("utf-8") if report.exists() else "", "连不上漏洞库")


if __name__ == "__main__":
    sys.exit(main())
