"""The launcher `./zhibu`, with a Python whose environments are made in no time."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

_LAUNCHER = Path(__file__).parents[2] / "zhibu"

# Makes environments of a shell script or two; everything else the real Python does.
_PYTHON = r"""#!/bin/sh
case "$1 $2" in
    "-m venv")
        mkdir -p "$3/bin"
        printf '#!/bin/sh\n[ "$2" = pip ] || exec "{python}" "$@"\n' >"$3/bin/python"
        printf '#!%s/bin/python\n' "$3" >"$3/bin/pip"
        printf '#!/bin/sh\necho tool of %s\n' "$3" >"$3/bin/tool"
        chmod +x "$3/bin/"*
        echo "$3" >>"{journal}"
        ;;
    *) exec "{python}" "$@" ;;
esac
"""

Launch = Callable[..., str]


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    """Return a file that names every environment that was made, in order."""
    path = tmp_path / "made"
    path.touch()
    return path


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Return a checkout with the launcher and its locks, and nothing else."""
    folder = tmp_path / "here"
    (folder / "requirements").mkdir(parents=True)
    shutil.copy(_LAUNCHER, folder / "zhibu")
    for lock in ("base", "dev"):
        (folder / "requirements" / f"{lock}.lock").write_text(f"# {lock}\n")
    return folder.resolve()


@pytest.fixture
def launch(tmp_path: Path, journal: Path) -> Launch:
    """Return a way to run the launcher of a checkout; gives what it printed."""
    programs = tmp_path / "programs"
    programs.mkdir()
    real = shutil.which("python3")
    assert real is not None
    stub = _PYTHON.replace("{python}", os.path.realpath(real)).replace("{journal}", str(journal))
    (programs / "python3.14").write_text(stub)
    (programs / "python3.14").chmod(0o755)
    path = f"{programs}{os.pathsep}{os.environ['PATH']}"

    def run(checkout: Path, *words: str) -> str:
        done = subprocess.run(
            [str(checkout / "zhibu"), *words],
            env={**os.environ, "PATH": path},
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout.strip()

    return run


def made(journal: Path) -> list[Path]:
    """Return the environments that were made so far."""
    return [Path(line) for line in journal.read_text().splitlines()]


def test_it_builds_once_and_links_to_what_it_built(
    checkout: Path, launch: Launch, journal: Path
) -> None:
    first = launch(checkout, "dev", "tool")
    again = launch(checkout, "dev", "tool")

    [built] = made(journal)
    assert first == again == f"tool of {built}"
    assert built.parent == checkout / ".venvs"
    assert (checkout / ".venv-dev").resolve() == built


def test_it_builds_anew_where_a_lock_has_changed_and_keeps_what_ran(
    checkout: Path, launch: Launch, journal: Path
) -> None:
    launch(checkout, "dev", "tool")
    (checkout / "requirements" / "dev.lock").write_text("# newer\n")

    launch(checkout, "dev", "tool")

    before, after = made(journal)
    assert before.exists()
    assert (checkout / ".venv-dev").resolve() == after


def test_it_leaves_an_environment_of_ones_own_alone(
    checkout: Path, launch: Launch, journal: Path
) -> None:
    own = checkout / ".venv-dev" / "mine"
    own.parent.mkdir()
    own.write_text("years of work")

    said = launch(checkout, "dev", "tool")

    assert said == f"tool of {made(journal)[0]}"
    assert own.read_text() == "years of work"


@pytest.mark.parametrize("how", ["moved", "copied"])
def test_a_checkout_in_a_new_place_runs_nothing_of_the_old(
    tmp_path: Path, checkout: Path, launch: Launch, journal: Path, how: str
) -> None:
    launch(checkout, "dev", "tool")
    there = tmp_path.resolve() / "there"
    if how == "moved":
        checkout.rename(there)
    else:
        shutil.copytree(checkout, there, symlinks=True)

    said = launch(there, "dev", "tool")

    assert said == f"tool of {made(journal)[-1]}"
    assert made(journal)[-1].is_relative_to(there)


def test_a_checkout_that_borrows_environments_leaves_them_as_they_are(
    tmp_path: Path, checkout: Path, launch: Launch, journal: Path
) -> None:
    """A second worktree may link to the first one's `.venvs`."""
    launch(checkout, "dev", "tool")
    second = tmp_path / "second"
    shutil.copytree(checkout, second, ignore=shutil.ignore_patterns(".venv*"))
    (second / ".venvs").symlink_to(checkout / ".venvs")

    said = launch(second, "dev", "tool")

    assert said == f"tool of {made(journal)[0]}"
    assert len(made(journal)) == 1
