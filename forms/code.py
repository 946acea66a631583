"""The text in the QR code, which also stands in print below it.

A code is 13 characters, or 20 with a serial, all digits and capital letters:

    P 1 ABCDEFGH 1 [SSSSSSS] CC
    | | |        | |         +-- check, two characters
    | | |        | +------------ serial, 7 characters, only on ballots that have one
    | | |        +-------------- page, 1 to 9
    | | +----------------------- form id, 8 characters of base32
    | +------------------------- version of this layout
    +--------------------------- P real ballot, T practice ballot, B batch separator

It carries no secret: reading a ballot needs no key. The check is ISO/IEC 7064 MOD 1271-36, which finds every
single wrong character and every exchange of two neighbours.
"""

from dataclasses import dataclass
from enum import StrEnum

VERSION = "1"
_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_BASE32 = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")
_LENGTHS = (13, 20)


class Kind(StrEnum):
    """What the sheet that bears the code is."""

    REAL = "P"
    PRACTICE = "T"
    SEPARATOR = "B"


class CodeProblem(StrEnum):
    """Why a text is not one of our codes."""

    FOREIGN = "foreign"
    """Not written in our layout at all: another program's QR code."""
    VERSION = "version"
    """Our layout, in a version this program does not know."""
    CHECK = "check"
    """Our layout, but the check characters are wrong: misread, or forged."""


class CodeError(ValueError):
    """The text is not a code of ours; `problem` says in which way."""

    def __init__(self, text: str, problem: CodeProblem) -> None:
        super().__init__(f"{problem}: {text!r}")
        self.problem = problem


@dataclass(frozen=True, slots=True)
class Code:
    """What one printed page says of itself."""

    kind: Kind
    form: str
    page: int
    serial: str | None = None


def encode(code: Code) -> str:
    """Return the text of a code, with its check."""
    body = f"{code.kind}{VERSION}{code.form}{code.page}{code.serial or ''}"
    text = body + _check(body)
    if decode(text) != code:
        raise ValueError(f"a code can't say {code}")
    return text


def decode(text: str) -> Code:
    """Return what a code says.

    Raises:
        CodeError: with the problem, the most telling one where there are several.
    """
    if len(text) not in _LENGTHS or not set(text) <= set(_DIGITS) or text[0] not in set(Kind):
        raise CodeError(text, CodeProblem.FOREIGN)
    if _check(text[:-2]) != text[-2:]:
        raise CodeError(text, CodeProblem.CHECK)
    if text[1] != VERSION:
        raise CodeError(text, CodeProblem.VERSION)
    form, page, serial = text[2:10], text[10], text[11:-2]
    if not set(form) <= _BASE32 or page not in "123456789":
        raise CodeError(text, CodeProblem.FOREIGN)
    return Code(Kind(text[0]), form, int(page), serial or None)


def in_print(text: str) -> str:
    """Return the text as it is printed under the QR code, in groups that people can read out."""
    groups = [text[:2], text[2:6], text[6:10], text[10:-2], text[-2:]]
    return " ".join(groups)


def _check(body: str) -> str:
    """Return the two check characters of `body`: ISO/IEC 7064:2003, MOD 1271-36."""
    total = 0
    for character in body:
        total = (total + _DIGITS.index(character)) * 36 % 1271
    check = (1 - total * 36) % 1271
    return _DIGITS[check // 36] + _DIGITS[check % 36]
