"""Which papers a round has, and what each is given: of its closed results, or before its first ballot."""

from collections.abc import Callable

from ... import words
from ...count.bundle import Bundle
from ...count.desk import Desk
from ...count.printing import rules_sha256
from ...errors import ExitCode, PhieuError
from ...vote.plan import BallotStyle, Round
from ...words import _
from . import summary, values
from .printed import office
from .storing import Draft, Folder, Report, day_of
from .values import Paper, Values

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


class NotClosed(PhieuError):
    """A paper of results that there are not yet."""

    exit_code = ExitCode.NOT_FINAL


class NotUntouched(PhieuError):
    """A report before the first ballot, asked for after it."""

    exit_code = ExitCode.USAGE


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
    return Folder(desk, a_round, bundle, blank).all(drafts, tables)


def zero_report(desk: Desk, round_id: str, blank: bool = False) -> Report:
    """Make the report that the machine holds no ballot yet, to be signed before the first one.

    Raises:
        NotUntouched: ballots were read already, and the report was not made before.
        PaperChanged, TemplateError: as `minutes`.
    """
    a_round = desk.round(round_id)
    folder = Folder(desk, a_round, None, blank)
    with words.spoken(desk.plan.language):
        name = _name(Paper.ZERO_REPORT, blank)
    # A lost PDF is made again from the Word file, where there is LibreOffice to do so.
    stored = folder.stored(f"{name}.docx") and (folder.stored(f"{name}.pdf") or office() is not None)
    if not blank and not stored:
        _refuse_if_touched(desk, a_round)
    with words.spoken(desk.plan.language):
        given: Values = {}
        if blank:
            given = values.blank_zero_report(a_round, desk.workspace.practice)
        elif not stored:
            given = _untouched(desk, a_round)
    return folder.all([Draft(Paper.ZERO_REPORT, name, given)], {})


def _drafts(
    desk: Desk, a_round: Round, styles: list[BallotStyle], bundle: Bundle | None, whole: bool
) -> list[Draft]:
    practice, blank = desk.workspace.practice, bundle is None
    drafts = [
        Draft(
            Paper.MINUTES,
            _name(Paper.MINUTES, blank, style.id),
            values.minutes(a_round, style, bundle, practice),
        )
        for style in styles
    ]
    if not whole:
        return drafts
    drafts.append(
        Draft(
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
            Draft(
                Paper.CORRIGENDUM,
                _name(Paper.CORRIGENDUM, blank),
                values.corrigendum(a_round, bundle, old, practice),
            )
        )
    return drafts


def _table(desk: Desk, a_round: Round, bundle: Bundle | None) -> Callable[[], bytes]:
    common = values.announcement(a_round, bundle, desk.workspace.practice)
    under = f"{common['fingerprint_label']} {common['fingerprint']}"

    def table() -> bytes:
        with words.spoken(desk.plan.language):
            return summary.workbook(a_round, bundle, str(common["mark"]), under, day_of(a_round, bundle))

    return table


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


def _name(paper: Paper, blank: bool, style_id: str = "") -> str:
    code = words.language()
    return "-".join(
        [_FILES[code][paper], *([style_id] if style_id else []), *([_BLANK[code]] if blank else [])]
    )


def _table_name(blank: bool) -> str:
    code = words.language()
    return f"{_SUMMARY[code]}-{_BLANK[code]}" if blank else _SUMMARY[code]
