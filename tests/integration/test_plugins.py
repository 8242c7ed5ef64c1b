"""Installed packages add to the bot, and what breaks in one of them stops nothing else."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import select

from bot import plugins
from bot.channels.simulator import SPACE
from bot.cli import vitals
from bot.config import Config, parse
from bot.domain.incoming import Incoming
from bot.domain.rights import Role
from bot.domain.sending import SendState
from bot.main import App, Core, build, load_plugins
from bot.plugins import BROKEN, EMPTY, MISSING, NOT_ONE, TAKEN, Plugins
from bot.services.ports import Sample
from bot.stage import simulated_core
from bot.storage.engine import Database
from bot.storage.models import Outbox
from bot.storage.sealing import TextSeal
from bot.testing import check_channel, check_intent, check_rule, load
from tests.support.plugins import TEMPLATE, importable, install, install_template
from tests.support.world import World

NAME = "zhibu-duty"
BAD = "zhibu-bad"
BREAKS = """
from bot.inbound.intents import Intent, Reading, Strength, Waiting
from bot.inbound.replies import reply
from scheduler.rule import Rule, daily

def _break(*given):
    raise RuntimeError("broken")

def _later(*given):
    yield from ()
    raise RuntimeError("broken")

def _say_it(utterance):
    return [Reading(None, Strength.CLEAR, (0, len(utterance.text)))] if utterance.text == "出错" else []

READS = Intent("bad_reads", "读坏", _break, lambda s, c: reply("好"), ("甲",), ("乙",), waits=_break)
HANDLES = Intent("bad_handles", "办坏", _say_it, _break, ("出错",), ("乙",))
ASKS = Rule("bad_asks", "问坏", "自定", lambda a, u: daily(a, u, 9), _later, _break, behind=_break)
CUTS = Rule("bad_cuts", "切坏", "自定", _break, _later, _break)

def build(config, parts):
    raise RuntimeError("no such thing")
