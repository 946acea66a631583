"""Images in a PDF: every way of storing samples, against what poppler shows of the same page."""

import io
import shutil
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pdf2image
import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name, Pdf, Stream
from PIL import Image, TiffImagePlugin

from phieu.ocr import pdf_images
from phieu.ocr.pixels import Pixels, ScanError

from .scan_files import difference, drawn, encoded, loaded, pdf_page, whole_page

GRAY, COLOUR = np.asarray(drawn()), np.asarray(drawn(colour=True))
HEIGHT, WIDTH = GRAY.shape
BLACK_AND_WHITE = drawn().convert("1", dither=Image.Dither.NONE)
BITS = np.packbits(np.asarray(BLACK_AND_WHITE), axis=1)
WHITE_IS_0 = Array([Name.Indexed, Name.DeviceRGB, 1, pikepdf.String(b"\xff\xff\xff\0\0\0")])

Case = Callable[[Pdf], Stream]


def stored(data: bytes, filters: str, space: object, bits: int, **keys: object) -> Case:
    """An image of the size of the drawn page."""

    def made(pdf: Pdf) -> Stream:
        stream = Stream(pdf, data)
        stream.Type, stream.Subtype = Name.XObject, Name.Image
        stream.Width, stream.Height, stream.BitsPerComponent = WIDTH, HEIGHT, bits
        if filters:
            stream.Filter = Name(f"/{filters}")
        if space is not None:
            stream.ColorSpace = space(pdf) if callable(space) else space
        for key, value in keys.items():
            stream[f"/{key}"] = value
        return stream

    return made


def deflated(samples: np.ndarray, space: object, bits: int, **keys: object) -> Case:
    return stored(zlib.compress(samples.tobytes()), "FlateDecode", space, bits, **keys)


def predicted(rows: np.ndarray, step: int, kind: int) -> bytes:
    """PNG's prediction: each row told as its difference from the left (1) or from above (2)."""
    rows = rows.reshape(HEIGHT, -1)
    told = rows.copy()
    if kind == 1:
        told[:, step:] -= rows[:, :-step]
    if kind == 2:
        told[1:] -= rows[:-1]
    return zlib.compress(b"".join(bytes([kind]) + row.tobytes() for row in told))


def with_prediction(rows: np.ndarray, space: Name, kind: int, colours: int = 1, bits: int = 8) -> Case:
    how = Dictionary(Predictor=15, Colors=colours, BitsPerComponent=bits, Columns=WIDTH)
    data = predicted(rows, colours if bits == 8 else 1, kind)
    return stored(data, "FlateDecode", space, bits, DecodeParms=how)


