"""Vietnamese text typed for the fonts of before Unicode: recognised, so that it is never printed as it is.

In TCVN3 (fonts .Vn..., ABC) and VNI (fonts VNI-...) each Vietnamese letter is stored as one or two letters or
signs of another alphabet: `Nguyễn Văn Hải` reads `NguyÔn V¨n H¶i` or `Nguyeãn Vaên Haûi`.
"""

import re

from ..words import _

# Signs that are letters in TCVN3 and touch none in Unicode text; quotation marks do so on one side.
_SIGNS = "¨©ª¬®¡¢£¤¥¦§µ¶·¸¹¼½¾"
_TCVN3 = re.compile(rf"[^\W\d_][{_SIGNS}«]|[{_SIGNS}»][^\W\d_]")
# A vowel, and after it the letter that stands for its mark in VNI; no Vietnamese word is spelt so.
_VNI = re.compile(
    r"[aeo][âàáãäåêéèëúùûøõïü]"
    r"|[uöôyươ][øùûõï]|ñ[aeiouyöôò]",
    re.IGNORECASE,
)
# Of what that finds, only this is Vietnamese: hoà, khoá, toã, hoè, khoé.
_VIETNAMESE = re.compile(r"o[àáãèé]", re.IGNORECASE)


def legacy_encoding(text: str) -> str:
    """Return `TCVN3` or `VNI` where a text looks typed for such a font; empty where it does not."""
    if _TCVN3.search(text):
        return "TCVN3"
    if any(not _VIETNAMESE.fullmatch(found[0]) for found in _VNI.finditer(text)):
        return "VNI"
    return ""


def refusal(encoding: str) -> str:
    """Return the sentence that says what is wrong and how to convert the text."""
    return _(
        "This looks like text in {encoding}, an encoding of before Unicode, and would be printed as signs "
        "nobody can read. Convert the list to Unicode first: copy it, run UniKey's Toolkit (Ctrl+Shift+F6) "
        "from {encoding} to Unicode, and paste it back."
    ).format(encoding=encoding)
