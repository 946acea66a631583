"""`rulesets/<id>.yaml` -> a checked `RuleSet`: shipped with the program, or an office's own beside a plan."""

import difflib
import re
from pathlib import Path

from pydantic import ValidationError

from ..words import _
from .model_errors import problems_of
from .problems import PlanError, Problem, ProblemsFound
from .rules import RuleSet
from .yaml_text import Data, YamlText, read_yaml

_SHIPPED = Path(__file__).parent / "rulesets"
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]{0,63}")


class UnknownRuleSet(PlanError):
    """There is no rule set of this id."""


def known_rules(beside: Path | None = None) -> tuple[str, ...]:
    """Return the ids of all rule sets that are shipped or lie in `rulesets/` beside a plan."""
    folders = (_SHIPPED, beside / "rulesets") if beside else (_SHIPPED,)
    return tuple(sorted({path.stem for folder in folders for path in folder.glob("*.yaml")}))


def load_rules(
    rules_id: str, beside: Path | None = None, named_at: tuple[str, int | None] = ("plan.yaml", None)
) -> RuleSet:
    """Return a rule set.

    Args:
        rules_id: its id, which is also the name of its file.
        beside: a workspace, whose own `rulesets/` folder is looked in too. A rule set there may name another
            under `based_on`, and then holds only what differs.
        named_at: the file and line that ask for it, for the problem where there is none.

    Raises:
        UnknownRuleSet: there is none of this id; the problem lists those there are.
        PlanError: its file can't be used.
    """
    shipped = _SHIPPED / f"{rules_id}.yaml"
    own = beside / "rulesets" / f"{rules_id}.yaml" if beside else None
    found = [path for path in (shipped, own) if path and _ID.fullmatch(rules_id) and path.is_file()]
    if not found:
        raise UnknownRuleSet((_unknown(rules_id, known_rules(beside), *named_at),))
    name = f"{found[-1].parent.name}/{found[-1].name}"
    if len(found) > 1:
        raise PlanError(
            (
                Problem(
                    name,
                    None,
                    _("A rule set of this id is part of the program and can't be replaced under that id."),
                    _("Give your own rule set an id of its own, in the file's name and in its first line."),
                ),
            )
        )
    try:
        text = read_yaml(found[0], name)
        rules = RuleSet.model_validate(_completed(text, name, beside))
    except ProblemsFound as found_problems:
        raise PlanError(found_problems.problems) from found_problems
    except ValidationError as error:
        raise PlanError(problems_of(error, text, name, RuleSet)) from error
    if rules.id != rules_id:
        line = text.line(("id",))
        raise PlanError(
            (Problem(name, line, _("The id in the file is not the file's name."), f"id: {rules_id}"),)
        )
    return rules


def _completed(text: YamlText, name: str, beside: Path | None) -> Data:
    """Return what stands in a file, and behind it what stands in the rule set it is based on."""
    base = text.data.get("based_on") if isinstance(text.data, dict) else None
    if not isinstance(base, str) or not isinstance(text.data, dict):
        return text.data
    if not (_ID.fullmatch(base) and (_SHIPPED / f"{base}.yaml").is_file()):
        raise UnknownRuleSet((_unknown(base, known_rules(), name, text.line(("based_on",))),))
    whole = read_yaml(_SHIPPED / f"{base}.yaml", base).data
    return {**whole, **text.data} if isinstance(whole, dict) else text.data


def _unknown(rules_id: str, known: tuple[str, ...], file: str, line: int | None) -> Problem:
    near = difflib.get_close_matches(rules_id.casefold(), [k.casefold() for k in known], 1, 0.6)
    meant = [k for k in known if k.casefold() in near]
    return Problem(
        file,
        line,
        _("There is no rule set `{id}`.").format(id=rules_id),
        (_("Did you mean `{name}`?").format(name=meant[0]) + " " if meant else "")
        + _("Known rule sets: {names}.").format(names=", ".join(known)),
    )
