"""Packages as pip leaves them behind: modules beside a folder that says what they add."""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib import invalidate_caches
from pathlib import Path
from shutil import copytree

TEMPLATE = Path(__file__).parents[2] / "docs" / "plugin-template"


def install_template(folder: Path) -> None:
    """Put the package of the documentation into a folder, as its own pyproject.toml describes it."""
    project = tomllib.loads((TEMPLATE / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    copytree(TEMPLATE / "zhibu_duty", folder / "zhibu_duty")
    describe(folder, project["name"], project["entry-points"], project["version"])


def install(folder: Path, name: str, code: str, entries: Mapping[str, Mapping[str, str]]) -> None:
    """Put a package of one module into a folder.

    Args:
        entries: Group → name → `module:variable`.
    """
    (folder / f"{name.replace('-', '_')}.py").write_text(code, encoding="utf-8")
    describe(folder, name, entries)


def describe(
    folder: Path, name: str, entries: Mapping[str, Mapping[str, str]], version: str = "1.0"
) -> None:
    """Write what pip writes about an installed package."""
    about = folder / f"{name.replace('-', '_')}-{version}.dist-info"
    about.mkdir()
    (about / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n", encoding="utf-8"
    )
    lines = [
        line
        for group, own in entries.items()
        for line in (f"[{group}]", *(f"{key} = {value}" for key, value in own.items()), "")
    ]
    (about / "entry_points.txt").write_text("\n".join(lines), encoding="utf-8")


@contextmanager
def importable(folder: Path) -> Iterator[None]:
    """Let what is in a folder be imported, and forget it afterwards."""
    before = set(sys.modules)
    sys.path.insert(0, str(folder))
    invalidate_caches()
    try:
        yield
    finally:
        sys.path.remove(str(folder))
        for name in set(sys.modules) - before:
            if str(folder) in str(getattr(sys.modules[name], "__file__", "")):
                del sys.modules[name]
