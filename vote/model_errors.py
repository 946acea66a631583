"""What pydantic finds wrong with text from outside, as problems: which line, and what to write instead."""

import difflib
import typing
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from ..words import _
from .problems import Problem
from .yaml_text import Place, YamlText

MOST_SHOWN = 60
"""Of a wrong value, in a sentence: enough to find it."""
MOST_NAMED = 20
"""Of known keys or ids, in a sentence."""


def problems_of(
    error: ValidationError,
    text: YamlText,
    name: str,
    model: type[BaseModel],
    examples: Mapping[str, str] | None = None,
) -> tuple[Problem, ...]:
    """Return one problem for each thing pydantic found.

    Args:
        error: what it raised.
        text: the file it was given.
        name: what to call the file.
        model: the model of the file's root.
        examples: keys to what may be written there, as `date` to `date: 2026-12-07`.
    """
    return tuple(
        _problem(details, text, name, model, examples or {}) for details in error.errors(include_url=False)
    )


def _problem(
    details: ErrorDetails, text: YamlText, name: str, model: type[BaseModel], examples: Mapping[str, str]
) -> Problem:
    place: Place = tuple(details["loc"])
    key = next((str(part) for part in reversed(place) if isinstance(part, str) and part != "[key]"), "")
    # A validator of ours says itself what to write.
    example = "" if details["type"] == "value_error" else examples.get(key, "")
    instead = _("Write for instance: {example}").format(example=example) if example else ""
    what, better = _in_words(details, key, _keys_at(model, place[:-1]))
    return Problem(name, text.line(place), what, better or instead)


def _in_words(details: ErrorDetails, key: str, known: tuple[str, ...]) -> tuple[str, str]:
    kind, given, context = details["type"], details.get("input"), details.get("ctx", {})
    if kind == "extra_forbidden":
        return _("Unknown key `{key}`.").format(key=key), did_you_mean(key, known)
    if kind == "missing":
        return _("`{key}` is missing.").format(key=key), ""
    if kind == "value_error":
        return str(context["error"]), ""
    if key and (given is None or kind in ("string_too_short", "too_short")):
        return _("`{key}` is empty.").format(key=key), ""
    if kind in ("enum", "literal_error"):
        what = _("`{key}` is `{given}`.").format(key=key, given=_short(given))
        return what, _("Write one of: {choices}.").format(choices=_choices(context["expected"]))
    if kind in ("model_type", "model_attributes_type", "dict_type"):
        return _("Here must stand keys and their values, as `id: abc`, each in a line of its own."), ""
    if kind in ("list_type", "tuple_type"):
        return _("`{key}` must be a list: lines that begin with a hyphen.").format(key=key), ""
    if kind == "string_type":
        return _("`{key}` must be text.").format(key=key), ""
    if kind in ("string_too_long", "too_long"):
        return _("`{key}` is too long: at most {most}.").format(key=key, most=context["max_length"]), ""
    return _("`{key}` can't be `{given}`.").format(key=key, given=_short(given)), _expected(kind)


def _expected(kind: str) -> str:
    if kind.startswith("date"):
        return _("Write a date as year-month-day: 2026-12-07.")
    if kind.startswith("bool"):
        return _("Write true or false.")
    return ""


def did_you_mean(given: str, known: tuple[str, ...]) -> str:
    """Return a sentence that names what was probably meant, or all there is."""
    folded = {word.casefold(): word for word in reversed(known)}
    near = difflib.get_close_matches(given.casefold(), folded, 1, 0.6)
    if near:
        return _("Did you mean `{name}`?").format(name=folded[near[0]])
    names = ", ".join(known[:MOST_NAMED]) + (", …" if len(known) > MOST_NAMED else "")
    return _("Known are: {names}.").format(names=names) if known else ""


def _short(given: Any) -> str:
    text = str(given)
    return text if len(text) <= MOST_SHOWN else text[: MOST_SHOWN - 1] + "…"


def _choices(expected: str) -> str:
    # pydantic writes "'A4', 'A5' or 'A3'", in English whatever the language in force.
    return expected.replace("' or '", "', '").replace("'", "")


def _keys_at(model: type[BaseModel], place: Place) -> tuple[str, ...]:
    here: Any = model
    for part in place:
        if isinstance(part, str):
            if not _is_model(here) or part not in here.model_fields:
                return ()
            here = here.model_fields[part].annotation
        else:
            here = next(iter(typing.get_args(here)), None)
    return tuple(here.model_fields) if _is_model(here) else ()


def _is_model(thing: Any) -> bool:
    return isinstance(thing, type) and issubclass(thing, BaseModel)
