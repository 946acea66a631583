"""TIFF files of several pages: kinds of packing, and chains of pages that break off or run in circles."""

import io
import struct
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, TiffImagePlugin

from phieu.ocr import scans
from phieu.ocr.scans import PageRef, Unopenable

from .scan_files import difference, drawn, encoded, loaded


def pages(*frames: Image.Image, **options: object) -> bytes:
    return encoded(frames[0], "TIFF", save_all=True, append_images=frames[1:], **options)


def directories(data: bytes) -> list[int]:
    """Where the number stands that leads to each directory of a little-endian TIFF."""
    links, at = [4], struct.unpack_from("<I", data, 4)[0]
    while at:
        (entries,) = struct.unpack_from("<H", data, at)
        links.append(at + 2 + 12 * entries)
        (at,) = struct.unpack_from("<I", data, links[-1])
    return links


def told(path: Path) -> list[str]:
    return [page.note if isinstance(page, Unopenable) else "page" for page in scans.list_pages([path])]


@pytest.mark.parametrize(
    "compression", ["group3", "group4", "tiff_lzw", "packbits", "tiff_adobe_deflate", "raw"]
)
def test_pages_of_any_packing_are_read_in_any_order(tmp_path: Path, compression: str) -> None:
    frames = [drawn(413 + 8 * n, 585).convert("1", dither=Image.Dither.NONE) for n in range(3)]
    (tmp_path / "a.tif").write_bytes(pages(*frames, compression=compression))
    assert told(tmp_path / "a.tif") == ["page"] * 3
    for n in (2, 0, 1):
        assert difference(loaded(tmp_path / "a.tif", n).image, np.asarray(frames[n].convert("L"))) == 0


def test_pages_of_different_colours_lie_in_one_file(tmp_path: Path) -> None:
    frames = [drawn(), drawn().convert("1", dither=Image.Dither.NONE), drawn(colour=True)]
    (tmp_path / "a.tif").write_bytes(pages(*frames))
    for n, frame in enumerate(frames):
        found = loaded(tmp_path / "a.tif", n).image
        assert found.ndim == (3 if n == 2 else 2)
        expected = np.asarray(frame)[:, :, ::-1] if n == 2 else np.asarray(frame.convert("L"))
        assert difference(found, expected) == 0


def test_a_chain_of_pages_that_breaks_off_gives_the_pages_before(tmp_path: Path) -> None:
    data = bytearray(pages(drawn(), drawn(), drawn()))
    struct.pack_into("<I", data, directories(data)[2], len(data) + 1000)
    (tmp_path / "a.tif").write_bytes(data)
    assert told(tmp_path / "a.tif") == ["page", "page", "cut_off"]
    assert difference(loaded(tmp_path / "a.tif", 1).image, np.asarray(drawn())) == 0


def test_a_chain_that_runs_in_a_circle_has_an_end(tmp_path: Path) -> None:
    data = bytearray(pages(drawn(), drawn(), drawn()))
    links = directories(data)
    struct.pack_into("<I", data, links[-1], struct.unpack_from("<I", data, links[1])[0])
    (tmp_path / "a.tif").write_bytes(data)
    assert told(tmp_path / "a.tif")[:3] == ["page"] * 3
    assert len(told(tmp_path / "a.tif")) <= 4


@pytest.mark.parametrize("share", [0.3, 0.6, 0.9])
def test_a_file_cut_short_gives_whole_pages_and_says_that_some_are_missing(
    tmp_path: Path, share: float
) -> None:
    noisy = [
        Image.fromarray(np.random.default_rng(n).integers(0, 255, (300, 200), dtype=np.uint8))
        for n in range(4)
    ]
    data = pages(*noisy, compression="tiff_lzw")
    (tmp_path / "a.tif").write_bytes(data[: int(len(data) * share)])
    found = scans.list_pages([tmp_path / "a.tif"])
    read = 0
    for page in found:
        if isinstance(page, PageRef):
            try:
                assert difference(scans.load(page).image, np.asarray(noisy[page.index])) == 0
                read += 1
            except scans.ScanError as error:
                assert error.code in ("truncated", "damaged")
    assert read < 4
    assert read < len(found), "what is missing is told"


def with_thumbnail(size: tuple[int, int], kind: int = 1) -> bytes:
    """Two pages, each followed by a smaller copy that says so."""
    marked = TiffImagePlugin.ImageFileDirectory_v2()
    marked[254] = kind
    frames = []
    for n in range(2):
        page = drawn(413 + 8 * n, 585)
        frames += [page, page.resize(size)]
        frames[-1].encoderinfo = {"tiffinfo": marked}
    return pages(*frames)


def test_a_smaller_copy_for_viewers_is_no_page(tmp_path: Path) -> None:
    (tmp_path / "a.tif").write_bytes(with_thumbnail((80, 110)))
    found = [page for page in scans.list_pages([tmp_path / "a.tif"]) if isinstance(page, PageRef)]
    assert [loaded(tmp_path / "a.tif", page.index).image.shape for page in found] == [(585, 413), (585, 421)]


@pytest.mark.parametrize(("size", "kind"), [((400, 570), 1), ((80, 110), 0), ((80, 110), 2)])
def test_a_page_is_not_lost_over_a_wrong_tag(tmp_path: Path, size: tuple[int, int], kind: int) -> None:
    (tmp_path / "a.tif").write_bytes(with_thumbnail(size, kind))
    assert told(tmp_path / "a.tif") == ["page"] * 4


@pytest.mark.parametrize("kept", [0.0, 0.3, 0.6])
@pytest.mark.parametrize("compression", ["group3", "group4"])
def test_a_fax_of_which_a_part_was_never_written_is_not_taken_for_white_paper(
    tmp_path: Path, compression: str, kept: float
) -> None:
    data = bytearray(pages(drawn(1653, 2339).convert("1", dither=Image.Dither.NONE), compression=compression))
    (tmp_path / "a.tif").write_bytes(data)
    assert loaded(tmp_path / "a.tif").image.shape == (2339, 1653)
    with Image.open(io.BytesIO(data)) as image:
        assert isinstance(image, TiffImagePlugin.TiffImageFile)
        strips = list(zip(image.tag_v2[273], image.tag_v2[279], strict=True))
    start, length = max(strips, key=lambda strip: strip[1])
    first = start + round(length * kept)
    data[first : start + length] = bytes(start + length - first)
    (tmp_path / "b.tif").write_bytes(data)
    with pytest.raises(scans.ScanError, match="truncated"):
        loaded(tmp_path / "b.tif")
