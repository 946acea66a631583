"""`phieu doctor`: what is missing on this machine, and how to install it."""

import click
from rich.console import Console
from rich.table import Table

from .. import doctor
from ..errors import MissingProgram
from ..words import _


@click.command(
    "doctor", help=_("Say which outside program or language file is missing, and how to install it.")
)
def doctor_command() -> None:
    """Print one line for each outside part; fail when one is missing."""
    findings = doctor.examine()
    table = Table(box=None)
    for heading in (_("Part"), _("Needed for"), _("Found"), _("To install it")):
        table.add_column(heading)
    for finding in findings:
        table.add_row(
            finding.name,
            finding.needed_for,
            _("yes") if finding.present else _("no"),
            "" if finding.present else finding.cure,
        )
    Console().print(table)
    missing = [finding for finding in findings if not finding.present]
    if missing:
        raise MissingProgram(
            _("Missing: {parts}.").format(parts=", ".join(finding.name for finding in missing)),
            hint=_("Install them with the commands above, then run `phieu doctor` again."),
        )
