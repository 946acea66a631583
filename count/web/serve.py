"""The desk's web server: waitress on 127.0.0.1, for as long as the questions are being answered."""

import logging
import socket
import webbrowser
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import waitress  # type: ignore[import-untyped]

from ...errors import ExitCode, PhieuError
from ...words import _
from ...workspace import Workspace
from .. import review
from ..desk import Desk
from .app import create_app
from .guard import Keys

HOST = "127.0.0.1"


class NoPort(PhieuError):
    """The port that was asked for can't be had."""

    exit_code = ExitCode.USAGE


@dataclass(frozen=True, slots=True)
class Served:
    """A desk that listens: `run` answers until Ctrl-C."""

    address: str
    """With the key in it; opens the desk as often as it is asked."""
    address_once: str
    """Opens it once: for the browser program, whose arguments others can see."""
    run: Callable[[], None]


@contextmanager
def served(workspace: Workspace, *, port: int | None = None, by: str = "") -> Iterator[Served]:
    """Serve the question list of a workspace.

    Args:
        workspace: the real count or the practice one.
        port: where to listen; a free one when not given.
        by: the name that decides, known beforehand.

    Raises:
        NoPort: the port is taken or may not be used.
    """
    plan = workspace.plan()
    with Desk.open(workspace, plan) as desk, _listening(port) as listening:
        bound: int = listening.getsockname()[1]
        keys = Keys()
        app = create_app(
            desk,
            plan,
            port=bound,
            keys=keys,
            practice=workspace.practice,
            by=by,
            then="phieu tally --practice" if workspace.practice else "phieu tally",
        )
        logging.getLogger("waitress").setLevel(logging.ERROR)
        server = waitress.create_server(app, sockets=[listening], ident=None, threads=4)
        try:
            yield Served(
                address=f"http://{HOST}:{bound}/open/{keys.printed}",
                address_once=f"http://{HOST}:{bound}/open/{keys.handed}",
                run=server.run,
            )
        finally:
            server.close()


def open_in_browser(served: Served) -> bool:
    """Show the desk in the user's browser; False where there is none."""
    try:
        return webbrowser.open(served.address_once)
    except webbrowser.Error:
        return False


def still_open(workspace: Workspace) -> tuple[int, int]:
    """Return how many questions are open, and how many there are."""
    with Desk.open(workspace, workspace.plan()) as desk:
        questions = review.questions(desk)
    return sum(one.open for one in questions), len(questions)


@contextmanager
def _listening(port: int | None) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as listening:
        try:
            listening.bind((HOST, port or 0))
        except OSError as error:
            raise NoPort(
                _("Port {port} can't be used: {reason}.").format(port=port, reason=error.strerror),
                hint=_("Leave --port out, and a free one is found."),
            ) from error
        yield listening
