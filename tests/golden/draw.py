"""Draw golden pages: `python tests/golden/draw.py NAME...`, from the repository's root.

Without a name, those that are not there yet are drawn. The pages are kept as they are: they show what the reader
was first held against. Draw them again, with `--all`, only if the ballot's design changes in a way that old paper
would not survive, and look at each of them then. `difficult` holds the pages drawn on a sheet of their own; those
here are ballots of a rehearsal's deck, damaged afterwards.
"""

import json
import shutil
import sys
import tempfile
import zlib
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from phieu.forms import compose, fillable
from phieu.forms.form import Box, Form, FrozenForm
from phieu.forms.rehearsal import deck
from phieu.forms.rehearsal.marks import Mark
from phieu.forms.rehearsal.scanner import Scanner
from phieu.forms.rehearsal.votes import PlannedMark
from phieu.tests.golden import difficult, sheets
from phieu.vote.plan import BallotStyle, Contest, Head, Plan, Publication, Round, Unit
from phieu.vote.rules_file import load_rules

HERE = Path(__file__).parent
DPI = 150
SCALE = DPI / 25.4
NAMES = ("Trần Thị Mai Hương", "Lê Quang Định", "Phạm Ngọc Thủy", "Nguyễn Hữu Tường", "Đỗ Thị Kim Ánh")
OPTIONS = ("high", "confidence", "low")

Image = NDArray[np.uint8]
Damage = Callable[[Image, Form], Image]
ANY = ["empty", "marked", "unclear"]


def the_form() -> FrozenForm:
    """A practice ballot of five rows on A5."""
    contests = tuple(Contest(f"row-{i}", i, name, "Giám đốc Sở Tài chính") for i, name in enumerate(NAMES, 1))
    style = BallotStyle("golden", "Phiếu tín nhiệm", contests, "", False, "A5")
    unit = Unit("hdnd", "Hội đồng nhân dân tỉnh Minh Hải")
    rules = load_rules("NQ-96-2023-QH15", None)
    a_round = Round(
        "ky-hop",
        "Kỳ họp thứ 12",
        unit,
        date(2026, 12, 7),
        "Minh Hải",
        Head.STATE,
        Publication.FULL,
        rules,
        (style,),
    )
    plan = Plan("Lấy phiếu", "vi", (unit,), (a_round,), ())
    return fillable.freeze(compose.compose(plan, a_round, style, True), True)


def marks(*kinds: str, second: tuple[int, str] | None = None) -> tuple[PlannedMark, ...]:
    """One mark a row, in the first, second and third box in turn; `second` adds another to a row."""
    found = [
        PlannedMark(f"row-{row}", OPTIONS[row % 3], Mark(kind)) for row, kind in enumerate(kinds, 1) if kind
    ]
    if second:
        found.append(PlannedMark(f"row-{second[0]}", OPTIONS[(second[0] + 1) % 3], Mark(second[1])))
    return tuple(found)


CROSSES = marks("cross", "cross", "cross", "cross", "cross")
TICKS = marks("tick", "tick", "tick", "tick", "tick")


def box_of(form: Form, row: int, option: str) -> Box:
    """The box of a row's option."""
    (found,) = (f.box_mm for f in form.fields if (f.contest, f.option) == (f"row-{row}", option))
    return found


def line(
    image: Image, points: list[tuple[float, float]], width_mm: float = 0.4, colour: tuple[int, ...] = (50,)
) -> Image:
    """Draw a stroke over an image, never lighter than what lies below."""
    layer = np.full_like(image, 255)
    px = np.array([[x * SCALE * 16, y * SCALE * 16] for x, y in points]).round().astype(np.int32)
    cv2.polylines(
        layer,
        [px],
        False,
        colour * (1 if len(colour) > 1 else 3),
        max(1, round(width_mm * SCALE)),
        cv2.LINE_AA,
        4,
    )
    return np.minimum(image, layer)


def white(*boxes: Box) -> Damage:
    """Tear pieces of paper off."""

    def damaged(image: Image, _form: Form) -> Image:
        out = image.copy()
        for x, y, w, h in boxes:
            out[
                int(max(y, 0) * SCALE) : int((y + h) * SCALE), int(max(x, 0) * SCALE) : int((x + w) * SCALE)
            ] = 250
        return out

    return damaged


def corners(*which: int) -> Damage:
    """Tear corners off, tags and all."""

    def damaged(image: Image, form: Form) -> Image:
        boxes = [form.frame.tags[i] for i in which]
        return white(*(Box(x - 4, y - 4, w + 8, h + 8) for x, y, w, h in boxes))(image, form)

    return damaged


def turned(degrees: float) -> Damage:
    """Lay the sheet askew."""

    def damaged(image: Image, _form: Form) -> Image:
        height, width = image.shape[:2]
        matrix = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1)
        return np.asarray(cv2.warpAffine(image, matrix, (width, height), borderValue=(90, 90, 90)), np.uint8)

    return damaged


