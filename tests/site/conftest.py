"""Results made by hand, with invented names, and sites built from them once."""

from datetime import date
from pathlib import Path

import pytest

from phieu import words
from phieu.count.batches import BatchState
from phieu.count.question import QuestionKind
from phieu.count.statistics import BatchNumbers, FormUsed, QuestionNumbers, Statistics
from phieu.ocr.reading import Outcome
from phieu.site import building, pages
from phieu.site.results import Results, RoundResults
from phieu.vote.plan import BallotStyle, Contest, Head, Plan, Publication, Round, Unit
from phieu.vote.rules_file import load_rules
from phieu.vote.tally import ContestTally, Figures, RoundTally, StyleTally, percent
from phieu.workspace import Workspace

RULES = load_rules("NQ-96-2023-QH15")
HOSTILE = (
    "<img src=x onerror=alert(1)>",
    "[x](javascript:alert(2))",
    "| a | b |",
    "**đậm** _n_ `c` ~~x~~ {: onclick=alert(3) }",
    "<script>alert(4)</script>&lt;b&gt;",
    "1. # --- {{ 7*7 }} {% raw %}",
)


def row(
    contest: str, name: str, position: str, high: int, confidence: int, low: int, blank: int = 0
) -> ContestTally:
    """Return what one person came to, of 81 ballots."""
    votes = {"high": high, "confidence": confidence, "low": low}
    reached = (t.outcome for t in RULES.thresholds if t.reached(votes[t.option], 81))
    return ContestTally(
        contest,
        name,
        position,
        votes,
        blank,
        0,
        0,
        {o: percent(n, 81, 2) for o, n in votes.items()},
        next(reached, "none"),
    )


def style(style_id: str, title: str, *contests: ContestTally) -> StyleTally:
    """Return what the 81 ballots of a style came to."""
    return StyleTally(style_id, title, Figures(issued=81, collected=81), 81, 81, 0, 0, contests)


def a_round(
    *styles: StyleTally,
    round_id: str = "ky-hop-12",
    title: str = "Kỳ họp thứ 12",
    publish: Publication = Publication.FULL,
    still_open: tuple[str, ...] = (),
    note: str = "",
    source: str = "",
) -> RoundResults:
    """Return a round as the desk would tell it."""
    printed = tuple(
        BallotStyle(
            s.id,
            s.title,
            tuple(Contest(c.id, number, c.name, c.position) for number, c in enumerate(s.contests, start=1)),
            "",
            False,
            "A4",
        )
        for s in styles
    )
    unit = Unit("hdnd", "Hội đồng nhân dân tỉnh Minh Hải")
    plan = Round(
        round_id,
        title,
        unit,
        date(2026, 12, 7),
        "Minh Hải",
        Head.STATE,
        publish,
        RULES,
        printed,
        note,
        source,
    )
    statistics = Statistics(
        batches=(BatchNumbers("hop-1", BatchState.TAKEN, 81, 81, 82),),
        pages={outcome: {"read": 81, "blank": 1}.get(outcome, 0) for outcome in Outcome},
        questions={kind: QuestionNumbers(4, 4, 1) for kind in QuestionKind},
        ballots={s.id: 81 for s in styles},
        forms=tuple(FormUsed(s.id, "K7QJ2M4X", "ab12" * 16) for s in styles),
    )
    return RoundResults(plan, RoundTally(round_id, title, not still_open, still_open, styles), statistics)


def found(
    *rounds: RoundResults, practice: bool = False, language: str = "en", title: str = "Năm 2026"
) -> Results:
    """Return all that is published."""
    plan = Plan(title, language, (), tuple(r.plan for r in rounds), ())
    return Results(plan, practice, "c0ffee" * 10 + "beef", rounds, ())


COUNCIL = style(
    "hdnd",
    "Phiếu đối với Hội đồng nhân dân",
    row("tran-thi-mai-huong", "Trần Thị Mai Hương", "Chủ tịch Hội đồng nhân dân", 73, 6, 2),
    row("nguyen-huu-tuong", "Nguyễn Hữu Tường", "Trưởng Ban Pháp chế", 20, 18, 43),
    row("do-thi-kim-anh", "Đỗ Thị Kim Ánh", "Trưởng Ban Đô thị", 8, 18, 54, blank=1),
)
STRANGE = style(
    "la",
    "Phiếu <b onmouseover=alert(5)>lạ</b> | [y](z)",
    *(row(f"p{i}", name, HOSTILE[-1 - i], 60, 20, 1) for i, name in enumerate(HOSTILE)),
)


def built(results: Results, root: Path) -> Workspace:
    """Write and build a site of these results."""
    workspace = Workspace(root)
    with words.spoken(results.plan.language), building.aside(workspace) as staged:
        pages.write_results(results, staged.results)
        pages.write_project(results, staged.site)
        building.build(staged)
        building.swap(staged, workspace, withdrawn=[])
    return workspace


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A final round with a note, and one of strange names."""
    rounds = (
        a_round(
            COUNCIL,
            note="Ballots reconstructed & <i>totals</i> published.",
            source="https://example.vn/?a=1&b=2",
        ),
        a_round(STRANGE, round_id="dot-la", title='"Đợt" <i>lạ</i> & [a]'),
    )
    return built(found(*rounds, title="<u>Năm</u> 2026 & 'sau'"), tmp_path_factory.mktemp("site"))


@pytest.fixture(scope="session")
def draft(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A rehearsal that is not final."""
    results = found(a_round(COUNCIL, still_open=("2 questions are open.",)), practice=True, language="vi")
    return built(results, tmp_path_factory.mktemp("draft"))
