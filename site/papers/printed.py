"""Papers -> PDF by LibreOffice, from the very .docx, where it is installed; `typeset` does it elsewhere.

LibreOffice runs without a window, in a profile of its own that is thrown away, with no environment but what
it needs,
and is ended after a while. Its PDF is freed of times and random names, so the same .docx makes the same
bytes again.
"""

import io
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

import pikepdf

FONTS = Path(__file__).parents[2] / "templates" / "fonts"
_SECONDS = 60
_ELSEWHERE = (
    "C:/Program Files/LibreOffice/program/soffice.exe",
    "C:/Program Files (x86)/LibreOffice/program/soffice.exe",
    "/Applications/LibreOffice.app/Contents/MacOS/soffice",
)
_KEPT = ("PATH", "SYSTEMROOT", "WINDIR", "COMSPEC")


def office() -> str | None:
    """Return where LibreOffice is; None where it is not installed."""
    # Where it is installed comes first: Windows would take a program of that name from the vote's folder.
    installed = next((place for place in _ELSEWHERE if Path(place).is_file()), None)
    return installed or shutil.which("soffice") or shutil.which("libreoffice")


def by_office(
    program: str, documents: Mapping[str, bytes], to: str = "pdf", seconds: float = _SECONDS
) -> dict[str, bytes]:
    """Return documents as LibreOffice converts them; empty where it failed or took too long.

    Args:
        program: where it is.
        documents: file name, as `minutes.docx`, to its bytes; all are converted in one run.
        to: the format's ending.
        seconds: how long it may take for all.
    """
    with tempfile.TemporaryDirectory(prefix="phieu-office-") as folder:
        root = Path(folder)
        (root / "in").mkdir()
        # Names of our own: what a round or ballot is called never reaches the command line.
        names = {name: f"{number}{Path(name).suffix}" for number, name in enumerate(documents)}
        for name, plain in names.items():
            (root / "in" / plain).write_bytes(documents[name])
        _run(program, root, to, [str(root / "in" / plain) for plain in names.values()], seconds)
        made = {name: root / "out" / f"{Path(plain).stem}.{to}" for name, plain in names.items()}
        if not all(path.is_file() and path.stat().st_size for path in made.values()):
            return {}
        return {name: path.read_bytes() for name, path in made.items()}


def without_times(pdf: bytes, title: str) -> bytes:
    """Return a PDF without the time, the ids and the names of programs in it."""
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(pdf)) as document:
        for key in list(document.docinfo.keys()):
            del document.docinfo[str(key)]
        document.docinfo["/Title"] = pikepdf.String(title)
        if "/Metadata" in document.Root:
            del document.Root.Metadata
        for name in ("/DocChecksum", "/ID"):
            if name in document.trailer:
                del document.trailer[name]
        document.save(out, deterministic_id=True)
    return out.getvalue()


def _run(program: str, root: Path, to: str, files: list[str], seconds: float) -> None:
    arguments = [
        program,
        f"-env:UserInstallation={(root / 'profile').as_uri()}",
        "--headless",
        "--norestore",
        "--nolockcheck",
        "--nodefault",
        "--convert-to",
        to,
        "--outdir",
        str(root / "out"),
        *files,
    ]
    environment = {name: os.environ[name] for name in _KEPT if name in os.environ}
    environment |= {"HOME": str(root), "TMPDIR": str(root), "TEMP": str(root), "LANG": "C.UTF-8"}
    if Path("/etc/fonts").is_dir():
        environment["FONTCONFIG_FILE"] = str(_fonts(root))
    run = subprocess.Popen(
        arguments,
        cwd=root,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        run.wait(seconds)
    except subprocess.TimeoutExpired:
        pass
    finally:
        _end(run)


def _end(run: "subprocess.Popen[bytes]") -> None:
    """End it with all it started: soffice is only a script around the program proper."""
    if run.poll() is None or os.name != "nt":
        try:
            if os.name == "nt":
                subprocess.run(
                    ["taskkill", "/T", "/F", "/PID", str(run.pid)], capture_output=True, check=False
                )
            else:
                os.killpg(run.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            pass
    run.wait()


def _fonts(root: Path) -> Path:
    """Write a font configuration that knows our serif, which has the widths of Times New Roman."""
    path = root / "fonts.conf"
    path.write_text(
        '<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig>'
        f'<include ignore_missing="yes">/etc/fonts/fonts.conf</include><dir>{FONTS.as_posix()}</dir>'
        f"<cachedir>{(root / 'fonts').as_posix()}</cachedir></fontconfig>",
        encoding="utf-8",
    )
    return path
