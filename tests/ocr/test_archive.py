"""A ZIP of scans is read as a folder, and a hostile one does no harm."""

import io
import struct
import zipfile
from pathlib import Path

import numpy as np
import pikepdf
import pytest
from PIL import Image

from phieu.ocr import archive, scans
from phieu.ocr.scans import PageRef, ScanError, Unopenable

from .scan_files import difference, drawn, encoded, image_stream, pdf_page, whole_page

JPEG = encoded(drawn(60, 80), "JPEG")


def zipped(folder: Path, *files: tuple[str, bytes], name: str = "scans.zip", packing: int = 8) -> Path:
    with zipfile.ZipFile(folder / name, "w", packing) as out:
        for member, data in files:
            out.writestr(zipfile.ZipInfo(member), data, packing)
    return folder / name


def told(path: Path) -> list[str]:
    """What became of each page: its name behind the ZIP's, or why it can't be opened."""
    pages = scans.list_pages([path])
    return [
        page.note if isinstance(page, Unopenable) else page.source[len(str(path)) + 1 :] for page in pages
    ]


def note(path: Path) -> str:
    (said,) = told(path)
    return said


def pdf(pages: int) -> bytes:
    out = io.BytesIO()
    with pikepdf.new() as document:
        for n in range(pages):
            pdf_page(document, image_stream(document, drawn(413 + n, 585)), whole_page())
        document.save(out)
    return out.getvalue()


def test_pages_of_a_zip_come_in_the_order_people_number_them(tmp_path: Path) -> None:
    names = ["scan 10.jpg", "scan 9.jpg", "b/11.jpg", "b/2.jpg", "Scan 1.jpg"]
    path = zipped(tmp_path, *((name, JPEG) for name in names), ("b/", b""))
    assert told(path) == ["b/2.jpg", "b/11.jpg", "Scan 1.jpg", "scan 9.jpg", "scan 10.jpg"]


def test_what_systems_leave_in_a_zip_is_no_page(tmp_path: Path) -> None:
    mine = ["1.jpg", "__MACOSX/._1.jpg", ".DS_Store", "a/Thumbs.db"]
    assert told(zipped(tmp_path, *((name, JPEG) for name in mine))) == ["1.jpg"]


def test_each_member_is_read_as_the_file_that_it_is(tmp_path: Path) -> None:
    frames = [drawn(), drawn(300, 200)]
    tiff = encoded(frames[0], "TIFF", save_all=True, append_images=frames[1:])
    loose = {"1.jpg": encoded(drawn(), "JPEG", quality=95), "2.tif": tiff, "3.pdf": pdf(3), "4": b""}
    path = zipped(tmp_path, *loose.items())
    for name, data in loose.items():
        (tmp_path / name).write_bytes(data)
    within = scans.list_pages([path])
    beside = scans.list_pages([tmp_path / name for name in loose])
    assert [(page.index, type(page)) for page in within] == [(page.index, type(page)) for page in beside]
    # In any order: one member is unpacked at a time.
    for one, other in [*zip(within, beside, strict=True)][::-1]:
        if isinstance(one, PageRef) and isinstance(other, PageRef):
            found, expected = scans.load(one), scans.load(other)
            assert found.sha256 == expected.sha256
            assert (found.image == expected.image).all()
    scans.release()


def test_nothing_unpacked_is_left_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "unpacked").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "unpacked"))
    pages = scans.list_pages([zipped(tmp_path, ("1.pdf", pdf(2)), ("2.jpg", JPEG))])
    for page in pages:
        assert isinstance(page, PageRef)
        scans.load(page)
        assert len(list((tmp_path / "unpacked").iterdir())) == 1
    scans.release()
    assert not list((tmp_path / "unpacked").iterdir())


def test_names_that_lead_out_of_the_zip_are_only_names(tmp_path: Path) -> None:
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    names = ["../../out.jpg", "/etc/out.jpg", "C:\\out.jpg", "..\\out.jpg", "x\x1b[2J\u202e.jpg"]
    path = zipped(inner, *((name, JPEG) for name in names))
    pages = scans.list_pages([path])
    assert len(pages) == len(names)
    for page in pages:
        assert isinstance(page, PageRef)
        assert page.path.parent == path
        assert scans.load(page).image.shape == (80, 60)
        assert "\x1b" not in page.source and "\u202e" not in page.source
    assert [file for file in tmp_path.rglob("*") if file.is_file()] == [path]


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_two_members_of_one_name_are_two_pages(tmp_path: Path) -> None:
    other = encoded(drawn(50, 40), "JPEG")
    pages = scans.list_pages([zipped(tmp_path, ("1.jpg", JPEG), ("1.jpg", other))])
    shapes = {scans.load(page).image.shape for page in pages if isinstance(page, PageRef)}
    assert shapes == {(80, 60), (40, 50)}


def test_a_zip_within_a_zip_and_what_is_no_image_are_named(tmp_path: Path) -> None:
    inner = zipped(tmp_path, ("1.jpg", JPEG), name="inner.zip").read_bytes()
    path = zipped(tmp_path, ("1.zip", inner), ("2.txt", "chữ".encode()), ("3.jpg", b""), ("4.jpg", JPEG))
    assert told(path)[:1] + told(path)[2:] == ["zip_in_zip", "empty_file", "4.jpg"]
    page = scans.list_pages([path])[1]
    assert isinstance(page, PageRef)
    with pytest.raises(ScanError) as refused:
        scans.load(page)
    assert refused.value.code == "not_an_image"


