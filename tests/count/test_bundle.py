"""A results bundle comes back from its bytes as it was, and no changed one is taken."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from phieu import words
from phieu.count import canonical
from phieu.count.batches import BatchState
from phieu.count.bundle import Bundle, BundleError, Explained, read_bundle
from phieu.count.question import QuestionKind
from phieu.count.statistics import BatchNumbers, FormUsed, QuestionNumbers, Statistics
from phieu.ocr.reading import Outcome
from phieu.vote.plan import BallotStyle, Contest
from phieu.vote.rules_file import known_rules, load_rules
from phieu.vote.tally import BallotVotes, Figures, RoundTally, tally_style

STYLE = BallotStyle(
    id="hdnd",
    title="Phiếu tín nhiệm",
    contests=(Contest("an", 1, "Vũ Thị An", "Chủ tịch"), Contest("binh", 2, "Lê Bình", "Phó Chủ tịch")),
    colour="",
    seal=True,
    paper="A4",
)
ROWS = [
    {"an": "high", "binh": "low"},
    {"an": "confidence", "binh": "low"},
    {"an": "high", "binh": "blank"},
    {"an": "spoiled", "binh": "overvoted"},
]


@pytest.fixture(autouse=True)
def in_english() -> Iterator[None]:
    with words.spoken("en"):
        yield


def bundle(rules_id: str = "NQ-96-2023-QH15", collected: int = 5) -> Bundle:
    """A closed round of five ballots, one of them invalid."""
    rules = load_rules(rules_id)
    ids = [option.id for option in rules.options]
    said = [
        {
            c: row if row not in ("high", "confidence", "low") or row in ids else ids[0]
            for c, row in one.items()
        }
        for one in ROWS
    ]
    ballots = [*map(BallotVotes, said), BallotVotes({}, valid=False)]
    figures = Figures(
        members=6, summoned=6, present=5, issued=5, exchanged=0, unused=1, collected=collected, printed=6
    )
    off = collected != 5
    return Bundle(
        practice=False,
        unit="tinh",
        unit_name="Hội đồng nhân dân tỉnh Minh Hải",
        round="ky-hop-12",
        title="Kỳ họp thứ 12",
        date="2026-12-07",
        place="Minh Hải",
        rule_set=rules,
        tally=RoundTally(
            "ky-hop-12", "Kỳ họp thứ 12", True, (), (tally_style(STYLE, rules, ballots, figures, True),)
        ),
        statistics=Statistics(
            batches=(BatchNumbers("b1", BatchState.TAKEN, 5, 5, 5),),
            pages={outcome: 5 if outcome is Outcome.READ else 0 for outcome in Outcome},
            questions={kind: QuestionNumbers(2, 2, 1) for kind in QuestionKind},
            ballots={"hdnd": 5},
            forms=(FormUsed("hdnd", "ABCDEFGH", "0" * 64),),
            untold={"hdnd": 1},
            unsealed={"hdnd": 0},
        ),
        invalid={"hdnd": {"no_seal": 1}},
        decided={kind: 2 for kind in QuestionKind},
        explained=(Explained("hdnd", "hdnd/collected-read", "4 but 5.", "Đếm nhầm", "Trần A"),) * off,
        journal_head="a" * 64,
        closed_at="2026-12-07T09:30Z",
        closed_by=("Trần A", "Lê B"),
    )


def forged(change: Callable[[Any], object]) -> bytes:
    """The bundle's bytes after somebody changed something in them."""
    data = json.loads(bundle().to_bytes())
    change(data)
    return f"{canonical.dumps(data)}\n".encode()


def styles(data: Any) -> Any:
    return data["tally"]["styles"][0]


