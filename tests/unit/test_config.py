"""The configuration file: what is right loads, and every mistake is told at once."""

from __future__ import annotations

import re
import subprocess
import sys
from contextlib import suppress
from datetime import date, time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from bot import config
from bot.config import (
    Config,
    ConfigError,
    DingtalkGroupConfig,
    FeishuGroupConfig,
    GroupWebhookConfig,
    OfficialAccountConfig,
    PluginChannelConfig,
    WecomAppConfig,
    WecomRobotConfig,
    is_allowed_base,
    load,
    parse,
)
from bot.domain.ladders import LADDERS, OPERATOR, PRODUCT, Ladders
from bot.main import ladders_of

EXAMPLE = Path(__file__).parents[2] / "config.example.toml"
AES_KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
WECOM = {
    "name": "wecom",
    "kind": "wecom_app",
    "corp_id": "ww1",
    "agent_id": 1000002,
    "secret": "s3cr3t",
    "token": "QDG6eK",
    "aes_key": AES_KEY,
}
ROBOT = {
    "name": "robot",
    "kind": "wecom_robot",
    "corp_id": "ww1",
    "token": "QDG6eK",
    "aes_key": AES_KEY,
}
OFFICIAL = {
    "name": "mp",
    "kind": "official_account",
    "app_id": "wx1",
    "secret": "s3cr3t",
    "token": "QDG6eK",
    "aes_key": AES_KEY,
}
WEBHOOK = {"name": "branch3", "kind": "group_webhook", "key": "key-branch3", "unit": "三支部"}


def _problems(raw: dict[str, Any], base: Path = Path("/srv")) -> tuple[str, ...]:
    with pytest.raises(ConfigError) as error:
        parse(raw, base)
    return error.value.problems


def _channel_problem(entry: dict[str, Any], **changes: Any) -> str:
    changed = {key: value for key, value in {**entry, **changes}.items() if value is not None}
    (problem,) = _problems({"channel": [changed]})
    return problem


def _uncommented() -> str:
    return re.sub(r"^#(?=[a-z\[])", "", EXAMPLE.read_text(encoding="utf-8"), flags=re.MULTILINE)


def test_the_example_loads_as_it_stands_and_is_the_default(tmp_path: Path) -> None:
    file = tmp_path / "zhibu.toml"
    file.write_text(EXAMPLE.read_text(encoding="utf-8"), encoding="utf-8")

    assert load(file) == parse({}, tmp_path)


def test_the_example_loads_with_everything_switched_on(tmp_path: Path) -> None:
    file = tmp_path / "zhibu.toml"
    file.write_text(_uncommented(), encoding="utf-8")

    channels = load(file).channels

    assert [type(channel) for channel in channels] == [
        WecomAppConfig,
        WecomRobotConfig,
        OfficialAccountConfig,
        GroupWebhookConfig,
        FeishuGroupConfig,
        DingtalkGroupConfig,
        PluginChannelConfig,
    ]


def test_the_example_names_every_key() -> None:
    text = _uncommented()
    nested = {
        f"{section}.{name}": model
        for section, models in config._NESTED.items()
        for name, model in models.items()
    }
    sections = {n: m for n, m in config._MODELS.items() if n not in config._NESTED} | nested
    heads = {"channel": "[[channel]]", **{name: f"[{name}]" for name in sections}}
    for head in heads.values():
        assert head in text
    for name, model in {**sections, **config._KINDS}.items():
        part = text[text.index(heads.get(name, f'kind = "{name}"')) :].split("\n[")[0]
        for field, info in model.model_fields.items():
            assert re.search(rf"^{info.alias or field} = ", part, re.MULTILINE), (name, field)


def test_without_a_file_everything_is_in_the_data_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    defaults = load()

    assert defaults.data.dir == tmp_path / "data"
    assert defaults.database.url.get_secret_value() == f"sqlite:///{tmp_path}/data/zhibu.db"
    assert (defaults.quiet.from_, defaults.quiet.until) == (time(20, 30), time(8, 0))
    assert defaults.quiet.group_notices_per_day == 1
    assert defaults.privacy.keep_text_days == 30
    assert (defaults.server.host, defaults.server.port) == ("127.0.0.1", 8080)
    assert defaults.channels == ()
    assert defaults.redis.url is None


