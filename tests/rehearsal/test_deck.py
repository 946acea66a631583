import hashlib
import json
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pikepdf
import pytest

from phieu.errors import WorkspaceError
from phieu.forms.form import FormError, FrozenForm
from phieu.forms.rehearsal.deck import Deck, rehearse
from phieu.forms.rehearsal.marks import ADMISSIBLE, Mark
from phieu.forms.rehearsal.scanner import Scanner
from phieu.forms.rehearsal.votes import Ballots, PlannedMark, draw_votes
from phieu.forms.run import frozen_form
from phieu.workspace import Workspace

Forms = dict[str, FrozenForm]


def votes_for(forms: Forms, count: int = 4) -> dict[str, Ballots]:
    return {style: draw_votes(f.form, count, np.random.default_rng(4)) for style, f in forms.items()}


def made(forms: Forms, out: Path, **how: Any) -> Deck:
    votes = how.pop("votes", None) or votes_for(forms)
    return rehearse(forms, votes, Scanner.OFFICE, how.pop("seed", 1), out, workers=1, **how)


def truth_of(deck: Deck) -> dict[str, Any]:
    truth: dict[str, Any] = json.loads(deck.truth.read_text(encoding="utf-8"))
    return truth


def digests(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.mark.parametrize("scanner", Scanner)
def test_the_same_seed_gives_the_same_bytes_however_many_processes_work(
    practice_forms: Forms, tmp_path: Path, scanner: Scanner
) -> None:
    votes = votes_for(practice_forms, 8)
    for name, workers in (("one", 1), ("two", 2)):
        rehearse(practice_forms, votes, scanner, 7, tmp_path / name, workers=workers)
    assert digests(tmp_path / "one") == digests(tmp_path / "two")


def test_another_seed_gives_other_scans(practice_forms: Forms, tmp_path: Path) -> None:
    made(practice_forms, tmp_path / "one", seed=1)
    made(practice_forms, tmp_path / "two", seed=2)
    assert (
        digests(tmp_path / "one")["hdnd/jpeg/hdnd-0001.jpg"]
        != digests(tmp_path / "two")["hdnd/jpeg/hdnd-0001.jpg"]
    )


def test_truth_covers_every_field_of_every_page_once_as_picture_and_in_the_pdf(
    practice_forms: Forms, tmp_path: Path
) -> None:
    deck = made(practice_forms, tmp_path / "deck")
    pages = truth_of(deck)["pages"]
    for style in deck.styles:
        fields = {(f.contest, f.option) for f in practice_forms[style.style].form.fields}
        mine = [page for page in pages if page["style"] == style.style]
        assert all({(f["contest"], f["option"]) for f in page["fields"]} == fields for page in mine)
        assert all(len(page["fields"]) == len(fields) for page in mine)
        pictures = [page for page in mine if page["source"].endswith(".jpg")]
        bound = [page for page in mine if page["source"].endswith(".pdf")]
        assert sorted(page["ballot"] for page in pictures) == [1, 2, 3, 4]
        assert [page["index"] for page in bound] == [0, 1, 2, 3]
        assert [page["ballot"] for page in bound] == [page["ballot"] for page in pictures]
        assert {page["source"] for page in pictures} == {
            path.relative_to(tmp_path / "deck").as_posix() for path in style.jpegs.glob("*.jpg")
        }


def test_truth_says_of_each_mark_what_its_kind_admits(practice_forms: Forms, tmp_path: Path) -> None:
    form = practice_forms["hdnd"].form
    kinds = list(Mark)
    fields = form.fields[: len(kinds)]
    marks = tuple(PlannedMark(f.contest, f.option, kind) for f, kind in zip(fields, kinds, strict=True))
    deck = made({"hdnd": practice_forms["hdnd"]}, tmp_path / "deck", votes={"hdnd": (marks, ())})
    for page in truth_of(deck)["pages"]:
        for field in page["fields"]:
            assert field["admissible"] == list(ADMISSIBLE[Mark(field["mark"]) if field["mark"] else None])
        marked = Counter(field["mark"] for field in page["fields"])
        assert marked == (Counter(kinds) if page["ballot"] == 1 else Counter({None: len(form.fields)}))


def test_the_pdf_holds_the_very_same_pictures_on_pages_of_the_paper_s_size(
    practice_forms: Forms, tmp_path: Path
) -> None:
    style = made(practice_forms, tmp_path / "deck").styles[0]
    with pikepdf.open(style.pdf) as pdf:
        inside = [page.Resources.XObject.Scan.read_raw_bytes() for page in pdf.pages]
        assert [float(side) for side in pdf.pages[0].MediaBox[2:]] == pytest.approx([595.3, 841.9], abs=0.8)
    assert inside == [path.read_bytes() for path in sorted(style.jpegs.glob("*.jpg"))]


def test_ballots_lie_in_the_deck_in_random_order(practice_forms: Forms, tmp_path: Path) -> None:
    one = {"hdnd": practice_forms["hdnd"]}
    deck = made(one, tmp_path / "deck", votes={"hdnd": ((),) * 12})
    order = [page["ballot"] for page in truth_of(deck)["pages"][:12]]
    assert sorted(order) == list(range(1, 13))
    assert order != sorted(order)


def test_an_earlier_deck_is_replaced_whole(practice_forms: Forms, tmp_path: Path) -> None:
    made(practice_forms, tmp_path / "deck", votes=votes_for(practice_forms, 6))
    one = {"hdnd": practice_forms["hdnd"]}
    made(one, tmp_path / "deck", votes=votes_for(one, 2))
    assert len(list((tmp_path / "deck").rglob("*.jpg"))) == 2
    assert len(list((tmp_path / "deck").rglob("*.pdf"))) == 1


def test_a_deck_that_was_broken_off_is_replaced_too(practice_forms: Forms, tmp_path: Path) -> None:
    whole = made(practice_forms, tmp_path / "deck")
    before = digests(tmp_path / "deck")
    whole.truth.unlink()
    made(practice_forms, tmp_path / "deck")
    assert digests(tmp_path / "deck") == before


def test_a_folder_with_other_things_in_it_is_left_alone(practice_forms: Forms, tmp_path: Path) -> None:
    (tmp_path / "deck" / "holiday").mkdir(parents=True)
    (tmp_path / "deck" / "holiday" / "beach.jpg").write_bytes(b"x")
    before = digests(tmp_path)
    with pytest.raises(WorkspaceError):
        made(practice_forms, tmp_path / "deck")
    assert digests(tmp_path) == before


def test_a_file_in_the_place_of_the_folder_is_told(practice_forms: Forms, tmp_path: Path) -> None:
    (tmp_path / "deck").write_text("x")
    with pytest.raises(WorkspaceError):
        made(practice_forms, tmp_path / "deck")


def test_progress_is_told_page_by_page(practice_forms: Forms, tmp_path: Path) -> None:
    told: list[int] = []
    made(practice_forms, tmp_path / "deck", on_page=lambda: told.append(1))
    assert len(told) == 8


def test_no_ballots_are_filled_in_that_would_pass_for_real_ones(small_vote: Path, tmp_path: Path) -> None:
    workspace = Workspace.open(small_vote)
    a_round = workspace.plan().rounds[0]
    real = frozen_form(workspace, a_round, a_round.styles[0], practice=False)
    with pytest.raises(FormError):
        made({"hdnd": real}, tmp_path / "deck", votes={"hdnd": ((),)})
    assert not (tmp_path / "deck").exists()
