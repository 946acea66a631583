"""Draws this example's ballots, votes.csv and answers.csv, so that the totals are exactly the published ones.

    python examples/tp-hcm-2023/draw.py

Nobody knows, or should know, how a single deputy voted. So each person's published votes are dealt out over
the 81 ballots by chance, with a fixed seed. Each voter has a habit, cross or tick, as the ballot asks for.
Six rows get marks that only a person can decide, two of each kind: a correction, a second mark that was only
begun, a pen rest and nothing else. They are planted here, by kind, before anything is read; what people
answer to them stands in answers.csv.
"""

import csv
import random
from pathlib import Path

BALLOTS = 81
SEED = 20231207
OPTIONS = ("high", "confidence", "low")
HABITS = ("cross",) * 17 + ("tick",) * 3

# (kind, style, place in the style's list): what the voter meant is whatever the ballot was dealt in that row.
PLANTED = (
    ("correction", "hdnd", 1),
    ("second mark", "hdnd", 3),
    ("pen rest", "ubnd", 0),
    ("correction", "ubnd", 4),
    ("second mark", "ubnd", 8),
    ("pen rest", "ubnd", 11),
)
PEOPLE_WHO_DECIDE = ("Ban kiểm phiếu (diễn lại)",)


def draw(published: list[dict[str, str]]) -> tuple[list[tuple[str, ...]], list[tuple[str, ...]]]:
    """Return the rows of votes.csv and of answers.csv for the published totals."""
    chance = random.Random(SEED)
    contests: dict[str, list[dict[str, str]]] = {}
    for row in published:
        contests.setdefault(row["style"], []).append(row)
    votes: list[tuple[str, ...]] = []
    answers: list[tuple[str, ...]] = []
    for style, rows in contests.items():
        habits = [chance.choice(HABITS) for _ in range(BALLOTS)]
        dealt = {row["contest"]: _deal(row, chance) for row in rows}
        planted = {
            (chance.randrange(BALLOTS), rows[place]["contest"]): kind
            for kind, s, place in PLANTED
            if s == style
        }
        for ballot in range(BALLOTS):
            for contest, options in dealt.items():
                meant = options[ballot]
                kind = planted.get((ballot, contest))
                for option, mark in _marks(kind, meant, habits[ballot], chance):
                    votes.append((style, str(ballot + 1), contest, option, mark))
                if kind:
                    answers.append((style, str(ballot + 1), contest, meant, *PEOPLE_WHO_DECIDE))
    return votes, answers


def _deal(row: dict[str, str], chance: random.Random) -> list[str]:
    """Return one person's published votes in an order of chance, one a ballot."""
    options = [option for option in OPTIONS for _ in range(int(row[option]))]
    if len(options) != BALLOTS:
        raise ValueError(f"{row['name']}: {len(options)} votes on {BALLOTS} ballots")
    chance.shuffle(options)
    return options


def _marks(kind: str | None, meant: str, habit: str, chance: random.Random) -> list[tuple[str, str]]:
    """Return the marks in one row, as (option, mark)."""
    other = chance.choice([option for option in OPTIONS if option != meant])
    match kind:
        case None:
            return [(meant, habit)]
        case "correction":
            return [(other, "scribble"), (meant, "cross")]
        case "second mark":
            return [(other, "faint"), (meant, "cross")]
        case "pen rest":
            return [(meant, "dot")]
        case _:
            raise ValueError(kind)


def main() -> None:
    """Write both files beside this one."""
    here = Path(__file__).parent
    with (here / "published.csv").open(encoding="utf-8", newline="") as file:
        votes, answers = draw(list(csv.DictReader(file)))
    for name, heading, rows in (
        ("votes.csv", ("style", "ballot", "contest", "option", "mark"), votes),
        ("answers.csv", ("style", "ballot", "contest", "answer", "by"), answers),
    ):
        with (here / name).open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(heading)
            writer.writerows(rows)


if __name__ == "__main__":
    main()
