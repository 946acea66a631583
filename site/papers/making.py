"""Makes the papers of a round once, stores them in `results/ROUND/`, and has their hashes in the journal.

A paper that is there is never written over: made again, it is the same file. One that was changed since is
left
alone and named. A lost one is made again from the same bundle, and comes out as the same bytes where the
same programs
are installed.
"""

import hashlib
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time
from pathlib import Path

from ... import words
from ...count import rounds
from ...count.bundle import Bundle
from ...count.desk import Desk
from ...count.printing import rules_sha256
from ...errors import ExitCode, PhieuError
from ...vote.plan import BallotStyle, Round
from ...words import _
from . import summary, values
from .filled import TemplateError, asked_for, filled
from .printed import by_office, office, without_times
from .typeset import typeset
from .values import TITLES, Paper, Values

TEMPLATES = Path(__file__).parents[2] / "templates" / "minutes"
_FILES = {
    "vi": {
        Paper.MINUTES: "bien-ban-kiem-phieu",
        Paper.ANNOUNCEMENT: "cong-bo-ket-qua",
        Paper.ZERO_REPORT: "bien-ban-truoc-khi-kiem",
        Paper.CORRIGENDUM: "bien-ban-dinh-chinh",
    },
    "en": {paper: str(paper) for paper in Paper},
}
_SUMMARY = {"vi": "bang-tong-hop", "en": "summary"}
_BLANK = {"vi": "de-trong", "en": "blank"}
_MUST_SAY = {
    Paper.MINUTES: {"mark", "fingerprint", "style", "rules_checked", "machine", "questions", "not_compared"},
    Paper.ANNOUNCEMENT: {"mark", "fingerprint", "styles"},
    Paper.ZERO_REPORT: {"mark", "fingerprint", "styles", "forms", "machine"},
    Paper.CORRIGENDUM: {"mark", "fingerprint", "changes", "corrects", "reason"},
}
"""What a template may not leave out, however it is restyled."""


class NotClosed(PhieuError):
    """A paper of results that there are not yet."""

    exit_code = ExitCode.NOT_FINAL


class NotUntouched(PhieuError):
    """A report before the first ballot, asked for after it."""

    exit_code = ExitCode.USAGE


class PaperChanged(PhieuError):
    """A stored paper that is not the one that was made."""

    exit_code = ExitCode.BROKEN_RECORD


@dataclass(frozen=True, slots=True)
class Made:
    """A paper in its place."""

    path: Path
    new: bool
    """False: it was there already, as it was made."""


@dataclass(frozen=True, slots=True)
class Report:
    """What came of making papers."""

    papers: tuple[Made, ...]
    remarks: tuple[str, ...]
    """Sentences about what a clerk should know, as that LibreOffice is missing."""


@dataclass(frozen=True, slots=True)
class _Draft:
    paper: Paper
    name: str
    values: Values


def minutes(desk: Desk, round_id: str, style_id: str | None = None, blank: bool = False) -> Report:
    """Make the papers of a closed round: minutes of each ballot style, announcement, table, corrigendum.

    Args:
        desk: the count.
        round_id: the round.
        style_id: make the minutes of this ballot style only.
        blank: leave every number blank, to be finished by hand; the round need not be closed.

    Raises:
        NotClosed: the round is open, and blank papers were not asked for.
        PaperChanged: a stored paper is not as it was made.
        TemplateError: a template can't be used.
    """
    a_round = desk.round(round_id)
    styles = [desk.style(round_id, style_id)] if style_id else list(a_round.styles)
    bundle = None if blank else desk.bundle(round_id)
    if bundle is None and not blank:
        raise NotClosed(
            _("Round {name} is not closed, so there are no minutes of it yet.").format(name=round_id),
            hint=_(
                "`phieu close {name}` closes it. For minutes to be finished by hand, write --blank."
            ).format(name=round_id),
        )
    with words.spoken(desk.plan.language):
        drafts = _drafts(desk, a_round, styles, bundle, whole=style_id is None)
        tables = {} if style_id else {f"{_table_name(blank)}.xlsx": _table(desk, a_round, bundle)}
        return _Making(desk, a_round, bundle, blank).all(drafts, tables)


