"""What was done to whole rounds, as the journal holds it: explained, closed, reopened, papers made.

While a round is closed, nothing that its results rest on can change: not its figures, not a decision on one
of its ballots, not a batch that holds one. Whoever tries is told to reopen it first.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select

from ..errors import ExitCode, PhieuError
from ..ocr.reading import Outcome, PageReading
from ..words import _
from . import canonical, journal, record, store
from .ballots import Printed, page_answer
from .batches import BatchState
from .bundle import Bundle, BundleError
from .differences import Difference, Said
from .journal import Act
from .question import Question, QuestionKind, question_id


class RoundClosed(PhieuError):
    """Something that would change a closed round."""

    exit_code = ExitCode.USAGE


@dataclass(frozen=True, slots=True)
class Reopened:
    """The last time a round was reopened."""

    sha256: str
    """Of the bundle that is void since."""
    reason: str
    by: str


def closed(connection: Connection) -> dict[str, str]:
    """Return each closed round, with the SHA-256 of its bundle."""
    in_force: dict[str, str] = {}
    for act, data in journal.of_acts(connection, Act.CLOSED, Act.REOPENED):
        if act is Act.CLOSED:
            in_force[data["round"]] = data["sha256"]
        else:
            in_force.pop(data["round"], None)
    return in_force


def reopened(connection: Connection, round_id: str) -> Reopened | None:
    """Return the last reopening of a round; None where there was none."""
    found = [data for data in journal.of_act(connection, Act.REOPENED) if data["round"] == round_id]
    return Reopened(found[-1]["sha256"], found[-1]["reason"], found[-1]["by"]) if found else None


def bundle_in_force(connection: Connection, round_id: str) -> Bundle | None:
    """Return the bundle of a closed round; None while it is open.

    Raises:
        BundleError: what the journal holds of it was changed.
    """
    sha256 = closed(connection).get(round_id)
    return None if sha256 is None else _stored(connection, sha256)


def replaced(connection: Connection, round_id: str) -> tuple[Bundle, ...]:
    """Return the bundles that reopening made void, the oldest first."""
    gone = [data["sha256"] for data in journal.of_act(connection, Act.REOPENED) if data["round"] == round_id]
    return tuple(_stored(connection, sha256) for sha256 in gone)


def bundle_bytes(data: Mapping[str, Any]) -> bytes:
    """Return a bundle's bytes from its entry in the journal."""
    return f"{canonical.dumps(data['bundle'])}\n".encode()


def said(connection: Connection, round_id: str) -> dict[str, Said]:
    """Return the last explanation of each difference of a round."""
    return {
        data["difference"]: Said(
            data["difference"], data["numbers"], data["sentence"], data["explanation"], data["by"]
        )
        for data in journal.of_act(connection, Act.EXPLAINED)
        if data["round"] == round_id
    }


def papers(connection: Connection, round_id: str) -> dict[str, str]:
    """Return the papers in force of a round, by name with their SHA-256.

    They are those made of its closed results, and those made while it was open, as the zero report.
    """
    in_force = ("", closed(connection).get(round_id))
    found: dict[str, str] = {}
    for data in journal.of_act(connection, Act.PAPERS):
        if data["round"] == round_id and data["bundle"] in in_force:
            found |= data["papers"]
    return found


def append_explanation(
    connection: Connection, round_id: str, difference: Difference, explanation: str, by: str
) -> None:
    """Write what people say of a difference, with its numbers as they stand."""
    journal.append(
        connection,
        Act.EXPLAINED,
        {
            "round": round_id,
            "difference": difference.id,
            "numbers": dict(difference.numbers),
            "sentence": difference.sentence,
            "explanation": explanation,
            "by": by,
        },
    )


def append_closing(connection: Connection, bundle: Bundle) -> None:
    """Write a round's bundle, and that it is closed."""
    sha256 = bundle.sha256
    journal.append(connection, Act.BUNDLE, {"sha256": sha256, "bundle": bundle.to_json()})
    journal.append(
        connection, Act.CLOSED, {"round": bundle.round, "sha256": sha256, "by": list(bundle.closed_by)}
    )


def append_reopening(connection: Connection, round_id: str, sha256: str, reason: str, by: str) -> None:
    """Write that a round is open again."""
    journal.append(
        connection, Act.REOPENED, {"round": round_id, "sha256": sha256, "reason": reason, "by": by}
    )


def append_papers(connection: Connection, round_id: str, made: Mapping[str, str]) -> None:
    """Write which papers were made of a round, and from which bundle."""
    journal.append(
        connection,
        Act.PAPERS,
        {"round": round_id, "bundle": closed(connection).get(round_id, ""), "papers": dict(made)},
    )


def refuse_if_closed(connection: Connection, rounds: Iterable[str]) -> None:
    """Stop what would change a closed round.

    Raises:
        RoundClosed: naming the closed ones among `rounds`.
    """
    touched = sorted(set(rounds) & set(closed(connection)))
    if touched:
        raise RoundClosed(
            _("Round {name} is closed; nothing was changed.").format(name=", ".join(touched)),
            hint=_(
                "Its results are signed as they are. To correct them, `phieu reopen {name} --reason …`."
            ).format(name=touched[0]),
        )


def of_readings(readings: Iterable[PageReading], printed: Mapping[str, Printed]) -> set[str]:
    """Return the rounds of which pages, as read, are ballots."""
    counting = (Outcome.READ, Outcome.REVIEW)
    return {
        printed[one.form or ""].round.id
        for one in readings
        if one.outcome in counting and one.form in printed
    }


def of_batch(connection: Connection, batch_id: int, printed: Mapping[str, Printed]) -> set[str]:
    """Return the rounds of which a batch holds ballots, as read or as people said."""
    pages = [page for page in record.stored_pages(connection, batch_id) if page.ballot]
    readings = (PageReading.from_json(json.loads(page.reading)) for page in pages)
    decided = record.decisions(connection)
    answers = [decided.get(question_id(page.key, "", QuestionKind.PAGE)) for page in pages]
    return of_readings(readings, printed) | _named([one.answer for one in answers if one], printed)


def touched(
    connection: Connection, question: Question, answer: str | None, printed: Mapping[str, Printed]
) -> set[str]:
    """Return the rounds that an answer to a question, or taking the one in force back, might change.

    Of a page nobody knows, all rounds in its batch are touched: that it is no ballot of theirs may have been
    what they were closed upon.
    """
    named = _named([one for one in (answer, question.answer) if one], printed)
    if question.round is not None:
        return {question.round} | named
    batch = (
        select(store.pages.c.batch)
        .join(store.batches)
        .where(store.pages.c.key == question.page_key, store.batches.c.state == BatchState.TAKEN)
    )
    batch_id = connection.scalar(batch)
    return named if batch_id is None else named | of_batch(connection, batch_id, printed)


def _named(answers: Iterable[str], printed: Mapping[str, Printed]) -> set[str]:
    """Return the rounds that answers name, which say what page it is."""
    rounds = {page_answer(p, n): p.round.id for p in printed.values() for n in range(1, p.form.pages + 1)}
    return {rounds[answer] for answer in answers if answer in rounds}


def _stored(connection: Connection, sha256: str) -> Bundle:
    for _act, data in journal.of_acts(connection, Act.BUNDLE, holding=sha256):
        if data["sha256"] == sha256:
            bundle = Bundle.from_bytes(bundle_bytes(data))
            if bundle.sha256 == sha256:
                return bundle
    raise BundleError(
        _("The results that were closed with SHA-256 {sha256} are not in the journal as they were.").format(
            sha256=sha256
        )
    )
