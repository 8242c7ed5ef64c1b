"""Help and usage errors in Chinese; click says the rest."""

from __future__ import annotations

import inspect
import unicodedata
from typing import Any

import click

_GAP = 2
_WIDE = ("W", "F")


class Command(click.Command):
    """A command whose help is Chinese, with an example (the epilog)."""

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the help."""
        formatter.write(help_text(self, ctx))


class Group(click.Group):
    """A group of such commands."""

    command_class = Command

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the help, with the commands in the order in which they were added."""
        formatter.write(help_text(self, ctx))

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Return the names in the order in which a person meets them, not by letter."""
        return list(self.commands)


Group.group_class = Group


def help_text(command: click.Command, ctx: click.Context) -> str:
    """Return the help of a command."""
    parts = [
        f"用法：{ctx.command_path} {_usage(command)}".rstrip(),
        inspect.cleandoc(command.help or ""),
    ]
    if command.epilog:
        examples = [f"  {line}" for line in inspect.cleandoc(command.epilog).splitlines()]
        parts.append("\n".join(["例如：", *examples]))
    if isinstance(command, click.Group):
        listed = [
            (name, _first_line(command.commands[name])) for name in command.list_commands(ctx)
        ]
        parts.append(_table("命令：", listed))
    parts.append(
        _table("选项：", [_option(param) for param in command.get_params(ctx) if _is_shown(param)])
    )
    return "\n\n".join(part for part in parts if part) + "\n"


def usage_sentence(error: click.UsageError) -> str:
    """Return what was wrong with the command line, and where to look it up."""
    path = error.ctx.command_path if error.ctx is not None else "zhibu"
    return f"{_wrong(error)}\n用法请看：{path} --help"


def _wrong(error: click.UsageError) -> str:
    if isinstance(error, click.NoSuchOption):
        return f"没有 {error.option_name} 这个选项{_near(error.possibilities)}。"
    if isinstance(error, click.exceptions.NoSuchCommand):
        return f"没有 {error.command_name} 这个命令{_near(error.possibilities)}。"
    if isinstance(error, click.MissingParameter):
        return f"少写了 {_name(error.param)}。"
    if isinstance(error, click.BadParameter):
        return f"{_name(error.param)} 写得不对：{_reason(error)}"
    if isinstance(error, click.BadOptionUsage):
        return f"选项 {error.option_name} 后面要写一个值。"
    return "命令写得不对，可能多写了参数。"


def _reason(error: click.BadParameter) -> str:
    kind = error.param.type if error.param is not None else None
    if isinstance(kind, click.Choice):
        return f"可以是 {'、'.join(str(choice) for choice in kind.choices)}。"
    if isinstance(kind, click.IntRange):
        return f"应是{kind.min}到{kind.max}的整数。"
    return error.message


def _near(names: list[str] | None) -> str:
    return f"，是不是 {names[0]}" if names else ""


def _name(param: click.Parameter | None) -> str:
    if param is None:
        return "参数"
    return param.opts[0] if isinstance(param, click.Option) else _metavar(param)


def _metavar(param: click.Parameter) -> str:
    return param.metavar or (param.name or "").upper()


def _usage(command: click.Command) -> str:
    pieces = ["[选项]"]
    if isinstance(command, click.Group):
        return "[选项] 命令 …"
    for param in command.params:
        if isinstance(param, click.Argument):
            pieces.append(_metavar(param) if param.required else f"[{_metavar(param)}]")
        elif param.required:
            pieces.append(f"{param.opts[0]} {_metavar(param)}")
    return " ".join(pieces)


def _is_shown(param: click.Parameter) -> bool:
    return isinstance(param, click.Option) and not param.hidden


def _option(param: Any) -> tuple[str, str]:
    if param.opts[0] == "--help":
        return "--help", "显示这页说明"
    value = "" if param.is_flag else f" {_metavar(param)}"
    return f"{'、'.join(param.opts)}{value}", param.help or ""


def _first_line(command: click.Command) -> str:
    return inspect.cleandoc(command.help or "").splitlines()[0]


def _table(title: str, rows: list[tuple[str, str]]) -> str:
    width = max(_width(left) for left, _ in rows) + _GAP
    lines = [f"  {left}{' ' * (width - _width(left))}{right}".rstrip() for left, right in rows]
    return "\n".join([title, *lines])


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(c) in _WIDE else 1 for c in text)
