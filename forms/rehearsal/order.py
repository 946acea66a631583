"""What a rehearsal is asked for: from a workspace, a round and a votes file to a deck."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from ...vote.plan import Round
from ...words import _
from ...workspace import Workspace
from ..form import FrozenForm
from ..run import frozen_form, named_round, named_style
from . import sheet
from .deck import Deck, rehearse
from .scanner import Scanner
from .votes import Ballots, VotesError, draw_votes
from .votes_file import read_votes


@dataclass(frozen=True, slots=True)
class Order:
    """A deck to be made."""

    round_id: str
    forms: Mapping[str, FrozenForm]
    votes: Mapping[str, Ballots]
    sealed: tuple[str, ...]
    scanner: Scanner
    colour: bool
    dpi: int
    seed: int
    out: Path

    @property
    def pages(self) -> int:
        """How many pages the deck will have."""
        return sum(len(ballots) * self.forms[style].form.pages for style, ballots in self.votes.items())


def place(
    workspace: Workspace,
    round_id: str,
    style_id: str | None,
    *,
    votes: Path | None,
    ballots: int,
    scanner: Scanner,
    seed: int,
    colour: bool = False,
    dpi: int = 200,
    out: Path | None = None,
) -> Order:
    """Return the order that a workspace and a command line make together; freezes forms not yet frozen.

    Args:
        workspace: of the vote.
        round_id: which round.
        style_id: which of its ballot styles; all when None.
        votes: the votes file; random votes when None.
        ballots: how many ballots of each style, when votes are drawn at random.
        scanner: which machine.
        seed: of everything that is drawn at random.
        colour: whether an office scanner scans in colour.
        dpi: resolution of the scans.
        out: where to; `practice/deck/ROUND` when None.

    Raises:
        UnknownName: the plan has no such round or style.
        VotesError: the votes file can't be used, or says nothing of `style_id`.
    """
    a_round = named_round(workspace.plan(), round_id)
    styles = a_round.styles if style_id is None else (named_style(a_round, style_id),)
    forms = {style.id: frozen_form(workspace, a_round, style, practice=True) for style in styles}
    return Order(
        round_id=round_id,
        forms=forms,
        votes=_votes(workspace, a_round, forms, votes, ballots, seed),
        sealed=tuple(style.id for style in styles if style.seal),
        scanner=scanner,
        colour=colour,
        dpi=dpi,
        seed=seed,
        out=out or workspace.root / "practice" / "deck" / round_id,
    )


def carry_out(order: Order, on_page: Callable[[], None] | None = None, workers: int | None = None) -> Deck:
    """Make the deck."""
    return rehearse(
        order.forms,
        order.votes,
        order.scanner,
        order.seed,
        order.out,
        round_id=order.round_id,
        sealed=order.sealed,
        dpi=order.dpi,
        colour=order.colour,
        workers=workers,
        on_page=on_page,
    )


def _votes(
    workspace: Workspace,
    a_round: Round,
    forms: Mapping[str, FrozenForm],
    path: Path | None,
    ballots: int,
    seed: int,
) -> dict[str, Ballots]:
    if path is None:
        return {
            style: draw_votes(frozen.form, ballots, sheet.stream(seed, style, 5))
            for style, frozen in forms.items()
        }
    # A file for the whole round may be used for one of its styles.
    every = {
        style.id: (
            forms[style.id] if style.id in forms else frozen_form(workspace, a_round, style, practice=True)
        )
        for style in a_round.styles
    }
    found = read_votes(path, {style: frozen.form for style, frozen in every.items()})
    wanted = {style: marks for style, marks in found.items() if style in forms}
    if not wanted:
        raise VotesError(
            _("{file} has no votes of ballot style {style}.").format(file=path, style=", ".join(forms)),
            hint=_("It has votes of: {known}.").format(known=", ".join(found)),
        )
    return wanted
