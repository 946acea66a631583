"""A run whose totals differ from the published ones is not published."""

from pathlib import Path

import pytest

from phieu.site.expected import ResultsDiffer, UnusableFigures, refuse_if_different

from .conftest import COUNCIL, a_round, found

RIGHT = """\
style,contest,name,high,confidence,low
hdnd,tran-thi-mai-huong,Trần Thị Mai Hương,73,6,2
hdnd,nguyen-huu-tuong,,20,18,43
hdnd,do-thi-kim-anh,Đỗ Thị Kim Ánh,8,18,54
"""


def held_against(tmp_path: Path, table: str) -> None:
    path = tmp_path / "published.csv"
    path.write_text(table, encoding="utf-8-sig")
    refuse_if_different(found(a_round(COUNCIL)), path)


def test_the_same_totals_pass(tmp_path: Path) -> None:
    held_against(tmp_path, RIGHT)


def test_every_difference_is_named(tmp_path: Path) -> None:
    with pytest.raises(ResultsDiffer) as refused:
        held_against(tmp_path, RIGHT.replace("73,6,2", "72,7,2"))
    assert "Trần Thị Mai Hương (ky-hop-12 / hdnd / tran-thi-mai-huong), high: " in refused.value.message
    assert "73" in refused.value.message and "72" in refused.value.message
    assert "confidence" in refused.value.message and ", low" not in refused.value.message
    assert refused.value.exit_code == 31


@pytest.mark.parametrize(
    ("table", "told"),
    [
        (RIGHT.replace("hdnd,nguyen-huu-tuong,,20,18,43\n", ""), "Nguyễn Hữu Tường"),
        (RIGHT + "ubnd,vo-minh-dang,,1,2,3\n", "ubnd / vo-minh-dang"),
        (RIGHT + "hdnd,nguyen-huu-tuong,,20,18,43\n", "hdnd / nguyen-huu-tuong"),
        (RIGHT.replace("Trần Thị Mai Hương", "Trần Thị Mai"), "Trần Thị Mai"),
    ],
)
def test_missing_added_doubled_and_renamed_people_are_differences(
    tmp_path: Path, table: str, told: str
) -> None:
    with pytest.raises(ResultsDiffer, match=told):
        held_against(tmp_path, table)


@pytest.mark.parametrize(
    "table", ["", "style,contest\nhdnd,a\n", "a,b\n1,2\n", RIGHT.replace("73", "-73"), "\0"]
)
def test_a_table_that_cannot_be_read_is_refused(tmp_path: Path, table: str) -> None:
    with pytest.raises(UnusableFigures) as refused:
        held_against(tmp_path, table)
    assert refused.value.exit_code == 22


@pytest.mark.parametrize("lacking", ["high", "confidence", "low"])
def test_a_table_without_a_column_for_every_option_is_refused(tmp_path: Path, lacking: str) -> None:
    lines = [line.split(",") for line in RIGHT.splitlines()]
    place = lines[0].index(lacking)
    table = "\n".join(",".join(line[:place] + line[place + 1 :]) for line in lines)
    with pytest.raises(UnusableFigures, match=rf" {lacking}\b") as refused:
        held_against(tmp_path, table)
    assert "style,contest,high,confidence,low" in refused.value.hint
