"""What `phieu publish` does with a closed round: its fingerprint is told, its bundle stays, a changed one is
refused.
"""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from phieu.cli.main import main
from phieu.count.bundle import read_bundle


def phieu(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["--lang", "en", *arguments])


def test_a_closed_round_is_published_with_its_fingerprint_until_anything_of_it_is_changed(
    small_vote: Path,
) -> None:
    where = ("-w", str(small_vote))
    for style in ("hdnd", "ubnd"):
        phieu("figures", "ky-hop-12", style, "--issued", "0", "--collected", "0", "--by", "A", *where)
    assert "was not closed: its results may still change" in phieu("publish", *where).output
    phieu("close", "ky-hop-12", "--by", "Trần Văn Trưởng", *where)
    path = small_vote / "results" / "ky-hop-12.bundle.json"
    bundle = read_bundle(path)
    published = phieu("publish", *where)
    assert published.exit_code == 0 and f"Fingerprint: {bundle.fingerprint}" in published.output
    assert read_bundle(path) == bundle and path.with_name(f"{path.name}.sha256").is_file()
    plan = small_vote / "plan.yaml"
    plan.write_text(
        plan.read_text(encoding="utf-8").replace("tại kỳ họp thứ 12", "tại kỳ họp thứ 13"), encoding="utf-8"
    )
    refused = phieu("publish", *where)
    assert refused.exit_code == 33 and bundle.fingerprint in refused.output


@pytest.mark.parametrize("publication", ["full", "summary"])
def test_a_difference_that_was_explained_stands_beside_the_result_and_names_nobody_in_a_summary(
    small_vote: Path, publication: str
) -> None:
    where = ("-w", str(small_vote))
    plan = small_vote / "plan.yaml"
    text = plan.read_text(encoding="utf-8")
    plan.write_text(
        text.replace("    ballots:\n", f"    publish: {publication}\n    ballots:\n"), encoding="utf-8"
    )
    phieu("figures", "ky-hop-12", "hdnd", "--issued", "1", "--collected", "1", "--by", "A", *where)
    phieu("figures", "ky-hop-12", "ubnd", "--issued", "0", "--collected", "0", "--by", "A", *where)
    explained = ("--reason", "Torn <b>to</b> pieces", "--by", "Trần Văn Trưởng")
    phieu("explain", "ky-hop-12/hdnd/collected-read", *explained, *where)
    phieu("close", "ky-hop-12", "--by", "Trần Văn Trưởng", *where)
    published = phieu("publish", *where)
    assert "có thể làm thay đổi kết luận đối với: Trần Thị Mai Hương" in published.output
    page = (small_vote / "public" / "rounds" / "ky-hop-12" / "index.html").read_text(encoding="utf-8")
    assert "được khóa kết quả khi còn số liệu chênh lệch" in page
    assert "<b>to</b>" not in page and "Trần Văn Trưởng" not in page
    assert ("thu về 1, nhưng đọc được 0" in page) is (publication == "full")
    assert ("Trần Thị Mai Hương" in page) is (publication == "full")
    people = list((small_vote / "public" / "rounds").glob("*/*/*.html"))
    assert len(people) == (7 if publication == "full" else 0)
    for person in people:
        text = person.read_text(encoding="utf-8")
        assert ("thu về 1, nhưng đọc được 0" in text) is (person.parent.name == "hdnd")
