"""The command line: what people type, what they read, and with which code it ends."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import tomllib
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from io import BytesIO, TextIOWrapper
from pathlib import Path

import click
import pytest
from sqlalchemy import update

from bot import config
from bot.channels.simulator import SPACE
from bot.cli import cli, ledgers, run, vitals
from bot.cli.example import EXAMPLE
from bot.clock import SystemClock
from bot.domain.rights import Role
from bot.domain.sending import SendState
from bot.files.tables import read_sheets
from bot.services.importing import LEDGERS
from bot.services.outbox import Routes, Way
from bot.storage import moving, schema
from bot.storage.engine import Database
from bot.storage.models import Outbox, TickMark
from tests.conftest import migrate
from tests.fake_tencent import FakeTencent
from tests.support.word import footer, paragraphs, tables
from tests.support.world import World

ROSTER = "姓名,党组织,手机尾号,职务\n张三,第三党支部,0123,书记\n李四,第三党支部,5678,\n"
REPOSITORY = Path(__file__).parents[2]

Zhibu = Callable[..., tuple[int, str, str]]


@pytest.fixture
def zhibu(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Zhibu:
    """Return a way to run a command in an empty folder: code, output, errors."""
    monkeypatch.chdir(tmp_path)

    def run_it(*arguments: str) -> tuple[int, str, str]:
        code = run(arguments)
        told = capsys.readouterr()
        return code, told.out, told.err

    return run_it


@pytest.fixture
def roster(tmp_path: Path) -> Path:
    """Return a small roster."""
    path = tmp_path / "名册.csv"
    path.write_text(ROSTER, encoding="utf-8")
    return path


def commands(group: click.Group, path: Sequence[str] = ()) -> Iterator[tuple[str, ...]]:
    """Yield every command as it is typed."""
    for name, command in group.commands.items():
        yield (*path, name)
        if isinstance(command, click.Group):
            yield from commands(command, (*path, name))


# --- help and usage --------------------------------------------------------------------------


@pytest.mark.parametrize("words", list(commands(cli)), ids=" ".join)
def test_every_command_has_chinese_help_with_an_example(
    zhibu: Zhibu, words: tuple[str, ...]
) -> None:
    code, out, err = zhibu(*words, "--help")

    assert (code, err) == (0, "")
    assert out.startswith(f"用法：zhibu {' '.join(words)}")
    assert "显示这页说明" in out
    command: click.Command = cli
    for word in words:
        assert isinstance(command, click.Group)
        command = command.commands[word]
    if not isinstance(command, click.Group):
        assert "例如：\n  zhibu " in out
    for english in ("Usage", "Options", "Show this", "Commands"):
        assert english not in out


def test_help_lists_the_commands_and_loads_nothing_heavy(tmp_path: Path) -> None:
    script = (
        "import sys\nfrom bot.cli import run\ncode = run(['--help'])\n"
        "heavy = {'sqlalchemy', 'flask', 'pydantic', 'openpyxl', 'docx', 'wechatpy', 'structlog'}\n"
        "print(code, sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=REPOSITORY, capture_output=True, text=True, check=True
    )

    assert done.stdout.splitlines()[-1] == "0 []"
    assert "  import   从表格导入" in done.stdout


@pytest.mark.parametrize(
    ("words", "says"),
    [
        pytest.param(("imports",), "没有 imports 这个命令，是不是 import。", id="没有这个命令"),
        pytest.param(("import", "roster"), "少写了 文件。", id="少一个参数"),
        pytest.param(
            ("import", "people", "x.csv"),
            "台账 写得不对：可以是 units（组织）、roster（名册）、memberships（归属历史）、posts（职务）、",
            id="没有这个台账",
        ),
        pytest.param(("serve", "--prot"), "没有 --prot 这个选项", id="没有这个选项"),
        pytest.param(("demo", "--port", "x"), "--port 写得不对：应是0到65535的整数。", id="端口"),
        pytest.param(
            ("plan", "--from", "昨天", "--to", "2026-01-02"),
            "--from 写得不对：应是日期，如 2026-03-01。",
            id="日期",
        ),
        pytest.param(("plan", "--to", "2026-01-02"), "少写了 --from。", id="少一个选项"),
        pytest.param(("export", "roster", "-o"), "选项 -o 后面要写一个值。", id="选项没有值"),
        pytest.param(
            ("export", "dues", "--from", "春天", "-o", "出.csv"),
            "--from 写得不对：应是日期，如 2026-01-15、2026-01 或 2026。",
            id="导出的时段",
        ),
        pytest.param(("doctor", "x"), "可能多写了参数", id="多一个参数"),
    ],
)
def test_a_usage_error_says_what_to_write_and_ends_with_two(
    zhibu: Zhibu, words: tuple[str, ...], says: str
) -> None:
    code, out, err = zhibu(*words)

    assert (code, out) == (2, "")
    assert says in err
    assert "--help" in err


def test_nothing_at_all_shows_the_help(zhibu: Zhibu) -> None:
    code, out, _ = zhibu()

    assert code == 2
    assert out.startswith("用法：zhibu")


# --- setting up ------------------------------------------------------------------------------


def test_init_writes_a_configuration_once(zhibu: Zhibu, tmp_path: Path) -> None:
    assert zhibu("init")[0] == 0
    written = (tmp_path / "zhibu.toml").read_text("utf-8")
    assert written == EXAMPLE
    config.parse(tomllib.loads(written), tmp_path)
    assert (tmp_path / "zhibu.toml").stat().st_mode & 0o077 == 0

    code, _, err = zhibu("init")
    assert (code, err) == (1, "zhibu.toml 已经有了，没有改动它。\n")


def test_every_channel_of_the_example_is_accepted_once_it_is_uncommented(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {"SECRET": "s", "TOKEN": "abc", "AES_KEY": "a" * 43, "KEY": "abcd"}.items():
        for channel in ("WECOM", "ROBOT", "MP", "BRANCH3"):
            monkeypatch.setenv(f"ZHIBU_{channel}_{name}", value)
    head, _, channels = EXAMPLE.partition("# 渠道可以有几个")
    lines = re.findall(r"^# (\[\[channel\]\]|\w+ = .+)$", channels, re.M)

    parsed = config.parse(tomllib.loads("\n".join([head, *lines])), tmp_path)

    assert [channel.kind for channel in parsed.channels] == [
        "wecom_app",
        "wecom_robot",
        "official_account",
        "group_webhook",
    ]


def test_a_bad_configuration_is_told_whole_and_ends_with_one(zhibu: Zhibu, tmp_path: Path) -> None:
    (tmp_path / "zhibu.toml").write_text('[server]\nport = "x"\n[serfer]\n', encoding="utf-8")

    code, _, err = zhibu("doctor")

    assert code == 1
    assert err.startswith("配置有误：\n")
    assert "port" in err
    assert "serfer" in err


def test_upgrade_makes_the_database_and_says_when_there_is_nothing_to_do(
    zhibu: Zhibu, tmp_path: Path
) -> None:
    assert "数据库已升级到" in zhibu("upgrade")[1]
    assert "已经是最新的" in zhibu("upgrade")[1]
    assert (tmp_path / "data" / "zhibu.db").exists()


def test_an_older_database_is_refused_with_the_line_to_run(
    zhibu: Zhibu, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    migrate(f"sqlite:///{tmp_path}/data/zhibu.db")
    newest = schema.newest()
    monkeypatch.setattr(schema, "newest", lambda: "9999")

    code, _, err = zhibu("officer", "add", "李芳")

    assert (code, err) == (1, f"数据库是旧版本（{newest}）。请先运行：zhibu upgrade\n")


def test_a_database_that_cannot_be_reached_is_one_sentence(zhibu: Zhibu, tmp_path: Path) -> None:
    (tmp_path / "my.toml").write_text(
        '[database]\nurl = "postgresql+psycopg://u:hush@127.0.0.1:1/x"\n'
    )

    code, _, err = zhibu("officer", "add", "李芳", "--config", "my.toml")

    assert code == 1
    assert err.startswith("连不上数据库。")
    assert "hush" not in err


def test_an_officer_gets_a_code_and_is_told_what_to_do_with_it(zhibu: Zhibu) -> None:
    code, out, _ = zhibu("officer", "add", "李芳")

    assert code == 0
    assert "新建了组织“街道”。" in out
    assert "绑定码 " in out
    assert "3天内有效" in out
    assert zhibu("officer", "add", "李")[0] == 1


# --- ledgers ---------------------------------------------------------------------------------


def test_a_dry_run_tells_what_would_change_and_writes_nothing(zhibu: Zhibu, roster: Path) -> None:
    code, out, _ = zhibu("import", "roster", str(roster), "--dry-run")

    assert code == 0
    assert out.startswith("预演（没有写入）：名册新增2，修改0，不变0。\n新建组织1个：第三党支部\n")
    assert "新增2" in zhibu("import", "roster", str(roster))[1]
    assert "新增0，修改0，不变2" in zhibu("import", "roster", str(roster))[1]


def test_mistakes_are_listed_by_row_and_the_end_is_one(zhibu: Zhibu, roster: Path) -> None:
    roster.write_text(ROSTER.replace("0123", "12345"), encoding="utf-8")

    code, out, err = zhibu("import", "roster", str(roster))

    assert (code, out) == (1, "")
    assert (
        err
        == "第2行 手机尾号：应为4位数字，现在是“12345”。\n有1处要改，改好再导入；这次一行也没有写入。\n"
    )


def test_hundreds_of_mistakes_are_cut_short(zhibu: Zhibu, roster: Path) -> None:
    rows = [f"党员{n},第三党支部,1,\n" for n in range(60)]
    roster.write_text(ROSTER.splitlines()[0] + "\n" + "".join(rows), encoding="utf-8")

    err = zhibu("import", "roster", str(roster))[2]

    assert len(err.splitlines()) == 52
    assert "……还有10处没有列出。" in err


def test_an_export_comes_back_unchanged(zhibu: Zhibu, roster: Path) -> None:
    zhibu("import", "roster", str(roster))

    assert "名册2行已写到 出.xlsx" in zhibu("export", "roster", "-o", "出.xlsx")[1]
    assert "不变2" in zhibu("import", "roster", "出.xlsx")[1]
    assert zhibu("export", "units", "-o", "空.xlsx", "--empty")[0] == 0


def test_everything_about_one_member_is_written_to_a_workbook(zhibu: Zhibu, roster: Path) -> None:
    zhibu("import", "roster", str(roster))

    assert "条已写到 本人.xlsx" in zhibu("export", "member", "张三", "-o", "本人.xlsx")[1]
    assert "名册里没有“无名氏”" in zhibu("export", "member", "无名氏", "-o", "空.xlsx")[2]
    assert zhibu("export", "member", "-o", "空.xlsx")[0] == 2
    assert zhibu("export", "roster", "张三", "-o", "空.xlsx")[0] == 2


@pytest.mark.parametrize(
    ("period", "rows"),
    [
        pytest.param((), 3, id="全部"),
        pytest.param(("--from", "2026-02"), 2, id="从2月起"),
        pytest.param(("--to", "2026-02"), 2, id="到2月为止"),
        pytest.param(("--from", "2026年2月", "--to", "2026-2-28"), 1, id="只要2月"),
        pytest.param(("--from", "2025", "--to", "2025"), 0, id="前一年"),
    ],
)
def test_an_export_may_be_of_a_period(
    zhibu: Zhibu, roster: Path, tmp_path: Path, period: tuple[str, ...], rows: int
) -> None:
    zhibu("import", "roster", str(roster))
    paid = "".join(f"张三,第三党支部,2026-0{n},30,2026-0{n}-05\n" for n in (1, 2, 3))
    (tmp_path / "党费.csv").write_text("姓名,党组织,月份,金额,日期\n" + paid, encoding="utf-8")
    assert "新增3" in zhibu("import", "dues", "党费.csv")[1]

    assert f"党费台账{rows}行" in zhibu("export", "dues", *period, "-o", "出.xlsx")[1]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        pytest.param(("roster", "--from", "2026"), "名册没有时段", id="名册没有时段"),
        pytest.param(("dues", "--from", "2026-03", "--to", "2026-02"), "比 --from 还早", id="反了"),
    ],
)
def test_a_period_that_makes_no_sense_is_refused(
    zhibu: Zhibu, roster: Path, words: tuple[str, ...], says: str
) -> None:
    zhibu("import", "roster", str(roster))

    code, out, err = zhibu("export", *words, "-o", "出.csv")

    assert (code, out) == (1, "")
    assert says in err


def test_every_ledger_has_an_empty_form_that_imports(zhibu: Zhibu, roster: Path) -> None:
    zhibu("import", "roster", str(roster))

    for ledger in ledgers.BOTH_WAYS:
        assert zhibu("export", ledger, "--empty", "-o", "空.xlsx")[0] == 0
        assert "新增0，修改0，不变0" in zhibu("import", ledger, "空.xlsx", "--dry-run")[1]


def test_the_help_names_every_ledger_as_the_registry_does(zhibu: Zhibu) -> None:
    titles = {name: ledger.title for name, ledger in LEDGERS.items()}
    closed = {name for name, ledger in LEDGERS.items() if ledger.closed}

    assert titles == {**ledgers.BOTH_WAYS, **ledgers.ONLY_OUT}
    assert ledgers.ONLY_OUT.keys() == closed
    for command, named in (("import", ledgers.BOTH_WAYS), ("export", titles)):
        told = zhibu(command, "--help")[1]
        assert all(f"{name}（{title}）" in told for name, title in named.items()), command


def test_a_ledger_may_be_named_as_people_call_it(zhibu: Zhibu, roster: Path) -> None:
    assert "名册新增" in zhibu("import", "名册", str(roster))[1]
    assert zhibu("export", "党费台账", "-o", "出.xlsx")[0] == 0


def test_a_ledger_that_is_only_exported_refuses_an_import(zhibu: Zhibu, roster: Path) -> None:
    code, _, err = zhibu("import", "audit", str(roster))

    assert code == 1
    assert "留痕只能导出，不能导入。" in err


def test_accounts_are_bound_in_the_space_of_the_first_channel(
    zhibu: Zhibu, tmp_path: Path, roster: Path
) -> None:
    (tmp_path / "zhibu.toml").write_text(
        '[[channel]]\nname = "robot"\nkind = "wecom_robot"\ncorp_id = "ww1"\ntoken = "abc"\n'
        f'aes_key = "{"a" * 43}"\n',
        encoding="utf-8",
    )
    roster.write_text("姓名,党组织,企业微信账号\n张三,第三党支部,ZhangSan\n", encoding="utf-8")

    zhibu("import", "roster", str(roster))

    with sqlite3.connect(tmp_path / "data" / "zhibu.db") as opened:
        assert opened.execute("SELECT space, external_id FROM account").fetchall() == [
            ("wecom:ww1", "ZhangSan")
        ]


# --- plan, parse, play -----------------------------------------------------------------------


def test_a_plan_is_grouped_by_day_and_json_has_one_object_a_line(
    zhibu: Zhibu, roster: Path
) -> None:
    zhibu("import", "roster", str(roster))
    with sqlite3.connect("data/zhibu.db") as opened:
        opened.execute("UPDATE unit SET live_from = '2026-01-01'")
        opened.commit()
    period = ("--from", "2026-02-01", "--to", "2026-02-28")

    code, out, _ = zhibu("plan", *period)
    lines = [json.loads(line) for line in zhibu("plan", *period, "--json")[1].splitlines()]

    assert code == 0
    assert "  02-14（周六）" in out
    assert " 张三（第三党支部） ← 张三您好：" in out
    assert "地点〔共3次，这是第1次（本产品设定）〕" in out
    assert out.splitlines()[-1] == f"合计{len(lines)}条：群里0条，私聊{len(lines)}条。"
    assert "      因为：支部党员大会一般每季度1次（支部工作条例）；" in out
    first = lines[0]
    assert list(first) == ["at", "rule", "slot", "subject", "to", "text", "reason"]
    assert first["at"].endswith("+08:00")
    assert set(first["reason"]) == {"source", "facts", "ends_when", "seen_by"}
    assert zhibu("plan", *period, "--unit", "第三党支部")[1] == out
    assert zhibu("plan", *period, "--unit", "三支部")[1] == out
    code, out, err = zhibu("plan", *period, "--unit", "五支部")
    assert (code, out) == (1, "")
    assert "没有找到“五支部”" in err
    assert zhibu("plan", "--from", "2026-02-02", "--to", "2026-02-01")[0] == 1


def test_parse_answers_every_line_in_order(zhibu: Zhibu, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = [
        {"text": "签到", "chat": "group", "now": "2026-03-12T09:58:00+08:00"},
        {"text": "今天天气不错"},
        {"kind": "money", "text": "十五块"},
    ]
    text = "\n".join(json.dumps(line, ensure_ascii=False) for line in asked)
    monkeypatch.setattr(sys, "stdin", _stream(text + "\n\n"))

    code, out, _ = zhibu("parse")

    answers = [json.loads(line) for line in out.splitlines()]
    assert code == 0
    assert answers[0]["intents"][0]["intent"] == "checkin"
    assert answers[1] == {"intents": []}
    assert list(answers[2]) == ["value"]


def test_parse_refuses_what_is_no_object(zhibu: Zhibu, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", _stream('{"text": "签到"}\nnot json\n'))

    code, _, err = zhibu("parse")

    assert (code, err) == (1, "第2行不是 JSON 对象。\n")


def test_replay_reads_what_is_kept_and_says_when_there_is_nothing(zhibu: Zhibu) -> None:
    assert zhibu("upgrade")[0] == 0

    dry = zhibu("replay", "--from", "2026-03-01", "--dry-run")
    real = zhibu("replay", "--from", "2026-03-01T08:00", "--json")

    assert dry == (0, "看了0条，读法有变化的0条。\n", "")
    assert json.loads(real[1]) == {
        "read": 0,
        "differ": 0,
        "failed": 0,
        "handled": 0,
        "still_failing": 0,
    }


def test_play_needs_a_file_that_is_there(zhibu: Zhibu) -> None:
    assert zhibu("play", "没有.chat") == (1, "", "没有 没有.chat 这个文件。\n")


def _stream(text: str) -> TextIOWrapper:
    return TextIOWrapper(BytesIO(text.encode()), encoding="utf-8")


# --- looking after ---------------------------------------------------------------------------


def test_a_backup_is_whole_private_and_never_overwrites(
    zhibu: Zhibu, roster: Path, tmp_path: Path
) -> None:
    zhibu("import", "roster", str(roster))

    code, out, _ = zhibu("backup", "备份.db")

    assert code == 0
    assert "检查无误" in out
    assert (tmp_path / "备份.db").stat().st_mode & 0o077 == 0
    with sqlite3.connect(tmp_path / "备份.db") as opened:
        assert opened.execute("SELECT count(*) FROM member").fetchone() == (2,)
    assert zhibu("backup", "备份.db") == (1, "", "备份.db 已经有了，没有覆盖它。请换一个文件名。\n")
    assert zhibu("backup", "没有/备份.db")[0] == 1


def test_a_backup_holds_no_access_token(zhibu: Zhibu, roster: Path, tmp_path: Path) -> None:
    zhibu("import", "roster", str(roster))
    with sqlite3.connect(tmp_path / "data" / "zhibu.db") as opened:
        opened.execute(
            "INSERT INTO stored_token VALUES ('wecom', 'a-secret-token', '2026-03-12 00:00:00', 1)"
        )

    assert zhibu("backup", "备份.db")[0] == 0

    assert b"a-secret-token" not in (tmp_path / "备份.db").read_bytes()
    assert b"a-secret-token" in b"".join(
        path.read_bytes() for path in (tmp_path / "data").glob("zhibu.db*")
    )


def test_a_backup_is_restored_whole_into_an_empty_database_of_either_kind(
    zhibu: Zhibu, roster: Path, tmp_path: Path, postgres_url: str
) -> None:
    zhibu("import", "roster", str(roster))
    zhibu("backup", "备份.db")
    (tmp_path / "big.toml").write_text(f'[database]\nurl = "{postgres_url}"\n')

    code, out, err = zhibu("restore", "备份.db", "--config", "big.toml")
    assert (code, err) == (0, "")
    assert "2人），逐表核对一致" in out
    assert zhibu("backup", "大库备份.db", "--config", "big.toml")[0] == 0
    (tmp_path / "back.toml").write_text('[database]\nurl = "sqlite:///back/zhibu.db"\n')
    assert zhibu("restore", "大库备份.db", "--config", "back.toml")[0] == 0

    held = [
        moving.digests(Database(url))
        for url in (
            f"sqlite:///{tmp_path}/data/zhibu.db",
            postgres_url,
            f"sqlite:///{tmp_path}/back/zhibu.db",
        )
    ]
    assert held[0] == held[1] == held[2]
    assert held[0]["member"].rows == 2
    # New rows are numbered behind those that came with their numbers.
    assert zhibu("officer", "add", "周专干", "--config", "big.toml")[0] == 0


def test_a_backup_is_tried_out_without_touching_anything(zhibu: Zhibu, roster: Path) -> None:
    zhibu("import", "roster", str(roster))
    zhibu("backup", "备份.db")

    code, out, _ = zhibu("restore", "备份.db", "--check")

    assert code == 0
    assert "能恢复" in out
    assert "2人" in out


def test_nothing_is_restored_over_what_is_there_nor_from_what_is_damaged(
    zhibu: Zhibu, roster: Path, tmp_path: Path
) -> None:
    zhibu("import", "roster", str(roster))
    zhibu("backup", "备份.db")
    (tmp_path / "坏.db").write_bytes((tmp_path / "备份.db").read_bytes()[:5000])
    (tmp_path / "别的.db").write_text("不是数据库", encoding="utf-8")

    assert "已经有数据，没有动它" in zhibu("restore", "备份.db")[2]
    for file in ("坏.db", "别的.db", "没有.db"):
        code, out, err = zhibu("restore", file, "--check")
        assert (code, out) == (1, "")
        assert file in err


def test_a_backup_of_an_older_version_is_brought_up_to_date_and_itself_stays(
    zhibu: Zhibu, tmp_path: Path
) -> None:
    old = Database(f"sqlite:///{tmp_path}/old.db")
    schema.upgrade(old, "0010")
    old.close()
    before = (tmp_path / "old.db").read_bytes()

    code, out, _ = zhibu("restore", "old.db")

    assert code == 0
    assert "旧版本做的" in out
    assert (tmp_path / "old.db").read_bytes() == before
    assert zhibu("doctor")[1]


@pytest.mark.parametrize(
    "words", [("doctor",), ("backup", "备份.db"), ("export", "roster", "-o", "出.csv")]
)
def test_what_only_looks_makes_nothing(
    zhibu: Zhibu, tmp_path: Path, words: tuple[str, ...]
) -> None:
    code, out, err = zhibu(*words)

    assert code == 1
    assert "还是空的。请" in out + err
    assert list(tmp_path.iterdir()) == []


def test_a_doctor_tells_what_is_written_in_vain(zhibu: Zhibu, tmp_path: Path) -> None:
    (tmp_path / "zhibu.toml").write_text(
        '[redis]\nurl = "redis://127.0.0.1:1"\n[[channel]]\nname = "robot"\nkind = "wecom_robot"\n'
        f'corp_id = "ww1"\ntoken = "abc"\naes_key = "{"a" * 43}"\nbot_id = "b"\nsecret = "s"\n',
        encoding="utf-8",
    )

    out = zhibu("doctor")[1].splitlines()

    assert any(line.startswith("✗ Redis：连不上，消息照收照发") for line in out)
    assert any(line.startswith("✓ 配置里的 渠道 robot 的 secret 现在还没有用到") for line in out)


def test_a_doctor_tells_how_the_work_goes(
    zhibu: Zhibu, roster: Path, tmp_path: Path, platform: FakeTencent
) -> None:
    zhibu("import", "roster", str(roster))
    database = Database(f"sqlite:///{tmp_path}/data/zhibu.db")
    now = SystemClock().now()
    world = World(database, now)
    health = now - timedelta(minutes=40)
    with database.writing() as session:
        session.add(TickMark(name="tick", done_until=health))
    routes = {name: Routes(private={SPACE: Way(name, 2048)}) for name in ("wecom", "old")}
    member = world.member("王五", None, Role.SECRETARY)
    for key, route, state in (
        ("late", "wecom", "queued"),
        ("orphan", "old", "queued"),
        ("unknown", "wecom", "uncertain"),
        ("refused", "wecom", "refused"),
    ):
        world.enqueue(world.letter(member, key=key, due_at=health), routes=routes[route])
        with database.writing() as session:
            session.execute(
                update(Outbox)
                .where(Outbox.key == key)
                .values(state=SendState(state), finished_at=now, detail=f"{key}的原因")
            )
    database.close()

    code, out, _ = zhibu("doctor")

    lines = out.splitlines()
    assert code == 1
    assert (
        "✗ 排队：1条等着发，最早的已经等了40分钟。请看 serve 或 work 是否在运行，再看它的日志。"
        in lines
    )
    assert any(line.startswith("✗ 排队：1条等着用渠道 old 发，配置里没有它。") for line in lines)
    assert any(line.startswith("✗ 定时：上一次在24") for line in lines)
    assert "✓ 近7天有1条不知道送到没有，没有重发。是谁请书记看：名单 通知" in lines
    assert any("1条没有送到：refused的原因（1条）" in line for line in lines)
    assert "✓ 渠道 wecom：企业微信应用，平台接受了凭证。" in lines
    assert any(line.startswith("✓ 时钟：") and line.endswith("，和平台一致。") for line in lines)


@pytest.mark.parametrize(
    ("off", "says"), [(90, "比平台快90秒"), (-90, "比平台慢90秒"), (59, "和平台一致")]
)
def test_a_doctor_compares_clocks(off: int, says: str) -> None:
    here = SystemClock().now()

    found = vitals._clock(here - timedelta(seconds=off), here)

    assert says in found.sentence
    assert found.fine == (abs(off) <= 60)


def test_a_doctor_asks_platforms_whether_they_know_us(
    zhibu: Zhibu, platform: FakeTencent, tmp_path: Path
) -> None:
    file = tmp_path / "zhibu.toml"
    file.write_text(file.read_text("utf-8").replace("app-secret", "wrong"), encoding="utf-8")

    code, out, _ = zhibu("doctor")

    assert code == 1
    assert "✗ 渠道 wecom：企业微信应用，密钥（secret）无效，请在管理后台核对后改配置。" in out
    assert sorted(path.name for path in tmp_path.iterdir()) == ["zhibu.toml"]


def test_a_doctor_tells_one_thing_a_line(zhibu: Zhibu, roster: Path, tmp_path: Path) -> None:
    code, out, err = zhibu("doctor")
    assert (code, err) == (1, "有标 ✗ 的要处理。\n")
    assert "✗ 数据库：SQLite，还是空的。请运行：zhibu upgrade" in out

    zhibu("import", "roster", str(roster))
    code, out, _ = zhibu("doctor")
    assert code == 0
    assert "✓ 定时：还没有运行过，启动请运行：zhibu serve" in out
    assert "✓ 排队：0条等着发。" in out
    assert "✓ 名册：1个组织，2人。" in out
    assert "✓ 看门狗：没有设置 [watchdog] ping_url，程序停了外面没有人知道。" in out

    key = tmp_path / "data" / "text.key"
    key.write_bytes(b"x" * 32)
    key.chmod(0o644)
    assert f"✗ 密钥 {key} 别人也能读。请运行：chmod 600 {key}" in zhibu("doctor")[1]


def test_a_doctor_finds_a_webhook_of_an_unknown_unit(
    zhibu: Zhibu, roster: Path, tmp_path: Path
) -> None:
    zhibu("import", "roster", str(roster))
    (tmp_path / "zhibu.toml").write_text(
        '[[channel]]\nname = "b9"\nkind = "group_webhook"\nkey = "abcd"\nunit = "第九党支部"\n',
        encoding="utf-8",
    )

    out = zhibu("doctor")[1]

    assert "✗ 渠道 b9：没有叫“第九党支部”的组织，请核对 unit。" in out
    assert "✗ 配置 [server] 没有写 public_url" in out


def test_a_channel_that_is_not_there_is_named_with_those_that_are(zhibu: Zhibu) -> None:
    code, _, err = zhibu("channel", "check", "wecom")

    assert (code, err) == (1, "配置里没有叫 wecom 的渠道（现有：还没有配置渠道）。\n")


@pytest.fixture(scope="module")
def fake() -> Iterator[FakeTencent]:
    """Return the platform of this module."""
    with FakeTencent() as platform:
        yield platform


@pytest.fixture
def platform(tmp_path: Path, fake: FakeTencent) -> FakeTencent:
    """Return a platform that knows of nothing, and a configuration of two channels for it."""
    fake.reset()
    channel = "[[channel]]\nallow_insecure = true\n" + f'api_base = "{fake.qyapi}"\n'
    (tmp_path / "zhibu.toml").write_text(
        f'{channel}name = "wecom"\nkind = "wecom_app"\ncorp_id = "ww_test_corp"\n'
        f'agent_id = 1000002\nsecret = "app-secret"\ntoken = "abc"\naes_key = "{"a" * 43}"\n'
        f'{channel}name = "b3"\nkind = "group_webhook"\nkey = "key-branch1"\n'
        'unit = "第三党支部"\n',
        encoding="utf-8",
    )
    return fake


def test_a_channel_check_really_asks_the_platform(
    zhibu: Zhibu, platform: FakeTencent, tmp_path: Path
) -> None:
    code, out, _ = zhibu("channel", "check", "wecom")
    assert (code, out.splitlines()[0]) == (0, "✓ wecom：平台接受了凭证。")
    assert out.splitlines()[1].endswith("/webhook/wecom")

    file = tmp_path / "zhibu.toml"
    file.write_text(file.read_text("utf-8").replace("app-secret", "wrong"), encoding="utf-8")
    code, out, err = zhibu("channel", "check", "wecom")
    assert (code, out) == (1, "")
    assert "wrong" not in err
    assert len(err.splitlines()) == 1


def test_a_menu_is_created_where_there_is_one(zhibu: Zhibu, platform: FakeTencent) -> None:
    code, out, err = zhibu("channel", "menu", "wecom")

    assert (code, err) == (0, "")
    assert "我的（我的待办、我的党费、我的出勤、我的报名）" in out
    assert "没有菜单" in zhibu("channel", "menu", "b3")[2]
    assert "没有叫 mp 的渠道" in zhibu("channel", "menu", "mp")[2]


def test_a_group_robot_is_tried_only_when_told_to_send(zhibu: Zhibu, platform: FakeTencent) -> None:
    assert "zhibu channel check b3 --send" in zhibu("channel", "check", "b3")[1]
    assert not platform.delivered(key="key-branch1")

    assert "✓ b3：已发到第三党支部的群" in zhibu("channel", "check", "b3", "--send")[1]
    assert platform.delivered(key="key-branch1")


# --- processes that stay ---------------------------------------------------------------------


@pytest.fixture
def process(tmp_path: Path) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Return a way to start `zhibu` as a process of its own, on any free port."""
    (tmp_path / "zhibu.toml").write_text("[server]\nport = 0\n")
    started: list[subprocess.Popen[str]] = []

    def start(*arguments: str) -> subprocess.Popen[str]:
        child = subprocess.Popen(
            [sys.executable, "-m", "bot", *arguments],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(REPOSITORY), "PYTHONUTF8": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(child)
        return child

    yield start
    for child in started:
        if child.poll() is None:
            child.kill()
        child.communicate()


def address_of(child: subprocess.Popen[str]) -> str:
    """Return the address a process prints."""
    assert child.stdout is not None
    line = child.stdout.readline()
    assert "支部助手已启动：" in line, child.communicate()
    return line.split("：")[1].split("/  ")[0]


def get(url: str) -> int:
    """Return the status of a page."""
    try:
        with urllib.request.urlopen(url, timeout=30) as answer:
            status: int = answer.status
            return status
    except urllib.error.HTTPError as error:
        return error.code


def test_serve_answers_and_stops_in_order(process: Callable[..., subprocess.Popen[str]]) -> None:
    child = process("serve")
    address = address_of(child)

    assert get(f"{address}/healthz") == 200
    while get(f"{address}/") == 503:  # a loaded machine loads slowly
        continue
    assert get(f"{address}/rehearsal") == 404
    child.send_signal(signal.SIGTERM)
    _, err = child.communicate(timeout=60)
    assert child.returncode == 0, err
    assert "Traceback" not in err


def test_serve_may_be_stopped_while_it_still_loads(
    process: Callable[..., subprocess.Popen[str]],
) -> None:
    child = process("serve")
    address_of(child)

    child.send_signal(signal.SIGINT)

    _, err = child.communicate(timeout=60)
    assert child.returncode == 0, err


def test_serve_refuses_a_database_of_a_newer_program(
    tmp_path: Path, process: Callable[..., subprocess.Popen[str]]
) -> None:
    database = Database(f"sqlite:///{tmp_path}/data/zhibu.db")
    with database.engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE alembic_version (version_num VARCHAR(32))")
        connection.exec_driver_sql("INSERT INTO alembic_version VALUES ('9999')")
    database.close()

    child = process("serve")
    _, err = child.communicate(timeout=60)

    assert child.returncode == 1
    assert "数据库比程序新（9999）。请换新版程序" in err
    assert "Traceback" not in err


def test_a_port_in_use_is_one_sentence(
    tmp_path: Path, process: Callable[..., subprocess.Popen[str]]
) -> None:
    first = process("web")
    port = address_of(first).rpartition(":")[2]
    (tmp_path / "zhibu.toml").write_text(f"[server]\nport = {port}\n")

    second = process("web")
    _, err = second.communicate(timeout=60)

    assert second.returncode == 1
    assert f"127.0.0.1 的 {port} 端口用不了" in err


def test_the_demo_serves_its_rehearsal(
    tmp_path: Path, process: Callable[..., subprocess.Popen[str]]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    (tmp_path / "zhibu.toml").unlink()
    child = process("demo", "--port", str(port))
    assert child.stdout is not None
    told: list[str] = []
    while not told or "按 Ctrl+C 停止" not in told[-1]:
        told.append(child.stdout.readline())
        assert told[-1], child.communicate()

    assert f"用浏览器打开：http://127.0.0.1:{port}/rehearsal\n" in told
    while (status := _try(f"http://127.0.0.1:{port}/rehearsal")) in (0, 503):
        assert child.poll() is None
    assert status == 200
    child.send_signal(signal.SIGINT)
    assert child.wait(60) == 0


def _try(url: str) -> int:
    """Return the status of a page, or 0 while nobody listens."""
    try:
        return get(url)
    except urllib.error.URLError:
        return 0


def test_work_runs_without_a_port_and_stops(
    process: Callable[..., subprocess.Popen[str]], tmp_path: Path
) -> None:
    with (tmp_path / "zhibu.toml").open("a") as file:
        file.write(
            '[[channel]]\nname = "robot"\nkind = "wecom_robot"\ncorp_id = "ww1"\ntoken = "abc"\n'
            f'aes_key = "{"a" * 43}"\nbot_id = "b"\nsecret = "s"\n'
        )
    child = process("work")
    while not (tmp_path / "data" / "text.key").exists() and child.poll() is None:
        continue

    child.send_signal(signal.SIGTERM)

    _, err = child.communicate(timeout=60)
    assert child.returncode == 0, err
    assert "渠道 robot 的 secret 现在还没有用到" in err


@pytest.mark.parametrize("ending", ["html", "xlsx", "docx"])
def test_lists_are_written_to_be_printed(zhibu: Zhibu, tmp_path: Path, ending: str) -> None:
    """签到表写成可以打印的文件：每人一行，带打勾的格子；没有会就说有哪些。"""
    (tmp_path / "roster.csv").write_text(ROSTER, encoding="utf-8")
    zhibu("import", "roster", "roster.csv")
    day = SystemClock().now().date() + timedelta(days=2)
    meetings = f"党组织,会议类型,日期,开始\n第三党支部,支部党员大会,{day},10:00\n"
    (tmp_path / "meetings.csv").write_text(meetings, encoding="utf-8")
    zhibu("import", "meetings", "meetings.csv")

    name = f"签到表.{ending}"
    code, told, _ = zhibu("paper", "签到表", "--unit", "三支部", "-o", name)
    missing = zhibu("paper", "电话名单", "--unit", "三支部", "--meeting", "党课", "-o", "x.html")

    assert (code, "2人已写到" in told) == (0, True)
    assert missing[0] == 1
    assert "没有找到“党课”" in missing[2]
    if ending == "html":
        page = (tmp_path / name).read_text(encoding="utf-8")
        assert page.count("□") == 2
        assert "<td>张三</td>" in page
    elif ending == "docx":
        (table,) = tables(tmp_path / name)
        assert [row[1:3] for row in table[1:]] == [("张三", "□"), ("李四", "□")]
        assert "请勿转发" in footer(tmp_path / name)
    else:
        sheets = read_sheets(tmp_path / name)
        sheet = next(sheets)
        rows = [tuple(row[:3]) for _, row in sheet.rows]
        assert [row[1:] for row in rows[1:3]] == [("张三", "□"), ("李四", "□")]


def test_a_record_is_written_as_a_word_file(zhibu: Zhibu, tmp_path: Path) -> None:
    """会议记录写成Word：人数从台账来；换成自己的模板，内容一样。"""
    (tmp_path / "roster.csv").write_text(ROSTER, encoding="utf-8")
    zhibu("import", "roster", "roster.csv")
    day = SystemClock().now().date() - timedelta(days=2)
    for ledger, lines in (
        ("meetings", ("党组织,会议类型,日期,开始", f"第三党支部,支部党员大会,{day},10:00")),
        (
            "attendance",
            ("姓名,党组织,会议,日期,出勤", f"张三,第三党支部,,{day},到会"),
        ),
    ):
        (tmp_path / f"{ledger}.csv").write_text("\n".join(lines), encoding="utf-8")
        code, _, problems = zhibu("import", ledger, f"{ledger}.csv")
        assert code == 0, problems

    code, told, _ = zhibu("report", "minutes", "--unit", "三支部", "-o", "记录.docx")

    page = paragraphs(tmp_path / "记录.docx")
    assert (code, "请妥善保管" in told) == (0, True)
    assert page[0].endswith("支部党员大会记录")
    assert "党组织：第三党支部" in page
    assert any(line.startswith("到会：应到2人，实到1人") for line in page)
    zhibu("report", "template", "minutes", "-o", "模板.docx")
    with (tmp_path / "zhibu.toml").open("a") as file:
        file.write('[documents]\nminutes = "模板.docx"\n')
    zhibu("report", "minutes", "--unit", "三支部", "-o", "又一份.docx")
    assert paragraphs(tmp_path / "又一份.docx") == page
    unknown = zhibu("report", "template", "minute", "-o", "x.docx")
    assert unknown[0] == 1
    assert "minutes（会议记录）" in unknown[2]


def test_the_annual_report_is_written_kept_and_compared(zhibu: Zhibu, tmp_path: Path) -> None:
    """年报：写成Word，明细写成表格，存一稿；台账一改，就说哪个数变了、多了哪一条。"""
    (tmp_path / "roster.csv").write_text(ROSTER, encoding="utf-8")
    zhibu("import", "roster", "roster.csv")
    year = SystemClock().now().date().year
    none = zhibu("report", "diff", "--year", str(year))
    assert none[0] == 1
    assert "还没有存过年报" in none[2]

    words = ("report", "annual", "--year", str(year))
    code, told, _ = zhibu(*words, "-o", "年报.docx", "--rows", "明细.xlsx")

    page = paragraphs(tmp_path / "年报.docx")
    assert (code, "第1稿，草稿" in told) == (0, True)
    assert page[0].endswith(f"{year}年抓基层党建工作述职报告")
    assert any("【请书记填写：" in line for line in page)
    assert any(line.startswith("第三党支部，正式党员（2名）：张三、李四") for line in page)
    assert footer(tmp_path / "年报.docx").startswith("支部助手导出")
    names = [sheet.name for sheet in read_sheets(tmp_path / "明细.xlsx")]
    assert names[:1] == ["数字一览"]
    assert "在册党员" in names
    assert zhibu("report", "diff", "--year", str(year))[1].endswith("一样，没有变。\n")
    day = SystemClock().now().date() - timedelta(days=1)
    if day.year == year:
        meetings = f"党组织,会议类型,日期,开始,状态\n第三党支部,党课,{day},10:00,已确认\n"
        (tmp_path / "meetings.csv").write_text(meetings, encoding="utf-8")
        assert zhibu("import", "meetings", "meetings.csv")[0] == 0
        changed = zhibu("report", "diff", "--year", str(year))[1]
        assert "党课：0 → 1" in changed
        assert f"多 {day} " in changed
    settled = zhibu(*words, "-o", "定稿.docx", "--settle")
    assert "定稿）" in settled[1]
    assert zhibu("report", "annual", "--year", "1999", "-o", "x.docx")[0] == 1
