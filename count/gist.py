"""The gist of a page's reading: all that a tally needs of it, in a line of text beside the stored reading.

A reading of forty rows is fifteen thousand characters of JSON. Its gist is one character a field and a head
of fixed length:

    1rK7QJ2M4X1-p9 emeeemmee... 3,7,*

    1          version of the gist
    r          outcome: its place in `Outcome`, as a letter
    K7QJ2M4X   the form's id; dots where it is not known
    1          the page's number in the form; 0 where it is not known
    -          `s` if the page bears a serial
    p          seal: present, absent, unsure, or - where it was not looked for
    9          rows with ink, at most 9
    emeeem...  each field of the page in the form's order: empty, marked, unclear, double (unclear only
               since another box of its row is marked, too); nothing where none was read
    3,7,*      contests of the page with ink in their name, by their place among them; * elsewhere; or -

`phieu verify` holds each gist against its reading. A page without a gist (written by an earlier version, or
too unlike others to have one) is read from its JSON: that is slower, and comes to the same.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from ..errors import ExitCode, PhieuError
from ..forms.form import Box, Form
from ..ocr.likeness import rows_with_ink
from ..ocr.reading import FieldReading, Outcome, PageReading, State, Stray
from ..words import _

HEAD = 14
"""Characters before the first space."""

_VERSION = "1"
_OUTCOMES = dict(zip(Outcome, "abcdefghijklmnopqrstuvwxyz", strict=False))
_STATES = {State.EMPTY: "e", State.MARKED: "m", State.UNCLEAR: "u"}
_SEVERAL, _DOUBLE = "several", "d"
_SEALS = {None: "-", "present": "p", "absent": "a", "unsure": "u"}
_UNKNOWN_FORM = "." * 8
_MOST_ROWS = 9
_LONGEST = 2000
"""An index of PostgreSQL takes no more than 2,700 bytes."""
_NOWHERE = Box(0.0, 0.0, 0.0, 0.0)


class DamagedGist(PhieuError):
    """A gist that this program did not write."""

    exit_code = ExitCode.BROKEN_RECORD

    def __init__(self, line: str) -> None:
        super().__init__(
            _("What is stored beside a page's reading is not understood: {line}").format(line=line[:60]),
            hint=_("It was changed, or written by a later version. `phieu verify` says in which batch."),
        )


@dataclass(frozen=True, slots=True)
class Head:
    """What the first characters of a gist say."""

    outcome: Outcome
    form: str | None
    page: int | None
    serial: bool
    seal: str | None
    rows: int


@dataclass(frozen=True)
class Places:
    """The fields and contests of one page of a form, in the form's order."""

    form: Form
    page: int

    @cached_property
    def fields(self) -> tuple[tuple[str, str], ...]:
        """Contest and option of each field."""
        return tuple((one.contest, one.option) for one in self.form.fields if one.page == self.page)

    @cached_property
    def contests(self) -> tuple[str, ...]:
        """Every contest that has a field on the page."""
        return tuple(dict.fromkeys(contest for contest, _option in self.fields))

    @cached_property
    def _readings(self) -> tuple[Mapping[str, FieldReading], ...]:
        return tuple(
            {code: FieldReading(contest, option, state, 0.0, "") for state, code in _STATES.items()}
            | {_DOUBLE: FieldReading(contest, option, State.UNCLEAR, 0.0, _SEVERAL)}
            for contest, option in self.fields
        )

    def read(self, states: str) -> tuple[FieldReading, ...]:
        """Return the fields' readings, their states only."""
        return tuple(one[state] for one, state in zip(self._readings, states, strict=True))


def gist(reading: PageReading, forms: Mapping[str, Form]) -> str:
    """Return the gist of a reading; empty where it has none.

    Args:
        reading: of one page.
        forms: by id: those of the count.
    """
    form = forms.get(reading.form or "")
    places = Places(form, reading.page) if form and reading.page else None
    fields = tuple((one.contest, one.option) for one in reading.fields)
    stray = _stray(reading, places)
    whole = not fields if places is None else fields in ((), places.fields)
    known = (reading.form is None) == (form is None) and (reading.page or 1) in range(1, 10)
    if not whole or not known or stray is None or reading.seal not in _SEALS:
        return ""
    states = "".join(_DOUBLE if one.why == _SEVERAL else _STATES[one.state] for one in reading.fields)
    line = f"{_head(reading)} {states} {stray}"
    return line if len(line) <= _LONGEST and len(reading.form or _UNKNOWN_FORM) == len(_UNKNOWN_FORM) else ""


def _head(reading: PageReading) -> str:
    return "".join(
        (
            _VERSION,
            _OUTCOMES[reading.outcome],
            reading.form or _UNKNOWN_FORM,
            str(reading.page or 0),
            "-" if reading.serial is None else "s",
            _SEALS[reading.seal],
            str(min(_MOST_ROWS, rows_with_ink(reading.likeness))),
        )
    )


def _stray(reading: PageReading, places: Places | None) -> str | None:
    """Return where there is stray ink; None if it lies in a contest the page does not have."""
    inked = {one.contest for one in reading.stray}
    contests = places.contests if places else ()
    if not inked <= {*contests, None}:
        return None
    said = [str(n) for n, contest in enumerate(contests) if contest in inked]
    return ",".join([*said, *(["*"] if None in inked else [])]) or "-"


def head(line: str) -> Head:
    """Return what the head of a gist says.

    Raises:
        DamagedGist: it is none.
    """
    outcomes = {code: outcome for outcome, code in _OUTCOMES.items()}
    seals = {code: seal for seal, code in _SEALS.items()}
    text = line[:HEAD]
    if len(text) != HEAD or text[0] != _VERSION or not (text[10] + text[13]).isdecimal():
        raise DamagedGist(line)
    if text[1] not in outcomes or text[11] not in "-s" or text[12] not in seals:
        raise DamagedGist(line)
    form = text[2:10]
    return Head(
        outcome=outcomes[text[1]],
        form=None if form == _UNKNOWN_FORM else form,
        page=int(text[10]) or None,
        serial=text[11] == "s",
        seal=seals[text[12]],
        rows=int(text[13]),
    )


def lean(said: Head, line: str, places: Places | None) -> PageReading:
    """Return a reading that says what a gist says: states without ink or reason, stray ink without place.

    Args:
        said: the gist's head.
        line: the gist.
        places: of the page, where form and page are known.

    Raises:
        DamagedGist: it is none, or of another form.
    """
    contests = places.contests if places else ()
    try:
        _head, states, stray = line.split(" ")
        fields = places.read(states) if places and states else ()
        where = [] if stray == "-" else stray.split(",")
        inked = [None if n == "*" else contests[int(n)] for n in where]
    except (ValueError, KeyError, IndexError):
        raise DamagedGist(line) from None
    return PageReading(
        source="",
        index=0,
        sha256="",
        outcome=said.outcome,
        form=said.form,
        page=said.page,
        serial="" if said.serial else None,
        fields=fields,
        stray=tuple(Stray(contest, _NOWHERE, 0.0) for contest in inked),
        seal=said.seal,
    )
