"""A closed round with invented names: an invalid ballot, invalid rows, and both outcomes."""

from dataclasses import replace
from datetime import date

from phieu.count.batches import BatchState
from phieu.count.bundle import Bundle, Explained
from phieu.count.question import QuestionKind
from phieu.count.statistics import BatchNumbers, FormUsed, QuestionNumbers, Statistics
from phieu.ocr.reading import Outcome
from phieu.vote.plan import BallotStyle, Contest, Head, Publication, Round, Unit
from phieu.vote.rules_file import load_rules
from phieu.vote.tally import BallotVotes, Figures, RoundTally, StyleTally, tally_style

RULES = load_rules("NQ-96-2023-QH15")
PEOPLE = (
    ("tran-thi-mai-huong", "Trần Thị Mai Hương", "Chủ tịch Hội đồng nhân dân"),
    ("nguyen-huu-tuong", "Nguyễn Hữu Tường", "Trưởng Ban Pháp chế"),
    ("do-thi-kim-anh", "Đỗ Thị Kim Ánh", "Trưởng Ban Đô thị"),
)
STYLE = BallotStyle(
    "hdnd",
    "Phiếu tín nhiệm đối với Hội đồng nhân dân",
    tuple(Contest(key, n, name, position) for n, (key, name, position) in enumerate(PEOPLE, start=1)),
    "",
    True,
    "A4",
)
ROUND = Round(
    "ky-hop-12",
    "Lấy phiếu tín nhiệm tại kỳ họp thứ 12",
    Unit("hdnd", "Hội đồng nhân dân tỉnh Minh Hải"),
    date(2026, 12, 7),
    "Minh Hải",
    Head.STATE,
    Publication.FULL,
    RULES,
    (STYLE,),
)
FIGURES = Figures(
    members=95, summoned=94, present=85, printed=100, issued=84, exchanged=1, unused=15, collected=82
)
EXPLANATION = "Hai đại biểu giữ phiếu lại, đã lập biên bản riêng"
LOW = (2, 43, 55)


def ballots(low: tuple[int, int, int] = LOW) -> list[BallotVotes]:
    """Return 81 valid ballots and one that is not; person by person as many are low, six more confidence."""

    def row(person: int, ballot: int) -> str:
        if person == 2 and ballot >= 78:
            return ("blank", "overvoted", "spoiled")[ballot - 78]
        return "low" if ballot < low[person] else "confidence" if ballot < low[person] + 6 else "high"

    valid = [BallotVotes({key: row(n, b) for n, (key, *_) in enumerate(PEOPLE)}) for b in range(81)]
    return [*valid, BallotVotes({key: "high" for key, *_ in PEOPLE}, valid=False)]


def tallied(low: tuple[int, int, int] = LOW, figures: Figures = FIGURES) -> StyleTally:
    """Return what they come to."""
    return tally_style(STYLE, RULES, ballots(low), figures, final=True)


def closed(
    tally: StyleTally | None = None, practice: bool = False, corrects: str = "", reason: str = ""
) -> Bundle:
    """Return the results bundle, checked as one from outside would be."""
    style = tally or tallied()
    bundle = Bundle(
        practice=practice,
        unit=ROUND.unit.id,
        unit_name=ROUND.unit.name,
        round=ROUND.id,
        title=ROUND.title,
        date=ROUND.date.isoformat(),
        place=ROUND.place,
        rule_set=RULES,
        tally=RoundTally(ROUND.id, ROUND.title, True, (), (style,)),
        statistics=Statistics(
            batches=(BatchNumbers("hop-1", BatchState.TAKEN, 82, 82, 83),),
            pages={outcome: {"read": 82, "blank": 1}.get(str(outcome), 0) for outcome in Outcome},
            questions={kind: QuestionNumbers(7, 7, 1) for kind in QuestionKind},
            ballots={style.id: style.read},
            forms=(FormUsed(style.id, "K7QJ2M4X", "ab12" * 16),),
            untold={style.id: 0},
            unsealed={style.id: 3},
        ),
        invalid={style.id: {"no_seal": 1}},
        decided={"row": 7},
        explained=(
            Explained("hdnd", "hdnd/issued-collected", "84 issued, 82 collected.", EXPLANATION, "Lê Văn Tọa"),
        ),
        journal_head="c0ff" * 16,
        closed_at="2026-12-07T03:42Z",
        closed_by=("Trần Văn Minh", "Lê Thị Hoa"),
        corrects=corrects,
        reason=reason,
    )
    return Bundle.from_bytes(bundle.to_bytes())


def renamed(name: str, position: str) -> tuple[Round, Bundle]:
    """Return the round and its bundle with another first person."""
    contests = (replace(STYLE.contests[0], name=name, position=position), *STYLE.contests[1:])
    style = replace(STYLE, contests=contests)
    a_round = replace(ROUND, styles=(style,))
    tally = tally_style(style, RULES, ballots(), FIGURES, final=True)
    return a_round, closed(tally)
