"""Writes each ballot of a final round into a file for auditors, and writes into the journal who did so.

The file can be read by nobody but who wrote it, and lies apart from everything that is published: it is
refused a place among the results that are handed on, in the site's project and in the built site.
"""

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection

from ..errors import ExitCode, PhieuError, WorkspaceError
from ..vote.plan import Round
from ..vote.tally import BallotVotes
from ..words import _
from ..workspace import Workspace
from . import cvr, journal
from .answer import signed
from .ballots import StyleKey
from .cvr import Cast
from .desk import Desk
from .journal import Act


class NotYet(PhieuError):
    """Something is open in the round."""

    exit_code = ExitCode.NOT_FINAL


class WrongPlace(PhieuError):
    """Single ballots may not lie there."""

    exit_code = ExitCode.USAGE


@dataclass(frozen=True, slots=True)
class SingleBallots:
    """What was written."""

    path: Path
    ballots: int
    alone: int
    """Ballots that say what no other ballot of their kind says."""
    sha256: str


def export_folder(workspace: Workspace) -> Path:
    """Return the folder in which exports lie, apart from the bundle and what is published."""
    return workspace.results / "export"


def write(desk: Desk, round_id: str, by: str, target: Path) -> SingleBallots:
    """Write the single ballots of a round, in random order.

    Args:
        desk: the count.
        round_id: which round.
        by: who takes them.
        target: the file.

    Raises:
        NotYet: the round is not final.
        WrongPlace: the file would lie where results are published from.
        AnswerError: no such round, or no name.
        WorkspaceError: the file can't be written.
    """
    by, a_round = signed(by), desk.round(round_id)
    _refuse_published_place(desk.workspace, target)
    # The transaction ends first: no such file appears of which the journal does not tell.
    with _private(target) as part, desk.store.writing() as connection:
        # Nobody else writes meanwhile, so that this is the tally of just these ballots.
        tally = desk.tally(round_id)
        if not tally.final:
            raise NotYet(
                _("{round} is not final: {why}").format(round=a_round.title, why=" ".join(tally.open)),
                hint=_("Single ballots are written out only when nothing is open any more."),
            )
        ballots = cvr.shuffled(_cast(desk, a_round, connection))
        sha256 = _write(part, a_round, desk.workspace.practice, ballots)
        told = {"round": round_id, "by": by, "ballots": len(ballots), "sha256": sha256}
        journal.append(connection, Act.EXPORT, told)
    return SingleBallots(target, len(ballots), cvr.alone(ballots), sha256)


def _cast(desk: Desk, a_round: Round, connection: Connection) -> list[Cast]:
    found: list[Cast] = []

    def keep(style: StyleKey, votes: BallotVotes) -> None:
        if style[0] == a_round.id:
            found.append((style[1], votes))

    desk.counted(connection, keep)
    return found


def _refuse_published_place(workspace: Workspace, target: Path) -> None:
    place = target.resolve()
    allowed = place.is_relative_to(export_folder(workspace).resolve())
    published = (workspace.results, workspace.site, workspace.public)
    if not allowed and any(place.is_relative_to(folder.resolve()) for folder in published):
        raise WrongPlace(
            _("{file} lies among what is published: single ballots are never written there.").format(
                file=target
            ),
            hint=_("Leave --out away, or name a place outside {folder}.").format(folder=workspace.results),
        )


@contextmanager
def _private(target: Path) -> Iterator[Path]:
    """Give a file that only its owner can read; in the end it takes the place of `target`."""
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        part.unlink(missing_ok=True)
        os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        try:
            yield part
            part.replace(target)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        raise WorkspaceError(
            _("{file} can't be written: {reason}.").format(file=target, reason=error.strerror or error)
        ) from error


def _write(part: Path, a_round: Round, practice: bool, ballots: list[Cast]) -> str:
    digest = hashlib.sha256()
    with part.open("wb") as file:
        for piece in cvr.written(a_round, practice, ballots, datetime.now(UTC)):
            data = piece.encode()
            digest.update(data)
            file.write(data)
        file.flush()
        os.fsync(file.fileno())
    return digest.hexdigest()
