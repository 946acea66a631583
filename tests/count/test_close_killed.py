"""The program is killed while a round is closed or reopened; the same command again ends what was begun."""

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event

from phieu.count.bundle import read_bundle
from phieu.count.desk import Desk
from phieu.count.verify import verify
from phieu.workspace import Workspace

ROUND = "ky-hop-12"
CHAIR = "Trần Văn Trưởng"

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")


def opened(vote: Path) -> Desk:
    workspace = Workspace.open(vote)
    return Desk.open(workspace, workspace.plan())


def file_of(desk: Desk) -> Path:
    return desk.workspace.results / f"{ROUND}.bundle.json"


def killed_at(vote: Path, act: Callable[[Desk], object], n: int) -> bool:
    """Do something in a process that kills itself at its n-th statement or write; False: it got through."""
    child = os.fork()
    if child == 0:
        try:
            desk, left = opened(vote), iter(range(n))

            def kill(*_args: object) -> None:
                if next(left, None) is None:
                    os.kill(os.getpid(), signal.SIGKILL)

            def written(name: str, arguments: tuple[object, ...]) -> None:
                if name in ("os.rename", "os.mkdir", "open") and str(vote / "results") in str(arguments[0]):
                    kill()

            event.listen(Engine, "before_cursor_execute", kill)
            event.listen(Engine, "commit", kill)
            sys.addaudithook(written)
            act(desk)
            os._exit(0)
        finally:
            os._exit(1)
    _pid, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        assert os.WTERMSIG(status) == signal.SIGKILL
        return True
    assert os.WEXITSTATUS(status) == 0
    return False


def counted(vote: Path, fake_page: Any) -> None:
    with opened(vote) as desk:
        desk.commit_batch("b1", 2, [fake_page("p0"), fake_page("p1", {"le-quang-dinh": "low"})], {})
        desk.set_figures(ROUND, "hdnd", CHAIR, issued=2, collected=2)
        desk.set_figures(ROUND, "ubnd", CHAIR, issued=0, collected=0)


def test_a_closing_killed_anywhere_is_whole_or_not_begun_and_closing_again_writes_its_file(
    vote: Path, fake_page: Any
) -> None:
    counted(vote, fake_page)
    steps, closed_without_file = 0, 0
    while killed_at(vote, lambda desk: desk.close(ROUND, [CHAIR]), steps):
        with opened(vote) as desk:
            bundle = desk.bundle(ROUND)
            if bundle is None:
                assert verify(desk) == [] and not file_of(desk).exists()
            else:
                problems = verify(desk)
                closed_without_file += bool(problems)
                assert all("phieu close" in problem for problem in problems)
                if file_of(desk).exists():
                    assert read_bundle(file_of(desk)) == bundle
        steps += 1
    assert steps > 10 and closed_without_file > 0
    with opened(vote) as desk:
        assert read_bundle(file_of(desk)) == desk.bundle(ROUND) and verify(desk) == []


def test_a_reopening_killed_anywhere_leaves_the_results_in_force_or_in_the_folder_of_void_ones(
    vote: Path, fake_page: Any
) -> None:
    counted(vote, fake_page)
    with opened(vote) as desk:
        first = desk.close(ROUND, [CHAIR])
    steps, interrupted = 0, 0
    while killed_at(vote, lambda desk: desk.reopen(ROUND, "a reason", CHAIR), steps):
        with opened(vote) as desk:
            again = desk.bundle(ROUND)
            assert again is None or again == first or again.corrects
            if again is None:
                interrupted += 1
                assert desk.close(ROUND, [CHAIR]).corrects
            assert read_bundle(file_of(desk)) == desk.bundle(ROUND) and verify(desk) == []
        steps += 1
    assert steps > 5 and interrupted > 2
    with opened(vote) as desk:
        assert desk.bundle(ROUND) is None and desk.replaced(ROUND)[0] == first and verify(desk) == []
        void = {read_bundle(path).sha256 for path in desk.workspace.results.rglob("void/*/*.bundle.json")}
        assert void == {bundle.sha256 for bundle in desk.replaced(ROUND)}
