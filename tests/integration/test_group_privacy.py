"""Whatever is asked in a group, the group reads nothing that the privacy table keeps from it.

What people may say is said there, by a secretary, an organiser, an officer and a member; what the
group then reads is compared with what the ledgers hold, so that a text that went round the table
of facts fails here as well.
"""

from __future__ import annotations

import ast
import re
import shutil
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.domain.rights import Role
from bot.services.outbox import Letter
from bot.storage.engine import Database
from bot.storage.models import ReadLine
from handlers import INTENTS
from tests.support.hall import START, Hall

ROOT = Path(__file__).parents[2]
GROUP = "三支部群"
# People nobody names in the examples: whoever reads of one of them was told by the bot.
UNNAMED = ("慕容清风", "司马明月", "诸葛远山")
_TAILS, _REASON, _FEN, _PLACE = ("7391", "7392", "7393"), "去北戴河疗养", 73_91, "西陵峡镇党委"
SAID = [
    (writer, intent, text)
    for intent in INTENTS
    for writer in ("李建国", "周敏" if intent.for_secretaries else "赵六")
    for text in intent.examples
]
MAY_NAME_OTHERS = frozenset({"signup", "signup_cancel"})  # the list of an open activity


def _secrets() -> tuple[str, ...]:
    return (*UNNAMED, *_TAILS, _REASON, "73.91", _PLACE)


def _furnish(hall: Hall) -> None:
    """Fill the ledgers with things that no group may read."""
    world = hall.world
    world.chat(hall.branch, GROUP)
    hall.members["周敏"] = world.member("周敏", None, Role.OFFICER)
    for name, tail in zip(UNNAMED, _TAILS, strict=True):
        hall.members[name] = world.member(name, hall.branch, tail=tail, dues_fen=_FEN)
        world.account(hall.members[name], f"{name}的账号")
    first, second, third = UNNAMED
    hall.say(first, f"请假 {_REASON}")
    hall.say(second, "党费 3月 73.91")
    hall.say("王敏", f"别名 老山 {third}")
    hall.say("李建国", f"外出流动 {second}")
    hall.say("李建国", f"转出 {third} 到 {_PLACE} 党费交到3月")
    hall.say("李建国", "发通知 明天下午3点社区二楼开会")
    hall.say("李建国", "确认9")
    hall.say(first, "收到")


def test_no_example_lets_a_group_read_what_is_private(
    migrated_sqlite: Path, tmp_path: Path, leaks: list[str]
) -> None:
    shutil.copyfile(migrated_sqlite, tmp_path / "zhibu.db")  # what is said is the same on both
    hall = Hall(Database(f"sqlite:///{tmp_path / 'zhibu.db'}", scratch=True))
    _furnish(hall)
    hall.world.clock.set(START - timedelta(minutes=10))
    found: list[str] = []

    said: dict[datetime, str] = {}

    for writer, intent, text in SAID:
        hall.world.clock.advance(timedelta(milliseconds=10))
        said[hall.world.now] = f"{writer} {intent.name} {text}"
        answer = hall.say(writer, f"@小助手 {text}", chat=GROUP)
        told = [secret for secret in _secrets() if secret in answer and secret not in text]
        if told and intent.name not in MAY_NAME_OTHERS:
            found.append(f"{writer} {text}: {answer}")

    assert found == []
    assert leaks == []
    groups = [row.text for row in hall.world.outbox() if row.unit_id is not None]
    assert not [text for text in groups if any(secret in text for secret in _secrets())]
    assert _told_without_a_trace(hall, said) == []
    hall.world.database.close()


def _told_without_a_trace(hall: Hall, said: Mapping[datetime, str]) -> list[str]:
    """Return what was said whose private answer names others, and which no line of reads tells of."""
    with hall.world.database.reading() as session:
        logged = set(session.scalars(select(ReadLine.at)))
    told = {
        row.created_at: row.text
        for row in hall.world.outbox()
        if row.key.startswith("answer:") and any(name in row.text for name in UNNAMED)
    }
    return [
        f"{said[moment]}: {text}"
        for moment, text in told.items()
        if moment in said and moment not in logged and said[moment].split()[1] not in _WRITES
    ]


def test_every_letter_carries_its_facts() -> None:
    assert Letter.__dataclass_fields__["text"].type == "Text"


_WRITES = frozenset({"meeting_record"})
"""Intents that name others because they change something: the trail of changes tells of it."""

_TEXTS = ("handlers/*.py", "bot/inbound/*.py", "scheduler/**/*.py")


@pytest.mark.parametrize(
    "path",
    sorted(path for place in _TEXTS for path in ROOT.glob(place)),
    ids=lambda path: str(path.relative_to(ROOT)),
)
def test_no_text_is_put_together_round_the_facts(path: Path) -> None:
    """`Text(template.format(…))` loses the kinds of what is put in: `say` keeps them."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    loose = [
        f"{node.lineno}: {ast.unparse(node)}"
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in ("Text", "reply")
        and len(node.args) == 1
        and _is_filled_in(node.args[0])
        and not _HARMLESS.search(ast.unparse(node.args[0]))
    ]

    assert loose == []


_HARMLESS = re.compile(
    r"\.format\((?:(?:n|k|of|last|confirm|id|number)=[^,()]*(?:\([^()]*\))*,? ?)+\)$"
)
"""Only numbers and words of the bot itself are put in."""


def _is_filled_in(argument: ast.expr) -> bool:
    if isinstance(argument, ast.JoinedStr):
        return True
    return (
        isinstance(argument, ast.Call)
        and isinstance(argument.func, ast.Attribute)
        and argument.func.attr == "format"
    )
