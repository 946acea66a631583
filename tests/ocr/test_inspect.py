"""`phieu inspect`: what good and bad input gets, from the command line."""

import io
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pikepdf
import pytest
import zxingcpp
from click.testing import CliRunner, Result
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from phieu.cli.main import main
from phieu.errors import ExitCode
from phieu.forms.code import Code, Kind, encode
from phieu.forms.form import FrozenForm

from .papers import painted, papers, without_code

REAL, PRACTICE, OTHER = papers()
KEYS = ["source", "index", "outcome", "form", "page", "serial", "residual_mm", "fields", "stray", "notes"]


@dataclass
class Desk:
    """A folder with frozen forms and scans."""

    folder: Path

    @property
    def form(self) -> Path:
        return self.folder / "forms" / f"{REAL.id}.json"

    def scan(self, name: str, image: np.ndarray, **options: Any) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(image).save(path, **options)
        return path

    def run(self, *arguments: object) -> Result:
        result = CliRunner().invoke(main, ["--lang", "en", "inspect", *map(str, arguments)])
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return result

    def lines(self, *arguments: object) -> tuple[list[dict[str, Any]], int]:
        result = self.run(*arguments, "--form", self.form, "--json")
        return [json.loads(line) for line in result.stdout.splitlines()], result.exit_code

    def outcome(self, *paths: Path) -> list[tuple[str, list[str]]]:
        return [(line["outcome"], line["notes"]) for line in self.lines(*paths)[0]]


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    folder = tmp_path_factory.mktemp("desk")
    for paper in papers():
        paper.frozen.save(folder / "forms")
    return Desk(folder)


def test_a_ballot_gives_one_line_with_the_keys_that_are_promised(desk: Desk) -> None:
    path = desk.scan("ballot.png", REAL.marked())
    (line,), code = desk.lines(path)
    assert code == ExitCode.OK
    assert list(line) == KEYS
    assert line | {"fields": [], "residual_mm": 0} == {
        **{"source": str(path), "index": 0, "outcome": "read", "form": REAL.id, "page": 1, "serial": None},
        **{"residual_mm": 0, "fields": [], "stray": [], "notes": []},
    }
    assert 0 <= line["residual_mm"] < 0.3
    assert [(f["contest"], f["option"], f["state"]) for f in line["fields"]] == [
        (field.contest, field.option, "marked" if field.option == "high" else "empty")
        for field in REAL.frozen.form.fields
    ]
    assert all(list(f) == ["contest", "option", "state", "ink", "why"] for f in line["fields"])


@pytest.mark.parametrize("turns", [1, 2, 3])
@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("a.jpg", {"quality": 85}),
        ("a.tif", {"compression": "tiff_lzw"}),
        ("a.jp2", {}),
        ("a.bmp", {}),
        ("a.pdf", {"resolution": 200}),
    ],
)
def test_format_and_orientation_change_nothing(
    desk: Desk, name: str, options: dict[str, Any], turns: int
) -> None:
    (upright,), _code = desk.lines(desk.scan("upright.png", REAL.marked(7)))
    turned = np.ascontiguousarray(np.rot90(REAL.marked(7), turns))
    (line,), code = desk.lines(desk.scan(f"turned-{turns}-{name}", turned, **options))
    assert code == ExitCode.OK
    states = [[(f["contest"], f["option"], f["state"]) for f in one["fields"]] for one in (upright, line)]
    assert states[0] == states[1]


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(order=st.permutations(range(5)))
def test_the_order_of_files_changes_no_page(desk: Desk, order: list[int]) -> None:
    paths = [desk.scan(f"order-{seed}.png", REAL.marked(seed)) for seed in range(5)]
    lines, _code = desk.lines(*(paths[i] for i in order))
    alone = {line["source"]: line for line in desk.lines(*paths)[0]}
    assert [line["source"] for line in lines] == [str(paths[i]) for i in order]
    assert all(line == alone[line["source"]] for line in lines)


def photo() -> np.ndarray:
    """Something like the photo of a cat: soft shapes and fur, no print."""
    rng = np.random.default_rng(4)
    picture = np.full((1200, 1600, 3), (120, 160, 190), np.float32)
    for _patch in range(60):
        middle, colour = rng.integers((0, 0), (1600, 1200)), rng.uniform(40, 220, 3)
        axes = [int(axis) for axis in rng.integers(40, 300, 2)]
        cv2.ellipse(picture, middle.tolist(), axes, float(rng.uniform(0, 180)), 0, 360, colour.tolist(), -1)
    picture = cv2.GaussianBlur(picture, (0, 0), 9)
    for _hair in range(3000):
        root = rng.integers((0, 0), (1600, 1200))
        tip = root + rng.integers(-25, 25, 2)
        cv2.line(picture, root.tolist(), tip.tolist(), rng.uniform(0, 255, 3).tolist(), 1, cv2.LINE_AA)
    return np.clip(picture, 0, 255).astype(np.uint8)


