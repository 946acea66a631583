"""How the count of a round ends: differences explained, the round closed, and opened again in the open.

Closing is one transaction, in which the journal takes the whole bundle; its files are copies and come after.
Whatever is interrupted is ended by the same command, run again.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from sqlalchemy import Connection

from .. import words
from ..errors import ExitCode, PhieuError
from ..words import _
from . import bundle_files, journal, rounds, statistics
from .answer import explained, reasoned, signed
from .bundle import Bundle
from .differences import Difference
from .standing import Standing

if TYPE_CHECKING:
    from .desk import Desk


class NotClosed(PhieuError):
    """A round that is open can't be opened."""

    exit_code = ExitCode.USAGE


def explain(desk: "Desk", round_id: str, difference: str, explanation: str, by: str) -> Difference:
    """Record what people say of a difference; it holds for its numbers as they stand.

    Args:
        desk: the count.
        round_id: the round.
        difference: its id, `STYLE/KIND`.
        explanation: what the minutes print.
        by: who says so: the chair.

    Raises:
        AnswerError: no such difference, one that can't be explained, no explanation, or no name.
        RoundClosed: the round is closed.
    """
    explanation, by = explained(explanation), signed(by)
    with desk.store.writing() as connection:
        standing = desk.standing_in(connection, round_id)
        rounds.refuse_if_closed(connection, [round_id])
        found = standing.to_explain(difference)
        with words.spoken(desk.plan.language):  # minutes and site print its sentence
            said = standing.to_explain(difference)
        rounds.append_explanation(connection, round_id, said, explanation, by)
    return replace(found, explanation=explanation, by=by)


def close(desk: "Desk", round_id: str, by: Sequence[str]) -> Bundle:
    """Close a round, and write its bundle into `results/`; of a closed one, write the files again.

    Raises:
        NotClosable: something is open, or a difference is not explained.
        ResultsChanged: it is closed, and its votes no longer come to its results.
        AnswerError: no such round, or no name.
    """
    names = tuple(dict.fromkeys(signed(name) for name in by)) or (signed(""),)
    with desk.store.writing() as connection:
        standing = desk.standing_in(connection, round_id)
        if standing.closed is None:
            bundle = _closed(desk, connection, standing, names)
        else:
            bundle = standing.closed
            standing.tally()
    if standing.closed is None and bundle.corrects:
        # Where a reopening was interrupted, what it made void still lies there.
        _void(desk, round_id, bundle.corrects, bundle.reason)
    bundle_files.write(desk.workspace.results, bundle)
    return bundle


def reopen(desk: "Desk", round_id: str, reason: str, by: str) -> Bundle:
    """Open a closed round again; its bundle and the papers made of it are void, and moved away.

    Returns:
        The bundle that is void.

    Raises:
        NotClosed: the round is open.
        AnswerError: no such round, no reason, or no name.
    """
    reason, by = reasoned(reason), signed(by)
    desk.round(round_id)
    with desk.store.writing() as connection:
        bundle = rounds.bundle_in_force(connection, round_id)
        if bundle is not None:
            rounds.append_reopening(connection, round_id, bundle.sha256, reason, by)
        else:
            bundle, reason = _interrupted(desk, connection, round_id)
    _void(desk, round_id, bundle.sha256, reason)
    return bundle


def _interrupted(desk: "Desk", connection: Connection, round_id: str) -> tuple[Bundle, str]:
    """Return what a reopening made void that was stopped before its files were moved, and why."""
    before = rounds.reopened(connection, round_id)
    if before is None or not bundle_files.bundle_path(desk.workspace.results, round_id).exists():
        raise NotClosed(
            _("Round {name} is not closed.").format(name=round_id),
            hint=_("`phieu close {name}` closes it.").format(name=round_id),
        )
    return rounds.replaced(connection, round_id)[-1], before.reason


def _closed(desk: "Desk", connection: Connection, standing: Standing, by: tuple[str, ...]) -> Bundle:
    standing.refuse_unless_closable()
    head = journal.START
    for entry in journal.entries(connection):  # nothing is closed on a journal that was changed
        head = entry.hash
    numbers = statistics.of_round(standing.round, standing.counted, standing.batches, desk.printed())
    before = rounds.reopened(connection, standing.round.id)
    bundle = standing.bundle(
        desk.workspace.practice,
        numbers,
        head,
        journal.now(),
        by,
        (before.sha256, before.reason) if before else ("", ""),
    )
    # What is signed must be readable, and add up, wherever it is handed to.
    bundle = Bundle.from_bytes(bundle.to_bytes())
    rounds.append_closing(connection, bundle)
    return bundle


def _void(desk: "Desk", round_id: str, sha256: str, reason: str) -> None:
    note = _(
        "Round {name} was reopened: {reason}\n"
        "The results with SHA-256 {sha256} and the papers made of them are void.\n"
    ).format(name=round_id, reason=reason, sha256=sha256)
    bundle_files.void(desk.workspace.results, round_id, note, keep=desk.papers(round_id))