def test_a_file_in_the_working_folder_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "zhibu.toml").write_text('[server]\nport = 9\npublic_url = "https://x.cn/"\n')

    assert load().server.port == 9
    assert load().server.public_url == "https://x.cn"


def test_relative_paths_start_at_the_file(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("\ufeffs3cr3t\n", encoding="utf-8")
    file = tmp_path / "a.toml"
    file.write_text(
        '[data]\ndir = "d"\n[database]\nurl = "sqlite:///x/y.db"\n'
        '[redis]\nurl = { file = "redis.txt" }\n'
    )
    (tmp_path / "redis.txt").write_text("redis://h/0\n")

    loaded = load(file)

    assert loaded.data.dir == tmp_path / "d"
    assert loaded.database.url.get_secret_value() == f"sqlite:///{tmp_path}/x/y.db"
    assert loaded.redis.url is not None
    assert loaded.redis.url.get_secret_value() == "redis://h/0"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("sqlite:////var/z.db", "sqlite:////var/z.db"),
        ("sqlite:///z.db", "sqlite:////srv/z.db"),
        ("sqlite:///:memory:", "sqlite:///:memory:"),
        ("postgresql://u:p@h/z", "postgresql://u:p@h/z"),
    ],
)
def test_a_database_address_is_absolute(url: str, expected: str) -> None:
    loaded = parse({"database": {"url": url}}, Path("/srv"))

    assert loaded.database.url.get_secret_value() == expected


def test_the_database_is_in_the_data_folder_unless_told() -> None:
    loaded = parse({"data": {"dir": "/var/lib/zhibu"}}, Path("/srv"))

    assert loaded.database.url.get_secret_value() == "sqlite:////var/lib/zhibu/zhibu.db"


def test_secrets_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WECOM_SECRET", "from-env")

    (channel,) = parse(
        {"channel": [{**WECOM, "secret": {"env": "WECOM_SECRET"}}]}, Path("/srv")
    ).channels

    assert isinstance(channel, WecomAppConfig)
    assert channel.secret.get_secret_value() == "from-env"


def test_no_secret_is_ever_shown(tmp_path: Path) -> None:
    loaded = parse(
        {
            "database": {"url": "postgresql://u:hunter2@h/z"},
            "redis": {"url": "redis://:hunter3@h/0"},
            "channel": [WECOM, ROBOT, OFFICIAL, WEBHOOK],
        },
        tmp_path,
    )

    shown = repr(loaded) + str(loaded) + loaded.model_dump_json()
    for secret in ("hunter2", "hunter3", "s3cr3t", "QDG6eK", AES_KEY, "key-branch3"):
        assert secret not in shown


