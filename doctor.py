"""What the program needs from outside: is it there, and how to get it.

Asked by `phieu doctor`. It changes nothing; each finding names the step that fails without the part.
"""

import importlib
import shutil
import subprocess
from dataclasses import dataclass

from .words import _


@dataclass(frozen=True, slots=True)
class Finding:
    """One outside part, and whether it is there."""

    name: str
    present: bool
    needed_for: str
    cure: str
    """What to type, on Debian and Ubuntu; for other systems the part's own name tells what to look for."""


def examine() -> tuple[Finding, ...]:
    """Look for every outside program, library and language file."""
    return (
        _program("pdftoppm", _("reading PDF scans and drawing proof sheets"), "poppler-utils"),
        _program("tesseract", _("ballots whose QR code is gone"), "tesseract-ocr"),
        Finding(
            _("Tesseract's Vietnamese"),
            "vie" in _tesseract_languages(),
            _("ballots whose QR code is gone"),
            "sudo apt install tesseract-ocr-vie",
        ),
        _library("weasyprint", _("printing ballots"), "libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"),
        _library("cv2", _("reading scans"), "libgl1 libglib2.0-0"),
    )


def _program(name: str, needed_for: str, package: str) -> Finding:
    return Finding(name, shutil.which(name) is not None, needed_for, f"sudo apt install {package}")


def _library(module: str, needed_for: str, packages: str) -> Finding:
    """Find whether a Python package finds the system's libraries: it fails to import where it does not."""
    try:
        importlib.import_module(module)
    except (ImportError, OSError):
        return Finding(module, False, needed_for, f"sudo apt install {packages}")
    return Finding(module, True, needed_for, "")


def _tesseract_languages() -> frozenset[str]:
    if not shutil.which("tesseract"):
        return frozenset()
    listed = subprocess.run(["tesseract", "--list-langs"], capture_output=True, text=True, check=False)
    return frozenset(listed.stdout.split())
