"""What `phieu publish` does with a closed round: its fingerprint is told, its bundle stays, a changed one is
refused.
"""

from pathlib import Path

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
