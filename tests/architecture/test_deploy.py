"""What stands under docs/deploy is checked as far as it can be without running it."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import click
import pytest

from bot.cli import cli
from bot.config import parse as parse_config
from bot.web import api, server, webhook
from bot.web.pages.health import MEANS
from tests.support import plain_yaml

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "docs" / "deploy"
UNITS = sorted([*DEPLOY.glob("*.service"), *DEPLOY.glob("*.timer")])
SERVICES = [path for path in UNITS if path.suffix == ".service"]
LASTING = [path for path in SERVICES if "backup" not in path.name]
SIZES = {"k": 1024, "m": 1024 * 1024}


def _unit(path: Path) -> dict[str, dict[str, list[str]]]:
    """Return section → key → values; a key may stand more than once."""
    found: dict[str, dict[str, list[str]]] = {}
    section = ""
    for line in path.read_text(encoding="utf-8").splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        if line.startswith("["):
            section = line.strip("[]")
            continue
        key, equals, value = line.partition("=")
        assert equals, line
        found.setdefault(section, {}).setdefault(key, []).append(value)
    return found


def _commands(text: str) -> list[list[str]]:
    return [found.split() for found in re.findall(r"/opt/zhibu/zhibu ([^&']+)", text)]


@pytest.mark.parametrize("path", SERVICES, ids=lambda path: path.name)
def test_a_unit_runs_commands_that_there_are(path: Path) -> None:
    service = _unit(path)["Service"]
    starts = [*service.get("ExecStartPre", []), *service["ExecStart"]]
    commands = [command for start in starts for command in _commands(start)]

    assert commands
    # systemd takes a single $ or % for itself.
    assert not any(re.search(r"(?<!\$)\$(?!\$)|(?<!%)%(?![%i])", start) for start in starts)
    for name, *options in commands:
        command = cli.commands[name]
        known = {option for each in command.params for option in each.opts}
        assert {option for option in options if option.startswith("--")} <= known


@pytest.mark.parametrize("path", SERVICES, ids=lambda path: path.name)
def test_a_unit_runs_as_its_own_user_and_sees_little(path: Path) -> None:
    service = _unit(path)["Service"]

    assert service["User"] == ["zhibu"]
    assert service["UMask"] == ["0077"]
    for key in ("NoNewPrivileges", "PrivateTmp", "ProtectHome"):
        assert service[key] == ["yes"], key
    assert service["ProtectSystem"] == ["strict"]


@pytest.mark.parametrize("path", LASTING, ids=lambda path: path.name)
def test_a_unit_that_lasts_comes_back_and_is_given_time_to_finish(path: Path) -> None:
    unit = _unit(path)
    service = unit["Service"]

    assert service["Restart"] == ["always"]
    assert unit["Unit"]["StartLimitIntervalSec"] == ["0"]
    assert int(service["TimeoutStopSec"][0]) > 20  # what `server.serve` may take
    needs_postgres = "zhibu.service" not in path.name
    assert service["Environment"] == [f"ZHIBU_LOCK={'scale' if needs_postgres else 'base'}"]


def test_the_timer_names_a_unit_and_its_zone() -> None:
    timer = _unit(DEPLOY / "zhibu-backup.timer")["Timer"]

    assert (DEPLOY / "zhibu-backup.service").exists()
    assert timer["OnCalendar"][0].endswith("Asia/Shanghai")


def _locations() -> dict[str, str]:
    text = (DEPLOY / "nginx.conf").read_text(encoding="utf-8")
    assert text.count("{") == text.count("}")
    return dict(re.findall(r"location (?:~ )?(\S+) \{(.*?)\n    \}", text, re.DOTALL))


@pytest.mark.parametrize(
    ("location", "limit"),
    [
        (webhook.PREFIX, webhook.MAX_BODY),
        ("/api/", api.MAX_BODY),
        ("/", server.MAX_BODY),
    ],
)
def test_nginx_lets_through_what_we_take_and_no_more(location: str, limit: int) -> None:
    found = re.search(r"client_max_body_size (\d+)([km]);", _locations()[location])

    assert found is not None
    assert int(found[1]) * SIZES[found[2]] == limit


def test_nginx_keeps_secrets_out_of_its_log_and_names_the_real_address() -> None:
    places, text = _locations(), (DEPLOY / "nginx.conf").read_text(encoding="utf-8")

    for location in (webhook.PREFIX, "/calendar/"):
        assert "access_log off;" in places[location]
    assert "proxy_set_header X-Forwarded-For $remote_addr;" in text
    assert "deny all;" in places["^/(metrics|readyz)$"]
    for body in places.values():
        assert "proxy_pass http://zhibu;" in body


def test_the_container_copies_what_there_is_and_runs_as_nobody_special() -> None:
    text = (DEPLOY / "Containerfile").read_text(encoding="utf-8").replace("\\\n", " ")
    steps = [line.split() for line in text.splitlines() if line and not line.startswith("#")]
    copied = [step[1] for step in steps if step[0] == "COPY" and not step[1].startswith("--from")]

    assert {"bot", "handlers", "scheduler", "requirements/scale.lock"} == set(copied)
    assert all((ROOT / name).exists() for name in copied)
    assert ["USER", "zhibu"] in steps
    assert "--require-hashes" in text
    command = next(line for line in text.splitlines() if line.startswith("CMD "))
    assert re.findall(r'"(\w+)"', command)[0] in cli.commands


def _compose() -> Any:
    return plain_yaml.parse((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))


def test_compose_hangs_together() -> None:
    compose = _compose()
    services = compose["services"]

    for name, service in services.items():
        for volume in service.get("volumes", ()):
            source = volume.split(":")[0]
            assert source.startswith("./") or source in compose["volumes"], name
        for secret in service.get("secrets", ()):
            assert secret in compose["secrets"], name
        for other, how in service.get("depends_on", {}).items():
            assert other in services
            assert how["condition"] != "service_healthy" or "healthcheck" in services[other]
    for name in ("upgrade", "web", "work"):
        assert services[name]["command"][0] in cli.commands
    for name in ("web", "work"):
        assert services[name]["read_only"] is True
        assert services[name]["cap_drop"] == ["ALL"]
    assert services["web"]["ports"] == ["127.0.0.1:8080:8080"]
    assert "ports" not in services["postgres"]
    assert (DEPLOY / services["upgrade"]["build"]["context"]).resolve() == ROOT


def test_the_lines_for_the_container_make_a_configuration(tmp_path: Path) -> None:
    guide = (DEPLOY / "README.md").read_text(encoding="utf-8")
    for line in ('host = "0.0.0.0"', 'dir = "/data"', 'url = "redis://redis:6379/0"'):
        assert line in guide
    (tmp_path / "db-url").write_text("postgresql://zhibu:x@postgres/zhibu\n")
    toml = (
        '[server]\nhost = "0.0.0.0"\n[data]\ndir = "/data"\n'
        '[database]\nurl = { file = "db-url" }\n[redis]\nurl = "redis://redis:6379/0"\n'
    )

    config = parse_config(tomllib.loads(toml), tmp_path)

    assert config.database.url.get_secret_value().startswith("postgresql://")


def test_alerts_ask_for_numbers_that_there_are() -> None:
    alerts = plain_yaml.parse((DEPLOY / "alerts.yml").read_text(encoding="utf-8"))
    rules = [rule for group in alerts["groups"] for rule in group["rules"]]
    told = {f"zhibu_{name}" for name in MEANS}

    asked = {name for rule in rules for name in re.findall(r"zhibu_\w+", rule["expr"])}
    assert asked <= told
    assert told - asked <= {"zhibu_outbox_backlog", "zhibu_delivery_seconds_max"}
    assert len({rule["alert"] for rule in rules}) == len(rules)
    for rule in rules:
        assert rule["annotations"]["summary"]


def test_every_file_is_in_the_guide_and_back() -> None:
    guide = (DEPLOY / "README.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`([\w@.-]+\.(?:service|timer|conf|yaml|yml)|Containerfile)`", guide))

    assert named == {path.name for path in DEPLOY.iterdir()} - {"README.md"}
    assert isinstance(cli, click.Group)


@pytest.mark.parametrize("text", ["a: |\n  b\n", "a: b\na: c\n", "a:\nb: c\n", "a: b\n  c: d\n"])
def test_the_reader_refuses_what_it_does_not_know(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        plain_yaml.parse(text)
