"""What people tell the desk, and who says it: every answer, figure and withdrawal bears a name."""

import unicodedata

from ..errors import ExitCode, PhieuError
from ..words import _

_LONGEST = 200


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


def _line(text: str, if_empty: str) -> str:
    line = " ".join(unicodedata.normalize("NFC", text).split())
    line = "".join(character for character in line if unicodedata.category(character)[0] != "C")
    if not line:
        raise AnswerError(if_empty)
    if len(line) > _LONGEST:
        raise AnswerError(
            _("At most {most} characters, please: {text}…").format(most=_LONGEST, text=line[:40])
        )
    return line
