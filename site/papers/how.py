"""How a round was counted, in the sentences of its minutes: what the machine did, what people decided."""

from collections.abc import Iterator
from dataclasses import dataclass

from ...count.bundle import Bundle
from ...vote.rules import note_on_checking
from ...words import _
from .. import views
from .contents import grouped


@dataclass(frozen=True, slots=True)
class Asked:
    """Questions of one kind."""

    label: str
    asked: str
    answered: str
    changed: str
    """Answered otherwise than the machine alone would have said."""


def questions(bundle: Bundle) -> list[Asked]:
    """Return how many questions of each kind people were asked, and what they answered."""
    return [
        Asked(label, str(one.asked), str(one.answered), str(one.changed))
        for label, one in views.questions(bundle.statistics)
    ]


def machine(bundle: Bundle, style_id: str) -> list[str]:
    """Return what the machine did, in sentences: numbers only."""
    return list(_machine(bundle, style_id))


def _machine(bundle: Bundle, style_id: str) -> Iterator[str]:
    counted = bundle.statistics
    pages = ", ".join(f"{label.lower()} {number}" for label, number in views.pages(counted) if number)
    yield _("Read {batches} batches of scans, {pages} pages in all: {each}.").format(
        batches=len(counted.batches), pages=sum(counted.pages.values()), each=pages or "0"
    )
    withdrawn = sum(str(batch.state) == "withdrawn" for batch in counted.batches)
    if withdrawn:
        yield _("{n} of these batches were withdrawn by people and do not count.").format(n=withdrawn)
    yield _(
        "Found {ballots} ballots of this kind, and asked people about every row it did not read clearly."
    ).format(ballots=counted.ballots[style_id])
    for form in counted.forms:
        if form.style == style_id:
            yield _("Form of the ballot: {form}, SHA-256 {sha256}.").format(
                form=form.form, sha256=grouped(form.sha256)
            )
    if counted.unsealed.get(style_id):
        yield _("Did not check the seal of {n} ballots: their scans have no colour.").format(
            n=counted.unsealed[style_id]
        )
    if counted.untold.get(style_id):
        yield _(
            "Could not tell whether {n} ballots were scanned twice: there is too little ink on them."
        ).format(n=counted.untold[style_id])
    note = note_on_checking(bundle.rule_set)
    yield _("Counted by rule set {rules}, version {version}{note}, SHA-256 {sha256}.").format(
        rules=bundle.rules,
        version=bundle.rules_version,
        note=f" ({note})" if note else "",
        sha256=grouped(bundle.rules_sha256),
    )
    yield _("Journal of the count, head before closing: {head}.").format(head=grouped(bundle.journal_head))
