"""Ballots printed at another size than their own: said once a batch."""

from dataclasses import replace
from typing import Any

from phieu.count.desk import Desk


def test_a_batch_printed_to_fit_the_page_says_so_once(desk: Desk, fake_page: Any) -> None:
    def page(name: str, scale: float | None) -> Any:
        scan = fake_page(name)
        return replace(scan, reading=replace(scan.reading, print_scale=scale))

    fitted = desk.commit_batch("b1", 3, [page(f"p{i}", 0.97) for i in range(3)], {})
    assert sum("97 percent" in sentence for sentence in fitted.sentences) == 1
    as_designed = desk.commit_batch("b2", 2, [page("q0", 1.002), page("q1", None)], {})
    assert not any("fit to page" in sentence for sentence in as_designed.sentences)
