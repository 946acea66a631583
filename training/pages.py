"""Pages that the second rule learns from or is tried on: forms, filled in by training hands, scanned, found.

Comes in: a seed. Goes out: what the networks are shown of each box, and what was drawn there. The paper, the
ink and the scanners are the rehearsal's; the hands are those of `hands` and `struck`, or the rehearsal's own.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache, cached_property

import cv2
import numpy as np
from numpy.typing import NDArray
from pdf2image import convert_from_bytes

from phieu.benchmarks import dense
from phieu.forms import compose, fillable, frame
from phieu.forms.form import Box, FrozenForm
from phieu.forms.rehearsal import damage
from phieu.forms.rehearsal import hands as known_hands
from phieu.forms.rehearsal import marks as known_marks
from phieu.forms.rehearsal.hands import Pen
from phieu.forms.rehearsal.ink import ink_page
from phieu.forms.rehearsal.scanner import Scanner, new_fate, new_machine, scan
from phieu.forms.rehearsal.strokes import Stroke
from phieu.ocr import ink, register, second, sight
from phieu.ocr.blank import BlankPage, KnownForm
from phieu.ocr.marks import read_marks
from phieu.ocr.networks import Looks
from phieu.ocr.rule import MarkRule
from phieu.vote.plan import BallotStyle, Contest, Head, Plan, Publication, Round, Unit
from phieu.vote.rules_file import load_rules

from . import hands, plain_hands
from .hands import Rng
from .struck import struck

_FORMS = (("A4", 9), ("A4", 14), ("A4", 18), ("A5", 5), ("A5", 8), ("dense", 60), ("dense", 60))
_NAMES = ("Vũ Thị Lan", "Đinh Công Sơn", "Mai Hồng Nhung", "Cao Đức Thắng", "Tạ Quang Vinh", "Lâm Mỹ Dung")
_SHEET_DPI = 220

DrawOne = Callable[[Looks, Box, Sequence[Box], Rng], tuple[list[Stroke], Pen | None]]
"""Returns a mark's strokes, and the pen; none where the hand has ink of its own."""
_MOST_FOREIGN_MM = 3.0


@dataclass
class Sample:
    """The boxes of one page."""

    patches: NDArray[np.uint8]
    """(n, 2, 48, 48)."""
    looks: list[int]
    """`Looks`, or -1 where nobody could say."""
    states: list[str]
    """What the written rule says."""
    whys: list[str]
    contests: list[str] = field(default_factory=list)


@cache
def forms() -> tuple[tuple[KnownForm, tuple[NDArray[np.uint8], ...]], ...]:
    """Return the forms and their printed pages."""
    out = []
    for paper, rows in dict.fromkeys(_FORMS):
        frozen = dense.form() if paper == "dense" else _laid_out(paper, rows)
        sheets = convert_from_bytes(frame.ballot_pdf(frozen), dpi=_SHEET_DPI, grayscale=True)
        out.append((KnownForm.load(frozen), tuple(np.asarray(s, np.uint8) for s in sheets)))
    return tuple(out)


def draw(seed: int, maker: str, natural: bool) -> Sample | None:
    """Return one page's boxes; None where the page can't be found on its own scan.

    Args:
        seed: all follows from it.
        maker: `training`, `rehearsal` or `plain`: whose hands.
        natural: filled in as a ballot, one mark a row with a slip here and there; else full of marks.
    """
    rng = np.random.default_rng([seed, 77])
    known, sheets = forms()[int(rng.integers(0, len(forms())))]
    page = known.pages[int(rng.integers(0, len(known.pages)))]
    sheet = sheets[page.number - 1].copy()
    drawn = _filled(sheet, page, maker, natural, rng)
    gray = _scanned(sheet, rng, natural)
    seen = sight.look(gray, [known], None)
    fix = seen.fix_on(page)
    if fix is None:
        return None
    where = register.register(gray, page, fix)
    if not np.isfinite(where.residual_mm) or where.residual_mm > 0.4 or where.held.mean() < 0.66:
        return None
    rule = MarkRule()
    inks, _levels = ink.see(gray, None, where.matrix, where.shift_mm, page, rule.strong, rule.faint)
    readings = read_marks(gray, None, page, where, rule)
    parts, looks, states, whys, contests = [], [], [], [], []
    for one in inks:
        keep = [k for k, i in enumerate(one.group.which) if where.held[i]]
        parts.append(second.patches(one, np.array(keep, np.int64)))
        for k in keep:
            i = int(one.group.which[k])
            looks.append(_looks(drawn, i, page.fields[i].box_mm))
            states.append(str(readings[i].state))
            whys.append(readings[i].why)
            contests.append(page.fields[i].contest)
    return Sample(np.concatenate(parts), looks, states, whys, contests)


