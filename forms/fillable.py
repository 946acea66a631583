"""A fillable PDF -> a frozen form. The PDF itself says where every field is; nothing is measured twice.

Comes in: any PDF with form fields. A check box carries contest and option in its name, `CONTEST.OPTION`; a
field's rectangle is the outer edge of its printed outline, which must be part of the page itself, since the
fields are taken out for print. A link to `zone:CONTEST.name` marks a name cell. Goes out: the geometry, and
the blank form with corner tags.
"""

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import combinations

import pikepdf
from pikepdf import Array, Dictionary, Name, Object

from ..words import _
from .form import Box, Field, FieldKind, Form, FormError, FrozenForm, Zone, form_hash, form_id
from .frame import frame_for, kept_clear, saved, tags_content

_MM = 25.4 / 72
_NAME = re.compile(r"(?P<contest>[a-z0-9_-]+)\.(?P<option>[a-z0-9_-]+)")
_ZONE = re.compile(r"zone:(?P<contest>[a-z0-9_-]+)\.(?P<what>[a-z0-9_-]+)")
_RADIO, _PUSH_BUTTON = 1 << 15, 1 << 16
MAX_PAGES = 2


@dataclass(frozen=True, slots=True)
class Geometry:
    """What a fillable PDF says of itself."""

    paper_mm: tuple[float, float]
    pages: int
    fields: tuple[Field, ...]
    zones: tuple[Zone, ...]


def read(pdf: bytes) -> Geometry:
    """Return pages, fields and zones of a fillable PDF.

    Raises:
        FormError: it is no PDF, or can't be a ballot; the message names the field that is wrong.
    """
    with _opened(pdf) as document, _understood():
        return _geometry(document)


def freeze(pdf: bytes, practice: bool) -> FrozenForm:
    """Return the form a fillable PDF makes, with its blank print. The same PDF always makes the same bytes.

    Raises:
        FormError: as `read`.
    """
    with _opened(pdf) as document, _understood():
        geometry = _geometry(document)
        frame = frame_for(geometry.paper_mm, geometry.pages)
        form = Form(
            "", "", practice, geometry.paper_mm, geometry.pages, geometry.fields, geometry.zones, frame
        )
        _check_places(form)
        blank_pdf = _blank(document, form)
    sha256 = form_hash(form.to_json(), blank_pdf)
    return FrozenForm(replace(form, sha256=sha256, id=form_id(sha256)), blank_pdf)


def _opened(pdf: bytes) -> pikepdf.Pdf:
    try:
        return pikepdf.open(io.BytesIO(pdf))
    except pikepdf.PasswordError as error:
        raise FormError(
            _("The form is protected by a password."), hint=_("Save it without a password.")
        ) from error
    except pikepdf.PdfError as error:
        raise FormError(
            _("The form is no PDF, or a broken one."), hint=_("A form is made from a fillable PDF.")
        ) from error


@contextmanager
def _understood() -> Iterator[None]:
    """Turn what goes wrong with a PDF whose parts are not what they should be into a sentence."""
    try:
        yield
    except (pikepdf.PdfError, ValueError, TypeError, KeyError, AttributeError, IndexError) as error:
        raise FormError(
            _("The form is no PDF, or a broken one."), hint=_("A form is made from a fillable PDF.")
        ) from error


def _geometry(document: pikepdf.Pdf) -> Geometry:
    pages = list(document.pages)
    if len(pages) > MAX_PAGES:
        raise FormError(
            _("The form has {pages} pages; a ballot is one sheet, so 2 at most.").format(pages=len(pages)),
            hint=_("Use larger paper (`paper: A3`), or split the list into two ballot styles."),
        )
    boxes = [page.mediabox for page in pages]
    sizes = {(round(float(b[2] - b[0]) * _MM, 2), round(float(b[3] - b[1]) * _MM, 2)) for b in boxes}
    if len(sizes) != 1 or any(page.rotation for page in pages):
        raise FormError(
            _("The form's pages differ in size, or are turned."),
            hint=_("Make all pages upright and of one size."),
        )
    paper_mm = sizes.pop()
    fields: list[Field] = []
    zones: list[Zone] = []
    for number, page in enumerate(pages, start=1):
        for annotation in _annotations(page):
            if annotation.get("/Subtype") == Name.Widget:
                fields.append(_field(annotation, number, _box(annotation, page)))
            elif annotation.get("/Subtype") == Name.Link and (zone := _zone(annotation, number, page)):
                zones.append(zone)
    if not fields:
        raise FormError(
            _("The form has no fields to mark."),
            hint=_("Every place for a mark must be a check box of the fillable PDF."),
        )
    return Geometry(paper_mm, len(pages), tuple(fields), tuple(zones))


def _annotations(page: pikepdf.Page) -> Iterator[Object]:
    annotations = page.obj.get("/Annots", Array())
    yield from (annotation for annotation in annotations if isinstance(annotation, Dictionary))