def test_all_mistakes_are_told_at_once() -> None:
    problems = _problems(
        {
            "server": {"prot": 80, "port": "80", "public_url": "zhibu", "trusted_proxies": ["x"]},
            "quiet": {"from": "25:00", "group_notices_per_day": 99},
            "privacy": {"keep_text_days": -1},
            "database": {"url": "mysql://h/z"},
            "redis": {"url": "h:6379"},
            "data": {"dir": 5},
            "sever": {},
            "channel": [
                {**WECOM, "aes_key": "short", "agent_id": "1", "tokn": "x", "secret": ""},
                {**WECOM, "name": "Robot 1"},
                {"name": "x", "kind": "wecom_bot"},
                {"name": "y"},
                5,
            ],
        }
    )

    assert "[server] 的 prot：没有这一项，也许应写 port。" in problems
    text = "\n".join(problems)
    for expected in (
        "[server] 的 port：应是不加引号的整数",
        '[server] 的 public_url：应是别人访问本服务的地址，如 "https://zhibu.example.org"',
        "[server] 的 trusted_proxies 第1项：应是IP地址或网段",
        '[quiet] 的 from：应是时和分，如 "20:30"',
        "[quiet] 的 group_notices_per_day：最大是 20",
        "[privacy] 的 keep_text_days：最小是 0",
        "[database] 的 url：应是",
        "[redis] 的 url：应是",
        "[data] 的 dir：应是加引号的文件夹路径",
        "sever：没有这一项，也许应写 server",
        "第1个 [[channel]]（wecom）的 aes_key：应是管理后台“接收消息”页的 EncodingAESKey，43位英文和数字，现在是5位",
        "第1个 [[channel]]（wecom）的 agent_id：应是不加引号的整数",
        "第1个 [[channel]]（wecom）的 tokn：没有这一项，也许应写 token",
        "第1个 [[channel]]（wecom）的 secret：不能是空的",
        "第2个 [[channel]] 的 name：只能用小写英文字母、数字和减号",
        "第3个 [[channel]]（x）：没有这种 kind，也许应写 wecom_robot，可以是 wecom_app、",
        "第4个 [[channel]]（y）：没有写 kind，可以是 wecom_app、",
        "第5个 [[channel]]：",
    ):
        assert expected in text, expected


MISTAKES: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "明文地址": (WECOM, {"api_base": "http://qyapi.weixin.qq.com"}, "https://"),
    "明文地址加许可": (
        WECOM,
        {"api_base": "http://10.0.0.1", "allow_insecure": True},
        "只有本机地址",
    ),
    "本机没有许可": (WECOM, {"api_base": "http://127.0.0.1:9"}, "allow_insecure = true"),
    "地址带参数": (WECOM, {"api_base": "https://h/?a=1"}, "不带 ?"),
    "地址不是地址": (WECOM, {"api_base": "https://["}, "有效的网址"),
    "长连接地址": (ROBOT, {"ws_url": "ws://h"}, "ws_url"),
    "缺一项": (WECOM, {"corp_id": None}, "corp_id：没有写，这一项必须有"),
    "编号带空格": (WECOM, {"corp_id": "ww 1"}, "从管理后台复制"),
    "应用编号为零": (WECOM, {"agent_id": 0}, "最小是 1"),
    "令牌不对": (WECOM, {"token": "有汉字"}, "3到32位"),
    "密钥前后有空格": (WECOM, {"secret": " s3cr3t"}, "前后不能有空格"),
    "长连接缺编号": (ROBOT, {"secret": "s3cr3t"}, "bot_id"),
    "兼容模式": (OFFICIAL, {"mode": "compat"}, "不支持兼容模式"),
    "没有的模式": (OFFICIAL, {"mode": "fast"}, "只能是 'safe' 或 'plaintext'"),
    "安全模式缺密钥": (OFFICIAL, {"aes_key": None}, "aes_key"),
    "整个网址": (WEBHOOK, {"key": "https://h/cgi-bin/webhook/send?key=abc"}, "key= 后面"),
    "组织为空": (WEBHOOK, {"unit": ""}, "不能是空的"),
    "密钥是数字": (WECOM, {"secret": 5}, "加引号的文字"),
    "环境变量没有": (WECOM, {"secret": {"env": "NOT_SET_ANYWHERE"}}, "NOT_SET_ANYWHERE 没有设置"),
    "文件没有": (WECOM, {"secret": {"file": "nowhere.txt"}}, "读不到文件 nowhere.txt"),
    "文件是文件夹": (WECOM, {"secret": {"file": "/"}}, "读不到文件"),
    "别的写法": (WECOM, {"secret": {"vault": "x"}}, "{ env ="),
    "许可不是真假": (WECOM, {"allow_insecure": "yes"}, "true 或 false"),
    "名字极长": (WECOM, {"name": "a" * 41}, "最多40个字"),
}


@pytest.mark.parametrize(("entry", "changes", "expected"), MISTAKES.values(), ids=MISTAKES)
def test_a_channels_mistake_is_told(
    entry: dict[str, Any], changes: dict[str, Any], expected: str
) -> None:
    problem = _channel_problem(entry, **changes)

    assert expected in problem
    assert "第1个 [[channel]]" in problem


