"""A vote whose ballots are printed, and pages of it as the reader would report them."""

import hashlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import psycopg
import pytest
from click.testing import CliRunner, Result

from phieu import words
from phieu.cli.main import main
from phieu.count.desk import Desk
from phieu.count.pairing import Scan
from phieu.forms.form import Form
from phieu.forms.run import frozen_form
from phieu.ocr.reading import FieldReading, Outcome, PageReading, State, Stray
from phieu.workspace import Workspace

ROUND = "ky-hop-12"
HDND = ("tran-thi-mai-huong", "le-quang-dinh", "pham-ngoc-thuy")

FakePage = Callable[..., Scan]
Opened = Callable[[Path], Desk]


@pytest.fixture(autouse=True)
def in_english() -> Iterator[None]:
    with words.spoken("en"):
        yield


@pytest.fixture(scope="session")
def printed_vote(write_small_vote: Callable[[Path], Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small vote with its forms frozen. To be copied, never written to."""
    folder = write_small_vote(tmp_path_factory.mktemp("printed") / "vote")
    workspace = Workspace.open(folder)
    for style in workspace.plan().round(ROUND).styles:
        frozen_form(workspace, workspace.plan().round(ROUND), style, practice=False)
    return folder


@pytest.fixture
def vote(printed_vote: Path, tmp_path: Path) -> Path:
    """A workspace of one's own with printed ballots."""
    return Path(shutil.copytree(printed_vote, tmp_path / "vote"))


@pytest.fixture
def phieu(vote: Path) -> Callable[..., Result]:
    """Run a command on the vote; in no language does it end in a traceback."""

    def run(*arguments: str, lang: str = "en") -> Result:
        with words.spoken(lang):
            result = CliRunner().invoke(main, ["--lang", lang, *arguments, "--workspace", str(vote)])
        assert "Traceback" not in result.output
        return result

    return run


@pytest.fixture
def desk(vote: Path) -> Iterator[Desk]:
    """The real count of a fresh workspace."""
    workspace = Workspace.open(vote)
    with Desk.open(workspace, workspace.plan()) as desk:
        yield desk


@pytest.fixture(scope="session")
def forms(printed_vote: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Form]:
    """Ballot style to its form."""
    # Of a copy: to open a desk begins a count, and gives it its name.
    copy = shutil.copytree(printed_vote, tmp_path_factory.mktemp("forms") / "vote")
    workspace = Workspace.open(Path(copy))
    with Desk.open(workspace, workspace.plan()) as desk:
        return {one.style.id: one.form for one in desk.printed().values()}


@pytest.fixture(scope="session")
def fake_page(forms: dict[str, Form]) -> FakePage:
    """Make pages as the reader reports them: `fake_page("name", {contest: option or options or "?"})`."""

    def make(
        name: str,
        marks: Mapping[str, str | Sequence[str]] | None = None,
        *,
        style: str = "hdnd",
        outcome: Outcome = Outcome.READ,
        stray: Sequence[str] = (),
        stack: str = "scan.pdf",
        alone: bool = False,
    ) -> Scan:
        form, said = forms[style], marks or {}
        has_form = outcome is Outcome.READ
        fields = tuple(
            FieldReading(one.contest, one.option, *_state(said.get(one.contest, "high"), one.option))
            for one in form.fields
        )
        inked = tuple(Stray(zone.contest, zone.box_mm, 0.2) for zone in form.zones if zone.contest in stray)
        reading = PageReading(
            source=stack,
            index=0,
            sha256="" if outcome is Outcome.UNREADABLE else hashlib.sha256(name.encode()).hexdigest(),
            outcome=outcome,
            form=form.id if has_form else None,
            page=1 if has_form else None,
            fields=fields if has_form else (),
            stray=inked if has_form else (),
        )
        return Scan(reading, stack, alone=alone)

    return make


def _state(said: str | Sequence[str], option: str) -> tuple[State, float, str]:
    if said == "?":
        return State.UNCLEAR, 0.05, "faint"
    marked = option == said or (not isinstance(said, str) and option in said)
    return (State.MARKED, 0.3, "strong") if marked else (State.EMPTY, 0.0, "clean")


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """The address of a real PostgreSQL server, started for these tests."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    initdb = str(found[-1]) if found else shutil.which("initdb")
    assert initdb is not None, "PostgreSQL is not installed; `./run test` installs what tests need"
    pg_ctl = Path(initdb).with_name("pg_ctl")
    # A server refuses to run as root.
    user = "postgres" if os.name == "posix" and os.geteuid() == 0 else None
    folder = Path(tempfile.mkdtemp(prefix="phieu-pg-"))  # short: a socket's path may have 107 characters
    if user:
        shutil.chown(folder, user)

    def run(*command: str | Path) -> None:
        subprocess.run(command, check=True, user=user, cwd=folder, capture_output=True, timeout=120)

    data = folder / "data"
    run(initdb, "-D", data, "-U", "phieu", "-A", "trust", "-E", "UTF8", "--no-sync")
    run(pg_ctl, "-D", data, "-w", "-l", folder / "log", "-o", f"-c listen_addresses='' -k {folder}", "start")
    try:
        yield f"postgresql://phieu@/postgres?host={folder}"
    finally:
        run(pg_ctl, "-D", data, "-m", "immediate", "stop")
        shutil.rmtree(folder)


@pytest.fixture(params=["sqlite", "postgresql"])
def either_database(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Run a test on SQLite and on PostgreSQL."""
    if request.param == "sqlite":
        monkeypatch.delenv("PHIEU_DATABASE", raising=False)
        yield "sqlite"
        return
    address = request.getfixturevalue("postgresql")
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute("DROP SCHEMA IF EXISTS phieu_real CASCADE")
        connection.execute("DROP SCHEMA IF EXISTS phieu_practice CASCADE")
    monkeypatch.setenv("PHIEU_DATABASE", address)
    yield "postgresql"
