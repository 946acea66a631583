"""Files that can't be read are named as what they are: empty, cut short, locked, too large, damaged."""

import io
import zlib
from pathlib import Path

import numpy as np
import pikepdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, TiffImagePlugin

from phieu.ocr import pixels, scans
from phieu.ocr.scans import PageRef, ScanError, Unopenable

from .scan_files import drawn, encoded, image_stream, loaded, pdf_page, whole_page


def code_of(path: Path, index: int = 0) -> str:
    """Why a file can't be opened or a page of it can't be decoded."""
    page = scans.list_pages([path])[index]
    if isinstance(page, Unopenable):
        return page.note
    with pytest.raises(ScanError) as refused:
        scans.load(page)
    assert refused.value.message
    return refused.value.code


def test_an_empty_file_is_empty_whatever_its_name(tmp_path: Path) -> None:
    for name in ("a.pdf", "a.jpg", "a.tif", "a"):
        (tmp_path / name).touch()
        assert code_of(tmp_path / name) == "empty_file"


def test_a_text_named_pdf_or_jpg_is_no_image(tmp_path: Path) -> None:
    for name in ("a.pdf", "a.jpg", "a.tif"):
        (tmp_path / name).write_text("Kính gửi ban kiểm phiếu,\n" * 50, encoding="utf-8")
        assert code_of(tmp_path / name) == "not_an_image"


def test_a_pdf_with_a_password_is_named_as_such(tmp_path: Path) -> None:
    with pikepdf.new() as pdf:
        pdf_page(pdf, image_stream(pdf, drawn()), whole_page())
        pdf.save(tmp_path / "a.pdf", encryption=pikepdf.Encryption(owner="chu", user="khach"))
        pdf.save(tmp_path / "open.pdf", encryption=pikepdf.Encryption(owner="chu", user=""))
    assert code_of(tmp_path / "a.pdf") == "encrypted"
    assert loaded(tmp_path / "open.pdf").image.shape == (585, 413)


@pytest.mark.parametrize("share", [0.02, 0.3, 0.7, 0.999])
@pytest.mark.parametrize(
    ("form", "options"),
    [
        ("JPEG", {}),
        ("JPEG", {"progressive": True}),
        ("PNG", {}),
        ("TIFF", {"compression": "tiff_lzw"}),
        ("TIFF", {"compression": "raw"}),
        ("JPEG2000", {}),
        ("BMP", {}),
        ("PPM", {}),
        ("WEBP", {"lossless": True}),
    ],
)
def test_an_image_cut_short_is_never_filled_up(
    tmp_path: Path, form: str, options: dict[str, object], share: float
) -> None:
    noisy = Image.fromarray(np.random.default_rng(1).integers(0, 255, (300, 200), dtype=np.uint8))
    data = encoded(noisy, form, **options)
    (tmp_path / "a").write_bytes(data[: int(len(data) * share)])
    assert code_of(tmp_path / "a") in ("truncated", "damaged")


