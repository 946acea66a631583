"""PDFs as offices really have them: repaired, signed, locked, cropped, in layers, cut into strips, inline."""

import io
import zlib
from pathlib import Path

import cv2
import numpy as np
import pdf2image
import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name
from PIL import Image

from phieu.ocr import scans
from phieu.ocr.scans import PageRef, Unopenable

from .scan_files import difference, drawn, encoded, image_stream, loaded, pdf_page, whole_page

PAGE = np.asarray(drawn())


def shown(path: Path, like: np.ndarray) -> np.ndarray:
    """The first page as a viewer shows it, at the size of another image."""
    (page,) = pdf2image.convert_from_path(path, 100, use_cropbox=True)
    assert abs(page.width / page.height - like.shape[1] / like.shape[0]) < 0.01
    return cv2.resize(np.asarray(page)[:, :, ::-1], like.shape[1::-1], interpolation=cv2.INTER_AREA)


def test_a_table_of_contents_that_is_wrong_is_mended(tmp_path: Path) -> None:
    with pikepdf.new() as pdf:
        for _page in range(3):
            pdf_page(pdf, image_stream(pdf, drawn()), whole_page())
        pdf.save(tmp_path / "a.pdf", object_stream_mode=pikepdf.ObjectStreamMode.disable)
    data = (tmp_path / "a.pdf").read_bytes()
    start = data.rindex(b"startxref")
    (tmp_path / "wrong.pdf").write_bytes(data[:start] + b"startxref\n7\n%%EOF\n")
    (tmp_path / "moved.pdf").write_bytes(b"\r\n\r\nScanned by Office 300\r\n" + data)
    for name in ("wrong.pdf", "moved.pdf"):
        pages = scans.list_pages([tmp_path / name])
        assert [type(page) for page in pages] == [PageRef] * 3
        for n in range(3):
            assert difference(loaded(tmp_path / name, n).image, PAGE) < 3


