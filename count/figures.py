"""What people counted by hand, per ballot style: what can't be is refused, what is odd is said. Pure."""

from collections.abc import Mapping
from dataclasses import fields

from ..vote.tally import Figures
from ..words import N_, _
from .answer import AnswerError

WORDS = {
    "members": N_("members"),
    "summoned": N_("summoned"),
    "present": N_("present"),
    "printed": N_("printed"),
    "issued": N_("issued"),
    "exchanged": N_("exchanged"),
    "unused": N_("unused"),
    "collected": N_("collected"),
}
"""Each figure and what it is called, in the order to show them."""

_MOST = 100_000_000
"""More is a slip of the finger."""

# The left one can't be more than the right one.
_AT_MOST = (
    ("summoned", "members"),
    ("present", "members"),
    ("present", "summoned"),
    ("collected", "issued"),
    ("issued", "printed"),
)


def told(before: Mapping[str, int], now: Mapping[str, int | None]) -> dict[str, int]:
    """Return what was told this time, checked together with what was told before.

    Raises:
        AnswerError: a figure that can't be, or none at all.
    """
    new = {name: number for name, number in now.items() if number is not None}
    unknown = set(new) - set(WORDS)
    if unknown:
        raise AnswerError(_("There is no figure called {name}.").format(name=", ".join(sorted(unknown))))
    if not new:
        raise AnswerError(_("Tell at least one figure, as --issued 81."))
    for name, number in new.items():
        if number < 0:
            raise AnswerError(
                _("{figure} can't be {number}: nothing is counted below 0.").format(
                    figure=_(WORDS[name]), number=number
                )
            )
        if number > _MOST:
            raise AnswerError(
                _("{figure} can't be {number}: that is more than any count has.").format(
                    figure=_(WORDS[name]), number=number
                )
            )
    together = {**before, **new}
    for less, more in _AT_MOST:
        if less in together and more in together and together[less] > together[more]:
            raise AnswerError(
                _("{less} {few} can't be more than {more} {many}.").format(
                    less=_(WORDS[less]), few=together[less], more=_(WORDS[more]), many=together[more]
                ),
                hint=_("Count again. Figures told before can be corrected by telling them anew."),
            )
    return new


def remarks(together: Mapping[str, int]) -> tuple[str, ...]:
    """Return what is odd about the figures, in sentences; empty when nothing is."""
    found = []
    if {"issued", "present"} <= set(together) and together["issued"] > together["present"]:
        found.append(
            _("More ballots were issued ({issued}) than people were present ({present}).").format(**together)
        )
    if {"issued", "collected"} <= set(together) and together["issued"] > together["collected"]:
        found.append(
            _("{missing} of {issued} ballots issued did not come back.").format(
                missing=together["issued"] - together["collected"], issued=together["issued"]
            )
        )
    if {"printed", "issued", "exchanged", "unused"} <= set(together):
        accounted = together["issued"] + together["exchanged"] + together["unused"]
        if accounted != together["printed"]:
            found.append(
                _(
                    "Printed ({printed}) is not issued + exchanged + unused ({accounted}): "
                    "find out where the difference lies."
                ).format(printed=together["printed"], accounted=accounted)
            )
    return tuple(found)


def as_figures(together: Mapping[str, int]) -> Figures:
    """Return the figures in force."""
    known = {one.name for one in fields(Figures)}
    return Figures(**{name: number for name, number in together.items() if name in known})
