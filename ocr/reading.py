"""What the reader says of one page: values only, and their JSON.

The reader reports, it does not decide elections: a field is marked, empty or unclear, and why. Reasons and
notes are codes (`Why`, `Note`), stored as they are and put into words where they are shown (`explain`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from dataclasses import fields as dataclass_fields
from enum import StrEnum
from typing import Any

from ..forms.form import Box
from ..words import N_, _


class Outcome(StrEnum):
    """What became of a page: every page given ends in exactly one of these."""

    READ = "read"
    """Identity and registration are trusted; fields may still be unclear."""
    BLANK = "blank"
    SEPARATOR = "separator"
    DUPLICATE = "duplicate"
    REVIEW = "review"
    """Ours or possibly ours, but identity, registration or pairing is not trusted."""
    NOT_OURS = "not_ours"
    """A valid code of another vote, the wrong kind, or a false check."""
    UNREADABLE = "unreadable"
    """It can't be decoded; a file that can't be opened counts as one page."""


class State(StrEnum):
    """What a field's ink says."""

    MARKED = "marked"
    EMPTY = "empty"
    UNCLEAR = "unclear"


@dataclass(frozen=True, slots=True)
class FieldReading:
    """What stands in one field."""

    contest: str
    option: str
    state: State
    ink: float
    """Share of the field's paper covered by ink that the blank form does not have, 0 to 1."""
    why: str
    """A code of `ocr.marks` that names the reason."""
    features: tuple[tuple[str, float], ...] = field(default=(), compare=False)
    """What was measured where any ink was seen, by name, in mm, mm2 or shares. It explains a reading to who
    looks at it (`ocr.marks`, "Features"), and is neither stored nor published."""

    def __reduce__(self) -> tuple[Any, ...]:
        """Go from process to process in half the time that a dataclass takes by itself."""
        values = (self.contest, self.option, self.state, self.ink, self.why, self.features)
        return FieldReading, values


@dataclass(frozen=True, slots=True)
class Stray:
    """Ink outside all fields: in a name cell (`contest` is given) or elsewhere on the page (None)."""

    contest: str | None
    box_mm: Box
    ink: float
    """Share of the box covered by ink, 0 to 1."""


@dataclass(frozen=True, slots=True)
class PageReading:
    """What the reader says of one page image."""

    source: str
    """The file's name as given."""
    index: int
    """The page's place in its file, from 0."""
    sha256: str
    """Of the page's image as encoded in its file, in hex; what a duplicate is known by. Empty where
    unreadable."""
    outcome: Outcome
    form: str | None = None
    page: int | None = None
    serial: str | None = None
    residual_mm: float | None = None
    """How far the printed outlines lie from where registration puts them."""
    fields: tuple[FieldReading, ...] = ()
    stray: tuple[Stray, ...] = ()
    notes: tuple[str, ...] = ()
    """Codes that `explain` puts into words; may carry a parameter after a colon."""
    place: tuple[float, ...] | None = None
    """Homography from mm on the form to pixels of the page image, 9 numbers row by row; for crops."""
    likeness: str = ""
    """Signature of the sheet's ink (`ocr.likeness`), for the desk's comparison only; never published."""
    seal: str | None = None
    """`present`, `absent` or `unsure` (`ocr.seal`); None on scans without colour and pages without seal."""
    print_scale: float | None = None
    """Of the print to its own size on the form, 1 being as designed; None where that can't be known."""

    def to_json(self) -> dict[str, Any]:
        """Return the reading as the store and `phieu inspect --json` write it."""
        # By hand: `asdict` takes ten times as long, of all pages one after the other.
        data = {one.name: getattr(self, one.name) for one in dataclass_fields(self)}
        data["fields"] = tuple(
            {"contest": f.contest, "option": f.option, "state": f.state, "ink": f.ink, "why": f.why}
            for f in self.fields
        )
        data["stray"] = tuple({"contest": s.contest, "box_mm": s.box_mm, "ink": s.ink} for s in self.stray)
        for absent in ("seal", "print_scale"):
            if data[absent] is None:
                del data[absent]
        return data

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "PageReading":
        """Return the reading that `to_json` wrote."""
        place = data.get("place")
        return cls(
            source=data["source"],
            index=data["index"],
            sha256=data["sha256"],
            outcome=Outcome(data["outcome"]),
            form=data["form"],
            page=data["page"],
            serial=data["serial"],
            residual_mm=data["residual_mm"],
            fields=tuple(
                FieldReading(f["contest"], f["option"], State(f["state"]), f["ink"], f["why"])
                for f in data["fields"]
            ),
            stray=tuple(Stray(s["contest"], Box(*s["box_mm"]), s["ink"]) for s in data["stray"]),
            notes=tuple(data["notes"]),
            place=None if place is None else tuple(place),
            likeness=data.get("likeness", ""),
            seal=data.get("seal"),
            print_scale=data.get("print_scale"),
        )


