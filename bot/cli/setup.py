"""`init`, `upgrade`, `officer`, `passwd`, `backup`, `restore`, `doctor`: setting up, looking after."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import click

from bot.cli.example import EXAMPLE
from bot.cli.opening import (
    Refused,
    command_line,
    config_option,
    config_path,
    load_config,
    open_database,
    opened,
    refuse_newer,
)
from bot.cli.words import Command, Group


@click.command(cls=Command, epilog="zhibu init")
@config_option
def init() -> None:
    """写一份带说明的配置文件 zhibu.toml，照着改就行。"""
    path = config_path() or Path("zhibu.toml")
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(EXAMPLE)
    except FileExistsError:
        raise Refused(f"{path} 已经有了，没有改动它。") from None
    except OSError:
        raise Refused(f"写不了 {path}，请检查文件夹和权限。") from None
    path.chmod(0o600)  # it will hold secrets
    click.echo(f"已写好 {path}。改好后运行：zhibu doctor --config {path}")


@click.command(cls=Command, epilog="zhibu upgrade")
@config_option
def upgrade() -> None:
    """建好数据库，或把旧版本的升级；SQLite 会先自动备份。"""
    from bot.storage import schema

    config = load_config()
    database = open_database(config)
    try:
        current = schema.current(database)
        if current == schema.newest():
            click.echo(f"数据库已经是最新的（{current}）。")
            return
        if current is not None:
            refuse_newer(current)
        if current is not None and database.is_sqlite:
            from bot.cli import copying

            kept = config.data.dir / f"before-upgrade-{current}.db"
            if (
                not kept.exists()
            ):  # an earlier try may have stopped half-way: its copy is the good one
                copying.copy_sqlite(database.url, kept)
            click.echo(f"升级前的数据已备份到 {kept}")
        schema.upgrade(database)
        click.echo(f"数据库已升级到 {schema.newest()}。")
    finally:
        database.close()


@click.group(cls=Group)
def officer() -> None:
    """街道党务专干。"""


@officer.command(epilog="zhibu officer add 李芳")
@click.argument("name", metavar="姓名")
@click.option("--unit", metavar="组织", help="管哪个组织；默认是街道（没有会新建）")
@config_option
def add(name: str, unit: str | None) -> None:
    """登记一位街道党务专干，并给一个绑定码。再运行一次会给新的码。"""
    from bot.clock import SystemClock
    from bot.services.binding import CODE_LASTS
    from bot.services.officers import add_officer

    with opened(load_config()) as database, database.writing() as session:
        made = add_officer(session, name, unit, now=SystemClock().now())
    if made.created:
        click.echo(f"新建了组织“{made.unit}”。")
    if made.adopted:
        click.echo(f"原来没有上级的{made.adopted}个组织已放到{made.unit}下面。")
    click.echo(
        f"{made.name}是{made.unit}的党务专干。请本人用自己的账号私聊小助手，发这一句：\n"
        f"  绑定码 {made.code}\n"
        f"绑定码{CODE_LASTS.days}天内有效，只能用一次，不要发到群里。"
    )


@click.command(cls=Command, epilog="zhibu passwd 李芳")
@click.argument("name", metavar="姓名")
@click.option("--unit", metavar="组织", help="同名的有几位时，写在哪个组织任职")
@config_option
def passwd(name: str, unit: str | None) -> None:
    """给担任职务的人设一个登录网页的密码；他开着的网页会退出。"""
    from bot.clock import SystemClock
    from bot.services import passwords

    password = click.prompt("密码", hide_input=True, confirmation_prompt="再输一遍")
    with opened(load_config()) as database, database.writing() as session:
        whose = passwords.set_password(session, name, password, unit, now=SystemClock().now())
    click.echo(f"{whose}的网页密码设好了。登录时写姓名和密码。")


@click.command(cls=Command, epilog="zhibu backup /备份/zhibu-2026-03-01.db")
@click.argument("file", metavar="文件")
@config_option
def backup(file: str) -> None:
    """在线备份数据库到一个文件，边用边备，备完检查一遍。"""
    from bot.cli import copying

    config, path = load_config(), Path(file)
    with opened(config, may_create=False) as database:
        if database.is_sqlite:
            copying.copy_sqlite(database.url, path)
        else:
            copying.copy_any(database, path)
    size = path.stat().st_size / 1024 / 1024
    click.echo(f"已备份到 {path}（{size:.1f}MB，检查无误）。里面有个人信息，请妥善保管。")
    click.echo(f"文件夹 {config.data.dir} 里的 text.key、web.key 请另外保存一份。")


@click.command(cls=Command, epilog="zhibu restore /备份/zhibu-2026-03-01.db")
@click.argument("file", metavar="文件")
@click.option(
    "--check", "only_check", is_flag=True, help="只在临时的数据库里恢复一遍看看，不动现在的"
)
@config_option
def restore(file: str, only_check: bool) -> None:
    """把备份恢复到一个空的数据库（SQLite 或 PostgreSQL），逐表核对。"""
    from bot.cli import copying

    path = Path(file)
    if only_check:
        done = copying.check(path)
        click.echo(f"这个备份能恢复：{_counted(done.rows)}，逐表核对一致。现在的数据库没有动。")
        return
    config = load_config()
    database = open_database(config)
    try:
        done = copying.restore(path, database)
    finally:
        database.close()
    click.echo(f"已恢复：{_counted(done.rows)}，逐表核对一致。")
    if done.was_older:
        click.echo("备份是旧版本做的，已经升到现在的版本；备份文件没有改。")
    click.echo(f"原来的 text.key、web.key 也要放回 {config.data.dir}，没有它们，存的原话打不开。")


def _counted(rows: Mapping[str, int]) -> str:
    return f"{len(rows)}张表{sum(rows.values())}行（党员和工作人员{rows.get('member', 0)}人）"


@click.command(cls=Command, epilog="zhibu doctor")
@config_option
def doctor() -> None:
    """体检：配置、数据库、文件夹、渠道，一项一行，有问题的说怎么办。"""
    from bot.cli import checks

    found = checks.look(load_config(), upgrade=command_line("upgrade"))
    for item in found:
        click.echo(f"{'✓' if item.fine else '✗'} {item.sentence}")
    if not all(item.fine for item in found):
        raise Refused("有标 ✗ 的要处理。")
