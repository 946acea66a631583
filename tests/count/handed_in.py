"""Results bundles as units hand them in, made for a round of a plan without counting any paper."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from random import Random

from phieu.count.bundle import Bundle, Explained
from phieu.count.question import QuestionKind
from phieu.count.statistics import FormUsed, QuestionNumbers, Statistics
from phieu.ocr.reading import Outcome
from phieu.vote.plan import Round
from phieu.vote.tally import BallotVotes, Figures, RoundTally, tally_style

COLLECTED = 9


def a_bundle(a_round: Round, seed: int = 1, practice: bool = False, collected: int = COLLECTED) -> Bundle:
    """Return the bundle of a closed round in which nine ballots were marked at random.

    Where more are said to be collected, the difference is explained.
    """
    chance = Random(f"{a_round.id} {seed}")
    options = [option.id for option in a_round.rules.options]
    figures = Figures(members=12, summoned=12, present=10, issued=10, collected=collected)
    styles = []
    for style in a_round.styles:
        rows = [
            {contest.id: chance.choice([*options, options[0]]) for contest in style.contests}
            for _ in range(COLLECTED)
        ]
        styles.append(tally_style(style, a_round.rules, map(BallotVotes, rows), figures, final=True))
    counts: Mapping[str, int] = {style.id: COLLECTED for style in a_round.styles}
    return Bundle(
        practice=practice,
        unit=a_round.unit.id,
        unit_name=a_round.unit.name,
        round=a_round.id,
        title=a_round.title,
        date=a_round.date.isoformat(),
        place=a_round.place,
        rule_set=a_round.rules,
        tally=RoundTally(a_round.id, a_round.title, True, (), tuple(styles)),
        statistics=Statistics(
            batches=(),
            pages=dict.fromkeys(Outcome, 0),
            questions={kind: QuestionNumbers(0, 0, 0) for kind in QuestionKind},
            ballots=counts,
            forms=tuple(FormUsed(style.id, "ABCDEFGH", "0" * 64) for style in a_round.styles),
        ),
        invalid={style.id: {} for style in a_round.styles},
        decided=dict.fromkeys(QuestionKind, 0),
        explained=tuple(
            Explained(style.id, f"{style.id}/collected-read", "10 but 9.", "Một phiếu rách", "Trần A")
            for style in a_round.styles
            if collected != COLLECTED
        ),
        journal_head="a" * 64,
        closed_at="2023-12-07T09:30Z",
        closed_by=("Trần A", "Lê B"),
    )


def corrected(bundle: Bundle, a_round: Round, seed: int = 2) -> Bundle:
    """Return what the unit closed after it had opened the round again."""
    return replace(
        a_bundle(a_round, seed, bundle.practice), corrects=bundle.sha256, reason="Đếm thiếu một phiếu"
    )


def handed_in(bundle: Bundle, folder: Path, name: str = "") -> Path:
    """Write a bundle and its hash as `phieu close` does; return the bundle's file."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / (name or f"{bundle.round}.bundle.json")
    path.write_bytes(bundle.to_bytes())
    path.with_name(f"{path.name}.sha256").write_text(f"{bundle.sha256}  {path.name}\n", "utf-8")
    return path