def test_a_member_with_a_password_is_named_and_the_others_are_read(tmp_path: Path) -> None:
    path = zipped(tmp_path, ("1.jpg", JPEG), ("2.jpg", JPEG))
    data = bytearray(path.read_bytes())
    for mark, flags in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        data[data.index(mark) + flags] |= 1
    path.write_bytes(data)
    assert told(path) == ["encrypted_zip", "2.jpg"]


@pytest.mark.parametrize("packing", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_member_that_may_ask_for_any_memory_is_not_unpacked(tmp_path: Path, packing: int) -> None:
    assert note(zipped(tmp_path, ("1.jpg", JPEG), packing=packing)) == "zip_packing"


def test_a_member_that_unpacks_to_more_than_any_scan_is_refused_unopened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive, "MAX_MEMBER_BYTES", 1_000_000)
    path = zipped(tmp_path, ("1.jpg", bytes(5_000_000)), ("2.jpg", JPEG))
    assert path.stat().st_size < 20_000
    assert told(path) == ["too_large", "2.jpg"]
    monkeypatch.setattr(archive, "MAX_UNPACKED_BYTES", 4_000_000)
    assert note(path) == "too_large"


def test_a_member_that_is_larger_than_it_says_is_damaged(tmp_path: Path) -> None:
    path = zipped(tmp_path, ("1.jpg", JPEG + bytes(5_000_000)))
    data = bytearray(path.read_bytes())
    for mark, size in ((b"PK\3\4", 22), (b"PK\1\2", 24)):
        struct.pack_into("<I", data, data.index(mark) + size, len(JPEG))
    path.write_bytes(data)
    assert note(path) in ("damaged", "1.jpg")
    for page in scans.list_pages([path]):
        if isinstance(page, PageRef):
            with pytest.raises(ScanError):
                scans.load(page)


def test_a_zip_of_too_many_files_is_refused_before_its_table_is_read(tmp_path: Path) -> None:
    path = zipped(tmp_path, *((f"{n}.jpg", b"") for n in range(archive.MAX_MEMBERS + 1)))
    assert note(path) == "too_many_pages"
    few = zipped(tmp_path, ("1.jpg", JPEG), name="few.zip")
    data = bytearray(few.read_bytes())
    struct.pack_into("<I", data, data.rindex(b"PK\5\6") + 12, 0x7FFFFFFF)
    few.write_bytes(data)
    assert note(few) == "too_many_pages"


@pytest.mark.parametrize("share", [0.1, 0.5, 0.99])
def test_a_zip_that_is_cut_short_is_one_page_that_can_not_be_read(tmp_path: Path, share: float) -> None:
    path = zipped(tmp_path, *((f"{n}.jpg", JPEG) for n in range(5)))
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    assert note(path) in ("truncated", "damaged")


def test_an_empty_zip_is_not_passed_over(tmp_path: Path) -> None:
    assert note(zipped(tmp_path)) == "empty_folder"
    assert note(zipped(tmp_path, (".hidden", b"x"))) == "empty_folder"


@pytest.mark.parametrize("mark", ["[Content_Types].xml", "mimetype"])
def test_a_word_document_is_named_as_one_and_its_pictures_are_no_pages(tmp_path: Path, mark: str) -> None:
    path = zipped(tmp_path, (mark, b"<xml/>"), ("word/media/image1.jpg", JPEG), name="bien ban.docx")
    assert note(path) == "office_document"
    old = tmp_path / "bien ban.doc"
    old.write_bytes(bytes.fromhex("d0cf11e0a1b11ae1") + bytes(2000))
    assert note(old) == "office_document"


def test_a_damaged_byte_anywhere_is_told_or_harmless(tmp_path: Path) -> None:
    whole = zipped(tmp_path, ("1.jpg", JPEG), ("2.png", encoded(drawn(60, 80), "PNG"))).read_bytes()
    rng = np.random.default_rng(1)
    for place in rng.integers(0, len(whole), 120):
        data = bytearray(whole)
        data[place] ^= int(rng.integers(1, 256))
        (tmp_path / "a.zip").write_bytes(data)
        pages = scans.list_pages([tmp_path / "a.zip"])
        assert pages
        for page in pages:
            if isinstance(page, PageRef):
                try:
                    assert difference(scans.load(page).image, np.asarray(drawn(60, 80))) < 60
                except ScanError:
                    continue


def test_a_folder_and_a_zip_of_it_have_the_same_pages(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    files = {
        f"{n}/scan {m}.jpg": encoded(Image.new("L", (40 + n, 50 + m)), "JPEG")
        for n in (2, 10)
        for m in (9, 11)
    }
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    path = zipped(tmp_path, *reversed(files.items()))
    there = [str(Path(page.source).relative_to(folder)) for page in scans.list_pages([folder])]
    assert told(path) == [Path(name).as_posix() for name in there]