"""
PIECES = {
    "zhibu.intents": {"reads": "zhibu_bad:READS", "handles": "zhibu_bad:HANDLES"},
    "zhibu.rules": {"asks": "zhibu_bad:ASKS", "cuts": "zhibu_bad:CUTS"},
    "zhibu.channels": {"bad_board": "zhibu_bad:build"},
}


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """Return a folder in which packages can be installed."""
    place = tmp_path / "site"
    place.mkdir()
    with importable(place):
        yield place


def _configured(
    tmp_path: Path, *packages: str, channels: tuple[dict[str, object], ...] = ()
) -> Config:
    return parse({"plugins": {"packages": list(packages)}, "channel": list(channels)}, tmp_path)


def _served(config: Config, migrated: str) -> App:
    url = config.database.url.get_secret_value()
    Path(url.removeprefix("sqlite:///")).parent.mkdir(parents=True, exist_ok=True)
    Path(url.removeprefix("sqlite:///")).write_bytes(Path(migrated).read_bytes())
    return build(config)


def _core(world: World, added: Plugins, heard: list[str] | None = None) -> Core:
    """Return a core with what packages add."""
    seal = TextSeal(AESGCM.generate_key(256))
    told: list[str] = [] if heard is None else heard
    return simulated_core(world.database, world.clock, seal, lambda d: told.append(d.text), added)


def _say(own: Core, world: World, text: str) -> str:
    message = Incoming(SPACE, SPACE, f"m:{text}", None, "张三", world.now, text)
    return own.pipeline.receive(message).text or ""


def test_the_template_of_the_documentation_passes_its_own_tests(
    folder: Path, tmp_path: Path
) -> None:
    install_template(folder)
    path = [str(folder), str(TEMPLATE.parents[1])]

    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-c", "/dev/null"]

    done = subprocess.run(
        [*command, "--rootdir", str(tmp_path), str(TEMPLATE / "tests")],
        env={"PYTHONPATH": ":".join(path), "PATH": "/usr/bin:/bin", "TZ": "UTC", "PYTHONUTF8": "1"},
        capture_output=True,
        text=True,
        timeout=120,
    )

    assert "2 passed" in done.stdout, done.stdout + done.stderr


def test_only_what_is_configured_is_loaded(folder: Path, tmp_path: Path) -> None:
    install_template(folder)

    nothing = load_plugins(_configured(tmp_path))

    assert nothing.packages == ()
    assert "zhibu_duty" not in sys.modules


def test_a_package_adds_a_saying_a_reminder_and_a_channel(
    folder: Path, tmp_path: Path, migrated_sqlite: Path
) -> None:
    install_template(folder)
    board: dict[str, object] = {
        "kind": "plugin",
        "name": "board",
        "use": "notice_board",
        "unit": "第三党支部",
        "settings": {"folder": str(tmp_path / "board")},
    }

    app = _served(_configured(tmp_path, NAME, channels=(board,)), str(migrated_sqlite))

    try:
        assert [each.name for each in app.channels] == ["board"]
        assert app.core.routes.groups["第三党支部"].channel == "board"
        sender = app.channels[0].sender
        assert sender is not None
        sender.send(sender.compose(["group"], "3月16日（周一）主题党日"))
        (page,) = (tmp_path / "board").iterdir()
        assert page.read_text(encoding="utf-8") == "3月16日（周一）主题党日"
    finally:
        app.core.database.close()


def test_a_reminder_of_a_package_is_planned_and_sent_as_it_was_planned(
    folder: Path, database: Database
) -> None:
    install_template(folder)
    world = World(database)
    world.member("李书记", world.unit("第三党支部"), Role.SECRETARY)
    added = load([NAME])
    heard: list[str] = []
    own = _core(world, added, heard)
    own.turn()
    planned = [
        line.text
        for line in own.planner.plan(world.now, world.now + timedelta(days=21))
        if "duty_list" in line.rule
    ]

    own.run_until(world.clock, world.now + timedelta(days=21))

    assert planned == ["李书记您好：4月的值班表请更新，贴到公告栏。"]
    assert [text for text in heard if "值班表" in text] == planned


def test_what_is_missing_empty_taken_or_no_piece_at_all_is_left_out_and_told(
    folder: Path, tmp_path: Path
) -> None:
    install(folder, "zhibu-empty", "", {})
    install(folder, "zhibu-dies", "raise SystemExit(3)", {"zhibu.rules": {"a": "zhibu_dies:RULE"}})
    install(folder, "zhibu-wrong", "RULE = 5", {"zhibu.rules": {"a": "zhibu_wrong:RULE"}})
    install(
        folder,
        "zhibu-twice",
        "from handlers.help import INTENT",
        {"zhibu.intents": {"a": "zhibu_twice:INTENT"}},
    )
    names = ("zhibu-nowhere", "zhibu-empty", "zhibu-dies", "zhibu-wrong", "zhibu-twice")

    added = load_plugins(_configured(tmp_path, *names))

    assert {each.name: each.problems for each in added.packages} == {
        "zhibu-nowhere": (MISSING.format(name="zhibu-nowhere"),),
        "zhibu-empty": (EMPTY,),
        "zhibu-dies": (BROKEN.format(piece="zhibu_dies:RULE", error="SystemExit"),),
        "zhibu-wrong": (NOT_ONE.format(piece="zhibu_wrong:RULE", what="一条提醒（Rule）"),),
        "zhibu-twice": (TAKEN.format(piece="Intent", name="help"),),
    }
    assert (added.intents, added.rules, dict(added.channels)) == ((), (), {})
    with pytest.raises(AssertionError, match="zhibu-empty"):
        load(["zhibu-empty"])


def test_a_broken_saying_keeps_no_message_from_the_others(folder: Path, database: Database) -> None:
    install(folder, BAD, BREAKS, PIECES)
    world = World(database)
    branch = world.unit("第三党支部")
    world.member("张三", branch)
    added = load([BAD])
    own = _core(world, added)

    fine = _say(own, world, "我的")
    broken = _say(own, world, "出错")

    assert "本周没有待办" in fine
    assert "还没有记上" in broken
    assert added.counts()[BAD] >= 3  # reading twice or more, and acting once


def test_a_broken_reminder_stops_neither_tick_nor_plan_nor_the_others(
    folder: Path, database: Database
) -> None:
    install(folder, BAD, BREAKS, PIECES)
    install_template(folder)
    world = World(database)
    world.member("李书记", world.unit("第三党支部"), Role.SECRETARY)
    own = _core(world, load([BAD, NAME]))
    own.ticker.tick()

    plan = own.planner.plan(world.now, world.now + timedelta(days=21))
    world.clock.set(world.now + timedelta(days=20))
    ticked = own.ticker.tick()

    assert any("duty_list" in line.rule for line in plan)
    assert set(ticked.failed) == {"bad_asks", "bad_cuts"}
    with database.reading() as session:
        rows = session.scalars(select(Outbox.rule).where(Outbox.state == SendState.QUEUED))
        assert "duty_list" in set(rows)


def test_a_broken_channel_is_left_out_and_the_doctor_says_so(
    folder: Path, tmp_path: Path, migrated_sqlite: Path
) -> None:
    install(folder, BAD, BREAKS, PIECES)
    install_template(folder)
    common = {"kind": "plugin", "unit": "第三党支部"}
    config = _configured(
        tmp_path,
        BAD,
        NAME,
        channels=(
            {**common, "name": "one", "use": "bad_board"},
            {**common, "name": "two", "use": "no_board"},
            {**common, "name": "three", "use": "notice_board"},
            {
                **common,
                "name": "four",
                "use": "notice_board",
                "settings": {"folder": str(tmp_path)},
            },
        ),
    )

    app = _served(config, str(migrated_sqlite))
    said = [check.sentence for check in vitals.look_at_platforms(config, app.core.clock)]
    packages = [check.sentence for check in vitals.look_at_plugins(config)]
    samples = [sample for sample in app.health.samples() if sample.name == "plugin_faults"]
    app.core.database.close()

    assert [each.name for each in app.channels] == ["four"]
    text = "\n".join(said)
    assert "渠道 one：插件的 bad_board 装不上，没有启用，其余照常。请看日志。" in text
    assert (
        "[[channel]]（two）的 use：装好的插件里没有 no_board（现有：bad_board、notice_board）"
        in text
    )
    assert "[[channel]]（three）的 settings：要写 folder" in text
    assert f"插件 {NAME} 0.1.0：1种说法、1条提醒、1种渠道。" in packages
    assert Sample("plugin_faults", 1, (("package", BAD),)) in samples


def test_the_kit_finds_what_would_go_astray(folder: Path) -> None:
    install(folder, BAD, BREAKS, PIECES)
    added = plugins.load([BAD])
    reads = added.packages[0].intents[1]
    rule = added.packages[0].rules[0]

    with pytest.raises(AssertionError, match="没有读成它"):
        check_intent(added.intents[0])
    check_intent(reads)
    check_rule(rule)
    with pytest.raises(RuntimeError):
        check_channel(added.channels["bad_board"], settings={})
    assert Plugins().counts() == {}
