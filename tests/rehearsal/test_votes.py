from pathlib import Path

import numpy as np
import pytest

from phieu.errors import ExitCode
from phieu.forms.form import Box, Field, FieldKind, Form, Frame
from phieu.forms.rehearsal.marks import CLEAR, Mark
from phieu.forms.rehearsal.votes import Ballots, VotesError, draw_votes
from phieu.forms.rehearsal.votes_file import read_votes

HEADER = "style,ballot,contest,option,mark\n"


def form(rows: int) -> Form:
    """A form with three boxes a row."""
    fields = tuple(
        Field(f"nguoi-{row}", option, 1, FieldKind.CHECK, Box(120 + 20 * column, 60 + 12 * row, 6, 6))
        for row in range(1, rows + 1)
        for column, option in enumerate(("high", "confidence", "low"))
    )
    frame = Frame({}, Box(97, 270, 15, 15), Box(70, 286, 64, 4), Box(18, 18, 45, 35))
    return Form("ABCDEFGH", "", True, (210, 297), 1, fields, (), frame)


FORMS = {"hdnd": form(3), "ubnd": form(2)}


def read(tmp_path: Path, text: str | bytes) -> dict[str, Ballots]:
    path = tmp_path / "votes.csv"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return read_votes(path, FORMS)


def test_marks_are_gathered_by_ballot_and_an_empty_ballot_can_be_said(tmp_path: Path) -> None:
    votes = read(tmp_path, HEADER + "hdnd,2,,,\nhdnd,1,nguoi-1,high,cross\nhdnd,1,nguoi-1,low,dot\n")
    assert [[(m.contest, m.option, m.mark) for m in ballot] for ballot in votes["hdnd"]] == [
        [("nguoi-1", "high", Mark.CROSS), ("nguoi-1", "low", Mark.DOT)],
        [],
    ]


def test_excel_s_semicolons_byte_order_mark_and_line_ends_are_understood(tmp_path: Path) -> None:
    text = "\ufeffStyle;Ballot;Contest;Option;Mark\r\nhdnd;1;nguoi-1;high;tick\r\n"
    assert len(read(tmp_path, text)["hdnd"]) == 1


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ("xã,1,nguoi-1,high,cross\n", ["line 2", "“xã”", "hdnd, ubnd"]),
        ("hdnd,0,nguoi-1,high,cross\n", ["line 2", "“0”", "from 1 to"]),
        ("hdnd,-5,nguoi-1,high,cross\n", ["line 2", "“-5”"]),
        ("hdnd,99999999999999,nguoi-1,high,cross\n", ["line 2", "from 1 to"]),
        ("hdnd,1.5,nguoi-1,high,cross\n", ["line 2", "“1.5”"]),
        ("hdnd,1,nguoi-9,high,cross\n", ["line 2", "“nguoi-9”", "nguoi-1, nguoi-2, nguoi-3"]),
        ("ubnd,1,nguoi-3,high,cross\n", ["line 2", "“nguoi-3”", "nguoi-1, nguoi-2"]),
        ("hdnd,1,nguoi-1,yes,cross\n", ["line 2", "“yes”", "high"]),
        ("hdnd,1,nguoi-1,high,kreuz\n", ["line 2", "“kreuz”", "cross, tick"]),
        ("hdnd,1,nguoi-1,high,\n", ["line 2", "“”"]),
        ("hdnd,1,nguoi-1,high,cross\nhdnd,1,nguoi-1,high,tick\n", ["line 3", "already"]),
        ("hdnd,1,,,\nhdnd,3,,,\n", ["ballot 2", "hdnd,2,,,"]),
        ("", ["no votes"]),
    ],
)
def test_an_error_names_the_line_and_what_to_write(tmp_path: Path, rows: str, told: list[str]) -> None:
    with pytest.raises(VotesError) as caught:
        read(tmp_path, HEADER + rows)
    assert caught.value.exit_code is ExitCode.BAD_VOTES
    assert [part for part in told if part not in caught.value.message] == []


def test_all_errors_are_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(VotesError) as caught:
        read(tmp_path, HEADER + "a,1,b,c,d\nhdnd,1,nguoi-1,high,cross\nhdnd,1,b,c,d\n")
    assert "line 2" in caught.value.message
    assert "line 4" in caught.value.message


def test_a_thousand_errors_are_not_all_printed(tmp_path: Path) -> None:
    with pytest.raises(VotesError) as caught:
        read(tmp_path, HEADER + "a,1,b,c,d\n" * 1000)
    assert len(caught.value.message.splitlines()) < 30
    assert "980" in caught.value.message


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"ballot,contest\n1,2\n",
        b"\xff\xfe\x00\x01",
        "kiểu,phiếu\n".encode("utf-16"),
        b"\x89PNG\r\n\x1a\n\0\0",
    ],
)
def test_what_is_no_votes_file_is_refused_in_a_sentence(tmp_path: Path, raw: bytes) -> None:
    with pytest.raises(VotesError):
        read(tmp_path, raw)


def test_a_cell_of_a_million_characters_is_refused_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(VotesError):
        read(tmp_path, HEADER + "hdnd,1," + "x" * 1_000_000 + ",high,cross\n")


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(VotesError, match=r"nowhere\.csv"):
        read_votes(tmp_path / "nowhere.csv", FORMS)


def test_random_votes_are_mostly_one_clear_mark_a_row_with_some_of_every_trouble() -> None:
    ballots = draw_votes(form(20), 500, np.random.default_rng(1))
    marks = [mark for ballot in ballots for mark in ballot]
    kinds = {mark.mark for mark in marks}
    assert kinds == set(Mark)
    assert sum(mark.mark in CLEAR for mark in marks) > 0.97 * len(marks)
    assert any(not ballot for ballot in ballots)
    assert {mark.option for mark in marks} == {"high", "confidence", "low"}


@pytest.mark.parametrize("count", [0, -5, 10**9])
def test_a_count_of_ballots_that_makes_no_sense_is_refused(count: int) -> None:
    with pytest.raises(VotesError):
        draw_votes(form(2), count, np.random.default_rng(1))
