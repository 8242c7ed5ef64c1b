"""`token`: who may use the HTTP API."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from bot.cli.opening import config_option, load_config, opened
from bot.cli.words import Group

if TYPE_CHECKING:
    from datetime import datetime

    from bot.services.api_tokens import Listed

_NEVER = "一直有效"


@click.group(cls=Group)
def token() -> None:
    """接口令牌：让别的系统以某个人的身份用 HTTP 接口。"""


@token.command(epilog="zhibu token add 李芳 --scope roll:read,meetings:read --note 街道门户")
@click.argument("who", metavar="姓名或编号")
@click.option("--scope", "scopes", multiple=True, required=True, help="能做什么，用逗号隔开")
@click.option("--note", required=True, metavar="用途", help="给谁用")
@click.option("--days", type=int, metavar="天数", help="有效几天；不写就一直有效")
@config_option
def add(who: str, scopes: tuple[str, ...], note: str, days: int | None) -> None:
    """发一个令牌。它只显示这一次；能做的不会超过本人，本人没了职务它也就没用了。"""
    from bot.clock import SystemClock
    from bot.domain.api_scopes import parse_scopes
    from bot.services import api_tokens
    from bot.services.exporting.member import find_member
    from bot.services.officers import OPERATOR

    with opened(load_config()) as database, database.writing() as session:
        member_id, _ = find_member(session, who)
        made = api_tokens.issue(
            session,
            member_id=member_id,
            scopes=parse_scopes(scopes),
            note=note,
            by=OPERATOR,
            now=SystemClock().now(),
            days=days,
        )
    click.echo(f"令牌{made.id}，以{made.name}的身份，{_until(made.expires_at)}。只显示这一次：")
    click.echo(made.secret)


@token.command("list", epilog="zhibu token list")
@config_option
def list_() -> None:
    """列出所有令牌，新的在前；令牌本身不显示。"""
    from bot.services import api_tokens
    from bot.services.officers import OPERATOR

    with opened(load_config()) as database, database.reading() as session:
        found = api_tokens.list_all(session, by=OPERATOR)
    for one in found:
        click.echo(_line(one))
    if not found:
        click.echo("还没有发过令牌。")


@token.command(epilog="zhibu token revoke 3")
@click.argument("number", type=int, metavar="编号")
@config_option
def revoke(number: int) -> None:
    """收回一个令牌，马上不能用。"""
    from bot.clock import SystemClock
    from bot.services import api_tokens
    from bot.services.officers import OPERATOR

    with opened(load_config()) as database, database.writing() as session:
        found = api_tokens.revoke(session, token_id=number, by=OPERATOR, now=SystemClock().now())
    click.echo(f"令牌{found.id}（{found.name}，{found.note}）已经收回。")


def _line(one: Listed) -> str:
    state = "已收回" if one.revoked_at is not None else _until(one.expires_at)
    used = "还没有用过" if one.used_at is None else f"上次用在{_day(one.used_at)}"
    return f"{one.id}  {one.name}  {one.note}  {','.join(one.scopes)}  {state}  {used}"


def _until(moment: datetime | None) -> str:
    return _NEVER if moment is None else f"有效到{_day(moment)}"


def _day(moment: datetime) -> str:
    from bot.clock import local

    return f"{local(moment):%Y-%m-%d %H:%M}"