def test_a_jpeg_cut_after_its_thumbnail_is_cut_short(tmp_path: Path) -> None:
    thumbnail, noisy = (
        encoded(drawn(60, 80), "JPEG"),
        np.random.default_rng(1).integers(0, 255, (300, 200), dtype=np.uint8),
    )
    exif = b"Exif\0\0" + b"II*\0\x08\0\0\0\0\0\0\0\0\0" + thumbnail
    data = encoded(Image.fromarray(noisy), "JPEG", exif=exif)
    assert b"\xff\xd9" in data[: len(data) // 2]
    (tmp_path / "a.jpg").write_bytes(data[: int(len(data) * 0.8)])
    assert code_of(tmp_path / "a.jpg") == "truncated"
    (tmp_path / "b.jpg").write_bytes(data[: len(data) // 2] + bytes(len(data) // 2))
    assert code_of(tmp_path / "b.jpg") == "truncated"


def test_a_tiff_whose_fax_data_is_missing_is_cut_short(tmp_path: Path) -> None:
    noisy = Image.fromarray(np.random.default_rng(1).integers(0, 255, (300, 200), dtype=np.uint8)).convert(
        "1"
    )
    data = encoded(noisy, "TIFF", compression="group4")
    tiff = Image.open(io.BytesIO(data))
    assert isinstance(tiff, TiffImagePlugin.TiffImageFile)
    end = tiff.tag_v2[273][0] + tiff.tag_v2[279][0]
    if end == len(data):
        (tmp_path / "a.tif").write_bytes(data[:-500])
        assert code_of(tmp_path / "a.tif") == "truncated"
    else:
        (tmp_path / "a.tif").write_bytes(data[: len(data) // 2])
        assert code_of(tmp_path / "a.tif") in ("truncated", "damaged")


def test_a_pdf_cut_short_gives_its_whole_pages_and_says_that_some_are_missing(tmp_path: Path) -> None:
    with pikepdf.new() as pdf:
        for seed in range(6):
            noisy = Image.fromarray(np.random.default_rng(seed).integers(0, 255, (300, 200), dtype=np.uint8))
            pdf_page(pdf, image_stream(pdf, noisy), whole_page())
        pdf.save(tmp_path / "whole.pdf", object_stream_mode=pikepdf.ObjectStreamMode.disable)
    data = (tmp_path / "whole.pdf").read_bytes()
    for share in (0.4, 0.7, 0.95):
        path = tmp_path / f"cut-{share}.pdf"
        path.write_bytes(data[: int(len(data) * share)])
        pages = scans.list_pages([path])
        assert isinstance(pages[-1], Unopenable)
        assert pages[-1].note in ("cut_off", "damaged", "truncated")


def test_an_image_larger_than_any_scan_is_not_decoded(tmp_path: Path) -> None:
    header = encoded(Image.new("L", (10, 10)), "PNG")
    wide = zlib.crc32(b"IHDR" + (200_000).to_bytes(4) * 2 + header[24:29]).to_bytes(4)
    (tmp_path / "a.png").write_bytes(
        header[:16] + (200_000).to_bytes(4) * 2 + header[24:29] + wide + header[33:]
    )
    assert code_of(tmp_path / "a.png") == "too_large"


def test_a_pdf_image_that_unpacks_to_more_than_its_size_is_refused(tmp_path: Path) -> None:
    with pikepdf.new() as pdf:
        stream = image_stream(pdf, drawn(), "flate")
        stream.write(zlib.compress(bytes(50_000_000)), filter=pikepdf.Name.FlateDecode)
        pdf_page(pdf, stream, whole_page())
        pdf_page(pdf, image_stream(pdf, drawn(), "flate", Width=400_000, Height=400_000), whole_page())
        pdf.save(tmp_path / "a.pdf", compress_streams=False)
    assert code_of(tmp_path / "a.pdf") == "too_large"
    assert code_of(tmp_path / "a.pdf", 1) == "too_large"


def test_a_pdf_image_with_too_few_bytes_is_cut_short(tmp_path: Path) -> None:
    with pikepdf.new() as pdf:
        pdf_page(pdf, image_stream(pdf, drawn(), "flate", Height=900), whole_page())
        short = image_stream(pdf, drawn())
        short.write(short.read_raw_bytes()[:-300], filter=pikepdf.Name.DCTDecode)
        pdf_page(pdf, short, whole_page())
        pdf.save(tmp_path / "a.pdf")
    assert code_of(tmp_path / "a.pdf", 0) == "truncated"
    assert code_of(tmp_path / "a.pdf", 1) == "truncated"


def test_a_pdf_without_pages_counts_as_one_that_can_not_be_read(tmp_path: Path) -> None:
    with pikepdf.new() as pdf:
        pdf.save(tmp_path / "a.pdf")
    assert code_of(tmp_path / "a.pdf") == "no_pages"


def test_a_missing_file_counts_as_one(tmp_path: Path) -> None:
    assert code_of(tmp_path / "nowhere.pdf") == "file_missing"


@given(st.data())
@settings(max_examples=150, deadline=None)
def test_no_damage_escapes_as_anything_but_a_scan_error(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    form = data.draw(st.sampled_from(["JPEG", "PNG", "TIFF", "BMP", "PPM", "JPEG2000", "WEBP", "GIF", "PDF"]))
    whole = bytearray(encoded(drawn(60, 80), form))
    for _change in range(data.draw(st.integers(1, 8))):
        place = data.draw(st.integers(0, len(whole) - 1))
        whole[place] = data.draw(st.integers(0, 255))
    path = tmp_path_factory.mktemp("damaged") / "a"
    path.write_bytes(whole)
    pages = scans.list_pages([path])
    assert pages
    for page in pages:
        if isinstance(page, PageRef):
            try:
                image = scans.load(page).image
            except ScanError:
                continue
            assert image.size <= 3 * pixels.MAX_PIXELS
