"""What a corrigendum lists: each figure of a void bundle that is another in the one in force. Pure."""

from collections.abc import Iterator

from ...count.bundle import Bundle
from ...vote.basis import spoken
from ...vote.tally import ContestTally, StyleTally, percent_words
from ...words import _
from .contents import FIGURES, OF_TALLY, invalid_reason

Change = dict[str, str]
"""`what`, and its value `old` and `new`."""

_NOTHING = "–"


def changes(old: Bundle, new: Bundle) -> list[Change]:
    """Return all that a paper prints of two bundles of one round and that differs, in its order."""
    return [
        {"what": what, "old": before, "new": after}
        for what, before, after in _pairs(old, new)
        if before != after
    ]


def _pairs(old: Bundle, new: Bundle) -> Iterator[tuple[str, str, str]]:
    for label, name in (
        (_("Title of the round"), "title"),
        (_("Unit"), "unit_name"),
        (_("Day"), "date"),
        (_("Place"), "place"),
    ):
        yield label, getattr(old, name), getattr(new, name)
    yield _("Rule set"), f"{old.rules}, {old.rules_version}", f"{new.rules}, {new.rules_version}"
    if old.rules_version == new.rules_version:
        yield _("Rule set, SHA-256"), old.rules_sha256[:16], new.rules_sha256[:16]
    before = {style.id: style for style in old.tally.styles}
    after = {style.id: style for style in new.tally.styles}
    for style_id in {**before, **after}:
        yield from _of_style(style_id, before.get(style_id), after.get(style_id), old, new)


def _of_style(
    style_id: str, before: StyleTally | None, after: StyleTally | None, old: Bundle, new: Bundle
) -> Iterator[tuple[str, str, str]]:
    title = (after or before).title  # type: ignore[union-attr]
    yield (
        _("Ballot {style}").format(style=style_id),
        before.title if before else _NOTHING,
        after.title if after else _NOTHING,
    )
    for key, label in FIGURES.items():
        what = _("{title}: {figure}").format(title=title, figure=_(label).lower())
        yield what, _figure(before, key), _figure(after, key)
    was, now = old.invalid.get(style_id, {}), new.invalid.get(style_id, {})
    for code in {**was, **now}:
        rows = len((after or before).contests)  # type: ignore[union-attr]
        what = _("{title}: invalid, {reason}").format(
            title=title, reason=invalid_reason(code, new.rule_set, rows).lower()
        )
        yield what, str(was.get(code, 0)), str(now.get(code, 0))
    by_id = {one.id: one for one in before.contests} if before else {}
    still = {one.id: one for one in after.contests} if after else {}
    for contest in {**by_id, **still}:
        yield from _of_contest(by_id.get(contest), still.get(contest), old, new)


def _of_contest(
    before: ContestTally | None, after: ContestTally | None, old: Bundle, new: Bundle
) -> Iterator[tuple[str, str, str]]:
    name = (after or before).name  # type: ignore[union-attr]
    yield _("{name}: name and position").format(name=name), _who(before), _who(after)
    labels = {option.id: spoken(option.label) for option in (*old.rule_set.options, *new.rule_set.options)}
    for option, label in labels.items():
        yield f"{name}: {label}", _votes(before, option), _votes(after, option)
    for label, key in (
        (_("No box marked"), "blank"),
        (_("Several boxes marked"), "overvoted"),
        (_("Row spoilt by other ink"), "spoiled"),
    ):
        was, now = (str(getattr(one, key)) if one else _NOTHING for one in (before, after))
        yield f"{name}: {label}", was, now
    yield _("{name}: outcome").format(name=name), _outcome(before, old), _outcome(after, new)


def _figure(style: StyleTally | None, key: str) -> str:
    if style is None:
        return _NOTHING
    number = getattr(style if key in OF_TALLY else style.figures, key)
    return _NOTHING if number is None else str(number)


def _who(contest: ContestTally | None) -> str:
    return f"{contest.name}, {contest.position}" if contest else _NOTHING


def _votes(contest: ContestTally | None, option: str) -> str:
    if contest is None or option not in contest.votes:
        return _NOTHING
    share = contest.percent.get(option, "")
    return f"{contest.votes[option]} ({percent_words(share)})" if share else str(contest.votes[option])


def _outcome(contest: ContestTally | None, bundle: Bundle) -> str:
    if contest is None:
        return _NOTHING
    labels = {one.outcome: spoken(one.label) for one in bundle.rule_set.thresholds}
    return labels.get(contest.outcome or "", _("no threshold reached"))
