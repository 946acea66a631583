"""A small count that was really printed, marked, read and taken in, with questions left for people."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pdf2image import convert_from_bytes
from PIL import Image, ImageDraw
from werkzeug.test import TestResponse

from phieu import words
from phieu.count.desk import Desk
from phieu.count.question import Question, QuestionKind
from phieu.count.review import questions
from phieu.count.web.app import create_app
from phieu.count.web.guard import Keys
from phieu.forms.form import Box, FrozenForm
from phieu.forms.frame import ballot_pdf
from phieu.forms.run import frozen_form, frozen_forms
from phieu.workspace import Workspace

PORT = 5151
HOST = f"http://127.0.0.1:{PORT}"
SECRET_NAME = "to-nhat-phieu-thu-ba.png"
"""A file name that no page of the desk may show."""
HTML_NAME = "<script>alert(1)</script> Ngọc Thủy"

DPI = 200
PEN = (28, 47, 122)

# What each ballot marks, row by row. The first is clear; each other has one row that people must settle.
BALLOTS = (
    (("high",), ("high",), ("confidence",)),
    ((), ("high",), ("high",)),
    (("low",), ("high", "low"), ("high",)),
    (("confidence",), ("high",), ()),
)


@pytest.fixture(scope="session")
def read_vote(write_small_vote: Callable[[Path], Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small vote with HTML in a name: four ballots were read, three rows are left for people."""
    root = write_small_vote(tmp_path_factory.mktemp("web") / "vote")
    people = root / "people.csv"
    people.write_text(
        people.read_text(encoding="utf-8").replace("Phạm Ngọc Thủy", HTML_NAME), encoding="utf-8"
    )
    workspace = Workspace.open(root)
    plan = workspace.plan()
    a_round = plan.rounds[0]
    frozen = frozen_form(workspace, a_round, a_round.styles[0], practice=False)
    scans = tmp_path_factory.mktemp("scans")
    for number, marks in enumerate(BALLOTS):
        _scan(frozen, marks).save(
            scans / (SECRET_NAME if number == 2 else f"scan-{number}.png"), dpi=(DPI, DPI)
        )
    with Desk.open(workspace, plan) as desk:
        desk.take_in("tap-thu-nhat", len(BALLOTS), [scans], workers=1)
    return root


@pytest.fixture
def workspace(read_vote: Path, tmp_path: Path) -> Workspace:
    """A copy of the read vote that a test may answer."""
    root = tmp_path / "vote"
    shutil.copytree(read_vote, root)
    return Workspace.open(root)


@pytest.fixture
def desk(workspace: Workspace) -> Iterator[Desk]:
    """The counting desk of the copy."""
    with Desk.open(workspace, workspace.plan()) as an_open_desk:
        yield an_open_desk


@pytest.fixture
def struck_name(workspace: Workspace, desk: Desk, tmp_path: Path) -> Question:
    """The question about one more ballot, on which the second name is struck out."""
    (frozen,) = [one for one in frozen_forms(workspace).values() if not one.form.practice]
    page = _scan(frozen, (("high",), ("high",), ("low",)))
    cell = next(one.box_mm for one in frozen.form.zones if one.contest == "le-quang-dinh")
    left, right, middle = (_px(mm) for mm in (cell.x + 3, cell.x + cell.w - 6, cell.y + cell.h / 2))
    ImageDraw.Draw(page).line((left, middle + 4, right, middle - 6), fill=PEN, width=6)
    page.save(tmp_path / "struck.png", dpi=(DPI, DPI))
    desk.take_in("tap-thu-hai", 1, [tmp_path / "struck.png"])
    return next(one for one in questions(desk) if one.kind is QuestionKind.STRAY)


class Browser:
    """A browser without JavaScript: follows links, and sends forms with the token of its session."""

    host = HOST

    def __init__(self, desk: Desk, workspace: Workspace, by: str = "") -> None:
        self.keys = Keys()
        with words.spoken("en"):
            app = create_app(desk, workspace.plan(), port=PORT, keys=self.keys, by=by)
        self.client = app.test_client()

    def get(self, path: str, **more: Any) -> TestResponse:
        """Open a page of the desk, following redirects."""
        return self.client.get(path, **{"base_url": HOST, "follow_redirects": True, **more})

    def post(
        self, path: str, *, token: str | None = None, headers: dict[str, str] | None = None, **data: str
    ) -> TestResponse:
        """Send a form."""
        given = self.token if token is None else token
        return self.client.post(
            path, base_url=HOST, data={"token": given, **data}, headers=headers, follow_redirects=True
        )

    @property
    def token(self) -> str:
        """The token that this session's forms hold; empty before the desk was entered."""
        with self.client.session_transaction(base_url=HOST) as session:
            return str(session.get("token", ""))

    def enter(self) -> "Browser":
        """Open the printed address."""
        self.get(f"/open/{self.keys.printed}")
        return self


@pytest.fixture
def stranger(desk: Desk, workspace: Workspace) -> Browser:
    """A browser that was not let in."""
    return Browser(desk, workspace)


@pytest.fixture
def browser(desk: Desk, workspace: Workspace) -> Browser:
    """A browser that was let in, in which Nguyễn Thu Hà decides."""
    return Browser(desk, workspace, by="Nguyễn Thu Hà").enter()


@pytest.fixture
def other_browser(desk: Desk, workspace: Workspace) -> Browser:
    """A second browser on the same count, in which Lê Văn Phú decides."""
    return Browser(desk, workspace, by="Lê Văn Phú").enter()


def _scan(frozen: FrozenForm, marks: tuple[tuple[str, ...], ...]) -> Image.Image:
    """Print one ballot, cross its boxes with a blue pen, and scan it."""
    page = convert_from_bytes(ballot_pdf(frozen), dpi=DPI)[0]
    pen = ImageDraw.Draw(page)
    rows = list(dict.fromkeys(field.contest for field in frozen.form.fields))
    for field in frozen.form.fields:
        if field.option in marks[rows.index(field.contest)]:
            _cross(pen, field.box_mm)
    return page


def _cross(pen: ImageDraw.ImageDraw, box: Box) -> None:
    left, top, right, bottom = map(_px, (box.x + 0.6, box.y + 0.7, box.x + box.w - 0.5, box.y + box.h - 0.6))
    for line in ((left, top, right, bottom), (right, top, left, bottom)):
        pen.line(line, fill=PEN, width=5)


def _px(mm: float) -> float:
    return mm * DPI / 25.4
