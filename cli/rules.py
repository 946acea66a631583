"""`phieu rules`: the rule sets there are, and what each of them says."""

from pathlib import Path

import click

from ..vote.basis import spoken
from ..vote.explained import explained
from ..vote.rules import note_on_checking
from ..vote.rules_file import known_rules, load_rules
from ..words import _
from .main import workspace_option


@click.command("rules", help=_("List the rule sets, or explain one: each rule with its article and source."))
@click.argument("rules_id", metavar=_("[RULES]"), required=False)
@workspace_option
def rules_command(rules_id: str | None, root: Path) -> None:
    """List or explain rule sets."""
    if rules_id is None:
        for known in known_rules(root):
            rules = load_rules(known, root)
            note = note_on_checking(rules)
            click.echo(f"{known:<28} {spoken(rules.title)}" + (f" ({note})" if note else ""))
        click.echo(_("`phieu rules NAME` explains one. An office's own lie in the folder `rulesets`."))
        return
    rules = load_rules(rules_id, root, named_at=(_("command line"), None))
    click.echo(f"{spoken(rules.title)} [{rules.id}]")
    click.echo(_("Version {version} of this file. Text: {source}").format(**vars(rules)))
    sources: list[str] = []
    for chapter in explained(rules):
        click.echo(f"\n{chapter.title}")
        for rule in chapter.rules:
            source = rule.basis.source
            if source and source not in sources:
                sources.append(source)
            number = f" [{sources.index(source) + 1}]" if source else ""
            click.echo(f"  - {rule.words}\n      {rule.rests_on}{number}")
    if rules.unknown:
        click.echo("\n" + _("Not in this rule set, because it was not read"))
        for unknown in rules.unknown:
            click.echo(f"  - {spoken(unknown)}")
    if sources:
        click.echo("\n" + _("Sources"))
        for place, source in enumerate(sources, 1):
            click.echo(f"  [{place}] {source}")
