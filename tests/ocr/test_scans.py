"""Files to page images: formats, places in a PDF, digests, limits."""

import io
import os
import zlib
from pathlib import Path

import cv2
import numpy as np
import pdf2image
import pikepdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, TiffImagePlugin

from phieu.ocr import pixels, scans
from phieu.ocr.scans import PageRef, ScanError, Unopenable

A4 = (595, 842)


def drawn(width: int = 413, height: int = 585, colour: bool = False) -> Image.Image:
    """A page at 50 dpi on which every turn and mirroring shows, large enough to survive a JPEG."""
    page = np.full((height, width), 250, np.uint8)
    cv2.rectangle(page, (20, 30), (width // 2, 90), 10, -1)
    cv2.line(page, (30, height - 30), (width - 60, height // 2), 60, 9)
    cv2.circle(page, (width - 70, 60), 30, 120, -1)
    if not colour:
        return Image.fromarray(page)
    return Image.fromarray(np.dstack([page, np.roll(page, 5, 0), np.roll(page, 9, 1)]))


def encoded(image: Image.Image, form: str, **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, form, **options)
    return out.getvalue()


def loaded(path: Path, index: int = 0) -> scans.PageImage:
    return scans.load(PageRef(str(path), path, index))


def difference(one: np.ndarray, other: np.ndarray) -> float:
    """Mean difference in gray levels, of images of any colour."""
    gray = [cv2.cvtColor(i, cv2.COLOR_BGR2GRAY) if i.ndim == 3 else i for i in (one, other)]
    assert gray[0].shape == gray[1].shape
    return float(np.abs(gray[0].astype(int) - gray[1]).mean())


def viewed(path: Path, like: np.ndarray) -> np.ndarray:
    """The first page of a PDF as a viewer shows it, at the size of another image."""
    (page,) = pdf2image.convert_from_path(path, 100)
    assert abs(page.width / page.height - like.shape[1] / like.shape[0]) < 0.01
    return cv2.resize(np.asarray(page)[:, :, ::-1], like.shape[1::-1], interpolation=cv2.INTER_AREA)


def pdf_page(
    pdf: pikepdf.Pdf, image: pikepdf.Stream, content: bytes, rotate: int = 0, size: tuple[int, int] = A4
) -> None:
    pdf.add_blank_page(page_size=size)
    page = pdf.pages[-1]
    page.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(Im0=image))
    page.Contents = pdf.make_stream(content)
    if rotate:
        page.Rotate = rotate


def image_stream(pdf: pikepdf.Pdf, image: Image.Image, kind: str = "jpeg", **keys: object) -> pikepdf.Stream:
    width, height = image.size
    space = {"L": "/DeviceGray", "1": "/DeviceGray", "RGB": "/DeviceRGB"}[image.mode]
    bits = 1 if image.mode == "1" else 8
    if kind == "jpeg":
        data, filters = encoded(image, "JPEG", quality=95), "/DCTDecode"
    elif kind == "jpx":
        data, filters = encoded(image, "JPEG2000"), "/JPXDecode"
    elif kind == "flate":
        data, filters = zlib.compress(image.tobytes()), "/FlateDecode"
    elif kind == "ccitt":
        tiff = Image.open(io.BytesIO(encoded(image, "TIFF", compression="group4")))
        assert isinstance(tiff, TiffImagePlugin.TiffImageFile)
        (start,), (length,) = tiff.tag_v2[273], tiff.tag_v2[279]
        data, filters = (
            encoded(image, "TIFF", compression="group4")[start : start + length],
            "/CCITTFaxDecode",
        )
        keys = {
            "DecodeParms": pikepdf.Dictionary(
                K=-1, Columns=width, Rows=height, BlackIs1=tiff.tag_v2[262] == 1
            ),
            **keys,
        }
    else:
        raise AssertionError(kind)
    stream = pikepdf.Stream(pdf, data)
    stream.Type, stream.Subtype = pikepdf.Name.XObject, pikepdf.Name.Image
    stream.Width, stream.Height = width, height
    stream.Filter = pikepdf.Name(filters)
    if kind != "jpx":
        stream.ColorSpace, stream.BitsPerComponent = pikepdf.Name(space), bits
    for key, value in keys.items():
        stream[f"/{key}"] = value
    return stream


def whole_page(width: int = A4[0], height: int = A4[1]) -> bytes:
    return f"q {width} 0 0 {height} 0 0 cm /Im0 Do Q".encode()


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


PLACEMENTS = {
    "upright": "595 0 0 842 0 0",
    "upside down": "-595 0 0 -842 595 842",
    "mirrored": "-595 0 0 842 595 0",
    "mirrored down": "595 0 0 -842 0 842",
}
TURNED = {
    "a quarter": "0 842 -595 0 595 0",
    "three quarters": "0 -842 595 0 0 842",
    "transposed": "0 842 595 0 0 0",
    "transposed back": "0 -842 -595 0 595 842",
}


@pytest.mark.parametrize("rotate", [0, 90, 180, 270])
@pytest.mark.parametrize("placement", [*PLACEMENTS, *TURNED])
def test_an_image_is_taken_out_of_a_pdf_as_the_page_shows_it(
    tmp_path: Path, placement: str, rotate: int
) -> None:
    path = tmp_path / "scan.pdf"
    image = drawn(585, 413) if placement in TURNED else drawn()
    with pikepdf.new() as pdf:
        matrix = {**PLACEMENTS, **TURNED}[placement]
        pdf_page(pdf, image_stream(pdf, image), f"q {matrix} cm /Im0 Do Q".encode(), rotate)
        pdf.save(path)
    found = loaded(path)
    shown = viewed(path, found.image)
    assert abs(found.dpi - 50) < 0.5
    assert difference(found.image, shown) < 3
    raw = encoded(image, "JPEG", quality=95)
    assert sorted(np.unique(found.image)) == sorted(np.unique(np.asarray(Image.open(io.BytesIO(raw)))))


def test_rotation_is_inherited_from_the_page_tree(tmp_path: Path) -> None:
    path = tmp_path / "scan.pdf"
    with pikepdf.new() as pdf:
        pdf_page(pdf, image_stream(pdf, drawn()), whole_page())
        pdf.Root.Pages.Rotate = 90
        pdf.save(path)
    assert loaded(path).image.shape == (413, 585)


@pytest.mark.parametrize(
    ("kind", "mode", "keys"),
    [
        ("jpeg", "L", {}),
        ("jpeg", "RGB", {}),
        ("jpeg", "L", {"Decode": [1, 0]}),
        ("jpx", "L", {}),
        ("jpx", "RGB", {}),
        ("flate", "L", {}),
        ("flate", "RGB", {}),
        ("flate", "1", {}),
        ("flate", "1", {"Decode": [1, 0]}),
        ("flate", "1", {"ImageMask": True}),
        ("ccitt", "1", {}),
        ("ccitt", "1", {"Decode": [1, 0]}),
    ],
)
def test_every_encoding_in_a_pdf_reads_as_a_viewer_shows_it(
    tmp_path: Path, kind: str, mode: str, keys: dict[str, object]
) -> None:
    path = tmp_path / "scan.pdf"
    page = drawn(colour=True) if mode == "RGB" else drawn().convert(mode, dither=Image.Dither.NONE)
    with pikepdf.new() as pdf:
        stream = image_stream(pdf, page, kind, **keys)
        if "ImageMask" in keys:
            del stream["/ColorSpace"]
        pdf_page(pdf, stream, whole_page())
        pdf.save(path)
    found = loaded(path)
    shown = viewed(path, found.image)
    assert difference(found.image, shown) < 3


CONTENTS = {
    "invisible recognised text": (b"q 595 0 0 842 0 0 cm /Im0 Do Q BT 3 Tr /F1 9 Tf (chu) Tj ET", True),
    "visible text": (b"q 595 0 0 842 0 0 cm /Im0 Do Q BT 0 Tr /F1 9 Tf (chu) Tj ET", False),
    "a line over it": (b"q 595 0 0 842 0 0 cm /Im0 Do Q 9 w 0 0 m 500 500 l S", False),
    "a clip around the page": (b"q 0 0 595 842 re W n 595 0 0 842 0 0 cm /Im0 Do Q", True),
    "a clip to a part": (b"q 0 0 595 400 re W n 595 0 0 842 0 0 cm /Im0 Do Q", False),
    "two images": (b"q 595 0 0 842 0 0 cm /Im0 Do Q q 200 0 0 300 0 0 cm /Im0 Do Q", False),
    "half the page": (b"q 298 0 0 421 0 0 cm /Im0 Do Q", False),
    "cut by the page": (b"q 1190 0 0 1684 0 0 cm /Im0 Do Q", False),
    "slightly askew": (b"q 594.6 8 -11 841.5 5 -4 cm /Im0 Do Q", True),
    "well askew": (b"q 575 154 -218 813 100 -50 cm /Im0 Do Q", False),
    "two steps": (b"q 5.95 0 0 8.42 0 0 cm q 100 0 0 100 0 0 cm /Im0 Do Q Q", True),
}


@pytest.mark.parametrize("content", CONTENTS)
def test_only_a_page_that_is_one_image_is_taken_out(tmp_path: Path, content: str) -> None:
    path = tmp_path / "scan.pdf"
    drawing, taken_out = CONTENTS[content]
    with pikepdf.new() as pdf:
        pdf_page(pdf, image_stream(pdf, drawn()), drawing)
        font = pikepdf.Dictionary(
            Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Times
        )
        pdf.pages[0].Resources.Font = pikepdf.Dictionary(F1=font)
        pdf.save(path)
    found = loaded(path)
    assert (found.image.shape == (585, 413)) == taken_out
    shown = viewed(path, found.image)
    if content != "slightly askew":
        assert difference(found.image, shown) < 3


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
