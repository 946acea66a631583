"""A form: the printed design of one ballot style, with the place of every field in mm.

Comes in: a fillable PDF. Goes out: a `FrozenForm`, the geometry as `forms/<form id>.json` with the blank
form beside it as `forms/<form id>.pdf` (the form with its corner tags, but without widgets, links or code).
From then on the reader uses these two and never the layout engine. The form's hash covers both, so no byte
of either can change unseen.

All places are boxes `(x, y, width, height)` in mm from the top-left corner of the page.
"""

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, NamedTuple

from ..errors import ExitCode, PhieuError
from ..words import _


class FormError(PhieuError):
    """A form that was changed after it was frozen, or that can't be used as a ballot."""

    exit_code = ExitCode.BAD_FORM


class Box(NamedTuple):
    """A rectangle on the page, in mm from the page's top-left corner."""

    x: float
    y: float
    w: float
    h: float


class FieldKind(StrEnum):
    """How a voter uses a field."""

    CHECK = "check"
    RADIO = "radio"
    TEXT = "text"
    STRIKE = "strike"


@dataclass(frozen=True, slots=True)
class Field:
    """The place on paper where a voter may choose one option of one contest."""

    contest: str
    option: str
    page: int
    """From 1."""
    kind: FieldKind
    box_mm: Box
    """The outer edge of the printed outline."""


@dataclass(frozen=True, slots=True)
class Zone:
    """A part of a page where ink matters though nobody is asked to mark it: a name cell."""

    contest: str
    what: str
    page: int
    box_mm: Box


@dataclass(frozen=True, slots=True)
class Frame:
    """What is stamped around each page for the reader.

    Corner tags are AprilTag 36h11; page p bears 4(p-1) top-left, then clockwise top-right, bottom-right,
    bottom-left. Code and text have the same place on every page; the seal zone matters on page 1 only.
    """

    tags: Mapping[int, Box]
    """Tag id to the outer edge of its black square."""
    code: Box
    """The QR code without its quiet zone."""
    text: Box
    """The printed line under it."""
    seal: Box
    """Left free for the office's red seal."""


@dataclass(frozen=True, slots=True)
class Form:
    """The geometry of one ballot style."""

    id: str
    sha256: str
    practice: bool
    paper_mm: tuple[float, float]
    pages: int
    fields: tuple[Field, ...]
    zones: tuple[Zone, ...]
    frame: Frame

    def to_json(self) -> dict[str, Any]:
        """Return the form as `forms/<form id>.json` holds it."""
        return {
            "form": self.id,
            "sha256": self.sha256,
            "practice": self.practice,
            "paper_mm": list(self.paper_mm),
            "pages": self.pages,
            "fields": [
                {
                    "contest": f.contest,
                    "option": f.option,
                    "page": f.page,
                    "kind": str(f.kind),
                    "box_mm": list(f.box_mm),
                }
                for f in self.fields
            ],
            "zones": [
                {"contest": z.contest, "what": z.what, "page": z.page, "box_mm": list(z.box_mm)}
                for z in self.zones
            ],
            "frame": {
                "tags": {str(tag): list(box) for tag, box in self.frame.tags.items()},
                "code": list(self.frame.code),
                "text": list(self.frame.text),
                "seal": list(self.frame.seal),
            },
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Form":
        """Return the form that `to_json` wrote; KeyError, TypeError or ValueError where it is not one."""
        frame = data["frame"]
        return cls(
            id=str(data["form"]),
            sha256=str(data["sha256"]),
            practice=bool(data["practice"]),
            paper_mm=(float(data["paper_mm"][0]), float(data["paper_mm"][1])),
            pages=int(data["pages"]),
            fields=tuple(
                Field(f["contest"], f["option"], int(f["page"]), FieldKind(f["kind"]), Box(*f["box_mm"]))
                for f in data["fields"]
            ),
            zones=tuple(
                Zone(z["contest"], z["what"], int(z["page"]), Box(*z["box_mm"])) for z in data["zones"]
            ),
            frame=Frame(
                tags={int(tag): Box(*box) for tag, box in frame["tags"].items()},
                code=Box(*frame["code"]),
                text=Box(*frame["text"]),
                seal=Box(*frame["seal"]),
            ),
        )


@dataclass(frozen=True, slots=True)
class FrozenForm:
    """A form and its blank print, as stored: all that the reader knows of a ballot style."""

    form: Form
    blank_pdf: bytes

    def save(self, directory: Path) -> Path:
        """Write both files, and return the path of the JSON."""
        directory.mkdir(parents=True, exist_ok=True)
        (directory / f"{self.form.id}.pdf").write_bytes(self.blank_pdf)
        path = directory / f"{self.form.id}.json"
        path.write_text(
            json.dumps(self.form.to_json(), ensure_ascii=False, indent=1) + "\n", encoding="utf-8"
        )
        return path

    @classmethod
    def load(cls, path: Path) -> "FrozenForm":
        """Read `forms/<form id>.json` and the blank form beside it, and check their hash.

        Raises:
            FormError: a file is missing, is no form, or was changed after it was frozen.
        """
        try:
            data = json.loads(path.read_text(encoding="utf-8"))
            blank_pdf = path.with_suffix(".pdf").read_bytes()
            form = Form.from_json(data)
        except OSError as error:
            raise FormError(
                _("The form {file} can't be read: {reason}.").format(file=path, reason=error.strerror),
                hint=_("A form is two files that belong together, {name}.json and {name}.pdf.").format(
                    name=path.stem
                ),
            ) from error
        except (ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
            raise FormError(
                _("{file} is not a frozen form.").format(file=path),
                hint=_("Forms are written by `phieu print`; name a file of the workspace's `forms` folder."),
            ) from error
        if form_hash(data, blank_pdf) != form.sha256 or form_id(form.sha256) != form.id:
            raise FormError(
                _("The form {file} was changed after it was frozen: its hash is wrong.").format(file=path),
                hint=_(
                    "Put back the two files as they were when the ballots were printed. "
                    "Don't count with this form."
                ),
            )
        return cls(form, blank_pdf)


def form_hash(data: Mapping[str, Any], blank_pdf: bytes) -> str:
    """Return the full hash of a form, in hex.

    SHA-256 over the canonical JSON (sorted keys, no spaces, UTF-8; without `form` and `sha256`), a zero byte,
    and the SHA-256 of the blank form's PDF.
    """
    bare = {key: value for key, value in data.items() if key not in ("form", "sha256")}
    canonical = json.dumps(bare, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    return hashlib.sha256(canonical + b"\0" + hashlib.sha256(blank_pdf).digest()).hexdigest()


def form_id(sha256: str) -> str:
    """Return the form id: the first 8 characters of the hash's base32."""
    return base64.b32encode(bytes.fromhex(sha256)).decode()[:8]