def _field(widget: Object, page: int, box: Box) -> Field:
    group = widget if "/T" in widget else widget.get("/Parent", widget)
    name = str(group.get("/T", ""))
    kind = _kind(widget)
    if kind is None:
        raise FormError(
            _("Page {page}: the field {name} is neither a box to mark nor a text field.").format(
                page=page, name=name
            )
        )
    if kind is FieldKind.RADIO:
        name = f"{name}.{_radio_option(widget)}"
    match = _NAME.fullmatch(name)
    if match is None:
        raise FormError(
            _("Page {page}: the field “{name}” does not say what it counts for.").format(
                page=page, name=name
            ),
            hint=_("Name each field CONTEST.OPTION, in small letters, digits and hyphens."),
        )
    return Field(match["contest"], match["option"], page, kind, box)


def _kind(widget: Object) -> FieldKind | None:
    kind, flags = _inherited(widget, "/FT"), int(_inherited(widget, "/Ff") or 0)
    if kind == Name.Btn and not flags & _PUSH_BUTTON:
        return FieldKind.RADIO if flags & _RADIO else FieldKind.CHECK
    return FieldKind.TEXT if kind == Name.Tx else None


def _radio_option(widget: Object) -> str:
    """Return the value of a radio button: its place among its group's `/Opt`, else its own on-state."""
    states = set(widget.get("/AP", Dictionary()).get("/N", Dictionary()).keys()) - {"/Off"}
    on = min(states).removeprefix("/") if states else ""
    options = _inherited(widget, "/Opt")
    if options is not None and on.isdigit() and int(on) < len(options):
        return str(options[int(on)])
    return on


def _inherited(widget: Object, key: str) -> Object | None:
    node: Object | None = widget
    for _level in range(8):
        if node is None:
            return None
        if key in node:
            return node[key]
        node = node.get("/Parent")
    return None


def _zone(link: Object, page: int, of: pikepdf.Page) -> Zone | None:
    match = _ZONE.fullmatch(str(link.get("/A", Dictionary()).get("/URI", "")))
    return Zone(match["contest"], match["what"], page, _box(link, of)) if match else None


def _box(annotation: Object, page: pikepdf.Page) -> Box:
    """Return an annotation's rectangle in mm from the page's top-left; its corners come in any order."""
    xa, ya, xb, yb = (float(value) for value in annotation.Rect)
    left, _bottom, _right, top = (float(value) for value in page.mediabox)
    x, y = min(xa, xb) - left, top - max(ya, yb)
    return Box(*(round(value * _MM, 3) for value in (x, y, abs(xb - xa), abs(yb - ya))))


def _check_places(form: Form) -> None:
    width, height = form.paper_mm
    for field in form.fields:
        where = _("Page {page}: the field {name}").format(
            page=field.page, name=f"{field.contest}.{field.option}"
        )
        box = field.box_mm
        if box.x < 0 or box.y < 0 or box.x + box.w > width or box.y + box.h > height or min(box.w, box.h) < 1:
            raise FormError(_("{field} lies outside the paper, or has no size.").format(field=where))
        for what, clear in kept_clear(form.frame, field.page).items():
            if _overlap(box, clear):
                raise FormError(
                    _("{field} stands where the form's frame is stamped ({what}).").format(
                        field=where, what=what
                    ),
                    hint=_("Leave the corners and the middle of the bottom edge free."),
                )
        if field.page == 1 and _overlap(box, form.frame.seal):
            raise FormError(
                _("{field} stands where the seal is stamped.").format(field=where),
                hint=_("Leave the top left {w:g} × {h:g} mm free of fields.").format(
                    w=form.frame.seal.w, h=form.frame.seal.h
                ),
            )
    for one, other in combinations(form.fields, 2):
        if (one.contest, one.option) == (other.contest, other.option):
            raise FormError(
                _("The field {name} is there twice.").format(name=f"{one.contest}.{one.option}"),
                hint=_("Each option of a contest has one field."),
            )
        if one.page == other.page and _overlap(one.box_mm, other.box_mm):
            raise FormError(
                _("Page {page}: the fields {one} and {other} overlap.").format(
                    page=one.page, one=f"{one.contest}.{one.option}", other=f"{other.contest}.{other.option}"
                )
            )


def _overlap(one: Box, other: Box) -> bool:
    return (
        one.x < other.x + other.w
        and other.x < one.x + one.w
        and one.y < other.y + other.h
        and other.y < one.y + one.h
    )


def _blank(document: pikepdf.Pdf, form: Form) -> bytes:
    """Return the form as it is printed: its pages with tags, without fields, links, structure or scripts."""
    height = form.paper_mm[1]
    blank = pikepdf.new()
    for number, page in enumerate(document.pages, start=1):
        left, bottom, right, top = (float(value) for value in page.mediabox)
        print_only = blank.copy_foreign(page.as_form_xobject())
        content = b"q 1 0 0 1 %.4f %.4f cm /Print Do Q\n" % (-left, -bottom)
        blank.pages.append(
            pikepdf.Page(
                Dictionary(
                    Type=Name.Page,
                    MediaBox=Array([0, 0, round(right - left, 4), round(top - bottom, 4)]),
                    Resources=Dictionary(XObject=Dictionary(Print=print_only)),
                    Contents=blank.make_stream(content + tags_content(form.frame, number, height)),
                )
            )
        )
    return saved(blank)
