"""What must hold of the repository itself; left out where only an installed wheel is under test."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po

ROOT = Path(__file__).parent.parent
if not (ROOT / "pyproject.toml").is_file():
    pytest.skip("no repository here", allow_module_level=True)


def tracked(*patterns: str) -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", *patterns],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return [ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


def test_every_message_of_the_code_has_its_vietnamese(tmp_path: Path) -> None:
    template = tmp_path / "phieu.pot"
    stages = ["cli", "vote", "forms", "ocr", "count", "site", "templates"]
    modules = ["__init__.py", "doctor.py", "errors.py", "words.py", "workspace.py"]
    command = [
        sys.executable,
        "-m",
        "babel.messages.frontend",
        "-q",
        "extract",
        "-F",
        "pyproject.toml",
        "-k",
        "N_",
    ]
    subprocess.run([*command, "-o", str(template), *modules, *stages], cwd=ROOT, check=True)
    with template.open("rb") as file:
        asked = {message.id for message in read_po(file) if message.id}
    with (ROOT / "locale/vi/LC_MESSAGES/phieu.po").open("rb") as file:
        known = {message.id for message in read_po(file, locale="vi") if message.id and message.string}
    assert sorted(asked - known, key=str) == []
    assert sorted(known - asked, key=str) == [], "run ./run words: the code no longer says these"


def test_no_message_was_built_before_it_was_translated() -> None:
    for path in tracked("*.py"):
        for _line, function, messages, _comments in (
            (line, function, messages, comments)
            for line, messages, comments, function in extract_from_file("python", str(path))
        ):
            assert messages, f"{path}: {function} without a constant sentence"


def test_the_manual_builds_and_leaves_the_source_of_the_site_alone(tmp_path: Path) -> None:
    before = {path: path.read_bytes() for path in tracked("site/*")}
    copy = tmp_path / "docs"
    shutil.copytree(ROOT / "docs", copy, ignore=shutil.ignore_patterns(".built"))
    built = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "-f", "docs/mkdocs.yml"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": "", "NO_MKDOCS_2_WARNING": "1", "HOME": str(tmp_path)},
    )
    assert built.returncode == 0, built.stdout + built.stderr
    assert (ROOT / "docs/.built/index.html").is_file()
    assert {path: path.read_bytes() for path in tracked("site/*")} == before


def test_the_lock_holds_what_the_project_asks_for() -> None:
    locked = {
        line.split("==")[0].lower().replace("_", "-")
        for line in (ROOT / "requirements.lock").read_text(encoding="utf-8").splitlines()
        if "==" in line
    }
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    asked = [*project["project"]["dependencies"], *project["dependency-groups"]["dev"]]
    names = {requirement.split(">")[0].split("[")[0].lower().replace("_", "-") for requirement in asked}
    assert names <= locked
