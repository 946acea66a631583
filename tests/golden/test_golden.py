"""Difficult pages with known answers, read from file to reading. None may be silently wrong.

Beside each page lies its truth: the outcomes it may have, the states each field may have, the name cells
with stray ink ("" for elsewhere; `stray_or`: places that may be reported or not), the seal, and how many
fields with a clear answer may be asked about (`why`, where they are many). A failure writes the page with
what was seen drawn in.
"""

import json
from pathlib import Path
from typing import Any

import cv2
import pytest

from phieu.forms.form import FrozenForm
from phieu.ocr import overlay, scans
from phieu.ocr.blank import KnownForm
from phieu.ocr.page import ReaderSettings, read_page
from phieu.ocr.reading import PageReading

HERE = Path(__file__).parent
TRUTHS = sorted(HERE.glob("*.truth.json"))


@pytest.fixture(scope="session")
def golden_form() -> KnownForm:
    return KnownForm.load(FrozenForm.load(HERE / "form.json"))


def complaints(reading: PageReading, truth: dict[str, Any]) -> list[str]:
    """Return what is wrong with a reading."""
    out = []
    if reading.outcome not in truth["outcomes"]:
        out.append(f"outcome {reading.outcome} {reading.notes}")
    asked = []
    for field in reading.fields:
        admissible = truth["fields"][f"{field.contest}.{field.option}"]
        if field.state not in admissible:
            out.append(f"silently wrong: {field.contest}.{field.option} {field.state} ({field.why})")
        elif field.state == "unclear" and len(admissible) > 1:
            asked.append(f"{field.contest}.{field.option} ({field.why})")
    if len(asked) > truth["questions"]:
        out.append(f"asked about {asked}")
    stray = {one.contest or "" for one in reading.stray}
    if reading.fields and not set(truth["stray"]) <= stray <= {*truth["stray"], *truth.get("stray_or", [])}:
        out.append(f"stray ink {reading.stray}")
    if reading.fields and "seal" in truth and reading.seal != truth["seal"]:
        out.append(f"seal {reading.seal}")
    return out


@pytest.mark.parametrize("path", TRUTHS, ids=lambda path: path.name.removesuffix(".truth.json"))
def test_a_golden_page_is_never_read_wrong(path: Path, golden_form: KnownForm, tmp_path: Path) -> None:
    truth = json.loads(path.read_text(encoding="utf-8"))
    (ref,) = scans.list_pages([HERE / truth["page"]])
    assert isinstance(ref, scans.PageRef)
    scan = scans.load(ref)
    forms = {golden_form.form.id: golden_form}
    reading = read_page(scan.image, forms, ReaderSettings(practice=True), source=ref.source)
    wrong = complaints(reading, truth)
    if wrong:
        picture = tmp_path / f"{path.stem}.png"
        cv2.imwrite(str(picture), overlay.draw(scan.image, golden_form.form, reading))
        pytest.fail(f"{picture}: " + "; ".join(wrong))


def test_every_page_has_its_truth_and_the_folder_stays_small() -> None:
    pages = {json.loads(path.read_text(encoding="utf-8"))["page"] for path in TRUTHS}
    files = [*HERE.glob("*.jpg"), *HERE.glob("*.png")]
    assert pages == {path.name for path in files}
    assert len(pages) >= 79
    assert sum(path.stat().st_size for path in files) < 4_200_000


def test_one_sheet_scanned_twice_says_the_same(golden_form: KnownForm) -> None:
    forms = {golden_form.form.id: golden_form}
    states = []
    for name in ("scanned_once.jpg", "scanned_again.jpg"):
        image = scans.load(scans.list_pages([HERE / name])[0]).image
        fields = read_page(image, forms, ReaderSettings(practice=True)).fields
        states.append({(f.contest, f.option): f.state for f in fields})
    contradictions = [
        key for key, state in states[0].items() if {state, states[1][key]} == {"marked", "empty"}
    ]
    assert contradictions == []
