import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from phieu.cli.main import main
from phieu.errors import ExitCode


def rehearse(vote: Path, *arguments: str) -> Result:
    return CliRunner().invoke(main, ["--lang", "en", "rehearse", "-w", str(vote), *arguments])


def test_a_rehearsal_says_what_it_wrote_and_how_to_read_it(small_vote: Path) -> None:
    result = rehearse(small_vote, "ky-hop-12", "--ballots", "2", "--scanner", "copier", "--seed", "3")
    assert result.exit_code == 0, result.output
    deck = small_vote.resolve() / "practice" / "deck" / "ky-hop-12"
    assert (
        f"phieu read --practice -w {small_vote} --batch hdnd --sheets 2 {deck / 'hdnd' / 'scan.pdf'}"
        in result.output
    )
    assert json.loads((deck / "truth.json").read_text(encoding="utf-8"))["styles"].keys() == {"hdnd", "ubnd"}


def test_one_style_can_be_rehearsed_from_the_votes_of_a_round(small_vote: Path, tmp_path: Path) -> None:
    votes = tmp_path / "votes.csv"
    votes.write_text(
        "style,ballot,contest,option,mark\n"
        "hdnd,1,le-quang-dinh,high,cross\n"
        "ubnd,1,vo-minh-dang,low,tick\n"
        "ubnd,2,,,\n",
        encoding="utf-8",
    )
    out = tmp_path / "deck"
    result = rehearse(small_vote, "ky-hop-12", "ubnd", "--votes", str(votes), "--out", str(out))
    assert result.exit_code == 0, result.output
    assert sorted(path.name for path in out.rglob("*.jpg")) == ["ubnd-0001.jpg", "ubnd-0002.jpg"]
    assert not (small_vote / "practice").exists()


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["nowhere"], ExitCode.USAGE, "ky-hop-12"),
        (["ky-hop-12", "nothing"], ExitCode.USAGE, "hdnd, ubnd"),
        (["ky-hop-12", "--ballots", "0"], ExitCode.BAD_VOTES, "from 1 to"),
        (["ky-hop-12", "--ballots", "-5"], ExitCode.BAD_VOTES, "from 1 to"),
        (["ky-hop-12", "--seed", "-1"], ExitCode.USAGE, "--seed"),
        (["ky-hop-12", "--scanner", "camera"], ExitCode.USAGE, "office"),
    ],
)
def test_what_can_t_be_rehearsed_is_told(
    small_vote: Path, arguments: list[str], code: ExitCode, told: str
) -> None:
    result = rehearse(small_vote, *arguments)
    assert result.exit_code == code
    assert told in result.output
    assert "Traceback" not in result.output


def test_bad_votes_end_in_their_own_exit_code_and_write_nothing(small_vote: Path, tmp_path: Path) -> None:
    votes = tmp_path / "votes.csv"
    votes.write_text("style,ballot,contest,option,mark\nhdnd,1,nobody,high,cross\n", encoding="utf-8")
    result = rehearse(small_vote, "ky-hop-12", "--votes", str(votes))
    assert result.exit_code == ExitCode.BAD_VOTES
    assert "line 2" in result.output
    assert not (small_vote / "practice").exists()
