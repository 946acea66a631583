"""Text that stays text: in Markdown, in the HTML within it, and in attributes.

A name comes from a spreadsheet and may hold anything. Every character that Markdown or HTML could take for
markup is written as a numeric entity, which both pass through and a browser shows as the character itself.
Letters of any alphabet are left as they are, so the Markdown stays readable and can be edited by hand.
"""

import re
import unicodedata

from markupsafe import Markup

# What could start or end something in Markdown, HTML or an attribute, wherever it stands.
_SIGNS = re.compile(r"[\\`*_{}\[\]<>#|!~^$=&\"']")
# What means something at the start of a block only: lists, rules, definitions, quotations.
_AT_START = re.compile(r"^(\d*)([-+.):])")


def as_text(value: object) -> Markup:
    """Return a value as text that neither Markdown nor HTML can take for markup.

    Line breaks become spaces; control characters and marks that turn the writing direction are left out.
    """
    if isinstance(value, Markup):
        return value
    line = " ".join(str(value).split())
    line = "".join(
        sign for sign in line if unicodedata.category(sign) not in ("Cc", "Cs") and sign not in _TURNING
    )
    line = _SIGNS.sub(lambda found: _entity(found[0]), line)
    return Markup(_AT_START.sub(lambda found: found[1] + _entity(found[2]), line))


_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def _entity(sign: str) -> str:
    return f"&#{ord(sign)};"
