"""A YAML file from outside as plain data, with the line of every key.

Scalars stay as the text they are written in (nothing is silently a number, a date or a truth value: `id:
007`, `title: no`); only an empty value is None. Anchors, aliases, tags, several documents, deep nesting and
large files are refused: a plan needs none of them, and with them a short file can fill the memory.
"""

import unicodedata
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import yaml

from ..words import _
from .problems import Problem, ProblemsFound

MOST_BYTES = 2_000_000
MOST_LEVELS = 12

Data: TypeAlias = "str | list[Data] | dict[str, Data] | None"
Place: TypeAlias = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class YamlText:
    """What a YAML file says, and where."""

    data: Data
    lines: dict[Place, int]
    """Keys and list items from the root, as ("rounds", 0, "id"), to their line, from 1."""

    def line(self, place: Place) -> int:
        """Return the line of a key or item; of the nearest one around it where it is missing."""
        while place not in self.lines and place:
            place = place[:-1]
        return self.lines.get(place, 1)


def read_yaml(path: Path, name: str) -> YamlText:
    """Read a YAML file.

    Args:
        path: the file.
        name: what to call it in a problem.

    Raises:
        ProblemsFound: it can't be read as plain YAML; each problem names its line.
    """
    text = _text(path, name)
    try:
        _refuse_what_no_plan_needs(text, name)
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise ProblemsFound(
            Problem(
                name,
                mark.line + 1 if mark else None,
                _("This is not YAML that can be understood ({reason}).").format(
                    reason=error.problem or error.context
                ),
                _("Indent keys of a group alike, without tabs; put text that holds `: ` or ` #` in quotes."),
            )
        ) from error
    except yaml.YAMLError as error:
        raise ProblemsFound(
            Problem(
                name, None, _("The file holds signs that no text has."), _("Save it as plain text in UTF-8.")
            )
        ) from error
    tree = _Tree(name)
    data = tree.build(root, ()) if root is not None else None
    if tree.problems:
        raise ProblemsFound(*tree.problems)
    return YamlText(data, tree.lines)


def _text(path: Path, name: str) -> str:
    try:
        with path.open("rb") as file:
            raw = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise ProblemsFound(
            Problem(name, None, _("The file can't be read: {reason}.").format(reason=error.strerror))
        ) from error
    if len(raw) > MOST_BYTES:
        raise ProblemsFound(
            Problem(name, None, _("The file is larger than {most} MB.").format(most=MOST_BYTES // 1_000_000))
        )
    try:
        return unicodedata.normalize("NFC", raw.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise ProblemsFound(
            Problem(name, line, _("The file is not in UTF-8."), _("Save it as plain text in UTF-8."))
        ) from error


def _refuse_what_no_plan_needs(text: str, name: str) -> None:
    depth = documents = 0
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        line = event.start_mark.line + 1 if event.start_mark else None
        if isinstance(event, yaml.DocumentStartEvent):
            documents += 1
            if documents > 1:
                raise ProblemsFound(
                    Problem(name, line, _("A second document begins here."), _("Remove the line `---`."))
                )
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise ProblemsFound(
                Problem(
                    name,
                    line,
                    _("Anchors and aliases (`&`, `*`) are not allowed."),
                    _("Write the text out, or put it in quotes."),
                )
            )
        if isinstance(event, yaml.NodeEvent) and getattr(event, "tag", None):
            raise ProblemsFound(
                Problem(name, line, _("Tags (`!`) are not allowed."), _("Put the text in quotes."))
            )
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > MOST_LEVELS:
            raise ProblemsFound(Problem(name, line, _("Lists and keys are nested too deep here.")))


class _Tree:
    def __init__(self, name: str) -> None:
        self.name = name
        self.lines: dict[Place, int] = {}
        self.problems: list[Problem] = []

    def build(self, node: yaml.Node, place: Place) -> Data:
        self.lines.setdefault(place, node.start_mark.line + 1)
        if isinstance(node, yaml.SequenceNode):
            return [self.build(item, (*place, i)) for i, item in enumerate(node.value)]
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, place)
        return None if node.tag == "tag:yaml.org,2002:null" else str(node.value)

    def _mapping(self, node: yaml.MappingNode, place: Place) -> Data:
        found: dict[str, Data] = {}
        for key, value in node.value:
            line = key.start_mark.line + 1
            if not isinstance(key, yaml.ScalarNode):
                self.problems.append(Problem(self.name, line, _("A list can't be a key.")))
                continue
            if key.value in found:
                self.problems.append(
                    Problem(
                        self.name,
                        line,
                        _("`{key}` stands here twice (first in line {first}).").format(
                            key=key.value, first=self.lines[*place, key.value]
                        ),
                        _("Remove one of the two."),
                    )
                )
                continue
            self.lines[*place, key.value] = line
            found[key.value] = self.build(value, (*place, key.value))
        return found
