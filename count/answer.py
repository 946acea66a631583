"""What people tell the desk, and who says it: every answer, figure and withdrawal bears a name."""

import unicodedata

from ..errors import ExitCode, PhieuError
from ..words import _

_LONGEST = 200
_LONGEST_EXPLANATION = 1000


class AnswerError(PhieuError):
    """An answer, figure or name that the desk can't take."""

    exit_code = ExitCode.BAD_ANSWER


class AnsweredMeanwhile(AnswerError):
    """Somebody else decided this question since it was shown."""


def signed(by: str) -> str:
    """Return the name of who decides, tidied.

    Raises:
        AnswerError: it is empty or too long.
    """
    return _line(by, _("Say who decides: the name stays beside the decision, and an empty one can't."))


def reasoned(reason: str) -> str:
    """Return a reason, tidied.

    Raises:
        AnswerError: it is empty or too long.
    """
    return _line(reason, _("Say why: the reason stays in the record, and an empty one can't."))


def explained(explanation: str) -> str:
    """Return the explanation of a difference of figures, tidied.

    Raises:
        AnswerError: it is empty or too long.
    """
    if_empty = _("Say how the difference came about: the explanation is printed in the minutes.")
    return _line(explanation, if_empty, _LONGEST_EXPLANATION)


def _line(text: str, if_empty: str, longest: int = _LONGEST) -> str:
    line = " ".join(unicodedata.normalize("NFC", text).split())
    line = "".join(character for character in line if unicodedata.category(character)[0] != "C")
    if not line:
        raise AnswerError(if_empty)
    if len(line) > longest:
        raise AnswerError(
            _("At most {most} characters, please: {text}…").format(most=longest, text=line[:40])
        )
    return line
