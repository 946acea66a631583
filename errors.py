"""What can go wrong in more than one stage, and the exit codes.

Every error that a user can cause is a `PhieuError`: one sentence that says what happened and where, and a
hint that says what to do. The command line prints both and leaves with the error's exit code; nothing else
ever reaches the user as a traceback. Where one command meets several kinds of trouble, it leaves with the
highest code: the numbers are in the order of gravity.
"""

from enum import IntEnum


class ExitCode(IntEnum):
    """One exit code a kind of trouble; the higher, the graver."""

    OK = 0
    BUG = 1
    USAGE = 2
    """The command line itself was wrong (click's own code)."""

    # What `phieu read` and `phieu inspect` met among the pages. Everything else was still read.
    BLANK_PAGE = 10
    """A blank page where a ballot was expected (not the blank back of a one-sided ballot)."""
    DUPLICATE = 11
    """A page that had been read before."""
    REVIEW = 12
    """A page that people have to look at: its identity, place or pairing is not trusted."""
    UNREADABLE = 13
    """A file or page that could not be opened: empty, truncated, encrypted, not an image."""
    NOT_OURS = 14
    """A ballot of another vote, of the wrong kind (practice or real), or with a false check code."""
    STAGED = 15
    """A batch that was not taken into the count, because its sheets are not as many as declared."""

    # What a stage could not use at all.
    BAD_PLAN = 20
    BAD_PEOPLE = 21
    BAD_VOTES = 22
    """A votes or answers file of a rehearsal that can't be used."""
    BAD_ANSWER = 23
    """A decision or figure that doesn't fit the question it answers."""
    MISSING_PROGRAM = 24
    """An outside program or language file is missing; see `phieu doctor`."""
    BAD_WORKSPACE = 25
    """The folder is no workspace, or can't be written to."""
    BAD_SCANNER = 26
    """Marks and empty boxes can't be told apart well enough on the scans of this scanner."""

    # What must never be passed over.
    NOT_FINAL = 30
    """The results can't be published yet: something is still open."""
    RESULTS_DIFFER = 31
    """The count does not equal the figures it was held against."""
    BAD_FORM = 32
    """A frozen form whose hash is wrong, or a form that can't be used."""
    BROKEN_RECORD = 33
    """`phieu verify` found that a stored byte was changed."""


class PhieuError(Exception):
    """Something a user can understand and mend.

    Args:
        message: one sentence in the user's language: what happened, and where.
        hint: what to do about it.
    """

    exit_code = ExitCode.BUG

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class WorkspaceError(PhieuError):
    """The workspace is missing, not one, or can't be written to."""

    exit_code = ExitCode.BAD_WORKSPACE


class MissingProgram(PhieuError):
    """A program from outside that this step needs is not installed."""

    exit_code = ExitCode.MISSING_PROGRAM