def test_a_file_saved_anew_after_its_end_shows_its_last_state(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    with pikepdf.new() as pdf:
        pdf_page(pdf, image_stream(pdf, drawn()), whole_page())
        pdf.save(path)
    with pikepdf.open(path, allow_overwriting_input=True) as pdf:
        pdf.pages[0].Rotate = 90
        pdf.save(path)
    assert loaded(path).image.shape == PAGE.T.shape


def test_a_signed_page_is_read_with_what_is_drawn_over_it(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    with pikepdf.new() as pdf:
        pdf_page(pdf, image_stream(pdf, drawn()), whole_page())
        stamp = pdf.make_stream(b"0 g 0 0 200 40 re f")
        stamp.Type, stamp.Subtype, stamp.BBox = Name.XObject, Name.Form, Array([0, 0, 200, 40])
        seen = Dictionary(Type=Name.Annot, Subtype=Name.Widget, FT=Name.Sig, T="Signature1", F=4)
        seen.Rect, seen.AP = Array([300, 100, 500, 140]), Dictionary(N=stamp)
        pdf.pages[0].Annots = Array([pdf.make_indirect(seen)])
        pdf.Root.AcroForm = Dictionary(Fields=Array(pdf.pages[0].Annots), SigFlags=3)
        pdf.save(path)
    found = loaded(path).image
    assert difference(found, shown(path, found)) < 3
    height, width = found.shape[:2]
    assert found[round(height * (842 - 120) / 842), round(width * 400 / 595)].max() < 20


@pytest.mark.parametrize("version", [4, 6])
def test_a_pdf_locked_against_change_only_is_read(tmp_path: Path, version: int) -> None:
    with pikepdf.new() as pdf:
        pdf_page(pdf, image_stream(pdf, drawn()), whole_page())
        pdf_page(pdf, image_stream(pdf, drawn()), whole_page() + b" 0 0 5 5 re f")
        lock = pikepdf.Encryption(owner="chu", user="", R=version, allow=pikepdf.Permissions(extract=False))
        pdf.save(tmp_path / "a.pdf", encryption=lock)
    (tmp_path / "a.jpg").write_bytes(encoded(drawn(), "JPEG", quality=95))
    assert loaded(tmp_path / "a.pdf").sha256 == loaded(tmp_path / "a.jpg").sha256
    assert loaded(tmp_path / "a.pdf", 1).image.shape[0] == 2339


def test_a_page_that_is_cropped_to_its_image_is_taken_out(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    with pikepdf.new() as pdf:
        pdf_page(pdf, image_stream(pdf, drawn()), b"q 595 0 0 842 100 -50 cm /Im0 Do Q")
        pdf.pages[0].MediaBox = Array([-100, -100, 900, 900])
        pdf.pages[0].CropBox = Array([695, 792, 100, -50])
        pdf.save(path)
    assert difference(loaded(path).image, PAGE) < 1
    assert loaded(path).image.shape == PAGE.shape


def test_a_page_that_is_cropped_within_its_image_shows_the_part(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    with pikepdf.new() as pdf:
        pdf_page(pdf, image_stream(pdf, drawn()), whole_page())
        pdf.pages[0].CropBox = Array([0, 421, 595, 842])
        pdf.save(path)
    found = loaded(path).image
    assert abs(found.shape[1] / found.shape[0] - 595 / 421) < 0.01
    assert difference(found, shown(path, found)) < 3


@pytest.mark.parametrize("covered", [True, False])
def test_a_page_measured_in_larger_units_has_the_dpi_of_its_paper(tmp_path: Path, covered: bool) -> None:
    path = tmp_path / "a.pdf"
    with pikepdf.new() as pdf:
        pdf_page(
            pdf, image_stream(pdf, drawn()), b"q 59.5 0 0 84.2 0 0 cm /Im0 Do Q" + b" 0 0 1 1 re f" * covered
        )
        pdf.pages[0].MediaBox = Array([0, 0, 59.5, 84.2])
        pdf.pages[0].UserUnit = 10
        pdf.save(path)
    found = loaded(path)
    assert found.dpi == pytest.approx(200 if covered else 50, rel=0.01)
    assert found.image.shape[0] == pytest.approx(2339 if covered else 585, abs=2)


def test_a_page_cut_into_strips_is_put_together(tmp_path: Path) -> None:
    path, strips = tmp_path / "a.pdf", 5
    with pikepdf.new() as pdf:
        pdf.add_blank_page(page_size=(595, 842))
        page, height = pdf.pages[0], 585 // strips
        page.Resources = Dictionary(XObject=Dictionary())
        content = b""
        for n in range(strips):
            part = Image.fromarray(PAGE[n * height : (n + 1) * height])
            page.Resources.XObject[f"/Im{n}"] = image_stream(pdf, part)
            content += b"q 595 0 0 168.4 0 %.1f cm /Im%d Do Q " % (842 - 168.4 * (n + 1), n)
        page.Contents = pdf.make_stream(content)
        pdf.save(path)
    found = loaded(path).image
    assert found.shape[0] == 2339
    assert difference(cv2.resize(found, (413, 585), interpolation=cv2.INTER_AREA), PAGE) < 3


def test_a_compact_pdf_in_layers_is_read_with_all_of_them(tmp_path: Path) -> None:
    """Paper as a coarse JPEG, ink as a 1-bit mask filled with a colour: what scanners call compact."""
    path = tmp_path / "a.pdf"
    with pikepdf.new() as pdf:
        paper = image_stream(pdf, Image.new("RGB", (103, 146), (250, 244, 200)))
        pdf_page(pdf, paper, whole_page() + b" q 595 0 0 842 0 0 cm 0 0 0.5 rg /Im1 Do Q")
        ink = image_stream(pdf, drawn().convert("1", dither=Image.Dither.NONE), "ccitt", ImageMask=True)
        del ink.ColorSpace
        pdf.pages[0].Resources.XObject.Im1 = ink
        pdf.save(path)
    found = loaded(path).image
    assert found.shape == (2339, 1653, 3)
    assert difference(found, shown(path, found)) < 3
    assert found[2339 * 60 // 585, 1653 * 100 // 413].tolist() == pytest.approx([128, 0, 0], abs=3)
    assert found[1500, 200].tolist() == pytest.approx([200, 244, 250], abs=6)


def test_an_image_within_the_drawing_itself_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    data = zlib.compress(PAGE.tobytes())
    with pikepdf.new() as pdf:
        inline = b"q 595 0 0 842 0 0 cm BI /W 413 /H 585 /CS /G /BPC 8 /F /Fl ID " + data + b" EI Q"
        pdf_page(pdf, image_stream(pdf, drawn()), inline)
        pdf.save(path)
    found = loaded(path).image
    assert found.shape == (2339, 1653)
    assert difference(cv2.resize(found, (413, 585), interpolation=cv2.INTER_AREA), PAGE) < 3


def test_a_page_larger_than_any_paper_is_refused_and_the_next_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    with pikepdf.new() as pdf:
        for _page in range(2):
            pdf_page(pdf, image_stream(pdf, drawn()), b"0 0 9 9 re f")
        pdf.pages[0].MediaBox = Array([0, 0, 1_000_000, 1_000_000])
        pdf.save(path)
    with pytest.raises(scans.ScanError) as refused:
        loaded(path, 0)
    assert refused.value.code == "too_large"
    assert loaded(path, 1).image.shape[0] == 2339


def test_a_page_tree_that_leads_nowhere_or_in_circles_is_damage(tmp_path: Path) -> None:
    with pikepdf.new() as pdf:
        pdf_page(pdf, image_stream(pdf, drawn()), whole_page())
        pdf.Root.Pages.Kids.append(pdf.Root.Pages)
        pdf.save(tmp_path / "circle.pdf")
    with pikepdf.new() as pdf:
        pdf.Root.Pages = Dictionary(Type=Name.Pages, Kids=7, Count=2)
        pdf.save(tmp_path / "nowhere.pdf")
    for name in ("circle.pdf", "nowhere.pdf"):
        pages = scans.list_pages([tmp_path / name])
        assert pages
        assert all(isinstance(page, Unopenable) or loaded(page.path).image.size for page in pages)


def test_a_page_without_content_is_white_paper(tmp_path: Path) -> None:
    out = io.BytesIO()
    with pikepdf.new() as pdf:
        pdf.add_blank_page(page_size=(595, 842))
        pdf.save(out)
    (tmp_path / "a.pdf").write_bytes(out.getvalue())
    found = loaded(tmp_path / "a.pdf").image
    assert found.shape == (2339, 1653) and found.min() == 255