def slipped(mm: float, at: float) -> Damage:
    """Let the feed slip at a share of the height."""

    def damaged(image: Image, _form: Form) -> Image:
        rows = np.arange(image.shape[0])
        source = rows - (rows > at * image.shape[0]) * round(mm * SCALE)
        return image[np.clip(source, 0, image.shape[0] - 1)]

    return damaged


def streak(option: str, gray: int) -> Damage:
    """Dust on the scanner's glass draws a line down the page, through a column of boxes."""

    def damaged(image: Image, form: Form) -> Image:
        box = box_of(form, 1, option)
        x = int((box.x + 0.6 * box.w) * SCALE)
        out = image.copy()
        out[:, x : x + 2] = np.minimum(out[:, x : x + 2], gray)
        return out

    return damaged


def fold(row: int, gray: int) -> Damage:
    """A fold's shadow, through a row of boxes."""

    def damaged(image: Image, form: Form) -> Image:
        y = box_of(form, row, "high").y + 3
        return line(image, [(0, y - 0.4), (148, y + 0.6)], 0.35, (gray,))

    return damaged


def seal(colour: tuple[int, ...]) -> Damage:
    """A round seal pressed over the boxes of rows 2 to 4."""

    def damaged(image: Image, form: Form) -> Image:
        box = box_of(form, 3, "confidence")
        turn = np.linspace(0, 2 * np.pi, 80)
        for radius in (16.5, 15.0, 10.0, 3.0):
            ring = [(box.x + 3 + radius * np.cos(a), box.y + 3 + radius * np.sin(a)) for a in turn]
            image = line(image, ring, 0.7, colour)
        return image

    return damaged


def struck(row: int) -> Damage:
    """Strike a printed name."""

    def damaged(image: Image, form: Form) -> Image:
        (x, y, w, h) = next(z.box_mm for z in form.zones if z.contest == f"row-{row}")
        return line(
            image, [(x + 0.5, y + h / 2 + 0.5), (x + 0.7 * w, y + h / 2 - 0.2), (x + w - 1, y + h / 2 + 0.3)]
        )

    return damaged


def coloured(bgr: tuple[int, int, int]) -> Damage:
    """Print on coloured paper."""

    def damaged(image: Image, _form: Form) -> Image:
        return (np.repeat(image[..., None], 3, axis=2) * (np.array(bgr) / 255)).astype(np.uint8)

    return damaged


def tone(low: float, high: float) -> Damage:
    """Squeeze the tones between two grays."""
    return lambda image, _form: (low + image * ((high - low) / 255)).astype(np.uint8)


def chain(*damages: Damage) -> Damage:
    """One damage after the other."""

    def damaged(image: Image, form: Form) -> Image:
        for damage in damages:
            image = damage(image, form)
        return image

    return damaged


def as_it_is(image: Image, _form: Form) -> Image:
    """No damage."""
    return image


def in_colour(image: Image, _form: Form) -> Image:
    """The gray scan as a scanner for colour would give it."""
    return np.repeat(image[..., None], 3, axis=2)


# ruff: noqa: E501

# Name: (marks, scanner, damage, how many clear fields may be asked about, what else the truth says).
PAGES: dict[str, tuple[tuple[PlannedMark, ...], str, Damage, int, dict[str, object]]] = {
    "crosses": (CROSSES, "office", as_it_is, 0, {}),
    "ticks": (TICKS, "office", as_it_is, 0, {}),
    "unmarked": ((), "office", as_it_is, 0, {}),
    "copier": (CROSSES, "copier", as_it_is, 15, {}),
    "copier_ticks": (TICKS, "copier", as_it_is, 15, {}),
    "hardly_pressed": (marks("faint", "faint", "faint", "faint", "faint"), "office", as_it_is, 15, {}),
    "filled": (marks("fill", "fill", "fill", "fill", "fill"), "office", as_it_is, 15, {}),
    "rings": (marks("circle", "circle", "circle", "circle", "circle"), "office", as_it_is, 15, {}),
    "slashes": (marks("line", "line", "line", "line", "line"), "office", as_it_is, 2, {}),
    "pen_rests": (marks("cross", "dot", "cross", "cross", "cross", second=(4, "dot")), "office", as_it_is, 2, {}),
    "scribbled_over": (marks("cross", "cross", "cross", "cross", "scribble", second=(5, "cross")), "office", as_it_is, 2, {}),
    "struck_out": (marks("cross", "corrected", "cross", "cross", "cross", second=(2, "cross")), "office", as_it_is, 2, {}),
    "two_marks": (marks("cross", "cross", "cross", "cross", "cross", second=(3, "cross")), "office", as_it_is, 2, {}),
    "skewed": (CROSSES, "office", turned(3.5), 1, {}),
    "upside_down": (TICKS, "office", lambda image, _form: np.asarray(cv2.rotate(image, cv2.ROTATE_180), np.uint8), 0, {}),
    "on_its_side": (CROSSES, "office", lambda image, _form: np.asarray(cv2.rotate(image, cv2.ROTATE_90_CLOCKWISE), np.uint8), 0, {}),
    "torn_corner": (CROSSES, "office", corners(1), 1, {}),
    "torn_corners": (TICKS, "office", chain(corners(0, 3), turned(-1)), 0, {}),
    "code_alone": (CROSSES, "office", chain(corners(0, 1, 2, 3), turned(1)), 0, {}),
    "code_gone": (CROSSES, "office", white(Box(60, 178, 28, 30)), 0, {"outcomes": ["review"]}),
    "feed_slipped": (CROSSES, "office", slipped(2.5, 0.655), 9, {"outcomes": ["read", "review"]}),
    "stretched": (TICKS, "office", lambda image, _form: np.asarray(cv2.resize(image, None, fx=1, fy=1.012), np.uint8), 0, {}),
    "streak": (CROSSES, "office", streak("confidence", 110), 15, {}),
    "fold": (CROSSES, "office", fold(4, 170), 5, {}),
    "seal_in_gray": (CROSSES, "office", seal((110,)), 9, {}),
    "seal_in_colour": (CROSSES, "office", chain(in_colour, seal((60, 55, 205))), 9, {}),
    "dark_copy": (TICKS, "office", tone(0, 150), 0, {}),
    "faded_toner": (CROSSES, "office", tone(140, 255), 3, {}),
    "yellow_paper": (CROSSES, "office", coloured((120, 225, 250)), 0, {}),
    "struck_name": (CROSSES, "office", struck(2), 0, {"stray": ["row-2"]}),
    "one_bit": (CROSSES, "office", lambda image, _form: np.where(image > 150, 255, 0).astype(np.uint8), 2, {}),
    "blank": ((), "office", lambda image, _form: np.full_like(image, 236) - (image[::-1] % 7), 0, {"outcomes": ["blank"]}),
}  # fmt: skip


