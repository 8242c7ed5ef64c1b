"""`make corpus`: the scores of all sets, of this folder or another one."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tests.corpus import (
    CHAINS,
    HERE,
    MESSAGES,
    VALUES,
    read_lines,
    score_chains,
    score_chatter,
    score_messages,
    score_values,
)


def main(folder: str | None) -> None:
    """Print a line a set; with `--record` keep what was reached as the floors."""
    if folder and folder != "--record":
        print_folder(Path(folder))
        return
    floors: list[str] = []
    for name in MESSAGES:
        floors += print_scores(name, score_messages(read_lines(HERE / f"{name}.jsonl")))
    for name in CHAINS:
        floors += print_scores(name, score_chains(read_lines(HERE / f"{name}.jsonl")))
    for name in VALUES:
        share = score_values(read_lines(HERE / f"{name}.jsonl"))
        print(f"{name:16}core {share:.3f}")
        floors += [f"[{name}]", f"core = {share:.4f}", ""]
    if folder == "--record":
        (HERE / "floors.toml").write_text("\n".join(floors), encoding="utf-8")


def print_scores(name: str, found: Any) -> list[str]:
    """Print the scores of a set and return them as lines of the floors."""
    values: dict[str, float] = asdict(found)
    print(f"{name:16}" + "  ".join(f"{key} {value:.3f}" for key, value in values.items()))
    return [f"[{name}]", *(f"{key} = {value:.4f}" for key, value in values.items()), ""]


def print_folder(folder: Path) -> None:
    """Print the scores of every file of a folder: messages, values or chatter."""
    for path in sorted(folder.glob("*.jsonl")):
        lines = read_lines(path)
        if "kind" in lines[0]:
            print(f"{path.stem:16}core {score_values(lines):.3f}")
        elif "is_chain" in lines[0]:
            print(f"{path.stem:16}{score_chains(lines)}")
        elif "expect" in lines[0]:
            print(f"{path.stem:16}{score_messages(lines)}")
    for path in sorted(folder.glob("*.txt")):
        texts = path.read_text(encoding="utf-8").splitlines()
        print(f"{path.stem:16}fired {score_chatter(texts):.4f} of {len(texts)}")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else None)