def packed(samples: np.ndarray, bits: int) -> np.ndarray:
    per_byte = 8 // bits
    wide = np.zeros((HEIGHT, -(-WIDTH // per_byte) * per_byte), np.uint8)
    wide[:, :WIDTH] = samples
    return sum(wide[:, n::per_byte] << (8 - bits * (n + 1)) for n in range(per_byte)).astype(np.uint8)


def with_palette(bits: int, base: object = Name.DeviceRGB, backwards: bool = False) -> Case:
    """Numbers of a palette that runs from white to black, so that nothing is right by chance."""
    last = 2**bits - 1
    ramp = [255 - 255 * n // last for n in range(last + 1)]
    table = bytes(
        ramp
        if base == Name.DeviceGray
        else [v for value in ramp for v in (value, value, 255 - (255 - value) // 2)]
    )
    numbers = (GRAY if backwards else 255 - GRAY) >> (8 - bits)

    def space(pdf: Pdf) -> Array:
        return Array([Name.Indexed, base(pdf) if callable(base) else base, last, pikepdf.String(table)])

    keys = {"Decode": Array([last, 0])} if backwards else {}
    return deflated(packed(numbers, bits), space, bits, **keys)


def profile(components: int) -> Callable[[Pdf], Array]:
    def space(pdf: Pdf) -> Array:
        stream = pdf.make_indirect(Stream(pdf, b"a profile nobody reads"))
        stream.N = components
        stream.Alternate = {1: Name.DeviceGray, 3: Name.DeviceRGB, 4: Name.DeviceCMYK}[components]
        return Array([Name.ICCBased, stream])

    return space


def fax_strip(compression: str) -> tuple[bytes, bool]:
    """The page as fax data, and whether black is 1 in it."""
    whole = encoded(BLACK_AND_WHITE, "TIFF", compression=compression, tiffinfo={278: HEIGHT})
    tiff = Image.open(io.BytesIO(whole))
    assert isinstance(tiff, TiffImagePlugin.TiffImageFile)
    (start,), (length,) = tiff.tag_v2[273], tiff.tag_v2[279]
    return whole[start : start + length], tiff.tag_v2[262] == 1


def fax(compression: str, k: int, space: object = Name.DeviceGray, cut: int = 0, **keys: object) -> Case:
    data, black_is_1 = fax_strip(compression)
    how = Dictionary(K=k, Columns=WIDTH, BlackIs1=black_is_1)
    if compression == "tiff_ccitt":
        how.EncodedByteAlign = True
    if "ImageMask" in keys:
        how.BlackIs1 = False
    return stored(data[: len(data) - cut], "CCITTFaxDecode", space, 1, DecodeParms=how, **keys)


def jbig2(space: object = Name.DeviceGray, cut: int = 0, **keys: object) -> Case:
    """One generic region, coded as group 4 is, on one page: what scanners write, by hand."""
    data = fax_strip("group4")[0]

    def segment(number: int, kind: int, body: bytes) -> bytes:
        return struct.pack(">IBBBI", number, kind, 0, 1, len(body)) + body

    page = segment(0, 48, struct.pack(">IIIIBH", WIDTH, HEIGHT, 0, 0, 0, 0))
    region = segment(1, 38, struct.pack(">IIIIB", WIDTH, HEIGHT, 0, 0, 0) + b"\1" + data)
    whole = page + region
    return stored(whole[: len(whole) - cut], "JBIG2Decode", space, 1, **keys)


def jpeg(image: Image.Image, space: object, **keys: object) -> Case:
    return stored(encoded(image, "JPEG", quality=95), "DCTDecode", space, 8, **keys)


def jpx(image: Image.Image, space: object = None, **options: object) -> Case:
    return stored(encoded(image, "JPEG2000", **options), "JPXDecode", space, 8)


TAKEN_OUT: dict[str, Case] = {
    **{f"gray, predicted {n}": with_prediction(GRAY, Name.DeviceGray, n) for n in (0, 1, 2)},
    **{f"colour, predicted {n}": with_prediction(COLOUR, Name.DeviceRGB, n, 3) for n in (0, 1, 2)},
    **{f"1 bit, predicted {n}": with_prediction(BITS, Name.DeviceGray, n, bits=1) for n in (0, 1, 2)},
    **{f"gray of {n} bits": deflated(packed(GRAY >> (8 - n), n), Name.DeviceGray, n) for n in (2, 4)},
    "gray of 16 bits": deflated((GRAY.astype(np.uint16) * 257).astype(">u2"), Name.DeviceGray, 16),
    "colour of 16 bits": deflated((COLOUR.astype(np.uint16) * 257).astype(">u2"), Name.DeviceRGB, 16),
    "not packed": stored(GRAY.tobytes(), "", Name.DeviceGray, 8),
    "gray, inverted": deflated(255 - GRAY, Name.DeviceGray, 8, Decode=Array([1, 0])),
    "gray of 4 bits, inverted": deflated(
        packed((255 - GRAY) >> 4, 4), Name.DeviceGray, 4, Decode=Array([1, 0])
    ),
    "colour, inverted": deflated(255 - COLOUR, Name.DeviceRGB, 8, Decode=Array([1, 0] * 3)),
    "gray with a profile": deflated(GRAY, profile(1), 8),
    "colour with a profile": deflated(COLOUR, profile(3), 8),
    "1 bit with a profile": deflated(BITS, profile(1), 1),
    **{f"palette of {n} bits": with_palette(n) for n in (1, 2, 4, 8)},
    **{f"palette of {n} bits, backwards": with_palette(n, backwards=True) for n in (1, 2, 4, 8)},
    "palette of grays": with_palette(4, Name.DeviceGray),
    "palette with a profile": with_palette(8, profile(3)),
    "group 4": fax("group4", -1),
    "group 4, inverted": fax("group4", -1, Decode=Array([1, 0])),
    "group 4, palette from white to black": fax("group4", -1, WHITE_IS_0),
    "group 4 as a stencil": fax("group4", -1, None, ImageMask=True),
    "group 4 as an inverted stencil": fax("group4", -1, None, ImageMask=True, Decode=Array([1, 0])),
    "group 3": fax("group3", 0),
    "group 3 without line ends": fax("tiff_ccitt", 0),
    "JBIG2": jbig2(),
    "JBIG2, inverted": jbig2(Decode=Array([1, 0])),
    "JBIG2, palette from white to black": jbig2(WHITE_IS_0),
    "JBIG2 as a stencil": jbig2(None, ImageMask=True),
    "JPEG with a profile": jpeg(Image.fromarray(COLOUR), profile(3)),
    "JPEG, inverted": jpeg(Image.fromarray(255 - GRAY), Name.DeviceGray, Decode=Array([1, 0])),
    "JPEG 2000": jpx(drawn()),
    "JPEG 2000 with a colour space": jpx(Image.fromarray(COLOUR), Name.DeviceRGB),
    "JPEG 2000 without a box around it": jpx(drawn(), Name.DeviceGray, no_jp2=True),
}

INKS = np.dstack([255 - COLOUR, np.zeros_like(GRAY)])
TO_BLACK = Dictionary(FunctionType=2, Domain=[0, 1], C0=[0, 0, 0, 0], C1=[0, 0, 0, 1], N=1)
RENDERED: dict[str, Case] = {
    "four inks": deflated(INKS, Name.DeviceCMYK, 8),
    "four inks as JPEG, with a profile": jpeg(Image.fromarray(INKS, "CMYK"), profile(4)),
    "one ink": deflated(255 - GRAY, Array([Name.Separation, Name.Black, Name.DeviceCMYK, TO_BLACK]), 8),
    "a scale that begins in the middle": deflated(GRAY, Name.DeviceGray, 8, Decode=Array([0.5, 1])),
    "a JPEG of palette numbers": jpeg(
        Image.fromarray(255 - GRAY),
        Array([Name.Indexed, Name.DeviceGray, 255, pikepdf.String(bytes(range(255, -1, -1)))]),
    ),
    "a mask of colours": jpeg(drawn(), Name.DeviceGray, Mask=Array([0, 100])),
}


@pytest.fixture
def rendering(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """What was taken out (True) or left to poppler (False)."""
    answers: list[bool] = []
    really = pdf_images.taken_out

    def asked(image: Stream, raw: bytes) -> Pixels | None:
        answers.append((found := really(image, raw)) is not None)
        return found

    monkeypatch.setattr("phieu.ocr.pdf_scans.taken_out", asked)
    return answers


def written(folder: Path, case: Case, content: bytes | None = None) -> Path:
    with pikepdf.new() as pdf:
        pdf_page(pdf, case(pdf), content or whole_page())
        pdf.save(folder / "scan.pdf", compress_streams=False)
    return folder / "scan.pdf"


def viewed(path: Path, like: np.ndarray) -> np.ndarray:
    (page,) = pdf2image.convert_from_path(path, 100)
    return cv2.resize(np.asarray(page)[:, :, ::-1], like.shape[1::-1], interpolation=cv2.INTER_AREA)


@pytest.mark.parametrize("name", [*TAKEN_OUT, *RENDERED])
def test_an_image_in_a_pdf_is_what_a_viewer_shows(tmp_path: Path, rendering: list[bool], name: str) -> None:
    path = written(tmp_path, {**TAKEN_OUT, **RENDERED}[name])
    found = loaded(path).image
    assert difference(found, viewed(path, found)) < 3
    assert rendering in ([], [False]) if name in RENDERED else rendering == [True]
    if name in TAKEN_OUT:
        assert found.shape[:2] == (HEIGHT, WIDTH)


@pytest.mark.parametrize("colour", [b"1 0 0 rg", b"1 g", b"0 0 0 0.4 k", b"/Cs scn"])
def test_a_stencil_in_another_colour_is_rendered(tmp_path: Path, colour: bytes) -> None:
    path = written(tmp_path, fax("group4", -1, None, ImageMask=True), colour + b" " + whole_page())
    assert loaded(path).image.shape[0] == 2339


def test_a_stencil_that_is_told_to_be_black_is_taken_out(tmp_path: Path) -> None:
    path = written(tmp_path, fax("group4", -1, None, ImageMask=True), b"1 g q 0 0 0 rg Q 0 g " + whole_page())
    assert loaded(path).image.shape == (HEIGHT, WIDTH)


@pytest.mark.parametrize("cut", [12, 100, 400])
@pytest.mark.parametrize("compression", ["group4", "group3", "tiff_ccitt"])
def test_a_fax_in_a_pdf_that_is_cut_short_is_never_filled_up(
    tmp_path: Path, compression: str, cut: int
) -> None:
    case = fax(compression, -1 if compression == "group4" else 0, cut=cut)
    with pytest.raises(ScanError) as refused:
        loaded(written(tmp_path, case))
    assert refused.value.code in ("truncated", "damaged")


def test_a_fax_that_only_lacks_the_mark_of_its_end_is_whole(tmp_path: Path, rendering: list[bool]) -> None:
    found = loaded(written(tmp_path, fax("group4", -1, cut=3)))
    assert rendering == [True]
    assert (found.image == np.asarray(BLACK_AND_WHITE.convert("L"))).all()


@pytest.mark.parametrize("cut", [1, 12, 200])
def test_a_jbig2_image_that_is_cut_short_is_never_filled_up(tmp_path: Path, cut: int) -> None:
    with pytest.raises(ScanError) as refused:
        loaded(written(tmp_path, jbig2(cut=cut)))
    assert refused.value.code == "truncated"


def test_a_jbig2_image_is_rendered_where_pdfimages_is_missing(
    tmp_path: Path, rendering: list[bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    for program in ("pdftoppm", "pdfinfo"):
        (tmp_path / program).symlink_to(str(shutil.which(program)))
    monkeypatch.setenv("PATH", str(tmp_path))
    found = loaded(written(tmp_path, jbig2())).image
    assert rendering == [False]
    assert abs(found.shape[0] - HEIGHT) <= 1


@pytest.mark.parametrize("name", ["DeviceGray", "Indexed"])
def test_a_palette_or_size_that_lies_is_damage_not_a_crash(tmp_path: Path, name: str) -> None:
    lies = {
        "DeviceGray": deflated(GRAY, Name.DeviceGray, 3),
        "Indexed": deflated(GRAY, Array([Name.Indexed, Name.DeviceRGB, 255, pikepdf.String(b"")]), 8),
    }
    with pytest.raises(ScanError):
        loaded(written(tmp_path, lies[name]))
