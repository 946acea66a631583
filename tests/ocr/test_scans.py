"""Files to page images: formats, frames, digests, folders and names."""

import os
from pathlib import Path

import numpy as np
import pikepdf
import pytest
from PIL import Image

from phieu.ocr import scans
from phieu.ocr.scans import PageRef, Unopenable

from .scan_files import difference, drawn, encoded, image_stream, loaded, pdf_page, whole_page


@pytest.mark.parametrize(
    ("name", "form", "mode", "options"),
    [
        ("page.jpg", "JPEG", "L", {"quality": 95}),
        ("page.jpg", "JPEG", "RGB", {"quality": 95, "progressive": True}),
        ("page.jpg", "JPEG", "CMYK", {"quality": 95}),
        ("page.png", "PNG", "L", {}),
        ("page.png", "PNG", "1", {}),
        ("page.png", "PNG", "P", {}),
        ("page.png", "PNG", "RGBA", {}),
        ("page.png", "PNG", "I;16", {}),
        ("page.bmp", "BMP", "RGB", {}),
        ("page.pgm", "PPM", "L", {}),
        ("page.pbm", "PPM", "1", {}),
        ("page.jp2", "JPEG2000", "L", {}),
        ("page.webp", "WEBP", "RGB", {"lossless": True}),
        ("page.tif", "TIFF", "L", {"compression": "tiff_lzw"}),
        ("page.tif", "TIFF", "RGB", {"compression": "tiff_adobe_deflate"}),
        ("page.tif", "TIFF", "RGB", {"compression": "jpeg"}),
        ("page.tif", "TIFF", "1", {"compression": "group4"}),
        ("page.tif", "TIFF", "1", {"compression": "group3"}),
        ("page.tif", "TIFF", "1", {"compression": "packbits"}),
        ("page", "JPEG", "L", {"quality": 95}),
        ("page.txt", "PNG", "L", {}),
    ],
)
def test_a_page_in_any_format_is_the_same_page(
    tmp_path: Path, name: str, form: str, mode: str, options: dict[str, object]
) -> None:
    page = drawn()
    stored = (
        Image.fromarray(np.asarray(page).astype(np.uint16) * 257) if mode == "I;16" else page.convert(mode)
    )
    (tmp_path / name).write_bytes(encoded(stored, form, **options))
    (ref,) = scans.list_pages([tmp_path / name])
    assert isinstance(ref, PageRef)
    found = scans.load(ref)
    expected = np.asarray(page.convert("1").convert("L") if mode == "1" else page)
    assert found.image.dtype == np.uint8
    assert found.image.ndim == (2 if mode in ("L", "1", "I;16") else 3)
    assert difference(found.image, expected) < 2.5
    assert len(found.sha256) == 64


def test_every_frame_of_a_tiff_is_a_page(tmp_path: Path) -> None:
    frames = [drawn(), drawn(300, 200), drawn().convert("1")]
    path = tmp_path / "pages.tif"
    path.write_bytes(
        encoded(frames[0], "TIFF", save_all=True, append_images=frames[1:], compression="tiff_lzw")
    )
    refs = scans.list_pages([path])
    assert [ref.index for ref in refs] == [0, 1, 2]
    # In any order: the file is kept open between frames.
    read = {index: loaded(path, index) for index in (2, 0, 1)}
    assert [read[i].image.shape for i in range(3)] == [(585, 413), (200, 300), (585, 413)]
    assert len({page.sha256 for page in read.values()}) == 3
    alone = tmp_path / "alone.tif"
    alone.write_bytes(encoded(frames[1], "TIFF", compression="tiff_lzw"))
    assert loaded(alone).sha256 == read[1].sha256


