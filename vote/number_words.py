"""Whole numbers in words, as minutes have them: 1024 is `một nghìn không trăm hai mươi bốn`."""

from num2words import num2words  # type: ignore[import-untyped]

from .. import words

_GROUPS = ("", " nghìn", " triệu", " tỷ")


def number_in_words(number: int, language: str | None = None) -> str:
    """Return a number from 0 to below a million millions in words.

    Args:
        number: what is counted.
        language: `vi` or `en`; by default the one in force.

    Raises:
        ValueError: below 0, or larger.
    """
    if not 0 <= number < 1000 ** len(_GROUPS):
        raise ValueError(f"{number} is not counted in words")
    if (language or words.language()) == "en":
        return str(num2words(number, lang="en"))
    if number == 0:
        return "không"
    groups = []
    for name in _GROUPS:
        number, group = divmod(number, 1000)
        if group:
            groups.append(_group(group, leading=number == 0) + name)
        if number == 0:
            break
    return " ".join(reversed(groups))


def _group(group: int, leading: bool) -> str:
    # num2words leaves out the hundreds that a group in the middle of a number lacks.
    said = str(num2words(group, lang="vi"))
    if leading or group >= 100:
        return said
    return f"không trăm lẻ {said}" if group < 10 else f"không trăm {said}"