def test_plaintext_needs_no_key() -> None:
    entry = {key: value for key, value in OFFICIAL.items() if key != "aes_key"}

    (channel,) = parse({"channel": [{**entry, "mode": "plaintext"}]}, Path("/srv")).channels

    assert isinstance(channel, OfficialAccountConfig)
    assert channel.mode == "plaintext"


def test_this_machine_may_stand_in_for_a_platform() -> None:
    for base in ("http://127.0.0.1:9/qyapi/", "http://localhost:9", "http://[::1]:9"):
        entry = {**WECOM, "api_base": base, "allow_insecure": True}
        (channel,) = parse({"channel": [entry]}, Path("/srv")).channels
        assert isinstance(channel, WecomAppConfig)
        assert channel.api_base == base.rstrip("/")


def test_two_channels_of_one_name_are_a_mistake() -> None:
    (problem,) = _problems({"channel": [WECOM, {**ROBOT, "name": "wecom"}]})

    assert "有2个都叫 wecom" in problem


def test_the_notice_of_a_year_is_days_and_spans() -> None:
    raw = {"holidays": ["2027-02-05~2027-02-07", "2027-04-05"], "workdays": ["2027-02-20"]}

    calendar = parse({"calendar": raw}, Path("/srv")).calendar

    days = {date(2027, 2, day): False for day in (5, 6, 7)} | {date(2027, 4, 5): False}
    assert calendar.days() == {**days, date(2027, 2, 20): True}
    assert calendar.years() == {2027}
    assert parse({}, Path("/srv")).calendar.years() == set()


@pytest.mark.parametrize("span", ["2027-02-30", "2月5日", "2027-02-11~2027-02-05", "2027~2028", ""])
def test_a_wrong_day_of_the_notice_is_told(span: str) -> None:
    (problem,) = _problems({"calendar": {"holidays": [span]}})

    assert problem.startswith("[calendar] 的 holidays 第1项：")


def test_the_example_shows_the_reminders_as_they_are(tmp_path: Path) -> None:
    file = tmp_path / "zhibu.toml"
    file.write_text(_uncommented(), encoding="utf-8")

    written = load(file).reminders

    assert [rule for rule, _ in written.written()] == list(LADDERS)
    shown, shipped = ladders_of(written), Ladders()
    assert {rule: shown.of(rule) for rule in LADDERS} == {
        rule: shipped.of(rule) for rule in LADDERS
    }


def test_a_reminder_is_settled_as_its_ladder_counts() -> None:
    reminders = parse(
        {
            "reminders": {
                "general_meeting": {"days": [30, 60], "above": 10},
                "study_shortfall": {"days": ["09-01"]},
                "theme_party_day": {"late": 0},
                "makeup_study": {"off": True},
            }
        },
        Path("/srv"),
    ).reminders

    ladders = ladders_of(reminders)

    general = ladders.of("general_meeting")
    assert (general.days, general.above, general.settled) == ((30, 60), 10, OPERATOR)
    assert ladders.of("study_shortfall").days == (901,)
    assert ladders.of("theme_party_day").late is None
    assert ladders.of("theme_party_day").days == (7, 3)
    assert ladders.of("makeup_study").off
    assert ladders.of("party_lecture").settled == PRODUCT
    assert {rule: fields.keys() >= {"above"} for rule, fields in _reminder_fields().items()} == {
        rule: bool(ladders.of(rule).above) for rule in LADDERS
    }


def _reminder_fields() -> dict[str, dict[str, Any]]:
    return {rule: dict(m.model_fields) for rule, m in config._NESTED["reminders"].items()}