def with_code(text: str) -> np.ndarray:
    """A ballot whose code says something else."""
    symbol = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="H")
    code = np.array(symbol.to_image(scale=4, add_quiet_zones=False))
    box = REAL.frozen.form.frame.code
    page = painted(REAL.marked(), box)
    x, y, side = (round(value * 200 / 25.4) for value in (box.x, box.y, box.w))
    page[y : y + side, x : x + side] = cv2.resize(code, (side, side), interpolation=cv2.INTER_AREA)
    return page


def letter() -> np.ndarray:
    """A page of something else, with a QR code on it."""
    page = np.full((2339, 1654), 250, np.uint8)
    code = with_code("https://example.vn")[1900:2250, 650:1000]
    page[300:650, 300:650] = code
    for row in range(900, 2000, 60):
        cv2.putText(page, "Kinh gui ban kiem phieu " * 3, (150, row), cv2.FONT_HERSHEY_SIMPLEX, 1, 30, 2)
    return page


def cut(data: bytes) -> bytes:
    return data[: len(data) * 6 // 10]


def jpeg(image: np.ndarray) -> bytes:
    out = io.BytesIO()
    Image.fromarray(image).save(out, "JPEG", quality=80)
    return out.getvalue()


def locked_pdf() -> bytes:
    out = io.BytesIO()
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        pdf.save(out, encryption=pikepdf.Encryption(owner="chu", user="khach"))
    return out.getvalue()


OURS = encode(Code(Kind.REAL, REAL.id, 1))
CHANGED = OURS[:5] + ("K" if OURS[5] != "K" else "L") + OURS[6:]
BAD: dict[str, tuple[np.ndarray | bytes, str, str, ExitCode]] = {
    "cat.jpg": (photo(), "review", "nothing_known", ExitCode.REVIEW),
    "empty.pdf": (b"", "unreadable", "empty_file", ExitCode.UNREADABLE),
    "text.pdf": ("Biên bản".encode(), "unreadable", "not_an_image", ExitCode.UNREADABLE),
    "cut.jpg": (cut(jpeg(REAL.marked())), "unreadable", "truncated", ExitCode.UNREADABLE),
    "locked.pdf": (locked_pdf(), "unreadable", "encrypted", ExitCode.UNREADABLE),
    "bare.png": (np.full((2339, 1654), 252, np.uint8), "blank", "", ExitCode.BLANK_PAGE),
    "other.png": (OTHER.marked(), "not_ours", f"unknown_form:{OTHER.id}", ExitCode.NOT_OURS),
    "changed.png": (with_code(CHANGED), "not_ours", "code_check_wrong", ExitCode.NOT_OURS),
    "line.png": (without_code(REAL, "P1 ABCD EFGH 1 XY"), "review", "line_check_wrong", ExitCode.REVIEW),
    "letter.png": (letter(), "review", "code_foreign", ExitCode.REVIEW),
}


def laid_out(desk: Desk, name: str) -> Path:
    content = BAD[name][0]
    if isinstance(content, np.ndarray):
        return desk.scan(f"bad/{name}", content)
    (desk.folder / "bad").mkdir(exist_ok=True)
    (desk.folder / "bad" / name).write_bytes(content)
    return desk.folder / "bad" / name


@pytest.mark.parametrize("name", BAD)
def test_bad_input_gets_its_own_line_a_sentence_and_the_exit_code_of_its_kind(desk: Desk, name: str) -> None:
    _content, outcome, note, code = BAD[name]
    bad, good = laid_out(desk, name), desk.scan("good.png", REAL.marked(1))
    lines, left_with = desk.lines(bad, good)
    assert [line["outcome"] for line in lines] == [outcome, "read"]
    assert note in (lines[0]["notes"] or [""])
    assert left_with == code
    result = desk.run(bad, good, "--form", desk.form)
    assert result.exit_code == code
    (sentence,) = re.findall(rf"^{re.escape(str(bad))}, page 1: (.+)$", result.stdout, re.MULTILINE)
    assert " " in sentence or outcome == "blank"
    assert "Traceback" not in result.output


def test_all_bad_input_at_once_leaves_with_the_gravest_and_loses_no_page(desk: Desk) -> None:
    paths = [laid_out(desk, name) for name in BAD]
    good = [desk.scan(f"among-{seed}.png", REAL.marked(seed)) for seed in range(2)]
    lines, code = desk.lines(good[0], *paths, good[1])
    assert code == max(BAD[name][3] for name in BAD)
    assert [line["source"] for line in lines] == [str(path) for path in (good[0], *paths, good[1])]
    result = desk.run(good[0], *paths, good[1], "--form", desk.form)
    counted = re.search(r"^(\d+) pages: (.+)$", result.stdout, re.MULTILINE)
    assert counted is not None
    assert int(counted[1]) == len(lines) == sum(map(int, re.findall(r" (\d+)", counted[2])))


def test_real_and_practice_ballots_are_both_read_with_their_forms(desk: Desk) -> None:
    paths = desk.scan("real.png", REAL.marked()), desk.scan("practice.png", PRACTICE.marked())
    assert desk.outcome(*paths)[1] == ("not_ours", [f"unknown_form:{PRACTICE.id}"])
    practice = desk.folder / "forms" / f"{PRACTICE.id}.json"
    result = desk.run(*paths, "--form", desk.form, "--form", practice, "--json")
    assert [json.loads(line)["form"] for line in result.stdout.splitlines()] == [REAL.id, PRACTICE.id]
    assert result.exit_code == ExitCode.OK


def test_a_practice_code_on_a_real_form_is_refused(desk: Desk) -> None:
    forged = desk.scan("forged.png", with_code(encode(Code(Kind.PRACTICE, REAL.id, 1))))
    assert desk.outcome(forged) == [("not_ours", [f"kind_contradicts_form:{REAL.id}"])]


def test_a_ballot_whose_code_is_covered_by_another_is_known_by_its_printed_line(desk: Desk) -> None:
    covered = desk.scan("covered.png", with_code("https://example.vn"))
    assert desk.outcome(covered) == [("read", ["code_foreign", "line_read"])]


def test_a_separator_is_named(desk: Desk) -> None:
    separator = desk.scan("separator.png", with_code(encode(Code(Kind.SEPARATOR, "AAAAAAAA", 1))))
    lines, code = desk.lines(separator)
    assert [line["outcome"] for line in lines] == ["separator"]
    assert code == ExitCode.OK


def test_the_same_image_twice_is_a_duplicate_also_inside_a_pdf(desk: Desk) -> None:
    (desk.folder / "one.jpg").write_bytes(jpeg(REAL.marked(5)))
    with pikepdf.new() as pdf:
        pdf.add_blank_page(page_size=(595, 842))
        image = pikepdf.Stream(pdf, jpeg(REAL.marked(5)))
        height, width = REAL.page.shape
        image.Type, image.Subtype = pikepdf.Name.XObject, pikepdf.Name.Image
        image.Width, image.Height, image.BitsPerComponent = width, height, 8
        image.ColorSpace, image.Filter = pikepdf.Name.DeviceGray, pikepdf.Name.DCTDecode
        pdf.pages[0].Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(Im0=image))
        pdf.pages[0].Contents = pdf.make_stream(b"q 595 0 0 842 0 0 cm /Im0 Do Q")
        pdf.save(desk.folder / "one.pdf")
    paths = desk.folder / "one.jpg", desk.folder / "one.pdf", desk.folder / "one.jpg"
    lines, code = desk.lines(*paths)
    assert [line["outcome"] for line in lines] == ["read", "duplicate", "duplicate"]
    assert lines[1]["notes"] == [f"duplicate_of:{paths[0]} (1)"]
    assert lines[1]["fields"] == []
    assert code == ExitCode.DUPLICATE