@dataclass
class _Drawn:
    looks: Looks
    points_mm: NDArray[np.float64]

    @cached_property
    def low_mm(self) -> NDArray[np.float64]:
        return np.asarray(self.points_mm.min(axis=0))

    @cached_property
    def high_mm(self) -> NDArray[np.float64]:
        return np.asarray(self.points_mm.max(axis=0))


def _filled(
    sheet: NDArray[np.uint8], page: BlankPage, maker: str, natural: bool, rng: Rng
) -> dict[int, _Drawn]:
    """Draw marks onto a sheet; return them by the field's index."""
    wanted = _ballot(page, rng) if natural else _many(page, rng)
    boxes = [one.box_mm for one in page.fields]
    drawn = {}
    draw_one = {"training": _by_training_hand, "rehearsal": _by_rehearsal_hand, "plain": _by_plain_hand}[
        maker
    ](rng)
    for i, looks in wanted.items():
        near = [
            b
            for j, b in enumerate(boxes)
            if j != i and abs(b.y - boxes[i].y) < 20 and abs(b.x - boxes[i].x) < 30
        ]
        strokes, pen = draw_one(looks, boxes[i], near, rng)
        if pen is not None:
            ink_page(sheet, strokes, pen, _SHEET_DPI / 25.4, rng)
        else:
            plain_hands.ink(sheet, strokes, _SHEET_DPI / 25.4, rng)
        drawn[i] = _Drawn(looks, np.vstack([one.xy_mm for one in strokes]))
    return drawn


def _many(page: BlankPage, rng: Rng) -> dict[int, Looks]:
    usual = Looks(int(rng.choice([2, 2, 2, 3, 3, 4, 5, 6])))
    shares = np.array([0.0, 0.07, 0.14, 0.11, 0.06, 0.05, 0.07, 0.3])
    shares[usual] += 1 - shares.sum()
    return {i: Looks(int(rng.choice(8, p=shares))) for i in range(len(page.fields)) if rng.random() < 0.72}


def _ballot(page: BlankPage, rng: Rng) -> dict[int, Looks]:
    usual = Looks(int(rng.choice([2, 3, 4, 5, 6], p=[0.55, 0.3, 0.05, 0.05, 0.05])))
    out: dict[int, Looks] = {}
    rows: dict[str, list[int]] = {}
    for i, one in enumerate(page.fields):
        rows.setdefault(one.contest, []).append(i)
    for row in rows.values():
        chosen = int(rng.choice(row))
        out[chosen] = usual
        if rng.random() < 0.08:
            out[chosen] = Looks.STRUCK
            if rng.random() < 0.8:
                out[int(rng.choice([i for i in row if i != chosen] or row))] = usual
        elif rng.random() < 0.03:
            out[int(rng.choice([i for i in row if i != chosen] or row))] = Looks.REST
    return out


def _by_training_hand(rng: Rng) -> DrawOne:
    voter = hands.draw_voter(rng)

    def one(looks: Looks, box: Box, near: Sequence[Box], rng: Rng) -> tuple[list[Stroke], Pen | None]:
        other = hands.draw_voter(rng) if rng.random() < 0.1 else voter
        for tight in (1.0, 0.6, 0.3, 0.0):
            s = hands.spot(box, other, rng, tight)
            if looks is Looks.STRUCK:
                strokes = struck(s, other, rng)
                break
            strokes = (hands.rest if looks is Looks.REST else hands.PLAIN[looks.name.lower()])(s, other, rng)
            if looks is Looks.REST or _belongs(strokes, box, near, looks):
                break
        return strokes, other.pen

    return one


def _by_rehearsal_hand(rng: Rng) -> DrawOne:
    hand = known_hands.draw_hand(rng)
    if rng.random() < 0.4:
        kind, ink_name = (("felt", "black"), ("pencil", ""), ("ball", "red"), ("gel", "black"))[
            int(rng.integers(0, 4))
        ]
        hand = replace(hand, pen=known_hands.make_pen(kind, ink_name, rng))
    names = {"NOTHING": "dot", "REST": "dot", "RING": "circle"}

    def one(looks: Looks, box: Box, near: Sequence[Box], rng: Rng) -> tuple[list[Stroke], Pen | None]:
        name = names.get(looks.name, looks.name.lower())
        if looks is Looks.STRUCK:
            name = "corrected" if rng.random() < 0.7 else "scribble"
        elif looks in (Looks.CROSS, Looks.TICK) and rng.random() < 0.06:
            hand_now = known_hands.faintly(hand, rng)
            strokes, _h = known_marks.draw_mark(known_marks.Mark(name), box, hand_now, rng, near)
            return list(strokes), hand_now.pen
        strokes, holding = known_marks.draw_mark(known_marks.Mark(name), box, hand, rng, near)
        return list(strokes), holding.pen

    return one


