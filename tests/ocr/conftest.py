"""What the tests of the reader start from."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from phieu.ocr.blank import KnownForm

from .sheets import Desk, Image, printed


@pytest.fixture(scope="session")
def print_of_twelve_rows() -> tuple[KnownForm, Mapping[int, Image]]:
    return printed()


@pytest.fixture
def desk(print_of_twelve_rows: tuple[KnownForm, Mapping[int, Image]], tmp_path: Path) -> Desk:
    form, pages = print_of_twelve_rows
    return Desk(form, pages, tmp_path)