def test_blank_pages_that_are_alike_are_no_duplicates(desk: Desk) -> None:
    bare = desk.scan("bare.png", np.full((2339, 1654), 252, np.uint8))
    assert desk.outcome(bare, bare) == [("blank", []), ("blank", [])]


@pytest.mark.parametrize("damage", ["geometry", "print", "no json", "no pdf", "not a form"])
def test_a_form_whose_hash_is_wrong_is_not_read_with(desk: Desk, tmp_path: Path, damage: str) -> None:
    path = REAL.frozen.save(tmp_path)
    assert FrozenForm.load(path)
    match damage:
        case "geometry":
            path.write_text(path.read_text(encoding="utf-8").replace('"high"', '"low"', 1), encoding="utf-8")
        case "print":
            blank = path.with_suffix(".pdf")
            blank.write_bytes(blank.read_bytes() + b"\n")
        case "no json":
            path.write_text("{", encoding="utf-8")
        case "no pdf":
            path.with_suffix(".pdf").unlink()
        case "not a form":
            path.write_text("[]", encoding="utf-8")
    result = desk.run(desk.scan("good.png", REAL.marked(1)), "--form", path, "--json")
    assert result.exit_code == ExitCode.BAD_FORM
    assert result.stdout == ""
    assert REAL.id in result.stderr


def test_pictures_have_names_of_their_own_and_stay_in_their_folder(desk: Desk, tmp_path: Path) -> None:
    names = ("a/phiếu số 1.png", "b/phiếu số 1.png", "b/..%2F $(x).png")
    paths = [desk.scan(f"named/{name}", REAL.marked(seed)) for seed, name in enumerate(names)]
    paths.append(laid_out(desk, "cut.jpg"))
    paths.append(laid_out(desk, "cat.jpg"))
    pictures = tmp_path / "new" / "pictures"
    _lines, code = desk.lines(*paths, "--overlay", pictures)
    assert code == ExitCode.UNREADABLE
    drawn = sorted(path.name for path in pictures.iterdir())
    assert drawn == [
        *("0001-phiếu_số_1-p1.png", "0002-phiếu_số_1-p1.png", "0003-_2F_x_-p1.png", "0005-cat-p1.png")
    ]
    assert all(np.asarray(Image.open(pictures / name)).std() > 5 for name in drawn)


def test_pictures_that_can_not_be_written_end_in_a_sentence(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    result = desk.run(
        desk.scan("good.png", REAL.marked(1)), "--form", desk.form, "--overlay", tmp_path / "file" / "x"
    )
    assert result.exit_code == ExitCode.BAD_WORKSPACE
    assert "Traceback" not in result.output
