"""Text from outside made tidy, compared, and turned into ids.

Lists come from many hands: decomposed Unicode from a Mac, no-break spaces from Word, line breaks in a cell.
All that is the same name. What can't be seen on paper but changes what is (control characters, marks that
turn the writing direction) is refused.
"""

import re
import unicodedata
from datetime import date

from ..words import _

_INVISIBLE = dict.fromkeys(map(ord, "\u200b\ufeff\u00ad\u2060"))
_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_REFUSED = frozenset(("Cc", "Cs", "Co", "Cn"))

_NAMES_OF_DEVICES = frozenset(
    ("con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(1, 10)))
)
"""Ids become names of files, and Windows keeps these for itself."""

LONGEST_ID = 60


def tidy(text: str) -> str:
    """Return the text composed (NFC), runs of spaces and line breaks as one space, no invisible signs."""
    return " ".join(unicodedata.normalize("NFC", text).translate(_INVISIBLE).split())


def unfit(text: str, longest: int) -> str:
    """Return the sentence that says why a tidy text can't be printed; empty where it can."""
    if len(text) > longest:
        return _("This text has {length} characters; at most {longest} are allowed.").format(
            length=len(text), longest=longest
        )
    for sign in text:
        if sign in _TURNING or unicodedata.category(sign) in _REFUSED:
            return _("This text holds a sign that can't be printed (U+{code}).").format(
                code=f"{ord(sign):04X}"
            )
    return ""


def folded(text: str) -> str:
    """Return what two spellings of the same name have in common: tidy, whatever its capitals."""
    return unicodedata.normalize("NFC", tidy(text).casefold())


def bare(text: str) -> str:
    """Return small Latin letters, digits and single spaces only: marks taken off, đ as d."""
    plain = unicodedata.normalize("NFD", folded(text)).replace("đ", "d")
    kept = "".join(sign for sign in plain if not unicodedata.combining(sign))
    return " ".join(re.sub(r"[^a-z0-9]+", " ", kept).split())


def slug(text: str) -> str:
    """Return `Nguyễn Văn An` as `nguyen-van-an`; empty where there is no Latin letter or digit."""
    return bare(text).replace(" ", "-")[:LONGEST_ID].strip("-")


def day(text: str) -> date | None:
    """Return the day written as 2026-12-07 or 7/12/2026; None where it is neither."""
    written = re.fullmatch(r"(\d{4})-(\d{1,2})-(\d{1,2})|(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})", text)
    if written is None:
        return None
    year, month, of_month = (written[n] or written[7 - n] for n in (1, 2, 3))
    try:
        return date(int(year), int(month), int(of_month))
    except ValueError:
        return None


def wrong_id(text: str) -> str:
    """Return the sentence that says why this is no id; empty where it is one."""
    if re.fullmatch(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?", text) and len(text) <= LONGEST_ID:
        if text not in _NAMES_OF_DEVICES:
            return ""
        return _("`{id}` is a name that Windows keeps for itself.").format(id=text)
    return _("`{id}` is no id: only small letters without marks, digits and hyphens.").format(
        id=text[:LONGEST_ID]
    )
