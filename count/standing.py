"""Where one round stands: what was counted of it, what differs, and what it comes to. Pure.

A closed round is final by what was closed; whether its votes still come to that is checked each time they are
asked for, so nothing that was changed behind the desk's back is ever shown as its result.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from ..errors import ExitCode, PhieuError
from ..vote.plan import Round
from ..vote.tally import Figures, RoundTally, StyleTally, tally_style
from ..words import _
from . import closing
from .answer import AnswerError
from .batches import Batch
from .bundle import Bundle, Explained
from .counted import Counted
from .differences import Difference, Kind, Said, differences
from .printing import rules_sha256
from .statistics import Statistics


class ResultsChanged(PhieuError):
    """The votes of a closed round no longer come to its results."""

    exit_code = ExitCode.BROKEN_RECORD


class NotClosable(PhieuError):
    """Something keeps the round from being closed."""

    exit_code = ExitCode.NOT_FINAL


@dataclass(frozen=True, slots=True)
class Standing:
    """One round."""

    round: Round
    counted: Counted
    """Of the whole count."""
    told: Mapping[str, Figures]
    """Ballot style to what people counted."""
    batches: tuple[Batch, ...]
    said: Mapping[str, Said]
    """The last explanation of each difference."""
    closed: Bundle | None

    def differences(self) -> list[Difference]:
        """Return what differs between the figures, explained or not."""
        return differences(self.round, self._styles(final=False), self.said)

    def explained(self) -> tuple[Explained, ...]:
        """Return the differences that people explained, with the words they were given for."""
        return tuple(
            Explained(one.style, one.id, self.said[one.id].sentence, one.explanation, one.by)
            for one in self.differences()
            if one.settled
        )

    def to_explain(self, difference: str) -> Difference:
        """Return the difference with this id.

        Raises:
            AnswerError: there is none, or it is one that nobody can explain away.
        """
        known = {one.id: one for one in self.differences()}
        if difference not in known:
            names = ", ".join(f"{self.round.id}/{name}" for name in known)
            raise AnswerError(
                _("There is no difference {name} in round {round}.").format(
                    name=repr(difference), round=self.round.id
                ),
                hint=_("Differences: {names}").format(names=names or "–"),
            )
        found = known[difference]
        if not found.may_be_explained:
            raise AnswerError(found.sentence, hint=_hint(self.round.id, [found]))
        return found

    def still_open(self) -> list[str]:
        """Return why the round is not final; empty when it is."""
        if self.closed is not None:
            return []
        sheets = [one for one in self.differences() if one.kind is Kind.COLLECTED_READ]
        return [
            *closing.still_open(self.round, self.counted, self.told, self.batches),
            *(f"{one.sentence} {_explanation(one)}".strip() for one in sheets),
        ]

    def refuse_unless_closable(self) -> None:
        """Stop a closing.

        Raises:
            NotClosable: naming everything that is open, and every difference nobody explained.
        """
        sentences = closing.still_open(self.round, self.counted, self.told, self.batches)
        waiting = [one for one in self.differences() if not one.settled]
        sentences += [f"{one.sentence} [{self.round.id}/{one.id}]" for one in waiting]
        if not sentences:
            return
        raise NotClosable(
            _("Round {name} can't be closed yet:").format(name=self.round.id)
            + "".join(f"\n  - {sentence}" for sentence in sentences),
            hint=_hint(self.round.id, waiting),
        )

    def tally(self) -> RoundTally:
        """Return what the round came to so far, and what keeps it from being final.

        Raises:
            ResultsChanged: it is closed, and its votes no longer come to its results.
        """
        still_open = self.still_open()
        tally = self._tally(tuple(still_open))
        if self.closed is not None:
            self._refuse_unless_as_closed(self.closed, tally)
        return tally

    def bundle(
        self,
        practice: bool,
        numbers: Statistics,
        journal_head: str,
        at: str,
        by: tuple[str, ...],
        corrects: tuple[str, str],
    ) -> Bundle:
        """Return the results as they are closed.

        Args:
            practice: whether it is a rehearsal.
            numbers: how the round was counted.
            journal_head: before it is closed.
            at: now, UTC to the minute.
            by: who closes it.
            corrects: SHA-256 of the bundle that this one replaces, and why; empty texts for the first.
        """
        return Bundle(
            practice=practice,
            unit=self.round.unit.id,
            unit_name=self.round.unit.name,
            round=self.round.id,
            title=self.round.title,
            date=self.round.date.isoformat(),
            place=self.round.place,
            rule_set=self.round.rules,
            tally=self._tally(()),
            statistics=numbers,
            invalid=self._invalid(),
            decided={kind: one.answered for kind, one in numbers.questions.items()},
            explained=self.explained(),
            journal_head=journal_head,
            closed_at=at,
            closed_by=by,
            corrects=corrects[0],
            reason=corrects[1],
        )

    def _tally(self, still_open: tuple[str, ...]) -> RoundTally:
        final = not still_open
        return RoundTally(self.round.id, self.round.title, final, still_open, self._styles(final))

    def _styles(self, final: bool) -> tuple[StyleTally, ...]:
        rules, votes = self.round.rules, self.counted.votes
        return tuple(
            tally_style(style, rules, votes[self.round.id, style.id], self.told[style.id], final)
            for style in self.round.styles
        )

    def _refuse_unless_as_closed(self, closed: Bundle, tally: RoundTally) -> None:
        unit, day = self.round.unit, self.round.date.isoformat()
        now = (unit.id, unit.name, self.round.id, self.round.title, day, self.round.place)
        then = (closed.unit, closed.unit_name, closed.round, closed.title, closed.date, closed.place)
        if (
            now != then
            or tally != closed.tally
            or rules_sha256(self.round.rules) != closed.rules_sha256
            or self._invalid() != closed.invalid
            or self.explained() != closed.explained
        ):
            raise ResultsChanged(
                _(
                    "Round {name} is closed, but what the plan and the votes now come to is not what was "
                    "closed (fingerprint {fingerprint})."
                ).format(name=self.round.id, fingerprint=closed.fingerprint),
                hint=_(
                    "`phieu verify` says what was changed. Put the plan, the list of people and the database "
                    "back as they were; or `phieu reopen {name} --reason …`, and close it anew."
                ).format(name=self.round.id),
            )

    def _invalid(self) -> dict[str, dict[str, int]]:
        return {
            style.id: dict(sorted(self.counted.invalid[self.round.id, style.id].items()))
            for style in self.round.styles
        }


def _explanation(difference: Difference) -> str:
    if not difference.settled:
        return ""
    return _("Explained by {by}: “{explanation}”. The round is final once it is closed.").format(
        by=difference.by, explanation=difference.explanation
    )


def _hint(round_id: str, waiting: list[Difference]) -> str:
    hints = []
    if any(one.may_be_explained for one in waiting):
        example = next(one for one in waiting if one.may_be_explained)
        hints.append(
            _(
                "Correct a figure that is wrong (`phieu figures`). Where it is right, the chair explains the "
                "difference: `phieu explain {difference} --reason … --by …`."
            ).format(difference=f"{round_id}/{example.id}")
        )
    if any(not one.may_be_explained for one in waiting):
        hints.append(
            _(
                "More sheets read than collected can't be explained away: a sheet was counted twice, or "
                "people miscounted. Count the paper again; then correct the figure, or withdraw the batch."
            )
        )
    return "\n".join(hints)
