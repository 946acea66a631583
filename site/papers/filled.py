"""A Word template and its values -> a .docx, always the same bytes for the same two.

Values are text: whatever stands in a name or a reason is escaped, so no value becomes a field, a link or a
statement
of the template.
"""

import io
import re
import zipfile
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jinja2
from docxtpl import DocxTemplate  # type: ignore[import-untyped]
from jinja2.sandbox import SandboxedEnvironment

from ...errors import ExitCode, PhieuError
from ...words import _

_MOST_BYTES = 20_000_000
_LONG_AGO = (2000, 1, 1, 0, 0, 0)
# What XML can't hold, and what docxtpl takes for a page or a paragraph of its own.
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f\ufffe\uffff\ud800-\udfff]")


class TemplateError(PhieuError):
    """A template of the papers that can't be used."""

    exit_code = ExitCode.BAD_WORKSPACE


def filled(template: Path, values: Mapping[str, Any], day: datetime) -> bytes:
    """Return the paper that a template makes of these values.

    Args:
        template: a .docx; an office's own, or one of ours.
        values: text, numbers, and lists or dataclasses of them.
        day: written into the file as the time it was made.

    Raises:
        TemplateError: it is no Word file, or asks for what there is not.
    """
    try:
        if template.stat().st_size > _MOST_BYTES:
            raise TemplateError(_("{file} is too large for a template.").format(file=template))
        document = DocxTemplate(template)
        document.init_docx()
        if document.docx is None:
            raise ValueError("empty")
        environment = SandboxedEnvironment(undefined=jinja2.StrictUndefined, autoescape=True)
        document.render(clean(values), environment)
        about = document.docx.core_properties
        about.created = about.modified = day.astimezone(UTC).replace(tzinfo=None)
        about.revision, about.last_modified_by = 1, "Phiếu"
        out = io.BytesIO()
        document.save(out)
    except jinja2.TemplateError as error:
        raise TemplateError(
            _("The template {file} can't be filled in: {reason}.").format(file=template, reason=error),
            hint=_("docs/manual: “Minutes” lists what a template may ask for. Put back the one that worked."),
        ) from error
    except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
        raise TemplateError(
            _("{file} can't be opened as a Word template.").format(file=template),
            hint=_("Save it in Word as .docx, or take it away: then the program's own is used."),
        ) from error
    return _with_fixed_times(out.getvalue())


def asked_for(template: Path) -> set[str]:
    """Return the names of the values that a template uses; none where it can't be read."""
    try:
        found: set[str] = DocxTemplate(template).get_undeclared_template_variables()
    except (OSError, ValueError, KeyError, zipfile.BadZipFile, jinja2.TemplateError):
        return set()
    return found


def clean(value: Any) -> Any:
    """Return the values without the control characters that no paper can hold."""
    if isinstance(value, str):
        return _CONTROLS.sub("", value)
    if isinstance(value, Mapping):
        return {key: clean(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [clean(one) for one in value]
    if is_dataclass(value) and not isinstance(value, type):
        return {one.name: clean(getattr(value, one.name)) for one in fields(value)}
    return value


def _with_fixed_times(package: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(package)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            new.writestr(zipfile.ZipInfo(name, _LONG_AGO), old.read(name), zipfile.ZIP_DEFLATED)
    return out.getvalue()
