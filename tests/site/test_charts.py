"""Charts tell the counts as text, and the thresholds where they are."""

import re
from fractions import Fraction
from xml.etree import ElementTree as ET

import pytest

from phieu import words
from phieu.site.charts import least, person_chart, style_chart
from phieu.site.drawing import Caption

from .conftest import COUNCIL, RULES, STRANGE

SVG = "{http://www.w3.org/2000/svg}"
CAPTION = Caption("Phiếu <b>tín nhiệm</b>", "Minh Hải & nơi khác", "Nguồn: kiểm phiếu", "DIỄN TẬP")


def texts(svg: str) -> list[str]:
    """Return every line of text in the picture."""
    return [
        element.text or ""
        for element in ET.fromstring(svg).iter()
        if element.tag in (f"{SVG}text", f"{SVG}tspan")
    ]


@pytest.mark.parametrize("narrow", [False, True])
def test_a_chart_holds_every_name_and_count_as_text(narrow: bool) -> None:
    said = texts(style_chart(COUNCIL, RULES, 81, CAPTION, narrow))
    for number, contest in enumerate(COUNCIL.contests, start=1):
        assert f"{number}. {contest.name}" in said
        assert str(contest.votes["low"]) in said
        assert str(contest.votes["high"]) in said
    assert {"DIỄN TẬP", "Phiếu <b>tín nhiệm</b>", "Nguồn: kiểm phiếu"} <= set(said)


@pytest.mark.parametrize("narrow", [False, True])
def test_names_of_markup_stay_text_in_the_picture(narrow: bool) -> None:
    svg = style_chart(STRANGE, RULES, 81, CAPTION, narrow)
    assert {element.tag.removeprefix(SVG) for element in ET.fromstring(svg).iter()} <= {
        "svg", "title", "desc", "g", "path", "text", "tspan", "line", "rect", "defs", "clipPath",
    }  # fmt: skip
    assert "on" not in {name[:2] for name in re.findall(r"[\s\"'](\w+)=", re.sub(r">[^<]*<", "><", svg))}


def test_a_picture_asks_nothing_of_any_other_place() -> None:
    svg = style_chart(COUNCIL, RULES, 81, CAPTION) + person_chart(
        COUNCIL, COUNCIL.contests[0], RULES, 81, CAPTION
    )
    addresses = set(re.findall(r"[a-z]+://[^\"'\s)]+", svg))
    assert addresses <= {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"}
    assert "@import" not in svg and "url(" not in svg.replace("url(#", "")


def test_the_dark_bar_and_the_threshold_rules_have_one_scale() -> None:
    with words.spoken("en"):
        svg = style_chart(COUNCIL, RULES, 81, CAPTION)
    bars = [float(w) for w in re.findall(r'd="M0,[\d.]+h([\d.]+)v[\d.]+h-[\d.]+Z"[^>]*fill="#7f2704"', svg)]
    assert len(bars) == 3
    px = bars[-1] / 54
    assert bars == [pytest.approx(count * px) for count in (2, 43, 54)]
    lines = re.findall(r'<line transform="translate\(([\d.]+),[^)]*\)"[^>]*stroke="#7f2704"', svg)
    assert sorted({float(x) for x in lines}) == [pytest.approx(40.5 * px), pytest.approx(54 * px)]
    assert {"over 1/2: from 41 ballots", "2/3 or more: from 54 ballots"} <= set(texts(svg))


def test_a_person_has_a_bar_for_each_option_with_its_percentage() -> None:
    with words.spoken("vi"):
        said = texts(person_chart(COUNCIL, COUNCIL.contests[0], RULES, 81, CAPTION))
    # Each stands there twice: once as its own ground of paper.
    assert list(dict.fromkeys(text for text in said if "%" in text)) == [
        "73  (90,12%)",
        "6  (7,41%)",
        "2  (2,47%)",
    ]


def test_those_who_cannot_see_it_hear_what_it_shows() -> None:
    svg = style_chart(COUNCIL, RULES, 81, CAPTION)
    root = ET.fromstring(svg)
    assert root.get("role") == "img"
    told = "".join(element.text or "" for element in root.iter(f"{SVG}desc"))
    for contest in COUNCIL.contests:
        assert contest.name in told and str(contest.votes["confidence"]) in told


@pytest.mark.parametrize("of", [1, 2, 3, 47, 48, 80, 81, 481])
def test_the_count_named_at_a_rule_is_the_first_that_reaches_it(of: int) -> None:
    for threshold in RULES.thresholds:
        first = least(threshold, of)
        assert threshold.reached(first, of) and not threshold.reached(first - 1, of)
        assert first >= Fraction(of) * threshold.share