@pytest.mark.parametrize("form", ["JPEG", "PNG", "TIFF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_photo_is_turned_as_its_camera_says(tmp_path: Path, form: str, orientation: int) -> None:
    page, exif = drawn(), Image.Exif()
    exif[274] = orientation
    undo = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}
    stored = page if orientation == 1 else page.transpose(Image.Transpose(undo[orientation]))
    (tmp_path / "photo").write_bytes(
        encoded(stored, form, exif=exif, **({"quality": 95} if form == "JPEG" else {}))
    )
    assert difference(loaded(tmp_path / "photo").image, np.asarray(page)) < 2


def test_a_fax_with_half_the_lines_gets_square_pixels(tmp_path: Path) -> None:
    page = drawn(816, 1166).resize((816, 583)).convert("1")
    (tmp_path / "fax.tif").write_bytes(encoded(page, "TIFF", compression="group4", dpi=(204, 98)))
    found = loaded(tmp_path / "fax.tif")
    assert found.image.shape[1] == 816
    assert abs(found.image.shape[0] - 583 * 204 / 98) <= 1
    assert found.dpi == 204


def test_the_same_scan_has_one_digest_in_every_wrapping(tmp_path: Path) -> None:
    jpeg = encoded(drawn(), "JPEG", quality=95)
    (tmp_path / "loose.jpg").write_bytes(jpeg)
    with pikepdf.new() as pdf:
        pdf_page(pdf, image_stream(pdf, drawn()), whole_page())
        pdf_page(pdf, image_stream(pdf, drawn()), whole_page(), rotate=180)
        pdf.save(tmp_path / "scan.pdf")
    digests = {loaded(tmp_path / "loose.jpg").sha256} | {
        loaded(tmp_path / "scan.pdf", i).sha256 for i in (0, 1)
    }
    assert len(digests) == 1
    g4 = drawn().convert("1")
    (tmp_path / "fax.tif").write_bytes(encoded(g4, "TIFF", compression="group4"))
    with pikepdf.new() as pdf:
        pdf_page(pdf, image_stream(pdf, g4, "ccitt"), whole_page())
        pdf.save(tmp_path / "fax.pdf")
    assert loaded(tmp_path / "fax.tif").sha256 == loaded(tmp_path / "fax.pdf").sha256


def test_a_rendered_page_has_the_same_digest_each_time(tmp_path: Path) -> None:
    path = tmp_path / "vector.pdf"
    with pikepdf.new() as pdf:
        for y in (100, 300):
            pdf_page(pdf, image_stream(pdf, drawn()), f"9 w 50 {y} m 500 {y} l S".encode())
        pdf.save(path)
    first, again, other = loaded(path, 0), loaded(path, 0), loaded(path, 1)
    assert first.image.shape == (2339, 1653)
    assert first.sha256 == again.sha256 != other.sha256


def test_a_folder_is_walked_in_the_order_people_number_pages(tmp_path: Path) -> None:
    jpeg = encoded(drawn(60, 80), "JPEG")
    for name in (
        "scan 10.jpg",
        "scan 9.jpg",
        "Scan 1.jpg",
        "b/2.jpg",
        "b/11.jpg",
        ".hidden.jpg",
        ".git/x.jpg",
        "Thumbs.db",
    ):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(jpeg)
    names = [str(Path(ref.source).relative_to(tmp_path)) for ref in scans.list_pages([tmp_path])]
    assert names == [str(Path(n)) for n in ("b/2.jpg", "b/11.jpg", "Scan 1.jpg", "scan 9.jpg", "scan 10.jpg")]


def test_links_out_of_a_folder_are_named_and_not_followed(tmp_path: Path) -> None:
    jpeg = encoded(drawn(60, 80), "JPEG")
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "secret.jpg").write_bytes(jpeg)
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "1.jpg").write_bytes(jpeg)
    (folder / "2.jpg").symlink_to(folder / "1.jpg")
    (folder / "3.jpg").symlink_to(tmp_path / "outside" / "secret.jpg")
    (folder / "4").symlink_to(tmp_path / "outside", target_is_directory=True)
    (folder / "5").symlink_to(folder, target_is_directory=True)
    (folder / "6.jpg").symlink_to(tmp_path / "nowhere")
    pages = scans.list_pages([folder])
    assert [page.note if isinstance(page, Unopenable) else "" for page in pages] == ["", ""] + [
        "link_not_followed"
    ] * 4


def test_an_empty_folder_is_not_passed_over(tmp_path: Path) -> None:
    (page,) = scans.list_pages([tmp_path])
    assert isinstance(page, Unopenable)
    assert page.note == "empty_folder"


def test_a_file_name_that_is_no_text_can_still_be_shown(tmp_path: Path) -> None:
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/scan\xff.jpg"))
    path.write_bytes(encoded(drawn(60, 80), "JPEG"))
    (page,) = scans.list_pages([tmp_path])
    assert page.source.encode()
    assert isinstance(page, PageRef)
    assert scans.load(page).image.shape == (80, 60)


def test_a_file_name_can_not_command_the_terminal(tmp_path: Path) -> None:
    (tmp_path / "a\x1b[2J\u202egpj.b\n.jpg").write_bytes(encoded(drawn(60, 80), "JPEG"))
    (page,) = scans.list_pages([tmp_path])
    assert page.source == f"{tmp_path}/a\ufffd[2J\ufffdgpj.b\ufffd.jpg"
    assert isinstance(page, PageRef)
    assert scans.load(page).image.shape == (80, 60)


def several(form: str, *pages: Image.Image) -> bytes:
    """One file with several images in it."""
    if form == "PPM":
        return b"".join(encoded(page, "PPM") for page in pages)
    return encoded(pages[0], form, save_all=True, append_images=pages[1:])


@pytest.mark.parametrize(
    ("form", "mode"),
    [("GIF", "L"), ("WEBP", "L"), ("PNG", "L"), ("PPM", "1"), ("PPM", "L"), ("PPM", "RGB"), ("MPO", "RGB")],
)
def test_images_after_the_first_do_not_vanish_without_a_word(tmp_path: Path, form: str, mode: str) -> None:
    one, other = drawn(61, 80).convert(mode), drawn(61, 80).rotate(180).convert(mode)
    (tmp_path / "a").write_bytes(several(form, one, other))
    (tmp_path / "b").write_bytes(several(form, one))
    first, rest, alone = scans.list_pages([tmp_path])
    assert isinstance(first, PageRef)
    assert isinstance(rest, Unopenable)
    assert (rest.note, rest.index) == ("several_images", 1)
    assert isinstance(alone, PageRef)
    assert difference(scans.load(first).image, scans.load(alone).image) < 3


def test_the_preview_in_a_phones_photo_is_no_page(tmp_path: Path) -> None:
    photo, preview = drawn(600, 800, colour=True), drawn(150, 200, colour=True)
    (tmp_path / "a.jpg").write_bytes(several("MPO", photo, preview))
    (page,) = scans.list_pages([tmp_path])
    assert isinstance(page, PageRef)
