"""The `phieu` command: language, errors in sentences, and one file of commands a stage, loaded when it is asked for."""

import importlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from .. import __version__, words
from ..errors import PhieuError
from ..words import _

# Which file of commands holds which command, in the order of the work.
COMMANDS = {
    "new": "plan",
    "check": "plan",
    "preview": "forms",
    "print": "forms",
    "separator": "forms",
    "rehearse": "rehearse",
    "read": "read",
    "inspect": "read",
    "batches": "count",
    "withdraw": "count",
    "figures": "count",
    "review": "review",
    "decide": "review",
    "tally": "count",
    "verify": "count",
    "publish": "publish",
    "demo": "demo",
    "doctor": "doctor",
}


class _Stages(click.Group):
    """Loads a command's file only when that command is called: `phieu --help` needs no OpenCV."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f".{COMMANDS[cmd_name]}", __package__)
        command: click.Command = getattr(module, f"{cmd_name}_command")
        return command

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except PhieuError as error:
            click.echo(_("Error: {message}").format(message=error.message), err=True)
            if error.hint:
                click.echo(error.hint, err=True)
            ctx.exit(int(error.exit_code))


def _speak(_ctx: click.Context, _param: click.Parameter, code: str | None) -> None:
    words.use(code or words.preferred())


@click.group(cls=_Stages)
@click.version_option(__version__, prog_name="phieu")
@click.option(
    "--lang", type=click.Choice(words.LANGUAGES), is_eager=True, expose_value=False, callback=_speak,
    help="Language of messages; otherwise PHIEU_LANG, the system's, or Vietnamese.",
)
def main() -> None:
    """Print paper ballots, read their scans, count them, publish the results."""


def workspace_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command `--workspace DIR`, this folder by default, as `root: Path`."""
    return click.option(
        "--workspace", "-w", "root", type=click.Path(file_okay=False, path_type=Path), default=Path(),
        help="The folder of the vote; this folder by default.",
    )(command)


def practice_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command `--practice`: work on the rehearsal, never on the real count."""
    return click.option("--practice", is_flag=True, help="The rehearsal's count, kept apart from the real one.")(command)