def zero_report(desk: Desk, round_id: str, blank: bool = False) -> Report:
    """Make the report that the machine holds no ballot yet, to be signed before the first one.

    Raises:
        NotUntouched: ballots were read already, and the report was not made before.
        PaperChanged, TemplateError: as `minutes`.
    """
    a_round = desk.round(round_id)
    making = _Making(desk, a_round, None, blank)
    with words.spoken(desk.plan.language):
        name = _name(Paper.ZERO_REPORT, blank)
        if blank:
            wanted = values.blank_zero_report(a_round, desk.workspace.practice)
        elif making.stored(f"{name}.docx") and making.stored(f"{name}.pdf"):
            wanted = {}
        else:
            _refuse_if_touched(desk, a_round)
            wanted = _untouched(desk, a_round)
        return making.all([_Draft(Paper.ZERO_REPORT, name, wanted)], {})


def _drafts(
    desk: Desk, a_round: Round, styles: list[BallotStyle], bundle: Bundle | None, whole: bool
) -> list[_Draft]:
    practice, blank = desk.workspace.practice, bundle is None
    drafts = [
        _Draft(
            Paper.MINUTES,
            _name(Paper.MINUTES, blank, style.id),
            values.minutes(a_round, style, bundle, practice),
        )
        for style in styles
    ]
    if not whole:
        return drafts
    drafts.append(
        _Draft(
            Paper.ANNOUNCEMENT,
            _name(Paper.ANNOUNCEMENT, blank),
            values.announcement(a_round, bundle, practice),
        )
    )
    if blank or (bundle and bundle.corrects):
        old = None
        if bundle:
            old = next(
                (one for one in reversed(desk.replaced(a_round.id)) if one.sha256 == bundle.corrects), None
            )
        drafts.append(
            _Draft(
                Paper.CORRIGENDUM,
                _name(Paper.CORRIGENDUM, blank),
                values.corrigendum(a_round, bundle, old, practice),
            )
        )
    return drafts


def _table(desk: Desk, a_round: Round, bundle: Bundle | None) -> Callable[[], bytes]:
    common = values.announcement(a_round, bundle, desk.workspace.practice)
    under = f"{common['fingerprint_label']} {common['fingerprint']}"
    return lambda: summary.workbook(a_round, bundle, str(common["mark"]), under, _day(a_round, bundle))


def _refuse_if_touched(desk: Desk, a_round: Round) -> None:
    read = desk.statistics(a_round.id)
    staged = [batch.name for batch in read.batches if str(batch.state) == "staged"]
    if any(read.ballots.values()) or staged or sum(one.asked for one in read.questions.values()):
        raise NotUntouched(
            _(
                "Ballots of round {name} were read already: the report that there are none comes too late."
            ).format(name=a_round.id),
            hint=_(
                "It is made and signed before the first `phieu read`. What was read is in `phieu batches`."
            ),
        )


def _untouched(desk: Desk, a_round: Round) -> Values:
    forms: dict[str, list[tuple[str, str]]] = {}
    for one in desk.printed().values():
        if one.round.id == a_round.id:
            forms.setdefault(one.style.id, []).append((one.form.id, one.form.sha256))
    told = {style.id: desk.figures_told(a_round.id, style.id) for style in a_round.styles}
    return values.zero_report(
        a_round,
        desk.workspace.practice,
        desk.journal_head(),
        {style: figures["printed"] for style, figures in told.items() if "printed" in figures},
        forms,
        rules_sha256(a_round.rules),
    )


