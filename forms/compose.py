"""A plan and a template -> a fillable PDF, one ballot style at a time.

The template sees values only and everything in it is escaped, so a name with HTML in it comes out as text.
The layout engine may open files of our own template folder and nothing else: no address of the net, no other
file.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import url2pathname

import jinja2
import weasyprint  # type: ignore[import-untyped]
from weasyprint.urls import FatalURLFetchingError, URLFetcherResponse  # type: ignore[import-untyped]

from .. import words
from ..vote.basis import spoken
from ..vote.letterhead import balanced, date_in_words, kept_together
from ..vote.plan import BallotStyle, Plan, Round
from ..words import _
from .form import FormError
from .frame import CODE_QUIET_MM, EDGE_MM, PAPER_MM, frame_for

# Tagged, so that the same form can be filled on screen with a screen reader.
_FILLABLE = {"pdf_forms": True, "pdf_variant": "pdf/ua-1"}
_FRAME_MM = 50
"""Top and bottom margin, less than which no layout takes."""

TEMPLATES = Path(__file__).parent.parent / "templates"


@dataclass(frozen=True, slots=True)
class Layout:
    """How tight a list is set."""

    row_mm: float
    pages: int


# From generous to tight: one side as long as rows stay comfortable, then both sides.
_LAYOUTS = (
    *(Layout(row_mm, 1) for row_mm in (15, 13, 11, 9.5, 8.5)),
    *(Layout(row_mm, 2) for row_mm in (13, 11, 9.5, 8.5, 7.5)),
)


@dataclass(frozen=True, slots=True)
class _Paper:
    """The measures that differ from paper to paper, in mm where they name no unit."""

    head_pt: float
    body_pt: float
    th_pt: float
    side: float
    organ: str
    state: str
    number: float
    name: float
    option: float
    """The position's column takes what is left."""


_PAPERS = {
    "A5": _Paper(9.75, 11.25, 9.5, side=14, organ="41%", state="58%", number=8, name=35, option=16.5),
    "A4": _Paper(13, 13, 11.5, side=18, organ="43%", state="55%", number=10, name=45, option=21),
    "A3": _Paper(16, 16, 14, side=22, organ="40%", state="56%", number=14, name=68, option=27),
}


def compose(plan: Plan, a_round: Round, style: BallotStyle, practice: bool) -> bytes:
    """Return the fillable PDF of a ballot style.

    Raises:
        FormError: the list is too long for both sides of one sheet.
    """
    room_mm = PAPER_MM[style.paper][1] - _FRAME_MM
    for layout in _LAYOUTS:
        if layout.row_mm * len(style.contests) > room_mm * layout.pages:
            continue
        document = lay_out(_html(plan, a_round, style, practice, layout), fillable=True)
        if len(document.pages) == layout.pages:
            pdf: bytes = document.write_pdf(**_FILLABLE)
            return pdf
    raise FormError(
        _(
            "The list of ballot style {style} is too long: {rows} rows don't fit on both sides of {paper}."
        ).format(style=style.id, rows=len(style.contests), paper=style.paper),
        hint=_("Use larger paper (`paper: A3`), or split the list into two ballot styles."),
    )


def source(plan: Plan, a_round: Round, style: BallotStyle, practice: bool) -> str:
    """Return the HTML a ballot style's form is laid out from; when it changes, so would the form."""
    return _html(plan, a_round, style, practice, _LAYOUTS[0])


def lay_out(html: str, fillable: bool = False) -> weasyprint.Document:
    """Return HTML of printed matter laid out in pages; `fillable` keeps its inputs as form fields.

    Raises:
        FormError: it asks for a file that is not of the templates.
    """
    base = (TEMPLATES / "ballot").as_uri() + "/"
    page = weasyprint.HTML(string=html, base_url=base, url_fetcher=_own_file)
    try:
        return page.render(**(_FILLABLE if fillable else {}))
    except FatalURLFetchingError as error:
        raise FormError(
            _("The template asks for {address}, which is no file of the templates.").format(address=error),
            hint=_(
                "Put pictures and fonts into the folder of the templates; nothing is loaded from elsewhere."
            ),
        ) from error


def _own_file(url: str) -> URLFetcherResponse:
    """Open a file of our template folder; anything else stops the layout: no ballot lacks a font unseen."""
    parts = urlsplit(url)
    path = Path(url2pathname(parts.path)).resolve()
    if parts.scheme != "file" or not path.is_relative_to(TEMPLATES.resolve()) or not path.is_file():
        raise FatalURLFetchingError(url)
    return URLFetcherResponse(url, path.read_bytes())


def render(template: str, **values: Any) -> str:
    """Return a template of printed matter filled in: all escaped, none undefined, in the words in force."""
    env = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES / "ballot"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    env.install_gettext_callables(words._, words.ngettext, newstyle=False)  # type: ignore[attr-defined]
    env.filters["lines"] = balanced
    env.filters["together"] = kept_together
    return env.get_template(template).render(values)


def _html(plan: Plan, a_round: Round, style: BallotStyle, practice: bool, layout: Layout) -> str:
    width, height = PAPER_MM[style.paper]
    frame = frame_for((width, height), 1)
    with words.spoken(plan.language):
        kind, subject = _("Confidence ballot"), style.title
        if subject.casefold().startswith(kind.casefold()):
            subject = subject[len(kind) :].strip()
        return render(
            "confidence.html",
            plan=plan,
            round=a_round,
            style=style,
            options=[{"id": o.id, "label": spoken(o.label, plan.language)} for o in a_round.rules.options],
            practice=practice,
            layout=layout,
            title=kind,
            subject=subject,
            place_and_date=f"{a_round.place}, {date_in_words(a_round.date, plan.language)}",
            width=width,
            height=height,
            edge=EDGE_MM,
            top=frame.seal.y,
            bottom=round(height - frame.code.y + CODE_QUIET_MM, 2),
            paper=_PAPERS[style.paper],
        )