def main(names: Sequence[str]) -> None:
    """Write pages and truths into this folder; with `--all` form and all pages anew."""
    if "--all" in names:
        for old in (*HERE.glob("*.jpg"), *HERE.glob("*.png"), *HERE.glob("*.json"), *HERE.glob("*.pdf")):
            old.unlink()
        frozen = the_form()
        frozen.save(HERE)
        (HERE / f"{frozen.form.id}.json").rename(HERE / "form.json")
        (HERE / f"{frozen.form.id}.pdf").rename(HERE / "form.pdf")
    frozen = FrozenForm.load(HERE / "form.json")
    every = [*PAGES, *difficult.PAGES]
    asked = [name for name in names if name in every]
    for name in asked or [name for name in every if not (HERE / f"{name}.truth.json").exists()]:
        (draw_of_deck if name in PAGES else draw_difficult)(name, frozen)


def draw_difficult(name: str, frozen: FrozenForm) -> None:
    """Write one page of `difficult`."""
    page = difficult.PAGES[name]
    sheet = sheets.Sheet(
        frozen, sheets.printed(frozen), np.random.default_rng(page.seed or zlib.crc32(name.encode()))
    )
    image = page.make(sheet)
    write(name, image, page.questions, sheet.truth(), page.more or {}, 22)


def draw_of_deck(name: str, frozen: FrozenForm) -> None:
    """Write one page of `PAGES`: a ballot of a rehearsal's deck, damaged."""
    planned, scanner, damage, questions, more = PAGES[name]
    with tempfile.TemporaryDirectory() as scratch:
        out = Path(scratch) / "deck"
        seed = 100 + list(PAGES).index(name)
        deck.rehearse(
            {"golden": frozen}, {"golden": (planned,)}, Scanner(scanner), seed, out, dpi=DPI, workers=1
        )
        truth = json.loads((out / "truth.json").read_text(encoding="utf-8"))
        (page,) = (p for p in truth["pages"] if p["source"].endswith(".jpg"))
        image = cv2.imread(str(out / page["source"]), cv2.IMREAD_GRAYSCALE)
        shutil.rmtree(out)
    fields = {f"{f['contest']}.{f['option']}": f["admissible"] for f in page["fields"]}
    write(name, damage(np.asarray(image, np.uint8), frozen.form), questions, fields, more, 30)


def write(
    name: str,
    image: Image,
    questions: int,
    fields: dict[str, list[str]],
    more: dict[str, object],
    quality: int,
) -> None:
    """Write a page, as PNG where it is black and white, and its truth."""
    if set(np.unique(image)) <= {0, 255}:
        file = f"{name}.png"
        cv2.imwrite(str(HERE / file), image, [cv2.IMWRITE_PNG_BILEVEL, 1, cv2.IMWRITE_PNG_COMPRESSION, 9])
    else:
        file = f"{name}.jpg"
        cv2.imwrite(str(HERE / file), image, [cv2.IMWRITE_JPEG_QUALITY, quality])
    said = {
        "page": file,
        "outcomes": ["read"],
        "stray": [],
        "questions": questions,
        "fields": fields,
        **more,
    }
    (HERE / f"{name}.truth.json").write_text(json.dumps(said, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
