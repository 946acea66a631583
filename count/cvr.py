"""Cast vote records: each ballot of a round for itself, as JSON of NIST SP 1500-103 version 1.0. Pure.

Goes out: what each ballot says after the rules and people's decisions, in random order. Nothing else of it:
no page, no batch, no number, no time, not which rows people were asked about; of an invalid ballot, only that
it is invalid. Nevertheless a ballot with many rows has a pattern that hardly another has, so this file can
tell a voter who was told to make a certain pattern from one who did not. It is for auditors, never for
publication.

Source: NIST Special Publication 1500-103 (2020), https://doi.org/10.6028/NIST.SP.1500-103; a person voted on
with several options is a ballot measure there, and the options are its selections.
"""

import json
import secrets
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from .. import __version__
from ..vote.basis import spoken
from ..vote.plan import BallotStyle, Contest, Round
from ..vote.rules import BLANK, OVERVOTED, RuleSet
from ..vote.tally import SPOILED, BallotVotes

Cast = tuple[str, BallotVotes]
"""A ballot style's id, and what one ballot of it says."""

VERSION = "1.0.0"
DEVICE = "phieu"
PRACTICE = "practice"
INVALID = "invalid"

STATUS = {BLANK: "not-indicated", OVERVOTED: "overvoted", SPOILED: "invalidated-rules"}
"""What a row says that is no option, and its `ContestStatus`."""

_NOTE = (
    "Each ballot as counted, after the rules and people's decisions, in random order. Never to be published: "
    "a ballot's pattern may tell whose it is."
)


def shuffled(ballots: Iterable[Cast]) -> list[Cast]:
    """Return the ballots in an order drawn from the system's own source of chance."""
    in_order = list(ballots)
    secrets.SystemRandom().shuffle(in_order)
    return in_order


def alone(ballots: Iterable[Cast]) -> int:
    """Return how many ballots say what no other ballot of their style says."""
    alike = Counter((style, votes.valid, tuple(votes.rows.values())) for style, votes in ballots)
    return sum(count == 1 for count in alike.values())


def written(a_round: Round, practice: bool, ballots: Iterable[Cast], at: datetime) -> Iterator[str]:
    """Yield the file's text, a piece at a time.

    Args:
        a_round: the round.
        practice: whether it was a rehearsal; then the report is of type `practice`.
        ballots: in random order (`shuffled`); each valid or invalid, nothing undecided.
        at: when the file was made; the standard asks for it.
    """
    head = json.dumps(_head(a_round, practice, at), ensure_ascii=False, indent=1)
    styles = {style.id: style for style in a_round.styles}
    yield head.removesuffix("\n}") + ',\n "CVR": ['
    for number, (style, votes) in enumerate(ballots, start=1):
        yield ",\n" if number > 1 else "\n"
        record = _record(a_round, styles[style], votes, number)
        yield json.dumps(record, ensure_ascii=False, separators=(",", ":"))
    yield "\n ]\n}\n"


def contest_id(style: str, contest: str) -> str:
    """Return what a row of a ballot style is called in the file; ids of a plan have no full stop."""
    return f"{style}.{contest}"


def selection_id(style: str, contest: str, option: str) -> str:
    """Return what an option of a row is called in the file."""
    return f"{style}.{contest}.{option}"


def _head(a_round: Round, practice: bool, at: datetime) -> dict[str, Any]:
    contests = [_contest(style, one, a_round.rules) for style in a_round.styles for one in style.contests]
    election = {
        "@type": "CVR.Election",
        "@id": a_round.id,
        "Name": a_round.title,
        "ElectionScopeId": a_round.unit.id,
        "Contest": contests,
    }
    unit = {
        "@type": "CVR.GpUnit",
        "@id": a_round.unit.id,
        "Name": a_round.unit.name,
        "Type": "other",
        "OtherType": "voting body",
    }
    kind: dict[str, Any] = {"ReportType": ["adjudicated"]}
    if practice:
        kind = {"ReportType": ["adjudicated", "other"], "OtherReportType": PRACTICE}
    return {
        "@type": "CVR.CastVoteRecordReport",
        "Version": VERSION,
        **kind,
        "GeneratedDate": at.strftime("%Y-%m-%dT%H:%M:00Z"),
        "Notes": _NOTE,
        "ReportGeneratingDeviceIds": [DEVICE],
        "ReportingDevice": [
            {"@type": "CVR.ReportingDevice", "@id": DEVICE, "Application": f"Phiếu {__version__}"}
        ],
        "GpUnit": [unit],
        "Election": [election],
    }


def _contest(style: BallotStyle, contest: Contest, rules: RuleSet) -> dict[str, Any]:
    return {
        "@type": "CVR.BallotMeasureContest",
        "@id": contest_id(style.id, contest.id),
        "Name": contest.name,
        "ContestSelection": [
            {
                "@type": "CVR.BallotMeasureSelection",
                "@id": selection_id(style.id, contest.id, option.id),
                "Selection": spoken(option.label),
            }
            for option in rules.options
        ],
    }


def _record(a_round: Round, style: BallotStyle, votes: BallotVotes, number: int) -> dict[str, Any]:
    snapshot: dict[str, Any] = {"@type": "CVR.CVRSnapshot", "@id": f"ballot-{number}", "Type": "interpreted"}
    if votes.valid is None:
        raise ValueError("a ballot about which a question is open is no cast vote record")
    if votes.valid:
        snapshot["CVRContest"] = [_row(style.id, one.id, votes.rows[one.id]) for one in style.contests]
    else:
        snapshot |= {"Status": ["other"], "OtherStatus": INVALID}
    return {
        "@type": "CVR.CVR",
        "BallotStyleId": style.id,
        "ElectionId": a_round.id,
        "CurrentSnapshotId": snapshot["@id"],
        "CVRSnapshot": [snapshot],
    }


def _row(style: str, contest: str, said: str) -> dict[str, Any]:
    row: dict[str, Any] = {"@type": "CVR.CVRContest", "ContestId": contest_id(style, contest)}
    if said in STATUS:
        return row | {"Status": [STATUS[said]]}
    position = {
        "@type": "CVR.SelectionPosition",
        "HasIndication": "yes",
        "NumberVotes": 1,
        "IsAllocable": "yes",
    }
    selection = {
        "@type": "CVR.CVRContestSelection",
        "ContestSelectionId": selection_id(style, contest, said),
        "SelectionPosition": [position],
    }
    return row | {"CVRContestSelection": [selection]}