class _Making:
    """Papers of one round on their way into its folder."""

    def __init__(self, desk: Desk, a_round: Round, bundle: Bundle | None, blank: bool) -> None:
        self.desk, self.round, self.bundle, self.blank = desk, a_round, bundle, blank
        self.folder = desk.workspace.results / a_round.id
        self.remarks: list[str] = []
        with desk.store.reading() as connection:
            # Blank papers are no results: nothing rests on them, so the journal does not hold them.
            self.noted = {} if blank else rounds.papers(connection, a_round.id)

    def stored(self, name: str) -> bool:
        """Whether a paper lies there as it was made.

        Raises:
            PaperChanged: it lies there otherwise.
        """
        path = self.folder / name
        if not path.exists() or name not in self.noted:
            return False
        if _sha256(path.read_bytes()) != self.noted[name]:
            raise _changed(path)
        return True

    def all(self, drafts: list[_Draft], tables: Mapping[str, Callable[[], bytes]]) -> Report:
        """Make what is missing, write it, and note it."""
        names = [f"{draft.name}{end}" for draft in drafts for end in (".docx", ".pdf")] + [*tables]
        there = {name for name in names if self.stored(name)}
        made = {name: table() for name, table in tables.items() if name not in there}
        made |= self._documents(
            [draft for draft in drafts if {f"{draft.name}.docx", f"{draft.name}.pdf"} - there], there
        )
        for name, data in made.items():
            path = self.folder / name
            if path.exists() and path.read_bytes() != data:
                raise _changed(path)
            if name in self.noted and self.noted[name] != _sha256(data):
                self.remarks.append(
                    _(
                        "{file} was lost and made again. Its bytes are others than at first, since other "
                        "programs or another template made it; the journal holds both."
                    ).format(file=name)
                )
        new = {name for name in made if not (self.folder / name).exists()}
        for name in sorted(new):
            _write(self.folder / name, made[name])
        told = {name: _sha256(data) for name, data in made.items() if self.noted.get(name) != _sha256(data)}
        if told and not self.blank:
            self.desk.note_papers(self.round.id, told)
        return Report(tuple(Made(self.folder / name, name in new) for name in names), tuple(self.remarks))

    def _documents(self, drafts: list[_Draft], there: set[str]) -> dict[str, bytes]:
        day = _day(self.round, self.bundle)
        made = {}
        for draft in drafts:
            name = f"{draft.name}.docx"
            made[name] = (
                (self.folder / name).read_bytes()
                if name in there
                else filled(self._template(draft.paper), draft.values, day)
            )
        pdfs = self._pdfs(drafts, made)
        return {name: data for name, data in (made | pdfs).items() if name not in there}

    def _pdfs(self, drafts: list[_Draft], documents: Mapping[str, bytes]) -> dict[str, bytes]:
        titles = {draft.name: _(TITLES[draft.paper]) for draft in drafts}
        program = office()
        converted = by_office(program, documents) if program and documents else {}
        if converted:
            return {
                f"{name}.pdf": without_times(converted[f"{name}.docx"], title)
                for name, title in titles.items()
            }
        if drafts:
            self.remarks.append(
                _("LibreOffice did not answer, so the PDFs were made without it.")
                if program
                else _("LibreOffice is not installed, so the PDFs were made without it.")
            )
            if any(self._own(draft.paper) for draft in drafts):
                self.remarks.append(
                    _("They say what your own Word template says, in the program's look: print the .docx.")
                )
        return {
            f"{draft.name}.pdf": typeset(
                TEMPLATES / words.language() / f"{draft.paper}.html", draft.values, titles[draft.name]
            )
            for draft in drafts
        }

    def _own(self, paper: Paper) -> Path | None:
        own = self.desk.workspace.root / "templates" / "minutes" / f"{paper}.docx"
        return own if own.is_file() else None

    def _template(self, paper: Paper) -> Path:
        own = self._own(paper)
        if own:
            missing = _MUST_SAY[paper] - asked_for(own)
            if missing:
                raise TemplateError(
                    _("The template {file} no longer says: {names}.").format(
                        file=own, names=", ".join(sorted(missing))
                    ),
                    hint=_("Minutes must hold it. Take what is missing from the program's own template."),
                )
        return own or TEMPLATES / words.language() / f"{paper}.docx"


def _name(paper: Paper, blank: bool, style_id: str = "") -> str:
    code = words.language()
    return "-".join(
        [_FILES[code][paper], *([style_id] if style_id else []), *([_BLANK[code]] if blank else [])]
    )


def _table_name(blank: bool) -> str:
    code = words.language()
    return f"{_SUMMARY[code]}-{_BLANK[code]}" if blank else _SUMMARY[code]


def _day(a_round: Round, bundle: Bundle | None) -> datetime:
    return values.closed_at(bundle) if bundle else datetime.combine(a_round.date, time(), UTC)


def _changed(path: Path) -> PaperChanged:
    return PaperChanged(
        _("{file} is not as the program made it: it was changed, or belongs to another state.").format(
            file=path
        ),
        hint=_("Nothing was written over. Give it another name, if you need it, and run the command again."),
    )


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _write(path: Path, data: bytes) -> None:
    """Write a file whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    with part.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
