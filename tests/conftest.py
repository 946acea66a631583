"""A small vote with invented names, which most tests start from."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from phieu import words


def pytest_configure(config: pytest.Config) -> None:
    # Here and not in pyproject.toml, so that the tests also run beside an installed wheel.
    config.addinivalue_line("markers", "smoke: a short run of every stage, for wheels and clones")


PLAN = """\
title: Lấy phiếu tín nhiệm năm 2026
people: people.csv
units:
  - id: hdnd
    name: Hội đồng nhân dân tỉnh Minh Hải
rounds:
  - id: ky-hop-12
    title: Lấy phiếu tín nhiệm tại kỳ họp thứ 12
    unit: hdnd
    date: 2026-12-07
    place: Minh Hải
    head: state
    rules: NQ-96-2023-QH15
    ballots:
      - id: hdnd
        title: Phiếu tín nhiệm đối với người giữ chức vụ thuộc Hội đồng nhân dân
        block: HĐND
        seal: false
      - id: ubnd
        title: Phiếu tín nhiệm đối với người giữ chức vụ thuộc Ủy ban nhân dân
        block: UBND
        seal: false
"""

PEOPLE = """\
number,name,position,unit,round,block,notes,exempt
1,Trần Thị Mai Hương,Chủ tịch Hội đồng nhân dân,,,HĐND,,
2,Lê Quang Định,Phó Chủ tịch Hội đồng nhân dân,,,HĐND,,
3,Phạm Ngọc Thủy,Trưởng Ban Pháp chế,,,HĐND,,
1,Nguyễn Hữu Tường,Chủ tịch Ủy ban nhân dân,,,UBND,,
2,Đỗ Thị Kim Ánh,Phó Chủ tịch Ủy ban nhân dân,,,UBND,,
3,Võ Minh Đăng,Giám đốc Sở Tài chính,,,UBND,,
4,Huỳnh Bảo Châu,Giám đốc Sở Y tế,,,UBND,,
5,Bùi Gia Nghĩa,Giám đốc Sở Nội vụ,,,UBND,,có thông báo nghỉ hưu
"""


CHROMIUM_ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """A real Chromium: the system's, or else Playwright's own."""
    installed = shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=installed, args=CHROMIUM_ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(autouse=True)
def in_the_default_language() -> Iterator[None]:
    """Each test starts in Vietnamese, and leaves no language to the next."""
    words.use(words.DEFAULT)
    yield
    words.use(words.DEFAULT)


@pytest.fixture(scope="session")
def write_small_vote() -> Callable[[Path], Path]:
    """Writes the vote's plan and people into a new folder, and returns the folder."""

    def write(folder: Path) -> Path:
        folder.mkdir()
        (folder / "plan.yaml").write_text(PLAN, encoding="utf-8")
        (folder / "people.csv").write_text(PEOPLE, encoding="utf-8")
        return folder

    return write


@pytest.fixture
def small_vote(write_small_vote: Callable[[Path], Path], tmp_path: Path) -> Path:
    """The folder of a vote with two ballot styles, of three and four rows."""
    return write_small_vote(tmp_path / "vote")