@pytest.mark.parametrize("rules_id", known_rules())
def test_a_bundle_comes_back_as_it_was_with_its_rules_and_the_order_of_its_options(rules_id: str) -> None:
    made = bundle(rules_id)
    back = Bundle.from_bytes(made.to_bytes())
    assert back == made
    assert back.rules_sha256 == made.rules_sha256
    for one, other in zip(back.tally.styles[0].contests, made.tally.styles[0].contests, strict=True):
        assert list(one.votes) == list(other.votes) and list(one.percent) == list(other.percent)
    assert list(back.statistics.questions) == list(QuestionKind) == list(back.decided)
    assert list(back.statistics.pages) == list(Outcome)


def renamed(value: Any, old: str, new: str) -> Any:
    """The same JSON with another id for something."""
    if isinstance(value, dict):
        return {new if key == old else key: renamed(one, old, new) for key, one in value.items()}
    if isinstance(value, list):
        return [renamed(one, old, new) for one in value]
    return new if value == old else value


@pytest.mark.parametrize("old", ["high", "hdnd", "an"])
def test_an_option_a_ballot_or_a_person_may_have_any_id(old: str) -> None:
    data = renamed(json.loads(bundle().to_bytes()), old, "share")
    found = Bundle.from_bytes(f"{canonical.dumps(data)}\n".encode())
    assert found.tally.styles[0].read == 5


def test_the_bytes_end_in_one_newline_and_the_fingerprint_is_their_hash_in_groups_of_four() -> None:
    made = bundle()
    assert made.to_bytes().endswith(b"}\n") and b"\n" not in made.to_bytes()[:-1]
    groups = made.fingerprint.split(" ")
    assert {len(group) for group in groups} == {4} and "".join(groups) == made.sha256


def test_a_difference_that_was_explained_is_kept_and_one_that_was_not_is_refused() -> None:
    explained = bundle(collected=4)
    assert Bundle.from_bytes(explained.to_bytes()) == explained
    with pytest.raises(BundleError, match="nobody says why"):
        Bundle.from_bytes(replace(explained, explained=()).to_bytes())


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda d: styles(d)["contests"][0]["votes"].update(high=3), "votes of Vũ Thị An do not add up"),
        (lambda d: styles(d)["contests"][0]["percent"].update(high="99.00"), "percentages or the outcome"),
        (lambda d: styles(d)["contests"][1].update(outcome="two_thirds_low"), "percentages or the outcome"),
        (lambda d: styles(d)["contests"][1].update(outcome=None), "percentages or the outcome"),
        (lambda d: styles(d).update(valid=5, invalid=0), "do not add up"),
        (lambda d: styles(d).update(undecided=1, valid=3), "do not add up"),
        (lambda d: styles(d)["figures"].update(collected=6), "nobody says why"),
        (lambda d: styles(d)["figures"].update(collected=None), "nobody says why"),
        (lambda d: styles(d)["contests"].append(styles(d)["contests"][0]), "names a person twice"),
        (lambda d: d["invalid"].update(hdnd={}), "do not add up"),
        (lambda d: d["invalid"].update(khac={}), "ballots that its round does not have"),
        (lambda d: d["statistics"]["ballots"].update(hdnd=4), "do not add up"),
        (lambda d: d["tally"].update(final=False), "not final"),
        (lambda d: d["tally"].update(open=["something"]), "not final"),
        (lambda d: d["tally"].update(styles=[]), "not at all"),
        (lambda d: d.update(round="khac"), "another round's"),
        (lambda d: d.update(closed_by=[]), "Nobody closed it"),
        (lambda d: d.update(closed_at="2026-12-07"), "day or time"),
        (lambda d: d.update(date="07/12/2026"), "day or time"),
        (lambda d: d.update(corrects="b" * 64), "incomplete"),
        (lambda d: d.update(reason="because"), "incomplete"),
        (lambda d: d.update(journal_head="short"), "incomplete"),
        (lambda d: d["rule_set"]["percent"].update(decimals=1), "percentages or the outcome"),
        (lambda d: d["rule_set"]["thresholds"][1].update(share="1/9"), "percentages or the outcome"),
        (lambda d: d["rule_set"]["thresholds"][1].update(share="1e999999999"), "no fraction"),
        (lambda d: d["rule_set"]["thresholds"][1].update(share=0.5), "no count"),
        (lambda d: d["rule_set"]["thresholds"][1].update(share=1), "no fraction"),
        (lambda d: d["rule_set"]["thresholds"][1].update(share="1/0"), "no fraction"),
        (lambda d: d["rule_set"]["eligibility"].update(quorum={"share": "9e9999999"}), "no fraction"),
        (lambda d: d.update(version=2), "of version 2"),
        (lambda d: d.update(version=True), "which version"),
        (lambda d: d.pop("place"), "place"),
        (lambda d: d.update(votes=[]), "belongs in no bundle"),
        (lambda d: styles(d).update(ballots=[]), "belongs in no bundle"),
        (lambda d: styles(d).update(read="5"), "belongs in no bundle"),
        (lambda d: styles(d).update(read=5.0), "no count"),
        (lambda d: styles(d).update(read=-5), "no count"),
        (lambda d: styles(d)["figures"].update(issued=10**30), "no count"),
        (lambda d: d.update(practice=0), "belongs in no bundle"),
    ],
)
def test_a_forged_bundle_is_refused_and_what_is_wrong_is_said(
    change: Callable[[Any], object], said: str
) -> None:
    with pytest.raises(BundleError, match=said):
        Bundle.from_bytes(forged(change))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{}",
        b"[]\n",
        b"\xff\xfe",
        b"null\n",
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b'{"version":1}\n',
        b'{"version":NaN}\n',
        b'{"version":' + b"9" * 5000 + b"}\n",
        b"PK\x03\x04",
        bundle().to_bytes().replace(b'"Minh H\xe1\xba\xa3i"', b'"\\ud800"'),
        b" " * 10_000_001,
    ],
)
def test_what_is_no_bundle_is_refused_in_a_sentence(data: bytes) -> None:
    with pytest.raises(BundleError, match="no results bundle"):
        Bundle.from_bytes(data)


