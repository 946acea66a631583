"""The counting desk: batches in and out, figures, and what all of it comes to.

A desk is one count of one workspace: the real one or the practice one. Everything it does is one transaction
in the store with one entry in the journal; before that, nothing has happened. A desk holds no connection
between two calls, so one may be used from several threads.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Self

from sqlalchemy import Connection

from ..errors import ExitCode, PhieuError
from ..forms.form import FormError, FrozenForm
from ..forms.run import IndexEntry, forms_index, frozen_forms, printed_rows
from ..ocr.reading import PageReading
from ..vote.plan import BallotStyle, Plan, Round
from ..vote.tally import Figures, RoundTally
from ..words import _
from ..workspace import Workspace
from . import ending, intake, journal, printing, record, rounds, statistics
from . import figures as hand_counts
from .answer import AnswerError, reasoned, signed
from .ballots import Printed
from .batches import Batch, BatchReport, BatchState
from .bundle import Bundle
from .counted import Counted, Each
from .counting import count_gists
from .differences import Difference
from .pairing import Scan
from .printing import PlanChanged
from .standing import Standing
from .statistics import Statistics
from .store import Store


class DeskError(PhieuError):
    """Something the desk can't do as things stand."""

    exit_code = ExitCode.USAGE


class Desk:
    """One count."""

    def __init__(self, workspace: Workspace, plan: Plan, store: Store) -> None:
        self.workspace = workspace
        self.plan = plan
        self.store = store
        self._frozen: dict[str, FrozenForm] = {}

    @classmethod
    def open(cls, workspace: Workspace, plan: Plan) -> Self:
        """Open the count of a workspace, and begin it when there is none yet.

        Raises:
            StoreError: the database can't be opened.
        """
        return cls(workspace, plan, Store.open(workspace.database, workspace.practice, workspace.count_id))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.store.close()

    # Batches

    def take_in(
        self,
        batch: str,
        sheets: int,
        paths: Sequence[Path],
        workers: int | None = None,
        on_page: Callable[[], None] | None = None,
        on_start: Callable[[int], None] | None = None,
    ) -> BatchReport:
        """Read a batch of scans into the count.

        Nothing is counted before all of it was read and written. A staged batch is replaced by reading it
        again under its name.

        Args:
            batch: its name: letters, digits, `-`, `_` and `.`.
            sheets: how many sheets people counted.
            paths: files and folders.
            workers: processes that read; as many as there are cores by default.
            on_page: called after each page.
            on_start: called once with the number of pages, before the first.

        Raises:
            DeskError: the name can't be used, or a batch of this name was taken in already.
        """
        printed = self.printed()
        return intake.take_in(
            self.workspace,
            self.store,
            printed,
            self.frozen(),
            batch,
            sheets,
            paths,
            workers,
            on_page,
            on_start,
        )

    def commit_batch(
        self, batch: str, sheets: int, scans: Sequence[Scan], files: Mapping[str, str]
    ) -> BatchReport:
        """Write a batch that was read, as `take_in` does when all its pages are there.

        Args:
            batch: its name.
            sheets: how many sheets people counted.
            scans: its pages, in the order given.
            files: files the desk keeps, by name in the batch's folder, with their SHA-256.
        """
        return intake.commit(self.store, self.printed(), batch, sheets, scans, files)

    def batches(self) -> tuple[Batch, ...]:
        """Return every batch, by name; withdrawn ones too."""
        with self.store.reading() as connection:
            return record.batches(connection)

    def withdraw(self, batch: str, reason: str, by: str) -> None:
        """Take a batch out of the count as a whole.

        Raises:
            DeskError: there is no such batch.
            RoundClosed: a ballot of a closed round is in it.
            AnswerError: no reason, or no name.
        """
        reason, by = reasoned(reason), signed(by)
        with self.store.writing() as connection:
            found = record.live_batch(connection, batch)
            if found is None:
                raise DeskError(
                    _("There is no batch {name} in this count.").format(name=batch),
                    hint=_("`phieu batches` lists them."),
                )
            if found.state is BatchState.TAKEN:
                rounds.refuse_if_closed(connection, rounds.of_batch(connection, found.id, self.printed()))
            record.withdraw(connection, found, reason, by)

    def page(self, key: str) -> PageReading:
        """Return the reading of a page that was taken in; KeyError where there is none."""
        return self.page_and_file(key)[0]

    def page_and_file(self, key: str) -> tuple[PageReading, Path | None]:
        """Return a page's reading and where its scan lies."""
        with self.store.reading() as connection:
            reading, batch, file = record.page(connection, key)
        return reading, self.workspace.scans / batch / file if file else None

    def readings(self) -> tuple[PageReading, ...]:
        """Return every page's reading of the batches that were taken in, blank pages and duplicates too."""
        with self.store.reading() as connection:
            return record.readings(connection)

    # Figures

    def set_figures(self, round_id: str, style_id: str, by: str, **told: int | None) -> tuple[str, ...]:
        """Record what people counted of a ballot style; what is None was not told.

        Returns:
            Sentences about what is odd, though possible.

        Raises:
            AnswerError: a figure that can't be, no name, or no such ballot style.
            RoundClosed: the round is closed.
        """
        by = signed(by)
        self.style(round_id, style_id)
        with self.store.writing() as connection:
            rounds.refuse_if_closed(connection, [round_id])
            before = record.figures(connection).get((round_id, style_id), {})
            new = hand_counts.told(before, told)
            record.append_figures(connection, round_id, style_id, new, by)
        return hand_counts.remarks({**before, **new})

    def figures(self, round_id: str, style_id: str) -> Figures:
        """Return the figures in force."""
        return hand_counts.as_figures(self.figures_told(round_id, style_id))

    def figures_told(self, round_id: str, style_id: str) -> dict[str, int]:
        """Return each figure in force that was told, in the order to show them."""
        with self.store.reading() as connection:
            told = record.figures(connection).get((round_id, style_id), {})
        return {name: told[name] for name in hand_counts.WORDS if name in told}

    # What it comes to

    def tally(self, round_id: str) -> RoundTally:
        """Return what a round came to so far, and what keeps it from being final.

        Raises:
            AnswerError: there is no such round.
            ResultsChanged: it is closed, and its votes no longer come to its results.
        """
        return self.standing(round_id).tally()

    def standing(self, round_id: str) -> Standing:
        """Return all that a round stands on, as of now.

        Raises:
            AnswerError: there is no such round.
        """
        with self.store.reading() as connection:
            return self.standing_in(connection, round_id)

    def statistics(self, round_id: str) -> Statistics:
        """Return how a round was counted, in numbers."""
        a_round = self.round(round_id)
        with self.store.reading() as connection:
            counted = self.counted(connection)
            all_batches = record.batches(connection)
        return statistics.of_round(a_round, counted, all_batches, self.printed())

    def standing_in(self, connection: Connection, round_id: str) -> Standing:
        """Return all that a round stands on, as one transaction sees it."""
        a_round = self.round(round_id)
        told = record.figures(connection)
        return Standing(
            round=a_round,
            counted=self.counted(connection),
            told={
                style.id: hand_counts.as_figures(told.get((round_id, style.id), {}))
                for style in a_round.styles
            },
            batches=record.batches(connection),
            said=rounds.said(connection, round_id),
            closed=rounds.bundle_in_force(connection, round_id),
        )

    def counted(self, connection: Connection, each: Each | None = None) -> Counted:
        """Return the questions and votes of all that was taken in, as one transaction sees it.

        The questions are without what only people need who answer them; `review.questions` has that too.

        Args:
            connection: within the transaction.
            each: called with the votes of each ballot.

        Raises:
            FormError: ballots were counted with a form that is no longer there.
            PlanChanged: people, forms or rules are not what the journal recorded before the first page.
        """
        printed = self.printed()
        recorded = printing.noted(connection)
        for one in printed.values():
            if one.form.id in recorded and (changed := printing.change(one, recorded[one.form.id])):
                raise changed
        sealed = any(one.style.seal for one in printed.values())
        counted = count_gists(
            record.gists(connection),
            lambda ballot: record.ballot_pages(connection, ballot),
            printed,
            record.decisions(connection),
            record.twins(connection),
            record.in_colour(connection) if sealed else frozenset(),
            each,
        )
        missing = counted.said_forms - (set(printed) & set(recorded))
        if missing:
            raise FormError(
                _("Ballots of form {form} were counted, but this form is not in {folder}.").format(
                    form=", ".join(sorted(missing)), folder=self.workspace.forms
                ),
                hint=_("Put back the folder as it was when the ballots were printed."),
            )
        return counted

    def journal_head(self) -> str:
        """Return the hash of the journal's last entry, to be printed and signed."""
        with self.store.reading() as connection:
            return journal.head(connection)

    # Closing a round

    def differences(self, round_id: str) -> tuple[Difference, ...]:
        """Return what differs between the figures of a round, explained or not."""
        return tuple(self.standing(round_id).differences())

    def explain(self, round_id: str, difference: str, explanation: str, by: str) -> Difference:
        """Record what people say of a difference; see `ending.explain`."""
        return ending.explain(self, round_id, difference, explanation, by)

    def close(self, round_id: str, by: Sequence[str]) -> Bundle:
        """Close a round, and write its bundle into `results/`; see `ending.close`."""
        return ending.close(self, round_id, by)

    def reopen(self, round_id: str, reason: str, by: str) -> Bundle:
        """Open a closed round again; see `ending.reopen`."""
        return ending.reopen(self, round_id, reason, by)

    def bundle(self, round_id: str) -> Bundle | None:
        """Return the bundle of a closed round; None while it is open."""
        self.round(round_id)
        with self.store.reading() as connection:
            return rounds.bundle_in_force(connection, round_id)

    def replaced(self, round_id: str) -> tuple[Bundle, ...]:
        """Return the bundles of a round that reopening made void, the oldest first."""
        self.round(round_id)
        with self.store.reading() as connection:
            return rounds.replaced(connection, round_id)

    def note_papers(self, round_id: str, made: Mapping[str, str]) -> None:
        """Record papers made of a round as it stands: name in `results/ROUND/` to SHA-256.

        Papers made while it is open, as the zero report, outlive its reopening; those of a closed one don't.
        """
        self.round(round_id)
        with self.store.writing() as connection:
            rounds.append_papers(connection, round_id, made)

    def papers(self, round_id: str) -> dict[str, str]:
        """Return the papers in force of a round: name in `results/ROUND/` to SHA-256."""
        self.round(round_id)
        with self.store.reading() as connection:
            return rounds.papers(connection, round_id)

    # What is voted on, and the paper for it

    def round(self, round_id: str) -> Round:
        """Return a round of the plan, or say in a sentence that there is none."""
        try:
            return self.plan.round(round_id)
        except KeyError:
            raise AnswerError(
                _("There is no round {name} in the plan.").format(name=round_id),
                hint=_("Rounds: {names}").format(names=", ".join(one.id for one in self.plan.rounds)),
            ) from None

    def style(self, round_id: str, style_id: str) -> BallotStyle:
        """Return a ballot style of the plan, or say in a sentence that there is none."""
        a_round = self.round(round_id)
        try:
            return a_round.style(style_id)
        except KeyError:
            raise AnswerError(
                _("There is no ballot {name} in round {round}.").format(name=style_id, round=round_id),
                hint=_("Ballots: {names}").format(names=", ".join(one.id for one in a_round.styles)),
            ) from None

    def printed(self) -> Mapping[str, Printed]:
        """Return what ballots of this count were printed with, by form id, in the plan's order.

        Raises:
            FormError: a form was changed after it was frozen.
            PlanChanged: a form was printed for other people than the plan names, or in another order.
        """
        index = {
            form: entry
            for form, entry in forms_index(self.workspace).items()
            if entry.practice == self.workspace.practice
        }
        if set(index) != set(self._frozen):
            self._frozen = frozen_forms(self.workspace, self.workspace.practice)
        order = {(a_round.id, style.id): n for n, (a_round, style) in enumerate(self._styles())}
        found = [(form, self._printed(one, self._frozen[form])) for form, one in index.items()]
        return dict(sorted(found, key=lambda one: order[one[1].round.id, one[1].style.id]))

    def frozen(self) -> tuple[FrozenForm, ...]:
        """Return the forms of this count, for the reader."""
        return tuple(self._frozen[form] for form in self.printed())

    def _styles(self) -> list[tuple[Round, BallotStyle]]:
        return [(a_round, style) for a_round in self.plan.rounds for style in a_round.styles]

    def _printed(self, entry: IndexEntry, frozen: FrozenForm) -> Printed:
        try:
            a_round = self.plan.round(entry.round)
            style = a_round.style(entry.style)
        except KeyError:
            style = None
        contests = {one.contest for one in frozen.form.fields}
        # Ids alone would not do: of two people whose names differ in marks only, the list's order says which
        # is `-2`, so a list sorted anew gives each the other's votes.
        if style is None or printed_rows(style) != entry.rows or contests != {row[0] for row in entry.rows}:
            raise PlanChanged(
                _(
                    "The ballots of {round}, {style} were printed for other people than the plan now names, "
                    "or in another order."
                ).format(round=entry.round, style=entry.style),
                hint=_(
                    "Put the plan and the list of people back as they were when the ballots were printed."
                ),
            )
        return Printed(a_round, style, frozen.form)
