"""Practice forms of the small vote, frozen once."""

from collections.abc import Iterator
from pathlib import Path

import cv2
import pytest

from phieu import words
from phieu.forms.form import FrozenForm
from phieu.forms.run import frozen_form
from phieu.workspace import Workspace

cv2.setNumThreads(1)


@pytest.fixture
def practice_forms(small_vote: Path) -> dict[str, FrozenForm]:
    """The practice forms of both ballot styles, of three and four rows."""
    workspace = Workspace.open(small_vote, practice=True)
    a_round = workspace.plan().rounds[0]
    return {style.id: frozen_form(workspace, a_round, style, practice=True) for style in a_round.styles}


@pytest.fixture(autouse=True)
def in_english() -> Iterator[None]:
    with words.spoken("en"):
        yield
