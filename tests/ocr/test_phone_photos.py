"""Photos as phones save them by themselves (HEIC); the files beside this one were made with libheif and x265.

Each shows the drawn page of `scan_files` in colour: upright; stored on its side, with the turn told twice, as
phones do (a property of the image, and EXIF); two of one size in one file; a small one beside the large one.
"""

import sys
from pathlib import Path

import numpy as np
import pytest

from phieu.ocr import heif, scans
from phieu.ocr.scans import PageRef, ScanError, Unopenable
from phieu.words import spoken

from .scan_files import difference, drawn, loaded

PHOTOS = Path(__file__).parent / "phone"
PAGE = np.asarray(drawn(colour=True))[:, :, ::-1]


@pytest.mark.parametrize("name", ["upright", "turned", "beside"])
def test_a_phones_own_photo_is_read_as_the_phone_shows_it(name: str) -> None:
    (page,) = scans.list_pages([PHOTOS / f"{name}.heic"])
    assert isinstance(page, PageRef)
    found = scans.load(page).image
    assert found.shape == (585, 413, 3)
    assert difference(found, PAGE) < 3


def test_a_second_photo_in_one_file_does_not_vanish_without_a_word() -> None:
    first, rest = scans.list_pages([PHOTOS / "burst.heic"])
    assert isinstance(first, PageRef) and isinstance(rest, Unopenable)
    assert rest.note == "several_images"
    assert difference(scans.load(first).image, PAGE) < 4


def test_a_photo_is_known_by_its_content_whatever_its_name(tmp_path: Path) -> None:
    (tmp_path / "IMG_0001.JPG").write_bytes((PHOTOS / "upright.heic").read_bytes())
    assert difference(loaded(tmp_path / "IMG_0001.JPG").image, PAGE) < 3


@pytest.mark.parametrize("share", [0.005, 0.1, 0.5, 0.9, 0.999])
def test_a_photo_cut_short_is_never_filled_up(tmp_path: Path, share: float) -> None:
    data = (PHOTOS / "upright.heic").read_bytes()
    (tmp_path / "a.heic").write_bytes(data[: int(len(data) * share)])
    with pytest.raises(ScanError) as refused:
        loaded(tmp_path / "a.heic")
    assert refused.value.code in ("damaged", "truncated")


def test_where_the_decoder_is_missing_a_sentence_names_the_photo(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pi_heif", None)
    heif.can_be_opened.cache_clear()
    try:
        with pytest.raises(ScanError) as refused:
            loaded(PHOTOS / "upright.heic")
        assert refused.value.code == "phone_photo"
        with spoken("en"):
            assert "set the phone to save JPEG" in ScanError(refused.value.code).message
    finally:
        heif.can_be_opened.cache_clear()
