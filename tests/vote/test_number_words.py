"""Numbers in words, as a secretary writes them into minutes."""

import pytest

from phieu.vote.number_words import number_in_words


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (0, "không"),
        (5, "năm"),
        (15, "mười lăm"),
        (21, "hai mươi mốt"),
        (24, "hai mươi bốn"),
        (47, "bốn mươi bảy"),
        (81, "tám mươi mốt"),
        (105, "một trăm lẻ năm"),
        (110, "một trăm mười"),
        (481, "bốn trăm tám mươi mốt"),
        (1000, "một nghìn"),
        (1001, "một nghìn không trăm lẻ một"),
        (1024, "một nghìn không trăm hai mươi bốn"),
        (5000, "năm nghìn"),
        (12345, "mười hai nghìn ba trăm bốn mươi lăm"),
        (1000081, "một triệu không trăm tám mươi mốt"),
        (2030405, "hai triệu không trăm ba mươi nghìn bốn trăm lẻ năm"),
    ],
)
def test_numbers_are_said_as_minutes_say_them(number: int, said: str) -> None:
    assert number_in_words(number, "vi") == said


def test_english_has_its_own_words() -> None:
    assert number_in_words(481, "en") == "four hundred and eighty-one"


@pytest.mark.parametrize("number", [-1, 10**12])
def test_what_no_count_has_is_refused(number: int) -> None:
    with pytest.raises(ValueError, match="is not counted in words"):
        number_in_words(number)