def test_the_same_content_in_another_spelling_is_not_the_bundle() -> None:
    data = json.loads(bundle().to_bytes())
    for text in (json.dumps(data), canonical.dumps(data), f"{json.dumps(data, indent=1)}\n"):
        with pytest.raises(BundleError):
            Bundle.from_bytes(text.encode())


@settings(deadline=None)
@given(st.data())
def test_no_changed_byte_gives_the_same_bundle(data: st.DataObject) -> None:
    whole = bundle().to_bytes()
    place = data.draw(st.integers(0, len(whole) - 1))
    other = data.draw(st.integers(0, 255).filter(lambda byte: byte != whole[place]))
    changed = whole[:place] + bytes([other]) + whole[place + 1 :]
    try:
        found = Bundle.from_bytes(changed)
    except BundleError:
        return
    assert found.sha256 != bundle().sha256


def test_a_file_that_is_not_there_is_a_sentence_and_one_that_is_comes_back(tmp_path: Path) -> None:
    path = tmp_path / "ky-hop-12.bundle.json"
    with pytest.raises(BundleError, match="can't be read"):
        read_bundle(path)
    path.write_bytes(bundle().to_bytes())
    assert read_bundle(path) == bundle()
    path.write_bytes(bundle().to_bytes()[:-2])
    with pytest.raises(BundleError, match=r"^ky-hop-12\.bundle\.json: "):
        read_bundle(path)


def test_a_bundle_of_an_earlier_day_is_read_and_keeps_its_fingerprint() -> None:
    # Whoever adds to what a bundle holds makes a new version, and still reads this one: it may be signed.
    path = Path(__file__).parent / "bundles" / "version-1.bundle.json"
    found = read_bundle(path)
    assert found.fingerprint.startswith("20ea 6edb") and found.to_bytes() == path.read_bytes()
    assert found.explained and found.tally.styles[0].contests[0].votes == {
        "high": 2,
        "confidence": 1,
        "low": 0,
    }
