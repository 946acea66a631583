"""A site is built beside the old one and takes its place only when it is whole.

Comes in: the workspace. Goes out: `site/`, `public/` and `results/` there, all of the same count. A build
that fails, or a machine that is switched off, leaves what was published before.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ..errors import PhieuError, WorkspaceError
from ..words import _
from ..workspace import Workspace

_ASIDE = ".publishing-"


class BuildFailed(PhieuError):
    """MkDocs could not build the project."""


@dataclass(frozen=True, slots=True)
class Staged:
    """The three folders while they are made."""

    root: Path

    @property
    def results(self) -> Path:
        """The bundle."""
        return self.root / "results"

    @property
    def site(self) -> Path:
        """The MkDocs project."""
        return self.root / "site"

    @property
    def public(self) -> Path:
        """The built site."""
        return self.root / "public"


@contextmanager
def aside(workspace: Workspace) -> Iterator[Staged]:
    """Give a folder beside the published one, and clear it away whatever happens.

    Raises:
        WorkspaceError: the workspace can't be written to.
    """
    home = workspace.public.parent
    try:
        home.mkdir(parents=True, exist_ok=True)
        for left_over in home.glob(f"{_ASIDE}*"):
            shutil.rmtree(left_over, ignore_errors=True)
        root = Path(tempfile.mkdtemp(prefix=_ASIDE, dir=home))
        try:
            yield Staged(root)
        finally:
            shutil.rmtree(root, ignore_errors=True)
    except OSError as error:
        raise WorkspaceError(
            _("The site can't be written: {reason}.").format(reason=error.strerror or error),
            hint=_(
                "Close what has the folder open, and see that there is room on the disk and leave to write."
            ),
        ) from error


def build(staged: Staged) -> None:
    """Build the project with MkDocs, where every warning is an error.

    Raises:
        BuildFailed: with what MkDocs said.
    """
    # Not with --quiet: it silences the very warnings that --strict counts. Where the site goes is not written
    # in mkdocs.yml, since Zensical, which builds the same project, allows no place outside it.
    run = subprocess.run(
        [sys.executable, "-P", "-m", "mkdocs", "build", "--strict", "--site-dir", str(staged.public)],
        cwd=staged.site,
        env=os.environ | {"NO_MKDOCS_2_WARNING": "1", "PYTHONUTF8": "1"},
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    if run.returncode:
        raise BuildFailed(
            _("MkDocs could not build the site: {reason}").format(
                reason=_last_word(run.stderr or run.stdout)
            ),
            hint=_("What was published before still stands. The templates are in {folder}.").format(
                folder="templates/site"
            ),
        )
    # Pages for a web server only: without one, they point nowhere.
    for name in ("404.html", "sitemap.xml", "sitemap.xml.gz"):
        (staged.public / name).unlink(missing_ok=True)


def _last_word(said: str) -> str:
    """Return the line of MkDocs' output that says what went wrong: its last, below any traceback."""
    return next((line.strip() for line in reversed(said.splitlines()) if line.strip()), "-")


def swap(staged: Staged, workspace: Workspace, withdrawn: Sequence[str]) -> None:
    """Put what was built in the place of what stood there; tables of the rounds `withdrawn` go away."""
    old = staged.root / "old"
    old.mkdir()
    for made, place in ((staged.site, workspace.site), (staged.public, workspace.public)):
        if place.exists():
            place.rename(old / place.name)
        made.rename(place)
    workspace.results.mkdir(parents=True, exist_ok=True)
    for round_id in withdrawn:
        for end in ("json", "csv"):
            (workspace.results / f"{round_id}.{end}").unlink(missing_ok=True)
    for path in sorted(staged.results.iterdir()):
        path.replace(workspace.results / path.name)
