"""The command `zhibu`. What a command needs is imported when it runs, so that help is quick."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

import click

from bot import __version__
from bot.cli import (
    channel,
    ledgers,
    paper,
    replaying,
    report,
    running,
    setup,
    talking,
    tokens,
)
from bot.cli.opening import config_option, refusal_of
from bot.cli.words import Group, usage_sentence

_REFUSED, _USAGE, _INTERRUPTED = 1, 2, 130


@click.group(cls=Group, epilog="zhibu demo")
@config_option
@click.version_option(__version__, message="支部助手 %(version)s", help="显示版本")
def cli() -> None:
    """支部助手：帮党支部管好三会一课、党费和学习的聊天机器人。"""


for _command in (
    running.demo,
    setup.init,
    setup.upgrade,
    running.serve,
    running.web,
    running.work,
    setup.officer,
    ledgers.import_,
    ledgers.export,
    paper.paper,
    report.report,
    talking.plan,
    talking.parse,
    talking.play,
    replaying.replay,
    channel.channel,
    tokens.token,
    setup.backup,
    setup.restore,
    setup.doctor,
):
    cli.add_command(_command)


def main() -> None:
    """Run the command line of this process; what it writes is for its user alone."""
    os.umask(0o077)
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """Run one command; return 0 when done, 1 when refused with a sentence, 2 when misused."""
    try:
        code = cli.main(list(arguments), prog_name="zhibu", standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message())
        return _USAGE
    except click.UsageError as error:
        click.echo(usage_sentence(error), err=True)
        return _USAGE
    except (click.Abort, KeyboardInterrupt):
        return _INTERRUPTED
    except Exception as error:
        refusal = refusal_of(error)
        if refusal is None:
            raise
        click.echo(refusal, err=True)
        return _REFUSED
    return code if isinstance(code, int) else 0
