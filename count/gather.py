"""The units' results bundles, held against the plan and against each other. Pure.

A bundle that is here has proved that it hangs together (`Bundle.from_bytes`). What is left to ask: is it what
the plan asked this unit for, to the last row, and is it the only result of its round? Of two results of one
round, one must correct the other, and say so; else nobody here can know which one holds, and neither is
taken.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from ..vote.plan import BallotStyle, Plan, Round
from ..vote.tally import StyleTally
from ..words import _
from .bundle import Bundle
from .printing import rules_sha256


class Came(StrEnum):
    """What came of a file that was given."""

    NEW = "new"
    CORRECTION = "correction"
    """It takes the place of what it corrects, which is kept."""
    AGAIN = "again"
    """It was gathered before: harmless."""
    OLDER = "older"
    """It was corrected by what is gathered: harmless, kept beside it."""
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Given:
    """A bundle that was handed in."""

    file: str
    bundle: Bundle
    sha256: str


@dataclass(frozen=True, slots=True)
class Taken:
    """What came of it, in words."""

    given: Given
    came: Came
    why: str = ""


def against(plan: Plan, bundle: Bundle, practice: bool) -> tuple[str, ...]:
    """Return every point in which a bundle is not what the plan asked for, in sentences; empty if it is."""
    if bundle.practice and not practice:
        return (_("It is a rehearsal, not a real result."),)
    if practice and not bundle.practice:
        return (_("It is a real result, not a rehearsal."),)
    try:
        a_round = plan.round(bundle.round)
    except KeyError:
        return (_("There is no round {name} in the plan.").format(name=bundle.round),)
    return tuple(_against_round(a_round, bundle))


def _against_round(a_round: Round, bundle: Bundle) -> Iterator[str]:
    told = (
        (_("the unit"), f"{bundle.unit_name} [{bundle.unit}]", f"{a_round.unit.name} [{a_round.unit.id}]"),
        (_("the title"), bundle.title, a_round.title),
        (_("the date"), bundle.date, a_round.date.isoformat()),
        (_("the place"), bundle.place, a_round.place),
        (
            _("the rule set"),
            f"{bundle.rules} {bundle.rules_version}",
            f"{a_round.rules.id} {a_round.rules.version}",
        ),
        (
            _("the kinds of ballot"),
            ", ".join(style.id for style in bundle.tally.styles),
            ", ".join(style.id for style in a_round.styles),
        ),
    )
    for what, here, planned in told:
        if here != planned:
            yield _("{what} is {here}, in the plan {planned}.").format(what=what, here=here, planned=planned)
    same_rules = (bundle.rules, bundle.rules_version) == (a_round.rules.id, str(a_round.rules.version))
    if same_rules and bundle.rules_sha256 != rules_sha256(a_round.rules):
        yield _("It was counted by other rules than the plan's, though they bear the same name and version.")
    planned_styles = {style.id: style for style in a_round.styles}
    for style in bundle.tally.styles:
        if style.id in planned_styles:
            yield from _against_style(planned_styles[style.id], style)


def _against_style(planned: BallotStyle, style: StyleTally) -> Iterator[str]:
    if style.title != planned.title:
        yield _("{what} is {here}, in the plan {planned}.").format(
            what=_("the title of ballot {style}").format(style=style.id),
            here=style.title,
            planned=planned.title,
        )
    here = [(one.id, one.name, one.position) for one in style.contests]
    there = [(one.id, one.name, one.position) for one in planned.contests]
    for number in range(max(len(here), len(there))):
        ours = _row(here, number)
        asked = _row(there, number)
        if here[number : number + 1] != there[number : number + 1]:
            yield _("Ballot {style}, row {number} is {here}, in the plan {planned}.").format(
                style=style.id, number=number + 1, here=ours, planned=asked
            )


def _row(rows: list[tuple[str, str, str]], number: int) -> str:
    if number >= len(rows):
        return _("nobody")
    contest, name, position = rows[number]
    return f"{name}, {position} [{contest}]"


def sort_in(chain: Sequence[Bundle], given: Sequence[Given]) -> tuple[tuple[Bundle, ...], list[Taken]]:
    """Put bundles of one round, in whatever order they came, into the chain of its results.

    Args:
        chain: those gathered before, the oldest first; each corrects the one before it, the last is in force.
        given: bundles that are what the plan asks for.

    Returns:
        The chain with what was taken, and what came of each bundle given, in the order given.
    """
    links = [(bundle.sha256, bundle) for bundle in chain]
    came: dict[int, Taken] = {}
    if not links:
        corrected = {one.bundle.corrects for one in given}
        last = {
            one.sha256: (n, one) for n, one in reversed(list(enumerate(given))) if one.sha256 not in corrected
        }
        if len(last) == 1:
            [(n, one)] = last.values()
            links.append((one.sha256, one.bundle))
            came[n] = Taken(one, Came.NEW)
    progress = bool(links)
    while progress:
        progress = False
        for n, one in enumerate(given):
            if n not in came and (how := _link(links, one, given)):
                came[n] = Taken(one, how, one.bundle.reason if how is Came.CORRECTION else "")
                progress = True
    for n, one in enumerate(given):
        if n not in came:
            came[n] = Taken(one, Came.REFUSED, _contradiction(one, links))
    return tuple(bundle for _sha, bundle in links), [came[n] for n in range(len(given))]


def _link(links: list[tuple[str, Bundle]], one: Given, given: Sequence[Given]) -> Came | None:
    """Put a bundle at the end of the chain where it belongs, if it belongs to one."""
    if one.sha256 in {sha for sha, _bundle in links}:
        return Came.AGAIN
    if one.bundle.corrects and one.bundle.corrects == links[-1][0]:
        rivals = {other.sha256 for other in given if other.bundle.corrects == one.bundle.corrects}
        if len(rivals) > 1:
            return None
        links.append((one.sha256, one.bundle))
        return Came.CORRECTION
    if links[0][1].corrects == one.sha256:
        links.insert(0, (one.sha256, one.bundle))
        return Came.OLDER
    return None


def _contradiction(one: Given, links: list[tuple[str, Bundle]]) -> str:
    if links:
        return _(
            "Another result of round {round} is gathered ({fingerprint}), and neither corrects the other."
        ).format(round=one.bundle.round, fingerprint=links[-1][1].fingerprint[:19])
    return _("Different results of round {round} were given, and none of them corrects the others.").format(
        round=one.bundle.round
    )
