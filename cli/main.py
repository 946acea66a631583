"""The `phieu` command: language, errors in sentences, one file of commands a stage, loaded when asked for."""

import gettext
import importlib
import io
import os
import sys
import tempfile
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from .. import __version__, words
from ..errors import PhieuError, WorkspaceError
from ..words import N_, _

# Which file of commands holds which command, in the order of the work.
COMMANDS = {
    "new": "plan",
    "check": "plan",
    "rules": "rules",
    "split": "plan",
    "preview": "forms",
    "print": "forms",
    "separator": "forms",
    "rehearse": "rehearse",
    "calibrate": "calibrate",
    "read": "read",
    "inspect": "read",
    "batches": "count",
    "withdraw": "count",
    "figures": "count",
    "review": "review",
    "decide": "review",
    "tally": "count",
    "explain": "close",
    "close": "close",
    "reopen": "close",
    "zero-report": "minutes",
    "minutes": "minutes",
    "verify": "count",
    "export": "export",
    "recount": "export",
    "gather": "gather",
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
        command: click.Command = getattr(module, f"{cmd_name.replace('-', '_')}_command")
        return command

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        # This group exists before the language is known; the files of commands are imported after.
        self.help = self.help and _(self.help)
        for parameter in self.params:
            if isinstance(parameter, click.Option):
                parameter.help = parameter.help and _(parameter.help)
        super().format_help(ctx, formatter)

    def main(self, *args: Any, **kwargs: Any) -> Any:
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, io.TextIOWrapper):
                # A name that the terminal's encoding can't show must not end a count.
                stream.reconfigure(errors="replace")
        # Around everything, so that a command's file that can't be imported is a sentence too.
        _use(words.preferred())
        try:
            return super().main(*args, **kwargs)
        except PhieuError as error:
            trouble = error
        except OSError as error:
            trouble = _from_system(error)
        except Exception as error:
            if os.environ.get("PHIEU_DEBUG"):
                raise
            trouble = _bug(error)
        click.echo(_("Error: {message}").format(message=trouble.message), err=True)
        if trouble.hint:
            click.echo(trouble.hint, err=True)
        sys.exit(int(trouble.exit_code))


def _from_system(error: OSError) -> PhieuError:
    return WorkspaceError(
        _("The system refused: {reason} ({file}).").format(
            reason=error.strerror or error, file=error.filename or "-"
        ),
        hint=_(
            "Check that the file is there, that you may write to the folder, and that the disk is not full."
        ),
    )


def _bug(error: Exception) -> PhieuError:
    """Return a sentence for a mistake of ours; what a developer needs goes to a file, not to the user."""
    with tempfile.NamedTemporaryFile(
        "w", prefix="phieu-", suffix=".txt", delete=False, encoding="utf-8"
    ) as details:
        traceback.print_exception(error, file=details)
    return PhieuError(
        _("Phiếu made a mistake of its own: {kind}. Nothing already counted is lost.").format(
            kind=type(error).__name__
        ),
        hint=_("Please send the file {file} to whoever looks after the program.").format(file=details.name),
    )


def _speak(_ctx: click.Context, _param: click.Parameter, code: str | None) -> None:
    if code:
        _use(code)


def _use(code: str) -> None:
    """Set the language, for our messages and for click's own, which come from the catalogue `messages`."""
    words.use(code)
    os.environ["LANGUAGE"] = code
    gettext.bindtextdomain("messages", words.CATALOGUES)


@click.group(cls=_Stages, help=N_("Print paper ballots, read their scans, count them, publish the results."))
@click.version_option(__version__, prog_name="phieu", help=N_("Show the version and exit."))
@click.option(
    "--lang",
    type=click.Choice(words.LANGUAGES),
    is_eager=True,
    expose_value=False,
    callback=_speak,
    help=N_("Language of messages: PHIEU_LANG, the system's, or Vietnamese where it is not given."),
)
def main() -> None:
    """Run the command line."""


def workspace_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command `--workspace DIR`, this folder by default, as `root: Path`."""
    return click.option(
        "--workspace",
        "-w",
        "root",
        type=click.Path(file_okay=False, path_type=Path),
        default=Path(),
        help=_("The folder of the vote; this folder by default."),
    )(command)


def practice_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command `--practice`: work on the rehearsal, never on the real count."""
    return click.option(
        "--practice", is_flag=True, help=_("The rehearsal's count, kept apart from the real one.")
    )(command)