REMINDERS: list[tuple[dict[str, Any], str]] = [
    (
        {"general_meting": {}},
        "[reminders] 的 general_meting：没有这一项，也许应写 general_meeting。",
    ),
    ({"party_lecture": 5}, "[reminders] 的 party_lecture：应是一节，写成 [名字] 再另起行写各项。"),
    ({"party_lecture": {"days": 15}}, "[reminders.party_lecture] 的 days：应是方括号里的一列。"),
    (
        {"cell_meeting": {"days": ["15"]}},
        "[reminders.cell_meeting] 的 days 第1项：应是不加引号的整数。",
    ),
    (
        {"cell_meeting": {"days": []}},
        "[reminders.cell_meeting] 的 days：至少写一个；不要这条提醒就写 off = true。",
    ),
    (
        {"cell_meeting": {"days": [32]}},
        "[reminders.cell_meeting] 的 days：每个数要在1到31之间。",
    ),
    (
        {"general_meeting": {"days": [93]}},
        "[reminders.general_meeting] 的 days：每个数要在1到92之间。",
    ),
    (
        {"theme_party_day": {"days": [3, 7]}},
        "[reminders.theme_party_day] 的 days：要从先到后写，不能重复。",
    ),
    (
        {"dues_unpaid": {"days": [5, 10, 15, 20]}},
        "[reminders.dues_unpaid] 的 days：最多3个：同一件事不多催。",
    ),
    (
        {"committee_meeting": {"days": [1, 2, 3, 4, 5]}},
        "[reminders.committee_meeting] 的 days：最多4个：同一件事不多催。",
    ),
    ({"dues_unpaid": {"above": 3}}, "[reminders.dues_unpaid] 的 above：没有这一项。"),
    ({"cell_meeting": {"above": 61}}, "[reminders.cell_meeting] 的 above：最大是 60。"),
    ({"cell_meeting": {"of": True}}, "[reminders.cell_meeting] 的 of：没有这一项，也许应写 off。"),
    (
        {"study_shortfall": {"days": ["02-29"]}},
        '[reminders.study_shortfall] 的 days：应是每年都有的月和日，如 ["10-08", "11-15"]。',
    ),
    (
        {"study_shortfall": {"days": ["11-15", "10-08"]}},
        "[reminders.study_shortfall] 的 days：要从先到后写，不能重复。",
    ),
]


@pytest.mark.parametrize(("section", "sentence"), REMINDERS, ids=[s for _, s in REMINDERS])
def test_a_wrong_reminder_is_told(section: dict[str, Any], sentence: str) -> None:
    assert _problems({"reminders": section}) == (sentence,)


@pytest.mark.parametrize(
    ("watchdog", "says"),
    [
        pytest.param({"ping_url": "watchdog"}, "ping_url：应是看门狗服务给的地址", id="不是地址"),
        pytest.param(
            {"ping_url": "http://w.example.org/x"}, "ping_url 应以 https:// 开头", id="http"
        ),
        pytest.param(
            {"ping_url": "http://w.example.org/x", "allow_insecure": True},
            "ping_url 应以 https:// 开头",
            id="http，不是本机",
        ),
        pytest.param({"ping_url": "http://127.0.0.1/x"}, "除外", id="本机，没有允许"),
        pytest.param({"every_minutes": 0}, "every_minutes：最小是 1", id="0分钟"),
        pytest.param({"silent_minutes": 1}, "silent_minutes：最小是 2", id="太急"),
    ],
)
def test_a_watchdog_is_called_safely(watchdog: dict[str, Any], says: str) -> None:
    (problem,) = _problems({"watchdog": watchdog})

    assert problem.startswith("[watchdog]")
    assert says in problem
    assert "example.org" not in problem


def test_the_address_of_a_watchdog_is_a_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PING", "https://w.example.org/s3cret?status=up")

    watchdog = parse({"watchdog": {"ping_url": {"env": "PING"}}}, Path("/srv")).watchdog

    assert "s3cret" not in repr(watchdog)
    assert watchdog.ping_url is not None
    assert watchdog.ping_url.get_secret_value() == "https://w.example.org/s3cret?status=up"
    local = {"ping_url": "http://127.0.0.1:9/x", "allow_insecure": True}
    assert parse({"watchdog": local}, Path("/srv")).watchdog.every_minutes == 5