# Reasons a field's state rests on, and notes on a page, in words. The reader adds to this list as it learns.
_IN_WORDS = {
    "clean": N_("nothing in the box"),
    "strong": N_("a clear mark in the box"),
    "speck": N_("only a speck in the box"),
    "tail": N_("only the end of a mark that belongs to another box"),
    "written": N_("something is written in the field"),
    "seal": N_("the seal's red ink in the box, or a red pen's"),
    "outline": N_("the box's printed outline was not found where it must be"),
    "outside": N_("the box lies beyond the edge of the image"),
    "paper": N_("the paper is too dark here: a stain, a hole or a shadow"),
    "line": N_("a line runs through the box and beyond: a streak, a fold or a long stroke"),
    "crowded": N_("too much ink around the box: a seal or a scribble"),
    "shines": N_("this may be ink or print of the other side, shining through"),
    "around": N_("ink around the box, but none in it"),
    "shared": N_("one stroke lies in this box and in another"),
    "passing": N_("a stroke from elsewhere runs through the box"),
    "dot": N_("more than a speck, less than a mark: a dot or where a pen rested"),
    "trace": N_("a trace of ink, in a row in which nothing is marked"),
    "misplaced": N_("the name in this row is not the one that belongs here: the sheet slipped, or is folded"),
    "faint": N_("something faint in the box"),
    "heavy": N_("far more ink than a mark needs: it may be scribbled over"),
    "tangled": N_("more than a cross or a tick: a circle, a filling, or a mark struck out or scribbled over"),
    "slight": N_("far less ink than the voter's other marks: a slip of the pen, or a hair on the glass"),
    "beside": N_("a mark, but another box of the row is in doubt"),
    "unlike": N_(
        "another kind of mark than the voter's others: so looks a tick or a line that was struck out"
    ),
    "several": N_("a clear mark, but another box of the row is marked too: one may have been struck out"),
    "corrected": N_("more ink than the voter's other marks, and another box of the row has ink"),
    # What `second` says.
    "second": N_(
        "by its strokes it is clear, but the picture of the box looks otherwise: a second rule doubts it"
    ),
    "settled": N_(
        "by its strokes in doubt, but the picture is plainly the voter's usual mark: a second rule is sure"
    ),
    # What `zone` says, where the office's own scanner was calibrated.
    "less_than_marks": N_("less ink than a mark must have since the scanner was calibrated"),
    "more_than_empty": N_("more ink than an empty box may have since the scanner was calibrated"),
    # What `page` says of a page that people must look at.
    "nothing_known": N_("neither corner tags, code nor printed line was found: not known to be a ballot"),
    "no_code": N_("the page has corner tags of a ballot, but no code that can be read"),
    "no_place": N_("the code can be read, but too little was found to tell where the form lies"),
    "no_outlines": N_("none of the boxes' printed outlines was found"),
    "residual": N_("the boxes lie up to {} mm from where the page's other boxes put them"),
    "outlines_missing": N_("too many of the boxes' printed outlines were not found"),
    "print_differs": N_("the names printed on the page are not where this form has them"),
    "wrong_paper": N_(
        "this form was printed on other paper than its own, or at another size ({}): print it again"
    ),
    "rows_alike": N_("no print tells the rows of boxes apart here: the sheet may have slipped by a row"),
    "tags_contradict_code": N_("the corner tags say another page than the code"),
    # What `identify` says of a code.
    "separator": N_("a batch separator"),
    "code_check_wrong": N_("the code's check is wrong: this code was not printed by us, or was altered"),
    "code_version_unknown": N_("the code is of a version that this program does not know"),
    "code_foreign": N_("the QR code on this page is not a ballot's code"),
    "several_codes": N_("codes of several ballots on one image: scan each sheet by itself"),
    "several_sheets": N_("corner tags of several ballots on one image: scan each sheet by itself"),
    "unknown_form": N_("a ballot of another vote (form {})"),
    "practice_in_real": N_("a practice ballot in the real count"),
    "real_in_practice": N_("a real ballot in the practice count"),
    "kind_contradicts_form": N_("the code's first letter contradicts form {}: practice or real?"),
    "page_out_of_range": N_("the code says page {}, which its form does not have"),
    # What `scans` says of a file.
    "file_missing": N_("the file can't be opened: it is missing, or reading it is not allowed"),
    "empty_file": N_("the file is empty"),
    "empty_folder": N_("there is no file in the folder"),
    "encrypted": N_("the PDF is encrypted: scan or save it without a password"),
    "truncated": N_("the image is cut short: part of it is missing; copy or scan it again"),
    "not_an_image": N_("the file is not an image or PDF, whatever its name says"),
    "cut_off": N_("the file is cut short: pages at its end may be missing; copy or scan it again"),
    "several_images": N_(
        "the file holds several images, of which only the first is read; save each as its own file"
    ),
    "phone_photo": N_(
        "a photo in the phone's own format (HEIC), which this computer can't read: set the phone to save JPEG"
    ),
    "office_document": N_("a Word, Excel or similar document, not a scan: give the scans themselves"),
    "encrypted_zip": N_("a file in a ZIP with a password: unpack it, and read the folder"),
    "zip_in_zip": N_("a ZIP within a ZIP: unpack it, and read the folder"),
    "zip_packing": N_("a file in a ZIP that was packed in an unusual way: unpack it, and read the folder"),
    "link_not_followed": N_("a link that leads out of the folder: it was not followed"),
    "poppler_missing": N_("this PDF page must be rendered, and poppler (pdftoppm) is not installed"),
    "damaged": N_("the file is damaged and can't be read; scan it again"),
    "no_pages": N_("there is no page in the file"),
    "too_large": N_("the file or image is larger than any scan of a ballot"),
    "too_many_pages": N_("the file has more pages than one file may have; split it"),
    # What `text` says of the printed line.
    "line_read": N_("the QR code is gone; the printed line says which ballot it is"),
    "line_check_wrong": N_("the QR code is gone, and the printed line can't be read with certainty"),
    "line_missing": N_("the printed line was not found either"),
    "tesseract_missing": N_("the QR code is gone, and Tesseract, which would read the line, is missing"),
    # What `pool` says of a page whose reader failed.
    "crashed": N_("the reader broke down over this page; the other pages were read"),
    "too_slow": N_("reading this page took too long and was given up"),
    # What the desk says of two ballots.
    "alike": N_(
        "the ink is alike: in {} rows each mark matches the other sheet's mark in that row best of all"
    ),
    # What the desk says of the seal.
    "seal_absent": N_("no red seal was found where it must be"),
    "seal_unsure": N_("there is something, but not clearly a red seal in its place"),
    "seal_unseen": N_("whether the seal is there was not told: this page was not read, or has no colour"),
    # What the desk says of a page that people placed.
    "ink_unsought": N_("this page was not read, so nothing looked for ink in its names and margins"),
    # What `inspect` says.
    "duplicate_of": N_("the same image as {}"),
}


def explain(code: str) -> str:
    """Return a reason or note in the language in force; `code` may carry a parameter after a colon."""
    name, _colon, parameter = code.partition(":")
    return _(_IN_WORDS[name]).format(parameter)
