"""What ballots were printed for, as the journal recorded it before the first of them was read.

A form's entry names its round and ballot style, who stands in its rows, and the rules its votes are counted
by. From then on neither the list of people, nor `forms/index.json`, nor a rule set can be changed without the
desk refusing to count.
"""

from typing import Any

from sqlalchemy import Connection

from ..errors import ExitCode, PhieuError
from ..forms.run import printed_rows
from ..vote.rules import RuleSet
from ..words import _
from . import canonical
from .ballots import Printed
from .journal import Act, of_act


class PlanChanged(PhieuError):
    """The plan is no longer the one that the counted ballots were printed from."""

    exit_code = ExitCode.BAD_PLAN


def entry(printed: Printed) -> dict[str, Any]:
    """Return what the journal records of a form."""
    return {
        "form": printed.form.id,
        "sha256": printed.form.sha256,
        "round": printed.round.id,
        "style": printed.style.id,
        "rows": [list(row) for row in printed_rows(printed.style)],
        "rules": printed.round.rules.id,
        "rules_sha256": rules_sha256(printed.round.rules),
    }


def rules_sha256(rules: RuleSet) -> str:
    """Return one hash over all that a rule set says."""
    return canonical.sha256(canonical.dumps(rules.model_dump(mode="json")))


def noted(connection: Connection) -> dict[str, dict[str, Any]]:
    """Return what the journal recorded of each form; whether its chain holds is for `verify` to say."""
    return {data["form"]: data for data in reversed(of_act(connection, Act.FORM))}


def change(printed: Printed, before: dict[str, Any]) -> PlanChanged | None:
    """Return what is no longer as the journal recorded it of a form, as an error; None where nothing is."""
    now = entry(printed)
    if now == before:
        return None
    names = {"form": now["form"], "round": now["round"], "style": now["style"]}
    if (now["round"], now["style"]) != (before["round"], before["style"]):
        return PlanChanged(
            _(
                "Form {form} is now said to be of {round}, {style}; ballots of it were counted for {before}."
            ).format(**names, before=f"{before['round']}, {before['style']}"),
            hint=_("Put back the folder as it was when the ballots were printed."),
        )
    if any(now[what] != before[what] for what in ("sha256", "rows")):
        return PlanChanged(
            _("Form {form} of {round}, {style} is not what the journal recorded of it.").format(**names),
            hint=_("Put the plan, the list of people and the forms back as they were when the count began."),
        )
    return PlanChanged(
        _("The rules of {round} are not those its count began with.").format(round=now["round"]),
        hint=_(
            "Put the rules back as they were (the plan's `rules`, the file in `rulesets/`, the version of "
            "Phiếu); or withdraw the batches and begin again in a new workspace."
        ),
    )
