"""The batch separator: a sheet laid on top of a batch before scanning, whose code says which batch begins.

Its code is of kind B; in the place of a form id stand the first 8 characters of the base32 of the SHA-256
of the batch's name, so that a scan can be held against the batch's name without a list.
"""

import base64
import hashlib
import io
import unicodedata
from pathlib import Path

import pikepdf
from pikepdf import Dictionary

from ..errors import ExitCode, PhieuError
from ..words import _
from ..workspace import Workspace
from .code import Code, Kind, encode
from .compose import lay_out, render
from .frame import PAPER_MM, code_content, frame_for, saved
from .lettering import add_face


class BatchNameError(PhieuError):
    """A batch that can't be called so, or can't be of so many sheets."""

    exit_code = ExitCode.USAGE


def batch_id(name: str) -> str:
    """Return what stands for a batch's name in its separator's code: 8 characters of base32."""
    digest = hashlib.sha256(unicodedata.normalize("NFC", name.strip()).encode()).digest()
    return base64.b32encode(digest).decode()[:8]


def write_separator(workspace: Workspace, name: str, sheets: int) -> Path:
    """Write the separator of a batch as `print/separator-ID.pdf`, and return its path.

    Raises:
        BatchNameError: the name is empty, or the batch has no sheet.
    """
    path = workspace.print / f"separator-{batch_id(name)}.pdf"
    sheet = separator_pdf(name, sheets)
    workspace.print.mkdir(parents=True, exist_ok=True)
    path.write_bytes(sheet)
    return path


def separator_pdf(name: str, sheets: int) -> bytes:
    """Return the separator of a batch as a PDF of one A4 page, in the language in force."""
    name = " ".join(unicodedata.normalize("NFC", name).split())
    if not name:
        raise BatchNameError(_("A batch needs a name."), hint=_("Give it a short one, as “Tổ 1”."))
    if sheets < 1:
        raise BatchNameError(
            _("A batch of {sheets} sheets can't be.").format(sheets=sheets),
            hint=_("Say how many sheets were counted by hand, at least 1."),
        )
    frame = frame_for(PAPER_MM["A4"], 1)
    sheet = lay_out(render("separator.html", name=name, sheets=sheets, size_pt=_size_pt(name))).write_pdf()
    with pikepdf.open(io.BytesIO(sheet)) as document:
        page = document.pages[0]
        page.obj.Resources.Font = page.obj.Resources.get("/Font", Dictionary())
        page.obj.Resources.Font.F0 = add_face(document)
        code = encode(Code(Kind.SEPARATOR, batch_id(name), 1))
        page.contents_add(b"q\n", prepend=True)
        page.contents_add(b"Q\n" + code_content(frame, code, PAPER_MM["A4"][1]))
        return saved(document)


def _size_pt(name: str) -> float:
    """The type size at which a name fills the sheet's width, on at most a few lines."""
    longest = max(len(name) / 2, *(len(word) for word in name.split()))
    return max(20.0, min(96.0, 820 / longest))
