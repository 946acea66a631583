from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from phieu.vote.letterhead import balanced, date_in_words, kept_together


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        ("HỘI ĐỒNG NHÂN DÂN TỈNH MINH HẢI", "HỘI ĐỒNG NHÂN DÂN\nTỈNH MINH HẢI"),
        ("BAN THƯỜNG VỤ HUYỆN ỦY SÔNG ĐỐC", "BAN THƯỜNG VỤ\nHUYỆN ỦY SÔNG ĐỐC"),
        ("ỦY BAN NHÂN DÂN XÃ ĐÔNG", "ỦY BAN NHÂN DÂN XÃ ĐÔNG"),
        ("TRƯỜNG\u00a0MẦM\u00a0NON HOA MAI SỐ HAI", "TRƯỜNG\u00a0MẦM\u00a0NON\nHOA MAI SỐ HAI"),
    ],
)
def test_an_organs_name_is_broken_where_sense_allows(name: str, lines: str) -> None:
    assert balanced(name, 24) == lines


@given(st.text(alphabet="ẢB \u00a0", max_size=80))
def test_breaking_a_name_changes_nothing_but_spaces(name: str) -> None:
    assert balanced(name, 24).replace("\n", " ") == name


def test_an_office_ends_in_no_lonely_word_and_tears_no_term_apart() -> None:
    assert kept_together("Phó Chủ tịch Hội đồng nhân dân") == "Phó Chủ tịch Hội\u00a0đồng nhân\u00a0dân"
    assert kept_together("Chánh Thanh tra tỉnh") == "Chánh Thanh tra\u00a0tỉnh"
    assert kept_together("Giám đốc") == "Giám đốc"


@given(st.text(alphabet="ẢB ", max_size=80))
def test_an_office_is_changed_in_its_spaces_only(office: str) -> None:
    assert kept_together(office).replace("\u00a0", " ") == office


def test_days_under_ten_and_the_first_two_months_bear_a_zero() -> None:
    assert date_in_words(date(2026, 2, 7), "vi") == "ngày 07 tháng 02 năm 2026"
    assert date_in_words(date(2026, 10, 27), "vi") == "ngày 27 tháng 10 năm 2026"
    assert date_in_words(date(2026, 3, 7), "vi") == "ngày 07 tháng 3 năm 2026"
    assert date_in_words(date(2026, 3, 7), "en") == "March 7, 2026"