def _by_plain_hand(rng: Rng) -> DrawOne:
    writer = plain_hands.Writer(rng)

    def one(looks: Looks, box: Box, near: Sequence[Box], rng: Rng) -> tuple[list[Stroke], Pen | None]:
        return writer.mark(looks.name.lower(), box, rng), None

    return one


def _belongs(strokes: Sequence[Stroke], box: Box, near: Sequence[Box], looks: Looks) -> bool:
    least = 0.15 if looks is Looks.RING else 0.45
    return known_marks.share_inside(strokes, box) >= least and all(
        known_marks.share_inside(strokes, other) <= 0.08 for other in near
    )


def _looks(drawn: dict[int, _Drawn], i: int, box: Box) -> int:
    """Return what a field looks like; -1 where too much of other marks reaches into it."""
    foreign = 0
    for j, other in drawn.items():
        (left, top), (right, bottom) = other.low_mm, other.high_mm
        if j == i or left > box.x + box.w or right < box.x or top > box.y + box.h or bottom < box.y:
            continue
        x, y = other.points_mm[:, 0] - box.x, other.points_mm[:, 1] - box.y
        foreign += int(np.count_nonzero((x > 0.3) & (x < box.w - 0.3) & (y > 0.3) & (y < box.h - 0.3)))
    foreign_mm = 0.14 * foreign
    own = drawn.get(i)
    if own is None:
        return int(Looks.NOTHING) if foreign_mm < _MOST_FOREIGN_MM else -1
    return int(own.looks) if foreign_mm < 1.2 or own.looks is Looks.STRUCK else -1


def _scanned(sheet: NDArray[np.uint8], rng: Rng, natural: bool) -> NDArray[np.uint8]:
    """Scan a sheet on some machine, with some damage."""
    kind = Scanner.OFFICE if rng.random() < (0.9 if natural else 0.7) else Scanner.COPIER
    machine = new_machine(kind, False, int(rng.choice([150, 200, 200, 200])), rng)
    worse = [] if natural and rng.random() < 0.7 else _damages(rng)
    for name in worse:
        if name in ("show_through", "stamp", "fold", "hole", "faded", "coloured_paper"):
            sheet = damage.DAMAGES[name](sheet, float(rng.uniform(0.1, 0.9)), rng, _SHEET_DPI)
    image = scan(sheet, _SHEET_DPI, machine, new_fate(machine, rng), rng).image
    for name in worse:
        if name in ("shadow", "streak", "dust", "blur", "noise", "one_bit", "jpeg", "toner"):
            image = damage.DAMAGES[name](image, float(rng.uniform(0.05, 0.6)), rng, machine.dpi)
    _ok, coded = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(60, 95))])
    return np.asarray(cv2.imdecode(coded, cv2.IMREAD_GRAYSCALE), np.uint8)


def _damages(rng: Rng) -> list[str]:
    names = [
        "show_through",
        "stamp",
        "fold",
        "hole",
        "faded",
        "shadow",
        "streak",
        "dust",
        "blur",
        "noise",
        "one_bit",
        "jpeg",
        "toner",
    ]
    return [names[int(i)] for i in rng.choice(len(names), int(rng.integers(0, 3)), replace=False)]


def _laid_out(size: str, rows: int) -> FrozenForm:
    contests = tuple(
        Contest(f"row-{i}", i, _NAMES[i % 6], "Phó Giám đốc Sở Xây dựng") for i in range(1, rows + 1)
    )
    style = BallotStyle("hdnd", "Phiếu tín nhiệm", contests, "", True, size)
    unit = Unit("hdnd", "Hội đồng nhân dân tỉnh Minh Hải")
    rules = load_rules("NQ-96-2023-QH15", None)
    a_round = Round(
        *("ky-hop", "Kỳ họp thứ 12", unit, date(2026, 12, 7), "Minh Hải", Head.STATE),
        *(Publication.FULL, rules, (style,)),
    )
    plan = Plan("Lấy phiếu", "vi", (unit,), (a_round,), ())
    return fillable.freeze(compose.compose(plan, a_round, style, True), True)
