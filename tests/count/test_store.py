"""A database is of one count, and of no other workspace's."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from phieu.count.desk import Desk
from phieu.count.store import StoreError
from phieu.workspace import Workspace

ROUND = "ky-hop-12"


def opened(folder: Path, practice: bool = False) -> Desk:
    workspace = Workspace.open(folder, practice)
    return Desk.open(workspace, workspace.plan())


def test_a_server_never_gives_one_workspaces_count_to_another(
    postgresql: str, either_database: str, printed_vote: Path, vote: Path, tmp_path: Path, fake_page: Any
) -> None:
    if either_database == "sqlite":
        pytest.skip("each workspace has a file of its own")
    other = Path(shutil.copytree(printed_vote, tmp_path / "other"))
    with opened(vote) as desk:
        desk.commit_batch("b1", 1, [fake_page("p0")], {})
    with pytest.raises(StoreError, match="another workspace"):
        opened(other)
    station = Path(shutil.copytree(vote, tmp_path / "station"))
    with opened(station) as desk:
        assert [batch.name for batch in desk.batches()] == ["b1"]


def test_the_practice_count_has_a_name_of_its_own(either_database: str, vote: Path) -> None:
    for practice in (False, True):
        opened(vote, practice).store.close()
    names = [Workspace(vote, practice).count_id.read_text("ascii") for practice in (False, True)]
    assert len(set(names)) == 2 and all(len(name.strip()) == 32 for name in names)


@pytest.mark.parametrize("name", [None, "", "0" * 32, "\u0111"])
def test_a_count_whose_name_was_lost_or_changed_is_refused(
    either_database: str, vote: Path, name: str | None
) -> None:
    opened(vote).store.close()
    file = Workspace(vote).count_id
    kept = file.read_bytes()
    file.unlink()
    if name is not None:
        file.write_text(name, encoding="utf-8")
    with pytest.raises(StoreError):
        opened(vote)
    file.write_bytes(kept)
    opened(vote).store.close()