def test_quiet_hours_leave_an_hour() -> None:
    (problem,) = _problems({"quiet": {"from": "08:30", "until": "08:00"}})

    assert "至少要留一小时" in problem
    parse({"quiet": {"from": "09:00", "until": "08:00"}}, Path("/srv"))
    parse({"quiet": {"from": "00:00", "until": "00:00"}}, Path("/srv"))


def test_a_toml_time_is_a_time() -> None:
    assert parse({"quiet": {"from": time(21, 0)}}, Path("/srv")).quiet.from_ == time(21, 0)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"[server\n", "第1行第8列"),
        (b'[server]\nhost = "x', "写法不对"),
        ("# 配置\n".encode("gbk"), "不是 UTF-8"),
    ],
    ids=["括号", "引号", "编码"],
)
def test_a_file_that_cannot_be_read_is_told(tmp_path: Path, data: bytes, expected: str) -> None:
    file = tmp_path / "zhibu.toml"
    file.write_bytes(data)

    with pytest.raises(ConfigError, match=expected):
        load(file)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="读不到配置文件"):
        load(tmp_path / "nowhere.toml")


def test_a_mark_of_notepad_is_no_mistake(tmp_path: Path) -> None:
    file = tmp_path / "zhibu.toml"
    file.write_text("\ufeff[server]\nport = 9\n", encoding="utf-8")

    assert load(file).server.port == 9


@pytest.mark.parametrize("raw", [{"channel": WECOM}, {"channel": 5}, {"channel": "wecom"}])
def test_channels_are_a_list(raw: dict[str, Any]) -> None:
    assert "[[channel]]（两层方括号）" in _problems(raw)[0]


@pytest.mark.parametrize("section", config._MODELS)
def test_a_section_is_a_section(section: str) -> None:
    (problem,) = _problems({section: 5})

    assert f"[{section}]：应是一节" in problem


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=4,
)
_ENTRY = st.fixed_dictionaries(
    {"kind": st.sampled_from([*config._KINDS, "x"])},
    optional=dict.fromkeys(("name", "corp_id", "secret", "mode", "api_base", "unit"), _VALUES),
)


@given(
    st.dictionaries(st.sampled_from([*config._MODELS, "channels"]), _VALUES),
    st.lists(_ENTRY | _VALUES, max_size=3) | _VALUES,
)
def test_no_value_breaks_it(sections: dict[str, Any], channels: Any) -> None:
    with suppress(ConfigError):
        parse({**sections, "channel": channels}, Path("/srv"))


def test_a_secret_is_never_in_a_problem() -> None:
    for entry, secret in ((WECOM, "aes_key"), (WECOM, "token"), (WEBHOOK, "key")):
        assert "hunter2" not in _channel_problem(entry, **{secret: "hunter2 hunter2"})


@pytest.mark.parametrize(
    ("url", "allowed", "insecure"),
    [
        ("https://h", True, True),
        ("http://127.0.0.1", False, True),
        ("http://127.0.0.1.evil.org", False, False),
        ("http://evil.org", False, False),
        ("https://", False, False),
        ("", False, False),
    ],
)
def test_where_a_platform_may_be(url: str, allowed: bool, insecure: bool) -> None:
    assert is_allowed_base(url, allow_insecure=False) is allowed
    assert is_allowed_base(url, allow_insecure=True) is insecure


def test_nothing_in_it_can_be_changed() -> None:
    loaded = parse({}, Path("/srv"))
    assert isinstance(loaded, BaseModel)
    assert isinstance(loaded, Config)
    with pytest.raises(ValueError, match="frozen"):
        loaded.server.port = 1


def test_importing_it_loads_neither_flask_nor_sqlalchemy() -> None:
    heavy = ("flask", "sqlalchemy", "cryptography", "urllib3", "wechatpy")
    code = f"import sys, bot.config; sys.exit([m for m in {heavy!r} if m in sys.modules] or 0)"

    subprocess.run([sys.executable, "-c", code], check=True)
