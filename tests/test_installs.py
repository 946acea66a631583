"""The program runs however it is installed: as a wheel, and from clones whose folders have awkward names."""

import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

import pytest

import phieu

ROOT = Path(__file__).parent.parent
UNDER_TEST = os.environ.get("PHIEU_UNDER_TEST")


@pytest.mark.smoke
def test_what_runs_is_what_should_be_tested() -> None:
    wanted = Path(UNDER_TEST) if UNDER_TEST else ROOT
    assert Path(phieu.__file__).parent.resolve() == wanted.resolve()


def source_copy(target: Path) -> Path:
    """Copy what git would clone, with what is not committed yet, so that the test sees the change at hand."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    for name in filter(None, listed.stdout.split("\0")):
        if (source := ROOT / name).exists():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target / name, follow_symlinks=False)
    return target


def environment(folder: Path) -> Path:
    """Make a virtual environment with the locked packages and nothing of ours; return its Python."""
    venv.create(folder, with_pip=False)
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    install(python, "--require-hashes", "-r", str(ROOT / "requirements.lock"))
    return python


def install(python: Path, *what: str) -> None:
    subprocess.run(
        [sys.executable, "-m", "uv", "pip", "install", "--quiet", "--python", str(python), *what], check=True
    )


def smoke(python: Path, tests: Path, under_test: Path) -> None:
    """Run the smoke tests found in `tests` with another Python, and see that they test what they should."""
    ran = subprocess.run(
        [
            str(python),
            "-m",
            "pytest",
            "-q",
            "-m",
            "smoke",
            "--import-mode=importlib",
            "-p",
            "no:cacheprovider",
            str(tests),
        ],
        cwd=tests.parent,
        env={**os.environ, "PHIEU_UNDER_TEST": str(under_test), "PYTEST_ADDOPTS": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr


needs_source = pytest.mark.skipif(UNDER_TEST is not None, reason="this is the smoke run itself")


@needs_source
def test_a_wheel_in_an_empty_environment_passes_the_smoke_tests(tmp_path: Path) -> None:
    source = source_copy(tmp_path / "source")
    python = environment(tmp_path / "venv")
    subprocess.run(
        [
            sys.executable,
            "-m",
            "build",
            "--wheel",
            "--no-isolation",
            "--outdir",
            str(tmp_path / "dist"),
            str(source),
        ],
        check=True,
        capture_output=True,
    )
    [wheel] = (tmp_path / "dist").glob("*.whl")
    install(python, "--no-deps", str(wheel))
    shutil.copytree(source / "tests", tmp_path / "elsewhere" / "tests")
    where = subprocess.run(
        [str(python), "-c", "import phieu; print(phieu.__path__[0])"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    package = Path(where.stdout.strip())
    assert package.is_relative_to(tmp_path / "venv")
    smoke(python, tmp_path / "elsewhere" / "tests", package)


@needs_source
@pytest.mark.parametrize("name", ["phieu", "a-b.c"])
def test_a_clone_with_an_awkward_name_passes_the_smoke_tests(name: str, tmp_path: Path) -> None:
    clone = source_copy(tmp_path / name)
    python = environment(tmp_path / "venv")
    install(python, "--no-deps", "--no-build-isolation", "-e", str(clone))
    smoke(python, clone / "tests", clone)
