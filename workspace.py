"""The folder of one vote: where each thing lies.

plan.yaml  people.xlsx     what is voted on
forms/                     frozen forms (geometry and blank print)
settings/                  how the office's scanner is to be read, where it was calibrated
print/  scans/  phieu.db   print runs, batches as they came in, the count
results/  site/  public/   the bundle, the MkDocs project, the built site
gathered/                  the units' results bundles, in a province's workspace
practice/                  the same from `print/` on, for rehearsals: never counted as real
"""

from dataclasses import dataclass
from pathlib import Path

from .errors import WorkspaceError
from .vote.plan import Plan
from .vote.plan_file import load_plan
from .words import _


@dataclass(frozen=True, slots=True)
class Workspace:
    """One vote's folder, seen either as the real count or as practice."""

    root: Path
    practice: bool = False

    @classmethod
    def open(cls, root: Path, practice: bool = False) -> "Workspace":
        """Return the workspace at `root`.

        Raises:
            WorkspaceError: there is no `plan.yaml` in it.
        """
        if not (root / "plan.yaml").is_file():
            raise WorkspaceError(
                _("{folder} is not a workspace: there is no plan.yaml in it.").format(folder=root),
                hint=_(
                    "Go to your vote's folder, or name it with --workspace. `phieu new FOLDER` makes one."
                ),
            )
        return cls(root.resolve(), practice)

    def plan(self) -> Plan:
        """Read and check the plan and its people.

        Raises:
            PlanError: with every problem that was found.
        """
        return load_plan(self.root / "plan.yaml")

    @property
    def forms(self) -> Path:
        """Frozen forms, real and practice ones alike."""
        return self.root / "forms"

    @property
    def reading_settings(self) -> Path:
        """What `phieu calibrate` found of the office's scanner; for the real count and for practice."""
        return self.root / "settings" / "reading.json"

    @property
    def print(self) -> Path:
        """Print runs and run sheets."""
        return self._counted / "print"

    @property
    def scans(self) -> Path:
        """The files of each batch, as they came in."""
        return self._counted / "scans"

    @property
    def database(self) -> Path:
        """The SQLite file of the count."""
        return self._counted / "phieu.db"

    @property
    def count_id(self) -> Path:
        """The random name of the count, by which its database knows it."""
        return self._counted / "count.id"

    @property
    def results(self) -> Path:
        """The results bundle."""
        return self._counted / "results"

    @property
    def gathered(self) -> Path:
        """The results bundles that units handed in."""
        return self._counted / "gathered"

    @property
    def site(self) -> Path:
        """The MkDocs project."""
        return self._counted / "site"

    @property
    def public(self) -> Path:
        """The built site."""
        return self._counted / "public"

    @property
    def _counted(self) -> Path:
        return self.root / "practice" if self.practice else self.root
