"""A paper as PDF without LibreOffice: the source of its Word template, laid out by WeasyPrint."""

import io
from pathlib import Path

import jinja2
from weasyprint import HTML  # type: ignore[import-untyped]

from ...words import _
from .filled import TemplateError, clean
from .printed import without_times
from .values import Values


def typeset(template: Path, values: Values, title: str) -> bytes:
    """Return the paper that a source of ours makes of these values; nothing but our own fonts is opened.

    Args:
        template: as `templates/minutes/vi/minutes.html`.
        values: as for the Word template of the same name.
        title: of the PDF.

    Raises:
        TemplateError: the source asks for what there is not.
    """
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(template.parent), autoescape=True, undefined=jinja2.StrictUndefined
    )
    style = '<link rel="stylesheet" href="../paper.css"/>'
    try:
        page = environment.get_template(template.name).render(clean(values))
    except jinja2.TemplateError as error:
        raise TemplateError(
            _("The template {file} can't be filled in: {reason}.").format(file=template, reason=error),
            hint=_("docs/manual: “Minutes” lists what a template may ask for. Put back the one that worked."),
        ) from error
    page = page.replace("</head>", f"{style}</head>", 1)
    out = io.BytesIO()
    HTML(string=_as_html(page), base_url=template.as_uri()).write_pdf(out)
    return without_times(out.getvalue(), title)


def _as_html(page: str) -> str:
    """Return XHTML in a form that HTML parsers read the same: no empty element closes itself there."""
    for kind in ("dots", "page-number", "page-count"):
        page = page.replace(f'<span class="{kind}"/>', f'<span class="{kind}"></span>')
    return page
