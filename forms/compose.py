"""A plan and a template -> a fillable PDF, one ballot style at a time.

The template sees values only and everything in it is escaped, so a name with HTML in it comes out as text. The layout engine may
open files of our own template folder and nothing else: no address of the net, no other file.
"""

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import url2pathname

import babel.dates
import jinja2
import weasyprint
from weasyprint.urls import FatalURLFetchingError, URLFetcherResponse

from .. import words
from ..vote.plan import BallotStyle, Plan, Round
from ..words import _
from .form import FormError
from .frame import CODE_QUIET_MM, PAPER_MM, frame_for
from .fillable import MAX_PAGES

TEMPLATES = Path(__file__).parent.parent / "templates"


@dataclass(frozen=True, slots=True)
class Layout:
    """How tight a list is set."""

    row_mm: float
    pages: int


# From generous to tight: one side as long as rows stay comfortable, then both sides.
_LAYOUTS = (
    Layout(13, 1),
    Layout(11, 1),
    Layout(9.5, 1),
    Layout(12, 2),
    Layout(10, 2),
    Layout(8.5, 2),
    Layout(7.5, 2),
)

_PAPERS: dict[str, dict[str, Any]] = {
    "A5": {"type_pt": 9.75, "side": 16, "organ": "40%", "state": "60%", "name": "33mm", "option": "15mm"},
    "A4": {"type_pt": 13, "side": 18, "organ": "42%", "state": "56%", "name": "46mm", "option": "19mm"},
    "A3": {"type_pt": 15, "side": 22, "organ": "42%", "state": "52%", "name": "66mm", "option": "27mm"},
}


def compose(plan: Plan, a_round: Round, style: BallotStyle, practice: bool) -> bytes:
    """Return the fillable PDF of a ballot style.

    Raises:
        FormError: the list is too long for both sides of one sheet.
    """
    return _composed(plan, a_round, style, practice)[1]


def source(plan: Plan, a_round: Round, style: BallotStyle, practice: bool) -> str:
    """Return the HTML a ballot style's form is laid out from; when it changes, so would the form."""
    return _html(plan, a_round, style, practice, _LAYOUTS[0])


def _composed(plan: Plan, a_round: Round, style: BallotStyle, practice: bool) -> tuple[str, bytes]:
    for layout in _LAYOUTS:
        html = _html(plan, a_round, style, practice, layout)
        document = _laid_out(html)
        if len(document.pages) <= layout.pages:
            if len(document.pages) < layout.pages:
                continue
            return html, document.write_pdf(pdf_forms=True, pdf_variant="pdf/ua-1")
    raise FormError(
        _(
            "The list of ballot style {style} is too long: {rows} rows don't fit on both sides of {paper}."
        ).format(style=style.id, rows=len(style.contests), paper=style.paper),
        hint=_("Use larger paper (`paper: A3`), or split the list into two ballot styles."),
    )


def _laid_out(html: str) -> weasyprint.Document:
    base = (TEMPLATES / "ballot").as_uri() + "/"
    page = weasyprint.HTML(string=html, base_url=base, url_fetcher=_own_file)
    try:
        return page.render(pdf_forms=True, pdf_variant="pdf/ua-1")
    except FatalURLFetchingError as error:
        raise FormError(
            _("The ballot's template asks for {address}, which is no file of the templates.").format(
                address=error
            ),
            hint=_(
                "Put pictures and fonts into the folder of the templates; nothing is loaded from elsewhere."
            ),
        ) from error


def _own_file(url: str) -> URLFetcherResponse:
    """Open a file of our template folder; anything else stops the layout, so that no ballot lacks a font or picture unseen."""
    parts = urlsplit(url)
    path = Path(url2pathname(parts.path)).resolve()
    if parts.scheme != "file" or not path.is_relative_to(TEMPLATES.resolve()) or not path.is_file():
        raise FatalURLFetchingError(url)
    return URLFetcherResponse(url, path.read_bytes())


def environment() -> jinja2.Environment:
    """Return the environment of all printed templates: escaped, in the language in force, nothing undefined."""
    env = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES / "ballot"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    env.install_gettext_callables(words._, words.ngettext, newstyle=True)  # type: ignore[attr-defined]
    env.filters["lines"] = balanced
    return env


def _html(plan: Plan, a_round: Round, style: BallotStyle, practice: bool, layout: Layout) -> str:
    width, height = PAPER_MM[style.paper]
    frame = frame_for((width, height), 1)
    paper = {
        **_PAPERS[style.paper],
        "width": width,
        "height": height,
        "top": frame.seal.y,
        "bottom": round(height - frame.code.y + CODE_QUIET_MM, 2),
    }
    with words.spoken(plan.language):
        kind, subject = _("Confidence ballot"), style.title
        if subject.casefold().startswith(kind.casefold()):
            subject = subject[len(kind) :].strip()
        return (
            environment()
            .get_template("confidence.html")
            .render(
                plan=plan,
                round=a_round,
                style=style,
                options=[{"id": o.id, "label": o.label[plan.language]} for o in a_round.rules.options],
                practice=practice,
                layout=layout,
                title=kind,
                subject=subject,
                place_and_date=f"{a_round.place}, {date_in_words(a_round.date, plan.language)}",
                paper=paper,
                type_pt=paper["type_pt"],
            )
        )


def date_in_words(day: date, language: str) -> str:
    """Return a date as official documents write it: days under 10 and the months 1 and 2 with a zero."""
    if language == "vi":
        month = f"{day.month:02}" if day.month < 3 else str(day.month)
        return f"ngày {day.day:02} tháng {month} năm {day.year}"
    return babel.dates.format_date(day, "long", locale=language)


def balanced(text: str, limit: int) -> str:
    """Return text broken into as few lines of at most `limit` letters as it takes, of about the same length."""
    words_ = text.split()
    for lines in range(1, len(words_) + 1):
        aim = len(text) / lines
        out: list[list[str]] = [[]]
        for word in words_:
            here = " ".join(out[-1])
            if here and len(out) < lines and len(here) + len(word) / 2 > aim:
                out.append([])
            out[-1].append(word)
        joined = [" ".join(line) for line in out]
        if max(map(len, joined)) <= limit:
            return "\n".join(joined)
    return text
