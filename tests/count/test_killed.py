"""The program is killed in the middle of a batch; a second run gives the count one run would have given."""

import os
import signal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event

from phieu.count.desk import Desk
from phieu.count.verify import verify
from phieu.workspace import Workspace

ROUND = "ky-hop-12"


def opened(vote: Path) -> Desk:
    workspace = Workspace.open(vote)
    return Desk.open(workspace, workspace.plan())


def take_in(desk: Desk, fake_page: Any) -> None:
    desk.commit_batch("b2", 3, [fake_page(f"p{n}", {"le-quang-dinh": "low"}) for n in range(2, 5)], {})


def killed_at_statement(vote: Path, fake_page: Any, n: int) -> bool:
    """Take a batch in, in a process that kills itself at its n-th statement; False: it got through."""
    child = os.fork()
    if child == 0:
        try:
            desk, left = opened(vote), iter(range(n))

            def kill(*_args: object) -> None:
                if next(left, None) is None:
                    os.kill(os.getpid(), signal.SIGKILL)

            event.listen(Engine, "before_cursor_execute", kill)
            event.listen(Engine, "commit", kill)
            take_in(desk, fake_page)
            os._exit(0)
        finally:
            os._exit(1)
    _pid, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        assert os.WTERMSIG(status) == signal.SIGKILL
        return True
    assert os.WEXITSTATUS(status) == 0
    return False


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_batch_killed_at_any_statement_is_taken_in_whole_by_a_second_run(
    vote: Path, fake_page: Any, tmp_path: Path
) -> None:
    with opened(vote) as desk:
        desk.commit_batch("b1", 2, [fake_page("p0"), fake_page("p1")], {})
        before = desk.tally(ROUND)
    statements = 0
    while killed_at_statement(vote, fake_page, statements):
        with opened(vote) as desk:
            assert desk.tally(ROUND) == before
            assert verify(desk) == []
        statements += 1
    assert statements > 5
    with opened(vote) as desk:
        style = desk.tally(ROUND).styles[0]
        assert style.read == 5
        assert {one.id: one.votes["low"] for one in style.contests}["le-quang-dinh"] == 3
        assert verify(desk) == []
